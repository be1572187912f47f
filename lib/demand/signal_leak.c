/* Leakage: what a forecast would know too early is refused, with the value that is to blame.
 *
 * Values that came too late are found where features are made. Here is the other way to know too
 * much: a signal that is y itself, or y of a period to come, under another name. On 200 rows
 * of 25 series drawn by a fixed seed, signals and y of every shift that is not yet known are
 * compared: a correlation of 1 within 1e-12 is no accident. O(25 x series + 200 x signals x
 * horizon). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "demand/signal_panel.h"

#define DRAWN 25
#define DRAWN_ROWS 8 /* of each series drawn */
#define LEAST 20
/* Rows below which two values may agree by chance. */
#define ROWS_LEAST 50
#define NEAR 1e-12
#define SHIFTS_MOST 64

/* --- words ------------------------------------------------------------------------------------ */

static void say_time(const cstn__periods *periods, int64_t us, char *out, size_t size)
{
	if (periods->period == CSTN_PERIOD_NUMBER)
		snprintf(out, size, "%lld", (long long)us);
	else
		(void)cstn_time_format(us, out, size);
}

static void say_period(const cstn__periods *periods, int64_t period, char *out, size_t size)
{
	int64_t ds = 0;

	if (cstn__period_start(periods, period, &ds))
		ds = 0;
	say_time(periods, periods->type == CSTN_TYPE_DAYS ? ds * CSTN_DAY_US : ds, out, size);
	if (periods->period > CSTN_PERIOD_HOUR && periods->period != CSTN_PERIOD_NUMBER &&
			size > 10)
		out[10] = '\0'; /* the day of a time */
}

cstn_status cstn__signal_leak(const cstn__signal_case *all, const cstn__series *series, size_t s,
		int64_t period, int state, int64_t available_us, int64_t cut, cstn_error **error)
{
	const cstn__periods *periods = &all->set->periods;
	const char *name = all->signals->declared[s].name, *id;
	char room[24], ds[64], came[64], end[64];
	size_t len;

	id = cstn__ids_text(&all->set->keys, series->key, room, &len);
	say_period(periods, period, ds, sizeof(ds));
	if (state == CSTN__SIGNAL_UNSAID)
		return cstn__fail(error, CSTN_E_LEAKAGE,
				"signal '%s', series '%.*s', ds %s: nothing says when it was known "
				"(available_us), and it is not declared CSTN_SIGNAL_ASSUME_KNOWN",
				name, (int)len, id, ds);
	say_time(periods, available_us, came, sizeof(came));
	say_time(periods, cut, end, sizeof(end));
	return cstn__fail(error, CSTN_E_LEAKAGE,
			"signal '%s', series '%.*s', ds %s: available_us %s is after the cut %s",
			name, (int)len, id, ds, came, end);
}

/* --- copies of y ------------------------------------------------------------------------------ */

/* Sums of pairs, by a first pair for the origin. */
typedef struct pairs {
	double x0, y0, x, y, xx, yy, xy;
	size_t n;
} pairs;

static void add_pair(pairs *sum, double x, double y)
{
	if (!sum->n) {
		sum->x0 = x;
		sum->y0 = y;
	}
	x -= sum->x0;
	y -= sum->y0;
	sum->n++;
	sum->x += x;
	sum->y += y;
	sum->xx += x * x;
	sum->yy += y * y;
	sum->xy += x * y;
}

static int is_copy(const pairs *sum)
{
	double n = (double)sum->n, vx, vy, c;

	if (sum->n < LEAST)
		return 0;
	vx = sum->xx - sum->x * sum->x / n;
	vy = sum->yy - sum->y * sum->y / n;
	c = sum->xy - sum->x * sum->y / n;
	return vx > 1e-9 * sum->xx && vy > 1e-9 * sum->yy && c > 0 &&
	       c / sqrt(vx) / sqrt(vy) >= 1 - NEAR;
}

/* y of a period, by halving. */
static int y_at(const cstn__signal_walk *walk, int64_t at, double *out)
{
	size_t low = 0, high = walk->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((int64_t)walk->at[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == walk->n || (int64_t)walk->at[low] != at)
		return 0;
	*out = walk->y[low];
	return 1;
}

/* Shifts from the value's own period on that are after the origin for which it is the newest. */
static int64_t first_shift(const cstn_signal *declared, int64_t horizon)
{
	int64_t first = declared->kind == CSTN_SIGNAL_OBSERVED_PAST ? declared->lag + 1
								    : 1 - horizon;

	return declared->kind == CSTN_SIGNAL_OBSERVED_PAST || first > -SHIFTS_MOST / 2
			       ? first
			       : -SHIFTS_MOST / 2;
}

static int may_copy(const cstn_signal *declared)
{
	return declared->kind != CSTN_SIGNAL_FORWARD_ORDER &&
	       declared->feature != CSTN_SIGNAL_AS_CLASS &&
	       declared->feature != CSTN_SIGNAL_AS_EVENT &&
	       declared->feature != CSTN_SIGNAL_AS_PRICE &&
	       declared->feature != CSTN_SIGNAL_AS_CROSS_PRICE;
}

static void add_drawn(const cstn__signal_case *all, const cstn__signal_walk *walk, size_t row,
		int64_t horizon, size_t shifts, pairs *sums)
{
	size_t s, k;

	for (s = 0; s < all->signals->n; s++) {
		const cstn_signal *declared = &all->signals->declared[s];
		double x = walk->x[s * walk->longest + walk->at[row]], y;

		if (!may_copy(declared) || isnan(x))
			continue;
		for (k = 0; k < shifts; k++)
			if (y_at(walk,
					    (int64_t)walk->at[row] +
							    first_shift(declared, horizon) +
							    (int64_t)k,
					    &y))
				add_pair(&sums[s * shifts + k], x, y);
	}
}

cstn_status cstn__signal_copies(const cstn__signal_case *all, int64_t horizon,
		cstn__signal_walk *walk, cstn_error **error)
{
	size_t shifts = horizon < SHIFTS_MOST / 2 ? 2 * (size_t)horizon : SHIFTS_MOST, last = 0, i,
	       s, k;
	size_t size = all->signals->n * shifts * sizeof(pairs);
	pairs *sums = cstn__alloc_zero(&all->allocator, size);
	cstn_status status = CSTN_OK;

	if (!sums)
		return cstn__fail_nomem(error);
	for (i = 0; i < DRAWN && all->set->n >= ROWS_LEAST; i++) {
		size_t drawn = (size_t)(cstn__random_unit(0, i) * (double)all->n_series);

		if (!i || drawn != last)
			cstn__signal_walk_series(walk, all,
					&all->set->series.items[all->order[drawn]], horizon, NULL);
		last = drawn;
		for (k = 0; k < DRAWN_ROWS && walk->n; k++)
			add_drawn(all, walk,
					(size_t)(cstn__random_unit(1, i * DRAWN_ROWS + k) *
							(double)walk->n),
					horizon, shifts, sums);
	}
	for (s = 0; s < all->signals->n && status == CSTN_OK; s++)
		for (k = 0; k < shifts && status == CSTN_OK; k++)
			if (is_copy(&sums[s * shifts + k]))
				status = cstn__fail(error, CSTN_E_LEAKAGE,
						"signal '%s' repeats y, %lld periods after its "
						"own",
						all->signals->declared[s].name,
						(long long)(first_shift(&all->signals->declared[s],
									    horizon) +
								(int64_t)k));
	cstn__free(&all->allocator, sums, size);
	return status;
}
