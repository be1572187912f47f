#ifndef TESTS_SCORE_ROWS_H
#define TESTS_SCORE_ROWS_H

#include <constellation/demand_evaluate.h>

/* Scores of forecasts that are CSV text under a schema: of models A and B, with or without what was
 * before them. */
#define SCORE_ROWS "unique_id text\nds int64\ny double\nA double\nB double\n"
#define SCORE_HEAD "unique_id,ds,y,A,B\n"
#define SCORE_PAST "unique_id text\nds int64\ny double\n"
#define SCORE_PAST_HEAD "unique_id,ds,y\n"

/* Metrics by one thread. */
cstn_score_options score_ask(const int32_t *metrics, size_t n);
/* `past` NULL: no history. */
cstn_status score_run(const char *schema, const char *rows, const char *past_schema,
		const char *past, const cstn_score_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad, cstn_error **error);
/* The table as CSV text, to be freed with *buffer. */
const char *score_text(const char *schema, const char *rows, const char *past_schema,
		const char *past, const cstn_score_options *options, cstn_buffer **buffer);
/* Of a history under SCORE_PAST. */
void score_refused(const char *schema, const char *rows, const char *past,
		const cstn_score_options *options, cstn_status expected, const char *part);

#endif
