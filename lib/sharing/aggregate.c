/* Aggregation: cells, the rules they must pass, and the tables of those that do and those that do
 * not.
 *
 * Rules first, then margins and the guard in turn until neither refuses more; the tables are made
 * before the guard learns anything, so that a call that fails has told nobody anything. */
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/radix.h"
#include "base/stats.h"
#include "sharing/aggregate.h"

const char *cstn_rule_name(int32_t rule)
{
	static const char *const names[] = {"rows", "distinct", "closeness", "companies", "share",
			"margin", "difference"};

	return rule >= 1 && rule <= 7 ? names[rule - 1] : "unknown rule";
}

/* --- columns of the tables -------------------------------------------------------------------- */

typedef struct tables {
	const cstn__aggregate *a;
	cstn__table_builder *cells, *refused;
	uint32_t *rows; /* of a level, by cell */
} tables;

static int add_by(const cstn__aggregate *a, cstn__table_builder *table)
{
	size_t i;

	for (i = 0; i < a->options.n_by; i++)
		if (cstn__coded_add_column(table, a->options.by[i], &a->table.columns[i]) < 0)
			return -1;
	return 0;
}

static int add_measure(
		const cstn__aggregate *a, size_t i, cstn__table_builder *table, cstn__bytes *room)
{
	static const char *const ends[] = {"_sum", "_count", "_mean"};
	const cstn_aggregate_measure *measure = &a->options.measures[i];
	const cstn__coded *column = &a->table.columns[a->at.measure[i]];
	int32_t type = measure->kind == CSTN_AGGREGATE_SUM     ? column->type
		       : measure->kind == CSTN_AGGREGATE_COUNT ? CSTN_TYPE_INT64
							       : CSTN_TYPE_DOUBLE;

	room->size = 0;
	cstn__bytes_put_text(room, measure->column);
	cstn__bytes_put(room, ends[measure->kind - 1], strlen(ends[measure->kind - 1]) + 1);
	return room->failed ||
	       cstn__table_add_column(table, (const char *)room->data, type,
			       type == CSTN_TYPE_DECIMAL ? column->scale : 0, 1) < 0;
}

