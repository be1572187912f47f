/* Random tapes of operations against the oracle (and, where it is installed, SQLite's answers), on
 * the model disk and in memory.
 *
 * Every operation has a seed of its own, so that a tape that fails can be made smaller by leaving
 * operations out: what is printed is a shortest tape found that still fails. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"
#include "sql_answers.h"
#include "store/log.h"
#include "workload.h"

#define MODEL_TAPES 2000u
#define MODEL_TAPES_LONG 1000000u
#define MODEL_OPS 40u

/* Beyond the operations of a workload. */
#define MODEL_REQUIRE (WORK_OPS + 0)  /* a precondition that holds, or does not */
#define MODEL_FORGET (WORK_OPS + 1)   /* compaction with a history horizon */
#define MODEL_ROLLBACK (WORK_OPS + 2) /* a transaction that is thrown away */
#define MODEL_KINDS (WORK_OPS + 3)

typedef struct model_step {
	uint32_t op;
	uint64_t seed;
} model_step;

typedef struct model_tape {
	uint64_t seed;
	int in_memory;
	int32_t commit_level;
	uint64_t checkpoint_rows, segment_rows;
	model_step steps[MODEL_OPS];
	size_t n;
} model_tape;

typedef struct model_count {
	uint64_t tapes, in_memory, steps, conflicts, sql;
} model_count;

static const char *model_name(uint32_t op)
{
	return op == MODEL_REQUIRE    ? "require"
	       : op == MODEL_FORGET   ? "forget"
	       : op == MODEL_ROLLBACK ? "rollback"
				      : work_op_name((work_op)op);
}

static uint64_t model_version(const oracle *model, uint32_t table, uint32_t key)
{
	return oracle_is_live(model, table, key) ? model->versions[model->live[table][key] - 1].born
						 : 0;
}

/* A transaction with a precondition on one key; wrong ones must conflict and change nothing. */
static int model_require(workload *work, model_count *count)
{
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	uint32_t keys = work->model.n_keys[ROWS_ORDERS] + 2;
	uint32_t key = (uint32_t)sim_dice_below(&work->dice, keys);
	uint64_t version = model_version(&work->model, ROWS_ORDERS, key), seq = 0;
	int holds = (int)sim_dice_below(&work->dice, 2);
	cstn__transaction *transaction = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	row_key wanted;

	row_key_make(&wanted, ROWS_ORDERS, key);
	work_changes(work, WORK_UPSERT, changes);
	status = cstn__transaction_new(work->store, &transaction, &error);
	if (status == CSTN_OK)
		status = oracle_fill(changes, transaction, &error);
	if (status == CSTN_OK)
		status = cstn__transaction_require(transaction, ROWS_ORDERS, wanted.values,
				holds ? version : version + 1, &error);
	if (status == CSTN_OK)
		status = cstn__transaction_commit(transaction, &seq, &error);
	cstn__transaction_free(transaction);
	if (holds && status == CSTN_OK)
		oracle_apply(&work->model, changes);
	free(changes);
	count->conflicts += !holds;
	if (status == (holds ? CSTN_OK : CSTN_E_CONFLICT)) {
		cstn_error_free(error);
		work->acked = work->issued = work->model.last_seq;
		return 0;
	}
	snprintf(work->why, sizeof(work->why), "a precondition that %s: %s: %s",
			holds ? "holds" : "fails", cstn_status_name(status),
			cstn_error_message(error));
	cstn_error_free(error);
	return -1;
}

static int model_rollback(workload *work)
{
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	cstn__transaction *transaction = NULL;
	cstn_status status;

	work_changes(work, WORK_UPSERT, changes);
	status = cstn__transaction_new(work->store, &transaction, NULL);
	if (status == CSTN_OK)
		status = oracle_fill(changes, transaction, NULL);
	cstn__transaction_free(transaction);
	free(changes);
	if (status == CSTN_OK)
		return 0;
	snprintf(work->why, sizeof(work->why), "a transaction to roll back: %s",
			cstn_status_name(status));
	return -1;
}

static int model_step_do(workload *work, const model_step *step, model_count *count)
{
	const sim_dice dice = {step->seed, 0};

	work->dice = dice;
	if (step->op == MODEL_REQUIRE)
		return model_require(work, count);
	if (step->op == MODEL_ROLLBACK)
		return model_rollback(work);
	if (step->op == MODEL_FORGET) {
		/* Times before a quarter back are forgotten; a held snapshot is let go first. */
		int64_t horizon = work->model.now_us -
				  (int64_t)sim_dice_below(
						  &work->dice, (uint64_t)work->model.now_us / 4);

		if (horizon > work->model.horizon_us)
			work->model.horizon_us = horizon;
		return work_do(work, WORK_COMPACT);
	}
	return work_do(work, (work_op)step->op);
}

