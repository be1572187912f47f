/* Interactions as a set, and the feedback loop: who would recommend us, what goes wrong where,
 * whether plans helped; both sides of every boundary. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define DAY INT64_C(86400000000)
#define SCHEMA                                                                                \
	"event_id int64\ncustomer text null\nkind text null\nvalid timestamp\norder_id text " \
	"null\nreason text null\nnumber int64 null\ncarrier text null\nsegment text null\n"
#define HEADER "event_id,customer,kind,valid,order_id,reason,number,carrier,segment\n"
#define PROMOTER CSTN_TABLE_FEEDBACK_NET_PROMOTER
#define REASONS CSTN_TABLE_FEEDBACK_REASONS
#define ORDERS CSTN_TABLE_FEEDBACK_ORDERS
#define EFFECT CSTN_TABLE_FEEDBACK_EFFECT

static cstn_interactions *empty(void)
{
	cstn_interactions *set = NULL;

	ck_assert_int_eq(cstn_interactions_new(NULL, &set, NULL), CSTN_OK);
	return set;
}

static cstn_status add_as(cstn_interactions *set, const char *schema, const char *header,
		const char *rows, cstn_row_errors **bad, cstn_error **error)
{
	struct ArrowArrayStream stream;
	size_t size = strlen(header) + strlen(rows) + 1;
	char *text = malloc(size);
	cstn_status status;

	ck_assert_ptr_nonnull(text);
	snprintf(text, size, "%s%s", header, rows);
	csv_rows(&stream, schema, text);
	status = cstn_interactions_update(set, &stream, NULL, bad, error);
	free(text);
	return status;
}

static void add(cstn_interactions *set, const char *rows)
{
	cstn_error *error = NULL;
	cstn_status status = add_as(set, SCHEMA, HEADER, rows, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

static cstn_interactions *with(const char *rows)
{
	cstn_interactions *set = empty();

	add(set, rows);
	return set;
}

static const char *table_of(const cstn_interactions *set, int32_t table,
		const cstn_feedback_options *options, cstn_buffer **text)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status = cstn_feedback_table(set, table, options, &stream, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return csv_text(&stream, text);
}

static void expect(const cstn_interactions *set, int32_t table,
		const cstn_feedback_options *options, int row, const char *column,
		const char *expected)
{
	cstn_buffer *text = NULL;
	const char *cell = csv_cell(table_of(set, table, options, &text), row, column);

	ck_assert_msg(strcmp(cell, expected) == 0, "%s of row %d is '%s', '%s' expected in\n%s",
			column, row, cell, expected, (const char *)cstn_buffer_data(text));
	cstn_buffer_free(text);
}

/* --- the set ---------------------------------------------------------------------------------- */

