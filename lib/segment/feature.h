#ifndef CSTN_SEGMENT_FEATURE_H
#define CSTN_SEGMENT_FEATURE_H

#include <constellation/progress.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "base/row_errors.h"
#include "base/stats.h"
#include "table/column.h"

/* Rows of numbers out of a stream that is held whole, and what each column goes through before a
 * distance is taken. */

#define CSTN__FEATURE_BLOCK 1024
#define CSTN__FEATURES_MAX 1024
#define CSTN__FEATURE_LIMIT 0x1p500 /* larger values could overflow a sum of squares */

typedef struct cstn__feature_batch {
	struct ArrowArray array;
	cstn__batch batch;
	uint64_t first_row;
} cstn__feature_batch;

/* What a column goes through: log1p, to within low..high, (x - shift) / scale. */
typedef struct cstn__transform {
	uint32_t steps;    /* CSTN_TRANSFORM_ */
	uint32_t constant; /* the column has one value */
	double low, high;  /* of winsorising */
	double shift, scale;
	double fill;              /* what a null becomes; NaN: a null is a bad row */
	double mean, reach;       /* of transformed values: mean, greatest distance from it */
	double smallest, largest; /* transformed values */
} cstn__transform;

typedef struct cstn__features {
	cstn_allocator allocator;
	struct ArrowArrayStream stream;
	cstn__bound *bound;
	size_t d; /* the weight, if any, is column d; categories come behind, then the margin */
	size_t m; /* columns of categories */
	int has_weight, has_margin, impute;
	int ended; /* the stream has no more */
	uint64_t n;
	uint64_t before; /* rows that came and went */
	CSTN__ARRAY(cstn__feature_batch) batches;
	const uint32_t *steps; /* of each feature; NULL: none */
	uint64_t *bad;         /* a bit a row; NULL: none is */
	uint64_t n_bad, n_null;
	uint32_t *weights;  /* NULL: all 1; 0: a bad row */
	double weight_unit; /* weights as read = weights * weight_unit, but for rounding */
	uint64_t weight;    /* sum of weights, or of good rows */
} cstn__features;

/* Bind and pull the whole stream, which is moved from. */
typedef struct cstn__feature_names {
	const char *const *numbers, *const *categories;
	size_t d, m;
	const char *weight; /* or NULL */
	const char *margin; /* or NULL: numbers that are added up */
} cstn__feature_names;
cstn_status cstn__features_open(cstn__features *features, struct ArrowArrayStream *rows,
		const cstn__feature_names *names, int impute, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn_error **error);
/* Bind alone; then cstn__features_more() lets go of the rows that are held and pulls the next, some
 * `rows` of them in whole batches: CSTN_DONE if there are none. */
cstn_status cstn__features_begin(cstn__features *features, struct ArrowArrayStream *rows,
		const cstn__feature_names *names, int impute, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn_error **error);
cstn_status cstn__features_more(cstn__features *features, uint64_t rows, cstn_error **error);
void cstn__features_free(cstn__features *features);
/* Find bad rows and read weights. `sink` receives what is wrong. */
cstn_status cstn__features_check(cstn__features *features, const uint32_t *steps, int32_t threads,
		cstn_progress *progress, cstn__row_sink *sink, cstn_error **error);
/* Column `column` of rows [start, start + n), n <= 1,024; `fill` for nulls. Bad rows read 0. */
cstn_status cstn__features_read(const cstn__features *features, size_t column, uint64_t start,
		int32_t n, double fill, double *out);

/* Every feature of these rows transformed, column after column CSTN__FEATURE_BLOCK apart. */
cstn_status cstn__features_read_transformed(const cstn__features *features,
		const cstn__transform *transforms, int simd, uint64_t start, int32_t n,
		double *out);
/* After the check: one more bad row. 0, or -1 when out of memory. */
int cstn__features_leave_out(cstn__features *features, uint64_t row);

static inline int cstn__features_is_bad(const cstn__features *features, uint64_t row)
{
	return features->bad && (features->bad[row / 64] >> (row % 64) & 1);
}
static inline size_t cstn__features_margin(const cstn__features *features)
{
	return features->d + (features->has_weight ? 1 : 0) + features->m;
}
static inline uint32_t cstn__features_weight(const cstn__features *features, uint64_t row)
{
	return features->weights ? features->weights[row] : 1;
}

/* transform.c: fit the d transforms; `out` has `steps` set. */
cstn_status cstn__transforms_fit(const cstn__features *features, int32_t threads, int simd,
		cstn__transform *out, cstn_error **error);
void cstn__transform_apply(const cstn__transform *transform, int simd, double *x, size_t n);
/* Variance, in the whole population, of the transformed values of a column. */
cstn_status cstn__transform_variance(const cstn__features *features, size_t column,
		const cstn__transform *transform, int simd, double *out);
/* A transformed value in the caller's units. */
double cstn__transform_back(const cstn__transform *transform, double value);
/* The value of 0-based rank `rank` when value i stands weight[i] times (NULL: once); reorders both.
 */
double cstn__rank_value(double *values, uint32_t *weights, size_t n, uint64_t rank);
/* Quantile of type 7; `total` is the sum of weights. */
double cstn__quantile7(double *values, uint32_t *weights, size_t n, uint64_t total, double p);
/* sum += weight * value, without rounding */
void cstn__exact_sum_add_times(cstn__exact_sum *sum, double weight, double value);

#endif
