#ifndef CSTN_SHARING_JSON_FIELDS_H
#define CSTN_SHARING_JSON_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <constellation/status.h>

#include "base/alloc.h"

/* --- writing ---------------------------------------------------------------------------------- */

/* An integer; beyond 2^53 - 1 in magnitude as decimal text. NULL without memory. */
json_t *cstn__json_of_i64(int64_t value);
/* Lower-case hexadecimal digits. NULL without memory. */
json_t *cstn__json_of_hex(const uint8_t *data, size_t size);
/* The canonical text of a tree, which is taken; NULL is out of memory. */
cstn_status cstn__json_to_buffer(
		json_t *tree, const cstn_allocator *memory, cstn_buffer **out, cstn_error **error);

/* --- reading ---------------------------------------------------------------------------------- */

/* An object of canonical JSON whose members are all known. A reader keeps its first failure,
 * CSTN_E_FORMAT with the byte or the field; after it, outputs are zeros and empty texts. */
typedef struct cstn__fields {
	json_t *root;         /* of cstn__fields_open() */
	const json_t *object; /* that is read */
	size_t read;          /* members looked at */
	cstn_status status;
	cstn_error **error;
} cstn__fields;

/* Reads the text; an object with the member "type" of this value. Close it always. */
void cstn__fields_open(cstn__fields *fields, const void *text, size_t len, const char *type,
		cstn_error **error);
/* An object inside it, to be read with the same status; closed with cstn__fields_leave(). */
cstn__fields cstn__fields_enter(cstn__fields *fields, const json_t *object);
void cstn__fields_leave(cstn__fields *fields, cstn__fields *inner);
/* A text of least..most bytes that a line of a note can hold, copied to room for most + 1. */
void cstn__fields_copy(
		cstn__fields *fields, const char *name, size_t least, size_t most, char *out);
/* The same of any length and content but U+0000, borrowed. */
const char *cstn__fields_text(cstn__fields *fields, const char *name, size_t *len);
void cstn__fields_i64(
		cstn__fields *fields, const char *name, int64_t least, int64_t most, int64_t *out);
void cstn__fields_hex(cstn__fields *fields, const char *name, uint8_t *out, size_t size);
void cstn__fields_word(cstn__fields *fields, const char *name, const char *const *words, size_t n,
		int32_t *out);
/* A list; NULL after a failure. */
const json_t *cstn__fields_list(cstn__fields *fields, const char *name, size_t *n);
void cstn__fields_fail(cstn__fields *fields, const char *name, const char *rule);
/* All members were looked at; gives what the tree took back. */
cstn_status cstn__fields_close(cstn__fields *fields);

#endif
