/* Two articles by month, one seasonal, one not, forecast half a year ahead by several models that
 * are fitted to each series: rows in, rows out. */
#include "example_rows.h"

#include <stdio.h>

static const char schema[] = "unique_id text\nds date\ny double\n";

static const double parasols[] = {12, 15, 31, 60, 98, 141, 150, 120, 70, 33, 14, 10, 13, 17, 35, 66,
		105, 150, 162, 131, 74, 36, 16, 12, 14, 19, 37, 71, 113, 163, 171, 140, 80, 38, 17,
		13};
static const double tape[] = {40, 43, 39, 41, 44, 42, 45, 43, 46, 44, 47, 45, 48, 46, 47, 49, 48,
		50, 49, 51, 50, 52, 51, 53, 52, 54, 53, 52, 55, 54, 56, 55, 57, 56, 55, 58};

static void put(char *text, size_t size, size_t *used, const char *id, const double *y)
{
	int t;

	for (t = 0; t < 36; t++)
		*used += (size_t)snprintf(text + *used, size - *used, "%s,%d-%02d-01,%g\n", id,
				2023 + t / 12, t % 12 + 1, y[t]);
}

int main(void)
{
	char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y\n");
	struct ArrowArrayStream rows, ahead;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	put(text, sizeof(text), &used, "parasol", parasols);
	put(text, sizeof(text), &used, "tape", tape);
	status = rows_open(schema, text, &rows, &error);
	if (status == CSTN_OK) {
		/* [fit] */
		cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;

		options.models = CSTN_FAMILY_AUTO | CSTN_FAMILY_SEASONAL_NAIVE;
		options.period = CSTN_PERIOD_MONTH;
		options.horizon = 6;
		status = cstn_family_fit(&rows, &options, NULL, &ahead, &bad, &error);
		/* [fit] */
	}
	if (status == CSTN_OK)
		status = rows_print(&ahead, &error);
	cstn_row_errors_free(bad);
	return rows_end(status, error);
}
