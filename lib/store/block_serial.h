#ifndef CSTN_STORE_BLOCK_SERIAL_H
#define CSTN_STORE_BLOCK_SERIAL_H

#include <stddef.h>
#include <stdint.h>

#include "store/block_pack.h"
#include "store/values.h"

/* Texts that are one prefix and a number in decimal digits: "O00000012345", "INV-2024-17". */
#define CSTN__SERIAL_HEAD 8u
#define CSTN__SERIAL_PREFIX_MAX 255u
#define CSTN__SERIAL_DIGITS_MAX 18u /* below 10^18 all numbers are */
#define CSTN__SERIAL_TEXT_MAX (CSTN__SERIAL_PREFIX_MAX + CSTN__SERIAL_DIGITS_MAX)
#define CSTN__SERIAL_ANY 255u /* as many digits as a number has, none of them a zero in front */
/* A text is written with up to so many bytes behind it, which the next one then takes. */
#define CSTN__SERIAL_SLACK 16u

typedef struct cstn__serial {
	const uint8_t *prefix; /* of a block: with its padding */
	uint32_t prefix_len;
	uint32_t digits; /* of every number, with zeros in front; CSTN__SERIAL_ANY */
	uint32_t bytes;  /* of all texts */
	uint8_t encoding, width;
	const uint8_t *data; /* of the numbers */
	size_t size;
} cstn__serial;

/* 1 if all valid texts of [start, start + n) are such; then prefix, digits and bytes are set. */
int cstn__serial_find(const cstn__values *values, uint64_t start, uint64_t n, cstn__serial *serial);
/* The numbers of those texts, 0 under a null. */
void cstn__serial_numbers(const cstn__serial *serial, const cstn__values *values, uint64_t start,
		uint64_t n, int64_t *out);

/* Bytes before the numbers: the head and the prefix, padded to 8. */
static inline size_t cstn__serial_head_size(uint32_t prefix_len)
{
	return CSTN__SERIAL_HEAD + (prefix_len + (size_t)7) / 8 * 8;
}

/* What a block begins with, behind its validity; NULL, or the rule that it breaks. */
const char *cstn__serial_read_head(const uint8_t *data, size_t size, cstn__serial *serial);

static inline uint64_t cstn__power_of_ten(uint32_t digits)
{
	static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
			100000000, 1000000000, UINT64_C(10000000000), UINT64_C(100000000000),
			UINT64_C(1000000000000), UINT64_C(10000000000000),
			UINT64_C(100000000000000), UINT64_C(1000000000000000),
			UINT64_C(10000000000000000), UINT64_C(100000000000000000),
			UINT64_C(1000000000000000000)};

	return powers[digits];
}

/* Numbers are below this. */
static inline uint64_t cstn__serial_end(const cstn__serial *serial)
{
	return cstn__power_of_ten(serial->digits == CSTN__SERIAL_ANY ? CSTN__SERIAL_DIGITS_MAX
								     : serial->digits);
}

/* The length of a number's text. */
uint32_t cstn__serial_len(const cstn__serial *serial, uint64_t number);
/* The text of a number, `len` of its bytes; up to CSTN__SERIAL_SLACK bytes behind it are written
 * too. */
void cstn__serial_put(const cstn__serial *serial, uint64_t number, uint32_t len, uint8_t *out);

#endif
