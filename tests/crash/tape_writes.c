/* Steps of a tape that write: one record, an import, a transaction that may meet others. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tape_run.h"

#define TAPE_BATCH 12u

int tape_fail(tape_run *run, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(run->why, sizeof(run->why), format, arguments);
	va_end(arguments);
	return -1;
}

/* Frees the error. */
int tape_fail_status(tape_run *run, const char *what, const char *which, cstn_status status,
		int wanted, cstn_error *error)
{
	tape_fail(run, "%s %s: %s, %s expected: %s", what, which, cstn_status_name(status),
			cstn_status_name(wanted == TAPE_SAME ? CSTN_OK : wanted),
			cstn_error_message(error));
	cstn_error_free(error);
	return -1;
}

uint64_t tape_roll(tape_run *run, uint64_t n)
{
	return sim_dice_below(&run->dice, n);
}

/* --- committing ------------------------------------------------------------------------------- */

void tape_acknowledge(tape_run *run)
{
	if (run->tape->commit_level != CSTN_COMMIT_NONE)
		run->acked = run->model.last_seq;
}

static int check_seq(tape_run *run, uint64_t seq)
{
	if (seq == run->model.last_seq)
		return 0;
	return tape_fail(run, "transaction %" PRIu64 " was given number %" PRIu64,
			run->model.last_seq, seq);
}

/* Goods move more often than companies are founded. */
int tape_some_noun(tape_run *run)
{
	static const int often[] = {TAPE_ORDER, TAPE_ORDER, TAPE_SHIPMENT, TAPE_SHIPMENT,
			TAPE_SHIPMENT, TAPE_RETURN, TAPE_RETURN, TAPE_EVENT};

	return tape_roll(run, 2) ? often[tape_roll(run, sizeof(often) / sizeof(*often))]
				 : (int)tape_roll(run, TAPE_NOUNS);
}

int tape_put_one(tape_run *run)
{
	tape_view view = {&run->model, run->model.last_seq, {NULL, 0, 0}};
	cstn_record *built = NULL;
	cstn_error *error = NULL;
	tape_record record;
	uint64_t seq = 0;
	cstn_status status;
	int wanted, wrong = 0;

	tape_make(&run->dice, &run->model, tape_some_noun(run), run->tape->late, &record);
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
		return tape_fail_status(run, "put of a", tape_nouns[record.noun].name, status,
				wanted, error);
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
	tape_acknowledge(run);
	return wrong;
}

/* --- imports ---------------------------------------------------------------------------------- */

typedef struct batch {
	tape_record records[TAPE_BATCH];
	int wanted[TAPE_BATCH]; /* what becomes of each */
	size_t n, bad;
} batch;

