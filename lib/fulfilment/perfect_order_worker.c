/* A worker of an update: its buffers, made and freed. */
#include <string.h>

#include "fulfilment/perfect_order_roll.h"

static int alloc_chunk(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	const cstn_allocator *allocator = &plan->state->allocator;
	size_t i;

	worker->verdicts = cstn__alloc(allocator, CSTN__CHUNK * sizeof(*worker->verdicts));
	worker->scratch = cstn__alloc(allocator, CSTN__CHUNK * sizeof(*worker->scratch));
	worker->status = cstn__alloc(allocator, CSTN__CHUNK);
	worker->key_text = cstn__alloc(allocator, CSTN__CHUNK * sizeof(*worker->key_text));
	worker->key_len = cstn__alloc(allocator, CSTN__CHUNK * sizeof(*worker->key_len));
	if (!worker->verdicts || !worker->scratch || !worker->status || !worker->key_text ||
			!worker->key_len)
		return -1;
	for (i = 0; i < plan->state->registry.n_dimensions; i++) {
		worker->codes[i] = cstn__alloc(allocator, CSTN__CHUNK * sizeof(uint32_t));
		if (!worker->codes[i])
			return -1;
	}
	worker->lists = cstn__alloc_zero(allocator, CSTN__PARTITIONS * sizeof(*worker->lists));
	if (!worker->lists)
		return -1;
	if (plan->text_key || plan->wide || plan->closes || plan->lines || plan->clustered)
		return 0;
	worker->lines = cstn__alloc_aligned(
			allocator, CSTN__PARTITIONS * sizeof(*worker->lines), 64);
	if (!worker->lines)
		return -1;
	memset(worker->lines, 0, CSTN__PARTITIONS * sizeof(*worker->lines));
	worker->tails = cstn__alloc_zero(allocator, CSTN__PARTITIONS * sizeof(*worker->tails));
	return worker->tails ? 0 : -1;
}

cstn_status cstn__worker_init(cstn__worker *worker, const cstn__plan *plan)
{
	const cstn_allocator *allocator = &plan->state->allocator;
	uint32_t none[CSTN__DIMENSIONS_MAX] = {0};
	size_t i;

	memset(worker, 0, sizeof(*worker));
	worker->plan = plan;
	cstn__core_init(&worker->core, allocator);
	cstn__i64_map_init(&worker->cell_map, allocator, 23);
	for (i = 0; i < CSTN__DIMENSIONS_MAX; i++) {
		cstn__i64_map_init(&worker->luts[i].map, allocator, 29 + i);
		cstn__interner_init(&worker->luts[i].texts, allocator, 37 + i);
	}
	worker->new_segment = 1;
	if (alloc_chunk(worker) || cstn__row_sink_new(allocator, &worker->sink, NULL) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (plan->state->registry.n_dimensions == 0) {
		worker->cell_of_all = cstn__shared_cell(worker, none);
		if (worker->cell_of_all == UINT32_MAX)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

void cstn__worker_free(cstn__worker *worker)
{
	const cstn_allocator *allocator;
	size_t i;

	if (!worker->plan)
		return;
	allocator = &worker->plan->state->allocator;
	cstn__core_free(&worker->core);
	cstn__i64_map_free(&worker->cell_map);
	for (i = 0; i < CSTN__DIMENSIONS_MAX; i++) {
		cstn__i64_map_free(&worker->luts[i].map);
		cstn__interner_free(&worker->luts[i].texts);
		cstn__array_free(allocator, &worker->luts[i].shared);
		cstn__free(allocator, worker->luts[i].dictionary,
				worker->luts[i].dictionary_size * sizeof(uint32_t));
		cstn__free(allocator, worker->luts[i].small,
				worker->luts[i].small_size * sizeof(uint32_t));
		cstn__free(allocator, worker->codes[i], CSTN__CHUNK * sizeof(uint32_t));
	}
	for (i = 0; i < CSTN__COL_COUNT + CSTN__DIMENSIONS_MAX; i++) {
		cstn__free(allocator, worker->buffers[i], CSTN__CHUNK * sizeof(int64_t));
		cstn__free(allocator, worker->valids[i],
				(CSTN__CHUNK_WORDS + 1) * sizeof(uint64_t));
	}
	for (i = 0; worker->lists && i < CSTN__PARTITIONS; i++) {
		cstn__packed_log_free(&worker->lists[i].packed, allocator);
		cstn__array_free(allocator, &worker->lists[i].runs);
		cstn__array_free(allocator, &worker->lists[i].wide);
	}
	cstn__packed_log_free(&worker->rising, allocator);
	cstn__free(allocator, worker->lists, CSTN__PARTITIONS * sizeof(*worker->lists));
	cstn__free_aligned(allocator, worker->lines, CSTN__PARTITIONS * sizeof(*worker->lines), 64);
	cstn__free(allocator, worker->tails, CSTN__PARTITIONS * sizeof(*worker->tails));
	cstn__free(allocator, worker->verdicts, CSTN__CHUNK * sizeof(*worker->verdicts));
	cstn__free(allocator, worker->scratch, CSTN__CHUNK * sizeof(*worker->scratch));
	cstn__free(allocator, worker->status, CSTN__CHUNK);
	cstn__free(allocator, worker->key_text, CSTN__CHUNK * sizeof(*worker->key_text));
	cstn__free(allocator, worker->key_len, CSTN__CHUNK * sizeof(*worker->key_len));
	cstn__free_aligned(allocator, worker->hot, worker->hot_cells * 64, 64);
	cstn__free(allocator, worker->cell_table, worker->cell_table_size * sizeof(uint32_t));
	cstn__array_free(allocator, &worker->segments);
	cstn__row_sink_free(worker->sink);
	worker->plan = NULL;
}
