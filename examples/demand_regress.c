/* A shop by the day: rain keeps customers away, the day before a holiday they come twice, on the
 * holiday it is shut. A regression learns all three, forecasts the week ahead, and says what each
 * day's forecast is made of. */
#include "example_rows.h"

#include <stdio.h>

#define DAYS 210
#define AHEAD 7

static const char schema[] = "unique_id text\nds date\ny double null\nrain double\nholiday double\n"
			     "shut double\n";

/* Days count from the 1st of January 2025; a null y is to come. */
static size_t put(char *text, size_t size, size_t used, int day)
{
	static const int week[] = {40, 44, 60, 70, 0, 38, 36};
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31};
	int is_rain = day * 7 % 5 < 2, is_holiday = day % 30 == 4, is_shut = is_holiday;
	int month = 0, date = day;
	double sold = week[day % 7] * (is_rain ? .75 : 1) * (day % 30 == 3 ? 2 : 1) + day % 3;

	while (date >= lengths[month])
		date -= lengths[month++];
	is_shut |= day % 7 == 4;
	used += (size_t)snprintf(
			text + used, size - used, "shop,2025-%02d-%02d,", month + 1, date + 1);
	if (day < DAYS)
		used += (size_t)snprintf(text + used, size - used, "%g", is_shut ? 0 : sold);
	return used + (size_t)snprintf(text + used, size - used, ",%d,%d,%d\n", is_rain, is_holiday,
				      is_shut);
}

static const cstn_regress_signal signals[] = {{"rain", 0, 0}, {"holiday", CSTN_REGRESS_NEXT, 0},
		{"shut", CSTN_REGRESS_CLOSED, 0}};

static cstn_status forecast(const char *text, cstn_error **error)
{
	struct ArrowArrayStream rows, ahead;
	cstn_status status = rows_open(schema, text, &rows, error);

	if (status != CSTN_OK)
		return status;
	/* [regress] */
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;

	options.signals = signals;
	options.n_signals = 3;
	status = cstn_regress(&rows, &options, NULL, &ahead, NULL, error);
	/* [regress] */
	return status == CSTN_OK ? rows_print(&ahead, error) : status;
}

static cstn_status explain(const char *text, cstn_error **error)
{
	struct ArrowArrayStream rows, parts;
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;
	cstn_status status = rows_open(schema, text, &rows, error);

	if (status != CSTN_OK)
		return status;
	options.signals = signals;
	options.n_signals = 3;
	/* [explain] */
	status = cstn_regress_explain(&rows, &options, NULL, &parts, NULL, error);
	/* [explain] */
	return status == CSTN_OK ? rows_print(&parts, error) : status;
}

int main(void)
{
	static char text[(DAYS + AHEAD + 1) * 40 + 64];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y,rain,holiday,shut\n");
	cstn_error *error = NULL;
	cstn_status status;
	int day;

	for (day = 0; day < DAYS + AHEAD + 1; day++)
		used = put(text, sizeof(text), used, day);
	status = forecast(text, &error);
	if (status == CSTN_OK)
		status = explain(text, &error);
	return rows_end(status, error);
}
