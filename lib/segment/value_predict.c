/* Predictions: columns in, columns out, a row a customer.
 *
 * Rows are taken in windows of up to 65,536, which threads share in pieces of 4,096; each row's
 * numbers depend on it alone, so the bytes are the same for any number of threads and any windows.
 * A window grows with the rows that come, so that a request of one row is not paid like a table.
 * Within a piece P(alive) goes by vectors, and h comes out of cells (value_cells.h), horizon by
 * horizon; what else is asked for goes row by row. Lifetime value is the sum over periods of what
 * is expected in each, times the margin of a purchase, discounted; money is rounded half to even
 * once, at the end.
 *
 * Cost: about 30 ns a row and 5 to 10 more a horizon for BG and MBG; memory is the result's. */
#include "segment/value_predict.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/elementary.h"
#include "base/error.h"
#include "base/parallel.h"
#include "segment/value_cells.h"

#define PIECE 4096
#define WINDOW 65536
#define SMALLEST_WINDOW 64
#define DUE_LEVEL 0.95

typedef struct predict_run {
	const cstn_customer_value *model;
	const cstn_value_predict_options *options;
	const cstn__value_columns *columns;
	double money;   /* 10^scale */
	size_t room;    /* rows a window can hold: a power of two, 0 before the first batch */
	size_t workers; /* that have cells */
	size_t seen;    /* rows of all batches, which the window grows with */
	size_t n;       /* rows of the window */
	int by_row;     /* columns are asked for that go row by row */
	int any_bad;    /* a row of the window is bad */
	/* columns of `room` rows: what is read, one after another from x on; and `values` */
	double *x, *tx, *age, *extra, *spend, *values;
	uint8_t *bad;
	cstn__value_cells **cells; /* one a worker; NULL for other models */
} predict_run;

#define INPUTS 5 /* x to spend */

static double *column_of(const predict_run *run, int32_t column)
{
	return run->values + (size_t)column * run->room;
}

/* --- one row --- */

/* What is known of the row at hand beside its columns. */
typedef struct fate {
	double log_alive, alive, loglik;
	double worth; /* discounted purchases, where they are known of a whole chunk */
} fate;

/* How much of the periods before the end of period m goes by until its purchases are paid. */
static double moved_by(const cstn_value_predict_options *options)
{
	return options->timing == CSTN_DISCOUNT_END      ? 0.0
	       : options->timing == CSTN_DISCOUNT_MIDDLE ? 0.5
							 : 1.0;
}

/* Sum of what each period is expected to bring, discounted; without the margin. */
static double discounted_purchases(
		const predict_run *run, const cstn__value_row *row, const fate *of)
{
	const cstn_value_predict_options *options = run->options;
	const cstn__value_model *model = &run->model->fit.model;
	double before = 0.0, sum = 0.0, now, rate = cstn__log1p(options->discount), moved;
	int32_t m;

	if (options->periods < 0)
		return cstn__value_residual(model, row,
				model->kind == CSTN__VALUE_BGBB ? options->discount
								: rate / options->period);
	if (run->cells)
		return of->worth;
	moved = moved_by(options);
	for (m = 1; m <= options->periods; m++) {
		now = cstn__value_future_of(model, row, of->log_alive, m * options->period, NULL);
		sum += (now - before) * cstn__exp(-rate * (m - moved));
		before = now;
	}
	return sum;
}

static double round_money(double value)
{
	double low = floor(value), part = value - low;

	if (part != 0.5)
		return part < 0.5 ? low : low + 1.0;
	return fmod(low, 2.0) == 0.0 ? low : low + 1.0;
}

static void money_of(const predict_run *run, size_t i, const cstn__value_row *row, const fate *of)
{
	const cstn__value_columns *columns = run->columns;
	const cstn__value_model *spend = &run->options->spend->fit.model;
	int seen = row->x > 0.0 && run->spend[i] > 0.0;
	double mean = cstn__value_spend_mean(spend, seen ? row->x : 0.0, run->spend[i]), margin;

	column_of(run, columns->spend)[i] = mean;
	if (columns->margin < 0)
		return;
	margin = mean * run->options->margin_rate - run->options->cost_per_order;
	column_of(run, columns->margin)[i] = round_money(margin * run->money);
	column_of(run, columns->clv)[i] =
			round_money(margin * discounted_purchases(run, row, of) * run->money);
}

