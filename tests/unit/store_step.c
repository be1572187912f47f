/* The encoding STEP: values that share a divisor. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/block.h"
#include "store/block_step.h"
#include "store/packed.h"
#include "suite.h"

#define DAY INT64_C(86400000000)
enum { ROWS = 3000 };

static int64_t numbers[ROWS];
static uint64_t validity[(ROWS + 63) / 64];

static void fill(int64_t base, int64_t step, int64_t n)
{
	uint64_t state = 88172645463325252u;

	for (int i = 0; i < ROWS; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		numbers[i] = (int64_t)((uint64_t)base + (uint64_t)step * (state % (uint64_t)n));
	}
	numbers[1] = base; /* least and greatest are there, whatever the random numbers are */
	numbers[2] = (int64_t)((uint64_t)base + (uint64_t)step * (uint64_t)(n - 1));
	numbers[3] = (int64_t)((uint64_t)base + (uint64_t)step);
}

/* Encode the first n rows, decode them again, compare. */
static cstn__block_info round_trip(uint64_t n, const uint64_t *valid)
{
	cstn__values values = {n, valid, numbers, NULL, NULL, NULL};
	cstn__block_info info;
	cstn__block block = {0};
	cstn__packed packed;
	cstn__bytes out;
	int64_t one;

	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(
					 &values, 0, n, CSTN__ENCODINGS_ALL, 0, &out, &info, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__block_decode(&info, out.data, n, 0, NULL, &block, NULL), CSTN_OK);
	for (uint64_t i = 0; i < n; i++)
		ck_assert_int_eq(block.values.numbers[i],
				cstn__values_is_valid(&values, i) ? numbers[i] : 0);
	cstn__packed_init(&info, out.data, n, &packed);
	for (uint64_t i = 0; i < n; i++) {
		cstn__packed_numbers(&packed, i, 1, &one);
		ck_assert_int_eq(one, block.values.numbers[i]);
	}
	cstn__block_free(&block, NULL);
	cstn__bytes_free(&out);
	return info;
}

START_TEST(times_in_days_take_the_bits_of_their_days)
{
	cstn__block_info info;

	fill(1700000000 * INT64_C(1000000), DAY, 256);
	info = round_trip(ROWS, NULL);
	ck_assert_uint_eq(info.encoding, CSTN__ENCODING_STEP);
	ck_assert_uint_eq(info.width, 8);
	ck_assert_uint_eq(info.enc_len, 16 + ROWS);
	fill(1700000000 * INT64_C(1000000), DAY, 257);
	info = round_trip(ROWS, NULL);
	ck_assert_uint_eq(info.encoding, CSTN__ENCODING_STEP);
	ck_assert_uint_eq(info.width, 9);
}
END_TEST

START_TEST(a_step_of_any_kind_comes_back)
{
	static const int64_t steps[] = {2, 3, 4, 7, 1000000, 60000000, DAY, INT64_C(1) << 40,
			(INT64_C(1) << 31) - 1, INT64_C(1) << 61};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		for (int sign = -1; sign <= 1; sign += 2) {
			fill(sign * INT64_C(1000000007), steps[i],
					steps[i] > INT64_C(1) << 60 ? 3 : 70000);
			round_trip(ROWS, NULL);
		}
	/* From end to end of the numbers there are. */
	fill(INT64_MIN, INT64_MAX, 3);
	ck_assert_uint_eq(round_trip(ROWS, NULL).encoding, CSTN__ENCODING_STEP);
}
END_TEST

START_TEST(one_value_between_the_steps_undoes_them)
{
	fill(5, DAY, 200);
	ck_assert_uint_eq(round_trip(ROWS, NULL).encoding, CSTN__ENCODING_STEP);
	numbers[ROWS - 1]++;
	ck_assert_uint_eq(round_trip(ROWS, NULL).encoding, CSTN__ENCODING_FOR);
	/* Half a step only makes the step smaller. */
	numbers[ROWS - 1] += DAY / 2 - 1;
	ck_assert_uint_eq(round_trip(ROWS, NULL).encoding, CSTN__ENCODING_STEP);
}
END_TEST

