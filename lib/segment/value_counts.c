/* Counts of purchases as probabilities: how many in a time, and whether any at all.
 *
 * Where a customer may leave at any moment (Pareto/NBD) counts are an integral over that moment,
 * and so is "at least one" over the moment of the first purchase; both are positive, so no
 * difference of nearly equal numbers is taken. In y = t / (1 + e^-u) they are smooth on the whole
 * line and fall off exponentially on both sides, where the trapezoid rule converges faster than any
 * power of its step (Trefethen and Weideman 2014). A count of n is narrow as 1 / sqrt(n), and so is
 * the step. Cost: 500 terms for small counts. */
#include <math.h>

#include "base/elementary.h"
#include "base/special.h"
#include "segment/value.h"

#define STEP 0.25
#define WIDEST 120 /* where peaks are looked for, in u */
#define SMALL 0x1p-60
#define TERMS_MOST 1000000

/* What is integrated over y in (0, t): (y / (shift + y))^n (1 + y / shift)^-power (1 + y /
 * other)^-rest times e^scale. */
typedef struct curve {
	double t, log_t, n, shift, power, other, rest, scale;
} curve;

static double log_at(const curve *of, double u)
{
	double y = of->t / (1.0 + cstn__exp(-u)), value;

	value = of->scale + of->log_t - cstn__softplus(u) - cstn__softplus(-u) -
		of->power * cstn__log1p(y / of->shift) - of->rest * cstn__log1p(y / of->other);
	return of->n > 0.0 ? value - of->n * cstn__log1p(of->shift / y) : value;
}

static double integral(const curve *of)
{
	double step = of->n > 0.0 ? 0.5 / sqrt(of->n + 1.0) : STEP, sum, peak = 0.0;
	double best = log_at(of, 0.0);
	int u, direction, j;

	step = step < STEP ? step : STEP;
	for (u = -WIDEST; u <= WIDEST; u++)
		if (log_at(of, u) > best) {
			best = log_at(of, u);
			peak = u;
		}
	sum = cstn__exp(best);
	for (direction = -1; direction <= 1; direction += 2) {
		double before = sum;

		for (j = 1; j < TERMS_MOST; j++) {
			double f = cstn__exp(log_at(of, peak + direction * j * step));

			sum += f;
			/* the peak lies within 1 of where it was found */
			if (f <= before && f < SMALL * sum && j * step > 1.0)
				break;
			before = f;
		}
	}
	return sum * step;
}

double cstn__value_pnbd_pmf(const cstn__value_model *model, double t, double n)
{
	double r = model->theta[0], alpha = model->theta[1], s = model->theta[2];
	double beta = model->theta[3];
	curve gone = {t, 0.0, n, alpha, r, beta, s + 1.0, 0.0};

	if (!(t > 0.0))
		return n > 0.0 ? 0.0 : 1.0;
	gone.log_t = cstn__log(t);
	gone.scale = cstn__log(s / beta);
	if (n > 0.0)
		gone.scale += cstn__log_rising(r, n) - cstn__log_gamma(n + 1.0);
	return cstn__exp(cstn__value_log_nb(r, alpha, t, n) - s * cstn__log1p(t / beta)) +
	       integral(&gone);
}

/* At least one purchase in the next t of one who is alive now. */
static double pnbd_active(const cstn__value_model *model, const cstn__value_row *row, double t)
{
	double k = model->theta[0] + row->x, end = model->theta[1] + row->age;
	curve first = {t, cstn__log(t), 0.0, end, k + 1.0, model->theta[3] + row->age,
			model->theta[2], cstn__log(k / end)};

	return integral(&first);
}

double cstn__value_active(const cstn__value_model *model, const cstn__value_row *row,
		double log_alive, double t)
{
	double alive = cstn__exp(log_alive), end = model->theta[1] + row->age;
	double shape = model->theta[0] + row->x, found;

	if (!(t > 0.0))
		return 0.0;
	switch (model->kind) {
	case CSTN__VALUE_BGNBD:
	case CSTN__VALUE_MBGNBD:
	case CSTN__VALUE_NBD:
		found = -cstn__expm1(-shape * cstn__log1p(t / end));
		break;
	case CSTN__VALUE_PNBD:
		found = pnbd_active(model, row, t);
		break;
	case CSTN__VALUE_BGBB:
		found = cstn__value_bgbb_active(model, row, t);
		break;
	case CSTN__VALUE_BGCNBD:
	case CSTN__VALUE_MBGCNBD:
	case CSTN__VALUE_CNBD:
		found = cstn__value_cnbd_active(model, row, t);
		break;
	default:
		return (double)NAN;
	}
	/* rounding may pass what is certain */
	return alive * (found < 1.0 ? found : 1.0);
}
