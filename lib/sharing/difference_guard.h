#ifndef CSTN_SHARING_DIFFERENCE_GUARD_H
#define CSTN_SHARING_DIFFERENCE_GUARD_H

#include <constellation/privacy.h>

#include "base/alloc.h"
#include "base/map.h"

#define CSTN__GUARD_NAME_MOST 255
#define CSTN__NO_COMPANY UINT32_MAX
/* UTF-8 text of 1 to 255 bytes. */
int cstn__guard_name_is_valid(const char *text, size_t len);

/* A set of rows as a bitmap: its words that are not 0, with their places. */
typedef struct cstn__row_set {
	uint64_t rows;
	size_t n;
	uint32_t *place; /* ascending; row = 64 place + bit */
	uint64_t *word;
} cstn__row_set;
/* `rows` are n row numbers below 2^32 in ascending order, each once. 0, or -1: out of memory. */
int cstn__row_set_make(cstn__row_set *out, const uint64_t *rows, size_t n,
		const cstn_allocator *allocator);
void cstn__row_set_free(cstn__row_set *set, const cstn_allocator *allocator);
/* 1 if each row of `small` is in `large`. */
int cstn__row_set_is_within(const cstn__row_set *small, const cstn__row_set *large);

struct cstn_difference_guard {
	cstn_allocator allocator;
	char *recipient, *data_set;
	size_t recipient_len, data_set_len;
	cstn__interner companies;
	CSTN__ARRAY(uint32_t) company_of; /* of each row that is in a cell; CSTN__NO_COMPANY else */
	CSTN__ARRAY(cstn__row_set) cells;
};

/* What a pair of cells must not leave between them. */
typedef struct cstn__difference_rule {
	int64_t k, companies; /* 0: no rule of companies */
	uint32_t recipient;   /* the company that does not count; CSTN__NO_COMPANY: none */
	uint32_t reserved;
	const uint32_t *company_of; /* by row number */
} cstn__difference_rule;
/* 1 if one of two sets contains the other and what is between them breaks the rule: *found is then
 * what it has, *needed what it should have. `seen` has room for a byte a company, all 0 before and
 * after. */
int cstn__difference_shows(const cstn__row_set *a, const cstn__row_set *b,
		const cstn__difference_rule *rule, uint8_t *seen, int64_t *found, int64_t *needed);

#endif
