/* What the series of a pool have in common.
 *
 * Of every effect: what each series itself has to say is its estimate without what it was told
 * before, b = (b_i / v_i - b_0 / v_0) / w with weight w = 1 / v_i - 1 / v_0. The variance between
 * series is that of moments (DerSimonian and Laird 1986), T = (Q - (k - 1)) / (sum w - sum w^2 /
 * sum w), at least 0; the mean weighs by 1 / (1 / w + T). A series that begins may be off by T and
 * by what is not known of the mean. Sums go over series in the order of their ids, so that the same
 * series give the same bytes. O(series) by columns squared, three times. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "demand/online.h"

#define SEEN_LEAST 10    /* rows, of a series that tells something */
#define TOLD_LEAST .1    /* by which it knows more than it was told */
#define ERROR_LEAST 1e-6 /* a variance of errors */
#define VARIANCE_LEAST 1e-12

/* Of one column of a pool. */
typedef struct moments {
	double count, weight, weighted, squares; /* sums of 1, w, w b, w^2 */
	double spread;                           /* Q */
	double drawn, drawn_weight;              /* sums of w* b and w* */
	double between;                          /* T */
	double level, mean;                      /* sums of effects and of means of columns */
} moments;

typedef struct pooling {
	cstn_signal_model *model;
	uint32_t *order; /* numbers of series by id */
	size_t order_size, n_pools, columns;
	moments *of;             /* of a pool, each column */
	double *errors, *series; /* of a pool: sum of s2, number of series */
	cstn__online_prior **made;
} pooling;

/* --- what one series says --------------------------------------------------------------------- */

typedef struct said {
	double value, weight; /* weight 0: nothing */
} said;

static double error_of(double s2)
{
	return s2 > ERROR_LEAST ? s2 : ERROR_LEAST;
}

static said says(
		const pooling *p, const cstn__online_series *series, size_t column, double variance)
{
	const cstn__online_prior *prior =
			series->seen & CSTN__ONLINE_POOLED
					? cstn__signal_prior(p->model, series->pool)
					: NULL;
	double v_0 = 1 / p->model->config.precision, b_0 = 0, more;
	said out = {0, 0};

	if (prior) {
		const float *known = prior->values + column * CSTN__PRIOR_WIDTH;

		v_0 = (double)known[CSTN__PRIOR_VARIANCE];
		b_0 = (double)known[CSTN__PRIOR_EFFECT];
	}
	more = 1 / variance - 1 / v_0;
	if ((series->seen & CSTN__ONLINE_SEEN_MOST) < SEEN_LEAST || !(more * v_0 > TOLD_LEAST))
		return out;
	out.value = ((double)series->values[column] / variance - b_0 / v_0) / more;
	out.weight = more / error_of((double)series->s2);
	return out;
}

/* --- passes over all series ------------------------------------------------------------------- */

static void add_sums(pooling *p, const cstn__online_series *series, const double *variance)
{
	size_t n = p->columns, j;
	moments *of = p->of + series->pool * n;
	double means[CSTN__ONLINE_COLUMNS_MOST];

	p->series[series->pool]++;
	p->errors[series->pool] += (double)series->s2;
	cstn__online_means(series, n, means);
	for (j = 0; j < n; j++) {
		said s = says(p, series, j, variance[j]);

		of[j].level += (double)series->values[j];
		of[j].mean += means[j];
		if (!(s.weight > 0))
			continue;
		of[j].count++;
		of[j].weight += s.weight;
		of[j].weighted += s.weight * s.value;
		of[j].squares += s.weight * s.weight;
	}
}

static void add_spread(pooling *p, const cstn__online_series *series, const double *variance)
{
	moments *of = p->of + series->pool * p->columns;
	size_t j;

	for (j = 1; j < p->columns; j++) {
		said s = says(p, series, j, variance[j]);
		double off = s.weight > 0 ? s.value - of[j].weighted / of[j].weight : 0;

		of[j].spread += s.weight * off * off;
	}
}

static void add_drawn(pooling *p, const cstn__online_series *series, const double *variance)
{
	moments *of = p->of + series->pool * p->columns;
	size_t j;

	for (j = 1; j < p->columns; j++) {
		said s = says(p, series, j, variance[j]);
		double w = s.weight > 0 ? 1 / (1 / s.weight + of[j].between) : 0;

		of[j].drawn += w * s.value;
		of[j].drawn_weight += w;
	}
}

static void pass(pooling *p,
		void (*add)(pooling *p, const cstn__online_series *series, const double *variance))
{
	double variance[CSTN__ONLINE_COLUMNS_MOST];
	size_t i;

	for (i = 0; i < p->model->keys.count; i++) {
		const cstn__online_series *series =
				cstn__signal_series_there(p->model, p->order[i]);

		if (!series || !(series->seen & CSTN__ONLINE_SEEN_MOST))
			continue;
		cstn__online_variances(series, p->columns, variance);
		add(p, series, variance);
	}
}

static void find_between(pooling *p)
{
	size_t i;

	for (i = 0; i < p->n_pools * p->columns; i++) {
		moments *m = &p->of[i];
		double over = m->spread - (m->count - 1);
		double by = m->weight > 0 ? m->weight - m->squares / m->weight : 0;

		m->between = over > 0 && by > 0 ? over / by : 0;
	}
}

/* --- priors ----------------------------------------------------------------------------------- */

static double within(double value, double least, double most)
{
	return value < least ? least : value > most ? most : value;
}

