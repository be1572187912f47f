/* Discrete time: BG/BB (Fader, Hardie, Shang 2010) for occasions of giving or buying, and shifted
 * beta-geometric sBG (Fader, Hardie 2007) for contracts.
 *
 * BG/BB: a donor gives at each occasion with probability p ~ Beta(alpha, beta) and leaves before
 * each with theta ~ Beta(gamma, delta). The likelihood is a sum of n - tx + 1 positive terms over
 * the unseen occasion of leaving; each is a product of two ratios of beta functions, taken as
 * rising factorials, so nothing cancels. What is expected is a sum over future occasions of the
 * same kind: the printed closed forms divide by gamma - 1.
 *
 * Cost: O(n - tx) a row. */
#include <math.h>

#include "base/elementary.h"
#include "base/special.h"
#include "segment/value.h"

/* ln B(a + up, b + down) - ln B(a, b) */
static double ratio(double a, double b, double up, double down)
{
	return cstn__log_rising(a, up) + cstn__log_rising(b, down) -
	       cstn__log_rising(a + b, up + down);
}

/* The row's term for leaving before occasion tx + i + 1 (dead = 1), or never (dead = 0). */
static double term_of(const cstn__value_model *model, const cstn__value_row *row, double seen,
		double dead)
{
	const double *theta = model->theta;

	return ratio(theta[0], theta[1], row->x, seen - row->x) +
	       ratio(theta[2], theta[3], dead, seen);
}

static void add_gradient(const cstn__value_model *model, const cstn__value_row *row, double seen,
		double dead, double share, double gradient[4])
{
	const double *theta = model->theta;
	double both = cstn__digamma_rising(theta[0] + theta[1], seen);
	double leave = cstn__digamma_rising(theta[2] + theta[3], dead + seen);

	gradient[0] += share * (cstn__digamma_rising(theta[0], row->x) - both);
	gradient[1] += share * (cstn__digamma_rising(theta[1], seen - row->x) - both);
	gradient[2] += share * (cstn__digamma_rising(theta[2], dead) - leave);
	gradient[3] += share * (cstn__digamma_rising(theta[3], seen) - leave);
}

static double row_loglik(
		const cstn__value_model *model, const cstn__value_row *row, double *gradient)
{
	double alive = term_of(model, row, row->age, 0.0), sum = alive, seen;

	for (seen = row->tx; seen < row->age; seen += 1.0)
		sum = cstn__log_add_exp(sum, term_of(model, row, seen, 1.0));
	if (!gradient)
		return sum;
	gradient[0] = gradient[1] = gradient[2] = gradient[3] = 0.0;
	add_gradient(model, row, row->age, 0.0, cstn__exp(alive - sum), gradient);
	for (seen = row->tx; seen < row->age; seen += 1.0)
		add_gradient(model, row, seen, 1.0, cstn__exp(term_of(model, row, seen, 1.0) - sum),
				gradient);
	return sum;
}

void cstn__value_terms_bgbb(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out)
{
	int32_t i, p;

	for (i = 0; i < chunk->n; i++) {
		cstn__value_row row = {chunk->x[i], chunk->tx[i], chunk->age[i], 0.0};
		double by[4];

		out->loglik[i] = row_loglik(model, &row, gradient ? by : NULL);
		out->log_alive[i] = term_of(model, &row, row.age, 0.0) - out->loglik[i];
		for (p = 0; gradient && p < 4; p++)
			out->gradient[p][i] = by[p];
	}
}

/* ln of E[p^m (1 - theta)^n] over the posterior's normaliser: the alive path that goes on. */
static double onward(const cstn__value_model *model, const cstn__value_row *row, double gifts,
		double steps)
{
	const double *theta = model->theta;

	return ratio(theta[0], theta[1], row->x + gifts, row->age - row->x) +
	       ratio(theta[2], theta[3], 0.0, row->age + steps) - row_loglik(model, row, NULL);
}

double cstn__value_bgbb_next(const cstn__value_model *model, const cstn__value_row *row)
{
	return cstn__exp(onward(model, row, 0.0, 1.0));
}

double cstn__value_bgbb_rate(const cstn__value_model *model, const cstn__value_row *row)
{
	cstn__value_row more = {row->x + 1.0, row->tx + 1.0, row->age + 1.0, 0.0};
	double alive = term_of(model, &more, row->age + 1.0, 0.0) -
		       ratio(model->theta[2], model->theta[3], 0.0, row->age + 1.0) +
		       ratio(model->theta[2], model->theta[3], 0.0, row->age);
	double sum = alive, seen;

	/* each term with one gift more: alpha + x + 1 in the first beta, the second unchanged */
	for (seen = row->tx; seen < row->age; seen += 1.0)
		sum = cstn__log_add_exp(sum,
				ratio(model->theta[0], model->theta[1], row->x + 1.0,
						seen - row->x) +
						ratio(model->theta[2], model->theta[3], 1.0, seen));
	return cstn__exp(sum - row_loglik(model, row, NULL));
}

