/* One series and all signals it has, laid side by side by period.
 *
 * A value stands where its period is, as known at the cut of the origin for which it would be the
 * newest that may be used: h periods before it for what is known ahead and for orders, `lag` after
 * it for what is observed. An origin therefore never sees more than it knew, and older values as
 * they were known then. Values of the series itself go before those of its pool, and these before
 * those of all; orders of the three add up. O(periods + rows of the signals). */
#include "demand/signal_panel.h"

#include <math.h>
#include <string.h>

#include "base/civil.h"
#include "base/elementary.h"
#include "base/error.h"

uint32_t cstn__signal_pool(const cstn__signal_case *all, const cstn__series *series)
{
	return all->set->n_labels ? all->set->label[series->key * all->set->n_labels] : 0;
}

/* --- room ------------------------------------------------------------------------------------- */

int cstn__signal_walk_init(cstn__signal_walk *walk, const cstn__signal_case *all)
{
	const cstn_allocator *allocator = &all->allocator;
	size_t values = cstn__array_size(all->longest, all->signals->n), n = all->longest;

	memset(walk, 0, sizeof(*walk));
	walk->allocator = *allocator;
	walk->longest = n;
	walk->season = (size_t)all->options.season;
	walk->n_signals = all->signals->n;
	walk->y = cstn__alloc(allocator, cstn__array_size(n, sizeof(*walk->y)));
	walk->z = cstn__alloc(allocator, cstn__array_size(n, sizeof(*walk->z)));
	walk->at = cstn__alloc(allocator, cstn__array_size(n, sizeof(*walk->at)));
	walk->same = cstn__alloc(allocator, cstn__array_size(n, sizeof(*walk->same)));
	walk->newest = cstn__alloc(allocator, walk->season * sizeof(*walk->newest));
	walk->x = cstn__alloc(allocator, cstn__array_size(values, sizeof(*walk->x)));
	walk->ahead = cstn__alloc(allocator, cstn__array_size(values, sizeof(*walk->ahead)));
	walk->available_us = cstn__alloc(
			allocator, cstn__array_size(values, sizeof(*walk->available_us)));
	walk->state = cstn__alloc(allocator, values);
	if (walk->y && walk->z && walk->at && walk->same && walk->newest && walk->x &&
			walk->ahead && walk->available_us && walk->state)
		return 0;
	cstn__signal_walk_free(walk);
	return -1;
}

void cstn__signal_walk_free(cstn__signal_walk *walk)
{
	const cstn_allocator *allocator = &walk->allocator;
	size_t n = walk->longest, values = n * walk->n_signals;

	cstn__free(allocator, walk->y, n * sizeof(*walk->y));
	cstn__free(allocator, walk->z, n * sizeof(*walk->z));
	cstn__free(allocator, walk->at, n * sizeof(*walk->at));
	cstn__free(allocator, walk->same, n * sizeof(*walk->same));
	cstn__free(allocator, walk->newest, walk->season * sizeof(*walk->newest));
	cstn__free(allocator, walk->x, values * sizeof(*walk->x));
	cstn__free(allocator, walk->ahead, values * sizeof(*walk->ahead));
	cstn__free(allocator, walk->available_us, values * sizeof(*walk->available_us));
	cstn__free(allocator, walk->state, values);
	memset(walk, 0, sizeof(*walk));
}

/* --- values ----------------------------------------------------------------------------------- */

/* Rows of one slot, looked through in order of their periods. */
typedef struct cursor {
	const cstn__signal_point *points;
	size_t n, at;
} cursor;

static cursor open_slot(const cstn__signal_book *book, size_t slot, int64_t from)
{
	cursor c = {NULL, book->starts[slot + 1] - book->starts[slot], 0};
	size_t low = 0, high = c.n;

	if (c.n)
		c.points = book->points.items + book->starts[slot];
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c.points[middle].period < from)
			low = middle + 1;
		else
			high = middle;
	}
	c.at = low;
	return c;
}

/* Rows of a period, which is not before the last that was asked for. */
static const cstn__signal_point *rows_of(cursor *c, int64_t period, size_t *n)
{
	size_t from;

	while (c->at < c->n && c->points[c->at].period < period)
		c->at++;
	for (from = c->at; c->at < c->n && c->points[c->at].period == period; c->at++)
		;
	*n = c->at - from;
	return *n ? c->points + from : NULL;
}