START_TEST(the_same_interaction_again_changes_nothing)
{
	cstn_interactions *set = with("1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,,,\n");
	cstn_interactions *once = with("1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,,,\n");

	add(set, "1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,,,\n"
		 "1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,,,\n");
	ck_assert_uint_eq(cstn_interactions_count(set), 1);
	sealed_expect_equal(&sealed_interactions, set, once);
	ck_assert_int_eq(cstn_interactions_merge(set, once, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_interactions_merge(set, set, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_interactions, set, once);
	cstn_interactions_free(set);
	cstn_interactions_free(once);
}
END_TEST

static const struct {
	const char *row, *column;
} others[] = {
		{"1,b,COMPLAINT,1970-01-02T00:00:00Z,O1,late,5,DHL,gold\n", "another customer"},
		{"1,a,EXIT_THREAT,1970-01-02T00:00:00Z,O1,late,5,DHL,gold\n", "another kind"},
		{"1,a,COMPLAINT,1970-01-02T00:00:00.000001Z,O1,late,5,DHL,gold\n", "another valid"},
		{"1,a,COMPLAINT,1970-01-02T00:00:00Z,,late,5,DHL,gold\n", "another order_id"},
		{"1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,6,DHL,gold\n", "another number"},
		{"1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,,DHL,gold\n", "another number"},
		{"1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,lost,5,DHL,gold\n", "another reason"},
		{"1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,5,,gold\n", "another carrier"},
		{"1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,5,DHL,silver\n", "another segment"},
};
#define OTHERS (sizeof(others) / sizeof(others[0]))

START_TEST(other_content_under_an_id_is_a_conflict_that_changes_nothing)
{
	static const char first[] = "1,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,5,DHL,gold\n";
	cstn_interactions *set = with(first), *same = with(first), *other;
	cstn_error *error = NULL;
	char rows[512];
	size_t i;

	for (i = 0; i < OTHERS; i++) {
		snprintf(rows, sizeof(rows), "2,b,ORDER,1970-01-02T00:00:00Z,,,,,\n%s",
				others[i].row);
		expect_error(add_as(set, SCHEMA, HEADER, rows, NULL, &error), CSTN_E_CONFLICT,
				&error, others[i].column);
		other = with(rows);
		expect_error(cstn_interactions_merge(set, other, &error), CSTN_E_CONFLICT, &error,
				"event 1 is there with another");
		sealed_expect_equal(&sealed_interactions, set, same);
		cstn_interactions_free(other);
		snprintf(rows, sizeof(rows), "%s%s", first, others[i].row);
		other = empty();
		expect_error(add_as(other, SCHEMA, HEADER, rows, NULL, &error), CSTN_E_CONFLICT,
				&error, "row 1: event 1");
		ck_assert_uint_eq(cstn_interactions_count(other), 0);
		cstn_interactions_free(other);
	}
	cstn_interactions_free(set);
	cstn_interactions_free(same);
}
END_TEST

START_TEST(kinds_are_read_as_records_have_them_too)
{
	cstn_interactions *set = with("1,a,nps_answer,1970-01-02T00:00:00Z,,,9,,\n");
	cstn_interactions *same = with("1,a,NPS_ANSWER,1970-01-02T00:00:00Z,,,9,,\n");
	cstn_error *error = NULL;

	sealed_expect_equal(&sealed_interactions, set, same);
	expect_error(add_as(set, SCHEMA, HEADER, "2,a,Nps_answer,1970-01-02T00:00:00Z,,,9,,\n",
				     NULL, &error),
			CSTN_E_ROWS, &error, "1 rows were left out");
	cstn_interactions_free(set);
	cstn_interactions_free(same);
}
END_TEST

static const struct {
	const char *row, *message;
} bad_rows[] = {
		{"7,,ORDER,1970-01-02T00:00:00Z,,,,,\n", "row 0, column 'customer': a value is "},
		{"7,a,,1970-01-02T00:00:00Z,,,,,\n", "row 0, column 'kind': a value is "},
		{"7,a,ORDERS,1970-01-02T00:00:00Z,,,,,\n", "row 0, column 'kind': 'ORDERS' is not"},
		{"7,a,NPS_ANSWER,1970-01-02T00:00:00Z,,,,,\n", "row 0, column 'number': a value"},
		{"7,a,NPS_ANSWER,1970-01-02T00:00:00Z,,,11,,\n", "row 0, column 'number'"},
		{"7,a,NPS_ANSWER,1970-01-02T00:00:00Z,,,-1,,\n", "row 0, column 'number'"},
		{"7,a,RETURN_FAULT,1970-01-02T00:00:00Z,,rude,,,\n",
				"row 0, column 'reason': 'rude' is not"},
		{"7,a,RETURN_OTHER,1970-01-02T00:00:00Z,,lost,,,\n",
				"row 0, column 'reason': 'lost' is not"},
};

START_TEST(a_bad_row_is_named_with_column_and_rule_and_the_others_are_in)
{
	size_t i;

	for (i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		cstn_interactions *set = empty();
		cstn_row_errors *bad = NULL;
		cstn_error *error = NULL;
		char rows[256], message[256];

		snprintf(rows, sizeof(rows), "%s1,a,NPS_ANSWER,1970-01-02T00:00:00Z,,,10,,\n",
				bad_rows[i].row);
		expect_error(add_as(set, SCHEMA, HEADER, rows, &bad, &error), CSTN_E_ROWS, &error,
				"1 rows were left out");
		(void)cstn_row_errors_copy_message(bad, 0, message, sizeof(message));
		ck_assert_msg(strstr(message, bad_rows[i].message) != NULL, "%s", message);
		ck_assert_uint_eq(cstn_interactions_count(set), 1);
		cstn_row_errors_free(bad);
		cstn_interactions_free(set);
	}
}
END_TEST

START_TEST(reasons_of_a_return_are_those_of_the_list_and_of_others_free)
{
	cstn_interactions *set = with("1,a,RETURN_FAULT,1970-01-02T00:00:00Z,,damaged,,,\n"
				      "2,a,RETURN_OTHER,1970-01-02T00:00:00Z,,changed_mind,,,\n"
				      "3,a,COMPLAINT,1970-01-02T00:00:00Z,,rude,,,\n"
				      "4,a,NPS_ANSWER,1970-01-02T00:00:00Z,,,0,,\n");

	ck_assert_uint_eq(cstn_interactions_count(set), 4);
	cstn_interactions_free(set);
}
END_TEST

START_TEST(ids_of_another_type_are_refused)
{
	cstn_interactions *set = with("1,a,ORDER,1970-01-02T00:00:00Z,,,,,\n"), *other = empty();
	cstn_error *error = NULL;

	expect_error(add_as(set, "event_id text\ncustomer text\nkind text\nvalid date\n",
				     "event_id,customer,kind,valid\n", "x,a,ORDER,1970-01-02\n",
				     NULL, &error),
			CSTN_E_SCHEMA, &error, "column 'event_id' is text; the set's are int64");
	ck_assert_int_eq(add_as(other, "event_id int64\ncustomer int64\nkind text\nvalid date\n",
					 "event_id,customer,kind,valid\n", "2,7,ORDER,1970-01-02\n",
					 NULL, NULL),
			CSTN_OK);
	expect_error(cstn_interactions_merge(set, other, &error), CSTN_E_MISMATCH, &error,
			"column 'customer' is text in one set");
	/* no order has come yet: numbers may */
	ck_assert_int_eq(add_as(set,
					 "event_id int64\ncustomer text\nkind text\nvalid "
					 "date\norder_id int64\n",
					 "event_id,customer,kind,valid,order_id\n",
					 "2,a,ORDER,1970-01-02,77\n", NULL, NULL),
			CSTN_OK);
	cstn_interactions_free(set);
	cstn_interactions_free(other);
}
END_TEST

#define FEW                                                         \
	"3,a,ORDER_FAILED,1970-01-03T00:00:00Z,O1,late,,DHL,gold\n" \
	"1,b,NPS_ANSWER,1970-01-02T00:00:00Z,,,10,,\n"              \
	"2,a,COMPLAINT,1970-01-02T00:00:00Z,O1,late,,UPS,\n"

START_TEST(bytes_come_back_and_every_changed_one_is_refused_or_another_set)
{
	static const uint8_t flip = 1;
	cstn_interactions *set = with(FEW), *nothing = empty();

	cstn_interactions_free(sealed_copy(&sealed_interactions, set));
	cstn_interactions_free(sealed_copy(&sealed_interactions, nothing));
	ck_assert_uint_gt(sealed_changes_refused(&sealed_interactions, set, &flip, 1, NULL), 100);
	sealed_refuses_damage(&sealed_interactions, set, flip);
	cstn_interactions_free(nothing);
	cstn_interactions_free(set);
}
END_TEST

/* --- net promoter score ----------------------------------------------------------------------- */

#define ANSWERS                                           \
	"1,a,NPS_ANSWER,1970-01-02T00:00:00Z,,,0,,gold\n" \
	"2,a,NPS_ANSWER,1970-01-04T00:00:00Z,,,9,,gold\n" \
	"4,a,NPS_ANSWER,1970-01-04T00:00:00Z,,,7,,gold\n" \
	"3,a,NPS_ANSWER,1970-01-03T00:00:00Z,,,5,,gold\n" \
	"5,b,NPS_ANSWER,1970-01-02T00:00:00Z,,,10,,\n"    \
	"6,b,SATISFACTION,1970-01-05T00:00:00Z,,,1,,\n"

START_TEST(of_several_answers_the_latest_the_first_or_all_count)
{
	static const char *const n[] = {"2", "2", "5"}, *const promoters[] = {"1", "1", "2"},
				 *const detractors[] = {"0", "1", "2"};
	cstn_interactions *set = with(ANSWERS);
	int i;

	for (i = CSTN_LOYALTY_ANSWERS_LATEST; i <= CSTN_LOYALTY_ANSWERS_ALL; i++) {
		cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;

		options.answers = i;
		expect(set, PROMOTER, &options, 1, "all", "true");
		expect(set, PROMOTER, &options, 1, "n", n[i]);
		expect(set, PROMOTER, &options, 1, "promoters", promoters[i]);
		expect(set, PROMOTER, &options, 1, "detractors", detractors[i]);
		expect(set, PROMOTER, &options, 2, "segment", "");
		expect(set, PROMOTER, &options, 2, "n", "1");
		expect(set, PROMOTER, &options, 3, "segment", "gold");
	}
	cstn_interactions_free(set);
}
END_TEST

START_TEST(the_score_is_that_of_cstn_net_promoter_with_its_interval)
{
	cstn_interactions *set = with(ANSWERS);
	int64_t answers[CSTN_NET_PROMOTER_ANSWERS] = {0};
	cstn_rate rate = CSTN_RATE_INIT;
	cstn_buffer *text = NULL;
	double variance, se;
	const char *table = table_of(set, PROMOTER, NULL, &text);

	answers[7] = answers[10] = 1;
	ck_assert_int_eq(cstn_net_promoter(answers, 0, &rate, &variance, &se, NULL), CSTN_OK);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "nps"), NULL), rate.value);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "variance"), NULL), variance);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "se"), NULL), se);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "low"), NULL), rate.low);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "high"), NULL), rate.high);
	cstn_buffer_free(text);
	cstn_interactions_free(set);
}
END_TEST

