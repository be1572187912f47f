/* What is known of customers: any split, order, merge tree and number of threads gives the same
 * bytes; bad rows are told; bytes that come back are not trusted. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "loyalty_fixture.h"
#include "sealed_bytes.h"
#include "suite.h"

#define ROWS 120

/* Row number `i` of a kind, a function of it alone; the header's length, as there is room. */
static void make_row(int32_t kind, int i, char *out, size_t size)
{
	static const char *const sources[] = {"PRICE_INCREASE_REFUSED,,,,,,,",
			"PAYS_STATED,1,,,,,,", "REFERRAL,,,,,,,", "REVIEW,2,,,1,,,",
			"OUTREACH,0,,,,,,", "NPS_ANSWER,9,,,,,,", "QUOTE_REQUEST,,,,,3,2,",
			"PANEL,1,,,,,,2024-11-30", "ORDER,,,,,,,", "COMPLAINT,,,,,,,"};
	int who = i * 7 % 13, day = 1 + i * 5 % 28, month = 1 + i * 3 % 12;

	if (kind == CSTN_LOYALTY_ROWS_EVIDENCE)
		snprintf(out, size, "c%d,2024-%02d-%02d,%s\n", who, month % 11 + 1, day,
				sources[i % 10]);
	else if (kind == CSTN_LOYALTY_ROWS_PURCHASES)
		snprintf(out, size, "c%d,%d-%02d-%02d,i%d,%d,%d\n", who, 2023 + i % 2, month, day,
				i % 5, 1 + i % 9, 100 + i);
	else
		snprintf(out, size, "c%d,2024-01-%02d,%s,%s,%d\n", who, day,
				i % 3 ? (i % 2 ? "A" : "B") : "", i % 4 ? "COMMIT" : "DEVELOP",
				i % 6 ? i : -i);
}

/* Rows `i` with (a i + b) mod ROWS in [from, to), in that order. */
static cstn_loyalty *part_of(int a, int b, int from, int to)
{
	static const char *const headers[] = {EVIDENCE, PURCHASES, CUSTOMERS};
	cstn_loyalty *state = loyalty_state(NULL, NULL, NULL);
	char text[16000], row[200];
	int32_t kind;
	int i;

	for (kind = 1; kind <= 3; kind++) {
		strcpy(text, headers[kind - 1]);
		for (i = from; i < to; i++) {
			make_row(kind, (a * i + b) % ROWS, row, sizeof(row));
			ck_assert_uint_lt(strlen(text) + strlen(row), sizeof(text));
			strcat(text, row);
		}
		ck_assert_int_eq(loyalty_add(state, kind, text), CSTN_OK);
	}
	return state;
}

START_TEST(any_order_split_and_merge_tree_gives_the_same_bytes)
{
	static const int steps[] = {1, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 49, 53, 59,
			61, 67, 71, 73};
	cstn_loyalty *whole = part_of(1, 0, 0, ROWS);
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		int a = steps[i], cut = (int)(i * 31 % ROWS), later = cut + (ROWS - cut) / 2;
		cstn_loyalty *one = part_of(a, (int)i, 0, cut);
		cstn_loyalty *two = part_of(a, (int)i, cut, later);
		cstn_loyalty *three = part_of(a, (int)i, later, ROWS);

		if (i % 2) {
			ck_assert_int_eq(cstn_loyalty_merge(two, three, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_loyalty_merge(one, two, NULL), CSTN_OK);
			sealed_expect_equal(&sealed_loyalty, whole, one);
		} else {
			ck_assert_int_eq(cstn_loyalty_merge(three, one, NULL), CSTN_OK);
			/* putting a state in order between two merges changes nothing */
			ck_assert(!sealed_equal(&sealed_loyalty, whole, three));
			ck_assert_int_eq(cstn_loyalty_merge(three, two, NULL), CSTN_OK);
			sealed_expect_equal(&sealed_loyalty, whole, three);
		}
		cstn_loyalty_free(one);
		cstn_loyalty_free(two);
		cstn_loyalty_free(three);
	}
	cstn_loyalty_free(whole);
}
END_TEST

