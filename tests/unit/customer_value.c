/* Customer value through its public calls: states that merge, fits that find what made the data,
 * predictions, holdouts, bytes, and bad input. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/customer_value.h>

#include "base/stats.h"
#include "csv_fixture.h"
#include "failing_allocator.h"
#include "suite.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define PLAIN "x int64\ntx double\nT double\n"

/* Customers as a stream; the text stays until the stream is read. */
static void open_rows(const char *text, const char *schema, struct ArrowArrayStream *out)
{
	cstn_schema *columns = csv_schema(schema);
	cstn_csv_reader *reader = NULL;
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.threads = 1;
	options.batch_rows = 700;
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), columns,
					 &options, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(columns);
}

static cstn_value_state *new_state(const char *model, uint32_t flags)
{
	cstn_value_config config = CSTN_VALUE_CONFIG_INIT;
	cstn_value_state *state = NULL;

	config.flags = flags;
	ck_assert_int_eq(cstn_value_state_new(model, &config, NULL, &state, NULL), CSTN_OK);
	return state;
}

static cstn_status update(cstn_value_state *state, const char *text, const char *schema,
		cstn_row_errors **bad, cstn_error **error)
{
	struct ArrowArrayStream rows;

	open_rows(text, schema, &rows);
	return cstn_value_state_update(state, &rows, NULL, bad, error);
}