static void put_column(const pooling *p, const moments *m, double series, double s2, size_t column,
		float *out)
{
	double variance = 1 / p->model->config.precision;

	memset(out, 0, CSTN__PRIOR_WIDTH * sizeof(*out));
	out[CSTN__PRIOR_MEAN] = (float)within(
			m->mean / series, -CSTN__ONLINE_SIGNAL_MOST, CSTN__ONLINE_SIGNAL_MOST);
	out[CSTN__PRIOR_SERIES] = (float)m->count;
	if (!column) {
		out[CSTN__PRIOR_EFFECT] = (float)(m->level / series);
		out[CSTN__PRIOR_VARIANCE] = CSTN__ONLINE_LEVEL_UNKNOWN;
		return;
	}
	if (m->count >= CSTN__ONLINE_POOL_LEAST) {
		out[CSTN__PRIOR_EFFECT] = (float)within(m->drawn / m->drawn_weight, -1e30, 1e30);
		out[CSTN__PRIOR_DEVIATION] = (float)within(sqrt(m->between), 0, 1e30);
		variance = (m->between + 1 / m->drawn_weight) / error_of(s2);
	}
	out[CSTN__PRIOR_VARIANCE] =
			(float)within(variance, VARIANCE_LEAST, (double)CSTN__ONLINE_LEVEL_UNKNOWN);
}

static cstn__online_prior *make_prior(const pooling *p, size_t pool)
{
	cstn__online_prior *prior =
			cstn__alloc_zero(&p->model->allocator, cstn__online_prior_size(p->columns));
	double series = p->series[pool];
	size_t j;

	if (!prior)
		return NULL;
	prior->series = (uint32_t)series;
	prior->s2 = (float)(p->errors[pool] / series);
	for (j = 0; j < p->columns; j++)
		put_column(p, &p->of[pool * p->columns + j], series, (double)prior->s2, j,
				prior->values + j * CSTN__PRIOR_WIDTH);
	return prior;
}

static int make_priors(pooling *p)
{
	cstn_signal_model *model = p->model;
	size_t i;

	if (p->n_pools > model->priors.count &&
			cstn__array_reserve(&model->allocator, &model->priors,
					p->n_pools - model->priors.count))
		return -1;
	for (i = 0; i < p->n_pools; i++) {
		if (!(p->series[i] > 0))
			continue;
		p->made[i] = make_prior(p, i);
		if (!p->made[i])
			return -1;
	}
	return 0;
}

static void store_priors(pooling *p)
{
	cstn_signal_model *model = p->model;
	size_t size = cstn__online_prior_size(p->columns), known = 0, i;

	while (model->priors.count < p->n_pools)
		model->priors.items[model->priors.count++] = NULL;
	for (i = 0; i < p->n_pools; i++) {
		if (!p->made[i])
			continue;
		cstn__free(&model->allocator, model->priors.items[i],
				model->priors.items[i] ? size : 0);
		model->priors.items[i] = p->made[i];
		p->made[i] = NULL;
	}
	for (i = 0; i < model->priors.count; i++)
		known += model->priors.items[i] != NULL;
	if (!known)
		cstn__array_free(&model->allocator, &model->priors);
	model->version++;
}

/* --- the call --------------------------------------------------------------------------------- */

static int make_room(pooling *p)
{
	const cstn_allocator *allocator = &p->model->allocator;
	size_t keys = p->model->keys.count, n = p->n_pools;

	p->order_size = cstn__array_size(keys ? keys : 1, sizeof(uint32_t));
	p->order = cstn__ids_order(&p->model->keys);
	p->of = cstn__alloc_zero(allocator, cstn__array_size(n * p->columns, sizeof(*p->of)));
	p->errors = cstn__alloc_zero(allocator, cstn__array_size(n, sizeof(*p->errors)));
	p->series = cstn__alloc_zero(allocator, cstn__array_size(n, sizeof(*p->series)));
	p->made = cstn__alloc_zero(allocator, cstn__array_size(n, sizeof(*p->made)));
	return p->order && p->of && p->errors && p->series && p->made ? 0 : -1;
}

static void free_room(pooling *p)
{
	const cstn_allocator *allocator = &p->model->allocator;
	size_t n = p->n_pools, i;

	for (i = 0; p->made && i < n; i++)
		cstn__free(allocator, p->made[i],
				p->made[i] ? cstn__online_prior_size(p->columns) : 0);
	cstn__free(allocator, p->made, n * sizeof(*p->made));
	cstn__free(allocator, p->series, n * sizeof(*p->series));
	cstn__free(allocator, p->errors, n * sizeof(*p->errors));
	cstn__free(allocator, p->of, n * p->columns * sizeof(*p->of));
	cstn__free(allocator, p->order, p->order_size);
}

cstn_status cstn_signal_model_pool(cstn_signal_model *model, uint32_t flags, cstn_error **error)
{
	pooling p = {0};
	int failed;

	if (!model)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "model is NULL");
	if (flags & ~CSTN_SIGNAL_MODEL_RESTART)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "flags are %#x, 0 or %u expected",
				flags, CSTN_SIGNAL_MODEL_RESTART);
	if (!model->has_rows)
		return cstn__fail(error, CSTN_E_STATE, "the model has no rows");
	p.model = model;
	p.columns = model->plan.of.columns;
	p.n_pools = model->config.pool ? model->pool_ids.count : 1;
	failed = make_room(&p);
	if (!failed) {
		pass(&p, add_sums);
		pass(&p, add_spread);
		find_between(&p);
		pass(&p, add_drawn);
		failed = make_priors(&p);
	}
	if (!failed)
		store_priors(&p);
	free_room(&p);
	if (failed)
		return cstn__fail_nomem(error);
	if (flags & CSTN_SIGNAL_MODEL_RESTART)
		cstn__signal_model_clear(model);
	return CSTN_OK;
}
