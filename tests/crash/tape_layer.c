/* Random tapes of calls on a network, in memory and on the model disk: records that keep and break
 * rules, transactions that conflict, imports with bad rows, snapshots held, crashes, failing calls,
 * a reader beside the writer. After every step what can be read is compared with the model. A tape
 * that fails is made smaller by leaving steps out. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"
#include "network/network.h"
#include "tape.h"

#define TAPES 500u
#define TAPES_LONG 1000000u
#define TAPE_STEPS 40u
#define TAPE_PATH "/net"
#define TAPE_HELD 3u
#define TAPE_BATCH 12u

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

typedef struct tape_step {
	uint32_t op;
	uint64_t seed;
} tape_step;

typedef struct tape {
	uint64_t seed, checkpoint_rows, segment_rows;
	int in_memory, late;
	int32_t commit_level;
	tape_step steps[TAPE_STEPS];
	size_t n;
} tape;

typedef struct tape_count {
	uint64_t tapes, in_memory, steps, puts, refused, conflicts, rows, crashes, faults;
} tape_count;

typedef struct tape_run {
	const tape *tape;
	tape_model model;
	sim_disk *disk;
	sim_vfs *sim;
	cstn_network *network;
	sim_dice dice;
	uint64_t acked; /* a loss of power must keep these */
	struct {
		cstn_snapshot *snapshot;
		uint64_t seq;
	} held[TAPE_HELD];
	tape_count *count;
	char why[700];
} tape_run;

