#include "block_fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

uint64_t block_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int64_t value_of(int pattern, uint64_t row, uint64_t *state)
{
	uint64_t random = block_random(state);

	switch (pattern) {
	case SAME:
		return -7000000000;
	case TWO:
		return 1000000000000 + (int64_t)(random & 1);
	case DIGITS:
		return -3 + (int64_t)(random & 3);
	case NIBBLES:
		return INT64_MAX - 15 + (int64_t)(random & 15);
	case BYTES8:
		return INT64_MIN + (int64_t)(random & 255);
	case BYTES16:
		return 1700000000000000 + (int64_t)(random & 65535);
	case BYTES32:
		return -5 + (int64_t)(random & UINT32_MAX);
	case ANY:
		return (int64_t)random;
	case EXTREMES:
		return row & 1 ? INT64_MAX : INT64_MIN;
	case RISING:
		return (int64_t)row + (INT64_C(1) << 40);
	case RISING_BY_LITTLE:
		return (int64_t)row * 1000000 + (int64_t)(random & 7);
	case FALLING_OVER_ZERO:
		return 100000 - (int64_t)row * 7;
	default:
		return (int64_t)(row / 300) * -1000000007;
	}
}

static void set_nulls(struct block_column *column, int nulls)
{
	uint64_t state = 99;

	for (size_t i = 0; i < BLOCK_LARGEST / 64; i++)
		column->validity[i] = nulls == NONE   ? UINT64_MAX
				      : nulls == SOME ? block_random(&state) | (i == 0)
						      : 0;
}

cstn__values block_numbers(struct block_column *column, int pattern, int nulls)
{
	cstn__values values = {0};
	uint64_t state = 88172645463325252u + (uint64_t)pattern;

	set_nulls(column, nulls);
	for (uint64_t i = 0; i < BLOCK_LARGEST; i++) {
		int64_t value = value_of(pattern, i, &state);

		column->numbers[i] = column->validity[i / 64] >> i % 64 & 1 ? value : 0;
	}
	values.rows = BLOCK_LARGEST;
	values.validity = nulls == NONE ? NULL : column->validity;
	values.numbers = column->numbers;
	return values;
}

cstn__values block_texts(struct block_column *column, int nulls)
{
	cstn__values values = {0};
	uint64_t state = 4242;

	set_nulls(column, nulls);
	column->offsets[0] = 0;
	for (uint64_t i = 0; i < BLOCK_LARGEST; i++) {
		uint32_t len = (uint32_t)(block_random(&state) & 3);

		if (!(column->validity[i / 64] >> i % 64 & 1))
			len = 0;
		memset(column->bytes + column->offsets[i], 'a' + (int)(i % 26), len);
		column->offsets[i + 1] = column->offsets[i] + len;
	}
	values.rows = BLOCK_LARGEST;
	values.validity = nulls == NONE ? NULL : column->validity;
	values.offsets = column->offsets;
	values.bytes = column->bytes;
	return values;
}

struct block_column *block_column_new(void)
{
	struct block_column *column = calloc(1, sizeof(*column));

	ck_assert_ptr_nonnull(column);
	return column;
}

static void block_check_same(const cstn__values *values, uint64_t start, uint64_t n, int nulls,
		const cstn__values *back)
{
	ck_assert_uint_eq(back->rows, n);
	ck_assert_int_eq(back->numbers != NULL, values->numbers != NULL);
	if (nulls == NONE)
		ck_assert_ptr_null(back->validity);
	for (uint64_t i = 0; i < n; i++) {
		int valid = cstn__values_is_valid(values, start + i);
		size_t len, back_len;

		if (cstn__values_is_valid(back, i) != valid)
			ck_abort_msg("validity of row %llu", (unsigned long long)i);
		if (values->numbers) {
			if (back->numbers[i] != (valid ? values->numbers[start + i] : 0))
				ck_abort_msg("number of row %llu", (unsigned long long)i);
			continue;
		}
		{
			const uint8_t *text = cstn__values_text(values, start + i, &len);
			const uint8_t *back_text = cstn__values_text(back, i, &back_len);

			if (len != back_len || memcmp(text, back_text, len) != 0)
				ck_abort_msg("text of row %llu", (unsigned long long)i);
		}
	}
	if (back->validity && n % 64)
		ck_assert_uint_eq(back->validity[n / 64] >> n % 64, 0);
}

cstn__block_info block_round_trip(const cstn__values *values, uint64_t start, uint64_t n,
		uint32_t encodings, int zlib, int nulls)
{
	cstn__block_info info;
	cstn__block block = {0};
	cstn__bytes out;
	cstn_error *error = NULL;
	uint8_t *exact;

	cstn__bytes_init(&out, NULL);
	cstn__bytes_put(&out, "before", 6);
	ck_assert_int_eq(cstn__block_encode(values, start, n, encodings, zlib, &out, &info, &error),
			CSTN_OK);
	ck_assert_uint_eq(out.size, 6 + info.enc_len);
	ck_assert_int_eq(memcmp(out.data, "before", 6), 0);
	exact = malloc(info.enc_len + 1); /* so that a read past the end is seen */
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, out.data + 6, info.enc_len);
	ck_assert_int_eq(cstn__block_decode(&info, exact, n, 0, NULL, &block, &error), CSTN_OK);
	block_check_same(values, start, n, nulls, &block.values);
	ck_assert_uint_eq(info.nulls, nulls == ALL ? n : nulls == NONE ? 0 : info.nulls);
	cstn__block_free(&block, NULL);
	cstn__bytes_free(&out);
	free(exact);
	return info;
}
