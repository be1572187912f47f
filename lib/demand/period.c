/* Periods as consecutive numbers, so that a gap is a difference. O(1). */
#include "base/checked.h"
#include "base/civil.h"
#include "base/error.h"
#include "demand/series.h"

#define HOUR_US INT64_C(3600000000)

/* Dates of four digits: what every calendar here can say. */
#define FIRST_DAY (-719162)
#define LAST_DAY 2932896

static int day_of(const cstn__periods *periods, int64_t ds, int64_t *day)
{
	if (periods->type == CSTN_TYPE_TIME) {
		if (ds % CSTN_DAY_US)
			return -1;
		ds /= CSTN_DAY_US;
	}
	*day = ds;
	return ds < FIRST_DAY || ds > LAST_DAY ? -1 : 0;
}

int cstn__period_number(const cstn__periods *periods, int64_t ds, int64_t *out)
{
	int32_t year, month, day_of_month, months;
	int64_t day;

	if (periods->period == CSTN_PERIOD_NUMBER || periods->period == CSTN_PERIOD_HOUR) {
		int64_t unit = periods->period == CSTN_PERIOD_HOUR ? HOUR_US : 1;

		*out = ds / unit;
		return ds % unit ? -1 : 0;
	}
	if (day_of(periods, ds, &day))
		return -1;
	switch (periods->period) {
	case CSTN_PERIOD_DAY:
		*out = day;
		return 0;
	case CSTN_PERIOD_WEEK:
		*out = cstn__floor_div(day - periods->phase, 7);
		return (day - periods->phase) % 7 ? -1 : 0;
	default:
		break;
	}
	cstn__civil_of((int32_t)day, &year, &month, &day_of_month);
	months = periods->period == CSTN_PERIOD_MONTH     ? 1
		 : periods->period == CSTN_PERIOD_QUARTER ? 3
							  : 12;
	*out = ((int64_t)year * 12 + month - 1) / months;
	return day_of_month != 1 || (month - 1) % months ? -1 : 0;
}

int cstn__period_start(const cstn__periods *periods, int64_t number, int64_t *out)
{
	int64_t day, months;

	if (periods->period == CSTN_PERIOD_NUMBER) {
		*out = number;
		return 0;
	}
	if (periods->period == CSTN_PERIOD_HOUR)
		return cstn__multiply_i64(number, HOUR_US, out) ? -1 : 0;
	switch (periods->period) {
	case CSTN_PERIOD_DAY:
		day = number;
		break;
	case CSTN_PERIOD_WEEK:
		day = number * 7 + periods->phase;
		break;
	default:
		months = periods->period == CSTN_PERIOD_MONTH     ? number
			 : periods->period == CSTN_PERIOD_QUARTER ? number * 3
								  : number * 12;
		if (months < 12 || months >= INT64_C(9999) * 12)
			return -1;
		day = cstn__days_of((int32_t)(months / 12), (int32_t)(months % 12) + 1, 1);
	}
	if (day < FIRST_DAY || day > LAST_DAY)
		return -1;
	*out = periods->type == CSTN_TYPE_TIME ? day * CSTN_DAY_US : day;
	return 0;
}

int32_t cstn__period_season(int32_t period)
{
	switch (period) {
	case CSTN_PERIOD_HOUR:
		return 24;
	case CSTN_PERIOD_DAY:
		return 7;
	case CSTN_PERIOD_WEEK:
		return 52;
	case CSTN_PERIOD_MONTH:
		return 12;
	case CSTN_PERIOD_QUARTER:
		return 4;
	default:
		return 1;
	}
}

static const char *const period_names[] = {
		"by type", "hours", "days", "weeks", "months", "quarters", "years", "numbers"};

cstn_status cstn__periods_of(
		cstn__periods *periods, int32_t period, int32_t type, cstn_error **error)
{
	int is_number = type == CSTN_TYPE_INT64;

	periods->type = type;
	periods->phase = 0;
	periods->period = period != CSTN_PERIOD_BY_TYPE ? period
			  : is_number                   ? CSTN_PERIOD_NUMBER
							: CSTN_PERIOD_DAY;
	if (is_number != (periods->period == CSTN_PERIOD_NUMBER) ||
			(periods->period == CSTN_PERIOD_HOUR && type != CSTN_TYPE_TIME))
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'ds' is %s, which has no periods of %s",
				cstn_type_name(type), period_names[periods->period]);
	return CSTN_OK;
}

void cstn__periods_begin(cstn__periods *periods, int64_t ds)
{
	int64_t day = periods->type == CSTN_TYPE_TIME ? ds / CSTN_DAY_US : ds;

	periods->phase = (int32_t)(((day % 7) + 7) % 7);
}

size_t cstn__period_year(int32_t period, size_t season)
{
	switch (period) {
	case CSTN_PERIOD_HOUR:
		return 24 * 364;
	case CSTN_PERIOD_DAY:
		return 364;
	case CSTN_PERIOD_WEEK:
	case CSTN_PERIOD_MONTH:
	case CSTN_PERIOD_QUARTER:
		return (size_t)cstn__period_season(period);
	default:
		return 52 * season;
	}
}
