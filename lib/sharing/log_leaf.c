/* Entries of logs that are committed with the change that they tell of.
 *
 * An entry waits in its transaction as a JSON object. At the commit, which runs while no other
 * does, each log that has entries is opened out of a new snapshot by its compact range, the entries
 * become text, and rows of entries, tiles and the log join the transaction of the store: the change
 * and its entries are durable together, and two transactions never meet in a log. Whether time went
 * back is known only then, so the mark is set there.
 *
 * Cost: an entry's text and hash, two rows, and every 256th time the hashes of the tile it fills.
 */
#include "sharing/log_leaf.h"

#include <inttypes.h>
#include <string.h>

#include <constellation/ledger.h>

#include "base/error.h"
#include "network/network_transaction.h"
#include "sharing/canonical_json.h"
#include "sharing/log_rows.h"

#define ORIGIN "log" /* of handles that no checkpoint is made of */

typedef struct waiting {
	json_t *entry;
	int64_t at_us;
	uint64_t *index;  /* of the caller; NULL */
	uint64_t place;   /* its index, once it is known */
	size_t log;       /* among the logs below */
	cstn_record *row; /* that bears its index; NULL */
	uint32_t row_field;
} waiting;

typedef struct log_id {
	const char *party, *constellation; /* in the arena */
	size_t party_len, constellation_len;
} log_id;

typedef struct entries {
	cstn_allocator allocator;
	cstn__arena arena;
	CSTN__ARRAY(waiting) waiting;
	CSTN__ARRAY(log_id) logs;
} entries;

/* --- at the commit ---------------------------------------------------------------------------- */

/* One log while it grows. */
typedef struct growing {
	cstn__log_place place;
	cstn__log_state state;
	cstn__transaction *transaction;
	cstn__bytes text;
	CSTN__ARRAY(uint64_t) ends;
	CSTN__ARRAY(int64_t) recorded;
	cstn_error **error;
	int told;
} growing;

static cstn_status take_batch(void *user, const cstn_log_batch *batch)
{
	growing *at = user;
	cstn_status status = cstn__log_batch_put(&at->place, at->transaction, batch,
			at->recorded.items, at->state.newest_us, at->error);

	at->told = status != CSTN_OK;
	return status;
}

/* The entry as text, marked if it is older than another. Rows are recorded in the log's order. */
static cstn_status add_text(growing *at, waiting *one, cstn_error **error)
{
	int back = one->at_us < at->state.newest_us;
	cstn_status status;

	if (!back)
		at->state.newest_us = one->at_us;
	if ((back ? json_object_set_new(one->entry, CSTN__LEAF_MARK, json_true())
			    : json_object_get(one->entry, CSTN__LEAF_MARK)
					    ? json_object_del(one->entry, CSTN__LEAF_MARK)
					    : 0) != 0 ||
			cstn__array_reserve(&at->text.allocator, &at->ends, 1) ||
			cstn__array_reserve(&at->text.allocator, &at->recorded, 1))
		return cstn__fail_nomem(error);
	status = cstn__canonical_json_write(one->entry, CSTN__CANONICAL_INTEGERS, &at->text, error);
	if (status != CSTN_OK)
		return status;
	one->place = at->state.size + at->ends.count;
	at->ends.items[at->ends.count++] = at->text.size;
	at->recorded.items[at->recorded.count++] = at->state.newest_us;
	return CSTN_OK;
}

