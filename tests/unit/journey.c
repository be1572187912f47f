/* Journeys: definitions, the walk, and what the tables say; both sides of every boundary. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journey_fixture.h"
#include "suite.h"

#define OVERVIEW CSTN_TABLE_JOURNEY_OVERVIEW
#define STEPS CSTN_TABLE_JOURNEY_STEPS
#define MOVES CSTN_TABLE_JOURNEY_TRANSITIONS
#define TIMES CSTN_TABLE_JOURNEY_TIMES
#define CURVES CSTN_TABLE_JOURNEY_CURVES
#define FAILURES CSTN_TABLE_JOURNEY_FAILURES
#define POSITIONS CSTN_TABLE_JOURNEY_POSITIONS
#define PATHS CSTN_TABLE_JOURNEY_PATHS

/* Rows of the table of steps. */
#define BROWSE 1
#define ORDER 2
#define GIFT 3
#define SHIP 4
#define DELIVER 5

static cstn_journeys *with(int64_t as_of_day, const char *rows)
{
	cstn_journeys *state = journey_state(NULL, as_of_day);

	journey_add(state, rows);
	return state;
}

/* journeys, converted, dropped, open */
static void expect_ends(
		cstn_journeys *state, const char *converted, const char *dropped, const char *open)
{
	journey_expect(state, OVERVIEW, 1, "converted", converted);
	journey_expect(state, OVERVIEW, 1, "dropped", dropped);
	journey_expect(state, OVERVIEW, 1, "open", open);
}

/* --- definitions ------------------------------------------------------------------------------ */

static void refused(const char *text, size_t len, cstn_status expected, const char *part)
{
	cstn_journey_definition *definition = NULL;
	cstn_error *error = NULL;

	expect_error(cstn_journey_definition_parse(text, len, NULL, &definition, &error), expected,
			&error, part);
	ck_assert_ptr_null(definition);
}

START_TEST(a_definition_gives_its_text_back_and_a_digest_of_it)
{
	cstn_journey_definition *definition = journey_definition(JOURNEY_TEXT), *other;
	uint8_t a[CSTN_JOURNEY_DIGEST_SIZE], b[CSTN_JOURNEY_DIGEST_SIZE];
	size_t len = 0;

	ck_assert_str_eq(cstn_journey_definition_format(definition, &len), JOURNEY_TEXT);
	ck_assert_uint_eq(len, strlen(JOURNEY_TEXT));
	other = journey_definition("cstn-journey 1\ngap 10 d\nstep start,goal 0 x\n");
	cstn_journey_definition_digest(definition, a);
	cstn_journey_definition_digest(other, b);
	ck_assert_mem_ne(a, b, sizeof(a));
	cstn_journey_definition_unref(other);
	cstn_journey_definition_unref(cstn_journey_definition_ref(definition));
	cstn_journey_definition_unref(definition);
	ck_assert_str_eq(cstn_journey_definition_format(NULL, &len), "");
	ck_assert_uint_eq(len, 0);
	cstn_journey_definition_digest(NULL, a);
	ck_assert_int_eq(a[0] | a[31], 0);
}
END_TEST