/* Columns of the rows themselves: the value of each period, by its row. */
typedef struct own_column {
	const double *values; /* NULL: there is none */
	const int64_t *period;
	size_t n, at;
	int64_t first;
} own_column;

static own_column open_column(const cstn__signal_case *all, const cstn__series *series, size_t name)
{
	const cstn__series_set *set = all->set;
	own_column c = {NULL, set->period ? set->period + series->start : NULL, series->n, 0,
			series->first};

	if (all->is_column[name])
		c.values = set->numbers + name * set->n + series->start;
	return c;
}

static size_t column_point(own_column *c, int64_t period, cstn__signal_point *point)
{
	if (!c->values)
		return 0;
	while (c->at < c->n && (c->period ? c->period[c->at] : c->first + (int64_t)c->at) < period)
		c->at++;
	if (c->at == c->n || (c->period ? c->period[c->at] : c->first + (int64_t)c->at) != period ||
			isnan(c->values[c->at]))
		return 0;
	*point = (cstn__signal_point){period, CSTN__AVAILABLE_UNSAID, c->values[c->at], 0, 0};
	return 1;
}

/* Where values of a signal may stand: rows of the series, its own column, rows of its pool, rows
 * for all. Places without any are left out. */
typedef struct source {
	const cstn__signal_case *all;
	const cstn_signal *declared;
	cursor slots[4]; /* with a column: n is 0, and its place is `column_at` */
	size_t n, column_at;
	own_column column;
	int64_t lead; /* periods from the cut to the value; negative for what is observed */
} source;

/* The value of one period. */
static int look(source *from, int64_t period, double *value, int64_t *available_us)
{
	const cstn__periods *periods = &from->all->set->periods;
	int is_order = from->declared->kind == CSTN_SIGNAL_FORWARD_ORDER;
	int found = is_order ? CSTN__SIGNAL_KNOWN : CSTN__SIGNAL_NONE;
	double sum = 0, one;
	size_t i;

	for (i = 0; i < from->n && (is_order || found != CSTN__SIGNAL_KNOWN); i++) {
		const cstn__signal_point *points;
		cstn__signal_point own;
		int64_t end = 0, cut, came;
		size_t n;
		int state;

		if (i == from->column_at) {
			points = &own;
			n = column_point(&from->column, period, &own);
		} else {
			points = rows_of(&from->slots[i], period, &n);
		}
		if (!n)
			continue;
		if (from->declared->kind == CSTN_SIGNAL_OBSERVED_PAST)
			end = cstn__period_end(periods, period, 0);
		cut = cstn__period_end(
				periods, period - from->lead, from->all->options.origin_offset_us);
		state = cstn__signal_known(from->declared, points, n, end, cut, &one, &came);
		if (is_order) {
			sum += one;
		} else if (state == CSTN__SIGNAL_KNOWN || found == CSTN__SIGNAL_NONE) {
			found = state;
			*value = one;
			*available_us = came;
		}
	}
	if (is_order)
		*value = sum;
	return found;
}

static void add_slot(source *from, size_t slot, int64_t first)
{
	from->slots[from->n] = open_slot(from->all->book, slot, first);
	from->n += from->slots[from->n].n > 0;
}

static source open_source(
		const cstn__signal_case *all, const cstn__series *series, size_t s, int64_t horizon)
{
	const cstn__signal_book *book = all->book;
	const cstn_signal *declared = &all->signals->declared[s];
	size_t name = all->signals->name[s];
	source from;

	memset(&from, 0, sizeof(from));
	from.all = all;
	from.declared = declared;
	from.column = open_column(all, series, name);
	from.lead = declared->kind == CSTN_SIGNAL_OBSERVED_PAST ? -declared->lag : horizon;
	add_slot(&from, cstn__signal_slot_key(book, name, series->key), series->first);
	from.column_at = from.column.values ? from.n++ : SIZE_MAX;
	if (all->set->n_labels)
		add_slot(&from, cstn__signal_slot_pool(book, name, cstn__signal_pool(all, series)),
				series->first);
	add_slot(&from, cstn__signal_slot_all(book, name), series->first);
	return from;
}

