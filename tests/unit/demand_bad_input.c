/* Bad rows of demand, case by case, through every call that takes long rows of series: each is told
 * with its rule, its column and its series, and changes nothing of the series beside it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand.h>
#include <constellation/demand_evaluate.h>
#include <constellation/demand_global.h>
#include <constellation/demand_plan.h>
#include <constellation/demand_regress.h>
#include <constellation/demand_signal.h>

#include "base/civil.h"
#include "csv_rows.h"
#include "suite.h"

#define PERIODS 60
#define CHANGED 20              /* the period whose row is changed ... */
#define ROW (PERIODS + CHANGED) /* ... and its row of the stream */
#define SIZE (1 << 15)
#define SCHEMA "unique_id text null\nds date null\ny double null\na double null\nb double null\n"
#define HEAD "unique_id,ds,y,a,b\n"

/* --- rows ------------------------------------------------------------------------------------- */

typedef struct tables {
	char all[SIZE], good[SIZE];
} tables;

static size_t put_row(char *to, const char *key, int32_t period, int t)
{
	int32_t year = 2020 + t / 12, month = 1 + t % 12, day = 1;
	int y = 3 + t % 7;

	if (period == CSTN_PERIOD_DAY)
		cstn__civil_of(19723 + t, &year, &month, &day); /* from 2024-01-01 */
	return (size_t)sprintf(to, "%s,%04d-%02d-%02d,%d,%d,%d\n", key, year, month, day, y,
			y + t % 3, y - t % 2);
}

/* `changed`: a line in place of one; "" for none, NULL for the usual one. */
static size_t put_series(char *to, const char *key, int32_t period, const char *changed)
{
	size_t used = 0;
	int t;

	for (t = 0; t < PERIODS; t++)
		if (t != CHANGED || !changed)
			used += put_row(to + used, key, period, t);
		else if (*changed)
			used += (size_t)sprintf(to + used, "%s\n", changed);
	return used;
}

/* Series "bad" between two good ones, and those alone, or, if a row of nobody is left out by
 * itself, with the rest of "bad". */
static tables *make_rows(int32_t period, const char *changed, int is_alone)
{
	tables *t = calloc(1, sizeof(*t));
	size_t used, other;

	ck_assert_ptr_nonnull(t);
	used = (size_t)sprintf(t->all, HEAD);
	other = (size_t)sprintf(t->good, HEAD);
	used += put_series(t->all + used, "one", period, NULL);
	used += put_series(t->all + used, "bad", period, changed);
	used += put_series(t->all + used, "two", period, NULL);
	other += put_series(t->good + other, "one", period, NULL);
	if (is_alone)
		other += put_series(t->good + other, "bad", period, "");
	other += put_series(t->good + other, "two", period, NULL);
	ck_assert_uint_lt(used, SIZE);
	return t;
}

/* --- calls ------------------------------------------------------------------------------------ */

static cstn_status learn(struct ArrowArrayStream *rows, int32_t period,
		struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	cstn_demand_model *model;
	cstn_status status;

	config.period = period;
	config.season = 7;
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	status = cstn_demand_model_update(model, rows, NULL, bad, error);
	options.horizon = 3;
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, NULL, &options, out, NULL),
			CSTN_OK);
	cstn_demand_model_free(model);
	return status;
}

static cstn_family_options family_of(int32_t period)
{
	cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;

	options.models = CSTN_FAMILY_AUTO | CSTN_FAMILY_NAIVE;
	options.period = period;
	options.season = 7;
	options.horizon = 3;
	return options;
}

static cstn_status fit_family(struct ArrowArrayStream *rows, int32_t period,
		struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error)
{
	cstn_family_options options = family_of(period);

	return cstn_family_fit(rows, &options, NULL, out, bad, error);
}

static cstn_status look_back(struct ArrowArrayStream *rows, int32_t period,
		struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error)
{
	cstn_family_options options = family_of(period);

	return cstn_backtest(rows, &options, NULL, NULL, out, bad, error);
}

static cstn_status fit_global(struct ArrowArrayStream *rows, int32_t period,
		struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error)
{
	cstn_demand_global_options options = CSTN_DEMAND_GLOBAL_OPTIONS_INIT;
	cstn_demand_global *model = NULL;
	cstn_status status;

	options.period = period;
	options.season = 1;
	options.year = 8;
	options.horizon = 3;
	status = cstn_demand_global_fit(rows, &options, NULL, &model, bad, error);
	if (status == CSTN_OK || status == CSTN_E_ROWS)
		ck_assert_int_eq(cstn_demand_global_export(model, CSTN_DEMAND_GLOBAL_TABLE_COLUMNS,
						 out, NULL),
				CSTN_OK);
	cstn_demand_global_unref(model);
	return status;
}

