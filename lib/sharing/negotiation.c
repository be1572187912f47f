/* The machine of a negotiation, after the Dataspace Protocol 2025-1 (Eclipse Dataspace Working
 * Group, 2025), with the actor of each message checked and what it speaks of compared by digest.
 *
 * A state holds who negotiates, the digest that stands last, and of every message that was taken
 * its id and the digest of its text, so that a message that comes again is told from another one
 * with its id. States are never changed: a message makes a copy. Only requests and offers can go on
 * for ever, so only they are limited; whatever ends a negotiation has room.
 *
 * Cost: O(messages) a message. */
#include "sharing/negotiation.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "sharing/note_lines.h"

const char *const cstn__negotiation_states[8] = {"NONE", "REQUESTED", "OFFERED", "ACCEPTED",
		"AGREED", "VERIFIED", "FINALIZED", "TERMINATED"};

#define RECIPIENT 1u
#define PROVIDER 2u
#define EITHER 3u

/* Who may say a message in a state, and where it leads. */
typedef struct step {
	uint8_t actors, to;
} step;

/* By state, then by type from CSTN_MESSAGE_REQUEST. */
static const step steps[8][7] = {
		[CSTN_NEGOTIATION_NONE] = {{RECIPIENT, CSTN_NEGOTIATION_REQUESTED},
				{PROVIDER, CSTN_NEGOTIATION_OFFERED}},
		[CSTN_NEGOTIATION_REQUESTED] = {{0, 0}, {PROVIDER, CSTN_NEGOTIATION_OFFERED},
				{0, 0}, {PROVIDER, CSTN_NEGOTIATION_AGREED}, {0, 0}, {0, 0},
				{EITHER, CSTN_NEGOTIATION_TERMINATED}},
		[CSTN_NEGOTIATION_OFFERED] = {{RECIPIENT, CSTN_NEGOTIATION_REQUESTED}, {0, 0},
				{RECIPIENT, CSTN_NEGOTIATION_ACCEPTED}, {0, 0}, {0, 0}, {0, 0},
				{EITHER, CSTN_NEGOTIATION_TERMINATED}},
		[CSTN_NEGOTIATION_ACCEPTED] = {{0, 0}, {0, 0}, {0, 0},
				{PROVIDER, CSTN_NEGOTIATION_AGREED}, {0, 0}, {0, 0},
				{PROVIDER, CSTN_NEGOTIATION_TERMINATED}},
		[CSTN_NEGOTIATION_AGREED] = {{0, 0}, {0, 0}, {0, 0}, {0, 0},
				{RECIPIENT, CSTN_NEGOTIATION_VERIFIED}, {0, 0},
				{RECIPIENT, CSTN_NEGOTIATION_TERMINATED}},
		[CSTN_NEGOTIATION_VERIFIED] = {{0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0},
				{PROVIDER, CSTN_NEGOTIATION_FINALIZED},
				{PROVIDER, CSTN_NEGOTIATION_TERMINATED}},
};

/* --- states ----------------------------------------------------------------------------------- */

static size_t size_of(size_t n)
{
	size_t list = cstn__array_size(n, sizeof(cstn__taken)), size;

	return __builtin_add_overflow(sizeof(cstn_negotiation), list, &size) ? SIZE_MAX : size;
}

cstn_negotiation *cstn__negotiation_alloc(const cstn_allocator *memory, size_t n)
{
	cstn_negotiation *made = cstn__alloc_zero(memory, size_of(n));

	if (!made)
		return NULL;
	made->memory = *memory;
	atomic_init(&made->references, 1);
	made->n = n;
	return made;
}

cstn_negotiation *cstn__negotiation_copy(const cstn_negotiation *from, size_t more)
{
	cstn_negotiation *made = cstn__negotiation_alloc(&from->memory, from->n + more);

	if (!made)
		return NULL;
	memcpy((char *)made + offsetof(cstn_negotiation, flags),
			(const char *)from + offsetof(cstn_negotiation, flags),
			size_of(from->n) - offsetof(cstn_negotiation, flags));
	made->n = from->n + more;
	return made;
}

cstn_negotiation *cstn_negotiation_ref(cstn_negotiation *negotiation)
{
	if (negotiation)
		atomic_fetch_add_explicit(&negotiation->references, 1, memory_order_relaxed);
	return negotiation;
}

void cstn_negotiation_unref(cstn_negotiation *negotiation)
{
	cstn_allocator memory;

	if (!negotiation || atomic_fetch_sub_explicit(
					    &negotiation->references, 1, memory_order_acq_rel) != 1)
		return;
	memory = negotiation->memory;
	cstn__free(&memory, negotiation, size_of(negotiation->n));
}

