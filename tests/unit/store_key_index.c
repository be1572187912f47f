/* The key index of a segment: every key is found, one that is not there is not, rows that share a
 * key come oldest first, and a cold look-up reads two pages. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/little_endian.h"
#include "store/segment.h"

#include "segment_fixture.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const cstn__store_column columns[] = {
		{16, "id", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{17, "part", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_DICTIONARY, CSTN__SPACE_ROW},
};
static const uint32_t one_key[] = {16}, two_keys[] = {17, 16};
static const cstn__store_table by_number = {
		2, CSTN__TABLE_APPEND, "events", columns, 1, one_key, 1, 16, 0};
static const cstn__store_table by_both = {
		2, CSTN__TABLE_KEYED, "parts", columns, 2, two_keys, 2, 16, 0};
static const cstn__store_table without_key = {
		2, CSTN__TABLE_APPEND, "events", columns, 1, NULL, 0, 16, 0};

static cstn__segment *write_numbers(memory_disk *disk, const cstn__store_table *table,
		const int64_t *numbers, uint64_t n)
{
	static const uint32_t ids[] = {16, CSTN__COLUMN_SEQ};
	int64_t *seq = calloc((size_t)n + 1, sizeof(*seq));
	cstn__values values[2] = {
			{n, NULL, numbers, NULL, NULL, NULL}, {n, NULL, seq, NULL, NULL, NULL}};
	cstn__store_batch batch = {n, 0, NULL, ids, values, 2};
	cstn__segment_writer *writer = NULL;
	cstn__segment_written written;
	cstn__segment *segment = NULL;

	ck_assert_ptr_nonnull(seq);
	ck_assert_int_eq(cstn__segment_writer_new(&disk->vfs, "seg", segment_uuid, SEGMENT_FILE_NO,
					 table, 1, 0, NULL, &writer, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_put(writer, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_OK);
	cstn__segment_writer_free(writer);
	ck_assert_int_eq(segment_open(disk, "seg", table, NULL, &segment, NULL), CSTN_OK);
	free(seq);
	return segment;
}

static uint64_t hash_of(int64_t number)
{
	uint8_t key[8];

	cstn__store64(key, (uint64_t)number);
	return cstn__key_hash(segment_uuid, key, 8);
}

START_TEST(a_key_is_its_columns_in_order)
{
	static const int64_t numbers[] = {0, -2};
	static const uint32_t offsets[] = {0, 2, 2};
	static const uint8_t expected[] = {2, 0, 0, 0, 'h', 'i', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const int64_t codes[] = {1, 0};
	static const uint32_t dictionary_offsets[] = {0, 0, 2};
	cstn__values dictionary = {2, NULL, NULL, dictionary_offsets, (const uint8_t *)"hi", NULL};
	cstn__values key[2] = {{2, NULL, NULL, offsets, (const uint8_t *)"hi", NULL},
			{2, NULL, numbers, NULL, NULL, NULL}};
	cstn__bytes out;

	cstn__bytes_init(&out, NULL);
	cstn__key_put(key, 2, 0, &out);
	cstn__key_put(key, 2, 1, &out);
	ck_assert_uint_eq(out.size, sizeof(expected));
	ck_assert_mem_eq(out.data, expected, sizeof(expected));
	out.size = 0;
	key[0] = (cstn__values){2, NULL, codes, NULL, NULL, &dictionary}; /* the same text */
	cstn__key_put(key, 2, 0, &out);
	cstn__key_put(key, 2, 1, &out);
	ck_assert_mem_eq(out.data, expected, sizeof(expected));
	ck_assert_uint_eq(cstn__key_hash(segment_uuid, out.data, 14),
			cstn__hash64(cstn__load64(segment_uuid), out.data, 14));
	cstn__bytes_free(&out);
}
END_TEST

