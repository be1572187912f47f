/* Regular buyers: BG/CNBD-k and MBG/CNBD-k (Platzer, Reutterer 2016), gaps of Erlang-k.
 *
 * With R = r + k x the likelihood is that of BG or MBG where the alive part has k phases: W = sum
 * over j < k of (R)_j / j! ((T - tx) / (alpha + T))^j, and ln odds of being gone lose ln W; k = 1
 * is BG or MBG exactly. Counts are sums over tails of negative binomials, which go down by
 * recurrence. What is expected of a customer who is alive weighs the phases j by their terms of W:
 * exact.
 *
 * Cost: O(k) a row for the likelihood; sums over counts are O(mean + tail). Where the mean number
 * of phases is above 1e5, steps of a count no longer show and the function h with rate lambda / k
 * takes the place of the sum (relative difference below k / mean). */
#include <math.h>

#include "base/elementary.h"
#include "base/special.h"
#include "segment/value.h"

#define MANY 1e5
#define PHASES_MAX 64

static double extra_of(const cstn__value_model *model)
{
	return model->kind == CSTN__VALUE_MBGCNBD ? 1.0 : 0.0;
}

/* ln W; `weight` (k of them) receives the terms over W, `mean_j` and `mean_psi` the means of j and
 * of psi(R + j) - psi(R). */
static double phases(const cstn__value_model *model, const cstn__value_row *row, double shape,
		double *weight, double *mean_j, double *mean_psi)
{
	double y = (row->age - row->tx) / (model->theta[1] + row->age);
	double log_y = y > 0.0 ? cstn__log(y) : -(double)INFINITY;
	double logs[PHASES_MAX], top = 0.0, sum = 0.0, count = 0.0, psi = 0.0, log_factorial = 0.0;
	int j;

	logs[0] = 0.0;
	for (j = 1; j < model->k; j++) {
		log_factorial += cstn__log((double)j);
		logs[j] = cstn__log_rising(shape, (double)j) - log_factorial + j * log_y;
		if (logs[j] > top)
			top = logs[j];
	}
	for (j = 0; j < model->k; j++) {
		logs[j] = cstn__exp(logs[j] - top);
		sum += logs[j];
		count += j * logs[j];
		if (mean_psi)
			psi += cstn__digamma_rising(shape, (double)j) * logs[j];
	}
	for (j = 0; weight && j < model->k; j++)
		weight[j] = logs[j] / sum;
	if (mean_j)
		*mean_j = count / sum;
	if (mean_psi)
		*mean_psi = psi / sum;
	return top + cstn__log(sum);
}

static void cnbd_row(const cstn__value_model *model, const cstn__value_row *row, int gradient,
		double *loglik, double *log_alive, double by[4])
{
	const double *theta = model->theta;
	int dies = model->kind != CSTN__VALUE_CNBD;
	double k = model->k, x = row->x, e = extra_of(model), alpha = theta[1];
	double shape = theta[0] + k * x, end = alpha + row->age, log_end = cstn__log(end);
	double quiet = cstn__log1p((row->age - row->tx) / (alpha + row->tx)), mean_j, mean_psi, pi;
	double q, log_w = phases(model, row, shape, NULL, &mean_j, gradient ? &mean_psi : NULL);
	double odds = -(double)INFINITY, last = 1.0;

	if (dies && x + e > 0.0) {
		last = theta[3] + x - 1.0 + e;
		odds = cstn__log(theta[2] / last) + shape * quiet - log_w;
	}
	*log_alive = cstn__value_alive_of_odds(odds, &pi, &q);
	*loglik = (k - 1.0) * row->extra - x * cstn__log_gamma(k) +
		  cstn__log_rising(theta[0], k * x) + theta[0] * cstn__log(alpha) -
		  shape * log_end + log_w - *log_alive;
	if (dies)
		*loglik += cstn__log_rising(theta[3], x + e) -
			   cstn__log_rising(theta[2] + theta[3], x + e);
	if (!gradient)
		return;
	by[0] = cstn__digamma_rising(theta[0], k * x) + cstn__log(alpha) - log_end + pi * mean_psi +
		q * quiet;
	by[1] = theta[0] / alpha - pi * (shape + mean_j) / end - q * shape / (alpha + row->tx);
	if (!dies)
		return;
	by[2] = -cstn__digamma_rising(theta[2] + theta[3], x + e);
	by[3] = by[2] + cstn__digamma_rising(theta[3], x + e) - (x + e > 0.0 ? q / last : 0.0);
	by[2] += q / theta[2];
}

void cstn__value_terms_cnbd(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out)
{
	int32_t i, p;

	for (i = 0; i < chunk->n; i++) {
		cstn__value_row row = {chunk->x[i], chunk->tx[i], chunk->age[i], chunk->extra[i]};
		double by[4] = {0.0, 0.0, 0.0, 0.0};

		cnbd_row(model, &row, gradient, &out->loglik[i], &out->log_alive[i], by);
		for (p = 0; gradient && p < model->n; p++)
			out->gradient[p][i] = by[p];
	}
}

/* Sum over m >= 1 of P(NB >= m k - phase) Q_m and of (2m - 1) times it; Q_1 = first, Q_(m+1) / Q_m
 * = (b + m - 1) / (a + b + m - 1). */
