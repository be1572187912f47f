/* Messages of a negotiation as text and signed notes, states as canonical JSON, and the entries of
 * a log.
 *
 * Cost: O(length), and an Ed25519 signature or verification a note. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "sharing/canonical_json.h"
#include "sharing/json_fields.h"
#include "sharing/log_leaf.h"
#include "sharing/negotiation.h"
#include "sharing/note_lines.h"

#define MESSAGE "cstn/negotiation/v1"
#define STATE "cstn/negotiation-state/v1"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char *const cstn__message_types[7] = {
		"request", "offer", "accept", "agree", "verify", "finalize", "terminate"};
const char *const cstn__actors[2] = {"recipient", "provider"};

const char *cstn_negotiation_message_name(int32_t type)
{
	return type >= CSTN_MESSAGE_REQUEST && type <= CSTN_MESSAGE_TERMINATE
			       ? cstn__message_types[type - CSTN_MESSAGE_REQUEST]
			       : "";
}

const char *cstn_actor_name(int32_t actor)
{
	return actor == CSTN_ACTOR_RECIPIENT || actor == CSTN_ACTOR_PROVIDER
			       ? cstn__actors[actor - CSTN_ACTOR_RECIPIENT]
			       : "";
}

/* --- text ------------------------------------------------------------------------------------- */

static cstn_status check_end(const cstn_negotiation_message *m, cstn_error **error)
{
	if (m->type == CSTN_MESSAGE_OFFER && m->expires_us <= m->now_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"expires_us of an offer is %" PRId64 ", later than now_us %" PRId64
				" expected",
				m->expires_us, m->now_us);
	if (m->type != CSTN_MESSAGE_OFFER && m->expires_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"expires_us of a message that is no offer is %" PRId64
				", 0 expected",
				m->expires_us);
	return CSTN_OK;
}

static cstn_status check_message(const cstn_negotiation_message *m, cstn_error **error)
{
	if (!*cstn_negotiation_message_name(m->type) || !*cstn_actor_name(m->actor) || m->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"type %d, actor %d, reserved0 %u of a message; 1..7, 1..2 and 0 "
				"expected",
				m->type, m->actor, m->reserved0);
	if (m->reason_len > CSTN_REASON_MOST || (!m->reason && m->reason_len) ||
			(m->reason && !cstn__line_text_is_valid(m->reason, m->reason_len)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the reason is not one line of at most %d bytes of UTF-8",
				CSTN_REASON_MOST);
	return check_end(m, error);
}

cstn_status cstn__message_read(const cstn_negotiation_message *given, cstn_negotiation_message *out,
		cstn_error **error)
{
	cstn_status status;

	if (!given)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "message is NULL");
	status = cstn__options_read(given, sizeof(*out), sizeof(*out), UINT32_MAX,
			"cstn_negotiation_message", out, error);
	if (status == CSTN_OK)
		status = cstn__id_check(
				out->negotiation, out->negotiation_len, "negotiation", error);
	return status == CSTN_OK ? check_message(out, error) : status;
}

void cstn__message_put(cstn__bytes *bytes, const cstn_negotiation_message *m)
{
	cstn__bytes_put_text(bytes, MESSAGE "\n");
	cstn__lines_put_text(bytes, "negotiation", m->negotiation, m->negotiation_len);
	cstn__lines_put_hex(bytes, "id", m->id, sizeof(m->id));
	cstn__bytes_put_format(bytes, "type %s\nactor %s\n", cstn_negotiation_message_name(m->type),
			cstn_actor_name(m->actor));
	cstn__lines_put_i64(bytes, "now_us", m->now_us);
	cstn__lines_put_hex(bytes, "digest", m->digest, sizeof(m->digest));
	cstn__lines_put_i64(bytes, "expires_us", m->expires_us);
	cstn__lines_put_text(bytes, "reason", m->reason ? m->reason : "", m->reason_len);
}

cstn_status cstn_negotiation_message_format(const cstn_negotiation_message *message,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn_negotiation_message m;
	cstn_allocator memory;
	cstn__bytes bytes;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__message_read(message, &m, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&bytes, &memory);
	cstn__message_put(&bytes, &m);
	return cstn__bytes_to_buffer(&bytes, out, error);
}

