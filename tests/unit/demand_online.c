/* The signal model: what it says depends on the rows of each series alone. */
#include <math.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/stats.h"
#include "csv_rows.h"
#include "online_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define SERIES 6
#define DAYS 80
#define ROWS (SERIES * DAYS)

/* Of a test of many cases: CSTN_TEST_CASES of them. */
static uint64_t cases(uint64_t usual)
{
	const char *asked = getenv("CSTN_TEST_CASES");

	return asked ? strtoull(asked, NULL, 10) : usual;
}

static size_t below(uint64_t key, uint64_t at, size_t n)
{
	return (size_t)(cstn__random_u64(key, at) % n);
}

/* Models whose pools know nothing, or what those of another history have in common. */
static cstn_signal_model *begun(int with_pools)
{
	cstn_signal_model *model = online_model();
	online_row *history;

	if (!with_pools)
		return model;
	history = online_history(SERIES, DAYS, 100);
	online_feed(model, history, ROWS, 1, NULL);
	ck_assert_int_eq(cstn_signal_model_pool(model, CSTN_SIGNAL_MODEL_RESTART, NULL), CSTN_OK);
	free(history);
	return model;
}

static cstn_signal_model *saved(cstn_signal_model *model)
{
	cstn_signal_model *again = sealed_copy(&sealed_signal_model, model);

	cstn_signal_model_free(model);
	return again;
}

static void expect_same(const cstn_signal_model *a, const cstn_signal_model *b)
{
	sealed_expect_equal(&sealed_signal_model, a, b);
}

START_TEST(rows_one_by_one_and_saved_between_are_rows_of_a_frame)
{
	online_row *history = online_history(SERIES, DAYS, 1);
	cstn_signal_model *frame = begun(_i), *one = begun(_i);
	size_t i, t;

	online_feed(frame, history, ROWS, 1, NULL);
	for (t = 0; t < DAYS; t++)
		for (i = 0; i < SERIES; i++) {
			ck_assert_int_eq(online_feed_one(one, &history[i * DAYS + t], NULL),
					CSTN_OK);
			if ((i * DAYS + t) % 7 == 0)
				one = saved(one);
		}
	expect_same(frame, one);
	cstn_signal_model_free(frame);
	cstn_signal_model_free(one);
	free(history);
}
END_TEST

START_TEST(a_history_cut_anywhere_gives_the_same_bytes)
{
	online_row *history = online_history(1, DAYS, 2);
	cstn_signal_model *once = begun(_i);
	size_t cut;

	online_feed(once, history, DAYS, 1, NULL);
	for (cut = 1; cut < DAYS; cut += 3) {
		cstn_signal_model *split = begun(_i);

		online_feed(split, history, cut, 1, NULL);
		split = saved(split);
		online_feed(split, history + cut, DAYS - cut, 1, NULL);
		expect_same(once, split);
		cstn_signal_model_free(split);
	}
	cstn_signal_model_free(once);
	free(history);
}
END_TEST

