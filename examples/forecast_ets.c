/* Exponential smoothing of one series at parameters that another system found: what it says of
 * every period, how likely the series is, and what it expects of the next ones. */
#include <constellation/constellation.h>

#include <math.h>
#include <stdio.h>

#define QUARTERS 12
#define AHEAD 4

static const double sold[QUARTERS] = {31, 60, 98, 41, 35, 66, 105, 43, 37, 71, 113, 48};
static const double seasons[4] = {.55, 1.04, 1.7, .71};

int main(void)
{
	double fitted[QUARTERS], ahead[AHEAD], variance[AHEAD];
	cstn_ets_summary summary = CSTN_ETS_SUMMARY_INIT;
	cstn_error *error = NULL;
	cstn_status status;
	int t;

	/* [filter] */
	cstn_ets_parameters given = CSTN_ETS_PARAMETERS_INIT;
	cstn_ets_paths paths = CSTN_ETS_PATHS_INIT;

	given.alpha = .3;
	given.beta = .05;
	given.gamma = .1;
	given.level = 55;
	given.trend = 1;
	given.seasonal = seasons;
	given.season = 4;
	given.horizon = AHEAD;
	paths.fitted = fitted;
	paths.forecast = ahead;
	paths.variance = variance;
	status = cstn_ets_filter("MAM", &given, sold, QUARTERS, NULL, &paths, &summary, &error);
	/* [filter] */
	if (status == CSTN_OK)
		printf("loglik %.3f, the last quarter %.0f was expected as %.1f\n", summary.loglik,
				sold[QUARTERS - 1], fitted[QUARTERS - 1]);
	for (t = 0; t < AHEAD && status == CSTN_OK; t++)
		printf("quarter %d: %.1f, give or take %.1f\n", t + 1, ahead[t], sqrt(variance[t]));
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	return status != CSTN_OK;
}
