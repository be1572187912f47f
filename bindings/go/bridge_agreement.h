#ifndef CSTN_GO_BRIDGE_AGREEMENT_H
#define CSTN_GO_BRIDGE_AGREEMENT_H

/* Key books, negotiations, agreements and receipts. It is a part of bridge.h, which includes it. */

/* Structs come without their texts, which stand beside them; what is read comes with the offsets of
 * its texts instead of pointers. */
typedef struct cstn_go_span {
	size_t at, len;
} cstn_go_span;

void cstn_go_party_keys_new(cstn_party_keys **out, cstn_go_outcome *o);
void cstn_go_party_keys_add(cstn_party_keys *keys, const char *party, const char *verifier,
		int32_t use, int64_t from_us, int64_t until_us, cstn_go_outcome *o);
void cstn_go_party_keys_load(cstn_party_keys *keys, cstn_snapshot *snapshot, cstn_go_outcome *o);
void cstn_go_party_keys_at(
		const cstn_party_keys *keys, size_t index, cstn_party_key *out, cstn_go_outcome *o);
void cstn_go_party_keys_valid(const cstn_party_keys *keys, const char *party, int32_t use,
		int64_t at_us, const char **verifiers, size_t most, size_t *count,
		cstn_go_outcome *o);
void cstn_go_party_keys_open(const cstn_party_keys *keys, const char *note, size_t len,
		const char *party, int32_t use, int64_t at_us, size_t least, cstn_note **out,
		cstn_go_outcome *o);

void cstn_go_negotiation_new(const char *id, const char *provider, const char *recipient,
		const char *constellation, uint32_t flags, const cstn_allocator *allocator,
		cstn_negotiation **out, cstn_go_outcome *o);
void cstn_go_negotiation_info(
		const cstn_negotiation *n, cstn_negotiation_info *out, cstn_go_outcome *o);
void cstn_go_negotiation_apply(const cstn_negotiation *n, const cstn_negotiation_message *m,
		const char *id, size_t id_len, const char *reason, size_t reason_len,
		cstn_negotiation **out, cstn_go_outcome *o);
void cstn_go_negotiation_refused(
		const cstn_negotiation *n, cstn_negotiation **out, cstn_go_outcome *o);
void cstn_go_negotiation_apply_note(const cstn_negotiation *n, const char *note, size_t len,
		const cstn_party_keys *keys, cstn_negotiation **out, cstn_go_outcome *o);
