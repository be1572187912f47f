/* Runs of a worker: stretches of lines of one order, once they are whole.
 *
 * Clustered runs are counted at once, but for the first and last of a stretch, which stay open.
 * Otherwise runs go to 256 lists by the hash of their id and later into the units of that
 * partition. Cost: 3 ns a run. */
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "fulfilment/perfect_order_roll.h"

static cstn_status count_run(cstn__worker *worker, const cstn__run *run)
{
	if (run->unit.flags == CSTN__UNIT_KEPT && !run->unit.unassessed)
		return cstn__hot_count(worker, run->cell, run->unit.pattern);
	return cstn__core_close(worker->plan->state, &worker->core, run, NULL, NULL, 0);
}

/* --- runs
 * ------------------------------------------------------------------------------------------- */

static cstn_status start_segment(cstn__worker *worker, const cstn__run *run)
{
	cstn__segment *segment;

	if (cstn__array_reserve(&worker->plan->state->allocator, &worker->segments, 1))
		return CSTN_E_NOMEM;
	segment = &worker->segments.items[worker->segments.count++];
	memset(segment, 0, sizeof(*segment));
	segment->first = *run;
	segment->last = *run;
	segment->single = 1;
	segment->in_order = 1;
	worker->new_segment = 0;
	return CSTN_OK;
}

/* A descent under WHOLE_ORDERS ends a stretch. Its last order has been counted: only its id is
 * kept. */
static cstn_status end_segment(cstn__worker *worker, const cstn__run *run)
{
	cstn__segment *segment = &worker->segments.items[worker->segments.count - 1];

	if (!segment->single) {
		memset(&segment->last, 0, sizeof(segment->last));
		segment->last.id = worker->last_id;
		segment->last.text_len = worker->last_len;
		segment->last.cell = segment->first.cell;
	}
	return start_segment(worker, run);
}

static int follows(const cstn__worker *worker, const cstn__run *run)
{
	cstn__run last;

	memset(&last, 0, sizeof(last));
	last.id = worker->last_id;
	last.text_len = worker->last_len;
	return cstn__run_compare(&worker->plan->state->registry, run, &last) >= 0;
}

/* A clustered run: the ends of a stretch stay open, what lies between is counted at once. */
static inline cstn_status emit_clustered(cstn__worker *worker, const cstn__run *run, int is_last)
{
	cstn__segment *segment;
	int in_order = 1;

	if (worker->new_segment) {
		worker->last_id = run->id;
		worker->last_len = run->text_len;
		return start_segment(worker, run);
	}
	if (worker->plan->text_key)
		in_order = follows(worker, run);
	else
		in_order = run->id >= worker->last_id;
	if (!in_order && worker->plan->state->clustering == CSTN_CLUSTERING_WHOLE_ORDERS) {
		cstn_status status = end_segment(worker, run);

		worker->last_id = run->id;
		worker->last_len = run->text_len;
		return status;
	}
	worker->last_id = run->id;
	worker->last_len = run->text_len;
	segment = &worker->segments.items[worker->segments.count - 1];
	segment->single = 0;
	if (!in_order)
		segment->in_order = 0;
	if (!is_last)
		return count_run(worker, run);
	segment->last = *run;
	return CSTN_OK;
}

/* Past the cache: runs are read again only when all are there. */
static inline void store_line(cstn__packed_run *to, const cstn__run_line *line)
{
#if defined(__SSE2__)
	const __m128i *from = (const __m128i *)(const void *)line->runs;
	__m128i *out = (__m128i *)(void *)to;

	_mm_stream_si128(out, _mm_load_si128(from));
	_mm_stream_si128(out + 1, _mm_load_si128(from + 1));
	_mm_stream_si128(out + 2, _mm_load_si128(from + 2));
	_mm_stream_si128(out + 3, _mm_load_si128(from + 3));
#else
	memcpy(to, line->runs, sizeof(line->runs));
#endif
}

