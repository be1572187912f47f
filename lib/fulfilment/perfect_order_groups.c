/* Groups of a worker: values of a row -> codes -> a cell, and the counts by cell.
 *
 * Names are shared by all workers, behind a lock; each worker keeps tables of its own for what it
 * has seen, so that the lock is taken once a new value. Counting a plain unit is one increment of a
 * 32-bit number; the numbers are added to the wide counts before they could run over. Cost: 1 to 3
 * ns a look-up in tables that fit the cache. */
#include <string.h>

#include "base/civil.h"
#include "fulfilment/perfect_order_roll.h"

/* --- groups
 * --------------------------------------------------------------------------------------- */

static uint32_t period_code(cstn__worker *worker, size_t dimension, int i)
{
	const cstn__plan *plan = worker->plan;
	const cstn__dimension *asked = &plan->state->registry.dimensions[dimension];
	const cstn__line_verdict *verdict = &worker->verdicts[i];
	int judged = (int)(worker->judged[i / 64] >> (i % 64) & 1),
	    column = plan->dim_basis[dimension];
	int promise = asked->basis == CSTN__BASIS_DUE ||
		      (asked->basis == CSTN__BASIS_PERIOD &&
				      plan->judge.rules->period_basis == CSTN__BASIS_DUE);
	int64_t us = CSTN_TIME_NULL;
	int32_t day;

	if (worker->bad[i / 64] >> (i % 64) & 1)
		return CSTN__CODE_NULL;
	if (judged && promise)
		us = verdict->promise_us;
	else if (column >= 0 && cstn__source_valid(&worker->sources[column], worker->start + i))
		us = cstn__source_value(&worker->sources[column], worker->start + i);
	/* what had not happened by the as-of time is not known */
	if (us == CSTN_TIME_NULL || (us > plan->judge.as_of_us &&
						    (column == CSTN__COL_ORDERED ||
								    column == CSTN__COL_SHIPPED ||
								    column == CSTN__COL_DELIVERED)))
		return CSTN__CODE_NULL;
	if (plan->simple_zone)
		day = cstn__day_of_us(
				us + (int64_t)plan->judge.rules->zone_offset_seconds * 1000000);
	else
		day = cstn__worker_day(worker, us, i, promise);
	return cstn__worker_number_code(worker, dimension, cstn__period_of(day, asked->period));
}

uint32_t cstn__row_code(cstn__worker *worker, size_t dimension, int i)
{
	const cstn__source *source = &worker->sources[CSTN__COL_COUNT + dimension];

	if (worker->plan->dim_at[dimension] < 0)
		return period_code(worker, dimension, i);
	if (worker->coded[dimension])
		return worker->codes[dimension][i];
	return cstn__worker_number_code(
			worker, dimension, cstn__source_value(source, worker->start + i));
}

uint32_t cstn__shared_cell(cstn__worker *worker, const uint32_t *code)
{
	cstn__registry *registry = &worker->plan->state->registry;
	uint32_t cell;

	pthread_mutex_lock(&registry->lock);
	cell = cstn__registry_cell(registry, code);
	pthread_mutex_unlock(&registry->lock);
	return cell;
}

/* One or two dimensions with few values: a table [code0][code1]. Grown by doubling, to 1 Mi
 * entries. */
static int fit_table(cstn__worker *worker, const uint32_t *code, size_t n)
{
	const cstn_allocator *allocator = &worker->plan->state->allocator;
	uint32_t shift = worker->cell_shift, *table;
	size_t rows = worker->cell_table_size >> shift, need0 = code[0] + (size_t)1, size, i;
	size_t need1 = n > 1 ? code[1] + (size_t)1 : 1;

	if (worker->cell_table && need0 <= rows && need1 <= (size_t)1 << shift)
		return 1;
	while (need1 > (size_t)1 << shift)
		shift++;
	rows = rows ? rows : 16;
	while (rows < need0)
		rows *= 2;
	if (rows > ((size_t)1 << 20) >> shift)
		return 0;
	size = rows << shift;
	table = cstn__alloc_zero(allocator, size * sizeof(*table));
	if (!table)
		return 0;
	for (i = 0; i < worker->cell_table_size; i++) {
		size_t a = i >> worker->cell_shift, b = i & (((size_t)1 << worker->cell_shift) - 1);

		table[(a << shift) + b] = worker->cell_table[i];
	}
	cstn__free(allocator, worker->cell_table, worker->cell_table_size * sizeof(*table));
	worker->cell_table = table;
	worker->cell_table_size = size;
	worker->cell_shift = shift;
	return 1;
}