START_TEST(a_window_holds_its_begin_and_not_its_end)
{
	cstn_interactions *set = with(ANSWERS);
	cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;

	options.answers = CSTN_LOYALTY_ANSWERS_ALL;
	options.from_us = 2 * DAY;
	options.until_us = 3 * DAY;
	expect(set, PROMOTER, &options, 1, "n", "1");
	options.until_us = 3 * DAY + 1;
	expect(set, PROMOTER, &options, 1, "n", "3");
	options.from_us = 2 * DAY + 1;
	expect(set, PROMOTER, &options, 1, "n", "2");
	options.until_us = options.from_us + 1;
	expect(set, PROMOTER, &options, 1, "n", "0");
	expect(set, PROMOTER, &options, 1, "nps", "");
	cstn_interactions_free(set);
}
END_TEST

/* --- reasons ---------------------------------------------------------------------------------- */

START_TEST(reasons_are_counted_by_value_with_the_orders_at_risk)
{
	cstn_interactions *set = with("1,a,ORDER,1970-01-02T00:00:00Z,O1,,,DHL,\n"
				      "2,a,COMPLAINT,1970-01-03T00:00:00Z,O1,late,,DHL,\n"
				      "3,a,RETURN_FAULT,1970-01-04T00:00:00Z,O1,late,,DHL,\n"
				      "4,b,ORDER,1970-01-02T00:00:00Z,O2,,,DHL,\n"
				      "5,b,COMPLAINT,1970-01-02T00:00:00Z,,late,,DHL,\n"
				      "6,c,ORDER,1970-01-02T00:00:00Z,O3,,,UPS,\n"
				      "7,c,COMPLAINT,1970-01-02T00:00:00Z,O3,damaged,,UPS,\n");
	cstn_rate rate = CSTN_RATE_INIT;
	cstn_buffer *text = NULL;
	const char *table = table_of(set, REASONS, NULL, &text);

	ck_assert_str_eq(csv_cell(table, 1, "dimension"), "all");
	ck_assert_str_eq(csv_cell(table, 1, "reason"), "damaged");
	ck_assert_str_eq(csv_cell(table, 1, "orders_at_risk"), "3");
	ck_assert_str_eq(csv_cell(table, 2, "reason"), "late");
	ck_assert_str_eq(csv_cell(table, 2, "interactions"), "3");
	ck_assert_str_eq(csv_cell(table, 2, "customers"), "2");
	ck_assert_str_eq(csv_cell(table, 2, "orders"), "1");
	ck_assert_str_eq(csv_cell(table, 2, "orders_at_risk"), "3");
	ck_assert_str_eq(csv_cell(table, 3, "dimension"), "carrier");
	ck_assert_str_eq(csv_cell(table, 3, "value"), "DHL");
	ck_assert_str_eq(csv_cell(table, 3, "orders_at_risk"), "2");
	ck_assert_str_eq(csv_cell(table, 3, "share"), "0.5");
	ck_assert_int_eq(cstn_rate_interval(1, 2, 0, &rate, NULL), CSTN_OK);
	ck_assert_double_eq(strtod(csv_cell(table, 3, "share_high"), NULL), rate.high);
	ck_assert_str_eq(csv_cell(table, 4, "value"), "UPS");
	ck_assert_str_eq(csv_cell(table, 4, "share"), "1");
	ck_assert_str_eq(csv_cell(table, 5, "dimension"), "");
	cstn_buffer_free(text);
	table = table_of(set, ORDERS, NULL, &text);
	ck_assert_str_eq(csv_cell(table, 1, "order_id"), "O3");
	ck_assert_str_eq(csv_cell(table, 2, "order_id"), "O1");
	ck_assert_str_eq(csv_cell(table, 3, "value"), "DHL");
	ck_assert_str_eq(csv_cell(table, 5, "dimension"), "");
	cstn_buffer_free(text);
	cstn_interactions_free(set);
}
END_TEST