static cstn_status regress(struct ArrowArrayStream *rows, int32_t period,
		struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error)
{
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;

	options.period = period;
	options.season = 7;
	options.horizon = 3;
	return cstn_regress(rows, &options, NULL, out, bad, error);
}

static cstn_status value_signal(struct ArrowArrayStream *rows, int32_t period,
		struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error)
{
	cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;
	cstn_signal a = CSTN_SIGNAL_INIT, b;
	const cstn_signal *const declared[] = {&a, &b};

	a.name = "a";
	a.kind = CSTN_SIGNAL_KNOWN_FUTURE;
	a.flags = CSTN_SIGNAL_ASSUME_KNOWN;
	b = a;
	b.name = "b";
	options.period = period;
	options.season = 7;
	options.origins = 8;
	options.history = 14;
	options.resamples = 9;
	return cstn_signal_value(rows, NULL, declared, 2, &options, NULL, out, bad, error);
}

static cstn_status score(struct ArrowArrayStream *rows, int32_t period,
		struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	cstn_score_options options = CSTN_SCORE_OPTIONS_INIT;

	options.period = period;
	options.metrics = metrics;
	options.n_metrics = 1;
	return cstn_forecast_score(rows, NULL, &options, NULL, out, bad, error);
}

static cstn_status settle(struct ArrowArrayStream *rows, int32_t period,
		struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;

	options.period = period;
	return cstn_plan_ledger(rows, &options, NULL, out, bad, error);
}

/* What a call takes that others refuse. */
#define TAKES_GAPS 1u
#define TAKES_NULL 2u /* y of a period that is open */
#define TAKES_BELOW_0 4u

static const struct {
	cstn_status (*run)(struct ArrowArrayStream *rows, int32_t period,
			struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error);
	uint32_t takes;
} calls[] = {{learn, 0}, {fit_family, TAKES_BELOW_0}, {look_back, TAKES_BELOW_0},
		{fit_global, TAKES_BELOW_0}, {regress, TAKES_BELOW_0},
		{value_signal, TAKES_BELOW_0}, {score, TAKES_GAPS | TAKES_BELOW_0},
		{settle, TAKES_GAPS | TAKES_NULL | TAKES_BELOW_0}};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* --- each rule -------------------------------------------------------------------------------- */

static const struct {
	int32_t period;
	const char *changed;
	int32_t code;
	const char *column;
	const char *key;
	uint32_t taken; /* by calls that take such a row */
} rules[] = {{CSTN_PERIOD_DAY, "bad,2024-01-21,,5,4", CSTN_ROW_NULL, "y", "bad", TAKES_NULL},
		{CSTN_PERIOD_DAY, "bad,2024-01-21,1.1e300,5,4", CSTN_ROW_RANGE, "y", "bad", 0},
		{CSTN_PERIOD_DAY, "bad,2024-01-21,-1.1e300,5,4", 0, "y", "bad", 0},
		{CSTN_PERIOD_DAY, "bad,2024-01-21,-3,5,4", CSTN_ROW_NEGATIVE, "y", "bad",
				TAKES_BELOW_0},
		{CSTN_PERIOD_DAY, ",2024-01-21,3,5,4", CSTN_ROW_NULL, "unique_id", NULL, 0},
		{CSTN_PERIOD_DAY, "bad,,3,5,4", CSTN_ROW_NULL, "ds", "bad", 0},
		{CSTN_PERIOD_DAY, "bad,2024-01-20,3,5,4", CSTN_ROW_DUPLICATE, "ds", "bad", 0},
		{CSTN_PERIOD_DAY, "bad,2024-01-09,3,5,4", 0, "ds", "bad", 0},
		{CSTN_PERIOD_DAY, "bad,2024-06-01,3,5,4", CSTN_ROW_GAP, "ds", "bad", TAKES_GAPS},
		{CSTN_PERIOD_MONTH, "bad,2021-09-02,3,5,4", CSTN_ROW_PERIOD, "ds", "bad", 0}};
#define RULES (sizeof(rules) / sizeof(rules[0]))

/* Lines that are not of the bad series. */
static char *without_bad(const char *text)
{
	char *out = calloc(1, strlen(text) + 1), *to = out;

	ck_assert_ptr_nonnull(out);
	while (*text) {
		size_t len = strcspn(text, "\n") + 1;

		if (strncmp(text, "bad,", 4) != 0) {
			memcpy(to, text, len);
			to += len;
		}
		text += len;
	}
	return out;
}

