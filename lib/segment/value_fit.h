#ifndef CSTN_SEGMENT_VALUE_FIT_H
#define CSTN_SEGMENT_VALUE_FIT_H

#include "segment/value_table.h"

/* What a fit found that a reader must know. */
#define CSTN__FIT_NOT_CONVERGED 1u
#define CSTN__FIT_NO_DROPOUT 2u
#define CSTN__FIT_HOMOGENEOUS_DROPOUT 4u
#define CSTN__FIT_HOMOGENEOUS_RATE 8u
#define CSTN__FIT_NO_MEAN 16u
#define CSTN__FIT_CORRELATED 32u

typedef struct cstn__value_fit_request {
	int32_t kind, k_from, k_to; /* phases to try; 1, 1 where the kind has none */
	int32_t threads, simd, max_iterations;
	double penalty;      /* times the sum of ln(theta / theta0)^2 */
	const double *start; /* NULL, or one more start */
} cstn__value_fit_request;

typedef struct cstn__value_fit {
	cstn__value_model model;
	uint32_t flags;
	int32_t starts, iterations, evaluations, recommended; /* a kind */
	size_t groups;
	double customers, loglik, gradient; /* largest |theta g| / n */
	double covariance[CSTN__VALUE_PARAMETERS * CSTN__VALUE_PARAMETERS]; /* of ln theta */
	double error[CSTN__VALUE_PARAMETERS]; /* standard errors, NaN where there is none */
	double condition;                     /* of the Hessian; NaN if not positive definite */
	double loglik_no_dropout, loglik_one_dropout, loglik_one_rate; /* NaN: not of this kind */
	double correlation, correlation_error;                         /* of x and mean spend */
} cstn__value_fit;

/* Fit a settled table. CSTN_E_NOT_IDENTIFIED, CSTN_E_NOMEM. */
cstn_status cstn__value_fit_of(const cstn__value_table *table,
		const cstn__value_fit_request *request, cstn__value_fit *out, cstn_error **error);

/* Log-likelihood of a settled table and, when `gradient` is not NULL, its derivatives. */
cstn_status cstn__value_table_loglik(const cstn__value_table *table, const cstn__value_model *model,
		int32_t threads, double *loglik, double *gradient, cstn_error **error);

/* --- the climb ---------------------------------------------------------------------------------
 */

typedef struct cstn__value_climb {
	const cstn__value_table *table;
	cstn__value_model model; /* where it stands */
	uint32_t fixed;          /* bit i: parameter i does not move */
	int32_t threads, max_iterations, iterations, evaluations;
	double n, penalty, anchor[CSTN__VALUE_PARAMETERS];                /* ln theta0 */
	double low[CSTN__VALUE_PARAMETERS], high[CSTN__VALUE_PARAMETERS]; /* of ln theta */
	double loglik, value; /* value: minus what is maximised, over n */
	double slope[CSTN__VALUE_PARAMETERS];
	double hessian[CSTN__VALUE_PARAMETERS * CSTN__VALUE_PARAMETERS];
	int32_t with_hessian; /* a look fills the Hessian too; has_second() kinds only */
	int32_t has_metric;   /* an inverse Hessian to begin with, of a part of the table */
	double metric[CSTN__VALUE_PARAMETERS * CSTN__VALUE_PARAMETERS];
} cstn__value_climb;
/* Value and slope where the model stands. */
cstn_status cstn__value_climb_look(cstn__value_climb *climb, cstn_error **error);
/* BFGS until the largest slope is below `enough`. */
cstn_status cstn__value_climb_bfgs(cstn__value_climb *climb, double enough, cstn_error **error);
/* Up to 5 Newton steps; fills the Hessian. */
cstn_status cstn__value_climb_newton(cstn__value_climb *climb, double enough, cstn_error **error);
/* The Hessian where the climb stands. */
cstn_status cstn__value_climb_hessian(cstn__value_climb *climb, cstn_error **error);
/* The largest slope, parameters at their bounds left out. */
double cstn__value_climb_slope(const cstn__value_climb *climb);
/* Inverse of a positive definite n x n matrix; 0 or -1. */
int cstn__value_invert(int32_t n, const double *matrix, double *inverse);

#endif