static const struct {
	const char *text, *part;
	cstn_status status;
} bad_definitions[] = {
		{"", "line 0 is the last and no step is a start", CSTN_E_FORMAT},
		{"cstn-journey 2\n", "line 1: 'cstn-journey 2'", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 10 d", "line 2 does not end with LF", CSTN_E_FORMAT},
		{"cstn-journey 1\nstep start 0 x\n", "line 2: 'step' where 'gap'", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 0 d\n", "line 2: '0'", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1000001 d\n", "line 2: '1000001'", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap +1 d\n", "line 2: '+1'", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 01 d\n", "line 2: '01'", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 48 h\n", "'gap 48 h' is written 'gap 2 d'", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1000000 us\n", "is written 'gap 1 s'", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 w\n", "a unit d, h, m, s or us", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstop start 0 x\n", "line 3: 'stop'", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep begin 0 x\n", "a role", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep goal,start 0 x\n", "a role", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start 1000001 x\n", "a rank", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start -1 x\n", "a rank", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start 0 \n", "a name", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start 0  x\n", "a name", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start 0 x \n", "a name", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start 0 a\tb\n", "a name", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start 0 \xff\n", "a name", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start 0 DROP\n", "a name", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep goal 0 x\n", "no step is a start", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start 0 x\n", "no step is a goal", CSTN_E_FORMAT},
		{"cstn-journey 1\ngap 1 d\nstep start 0 x\nstep goal 1 x\n",
				"line 4: step 'x' is line 3 already", CSTN_E_DUPLICATE},
};
#define BAD_DEFINITIONS (sizeof(bad_definitions) / sizeof(bad_definitions[0]))

START_TEST(a_definition_written_otherwise_is_refused_with_its_line)
{
	size_t i;

	for (i = 0; i < BAD_DEFINITIONS; i++)
		refused(bad_definitions[i].text, strlen(bad_definitions[i].text),
				bad_definitions[i].status, bad_definitions[i].part);
	refused(NULL, 0, CSTN_E_INVALID_ARGUMENT, "text is NULL");
}
END_TEST

START_TEST(a_definition_takes_each_unit_where_no_larger_one_holds_it)
{
	static const char *const gaps[] = {"1000000 d", "1 d", "36 h", "90 m", "61 s", "1 us"};
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		snprintf(text, sizeof(text), "cstn-journey 1\ngap %s\nstep start,goal - x\n",
				gaps[i]);
		cstn_journey_definition_unref(journey_definition(text));
	}
}
END_TEST

START_TEST(a_name_has_64_bytes_and_a_definition_200_steps_at_most)
{
	char text[16384] = "cstn-journey 1\ngap 1 d\nstep start,goal 0 ", name[67];
	size_t used;
	int i;

	memset(name, 'x', sizeof(name));
	name[65] = '\n'; /* 65 bytes and a line end; from 1 on 64 */
	memcpy(text + strlen(text), name + 1, 65);
	used = strlen("cstn-journey 1\ngap 1 d\nstep start,goal 0 ") + 65;
	text[used] = '\0';
	cstn_journey_definition_unref(journey_definition(text));
	for (i = 1; i < 200; i++)
		used += (size_t)sprintf(text + used, "step - - s%d\n", i);
	cstn_journey_definition_unref(journey_definition(text));
	used += (size_t)sprintf(text + used, "step - - s200\n");
	refused(text, used, CSTN_E_LIMIT, "line 203: more than 200 steps");
	used = strlen("cstn-journey 1\ngap 1 d\nstep start,goal 0 ");
	memcpy(text + used, name, 66);
	refused(text, used + 66, CSTN_E_FORMAT, "1..64 bytes");
}
END_TEST

/* --- the walk --------------------------------------------------------------------------------- */

