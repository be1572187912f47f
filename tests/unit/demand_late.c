/* Rows that are late: after their period was closed they mend the total of their pool, and what was
 * made of it, as if they had come in time. */
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "demand_rows.h"
#include "suite.h"

#define SERIES 6
#define DAYS 100
#define ROWS ((size_t)SERIES * DAYS)
#define WINDOW 28
#define DELAY_MOST (WINDOW - 1)

/* The day a row comes: one in six is late, and on two days a whole pool ("drink", every third
 * series). The last series is always in time. */
static size_t arrival(uint64_t seed, size_t series, size_t day)
{
	uint64_t draw = cstn__random_u64(seed, series * DAYS + day);

	if (series == SERIES - 1)
		return day;
	if (series % 3 == 0 && (day == 40 || day == 71))
		return day + 20;
	return draw % 6 ? day : day + 1 + (size_t)(draw / 6 % DELAY_MOST);
}

/* Rows that come on a day, those of `late` series by series. How many. */
static size_t coming(const demand_row *history, uint64_t seed, size_t day, demand_row *out)
{
	size_t n = 0, i, t;

	for (i = 0; i < SERIES; i++)
		for (t = day < DELAY_MOST ? 0 : day - DELAY_MOST; t <= day && t < DAYS; t++)
			if (arrival(seed, i, t) == day)
				out[n++] = history[i * DAYS + t];
	return n;
}

/* A day of both models: rows, then its end. */
static void pass_day(cstn_demand_model *model, const demand_row *rows, size_t n, size_t day,
		int in_one_call)
{
	if (n)
		demand_feed(model, rows, n,
				in_one_call && day < DAYS ? CSTN_DEMAND_WHOLE_PERIODS : 0, NULL);
	if (!in_one_call && day < DAYS)
		demand_close(model, (int64_t)day);
}

static const uint32_t kinds[] = {0, CSTN_DEMAND_CALIBRATE, CSTN_DEMAND_DRIFT};

START_TEST(late_rows_of_closed_periods_give_the_bytes_of_rows_in_time)
{
	uint64_t seed = 300 + (uint64_t)_i;
	uint32_t kind = kinds[_i % 3] | CSTN_DEMAND_REPLAY;
	demand_row *history = demand_history(SERIES, DAYS, seed), *rows;
	cstn_demand_model *in_time = demand_model(kind, CSTN_GAP_MISSING);
	cstn_demand_model *late = demand_model(kind, CSTN_GAP_MISSING);
	size_t day, i, n;

	rows = malloc(ROWS * sizeof(*rows));
	ck_assert_ptr_nonnull(rows);
	/* an event that one series alone has */
	for (i = 0; i < ROWS && _i & 1; i++)
		history[i].event &= i / DAYS == i % DAYS / 10 % SERIES;
	for (day = 0; day < DAYS + WINDOW; day++) {
		if (day < DAYS) {
			n = demand_slice(history, SERIES, DAYS, day, day + 1, 1, rows);
			pass_day(in_time, rows, n, day, _i & 2);
		}
		n = coming(history, seed, day, rows);
		pass_day(late, rows, n, day, _i & 2);
		if (day % 7 == (size_t)_i % 7)
			late = demand_saved(late);
	}
	demand_expect_same(in_time, late);
	cstn_demand_model_free(in_time);
	cstn_demand_model_free(late);
	free(rows);
	free(history);
}
END_TEST

