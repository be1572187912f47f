/* Forecasts of nodes, read row by row, to be made to add up.
 *
 * These are no series of one y: a row has any number of value columns, rows of a node are not put
 * in order of time, and they go out in the order in which they came. A row is known by its node and
 * its slice, that is period, cutoff and model; slices are numbered as they are seen. Rows with a y
 * are not kept but squared and summed. 8 bytes a row and 8 a number. */
#include "demand/reconcile_rows.h"

#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/row_errors.h"

#define BLOCK CSTN__BLOCK_ROWS
#define WORDS (BLOCK / 64)
#define LARGEST 1e300
#define MOST CSTN__RECONCILE_COLUMNS_MOST

enum { COL_ID, COL_DS, COL_CUTOFF, COL_MODEL, COL_Y, COL_NUMBERS };

typedef struct block {
	uint32_t id[BLOCK], model[BLOCK];
	int64_t ds[BLOCK], cutoff[BLOCK];
	double y[BLOCK], column[BLOCK], *numbers;
	uint64_t valid[WORDS], bad[WORDS], past[WORDS];
} block;

typedef struct reading {
	cstn__forecast_rows *rows;
	const cstn_reconcile_options *options;
	cstn__i64_map starts, cutoffs, origins, slices; /* to numbers in order of first sight */
	cstn__bound *bound;
	cstn__row_sink *sink;
	block *b;
	uint32_t stranger; /* the first id that is no node, by its number */
	uint32_t last;     /* slice of the row before */
} reading;

/* --- slices ----------------------------------------------------------------------------------- */

static uint32_t number_of(cstn__i64_map *map, int64_t key)
{
	return cstn__i64_map_intern(map, key, (uint32_t)map->count);
}

static int64_t pair(uint32_t high, uint32_t low)
{
	return (int64_t)((uint64_t)high << 32 | low);
}

/* The slice of a row; CSTN__NO_NODE: out of memory. */
static uint32_t slice_of(reading *run, const cstn__slice *is)
{
	cstn__forecast_rows *rows = run->rows;
	size_t count = rows->slices.count;
	const cstn__slice *last = count ? &rows->slices.items[run->last] : NULL;
	uint32_t start, cutoff, origin, found;

	if (last && last->ds == is->ds && last->cutoff == is->cutoff && last->model == is->model)
		return run->last;
	start = number_of(&run->starts, is->ds);
	cutoff = number_of(&run->cutoffs, is->cutoff);
	if (start == CSTN__NO_NODE || cutoff == CSTN__NO_NODE)
		return CSTN__NO_NODE;
	origin = number_of(&run->origins, pair(start, cutoff));
	if (origin == CSTN__NO_NODE)
		return CSTN__NO_NODE;
	found = number_of(&run->slices, pair(origin, is->model));
	if (found == CSTN__NO_NODE || cstn__array_reserve(&rows->allocator, &rows->slices, 1))
		return CSTN__NO_NODE;
	if (found == count)
		rows->slices.items[rows->slices.count++] = *is;
	run->last = found;
	return found;
}

/* --- a block ---------------------------------------------------------------------------------- */

static cstn_status read_models(reading *run, const cstn__batch *batch, int64_t start, int32_t n)
{
	const cstn__column *column = &batch->columns[COL_MODEL];
	block *b = run->b;
	cstn_status status;
	const char *text;
	size_t len;
	int32_t i;

	memset(b->model, 0, sizeof(b->model));
	if (!run->rows->has_model)
		return CSTN_OK;
	status = cstn__column_check_text(column, start, n, batch->first_row, b->bad, run->sink);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (cstn__word_bit_get(b->bad, (size_t)i) ||
				cstn__column_read_text(column, start + i, &text, &len))
			continue;
		b->model[i] = cstn__intern(&run->rows->models, text, len);
		if (b->model[i] == UINT32_MAX)
			return CSTN_E_NOMEM;
	}
	return status;
}

