/* Shares of a published game, exact and sampled. Its folder says where it comes from. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/data_value.h>

#include "shared_data.h"

#define PLAYERS 4

static json_t *game(int64_t values[1 << PLAYERS])
{
	char *path = shared_path("vectors", "shapley/example1.json");
	json_t *all = json_load_file(path, 0, NULL), *one;
	size_t i, k;

	ck_assert_msg(all != NULL, "%s", path);
	free(path);
	memset(values, 0, (1 << PLAYERS) * sizeof(*values));
	json_array_foreach(json_object_get(all, "values"), i, one)
	{
		json_t *coalition = json_object_get(one, "coalition");
		size_t mask = 0;

		for (k = 0; k < json_array_size(coalition); k++)
			mask |= (size_t)1 << (json_integer_value(json_array_get(coalition, k)) - 1);
		values[mask] = json_integer_value(json_object_get(one, "value"));
	}
	ck_assert_uint_eq(i, 15);
	return all;
}

/* The numerator over 4! that a fraction in lowest terms stands for. */
static int64_t numerator(const char *text)
{
	long long above, below = 1;

	ck_assert_int_ge(sscanf(text, "%lld/%lld", &above, &below), 1);
	ck_assert_int_eq(24 % below, 0);
	return above * (24 / below);
}

START_TEST(shares_are_the_published_fractions)
{
	cstn_shapley_options o = CSTN_SHAPLEY_OPTIONS_INIT;
	int64_t values[1 << PLAYERS], sum = 0;
	cstn_shapley_share got[PLAYERS];
	json_t *all = game(values), *want = json_object_get(all, "shapley");
	size_t i;

	o.players = PLAYERS;
	o.values = values;
	ck_assert_int_eq(cstn_value_shapley(&o, got, NULL), CSTN_OK);
	for (i = 0; i < PLAYERS; i++) {
		const char *printed = json_string_value(
				json_array_get(json_object_get(all, "published"), i));

		ck_assert_int_eq(got[i].denominator, 24);
		ck_assert_int_eq(got[i].numerator_high, 0);
		ck_assert_int_eq((int64_t)got[i].numerator_low,
				numerator(json_string_value(json_array_get(want, i))));
		ck_assert_double_eq_tol(got[i].value, atof(printed), 5e-6);
		sum += (int64_t)got[i].numerator_low;
	}
	ck_assert_int_eq(sum, 24 * values[(1 << PLAYERS) - 1]);
	json_decref(all);
}
END_TEST

START_TEST(players_in_another_order_have_the_same_shares)
{
	static const int to[PLAYERS] = {2, 0, 3, 1};
	cstn_shapley_options o = CSTN_SHAPLEY_OPTIONS_INIT;
	int64_t values[1 << PLAYERS], moved[1 << PLAYERS];
	cstn_shapley_share got[PLAYERS], other[PLAYERS];
	json_t *all = game(values);
	size_t mask, other_mask, i;

	for (mask = 0; mask < 1 << PLAYERS; mask++) {
		for (i = 0, other_mask = 0; i < PLAYERS; i++)
			other_mask |= (mask >> i & 1) << to[i];
		moved[other_mask] = values[mask];
	}
	o.players = PLAYERS;
	o.values = values;
	ck_assert_int_eq(cstn_value_shapley(&o, got, NULL), CSTN_OK);
	o.values = moved;
	ck_assert_int_eq(cstn_value_shapley(&o, other, NULL), CSTN_OK);
	for (i = 0; i < PLAYERS; i++)
		ck_assert_mem_eq(&got[i].numerator_low, &other[to[i]].numerator_low, 8);
	json_decref(all);
}
END_TEST

START_TEST(a_sample_of_100000_orders_is_within_four_standard_errors)
{
	cstn_shapley_options o = CSTN_SHAPLEY_OPTIONS_INIT;
	int64_t values[1 << PLAYERS];
	cstn_shapley_share exact[PLAYERS], got[PLAYERS];
	json_t *all = game(values);
	size_t i;

	o.players = PLAYERS;
	o.values = values;
	ck_assert_int_eq(cstn_value_shapley(&o, exact, NULL), CSTN_OK);
	o.flags = CSTN_SHAPLEY_SAMPLE;
	o.permutations = 100000;
	for (o.seed = 1; o.seed <= 5; o.seed++) {
		ck_assert_int_eq(cstn_value_shapley(&o, got, NULL), CSTN_OK);
		for (i = 0; i < PLAYERS; i++) {
			ck_assert_double_gt(got[i].standard_error, 0);
			ck_assert_double_lt(got[i].standard_error, 0.5);
			ck_assert_double_lt(fabs(got[i].value - exact[i].value),
					4 * got[i].standard_error);
		}
	}
	json_decref(all);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {shares_are_the_published_fractions,
			players_in_another_order_have_the_same_shares,
			a_sample_of_100000_orders_is_within_four_standard_errors};

	return run_tests_on("vectors", "shapley/example1.json", "shapley_answers", tests,
			sizeof(tests) / sizeof(tests[0]));
}
