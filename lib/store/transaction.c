/* A transaction: a private list of changes and of requirements, nothing of which shows before its
 * commit. Belongs to one thread. */
#include "store/engine.h"

#include "base/error.h"
#include "store/key_files.h"
#include "store/log.h"

cstn_status cstn__transaction_new(cstn__store *store, cstn__transaction **out, cstn_error **error)
{
	cstn__transaction *transaction;
	cstn_status status = cstn__store_may_write(store, error);

	if (status != CSTN_OK)
		return status;
	transaction = cstn__alloc_zero(&store->allocator, sizeof(*transaction));
	if (!transaction)
		return cstn__fail_nomem(error);
	transaction->store = cstn__store_ref(store);
	transaction->threads = 1;
	*out = transaction;
	return CSTN_OK;
}

void cstn__transaction_use(cstn__transaction *transaction, int32_t threads)
{
	transaction->threads = threads;
}

cstn__transaction_mark cstn__transaction_here(const cstn__transaction *transaction)
{
	return (cstn__transaction_mark){
			transaction->changes.count, transaction->requirements.count};
}

void cstn__transaction_cut(cstn__transaction *transaction, cstn__transaction_mark to)
{
	const cstn__store *store = transaction->store;

	while (transaction->changes.count > to.changes) {
		cstn__change *change = &transaction->changes.items[--transaction->changes.count];

		transaction->rows -= change->batch.rows;
		cstn__change_free(store, change);
	}
	while (transaction->requirements.count > to.requirements) {
		cstn__requirement *one =
				&transaction->requirements.items[--transaction->requirements.count];

		cstn__free(&store->allocator, one->memory, one->memory_size);
	}
}

void cstn__transaction_clear(cstn__transaction *transaction)
{
	cstn__transaction_cut(transaction, (cstn__transaction_mark){0, 0});
	cstn__transaction_slots_clear(transaction);
	transaction->rows = 0;
}

void cstn__transaction_free(cstn__transaction *transaction)
{
	cstn__store *store;

	if (!transaction)
		return;
	store = transaction->store;
	cstn__transaction_clear(transaction);
	cstn__array_free(&store->allocator, &transaction->changes);
	cstn__array_free(&store->allocator, &transaction->requirements);
	cstn__free(&store->allocator, transaction, sizeof(*transaction));
	cstn__store_unref(store);
}

static cstn_status add(cstn__transaction *transaction, uint32_t op, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error)
{
	cstn__store *store = transaction->store;
	cstn_status status = cstn__store_may_write(store, error);
	cstn__change change;

	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(&store->allocator, &transaction->changes, 1))
		return cstn__fail_nomem(error);
	status = cstn__change_copy(store, op, table, batch, transaction->threads, &change, error);
	if (status != CSTN_OK)
		return status;
	if (batch->rows == 0) {
		cstn__change_free(store, &change);
		return CSTN_OK;
	}
	transaction->changes.items[transaction->changes.count++] = change;
	transaction->rows += batch->rows;
	return CSTN_OK;
}

cstn_status cstn__transaction_append(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error)
{
	return add(transaction, CSTN__OP_APPEND, table, batch, error);
}

cstn_status cstn__transaction_upsert(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error)
{
	return add(transaction, CSTN__OP_UPSERT, table, batch, error);
}

cstn_status cstn__transaction_delete(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error)
{
	return add(transaction, CSTN__OP_DELETE, table, batch, error);
}

/* The key as one row of its own: 16 bytes of offsets a column, then the bytes. */
static cstn_status copy_key(const cstn__store *store, const cstn__values *key,
		cstn__requirement *out, cstn_error **error)
{
	size_t n = out->table->n_key, size = n * (sizeof(cstn__values) + 16), at = size;

	for (size_t k = 0; k < n; k++) {
		size_t len = 0;

		if (!key[k].numbers || key[k].dictionary)
			cstn__values_text(&key[k], 0, &len);
		size += len;
	}
	out->memory = cstn__alloc_zero(&store->allocator, size);
	if (!out->memory)
		return cstn__fail_nomem(error);
	out->memory_size = size;
	out->key = out->memory;
	for (size_t k = 0; k < n; k++) {
		uint8_t *slot = (uint8_t *)out->memory + n * sizeof(cstn__values) + k * 16;
		uint32_t offsets[2] = {0, 0};
		const uint8_t *text;
		size_t len;

		out->key[k].rows = 1;
		if (key[k].numbers && !key[k].dictionary) {
			memcpy(slot, key[k].numbers, 8);
			out->key[k].numbers = (const int64_t *)(const void *)slot;
			continue;
		}
		text = cstn__values_text(&key[k], 0, &len);
		offsets[1] = (uint32_t)len;
		memcpy(slot, offsets, sizeof(offsets));
		out->key[k].offsets = (const uint32_t *)(const void *)slot;
		out->key[k].bytes = (const uint8_t *)out->memory + at;
		if (len)
			memcpy((uint8_t *)out->memory + at, text, len);
		at += len;
	}
	return CSTN_OK;
}

static cstn_status hash_key(
		const cstn__store *store, cstn__requirement *require, cstn_error **error)
{
	cstn__bytes bytes;
	cstn_status status = CSTN_OK;

	cstn__bytes_init(&bytes, &store->allocator);
	cstn__key_put(require->key, require->table->n_key, 0, &bytes);
	if (bytes.failed)
		status = cstn__fail_nomem(error);
	else
		require->hash = cstn__key_hash(store->uuid, bytes.data, bytes.size);
	cstn__bytes_free(&bytes);
	return status;
}

cstn_status cstn__transaction_require(cstn__transaction *transaction, uint32_t table,
		const cstn__values *key, uint64_t seq, cstn_error **error)
{
	cstn__store *store = transaction->store;
	cstn__requirement require = {0};
	cstn_status status = cstn__store_may_write(store, error);

	if (status == CSTN_OK)
		status = cstn__store_table_find(store, table, &require.table, error);
	if (status != CSTN_OK)
		return status;
	if (!require.table->n_key)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "table '%s' has no key",
				require.table->declared->name);
	if (cstn__array_reserve(&store->allocator, &transaction->requirements, 1))
		return cstn__fail_nomem(error);
	require.seq = seq;
	status = copy_key(store, key, &require, error);
	if (status == CSTN_OK)
		status = hash_key(store, &require, error);
	if (status != CSTN_OK) {
		cstn__free(&store->allocator, require.memory, require.memory_size);
		return status;
	}
	transaction->requirements.items[transaction->requirements.count++] = require;
	return CSTN_OK;
}

uint64_t cstn__transaction_rows(const cstn__transaction *transaction)
{
	return transaction->rows;
}
