#ifndef TESTS_STORE_MAKER_H
#define TESTS_STORE_MAKER_H

#include <stddef.h>
#include <stdint.h>

#include "posix_folder.h"
#include "store/log.h"
#include "store/manifest.h"
#include "store/vfs.h"

/* A store put together file by file, without the engine: table 7 "orders" (keyed by text, with
 * child rows) in two segments of 3,000 and 500 rows, of which the first has dead rows 10 to 14 (10
 * was replaced by row 0 of the second, the others were deleted); table 300 "event" (append-only) in
 * one segment of 100 rows; a log with one upsert of two orders, one append of one event, and a
 * seal. */
#define MADE_SEGMENT_1 3
#define MADE_SEGMENT_2 4
#define MADE_EVENTS 5
#define MADE_DEAD 6
#define MADE_LOG 7
#define MADE_ORDERS_1 3000
#define MADE_ORDERS_2 500
#define MADE_EVENT_ROWS 100
#define MADE_DEAD_ROWS 5
#define MADE_LAST_SEQ 40 /* in segments; 41 and 42 are in the log */
#define MADE_MANIFEST 9
extern const uint8_t made_uuid[16];
extern const cstn__store_schema made_schema;

typedef struct store_maker {
	cstn__vfs_posix posix;
	cstn__vfs *vfs;
	posix_folder folder;
	char path[512]; /* of the store */
} store_maker;
void store_maker_make(store_maker *maker);
void store_maker_remove(store_maker *maker);
/* Path of a file of the store. */
const char *store_maker_file(store_maker *maker, uint32_t kind, uint64_t file_no, char out[768]);

/* A whole file, freed with free(); its length in `size`. */
uint8_t *read_file(const char *path, size_t *size);
void write_file(const char *path, const void *data, size_t size);
/* Flip a bit of a file. */
void flip_bit(const char *path, size_t byte, int bit);

#endif