START_TEST(every_key_is_found_at_any_number_of_rows)
{
	/* Around a bucket, a page of the directory (511 buckets of 8) and pages of entries. */
	static const uint64_t sizes[] = {1, 2, 8, 9, 16, 17, 510, 511, 512, 1022, 1023, 4087, 4088,
			4089, 8176, 8177, 20000};

	for (size_t i = 0; i < LENGTH(sizes); i++) {
		uint64_t n = sizes[i], strays = 0;
		int64_t *numbers = calloc((size_t)n, sizeof(*numbers));
		memory_disk disk;
		cstn__segment *segment;

		ck_assert_ptr_nonnull(numbers);
		for (uint64_t row = 0; row < n; row++)
			numbers[row] = (int64_t)(row * 7919) - 50000;
		memory_disk_init(&disk);
		segment = write_numbers(&disk, &by_number, numbers, n);
		ck_assert_int_eq(cstn__segment_verify(segment, NULL), CSTN_OK);
		for (uint64_t row = 0; row < n; row++) {
			uint32_t rows[4] = {0};
			size_t found = 0;

			ck_assert_int_eq(cstn__segment_lookup(segment, hash_of(numbers[row]), rows,
							 4, &found, NULL),
					CSTN_OK);
			ck_assert_uint_eq(found, 1);
			ck_assert_uint_eq(rows[0], row);
			ck_assert_int_eq(cstn__segment_lookup(segment, hash_of(numbers[row] + 1),
							 rows, 4, &found, NULL),
					CSTN_OK);
			strays += found;
		}
		ck_assert_uint_le(strays, 1); /* 6 in 2^32 a look-up */
		cstn__segment_free(segment);
		memory_disk_free(&disk);
		free(numbers);
	}
}
END_TEST

START_TEST(a_cold_look_up_reads_two_pages_and_a_warm_one_none)
{
	enum { N = 20000 };
	int64_t *numbers = calloc(N, sizeof(*numbers));
	memory_disk disk;
	cstn__segment *segment;
	uint64_t three = 0, reads;
	uint32_t rows[2];
	size_t found;

	ck_assert_ptr_nonnull(numbers);
	for (int i = 0; i < N; i++)
		numbers[i] = i;
	memory_disk_init(&disk);
	segment = write_numbers(&disk, &by_number, numbers, N);
	for (int i = 0; i < 200; i++) {
		cstn__segment *cold = NULL;

		ck_assert_int_eq(
				segment_open(&disk, "seg", &by_number, NULL, &cold, NULL), CSTN_OK);
		reads = disk.reads;
		ck_assert_int_eq(cstn__segment_lookup(cold, hash_of(i * 91), rows, 2, &found, NULL),
				CSTN_OK);
		reads = disk.reads - reads;
		ck_assert_uint_ge(reads, 2);
		ck_assert_uint_le(reads, 4);
		three += reads > 2; /* a bucket that crosses a page */
		cstn__segment_free(cold);
	}
	ck_assert_uint_lt(three, 20);
	for (int pass = 0; pass < 2; pass++) {
		reads = disk.reads;
		for (int i = 0; i < N; i++)
			ck_assert_int_eq(cstn__segment_lookup(segment, hash_of(i), rows, 2, &found,
							 NULL),
					CSTN_OK);
		if (pass)
			ck_assert_uint_eq(disk.reads, reads);
	}
	cstn__segment_free(segment);
	memory_disk_free(&disk);
	free(numbers);
}
END_TEST

START_TEST(rows_of_one_key_come_oldest_first_and_are_all_counted)
{
	enum { N = 5000 };
	int64_t *numbers = calloc(N, sizeof(*numbers));
	memory_disk disk;
	cstn__segment *segment;
	uint32_t rows[N];
	size_t found;

	ck_assert_ptr_nonnull(numbers);
	for (int i = 0; i < N; i++)
		numbers[i] = i % 3 ? i : 42; /* a third of the rows are one key */
	memory_disk_init(&disk);
	segment = write_numbers(&disk, &by_number, numbers, N);
	ck_assert_int_eq(cstn__segment_verify(segment, NULL), CSTN_OK);
	ck_assert_int_eq(
			cstn__segment_lookup(segment, hash_of(42), rows, N, &found, NULL), CSTN_OK);
	ck_assert_uint_eq(found, (N + 2) / 3);
	for (size_t i = 0; i < found; i++)
		ck_assert_uint_eq(rows[i], i * 3);
	rows[2] = 12345;
	ck_assert_int_eq(
			cstn__segment_lookup(segment, hash_of(42), rows, 2, &found, NULL), CSTN_OK);
	ck_assert_uint_eq(found, (N + 2) / 3); /* more than the two that were given */
	ck_assert_uint_eq(rows[1], 3);
	ck_assert_uint_eq(rows[2], 12345);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
	free(numbers);
}
END_TEST

