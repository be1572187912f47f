/* The smoothing parameter of least squared errors: a grid, then finer ones around the best.
 *
 * Squared errors of smoothing may have several valleys, so the first grid spans the range, denser
 * at its lower end; what follows narrows the valley of its best point by 2/9 a time. A lower end
 * that follows nothing, the mean of the series, may be left to series without another valley. The
 * same points everywhere, no tolerance to stop at. Five passes over the series. */
#include "demand/alpha_search.h"

/* Of squared errors. The published benchmarks' search begins at slow smoothing and goes down from
 * there; so it ends in a valley, and in the slower one of two. */
#define NEAR_END .04
#define NEAR_VALLEY .0015

/* Shares of the range. */
#define GRID (2 * CSTN__LANES)
static const double grid[GRID] = {
		0, .01, .02, .04, .07, .11, .16, .22, .3, .4, .5, .6, .7, .8, .9, 1};

static void load(const double *from, cstn__doubles *out)
{
	memcpy(out, from, sizeof(*out));
}

static int is_valley(const double *sse, int i)
{
	return i > 0 && sse[i] < sse[i - 1] && (i == GRID - 1 || sse[i] <= sse[i + 1]);
}

/* The deepest point of the grid. `valleys`: the deepest that is deeper than its neighbours, were it
 * as deep as the lower end but for NEAR_END, or one before it that is but for NEAR_VALLEY. */
static int deepest(const double *sse, int valleys)
{
	int best = 0, valley = 0, i;

	for (i = 1; i < GRID; i++) {
		if (sse[i] < sse[best])
			best = i;
		if (is_valley(sse, i) && (valley == 0 || sse[i] < sse[valley]))
			valley = i;
	}
	if (!valleys || valley == 0 || sse[valley] > (1 + NEAR_END) * sse[best])
		return best;
	for (i = 1; !is_valley(sse, i) || sse[i] > (1 + NEAR_VALLEY) * sse[valley]; i++)
		;
	return i;
}

double cstn__alpha_search(cstn__alpha_errors *errors, const void *context, double low, double high,
		int valleys)
{
	double at[GRID], sse[GRID], least, best, begin, end;
	cstn__doubles alpha;
	int i, k, round;

	for (i = 0; i < GRID; i++)
		at[i] = low + (high - low) * grid[i];
	for (i = 0; i < GRID; i += CSTN__LANES) {
		load(at + i, &alpha);
		errors(context, &alpha, sse + i);
	}
	k = deepest(sse, valleys);
	best = at[k];
	least = sse[k];
	begin = at[k ? k - 1 : 0];
	end = at[k < GRID - 1 ? k + 1 : k];
	for (round = 0; round < 3; round++) {
		double step = (end - begin) / (CSTN__LANES + 1);

		for (i = 0; i < CSTN__LANES; i++)
			at[i] = begin + step * (i + 1);
		load(at, &alpha);
		errors(context, &alpha, sse);
		for (i = 0; i < CSTN__LANES; i++)
			if (sse[i] < least) {
				least = sse[i];
				best = at[i];
			}
		begin = best - step > begin ? best - step : begin;
		end = best + step < end ? best + step : end;
	}
	return best;
}
