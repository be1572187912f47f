/* What a column goes through before distances are taken: ln(1 + x), winsorising at the quantiles
 * 0.1 % and 99.9 %, and (x - shift) / scale, with mean and population standard deviation or with
 * median and 1.4826 median absolute deviations.
 *
 * Means and variances are exact sums rounded once, quantiles are ranks, so a transform depends on
 * the multiset of values only, not on their order, and a weight equals repetition. Cost: a pass or
 * two over the values; where ranks are asked for, one array of the column's values, in which
 * they are found in O(n) by partition. */
#include "segment/feature.h"

#include <math.h>

#include <constellation/kmeans.h>

#include "base/elementary.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"

#define BLOCK CSTN__FEATURE_BLOCK
#define WINSORISE_TAIL 0.001
#define MAD_TO_SD 1.4826

void cstn__exact_sum_add_times(cstn__exact_sum *sum, double weight, double value)
{
	double product = weight * value;

	cstn__exact_sum_add(sum, product);
	if (weight != 1.0)
		cstn__exact_sum_add(sum, fma(weight, value, -product));
}

void cstn__transform_apply(const cstn__transform *transform, int simd, double *x, size_t n)
{
	size_t i;

	if (transform->steps & CSTN_TRANSFORM_LOG1P)
		cstn__log1p_each(simd, x, n, x);
	if (transform->steps & CSTN_TRANSFORM_WINSORISE)
		for (i = 0; i < n; i++)
			x[i] = x[i] < transform->low    ? transform->low
			       : x[i] > transform->high ? transform->high
							: x[i];
	if (transform->steps & (CSTN_TRANSFORM_Z | CSTN_TRANSFORM_ROBUST_Z))
		for (i = 0; i < n; i++)
			x[i] = (x[i] - transform->shift) / transform->scale;
}

double cstn__transform_back(const cstn__transform *transform, double value)
{
	if (transform->steps & (CSTN_TRANSFORM_Z | CSTN_TRANSFORM_ROBUST_Z))
		value = value * transform->scale + transform->shift;
	return transform->steps & CSTN_TRANSFORM_LOG1P ? cstn__expm1(value) : value;
}

/* --- ranks ------------------------------------------------------------------------------------ */

static void swap_items(double *values, uint32_t *weights, size_t i, size_t k)
{
	double value = values[i];

	values[i] = values[k];
	values[k] = value;
	if (weights) {
		uint32_t weight = weights[i];

		weights[i] = weights[k];
		weights[k] = weight;
	}
}

double cstn__rank_value(double *values, uint32_t *weights, size_t n, uint64_t rank)
{
	size_t from = 0, to = n;

	while (to - from > 1) {
		/* a pivot that no order of values makes a bad one again and again */
		double pivot = values[from + cstn__mix64(from * 31 + to) % (to - from)];
		size_t less = from, at = from, more = to;
		uint64_t below = 0, equal = 0;

		while (at < more) {
			uint64_t weight = weights ? weights[at] : 1;

			if (values[at] < pivot) {
				below += weight;
				swap_items(values, weights, less++, at++);
			} else if (values[at] > pivot) {
				swap_items(values, weights, at, --more);
			} else {
				equal += weight;
				at++;
			}
		}
		if (rank < below) {
			to = less;
		} else if (rank < below + equal) {
			return pivot;
		} else {
			rank -= below + equal;
			from = more;
		}
	}
	return values[from];
}

double cstn__quantile7(double *values, uint32_t *weights, size_t n, uint64_t total, double p)
{
	double place = (double)(total - 1) * p, whole = floor(place);
	double low = cstn__rank_value(values, weights, n, (uint64_t)whole);

	if (place == whole)
		return low;
	return low +
	       (place - whole) * (cstn__rank_value(values, weights, n, (uint64_t)whole + 1) - low);
}

/* --- one column ------------------------------------------------------------------------------- */

typedef struct fitting {
	const cstn__features *features;
	cstn__transform *out;
	int simd, reserved;
} fitting;

typedef struct moments {
	cstn__exact_sum sum;
	const double *about; /* NULL: 0 */
	double smallest, largest;
	uint64_t valid; /* sum of weights that counted */
} moments;

/* What looks at each good value of a column. */
typedef void seeing(void *context, double value, uint32_t weight);

