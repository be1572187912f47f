/* The order of one customer's events, and what came twice or in conflict. Only (time, id) decides
 * it; the row it came in parts what is equal. O(n log n), O(n) where the order is there. */
#include "customer/stage_order.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/sort.h"
#include "customer/stage_events.h"

#define INSERTION_MOST 24

int cstn__stage_by_id(const void *a, const void *b, void *ids)
{
	const cstn__stage_event *x = a, *y = b;
	int order = cstn__id_compare(((const cstn__stage_ids *)ids)->is_text, x->id, x->id_len,
			y->id, y->id_len);

	return order ? order
		     : (cstn__stage_row(x) > cstn__stage_row(y)) -
					       (cstn__stage_row(x) < cstn__stage_row(y));
}

int cstn__stage_by_time(const void *a, const void *b, void *ids)
{
	const cstn__stage_event *x = a, *y = b;

	if (x->valid_us != y->valid_us)
		return x->valid_us < y->valid_us ? -1 : 1;
	return cstn__stage_by_id(a, b, ids);
}

void cstn__stage_sort(cstn__stage_event *events, size_t n, const cstn__stage_ids *ids,
		int (*compare)(const void *, const void *, void *))
{
	cstn__stage_ids context = *ids;
	size_t i, k;

	if (n > INSERTION_MOST) {
		for (i = 1; i < n && compare(&events[i - 1], &events[i], &context) <= 0;)
			i++;
		if (i < n)
			cstn__sort(events, n, sizeof(*events), compare, &context);
		return;
	}
	for (i = 1; i < n; i++) {
		cstn__stage_event event = events[i];

		for (k = i; k > 0 && compare(&events[k - 1], &event, &context) > 0; k--)
			events[k] = events[k - 1];
		events[k] = event;
	}
}

int cstn__stage_is_same(const cstn__stage_event *a, const cstn__stage_event *b)
{
	return a->kind == b->kind && a->valid_us == b->valid_us && a->extra == b->extra;
}

cstn_status cstn__stage_tell_conflict(
		cstn__row_sink *sink, const cstn__stage_event *event, int is_text)
{
	char digits[24];
	int len;

	if (is_text)
		return cstn__row_sink_add(sink, cstn__stage_row(event), CSTN__STAGE_ID_FIELD,
				"event_id", CSTN_ROW_CONFLICT, (const char *)(intptr_t)event->id,
				event->id_len);
	len = snprintf(digits, sizeof(digits), "%" PRId64, event->id);
	return cstn__row_sink_add(sink, cstn__stage_row(event), CSTN__STAGE_ID_FIELD, "event_id",
			CSTN_ROW_CONFLICT, digits, (size_t)len);
}

cstn_status cstn__stage_drop_repeated(cstn__stage_event *events, size_t *count,
		const cstn__stage_ids *ids, cstn__row_sink *sink)
{
	size_t n = *count, i, k, end, kept = 0;

	for (i = 0; i < n; i = end) {
		int conflict = 0;

		for (end = i + 1; end < n &&
				  cstn__id_compare(ids->is_text, events[i].id, events[i].id_len,
						  events[end].id, events[end].id_len) == 0;
				end++)
			conflict |= !cstn__stage_is_same(&events[i], &events[end]);
		for (k = i; conflict && sink && k < end; k++)
			if (cstn__stage_tell_conflict(sink, &events[k], ids->is_text) != CSTN_OK)
				return CSTN_E_NOMEM;
		if (!conflict)
			events[kept++] = events[i];
	}
	*count = kept;
	return CSTN_OK;
}
