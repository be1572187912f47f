/* Lines as units: each line is counted by itself; with order ids the lines of an order and group
 * make a cluster beside it, for the interval.
 *
 * Cost: 3 ns a line with groups, 1 ns a line without, 100 ns with clusters. */
#include <string.h>

#include "fulfilment/perfect_order_roll.h"

static cstn_status count_line(cstn__worker *worker, int i, uint32_t cell)
{
	cstn__line_verdict verdict;
	cstn__run_wide wide;
	cstn__run run;
	cstn_status status;

	if (!worker->plan->wide_lines && !(worker->special[i / 64] >> (i % 64) & 1))
		return cstn__hot_count(worker, cell, cstn__row_pattern(worker, i));
	memset(&run, 0, sizeof(run));
	cstn__unit_init(&run.unit);
	run.cell = cell;
	cstn__row_verdict(worker, i, &verdict);
	if (worker->bad[i / 64] >> (i % 64) & 1) {
		memset(&verdict, 0, sizeof(verdict));
		run.unit.flags |= CSTN__UNIT_BAD;
	} else {
		cstn__unit_add(&run.unit, &verdict, cstn__row_number(worker, i));
	}
	status = cstn__row_wide(worker, i, &verdict, &wide);
	if (status == CSTN_OK)
		status = cstn__core_count_line(worker->plan->state, &worker->core, &run, &wide);
	return status;
}

static int has_key(const cstn__worker *worker, int i)
{
	const cstn__plan *plan = worker->plan;

	if (plan->text_key)
		return worker->key_text[i] != NULL;
	return cstn__source_valid(&worker->sources[plan->key_column], worker->start + i);
}

/* Lines of one group: the patterns of a block are counted as words. */
static void count_block(cstn__worker *worker, uint32_t *hot, int block, int n)
{
	int p, c;

	for (p = 0; p < 16; p++) {
		uint64_t word = cstn__low_bits(n);

		for (c = 0; c < 4; c++)
			word &= p >> c & 1 ? worker->fail[c][block] : ~worker->fail[c][block];
		hot[(size_t)p * worker->hot_cells] +=
				(uint32_t)worker->plan->spans->count(&word, 1);
	}
}

/* A whole chunk of them. */
static cstn_status count_chunk(cstn__worker *worker)
{
	const cstn__spans *spans = worker->plan->spans;
	uint32_t cell = worker->cell_of_all, *hot, late, less, both;
	int words = (worker->n + 63) / 64, w;
	uint64_t other = 0, late_and_less[CSTN__CHUNK_WORDS];

	if (cell >= worker->hot_cells && cstn__hot_grow(worker, cell) != CSTN_OK)
		return CSTN_E_NOMEM;
	hot = worker->hot + cell;
	for (w = 0; w < words; w++) {
		other |= worker->fail[2][w] | worker->fail[3][w];
		late_and_less[w] = worker->fail[0][w] & worker->fail[1][w];
	}
	for (w = 0; other && w < words; w++)
		count_block(worker, hot, w, worker->n - 64 * w < 64 ? worker->n - 64 * w : 64);
	if (!other) {
		late = (uint32_t)spans->count(worker->fail[0], words);
		less = (uint32_t)spans->count(worker->fail[1], words);
		both = (uint32_t)spans->count(late_and_less, words);
		hot[0] += (uint32_t)worker->n - late - less + both;
		hot[worker->hot_cells] += late - both;
		hot[2 * worker->hot_cells] += less - both;
		hot[3 * worker->hot_cells] += both;
	}
	worker->hot_units += (uint64_t)worker->n;
	return worker->hot_units >= CSTN__HOT_FLUSH ? cstn__hot_flush(worker) : CSTN_OK;
}

/* UINT32_MAX: out of memory. */
static inline uint32_t cell_at(cstn__worker *worker, cstn__finder *tables, int row, int dimensions)
{
	uint32_t cell = dimensions ? cstn__finder_cell(tables, row, dimensions) : UINT32_MAX;

	if (cell == UINT32_MAX) {
		cell = cstn__row_cell(worker, row);
		if (dimensions)
			cstn__finder_set(worker, tables);
	}
	if (cell != UINT32_MAX && cell >= worker->hot_cells &&
			cstn__hot_grow(worker, cell) != CSTN_OK)
		return UINT32_MAX;
	return cell;
}

