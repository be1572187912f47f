/* A state of relationship stages as bytes, and back, in the envelope of base/envelope.h with the
 * digest of the policy.
 *
 * The body: u32 length of the policy and its text, i64 known time, i64 instant up to which all is
 * settled (INT64_MIN: none), u8 each whether ids of customers, of events, of tickets are text; u64
 * customers by rising id: the id (i64, or u8 length and text), u32 events held, u32 of them that
 * are settled, and where there are any: u32 settled and let go of, i64 time of the first event, the
 * snapshot of their end (see put_snapshot()) and u32 moves up to there; then the events in order:
 * i64 time, id, u8 kind, and a weight, a due time or a ticket's id where the kind has one.
 * Snapshots in between are not there: they follow from the events. All in an order of its own, so
 * the bytes are a function of what is held. Bytes that come back are not trusted. O(n). */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/text.h"
#include "customer/stage_state.h"

#define WEIGHT_MAX INT64_C(1000000000000)

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "state of stages", CSTN__KIND_STAGE_STATE, 1};

/* --- writing ---------------------------------------------------------------------------------- */

static void put_i64(cstn__bytes *out, int64_t value)
{
	cstn__bytes_put_u64(out, (uint64_t)value);
}

static void put_id(cstn__bytes *out, int is_text, int64_t number, uint32_t len)
{
	if (!is_text) {
		put_i64(out, number);
		return;
	}
	cstn__bytes_put_u8(out, (uint8_t)len);
	cstn__bytes_put(out, (const char *)(intptr_t)number, len);
}

static void put_event(
		cstn__bytes *out, const cstn_stage_state *state, const cstn__stage_event *event)
{
	put_i64(out, event->valid_us);
	put_id(out, state->id_is_text, event->id, event->id_len);
	cstn__bytes_put_u8(out, event->kind);
	if (cstn__stage_is_ticket(event)) {
		cstn__stage_id ticket = cstn__codes_id(&state->references, (uint32_t)event->extra);

		put_id(out, state->references.is_text, ticket.number, ticket.len);
	} else if (event->kind == CSTN_INTERACTION_DUE_DAY ||
			CSTN__STAGE_BIT(event->kind) & state->policy->failure_kinds) {
		put_i64(out, event->extra);
	}
}

static void put_snapshot(cstn__bytes *out, const cstn__stage_snapshot *snapshot)
{
	uint32_t i;

	put_i64(out, snapshot->entered_us);
	put_i64(out, snapshot->instant_us);
	cstn__bytes_put_u32(out, snapshot->last_failure);
	cstn__bytes_put_u32(out, snapshot->last_order);
	cstn__bytes_put_u32(out, snapshot->due);
	cstn__bytes_put_u32(out, snapshot->perfect);
	cstn__bytes_put_u32(out, snapshot->perfect_first);
	cstn__bytes_put_u32(out, snapshot->perfect_last);
	cstn__bytes_put_u32(out, snapshot->window_first);
	cstn__bytes_put_u32(out, snapshot->n_tickets);
	cstn__bytes_put_u16(out, snapshot->stage);
	cstn__bytes_put_u16(out, snapshot->moves_at_instant);
	for (i = 0; i < snapshot->n_growth + snapshot->n_tickets; i++)
		cstn__bytes_put_u32(out, snapshot->positions[i]);
}

static void put_base(cstn__bytes *out, const cstn_stage_state *state, const cstn__stage_file *file)
{
	const cstn__stage_snapshot *base = file->snapshots.items[0];
	uint32_t i;

	cstn__bytes_put_u32(out, file->n_dropped);
	put_i64(out, file->first_us);
	put_snapshot(out, base);
	cstn__bytes_put_u32(out, base->n_moves);
	for (i = 0; i < base->n_moves; i++) {
		const cstn__stage_move *move = &file->moves.items[i];

		put_i64(out, move->at_us);
		put_id(out, state->id_is_text, move->first.number, move->first.len);
		put_id(out, state->id_is_text, move->last.number, move->last.len);
		cstn__bytes_put_u32(out, move->evidence);
		cstn__bytes_put_u8(out, move->to);
		cstn__bytes_put_u8(out, move->rule);
	}
}

static int has_tickets(const cstn_stage_state *state)
{
	size_t i, k;

	for (i = 0; i < state->files.count; i++)
		for (k = 0; k < state->files.items[i].n; k++)
			if (cstn__stage_is_ticket(&state->files.items[i].events[k]))
				return 1;
	return 0;
}

