/* The file of dead rows: what goes in comes out, in the smallest form, and no bytes whatever are
 * more than an error. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/block.h"
#include "store/dead_rows.h"
#include "store/little_endian.h"

#include "failing_allocator.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define ROWS_MAX UINT64_C(0xffffffff)

static const uint8_t uuid[16] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6};

static cstn_status read_bytes(const cstn__bytes *bytes, uint64_t segment_rows,
		const cstn_allocator *allocator, cstn__dead_row **out, size_t *n)
{
	uint64_t max_seq = 0;
	/* An exact copy, so that a read past the end is one past a heap block. */
	uint8_t *copy = malloc(bytes->size + 1);
	cstn_error *error = NULL;
	cstn_status status;

	ck_assert_ptr_nonnull(copy);
	if (bytes->size)
		memcpy(copy, bytes->data, bytes->size);
	status = cstn__dead_rows_read(copy, bytes->size, uuid, 5, 4, segment_rows, allocator, out,
			n, &max_seq, &error);
	ck_assert_int_eq(cstn_error_code(error), status);
	if (status == CSTN_OK)
		ck_assert_uint_eq(max_seq, 77);
	cstn_error_free(error);
	free(copy);
	return status;
}

static void write_bytes(const cstn__dead_row *rows, size_t n, cstn__bytes *out)
{
	cstn__bytes_init(out, NULL);
	ck_assert_int_eq(cstn__dead_rows_write(uuid, 5, 4, 77, rows, n, out, NULL), CSTN_OK);
	ck_assert_uint_eq(out->size % 8, 0);
}

static void round_trip(const cstn__dead_row *rows, size_t n)
{
	cstn__bytes out;
	cstn__dead_row *back = NULL;
	size_t count = 0;

	write_bytes(rows, n, &out);
	ck_assert_int_eq(read_bytes(&out, ROWS_MAX, NULL, &back, &count), CSTN_OK);
	ck_assert_uint_eq(count, n);
	for (size_t i = 0; i < n; i++) {
		if (back[i].row != rows[i].row || back[i].until_us != rows[i].until_us ||
				back[i].seq != 0)
			ck_abort_msg("entry %zu", i);
	}
	cstn__free(NULL, back, n * sizeof(*back));
	cstn__bytes_free(&out);
}

static cstn__dead_row *make(size_t n, uint32_t first, uint32_t step)
{
	cstn__dead_row *rows = calloc(n + 1, sizeof(*rows));

	ck_assert_ptr_nonnull(rows);
	for (size_t i = 0; i < n; i++) {
		rows[i].row = first + (uint32_t)i * step;
		rows[i].seq = i;
		rows[i].until_us = (int64_t)(1700000000000000u + i * i * 1000003u);
	}
	return rows;
}

START_TEST(rows_come_back_whatever_their_number_and_distance)
{
	static const size_t sizes[] = {
			0, 1, 2, 63, 64, 65, 1023, 1024, 4096, 4097, 65535, 65536, 65537, 140000};
	static const uint32_t steps[] = {1, 2, 16, 30000};

	for (size_t i = 0; i < LENGTH(sizes); i++)
		for (size_t j = 0; j < LENGTH(steps); j++) {
			cstn__dead_row *rows = make(sizes[i], 65530, steps[j]);

			round_trip(rows, sizes[i]);
			free(rows);
		}
}
END_TEST

START_TEST(times_of_any_size_come_back)
{
	cstn__dead_row rows[] = {{0, 1, INT64_MIN}, {3, 1, INT64_MAX}, {4, 2, 0}, {70000, 2, -1},
			{UINT32_MAX - 1, 2, 1}};

	round_trip(rows, 5);
	for (int i = 0; i < 5; i++)
		rows[i].until_us = INT64_MAX;
	round_trip(rows, 5);
}
END_TEST

/* The kind of the first container. */
static uint32_t kind_of(const cstn__dead_row *rows, size_t n, size_t *size)
{
	cstn__bytes out;
	uint32_t kind;

	write_bytes(rows, n, &out);
	kind = out.data[64 + 4];
	*size = out.size;
	cstn__bytes_free(&out);
	return kind;
}

static void check_kind(size_t n, uint32_t step, uint32_t expected)
{
	cstn__dead_row *rows = make(n, 0, step);
	size_t size;

	ck_assert_uint_eq(kind_of(rows, n, &size), expected);
	free(rows);
}

START_TEST(a_container_takes_its_smallest_form)
{
	enum { LIST = 1, BITMAP = 2, RUNS = 3 };

	check_kind(1, 1, LIST);    /* 2 bytes against 4 */
	check_kind(2, 1, LIST);    /* 4 and 4: the lower number */
	check_kind(3, 1, RUNS);    /* 6 against 4 */
	check_kind(4096, 2, LIST); /* 8,192 and 8,192 */
	check_kind(4097, 2, BITMAP);
	check_kind(30000, 2, BITMAP);
	check_kind(65536, 1, RUNS);
}
END_TEST

