/* Known answers of the value models. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/elementary.h"
#include "known_answers_value.h"

#define LIST_MAX 64

/* The model of a row, with the parameters it names. */
static cstn__value_model model_of(const answer *row, const char *name)
{
	cstn__value_model model;
	int32_t i;

	memset(&model, 0, sizeof(model));
	model.kind = cstn__value_kind_of(name);
	model.n = cstn__value_n_parameters(model.kind);
	model.k = answer_has(row, "k") ? (int32_t)answer_number(row, "k") : 1;
	model.simd = cstn__cpu_simd();
	for (i = 0; i < model.n; i++)
		model.theta[i] = answer_number(row, cstn__value_parameter_name(model.kind, i));
	return model;
}

/* A quantity of one customer. */
static double quantity_of(const answer *row, const cstn__value_model *model, const char *name,
		const cstn__value_row *customer)
{
	if (strcmp(name, "loglik") == 0)
		return cstn__value_loglik(model, customer);
	if (strcmp(name, "log_palive") == 0)
		return cstn__value_log_alive(model, customer);
	if (strcmp(name, "palive") == 0)
		return model->kind == CSTN__VALUE_BGBB
				       ? cstn__value_bgbb_next(model, customer)
				       : cstn__exp(cstn__value_log_alive(model, customer));
	if (strcmp(name, "cet") == 0)
		return cstn__value_future(model, customer, answer_number(row, "t"), NULL);
	if (strcmp(name, "dert") == 0)
		return cstn__value_residual(model, customer, answer_number(row, "discount"));
	if (strcmp(name, "posterior_p") == 0)
		return cstn__value_bgbb_rate(model, customer);
	if (strcmp(name, "variance") == 0 || strcmp(name, "sd") == 0) {
		double variance;

		(void)cstn__value_future(model, customer, answer_number(row, "t"), &variance);
		return name[0] == 's' ? sqrt(variance) : variance;
	}
	return (double)NAN;
}

static void each_customer(answer *row, const cstn__value_model *model)
{
	static const char *const names[] = {"loglik", "log_palive", "palive", "cet", "dert",
			"posterior_p", "variance", "sd"};
	const char *end = model->kind == CSTN__VALUE_BGBB ? "n" : "T";
	double x[LIST_MAX], tx[LIST_MAX], age[LIST_MAX], got[LIST_MAX];
	size_t n = answer_list(row, "x", x, LIST_MAX), i, q, asked = 0;
	size_t ends = answer_list(row, end, age, LIST_MAX);
	double gaps[LIST_MAX];
	size_t sums = answer_list(row, "S", gaps, LIST_MAX);

	ck_assert_uint_eq(answer_list(row, "tx", tx, LIST_MAX), n);
	for (q = 0; q < sizeof(names) / sizeof(names[0]); q++)
		asked += (size_t)answer_asks(row, names[q]);
	for (q = 0; q < sizeof(names) / sizeof(names[0]); q++) {
		if (!answer_asks(row, names[q]))
			continue;
		for (i = 0; i < n; i++) {
			cstn__value_row customer = {x[i], tx[i], age[ends == 1 ? 0 : i],
					i < sums ? gaps[i] : 0.0};

			got[i] = quantity_of(row, model, names[q], &customer);
		}
		answer_got(row, asked == 1 && !answer_expected(row, names[q]) ? "value" : names[q],
				got, n);
	}
}

static void of_a_new_customer(answer *row, const cstn__value_model *model)
{
	double at[LIST_MAX], got[LIST_MAX];
	size_t n, i;

	if (answer_asks(row, "expected")) {
		n = answer_list(row, model->kind == CSTN__VALUE_BGBB ? "n" : "t", at, LIST_MAX);
		for (i = 0; i < n; i++)
			got[i] = cstn__value_expected(model, at[i]);
	} else {
		n = answer_list(row, "n", at, LIST_MAX);
		for (i = 0; i < n; i++)
			got[i] = cstn__value_pmf(model, answer_number(row, "t"), at[i]);
	}
	answer_got(row, "value", got, n);
}

