/* The plain model of a store, and the comparison of a store with it. A state is compared as the
 * number of its rows and the sum of their hashes, sequence numbers included; when they differ, the
 * first row that only one side has is named. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "oracle.h"
#include "sim_vfs.h"
#include "store/log.h"

void oracle_init(oracle *model)
{
	memset(model, 0, sizeof(*model));
	model->horizon_us = INT64_MIN;
	model->now_us = 1000;
}

void oracle_free(oracle *model)
{
	free(model->versions);
	free(model->slots);
	for (size_t i = 0; i <= ROWS_TABLES; i++)
		free(model->live[i]);
	memset(model, 0, sizeof(*model));
}

void oracle_copy(oracle *to, const oracle *from)
{
	*to = *from;
	to->capacity = from->n_versions;
	to->versions = test_alloc(from->n_versions * sizeof(*to->versions));
	if (from->n_versions)
		memcpy(to->versions, from->versions, from->n_versions * sizeof(*to->versions));
	to->slot_capacity = from->n_slots;
	to->slots = test_alloc(from->n_slots * sizeof(*to->slots));
	if (from->n_slots)
		memcpy(to->slots, from->slots, from->n_slots * sizeof(*to->slots));
	for (size_t i = 0; i <= ROWS_TABLES; i++) {
		to->live[i] = test_alloc(from->live_capacity[i] * sizeof(uint32_t));
		if (from->live[i])
			memcpy(to->live[i], from->live[i],
					from->live_capacity[i] * sizeof(uint32_t));
	}
}

int oracle_fail(oracle *model, const char *format, ...)
{
	va_list arguments;

	model->status = CSTN_OK;
	va_start(arguments, format);
	vsnprintf(model->why, sizeof(model->why), format, arguments);
	va_end(arguments);
	return -1;
}

static uint32_t *oracle_live(oracle *model, uint32_t table, uint32_t key)
{
	size_t before = model->live_capacity[table];

	if (key >= before) {
		model->live[table] = test_grow(model->live[table], &model->live_capacity[table],
				(size_t)key + 1, sizeof(uint32_t));
		memset(model->live[table] + before, 0,
				(model->live_capacity[table] - before) * sizeof(uint32_t));
	}
	if (key >= model->n_keys[table])
		model->n_keys[table] = key + 1;
	return &model->live[table][key];
}

int oracle_is_live(const oracle *model, uint32_t table, uint32_t key)
{
	return key < model->live_capacity[table] && model->live[table][key] != 0;
}

void oracle_apply(oracle *model, const oracle_transaction *transaction)
{
	uint64_t seq = ++model->last_seq;

	for (uint32_t i = 0; i < transaction->n; i++) {
		const oracle_op *op = &transaction->ops[i];
		row_batch batch;

		row_batch_make(&batch, op->table, op->rows, op->n, op->kind == CSTN__OP_DELETE);
		for (uint32_t row = 0; row < op->n; row++) {
			const row_spec *spec = &op->rows[row];
			uint32_t *live = oracle_live(model, op->table, spec->key);
			oracle_version *version;

			if (op->kind != CSTN__OP_APPEND && *live) {
				model->versions[*live - 1].dead = seq;
				model->versions[*live - 1].until_us = spec->recorded_us;
				*live = 0;
			}
			if (op->kind == CSTN__OP_DELETE)
				continue;
			model->versions = test_grow(model->versions, &model->capacity,
					model->n_versions + 1, sizeof(*model->versions));
			version = &model->versions[model->n_versions++];
			version->table = op->table;
			version->key = spec->key;
			version->hash = batch.hashes[row];
			version->born = seq;
			version->dead = UINT64_MAX;
			version->recorded_us = spec->recorded_us;
			version->until_us = INT64_MAX;
			*live = (uint32_t)model->n_versions;
		}
		row_batch_free(&batch);
	}
	oracle_apply_slots(model, transaction, seq);
}

void oracle_truncate(oracle *model, uint64_t seq)
{
	size_t kept = 0;

	if (model->last_seq <= seq)
		return;
	for (size_t i = 0; i <= ROWS_TABLES; i++)
		if (model->live[i])
			memset(model->live[i], 0, model->live_capacity[i] * sizeof(uint32_t));
	for (size_t i = 0; i < model->n_versions; i++) {
		oracle_version version = model->versions[i];

		if (version.born > seq)
			continue;
		if (version.dead != UINT64_MAX && version.dead > seq) {
			version.dead = UINT64_MAX;
			version.until_us = INT64_MAX;
		}
		model->versions[kept++] = version;
		if (version.dead == UINT64_MAX)
			*oracle_live(model, version.table, version.key) = (uint32_t)kept;
	}
	model->n_versions = kept;
	model->last_seq = seq;
	oracle_truncate_slots(model, seq);
}

cstn_status oracle_fill(
		oracle_transaction *changes, cstn__transaction *transaction, cstn_error **error)
{
	cstn_status status = oracle_fill_slots(changes, transaction, error);

	for (uint32_t i = 0; i < changes->n && status == CSTN_OK; i++) {
		const oracle_op *op = &changes->ops[i];
		row_batch batch;

		row_batch_make(&batch, op->table, op->rows, op->n, op->kind == CSTN__OP_DELETE);
		if (op->kind == CSTN__OP_APPEND)
			status = cstn__transaction_append(
					transaction, op->table, &batch.batch, error);
		else if (op->kind == CSTN__OP_UPSERT)
			status = cstn__transaction_upsert(
					transaction, op->table, &batch.batch, error);
		else
			status = cstn__transaction_delete(
					transaction, op->table, &batch.batch, error);
		row_batch_free(&batch);
	}
	return status;
}

/* --- comparing ----------------------------------------------------------------------------- */