START_TEST(hashes_that_agree_in_what_is_stored_are_all_given)
{
	enum { N = 64 };
	int64_t numbers[N];
	memory_disk disk;
	cstn__segment *segment;
	uint64_t hash;
	uint32_t rows[4];
	size_t found;

	for (int i = 0; i < N; i++)
		numbers[i] = i;
	memory_disk_init(&disk);
	segment = write_numbers(&disk, &by_number, numbers, N);
	/* 64 rows: 3 bits name the bucket, 32 are stored, 29 between them are not. */
	hash = hash_of(11);
	for (int bit = 32; bit < 61; bit++) {
		ck_assert_int_eq(cstn__segment_lookup(segment, hash ^ UINT64_C(1) << bit, rows, 4,
						 &found, NULL),
				CSTN_OK);
		ck_assert_uint_eq(found, 1);
		ck_assert_uint_eq(rows[0], 11);
	}
	for (int bit = 0; bit < 32; bit++) {
		ck_assert_int_eq(cstn__segment_lookup(segment, hash ^ UINT64_C(1) << bit, rows, 4,
						 &found, NULL),
				CSTN_OK);
		ck_assert_uint_eq(found, 0);
	}
	for (int bit = 61; bit < 64; bit++) {
		ck_assert_int_eq(cstn__segment_lookup(segment, hash ^ UINT64_C(1) << bit, rows, 4,
						 &found, NULL),
				CSTN_OK);
		ck_assert_uint_eq(found, 0);
	}
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(keys_of_several_columns_with_text_are_found)
{
	enum { N = 1000 };
	static const uint32_t ids[] = {16, CSTN__COLUMN_SEQ, 17};
	static const uint32_t offsets[] = {0, 1, 2, 4};
	int64_t numbers[N], codes[N];
	cstn__values dictionary = {3, NULL, NULL, offsets, (const uint8_t *)"abab", NULL};
	cstn__values values[3] = {{N, NULL, numbers, NULL, NULL, NULL},
			{N, NULL, numbers, NULL, NULL, NULL},
			{N, NULL, codes, NULL, NULL, &dictionary}};
	cstn__store_batch batch = {N, 0, NULL, ids, values, 3};
	memory_disk disk;
	cstn__segment_writer *writer = NULL;
	cstn__segment_written written;
	cstn__segment *segment = NULL;

	for (int i = 0; i < N; i++) {
		numbers[i] = i / 3;
		codes[i] = i % 3;
	}
	memory_disk_init(&disk);
	ck_assert_int_eq(cstn__segment_writer_new(&disk.vfs, "seg", segment_uuid, SEGMENT_FILE_NO,
					 &by_both, 1, 0, NULL, &writer, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_put(writer, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_OK);
	cstn__segment_writer_free(writer);
	ck_assert_int_eq(segment_open(&disk, "seg", &by_both, NULL, &segment, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__segment_verify(segment, NULL), CSTN_OK);
	for (int i = 0; i < N; i++) {
		cstn__values key[2] = {values[2], values[0]};
		cstn__bytes bytes;
		uint32_t rows[2];
		size_t found;

		cstn__bytes_init(&bytes, NULL);
		cstn__key_put(key, 2, (uint64_t)i, &bytes);
		ck_assert_int_eq(cstn__segment_lookup(segment,
						 cstn__key_hash(segment_uuid, bytes.data,
								 bytes.size),
						 rows, 2, &found, NULL),
				CSTN_OK);
		ck_assert_uint_eq(found, 1);
		ck_assert_uint_eq(rows[0], (uint32_t)i);
		cstn__bytes_free(&bytes);
	}
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(a_table_without_a_key_or_rows_finds_nothing)
{
	static const int64_t numbers[] = {1};
	memory_disk disk;
	cstn__segment *segment;
	uint32_t rows[1];
	size_t found = 9;

	memory_disk_init(&disk);
	segment = write_numbers(&disk, &without_key, numbers, 1);
	ck_assert_int_eq(cstn__segment_lookup(segment, hash_of(1), rows, 1, &found, NULL), CSTN_OK);
	ck_assert_uint_eq(found, 0);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
	memory_disk_init(&disk);
	segment = write_numbers(&disk, &by_number, numbers, 0);
	found = 9;
	ck_assert_int_eq(cstn__segment_lookup(segment, hash_of(1), rows, 1, &found, NULL), CSTN_OK);
	ck_assert_uint_eq(found, 0);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

/* --- several segments at once ----------------------------------------------------------------- */

/* What the probe says of a segment against what its look-up says; 1 if it asked for that. */
static int check_probe(const cstn__probe *probe, int may, uint64_t hash)
{
	uint32_t rows[4] = {0};
	size_t found = 9;

	ck_assert_int_eq(
			cstn__segment_lookup(probe->segment, hash, rows, 4, &found, NULL), CSTN_OK);
	if (!may)
		ck_assert_uint_eq(found, 0);
	else if (!probe->asks)
		ck_assert_uint_eq(found, 1);
	if (may && !probe->asks)
		ck_assert_uint_eq(probe->row, rows[0]);
	return may && probe->asks;
}

START_TEST(several_segments_have_at_once_what_each_has)
{
	static const uint64_t sizes[] = {20000, 0, 3000, 1, 9};
	enum { SEGMENTS = LENGTH(sizes), KEYS = 24000, TURNS = 3 };
	int64_t *numbers = calloc(20000, sizeof(*numbers));
	memory_disk disks[SEGMENTS];
	cstn__probe probes[SEGMENTS];
	int asked[TURNS] = {0};

	ck_assert_ptr_nonnull(numbers);
	for (size_t s = 0; s < SEGMENTS; s++) {
		for (uint64_t i = 0; i < sizes[s]; i++)
			numbers[i] = (int64_t)(i * SEGMENTS + s); /* each key in one of them */
		memory_disk_init(&disks[s]);
		probes[s].segment = write_numbers(&disks[s], &by_number, numbers, sizes[s]);
	}
	for (int turn = 0; turn < TURNS; turn++)
		for (int64_t key = 0; key < KEYS; key++) {
			uint64_t hash = hash_of(key * 4);
			uint32_t may = cstn__segments_probe(probes, SEGMENTS, hash);

			ck_assert_uint_eq(may >> SEGMENTS, 0);
			for (uint32_t s = 0; s < SEGMENTS; s++)
				asked[turn] += check_probe(&probes[s], may >> s & 1, hash);
		}
	/* Pages are held after a turn, and only buckets across two of them are asked for. */
	ck_assert_int_gt(asked[0], asked[1]);
	ck_assert_int_eq(asked[1], asked[2]);
	ck_assert_int_gt(asked[2], 0);
	ck_assert_int_lt(asked[2], KEYS / 10);
	for (size_t s = 0; s < SEGMENTS; s++) {
		cstn__segment_free(probes[s].segment);
		memory_disk_free(&disks[s]);
	}
	free(numbers);
}
END_TEST

START_TEST(a_segment_that_has_a_hash_twice_asks_to_be_looked_up)
{
	static const int64_t numbers[] = {5, 6, 6, 7};
	memory_disk disk;
	cstn__probe probe;

	memory_disk_init(&disk);
	probe.segment = write_numbers(&disk, &by_number, numbers, LENGTH(numbers));
	for (int turn = 0; turn < 3; turn++) {
		ck_assert_uint_eq(cstn__segments_probe(&probe, 1, hash_of(6)), 1);
		ck_assert_uint_eq(probe.asks, 1);
		check_probe(&probe, 1, hash_of(6));
	}
	ck_assert_uint_eq(cstn__segments_probe(&probe, 1, hash_of(7)), 1);
	ck_assert_uint_eq(probe.asks, 0);
	ck_assert_uint_eq(probe.row, 3);
	ck_assert_uint_eq(cstn__segments_probe(&probe, 1, hash_of(8)), 0);
	cstn__segment_free(probe.segment);
	memory_disk_free(&disk);
	memory_disk_init(&disk);
	probe.segment = write_numbers(&disk, &without_key, numbers, 1);
	ck_assert_uint_eq(cstn__segments_probe(&probe, 1, hash_of(5)), 0);
	cstn__segment_free(probe.segment);
	memory_disk_free(&disk);
}
END_TEST

/* --- damage ----------------------------------------------------------------------------------- */

/* The offset of a block of the key index in the file: kind 2 or 3. */
static uint64_t find_index(const struct memory_disk_file *file, uint8_t kind)
{
	const uint8_t *footer = file->data + cstn__load64(file->data + file->size - 64);
	uint32_t n_columns = cstn__load32(footer), n_chunks = cstn__load32(footer + 4);
	const uint8_t *block = footer + 32 + 16 * (size_t)n_chunks + 48 * (size_t)n_columns +
			       56 * (size_t)n_columns * n_chunks;

	for (uint32_t i = 0; i < cstn__load32(footer + 8); i++, block += 56)
		if (block[23] == kind)
			return cstn__load64(block);
	ck_abort_msg("no key index");
	return 0;
}

/* Hash a page again. */
static void seal_page(const struct memory_disk_file *file, uint64_t offset)
{
	uint64_t seed = cstn__load64(segment_uuid) ^ (uint64_t)SEGMENT_FILE_NO << 32 ^ offset;

	cstn__store64(file->data + offset, cstn__hash64(seed, file->data + offset + 8, 4088));
}

static void refuse_lookup(memory_disk *disk, uint64_t hash, const char *words)
{
	cstn__segment *segment = NULL;
	cstn_error *error = NULL;
	uint32_t rows[1] = {77};
	size_t found = 77;

	ck_assert_int_eq(segment_open(disk, "seg", &by_number, NULL, &segment, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__segment_lookup(segment, hash, rows, 1, &found, &error),
			CSTN_E_CORRUPT);
	ck_assert_uint_eq(found, 77);
	if (!strstr(cstn_error_message(error), words))
		ck_abort_msg("'%s' is not in '%s'", words, cstn_error_message(error));
	cstn_error_free(error);
	ck_assert_int_eq(cstn__segment_verify(segment, NULL), CSTN_E_CORRUPT);
	cstn__segment_free(segment);
}

START_TEST(an_index_that_is_whole_and_wrong_is_refused)
{
	static const int64_t numbers[] = {5, 6, 7};
	memory_disk disk;
	struct memory_disk_file *file;
	uint64_t directory, entries;

	memory_disk_init(&disk);
	cstn__segment_free(write_numbers(&disk, &by_number, numbers, 3));
	file = memory_disk_find(&disk, "seg");
	directory = find_index(file, 2);
	entries = find_index(file, 3);
	ck_assert_uint_eq(cstn__load64(file->data + directory + 8), 0); /* one bucket, from 0 */
	file->data[directory + 8] = 4;
	refuse_lookup(&disk, hash_of(5), "the hash of the page");
	seal_page(file, directory);
	refuse_lookup(&disk, hash_of(5), "the starts of key buckets rise");
	file->data[directory + 8] = 0;
	seal_page(file, directory);
	/* All three rows named 3, which is none. */
	for (uint64_t i = 0; i < 3; i++)
		cstn__store32(file->data + entries + 8 + i * 8 + 4, 3);
	refuse_lookup(&disk, hash_of(5), "the hash of the page");
	seal_page(file, entries);
	refuse_lookup(&disk, hash_of(5), "a row of the segment");
	memory_disk_free(&disk);
}
END_TEST

START_TEST(verify_sees_a_row_under_the_wrong_key)
{
	static const int64_t numbers[] = {5, 6, 7};
	memory_disk disk;
	struct memory_disk_file *file;
	cstn__segment *segment = NULL;
	uint64_t entries;
	cstn_error *error = NULL;

	memory_disk_init(&disk);
	cstn__segment_free(write_numbers(&disk, &by_number, numbers, 3));
	file = memory_disk_find(&disk, "seg");
	entries = find_index(file, 3);
	{
		uint32_t row = cstn__load32(file->data + entries + 12);

		cstn__store32(file->data + entries + 12, cstn__load32(file->data + entries + 20));
		cstn__store32(file->data + entries + 20, row);
	}
	seal_page(file, entries);
	/* And the seal of the file: the header counts last. */
	{
		size_t len = file->size - 64 - 128;
		uint8_t *bytes = malloc(len + 128);
		cstn__hash128_value hash;

		ck_assert_ptr_nonnull(bytes);
		memcpy(bytes, file->data + 128, len);
		memcpy(bytes + len, file->data, 128);
		hash = cstn__hash128(bytes, len + 128);
		cstn__store64(file->data + file->size - 32, hash.low);
		cstn__store64(file->data + file->size - 24, hash.high);
		free(bytes);
	}
	ck_assert_int_eq(segment_open(&disk, "seg", &by_number, NULL, &segment, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__segment_verify(segment, &error), CSTN_E_CORRUPT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "not the one of the rows"));
	cstn_error_free(error);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

/* --- threads ---------------------------------------------------------------------------------- */

struct looker {
	cstn__segment *segment;
	int failed;
};

/* Threads of one segment; the disk counts its calls, so each look-up here is of held pages or takes
 * its turn. */
static void *look_up_all(void *argument)
{
	struct looker *looker = argument;

	for (int i = 0; i < 4000; i++) {
		cstn__probe probe = {.segment = looker->segment};
		uint32_t rows[2];
		size_t found = 0;

		if (cstn__segments_probe(&probe, 1, hash_of(i)) != 1 ||
				(!probe.asks && probe.row != (uint32_t)i))
			looker->failed = 1;
		if (cstn__segment_lookup(looker->segment, hash_of(i), rows, 2, &found, NULL) !=
						CSTN_OK ||
				found != 1 || rows[0] != (uint32_t)i)
			looker->failed = 1;
	}
	return NULL;
}

START_TEST(threads_look_up_in_one_segment)
{
	int64_t numbers[4000];
	struct looker lookers[4];
	pthread_t threads[4];
	memory_disk disk;
	cstn__segment *segment;

	for (int i = 0; i < 4000; i++)
		numbers[i] = i;
	memory_disk_init(&disk);
	segment = write_numbers(&disk, &by_number, numbers, 4000);
	look_up_all(&(struct looker){segment, 0}); /* the pages are held from here on */
	for (int i = 0; i < 4; i++) {
		lookers[i] = (struct looker){segment, 0};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, look_up_all, &lookers[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(lookers[i].failed, 0);
	}
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_key_is_its_columns_in_order,
			every_key_is_found_at_any_number_of_rows,
			a_cold_look_up_reads_two_pages_and_a_warm_one_none,
			rows_of_one_key_come_oldest_first_and_are_all_counted,
			hashes_that_agree_in_what_is_stored_are_all_given,
			keys_of_several_columns_with_text_are_found,
			a_table_without_a_key_or_rows_finds_nothing,
			several_segments_have_at_once_what_each_has,
			a_segment_that_has_a_hash_twice_asks_to_be_looked_up,
			an_index_that_is_whole_and_wrong_is_refused,
			verify_sees_a_row_under_the_wrong_key, threads_look_up_in_one_segment};

	return run_tests("store_key_index", tests, LENGTH(tests));
}
