/* The demand model: what it says depends on its rows and closings alone. */
#include <stdio.h>

#include "base/hash.h"
#include "base/stats.h"
#include "csv_rows.h"
#include "demand_rows.h"
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

/* Learned day by day, each day closed. */
static cstn_demand_model *by_days(
		cstn_demand_model *model, const demand_row *history, size_t from, size_t to)
{
	demand_row rows[SERIES];
	size_t t;

	for (t = from; t < to; t++) {
		size_t n = demand_slice(history, SERIES, DAYS, t, t + 1, 1, rows);

		demand_feed(model, rows, n, 0, NULL);
		demand_close(model, (int64_t)t);
	}
	return model;
}

static const uint32_t kinds[] = {0, CSTN_DEMAND_REPLAY,
		CSTN_DEMAND_DRIFT | CSTN_DEMAND_LEVEL_WEIGHTS | CSTN_DEMAND_INTERMITTENT,
		CSTN_DEMAND_REPLAY | CSTN_DEMAND_HISTORY, DEMAND_OF_MONTHS,
		DEMAND_OF_MONTHS | CSTN_DEMAND_REPLAY | CSTN_DEMAND_CALIBRATE};
#define KINDS 6

START_TEST(whole_history_at_once_is_day_by_day)
{
	demand_row *history = demand_history(SERIES, DAYS, 1);
	cstn_demand_model *once = demand_model(kinds[_i], CSTN_GAP_ERROR);
	cstn_demand_model *daily = demand_model(kinds[_i], CSTN_GAP_ERROR);

	demand_feed(once, history, ROWS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	by_days(daily, history, 0, DAYS);
	demand_expect_same(once, daily);
	cstn_demand_model_free(once);
	cstn_demand_model_free(daily);
	free(history);
}
END_TEST

START_TEST(rows_split_anywhere_and_saved_between_give_the_same_bytes)
{
	demand_row *history = demand_history(SERIES, DAYS, 2), rows[SERIES * 8];
	cstn_demand_model *once =
			by_days(demand_model(kinds[_i], CSTN_GAP_ERROR), history, 0, DAYS - 8);
	size_t n = demand_slice(history, SERIES, DAYS, DAYS - 8, DAYS, 1, rows), cut;
	cstn_demand_model *start = demand_saved(
			by_days(demand_model(kinds[_i], CSTN_GAP_ERROR), history, 0, DAYS - 8));

	demand_feed(once, rows, n, 0, NULL);
	for (cut = 0; cut <= n; cut += 7) {
		cstn_demand_model *split = demand_model(kinds[_i], CSTN_GAP_ERROR);

		ck_assert_int_eq(cstn_demand_model_merge(split, start, NULL), CSTN_OK);
		demand_feed(split, rows, cut, 0, NULL);
		split = demand_saved(split);
		demand_feed(split, rows + cut, n - cut, 0, NULL);
		demand_expect_same(once, split);
		cstn_demand_model_free(split);
	}
	cstn_demand_model_free(start);
	cstn_demand_model_free(once);
	free(history);
}
END_TEST

START_TEST(rows_one_by_one_are_rows_of_a_frame)
{
	demand_row *history = demand_history(SERIES, DAYS, 3);
	cstn_demand_model *frame = demand_model(kinds[_i], CSTN_GAP_ERROR);
	cstn_demand_model *one = demand_model(kinds[_i], CSTN_GAP_ERROR);
	size_t i;

	demand_feed(frame, history, ROWS, 0, NULL);
	for (i = 0; i < ROWS; i++)
		ck_assert_int_eq(demand_feed_one(one, &history[i], NULL), CSTN_OK);
	demand_expect_same(frame, one);
	cstn_demand_model_free(frame);
	cstn_demand_model_free(one);
	free(history);
}
END_TEST

/* Series dealt to parts, each read by itself; parts merged in some order. */
static void deal(uint64_t seed, uint32_t kind)
{
	demand_row *history = demand_history(SERIES, DAYS, 4);
	cstn_demand_model *whole = demand_model(kind, CSTN_GAP_ERROR), *parts[4];
	size_t n_parts = 1 + below(seed, 0, 4), i, left = n_parts;

	demand_feed(whole, history, ROWS, 0, NULL);
	for (i = 0; i < n_parts; i++)
		parts[i] = demand_model(kind, CSTN_GAP_ERROR);
	for (i = 0; i < SERIES; i++) {
		size_t s = (i + seed) % SERIES;

		demand_feed(parts[below(seed, 1 + s, n_parts)], history + s * DAYS, DAYS, 0, NULL);
	}
	for (i = 0; left > 1; i++) {
		size_t a = below(seed, 50 + 2 * i, left), b = below(seed, 51 + 2 * i, left - 1);

		b += b >= a;
		ck_assert_int_eq(cstn_demand_model_merge(parts[a], parts[b], NULL), CSTN_OK);
		cstn_demand_model_free(parts[b]);
		parts[b] = parts[--left];
		if (a == left)
			a = b;
		parts[a] = demand_saved(parts[a]);
	}
	demand_expect_same(whole, parts[0]);
	demand_close(whole, DAYS - 1);
	demand_close(parts[0], DAYS - 1);
	demand_expect_same(whole, parts[0]);
	cstn_demand_model_free(whole);
	cstn_demand_model_free(parts[0]);
	free(history);
}

START_TEST(any_split_of_the_series_and_any_order_of_merging_give_the_same_bytes)
{
	uint64_t n = cases(12), i;

	for (i = 0; i < n; i++)
		deal(i, kinds[i % KINDS]);
}
END_TEST

START_TEST(two_passes_over_parts_are_one_pass_over_all)
{
	demand_row *history = demand_history(SERIES, DAYS, 5);
	cstn_demand_model *whole = demand_model(CSTN_DEMAND_HISTORY, CSTN_GAP_ERROR);
	cstn_demand_model *totals = demand_model(CSTN_DEMAND_HISTORY, CSTN_GAP_ERROR), *parts[2];
	cstn_buffer *bytes = NULL;
	size_t half = ROWS / 2, i;

	demand_feed(whole, history, ROWS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	for (i = 0; i < 2; i++) {
		parts[i] = demand_model(CSTN_DEMAND_HISTORY, CSTN_GAP_ERROR);
		demand_feed(parts[i], history + i * half, half, CSTN_DEMAND_TOTALS_ONLY, NULL);
		ck_assert_int_eq(cstn_demand_model_merge(totals, parts[i], NULL), CSTN_OK);
		cstn_demand_model_free(parts[i]);
	}
	demand_close(totals, DAYS - 1);
	ck_assert_int_eq(cstn_demand_model_serialize(totals, &bytes, NULL), CSTN_OK);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(cstn_demand_model_deserialize(cstn_buffer_data(bytes),
						 cstn_buffer_size(bytes), NULL, &parts[i], NULL),
				CSTN_OK);
		demand_feed(parts[i], history + i * half, half, 0, NULL);
	}
	ck_assert_int_eq(cstn_demand_model_merge(parts[1], parts[0], NULL), CSTN_OK);
	demand_expect_same(whole, parts[1]);
	cstn_buffer_free(bytes);
	cstn_demand_model_free(whole);
	cstn_demand_model_free(totals);
	cstn_demand_model_free(parts[0]);
	cstn_demand_model_free(parts[1]);
	free(history);
}
END_TEST

START_TEST(order_of_keys_changes_nothing)
{
	demand_row *history = demand_history(SERIES, DAYS, 6), *other;
	cstn_demand_model *a = demand_model(kinds[_i], CSTN_GAP_ERROR);
	cstn_demand_model *b = demand_model(kinds[_i], CSTN_GAP_ERROR);
	size_t i;

	other = calloc(ROWS, sizeof(*other));
	for (i = 0; i < SERIES; i++)
		memcpy(other + i * DAYS, history + (SERIES - 1 - i) * DAYS, DAYS * sizeof(*other));
	demand_feed(a, history, ROWS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	demand_feed(b, other, ROWS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	demand_expect_same(a, b);
	/* backwards, to be sorted */
	cstn_demand_model_free(b);
	b = demand_model(kinds[_i], CSTN_GAP_ERROR);
	for (i = 0; i < ROWS; i++)
		other[i] = history[ROWS - 1 - i];
	demand_feed(b, other, ROWS, CSTN_DEMAND_WHOLE_PERIODS | CSTN_DEMAND_SORT, NULL);
	demand_expect_same(a, b);
	cstn_demand_model_free(a);
	cstn_demand_model_free(b);
	free(other);
	free(history);
}
END_TEST

/* --- what states are merged ------------------------------------------------------------------- */

START_TEST(a_series_in_both_models_is_a_conflict)
{
	demand_row *history = demand_history(2, 3, 7);
	cstn_demand_model *a = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_model *b = demand_model(0, CSTN_GAP_ERROR);
	cstn_error *error = NULL;
	cstn_buffer *before = NULL, *after = NULL;

	demand_feed(a, history, 6, 0, NULL);
	demand_feed(b, history + 3, 3, 0, NULL);
	ck_assert_int_eq(cstn_demand_model_serialize(a, &before, NULL), CSTN_OK);
	expect_error(cstn_demand_model_merge(a, b, &error), CSTN_E_CONFLICT, &error, "'s01'");
	ck_assert_int_eq(cstn_demand_model_serialize(a, &after, NULL), CSTN_OK);
	expect_same_bytes(before, after);
	cstn_buffer_free(before);
	expect_error(cstn_demand_model_merge(a, a, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"one model");
	cstn_demand_model_free(a);
	cstn_demand_model_free(b);
	free(history);
}
END_TEST

START_TEST(models_that_closed_other_totals_or_are_configured_otherwise_do_not_merge)
{
	demand_row *history = demand_history(4, DAYS, 8);
	cstn_demand_model *a = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_model *b = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_model *c = demand_model(CSTN_DEMAND_DRIFT, CSTN_GAP_ERROR);
	cstn_error *error = NULL;

	demand_feed(a, history + DAYS, DAYS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	demand_feed(b, history + 2 * DAYS, DAYS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	expect_error(cstn_demand_model_merge(a, b, &error), CSTN_E_MISMATCH, &error, "pool 'food'");
	expect_error(cstn_demand_model_merge(a, c, &error), CSTN_E_MISMATCH, &error,
			"configurations");
	demand_close(b, DAYS);
	expect_error(cstn_demand_model_merge(a, b, &error), CSTN_E_MISMATCH, &error, "closed");
	/* another pool, closed alike */
	cstn_demand_model_free(b);
	b = demand_model(0, CSTN_GAP_ERROR);
	demand_feed(b, history, DAYS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	ck_assert_int_eq(cstn_demand_model_merge(a, b, NULL), CSTN_OK);
	cstn_demand_model_free(a);
	cstn_demand_model_free(b);
	cstn_demand_model_free(c);
	free(history);
}
END_TEST

/* --- forecasts -------------------------------------------------------------------------------- */

static void forecast_text(cstn_demand_model *model, int32_t threads, const char *keys,
		const char *future, cstn_buffer **out)
{
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream k, f, rows;
	cstn_error *error = NULL;
	cstn_status status;

	if (keys)
		csv_rows(&k, "unique_id text\npool text null\n", keys);
	if (future)
		csv_rows(&f, "ds date\nfair int64\npool text null\n", future);
	options.horizon = 9;
	options.threads = threads;
	status = cstn_demand_model_forecast(
			model, keys ? &k : NULL, future ? &f : NULL, &options, &rows, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	(void)csv_text(&rows, out);
}

START_TEST(threads_change_no_forecast_and_a_forecast_changes_no_state)
{
	demand_row *history = demand_history(SERIES, DAYS, 9);
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_model *same = demand_model(0, CSTN_GAP_ERROR);
	cstn_buffer *one = NULL, *other = NULL;
	int32_t threads;

	demand_feed(model, history, ROWS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	ck_assert_int_eq(cstn_demand_model_merge(same, model, NULL), CSTN_OK);
	forecast_text(model, 1, NULL, "ds,fair,pool\n1970-03-25,1,\n", &one);
	for (threads = 2; threads <= 8; threads += 3) {
		forecast_text(model, threads, NULL, "ds,fair,pool\n1970-03-25,1,\n", &other);
		expect_same_bytes(one, other);
	}
	demand_expect_same(model, same);
	/* day 83 has a fair and is known; the others are not */
	ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(one), 4, "ds"), "1970-03-25");
	ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(one), 4, "flags"), "0");
	ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(one), 5, "flags"), "4");
	cstn_buffer_free(one);
	cstn_demand_model_free(model);
	cstn_demand_model_free(same);
	free(history);
}
END_TEST

START_TEST(events_multiply_and_positions_differ)
{
	demand_row *history = demand_history(SERIES, DAYS, 10);
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	cstn_buffer *without = NULL, *with = NULL;
	double a, b;

	demand_feed(model, history, ROWS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	forecast_text(model, 1, "unique_id,pool\ns04,\n", NULL, &without);
	forecast_text(model, 1, "unique_id,pool\ns04,\n",
			"ds,fair,pool\n1970-03-22,1,food\n1970-03-22,0,drink\n", &with);
	a = strtod(csv_cell((const char *)cstn_buffer_data(without), 1, "mean"), NULL);
	b = strtod(csv_cell((const char *)cstn_buffer_data(with), 1, "mean"), NULL);
	ck_assert_double_gt(b, 1.4 * a);
	ck_assert_double_lt(b, 2.8 * a);
	cstn_buffer_free(without);
	cstn_buffer_free(with);
	cstn_demand_model_free(model);
	free(history);
}
END_TEST

START_TEST(an_unknown_key_is_cold_and_takes_the_level_of_its_pool)
{
	demand_row *history = demand_history(SERIES, DAYS, 11);
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	cstn_buffer *out = NULL;
	const char *text;
	double sum = 0;
	int row;

	demand_feed(model, history, ROWS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	forecast_text(model, 1, "unique_id,pool\nnew,food\ns01,\nnew,\n", NULL, &out);
	text = (const char *)cstn_buffer_data(out);
	ck_assert_str_eq(csv_cell(text, 1, "unique_id"), "new");
	ck_assert_str_eq(csv_cell(text, 1, "ds"), "1970-03-22");
	ck_assert_str_eq(csv_cell(text, 1, "flags"), "5");
	ck_assert_str_eq(csv_cell(text, 10, "unique_id"), "s01");
	ck_assert_str_eq(csv_cell(text, 10, "flags"), "4");
	ck_assert_str_eq(csv_cell(text, 19, "mean"), "0");
	for (row = 1; row <= 7; row++)
		sum += strtod(csv_cell(text, row, "mean"), NULL);
	/* series of the pool sell 2.4 (i + 1) a day */
	ck_assert_double_gt(sum / 7, 5);
	ck_assert_double_lt(sum / 7, 15);
	cstn_buffer_free(out);
	cstn_demand_model_free(model);
	free(history);
}
END_TEST

START_TEST(a_forecast_of_a_model_that_changed_says_so)
{
	demand_row *history = demand_history(2, 5, 12);
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	struct ArrowArrayStream out;
	struct ArrowArray batch;

	demand_feed(model, history, 10, 0, NULL);
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, NULL, NULL, &out, NULL), CSTN_OK);
	demand_close(model, 4);
	ck_assert_int_ne(out.get_next(&out, &batch), 0);
	ck_assert_ptr_nonnull(strstr(out.get_last_error(&out), "was changed"));
	/* the stream keeps the model alive */
	cstn_demand_model_free(model);
	out.release(&out);
	free(history);
}
END_TEST

/* Rows of the last day but two there is, of series in both pools: day 9 ahead is beyond all of
 * them.
 */
START_TEST(dates_beyond_the_calendar_are_null)
{
	enum { LAST_DAY = 2932896 }; /* 9999-12-31 */
	demand_row rows[5] = {{"a", "p", LAST_DAY - 6, 3, 0, 0, -1, 0},
			{"b", "q", LAST_DAY - 2, 3, 0, 0, -1, 0},
			{"c", "p", LAST_DAY - 20, 3, 0, 0, -1, 0},
			{"d", "p", LAST_DAY - 2, 0, 0, 0, -1, 0},
			{"e", "q", LAST_DAY - 2, 4, 0, 0, -1, 0}};
	static const int known[5] = {6, 2, 9, 2, 2};
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	cstn_buffer *text = NULL;
	const char *cells;
	int i, h;

	demand_feed(model, rows, 5, 0, NULL);
	forecast_text(model, 2, NULL, NULL, &text);
	cells = (const char *)cstn_buffer_data(text);
	for (i = 0; i < 5; i++)
		for (h = 0; h < 9; h++) {
			char ds[16];

			snprintf(ds, sizeof(ds), "%s", csv_cell(cells, 9 * i + h + 1, "ds"));
			ck_assert_msg((strlen(ds) == 10) == (h < known[i]), "%d %d '%s'", i, h, ds);
			ck_assert_int_eq(atoi(csv_cell(cells, 9 * i + h + 1, "h")), h + 1);
			ck_assert_int_eq(csv_cell(cells, 9 * i + h + 1, "unique_id")[0], 'a' + i);
		}
	ck_assert_str_eq(csv_cell(cells, 6, "ds"), "9999-12-31");
	cstn_buffer_free(text);
	cstn_demand_model_free(model);
}
END_TEST

/* A model that holds two to the n series has no room for more, and 96 bytes of each of them beside
 * its profile and, where it is calibrated, 72 bytes. */
START_TEST(a_series_has_no_room_that_is_empty)
{
	enum { N = 4096, ID = 24 };
	uint64_t bytes[2];
	int calibrated, k;

	for (calibrated = 0; calibrated < 2; calibrated++) {
		for (k = 0; k < 2; k++) {
			cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
			cstn_demand_size size = {.struct_size = sizeof(size)};
			cstn_demand_model *model;
			cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;

			config.period = CSTN_PERIOD_NUMBER;
			config.season = 7;
			config.flags = calibrated ? CSTN_DEMAND_CALIBRATE : 0;
			ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL),
					CSTN_OK);
			row.y = 1;
			for (row.key_number = 0; row.key_number < N << k; row.key_number++)
				ck_assert_int_eq(cstn_demand_model_update_one(model, &row, NULL),
						CSTN_OK);
			ck_assert_int_eq(cstn_demand_model_size(model, &size, NULL), CSTN_OK);
			ck_assert_uint_eq(size.series, N << k);
			bytes[k] = size.bytes;
			cstn_demand_model_free(model);
		}
		ck_assert_uint_eq(bytes[1] - bytes[0],
				N * (uint64_t)(ID + 96 + 7 * 4 + (calibrated ? 72 : 0)));
	}
}
END_TEST

/* --- numbers ---------------------------------------------------------------------------------- */

static const struct {
	uint32_t flags;
	uint64_t hash;
} golden[] = {{CSTN_DEMAND_DRIFT, UINT64_C(963399297612822824)},
		{CSTN_DEMAND_REPLAY | CSTN_DEMAND_DRIFT, UINT64_C(8303269189490924745)},
		{DEMAND_OF_MONTHS, UINT64_C(4024953223189536524)}};

START_TEST(bytes_are_the_same_on_every_machine)
{
	demand_row *history = demand_history(SERIES, DAYS, 13);
	cstn_demand_model *model = demand_model(golden[_i].flags, CSTN_GAP_ERROR);
	cstn_buffer *bytes = NULL;

	history[75].flags = CSTN_DEMAND_STOCK_OUT;
	history[74].flags = CSTN_DEMAND_ESTIMATED;
	demand_feed(model, history, ROWS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	ck_assert_int_eq(cstn_demand_model_serialize(model, &bytes, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn__hash64(0, cstn_buffer_data(bytes), cstn_buffer_size(bytes)),
			golden[_i].hash);
	cstn_buffer_free(bytes);
	cstn_demand_model_free(model);
	free(history);
}
END_TEST

/* Level alone: of one position, without the prior of a profile. */
static double level_at_scale(double scale)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	demand_row *history = demand_history(1, DAYS, 14);
	cstn_demand_model *model;
	double mean;
	size_t i;

	config.season = 1;
	model = demand_model_of(&config);
	for (i = 0; i < DAYS; i++)
		history[i].y *= scale;
	demand_feed(model, history, DAYS, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	mean = demand_next(model, "s00", NULL);
	cstn_demand_model_free(model);
	free(history);
	return mean;
}

START_TEST(scale_by_a_power_of_two_scales_the_forecast)
{
	double one = level_at_scale(1);

	ck_assert_double_gt(one, 0);
	ck_assert_double_eq(level_at_scale(0x1p900), one * 0x1p900);
	ck_assert_double_eq(level_at_scale(0x1p-900), one * 0x1p-900);
	ck_assert_double_eq(level_at_scale(0x1p30), one * 0x1p30);
}
END_TEST

static const double odd_values[][6] = {{0, 0, 0, 0, 0, 0}, {5, 5, 5, 5, 5, 5},
		{0, 0, 1e300, 0, 0, 0}, {1e300, 1e300, 1e300, 1e300, 1e300, 1e300},
		{1e-300, 1e300, 1e-300, 4.9e-324, 0, 1}, {4.9e-324, 0, 0, 1e-310, 0, 0}};

START_TEST(forecasts_are_finite_whatever_comes)
{
	uint32_t flags = CSTN_DEMAND_DRIFT | CSTN_DEMAND_LEVEL_WEIGHTS | CSTN_DEMAND_INTERMITTENT;
	const uint32_t kind[] = {0, flags, DEMAND_OF_MONTHS, CSTN_DEMAND_CALIBRATE};
	cstn_demand_model *model = demand_model(kind[_i % 4], CSTN_GAP_ERROR);
	const double *values = odd_values[_i / 4];
	demand_row row = {"s", "p", 0, 0, 0, 0, -1, 0};
	int64_t day;

	for (day = 0; day < 90; day++) {
		double mean;

		row.ds = day;
		row.event = day % 9 == 0;
		row.y = values[day % 6];
		ck_assert_int_eq(demand_feed_one(model, &row, NULL), CSTN_OK);
		demand_close(model, day);
		mean = demand_next(model, "s", NULL);
		ck_assert(mean >= 0 && mean <= 1e300);
		if (_i / 4 == 0)
			ck_assert_double_eq(mean, 0);
		if (_i / 4 == 1)
			ck_assert_double_eq(mean, 5);
	}
	model = demand_saved(model);
	cstn_demand_model_free(model);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demand model");
	TCase *tc = tcase_create("demand model");

	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(tc, whole_history_at_once_is_day_by_day, 0, KINDS);
	tcase_add_loop_test(
			tc, rows_split_anywhere_and_saved_between_give_the_same_bytes, 0, KINDS);
	tcase_add_loop_test(tc, rows_one_by_one_are_rows_of_a_frame, 0, KINDS);
	tcase_add_test(tc, any_split_of_the_series_and_any_order_of_merging_give_the_same_bytes);
	tcase_add_test(tc, two_passes_over_parts_are_one_pass_over_all);
	tcase_add_loop_test(tc, order_of_keys_changes_nothing, 0, KINDS);
	tcase_add_test(tc, a_series_in_both_models_is_a_conflict);
	tcase_add_test(tc,
			models_that_closed_other_totals_or_are_configured_otherwise_do_not_merge);
	tcase_add_test(tc, threads_change_no_forecast_and_a_forecast_changes_no_state);
	tcase_add_test(tc, events_multiply_and_positions_differ);
	tcase_add_test(tc, an_unknown_key_is_cold_and_takes_the_level_of_its_pool);
	tcase_add_test(tc, a_forecast_of_a_model_that_changed_says_so);
	tcase_add_test(tc, dates_beyond_the_calendar_are_null);
	tcase_add_test(tc, a_series_has_no_room_that_is_empty);
	tcase_add_loop_test(tc, bytes_are_the_same_on_every_machine, 0, 3);
	tcase_add_test(tc, scale_by_a_power_of_two_scales_the_forecast);
	tcase_add_loop_test(tc, forecasts_are_finite_whatever_comes, 0, 24);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
