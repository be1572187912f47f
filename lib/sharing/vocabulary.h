#ifndef CSTN_SHARING_VOCABULARY_H
#define CSTN_SHARING_VOCABULARY_H

#include <constellation/constraint.h>

#include "base/alloc.h"
#include "base/map.h"

/* Indexes of the built-in operands. */
enum {
	CSTN__OPERAND_NOW,
	CSTN__OPERAND_PURPOSE,
	CSTN__OPERAND_ROLE,
	CSTN__OPERAND_PARTY,
	CSTN__OPERAND_GROUP,
	CSTN__OPERAND_FRAMEWORK,
	CSTN__OPERAND_HOPS,
	CSTN__OPERAND_DATA_AGE,
	CSTN__OPERAND_ROWS,
	CSTN__OPERAND_AGREEMENT_AGE,
	CSTN__OPERANDS_BUILT_IN
};

typedef struct cstn__operand {
	cstn_id name;
	uint32_t flags; /* CSTN_OPERAND_HAS_... */
	int32_t type, scale;
	int32_t at_most; /* index of the operand that it never exceeds; -1 */
	int64_t least, most;
	cstn_id *ids; /* sorted; NULL: any, or those of `values` */
	size_t n_ids;
	const cstn__interner *values; /* of purpose and role: the ids there are */
} cstn__operand;

/* The operand at an index, which is there. */
const cstn__operand *cstn__vocabulary_operand(const cstn_vocabulary *vocabulary, size_t index);
const cstn_allocator *cstn__vocabulary_allocator(const cstn_vocabulary *vocabulary);
/* One more reference to a vocabulary given as const. */
cstn_vocabulary *cstn__vocabulary_share(const cstn_vocabulary *vocabulary);
/* The purposes: how many, and whether one covers another, by code. */
const cstn__interner *cstn__vocabulary_purposes(const cstn_vocabulary *vocabulary);
int cstn__vocabulary_purpose_covers(
		const cstn_vocabulary *vocabulary, uint32_t above, uint32_t purpose);
/* Is this an id of the operand's domain? */
int cstn__operand_has_id(const cstn__operand *operand, const cstn_id *id);
/* Is this fact of the operand's type, and in its domain? */
int cstn__operand_takes(const cstn__operand *operand, const cstn_fact *fact);
/* -1, 0 or 1 of a / 10^a_scale and b / 10^b_scale, scales 0..18. */
int cstn__decimal_compare(int64_t a, int32_t a_scale, int64_t b, int32_t b_scale);
int cstn__id_order(const cstn_id *a, const cstn_id *b);
/* 1..255 bytes of UTF-8 without control characters. */
int cstn__id_is_valid(const char *text, size_t len);
/* The index in sorted ids; SIZE_MAX. */
size_t cstn__id_find(const cstn_id *ids, size_t n, const cstn_id *id);
/* Sort, and keep each once; how many are left. */
size_t cstn__ids_sort(cstn_id *ids, size_t n);

#endif
