/* Rows of a regression on base columns and features of signals, for one horizon.
 *
 * A row is a target t of a series as of o = t - h. Base columns see rows up to o alone; features
 * see values as they were known then (signal_walk.c). Rows whose target is not after the first
 * scored origin are learned from, as sums; rows of the scored origins are kept. A row with a signal
 * that is not there is left out of both, so that every subset of signals is compared on the same
 * rows; a value that came too late ends the call. Series lie side by side on threads, each as a
 * whole on one; sums are exact, rows have their places: the same bytes for any number. */
#include "demand/signal_panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/error.h"
#include "base/parallel.h"

#define LEVEL_ROWS 28
#define ROWS_SKIPPED 0
#define ROWS_MADE 1
#define ROWS_MISSING 2
#define ROWS_LEAKED 3

/* --- columns ---------------------------------------------------------------------------------- */

cstn_status cstn__signal_panel_plan(
		cstn__signal_panel *panel, const cstn__signal_case *all, cstn_error **error)
{
	const cstn_signal_value_options *o = &all->options;
	size_t s, c, at;

	panel->n_base = 1 + o->n_means + o->n_positions;
	if (o->flags & CSTN_SIGNAL_POSITIONS)
		panel->n_base += (size_t)o->season - 1;
	at = panel->n_base;
	for (s = 0; s < all->signals->n; s++) {
		const cstn_signal *declared = &all->signals->declared[s];
		size_t n = cstn__feature_columns(declared);

		panel->n_plain += panel->n_plain == s &&
				  declared->feature == CSTN_SIGNAL_AS_VALUE &&
				  declared->kind == CSTN_SIGNAL_KNOWN_FUTURE;
		panel->has_orders |= declared->feature == CSTN_SIGNAL_AS_ORDERS;
		for (c = 0; c < n && at + c < CSTN__SIGNAL_COLUMNS_MOST; c++) {
			panel->signal[at + c] = (uint16_t)s;
			panel->part[at + c] = (uint16_t)c;
		}
		at += n;
	}
	panel->p = at;
	if (at > CSTN__SIGNAL_COLUMNS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "the regression has %zu columns (1 to %d)",
				at, CSTN__SIGNAL_COLUMNS_MOST);
	return CSTN_OK;
}

/* --- base columns ----------------------------------------------------------------------------- */

/* Means of the last rows of so many neighbouring origins are taken side by side. */
#define MEANS_AT_ONCE 8

/* Of the first `n` rows of a series, of n + 1 and so on; n is 0: of none yet. */
typedef struct recent_means {
	size_t n;
	double mean[MEANS_AT_ONCE];
} recent_means;

/* What is known of a series as of an origin: its first n rows. */
typedef struct past {
	const cstn__signal_walk *walk;
	size_t n, position;     /* of the target in the season */
	uint32_t phase, season; /* position of the first period */
	recent_means means[CSTN_SIGNAL_HORIZONS_MOST];
} past;

/* Short divisions: a series spans no more than 2^22 periods. */
static size_t position_of(const past *known, uint32_t at)
{
	return (known->phase + at) % known->season;
}

static double mean_of_last(const double *values, size_t n, size_t k)
{
	size_t from = n > k ? n - k : 0, i;
	double sum = 0;

	for (i = from; i < n; i++)
		sum += values[i];
	return sum / (double)(n - from);
}

/* The same of the last k of the rows known: sums of neighbours, each in its order, do not wait for
 * one another. */
static double recent_mean(past *known, size_t which, size_t k)
{
	recent_means *recent = &known->means[which];
	const double *z = known->walk->z;
	size_t n = known->n, i, j;
	double sum[MEANS_AT_ONCE] = {0};

	if (recent->n && n - recent->n < MEANS_AT_ONCE)
		return recent->mean[n - recent->n];
	if (n < k || n + MEANS_AT_ONCE > known->walk->n)
		return mean_of_last(z, n, k);
	for (i = 0; i < k; i++)
		for (j = 0; j < MEANS_AT_ONCE; j++)
			sum[j] += z[n - k + i + j];
	recent->n = n;
	for (j = 0; j < MEANS_AT_ONCE; j++)
		recent->mean[j] = sum[j] / (double)k;
	return recent->mean[0];
}