static cstn_value_state *state_of(const char *model, const char *text, const char *schema)
{
	cstn_value_state *state = new_state(model, 0);
	cstn_error *error = NULL;
	cstn_status status = update(state, text, schema, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return state;
}

static cstn_customer_value *fit_with(cstn_value_state *state, int32_t threads)
{
	cstn_value_fit_options options = CSTN_VALUE_FIT_OPTIONS_INIT;
	cstn_customer_value *model = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	options.threads = threads;
	status = cstn_customer_value_fit(state, &options, &model, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

static double asked(const cstn_customer_value *model, const char *name)
{
	double value = 0.0;

	ck_assert_int_eq(cstn_customer_value_get_param(model, name, &value, NULL), CSTN_OK);
	return value;
}

/* --- customers made by the model itself --- */

static uint64_t drawn;

static double unit(void)
{
	return 1.0 - cstn__random_unit(424242, drawn++);
}

static double exponential(double rate)
{
	return -log(unit()) / rate;
}

/* Marsaglia and Tsang's gamma needs normals; for whole and half shapes sums do. */
static double gamma_of(int32_t halves, double rate)
{
	double sum = 0.0;
	int32_t i;

	for (i = 0; i < halves / 2; i++)
		sum += exponential(1.0);
	if (halves % 2) {
		double normal = sqrt(-2.0 * log(unit())) * cos(6.283185307179586 * unit());

		sum += 0.5 * normal * normal;
	}
	return sum / rate;
}

/* n customers of BG/NBD with r = 1/2, alpha = 4, a = 1/2, b = 2; `cut` rounds times to days. */
static char *simulate(int n, int pareto)
{
	char *text = malloc((size_t)n * 80 + 16), *at = text;
	int i;

	ck_assert_ptr_nonnull(text);
	at += sprintf(at, "x,tx,T\n");
	for (i = 0; i < n; i++) {
		double rate = gamma_of(1, 4.0), age = 30.0 + floor(unit() * 60.0) / 7.0, now = 0.0;
		double one = gamma_of(1, 1.0), two = gamma_of(4, 1.0), leave = one / (one + two);
		double gone = pareto ? exponential(gamma_of(2, 20.0)) : INFINITY, last = 0.0;
		int x = 0;

		for (;;) {
			now += exponential(rate);
			if (now > age || now > gone)
				break;
			x++;
			last = now;
			if (!pareto && unit() < leave)
				break;
		}
		at += sprintf(at, "%d,%.17g,%.17g\n", x, last, age);
	}
	return text;
}

START_TEST(parameters_that_made_the_data_are_found_again)
{
	static const char *const names[] = {"r", "alpha", "a", "b"};
	static const double made[] = {0.5, 4.0, 0.5, 2.0};
	char *text, se[16];
	cstn_value_state *state;
	cstn_customer_value *model;
	size_t i;

	drawn = 0;
	text = simulate(12000, 0);
	state = state_of("bgnbd", text, PLAIN);
	model = fit_with(state, 0);
	ck_assert_uint_eq(cstn_customer_value_flags(model), 0);
	for (i = 0; i < 4; i++) {
		snprintf(se, sizeof(se), "se_%s", names[i]);
		ck_assert_msg(fabs(asked(model, names[i]) - made[i]) < 3.0 * asked(model, se),
				"%s: %g", names[i], asked(model, names[i]));
	}
	cstn_customer_value_unref(model);
	cstn_value_state_free(state);
	free(text);
}
END_TEST

START_TEST(pareto_finds_its_parameters_again)
{
	static const char *const names[] = {"r", "alpha", "s", "beta"};
	static const double made[] = {0.5, 4.0, 1.0, 20.0};
	char *text, se[16];
	cstn_value_state *state;
	cstn_customer_value *model;
	size_t i;

	drawn = 1000000;
	text = simulate(6000, 1);
	state = state_of("pnbd", text, PLAIN);
	model = fit_with(state, 0);
	for (i = 0; i < 4; i++) {
		snprintf(se, sizeof(se), "se_%s", names[i]);
		ck_assert_msg(fabs(asked(model, names[i]) - made[i]) < 3.0 * asked(model, se),
				"%s: %g", names[i], asked(model, names[i]));
	}
	cstn_customer_value_unref(model);
	cstn_value_state_free(state);
	free(text);
}
END_TEST

static cstn_buffer *bytes_of(const cstn_customer_value *model)
{
	cstn_buffer *buffer = NULL;

	ck_assert_int_eq(cstn_customer_value_serialize(model, &buffer, NULL), CSTN_OK);
	return buffer;
}

static void same_bytes(const cstn_buffer *a, const cstn_buffer *b)
{
	ck_assert_uint_eq(cstn_buffer_size(a), cstn_buffer_size(b));
	ck_assert_mem_eq(cstn_buffer_data(a), cstn_buffer_data(b), cstn_buffer_size(a));
}

START_TEST(threads_splits_and_merges_give_the_same_bytes)
{
	static const int32_t threads[] = {2, 3, 8};
	char *text, *half, *second;
	cstn_value_state *whole, *first, *rest;
	cstn_customer_value *model, *again;
	cstn_buffer *expected, *got, *state_bytes, *merged;
	size_t i;

	drawn = 5000000;
	text = simulate(9000, 0);
	whole = state_of("bgnbd", text, PLAIN);
	model = fit_with(whole, 1);
	expected = bytes_of(model);
	for (i = 0; i < N(threads); i++) {
		again = fit_with(whole, threads[i]);
		got = bytes_of(again);
		same_bytes(got, expected);
		cstn_buffer_free(got);
		cstn_customer_value_unref(again);
	}
	half = strchr(text + strlen(text) / 3, '\n') + 1;
	second = malloc(strlen(half) + 16);
	ck_assert_ptr_nonnull(second);
	sprintf(second, "x,tx,T\n%s", half);
	*half = '\0';
	rest = state_of("bgnbd", second, PLAIN);
	first = state_of("bgnbd", text, PLAIN);
	ck_assert_int_eq(cstn_value_state_merge(rest, first, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_serialize(whole, &state_bytes, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_serialize(rest, &merged, NULL), CSTN_OK);
	same_bytes(merged, state_bytes);
	again = fit_with(rest, 2);
	got = bytes_of(again);
	same_bytes(got, expected);
	cstn_buffer_free(got);
	cstn_buffer_free(merged);
	cstn_buffer_free(state_bytes);
	cstn_buffer_free(expected);
	cstn_customer_value_unref(again);
	cstn_customer_value_unref(model);
	cstn_value_state_free(first);
	cstn_value_state_free(rest);
	cstn_value_state_free(whole);
	free(second);
	free(text);
}
END_TEST

#define FEW                                                                                     \
	"0,0,39\n0,0,38\n0,0,37\n1,1.7,39\n2,30.4,38\n1,20,39\n5,29,39\n0,0,30\n3,12,35\n7,34," \
	"36\n"                                                                                  \
	"0,0,33\n1,3,39\n2,8,39\n0,0,39\n4,38,39\n"

START_TEST(a_weight_is_repetition)
{
	cstn_value_state *weighed = state_of("bgnbd",
			"x,tx,T,weight\n0,0,39,3\n1,1.7,38,2\n4,30,39,1\n2,8,35,2\n0,0,30,0\n",
			PLAIN "weight int64\n");
	cstn_value_state *repeated = state_of("bgnbd",
			"x,tx,T\n2,8,35\n0,0,39\n1,1.7,38\n0,0,39\n4,30,39\n1,1.7,38\n0,0,39\n2,8,"
			"35\n",
			PLAIN);
	cstn_buffer *a = NULL, *b = NULL;

	ck_assert_int_eq(cstn_value_state_customers(weighed), 8);
	ck_assert_int_eq(cstn_value_state_serialize(weighed, &a, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_serialize(repeated, &b, NULL), CSTN_OK);
	same_bytes(a, b);
	cstn_buffer_free(a);
	cstn_buffer_free(b);
	cstn_value_state_free(weighed);
	cstn_value_state_free(repeated);
}
END_TEST

START_TEST(days_are_seventh_parts_of_weeks)
{
	cstn_value_config config = CSTN_VALUE_CONFIG_INIT;
	cstn_value_state *days = NULL, *units;
	cstn_buffer *a = NULL, *b = NULL;

	config.time_in = CSTN_VALUE_TIME_DAYS;
	ck_assert_int_eq(cstn_value_state_new("bgnbd", &config, NULL, &days, NULL), CSTN_OK);
	ck_assert_int_eq(update(days, "x,tx,T\n2,14,70\n0,0,35\n", "x int64\ntx int64\nT int64\n",
					 NULL, NULL),
			CSTN_OK);
	units = state_of("bgnbd", "x,tx,T\n2,2,10\n0,0,5\n", PLAIN);
	ck_assert_int_eq(cstn_value_state_merge(units, days, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_merge(days, days, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_serialize(units, &a, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_serialize(days, &b, NULL), CSTN_OK);
	/* the head differs by time_in, the groups and their weights do not */
	ck_assert_uint_eq(cstn_buffer_size(a), cstn_buffer_size(b));
	ck_assert_mem_eq(cstn_buffer_data(a) + 52, cstn_buffer_data(b) + 52, 48);
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
	cstn_value_state *state = state_of("bgnbd", "x,tx,T\n2,3,9\n", PLAIN);
	cstn_value_state *tolerant = new_state("bgnbd", CSTN_VALUE_SKIP_BAD);
	cstn_error *error = NULL;
	cstn_row_errors *bad = NULL;

	snprintf(text, sizeof(text), "x,tx,T\n1,2,5\n%s\n", row);
	ck_assert_int_eq(update(state, text, PLAIN, &bad, &error), CSTN_E_ROWS);
	ck_assert_msg(strstr(cstn_error_message(error), part) != NULL, "%s",
			cstn_error_message(error));
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_value_state_customers(state), 1);
	cstn_row_errors_free(bad);
	bad = NULL;
	ck_assert_int_eq(update(tolerant, text, PLAIN, &bad, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_value_state_customers(tolerant), 1);
	cstn_row_errors_free(bad);
	cstn_error_free(error);
	cstn_value_state_free(state);
	cstn_value_state_free(tolerant);
}

START_TEST(rows_that_break_a_rule_are_named_and_refused)
{
	refused("-1,2,5", "row 1, column 'x'");
	refused("1,-2,5", "row 1, column 'tx'");
	refused("1,2,-5", "row 1, column 'T'");
	refused("1,5.0001,5", "row 1, column 'tx'");
	refused("0,1,5", "row 1, column 'tx'");
	refused("1,0,5", "row 1, column 'x'");
	refused("4294967296,1,5", "row 1, column 'x'");
}
END_TEST

static void not_fitted(const char *model, const char *text, const char *schema, cstn_status status,
		const char *part)
{
	cstn_value_state *state = state_of(model, text, schema);
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
	cstn_value_state *state = new_state("sbg", 0);
	cstn_error *error = NULL;

	ck_assert_int_eq(update(state, "survivors\n100\n60\n61\n", "survivors int64\n", NULL,
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
	cstn_value_state *weeks = new_state("bgnbd", 0), *pareto = new_state("pnbd", 0);
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
	drawn = 9000000;
	at += sprintf(at, "x,tx,T\n");
	for (i = 0; i < 1500; i++) {
		double rate = gamma_of(4, 8.0), now = 0.0, last = 0.0;
		int x = 0;

		for (now = exponential(rate); now < 40.0; now += exponential(rate)) {
			last = now;
			x++;
		}
		at += sprintf(at, "%d,%.17g,40\n", x, last);
	}
	state = state_of("bgnbd", text, PLAIN);
	model = fit_with(state, 1);
	ck_assert(cstn_customer_value_flags(model) & CSTN_FIT_NO_DROPOUT);
	ck_assert_int_eq(cstn_customer_value_get_param(model, "se_a", &value, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_double_lt(fabs(asked(model, "r") - 2.0), 0.3);
	cstn_customer_value_unref(model);
	cstn_value_state_free(state);
	free(text);
}
END_TEST

/* --- predictions --- */

static cstn_customer_value *given(const char *name, double a, double b, double c, double d)
{
	double parameters[] = {a, b, c, d};
	cstn_customer_value *model = NULL;
	size_t n = strcmp(name, "gammagamma") == 0 ? 3 : 4;

	ck_assert_int_eq(cstn_customer_value_from_parameters(
					 name, parameters, n, 0, NULL, &model, NULL),
			CSTN_OK);
	return model;
}

/* What a prediction shows, as text. */
static char *predicted(const cstn_customer_value *model, const char *text, const char *schema,
		const cstn_value_predict_options *options, uint64_t *bad_rows)
{
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	char *shown, *failure = NULL;
	uint64_t n, batches;

	open_rows(text, schema, &rows);
	status = cstn_customer_value_predict(model, &rows, options, &out, &bad, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	shown = csv_show_stream(&out, &n, &batches, &failure);
	ck_assert_ptr_null(failure);
	*bad_rows = cstn_row_errors_total(bad);
	cstn_row_errors_free(bad);
	return shown;
}

START_TEST(a_bad_row_is_null_and_the_others_are_predicted)
{
	cstn_customer_value *model = given("bgnbd", 0.243, 4.414, 0.793, 2.426);
	uint64_t bad;
	char *shown = predicted(model,
			"customer,x,tx,T\nann,0,0,38.86\nbob,2,40,38.86\ncleo,0,0,0\n",
			"customer text\n" PLAIN, NULL, &bad);

	ck_assert_uint_eq(bad, 1);
	ck_assert_str_eq(shown, "ann|1;bob|~;cleo|1;");
	free(shown);
	cstn_customer_value_unref(model);
}
END_TEST

/* A customer worth m periods of expected purchases, discounted, at the margin. */
START_TEST(lifetime_value_is_the_discounted_sum_of_periods)
{
	cstn_customer_value *model = given("bgnbd", 0.243, 4.414, 0.793, 2.426);
	cstn_customer_value *spend = given("gammagamma", 6.25, 3.74, 15.44, 1.0);
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	double horizons[] = {4.0, 8.0, 12.0}, p[4], mean, margin, clv = 0.0, shown_mean;
	double shown_margin, shown_clv;
	uint64_t bad;
	char *shown;
	int m;

	options.horizons = horizons;
	options.n_horizons = 3;
	options.spend = spend;
	options.periods = 3;
	options.period = 4.0;
	options.discount = 0.02;
	options.margin_rate = 0.4;
	options.cost_per_order = 1.5;
	shown = predicted(model, "x,tx,T,spend\n2,30.43,38.86,22.35\n", PLAIN "spend double\n",
			&options, &bad);
	ck_assert_int_eq(sscanf(shown, "%lf|%lf|%lf|%lf|%lf|%lf|%lf;", &p[0], &p[1], &p[2], &p[3],
					 &shown_mean, &shown_margin, &shown_clv),
			7);
	mean = 6.25 * (15.44 + 2 * 22.35) / (6.25 * 2 + 3.74 - 1.0);
	margin = mean * 0.4 - 1.5;
	for (m = 1; m <= 3; m++)
		clv += margin * (p[m] - (m > 1 ? p[m - 1] : 0.0)) * pow(1.02, -m);
	ck_assert_double_lt(fabs(shown_mean - mean), 1e-9);
	ck_assert_double_lt(fabs(shown_margin / 100.0 - margin), 0.00501);
	ck_assert_double_lt(fabs(shown_clv / 100.0 - clv), 0.00501);
	free(shown);
	cstn_customer_value_unref(model);
	cstn_customer_value_unref(spend);
}
END_TEST

START_TEST(spend_without_a_mean_is_null)
{
	cstn_customer_value *spend = given("gammagamma", 0.5, 0.8, 15.0, 1.0);
	uint64_t bad;
	char *shown = predicted(
			spend, "x,spend\n0,0\n1,20\n", "x int64\nspend double\n", NULL, &bad);

	ck_assert_uint_eq(bad, 0);
	ck_assert_ptr_eq(strstr(shown, "~;58.3333333333"), shown);
	free(shown);
	cstn_customer_value_unref(spend);
}
END_TEST

START_TEST(predictions_have_the_same_bytes_for_any_number_of_threads)
{
	cstn_customer_value *model = given("pnbd", 0.55, 10.6, 0.6, 11.7);
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	double horizon = 39.0;
	char *text, *one, *eight;
	uint64_t bad;

	drawn = 70;
	text = simulate(9000, 0);
	options.horizons = &horizon;
	options.n_horizons = 1;
	options.flags = CSTN_PREDICT_SD;
	options.threads = 1;
	one = predicted(model, text, PLAIN, &options, &bad);
	options.threads = 8;
	eight = predicted(model, text, PLAIN, &options, &bad);
	ck_assert_str_eq(one, eight);
	free(one);
	free(eight);
	free(text);
	cstn_customer_value_unref(model);
}
END_TEST

START_TEST(a_holdout_adds_up)
{
	cstn_customer_value *model = given("bgnbd", 0.243, 4.414, 0.793, 2.426);
	const char *text = "x,tx,T,actual\n0,0,39,1\n0,0,38,0\n2,30,39,3\n9,38,39,5\n";
	struct ArrowArrayStream rows, out;
	char *shown, *failure = NULL;
	uint64_t n, batches;

	open_rows(text, PLAIN "actual int64\n", &rows);
	ck_assert_int_eq(cstn_customer_value_holdout(model, &rows, 39.0, NULL, CSTN_HOLDOUT_SUMMARY,
					 &out, NULL),
			CSTN_OK);
	shown = csv_show_stream(&out, &n, &batches, &failure);
	ck_assert_ptr_eq(strstr(shown, "4|9|"), shown);
	free(shown);
	open_rows(text, PLAIN "actual int64\n", &rows);
	ck_assert_int_eq(cstn_customer_value_holdout(
					 model, &rows, 39.0, NULL, CSTN_HOLDOUT_BINS, &out, NULL),
			CSTN_OK);
	shown = csv_show_stream(&out, &n, &batches, &failure);
	ck_assert_uint_eq(n, 8);
	ck_assert_ptr_eq(strstr(shown, "0|2|0.5|"), shown);
	ck_assert_ptr_nonnull(strstr(shown, ";1|0|~|~;2|1|3|"));
	ck_assert_ptr_nonnull(strstr(shown, ";7|1|5|"));
	free(shown);
	open_rows(text, PLAIN "actual int64\n", &rows);
	ck_assert_int_eq(cstn_customer_value_holdout(model, &rows, 39.0, NULL, 4, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_customer_value_unref(model);
}
END_TEST

/* --- bytes --- */

START_TEST(a_model_comes_back_from_its_bytes)
{
	cstn_value_state *state = state_of("bgnbd", "x,tx,T\n" FEW, PLAIN);
	cstn_customer_value *model = fit_with(state, 1), *again = NULL;
	cstn_buffer *bytes = bytes_of(model), *second, *a = NULL, *b = NULL;
	uint8_t *broken = malloc(cstn_buffer_size(bytes));
	size_t i;

	ck_assert_uint_le(cstn_buffer_size(bytes), 4096);
	ck_assert_int_eq(cstn_customer_value_deserialize(cstn_buffer_data(bytes),
					 cstn_buffer_size(bytes), NULL, &again, NULL),
			CSTN_OK);
	second = bytes_of(again);
	same_bytes(second, bytes);
	ck_assert_int_eq(cstn_customer_value_describe(model, &a, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_customer_value_describe(again, &b, NULL), CSTN_OK);
	same_bytes(a, b);
	cstn_customer_value_unref(again);
	ck_assert_ptr_nonnull(broken);
	for (i = 0; i < cstn_buffer_size(bytes); i++) {
		memcpy(broken, cstn_buffer_data(bytes), cstn_buffer_size(bytes));
		broken[i] ^= 0x40;
		again = NULL;
		ck_assert_int_eq(cstn_customer_value_deserialize(broken, cstn_buffer_size(bytes),
						 NULL, &again, NULL),
				CSTN_E_CORRUPT);
		ck_assert_int_eq(cstn_customer_value_deserialize(
						 cstn_buffer_data(bytes), i, NULL, &again, NULL),
				CSTN_E_CORRUPT);
	}
	free(broken);
	cstn_buffer_free(a);
	cstn_buffer_free(b);
	cstn_buffer_free(second);
	cstn_buffer_free(bytes);
	cstn_customer_value_unref(model);
	cstn_value_state_free(state);
}
END_TEST

START_TEST(a_state_comes_back_from_its_bytes)
{
	cstn_value_state *state = state_of("bgnbd", "x,tx,T\n" FEW, PLAIN), *again = NULL;
	cstn_buffer *bytes = NULL, *second = NULL;
	uint8_t *broken;
	size_t i;

	ck_assert_int_eq(cstn_value_state_serialize(state, &bytes, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_deserialize(cstn_buffer_data(bytes),
					 cstn_buffer_size(bytes), NULL, &again, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_value_state_serialize(again, &second, NULL), CSTN_OK);
	same_bytes(second, bytes);
	broken = malloc(cstn_buffer_size(bytes));
	ck_assert_ptr_nonnull(broken);
	for (i = 0; i < cstn_buffer_size(bytes); i++) {
		cstn_value_state *none = NULL;

		memcpy(broken, cstn_buffer_data(bytes), cstn_buffer_size(bytes));
		broken[i] ^= 1;
		ck_assert_int_eq(cstn_value_state_deserialize(broken, cstn_buffer_size(bytes), NULL,
						 &none, NULL),
				CSTN_E_CORRUPT);
	}
	free(broken);
	cstn_buffer_free(bytes);
	cstn_buffer_free(second);
	cstn_value_state_free(again);
	cstn_value_state_free(state);
}
END_TEST

/* State, fit and prediction under an allocator; what comes of it. */
static cstn_status whole_way(const cstn_allocator *memory)
{
	static const char *const text = "x,tx,T\n" FEW;
	struct ArrowArrayStream rows, out = {NULL, NULL, NULL, NULL, NULL};
	cstn_value_state *state = NULL;
	cstn_customer_value *model = NULL;
	cstn_buffer *bytes = NULL;
	cstn_status status = cstn_value_state_new("mbgnbd", NULL, memory, &state, NULL);

	if (status == CSTN_OK) {
		open_rows(text, PLAIN, &rows);
		status = cstn_value_state_update(state, &rows, NULL, NULL, NULL);
		ck_assert_ptr_null(rows.release);
	}
	if (status == CSTN_OK)
		status = cstn_customer_value_fit(state, NULL, &model, NULL);
	if (status == CSTN_OK) {
		open_rows(text, PLAIN, &rows);
		status = cstn_customer_value_predict(model, &rows, NULL, &out, NULL, NULL);
		if (status != CSTN_OK)
			ck_assert_ptr_null(out.release);
	}
	if (status == CSTN_OK)
		out.release(&out);
	if (status == CSTN_OK) {
		open_rows("x,tx,T,actual\n1,2,3,4\n", PLAIN "actual int64\n", &rows);
		status = cstn_customer_value_holdout(
				model, &rows, 3.0, NULL, CSTN_HOLDOUT_DECILES, &out, NULL);
		if (status == CSTN_OK)
			out.release(&out);
	}
	if (status == CSTN_OK)
		status = cstn_customer_value_describe(model, &bytes, NULL);
	cstn_buffer_free(bytes);
	cstn_customer_value_unref(model);
	cstn_value_state_free(state);
	return status;
}

START_TEST(out_of_memory_is_told_and_leaks_nothing)
{
	cstn_status status = CSTN_E_NOMEM;
	uint64_t n;

	for (n = 1; status == CSTN_E_NOMEM; n++) {
		failing_allocator memory;

		failing_allocator_init(&memory, n);
		status = whole_way(&memory.allocator);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		ck_assert_uint_lt(n, 5000);
	}
	ck_assert_int_eq(status, CSTN_OK);
	ck_assert_uint_gt(n, 100);
}
END_TEST

START_TEST(a_fit_in_days_is_the_fit_in_weeks)
{
	char *text, *days, *to, *line;
	cstn_value_state *weekly, *daily;
	cstn_customer_value *w, *d;

	drawn = 31;
	text = simulate(3000, 0);
	days = malloc(strlen(text) * 2 + 64);
	ck_assert_ptr_nonnull(days);
	to = days + sprintf(days, "x,tx,T\n");
	for (line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
		double x = 0.0, tx = 0.0, age = 0.0;

		ck_assert_int_eq(sscanf(line, "%lf,%lf,%lf", &x, &tx, &age), 3);
		to += sprintf(to, "%.0f,%.17g,%.17g\n", x, tx * 7.0, age * 7.0);
	}
	weekly = state_of("mbgnbd", text, PLAIN);
	daily = state_of("mbgnbd", days, PLAIN);
	w = fit_with(weekly, 1);
	d = fit_with(daily, 1);
	ck_assert_double_lt(fabs(asked(d, "r") / asked(w, "r") - 1.0), 1e-7);
	ck_assert_double_lt(fabs(asked(d, "alpha") / asked(w, "alpha") / 7.0 - 1.0), 1e-7);
	ck_assert_double_lt(fabs(asked(d, "a") / asked(w, "a") - 1.0), 1e-7);
	cstn_customer_value_unref(w);
	cstn_customer_value_unref(d);
	cstn_value_state_free(weekly);
	cstn_value_state_free(daily);
	free(text);
	free(days);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {parameters_that_made_the_data_are_found_again,
			pareto_finds_its_parameters_again,
			threads_splits_and_merges_give_the_same_bytes, a_weight_is_repetition,
			days_are_seventh_parts_of_weeks,
			rows_that_break_a_rule_are_named_and_refused,
			what_is_not_identified_says_why, survivors_that_rise_are_named,
			other_units_and_models_do_not_merge,
			customers_who_never_leave_set_no_dropout,
			a_bad_row_is_null_and_the_others_are_predicted,
			lifetime_value_is_the_discounted_sum_of_periods,
			spend_without_a_mean_is_null,
			predictions_have_the_same_bytes_for_any_number_of_threads,
			a_holdout_adds_up, a_model_comes_back_from_its_bytes,
			a_state_comes_back_from_its_bytes, out_of_memory_is_told_and_leaks_nothing,
			a_fit_in_days_is_the_fit_in_weeks};

	return run_tests("customer value", tests, N(tests));
}
