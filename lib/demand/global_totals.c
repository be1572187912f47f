/* What each pool sold in each period, out of series or out of a table of totals.
 *
 * Of series, a block of periods of one pool is summed up by one thread in exact sums that stay in
 * its cache, while all series of the pool pass by. Each total is rounded once: it does not depend
 * on the order of series, on threads, or on how whole numbers were added before. 10 ns a value.
 * Rows of a table are sorted by pool and period and added the same way. */
#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "demand/global_basis.h"

#define BLOCK 32 /* periods */
#define LARGEST 1e300

typedef struct summing {
	cstn__global_basis *basis;
	const cstn__series_set *set;
	size_t blocks;    /* of a pool */
	uint32_t *series; /* by pool */
	size_t *begin;    /* of a pool; n_pools + 1 */
} summing;

/* Series by pool: counted, then scattered. */
static void group(summing *s, const cstn__global_part *part)
{
	size_t n = s->basis->model->plan.n_pools, count = s->set->series.count, i;

	for (i = 0; i < count; i++)
		s->begin[part->pool[s->set->series.items[i].key] + 1]++;
	for (i = 0; i < n; i++)
		s->begin[i + 1] += s->begin[i];
	for (i = count; i-- > 0;) {
		size_t pool = part->pool[s->set->series.items[i].key];

		s->series[--s->begin[pool + 1]] = (uint32_t)i;
	}
	/* what was the end of each pool has come down to its beginning */
	memmove(s->begin, s->begin + 1, n * sizeof(*s->begin));
	s->begin[n] = count;
}

static cstn_status sum_block(void *context, size_t item, int32_t worker)
{
	const summing *s = context;
	const cstn__global_basis *basis = s->basis;
	size_t pool = item / s->blocks, from = item % s->blocks * BLOCK;
	size_t to = from + BLOCK < basis->span ? from + BLOCK : basis->span, k, t;
	int64_t first = basis->end - (int64_t)basis->span; /* number of the oldest period */
	cstn__exact_sum sums[BLOCK];

	(void)worker;
	for (t = from; t < to; t++)
		cstn__exact_sum_init(&sums[t - from]);
	for (k = s->begin[pool]; k < s->begin[pool + 1]; k++) {
		const cstn__series *series = &s->set->series.items[s->series[k]];
		int64_t at = first + (int64_t)from - series->first;
		int64_t end = first + (int64_t)to - series->first;

		if (end > (int64_t)series->n)
			end = (int64_t)series->n;
		t = at < 0 ? (size_t)-at : 0;
		for (at = at < 0 ? 0 : at; at < end; at++, t++)
			cstn__exact_sum_add(&sums[t], s->set->y[series->start + (size_t)at]);
	}
	for (t = from; t < to; t++)
		basis->totals[pool * basis->span + t] = cstn__exact_sum_value(&sums[t - from]);
	return CSTN_OK;
}

cstn_status cstn__global_totals_of(
		cstn__global_basis *basis, const cstn__global_part *part, int32_t threads)
{
	const cstn_allocator *allocator = &basis->model->allocator;
	size_t pools = basis->model->plan.n_pools, count = part->set.series.count;
	size_t series_size = cstn__array_size(count, sizeof(uint32_t));
	size_t begin_size = cstn__array_size(pools + 1, sizeof(size_t));
	summing s = {basis, &part->set, (basis->span + BLOCK - 1) / BLOCK,
			cstn__alloc(allocator, series_size),
			cstn__alloc_zero(allocator, begin_size)};
	cstn_status status = CSTN_E_NOMEM;

	if (s.series && s.begin) {
		group(&s, part);
		status = cstn__parallel_for(pools * s.blocks,
				cstn__threads_resolve(threads, pools * s.blocks), NULL, sum_block,
				&s);
	}
	cstn__free(allocator, s.series, series_size);
	cstn__free(allocator, s.begin, begin_size);
	return status;
}

/* --- a table ---------------------------------------------------------------------------------- */

enum { TOTAL_DS, TOTAL_Y, TOTAL_POOL, TOTAL_COLUMNS };

typedef struct total {
	int64_t period;
	double y;
	uint32_t pool, reserved;
} total;

