/* Cells of two sides: read as series, numbered by horizon, put in groups.
 *
 * A cell whose y is there belongs to the past of its group; biases, spreads and the product of both
 * sides' errors are means over it, in the order in which items came. Sums over the two sides are
 * alike, so that swapping the sides swaps the results, bit by bit. O(cells). */
#include "demand/partner_cells.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/sort.h"
#include "table/rows_call.h"

#define NUMBER                                                            \
	(CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) | \
			CSTN__ACCEPT(CSTN_TYPE_DECIMAL))
#define WHOLE (CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_FLAG))
#define FARTHEST 1000000

static const cstn__column_decl numbers[CSTN__CELL_NUMBERS] = {
		[CSTN__CELL_A] = {"a", NUMBER, -1, 1, 0, 0, 0},
		[CSTN__CELL_B] = {"b", NUMBER, -1, 1, 0, 0, 0},
		[CSTN__CELL_H] = {"h", CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 0, 1, 0, 0},
		[CSTN__CELL_A_LOW] = {"a_low", NUMBER, -1, 0, 1, 0, 0},
		[CSTN__CELL_A_HIGH] = {"a_high", NUMBER, -1, 0, 1, 0, 0},
		[CSTN__CELL_B_LOW] = {"b_low", NUMBER, -1, 0, 1, 0, 0},
		[CSTN__CELL_B_HIGH] = {"b_high", NUMBER, -1, 0, 1, 0, 0},
		[CSTN__CELL_A_EVENT] = {"a_event", WHOLE, -1, 0, 1, 0, 0},
		[CSTN__CELL_B_EVENT] = {"b_event", WHOLE, -1, 0, 1, 0, 0},
		[CSTN__CELL_OVERRIDE] = {"override", NUMBER, -1, 0, 1, 0, 0},
		[CSTN__CELL_REASON] = {"reason", CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 0, 1, 0, 0},
		[CSTN__CELL_CONSENSUS] = {"consensus", NUMBER, -1, 0, 1, 0, 0},
		[CSTN__CELL_EXCEPTION] = {"exception", WHOLE, -1, 0, 1, 0, 0},
		[CSTN__CELL_UNDER] = {"under_minor", NUMBER, -1, 0, 1, 0, 0},
		[CSTN__CELL_OVER] = {"over_minor", NUMBER, -1, 0, 1, 0, 0},
};
static const cstn__column_decl pool = {"pool", CSTN__ACCEPT_KEY, -1, 0, 1, 0, 0};

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status check_shares(const cstn_plan_options *o, cstn_error **error)
{
	if (o->quantile_ppm < 0 || o->quantile_ppm > 1000000 || o->confidence_ppm < 0 ||
			o->confidence_ppm > 999999)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"quantile_ppm is %d, confidence_ppm is %d: 1..1,000,000 and "
				"1..999,999 expected",
				o->quantile_ppm, o->confidence_ppm);
	if (o->agreed_ppm < 0 || o->draw_ppm < 0 ||
			!(o->agreed_units >= 0 && isfinite(o->agreed_units)) ||
			!(o->draw_units >= 0 && isfinite(o->draw_units)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"agreed_ppm is %d, agreed_units is %g, draw_ppm is %d, draw_units "
				"is %g: finite and 0 or more expected",
				o->agreed_ppm, o->agreed_units, o->draw_ppm, o->draw_units);
	return CSTN_OK;
}

static cstn_status check(const void *options, void *beside, cstn_error **error)
{
	const cstn_plan_options *o = options;
	uint32_t by = CSTN_PLAN_BY_HORIZON | CSTN_PLAN_BY_POOL | CSTN_PLAN_BY_EXCEPTION;
	size_t i;

	(void)beside;
	if (o->by & ~by)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "by is %u, bits of %u expected",
				o->by, by);
	if (o->period < CSTN_PERIOD_BY_TYPE || o->period > CSTN_PERIOD_NUMBER)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "period is %d (0 to 7)", o->period);
	if (o->horizon_step < 0 || o->freeze < 0 || o->cells_least < 0 || o->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"horizon_step is %d, freeze is %d, cells_least is %d, reserved0 is "
				"%d: 0 or more, and 0 expected",
				o->horizon_step, o->freeze, o->cells_least, o->reserved0);
	if (o->n_reasons && !o->reasons)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reasons is NULL");
	for (i = 0; i < o->n_reasons; i++)
		if (o->reasons[i] < 1 || o->reasons[i] > (INT64_C(1) << 53))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"reasons[%zu] is %lld, 1 to 2^53 expected", i,
					(long long)o->reasons[i]);
	return check_shares(o, error);
}

