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

static inline cstn_status begin_run(cstn__worker *worker, int i)
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
static int same_run(const cstn__worker *worker, int i)
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

static cstn_status mix_codes(cstn__worker *worker, int i)
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

	if (!same_run(worker, i))
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
			status = begin_run(worker, i);
		if (plan->judge.rules->level == CSTN__LEVEL_SCHEDULE)
			worker->wide.sub = verdict.promise_us;
	} else if (status == CSTN_OK && !plan->lines) {
		status = mix_codes(worker, i);
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

/* 1 where a dimension differs from the row before; only used where codes are looked up once a run.
 */
static uint64_t dimension_changes(cstn__worker *worker, int i, int n)
{
	const cstn__plan *plan = worker->plan;
	const cstn__words *words = plan->words;
	size_t dims = plan->state->registry.n_dimensions, k;
	int skip = i == 0, b;
	uint64_t changes = 0, word;

	for (k = 0; k < dims; k++) {
		const cstn__source *source = &worker->sources[CSTN__COL_COUNT + k];
		int64_t row;

		if (plan->dim_at[k] < 0) {
			if (plan->dim_basis[k] < 0)
				continue;
			source = &worker->sources[plan->dim_basis[k]];
			if (source->valid || source->column->has_nulls)
				return ~UINT64_C(0); /* nulls: row by row */
		} else if (worker->coded[k]) {
			word = 0;
			for (b = skip; b < n; b++)
				word |= (uint64_t)(worker->codes[k][i + b] !=
							worker->codes[k][i + b - 1])
					<< b;
			changes |= word;
			continue;
		}
		row = worker->start + i - source->base;
		if (source->p32)
			word = words->ne32(source->p32 + row + skip, source->p32 + row + skip - 1,
					n - skip);
		else
			word = words->ne64(source->p64 + row + skip, source->p64 + row + skip - 1,
					n - skip);
		changes |= skip ? word << 1 : word;
	}
	return changes;
}

/* A block of simple lines: each stretch between edges is one OR. */
static cstn_status roll_word(cstn__worker *worker, int i, int n, uint64_t edges)
{
	int block = i / 64, from = 0;
	uint64_t t = worker->fail[0][block], f = worker->fail[1][block], d = worker->fail[2][block],
		 c = worker->fail[3][block];
	cstn_status status;

	for (;;) {
		cstn__unit *unit = &worker->run.unit;
		uint64_t rest, mask;
		int to;

		if (from > 0 || (edges & 1)) {
			status = cstn__run_end(worker, 0);
			if (status == CSTN_OK)
				status = begin_run(worker, i + from);
			if (status != CSTN_OK)
				return status;
		}
		rest = from >= 63 ? 0 : edges & (~UINT64_C(0) << (from + 1));
		to = rest ? __builtin_ctzll(rest) : n;
		mask = cstn__bits_between(from, to);
		unit->pattern |= (uint8_t)(((t & mask) != 0) | ((f & mask) != 0) << 1 |
					   ((d & mask) != 0) << 2 | ((c & mask) != 0) << 3);
		unit->flags |= CSTN__UNIT_KEPT;
		unit->lines += (uint32_t)(to - from);
		if (to >= n)
			return CSTN_OK;
		from = to;
	}
}

/* Pointers by row of the chunk, for the columns that need nothing but a look-up. */
static void prepare_quick(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	const cstn__source *key = plan->key_column >= 0 ? &worker->sources[plan->key_column] : NULL;
	size_t k;

	worker->key64 = NULL;
	if (key && !plan->text_key && key->p64)
		worker->key64 = key->p64 + (worker->start - key->base);
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

cstn_status cstn__chunk_roll(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	cstn_status status = CSTN_OK;
	int i, k;

	prepare_quick(worker);
	if (plan->lines)
		return cstn__roll_lines(worker);
	for (i = 0; i < worker->n && status == CSTN_OK; i += 64) {
		int n = worker->n - i < 64 ? worker->n - i : 64, block = i / 64;
		uint64_t edges = worker->edge[block] & ~UINT64_C(1);
		int slow = plan->wide || plan->closes || worker->special[block] ||
			   worker->drop[block] || (worker->judged[block] && plan->promise_moves);

		/* the first row of a block is compared with the run, not with its neighbour, which
		 * may lie in another chunk or have been left out */
		if (!slow && !same_run(worker, i))
			edges |= 1;
		if (!slow && !(edges & 1) && plan->state->registry.n_dimensions) {
			status = mix_codes(worker, i);
			if (status != CSTN_OK)
				return status;
		}
		if (!slow && (dimension_changes(worker, i, n) & ~edges & cstn__bits_between(0, n)))
			slow = 1;
		if (!slow) {
			status = roll_word(worker, i, n, edges);
			continue;
		}
		for (k = 0; k < n && status == CSTN_OK; k++)
			status = cstn__roll_row(worker, i + k);
	}
	return status;
}

cstn_status cstn__worker_end_morsel(cstn__worker *worker)
{
	return cstn__run_end(worker, 1);
}
