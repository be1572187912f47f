/* Single rows out of encoded blocks: the same values as decoding the whole block gives, for every
 * encoding, width and pattern of nulls; and the cache that such blocks lie in. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/block_cache.h"

#include "block_fixture.h"
#include "segment_check.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define SEED UINT64_C(0x5eed2026)

static const uint64_t sizes[] = {1, 2, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 65535, 65536};
static const uint64_t rows_of_note[] = {0, 1, 62, 63, 64, 65, 1022, 1023, 1024, 1025, 2047, 2048};

/* --- blocks ----------------------------------------------------------------------------------- */

static void same_number(const cstn__packed *packed, const cstn__values *whole, uint64_t row)
{
	int64_t number = 77;

	cstn__packed_numbers(packed, row, 1, &number);
	ck_assert_msg(number == whole->numbers[row] &&
					cstn__packed_is_valid(packed, row) ==
							cstn__values_is_valid(whole, row),
			"seed %llx: row %llu of %llu, encoding %d, width %d",
			(unsigned long long)SEED, (unsigned long long)row,
			(unsigned long long)packed->rows, packed->encoding, packed->width);
}

static void same_range(
		const cstn__packed *packed, const cstn__values *whole, uint64_t from, uint64_t n)
{
	int64_t *numbers = malloc((size_t)(n + 1) * sizeof(*numbers));

	cstn__packed_numbers(packed, from, n, numbers);
	ck_assert_mem_eq(numbers, whole->numbers + from, (size_t)n * sizeof(*numbers));
	free(numbers);
}

/* Encode n values in one encoding, and read them both ways. */
static cstn__block_info read_both_ways(
		const cstn__values *values, uint64_t n, uint32_t encoding, uint64_t *state)
{
	cstn__block_info info;
	cstn__packed packed;
	cstn__block whole;
	cstn__bytes bytes;
	uint8_t *exact;

	cstn__bytes_init(&bytes, NULL);
	ck_assert_int_eq(cstn__block_encode(values, 0, n, 1u << encoding, 0, &bytes, &info, NULL),
			CSTN_OK);
	ck_assert_uint_eq(info.encoding, encoding);
	exact = malloc(bytes.size + 1); /* so that a read past the end is seen */
	memcpy(exact, bytes.data, bytes.size);
	exact = realloc(exact, bytes.size ? bytes.size : 1);
	ck_assert_int_eq(cstn__block_decode(&info, exact, n, 0, NULL, &whole, NULL), CSTN_OK);
	cstn__packed_init(&info, exact, n, &packed);
	for (size_t i = 0; i < LENGTH(rows_of_note); i++)
		if (rows_of_note[i] < n)
			same_number(&packed, &whole.values, rows_of_note[i]);
	same_number(&packed, &whole.values, n - 1);
	same_range(&packed, &whole.values, 0, n);
	for (int i = 0; i < 200; i++) {
		uint64_t from = block_random(state) % n;

		same_number(&packed, &whole.values, from);
		same_range(&packed, &whole.values, from, block_random(state) % 20 % (n - from + 1));
	}
	cstn__block_free(&whole, NULL);
	cstn__bytes_free(&bytes);
	free(exact);
	return info;
}

/* Nulls where the state says; under them zeros, as the store has them. */
static void punch(
		struct block_column *column, cstn__values *values, uint64_t one_in, uint64_t *state)
{
	for (uint64_t i = 0; i < BLOCK_LARGEST; i++) {
		uint64_t bit = UINT64_C(1) << i % 64;

		if (block_random(state) % one_in == 0) {
			column->validity[i / 64] &= ~bit;
			column->numbers[i] = 0;
		} else {
			column->validity[i / 64] |= bit;
		}
	}
	values->validity = column->validity;
}

