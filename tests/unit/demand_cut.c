/* What was known when a forecast was made: the one way to values, row by row. */
#include <math.h>
#include <string.h>

#include <constellation/demand_fit.h>

#include "demand/cut.h"
#include "suite.h"

#define N 6
#define DAY INT64_C(86400000000)

/* One series of days 10 .. 15; their one number is when they came. */
static cstn__series one = {.key = 0, .start = 0, .n = N, .first = 10};
static double y[N] = {1, 2, 3, 4, 5, 6}, came[N];

static cstn__series_set set_of(void)
{
	cstn__series_set set;
	cstn_allocator memory;
	size_t i;

	memset(&set, 0, sizeof(set));
	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	cstn__ids_init(&set.keys, &memory, CSTN_TYPE_INT64);
	ck_assert_int_eq(cstn__periods_of(&set.periods, CSTN_PERIOD_DAY, CSTN_TYPE_DAYS, NULL),
			CSTN_OK);
	set.allocator = memory;
	set.series.items = &one;
	set.series.count = 1;
	set.y = y;
	set.numbers = came;
	set.n = N;
	set.n_numbers = 1;
	for (i = 0; i < N; i++)
		came[i] = (double)NAN;
	return set;
}

static cstn_status read(const cstn__series_set *set, int64_t cut, size_t from, size_t n)
{
	const cstn__known known = {set, 0, 0};
	const cstn__cut at = cstn__cut_at(&set->periods, cut, 0);
	const double *found = NULL;
	cstn_status status = cstn__known_read(&known, &at, 0, from, n, &found, NULL);

	ck_assert((status == CSTN_OK) == (found != NULL));
	if (found)
		ck_assert_ptr_eq(found, y + from);
	return status;
}

START_TEST(periods_up_to_the_cut_are_known_and_none_behind_it)
{
	const cstn__series_set set = set_of();

	ck_assert_int_eq(read(&set, 12, 0, 3), CSTN_OK);
	ck_assert_int_eq(read(&set, 12, 2, 1), CSTN_OK);
	ck_assert_int_eq(read(&set, 12, 0, 4), CSTN_E_LEAKAGE);
	ck_assert_int_eq(read(&set, 12, 3, 1), CSTN_E_LEAKAGE);
	ck_assert_int_eq(read(&set, 15, 0, N), CSTN_OK);
	ck_assert_int_eq(read(&set, 99, 0, N + 1), CSTN_E_LEAKAGE);
}
END_TEST

START_TEST(a_period_behind_the_cut_is_none_of_it_even_if_it_was_told_before)
{
	const cstn__series_set set = set_of();

	came[3] = 1; /* of day 13, said on the first day of all */
	ck_assert_int_eq(read(&set, 12, 0, 4), CSTN_E_LEAKAGE);
	ck_assert_int_eq(read(&set, 13, 0, 4), CSTN_OK);
}
END_TEST

START_TEST(what_came_a_microsecond_after_the_end_of_the_cut_is_not_known)
{
	const cstn__series_set set = set_of();

	came[1] = 13.0 * DAY; /* the end of day 12 */
	ck_assert_int_eq(read(&set, 12, 0, 3), CSTN_OK);
	came[1] += 1;
	ck_assert_int_eq(read(&set, 12, 0, 3), CSTN_E_LEAKAGE);
	ck_assert_int_eq(read(&set, 12, 2, 1), CSTN_OK);
	ck_assert_int_eq(read(&set, 13, 0, 3), CSTN_OK);
	came[1] = 1e19;
	ck_assert_int_eq(read(&set, 15, 0, 3), CSTN_E_LEAKAGE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {periods_up_to_the_cut_are_known_and_none_behind_it,
			a_period_behind_the_cut_is_none_of_it_even_if_it_was_told_before,
			what_came_a_microsecond_after_the_end_of_the_cut_is_not_known};

	return run_tests("demand cut", tests, sizeof(tests) / sizeof(tests[0]));
}