/* Rows at the position of the target; the mean of all kinds where there is none. */
static double mean_at_position(const past *known, size_t k)
{
	const cstn__signal_walk *walk = known->walk;
	uint32_t at = walk->newest[known->position];
	double sum = 0;
	size_t n;

	for (n = 0; n < k && at; n++, at = walk->same[at - 1])
		sum += walk->z[at - 1];
	return n ? sum / (double)n : mean_of_last(walk->z, known->n, LEVEL_ROWS);
}

static void make_base(const cstn__signal_panel *panel, past *known, double *row)
{
	const cstn_signal_value_options *o = &panel->all->options;
	size_t n = 0, i;

	row[n++] = 1;
	for (i = 0; i < o->n_means; i++)
		row[n++] = recent_mean(known, i, (size_t)o->means[i]);
	for (i = 0; i < o->n_positions; i++)
		row[n++] = mean_at_position(known, (size_t)o->positions[i]);
	if (o->flags & CSTN_SIGNAL_POSITIONS)
		for (i = 0; i + 1 < (size_t)o->season; i++)
			row[n++] = known->position == i;
}

/* --- a row ------------------------------------------------------------------------------------ */

/* Where a value came too late. */
typedef struct leak {
	size_t signal, anchor;
	int state;
} leak;

static int make_features(const cstn__signal_panel *panel, const past *known, size_t target,
		double *row, leak *where)
{
	const cstn__signal_case *all = panel->all;
	const cstn__signal_walk *walk = known->walk;
	cstn__feature_view view = {NULL, NULL, walk->periods, target,
			target < (size_t)panel->horizon ? SIZE_MAX
							: target - (size_t)panel->horizon,
			(size_t)all->options.season,
			cstn__period_year(all->set->periods.period, (size_t)all->options.season),
			panel->has_orders ? mean_of_last(walk->y, known->n, LEVEL_ROWS) : 1};
	int made = ROWS_MADE;
	size_t s = 0;

	if (!(view.level > 0))
		view.level = 1;
	for (; s < panel->n_plain && !walk->any_late; s++) {
		row[s] = walk->x[s * walk->longest + target];
		made = isfinite(row[s]) ? made : ROWS_MISSING;
	}
	for (row += s; s < all->signals->n; s++) {
		const cstn_signal *declared = &all->signals->declared[s];
		size_t anchor;

		view.x = walk->x + s * walk->longest;
		view.ahead = walk->ahead + s * walk->longest;
		anchor = cstn__feature_anchor(declared, &view);
		if (anchor != SIZE_MAX) {
			int state = walk->state[s * walk->longest + anchor];

			if (state == CSTN__SIGNAL_UNSAID ||
					(state == CSTN__SIGNAL_LATE &&
							!(declared->flags &
									CSTN_SIGNAL_LATE_IS_MISSING))) {
				*where = (leak){s, anchor, state};
				return ROWS_LEAKED;
			}
		}
		if (cstn__feature_make(declared, &view, row))
			made = ROWS_MISSING;
		row += cstn__feature_columns(declared);
	}
	return made;
}

static int is_enough(const cstn__signal_panel *panel, const past *known, int64_t origin)
{
	const cstn_signal_value_options *o = &panel->all->options;
	const cstn__signal_walk *walk = known->walk;
	size_t n = known->n, i;

	if (n < (size_t)o->history || !n)
		return 0;
	if (o->flags & CSTN_SIGNAL_ORIGIN_OBSERVED && (int64_t)walk->at[n - 1] != origin)
		return 0;
	for (i = n; i > 0 && (int64_t)walk->at[i - 1] > origin - o->recent; i--)
		;
	return n - i >= (size_t)o->recent_rows;
}