static void any_nulls(struct block_column *column, uint32_t encoding, int pattern, uint32_t width)
{
	uint64_t state = SEED;

	for (int nulls = 0; nulls < N_NULLS + 3; nulls++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__values values = block_numbers(
					column, pattern, nulls < N_NULLS ? nulls : NONE);
			cstn__block_info info;

			if (encoding == CSTN__ENCODING_DELTA && (nulls != NONE || sizes[i] < 2))
				continue;
			if (nulls >= N_NULLS)
				punch(column, &values, nulls == N_NULLS ? 2 : 64, &state);
			info = read_both_ways(&values, sizes[i], encoding, &state);
			if (nulls == NONE && sizes[i] > 2000)
				ck_assert_uint_eq(info.width, width);
		}
}

START_TEST(a_row_is_what_decoding_the_block_gives)
{
	static const struct {
		uint32_t encoding;
		int pattern;
		uint32_t width;
	} all[] = {{CSTN__ENCODING_RAW, DIGITS, 1}, {CSTN__ENCODING_RAW, BYTES8, 8},
			{CSTN__ENCODING_RAW, ANY, 8}, {CSTN__ENCODING_RAW, EXTREMES, 8},
			{CSTN__ENCODING_FOR, SAME, 1}, {CSTN__ENCODING_FOR, TWO, 1},
			{CSTN__ENCODING_FOR, DIGITS, 2}, {CSTN__ENCODING_FOR, NIBBLES, 4},
			{CSTN__ENCODING_FOR, BYTES8, 8}, {CSTN__ENCODING_FOR, BYTES16, 16},
			{CSTN__ENCODING_FOR, BYTES32, 32}, {CSTN__ENCODING_DELTA, RISING, 1},
			{CSTN__ENCODING_DELTA, RISING_BY_LITTLE, 4},
			{CSTN__ENCODING_DELTA, FALLING_OVER_ZERO, 1},
			{CSTN__ENCODING_DELTA, BYTES16, 32}, {CSTN__ENCODING_DELTA, NIBBLES, 8},
			{CSTN__ENCODING_DELTA, EXTREMES, 2}, {CSTN__ENCODING_RLE, RUNS, 0},
			{CSTN__ENCODING_RLE, EXTREMES, 0}, {CSTN__ENCODING_RLE, ANY, 0}};
	struct block_column *column = block_column_new();

	any_nulls(column, all[_i].encoding, all[_i].pattern, all[_i].width);
	free(column);
}
END_TEST

START_TEST(a_constant_is_every_row)
{
	struct block_column *column = block_column_new();
	cstn__values values = block_numbers(column, SAME, NONE);
	uint64_t state = SEED;

	for (size_t i = 0; i < LENGTH(sizes); i++)
		read_both_ways(&values, sizes[i], CSTN__ENCODING_CONST, &state);
	free(column);
}
END_TEST

/* RAW in 2 and 4 bytes, which signed numbers of their size are best held in. */
START_TEST(signed_numbers_of_each_size_are_read_with_their_sign)
{
	struct block_column *column = block_column_new();
	uint64_t state = SEED;

	for (uint32_t width = 1; width <= 8; width *= 2) {
		cstn__values values = block_numbers(column, ANY, NONE);
		cstn__block_info info;

		for (uint64_t i = 0; i < BLOCK_LARGEST; i++)
			column->numbers[i] >>= 64 - 8 * width;
		info = read_both_ways(&values, 5000, CSTN__ENCODING_RAW, &state);
		ck_assert_uint_eq(info.width, width);
	}
	free(column);
}
END_TEST

