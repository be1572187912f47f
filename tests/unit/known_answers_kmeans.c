/* Known answers of clustering: iris, wine, faithful, and a generated table with given starts. */
#include "known_answers.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

const answer_model known_answers_kmeans[] = {{"kmeans", kmeans}, {NULL, NULL}};
