/* A theta model of one series: parameters fitted, forecasts by them, and what another share of the
 * trend line would say. */
#include <constellation/constellation.h>

#include <stdio.h>

#define YEARS 12
#define AHEAD 3

static const double bicycles[YEARS] = {112, 118, 127, 125, 138, 146, 151, 149, 160, 171, 168, 180};

int main(void)
{
	double fitted[YEARS], ahead[AHEAD];
	cstn_error *error = NULL;
	cstn_status status;
	int t;

	/* [fit] */
	cstn_theta_parameters model = CSTN_THETA_PARAMETERS_INIT;

	status = cstn_theta_fit(CSTN_FAMILY_DOTM, bicycles, YEARS, &model, &error);
	/* [fit] */
	if (status == CSTN_OK)
		printf("alpha %.3f theta %.3f\n", model.alpha, model.theta);
	/* [given] */
	if (status == CSTN_OK)
		status = cstn_theta_filter(&model, bicycles, YEARS, AHEAD, fitted, ahead, &error);
	/* [given] */
	for (t = 0; t < AHEAD && status == CSTN_OK; t++)
		printf("year %d: %.1f\n", YEARS + 1 + t, ahead[t]);
	model.theta = 1; /* the level alone */
	if (status == CSTN_OK)
		status = cstn_theta_filter(&model, bicycles, YEARS, AHEAD, fitted, ahead, &error);
	if (status == CSTN_OK)
		printf("without the line: %.1f\n", ahead[0]);
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	return status != CSTN_OK;
}
