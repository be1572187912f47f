/* Known answers of fits of value models. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/elementary.h"
#include "known_answers_value.h"

/* Fit a table, which is freed. */
cstn__value_fit answer_fit(cstn__value_table *table, int32_t kind, int32_t k_from, int32_t k_to)
{
	cstn__value_fit_request request = {kind, k_from, k_to, 1, cstn__cpu_simd(), 500, 0.0, NULL};
	cstn_error *error = NULL;
	cstn__value_fit fit;
	cstn_status status;

	ck_assert_int_eq(cstn__value_table_settle(table, NULL), CSTN_OK);
	status = cstn__value_fit_of(table, &request, &fit, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_msg((fit.flags & CSTN__FIT_NOT_CONVERGED) == 0, "slope %g", fit.gradient);
	cstn__value_table_free(table);
	return fit;
}

void answer_table_of(cstn__value_table *out, int extra)
{
	cstn_allocator allocator;

	ck_assert_int_eq(cstn__allocator_read(NULL, &allocator, NULL), CSTN_OK);
	cstn__value_table_init(out, &allocator, extra);
}

void answer_add(cstn__value_table *table, double x, double tx, double age, double extra,
		int32_t weight)
{
	cstn__value_row row = {x, tx, age, extra};

	ck_assert_int_eq(cstn__value_table_add(table, &row, weight, NULL), CSTN_OK);
}

static void tell(answer *row, const cstn__value_fit *fit)
{
	int32_t i;

	for (i = 0; i < fit->model.n; i++)
		answer_got_one(row, cstn__value_parameter_name(fit->model.kind, i),
				fit->model.theta[i]);
	answer_got_one(row, "loglik", fit->loglik);
	answer_got_one(row, "k", fit->model.k);
}

/* A log of (customer, day), sorted by both: purchase days up to `end` to rows x, tx, T and the sum
 * of ln gaps, in weeks. */
static void add_log(cstn__value_table *table, const double *who, const double *day, size_t n,
		double end)
{
	size_t i, k;

	for (i = 0; i < n; i = k) {
		double first = day[i], last = day[i], x = 0.0, logs = 0.0;

		for (k = i; k < n && who[k] == who[i]; k++) {
			if (day[k] == last || day[k] > end)
				continue;
			logs += cstn__log((day[k] - last) / 7.0);
			last = day[k];
			x += 1.0;
		}
		if (first <= end)
			answer_add(table, x, (last - first) / 7.0, (end - first) / 7.0,
					x > 0.0 ? logs : 0.0, 1);
	}
}

static double days_of_iso(const char *text)
{
	return answer_days_of(10000.0 * atof(text) + 100.0 * atof(text + 5) + atof(text + 8));
}

static void read_log(const answer *row, cstn__value_table *out, int32_t kind)
{
	char *file = answer_text(row, "data"), *end = answer_text(row, "calibration_end");
	int grocery = strstr(file, "grocery") != NULL;
	answer_table *log = grocery ? answer_csv(file, "cust text\ndate date\n", 0)
				    : answer_blanks(file, 4, 1);
	size_t i;

	answer_table_of(out, cstn__value_has_extra(kind));
	for (i = 0; !grocery && i < log->rows; i++)
		log->numbers[1][i] = answer_days_of(log->numbers[1][i]);
	for (i = 1; i < log->rows; i++)
		ck_assert(log->numbers[0][i] != log->numbers[0][i - 1] ||
				log->numbers[1][i] >= log->numbers[1][i - 1]);
	add_log(out, log->numbers[0], log->numbers[1], log->rows, days_of_iso(end));
	answer_table_free(log);
	free(file);
	free(end);
}

static void read_summary(const answer *row, cstn__value_table *out, int32_t kind)
{
	answer_table *table = answer_summary(row);
	int spend = kind == CSTN__VALUE_SPEND;
	size_t i;

	answer_table_of(out, spend);
	for (i = 0; i < table->rows; i++) {
		double *const *c = table->numbers;

		if (spend && c[0][i] > 0.0)
			answer_add(out, c[0][i], 0.0, 0.0, c[1][i], 1);
		else if (!spend)
			answer_add(out, c[0][i], c[1][i], c[2][i], 0.0,
					table->columns > 3 ? (int32_t)c[3][i] : 1);
	}
	answer_table_free(table);
}

void answer_fit_row(answer *row, int32_t kind)
{
	cstn__value_table table;
	cstn__value_fit fit;

	if (answer_has(row, "calibration_end"))
		read_log(row, &table, kind);
	else
		read_summary(row, &table, kind);
	fit = answer_fit(&table, kind, 1, kind == CSTN__VALUE_MBGCNBD ? 6 : 1);
	tell(row, &fit);
}

void answer_fit_survivors(answer *row)
{
	double survivors[64];
	size_t n = answer_list(row, "survivors", survivors, 64), t;
	cstn__value_table table;
	cstn__value_fit fit;

	answer_table_of(&table, 0);
	for (t = 1; t < n; t++)
		answer_add(&table, 1.0, 0.0, (double)t, 0.0,
				(int32_t)(survivors[t - 1] - survivors[t]));
	answer_add(&table, 0.0, 0.0, (double)(n - 1), 0.0, (int32_t)survivors[n - 1]);
	fit = answer_fit(&table, CSTN__VALUE_SBG, 1, 1);
	tell(row, &fit);
}

/* --- regularity --- */

static int by_value(const void *a, const void *b)
{
	const double *p = a, *q = b;

	return (*p > *q) - (*p < *q);
}

void answer_regularity(answer *row)
{
	answer_table *log = answer_csv(
			"btydplus_grocery/groceryElog.csv.gz", "cust text\ndate date\n", 0);
	double *shapes = malloc(log->rows * sizeof(*shapes)), sum = 0.0, n = 0.0, v;
	size_t i, k, count = 0;

	ck_assert_ptr_nonnull(shapes);
	for (i = 0; i < log->rows; i = k) {
		double first = log->numbers[1][i], last = first, gap = 0.0, before, logs = 0.0;
		double x = 0.0;

		for (k = i; k < log->rows && log->numbers[0][k] == log->numbers[0][i]; k++) {
			if (log->numbers[1][k] == last)
				continue;
			before = gap;
			gap = log->numbers[1][k] - last;
			last = log->numbers[1][k];
			logs += cstn__log(gap);
			x += 1.0;
			if (k + 1 == log->rows || log->numbers[0][k + 1] != log->numbers[0][i]) {
				if (x >= 2.0) {
					double m = gap / (gap + before) - 0.5;

					sum += m * m;
					n += 1.0;
				}
			}
		}
		if (x >= 10.0)
			shapes[count++] = cstn__regularity_shape((last - first) / x, logs / x);
	}
	v = sum / n;
	answer_got_one(row, "wheat_symmetric", (1.0 - 4.0 * v) / (8.0 * v));
	qsort(shapes, count, sizeof(*shapes), by_value);
	answer_got_one(row, "mle_median", 0.5 * (shapes[(count - 1) / 2] + shapes[count / 2]));
	free(shapes);
	answer_table_free(log);
}
