#ifndef CSTN_FULFILMENT_PERFECT_ORDER_ROLL_H
#define CSTN_FULFILMENT_PERFECT_ORDER_ROLL_H

#include "fulfilment/perfect_order_update.h"

/* Between the parts of the roll-up: groups, runs, rows, lines. Rows are numbered within the chunk.
 */

#define CSTN__NO_CODE UINT32_MAX
#define CSTN__HOT_FLUSH UINT64_C(2000000000)

/* The same place in the next chunk; an address only, which may be past the end. */
#define CSTN__ASK_AHEAD(p) \
	__builtin_prefetch((const void *)((uintptr_t)(p) + CSTN__CHUNK * sizeof(*(p))))

/* perfect_order_groups.c. UINT32_MAX = out of memory. */
uint32_t cstn__row_code(cstn__worker *worker, size_t dimension, int i);
uint32_t cstn__worker_cell(cstn__worker *worker, const uint32_t *code);
uint32_t cstn__shared_cell(cstn__worker *worker, const uint32_t *code);
/* Make room for the counts of `cell`. */
cstn_status cstn__hot_grow(cstn__worker *worker, uint32_t cell);
/* Add the hot counts to the worker's own core. */
cstn_status cstn__hot_flush(cstn__worker *worker);

static inline cstn_status cstn__hot_count(cstn__worker *worker, uint32_t cell, uint32_t pattern)
{
	if (cell >= worker->hot_cells && cstn__hot_grow(worker, cell) != CSTN_OK)
		return CSTN_E_NOMEM;
	worker->hot[pattern * worker->hot_cells + cell]++;
	if (++worker->hot_units >= CSTN__HOT_FLUSH)
		return cstn__hot_flush(worker);
	return CSTN_OK;
}

/* Most codes are in the worker's small table, most cells in its table of two dimensions. */
static inline uint32_t cstn__quick_code(cstn__worker *worker, size_t k, int i)
{
	const cstn__quick *quick = &worker->quick[k];
	uint32_t code = 0;

	if (quick->p32) {
		if ((uint32_t)quick->p32[i] < worker->luts[k].small_size)
			code = worker->luts[k].small[quick->p32[i]];
	} else if (quick->p64) {
		if ((uint64_t)quick->p64[i] < worker->luts[k].small_size)
			code = worker->luts[k].small[quick->p64[i]];
	}
	return code ? code : cstn__row_code(worker, k, i);
}

static inline uint32_t cstn__quick_cell(const cstn__worker *worker, const uint32_t *code, size_t n)
{
	size_t row = code[0], column = n > 1 ? code[1] : 0;

	if (n == 0)
		return worker->cell_of_all;
	if (n > 2 || row >= worker->cell_table_size >> worker->cell_shift ||
			column >= (size_t)1 << worker->cell_shift)
		return UINT32_MAX;
	/* 0 = not seen becomes UINT32_MAX */
	return worker->cell_table[(row << worker->cell_shift) + column] - 1;
}

/* Where the values of one or two plain dimensions lie, and the worker's tables for them. */
typedef struct cstn__finder {
	const int32_t *a, *b;
	const uint32_t *codes_a, *codes_b, *cells;
	size_t size_a, size_b, rows, columns;
	uint32_t shift;
} cstn__finder;

static inline void cstn__finder_set(const cstn__worker *worker, cstn__finder *out)
{
	out->a = worker->quick[0].p32;
	out->b = worker->quick[1].p32;
	out->codes_a = worker->luts[0].small;
	out->size_a = worker->luts[0].small_size;
	out->codes_b = worker->luts[1].small;
	out->size_b = worker->luts[1].small_size;
	out->cells = worker->cell_table;
	out->shift = worker->cell_shift;
	out->rows = worker->cell_table_size >> worker->cell_shift;
	out->columns = (size_t)1 << worker->cell_shift;
}

/* UINT32_MAX: not in the tables. */
static inline uint32_t cstn__finder_cell(const cstn__finder *in, int row, int dimensions)
{
	uint32_t a = (uint32_t)in->a[row], b = 0;

	if (a >= in->size_a)
		return UINT32_MAX;
	a = in->codes_a[a];
	if (dimensions == 2) {
		b = (uint32_t)in->b[row];
		if (b >= in->size_b)
			return UINT32_MAX;
		b = in->codes_b[b];
		if (!b || b >= in->columns)
			return UINT32_MAX;
	}
	if (!a || a >= in->rows)
		return UINT32_MAX;
	return in->cells[((size_t)a << in->shift) + b] - 1; /* 0 = not seen */
}

/* The cell of a row by any kind of dimension; UINT32_MAX: out of memory. */
uint32_t cstn__row_cell(cstn__worker *worker, int row);

static inline uint64_t cstn__bits_between(int from, int to) /* bits [from, to), to > from */
{
	uint64_t high = to >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << to) - 1;

	return high & (~UINT64_C(0) << from);
}

/* perfect_order_runs.c: the run at hand is whole */
cstn_status cstn__run_end(cstn__worker *worker, int is_last);
/* Write out the four packed runs of a partition. */
cstn_status cstn__worker_write_line(cstn__worker *worker, size_t partition);

/* perfect_order_stretch.c: plain rows [from, to), from whole words */
cstn_status cstn__roll_stretch(cstn__worker *worker, int from, int to);

/* perfect_order_roll.c */
cstn_status cstn__run_begin(cstn__worker *worker, int i);
/* Is row i of the run that is being built? */
int cstn__run_goes_on(const cstn__worker *worker, int i);
/* Row i is of the run at hand, but perhaps of another group. */
cstn_status cstn__run_mix(cstn__worker *worker, int i);
/* worker->change: rows that differ from the row before in a dimension, or may */
void cstn__chunk_changes(cstn__worker *worker);
cstn_status cstn__roll_row(cstn__worker *worker, int i);
int32_t cstn__row_number(const cstn__worker *worker, int i);
uint32_t cstn__row_pattern(const cstn__worker *worker, int i);
void cstn__row_verdict(const cstn__worker *worker, int i, cstn__line_verdict *out);
cstn_status cstn__row_wide(cstn__worker *worker, int i, const cstn__line_verdict *verdict,
		cstn__run_wide *wide);

/* perfect_order_lines.c: a chunk of lines as units */
cstn_status cstn__roll_lines(cstn__worker *worker);

#endif
