/* One customer through the rules of a policy.
 *
 * Signals are kept as positions of events: the failures inside their window as a queue with its
 * sum, the last event of each growth kind, the open tickets by age, and the last order, failure and
 * due day. Between two events only clocks can make a rule hold: the window's oldest failure or
 * growth event leaving it, an age reaching a threshold, the dwell time ending. The next of those
 * that matter in the stage is looked for, and the rules are tried at that instant; no other instant
 * can change anything, so silence of years costs as much as the moves in it.
 *
 * At one instant events come first, then what runs out. Cost: O(rules of the stage) an event and an
 * instant; memory O(events of the customer). */
#include "customer/stage_machine.h"

#include <inttypes.h>

#include "base/error.h"

#define MOST_MOVES 8

void cstn__stage_machine_init(cstn__stage_machine *machine, const cstn_stage_policy *policy,
		const cstn_allocator *allocator)
{
	memset(machine, 0, sizeof(*machine));
	machine->policy = policy;
	machine->allocator = allocator;
}

void cstn__stage_machine_free(cstn__stage_machine *machine)
{
	cstn__array_free(machine->allocator, &machine->window);
	cstn__array_free(machine->allocator, &machine->tickets);
	cstn__array_free(machine->allocator, &machine->moves);
}

/* --- signals ---------------------------------------------------------------------------------- */

static int64_t when(const cstn__stage_machine *machine, int64_t index)
{
	return machine->events[index].valid_us;
}

/* Failures that left the window (t - W, t]. */
static void drop_old_failures(cstn__stage_machine *machine, int64_t t)
{
	int64_t out = t - machine->policy->failure_us;

	while (machine->window_from < machine->window_to) {
		const cstn__stage_event *failure =
				&machine->events[machine->window.items[machine->window_from]];

		if (failure->valid_us > out)
			break;
		machine->weight -= cstn__stage_weight(failure);
		machine->window_from++;
	}
}

static int64_t count_growth(const cstn__stage_machine *machine, int64_t t)
{
	int64_t out = t - machine->policy->growth_us, n = 0;
	uint32_t kinds;

	for (kinds = machine->policy->growth_kinds; kinds; kinds &= kinds - 1) {
		int64_t last = machine->last_growth[__builtin_ctz(kinds)];

		n += last >= 0 && when(machine, last) > out;
	}
	return n;
}

/* The event whose age a signal is; -1: none. */
static int64_t anchor_of(const cstn__stage_machine *machine, int32_t signal)
{
	switch (signal) {
	case CSTN__SIGNAL_TICKET:
		return machine->n_tickets ? (int64_t)machine->tickets.items[0] : -1;
	case CSTN__SIGNAL_ORDER:
		return machine->last_order;
	case CSTN__SIGNAL_FAILURE_AGE:
		return machine->last_failure;
	default:
		return machine->due;
	}
}

/* From when an age counts. */
static int64_t age_begins(const cstn__stage_machine *machine, int32_t signal, int64_t anchor)
{
	return signal == CSTN__SIGNAL_DUE ? machine->events[anchor].extra : when(machine, anchor);
}

static int64_t value_of(const cstn__stage_machine *machine, int32_t signal, int64_t t)
{
	int64_t anchor;

	switch (signal) {
	case CSTN__SIGNAL_FAILURES:
		return machine->weight;
	case CSTN__SIGNAL_GROWTH:
		return count_growth(machine, t);
	case CSTN__SIGNAL_PERFECT:
		return machine->perfect;
	default:
		anchor = anchor_of(machine, signal);
		if (anchor >= 0)
			return t - age_begins(machine, signal, anchor);
		return signal == CSTN__SIGNAL_TICKET || signal == CSTN__SIGNAL_DUE ? -1 : INT64_MAX;
	}
}

static void take_ticket(cstn__stage_machine *machine, uint32_t index)
{
	const cstn__stage_event *event = &machine->events[index];
	size_t i;

	for (i = 0; i < machine->n_tickets; i++)
		if (machine->events[machine->tickets.items[i]].extra == event->extra)
			break;
	if (event->kind == CSTN_INTERACTION_TICKET_OPENED) {
		if (i == machine->n_tickets)
			machine->tickets.items[machine->n_tickets++] = index;
	} else if (i < machine->n_tickets) {
		machine->n_tickets--;
		memmove(machine->tickets.items + i, machine->tickets.items + i + 1,
				(machine->n_tickets - i) * sizeof(*machine->tickets.items));
	}
}

