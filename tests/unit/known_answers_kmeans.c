/* Known answers of clustering: iris, wine, faithful, and a generated table with given starts. */
#include "known_answers.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "kmeans_fixture.h"

#define RESTARTS 60

static const char *const iris = "sepal_length double\nsepal_width double\npetal_length double\n"
				"petal_width double\nclass int64\n";
static const char *const wine =
		"alcohol double\nmalic_acid double\nash double\nalcalinity_of_ash double\n"
		"magnesium double\ntotal_phenols double\nflavanoids double\n"
		"nonflavanoid_phenols double\nproanthocyanins double\ncolor_intensity double\n"
		"hue double\nod280_od315_of_diluted_wines double\nproline double\nclass int64\n";

static answer_table *read_data(const char *file, size_t *columns)
{
	if (strstr(file, "iris.csv"))
		return *columns = 4, answer_csv(file, iris, 0);
	if (strstr(file, "wine.csv"))
		return *columns = 13, answer_csv(file, wine, 0);
	if (strstr(file, "faithful.csv"))
		return *columns = 2, answer_csv(file, "eruptions double\nwaiting double\n", 0);
	return *columns = 3, answer_blanks(file, 3, 1);
}

static void take_numbers(const answer_table *table, size_t columns, numbers *out)
{
	size_t c;

	numbers_init(out, table->rows, columns);
	for (c = 0; c < columns; c++)
		memcpy(out->column[c], table->numbers[c], table->rows * sizeof(double));
}

static int rising(const void *a, const void *b)
{
	double p = *(const double *)a, q = *(const double *)b;

	return (p > q) - (p < q);
}

static void got_sizes(answer *row, const cstn_kmeans *model)
{
	struct ArrowArrayStream stream;
	double *rows;
	size_t n;

	ck_assert_int_eq(cstn_kmeans_export(model, CSTN_KMEANS_TABLE_CLUSTERS, &stream, NULL),
			CSTN_OK);
	rows = stream_numbers(&stream, "rows", &n);
	qsort(rows, n, sizeof(*rows), rising);
	answer_got(row, "sizes", rows, n);
	free(rows);
}

/* Within 1e-6, and half a unit of the last decimal that is printed. */
static void got_printed(answer *row, const char *name, double got)
{
	char *text = answer_expected(row, name), *point = strchr(text, '.'), why[120];
	double expected = strtod(text, NULL);
	int decimals = point ? (int)strlen(point + 1) : 0;
	double room = 1e-6 + 0.5000001 * pow(10.0, -decimals);

	snprintf(why, sizeof(why), "%.15g, expected %.60s", got, text);
	answer_judged(row, name, fabs(got - expected) <= room, why);
	free(text);
}

static void got_measures(
		answer *row, const numbers *table, int32_t k, const cstn_kmeans_options *options)
{
	static const char *const names[] = {"silhouette", "calinski_harabasz", "davies_bouldin"};
	size_t i, n;

	for (i = 0; i < 3; i++) {
		struct ArrowArrayStream rows, out;
		double *values;

		if (!answer_asks(row, names[i]))
			continue;
		numbers_open(table, 0, &rows);
		ck_assert_int_eq(cstn_kmeans_choose(&rows, numbers_names(), table->columns, k, k,
						 options, NULL, &out, NULL, NULL),
				CSTN_OK);
		values = stream_numbers(&out, names[i], &n);
		ck_assert_uint_eq(n, 1);
		got_printed(row, names[i], values[0]);
		free(values);
	}
}

/* Lloyd and Hamerly from the same start: the same labels after as many iterations. */
static void got_agreement(
		answer *row, const numbers *table, int32_t k, cstn_kmeans_options *options)
{
	cstn_kmeans *lloyd, *hamerly;

	options->algorithm = CSTN_KMEANS_LLOYD;
	lloyd = fit_numbers(table, 0, k, options);
	options->algorithm = CSTN_KMEANS_HAMERLY;
	hamerly = fit_numbers(table, 0, k, options);
	options->algorithm = CSTN_KMEANS_AUTO;
	answer_judged(row, "agreement",
			kmeans_digest(lloyd) == kmeans_digest(hamerly) &&
					kmeans_number(lloyd, "n_iter") ==
							kmeans_number(hamerly, "n_iter"),
			"Lloyd and Hamerly differ");
	cstn_kmeans_unref(lloyd);
	cstn_kmeans_unref(hamerly);
}

static void got_inertia(answer *row, const cstn_kmeans *model)
{
	char *expected = answer_expected(row, "inertia");
	double inertia = kmeans_number(model, "inertia");

	/* "below 78.945066 (...)", not above 78.85145 */
	if (expected && strncmp(expected, "below", 5) == 0)
		answer_judged(row, "inertia", inertia <= 78.85145, "above 78.85145");
	else
		answer_got_one(row, "inertia", inertia);
	free(expected);
}

static void kmeans(answer *row)
{
	static const int64_t first_rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	int32_t k = (int32_t)answer_number(row, "k");
	char *file = answer_text(row, "data");
	cstn_kmeans *model;
	answer_table *data;
	numbers table;
	size_t columns;

	data = read_data(file, &columns);
	take_numbers(data, columns, &table);
	options.n_init = RESTARTS;
	if (answer_has(row, "start")) {
		options.n_init = 0;
		options.start_rows = first_rows;
		ck_assert_int_eq(k, 10);
	}
	model = fit_numbers(&table, 0, k, &options);
	got_inertia(row, model);
	if (answer_asks(row, "sizes"))
		got_sizes(row, model);
	if (answer_asks(row, "agreement"))
		got_agreement(row, &table, k, &options);
	got_measures(row, &table, k, &options);
	cstn_kmeans_unref(model);
	numbers_free(&table);
	answer_table_free(data);
	free(file);
}