static cstn_status read_numbers(reading *run, const cstn__batch *batch, int64_t start, int32_t n)
{
	size_t width = cstn__forecast_rows_given(run->rows), c;
	block *b = run->b;
	cstn_status status = CSTN_OK;
	int32_t i;

	for (c = 0; c < width && status == CSTN_OK; c++) {
		const cstn__column *column = &batch->columns[COL_NUMBERS + c];

		status = cstn__column_read_f64(column, start, n, batch->first_row, b->column,
				b->valid, b->bad, run->sink);
		for (i = 0; i < n && status == CSTN_OK; i++) {
			b->numbers[(size_t)i * width + c] = b->column[i];
			if (cstn__word_bit_get(b->bad, (size_t)i) || fabs(b->column[i]) <= LARGEST)
				continue;
			cstn__word_bit_set(b->bad, (size_t)i);
			status = cstn__row_sink_add(run->sink,
					batch->first_row + (uint64_t)(start + i), column->field,
					column->name, CSTN_ROW_RANGE, NULL, 0);
		}
	}
	return status;
}

static cstn_status read_past(reading *run, const cstn__batch *batch, int64_t start, int32_t n)
{
	block *b = run->b;
	cstn_status status = CSTN_OK;
	int32_t i;

	memset(b->past, 0, sizeof(b->past));
	if (run->options->weights != CSTN_RECONCILE_VARIANCE)
		return CSTN_OK;
	status = cstn__column_read_f64(&batch->columns[COL_Y], start, n, batch->first_row, b->y,
			b->past, b->bad, run->sink);
	for (i = 0; i < n && status == CSTN_OK; i++)
		if (!cstn__word_bit_get(b->bad, (size_t)i) && !(fabs(b->y[i]) <= LARGEST)) {
			cstn__word_bit_set(b->bad, (size_t)i);
			status = cstn__row_sink_add(run->sink,
					batch->first_row + (uint64_t)(start + i), COL_Y, "y",
					CSTN_ROW_RANGE, NULL, 0);
		}
	return status;
}

/* A row whose y has come: what was said is squared and summed. */
static cstn_status sum_squares(reading *run, uint32_t node, int32_t i)
{
	cstn__forecast_rows *rows = run->rows;
	size_t n = rows->h->n, values = (size_t)rows->n_values, c;
	size_t model = run->b->model[i], width = cstn__forecast_rows_given(rows);

	while (rows->counts.count <= model * n) {
		if (cstn__array_reserve(&rows->allocator, &rows->counts, n) ||
				cstn__array_reserve(&rows->allocator, &rows->squares, n * values))
			return CSTN_E_NOMEM;
		memset(rows->counts.items + rows->counts.count, 0, n * sizeof(uint64_t));
		memset(rows->squares.items + rows->squares.count, 0, n * values * sizeof(double));
		rows->counts.count += n;
		rows->squares.count += n * values;
	}
	rows->counts.items[model * n + node]++;
	for (c = 0; c < values; c++) {
		double off = run->b->y[i] - run->b->numbers[(size_t)i * width + c];

		rows->squares.items[(model * values + c) * n + node] += off * off;
	}
	return CSTN_OK;
}

static cstn_status keep(reading *run, uint32_t node, int32_t i)
{
	cstn__forecast_rows *rows = run->rows;
	size_t width = cstn__forecast_rows_width(rows), given = cstn__forecast_rows_given(rows);
	const cstn__slice is = {run->b->ds[i], run->b->cutoff[i], run->b->model[i], 0};
	uint32_t slice = slice_of(run, &is);

	if (slice == CSTN__NO_NODE || cstn__array_reserve(&rows->allocator, &rows->node, 1) ||
			cstn__array_reserve(&rows->allocator, &rows->slice, 1) ||
			cstn__array_reserve(&rows->allocator, &rows->numbers, width))
		return CSTN_E_NOMEM;
	rows->node.items[rows->node.count++] = node;
	rows->slice.items[rows->slice.count++] = slice;
	memcpy(rows->numbers.items + rows->numbers.count, run->b->numbers + (size_t)i * given,
			given * sizeof(double));
	memset(rows->numbers.items + rows->numbers.count + given, 0,
			(width - given) * sizeof(double));
	rows->numbers.count += width;
	return CSTN_OK;
}

