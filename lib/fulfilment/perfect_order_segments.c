/* Open ends of sorted stretches of lines. A stretch counts what lies inside it at once and keeps
 * its first and last order open, because the rest of them may lie in another stretch. Two stretches
 * that follow each other are joined; when all are known, sorting them by their ends proves the
 * promise: every stretch in order, and ranges that touch in end points only. Then only end orders
 * can straddle, and they are merged and counted once. Anything else is CSTN_E_NOT_CLUSTERED.
 *
 * Under WHOLE_ORDERS nothing straddles, so that the ranges may not even touch. Cost: O(stretches
 * log stretches). */
#include <string.h>

#include "base/error.h"
#include "fulfilment/perfect_order_state.h"

static int keep_text(cstn_perfect_order *state, cstn__core *core, cstn__run *run)
{
	char *text;

	if (state->registry.key_type != CSTN_TYPE_TEXT)
		return 0;
	text = cstn__arena_copy(&core->texts, (const char *)(intptr_t)run->id, run->text_len);
	if (!text)
		return -1;
	run->id = (int64_t)(intptr_t)text;
	return 0;
}

static cstn_status push_segment(
		cstn_perfect_order *state, cstn__core *core, const cstn__segment *next)
{
	cstn__segment segment = *next;

	if (core->segments.count >= CSTN__SEGMENTS_MAX) {
		core->broken = 1;
		return CSTN_OK;
	}
	if (cstn__array_reserve(&core->allocator, &core->segments, 1))
		return CSTN_E_NOMEM;
	if (keep_text(state, core, &segment.first) || keep_text(state, core, &segment.last))
		return CSTN_E_NOMEM;
	core->current = (int32_t)core->segments.count;
	core->segments.items[core->segments.count++] = segment;
	return CSTN_OK;
}

static cstn_status close_run(cstn_perfect_order *state, cstn__core *core, const cstn__run *run)
{
	return cstn__core_close(state, core, run, NULL, NULL, 0);
}

/* `next` begins with the order that `segment` ends with. */
static cstn_status join_same(cstn_perfect_order *state, cstn__core *core, cstn__segment *segment,
		const cstn__segment *next)
{
	cstn_status status = CSTN_OK;
	cstn__run whole = segment->last, last = next->last;

	if (cstn__run_merge(state, &whole, &next->first))
		return CSTN_E_NOMEM;
	if (next->single) {
		segment->last = whole;
		if (segment->single)
			segment->first = whole;
		return CSTN_OK;
	}
	if (keep_text(state, core, &last))
		return CSTN_E_NOMEM;
	if (segment->single)
		segment->first = whole;
	else
		status = close_run(state, core, &whole);
	segment->last = last;
	segment->single = 0;
	return status;
}

cstn_status cstn__core_join(cstn_perfect_order *state, cstn__core *core, const cstn__segment *next)
{
	cstn__segment *segment;
	cstn__run last = next->last;
	cstn_status status = CSTN_OK;
	int order;

	if (core->current < 0)
		return push_segment(state, core, next);
	segment = &core->segments.items[core->current];
	order = cstn__run_compare(&state->registry, &next->first, &segment->last);
	if (order < 0 && state->clustering == CSTN_CLUSTERING_WHOLE_ORDERS)
		return push_segment(state, core, next);
	if (order < 0)
		segment->in_order = 0;
	segment->in_order = segment->in_order && next->in_order;
	if (order == 0)
		return join_same(state, core, segment, next);
	if (keep_text(state, core, &last))
		return CSTN_E_NOMEM;
	if (!segment->single)
		status = close_run(state, core, &segment->last);
	if (status == CSTN_OK && !next->single)
		status = close_run(state, core, &next->first);
	segment->last = last;
	segment->single = 0;
	return status;
}

int cstn__segment_compare(
		const cstn_perfect_order *state, const cstn__segment *a, const cstn__segment *b)
{
	int order = cstn__run_compare(&state->registry, &a->first, &b->first);

	if (order == 0)
		order = cstn__run_compare(&state->registry, &a->last, &b->last);
	if (order == 0)
		order = (int)b->single - (int)a->single;
	return order;
}

/* Insertion into a binary heap would do as well; a merge sort keeps equal keys in a fixed order and
 * needs no globals. */
static void merge_sort(const cstn_perfect_order *state, cstn__segment *items, cstn__segment *room,
		size_t n)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	merge_sort(state, items, room, half);
	merge_sort(state, items + half, room, n - half);
	memcpy(room, items, n * sizeof(*items));
	while (i < half || j < n) {
		int left = j >= n ||
			   (i < half && cstn__segment_compare(state, &room[i], &room[j]) <= 0);

		items[k++] = left ? room[i++] : room[j++];
	}
}

cstn__segment *cstn__segments_sorted(
		const cstn_perfect_order *state, const cstn__segment *segments, size_t n)
{
	size_t size = cstn__array_size(n, sizeof(*segments));
	cstn__segment *sorted = cstn__alloc(&state->allocator, size);
	cstn__segment *room = cstn__alloc(&state->allocator, size);

	if (sorted && room) {
		memcpy(sorted, segments, size);
		merge_sort(state, sorted, room, n);
	} else {
		cstn__free(&state->allocator, sorted, size);
		sorted = NULL;
	}
	cstn__free(&state->allocator, room, size);
	return sorted;
}

static cstn_status not_clustered(const cstn_perfect_order *state, cstn_error **error)
{
	if (state->clustering == CSTN_CLUSTERING_WHOLE_ORDERS)
		return cstn__fail(error, CSTN_E_NOT_CLUSTERED,
				"the lines do not come in whole orders: runs of ascending order "
				"ids "
				"overlap, so an order may have come twice; sort by order id, or "
				"use "
				"clustering none");
	return cstn__fail(error, CSTN_E_NOT_CLUSTERED,
			"the lines are not sorted by order id, or parts of the input overlap; sort "
			"them, or "
			"use clustering none");
}

/* Chain sorted segments: `open` is the last order of the ones before. */
static cstn_status close_sorted(cstn_perfect_order *state, cstn__core *core,
		const cstn__segment *sorted, size_t n, cstn_error **error)
{
	int whole = state->clustering == CSTN_CLUSTERING_WHOLE_ORDERS;
	cstn__run open = sorted[0].first;
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		const cstn__segment *segment = &sorted[i];

		if (!segment->in_order)
			return not_clustered(state, error);
		if (i) {
			int order = cstn__run_compare(&state->registry, &segment->first, &open);

			if (order < 0 || (order == 0 && whole))
				return not_clustered(state, error);
			if (order == 0) {
				if (cstn__run_merge(state, &open, &segment->first))
					return cstn__fail_nomem(error);
			} else {
				status = close_run(state, core, &open);
				open = segment->first;
			}
		}
		if (!segment->single && status == CSTN_OK) {
			status = close_run(state, core, &open);
			open = segment->last;
		}
	}
	if (status == CSTN_OK)
		status = close_run(state, core, &open);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

cstn_status cstn__core_close_segments(cstn_perfect_order *state, cstn__core *core,
		const cstn__segment *segments, size_t n, cstn_error **error)
{
	cstn__segment *sorted;
	cstn_status status;

	if (n == 0)
		return CSTN_OK;
	sorted = cstn__segments_sorted(state, segments, n);
	if (!sorted)
		return cstn__fail_nomem(error);
	status = close_sorted(state, core, sorted, n, error);
	cstn__free(&state->allocator, sorted, n * sizeof(*sorted));
	return status;
}
