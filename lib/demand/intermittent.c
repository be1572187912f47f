/* Demand of articles that are sold now and then.
 *
 * Sizes of demands and the gaps between them are smoothed apart, each from its first value on, or
 * the chance of a sale in place of gaps, or sums over the mean gap. The first gap is counted from
 * the period before the series. Each is one pass. */
#include "demand/intermittent.h"

#include <math.h>

/* A level that begins at its first value. */
typedef struct smoothed {
	double level;
	int has;
} smoothed;

static void smooth(smoothed *s, double value, double alpha)
{
	s->level = s->has ? s->level + alpha * (value - s->level) : value;
	s->has = 1;
}

double cstn__croston(const double *y, size_t n, const cstn__intermittent *by)
{
	smoothed size = {0, 0}, gap = {0, 0};
	size_t last = 0, t;

	for (t = 0; t < n; t++) {
		if (y[t] == 0)
			continue;
		smooth(&size, y[t], by->size_alpha);
		smooth(&gap, (double)(t + 1 - last), by->interval_alpha);
		last = t + 1;
	}
	return size.has ? size.level / gap.level : 0;
}

double cstn__croston_sba(const double *y, size_t n, const cstn__intermittent *by)
{
	return (1 - by->interval_alpha / 2) * cstn__croston(y, n, by);
}

double cstn__croston_sbj(const double *y, size_t n, const cstn__intermittent *by)
{
	return (1 - by->interval_alpha / (2 - by->interval_alpha)) * cstn__croston(y, n, by);
}

double cstn__tsb(const double *y, size_t n, const cstn__intermittent *by)
{
	smoothed size = {0, 0}, chance = {0, 0};
	size_t t;

	for (t = 0; t < n; t++) {
		smooth(&chance, y[t] != 0, by->interval_alpha);
		if (y[t] != 0)
			smooth(&size, y[t], by->size_alpha);
	}
	return size.level * chance.level;
}

double cstn__adida(const double *y, size_t n, const cstn__intermittent *by)
{
	smoothed sums = {0, 0};
	size_t demands = 0, last = 0, width, t, i;

	for (t = 0; t < n; t++)
		if (y[t] != 0) {
			demands++;
			last = t + 1;
		}
	if (demands == 0)
		return 0;
	/* ties to even; a gap is a period at least */
	width = (size_t)rint((double)last / (double)demands);
	for (t = n % width; t < n; t += width) {
		double sum = 0;

		for (i = 0; i < width; i++)
			sum += y[t + i];
		smooth(&sums, sum, by->size_alpha);
	}
	return sums.level / (double)width;
}
