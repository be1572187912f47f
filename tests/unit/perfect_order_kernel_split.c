/* The batch gives the same whatever the split and the order of merging. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "kernel_fixture.h"
#include "lines_fixture.h"
#include "suite.h"

static const char *const by_partner[] = {"partner"};

/* --- invariance ------------------------------------------------------------------------------- */

static cstn_buffer *bytes_of(const cstn_perfect_order *state)
{
	cstn_buffer *buffer = NULL;
	cstn_error *error = NULL;

	if (cstn_perfect_order_serialize(state, &buffer, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	return buffer;
}

static cstn_perfect_order *state_from(const cstn_buffer *buffer)
{
	cstn_perfect_order *state = NULL;
	cstn_error *error = NULL;

	if (cstn_perfect_order_deserialize(cstn_buffer_data(buffer), cstn_buffer_size(buffer), NULL,
			    NULL, &state, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	return state;
}

static void merge(cstn_perfect_order *into, const cstn_perfect_order *from)
{
	cstn_error *error = NULL;

	if (cstn_perfect_order_merge(into, from, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
}

/* Split at random, merge in random order by way of bytes; the bytes of the whole depend on the
 * pieces alone. */
START_TEST(any_split_and_any_order_of_merging_give_the_same_bytes)
{
	const variety *v = &varieties[_i % N_VARIETIES];
	fixture_shape shape = {31 + (uint64_t)_i, 400, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	uint64_t at = 0;
	reading how = {0, lines.count, 0, v->lines, 1, 0};
	char *expected = text_of(v->changes, by_two, 2, v->config, 0, &lines, &how);
	int round;

	if (_i / N_VARIETIES)
		lines_shuffle(&lines, 3);
	for (round = 0; round < 40; round++) {
		cstn_perfect_order *parts[6], *whole = NULL, *other = NULL;
		cstn_buffer *bytes[2];
		size_t n = 1 + cstn__random_u64(8, at++) % 6, k, from = 0, order[6];
		char *got;

		for (k = 0; k < n; k++) {
			size_t to = k + 1 == n ? lines.count
					       : from + cstn__random_u64(8,
									at++) % (lines.count - from +
												1);

			parts[k] = kernel_state_of(v->changes, by_two, 2, v->config, 0);
			how.from = from;
			how.to = to;
			how.batch = 1 + cstn__random_u64(8, at++) % 100;
			update(parts[k], &lines, &how);
			order[k] = k;
			from = to;
		}
		for (k = n; k > 1; k--) {
			size_t j = cstn__random_u64(8, at++) % k, swap = order[k - 1];

			order[k - 1] = order[j];
			order[j] = swap;
		}
		whole = kernel_state_of(v->changes, by_two, 2, v->config, 0);
		other = kernel_state_of(v->changes, by_two, 2, v->config, 0);
		for (k = 0; k < n; k++) {
			cstn_buffer *piece = bytes_of(parts[order[k]]);
			cstn_perfect_order *again = state_from(piece);

			merge(whole, parts[k]);
			merge(other, again);
			cstn_perfect_order_free(again);
			cstn_buffer_free(piece);
		}
		bytes[0] = bytes_of(whole);
		bytes[1] = bytes_of(other);
		ck_assert_uint_eq(cstn_buffer_size(bytes[0]), cstn_buffer_size(bytes[1]));
		ck_assert_int_eq(memcmp(cstn_buffer_data(bytes[0]), cstn_buffer_data(bytes[1]),
						 cstn_buffer_size(bytes[0])),
				0);
		got = state_text(other);
		ck_assert_str_eq(got, expected);
		free(got);
		for (k = 0; k < n; k++)
			cstn_perfect_order_free(parts[k]);
		cstn_buffer_free(bytes[0]);
		cstn_buffer_free(bytes[1]);
		cstn_perfect_order_free(whole);
		cstn_perfect_order_free(other);
	}
	free(expected);
	lines_free(&lines);
}
END_TEST

/* --- the promise of clustering ---------------------------------------------------------------- */

START_TEST(sorted_stretches_may_be_cut_inside_orders_and_merged_in_any_order)
{
	fixture_shape shape = {12, 5000, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	uint32_t flags = _i & 1 ? LINES_TEXT_ID : 0;
	reading how = {0, lines.count, 500, flags, 1 + _i / 2, 0};
	char *expected = text_of("components=TFDC", by_two, 2, 0, 0, &lines, &how), *got;
	cstn_perfect_order *whole =
			kernel_state_of("components=TFDC", by_two, 2, 0, CSTN_CLUSTERING_SORTED);
	size_t cuts[] = {0, 1, 2, 3, 1000, 1001, 7000, 7003, 0}, k;

	cuts[8] = lines.count;
	for (k = 8; k > 0; k--) {
		cstn_perfect_order *part = kernel_state_of(
				"components=TFDC", by_two, 2, 0, CSTN_CLUSTERING_SORTED);

		how.from = cuts[k - 1];
		how.to = cuts[k];
		update(part, &lines, &how);
		merge(whole, part);
		cstn_perfect_order_free(part);
	}
	got = state_text(whole);
	ck_assert_str_eq(got, expected);
	free(got);
	free(expected);
	cstn_perfect_order_free(whole);
	lines_free(&lines);
}
END_TEST

START_TEST(updates_of_one_sorted_state_go_on_where_the_last_ended)
{
	fixture_shape shape = {13, 3000, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	reading how = {0, lines.count, 0, 0, 1, 0};
	char *expected = text_of("components=TFDC", by_two, 2, 0, 0, &lines, &how), *got;
	cstn_perfect_order *state = kernel_state_of("components=TFDC", by_two, 2, 0, 1 + _i);
	size_t step = 37;

	for (how.from = 0; how.from < lines.count; how.from = how.to) {
		how.to = how.from + step < lines.count ? how.from + step : lines.count;
		update(state, &lines, &how);
		step = step % 200 + 3;
	}
	got = state_text(state);
	ck_assert_str_eq(got, expected);
	free(got);
	free(expected);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

START_TEST(shuffled_lines_under_a_promise_are_an_error_and_never_a_number)
{
	fixture_shape shape = {14, 2000, 1, 0, 0};
	fixture_lines lines = lines_make(&shape);
	reading how = {0, lines.count, 0, LINES_PLAIN | (_i & 2 ? LINES_TEXT_ID : 0), 1, 0};
	cstn_perfect_order *state = kernel_state_of("components=TF", NULL, 0, 0, 1 + (_i & 1));
	cstn_perfect_order_result *result = NULL;
	cstn_error *error = NULL;

	lines_shuffle(&lines, 4);
	update(state, &lines, &how);
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, &error), CSTN_E_NOT_CLUSTERED);
	ck_assert_ptr_null(result);
	ck_assert_str_ne(cstn_error_message(error), "");
	cstn_error_free(error);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

START_TEST(overlapping_sorted_parts_are_an_error)
{
	fixture_shape shape = {15, 100, 1, 0, 0};
	fixture_lines lines = lines_make(&shape);
	reading low = {0, 200, 0, LINES_PLAIN, 1, 0},
		high = {100, lines.count, 0, LINES_PLAIN, 1, 0};
	cstn_perfect_order *a =
			kernel_state_of("components=TF", NULL, 0, 0, CSTN_CLUSTERING_SORTED);
	cstn_perfect_order *b =
			kernel_state_of("components=TF", NULL, 0, 0, CSTN_CLUSTERING_SORTED);
	cstn_perfect_order_result *result = NULL;

	update(a, &lines, &low);
	update(b, &lines, &high);
	merge(a, b);
	ck_assert_int_eq(cstn_perfect_order_finish(a, &result, NULL), CSTN_E_NOT_CLUSTERED);
	cstn_perfect_order_free(a);
	cstn_perfect_order_free(b);
	lines_free(&lines);
}
END_TEST

START_TEST(whole_orders_may_come_in_files_of_any_order)
{
	fixture_shape shape = {16, 900, 0, 1, 0};
	fixture_lines lines = lines_make(&shape);
	reading all = {0, 900, 0, 0, 1, 0}, last = {600, 900, 0, 0, 1, 0},
		first = {0, 300, 0, 0, 1, 0}, middle = {300, 600, 0, 0, 1, 0};
	char *expected = text_of("components=TF", by_partner, 1, 0, 0, &lines, &all), *got;
	cstn_perfect_order *state = kernel_state_of(
			"components=TF", by_partner, 1, 0, CSTN_CLUSTERING_WHOLE_ORDERS);

	update(state, &lines, &last);
	update(state, &lines, &first);
	update(state, &lines, &middle);
	got = state_text(state);
	ck_assert_str_eq(got, expected);
	free(got);
	free(expected);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

START_TEST(an_order_that_comes_twice_is_no_whole_order)
{
	fixture_shape shape = {17, 50, 1, 2, 0};
	fixture_lines lines = lines_make(&shape);
	reading all = {0, 100, 0, LINES_PLAIN, 1, 0}, again = {40, 41, 0, LINES_PLAIN, 1, 0};
	cstn_perfect_order *state =
			kernel_state_of("components=TF", NULL, 0, 0, CSTN_CLUSTERING_WHOLE_ORDERS);
	cstn_perfect_order_result *result = NULL;

	update(state, &lines, &all);
	update(state, &lines, &again);
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_E_NOT_CLUSTERED);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

static const struct {
	size_t cuts[5]; /* of the lines into updates, to 5 */
	int merged;     /* each update on a state of its own */
} splits[] = {{{5}, 0}, {{3, 5}, 0}, {{1, 2, 3, 4, 5}, 0}, {{3, 5}, 1}, {{2, 4, 5}, 1},
		{{1, 2, 3, 4, 5}, 1}};

/* Order 7 has three lines and says so, or says two or four; order 8 has two and says two. */
START_TEST(an_order_with_more_lines_than_it_says_is_bad_input_once_however_it_is_split)
{
	fixture_shape shape = {18, 1, 1, 5, 0};
	fixture_lines lines = lines_make(&shape);
	int32_t says;
	size_t i, from, s;

	for (i = 0; i < 5; i++) {
		lines.items[i] = lines.items[0];
		lines.items[i].order = i == 1 || i == 4 ? 8 : 7;
		lines.items[i].delivered_us = lines.items[i].promised_us;
		lines.items[i].number = (int32_t)i;
	}
	for (says = 2; says <= 4; says++) {
		for (i = 0; i < 5; i++)
			lines.items[i].lines_of_order = lines.items[i].order == 8 ? 2 : says;
		for (s = 0; s < sizeof(splits) / sizeof(splits[0]); s++) {
			cstn_perfect_order *state = kernel_state_of("components=T", NULL, 0, 0, _i);
			cstn_perfect_order_result *result = NULL;

			for (i = 0, from = 0; from < 5; from = splits[s].cuts[i++]) {
				reading how = {from, splits[s].cuts[i], 0,
						LINES_PLAIN | LINES_COUNTED, 1, 0};
				cstn_perfect_order *own =
						splits[s].merged ? kernel_state_of("components=T",
										   NULL, 0, 0, _i)
								 : state;

				update(own, &lines, &how);
				if (own == state)
					continue;
				ck_assert_int_eq(cstn_perfect_order_merge(state, own, NULL),
						CSTN_OK);
				cstn_perfect_order_free(own);
			}
			ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_perfect_order_result_pattern(
							 result, CSTN_GROUP_TOTAL, 0),
					says == 2 ? 1 : 2);
			ck_assert_int_eq(cstn_perfect_order_result_excluded(result,
							 CSTN_GROUP_TOTAL, CSTN_REASON_BAD_INPUT),
					says == 2 ? 1 : 0);
			cstn_perfect_order_result_unref(result);
			cstn_perfect_order_free(state);
		}
	}
	lines_free(&lines);
}
END_TEST

/* --- columns -------------------------------------------------------------------------------- */

static int looks_at(const cstn_perfect_order *state, const char *name)
{
	size_t n = cstn_perfect_order_column_count(state), i;
	int found = 0;

	for (i = 0; i < n; i++)
		found += strcmp(cstn_perfect_order_column_name(state, i), name) == 0;
	return found;
}

START_TEST(a_state_says_which_columns_it_looks_at_each_once)
{
	static const char *const by[] = {"carrier", "month(ordered)", "status"};
	cstn_perfect_order *state = kernel_state_of("components=TC", by, 3, 0, 0);
	static const char *const wanted[] = {"order_id", "promised", "delivered", "damaged",
			"carrier", "ordered", "status"};
	static const char *const not_wanted[] = {
			"documents_bad", "wrong_item", "shipment_id", "month(ordered)", "price"};
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ck_assert_msg(looks_at(state, wanted[i]) == 1, "%s", wanted[i]);
	for (i = 0; i < sizeof(not_wanted) / sizeof(not_wanted[0]); i++)
		ck_assert_msg(looks_at(state, not_wanted[i]) == 0, "%s", not_wanted[i]);
	ck_assert_ptr_null(cstn_perfect_order_column_name(
			state, cstn_perfect_order_column_count(state)));
	ck_assert_uint_eq(cstn_perfect_order_column_count(NULL), 0);
	ck_assert_ptr_null(cstn_perfect_order_column_name(NULL, 0));
	cstn_perfect_order_free(state);
}
END_TEST

START_TEST(the_columns_follow_the_policy)
{
	cstn_perfect_order *time = kernel_state_of("components=T", NULL, 0, 0, 0);
	cstn_perfect_order *all = kernel_state_of(
			"components=TFDC weight=value level=shipment", NULL, 0, 0, 0);

	ck_assert(!looks_at(time, "damaged") && !looks_at(time, "value"));
	ck_assert(looks_at(all, "damaged") && looks_at(all, "value"));
	ck_assert(looks_at(all, "shipment_id") && !looks_at(all, "order_id"));
	cstn_perfect_order_free(time);
	cstn_perfect_order_free(all);
}
END_TEST

/* --- the sum ---------------------------------------------------------------------------------- */

START_TEST(an_order_of_65536_lines_is_one_order)
{
	fixture_shape shape = {19, 3, 1, 65536, 1};
	fixture_lines lines = lines_make(&shape);
	reading how = {0, lines.count, _i ? 10000 : 0, LINES_PLAIN, 2, 0};
	int32_t clustering;

	for (clustering = 0; clustering <= 2; clustering++) {
		cstn_perfect_order *state =
				kernel_state_of("components=TF", NULL, 0, 0, clustering);
		cstn_perfect_order_result *result = NULL;

		update(state, &lines, &how);
		ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 3), 3);
		cstn_perfect_order_result_unref(result);
		cstn_perfect_order_free(state);
	}
	lines_free(&lines);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_kernel_split");
	TCase *tests = tcase_create("perfect_order_kernel_split");

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(tests, any_split_and_any_order_of_merging_give_the_same_bytes, 0,
			2 * N_VARIETIES);
	tcase_add_loop_test(tests,
			sorted_stretches_may_be_cut_inside_orders_and_merged_in_any_order, 0, 6);
	tcase_add_loop_test(tests, updates_of_one_sorted_state_go_on_where_the_last_ended, 0, 2);
	tcase_add_loop_test(tests, shuffled_lines_under_a_promise_are_an_error_and_never_a_number,
			0, 4);
	tcase_add_test(tests, overlapping_sorted_parts_are_an_error);
	tcase_add_test(tests, whole_orders_may_come_in_files_of_any_order);
	tcase_add_test(tests, an_order_that_comes_twice_is_no_whole_order);
	tcase_add_test(tests, a_state_says_which_columns_it_looks_at_each_once);
	tcase_add_test(tests, the_columns_follow_the_policy);
	tcase_add_loop_test(tests,
			an_order_with_more_lines_than_it_says_is_bad_input_once_however_it_is_split,
			0, 3);
	tcase_add_loop_test(tests, an_order_of_65536_lines_is_one_order, 0, 2);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