static cstn_status check_options(const cstn_negotiation_options *o, cstn_error **error)
{
	cstn_status status = cstn__id_check_text(o->id, "id", error);

	if (status == CSTN_OK)
		status = cstn__id_check_text(o->provider, "provider", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(o->recipient, "recipient", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(o->constellation, "constellation", error);
	if (status == CSTN_OK && strcmp(o->provider, o->recipient) == 0)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"'%s' is provider and recipient", o->provider);
	return status;
}

cstn_status cstn_negotiation_new(
		const cstn_negotiation_options *options, cstn_negotiation **out, cstn_error **error)
{
	cstn_negotiation_options given;
	cstn_negotiation *made;
	cstn_allocator memory;
	cstn_status status;

	if (!options || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				options ? "out" : "options");
	status = cstn__options_read(options, sizeof(given), sizeof(given),
			CSTN_NEGOTIATION_ALLOW_REOFFER, "cstn_negotiation_options", &given, error);
	if (status == CSTN_OK)
		status = check_options(&given, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(given.allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	made = cstn__negotiation_alloc(&memory, 0);
	if (!made)
		return cstn__fail_nomem(error);
	made->flags = given.flags;
	strcpy(made->id, given.id);
	strcpy(made->provider, given.provider);
	strcpy(made->recipient, given.recipient);
	strcpy(made->constellation, given.constellation);
	*out = made;
	return CSTN_OK;
}

int32_t cstn_negotiation_state(const cstn_negotiation *negotiation)
{
	return negotiation ? negotiation->state : CSTN_NEGOTIATION_NONE;
}

cstn_status cstn_negotiation_get_info(
		const cstn_negotiation *negotiation, cstn_negotiation_info *out, cstn_error **error)
{
	cstn_negotiation_info info = CSTN_NEGOTIATION_INFO_INIT;

	if (!negotiation)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "negotiation is NULL");
	info.state = negotiation->state;
	info.flags = negotiation->flags;
	info.id = negotiation->id;
	info.provider = negotiation->provider;
	info.recipient = negotiation->recipient;
	info.constellation = negotiation->constellation;
	info.expires_us = negotiation->expires_us;
	info.last_us = negotiation->last_us;
	info.n_messages = negotiation->n;
	info.n_refused = negotiation->refused;
	memcpy(info.digest, negotiation->digest, sizeof(info.digest));
	return cstn__output_write(
			&info, sizeof(info), sizeof(info), "cstn_negotiation_info", out, error);
}

const char *cstn_negotiation_state_name(int32_t state)
{
	return state >= 0 && state <= CSTN_NEGOTIATION_TERMINATED ? cstn__negotiation_states[state]
								  : "";
}

/* --- messages --------------------------------------------------------------------------------- */

static int is_round(int32_t type)
{
	return type == CSTN_MESSAGE_REQUEST || type == CSTN_MESSAGE_OFFER;
}

/* Was a message of this id taken? NULL if not. */
static const cstn__taken *find_taken(const cstn_negotiation *n, const uint8_t *id)
{
	size_t i;

	for (i = 0; i < n->n; i++)
		if (memcmp(n->taken[i].id, id, CSTN_MESSAGE_ID_SIZE) == 0)
			return n->taken + i;
	return NULL;
}

cstn_status cstn__message_digest(const cstn_negotiation *n, const cstn_negotiation_message *message,
		uint8_t out[32], cstn_error **error)
{
	cstn__bytes text;
	int failed;

	cstn__bytes_init(&text, &n->memory);
	cstn__message_put(&text, message);
	failed = text.failed;
	if (!failed)
		cstn__sha256(text.data, text.size, out);
	cstn__bytes_free(&text);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* Where the message leads; CSTN_E_STATE. */
static cstn_status next_state(const cstn_negotiation *n, const cstn_negotiation_message *m,
		int32_t *to, cstn_error **error)
{
	const step *s = &steps[n->state][m->type - CSTN_MESSAGE_REQUEST];
	const unsigned int actor = m->actor == CSTN_ACTOR_PROVIDER ? PROVIDER : RECIPIENT;

	if (s->actors & actor) {
		*to = s->to;
		return CSTN_OK;
	}
	if (n->state == CSTN_NEGOTIATION_OFFERED && m->type == CSTN_MESSAGE_OFFER &&
			actor == PROVIDER && n->flags & CSTN_NEGOTIATION_ALLOW_REOFFER) {
		*to = CSTN_NEGOTIATION_OFFERED;
		return CSTN_OK;
	}
	return cstn__fail(error, CSTN_E_STATE, "the %s cannot say '%s' in state %s",
			cstn_actor_name(m->actor), cstn_negotiation_message_name(m->type),
			cstn__negotiation_states[n->state]);
}

/* Does the message speak of what stands, and in time? */
static cstn_status check_fresh(
		const cstn_negotiation *n, const cstn_negotiation_message *m, cstn_error **error)
{
	char stands[65], quoted[65];

	if (is_round(m->type) && n->rounds >= CSTN_NEGOTIATION_ROUNDS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu requests and offers; at most %d",
				n->rounds, CSTN_NEGOTIATION_ROUNDS_MOST);
	if (is_round(m->type) || m->type == CSTN_MESSAGE_TERMINATE)
		return CSTN_OK;
	if (memcmp(m->digest, n->digest, sizeof(n->digest)) != 0) {
		cstn__hex(n->digest, sizeof(n->digest), stands);
		cstn__hex(m->digest, sizeof(m->digest), quoted);
		return cstn__fail(error, CSTN_E_STALE,
				"'%s' quotes the terms %.16s, but %.16s stand last",
				cstn_negotiation_message_name(m->type), quoted, stands);
	}
	if (m->type == CSTN_MESSAGE_ACCEPT && n->expires_us != INT64_MAX &&
			m->now_us >= n->expires_us)
		return cstn__fail(error, CSTN_E_STALE,
				"accepted at %" PRId64 ", but the offer ended at %" PRId64,
				m->now_us, n->expires_us);
	return CSTN_OK;
}

static cstn_status take(const cstn_negotiation *n, const cstn_negotiation_message *m, int32_t to,
		const uint8_t digest[32], cstn_negotiation **out, cstn_error **error)
{
	cstn_negotiation *made = cstn__negotiation_copy(n, 1);
	cstn__taken *taken;

	if (!made)
		return cstn__fail_nomem(error);
	taken = made->taken + n->n;
	memcpy(taken->id, m->id, sizeof(taken->id));
	memcpy(taken->digest, digest, sizeof(taken->digest));
	made->state = to;
	made->last_us = m->now_us;
	if (is_round(m->type)) {
		made->rounds++;
		memcpy(made->digest, m->digest, sizeof(made->digest));
		made->expires_us = m->expires_us;
	}
	*out = made;
	return CSTN_OK;
}

cstn_status cstn_negotiation_apply(const cstn_negotiation *negotiation,
		const cstn_negotiation_message *message, cstn_negotiation **out, cstn_error **error)
{
	cstn_negotiation_message m;
	const cstn__taken *before;
	uint8_t digest[32];
	cstn_status status;
	int32_t to = 0;

	if (!negotiation || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				negotiation ? "out" : "negotiation");
	status = cstn__message_read(message, &m, error);
	if (status != CSTN_OK)
		return status;
	if (m.negotiation_len != strlen(negotiation->id) ||
			memcmp(m.negotiation, negotiation->id, m.negotiation_len) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the message is of negotiation '%.*s', not of '%s'",
				(int)m.negotiation_len, m.negotiation, negotiation->id);
	status = cstn__message_digest(negotiation, &m, digest, error);
	if (status != CSTN_OK)
		return status;
	before = find_taken(negotiation, m.id);
	if (before && memcmp(before->digest, digest, sizeof(digest)) != 0)
		return cstn__fail(error, CSTN_E_CONFLICT,
				"the id of this '%s' was used by another message",
				cstn_negotiation_message_name(m.type));
	if (before) {
		/* The caller's reference is to a state that never changes. */
		*out = cstn_negotiation_ref((cstn_negotiation *)(uintptr_t)negotiation);
		return CSTN_OK;
	}
	status = next_state(negotiation, &m, &to, error);
	if (status == CSTN_OK)
		status = check_fresh(negotiation, &m, error);
	return status == CSTN_OK ? take(negotiation, &m, to, digest, out, error) : status;
}

cstn_status cstn_negotiation_refused(
		const cstn_negotiation *negotiation, cstn_negotiation **out, cstn_error **error)
{
	cstn_negotiation *made;

	if (!negotiation || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				negotiation ? "out" : "negotiation");
	made = cstn__negotiation_copy(negotiation, 0);
	if (!made)
		return cstn__fail_nomem(error);
	made->refused++;
	*out = made;
	return CSTN_OK;
}
