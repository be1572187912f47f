/* Sorting without memory. */
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
#include "base/stats.h"
#include "suite.h"

static size_t comparisons;

static int compare_ints(const void *a, const void *b, void *context)
{
	const int32_t *x = a, *y = b;

	(void)context;
	comparisons++;
	return (*x > *y) - (*x < *y);
}

/* How the items lie before the sort. */
static int32_t item(int shape, size_t i, size_t n)
{
	switch (shape) {
	case 0:
		return (int32_t)cstn__random_u64(1, i);
	case 1:
		return (int32_t)i;
	case 2:
		return (int32_t)(n - i);
	case 3:
		return 5;
	case 4:
		return (int32_t)(cstn__random_u64(2, i) % 3);
	default: /* up, then down */
		return (int32_t)(i < n / 2 ? i : n - i);
	}
}

START_TEST(items_in_any_shape_and_number_are_sorted_and_none_is_lost)
{
	for (int shape = 0; shape < 6; shape++)
		for (size_t n = 0; n < 600; n += n < 40 ? 1 : 37) {
			int32_t items[600];
			int64_t sum = 0;

			for (size_t i = 0; i < n; i++)
				sum += items[i] = item(shape, i, n);
			cstn__sort(items, n, sizeof(items[0]), compare_ints, NULL);
			for (size_t i = 0; i < n; i++) {
				sum -= items[i];
				if (i && items[i - 1] > items[i])
					ck_abort_msg("shape %d, %zu items", shape, n);
			}
			ck_assert_int_eq(sum, 0);
		}
}
END_TEST

/* Items that are worst for a median of three: the antiquicksort of McIlroy 1999. Values are decided
 * while the sort asks for them. */
struct adversary {
	int32_t *values;
	int32_t solid, candidate, gas;
};

static int compare_adversary(const void *left, const void *right, void *context)
{
	struct adversary *adversary = context;
	const int32_t *x = left, *y = right;
	int32_t *values = adversary->values;

	comparisons++;
	if (values[*x] == adversary->gas && values[*y] == adversary->gas)
		values[*x == adversary->candidate ? *x : *y] = adversary->solid++;
	if (values[*x] == adversary->gas)
		adversary->candidate = *x;
	else if (values[*y] == adversary->gas)
		adversary->candidate = *y;
	return (values[*x] > values[*y]) - (values[*x] < values[*y]);
}

START_TEST(the_worst_order_of_items_still_takes_n_log_n_comparisons)
{
	enum { N = 20000 };
	int32_t *values = malloc(N * sizeof(*values)), *items = malloc(N * sizeof(*items));
	struct adversary adversary = {values, 0, 0, N};

	for (int32_t i = 0; i < N; i++) {
		values[i] = N;
		items[i] = i;
	}
	comparisons = 0;
	cstn__sort(items, N, sizeof(*items), compare_adversary, &adversary);
	/* log2(20,000) is 14.3; quicksort alone would take about N * N / 4. */
	ck_assert_uint_lt(comparisons, 5 * 15 * N);
	comparisons = 0;
	cstn__sort(values, N, sizeof(*values), compare_ints, NULL);
	ck_assert_uint_lt(comparisons, 5 * 15 * N);
	for (int32_t i = 1; i < N; i++)
		ck_assert_int_le(values[i - 1], values[i]);
	free(values);
	free(items);
}
END_TEST

struct wide {
	uint64_t key;
	uint8_t rest[248];
};

static int compare_wide(const void *a, const void *b, void *context)
{
	const struct wide *x = a, *y = b;

	*(size_t *)context += 1;
	return (x->key > y->key) - (x->key < y->key);
}

START_TEST(items_of_256_bytes_move_as_a_whole_and_the_context_is_passed)
{
	struct wide items[100];
	size_t calls = 0;

	for (size_t i = 0; i < 100; i++) {
		items[i].key = cstn__random_u64(9, i);
		memset(items[i].rest, (int)(items[i].key & 255), sizeof(items[i].rest));
	}
	cstn__sort(items, 100, sizeof(items[0]), compare_wide, &calls);
	ck_assert_uint_gt(calls, 0);
	for (size_t i = 0; i < 100; i++) {
		ck_assert_uint_eq(items[i].rest[247], items[i].key & 255);
		if (i)
			ck_assert(items[i - 1].key <= items[i].key);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			items_in_any_shape_and_number_are_sorted_and_none_is_lost,
			the_worst_order_of_items_still_takes_n_log_n_comparisons,
			items_of_256_bytes_move_as_a_whole_and_the_context_is_passed,
	};

	return run_tests("base_sort", tests, sizeof(tests) / sizeof(tests[0]));
}