static cstn_status make_tables(tables *t, cstn_error **error)
{
	const cstn__aggregate *a = t->a;
	cstn__bytes room;
	size_t i;
	int failed;
	cstn_status status = cstn__table_builder_new(&a->allocator, &t->cells, error);

	if (status == CSTN_OK)
		status = cstn__table_builder_new(&a->allocator, &t->refused, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&room, &a->allocator);
	failed = add_by(a, t->cells) || add_by(a, t->refused);
	if (!failed && a->options.flags & CSTN_AGGREGATE_MARGINS)
		failed = cstn__table_add_column(t->cells, "summed", CSTN_TYPE_INT32, 0, 0) < 0;
	failed = failed || cstn__table_add_column(t->cells, "rows", CSTN_TYPE_INT64, 0, 0) < 0;
	for (i = 0; i < a->options.n_measures && !failed; i++)
		failed = add_measure(a, i, t->cells, &room);
	cstn__bytes_free(&room);
	if (failed || cstn__table_add_column(t->refused, "summed", CSTN_TYPE_INT32, 0, 0) < 0 ||
			cstn__table_add_column(t->refused, "rule", CSTN_TYPE_TEXT, 0, 0) < 0 ||
			cstn__table_add_column(t->refused, "found", CSTN_TYPE_DOUBLE, 0, 0) < 0 ||
			cstn__table_add_column(t->refused, "needed", CSTN_TYPE_DOUBLE, 0, 0) < 0)
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

/* --- rows of the tables ----------------------------------------------------------------------- */

static void put_by(const cstn__aggregate *a, const cstn__level *level, size_t cell,
		cstn__table_builder *table)
{
	size_t i;

	for (i = 0; i < a->options.n_by; i++) {
		const cstn__coded *column = &a->table.columns[i];

		cstn__coded_put(table, (int32_t)i, column,
				level->summed >> i & 1
						? CSTN__CODE_NULL
						: column->codes.items[level->groups.first[cell]]);
	}
}

/* The sum and number of the values of one cell. */
typedef struct reckoning {
	cstn__i128 sum;
	cstn__exact_sum doubles;
	int64_t count;
} reckoning;

static void reckon(const cstn__coded *column, const uint32_t *rows, int64_t n, reckoning *out)
{
	int64_t i;

	out->sum = 0;
	out->count = 0;
	cstn__exact_sum_init(&out->doubles);
	for (i = 0; i < n; i++) {
		uint32_t code = column->codes.items[rows[i]];

		if (code == CSTN__CODE_NULL)
			continue;
		out->count++;
		if (column->type == CSTN_TYPE_DOUBLE)
			cstn__exact_sum_add(&out->doubles,
					cstn__radix_to_f64(cstn__radix_of_i64(
							column->numbers.items[code])));
		else
			out->sum += column->numbers.items[code];
	}
}

static cstn_status put_measure(const cstn__aggregate *a, size_t i, const uint32_t *rows, int64_t n,
		cstn__table_builder *table, int32_t to, cstn_error **error)
{
	const cstn_aggregate_measure *measure = &a->options.measures[i];
	const cstn__coded *column = &a->table.columns[a->at.measure[i]];
	int is_double = column->type == CSTN_TYPE_DOUBLE;
	reckoning got;
	double sum;
	int64_t whole;

	reckon(column, rows, n, &got);
	if (measure->kind == CSTN_AGGREGATE_COUNT) {
		cstn__table_put_i64(table, to, got.count);
		return CSTN_OK;
	}
	if (!got.count) {
		cstn__table_put_null(table, to);
		return CSTN_OK;
	}
	if (measure->kind == CSTN_AGGREGATE_SUM && !is_double) {
		if (cstn__narrow_i64(got.sum, &whole))
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"a sum of column '%s' does not fit 64 bits",
					measure->column);
		cstn__table_put_i64(table, to, whole);
		return CSTN_OK;
	}
	sum = is_double ? cstn__exact_sum_value(&got.doubles)
			: (double)got.sum / (double)cstn__wide_power_of_ten(column->scale);
	cstn__table_put_f64(table, to,
			measure->kind == CSTN_AGGREGATE_SUM ? sum : sum / (double)got.count);
	return CSTN_OK;
}

static cstn_status put_cell(const tables *t, const cstn__level *level, size_t cell,
		const uint32_t *rows, cstn_error **error)
{
	const cstn__aggregate *a = t->a;
	int64_t n = level->groups.counts[cell];
	int32_t to = (int32_t)a->options.n_by;
	cstn_status status = CSTN_OK;
	size_t i;

	put_by(a, level, cell, t->cells);
	if (a->options.flags & CSTN_AGGREGATE_MARGINS)
		cstn__table_put_i64(t->cells, to++, level->summed);
	cstn__table_put_i64(t->cells, to++, n);
	for (i = 0; i < a->options.n_measures && status == CSTN_OK; i++)
		status = put_measure(a, i, rows, n, t->cells, to++, error);
	return status;
}

static void put_refused(const tables *t, const cstn__level *level, size_t cell)
{
	const cstn__cell *of = &level->cells[cell];
	const char *name = cstn_rule_name(of->rule);
	int32_t to = (int32_t)t->a->options.n_by;

	put_by(t->a, level, cell, t->refused);
	cstn__table_put_i64(t->refused, to++, level->summed);
	cstn__table_put_text(t->refused, to++, name, strlen(name));
	cstn__table_put_f64(t->refused, to++, of->found);
	cstn__table_put_f64(t->refused, to, of->needed);
}

