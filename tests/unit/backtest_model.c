/* Backtests of a demand model: what it says at a cutoff, and the rules of its rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backtest_rows.h"
#include "csv_rows.h"
#include "suite.h"

#define TWO BACKTEST_HEAD "a,1,10\na,2,20\na,3,30\na,4,40\na,5,50\nb,3,1\nb,4,2\nb,5,3\nb,6,4\n"

#define SHOPS                                                                                  \
	"unique_id text\nds int64\ny double\nflags int64\nlimit double null\nshop text\nfair " \
	"int64\n"
#define SHOPS_HEAD "unique_id,ds,y,flags,limit,shop,fair\n"

/* Rows of 6 series in 2 shops, of periods up to `last`; every ninth period is a fair. */
static char *shop_rows(int last)
{
	size_t room = 1 << 16, used = 0;
	char *text = malloc(room);
	int i, t;

	ck_assert_ptr_nonnull(text);
	used += (size_t)snprintf(text, room, SHOPS_HEAD);
	for (i = 0; i < 6; i++)
		for (t = i; t <= last; t++)
			used += (size_t)snprintf(text + used, room - used,
					"s%d,%d,%d,%d,,shop%d,%d\n", i, t,
					(t * (i + 3)) % 7 + (t % 9 == 0) * 5 + i, t % 17 == 3,
					i % 2, t % 9 == 0);
	return text;
}

static cstn_demand_config shops(const char *const *events)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;

	config.season = 7;
	config.pool = "shop";
	config.events = events;
	config.n_events = 1;
	return config;
}

/* What a model says that was told all rows up to a cutoff at once. */
static double told(int cutoff, int series, int h, int knows_fair)
{
	static const char *const events[] = {"fair"};
	cstn_demand_config config = shops(events);
	cstn_demand_update_options update = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_demand_forecast_options ask = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream in, future, out;
	cstn_demand_model *model;
	cstn_buffer *buffer;
	char *rows = shop_rows(cutoff), ahead[256] = "ds,fair\n";
	double value;
	int t;

	for (t = cutoff + 1; t <= cutoff + 3; t++)
		snprintf(ahead + strlen(ahead), 32, "%d,%d\n", t, t % 9 == 0);
	update.flags = CSTN_DEMAND_WHOLE_PERIODS | CSTN_DEMAND_SORT;
	ask.horizon = 3;
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	csv_rows(&in, SHOPS, rows);
	ck_assert_int_eq(cstn_demand_model_update(model, &in, &update, NULL, NULL), CSTN_OK);
	csv_rows(&future, "ds int64\nfair int64\n", ahead);
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, knows_fair ? &future : NULL, &ask,
					 &out, NULL),
			CSTN_OK);
	if (!knows_fair)
		future.release(&future);
	value = atof(csv_cell(csv_text(&out, &buffer), series * 3 + h, "mean"));
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
	free(rows);
	return value;
}

START_TEST(a_demand_model_says_what_one_says_that_was_told_the_rows_up_to_the_cutoff)
{
	static const char *const events[] = {"fair"};
	const cstn_demand_config config = shops(events);
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	cstn_buffer *buffer;
	char *rows = shop_rows(70);
	const char *text;
	int i;

	family.horizon = 3;
	options.n_windows = 2;
	options.step = 5;
	options.demand = &config;
	options.flags = _i ? CSTN_BACKTEST_ASSUME_KNOWN : 0;
	text = backtest_text(SHOPS, rows, &family, &options, &buffer);
	ck_assert_ptr_null(strstr(text, "Auto"));
	for (i = 0; i < 36; i++) {
		int series = i / 6, cutoff = i / 3 % 2 ? 67 : 62, h = i % 3 + 1;

		ck_assert_int_eq(atoi(csv_cell(text, i + 1, "cutoff")), cutoff);
		ck_assert_double_eq(
				atof(csv_cell(text, i + 1, "Demand")), told(cutoff, series, h, _i));
	}
	cstn_buffer_free(buffer);
	family.models = CSTN_FAMILY_NAIVE;
	text = backtest_text(SHOPS, rows, &family, &options, &buffer);
	ck_assert_double_eq(atof(csv_cell(text, 36, "Demand")), told(67, 5, 3, _i));
	ck_assert_str_ne(csv_cell(text, 36, "Naive"), "");
	cstn_buffer_free(buffer);
	free(rows);
}
END_TEST

