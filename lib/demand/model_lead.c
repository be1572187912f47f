/* Demand over a lead time as rows beside a stream of forecasts: a row a series instead of a row a
 * period.
 *
 * A path's means and variances are summed up to each length that the lead time may have; errors of
 * one path go together, as far as those of the series and of its pool have done. What pools know of
 * that is a mean over their series, summed exactly, so that their order does not count. See
 * lead_time.c for sums, mixtures and shortages. O(periods) a series, and a search for the quantile.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "demand/count.h"
#include "demand/model_forecast.h"

#define RHO_FROM 28u /* errors, before a series counts for its pool */

enum {
	LEAD_MEAN,
	LEAD_VARIANCE,
	LEAD_QUANTILE,
	LEAD_SAFETY,
	LEAD_STOCK,
	LEAD_SHORTAGE,
	LEAD_STOCKOUT,
	LEAD_VALUES
};
static const char *const lead_names[LEAD_VALUES] = {
		"mean", "variance", "quantile", "safety_stock", "stock", "shortage", "stockout"};

struct cstn__demand_leads {
	double level;
	size_t n, pools, rows;
	double *share;  /* n, which add up to 1 */
	double *rho;    /* CSTN__RESIDUAL_LAGS of each pool */
	double *values; /* LEAD_VALUES columns of `rows` */
};

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status check_level(const cstn_demand_lead_options *o, double *level, cstn_error **error)
{
	double both = o->under_minor + o->over_minor;

	if (o->level != 0) {
		if (!(o->level > 0 && o->level < 1) || o->under_minor != 0 || o->over_minor != 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"level is %g, costs are %g and %g; a level inside (0, 1), "
					"or "
					"0 and costs expected",
					o->level, o->under_minor, o->over_minor);
		*level = o->level;
		return CSTN_OK;
	}
	if (!(o->under_minor > 0 && o->over_minor > 0 && isfinite(both)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"level is 0, costs are %g and %g; costs above 0 expected",
				o->under_minor, o->over_minor);
	*level = o->under_minor / both;
	if (!(*level > 0 && *level < 1))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"costs %g and %g give the level %g", o->under_minor, o->over_minor,
				*level);
	return CSTN_OK;
}

static cstn_status check(const cstn_demand_lead_options *o, double *sum, cstn_error **error)
{
	int32_t i;

	if (o->periods < 1 || o->periods > CSTN_HORIZON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"periods is %" PRId32 " (1 to %d)", o->periods, CSTN_HORIZON_MOST);
	*sum = 0;
	for (i = 0; o->shares && i < o->periods; i++) {
		if (!(o->shares[i] >= 0 && o->shares[i] <= CSTN__DEMAND_LARGEST))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"share %" PRId32 " is %g; 0 or more expected", i,
					o->shares[i]);
		*sum += o->shares[i];
	}
	if (o->shares && !(*sum > 0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "all shares are 0");
	return CSTN_OK;
}

/* --- what errors of pools have in common ------------------------------------------------------ */

/* The mean of a lag over the series of each pool. */
static void pool_lag(const cstn_demand_model *model, int lag, cstn__exact_sum *sums, double *n,
		double *out)
{
	const cstn__demand_side *side = &model->sides[CSTN__SIDE_DEMAND];
	double rho[CSTN__RESIDUAL_LAGS];
	size_t i;

	for (i = 0; i < model->pools.count; i++) {
		cstn__exact_sum_init(&sums[i]);
		n[i] = 0;
	}
	for (i = 0; i < side->series.count; i++) {
		const cstn__demand_series *s = &side->series.items[i];

		if (!(s->flags & CSTN__SERIES_IS_THERE) ||
				cstn__demand_rho(model, s,
						cstn__demand_profile(model, side, i) +
								model->season,
						rho) < RHO_FROM)
			continue;
		cstn__exact_sum_add(&sums[s->pool], rho[lag]);
		n[s->pool]++;
	}
	for (i = 0; i < model->pools.count; i++)
		out[i * CSTN__RESIDUAL_LAGS + (size_t)lag] =
				n[i] > 0 ? cstn__exact_sum_value(&sums[i]) / n[i] : 0;
}

