/* Letting go of what is settled: of the events before an instant, those stay that a snapshot of
 * their end speaks of, which are the open window, the open tickets and the last event of each kind
 * that a rule looks at; and the moves. The state is made anew beside the old one, so that failing
 * leaves it as it was. O(events since the last snapshot + what stays). */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "customer/stage_state.h"

typedef struct settling {
	const cstn_stage_state *state;
	cstn__stage_machine machine;
	cstn__codes references; /* anew, as are the two below */
	cstn__arena texts;
	CSTN__ARRAY(cstn__stage_file) files;
	CSTN__ARRAY(uint32_t) kept; /* of one customer: events before the instant that stay */
	uint64_t n_events;
} settling;

static int position_order(const void *a, const void *b, void *context)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	(void)context;
	return (x > y) - (x < y);
}

/* --- what stays ------------------------------------------------------------------------------- */

/* Each position that a snapshot speaks of; `with` gets its address. */
static void each_position(cstn__stage_snapshot *snapshot,
		void (*with)(settling *at, uint32_t *position), settling *at)
{
	uint32_t *fields[] = {&snapshot->last_failure, &snapshot->last_order, &snapshot->due,
			&snapshot->perfect_first, &snapshot->perfect_last};
	uint32_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (*fields[i] != UINT32_MAX)
			with(at, fields[i]);
	for (i = 0; i < snapshot->n_growth + snapshot->n_tickets; i++)
		if (snapshot->positions[i] != UINT32_MAX)
			with(at, &snapshot->positions[i]);
}

static void add_position(settling *at, uint32_t *position)
{
	at->kept.items[at->kept.count++] = *position;
}

/* Its place among those kept. */
static void move_position(settling *at, uint32_t *position)
{
	size_t low = 0, high = at->kept.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (at->kept.items[middle] < *position)
			low = middle + 1;
		else
			high = middle;
	}
	*position = (uint32_t)low;
}

/* Positions that stay, rising, each once. 0, or -1 when out of memory. */
static int find_kept(settling *at, const cstn__stage_file *file, cstn__stage_snapshot *snapshot)
{
	uint32_t failures = at->machine.policy->failure_kinds, i;
	size_t most = (size_t)snapshot->position - snapshot->window_first + snapshot->n_growth +
		      snapshot->n_tickets + 6;
	size_t k, n = 0;

	at->kept.count = 0;
	if (cstn__array_reserve(&at->state->allocator, &at->kept, most))
		return -1;
	each_position(snapshot, add_position, at);
	for (i = snapshot->window_first; i < snapshot->position; i++)
		if (CSTN__STAGE_BIT(file->events[i].kind) & failures)
			at->kept.items[at->kept.count++] = i;
	at->kept.items[at->kept.count++] = snapshot->position - 1;
	cstn__sort(at->kept.items, at->kept.count, sizeof(*at->kept.items), position_order, NULL);
	for (k = 0; k < at->kept.count; k++)
		if (n == 0 || at->kept.items[n - 1] != at->kept.items[k])
			at->kept.items[n++] = at->kept.items[k];
	at->kept.count = n;
	return 0;
}

/* --- copies ----------------------------------------------------------------------------------- */

static int copy_text(settling *at, int64_t *id, size_t len)
{
	const char *kept;

	if (!at->state->id_is_text)
		return 0;
	kept = cstn__arena_copy(&at->texts, (const char *)(intptr_t)*id, len);
	*id = (int64_t)(intptr_t)kept;
	return kept ? 0 : -1;
}

static int copy_event(settling *at, const cstn__stage_event *from, cstn__stage_event *to)
{
	*to = *from;
	if (cstn__stage_is_ticket(from)) {
		uint32_t code = cstn__codes_same(&at->references,
				cstn__codes_id(&at->state->references, (uint32_t)from->extra));

		if (code == UINT32_MAX)
			return -1;
		to->extra = code;
	}
	return copy_text(at, &to->id, to->id_len);
}

static int copy_moves(settling *at, const cstn__stage_move *moves, size_t n, cstn__stage_file *to)
{
	size_t i;

	if (cstn__array_reserve(&at->state->allocator, &to->moves, n))
		return -1;
	for (i = 0; i < n; i++) {
		to->moves.items[i] = moves[i];
		to->moves.count++;
		if (copy_text(at, &to->moves.items[i].first.number, moves[i].first.len) ||
				copy_text(at, &to->moves.items[i].last.number, moves[i].last.len))
			return -1;
	}
	return 0;
}

static int make_events(
		settling *at, const cstn__stage_file *from, size_t n_settled, cstn__stage_file *to)
{
	const cstn_allocator *allocator = &at->state->allocator;
	size_t n = at->kept.count + from->n - n_settled, i;
	cstn__stage_id greatest = {0, 0, 0};

	to->events = cstn__alloc(allocator, cstn__array_size(n, sizeof(*to->events)));
	if (!to->events)
		return -1;
	to->capacity = n;
	to->n = (uint32_t)n;
	for (i = 0; i < n; i++) {
		size_t position = i < at->kept.count ? at->kept.items[i]
						     : n_settled + i - at->kept.count;
		cstn__stage_event *event = &to->events[i];

		if (copy_event(at, &from->events[position], event))
			return -1;
		if (i == 0 || cstn__id_compare(at->state->id_is_text, event->id, event->id_len,
					      greatest.number, greatest.len) > 0)
			greatest = (cstn__stage_id){event->id, event->id_len, 0};
	}
	to->greatest = greatest;
	return 0;
}

/* --- one customer ----------------------------------------------------------------------------- */

