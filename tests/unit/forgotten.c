/* Customers who are taken out of states of what they did: what is left is, byte by byte, the state
 * that never saw them; counts that do not say whose they are say so. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "journey_log.h"
#include "kmeans_fixture.h"
#include "loyalty_fixture.h"
#include "sealed_bytes.h"
#include "stages_fixture.h"
#include "suite.h"

static void names(struct ArrowArrayStream *out, const char *text)
{
	csv_rows(out, "customer text null\n", text);
}

/* --- interactions ----------------------------------------------------------------------------- */

#define INTERACTIONS                                                                              \
	"event_id int64\ncustomer text\nkind text\nvalid date\norder_id text null\nnumber int64 " \
	"null\ncarrier text null\n"
#define INTERACTIONS_HEADER "event_id,customer,kind,valid,order_id,number,carrier\n"
#define OF_ANN "1,ann,COMPLAINT,2024-01-02,O1,,dhl\n4,ann,NPS_ANSWER,2024-01-04,,9,\n"
#define OF_BOB "2,bob,NPS_ANSWER,2024-01-03,,3,ups\n"
#define OF_CYD "3,cyd,PLAN_PROMISED,2024-01-03,,,\n"

static void add_interactions(cstn_interactions *set, const char *text)
{
	struct ArrowArrayStream rows;

	csv_rows(&rows, INTERACTIONS, text);
	ck_assert_int_eq(cstn_interactions_update(set, &rows, NULL, NULL, NULL), CSTN_OK);
}

static cstn_interactions *interactions_of(const char *text)
{
	cstn_interactions *set = NULL;

	ck_assert_int_eq(cstn_interactions_new(NULL, &set, NULL), CSTN_OK);
	if (text)
		add_interactions(set, text);
	return set;
}

static void expect_interactions(const cstn_interactions *set, const char *text)
{
	cstn_interactions *other = interactions_of(text);

	sealed_expect_equal(&sealed_interactions, set, other);
	cstn_interactions_free(other);
}

START_TEST(forgotten_customers_leave_a_set_of_interactions_that_never_saw_them)
{
	cstn_interactions *set = interactions_of(INTERACTIONS_HEADER OF_ANN OF_BOB OF_CYD);
	struct ArrowArrayStream who;

	names(&who, "customer\nann\nnobody\nann\n");
	ck_assert_int_eq(cstn_interactions_remove(set, &who, NULL), CSTN_OK);
	ck_assert_ptr_null(who.release);
	ck_assert_uint_eq(cstn_interactions_count(set), 2);
	expect_interactions(set, INTERACTIONS_HEADER OF_BOB OF_CYD);
	/* the id of a forgotten event is free again, and orders of another type may come */
	add_interactions(set, INTERACTIONS_HEADER "1,cyd,COMPLAINT,2024-02-02,O9,,\n");
	expect_interactions(
			set, INTERACTIONS_HEADER OF_BOB OF_CYD "1,cyd,COMPLAINT,2024-02-02,O9,,\n");
	names(&who, "customer\ncyd\nbob\n");
	ck_assert_int_eq(cstn_interactions_remove(set, &who, NULL), CSTN_OK);
	expect_interactions(set, NULL);
	names(&who, "customer\ncyd\n");
	ck_assert_int_eq(cstn_interactions_remove(set, &who, NULL), CSTN_OK);
	cstn_interactions_free(set);
}
END_TEST

/* --- loyalty ---------------------------------------------------------------------------------- */

#define SAYS_ANN "ann,2024-02-01,REFERRAL,,,,,,,\nann,2024-02-02,NPS_ANSWER,9,,,,,,\n"
#define SAYS_BOB "bob,2024-02-01,PANEL,,,,,3,2,\n"
#define BUYS_ANN "ann,2024-03-01,x,2,500\nann,2024-04-01,y,1,100\n"
#define BUYS_BOB "bob,2024-03-05,y,1,120\n"
#define IS_ANN "ann,2024-01-01,gold,COMMIT,900\n"
#define IS_BOB "bob,,,LOST,-50\n"

static void expect_loyalty(cstn_loyalty *state, const char *evidence, const char *purchases,
		const char *customers)
{
	cstn_loyalty *other = loyalty_state(evidence, purchases, customers);

	sealed_expect_equal(&sealed_loyalty, state, other);
	cstn_loyalty_free(other);
}