static cstn_status take_rows(reading *run, int32_t n)
{
	const block *b = run->b;
	cstn_status status = CSTN_OK;
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (cstn__word_bit_get(b->bad, (size_t)i))
			continue;
		if (b->id[i] >= run->rows->h->n) {
			if (run->stranger == CSTN__NO_NODE)
				run->stranger = b->id[i];
		} else if (cstn__word_bit_get(b->past, (size_t)i)) {
			status = sum_squares(run, b->id[i], i);
		} else {
			status = keep(run, b->id[i], i);
		}
	}
	return status;
}

static cstn_status read_times(reading *run, const cstn__batch *batch, int64_t start, int32_t n)
{
	block *b = run->b;
	cstn_status status = cstn__column_read_i64(&batch->columns[COL_DS], start, n,
			batch->first_row, b->ds, b->valid, b->bad, run->sink);

	memset(b->cutoff, 0, sizeof(b->cutoff));
	if (status == CSTN_OK && run->rows->cutoff_type)
		status = cstn__column_read_i64(&batch->columns[COL_CUTOFF], start, n,
				batch->first_row, b->cutoff, b->valid, b->bad, run->sink);
	return status;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *run = context;
	block *b = run->b;
	cstn__id_rows ids = {
			&batch->columns[COL_ID], start, n, batch->first_row, 0, b->bad, run->sink};
	cstn_status status;

	memset(b->bad, 0, sizeof(b->bad));
	status = cstn__ids_read(&run->rows->h->ids, &ids, b->id);
	if (status == CSTN_OK)
		status = read_times(run, batch, start, n);
	if (status == CSTN_OK)
		status = read_models(run, batch, start, n);
	if (status == CSTN_OK)
		status = read_past(run, batch, start, n);
	if (status == CSTN_OK)
		status = read_numbers(run, batch, start, n);
	if (status == CSTN_OK)
		status = take_rows(run, n);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

/* --- all rows --------------------------------------------------------------------------------- */

static size_t declare(const cstn_reconcile_options *o, cstn__column_decl *decls)
{
	static const char *const mean[] = {"mean"};
	const char *const *values = o->values ? o->values : mean;
	size_t n_values = o->values ? o->n_values : 1, i;
	uint32_t number = CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT_QUANTITY;
	uint32_t start = CSTN__ACCEPT_TIME | CSTN__ACCEPT(CSTN_TYPE_INT64);
	uint8_t has_y = o->weights == CSTN_RECONCILE_VARIANCE;

	decls[COL_ID] = (cstn__column_decl){"unique_id", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0};
	decls[COL_DS] = (cstn__column_decl){"ds", start, -1, 1, 0, 0, 0};
	decls[COL_CUTOFF] = (cstn__column_decl){"cutoff", start, -1, 0, 0, 0, 0};
	decls[COL_MODEL] =
			(cstn__column_decl){"model", CSTN__ACCEPT(CSTN_TYPE_TEXT), -1, 0, 0, 0, 0};
	decls[COL_Y] = (cstn__column_decl){"y", number, -1, has_y, 1, 0, 0};
	for (i = 0; i < n_values; i++)
		decls[COL_NUMBERS + i] = (cstn__column_decl){values[i], number, -1, 1, 0, 0, 0};
	for (i = 0; i < o->n_quantiles; i++)
		decls[COL_NUMBERS + n_values + i] =
				(cstn__column_decl){o->quantiles[i], number, -1, 1, 0, 0, 0};
	return COL_NUMBERS + n_values + o->n_quantiles;
}

static cstn_status settle(reading *run, cstn_error **error)
{
	cstn__forecast_rows *rows = run->rows;
	int32_t type = cstn__bound_type(run->bound, COL_ID);

	if (type != rows->h->ids.type)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'unique_id' is %s, of the nodes %s: the same expected",
				cstn_type_name(type), cstn_type_name(rows->h->ids.type));
	rows->ds_type = cstn__bound_type(run->bound, COL_DS);
	if (cstn__bound_has(run->bound, COL_CUTOFF))
		rows->cutoff_type = cstn__bound_type(run->bound, COL_CUTOFF);
	rows->has_model = cstn__bound_has(run->bound, COL_MODEL);
	return CSTN_OK;
}