/* What was not said, once the periods are known. */
static void settle(cstn__cells *cells)
{
	cstn_plan_options *o = &cells->options;

	if (!o->horizon_step)
		o->horizon_step = cells->set.periods.period == CSTN_PERIOD_HOUR  ? 168
				  : cells->set.periods.period == CSTN_PERIOD_DAY ? 7
										 : 1;
	if (!o->quantile_ppm)
		o->quantile_ppm = 900000;
	if (!o->cells_least)
		o->cells_least = 20;
	if (!o->confidence_ppm)
		o->confidence_ppm = 950000;
	if (!o->draw_ppm && !(o->draw_units > 0)) {
		o->draw_ppm = 50000;
		o->draw_units = 1;
	}
}

/* --- groups ----------------------------------------------------------------------------------- */

cstn_status cstn__cells_refuse(
		cstn__cells *cells, size_t cell, int column, int32_t code, cstn_error **error)
{
	return cstn__series_refuse_value(&cells->set, cell, cells->sink, column + 3,
			       numbers[column].name, code) == CSTN_OK
			       ? CSTN_OK
			       : cstn__fail_nomem(error);
}

static uint32_t pool_of(const cstn__cells *cells, uint32_t key)
{
	return cells->set.n_labels ? cells->set.label[key] : CSTN__IDS_NONE;
}

/* The group of a cell, made where it is new; CSTN__IDS_NONE: out of memory. */
static uint32_t group_of(cstn__cells *cells, cstn__i64_map *known, size_t cell)
{
	int64_t horizon = (cells->h[cell] - 1) / cells->options.horizon_step + 1;
	uint32_t of = pool_of(cells, cells->key[cell]);
	uint32_t count = (uint32_t)cells->groups.count, found;

	found = cstn__i64_map_intern(
			known, (int64_t)((uint64_t)of << 32 | (uint64_t)horizon), count);
	if (found == CSTN__IDS_NONE || cstn__array_reserve(&cells->allocator, &cells->groups, 1))
		return CSTN__IDS_NONE;
	if (found == count) {
		cstn__cell_group *group = &cells->groups.items[cells->groups.count++];

		memset(group, 0, sizeof(*group));
		group->pool = of;
		group->horizon = horizon;
	}
	return found;
}

/* Horizon, key and group of the cells of a series; a horizon that is none leaves the cell out. */
static cstn_status number_cells(cstn__cells *cells, const cstn__series *series,
		cstn__i64_map *known, cstn_error **error)
{
	const cstn__series_set *set = &cells->set;
	size_t i;

	for (i = series->start; i < series->start + series->n; i++) {
		double h = cstn__cell(cells, i, CSTN__CELL_H);

		cells->key[i] = series->key;
		cells->group[i] = CSTN__IDS_NONE;
		cells->cutoff[i] = series->cutoff;
		if (set->has_cutoff)
			h = (double)set->period[i] - (double)series->cutoff;
		else if (isnan(h))
			h = 1;
		if (!(h >= 1 && h <= FARTHEST)) {
			if (cstn__cells_refuse(cells, i, CSTN__CELL_H, CSTN_ROW_RANGE, error) !=
					CSTN_OK)
				return CSTN_E_NOMEM;
			continue;
		}
		cells->h[i] = (int64_t)h;
		cells->group[i] = group_of(cells, known, i);
		if (cells->group[i] == CSTN__IDS_NONE)
			return cstn__fail_nomem(error);
		if (!isnan(set->y[i])) {
			cells->groups.items[cells->group[i]].n++;
			cells->n_past++;
		}
	}
	return CSTN_OK;
}

static void add_error(cstn__side *side, double off)
{
	side->sum += off;
	side->size += fabs(off);
}

static void learn(cstn__cells *cells, cstn__cell_group *group)
{
	const cstn__series_set *set = &cells->set;
	double n = (double)group->n;
	size_t k;

	for (k = 0; k < group->n; k++) {
		size_t i = cells->past[group->at + k];

		add_error(&group->a, cstn__cell(cells, i, CSTN__CELL_A) - set->y[i]);
		add_error(&group->b, cstn__cell(cells, i, CSTN__CELL_B) - set->y[i]);
	}
	if (!group->n)
		return;
	group->a.bias = group->a.sum / n;
	group->b.bias = group->b.sum / n;
	group->a.error = group->a.size / n;
	group->b.error = group->b.size / n;
	for (k = 0; k < group->n; k++) {
		size_t i = cells->past[group->at + k];
		double a = cstn__cell(cells, i, CSTN__CELL_A) - set->y[i] - group->a.bias;
		double b = cstn__cell(cells, i, CSTN__CELL_B) - set->y[i] - group->b.bias;

		group->a.square += a * a / n;
		group->b.square += b * b / n;
		group->product += a * b / n;
	}
}