/* --- a series --------------------------------------------------------------------------------- */

/* Rows of one series, and what went wrong. */
typedef struct made_rows {
	size_t start, n; /* scored ones */
	uint64_t missing;
	leak where;
	int leaked;
} made_rows;

typedef struct making {
	cstn__signal_panel *panel;
	const cstn__pool_prices *prices;
	cstn__signal_walk *walks; /* of each thread, as the next two */
	cstn__gram *grams;
	double *rows;    /* p + 1 each */
	made_rows *made; /* of each series */
	int32_t threads, ready;
} making;

/* 1: learned from, 2: scored, 0: neither. */
static int use_of(const cstn__signal_panel *panel, int64_t origin)
{
	const cstn_signal_value_options *o = &panel->all->options;
	int64_t last_learned = panel->first_origin - panel->horizon;

	if (origin >= panel->first_origin)
		return 2;
	if (origin > last_learned)
		return 0;
	return !o->training || origin > last_learned - o->training;
}

static void keep(cstn__signal_panel *panel, made_rows *made, size_t k, int64_t origin,
		const double *row, double y)
{
	size_t at = made->start + made->n++, width = panel->p + 1;

	memcpy(panel->x + at * width, row, width * sizeof(*row));
	panel->y[at] = y;
	panel->origin[at] = (uint32_t)(origin - panel->first_origin);
	panel->series[at] = (uint32_t)k;
}

/* All rows of a walk. */
static void make_rows(const making *run, const cstn__series *series, size_t k,
		cstn__signal_walk *walk, cstn__gram *gram, double *row)
{
	cstn__signal_panel *panel = run->panel;
	made_rows *made = &run->made[k];
	const cstn_signal_value_options *o = &panel->all->options;
	past known = {.walk = walk,
			.season = (uint32_t)o->season,
			.phase = (uint32_t)(series->first -
					    cstn__floor_div(series->first, o->season) * o->season)};
	size_t i;

	memset(walk->newest, 0, walk->season * sizeof(*walk->newest));
	for (i = 0; i < walk->n && !made->leaked; i++) {
		int64_t origin = (int64_t)walk->at[i] - panel->horizon;
		int use = use_of(panel, series->first + origin), how;

		for (; (int64_t)walk->at[known.n] <= origin; known.n++) {
			size_t position = position_of(&known, walk->at[known.n]);

			walk->same[known.n] = walk->newest[position];
			walk->newest[position] = (uint32_t)known.n + 1;
		}
		known.position = position_of(&known, walk->at[i]);
		if (!use || !is_enough(panel, &known, origin))
			continue;
		make_base(panel, &known, row);
		how = make_features(panel, &known, walk->at[i], row + panel->n_base, &made->where);
		row[panel->p] = walk->z[i];
		made->leaked = how == ROWS_LEAKED;
		made->missing += how == ROWS_MISSING;
		if (how != ROWS_MADE)
			continue;
		if (use == 1)
			cstn__gram_add(gram, row);
		else
			keep(panel, made, k, series->first + origin, row, walk->y[i]);
	}
	cstn__gram_close(gram);
}

static cstn_status make_series(void *context, size_t k, int32_t worker)
{
	const making *run = context;
	const cstn__signal_case *all = run->panel->all;
	const cstn__series *series = &all->set->series.items[all->order[k]];
	cstn__signal_walk *walk = &run->walks[worker];

	cstn__signal_walk_series(walk, all, series, run->panel->horizon, run->prices);
	make_rows(run, series, k, walk, &run->grams[worker],
			run->rows + (size_t)worker * (run->panel->p + 1));
	return run->made[k].leaked ? CSTN_E_LEAKAGE : CSTN_OK;
}

/* --- all of them ------------------------------------------------------------------------------ */

