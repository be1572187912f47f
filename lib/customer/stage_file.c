/* One customer of a state: its events in order, and snapshots of what the rules knew after one in
 * 64 of them and after the last that was asked for.
 *
 * A snapshot depends on the events before it alone. So one that arrives late rewinds to the last
 * snapshot before it, and one that arrives in time goes on from the end: neither replays what came
 * before. Where two events stand under one id, none of them counts from the later one's time on;
 * that is rare, and such a customer is replayed from the start. O(events since the snapshot), and
 * the events of a window to load it. */
#include <string.h>

#include "base/error.h"
#include "customer/stage_state.h"

size_t cstn__stage_file_until(const cstn__stage_file *file, int64_t instant_us)
{
	size_t low = 0, high = file->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->events[middle].valid_us <= instant_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void drop_last(const cstn_allocator *allocator, cstn__stage_file *file)
{
	cstn__stage_snapshot *last = file->snapshots.items[--file->snapshots.count];

	cstn__free(allocator, last, cstn__stage_snapshot_size(last));
}

static const cstn__stage_snapshot *last_of(const cstn__stage_file *file)
{
	return file->snapshots.count ? file->snapshots.items[file->snapshots.count - 1] : NULL;
}

void cstn__stage_file_rewind(const cstn_allocator *allocator, cstn__stage_file *file, size_t n)
{
	while (file->snapshots.count > (file->n_base != 0) && last_of(file)->position > n)
		drop_last(allocator, file);
	file->moves.count = file->snapshots.count ? last_of(file)->n_moves : 0;
}

void cstn__stage_file_free(const cstn_allocator *allocator, cstn__stage_file *file)
{
	while (file->snapshots.count)
		drop_last(allocator, file);
	cstn__array_free(allocator, &file->snapshots);
	cstn__array_free(allocator, &file->moves);
	cstn__free(allocator, file->events, file->capacity * sizeof(*file->events));
}

/* --- going on --------------------------------------------------------------------------------- */

/* The last snapshot of at most the first n events; NULL: none. */
static const cstn__stage_snapshot *snapshot_before(const cstn__stage_file *file, size_t n)
{
	size_t low = 0, high = file->snapshots.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->snapshots.items[middle]->position <= n)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? file->snapshots.items[low - 1] : NULL;
}

/* Begin with `n` events at most, after a snapshot if there is one. */
static cstn_status begin_after(const cstn_allocator *allocator, const cstn__stage_file *file,
		const cstn__stage_snapshot *from, const cstn__stage_event *events, size_t n,
		cstn__stage_machine *machine, cstn_error **error)
{
	cstn_status status = cstn__stage_machine_begin(machine, events, n, error);

	if (status != CSTN_OK || !from)
		return status;
	cstn__stage_snapshot_load(machine, from);
	if (cstn__array_reserve(allocator, &machine->moves, from->n_moves))
		return cstn__fail_nomem(error);
	if (from->n_moves)
		memcpy(machine->moves.items + machine->moves.count, file->moves.items,
				from->n_moves * sizeof(*file->moves.items));
	machine->moves.count += from->n_moves;
	return CSTN_OK;
}

/* What the machine knows now, its moves of the customer beginning at `before`. One that was of the
 * end alone makes room for it. 0, or -1 when out of memory. */
static int keep_snapshot(const cstn_allocator *allocator, cstn__stage_file *file,
		const cstn__stage_machine *machine, size_t before)
{
	size_t known = file->moves.count, more = machine->n_moves - known;
	cstn__stage_snapshot *made;

	if (cstn__array_reserve(allocator, &file->snapshots, 1) ||
			cstn__array_reserve(allocator, &file->moves, more))
		return -1;
	made = cstn__stage_snapshot_save(machine, allocator);
	if (!made)
		return -1;
	if (more)
		memcpy(file->moves.items + known, machine->moves.items + before + known,
				more * sizeof(*file->moves.items));
	file->moves.count += more;
	if (file->snapshots.count > (file->n_base != 0) &&
			last_of(file)->position % CSTN__STAGE_SNAPSHOT_EVERY)
		drop_last(allocator, file);
	file->snapshots.items[file->snapshots.count++] = made;
	return 0;
}

