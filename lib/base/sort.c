/* Introsort (Musser 1997): quicksort with the median of three, insertion for short runs, heapsort
 * when the depth says that the pivots are bad. No memory, no recursion deeper than log2(n). */
#include "base/sort.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define ITEM_MAX 256
#define SHORT_RUN 12

struct order {
	size_t size;
	int (*compare)(const void *a, const void *b, void *context);
	void *context;
};

static int less(const struct order *order, const uint8_t *a, const uint8_t *b)
{
	return order->compare(a, b, order->context) < 0;
}

static void swap(const struct order *order, uint8_t *a, uint8_t *b)
{
	size_t i = 0;

	for (; i + 8 <= order->size; i += 8) {
		uint64_t x, y;

		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		memcpy(a + i, &y, 8);
		memcpy(b + i, &x, 8);
	}
	for (; i < order->size; i++) {
		uint8_t held = a[i];

		a[i] = b[i];
		b[i] = held;
	}
}

static void insertion_sort(const struct order *order, uint8_t *items, size_t n)
{
	_Alignas(16) uint8_t held[ITEM_MAX];
	size_t size = order->size;

	for (size_t i = 1; i < n; i++) {
		size_t j = i;

		memcpy(held, items + i * size, size);
		while (j > 0 && less(order, held, items + (j - 1) * size))
			j--;
		memmove(items + (j + 1) * size, items + j * size, (i - j) * size);
		memcpy(items + j * size, held, size);
	}
}

static void sift_down(const struct order *order, uint8_t *items, size_t root, size_t n)
{
	size_t size = order->size;

	for (;;) {
		size_t child = 2 * root + 1;

		if (child >= n)
			return;
		if (child + 1 < n && less(order, items + child * size, items + (child + 1) * size))
			child++;
		if (!less(order, items + root * size, items + child * size))
			return;
		swap(order, items + root * size, items + child * size);
		root = child;
	}
}

static void heap_sort(const struct order *order, uint8_t *items, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift_down(order, items, i, n);
	for (size_t end = n; end-- > 1;) {
		swap(order, items, items + end * order->size);
		sift_down(order, items, 0, end);
	}
}

/* Puts the median of first, middle and last first, as the pivot, and splits the rest around it.
 * Returns the pivot's final index. */
static size_t partition(const struct order *order, uint8_t *items, size_t n)
{
	size_t size = order->size, low = 1, high = n - 1;
	uint8_t *first = items, *middle = items + n / 2 * size, *last = items + (n - 1) * size;

	if (less(order, middle, first))
		swap(order, middle, first);
	if (less(order, last, middle))
		swap(order, last, middle);
	if (less(order, middle, first))
		swap(order, middle, first);
	swap(order, first, middle);
	for (;;) {
		while (low <= high && less(order, items + low * size, first))
			low++;
		while (low <= high && less(order, first, items + high * size))
			high--;
		if (low >= high)
			break;
		swap(order, items + low * size, items + high * size);
		low++;
		high--;
	}
	swap(order, first, items + high * size);
	return high;
}

static void intro_sort(const struct order *order, uint8_t *items, size_t n, int depth)
{
	while (n > SHORT_RUN) {
		size_t pivot;

		if (depth-- == 0) {
			heap_sort(order, items, n);
			return;
		}
		pivot = partition(order, items, n);
		if (pivot < n / 2) {
			intro_sort(order, items, pivot, depth);
			items += (pivot + 1) * order->size;
			n -= pivot + 1;
		} else {
			intro_sort(order, items + (pivot + 1) * order->size, n - pivot - 1, depth);
			n = pivot;
		}
	}
	insertion_sort(order, items, n);
}

void cstn__sort(void *items, size_t n, size_t size,
		int (*compare)(const void *a, const void *b, void *context), void *context)
{
	struct order order = {size, compare, context};
	int depth = 0;

	assert(size > 0 && size <= ITEM_MAX);
	for (size_t rest = n; rest; rest >>= 1)
		depth += 2;
	if (n > 1)
		intro_sort(&order, items, n, depth);
}