static void put_body(
		cstn__bytes *out, const cstn_stage_state *state, const uint32_t *order, size_t n)
{
	size_t i, k;

	cstn__bytes_put_u32(out, (uint32_t)state->policy->text_len);
	cstn__bytes_put(out, state->policy->text, state->policy->text_len);
	put_i64(out, state->known_us);
	put_i64(out, state->settled_us);
	cstn__bytes_put_u8(out, n && state->customers.is_text);
	cstn__bytes_put_u8(out, n && state->id_is_text);
	cstn__bytes_put_u8(out, state->references.is_text && has_tickets(state));
	cstn__bytes_put_u64(out, n);
	for (i = 0; i < n; i++) {
		const cstn__stage_file *file = &state->files.items[order[i]];
		cstn__stage_id id = cstn__codes_id(&state->customers, order[i]);

		put_id(out, state->customers.is_text, id.number, id.len);
		cstn__bytes_put_u32(out, file->n);
		cstn__bytes_put_u32(out, file->n_base);
		if (file->n_base)
			put_base(out, state, file);
		for (k = 0; k < file->n; k++)
			put_event(out, state, &file->events[k]);
	}
}

cstn_status cstn_stage_state_serialize(
		const cstn_stage_state *state, cstn_buffer **out, cstn_error **error)
{
	uint32_t *order;
	cstn__bytes body;
	size_t n;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				state ? "out is NULL" : "state is NULL");
	order = cstn__stage_state_order(state, &n);
	if (!order)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&body, &state->allocator);
	put_body(&body, state, order, n);
	cstn__free(&state->allocator, order,
			(cstn__codes_count(&state->customers) + 1) * sizeof(*order));
	return cstn__envelope_close_as(&envelope, &body, state->policy->digest, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int64_t read_i64(cstn__reader *from)
{
	return (int64_t)cstn__read_u64(from);
}

static int64_t read_instant(cstn__reader *from)
{
	int64_t value = read_i64(from);

	from->failed |= value < -CSTN__STAGE_INSTANT_MAX || value > CSTN__STAGE_INSTANT_MAX;
	return from->failed ? 0 : value;
}

/* Of text the address in what is read; 0 and failed if it is none. */
static cstn__stage_id read_id(cstn__reader *from, int is_text)
{
	cstn__stage_id id = {0, 0, 0};
	const uint8_t *text;

	if (!is_text) {
		id.number = read_i64(from);
		return id;
	}
	id.len = cstn__read_u8(from);
	text = id.len >= 1 && id.len <= CSTN__EVENT_TEXT_MAX ? cstn__read_bytes(from, id.len)
							     : NULL;
	id.number = (int64_t)(intptr_t)text;
	from->failed |= !text || !cstn__utf8_is_valid(text, id.len);
	return id;
}

/* The same with the text kept. 0, or -1 when out of memory. */
static int read_kept(cstn__reader *from, cstn_stage_state *state, cstn__stage_id *id)
{
	*id = read_id(from, state->id_is_text);
	if (from->failed || !state->id_is_text)
		return 0;
	id->number = (int64_t)(intptr_t)cstn__arena_copy(
			&state->texts, (const char *)(intptr_t)id->number, id->len);
	return id->number ? 0 : -1;
}

/* 0, or -1 when out of memory. */
static int read_event(cstn__reader *from, cstn_stage_state *state, cstn__stage_event *event)
{
	cstn__stage_id id;

	memset(event, 0, sizeof(*event));
	event->valid_us = read_instant(from);
	if (read_kept(from, state, &id))
		return -1;
	event->id = id.number;
	event->id_len = (uint8_t)id.len;
	event->kind = cstn__read_u8(from);
	from->failed |= event->kind == 0 || event->kind >= CSTN_INTERACTION_COUNT;
	if (from->failed)
		return 0;
	if (cstn__stage_is_ticket(event)) {
		id = read_id(from, state->references.is_text);
		event->extra = from->failed ? 0 : cstn__codes_same(&state->references, id);
		return event->extra == UINT32_MAX ? -1 : 0;
	}
	if (event->kind == CSTN_INTERACTION_DUE_DAY) {
		event->extra = read_instant(from);
	} else if (CSTN__STAGE_BIT(event->kind) & state->policy->failure_kinds) {
		event->extra = read_i64(from);
		from->failed |= event->extra < 0 || event->extra > WEIGHT_MAX;
	}
	return 0;
}

/* A position below `n`, or none. */
static uint32_t read_position(cstn__reader *from, uint32_t n)
{
	uint32_t position = cstn__read_u32(from);

	from->failed |= position != UINT32_MAX && position >= n;
	return position;
}

static cstn__stage_snapshot *read_snapshot(
		cstn__reader *from, const cstn_stage_state *state, uint32_t n)
{
	cstn__stage_snapshot head, *out;
	uint32_t i;

	memset(&head, 0, sizeof(head));
	head.entered_us = read_instant(from);
	head.instant_us = read_instant(from);
	head.position = n;
	head.last_failure = read_position(from, n);
	head.last_order = read_position(from, n);
	head.due = read_position(from, n);
	head.perfect = cstn__read_u32(from);
	head.perfect_first = read_position(from, n);
	head.perfect_last = read_position(from, n);
	head.window_first = cstn__read_u32(from);
	head.n_tickets = cstn__read_u32(from);
	head.stage = cstn__read_u16(from);
	head.moves_at_instant = cstn__read_u16(from);
	head.n_growth = (uint32_t)__builtin_popcount(state->policy->growth_kinds);
	from->failed |= head.window_first > n || head.n_tickets > n ||
			head.stage >= CSTN_STAGE_COUNT || head.moves_at_instant > 8 ||
			(head.perfect != 0) != (head.perfect_first != UINT32_MAX) ||
			(head.perfect != 0) != (head.perfect_last != UINT32_MAX);
	if (from->failed)
		head.n_tickets = 0;
	out = cstn__alloc(&state->allocator, cstn__stage_snapshot_size(&head));
	if (!out)
		return NULL;
	memcpy(out, &head, sizeof(head));
	for (i = 0; i < head.n_growth + head.n_tickets; i++) {
		out->positions[i] = read_position(from, n);
		from->failed |= i >= head.n_growth && out->positions[i] == UINT32_MAX;
	}
	return out;
}

/* Moves follow each other from PROSPECT to the snapshot's stage. 0, or -1 when out of memory. */
static int read_moves(cstn__reader *from, cstn_stage_state *state, cstn__stage_file *file,
		cstn__stage_snapshot *base)
{
	uint32_t n = cstn__read_u32(from), i;
	uint8_t stage = CSTN_STAGE_PROSPECT;
	int64_t before = file->first_us;

	from->failed |= n > (from->size - from->position) / 18;
	if (from->failed)
		return 0;
	if (cstn__array_reserve(&state->allocator, &file->moves, n))
		return -1;
	for (i = 0; i < n && !from->failed; i++) {
		cstn__stage_move *move = &file->moves.items[i];

		memset(move, 0, sizeof(*move));
		move->at_us = read_instant(from);
		if (read_kept(from, state, &move->first) || read_kept(from, state, &move->last))
			return -1;
		move->evidence = cstn__read_u32(from);
		move->from = stage;
		move->to = stage = cstn__read_u8(from);
		move->rule = cstn__read_u8(from);
		move->number = i + 1;
		from->failed |= move->at_us < before || move->evidence == 0 ||
				move->rule >= state->policy->n_rules ||
				(!from->failed && stage != state->policy->rules[move->rule].to);
		before = move->at_us;
	}
	file->moves.count = base->n_moves = n;
	from->failed |= stage != base->stage || base->entered_us != before;
	return 0;
}

static int read_base(cstn__reader *from, cstn_stage_state *state, cstn__stage_file *file)
{
	cstn__stage_snapshot *base;

	file->n_dropped = cstn__read_u32(from);
	file->first_us = read_instant(from);
	from->failed |= file->n_dropped > UINT32_MAX - 2 - file->n;
	if (cstn__array_reserve(&state->allocator, &file->snapshots, 1))
		return -1;
	base = read_snapshot(from, state, file->n_base);
	if (!base)
		return -1;
	file->snapshots.items[file->snapshots.count++] = base;
	return read_moves(from, state, file, base);
}

/* What the snapshot says of the events that it speaks of. */
static void check_base(cstn__reader *from, const cstn_stage_state *state, cstn__stage_file *file)
{
	cstn__stage_snapshot *base = file->snapshots.items[0];
	uint32_t i;

	base->weight = 0;
	for (i = 0; i < file->n; i++) {
		const cstn__stage_event *event = &file->events[i];

		from->failed |= (i < file->n_base) != (event->valid_us < state->settled_us);
		if (i >= base->window_first && i < file->n_base &&
				CSTN__STAGE_BIT(event->kind) & state->policy->failure_kinds)
			base->weight += cstn__stage_weight(event);
	}
	from->failed |= file->first_us > file->events[0].valid_us ||
			base->instant_us != file->events[file->n_base - 1].valid_us ||
			base->entered_us > base->instant_us;
	for (i = 0; i < base->n_tickets; i++) {
		uint32_t position = base->positions[base->n_growth + i];

		from->failed |= file->events[position].kind != CSTN_INTERACTION_TICKET_OPENED ||
				(i && position <= base->positions[base->n_growth + i - 1]);
	}
}

static int read_file(cstn__reader *from, cstn_stage_state *state, cstn__stage_file *file)
{
	cstn__stage_ids ids = cstn__stage_state_ids(state);
	uint32_t i;
	int wrong;

	file->n = cstn__read_u32(from);
	file->n_base = cstn__read_u32(from);
	from->failed |= file->n == 0 || file->n_base > file->n ||
			file->n > (from->size - from->position) / 11;
	if (from->failed)
		file->n = file->n_base = 0;
	if (file->n_base && read_base(from, state, file))
		return -1;
	if (from->failed)
		return 0;
	file->events = cstn__alloc(&state->allocator, file->n * sizeof(*file->events));
	if (!file->events)
		return -1;
	file->capacity = file->n;
	for (i = 0; i < file->n && !from->failed; i++) {
		if (read_event(from, state, &file->events[i]))
			return -1;
		from->failed |= i && !from->failed &&
				cstn__stage_in_order(
						&file->events[i - 1], &file->events[i], &ids) >= 0;
	}
	if (from->failed)
		return 0;
	if (file->n_base)
		check_base(from, state, file);
	wrong = cstn__stage_file_index(state, file);
	from->failed |= wrong > 0;
	state->n_events += file->n;
	return wrong < 0 ? -1 : 0;
}

static cstn_status read_files(cstn__reader *from, cstn_stage_state *state, cstn_error **error)
{
	uint64_t n = cstn__read_u64(from), i;
	cstn__stage_id before = {0, 0, 0}, id;
	uint32_t code;

	from->failed |= n > (from->size - from->position) / 10;
	for (i = 0; i < n && !from->failed; i++) {
		id = read_id(from, state->customers.is_text);
		from->failed |= i && !from->failed &&
				cstn__id_compare(state->customers.is_text, before.number,
						before.len, id.number, id.len) >= 0;
		if (from->failed)
			break;
		before = id;
		code = cstn__stage_state_file(state, id);
		if (code == UINT32_MAX || read_file(from, state, &state->files.items[code]))
			return cstn__fail_nomem(error);
	}
	from->failed |= state->n_events > UINT32_MAX - 2;
	return CSTN_OK;
}

static cstn_status read_body(cstn__reader *from, cstn_stage_state *state, cstn_error **error)
{
	uint8_t types[3];
	cstn_status status;
	size_t i;

	state->known_us = read_i64(from);
	state->settled_us = read_i64(from);
	from->failed |= state->settled_us != CSTN__STAGE_NOT_SETTLED &&
			(state->settled_us < -CSTN__STAGE_INSTANT_MAX ||
					state->settled_us > CSTN__STAGE_INSTANT_MAX);
	for (i = 0; i < 3; i++) {
		types[i] = cstn__read_u8(from);
		from->failed |= types[i] > 1;
	}
	state->customers.is_text = types[0];
	state->id_is_text = types[1];
	state->references.is_text = types[2];
	status = read_files(from, state, error);
	if (status == CSTN_OK && (from->failed || from->position != from->size))
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"the body of a state of stages breaks its rules at byte %zu",
				from->position);
	return status;
}

