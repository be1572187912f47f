/* What a regression's forecast is made of.
 *
 * 1 + f = e^level e^(x_1 beta_1) .. is a product, and 1 + f less e^level is shared by its
 * logarithms as in explain.c; a regression without logarithms is a sum already. A bound at 0 is a
 * part of its own; one at ten times the most that was sold is far off, so that parts are made
 * smaller in proportion instead of standing against each other beyond all digits. */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "demand/explain.h"
#include "demand/regress.h"

size_t cstn__regress_groups(const cstn__regress_plan *plan)
{
	return CSTN__REGRESS_SIGNAL + plan->n_signals;
}

size_t cstn__regress_group(const cstn__regress_plan *plan, size_t column)
{
	size_t at = 1 + (plan->has_season ? plan->season : 0), i;

	if (column < at)
		return CSTN__REGRESS_SEASON;
	at += plan->has_month ? 2 : 0;
	if (column < at)
		return CSTN__REGRESS_MONTH;
	for (i = 0; i < plan->n_signals; i++) {
		at += plan->signals[i] & CSTN_REGRESS_CLOSED ? 0
		      : plan->signals[i] & CSTN_REGRESS_NEXT ? 2
							     : 1;
		if (column < at)
			break;
	}
	return CSTN__REGRESS_SIGNAL + i;
}

static double within(double value, double most)
{
	return value > most ? most : value < -most ? -most : value;
}

void cstn__regress_split(const cstn__regress_mean *of, size_t groups, double *parts)
{
	double baseline = of->is_log ? cstn__expm1(of->level) : of->level * of->scale;
	double sum = 0, by, free;
	size_t k;

	for (k = 1; k < groups; k++)
		sum += parts[k];
	parts[CSTN__REGRESS_BASELINE] = within(baseline, of->most);
	if (of->is_cut || !(fabs(baseline) <= of->most)) {
		by = sum != 0 /* NOLINT: nothing to share */
				     ? (of->mean - parts[CSTN__REGRESS_BASELINE]) / sum
				     : 0;
	} else if (of->is_log) {
		free = cstn__expm1(of->level + sum);
		by = cstn__log_mean(free - baseline, 1 + baseline, sum);
		if (free < 0)
			parts[CSTN__REGRESS_FLOOR] = -free;
	} else {
		by = of->scale;
	}
	for (k = 1; k < groups; k++)
		if (k != CSTN__REGRESS_FLOOR)
			parts[k] *= by;
}
