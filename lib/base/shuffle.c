/* Permutations from a seed, each a function of its number: threads may draw them in any order.
 * O(n).
 */
#include "base/shuffle.h"

#include "base/stats.h"

void cstn__shuffle(uint8_t *items, size_t n, uint64_t seed, uint64_t number)
{
	size_t i;

	for (i = 0; i < n; i++)
		items[i] = (uint8_t)i;
	for (i = n; i > 1; i--) {
		size_t k = (size_t)(cstn__random_unit(seed, number * 64 + i - 1) * (double)i);
		uint8_t other = items[k];

		items[k] = items[i - 1];
		items[i - 1] = other;
	}
}
