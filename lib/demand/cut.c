/* What was known when: the guard of every backtest.
 *
 * Values come through one function that is told the moment at which the forecast is made, and
 * refuses what is of a later period or was told later. A signal that is y itself, or y of a period
 * to come under another name, gives itself away by its correlation on a sample of rows. O(values
 * asked for); the check of a signal O(200 horizon). */
#include "demand/cut.h"

#include <inttypes.h>
#include <math.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/stats.h"

#define SAMPLE 200
#define FEWEST 20 /* rows by which two columns may be told apart */
#define SAME (1 - 1e-12)

int64_t cstn__period_end(const cstn__periods *periods, int64_t period, int64_t offset_us)
{
	int64_t end, us;

	if (periods->period == CSTN_PERIOD_NUMBER) {
		end = period;
	} else if (period == INT64_MAX || cstn__period_start(periods, period + 1, &end)) {
		return INT64_MAX;
	} else if (periods->type == CSTN_TYPE_DAYS) {
		end *= CSTN_DAY_US;
	}
	return cstn__add_i64(end, offset_us, &us) ? (offset_us > 0 ? INT64_MAX : INT64_MIN) : us;
}

cstn__cut cstn__cut_at(const cstn__periods *periods, int64_t period, int64_t offset_us)
{
	return (cstn__cut){period, cstn__period_end(periods, period, offset_us)};
}

/* --- reading ---------------------------------------------------------------------------------- */

static int64_t available_us(const cstn__known *known, const cstn__series *s, size_t t)
{
	double said = known->set->numbers[known->available * known->set->n + s->start + t];

	if (isnan(said))
		return cstn__period_end(
				&known->set->periods, s->first + (int64_t)t, known->latency_us);
	return said >= 9.2e18 ? INT64_MAX : said <= -9.2e18 ? INT64_MIN : (int64_t)said;
}

static cstn_status refuse(const cstn__known *known, const cstn__cut *cut, const cstn__series *s,
		size_t t, cstn_error **error)
{
	const cstn__series_set *set = known->set;
	int64_t ds = 0;
	char room[24];
	size_t len;
	const char *key = cstn__ids_text(&set->keys, s->key, room, &len);

	(void)cstn__period_start(&set->periods, s->first + (int64_t)t, &ds);
	return cstn__fail(error, CSTN_E_LEAKAGE,
			"y of series '%.*s' at ds %" PRId64 " is asked for: available_us %" PRId64
			", the cut is %" PRId64,
			(int)len, key, ds, t < s->n ? available_us(known, s, t) : INT64_MAX,
			cut->us);
}

cstn_status cstn__known_read(const cstn__known *known, const cstn__cut *cut, size_t series,
		size_t from, size_t n, const double **y, cstn_error **error)
{
	const cstn__series *s = &known->set->series.items[series];
	size_t t;

	for (t = from; t < from + n; t++)
		if (t >= s->n || s->first + (int64_t)t > cut->period ||
				available_us(known, s, t) > cut->us)
			return refuse(known, cut, s, t, error);
	*y = known->set->y + s->start + from;
	return CSTN_OK;
}

/* --- signals ---------------------------------------------------------------------------------- */

/* Moments of pairs. */
typedef struct moments {
	double n, x, y, xx, yy, xy;
} moments;

static void add_pair(moments *m, double x, double y)
{
	double dx = x - m->x, dy = y - m->y;

	/* one pass (Welford 1962) */
	m->n++;
	m->x += dx / m->n;
	m->y += dy / m->n;
	m->xx += dx * (x - m->x);
	m->yy += dy * (y - m->y);
	m->xy += dx * (y - m->y);
}

static int is_same(const moments *m)
{
	return m->n >= FEWEST && m->xx > 0 && m->yy > 0 &&
	       fabs(m->xy) >= SAME * (sqrt(m->xx) * sqrt(m->yy));
}

/* A row drawn at random: its series, and its period there. */
static const cstn__series *draw(const cstn__series_set *set, uint64_t i, size_t *t)
{
	size_t at = (size_t)(cstn__random_unit(CSTN_TYPE_TIME, i) * (double)set->n), low = 0,
	       high = set->series.count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (set->series.items[middle].start <= at)
			low = middle;
		else
			high = middle;
	}
	*t = at - set->series.items[low].start;
	return &set->series.items[low];
}

cstn_status cstn__known_check_signal(const cstn__series_set *set, size_t column, const char *name,
		size_t horizon, cstn_error **error)
{
	const double *x = set->numbers + column * set->n;
	size_t shift;

	for (shift = 0; shift <= horizon && set->n; shift++) {
		moments m = {0, 0, 0, 0, 0, 0};
		uint64_t i;

		for (i = 0; i < SAMPLE; i++) {
			size_t t;
			const cstn__series *s = draw(set, i, &t);

			if (t + shift < s->n && !isnan(x[s->start + t]) &&
					!isnan(set->y[s->start + t + shift]))
				add_pair(&m, x[s->start + t], set->y[s->start + t + shift]);
		}
		if (is_same(&m))
			return cstn__fail(error, CSTN_E_LEAKAGE,
					"signal '%s' repeats y of %zu periods later, on %.0f rows "
					"of %d "
					"drawn",
					name, shift, m.n, SAMPLE);
	}
	return CSTN_OK;
}
