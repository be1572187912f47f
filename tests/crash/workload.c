/* Operations on a store and its oracle. An operation that fails without a fault being set is a
 * failure of the test. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/log.h"
#include "workload.h"

const char *work_op_name(work_op op)
{
	static const char *const names[WORK_OPS] = {"commit", "group", "upsert", "delete", "bulk",
			"slots", "erase", "checkpoint", "compact", "derive", "hold", "backup",
			"reopen"};

	return names[op];
}

void work_options_small(cstn__store_options *options)
{
	memset(options, 0, sizeof(*options));
	options->checkpoint_rows = 40;
	options->segment_rows = 24;
	options->group_us = 1000;
	options->slots_a_file = 2; /* so that files of them fill, and come to be over */
	options->cache_bytes = 1 << 20;
}

static void work_before(void *context, sim_vfs *sim, const sim_call *call)
{
	workload *work = context;
	work_capture *capture;

	if (call->kind == SIM_UNLINK && strncmp(call->name, "key-", 4) == 0)
		work->key_files_gone++;
	if (!work->capturing)
		return;
	pthread_mutex_lock(&work->mutex);
	if (work->capture_of > 1 && sim_dice_below(&work->dice, work->capture_of)) {
		pthread_mutex_unlock(&work->mutex);
		return;
	}
	work->captures = test_grow(work->captures, &work->capture_capacity, work->n_captures + 1,
			sizeof(*work->captures));
	capture = &work->captures[work->n_captures++];
	capture->disk = sim_disk_clone(sim->disk);
	capture->acked = work->acked;
	capture->issued = work->issued;
	capture->seen = work->seen;
	capture->op = work->op;
	capture->call = *call;
	pthread_mutex_unlock(&work->mutex);
}

void work_captures_free(workload *work)
{
	for (size_t i = 0; i < work->n_captures; i++)
		sim_disk_unref(work->captures[i].disk);
	work->n_captures = 0;
}

static int work_fail(workload *work, const char *what, cstn_status status, cstn_error *error)
{
	snprintf(work->why, sizeof(work->why), "%s (%s): %s: %s", what, work_op_name(work->op),
			cstn_status_name(status), cstn_error_message(error));
	cstn_error_free(error);
	return -1;
}

static int work_wrong(workload *work, const char *what)
{
	snprintf(work->why, sizeof(work->why), "%s (%s): %s", what, work_op_name(work->op),
			work->model.why);
	return -1;
}

int work_open(workload *work)
{
	cstn__store_info info;
	cstn_error *error = NULL;
	cstn_status status;

	status = cstn__store_open(work->in_memory ? NULL : &work->sim->vfs,
			work->in_memory ? NULL : WORK_PATH, &rows_schema, &work->options, NULL,
			&work->store, &error);
	if (status != CSTN_OK)
		return work_fail(work, "open", status, error);
	status = cstn__store_info_get(work->store, &info, &error);
	if (status != CSTN_OK)
		return work_fail(work, "info", status, error);
	if (info.last_seq != work->model.last_seq) {
		oracle_fail(&work->model, "opened at transaction %" PRIu64 ", %" PRIu64 " expected",
				info.last_seq, work->model.last_seq);
		return work_wrong(work, "open");
	}
	work->acked = work->issued = work->seen = info.last_seq;
	return 0;
}

int work_begin(workload *work, sim_disk *disk, const oracle *model,
		const cstn__store_options *options, uint64_t seed)
{
	memset(work, 0, sizeof(*work));
	pthread_mutex_init(&work->mutex, NULL);
	work->sim = sim_vfs_new(disk, seed);
	work->sim->before = work_before;
	work->sim->context = work;
	work->options = *options;
	work->dice.seed = seed;
	if (model)
		oracle_copy(&work->model, model);
	else
		oracle_init(&work->model);
	work->issued = work->acked = work->seen = work->model.last_seq;
	work->op = WORK_REOPEN;
	return 0;
}

void work_end(workload *work)
{
	work->capturing = 0;
	cstn__snapshot_unref(work->held);
	cstn__store_unref(work->store);
	work_captures_free(work);
	free(work->captures);
	oracle_free(&work->model);
	sim_vfs_free(work->sim);
	pthread_mutex_destroy(&work->mutex);
	work->held = NULL;
	work->store = NULL;
	work->sim = NULL;
}

