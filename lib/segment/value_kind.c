/* The kinds of value models: names, parameters, and what each quantity is for each kind.
 *
 * One table row a kind; a quantity that a kind does not have is NaN, and never a zero that would
 * look like an answer. Cost: O(1) beside the kind's own. */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/special.h"
#include "segment/value.h"

typedef struct kind_row {
	const char *name;
	int32_t n;
	const char *parameters[CSTN__VALUE_PARAMETERS];
	uint8_t times; /* bit i: parameter i carries the unit */
	uint8_t extra;
	void (*terms)(const cstn__value_model *model, const cstn__value_chunk *chunk, int gradient,
			cstn__value_terms *out);
} kind_row;

static const kind_row kinds[CSTN__VALUE_KINDS] = {
		{NULL, 0, {NULL}, 0, 0, NULL},
		{"bgnbd", 4, {"r", "alpha", "a", "b"}, 2, 0, cstn__value_terms_bg},
		{"mbgnbd", 4, {"r", "alpha", "a", "b"}, 2, 0, cstn__value_terms_bg},
		{"pnbd", 4, {"r", "alpha", "s", "beta"}, 10, 0, cstn__value_terms_pnbd},
		{"nbd", 2, {"r", "alpha"}, 2, 0, cstn__value_terms_nbd},
		{"bgbb", 4, {"alpha", "beta", "gamma", "delta"}, 0, 0, cstn__value_terms_bgbb},
		{"sbg", 2, {"alpha", "beta"}, 0, 0, cstn__value_terms_sbg},
		{"bgcnbd", 4, {"r", "alpha", "a", "b"}, 2, 1, cstn__value_terms_cnbd},
		{"mbgcnbd", 4, {"r", "alpha", "a", "b"}, 2, 1, cstn__value_terms_cnbd},
		{"gammagamma", 3, {"p", "q", "v"}, 0, 1, cstn__value_terms_spend},
		{"bgnbd with one dropout", 3, {"r", "alpha", "odds"}, 2, 0, cstn__value_terms_one},
		{"mbgnbd with one dropout", 3, {"r", "alpha", "odds"}, 2, 0, cstn__value_terms_one},
		{"cnbd", 2, {"r", "alpha"}, 2, 1, cstn__value_terms_cnbd},
};

static const kind_row *row_of(int32_t kind)
{
	return kind > 0 && kind < CSTN__VALUE_KINDS ? &kinds[kind] : &kinds[0];
}

const char *cstn__value_kind_name(int32_t kind)
{
	return row_of(kind)->name;
}

int32_t cstn__value_kind_of(const char *name)
{
	int32_t kind;

	for (kind = CSTN__VALUE_BGNBD; kind <= CSTN__VALUE_SPEND; kind++)
		if (strcmp(name, kinds[kind].name) == 0)
			return kind;
	return 0;
}

int32_t cstn__value_n_parameters(int32_t kind)
{
	return row_of(kind)->n;
}

const char *cstn__value_parameter_name(int32_t kind, int32_t index)
{
	return index >= 0 && index < row_of(kind)->n ? row_of(kind)->parameters[index] : NULL;
}

int cstn__value_parameter_is_time(int32_t kind, int32_t index)
{
	return index >= 0 && index < row_of(kind)->n && (row_of(kind)->times >> index & 1);
}

int cstn__value_has_second(int32_t kind)
{
	return kind == CSTN__VALUE_BGNBD || kind == CSTN__VALUE_MBGNBD;
}

int cstn__value_has_extra(int32_t kind)
{
	return row_of(kind)->extra;
}

void cstn__value_terms_of(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out)
{
	if (gradient < 0 && model->kind > CSTN__VALUE_MBGNBD)
		gradient = 0;
	row_of(model->kind)->terms(model, chunk, gradient, out);
}

/* One row through the chunk's code, so that both give the same bytes. */
static void one_row(const cstn__value_model *model, const cstn__value_row *row, double *loglik,
		double *log_alive)
{
	cstn__value_chunk chunk;
	cstn__value_terms terms;

	chunk.n = 1;
	chunk.x[0] = row->x;
	chunk.tx[0] = row->tx;
	chunk.age[0] = row->age;
	chunk.extra[0] = row->extra;
	cstn__value_terms_of(model, &chunk, 0, &terms);
	*loglik = terms.loglik[0];
	*log_alive = terms.log_alive[0];
}

double cstn__value_loglik(const cstn__value_model *model, const cstn__value_row *row)
{
	double loglik, log_alive;

	one_row(model, row, &loglik, &log_alive);
	return loglik;
}

double cstn__value_log_alive(const cstn__value_model *model, const cstn__value_row *row)
{
	double loglik, log_alive;

	one_row(model, row, &loglik, &log_alive);
	return log_alive;
}

double cstn__value_expected(const cstn__value_model *model, double t)
{
	static const cstn__value_row new_customer = {0.0, 0.0, 0.0, 0.0};
	const double *theta = model->theta;

	switch (model->kind) {
	case CSTN__VALUE_BGNBD:
		return cstn__value_h(theta[0], theta[1], theta[2], theta[3], t);
	case CSTN__VALUE_MBGNBD:
		return theta[3] / (theta[2] + theta[3]) *
		       cstn__value_h(theta[0], theta[1], theta[2], theta[3] + 1.0, t);
	case CSTN__VALUE_PNBD:
		return cstn__value_pnbd_future(model, &new_customer, 0.0, t, NULL);
	case CSTN__VALUE_NBD:
		return theta[0] * t / theta[1];
	case CSTN__VALUE_BGBB:
		return cstn__value_bgbb_future(model, &new_customer, t, NULL);
	case CSTN__VALUE_BGCNBD:
	case CSTN__VALUE_MBGCNBD:
	case CSTN__VALUE_CNBD:
		return cstn__value_cnbd_expected(model, t);
	default:
		return (double)NAN;
	}
}

