#ifndef CSTN_CUSTOMER_STAGE_STATE_H
#define CSTN_CUSTOMER_STAGE_STATE_H

#include "customer/stage_run.h"

#define CSTN__STAGE_NOT_SETTLED INT64_MIN

/* What a state holds of a customer. The first `n_base` events are settled and still matter to what
 * comes after; then the first snapshot is of their end and stays. */
typedef struct cstn__stage_file {
	cstn__stage_event *events; /* in order; row_low is 1 where others stand under its id */
	size_t capacity;
	uint32_t n;
	uint32_t n_base, n_dropped; /* n_dropped: settled, and not held any more */
	uint32_t n_conflicts; /* events with row_low 1: then no snapshot but the base's is kept */
	int64_t first_us;     /* of its first event, where there is a base */
	cstn__stage_id greatest;                       /* of the ids of its events */
	CSTN__ARRAY(cstn__stage_move) moves;           /* up to the last snapshot */
	CSTN__ARRAY(cstn__stage_snapshot *) snapshots; /* by position */
} cstn__stage_file;

struct cstn_stage_state {
	cstn_allocator allocator;
	cstn_stage_policy *policy; /* referenced */
	int64_t known_us, settled_us;
	int32_t id_is_text;
	int32_t reserved;
	cstn__codes customers, references;
	cstn__arena texts;                   /* ids of events */
	CSTN__ARRAY(cstn__stage_file) files; /* by the customer's code; without events: none */
	uint64_t n_events;
};

static inline cstn__stage_ids cstn__stage_state_ids(const cstn_stage_state *state)
{
	return (cstn__stage_ids){state->id_is_text, 0, &state->references};
}

/* --- one customer: stage_file.c --------------------------------------------------------------- */

/* How many events are at or before an instant. */
size_t cstn__stage_file_until(const cstn__stage_file *file, int64_t instant_us);
/* Forget the snapshots that more than the first `n` events went into. */
void cstn__stage_file_rewind(const cstn_allocator *allocator, cstn__stage_file *file, size_t n);
/* The machine after the first `n` >= 1 events, from the last snapshot before that, its moves behind
 * those that are there; what is new is kept as snapshots. No event is in conflict. */
cstn_status cstn__stage_file_to(const cstn_allocator *allocator, cstn__stage_file *file, size_t n,
		cstn__stage_machine *machine, cstn_error **error);
/* The same as of an instant, also where events are in conflict; gives first_us and n_events. */
cstn_status cstn__stage_file_run(const cstn_stage_state *state, cstn__stage_file *file,
		int64_t as_of_us, cstn__stage_worker *worker, cstn__stage_customer *out,
		cstn_error **error);
void cstn__stage_file_free(const cstn_allocator *allocator, cstn__stage_file *file);

/* --- events that arrive: stage_arrive.c ------------------------------------------------------- */

/* Events made ready: what is left to do cannot fail. */
typedef struct cstn__stage_arrivals {
	cstn__stage_event *sorted; /* of all customers */
	size_t n_sorted;
	CSTN__ARRAY(struct cstn__stage_arrival) items;
} cstn__stage_arrivals;

/* `events` have the types of the state, or the state has no events. Rows that are in conflict or
 * late are told to `sink`, if there is one. To be committed or freed. */
cstn_status cstn__stage_arrivals_make(cstn_stage_state *state, const cstn__stage_events *events,
		cstn__row_sink *sink, cstn__stage_arrivals *out, cstn_error **error);
void cstn__stage_arrivals_commit(cstn_stage_state *state, cstn__stage_arrivals *arrivals);
void cstn__stage_arrivals_free(const cstn_stage_state *state, cstn__stage_arrivals *arrivals);
/* By time, id and content, then row: the order of a customer's events. `ids` with references. */
int cstn__stage_in_order(const void *a, const void *b, void *ids);
/* The code of a customer, with a file; UINT32_MAX: out of memory. */
uint32_t cstn__stage_state_file(cstn_stage_state *state, cstn__stage_id id);
/* Marks of conflict and the greatest id of a customer's events in order; -1: out of memory, 1: an
 * event stands there twice, or in conflict with one that is settled. */
int cstn__stage_file_index(cstn_stage_state *state, cstn__stage_file *file);

/* In the order of ids all that is there: cstn__codes_order(), fewer where there are no events.
 * NULL: out of memory. Freed with the count of codes + 1. */
uint32_t *cstn__stage_state_order(const cstn_stage_state *state, size_t *n);
cstn_status cstn__stage_state_make(cstn_stage_policy *policy, int64_t known_us,
		const cstn_allocator *allocator, cstn_stage_state **out, cstn_error **error);

#endif
