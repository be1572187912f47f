#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <stdint.h>

#include "store/store.h"

/* A store with two tables: orders, keyed, with lines; events, append-only. */
enum { ORDERS = 1, EVENTS = 2 };
enum { ORDER_ID = 16, RECORDED = 17, STATUS = 18, NOTE = 19, ITEM = 20, QUANTITY = 21, EXTRA = 22 };
enum { EVENT_ID = 16, EVENT_RECORDED = 17, EVENT_VALUE = 18 };
extern const cstn__store_schema store_schema;
extern const cstn__store_schema store_schema_wider; /* one column more */

/* Rows in the making; _batch() points into it. */
enum { MAX_ROWS = 64, MAX_LINES = 256, MAX_BYTES = 8192 };
typedef struct store_rows {
	uint64_t rows, lines;
	int64_t recorded[MAX_ROWS], status[MAX_ROWS], quantity[MAX_LINES];
	uint64_t note_valid[1];
	uint32_t children[MAX_ROWS];
	uint32_t id_offsets[MAX_ROWS + 1], note_offsets[MAX_ROWS + 1], item_offsets[MAX_LINES + 1];
	uint8_t ids[MAX_BYTES], notes[MAX_BYTES], items[MAX_BYTES];
	uint32_t column_ids[6];
	cstn__values values[6];
} store_rows;
void store_rows_clear(store_rows *rows);
/* Lines are items "i0", "i1", ... with the quantities status, status + 1, ... */
void store_rows_add(store_rows *rows, const char *id, int64_t recorded, int64_t status,
		const char *note, uint32_t lines);
cstn__store_batch store_rows_batch(store_rows *rows);
cstn__store_batch store_rows_keys(store_rows *rows); /* id and recorded, for deletes */

/* One-row conveniences; all assert success. */
uint64_t store_upsert(cstn__store *store, const char *id, int64_t recorded, int64_t status,
		uint32_t lines);
uint64_t store_delete(cstn__store *store, const char *id, int64_t recorded);
uint64_t store_event(cstn__store *store, int64_t id, int64_t recorded, int64_t value);
cstn_status store_try_upsert(cstn__store *store, const char *id, int64_t recorded, int64_t status,
		uint32_t lines, cstn_error **error);

/* The visible orders as text, "a=1 b=2+3" (id = status + number of lines), in the order of the
 * scan. The lines' items and quantities are checked on the way. */
const char *store_orders(cstn__snapshot *snapshot, int64_t as_of_us, char *out, size_t size);
/* The same of a fresh snapshot, now. */
const char *store_now(cstn__store *store, char *out, size_t size);
/* The status of an order, or INT64_MIN when there is none. */
int64_t store_find(cstn__snapshot *snapshot, const char *id, int64_t as_of_us);
uint64_t store_count(cstn__store *store, uint32_t table);
cstn__values store_text(const char *text, uint32_t offsets[2]);

/* n orders "o<first + i>" of `lines` lines in one transaction, for larger tests. */
cstn_status store_try_many(cstn__store *store, uint64_t first, uint64_t n, uint32_t lines,
		int64_t status, cstn_error **error);

#endif