uint32_t cstn__worker_cell(cstn__worker *worker, const uint32_t *code)
{
	size_t n = worker->plan->state->registry.n_dimensions;
	uint64_t key = 0;
	uint32_t cell, *slot;
	size_t i;

	if (n == 0)
		return worker->cell_of_all;
	if (n <= 2 && fit_table(worker, code, n)) {
		slot = &worker->cell_table[((size_t)code[0] << worker->cell_shift) +
					   (n > 1 ? code[1] : 0)];
		if (*slot)
			return *slot - 1;
		cell = cstn__shared_cell(worker, code);
		*slot = cell + 1; /* UINT32_MAX + 1 = 0 = not seen */
		return cell;
	}
	for (i = 0; i < n; i++) {
		if (code[i] > 0xffff)
			return cstn__shared_cell(worker, code);
		key = key << 16 | code[i];
	}
	cell = cstn__i64_map_find(&worker->cell_map, (int64_t)key);
	if (cell != UINT32_MAX)
		return cell;
	cell = cstn__shared_cell(worker, code);
	if (cell != UINT32_MAX &&
			cstn__i64_map_intern(&worker->cell_map, (int64_t)key, cell) == UINT32_MAX)
		return UINT32_MAX;
	return cell;
}

uint32_t cstn__row_cell(cstn__worker *worker, int row)
{
	size_t n = worker->plan->state->registry.n_dimensions, k;
	uint32_t code[CSTN__DIMENSIONS_MAX], cell;

	for (k = 0; k < n; k++) {
		code[k] = cstn__quick_code(worker, k, row);
		if (code[k] == CSTN__NO_CODE)
			return UINT32_MAX;
	}
	cell = cstn__quick_cell(worker, code, n);
	return cell == UINT32_MAX ? cstn__worker_cell(worker, code) : cell;
}

/* --- counting
 * -------------------------------------------------------------------------------------- */

/* hot[pattern][cell]: most units have one of few patterns, so that what is written stays in the
 * cache. */
cstn_status cstn__hot_grow(cstn__worker *worker, uint32_t cell)
{
	const cstn_allocator *allocator = &worker->plan->state->allocator;
	size_t cells = worker->hot_cells ? worker->hot_cells : 16, p;
	uint32_t *hot;

	while (cells <= cell)
		cells *= 2;
	hot = cstn__alloc_aligned(allocator, cells * 64, 64);
	if (!hot)
		return CSTN_E_NOMEM;
	memset(hot, 0, cells * 64);
	for (p = 0; worker->hot && p < 16; p++)
		memcpy(hot + p * cells, worker->hot + p * worker->hot_cells, worker->hot_cells * 4);
	cstn__free_aligned(allocator, worker->hot, worker->hot_cells * 64, 64);
	worker->hot = hot;
	worker->hot_cells = cells;
	return CSTN_OK;
}

cstn_status cstn__worker_flush(cstn__worker *worker, cstn__core *core, size_t n_cells)
{
	size_t cell, p;

	if (!worker->hot_units)
		return CSTN_OK;
	if (cstn__core_reserve_cells(core, n_cells) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (p = 0; p < 16; p++) {
		const uint32_t *hot = worker->hot + p * worker->hot_cells;

		for (cell = 0; cell < worker->hot_cells && cell < n_cells; cell++)
			if (hot[cell])
				core->counts.items[cell].pattern[p] += hot[cell];
	}
	memset(worker->hot, 0, worker->hot_cells * 64);
	worker->hot_units = 0;
	return CSTN_OK;
}

cstn_status cstn__hot_flush(cstn__worker *worker)
{
	cstn__registry *registry = &worker->plan->state->registry;
	size_t n;

	pthread_mutex_lock(&registry->lock);
	n = registry->cells.count;
	pthread_mutex_unlock(&registry->lock);
	return cstn__worker_flush(worker, &worker->core, n);
}