static void take_event(cstn__stage_machine *machine, uint32_t index)
{
	const cstn__stage_event *event = &machine->events[index];
	uint32_t bit = CSTN__STAGE_BIT(event->kind);

	machine->last_event = index;
	if (bit & machine->policy->failure_kinds) {
		machine->window.items[machine->window_to++] = index;
		machine->weight += cstn__stage_weight(event);
		machine->last_failure = index;
	}
	if (bit & machine->policy->growth_kinds)
		machine->last_growth[event->kind] = index;
	switch (event->kind) {
	case CSTN_INTERACTION_ORDER:
		machine->last_order = index;
		machine->due = -1;
		break;
	case CSTN_INTERACTION_DUE_DAY:
		machine->due = index;
		break;
	case CSTN_INTERACTION_ORDER_PERFECT:
		if (machine->perfect++ == 0)
			machine->perfect_first = index;
		machine->perfect_last = index;
		break;
	case CSTN_INTERACTION_TICKET_OPENED:
	case CSTN_INTERACTION_TICKET_CLOSED:
		take_ticket(machine, index);
		break;
	default:
		break;
	}
}

/* --- evidence --------------------------------------------------------------------------------- */

typedef struct evidence {
	int64_t first, last;
	uint32_t n, n_single;
	int64_t single[40]; /* events counted one by one */
	int window;
} evidence;

static void widen(evidence *found, int64_t first, int64_t last)
{
	if (found->n == 0 || first < found->first)
		found->first = first;
	if (found->n == 0 || last > found->last)
		found->last = last;
}

static void add_single(const cstn__stage_machine *machine, evidence *found, int64_t index)
{
	uint32_t i;

	if (index < 0 || found->n_single == sizeof(found->single) / sizeof(found->single[0]))
		return;
	for (i = 0; i < found->n_single; i++)
		if (found->single[i] == index)
			return;
	if (found->window && machine->window_from < machine->window_to &&
			index >= machine->window.items[machine->window_from] &&
			(CSTN__STAGE_BIT(machine->events[index].kind) &
					machine->policy->failure_kinds))
		return;
	widen(found, index, index);
	found->single[found->n_single++] = index;
	found->n++;
}

static void add_window(const cstn__stage_machine *machine, evidence *found)
{
	size_t n = machine->window_to - machine->window_from;

	if (n == 0) {
		add_single(machine, found, machine->last_failure);
	} else if (!found->window) {
		widen(found, machine->window.items[machine->window_from],
				machine->window.items[machine->window_to - 1]);
		found->n += (uint32_t)n;
		found->window = 1;
	}
}

static void add_growth(const cstn__stage_machine *machine, int64_t t, evidence *found)
{
	int64_t out = t - machine->policy->growth_us, last = -1;
	uint32_t kinds, before = found->n;

	for (kinds = machine->policy->growth_kinds; kinds; kinds &= kinds - 1) {
		int64_t at = machine->last_growth[__builtin_ctz(kinds)];

		last = at > last ? at : last;
		if (at >= 0 && when(machine, at) > out)
			add_single(machine, found, at);
	}
	if (found->n == before)
		add_single(machine, found, last);
}

/* The events that the term looked at; for silence the last one. The window comes first, for what it
 * holds is not counted twice. */
static void gather(const cstn__stage_machine *machine, const cstn__stage_term *term, int64_t t,
		int64_t event, evidence *found)
{
	int32_t i;

	memset(found, 0, offsetof(evidence, single));
	found->window = 0;
	for (i = 0; i < term->n; i++)
		if (term->tests[i].signal == CSTN__SIGNAL_FAILURES)
			add_window(machine, found);
	for (i = 0; i < term->n; i++) {
		int32_t signal = term->tests[i].signal;

		if (signal == CSTN__SIGNAL_EVENT) {
			add_single(machine, found, event);
		} else if (signal == CSTN__SIGNAL_GROWTH) {
			add_growth(machine, t, found);
		} else if (signal == CSTN__SIGNAL_PERFECT && machine->perfect) {
			widen(found, machine->perfect_first, machine->perfect_last);
			found->n += (uint32_t)machine->perfect;
		} else if (signal >= CSTN__SIGNAL_TICKET) {
			add_single(machine, found, anchor_of(machine, signal));
		}
	}
	if (found->n == 0)
		add_single(machine, found, machine->last_event);
}

