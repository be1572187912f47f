/* Fitting a value model: starts, the climb, and what must be said about the answer.
 *
 * All starts climb on a stratified part of the groups when there are many, the best goes on with
 * all of them; so several starts cost little more than one. Beside the model its limits are fitted:
 * no dropout, one probability of dropout for all, one rate for all. Where the model cannot be told
 * from a limit a flag says so; standard errors of parameters that ran off are left out, predictions
 * stay. A fit is never thrown away.
 *
 * Invariant: the result is a function of the table and the request, not of threads. */
#include "segment/value_fit.h"

#include <math.h>

#include "base/alloc.h"
#include "base/elementary.h"
#include "base/error.h"

#define P CSTN__VALUE_PARAMETERS
#define MANY_GROUPS 8192
#define PART_GROUPS 2048
#define REACH 12.0 /* a parameter stays within e^12 of 1, times within e^12 of the mean age */
#define FAR 8.0    /* one beyond e^8 ran off to a limit, where rounding hides the slope */
#define STARTS_MAX 5
#define ENOUGH 1e-10
#define ENOUGH_FAR 1e-4

static cstn_status not_identified(cstn_error **error, const char *why)
{
	return cstn__fail(error, CSTN_E_NOT_IDENTIFIED, "the model is not identified: %s", why);
}

static cstn_status check(const cstn__value_table *table, int32_t kind,
		const cstn__value_totals *totals, cstn_error **error)
{
	if (table->count == 0)
		return cstn__fail(error, CSTN_E_EMPTY, "there are no customers to fit");
	if (totals->customers < cstn__value_n_parameters(kind))
		return cstn__fail(error, CSTN_E_NOT_IDENTIFIED,
				"the model is not identified: %.0f customers for %d parameters",
				totals->customers, cstn__value_n_parameters(kind));
	if (totals->repeaters <= 0.0)
		return not_identified(error, kind == CSTN__VALUE_SBG ? "nobody was lost"
								     : "no customer bought again");
	if (table->count == 1)
		return not_identified(error, "all customers are equal in x, tx and T");
	if (kind == CSTN__VALUE_SBG && totals->groups < 3)
		return not_identified(error, "losses of one period only");
	return CSTN_OK;
}

static void set(double *theta, double a, double b, double c, double d)
{
	theta[0] = a;
	theta[1] = b;
	theta[2] = c;
	theta[3] = d;
}

/* The starts of a kind; returns how many. */
static int starts_of(const cstn__value_fit_request *request, const cstn__value_totals *totals,
		double starts[STARTS_MAX][P])
{
	double mean = totals->x / totals->customers, age = totals->age / totals->customers;
	double variance = totals->xx / totals->customers - mean * mean, r, alpha, leave;
	int n = 0, i;

	r = variance > mean * 1.01 ? mean * mean / (variance - mean) : 100.0;
	age = age > 0.0 ? age : 1.0;
	alpha = r * age / mean;
	/* of all purchases that could have been the last one, those of one-time buyers were */
	leave = totals->once / (totals->x + totals->once);
	leave = leave < 0.01 ? 0.01 : leave;
	switch (request->kind) {
	case CSTN__VALUE_SPEND:
		mean = totals->spend / totals->customers;
		set(starts[n++], 1.0, 3.0, mean * 2.0, 1.0);
		set(starts[n++], 5.0, 4.0, mean * 0.6, 1.0);
		set(starts[n++], 0.5, 10.0, mean * 18.0, 1.0);
		break;
	case CSTN__VALUE_BGBB:
	case CSTN__VALUE_SBG:
		set(starts[n++], 1.0, 1.0, 1.0, 1.0);
		set(starts[n++], 0.5, 0.5, 0.5, 5.0);
		set(starts[n++], 2.0, 5.0, 0.1, 10.0);
		break;
	case CSTN__VALUE_PNBD:
		set(starts[n++], r, alpha, 0.5, age * 0.5);
		set(starts[n++], 1.0, age, 1.0, age);
		set(starts[n++], r, alpha, 0.1, age * 10.0);
		break;
	default:
		set(starts[n++], r, alpha, 2.0 * leave, 2.0 * (1.0 - leave));
		set(starts[n++], 1.0, age, 1.0, 1.0);
		set(starts[n++], r, alpha, 0.01, 9.99);
	}
	for (i = 0; i < n; i++)
		if (cstn__value_has_extra(request->kind) && request->kind != CSTN__VALUE_SPEND)
			starts[i][1] /= request->k_from; /* phases come k times as fast */
	if (request->start) {
		for (i = 0; i < P; i++)
			starts[n][i] = i < cstn__value_n_parameters(request->kind)
						       ? request->start[i]
						       : 1.0;
		n++;
	}
	return n;
}

