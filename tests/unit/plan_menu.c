/* The menu of a plan against all choices, on 1,000 small instances and on larger ones. */
#include "segment/plan_menu.h"

#include <math.h>
#include <string.h>

#include "base/stats.h"
#include "suite.h"

#define MOST 64

typedef struct instance {
	cstn__menu menu;
	size_t first[MOST + 1];
	cstn__menu_option options[MOST * CSTN__MENU_OPTIONS];
} instance;

static int64_t pick(uint64_t key, uint64_t *counter, int64_t below)
{
	return (int64_t)(cstn__random_u64(key, (*counter)++) % (uint64_t)below);
}

/* `tight` in percent: capacity between the least and the greatest use. */
static void make(instance *is, uint64_t key, size_t n, int options, int capacities, int64_t scale,
		int64_t tight)
{
	uint64_t counter = 0;
	size_t i, at = 0;
	int k, j;

	memset(is, 0, sizeof(*is));
	is->menu.n = n;
	is->menu.first = is->first;
	is->menu.options = is->options;
	is->menu.capacities = capacities;
	is->menu.max_nodes = 1000000;
	for (i = 0; i < n; i++) {
		int64_t low[3] = {INT64_MAX, INT64_MAX, INT64_MAX}, high[3] = {0, 0, 0};
		int count = 1 + (int)pick(key, &counter, options);

		is->first[i] = at;
		for (j = 0; j < count; j++, at++) {
			is->options[at].value = pick(key, &counter, scale) - scale / 4;
			for (k = 0; k < capacities; k++) {
				int64_t use = pick(key, &counter, scale);

				is->options[at].use[k] = use;
				low[k] = use < low[k] ? use : low[k];
				high[k] = use > high[k] ? use : high[k];
			}
		}
		for (k = 0; k < capacities; k++)
			is->menu.capacity[k] += low[k] + (high[k] - low[k]) * tight / 100;
	}
	is->first[n] = at;
}

/* The best value over all choices; INT64_MIN if none fits. */
static int64_t best_of_all(
		const cstn__menu *menu, size_t segment, int64_t value, const int64_t *used)
{
	int64_t best = INT64_MIN, more[3];
	size_t j;
	int k, fits = 1;

	if (segment == menu->n) {
		for (k = 0; k < menu->capacities; k++)
			fits &= used[k] <= menu->capacity[k];
		return fits ? value : INT64_MIN;
	}
	for (j = menu->first[segment]; j < menu->first[segment + 1]; j++) {
		int64_t found;

		for (k = 0; k < 3; k++)
			more[k] = used[k] + menu->options[j].use[k];
		found = best_of_all(menu, segment + 1, value + menu->options[j].value, more);
		best = found > best ? found : best;
	}
	return best;
}

/* What a choice is worth; fails unless it fits. */
static int64_t worth(const cstn__menu *menu, const size_t *choice, const cstn__menu_answer *answer)
{
	int64_t value = 0, used[3] = {0, 0, 0};
	size_t i;
	int k;

	for (i = 0; i < menu->n; i++) {
		ck_assert_uint_lt(choice[i], menu->first[i + 1] - menu->first[i]);
		value += menu->options[menu->first[i] + choice[i]].value;
		for (k = 0; k < 3; k++)
			used[k] += menu->options[menu->first[i] + choice[i]].use[k];
	}
	for (k = 0; k < menu->capacities; k++) {
		ck_assert_int_le(used[k], menu->capacity[k]);
		ck_assert_int_eq(used[k], answer->used[k]);
		ck_assert(answer->price[k] >= 0.0);
	}
	return value;
}

START_TEST(the_choice_is_that_of_trying_all_on_1000_instances)
{
	static const int64_t none[3] = {0, 0, 0}, scales[] = {4, 30, 1000, INT64_C(1) << 40};
	static instance is;
	cstn__menu_answer answer;
	size_t choice[MOST];
	cstn_error *error = NULL;
	int number, infeasible = 0, bound_binds = 0;

	for (number = 0; number < 1000; number++) {
		int64_t expected;
		cstn_status status;

		make(&is, 1000 + (uint64_t)number, 1 + (size_t)number % 5, 1 + number % 6,
				number / 7 % 4, scales[number / 3 % 4], number * 13 % 110);
		expected = best_of_all(&is.menu, 0, 0, none);
		status = cstn__menu_solve(&is.menu, NULL, choice, &answer, &error);
		if (expected == INT64_MIN) {
			ck_assert_int_eq(status, CSTN_E_INVALID_ARGUMENT);
			cstn_error_free(error);
			error = NULL;
			infeasible++;
			continue;
		}
		ck_assert_int_eq(status, CSTN_OK);
		ck_assert_int_eq(answer.value, expected);
		ck_assert_int_eq(answer.bound, expected);
		ck_assert_int_eq(worth(&is.menu, choice, &answer), expected);
		bound_binds += answer.price[0] > 0.0;
	}
	/* the instances are of all kinds */
	ck_assert_int_gt(infeasible, 20);
	ck_assert_int_lt(infeasible, 500);
	ck_assert_int_gt(bound_binds, 100);
}
END_TEST