static void predict_row(const predict_run *run, size_t i, const fate *of)
{
	const cstn_value_predict_options *options = run->options;
	const cstn__value_columns *columns = run->columns;
	const cstn__value_model *model = &run->model->fit.model;
	const cstn__value_row at = {run->x[i], run->tx[i], run->age[i], run->extra[i]}, *row = &at;
	size_t h;

	if (model->kind == CSTN__VALUE_BGBB)
		column_of(run, columns->alive)[i] = cstn__value_bgbb_next(model, row);
	for (h = 0; h < options->n_horizons; h++) {
		double variance, t = options->horizons[h];
		double *to = column_of(run, columns->purchases + (int32_t)h);

		if (columns->sd >= 0) {
			to[i] = cstn__value_future_of(model, row, of->log_alive, t, &variance);
			column_of(run, columns->sd + (int32_t)h)[i] = sqrt(variance);
		} else if (!run->cells) {
			to[i] = cstn__value_future_of(model, row, of->log_alive, t, NULL);
		}
	}
	for (h = 0; columns->active >= 0 && h < options->n_horizons; h++)
		column_of(run, columns->active + (int32_t)h)[i] =
				cstn__value_active(model, row, of->log_alive, options->horizons[h]);
	if (columns->loglik >= 0) {
		column_of(run, columns->loglik)[i] = of->loglik;
		column_of(run, columns->loglik + 1)[i] = of->log_alive;
	}
	if (columns->residual >= 0)
		column_of(run, columns->residual)[i] =
				cstn__value_residual(model, row, options->residual_rate);
	if (columns->due >= 0) {
		column_of(run, columns->due)[i] = cstn__value_due_gap(model, row, DUE_LEVEL);
		column_of(run, columns->due + 1)[i] =
				cstn__value_surprise(model, row, row->age - row->tx);
	}
	if (columns->spend >= 0)
		money_of(run, i, row, of);
}

/* --- a chunk of rows --- */

static void take_chunk(const predict_run *run, size_t from, int32_t n, cstn__value_chunk *chunk)
{
	size_t size = (size_t)n * sizeof(double);

	chunk->n = n;
	memcpy(chunk->x, run->x + from, size);
	memcpy(chunk->tx, run->tx + from, size);
	memcpy(chunk->age, run->age + from, size);
	memcpy(chunk->extra, run->extra + from, size);
}

/* Purchases within each horizon, out of cells. */
static void expect_chunk(const predict_run *run, cstn__value_cells *cells,
		const cstn__value_chunk *chunk, const double *alive, size_t from)
{
	const cstn_value_predict_options *options = run->options;
	int32_t i;
	size_t h;

	for (h = 0; h < options->n_horizons; h++) {
		double *to = column_of(run, run->columns->purchases + (int32_t)h) + from;

		cstn__value_cells_each(cells, chunk->x, chunk->age, (size_t)chunk->n,
				options->horizons[h], h, to);
		for (i = 0; i < chunk->n; i++)
			to[i] *= alive[i];
	}
}

/* Discounted purchases of all periods, out of cells. */
static void worth_of_chunk(const predict_run *run, cstn__value_cells *cells,
		const cstn__value_chunk *chunk, const double *alive, double *worth)
{
	const cstn_value_predict_options *options = run->options;
	double before[CSTN__VALUE_CHUNK] = {0.0}, now[CSTN__VALUE_CHUNK], factor;
	double rate = cstn__log1p(options->discount), moved = moved_by(options);
	int32_t m, i;

	memset(worth, 0, (size_t)chunk->n * sizeof(*worth));
	for (m = 1; m <= options->periods; m++) {
		cstn__value_cells_each(cells, chunk->x, chunk->age, (size_t)chunk->n,
				m * options->period, options->n_horizons + (size_t)m - 1, now);
		factor = cstn__exp(-rate * (m - moved));
		for (i = 0; i < chunk->n; i++) {
			now[i] *= alive[i];
			worth[i] += (now[i] - before[i]) * factor;
			before[i] = now[i];
		}
	}
}