/* Columns of the summary files, in the order x, tx, T, then a fourth. */
answer_table *answer_summary(const answer *row)
{
	char *file = answer_text(row, "data"), *columns = answer_text(row, "columns");
	char schema[512] = "";
	char *name = columns;
	answer_table *table;

	ck_assert(file && columns);
	while (name) {
		char *next = strchr(name, ',');

		if (next)
			*next++ = '\0';
		strcat(strcat(strcat(schema, "\""), name), "\" text\n");
		name = next;
	}
	table = answer_csv(file, schema, 0);
	free(file);
	free(columns);
	return table;
}

/* Customers of the file in a bin of x: how many, actual and expected mean in the holdout. */
static void holdout_bin(answer *row, const cstn__value_model *model)
{
	answer_table *table = answer_summary(row);
	char *which = answer_text(row, "bin");
	double bin = which ? atof(which) : 0.0, t = answer_number(row, "t");
	double n = 0.0, actual = 0.0, expected = 0.0;
	int weighed = model->kind == CSTN__VALUE_BGBB;
	size_t i;

	for (i = 0; i < table->rows; i++) {
		double x = table->numbers[0][i], weight = weighed ? table->numbers[3][i] : 1.0;
		cstn__value_row customer = {x, table->numbers[1][i], table->numbers[2][i], 0.0};

		if (x != bin && !(bin >= 7.0 && x >= 7.0))
			continue;
		n += weight;
		actual += weighed ? 0.0 : table->numbers[3][i];
		expected += weight * cstn__value_future(model, &customer, t, NULL);
	}
	free(which);
	answer_got_one(row, "n", n);
	answer_got_one(row, "actual_mean", actual / n);
	answer_got_one(row, "model_mean", expected / n);
	answer_table_free(table);
}

static void sum_cet(answer *row, const cstn__value_model *model)
{
	answer_table *table = answer_summary(row);
	double sum = 0.0;
	size_t i;

	for (i = 0; i < table->rows; i++) {
		cstn__value_row customer = {table->numbers[0][i], table->numbers[1][i],
				table->numbers[2][i], 0.0};

		sum += (table->columns > 3 ? table->numbers[3][i] : 1.0) *
		       cstn__value_future(model, &customer, answer_number(row, "t"), NULL);
	}
	answer_got_one(row, "value", sum);
	answer_table_free(table);
}

/* The row's parameters of Pareto/NBD are the best ones of these customers rounded to three digits,
 * which moves its numbers by one where the tolerance is a half: so they are fitted, and must round
 * to those of the row. */
static void unround(answer *row, cstn__value_model *model)
{
	static const char *const columns = "\"x\" text\n\"t.x\" text\n\"T.cal\" text\n";
	answer_table *table = answer_csv("cdnow/btyd_cdnow_cbs_exact_weeks.csv.gz", columns, 0);
	cstn__value_table customers;
	cstn__value_fit fit;
	size_t i;

	answer_table_of(&customers, 0);
	for (i = 0; i < table->rows; i++)
		answer_add(&customers, table->numbers[0][i], table->numbers[1][i],
				table->numbers[2][i], 0.0, 1);
	answer_table_free(table);
	fit = answer_fit(&customers, model->kind, 1, 1);
	for (i = 0; i < 4; i++)
		answer_judged(row, "parameters",
				fabs(fit.model.theta[i] - model->theta[i]) <
						(i == 3 ? 0.02 : 0.005),
				"the row's parameters are not the best ones rounded");
	row->checked -= 4;
	*model = fit.model;
}

