/* Measures of every series, and its weight: series side by side on threads, each as a whole on one.
 * A censored period has its limit for an actual, and a forecast above it counts as it. One pass a
 * measure over the periods, one a scale over the history. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "demand/metric.h"
#include "demand/model.h"
#include "demand/pairwise.h"
#include "demand/score.h"

#define SCRATCH 3 /* arrays of a thread */
#define SCALES (CSTN__SCALE_SQUARED + 1)

typedef struct work {
	const cstn__score_part *part;
	const cstn__score_measures *measures;
	const cstn__score_columns *columns;
	const cstn_score_options *options;
	cstn__score_values *out;
	size_t longest;
	double *scratch; /* of each thread: SCRATCH x longest */
} work;

void cstn__score_values_free(cstn__score_values *v)
{
	cstn__free(&v->allocator, v->value, v->n * v->n_measures * sizeof(*v->value));
	cstn__free(&v->allocator, v->weight, v->n * sizeof(*v->weight));
	cstn__free(&v->allocator, v->periods, v->n * sizeof(*v->periods));
	cstn__free(&v->allocator, v->left_out, v->n * sizeof(*v->left_out));
	memset(v, 0, sizeof(*v));
}

static const cstn__series *series_of(const work *w, size_t item)
{
	return &w->part->forecasts->series.items[w->part->series ? w->part->series[item] : item];
}

/* --- training --------------------------------------------------------------------------------- */

typedef struct training {
	const double *y, *money, *price; /* of the first period; the last two may be NULL */
	size_t n;
} training;

static training training_of(const work *w, const cstn__series *s)
{
	const cstn__series_set *history = w->part->history, *forecasts = w->part->forecasts;
	training t = {NULL, NULL, NULL, 0};
	const cstn__series *past;
	uint32_t key;
	int64_t last = forecasts->has_cutoff ? s->cutoff : s->first - 1;

	if (!history)
		return t;
	key = cstn__ids_find_same(&history->keys, &forecasts->keys, s->key);
	past = key == CSTN__IDS_NONE ? NULL : cstn__series_of_key(history, key);
	if (!past || last < past->first)
		return t;
	t.y = history->y + past->start;
	if (history->n_numbers) {
		t.money = history->numbers + past->start;
		t.price = t.money + history->n;
	}
	t.n = (uint64_t)(last - past->first) < past->n ? (size_t)(last - past->first) + 1 : past->n;
	return t;
}

static double weight_of(const work *w, const training *t)
{
	size_t most = (size_t)w->options->weight_periods, i;
	cstn__pairwise sum;

	if (w->options->weighting == CSTN_WEIGHT_NONE)
		return 1;
	cstn__pairwise_init(&sum);
	for (i = t->n > most ? t->n - most : 0; i < t->n; i++) {
		double value = t->y[i];

		if (w->options->weighting == CSTN_WEIGHT_MONEY)
			value = isnan(t->money[i]) ? value * t->price[i] : t->money[i];
		cstn__pairwise_add(&sum, isnan(value) ? 0 : value);
	}
	return fmax(cstn__pairwise_value(&sum), 0);
}

/* --- a series --------------------------------------------------------------------------------- */

/* Is period i of the series scored? Its actual, and what its forecast may at most count as. */
static int is_scored(const work *w, const cstn__series *s, size_t i, double *y, double *limit)
{
	const cstn__series_set *set = w->part->forecasts;
	const double *flags = set->numbers + (w->columns->list.count + CSTN__SCORE_FLAGS) * set->n +
			      s->start;
	double most = flags[set->n + i];
	int bits = isnan(flags[i]) ? 0 : (int)flags[i];

	*y = set->y[s->start + i];
	*limit = (double)INFINITY;
	if (bits & CSTN__ROW_CLOSED)
		return 0;
	if (!(bits & CSTN__ROW_STOCK_OUT))
		return 1;
	*limit = *y = isnan(most) ? *y : most;
	return !(w->options->flags & CSTN_SCORE_DROP_CENSORED);
}

/* Actuals of the periods that are scored; returns how many. */
static size_t actuals_of(const work *w, const cstn__series *s, double *out)
{
	double y, limit;
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		if (is_scored(w, s, i, &y, &limit))
			out[n++] = y;
	return n;
}

static void forecasts_of(const work *w, const cstn__series *s, size_t column, double *out)
{
	const cstn__series_set *set = w->part->forecasts;
	const double *f = set->numbers + column * set->n + s->start;
	double y, limit;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (is_scored(w, s, i, &y, &limit))
			*out++ = fmin(f[i], limit);
}

/* A censored period whose quantile is at the limit has no error, as in coverage. */
static void within_of(const work *w, const cstn__series *s, size_t column, double *out)
{
	const cstn__series_set *set = w->part->forecasts;
	const double *within = set->numbers + column * set->n + s->start;
	double y, limit;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (is_scored(w, s, i, &y, &limit))
			*out++ = isinf(limit) ? within[i] : 1;
}

