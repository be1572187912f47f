#ifndef CSTN_CUSTOMER_JOURNEY_STATE_H
#define CSTN_CUSTOMER_JOURNEY_STATE_H

#include "customer/codes.h"
#include "customer/journey_counts.h"

#define CSTN__JOURNEY_SEGMENTS_MAX 1024

typedef struct cstn__journey_event {
	int64_t valid_us;
	uint32_t customer;
	uint16_t segment; /* 0: none; else 1 + code of its label */
	uint8_t step;
	uint8_t failed;
} cstn__journey_event;
_Static_assert(sizeof(cstn__journey_event) == 16, "16 bytes an event");

typedef CSTN__ARRAY(cstn__journey_event) cstn__journey_events;

struct cstn_journeys {
	cstn_allocator allocator;
	cstn_journey_definition *definition; /* referenced */
	int64_t as_of_us;
	int32_t customer_type; /* CSTN_TYPE_; 0 while there are no events */
	int32_t is_counted;    /* `all` holds the settled ones and those of the events */
	cstn__codes customers;
	cstn__interner segments;
	cstn__journey_events events;
	cstn__journey_counts settled, all;
};

/* The order of one customer's events: time, step, failed last, label of the segment (codes of the
 * interner `segments`). */
int cstn__journey_event_compare(const void *a, const void *b, void *segments);
/* The events of the customer at `place`, in order, in `scratch`; 0, or -1 when out of memory. */
int cstn__journey_events_of(const cstn_journeys *state, const cstn__grouping *grouping,
		size_t place, cstn__journey_events *scratch);

/* Count the journeys of all events into `counts`. */
cstn_status cstn__journey_count(const cstn_journeys *state, const cstn_journeys_options *options,
		cstn__journey_counts *counts, cstn_error **error);
/* The counts of everything; borrowed from the state. */
cstn_status cstn__journey_all(cstn_journeys *state, const cstn_journeys_options *options,
		const cstn__journey_counts **counts, cstn_error **error);
cstn_status cstn__journeys_options_read(
		const cstn_journeys_options *given, cstn_journeys_options *out, cstn_error **error);
/* Without events. */
void cstn__journeys_forget(cstn_journeys *state);
void cstn__journeys_set_type(cstn_journeys *state, int32_t type);
/* Code + 1 of a label; UINT32_MAX: out of memory; UINT32_MAX - 1: too many. */
uint32_t cstn__journeys_segment(cstn_journeys *state, const char *text, size_t len);

/* All labels' segments (1 ..) in the order of their bytes, 0 first: segments.count + 1 of them, to
 * be freed. NULL: out of memory. */
uint32_t *cstn__journeys_segment_order(const cstn_journeys *state);

#endif
