#ifndef CSTN_GO_BRIDGE_EVENT_PROOF_H
#define CSTN_GO_BRIDGE_EVENT_PROOF_H

/* Names and proofs of events. It is a part of bridge.h, which includes it. */

void cstn_go_epcis_hash(const uint8_t *json, size_t size, uint32_t flags, int64_t max_bytes,
		int32_t max_depth, const cstn_allocator *allocator, struct ArrowArrayStream **out,
		cstn_go_outcome *o);
void cstn_go_gs1_uri(const char *uri, size_t len, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_go_outcome *o);
/* Paths and values of the n fields follow one another in `text`; `ends` has where each ends, two a
 * field. */
void cstn_go_event_commit(const char *text, const uint64_t *ends, size_t n,
		const cstn_allocator *allocator, cstn_buffer **record, uint8_t *root,
		cstn_go_outcome *o);
void cstn_go_epcis_commit(const uint8_t *json, size_t size, uint64_t index,
		const cstn_allocator *allocator, cstn_buffer **record, uint8_t *root,
		cstn_go_outcome *o);
/* `paths` is a block of texts. */
void cstn_go_event_redact(const uint8_t *record, size_t size, const char *paths, size_t n,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_event_verify(const uint8_t *record, size_t size, const uint8_t *root,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o);

#endif
