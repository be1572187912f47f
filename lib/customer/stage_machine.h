#ifndef CSTN_CUSTOMER_STAGE_MACHINE_H
#define CSTN_CUSTOMER_STAGE_MACHINE_H

#include <constellation/interaction.h>

#include "customer/codes.h"
#include "customer/interaction.h"
#include "customer/stage_policy.h"

/* 32 bytes, for events are gathered from all over. */
typedef struct cstn__stage_event {
	int64_t valid_us;
	int64_t id; /* number, or the address of its text */
	/* weight of a failure; the instant a DUE_DAY names; code of a ticket's reference */
	int64_t extra;
	uint32_t row_low; /* number of its row: see cstn__stage_row() */
	uint16_t row_high;
	uint8_t id_len;
	uint8_t kind;
} cstn__stage_event;

static inline uint64_t cstn__stage_row(const cstn__stage_event *event)
{
	return (uint64_t)event->row_high << 32 | event->row_low;
}

static inline int cstn__stage_is_ticket(const cstn__stage_event *event)
{
	return event->kind == CSTN_INTERACTION_TICKET_OPENED ||
	       event->kind == CSTN_INTERACTION_TICKET_CLOSED;
}

/* Of an event that a policy counts as a failure: those that carry something else weigh as much as a
 * usual order. */
static inline int64_t cstn__stage_weight(const cstn__stage_event *event)
{
	return cstn__stage_is_ticket(event) || event->kind == CSTN_INTERACTION_DUE_DAY
			       ? 1000
			       : event->extra;
}

typedef struct cstn__stage_move {
	int64_t at_us;
	cstn__stage_id first, last; /* evidence */
	uint32_t customer;
	uint32_t number;
	uint32_t evidence;
	uint8_t from, to, rule, reserved;
} cstn__stage_move;

/* Runs one customer at a time through a policy; its memory is used again. */
typedef struct cstn__stage_machine {
	const cstn_stage_policy *policy;
	const cstn_allocator *allocator;
	const cstn__stage_event *events; /* of the customer, in order */
	int64_t entered_us, instant_us;
	int64_t last_failure, last_order, due; /* indices of events; -1: none */
	int64_t last_event;
	int64_t last_growth[32];
	int64_t perfect, perfect_first, perfect_last; /* since the stage began */
	int64_t weight;                               /* of the failures in their window */
	size_t window_from, window_to, n_tickets;
	CSTN__ARRAY(uint32_t) window;        /* failures; first in, first out */
	CSTN__ARRAY(uint32_t) tickets;       /* open, the oldest first */
	CSTN__ARRAY(cstn__stage_move) moves; /* of all customers that ran */
	int32_t stage;
	uint32_t n_moves;
	int32_t moves_at_instant;
	int32_t reserved;
} cstn__stage_machine;

/* One in so many events is kept as a snapshot. */
#define CSTN__STAGE_SNAPSHOT_EVERY 64

/* What a machine knows after the first `position` events of a customer: positions among them. */
typedef struct cstn__stage_snapshot {
	int64_t entered_us, instant_us, weight;
	uint32_t position, n_moves;
	uint32_t last_failure, last_order, due; /* UINT32_MAX: none */
	uint32_t perfect, perfect_first, perfect_last;
	uint32_t window_first; /* the failures in the window are those from here on */
	uint32_t n_growth, n_tickets;
	uint16_t stage, moves_at_instant;
	uint32_t positions[]; /* last of each growth kind by its number; open tickets */
} cstn__stage_snapshot;

void cstn__stage_machine_init(cstn__stage_machine *machine, const cstn_stage_policy *policy,
		const cstn_allocator *allocator);
/* Adds the customer's moves. `events` has n >= 1, in order of (time, id), none after `as_of_us`.
 * CSTN_E_POLICY names instant and rule, not the customer. */
cstn_status cstn__stage_machine_run(cstn__stage_machine *machine, const cstn__stage_event *events,
		size_t n, int64_t as_of_us, cstn_error **error);
/* The same in steps: begin, or begin and load; take each event; wait for silence after the last
 * one. `n` events are the most that will be taken. */
cstn_status cstn__stage_machine_begin(cstn__stage_machine *machine, const cstn__stage_event *events,
		size_t n, cstn_error **error);
cstn_status cstn__stage_machine_take(
		cstn__stage_machine *machine, size_t index, cstn_error **error);
cstn_status cstn__stage_machine_wait(
		cstn__stage_machine *machine, int64_t as_of_us, cstn_error **error);

/* After the events so far; NULL: out of memory. */
cstn__stage_snapshot *cstn__stage_snapshot_save(
		const cstn__stage_machine *machine, const cstn_allocator *allocator);
/* After begin with the same first events; the moves are the caller's. */
void cstn__stage_snapshot_load(cstn__stage_machine *machine, const cstn__stage_snapshot *snapshot);
size_t cstn__stage_snapshot_size(const cstn__stage_snapshot *snapshot);
void cstn__stage_machine_free(cstn__stage_machine *machine);

#endif