void cstn_go_negotiation_log_entry(const cstn_negotiation *n, const cstn_negotiation_message *m,
		const char *id, size_t id_len, const char *reason, size_t reason_len,
		int32_t outcome, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_put_negotiation(cstn_transaction *transaction, const char *party,
		const cstn_negotiation *n, const cstn_negotiation_message *m, const char *id,
		size_t id_len, const char *reason, size_t reason_len, int32_t outcome,
		int64_t now_us, cstn_go_outcome *o);
void cstn_go_negotiation_serialize(
		const cstn_negotiation *n, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_negotiation_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_negotiation **out, cstn_go_outcome *o);
/* A signer key, or NULL: the bare text. */
void cstn_go_message_text(const cstn_negotiation_message *m, const char *id, size_t id_len,
		const char *reason, size_t reason_len, const char *signer, cstn_buffer **out,
		cstn_go_outcome *o);
void cstn_go_message_parse(const char *text, size_t len, cstn_negotiation_message *out,
		cstn_go_span *id, cstn_go_span *reason, cstn_go_outcome *o);

/* Texts are a block of four: provider, recipient, constellation, condition. */
void cstn_go_agreement_body(const cstn_agreement_body *body, const char *texts, cstn_buffer **out,
		cstn_go_outcome *o);
void cstn_go_agreement_open(const char *note, size_t len, const cstn_party_keys *keys,
		const cstn_negotiation *negotiation, const cstn_allocator *allocator,
		cstn_agreement **out, cstn_go_outcome *o);
void cstn_go_agreement_terms(const cstn_agreement *a, const char *json, size_t len,
		cstn_agreement **out, cstn_go_outcome *o);
void cstn_go_agreement_derive(const cstn_agreement *a, cstn_agreement *parent, cstn_agreement **out,
		cstn_go_outcome *o);
void cstn_go_agreement_get_body(
		const cstn_agreement *a, cstn_agreement_body *out, cstn_go_outcome *o);
void cstn_go_agreement_info(const cstn_agreement *a, int64_t now_us, cstn_agreement_info *out,
		cstn_go_outcome *o);
/* In and out: what is drafted keeps its texts. */
void cstn_go_agreement_draft(const cstn_agreement *a, uint32_t cured,
		const cstn_agreement *successor, cstn_transition *t, const char *reason,
		size_t reason_len, cstn_go_outcome *o);
/* *out may be set beside a failure. */
void cstn_go_agreement_apply(const cstn_agreement *a, const char *note, size_t len,
		const cstn_party_keys *keys, uint32_t cured, const cstn_agreement *successor,
		cstn_agreement **out, cstn_go_outcome *o);
/* The reason stays the agreement's. */
void cstn_go_agreement_transition(
		const cstn_agreement *a, size_t index, cstn_transition *out, cstn_go_outcome *o);
void cstn_go_agreement_serialize(const cstn_agreement *a, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_agreement_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_agreement **out, cstn_go_outcome *o);
void cstn_go_transition_text(const cstn_transition *t, const char *reason, size_t reason_len,
		const char *signer, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_transition_parse(const char *text, size_t len, cstn_transition *out,
		cstn_go_span *reason, cstn_go_outcome *o);

void cstn_go_agreements_new(
		const cstn_allocator *allocator, cstn_agreement_store **out, cstn_go_outcome *o);
void cstn_go_agreements_put(cstn_agreement_store *store, const cstn_agreement *a, int64_t now_us,
		cstn_agreement **out, cstn_go_outcome *o);
void cstn_go_agreements_find(const cstn_agreement_store *store, const char *provider,
		const char *recipient, const char *constellation, const uint8_t *terms,
		int64_t now_us, cstn_agreement **out, cstn_go_outcome *o);
void cstn_go_agreements_range(const cstn_agreement_store *store, const char *provider,
		const char *recipient, const char *constellation, size_t *first, size_t *count,
		cstn_go_outcome *o);
void cstn_go_agreements_get(const cstn_agreement_store *store, const uint8_t *digest,
		cstn_agreement **out, cstn_go_outcome *o);
/* One more reference to the one at a place; NULL past the end. */
cstn_agreement *cstn_go_agreements_at(const cstn_agreement_store *store, size_t index);
void cstn_go_agreements_apply(cstn_agreement_store *store, const char *note, size_t len,
		const cstn_party_keys *keys, uint32_t cured, cstn_agreement **out,
		cstn_go_outcome *o);
void cstn_go_agreements_serialize(
		const cstn_agreement_store *store, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_agreements_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_agreement_store **out, cstn_go_outcome *o);

void cstn_go_receipt_text(const cstn_receipt *r, const char *party, size_t party_len,
		const char *detail, size_t detail_len, const char *signer, cstn_buffer **out,
		cstn_go_outcome *o);
/* A signed note with keys; a bare text with NULL. */
void cstn_go_receipt_read(const char *text, size_t len, const cstn_party_keys *keys,
		cstn_receipt *out, cstn_go_span *party, cstn_go_span *detail, cstn_go_outcome *o);

void cstn_go_waiver_text(const cstn_waiver *w, const char *party, size_t party_len,
		const char *detail, size_t detail_len, const char *signer, cstn_buffer **out,
		cstn_go_outcome *o);
/* A signed note with keys; a bare text with NULL. */
void cstn_go_waiver_read(const char *text, size_t len, const cstn_party_keys *keys,
		cstn_waiver *out, cstn_go_span *party, cstn_go_span *detail, cstn_go_outcome *o);

#endif
