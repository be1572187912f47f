#ifndef CSTN_SHARING_CUT_SET_H
#define CSTN_SHARING_CUT_SET_H

#include <stddef.h>
#include <stdint.h>

/* A place between values of an ordered operand: just before a value, or just after it. */
typedef struct cstn__cut {
	int64_t value;
	int32_t after; /* 0: before it, 1: after it */
	uint32_t set;  /* of which of several sets, while they are combined */
} cstn__cut;

/* A set of values: its cuts in order, each of which goes in or out. */
typedef struct cstn__cuts {
	const cstn__cut *cut;
	size_t n;
	int32_t starts; /* 1: what is below the first cut is in it */
	int32_t reserved;
} cstn__cuts;

/* Where a fact stands: at a value (0), above it and below the next (1), or below it (-1). */
typedef struct cstn__position {
	int64_t value;
	int32_t side;
} cstn__position;

static inline int cstn__cut_is_below(const cstn__cut *cut, cstn__position position)
{
	return cut->value < position.value ||
	       (cut->value == position.value && cut->after <= position.side);
}

/* Cuts that are below a position: at most ceil(log2(n + 1)) comparisons. */
static inline size_t cstn__cuts_rank(const cstn__cuts *set, cstn__position position)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cstn__cut_is_below(set->cut + middle, position))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static inline int cstn__cuts_hold(const cstn__cuts *set, cstn__position position)
{
	return set->starts ^ (int)(cstn__cuts_rank(set, position) & 1);
}

static inline int cstn__cuts_is_empty(const cstn__cuts *set)
{
	return !set->n && !set->starts;
}

/* AND, OR, XONE (CSTN_CONSTRAINT_...) of sets whose cuts stand in `work`, each with its set's
 * number: sorts them, and writes the cuts of the result over them. `in` holds for each set whether
 * it starts; it is used up. Returns how many cuts are left; *starts whether the result does. */
size_t cstn__cuts_combine(int32_t kind, cstn__cut *work, size_t n, uint8_t *in, size_t n_sets,
		int32_t *starts);
/* The common part of two sets into `out`, which has room for the cuts of both; how many. */
size_t cstn__cuts_meet(const cstn__cuts *a, const cstn__cuts *b, cstn__cut *out);

#endif
