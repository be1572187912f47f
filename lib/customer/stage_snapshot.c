/* What a machine knows at a point, small enough to keep many: the stage and since when, and the
 * positions of the events that still matter. Nothing of the failures but where their window begins
 * is kept, for the window is all failures from there on. O(growth kinds + open tickets), and the
 * events of the window when it is loaded. */
#include "customer/stage_machine.h"

#define NONE UINT32_MAX

static size_t size_of(size_t n_growth, size_t n_tickets)
{
	return sizeof(cstn__stage_snapshot) + (n_growth + n_tickets) * sizeof(uint32_t);
}

size_t cstn__stage_snapshot_size(const cstn__stage_snapshot *snapshot)
{
	return size_of(snapshot->n_growth, snapshot->n_tickets);
}

static uint32_t position_of(int64_t index)
{
	return index < 0 ? NONE : (uint32_t)index;
}

static int64_t index_of(uint32_t position)
{
	return position == NONE ? -1 : (int64_t)position;
}

cstn__stage_snapshot *cstn__stage_snapshot_save(
		const cstn__stage_machine *machine, const cstn_allocator *allocator)
{
	uint32_t kinds = machine->policy->growth_kinds, n = 0;
	size_t n_growth = (size_t)__builtin_popcount(kinds), i;
	cstn__stage_snapshot *out = cstn__alloc(allocator, size_of(n_growth, machine->n_tickets));

	if (!out)
		return NULL;
	out->entered_us = machine->entered_us;
	out->instant_us = machine->instant_us;
	out->weight = machine->weight;
	out->position = (uint32_t)(machine->last_event + 1);
	out->n_moves = machine->n_moves;
	out->last_failure = position_of(machine->last_failure);
	out->last_order = position_of(machine->last_order);
	out->due = position_of(machine->due);
	out->perfect = (uint32_t)machine->perfect;
	out->perfect_first = machine->perfect ? position_of(machine->perfect_first) : NONE;
	out->perfect_last = machine->perfect ? position_of(machine->perfect_last) : NONE;
	out->window_first = machine->window_from < machine->window_to
					    ? machine->window.items[machine->window_from]
					    : out->position;
	out->n_growth = (uint32_t)n_growth;
	out->n_tickets = (uint32_t)machine->n_tickets;
	out->stage = (uint16_t)machine->stage;
	out->moves_at_instant = (uint16_t)machine->moves_at_instant;
	for (; kinds; kinds &= kinds - 1)
		out->positions[n++] = position_of(machine->last_growth[__builtin_ctz(kinds)]);
	for (i = 0; i < machine->n_tickets; i++)
		out->positions[n++] = machine->tickets.items[i];
	return out;
}

void cstn__stage_snapshot_load(cstn__stage_machine *machine, const cstn__stage_snapshot *snapshot)
{
	uint32_t kinds = machine->policy->growth_kinds, i, n = 0;

	machine->entered_us = snapshot->entered_us;
	machine->instant_us = snapshot->instant_us;
	machine->weight = snapshot->weight;
	machine->last_event = (int64_t)snapshot->position - 1;
	machine->n_moves = snapshot->n_moves;
	machine->last_failure = index_of(snapshot->last_failure);
	machine->last_order = index_of(snapshot->last_order);
	machine->due = index_of(snapshot->due);
	machine->perfect = snapshot->perfect;
	machine->perfect_first = index_of(snapshot->perfect_first);
	machine->perfect_last = index_of(snapshot->perfect_last);
	machine->stage = snapshot->stage;
	machine->moves_at_instant = snapshot->moves_at_instant;
	for (; kinds; kinds &= kinds - 1)
		machine->last_growth[__builtin_ctz(kinds)] = index_of(snapshot->positions[n++]);
	for (i = 0; i < snapshot->n_tickets; i++)
		machine->tickets.items[i] = snapshot->positions[n++];
	machine->n_tickets = snapshot->n_tickets;
	for (i = snapshot->window_first; i < snapshot->position; i++)
		if (CSTN__STAGE_BIT(machine->events[i].kind) & machine->policy->failure_kinds)
			machine->window.items[machine->window_to++] = i;
}
