/* Weights of forecasts that are combined, by what each of them missed out of sample.
 *
 * A mean of components is hard to beat (Bates and Granger 1969); weights by inverse losses, drawn
 * half way to equal ones, can do so where one component is plainly worse. They are learned by pool
 * and horizon week from rows in which all components have a forecast, so that losses are paired.
 * Losses are added exactly: the order of rows changes nothing. O(1) a row. */
#include "demand/combine.h"

#include <math.h>
#include <string.h>

#include <constellation/demand_global.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/map.h"
#include "base/sort.h"
#include "base/stats.h"
#include "demand/options.h"
#include "demand/series.h"
#include "table/ids.h"
#include "table/rows_call.h"

#define COMPONENTS_MOST 8
#define WEEK_USUAL 7
#define WEEKS_MOST CSTN_HORIZON_MOST
#define LARGEST 1e300
#define BLOCK CSTN__BLOCK_ROWS
#define NUMBER                                                            \
	(CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) | \
			CSTN__ACCEPT(CSTN_TYPE_DECIMAL))

static const char *const usual[] = {"global", "local"};

enum { COL_H, COL_Y, COL_FIRST }; /* the components; behind them the pool */

typedef struct cell {
	uint32_t pool, week;
	int64_t n;
} cell;

typedef struct weighing {
	cstn_allocator allocator;
	cstn_demand_weights_options options;
	size_t n; /* components */
	cstn__ids pools;
	cstn__i64_map places;
	CSTN__ARRAY(cell) cells;
	CSTN__ARRAY(cstn__exact_sum) losses; /* n a cell */
	cstn__row_sink *sink;
	cstn__table_builder *table;
} weighing;

double cstn__combined_weight(const double *loss, size_t n, size_t which)
{
	double least = loss[0], all = 0;
	size_t i;

	for (i = 1; i < n; i++)
		least = loss[i] < least ? loss[i] : least;
	/* inverse losses in units of the least one; what never missed has it all */
	for (i = 0; i < n; i++)
		all += loss[i] > 0 ? least / loss[i] : 1;
	return (loss[which] > 0 ? least / loss[which] : 1) / all / 2 + 1 / (double)n / 2;
}

/* --- rows ------------------------------------------------------------------------------------- */

typedef struct block {
	uint32_t pool[BLOCK];
	int64_t h[BLOCK];
	double y[BLOCK], forecast[COMPONENTS_MOST][BLOCK];
	uint64_t valid[BLOCK / 64], known[1 + COMPONENTS_MOST][BLOCK / 64], bad[BLOCK / 64];
} block;

/* The place of a cell; -1: out of memory. */
static int64_t place_of(weighing *w, uint32_t pool, uint32_t week)
{
	int64_t key = (int64_t)((uint64_t)pool << 16 | week);
	uint32_t at = cstn__i64_map_find(&w->places, key);
	size_t i;

	if (at != UINT32_MAX)
		return at;
	at = (uint32_t)w->cells.count;
	if (cstn__array_reserve(&w->allocator, &w->cells, 1) ||
			cstn__array_reserve(&w->allocator, &w->losses, w->n) ||
			cstn__i64_map_intern(&w->places, key, at) == UINT32_MAX)
		return -1;
	w->cells.items[w->cells.count++] = (cell){pool, week, 0};
	for (i = 0; i < w->n; i++)
		cstn__exact_sum_init(&w->losses.items[w->losses.count++]);
	return at;
}

static double pinball(double y, double forecast, double level)
{
	return y >= forecast ? (y - forecast) * level : (forecast - y) * (1 - level);
}

static cstn_status range(const weighing *w, uint64_t row, int32_t column, const char *name)
{
	return cstn__row_sink_add(w->sink, row, column, name, CSTN_ROW_RANGE, NULL, 0);
}

