/* Lines -> runs -> counts: the roll-up of the perfect-order kernel.
 *
 * A run is a stretch of lines with one order id. Its pattern is the OR of its lines, taken from
 * whole words by a mask; its group is looked up once. Rows that are not simply counted, and
 * policies that need more than a pattern, go row by row. Cost: about 10 ns an order by words, 30 ns
 * a line by rows. */
#include <string.h>

#include "fulfilment/perfect_order_roll.h"

static inline void set_key(cstn__worker *worker, int i)
{
	const cstn__plan *plan = worker->plan;

	if (plan->text_key) {
		worker->run.id = (int64_t)(intptr_t)worker->key_text[i];
		worker->run.text_len = worker->key_len[i];
	} else {
		worker->run.id = cstn__source_value(
				&worker->sources[plan->key_column], worker->start + i);
		worker->run.text_len = 0;
	}
}

cstn_status cstn__run_begin(cstn__worker *worker, int i)
{
	size_t n = worker->plan->state->registry.n_dimensions, k;

	memset(&worker->run.unit, 0, sizeof(worker->run.unit));
	if (worker->key64) {
		worker->run.id = worker->key64[i];
		worker->run.text_len = 0;
	} else {
		set_key(worker, i);
	}
	for (k = 0; k < n; k++) {
		worker->code[k] = cstn__quick_code(worker, k, i);
		if (worker->code[k] == CSTN__NO_CODE)
			return CSTN_E_NOMEM;
	}
	/* UINT32_MAX: to be found when the run ends */
	worker->run.cell = cstn__quick_cell(worker, worker->code, n);
	worker->mixed = 0;
	if (worker->plan->wide || worker->plan->lines)
		cstn__run_wide_init(&worker->wide);
	worker->has_run = 1;
	return CSTN_OK;
}

/* Is row i of the run that is being built? Compared with the run itself, so that dropped rows
 * between do not matter. */
int cstn__run_goes_on(const cstn__worker *worker, int i)
{
	const cstn__plan *plan = worker->plan;

	if (!worker->has_run)
		return 0;
	if (plan->text_key)
		return (worker->key_text[i] == NULL) == (worker->run.id == 0) &&
		       worker->key_len[i] == worker->run.text_len &&
		       (worker->key_text[i] == NULL ||
				       memcmp(worker->key_text[i],
						       (const char *)(intptr_t)worker->run.id,
						       worker->run.text_len) == 0);
	return cstn__source_value(&worker->sources[plan->key_column], worker->start + i) ==
	       worker->run.id;
}

static uint32_t expected_lines(const cstn__worker *worker, int i)
{
	const cstn__source *source = &worker->sources[CSTN__COL_ORDER_LINES];
	int64_t value;

	if (worker->plan->at[CSTN__COL_ORDER_LINES] < 0 ||
			!cstn__source_valid(source, worker->start + i))
		return 0;
	value = cstn__source_value(source, worker->start + i);
	return value <= 0 || value > INT32_MAX ? 0 : (uint32_t)value;
}

int32_t cstn__row_number(const cstn__worker *worker, int i)
{
	const cstn__source *source = &worker->sources[CSTN__COL_LINE_NUMBER];

	if (worker->plan->at[CSTN__COL_LINE_NUMBER] < 0 ||
			!cstn__source_valid(source, worker->start + i))
		return 0;
	return (int32_t)cstn__source_value(source, worker->start + i);
}

uint32_t cstn__row_pattern(const cstn__worker *worker, int i)
{
	int block = i / 64, bit = i % 64;

	return (uint32_t)((worker->fail[0][block] >> bit & 1) |
			  (worker->fail[1][block] >> bit & 1) << 1 |
			  (worker->fail[2][block] >> bit & 1) << 2 |
			  (worker->fail[3][block] >> bit & 1) << 3);
}

/* The verdict of row i, also of those that were judged 64 at a time. */
void cstn__row_verdict(const cstn__worker *worker, int i, cstn__line_verdict *out)
{
	if (worker->judged[i / 64] >> (i % 64) & 1) {
		*out = worker->verdicts[i];
		return;
	}
	memset(out, 0, sizeof(*out));
	out->outcome = CSTN_OUTCOME_COUNTED;
	out->pattern = (uint8_t)cstn__row_pattern(worker, i);
	out->weight = 1;
}

