/* How well a table hides its rows, and the table without the rows that it does not hide.
 *
 * Classes come from groups of equal quasi-identifiers, their numbers from classes.c; here the worst
 * of them is found by comparing products of counts, and only then is anything divided. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "sharing/classes.h"
#include "sharing/generalise.h"
#include "sharing/private_rows.h"

#define KNOWN_FLAGS (CSTN_PRIVACY_CATEGORICAL | CSTN_IMPORT_TRUSTED)
#define COLUMNS_MOST 64
#define K_USUAL 5

/* --- rows in ---------------------------------------------------------------------------------- */

static cstn_status read_options(const cstn_privacy_options *given, cstn_privacy_options *out,
		cstn_allocator *memory, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out), KNOWN_FLAGS,
			"cstn_privacy_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (!out->quasi || !out->n_quasi || out->n_quasi > COLUMNS_MOST ||
			out->n_keep > COLUMNS_MOST || (out->n_keep && !out->keep))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu quasi-identifiers and %zu columns to keep; 1 to %d and 0 to "
				"%d expected, with their names",
				out->n_quasi, out->n_keep, COLUMNS_MOST, COLUMNS_MOST);
	if (out->k < 0 || out->l < 0 || out->t_ppm < 0 || out->t_ppm > 1000000 || out->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"k is %lld, l is %lld, t_ppm is %d: 0 or more, t_ppm at most "
				"1,000,000, reserved0 0",
				(long long)out->k, (long long)out->l, out->t_ppm);
	if (!out->sensitive && (out->l > 1 || out->t_ppm))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"l and t are of a sensitive column, and none is named");
	if (!out->k)
		out->k = K_USUAL;
	return cstn__allocator_read(out->allocator, memory, error);
}

void cstn__private_rows_free(cstn__private_rows *rows)
{
	if (rows->table.columns)
		cstn__coded_table_free(&rows->table);
	if (rows->groups.of)
		cstn__groups_free(&rows->groups);
	if (rows->sensitive.totals)
		cstn__sensitive_free(&rows->sensitive);
	cstn__free(&rows->allocator, rows->classes,
			cstn__array_size(rows->n_classes, sizeof(*rows->classes)));
	memset(rows, 0, sizeof(*rows));
}

/* The columns that are asked for: quasi-identifiers, the sensitive one, those to keep. */
static size_t ask(const cstn_privacy_options *options, cstn__coded_ask *asks)
{
	size_t n = 0, i;

	for (i = 0; i < options->n_quasi; i++)
		asks[n++] = (cstn__coded_ask){options->quasi[i], CSTN__ACCEPT_ANY, 1};
	if (options->sensitive)
		asks[n++] = (cstn__coded_ask){options->sensitive, CSTN__ACCEPT_ANY, 1};
	for (i = 0; i < options->n_keep; i++)
		asks[n++] = (cstn__coded_ask){options->keep[i], CSTN__ACCEPT_ANY, 1};
	return n;
}

static cstn_status classify(
		cstn__private_rows *rows, const cstn_privacy_options *options, cstn_error **error)
{
	cstn__coded *quasi[COLUMNS_MOST];
	cstn_status status;
	size_t i;

	for (i = 0; i < options->n_quasi; i++)
		quasi[i] = &rows->table.columns[i];
	status = cstn__group_rows(quasi, options->n_quasi, rows->table.rows, &rows->allocator,
			&rows->groups, error);
	if (status == CSTN_OK && options->sensitive)
		status = cstn__sensitive_init(&rows->sensitive,
				&rows->table.columns[options->n_quasi],
				options->flags & CSTN_PRIVACY_CATEGORICAL, &rows->allocator, error);
	if (status != CSTN_OK)
		return status;
	rows->classes = cstn__alloc(
			&rows->allocator, cstn__array_size(rows->groups.n, sizeof(*rows->classes)));
	if (!rows->classes)
		return cstn__fail_nomem(error);
	rows->n_classes = rows->groups.n;
	return cstn__classes_of(&rows->groups, options->sensitive ? &rows->sensitive : NULL,
			rows->classes, error);
}

cstn_status cstn__private_rows_read(struct ArrowArrayStream *stream,
		const cstn_privacy_options *given, cstn_privacy_options *options,
		cstn__private_rows *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn__coded_ask asks[2 * COLUMNS_MOST + 1];
	cstn__private_rows rows = {0};
	cstn_status status = read_options(given, options, &rows.allocator, error);
	size_t n;

	if (status != CSTN_OK)
		return status;
	n = ask(options, asks);
	status = cstn__coded_read(stream, asks, n, options->binding,
			options->flags & CSTN_IMPORT_TRUSTED, &rows.allocator, &rows.table,
			bad_rows, error);
	if (status == CSTN_OK)
		status = cstn__generalise_table(
				&rows.table, asks, options->steps, options->n_steps, error);
	if (status == CSTN_OK)
		status = classify(&rows, options, error);
	if (status == CSTN_OK)
		*out = rows;
	else
		cstn__private_rows_free(&rows);
	return status;
}

