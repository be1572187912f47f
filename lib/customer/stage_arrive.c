/* Events that arrive at a state: put among those of their customer, freed of what came twice.
 *
 * All that can fail is done first, beside the state; then the events are put in place. Ids greater
 * than all that a customer has are new, so nothing is compared with what is there. Otherwise the
 * customer's events are put in the order of (id, content): what is equal is one event, and what
 * differs under one id is in conflict. Such events are kept, for one of them counts as of the time
 * before the others happened.
 *
 * Cost: a sort of what arrived; of a customer's events where an id may be known already. */
#include <string.h>

#include "base/error.h"
#include "customer/stage_state.h"

#define VALID_FIELD 3

/* What arrived of a customer. */
typedef struct cstn__stage_arrival {
	cstn__stage_event *events; /* new ones by time, or all */
	size_t n, capacity; /* capacity: of all; 0: new ones, in the array of all customers */
	cstn__stage_id greatest;
	uint32_t code, n_conflicts;
} arrival;

static cstn__stage_id id_of(const cstn__stage_event *event)
{
	return (cstn__stage_id){event->id, event->id_len, 0};
}

/* --- order that content decides --------------------------------------------------------------- */

static int compare_extra(
		const cstn__stage_ids *ids, const cstn__stage_event *a, const cstn__stage_event *b)
{
	cstn__stage_id x, y;

	if (!cstn__stage_is_ticket(a) || a->extra == b->extra)
		return (a->extra > b->extra) - (a->extra < b->extra);
	x = cstn__codes_id(ids->references, (uint32_t)a->extra);
	y = cstn__codes_id(ids->references, (uint32_t)b->extra);
	return cstn__id_compare(ids->references->is_text, x.number, x.len, y.number, y.len);
}

static int compare_id(
		const cstn__stage_ids *ids, const cstn__stage_event *a, const cstn__stage_event *b)
{
	return cstn__id_compare(ids->is_text, a->id, a->id_len, b->id, b->id_len);
}

/* Kind, what belongs to it, and the row. */
static int compare_rest(
		const cstn__stage_ids *ids, const cstn__stage_event *a, const cstn__stage_event *b)
{
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = compare_extra(ids, a, b);
	return order ? order
		     : (cstn__stage_row(a) > cstn__stage_row(b)) -
					       (cstn__stage_row(a) < cstn__stage_row(b));
}

static int by_content(const void *a, const void *b, void *ids)
{
	const cstn__stage_event *x = a, *y = b;
	int order = compare_id(ids, x, y);

	if (order == 0)
		order = (x->valid_us > y->valid_us) - (x->valid_us < y->valid_us);
	return order ? order : compare_rest(ids, x, y);
}

int cstn__stage_in_order(const void *a, const void *b, void *ids)
{
	const cstn__stage_event *x = a, *y = b;
	int order = (x->valid_us > y->valid_us) - (x->valid_us < y->valid_us);

	if (order == 0)
		order = compare_id(ids, x, y);
	return order ? order : compare_rest(ids, x, y);
}

/* --- what came twice -------------------------------------------------------------------------- */

/* One event of each content under an id, from `i` to `end`; -> how many, put at `out`. */
static size_t keep_distinct(cstn__stage_event *events, size_t i, size_t end, cstn__stage_event *out)
{
	size_t kept = 0;

	for (; i < end; i++)
		if (kept == 0 || !cstn__stage_is_same(&out[kept - 1], &events[i]))
			out[kept++] = events[i];
	return kept;
}

/* Rows while what is there and what arrives are one array. */
#define ROW_OF_BASE 0
#define ROW_THERE 1
#define ROW_NEW 2 /* and above: the row it came in */
/* What becomes of them. */
#define MARK_CONFLICT 1u
#define MARK_NEW 2u

static void set_row(cstn__stage_event *event, uint64_t row)
{
	event->row_low = (uint32_t)row;
	event->row_high = (uint16_t)(row >> 32);
}