static cstn_status append(growing *at, cstn_error **error)
{
	cstn_log_storage storage = CSTN_LOG_STORAGE_INIT;
	cstn_error *told = NULL;
	cstn_log *log = NULL;
	cstn_status status;

	storage.user = at;
	storage.size = at->state.size;
	storage.range = at->state.n_range ? at->state.range : NULL;
	storage.n_range = at->state.n_range;
	storage.append = take_batch;
	at->error = error;
	status = cstn_log_open(
			ORIGIN, sizeof(ORIGIN) - 1, &storage, &at->text.allocator, &log, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_log_append_batch(
			log, at->text.data, at->ends.items, at->ends.count, NULL, &told);
	cstn_log_free(log);
	if (at->told || !error)
		cstn_error_free(told);
	else
		*error = told;
	return status;
}

static cstn_status put_log(entries *of, size_t number, cstn__snapshot *snapshot,
		cstn__transaction *transaction, cstn_error **error)
{
	const log_id *id = of->logs.items + number;
	growing at = {.place = {snapshot, id->party, id->party_len, id->constellation,
				      id->constellation_len, &of->allocator},
			.transaction = transaction};
	cstn_status status = cstn__log_state_read(&at.place, &at.state, error);
	size_t i;

	cstn__bytes_init(&at.text, &of->allocator);
	for (i = 0; i < of->waiting.count && status == CSTN_OK; i++)
		if (of->waiting.items[i].log == number)
			status = add_text(&at, of->waiting.items + i, error);
	if (status == CSTN_OK)
		status = append(&at, error);
	cstn__array_free(&of->allocator, &at.ends);
	cstn__array_free(&of->allocator, &at.recorded);
	cstn__bytes_free(&at.text);
	return status;
}

/* Rows that bear the index of an entry, now that it is known. */
static cstn_status put_rows(entries *of, cstn_transaction *transaction, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < of->waiting.count && status == CSTN_OK; i++) {
		const waiting *one = of->waiting.items + i;

		if (!one->row)
			continue;
		cstn__record_cell(one->row, CSTN_NO_LINE, one->row_field)->number =
				(int64_t)one->place;
		status = cstn__transaction_store(transaction, one->row, error);
	}
	return status;
}

static cstn_status put_all(cstn_transaction *transaction, void *user, cstn_error **error)
{
	entries *of = user;
	cstn__snapshot *snapshot;
	cstn_status status;
	size_t i;

	if (!of->waiting.count)
		return CSTN_OK;
	status = cstn__snapshot_new(transaction->network->store, &snapshot, error);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < of->logs.count && status == CSTN_OK; i++)
		status = put_log(of, i, snapshot, transaction->inner, error);
	cstn__snapshot_unref(snapshot);
	return status == CSTN_OK ? put_rows(of, transaction, error) : status;
}

static void clear(entries *of)
{
	size_t i;

	for (i = 0; i < of->waiting.count; i++) {
		json_decref(of->waiting.items[i].entry);
		cstn_record_unref(of->waiting.items[i].row);
	}
	of->waiting.count = of->logs.count = 0;
	cstn__arena_free(&of->arena);
	cstn__arena_init(&of->arena, &of->allocator);
}

static void all_done(void *user)
{
	entries *of = user;
	size_t i;

	for (i = 0; i < of->waiting.count; i++)
		if (of->waiting.items[i].index)
			*of->waiting.items[i].index = of->waiting.items[i].place;
	clear(of);
}

static void all_free(void *user)
{
	entries *of = user;
	cstn_allocator memory = of->allocator;

	clear(of);
	cstn__arena_free(&of->arena);
	cstn__array_free(&memory, &of->waiting);
	cstn__array_free(&memory, &of->logs);
	cstn__free(&memory, of, sizeof(*of));
}

/* --- an entry --------------------------------------------------------------------------------- */

static cstn_status check_id(
		const char *what, const char *id, size_t len, size_t least, cstn_error **error)
{
	if (len < least || len > CSTN__ID_MAX || (len && (!id || memchr(id, 0, len))))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s has %zu bytes; %zu to %u, no NUL", what, len, least,
				CSTN__ID_MAX);
	return CSTN_OK;
}

static cstn_status check_leaf(const cstn__log_leaf *leaf, cstn_error **error)
{
	static const char *const taken[] = {"at_us", "type", "version", CSTN__LEAF_MARK};
	cstn_status status = check_id("the party of a log", leaf->party, leaf->party_len, 1, error);
	size_t i;

	if (status == CSTN_OK)
		status = check_id("the constellation of a log", leaf->constellation,
				leaf->constellation_len, 0, error);
	if (status != CSTN_OK)
		return status;
	if (leaf->at_us > CSTN__CANONICAL_INTEGER_MAX || leaf->at_us < -CSTN__CANONICAL_INTEGER_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"at_us %" PRId64 " is beyond 2^53 - 1", leaf->at_us);
	if (leaf->fields && !json_is_object(leaf->fields))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the fields of an entry are not an object");
	for (i = 0; leaf->fields && i < sizeof(taken) / sizeof(*taken); i++)
		if (json_object_get(leaf->fields, taken[i]))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the fields of an entry have '%s', which every entry has",
					taken[i]);
	return CSTN_OK;
}

