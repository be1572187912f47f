#ifndef CSTN_LEDGER_NOTE_H
#define CSTN_LEDGER_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "ledger/note_key.h"

/* Key id, a witness's time, and the signature. */
#define CSTN__TIMED_SIGNATURE (CSTN__KEY_ID + 8 + CSTN__ED25519_SIGNATURE)
#define CSTN__PLAIN_SIGNATURE (CSTN__KEY_ID + CSTN__ED25519_SIGNATURE)

/* A signature line: "— name base64", without its line end. */
typedef struct cstn__signature_line {
	const char *line;
	size_t line_len;
	const char *name;
	size_t name_len;
	uint8_t bytes[CSTN__TIMED_SIGNATURE]; /* the first of them, key id first */
	size_t size;                          /* of all, which may be more */
} cstn__signature_line;

/* Read the line that begins at *at and move behind its end. 0, or -1 if it is malformed. */
int cstn__signature_line_read(const char **at, const char *end, cstn__signature_line *out);

/* Append a line of `size` bytes that begin with the key's id. */
struct cstn__bytes;
void cstn__signature_line_put(struct cstn__bytes *out, const cstn__note_key *key,
		const uint8_t *signature, size_t size);

/* What a witness signs: its time and the text of a checkpoint; in `message`. */
void cstn__cosigned_message(
		struct cstn__bytes *message, uint64_t time_s, const char *text, size_t len);

/* Read a note as cstn_note_open(); with `any`, also one that no key is known of. */
cstn_status cstn__note_read(const char *note, size_t note_len, const cstn__note_key *keys,
		size_t n_keys, int any, const cstn_allocator *memory, cstn_note **out,
		cstn_error **error);

/* The keys of `texts`, of memory that is freed with cstn__keys_free(); an error names the key. */
typedef struct cstn__note_keys {
	cstn_allocator memory;
	cstn__note_key *key;
	size_t n;
} cstn__note_keys;
cstn_status cstn__verifiers_read(const char *const *texts, size_t n, const cstn_allocator *memory,
		cstn__note_keys *out, cstn_error **error);
void cstn__keys_free(cstn__note_keys *keys);

#endif
