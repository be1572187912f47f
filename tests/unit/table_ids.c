/* Ids in the order of their bytes. */
#include <stdio.h>

#include "base/stats.h"
#include "suite.h"
#include "table/ids.h"

#define TEXTS 3000

/* Texts that are alike for long, begin others, hold zeros, or are short. */
static size_t make_text(uint64_t i, char *out)
{
	size_t n = (size_t)(cstn__random_unit(1, i) * 40), k;

	memset(out, 'a', 100);
	for (k = 0; k < n; k++)
		out[(i % 3) * 20 + k] = (char)(cstn__random_u64(2, i * 64 + k) % (i % 2 ? 3 : 200));
	return 1 + (i % 3) * 20 + n / 2 + (i % 7 == 0 ? 38 : 0);
}

static void fill(cstn__ids *ids, const cstn_allocator *memory)
{
	char text[160];
	uint64_t i;

	cstn__ids_init(ids, memory, 0);
	ids->type = CSTN_TYPE_TEXT;
	for (i = 0; i < TEXTS; i++) {
		size_t len = make_text(i, text);

		ck_assert_uint_ne(cstn__ids_of_text(ids, text, len), CSTN__IDS_NONE);
	}
}

START_TEST(texts_come_in_the_order_of_their_bytes)
{
	cstn_allocator memory;
	cstn__ids ids;
	uint32_t *order;
	size_t i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	fill(&ids, &memory);
	ck_assert_uint_gt(ids.count, TEXTS / 2);
	order = cstn__ids_order(&ids);
	ck_assert_ptr_nonnull(order);
	for (i = 1; i < ids.count; i++) {
		const struct cstn__interned *a = &ids.texts.items[order[i - 1]];
		const struct cstn__interned *b = &ids.texts.items[order[i]];
		size_t shorter = a->len < b->len ? a->len : b->len;
		int before = memcmp(a->text, b->text, shorter);

		ck_assert(before < 0 || (before == 0 && a->len < b->len));
	}
	cstn__free(&memory, order, ids.count * sizeof(*order));
	cstn__ids_free(&ids);
}
END_TEST

START_TEST(numbers_come_in_their_own_order)
{
	static const int64_t given[] = {5, INT64_MIN, -1, 0, INT64_MAX, 5, 7};
	static const uint32_t expected[] = {1, 2, 3, 0, 5, 4};
	cstn_allocator memory;
	cstn__ids ids;
	uint32_t *order;
	size_t i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	cstn__ids_init(&ids, &memory, 0);
	ids.type = CSTN_TYPE_INT64;
	for (i = 0; i < 7; i++)
		ck_assert_uint_ne(cstn__ids_of_i64(&ids, given[i]), CSTN__IDS_NONE);
	order = cstn__ids_order(&ids);
	ck_assert_ptr_nonnull(order);
	for (i = 0; i < 6; i++)
		ck_assert_uint_eq(order[i], expected[i]);
	cstn__free(&memory, order, ids.count * sizeof(*order));
	cstn__ids_free(&ids);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			texts_come_in_the_order_of_their_bytes, numbers_come_in_their_own_order};

	return run_tests("table_ids", tests, 2);
}
