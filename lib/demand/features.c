/* Features that the library makes of a signal's values.
 *
 * A view shows one series as of one origin. Values of a signal known ahead are looked at from the
 * target back, what is compared with them lies at the origin or before; those of a signal that is
 * observed are looked at from the newest that may be used. A feature that needs what is not known
 * is not made: nothing is imputed. O(8) a feature, O(gap) where values are missing. */
#include <math.h>

#include "base/elementary.h"
#include "demand/signals.h"

#define LAST_ROWS 8
#define WEATHER_ROWS 7
/* Periods back that are searched for a value. */
#define LONGEST_SEARCH 1024
#define NONE SIZE_MAX

static const char *const value_names[] = {"value"};
static const char *const price_names[] = {"against_mean", "against_last"};
static const char *const promotion_names[] = {"value", "change", "against_mean"};
static const char *const order_names[] = {"booked_against_usual", "booked", "above_usual"};
static const char *const weather_names[] = {"value", "square", "against_mean", "change"};
static const char *const index_names[] = {"change", "change_of_year"};
static const char *const event_names[] = {"value", "next"};

static const struct {
	const char *const *names;
	size_t n;
} features[] = {
		[CSTN_SIGNAL_AS_VALUE] = {value_names, 1},
		[CSTN_SIGNAL_AS_PRICE] = {price_names, 2},
		[CSTN_SIGNAL_AS_CROSS_PRICE] = {price_names, 2},
		[CSTN_SIGNAL_AS_PROMOTION] = {promotion_names, 3},
		[CSTN_SIGNAL_AS_ORDERS] = {order_names, 3},
		[CSTN_SIGNAL_AS_WEATHER] = {weather_names, 4},
		[CSTN_SIGNAL_AS_CLASS] = {NULL, 0},
		[CSTN_SIGNAL_AS_INDEX] = {index_names, 2},
		[CSTN_SIGNAL_AS_EVENT] = {event_names, 2},
};

size_t cstn__feature_columns(const cstn_signal *declared)
{
	if (declared->feature == CSTN_SIGNAL_AS_CLASS)
		return (size_t)declared->classes - 1;
	return features[declared->feature].n;
}

const char *cstn__feature_name(const cstn_signal *declared, size_t column)
{
	if (declared->feature == CSTN_SIGNAL_AS_CLASS)
		return "class";
	return features[declared->feature].names[column];
}

size_t cstn__feature_anchor(const cstn_signal *declared, const cstn__feature_view *view)
{
	if (declared->kind != CSTN_SIGNAL_OBSERVED_PAST)
		return view->target;
	if (view->origin == NONE || view->origin < (size_t)declared->lag)
		return NONE;
	return view->origin - (size_t)declared->lag;
}

/* The mean of the last k known values below `end`; NaN without one. */
static double mean_before(const double *x, size_t end, size_t k)
{
	size_t i, n = 0, last = end > LONGEST_SEARCH ? end - LONGEST_SEARCH : 0;
	double sum = 0;

	for (i = end; i > last && n < k; i--)
		if (!isnan(x[i - 1])) {
			sum += x[i - 1];
			n++;
		}
	return n ? sum / (double)n : (double)NAN;
}

/* Where what the anchor is compared with ends. */
static size_t end_of_past(
		const cstn_signal *declared, const cstn__feature_view *view, size_t anchor)
{
	if (declared->kind == CSTN_SIGNAL_OBSERVED_PAST)
		return anchor;
	return view->origin == NONE ? 0 : view->origin + 1;
}

/* Orders booked for t this early, against what usually was. */
static void make_orders(const cstn__feature_view *view, double *out)
{
	double booked = view->x[view->target], usual = 0, n = 0;
	size_t i = view->target;

	for (; i >= view->season && n < LAST_ROWS;) {
		i -= view->season;
		if (view->origin == NONE || i > view->origin)
			continue;
		usual += view->x[i];
		n++;
	}
	usual = n > 0 ? usual / n : (double)NAN;
	/* cancelled more than was ordered: nothing is booked */
	booked = booked > 0 ? booked : 0;
	usual = usual < 0 ? 0 : usual;
	out[1] = cstn__log1p(booked);
	out[0] = out[1] - cstn__log1p(usual);
	out[2] = booked > usual ? (booked - usual) / view->level : 0;
}

static double log_of(const double *x, size_t i)
{
	return x[i] > 0 ? cstn__log(x[i]) : (double)NAN;
}

static void make_classes(const cstn_signal *declared, double x, double *out)
{
	size_t n = cstn__feature_columns(declared), i;

	for (i = 0; i < n; i++)
		out[i] = i + 1 < n ? x == (double)(i + 1) : x >= (double)n;
}

int cstn__feature_make(const cstn_signal *declared, const cstn__feature_view *view, double *out)
{
	size_t a = cstn__feature_anchor(declared, view), n = cstn__feature_columns(declared), i;
	const double *x = view->x;
	size_t end;

	if (a == NONE || (isnan(x[a]) && declared->feature != CSTN_SIGNAL_AS_EVENT))
		return -1;
	end = end_of_past(declared, view, a);
	switch (declared->feature) {
	case CSTN_SIGNAL_AS_PRICE: /* logarithms already */
	case CSTN_SIGNAL_AS_CROSS_PRICE:
		out[0] = x[a] - mean_before(x, end, LAST_ROWS);
		out[1] = x[a] - mean_before(x, end, 1);
		break;
	case CSTN_SIGNAL_AS_PROMOTION:
		out[0] = x[a];
		out[1] = x[a] - mean_before(x, end, 1);
		out[2] = x[a] - mean_before(x, end, LAST_ROWS);
		break;
	case CSTN_SIGNAL_AS_ORDERS:
		make_orders(view, out);
		break;
	case CSTN_SIGNAL_AS_WEATHER:
		out[0] = x[a];
		out[1] = x[a] * x[a];
		out[2] = x[a] - mean_before(x, a, WEATHER_ROWS);
		out[3] = a ? x[a] - x[a - 1] : (double)NAN;
		break;
	case CSTN_SIGNAL_AS_CLASS:
		make_classes(declared, x[a], out);
		break;
	case CSTN_SIGNAL_AS_INDEX:
		out[0] = a ? log_of(x, a) - log_of(x, a - 1) : (double)NAN;
		out[1] = a >= view->year ? log_of(x, a) - log_of(x, a - view->year) : (double)NAN;
		break;
	case CSTN_SIGNAL_AS_EVENT:
		out[0] = isnan(x[a]) ? 0 : x[a];
		out[1] = a + 1 >= view->n || isnan(view->ahead[a + 1]) ? 0 : view->ahead[a + 1];
		break;
	default:
		out[0] = x[a];
	}
	for (i = 0; i < n; i++)
		if (!isfinite(out[i]))
			return -1;
	return 0;
}
