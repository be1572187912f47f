/* Customer value: states that merge, fits, and bad input. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sealed_bytes.h"
#include "suite.h"
#include "value_fixture.h"

START_TEST(threads_splits_and_merges_give_the_same_bytes)
{
	static const int32_t threads[] = {2, 3, 8};
	char *text, *half, *second;
	cstn_value_state *whole, *first, *rest;
	cstn_customer_value *model, *again;
	size_t i;

	value_drawn = 5000000;
	text = value_simulate(9000, 0);
	whole = value_state_of("bgnbd", text, PLAIN);
	model = value_fit(whole, 1);
	for (i = 0; i < N(threads); i++) {
		again = value_fit(whole, threads[i]);
		sealed_expect_equal(&sealed_customer_value, again, model);
		cstn_customer_value_unref(again);
	}
	half = strchr(text + strlen(text) / 3, '\n') + 1;
	second = malloc(strlen(half) + 16);
	ck_assert_ptr_nonnull(second);
	sprintf(second, "x,tx,T\n%s", half);
	*half = '\0';
	rest = value_state_of("bgnbd", second, PLAIN);
	first = value_state_of("bgnbd", text, PLAIN);
	ck_assert_int_eq(cstn_value_state_merge(rest, first, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_value_state, rest, whole);
	again = value_fit(rest, 2);
	sealed_expect_equal(&sealed_customer_value, again, model);
	cstn_customer_value_unref(again);
	cstn_customer_value_unref(model);
	cstn_value_state_free(first);
	cstn_value_state_free(rest);
	cstn_value_state_free(whole);
	free(second);
	free(text);
}
END_TEST

START_TEST(a_weight_is_repetition)
{
	cstn_value_state *weighed = value_state_of("bgnbd",
			"x,tx,T,weight\n0,0,39,3\n1,1.7,38,2\n4,30,39,1\n2,8,35,2\n0,0,30,0\n",
			PLAIN "weight int64\n");
	cstn_value_state *repeated = value_state_of("bgnbd",
			"x,tx,T\n2,8,35\n0,0,39\n1,1.7,38\n0,0,39\n4,30,39\n1,1.7,38\n0,0,39\n2,8,"
			"35\n",
			PLAIN);

	ck_assert_int_eq(cstn_value_state_customers(weighed), 8);
	sealed_expect_equal(&sealed_value_state, weighed, repeated);
	cstn_value_state_free(weighed);
	cstn_value_state_free(repeated);
}
END_TEST

START_TEST(an_erased_customer_leaves_the_state_that_never_saw_him)
{
	cstn_value_state *never = value_state_of("bgnbd", "x,tx,T\n" FEW, PLAIN);
	cstn_value_state *erased = value_state_of("bgnbd", "x,tx,T\n2,5,17\n" FEW, PLAIN);
	cstn_error *error = NULL;

	ck_assert_int_eq(value_update(erased, "x,tx,T,weight\n2,5,17,-1\n", PLAIN "weight int64\n",
					 NULL, NULL),
			CSTN_OK);
	sealed_expect_equal(&sealed_value_state, never, erased);
	ck_assert_int_eq(value_update(erased, "x,tx,T,weight\n2,5,17,-1\n", PLAIN "weight int64\n",
					 NULL, &error),
			CSTN_E_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "x 2, tx 5 and T 17"));
	sealed_expect_equal(&sealed_value_state, never, erased);
	cstn_error_free(error);
	cstn_value_state_free(never);
	cstn_value_state_free(erased);
}
END_TEST

START_TEST(a_customer_who_comes_twice_is_refused_with_both_rows)
{
	cstn_value_state *state = value_state_new("bgnbd", 0);
	cstn_error *error = NULL;

	ck_assert_int_eq(value_update(state, "customer,x,tx,T\nann,0,0,9\nbob,1,2,9\nann,0,0,9\n",
					 "customer text\n" PLAIN, NULL, &error),
			CSTN_E_DUPLICATE);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "rows 0 and 2"));
	ck_assert_int_eq(cstn_value_state_customers(state), 0);
	cstn_error_free(error);
	ck_assert_int_eq(value_update(state, "customer,x,tx,T\n7,0,0,9\n8,1,2,9\n,0,0,3\n,0,0,3\n",
					 "customer int64 null\n" PLAIN, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_value_state_customers(state), 4);
	cstn_value_state_free(state);
}
END_TEST

START_TEST(days_are_seventh_parts_of_weeks)
{
	cstn_value_config config = CSTN_VALUE_CONFIG_INIT;
	cstn_value_state *days = NULL, *units;
	cstn_buffer *a, *b;

	config.time_in = CSTN_VALUE_TIME_DAYS;
	ck_assert_int_eq(cstn_value_state_new("bgnbd", &config, NULL, &days, NULL), CSTN_OK);
	ck_assert_int_eq(value_update(days, "x,tx,T\n2,14,70\n0,0,35\n",
					 "x int64\ntx int64\nT int64\n", NULL, NULL),
			CSTN_OK);
	units = value_state_of("bgnbd", "x,tx,T\n2,2,10\n0,0,5\n", PLAIN);
	ck_assert_int_eq(cstn_value_state_merge(units, days, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_merge(days, days, NULL), CSTN_OK);
	a = sealed_write(&sealed_value_state, units);
	b = sealed_write(&sealed_value_state, days);
	/* the head differs by time_in, the groups and their weights do not */
	ck_assert_uint_eq(cstn_buffer_size(a), cstn_buffer_size(b));
	ck_assert_mem_eq(cstn_buffer_data(a) + 92, cstn_buffer_data(b) + 92, 48);
	cstn_buffer_free(a);
	cstn_buffer_free(b);
	cstn_value_state_free(days);
	cstn_value_state_free(units);
}
END_TEST