/* Its longest text: with the mark. */
static cstn_status check_text(const cstn_allocator *allocator, json_t *entry, cstn_error **error)
{
	cstn_status status;
	cstn__bytes text;

	if (json_object_set_new(entry, CSTN__LEAF_MARK, json_true()) != 0)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&text, allocator);
	status = cstn__canonical_json_write(entry, CSTN__CANONICAL_INTEGERS, &text, error);
	if (status == CSTN_OK && text.size > CSTN_LOG_ENTRY_MOST)
		status = cstn__fail(error, CSTN_E_LIMIT, "an entry of %zu bytes; at most %d",
				text.size, CSTN_LOG_ENTRY_MOST);
	cstn__bytes_free(&text);
	return status;
}

static cstn_status make_entry(const cstn_allocator *allocator, const cstn__log_leaf *leaf,
		json_t **out, cstn_error **error)
{
	json_t *entry = leaf->fields ? json_deep_copy(leaf->fields) : json_object();
	cstn_status status;

	if (!entry || json_object_set_new(entry, "type", json_string(leaf->type)) != 0 ||
			json_object_set_new(entry, "version", json_integer(1)) != 0 ||
			json_object_set_new(entry, "at_us", json_integer(leaf->at_us)) != 0)
		status = cstn__fail_nomem(error);
	else
		status = check_text(allocator, entry, error);
	if (status != CSTN_OK)
		json_decref(entry);
	else
		*out = entry;
	return status;
}

static cstn_status log_number(
		entries *of, const cstn__log_leaf *leaf, size_t *out, cstn_error **error)
{
	log_id id = {.party_len = leaf->party_len, .constellation_len = leaf->constellation_len};
	size_t i;

	for (i = 0; i < of->logs.count; i++) {
		const log_id *one = of->logs.items + i;

		if (one->party_len == id.party_len &&
				one->constellation_len == id.constellation_len &&
				memcmp(one->party, leaf->party, id.party_len) == 0 &&
				(!id.constellation_len ||
						memcmp(one->constellation, leaf->constellation,
								id.constellation_len) == 0)) {
			*out = i;
			return CSTN_OK;
		}
	}
	id.party = cstn__arena_copy(&of->arena, leaf->party, id.party_len);
	id.constellation = cstn__arena_copy(&of->arena,
			id.constellation_len ? leaf->constellation : "", id.constellation_len);
	if (!id.party || !id.constellation || cstn__array_reserve(&of->allocator, &of->logs, 1))
		return cstn__fail_nomem(error);
	*out = of->logs.count;
	of->logs.items[of->logs.count++] = id;
	return CSTN_OK;
}

static cstn_status entries_of(cstn_transaction *transaction, entries **out, cstn_error **error)
{
	cstn__at_commit *at = &transaction->at_commit;
	entries *of = at->user;

	if (!of) {
		of = cstn__alloc_zero(&transaction->allocator, sizeof(*of));
		if (!of)
			return cstn__fail_nomem(error);
		of->allocator = transaction->allocator;
		cstn__arena_init(&of->arena, &of->allocator);
		*at = (cstn__at_commit){of, put_all, all_done, all_free};
	}
	*out = of;
	return CSTN_OK;
}

cstn_status cstn__transaction_log(
		cstn_transaction *transaction, const cstn__log_leaf *leaf, cstn_error **error)
{
	cstn_status status = cstn__transaction_check(transaction, error);
	json_t *entry = NULL;
	entries *of = NULL;
	size_t log = 0;

	if (status == CSTN_OK)
		status = check_leaf(leaf, error);
	if (status == CSTN_OK)
		status = entries_of(transaction, &of, error);
	if (status == CSTN_OK)
		status = make_entry(&of->allocator, leaf, &entry, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(&of->allocator, &of->waiting, 1))
		status = cstn__fail_nomem(error);
	else
		status = log_number(of, leaf, &log, error);
	if (status != CSTN_OK) {
		json_decref(entry);
		return status;
	}
	of->waiting.items[of->waiting.count++] = (waiting){.entry = entry,
			.at_us = leaf->at_us,
			.index = leaf->index,
			.log = log,
			.row = cstn_record_ref(leaf->row),
			.row_field = leaf->row_field};
	return CSTN_OK;
}

cstn_status cstn__network_log_leaf(
		cstn_network *network, const cstn__log_leaf *leaf, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_status status = cstn_transaction_begin(network, &transaction, error);

	if (status == CSTN_OK)
		status = cstn__transaction_log(transaction, leaf, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	return status;
}
