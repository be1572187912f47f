#ifndef CSTN_STORE_VALUES_H
#define CSTN_STORE_VALUES_H

#include <stddef.h>
#include <stdint.h>

/* A column as every part of the store takes and gives it. Numbers of every type (flags, int32,
 * int64, days, times, decimals, and the bits of doubles) are int64; text and bytes are offsets and
 * bytes. What lies under a null is zero, or empty. */
typedef struct cstn__values {
	uint64_t rows;
	const uint64_t *validity; /* NULL: all valid; else (rows + 63) / 64 words, bits past rows 0
				   */
	const int64_t *numbers;   /* NULL for text; the codes when there is a dictionary */
	const uint32_t *offsets;  /* rows + 1, from 0 */
	const uint8_t *bytes;
	const struct cstn__values *dictionary; /* text by code; NULL: none */
} cstn__values;

static inline int cstn__values_is_valid(const cstn__values *values, uint64_t row)
{
	return !values->validity || (values->validity[row / 64] >> row % 64 & 1);
}

/* The text of a valid row, through the dictionary if there is one. */
static inline const uint8_t *cstn__values_text(
		const cstn__values *values, uint64_t row, size_t *len)
{
	if (values->dictionary) {
		row = (uint64_t)values->numbers[row];
		values = values->dictionary;
	}
	*len = values->offsets[row + 1] - values->offsets[row];
	return values->bytes + values->offsets[row];
}

#endif