/* --- bad input --- */

static void refused(const char *row, const char *part)
{
	char text[256];
	cstn_value_state *state = value_state_of("bgnbd", "x,tx,T\n2,3,9\n", PLAIN);
	cstn_value_state *tolerant = value_state_new("bgnbd", CSTN_VALUE_SKIP_BAD);
	cstn_error *error = NULL;
	cstn_row_errors *bad = NULL;

	snprintf(text, sizeof(text), "x,tx,T\n1,2,5\n%s\n", row);
	ck_assert_int_eq(value_update(state, text, PLAIN, &bad, &error), CSTN_E_ROWS);
	ck_assert_msg(strstr(cstn_error_message(error), part) != NULL, "%s",
			cstn_error_message(error));
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_value_state_customers(state), 1);
	cstn_row_errors_free(bad);
	bad = NULL;
	ck_assert_int_eq(value_update(tolerant, text, PLAIN, &bad, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_value_state_customers(tolerant), 1);
	cstn_row_errors_free(bad);
	cstn_error_free(error);
	cstn_value_state_free(state);
	cstn_value_state_free(tolerant);
}

START_TEST(rows_that_break_a_rule_are_named_and_refused)
{
	refused("-1,2,5", "row 1, column 'x': '-1' is negative");
	refused("1,-2,5", "row 1, column 'tx': '-2' is negative");
	refused("1,2,-5", "row 1, column 'T': '-5' is negative");
	refused("1,5.0001,5", "row 1, column 'tx': '5.0001 (T is 5)' is in the wrong order");
	refused("0,1,5", "row 1, column 'tx': '1 (x is 0)' is not one of the allowed values");
	refused("1,0,5", "row 1, column 'x': '1 (tx is 0)' is not one of the allowed values");
	refused("4294967296,1,5", "row 1, column 'x': '4294967296' is outside");
}
END_TEST

static void not_fitted(const char *model, const char *text, const char *schema, cstn_status status,
		const char *part)
{
	cstn_value_state *state = value_state_of(model, text, schema);
	cstn_customer_value *fitted = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_customer_value_fit(state, NULL, &fitted, &error), status);
	ck_assert_ptr_null(fitted);
	ck_assert_msg(strstr(cstn_error_message(error), part) != NULL, "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	cstn_value_state_free(state);
}

START_TEST(what_is_not_identified_says_why)
{
	not_fitted("bgnbd", "x,tx,T\n", PLAIN, CSTN_E_EMPTY, "no customers");
	not_fitted("bgnbd", "x,tx,T\n0,0,9\n0,0,8\n0,0,8\n0,0,7\n", PLAIN, CSTN_E_NOT_IDENTIFIED,
			"bought again");
	not_fitted("bgnbd", "x,tx,T\n1,2,9\n0,0,8\n0,0,8\n", PLAIN, CSTN_E_NOT_IDENTIFIED,
			"3 customers for 4");
	not_fitted("bgnbd", "x,tx,T\n1,2,9\n1,2,9\n1,2,9\n1,2,9\n", PLAIN, CSTN_E_NOT_IDENTIFIED,
			"equal");
	not_fitted("sbg", "survivors\n100\n100\n100\n", "survivors int64\n", CSTN_E_NOT_IDENTIFIED,
			"lost");
}
END_TEST