START_TEST(the_bytes_are_those_of_the_format)
{
	static const cstn__dead_row rows[] = {{1, 9, 1000}, {5, 9, 1001}, {65536 + 7, 9, 1000},
			{65536 + 8, 9, 1003}, {65536 + 9, 9, 1000}};
	static const uint8_t expected[] = {/* header */
			'C', 'S', 'T', 'N', 'D', 'E', 'L', '1', 1, 0, 0, 0, 64, 0, 0, 0, 9, 8, 7, 6,
			5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 5, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0,
			0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0,
			/* containers: a list of two at 96, a run at 100 */
			0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 96, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1,
			0, 0, 0, 100, 0, 0, 0,
			/* data */
			1, 0, 5, 0, 7, 0, 2, 0,
			/* times: RAW, two bytes each */
			1, 2, 0, 0, 10, 0, 0, 0, 0xe8, 3, 0xe9, 3, 0xe8, 3, 0xeb, 3, 0xe8, 3, 0, 0,
			0, 0, 0, 0};
	cstn__bytes out;
	cstn__hash128_value hash;

	write_bytes(rows, 5, &out);
	ck_assert_uint_eq(out.size, sizeof(expected) + 16);
	ck_assert_mem_eq(out.data, expected, sizeof(expected));
	hash = cstn__hash128(expected, sizeof(expected));
	ck_assert_uint_eq(cstn__load64(out.data + sizeof(expected)), hash.low);
	ck_assert_uint_eq(cstn__load64(out.data + sizeof(expected) + 8), hash.high);
	cstn__bytes_free(&out);
}
END_TEST

START_TEST(a_file_is_appended_to_what_is_there)
{
	cstn__dead_row row = {3, 1, 5}, *back = NULL;
	cstn__bytes out, tail;
	size_t n;

	cstn__bytes_init(&out, NULL);
	cstn__bytes_put(&out, "head", 4);
	ck_assert_int_eq(cstn__dead_rows_write(uuid, 5, 4, 77, &row, 1, &out, NULL), CSTN_OK);
	ck_assert_mem_eq(out.data, "head", 4);
	tail = out;
	tail.data += 4;
	tail.size -= 4;
	ck_assert_int_eq(read_bytes(&tail, 4, NULL, &back, &n), CSTN_OK);
	ck_assert_uint_eq(back[0].row, 3);
	cstn__free(NULL, back, sizeof(*back));
	cstn__bytes_free(&out);
}
END_TEST