START_TEST(periods_without_a_row_are_neither_learned_nor_scored)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	const int64_t cutoffs[] = {4, 1030};

	config.season = 1;
	config.gap = family.gap = CSTN_GAP_MISSING;
	family.horizon = 3;
	options.demand = &config;
	/* 3 and 4 are missing up to the cutoff 4, and 6 behind it; 0 sales would say less than 8 */
	options.cutoffs = cutoffs;
	options.n_cutoffs = 1;
	backtest_expect(BACKTEST_ROWS, BACKTEST_HEAD "a,1,8\na,2,8\na,5,8\na,7,9\n", &family,
			&options, "unique_id,ds,cutoff,h,y,Demand\na,5,4,1,8,8\na,7,4,3,9,8\n");
	/* a path is no longer than 1,024 */
	options.cutoffs = cutoffs + 1;
	backtest_refused(BACKTEST_ROWS, BACKTEST_HEAD "a,1,8\na,2,8\na,1031,8\n", &family, &options,
			0, CSTN_E_LIMIT, "1028 periods before a cutoff");
	/* other models cannot be told of it, nor a demand model that takes gaps for none sold */
	options.cutoffs = cutoffs;
	family.models = CSTN_FAMILY_NAIVE;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"gap is 2");
	family.models = 0;
	config.gap = CSTN_GAP_ZERO;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"gap is 2");
}
END_TEST

START_TEST(a_window_is_none_of_a_demand_model)
{
	const cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_config wrong = CSTN_DEMAND_CONFIG_INIT;
	cstn_family_options family = backtest_naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;

	options.demand = &config;
	options.window = 3;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"window is 3, and the states of a demand model know all rows");
	options.window = 0;
	wrong.season = 400;
	options.demand = &wrong;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"season is 400");
}
END_TEST

/* Below 0 without being a return, an unknown flag, a limit below 0: rules of the demand model. */
START_TEST(a_row_that_breaks_a_rule_of_the_model_leaves_out_its_series_alone)
{
	static const struct {
		const char *row, *column;
	} rules[] = {{"a,3,-4,0,\n", "y"}, {"a,3,4,32,\n", "flags"}, {"a,3,4,-1,\n", "flags"},
			{"a,3,4,1,-2\n", "limit"}};
	const cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_family_options family = backtest_naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	size_t i;

	options.demand = &config;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct ArrowArrayStream out;
		cstn_row_errors *bad = NULL;
		cstn_row_error first;
		cstn_buffer *buffer;
		char rows[256];
		const char *told;

		snprintf(rows, sizeof(rows),
				"unique_id,ds,y,flags,limit\na,1,1,0,\na,2,1,0,\n%sb,1,7,0,\nb,2,7,"
				"0,\n",
				rules[i].row);
		ck_assert_int_eq(backtest_run("unique_id text\nds int64\ny double\nflags int64\n"
					      "limit double null\n",
						 rows, &family, &options, 0, &out, &bad, NULL),
				CSTN_E_ROWS);
		told = csv_text(&out, &buffer);
		ck_assert_str_eq(csv_cell(told, 1, "unique_id"), "b");
		ck_assert_str_eq(csv_cell(told, 1, "Demand"), "7");
		ck_assert_str_eq(csv_cell(told, 2, "unique_id"), "");
		ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
		ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
		ck_assert_uint_eq(first.row, 2);
		ck_assert_str_eq(cstn_row_errors_column(bad, 0), rules[i].column);
		ck_assert_str_eq(cstn_row_errors_key(bad, 0), "a");
		cstn_row_errors_free(bad);
		cstn_buffer_free(buffer);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backtests of a demand model");
	TCase *tests = tcase_create("backtests of a demand model");

	tcase_add_loop_test(tests,
			a_demand_model_says_what_one_says_that_was_told_the_rows_up_to_the_cutoff,
			0, 2);
	tcase_add_test(tests, periods_without_a_row_are_neither_learned_nor_scored);
	tcase_add_test(tests, a_window_is_none_of_a_demand_model);
	tcase_add_test(tests, a_row_that_breaks_a_rule_of_the_model_leaves_out_its_series_alone);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