/* Always the whole line: what is behind its last run is overwritten by the next. */
cstn_status cstn__worker_write_line(cstn__worker *worker, size_t partition)
{
	cstn__packed_tail *tail = &worker->tails[partition];

	if (tail->room < 4 && cstn__packed_tail_open(tail, &worker->lists[partition].packed,
					      &worker->plan->state->allocator))
		return CSTN_E_NOMEM;
	store_line(tail->to, &worker->lines[partition]);
	tail->to += worker->line_count[partition];
	tail->room -= worker->line_count[partition];
	worker->line_count[partition] = 0;
	return CSTN_OK;
}

cstn_status cstn__worker_end_runs(cstn__worker *worker)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; worker->lines && i < CSTN__PARTITIONS; i++) {
		if (worker->line_count[i] && status == CSTN_OK)
			status = cstn__worker_write_line(worker, i);
		cstn__packed_tail_close(&worker->tails[i], &worker->lists[i].packed);
	}
#if defined(__SSE2__)
	_mm_sfence(); /* other threads will read them */
#endif
	return status;
}

static inline cstn_status push_packed(cstn__worker *worker, const cstn__run *run)
{
	cstn__packed_log *rising = &worker->rising;
	size_t partition, n;

	if (!worker->spread && (!rising->count || run->id >= rising->last_id)) {
		if (cstn__packed_log_extend(rising, &worker->plan->state->allocator))
			return CSTN_E_NOMEM;
		cstn__pack_run(run, &rising->last->runs[rising->last->count++]);
		rising->count++;
		rising->last_id = run->id;
		return CSTN_OK;
	}
	worker->spread = 1;
	partition = cstn__number_hash(run->id) >> (64 - CSTN__PARTITION_BITS);
	n = worker->line_count[partition];
	cstn__pack_run(run, &worker->lines[partition].runs[n]);
	worker->line_count[partition] = (uint8_t)(n + 1);
	worker->n_runs++;
	return n + 1 < 4 ? CSTN_OK : cstn__worker_write_line(worker, partition);
}

static cstn_status push_run(cstn__worker *worker, const cstn__run *run, const cstn__run_wide *wide)
{
	const cstn__plan *plan = worker->plan;
	uint64_t hash = cstn__run_hash(&plan->state->registry, run, wide ? wide->sub : 0);
	cstn__run_list *list = &worker->lists[hash >> (64 - CSTN__PARTITION_BITS)];

	if (cstn__array_reserve(&plan->state->allocator, &list->runs, 1))
		return CSTN_E_NOMEM;
	if (wide) {
		if (cstn__array_reserve(&plan->state->allocator, &list->wide, 1))
			return CSTN_E_NOMEM;
		list->wide.items[list->wide.count++] = *wide;
	}
	list->runs.items[list->runs.count++] = *run;
	worker->n_runs++;
	return CSTN_OK;
}

static cstn_status push_cluster(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	cstn__run_wide wide = worker->wide;
	cstn__run run;
	cstn_status status;

	if (plan->text_key && worker->run.id == 0)
		return CSTN_OK; /* lines without an order are no cluster */
	wide.sub = 1 + (int64_t)worker->run.cell;
	status = push_run(worker, &worker->run, &wide);
	if (status != CSTN_OK || plan->state->registry.n_dimensions == 0)
		return status;
	/* and the order over all groups, for the total */
	run = worker->run;
	run.cell = 0;
	wide.sub = -1;
	return push_run(worker, &run, &wide);
}

cstn_status cstn__run_end(cstn__worker *worker, int is_last)
{
	const cstn__plan *plan = worker->plan;

	if (!worker->has_run)
		return CSTN_OK;
	worker->has_run = 0;
	if (worker->mixed || worker->run.cell == UINT32_MAX) {
		worker->run.cell = cstn__worker_cell(worker, worker->code);
		if (worker->run.cell == UINT32_MAX)
			return CSTN_E_NOMEM;
	}
	if (plan->lines)
		return push_cluster(worker);
	if (plan->clustered)
		return emit_clustered(worker, &worker->run, is_last);
	if (worker->lines && cstn__run_packs(&worker->run))
		return push_packed(worker, &worker->run);
	return push_run(worker, &worker->run, plan->wide ? &worker->wide : NULL);
}
