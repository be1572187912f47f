/* Lines -> runs -> counts: the roll-up of the perfect-order kernel.
 *
 * A run is a stretch of lines with one order id. Its pattern is the OR of its lines, taken from
 * whole words by a mask; its group is looked up once. Clustered runs are counted at once, but for
 * the first and last of a stretch, which stay open. Otherwise runs go to 256 lists by the hash of
 * their id and later into the units of that partition.
 *
 * Counting is one increment in a row of 16 numbers that fits a cache line. Cost: about 10 ns an
 * order when clustered. */
#include <string.h>

#include "base/civil.h"
#include "fulfilment/perfect_order_update.h"

#define HOT_FLUSH UINT64_C(2000000000)
#define NO_CODE UINT32_MAX

/* --- groups
 * --------------------------------------------------------------------------------------- */

static uint32_t period_code(cstn__worker *worker, size_t dimension, int i)
{
	const cstn__plan *plan = worker->plan;
	const cstn__dimension *asked = &plan->state->registry.dimensions[dimension];
	const cstn__line_verdict *verdict = &worker->verdicts[i];
	int judged = (int)(worker->judged[i / 64] >> (i % 64) & 1),
	    column = plan->dim_basis[dimension];
	int promise = asked->basis == CSTN__BASIS_DUE ||
		      (asked->basis == CSTN__BASIS_PERIOD &&
				      plan->judge.rules->period_basis == CSTN__BASIS_DUE);
	int64_t us = CSTN_TIME_NULL;
	int32_t day;

	if (worker->bad[i / 64] >> (i % 64) & 1)
		return CSTN__CODE_NULL;
	if (judged && promise)
		us = verdict->promise_us;
	else if (column >= 0 && cstn__source_valid(&worker->sources[column], worker->start + i))
		us = cstn__source_value(&worker->sources[column], worker->start + i);
	/* what had not happened by the as-of time is not known */
	if (us == CSTN_TIME_NULL || (us > plan->judge.as_of_us &&
						    (column == CSTN__COL_ORDERED ||
								    column == CSTN__COL_SHIPPED ||
								    column == CSTN__COL_DELIVERED)))
		return CSTN__CODE_NULL;
	if (plan->simple_zone)
		day = cstn__day_of_us(
				us + (int64_t)plan->judge.rules->zone_offset_seconds * 1000000);
	else
		day = cstn__worker_day(worker, us, i, promise);
	return cstn__worker_number_code(worker, dimension, cstn__period_of(day, asked->period));
}

static uint32_t row_code(cstn__worker *worker, size_t dimension, int i)
{
	const cstn__source *source = &worker->sources[CSTN__COL_COUNT + dimension];

	if (worker->plan->dim_at[dimension] < 0)
		return period_code(worker, dimension, i);
	if (worker->coded[dimension])
		return worker->codes[dimension][i];
	return cstn__worker_number_code(
			worker, dimension, cstn__source_value(source, worker->start + i));
}

static uint32_t shared_cell(cstn__worker *worker, const uint32_t *code)
{
	cstn__registry *registry = &worker->plan->state->registry;
	uint32_t cell;

	pthread_mutex_lock(&registry->lock);
	cell = cstn__registry_cell(registry, code);
	pthread_mutex_unlock(&registry->lock);
	return cell;
}

/* One or two dimensions with few values: a table [code0][code1]. Grown by doubling, to 1 Mi
 * entries. */
static int fit_table(cstn__worker *worker, const uint32_t *code, size_t n)
{
	const cstn_allocator *allocator = &worker->plan->state->allocator;
	uint32_t shift = worker->cell_shift, *table;
	size_t rows = worker->cell_table_size >> shift, need0 = code[0] + (size_t)1, size, i;
	size_t need1 = n > 1 ? code[1] + (size_t)1 : 1;

	if (worker->cell_table && need0 <= rows && need1 <= (size_t)1 << shift)
		return 1;
	while (need1 > (size_t)1 << shift)
		shift++;
	rows = rows ? rows : 16;
	while (rows < need0)
		rows *= 2;
	if (rows > ((size_t)1 << 20) >> shift)
		return 0;
	size = rows << shift;
	table = cstn__alloc_zero(allocator, size * sizeof(*table));
	if (!table)
		return 0;
	for (i = 0; i < worker->cell_table_size; i++) {
		size_t a = i >> worker->cell_shift, b = i & (((size_t)1 << worker->cell_shift) - 1);

		table[(a << shift) + b] = worker->cell_table[i];
	}
	cstn__free(allocator, worker->cell_table, worker->cell_table_size * sizeof(*table));
	worker->cell_table = table;
	worker->cell_table_size = size;
	worker->cell_shift = shift;
	return 1;
}

