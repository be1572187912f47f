#ifndef CSTN_TABLE_CSV_INDEX_H
#define CSTN_TABLE_CSV_INDEX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <constellation/status.h>

#include "base/alloc.h"

/* Bytes that may be read before and after the text that is indexed and parsed. */
#define CSTN__CSV_PADDING 64

#define CSTN__CSV_FIELD_MAX ((size_t)1 << 20)
#define CSTN__CSV_ROW_MAX ((size_t)16 << 20)
#define CSTN__CSV_COLUMNS_MAX 1024

/* Eight bytes, the first one lowest. */
static inline uint64_t cstn__csv_load64(const uint8_t *text)
{
	uint64_t word;

	memcpy(&word, text, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* What the grammar is in before a byte. */
enum cstn__csv_state {
	CSTN__CSV_FIELD_START = 0, /* of a row, too */
	CSTN__CSV_UNQUOTED,
	CSTN__CSV_QUOTED,
	CSTN__CSV_QUOTE_SEEN, /* after a quote that closes, or is the first of two */
	CSTN__CSV_QUOTE_CR    /* after that and a carriage return */
};

typedef CSTN__ARRAY(uint32_t) cstn__csv_places;

/* A row that breaks a rule of the grammar. */
typedef struct cstn__csv_fault {
	uint32_t begin, end; /* the row's bytes, without its line end */
	int32_t code;        /* CSTN_ROW_FIELDS, CSTN_ROW_QUOTE, CSTN_ROW_LENGTH */
	uint32_t fields;     /* how many it has */
	uint32_t field;      /* which one is too long, or UINT32_MAX */
} cstn__csv_fault;

/* A part of the window, indexed by itself. Places are counted from the window's first byte. */
typedef struct cstn__csv_chunk {
	uint32_t begin, end;
	int start_state, end_state;
	uint64_t quotes; /* quote bytes */
	uint64_t lines;  /* line feed bytes, in quotes or not */
	uint64_t line;   /* physical line of the chunk's first byte */
	int ascii;       /* no byte above 127 */
	int pending;     /* to be indexed when the quotes before it are counted */
	/* items[0] is the place before the first field; items[1 + i] ends field i */
	cstn__csv_places positions;
	cstn__csv_places row_ends; /* numbers of those fields that end a row */
	cstn__csv_places quotes_bad;
	cstn__csv_places rows; /* numbers of the first fields of good rows */
	CSTN__ARRAY(cstn__csv_fault) faults;
	uint32_t next_field;         /* the first field of the next row to be sorted */
	size_t next_end, next_bad;   /* what of row_ends and quotes_bad was sorted */
	size_t next_row, next_fault; /* how far the reader has come */
	cstn_error *error;           /* reading stopped at `end` */
} cstn__csv_chunk;

void cstn__csv_chunk_free(const cstn_allocator *allocator, cstn__csv_chunk *chunk);

/* Quote bytes in [begin, end): parity says whether what follows is quoted. */
uint64_t cstn__csv_count(const uint8_t *data, size_t size, uint8_t byte, int simd);

/* The most likely state before `begin`, given that the number of quotes before it is odd or even.
 * Verified by whoever uses it: the chunk before must end in the state this one starts in. */
int cstn__csv_state_guess(
		const uint8_t *data, uint32_t begin, uint8_t delimiter, uint8_t quote, int odd);

/* Index chunk->begin .. chunk->end from chunk->start_state on. `data` is the window, padded on both
 * sides. `simd` as cstn__cpu_simd(); the result does not depend on it. CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__csv_index(const cstn_allocator *allocator, const uint8_t *data, uint8_t delimiter,
		uint8_t quote, int simd, cstn__csv_chunk *chunk);

/* After the index: forget the rows. Where `skip_head`, what ends at the first row end belongs to
 * the chunk before, even when it begins here: so a chunk needs nothing of its neighbour. */
void cstn__csv_chunk_begin_rows(cstn__csv_chunk *chunk, int skip_head);

/* Sort the rows that were not yet sorted into good ones (`rows`) and bad ones (`faults`). Empty
 * lines are no rows unless `columns` is 1. CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__csv_chunk_sort_rows(const cstn_allocator *allocator, const uint8_t *data,
		uint32_t columns, cstn__csv_chunk *chunk);

/* Append to `owner`, whose last row is not ended, the first row end of `chunk` and all before it;
 * everything when there is no row end. CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__csv_chunk_append_head(const cstn_allocator *allocator, cstn__csv_chunk *owner,
		const cstn__csv_chunk *chunk);

/* Where the row begins that the chunk does not end; the window's size if there is none. */
uint32_t cstn__csv_chunk_open_row(const cstn__csv_chunk *chunk);

/* Where the last quoted field begins, from a row start on: the one a missing quote leaves open. */
uint32_t cstn__csv_last_open_quote(const uint8_t *data, uint32_t begin, uint32_t end,
		uint8_t delimiter, uint8_t quote);

/* The end of the first row from `begin` on (the place of its line feed), or `end` when it is not
 * there. *state: before `begin`, and after. *bad: a quote at a wrong place. Byte by byte. */
uint32_t cstn__csv_row_end(const uint8_t *data, uint32_t begin, uint32_t end, uint8_t delimiter,
		uint8_t quote, int *state, int *bad);

#endif
