#ifndef CSTN_TABLE_IDS_H
#define CSTN_TABLE_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/map.h"
#include "table/column.h"

/* Ids to numbers 0, 1, 2, .. in order of first sight; a dense id is its own number. */
#define CSTN__IDS_NONE UINT32_MAX
#define CSTN__IDS_TEXT_MOST 64

typedef struct cstn__ids {
	cstn_allocator allocator;
	int32_t type; /* 0 not known yet, CSTN_TYPE_INT64, CSTN_TYPE_TEXT */
	int32_t dense;
	size_t count; /* of dense ids the greatest + 1 */
	CSTN__ARRAY(int64_t) numbers;
	uint64_t *slots; /* tag << 32 | number + 1; 0: empty */
	size_t capacity;
	cstn__interner texts;
	size_t next; /* behind the last one of a column of them */
} cstn__ids;

void cstn__ids_init(cstn__ids *ids, const cstn_allocator *allocator, int32_t dense);
void cstn__ids_free(cstn__ids *ids);

/* The number of an id; CSTN__IDS_NONE when out of memory. */
uint32_t cstn__ids_of_i64(cstn__ids *ids, int64_t id);
uint32_t cstn__ids_of_text(cstn__ids *ids, const char *text, size_t len);
/* n <= 1024 at once; 0, or -1 when out of memory. */
int cstn__ids_block(cstn__ids *ids, const int64_t *id, int32_t n, uint32_t *out);
/* CSTN__IDS_NONE if absent. */
uint32_t cstn__ids_find_i64(const cstn__ids *ids, int64_t id);
uint32_t cstn__ids_find_text(const cstn__ids *ids, const char *text, size_t len);
/* The id that `from` has as `number`, in `ids`. */
uint32_t cstn__ids_same(cstn__ids *ids, const cstn__ids *from, uint32_t number);
uint32_t cstn__ids_find_same(const cstn__ids *ids, const cstn__ids *from, uint32_t number);

int64_t cstn__ids_number(const cstn__ids *ids, uint32_t number);
/* Its text; a number's digits stand in `room`. */
const char *cstn__ids_text(const cstn__ids *ids, uint32_t number, char room[24], size_t *len);

/* A row error of a row that is of the id with this number. */
cstn_status cstn__ids_refuse(const cstn__ids *ids, uint32_t number, cstn__row_sink *sink,
		uint64_t row, int32_t field, const char *column, int32_t code);

/* Rows of a column of ids, n <= 1024, with bad ones marked and told (null, not UTF-8, longer than
 * CSTN__IDS_TEXT_MOST, empty, a dense id from `limit` on): numbers of the others to `out`. */
typedef struct cstn__id_rows {
	const cstn__column *column;
	int64_t start;
	int32_t n;
	uint64_t first_row;
	int64_t limit;
	uint64_t *bad;
	cstn__row_sink *sink;
} cstn__id_rows;
cstn_status cstn__ids_read(cstn__ids *ids, const cstn__id_rows *rows, uint32_t *out);

/* The same of a column that may be null: a null is CSTN__IDS_NONE. */
cstn_status cstn__ids_read_some(cstn__ids *ids, const cstn__id_rows *rows, uint32_t *out);

static inline int cstn__ids_can_be(int32_t type)
{
	return type == CSTN_TYPE_INT64 || type == CSTN_TYPE_TEXT;
}

/* All numbers in the order of their ids; and the place of each number in that order, of number 0
 * also where there are no ids. To be freed with count * 4 bytes (at least 4), or as here while no
 * ids have come. NULL: out of memory. */
uint32_t *cstn__ids_order(const cstn__ids *ids);
uint32_t *cstn__ids_ranks(const cstn__ids *ids);
void cstn__ids_list_free(const cstn__ids *ids, uint32_t *list);

/* Ids as bytes, in their order. */
typedef struct cstn__last_id {
	int has;
	int64_t number;
	const uint8_t *text;
	size_t len;
} cstn__last_id;
void cstn__id_put(cstn__bytes *out, const cstn__ids *ids, uint32_t number);
/* -1: not an id of that type, below `limit` if that is not 0, or before the last; 0 the same as the
 * last, 1 after it. */
int cstn__id_read(cstn__reader *in, const cstn__ids *ids, int64_t limit, cstn__last_id *last);
/* The number of an id that was read; CSTN__IDS_NONE when out of memory. */
uint32_t cstn__id_intern(cstn__ids *ids, const cstn__last_id *id);
/* Reads an id that has to come after the last, and names it: 0, -1 not such an id, -2 out of
 * memory. */
int cstn__id_read_next(cstn__reader *in, cstn__ids *ids, cstn__last_id *last);
/* A varint as it is written, no byte longer. 0 or -1. */
int cstn__read_varint(cstn__reader *in, uint64_t *out);

#endif