START_TEST(any_flipped_bit_and_any_cut_is_refused)
{
	static const cstn__dead_row rows[] = {{1, 9, 1000}, {5, 9, 1001}, {65536 + 7, 9, 1000},
			{65536 + 8, 9, 1003}, {65536 + 9, 9, INT64_MAX}};
	cstn__bytes out;
	cstn__dead_row *back = NULL;
	size_t n = 99, size;

	write_bytes(rows, 5, &out);
	for (size_t bit = 0; bit < out.size * 8; bit++) {
		out.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(read_bytes(&out, ROWS_MAX, NULL, &back, &n), CSTN_E_CORRUPT);
		out.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	size = out.size;
	for (out.size = 0; out.size < size; out.size++)
		ck_assert_int_eq(read_bytes(&out, ROWS_MAX, NULL, &back, &n), CSTN_E_CORRUPT);
	ck_assert_ptr_null(back);
	ck_assert_uint_eq(n, 99);
	cstn__bytes_free(&out);
}
END_TEST

/* Hash again what was changed on purpose. */
static void seal(cstn__bytes *bytes)
{
	cstn__hash128_value hash = cstn__hash128(bytes->data, bytes->size - 16);

	cstn__store64(bytes->data + bytes->size - 16, hash.low);
	cstn__store64(bytes->data + bytes->size - 8, hash.high);
}

static void refuse_change(cstn__bytes *bytes, size_t at, uint8_t value)
{
	uint8_t saved = bytes->data[at];
	cstn__dead_row *back = NULL;
	size_t n;

	bytes->data[at] = value;
	seal(bytes);
	ck_assert_int_eq(read_bytes(bytes, ROWS_MAX, NULL, &back, &n), CSTN_E_CORRUPT);
	bytes->data[at] = saved;
}

START_TEST(bytes_that_are_whole_and_wrong_are_refused)
{
	static const cstn__dead_row rows[] = {{1, 9, 1000}, {5, 9, 1001}, {65536 + 7, 9, 1000},
			{65536 + 8, 9, 1003}, {65536 + 9, 9, 1000}};
	cstn__dead_row *back = NULL;
	cstn__bytes out;
	size_t n;

	write_bytes(rows, 5, &out);
	refuse_change(&out, 16, 0);    /* another store */
	refuse_change(&out, 32, 6);    /* another file */
	refuse_change(&out, 40, 5);    /* about another segment */
	refuse_change(&out, 56, 4);    /* fewer rows */
	refuse_change(&out, 56, 6);    /* more rows */
	refuse_change(&out, 60, 1);    /* fewer containers */
	refuse_change(&out, 60, 3);    /* more containers */
	refuse_change(&out, 68, 0);    /* no such kind */
	refuse_change(&out, 68, 4);    /* no such kind */
	refuse_change(&out, 69, 1);    /* reserved */
	refuse_change(&out, 72, 0);    /* an empty container */
	refuse_change(&out, 72, 3);    /* a longer list */
	refuse_change(&out, 76, 98);   /* a container elsewhere */
	refuse_change(&out, 80, 0);    /* containers do not rise */
	refuse_change(&out, 96, 5);    /* rows do not rise */
	refuse_change(&out, 96, 6);    /* rows do not rise */
	refuse_change(&out, 102, 3);   /* a longer run */
	refuse_change(&out, 103, 255); /* a run of more rows than said */
	refuse_change(&out, 104, 3);   /* DELTA */
	refuse_change(&out, 105, 4);   /* another width */
	refuse_change(&out, 106, 1);   /* reserved */
	refuse_change(&out, 108, 11);  /* another length */
	refuse_change(&out, 111, 255);
	refuse_change(&out, 122, 1); /* padding */
	seal(&out);
	ck_assert_int_eq(read_bytes(&out, 65536 + 9, NULL, &back, &n), CSTN_E_CORRUPT);
	ck_assert_int_eq(read_bytes(&out, 4, NULL, &back, &n), CSTN_E_CORRUPT);
	ck_assert_int_eq(read_bytes(&out, 65536 + 10, NULL, &back, &n), CSTN_OK);
	cstn__free(NULL, back, n * sizeof(*back));
	out.data[8] = 2;
	seal(&out);
	ck_assert_int_eq(read_bytes(&out, ROWS_MAX, NULL, &back, &n), CSTN_E_NEWER_FORMAT);
	cstn__bytes_free(&out);
}
END_TEST

START_TEST(times_have_plain_widths)
{
	cstn__dead_row rows[20];
	cstn__bytes out;
	size_t block;

	for (uint32_t i = 0; i < 20; i++) {
		rows[i].row = i;
		rows[i].seq = 1;
		rows[i].until_us = 1700000000000000 + i % 16;
	}
	write_bytes(rows, 20, &out);
	block = out.size - 16 - 8 - 24; /* head, base, two words of fields */
	ck_assert_uint_eq(out.data[block], CSTN__ENCODING_FOR);
	ck_assert_uint_eq(out.data[block + 1], 4);
	refuse_change(&out, block + 1, 5); /* as many words */
	cstn__bytes_free(&out);
}
END_TEST

START_TEST(out_of_memory_leaves_outputs_untouched)
{
	cstn__dead_row *rows = make(300, 65000, 3);
	cstn_status status = CSTN_E_NOMEM;
	uint64_t at = 1;

	for (; status != CSTN_OK; at++) {
		failing_allocator memory;
		cstn__bytes out;
		cstn__dead_row *back = NULL;
		size_t n = 0;

		failing_allocator_init(&memory, at);
		cstn__bytes_init(&out, &memory.allocator);
		status = cstn__dead_rows_write(uuid, 5, 4, 77, rows, 300, &out, NULL);
		if (status == CSTN_OK)
			status = read_bytes(&out, ROWS_MAX, &memory.allocator, &back, &n);
		else
			ck_assert_uint_eq(out.size, 0);
		if (status != CSTN_OK) {
			ck_assert_int_eq(status, CSTN_E_NOMEM);
			ck_assert_ptr_null(back);
		}
		cstn__free(&memory.allocator, back, n * sizeof(*back));
		cstn__bytes_free(&out);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(at, 5);
	free(rows);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rows_come_back_whatever_their_number_and_distance,
			times_of_any_size_come_back, a_container_takes_its_smallest_form,
			the_bytes_are_those_of_the_format, a_file_is_appended_to_what_is_there,
			any_flipped_bit_and_any_cut_is_refused,
			bytes_that_are_whole_and_wrong_are_refused, times_have_plain_widths,
			out_of_memory_leaves_outputs_untouched};

	return run_tests("store_dead_rows", tests, LENGTH(tests));
}