static uint32_t cell_of(cstn__worker *worker, const uint32_t *code)
{
	size_t n = worker->plan->state->registry.n_dimensions;
	uint64_t key = 0;
	uint32_t cell, *slot;
	size_t i;

	if (n == 0)
		return worker->cell_of_all;
	if (n <= 2 && fit_table(worker, code, n)) {
		slot = &worker->cell_table[((size_t)code[0] << worker->cell_shift) +
					   (n > 1 ? code[1] : 0)];
		if (*slot)
			return *slot - 1;
		cell = shared_cell(worker, code);
		*slot = cell + 1; /* UINT32_MAX + 1 = 0 = not seen */
		return cell;
	}
	for (i = 0; i < n; i++) {
		if (code[i] > 0xffff)
			return shared_cell(worker, code);
		key = key << 16 | code[i];
	}
	cell = cstn__i64_map_find(&worker->cell_map, (int64_t)key);
	if (cell != UINT32_MAX)
		return cell;
	cell = shared_cell(worker, code);
	if (cell != UINT32_MAX &&
			cstn__i64_map_intern(&worker->cell_map, (int64_t)key, cell) == UINT32_MAX)
		return UINT32_MAX;
	return cell;
}

/* --- counting
 * -------------------------------------------------------------------------------------- */

/* hot[pattern][cell]: most units have one of few patterns, so that what is written stays in the
 * cache. */
static cstn_status grow_hot(cstn__worker *worker, uint32_t cell)
{
	const cstn_allocator *allocator = &worker->plan->state->allocator;
	size_t cells = worker->hot_cells ? worker->hot_cells : 16, p;
	uint32_t *hot;

	while (cells <= cell)
		cells *= 2;
	hot = cstn__alloc_aligned(allocator, cells * 64, 64);
	if (!hot)
		return CSTN_E_NOMEM;
	memset(hot, 0, cells * 64);
	for (p = 0; worker->hot && p < 16; p++)
		memcpy(hot + p * cells, worker->hot + p * worker->hot_cells, worker->hot_cells * 4);
	cstn__free_aligned(allocator, worker->hot, worker->hot_cells * 64, 64);
	worker->hot = hot;
	worker->hot_cells = cells;
	return CSTN_OK;
}