/* Purchase days of the log, and what new customers are expected to buy since their births. */
static void tracking(answer *row, cstn__value_model *model)
{
	answer_table *births = answer_csv(
			"cdnow/btyd_cdnow_cbs_exact_weeks.csv.gz", "\"T.cal\" text\n", 0);
	answer_table *log = answer_csv(
			"cdnow/btyd_cdnowElog.csv.gz", "masterid int64\ndate int64\n", 0);
	int cumulative = answer_asks(row, "tracking_cumulative");
	double weeks[LIST_MAX], actual[LIST_MAX], expected[LIST_MAX], first = 0.0, last = 0.0;
	size_t n = answer_list(row, "weeks", weeks, LIST_MAX), i, w;
	double start = answer_days_of(19970101.0), longest = 0.0;

	if (cumulative && model->kind == CSTN__VALUE_PNBD)
		unround(row, model);
	for (i = 0; i < births->rows; i++)
		if (births->numbers[0][i] > longest)
			longest = births->numbers[0][i];
	for (w = 0; w < n; w++)
		actual[w] = expected[w] = 0.0;
	/* lines of one customer stand together in order of days; the first day is no repeat */
	for (i = 0; i < log->rows; i++) {
		double day = answer_days_of(log->numbers[1][i]) - start;
		int same = i > 0 && log->numbers[0][i] == log->numbers[0][i - 1];

		if (!same) {
			first = last = day;
			continue;
		}
		if (day == last)
			continue;
		last = day;
		ck_assert(day > first);
		for (w = 0; w < n; w++)
			if (day < 7.0 * weeks[w] && (cumulative || day >= 7.0 * (weeks[w] - 1.0)))
				actual[w] += 1.0;
	}
	for (i = 0; i < births->rows; i++) {
		/* the oldest was born on the log's first day */
		double born = longest - births->numbers[0][i];

		for (w = 0; w < n; w++) {
			double to = weeks[w] - born, from = to - 1.0;

			if (to > 0.0)
				expected[w] += cstn__value_expected(model, to);
			if (!cumulative && from > 0.0)
				expected[w] -= cstn__value_expected(model, from);
		}
	}
	answer_got(row, "actual", actual, n);
	answer_got(row, "model", expected, n);
	answer_table_free(births);
	answer_table_free(log);
}

static void purchases(answer *row)
{
	const char *name = strcmp(row->model, "clv") == 0 ? "bgnbd" : row->model;
	cstn__value_model model;

	if (answer_asks(row, "mle") || answer_asks(row, "loglik_max")) {
		answer_fit_row(row, cstn__value_kind_of(name));
		return;
	}
	model = model_of(row, name);
	if (answer_asks(row, "holdout_bin"))
		holdout_bin(row, &model);
	else if (answer_asks(row, "sum_cet"))
		sum_cet(row, &model);
	else if (answer_asks(row, "tracking_incremental") ||
			answer_asks(row, "tracking_cumulative"))
		tracking(row, &model);
	else if (answer_asks(row, "expected") || answer_asks(row, "pmf"))
		of_a_new_customer(row, &model);
	else
		each_customer(row, &model);
}

static void contracts(answer *row)
{
	double t[LIST_MAX], got[LIST_MAX];
	size_t n, i;

	if (answer_asks(row, "mle")) {
		answer_fit_survivors(row);
		return;
	}
	n = answer_list(row, "t", t, LIST_MAX);
	for (i = 0; i < n; i++) {
		double a = answer_number(row, "alpha"), b = answer_number(row, "beta");

		got[i] = answer_asks(row, "renewal") ? cstn__value_sbg_renewal(a, b, t[i])
						     : cstn__value_sbg_survival(a, b, t[i]);
	}
	answer_got(row, "value", got, n);
}

static void spend(answer *row)
{
	double x[LIST_MAX], z[LIST_MAX], got[LIST_MAX];
	cstn__value_model model;
	size_t n, i;

	if (answer_asks(row, "mle") || answer_asks(row, "loglik_max")) {
		answer_fit_row(row, CSTN__VALUE_SPEND);
		return;
	}
	model = model_of(row, "gammagamma");
	if (answer_has(row, "data")) {
		answer_table *table = answer_summary(row);

		for (n = 0; n < 10; n++) {
			x[n] = table->numbers[0][n];
			z[n] = table->numbers[1][n];
		}
		answer_table_free(table);
	} else {
		n = answer_list(row, "x", x, LIST_MAX);
		ck_assert_uint_eq(answer_list(row, "z", z, LIST_MAX), n);
	}
	for (i = 0; i < n; i++)
		got[i] = cstn__value_spend_mean(&model, x[i], z[i]);
	answer_got(row, "value", got, n);
}

const answer_model known_answers_value[] = {{"bgnbd", purchases}, {"mbgnbd", purchases},
		{"pnbd", purchases}, {"nbd", purchases}, {"bgbb", purchases},
		{"mbgcnbd", purchases}, {"bgcnbd", purchases}, {"clv", purchases},
		{"sbg", contracts}, {"gammagamma", spend}, {"regularity", answer_regularity},
		{NULL, NULL}};