START_TEST(a_text_is_what_decoding_the_block_gives)
{
	struct block_column *column = block_column_new();

	for (int nulls = 0; nulls < N_NULLS; nulls++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__values values = block_texts(column, nulls);
			cstn__block_info info;
			cstn__packed packed;
			cstn__block whole;
			cstn__bytes bytes;

			cstn__bytes_init(&bytes, NULL);
			ck_assert_int_eq(cstn__block_encode(&values, 0, sizes[i],
							 CSTN__ENCODINGS_ALL, 0, &bytes, &info,
							 NULL),
					CSTN_OK);
			ck_assert_int_eq(cstn__block_decode(&info, bytes.data, sizes[i], 0, NULL,
							 &whole, NULL),
					CSTN_OK);
			cstn__packed_init(&info, bytes.data, sizes[i], &packed);
			for (uint64_t row = 0; row < sizes[i]; row++) {
				uint8_t text[64];
				size_t len = cstn__packed_text_len(&packed, row), expected_len;
				const uint8_t *expected = cstn__values_text(
						&whole.values, row, &expected_len);

				cstn__packed_put_text(&packed, row, (uint32_t)len, text);
				if (len != expected_len || memcmp(text, expected, len) != 0 ||
						!cstn__packed_text_is(
								&packed, row, expected, len) ||
						cstn__packed_is_valid(&packed, row) !=
								cstn__values_is_valid(
										&whole.values, row))
					ck_abort_msg("row %llu", (unsigned long long)row);
			}
			cstn__block_free(&whole, NULL);
			cstn__bytes_free(&bytes);
		}
	free(column);
}
END_TEST

/* --- segments --------------------------------------------------------------------------------- */

/* Of a block of a segment, a text or a number of each row, both ways. */
static void same_block(cstn__segment *segment, uint32_t chunk, uint32_t number)
{
	cstn__packed_block packed;
	cstn__block whole;

	ck_assert_int_eq(cstn__segment_read_packed(
					 segment, chunk, number, NULL, &packed, NULL, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__segment_unpack(segment, chunk, number, &packed, NULL, &whole, NULL),
			CSTN_OK);
	ck_assert_ptr_eq(packed.dictionary, whole.values.dictionary);
	if (whole.values.numbers)
		same_range(&packed.packed, &whole.values, 0, whole.values.rows);
	for (uint64_t row = 0; whole.values.offsets && row < whole.values.rows; row++) {
		size_t len;
		const uint8_t *text = cstn__values_text(&whole.values, row, &len);

		if (!cstn__packed_text_is(&packed.packed, row, text, len) ||
				cstn__packed_text_len(&packed.packed, row) != len)
			ck_abort_msg("row %llu", (unsigned long long)row);
	}
	if (cstn__segment_column_id(segment, number) == CSTN__COLUMN_CHILDREN)
		for (uint64_t row = 0; row < whole.values.rows; row++)
			if (packed.starts[row + 1] - packed.starts[row] !=
					whole.values.numbers[row])
				ck_abort_msg("row %llu", (unsigned long long)row);
	cstn__block_free(&whole, NULL);
	cstn__packed_block_free(&packed, NULL);
}

START_TEST(every_block_of_a_segment_is_the_same_both_ways)
{
	memory_disk disk;
	cstn__segment_written written;
	cstn__segment *segment;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 70000, 4096, _i, &written);
	segment = segment_open_ok(&disk, "seg", &segment_orders);
	ck_assert_uint_gt(cstn__segment_chunks(segment), 1);
	for (uint32_t c = 0; c < cstn__segment_columns(segment); c++)
		for (uint32_t chunk = 0; chunk < cstn__segment_chunks(segment); chunk++)
			same_block(segment, chunk, c);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

/* Bits of every sixth byte: each is within a block, padding, the index, or the frame. */
START_TEST(a_damaged_block_is_refused_before_a_row_of_it_is_read)
{
	memory_disk disk;
	cstn__segment_written written;
	struct memory_disk_file *file;
	uint64_t refused = 0;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 40, 40, 0, &written);
	file = memory_disk_find(&disk, "seg");
	for (size_t byte = 128; byte < file->size; byte += 6 * test_every()) {
		cstn__segment *segment = NULL;

		file->data[byte] ^= 4;
		if (segment_open(&disk, "seg", &segment_orders, NULL, &segment, NULL) == CSTN_OK) {
			for (uint32_t c = 0; c < cstn__segment_columns(segment); c++) {
				cstn__packed_block packed = {.size = 7};
				cstn__block whole;
				cstn_status one, all;

				one = cstn__segment_read_packed(
						segment, 0, c, NULL, &packed, NULL, NULL, NULL);
				all = cstn__segment_read(segment, 0,
						cstn__segment_column_id(segment, c), &whole, NULL);
				ck_assert_int_eq(one, all);
				refused += one == CSTN_E_CORRUPT;
				if (one == CSTN_OK) {
					cstn__block_free(&whole, NULL);
					cstn__packed_block_free(&packed, NULL);
				} else {
					ck_assert_uint_eq(packed.size, 7);
					ck_assert_ptr_null(packed.memory);
				}
			}
			cstn__segment_free(segment);
		}
		file->data[byte] ^= 4;
	}
	ck_assert_uint_gt(refused * test_every(), 50);
	memory_disk_free(&disk);
}
END_TEST

