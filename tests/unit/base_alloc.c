/* Allocators, arrays, arenas, buffers, byte strings and readers. */
#include <check.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "failing_allocator.h"

START_TEST(null_is_the_libc_allocator)
{
	cstn_allocator allocator;
	void *memory;

	ck_assert_int_eq(cstn__allocator_read(NULL, &allocator, NULL), CSTN_OK);
	ck_assert_uint_eq(allocator.struct_size, sizeof(allocator));
	memory = cstn__alloc(&allocator, 100);
	ck_assert_ptr_nonnull(memory);
	memset(memory, 1, 100);
	cstn__free(&allocator, memory, 100);
}
END_TEST

START_TEST(an_allocator_without_one_of_its_functions_is_refused)
{
	failing_allocator memory;
	cstn_allocator given, out;
	cstn_error *error = NULL;

	failing_allocator_init(&memory, 0);
	ck_assert_int_eq(cstn__allocator_read(&memory.allocator, &out, NULL), CSTN_OK);
	ck_assert_ptr_eq(out.user, &memory);
	given = memory.allocator;
	given.alloc = NULL;
	ck_assert_int_eq(cstn__allocator_read(&given, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	given = memory.allocator;
	given.realloc = NULL;
	ck_assert_int_eq(cstn__allocator_read(&given, &out, &error), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "realloc is NULL"));
	cstn_error_free(error);
	given = memory.allocator;
	given.free = NULL;
	ck_assert_int_eq(cstn__allocator_read(&given, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	given = memory.allocator;
	given.flags = 1;
	ck_assert_int_eq(cstn__allocator_read(&given, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	given = memory.allocator;
	given.struct_size--;
	ck_assert_int_eq(cstn__allocator_read(&given, &out, NULL), CSTN_E_STRUCT_SIZE);
	ck_assert_ptr_eq(out.user, &memory);
}
END_TEST

START_TEST(blocks_are_aligned_as_asked_and_keep_their_bytes_when_they_move)
{
	for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
		uint8_t *memory = cstn__alloc_aligned(NULL, 3, alignment);

		ck_assert_ptr_nonnull(memory);
		ck_assert_uint_eq((uintptr_t)memory % alignment, 0);
		cstn__free_aligned(NULL, memory, 3, alignment);
	}
	{
		cstn_allocator libc;
		uint8_t *memory;

		ck_assert_int_eq(cstn__allocator_read(NULL, &libc, NULL), CSTN_OK);
		memory = libc.alloc(libc.user, 100, 64);
		memset(memory, 7, 100);
		memory = libc.realloc(libc.user, memory, 100, 1000, 64);
		ck_assert_uint_eq((uintptr_t)memory % 64, 0);
		for (int i = 0; i < 100; i++)
			ck_assert_uint_eq(memory[i], 7);
		memory = libc.realloc(libc.user, memory, 1000, 10, 64);
		ck_assert_uint_eq(memory[9], 7);
		libc.free(libc.user, memory, 10, 64);
		ck_assert_ptr_null(libc.alloc(libc.user, SIZE_MAX, 64));
	}
}
END_TEST

START_TEST(size_zero_gives_a_block_and_too_large_a_size_gives_none)
{
	failing_allocator memory;
	void *block;

	failing_allocator_init(&memory, 0);
	block = cstn__alloc(&memory.allocator, 0);
	ck_assert_ptr_nonnull(block);
	block = cstn__realloc(&memory.allocator, block, 0, 0);
	ck_assert_ptr_nonnull(block);
	ck_assert_ptr_null(cstn__realloc(&memory.allocator, block, 0, (size_t)PTRDIFF_MAX + 1));
	cstn__free(&memory.allocator, block, 0);
	ck_assert_ptr_null(cstn__alloc(&memory.allocator, (size_t)PTRDIFF_MAX + 1));
	ck_assert_ptr_null(cstn__alloc_zero(&memory.allocator, SIZE_MAX));
	cstn__free(&memory.allocator, NULL, 5);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(zeroed_memory_is_zero)
{
	uint8_t *block = cstn__alloc_zero(NULL, 1000);

	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(block[i], 0);
	cstn__free(NULL, block, 1000);
}
END_TEST

START_TEST(realloc_of_nothing_allocates)
{
	void *block = cstn__realloc(NULL, NULL, 0, 10);

	ck_assert_ptr_nonnull(block);
	block = cstn__realloc(NULL, block, 10, 20);
	ck_assert_ptr_nonnull(block);
	cstn__free(NULL, block, 20);
}
END_TEST

START_TEST(array_sizes_saturate_instead_of_wrapping)
{
	ck_assert_uint_eq(cstn__array_size(3, 5), 15);
	ck_assert_uint_eq(cstn__array_size(SIZE_MAX / 2, 2), SIZE_MAX - 1);
	ck_assert_uint_eq(cstn__array_size(SIZE_MAX / 2 + 1, 2), SIZE_MAX);
	ck_assert_uint_eq(cstn__array_size(0, SIZE_MAX), 0);
}
END_TEST

START_TEST(arrays_grow_by_doubling_and_keep_their_items)
{
	failing_allocator memory;
	CSTN__ARRAY(int32_t) array = {NULL, 0, 0};

	failing_allocator_init(&memory, 0);
	for (int32_t i = 0; i < 10000; i++) {
		ck_assert_int_eq(cstn__array_reserve(&memory.allocator, &array, 1), 0);
		array.items[array.count++] = i;
	}
	for (int32_t i = 0; i < 10000; i++)
		ck_assert_int_eq(array.items[i], i);
	ck_assert_uint_le(failing_allocator_calls(&memory), 12);
	ck_assert_int_eq(cstn__array_reserve(&memory.allocator, &array, SIZE_MAX), -1);
	ck_assert_int_eq(cstn__array_reserve(&memory.allocator, &array, SIZE_MAX / 2 + 1), -1);
	ck_assert_int_eq(cstn__array_reserve(&memory.allocator, &array, SIZE_MAX / 8), -1);
	ck_assert_uint_eq(array.count, 10000);
	ck_assert_int_eq(array.items[9999], 9999);
	cstn__array_free(&memory.allocator, &array);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(an_array_that_cannot_grow_is_unchanged)
{
	failing_allocator memory;
	CSTN__ARRAY(int32_t) array = {NULL, 0, 0};

	failing_allocator_init(&memory, 2);
	ck_assert_int_eq(cstn__array_reserve(&memory.allocator, &array, 8), 0);
	for (int32_t i = 0; i < 8; i++)
		array.items[array.count++] = i;
	ck_assert_int_eq(cstn__array_reserve(&memory.allocator, &array, 1), -1);
	ck_assert_uint_eq(array.count, 8);
	ck_assert_int_eq(array.items[7], 7);
	ck_assert_int_eq(cstn__array_reserve(&memory.allocator, &array, 1), 0);
	cstn__array_free(&memory.allocator, &array);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(pieces_of_an_arena_are_aligned_apart_and_never_move)
{
	failing_allocator memory;
	cstn__arena arena;
	uint8_t *pieces[600];

	failing_allocator_init(&memory, 0);
	cstn__arena_init(&arena, &memory.allocator);
	for (size_t i = 0; i < 600; i++) {
		pieces[i] = cstn__arena_alloc(&arena, i);
		ck_assert_uint_eq((uintptr_t)pieces[i] % 16, 0);
		memset(pieces[i], (int)(i & 255), i);
	}
	for (size_t i = 0; i < 600; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_eq(pieces[i][j], i & 255);
	ck_assert_uint_eq(arena.total, failing_allocator_live_bytes(&memory));
	cstn__arena_free(&arena);
	ck_assert_uint_eq(arena.total, 0);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(copies_in_an_arena_end_with_a_nul)
{
	cstn__arena arena;
	char *big;

	cstn__arena_init(&arena, NULL);
	ck_assert_str_eq(cstn__arena_copy(&arena, "abcdef", 3), "abc");
	ck_assert_str_eq(cstn__arena_copy(&arena, NULL, 0), "");
	big = cstn__alloc_zero(NULL, 3000000);
	ck_assert_ptr_nonnull(cstn__arena_copy(&arena, big, 3000000));
	cstn__free(NULL, big, 3000000);
	ck_assert_ptr_null(cstn__arena_copy(&arena, "", SIZE_MAX));
	ck_assert_ptr_null(cstn__arena_alloc(&arena, SIZE_MAX));
	cstn__arena_free(&arena);
}
END_TEST

START_TEST(an_arena_without_memory_gives_none_and_goes_on_later)
{
	failing_allocator memory;
	cstn__arena arena;

	failing_allocator_init(&memory, 1);
	cstn__arena_init(&arena, &memory.allocator);
	ck_assert_ptr_null(cstn__arena_alloc(&arena, 10));
	ck_assert_ptr_null(cstn__arena_copy(&arena, "x", (size_t)PTRDIFF_MAX));
	ck_assert_ptr_nonnull(cstn__arena_alloc(&arena, 10));
	cstn__arena_free(&arena);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(a_buffer_has_its_bytes_and_a_nul_behind_them)
{
	cstn_buffer *buffer = NULL;

	ck_assert_int_eq(cstn__buffer_copy(NULL, "a\0b", 3, &buffer, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_buffer_size(buffer), 3);
	ck_assert_mem_eq(cstn_buffer_data(buffer), "a\0b", 4);
	cstn_buffer_free(buffer);
	ck_assert_int_eq(cstn__buffer_copy(NULL, NULL, 0, &buffer, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_buffer_size(buffer), 0);
	ck_assert_str_eq((const char *)cstn_buffer_data(buffer), "");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(no_buffer_is_empty)
{
	ck_assert_str_eq((const char *)cstn_buffer_data(NULL), "");
	ck_assert_uint_eq(cstn_buffer_size(NULL), 0);
	cstn_buffer_free(NULL);
}
END_TEST

static cstn_status write_all(const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes bytes;

	cstn__bytes_init(&bytes, allocator);
	cstn__bytes_put_u8(&bytes, 0x01);
	cstn__bytes_put_u16(&bytes, 0x0302);
	cstn__bytes_put_u32(&bytes, 0x07060504);
	cstn__bytes_put_u64(&bytes, UINT64_C(0x0f0e0d0c0b0a0908));
	cstn__bytes_put_text(&bytes, "text");
	cstn__bytes_put_format(&bytes, "%d-%s", 42, "a format that is longer than a first block");
	cstn__bytes_put(&bytes, "\x00\xff", 2);
	return cstn__bytes_to_buffer(&bytes, out, error);
}

START_TEST(bytes_are_written_little_endian_and_read_back)
{
	cstn_buffer *buffer = NULL;
	cstn__reader reader;
	const uint8_t *data;

	ck_assert_int_eq(write_all(NULL, &buffer, NULL), CSTN_OK);
	data = cstn_buffer_data(buffer);
	for (uint8_t i = 0; i < 15; i++)
		ck_assert_uint_eq(data[i], i + 1);
	reader = (cstn__reader){data, cstn_buffer_size(buffer), 0, 0};
	ck_assert_uint_eq(cstn__read_u8(&reader), 1);
	ck_assert_uint_eq(cstn__read_u16(&reader), 0x0302);
	ck_assert_uint_eq(cstn__read_u32(&reader), 0x07060504);
	ck_assert_uint_eq(cstn__read_u64(&reader), UINT64_C(0x0f0e0d0c0b0a0908));
	ck_assert_mem_eq(cstn__read_bytes(&reader, 4), "text", 4);
	ck_assert_mem_eq(cstn__read_bytes(&reader, 45),
			"42-a format that is longer than a first block", 45);
	ck_assert_mem_eq(cstn__read_bytes(&reader, 2), "\x00\xff", 2);
	ck_assert_int_eq(reader.failed, 0);
	ck_assert_uint_eq(reader.position, reader.size);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_reader_past_the_end_fails_and_stays_failed)
{
	static const uint8_t data[7] = {1, 2, 3, 4, 5, 6, 7};
	cstn__reader reader = {data, 7, 0, 0};

	ck_assert_uint_eq(cstn__read_u64(&reader), 0);
	ck_assert_int_eq(reader.failed, 1);
	ck_assert_uint_eq(cstn__read_u8(&reader), 0);
	ck_assert_ptr_null(cstn__read_bytes(&reader, 0));
	reader = (cstn__reader){data, 7, 0, 0};
	ck_assert_ptr_nonnull(cstn__read_bytes(&reader, 7));
	ck_assert_ptr_nonnull(cstn__read_bytes(&reader, 0));
	ck_assert_ptr_null(cstn__read_bytes(&reader, SIZE_MAX));
}
END_TEST

START_TEST(writing_without_memory_fails_at_the_end_and_leaks_nothing)
{
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_buffer *buffer = NULL;
		cstn_error *error = NULL;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = write_all(&memory.allocator, &buffer, &error);
		if (status == CSTN_OK) {
			cstn_buffer_free(buffer);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			break;
		}
		ck_assert_int_eq(status, CSTN_E_NOMEM);
		ck_assert_ptr_null(buffer);
		cstn_error_free(error);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_ge(n, 3);
}
END_TEST

START_TEST(bytes_that_are_given_up_leave_nothing)
{
	failing_allocator memory;
	cstn__bytes bytes;

	failing_allocator_init(&memory, 0);
	cstn__bytes_init(&bytes, &memory.allocator);
	cstn__bytes_free(&bytes);
	cstn__bytes_put(&bytes, "abc", 3);
	cstn__bytes_put(&bytes, "abc", (size_t)PTRDIFF_MAX);
	ck_assert_int_eq(bytes.failed, 1);
	cstn__bytes_put(&bytes, "abc", 3);
	ck_assert_uint_eq(bytes.size, 3);
	cstn__bytes_free(&bytes);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(memory_that_will_be_filled_keeps_its_bytes_whatever_its_size_and_place)
{
	static const size_t sizes[] = {0, 1, 2 * CSTN__LARGE_PAGE - 1, 2 * CSTN__LARGE_PAGE,
			2 * CSTN__LARGE_PAGE + 1, 3 * CSTN__LARGE_PAGE + 4097};

	cstn__will_be_filled(NULL, 3 * CSTN__LARGE_PAGE);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *memory = cstn__alloc(NULL, sizes[i] + 8);

		ck_assert_ptr_nonnull(memory);
		memory[0] = 1;
		memory[sizes[i] + 7] = 2;
		cstn__will_be_filled(memory + i, sizes[i]);
		ck_assert_uint_eq(memory[0], 1);
		ck_assert_uint_eq(memory[sizes[i] + 7], 2);
		memset(memory, 3, sizes[i] + 8);
		ck_assert_uint_eq(memory[sizes[i] / 2], 3);
		cstn__free(NULL, memory, sizes[i] + 8);
	}
}
END_TEST

START_TEST(the_failing_allocator_sees_a_wrong_size_and_a_write_past_the_end)
{
	failing_allocator memory;
	uint8_t *block;

	failing_allocator_init(&memory, 0);
	block = memory.allocator.alloc(&memory, 10, 16);
	memory.allocator.free(&memory, block, 11, 16);
	ck_assert_uint_eq(failing_allocator_live(&memory), 2);
	memory.allocator.free(&memory, block, 10, 8);
	ck_assert_uint_eq(failing_allocator_live(&memory), 3);
	block[10] ^= 1;
	memory.allocator.free(&memory, block, 10, 16);
	ck_assert_uint_eq(failing_allocator_live(&memory), 4);
	block[10] ^= 1;
	memory.allocator.free(&memory, block, 10, 16);
	ck_assert_uint_eq(memory.live_blocks, 0);
	ck_assert_uint_eq(memory.faults, 3);
	memory.fail_at = 2;
	memory.fail_on = 1;
	ck_assert_ptr_null(memory.allocator.alloc(&memory, 10, 16));
	ck_assert_ptr_null(memory.allocator.alloc(&memory, 10, 16));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base_alloc");
	TCase *test_case = tcase_create("alloc");
	SRunner *runner;
	int failed;

	tcase_add_test(test_case, null_is_the_libc_allocator);
	tcase_add_test(test_case, an_allocator_without_one_of_its_functions_is_refused);
	tcase_add_test(test_case, blocks_are_aligned_as_asked_and_keep_their_bytes_when_they_move);
	tcase_add_test(test_case, size_zero_gives_a_block_and_too_large_a_size_gives_none);
	tcase_add_test(test_case, zeroed_memory_is_zero);
	tcase_add_test(test_case, realloc_of_nothing_allocates);
	tcase_add_test(test_case, array_sizes_saturate_instead_of_wrapping);
	tcase_add_test(test_case, arrays_grow_by_doubling_and_keep_their_items);
	tcase_add_test(test_case, an_array_that_cannot_grow_is_unchanged);
	tcase_add_test(test_case, pieces_of_an_arena_are_aligned_apart_and_never_move);
	tcase_add_test(test_case, copies_in_an_arena_end_with_a_nul);
	tcase_add_test(test_case, an_arena_without_memory_gives_none_and_goes_on_later);
	tcase_add_test(test_case, a_buffer_has_its_bytes_and_a_nul_behind_them);
	tcase_add_test(test_case, no_buffer_is_empty);
	tcase_add_test(test_case, bytes_are_written_little_endian_and_read_back);
	tcase_add_test(test_case, a_reader_past_the_end_fails_and_stays_failed);
	tcase_add_test(test_case, writing_without_memory_fails_at_the_end_and_leaks_nothing);
	tcase_add_test(test_case, bytes_that_are_given_up_leave_nothing);
	tcase_add_test(test_case,
			memory_that_will_be_filled_keeps_its_bytes_whatever_its_size_and_place);
	tcase_add_test(test_case, the_failing_allocator_sees_a_wrong_size_and_a_write_past_the_end);
	suite_add_tcase(suite, test_case);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
