#ifndef CSTN_DEMAND_METRIC_H
#define CSTN_DEMAND_METRIC_H

#include <constellation/demand_evaluate.h>

/* What a history divides an error by. */
enum {
	CSTN__SCALE_NONE,
	CSTN__SCALE_SEASONAL, /* mean of |y_t - y_(t-m)| */
	CSTN__SCALE_ABSOLUTE, /* mean of |y_t - y_(t-1)| from the first value that is not 0 */
	CSTN__SCALE_SQUARED   /* square root of the mean of (y_t - y_(t-1))^2, likewise */
};

/* CSTN__SCALE_ of a measure. */
int cstn__metric_scale(int32_t metric);
/* 0 where there is nothing to divide by. `y` is NULL only for CSTN__SCALE_NONE or n = 0. */
double cstn__history_scale(int scale, const double *y, size_t n, size_t season);
/* Of arrays that were checked. 0 where the value is null, else 1: it may be infinite. */
int cstn__metric_of(int32_t metric, const cstn_forecast_sample *sample, double scale, double *out);

#endif
