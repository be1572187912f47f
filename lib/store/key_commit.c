/* A commit's part in key slots, for all requests of a group at once.
 *
 * What was put is written and synced before the log, whatever the level: a row that comes up after
 * a crash has its slot. What was erased is overwritten and synced after the log, which is synced
 * for it at any level: zeros under a row that says nothing of an erasure would be a loss. One sync
 * a file and group. The bytes pass through a buffer on the stack that is wiped. */
#include "store/key_files.h"

#include <string.h>

#include "base/error.h"
#include "store/durable.h"
#include "store/rule.h"

/* Slots next to each other, on their way into a file. */
struct run {
	cstn__slot_file *file;
	uint32_t first, n;
	uint8_t bytes[CSTN__SLOT_PAGE];
};

static cstn_status flush(cstn__store *store, struct run *run, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t size = run->n ? (size_t)run->n * run->file->header.slot_size : 0;

	if (size)
		status = cstn__slot_file_write(store, run->file,
				cstn__slot_offset(run->file->header.slot_size, run->first),
				run->bytes, size, error);
	run->n = 0;
	return status;
}

static cstn_status take_put(
		cstn__store *store, struct run *run, const cstn__slot_put *put, cstn_error **error)
{
	cstn__slot_file *file = cstn__slots_find(store, cstn__slot_file_no(put->slot));
	uint32_t number = cstn__slot_number(put->slot);
	uint32_t slot_size = file->header.slot_size;
	cstn_status status = CSTN_OK;

	if (file != run->file || number != run->first + run->n ||
			(run->n + 1) * slot_size > sizeof(run->bytes))
		status = flush(store, run, error);
	if (run->n == 0) {
		run->file = file;
		run->first = number;
	}
	cstn__slot_write(&file->header, number, put->data, put->size,
			run->bytes + (size_t)run->n++ * slot_size);
	return status;
}

static cstn_status sync_files(cstn__store *store, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; status == CSTN_OK && i < store->slots.files.count; i++)
		status = cstn__slot_file_sync(store, &store->slots.files.items[i], error);
	return status;
}

/* Room for what is to be refused from the moment it is in the log. */
static cstn_status reserve_erasing(cstn__store *store, const cstn__request *from,
		const cstn__request *end, cstn_error **error)
{
	size_t n = 0;
	int failed;

	for (const cstn__request *at = from; at != end; at = at->next)
		if (at->status == CSTN_OK)
			n += at->transaction->slots.erased.count;
	if (!n)
		return CSTN_OK;
	pthread_mutex_lock(&store->slots.lock);
	failed = cstn__array_reserve(&store->allocator, &store->slots.erasing, n);
	pthread_mutex_unlock(&store->slots.lock);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

cstn_status cstn__slots_write(cstn__store *store, const cstn__request *from,
		const cstn__request *end, cstn_error **error)
{
	struct run run;
	cstn_status status = reserve_erasing(store, from, end, error);
	int any = 0;

	run.file = NULL;
	run.first = run.n = 0;
	for (const cstn__request *at = from; status == CSTN_OK && at != end; at = at->next) {
		cstn__transaction_slots *slots = &at->transaction->slots;

		if (at->status != CSTN_OK || !slots->n_puts)
			continue;
		any = slots->written = 1;
		for (size_t i = 0; status == CSTN_OK && i < slots->n_puts; i++)
			status = take_put(store, &run, &slots->puts[i], error);
	}
	if (!any)
		return status;
	if (status == CSTN_OK)
		status = flush(store, &run, error);
	cstn__wipe(run.bytes, sizeof(run.bytes));
	if (status == CSTN_OK && CSTN__RULE(CSTN__RULE_SLOT_BEFORE_COMMIT))
		status = sync_files(store, error);
	return store->durable ? cstn__durable_note(store, status) : status;
}

/* --- the log --- */

static cstn_status encode(cstn__store *store, uint32_t kind, size_t n, cstn__bytes *payload,
		uint32_t *n_ops, cstn_error **error)
{
	static const uint32_t ids[] = {CSTN__SLOT_COLUMN};
	const cstn__values values = {.rows = n, .numbers = store->slots.numbers.items};
	const cstn__log_op op = {.op = kind,
			.schema_version = store->schema.version,
			.batch = {.rows = n, .ids = ids, .columns = &values, .n_columns = 1}};

	++*n_ops;
	return cstn__log_op_write(&op, payload, error);
}

cstn_status cstn__slots_encode(cstn__store *store, const cstn__transaction *transaction,
		cstn__bytes *payload, uint32_t *n_ops, cstn_error **error)
{
	const cstn__transaction_slots *slots = &transaction->slots;
	size_t most = slots->n_puts > slots->erased.count ? slots->n_puts : slots->erased.count;
	cstn_status status = CSTN_OK;

	store->slots.numbers.count = 0;
	if (cstn__array_reserve(&store->allocator, &store->slots.numbers, most))
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < slots->n_puts; i++)
		store->slots.numbers.items[i] = (int64_t)slots->puts[i].slot;
	if (slots->n_puts)
		status = encode(store, CSTN__OP_PUT_SLOTS, slots->n_puts, payload, n_ops, error);
	for (size_t i = 0; i < slots->erased.count; i++)
		store->slots.numbers.items[i] = (int64_t)slots->erased.items[i];
	if (status == CSTN_OK && slots->erased.count)
		status = encode(store, CSTN__OP_ERASE_SLOTS, slots->erased.count, payload, n_ops,
				error);
	return status;
}