cstn_status cstn__stage_file_to(const cstn_allocator *allocator, cstn__stage_file *file, size_t n,
		cstn__stage_machine *machine, cstn_error **error)
{
	const cstn__stage_snapshot *from = snapshot_before(file, n);
	size_t before = machine->moves.count, first = from ? from->position : 0, i;
	int keep = from == last_of(file) && n > first;
	cstn_status status = begin_after(allocator, file, from, file->events, n, machine, error);

	for (i = first; i < n && status == CSTN_OK; i++) {
		if (keep && i > first && i % CSTN__STAGE_SNAPSHOT_EVERY == 0 &&
				keep_snapshot(allocator, file, machine, before))
			return cstn__fail_nomem(error);
		status = cstn__stage_machine_take(machine, i, error);
	}
	if (status == CSTN_OK && keep && keep_snapshot(allocator, file, machine, before))
		return cstn__fail_nomem(error);
	return status;
}

/* --- with events in conflict ------------------------------------------------------------------ */

/* The first n events that count as of the last of them: those of the base, then the others without
 * what is in conflict. */
static cstn_status choose_events(const cstn_stage_state *state, const cstn__stage_file *file,
		size_t n, cstn__stage_worker *worker, size_t *out_n, cstn_error **error)
{
	cstn__stage_ids ids = cstn__stage_state_ids(state);
	cstn__stage_event *others;
	size_t count = n - file->n_base;

	worker->scratch.count = 0;
	if (cstn__array_reserve(&state->allocator, &worker->scratch, n))
		return cstn__fail_nomem(error);
	memcpy(worker->scratch.items, file->events, n * sizeof(*file->events));
	others = worker->scratch.items + file->n_base;
	cstn__stage_sort(others, count, &ids, cstn__stage_by_id);
	if (cstn__stage_drop_repeated(others, &count, &ids, NULL) != CSTN_OK)
		return cstn__fail_nomem(error);
	cstn__stage_sort(others, count, &ids, cstn__stage_by_time);
	*out_n = file->n_base + count;
	return CSTN_OK;
}

static cstn_status run_chosen(const cstn_stage_state *state, cstn__stage_file *file, size_t n,
		cstn__stage_worker *worker, cstn__stage_customer *out, cstn_error **error)
{
	const cstn__stage_snapshot *base = file->n_base ? file->snapshots.items[0] : NULL;
	size_t count = 0, i;
	cstn_status status = choose_events(state, file, n, worker, &count, error);

	out->n_events = file->n_dropped + (uint32_t)count;
	if (status != CSTN_OK || count == 0)
		return status;
	out->first_us = file->n_base ? file->first_us : worker->scratch.items[0].valid_us;
	status = begin_after(&state->allocator, file, base, worker->scratch.items, count,
			&worker->machine, error);
	for (i = file->n_base; i < count && status == CSTN_OK; i++)
		status = cstn__stage_machine_take(&worker->machine, i, error);
	return status;
}

cstn_status cstn__stage_file_run(const cstn_stage_state *state, cstn__stage_file *file,
		int64_t as_of_us, cstn__stage_worker *worker, cstn__stage_customer *out,
		cstn_error **error)
{
	size_t n = cstn__stage_file_until(file, as_of_us);
	cstn_status status;

	out->n_events = file->n_dropped + (uint32_t)n;
	if (n == 0)
		return CSTN_OK;
	if (file->n_conflicts) {
		status = run_chosen(state, file, n, worker, out, error);
	} else {
		out->first_us = file->n_base ? file->first_us : file->events[0].valid_us;
		status = cstn__stage_file_to(&state->allocator, file, n, &worker->machine, error);
	}
	if (status != CSTN_OK || out->n_events == 0)
		return status;
	return cstn__stage_machine_wait(&worker->machine, as_of_us, error);
}