static void prepare(cstn__value_climb *climb, const cstn__value_table *table,
		const cstn__value_fit_request *request, int32_t kind, int32_t k,
		const cstn__value_totals *totals)
{
	double age = totals->age / totals->customers;
	double spend = totals->spend / totals->customers;
	int32_t i;

	memset(climb, 0, sizeof(*climb));
	climb->table = table;
	climb->model.kind = kind;
	climb->model.k = k;
	climb->model.simd = request->simd;
	climb->model.n = cstn__value_n_parameters(kind);
	climb->threads = request->threads;
	climb->max_iterations = request->max_iterations;
	climb->n = totals->customers;
	for (i = 0; i < P; i++) {
		double middle = cstn__value_parameter_is_time(kind, i) && age > 0.0 ? cstn__log(age)
										    : 0.0;

		if (kind == CSTN__VALUE_SPEND && i == 2)
			middle = cstn__log(spend);
		climb->low[i] = middle - REACH;
		climb->high[i] = middle + REACH;
		climb->model.theta[i] = 1.0;
	}
}

/* Every so many-th group with its weight: sorted by x, so that all x are in it. */
static cstn_status part_of(
		const cstn__value_table *table, cstn__value_table *part, cstn_error **error)
{
	size_t i;
	cstn_status status = CSTN_OK;

	cstn__value_table_init(part, &table->allocator, table->item > sizeof(cstn__value_group));
	for (i = 0; i < PART_GROUPS && status == CSTN_OK; i++) {
		size_t at = (size_t)((double)table->count * ((double)i + 0.5) / PART_GROUPS);
		cstn__value_row row = cstn__value_row_at(table, at);

		status = cstn__value_table_add(
				part, &row, cstn__value_group_at(table, at)->weight, error);
	}
	if (status == CSTN_OK)
		status = cstn__value_table_settle(part, error);
	return status;
}

/* The best end of all starts on `table`, or of the warm one alone, as a start for more. */
static cstn_status best_start(const cstn__value_table *table,
		const cstn__value_fit_request *request, const double *warm, int32_t k,
		double best[P], int32_t *n_starts, int32_t *evaluations, cstn_error **error)
{
	double starts[STARTS_MAX][P], least = (double)INFINITY;
	cstn__value_totals totals;
	cstn_status status = CSTN_OK;
	int n, i;

	cstn__value_totals_of(table, &totals);
	if (totals.x <= 0.0)
		totals.x = 1.0;
	n = starts_of(request, &totals, starts);
	if (warm) {
		memcpy(starts[0], warm, sizeof(starts[0]));
		n = 1;
	}
	memcpy(best, starts[0], sizeof(starts[0]));
	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn__value_climb climb;

		prepare(&climb, table, request, request->kind, k, &totals);
		climb.max_iterations = 200;
		memcpy(climb.model.theta, starts[i], sizeof(starts[i]));
		status = cstn__value_climb_bfgs(&climb, 1e-6, error);
		*evaluations += climb.evaluations;
		if (status == CSTN_OK && climb.value < least) {
			least = climb.value;
			memcpy(best, climb.model.theta, sizeof(starts[i]));
		}
	}
	*n_starts += n;
	return status;
}

/* 1 if parameter i of the climb ran off. */
static int is_far(const cstn__value_climb *climb, int32_t i)
{
	double at = cstn__log(climb->model.theta[i]);

	return at < climb->low[i] + (REACH - FAR) || at > climb->high[i] - (REACH - FAR);
}

static double enough_of(const cstn__value_climb *climb)
{
	int32_t i, far = 0;

	for (i = 0; i < climb->model.n; i++)
		far |= is_far(climb, i);
	return far ? ENOUGH_FAR : ENOUGH;
}

/* Climb on the part first, when there is one: the climb of the whole then begins near the top and
 * with a good metric. */
