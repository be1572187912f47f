/* Facts by customer, day and order or item, for rows in any order.
 *
 * A row only appends. When there is no room left and what came since is as much as what is in
 * order, it is sorted by radix and merged in from the back, in place: every fact is moved a
 * logarithmic number of times, and facts of one place become one before more memory is taken. */
#include "segment/facts.h"

#include <string.h>

#include "base/radix.h"

#define LOOSE_LEAST ((size_t)1 << 16)

static uint64_t place_of(const cstn__fact *fact)
{
	return (uint64_t)fact->customer << 32 | ((uint32_t)fact->day ^ UINT32_C(0x80000000));
}

#define PLACE(fact) place_of(&(fact))
#define SUB(fact) ((uint64_t)(fact).sub)
#define CUSTOMER(fact) ((uint64_t)(fact).customer)
CSTN__RADIX_SORT(static void, sort_by_place, cstn__fact, PLACE)
CSTN__RADIX_SORT(static void, sort_by_customer, cstn__fact, CUSTOMER)
CSTN__RADIX_SORT(static void, sort_by_sub, cstn__fact, SUB)

int cstn__fact_order(const cstn__fact *a, const cstn__fact *b)
{
	uint64_t x = place_of(a), y = place_of(b);

	if (x != y)
		return x < y ? -1 : 1;
	return (a->sub > b->sub) - (a->sub < b->sub);
}

static void add(cstn__fact *to, const cstn__fact *from)
{
	uint32_t sum = to->purchases + from->purchases;

	to->purchases = sum < to->purchases ? UINT32_MAX : sum;
	to->amount += from->amount;
}

static int is_in_order(const cstn__fact *facts, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (cstn__fact_order(&facts[i - 1], &facts[i]) > 0)
			return 0;
	return 1;
}

static int has_subs(const cstn__fact *facts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (facts[i].sub != facts[0].sub)
			return 1;
	return 0;
}

/* Logs mostly come by time: then days, and orders as they were first seen, are in order already. */
static int is_by_time(const cstn__fact *facts, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (facts[i].day < facts[i - 1].day ||
				(facts[i].day == facts[i - 1].day &&
						facts[i].sub < facts[i - 1].sub))
			return 0;
	return 1;
}

static void sort(cstn__fact *facts, cstn__fact *scratch, size_t n)
{
	if (is_by_time(facts, n)) {
		sort_by_customer(facts, scratch, n);
		return;
	}
	if (has_subs(facts, n))
		sort_by_sub(facts, scratch, n);
	sort_by_place(facts, scratch, n);
}

/* The facts of `items[0, settled)` and of `loose`, n of them in order, to the end of `items`, which
 * has room for all. Returns where they begin. */
static size_t merge_from_back(cstn__fact *items, size_t settled, const cstn__fact *loose, size_t n)
{
	size_t end = settled + n, out = end;

	while (settled || n) {
		int from_loose = n && (!settled || cstn__fact_order(&loose[n - 1],
								   &items[settled - 1]) >= 0);
		cstn__fact fact = from_loose ? loose[--n] : items[--settled];

		if (out < end && cstn__fact_order(&fact, &items[out]) == 0)
			add(&items[out], &fact);
		else
			items[--out] = fact;
	}
	return out;
}

int cstn__facts_settle(cstn__facts *facts, const cstn_allocator *allocator)
{
	cstn__fact *loose, *scratch;
	size_t n = facts->items.count - facts->settled, begin, count;
	size_t size = cstn__array_size(n, sizeof(*scratch));

	if (!n)
		return 0;
	loose = facts->items.items + facts->settled;
	scratch = cstn__alloc(allocator, size);
	if (!scratch)
		return -1;
	if (!is_in_order(loose, n))
		sort(loose, scratch, n);
	memcpy(scratch, loose, size);
	begin = merge_from_back(facts->items.items, facts->settled, scratch, n);
	count = facts->items.count - begin;
	memmove(facts->items.items, facts->items.items + begin, count * sizeof(*scratch));
	facts->items.count = facts->settled = count;
	cstn__free(allocator, scratch, size);
	return 0;
}

int cstn__facts_reserve(cstn__facts *facts, const cstn_allocator *allocator, size_t more)
{
	size_t loose = facts->items.count - facts->settled;

	if (more > facts->items.capacity - facts->items.count && loose >= LOOSE_LEAST &&
			loose >= facts->settled && cstn__facts_settle(facts, allocator))
		return -1;
	return cstn__array_reserve(allocator, &facts->items, more);
}

void cstn__facts_free(cstn__facts *facts, const cstn_allocator *allocator)
{
	cstn__array_free(allocator, &facts->items);
	facts->settled = 0;
}
