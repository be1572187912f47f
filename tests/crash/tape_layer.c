/* Random tapes of calls on a network, in memory and on the model disk: records that keep and break
 * rules, transactions that conflict, imports with bad rows, snapshots held, crashes, failing calls,
 * a reader beside the writer. After every step what can be read is compared with the model. A tape
 * that fails is made smaller by leaving steps out. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"
#include "network/network.h"
#include "tape_run.h"

#define TAPES 500u
#define TAPES_LONG 1000000u
#define TAPE_PATH "/net"

enum {
	STEP_PUT,
	STEP_TRANSACTION,
	STEP_IMPORT,
	STEP_HOLD,
	STEP_CHECKPOINT,
	STEP_MAINTAIN,
	STEP_SYNC,
	STEP_REOPEN,
	STEP_CRASH,
	STEP_FAULT,
	STEP_BESIDE,
	STEPS
};
static const char *const step_names[STEPS] = {"put", "transaction", "import", "hold", "checkpoint",
		"maintain", "sync", "reopen", "crash", "fault", "beside"};

/* --- open and close --------------------------------------------------------------------------- */

static cstn_status open_on(
		tape_run *run, sim_vfs *sim, uint32_t flags, cstn_network **out, cstn_error **error)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;

	options.flags = flags;
	options.commit_level = run->tape->commit_level;
	options.checkpoint_rows = run->tape->checkpoint_rows;
	options.group_us = run->tape->commit_level == CSTN_COMMIT_GROUP ? 20 : 0;
	options.cache_bytes = 1 << 20;
	return cstn__network_open_on(run->tape->in_memory ? NULL : &sim->vfs,
			run->tape->segment_rows, run->tape->in_memory ? NULL : TAPE_PATH, &options,
			NULL, out, error);
}

/* Opens; between acked and all that was tried is there. */
static int open_network(tape_run *run)
{
	cstn_network_info info = CSTN_NETWORK_INFO_INIT;
	cstn_error *error = NULL;
	cstn_status status = open_on(run, run->sim, 0, &run->network, &error);

	if (status != CSTN_OK)
		return tape_fail_status(run, "open", "", status, CSTN_OK, error);
	status = cstn_network_get_info(run->network, &info, &error);
	if (status != CSTN_OK)
		return tape_fail_status(run, "info", "", status, CSTN_OK, error);
	if (info.last_seq < run->acked || info.last_seq > run->model.last_seq)
		return tape_fail(run,
				"opened at transaction %" PRIu64 ", acknowledged %" PRIu64
				", tried %" PRIu64,
				info.last_seq, run->acked, run->model.last_seq);
	tape_model_cut(&run->model, info.last_seq);
	run->acked = info.last_seq;
	return 0;
}

static void let_go(tape_run *run)
{
	for (size_t i = 0; i < TAPE_HELD; i++) {
		cstn_snapshot_unref(run->held[i].snapshot);
		run->held[i].snapshot = NULL;
	}
}

static void drop_network(tape_run *run)
{
	let_go(run);
	cstn_network_unref(run->network);
	run->network = NULL;
}

/* --- the disk --------------------------------------------------------------------------------- */

static int expect_ok(tape_run *run, const char *what, cstn_status status, cstn_error *error)
{
	if (status != CSTN_OK)
		return tape_fail_status(run, what, "", status, CSTN_OK, error);
	run->acked = run->model.last_seq;
	return 0;
}

static int maintain(tape_run *run)
{
	cstn_maintain_options options = CSTN_MAINTAIN_OPTIONS_INIT;
	cstn_error *error = NULL;
	uint64_t acked = run->acked;
	int wrong;

	if (tape_roll(run, 3) == 0) {
		options.history_from_us = run->model.now_us - (int64_t)tape_roll(run, 60);
		if (options.history_from_us > run->model.horizon_us)
			run->model.horizon_us = options.history_from_us;
	}
	if (tape_roll(run, 4) == 0)
		options.max_bytes = 1 + tape_roll(run, 5000);
	wrong = expect_ok(run, "maintain", cstn_network_maintain(run->network, &options, &error),
			error);
	run->acked = acked; /* it may have had nothing to do */
	return wrong;
}

static int reopen(tape_run *run)
{
	cstn_error *error = NULL;

	if (run->tape->in_memory)
		return 0;
	if (tape_roll(run, 2)) {
		/* The snapshots that are held stay readable. */
		if (expect_ok(run, "close", cstn_network_close(run->network, &error), error))
			return -1;
		cstn_network_unref(run->network);
		run->network = NULL;
	} else {
		run->acked = run->model.last_seq; /* the cache is still there */
		drop_network(run);
	}
	return open_network(run);
}

