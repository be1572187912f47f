#ifndef CSTN_DEMAND_ETS_H
#define CSTN_DEMAND_ETS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/status.h>

/* Exponential smoothing as a model with errors (Hyndman, Koehler, Ord and Snyder 2008): what its
 * error, trend and season are, its recursion, its likelihood, its fit. */

/* --- forms --- */

enum { CSTN__ETS_NONE, CSTN__ETS_ADDITIVE, CSTN__ETS_MULTIPLICATIVE, CSTN__ETS_ANY };

typedef struct cstn__ets_form {
	uint8_t error;  /* CSTN__ETS_, never NONE */
	uint8_t trend;  /* ANY: of N, A and Ad */
	uint8_t damped; /* 0 or 1 */
	uint8_t season;
} cstn__ets_form;

#define CSTN__ETS_NAME 8
/* "MAdM", "M,Ad,M" or "ETS(M,Ad,M)"; Z is any. 0, or -1: no form. */
int cstn__ets_parse(const char *text, cstn__ets_form *out);
/* "MAdM". */
void cstn__ets_name(cstn__ets_form form, char out[CSTN__ETS_NAME]);
/* Of the thirty, the nineteen whose recursion is stable: no additive error beside a multiplicative
 * part, no multiplicative trend beside an additive season. */
int cstn__ets_is_admissible(cstn__ets_form form);
/* Is there a Z in it? */
int cstn__ets_is_pattern(cstn__ets_form form);
/* Is `form`, which has no Z, one of the pattern? */
int cstn__ets_matches(cstn__ets_form pattern, cstn__ets_form form);
/* Smoothing parameters, free states of the start and the variance: k of the criteria. */
size_t cstn__ets_parameters(cstn__ets_form form, size_t season);
/* The i-th of the fifteen forms without multiplicative trend, simple ones first: six without
 * season, three with a season and no trend, six with both. */
#define CSTN__ETS_FITTED 15
cstn__ets_form cstn__ets_fitted(int i);

/* --- a model with all its numbers --- */

typedef struct cstn__ets_model {
	cstn__ets_form form;
	size_t season; /* periods, 1 where there is none */
	double alpha, beta, gamma, phi;
	double level, trend; /* at the start */
	double *seasonal;    /* at the start: the j-th is met by y[j] */
} cstn__ets_model;

/* States on their way: the t-th are those y[t] meets. */
typedef struct cstn__ets_trace {
	double *fitted, *residuals; /* n */
	double *level, *trend;      /* n + 1 */
	double *seasonal;           /* n + season */
} cstn__ets_trace;

typedef struct cstn__ets_sums {
	double squares; /* of residuals, which are relative where the error is multiplicative */
	double logs;    /* of |fitted| where the error is multiplicative, else 0 */
} cstn__ets_sums;

/* 0, or 1 + the first t where a state leaves the numbers the form is made of. */
size_t cstn__ets_run(const cstn__ets_model *model, const double *y, size_t n,
		const cstn__ets_trace *trace, cstn__ets_sums *out);

/* Without constants: -(n/2) log(squares) - logs. */
double cstn__ets_loglik(cstn__ets_sums sums, size_t n);

typedef struct cstn__ets_criteria {
	double aic, aicc, bic; /* NaN where there are too few values */
	double sigma2;         /* squares / (n - k + 1); NaN likewise */
} cstn__ets_criteria;
cstn__ets_criteria cstn__ets_criteria_of(
		cstn__ets_form form, size_t season, double loglik, double squares, size_t n);

/* Mean and variance h periods ahead of states at the end; `variance` NULL: not asked for. `model`
 * gives the form and parameters, its states are not read; `seasonal` has the states that come next.
 * `scratch` has 6 x season + h values. */
void cstn__ets_ahead(const cstn__ets_model *model, double level, double trend,
		const double *seasonal, double sigma2, size_t h, double *scratch, double *mean,
		double *variance);

#endif