static void make_batch(tape_run *run, batch *out)
{
	int noun = tape_some_noun(run);
	size_t n = 1 + tape_roll(run, TAPE_BATCH - 1);

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
					tape_recorded(&rows->records[i]));
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
			return tape_fail(run, "a row error cannot be read");
		owner = tape_rows_owner(stream, one.row);
		if (owner == SIZE_MAX || rows->wanted[owner] == CSTN_OK ||
				rows->wanted[owner] == TAPE_SAME)
			return tape_fail(run, "import of %s: row %" PRIu64 ", field %s, is told of",
					tape_nouns[rows->records->noun].name, one.row,
					cstn_row_errors_column(told, i));
		seen[owner] = 1;
	}
	for (size_t i = 0; i < rows->n; i++)
		if (rows->wanted[i] != CSTN_OK && rows->wanted[i] != TAPE_SAME && !seen[i])
			return tape_fail(run, "import of %s: record %zu is not told of (%s)",
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
	int wrong = 0, whole = (int)tape_roll(run, 3) == 0;

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
		wrong = tape_fail_status(run, "import of", tape_nouns[rows.records->noun].name,
				status, rows.bad ? CSTN_E_ROWS : CSTN_OK, error);
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

int tape_import(tape_run *run)
{
	tape_view view = {&run->model, run->model.last_seq, {NULL, 0, 0}};
	int broken = 0, wrong = import_rows(run, NULL, &view, &broken);

	if (!wrong)
		tape_model_commit(&run->model, &view.own);
	free(view.own.items);
	tape_acknowledge(run);
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

	tape_make(&run->dice, &run->model, tape_some_noun(run), run->tape->late, &record);
	status = tape_build(&record, &built, &error);
	cstn_error_free(error);
	error = NULL;
	if (status != CSTN_OK)
		return tape_is_malformed(&record) ? 0
						  : tape_fail(run, "a good record is not built");
	begin_view(run, at);
	wanted = tape_judge(&at->view, &record, NULL);
	status = cstn_transaction_put(at->transaction, built, &error);
	cstn_record_unref(built);
	run->count->puts++;
	run->count->refused += status != CSTN_OK;
	if (status != (wanted == TAPE_SAME ? CSTN_OK : wanted))
		return tape_fail_status(run, "put in a transaction of a",
				tape_nouns[record.noun].name, status, wanted, error);
	cstn_error_free(error);
	if (wanted == CSTN_OK)
		tape_list_add(&at->view.own, &record, 0, tape_recorded(&record));
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
			at->view.own.n && tape_roll(run, 4) == 0 ? &at->view.own : &run->model.list;

	const tape_entry *one = list->n ? &list->items[tape_roll(run, list->n)] : NULL;

	/* Orders and what is held of them more often than the rest. */
	for (int i = 0; i < 12 && one && tape_roll(run, 4) &&
			(one->record.noun < TAPE_ORDER || one->record.noun > TAPE_RETURN);
			i++)
		one = &list->items[tape_roll(run, list->n)];
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
	int64_t recorded;
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
	run->model.now_us += (int64_t)tape_roll(run, 3);
	recorded = run->model.now_us;
	if (run->tape->late && tape_roll(run, 3) == 0)
		recorded -= (int64_t)tape_roll(run, 30);
	if (!tape_nouns[record.noun].append_only)
		wanted = !tape_live(&at->view, record.noun, key, NULL) ? CSTN_E_NOT_FOUND
			 : tape_last_known(&at->view, record.noun, key) > recorded ? CSTN_E_STATE
										   : CSTN_OK;
	n = split(key, texts);
	status = cstn_transaction_delete(
			at->transaction, tape_nouns[record.noun].name, texts, n, recorded, &error);
	if (status != wanted)
		return tape_fail_status(run, "deletion of a", tape_nouns[record.noun].name, status,
				wanted, error);
	cstn_error_free(error);
	if (status == CSTN_OK)
		tape_list_add(&at->view.own, &record, 1, recorded);
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
	if (tape_roll(run, 6) == 0)
		seq++;
	at->required[at->n_required].noun = found->record.noun;
	at->required[at->n_required].seq = seq;
	snprintf(at->required[at->n_required++].key, TAPE_KEY_TEXT, "%s", found->key);
	snprintf(key, sizeof(key), "%s", found->key);
	n = split(key, texts);
	status = cstn_transaction_require(at->transaction, tape_nouns[found->record.noun].name,
			texts, n, seq, &error);
	if (status != CSTN_OK)
		return tape_fail_status(run, "requirement of a",
				tape_nouns[found->record.noun].name, status, CSTN_OK, error);
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
		return status == CSTN_E_STATE ? 0 : tape_fail(run, "a broken transaction commits");
	}
	if (status != (conflict ? CSTN_E_CONFLICT : CSTN_OK) &&
			!(maybe && (status == CSTN_OK || status == CSTN_E_CONFLICT)))
		return tape_fail_status(run, "commit", "", status,
				conflict ? CSTN_E_CONFLICT : CSTN_OK, error);
	cstn_error_free(error);
	run->count->conflicts += status == CSTN_E_CONFLICT;
	at->broken = status != CSTN_OK;
	if (status != CSTN_OK)
		return 0;
	tape_model_commit(&run->model, &at->view.own);
	tape_acknowledge(run);
	at->view.own.n = 0;
	at->n_required = 0;
	at->began = at->imported = 0;
	return check_seq(run, seq);
}

static int deal_step(tape_run *run, dealing *at)
{
	uint64_t kind = tape_roll(run, 10);

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

int tape_transact(tape_run *run)
{
	dealing at = {.view = {&run->model, 0, {NULL, 0, 0}}};
	uint64_t rounds = 1 + tape_roll(run, 2);
	cstn_error *error = NULL;
	cstn_status status = cstn_transaction_begin(run->network, &at.transaction, &error);
	int wrong = 0;

	if (status != CSTN_OK)
		return tape_fail_status(run, "begin", "", status, CSTN_OK, error);
	for (uint64_t r = 0; r < rounds && !wrong && !at.broken; r++) {
		uint64_t steps = 1 + tape_roll(run, 7);

		for (uint64_t i = 0; i < steps && !wrong && !at.broken; i++) {
			wrong = deal_step(run, &at);
			if (!wrong && tape_roll(run, 8) == 0)
				wrong = tape_put_one(run);
		}
		if (!wrong && (at.broken || tape_roll(run, 5)))
			wrong = deal_commit(run, &at);
		else
			break;
	}
	cstn_transaction_free(at.transaction);
	free(at.view.own.items);
	return wrong;
}
