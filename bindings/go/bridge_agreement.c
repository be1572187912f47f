/* Key books, negotiations, agreements and receipts. */
#include <string.h>

#include "bridge.h"

static cstn_go_span span_of(const char *text, const char *part, size_t len)
{
	cstn_go_span span = {part ? (size_t)(part - text) : 0, len};

	return span;
}

/* --- key books -------------------------------------------------------------------------------- */

void cstn_go_party_keys_new(cstn_party_keys **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_party_keys_new(NULL, out, &error));
}

void cstn_go_party_keys_add(cstn_party_keys *keys, const char *party, const char *verifier,
		int32_t use, int64_t from_us, int64_t until_us, cstn_go_outcome *o)
{
	cstn_party_key key = CSTN_PARTY_KEY_INIT;

	key.party = party;
	key.verifier = verifier;
	key.use = use;
	key.from_us = from_us;
	key.until_us = until_us;
	CSTN_GO_CALL(o, cstn_party_keys_add(keys, &key, &error));
}

void cstn_go_party_keys_load(cstn_party_keys *keys, cstn_snapshot *snapshot, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_party_keys_load(keys, snapshot, &error));
}

void cstn_go_party_keys_at(
		const cstn_party_keys *keys, size_t index, cstn_party_key *out, cstn_go_outcome *o)
{
	out->struct_size = sizeof(*out);
	CSTN_GO_CALL(o, cstn_party_keys_at(keys, index, out, &error));
}

void cstn_go_party_keys_valid(const cstn_party_keys *keys, const char *party, int32_t use,
		int64_t at_us, const char **verifiers, size_t most, size_t *count,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_party_keys_valid(
					keys, party, use, at_us, verifiers, most, count, &error));
}

void cstn_go_party_keys_open(const cstn_party_keys *keys, const char *note, size_t len,
		const char *party, int32_t use, int64_t at_us, size_t least, cstn_note **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_party_keys_open(keys, note, len, party, use, at_us, least, NULL, out,
					&error));
}

/* --- negotiations ----------------------------------------------------------------------------- */

void cstn_go_negotiation_new(const char *id, const char *provider, const char *recipient,
		const char *constellation, uint32_t flags, const cstn_allocator *allocator,
		cstn_negotiation **out, cstn_go_outcome *o)
{
	cstn_negotiation_options options = CSTN_NEGOTIATION_OPTIONS_INIT;

	options.flags = flags;
	options.id = id;
	options.provider = provider;
	options.recipient = recipient;
	options.constellation = constellation;
	options.allocator = allocator;
	CSTN_GO_CALL(o, cstn_negotiation_new(&options, out, &error));
}

void cstn_go_negotiation_info(
		const cstn_negotiation *n, cstn_negotiation_info *out, cstn_go_outcome *o)
{
	out->struct_size = sizeof(*out);
	CSTN_GO_CALL(o, cstn_negotiation_get_info(n, out, &error));
}

static cstn_negotiation_message message_of(const cstn_negotiation_message *m, const char *id,
		size_t id_len, const char *reason, size_t reason_len)
{
	cstn_negotiation_message made = *m;

	made.struct_size = sizeof(made);
	made.negotiation = id;
	made.negotiation_len = id_len;
	made.reason = reason;
	made.reason_len = reason_len;
	return made;
}

void cstn_go_negotiation_apply(const cstn_negotiation *n, const cstn_negotiation_message *m,
		const char *id, size_t id_len, const char *reason, size_t reason_len,
		cstn_negotiation **out, cstn_go_outcome *o)
{
	cstn_negotiation_message made = message_of(m, id, id_len, reason, reason_len);

	CSTN_GO_CALL(o, cstn_negotiation_apply(n, &made, out, &error));
}

void cstn_go_negotiation_refused(
		const cstn_negotiation *n, cstn_negotiation **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_negotiation_refused(n, out, &error));
}

