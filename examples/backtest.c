/* The past forecast as it could have been: two models of two articles at three cutoffs, each from
 * what was known then, beside what came; then their scores. */
#include "example_rows.h"

#include <stdio.h>

static const char schema[] = "unique_id text\nds int64\ny double\n";
static const double tea[] = {30, 34, 29, 33, 31, 35, 33, 36, 34, 38};
static const double pot[] = {2, 0, 3, 1, 0, 2, 1, 3, 0, 2};

static cstn_status open_rows(struct ArrowArrayStream *out, cstn_error **error)
{
	char text[1024];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y\n");
	int t;

	for (t = 0; t < 10; t++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "tea,%d,%g\npot,%d,%g\n",
				t + 1, tea[t], t + 1, pot[t]);
	return rows_open(schema, text, out, error);
}

static cstn_status forecast(struct ArrowArrayStream *rows, struct ArrowArrayStream *past,
		cstn_row_errors **bad, cstn_error **error)
{
	/* [backtest] */
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;

	family.models = CSTN_FAMILY_NAIVE | CSTN_FAMILY_SES;
	family.horizon = 2;
	options.n_windows = 3;
	options.step = 1;
	return cstn_backtest(rows, &family, &options, NULL, past, bad, error);
	/* [backtest] */
}

int main(void)
{
	struct ArrowArrayStream rows, history, past, scores;
	cstn_score_options options = CSTN_SCORE_OPTIONS_INIT;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status = open_rows(&rows, &error);

	if (status == CSTN_OK)
		status = forecast(&rows, &past, &bad, &error);
	if (status == CSTN_OK)
		status = rows_print(&past, &error);
	if (status == CSTN_OK)
		status = open_rows(&rows, &error);
	if (status == CSTN_OK)
		status = forecast(&rows, &past, &bad, &error);
	if (status == CSTN_OK) {
		static const int32_t metrics[] = {CSTN_METRIC_MASE};

		options.metrics = metrics;
		options.n_metrics = 1;
		options.flags = CSTN_SCORE_BY_CUTOFF;
		status = open_rows(&history, &error);
		if (status == CSTN_OK)
			status = cstn_forecast_score(
					&past, &history, &options, NULL, &scores, NULL, &error);
		else
			past.release(&past);
	}
	if (status == CSTN_OK)
		status = rows_print(&scores, &error);
	cstn_row_errors_free(bad);
	return rows_end(status, error);
}
