/* Weights of a global and a local model, read for forecasts. A row that breaks a rule refuses the
 * call, since forecasts without it would be others. O(rows). */
#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "demand/combine.h"
#include "table/column.h"

#define BLOCK CSTN__BLOCK_ROWS
#define NUMBER (CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64))
#define WEIGHT_MOST 1e300

enum { COL_WEEK, COL_GLOBAL, COL_LOCAL, COL_POOL, COLUMNS };

typedef struct reading {
	cstn__shares *shares;
	const cstn_demand_global *model;
	cstn__ids pools;
	cstn__row_sink *sink;
} reading;

static cstn_status keep(const reading *run, uint32_t named, int64_t week, const double *weight,
		uint64_t row)
{
	const cstn__shares *s = run->shares;
	uint32_t pool = 0;

	if (week < 1)
		return cstn__row_sink_add(
				run->sink, row, COL_WEEK, "week", CSTN_ROW_RANGE, NULL, 0);
	if (!(weight[0] >= 0 && weight[1] >= 0 && weight[0] + weight[1] > 0 &&
			    weight[0] + weight[1] <= WEIGHT_MOST))
		return cstn__row_sink_add(
				run->sink, row, COL_GLOBAL, "global", CSTN_ROW_RANGE, NULL, 0);
	if (run->model->pool)
		pool = cstn__ids_find_same(&run->model->pools, &run->pools, named);
	if (pool != CSTN__IDS_NONE && week <= (int64_t)s->weeks)
		s->share[pool * s->weeks + (size_t)week - 1] = weight[1] / (weight[0] + weight[1]);
	return CSTN_OK;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *run = context;
	const cstn__column *columns = batch->columns;
	uint64_t bad[BLOCK / 64] = {0}, valid[BLOCK / 64];
	double weight[2][BLOCK], both[2];
	uint32_t pool[BLOCK] = {0};
	int64_t week[BLOCK];
	cstn_status status = cstn__column_read_i64(&columns[COL_WEEK], start, n, batch->first_row,
			week, valid, bad, run->sink);
	int32_t i;

	for (i = 0; i < 2 && status == CSTN_OK; i++)
		status = cstn__column_read_f64(&columns[COL_GLOBAL + i], start, n, batch->first_row,
				weight[i], valid, bad, run->sink);
	if (status == CSTN_OK && run->model->pool) {
		const cstn__id_rows ids = {
				&columns[COL_POOL], start, n, batch->first_row, 0, bad, run->sink};

		status = cstn__ids_read(&run->pools, &ids, pool);
	}
	for (i = 0; i < n && status == CSTN_OK; i++) {
		both[0] = weight[0][i];
		both[1] = weight[1][i];
		if (!cstn__word_bit_get(bad, (size_t)i))
			status = keep(run, pool[i], week[i], both,
					batch->first_row + (uint64_t)(start + i));
	}
	return status == CSTN_OK ? status : cstn__fail_nomem(error);
}

static cstn_status read_all(reading *run, struct ArrowArrayStream *weights,
		const cstn_allocator *allocator, cstn_error **error)
{
	const cstn_demand_global *model = run->model;
	const cstn__column_decl columns[COLUMNS] = {
			{"week", CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 1, 0, 0, 0},
			{"global", NUMBER, -1, 1, 0, 0, 0}, {"local", NUMBER, -1, 1, 0, 0, 0},
			{model->pool, CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0}};
	cstn__bound *bound = NULL;
	cstn_status status = cstn__bind_rows(weights, columns, model->pool ? COLUMNS : COL_POOL,
			NULL, 0, allocator, &bound, &run->sink, error);

	if (status != CSTN_OK)
		return status;
	if (model->pool) {
		run->pools.type = cstn__bound_type(bound, COL_POOL);
		if (run->pools.type != model->pools.type)
			status = cstn__fail(error, CSTN_E_SCHEMA,
					"'%s' of the weights is %s, %s in the model", model->pool,
					cstn_type_name(run->pools.type),
					cstn_type_name(model->pools.type));
	}
	if (status == CSTN_OK)
		status = cstn__bound_each(bound, weights, read_block, run, NULL, error);
	if (status == CSTN_OK && cstn__row_sink_total(run->sink))
		status = cstn__row_sink_refuse(run->sink, NULL, error);
	cstn__row_sink_free(run->sink);
	cstn__bound_free(bound);
	return status;
}

/* Weeks that are not known are as the one before, the first ones .5. */
static void fill(cstn__shares *shares)
{
	size_t pool, week;

	for (pool = 0; pool < shares->pools; pool++) {
		double before = .5;

		for (week = 0; week < shares->weeks; week++) {
			double *share = &shares->share[pool * shares->weeks + week];

			*share = isnan(*share) ? before : *share;
			before = *share;
		}
	}
}

cstn_status cstn__shares_read(cstn__shares *shares, const cstn_demand_global *model, size_t horizon,
		struct ArrowArrayStream *weights, const cstn_allocator *allocator,
		cstn_error **error)
{
	reading run = {.shares = shares, .model = model};
	size_t season = model->plan.season, i;
	cstn_status status;

	shares->pools = model->plan.n_pools;
	shares->weeks = (horizon + season - 1) / season;
	shares->share = cstn__alloc(
			allocator, cstn__array_size(shares->pools, shares->weeks * sizeof(double)));
	if (!shares->share)
		return cstn__fail_nomem(error);
	for (i = 0; i < shares->pools * shares->weeks; i++)
		shares->share[i] = (double)NAN;
	cstn__ids_init(&run.pools, allocator, 0);
	status = read_all(&run, weights, allocator, error);
	cstn__ids_free(&run.pools);
	fill(shares);
	return status;
}

void cstn__shares_free(cstn__shares *shares, const cstn_allocator *allocator)
{
	cstn__free(allocator, shares->share,
			shares->pools * shares->weeks * sizeof(*shares->share));
	memset(shares, 0, sizeof(*shares));
}

double cstn__share_of(const cstn__shares *shares, const cstn_demand_global *model, size_t pool,
		size_t ahead)
{
	if (!shares->share || pool == SIZE_MAX)
		return .5;
	return shares->share[pool * shares->weeks + ahead / model->plan.season];
}