/* A row without y or without one of the forecasts compares nothing. */
static cstn_status add_row(weighing *w, const block *b, uint64_t row, int32_t i)
{
	int64_t week = (b->h[i] - 1) / w->options.week + 1, at;
	size_t c;

	if (cstn__word_bit_get(b->bad, (size_t)i))
		return CSTN_OK;
	if (b->h[i] < 1 || week > WEEKS_MOST)
		return range(w, row, COL_H, "h");
	for (c = 0; c <= w->n; c++) {
		double value = c ? b->forecast[c - 1][i] : b->y[i];

		if (!cstn__word_bit_get(b->known[c], (size_t)i))
			return CSTN_OK;
		if (!(fabs(value) <= LARGEST))
			return range(w, row, COL_Y + (int32_t)c,
					c ? w->options.components[c - 1] : "y");
	}
	at = place_of(w, b->pool[i], (uint32_t)week);
	if (at < 0)
		return CSTN_E_NOMEM;
	w->cells.items[at].n++;
	for (c = 0; c < w->n; c++)
		cstn__exact_sum_add(&w->losses.items[(size_t)at * w->n + c],
				pinball(b->y[i], b->forecast[c][i], w->options.level));
	return CSTN_OK;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	weighing *w = context;
	const cstn__column *columns = batch->columns;
	cstn_status status;
	block b;
	size_t c;
	int32_t i;

	memset(b.bad, 0, sizeof(b.bad));
	memset(b.pool, 0, sizeof(b.pool));
	status = cstn__column_read_i64(
			&columns[COL_H], start, n, batch->first_row, b.h, b.valid, b.bad, w->sink);
	for (c = 0; c <= w->n && status == CSTN_OK; c++)
		status = cstn__column_read_f64(&columns[COL_Y + c], start, n, batch->first_row,
				c ? b.forecast[c - 1] : b.y, b.known[c], b.bad, w->sink);
	if (status == CSTN_OK && w->options.pool) {
		const cstn__id_rows ids = {&columns[COL_FIRST + w->n], start, n, batch->first_row,
				0, b.bad, w->sink};

		status = cstn__ids_read(&w->pools, &ids, b.pool);
	}
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = add_row(w, &b, batch->first_row + (uint64_t)(start + i), i);
	return status == CSTN_OK ? status : cstn__fail_nomem(error);
}

static cstn_status read_rows(weighing *w, struct ArrowArrayStream *rows, cstn_error **error)
{
	const cstn_demand_weights_options *o = &w->options;
	cstn__column_decl columns[COL_FIRST + COMPONENTS_MOST + 1] = {
			{"h", CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 1, 0, 0, 0},
			{"y", NUMBER, -1, 1, 1, 0, 0}};
	cstn__bound *bound = NULL;
	cstn_status status;
	size_t c;

	for (c = 0; c < w->n; c++)
		columns[COL_FIRST + c] =
				(cstn__column_decl){o->components[c], NUMBER, -1, 1, 1, 0, 0};
	columns[COL_FIRST + w->n] = (cstn__column_decl){o->pool, CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0};
	status = cstn__bind_rows(rows, columns, COL_FIRST + w->n + (o->pool != NULL), o->binding,
			o->flags, &w->allocator, &bound, &w->sink, error);
	if (status != CSTN_OK)
		return status;
	if (o->pool)
		w->pools.type = cstn__bound_type(bound, COL_FIRST + w->n);
	status = cstn__bound_each(bound, rows, read_block, w, o->progress, error);
	cstn__bound_free(bound);
	return status;
}

/* --- the table -------------------------------------------------------------------------------- */

typedef struct ranked {
	uint32_t rank, week, at;
} ranked;

static int by_rank(const void *a, const void *b, void *context)
{
	const ranked *x = a, *y = b;

	(void)context;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->week > y->week) - (x->week < y->week);
}

static int declare(const void *of, cstn__table_builder *table)
{
	const weighing *w = of;
	int failed = 0;
	size_t c;

	if (w->options.pool)
		failed |= cstn__table_add_column(table, w->options.pool, w->pools.type, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "week", CSTN_TYPE_INT32, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "n", CSTN_TYPE_INT64, 0, 0) < 0;
	for (c = 0; c < w->n; c++)
		failed |= cstn__table_add_column(table, w->options.components[c], CSTN_TYPE_DOUBLE,
					  0, 0) < 0;
	return failed ? -1 : 0;
}