/* Every good value of a column, transformed, in the order of the rows; nulls are left out. */
static cstn_status see_values(const fitting *run, size_t column, const cstn__transform *transform,
		seeing *see, void *context)
{
	const cstn__features *features = run->features;
	double values[BLOCK];
	uint64_t start;

	for (start = 0; start < features->n; start += BLOCK) {
		int32_t n = features->n - start < BLOCK ? (int32_t)(features->n - start) : BLOCK, i;
		cstn_status status = cstn__features_read(
				features, column, start, n, transform->fill, values);

		if (status != CSTN_OK)
			return status;
		cstn__transform_apply(transform, run->simd, values, (size_t)n);
		for (i = 0; i < n; i++) {
			uint32_t weight = cstn__features_weight(features, start + (uint64_t)i);

			if (weight && !isnan(values[i]))
				see(context, values[i], weight);
		}
	}
	return CSTN_OK;
}

static void see_moments(void *context, double value, uint32_t weight)
{
	moments *out = context;

	out->valid += weight;
	out->smallest = value < out->smallest ? value : out->smallest;
	out->largest = value > out->largest ? value : out->largest;
	if (out->about)
		value = (value - *out->about) * (value - *out->about);
	cstn__exact_sum_add_times(&out->sum, weight, value);
}

/* Sum of the transformed values, or of their squared distances from `about`. */
static cstn_status take_moments(const fitting *run, size_t column, const cstn__transform *transform,
		const double *about, moments *out)
{
	cstn__exact_sum_init(&out->sum);
	out->about = about;
	out->smallest = (double)INFINITY;
	out->largest = -(double)INFINITY;
	out->valid = 0;
	return see_values(run, column, transform, see_moments, out);
}

typedef struct ranked {
	double *values;
	uint32_t *weights;
	size_t n, capacity;
	uint64_t total;
} ranked;

static void free_ranked(const cstn__features *features, ranked *all)
{
	cstn__free(&features->allocator, all->values, all->capacity * sizeof(double));
	cstn__free(&features->allocator, all->weights, all->capacity * sizeof(uint32_t));
}

static void see_ranked(void *context, double value, uint32_t weight)
{
	ranked *out = context;

	if (out->weights)
		out->weights[out->n] = weight;
	out->values[out->n++] = value;
	out->total += weight;
}

/* The good values of a column, transformed so far. */
static cstn_status gather(
		const fitting *run, size_t column, const cstn__transform *transform, ranked *out)
{
	out->n = 0;
	out->total = 0;
	return see_values(run, column, transform, see_ranked, out);
}

static cstn_status fit_ranks(const fitting *run, size_t column, ranked *all)
{
	cstn__transform *out = &run->out[column];
	uint32_t steps = out->steps;
	cstn__transform raw = {.fill = (double)NAN};
	size_t i;
	cstn_status status = CSTN_OK;

	if (run->features->impute) {
		status = gather(run, column, &raw, all);
		if (status == CSTN_OK && all->n)
			out->fill = cstn__quantile7(
					all->values, all->weights, all->n, all->total, 0.5);
	}
	if (status != CSTN_OK || !(steps & (CSTN_TRANSFORM_WINSORISE | CSTN_TRANSFORM_ROBUST_Z)))
		return status;
	out->steps = steps & CSTN_TRANSFORM_LOG1P;
	status = gather(run, column, out, all);
	out->steps = steps;
	if (status != CSTN_OK || !all->n)
		return status;
	if (steps & CSTN_TRANSFORM_WINSORISE) {
		out->low = cstn__quantile7(
				all->values, all->weights, all->n, all->total, WINSORISE_TAIL);
		out->high = cstn__quantile7(
				all->values, all->weights, all->n, all->total, 1 - WINSORISE_TAIL);
		for (i = 0; i < all->n; i++)
			all->values[i] = all->values[i] < out->low    ? out->low
					 : all->values[i] > out->high ? out->high
								      : all->values[i];
	}
	if (steps & CSTN_TRANSFORM_ROBUST_Z) {
		out->shift = cstn__quantile7(all->values, all->weights, all->n, all->total, 0.5);
		for (i = 0; i < all->n; i++)
			all->values[i] = fabs(all->values[i] - out->shift);
		out->scale = MAD_TO_SD *
			     cstn__quantile7(all->values, all->weights, all->n, all->total, 0.5);
	}
	return CSTN_OK;
}

