#ifndef CSTN_FULFILMENT_COUNTS_H
#define CSTN_FULFILMENT_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/perfect_order.h>

__extension__ typedef __int128 cstn__i128;

/* All that is counted of one group. Integers only, so that adding is exact in any order. */
typedef struct cstn__group_counts {
	int64_t pattern[16];               /* units */
	int64_t reason[CSTN_REASON_COUNT]; /* excluded units; [0] unused */
	int64_t pending, provisional;
	cstn__i128 weight[16]; /* sums of weights by pattern, when the policy's weight is not count
				*/
	cstn__i128 credit, credit_of; /* credit=unit: quantity in window, agreed quantity */
	/* line level with order ids: clusters are orders; m lines counted, x of them perfect */
	int64_t clusters;
	cstn__i128 sum_m, sum_x, sum_mm, sum_xx, sum_xm;
} cstn__group_counts;

/* What counts and sums may reach: more than data can give, and far enough from the ends of their
 * types that one unit more, or the sum of a group's counts, needs no check. Bytes that say more are
 * refused, additions that come to more are overflows. */
#define CSTN__COUNT_MOST (INT64_C(1) << 52)
static inline int cstn__count_fits(int64_t count)
{
	return count <= CSTN__COUNT_MOST;
}
static inline int cstn__sum_fits(cstn__i128 sum)
{
	return sum >= -((cstn__i128)1 << 120) && sum <= (cstn__i128)1 << 120;
}

/* One dimension of the grouping, parsed from "carrier" or "month(due)". */
typedef struct cstn__dimension {
	char *text;     /* as given; also the exported column's name */
	char *column;   /* plain dimension: the column; NULL for a period */
	int32_t period; /* CSTN__PERIOD_... or 0 */
	int32_t basis;  /* CSTN__BASIS_... */
	int32_t type;   /* of its values: CSTN_TYPE_TEXT, _INT64, _DAYS, _FLAG; 0 = no data yet.
			   Periods: DAYS, weekday INT64 */
} cstn__dimension;

enum { CSTN__KEY_VALUE, CSTN__KEY_NULL, CSTN__KEY_MIXED, CSTN__KEY_ALL };
typedef struct cstn__key_value {
	int32_t kind;
	uint32_t len;
	int64_t number;
	const char *text;
} cstn__key_value;

typedef struct cstn__cause_count {
	size_t group;
	int32_t component /* 0..3 */, owner;
	const char *cause;
	size_t cause_len;
	int64_t units;
} cstn__cause_count;

struct cstn__core;

/* A state with everything closed; it borrows from the state, which must outlive it unchanged.
 * Groups sorted by key bytes (dimension by dimension: kind, then value; text bytewise), causes by
 * (group, component, -units, cause, owner). Made by perfect_order.c, read by
 * perfect_order_result.c. */
typedef struct cstn__folded {
	cstn_allocator allocator;
	cstn_service_policy *policy;
	int64_t as_of_us;
	uint32_t flags;
	size_t n_dimensions;
	cstn__dimension *dimensions;
	size_t n_groups;
	cstn__key_value *keys /* n_groups * n_dimensions */;
	cstn__group_counts *counts;
	/* NULL: counts[i] is group i's; else where they are, in the state or in `closed` */
	const cstn__group_counts **lent;
	cstn__group_counts total; /* with EACH not the sum of the groups */
	size_t n_causes;
	cstn__cause_count *causes;
	size_t n_total_causes;
	cstn__cause_count *total_causes;
	void *memory;
	struct cstn__core *closed; /* counts of what was open */
} cstn__folded;
cstn_status cstn__perfect_order_fold(
		const cstn_perfect_order *state, cstn__folded **out, cstn_error **error);
void cstn__folded_free(cstn__folded *folded);
/* Groups lie in memory in the order they were seen: ask for the one that is looked at some groups
 * later. */
static inline void cstn__folded_ahead(const cstn__folded *folded, size_t group)
{
	const char *at;
	size_t i;

	if (!folded->lent || group + 8 >= folded->n_groups)
		return;
	at = (const char *)folded->lent[group + 8];
	for (i = 0; i < sizeof(cstn__group_counts); i += 64)
		__builtin_prefetch(at + i);
}
static inline const cstn__group_counts *cstn__folded_counts(
		const cstn__folded *folded, size_t group)
{
	return folded->lent ? folded->lent[group] : &folded->counts[group];
}
/* into += from; CSTN_E_OVERFLOW leaves `into` unchanged. */
cstn_status cstn__counts_add(
		cstn__group_counts *into, const cstn__group_counts *from, cstn_error **error);

#endif