START_TEST(a_menu_of_forty_segments_is_proved_to_be_the_best)
{
	static instance is;
	cstn__menu_answer answer;
	size_t choice[MOST];
	int number;

	for (number = 0; number < 6; number++) {
		make(&is, 77 + (uint64_t)number, 40, 20, 1 + number % 3, 100000, 40);
		ck_assert_int_eq(cstn__menu_solve(&is.menu, NULL, choice, &answer, NULL), CSTN_OK);
		ck_assert_int_eq(worth(&is.menu, choice, &answer), answer.value);
		ck_assert_int_eq(answer.bound, answer.value);
	}
}
END_TEST

START_TEST(a_search_cut_short_gives_a_bound_that_holds)
{
	static instance is;
	cstn__menu_answer whole, cut;
	size_t choice[MOST];
	int number, gaps = 0;

	for (number = 0; number < 40; number++) {
		cstn_status status;

		make(&is, 500 + (uint64_t)number, 8, 6, 3, 1000, 35);
		if (cstn__menu_solve(&is.menu, NULL, choice, &whole, NULL) != CSTN_OK)
			continue;
		is.menu.max_nodes = 3;
		status = cstn__menu_solve(&is.menu, NULL, choice, &cut, NULL);
		if (status == CSTN_E_LIMIT)
			continue;
		ck_assert_int_eq(status, CSTN_OK);
		ck_assert_int_le(cut.value, whole.value);
		ck_assert_int_ge(cut.bound, whole.value);
		ck_assert_int_le(cut.nodes, 3);
		gaps += cut.bound > cut.value;
	}
	ck_assert_int_gt(gaps, 0);
}
END_TEST

/* Two segments, one capacity: 0/60/100 for 0/10/20 and 0/120 for 0/30. At 25 the relaxation takes a
 * part of the second segment's option: its worth a unit is 4. */
START_TEST(shadow_price_is_the_dual_of_the_relaxation)
{
	static const size_t first[] = {0, 3, 5};
	static const cstn__menu_option options[] = {{0, {0, 0, 0}}, {60, {10, 0, 0}},
			{100, {20, 0, 0}}, {0, {0, 0, 0}}, {120, {30, 0, 0}}};
	cstn__menu menu = {2, first, options, 1, {25, 0, 0}, 1000};
	cstn__menu_answer answer;
	size_t choice[2];

	ck_assert_int_eq(cstn__menu_solve(&menu, NULL, choice, &answer, NULL), CSTN_OK);
	ck_assert_int_eq(answer.value, 100);
	ck_assert(fabs(answer.price[0] - 4.0) < 1e-9);
	menu.capacity[0] = 50;
	ck_assert_int_eq(cstn__menu_solve(&menu, NULL, choice, &answer, NULL), CSTN_OK);
	ck_assert_int_eq(answer.value, 220);
	menu.capacity[0] = 51;
	ck_assert_int_eq(cstn__menu_solve(&menu, NULL, choice, &answer, NULL), CSTN_OK);
	ck_assert(answer.price[0] == 0.0);
}
END_TEST

START_TEST(a_menu_fits_at_its_least_use_and_not_below)
{
	static const size_t first[] = {0, 2, 3};
	static const cstn__menu_option options[] = {{5, {7, 0, 0}}, {9, {9, 0, 0}}, {1, {4, 0, 0}}};
	cstn__menu menu = {2, first, options, 1, {11, 0, 0}, 1000};
	cstn__menu_answer answer;
	size_t choice[2];

	ck_assert_int_eq(cstn__menu_solve(&menu, NULL, choice, &answer, NULL), CSTN_OK);
	ck_assert_int_eq(answer.value, 6);
	menu.capacity[0] = 10;
	ck_assert_int_eq(cstn__menu_solve(&menu, NULL, choice, &answer, NULL),
			CSTN_E_INVALID_ARGUMENT);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			the_choice_is_that_of_trying_all_on_1000_instances,
			a_menu_of_forty_segments_is_proved_to_be_the_best,
			a_search_cut_short_gives_a_bound_that_holds,
			shadow_price_is_the_dual_of_the_relaxation,
			a_menu_fits_at_its_least_use_and_not_below,
	};

	return run_tests("plan_menu", tests, sizeof(tests) / sizeof(*tests));
}