/* --- changes ------------------------------------------------------------------------------- */

static void work_row(workload *work, oracle_op *op, uint32_t key)
{
	row_spec *spec;

	for (uint32_t i = 0; i < op->n; i++)
		if (op->rows[i].key == key)
			return;
	if (op->n == ORACLE_ROWS)
		return;
	spec = &op->rows[op->n++];
	spec->key = key;
	spec->nonce = (uint32_t)sim_dice_next(&work->dice);
	work->model.now_us += 1 + (int64_t)sim_dice_below(&work->dice, 4);
	spec->recorded_us = work->model.now_us;
}

static oracle_op *work_op_add(oracle_transaction *changes, uint32_t kind, uint32_t table)
{
	oracle_op *op = &changes->ops[changes->n++];

	op->kind = kind;
	op->table = table;
	op->n = 0;
	return op;
}

/* `n` rows of keys that never were, from `first` past those that are known. */
static void work_new_rows(workload *work, oracle_transaction *changes, uint32_t table, uint64_t n,
		uint32_t first)
{
	oracle_op *op = work_op_add(
			changes, table == ROWS_EVENTS ? CSTN__OP_APPEND : CSTN__OP_UPSERT, table);

	for (uint32_t i = 0; i < n; i++)
		work_row(work, op, work->model.n_keys[table] + first + i);
}

static void work_old_rows(workload *work, oracle_transaction *changes, uint32_t kind,
		uint32_t table, uint64_t n)
{
	oracle_op *op = work_op_add(changes, kind, table);
	uint32_t keys = work->model.n_keys[table];

	for (uint64_t i = 0; i < n; i++)
		work_row(work, op, (uint32_t)sim_dice_below(&work->dice, keys ? keys : 1));
	if (kind == CSTN__OP_DELETE)
		work_row(work, op, keys + 500);
}

/* Slots of both sizes. */
static void work_puts(workload *work, oracle_transaction *changes, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		oracle_put *put = &changes->puts[changes->n_puts++];

		put->nonce = (uint32_t)sim_dice_next(&work->dice);
		put->size = sim_dice_below(&work->dice, 3) ? 20 + put->nonce % 37 : 100;
		put->slot = 0;
	}
}

/* Some that hold their bytes, from one drawn on. */
static void work_erase(workload *work, oracle_transaction *changes, uint32_t n)
{
	const oracle *model = &work->model;
	uint64_t from = sim_dice_below(&work->dice, model->n_slots);

	for (size_t i = 0; i < model->n_slots && changes->n_erased < n; i++) {
		const oracle_slot *slot = &model->slots[(from + i) % model->n_slots];

		if (slot->erased == UINT64_MAX)
			changes->erased[changes->n_erased++] = slot->put.slot;
	}
}

void work_changes(workload *work, work_op op, oracle_transaction *out)
{
	sim_dice *dice = &work->dice;

	out->n = out->n_puts = out->n_erased = 0;
	switch (op) {
	case WORK_SLOTS:
		work_new_rows(work, out, ROWS_ORDERS, 1, 0);
		work_puts(work, out, 1 + (uint32_t)sim_dice_below(dice, 3));
		break;
	case WORK_ERASE:
		if (sim_dice_below(dice, 2))
			work_old_rows(work, out, CSTN__OP_UPSERT, ROWS_ORDERS, 1);
		work_erase(work, out, 1 + (uint32_t)sim_dice_below(dice, 2));
		if (!out->n_erased || sim_dice_below(dice, 3) == 0)
			work_puts(work, out, 1);
		break;
	case WORK_UPSERT:
		work_old_rows(work, out, CSTN__OP_UPSERT, ROWS_ORDERS, 1 + sim_dice_below(dice, 4));
		if (sim_dice_below(dice, 2))
			work_old_rows(work, out, CSTN__OP_UPSERT, ROWS_STOCK, 2);
		break;
	case WORK_DELETE:
		work_old_rows(work, out, CSTN__OP_DELETE, ROWS_ORDERS, 1 + sim_dice_below(dice, 2));
		if (sim_dice_below(dice, 2))
			work_old_rows(work, out, CSTN__OP_DELETE, ROWS_STOCK, 1);
		break;
	case WORK_BULK:
		/* The events alone are enough for segments of their own. */
		work_new_rows(work, out, ROWS_EVENTS, 41 + sim_dice_below(dice, 30), 0);
		work_new_rows(work, out, ROWS_ORDERS, 25 + sim_dice_below(dice, 15), 0);
		if (sim_dice_below(dice, 2))
			work_puts(work, out, 2);
		break;
	default:
		work_new_rows(work, out, ROWS_ORDERS, 1 + sim_dice_below(dice, 3), 0);
		if (sim_dice_below(dice, 2))
			work_new_rows(work, out, ROWS_STOCK, 1 + sim_dice_below(dice, 2), 0);
		if (sim_dice_below(dice, 2))
			work_new_rows(work, out, ROWS_EVENTS, 1 + sim_dice_below(dice, 2), 0);
		break;
	}
}

