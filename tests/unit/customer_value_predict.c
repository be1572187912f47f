/* Customer value: predictions, lifetime value, holdouts, bytes, and memory that runs out. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_fixture.h"
#include "failing_allocator.h"
#include "sealed_bytes.h"
#include "suite.h"
#include "value_fixture.h"

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

	value_rows(text, schema, &rows);
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

START_TEST(who_has_not_come_again_needs_no_spend)
{
	static const char schema[] = "x int64\nspend double null\n";
	cstn_value_state *state = value_state_of("gammagamma", "x,spend\n0,\n2,20\n0,\n", schema);
	cstn_row_errors *bad = NULL;
	cstn_row_error row;

	ck_assert_int_eq(cstn_value_state_customers(state), 1);
	ck_assert_int_eq(value_update(state, "x,spend\n0,\n1,\n", schema, &bad, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_count(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &row, NULL), CSTN_OK);
	ck_assert_uint_eq(row.row, 1);
	ck_assert_int_eq(row.code, CSTN_ROW_NULL);
	ck_assert_int_eq(cstn_value_state_customers(state), 1);
	cstn_row_errors_free(bad);
	cstn_value_state_free(state);
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

	value_drawn = 70;
	text = value_simulate(9000, 0);
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

/* The start of line `n` of a text. */
static const char *line_at(const char *text, size_t n, char end)
{
	while (n-- > 0)
		text = strchr(text, end) + 1;
	return text;
}

/* The window of a prediction grows with its rows: 64, then 1,024 and 2,048 here. */
START_TEST(a_row_alone_is_predicted_as_among_many)
{
	static const size_t at[] = {1, 699, 700, 1399, 1400, 1499};
	cstn_customer_value *model = given("bgnbd", 0.243, 4.414, 0.793, 2.426);
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	double horizons[] = {26.0, 52.0};
	char *text, *all, *one, row[128];
	const char *line, *shown;
	uint64_t bad;
	size_t i;

	value_drawn = 71;
	text = value_simulate(1500, 0);
	options.horizons = horizons;
	options.n_horizons = 2;
	all = predicted(model, text, PLAIN, &options, &bad);
	for (i = 0; i < N(at); i++) {
		line = line_at(text, at[i] + 1, '\n');
		snprintf(row, sizeof(row), "x,tx,T\n%.*s\n", (int)strcspn(line, "\n"), line);
		one = predicted(model, row, PLAIN, &options, &bad);
		shown = line_at(all, at[i], ';');
		ck_assert_uint_eq(strlen(one), strcspn(shown, ";") + 1);
		ck_assert_int_eq(strncmp(one, shown, strlen(one)), 0);
		free(one);
	}
	free(all);
	free(text);
	cstn_customer_value_unref(model);
}
END_TEST

/* Purchases of a horizon, asked for as number `at` of `n`, in every line. */
static char *purchases_of(const cstn_customer_value *model, const char *text, double t, size_t n,
		size_t at, int32_t threads)
{
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	double horizons[64];
	char *shown, *line, *out, *to;
	uint64_t bad;
	size_t i;

	for (i = 0; i < n; i++)
		horizons[i] = i == at ? t : 1.0 + (double)i;
	options.horizons = horizons;
	options.n_horizons = n;
	options.threads = threads;
	shown = predicted(model, text, PLAIN, &options, &bad);
	ck_assert_uint_eq(bad, 0);
	out = to = malloc(strlen(shown) + 1);
	ck_assert_ptr_nonnull(out);
	for (line = shown; *line; line = strchr(line, ';') + 1) {
		const char *value = line_at(line, at + 1, '|');
		size_t len = strcspn(value, "|;");

		memcpy(to, value, len);
		to[len] = ';';
		to += len + 1;
	}
	*to = 0;
	free(shown);
	return out;
}