static void put_cell(const weighing *w, size_t at)
{
	const cell *of = &w->cells.items[at];
	double loss[COMPONENTS_MOST];
	int32_t column = 0;
	size_t c;

	for (c = 0; c < w->n; c++)
		loss[c] = cstn__exact_sum_value(&w->losses.items[at * w->n + c]);
	if (w->options.pool && w->pools.type == CSTN_TYPE_TEXT)
		cstn__table_put_text(w->table, column++, w->pools.texts.items[of->pool].text,
				w->pools.texts.items[of->pool].len);
	else if (w->options.pool)
		cstn__table_put_i64(w->table, column++, cstn__ids_number(&w->pools, of->pool));
	cstn__table_put_i64(w->table, column++, of->week);
	cstn__table_put_i64(w->table, column++, of->n);
	for (c = 0; c < w->n; c++)
		cstn__table_put_f64(w->table, column++, cstn__combined_weight(loss, w->n, c));
}

static cstn_status put_all(weighing *w, struct ArrowArrayStream *out, cstn_error **error)
{
	size_t n = w->cells.count, i;
	size_t cells_size = cstn__array_size(n ? n : 1, sizeof(ranked));
	uint32_t *rank = cstn__ids_ranks(&w->pools);
	ranked *cells = cstn__alloc(&w->allocator, cells_size);
	cstn_status status = CSTN_E_NOMEM;

	if (rank && cells) {
		for (i = 0; i < n; i++)
			cells[i] = (ranked){rank[w->cells.items[i].pool], w->cells.items[i].week,
					(uint32_t)i};
		cstn__sort(cells, n, sizeof(*cells), by_rank, NULL);
		w->table = cstn__table_declared(&w->allocator, declare, w, error);
		status = w->table ? CSTN_OK : CSTN_E_NOMEM;
		for (i = 0; i < n && w->table; i++)
			put_cell(w, cells[i].at);
		if (w->table)
			status = cstn__table_export(w->table, out, error);
	} else {
		(void)cstn__fail_nomem(error);
	}
	cstn__ids_list_free(&w->pools, rank);
	cstn__free(&w->allocator, cells, cells_size);
	return status;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status check(const void *options, void *beside, cstn_error **error)
{
	const cstn_demand_weights_options *o = options;

	(void)beside;
	if (o->week < 0 || o->week > CSTN_HORIZON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "week is %d (0 to %d)", o->week,
				CSTN_HORIZON_MOST);
	if (!(o->level >= 0 && o->level < 1))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"level is %g; inside (0, 1), or 0 for .5", o->level);
	if (!o->components && !o->n_components)
		return CSTN_OK;
	if (o->n_components < 2 || o->n_components > COMPONENTS_MOST || !o->components)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"n_components is %d; 2 to %d names expected", o->n_components,
				COMPONENTS_MOST);
	return cstn__names_check("component", o->components, (size_t)o->n_components, error);
}

static cstn_status weigh(void *object, cstn__rows_task *task, cstn_error **error)
{
	weighing *w = object;
	cstn_status status;

	w->allocator = task->memory;
	w->options = *(const cstn_demand_weights_options *)task->options;
	if (!w->options.components) {
		w->options.components = usual;
		w->options.n_components = 2;
	}
	w->n = (size_t)w->options.n_components;
	w->options.week = w->options.week ? w->options.week : WEEK_USUAL;
	w->options.level = w->options.level > 0 ? w->options.level : .5;
	cstn__ids_init(&w->pools, &w->allocator, 0);
	cstn__i64_map_init(&w->places, &w->allocator, 1);
	status = read_rows(w, task->rows, error);
	if (status == CSTN_OK)
		status = put_all(w, &task->made, error);
	if (status == CSTN_OK)
		status = cstn__rows_end_made(task, w->sink, error);
	else
		cstn__row_sink_free(w->sink);
	cstn__ids_free(&w->pools);
	cstn__i64_map_free(&w->places);
	cstn__array_free(&task->memory, &w->cells);
	cstn__array_free(&task->memory, &w->losses);
	cstn__free(&task->memory, w, sizeof(*w));
	return status;
}

cstn_status cstn_demand_weights(struct ArrowArrayStream *rows,
		const cstn_demand_weights_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	static const cstn__rows_call call = {"rows", "cstn_demand_weights_options",
			CSTN_IMPORT_TRUSTED, sizeof(weighing), check, weigh};
	const cstn__rows_given given = {rows, options, NULL, allocator, out, bad_rows};
	cstn_demand_weights_options read;

	return cstn__rows_run(&call, &given, &read, sizeof(read), error);
}
