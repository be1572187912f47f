/* Texts that are one prefix and a number.
 *
 * The ids of business are mostly so: a few letters, perhaps a year, and a count. As text each takes
 * its bytes and an offset; here the prefix is kept once and the numbers as numbers, which rise or
 * lie close together. Either all texts are of one length: then the prefix is all that they have in
 * common from the front, and what is left is digits, with zeros in front. Or they are not: then the
 * prefix ends before the first digit that the common part ends in, and what is left has no zero in
 * front. Only what comes back byte for byte is taken. Cost: some ns a text, either way; eight
 * digits are made at a time, by products instead of divisions (Warren 2013, 10-1). */
#include "store/block_serial.h"

#include "store/block.h"

/* --- from texts --- */

typedef struct common {
	const uint8_t *first;
	size_t first_len, len; /* the common part of all texts so far */
	uint64_t bytes;
	int one_length, seen;
} common;

static int is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static size_t common_len(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t i = 0;

	if (memcmp(a, b, len) == 0)
		return len;
	while (a[i] == b[i])
		i++;
	return i;
}

/* What all valid texts begin with. 0: one of them cannot be a prefix and a number, or differ from
 * the others. */
static int find_common(const cstn__values *values, uint64_t start, uint64_t n, common *out)
{
	for (uint64_t i = start; i < start + n; i++) {
		const uint8_t *text;
		size_t len;

		if (!cstn__values_is_valid(values, i))
			continue;
		text = cstn__values_text(values, i, &len);
		out->bytes += len;
		if (!out->seen) {
			out->seen = out->one_length = 1;
			out->first = text;
			out->first_len = out->len = len;
			continue;
		}
		out->one_length &= len == out->first_len;
		out->len = len < out->len ? len : out->len;
		if (out->len)
			out->len = common_len(out->first, text, out->len);
		if ((out->len < len && !is_digit(text[len - 1])) ||
				(out->len < out->first_len &&
						!is_digit(out->first[out->first_len - 1])))
			return 0;
	}
	return 1;
}

static int are_digits(const uint8_t *text, size_t from, size_t len)
{
	for (size_t i = from; i < len; i++)
		if (!is_digit(text[i]))
			return 0;
	return 1;
}

/* Is what follows the prefix a number, in every text? */
static int rests_fit(
		const cstn__serial *serial, const cstn__values *values, uint64_t start, uint64_t n)
{
	for (uint64_t i = start; i < start + n; i++) {
		const uint8_t *text;
		size_t len, digits;

		if (!cstn__values_is_valid(values, i))
			continue;
		text = cstn__values_text(values, i, &len);
		digits = len - serial->prefix_len;
		if (!are_digits(text, serial->prefix_len, len))
			return 0;
		if (serial->digits == CSTN__SERIAL_ANY &&
				(!digits || digits > CSTN__SERIAL_DIGITS_MAX ||
						(digits > 1 && text[serial->prefix_len] == '0')))
			return 0;
	}
	return 1;
}

int cstn__serial_find(const cstn__values *values, uint64_t start, uint64_t n, cstn__serial *serial)
{
	common shared = {0};
	size_t len;

	if (!find_common(values, start, n, &shared))
		return 0;
	len = shared.len;
	if (shared.seen && !shared.one_length)
		while (len && is_digit(shared.first[len - 1]))
			len--;
	if (len > CSTN__SERIAL_PREFIX_MAX || shared.bytes > CSTN__BLOCK_BYTES_MAX)
		return 0;
	serial->prefix = shared.first;
	serial->prefix_len = (uint32_t)len;
	serial->bytes = (uint32_t)shared.bytes;
	serial->digits = CSTN__SERIAL_ANY;
	if (!shared.seen || shared.one_length) {
		if (shared.first_len - len > CSTN__SERIAL_DIGITS_MAX)
			return 0;
		serial->digits = (uint32_t)(shared.first_len - len);
	}
	return rests_fit(serial, values, start, n);
}