static size_t threads_size(const making *run, size_t size)
{
	return cstn__array_size((size_t)run->threads, size);
}

static void making_free(making *run)
{
	const cstn_allocator *allocator = &run->panel->all->allocator;
	int32_t i;

	for (i = 0; i < run->ready; i++) {
		cstn__signal_walk_free(&run->walks[i]);
		cstn__gram_free(&run->grams[i]);
	}
	cstn__free(allocator, run->walks, threads_size(run, sizeof(*run->walks)));
	cstn__free(allocator, run->grams, threads_size(run, sizeof(*run->grams)));
	cstn__free(allocator, run->rows,
			threads_size(run, (run->panel->p + 1) * sizeof(*run->rows)));
	cstn__free(allocator, run->made, run->panel->all->n_series * sizeof(*run->made));
}

static int making_init(making *run, cstn__signal_panel *panel)
{
	const cstn__signal_case *all = panel->all;
	const cstn_allocator *allocator = &all->allocator;

	memset(run, 0, sizeof(*run));
	run->panel = panel;
	run->threads = cstn__threads_resolve(all->options.threads, all->n_series);
	run->walks = cstn__alloc(allocator, threads_size(run, sizeof(*run->walks)));
	run->grams = cstn__alloc(allocator, threads_size(run, sizeof(*run->grams)));
	run->rows = cstn__alloc(allocator, threads_size(run, (panel->p + 1) * sizeof(*run->rows)));
	run->made = cstn__alloc_zero(
			allocator, cstn__array_size(all->n_series, sizeof(*run->made)));
	if (!run->walks || !run->grams || !run->rows || !run->made)
		return -1;
	for (; run->ready < run->threads; run->ready++) {
		if (cstn__signal_walk_init(&run->walks[run->ready], all))
			return -1;
		if (cstn__gram_init(&run->grams[run->ready], panel->p, allocator)) {
			cstn__signal_walk_free(&run->walks[run->ready]);
			return -1;
		}
	}
	return 0;
}

/* Places for the scored rows that a series may have. */
static int reserve_rows(cstn__signal_panel *panel, made_rows *made)
{
	const cstn__signal_case *all = panel->all;
	const cstn__series_set *set = all->set;
	size_t k, i, n = 0;

	for (k = 0; k < all->n_series; k++) {
		const cstn__series *series = &set->series.items[all->order[k]];
		int64_t first = panel->first_origin + panel->horizon;

		made[k].start = n;
		for (i = series->n; i > 0; i--, n++)
			if ((set->period ? set->period[series->start + i - 1]
					 : series->first + (int64_t)i - 1) < first)
				break;
	}
	panel->room = n;
	panel->x = cstn__alloc(
			&all->allocator, cstn__array_size(n, (panel->p + 1) * sizeof(*panel->x)));
	panel->y = cstn__alloc(&all->allocator, cstn__array_size(n, sizeof(*panel->y)));
	panel->origin = cstn__alloc(&all->allocator, cstn__array_size(n, sizeof(*panel->origin)));
	panel->series = cstn__alloc(&all->allocator, cstn__array_size(n, sizeof(*panel->series)));
	return panel->x && panel->y && panel->origin && panel->series ? 0 : -1;
}

void cstn__signal_panel_free(cstn__signal_panel *panel)
{
	const cstn_allocator *allocator = &panel->all->allocator;

	if (panel->gram.part)
		cstn__gram_free(&panel->gram);
	cstn__free(allocator, panel->x, panel->room * (panel->p + 1) * sizeof(*panel->x));
	cstn__free(allocator, panel->y, panel->room * sizeof(*panel->y));
	cstn__free(allocator, panel->origin, panel->room * sizeof(*panel->origin));
	cstn__free(allocator, panel->series, panel->room * sizeof(*panel->series));
	panel->x = panel->y = NULL;
	panel->origin = panel->series = NULL;
}

