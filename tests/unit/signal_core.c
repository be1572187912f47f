/* What values of signals are made of: sums of products and ridges, what is known as of a cut,
 * features, Shapley values, intervals. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/special.h"
#include "demand/signals.h"
#include "suite.h"

static cstn_allocator libc(void)
{
	cstn_allocator read;

	ck_assert_int_eq(cstn__allocator_read(NULL, &read, NULL), CSTN_OK);
	return read;
}

/* --- sums and ridges --- */

#define P 3

static void random_row(uint64_t i, double row[P + 1])
{
	size_t c;

	row[0] = 1;
	for (c = 1; c <= P; c++)
		row[c] = cstn__random_unit(c, i) * 8 - 2;
}

START_TEST(sums_have_the_same_bytes_for_any_split_and_order_of_series)
{
	const cstn_allocator memory = libc();
	cstn__gram whole, parts[3];
	double a[(P + 1) * (P + 1)], b[(P + 1) * (P + 1)], row[P + 1];
	size_t series, i;

	ck_assert_int_eq(cstn__gram_init(&whole, P, &memory), 0);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(cstn__gram_init(&parts[i], P, &memory), 0);
	for (series = 0; series < 20; series++) {
		cstn__gram *part = &parts[series % 3];

		for (i = 0; i < 1 + series * 5 % 23; i++) {
			random_row(series * 100 + i, row);
			cstn__gram_add(&whole, row);
		}
		cstn__gram_close(&whole);
		series = 19 - series;
		for (i = 0; i < 1 + series * 5 % 23; i++) {
			random_row(series * 100 + i, row);
			cstn__gram_add(part, row);
		}
		cstn__gram_close(part);
		series = 19 - series;
	}
	cstn__gram_merge(&parts[2], &parts[0]);
	cstn__gram_merge(&parts[2], &parts[1]);
	ck_assert_int_eq(cstn__gram_values(&whole, a), 0);
	ck_assert_int_eq(cstn__gram_values(&parts[2], b), 0);
	ck_assert_int_eq(memcmp(a, b, sizeof(a)), 0);
	ck_assert_uint_eq(whole.rows, parts[2].rows);
	ck_assert_double_eq(a[0], (double)whole.rows);
	cstn__gram_free(&whole);
	for (i = 0; i < 3; i++)
		cstn__gram_free(&parts[i]);
}
END_TEST

START_TEST(sums_beyond_a_double_are_told)
{
	const cstn_allocator memory = libc();
	cstn__gram gram;
	double row[2] = {1e200, 1e200}, square[4];

	ck_assert_int_eq(cstn__gram_init(&gram, 1, &memory), 0);
	cstn__gram_add(&gram, row);
	cstn__gram_close(&gram);
	ck_assert_int_eq(cstn__gram_values(&gram, square), -1);
	cstn__gram_free(&gram);
}
END_TEST

/* y = 3 + 2 x, columns 1, x, x again, 0. */
static const double exact_square[5 * 5] = {4, 6, 6, 0, 24, 6, 14, 14, 0, 46, 6, 14, 14, 0, 46, 0, 0,
		0, 0, 0, 24, 46, 46, 0, 164};

START_TEST(a_column_that_says_nothing_new_is_dropped_and_the_first_kept)
{
	const cstn_allocator memory = libc();
	cstn__ridge ridge;
	uint8_t in[4] = {1, 1, 1, 1}, dropped[4] = {0};
	double beta[4];

	ck_assert_int_eq(cstn__ridge_init(&ridge, 4, exact_square, 1e-12, &memory), 0);
	cstn__ridge_solve(&ridge, in, beta, dropped);
	ck_assert_double_eq_tol(beta[0], 3, 1e-9);
	ck_assert_double_eq_tol(beta[1], 2, 1e-9);
	ck_assert_double_eq(beta[2], 0);
	ck_assert_double_eq(beta[3], 0);
	ck_assert(!dropped[0] && !dropped[1] && dropped[2] && dropped[3]);
	ck_assert_double_eq_tol(cstn__gram_error(exact_square, 4, beta), 0, 1e-9);
	in[1] = 0;
	memset(dropped, 0, sizeof(dropped));
	cstn__ridge_solve(&ridge, in, beta, dropped);
	ck_assert_double_eq_tol(beta[2], 2, 1e-9);
	ck_assert(!dropped[1] && !dropped[2]);
	cstn__ridge_free(&ridge);
}
END_TEST

