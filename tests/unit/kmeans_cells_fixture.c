#include "kmeans_cells_fixture.h"

#include <check.h>
#include <math.h>

#include "base/stats.h"
#include "sealed_bytes.h"

/* Features and packing of rows between -reach and reach: mean 0, and reach 1 has power 6. */
cstn_kmeans *cells_frame(size_t d, double reach)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *model;
	numbers bounds;
	size_t c;

	numbers_init(&bounds, 2, d);
	for (c = 0; c < d; c++) {
		bounds.column[c][0] = -reach;
		bounds.column[c][1] = reach;
	}
	model = fit_numbers(&bounds, 0, 1, &options);
	numbers_free(&bounds);
	return model;
}

cstn_kmeans_cells *cells_new(const cstn_kmeans *model, int32_t max_cells, int32_t coarser)
{
	cstn_kmeans_cells_options options = CSTN_KMEANS_CELLS_OPTIONS_INIT;
	cstn_kmeans_cells *cells = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	options.max_cells = max_cells;
	options.coarser = coarser;
	options.headroom = -1;
	status = cstn_kmeans_cells_new(model, &options, NULL, &cells, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return cells;
}

cstn_status cells_give(cstn_kmeans_cells *cells, const numbers *rows, size_t cut, int32_t threads,
		cstn_error **error)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_status status;

	options.threads = threads;
	options.weight = rows->has_weight ? "weight" : NULL;
	numbers_open(rows, cut, &stream);
	status = cstn_kmeans_cells_update(cells, &stream, &options, NULL, error);
	ck_assert_ptr_null(stream.release);
	return status;
}

void cells_update(cstn_kmeans_cells *cells, const numbers *rows)
{
	cstn_error *error = NULL;
	cstn_status status = cells_give(cells, rows, 100, 1, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

/* Cells that went and came back. */
cstn_kmeans_cells *cells_travelled(cstn_kmeans_cells *cells)
{
	cstn_kmeans_cells *again = sealed_copy(&sealed_kmeans_cells, cells);

	cstn_kmeans_cells_free(cells);
	return again;
}

double cells_number(const cstn_kmeans_cells *cells, const char *name)
{
	double value = (double)NAN;

	ck_assert_int_eq(cstn_kmeans_cells_get_param(cells, name, &value, NULL), CSTN_OK);
	return value;
}

double *cells_column(const cstn_kmeans_cells *cells, const char *name, size_t *n)
{
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_kmeans_cells_export(cells, &stream, NULL), CSTN_OK);
	return stream_numbers(&stream, name, n);
}

cstn_kmeans *cells_fit(
		const cstn_kmeans_cells *cells, int32_t k, const cstn_kmeans_options *options)
{
	cstn_kmeans *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_kmeans_cells_fit(cells, k, options, &model, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

double rows_score(const cstn_kmeans *model, const numbers *rows)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	double score = 1.0;

	options.weight = rows->has_weight ? "weight" : NULL;
	numbers_open(rows, 0, &stream);
	ck_assert_int_eq(cstn_kmeans_score(model, &stream, &options, &score, NULL), CSTN_OK);
	return -score;
}

/* Rows about heaps within -1 and 1. */
void make_cell_rows(numbers *table, size_t n, size_t d, int has_weight, uint64_t seed)
{
	size_t i, c;

	numbers_init(table, n, d + (has_weight ? 1 : 0));
	for (c = 0; c < d; c++)
		for (i = 0; i < n; i++) {
			double heap = floor(cstn__random_unit(seed, i) * 5.0) / 2.5 - 0.8;
			double off = cstn__random_unit(seed + 1 + c, i) - 0.5;

			table->column[c][i] = (c % 2 ? heap : -heap) + 0.35 * off;
		}
	table->has_weight = has_weight;
	for (i = 0; i < n && has_weight; i++)
		table->column[d][i] = (double)(1 + i % 3);
}

cstn_status cells_take_out(cstn_kmeans_cells *cells, const cstn_kmeans_cells *empty,
		const numbers *rows, cstn_error **error)
{
	cstn_kmeans_cells *part = sealed_copy(&sealed_kmeans_cells, empty);
	cstn_status status;

	cells_update(part, rows);
	status = cstn_kmeans_cells_remove(cells, part, error);
	cstn_kmeans_cells_free(part);
	return status;
}