double cstn__value_bgbb_future(const cstn__value_model *model, const cstn__value_row *row, double m,
		double *variance)
{
	double gamma = model->theta[2], last = model->theta[3] + row->age;
	double term = cstn__exp(onward(model, row, 1.0, 1.0)), sum = 0.0, pairs = 0.0, j;
	double again = (model->theta[0] + row->x + 1.0) /
		       (model->theta[0] + model->theta[1] + row->age + 1.0);

	for (j = 1.0; j <= m && term > 0.0; j += 1.0) {
		sum += term;
		pairs += (j - 1.0) * term;
		term *= (last + j) / (gamma + last + j);
	}
	if (variance) {
		double v = sum + 2.0 * again * pairs - sum * sum;

		*variance = v > 0.0 ? v : 0.0;
	}
	return sum;
}

double cstn__value_bgbb_pmf(const cstn__value_model *model, double t, double n)
{
	const double *theta = model->theta;
	double sum, choose = 0.0, i;

	if (!(t >= 0.0 && t <= 1e6) || t != floor(t))
		return (double)NAN;
	if (n > t)
		return 0.0;
	/* ln of i over n, from i = n on */
	sum = 0.0;
	for (i = n; i < t; i += 1.0) {
		sum += cstn__exp(choose + ratio(theta[0], theta[1], n, i - n) +
				 ratio(theta[2], theta[3], 1.0, i));
		choose += cstn__log((i + 1.0) / (i + 1.0 - n));
	}
	return sum + cstn__exp(choose + ratio(theta[0], theta[1], n, t - n) +
				     ratio(theta[2], theta[3], 0.0, t));
}

/* The first purchase comes at occasion j: E[p (1 - p)^(j-1)] E[(1 - theta)^j]. */
double cstn__value_bgbb_active(const cstn__value_model *model, const cstn__value_row *row, double m)
{
	double a = model->theta[0] + row->x, b = model->theta[1] + row->age - row->x;
	double gamma = model->theta[2], last = model->theta[3] + row->age, sum = 0.0, j;
	double term = a / (a + b) * last / (gamma + last);

	for (j = 1.0; j <= m && term > 0.0; j += 1.0) {
		sum += term;
		term *= (b + j - 1.0) / (a + b + j) * (last + j) / (gamma + last + j);
		if (term < 0x1p-60 * sum / (m - j + 1.0))
			break;
	}
	return sum;
}

double cstn__value_bgbb_residual(
		const cstn__value_model *model, const cstn__value_row *row, double rate)
{
	double gamma = model->theta[2], last = model->theta[3] + row->age, factor = 1.0 + rate;
	double term = cstn__exp(onward(model, row, 1.0, 1.0)) / factor, sum = 0.0, j;

	if (!(rate > 0.0))
		return (double)NAN;
	for (j = 1.0; j < 1e8; j += 1.0) {
		double next = (last + j) / ((gamma + last + j) * factor);

		sum += term;
		if (term * next < 0x1p-60 * sum * (1.0 - 1.0 / factor))
			break;
		term *= next;
	}
	return sum;
}

/* --- sBG ----------------------------------------------------------------------------------------
 */

double cstn__value_sbg_survival(double a, double b, double t)
{
	return cstn__exp(cstn__log_rising(b, t) - cstn__log_rising(a + b, t));
}

double cstn__value_sbg_renewal(double a, double b, double t)
{
	return (b + t - 1.0) / (a + b + t - 1.0);
}

void cstn__value_terms_sbg(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out)
{
	double a = model->theta[0], b = model->theta[1];
	int32_t i;

	for (i = 0; i < chunk->n; i++) {
		double lost = chunk->x[i], kept = chunk->age[i] - lost;

		out->loglik[i] = ratio(a, b, lost, kept);
		out->log_alive[i] = lost > 0.0 ? -(double)INFINITY : 0.0;
		if (!gradient)
			continue;
		out->gradient[1][i] = -cstn__digamma_rising(a + b, lost + kept);
		out->gradient[0][i] = out->gradient[1][i] + cstn__digamma_rising(a, lost);
		out->gradient[1][i] += cstn__digamma_rising(b, kept);
	}
}
