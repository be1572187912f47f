#ifndef TESTS_BACKTEST_ROWS_H
#define TESTS_BACKTEST_ROWS_H

#include "demand/backtest.h"

/* Backtests of rows that are CSV text under a schema. */
#define BACKTEST_ROWS "unique_id text\nds int64\ny double\n"
#define BACKTEST_HEAD "unique_id,ds,y\n"

/* The naive model alone, by one thread. */
cstn_family_options backtest_naive(int32_t horizon);
/* `mutant` 0: the library as it is; else one that knows too much. */
cstn_status backtest_run(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, int mutant, struct ArrowArrayStream *out,
		cstn_row_errors **bad, cstn_error **error);
/* The forecasts as CSV text, to be freed with *buffer. */
const char *backtest_text(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, cstn_buffer **buffer);
void backtest_expect(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, const char *expected);
void backtest_refused(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, int mutant, cstn_status expected,
		const char *part);

#endif