/* Series dealt to parts, each read by itself; parts merged in some order. */
static void deal(uint64_t seed, int with_pools)
{
	online_row *history = online_history(SERIES, DAYS, 4);
	cstn_signal_model *whole = begun(with_pools), *parts[4];
	size_t n_parts = 1 + below(seed, 0, 4), i, left = n_parts;

	online_feed(whole, history, ROWS, 1, NULL);
	for (i = 0; i < n_parts; i++)
		parts[i] = begun(with_pools);
	for (i = 0; i < SERIES; i++) {
		size_t s = (i + seed) % SERIES;

		online_feed(parts[below(seed, 1 + s, n_parts)], history + s * DAYS, DAYS, 1, NULL);
	}
	for (i = 0; left > 1; i++) {
		size_t a = below(seed, 50 + 2 * i, left), b = below(seed, 51 + 2 * i, left - 1);

		b += b >= a;
		ck_assert_int_eq(cstn_signal_model_merge(parts[a], parts[b], NULL), CSTN_OK);
		cstn_signal_model_free(parts[b]);
		parts[b] = parts[--left];
		if (a == left)
			a = b;
		parts[a] = saved(parts[a]);
	}
	expect_same(whole, parts[0]);
	ck_assert_int_eq(cstn_signal_model_pool(whole, 0, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_signal_model_pool(parts[0], 0, NULL), CSTN_OK);
	expect_same(whole, parts[0]);
	cstn_signal_model_free(whole);
	cstn_signal_model_free(parts[0]);
	free(history);
}

START_TEST(any_split_of_the_series_and_any_order_of_merging_give_the_same_bytes)
{
	uint64_t n = cases(40), i;

	for (i = 0; i < n; i++)
		deal(i, (int)(i % 2));
}
END_TEST

START_TEST(threads_and_the_order_of_rows_change_no_byte)
{
	static const int32_t threads[] = {2, 3, 8, 0};
	online_row *history = online_history(SERIES, DAYS, 5),
		   *other = calloc(ROWS, sizeof(*other));
	cstn_signal_model *one = begun(0);
	size_t i, k;

	for (i = 0; i < ROWS; i++)
		other[i] = history[ROWS - 1 - i];
	online_feed(one, history, ROWS, 1, NULL);
	for (k = 0; k < 4; k++) {
		cstn_signal_model *many = begun(0);

		online_feed(many, other, ROWS, threads[k], NULL);
		expect_same(one, many);
		cstn_signal_model_free(many);
	}
	cstn_signal_model_free(one);
	free(other);
	free(history);
}
END_TEST

/* --- what is learned -------------------------------------------------------------------------- */

static double effect_of(const cstn_signal_model *model, int table, const char *id, const char *name,
		const char *cell)
{
	struct ArrowArrayStream out;
	cstn_buffer *buffer;
	const char *text;
	double found = (double)NAN;
	int i;

	ck_assert_int_eq(cstn_signal_model_export(model, table, &out, NULL), CSTN_OK);
	text = csv_text(&out, &buffer);
	for (i = 1; *csv_cell(text, i, "name"); i++)
		if (!strcmp(csv_cell(text, i, table ? "pool" : "unique_id"), id) &&
				!strcmp(csv_cell(text, i, "name"), name))
			found = atof(csv_cell(text, i, cell));
	cstn_buffer_free(buffer);
	return found;
}

START_TEST(what_signals_do_is_learned_and_forecast)
{
	online_row *history = online_history(SERIES, 400, 6);
	cstn_signal_model *model = begun(0);
	const double ahead[2 * ONLINE_SIGNALS] = {0, .5, 0, 1, .5, 0};
	double mean[2];
	int32_t flags[2];

	online_feed(model, history, SERIES * 400, 1, NULL);
	ck_assert_double_eq_tol(effect_of(model, 0, "s01", "fair", "effect"), log(2), .06);
	ck_assert_double_eq_tol(effect_of(model, 0, "s01", "price", "effect"), -1.1, .12);
	ck_assert_double_lt(effect_of(model, 0, "s01", "fair", "error"), .05);
	online_path(model, "s01", ahead, 2, mean, flags);
	/* days 400 and 401 are positions 1 and 2: 80 and 100 without signals */
	ck_assert_double_eq_tol(mean[0], 80 * exp(-.55), 6);
	ck_assert_double_eq_tol(mean[1], 2 * 100 * exp(-.55), 15);
	ck_assert_int_eq(flags[0], CSTN_SIGNAL_MODEL_ASSUMED_KNOWN);
	cstn_signal_model_free(model);
	free(history);
}
END_TEST

START_TEST(a_missing_signal_has_its_mean_ahead_and_a_shut_day_is_0)
{
	online_row *history = online_history(SERIES, DAYS, 7);
	cstn_signal_model *model = begun(0);
	double ahead[2 * ONLINE_SIGNALS] = {(double)NAN, .5, 0, 0, .5, 1}, mean[2], known[2], x;
	int32_t flags[2];

	online_feed(model, history, ROWS, 1, NULL);
	online_path(model, "s02", ahead, 2, mean, flags);
	ck_assert_int_eq(flags[0],
			CSTN_SIGNAL_MODEL_ASSUMED_KNOWN | CSTN_SIGNAL_MODEL_MISSING_SIGNAL);
	ck_assert_int_eq(flags[1], CSTN_SIGNAL_MODEL_ASSUMED_KNOWN);
	ck_assert_double_eq(mean[1], 0);
	x = effect_of(model, 0, "s02", "fair", "mean");
	ck_assert_double_gt(x, .02);
	ck_assert_double_lt(x, .4);
	ahead[0] = x;
	online_path(model, "s02", ahead, 2, known, flags);
	ck_assert_double_eq_tol(known[0], mean[0], 1e-9 * mean[0]);
	online_path(model, "s02", NULL, 1, mean, flags);
	ck_assert_int_eq(flags[0], CSTN_SIGNAL_MODEL_MISSING_SIGNAL);
	cstn_signal_model_free(model);
	free(history);
}
END_TEST

/* --- pools ------------------------------------------------------------------------------------ */

START_TEST(a_new_series_begins_where_its_pool_is)
{
	online_row *history = online_history(12, 300, 8),
		   one = {"new", "food", 300, 100, {0, 0, 0}};
	cstn_signal_model *plain = online_model(), *pooled;
	const double ahead[ONLINE_SIGNALS] = {1, 0, 0};
	double without, with;
	int32_t flags;

	online_feed(plain, history, 12 * 300, 1, NULL);
	pooled = sealed_copy(&sealed_signal_model, plain);
	ck_assert_int_eq(cstn_signal_model_pool(pooled, 0, NULL), CSTN_OK);
	ck_assert_double_eq_tol(effect_of(pooled, 1, "food", "fair", "effect"), log(2), .05);
	/* effects of the price differ by .1 between series */
	ck_assert_double_eq_tol(effect_of(pooled, 1, "food", "price", "effect"), -1.15, .1);
	ck_assert_double_eq_tol(effect_of(pooled, 1, "food", "price", "deviation"), .1, .1);
	ck_assert_double_eq(effect_of(pooled, 1, "food", "price", "series"), 8);
	ck_assert_int_eq(online_feed_one(plain, &one, NULL), CSTN_OK);
	ck_assert_int_eq(online_feed_one(pooled, &one, NULL), CSTN_OK);
	online_path(plain, "new", ahead, 1, &without, &flags);
	online_path(pooled, "new", ahead, 1, &with, &flags);
	/* one row of 100 without a fair; with one it is twice as much, and the weekday moves it */
	ck_assert_double_lt(without, 110);
	ck_assert_double_gt(with, 180);
	cstn_signal_model_free(plain);
	cstn_signal_model_free(pooled);
	free(history);
}
END_TEST

START_TEST(restarting_keeps_pools_and_forgets_series)
{
	online_row *history = online_history(SERIES, DAYS, 9);
	cstn_signal_model *model = online_model(), *empty = online_model();
	cstn_signal_size size = {0};
	double mean;
	int32_t flags;

	online_feed(model, history, ROWS, 1, NULL);
	ck_assert_int_eq(cstn_signal_model_pool(model, 0, NULL), CSTN_OK);
	online_path(model, "nobody", NULL, 1, &mean, &flags);
	ck_assert_int_eq(flags, CSTN_SIGNAL_MODEL_COLD | CSTN_SIGNAL_MODEL_MISSING_SIGNAL |
						CSTN_SIGNAL_MODEL_FALLBACK);
	ck_assert_int_eq(cstn_signal_model_pool(model, CSTN_SIGNAL_MODEL_RESTART, NULL), CSTN_OK);
	size.struct_size = sizeof(size);
	ck_assert_int_eq(cstn_signal_model_size(model, &size, NULL), CSTN_OK);
	ck_assert_uint_eq(size.series, 0);
	ck_assert_uint_eq(size.pools, 2);
	model = saved(model);
	/* pools alone are merged like series */
	ck_assert_int_eq(cstn_signal_model_merge(empty, model, NULL), CSTN_OK);
	expect_same(empty, model);
	online_feed(model, history, ROWS, 1, NULL);
	ck_assert_int_eq(cstn_signal_model_merge(empty, model, NULL), CSTN_OK);
	expect_same(empty, model);
	cstn_signal_model_free(empty);
	cstn_signal_model_free(model);
	free(history);
}
END_TEST

START_TEST(a_cold_series_of_a_frame_is_what_its_pool_knows)
{
	online_row *history = online_history(SERIES, DAYS, 10);
	cstn_signal_model *model = online_model();
	cstn_signal_model_forecast_options options = CSTN_SIGNAL_MODEL_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_buffer *buffer;
	const char *text;

	online_feed(model, history, ROWS, 1, NULL);
	ck_assert_int_eq(cstn_signal_model_pool(model, 0, NULL), CSTN_OK);
	csv_rows(&rows,
			"unique_id text\nds date\nfair double\nprice double\nshut int64\npool text "
			"null\n",
			"unique_id,ds,fair,price,shut,pool\nnew,1970-03-22,0,.5,0,food\n"
			"new,1970-03-23,1,.5,0,food\nalone,1970-03-22,0,.5,0,\n");
	ck_assert_int_eq(cstn_signal_model_forecast(model, &rows, &options, &out, NULL, NULL),
			CSTN_OK);
	text = csv_text(&out, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "flags"), "17");
	ck_assert_str_eq(csv_cell(text, 1, "h"), "1");
	ck_assert_double_gt(atof(csv_cell(text, 2, "mean")), 1.3 * atof(csv_cell(text, 1, "mean")));
	ck_assert_str_eq(csv_cell(text, 3, "flags"), "25");
	ck_assert_str_eq(csv_cell(text, 3, "mean"), "0");
	cstn_buffer_free(buffer);
	cstn_signal_model_free(model);
	free(history);
}
END_TEST