/* --- the cache -------------------------------------------------------------------------------- */

typedef struct cached_segment {
	memory_disk disk;
	cstn__segment *segment;
	cstn__block_cache cache;
	cstn__cached_slots slots;
	cstn_allocator allocator;
	uint32_t columns, chunks;
} cached_segment;

static void cached_open(cached_segment *at, uint64_t limit)
{
	cstn__segment_written written;
	cstn__bytes holder;

	cstn__bytes_init(&holder, NULL);
	at->allocator = holder.allocator;
	memory_disk_init(&at->disk);
	segment_write_ok(&at->disk, "seg", &segment_orders, 70000, 4096, 0, &written);
	at->segment = segment_open_ok(&at->disk, "seg", &segment_orders);
	ck_assert_int_eq(cstn__block_cache_init(&at->cache, limit, &at->allocator, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__cached_slots_init(&at->slots, at->segment, &at->allocator, NULL),
			CSTN_OK);
	at->columns = cstn__segment_columns(at->segment);
	at->chunks = cstn__segment_chunks(at->segment);
}

static void cached_close(cached_segment *at)
{
	cstn__cached_slots_free(&at->slots, &at->cache, &at->allocator);
	ck_assert_uint_eq(at->cache.bytes, 0);
	ck_assert_uint_eq(at->cache.count, 0);
	cstn__block_cache_free(&at->cache);
	cstn__segment_free(at->segment);
	memory_disk_free(&at->disk);
}

static cstn__cached *get(cached_segment *at, uint32_t chunk, uint32_t column)
{
	cstn__cached *cached = NULL;

	ck_assert_int_eq(cstn__cached_get(&at->cache, &at->slots, at->segment, chunk, column,
					 &cached, NULL),
			CSTN_OK);
	return cached;
}

static void get_all(cached_segment *at)
{
	for (uint32_t c = 0; c < at->columns; c++)
		for (uint32_t chunk = 0; chunk < at->chunks; chunk++)
			cstn__cached_put_back(get(at, chunk, c));
}

START_TEST(a_block_that_is_there_is_given_again)
{
	cached_segment at;
	cstn__cached *cached;

	cached_open(&at, UINT64_MAX);
	cached = get(&at, 0, 1);
	ck_assert_ptr_eq(get(&at, 0, 1), cached);
	cstn__cached_put_back(cached);
	cstn__cached_put_back(cached);
	get_all(&at);
	ck_assert_uint_eq(at.cache.count, at.columns * at.chunks);
	ck_assert_ptr_eq(get(&at, 0, 1), cached);
	cstn__cached_put_back(cached);
	cached_close(&at);
}
END_TEST

START_TEST(blocks_over_the_limit_leave_but_for_those_in_use)
{
	cached_segment at;
	cstn__cached *kept;

	cached_open(&at, 1);
	kept = get(&at, 0, 1);
	get_all(&at);
	ck_assert_uint_lt(at.cache.count, 3);
	ck_assert_ptr_eq(get(&at, 0, 1), kept);
	cstn__cached_put_back(kept);
	cstn__cached_put_back(kept);
	get_all(&at);
	ck_assert_uint_lt(at.cache.count, 3);
	cached_close(&at);
}
END_TEST

START_TEST(a_reader_of_all_rows_drops_no_block_of_another)
{
	cached_segment at;
	cstn__cached *first;
	cstn__block whole;

	cached_open(&at, 100000);
	first = get(&at, 0, 1);
	cstn__cached_put_back(first);
	for (int turn = 0; turn < 2; turn++)
		for (uint32_t c = 0; c < at.columns; c++)
			for (uint32_t chunk = 0; chunk < at.chunks; chunk++) {
				ck_assert_int_eq(cstn__cached_read(&at.cache, &at.slots, at.segment,
								 chunk, c, NULL, &whole, NULL),
						CSTN_OK);
				cstn__block_free(&whole, NULL);
			}
	ck_assert_ptr_eq(get(&at, 0, 1), first);
	cstn__cached_put_back(first);
	cached_close(&at);
}
END_TEST

enum { READERS = 4, TURNS = 3000 };

typedef struct reader {
	cached_segment *at;
	uint64_t state;
	int wrong;
} reader;

/* Sequence numbers rise by one a row, so that any of them tells whether its block is the right one.
 */
static void *read_some(void *context)
{
	reader *own = context;
	cached_segment *at = own->at;

	for (int i = 0; i < TURNS; i++) {
		uint32_t chunk = (uint32_t)(block_random(&own->state) % at->chunks);
		uint32_t column = (uint32_t)(block_random(&own->state) % at->columns);
		cstn__cached *cached = NULL;
		uint64_t first;
		uint32_t rows, children;

		own->wrong |= cstn__cached_get(
				&at->cache, &at->slots, at->segment, chunk, column, &cached, NULL);
		cstn__segment_chunk(at->segment, chunk, &first, &rows, &children);
		own->wrong |= cached->block.packed.rows != rows &&
			      cached->block.packed.rows != children;
		own->wrong |= cached->slot != &at->slots.items[column * at->chunks + chunk];
		cstn__cached_put_back(cached);
	}
	return NULL;
}

START_TEST(many_readers_of_a_small_cache_get_their_blocks)
{
	cached_segment at;
	pthread_t threads[READERS];
	reader readers[READERS];

	cached_open(&at, _i ? 200000 : 1);
	for (int i = 0; i < READERS; i++) {
		readers[i] = (reader){&at, SEED + (uint64_t)i, 0};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_some, &readers[i]), 0);
	}
	for (int i = 0; i < READERS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_int_eq(readers[i].wrong, 0);
	}
	cached_close(&at);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_packed");
	TCase *tests = tcase_create("tests");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 600);
	tcase_add_loop_test(tests, a_row_is_what_decoding_the_block_gives, 0, 20);
	tcase_add_test(tests, a_constant_is_every_row);
	tcase_add_test(tests, signed_numbers_of_each_size_are_read_with_their_sign);
	tcase_add_test(tests, a_text_is_what_decoding_the_block_gives);
	tcase_add_loop_test(tests, every_block_of_a_segment_is_the_same_both_ways, 0, 2);
	tcase_add_test(tests, a_damaged_block_is_refused_before_a_row_of_it_is_read);
	tcase_add_test(tests, a_block_that_is_there_is_given_again);
	tcase_add_test(tests, blocks_over_the_limit_leave_but_for_those_in_use);
	tcase_add_test(tests, a_reader_of_all_rows_drops_no_block_of_another);
	tcase_add_loop_test(tests, many_readers_of_a_small_cache_get_their_blocks, 0, 2);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
