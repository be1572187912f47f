/* Verdicts of yes, no and unknown, shares with bounds, and the net promoter score. */
#include <check.h>
#include <math.h>
#include <string.h>

#include <constellation/loyalty.h>

#include "suite.h"

#define U CSTN_LOYALTY_UNKNOWN
#define N CSTN_LOYALTY_NO
#define Y CSTN_LOYALTY_YES

START_TEST(no_and_anything_is_no_and_yes_and_unknown_is_unknown)
{
	static const int32_t table[3][3] = {{U, N, U}, {N, N, N}, {U, N, Y}};
	int32_t a, b;

	for (a = 0; a < 3; a++)
		for (b = 0; b < 3; b++)
			ck_assert_int_eq(cstn_loyalty_and(a, b), table[a][b]);
	ck_assert_int_eq(cstn_loyalty_and(-1, Y), -1);
	ck_assert_int_eq(cstn_loyalty_and(Y, 3), -1);
}
END_TEST

START_TEST(three_first_choices_are_loyal_two_are_unknown_and_one_miss_is_not)
{
	static const int64_t occasions[] = {3, 2, 3, 0, 2, 100}, first[] = {3, 2, 2, 0, 1, 99};
	static const int32_t expected[] = {Y, U, N, U, N, N};
	int32_t verdicts[6];
	size_t i;

	ck_assert_int_eq(cstn_loyalty_judge(occasions, first, 6, 0, verdicts, NULL, NULL, NULL),
			CSTN_OK);
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(verdicts[i], expected[i]);
	ck_assert_int_eq(cstn_loyalty_judge(occasions, first, 6, 2, verdicts, NULL, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(verdicts[1], Y);
}
END_TEST

START_TEST(grades_are_of_the_posterior_of_a_uniform_prior)
{
	static const int64_t occasions[] = {0, 1, 10, 10}, first[] = {0, 1, 10, 9};
	int32_t verdicts[4];
	double mean[4], high[4];

	ck_assert_int_eq(cstn_loyalty_judge(occasions, first, 4, 0, verdicts, mean, high, NULL),
			CSTN_OK);
	ck_assert_double_eq(mean[0], 0.5);
	ck_assert_double_eq(mean[2], 11.0 / 12.0);
	/* 1 - 0.95^(F + 1) where F = O */
	ck_assert_double_eq_tol(high[0], 0.05, 1e-13);
	ck_assert_double_eq_tol(high[1], 1.0 - 0.95 * 0.95, 1e-13);
	ck_assert_double_eq_tol(high[2], 1.0 - pow(0.95, 11.0), 1e-13);
	/* I_0.05(2, 10) = 1 - 0.95^11 - 11 0.05 0.95^10 */
	ck_assert_double_eq_tol(high[3], 1.0 - pow(0.95, 11.0) - 0.55 * pow(0.95, 10.0), 1e-12);
}
END_TEST

START_TEST(occasions_that_cannot_be_are_refused_and_leave_outputs_untouched)
{
	static const int64_t bad[][2] = {{-1, 0}, {2, 3}, {2, -1}, {1000000, 0}};
	size_t i;

	for (i = 0; i < 4; i++) {
		int64_t occasions[] = {3, bad[i][0]}, first[] = {3, bad[i][1]};
		int32_t verdicts[2] = {7, 7};
		cstn_error *error = NULL;

		ck_assert_int_eq(cstn_loyalty_judge(occasions, first, 2, 0, verdicts, NULL, NULL,
						 &error),
				CSTN_E_INVALID_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "customer 1"));
		ck_assert_int_eq(verdicts[0], 7);
		cstn_error_free(error);
	}
	ck_assert_int_eq(cstn_loyalty_judge(NULL, NULL, 0, 0, NULL, NULL, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_loyalty_judge(NULL, NULL, 0, -1, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
}
END_TEST

START_TEST(share_is_a_set_of_bounds_and_the_known_share)
{
	cstn_rate known = CSTN_RATE_INIT;
	double lower = 7.0, upper = 7.0;

	ck_assert_int_eq(cstn_loyalty_share(30, 470, 16, 0, &lower, &upper, &known, NULL), CSTN_OK);
	ck_assert_double_eq(lower, 30.0 / 516.0);
	ck_assert_double_eq(upper, 46.0 / 516.0);
	ck_assert_double_eq(known.value, 0.06);
	ck_assert(known.low < 0.06 && known.high > 0.06);
	ck_assert_int_eq(cstn_loyalty_share(0, 0, 0, 0, &lower, &upper, &known, NULL), CSTN_OK);
	ck_assert(isnan(lower) && isnan(upper));
	ck_assert_uint_eq(known.valid, 0);
	ck_assert_int_eq(cstn_loyalty_share(-1, 0, 0, 0, &lower, &upper, &known, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_loyalty_share(INT64_MAX, 1, 0, 0, &lower, &upper, &known, NULL),
			CSTN_E_OVERFLOW);
}
END_TEST

START_TEST(strata_weigh_by_their_customers_and_one_without_known_gives_null)
{
	int64_t yes[] = {1, 8, 0}, no[] = {1, 2, 0}, unknown[] = {28, 0, 0};
	int32_t missing[3];
	double share = 7.0;

	/* 30/40 of 1/2 and 10/40 of 0.8; a stratum of nobody is no hole */
	ck_assert_int_eq(cstn_loyalty_post_stratified(yes, no, unknown, 3, &share, missing, NULL),
			CSTN_OK);
	ck_assert_double_eq_tol(share, 0.575, 1e-15);
	ck_assert_int_eq(missing[2], 0);
	unknown[2] = 1;
	ck_assert_int_eq(cstn_loyalty_post_stratified(yes, no, unknown, 3, &share, missing, NULL),
			CSTN_DONE);
	ck_assert(isnan(share));
	ck_assert_int_eq(missing[0], 0);
	ck_assert_int_eq(missing[2], 1);
	ck_assert_int_eq(cstn_loyalty_post_stratified(NULL, NULL, NULL, 0, &share, NULL, NULL),
			CSTN_DONE);
	no[1] = -1;
	ck_assert_int_eq(cstn_loyalty_post_stratified(yes, no, unknown, 3, &share, missing, NULL),
			CSTN_E_INVALID_ARGUMENT);
}
END_TEST

START_TEST(net_promoter_score_comes_with_count_and_error)
{
	/* 6 is a detractor, 7 and 8 are neither, 9 is a promoter */
	int64_t answers[11] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 0};
	cstn_rate rate = CSTN_RATE_INIT;
	double variance = 0.0, se = 0.0;

	ck_assert_int_eq(cstn_net_promoter(answers, 0, &rate, &variance, &se, NULL), CSTN_OK);
	ck_assert_int_eq(rate.numerator, 1);
	ck_assert_int_eq(rate.denominator, 5);
	ck_assert_double_eq_tol(variance, 0.56, 1e-15);
	ck_assert_double_eq_tol(se, sqrt(0.112), 1e-15);
	ck_assert_double_eq_tol(rate.high, 0.2 + 1.959963984540054 * sqrt(0.112), 1e-14);
	answers[0] = 9;
	ck_assert_int_eq(cstn_net_promoter(answers, 0, &rate, &variance, &se, NULL), CSTN_OK);
	ck_assert_int_eq(rate.numerator, -8);
}
END_TEST

START_TEST(no_answers_have_no_score)
{
	int64_t answers[11] = {0};
	cstn_rate rate = CSTN_RATE_INIT;
	double variance = 0.0, se = 0.0;

	ck_assert_int_eq(cstn_net_promoter(answers, 0, &rate, &variance, &se, NULL), CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	ck_assert(isnan(variance) && isnan(se));
	answers[3] = -1;
	ck_assert_int_eq(cstn_net_promoter(answers, 0, &rate, &variance, &se, NULL),
			CSTN_E_INVALID_ARGUMENT);
	answers[3] = 1;
	ck_assert_int_eq(cstn_net_promoter(answers, 1000000, &rate, &variance, &se, NULL),
			CSTN_E_INVALID_ARGUMENT);
	answers[4] = INT64_MAX;
	ck_assert_int_eq(cstn_net_promoter(answers, 0, &rate, &variance, &se, NULL),
			CSTN_E_OVERFLOW);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {no_and_anything_is_no_and_yes_and_unknown_is_unknown,
			three_first_choices_are_loyal_two_are_unknown_and_one_miss_is_not,
			grades_are_of_the_posterior_of_a_uniform_prior,
			occasions_that_cannot_be_are_refused_and_leave_outputs_untouched,
			share_is_a_set_of_bounds_and_the_known_share,
			strata_weigh_by_their_customers_and_one_without_known_gives_null,
			net_promoter_score_comes_with_count_and_error, no_answers_have_no_score};

	return run_tests("loyalty", tests, sizeof(tests) / sizeof(tests[0]));
}