static const char *ask(size_t c, int32_t period, const char *rows, cstn_status expected,
		cstn_row_errors **bad, cstn_buffer **buffer)
{
	struct ArrowArrayStream in, out = {0};
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&in, SCHEMA, rows);
	status = calls[c].run(&in, period, &out, bad, &error);
	ck_assert_msg(status == expected, "call %zu: %s: %s", c, cstn_status_name(status),
			cstn_error_message(error));
	ck_assert_ptr_null(in.release);
	cstn_error_free(error);
	return csv_text(&out, buffer);
}

static void expect_told(const cstn_row_errors *bad, size_t r)
{
	const char *key = cstn_row_errors_key(bad, 0);
	char message[256], of[32] = "row ";
	cstn_row_error first;

	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
	/* a period that is missing is told where the next one comes */
	ck_assert_msg(first.row == ROW || (rules[r].code == CSTN_ROW_GAP && first.row == ROW + 1),
			"rule %zu: row %llu", r, (unsigned long long)first.row);
	ck_assert_msg(!rules[r].code || first.code == rules[r].code, "rule %zu: %s", r,
			cstn_row_code_name(first.code));
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), rules[r].column);
	ck_assert_pstr_eq(key, rules[r].key);
	cstn_row_errors_copy_message(bad, 0, message, sizeof(message));
	snprintf(of, sizeof(of), "row %d%s", (int)first.row, key ? " of 'bad', " : ", ");
	ck_assert_msg(strstr(message, of) == message, "%s", message);
}

START_TEST(each_bad_row_is_told_with_its_series_and_changes_no_other_series)
{
	size_t c = (size_t)_i / RULES, r = (size_t)_i % RULES;
	tables *t = make_rows(rules[r].period, rules[r].changed,
			!rules[r].key && calls[c].takes & TAKES_GAPS);
	int is_taken = (calls[c].takes & rules[r].taken) != 0;
	cstn_row_errors *bad = NULL, *none = NULL;
	cstn_buffer *all, *good;
	const char *text;
	char *rest;

	text = ask(c, rules[r].period, t->all, is_taken ? CSTN_OK : CSTN_E_ROWS, &bad, &all);
	ck_assert_int_eq(bad == NULL, is_taken);
	if (!is_taken) {
		expect_told(bad, r);
		rest = without_bad(text);
		ck_assert_str_eq(rest, ask(c, rules[r].period, t->good, CSTN_OK, &none, &good));
		cstn_buffer_free(good);
		free(rest);
	}
	cstn_row_errors_free(bad);
	cstn_buffer_free(all);
	free(t);
}
END_TEST

/* --- one row by itself ------------------------------------------------------------------------ */

START_TEST(a_row_by_itself_names_its_series)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	cstn_demand_model *model;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	row.key = "bolt";
	row.key_len = 4;
	row.y = -1;
	expect_error(cstn_demand_model_update_one(model, &row, &error), CSTN_E_ROWS, &error,
			"series 'bolt', y: is negative");
	row.key = NULL;
	row.key_number = -7;
	expect_error(cstn_demand_model_update_one(model, &row, &error), CSTN_E_ROWS, &error,
			"series -7, y: is negative");
	row.y = 1;
	ck_assert_int_eq(cstn_demand_model_update_one(model, &row, NULL), CSTN_OK);
	expect_error(cstn_demand_model_update_one(model, &row, &error), CSTN_E_ROWS, &error,
			"series -7, ds: came before");
	cstn_demand_model_free(model);
}
END_TEST

/* --- series of next to nothing ---------------------------------------------------------------- */

static const struct {
	const char *name;
	int n;
	double y, last; /* all values, and the last one */
} tiny[] = {{"one", 1, 5, 5}, {"two", 2, 5, 7}, {"zero", 1, 0, 0}, {"zeros", 90, 0, 0},
		{"spike", 90, 0, 1e9}, {"constant", 90, 12, 12}, {"half", 90, .5, .5},
		{"huge", 90, 1e299, 1e300}, {"least", 90, 5e-324, 5e-324}};
#define TINY (sizeof(tiny) / sizeof(tiny[0]))

static const double levels[] = {.005, .025, .165, .25, .5, .75, .835, .975, .995};
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