static cstn_status add_cause(cstn__worker *worker, int i, int component,
		const cstn__line_verdict *verdict, cstn__run_cause *out)
{
	cstn__registry *registry = &worker->plan->state->registry;
	int at = worker->plan->at[CSTN__COL_LATE_CAUSE + component];
	const char *text;
	size_t len;
	uint32_t code = UINT32_MAX;

	if (at >= 0 && !cstn__column_read_text(&worker->batch->columns[at], worker->start + i,
				       &text, &len)) {
		pthread_mutex_lock(&registry->lock);
		code = cstn__intern(&registry->causes, text, len);
		pthread_mutex_unlock(&registry->lock);
		if (code >= 0xffffff)
			return CSTN_E_NOMEM;
	}
	out->set = 1;
	out->cause = code;
	out->fail_us = verdict->fail_us[component];
	out->line = cstn__row_number(worker, i);
	out->owner = cstn__worker_owner(worker, i, component);
	return CSTN_OK;
}

cstn_status cstn__row_wide(cstn__worker *worker, int i, const cstn__line_verdict *verdict,
		cstn__run_wide *wide)
{
	int c;

	cstn__run_wide_init(wide);
	if (verdict->outcome == CSTN_OUTCOME_COUNTED) {
		wide->weight = verdict->weight;
		wide->credit = verdict->credit;
		wide->lines_counted = 1;
		wide->lines_perfect = verdict->pattern == 0;
	}
	if (!worker->plan->causes || verdict->outcome != CSTN_OUTCOME_COUNTED)
		return CSTN_OK;
	for (c = 0; c < 4; c++)
		if (verdict->pattern >> c & 1)
			if (add_cause(worker, i, c, verdict, &wide->cause[c]) != CSTN_OK)
				return CSTN_E_NOMEM;
	return CSTN_OK;
}

cstn_status cstn__run_mix(cstn__worker *worker, int i)
{
	size_t n = worker->plan->state->registry.n_dimensions, k;

	for (k = 0; k < n; k++) {
		uint32_t code = cstn__row_code(worker, k, i);

		if (code == CSTN__NO_CODE)
			return CSTN_E_NOMEM;
		if (code != worker->code[k]) {
			worker->code[k] = CSTN__CODE_MIXED;
			worker->mixed = 1;
		}
	}
	return CSTN_OK;
}

static int other_cell(cstn__worker *worker, int i, cstn_status *status)
{
	size_t n = worker->plan->state->registry.n_dimensions, k;

	for (k = 0; k < n; k++) {
		uint32_t code = cstn__row_code(worker, k, i);

		if (code == CSTN__NO_CODE) {
			*status = CSTN_E_NOMEM;
			return 0;
		}
		if (code != worker->code[k])
			return 1;
	}
	return 0;
}

/* Does row i begin a new run? Besides the id: another promise (schedules), another group (lines,
 * multi=each). */
static int begins_run(
		cstn__worker *worker, int i, const cstn__line_verdict *verdict, cstn_status *status)
{
	const cstn__plan *plan = worker->plan;

	if (!cstn__run_goes_on(worker, i))
		return 1;
	if (plan->judge.rules->level == CSTN__LEVEL_SCHEDULE &&
			worker->wide.sub != verdict->promise_us)
		return 1;
	if (plan->lines || cstn__state_is_each(plan->state))
		return other_cell(worker, i, status);
	return 0;
}

static void add_to_unit(cstn__worker *worker, int i, const cstn__line_verdict *verdict)
{
	cstn__unit *unit = &worker->run.unit;
	uint32_t expected = expected_lines(worker, i);

	if (worker->bad[i / 64] >> (i % 64) & 1) {
		unit->flags |= CSTN__UNIT_BAD;
		unit->lines++;
	} else {
		cstn__unit_add(unit, verdict, cstn__row_number(worker, i));
	}
	if (expected > unit->expected)
		unit->expected = expected;
}

/* Row by row: all that words cannot do. */
cstn_status cstn__roll_row(cstn__worker *worker, int i)
{
	const cstn__plan *plan = worker->plan;
	cstn__line_verdict verdict;
	cstn__run_wide wide;
	cstn_status status = CSTN_OK;

	if (worker->drop[i / 64] >> (i % 64) & 1)
		return CSTN_OK;
	cstn__row_verdict(worker, i, &verdict);
	if (worker->bad[i / 64] >> (i % 64) & 1) {
		memset(&verdict, 0, sizeof(verdict));
		verdict.promise_us = CSTN_TIME_NULL;
	}
	if (begins_run(worker, i, &verdict, &status)) {
		status = cstn__run_end(worker, 0);
		if (status == CSTN_OK)
			status = cstn__run_begin(worker, i);
		if (plan->judge.rules->level == CSTN__LEVEL_SCHEDULE)
			worker->wide.sub = verdict.promise_us;
	} else if (status == CSTN_OK && !plan->lines) {
		status = cstn__run_mix(worker, i);
	}
	if (status != CSTN_OK)
		return status;
	add_to_unit(worker, i, &verdict);
	if (plan->lines && verdict.outcome == CSTN_OUTCOME_COUNTED) {
		worker->wide.lines_counted++;
		worker->wide.lines_perfect += verdict.pattern == 0;
	}
	if (!plan->wide)
		return CSTN_OK;
	status = cstn__row_wide(worker, i, &verdict, &wide);
	if (status == CSTN_OK)
		cstn__wide_merge(plan->state, &worker->wide, &wide);
	return status;
}

