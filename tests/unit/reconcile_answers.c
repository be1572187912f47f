/* Domestic trips in Australia made to add up: the answers of table J of the known answers, read out
 * of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_reconcile.h>

#include "answer_table.h"
#include "csv_rows.h"
#include "shared_data.h"

#define QUARTERS 80
#define LEAVES 304
#define NODES_MOST 400
#define TEXT_MOST ((size_t)8 << 20)

typedef struct node {
	char id[80];
	double y[QUARTERS], base, got, leaves, variance;
	int is_leaf;
} node;

static node all[NODES_MOST];
static size_t n_nodes;

/* Commas would end a field: one region has one. */
static void drop_commas(char *text)
{
	for (; *text; text++)
		if (*text == ',')
			*text = ';';
}

static node *node_of(const char *id)
{
	size_t i;

	for (i = 0; i < n_nodes; i++)
		if (strcmp(all[i].id, id) == 0)
			return &all[i];
	ck_assert_uint_lt(n_nodes, NODES_MOST);
	snprintf(all[n_nodes].id, sizeof(all[n_nodes].id), "%s", id);
	return &all[n_nodes++];
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Series of all nodes, the median of their last five first quarters, and what they were off by. */
static void read_nodes(void)
{
	answer_table *t = answer_csv("aus_tourism/tourism.csv.gz",
			"Quarter text\nRegion text\nState text\nPurpose text\nTrips double\n", 0);
	size_t row, i, k;

	n_nodes = 0;
	memset(all, 0, sizeof(all));
	for (row = 0; row < t->rows; row++) {
		const char *quarter = t->texts[0][row], *purpose = t->texts[3][row];
		char *region = t->texts[1][row];
		size_t at = (size_t)(atoi(quarter) - 1998) * 4 +
			    (size_t)(atoi(quarter + 5) - 1) / 3;
		char paths[4][80];

		drop_commas(region);
		snprintf(paths[0], sizeof(paths[0]), "Total");
		snprintf(paths[1], sizeof(paths[1]), "%s", t->texts[2][row]);
		snprintf(paths[2], sizeof(paths[2]), "%s/%s", t->texts[2][row], region);
		snprintf(paths[3], sizeof(paths[3]), "%s/%s/%s", t->texts[2][row], region, purpose);
		for (i = 0; i < 4; i++)
			node_of(paths[i])->y[at] += t->numbers[4][row];
		node_of(paths[3])->is_leaf = 1;
		if (at == 0)
			for (i = 0; i < 4; i++)
				node_of(paths[i])->leaves++;
	}
	answer_table_free(t);
	ck_assert_uint_eq(n_nodes, 389);
	for (i = 0; i < n_nodes; i++) {
		double first[5];

		for (k = 0; k < 5; k++)
			first[k] = all[i].y[QUARTERS - 4 - 4 * k];
		qsort(first, 5, sizeof(*first), ascending);
		all[i].base = first[2];
		for (k = 4; k < QUARTERS; k++)
			all[i].variance += pow(all[i].y[k] - all[i].y[k - 4], 2) / (QUARTERS - 4);
	}
}

/* Leaves with their levels; forecasts, and with `past` those of the seasonal naive method before.
 */
static void write_tables(char *leaves, char *base, int past)
{
	size_t used = (size_t)sprintf(base, "unique_id,ds,mean,y\n"), i, k;
	char *at = leaves + sprintf(leaves, "unique_id,state,region\n");

	for (i = 0; i < n_nodes; i++) {
		if (all[i].is_leaf) {
			const char *slash = strchr(all[i].id, '/'), *end = strrchr(all[i].id, '/');

			at += sprintf(at, "%s,%.*s,%.*s\n", all[i].id, (int)(slash - all[i].id),
					all[i].id, (int)(end - slash - 1), slash + 1);
		}
		for (k = 4; past && k < QUARTERS; k++)
			used += (size_t)snprintf(base + used, TEXT_MOST - used,
					"%s,%zu,%.17g,%.17g\n", all[i].id, k, all[i].y[k - 4],
					all[i].y[k]);
		used += (size_t)snprintf(base + used, TEXT_MOST - used, "%s,%d,%.17g,\n", all[i].id,
				QUARTERS, all[i].base);
	}
	ck_assert_uint_lt(used, TEXT_MOST);
}

static void reconcile(int32_t weights)
{
	static const char *const levels[] = {"state", "region"};
	cstn_reconcile_options options = CSTN_RECONCILE_OPTIONS_INIT;
	char *leaves = malloc(1 << 20), *base = malloc(TEXT_MOST);
	struct ArrowArrayStream nodes, rows, out;
	cstn_error *error = NULL;
	cstn_buffer *buffer;
	const char *line;
	size_t n = 0;

	ck_assert(leaves && base);
	write_tables(leaves, base, weights == CSTN_RECONCILE_VARIANCE);
	csv_rows(&nodes, "unique_id text\nstate text\nregion text\n", leaves);
	csv_rows(&rows, "unique_id text\nds int64\nmean double\ny double null\n", base);
	options.levels = levels;
	options.n_levels = 2;
	options.total = "Total";
	options.weights = weights;
	ck_assert_msg(cstn_reconcile(&nodes, &rows, &options, NULL, &out, NULL, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	line = strchr(csv_text(&out, &buffer), '\n') + 1;
	for (; *line; line = strchr(line, '\n') + 1, n++) {
		char id[80];

		snprintf(id, sizeof(id), "%.*s", (int)strcspn(line, ","), line);
		node_of(id)->got = atof(strchr(strchr(line, ',') + 1, ',') + 1);
	}
	ck_assert_uint_eq(n, n_nodes);
	cstn_buffer_free(buffer);
	free(leaves);
	free(base);
}

/* Cells of the row of table J that begins so. */
static void expected_row(const char *name, double *out, size_t n)
{
	char *path = shared_path("data", "forecast_known_answers.md"), *text = malloc(1 << 20);
	char begin[64], *at;
	FILE *file = fopen(path, "rb");
	size_t i;

	ck_assert(file && text);
	text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
	fclose(file);
	at = strstr(text, "## J. Reconciliation");
	snprintf(begin, sizeof(begin), "\n| %s", name);
	at = at ? strstr(at, begin) : NULL;
	ck_assert_msg(at != NULL, "no row '%s'", name);
	at = strchr(at + 3, '|');
	for (i = 0; i < n; i++) {
		out[i] = strtod(at + 1, NULL);
		at = strchr(at + 1, '|');
	}
	free(text);
	free(path);
}

static void check_row(const char *name, int32_t weights)
{
	static const char *const ids[] = {"Total", "New South Wales", "Victoria", "Tasmania",
			"ACT/Canberra/Business", "Western Australia/Experience Perth/Visiting"};
	double expected[8], moved = 0;
	size_t i, negative = 0;

	read_nodes();
	reconcile(weights);
	expected_row(name, expected, 8);
	for (i = 0; i < 6; i++)
		ck_assert_double_eq_tol(node_of(ids[i])->got, expected[i], 1e-6);
	for (i = 0; i < n_nodes; i++) {
		const node *v = &all[i];
		double w = weights == CSTN_RECONCILE_VARIANCE ? v->variance : v->leaves;

		negative += v->is_leaf && v->got < 0;
		moved += (v->got - v->base) * (v->got - v->base) / w;
	}
	ck_assert_double_eq((double)negative, expected[6]);
	ck_assert_double_eq_tol(moved, expected[7], 1e-6);
}

START_TEST(structural_weights_give_the_dense_answer)
{
	check_row("structural", CSTN_RECONCILE_STRUCTURAL);
}
END_TEST

START_TEST(variances_of_earlier_forecasts_give_the_dense_answer)
{
	check_row("variance", CSTN_RECONCILE_VARIANCE);
}
END_TEST

START_TEST(parents_are_sums_of_their_children)
{
	size_t i, k;

	read_nodes();
	reconcile(CSTN_RECONCILE_STRUCTURAL);
	for (i = 0; i < n_nodes; i++) {
		size_t len = strlen(all[i].id);
		double sum = 0;

		for (k = 0; k < n_nodes; k++)
			if (all[k].is_leaf &&
					(strcmp(all[i].id, "Total") == 0 ||
							(strncmp(all[i].id, all[k].id, len) == 0 &&
									strchr("/", all[k].id[len]))))
				sum += all[k].got;
		ck_assert_double_eq_tol(all[i].got, sum, 1e-9 * fabs(sum));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {structural_weights_give_the_dense_answer,
			variances_of_earlier_forecasts_give_the_dense_answer,
			parents_are_sums_of_their_children};

	return run_tests_on("data", "aus_tourism/tourism.csv.gz", "reconcile_answers", tests,
			sizeof(tests) / sizeof(tests[0]));
}