static cstn_status tell_new(const cstn_stage_state *state, const cstn__stage_event *events,
		size_t n, cstn__row_sink *sink)
{
	size_t i;

	for (i = 0; i < n; i++) {
		cstn__stage_event told = events[i];

		if (cstn__stage_row(&told) < ROW_NEW)
			continue;
		set_row(&told, cstn__stage_row(&told) - ROW_NEW);
		if (cstn__stage_tell_conflict(sink, &told, state->id_is_text) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

/* Of events by content one of each, with marks for rows. Those that stand under the id of one of
 * the base are left out. CSTN_OK or CSTN_E_NOMEM. */
static cstn_status join_same(const cstn_stage_state *state, cstn__stage_event *events,
		size_t *count, uint32_t *n_conflicts, cstn__row_sink *sink)
{
	cstn__stage_ids ids = cstn__stage_state_ids(state);
	cstn__stage_event settled;
	size_t n = *count, i, k, end, kept = 0;

	*n_conflicts = 0;
	for (i = 0; i < n; i = end) {
		size_t first = kept;
		uint32_t differ = 0;
		int is_base = 0;

		for (end = i; end < n && compare_id(&ids, &events[i], &events[end]) == 0; end++) {
			differ |= !cstn__stage_is_same(&events[i], &events[end]);
			if (cstn__stage_row(&events[end]) == ROW_OF_BASE) {
				is_base = 1;
				settled = events[end];
			}
		}
		if (differ && sink && tell_new(state, events + i, end - i, sink) != CSTN_OK)
			return CSTN_E_NOMEM;
		if (is_base) {
			events[kept++] = settled;
			continue;
		}
		kept += keep_distinct(events, i, end, events + first);
		*n_conflicts += differ ? (uint32_t)(kept - first) : 0;
		for (k = first; k < kept; k++)
			set_row(&events[k],
					(cstn__stage_row(&events[k]) >= ROW_NEW ? MARK_NEW : 0) |
							(differ ? MARK_CONFLICT : 0));
	}
	*count = kept;
	return CSTN_OK;
}

/* --- one customer ----------------------------------------------------------------------------- */

/* The text of an id that stays. */
static int keep_id(cstn_stage_state *state, cstn__stage_event *event)
{
	const char *kept;

	if (!state->id_is_text)
		return 0;
	kept = cstn__arena_copy(&state->texts, (const char *)(intptr_t)event->id, event->id_len);
	event->id = (int64_t)(intptr_t)kept;
	return kept ? 0 : -1;
}

/* Leave out what is before the instant up to which all is settled. */
static cstn_status drop_late(const cstn_stage_state *state, cstn__stage_event *events,
		size_t *count, cstn__row_sink *sink)
{
	size_t n = *count, i, kept = 0;

	for (i = 0; i < n; i++) {
		if (events[i].valid_us >= state->settled_us)
			events[kept++] = events[i];
		else if (sink && cstn__row_sink_add(sink, cstn__stage_row(&events[i]), VALID_FIELD,
						 "valid", CSTN_ROW_ORDER, NULL, 0) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	*count = kept;
	return CSTN_OK;
}

/* New ids all: `events` by content. The room for them is made in the customer's array. */
static int make_plain(cstn_stage_state *state, cstn__stage_file *file, cstn__stage_event *events,
		size_t n, arrival *out)
{
	cstn__stage_ids ids = cstn__stage_state_ids(state);
	size_t i;

	if (file->n + n > file->capacity &&
			cstn__array_grow(&state->allocator, &file->events, &file->capacity,
					file->n + n, sizeof(*events)))
		return -1;
	for (i = 0; i < n; i++) {
		if (keep_id(state, &events[i]))
			return -1;
		set_row(&events[i], 0);
	}
	out->greatest = id_of(&events[n - 1]);
	out->n_conflicts = file->n_conflicts;
	out->events = events;
	out->n = n;
	cstn__stage_sort(events, n, &ids, cstn__stage_in_order);
	return 0;
}

/* All events of the customer anew, with those that arrived. */
static int make_all(cstn_stage_state *state, const cstn__stage_file *file,
		const cstn__stage_event *events, size_t n, cstn__row_sink *sink, arrival *out)
{
	cstn__stage_ids ids = cstn__stage_state_ids(state);
	size_t total = file->n + n, i;
	cstn__stage_event *all =
			cstn__alloc(&state->allocator, cstn__array_size(total, sizeof(*all)));

	if (!all)
		return -1;
	out->events = all;
	out->capacity = total;
	if (file->n)
		memcpy(all, file->events, file->n * sizeof(*all));
	for (i = 0; i < file->n; i++)
		set_row(&all[i], i < file->n_base ? ROW_OF_BASE : ROW_THERE);
	for (i = 0; i < n; i++) {
		all[file->n + i] = events[i];
		set_row(&all[file->n + i], cstn__stage_row(&events[i]) + ROW_NEW);
	}
	cstn__stage_sort(all, total, &ids, by_content);
	if (join_same(state, all, &total, &out->n_conflicts, sink) != CSTN_OK)
		return -1;
	out->n = total;
	for (i = 0; i < total; i++) {
		if (all[i].row_low & MARK_NEW && keep_id(state, &all[i]))
			return -1;
		all[i].row_low &= MARK_CONFLICT;
	}
	out->greatest = id_of(&all[total - 1]);
	cstn__stage_sort(all, total, &ids, cstn__stage_in_order);
	return 0;
}

static int is_plain(const cstn_stage_state *state, const cstn__stage_file *file,
		const cstn__stage_event *events, size_t n)
{
	cstn__stage_ids ids = cstn__stage_state_ids(state);
	size_t i;

	if (file->n && cstn__id_compare(ids.is_text, file->greatest.number, file->greatest.len,
				       events[0].id, events[0].id_len) >= 0)
		return 0;
	for (i = 1; i < n; i++)
		if (compare_id(&ids, &events[i - 1], &events[i]) >= 0)
			return 0;
	return 1;
}

static cstn_status make_one(cstn_stage_state *state, cstn__stage_event *events, size_t n,
		uint32_t code, cstn__row_sink *sink, cstn__stage_arrivals *out)
{
	cstn__stage_ids ids = cstn__stage_state_ids(state);
	cstn__stage_file *file = &state->files.items[code];
	arrival *made;
	int failed;

	if (drop_late(state, events, &n, sink) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (n == 0)
		return CSTN_OK;
	if (cstn__array_reserve(&state->allocator, &out->items, 1))
		return CSTN_E_NOMEM;
	made = &out->items.items[out->items.count++];
	memset(made, 0, sizeof(*made));
	made->code = code;
	cstn__stage_sort(events, n, &ids, by_content);
	failed = is_plain(state, file, events, n) ? make_plain(state, file, events, n, made)
						  : make_all(state, file, events, n, sink, made);
	return failed ? CSTN_E_NOMEM : CSTN_OK;
}

/* --- all customers ---------------------------------------------------------------------------- */

/* Codes of the state for the references of what arrives; NULL: out of memory. */
static uint32_t *map_references(cstn_stage_state *state, const cstn__stage_events *events)
{
	size_t n = cstn__codes_count(&events->references), i;
	uint32_t *map = cstn__alloc(&state->allocator, (n + 1) * sizeof(*map));

	for (i = 0; map && i < n; i++) {
		map[i] = cstn__codes_same(&state->references,
				cstn__codes_id(&events->references, (uint32_t)i));
		if (map[i] == UINT32_MAX) {
			cstn__free(&state->allocator, map, (n + 1) * sizeof(*map));
			return NULL;
		}
	}
	return map;
}

uint32_t cstn__stage_state_file(cstn_stage_state *state, cstn__stage_id id)
{
	uint32_t code = cstn__codes_same(&state->customers, id);
	size_t missing;

	if (code == UINT32_MAX || code < state->files.count)
		return code;
	missing = code + 1 - state->files.count;
	if (cstn__array_reserve(&state->allocator, &state->files, missing))
		return UINT32_MAX;
	memset(state->files.items + state->files.count, 0, missing * sizeof(*state->files.items));
	state->files.count += missing;
	return code;
}

static cstn_status make_groups(cstn_stage_state *state, const cstn__stage_events *events,
		const cstn__grouping *by, cstn__row_sink *sink, cstn__stage_arrivals *out)
{
	uint32_t *references = map_references(state, events);
	cstn_status status = references ? CSTN_OK : CSTN_E_NOMEM;
	size_t place, i;

	for (i = 0; i < by->n_items && status == CSTN_OK; i++) {
		cstn__stage_event *event = &out->sorted[i];

		*event = events->items.items[by->order[i]];
		if (cstn__stage_is_ticket(event))
			event->extra = references[event->extra];
	}
	for (place = 0; place < by->n && status == CSTN_OK; place++) {
		size_t n = by->starts[place + 1] - by->starts[place];
		uint32_t code;

		if (n == 0)
			continue;
		code = cstn__stage_state_file(
				state, cstn__codes_id(&events->customers, by->codes[place]));
		status = code == UINT32_MAX ? CSTN_E_NOMEM
					    : make_one(state, out->sorted + by->starts[place], n,
							      code, sink, out);
	}
	cstn__free(&state->allocator, references,
			(cstn__codes_count(&events->references) + 1) * sizeof(*references));
	return status;
}

cstn_status cstn__stage_arrivals_make(cstn_stage_state *state, const cstn__stage_events *events,
		cstn__row_sink *sink, cstn__stage_arrivals *out, cstn_error **error)
{
	cstn__grouping by;
	cstn_status status = CSTN_E_NOMEM;

	memset(out, 0, sizeof(*out));
	if (state->n_events + events->items.count > UINT32_MAX - 2)
		return cstn__fail(error, CSTN_E_LIMIT, "more than 2^32 - 2 events");
	memset(&by, 0, sizeof(by));
	out->n_sorted = events->items.count;
	out->sorted = cstn__alloc(&state->allocator,
			cstn__array_size(out->n_sorted + 1, sizeof(*out->sorted)));
	if (out->sorted && cstn__grouping_make(&by, &events->customers, events->customer_of.items,
					   events->items.count, sizeof(*events->customer_of.items),
					   0, &state->allocator) == 0)
		status = make_groups(state, events, &by, sink, out);
	cstn__grouping_free(&by, &state->allocator);
	if (status == CSTN_OK)
		return CSTN_OK;
	cstn__stage_arrivals_free(state, out);
	return cstn__fail_nomem(error);
}

void cstn__stage_arrivals_free(const cstn_stage_state *state, cstn__stage_arrivals *arrivals)
{
	size_t i;

	for (i = 0; i < arrivals->items.count; i++) {
		const arrival *made = &arrivals->items.items[i];

		if (made->capacity)
			cstn__free(&state->allocator, made->events,
					made->capacity * sizeof(*made->events));
	}
	cstn__array_free(&state->allocator, &arrivals->items);
	cstn__free(&state->allocator, arrivals->sorted,
			(arrivals->n_sorted + 1) * sizeof(*arrivals->sorted));
	memset(arrivals, 0, sizeof(*arrivals));
}

/* --- putting in place ------------------------------------------------------------------------- */

/* New events among those that are there, from the end; -> how many stay where they are. */
static size_t merge_in(const cstn_stage_state *state, cstn__stage_file *file, const arrival *made)
{
	cstn__stage_ids ids = cstn__stage_state_ids(state);
	size_t old = file->n, new = made->n;

	file->n += (uint32_t)made->n;
	while (new > 0) {
		cstn__stage_event *to = &file->events[old + new - 1];

		if (old && cstn__stage_in_order(&file->events[old - 1], &made->events[new - 1],
					   &ids) > 0)
			*to = file->events[--old];
		else
			*to = made->events[--new];
	}
	return old;
}

/* How many events at the begin are as they were. */
static size_t same_begin(const cstn__stage_file *file, const arrival *made)
{
	size_t i = 0;

	while (i < file->n && i < made->n && file->events[i].id == made->events[i].id &&
			file->events[i].id_len == made->events[i].id_len &&
			cstn__stage_is_same(&file->events[i], &made->events[i]))
		i++;
	return i;
}

void cstn__stage_arrivals_commit(cstn_stage_state *state, cstn__stage_arrivals *arrivals)
{
	size_t i;

	for (i = 0; i < arrivals->items.count; i++) {
		arrival *made = &arrivals->items.items[i];
		cstn__stage_file *file = &state->files.items[made->code];
		size_t same;

		state->n_events -= file->n;
		if (made->capacity) {
			same = same_begin(file, made);
			cstn__free(&state->allocator, file->events,
					file->capacity * sizeof(*file->events));
			file->events = made->events;
			file->n = (uint32_t)made->n;
			file->capacity = made->capacity;
			made->capacity = 0;
		} else {
			same = merge_in(state, file, made);
		}
		state->n_events += file->n;
		file->greatest = made->greatest;
		file->n_conflicts = made->n_conflicts;
		cstn__stage_file_rewind(&state->allocator, file, file->n_conflicts ? 0 : same);
	}
	cstn__stage_arrivals_free(state, arrivals);
}

int cstn__stage_file_index(cstn_stage_state *state, cstn__stage_file *file)
{
	arrival made;
	int wrong;

	memset(&made, 0, sizeof(made));
	if (make_all(state, file, NULL, 0, NULL, &made)) {
		cstn__free(&state->allocator, made.events, made.capacity * sizeof(*made.events));
		return -1;
	}
	wrong = made.n != file->n;
	cstn__free(&state->allocator, file->events, file->capacity * sizeof(*file->events));
	file->events = made.events;
	file->n = (uint32_t)made.n;
	file->capacity = made.capacity;
	file->greatest = made.greatest;
	file->n_conflicts = made.n_conflicts;
	return wrong;
}