START_TEST(forgotten_customers_leave_a_state_of_loyalty_that_never_saw_them)
{
	cstn_loyalty *state =
			loyalty_state(SAYS_ANN SAYS_BOB, BUYS_ANN BUYS_BOB BUYS_ANN, IS_BOB IS_ANN);
	struct ArrowArrayStream who;

	names(&who, "customer\nann\nnobody\n");
	ck_assert_int_eq(cstn_loyalty_remove(state, &who, NULL), CSTN_OK);
	expect_loyalty(state, SAYS_BOB, BUYS_BOB, IS_BOB);
	/* it goes on */
	ck_assert_int_eq(
			loyalty_add(state, CSTN_LOYALTY_ROWS_EVIDENCE, EVIDENCE SAYS_ANN), CSTN_OK);
	expect_loyalty(state, SAYS_BOB SAYS_ANN, BUYS_BOB, IS_BOB);
	names(&who, "customer\nbob\nann\n");
	ck_assert_int_eq(cstn_loyalty_remove(state, &who, NULL), CSTN_OK);
	expect_loyalty(state, NULL, NULL, NULL);
	cstn_loyalty_free(state);
}
END_TEST

/* --- journeys --------------------------------------------------------------------------------- */

#define FORGOTTEN 7 /* customers whose number this divides */

static size_t others_of(const journey_event *log, journey_event *out)
{
	size_t n = 0, i;

	for (i = 0; i < JOURNEY_EVENTS; i++)
		if (log[i].customer % FORGOTTEN)
			out[n++] = log[i];
	return n;
}

static void forgotten_numbers(struct ArrowArrayStream *out)
{
	char text[1000] = "customer\n";
	int i;

	for (i = 0; i < JOURNEY_CUSTOMERS + 20; i += FORGOTTEN)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d\n", i);
	csv_rows(out, "customer int64 null\n", text);
}