START_TEST(next_to_nothing_has_finite_forecasts_and_quantiles_that_rise)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	double mean[3], q[3 * LEVELS];
	cstn_demand_model *model;
	size_t k;
	int t, h;

	config.flags = (uint32_t)_i / TINY % 2
				       ? CSTN_DEMAND_INTERMITTENT | CSTN_DEMAND_LEVEL_WEIGHTS |
							 CSTN_DEMAND_DRIFT | CSTN_DEMAND_CALIBRATE
				       : 0;
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	row.key = query.key = tiny[(size_t)_i % TINY].name;
	row.key_len = query.key_len = strlen(row.key);
	for (t = 0; t < tiny[(size_t)_i % TINY].n; t++) {
		row.ds = t;
		row.y = t + 1 < tiny[(size_t)_i % TINY].n ? tiny[(size_t)_i % TINY].y
							  : tiny[(size_t)_i % TINY].last;
		ck_assert_int_eq(cstn_demand_model_update_one(model, &row, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_demand_model_close_period(model, t, NULL), CSTN_OK);
	}
	query.horizon = 3;
	query.levels = levels;
	query.n_levels = LEVELS;
	ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, mean, q, NULL, NULL),
			CSTN_OK);
	for (h = 0; h < 3; h++) {
		ck_assert(isfinite(mean[h]) && mean[h] >= 0);
		for (k = 0; k < LEVELS; k++) {
			ck_assert(isfinite(q[(size_t)h * LEVELS + k]));
			ck_assert(k == 0 ||
					q[(size_t)h * LEVELS + k] >= q[(size_t)h * LEVELS + k - 1]);
			if (tiny[(size_t)_i % TINY].last == 0)
				ck_assert_double_eq(q[(size_t)h * LEVELS + k], 0);
		}
	}
	if (tiny[(size_t)_i % TINY].last == 0)
		ck_assert_double_eq(mean[0], 0);
	cstn_demand_model_free(model);
}
END_TEST

/* --- before any work -------------------------------------------------------------------------- */

static int refuse_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	(void)stream;
	(void)out;
	ck_abort_msg("rows were looked at");
	return 1;
}

static int refuse_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	(void)stream;
	(void)out;
	ck_abort_msg("rows were read");
	return 1;
}

static const char *no_words(struct ArrowArrayStream *stream)
{
	(void)stream;
	return NULL;
}

static void release(struct ArrowArrayStream *stream)
{
	stream->release = NULL;
}

/* Rows that nobody may look at. */
static struct ArrowArrayStream forbidden(void)
{
	return (struct ArrowArrayStream){refuse_schema, refuse_next, no_words, release, NULL};
}

START_TEST(a_horizon_out_of_range_is_refused_before_a_row_is_read)
{
	static const int32_t horizons[] = {-1, 1025};
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;
	cstn_demand_global_options global = CSTN_DEMAND_GLOBAL_OPTIONS_INIT;
	cstn_regress_options regression = CSTN_REGRESS_OPTIONS_INIT;
	cstn_signal_value_options value = CSTN_SIGNAL_VALUE_OPTIONS_INIT;
	cstn_demand_forecast_options ahead = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	cstn_signal signal = CSTN_SIGNAL_INIT;
	const cstn_signal *const declared = &signal;
	cstn_demand_global *model = NULL;
	struct ArrowArrayStream rows = forbidden(), out = {0};
	cstn_demand_model *local;
	cstn_error *error = NULL;

	family.horizon = global.horizon = regression.horizon = ahead.horizon = horizons[_i];
	expect_error(cstn_family_fit(&rows, &family, NULL, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is");
	rows = forbidden();
	expect_error(cstn_backtest(&rows, &family, NULL, NULL, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is");
	rows = forbidden();
	expect_error(cstn_demand_global_fit(&rows, &global, NULL, &model, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is");
	rows = forbidden();
	expect_error(cstn_regress(&rows, &regression, NULL, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is");
	rows = forbidden();
	signal.name = "a";
	signal.kind = CSTN_SIGNAL_KNOWN_FUTURE;
	value.horizons = &horizons[_i];
	value.n_horizons = 1;
	expect_error(cstn_signal_value(&rows, NULL, &declared, 1, &value, NULL, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon");
	ck_assert_int_eq(cstn_demand_model_new(NULL, NULL, &local, NULL), CSTN_OK);
	rows = forbidden();
	expect_error(cstn_demand_model_forecast(local, &rows, NULL, &ahead, &out, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is");
	ck_assert_ptr_null(rows.release);
	ck_assert_ptr_null(out.release);
	cstn_demand_model_free(local);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demand bad input");
	TCase *tests = tcase_create("demand bad input");

	tcase_add_loop_test(tests, each_bad_row_is_told_with_its_series_and_changes_no_other_series,
			0, (int)(CALLS * RULES));
	tcase_add_test(tests, a_row_by_itself_names_its_series);
	tcase_add_loop_test(tests, next_to_nothing_has_finite_forecasts_and_quantiles_that_rise, 0,
			(int)(2 * TINY));
	tcase_add_loop_test(tests, a_horizon_out_of_range_is_refused_before_a_row_is_read, 0, 2);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
