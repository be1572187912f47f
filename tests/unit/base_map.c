/* Hash tables: int64 to uint32, and texts to dense codes. */
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/stats.h"
#include "failing_allocator.h"
#include "suite.h"

START_TEST(a_new_key_takes_the_fresh_value_and_keeps_it)
{
	cstn__i64_map map;

	cstn__i64_map_init(&map, NULL, 1);
	ck_assert_uint_eq(cstn__i64_map_find(&map, 5), UINT32_MAX);
	ck_assert_uint_eq(cstn__i64_map_intern(&map, 5, 70), 70);
	ck_assert_uint_eq(cstn__i64_map_intern(&map, 5, 71), 70);
	ck_assert_uint_eq(cstn__i64_map_find(&map, 5), 70);
	ck_assert_uint_eq(cstn__i64_map_find(&map, 6), UINT32_MAX);
	ck_assert_uint_eq(map.count, 1);
	cstn__i64_map_free(&map);
	ck_assert_uint_eq(cstn__i64_map_find(&map, 5), UINT32_MAX);
}
END_TEST

START_TEST(every_int64_is_a_key)
{
	static const int64_t keys[] = {0, -1, 1, INT64_MIN, INT64_MAX, INT64_MIN + 1, 1000000007};
	cstn__i64_map map;

	cstn__i64_map_init(&map, NULL, 99);
	for (uint32_t i = 0; i < 7; i++)
		ck_assert_uint_eq(cstn__i64_map_intern(&map, keys[i], i), i);
	for (uint32_t i = 0; i < 7; i++)
		ck_assert_uint_eq(cstn__i64_map_find(&map, keys[i]), i);
	cstn__i64_map_free(&map);
}
END_TEST

START_TEST(keys_survive_growth_and_the_table_stays_half_empty)
{
	cstn__i64_map map;

	cstn__i64_map_init(&map, NULL, 3);
	for (uint32_t i = 0; i < 100000; i++) {
		int64_t key = (int64_t)cstn__random_u64(5, i);

		cstn__i64_map_prefetch(&map, key);
		if (cstn__i64_map_intern(&map, key, i) != i)
			ck_abort_msg("key %u", i);
		if (map.count * 2 > map.capacity)
			ck_abort_msg("%zu of %zu slots", map.count, map.capacity);
	}
	for (uint32_t i = 0; i < 100000; i++)
		if (cstn__i64_map_find(&map, (int64_t)cstn__random_u64(5, i)) != i)
			ck_abort_msg("key %u", i);
	ck_assert_uint_eq(cstn__i64_map_find(&map, 12345), UINT32_MAX);
	ck_assert_uint_eq(map.capacity, 262144);
	cstn__i64_map_free(&map);
}
END_TEST

START_TEST(a_map_without_memory_keeps_what_it_has)
{
	failing_allocator memory;
	cstn__i64_map map;

	failing_allocator_init(&memory, 2);
	cstn__i64_map_init(&map, &memory.allocator, 0);
	for (uint32_t i = 0; i < 8; i++)
		ck_assert_uint_eq(cstn__i64_map_intern(&map, i, i), i);
	ck_assert_uint_eq(cstn__i64_map_intern(&map, 8, 8), UINT32_MAX);
	for (uint32_t i = 0; i < 8; i++)
		ck_assert_uint_eq(cstn__i64_map_intern(&map, i, 77), i);
	ck_assert_uint_eq(cstn__i64_map_find(&map, 8), UINT32_MAX);
	ck_assert_uint_eq(cstn__i64_map_intern(&map, 8, 8), 8);
	cstn__i64_map_free(&map);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(texts_get_codes_in_the_order_of_first_sight)
{
	cstn__interner interner;

	cstn__interner_init(&interner, NULL, 0);
	ck_assert_uint_eq(cstn__interner_find(&interner, "a", 1), UINT32_MAX);
	ck_assert_uint_eq(cstn__intern(&interner, "a", 1), 0);
	ck_assert_uint_eq(cstn__intern(&interner, "", 0), 1);
	ck_assert_uint_eq(cstn__intern(&interner, "a\0", 2), 2);
	ck_assert_uint_eq(cstn__intern(&interner, "abc", 1), 0);
	ck_assert_uint_eq(cstn__intern(&interner, NULL, 0), 1);
	ck_assert_uint_eq(cstn__interner_find(&interner, "a\0b", 2), 2);
	ck_assert_uint_eq(cstn__interner_find(&interner, "b", 1), UINT32_MAX);
	ck_assert_uint_eq(interner.count, 3);
	ck_assert_uint_eq(interner.items[2].len, 2);
	ck_assert_mem_eq(interner.items[2].text, "a\0", 3);
	cstn__interner_free(&interner);
	ck_assert_uint_eq(interner.count, 0);
}
END_TEST

START_TEST(codes_and_texts_survive_growth)
{
	cstn__interner interner;
	char text[32];

	cstn__interner_init(&interner, NULL, 42);
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 50000; i++) {
			int len = snprintf(text, sizeof(text), "partner %u", i);

			if (cstn__intern(&interner, text, (size_t)len) != i)
				ck_abort_msg("'%s'", text);
		}
	for (uint32_t i = 0; i < 50000; i++) {
		snprintf(text, sizeof(text), "partner %u", i);
		if (strcmp(interner.items[i].text, text) != 0)
			ck_abort_msg("'%s'", text);
	}
	cstn__interner_free(&interner);
}
END_TEST

START_TEST(an_interner_without_memory_keeps_what_it_has_and_goes_on_later)
{
	uint64_t n, last = 1;

	for (n = 1; last; n++) {
		failing_allocator memory;
		cstn__interner interner;
		uint32_t expected = 0;
		char text[64];

		failing_allocator_init(&memory, n);
		cstn__interner_init(&interner, &memory.allocator, 0);
		for (uint32_t i = 0; i < 300; i++) {
			int len = snprintf(text, sizeof(text), "%050u", i);
			uint32_t code = cstn__intern(&interner, text, (size_t)len);

			if (code == UINT32_MAX) /* the next try has memory again */
				code = cstn__intern(&interner, text, (size_t)len);
			ck_assert_uint_eq(code, expected++);
		}
		last = memory.failures;
		cstn__interner_free(&interner);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 10);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_new_key_takes_the_fresh_value_and_keeps_it,
			every_int64_is_a_key,
			keys_survive_growth_and_the_table_stays_half_empty,
			a_map_without_memory_keeps_what_it_has,
			texts_get_codes_in_the_order_of_first_sight,
			codes_and_texts_survive_growth,
			an_interner_without_memory_keeps_what_it_has_and_goes_on_later,
	};

	return run_tests("base_map", tests, sizeof(tests) / sizeof(tests[0]));
}
