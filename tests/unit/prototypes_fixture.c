#include "prototypes_fixture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sealed_bytes.h"
#include "base/stats.h"
#include "csv_rows.h"
#include "kmeans_fixture.h"

static const char *const numeric[] = {"x0", "x1", "x2"};
static const char *const categorical[] = {"c0", "c1", "c2"};

const char *const *mixed_numeric(void)
{
	return numeric;
}

const char *const *mixed_categorical(void)
{
	return categorical;
}

static int draw(uint64_t seed, size_t number, int below)
{
	return (int)(cstn__random_unit(seed, number) * below);
}

void mixed_random(
		mixed *table, size_t n, size_t d, size_t m, int values, int letters, uint64_t seed)
{
	size_t i, l;

	memset(table, 0, sizeof(*table));
	ck_assert(n % 2 == 0 && n <= MIXED_ROWS);
	table->n = n;
	table->d = d;
	table->m = m;
	for (i = 0; i < n / 2; i++)
		for (l = 0; l < d; l++) {
			table->z[i][l] = 0.25 * (draw(seed, i * 8 + l, 2 * values + 1) - values);
			table->z[n - 1 - i][l] = 0.0 - table->z[i][l];
		}
	for (i = 0; i < n; i++)
		for (l = 0; l < m; l++)
			table->code[i][l] = draw(seed + 1, i * 8 + l, letters);
}

void mixed_open(mixed *table, struct ArrowArrayStream *out)
{
	char *text = table->text, schema[256];
	size_t at = 0, end = 0, i, l;

	for (l = 0; l < table->d; l++) {
		at += (size_t)sprintf(schema + at, "x%zu double\n", l);
		end += (size_t)sprintf(text + end, "x%zu,", l);
	}
	for (l = 0; l < table->m; l++) {
		at += (size_t)sprintf(schema + at, "c%zu text\n", l);
		end += (size_t)sprintf(text + end, "c%zu,", l);
	}
	text[end - 1] = '\n';
	for (i = 0; i < table->n; i++) {
		for (l = 0; l < table->d; l++)
			end += (size_t)sprintf(text + end, "%.17g,", table->z[i][l]);
		for (l = 0; l < table->m; l++)
			end += (size_t)sprintf(text + end, "%c,", 'a' + table->code[i][l]);
		text[end - 1] = '\n';
	}
	text[end] = '\0';
	csv_rows(out, schema, text);
}

static int same_row(const mixed *table, size_t a, size_t b)
{
	size_t l;

	for (l = 0; l < table->d; l++)
		if (table->z[a][l] != table->z[b][l])
			return 0;
	for (l = 0; l < table->m; l++)
		if (table->code[a][l] != table->code[b][l])
			return 0;
	return 1;
}

size_t mixed_distinct(const mixed *table)
{
	size_t i, j, count = 0;

	for (i = 0; i < table->n; i++) {
		for (j = 0; j < i && !same_row(table, i, j); j++)
			;
		count += j == i;
	}
	return count;
}