/* --- whole words
 * ----------------------------------------------------------------------------------------- */

/* Where codes are a chunk's own, or periods of a time: 0 = which rows differ cannot be told. */
static int find_change(cstn__worker *worker, size_t k)
{
	const cstn__plan *plan = worker->plan;
	const cstn__source *source = &worker->sources[CSTN__COL_COUNT + k];
	int64_t from;
	int i;

	if (plan->dim_at[k] < 0) {
		if (plan->dim_basis[k] < 0)
			return 1;
		source = &worker->sources[plan->dim_basis[k]];
		if (source->valid || source->column->has_nulls)
			return 0; /* nulls: row by row */
	} else if (worker->coded[k]) {
		const uint32_t *codes = worker->codes[k];

		for (i = 1; i < worker->n; i++)
			worker->change[i / 64] |= (uint64_t)(codes[i] != codes[i - 1]) << (i % 64);
		return 1;
	}
	from = worker->start - source->base;
	if (source->p32)
		(void)plan->spans->edges32(source->p32 + from, from > 0, worker->n, worker->change);
	else
		(void)plan->spans->edges64(source->p64 + from, from > 0, worker->n, worker->change);
	return 1;
}

void cstn__chunk_changes(cstn__worker *worker)
{
	size_t n = worker->plan->state->registry.n_dimensions, k;

	memset(worker->change, 0, sizeof(worker->change));
	for (k = 0; k < n; k++)
		if (!find_change(worker, k))
			memset(worker->change, 0xff, sizeof(worker->change));
}

/* Pointers by row of the chunk, for the columns that need nothing but a look-up. */
static void prepare_quick(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	const cstn__source *key = plan->key_column >= 0 ? &worker->sources[plan->key_column] : NULL;
	size_t k;

	worker->key64 = NULL;
	worker->key32 = NULL;
	if (key && !plan->text_key && key->p64)
		worker->key64 = key->p64 + (worker->start - key->base);
	else if (key && !plan->text_key)
		worker->key32 = key->p32 + (worker->start - key->base);
	for (k = 0; k < plan->state->registry.n_dimensions; k++) {
		const cstn__source *source = &worker->sources[CSTN__COL_COUNT + k];
		cstn__quick *quick = &worker->quick[k];

		memset(quick, 0, sizeof(*quick));
		if (plan->dim_at[k] < 0 || worker->coded[k])
			continue;
		if (source->p32)
			quick->p32 = source->p32 + (worker->start - source->base);
		else
			quick->p64 = source->p64 + (worker->start - source->base);
	}
}

/* May the rows of a block be taken as words? Not where a row is more than a pattern, and not where
 * the lines of an order differ in a dimension. */
static int is_plain(const cstn__worker *worker, int block)
{
	const cstn__plan *plan = worker->plan;

	return !worker->special[block] && !worker->drop[block] &&
	       !(worker->judged[block] && plan->promise_moves) &&
	       !(worker->change[block] & ~worker->edge[block]);
}

cstn_status cstn__chunk_roll(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	int plain = !plan->wide && !plan->closes, i, next;
	cstn_status status = CSTN_OK;

	prepare_quick(worker);
	if (plan->lines)
		return cstn__roll_lines(worker);
	if (plain)
		cstn__chunk_changes(worker);
	for (i = 0; i < worker->n && status == CSTN_OK; i = next) {
		for (next = i; plain && next < worker->n && is_plain(worker, next / 64);)
			next += 64;
		if (next > i) {
			next = next < worker->n ? next : worker->n;
			status = cstn__roll_stretch(worker, i, next);
			continue;
		}
		next = i + 64 < worker->n ? i + 64 : worker->n;
		for (; i < next && status == CSTN_OK; i++)
			status = cstn__roll_row(worker, i);
	}
	return status;
}

cstn_status cstn__worker_end_morsel(cstn__worker *worker)
{
	return cstn__run_end(worker, 1);
}