/* --- rules ------------------------------------------------------------------------------------ */

static int term_holds(const cstn__stage_machine *machine, const cstn__stage_term *term, int64_t t,
		uint32_t event)
{
	int32_t i;

	for (i = 0; i < term->n; i++) {
		const cstn__stage_test *test = &term->tests[i];
		int64_t value;

		if (test->signal == CSTN__SIGNAL_EVENT) {
			if (!(test->kinds & event))
				return 0;
			continue;
		}
		value = value_of(machine, test->signal, t);
		if (value < test->low || value > test->high)
			return 0;
	}
	return 1;
}

/* The first rule that holds, and its term; -1: none. */
static int32_t find_rule(const cstn__stage_machine *machine, int64_t t, uint32_t event,
		const cstn__stage_term **term)
{
	const cstn__stage_plan *plan = &machine->policy->plans[machine->stage];
	int32_t i, k;

	for (i = 0; i < plan->n_rules; i++) {
		const cstn__stage_rule *rule = &machine->policy->rules[plan->rules[i]];

		if (rule->events && !(rule->events & event))
			continue;
		if (t - machine->entered_us < rule->dwell_us)
			continue;
		for (k = 0; k < rule->n_terms; k++)
			if (term_holds(machine, &rule->terms[k], t, event)) {
				*term = &rule->terms[k];
				return plan->rules[i];
			}
	}
	return -1;
}

static cstn__stage_id id_of(const cstn__stage_machine *machine, int64_t index)
{
	return (cstn__stage_id){machine->events[index].id, machine->events[index].id_len, 0};
}

static cstn_status add_move(cstn__stage_machine *machine, int32_t number,
		const cstn__stage_term *term, int64_t t, int64_t event, cstn_error **error)
{
	const cstn__stage_rule *rule = &machine->policy->rules[number];
	cstn__stage_move *move;
	evidence found;

	if (machine->moves_at_instant == MOST_MOVES)
		return cstn__fail(error, CSTN_E_POLICY,
				"more than %d moves at %" PRId64 " us, the last by rule %s",
				MOST_MOVES, t, rule->id);
	if (cstn__array_reserve(machine->allocator, &machine->moves, 1))
		return cstn__fail_nomem(error);
	gather(machine, term, t, event, &found);
	move = &machine->moves.items[machine->moves.count++];
	move->at_us = t;
	move->first = id_of(machine, found.first);
	move->last = id_of(machine, found.last);
	move->customer = 0;
	move->number = ++machine->n_moves;
	move->evidence = found.n;
	move->from = (uint8_t)machine->stage;
	move->to = (uint8_t)rule->to;
	move->rule = (uint8_t)number;
	move->reserved = 0;
	machine->moves_at_instant++;
	machine->stage = rule->to;
	machine->entered_us = t;
	machine->perfect = 0;
	return CSTN_OK;
}

/* Try the rules at an instant, after the event if there is one (index; -1: none). */
static cstn_status try_rules(
		cstn__stage_machine *machine, int64_t t, int64_t event, cstn_error **error)
{
	uint32_t bit = event >= 0 ? CSTN__STAGE_BIT(machine->events[event].kind) : 0;

	if (t != machine->instant_us) {
		machine->instant_us = t;
		machine->moves_at_instant = 0;
	}
	drop_old_failures(machine, t);
	for (;;) {
		const cstn__stage_term *term = NULL;
		int32_t rule = find_rule(machine, t, bit, &term);
		cstn_status status;

		if (rule < 0)
			return CSTN_OK;
		status = add_move(machine, rule, term, t, event, error);
		if (status != CSTN_OK)
			return status;
		bit = 0;
		event = -1;
	}
}

/* --- clocks ----------------------------------------------------------------------------------- */