/* n complaints of customers and orders of their own. */
static cstn_interactions *complaints(int n)
{
	char rows[1024] = "";
	size_t used = 0;
	int i;

	for (i = 0; i < n; i++)
		used += (size_t)snprintf(rows + used, sizeof(rows) - used,
				"%d,c%d,COMPLAINT,1970-01-02T00:00:00Z,O%d,late,,,\n", i, i, i);
	return with(rows);
}

START_TEST(across_the_border_counts_below_the_floor_are_null_and_no_order_is_named)
{
	cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;
	cstn_interactions *four = complaints(4), *five = complaints(5), *one_customer;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	options.floor = 5;
	expect(five, REASONS, &options, 1, "orders", "5");
	expect(four, REASONS, &options, 1, "reason", "late");
	expect(four, REASONS, &options, 1, "orders", "");
	expect(four, REASONS, &options, 1, "interactions", "");
	expect(four, REASONS, &options, 1, "share", "");
	expect(four, REASONS, NULL, 1, "orders", "4");
	expect_error(cstn_feedback_table(five, ORDERS, &options, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "names no orders");
	one_customer = with("1,a,COMPLAINT,1970-01-02T00:00:00Z,1,late,,,\n"
			    "2,a,COMPLAINT,1970-01-02T00:00:00Z,2,late,,,\n"
			    "3,a,COMPLAINT,1970-01-02T00:00:00Z,3,late,,,\n"
			    "4,a,COMPLAINT,1970-01-02T00:00:00Z,4,late,,,\n"
			    "5,a,COMPLAINT,1970-01-02T00:00:00Z,5,late,,,\n");
	expect(one_customer, REASONS, &options, 1, "orders", "");
	options.floor = 4;
	expect_error(cstn_feedback_table(five, REASONS, &options, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "floor is 4; 0, or 5 or more");
	cstn_interactions_free(four);
	cstn_interactions_free(five);
	cstn_interactions_free(one_customer);
}
END_TEST

/* --- the effect of plans ---------------------------------------------------------------------- */

START_TEST(before_is_90_days_up_to_the_plan_and_after_90_days_from_it)
{
	/* the plan on day 100: (10, 100] before, (100, 190] after */
	cstn_interactions *set =
			with("1,a,PLAN_PROMISED,1970-04-11T00:00:00Z,,late,,,\n"
			     "2,a,ORDER_FAILED,1970-01-11T00:00:00Z,,,,,\n" /* day 10: too early */
			     "3,a,ORDER_FAILED,1970-01-11T00:00:00.000001Z,,,,,\n" /* in */
			     "4,a,ORDER_PERFECT,1970-04-11T00:00:00Z,,,,,\n" /* day 100: before */
			     "5,a,ORDER_PERFECT,1970-04-11T00:00:00.000001Z,,,,,\n"
			     "6,a,ORDER_PERFECT,1970-07-10T00:00:00Z,,,,,\n"       /* day 190: in */
			     "7,a,ORDER_FAILED,1970-07-10T00:00:00.000001Z,,,,,\n" /* too late */
			     "8,b,ORDER_FAILED,1970-04-11T00:00:00Z,,,,,\n"); /* another one's */
	cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;
	cstn_rate rate = CSTN_RATE_INIT;
	cstn_buffer *text = NULL;
	const char *table;

	options.until_us = 190 * DAY + 1;
	table = table_of(set, EFFECT, &options, &text);
	ck_assert_str_eq(csv_cell(table, 1, "plans"), "1");
	ck_assert_str_eq(csv_cell(table, 1, "plans_young"), "0");
	ck_assert_str_eq(csv_cell(table, 1, "before_failed"), "1");
	ck_assert_str_eq(csv_cell(table, 1, "before_orders"), "2");
	ck_assert_str_eq(csv_cell(table, 1, "after_failed"), "0");
	ck_assert_str_eq(csv_cell(table, 1, "after_orders"), "2");
	ck_assert_str_eq(csv_cell(table, 1, "change"), "-0.5");
	ck_assert_int_eq(cstn_rate_difference(0, 2, 1, 2, 0, &rate, NULL), CSTN_OK);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "change_low"), NULL), rate.low);
	ck_assert_double_eq(strtod(csv_cell(table, 1, "change_high"), NULL), rate.high);
	ck_assert_str_eq(csv_cell(table, 2, "reason"), "late");
	ck_assert_str_eq(csv_cell(table, 2, "after_orders"), "2");
	cstn_buffer_free(text);
	options.until_us = 190 * DAY; /* its last microsecond is not over */
	expect(set, EFFECT, &options, 1, "plans_young", "1");
	expect(set, EFFECT, &options, 1, "before_orders", "0");
	expect(set, EFFECT, &options, 1, "change", "");
	options.window_days = 1;
	expect(set, EFFECT, &options, 1, "before_orders", "1");
	expect(set, EFFECT, &options, 1, "after_orders", "1");
	options.floor = 5;
	expect(set, EFFECT, &options, 1, "plans", "");
	cstn_interactions_free(set);
}
END_TEST

