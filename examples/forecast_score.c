/* Two models of two articles, at two cutoffs, measured by what came: weighted by the money of the
 * last periods of training. */
#include "example_rows.h"

#include <stdio.h>

static const char forecasts_schema[] =
		"unique_id text\nds int64\ncutoff int64\ny double\nflat double\nlast double\n";
static const char forecasts_text[] = "unique_id,ds,cutoff,y,flat,last\n"
				     "tea,7,6,33,32,35\ntea,8,6,36,32,35\n"
				     "pot,7,6,1,1,2\npot,8,6,3,1,2\n"
				     "tea,8,7,36,32,33\npot,8,7,3,1,1\n";
static const char history_schema[] = "unique_id text\nds int64\ny double\nprice_minor int64\n";
static const char history_text[] = "unique_id,ds,y,price_minor\n"
				   "tea,1,30,450\ntea,2,34,450\ntea,3,29,450\ntea,4,33,450\n"
				   "tea,5,31,450\ntea,6,35,450\ntea,7,33,450\n"
				   "pot,1,2,2900\npot,2,0,2900\npot,3,3,2900\npot,4,1,2900\n"
				   "pot,5,0,2900\npot,6,2,2900\npot,7,1,2900\n";

int main(void)
{
	struct ArrowArrayStream forecasts, history, scores;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status = rows_open(forecasts_schema, forecasts_text, &forecasts, &error);

	if (status != CSTN_OK)
		return rows_end(status, error);
	status = rows_open(history_schema, history_text, &history, &error);
	if (status != CSTN_OK) {
		forecasts.release(&forecasts);
		return rows_end(status, error);
	}
	{
		/* [score] */
		static const int32_t metrics[] = {CSTN_METRIC_RMSSE, CSTN_METRIC_OWA};
		cstn_score_options options = CSTN_SCORE_OPTIONS_INIT;

		options.metrics = metrics;
		options.n_metrics = 2;
		options.reference = "last";
		options.weighting = CSTN_WEIGHT_MONEY;
		options.flags = CSTN_SCORE_BY_CUTOFF;
		status = cstn_forecast_score(
				&forecasts, &history, &options, NULL, &scores, &bad, &error);
		/* [score] */
	}
	if (status == CSTN_OK)
		status = rows_print(&scores, &error);
	cstn_row_errors_free(bad);
	return rows_end(status, error);
}