/* Plain lines of a block: stretches of one group are counted as perfect at once, and what failed is
 * taken back line by line. */
static inline cstn_status count_groups(cstn__worker *worker, int block, int n, int dimensions)
{
	uint64_t starts = worker->change[block] | 1, rows = cstn__low_bits(n), failed, rest;
	int first = block * 64, bit, end;
	cstn__finder tables;

	cstn__finder_set(worker, &tables);
	for (starts &= rows; starts; starts = rest) {
		uint32_t cell;

		rest = starts & (starts - 1);
		bit = __builtin_ctzll(starts);
		end = rest ? __builtin_ctzll(rest) : n;
		if (dimensions)
			CSTN__ASK_AHEAD(tables.a + first + bit);
		if (dimensions == 2)
			CSTN__ASK_AHEAD(tables.b + first + bit);
		cell = cell_at(worker, &tables, first + bit, dimensions);
		if (cell == UINT32_MAX)
			return CSTN_E_NOMEM;
		worker->hot[cell] += (uint32_t)(end - bit);
	}
	failed = worker->fail[0][block] | worker->fail[1][block] | worker->fail[2][block] |
		 worker->fail[3][block];
	for (failed &= rows; failed; failed &= failed - 1) {
		uint32_t cell;

		bit = first + __builtin_ctzll(failed);
		cell = cell_at(worker, &tables, bit, dimensions);
		if (cell == UINT32_MAX)
			return CSTN_E_NOMEM;
		worker->hot[cell]--;
		worker->hot[cstn__row_pattern(worker, bit) * worker->hot_cells + cell]++;
	}
	worker->hot_units += (uint64_t)n;
	return worker->hot_units >= CSTN__HOT_FLUSH ? cstn__hot_flush(worker) : CSTN_OK;
}

static cstn_status count_by_dimensions(cstn__worker *worker, int block, int n)
{
	size_t dimensions = worker->plan->state->registry.n_dimensions;

	if (dimensions == 2 && worker->quick[0].p32 && worker->quick[1].p32)
		return count_groups(worker, block, n, 2);
	if (dimensions == 1 && worker->quick[0].p32)
		return count_groups(worker, block, n, 1);
	return count_groups(worker, block, n, 0);
}

static cstn_status roll_line(cstn__worker *worker, int i, size_t n)
{
	cstn_status status;
	uint32_t cell;
	size_t k;

	if (worker->drop[i / 64] >> (i % 64) & 1)
		return CSTN_OK;
	for (k = 0; k < n; k++) {
		worker->line_code[k] = cstn__quick_code(worker, k, i);
		if (worker->line_code[k] == CSTN__NO_CODE)
			return CSTN_E_NOMEM;
	}
	cell = cstn__quick_cell(worker, worker->line_code, n);
	if (cell == UINT32_MAX)
		cell = cstn__worker_cell(worker, worker->line_code);
	if (cell == UINT32_MAX)
		return CSTN_E_NOMEM;
	status = count_line(worker, i, cell);
	if (status == CSTN_OK && worker->plan->key_column >= 0 && has_key(worker, i))
		status = cstn__roll_row(worker, i);
	return status;
}

static int is_plain(const cstn__worker *worker, int block)
{
	return !worker->special[block] && !worker->drop[block] &&
	       !(worker->judged[block] && worker->plan->promise_moves);
}

cstn_status cstn__roll_lines(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	size_t dims = plan->state->registry.n_dimensions;
	int words = (worker->n + 63) / 64, plain = plan->key_column < 0 && !plan->wide_lines, i, k;
	cstn_status status = CSTN_OK;

	for (i = 0; plain && i < words && is_plain(worker, i);)
		i++;
	if (plain && i == words && dims == 0)
		return count_chunk(worker);
	memset(worker->change, 0, sizeof(worker->change));
	if (plain && dims)
		cstn__chunk_changes(worker);
	for (i = 0; i < worker->n && status == CSTN_OK; i += 64) {
		int n = worker->n - i < 64 ? worker->n - i : 64;

		if (plain && is_plain(worker, i / 64)) {
			status = count_by_dimensions(worker, i / 64, n);
			continue;
		}
		for (k = 0; k < n && status == CSTN_OK; k++)
			status = roll_line(worker, i + k, dims);
	}
	return status;
}