cstn_status cstn__worker_flush(cstn__worker *worker, cstn__core *core, size_t n_cells)
{
	size_t cell, p;

	if (!worker->hot_units)
		return CSTN_OK;
	if (cstn__core_reserve_cells(core, n_cells) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (p = 0; p < 16; p++) {
		const uint32_t *hot = worker->hot + p * worker->hot_cells;

		for (cell = 0; cell < worker->hot_cells && cell < n_cells; cell++)
			if (hot[cell])
				core->counts.items[cell].pattern[p] += hot[cell];
	}
	memset(worker->hot, 0, worker->hot_cells * 64);
	worker->hot_units = 0;
	return CSTN_OK;
}

static cstn_status flush_own(cstn__worker *worker)
{
	cstn__registry *registry = &worker->plan->state->registry;
	size_t n;

	pthread_mutex_lock(&registry->lock);
	n = registry->cells.count;
	pthread_mutex_unlock(&registry->lock);
	return cstn__worker_flush(worker, &worker->core, n);
}

static inline cstn_status count_simple(cstn__worker *worker, uint32_t cell, uint32_t pattern)
{
	if (cell >= worker->hot_cells && grow_hot(worker, cell) != CSTN_OK)
		return CSTN_E_NOMEM;
	worker->hot[pattern * worker->hot_cells + cell]++;
	if (++worker->hot_units >= HOT_FLUSH)
		return flush_own(worker);
	return CSTN_OK;
}

static cstn_status count_run(cstn__worker *worker, const cstn__run *run)
{
	if (run->unit.flags == CSTN__UNIT_KEPT && !run->unit.unassessed)
		return count_simple(worker, run->cell, run->unit.pattern);
	return cstn__core_close(worker->plan->state, &worker->core, run, NULL, NULL, 0);
}

/* --- runs
 * ------------------------------------------------------------------------------------------- */

static cstn_status start_segment(cstn__worker *worker, const cstn__run *run)
{
	cstn__segment *segment;

	if (cstn__array_reserve(&worker->plan->state->allocator, &worker->segments, 1))
		return CSTN_E_NOMEM;
	segment = &worker->segments.items[worker->segments.count++];
	memset(segment, 0, sizeof(*segment));
	segment->first = *run;
	segment->last = *run;
	segment->single = 1;
	segment->in_order = 1;
	worker->new_segment = 0;
	return CSTN_OK;
}

/* A descent under WHOLE_ORDERS ends a stretch. Its last order has been counted: only its id is
 * kept. */
static cstn_status end_segment(cstn__worker *worker, const cstn__run *run)
{
	cstn__segment *segment = &worker->segments.items[worker->segments.count - 1];

	if (!segment->single) {
		memset(&segment->last, 0, sizeof(segment->last));
		segment->last.id = worker->last_id;
		segment->last.text_len = worker->last_len;
		segment->last.cell = segment->first.cell;
	}
	return start_segment(worker, run);
}

static int follows(const cstn__worker *worker, const cstn__run *run)
{
	cstn__run last;

	memset(&last, 0, sizeof(last));
	last.id = worker->last_id;
	last.text_len = worker->last_len;
	return cstn__run_compare(&worker->plan->state->registry, run, &last) >= 0;
}

/* A clustered run: the ends of a stretch stay open, what lies between is counted at once. */
static inline cstn_status emit_clustered(cstn__worker *worker, const cstn__run *run, int is_last)
{
	cstn__segment *segment;
	int in_order = 1;

	if (worker->new_segment) {
		worker->last_id = run->id;
		worker->last_len = run->text_len;
		return start_segment(worker, run);
	}
	if (worker->plan->text_key)
		in_order = follows(worker, run);
	else
		in_order = run->id >= worker->last_id;
	if (!in_order && worker->plan->state->clustering == CSTN_CLUSTERING_WHOLE_ORDERS) {
		cstn_status status = end_segment(worker, run);

		worker->last_id = run->id;
		worker->last_len = run->text_len;
		return status;
	}
	worker->last_id = run->id;
	worker->last_len = run->text_len;
	segment = &worker->segments.items[worker->segments.count - 1];
	segment->single = 0;
	if (!in_order)
		segment->in_order = 0;
	if (!is_last)
		return count_run(worker, run);
	segment->last = *run;
	return CSTN_OK;
}

void cstn__unpack_run(const cstn__packed_run *packed, cstn__run *out)
{
	cstn__unit_init(&out->unit);
	out->id = packed->id;
	out->cell = packed->cell;
	out->text_len = 0;
	out->unit.pattern = packed->bits & 15;
	out->unit.unassessed = packed->bits >> 4 & 15;
	out->unit.flags = packed->bits >> 8 & 31;
	out->unit.lines = packed->bits >> 13;
}

static cstn_status write_line(cstn__worker *worker, size_t partition)
{
	cstn__run_list *list = &worker->lists[partition];
	size_t n = worker->line_count[partition];

	if (cstn__array_reserve(&worker->plan->state->allocator, &list->packed, 4))
		return CSTN_E_NOMEM;
	/* always the whole line: what is behind the last run is overwritten by the next */
	memcpy(list->packed.items + list->packed.count, &worker->lines[partition],
			sizeof(worker->lines[partition]));
	list->packed.count += n;
	worker->line_count[partition] = 0;
	return CSTN_OK;
}

cstn_status cstn__worker_end_runs(cstn__worker *worker)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; worker->lines && i < CSTN__PARTITIONS && status == CSTN_OK; i++)
		if (worker->line_count[i])
			status = write_line(worker, i);
	return status;
}