void cstn__serial_numbers(const cstn__serial *serial, const cstn__values *values, uint64_t start,
		uint64_t n, int64_t *out)
{
	for (uint64_t i = 0; i < n; i++) {
		const uint8_t *text;
		uint64_t number = 0;
		size_t len;

		out[i] = 0;
		if (!cstn__values_is_valid(values, start + i))
			continue;
		text = cstn__values_text(values, start + i, &len);
		for (size_t k = serial->prefix_len; k < len; k++)
			number = number * 10 + (uint64_t)(text[k] - '0');
		out[i] = (int64_t)number;
	}
}

/* --- to texts --- */

const char *cstn__serial_read_head(const uint8_t *data, size_t size, cstn__serial *serial)
{
	size_t head;
	uint8_t padding = 0;

	if (size < CSTN__SERIAL_HEAD)
		return "SERIAL has a head of 8 bytes";
	serial->bytes = cstn__load32(data);
	serial->digits = data[4];
	serial->prefix_len = data[5];
	serial->encoding = data[6];
	serial->width = data[7];
	head = cstn__serial_head_size(serial->prefix_len);
	if (size < head)
		return "SERIAL has a prefix as long as it says";
	serial->prefix = data + CSTN__SERIAL_HEAD;
	for (size_t i = CSTN__SERIAL_HEAD + serial->prefix_len; i < head; i++)
		padding |= data[i];
	if (padding)
		return "the bytes after a prefix are zero";
	if (serial->digits > CSTN__SERIAL_DIGITS_MAX && serial->digits != CSTN__SERIAL_ANY)
		return "SERIAL has at most 18 digits";
	if (serial->bytes > CSTN__BLOCK_BYTES_MAX)
		return "SERIAL has at most 16 MiB of text";
	serial->data = data + head;
	serial->size = size - head;
	return NULL;
}

static uint32_t digits_of(uint64_t number)
{
	uint32_t bits = 64 - (uint32_t)__builtin_clzll(number | 1);
	uint32_t digits = bits * 1233 >> 12; /* log10(2) */

	return digits + (number >= cstn__power_of_ten(digits)) + !number;
}

uint32_t cstn__serial_len(const cstn__serial *serial, uint64_t number)
{
	return serial->prefix_len +
	       (serial->digits == CSTN__SERIAL_ANY ? digits_of(number) : serial->digits);
}

/* Eight digits of a number below 10^8, the first in the lowest byte. Each step halves the numbers
 * that lie side by side: of four digits, of two, of one. */
static uint64_t eight_digits(uint64_t number)
{
	uint64_t upper = number / 10000, pairs, digits;

	pairs = upper | (number - upper * 10000) << 32;
	upper = (pairs * 10486 >> 20) & UINT64_C(0x7f0000007f);
	pairs = upper | (pairs - upper * 100) << 16;
	upper = (pairs * 103 >> 10) & UINT64_C(0x000f000f000f000f);
	digits = upper | (pairs - upper * 10) << 8;
	return digits | UINT64_C(0x3030303030303030);
}

/* Of a number of up to eight digits; 8 bytes are written. */
static void put_up_to_eight(uint64_t number, uint32_t digits, uint8_t *out)
{
	cstn__store64(out, eight_digits(number) >> (64 - 8 * digits));
}

void cstn__serial_put(const cstn__serial *serial, uint64_t number, uint32_t len, uint8_t *out)
{
	uint32_t digits = len - serial->prefix_len;

	for (uint32_t i = 0; i < serial->prefix_len; i += 8) /* it is padded to 8 */
		memcpy(out + i, serial->prefix + i, 8);
	out += serial->prefix_len;
	if (digits > 16) {
		digits -= 16;
		put_up_to_eight(number / UINT64_C(10000000000000000), digits, out);
		out += digits;
		number %= UINT64_C(10000000000000000);
		digits = 16;
	}
	if (digits > 8) {
		digits -= 8;
		put_up_to_eight(number / 100000000, digits, out);
		out += digits;
		number %= 100000000;
		digits = 8;
	}
	if (digits)
		put_up_to_eight(number, digits, out);
}