START_TEST(the_penalty_is_counted_in_mean_diagonals_of_the_columns_there_are)
{
	const cstn_allocator memory = libc();
	cstn__ridge ridge;
	uint8_t in[4] = {0, 1, 0, 0};
	double beta[4];

	ck_assert_int_eq(cstn__ridge_init(&ridge, 4, exact_square, 0.5, &memory), 0);
	cstn__ridge_solve(&ridge, in, beta, NULL);
	ck_assert_double_eq_tol(beta[1], 46 / (14 * 1.5), 1e-12);
	/* 164 - 2 b 46 + b^2 14 */
	ck_assert_double_eq_tol(cstn__gram_error(exact_square, 4, beta),
			164 - 2 * beta[1] * 46 + beta[1] * beta[1] * 14, 1e-9);
	cstn__ridge_free(&ridge);
}
END_TEST

/* --- what is known --- */

static int known(int32_t kind, uint32_t flags, const cstn__signal_point *points, size_t n,
		int64_t cut, double *value, int64_t *came)
{
	cstn_signal declared = CSTN_SIGNAL_INIT;

	declared.kind = kind;
	declared.flags = flags;
	*value = -1;
	return cstn__signal_known(&declared, points, n, 100, cut, value, came);
}

START_TEST(a_value_that_came_at_the_cut_is_known_and_one_that_came_later_is_late)
{
	const cstn__signal_point points[] = {{7, 50, 5, 0, 0}, {7, 60, 6, 1, 0}};
	double value;
	int64_t came;

	ck_assert_int_eq(known(1, 0, points, 2, 60, &value, &came), CSTN__SIGNAL_KNOWN);
	ck_assert_double_eq(value, 6);
	ck_assert_int_eq(known(1, 0, points, 2, 59, &value, &came), CSTN__SIGNAL_KNOWN);
	ck_assert_double_eq(value, 5);
	ck_assert_int_eq(known(1, 0, points, 2, 49, &value, &came), CSTN__SIGNAL_LATE);
	ck_assert_double_eq(value, -1);
	ck_assert_int_eq(came, 50);
	ck_assert_int_eq(known(1, 0, points, 0, 49, &value, &came), CSTN__SIGNAL_NONE);
}
END_TEST

START_TEST(what_nobody_says_is_known_at_the_end_of_its_period_or_where_that_is_assumed)
{
	const cstn__signal_point point = {7, CSTN__AVAILABLE_UNSAID, 5, 0, 0};
	double value;
	int64_t came;

	ck_assert_int_eq(known(1, 0, &point, 1, INT64_MAX - 1, &value, &came), CSTN__SIGNAL_UNSAID);
	ck_assert_int_eq(known(1, CSTN_SIGNAL_ASSUME_KNOWN, &point, 1, 0, &value, &came),
			CSTN__SIGNAL_KNOWN);
	ck_assert_int_eq(known(2, 0, &point, 1, 100, &value, &came), CSTN__SIGNAL_KNOWN);
	ck_assert_int_eq(known(2, 0, &point, 1, 99, &value, &came), CSTN__SIGNAL_LATE);
	ck_assert_int_eq(came, 100);
}
END_TEST

START_TEST(orders_are_the_sum_of_what_was_entered_by_the_cut)
{
	const cstn__signal_point points[] = {{7, 10, 4, 0, 0}, {7, 20, -1, 1, 0}, {7, 30, 9, 2, 0}};
	double value;
	int64_t came;

	ck_assert_int_eq(known(3, 0, points, 3, 9, &value, &came), CSTN__SIGNAL_KNOWN);
	ck_assert_double_eq(value, 0);
	ck_assert_int_eq(known(3, 0, points, 3, 20, &value, &came), CSTN__SIGNAL_KNOWN);
	ck_assert_double_eq(value, 3);
	ck_assert_int_eq(known(3, 0, points, 3, 30, &value, &came), CSTN__SIGNAL_KNOWN);
	ck_assert_double_eq(value, 12);
}
END_TEST

/* --- features --- */

#define NO ((double)NAN)