static int fail(tape_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(tape_run *run, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(run->why, sizeof(run->why), format, arguments);
	va_end(arguments);
	return -1;
}

/* Frees the error. */
static int fail_status(tape_run *run, const char *what, const char *which, cstn_status status,
		int wanted, cstn_error *error)
{
	fail(run, "%s %s: %s, %s expected: %s", what, which, cstn_status_name(status),
			cstn_status_name(wanted == TAPE_SAME ? CSTN_OK : wanted),
			cstn_error_message(error));
	cstn_error_free(error);
	return -1;
}

static uint64_t roll(tape_run *run, uint64_t n)
{
	return sim_dice_below(&run->dice, n);
}

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
		return fail_status(run, "open", "", status, CSTN_OK, error);
	status = cstn_network_get_info(run->network, &info, &error);
	if (status != CSTN_OK)
		return fail_status(run, "info", "", status, CSTN_OK, error);
	if (info.last_seq < run->acked || info.last_seq > run->model.last_seq)
		return fail(run,
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

/* --- committing ------------------------------------------------------------------------------- */

static void acknowledge(tape_run *run)
{
	if (run->tape->commit_level != CSTN_COMMIT_NONE)
		run->acked = run->model.last_seq;
}

static int check_seq(tape_run *run, uint64_t seq)
{
	if (seq == run->model.last_seq)
		return 0;
	return fail(run, "transaction %" PRIu64 " was given number %" PRIu64, run->model.last_seq,
			seq);
}

/* Goods move more often than companies are founded. */
static int some_noun(tape_run *run)
{
	static const int often[] = {TAPE_ORDER, TAPE_ORDER, TAPE_SHIPMENT, TAPE_SHIPMENT,
			TAPE_SHIPMENT, TAPE_RETURN, TAPE_RETURN, TAPE_EVENT};

	return roll(run, 2) ? often[roll(run, sizeof(often) / sizeof(*often))]
			    : (int)roll(run, TAPE_NOUNS);
}

static int put_one(tape_run *run)
{
	tape_view view = {&run->model, run->model.last_seq, {NULL, 0, 0}};
	cstn_record *built = NULL;
	cstn_error *error = NULL;
	tape_record record;
	uint64_t seq = 0;
	cstn_status status;
	int wanted, wrong = 0;

	tape_make(&run->dice, &run->model, some_noun(run), run->tape->late, &record);
	wanted = tape_judge(&view, &record, NULL);
	status = tape_build(&record, &built, &error);
	if ((status != CSTN_OK) != tape_is_malformed(&record))
		wanted = tape_is_malformed(&record) ? CSTN_E_INVALID_ARGUMENT : CSTN_OK;
	else if (status == CSTN_OK)
		status = cstn_network_put(run->network, built, &seq, &error);
	cstn_record_unref(built);
	run->count->puts++;
	run->count->refused += status != CSTN_OK;
	if (status != (wanted == TAPE_SAME ? CSTN_OK : wanted))
		return fail_status(run, "put of a", tape_nouns[record.noun].name, status, wanted,
				error);
	cstn_error_free(error);
	if (status != CSTN_OK)
		return 0;
	if (wanted == CSTN_OK)
		tape_list_add(&view.own, &record, 0,
				tape_number(&record.cells[0][tape_field_find(record.noun,
						record.noun == TAPE_ORDER ? "order_recorded"
									  : "recorded")]));
	tape_model_commit(&run->model, &view.own);
	free(view.own.items);
	wrong = check_seq(run, seq);
	acknowledge(run);
	return wrong;
}

/* --- imports ---------------------------------------------------------------------------------- */

static int64_t recorded_of(const tape_record *record)
{
	const tape_field *fields = tape_nouns[record->noun].fields;
	size_t i = 0;

	while (!(fields[i].flags & TAPE_IS_RECORDED))
		i++;
	return tape_number(&record->cells[0][i]);
}

typedef struct batch {
	tape_record records[TAPE_BATCH];
	int wanted[TAPE_BATCH]; /* what becomes of each */
	size_t n, bad;
} batch;

static void make_batch(tape_run *run, batch *out)
{
	int noun = some_noun(run);
	size_t n = 1 + roll(run, TAPE_BATCH - 1);

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n || out->n == 0; i++) {
		char key[TAPE_KEY_TEXT], other[TAPE_KEY_TEXT];
		int again = 0;

		tape_make(&run->dice, &run->model, noun, run->tape->late, &out->records[out->n]);
		tape_key_of(&out->records[out->n], key);
		for (size_t k = 0; k < out->n && tape_nouns[noun].has_lines; k++) {
			tape_key_of(&out->records[k], other);
			again |= strcmp(key, other) == 0;
		}
		if (!again && (!tape_nouns[noun].has_lines || out->records[out->n].n_lines))
			out->n++;
	}
}

/* Partners may name each other in one batch: those that fail take with them who names them. */
static void judge_named(const tape_view *view, batch *rows, tape_list *named)
{
	size_t before;

	for (size_t i = 0; i < rows->n; i++)
		if (!tape_is_malformed(&rows->records[i]))
			tape_list_add(named, &rows->records[i], 0, 0);
	do {
		size_t kept = 0;

		before = named->n;
		for (size_t i = 0; i < named->n; i++)
			if (tape_judge(view, &named->items[i].record, named) == CSTN_OK)
				named->items[kept++] = named->items[i];
		named->n = kept;
	} while (named->n < before);
}

static void judge_batch(tape_view *view, batch *rows)
{
	tape_list named = {NULL, 0, 0};

	if (rows->n && rows->records->noun == TAPE_PARTNER)
		judge_named(view, rows, &named);
	for (size_t i = 0; i < rows->n; i++) {
		rows->wanted[i] = tape_judge(view, &rows->records[i], &named);
		rows->bad += rows->wanted[i] != CSTN_OK && rows->wanted[i] != TAPE_SAME;
		if (rows->wanted[i] == CSTN_OK)
			tape_list_add(&view->own, &rows->records[i], 0,
					recorded_of(&rows->records[i]));
	}
	free(named.items);
}

/* Every bad record is told of, and no other. */
static int check_told(tape_run *run, const batch *rows, const tape_rows *stream,
		const cstn_row_errors *told)
{
	int seen[TAPE_BATCH] = {0};

	for (size_t i = 0; i < cstn_row_errors_count(told); i++) {
		cstn_row_error one;
		size_t owner;

		if (cstn_row_errors_at(told, i, &one, NULL) != CSTN_OK)
			return fail(run, "a row error cannot be read");
		owner = tape_rows_owner(stream, one.row);
		if (owner == SIZE_MAX || rows->wanted[owner] == CSTN_OK ||
				rows->wanted[owner] == TAPE_SAME)
			return fail(run, "import of %s: row %" PRIu64 ", field %s, is told of",
					tape_nouns[rows->records->noun].name, one.row,
					cstn_row_errors_column(told, i));
		seen[owner] = 1;
	}
	for (size_t i = 0; i < rows->n; i++)
		if (rows->wanted[i] != CSTN_OK && rows->wanted[i] != TAPE_SAME && !seen[i])
			return fail(run, "import of %s: record %zu is not told of (%s)",
					tape_nouns[rows->records->noun].name, i,
					cstn_status_name(rows->wanted[i]));
	return 0;
}

/* Into a transaction, or (NULL) the network. `broken` receives 1 when the transaction takes no
 * more. */
static int import_rows(tape_run *run, cstn_transaction *transaction, tape_view *view, int *broken)
{
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_row_errors *told = NULL;
	cstn_error *error = NULL;
	tape_rows *made;
	cstn_status status;
	size_t before = view->own.n;
	batch rows;
	int wrong = 0, whole = (int)roll(run, 3) == 0;

	make_batch(run, &rows);
	judge_batch(view, &rows);
	made = tape_rows_new(rows.records, rows.n, &stream);
	options.flags = whole ? CSTN_IMPORT_ALL_OR_NOTHING : 0;
	status = transaction ? cstn_transaction_import(transaction,
					       tape_nouns[rows.records->noun].name, &stream,
					       &options, &told, &error)
			     : cstn_network_import(run->network,
					       tape_nouns[rows.records->noun].name, &stream,
					       &options, &told, &error);
	run->count->rows += rows.n;
	run->count->refused += rows.bad;
	if (status != (rows.bad ? CSTN_E_ROWS : CSTN_OK))
		wrong = fail_status(run, "import of", tape_nouns[rows.records->noun].name, status,
				rows.bad ? CSTN_E_ROWS : CSTN_OK, error);
	else
		cstn_error_free(error);
	if (!wrong)
		wrong = check_told(run, &rows, made, told);
	*broken = whole && rows.bad;
	if (*broken)
		view->own.n = before;
	cstn_row_errors_free(told);
	tape_rows_free(made);
	return wrong;
}

static int import_into_network(tape_run *run)
{
	tape_view view = {&run->model, run->model.last_seq, {NULL, 0, 0}};
	int broken = 0, wrong = import_rows(run, NULL, &view, &broken);

	if (!wrong)
		tape_model_commit(&run->model, &view.own);
	free(view.own.items);
	acknowledge(run);
	return wrong;
}

/* --- transactions ----------------------------------------------------------------------------- */

typedef struct dealing {
	cstn_transaction *transaction;
	tape_view view;
	int began, broken, imported, required_wrong;
	struct {
		int noun;
		char key[TAPE_KEY_TEXT];
		uint64_t seq;
	} required[4];
	size_t n_required;
} dealing;

static void begin_view(tape_run *run, dealing *at)
{
	if (!at->began)
		at->view.seq = run->model.last_seq;
	at->began = 1;
}

static int deal_put(tape_run *run, dealing *at)
{
	cstn_record *built = NULL;
	cstn_error *error = NULL;
	tape_record record;
	cstn_status status;
	int wanted;

	tape_make(&run->dice, &run->model, some_noun(run), run->tape->late, &record);
	status = tape_build(&record, &built, &error);
	cstn_error_free(error);
	error = NULL;
	if (status != CSTN_OK)
		return tape_is_malformed(&record) ? 0 : fail(run, "a good record is not built");
	begin_view(run, at);
	wanted = tape_judge(&at->view, &record, NULL);
	status = cstn_transaction_put(at->transaction, built, &error);
	cstn_record_unref(built);
	run->count->puts++;
	run->count->refused += status != CSTN_OK;
	if (status != (wanted == TAPE_SAME ? CSTN_OK : wanted))
		return fail_status(run, "put in a transaction of a", tape_nouns[record.noun].name,
				status, wanted, error);
	cstn_error_free(error);
	if (wanted == CSTN_OK)
		tape_list_add(&at->view.own, &record, 0, recorded_of(&record));
	return 0;
}

/* The parts of a key, for the library. */
static size_t split(char *key, const char *texts[8])
{
	size_t n = 0;

	for (char *at = key; at; n++) {
		texts[n] = at;
		at = strchr(at, ',');
		if (at)
			*at++ = 0;
	}
	return n;
}

/* A key of something that was put once, or by this transaction. */
static const tape_entry *some_entry(tape_run *run, const dealing *at)
{
	const tape_list *list =
			at->view.own.n && roll(run, 4) == 0 ? &at->view.own : &run->model.list;

	const tape_entry *one = list->n ? &list->items[roll(run, list->n)] : NULL;

	/* Orders and what is held of them more often than the rest. */
	for (int i = 0; i < 12 && one && roll(run, 4) &&
			(one->record.noun < TAPE_ORDER || one->record.noun > TAPE_RETURN);
			i++)
		one = &list->items[roll(run, list->n)];
	return one;
}

static int deal_delete(tape_run *run, dealing *at)
{
	const tape_entry *found = some_entry(run, at);
	cstn_error *error = NULL;
	char key[TAPE_KEY_TEXT];
	const char *texts[8];
	tape_record record;
	cstn_status status;
	int wanted;
	size_t n;

	if (!found)
		return 0;
	record = found->record;
	if (tape_nouns[record.noun].append_only)
		wanted = CSTN_E_UNSUPPORTED;
	else
		begin_view(run, at);
	snprintf(key, sizeof(key), "%s", found->key);
	if (!tape_nouns[record.noun].append_only)
		wanted = tape_live(&at->view, record.noun, key, NULL) ? CSTN_OK : CSTN_E_NOT_FOUND;
	n = split(key, texts);
	run->model.now_us += (int64_t)roll(run, 3);
	status = cstn_transaction_delete(at->transaction, tape_nouns[record.noun].name, texts, n,
			run->model.now_us, &error);
	if (status != wanted)
		return fail_status(run, "deletion of a", tape_nouns[record.noun].name, status,
				wanted, error);
	cstn_error_free(error);
	if (status == CSTN_OK)
		tape_list_add(&at->view.own, &record, 1, run->model.now_us);
	return 0;
}

static int deal_require(tape_run *run, dealing *at)
{
	tape_view now = {&run->model, run->model.last_seq, {NULL, 0, 0}};
	const tape_entry *found = some_entry(run, at);
	cstn_error *error = NULL;
	char key[TAPE_KEY_TEXT];
	const char *texts[8];
	uint64_t seq;
	cstn_status status;
	size_t n;

	if (!found || at->n_required == 4)
		return 0;
	tape_live(&now, found->record.noun, found->key, &seq);
	if (roll(run, 6) == 0)
		seq++;
	at->required[at->n_required].noun = found->record.noun;
	at->required[at->n_required].seq = seq;
	snprintf(at->required[at->n_required++].key, TAPE_KEY_TEXT, "%s", found->key);
	snprintf(key, sizeof(key), "%s", found->key);
	n = split(key, texts);
	status = cstn_transaction_require(at->transaction, tape_nouns[found->record.noun].name,
			texts, n, seq, &error);
	if (status != CSTN_OK)
		return fail_status(run, "requirement of a", tape_nouns[found->record.noun].name,
				status, CSTN_OK, error);
	return 0;
}

/* 1 if the commit must be told that others were faster. */
static int must_conflict(const tape_run *run, const dealing *at)
{
	tape_view now = {&run->model, run->model.last_seq, {NULL, 0, 0}};
	tape_view then = {&run->model, at->view.seq, {NULL, 0, 0}};
	uint64_t a, b;

	for (size_t i = 0; i < at->n_required; i++) {
		tape_live(&now, at->required[i].noun, at->required[i].key, &a);
		if (a != at->required[i].seq)
			return 1;
	}
	for (size_t i = 0; i < at->view.own.n; i++) {
		const tape_entry *own = &at->view.own.items[i];

		tape_live(&now, own->record.noun, own->key, &a);
		tape_live(&then, own->record.noun, own->key, &b);
		if (a != b)
			return 1;
	}
	return at->imported && run->model.last_seq != at->view.seq;
}

static int deal_commit(tape_run *run, dealing *at)
{
	int conflict = must_conflict(run, at);
	int maybe = !at->view.own.n || tape_shares_lines(&at->view, &run->model);
	cstn_error *error = NULL;
	uint64_t seq = 0;
	cstn_status status = cstn_transaction_commit(at->transaction, &seq, &error);

	if (at->broken) {
		cstn_error_free(error);
		return status == CSTN_E_STATE ? 0 : fail(run, "a broken transaction commits");
	}
	if (status != (conflict ? CSTN_E_CONFLICT : CSTN_OK) &&
			!(maybe && (status == CSTN_OK || status == CSTN_E_CONFLICT)))
		return fail_status(run, "commit", "", status, conflict ? CSTN_E_CONFLICT : CSTN_OK,
				error);
	cstn_error_free(error);
	run->count->conflicts += status == CSTN_E_CONFLICT;
	at->broken = status != CSTN_OK;
	if (status != CSTN_OK)
		return 0;
	tape_model_commit(&run->model, &at->view.own);
	acknowledge(run);
	at->view.own.n = 0;
	at->n_required = 0;
	at->began = at->imported = 0;
	return check_seq(run, seq);
}

static int deal_step(tape_run *run, dealing *at)
{
	uint64_t kind = roll(run, 10);

	if (kind < 6)
		return deal_put(run, at);
	if (kind < 8)
		return deal_delete(run, at);
	if (kind == 8)
		return deal_require(run, at);
	begin_view(run, at);
	at->imported = 1;
	return import_rows(run, at->transaction, &at->view, &at->broken);
}

static int transact(tape_run *run)
{
	dealing at = {.view = {&run->model, 0, {NULL, 0, 0}}};
	uint64_t rounds = 1 + roll(run, 2);
	cstn_error *error = NULL;
	cstn_status status = cstn_transaction_begin(run->network, &at.transaction, &error);
	int wrong = 0;

	if (status != CSTN_OK)
		return fail_status(run, "begin", "", status, CSTN_OK, error);
	for (uint64_t r = 0; r < rounds && !wrong && !at.broken; r++) {
		uint64_t steps = 1 + roll(run, 7);

		for (uint64_t i = 0; i < steps && !wrong && !at.broken; i++) {
			wrong = deal_step(run, &at);
			if (!wrong && roll(run, 8) == 0)
				wrong = put_one(run);
		}
		if (!wrong && (at.broken || roll(run, 5)))
			wrong = deal_commit(run, &at);
		else
			break;
	}
	cstn_transaction_free(at.transaction);
	free(at.view.own.items);
	return wrong;
}

/* --- the disk --------------------------------------------------------------------------------- */

static int expect_ok(tape_run *run, const char *what, cstn_status status, cstn_error *error)
{
	if (status != CSTN_OK)
		return fail_status(run, what, "", status, CSTN_OK, error);
	run->acked = run->model.last_seq;
	return 0;
}

static int maintain(tape_run *run)
{
	cstn_maintain_options options = CSTN_MAINTAIN_OPTIONS_INIT;
	cstn_error *error = NULL;
	uint64_t acked = run->acked;
	int wrong;

	if (roll(run, 3) == 0) {
		options.history_from_us = run->model.now_us - (int64_t)roll(run, 60);
		if (options.history_from_us > run->model.horizon_us)
			run->model.horizon_us = options.history_from_us;
	}
	if (roll(run, 4) == 0)
		options.max_bytes = 1 + roll(run, 5000);
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
	if (roll(run, 2)) {
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
	disk = sim_crash(run->disk, (sim_loss)roll(run, SIM_LOSSES), sim_dice_next(&run->dice));
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
	tape_make(&run->dice, &run->model, some_noun(run), run->tape->late, &record);
	wanted = tape_judge(&view, &record, NULL);
	status = tape_build(&record, &built, &error);
	run->sim->faults[0] = (sim_fault){kinds[roll(run, 7)], NULL, 1 + roll(run, 6),
			errors[roll(run, 4)], (int)roll(run, 2)};
	run->sim->fault_seen[0] = run->sim->fault_fired[0] = 0;
	if (status == CSTN_OK)
		status = cstn_network_put(run->network, built, NULL, &error);
	cstn_record_unref(built);
	if (status == (wanted == TAPE_SAME ? CSTN_OK : wanted) || run->sim->fault_fired[0]) {
		cstn_error_free(error);
	} else {
		return fail_status(run, "put of a", tape_nouns[record.noun].name, status, wanted,
				error);
	}
	if (roll(run, 2)) {
		error = NULL;
		(void)!cstn_network_checkpoint(run->network, &error);
		cstn_error_free(error);
	}
	memset(&run->sim->faults[0], 0, sizeof(run->sim->faults[0]));
	if (wanted == CSTN_OK) {
		tape_list_add(&view.own, &record, 0, recorded_of(&record));
		tape_model_commit(&run->model, &view.own);
		free(view.own.items);
		if (status == CSTN_OK)
			acknowledge(run);
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
		wrong = fail_status(run, "open beside", "", status, CSTN_OK, error);
	else if (cstn_snapshot_seq(snapshot) != run->model.last_seq)
		wrong = fail(run, "a reader sees %" PRIu64 ", %" PRIu64 " are there",
				cstn_snapshot_seq(snapshot), run->model.last_seq);
	for (int i = 0; i < 3 && !wrong; i++)
		wrong = tape_check_scan(&run->model, snapshot, run->model.last_seq, &run->dice,
				run->why, sizeof(run->why));
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	for (int kind = 0; kind < SIM_KINDS && !wrong; kind++)
		if (sim_kind_writes((sim_kind)kind) && sim->calls[kind])
			wrong = fail(run, "a reader called %s", sim_kind_name((sim_kind)kind));
	sim_vfs_free(sim);
	return wrong;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int hold(tape_run *run)
{
	size_t i = roll(run, TAPE_HELD);
	cstn_error *error = NULL;
	cstn_status status;

	if (run->held[i].snapshot) {
		cstn_snapshot_unref(run->held[i].snapshot);
		run->held[i].snapshot = NULL;
		return 0;
	}
	status = cstn_network_snapshot(run->network, &run->held[i].snapshot, &error);
	run->held[i].seq = run->model.last_seq;
	return status == CSTN_OK ? 0 : fail_status(run, "snapshot", "", status, CSTN_OK, error);
}

static int check_snapshot(tape_run *run, cstn_snapshot *snapshot, uint64_t seq, uint64_t scans)
{
	static int (*const checks[])(const tape_model *, cstn_snapshot *, uint64_t, sim_dice *,
			char *, size_t) = {tape_check_get, tape_check_get, tape_check_get,
			tape_check_changes, tape_check_relations, tape_check_events};
	int wrong = 0;

	if (cstn_snapshot_seq(snapshot) != seq)
		return fail(run, "a snapshot of %" PRIu64 " says %" PRIu64, seq,
				cstn_snapshot_seq(snapshot));
	for (uint64_t i = 0; i < scans && !wrong; i++)
		wrong = tape_check_scan(
				&run->model, snapshot, seq, &run->dice, run->why, sizeof(run->why));
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks) && !wrong; i++)
		if (i < 2 || roll(run, 3) == 0)
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
		return fail_status(run, "snapshot", "", status, CSTN_OK, error);
	wrong = check_snapshot(run, now, run->model.last_seq, scans);
	cstn_snapshot_unref(now);
	for (size_t i = 0; i < TAPE_HELD && !wrong; i++)
		if (run->held[i].snapshot && roll(run, 3) == 0)
			wrong = check_snapshot(run, run->held[i].snapshot, run->held[i].seq, 2);
	if (!wrong && roll(run, 4) == 0)
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
	return status == CSTN_OK ? 0 : fail_status(run, "verify", "", status, CSTN_OK, error);
}

/* --- tapes ------------------------------------------------------------------------------------ */

static int step_do(tape_run *run, uint32_t op)
{
	cstn_error *error = NULL;

	switch (op) {
	case STEP_PUT:
		for (uint64_t n = 1 + roll(run, 8); n > 0; n--)
			if (put_one(run))
				return -1;
		return 0;
	case STEP_TRANSACTION:
		return transact(run);
	case STEP_IMPORT:
		return import_into_network(run);
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
	static const int nouns[] = {TAPE_PARTNER, TAPE_CONSTELLATION, TAPE_ITEM, TAPE_LOCATION};

	run->dice = (sim_dice){run->tape->seed, 1000};
	if (roll(run, 5) == 0)
		return 0;
	for (size_t i = 0; i < 4; i++)
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
				return fail(run, "a good %s is refused", tape_nouns[nouns[i]].name);
			tape_list_add(&view.own, &record, 0, recorded_of(&record));
			tape_model_commit(&run->model, &view.own);
			free(view.own.items);
		}
	acknowledge(run);
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
			wrong = check_all(&run, 2);
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