START_TEST(threads_give_the_same_tables)
{
	static const int32_t threads[] = {1, 2, 3, 8};
	cstn_buffer *held[4];
	size_t i;
	int32_t table;

	for (table = 1; table <= 4; table++) {
		for (i = 0; i < 4; i++) {
			cstn_loyalty_options options = loyalty_options("2024-12-31");
			cstn_loyalty_verdicts *verdicts;

			options.threads = threads[i];
			verdicts = loyalty_verdicts(part_of(1, 0, 0, ROWS), &options);
			loyalty_table(verdicts, table, &held[i]);
			cstn_loyalty_verdicts_free(verdicts);
			ck_assert_str_eq((const char *)cstn_buffer_data(held[i]),
					(const char *)cstn_buffer_data(held[0]));
		}
		for (i = 0; i < 4; i++)
			cstn_buffer_free(held[i]);
	}
}
END_TEST

START_TEST(bytes_come_back_as_they_were_and_go_on)
{
	cstn_loyalty *whole = part_of(1, 0, 0, ROWS), *half = part_of(1, 0, 0, 60);
	cstn_loyalty *rest = part_of(1, 0, 60, ROWS), *empty = loyalty_state(NULL, NULL, NULL);
	cstn_loyalty *back = sealed_copy(&sealed_loyalty, half);

	ck_assert_int_eq(cstn_loyalty_merge(back, rest, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_loyalty_merge(back, empty, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_loyalty, whole, back);
	cstn_loyalty_free(whole);
	cstn_loyalty_free(half);
	cstn_loyalty_free(back);
	cstn_loyalty_free(rest);
	cstn_loyalty_free(empty);
}
END_TEST

START_TEST(changed_and_cut_bytes_are_refused_or_read_as_another_state)
{
	static const uint8_t flips[] = {0x01, 0x10, 0x80};
	cstn_loyalty *state = part_of(1, 0, 0, 40);
	cstn_buffer *bytes = sealed_write(&sealed_loyalty, state);
	size_t refused = sealed_changes_refused(&sealed_loyalty, state, flips, 3, NULL);

	/* another amount is another state; another type, count or order is none */
	ck_assert_uint_gt(refused, SEALED_HEAD * 3);
	ck_assert_uint_lt(refused, (cstn_buffer_size(bytes) - SEALED_TAIL) * 3);
	sealed_refuses_damage(&sealed_loyalty, state, 0x02);
	cstn_buffer_free(bytes);
	cstn_loyalty_free(state);
}
END_TEST

/* --- bad input -------------------------------------------------------------------------------- */

START_TEST(bad_rows_are_told_with_row_column_and_rule_and_the_rest_goes_on)
{
	static const struct {
		const char *row, *column;
		int32_t code;
	} cases[] = {{"a,2024-03-01,REVEIW,,,,,,,", "source", CSTN_ROW_VALUE},
			{",2024-03-01,REFERRAL,,,,,,,", "customer", CSTN_ROW_NULL},
			{"a,2024-03-01,PAYS_STATED,,,,,,,", "number", CSTN_ROW_NULL},
			{"a,2024-03-01,PAYS_STATED,2,,,,,,", "number", CSTN_ROW_RANGE},
			{"a,2024-03-01,OUTREACH,-1,,,,,,", "number", CSTN_ROW_RANGE},
			{"a,2024-03-01,RECOMMENDATION,2,,,,,,", "number", CSTN_ROW_RANGE},
			{"a,2024-03-01,NPS_ANSWER,11,,,,,,", "number", CSTN_ROW_RANGE},
			{"a,2024-03-01,NPS_ANSWER,-1,,,,,,", "number", CSTN_ROW_RANGE},
			{"a,2024-03-01,NPS_ANSWER,,,,,,,", "number", CSTN_ROW_NULL},
			{"a,2024-03-01,REVIEW,6,,,1,,,", "number", CSTN_ROW_RANGE},
			{"a,2024-03-01,REVIEW,0,1,5,1,,,", "number", CSTN_ROW_RANGE},
			{"a,2024-03-01,REVIEW,,,,1,,,", "number", CSTN_ROW_NULL},
			{"a,2024-03-01,REVIEW,1,5,5,1,,,", "scale_max", CSTN_ROW_ORDER},
			{"a,2024-03-01,REVIEW,1,0,1000001,1,,,", "scale_max", CSTN_ROW_RANGE},
			{"a,2024-03-01,REVIEW,1,-1000001,5,1,,,", "scale_min", CSTN_ROW_RANGE},
			{"a,2024-03-01,PANEL,,,,,0,0,", "occasions", CSTN_ROW_RANGE},
			{"a,2024-03-01,PANEL,,,,,1000000,0,", "occasions", CSTN_ROW_RANGE},
			{"a,2024-03-01,PANEL,,,,,3,4,", "first", CSTN_ROW_RANGE},
			{"a,2024-03-01,PANEL,,,,,3,-1,", "first", CSTN_ROW_RANGE},
			{"a,2024-03-01,PANEL,,,,,3,,", "first", CSTN_ROW_NULL},
			{"a,2024-03-01,PANEL,,,,,,,", "number", CSTN_ROW_NULL},
			{"a,2024-03-01,REFERRAL,,,,,,,2024-03-01", "expires", CSTN_ROW_ORDER}};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cstn_loyalty *state = loyalty_state(NULL, NULL, NULL);
		cstn_loyalty *good = loyalty_state("b,2024-03-01,REFERRAL,,,,,,,\n"
						   "c,2024-03-01,PANEL,,,,,999999,0,\n",
				NULL, NULL);
		struct ArrowArrayStream stream;
		cstn_row_errors *bad = NULL;
		cstn_row_error row = {0};
		char text[400];

		snprintf(text, sizeof(text),
				EVIDENCE "b,2024-03-01,REFERRAL,,,,,,,\n%s\n"
					 "c,2024-03-01,PANEL,,,,,999999,0,\n",
				cases[i].row);
		csv_rows(&stream, EVIDENCE_SCHEMA, text);
		ck_assert_msg(cstn_loyalty_update(state, CSTN_LOYALTY_ROWS_EVIDENCE, &stream, NULL,
					      &bad, NULL) == CSTN_E_ROWS,
				"%s", cases[i].row);
		ck_assert_int_eq(cstn_row_errors_at(bad, 0, &row, NULL), CSTN_OK);
		ck_assert_uint_eq(row.row, 1);
		ck_assert_msg(row.code == cases[i].code, "%s: %d", cases[i].row, row.code);
		ck_assert_str_eq(cstn_row_errors_column(bad, 0), cases[i].column);
		sealed_expect_equal(&sealed_loyalty, state, good);
		cstn_row_errors_free(bad);
		cstn_loyalty_free(state);
		cstn_loyalty_free(good);
	}
}
END_TEST

START_TEST(a_bad_row_after_a_thousand_others_is_told_by_its_number)
{
	enum { HAD = 1500, LINE = 40 };
	cstn_loyalty *state = loyalty_state(NULL, NULL, NULL);
	char *text = malloc((HAD + 2) * LINE);
	struct ArrowArrayStream stream;
	cstn_row_errors *bad = NULL;
	cstn_row_error row = {0};
	size_t len;
	int i;

	ck_assert_ptr_nonnull(text);
	strcpy(text, "customer,valid,source\n");
	len = strlen(text);
	for (i = 0; i < HAD; i++)
		len += (size_t)snprintf(text + len, LINE, "a,2024-03-01,REFERRAL\n");
	strcpy(text + len, "a,,REFERRAL\n");
	csv_rows(&stream, "customer text\nvalid date null\nsource text\n", text);
	ck_assert_int_eq(cstn_loyalty_update(state, CSTN_LOYALTY_ROWS_EVIDENCE, &stream, NULL, &bad,
					 NULL),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &row, NULL), CSTN_OK);
	ck_assert_int_eq(row.code, CSTN_ROW_NULL);
	ck_assert_uint_eq(row.row, HAD);
	cstn_row_errors_free(bad);
	cstn_loyalty_free(state);
	free(text);
}
END_TEST