typedef struct reading {
	cstn__global_basis *basis;
	cstn__periods *periods;
	cstn__ids pools;
	CSTN__ARRAY(total) rows;
	cstn__row_sink *sink;
	int has_phase, has_pools;
} reading;

typedef struct block {
	uint32_t pool[CSTN__BLOCK_ROWS];
	int64_t ds[CSTN__BLOCK_ROWS];
	double y[CSTN__BLOCK_ROWS];
	uint64_t known[CSTN__BLOCK_ROWS / 64], valid[CSTN__BLOCK_ROWS / 64];
	uint64_t bad[CSTN__BLOCK_ROWS / 64];
} block;

/* A row without y is no total: what is to come stands in such rows. */
static cstn_status keep_total(reading *run, const block *b, uint64_t row, int32_t i)
{
	int64_t period;

	if (cstn__word_bit_get(b->bad, (size_t)i) || !cstn__word_bit_get(b->known, (size_t)i))
		return CSTN_OK;
	if (!run->has_phase)
		cstn__periods_begin(run->periods, b->ds[i]);
	run->has_phase = 1;
	if (cstn__period_number(run->periods, b->ds[i], &period) || period > INT64_MAX / 4 ||
			period < -(INT64_MAX / 4))
		return cstn__row_sink_add(run->sink, row, TOTAL_DS, "ds", CSTN_ROW_PERIOD, NULL, 0);
	if (!(fabs(b->y[i]) <= LARGEST))
		return cstn__row_sink_add(run->sink, row, TOTAL_Y, "y", CSTN_ROW_RANGE, NULL, 0);
	if (cstn__array_reserve(&run->basis->model->allocator, &run->rows, 1))
		return CSTN_E_NOMEM;
	run->rows.items[run->rows.count++] =
			(total){period, b->y[i], run->has_pools ? b->pool[i] : 0, 0};
	return CSTN_OK;
}

static cstn_status read_totals(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *run = context;
	const cstn__column *columns = batch->columns;
	cstn_status status;
	block b;
	int32_t i;

	memset(b.bad, 0, sizeof(b.bad));
	status = cstn__column_read_i64(&columns[TOTAL_DS], start, n, batch->first_row, b.ds,
			b.valid, b.bad, run->sink);
	if (status == CSTN_OK)
		status = cstn__column_read_f64(&columns[TOTAL_Y], start, n, batch->first_row, b.y,
				b.known, b.bad, run->sink);
	if (status == CSTN_OK && run->has_pools) {
		const cstn__id_rows ids = {&columns[TOTAL_POOL], start, n, batch->first_row, 0,
				b.bad, run->sink};

		status = cstn__ids_read(&run->pools, &ids, b.pool);
	}
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = keep_total(run, &b, batch->first_row + (uint64_t)(start + i), i);
	return status == CSTN_OK ? status : cstn__fail_nomem(error);
}