/* --- operations ---------------------------------------------------------------------------- */

/* A transaction has come back with its number. */
static int work_acknowledge(workload *work, uint64_t seq, uint64_t expected)
{
	if (seq != expected) {
		oracle_fail(&work->model, "transaction %" PRIu64 " was given number %" PRIu64,
				expected, seq);
		return work_wrong(work, "commit");
	}
	if (work->options.commit_level != CSTN__COMMIT_NONE) {
		work->acked = seq;
		work->seen = seq;
	}
	return 0;
}

static int work_commit(workload *work, work_op op)
{
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	cstn__transaction *transaction = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	uint64_t seq = 0;

	work_changes(work, op, changes);
	status = cstn__transaction_new(work->store, &transaction, &error);
	if (status == CSTN_OK)
		status = oracle_fill(changes, transaction, &error);
	oracle_apply(&work->model, changes);
	work->issued = work->model.last_seq;
	if (status == CSTN_OK)
		status = cstn__transaction_commit(transaction, &seq, &error);
	cstn__transaction_free(transaction);
	free(changes);
	if (status != CSTN_OK)
		return work_fail(work, "commit", status, error);
	return work_acknowledge(work, seq, work->model.last_seq);
}

#define WORK_THREADS 3
typedef struct work_member {
	cstn__store *store;
	oracle_transaction changes;
	uint64_t seq;
	cstn_status status;
	char why[160];
} work_member;

static void *work_member_run(void *context)
{
	work_member *member = context;
	cstn__transaction *transaction = NULL;
	cstn_error *error = NULL;

	member->status = cstn__transaction_new(member->store, &transaction, &error);
	if (member->status == CSTN_OK)
		member->status = oracle_fill(&member->changes, transaction, &error);
	if (member->status == CSTN_OK)
		member->status = cstn__transaction_commit(transaction, &member->seq, &error);
	cstn__transaction_free(transaction);
	snprintf(member->why, sizeof(member->why), "%s", cstn_error_message(error));
	cstn_error_free(error);
	return NULL;
}

/* New rows of three threads, of keys apart; who comes first is known when they are done. */
static int work_group(workload *work)
{
	work_member *members = test_alloc(WORK_THREADS * sizeof(*members));
	pthread_t threads[WORK_THREADS];
	uint64_t first = work->model.last_seq;
	int failed = 0;

	for (uint32_t i = 0; i < WORK_THREADS; i++) {
		members[i].store = work->store;
		work_new_rows(work, &members[i].changes, ROWS_ORDERS,
				1 + sim_dice_below(&work->dice, 2), 2 * i);
		if (sim_dice_below(&work->dice, 2))
			work_puts(work, &members[i].changes, 1);
	}
	work->issued = first + WORK_THREADS;
	for (uint32_t i = 0; i < WORK_THREADS; i++)
		pthread_create(&threads[i], NULL, work_member_run, &members[i]);
	for (uint32_t i = 0; i < WORK_THREADS; i++)
		pthread_join(threads[i], NULL);
	for (uint64_t seq = first + 1; seq <= first + WORK_THREADS && !failed; seq++) {
		const work_member *found = NULL;

		for (uint32_t i = 0; i < WORK_THREADS; i++) {
			if (members[i].status != CSTN_OK)
				failed = 1;
			if (members[i].seq == seq)
				found = &members[i];
		}
		if (found)
			oracle_apply(&work->model, &found->changes);
		failed |= !found;
	}
	if (failed)
		snprintf(work->why, sizeof(work->why), "group: %s, %s, %s",
				members[0].status ? members[0].why : "ok",
				members[1].status ? members[1].why : "ok",
				members[2].status ? members[2].why : "ok");
	free(members);
	if (failed)
		return -1;
	return work_acknowledge(work, first + WORK_THREADS, work->model.last_seq);
}