START_TEST(a_failed_update_and_a_failed_merge_leave_a_state_as_it_was)
{
	cstn_loyalty *state = part_of(1, 0, 0, 40), *before = part_of(1, 0, 0, 40), *other = NULL;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	csv_rows(&stream, "customer int64\nvalid date\nsource text\n",
			"customer,valid,source\n1,2024-01-01,ORDER\n");
	expect_error(cstn_loyalty_update(state, 1, &stream, NULL, NULL, &error), CSTN_E_MISMATCH,
			&error, "customers are text here and numbers there");
	csv_rows(&stream, "customer text\nvalid date\nitem int64\nquantity int64\namount int64\n",
			"customer,valid,item,quantity,amount\na,2024-01-01,1,1,1\n");
	expect_error(cstn_loyalty_update(state, 2, &stream, NULL, NULL, &error), CSTN_E_MISMATCH,
			&error, "items");
	csv_rows(&stream, "customer text\ncurrency text\n", "customer,currency\na,EUR\n");
	expect_error(cstn_loyalty_update(state, 3, &stream, NULL, NULL, &error), CSTN_E_CURRENCY,
			&error, "row 0: currency 'EUR'");
	csv_rows(&stream, "customer text\nmargin int64\n",
			"customer,margin\nc0,9223372036854775807\nc0,9223372036854775807\n");
	expect_error(cstn_loyalty_update(state, 3, &stream, NULL, NULL, &error), CSTN_E_OVERFLOW,
			&error, "customer 'c0'");
	csv_rows(&stream, "customer text\nmargin int64\n",
			"customer,margin\nc0,9223372036854775807\n");
	expect_error(cstn_loyalty_update(state, 3, &stream, NULL, NULL, &error), CSTN_E_OVERFLOW,
			&error, "customer 'c0'");
	csv_rows(&stream, "customer text\n", "customer\na\n");
	expect_error(cstn_loyalty_update(state, 4, &stream, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "4");
	csv_rows(&stream, "customer text\n", "customer\na\n");
	expect_error(cstn_loyalty_update(state, 1, &stream, NULL, NULL, &error), CSTN_E_SCHEMA,
			&error, "source");
	ck_assert_int_eq(cstn_loyalty_new("EUR", NULL, &other, NULL), CSTN_OK);
	expect_error(cstn_loyalty_merge(state, other, &error), CSTN_E_CURRENCY, &error, "EUR");
	expect_error(cstn_loyalty_merge(state, state, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"itself");
	sealed_expect_equal(&sealed_loyalty, state, before);
	cstn_loyalty_free(other);
	cstn_loyalty_free(state);
	cstn_loyalty_free(before);
}
END_TEST

START_TEST(sums_of_purchases_that_do_not_fit_name_the_customer)
{
	cstn_loyalty *state = loyalty_state(
			NULL, "b,2024-01-01,x,1,9223372036854775807\nb,2024-01-01,x,1,1\n", NULL);
	cstn_loyalty_options options = loyalty_options("2024-12-31");
	cstn_loyalty_verdicts *verdicts = NULL;
	cstn_error *error = NULL;

	expect_error(cstn_loyalty_finish(state, &options, &verdicts, &error), CSTN_E_OVERFLOW,
			&error, "customer 'b'");
	ck_assert_ptr_null(verdicts);
	cstn_loyalty_free(state);
}
END_TEST

START_TEST(options_out_of_range_are_refused_by_name)
{
	cstn_loyalty *state = loyalty_state(NULL, NULL, NULL);
	cstn_loyalty_options options = loyalty_options("2024-12-31"), bad;
	cstn_loyalty_verdicts *verdicts = NULL;
	cstn_error *error = NULL;
	size_t i;
	struct {
		int32_t *at, value;
		const char *said;
	} cases[] = {{&bad.order_window_days, 1000001, "order_window_days is 1000001"},
			{&bad.price_window_days, -1, "price_window_days"},
			{&bad.expiry_days, -1, "expiry_days"}, {&bad.min_items, -1, "min_items"},
			{&bad.min_occasions, 1000000, "min_occasions"},
			{&bad.price_slack_ppm, 1000000, "price_slack_ppm"},
			{&bad.quantity_slack_ppm, 1000000, "quantity_slack_ppm"},
			{&bad.confidence_ppm, 1000000, "confidence_ppm"},
			{&bad.answers, 3, "answers is 3"}, {&bad.threads, -1, "threads"}};

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bad = options;
		*cases[i].at = cases[i].value;
		expect_error(cstn_loyalty_finish(state, &bad, &verdicts, &error),
				CSTN_E_INVALID_ARGUMENT, &error, cases[i].said);
	}
	bad = options;
	bad.as_of_us = INT64_MAX;
	expect_error(cstn_loyalty_finish(state, &bad, &verdicts, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "as_of_us");
	bad = options;
	bad.price_split_us = INT64_MIN;
	expect_error(cstn_loyalty_finish(state, &bad, &verdicts, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "price_split_us");
	expect_error(cstn_loyalty_finish(state, NULL, &verdicts, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "as-of");
	ck_assert_ptr_null(verdicts);
	cstn_loyalty_free(state);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {any_order_split_and_merge_tree_gives_the_same_bytes,
			threads_give_the_same_tables, bytes_come_back_as_they_were_and_go_on,
			changed_and_cut_bytes_are_refused_or_read_as_another_state,
			bad_rows_are_told_with_row_column_and_rule_and_the_rest_goes_on,
			a_bad_row_after_a_thousand_others_is_told_by_its_number,
			a_failed_update_and_a_failed_merge_leave_a_state_as_it_was,
			sums_of_purchases_that_do_not_fit_name_the_customer,
			options_out_of_range_are_refused_by_name};

	return run_tests("loyalty_state", tests, sizeof(tests) / sizeof(*tests));
}
