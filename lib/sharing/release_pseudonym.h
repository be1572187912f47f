#ifndef CSTN_SHARING_RELEASE_PSEUDONYM_H
#define CSTN_SHARING_RELEASE_PSEUDONYM_H

#include <constellation/constraint.h>

#include "sharing/release_view.h"

#define CSTN__PSEUDONYM_SIZE 16
#define CSTN__PSEUDONYM_KEY 32

/* Tokens in place of the values of one field, for one recipient and purpose. */
typedef struct cstn__pseudonym cstn__pseudonym;

/* Within a scope equal values have equal tokens. */
typedef struct cstn__pseudonym_scope {
	cstn_id constellation, recipient, purpose;
	int64_t epoch;
} cstn__pseudonym_scope;

/* `key` has CSTN__PSEUDONYM_KEY bytes. CSTN_E_SCHEMA naming the column for a type whose values have
 * no one way to be written. */
cstn_status cstn__pseudonym_new(const uint8_t *key, const cstn__pseudonym_scope *scope,
		const char *path, const char *column, const cstn__view_type *type,
		const cstn_allocator *allocator, cstn__pseudonym **out, cstn_error **error);
void cstn__pseudonym_free(cstn__pseudonym *pseudonym); /* NULL allowed */

/* The tokens of some rows (NULL: all n) as fixed-size binary; what is null stays null. */
cstn_status cstn__pseudonym_column(cstn__pseudonym *pseudonym, const cstn__view *view,
		const int64_t *rows, int64_t n, const cstn_allocator *allocator,
		struct ArrowArray *out, cstn_error **error);

#endif