static const struct {
	int32_t kind, feature, lag, classes;
	double x[12];
	size_t target, origin, season;
	int status;
	double out[4];
} makings[] = {
		{1, CSTN_SIGNAL_AS_VALUE, 0, 0, {1, 2, 3}, 2, 1, 7, 0, {3}},
		{1, CSTN_SIGNAL_AS_VALUE, 0, 0, {1, 2, NO}, 2, 1, 7, -1, {0}},
		{2, CSTN_SIGNAL_AS_VALUE, 1, 0, {1, 2, 3}, 2, 1, 7, 0, {1}},
		{2, CSTN_SIGNAL_AS_VALUE, 2, 0, {1, 2, 3}, 2, 1, 7, -1, {0}},
		/* against the mean of the last 8 up to the origin, and the last of them */
		{1, CSTN_SIGNAL_AS_PRICE, 0, 0, {9, 1, 1, 1, 1, 1, 1, NO, 1, 3, 5, 4}, 11, 9, 7, 0,
				{4 - 10.0 / 8, 1}},
		{1, CSTN_SIGNAL_AS_PROMOTION, 0, 0, {1, 0, 1, 0, 1}, 4, 3, 7, 0, {1, 1, 0.5}},
		{1, CSTN_SIGNAL_AS_WEATHER, 0, 0, {1, 2, 3, 4, 5, 6, 7, 8, 10}, 8, 7, 7, 0,
				{10, 100, 5, 2}},
		{1, CSTN_SIGNAL_AS_WEATHER, 0, 0, {1, NO, 3}, 2, 1, 7, -1, {0}},
		{1, CSTN_SIGNAL_AS_CLASS, 0, 4, {0}, 0, 0, 7, 0, {0, 0, 0}},
		{1, CSTN_SIGNAL_AS_CLASS, 0, 4, {2}, 0, 0, 7, 0, {0, 1, 0}},
		{1, CSTN_SIGNAL_AS_CLASS, 0, 4, {9}, 0, 0, 7, 0, {0, 0, 1}},
		{2, CSTN_SIGNAL_AS_INDEX, 0, 0, {2, 4, 8, 16}, 4, 3, 7, 0,
				{0.6931471805599453, 1.3862943611198906}},
		{2, CSTN_SIGNAL_AS_INDEX, 0, 0, {2, 4, 8, 16}, 2, 1, 7, -1, {0}},
		{1, CSTN_SIGNAL_AS_EVENT, 0, 0, {0, NO, NO}, 2, 1, 7, 0, {0, 7}},
		/* usually (2 + 4) / 2 = 3 were booked this early, now 9 are: 6 more, level 4 */
		{3, CSTN_SIGNAL_AS_ORDERS, 0, 0, {8, 2, 8, 4, 8, 9}, 5, 4, 2, 0,
				{0.9162907318741551, 2.302585092994046, 1.5}},
		/* what lies between origin and target tells nothing about what is usual */
		{3, CSTN_SIGNAL_AS_ORDERS, 0, 0, {8, 3, 8, 1, 8, 9}, 5, 2, 2, 0,
				{0.9162907318741551, 2.302585092994046, 1.5}},
};

START_TEST(features_are_what_their_words_say)
{
	static const double ahead[12] = {0, 0, 0, 7};
	cstn_signal declared = CSTN_SIGNAL_INIT;
	cstn__feature_view view = {makings[_i].x, ahead, 12, makings[_i].target, makings[_i].origin,
			makings[_i].season, 2, 4};
	double out[4] = {0};
	size_t c;

	declared.kind = makings[_i].kind;
	declared.feature = makings[_i].feature;
	declared.lag = makings[_i].lag;
	declared.classes = makings[_i].classes;
	ck_assert_int_eq(cstn__feature_make(&declared, &view, out), makings[_i].status);
	for (c = 0; c < cstn__feature_columns(&declared) && !makings[_i].status; c++)
		ck_assert_double_eq_tol(out[c], makings[_i].out[c], 1e-12);
}
END_TEST

/* --- Shapley --- */

static const double points[6] = {.3, .1, .25, 0, .05, .7};

/* A game whose players help each other: player 3 never does. */
static int game(void *context, uint64_t mask, double *out)
{
	double sum = 0;
	size_t i;

	*(size_t *)context += 1;
	for (i = 0; i < 6; i++)
		sum += mask >> i & 1 ? points[i] : 0;
	*out = 4 - sum - ((mask & 3) == 3 ? 0.4 : 0) + ((mask & 36) == 36 ? 0.2 : 0);
	return 0;
}

START_TEST(shapley_values_are_shares_of_what_players_do_together)
{
	double loss[64], value[6], sum = 0;
	size_t calls = 0, i;
	uint64_t mask;

	for (mask = 0; mask < 64; mask++)
		(void)game(&calls, mask, &loss[mask]);
	cstn__shapley_exact(loss, 6, value);
	for (i = 0; i < 6; i++)
		sum += value[i];
	ck_assert_double_eq_tol(sum, loss[0] - loss[63], 1e-12);
	ck_assert_double_eq_tol(value[0], .3 + .2, 1e-12);
	ck_assert_double_eq_tol(value[1], .1 + .2, 1e-12);
	ck_assert_double_eq_tol(value[2], .25 - .1, 1e-12);
	ck_assert_double_eq_tol(value[3], 0, 1e-12);
	ck_assert_double_eq_tol(value[5], .7 - .1, 1e-12);
}
END_TEST

