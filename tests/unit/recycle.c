/* An allocator that hands large blocks out again. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/recycle.h"
#include "suite.h"

static size_t taken, given;

static void *count_alloc(void *user, size_t size, size_t alignment)
{
	(void)user;
	taken++;
	return cstn__alloc_aligned(NULL, size, alignment);
}

static void *count_realloc(void *user, void *memory, size_t old_size, size_t size, size_t alignment)
{
	(void)user;
	(void)memory;
	(void)old_size;
	(void)size;
	(void)alignment;
	ck_abort_msg("a recycler does not ask for more");
	return NULL;
}

static void count_free(void *user, void *memory, size_t size, size_t alignment)
{
	(void)user;
	given++;
	cstn__free_aligned(NULL, memory, size, alignment);
}

static const cstn_allocator counting = {
		sizeof(cstn_allocator), 0, NULL, count_alloc, count_realloc, count_free};

static cstn__recycler *fresh(void)
{
	cstn__recycler *recycler = NULL;

	taken = given = 0;
	ck_assert_int_eq(cstn__recycler_new(&counting, &recycler, NULL), CSTN_OK);
	return recycler;
}

START_TEST(a_large_block_that_came_back_is_handed_out_again)
{
	cstn__recycler *recycler = fresh();
	const cstn_allocator *from = cstn__recycler_allocator(recycler);
	void *a = cstn__alloc_aligned(from, 500000, 64), *b;

	ck_assert_uint_eq((uintptr_t)a % 64, 0);
	cstn__free_aligned(from, a, 500000, 64);
	b = cstn__alloc(from, 500100);
	ck_assert_ptr_eq(a, b);
	ck_assert_uint_eq(taken, 2); /* itself, and one block */
	cstn__free(from, b, 500100);
	cstn__recycler_close(recycler);
	ck_assert_uint_eq(given, 2);
}
END_TEST

START_TEST(a_block_that_is_out_is_not_handed_out_twice)
{
	cstn__recycler *recycler = fresh();
	const cstn_allocator *from = cstn__recycler_allocator(recycler);
	void *a = cstn__alloc(from, 4096), *b = cstn__alloc(from, 4096);

	ck_assert_ptr_ne(a, b);
	cstn__free(from, a, 4096);
	cstn__free(from, b, 4096);
	cstn__recycler_close(recycler);
	ck_assert_uint_eq(taken, given);
}
END_TEST

START_TEST(a_small_block_goes_back_at_once)
{
	cstn__recycler *recycler = fresh();
	const cstn_allocator *from = cstn__recycler_allocator(recycler);

	cstn__free(from, cstn__alloc(from, 4095), 4095);
	ck_assert_uint_eq(given, 1);
	cstn__recycler_close(recycler);
	ck_assert_uint_eq(given, 2);
}
END_TEST

START_TEST(a_block_may_come_back_after_the_recycler_was_closed)
{
	cstn__recycler *recycler = fresh();
	cstn_allocator from = *cstn__recycler_allocator(recycler);
	void *small = cstn__alloc(&from, 8), *large = cstn__alloc(&from, 70000);

	cstn__recycler_close(recycler);
	memset(large, 1, 70000);
	cstn__free(&from, large, 70000);
	ck_assert_uint_eq(given, 1);
	cstn__free(&from, small, 8);
	ck_assert_uint_eq(given, 3);
}
END_TEST

START_TEST(a_block_that_grows_keeps_its_bytes)
{
	cstn__recycler *recycler = fresh();
	const cstn_allocator *from = cstn__recycler_allocator(recycler);
	uint8_t *bytes = cstn__alloc(from, 5000);

	memset(bytes, 7, 5000);
	bytes = cstn__realloc(from, bytes, 5000, 90000);
	for (size_t i = 0; i < 5000; i++)
		ck_assert_uint_eq(bytes[i], 7);
	cstn__free(from, bytes, 90000);
	cstn__recycler_close(recycler);
	ck_assert_uint_eq(taken, given);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_large_block_that_came_back_is_handed_out_again,
			a_block_that_is_out_is_not_handed_out_twice,
			a_small_block_goes_back_at_once,
			a_block_may_come_back_after_the_recycler_was_closed,
			a_block_that_grows_keeps_its_bytes};

	return run_tests("recycle", tests, sizeof(tests) / sizeof(tests[0]));
}
