/* NBD (Ehrenberg 1959), and the limits of BG/NBD and MBG/NBD with one probability of dropout for
 * all: the ln odds of being gone are then ln odds + (r + x) log1p((T - tx) / (alpha + tx)).
 *
 * Rows come sorted by x; terms of x alone are computed once a run. Logarithms and exponentials go
 * by vectors of a chunk. Cost: about 15 ns a row with the gradient. */
#include <math.h>

#include "base/elementary.h"
#include "base/special.h"
#include "segment/value.h"

/* Arrays of a chunk that all models with gamma rates want. */
typedef struct chunk_logs {
	double log_end[CSTN__VALUE_CHUNK]; /* ln(alpha + T) */
	double quiet[CSTN__VALUE_CHUNK];   /* log1p((T - tx) / (alpha + tx)) */
	double odds[CSTN__VALUE_CHUNK];    /* D; then what follows of it */
	double soft[CSTN__VALUE_CHUNK];    /* log1p(e^-|D|) */
	double small[CSTN__VALUE_CHUNK];   /* e^-|D| */
} chunk_logs;

static void fill_logs(const cstn__value_model *model, const cstn__value_chunk *chunk, int dies,
		chunk_logs *logs)
{
	double alpha = model->theta[1];
	size_t n = (size_t)chunk->n, i;

	for (i = 0; i < n; i++) {
		logs->log_end[i] = alpha + chunk->age[i];
		logs->quiet[i] = (chunk->age[i] - chunk->tx[i]) / (alpha + chunk->tx[i]);
	}
	cstn__log_each(model->simd, logs->log_end, n, logs->log_end);
	if (dies)
		cstn__log1p_each(model->simd, logs->quiet, n, logs->quiet);
}

/* From D: e^-|D| and log1p of it. -infinity is fine: e^-inf = 0. */
static void fill_odds(const cstn__value_model *model, size_t n, chunk_logs *logs)
{
	size_t i;

	for (i = 0; i < n; i++)
		logs->small[i] = -fabs(logs->odds[i]);
	cstn__exp_each(model->simd, logs->small, n, logs->small);
	cstn__log1p_each(model->simd, logs->small, n, logs->soft);
}

double cstn__value_alive_of_odds(double log_odds, double *alive, double *gone)
{
	double small = cstn__exp(-fabs(log_odds)), inverse = 1.0 / (1.0 + small);

	*alive = log_odds < 0.0 ? inverse : small * inverse;
	*gone = log_odds < 0.0 ? small * inverse : inverse;
	return log_odds < 0.0 ? -cstn__log1p(small) : -(log_odds + cstn__log1p(small));
}

void cstn__value_terms_nbd(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out)
{
	double r = model->theta[0], alpha = model->theta[1], log_alpha = cstn__log(alpha);
	double base = 0.0, by_r = 0.0;
	chunk_logs logs;
	int32_t i;

	fill_logs(model, chunk, 0, &logs);
	for (i = 0; i < chunk->n; i++) {
		double x = chunk->x[i];

		if (i == 0 || x != chunk->x[i - 1]) {
			base = cstn__log_rising(r, x) + r * log_alpha;
			by_r = gradient ? cstn__digamma_rising(r, x) + log_alpha : 0.0;
		}
		out->log_alive[i] = 0.0;
		out->loglik[i] = base - (r + x) * logs.log_end[i];
		if (!gradient)
			continue;
		out->gradient[0][i] = by_r - logs.log_end[i];
		out->gradient[1][i] = r / alpha - (r + x) / (alpha + chunk->age[i]);
	}
}

/* One probability p of dropout for all, as odds o = p / (1 - p): ln odds of being gone given the
 * rest are ln o + (r + x) quiet, and the alive term has (1 - p)^(x + e). */
void cstn__value_terms_one(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out)
{
	double r = model->theta[0], alpha = model->theta[1], odds = model->theta[2];
	double e = model->kind == CSTN__VALUE_MBG_ONE ? 1.0 : 0.0;
	double log_alpha = cstn__log(alpha), stay = -cstn__log1p(odds), log_odds = cstn__log(odds);
	double rise = 0.0, by_r = 0.0;
	chunk_logs logs;
	int32_t i;

	fill_logs(model, chunk, 1, &logs);
	for (i = 0; i < chunk->n; i++)
		logs.odds[i] = chunk->x[i] + e > 0.0 ? log_odds + (r + chunk->x[i]) * logs.quiet[i]
						     : -(double)INFINITY;
	fill_odds(model, (size_t)chunk->n, &logs);
	for (i = 0; i < chunk->n; i++) {
		double x = chunk->x[i], small = logs.small[i], inverse = 1.0 / (1.0 + small), q;
		int gone = logs.odds[i] >= 0.0;

		if (i == 0 || x != chunk->x[i - 1]) {
			rise = cstn__log_rising(r, x) + r * log_alpha + (x + e) * stay;
			by_r = gradient ? cstn__digamma_rising(r, x) + log_alpha : 0.0;
		}
		out->log_alive[i] = gone ? -(logs.odds[i] + logs.soft[i]) : -logs.soft[i];
		out->loglik[i] = rise - (r + x) * logs.log_end[i] - out->log_alive[i];
		if (!gradient)
			continue;
		q = gone ? inverse : small * inverse;
		out->gradient[0][i] = by_r - logs.log_end[i] + q * logs.quiet[i];
		out->gradient[1][i] =
				r / alpha - (r + x) * ((1.0 - q) / (alpha + chunk->age[i]) +
								      q / (alpha + chunk->tx[i]));
		out->gradient[2][i] = -(x + e) / (1.0 + odds) + q / odds;
	}
}

double cstn__value_log_nb(double r, double alpha, double t, double n)
{
	double stay = -r * cstn__log1p(t / alpha);

	if (n <= 0.0)
		return stay;
	if (!(t > 0.0))
		return -(double)INFINITY;
	return cstn__log_rising(r, n) - cstn__log_gamma(n + 1.0) + stay -
	       n * cstn__log1p(alpha / t);
}

double cstn__value_nb_tail(double r, double alpha, double t, double n)
{
	if (n <= 0.0)
		return 1.0;
	if (!(t > 0.0))
		return 0.0;
	return cstn__beta_cdf(t / (alpha + t), n, r);
}