double cstn__value_pmf(const cstn__value_model *model, double t, double n)
{
	const double *theta = model->theta;
	double a = theta[2], b = theta[3], e = model->kind == CSTN__VALUE_MBGNBD ? 1.0 : 0.0, sum;

	switch (model->kind) {
	case CSTN__VALUE_NBD:
		return cstn__exp(cstn__value_log_nb(theta[0], theta[1], t, n));
	case CSTN__VALUE_PNBD:
		return cstn__value_pnbd_pmf(model, t, n);
	case CSTN__VALUE_BGBB:
		return cstn__value_bgbb_pmf(model, t, n);
	case CSTN__VALUE_BGCNBD:
	case CSTN__VALUE_MBGCNBD:
	case CSTN__VALUE_CNBD:
		return cstn__value_cnbd_pmf(model, t, n);
	case CSTN__VALUE_BGNBD:
	case CSTN__VALUE_MBGNBD:
		break;
	default:
		return (double)NAN;
	}
	sum = cstn__exp(cstn__value_log_nb(theta[0], theta[1], t, n) + cstn__log_rising(b, n + e) -
			cstn__log_rising(a + b, n + e));
	if (n + e > 0.0)
		sum += cstn__value_nb_tail(theta[0], theta[1], t, n) * a *
		       cstn__exp(cstn__log_rising(b, n + e - 1.0) - cstn__log_rising(a + b, n + e));
	return sum;
}

static double bg_future(const cstn__value_model *model, const cstn__value_row *row, double alive,
		double t, double *variance)
{
	const double *theta = model->theta;
	double e = model->kind == CSTN__VALUE_MBGNBD ? 1.0 : 0.0, second, h, v;
	double r = theta[0] + row->x, alpha = theta[1] + row->age, b = theta[3] + row->x + e;

	if (!variance)
		return alive * cstn__value_h(r, alpha, theta[2], b, t);
	h = cstn__value_h_moments(r, alpha, theta[2], b, t, &second);
	v = alive * (second + h) - alive * h * alive * h;
	*variance = v > 0.0 ? v : 0.0;
	return alive * h;
}

double cstn__value_future(const cstn__value_model *model, const cstn__value_row *row, double t,
		double *variance)
{
	double log_alive = model->kind == CSTN__VALUE_NBD || model->kind == CSTN__VALUE_BGBB
					   ? 0.0
					   : cstn__value_log_alive(model, row);

	return cstn__value_future_of(model, row, log_alive, t, variance);
}

double cstn__value_future_of(const cstn__value_model *model, const cstn__value_row *row,
		double log_alive, double t, double *variance)
{
	double shape = model->theta[0] + row->x, alpha = model->theta[1] + row->age;

	switch (model->kind) {
	case CSTN__VALUE_BGNBD:
	case CSTN__VALUE_MBGNBD:
		return bg_future(model, row, cstn__exp(log_alive), t, variance);
	case CSTN__VALUE_PNBD:
		return cstn__value_pnbd_future(model, row, log_alive, t, variance);
	case CSTN__VALUE_NBD:
		if (variance)
			*variance = shape * t / alpha * (1.0 + t / alpha);
		return shape * t / alpha;
	case CSTN__VALUE_BGBB:
		return cstn__value_bgbb_future(model, row, t, variance);
	case CSTN__VALUE_BGCNBD:
	case CSTN__VALUE_MBGCNBD:
	case CSTN__VALUE_CNBD:
		return cstn__value_cnbd_future(model, row, log_alive, t, variance);
	default:
		if (variance)
			*variance = (double)NAN;
		return (double)NAN;
	}
}

/* delta times the integral of e^(-delta t) h(t) by the trapezoid rule in ln t, whose left side
 * falls as t^2 and whose right side as e^(-delta t). */
static double discounted(const cstn__value_model *model, const cstn__value_row *row, double rate)
{
	double sum = 0.0, middle = -cstn__log(rate),
	       alive = cstn__exp(cstn__value_log_alive(model, row));
	cstn__value_row now = *row;
	int direction, j;

	for (direction = -1; direction <= 1; direction += 2) {
		for (j = direction < 0 ? 0 : 1; j < 400; j++) {
			double v = middle + direction * j * 0.25, t = cstn__exp(v), u = rate * t, f;

			/* h alone: the row's P(alive) is one factor of all */
			f = model->kind == CSTN__VALUE_BGNBD || model->kind == CSTN__VALUE_MBGNBD
					    ? bg_future(model, &now, 1.0, t, NULL)
					    : cstn__value_cnbd_future(model, &now, 0.0, t, NULL);
			f *= u * cstn__exp(-u);
			sum += f;
			if (f < 0x1p-58 * sum)
				break;
		}
	}
	return alive * sum * 0.25;
}

double cstn__value_residual(const cstn__value_model *model, const cstn__value_row *row, double rate)
{
	switch (model->kind) {
	case CSTN__VALUE_PNBD:
		return cstn__value_pnbd_residual(model, row, rate);
	case CSTN__VALUE_BGBB:
		return cstn__value_bgbb_residual(model, row, rate);
	case CSTN__VALUE_NBD:
		return rate > 0.0 ? (model->theta[0] + row->x) / (model->theta[1] + row->age) / rate
				  : (double)NAN;
	case CSTN__VALUE_BGNBD:
	case CSTN__VALUE_MBGNBD:
	case CSTN__VALUE_BGCNBD:
	case CSTN__VALUE_MBGCNBD:
		return rate > 0.0 ? discounted(model, row, rate) : (double)NAN;
	default:
		return (double)NAN;
	}
}
