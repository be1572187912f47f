/* A guard as bytes, and back: who and what, companies, the company of each row, cells as places and
 * words. Bytes that come back are not trusted. */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/text.h"
#include "sharing/difference_guard.h"

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "difference guard", CSTN__KIND_DIFFERENCE_GUARD, 1};

cstn_status cstn_difference_guard_serialize(
		const cstn_difference_guard *guard, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;
	size_t config, i, k;

	if (!guard || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				guard ? "out" : "guard");
	cstn__bytes_init(&body, &guard->allocator);
	cstn__bytes_put_block(&body, guard->recipient, guard->recipient_len);
	cstn__bytes_put_block(&body, guard->data_set, guard->data_set_len);
	config = body.size;
	cstn__bytes_put_u32(&body, (uint32_t)guard->companies.count);
	for (i = 0; i < guard->companies.count; i++)
		cstn__bytes_put_block(&body, guard->companies.items[i].text,
				guard->companies.items[i].len);
	cstn__bytes_put_u64(&body, guard->company_of.count);
	for (i = 0; i < guard->company_of.count; i++)
		cstn__bytes_put_u32(&body, guard->company_of.items[i]);
	cstn__bytes_put_u32(&body, (uint32_t)guard->cells.count);
	for (i = 0; i < guard->cells.count; i++) {
		const cstn__row_set *set = &guard->cells.items[i];

		cstn__bytes_put_u64(&body, set->n);
		for (k = 0; k < set->n; k++) {
			cstn__bytes_put_u32(&body, set->place[k]);
			cstn__bytes_put_u64(&body, set->word[k]);
		}
	}
	return cstn__envelope_close(&envelope, &body, config, out, error);
}

static cstn_status corrupt(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "difference guard: %s", what);
}

static cstn_status read_companies(
		cstn_difference_guard *guard, cstn__reader *in, cstn_error **error)
{
	uint32_t n = cstn__read_u32(in), i, code;
	uint64_t rows;
	size_t len;

	for (i = 0; i < n; i++) {
		const char *text = (const char *)cstn__read_block(in, &len);

		if (in->failed || !cstn__utf8_is_valid((const uint8_t *)text, len))
			return corrupt(error, "a company that cannot be");
		code = cstn__intern(&guard->companies, text, len);
		if (code == UINT32_MAX)
			return cstn__fail_nomem(error);
		if (code != i)
			return corrupt(error, "a company twice");
	}
	rows = cstn__read_u64(in);
	if (in->failed || rows > (in->size - in->position) / 4)
		return corrupt(error, "more rows than bytes");
	if (cstn__array_reserve(&guard->allocator, &guard->company_of, rows))
		return cstn__fail_nomem(error);
	for (; rows; rows--) {
		code = cstn__read_u32(in);
		if (code != CSTN__NO_COMPANY && code >= n)
			return corrupt(error, "a row of no company");
		guard->company_of.items[guard->company_of.count++] = code;
	}
	return CSTN_OK;
}

static cstn_status read_cell(cstn_difference_guard *guard, cstn__reader *in, cstn_error **error)
{
	uint64_t n = cstn__read_u64(in), k;
	cstn__row_set set = {0, 0, NULL, NULL};
	int wrong;

	if (in->failed || !n || n > (in->size - in->position) / 12)
		return corrupt(error, "a cell that cannot be");
	set.n = n;
	set.place = cstn__alloc(&guard->allocator, cstn__array_size(n, sizeof(*set.place)));
	set.word = cstn__alloc(&guard->allocator, cstn__array_size(n, sizeof(*set.word)));
	if (!set.place || !set.word || cstn__array_reserve(&guard->allocator, &guard->cells, 1)) {
		cstn__row_set_free(&set, &guard->allocator);
		return cstn__fail_nomem(error);
	}
	for (k = 0, wrong = 0; k < n; k++) {
		set.place[k] = cstn__read_u32(in);
		set.word[k] = cstn__read_u64(in);
		set.rows += (uint64_t)__builtin_popcountll(set.word[k]);
		wrong |= !set.word[k] || (k && set.place[k] <= set.place[k - 1]) ||
			 (uint64_t)set.place[k] * 64 + 63 -
							 (uint64_t)(set.word[k] ? __builtin_clzll(set.word[k])
										: 0) >=
					 guard->company_of.count;
	}
	if (wrong) {
		cstn__row_set_free(&set, &guard->allocator);
		return corrupt(error, "a cell whose rows cannot be");
	}
	guard->cells.items[guard->cells.count++] = set;
	return CSTN_OK;
}

cstn_status cstn_difference_guard_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_difference_guard **out, cstn_error **error)
{
	cstn_difference_guard *guard = NULL;
	const char *recipient, *data_set;
	size_t recipient_len, data_set_len;
	cstn__opened from;
	cstn__reader in;
	uint32_t n, i;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status != CSTN_OK)
		return status;
	in = from.body;
	recipient = (const char *)cstn__read_block(&in, &recipient_len);
	data_set = (const char *)cstn__read_block(&in, &data_set_len);
	if (in.failed || !cstn__guard_name_is_valid(recipient, recipient_len) ||
			!cstn__guard_name_is_valid(data_set, data_set_len))
		return corrupt(error, "a name that cannot be");
	status = cstn__envelope_check(&envelope, &from.body, from.digest, in.position, error);
	if (status == CSTN_OK)
		status = cstn_difference_guard_new(recipient, recipient_len, data_set, data_set_len,
				&from.allocator, &guard, error);
	if (status == CSTN_OK)
		status = read_companies(guard, &in, error);
	n = status == CSTN_OK ? cstn__read_u32(&in) : 0;
	if (n > CSTN_DIFFERENCE_CELLS_MOST)
		status = corrupt(error, "too many cells");
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_cell(guard, &in, error);
	if (status == CSTN_OK && (in.failed || in.position != in.size))
		status = corrupt(error, "they have a length that cannot be");
	if (status == CSTN_OK)
		*out = guard;
	else
		cstn_difference_guard_free(guard);
	return status;
}
