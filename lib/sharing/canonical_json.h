#ifndef CSTN_SHARING_CANONICAL_JSON_H
#define CSTN_SHARING_CANONICAL_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/alloc.h"

/* Refuse a fraction, and an integer that a double does not hold. */
#define CSTN__CANONICAL_INTEGERS UINT32_C(1)
/* The deepest nesting of lists and objects. */
#define CSTN__CANONICAL_DEPTH_MAX 64
/* The greatest integer in magnitude: 2^53 - 1. */
#define CSTN__CANONICAL_INTEGER_MAX INT64_C(9007199254740991)

/* The canonical text of a JSON value (RFC 8785), put behind what `out` holds. Integers beyond 2^53
 * - 1 are written as the double nearest to them, unless CSTN__CANONICAL_INTEGERS refuses them.
 * CSTN_E_FORMAT: a fraction or an integer that `flags` refuse; CSTN_E_LIMIT: nested too deep;
 * CSTN_E_NOMEM. After a failure `out` holds a part and is only to be freed. O(n log n). */
cstn_status cstn__canonical_json_write(
		const json_t *value, uint32_t flags, cstn__bytes *out, cstn_error **error);

/* A text as canonical JSON, quotes included. It is UTF-8. */
void cstn__canonical_json_put_text(cstn__bytes *out, const char *text, size_t len);

/* Read one JSON value of any kind, which takes the whole text. CSTN_E_FORMAT, with the byte offset
 * from 0, for a name given twice, a lone surrogate, bytes that are no UTF-8, nesting above 64, a
 * number beyond int64 or double, bytes after the end; CSTN_E_NOMEM. The tree is libc's memory;
 * json_decref() it. O(n). */
cstn_status cstn__canonical_json_read(
		const char *text, size_t len, json_t **out, cstn_error **error);

/* Where nesting goes deeper than so many levels; `len` if it does not. O(n). */
size_t cstn__canonical_json_deeper(const char *text, size_t len, int levels);

/* Where a value stands in the text that was read to `root`: the member `name` of the object
 * `holder`, or, with `name` NULL, the item `index` of the list `holder`. The byte where the value
 * begins; `len` if it is not there. With `holder` NULL: `root` itself. O(n). */
size_t cstn__canonical_json_offset(const char *text, size_t len, const json_t *root,
		const json_t *holder, const char *name, size_t index);

/* The first byte at which a text is not the canonical one of the tree that was read from it; `len`
 * if it is canonical. CSTN_E_NOMEM; or as cstn__canonical_json_write(). */
cstn_status cstn__canonical_json_differs(const char *text, size_t len, const json_t *root,
		uint32_t flags, size_t *at, cstn_error **error);

#endif