static cstn_status put_level(tables *t, const cstn__level *level, cstn_error **error)
{
	size_t i, at = 0;
	cstn_status status = CSTN_OK;

	cstn__groups_rows(&level->groups, t->rows);
	for (i = 0; i < level->groups.n && status == CSTN_OK; i++) {
		if (level->cells[i].rule)
			put_refused(t, level, i);
		else
			status = put_cell(t, level, i, t->rows + at, error);
		at += (size_t)level->groups.counts[i];
	}
	return status;
}

/* Both tables as streams, or none. */
static cstn_status export(tables *t, struct ArrowArrayStream *cells,
		struct ArrowArrayStream *refused, cstn_error **error)
{
	cstn_status status = cstn__table_export(t->cells, cells, error);

	t->cells = NULL;
	if (status != CSTN_OK)
		return status;
	status = cstn__table_export(t->refused, refused, error);
	t->refused = NULL;
	if (status != CSTN_OK)
		cells->release(cells);
	return status;
}

static cstn_status tell(cstn__aggregate *a, struct ArrowArrayStream *cells,
		struct ArrowArrayStream *refused, cstn_error **error)
{
	size_t size = cstn__array_size(a->table.rows, sizeof(uint32_t));
	tables t = {a, NULL, NULL, cstn__alloc(&a->allocator, size)};
	cstn_status status = t.rows ? make_tables(&t, error) : cstn__fail_nomem(error);
	uint32_t i;

	for (i = 0; i < a->n_levels && status == CSTN_OK; i++)
		if (cstn__level_goes_out(a, &a->levels[i]))
			status = put_level(&t, &a->levels[i], error);
	if (status == CSTN_OK)
		status = export(&t, cells, refused, error);
	cstn__table_builder_free(t.cells);
	cstn__table_builder_free(t.refused);
	cstn__free(&a->allocator, t.rows, size);
	return status;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status settle(cstn__aggregate *a, cstn__guarding *g, cstn_error **error)
{
	int changed = 0;
	cstn_status status;

	do {
		status = cstn__aggregate_margins(a, error);
		if (status == CSTN_OK && g)
			status = cstn__guarding_check(g, &changed, error);
	} while (status == CSTN_OK && g && changed);
	return status;
}

static cstn_status guarded(cstn__aggregate *a, cstn_difference_guard *guard,
		struct ArrowArrayStream *cells, struct ArrowArrayStream *refused,
		cstn_error **error)
{
	cstn__guarding g;
	cstn_status status = cstn__guarding_begin(&g, a, guard, error);

	if (status == CSTN_OK)
		status = settle(a, &g, error);
	if (status == CSTN_OK)
		status = cstn__guarding_reserve(&g, error);
	if (status == CSTN_OK)
		status = tell(a, cells, refused, error);
	if (status == CSTN_OK)
		cstn__guarding_keep(&g);
	cstn__guarding_end(&g);
	return status;
}

cstn_status cstn_aggregate(struct ArrowArrayStream *rows, const cstn_aggregate_options *options,
		cstn_difference_guard *guard, struct ArrowArrayStream *cells,
		struct ArrowArrayStream *refused, cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream stream, mine, theirs;
	cstn__aggregate a;
	cstn_status status = cstn__stream_take(rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	memset(&a, 0, sizeof(a));
	if (!cells)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "cells is NULL");
	else
		status = cstn__aggregate_read(&a, &stream, options, bad_rows, error);
	stream.release(&stream);
	if (status == CSTN_OK)
		status = cstn__aggregate_cells(&a, error);
	if (status == CSTN_OK && guard)
		status = guarded(&a, guard, &mine, &theirs, error);
	else if (status == CSTN_OK) {
		status = settle(&a, NULL, error);
		if (status == CSTN_OK)
			status = tell(&a, &mine, &theirs, error);
	}
	cstn__aggregate_free(&a);
	if (status != CSTN_OK)
		return status;
	*cells = mine;
	if (refused)
		*refused = theirs;
	else
		theirs.release(&theirs);
	return CSTN_OK;
}