static void predict_chunk(const predict_run *run, cstn__value_cells *cells, size_t from,
		cstn__value_chunk *chunk)
{
	const cstn__value_model *model = &run->model->fit.model;
	double *alive = column_of(run, run->columns->alive) + from, worth[CSTN__VALUE_CHUNK];
	int with_loglik = run->columns->loglik >= 0, with_worth = run->columns->clv >= 0 && cells;
	cstn__value_terms terms;
	int32_t i;

	cstn__value_terms_of(model, chunk, with_loglik ? 0 : -1, &terms);
	cstn__exp_each(model->simd, terms.log_alive, (size_t)chunk->n, alive);
	if (cells && run->columns->sd < 0)
		expect_chunk(run, cells, chunk, alive, from);
	if (with_worth)
		worth_of_chunk(run, cells, chunk, alive, worth);
	for (i = 0; run->by_row && i < chunk->n; i++) {
		fate of = {terms.log_alive[i], alive[i], with_loglik ? terms.loglik[i] : 0.0,
				with_worth ? worth[i] : 0.0};

		predict_row(run, from + (size_t)i, &of);
	}
}

static cstn_status predict_piece(void *context, size_t index, int32_t worker)
{
	const predict_run *run = context;
	const cstn__value_model *model = &run->model->fit.model;
	size_t from = index * PIECE, to = from + PIECE < run->n ? from + PIECE : run->n;
	cstn__value_cells *cells = run->cells ? run->cells[worker] : NULL;
	cstn__value_chunk chunk;
	int32_t i;

	for (; from < to; from += (size_t)chunk.n) {
		take_chunk(run, from,
				to - from < CSTN__VALUE_CHUNK ? (int32_t)(to - from)
							      : CSTN__VALUE_CHUNK,
				&chunk);
		if (model->kind != CSTN__VALUE_SPEND) {
			predict_chunk(run, cells, from, &chunk);
			continue;
		}
		for (i = 0; i < chunk.n; i++)
			column_of(run, run->columns->spend)[from + (size_t)i] =
					cstn__value_spend_mean(model, chunk.x[i], chunk.extra[i]);
	}
	return CSTN_OK;
}

/* --- a window --- */

/* 1 if a number of the window does not exist or is not shown. */
static int has_nulls(const predict_run *run, const double *values)
{
	int found = run->any_bad;
	size_t i;

	for (i = 0; i < run->n; i++)
		found |= values[i] - values[i] != 0.0;
	return found;
}

/* Values into the result: null where the row is bad or the number does not exist. */
static cstn_status put_column(predict_run *run, cstn__table_builder *table, int32_t column,
		int is_money, cstn_error **error)
{
	const double *values = column_of(run, column);
	int32_t to = run->columns->first + column;
	size_t from, i;

	if (!is_money && !has_nulls(run, values)) {
		cstn__table_put_many_f64(table, to, values, NULL, run->n);
		return CSTN_OK;
	}
	for (from = 0; from < run->n; from += 1024) {
		size_t n = run->n - from < 1024 ? run->n - from : 1024;
		uint64_t valid[16] = {0};
		int64_t whole[1024];

		for (i = 0; i < n; i++) {
			double value = values[from + i];
			int good = !run->bad[from + i] && value - value == 0.0;

			valid[i / 64] |= (uint64_t)good << (i % 64);
			whole[i] = 0;
			if (!is_money || !good)
				continue;
			if (fabs(value) >= 9.2e18)
				return cstn__fail(error, CSTN_E_OVERFLOW,
						"the value of a customer is beyond int64 at this "
						"money_scale");
			whole[i] = (int64_t)value;
		}
		if (is_money)
			cstn__table_put_many_i64(table, to, whole, valid, n);
		else
			cstn__table_put_many_f64(table, to, values + from, valid, n);
	}
	return CSTN_OK;
}