START_TEST(forgotten_customers_leave_journeys_that_never_saw_them)
{
	journey_event *log = malloc(2 * JOURNEY_EVENTS * sizeof(*log)),
		      *kept = log + JOURNEY_EVENTS;
	cstn_journeys *state, *other;
	struct ArrowArrayStream who;
	size_t n;

	ck_assert_ptr_nonnull(log);
	journey_log_make(log, 5);
	n = others_of(log, kept);
	ck_assert_uint_lt(n, JOURNEY_EVENTS - 50);
	state = journey_log_state(log, JOURNEY_EVENTS);
	other = journey_log_state(kept, n);
	forgotten_numbers(&who);
	ck_assert_int_eq(cstn_journeys_remove(state, &who, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_journeys, state, other);
	cstn_journeys_free(state);
	cstn_journeys_free(other);
	/* all of them: an empty state, which takes customers of another type */
	state = journey_state(JOURNEY_TEXT, 30);
	other = journey_state(JOURNEY_TEXT, 30);
	journey_add(state, "a,1,browse,,red;b,2,order");
	names(&who, "customer\nb\na\n");
	ck_assert_int_eq(cstn_journeys_remove(state, &who, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_journeys, state, other);
	journey_log_add(state, log, 20);
	cstn_journeys_free(state);
	cstn_journeys_free(other);
	free(log);
}
END_TEST

START_TEST(settled_journeys_do_not_say_whose_they_are)
{
	cstn_journeys *state = journey_state(JOURNEY_TEXT, 30), *same;
	struct ArrowArrayStream who;
	cstn_error *error = NULL;

	same = journey_state(JOURNEY_TEXT, 30);
	journey_add(state, "a,1,browse,,red");
	journey_add(same, "a,1,browse,,red");
	ck_assert_int_eq(cstn_journeys_settle(state, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_journeys_settle(same, NULL, NULL), CSTN_OK);
	names(&who, "customer\na\n");
	expect_error(cstn_journeys_remove(state, &who, &error), CSTN_E_REBUILD, &error,
			"make the state again from the log");
	ck_assert_ptr_null(who.release);
	sealed_expect_equal(&sealed_journeys, state, same);
	cstn_journeys_free(state);
	cstn_journeys_free(same);
}
END_TEST

/* --- what cannot be named --------------------------------------------------------------------- */

START_TEST(a_null_or_an_id_of_another_type_among_the_forgotten_changes_nothing)
{
	cstn_interactions *set = interactions_of(INTERACTIONS_HEADER OF_ANN);
	cstn_loyalty *loyalty = loyalty_state(SAYS_ANN, NULL, NULL);
	cstn_journeys *journeys = journey_state(JOURNEY_TEXT, 30);
	struct ArrowArrayStream who;
	cstn_error *error = NULL;
	int i;

	journey_add(journeys, "ann,1,browse");
	for (i = 0; i < 6; i++) {
		cstn_status expected = i < 3 ? CSTN_E_ROWS : CSTN_E_SCHEMA, status;

		if (i < 3)
			names(&who, "customer\nann\n\n");
		else
			csv_rows(&who, "customer int64\n", "customer\n1\n");
		status = i % 3 == 0   ? cstn_interactions_remove(set, &who, &error)
			 : i % 3 == 1 ? cstn_loyalty_remove(loyalty, &who, &error)
				      : cstn_journeys_remove(journeys, &who, &error);
		expect_error(status, expected, &error,
				i < 3 ? "row 1 names no customer" : "column 'customer'");
		ck_assert_ptr_null(who.release);
	}
	for (i = 0; i < 3; i++) {
		names(&who, "customer\nann\n");
		expect_error(i == 0      ? cstn_interactions_remove(NULL, &who, &error)
				: i == 1 ? cstn_loyalty_remove(NULL, &who, &error)
					 : cstn_journeys_remove(NULL, &who, &error),
				CSTN_E_INVALID_ARGUMENT, &error, "NULL");
		ck_assert_ptr_null(who.release);
	}
	expect_interactions(set, INTERACTIONS_HEADER OF_ANN);
	expect_loyalty(loyalty, SAYS_ANN, NULL, NULL);
	cstn_interactions_free(set);
	cstn_loyalty_free(loyalty);
	cstn_journeys_free(journeys);
}
END_TEST

/* --- summaries of stages ---------------------------------------------------------------------- */

static size_t stage_events(const char *of, stages_event events[16])
{
	static const char *const who[] = {"a", "b", "c"};
	size_t n = 0, i;

	for (i = 0; i < 3; i++) {
		if (!strchr(of, who[i][0]))
			continue;
		events[n++] = stages_make(who[i], "1", "ORDER", 0, -1, NULL);
		events[n++] = stages_make(who[i], "2", "EXIT_THREAT", i == 1 ? 17 : 10, -1, NULL);
		if (i != 1)
			events[n++] = stages_make(who[i], "3", "PLAN_PROMISED", 13, -1, NULL);
	}
	return n;
}

static cstn_stage_summary *summary_of(const char *of, int64_t as_of_day)
{
	stages_event events[16];
	cstn_stage_options options = stages_options(as_of_day);
	size_t n = stage_events(of, events);
	cstn_stage_history *history = stages_history(NULL, events, n, &options, NULL);
	cstn_stage_summary *summary = NULL;

	ck_assert_int_eq(cstn_stage_history_summary(history, &summary, NULL), CSTN_OK);
	cstn_stage_history_free(history);
	return summary;
}

static void expect_summary(const cstn_stage_summary *summary, const char *of)
{
	cstn_stage_summary *other = summary_of(of, 200);

	sealed_expect_equal(&sealed_stage_summary, summary, other);
	cstn_stage_summary_free(other);
}

START_TEST(customers_taken_out_leave_the_summary_that_never_saw_them)
{
	static const char *const parts[] = {"a", "b", "c", "ac", "abc", ""}, *const left[] = {"bc",
											     "ac",
											     "ab",
											     "b",
											     "",
											     "abc"};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		cstn_stage_summary *summary = summary_of("abc", 200);
		cstn_stage_summary *part = summary_of(parts[i], 200);

		ck_assert_int_eq(cstn_stage_summary_remove(summary, part, NULL), CSTN_OK);
		expect_summary(summary, left[i]);
		expect_summary(part, parts[i]);
		cstn_stage_summary_free(summary);
		cstn_stage_summary_free(part);
	}
}
END_TEST

START_TEST(customers_who_are_not_in_a_summary_are_not_taken_out)
{
	cstn_stage_summary *summary = summary_of("ab", 200), *part = summary_of("ac", 200);
	cstn_stage_summary *later = summary_of("a", 201);
	cstn_error *error = NULL;

	expect_error(cstn_stage_summary_remove(summary, part, &error), CSTN_E_STATE, &error,
			"not all in it");
	expect_error(cstn_stage_summary_remove(summary, later, &error), CSTN_E_MISMATCH, &error,
			"as-of time");
	expect_error(cstn_stage_summary_remove(summary, NULL, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "NULL");
	expect_summary(summary, "ab");
	ck_assert_int_eq(cstn_stage_summary_remove(summary, summary, NULL), CSTN_OK);
	expect_summary(summary, "");
	cstn_stage_summary_free(summary);
	cstn_stage_summary_free(part);
	cstn_stage_summary_free(later);
}
END_TEST

/* --- passes of k-means ------------------------------------------------------------------------ */

#define ROWS 600

static cstn_kmeans *model_of(const numbers *table)
{
	static const int64_t start_rows[] = {0, 1, 2, 3};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;

	options.start_rows = start_rows;
	options.max_iter = 1;
	return fit_numbers(table, 0, 4, &options);
}

/* A pass over rows [from, to). */
static cstn_kmeans_pass *pass_of(cstn_kmeans *model, const numbers *table, size_t from, size_t to)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_kmeans_pass *pass = NULL;
	numbers part = *table;
	size_t c;

	part.n = to - from;
	for (c = 0; c < table->columns; c++)
		part.column[c] += from;
	options.flags = CSTN_KMEANS_SKIP_BAD;
	ck_assert_int_eq(cstn_kmeans_pass_new(model, NULL, &pass, NULL), CSTN_OK);
	numbers_open(&part, 0, &stream);
	ck_assert_int_eq(cstn_kmeans_pass_update(pass, &stream, &options, NULL, NULL), CSTN_OK);
	return pass;
}

static void expect_pass(const cstn_kmeans_pass *a, const cstn_kmeans_pass *b)
{

	sealed_expect_equal(&sealed_kmeans_pass, a, b);
}

START_TEST(rows_taken_out_of_a_pass_leave_the_pass_that_never_saw_them)
{
	cstn_kmeans_pass *all, *part, *others, *nothing;
	cstn_kmeans *model;
	numbers table;

	numbers_init(&table, ROWS, 2);
	numbers_heaps(&table, 5, 6.0, 3);
	model = model_of(&table);
	table.column[0][50] = (double)NAN; /* left out, and counted, in both */
	all = pass_of(model, &table, 0, ROWS);
	part = pass_of(model, &table, 0, 170);
	others = pass_of(model, &table, 170, ROWS);
	nothing = pass_of(model, &table, 0, 0);
	ck_assert_int_eq(cstn_kmeans_pass_remove(all, part, NULL), CSTN_OK);
	expect_pass(all, others);
	ck_assert_int_eq(cstn_kmeans_pass_remove(all, others, NULL), CSTN_OK);
	expect_pass(all, nothing);
	cstn_kmeans_pass_free(all);
	cstn_kmeans_pass_free(part);
	cstn_kmeans_pass_free(others);
	cstn_kmeans_pass_free(nothing);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(rows_that_are_not_in_a_pass_are_not_taken_out)
{
	cstn_kmeans_pass *few, *many, *same;
	cstn_error *error = NULL;
	cstn_kmeans *model, *another;
	numbers table;

	numbers_init(&table, ROWS, 2);
	numbers_heaps(&table, 5, 6.0, 3);
	model = model_of(&table);
	few = pass_of(model, &table, 0, 170);
	same = pass_of(model, &table, 0, 170);
	many = pass_of(model, &table, 0, 171);
	expect_error(cstn_kmeans_pass_remove(few, many, &error), CSTN_E_STATE, &error,
			"not all in it");
	cstn_kmeans_pass_free(many);
	many = pass_of(model, &table, 170, 340); /* as many, but others */
	expect_error(cstn_kmeans_pass_remove(few, many, &error), CSTN_E_STATE, &error,
			"not all in it");
	expect_error(cstn_kmeans_pass_remove(few, few, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"itself");
	expect_error(cstn_kmeans_pass_remove(few, NULL, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"NULL");
	table.n--;
	table.column[0][1] += 1.0;
	another = model_of(&table);
	cstn_kmeans_pass_free(many);
	many = pass_of(another, &table, 0, 10);
	expect_error(cstn_kmeans_pass_remove(few, many, &error), CSTN_E_MISMATCH, &error,
			"other models");
	expect_pass(few, same);
	cstn_kmeans_pass_free(few);
	cstn_kmeans_pass_free(same);
	cstn_kmeans_pass_free(many);
	cstn_kmeans_unref(model);
	cstn_kmeans_unref(another);
	numbers_free(&table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forgotten customers");
	TCase *tests = tcase_create("all");

	tcase_add_test(tests, forgotten_customers_leave_a_set_of_interactions_that_never_saw_them);
	tcase_add_test(tests, forgotten_customers_leave_a_state_of_loyalty_that_never_saw_them);
	tcase_add_test(tests, forgotten_customers_leave_journeys_that_never_saw_them);
	tcase_add_test(tests, settled_journeys_do_not_say_whose_they_are);
	tcase_add_test(tests, a_null_or_an_id_of_another_type_among_the_forgotten_changes_nothing);
	tcase_add_test(tests, customers_taken_out_leave_the_summary_that_never_saw_them);
	tcase_add_test(tests, customers_who_are_not_in_a_summary_are_not_taken_out);
	tcase_add_test(tests, rows_taken_out_of_a_pass_leave_the_pass_that_never_saw_them);
	tcase_add_test(tests, rows_that_are_not_in_a_pass_are_not_taken_out);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