static int crash(tape_run *run)
{
	sim_disk *disk;

	if (run->tape->in_memory)
		return 0;
	run->count->crashes++;
	sim_vfs_kill(run->sim);
	disk = sim_crash(
			run->disk, (sim_loss)tape_roll(run, SIM_LOSSES), sim_dice_next(&run->dice));
	drop_network(run);
	sim_vfs_free(run->sim);
	sim_disk_unref(run->disk);
	run->disk = disk;
	run->sim = sim_vfs_new(disk, sim_dice_next(&run->dice));
	return open_network(run);
}

/* A call of the disk fails while something is put; then the handle is dropped and what is there
 * counts. */
static int fault(tape_run *run)
{
	static const uint32_t kinds[] = {1u << SIM_WRITE, 1u << SIM_SYNC, 1u << SIM_SYNC_DATA,
			1u << SIM_SYNC_FOLDER, 1u << SIM_CREATE, 1u << SIM_RENAME,
			1u << SIM_READ | 1u << SIM_OPEN};
	static const int errors[] = {EIO, ENOSPC, EINTR, SIM_SHORT};
	tape_view view = {&run->model, run->model.last_seq, {NULL, 0, 0}};
	cstn_record *built = NULL;
	cstn_error *error = NULL;
	tape_record record;
	cstn_status status;
	int wanted;

	if (run->tape->in_memory)
		return 0;
	run->count->faults++;
	tape_make(&run->dice, &run->model, tape_some_noun(run), run->tape->late, &record);
	wanted = tape_judge(&view, &record, NULL);
	status = tape_build(&record, &built, &error);
	run->sim->faults[0] = (sim_fault){kinds[tape_roll(run, 7)], NULL, 1 + tape_roll(run, 6),
			errors[tape_roll(run, 4)], (int)tape_roll(run, 2)};
	run->sim->fault_seen[0] = run->sim->fault_fired[0] = 0;
	if (status == CSTN_OK)
		status = cstn_network_put(run->network, built, NULL, &error);
	cstn_record_unref(built);
	if (status == (wanted == TAPE_SAME ? CSTN_OK : wanted) || run->sim->fault_fired[0]) {
		cstn_error_free(error);
	} else {
		return tape_fail_status(run, "put of a", tape_nouns[record.noun].name, status,
				wanted, error);
	}
	if (tape_roll(run, 2)) {
		error = NULL;
		(void)!cstn_network_checkpoint(run->network, &error);
		cstn_error_free(error);
	}
	memset(&run->sim->faults[0], 0, sizeof(run->sim->faults[0]));
	if (wanted == CSTN_OK) {
		tape_list_add(&view.own, &record, 0, tape_recorded(&record));
		tape_model_commit(&run->model, &view.own);
		free(view.own.items);
		if (status == CSTN_OK)
			tape_acknowledge(run);
	}
	drop_network(run);
	return open_network(run);
}

/* A reader of another process. */
static int beside(tape_run *run)
{
	cstn_network *network = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	sim_vfs *sim;
	int wrong = 0;

	if (run->tape->in_memory)
		return 0;
	sim = sim_vfs_new(run->disk, sim_dice_next(&run->dice));
	status = open_on(run, sim, CSTN_NETWORK_READ_ONLY, &network, &error);
	if (status == CSTN_OK)
		status = cstn_network_snapshot(network, &snapshot, &error);
	if (status != CSTN_OK)
		wrong = tape_fail_status(run, "open beside", "", status, CSTN_OK, error);
	else if (cstn_snapshot_seq(snapshot) != run->model.last_seq)
		wrong = tape_fail(run, "a reader sees %" PRIu64 ", %" PRIu64 " are there",
				cstn_snapshot_seq(snapshot), run->model.last_seq);
	for (int i = 0; i < 3 && !wrong; i++)
		wrong = tape_check_scan(&run->model, snapshot, run->model.last_seq, &run->dice,
				run->why, sizeof(run->why));
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	for (int kind = 0; kind < SIM_KINDS && !wrong; kind++)
		if (sim_kind_writes((sim_kind)kind) && sim->calls[kind])
			wrong = tape_fail(run, "a reader called %s", sim_kind_name((sim_kind)kind));
	sim_vfs_free(sim);
	return wrong;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int hold(tape_run *run)
{
	size_t i = tape_roll(run, TAPE_HELD);
	cstn_error *error = NULL;
	cstn_status status;

	if (run->held[i].snapshot) {
		cstn_snapshot_unref(run->held[i].snapshot);
		run->held[i].snapshot = NULL;
		return 0;
	}
	status = cstn_network_snapshot(run->network, &run->held[i].snapshot, &error);
	run->held[i].seq = run->model.last_seq;
	return status == CSTN_OK ? 0
				 : tape_fail_status(run, "snapshot", "", status, CSTN_OK, error);
}

static int check_snapshot(tape_run *run, cstn_snapshot *snapshot, uint64_t seq, uint64_t scans)
{
	static int (*const checks[])(const tape_model *, cstn_snapshot *, uint64_t, sim_dice *,
			char *, size_t) = {tape_check_get, tape_check_get, tape_check_get,
			tape_check_changes, tape_check_relations, tape_check_events};
	int wrong = 0;

	if (cstn_snapshot_seq(snapshot) != seq)
		return tape_fail(run, "a snapshot of %" PRIu64 " says %" PRIu64, seq,
				cstn_snapshot_seq(snapshot));
	for (uint64_t i = 0; i < scans && !wrong; i++)
		wrong = tape_check_scan(
				&run->model, snapshot, seq, &run->dice, run->why, sizeof(run->why));
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks) && !wrong; i++)
		if (i < 2 || tape_roll(run, 3) == 0)
			wrong = checks[i](&run->model, snapshot, seq, &run->dice, run->why,
					sizeof(run->why));
	return wrong;
}