static cstn_status climb_part(
		cstn__value_climb *climb, const cstn__value_table *part, cstn_error **error)
{
	cstn__value_climb small = *climb;
	cstn__value_totals totals;
	cstn_status status;

	if (!part)
		return CSTN_OK;
	cstn__value_totals_of(part, &totals);
	small.table = part;
	small.n = totals.customers;
	small.penalty *= totals.customers / climb->n;
	status = cstn__value_climb_bfgs(&small, 1e-8, error);
	if (status == CSTN_OK)
		status = cstn__value_climb_hessian(&small, error);
	if (status != CSTN_OK)
		return status;
	memcpy(climb->model.theta, small.model.theta, sizeof(small.model.theta));
	climb->has_metric = !cstn__value_invert(small.model.n, small.hessian, climb->metric);
	return CSTN_OK;
}

static cstn_status fit_phases(const cstn__value_table *table, const cstn__value_table *part,
		const cstn__value_fit_request *request, const cstn__value_totals *totals,
		const double *anchor, const double *warm, int32_t k, cstn__value_climb *climb,
		cstn__value_fit *fit, cstn_error **error)
{
	double best[P];
	int32_t i, evaluations = 0;
	cstn_status status = best_start(part ? part : table, request, warm, k, best, &fit->starts,
			&evaluations, error);

	if (status != CSTN_OK)
		return status;
	prepare(climb, table, request, request->kind, k, totals);
	climb->penalty = request->penalty;
	for (i = 0; i < P; i++)
		climb->anchor[i] = cstn__log(anchor[i]);
	memcpy(climb->model.theta, best, sizeof(best));
	climb->evaluations = part ? 0 : evaluations; /* of the whole only */
	status = climb_part(climb, part, error);
	/* second derivatives cost one pass, and the part has brought the climb near */
	if (status == CSTN_OK && !(part && cstn__value_has_second(request->kind)))
		status = cstn__value_climb_bfgs(climb, part ? 1e-8 : 1e-6, error);
	if (status == CSTN_OK)
		status = cstn__value_climb_newton(climb, ENOUGH, error);
	if (status == CSTN_OK && cstn__value_climb_slope(climb) > enough_of(climb)) {
		climb->max_iterations += request->max_iterations;
		status = cstn__value_climb_bfgs(climb, ENOUGH, error);
		if (status == CSTN_OK)
			status = cstn__value_climb_newton(climb, ENOUGH, error);
	}
	return status;
}

/* --- limits --- */

static cstn_status fit_limit(const cstn__value_fit *fit, const cstn__value_table *table,
		const cstn__value_table *part, const cstn__value_fit_request *request,
		const cstn__value_totals *totals, int32_t kind, uint32_t fixed, const double *theta,
		double *loglik, cstn_error **error)
{
	cstn__value_climb climb;
	cstn_status status;

	prepare(&climb, table, request, kind, fit->model.k, totals);
	memcpy(climb.model.theta, theta, sizeof(climb.model.theta));
	climb.fixed = fixed;
	status = climb_part(&climb, part, error);
	if (status == CSTN_OK)
		status = cstn__value_climb_bfgs(&climb, part ? 1e-6 : 1e-8, error);
	if (status == CSTN_OK)
		*loglik = climb.loglik;
	return status;
}

static int has_dropout(int32_t kind)
{
	return kind == CSTN__VALUE_BGNBD || kind == CSTN__VALUE_MBGNBD ||
	       kind == CSTN__VALUE_PNBD || kind == CSTN__VALUE_BGCNBD ||
	       kind == CSTN__VALUE_MBGCNBD;
}

