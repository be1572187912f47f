#ifndef TESTS_GLOBAL_ROWS_H
#define TESTS_GLOBAL_ROWS_H

#include <stddef.h>

#include <constellation/demand_global.h>

/* Series for tests of the global ridge: six of two pools, 190 days, a season of seven, and a fair
 * that lifts what is sold by half, in pool q fourfold; the day before a fair nothing is sold. */
#define GLOBAL_SERIES 6
#define GLOBAL_DAYS 190
#define GLOBAL_AHEAD 7
#define GLOBAL_SCHEMA "unique_id text\nds int64\ny double null\npool text\nfair double\n"
#define GLOBAL_HEAD "unique_id,ds,y,pool,fair\n"
#define GLOBAL_TEXT_SIZE (GLOBAL_SERIES * (GLOBAL_DAYS + GLOBAL_AHEAD) * 48)

/* One row as CSV behind `used` bytes of a text of GLOBAL_TEXT_SIZE; how many bytes there are now. A
 * fair of the days to come is there only if it is held. */
size_t global_put_row(char *text, size_t used, int series, int day, int is_held);
/* Rows of all series with `ahead` days to come, every `step`-th in turn. */
void global_rows_held(struct ArrowArrayStream *out, int ahead, int step, int is_held);
void global_rows(struct ArrowArrayStream *out, int ahead, int step);

/* Ten origins, the pools, and the fair by pool and of the day after. */
cstn_demand_global_options global_ask(void);
cstn_demand_global *global_fit(
		struct ArrowArrayStream *rows, const cstn_demand_global_options *options);
/* The model of global_rows(). */
cstn_demand_global *global_fitted(void);
/* A local model of all series but the last two, with the fair as an event. */
cstn_demand_model *global_local_model(void);
/* The text of forecasts; `bad` may be NULL. */
const char *global_forecast(cstn_demand_global *model, struct ArrowArrayStream *rows,
		const cstn_demand_global_forecast_options *options, cstn_status expected,
		cstn_row_errors **bad, cstn_buffer **text);
/* A cell of a text as a number. */
double global_number(const char *text, int row, const char *column);

#endif