static int make_rho(cstn__demand_leads *leads, const cstn_demand_model *model)
{
	size_t pools = model->pools.count;
	size_t sums_size = cstn__array_size(pools, sizeof(cstn__exact_sum));
	size_t n_size = cstn__array_size(pools, sizeof(double));
	cstn__exact_sum *sums;
	double *n;
	int lag;

	if (!(model->config.flags & CSTN_DEMAND_CALIBRATE))
		return 0;
	leads->pools = pools;
	leads->rho = cstn__alloc_zero(&model->allocator,
			cstn__array_size(pools, CSTN__RESIDUAL_LAGS * sizeof(double)));
	sums = cstn__alloc(&model->allocator, sums_size);
	n = cstn__alloc(&model->allocator, n_size);
	for (lag = 0; leads->rho && sums && n && lag < CSTN__RESIDUAL_LAGS; lag++)
		pool_lag(model, lag, sums, n, leads->rho);
	cstn__free(&model->allocator, sums, sums_size);
	cstn__free(&model->allocator, n, n_size);
	return leads->rho && sums && n ? 0 : -1;
}

/* --- making ----------------------------------------------------------------------------------- */

void cstn__demand_leads_free(cstn__demand_leads *leads, const cstn_allocator *allocator)
{
	if (!leads)
		return;
	cstn__free(allocator, leads->share, leads->n * sizeof(*leads->share));
	cstn__free(allocator, leads->rho, leads->pools * CSTN__RESIDUAL_LAGS * sizeof(*leads->rho));
	cstn__free(allocator, leads->values, leads->rows * LEAD_VALUES * sizeof(*leads->values));
	cstn__free(allocator, leads, sizeof(*leads));
}

int cstn__demand_leads_room(cstn__demand_leads *leads, const cstn_allocator *allocator, size_t rows)
{
	leads->values = cstn__alloc(allocator, rows * LEAD_VALUES * sizeof(*leads->values));
	leads->rows = leads->values ? rows : 0;
	return leads->values ? 0 : -1;
}

cstn_status cstn__demand_leads_make(const cstn_demand_model *model,
		const cstn_demand_lead_options *given, cstn_demand_forecast_options *options,
		cstn__demand_leads **out, cstn_error **error)
{
	cstn_demand_lead_options o;
	cstn__demand_leads *leads;
	double sum = 0, level = 0;
	size_t i;
	cstn_status status = cstn__options_read(given, sizeof(o), sizeof(o), CSTN_IMPORT_TRUSTED,
			"cstn_demand_lead_options", &o, error);

	if (status == CSTN_OK)
		status = check(&o, &sum, error);
	if (status == CSTN_OK)
		status = check_level(&o, &level, error);
	if (status != CSTN_OK)
		return status;
	leads = cstn__alloc_zero(&model->allocator, sizeof(*leads));
	if (!leads)
		return cstn__fail_nomem(error);
	leads->level = level;
	leads->n = (size_t)o.periods;
	leads->share = cstn__alloc_zero(&model->allocator, leads->n * sizeof(*leads->share));
	if (!leads->share || make_rho(leads, model)) {
		cstn__demand_leads_free(leads, &model->allocator);
		return cstn__fail_nomem(error);
	}
	for (i = 0; i < leads->n; i++)
		leads->share[i] = o.shares ? o.shares[i] / sum : i + 1 == leads->n;
	options->flags = o.flags;
	options->horizon = o.periods;
	options->threads = o.threads;
	options->binding = o.binding;
	*out = leads;
	return CSTN_OK;
}

/* --- a row ------------------------------------------------------------------------------------ */

/* Variances of the periods of a path. */
static void path_variances(const cstn__demand_path *path, int kind, int is_slow, const double *mean,
		double *variance)
{
	double spread = kind == CSTN__KIND_COUNT ? cstn__demand_dispersion(path->series, is_slow)
						 : cstn__demand_deviation(path->series);
	size_t i;

	for (i = 0; i < path->horizon; i++) {
		if (kind == CSTN__KIND_CONSTANT)
			variance[i] = 0;
		else if (kind == CSTN__KIND_NORMAL)
			variance[i] = spread * spread;
		else
			variance[i] = mean[i] + spread * mean[i] * mean[i];
		if (!(variance[i] <= CSTN__DEMAND_LARGEST))
			variance[i] = CSTN__DEMAND_LARGEST;
	}
}

/* What errors of the series have in common, drawn half way to its pool's; further apart it is the
 * mean of all lags, in which a season of seven cancels itself. */