static double count_sum(double shape, double alpha, double t, const cstn__value_model *model,
		double phase, double b, double first, double *second)
{
	double a = model->theta[2], k = model->k, mean = shape * t / alpha, q = first, tail = 1.0;
	double sum = 0.0, squares = 0.0, m, done = 0.0, stop = mean + 1.0;
	double log_ratio = -cstn__log1p(alpha / t), nb;

	if (second)
		*second = 0.0;
	if (!(t > 0.0))
		return 0.0;
	if (mean > MANY)
		return first * cstn__value_h_moments(shape, alpha * k, a, b, t, second);
	nb = -shape * cstn__log1p(t / alpha);
	for (m = 1.0; m < 1e7; m += 1.0) {
		for (; done < m * k - phase; done += 1.0) {
			tail -= cstn__exp(nb);
			nb += cstn__log((shape + done) / (done + 1.0)) + log_ratio;
		}
		/* below 1e-6 the difference has lost its digits */
		if (tail < 1e-6)
			tail = cstn__value_nb_tail(shape, alpha, t, done);
		sum += tail * q;
		squares += (2.0 * m - 1.0) * tail * q;
		if (done > stop && tail * q * (2.0 * m) < 0x1p-56 * squares)
			break;
		q *= (b + m - 1.0) / (a + b + m - 1.0);
	}
	if (second)
		*second = squares - sum; /* factorial moment */
	return sum;
}

double cstn__value_cnbd_expected(const cstn__value_model *model, double t)
{
	double a = model->theta[2], b = model->theta[3], e = extra_of(model);

	if (model->kind == CSTN__VALUE_CNBD) {
		cstn__value_model stay = *model;

		stay.theta[2] = 0.0;
		stay.theta[3] = 1.0;
		return count_sum(model->theta[0], model->theta[1], t, &stay, 0.0, 1.0, 1.0, NULL);
	}
	/* B(a, b + m - 1 + e) / B(a, b) */
	return count_sum(model->theta[0], model->theta[1], t, model, 0.0, b + e,
			e > 0.0 ? b / (a + b) : 1.0, NULL);
}

double cstn__value_cnbd_pmf(const cstn__value_model *model, double t, double n)
{
	double a = model->theta[2], b = model->theta[3], e = extra_of(model), k = model->k, c;
	double alive = 0.0, r = model->theta[0], alpha = model->theta[1], sum;

	for (c = n * k; c < (n + 1.0) * k; c += 1.0)
		alive += cstn__exp(cstn__value_log_nb(r, alpha, t, c));
	if (model->kind == CSTN__VALUE_CNBD)
		return alive;
	sum = alive * cstn__exp(cstn__log_rising(b, n + e) - cstn__log_rising(a + b, n + e));
	if (n + e > 0.0)
		sum += cstn__value_nb_tail(r, alpha, t, n * k) * a *
		       cstn__exp(cstn__log_rising(b, n + e - 1.0) - cstn__log_rising(a + b, n + e));
	return sum;
}

double cstn__value_cnbd_active(const cstn__value_model *model, const cstn__value_row *row, double t)
{
	double weight[PHASES_MAX], shape = model->theta[0] + model->k * row->x, sum = 0.0;
	double end = model->theta[1] + row->age;
	int j;

	(void)phases(model, row, shape, weight, NULL, NULL);
	for (j = 0; j < model->k; j++)
		sum += weight[j] * cstn__value_nb_tail(shape + j, end, t, (double)(model->k - j));
	return sum;
}

double cstn__value_cnbd_future(const cstn__value_model *model, const cstn__value_row *row,
		double log_alive, double t, double *variance)
{
	double weight[PHASES_MAX], shape = model->theta[0] + model->k * row->x, sum = 0.0;
	double squares = 0.0, alive = cstn__exp(log_alive), end = model->theta[1] + row->age;
	double b = model->theta[3] + row->x + extra_of(model), second;
	cstn__value_model now = *model;
	int j;

	if (model->kind == CSTN__VALUE_CNBD) {
		now.theta[2] = 0.0;
		b = 1.0;
	}
	(void)phases(model, row, shape, weight, NULL, NULL);
	for (j = 0; j < model->k; j++) {
		sum += weight[j] * count_sum(shape + j, end, t, &now, (double)j, b, 1.0,
						   variance ? &second : NULL);
		if (variance)
			squares += weight[j] * second;
	}
	sum *= alive;
	if (variance) {
		double v = alive * squares + sum - sum * sum;

		*variance = v > 0.0 ? v : 0.0;
	}
	return sum;
}

double cstn__value_due_gap(const cstn__value_model *model, const cstn__value_row *row, double u)
{
	double shape = model->theta[0] + model->k * row->x, big_a = model->theta[1] + row->tx;
	double y = cstn__beta_quantile(u, (double)model->k, shape);

	return big_a * y / (1.0 - y);
}

double cstn__value_surprise(const cstn__value_model *model, const cstn__value_row *row, double gap)
{
	double shape = model->theta[0] + model->k * row->x, big_a = model->theta[1] + row->tx;

	/* 1 - I_y(k, R) is I_(1-y)(R, k) */
	return -cstn__log(cstn__beta_cdf(big_a / (big_a + gap), shape, (double)model->k));
}

double cstn__regularity_shape(double mean_gap, double mean_log_gap)
{
	double s = cstn__log(mean_gap) - mean_log_gap, k;
	int i;

	if (!(s >= 1e-12))
		return s == s ? (double)INFINITY : s;
	/* Minka's start, then Newton on ln k - psi(k) = s in 1/k */
	k = (3.0 - s + sqrt((s - 3.0) * (s - 3.0) + 24.0 * s)) / (12.0 * s);
	for (i = 0; i < 50; i++) {
		double f = cstn__log(k) - cstn__digamma(k) - s;
		double slope = k - k * k * cstn__trigamma(k);
		double inverse = 1.0 / k + f / slope, next;

		if (!(slope < 0.0) || !(inverse > 0.0))
			break;
		next = 1.0 / inverse;
		if (fabs(next - k) <= 1e-14 * k)
			return next;
		k = next;
	}
	return k;
}