/* A model of the history but for one row, its days closed. */
static cstn_demand_model *without(const demand_row *history, const demand_row *but, uint32_t flags)
{
	cstn_demand_model *model = demand_model(flags, CSTN_GAP_MISSING);
	demand_row rows[SERIES];
	size_t day, i, n;

	for (day = 0; day < DAYS; day++) {
		for (i = n = 0; i < SERIES; i++)
			if (&history[i * DAYS + day] != but)
				rows[n++] = history[i * DAYS + day];
		demand_feed(model, rows, n, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	}
	return model;
}

/* Of a late row the forecast of another series of the pool: before and after it. */
static void next_of_another(const demand_row *history, const demand_row *row, uint32_t flags,
		double *before, double *after)
{
	cstn_demand_model *model = without(history, row, flags);

	*before = demand_next(model, "s00", NULL);
	ck_assert_int_eq(demand_feed_one(model, row, NULL), CSTN_OK);
	*after = demand_next(model, "s00", NULL);
	cstn_demand_model_free(model);
}

START_TEST(a_late_row_moves_the_other_series_of_its_pool)
{
	demand_row *history = demand_history(SERIES, DAYS, 31);
	demand_row *row = &history[3 * DAYS + DAYS - WINDOW + _i]; /* "drink", as s00 */
	double before, after, known;
	cstn_demand_model *in_time;

	row->y = 1000;
	in_time = without(history, NULL, CSTN_DEMAND_REPLAY);
	known = demand_next(in_time, "s00", NULL);
	next_of_another(history, row, CSTN_DEMAND_REPLAY, &before, &after);
	ck_assert_double_ne(before, after);
	ck_assert_double_eq(after, known);
	cstn_demand_model_free(in_time);
	free(history);
}
END_TEST

START_TEST(totals_of_a_pass_of_their_own_are_not_mended)
{
	demand_row *history = demand_history(SERIES, DAYS, 31);
	double before, after;

	next_of_another(history, &history[3 * DAYS + DAYS - 5],
			CSTN_DEMAND_REPLAY | CSTN_DEMAND_HISTORY, &before, &after);
	ck_assert_double_eq(before, after);
	free(history);
}
END_TEST

/* A series that stood still may come later than its pool: it learns, totals stay. */
START_TEST(a_row_behind_the_window_of_its_pool_moves_its_series_alone)
{
	demand_row *history = demand_history(SERIES, DAYS, 33);
	demand_row old = {"old", "drink", DAYS - WINDOW - 8, 5, 0, 0, -1, 0}, late = old;
	cstn_demand_model *model = demand_model(CSTN_DEMAND_REPLAY, CSTN_GAP_MISSING);
	double before, level;

	late.ds = _i ? DAYS - WINDOW : DAYS - WINDOW - 1;
	late.y = 1000;
	demand_feed(model, &old, 1, 0, NULL);
	demand_feed(model, history, ROWS, CSTN_DEMAND_SORT | CSTN_DEMAND_WHOLE_PERIODS, NULL);
	before = demand_next(model, "s00", NULL);
	level = demand_next(model, "old", NULL);
	ck_assert_int_eq(demand_feed_one(model, &late, NULL), CSTN_OK);
	ck_assert_double_ne(demand_next(model, "old", NULL), level);
	if (_i)
		ck_assert_double_ne(demand_next(model, "s00", NULL), before);
	else
		ck_assert_double_eq(demand_next(model, "s00", NULL), before);
	cstn_demand_model_free(model);
	free(history);
}
END_TEST

/* A row that says again what is known changes nothing, one that takes the only row of a pool's day
 * away takes its total away. */
START_TEST(replaced_rows_mend_by_what_they_change)
{
	demand_row *history = demand_history(SERIES, DAYS, 34);
	demand_row *row = &history[3 * DAYS + DAYS - 9], *other = &history[DAYS - 9], again;
	cstn_demand_model *model, *known;

	other->flags = CSTN_DEMAND_CLOSED;
	other->event = row->event = 0;
	model = without(history, NULL, CSTN_DEMAND_REPLAY);
	known = without(history, NULL, CSTN_DEMAND_REPLAY);
	ck_assert_int_eq(demand_feed_one(model, row, NULL), CSTN_OK);
	demand_expect_same(model, known);
	cstn_demand_model_free(known);
	again = *row;
	again.flags = CSTN_DEMAND_EXCEPTIONAL;
	again.available = INT64_C(86400000000) * 1000;
	ck_assert_int_eq(demand_feed_one(model, &again, NULL), CSTN_OK);
	*row = again;
	known = without(history, NULL, CSTN_DEMAND_REPLAY);
	demand_expect_same(model, known);
	cstn_demand_model_free(known);
	cstn_demand_model_free(model);
	free(history);
}
END_TEST

START_TEST(models_of_other_late_rows_do_not_merge)
{
	demand_row *history = demand_history(SERIES, DAYS, 35);
	cstn_demand_model *model = without(history, NULL, CSTN_DEMAND_REPLAY);
	cstn_demand_model *other =
			without(history, &history[3 * DAYS + DAYS - 9], CSTN_DEMAND_REPLAY);

	ck_assert_int_eq(cstn_demand_model_merge(other, model, NULL), CSTN_E_MISMATCH);
	cstn_demand_model_free(other);
	cstn_demand_model_free(model);
	free(history);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demand late");
	TCase *tc = tcase_create("demand late");

	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(tc, late_rows_of_closed_periods_give_the_bytes_of_rows_in_time, 0, 12);
	tcase_add_loop_test(tc, a_late_row_moves_the_other_series_of_its_pool, 0, 2);
	tcase_add_test(tc, totals_of_a_pass_of_their_own_are_not_mended);
	tcase_add_loop_test(tc, a_row_behind_the_window_of_its_pool_moves_its_series_alone, 0, 2);
	tcase_add_test(tc, replaced_rows_mend_by_what_they_change);
	tcase_add_test(tc, models_of_other_late_rows_do_not_merge);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