/* --- at random ---------------------------------------------------------------------------------
 */

#define N 500

/* Row i of a log; ids above 400 repeat earlier ones. */
static size_t put_row(char *to, size_t size, uint64_t seed, int i)
{
	static const char *const kinds[] = {"NPS_ANSWER", "COMPLAINT", "ORDER_FAILED",
			"ORDER_PERFECT", "PLAN_PROMISED", "RETURN_FAULT"};
	static const char *const reasons[] = {"", "late", "damaged", "defective"};
	int id = i < 400 ? i : i - 400;
	uint64_t r = cstn__random_u64(seed, (uint64_t)id);

	return (size_t)snprintf(to, size, "%d,c%d,%s,1970-%02d-%02dT00:00:00Z,O%d,%s,%d,k%d,s%d\n",
			id, (int)(r % 40), kinds[r >> 8 & 3 ? (r >> 10) % 6 : 0],
			(int)(r >> 16 & 7) + 1, (int)(r >> 20 & 15) + 1, (int)(r >> 24 & 63),
			reasons[r >> 32 & 3], (int)(r >> 34 & 7), (int)(r >> 38 & 3),
			(int)(r >> 40 & 1));
}

static cstn_interactions *random_set(uint64_t seed, int from, int to, uint64_t order)
{
	char *rows = calloc(N, 128);
	int places[N], i;
	size_t used = 0;
	cstn_interactions *set;

	ck_assert_ptr_nonnull(rows);
	for (i = 0; i < N; i++)
		places[i] = i;
	for (i = N - 1; i > 0 && order; i--) {
		int k = (int)(cstn__random_u64(order, (uint64_t)i) % (uint64_t)(i + 1));
		int kept = places[i];

		places[i] = places[k];
		places[k] = kept;
	}
	for (i = from; i < to; i++)
		used += put_row(rows + used, 128, seed, places[i]);
	set = with(rows);
	free(rows);
	return set;
}