cstn_prototypes *mixed_fit(mixed *table, int32_t k, const cstn_prototypes_options *options)
{
	struct ArrowArrayStream rows;
	cstn_prototypes *model = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	mixed_open(table, &rows);
	status = cstn_prototypes_fit(&rows, numeric, table->d, categorical, table->m, k, options,
			NULL, &model, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

double prototypes_number(const cstn_prototypes *model, const char *name)
{
	double value = (double)NAN;

	ck_assert_int_eq(cstn_prototypes_get_param(model, name, &value, NULL), CSTN_OK);
	return value;
}

double *prototypes_numbers(
		const cstn_prototypes *model, int32_t table, const char *column, size_t *n)
{
	struct ArrowArrayStream out;

	ck_assert_int_eq(cstn_prototypes_export(model, table, &out, NULL), CSTN_OK);
	return stream_numbers(&out, column, n);
}

uint64_t prototypes_digest(const cstn_prototypes *model)
{
	size_t n, i;
	double *labels = prototypes_numbers(model, CSTN_PROTOTYPES_TABLE_LABELS, "label", &n);
	uint64_t digest;

	for (i = 0; i < n; i++)
		labels[i] = isnan(labels[i]) ? -1.0 : labels[i];
	digest = sealed_digest(&sealed_prototypes, model, labels, n * sizeof(*labels));
	free(labels);
	return digest;
}

/* --- the plain form --------------------------------------------------------------------------- */

static double distance(const plain *in, size_t row, size_t j)
{
	const mixed *table = in->table;
	double cost = 0.0;
	int differ = 0;
	size_t l;

	for (l = 0; l < table->d; l++)
		cost += (table->z[row][l] - in->centre[j][l]) *
			(table->z[row][l] - in->centre[j][l]);
	for (l = 0; l < table->m; l++)
		differ += table->code[row][l] != in->mode[j][l];
	return cost + in->gamma * differ;
}

static size_t nearest(const plain *in, size_t row)
{
	size_t j, best = 0;

	for (j = 1; j < in->k; j++)
		if (distance(in, row, j) < distance(in, row, best))
			best = j;
	return best;
}

static size_t size_of(const plain *in, size_t j)
{
	size_t i, count = 0;

	for (i = 0; i < in->table->n; i++)
		count += in->label[i] == j;
	return count;
}

static void take_mean(plain *in, size_t j)
{
	size_t i, l;

	for (l = 0; l < in->table->d; l++) {
		double sum = 0.0;

		for (i = 0; i < in->table->n; i++)
			sum += in->label[i] == j ? in->table->z[i][l] : 0.0;
		in->centre[j][l] = sum / (double)size_of(in, j);
	}
}

static int count_of(const plain *in, size_t j, size_t l, int code)
{
	int count = 0;
	size_t i;

	for (i = 0; i < in->table->n; i++)
		count += in->label[i] == j && in->table->code[i][l] == code;
	return count;
}

static void take_mode(plain *in, size_t j, size_t l)
{
	int code, best = 0;

	for (code = 1; code < 26; code++)
		if (count_of(in, j, l, code) > count_of(in, j, l, best))
			best = code;
	in->mode[j][l] = best;
}

static void take_centre(plain *in, size_t j)
{
	size_t l;

	if (size_of(in, j) == 0)
		return;
	take_mean(in, j);
	for (l = 0; l < in->table->m; l++)
		take_mode(in, j, l);
}

/* An empty cluster takes the row farthest from its own with its copies; never all of a cluster. */
static int fill_empty(plain *in, int batch)
{
	const mixed *table = in->table;
	int moved = 0;
	size_t j, i, other;

	for (j = 0; j < in->k; j++) {
		size_t found = SIZE_MAX, from;

		if (size_of(in, j))
			continue;
		for (i = 0; i < table->n; i++) {
			size_t copies = 0;

			for (other = 0; other < table->n; other++)
				copies += in->label[other] == in->label[i] &&
					  same_row(table, i, other);
			if (copies < size_of(in, in->label[i]) &&
					(found == SIZE_MAX ||
							distance(in, i, in->label[i]) >
									distance(in, found,
											in->label[found])))
				found = i;
		}
		ck_assert_uint_ne(found, SIZE_MAX);
		from = in->label[found];
		for (other = 0; other < table->n; other++)
			if (in->label[other] == from && same_row(table, found, other)) {
				in->label[other] = j;
				moved++;
			}
		if (!batch) {
			take_centre(in, from);
			take_centre(in, j);
		}
	}
	return moved;
}

static int huang_pass(plain *in)
{
	int moves = 0;
	size_t i, l;

	for (i = 0; i < in->table->n; i++) {
		size_t from = in->label[i], to = nearest(in, i);

		if (from == to)
			continue;
		moves++;
		in->label[i] = to;
		take_mean(in, to);
		if (size_of(in, from))
			take_mean(in, from);
		for (l = 0; l < in->table->m; l++) {
			int code = in->table->code[i][l];

			if (count_of(in, to, l, code) > count_of(in, to, l, in->mode[to][l]))
				in->mode[to][l] = code;
			if (in->mode[from][l] == code && size_of(in, from))
				take_mode(in, from, l);
		}
		if (size_of(in, from) == 0)
			moves += fill_empty(in, 0);
	}
	return moves;
}

static int batch_pass(plain *in)
{
	int moves = 0;
	size_t i, j;

	for (i = 0; i < in->table->n; i++) {
		size_t to = nearest(in, i);

		moves += to != in->label[i];
		in->label[i] = to;
	}
	moves += fill_empty(in, 1);
	for (j = 0; j < in->k; j++)
		take_centre(in, j);
	return moves;
}

/* Squares are added without rounding: whether a cost fell must not hang on the last bit. */
static double cost_of(const plain *in)
{
	cstn__exact_sum squares;
	int differ = 0;
	size_t i, l;

	cstn__exact_sum_init(&squares);
	for (i = 0; i < in->table->n; i++) {
		size_t j = nearest(in, i);
		double square = 0.0;

		for (l = 0; l < in->table->d; l++)
			square += (in->table->z[i][l] - in->centre[j][l]) *
				  (in->table->z[i][l] - in->centre[j][l]);
		cstn__exact_sum_add(&squares, square);
		for (l = 0; l < in->table->m; l++)
			differ += in->table->code[i][l] != in->mode[j][l];
	}
	return cstn__exact_sum_value(&squares) + in->gamma * differ;
}

void plain_fit(plain *out, const mixed *table, size_t k, double gamma, const int64_t *start,
		int batch)
{
	size_t i, j, l;
	int moves;

	memset(out, 0, sizeof(*out));
	out->table = table;
	out->k = k;
	out->gamma = gamma;
	for (j = 0; j < k; j++) {
		for (l = 0; l < table->d; l++)
			out->centre[j][l] = table->z[start[j]][l];
		for (l = 0; l < table->m; l++)
			out->mode[j][l] = table->code[start[j]][l];
	}
	for (i = 0; i < table->n; i++)
		out->label[i] = nearest(out, i);
	(void)fill_empty(out, 1);
	for (j = 0; j < k; j++)
		take_centre(out, j);
	out->cost[out->n_costs++] = cost_of(out);
	do {
		moves = batch ? batch_pass(out) : huang_pass(out);
		out->passes++;
		ck_assert_uint_lt(out->n_costs, MIXED_COSTS);
		out->cost[out->n_costs++] = cost_of(out);
	} while (moves && ((batch && !table->m) || out->cost[out->n_costs - 1] <
								   out->cost[out->n_costs - 2]));
	for (i = 0; i < table->n && moves; i++)
		out->label[i] = nearest(out, i);
}

void plain_cao(const mixed *table, size_t k, int64_t *start)
{
	int density[MIXED_ROWS] = {0};
	size_t i, j, l, other;

	for (i = 0; i < table->n; i++)
		for (l = 0; l < table->m; l++)
			for (other = 0; other < table->n; other++)
				density[i] += table->code[i][l] == table->code[other][l];
	for (j = 0; j < k; j++) {
		int most = -1;

		for (i = 0; i < table->n; i++) {
			int least = j ? 1 << 30 : density[i];

			for (other = 0; other < j; other++) {
				int differ = 0;

				for (l = 0; l < table->m; l++)
					differ += table->code[i][l] != table->code[start[other]][l];
				least = differ * density[i] < least ? differ * density[i] : least;
			}
			if (least > most) {
				most = least;
				start[j] = (int64_t)i;
			}
		}
	}
}