cstn_status cstn_negotiation_message_parse(const char *text, size_t text_len,
		cstn_negotiation_message *out, cstn_error **error)
{
	cstn_negotiation_message m = CSTN_NEGOTIATION_MESSAGE_INIT;
	cstn__lines lines;
	cstn_status status;

	if (!text || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				text ? "out" : "text");
	cstn__lines_open(&lines, text, text_len, MESSAGE, error);
	cstn__lines_text(
			&lines, "negotiation", 1, CSTN_ID_MOST, &m.negotiation, &m.negotiation_len);
	cstn__lines_hex(&lines, "id", m.id, sizeof(m.id));
	cstn__lines_word(&lines, "type", cstn__message_types, COUNT(cstn__message_types), &m.type);
	cstn__lines_word(&lines, "actor", cstn__actors, COUNT(cstn__actors), &m.actor);
	cstn__lines_i64(&lines, "now_us", &m.now_us);
	cstn__lines_hex(&lines, "digest", m.digest, sizeof(m.digest));
	cstn__lines_i64(&lines, "expires_us", &m.expires_us);
	cstn__lines_text(&lines, "reason", 0, CSTN_REASON_MOST, &m.reason, &m.reason_len);
	status = cstn__lines_end(&lines);
	m.type += CSTN_MESSAGE_REQUEST;
	m.actor += CSTN_ACTOR_RECIPIENT;
	if (status == CSTN_OK && check_end(&m, error) != CSTN_OK)
		status = cstn__fail_format(error);
	if (status != CSTN_OK)
		return status;
	return cstn__output_write(&m, sizeof(m), sizeof(m), "cstn_negotiation_message", out, error);
}

/* --- notes ------------------------------------------------------------------------------------ */

cstn_status cstn_negotiation_message_sign(const cstn_negotiation_message *message,
		const char *signer, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error)
{
	cstn_buffer *text = NULL;
	cstn_status status;

	if (!signer || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				signer ? "out" : "signer");
	status = cstn_negotiation_message_format(message, allocator, &text, error);
	return status == CSTN_OK ? cstn__sign_text(text, signer, allocator, out, error) : status;
}

