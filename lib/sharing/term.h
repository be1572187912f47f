#ifndef CSTN_SHARING_TERM_H
#define CSTN_SHARING_TERM_H

#include <stdatomic.h>

#include <constellation/term.h>

#include "base/alloc.h"
#include "sharing/shape.h"

struct cstn_term {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn__arena arena; /* holds what the view points to, and json */
	const cstn_term_view *view;
	cstn_constraint *constraint; /* NULL: none */
	const char *json;
	size_t json_len;
	uint8_t digest[CSTN_TERM_DIGEST_SIZE];
};

/* The structs of term.h as JSON; the view's is the whole term. */
extern const cstn__shape cstn__term_shape, cstn__consideration_shape, cstn__duty_shape,
		cstn__document_shape, cstn__step_shape, cstn__granularity_shape,
		cstn__data_window_shape, cstn__onward_shape, cstn__retention_shape,
		cstn__revocation_shape, cstn__limits_shape;

/* Words of numbers, for JSON and for text; "" where there is none. */
extern const char *const cstn__level_words[], *const cstn__action_words[];

/* The member of JSON that a component is; the first of two. */
const char *cstn__term_member(int32_t component);

/* A term of a view: checked, copied, sorted. Its condition is view->constraint, else what
 * view->constraint_json says. `component`: which one a CSTN_E_INVALID_ARGUMENT or
 * CSTN_E_LIMIT is of; 0: none. */
cstn_status cstn__term_new(const cstn_term_view *view, const cstn_allocator *allocator,
		cstn_term **out, int32_t *component, cstn_error **error);

/* Is a text in a list that is sorted? */
int cstn__texts_have(const char *const *list, size_t n, const char *text);

/* "30 days": a duration in the greatest unit that divides it. */
void cstn__duration_put_text(cstn__bytes *out, int64_t us);

/* Does each part of a view keep its rules? What is not set may be absent. CSTN_E_INVALID_ARGUMENT,
 * CSTN_E_LIMIT. */
cstn_status cstn__term_check(const cstn_term_view *view, int32_t component, cstn_error **error);
/* Is what is required set, and do the components go together? *component names the first that
 * fails. */
cstn_status cstn__term_check_whole(
		const cstn_term_view *view, int32_t *component, cstn_error **error);

/* The digest of canonical bytes: of a term or a set. */
void cstn__terms_digest(const void *json, size_t len, uint8_t out[CSTN_TERM_DIGEST_SIZE]);

#endif