START_TEST(nulls_have_no_part_in_the_step)
{
	fill(DAY * 19000, DAY, 200);
	memset(validity, 0xff, sizeof(validity));
	for (int i = 10; i < ROWS; i += 3) {
		validity[i / 64] &= ~(UINT64_C(1) << i % 64);
		numbers[i] = 0;
	}
	validity[ROWS / 64] &= (UINT64_C(1) << ROWS % 64) - 1;
	ck_assert_uint_eq(round_trip(ROWS, validity).encoding, CSTN__ENCODING_STEP);
}
END_TEST

START_TEST(what_takes_a_byte_a_row_is_not_asked_for_a_step)
{
	fill(0, 2, 128); /* FOR: 8 bits; STEP would be 8 too */
	ck_assert_uint_eq(round_trip(ROWS, NULL).encoding, CSTN__ENCODING_FOR);
	fill(0, 16, 16); /* FOR 8 bits, STEP would be 4: the rule is the rule */
	ck_assert_uint_eq(round_trip(ROWS, NULL).encoding, CSTN__ENCODING_FOR);
	fill(0, 17, 16); /* 255 is the last of 8 bits */
	ck_assert_uint_eq(round_trip(ROWS, NULL).encoding, CSTN__ENCODING_FOR);
	fill(0, 18, 16);
	ck_assert_uint_eq(round_trip(ROWS, NULL).encoding, CSTN__ENCODING_STEP);
}
END_TEST

START_TEST(the_step_is_the_greatest_common_divisor)
{
	static const struct {
		int64_t values[4];
		uint64_t step;
	} cases[] = {{{7, 7, 7, 7}, 0}, {{0, 6, 9, 15}, 3}, {{0, 1, 6, 9}, 1}, {{-20, -8, 4, 0}, 4},
			{{INT64_MIN, 0, INT64_MIN, 0}, UINT64_C(1) << 63},
			{{INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX}, UINT64_MAX}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cstn__values values = {4, NULL, cases[i].values, NULL, NULL, NULL};
		int64_t least = INT64_MAX;
		cstn__step step;

		for (int k = 0; k < 4; k++)
			least = cases[i].values[k] < least ? cases[i].values[k] : least;
		cstn__step_find(&values, 0, 4, least, &step);
		ck_assert_uint_eq(step.step, cases[i].step);
	}
}
END_TEST

static void refuse(uint32_t width, const uint8_t *data, uint32_t len, const char *words)
{
	cstn__block_info info = {.enc_len = len, .raw_len = len};
	cstn__block block;
	cstn_error *error = NULL;

	info.encoding = CSTN__ENCODING_STEP;
	info.width = (uint8_t)width;
	ck_assert_int_eq(cstn__block_decode(&info, data, 3, 0, NULL, &block, &error),
			CSTN_E_CORRUPT);
	ck_assert_msg(strstr(cstn_error_message(error), words) != NULL, "%s",
			cstn_error_message(error));
	cstn_error_free(error);
}

START_TEST(a_block_that_breaks_the_rules_of_step_is_corrupt)
{
	uint8_t data[40] = {9, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3};

	refuse(0, data, 24, "1 to 56 bits");
	refuse(57, data, 40, "1 to 56 bits");
	refuse(8, data, 32, "a base, a step");
	refuse(8, data, 16, "a base, a step");
	data[19] = 1;
	refuse(8, data, 24, "after the last row");
	data[19] = 0;
	data[8] = 1;
	refuse(8, data, 24, "2 or more");
	data[8] = 0;
	refuse(8, data, 24, "2 or more");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			times_in_days_take_the_bits_of_their_days,
			a_step_of_any_kind_comes_back,
			one_value_between_the_steps_undoes_them,
			nulls_have_no_part_in_the_step,
			what_takes_a_byte_a_row_is_not_asked_for_a_step,
			the_step_is_the_greatest_common_divisor,
			a_block_that_breaks_the_rules_of_step_is_corrupt,
	};

	return run_tests("store_step", tests, sizeof(tests) / sizeof(tests[0]));
}
