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

/* A log of (customer, day), sorted by both. */
typedef struct purchase_log {
	answer_table *table;
	const double *who, *day;
	size_t n;
} purchase_log;

static double days_of_iso(const char *text)
{
	return answer_days_of(10000.0 * atof(text) + 100.0 * atof(text + 5) + atof(text + 8));
}

/* The logs lie in four forms: with names and ISO dates, with names and yyyymmdd, and between blanks
 * with four columns under a head or five without one. */
static purchase_log read_purchases(const answer *row)
{
	char *file = answer_text(row, "data");
	purchase_log log = {NULL, NULL, NULL, 0};
	size_t who = 0, day = 1, i;
	int iso = 0;

	ck_assert_ptr_nonnull(file);
	if (strstr(file, "master")) {
		log.table = answer_blanks(file, 4, 1);
	} else if (strstr(file, "CDNOW_sample")) {
		log.table = answer_blanks(file, 5, 0);
		day = 2;
	} else if (strstr(file, "cdnowElog")) {
		log.table = answer_csv(file, "masterid int64\ndate int64\n", 0);
	} else {
		log.table = answer_csv(file, "cust text\ndate date\n", 0);
		iso = 1;
	}
	log.who = log.table->numbers[who];
	log.day = log.table->numbers[day];
	log.n = log.table->rows;
	for (i = 0; !iso && i < log.n; i++)
		log.table->numbers[day][i] = answer_days_of(log.day[i]);
	for (i = 1; i < log.n; i++)
		ck_assert(log.who[i] != log.who[i - 1] || log.day[i] >= log.day[i - 1]);
	free(file);
	return log;
}

/* Purchase days up to the end to rows x, tx, T and the sum of ln gaps, in units of `unit` days. */
static void add_log(cstn__value_table *table, const purchase_log *log, double end, double unit)
{
	size_t i, k;

	for (i = 0; i < log->n; i = k) {
		double first = log->day[i], last = first, x = 0.0, logs = 0.0;

		for (k = i; k < log->n && log->who[k] == log->who[i]; k++) {
			if (log->day[k] == last || log->day[k] > end)
				continue;
			logs += cstn__log((log->day[k] - last) / unit);
			last = log->day[k];
			x += 1.0;
		}
		if (first <= end)
			answer_add(table, x, (last - first) / unit, (end - first) / unit,
					x > 0.0 ? logs : 0.0, 1);
	}
}

static void read_log(const answer *row, cstn__value_table *out, int32_t kind)
{
	purchase_log log = read_purchases(row);
	char *end = answer_text(row, "calibration_end"), *unit = answer_text(row, "unit");
	double last = end ? days_of_iso(end) : 0.0;
	size_t i;

	for (i = 0; !end && i < log.n; i++)
		last = log.day[i] > last ? log.day[i] : last;
	answer_table_of(out, cstn__value_has_extra(kind));
	add_log(out, &log, last, unit && strcmp(unit, "day") == 0 ? 1.0 : 7.0);
	answer_table_free(log.table);
	free(end);
	free(unit);
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

	char *phases = answer_text(row, "k"), *dots = phases ? strstr(phases, "..") : NULL;
	int32_t from = phases ? atoi(phases) : 1, to = dots ? atoi(dots + 2) : from;

	free(phases);
	if (answer_has(row, "columns"))
		read_summary(row, &table, kind);
	else
		read_log(row, &table, kind);
	fit = answer_fit(&table, kind, from, to);
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
	purchase_log log = read_purchases(row);
	double *shapes = malloc(log.n * sizeof(*shapes)), sum = 0.0, n = 0.0, v;
	size_t i, k, count = 0;

	ck_assert_ptr_nonnull(shapes);
	for (i = 0; i < log.n; i = k) {
		double first = log.day[i], last = first, gap = 0.0, before, logs = 0.0;
		double x = 0.0;

		for (k = i; k < log.n && log.who[k] == log.who[i]; k++) {
			if (log.day[k] == last)
				continue;
			before = gap;
			gap = log.day[k] - last;
			last = log.day[k];
			logs += cstn__log(gap);
			x += 1.0;
			if (k + 1 == log.n || log.who[k + 1] != log.who[i]) {
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
	answer_table_free(log.table);
}
