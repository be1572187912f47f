/* Two forecasts of a week's demand for one item, and what came. Which was better depends on what a
 * miss costs: the measure is chosen before the forecasts are looked at. */
#include <constellation/constellation.h>

#include <stdio.h>

#define DAYS 7

static const double history[] = {3, 2, 4, 3, 6, 9, 8, 2, 3, 3, 4, 7, 9, 7};
static const double came[DAYS] = {3, 2, 5, 4, 7, 10, 6};
static const double last_week[DAYS] = {2, 3, 3, 4, 7, 9, 7};
static const double average[DAYS] = {6, 6, 6, 6, 6, 6, 6};

static int show(const char *what, int32_t metric, const double *forecast)
{
	cstn_error *error = NULL;
	cstn_status status;
	double value;

	/* [metric] */
	cstn_forecast_sample sample = CSTN_FORECAST_SAMPLE_INIT;

	sample.actual = came;
	sample.forecast = forecast;
	sample.n = DAYS;
	sample.history = history;
	sample.n_history = 14;
	sample.season = 7;
	sample.under_minor = 250; /* margin lost with a unit that was not there */
	sample.over_minor = 40;   /* a unit kept a day too long */
	status = cstn_forecast_metric(metric, &sample, &value, &error);
	/* [metric] */
	if (status == CSTN_OK)
		printf(" %s %.3f", what, value);
	else if (status == CSTN_DONE)
		printf(" %s -", what);
	else
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	return status < 0;
}

static int show_all(const char *name, const double *forecast)
{
	int failed;

	printf("%-10s", name);
	failed = show("MASE", CSTN_METRIC_MASE, forecast) ||
		 show("WAPE", CSTN_METRIC_WAPE, forecast) ||
		 show("bias", CSTN_METRIC_BIAS, forecast) ||
		 show("cost a day", CSTN_METRIC_COST, forecast);
	printf("\n");
	return failed;
}

int main(void)
{
	return show_all("last week", last_week) || show_all("average", average);
}
