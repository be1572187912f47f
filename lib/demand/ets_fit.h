#ifndef CSTN_DEMAND_ETS_FIT_H
#define CSTN_DEMAND_ETS_FIT_H

#include "demand/ets.h"
#include "demand/ets_search.h"

/* Fits of the forms without multiplicative trend to one series near 1. */

/* Longer seasons keep the classical indices as their states of the start. */
#define CSTN__ETS_SEASON_FREE 24

/* Shares in [0, 1] of what the bounds leave: alpha in [1e-4, .9999], beta in [1e-4, alpha], gamma
 * in [1e-4, 1 - alpha], phi in [.8, .98]. */
typedef struct cstn__ets_shares {
	double alpha, beta, gamma, phi;
} cstn__ets_shares;

/* A form with all of its numbers, on the way. */
typedef struct cstn__ets_point {
	cstn__ets_shares at;
	double level, trend;
	double seasonal[CSTN__ETS_SEASON_FREE];
	double value; /* -2 loglik; infinite: none */
} cstn__ets_point;

/* One series, and room to fit it in. */
typedef struct cstn__ets_work {
	const double *y;
	size_t n, m; /* m = 1: no season */
	double first;
	const double *index; /* fixed states of the start of a season above CSTN__ETS_SEASON_FREE */
	/* of a projection: errors from states of 0, and what a unit of level, of trend and of the
	 * first season takes from them; two of them, the present one and the one tried */
	cstn__four *response[2];
	cstn__four *ring, *rows; /* of derivatives: m and n times the lanes */
	double *values;          /* 2 m + n */
} cstn__ets_work;
/* Doubles that a work needs. */
size_t cstn__ets_work_room(size_t n, size_t m);
/* `room` is aligned to 16 bytes. */
void cstn__ets_work_init(cstn__ets_work *work, double *room, const double *y, size_t n, size_t m);

/* alpha, beta, gamma and phi of a form's shares. */
void cstn__ets_parameters_of(cstn__ets_form form, const cstn__ets_shares *at, double out[4]);

/* -2 loglik of a point under a form, infinite where a state leaves the numbers. */
double cstn__ets_value(
		const cstn__ets_work *work, cstn__ets_form form, const cstn__ets_point *point);

/* Additive error: states of least squares at the shares of the point, and its value. */
void cstn__ets_project(cstn__ets_work *work, cstn__ets_form form, cstn__ets_point *point);
/* From the shares of the point to the nearest minimum, states being solved for. */
void cstn__ets_fit_linear(
		cstn__ets_work *work, cstn__ets_form form, double done, cstn__ets_point *point);
/* Any form, shares and states together, from a point that has a value. */
void cstn__ets_fit_all(
		cstn__ets_work *work, cstn__ets_form form, double done, cstn__ets_point *point);

/* --- a choice of forms --- */

/* What was fitted; level to seasonal are states at the end, `seasonal` those that come next. */
typedef struct cstn__ets_fit {
	cstn__ets_model model; /* states of the start */
	double level, trend;
	const double *seasonal;
	double loglik, sigma2;
	cstn__ets_criteria criteria;
	int is_fitted; /* 0: too short or constant, the mean is all there is */
} cstn__ets_fit;

/* Doubles of room that it needs. */
size_t cstn__ets_fit_room(size_t n, size_t m);
/* The form of the pattern that AICc likes best, or the nearest that the series can bear: without
 * multiplicative parts where a value is not above 0, without season or trend where it is too
 * short. What is in `out` lives in `room`, which is aligned to 16 bytes. */
void cstn__ets_choose(cstn__ets_form pattern, const double *y, size_t n, size_t m, double *room,
		cstn__ets_fit *out);

#endif