/* Scored rows close their ranks, and sums of threads come together. */
static int gather(making *run)
{
	cstn__signal_panel *panel = run->panel;
	size_t width = panel->p + 1, k;
	int32_t i;

	if (cstn__gram_init(&panel->gram, panel->p, &panel->all->allocator))
		return -1;
	for (i = 0; i < run->threads; i++)
		cstn__gram_merge(&panel->gram, &run->grams[i]);
	for (k = 0; k < panel->all->n_series; k++) {
		const made_rows *made = &run->made[k];

		panel->missing += made->missing;
		memmove(panel->x + panel->n * width, panel->x + made->start * width,
				made->n * width * sizeof(*panel->x));
		memmove(panel->y + panel->n, panel->y + made->start, made->n * sizeof(*panel->y));
		memmove(panel->origin + panel->n, panel->origin + made->start,
				made->n * sizeof(*panel->origin));
		memmove(panel->series + panel->n, panel->series + made->start,
				made->n * sizeof(*panel->series));
		panel->n += made->n;
	}
	return 0;
}

static cstn_status tell_leak(const making *run, cstn_error **error)
{
	const cstn__signal_case *all = run->panel->all;
	size_t k;

	for (k = 0; k < all->n_series; k++) {
		const cstn__series *series = &all->set->series.items[all->order[k]];
		const leak *where = &run->made[k].where;
		const cstn_signal *declared = &all->signals->declared[where->signal];
		cstn__signal_walk *walk = &run->walks[0];
		int64_t period, lead;

		if (!run->made[k].leaked)
			continue;
		cstn__signal_walk_series(walk, all, series, run->panel->horizon, run->prices);
		period = series->first + (int64_t)where->anchor;
		lead = declared->kind == CSTN_SIGNAL_OBSERVED_PAST ? -declared->lag
								   : run->panel->horizon;
		return cstn__signal_leak(all, series, where->signal, period, where->state,
				walk->available_us[where->signal * walk->longest + where->anchor],
				cstn__period_end(&all->set->periods, period - lead,
						all->options.origin_offset_us),
				error);
	}
	return CSTN_OK; /* not reached: somebody leaked */
}

static cstn_status make_all(making *run, cstn__pool_prices *prices, cstn_error **error)
{
	cstn__signal_panel *panel = run->panel;
	const cstn__signal_case *all = panel->all;
	cstn_status status = cstn__signal_copies(all, panel->horizon, &run->walks[0], error);

	if (status == CSTN_OK)
		status = cstn__pool_prices_make(prices, all, panel->horizon, &run->walks[0], error);
	if (status != CSTN_OK)
		return status;
	run->prices = prices;
	status = cstn__parallel_for(
			all->n_series, run->threads, all->options.progress, make_series, run);
	if (status == CSTN_E_LEAKAGE)
		return tell_leak(run, error);
	if (status != CSTN_OK)
		return cstn__fail(error, status, "cancelled");
	return gather(run) ? cstn__fail_nomem(error) : CSTN_OK;
}

cstn_status cstn__signal_panel_make(cstn__signal_panel *panel, const cstn__signal_case *all,
		int64_t horizon, cstn_error **error)
{
	cstn__pool_prices prices;
	making run;
	cstn_status status;

	memset(panel, 0, sizeof(*panel));
	memset(&prices, 0, sizeof(prices));
	prices.allocator = all->allocator;
	panel->all = all;
	panel->horizon = horizon;
	panel->first_origin = all->last - horizon - all->options.origins + 1;
	status = cstn__signal_panel_plan(panel, all, error);
	if (status != CSTN_OK)
		return status;
	if (making_init(&run, panel) || reserve_rows(panel, run.made))
		status = cstn__fail_nomem(error);
	else
		status = make_all(&run, &prices, error);
	cstn__pool_prices_free(&prices);
	making_free(&run);
	if (status != CSTN_OK)
		cstn__signal_panel_free(panel);
	return status;
}