/* --- categories --- */

static double param(const cstn_prototypes *model, const char *name)
{
	double value = (double)NAN;

	ck_assert_int_eq(cstn_prototypes_get_param(model, name, &value, NULL), CSTN_OK);
	return value;
}

/* A table of texts as CSV, to be freed. */
static char *as_csv(const answer_table *data, const char *const *names)
{
	size_t size = (data->rows + 1) * data->columns * 32, at = 0, i, c;
	char *text = malloc(size + 1);

	ck_assert_ptr_nonnull(text);
	for (i = 0; i <= data->rows; i++)
		for (c = 0; c < data->columns; c++)
			at += (size_t)snprintf(text + at, size - at, "%s%c",
					i ? data->texts[c][i - 1] : names[c],
					c + 1 < data->columns ? ',' : '\n');
	return text;
}

/* The 35 categories of the soybeans, and costs after each pass from a start by Cao. */
static void kmodes(answer *row)
{
	char schema[1024], names[35][8], *file = answer_text(row, "data"), *text;
	answer_table *data;
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	const char *columns[35];
	struct ArrowArrayStream rows;
	cstn_prototypes *model = NULL;
	double *costs;
	size_t at = 0, n, c;

	for (c = 0; c < 35; c++) {
		snprintf(names[c], sizeof(names[c]), "a%zu", c + 1);
		columns[c] = names[c];
		at += (size_t)snprintf(schema + at, sizeof(schema) - at, "%s text\n", names[c]);
	}
	data = answer_csv(file, schema, 0);
	text = as_csv(data, columns);
	csv_rows(&rows, schema, text);
	options.start = CSTN_PROTOTYPES_START_CAO;
	ck_assert_int_eq(cstn_prototypes_fit(&rows, NULL, 0, columns, 35,
					 (int32_t)answer_number(row, "k"), &options, NULL, &model,
					 NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_prototypes_export(model, CSTN_PROTOTYPES_TABLE_COSTS, &rows, NULL),
			CSTN_OK);
	costs = stream_numbers(&rows, "cost", &n);
	answer_got(row, "costs", costs, n);
	free(costs);
	cstn_prototypes_unref(model);
	answer_table_free(data);
	free(text);
	free(file);
}

/* 1 if labels are the expected ones under other names. */
static int same_partition(const double *labels, size_t n, const char *expected)
{
	double other[32];
	size_t i, j;

	ck_assert_uint_le(n, 32);
	for (i = 0; i < n; i++)
		other[i] = strtod(expected, (char **)(void *)&expected);
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			if ((labels[i] == labels[j]) != (other[i] == other[j]))
				return 0;
	return 1;
}

/* The first twelve stocks: one number, two categories. */
static void got_stocks(answer *row)
{
	answer_table *data = answer_csv(
			"cluster_small/stocks.csv", "value double\nsector text\ncountry text\n", 0);
	static const char *const numeric[] = {"value"}, *const categorical[] = {
									"sector", "country"};
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	char text[1024] = "value,sector,country\n", *expected = answer_expected(row, "labels");
	struct ArrowArrayStream rows;
	cstn_prototypes *model = NULL;
	size_t at = strlen(text), n, i;
	double *labels;

	for (i = 0; i < 12; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%.17g,%s,%s\n",
				data->numbers[0][i], data->texts[1][i], data->texts[2][i]);
	csv_rows(&rows, "value double\nsector text\ncountry text\n", text);
	options.n_init = RESTARTS;
	ck_assert_int_eq(cstn_prototypes_fit(&rows, numeric, 1, categorical, 2,
					 (int32_t)answer_number(row, "k"), &options, NULL, &model,
					 NULL, NULL),
			CSTN_OK);
	answer_got_one(row, "cost", param(model, "cost"));
	answer_got_one(row, "gamma", param(model, "gamma"));
	ck_assert_int_eq(cstn_prototypes_export(model, CSTN_PROTOTYPES_TABLE_LABELS, &rows, NULL),
			CSTN_OK);
	labels = stream_numbers(&rows, "label", &n);
	ck_assert_uint_eq(n, 12);
	answer_judged(row, "labels", same_partition(labels, n, expected), "another partition");
	free(labels);
	free(expected);
	cstn_prototypes_unref(model);
	answer_table_free(data);
}

/* What a mismatch costs beside two numbers. */
static void got_gamma(answer *row)
{
	answer_table *data = answer_csv(
			"cluster_small/stocks.csv", "value double\nsector text\ncountry text\n", 0);
	static const double first[12] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 5};
	static const char *const names[] = {"c0", "c1"};
	struct ArrowArrayStream rows;
	cstn_prototypes *model = NULL;
	numbers table;

	ck_assert_ptr_nonnull(strstr(row->inputs, "numeric 1 = 0 0 0 1 1 1 2 2 2 3 4 5;"));
	numbers_init(&table, 12, 2);
	memcpy(table.column[0], first, sizeof(first));
	memcpy(table.column[1], data->numbers[0], sizeof(first));
	numbers_open(&table, 0, &rows);
	ck_assert_int_eq(cstn_prototypes_fit(&rows, names, 2, NULL, 0, 2, NULL, NULL, &model, NULL,
					 NULL),
			CSTN_OK);
	answer_got_one(row, "gamma", param(model, "gamma"));
	cstn_prototypes_unref(model);
	numbers_free(&table);
	answer_table_free(data);
}

static void kprototypes(answer *row)
{
	if (answer_asks(row, "labels"))
		got_stocks(row);
	else
		got_gamma(row);
}

const answer_model known_answers_kmeans[] = {
		{"kmeans", kmeans}, {"kmodes", kmodes}, {"kprototypes", kprototypes}, {NULL, NULL}};
