/* Spend a purchase: gamma-gamma (Fader, Hardie 2005, note 025). A customer of x purchases with mean
 * z has LL = ln Gamma(px + q) - ln Gamma(px) - ln Gamma(q) + q ln v + (px - 1) ln z + px ln x - (px
 * + q) ln(v + xz); the expected mean of the next ones is p (v + xz) / (px + q - 1), a weighted mean
 * of what was seen and of what others spend. Written so that q ln v - (px + q) ln(v + xz) + px
 * ln(xz) is px ln(xz/(v + xz)) - q log1p(xz/v): no difference of large logarithms. O(1) a row. */
#include <math.h>

#include "base/elementary.h"
#include "base/special.h"
#include "segment/value.h"

void cstn__value_terms_spend(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out)
{
	double p = model->theta[0], q = model->theta[1], v = model->theta[2];
	int32_t i;

	for (i = 0; i < chunk->n; i++) {
		double x = chunk->x[i], z = chunk->extra[i], px = p * x, spent = x * z;
		double part = -cstn__log1p(v / spent), rest = -cstn__log1p(spent / v);

		out->log_alive[i] = 0.0;
		out->loglik[i] = cstn__log_rising(q, px) - cstn__log_gamma(px) - cstn__log(z) +
				 px * part + q * rest;
		if (!gradient)
			continue;
		out->gradient[0][i] = x * (cstn__digamma(px + q) - cstn__digamma(px) + part);
		out->gradient[1][i] = cstn__digamma_rising(q, px) + rest;
		out->gradient[2][i] = q / v - (px + q) / (v + spent);
	}
}

double cstn__value_spend_mean(const cstn__value_model *model, double x, double z)
{
	double p = model->theta[0], q = model->theta[1], v = model->theta[2];
	double below = p * x + q - 1.0;

	if (!(below > 0.0))
		return (double)NAN;
	return p * (v + (x > 0.0 ? x * z : 0.0)) / below;
}