static cstn_status make_groups(cstn__cells *cells, cstn_error **error)
{
	const cstn__series_set *set = &cells->set;
	size_t at = 0, i;
	cstn__i64_map known;
	cstn_status status = CSTN_OK;

	cstn__i64_map_init(&known, &cells->allocator, 0);
	for (i = 0; i < set->series.count && status == CSTN_OK; i++)
		status = number_cells(cells, &set->series.items[i], &known, error);
	cstn__i64_map_free(&known);
	if (status != CSTN_OK)
		return status;
	cells->past = cstn__alloc(
			&cells->allocator, cstn__array_size(cells->n_past, sizeof(*cells->past)));
	if (!cells->past)
		return cstn__fail_nomem(error);
	for (i = 0; i < cells->groups.count; i++) {
		cells->groups.items[i].at = at;
		at += cells->groups.items[i].n;
		cells->groups.items[i].n = 0;
	}
	for (i = 0; i < set->n; i++) {
		cstn__cell_group *group;

		if (cells->group[i] == CSTN__IDS_NONE || isnan(set->y[i]))
			continue;
		group = &cells->groups.items[cells->group[i]];
		cells->past[group->at + group->n++] = i;
	}
	for (i = 0; i < cells->groups.count; i++)
		learn(cells, &cells->groups.items[i]);
	return CSTN_OK;
}

static int ascending(const void *a, const void *b, void *context)
{
	double x = *(const double *)a, y = *(const double *)b;

	(void)context;
	return (x > y) - (x < y);
}

double cstn__cells_gap(const cstn__cells *cells, const cstn__cell_group *group, double *room)
{
	double rank = ceil((double)group->n * cells->options.quantile_ppm / 1e6);
	size_t k;

	for (k = 0; k < group->n; k++) {
		size_t i = cells->past[group->at + k];

		room[k] = fabs(cstn__cell(cells, i, CSTN__CELL_A) -
				cstn__cell(cells, i, CSTN__CELL_B));
	}
	cstn__sort(room, group->n, sizeof(*room), ascending, NULL);
	return room[rank > 1 ? (size_t)rank - 1 : 0];
}

/* --- columns that all tables have ------------------------------------------------------------- */

int32_t cstn__cells_declare(const cstn__cells *cells, cstn__table_builder *table)
{
	const cstn__series_set *set = &cells->set;
	int failed = 0;
	int32_t n = 5;

	failed |= cstn__table_add_column(table, "unique_id", set->keys.type, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "ds", set->periods.type, 0, 1) < 0;
	if (set->has_cutoff) {
		failed |= cstn__table_add_column(table, "cutoff", set->periods.type, 0, 1) < 0;
		n++;
	}
	failed |= cstn__table_add_column(table, "h", CSTN_TYPE_INT64, 0, 0) < 0;
	if (set->n_labels && set->labels[0].type) {
		failed |= cstn__table_add_column(table, "pool", set->labels[0].type, 0, 1) < 0;
		n++;
	}
	failed |= cstn__table_add_column(table, "a", CSTN_TYPE_DOUBLE, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "b", CSTN_TYPE_DOUBLE, 0, 0) < 0;
	return failed ? -1 : n;
}

static void put_period(const cstn__cells *cells, cstn__table_builder *table, int32_t column,
		int64_t period)
{
	int64_t ds;

	if (cstn__period_start(&cells->set.periods, period, &ds))
		cstn__table_put_null(table, column);
	else
		cstn__table_put_i64(table, column, ds);
}

void cstn__cells_begin_row(const cstn__cells *cells, cstn__table_builder *table, size_t cell)
{
	const cstn__series_set *set = &cells->set;
	int32_t column = 2;

	cstn__series_put_id(table, 0, &set->keys, cells->key[cell]);
	put_period(cells, table, 1, set->period[cell]);
	if (set->has_cutoff)
		put_period(cells, table, column++, cells->cutoff[cell]);
	cstn__table_put_i64(table, column++, cells->h[cell]);
	if (set->n_labels && set->labels[0].type)
		cstn__series_put_id(
				table, column++, &set->labels[0], pool_of(cells, cells->key[cell]));
	cstn__table_put_f64(table, column++, cstn__cell(cells, cell, CSTN__CELL_A));
	cstn__table_put_f64(table, column, cstn__cell(cells, cell, CSTN__CELL_B));
}