void cstn_go_negotiation_apply_note(const cstn_negotiation *n, const char *note, size_t len,
		const cstn_party_keys *keys, cstn_negotiation **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_negotiation_apply_note(n, note, len, keys, out, &error));
}

void cstn_go_negotiation_log_entry(const cstn_negotiation *n, const cstn_negotiation_message *m,
		const char *id, size_t id_len, const char *reason, size_t reason_len,
		int32_t outcome, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_negotiation_message made = message_of(m, id, id_len, reason, reason_len);

	CSTN_GO_CALL(o, cstn_negotiation_log_entry(n, &made, outcome, out, &error));
}

void cstn_go_put_negotiation(cstn_transaction *transaction, const char *party,
		const cstn_negotiation *n, const cstn_negotiation_message *m, const char *id,
		size_t id_len, const char *reason, size_t reason_len, int32_t outcome,
		int64_t now_us, cstn_go_outcome *o)
{
	cstn_negotiation_message made = message_of(m, id, id_len, reason, reason_len);

	CSTN_GO_CALL(o, cstn_transaction_put_negotiation(
					transaction, party, n, &made, outcome, now_us, &error));
}

void cstn_go_negotiation_serialize(const cstn_negotiation *n, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_negotiation_serialize(n, out, &error));
}

void cstn_go_negotiation_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_negotiation **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_negotiation_deserialize(data, size, allocator, out, &error));
}

void cstn_go_message_text(const cstn_negotiation_message *m, const char *id, size_t id_len,
		const char *reason, size_t reason_len, const char *signer, cstn_buffer **out,
		cstn_go_outcome *o)
{
	cstn_negotiation_message made = message_of(m, id, id_len, reason, reason_len);

	if (signer)
		CSTN_GO_CALL(o, cstn_negotiation_message_sign(&made, signer, NULL, out, &error));
	else
		CSTN_GO_CALL(o, cstn_negotiation_message_format(&made, NULL, out, &error));
}

void cstn_go_message_parse(const char *text, size_t len, cstn_negotiation_message *out,
		cstn_go_span *id, cstn_go_span *reason, cstn_go_outcome *o)
{
	cstn_negotiation_message m = CSTN_NEGOTIATION_MESSAGE_INIT;

	CSTN_GO_CALL(o, cstn_negotiation_message_parse(text, len, &m, &error));
	*id = span_of(text, m.negotiation, m.negotiation_len);
	*reason = span_of(text, m.reason, m.reason_len);
	m.negotiation = m.reason = NULL;
	*out = m;
}

/* --- agreements ------------------------------------------------------------------------------- */

void cstn_go_agreement_body(const cstn_agreement_body *body, const char *texts, cstn_buffer **out,
		cstn_go_outcome *o)
{
	cstn_agreement_body made = *body;

	made.struct_size = sizeof(made);
	made.provider = texts;
	made.recipient = made.provider + strlen(made.provider) + 1;
	made.constellation = made.recipient + strlen(made.recipient) + 1;
	made.condition = made.constellation + strlen(made.constellation) + 1;
	CSTN_GO_CALL(o, cstn_agreement_body_format(&made, NULL, out, &error));
}

void cstn_go_agreement_open(const char *note, size_t len, const cstn_party_keys *keys,
		const cstn_negotiation *negotiation, const cstn_allocator *allocator,
		cstn_agreement **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_open(note, len, keys, negotiation, allocator, out, &error));
}

static cstn_status with_terms(const cstn_agreement *a, const char *json, size_t len,
		cstn_agreement **out, cstn_error **error)
{
	cstn_term_set *terms = NULL;
	cstn_status status = cstn_term_set_read(json, len, 0, NULL, &terms, error);

	if (status == CSTN_OK)
		status = cstn_agreement_with_terms(a, terms, out, error);
	cstn_term_set_unref(terms);
	return status;
}

void cstn_go_agreement_terms(const cstn_agreement *a, const char *json, size_t len,
		cstn_agreement **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, with_terms(a, json, len, out, &error));
}

