/* Cells that go because a sum would show another (complementary suppression; Cox, 1980).
 *
 * The cells of one level that differ in one column alone are the parts of a cell of the level where
 * that column is summed over. If that sum is told and just one part is not, the part is the rest.
 * So one more goes: the smallest part that is left, or the sum itself where none is left. What goes
 * can bare others, of other sums: repeated until nothing changes. Cells only ever go, so it ends;
 * each pass is O(levels x columns x cells). Sums are taken as known whether they go out or not:
 * otherwise asking for them later would show what was hidden. */
#include "base/error.h"
#include "sharing/aggregate.h"

/* What is known of the parts of one sum. */
typedef struct parts {
	uint32_t refused, smallest; /* their number; the smallest that is not */
} parts;

/* The sum that a part belongs to. */
static uint32_t sum_of(const cstn__level *part, const cstn__level *sum, size_t cell)
{
	return sum->groups.of[part->groups.first[cell]];
}

/* One pass over the parts of one level along one column. */
static int hide_along(cstn__level *level, cstn__level *sums, parts *known)
{
	size_t i;
	int changed = 0;

	for (i = 0; i < sums->groups.n; i++)
		known[i] = (parts){0, UINT32_MAX};
	for (i = 0; i < level->groups.n; i++) {
		parts *of = &known[sum_of(level, sums, i)];

		if (level->cells[i].rule)
			of->refused++;
		else if (of->smallest == UINT32_MAX ||
				level->groups.counts[i] < level->groups.counts[of->smallest])
			of->smallest = (uint32_t)i;
	}
	for (i = 0; i < sums->groups.n; i++) {
		cstn__cell *hidden = &sums->cells[i];

		if (hidden->rule || known[i].refused != 1)
			continue;
		if (known[i].smallest != UINT32_MAX)
			hidden = &level->cells[known[i].smallest];
		cstn__cell_refuse(hidden, CSTN_RULE_MARGIN, 1, 2);
		changed = 1;
	}
	return changed;
}

cstn_status cstn__aggregate_margins(cstn__aggregate *a, cstn_error **error)
{
	/* no level has more cells than the finest one */
	size_t size = cstn__array_size(a->levels[0].groups.n, sizeof(parts));
	parts *known = cstn__alloc(&a->allocator, size);
	uint32_t summed;
	size_t column;
	int changed;

	if (!known)
		return cstn__fail_nomem(error);
	do {
		changed = 0;
		for (summed = 0; summed < a->n_levels; summed++)
			for (column = 0; column < a->options.n_by; column++)
				if (!(summed >> column & 1))
					changed |= hide_along(&a->levels[summed],
							&a->levels[summed | 1u << column], known);
	} while (changed);
	cstn__free(&a->allocator, known, size);
	return CSTN_OK;
}