static inline void take_sooner(int64_t candidate, int64_t after, int64_t *next)
{
	if (candidate > after && candidate < *next)
		*next = candidate;
}

/* The next instant after `after` at which something that matters runs out; INT64_MAX: none. */
static int64_t next_instant(const cstn__stage_machine *machine, int64_t after)
{
	const cstn_stage_policy *policy = machine->policy;
	const cstn__stage_plan *plan = &policy->plans[machine->stage];
	int64_t next = INT64_MAX;
	uint32_t kinds;
	int32_t i;

	for (i = 0; i < plan->n_clocks; i++) {
		const cstn__stage_clock *clock = &plan->clocks[i];
		int64_t anchor;

		if (clock->signal < 0) {
			take_sooner(machine->entered_us + clock->after_us, after, &next);
			continue;
		}
		anchor = anchor_of(machine, clock->signal);
		if (anchor >= 0)
			take_sooner(age_begins(machine, clock->signal, anchor) + clock->after_us,
					after, &next);
	}
	if (plan->failures_fall && machine->window_from < machine->window_to)
		take_sooner(when(machine, machine->window.items[machine->window_from]) +
						policy->failure_us,
				after, &next);
	if (plan->growth_falls)
		for (kinds = policy->growth_kinds; kinds; kinds &= kinds - 1) {
			int64_t last = machine->last_growth[__builtin_ctz(kinds)];

			if (last >= 0)
				take_sooner(when(machine, last) + policy->growth_us, after, &next);
		}
	return next;
}

/* What runs out after `after` and before `end`. */
static cstn_status let_time_pass(
		cstn__stage_machine *machine, int64_t after, int64_t end, cstn_error **error)
{
	for (;;) {
		int64_t t = next_instant(machine, after);
		cstn_status status;

		if (t >= end)
			return CSTN_OK;
		status = try_rules(machine, t, -1, error);
		if (status != CSTN_OK)
			return status;
		after = t;
	}
}

cstn_status cstn__stage_machine_begin(cstn__stage_machine *machine, const cstn__stage_event *events,
		size_t n, cstn_error **error)
{
	machine->events = events;
	machine->window.count = machine->tickets.count = 0;
	if (cstn__array_reserve(machine->allocator, &machine->window, n) ||
			cstn__array_reserve(machine->allocator, &machine->tickets, n))
		return cstn__fail_nomem(error);
	machine->entered_us = n ? events[0].valid_us : 0;
	machine->instant_us = INT64_MIN;
	machine->last_failure = machine->last_order = machine->due = machine->last_event = -1;
	memset(machine->last_growth, 0xff, sizeof(machine->last_growth));
	machine->perfect = 0;
	machine->weight = 0;
	machine->window_from = machine->window_to = machine->n_tickets = 0;
	machine->stage = CSTN_STAGE_PROSPECT;
	machine->n_moves = 0;
	machine->moves_at_instant = 0;
	return CSTN_OK;
}

cstn_status cstn__stage_machine_take(cstn__stage_machine *machine, size_t index, cstn_error **error)
{
	const cstn__stage_event *events = machine->events;
	int64_t t = events[index].valid_us;
	cstn_status status = CSTN_OK;

	if (index && t > events[index - 1].valid_us)
		status = let_time_pass(machine, events[index - 1].valid_us, t, error);
	if (status != CSTN_OK)
		return status;
	take_event(machine, (uint32_t)index);
	return try_rules(machine, t, (int64_t)index, error);
}

cstn_status cstn__stage_machine_wait(
		cstn__stage_machine *machine, int64_t as_of_us, cstn_error **error)
{
	int64_t last = when(machine, machine->last_event);

	return as_of_us >= last ? let_time_pass(machine, last, as_of_us + 1, error) : CSTN_OK;
}

cstn_status cstn__stage_machine_run(cstn__stage_machine *machine, const cstn__stage_event *events,
		size_t n, int64_t as_of_us, cstn_error **error)
{
	cstn_status status = cstn__stage_machine_begin(machine, events, n, error);
	size_t i;

	for (i = 0; i < n && status == CSTN_OK; i++)
		status = cstn__stage_machine_take(machine, i, error);
	return status == CSTN_OK ? cstn__stage_machine_wait(machine, as_of_us, error) : status;
}
