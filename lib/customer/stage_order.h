#ifndef CSTN_CUSTOMER_STAGE_ORDER_H
#define CSTN_CUSTOMER_STAGE_ORDER_H

#include "base/row_errors.h"
#include "customer/stage_machine.h"

/* How events of one customer compare. `is_text` of their ids comes first: the context of the two
 * comparisons below is its address. */
typedef struct cstn__stage_ids {
	int32_t is_text;
	int32_t reserved;
	const cstn__codes *references; /* of tickets; NULL where they do not matter */
} cstn__stage_ids;

/* By id, then by row. */
int cstn__stage_by_id(const void *a, const void *b, void *ids);
/* By time, then by id and row. */
int cstn__stage_by_time(const void *a, const void *b, void *ids);
/* Sort: few by insertion, what is in order at once. */
void cstn__stage_sort(cstn__stage_event *events, size_t n, const cstn__stage_ids *ids,
		int (*compare)(const void *, const void *, void *));

int cstn__stage_is_same(const cstn__stage_event *a, const cstn__stage_event *b);
/* Of events by id keep one an id; all that stand under an id with different content are left out,
 * and told unless `sink` is NULL. CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__stage_drop_repeated(cstn__stage_event *events, size_t *count,
		const cstn__stage_ids *ids, cstn__row_sink *sink);
/* Another event stands under its id. */
cstn_status cstn__stage_tell_conflict(
		cstn__row_sink *sink, const cstn__stage_event *event, int is_text);

#endif