static cstn_status work_window(predict_run *run, cstn__table_builder *table, cstn_error **error)
{
	size_t pieces = (run->n + PIECE - 1) / PIECE;
	cstn_status status = CSTN_OK;
	int32_t c;

	/* rows that are bad are computed as a customer who just came: defined, and not shown */
	(void)cstn__parallel_for(pieces, cstn__threads_resolve(run->options->threads, pieces), NULL,
			predict_piece, run);
	for (c = 0; c < run->columns->n && status == CSTN_OK; c++)
		status = put_column(run, table, c,
				c == run->columns->margin || c == run->columns->clv, error);
	run->n = 0;
	run->any_bad = 0;
	return status;
}

static cstn_status put_customers(const cstn__batch *batch, cstn__table_builder *table, int32_t type,
		cstn_error **error)
{
	const cstn__column *column = &batch->columns[CSTN__VALUE_CUSTOMER];
	int64_t start, i, n;

	if (type != CSTN_TYPE_TEXT)
		for (start = 0; start < batch->length; start += n) {
			int64_t values[1024];
			uint64_t valid[16];

			n = batch->length - start < 1024 ? batch->length - start : 1024;
			if (cstn__column_read_i64(column, start, (int32_t)n, 0, values, valid, NULL,
					    NULL) != CSTN_OK)
				return cstn__fail_nomem(error);
			cstn__table_put_many_i64(table, 0, values, valid, (size_t)n);
		}
	else
		for (i = 0; i < batch->length; i++) {
			const char *text;
			size_t len;

			if (cstn__column_read_text(column, i, &text, &len) == 0)
				cstn__table_put_text(table, 0, text, len);
			else
				cstn__table_put_null(table, 0);
		}
	return CSTN_OK;
}

/* A block behind the rows of the window; bad rows as customers who just came. */
static void add_block(
		predict_run *run, const cstn__value_reader *reader, const cstn__value_block *block)
{
	size_t at = run->n, size = (size_t)block->n * sizeof(double), i;

	memcpy(run->x + at, block->x, size);
	memcpy(run->tx + at, block->tx, size);
	memcpy(run->age + at, block->age, size);
	memcpy(run->extra + at, block->extra, size);
	if (reader->want_spend)
		memcpy(run->spend + at, block->spend, size);
	memcpy(run->bad + at, block->bad, (size_t)block->n);
	run->n += (size_t)block->n;
	if (!memchr(block->bad, 1, (size_t)block->n))
		return;
	run->any_bad = 1;
	for (i = at; i < run->n; i++)
		if (run->bad[i])
			run->x[i] = run->tx[i] = run->age[i] = run->extra[i] = 0.0;
}

static cstn_status add_batch(predict_run *run, cstn__value_reader *reader, const cstn__batch *batch,
		cstn__value_block *block, cstn__table_builder *table, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int64_t start, most = run->room < CSTN__VALUE_BLOCK ? (int64_t)run->room
							    : CSTN__VALUE_BLOCK;

	for (start = 0; start < batch->length && status == CSTN_OK; start += block->n) {
		int64_t n = batch->length - start;

		n = n < most ? n : most;
		status = cstn__value_reader_block(reader, batch, start, (int32_t)n, block, error);
		if (status != CSTN_OK)
			break;
		add_block(run, reader, block);
		if (run->n + (size_t)most > run->room)
			status = work_window(run, table, error);
	}
	return status;
}

/* --- room for a window --- */

static void drop_room(predict_run *run, const cstn_allocator *memory)
{
	size_t i;

	for (i = 0; run->cells && i < run->workers; i++)
		cstn__value_cells_free(run->cells[i]);
	cstn__free(memory, run->cells, run->workers * sizeof(*run->cells));
	run->cells = NULL;
	cstn__free(memory, run->values, (size_t)run->columns->n * run->room * sizeof(double));
	cstn__free(memory, run->bad, run->room);
	cstn__free(memory, run->x, INPUTS * run->room * sizeof(double));
}

