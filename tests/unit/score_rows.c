#include "score_rows.h"

#include <check.h>

#include "csv_rows.h"

cstn_score_options score_ask(const int32_t *metrics, size_t n)
{
	cstn_score_options options = CSTN_SCORE_OPTIONS_INIT;

	options.metrics = metrics;
	options.n_metrics = n;
	options.threads = 1;
	return options;
}

cstn_status score_run(const char *schema, const char *rows, const char *past_schema,
		const char *past, const cstn_score_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad, cstn_error **error)
{
	struct ArrowArrayStream in, history;
	cstn_status status;

	csv_rows(&in, schema, rows);
	if (past)
		csv_rows(&history, past_schema, past);
	status = cstn_forecast_score(&in, past ? &history : NULL, options, NULL, out, bad, error);
	ck_assert_ptr_null(in.release);
	ck_assert(!past || !history.release);
	return status;
}

const char *score_text(const char *schema, const char *rows, const char *past_schema,
		const char *past, const cstn_score_options *options, cstn_buffer **buffer)
{
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_status status =
			score_run(schema, rows, past_schema, past, options, &out, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return csv_text(&out, buffer);
}

void score_refused(const char *schema, const char *rows, const char *past,
		const cstn_score_options *options, cstn_status expected, const char *part)
{
	struct ArrowArrayStream out = {0};
	cstn_error *error = NULL;

	expect_error(score_run(schema, rows, SCORE_PAST, past, options, &out, NULL, &error),
			expected, &error, part);
	ck_assert_ptr_null(out.release);
}
