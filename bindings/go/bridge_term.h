#ifndef CSTN_GO_BRIDGE_TERM_H
#define CSTN_GO_BRIDGE_TERM_H

/* Terms of sharing data. It is a part of bridge.h, which includes it. */

void cstn_go_term_read(const char *json, size_t len, uint32_t flags,
		const cstn_allocator *allocator, cstn_term **out, cstn_go_outcome *o);
void cstn_go_term_text(const cstn_term *term, cstn_buffer **out, cstn_go_outcome *o);
/* `vocabulary` may be NULL here and for sets. */
void cstn_go_term_is_within(const cstn_term *derived, const cstn_term *parent,
		const cstn_vocabulary *vocabulary, int32_t *within, int32_t *component,
		cstn_go_outcome *o);
void cstn_go_term_is_realizable(const cstn_term *term, const cstn_vocabulary *vocabulary,
		int32_t *is, int32_t *unknown, cstn_go_outcome *o);

/* `terms` holds n addresses of terms. */
void cstn_go_term_set_new(const uintptr_t *terms, size_t n, const cstn_allocator *allocator,
		cstn_term_set **out, cstn_go_outcome *o);
void cstn_go_term_set_read(const char *json, size_t len, uint32_t flags,
		const cstn_allocator *allocator, cstn_term_set **out, cstn_go_outcome *o);
void cstn_go_term_set_is_within(const cstn_term_set *derived, const cstn_term_set *parent,
		const cstn_vocabulary *vocabulary, int32_t *within, size_t *index,
		int32_t *component, cstn_go_outcome *o);
/* `actions`: a block of n_actions texts. */
void cstn_go_offer_check(const cstn_term_set *set, uint32_t flags,
		const cstn_vocabulary *vocabulary, const char *actions, size_t n_actions,
		cstn_offer_defects **defects, cstn_go_outcome *o);
/* One more reference to a term of the set. */
cstn_term *cstn_go_term_set_take(const cstn_term_set *set, size_t index);

#endif
