#ifndef CSTN_GO_BRIDGE_SHARING_H
#define CSTN_GO_BRIDGE_SHARING_H

/* What a network keeps of the sharing of data. It is a part of bridge.h, which includes it. */

void cstn_go_put_agreement(cstn_transaction *transaction, const char *party,
		const cstn_agreement *agreement, const cstn_vocabulary *words, int64_t now_us,
		cstn_go_outcome *o);
/* A signed note: an override, a receipt (kind 1) or a waiver (kind 2). */
void cstn_go_put_note(cstn_transaction *transaction, const char *note, size_t len, int32_t kind,
		int64_t now_us, cstn_go_outcome *o);
/* `digests`: of the agreement, of the term, and of the release or zeros. */
void cstn_go_put_duty(cstn_transaction *transaction, const char *party, const uint8_t *digests,
		uint32_t index, uint32_t consequence, int32_t state, int64_t deadline_us,
		int64_t now_us, cstn_go_outcome *o);
void cstn_go_put_consideration(cstn_transaction *transaction, const char *party,
		const uint8_t *digests, uint32_t index, int32_t state, int64_t due_us,
		int64_t now_us, cstn_go_outcome *o);
/* `parties` is a block of n texts. */
void cstn_go_put_conflict_set(cstn_transaction *transaction, const char *constellation,
		const char *id, const char *parties, size_t n, int64_t now_us, cstn_go_outcome *o);

/* All three names, or none. */
void cstn_go_rules_load(cstn_snapshot *snapshot, const char *constellation, const char *provider,
		const char *recipient, const cstn_vocabulary *words,
		const cstn_allocator *allocator, cstn_rules **out, cstn_go_outcome *o);
void cstn_go_agreements_load(
		cstn_agreement_store *store, cstn_snapshot *snapshot, cstn_go_outcome *o);
void cstn_go_sharing_table(cstn_snapshot *snapshot, int32_t what, int64_t now_us,
		struct ArrowArrayStream **out, cstn_go_outcome *o);

#endif
