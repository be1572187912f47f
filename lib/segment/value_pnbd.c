/* Pareto/NBD (Schmittlein, Morrison, Colombo 1987) without 2F1.
 *
 * With k = r + x, A = alpha + tx, C = beta + tx the odds of being gone are an integral over the
 * unseen moment of leaving. In y = log1p(rho w), rho = (k + 1)/A + (s + 1)/C, its integrand exp(y -
 * k log1p(w/A) - (s + 1) log1p(w/C)) is positive and smooth over scales of 1, so panels of 16
 * Gauss-Legendre nodes take it to the last digits; panels stop when they add nothing. The gradient
 * is made of means over the same nodes.
 *
 * Cost: one to ten panels of 64 elementary values a row. */
#include <math.h>

#include "base/elementary.h"
#include "base/special.h"
#include "segment/value.h"

#define NODES 16
#define PANEL 2.0
#define SMALL 0x1p-60

/* Half of the nodes on [-1, 1], the others are their mirror images. */
static const double node_at[NODES / 2] = {0.095012509837637440185, 0.28160355077925891323,
		0.45801677765722738634, 0.61787624440264374845, 0.7554044083550030339,
		0.86563120238783174388, 0.94457502307323257608, 0.9894009349916499326};
static const double node_weight[NODES / 2] = {0.18945061045506849629, 0.18260341504492358887,
		0.16915651939500253819, 0.14959598881657673208, 0.12462897125553387205,
		0.09515851168249278481, 0.062253523938647892863, 0.027152459411754094852};

/* The nodes and weights of the panel [from, from + length]. */
static void place(double from, double length, double at[NODES], double weight[NODES])
{
	int i;

	for (i = 0; i < NODES / 2; i++) {
		at[NODES / 2 + i] = from + length * (0.5 + 0.5 * node_at[i]);
		at[NODES / 2 - 1 - i] = from + length * (0.5 - 0.5 * node_at[i]);
		weight[NODES / 2 + i] = weight[NODES / 2 - 1 - i] = 0.5 * length * node_weight[i];
	}
}

/* Sums over the unseen moment of leaving: weight, and means of what the gradient needs. */
typedef struct moment {
	double j;                    /* the integral */
	double log_a;                /* mean of ln((A + w) / A) */
	double log_c;                /* mean of ln((C + w) / C) */
	double inverse_a, inverse_c; /* means of 1 / (A + w), 1 / (C + w) */
} moment;

static void integrate(const cstn__value_model *model, double k, double big_a, double big_c,
		double quiet, double rho, int gradient, moment *out)
{
	double s = model->theta[2], reach = cstn__log1p(rho * quiet), length;
	double y[NODES], weight[NODES], w[NODES], by_a[NODES], by_c[NODES], f[NODES];
	int64_t panels = (int64_t)ceil(reach / PANEL), p;
	int i;

	out->j = out->log_a = out->log_c = out->inverse_a = out->inverse_c = 0.0;
	length = reach / (double)(panels > 0 ? panels : 1);
	for (p = 0; p < panels; p++) {
		double added = 0.0;

		place((double)p * length, length, y, weight);
		cstn__exp_each(model->simd, y, NODES, w);
		for (i = 0; i < NODES; i++) {
			w[i] = (w[i] - 1.0) / rho;
			by_a[i] = w[i] / big_a;
			by_c[i] = w[i] / big_c;
		}
		cstn__log1p_each(model->simd, by_a, NODES, by_a);
		cstn__log1p_each(model->simd, by_c, NODES, by_c);
		for (i = 0; i < NODES; i++)
			f[i] = y[i] - k * by_a[i] - (s + 1.0) * by_c[i];
		cstn__exp_each(model->simd, f, NODES, f);
		for (i = 0; i < NODES; i++) {
			f[i] *= weight[i];
			added += f[i];
			if (!gradient)
				continue;
			out->log_a += f[i] * by_a[i];
			out->log_c += f[i] * by_c[i];
			out->inverse_a += f[i] / (big_a + w[i]);
			out->inverse_c += f[i] / (big_c + w[i]);
		}
		out->j += added;
		if (added < SMALL * out->j)
			break;
	}
	if (out->j > 0.0) {
		out->log_a /= out->j;
		out->log_c /= out->j;
		out->inverse_a /= out->j;
		out->inverse_c /= out->j;
	}
}