static cstn_status fit_limits(cstn__value_fit *fit, const cstn__value_table *table,
		const cstn__value_table *part, const cstn__value_fit_request *request,
		const cstn__value_totals *totals, cstn_error **error)
{
	const double *theta = fit->model.theta;
	int32_t kind = fit->model.kind;
	double start[P] = {theta[0], theta[1], 1.0, 1.0};
	cstn_status status = CSTN_OK;

	if (has_dropout(kind)) {
		int32_t alone = cstn__value_has_extra(kind) ? CSTN__VALUE_CNBD : CSTN__VALUE_NBD;

		status = fit_limit(fit, table, part, request, totals, alone, 0, start,
				&fit->loglik_no_dropout, error);
	}
	if (status == CSTN_OK && (kind == CSTN__VALUE_BGNBD || kind == CSTN__VALUE_MBGNBD)) {
		start[2] = theta[2] / theta[3];
		status = fit_limit(fit, table, part, request, totals,
				kind == CSTN__VALUE_BGNBD ? CSTN__VALUE_BG_ONE
							  : CSTN__VALUE_MBG_ONE,
				0, start, &fit->loglik_one_dropout, error);
	}
	if (status == CSTN_OK && (has_dropout(kind) || kind == CSTN__VALUE_NBD) &&
			(table->count <= MANY_GROUPS || theta[0] > 10.0)) {
		memcpy(start, theta, sizeof(start));
		/* nearly one rate: the difference to a limit goes as 1 / r */
		start[0] = 1e5;
		start[1] = theta[1] / theta[0] * 1e5;
		status = fit_limit(fit, table, part, request, totals, kind, 1, start,
				&fit->loglik_one_rate, error);
	}
	return status;
}

/* --- what is said about it --- */

/* The inverse of the Hessian of the parameters that did not run off, which stands where the whole
 * has none: in the limit the others are of no account. Rows of those are of the identity. 0 or -1.
 */
static int invert_near(const cstn__value_climb *climb, double inverse[P * P])
{
	int32_t n = climb->model.n, i, k, far = 0;
	double near[P * P];

	memcpy(near, climb->hessian, sizeof(near));
	for (i = 0; i < n; i++) {
		if (!is_far(climb, i))
			continue;
		far++;
		for (k = 0; k < n; k++)
			near[i * P + k] = near[k * P + i] = k == i;
	}
	return far == 0 || far == n ? -1 : cstn__value_invert(n, near, inverse);
}

static void errors_of(const cstn__value_climb *climb, cstn__value_fit *fit)
{
	int32_t n = fit->model.n, i;
	double largest = 0.0, power[P], inverse[P * P];
	int round, whole;

	fit->condition = (double)NAN;
	for (i = 0; i < P * P; i++)
		fit->covariance[i] = (double)NAN;
	for (i = 0; i < P; i++)
		fit->error[i] = (double)NAN;
	whole = !cstn__value_invert(n, climb->hessian, inverse);
	if (!whole && invert_near(climb, inverse))
		return;
	for (i = 0; i < n; i++) {
		int32_t k;

		for (k = 0; k < n; k++)
			if (whole || (!is_far(climb, i) && !is_far(climb, k)))
				fit->covariance[i * P + k] = inverse[i * P + k] / fit->customers;
		if (!is_far(climb, i) && inverse[i * P + i] > 0.0)
			fit->error[i] = fit->model.theta[i] *
					sqrt(inverse[i * P + i] / fit->customers);
	}
	if (!whole)
		return;
	/* the largest eigenvalues of the Hessian and of its inverse by powers */
	fit->condition = 1.0;
	for (round = 0; round < 2; round++) {
		const double *matrix = round ? inverse : climb->hessian;
		int step;

		for (i = 0; i < n; i++)
			power[i] = 1.0 + 0.1 * i;
		for (step = 0; step < 200; step++) {
			double next[P], norm = 0.0;
			int32_t k;

			for (i = 0; i < n; i++) {
				next[i] = 0.0;
				for (k = 0; k < n; k++)
					next[i] += matrix[i * P + k] * power[k];
				norm += next[i] * next[i];
			}
			largest = sqrt(norm);
			for (i = 0; i < n; i++)
				power[i] = next[i] / largest;
		}
		fit->condition *= largest;
	}
}

static void spend_flags(cstn__value_fit *fit, const cstn__value_totals *totals)
{
	double n = totals->customers, x = totals->x / n, z = totals->spend / n;
	double xx = totals->xx / n - x * x, zz = totals->spend_spend / n - z * z;
	double xz = totals->x_spend / n - x * z,
	       c = xx > 0.0 && zz > 0.0 ? xz / sqrt(xx * zz) : 0.0;

	fit->correlation = c;
	fit->correlation_error = n > 2.0 ? sqrt((1.0 - c * c) / (n - 2.0)) : (double)NAN;
	if (fabs(c) > 0.1)
		fit->flags |= CSTN__FIT_CORRELATED;
	if (fit->model.theta[1] <= 1.0)
		fit->flags |= CSTN__FIT_NO_MEAN;
}

