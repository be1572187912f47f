#ifndef CSTN_SHARING_AGREEMENT_H
#define CSTN_SHARING_AGREEMENT_H

#include <stdatomic.h>

#include <constellation/agreement.h>

#include "base/alloc.h"
#include "sharing/json_fields.h"

#define CSTN__DIGEST CSTN_TERMS_DIGEST_SIZE

/* The signed note of a body, shared by all states of its agreement. */
typedef struct cstn__signed_body {
	cstn_allocator memory;
	atomic_size_t references;
	size_t size; /* of the block */
	char provider[CSTN_ID_MOST + 1], recipient[CSTN_ID_MOST + 1],
			constellation[CSTN_ID_MOST + 1], condition[CSTN_CONDITION_MOST + 1];
	cstn_agreement_body body; /* its texts are those above */
	uint8_t digest[CSTN__DIGEST];
	size_t note_len;
	char note[];
} cstn__signed_body;

/* The signed note of a transition, shared alike. */
typedef struct cstn__signed_transition {
	cstn_allocator memory;
	atomic_size_t references;
	size_t size;
	cstn_transition transition; /* its reason is in the note */
	uint8_t digest[CSTN__DIGEST];
	size_t note_len;
	char note[];
} cstn__signed_transition;

/* What a chain has come to. */
typedef struct cstn__chain {
	int32_t state;               /* after the last transition; clock events are computed */
	int32_t from_active;         /* of RETIRING */
	int32_t cause, suspended_by; /* of SUSPENDED */
	int64_t effective_us;        /* of RETIRING */
	int64_t ended_us;
	int64_t last_us; /* the latest instant of the chain */
} cstn__chain;

struct cstn_agreement {
	cstn_allocator memory;
	atomic_size_t references;
	cstn__signed_body *body;
	cstn_agreement *parent; /* NULL: none, or not linked */
	cstn_term_set *terms;   /* NULL: not given */
	cstn__chain chain;
	uint64_t seen; /* the greatest seq of the chain that was shown */
	int32_t split; /* two successors were shown */
	int32_t depth; /* parents above it */
	size_t n;
	cstn__signed_transition *transitions[];
};

/* The chain with the clock events that are due at an instant. */
cstn__chain cstn__chain_at(
		const cstn_agreement_body *body, const cstn__chain *chain, int64_t now_us);
int cstn__state_is_terminal(int32_t state);

/* Check an act and fill in what follows from the chain; *after is the chain behind it. With `trust`
 * who may do it is not looked at again. */
cstn_status cstn__chain_step(const cstn_agreement *agreement,
		const cstn_transition_options *options, int trust, cstn_transition *transition,
		cstn__chain *after, cstn_error **error);

/* A copy with room for one more transition (NULL: none), which is referenced. NULL without memory.
 */
cstn_agreement *cstn__agreement_copy(
		const cstn_agreement *from, cstn__signed_transition *transition);
cstn_status cstn__signed_transition_new(const char *note, size_t len, size_t text_len,
		const cstn_allocator *memory, cstn__signed_transition **out, cstn_error **error);
void cstn__signed_transition_unref(cstn__signed_transition *transition);
/* As cstn_agreement_derive(), but for terms, which were looked at before. */
cstn_status cstn__agreement_link(const cstn_agreement *agreement, cstn_agreement *parent,
		cstn_agreement **out, cstn_error **error);
/* No signature is looked at. */
cstn_status cstn__agreement_new(const char *note, size_t len, const cstn_allocator *memory,
		cstn_agreement **out, cstn_error **error);

const uint8_t *cstn__agreement_last(const cstn_agreement *agreement);
int cstn__digest_is_zero(const uint8_t *digest);

extern const char *const cstn__agreement_states[8]; /* from CSTN_AGREEMENT_PENDING */
extern const char *const cstn__transition_events[6];
extern const char *const cstn__causes[5]; /* from CSTN_CAUSE_NONE */

/* An agreement as a tree of JSON; NULL without memory. And back: fails as `fields` does. */
json_t *cstn__agreement_to_json(const cstn_agreement *agreement);
cstn_agreement *cstn__agreement_from_json(cstn__fields *fields, const cstn_allocator *memory);

#endif
