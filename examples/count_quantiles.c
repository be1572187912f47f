/* A slow item: how many to keep so that nine days in ten are served, and whether a forecast of its
 * quantiles kept its word. More than half of the days sell nothing, so that a median of 0 holds far
 * more often than half of the time; U says that nothing is wrong with it. */
#include <constellation/constellation.h>

#include <stdio.h>

#define DAYS 28

static const double sold[DAYS] = {
		0, 0, 1, 0, 2, 0, 0, 1, 0, 0, 0, 3, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 2, 0, 0, 1, 0};

int main(void)
{
	cstn_error *error = NULL;
	cstn_status status;
	double value[2] = {0, 0}, forecast[DAYS], within[DAYS];
	int t;

	/* [quantiles] */
	const double level[] = {.5, .9};
	double quantile[2], share[2];

	status = cstn_count_quantiles(.5, .8, level, 2, quantile, share, &error);
	/* [quantiles] */
	for (t = 0; t < DAYS; t++) {
		forecast[t] = quantile[0];
		within[t] = share[0];
	}
	if (status == CSTN_OK) {
		cstn_forecast_sample sample = CSTN_FORECAST_SAMPLE_INIT;

		sample.actual = sold;
		sample.forecast = forecast;
		sample.n = DAYS;
		sample.within = within;
		sample.seed = 1;
		status = cstn_forecast_metric(CSTN_METRIC_COVERAGE, &sample, &value[0], &error);
		if (status == CSTN_OK)
			status = cstn_forecast_metric(
					CSTN_METRIC_U_COVERAGE, &sample, &value[1], &error);
	}
	if (status != CSTN_OK) {
		fprintf(stderr, "%s\n", cstn_error_message(error));
		cstn_error_free(error);
		return 1;
	}
	printf("median %.0f, nine in ten %.0f\n", quantile[0], quantile[1]);
	printf("at or below the median: %.2f of the days, U of %.2f\n", value[0], value[1]);
	return 0;
}