/* --- forecasts -------------------------------------------------------------------------------- */

static const char *forecast(cstn_signal_model *model, const char *text, int32_t horizon,
		int32_t threads, cstn_buffer **buffer)
{
	cstn_signal_model_forecast_options options = CSTN_SIGNAL_MODEL_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;
	cstn_status status;

	options.horizon = horizon;
	options.threads = threads;
	if (text)
		csv_rows(&rows, online_schema, text);
	status = cstn_signal_model_forecast(
			model, text ? &rows : NULL, &options, &out, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return csv_text(&out, buffer);
}

START_TEST(rows_of_a_stream_are_forecast_as_one_by_one)
{
	online_row *history = online_history(SERIES, DAYS, 11), ahead[SERIES * 5];
	cstn_signal_model *model = begun(_i);
	double signals[5 * ONLINE_SIGNALS], mean[5];
	cstn_buffer *buffer;
	int32_t flags[5];
	const char *out;
	char *text;
	int i, t;

	online_feed(model, history, ROWS, 1, NULL);
	for (i = 0; i < SERIES; i++)
		for (t = 0; t < 5; t++) {
			ahead[i * 5 + t] = history[i * DAYS + 20 + t];
			ahead[i * 5 + t].ds = DAYS + t;
		}
	text = online_text(ahead, SERIES * 5);
	out = forecast(model, text, 0, 2, &buffer);
	for (i = 0; i < SERIES; i++) {
		for (t = 0; t < 5; t++)
			memcpy(signals + t * ONLINE_SIGNALS, ahead[i * 5 + t].signals,
					sizeof(ahead[0].signals));
		online_path(model, ahead[i * 5].key, signals, 5, mean, flags);
		for (t = 0; t < 5; t++) {
			ck_assert_str_eq(csv_cell(out, i * 5 + t + 1, "unique_id"),
					ahead[i * 5].key);
			ck_assert_int_eq(atoi(csv_cell(out, i * 5 + t + 1, "h")), t + 1);
			ck_assert_double_eq(atof(csv_cell(out, i * 5 + t + 1, "mean")), mean[t]);
			ck_assert_int_eq(atoi(csv_cell(out, i * 5 + t + 1, "flags")), flags[t]);
		}
	}
	cstn_buffer_free(buffer);
	free(text);
	cstn_signal_model_free(model);
	free(history);
}
END_TEST

START_TEST(without_rows_all_series_are_forecast_with_threads_of_any_number)
{
	online_row *history = online_history(SERIES, DAYS, 12);
	cstn_signal_model *model = begun(0);
	cstn_buffer *one, *three;

	online_feed(model, history, ROWS, 1, NULL);
	forecast(model, NULL, 9, 1, &one);
	forecast(model, NULL, 9, 3, &three);
	ck_assert_uint_eq(cstn_buffer_size(one), cstn_buffer_size(three));
	ck_assert_mem_eq(cstn_buffer_data(one), cstn_buffer_data(three), cstn_buffer_size(one));
	ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(one), 54, "unique_id"), "s05");
	ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(one), 54, "flags"), "4");
	cstn_buffer_free(one);
	cstn_buffer_free(three);
	cstn_signal_model_free(model);
	free(history);
}
END_TEST

