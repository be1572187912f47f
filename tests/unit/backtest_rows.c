#include "backtest_rows.h"

#include <check.h>

#include "csv_rows.h"

cstn_family_options backtest_naive(int32_t horizon)
{
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;

	family.models = CSTN_FAMILY_NAIVE;
	family.horizon = horizon;
	family.threads = 1;
	return family;
}

cstn_status backtest_run(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, int mutant, struct ArrowArrayStream *out,
		cstn_row_errors **bad, cstn_error **error)
{
	struct ArrowArrayStream in;
	cstn_status status;

	csv_rows(&in, schema, rows);
	status = cstn__backtest(&in, family, options, mutant, NULL, out, bad, error);
	ck_assert_ptr_null(in.release);
	return status;
}

const char *backtest_text(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, cstn_buffer **buffer)
{
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_status status = backtest_run(schema, rows, family, options, 0, &out, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return csv_text(&out, buffer);
}

void backtest_expect(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, const char *expected)
{
	cstn_buffer *buffer;

	ck_assert_str_eq(backtest_text(schema, rows, family, options, &buffer), expected);
	cstn_buffer_free(buffer);
}

void backtest_refused(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, int mutant, cstn_status expected,
		const char *part)
{
	struct ArrowArrayStream out = {0};
	cstn_error *error = NULL;

	expect_error(backtest_run(schema, rows, family, options, mutant, &out, NULL, &error),
			expected, &error, part);
	ck_assert_ptr_null(out.release);
}