void cstn_go_agreement_derive(const cstn_agreement *a, cstn_agreement *parent, cstn_agreement **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_derive(a, parent, NULL, out, &error));
}

void cstn_go_agreement_get_body(
		const cstn_agreement *a, cstn_agreement_body *out, cstn_go_outcome *o)
{
	out->struct_size = sizeof(*out);
	CSTN_GO_CALL(o, cstn_agreement_get_body(a, out, &error));
}

void cstn_go_agreement_info(const cstn_agreement *a, int64_t now_us, cstn_agreement_info *out,
		cstn_go_outcome *o)
{
	out->struct_size = sizeof(*out);
	CSTN_GO_CALL(o, cstn_agreement_get_info(a, now_us, out, &error));
}

static cstn_transition_options options_of(uint32_t cured, const cstn_agreement *successor)
{
	cstn_transition_options options = CSTN_TRANSITION_OPTIONS_INIT;

	options.cured = cured;
	options.successor = successor;
	return options;
}

static cstn_transition transition_of(
		const cstn_transition *t, const char *reason, size_t reason_len)
{
	cstn_transition made = *t;

	made.struct_size = sizeof(made);
	made.reason = reason;
	made.reason_len = reason_len;
	return made;
}

void cstn_go_agreement_draft(const cstn_agreement *a, uint32_t cured,
		const cstn_agreement *successor, cstn_transition *t, const char *reason,
		size_t reason_len, cstn_go_outcome *o)
{
	cstn_transition_options options = options_of(cured, successor);
	cstn_transition made = transition_of(t, reason, reason_len);

	CSTN_GO_CALL(o, cstn_agreement_draft(a, &options, &made, &error));
	made.reason = NULL;
	made.reason_len = 0;
	*t = made;
}

void cstn_go_agreement_apply(const cstn_agreement *a, const char *note, size_t len,
		const cstn_party_keys *keys, uint32_t cured, const cstn_agreement *successor,
		cstn_agreement **out, cstn_go_outcome *o)
{
	cstn_transition_options options = options_of(cured, successor);

	CSTN_GO_CALL(o, cstn_agreement_apply(a, note, len, keys, &options, out, &error));
}

void cstn_go_agreement_transition(
		const cstn_agreement *a, size_t index, cstn_transition *out, cstn_go_outcome *o)
{
	out->struct_size = sizeof(*out);
	CSTN_GO_CALL(o, cstn_agreement_get_transition(a, index, out, &error));
}

void cstn_go_agreement_serialize(const cstn_agreement *a, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_serialize(a, out, &error));
}

void cstn_go_agreement_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_agreement **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_deserialize(data, size, allocator, out, &error));
}

void cstn_go_transition_text(const cstn_transition *t, const char *reason, size_t reason_len,
		const char *signer, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_transition made = transition_of(t, reason, reason_len);

	if (signer)
		CSTN_GO_CALL(o, cstn_transition_sign(&made, signer, NULL, out, &error));
	else
		CSTN_GO_CALL(o, cstn_transition_format(&made, NULL, out, &error));
}

void cstn_go_transition_parse(const char *text, size_t len, cstn_transition *out,
		cstn_go_span *reason, cstn_go_outcome *o)
{
	cstn_transition t = CSTN_TRANSITION_INIT;

	CSTN_GO_CALL(o, cstn_transition_parse(text, len, &t, &error));
	*reason = span_of(text, t.reason, t.reason_len);
	t.reason = NULL;
	*out = t;
}

/* --- stores ----------------------------------------------------------------------------------- */

void cstn_go_agreements_new(
		const cstn_allocator *allocator, cstn_agreement_store **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_store_new(allocator, out, &error));
}

void cstn_go_agreements_put(cstn_agreement_store *store, const cstn_agreement *a, int64_t now_us,
		cstn_agreement **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_store_put(store, a, NULL, now_us, out, &error));
}