START_TEST(a_horizon_has_the_same_bytes_however_many_are_asked_for)
{
	cstn_customer_value *model = given("mbgnbd", 0.43, 4.4, 0.79, 2.4);
	char *text, *alone, *among;

	value_drawn = 72;
	text = value_simulate(700, 0);
	alone = purchases_of(model, text, 39.0, 1, 0, 1);
	among = purchases_of(model, text, 39.0, 5, 3, 1);
	ck_assert_str_eq(alone, among);
	free(among);
	among = purchases_of(model, text, 39.0, 64, 63, 3);
	ck_assert_str_eq(alone, among);
	free(among);
	free(alone);
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

	value_rows(text, PLAIN "actual int64\n", &rows);
	ck_assert_int_eq(cstn_customer_value_holdout(model, &rows, 39.0, NULL, CSTN_HOLDOUT_SUMMARY,
					 &out, NULL),
			CSTN_OK);
	shown = csv_show_stream(&out, &n, &batches, &failure);
	ck_assert_ptr_eq(strstr(shown, "4|9|"), shown);
	free(shown);
	value_rows(text, PLAIN "actual int64\n", &rows);
	ck_assert_int_eq(cstn_customer_value_holdout(
					 model, &rows, 39.0, NULL, CSTN_HOLDOUT_BINS, &out, NULL),
			CSTN_OK);
	shown = csv_show_stream(&out, &n, &batches, &failure);
	ck_assert_uint_eq(n, 8);
	ck_assert_ptr_eq(strstr(shown, "0|2|0.5|"), shown);
	ck_assert_ptr_nonnull(strstr(shown, ";1|0|~|~;2|1|3|"));
	ck_assert_ptr_nonnull(strstr(shown, ";7|1|5|"));
	free(shown);
	value_rows(text, PLAIN "actual int64\n", &rows);
	ck_assert_int_eq(cstn_customer_value_holdout(model, &rows, 39.0, NULL, 5, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_customer_value_unref(model);
}
END_TEST

static char *tracked(const cstn_customer_value *model, const cstn_value_predict_options *options,
		double t, cstn_status wanted)
{
	struct ArrowArrayStream rows, out;
	cstn_status status;
	char *shown = NULL, *failure = NULL;
	uint64_t n, batches;

	value_rows("x,tx,T\n" FEW, PLAIN, &rows);
	status = cstn_customer_value_holdout(
			model, &rows, t, options, CSTN_HOLDOUT_TRACKING, &out, NULL);
	ck_assert_int_eq(status, wanted);
	if (status == CSTN_OK)
		shown = csv_show_stream(&out, &n, &batches, &failure);
	return shown;
}

START_TEST(tracking_adds_up_to_the_whole_holdout)
{
	cstn_customer_value *model = given("bgnbd", 0.243, 4.414, 0.793, 2.426);
	cstn_customer_value *pareto = given("pnbd", 0.55, 10.6, 0.61, 11.7);
	static const int64_t actual[] = {4, 0, 2, -1};
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	char *one, *three, *threads;
	double sum = 0.0, whole;
	const char *line;
	int i;

	options.period = 39.0;
	one = tracked(model, &options, 39.0, CSTN_OK);
	whole = strtod(one + 2, NULL);
	options.period = 13.0;
	options.threads = 1;
	options.actual = actual;
	options.n_actual = 2;
	three = tracked(model, &options, 40.0, CSTN_OK);
	for (i = 0, line = three; i < 3; i++, line = strchr(line, ';') + 1)
		sum += strtod(line + 2, NULL);
	ck_assert_double_lt(fabs(sum - whole), 1e-9);
	ck_assert_ptr_nonnull(strstr(three, "|4|4;2|"));
	ck_assert_ptr_nonnull(strstr(three, "|0|4;3|"));
	ck_assert_str_eq(strrchr(three, ';') - 4, "|~|~;");
	options.threads = 3;
	threads = tracked(model, &options, 40.0, CSTN_OK);
	ck_assert_str_eq(threads, three);
	free(threads);
	free(three);
	free(one);
	three = tracked(pareto, &options, 26.0, CSTN_OK);
	ck_assert_ptr_nonnull(strstr(three, "|0|4;"));
	free(three);
	options.n_actual = 4;
	(void)tracked(model, &options, 40.0, CSTN_E_INVALID_ARGUMENT);
	(void)tracked(model, &options, 52.0, CSTN_E_INVALID_ARGUMENT);
	options.n_actual = 0;
	(void)tracked(model, &options, 12.9, CSTN_E_INVALID_ARGUMENT);
	cstn_customer_value_unref(pareto);
	cstn_customer_value_unref(model);
}
END_TEST

/* --- bytes --- */

START_TEST(a_model_comes_back_from_its_bytes)
{
	cstn_value_state *state = value_state_of("bgnbd", "x,tx,T\n" FEW, PLAIN);
	cstn_customer_value *model = value_fit(state, 1);
	cstn_customer_value *again = sealed_copy(&sealed_customer_value, model);
	cstn_buffer *bytes = sealed_write(&sealed_customer_value, model), *a = NULL, *b = NULL;

	ck_assert_uint_le(cstn_buffer_size(bytes), 4096);
	ck_assert_int_eq(cstn_customer_value_describe(model, &a, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_customer_value_describe(again, &b, NULL), CSTN_OK);
	ck_assert_str_eq((const char *)cstn_buffer_data(a), (const char *)cstn_buffer_data(b));
	sealed_refuses_damage(&sealed_customer_value, model, 0x40);
	cstn_buffer_free(a);
	cstn_buffer_free(b);
	cstn_buffer_free(bytes);
	cstn_customer_value_unref(again);
	cstn_customer_value_unref(model);
	cstn_value_state_free(state);
}
END_TEST

START_TEST(a_state_comes_back_from_its_bytes)
{
	cstn_value_state *state = value_state_of("bgnbd", "x,tx,T\n" FEW, PLAIN);

	cstn_value_state_free(sealed_copy(&sealed_value_state, state));
	sealed_refuses_damage(&sealed_value_state, state, 1);
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
		value_rows(text, PLAIN, &rows);
		status = cstn_value_state_update(state, &rows, NULL, NULL, NULL);
		ck_assert_ptr_null(rows.release);
	}
	if (status == CSTN_OK)
		status = cstn_customer_value_fit(state, NULL, &model, NULL);
	if (status == CSTN_OK) {
		value_rows(text, PLAIN, &rows);
		status = cstn_customer_value_predict(model, &rows, NULL, &out, NULL, NULL);
		if (status != CSTN_OK)
			ck_assert_ptr_null(out.release);
	}
	if (status == CSTN_OK)
		out.release(&out);
	if (status == CSTN_OK) {
		value_rows("x,tx,T,actual\n1,2,3,4\n", PLAIN "actual int64\n", &rows);
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

int main(void)
{
	const TTest *const tests[] = {a_bad_row_is_null_and_the_others_are_predicted,
			lifetime_value_is_the_discounted_sum_of_periods,
			who_has_not_come_again_needs_no_spend, spend_without_a_mean_is_null,
			predictions_have_the_same_bytes_for_any_number_of_threads,
			a_row_alone_is_predicted_as_among_many,
			a_horizon_has_the_same_bytes_however_many_are_asked_for, a_holdout_adds_up,
			tracking_adds_up_to_the_whole_holdout, a_model_comes_back_from_its_bytes,
			a_state_comes_back_from_its_bytes, out_of_memory_is_told_and_leaks_nothing};

	return run_tests("customer value predict", tests, N(tests));
}
