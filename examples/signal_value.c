/* What a partner's feed was worth: a depot tells eight days ahead which days it will promote, and
 * the shop asks by how much its error a week ahead fell, how sure that is, and what it saves in
 * stock. What means nothing is asked, too. */
#include "example_rows.h"

#include <stdio.h>

#define DAYS 300

/* Promoted days, as if by chance. */
static int is_promoted(int day)
{
	return day * day % 11 == 3;
}

static int dice(int day)
{
	return (int)((uint32_t)day * UINT32_C(2654435761) >> 20) % 6 + 1;
}

static void put_sales(char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "unique_id,ds,y\n");
	int day;

	for (day = 0; day < DAYS; day++)
		used += (size_t)snprintf(text + used, size - used, "shop,%d,%d\n", day,
				40 + 10 * (day % 7 == 5) + 30 * is_promoted(day) +
						day * 37 % 100 / 10);
}

/* `available_us` is the number of the day at whose end a row was known. */
static void put_signals(char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "signal,ds,value,available_us\n");
	int day;

	for (day = 0; day < DAYS; day++)
		used += (size_t)snprintf(text + used, size - used,
				"promotion,%d,%d,%d\ndice,%d,%d,%d\n", day, is_promoted(day),
				day - 8, day, dice(day), day - 1000);
}

int main(void)
{
	static char sales[8192], feed[32768];
	struct ArrowArrayStream rows, signals, worth;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	put_sales(sales, sizeof(sales));
	put_signals(feed, sizeof(feed));
	status = rows_open("unique_id text\nds int64\ny double\n", sales, &rows, &error);
	if (status != CSTN_OK)
		return rows_end(status, error);
	status = rows_open("signal text\nds int64\nvalue double\navailable_us int64\n", feed,
			&signals, &error);
	if (status != CSTN_OK) {
		rows.release(&rows);
		return rows_end(status, error);
	}
	{
		/* [value] */
		cstn_signal promotion = CSTN_SIGNAL_INIT, dice = CSTN_SIGNAL_INIT;
		const cstn_signal *declared[] = {&promotion, &dice};
		static const int32_t week = 7;
		cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;

		promotion.name = "promotion";
		promotion.partner = "Depot";
		promotion.kind = CSTN_SIGNAL_KNOWN_FUTURE;
		dice.name = "dice";
		dice.kind = CSTN_SIGNAL_KNOWN_FUTURE;
		options.season = 7;
		options.origins = 60;
		options.horizons = &week;
		options.n_horizons = 1;
		options.service_ppm = 950000;
		options.holding_minor = 250;
		status = cstn_signal_value(
				&rows, &signals, declared, 2, &options, NULL, &worth, &bad, &error);
		/* [value] */
	}
	if (status == CSTN_OK)
		status = rows_print(&worth, &error);
	cstn_row_errors_free(bad);
	return rows_end(status, error);
}