static cstn_status score_one(void *context, size_t item, int32_t worker)
{
	work *w = context;
	const cstn__series *s = series_of(w, item);
	double *y = w->scratch + (size_t)worker * SCRATCH * w->longest, *f = y + w->longest,
	       *high = f + w->longest;
	training past = training_of(w, s);
	cstn_forecast_sample sample = CSTN_FORECAST_SAMPLE_INIT;
	double scale[SCALES];
	size_t n = actuals_of(w, s, y), m;
	int k;

	for (k = 0; k < SCALES; k++)
		scale[k] = cstn__history_scale(k, past.y, past.n, (size_t)w->options->season);
	w->out->weight[item] = weight_of(w, &past);
	w->out->periods[item] = (uint32_t)n;
	w->out->left_out[item] = (uint32_t)(s->n - n);
	sample.actual = y;
	sample.n = n;
	sample.seed = cstn__demand_key_hash(&w->part->forecasts->keys, s->key) ^ (uint64_t)s->first;
	sample.under_minor = w->options->under_minor;
	sample.over_minor = w->options->over_minor;
	for (m = 0; m < w->measures->list.count; m++) {
		const cstn__score_measure *measure = &w->measures->list.items[m];
		double *value = &w->out->value[item * w->measures->list.count + m];
		int is_interval = measure->metric == CSTN_METRIC_MSIS;

		forecasts_of(w, s, is_interval ? measure->low : measure->f, f);
		if (is_interval)
			forecasts_of(w, s, measure->high, high);
		sample.forecast = is_interval ? NULL : f;
		sample.low = is_interval ? f : NULL;
		sample.high = is_interval ? high : NULL;
		if (measure->metric == CSTN_METRIC_U_COVERAGE)
			within_of(w, s, measure->low, high);
		sample.within = high;
		sample.level_ppm = measure->q_ppm;
		k = cstn__metric_scale(measure->metric);
		if (!isfinite(scale[k]))
			*value = (double)INFINITY;
		else if (!cstn__metric_of(measure->metric, &sample, scale[k], value))
			*value = (double)NAN;
		else if (!isfinite(*value))
			*value = (double)INFINITY;
	}
	return CSTN_OK;
}

/* --- a part ----------------------------------------------------------------------------------- */

static cstn_status check_finite(const work *w, cstn_error **error)
{
	size_t i, count = w->out->n * w->out->n_measures;
	char room[24];
	const char *text;
	size_t len;

	for (i = 0; i < count && !isinf(w->out->value[i]); i++)
		;
	if (i == count)
		return CSTN_OK;
	text = cstn__ids_text(&w->part->forecasts->keys, series_of(w, i / w->out->n_measures)->key,
			room, &len);
	return cstn__fail(error, CSTN_E_OVERFLOW, "%s of series '%.*s' is beyond a double",
			cstn__metric_name(w->measures->list.items[i % w->out->n_measures].metric),
			(int)len, text);
}

static int make_room(cstn__score_values *v)
{
	v->value = cstn__alloc(
			&v->allocator, cstn__array_size(v->n * v->n_measures, sizeof(*v->value)));
	v->weight = cstn__alloc(&v->allocator, cstn__array_size(v->n, sizeof(*v->weight)));
	v->periods = cstn__alloc(&v->allocator, cstn__array_size(v->n, sizeof(*v->periods)));
	v->left_out = cstn__alloc(&v->allocator, cstn__array_size(v->n, sizeof(*v->left_out)));
	return v->value && v->weight && v->periods && v->left_out ? 0 : -1;
}

cstn_status cstn__score_values_make(cstn__score_values *values, const cstn__score_part *part,
		const cstn__score_measures *measures, const cstn__score_columns *columns,
		const cstn_score_options *options, const cstn_allocator *allocator,
		cstn_error **error)
{
	work w = {part, measures, columns, options, values, 0, NULL};
	int32_t threads = cstn__threads_resolve(options->threads, part->n ? part->n : 1);
	size_t size, i;
	cstn_status status = CSTN_OK;

	memset(values, 0, sizeof(*values));
	values->allocator = *allocator;
	values->n = part->n;
	values->n_measures = measures->list.count;
	for (i = 0; i < part->n; i++)
		w.longest = series_of(&w, i)->n > w.longest ? series_of(&w, i)->n : w.longest;
	size = cstn__array_size((size_t)threads * SCRATCH * w.longest, sizeof(*w.scratch));
	w.scratch = cstn__alloc(allocator, size);
	if (!w.scratch || make_room(values))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = cstn__parallel_for(part->n, threads, options->progress, score_one, &w);
	cstn__free(allocator, w.scratch, size);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "the call was cancelled");
	return status == CSTN_OK ? check_finite(&w, error) : status;
}