START_TEST(any_order_split_repetition_and_merge_tree_has_the_same_bytes_and_tables)
{
	cstn_interactions *whole = random_set(1, 0, N, 0), *a, *b, *c;
	cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;
	cstn_buffer *first = NULL, *second = NULL;
	uint64_t round;
	int32_t table;

	options.until_us = 200 * DAY;
	options.window_days = 30;
	ck_assert_uint_eq(cstn_interactions_count(whole), 400);
	for (round = 1; round < 10; round++) {
		int x = (int)(cstn__random_u64(3, round) % N);
		int y = x + (int)(cstn__random_u64(4, round) % (uint64_t)(N - x));

		a = random_set(1, 0, x, round);
		b = random_set(1, x, y, round);
		c = random_set(1, y, N, round);
		ck_assert_int_eq(cstn_interactions_merge(round & 1 ? b : c, a, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_interactions_merge(c, b, NULL), CSTN_OK);
		sealed_expect_equal(&sealed_interactions, c, whole);
		for (table = PROMOTER; table <= EFFECT; table++) {
			ck_assert_str_eq(table_of(c, table, &options, &first),
					table_of(whole, table, &options, &second));
			cstn_buffer_free(first);
			cstn_buffer_free(second);
		}
		cstn_interactions_free(a);
		cstn_interactions_free(b);
		cstn_interactions_free(c);
	}
	cstn_interactions_free(whole);
}
END_TEST

START_TEST(arguments_that_break_their_rule_are_refused)
{
	cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;
	cstn_interactions *set = empty();
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	expect_error(cstn_feedback_table(set, 0, NULL, &stream, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "table is 0");
	expect_error(cstn_feedback_table(set, 5, NULL, &stream, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "table is 5");
	expect_error(cstn_feedback_table(set, EFFECT, NULL, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "until_us is 0");
	options.answers = 3;
	expect_error(cstn_feedback_table(set, 1, &options, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "answers is 3");
	options.answers = 0;
	options.from_us = options.until_us = 7;
	expect_error(cstn_feedback_table(set, 1, &options, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "not after from_us");
	options.until_us = 8;
	options.window_days = -1;
	expect_error(cstn_feedback_table(set, 1, &options, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "window_days is -1");
	ck_assert_uint_eq(cstn_interactions_count(NULL), 0);
	cstn_interactions_free(NULL);
	cstn_interactions_free(set);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			the_same_interaction_again_changes_nothing,
			other_content_under_an_id_is_a_conflict_that_changes_nothing,
			kinds_are_read_as_records_have_them_too,
			a_bad_row_is_named_with_column_and_rule_and_the_others_are_in,
			reasons_of_a_return_are_those_of_the_list_and_of_others_free,
			ids_of_another_type_are_refused,
			bytes_come_back_and_every_changed_one_is_refused_or_another_set,
			of_several_answers_the_latest_the_first_or_all_count,
			the_score_is_that_of_cstn_net_promoter_with_its_interval,
			a_window_holds_its_begin_and_not_its_end,
			reasons_are_counted_by_value_with_the_orders_at_risk,
			across_the_border_counts_below_the_floor_are_null_and_no_order_is_named,
			before_is_90_days_up_to_the_plan_and_after_90_days_from_it,
			any_order_split_repetition_and_merge_tree_has_the_same_bytes_and_tables,
			arguments_that_break_their_rule_are_refused,
	};

	return run_tests("feedback", tests, sizeof(tests) / sizeof(tests[0]));
}