static int check_all(tape_run *run, uint64_t scans)
{
	cstn_snapshot *now = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_network_snapshot(run->network, &now, &error);
	int wrong;

	if (status != CSTN_OK)
		return tape_fail_status(run, "snapshot", "", status, CSTN_OK, error);
	wrong = check_snapshot(run, now, run->model.last_seq, scans);
	cstn_snapshot_unref(now);
	for (size_t i = 0; i < TAPE_HELD && !wrong; i++)
		if (run->held[i].snapshot && tape_roll(run, 3) == 0)
			wrong = check_snapshot(run, run->held[i].snapshot, run->held[i].seq, 2);
	if (!wrong && tape_roll(run, 4) == 0)
		wrong = tape_check_duals(
				&run->model, run->network, &run->dice, run->why, sizeof(run->why));
	return wrong;
}

static int verify(tape_run *run)
{
	cstn_buffer *report = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (run->tape->in_memory)
		return 0;
	drop_network(run);
	status = cstn__store_verify(&run->sim->vfs, TAPE_PATH, 0, NULL, NULL, &report, &error);
	cstn_buffer_free(report);
	return status == CSTN_OK ? 0 : tape_fail_status(run, "verify", "", status, CSTN_OK, error);
}

/* --- tapes ------------------------------------------------------------------------------------ */

static int step_do(tape_run *run, uint32_t op)
{
	cstn_error *error = NULL;

	switch (op) {
	case STEP_PUT:
		for (uint64_t n = 1 + tape_roll(run, 8); n > 0; n--)
			if (tape_put_one(run))
				return -1;
		return 0;
	case STEP_TRANSACTION:
		return tape_transact(run);
	case STEP_IMPORT:
		return tape_import(run);
	case STEP_HOLD:
		return hold(run);
	case STEP_CHECKPOINT:
		return expect_ok(run, "checkpoint", cstn_network_checkpoint(run->network, &error),
				error);
	case STEP_MAINTAIN:
		return maintain(run);
	case STEP_SYNC:
		return expect_ok(run, "sync", cstn_network_sync(run->network, &error), error);
	case STEP_REOPEN:
		return reopen(run);
	case STEP_CRASH:
		return crash(run);
	case STEP_FAULT:
		return fault(run);
	default:
		return beside(run);
	}
}

/* Most tapes begin with what others name. */
static int lay_ground(tape_run *run)
{
	static const int nouns[] = {
			TAPE_PARTNER, TAPE_CONSTELLATION, TAPE_ITEM, TAPE_LOCATION, TAPE_CUSTOMER};
	const size_t n = sizeof(nouns) / sizeof(*nouns);

	run->dice = (sim_dice){run->tape->seed, 1000};
	if (tape_roll(run, 5) == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < 60; k++) {
			tape_view view = {&run->model, run->model.last_seq, {NULL, 0, 0}};
			char key[TAPE_KEY_TEXT];
			cstn_record *built = NULL;
			tape_record record;
			cstn_status status;

			tape_make(&run->dice, &run->model, nouns[i], 0, &record);
			tape_key_of(&record, key);
			if (tape_judge(&view, &record, NULL) != CSTN_OK ||
					tape_live(&view, nouns[i], key, NULL))
				continue;
			status = tape_build(&record, &built, NULL);
			if (status == CSTN_OK)
				status = cstn_network_put(run->network, built, NULL, NULL);
			cstn_record_unref(built);
			if (status != CSTN_OK)
				return tape_fail(run, "a good %s is refused",
						tape_nouns[nouns[i]].name);
			tape_list_add(&view.own, &record, 0, tape_recorded(&record));
			tape_model_commit(&run->model, &view.own);
			free(view.own.items);
		}
	tape_acknowledge(run);
	return 0;
}

