#ifndef CSTN_STORE_DEATHS_H
#define CSTN_STORE_DEATHS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/dead_rows.h"
#include "store/memory.h"

/* The dead rows of a segment while the store is open: one small hash table for each 65,536 rows,
 * made at its first death. Rows die once and never rise. One writer, readers without a lock; what
 * a reader at sequence number S sees are the deaths with seq <= S. */
#define CSTN__DEATH_PAGE_ROWS 65536u
typedef struct cstn__death_slot {
	_Atomic uint32_t row; /* within the page, + 1; 0: empty */
	uint32_t reserved;
	uint64_t seq;
	int64_t until_us;
} cstn__death_slot;
typedef struct cstn__death_page {
	uint32_t mask;
	_Atomic uint32_t used;
	cstn__death_slot slots[];
} cstn__death_page;
typedef struct cstn__deaths {
	cstn_allocator allocator;
	cstn__death_page *_Atomic *pages;
	uint32_t *reserved; /* by page: deaths promised room beyond `used` */
	size_t n_pages;
	uint64_t count;
	cstn__retired retired;
} cstn__deaths;
cstn_status cstn__deaths_init(cstn__deaths *deaths, uint64_t rows, const cstn_allocator *allocator,
		cstn_error **error);
void cstn__deaths_free(cstn__deaths *deaths);
cstn_status cstn__deaths_reserve(cstn__deaths *deaths, uint32_t row, cstn_error **error);
void cstn__deaths_cancel(cstn__deaths *deaths);
/* Reserve and add at once. */
cstn_status cstn__deaths_put(cstn__deaths *deaths, uint32_t row, uint64_t seq, int64_t until_us,
		cstn_error **error);
/* 1 if the row was alive. Needs a reserved place then. */
int cstn__deaths_add(cstn__deaths *deaths, uint32_t row, uint64_t seq, int64_t until_us);
/* The death of a row by any transaction, or NULL. */
const cstn__death_slot *cstn__deaths_find(const cstn__deaths *deaths, uint32_t row);
/* All deaths with seq <= `seq`, rows ascending; a block of `*capacity` entries. */
cstn_status cstn__deaths_list(const cstn__deaths *deaths, uint64_t seq, cstn__dead_row **out,
		size_t *n, size_t *capacity, cstn_error **error);

#endif
