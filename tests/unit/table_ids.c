/* Ids in the order of their bytes, and in blocks as frames bring them. */
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
	uint32_t *order, *ranks;
	size_t i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	fill(&ids, &memory);
	ck_assert_uint_gt(ids.count, TEXTS / 2);
	order = cstn__ids_order(&ids);
	ranks = cstn__ids_ranks(&ids);
	ck_assert_ptr_nonnull(order);
	ck_assert_ptr_nonnull(ranks);
	for (i = 0; i < ids.count; i++)
		ck_assert_uint_eq(ranks[order[i]], i);
	for (i = 1; i < ids.count; i++) {
		const struct cstn__interned *a = &ids.texts.items[order[i - 1]];
		const struct cstn__interned *b = &ids.texts.items[order[i]];
		size_t shorter = a->len < b->len ? a->len : b->len;
		int before = memcmp(a->text, b->text, shorter);

		ck_assert(before < 0 || (before == 0 && a->len < b->len));
	}
	cstn__ids_list_free(&ids, order);
	cstn__ids_list_free(&ids, ranks);
	cstn__ids_free(&ids);
}
END_TEST

START_TEST(number_0_has_a_rank_where_no_ids_are)
{
	cstn_allocator memory;
	cstn__ids ids;
	uint32_t *ranks;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	cstn__ids_init(&ids, &memory, 0);
	ranks = cstn__ids_ranks(&ids);
	ck_assert_ptr_nonnull(ranks);
	ck_assert_uint_eq(ranks[0], 0);
	cstn__ids_list_free(&ids, ranks);
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

START_TEST(ids_that_came_in_order_keep_it)
{
	static const char *const texts[] = {"", "a", "a\x01", "ab", "b", "ba"};
	cstn_allocator memory;
	cstn__ids ids;
	uint32_t *order;
	size_t i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	cstn__ids_init(&ids, &memory, 0);
	ids.type = _i ? CSTN_TYPE_TEXT : CSTN_TYPE_INT64;
	for (i = 0; i < 6; i++)
		ck_assert_uint_eq(_i ? cstn__ids_of_text(&ids, texts[i], strlen(texts[i]))
				     : cstn__ids_of_i64(&ids, (int64_t)i * 3 - 7),
				i);
	order = cstn__ids_order(&ids);
	ck_assert_ptr_nonnull(order);
	for (i = 0; i < 6; i++)
		ck_assert_uint_eq(order[i], i);
	cstn__free(&memory, order, ids.count * sizeof(*order));
	cstn__ids_free(&ids);
}
END_TEST

/* Blocks of ids: as they came first, from the middle on, backwards, with new ones in between. */
START_TEST(an_id_has_its_number_in_whatever_order_blocks_bring_it)
{
	enum { N = 1024, BLOCKS = 40 };
	static int64_t id[N];
	static uint32_t number[N], alone;
	cstn_allocator memory;
	cstn__ids ids, one;
	int64_t b, i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	cstn__ids_init(&ids, &memory, 0);
	cstn__ids_init(&one, &memory, 0);
	ids.type = one.type = CSTN_TYPE_INT64;
	for (b = 0; b < BLOCKS; b++) {
		int64_t way = (int64_t)(cstn__random_unit(3, (uint64_t)b) * 4),
			from = (int64_t)(cstn__random_unit(4, (uint64_t)b) * 5000);
		int32_t n = (int32_t)(1 + cstn__random_unit(5, (uint64_t)b) * (N - 1));

		for (i = 0; i < n; i++)
			id[i] = way == 0   ? i
				: way == 1 ? from + i
				: way == 2 ? from - i
					   : (int64_t)(cstn__random_unit(6, (uint64_t)(b * N + i)) *
							     9000);
		ck_assert_int_eq(cstn__ids_block(&ids, id, n, number), 0);
		for (i = 0; i < n; i++) {
			alone = cstn__ids_of_i64(&one, id[i]);
			ck_assert_uint_eq(number[i], alone);
		}
	}
	ck_assert_uint_eq(ids.count, one.count);
	cstn__ids_free(&ids);
	cstn__ids_free(&one);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_ids");
	TCase *tests = tcase_create("all");

	tcase_add_test(tests, texts_come_in_the_order_of_their_bytes);
	tcase_add_test(tests, number_0_has_a_rank_where_no_ids_are);
	tcase_add_test(tests, numbers_come_in_their_own_order);
	tcase_add_loop_test(tests, ids_that_came_in_order_keep_it, 0, 2);
	tcase_add_test(tests, an_id_has_its_number_in_whatever_order_blocks_bring_it);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