START_TEST(a_forecast_ends_once_the_model_has_changed)
{
	online_row *history = online_history(SERIES, DAYS, 13);
	cstn_signal_model *model = begun(0);
	struct ArrowArrayStream out;
	struct ArrowArray batch;

	online_feed(model, history, ROWS - 1, 1, NULL);
	ck_assert_int_eq(cstn_signal_model_forecast(model, NULL, NULL, &out, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(online_feed_one(model, &history[ROWS - 1], NULL), CSTN_OK);
	ck_assert_int_ne(out.get_next(&out, &batch), 0);
	ck_assert_ptr_nonnull(strstr(out.get_last_error(&out), "changed"));
	cstn_signal_model_free(model);
	out.release(&out);
	free(history);
}
END_TEST

/* The bytes of a model that learned, pooled and learned again: the same on every machine. */
START_TEST(bytes_are_those_of_every_machine)
{
	online_row *history = online_history(SERIES, DAYS, 14);
	cstn_signal_model *model = begun(1);
	cstn_buffer *bytes;

	online_feed(model, history, ROWS, 1, NULL);
	ck_assert_int_eq(cstn_signal_model_pool(model, 0, NULL), CSTN_OK);
	bytes = sealed_write(&sealed_signal_model, model);
	printf("%016llx of %zu bytes\n",
			(unsigned long long)cstn__hash64(
					0, cstn_buffer_data(bytes), cstn_buffer_size(bytes)),
			cstn_buffer_size(bytes));
	ck_assert_uint_eq(cstn__hash64(0, cstn_buffer_data(bytes), cstn_buffer_size(bytes)),
			UINT64_C(0x27ef38179fb73496));
	cstn_buffer_free(bytes);
	cstn_signal_model_free(model);
	free(history);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			any_split_of_the_series_and_any_order_of_merging_give_the_same_bytes,
			threads_and_the_order_of_rows_change_no_byte,
			what_signals_do_is_learned_and_forecast,
			a_missing_signal_has_its_mean_ahead_and_a_shut_day_is_0,
			a_new_series_begins_where_its_pool_is,
			restarting_keeps_pools_and_forgets_series,
			a_cold_series_of_a_frame_is_what_its_pool_knows,
			without_rows_all_series_are_forecast_with_threads_of_any_number,
			a_forecast_ends_once_the_model_has_changed,
			bytes_are_those_of_every_machine};
	Suite *suite = suite_create("signal model");
	TCase *all = tcase_create("signal model");
	size_t i;

	tcase_set_timeout(all, 240);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(all, tests[i]);
	tcase_add_loop_test(all, rows_one_by_one_and_saved_between_are_rows_of_a_frame, 0, 2);
	tcase_add_loop_test(all, a_history_cut_anywhere_gives_the_same_bytes, 0, 2);
	tcase_add_loop_test(all, rows_of_a_stream_are_forecast_as_one_by_one, 0, 2);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