static cstn_status read_policy(cstn__reader *from, const uint8_t *digest,
		const cstn_allocator *allocator, cstn_stage_policy **out, cstn_error **error)
{
	uint32_t len = cstn__read_u32(from);
	const uint8_t *text = cstn__read_bytes(from, len);
	cstn_status status;

	if (!text || len == 0)
		return cstn__fail(error, CSTN_E_CORRUPT, "the policy of a state of stages is cut");
	status = cstn_stage_policy_parse((const char *)text, len, allocator, out, NULL);
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (status != CSTN_OK || memcmp((*out)->digest, digest, sizeof((*out)->digest)) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"the policy of a state of stages is not the one it names");
	return CSTN_OK;
}

cstn_status cstn_stage_state_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_stage_state **out, cstn_error **error)
{
	cstn_stage_policy *policy = NULL;
	cstn_stage_state *state = NULL;
	const uint8_t *digest = NULL;
	cstn_allocator memory;
	cstn__reader from;
	cstn_status status = cstn__allocator_read(allocator, &memory, error);

	if (status == CSTN_OK && (!data || !out))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				data ? "out is NULL" : "data is NULL");
	if (status == CSTN_OK)
		status = cstn__envelope_open(&envelope, data, size, &from, &digest, error);
	if (status != CSTN_OK)
		return status;
	status = read_policy(&from, digest, &memory, &policy, error);
	if (status == CSTN_OK)
		status = cstn__stage_state_make(policy, 0, &memory, &state, error);
	cstn_stage_policy_unref(policy);
	if (status == CSTN_OK)
		status = read_body(&from, state, error);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_stage_state_free(state);
	return status;
}
