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
static cstn_status count_block(cstn__worker *worker, int i, int n)
{
	uint32_t cell = worker->cell_of_all;
	int block = i / 64, p, c;

	if (cell >= worker->hot_cells && cstn__hot_grow(worker, cell) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (p = 0; p < 16; p++) {
		uint64_t word = cstn__bits_between(0, n);

		for (c = 0; c < 4; c++)
			word &= p >> c & 1 ? worker->fail[c][block] : ~worker->fail[c][block];
		worker->hot[(size_t)p * worker->hot_cells + cell] +=
				(uint32_t)__builtin_popcountll(word);
	}
	worker->hot_units += (uint64_t)n;
	return worker->hot_units >= CSTN__HOT_FLUSH ? cstn__hot_flush(worker) : CSTN_OK;
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

cstn_status cstn__roll_lines(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	size_t dims = plan->state->registry.n_dimensions;
	cstn_status status = CSTN_OK;
	int i, k;

	for (i = 0; i < worker->n && status == CSTN_OK; i += 64) {
		int n = worker->n - i < 64 ? worker->n - i : 64;

		if (dims == 0 && plan->key_column < 0 && !plan->wide_lines &&
				!worker->special[i / 64] && !worker->drop[i / 64]) {
			status = count_block(worker, i, n);
			continue;
		}
		for (k = 0; k < n && status == CSTN_OK; k++)
			status = roll_line(worker, i + k, dims);
	}
	return status;
}
