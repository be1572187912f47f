#ifndef CSTN_CUSTOMER_CODES_H
#define CSTN_CUSTOMER_CODES_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/map.h"
#include "segment/customers_named.h"

/* An id: a number, or text with its length; both compare in the order of the output. */
typedef struct cstn__stage_id {
	int64_t number; /* or the address of the text */
	uint32_t len;
	uint32_t reserved;
} cstn__stage_id;

/* Ids or references as dense codes. */
typedef struct cstn__codes {
	int32_t is_text;
	int32_t reserved;
	cstn__i64_map numbers;
	CSTN__ARRAY(int64_t) values; /* of numbers, by code */
	cstn__interner texts;
} cstn__codes;
void cstn__codes_init(cstn__codes *codes, int is_text, const cstn_allocator *allocator);
uint32_t cstn__codes_number(cstn__codes *codes, int64_t number); /* UINT32_MAX: out of memory */
size_t cstn__codes_count(const cstn__codes *codes);
/* Number of a code, or its text's address. */
cstn__stage_id cstn__codes_id(const cstn__codes *codes, uint32_t code);
/* The code of an id that other codes gave; UINT32_MAX: out of memory. */
uint32_t cstn__codes_same(cstn__codes *codes, cstn__stage_id id);
void cstn__codes_free(cstn__codes *codes);

/* Bits of those codes that a stream (column `customer`; moved from, also on failure) names, of a
 * type, or 0: of any. Freed with cstn__gone_size(count) bytes. */
cstn_status cstn__codes_gone(const cstn__codes *codes, int32_t type,
		const cstn_allocator *allocator, struct ArrowArrayStream *customers,
		uint64_t **gone, cstn_error **error);

/* All codes in the order of their ids, count + 1 places, to be freed; NULL: out of memory. */
uint32_t *cstn__codes_order(const cstn__codes *codes, const cstn_allocator *allocator);

int cstn__id_compare(int is_text, int64_t a, uint32_t a_len, int64_t b, uint32_t b_len);

/* Things of customers, in the order of the customers' ids. */
typedef struct cstn__grouping {
	uint32_t *codes;  /* of customers, sorted by id */
	uint32_t *starts; /* first thing of each place in `order`; one more at the end */
	uint32_t *order;  /* things by the place of their customer, as they stood */
	size_t n;         /* customers */
	size_t n_items;
} cstn__grouping;
/* A counting sort of n things of `size` bytes, whose customer's code is a uint32_t at `customer` in
 * each. 0, or -1 when out of memory. Freed with cstn__grouping_free() in either case. */
int cstn__grouping_make(cstn__grouping *grouping, const cstn__codes *codes, const void *items,
		size_t n, size_t size, size_t customer, const cstn_allocator *allocator);
void cstn__grouping_free(cstn__grouping *grouping, const cstn_allocator *allocator);

#endif
