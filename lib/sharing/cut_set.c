/* Sets of ordered values as sorted cuts.
 *
 * A set is where it begins and the places at which membership turns. A place is a value and a side,
 * so that open and closed ends need no case of their own: [a, b) is the cuts "before a", "before
 * b". The complement only turns `starts`; AND, OR and XONE of many sets are one sweep that counts
 * the sets it is in. Invariant: cuts are in strict order, so equal sets are equal cuts. Cost: O(n
 * log n) to combine, O(log n) to ask. */
#include "sharing/cut_set.h"

#include <constellation/constraint.h>

#include "base/sort.h"

static int place_order(const cstn__cut *a, const cstn__cut *b)
{
	int order = (a->value > b->value) - (a->value < b->value);

	return order ? order : a->after - b->after;
}

static int by_place(const void *a, const void *b, void *context)
{
	const cstn__cut *x = a, *y = b;
	int order = place_order(x, y);

	(void)context;
	return order ? order : (x->set > y->set) - (x->set < y->set);
}

static int is_in(int32_t kind, size_t count, size_t n_sets)
{
	if (kind == CSTN_CONSTRAINT_AND)
		return count == n_sets;
	return kind == CSTN_CONSTRAINT_OR ? count > 0 : count == 1;
}

size_t cstn__cuts_combine(int32_t kind, cstn__cut *work, size_t n, uint8_t *in, size_t n_sets,
		int32_t *starts)
{
	size_t count = 0, kept = 0, i, j;
	int now;

	cstn__sort(work, n, sizeof(*work), by_place, NULL);
	for (i = 0; i < n_sets; i++)
		count += in[i];
	now = is_in(kind, count, n_sets);
	*starts = now;
	for (i = 0; i < n; i = j) {
		for (j = i; j < n && !place_order(work + i, work + j); j++) {
			uint8_t *set = in + work[j].set;

			*set ^= 1;
			count += *set ? 1 : SIZE_MAX; /* one more, or one less */
		}
		if (is_in(kind, count, n_sets) != now) {
			now = !now;
			work[kept] = work[i];
			work[kept++].set = 0;
		}
	}
	return kept;
}

size_t cstn__cuts_meet(const cstn__cuts *a, const cstn__cuts *b, cstn__cut *out)
{
	int in_a = a->starts, in_b = b->starts, now = in_a && in_b;
	size_t i = 0, j = 0, n = 0;

	while (i < a->n || j < b->n) {
		int order = i == a->n ? 1 : j == b->n ? -1 : place_order(a->cut + i, b->cut + j);
		const cstn__cut *at = order <= 0 ? a->cut + i : b->cut + j;

		if (order <= 0) {
			in_a = !in_a;
			i++;
		}
		if (order >= 0) {
			in_b = !in_b;
			j++;
		}
		if ((in_a && in_b) != now) {
			now = !now;
			out[n++] = *at;
		}
	}
	return n;
}
