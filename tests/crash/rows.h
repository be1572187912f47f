#ifndef TESTS_CRASH_ROWS_H
#define TESTS_CRASH_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "store/derived.h"
#include "store/store.h"

/* The tables that the tests of the store use, and rows that follow from a key number and a nonce:
 * a keyed table whose rows have child rows, a keyed table with a key of two columns, and an
 * append-only one. */
#define ROWS_ORDERS 1u
#define ROWS_STOCK 2u
#define ROWS_EVENTS 3u
#define ROWS_TABLES 3u

extern const cstn__store_schema rows_schema;

typedef struct row_spec {
	uint32_t key;   /* which row; text and numbers of the key follow from it */
	uint32_t nonce; /* which content */
	int64_t recorded_us;
} row_spec;

/* A batch of rows of one table, and the hash of each row's content. `keys_only` 1: what a delete
 * takes, the key columns and the recorded one. */
typedef struct row_batch {
	cstn__store_batch batch;
	uint64_t *hashes;
	void *memory[24];
	size_t n_memory;
	cstn__values columns[8];
	uint32_t ids[8];
} row_batch;
void row_batch_make(row_batch *out, uint32_t table, const row_spec *specs, size_t n, int keys_only);
void row_batch_free(row_batch *batch);

/* Columns to ask a scan for, in the order row_hash() takes them: all of the table, then the
 * sequence number. */
const uint32_t *rows_columns(uint32_t table, size_t *n);
/* The hash of row `row` of a chunk that was asked for rows_columns(), without its sequence number.
 */
uint64_t row_hash(
		uint32_t table, const cstn__values *columns, const uint32_t *starts, uint64_t row);
/* Derived columns of rows: the hash of the row, and in a table with child rows a number for each of
 * them, under two rules. */
#define ROWS_RULES 2u
extern const cstn__derived_kind rows_derived[ROWS_RULES];
/* Make the files of a table; `again` 1: also those that are there. */
cstn_status rows_derive(cstn__store *store, uint32_t table, uint32_t rule, int again,
		uint32_t most_digests, cstn_error **error);
/* What the rule says of a row's hash. */
static inline int64_t rows_derive_one(uint32_t rule, uint64_t hash)
{
	return (int64_t)(hash >> 8) * (int64_t)(rule + 1);
}
/* The key columns of one key, for a look-up. */
typedef struct row_key {
	cstn__values values[2];
	uint32_t offsets[2];
	int64_t number;
	char text[16];
	size_t n;
} row_key;
void row_key_make(row_key *out, uint32_t table, uint32_t key);

#endif
