#ifndef TESTS_KMEANS_CELLS_FIXTURE_H
#define TESTS_KMEANS_CELLS_FIXTURE_H

#include <constellation/kmeans_cells.h>

#include "kmeans_fixture.h"

/* Cells for tests: made, filled and asked, or the test fails. */

cstn_kmeans *cells_frame(size_t d, double reach);
cstn_kmeans_cells *cells_new(const cstn_kmeans *model, int32_t max_cells, int32_t coarser);
cstn_status cells_give(cstn_kmeans_cells *cells, const numbers *rows, size_t cut, int32_t threads,
		cstn_error **error);
void cells_update(cstn_kmeans_cells *cells, const numbers *rows);
cstn_kmeans_cells *cells_travelled(cstn_kmeans_cells *cells);
/* Rows added to a copy of `empty`, which are taken out of `cells`. */
cstn_status cells_take_out(cstn_kmeans_cells *cells, const cstn_kmeans_cells *empty,
		const numbers *rows, cstn_error **error);
double cells_number(const cstn_kmeans_cells *cells, const char *name);
double *cells_column(const cstn_kmeans_cells *cells, const char *name, size_t *n);
cstn_kmeans *cells_fit(
		const cstn_kmeans_cells *cells, int32_t k, const cstn_kmeans_options *options);
double rows_score(const cstn_kmeans *model, const numbers *rows);
void make_cell_rows(numbers *table, size_t n, size_t d, int has_weight, uint64_t seed);

#endif