/* Nothing of it is settled anew, or it has events in conflict: all stays. */
static int keep_whole(settling *at, const cstn__stage_file *from, cstn__stage_file *to)
{
	size_t i;

	at->kept.count = 0;
	to->n_conflicts = from->n_conflicts;
	to->n_base = from->n_base;
	to->n_dropped = from->n_dropped;
	to->first_us = from->first_us;
	if (make_events(at, from, 0, to))
		return -1;
	if (from->n_base) {
		const cstn__stage_snapshot *base = from->snapshots.items[0];
		size_t size = cstn__stage_snapshot_size(base);
		cstn__stage_snapshot *copy;

		if (cstn__array_reserve(&at->state->allocator, &to->snapshots, 1))
			return -1;
		copy = cstn__alloc(&at->state->allocator, size);
		if (!copy)
			return -1;
		memcpy(copy, base, size);
		to->snapshots.items[to->snapshots.count++] = copy;
		return copy_moves(at, from->moves.items, base->n_moves, to);
	}
	for (i = 0; i < from->n; i++)
		to->events[i].row_low = from->events[i].row_low;
	return 0;
}

static int settle_first(settling *at, const cstn__stage_file *from, size_t n, cstn__stage_file *to)
{
	const cstn_allocator *allocator = &at->state->allocator;
	cstn__stage_snapshot *base;

	if (cstn__array_reserve(allocator, &to->snapshots, 1))
		return -1;
	base = cstn__stage_snapshot_save(&at->machine, allocator);
	if (!base)
		return -1;
	to->snapshots.items[to->snapshots.count++] = base;
	if (find_kept(at, from, base) || make_events(at, from, n, to) ||
			copy_moves(at, at->machine.moves.items, base->n_moves, to))
		return -1;
	each_position(base, move_position, at);
	move_position(at, &base->window_first);
	base->position = (uint32_t)at->kept.count;
	to->n_base = base->position;
	to->n_dropped = from->n_dropped + (uint32_t)(n - at->kept.count);
	to->first_us = from->n_base ? from->first_us : from->events[0].valid_us;
	return 0;
}

static cstn_status settle_one(settling *at, cstn__stage_file *from, int64_t before_us,
		cstn__stage_file *to, cstn_error **error)
{
	size_t n = cstn__stage_file_until(from, before_us - 1);
	cstn_status status;

	if (from->n == 0)
		return CSTN_OK;
	if (n <= from->n_base || from->n_conflicts)
		return keep_whole(at, from, to) ? cstn__fail_nomem(error) : CSTN_OK;
	at->machine.moves.count = 0;
	status = cstn__stage_file_to(&at->state->allocator, from, n, &at->machine, error);
	if (status == CSTN_OK && settle_first(at, from, n, to))
		status = cstn__fail_nomem(error);
	return status;
}

/* --- all customers ---------------------------------------------------------------------------- */

static cstn_status settle_all(
		settling *at, cstn_stage_state *state, int64_t before_us, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	if (cstn__array_reserve(&state->allocator, &at->files, state->files.count))
		return cstn__fail_nomem(error);
	for (i = 0; i < state->files.count && status == CSTN_OK; i++) {
		cstn__stage_file *to = &at->files.items[at->files.count++];

		memset(to, 0, sizeof(*to));
		status = settle_one(at, &state->files.items[i], before_us, to, error);
		if (status == CSTN_E_POLICY)
			cstn__stage_name_customer(state->customers.is_text,
					cstn__codes_id(&state->customers, (uint32_t)i), error);
		at->n_events += to->n;
	}
	return status;
}

static void free_files(const cstn_allocator *allocator, settling *at)
{
	size_t i;

	for (i = 0; i < at->files.count; i++)
		cstn__stage_file_free(allocator, &at->files.items[i]);
	cstn__array_free(allocator, &at->files);
	cstn__codes_free(&at->references);
	cstn__arena_free(&at->texts);
}

/* The old parts for the new ones. */
static void exchange(cstn_stage_state *state, settling *at)
{
	cstn__codes references = state->references;
	cstn__arena texts = state->texts;
	cstn__stage_file *items = state->files.items;
	size_t count = state->files.count, capacity = state->files.capacity;

	state->references = at->references;
	state->texts = at->texts;
	state->files.items = at->files.items;
	state->files.count = at->files.count;
	state->files.capacity = at->files.capacity;
	state->n_events = at->n_events;
	at->references = references;
	at->texts = texts;
	at->files.items = items;
	at->files.count = count;
	at->files.capacity = capacity;
}

cstn_status cstn_stage_state_settle(cstn_stage_state *state, int64_t before_us, cstn_error **error)
{
	cstn_status status;
	settling at;

	if (!state)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "state is NULL");
	if (before_us < -CSTN__STAGE_INSTANT_MAX || before_us > CSTN__STAGE_INSTANT_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"before_us is %" PRId64 "; at most 2^62 either way expected",
				before_us);
	if (before_us <= state->settled_us)
		return CSTN_OK;
	memset(&at, 0, sizeof(at));
	at.state = state;
	cstn__stage_machine_init(&at.machine, state->policy, &state->allocator);
	cstn__codes_init(&at.references, state->references.is_text, &state->allocator);
	cstn__arena_init(&at.texts, &state->allocator);
	status = settle_all(&at, state, before_us, error);
	if (status == CSTN_OK) {
		exchange(state, &at);
		state->settled_us = before_us;
	}
	cstn__stage_machine_free(&at.machine);
	cstn__array_free(&state->allocator, &at.kept);
	free_files(&state->allocator, &at);
	return status;
}