START_TEST(sampled_shapley_values_add_up_and_lie_near_the_exact_ones)
{
	const cstn_allocator memory = libc();
	double loss[64], exact[6], value[6], error[6], sum = 0;
	size_t calls = 0, i;
	uint64_t mask;

	for (mask = 0; mask < 64; mask++)
		(void)game(&calls, mask, &loss[mask]);
	cstn__shapley_exact(loss, 6, exact);
	calls = 0;
	ck_assert_int_eq(cstn__shapley_sampled(game, &calls, 6, 200, 5, &memory, value, error), 0);
	for (i = 0; i < 6; i++) {
		sum += value[i];
		ck_assert_double_le(fabs(value[i] - exact[i]), 4 * error[i] + 1e-12);
	}
	ck_assert_double_eq_tol(sum, loss[0] - loss[63], 1e-12);
	ck_assert_uint_le(calls, 64);
}
END_TEST

static int stop(void *context, uint64_t mask, double *out)
{
	*out = 0;
	return mask == 0 ? 0 : *(int *)context;
}

START_TEST(a_game_that_fails_ends_the_sampling)
{
	const cstn_allocator memory = libc();
	double value[3], error[3];
	int fails = -1;

	ck_assert_int_eq(cstn__shapley_sampled(stop, &fails, 3, 10, 0, &memory, value, error), -1);
}
END_TEST

/* --- intervals --- */

START_TEST(an_interval_of_what_never_varies_is_a_point)
{
	cstn__origin_loss a[30], b[30];
	double room[999], low, high;
	size_t i;

	for (i = 0; i < 30; i++) {
		a[i] = (cstn__origin_loss){6, 2};
		b[i] = (cstn__origin_loss){4, 2};
	}
	cstn__loss_interval(CSTN_SIGNAL_LOSS_MAE, a, b, 30, 4, 999, 1, room, &low, &high);
	ck_assert_double_eq(low, 1);
	ck_assert_double_eq(high, 1);
	ck_assert(isnan(cstn__diebold_mariano(CSTN_SIGNAL_LOSS_MAE, a, b, 30, 1, room)));
}
END_TEST

START_TEST(intervals_of_noise_cover_nothing_nine_times_in_ten)
{
	size_t world, covered = 0, i;
	double room[199];

	for (world = 0; world < 100; world++) {
		cstn__origin_loss a[60], b[60];
		double low, high;

		for (i = 0; i < 60; i++) {
			a[i] = (cstn__origin_loss){cstn__random_unit(world, i), 1};
			b[i] = (cstn__origin_loss){cstn__random_unit(world + 1000, i), 1};
		}
		cstn__loss_interval(
				CSTN_SIGNAL_LOSS_MAE, a, b, 60, 3, 199, world, room, &low, &high);
		covered += low <= 0 && 0 <= high;
	}
	ck_assert_uint_ge(covered, 80);
	ck_assert_uint_le(covered, 97);
}
END_TEST

/* Differences 1, 2, 3, 4 one step ahead: mean 2.5, variance 1.25, corrected by sqrt(3 / 4). */
START_TEST(diebold_and_mariano_are_corrected_for_few_origins)
{
	cstn__origin_loss a[4] = {{1, 1}, {2, 1}, {3, 1}, {4, 1}},
			  b[4] = {{0, 1}, {0, 1}, {0, 1}, {0, 1}};
	double room[4], t = 2.5 / sqrt(1.25 / 4) * sqrt(3.0 / 4);

	ck_assert_double_eq_tol(cstn__diebold_mariano(CSTN_SIGNAL_LOSS_MAE, a, b, 4, 1, room),
			cstn__beta_cdf(3 / (3 + t * t), 1.5, 0.5), 1e-14);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("signal_core");
	TCase *core = tcase_create("signal_core");

	tcase_add_test(core, sums_have_the_same_bytes_for_any_split_and_order_of_series);
	tcase_add_test(core, sums_beyond_a_double_are_told);
	tcase_add_test(core, a_column_that_says_nothing_new_is_dropped_and_the_first_kept);
	tcase_add_test(core, the_penalty_is_counted_in_mean_diagonals_of_the_columns_there_are);
	tcase_add_test(core, a_value_that_came_at_the_cut_is_known_and_one_that_came_later_is_late);
	tcase_add_test(core,
			what_nobody_says_is_known_at_the_end_of_its_period_or_where_that_is_assumed);
	tcase_add_test(core, orders_are_the_sum_of_what_was_entered_by_the_cut);
	tcase_add_loop_test(core, features_are_what_their_words_say, 0,
			(int)(sizeof(makings) / sizeof(makings[0])));
	tcase_add_test(core, shapley_values_are_shares_of_what_players_do_together);
	tcase_add_test(core, sampled_shapley_values_add_up_and_lie_near_the_exact_ones);
	tcase_add_test(core, a_game_that_fails_ends_the_sampling);
	tcase_add_test(core, an_interval_of_what_never_varies_is_a_point);
	tcase_add_test(core, intervals_of_noise_cover_nothing_nine_times_in_ten);
	tcase_add_test(core, diebold_and_mariano_are_corrected_for_few_origins);
	suite_add_tcase(suite, core);
	return run_suite(suite);
}