static inline cstn_status push_packed(cstn__worker *worker, const cstn__run *run)
{
	uint64_t hash = cstn__run_hash(&worker->plan->state->registry, run, 0);
	size_t partition = hash >> (64 - CSTN__PARTITION_BITS), n = worker->line_count[partition];
	cstn__packed_run *to = &worker->lines[partition].runs[n];

	to->id = run->id;
	to->cell = run->cell;
	to->bits = run->unit.pattern | (uint32_t)run->unit.unassessed << 4 |
		   (uint32_t)run->unit.flags << 8 | run->unit.lines << 13;
	worker->line_count[partition] = (uint8_t)(n + 1);
	worker->n_runs++;
	return n + 1 < 4 ? CSTN_OK : write_line(worker, partition);
}

static cstn_status push_run(cstn__worker *worker, const cstn__run *run, const cstn__run_wide *wide)
{
	const cstn__plan *plan = worker->plan;
	uint64_t hash = cstn__run_hash(&plan->state->registry, run, wide ? wide->sub : 0);
	cstn__run_list *list = &worker->lists[hash >> (64 - CSTN__PARTITION_BITS)];

	if (cstn__array_reserve(&plan->state->allocator, &list->runs, 1))
		return CSTN_E_NOMEM;
	if (wide) {
		if (cstn__array_reserve(&plan->state->allocator, &list->wide, 1))
			return CSTN_E_NOMEM;
		list->wide.items[list->wide.count++] = *wide;
	}
	list->runs.items[list->runs.count++] = *run;
	worker->n_runs++;
	return CSTN_OK;
}

static cstn_status push_cluster(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	cstn__run_wide wide = worker->wide;
	cstn__run run;
	cstn_status status;

	if (plan->text_key && worker->run.id == 0)
		return CSTN_OK; /* lines without an order are no cluster */
	wide.sub = 1 + (int64_t)worker->run.cell;
	status = push_run(worker, &worker->run, &wide);
	if (status != CSTN_OK || plan->state->registry.n_dimensions == 0)
		return status;
	/* and the order over all groups, for the total */
	run = worker->run;
	run.cell = 0;
	wide.sub = -1;
	return push_run(worker, &run, &wide);
}

static cstn_status end_run(cstn__worker *worker, int is_last)
{
	const cstn__plan *plan = worker->plan;

	if (!worker->has_run)
		return CSTN_OK;
	worker->has_run = 0;
	if (worker->mixed || worker->run.cell == UINT32_MAX) {
		worker->run.cell = cell_of(worker, worker->code);
		if (worker->run.cell == UINT32_MAX)
			return CSTN_E_NOMEM;
	}
	if (plan->lines)
		return push_cluster(worker);
	if (plan->clustered)
		return emit_clustered(worker, &worker->run, is_last);
	if (worker->lines && !(worker->run.unit.flags & CSTN__UNIT_DROPPED) &&
			worker->run.unit.lines <= CSTN__PACKED_LINES)
		return push_packed(worker, &worker->run);
	return push_run(worker, &worker->run, plan->wide ? &worker->wide : NULL);
}

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

/* Most codes are in the worker's small table, most cells in its table of two dimensions. */
static inline uint32_t quick_code(cstn__worker *worker, size_t k, int i)
{
	const cstn__quick *quick = &worker->quick[k];
	uint32_t code = 0;

	if (quick->p32) {
		if ((uint32_t)quick->p32[i] < worker->luts[k].small_size)
			code = worker->luts[k].small[quick->p32[i]];
	} else if (quick->p64) {
		if ((uint64_t)quick->p64[i] < worker->luts[k].small_size)
			code = worker->luts[k].small[quick->p64[i]];
	}
	return code ? code : row_code(worker, k, i);
}

static inline uint32_t quick_cell(const cstn__worker *worker, const uint32_t *code, size_t n)
{
	size_t row = code[0], column = n > 1 ? code[1] : 0;

	if (n == 0)
		return worker->cell_of_all;
	if (n > 2 || row >= worker->cell_table_size >> worker->cell_shift ||
			column >= (size_t)1 << worker->cell_shift)
		return UINT32_MAX;
	/* 0 = not seen becomes UINT32_MAX */
	return worker->cell_table[(row << worker->cell_shift) + column] - 1;
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
		worker->code[k] = quick_code(worker, k, i);
		if (worker->code[k] == NO_CODE)
			return CSTN_E_NOMEM;
	}
	/* UINT32_MAX: to be found when the run ends */
	worker->run.cell = quick_cell(worker, worker->code, n);
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