static int work_hold(workload *work)
{
	cstn_error *error = NULL;
	cstn_status status;
	int wrong;

	if (!work->held) {
		status = cstn__snapshot_new(work->store, &work->held, &error);
		if (status != CSTN_OK)
			return work_fail(work, "snapshot", status, error);
		return 0;
	}
	wrong = oracle_check(&work->model, work->store, work->held, cstn__snapshot_seq(work->held),
			sim_dice_next(&work->dice), 8);
	cstn__snapshot_unref(work->held);
	work->held = NULL;
	return wrong ? work_wrong(work, "held snapshot") : 0;
}

static int work_backup(workload *work)
{
	char path[32];
	cstn_error *error = NULL;
	cstn_status status;

	snprintf(path, sizeof(path), "/backup%u", work->n_backups++);
	status = cstn__store_backup(
			work->store, path, (int)sim_dice_below(&work->dice, 2), NULL, &error);
	return status == CSTN_OK ? 0 : work_fail(work, "backup", status, error);
}

static int work_reopen(workload *work)
{
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	if (work->held && work_hold(work) != 0)
		return -1;
	if (sim_dice_below(&work->dice, 2) || work->options.commit_level == CSTN__COMMIT_NONE)
		status = cstn__store_close(work->store, &error);
	if (status != CSTN_OK)
		return work_fail(work, "close", status, error);
	work->acked = work->model.last_seq;
	cstn__store_unref(work->store);
	work->store = NULL;
	return work_open(work);
}

int work_do(workload *work, work_op op)
{
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	work->op = op;
	if (work->in_memory && (op == WORK_BACKUP || op == WORK_REOPEN))
		return 0;
	switch (op) {
	case WORK_GROUP:
		return work_group(work);
	case WORK_CHECKPOINT:
		status = cstn__store_checkpoint(work->store, &error);
		if (status == CSTN_OK)
			work->acked = work->model.last_seq;
		break;
	case WORK_COMPACT:
		status = cstn__store_maintain(
				work->store, work->model.horizon_us, UINT64_MAX, NULL, &error);
		break;
	case WORK_DERIVE:
		for (uint32_t table = 1; status == CSTN_OK && table <= ROWS_TABLES; table++)
			status = rows_derive(work->store, table,
					(table + sim_dice_below(&work->dice, 4) / 3) % ROWS_RULES,
					(int)sim_dice_below(&work->dice, 2),
					1 + (uint32_t)sim_dice_below(&work->dice, 2), &error);
		break;
	case WORK_HOLD:
		return work_hold(work);
	case WORK_BACKUP:
		return work_backup(work);
	case WORK_REOPEN:
		return work_reopen(work);
	default:
		return work_commit(work, op);
	}
	return status == CSTN_OK ? 0 : work_fail(work, work_op_name(op), status, error);
}

int work_base(workload *work, uint64_t seed)
{
	/* Four segments of a table are enough to be compacted. */
	static const work_op ops[] = {WORK_COMMIT, WORK_SLOTS, WORK_BULK, WORK_BULK, WORK_BULK,
			WORK_CHECKPOINT, WORK_SLOTS, WORK_UPSERT};
	cstn__store_options options;
	sim_disk *disk = sim_disk_new();

	work_options_small(&options);
	work_begin(work, disk, NULL, &options, seed);
	sim_disk_unref(disk);
	if (work_open(work) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (work_do(work, ops[i]) != 0)
			return -1;
	return 0;
}
