#ifndef CSTN_GO_BRIDGE_DECISION_H
#define CSTN_GO_BRIDGE_DECISION_H

/* Rules, requests and decisions. It is a part of bridge.h, which includes it. Blocks are texts one
 * behind the other, each with its NUL. */

/* `purposes` holds 2 texts each, the purpose and its parent or "". */
void cstn_go_words_new(const char *purposes, size_t n_purposes, const char *roles, size_t n_roles,
		const char *paths, const uint32_t *classes, size_t n_paths, const char *operands,
		const int32_t *types, size_t n_operands, cstn_vocabulary **out, cstn_go_outcome *o);

void cstn_go_rules_builder_new(
		const cstn_allocator *allocator, cstn_rules_builder **out, cstn_go_outcome *o);
void cstn_go_rules_build(cstn_rules_builder *builder, cstn_rules **out, cstn_go_outcome *o);
/* `floors`: contributors, max_share_permille, min_age_us, rows, wall_us, values, t_permille. */
void cstn_go_rules_add_constellation(cstn_rules_builder *builder, const char *constellation,
		const char *framework, cstn_vocabulary *words, const int64_t *floors,
		cstn_go_outcome *o);
void cstn_go_rules_add_membership(cstn_rules_builder *builder, const char *constellation,
		const char *party, const char *roles, size_t n_roles, int64_t from_us,
		int64_t until_us, cstn_go_outcome *o);
void cstn_go_rules_add_relation(cstn_rules_builder *builder, const char *constellation,
		const char *declarer, const char *other, int32_t relation, int64_t from_us,
		int64_t until_us, cstn_go_outcome *o);
/* `digests`: of the agreement and of its parent; `times`: signed, valid from, valid until,
 * effective; `terms` addresses of terms; `term_parents` 32 bytes a term, or NULL. */
void cstn_go_rules_add_agreement(cstn_rules_builder *builder, const char *constellation,
		const char *provider, const char *recipient, const uint8_t *digests, int32_t state,
		uint32_t flags, const int64_t *times, const uintptr_t *terms,
		const uint8_t *term_parents, size_t n, cstn_go_outcome *o);
void cstn_go_rules_add_signed(cstn_rules_builder *builder, const cstn_agreement *agreement,
		const cstn_term_set *terms, const uint8_t *term_parents, cstn_go_outcome *o);
/* `digests`: of the agreement and of the term; `used`: calls, rows, rows in all, nano-epsilon. */
void cstn_go_rules_add_usage(cstn_rules_builder *builder, const uint8_t *digests, int64_t at_us,
		const uint64_t *used, cstn_go_outcome *o);
/* A duty; with `consideration` a consideration, due at `at_us`. */
void cstn_go_rules_add_state(cstn_rules_builder *builder, const uint8_t *digests,
		int32_t consideration, uint32_t index, int32_t state, int64_t at_us,
		cstn_go_outcome *o);
void cstn_go_rules_add_conflict_set(cstn_rules_builder *builder, const char *constellation,
		const char *parties, size_t n, cstn_go_outcome *o);
void cstn_go_rules_add_delivery(cstn_rules_builder *builder, const char *constellation,
		const char *provider, const char *recipient, uint32_t classes, int64_t at_us,
		cstn_go_outcome *o);
void cstn_go_rules_add_override(cstn_rules_builder *builder, const char *note, size_t len,
		const cstn_party_keys *keys, cstn_go_outcome *o);
void cstn_go_override_format(int32_t level, const char *constellation, const char *provider,
		const char *recipient, const char *paths, size_t n, int64_t from_us,
		int64_t until_us, cstn_buffer **out, cstn_go_outcome *o);

/* A request. `names`: constellation, provider, recipient, purpose, role or "", then the paths and
 * the hops; `times`: data from, data until, now. */
typedef struct cstn_go_request {
	uint32_t flags, action;
	int32_t level, reserved0;
	size_t n_paths, n_hops;
	int64_t times[3];
	uint64_t rows, nano_epsilon;
	uint8_t nonce[16];
} cstn_go_request;
void cstn_go_request_new(const cstn_go_request *request, const char *names,
		const cstn_go_facts *given, cstn_request **out, cstn_go_outcome *o);
/* Decide, and give the record with its digest. */
void cstn_go_decide(cstn_rules *rules, const cstn_go_request *request, const char *names,
		const cstn_go_facts *given, cstn_decision **out, cstn_buffer **record,
		uint8_t *digest, cstn_go_outcome *o);
void cstn_go_decision_explain(const cstn_decision *decision, cstn_buffer **out, cstn_go_outcome *o);
/* The request that would pass, as JSON. */
void cstn_go_decision_suggest(const cstn_decision *decision, cstn_buffer **out, cstn_go_outcome *o);

#endif