START_TEST(a_pause_as_long_as_the_gap_keeps_the_journey_open)
{
	cstn_journeys *state = with(40, "a,1,browse;a,11,deliver");

	expect_ends(state, "1", "0", "0");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(a_pause_one_microsecond_longer_drops_it_at_its_last_step)
{
	cstn_journeys *state = with(40, "a,1,browse;a,11+1,deliver");

	expect_ends(state, "0", "1", "0");
	journey_expect(state, STEPS, BROWSE, "dropped", "1");
	journey_expect(state, OVERVIEW, 1, "outside", "1");
	journey_expect(state, STEPS, DELIVER, "outside", "1");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(a_silence_as_long_as_the_gap_leaves_it_open_and_in_no_drop_off)
{
	cstn_journeys *state = with(11, "a,1,browse");

	expect_ends(state, "0", "0", "1");
	journey_expect(state, OVERVIEW, 1, "conversion", "");
	journey_expect(state, STEPS, BROWSE, "drop_off", "");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(a_longer_silence_drops_it)
{
	cstn_journeys *state = with(11, "a,0+86399999999,browse");

	expect_ends(state, "0", "1", "0");
	journey_expect(state, STEPS, BROWSE, "drop_off", "1");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(an_event_at_the_as_of_time_counts_and_a_later_one_does_not)
{
	cstn_journeys *state = with(5, "a,1,browse;a,5,deliver;b,1,browse;b,5+1,deliver");

	expect_ends(state, "1", "0", "1");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(steps_without_an_open_journey_are_counted_apart)
{
	cstn_journeys *state = with(40, "a,1,ship;a,2,browse;a,3,deliver;a,4,order");

	expect_ends(state, "1", "0", "0");
	journey_expect(state, OVERVIEW, 1, "events", "2");
	journey_expect(state, OVERVIEW, 1, "outside", "2");
	journey_expect(state, STEPS, SHIP, "outside", "1");
	journey_expect(state, STEPS, SHIP, "entries", "0");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(a_start_within_the_gap_goes_on_with_the_open_journey)
{
	cstn_journeys *state = with(40, "a,1,browse;a,2,browse;a,3,deliver");

	expect_ends(state, "1", "0", "0");
	journey_expect(state, STEPS, BROWSE, "entries", "2");
	journey_expect(state, STEPS, BROWSE, "journeys", "1");
	journey_expect(state, STEPS, BROWSE, "backward", "0");
	journey_expect(state, PATHS, 1, "path", "browse > browse > deliver");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(a_goal_closes_and_the_next_start_opens_another)
{
	cstn_journeys *state = with(40, "a,1,browse;a,2,deliver;a,2+1,browse;a,3,deliver");

	expect_ends(state, "2", "0", "0");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(a_step_that_is_start_and_goal_is_a_whole_journey)
{
	cstn_journeys *state = journey_state("cstn-journey 1\ngap 1 d\nstep start,goal - buy\n", 9);

	journey_add(state, "a,1,buy;a,2,buy");
	expect_ends(state, "2", "0", "0");
	journey_expect(state, PATHS, 1, "path", "buy");
	journey_expect(state, PATHS, 1, "journeys", "2");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(at_one_instant_steps_come_as_the_definition_names_them)
{
	cstn_journeys *state = with(40, "a,1,deliver;a,1,ship;a,1,browse;a,1,order");

	journey_expect(state, PATHS, 1, "path", "browse > order > ship > deliver");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(backward_is_below_the_highest_rank_reached_and_not_the_last_one)
{
	/* order 1, ship 2, order 1 backward, order again: still below 2; ship: level; gift: no rank
	 */
	cstn_journeys *state =
			with(40, "a,1,browse;a,2,order;a,3,ship;a,4,order;a,5,order;a,6,ship;a,7,"
				 "gift;a,8,ship");

	journey_expect(state, STEPS, ORDER, "backward", "2");
	journey_expect(state, STEPS, SHIP, "backward", "0");
	journey_expect(state, STEPS, GIFT, "backward", "0");
	journey_expect(state, OVERVIEW, 1, "journeys_backward", "1");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(a_rank_reached_in_one_journey_is_not_held_against_the_next)
{
	cstn_journeys *state = with(40, "a,1,browse;a,2,ship;a,3,deliver;a,4,browse;a,5,order");

	journey_expect(state, OVERVIEW, 1, "journeys_backward", "0");
	cstn_journeys_free(state);
}
END_TEST

/* --- tables ----------------------------------------------------------------------------------- */

START_TEST(the_first_failure_gets_the_blame_and_later_ones_are_apart)
{
	cstn_journeys *state =
			with(40, "a,1,browse,0;a,2,order,1;a,3,ship,1;a,4,order,1;a,5,deliver,0;"
				 "b,1,browse,0;b,2,order,0;b,3,ship,0;b,4,deliver,0;"
				 "c,1,browse,0;c,2,order,1");

	journey_expect(state, FAILURES, ORDER, "entries", "4");
	journey_expect(state, FAILURES, ORDER, "failures", "3");
	journey_expect(state, FAILURES, ORDER, "failure_rate", "0.75");
	journey_expect(state, FAILURES, ORDER, "blamed", "2");
	journey_expect(state, FAILURES, ORDER, "later", "1");
	journey_expect(state, FAILURES, SHIP, "blamed", "0");
	journey_expect(state, FAILURES, SHIP, "later", "1");
	journey_expect(state, FAILURES, ORDER, "reading", "association");
	journey_expect(state, OVERVIEW, 1, "journeys_failed", "2");
	journey_expect(state, POSITIONS, 2, "failures", "2");
	journey_expect(state, POSITIONS, 3, "failures", "1");
	journey_expect(state, POSITIONS, 5, "failure_rate", "0");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(lift_compares_ended_journeys_that_failed_here_with_those_that_passed)
{
	/* order: a fails and drops, b fails and arrives, c, d pass and arrive, e fails and is open
	 */
	cstn_journeys *state = with(40,
			"a,1,browse;a,2,order,1;b,1,browse;b,2,order,1;b,3,order,0;b,4,deliver;"
			"c,1,browse;c,2,order;c,3,deliver;d,1,browse;d,2,order;d,3,deliver;"
			"e,38,browse;e,39,order,1");
	cstn_rate rate = CSTN_RATE_INIT;
	cstn_buffer *text = NULL;
	const char *table = journey_table(state, FAILURES, &text);

	ck_assert_str_eq(csv_cell(table, ORDER, "failed"), "2");
	ck_assert_str_eq(csv_cell(table, ORDER, "failed_converted"), "1");
	ck_assert_str_eq(csv_cell(table, ORDER, "passed"), "2");
	ck_assert_str_eq(csv_cell(table, ORDER, "passed_converted"), "2");
	ck_assert_int_eq(cstn_rate_difference(1, 2, 2, 2, 0, &rate, NULL), CSTN_OK);
	ck_assert_double_eq(strtod(csv_cell(table, ORDER, "lift"), NULL), rate.value);
	ck_assert_double_eq(strtod(csv_cell(table, ORDER, "lift_low"), NULL), rate.low);
	ck_assert_double_eq(strtod(csv_cell(table, ORDER, "lift_high"), NULL), rate.high);
	ck_assert_str_eq(csv_cell(table, ORDER, "pain"), "1");
	ck_assert_str_eq(csv_cell(table, SHIP, "lift"), "");
	ck_assert_str_eq(csv_cell(table, SHIP, "pain"), "");
	cstn_buffer_free(text);
	cstn_journeys_free(state);
}
END_TEST

START_TEST(rates_have_wilsons_interval)
{
	cstn_journeys *state = with(40, "a,1,browse;b,1,browse;b,2,deliver;c,1,browse;c,2,deliver");
	cstn_rate rate = CSTN_RATE_INIT;
	cstn_buffer *text = NULL;
	const char *table = journey_table(state, OVERVIEW, &text);

	ck_assert_int_eq(cstn_rate_interval(2, 3, 0, &rate, NULL), CSTN_OK);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "conversion"), NULL), rate.value);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "conversion_low"), NULL), rate.low);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "conversion_high"), NULL), rate.high);
	cstn_buffer_free(text);
	ck_assert_int_eq(cstn_rate_interval(1, 3, 0, &rate, NULL), CSTN_OK);
	table = journey_table(state, STEPS, &text);
	ck_assert_double_eq(strtod(csv_cell(table, BROWSE, "drop_off_high"), NULL), rate.high);
	cstn_buffer_free(text);
	cstn_journeys_free(state);
}
END_TEST

START_TEST(waits_are_those_that_ended_and_the_curve_counts_the_others_too)
{
	/* browse: 1 day, 2 days gone on; one dropped; one open for 3 days */
	cstn_journeys *state = with(
			40, "a,1,browse;a,2,deliver;b,1,browse;b,3,deliver;c,1,browse;d,37,browse");
	cstn_buffer *text = NULL;
	const char *table = journey_table(state, TIMES, &text);

	ck_assert_str_eq(csv_cell(table, BROWSE, "waits"), "2");
	ck_assert_str_eq(csv_cell(table, BROWSE, "mean_days"), "1.5");
	ck_assert_str_eq(csv_cell(table, BROWSE, "still_open"), "1");
	ck_assert_double_lt(fabs(strtod(csv_cell(table, BROWSE, "p50_days"), NULL) - 1.0), 0.045);
	ck_assert_double_lt(
			fabs(strtod(csv_cell(table, BROWSE, "p90_days"), NULL) / 2.0 - 1.0), 0.045);
	/* 2 of 4 have gone on after 2 days; 9 of 10 never */
	ck_assert_double_lt(fabs(strtod(csv_cell(table, BROWSE, "km_p50_days"), NULL) / 2.0 - 1.0),
			0.045);
	ck_assert_str_eq(csv_cell(table, BROWSE, "km_p90_days"), "");
	ck_assert_str_eq(csv_cell(table, BROWSE, "time_share"), "1");
	ck_assert_str_eq(csv_cell(table, DELIVER, "waits"), "0");
	ck_assert_str_eq(csv_cell(table, DELIVER, "p50_days"), "");
	cstn_buffer_free(text);
	table = journey_table(state, CURVES, &text);
	ck_assert_str_eq(csv_cell(table, 1, "at_risk"), "4");
	ck_assert_str_eq(csv_cell(table, 1, "share"), "0.25");
	ck_assert_str_eq(csv_cell(table, 2, "share"), "0.5");
	ck_assert_str_eq(csv_cell(table, 3, "at_risk"), "2");
	ck_assert_str_eq(csv_cell(table, 3, "censored"), "1");
	ck_assert_str_eq(csv_cell(table, 4, "at_risk"), "1");
	/* S^2 sum d / (n (n - d)) = 0.25 (1/12 + 1/6) */
	ck_assert_double_lt(fabs(strtod(csv_cell(table, 2, "se"), NULL) - 0.25), 1e-15);
	cstn_buffer_free(text);
	cstn_journeys_free(state);
}
END_TEST

START_TEST(paths_keep_six_steps_and_say_when_they_go_on)
{
	cstn_journeys *state = with(40,
			"a,1,browse;a,2,order;a,3,order;a,4,order;a,5,order;a,6,deliver;"
			"b,1,browse;b,2,order;b,3,order;b,4,order;b,5,order;b,6,deliver;"
			"c,1,browse;c,2,order;c,3,order;c,4,order;c,5,order;c,6,order;c,7,deliver");

	journey_expect(state, PATHS, 1, "path", "browse > order > order > order > order > deliver");
	journey_expect(state, PATHS, 1, "journeys", "2");
	journey_expect(state, PATHS, 2, "path",
			"browse > order > order > order > order > order > ...");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(paths_of_equal_count_stand_in_the_order_of_the_definition)
{
	cstn_journeys *state = with(40,
			"a,1,browse;a,2,ship;b,1,browse;b,2,gift;c,1,browse;c,2,order;d,1,browse;"
			"e,1,browse;e,2,ship");

	journey_expect(state, PATHS, 1, "path", "browse > ship");
	journey_expect(state, PATHS, 2, "path", "browse");
	journey_expect(state, PATHS, 3, "path", "browse > order");
	journey_expect(state, PATHS, 4, "path", "browse > gift");
	journey_expect(state, PATHS, 1, "dropped", "2");
	journey_expect(state, PATHS, 1, "share", "0.4");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(positions_past_the_last_are_counted_together)
{
	cstn_journeys *state = journey_state(NULL, 40);
	int i;

	for (i = 0; i < CSTN_JOURNEY_POSITIONS + 3; i++)
		journey_add(state, i ? "a,2,order,1" : "a,1,browse");
	journey_expect(state, POSITIONS, 1, "failures", "0");
	journey_expect(state, POSITIONS, CSTN_JOURNEY_POSITIONS - 1, "entries", "1");
	journey_expect(state, POSITIONS, CSTN_JOURNEY_POSITIONS, "position", "32");
	journey_expect(state, POSITIONS, CSTN_JOURNEY_POSITIONS, "entries", "4");
	journey_expect(state, POSITIONS, CSTN_JOURNEY_POSITIONS, "failures", "4");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(a_journey_belongs_to_the_segment_of_its_first_event)
{
	cstn_journeys *state = with(40, "a,1,browse,,gold;a,2,deliver,,blue;b,1,browse,,blue;c,1,"
					"browse;c,2,deliver");

	journey_expect(state, OVERVIEW, 1, "segment", "");
	journey_expect(state, OVERVIEW, 1, "converted", "1");
	journey_expect(state, OVERVIEW, 2, "segment", "blue");
	journey_expect(state, OVERVIEW, 2, "converted", "0");
	journey_expect(state, OVERVIEW, 2, "dropped", "1");
	journey_expect(state, OVERVIEW, 3, "segment", "gold");
	journey_expect(state, OVERVIEW, 3, "converted", "1");
	cstn_journeys_free(state);
}
END_TEST

START_TEST(an_empty_state_has_tables_without_rows)
{
	cstn_journeys *state = journey_state(NULL, 40);
	cstn_buffer *text = NULL;
	int32_t table;

	for (table = OVERVIEW; table <= PATHS; table++) {
		ck_assert_ptr_null(strstr(journey_table(state, table, &text), "\n,"));
		ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(text), 1, "segment"), "");
		cstn_buffer_free(text);
	}
	cstn_journeys_free(state);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_definition_gives_its_text_back_and_a_digest_of_it,
			a_definition_written_otherwise_is_refused_with_its_line,
			a_definition_takes_each_unit_where_no_larger_one_holds_it,
			a_name_has_64_bytes_and_a_definition_200_steps_at_most,
			a_pause_as_long_as_the_gap_keeps_the_journey_open,
			a_pause_one_microsecond_longer_drops_it_at_its_last_step,
			a_silence_as_long_as_the_gap_leaves_it_open_and_in_no_drop_off,
			a_longer_silence_drops_it,
			an_event_at_the_as_of_time_counts_and_a_later_one_does_not,
			steps_without_an_open_journey_are_counted_apart,
			a_start_within_the_gap_goes_on_with_the_open_journey,
			a_goal_closes_and_the_next_start_opens_another,
			a_step_that_is_start_and_goal_is_a_whole_journey,
			at_one_instant_steps_come_as_the_definition_names_them,
			backward_is_below_the_highest_rank_reached_and_not_the_last_one,
			a_rank_reached_in_one_journey_is_not_held_against_the_next,
			the_first_failure_gets_the_blame_and_later_ones_are_apart,
			lift_compares_ended_journeys_that_failed_here_with_those_that_passed,
			rates_have_wilsons_interval,
			waits_are_those_that_ended_and_the_curve_counts_the_others_too,
			paths_keep_six_steps_and_say_when_they_go_on,
			paths_of_equal_count_stand_in_the_order_of_the_definition,
			positions_past_the_last_are_counted_together,
			a_journey_belongs_to_the_segment_of_its_first_event,
			an_empty_state_has_tables_without_rows,
	};

	return run_tests("journey", tests, sizeof(tests) / sizeof(tests[0]));
}