static cstn_status read_table(reading *run, struct ArrowArrayStream *rows,
		const cstn_demand_global_options *o, cstn_error **error)
{
	const cstn_demand_global *model = run->basis->model;
	const cstn__column_decl columns[TOTAL_COLUMNS] = {
			{"ds", CSTN__ACCEPT_TIME | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 1, 0, 0, 0},
			{"y",
					CSTN__ACCEPT(CSTN_TYPE_DOUBLE) |
							CSTN__ACCEPT(CSTN_TYPE_INT64) |
							CSTN__ACCEPT(CSTN_TYPE_DECIMAL),
					-1, 1, 1, 0, 0},
			{model->pool, CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0}};
	cstn__bound *bound = NULL;
	cstn_status status = cstn__bind_rows(rows, columns,
			run->has_pools ? TOTAL_COLUMNS : TOTAL_POOL, o->binding, o->flags,
			&model->allocator, &bound, &run->sink, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__periods_of(
			run->periods, o->period, cstn__bound_type(bound, TOTAL_DS), error);
	run->has_phase = run->periods->period != CSTN_PERIOD_WEEK;
	if (run->has_pools) {
		run->pools.type = cstn__bound_type(bound, TOTAL_POOL);
		cstn__bound_name_rows(bound, TOTAL_POOL, run->sink);
	}
	if (status == CSTN_OK)
		status = cstn__bound_each(bound, rows, read_totals, run, o->progress, error);
	cstn__bound_free(bound);
	return status;
}

/* --- and what it says --- */

static int by_pool(const void *a, const void *b, void *context)
{
	const total *x = a, *y = b;

	(void)context;
	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return (x->y > y->y) - (x->y < y->y);
}

/* Rows within the span become totals. 0, or -1: one is no finite number. */
static int add_rows(reading *run)
{
	cstn__global_basis *basis = run->basis;
	int64_t first = basis->end - (int64_t)basis->span;
	total *rows = run->rows.items;
	size_t n = 0, i, next;

	for (i = 0; i < run->rows.count; i++)
		if (rows[i].period >= first)
			rows[n++] = rows[i];
	cstn__sort(rows, n, sizeof(*rows), by_pool, NULL);
	for (i = 0; i < n; i = next) {
		cstn__exact_sum sum;
		double value;

		cstn__exact_sum_init(&sum);
		for (next = i; next < n && rows[next].pool == rows[i].pool &&
				rows[next].period == rows[i].period;
				next++)
			cstn__exact_sum_add(&sum, rows[next].y);
		value = cstn__exact_sum_value(&sum);
		if (!isfinite(value))
			return -1;
		basis->totals[rows[i].pool * basis->span + (size_t)(rows[i].period - first)] =
				value;
	}
	return 0;
}

static int number_totals(reading *run)
{
	cstn_demand_global *model = run->basis->model;
	size_t n = run->pools.count, size = (n ? n : 1) * sizeof(uint32_t), i;
	uint32_t *number;
	int failed;

	model->plan.n_pools = 1;
	if (!run->has_pools)
		return 0;
	number = cstn__alloc(&model->allocator, size);
	if (!number)
		return -1;
	for (i = 0; i < n; i++)
		number[i] = CSTN__IDS_NONE;
	for (i = 0; i < run->rows.count; i++)
		number[run->rows.items[i].pool] = 0;
	failed = cstn__global_number_pools(model, &run->pools, number);
	for (i = 0; i < run->rows.count && !failed; i++)
		run->rows.items[i].pool = number[run->rows.items[i].pool];
	cstn__free(&model->allocator, number, size);
	return failed ? -1 : 0;
}

static cstn_status make_basis(reading *run, const cstn_demand_global_options *o, cstn_error **error)
{
	cstn__global_basis *basis = run->basis;
	cstn_status status;
	size_t i;

	if (!run->rows.count)
		return cstn__fail(error, CSTN_E_EMPTY, "no totals");
	basis->end = INT64_MIN;
	for (i = 0; i < run->rows.count; i++)
		if (run->rows.items[i].period >= basis->end)
			basis->end = run->rows.items[i].period + 1;
	if (number_totals(run))
		return cstn__fail_nomem(error);
	status = cstn__global_settle(basis, o, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__global_basis_reserve(basis))
		return cstn__fail_nomem(error);
	if (add_rows(run))
		return cstn__fail(error, CSTN_E_OVERFLOW, "a total is beyond what a double holds");
	cstn__global_basis_ratios(basis);
	return CSTN_OK;
}

cstn_status cstn__global_totals_read(cstn__global_basis *basis, struct ArrowArrayStream *rows,
		const cstn_demand_global_options *o, cstn__row_sink **sink, cstn_error **error)
{
	const cstn_allocator *allocator = &basis->model->allocator;
	reading run;
	cstn_status status;

	memset(&run, 0, sizeof(run));
	run.basis = basis;
	run.periods = &basis->model->periods;
	run.has_pools = basis->model->pool != NULL;
	cstn__ids_init(&run.pools, allocator, 0);
	status = read_table(&run, rows, o, error);
	if (status == CSTN_OK)
		status = make_basis(&run, o, error);
	cstn__array_free(allocator, &run.rows);
	cstn__ids_free(&run.pools);
	if (status == CSTN_OK)
		*sink = run.sink;
	else
		cstn__row_sink_free(run.sink);
	return status;
}