typedef struct found_rows {
	uint64_t n, sum;
	uint64_t *hashes; /* when `keep` */
	size_t capacity;
	int keep;
} found_rows;

static uint64_t row_with_seq(uint64_t hash, uint64_t seq)
{
	return cstn__mix64(hash ^ cstn__mix64(seq + 3));
}

static void found_add(found_rows *found, uint64_t hash)
{
	found->sum += cstn__mix64(hash);
	if (found->keep) {
		found->hashes = test_grow(found->hashes, &found->capacity, found->n + 1,
				sizeof(*found->hashes));
		found->hashes[found->n] = hash;
	}
	found->n++;
}

static int version_is_visible(const oracle_version *version, uint64_t seq, int64_t as_of_us)
{
	if (version->born > seq)
		return 0;
	if (as_of_us == INT64_MAX)
		return version->dead > seq;
	return version->recorded_us <= as_of_us &&
	       (version->dead > seq || version->until_us > as_of_us);
}

static void oracle_rows(const oracle *model, uint32_t table, uint64_t seq, int64_t as_of_us,
		found_rows *out)
{
	for (size_t i = 0; i < model->n_versions; i++) {
		const oracle_version *version = &model->versions[i];

		if (version->table == table && version_is_visible(version, seq, as_of_us))
			found_add(out, row_with_seq(version->hash, version->born));
	}
}

static cstn_status store_rows(cstn__snapshot *snapshot, uint32_t table, int64_t as_of_us,
		found_rows *out, cstn_error **error)
{
	cstn__scan_options options = {0};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status;

	options.columns = rows_columns(table, &options.n_columns);
	options.as_of_us = as_of_us;
	/* Where a row has derived columns, they speak for it: they have to be the ones of the row.
	 */
	options.derived = &rows_derived[table % ROWS_RULES];
	status = cstn__scan_new(snapshot, table, &options, &scan, error);
	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK) {
		const int64_t *seqs = chunk.columns[options.n_columns - 1].numbers;

		for (uint64_t row = 0; row < chunk.rows; row++) {
			uint64_t hash = row_hash(table, chunk.columns, chunk.starts, row);

			if (chunk.derived &&
					chunk.derived[0].numbers[row] !=
							rows_derive_one(table % ROWS_RULES, hash))
				hash = ~hash;
			if (chunk.visible[row / 64] >> row % 64 & 1)
				found_add(out, row_with_seq(hash, (uint64_t)seqs[row]));
		}
	}
	cstn__scan_free(scan);
	return status == CSTN_DONE ? CSTN_OK : status;
}

/* Says what differs: the first row of one side that the other does not have. */
static int oracle_explain(oracle *model, cstn__snapshot *snapshot, uint32_t table, uint64_t seq,
		int64_t as_of_us)
{
	found_rows want = {0, 0, NULL, 0, 1}, got = {0, 0, NULL, 0, 1};
	const char *missing = "";
	char detail[160] = "";

	oracle_rows(model, table, seq, as_of_us, &want);
	if (store_rows(snapshot, table, as_of_us, &got, NULL) != CSTN_OK)
		missing = ", and the second scan fails";
	for (size_t i = 0; i < model->n_versions && !detail[0]; i++) {
		const oracle_version *version = &model->versions[i];
		uint64_t hash = row_with_seq(version->hash, version->born), n = 0;

		if (version->table != table)
			continue;
		for (size_t k = 0; k < got.n; k++)
			n += got.hashes[k] == hash;
		if (n != (uint64_t)version_is_visible(version, seq, as_of_us))
			snprintf(detail, sizeof(detail),
					"; key %u of transaction %" PRIu64 " (ended by %" PRIu64
					", recorded %" PRId64 ", until %" PRId64
					") is there %" PRIu64 " times",
					version->key, version->born,
					version->dead == UINT64_MAX ? 0 : version->dead,
					version->recorded_us, version->until_us, n);
	}
	oracle_fail(model,
			"table %u after transaction %" PRIu64 " as of %" PRId64 " has %" PRIu64
			" rows, %" PRIu64 " expected%s%s",
			table, seq, as_of_us, got.n, want.n, missing, detail);
	free(want.hashes);
	free(got.hashes);
	return -1;
}