static int32_t line_number(const cstn__worker *worker, int i)
{
	const cstn__source *source = &worker->sources[CSTN__COL_LINE_NUMBER];

	if (worker->plan->at[CSTN__COL_LINE_NUMBER] < 0 ||
			!cstn__source_valid(source, worker->start + i))
		return 0;
	return (int32_t)cstn__source_value(source, worker->start + i);
}

static uint32_t pattern_of(const cstn__worker *worker, int i)
{
	int block = i / 64, bit = i % 64;

	return (uint32_t)((worker->fail[0][block] >> bit & 1) |
			  (worker->fail[1][block] >> bit & 1) << 1 |
			  (worker->fail[2][block] >> bit & 1) << 2 |
			  (worker->fail[3][block] >> bit & 1) << 3);
}

/* The verdict of row i, also of those that were judged 64 at a time. */
static void verdict_of(const cstn__worker *worker, int i, cstn__line_verdict *out)
{
	if (worker->judged[i / 64] >> (i % 64) & 1) {
		*out = worker->verdicts[i];
		return;
	}
	memset(out, 0, sizeof(*out));
	out->outcome = CSTN_OUTCOME_COUNTED;
	out->pattern = (uint8_t)pattern_of(worker, i);
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
	out->line = line_number(worker, i);
	out->owner = cstn__worker_owner(worker, i, component);
	return CSTN_OK;
}

static cstn_status line_wide(cstn__worker *worker, int i, const cstn__line_verdict *verdict,
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
		uint32_t code = row_code(worker, k, i);

		if (code == NO_CODE)
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
		uint32_t code = row_code(worker, k, i);

		if (code == NO_CODE) {
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
		cstn__unit_add(unit, verdict, line_number(worker, i));
	}
	if (expected > unit->expected)
		unit->expected = expected;
}

/* Row by row: all that words cannot do. */
static cstn_status roll_row(cstn__worker *worker, int i)
{
	const cstn__plan *plan = worker->plan;
	cstn__line_verdict verdict;
	cstn__run_wide wide;
	cstn_status status = CSTN_OK;

	if (worker->drop[i / 64] >> (i % 64) & 1)
		return CSTN_OK;
	verdict_of(worker, i, &verdict);
	if (worker->bad[i / 64] >> (i % 64) & 1) {
		memset(&verdict, 0, sizeof(verdict));
		verdict.promise_us = CSTN_TIME_NULL;
	}
	if (begins_run(worker, i, &verdict, &status)) {
		status = end_run(worker, 0);
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
	status = line_wide(worker, i, &verdict, &wide);
	if (status == CSTN_OK)
		cstn__wide_merge(plan->state, &worker->wide, &wide);
	return status;
}

static inline uint64_t mask_of(int from, int to) /* bits [from, to), to > from */
{
	uint64_t high = to >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << to) - 1;

	return high & (~UINT64_C(0) << from);
}

/* --- lines as units
 * ------------------------------------------------------------------------------------ */

static cstn_status count_line(cstn__worker *worker, int i, uint32_t cell)
{
	cstn__line_verdict verdict;
	cstn__run_wide wide;
	cstn__run run;
	cstn_status status;

	if (!worker->plan->wide_lines && !(worker->special[i / 64] >> (i % 64) & 1))
		return count_simple(worker, cell, pattern_of(worker, i));
	memset(&run, 0, sizeof(run));
	cstn__unit_init(&run.unit);
	run.cell = cell;
	verdict_of(worker, i, &verdict);
	if (worker->bad[i / 64] >> (i % 64) & 1) {
		memset(&verdict, 0, sizeof(verdict));
		run.unit.flags |= CSTN__UNIT_BAD;
	} else {
		cstn__unit_add(&run.unit, &verdict, line_number(worker, i));
	}
	status = line_wide(worker, i, &verdict, &wide);
	if (status == CSTN_OK)
		status = cstn__core_count_line(worker->plan->state, &worker->core, &run, &wide);
	return status;
}

static int has_key(const cstn__worker *worker, int i)
{
	const cstn__plan *plan = worker->plan;

	if (plan->text_key)
		return worker->key_text[i] != NULL;
	return cstn__source_valid(&worker->sources[plan->key_column], worker->start + i);
}