cstn_status cstn_negotiation_apply_note(const cstn_negotiation *negotiation, const char *note,
		size_t note_len, const cstn_party_keys *keys, cstn_negotiation **out,
		cstn_error **error)
{
	cstn_negotiation_message m = CSTN_NEGOTIATION_MESSAGE_INIT;
	const char *party;
	cstn_note *opened;
	cstn_status status;
	size_t len;

	if (!negotiation || !note || !keys || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"negotiation, note, keys or out is NULL");
	status = cstn__note_text(note, note_len, &len, error);
	if (status == CSTN_OK)
		status = cstn_negotiation_message_parse(note, len, &m, error);
	if (status != CSTN_OK)
		return status;
	party = m.actor == CSTN_ACTOR_PROVIDER ? negotiation->provider : negotiation->recipient;
	status = cstn_party_keys_open(keys, note, note_len, party, CSTN_PARTY_KEY_SIGN, m.now_us, 1,
			&negotiation->memory, &opened, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_negotiation_apply(negotiation, &m, out, error);
	cstn_note_free(opened);
	return status;
}

json_t *cstn__negotiation_fields(const cstn_negotiation *n, const cstn_negotiation_message *m,
		const uint8_t digest[32], cstn_status outcome)
{
	return json_pack("{s:s%, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "negotiation",
			m->negotiation, m->negotiation_len, "provider", n->provider, "recipient",
			n->recipient, "constellation", n->constellation, "message",
			cstn_negotiation_message_name(m->type), "actor", cstn_actor_name(m->actor),
			"digest", cstn__json_of_hex(digest, 32), "terms",
			cstn__json_of_hex(m->digest, sizeof(m->digest)), "outcome",
			cstn_status_name(outcome));
}

cstn_status cstn_negotiation_log_entry(const cstn_negotiation *negotiation,
		const cstn_negotiation_message *message, cstn_status outcome, cstn_buffer **out,
		cstn_error **error)
{
	cstn_negotiation_message m;
	cstn_status status;
	uint8_t digest[32];
	json_t *fields;

	if (!negotiation || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				negotiation ? "out" : "negotiation");
	status = cstn__message_read(message, &m, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__message_digest(negotiation, &m, digest, error);
	if (status != CSTN_OK)
		return status;
	fields = cstn__negotiation_fields(negotiation, &m, digest, outcome);
	if (fields && (json_object_set_new(fields, "type", json_string(CSTN__LEAF_NEGOTIATION)) !=
						      0 ||
				      json_object_set_new(fields, "version", json_integer(1)) !=
						      0 ||
				      json_object_set_new(fields, "at_us",
						      cstn__json_of_i64(m.now_us)) != 0)) {
		json_decref(fields);
		fields = NULL;
	}
	return cstn__json_to_buffer(fields, &negotiation->memory, out, error);
}

/* --- states as bytes -------------------------------------------------------------------------- */

/* A list of texts: id and digest of each message. NULL without memory. */
static json_t *list_of(const cstn_negotiation *n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; list && i < n->n; i++)
		if (json_array_append_new(
				    list, cstn__json_of_hex(n->taken[i].id, sizeof(cstn__taken)))) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

cstn_status cstn_negotiation_serialize(
		const cstn_negotiation *negotiation, cstn_buffer **out, cstn_error **error)
{
	const cstn_negotiation *n = negotiation;

	if (!n || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				n ? "out" : "negotiation");
	return cstn__json_to_buffer(
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, "
				  "s:o}",
					"type", STATE, "id", n->id, "provider", n->provider,
					"recipient", n->recipient, "constellation",
					n->constellation, "flags", cstn__json_of_i64(n->flags),
					"state", cstn__negotiation_states[n->state], "terms",
					cstn__json_of_hex(n->digest, sizeof(n->digest)),
					"expires_us", cstn__json_of_i64(n->expires_us), "last_us",
					cstn__json_of_i64(n->last_us), "refused",
					cstn__json_of_i64((int64_t)n->refused), "rounds",
					cstn__json_of_i64((int64_t)n->rounds), "messages",
					list_of(n)),
			&n->memory, out, error);
}

static void read_taken(cstn__fields *fields, const json_t *list, cstn_negotiation *n)
{
	size_t i;

	for (i = 0; i < n->n; i++) {
		const json_t *item = json_array_get(list, i);

		if (!json_is_string(item) || json_string_length(item) != 2 * sizeof(cstn__taken) ||
				cstn__unhex(json_string_value(item), 2 * sizeof(cstn__taken),
						n->taken[i].id) != 0) {
			cstn__fields_fail(fields, "messages", "96 hexadecimal digits expected");
			return;
		}
	}
}

/* What holds between the fields of every state that messages lead to. */
static void check_state(cstn__fields *fields, const cstn_negotiation *n)
{
	if ((n->state == CSTN_NEGOTIATION_NONE) != (n->n == 0) || n->rounds > n->n ||
			(n->n && !n->rounds) || n->n > n->rounds + 4)
		cstn__fields_fail(fields, "messages", "their number does not fit the state");
	if (strcmp(n->provider, n->recipient) == 0)
		cstn__fields_fail(fields, "recipient", "it is the provider");
}

/* *out may be half-read after a failure. */
static void read_state(cstn__fields *fields, const cstn_allocator *memory, cstn_negotiation **out)
{
	int64_t flags, refused, rounds;
	cstn_negotiation *made;
	const json_t *list;
	size_t n;

	list = cstn__fields_list(fields, "messages", &n);
	made = cstn__negotiation_alloc(memory, n);
	*out = made;
	if (!made) {
		fields->status = cstn__fail_nomem(fields->error);
		return;
	}
	cstn__fields_copy(fields, "id", 1, CSTN_ID_MOST, made->id);
	cstn__fields_copy(fields, "provider", 1, CSTN_ID_MOST, made->provider);
	cstn__fields_copy(fields, "recipient", 1, CSTN_ID_MOST, made->recipient);
	cstn__fields_copy(fields, "constellation", 1, CSTN_ID_MOST, made->constellation);
	cstn__fields_i64(fields, "flags", 0, CSTN_NEGOTIATION_ALLOW_REOFFER, &flags);
	cstn__fields_word(fields, "state", cstn__negotiation_states,
			COUNT(cstn__negotiation_states), &made->state);
	cstn__fields_hex(fields, "terms", made->digest, sizeof(made->digest));
	cstn__fields_i64(fields, "expires_us", INT64_MIN, INT64_MAX, &made->expires_us);
	cstn__fields_i64(fields, "last_us", INT64_MIN, INT64_MAX, &made->last_us);
	cstn__fields_i64(fields, "refused", 0, INT64_MAX, &refused);
	cstn__fields_i64(fields, "rounds", 0, CSTN_NEGOTIATION_ROUNDS_MOST, &rounds);
	made->flags = (uint32_t)flags;
	made->refused = (uint64_t)refused;
	made->rounds = (size_t)rounds;
	read_taken(fields, list, made);
	check_state(fields, made);
}

cstn_status cstn_negotiation_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_negotiation **out, cstn_error **error)
{
	cstn_negotiation *made = NULL;
	cstn_allocator memory;
	cstn__fields fields;
	cstn_status status;

	if (!data || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				data ? "out" : "data");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__fields_open(&fields, data, size, STATE, error);
	if (fields.status == CSTN_OK)
		read_state(&fields, &memory, &made);
	status = cstn__fields_close(&fields);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_negotiation_unref(made);
	return status;
}