static cstn_status with_ranks(const fitting *run, size_t column)
{
	const cstn__features *features = run->features;
	ranked all = {.capacity = features->n};
	cstn_status status = CSTN_E_NOMEM;

	all.values = cstn__alloc(
			&features->allocator, cstn__array_size(features->n, sizeof(double)));
	if (features->weights)
		all.weights = cstn__alloc(&features->allocator,
				cstn__array_size(features->n, sizeof(uint32_t)));
	if (all.values && (all.weights || !features->weights))
		status = fit_ranks(run, column, &all);
	free_ranked(features, &all);
	return status;
}

static double mean_of(const moments *of)
{
	return of->valid ? cstn__exact_sum_value(&of->sum) / (double)of->valid : 0.0;
}

/* Scale by mean and standard deviation, or what a MAD of 0 falls back to. */
static cstn_status fit_scale(const fitting *run, size_t column)
{
	cstn__transform *out = &run->out[column];
	uint32_t steps = out->steps;
	moments of;
	double mean;
	cstn_status status;

	if (!(steps & (CSTN_TRANSFORM_Z | CSTN_TRANSFORM_ROBUST_Z)))
		return CSTN_OK;
	if (steps & CSTN_TRANSFORM_ROBUST_Z && out->scale > 0.0)
		return CSTN_OK;
	out->steps = steps & (CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_WINSORISE);
	status = take_moments(run, column, out, NULL, &of);
	mean = mean_of(&of);
	if (status == CSTN_OK)
		status = take_moments(run, column, out, &mean, &of);
	out->steps = steps;
	if (status != CSTN_OK)
		return status;
	if (steps & CSTN_TRANSFORM_Z)
		out->shift = mean;
	out->scale = sqrt(mean_of(&of));
	if (of.smallest >= of.largest) { /* one value: nothing to scale by */
		out->shift = of.valid ? of.smallest : 0.0;
		out->scale = 1.0;
	}
	if (!(out->scale > 0.0))
		out->scale = 1.0;
	return CSTN_OK;
}

static cstn_status fit_column(void *context, size_t column, int32_t number)
{
	fitting *run = context;
	cstn__transform *out = &run->out[column];
	moments of;
	cstn_status status = CSTN_OK;

	(void)number;
	out->fill = (double)NAN;
	out->low = out->high = (double)NAN;
	out->shift = 0.0;
	out->scale = 1.0;
	if (run->features->impute ||
			out->steps & (CSTN_TRANSFORM_WINSORISE | CSTN_TRANSFORM_ROBUST_Z))
		status = with_ranks(run, column);
	if (status == CSTN_OK)
		status = fit_scale(run, column);
	if (status == CSTN_OK)
		status = take_moments(run, column, out, NULL, &of);
	if (status != CSTN_OK)
		return status;
	out->mean = mean_of(&of);
	out->smallest = of.valid ? of.smallest : 0.0;
	out->largest = of.valid ? of.largest : 0.0;
	out->constant = out->smallest == out->largest;
	out->reach = fmax(out->largest - out->mean, out->mean - out->smallest);
	return CSTN_OK;
}

cstn_status cstn__transform_variance(const cstn__features *features, size_t column,
		const cstn__transform *transform, int simd, double *out)
{
	const fitting run = {features, NULL, simd, 0};
	moments of;
	cstn_status status = take_moments(&run, column, transform, &transform->mean, &of);

	if (status == CSTN_OK)
		*out = mean_of(&of);
	return status;
}

cstn_status cstn__transforms_fit(const cstn__features *features, int32_t threads, int simd,
		cstn__transform *out, cstn_error **error)
{
	fitting run = {features, out, simd, 0};
	int has_ranks = features->impute;
	cstn_status status;
	size_t i;

	for (i = 0; i < features->d; i++)
		has_ranks |= (out[i].steps & (CSTN_TRANSFORM_WINSORISE |
							     CSTN_TRANSFORM_ROBUST_Z)) != 0;
	/* the array of a column's values is there once */
	status = cstn__parallel_for(features->d, has_ranks ? 1 : threads, NULL, fit_column, &run);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}