static cstn_status refuse_stranger(const reading *run, cstn_error **error)
{
	cstn__node_name name;

	if (run->stranger == CSTN__NO_NODE)
		return CSTN_OK;
	(void)cstn__hierarchy_name(run->rows->h, run->stranger, &name);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"node '%.*s' has a forecast and is not in the hierarchy", name.len,
			name.text);
}

static cstn_status read_all(reading *run, struct ArrowArrayStream *base, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn_reconcile_options *o = run->options;
	cstn__column_decl decls[COL_NUMBERS + 2 * MOST];
	size_t n = declare(o, decls), width = n - COL_NUMBERS;
	const cstn_allocator *allocator = &run->rows->allocator;
	cstn_status status;

	run->rows->n_values = (int)(width - o->n_quantiles);
	run->rows->n_quantiles = (int)o->n_quantiles;
	run->rows->is_explained = (o->flags & CSTN_RECONCILE_EXPLAINED) != 0;
	run->b = cstn__alloc(allocator, sizeof(*run->b));
	if (!run->b)
		return cstn__fail_nomem(error);
	run->b->numbers = cstn__alloc(allocator, BLOCK * width * sizeof(double));
	status = run->b->numbers ? cstn__bind_rows(base, decls, n, o->binding,
						   o->flags & CSTN_IMPORT_TRUSTED, allocator,
						   &run->bound, &run->sink, error)
				 : cstn__fail_nomem(error);
	if (status == CSTN_OK) {
		cstn__bound_name_rows(run->bound, COL_ID, run->sink);
		status = settle(run, error);
	}
	if (status == CSTN_OK)
		status = cstn__bound_each(run->bound, base, read_block, run, o->progress, error);
	if (status == CSTN_OK && cstn__row_sink_total(run->sink))
		status = cstn__row_sink_refuse(run->sink, bad_rows, error);
	if (status == CSTN_OK)
		status = refuse_stranger(run, error);
	cstn__free(allocator, run->b->numbers, BLOCK * width * sizeof(double));
	cstn__free(allocator, run->b, sizeof(*run->b));
	return status;
}

cstn_status cstn__forecast_rows_read(cstn__forecast_rows *rows, cstn__hierarchy *h,
		const cstn_reconcile_options *options, struct ArrowArrayStream *base,
		const cstn_allocator *allocator, cstn_row_errors **bad_rows, cstn_error **error)
{
	reading run;
	cstn_status status;

	memset(rows, 0, sizeof(*rows));
	memset(&run, 0, sizeof(run));
	rows->allocator = *allocator;
	rows->h = h;
	cstn__interner_init(&rows->models, allocator, 0);
	run.rows = rows;
	run.options = options;
	run.stranger = CSTN__NO_NODE;
	cstn__i64_map_init(&run.starts, allocator, 0);
	cstn__i64_map_init(&run.cutoffs, allocator, 0);
	cstn__i64_map_init(&run.origins, allocator, 0);
	cstn__i64_map_init(&run.slices, allocator, 0);
	status = read_all(&run, base, bad_rows, error);
	cstn__i64_map_free(&run.starts);
	cstn__i64_map_free(&run.cutoffs);
	cstn__i64_map_free(&run.origins);
	cstn__i64_map_free(&run.slices);
	cstn__bound_free(run.bound);
	cstn__row_sink_free(run.sink);
	return status;
}

void cstn__forecast_rows_free(cstn__forecast_rows *rows)
{
	cstn__array_free(&rows->allocator, &rows->slices);
	cstn__array_free(&rows->allocator, &rows->node);
	cstn__array_free(&rows->allocator, &rows->slice);
	cstn__array_free(&rows->allocator, &rows->numbers);
	cstn__array_free(&rows->allocator, &rows->squares);
	cstn__array_free(&rows->allocator, &rows->counts);
	cstn__interner_free(&rows->models);
}