/* Values of a column alone, of a signal known ahead: whether they came in time is the same for all
 * of them, since nothing says when they did. */
static void copy_column(cstn__signal_walk *walk, const source *from, size_t at)
{
	const own_column *column = &from->column;
	const cstn__signal_point any = {column->first, CSTN__AVAILABLE_UNSAID, 0, 0, 0};
	int64_t cut = cstn__period_end(&from->all->set->periods, column->first - from->lead,
			from->all->options.origin_offset_us);
	double value, *x = walk->x + at;
	uint8_t *state = walk->state + at;
	int64_t came = 0;
	int known = cstn__signal_known(from->declared, &any, 1, 0, cut, &value, &came);
	size_t i;

	for (i = column->period ? 0 : column->n; i < walk->periods; i++) {
		x[i] = (double)NAN;
		state[i] = CSTN__SIGNAL_NONE;
	}
	for (i = 0; i < column->n; i++) {
		size_t to = column->period ? (size_t)(column->period[i] - column->first) : i;

		x[to] = known == CSTN__SIGNAL_KNOWN ? column->values[i] : (double)NAN;
		state[to] = isnan(column->values[i]) ? CSTN__SIGNAL_NONE : (uint8_t)known;
	}
	for (i = 0; i < walk->periods && known != CSTN__SIGNAL_KNOWN; i++)
		walk->available_us[at + i] = came;
}

/* Prices are compared by their logarithms. */
static void take_logs(double *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = x[i] > 0 ? cstn__log(x[i]) : (double)NAN;
}

static void fill_next(cstn__signal_walk *walk, source from, int64_t first, size_t at)
{
	double value;
	int64_t came;
	size_t i;

	for (i = 0; i < walk->periods; i++)
		walk->ahead[at + i] =
				look(&from, first + (int64_t)i, &value, &came) == CSTN__SIGNAL_KNOWN
						? value
						: (double)NAN;
}

static void fill(cstn__signal_walk *walk, const cstn__signal_case *all, const cstn__series *series,
		size_t s, int64_t horizon)
{
	source from = open_source(all, series, s, horizon);
	int32_t feature = from.declared->feature;
	size_t at = s * walk->longest, i;
	uint8_t states = 0;

	if (feature == CSTN_SIGNAL_AS_EVENT)
		fill_next(walk, open_source(all, series, s, horizon + 1), series->first, at);
	if (from.n == 1 && from.column_at == 0 && from.declared->kind == CSTN_SIGNAL_KNOWN_FUTURE) {
		copy_column(walk, &from, at);
	} else {
		for (i = 0; i < walk->periods; i++) {
			double value;
			int state = look(&from, series->first + (int64_t)i, &value,
					&walk->available_us[at + i]);

			walk->state[at + i] = (uint8_t)state;
			walk->x[at + i] = state == CSTN__SIGNAL_KNOWN ? value : (double)NAN;
		}
	}
	for (i = 0; i < walk->periods; i++)
		states |= walk->state[at + i];
	walk->any_late |= states > CSTN__SIGNAL_KNOWN;
	if (feature == CSTN_SIGNAL_AS_PRICE || feature == CSTN_SIGNAL_AS_CROSS_PRICE)
		take_logs(walk->x + at, walk->periods);
}

/* --- prices of others ------------------------------------------------------------------------- */

static size_t price_cell(const cstn__signal_case *all, const cstn__series *series)
{
	size_t periods = (size_t)(all->last - all->first) + 2;

	return cstn__signal_pool(all, series) * periods + (size_t)(series->first - all->first);
}

/* What the others of the pool cost in place of what the series does. */
static void leave_out_own(cstn__signal_walk *walk, const cstn__signal_case *all,
		const cstn__series *series, size_t s, const cstn__pool_prices *prices)
{
	size_t cell = prices->place[s] * prices->cells + price_cell(all, series), i;

	for (i = 0; i < walk->periods; i++) {
		double *x = &walk->x[s * walk->longest + i], count = prices->count[cell + i],
		       sum = prices->sum[cell + i];

		if (!isnan(*x)) {
			sum -= *x;
			count -= 1;
		}
		*x = count > 0 ? sum / count : (double)NAN;
		if (walk->state[s * walk->longest + i] != CSTN__SIGNAL_UNSAID)
			walk->state[s * walk->longest + i] = CSTN__SIGNAL_KNOWN;
	}
}

