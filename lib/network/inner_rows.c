/* Rows of internal nouns in a transaction.
 *
 * A row that is asked for is read once out of the transaction's snapshot; its version, or that
 * there is none, is required at the commit, so that two transactions which read and change the same
 * row are told. What the transaction puts takes the place of what was read.
 *
 * Cost: a look-up in the store a distinct key, one in a map a repeated one. */
#include "network/inner_rows.h"

#include <string.h>

#include "base/error.h"

void cstn__inner_rows_init(cstn_transaction *transaction)
{
	cstn__interner_init(&transaction->own.keys, &transaction->allocator, 37);
}

void cstn__inner_rows_clear(cstn_transaction *transaction)
{
	cstn__inner_rows *own = &transaction->own;

	for (size_t i = 0; i < own->rows.count; i++)
		cstn_record_unref(own->rows.items[i]);
	cstn__array_free(&transaction->allocator, &own->rows);
	cstn__interner_free(&own->keys);
	cstn__inner_rows_init(transaction);
}

/* A key as bytes, its noun with it. */
typedef struct key_bytes {
	uint8_t bytes[sizeof(uint32_t) + CSTN__KEY_BYTES];
	size_t size;
} key_bytes;

static void write_key(const cstn__key *key, key_bytes *out)
{
	memcpy(out->bytes, &key->noun->id, sizeof(uint32_t));
	out->size = sizeof(uint32_t) + cstn__key_to_bytes(key, out->bytes + sizeof(uint32_t));
}

static cstn_status read_row(cstn_transaction *transaction, const cstn__key *key, cstn_record **out,
		cstn_error **error)
{
	cstn__key_values values;
	cstn_record *row = NULL;
	cstn_status status = cstn__snapshot_record(
			transaction->base, key, INT64_MAX, &transaction->allocator, &row, error);

	if (status != CSTN_OK)
		return status;
	cstn__key_to_values(key, &values);
	status = cstn__transaction_require(transaction->inner, key->noun->id, values.values,
			row ? row->seq : 0, error);
	if (status == CSTN_OK)
		*out = row;
	else
		cstn_record_unref(row);
	return status;
}

/* Where the row of a key stands; it is read if it was not yet. */
static cstn_status find_row(cstn_transaction *transaction, const cstn__key *key, uint32_t *out,
		cstn_error **error)
{
	cstn__inner_rows *own = &transaction->own;
	cstn_record *row = NULL;
	key_bytes text;
	cstn_status status = cstn__transaction_check(transaction, error);

	if (status == CSTN_OK)
		status = cstn__transaction_begin_base(transaction, error);
	if (status != CSTN_OK)
		return status;
	write_key(key, &text);
	*out = cstn__interner_find(&own->keys, (const char *)text.bytes, text.size);
	if (*out != UINT32_MAX)
		return CSTN_OK;
	if (cstn__array_reserve(&transaction->allocator, &own->rows, 1))
		return cstn__fail_nomem(error);
	status = read_row(transaction, key, &row, error);
	if (status != CSTN_OK)
		return status;
	*out = cstn__intern(&own->keys, (const char *)text.bytes, text.size);
	if (*out == UINT32_MAX) {
		cstn_record_unref(row);
		return cstn__fail_nomem(error);
	}
	own->rows.items[own->rows.count++] = row;
	return CSTN_OK;
}

cstn_status cstn__transaction_row(cstn_transaction *transaction, const cstn__key *key,
		cstn_record **out, cstn_error **error)
{
	uint32_t code = 0;
	cstn_status status = find_row(transaction, key, &code, error);

	if (status == CSTN_OK)
		*out = cstn_record_ref(transaction->own.rows.items[code]);
	return status;
}

cstn_status cstn__transaction_put_row(
		cstn_transaction *transaction, cstn_record *row, cstn_error **error)
{
	cstn__cell *recorded = cstn__record_cell(row, CSTN_NO_LINE, row->noun->recorded);
	uint32_t code = 0;
	cstn_record *before;
	cstn_status status;
	cstn__key key;

	cstn__key_of_record(row, &key);
	status = find_row(transaction, &key, &code, error);
	if (status != CSTN_OK)
		return status;
	before = transaction->own.rows.items[code];
	if (before) {
		int64_t last = cstn__record_cell(before, CSTN_NO_LINE, row->noun->recorded)->number;

		if (last > recorded->number)
			recorded->number = last;
	}
	status = cstn__transaction_store(transaction, row, error);
	if (status != CSTN_OK) {
		transaction->broken = 1;
		return status;
	}
	transaction->own.rows.items[code] = cstn_record_ref(row);
	cstn_record_unref(before);
	cstn__transaction_saw(transaction, recorded->number);
	transaction->rows++;
	return CSTN_OK;
}