/* Lines of one group: the patterns of a block are counted as words. */
static cstn_status count_block(cstn__worker *worker, int i, int n)
{
	uint32_t cell = worker->cell_of_all;
	int block = i / 64, p, c;

	if (cell >= worker->hot_cells && grow_hot(worker, cell) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (p = 0; p < 16; p++) {
		uint64_t word = mask_of(0, n);

		for (c = 0; c < 4; c++)
			word &= p >> c & 1 ? worker->fail[c][block] : ~worker->fail[c][block];
		worker->hot[(size_t)p * worker->hot_cells + cell] +=
				(uint32_t)__builtin_popcountll(word);
	}
	worker->hot_units += (uint64_t)n;
	return worker->hot_units >= HOT_FLUSH ? flush_own(worker) : CSTN_OK;
}

static cstn_status roll_line(cstn__worker *worker, int i, size_t n)
{
	cstn_status status;
	uint32_t cell;
	size_t k;

	if (worker->drop[i / 64] >> (i % 64) & 1)
		return CSTN_OK;
	for (k = 0; k < n; k++) {
		worker->line_code[k] = quick_code(worker, k, i);
		if (worker->line_code[k] == NO_CODE)
			return CSTN_E_NOMEM;
	}
	cell = quick_cell(worker, worker->line_code, n);
	if (cell == UINT32_MAX)
		cell = cell_of(worker, worker->line_code);
	if (cell == UINT32_MAX)
		return CSTN_E_NOMEM;
	status = count_line(worker, i, cell);
	if (status == CSTN_OK && worker->plan->key_column >= 0 && has_key(worker, i))
		status = roll_row(worker, i);
	return status;
}

static cstn_status roll_lines(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	size_t dims = plan->state->registry.n_dimensions;
	cstn_status status = CSTN_OK;
	int i, k;

	for (i = 0; i < worker->n && status == CSTN_OK; i += 64) {
		int n = worker->n - i < 64 ? worker->n - i : 64;

		if (dims == 0 && plan->key_column < 0 && !plan->wide_lines &&
				!worker->special[i / 64] && !worker->drop[i / 64]) {
			status = count_block(worker, i, n);
			continue;
		}
		for (k = 0; k < n && status == CSTN_OK; k++)
			status = roll_line(worker, i + k, dims);
	}
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
			status = end_run(worker, 0);
			if (status == CSTN_OK)
				status = begin_run(worker, i + from);
			if (status != CSTN_OK)
				return status;
		}
		rest = from >= 63 ? 0 : edges & (~UINT64_C(0) << (from + 1));
		to = rest ? __builtin_ctzll(rest) : n;
		mask = mask_of(from, to);
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
		return roll_lines(worker);
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
		if (!slow && (dimension_changes(worker, i, n) & ~edges & mask_of(0, n)))
			slow = 1;
		if (!slow) {
			status = roll_word(worker, i, n, edges);
			continue;
		}
		for (k = 0; k < n && status == CSTN_OK; k++)
			status = roll_row(worker, i + k);
	}
	return status;
}

cstn_status cstn__worker_end_morsel(cstn__worker *worker)
{
	return end_run(worker, 1);
}

/* --- workers
 * ---------------------------------------------------------------------------------------------- */

static int alloc_chunk(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	const cstn_allocator *allocator = &plan->state->allocator;
	size_t i;

	worker->verdicts = cstn__alloc(allocator, CSTN__CHUNK * sizeof(*worker->verdicts));
	worker->scratch = cstn__alloc(allocator, CSTN__CHUNK * sizeof(*worker->scratch));
	worker->status = cstn__alloc(allocator, CSTN__CHUNK);
	worker->key_text = cstn__alloc(allocator, CSTN__CHUNK * sizeof(*worker->key_text));
	worker->key_len = cstn__alloc(allocator, CSTN__CHUNK * sizeof(*worker->key_len));
	if (!worker->verdicts || !worker->scratch || !worker->status || !worker->key_text ||
			!worker->key_len)
		return -1;
	for (i = 0; i < plan->state->registry.n_dimensions; i++) {
		worker->codes[i] = cstn__alloc(allocator, CSTN__CHUNK * sizeof(uint32_t));
		if (!worker->codes[i])
			return -1;
	}
	worker->lists = cstn__alloc_zero(allocator, CSTN__PARTITIONS * sizeof(*worker->lists));
	if (!worker->lists)
		return -1;
	if (plan->text_key || plan->wide || plan->closes || plan->lines || plan->clustered)
		return 0;
	worker->lines = cstn__alloc_aligned(
			allocator, CSTN__PARTITIONS * sizeof(*worker->lines), 64);
	if (!worker->lines)
		return -1;
	memset(worker->lines, 0, CSTN__PARTITIONS * sizeof(*worker->lines));
	return 0;
}

