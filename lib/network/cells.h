#ifndef CSTN_NETWORK_CELLS_H
#define CSTN_NETWORK_CELLS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "network/noun.h"

/* The values of a record. Numbers of every type are int64, doubles as their bits. */
typedef struct cstn__cell {
	int64_t number;
	const char *text; /* NUL after len bytes */
	uint32_t len;
	uint32_t valid;
} cstn__cell;

struct cstn_record {
	cstn_allocator allocator;
	atomic_size_t references;
	const cstn__noun *noun;
	uint64_t seq;
	size_t n_lines;
	size_t size;       /* of its memory: this, the cells, the texts */
	cstn__cell *cells; /* n_fields of the record, then n_fields a line; unused ones invalid */
	char *texts;       /* where the next one goes */
};

/* A record without values, with room for texts of so many bytes, each text's NUL included. */
cstn_status cstn__record_new(const cstn__noun *noun, size_t n_lines, size_t text_bytes,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error);

/* The cell of a field: of the record itself, or of a line from 0. */
static inline cstn__cell *cstn__record_cell(const cstn_record *record, size_t line, uint32_t field)
{
	return &record->cells[(line == CSTN_NO_LINE ? 0 : line + 1) * record->noun->n_fields +
			      field];
}

/* Copy a text into the room that the record has for texts. */
void cstn__record_set_text(cstn_record *record, cstn__cell *cell, const char *text, size_t len);

/* Check one pair: 0, or a CSTN_ROW_ code and which of the two fields it speaks of. Not for
 * UNIQUE_LINE. */
int32_t cstn__cross_check(const cstn__noun *noun, const cstn__cross *cross, const cstn__cell *a,
		const cstn__cell *b, uint32_t *field);
/* What is said of a broken pair: the value of the field it speaks of, with the other field and its
 * value in brackets; "" if there is no value. The length. */
#define CSTN__CROSS_TEXT 320
size_t cstn__cross_text(const cstn__noun *noun, const cstn__cross *cross, uint32_t field,
		const cstn__cell *a, const cstn__cell *b, char buffer[CSTN__CROSS_TEXT]);
/* ... and the rule in words that follow the value; NULL: those of the code. */
const char *cstn__cross_words(const cstn__cross *cross, int32_t code);

#endif