static double path_rho(const cstn__demand_leads *leads, const cstn_demand_model *model,
		const cstn__demand_path *path, double *rho)
{
	const double *pool = NULL;
	double beyond = 0;
	int k;

	memset(rho, 0, CSTN__RESIDUAL_LAGS * sizeof(*rho));
	if (!leads->rho)
		return 0;
	if (path->pool)
		pool = leads->rho + (size_t)(path->pool - model->pools.items) * CSTN__RESIDUAL_LAGS;
	if (path->series && path->series->seen)
		cstn__demand_rho(model, path->series, path->profile + model->season, rho);
	for (k = 0; k < CSTN__RESIDUAL_LAGS; k++)
		rho[k] = 0.5 * rho[k] + 0.5 * (pool ? pool[k] : 0);
	for (k = 0; k < CSTN__RESIDUAL_LAGS; k++)
		beyond += rho[k] / CSTN__RESIDUAL_LAGS;
	return beyond > 0 ? beyond : 0;
}

static double bounded(double value)
{
	return value > CSTN__DEMAND_LARGEST    ? CSTN__DEMAND_LARGEST
	       : value < -CSTN__DEMAND_LARGEST ? -CSTN__DEMAND_LARGEST
					       : value;
}

static double mixture_variance(const cstn__lead *lead, double mean)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < lead->n; i++)
		if (lead->share[i] > 0)
			sum += lead->share[i] *
			       (lead->variance[i] +
					       (lead->mean[i] - mean) * (lead->mean[i] - mean));
	return sum;
}

void cstn__demand_lead_put(cstn__demand_leads *leads, const cstn_demand_model *model,
		const cstn__demand_path *path, const double *mean, double stock, size_t i)
{
	double each[CSTN_HORIZON_MOST], variance[CSTN_HORIZON_MOST], sums[CSTN_HORIZON_MOST];
	double rho[CSTN__RESIDUAL_LAGS];
	double *out = leads->values + i, beyond = path_rho(leads, model, path, rho), all;
	int kind = cstn__demand_kind(path->series);
	cstn__lead lead = {1, leads->n, leads->share, sums, variance};
	size_t k, rows = leads->rows;

	for (k = 0; k < leads->n; k++)
		if (mean[k] < 0 && kind == CSTN__KIND_COUNT)
			kind = CSTN__KIND_NORMAL;
	lead.counts = kind == CSTN__KIND_COUNT;
	path_variances(path, kind, cstn__demand_is_slow(model), mean, each);
	cstn__lead_sums(mean, each, leads->n, rho, CSTN__RESIDUAL_LAGS, beyond, sums, variance);
	for (k = 0; k < leads->n; k++) {
		sums[k] = bounded(sums[k]);
		variance[k] = bounded(variance[k]);
	}
	all = bounded(cstn__lead_mean(&lead));
	out[LEAD_MEAN * rows] = all;
	out[LEAD_VARIANCE * rows] = bounded(mixture_variance(&lead, all));
	out[LEAD_QUANTILE * rows] = bounded(cstn__lead_quantile(&lead, leads->level));
	/* what is not negative in the mean never is */
	if (all >= 0 && out[LEAD_QUANTILE * rows] < 0)
		out[LEAD_QUANTILE * rows] = 0;
	out[LEAD_SAFETY * rows] = out[LEAD_QUANTILE * rows] - all;
	stock = isnan(stock) ? out[LEAD_QUANTILE * rows] : stock;
	out[LEAD_STOCK * rows] = stock;
	out[LEAD_SHORTAGE * rows] = bounded(cstn__lead_shortage(&lead, stock));
	out[LEAD_STOCKOUT * rows] = cstn__lead_stockout(&lead, stock);
}

/* --- columns ---------------------------------------------------------------------------------- */

int cstn__demand_leads_columns(cstn__table_builder *table)
{
	int i, failed = 0;

	for (i = 0; i < LEAD_VALUES; i++)
		failed |= cstn__table_add_column(table, lead_names[i], CSTN_TYPE_DOUBLE, 0, 0) < 0;
	return failed ? -1 : 0;
}

int32_t cstn__demand_leads_rows(
		cstn__demand_leads *leads, cstn__table_builder *table, int32_t column, size_t n)
{
	int i;

	for (i = 0; i < LEAD_VALUES; i++)
		cstn__table_put_many_f64(table, column + i, leads->values + (size_t)i * leads->rows,
				NULL, n);
	return column + LEAD_VALUES;
}