/* --- erasing --- */

static void refuse(cstn__store *store, const cstn__request *from, const cstn__request *end)
{
	cstn__slots *slots = &store->slots;

	pthread_mutex_lock(&slots->lock);
	for (const cstn__request *at = from; at != end; at = at->next)
		for (size_t i = 0; at->status == CSTN_OK && i < at->transaction->slots.erased.count;
				i++)
			slots->erasing.items[slots->erasing.count++] =
					at->transaction->slots.erased.items[i];
	pthread_mutex_unlock(&slots->lock);
}

/* A slot of memory that was never filled stays so: it may have no page. */
static cstn_status zero(cstn__store *store, uint64_t slot, cstn_error **error)
{
	cstn__slot_file *file = cstn__slots_find(store, cstn__slot_file_no(slot));
	uint32_t number = cstn__slot_number(slot);

	if (!file || file->over || (!file->file && !cstn__slot_file_has_page(file, number)))
		return CSTN_OK;
	return cstn__slot_file_erase(store, file, number, error);
}

/* Poisons: the log has it, so that it can neither be taken back nor called done. */
static cstn_status unfinished(cstn__store *store, cstn_error **error)
{
	if (error) {
		cstn_error_free(*error);
		*error = NULL;
	}
	return cstn__durable_note(store,
			cstn__fail(error, CSTN_E_POISONED,
					"'%s': an erasure is committed, but its key slots could "
					"not be "
					"overwritten; this handle writes no more, the next open "
					"carries it out",
					store->durable->path));
}

cstn_status cstn__slots_zero(cstn__store *store, const cstn__request *from,
		const cstn__request *end, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int any = 0;

	for (const cstn__request *at = from; at != end; at = at->next)
		any |= at->status == CSTN_OK && at->transaction->slots.erased.count;
	if (!any)
		return CSTN_OK;
	refuse(store, from, end);
	for (const cstn__request *at = from; at != end; at = at->next) {
		const cstn__transaction_slots *slots = &at->transaction->slots;

		for (size_t i = 0; at->status == CSTN_OK && status == CSTN_OK &&
				   i < slots->erased.count;
				i++)
			status = zero(store, slots->erased.items[i], error);
	}
	if (status == CSTN_OK && CSTN__RULE(CSTN__RULE_ZERO_BEFORE_RETIRE))
		status = sync_files(store, error);
	if (status != CSTN_OK)
		return unfinished(store, error);
	pthread_mutex_lock(&store->slots.lock);
	store->slots.erasing.count = 0;
	pthread_mutex_unlock(&store->slots.lock);
	return CSTN_OK;
}

void cstn__slots_settle(cstn__store *store, const cstn__request *from, const cstn__request *end)
{
	for (const cstn__request *at = from; at != end; at = at->next) {
		cstn__transaction_slots *slots = &at->transaction->slots;

		if (at->status != CSTN_OK || !slots->open)
			continue;
		pthread_mutex_lock(&store->slots.lock);
		cstn__slots_unlist(at->transaction);
		pthread_mutex_unlock(&store->slots.lock);
	}
}

void cstn__slots_unsettle(cstn__transaction *transaction)
{
	cstn__slots *slots = &transaction->store->slots;

	if (!transaction->slots.n_puts)
		return;
	pthread_mutex_lock(&slots->lock);
	cstn__slots_list(transaction);
	pthread_mutex_unlock(&slots->lock);
}