static void one_row(const cstn__value_model *model, const cstn__value_chunk *chunk, int32_t i,
		const double by_x[2], int gradient, cstn__value_terms *out)
{
	double r = model->theta[0], alpha = model->theta[1], s = model->theta[2];
	double beta = model->theta[3], k = r + chunk->x[i], age = chunk->age[i];
	double big_a = alpha + chunk->tx[i], big_c = beta + chunk->tx[i];
	double quiet = age - chunk->tx[i], rho = (k + 1.0) / big_a + (s + 1.0) / big_c;
	double log_end_a = cstn__log(alpha + age);
	double rest_a = cstn__log1p(quiet / big_a), rest_c = cstn__log1p(quiet / big_c);
	double odds = -(double)INFINITY, pi, q;
	moment mean = {0.0, 0.0, 0.0, 0.0, 0.0};

	if (quiet > 0.0) {
		integrate(model, k, big_a, big_c, quiet, rho, gradient, &mean);
		odds = cstn__log(s / (rho * big_c)) + cstn__log(mean.j) + k * rest_a + s * rest_c;
	}
	out->log_alive[i] = cstn__value_alive_of_odds(odds, &pi, &q);
	out->loglik[i] = by_x[0] - k * log_end_a - s * cstn__log1p(age / beta) - out->log_alive[i];
	if (!gradient)
		return;
	/* ln(A + w) = ln(alpha + T) - rest + ln((A + w) / A) */
	out->gradient[0][i] = by_x[1] - log_end_a + q * (rest_a - mean.log_a);
	out->gradient[1][i] = r / alpha - k * (pi / (alpha + age) + q * mean.inverse_a);
	out->gradient[2][i] = -cstn__log1p(age / beta) + q * (1.0 / s + rest_c - mean.log_c);
	out->gradient[3][i] = s / beta - pi * s / (beta + age) - q * (s + 1.0) * mean.inverse_c;
}

void cstn__value_terms_pnbd(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out)
{
	double r = model->theta[0], log_alpha = cstn__log(model->theta[1]), by_x[2] = {0.0, 0.0};
	int32_t i;

	for (i = 0; i < chunk->n; i++) {
		if (i == 0 || chunk->x[i] != chunk->x[i - 1]) {
			by_x[0] = cstn__log_rising(r, chunk->x[i]) + r * log_alpha;
			by_x[1] = cstn__digamma_rising(r, chunk->x[i]) + log_alpha;
		}
		one_row(model, chunk, i, by_x, gradient, out);
	}
}

/* E of the time alive in (0, t], b at the start, over b: g(b) = (1 - (b/(b+t))^(s-1)) / (s-1). */
static double stay(double s, double b, double t)
{
	double l = -cstn__log1p(t / b);

	return s == 1.0 ? -l : -cstn__expm1((s - 1.0) * l) / (s - 1.0);
}

/* E of the squared time alive, over b^2: 2 int (e^y - 1) e^(y (1 - s)) dy up to log1p(t/b). */
static double stay_square(int simd, double s, double b, double t)
{
	double reach = cstn__log1p(t / b), scale = 1.0 / (s > 1.0 ? s : 1.0), sum = 0.0, length;
	double y[NODES], weight[NODES], e[NODES], f[NODES];
	int64_t panels = (int64_t)ceil(reach / (PANEL * scale)), p;
	int i;

	length = reach / (double)(panels > 0 ? panels : 1);
	for (p = 0; p < panels; p++) {
		double added = 0.0;

		place((double)p * length, length, y, weight);
		for (i = 0; i < NODES; i++) {
			e[i] = cstn__expm1(y[i]);
			f[i] = y[i] * (1.0 - s);
		}
		cstn__exp_each(simd, f, NODES, f);
		for (i = 0; i < NODES; i++)
			added += weight[i] * e[i] * f[i];
		sum += added;
		if (p > 0 && added < SMALL * sum)
			break;
	}
	return 2.0 * sum;
}

double cstn__value_pnbd_future(const cstn__value_model *model, const cstn__value_row *row,
		double log_alive, double t, double *variance)
{
	double s = model->theta[2], k = model->theta[0] + row->x;
	double end_a = model->theta[1] + row->age, end_c = model->theta[3] + row->age;
	double alive = cstn__exp(log_alive), given = k / end_a * end_c * stay(s, end_c, t);
	double mean = alive * given;

	if (variance) {
		double square = k / end_a * (k + 1.0) / end_a * end_c * end_c *
				stay_square(model->simd, s, end_c, t);
		double v = alive * (given + square) - mean * mean;

		*variance = v > 0.0 ? v : 0.0;
	}
	return mean;
}

/* int exp(-rate u) (1 + u/b)^-s du by the trapezoid rule in v = ln u, whose integrand is
 * log-concave: from a point near its mass outwards until the geometric bound of the rest is small.
 */
double cstn__value_pnbd_residual(
		const cstn__value_model *model, const cstn__value_row *row, double rate)
{
	double s = model->theta[2], b = model->theta[3] + row->age, sum = 0.0, step = 0.25;
	double k = model->theta[0] + row->x, start;
	int direction;

	if (!(rate > 0.0)) {
		if (rate < 0.0 || s <= 1.0)
			return (double)NAN;
		return cstn__exp(cstn__value_log_alive(model, row)) * k /
		       (model->theta[1] + row->age) * b / (s - 1.0);
	}
	start = 1.0 / (rate + s / b);
	start = cstn__log(start);
	for (direction = -1; direction <= 1; direction += 2) {
		double before = 0.0;
		int j;

		for (j = direction < 0 ? 0 : 1; j < 4000; j++) {
			double v = start + (double)(direction * j) * step, u = cstn__exp(v);
			double f = cstn__exp(v - rate * u - s * cstn__log1p(u / b));

			sum += f;
			if (f == 0.0 || (f < before && f * before / (before - f) < SMALL * sum))
				break;
			before = f;
		}
	}
	return cstn__exp(cstn__value_log_alive(model, row)) * k / (model->theta[1] + row->age) *
	       sum * step;
}
