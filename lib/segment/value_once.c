/* Customers of one stream, each of whom may come once: a set of the ids seen, with the row of each,
 * so that a second one is told with both rows. Nulls are nobody. One look-up a row; memory 32 bytes
 * a customer and the text of its id, given back at the end of the update. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "segment/value_handle.h"

void cstn__value_once_init(cstn__value_once *once, const cstn_allocator *allocator)
{
	memset(once, 0, sizeof(*once));
	once->allocator = *allocator;
	cstn__i64_map_init(&once->numbers, allocator, 0);
	cstn__interner_init(&once->texts, allocator, 0);
}

void cstn__value_once_free(cstn__value_once *once)
{
	cstn__i64_map_free(&once->numbers);
	cstn__interner_free(&once->texts);
	cstn__array_free(&once->allocator, &once->rows);
}

static cstn_status twice(uint32_t first, uint64_t second, const char *id, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_DUPLICATE,
			"the customer '%.60s' stands in rows %" PRIu32 " and %" PRIu64, id, first,
			second);
}

static cstn_status add_number(cstn__value_once *once, int64_t id, uint64_t row, cstn_error **error)
{
	uint32_t first = cstn__i64_map_intern(&once->numbers, id, (uint32_t)row);
	char text[24];

	if (first == UINT32_MAX)
		return cstn__fail_nomem(error);
	if (first == (uint32_t)row)
		return CSTN_OK;
	snprintf(text, sizeof(text), "%" PRId64, id);
	return twice(first, row, text, error);
}

static cstn_status add_text(cstn__value_once *once, const char *id, size_t len, uint64_t row,
		cstn_error **error)
{
	uint32_t code = cstn__intern(&once->texts, id, len);

	if (code == UINT32_MAX)
		return cstn__fail_nomem(error);
	if (code < once->rows.count)
		return twice(once->rows.items[code], row, once->texts.items[code].text, error);
	if (cstn__array_reserve(&once->allocator, &once->rows, 1))
		return cstn__fail_nomem(error);
	once->rows.items[once->rows.count++] = (uint32_t)row;
	return CSTN_OK;
}

cstn_status cstn__value_once_add(cstn__value_once *once, const cstn__column *column, int64_t start,
		int32_t n, uint64_t first_row, cstn_error **error)
{
	uint64_t valid[CSTN__VALUE_BLOCK / 64];
	int64_t ids[CSTN__VALUE_BLOCK];
	cstn_status status = CSTN_OK;
	int32_t i;

	if (column->physical == CSTN__ABSENT)
		return CSTN_OK;
	if (first_row + (uint64_t)(start + n) >= UINT32_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"customers are told apart in streams below 2^32 rows");
	if (column->type == CSTN_TYPE_TEXT) {
		for (i = 0; i < n && status == CSTN_OK; i++) {
			const char *text;
			size_t len;

			if (cstn__column_read_text(column, start + i, &text, &len) == 0)
				status = add_text(once, text, len,
						first_row + (uint64_t)(start + i), error);
		}
		return status;
	}
	if (cstn__column_read_i64(column, start, n, 0, ids, valid, NULL, NULL) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < n && status == CSTN_OK; i++)
		if (valid[i / 64] >> (i % 64) & 1)
			status = add_number(once, ids[i], first_row + (uint64_t)(start + i), error);
	return status;
}
