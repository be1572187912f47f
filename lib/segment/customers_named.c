/* Customers that a stream names, for states that forget them. */
#include <inttypes.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "segment/customers_named.h"

#define BLOCK 1024

static cstn_status name_block(cstn__ids *named, const cstn__batch *batch, int64_t start,
		uint64_t first_row, cstn_error **error)
{
	uint32_t out[BLOCK];
	uint64_t bad[BLOCK / 64] = {0};
	cstn__id_rows rows = {&batch->columns[0], start, 0, first_row, 0, bad, NULL};
	int i;

	rows.n = (int32_t)(batch->length - start < BLOCK ? batch->length - start : BLOCK);
	if (cstn__ids_read(named, &rows, out) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < rows.n; i++)
		if (cstn__word_bit_get(bad, (size_t)i))
			return cstn__fail(error, CSTN_E_ROWS, "row %" PRIu64 " names no customer",
					first_row + (uint64_t)(start + i));
	return CSTN_OK;
}

static cstn_status read_named(cstn__ids *named, const cstn__bound *bound,
		struct ArrowArrayStream *stream, cstn_error **error)
{
	struct ArrowArray array;
	uint64_t rows = 0;
	cstn_status status;

	while ((status = cstn__stream_next(stream, &array, error)) == CSTN_OK) {
		cstn__batch batch;
		int64_t start;

		status = cstn__bound_batch(bound, &array, &batch, error);
		if (status == CSTN_OK) {
			for (start = 0; status == CSTN_OK && start < batch.length; start += BLOCK)
				status = name_block(named, &batch, start, rows, error);
			rows += (uint64_t)batch.length;
			cstn__batch_free(bound, &batch);
		}
		array.release(&array);
		if (status != CSTN_OK)
			return status;
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}

cstn_status cstn__customers_named(int32_t type, const cstn_allocator *allocator,
		struct ArrowArrayStream *customers, cstn__ids *named, cstn_error **error)
{
	const cstn__column_decl decl = {"customer", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0};
	struct ArrowArrayStream stream;
	cstn__bound *bound = NULL;
	cstn_status status;

	status = cstn__stream_take(customers, "customers", &stream, error);
	if (status != CSTN_OK)
		return status;
	if (!allocator) {
		stream.release(&stream);
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "state is NULL");
	}
	cstn__ids_init(named, allocator, 0);
	status = cstn__bind_stream(&stream, &decl, 1, NULL, allocator, &bound, error);
	if (status == CSTN_OK) {
		named->type = cstn__bound_type(bound, 0);
		if (type && named->type != type)
			status = cstn__fail(error, CSTN_E_SCHEMA,
					"column 'customer' is %s here, %s in the state",
					cstn_type_name(named->type), cstn_type_name(type));
	}
	if (status == CSTN_OK)
		status = read_named(named, bound, &stream, error);
	cstn__bound_free(bound);
	stream.release(&stream);
	if (status != CSTN_OK)
		cstn__ids_free(named);
	return status;
}

cstn_status cstn__customers_gone(const cstn__ids *of, struct ArrowArrayStream *customers,
		uint64_t **gone, cstn_error **error)
{
	cstn__ids named;
	uint64_t *bits;
	size_t i;
	cstn_status status = cstn__customers_named(
			of ? of->type : 0, of ? &of->allocator : NULL, customers, &named, error);

	if (status != CSTN_OK)
		return status;
	bits = cstn__alloc_zero(&of->allocator, cstn__gone_size(of->count));
	for (i = 0; bits && of->type && i < named.count; i++) {
		uint32_t number = cstn__ids_find_same(of, &named, (uint32_t)i);

		if (number != CSTN__IDS_NONE)
			cstn__word_bit_set(bits, number);
	}
	cstn__ids_free(&named);
	if (!bits)
		return cstn__fail_nomem(error);
	*gone = bits;
	return CSTN_OK;
}