/* 0, or -1 with the step that failed and why. */
static int model_run(const model_tape *tape, model_count *count, char *why, size_t size)
{
	cstn__store_options options;
	sim_disk *disk = sim_disk_new();
	sql_answers *sql = NULL;
	workload work;
	int wrong;
	size_t i = 0;

	work_options_small(&options);
	options.commit_level = tape->commit_level;
	options.checkpoint_rows = tape->checkpoint_rows;
	options.segment_rows = tape->segment_rows;
	options.group_us = 50;
	work_begin(&work, disk, NULL, &options, tape->seed);
	sim_disk_unref(disk);
	work.in_memory = tape->in_memory;
	if (tape->seed % 8 == 0)
		sql = sql_answers_new();
	wrong = work_open(&work);
	for (i = 0; i < tape->n && !wrong; i++) {
		wrong = model_step_do(&work, &tape->steps[i], count);
		count->steps++;
		if (!wrong && oracle_check(&work.model, work.store, NULL, work.model.last_seq,
					      tape->steps[i].seed, 6)) {
			snprintf(work.why, sizeof(work.why), "%s", work.model.why);
			wrong = -1;
		}
		if (!wrong && sql &&
				sql_answers_check(sql, &work.model, work.store, work.why,
						sizeof(work.why)))
			wrong = -1;
	}
	count->sql += sql != NULL;
	if (wrong)
		snprintf(why, size, "step %zu: %s", i, work.why);
	sql_answers_free(sql);
	work_end(&work);
	return wrong;
}

static void model_tape_make(model_tape *out, uint64_t seed)
{
	sim_dice dice = {seed, 0};

	memset(out, 0, sizeof(*out));
	out->seed = seed;
	out->in_memory = sim_dice_below(&dice, 4) == 0;
	out->commit_level = (int32_t)sim_dice_below(&dice, 3);
	out->checkpoint_rows = 5 + sim_dice_below(&dice, 100);
	out->segment_rows = 1 + sim_dice_below(&dice, 80);
	out->n = 5 + sim_dice_below(&dice, MODEL_OPS - 5);
	for (size_t i = 0; i < out->n; i++) {
		out->steps[i].op = (uint32_t)sim_dice_below(&dice, MODEL_KINDS);
		/* Threads, copies and full reopens now and then only. */
		if (out->steps[i].op == WORK_GROUP && sim_dice_below(&dice, 4))
			out->steps[i].op = WORK_UPSERT;
		out->steps[i].seed = sim_dice_next(&dice);
	}
}

/* Leaves out operations as long as the tape still fails. */
static void model_shrink(model_tape *tape, char *why, size_t size)
{
	model_count count = {0};
	int smaller = 1;

	while (smaller) {
		smaller = 0;
		for (size_t i = tape->n; i-- > 0;) {
			model_tape *less = test_alloc(sizeof(*less));

			*less = *tape;
			memmove(&less->steps[i], &less->steps[i + 1],
					(less->n - i - 1) * sizeof(*less->steps));
			less->n--;
			if (model_run(less, &count, why, size)) {
				*tape = *less;
				smaller = 1;
			}
			free(less);
		}
	}
	model_run(tape, &count, why, size);
}

void layer_model(layer *self)
{
	uint64_t n = self->effort ? self->effort : self->long_run ? MODEL_TAPES_LONG : MODEL_TAPES;
	model_count count = {0};
	int stop = 0;

	for (uint64_t i = 0; i < n && !stop; i++) {
		char why[800], steps[400] = "";
		size_t at = 0;
		model_tape tape;

		layer_so_far(self, i, 20000, "tapes");
		model_tape_make(&tape, sim_random(self->seed, i));
		count.tapes++;
		count.in_memory += (uint64_t)tape.in_memory;
		if (model_run(&tape, &count, why, sizeof(why)) == 0) {
			layer_case(self, 0, "%s", "");
			continue;
		}
		if (!self->quiet)
			model_shrink(&tape, why, sizeof(why));
		for (size_t k = 0; k < tape.n && at + 16 < sizeof(steps); k++)
			at += (size_t)snprintf(steps + at, sizeof(steps) - at, " %s",
					model_name(tape.steps[k].op));
		stop = layer_case(self, 1, "tape %" PRIu64 "%s:%s: %s", i,
				       tape.in_memory ? " in memory" : "", steps, why) ||
		       self->failed >= 5;
	}
	layer_say(self,
			"model: %" PRIu64 " tapes of %" PRIu64 " operations, %" PRIu64
			" of them in memory, %" PRIu64 " against SQLite too, %" PRIu64
			" refused preconditions, seed %" PRIu64 "; %" PRIu64 " wrong",
			count.tapes, count.steps, count.in_memory, count.sql, count.conflicts,
			self->seed, self->failed);
}