cstn_status cstn__worker_init(cstn__worker *worker, const cstn__plan *plan)
{
	const cstn_allocator *allocator = &plan->state->allocator;
	uint32_t none[CSTN__DIMENSIONS_MAX] = {0};
	size_t i;

	memset(worker, 0, sizeof(*worker));
	worker->plan = plan;
	cstn__core_init(&worker->core, allocator);
	cstn__i64_map_init(&worker->cell_map, allocator, 23);
	for (i = 0; i < CSTN__DIMENSIONS_MAX; i++) {
		cstn__i64_map_init(&worker->luts[i].map, allocator, 29 + i);
		cstn__interner_init(&worker->luts[i].texts, allocator, 37 + i);
	}
	worker->new_segment = 1;
	if (alloc_chunk(worker) || cstn__row_sink_new(allocator, &worker->sink, NULL) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (plan->state->registry.n_dimensions == 0) {
		worker->cell_of_all = shared_cell(worker, none);
		if (worker->cell_of_all == UINT32_MAX)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

void cstn__worker_free(cstn__worker *worker)
{
	const cstn_allocator *allocator;
	size_t i;

	if (!worker->plan)
		return;
	allocator = &worker->plan->state->allocator;
	cstn__core_free(&worker->core);
	cstn__i64_map_free(&worker->cell_map);
	for (i = 0; i < CSTN__DIMENSIONS_MAX; i++) {
		cstn__i64_map_free(&worker->luts[i].map);
		cstn__interner_free(&worker->luts[i].texts);
		cstn__array_free(allocator, &worker->luts[i].shared);
		cstn__free(allocator, worker->luts[i].dictionary,
				worker->luts[i].dictionary_size * sizeof(uint32_t));
		cstn__free(allocator, worker->luts[i].small,
				worker->luts[i].small_size * sizeof(uint32_t));
		cstn__free(allocator, worker->codes[i], CSTN__CHUNK * sizeof(uint32_t));
	}
	for (i = 0; i < CSTN__COL_COUNT + CSTN__DIMENSIONS_MAX; i++) {
		cstn__free(allocator, worker->buffers[i], CSTN__CHUNK * sizeof(int64_t));
		cstn__free(allocator, worker->valids[i],
				(CSTN__CHUNK_WORDS + 1) * sizeof(uint64_t));
	}
	for (i = 0; worker->lists && i < CSTN__PARTITIONS; i++) {
		cstn__array_free(allocator, &worker->lists[i].packed);
		cstn__array_free(allocator, &worker->lists[i].runs);
		cstn__array_free(allocator, &worker->lists[i].wide);
	}
	cstn__free(allocator, worker->lists, CSTN__PARTITIONS * sizeof(*worker->lists));
	cstn__free_aligned(allocator, worker->lines, CSTN__PARTITIONS * sizeof(*worker->lines), 64);
	cstn__free(allocator, worker->verdicts, CSTN__CHUNK * sizeof(*worker->verdicts));
	cstn__free(allocator, worker->scratch, CSTN__CHUNK * sizeof(*worker->scratch));
	cstn__free(allocator, worker->status, CSTN__CHUNK);
	cstn__free(allocator, worker->key_text, CSTN__CHUNK * sizeof(*worker->key_text));
	cstn__free(allocator, worker->key_len, CSTN__CHUNK * sizeof(*worker->key_len));
	cstn__free_aligned(allocator, worker->hot, worker->hot_cells * 64, 64);
	cstn__free(allocator, worker->cell_table, worker->cell_table_size * sizeof(uint32_t));
	cstn__array_free(allocator, &worker->segments);
	cstn__row_sink_free(worker->sink);
	worker->plan = NULL;
}