static void flag(cstn__value_fit *fit, double enough)
{
	int32_t kind = fit->model.kind;
	int regular = cstn__value_has_extra(kind);

	fit->recommended = kind;
	if (fit->gradient > enough)
		fit->flags |= CSTN__FIT_NOT_CONVERGED;
	if (fit->loglik - fit->loglik_one_rate < 0.01 ||
			((has_dropout(kind) || kind == CSTN__VALUE_NBD) &&
					fit->model.theta[0] > 1000.0))
		fit->flags |= CSTN__FIT_HOMOGENEOUS_RATE;
	if (fit->loglik - fit->loglik_one_dropout < 0.01) {
		fit->flags |= CSTN__FIT_HOMOGENEOUS_DROPOUT;
		fit->error[2] = fit->error[3] = (double)NAN;
		fit->recommended = kind == CSTN__VALUE_BGNBD ? CSTN__VALUE_BG_ONE
							     : CSTN__VALUE_MBG_ONE;
	}
	if (fit->loglik - fit->loglik_no_dropout < 0.5) {
		fit->flags |= CSTN__FIT_NO_DROPOUT;
		fit->error[2] = fit->error[3] = (double)NAN;
		fit->recommended = regular ? CSTN__VALUE_CNBD : CSTN__VALUE_NBD;
	}
	if (fit->flags & CSTN__FIT_HOMOGENEOUS_RATE)
		fit->error[0] = fit->error[1] = (double)NAN;
}

static cstn_status fit_with(const cstn__value_table *table, const cstn__value_table *part,
		const cstn__value_fit_request *request, cstn__value_fit *out, cstn_error **error)
{
	double starts[STARTS_MAX][P];
	cstn__value_fit_request plain = *request;
	cstn__value_fit fit;
	cstn__value_climb climb, tried;
	cstn__value_totals totals;
	cstn_status status;
	int32_t k;

	memset(&fit, 0, sizeof(fit));
	cstn__value_totals_of(table, &totals);
	status = check(table, request->kind, &totals, error);
	if (status != CSTN_OK)
		return status;
	plain.start = NULL;
	(void)starts_of(&plain, &totals, starts);
	memset(&climb, 0, sizeof(climb));
	memset(&tried, 0, sizeof(tried));
	for (k = request->k_from; k <= request->k_to && status == CSTN_OK; k++) {
		double warm[P];

		/* one phase more is not far: the rate of phases grows as their number */
		memcpy(warm, tried.model.theta, sizeof(warm));
		if (k > request->k_from)
			warm[1] *= (double)(k - 1) / k;
		status = fit_phases(table, part, request, &totals,
				request->start ? request->start : starts[0],
				k > request->k_from ? warm : NULL, k, &tried, &fit, error);
		if (status == CSTN_OK && (k == request->k_from || tried.value < climb.value))
			climb = tried;
	}
	if (status != CSTN_OK)
		return status;
	fit.model = climb.model;
	fit.groups = table->count;
	fit.customers = totals.customers;
	fit.loglik = climb.loglik;
	fit.gradient = cstn__value_climb_slope(&climb);
	fit.iterations = climb.iterations;
	fit.evaluations = climb.evaluations;
	fit.loglik_no_dropout = fit.loglik_one_dropout = fit.loglik_one_rate = (double)NAN;
	fit.correlation = fit.correlation_error = (double)NAN;
	errors_of(&climb, &fit);
	status = fit_limits(&fit, table, part, request, &totals, error);
	if (status != CSTN_OK)
		return status;
	flag(&fit, enough_of(&climb));
	if (request->kind == CSTN__VALUE_SPEND)
		spend_flags(&fit, &totals);
	*out = fit;
	return CSTN_OK;
}

cstn_status cstn__value_fit_of(const cstn__value_table *table,
		const cstn__value_fit_request *request, cstn__value_fit *out, cstn_error **error)
{
	cstn__value_table part;
	cstn_status status;

	if (table->count <= MANY_GROUPS)
		return fit_with(table, NULL, request, out, error);
	status = part_of(table, &part, error);
	if (status == CSTN_OK)
		status = fit_with(table, &part, request, out, error);
	cstn__value_table_free(&part);
	return status;
}
