#ifndef CSTN_SHARING_NOTE_LINES_H
#define CSTN_SHARING_NOTE_LINES_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/status.h>

#include "base/alloc.h"

/* The text of a signed object: its type in the first line, then "name value" a line, in a fixed
 * order. A reader keeps its first failure, CSTN_E_FORMAT with the byte, so that only the end needs
 * a check; after it, outputs are zeros and empty texts. Numbers and digests are read only as they
 * are written. */
typedef struct cstn__lines {
	const char *begin, *at, *end;
	cstn_status status;
	cstn_error **error;
} cstn__lines;

void cstn__lines_open(cstn__lines *lines, const char *text, size_t len, const char *type,
		cstn_error **error);
/* A text of least..most bytes, borrowed. */
void cstn__lines_text(cstn__lines *lines, const char *name, size_t least, size_t most,
		const char **out, size_t *len);
/* The same, copied to room for most + 1 bytes. */
void cstn__lines_copy(cstn__lines *lines, const char *name, size_t least, size_t most, char *out);
void cstn__lines_i64(cstn__lines *lines, const char *name, int64_t *out);
void cstn__lines_hex(cstn__lines *lines, const char *name, uint8_t *out, size_t size);
/* One of n words; its number from 0. */
void cstn__lines_word(cstn__lines *lines, const char *name, const char *const *words, size_t n,
		int32_t *out);
/* Nothing may follow. */
cstn_status cstn__lines_end(cstn__lines *lines);

void cstn__lines_put_text(cstn__bytes *out, const char *name, const char *text, size_t len);
void cstn__lines_put_i64(cstn__bytes *out, const char *name, int64_t value);
void cstn__lines_put_hex(cstn__bytes *out, const char *name, const uint8_t *data, size_t size);

/* How many of a note's bytes are its text: all up to the last blank line. CSTN_E_FORMAT without. */
cstn_status cstn__note_text(const char *note, size_t note_len, size_t *len, cstn_error **error);

/* The same failure of what was read instead of given: CSTN_E_FORMAT. */
cstn_status cstn__fail_format(cstn_error **error);

/* The note of a text, which is freed, signed with one key. */
cstn_status cstn__sign_text(cstn_buffer *text, const char *signer, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_error **error);

/* Can it stand in a line of a note: UTF-8 without control bytes and line ends? */
int cstn__line_text_is_valid(const char *text, size_t len);
/* CSTN_E_INVALID_ARGUMENT unless it is an id: 1..64 bytes of such text. `what` for the message. */
cstn_status cstn__id_check(const char *id, size_t len, const char *what, cstn_error **error);
cstn_status cstn__id_check_text(const char *id, const char *what, cstn_error **error);

#endif