/* --- measures --------------------------------------------------------------------------------- */

static cstn__u128 common_divisor(cstn__u128 a, cstn__u128 b)
{
	while (b) {
		cstn__u128 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* In lowest terms; 0 if they do not fit, and then both are 0. */
static int set_fraction(cstn__u128 numerator, cstn__u128 denominator, int64_t *out_numerator,
		int64_t *out_denominator)
{
	cstn__u128 by = common_divisor(numerator, denominator);

	*out_numerator = *out_denominator = 0;
	if (!by || numerator / by > INT64_MAX || denominator / by > INT64_MAX)
		return 0;
	*out_numerator = (int64_t)(numerator / by);
	*out_denominator = (int64_t)(denominator / by);
	return 1;
}

/* 1 if count_a / of_a is above count_b / of_b when each is taken by the rows of its class. */
static int is_above(const cstn__class *a, int64_t count_a, int64_t of_a, const cstn__class *b,
		int64_t count_b, int64_t of_b)
{
	return cstn__wide_multiply(count_a, of_b) * b->rows >
	       cstn__wide_multiply(count_b, of_a) * a->rows;
}

/* The classes that are worst by each measure. */
typedef struct worst_classes {
	const cstn__class *alpha, *beta, *low, *t;
} worst_classes;

static worst_classes find_worst(const cstn__private_rows *rows, cstn_privacy_measures *out)
{
	const cstn__class *c = rows->classes;
	worst_classes worst = {c, c, c, c};
	size_t i;

	out->k = c->rows;
	out->l = c->distinct;
	for (i = 1, c++; i < rows->groups.n; i++, c++) {
		if (c->rows < out->k)
			out->k = c->rows;
		if (c->distinct < out->l)
			out->l = c->distinct;
		if (is_above(c, c->most, 1, worst.alpha, worst.alpha->most, 1))
			worst.alpha = c;
		if (is_above(c, c->high_count, c->high_of, worst.beta, worst.beta->high_count,
				    worst.beta->high_of))
			worst.beta = c;
		if (is_above(worst.low, worst.low->low_count, worst.low->low_of, c, c->low_count,
				    c->low_of))
			worst.low = c;
		if (c->distance * (uint64_t)worst.t->rows > worst.t->distance * (uint64_t)c->rows)
			worst.t = c;
	}
	return worst;
}

static void measure_sensitive(const cstn__private_rows *rows, const worst_classes *worst,
		cstn_privacy_measures *out)
{
	const cstn__sensitive *s = &rows->sensitive;
	const cstn__class *beta = worst->beta, *low = worst->low, *t = worst->t;
	double n = (double)s->rows, up, down, least_ln;
	int64_t least = INT64_MAX;
	cstn__u128 of;
	size_t i;

	for (i = 0; i < s->m; i++)
		if (s->totals[i] < least)
			least = s->totals[i];
	set_fraction((cstn__u128)worst->alpha->most, (cstn__u128)worst->alpha->rows,
			&out->alpha_numerator, &out->alpha_denominator);
	out->alpha = (double)worst->alpha->most / (double)worst->alpha->rows;
	of = (cstn__u128)beta->high_of * (cstn__u128)beta->rows;
	set_fraction((cstn__u128)beta->high_count * s->rows - of, of, &out->beta_numerator,
			&out->beta_denominator);
	out->beta = (double)out->beta_numerator / (double)out->beta_denominator;
	least_ln = -log((double)least / n);
	out->enhanced_beta = out->beta < least_ln ? out->beta : least_ln;
	up = log((double)beta->high_count * n / ((double)beta->high_of * (double)beta->rows));
	down = -log((double)low->low_count * n / ((double)low->low_of * (double)low->rows));
	out->delta = up > down ? up : down;
	if (set_fraction(t->distance, (cstn__u128)t->rows * s->unit, &out->t_numerator,
			    &out->t_denominator))
		out->valid |= CSTN_PRIVACY_HAS_T_FRACTION;
	out->t = cstn__class_distance(t, s);
}

/* Rows with a null among the first n columns. */
static int64_t count_nulls(const cstn__coded_table *table, size_t from, size_t to)
{
	int64_t count = 0;
	size_t row, i;

	for (row = 0; row < table->rows; row++) {
		for (i = from; i < to && table->columns[i].codes.items[row] != CSTN__CODE_NULL; i++)
			;
		count += i < to;
	}
	return count;
}

static void measure(const cstn__private_rows *rows, const cstn_privacy_options *options,
		cstn_privacy_measures *out)
{
	worst_classes worst;

	out->rows = (int64_t)rows->table.rows;
	out->classes = (int64_t)rows->groups.n;
	if (!rows->groups.n)
		return;
	out->null_rows = count_nulls(&rows->table, 0, options->n_quasi);
	worst = find_worst(rows, out);
	out->valid = CSTN_PRIVACY_HAS_CLASSES;
	if (!options->sensitive)
		return;
	out->valid |= CSTN_PRIVACY_HAS_SENSITIVE;
	out->sensitive_nulls = count_nulls(&rows->table, options->n_quasi, options->n_quasi + 1);
	out->sensitive_values = (int64_t)rows->sensitive.m;
	measure_sensitive(rows, &worst, out);
}

cstn_status cstn_privacy_measure(struct ArrowArrayStream *rows, const cstn_privacy_options *options,
		cstn_privacy_measures *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_privacy_measures full = CSTN_PRIVACY_MEASURES_INIT;
	cstn_privacy_options read;
	cstn__private_rows private;
	struct ArrowArrayStream stream;
	cstn_status status = cstn__stream_take(rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	if (!out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	else
		status = cstn__private_rows_read(
				&stream, options, &read, &private, bad_rows, error);
	stream.release(&stream);
	if (status != CSTN_OK)
		return status;
	measure(&private, &read, &full);
	cstn__private_rows_free(&private);
	return cstn__output_write(
			&full, sizeof(full), sizeof(full), "cstn_privacy_measures", out, error);
}

/* --- the table that may be looked at ---------------------------------------------------------- */

static int passes(const cstn__private_rows *rows, const cstn_privacy_options *options, size_t i)
{
	const cstn__class *c = &rows->classes[i];

	if (c->rows < options->k)
		return 0;
	return !options->sensitive ||
	       (c->distinct >= options->l &&
			       cstn__class_is_close(c, &rows->sensitive, options->t_ppm));
}

static void put_rows(const cstn__private_rows *rows, const cstn_privacy_options *options,
		const uint32_t *by, cstn__table_builder *table, cstn_privacy_suppressed *left_out)
{
	size_t g, i, column;
	const uint32_t *at = by;

	for (g = 0; g < rows->groups.n; at += rows->groups.counts[g++]) {
		int64_t n = rows->groups.counts[g];

		if (!passes(rows, options, g)) {
			left_out->classes++;
			left_out->rows += n;
			continue;
		}
		left_out->rows_left += n;
		for (i = 0; i < (size_t)n; i++)
			for (column = 0; column < rows->table.n; column++) {
				const cstn__coded *from = &rows->table.columns[column];

				cstn__coded_put(table, (int32_t)column, from,
						from->codes.items[at[i]]);
			}
	}
}

static cstn_status export_rows(const cstn__private_rows *rows, const cstn_privacy_options *options,
		struct ArrowArrayStream *out, cstn_privacy_suppressed *left_out, cstn_error **error)
{
	cstn__coded_ask asks[2 * COLUMNS_MOST + 1];
	size_t by_size = cstn__array_size(rows->table.rows, sizeof(uint32_t)), i;
	uint32_t *by = cstn__alloc(&rows->allocator, by_size);
	cstn__table_builder *table = NULL;
	cstn_status status = by ? cstn__table_builder_new(&rows->allocator, &table, error)
				: cstn__fail_nomem(error);

	ask(options, asks);
	for (i = 0; i < rows->table.n && status == CSTN_OK; i++)
		if (cstn__coded_add_column(table, asks[i].name, &rows->table.columns[i]) < 0)
			status = cstn__fail_nomem(error);
	if (status == CSTN_OK) {
		cstn__groups_rows(&rows->groups, by);
		put_rows(rows, options, by, table, left_out);
		status = cstn__table_export(table, out, error);
	} else {
		cstn__table_builder_free(table);
	}
	cstn__free(&rows->allocator, by, by_size);
	return status;
}

cstn_status cstn_privacy_anonymise(struct ArrowArrayStream *rows,
		const cstn_privacy_options *options, struct ArrowArrayStream *out,
		cstn_privacy_suppressed *left_out, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_privacy_suppressed full = CSTN_PRIVACY_SUPPRESSED_INIT;
	cstn_privacy_options read;
	cstn__private_rows private;
	struct ArrowArrayStream stream, made;
	cstn_status status = cstn__stream_take(rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	if (!out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	else
		status = cstn__private_rows_read(
				&stream, options, &read, &private, bad_rows, error);
	stream.release(&stream);
	if (status != CSTN_OK)
		return status;
	status = export_rows(&private, &read, &made, &full, error);
	cstn__private_rows_free(&private);
	if (status == CSTN_OK && left_out) {
		status = cstn__output_write(&full, sizeof(full), sizeof(full),
				"cstn_privacy_suppressed", left_out, error);
		if (status != CSTN_OK)
			made.release(&made);
	}
	if (status == CSTN_OK)
		*out = made;
	return status;
}
