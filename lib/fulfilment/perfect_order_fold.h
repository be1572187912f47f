#ifndef CSTN_FULFILMENT_PERFECT_ORDER_FOLD_H
#define CSTN_FULFILMENT_PERFECT_ORDER_FOLD_H

#include "fulfilment/perfect_order_state.h"

typedef struct cstn__sorted_cell {
	cstn__key_value keys[CSTN__DIMENSIONS_MAX];
	size_t n;
	uint32_t cell;
} cstn__sorted_cell;

/* Values of a cell's codes; texts are borrowed from the registry. */
void cstn__cell_keys(const cstn__registry *registry, uint32_t cell, cstn__key_value *out);
/* Cells by their values: below, 0 or above zero. */
int cstn__cells_compare(const cstn__registry *registry, uint32_t a, uint32_t b);
/* Tallies of one group in the order of their bytes. */
int cstn__tally_compare(const cstn__registry *registry, const cstn__cause_tally *a,
		const cstn__cause_tally *b);
/* The used cells in order of their values; free (n_cells + 1) * sizeof with the state's allocator.
 */
cstn_status cstn__cells_sorted(const cstn_perfect_order *state, const uint8_t *used, size_t n_cells,
		cstn__sorted_cell **out, size_t *out_count);
int cstn__counts_are_zero(const cstn__group_counts *counts);
/* Counts, total and causes of a core into an empty one. */
cstn_status cstn__core_copy_counts(cstn__core *copy, const cstn__core *core, size_t n_cells);
/* Pairs sorted by unit and cell, each once; free units->pairs.count * sizeof. */
cstn_status cstn__units_pairs(const cstn__units *units, const cstn_allocator *allocator,
		cstn__cell_pair **out, size_t *out_count);

#endif