void cstn__pool_prices_free(cstn__pool_prices *prices)
{
	cstn__free(&prices->allocator, prices->sum,
			prices->n * prices->cells * sizeof(*prices->sum));
	cstn__free(&prices->allocator, prices->count,
			prices->n * prices->cells * sizeof(*prices->count));
	prices->sum = prices->count = NULL;
}

cstn_status cstn__pool_prices_make(cstn__pool_prices *prices, const cstn__signal_case *all,
		int64_t horizon, cstn__signal_walk *walk, cstn_error **error)
{
	size_t s, k, i, size;

	memset(prices, 0, sizeof(*prices));
	prices->allocator = all->allocator;
	for (s = 0; s < all->signals->n; s++)
		if (all->signals->declared[s].feature == CSTN_SIGNAL_AS_CROSS_PRICE)
			prices->place[s] = (uint8_t)prices->n++;
	if (!prices->n)
		return CSTN_OK;
	prices->cells = cstn__array_size(all->n_pools, (size_t)(all->last - all->first) + 2);
	size = cstn__array_size(prices->cells, prices->n * sizeof(*prices->sum));
	prices->sum = cstn__alloc_zero(&all->allocator, size);
	prices->count = cstn__alloc_zero(&all->allocator, size);
	if (!prices->sum || !prices->count) {
		cstn__pool_prices_free(prices);
		return cstn__fail_nomem(error);
	}
	for (k = 0; k < all->n_series; k++) {
		const cstn__series *series = &all->set->series.items[all->order[k]];

		cstn__signal_walk_series(walk, all, series, horizon, NULL);
		for (s = 0; s < all->signals->n; s++) {
			size_t cell = prices->place[s] * prices->cells + price_cell(all, series);

			if (all->signals->declared[s].feature != CSTN_SIGNAL_AS_CROSS_PRICE)
				continue;
			for (i = 0; i < walk->periods; i++) {
				double x = walk->x[s * walk->longest + i];

				prices->sum[cell + i] += isnan(x) ? 0 : x;
				prices->count[cell + i] += isnan(x) ? 0 : 1;
			}
		}
	}
	return CSTN_OK;
}

/* --- a series --------------------------------------------------------------------------------- */

/* Rows whose y the scale has a value for. */
static void take_rows(
		cstn__signal_walk *walk, const cstn__signal_case *all, const cstn__series *series)
{
	const cstn__series_set *set = all->set;
	const double *y = set->y + series->start;
	size_t i, n = 0;

	for (i = 0; i < series->n; i++) {
		int64_t period = set->period ? set->period[series->start + i]
					     : series->first + (int64_t)i;
		double z = y[i];

		if (all->options.scale == CSTN_SIGNAL_LOG)
			z = y[i] > 0 ? cstn__log(y[i]) : (double)NAN;
		else if (all->options.scale == CSTN_SIGNAL_LOG1P)
			z = y[i] >= 0 ? cstn__log1p(y[i]) : (double)NAN;
		if (isnan(z))
			continue;
		walk->y[n] = y[i];
		walk->z[n] = z;
		walk->at[n++] = (uint32_t)(period - series->first);
	}
	walk->n = n;
	walk->periods = (size_t)(set->period ? set->period[series->start + series->n - 1] -
									series->first
					     : (int64_t)series->n - 1) +
			2;
}

void cstn__signal_walk_series(cstn__signal_walk *walk, const cstn__signal_case *all,
		const cstn__series *series, int64_t horizon, const cstn__pool_prices *prices)
{
	size_t s;

	take_rows(walk, all, series);
	walk->any_late = 0;
	for (s = 0; s < all->signals->n; s++) {
		fill(walk, all, series, s, horizon);
		if (prices && all->signals->declared[s].feature == CSTN_SIGNAL_AS_CROSS_PRICE)
			leave_out_own(walk, all, series, s, prices);
	}
}