static int open_cells(predict_run *run, const cstn_allocator *memory)
{
	const cstn__value_model *model = &run->model->fit.model;
	size_t times = run->options->n_horizons, i;

	if (model->kind != CSTN__VALUE_BGNBD && model->kind != CSTN__VALUE_MBGNBD)
		return 0;
	if (run->options->periods > 0)
		times += (size_t)run->options->periods;
	run->cells = cstn__alloc_zero(memory, run->workers * sizeof(*run->cells));
	for (i = 0; run->cells && i < run->workers; i++) {
		run->cells[i] = cstn__value_cells_new(memory, model, times, run->room);
		if (!run->cells[i])
			return -1;
	}
	return run->cells ? 0 : -1;
}

/* Room for a batch of so many rows more, or a window's part of them; the window is empty after
 * growing. */
static cstn_status make_room(predict_run *run, const cstn_allocator *memory, int64_t length,
		cstn__table_builder *table, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t room = SMALLEST_WINDOW;

	run->seen += (size_t)length;
	while (room < WINDOW && room < run->seen)
		room *= 2;
	if (room <= run->room)
		return CSTN_OK;
	if (run->n > 0)
		status = work_window(run, table, error);
	if (status != CSTN_OK)
		return status;
	drop_room(run, memory);
	run->room = room;
	run->workers = (size_t)cstn__threads_resolve(
			run->options->threads, (room + PIECE - 1) / PIECE);
	run->x = cstn__alloc(memory, INPUTS * room * sizeof(double));
	run->bad = cstn__alloc(memory, room);
	run->values = cstn__alloc(memory, (size_t)run->columns->n * room * sizeof(double));
	if (!run->x || !run->bad || !run->values || open_cells(run, memory))
		return cstn__fail_nomem(error);
	run->tx = run->x + room;
	run->age = run->tx + room;
	run->extra = run->age + room;
	run->spend = run->extra + room;
	return CSTN_OK;
}

/* All but P(alive) and purchases out of cells. */
static int is_by_row(const cstn__value_model *model, const cstn__value_columns *columns)
{
	return (model->kind != CSTN__VALUE_BGNBD && model->kind != CSTN__VALUE_MBGNBD) ||
	       columns->sd >= 0 || columns->active >= 0 || columns->loglik >= 0 ||
	       columns->residual >= 0 || columns->due >= 0 || columns->spend >= 0;
}

cstn_status cstn__value_predict_stream(const cstn_customer_value *model,
		const cstn_value_predict_options *options, const cstn__value_columns *columns,
		cstn__value_reader *reader, struct ArrowArrayStream *rows,
		cstn__table_builder *table, cstn_error **error)
{
	const cstn_allocator *memory = &model->allocator;
	predict_run run = {.model = model, .options = options, .columns = columns, .money = 1.0};
	cstn__value_block *block = cstn__alloc(memory, sizeof(*block));
	struct ArrowArray array;
	cstn_status status = block ? CSTN_OK : cstn__fail_nomem(error);
	int32_t i, customer = 0;

	for (i = 0; i < options->money_scale; i++)
		run.money *= 10.0;
	run.by_row = is_by_row(&model->fit.model, columns);
	if (columns->first)
		customer = cstn__bound_type(reader->bound, CSTN__VALUE_CUSTOMER);
	while (status == CSTN_OK && (status = cstn__stream_next(rows, &array, error)) == CSTN_OK) {
		cstn__batch batch;

		status = cstn__bound_batch(reader->bound, &array, &batch, error);
		if (status == CSTN_OK) {
			status = make_room(&run, memory, batch.length, table, error);
			if (status == CSTN_OK && columns->first)
				status = put_customers(&batch, table, customer, error);
			if (status == CSTN_OK)
				status = add_batch(&run, reader, &batch, block, table, error);
			reader->first_row += (uint64_t)batch.length;
			cstn__batch_free(reader->bound, &batch);
		}
		array.release(&array);
	}
	if (status == CSTN_DONE)
		status = run.n > 0 ? work_window(&run, table, error) : CSTN_OK;
	drop_room(&run, memory);
	cstn__free(memory, block, sizeof(*block));
	return status;
}