void cstn_go_agreements_find(const cstn_agreement_store *store, const char *provider,
		const char *recipient, const char *constellation, const uint8_t *terms,
		int64_t now_us, cstn_agreement **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_store_find(store, provider, recipient, constellation, terms,
					now_us, out, &error));
}

void cstn_go_agreements_range(const cstn_agreement_store *store, const char *provider,
		const char *recipient, const char *constellation, size_t *first, size_t *count,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_store_range(store, provider, recipient, constellation, first,
					count, &error));
}

void cstn_go_agreements_get(const cstn_agreement_store *store, const uint8_t *digest,
		cstn_agreement **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_store_get(store, digest, out, &error));
}

cstn_agreement *cstn_go_agreements_at(const cstn_agreement_store *store, size_t index)
{
	return cstn_agreement_ref(cstn_agreement_store_at(store, index));
}

void cstn_go_agreements_apply(cstn_agreement_store *store, const char *note, size_t len,
		const cstn_party_keys *keys, uint32_t cured, cstn_agreement **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_store_apply(store, note, len, keys, cured, out, &error));
}

void cstn_go_agreements_serialize(
		const cstn_agreement_store *store, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_store_serialize(store, out, &error));
}

void cstn_go_agreements_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_agreement_store **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreement_store_deserialize(data, size, allocator, out, &error));
}

/* --- receipts --------------------------------------------------------------------------------- */

void cstn_go_receipt_text(const cstn_receipt *r, const char *party, size_t party_len,
		const char *detail, size_t detail_len, const char *signer, cstn_buffer **out,
		cstn_go_outcome *o)
{
	cstn_receipt made = *r;

	made.struct_size = sizeof(made);
	made.party = party;
	made.party_len = party_len;
	made.detail = detail;
	made.detail_len = detail_len;
	if (signer)
		CSTN_GO_CALL(o, cstn_receipt_sign(&made, signer, NULL, out, &error));
	else
		CSTN_GO_CALL(o, cstn_receipt_format(&made, NULL, out, &error));
}

void cstn_go_receipt_read(const char *text, size_t len, const cstn_party_keys *keys,
		cstn_receipt *out, cstn_go_span *party, cstn_go_span *detail, cstn_go_outcome *o)
{
	cstn_receipt r = CSTN_RECEIPT_INIT;

	if (keys)
		CSTN_GO_CALL(o, cstn_receipt_open(text, len, keys, NULL, &r, &error));
	else
		CSTN_GO_CALL(o, cstn_receipt_parse(text, len, &r, &error));
	*party = span_of(text, r.party, r.party_len);
	*detail = span_of(text, r.detail, r.detail_len);
	r.party = r.detail = NULL;
	*out = r;
}

/* --- waivers ---------------------------------------------------------------------------------- */

void cstn_go_waiver_text(const cstn_waiver *w, const char *party, size_t party_len,
		const char *detail, size_t detail_len, const char *signer, cstn_buffer **out,
		cstn_go_outcome *o)
{
	cstn_waiver made = *w;

	made.struct_size = sizeof(made);
	made.party = party;
	made.party_len = party_len;
	made.detail = detail;
	made.detail_len = detail_len;
	if (signer)
		CSTN_GO_CALL(o, cstn_waiver_sign(&made, signer, NULL, out, &error));
	else
		CSTN_GO_CALL(o, cstn_waiver_format(&made, NULL, out, &error));
}

void cstn_go_waiver_read(const char *text, size_t len, const cstn_party_keys *keys,
		cstn_waiver *out, cstn_go_span *party, cstn_go_span *detail, cstn_go_outcome *o)
{
	cstn_waiver w = CSTN_WAIVER_INIT;

	if (keys)
		CSTN_GO_CALL(o, cstn_waiver_open(text, len, keys, NULL, &w, &error));
	else
		CSTN_GO_CALL(o, cstn_waiver_parse(text, len, &w, &error));
	*party = span_of(text, w.party, w.party_len);
	*detail = span_of(text, w.detail, w.detail_len);
	w.party = w.detail = NULL;
	*out = w;
}