START_TEST(survivors_that_rise_are_named)
{
	cstn_value_state *state = value_state_new("sbg", 0);
	cstn_error *error = NULL;

	ck_assert_int_eq(value_update(state, "survivors\n100\n60\n61\n", "survivors int64\n", NULL,
					 &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_msg(strstr(cstn_error_message(error), "60 to 61 in row 2") != NULL, "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	cstn_value_state_free(state);
}
END_TEST

START_TEST(other_units_and_models_do_not_merge)
{
	cstn_value_config config = CSTN_VALUE_CONFIG_INIT;
	cstn_value_state *weeks = value_state_new("bgnbd", 0), *pareto = value_state_new("pnbd", 0);
	cstn_value_state *days = NULL;

	config.unit_us = INT64_C(86400000000);
	ck_assert_int_eq(cstn_value_state_new("bgnbd", &config, NULL, &days, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_merge(weeks, days, NULL), CSTN_E_MISMATCH);
	ck_assert_int_eq(cstn_value_state_merge(weeks, pareto, NULL), CSTN_E_MISMATCH);
	ck_assert_int_eq(cstn_value_state_new("bg", NULL, NULL, &days, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_value_state_free(days);
	cstn_value_state_free(weeks);
	cstn_value_state_free(pareto);
}
END_TEST

/* --- flags --- */

START_TEST(customers_who_never_leave_set_no_dropout)
{
	/* Poisson buyers with gamma rates, all of whom are still there */
	char *text = malloc(3000 * 64), *at = text;
	cstn_value_state *state;
	cstn_customer_value *model;
	double value;
	int i;

	ck_assert_ptr_nonnull(text);
	value_drawn = 9000000;
	at += sprintf(at, "x,tx,T\n");
	for (i = 0; i < 1500; i++) {
		double rate = value_gamma(4, 8.0), now = 0.0, last = 0.0;
		int x = 0;

		for (now = value_exponential(rate); now < 40.0; now += value_exponential(rate)) {
			last = now;
			x++;
		}
		at += sprintf(at, "%d,%.17g,40\n", x, last);
	}
	state = value_state_of("bgnbd", text, PLAIN);
	model = value_fit(state, 1);
	ck_assert(cstn_customer_value_flags(model) & CSTN_FIT_NO_DROPOUT);
	ck_assert_int_eq(cstn_customer_value_get_param(model, "se_a", &value, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_double_lt(fabs(value_asked(model, "r") - 2.0), 0.3);
	cstn_customer_value_unref(model);
	cstn_value_state_free(state);
	free(text);
}
END_TEST

START_TEST(a_fit_in_days_is_the_fit_in_weeks)
{
	char *text, *days, *to, *line;
	cstn_value_state *weekly, *daily;
	cstn_customer_value *w, *d;

	value_drawn = 31;
	text = value_simulate(3000, 0);
	days = malloc(strlen(text) * 2 + 64);
	ck_assert_ptr_nonnull(days);
	to = days + sprintf(days, "x,tx,T\n");
	for (line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
		double x = 0.0, tx = 0.0, age = 0.0;

		ck_assert_int_eq(sscanf(line, "%lf,%lf,%lf", &x, &tx, &age), 3);
		to += sprintf(to, "%.0f,%.17g,%.17g\n", x, tx * 7.0, age * 7.0);
	}
	weekly = value_state_of("mbgnbd", text, PLAIN);
	daily = value_state_of("mbgnbd", days, PLAIN);
	w = value_fit(weekly, 1);
	d = value_fit(daily, 1);
	ck_assert_double_lt(fabs(value_asked(d, "r") / value_asked(w, "r") - 1.0), 1e-7);
	ck_assert_double_lt(
			fabs(value_asked(d, "alpha") / value_asked(w, "alpha") / 7.0 - 1.0), 1e-7);
	ck_assert_double_lt(fabs(value_asked(d, "a") / value_asked(w, "a") - 1.0), 1e-7);
	cstn_customer_value_unref(w);
	cstn_customer_value_unref(d);
	cstn_value_state_free(weekly);
	cstn_value_state_free(daily);
	free(text);
	free(days);
}
END_TEST

/* --- currencies --- */

#define SPEND "x int64\nspend double\ncurrency text null\n"
#define SPENT "4,20,EUR\n7,31,EUR\n2,12,EUR\n3,55,\n9,8,EUR\n1,70,EUR\n"

START_TEST(spend_is_in_one_currency)
{
	cstn_value_state *state = value_state_of("gammagamma", "x,spend,currency\n" SPENT, SPEND);
	cstn_value_state *other =
			value_state_of("gammagamma", "x,spend,currency\n2,9,USD\n", SPEND);
	struct ArrowArrayStream rows, out;
	cstn_customer_value *model;
	cstn_error *error = NULL;
	cstn_buffer *text = NULL;

	ck_assert_int_eq(value_update(state, "x,spend,currency\n2,9,EUR\n2,9,USD\n", SPEND, NULL,
					 &error),
			CSTN_E_CURRENCY);
	ck_assert_str_eq(cstn_error_message(error),
			"row 1 is in USD, EUR expected; one currency a model");
	cstn_error_free(error);
	ck_assert_int_eq(value_update(state, "x,spend,currency\n2,9,USD\n", SPEND, NULL, NULL),
			CSTN_E_CURRENCY);
	ck_assert_int_eq(cstn_value_state_merge(state, other, NULL), CSTN_E_CURRENCY);
	ck_assert_int_eq(cstn_value_state_customers(state), 6);
	model = value_fit(state, 1);
	ck_assert_int_eq(cstn_customer_value_describe(model, &text, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(
			strstr((const char *)cstn_buffer_data(text), "\"currency\": \"EUR\""));
	value_rows("x,spend,currency\n2,9,USD\n", SPEND, &rows);
	ck_assert_int_eq(cstn_customer_value_predict(model, &rows, NULL, &out, NULL, NULL),
			CSTN_E_CURRENCY);
	value_rows("x,spend,currency\n2,9,EUR\n2,9,\n", SPEND, &rows);
	ck_assert_int_eq(
			cstn_customer_value_predict(model, &rows, NULL, &out, NULL, NULL), CSTN_OK);
	out.release(&out);
	cstn_buffer_free(text);
	cstn_customer_value_unref(model);
	cstn_value_state_free(other);
	cstn_value_state_free(state);
}
END_TEST

START_TEST(a_currency_goes_with_its_last_customer)
{
	cstn_value_state *state = value_state_of("gammagamma", "x,spend,currency\n3,55,\n", SPEND);
	cstn_value_state *before = sealed_copy(&sealed_value_state, state), *again;

	ck_assert_int_eq(value_update(state, "x,spend,currency\n2,9,USD\n", SPEND, NULL, NULL),
			CSTN_OK);
	again = sealed_copy(&sealed_value_state, state);
	ck_assert_int_eq(value_update(again, "x,spend,currency,weight\n2,9,USD,-1\n",
					 SPEND "weight int64\n", NULL, NULL),
			CSTN_OK);
	sealed_expect_equal(&sealed_value_state, again, before);
	cstn_value_state_free(before);
	cstn_value_state_free(again);
	cstn_value_state_free(state);
}
END_TEST

/* Blocks of 1,024 rows: the number is that in the stream. */
START_TEST(a_bad_row_far_down_is_named_by_its_number)
{
	cstn_value_state *state = value_state_new("bgnbd", 0);
	char *text = malloc(40000), *to = text;
	cstn_error *error = NULL;
	int i;

	ck_assert_ptr_nonnull(text);
	to += sprintf(to, "x,tx,T\n");
	for (i = 0; i < 3000; i++)
		to += sprintf(to, "%s", i == 2500 ? ",0,39\n" : "0,0,39\n");
	ck_assert_int_eq(value_update(state, text, "x int64 null\ntx double\nT double\n", NULL,
					 &error),
			CSTN_E_ROWS);
	ck_assert_msg(strstr(cstn_error_message(error), "row 2500") != NULL, "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	free(text);
	cstn_value_state_free(state);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {threads_splits_and_merges_give_the_same_bytes,
			a_weight_is_repetition,
			an_erased_customer_leaves_the_state_that_never_saw_him,
			a_customer_who_comes_twice_is_refused_with_both_rows,
			days_are_seventh_parts_of_weeks,
			rows_that_break_a_rule_are_named_and_refused,
			what_is_not_identified_says_why, survivors_that_rise_are_named,
			other_units_and_models_do_not_merge, spend_is_in_one_currency,
			a_currency_goes_with_its_last_customer,
			a_bad_row_far_down_is_named_by_its_number,
			customers_who_never_leave_set_no_dropout,
			a_fit_in_days_is_the_fit_in_weeks};

	return run_tests("customer value", tests, N(tests));
}
