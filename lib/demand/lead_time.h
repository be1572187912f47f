#ifndef CSTN_DEMAND_LEAD_TIME_H
#define CSTN_DEMAND_LEAD_TIME_H

#include <stddef.h>

/* Demand over a lead time of whole periods. */

#define CSTN__RESIDUAL_LAGS 7

/* Means and variances of the sums of the first 1, 2, .. n periods: variances of the periods, and
 * autocorrelations of their errors at lags 1 to `lags`; further apart it is `beyond`. */
void cstn__lead_sums(const double *mean, const double *variance, size_t n, const double *rho,
		size_t lags, double beyond, double *sum_mean, double *sum_variance);

/* A lead time of several lengths, each with its share; shares add up to 1. */
typedef struct cstn__lead {
	int counts;             /* whole units; else normal */
	size_t n;               /* 1 or more */
	const double *share;    /* 0 or more */
	const double *mean;     /* of demand over it */
	const double *variance; /* of demand over it */
} cstn__lead;

double cstn__lead_mean(const cstn__lead *lead);
/* Where P(D <= q) reaches u: the smallest whole number of counts. */
double cstn__lead_quantile(const cstn__lead *lead, double u);
/* P(D > stock) */
double cstn__lead_stockout(const cstn__lead *lead, double stock);
/* E[(D - stock)+], stock 0 or more */
double cstn__lead_shortage(const cstn__lead *lead, double stock);

#endif