static int oracle_check_table(oracle *model, cstn__snapshot *snapshot, uint32_t table, uint64_t seq,
		int64_t as_of_us)
{
	found_rows want = {0, 0, NULL, 0, 0}, got = {0, 0, NULL, 0, 0};
	cstn_error *error = NULL;
	cstn_status status;

	oracle_rows(model, table, seq, as_of_us, &want);
	status = store_rows(snapshot, table, as_of_us, &got, &error);
	if (status != CSTN_OK) {
		oracle_fail(model, "scan of table %u: %s: %s", table, cstn_status_name(status),
				cstn_error_message(error));
		model->status = status;
		cstn_error_free(error);
		return -1;
	}
	if (want.n == got.n && want.sum == got.sum)
		return 0;
	return oracle_explain(model, snapshot, table, seq, as_of_us);
}

static int oracle_check_key(
		oracle *model, cstn__snapshot *snapshot, uint32_t table, uint32_t key, uint64_t seq)
{
	cstn__scan_options options = {0};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_error *error = NULL;
	const oracle_version *want = NULL;
	cstn_status status;
	uint64_t found_seq, hash;
	row_key wanted;

	for (size_t i = 0; i < model->n_versions; i++)
		if (model->versions[i].table == table && model->versions[i].key == key &&
				version_is_visible(&model->versions[i], seq, INT64_MAX))
			want = &model->versions[i];
	row_key_make(&wanted, table, key);
	options.columns = rows_columns(table, &options.n_columns);
	options.as_of_us = INT64_MAX;
	status = cstn__snapshot_find(
			snapshot, table, wanted.values, &options, &scan, &chunk, &error);
	if (status != CSTN_OK) {
		int wrong = status != CSTN_E_NOT_FOUND || want;

		if (wrong) {
			oracle_fail(model, "key %u of table %u after transaction %" PRIu64 ": %s",
					key, table, seq, cstn_error_message(error));
			model->status = status == CSTN_E_NOT_FOUND ? CSTN_OK : status;
		}
		cstn_error_free(error);
		return wrong ? -1 : 0;
	}
	found_seq = (uint64_t)chunk.columns[options.n_columns - 1].numbers[0];
	hash = row_hash(table, chunk.columns, chunk.starts, 0);
	cstn__scan_free(scan);
	if (!want)
		return oracle_fail(model,
				"key %u of table %u is found (transaction %" PRIu64
				"), but is not there after transaction %" PRIu64,
				key, table, found_seq, seq);
	if (found_seq != want->born || hash != want->hash)
		return oracle_fail(model,
				"key %u of table %u is of transaction %" PRIu64 ", %" PRIu64
				" expected, after transaction %" PRIu64,
				key, table, found_seq, want->born, seq);
	return 0;
}

static int oracle_check_keys(oracle *model, cstn__snapshot *snapshot, uint32_t table, uint64_t seq,
		uint64_t seed, uint32_t keys)
{
	uint32_t n = model->n_keys[table];

	for (uint32_t i = 0; i < n && i < keys; i++) {
		uint32_t key = n <= keys ? i : (uint32_t)(sim_random(seed, i) % n);

		if (oracle_check_key(model, snapshot, table, key, seq))
			return -1;
	}
	return oracle_check_key(model, snapshot, table, n + 1000003, seq);
}

int oracle_check(oracle *model, cstn__store *store, cstn__snapshot *snapshot, uint64_t seq,
		uint64_t seed, uint32_t keys)
{
	int64_t from = model->horizon_us > 0 ? model->horizon_us : 0;
	int64_t as_of = from +
			(int64_t)(sim_random(seed, 9) % (uint64_t)(model->now_us - from + 10));
	cstn__snapshot *own = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	int wrong = 0, own_snapshot = !snapshot;

	if (!snapshot) {
		status = cstn__snapshot_new(store, &own, &error);
		if (status != CSTN_OK) {
			oracle_fail(model, "snapshot: %s", cstn_error_message(error));
			model->status = status;
			cstn_error_free(error);
			return -1;
		}
		snapshot = own;
	}
	if (cstn__snapshot_seq(snapshot) != seq)
		wrong = oracle_fail(model, "a snapshot says transaction %" PRIu64 ", not %" PRIu64,
				cstn__snapshot_seq(snapshot), seq);
	for (uint32_t table = 1; table <= ROWS_TABLES && !wrong; table++) {
		wrong = oracle_check_table(model, snapshot, table, seq, INT64_MAX);
		if (!wrong)
			wrong = oracle_check_table(model, snapshot, table, seq, as_of);
		if (!wrong && table != ROWS_EVENTS && keys)
			wrong = oracle_check_keys(model, snapshot, table, seq, seed, keys);
	}
	if (!wrong && own_snapshot)
		wrong = oracle_check_slots(model, store, seq);
	cstn__snapshot_unref(own);
	return wrong;
}