/* 0, or -1 with the step that failed and why. */
static int tape_play(const tape *one, tape_count *count, char *why, size_t size)
{
	tape_run run = {.tape = one, .count = count};
	size_t i = 0;
	int wrong;

	run.model.now_us = INT64_C(1700000000000000);
	run.disk = sim_disk_new();
	run.sim = sim_vfs_new(run.disk, one->seed);
	wrong = open_network(&run);
	if (!wrong)
		wrong = lay_ground(&run);
	for (i = 0; i < one->n && !wrong; i++) {
		const sim_dice dice = {one->steps[i].seed, 0};

		run.dice = dice;
		wrong = step_do(&run, one->steps[i].op);
		if (!wrong)
			wrong = check_all(&run, 3);
		count->steps++;
	}
	if (!wrong)
		wrong = check_all(&run, 12);
	if (!wrong)
		wrong = verify(&run);
	if (wrong)
		snprintf(why, size, "step %zu: %s", i, run.why);
	drop_network(&run);
	sim_vfs_free(run.sim);
	sim_disk_unref(run.disk);
	tape_model_free(&run.model);
	return wrong;
}

static void tape_make_steps(tape *out, uint64_t seed)
{
	/* Writing more often than anything else. */
	static const uint32_t ops[] = {STEP_PUT, STEP_PUT, STEP_PUT, STEP_TRANSACTION,
			STEP_TRANSACTION, STEP_TRANSACTION, STEP_TRANSACTION, STEP_IMPORT,
			STEP_IMPORT, STEP_IMPORT, STEP_HOLD, STEP_HOLD, STEP_CHECKPOINT,
			STEP_MAINTAIN, STEP_SYNC, STEP_REOPEN, STEP_CRASH, STEP_FAULT, STEP_BESIDE};
	sim_dice dice = {seed, 0};

	memset(out, 0, sizeof(*out));
	out->seed = seed;
	out->in_memory = sim_dice_below(&dice, 4) == 0;
	out->late = sim_dice_below(&dice, 4) == 0;
	out->commit_level = (int32_t)sim_dice_below(&dice, 3);
	out->checkpoint_rows = 5 + sim_dice_below(&dice, 100);
	out->segment_rows = 1 + sim_dice_below(&dice, 80);
	out->n = 5 + sim_dice_below(&dice, TAPE_STEPS - 5);
	for (size_t i = 0; i < out->n; i++) {
		out->steps[i].op = ops[sim_dice_below(&dice, sizeof(ops) / sizeof(*ops))];
		out->steps[i].seed = sim_dice_next(&dice);
	}
}

static void tape_shrink(tape *one, char *why, size_t size)
{
	tape_count count = {0};
	int smaller = 1;

	while (smaller) {
		smaller = 0;
		for (size_t i = one->n; i-- > 0;) {
			tape less = *one;

			memmove(&less.steps[i], &less.steps[i + 1],
					(less.n - i - 1) * sizeof(*less.steps));
			less.n--;
			if (tape_play(&less, &count, why, size)) {
				*one = less;
				smaller = 1;
			}
		}
	}
	tape_play(one, &count, why, size);
}

void layer_network(layer *self)
{
	uint64_t n = self->effort ? self->effort : self->long_run ? TAPES_LONG : TAPES;
	tape_count count = {0};
	int stop = 0;

	for (uint64_t i = 0; i < n && !stop; i++) {
		char why[800] = "", steps[400] = "";
		size_t at = 0;
		tape one;

		layer_so_far(self, i, 2000, "tapes");
		tape_make_steps(&one, sim_random(self->seed, i));
		count.tapes++;
		count.in_memory += (uint64_t)one.in_memory;
		if (tape_play(&one, &count, why, sizeof(why)) == 0) {
			layer_case(self, 0, "%s", "");
			continue;
		}
		if (!self->quiet)
			tape_shrink(&one, why, sizeof(why));
		for (size_t k = 0; k < one.n && at + 16 < sizeof(steps); k++)
			at += (size_t)snprintf(steps + at, sizeof(steps) - at, " %s",
					step_names[one.steps[k].op]);
		stop = layer_case(self, 1, "tape %" PRIu64 "%s%s:%s: %s", i,
				       one.in_memory ? " in memory" : "",
				       one.late ? ", times out of order" : "", steps, why) ||
		       self->failed >= 5;
	}
	layer_say(self,
			"network: %" PRIu64 " tapes of %" PRIu64 " steps, %" PRIu64
			" of them in memory; %" PRIu64 " puts, %" PRIu64
			" imported records, %" PRIu64 " refused, %" PRIu64 " conflicts, %" PRIu64
			" crashes, %" PRIu64 " failing calls, seed %" PRIu64 "; %" PRIu64 " wrong",
			count.tapes, count.steps, count.in_memory, count.puts, count.rows,
			count.refused, count.conflicts, count.crashes, count.faults, self->seed,
			self->failed);
}
