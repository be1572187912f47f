/* Who changes segment: nearer by the margin, in two successive periods. */
#include <stdio.h>
#include <string.h>

#include "csv_rows.h"
#include "suite.h"

#define SCHEMA "customer text\nperiod int64\nsegment text\ndistance double\nheld text null\n"
#define HEADER "customer,period,segment,distance,held\n"

/* "period from to;" of each move. */
static void check_moves(const char *text, int32_t margin_ppm, const char *expected)
{
	cstn_segment_moves_options options = CSTN_SEGMENT_MOVES_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	char found[300] = "";
	cstn_buffer *held;
	const char *csv;
	int i;

	options.margin_ppm = margin_ppm;
	csv_rows(&rows, SCHEMA, text);
	ck_assert_int_eq(cstn_segment_moves(&rows, &options, NULL, &out, NULL), CSTN_OK);
	csv = csv_text(&out, &held);
	for (i = 1; *csv_cell(csv, i, "customer"); i++)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s %s %s %s;",
				csv_cell(csv, i, "customer"), csv_cell(csv, i, "period"),
				csv_cell(csv, i, "from"), csv_cell(csv, i, "to"));
	ck_assert_str_eq(found, expected);
	cstn_buffer_free(held);
}

START_TEST(nearer_by_exactly_the_margin_twice_moves_and_a_hair_less_does_not)
{
	check_moves(HEADER "c,1,A,10,A\nc,1,B,9,\nc,2,A,10,\nc,2,B,9,\n", 0, "c 2 A B;");
	check_moves(HEADER "c,1,A,10,A\nc,1,B,9.0000001,\nc,2,A,10,\nc,2,B,9,\n", 0, "");
	check_moves(HEADER "c,1,A,10,A\nc,1,B,9,\nc,2,A,10,\nc,2,B,9.0000001,\n", 0, "");
	check_moves(HEADER "c,1,A,10,A\nc,1,B,9,\nc,2,A,10,\nc,2,B,9,\n", 100001, "");
}
END_TEST

START_TEST(once_is_not_enough_and_a_gap_between_periods_begins_anew)
{
	check_moves(HEADER "c,1,A,10,A\nc,1,B,1,\n", 0, "");
	check_moves(HEADER "c,1,A,10,A\nc,1,B,1,\nc,3,A,10,\nc,3,B,1,\n", 0, "");
	check_moves(HEADER "c,1,A,10,A\nc,1,B,1,\nc,3,A,10,\nc,3,B,1,\nc,4,A,10,\nc,4,B,1,\n", 0,
			"c 4 A B;");
}
END_TEST

START_TEST(the_same_segment_must_be_nearer_in_both_periods)
{
	/* B is nearer first, C second: neither twice */
	check_moves(HEADER "c,1,A,10,A\nc,1,B,1,\nc,1,C,20,\nc,2,A,10,\nc,2,B,20,\nc,2,C,1,\n", 0,
			"");
	/* both twice: the nearer in the second, ties by label */
	check_moves(HEADER "c,1,A,10,A\nc,1,B,1,\nc,1,C,2,\nc,2,A,10,\nc,2,B,3,\nc,2,C,2,\n", 0,
			"c 2 A C;");
	check_moves(HEADER "c,1,A,10,A\nc,1,C,2,\nc,1,B,1,\nc,2,A,10,\nc,2,C,2,\nc,2,B,2,\n", 0,
			"c 2 A B;");
}
END_TEST

START_TEST(without_a_held_segment_the_nearest_of_the_first_period_is_held)
{
	check_moves(HEADER "c,1,A,10,\nc,1,B,9,\nc,2,A,5,\nc,2,B,9,\nc,3,A,5,\nc,3,B,9,\n", 0,
			"c 3 B A;");
	check_moves(HEADER "c,1,B,9,\nc,1,A,9,\nc,2,A,9,\nc,2,B,1,\nc,3,A,9,\nc,3,B,1,\n", 0,
			"c 3 A B;");
}
END_TEST

START_TEST(customers_are_apart_and_a_move_can_be_followed_by_another)
{
	check_moves(HEADER "d,2,A,10,A\nc,1,A,10,A\nc,1,B,1,\nd,2,B,1,\nc,2,A,10,\nc,2,B,1,\n"
			   "c,3,A,1,\nc,3,B,10,\nc,4,A,1,\nc,4,B,10,\n",
			0, "c 2 A B;c 4 B A;");
}
END_TEST

START_TEST(a_move_says_both_distances_and_why)
{
	struct ArrowArrayStream rows, out;
	cstn_buffer *held;
	const char *csv;

	csv_rows(&rows, SCHEMA, HEADER "c,1,A,10,A\nc,1,B,4,\nc,2,A,8,\nc,2,B,2,\n");
	ck_assert_int_eq(cstn_segment_moves(&rows, NULL, NULL, &out, NULL), CSTN_OK);
	csv = csv_text(&out, &held);
	ck_assert_str_eq(csv_cell(csv, 1, "distance_from"), "8");
	ck_assert_str_eq(csv_cell(csv, 1, "distance_to"), "2");
	ck_assert_str_eq(csv_cell(csv, 1, "before_from"), "10");
	ck_assert_str_eq(csv_cell(csv, 1, "before_to"), "4");
	ck_assert_str_eq(csv_cell(csv, 1, "reason"),
			"nearer by 100000 ppm in two successive periods");
	cstn_buffer_free(held);
}
END_TEST

START_TEST(rows_that_cannot_be_are_refused)
{
	static const struct {
		const char *rows, *part;
		cstn_status status;
	} cases[] = {{"c,1,A,1,\nc,1,A,2,\n", "twice", CSTN_E_DUPLICATE},
			{"c,1,A,-1,\n", "column 'distance'", CSTN_E_INVALID_ARGUMENT},
			{"c,1,A,1,Z\n", "segment 'Z'", CSTN_E_INVALID_ARGUMENT},
			{"c,1,A,1,A\nc,1,B,1,B\n", "holds both", CSTN_E_INVALID_ARGUMENT}};
	cstn_segment_moves_options options = CSTN_SEGMENT_MOVES_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;
	char text[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(text, sizeof(text), HEADER "%s", cases[i].rows);
		csv_rows(&rows, SCHEMA, text);
		expect_error(cstn_segment_moves(&rows, NULL, NULL, &out, &error), cases[i].status,
				&error, cases[i].part);
	}
	options.margin_ppm = 1000000;
	csv_rows(&rows, SCHEMA, HEADER "c,1,A,1,\n");
	expect_error(cstn_segment_moves(&rows, &options, NULL, &out, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "margin");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			nearer_by_exactly_the_margin_twice_moves_and_a_hair_less_does_not,
			once_is_not_enough_and_a_gap_between_periods_begins_anew,
			the_same_segment_must_be_nearer_in_both_periods,
			without_a_held_segment_the_nearest_of_the_first_period_is_held,
			customers_are_apart_and_a_move_can_be_followed_by_another,
			a_move_says_both_distances_and_why,
			rows_that_cannot_be_are_refused,
	};

	return run_tests("segment_moves", tests, sizeof(tests) / sizeof(*tests));
}