void cstn__cells_put_number(cstn__table_builder *table, int32_t column, double value)
{
	if (isfinite(value))
		cstn__table_put_f64(table, column, value + 0.0);
	else
		cstn__table_put_null(table, column);
}

/* --- a call ----------------------------------------------------------------------------------- */

static cstn_status make_room(cstn__cells *cells, cstn_error **error)
{
	size_t n = cells->set.n;

	cells->h = cstn__alloc_zero(&cells->allocator, cstn__array_size(n, sizeof(*cells->h)));
	cells->cutoff = cstn__alloc(&cells->allocator, cstn__array_size(n, sizeof(int64_t)));
	cells->group = cstn__alloc(&cells->allocator, cstn__array_size(n, sizeof(uint32_t)));
	cells->key = cstn__alloc(&cells->allocator, cstn__array_size(n, sizeof(uint32_t)));
	return cells->h && cells->cutoff && cells->group && cells->key ? CSTN_OK
								       : cstn__fail_nomem(error);
}

static void cells_free(cstn__cells *cells)
{
	const cstn_allocator *a = &cells->allocator;
	size_t n = cells->set.n;

	cstn__free(a, cells->h, n * sizeof(*cells->h));
	cstn__free(a, cells->cutoff, n * sizeof(*cells->cutoff));
	cstn__free(a, cells->group, n * sizeof(*cells->group));
	cstn__free(a, cells->key, n * sizeof(*cells->key));
	cstn__free(a, cells->past, cells->n_past * sizeof(*cells->past));
	cstn__array_free(a, &cells->groups);
	cstn__series_free(&cells->set);
}

/* The table of cells that were read. */
static cstn_status make_table(cstn__cells *cells, cstn__cells_put *put,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	cstn_status status;

	settle(cells);
	status = make_room(cells, error);
	if (status == CSTN_OK)
		status = make_groups(cells, error);
	if (status == CSTN_OK)
		status = cstn__table_builder_new(&cells->allocator, &table, error);
	if (status == CSTN_OK)
		status = put(cells, table, error);
	if (status == CSTN_OK)
		return cstn__table_export(table, out, error);
	if (table)
		cstn__table_builder_free(table);
	return status;
}

static cstn_status run(cstn__cells *cells, cstn__rows_task *task, cstn_error **error)
{
	const cstn_plan_options *o = task->options;
	const cstn__cells_call *call = task->beside;
	const cstn__series_reader reader = {.period = o->period,
			.gap = CSTN__GAP_KEPT,
			.flags = o->flags & CSTN_IMPORT_TRUSTED,
			.binding = o->binding,
			.progress = o->progress,
			.numbers = numbers,
			.n_numbers = CSTN__CELL_NUMBERS,
			.labels = &pool,
			.n_labels = 1,
			.with_cutoff = 1,
			.with_open = 1,
			.with_rows = 1};
	cstn_status status = cstn__series_read(
			&cells->set, &reader, task->rows, &cells->allocator, &cells->sink, error);

	if (status != CSTN_OK)
		return status;
	status = make_table(cells, call->put, &task->made, error);
	if (status == CSTN_OK)
		status = cstn__rows_end_made(task, cells->sink, error);
	else
		cstn__row_sink_free(cells->sink);
	cells_free(cells);
	return status;
}

static cstn_status run_rows(void *object, cstn__rows_task *task, cstn_error **error)
{
	cstn__cells *cells = object;
	cstn_status status;

	cells->allocator = task->memory;
	cells->options = *(const cstn_plan_options *)task->options;
	status = run(cells, task, error);
	cstn__free(&task->memory, cells, sizeof(*cells));
	return status;
}

cstn_status cstn__cells_run(const cstn__cells_call *of, struct ArrowArrayStream *rows,
		const cstn_plan_options *options, cstn_row_errors **bad_rows, cstn_error **error)
{
	static const cstn__rows_call call = {"rows", "cstn_plan_options",
			CSTN_PLAN_EXCEPTIONS_ONLY | CSTN_IMPORT_TRUSTED, sizeof(cstn__cells), check,
			run_rows};
	cstn__cells_call beside = *of;
	const cstn__rows_given given = {rows, options, &beside, of->allocator, of->out, bad_rows};
	cstn_plan_options read;

	return cstn__rows_run(&call, &given, &read, sizeof(read), error);
}
