/* Text: UTF-8, near names, numbers in and out.
 *
 * Nothing here asks the locale. UTF-8 is RFC 3629. Numbers are read exactly: up to 19 digits and a
 * small power of ten in 128-bit integers, the rest by long division of big integers, both rounded
 * once, half to even (the condition of Clinger 1990). They are written with the fewest digits that
 * read back to the same bits (Steele and White 1990): 15, 16 or 17 digits are tried in turn.
 * Near names are those of small edit distance with transpositions (Damerau 1964).
 * Cost: text of n bytes O(n); a number about 10 ns, 1 us past 19 digits; a name of at most 64 bytes
 * 64 x 64 steps a candidate. */
#include "base/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Length of the character at `data`, 0 if it is none. */
static size_t utf8_step(const uint8_t *data, size_t size)
{
	uint8_t first = data[0];
	size_t length;
	uint8_t low = 0x80, high = 0xbf; /* bounds of the second byte */

	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	if (first < 0xe0) {
		length = 2;
	} else if (first < 0xf0) {
		length = 3;
		if (first == 0xe0)
			low = 0xa0; /* overlong */
		else if (first == 0xed)
			high = 0x9f; /* surrogates */
	} else if (first < 0xf5) {
		length = 4;
		if (first == 0xf0)
			low = 0x90;
		else if (first == 0xf4)
			high = 0x8f; /* above U+10FFFF */
	} else {
		return 0;
	}
	if (size < length || data[1] < low || data[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((data[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

int cstn__utf8_is_valid(const uint8_t *data, size_t size)
{
	size_t i = 0;

	while (i < size) {
		size_t step;

		if (size - i >= 8) {
			uint64_t word;

			memcpy(&word, data + i, sizeof(word));
			if (!(word & UINT64_C(0x8080808080808080))) {
				i += 8;
				continue;
			}
		}
		step = utf8_step(data + i, size - i);
		if (!step)
			return 0;
		i += step;
	}
	return 1;
}

size_t cstn__utf8_cut(const char *text, size_t len, size_t limit)
{
	size_t cut = limit;

	if (len <= limit)
		return len;
	/* At most three continuation bytes; more is no UTF-8 and is cut where it is. */
	for (int i = 0; i < 3 && cut > 0 && ((uint8_t)text[cut] & 0xc0) == 0x80; i++)
		cut--;
	return ((uint8_t)text[cut] & 0xc0) == 0x80 ? limit : cut;
}

/* Control characters (C0, DEL, C1) and the line ends U+2028 and U+2029. */
static int is_control(const uint8_t *data, size_t length)
{
	if (length == 1)
		return data[0] < 0x20 || data[0] == 0x7f;
	if (length == 2)
		return data[0] == 0xc2 && data[1] < 0xa0;
	return length == 3 && data[0] == 0xe2 && data[1] == 0x80 &&
	       (data[2] == 0xa8 || data[2] == 0xa9);
}

static size_t escape_byte(uint8_t byte, char out[4])
{
	static const char digits[] = "0123456789abcdef";

	out[0] = '\\';
	if (byte == '\n' || byte == '\t' || byte == '\r') {
		out[1] = byte == '\n' ? 'n' : byte == '\t' ? 't' : 'r';
		return 2;
	}
	out[1] = 'x';
	out[2] = digits[byte >> 4];
	out[3] = digits[byte & 15];
	return 4;
}

size_t cstn__text_clean(const char *text, size_t len, char *out, size_t limit)
{
	const uint8_t *data = (const uint8_t *)text;
	size_t i = 0, written = 0;

	while (i < len) {
		size_t step = utf8_step(data + i, len - i), size = step;
		const char *piece = text + i;
		char escaped[4];

		if (!step || is_control(data + i, step)) {
			step = 1; /* the rest of a character is then no UTF-8, and escaped too */
			size = escape_byte(data[i], escaped);
			piece = escaped;
		}
		if (size > limit - written)
			break;
		if (out)
			memcpy(out + written, piece, size);
		written += size;
		i += step;
	}
	return written;
}

#define NAME_LIMIT 64

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Optimal string alignment distance; letters of either case are equal. */
static int edit_distance(const char *a, int a_len, const char *b, int b_len)
{
	int rows[3][NAME_LIMIT + 1];
	int *before = rows[0], *above = rows[1], *row = rows[2];

	for (int j = 0; j <= b_len; j++)
		above[j] = j;
	for (int i = 1; i <= a_len; i++) {
		int *reused = before;

		row[0] = i;
		for (int j = 1; j <= b_len; j++) {
			int differ = lower(a[i - 1]) != lower(b[j - 1]);
			int best = above[j - 1] + differ;

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
					lower(a[i - 2]) == lower(b[j - 1]) &&
					before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		before = above;
		above = row;
		row = reused;
	}
	return above[b_len];
}

int32_t cstn__text_similar(const char *name, const char *const *candidates, size_t n)
{
	size_t name_len = strlen(name);
	int32_t nearest = -1;
	int least = NAME_LIMIT + 1;

	if (!name_len || name_len > NAME_LIMIT)
		return -1;
	for (size_t i = 0; i < n && i < INT32_MAX; i++) {
		size_t len = strlen(candidates[i]);
		int longer = (int)(len > name_len ? len : name_len);
		int distance;

		if (!len || len > NAME_LIMIT)
			continue;
		distance = edit_distance(name, (int)name_len, candidates[i], (int)len);
		/* Worth a hint: at most a third of the letters differ. */
		if (distance * 3 <= longer && distance < least) {
			least = distance;
			nearest = (int32_t)i;
		}
	}
	return nearest;
}

int cstn__parse_i64(const char *text, size_t len, int64_t *out)
{
	uint64_t magnitude = 0, limit = INT64_MAX;
	int negative = 0, overflow = 0;
	size_t i = 0;

	if (len && (text[0] == '-' || text[0] == '+')) {
		negative = text[0] == '-';
		limit += (uint64_t)negative;
		i = 1;
	}
	if (i == len)
		return -1;
	for (; i < len; i++) {
		unsigned int digit = (unsigned int)(uint8_t)text[i] - '0';

		if (digit > 9)
			return -1;
		if (overflow)
			continue; /* "99999999999999999999x" is no number rather than too large */
		if (magnitude > (limit - digit) / 10)
			overflow = 1;
		else
			magnitude = magnitude * 10 + digit;
	}
	if (overflow)
		return -2;
	*out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return 0;
}

/* --- double in --- */

#define DIGITS_MAX                                                                     \
	800 /* 768 decide every double; the rest only tells a tie from more than a tie \
	     */

static const uint64_t powers_of_ten[20] = {UINT64_C(1), UINT64_C(10), UINT64_C(100), UINT64_C(1000),
		UINT64_C(10000), UINT64_C(100000), UINT64_C(1000000), UINT64_C(10000000),
		UINT64_C(100000000), UINT64_C(1000000000), UINT64_C(10000000000),
		UINT64_C(100000000000), UINT64_C(1000000000000), UINT64_C(10000000000000),
		UINT64_C(100000000000000), UINT64_C(1000000000000000), UINT64_C(10000000000000000),
		UINT64_C(100000000000000000), UINT64_C(1000000000000000000),
		UINT64_C(10000000000000000000)};

static int bit_length(unsigned __int128 value)
{
	uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value;

	if (high)
		return 128 - __builtin_clzll(high);
	return low ? 64 - __builtin_clzll(low) : 0;
}

/* (value + something in (0, 1) if sticky) * 2^exponent, half to even. `value` is not 0 and, when
 * sticky, has at least 60 bits. */
static double round_binary(unsigned __int128 value, int sticky, int exponent)
{
	int length = bit_length(value), keep = 53, shift;
	int leading = exponent + length - 1;
	unsigned __int128 kept, rest, half;

	if (leading < -1022)
		keep -= -1022 - leading;
	if (keep < 0)
		return 0.0;
	shift = length - keep;
	if (shift <= 0)
		return ldexp((double)(uint64_t)value, exponent);
	kept = shift == 128 ? 0 : value >> shift;
	half = (unsigned __int128)1 << (shift - 1);
	rest = value - (shift == 128 ? 0 : kept << shift);
	if (rest > half || (rest == half && (sticky || (kept & 1))))
		kept++;
	return ldexp((double)(uint64_t)kept, exponent + shift);
}

#define LIMBS 104

typedef struct big {
	uint32_t limb[LIMBS]; /* little-endian */
	int count;
} big;

static void big_multiply_add(big *number, uint32_t factor, uint32_t add)
{
	uint64_t carry = add;

	for (int i = 0; i < number->count; i++) {
		carry += (uint64_t)number->limb[i] * factor;
		number->limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry)
		number->limb[number->count++] = (uint32_t)carry;
}

/* Of a number that is not 0. */
static int big_bit_length(const big *number)
{
	return 32 * number->count - __builtin_clz(number->limb[number->count - 1]);
}

static void big_shift_left(big *number, int shift)
{
	int words = shift / 32, bits = shift % 32;

	if (bits) {
		uint32_t carry = 0;

		for (int i = 0; i < number->count; i++) {
			uint32_t limb = number->limb[i];

			number->limb[i] = limb << bits | carry;
			carry = limb >> (32 - bits);
		}
		if (carry)
			number->limb[number->count++] = carry;
	}
	if (words) {
		memmove(number->limb + words, number->limb, (size_t)number->count * 4);
		memset(number->limb, 0, (size_t)words * 4);
		number->count += words;
	}
}

static void big_halve(big *number)
{
	for (int i = 0; i < number->count; i++) {
		uint32_t above = i + 1 < number->count ? number->limb[i + 1] : 0;

		number->limb[i] = number->limb[i] >> 1 | above << 31;
	}
	while (number->count && !number->limb[number->count - 1])
		number->count--;
}

/* a -= b if a >= b; returns whether it did. */
static int big_subtract(big *a, const big *b)
{
	int64_t borrow = 0;
	int i;

	if (a->count != b->count) {
		if (a->count < b->count)
			return 0;
	} else {
		for (i = a->count - 1; i >= 0 && a->limb[i] == b->limb[i]; i--)
			;
		if (i >= 0 && a->limb[i] < b->limb[i])
			return 0;
	}
	for (i = 0; i < a->count; i++) {
		int64_t difference = (int64_t)a->limb[i] - (i < b->count ? b->limb[i] : 0) + borrow;

		a->limb[i] = (uint32_t)difference;
		borrow = difference < 0 ? -1 : 0;
	}
	while (a->count && !a->limb[a->count - 1])
		a->count--;
	return 1;
}

/* digits * 10^exponent for any number of digits and any exponent within a double's range. */
static double exact_decimal(const uint8_t *digits, int n_digits, int exponent)
{
	big numerator = {{0}, 0}, denominator = {{1}, 1};
	unsigned __int128 quotient = 0;
	int shift, binary = exponent;

	for (int i = 0; i < n_digits; i++)
		big_multiply_add(&numerator, 10, digits[i]);
	for (int i = 0; i < exponent; i++)
		big_multiply_add(&numerator, 5, 0);
	for (int i = 0; i < -exponent; i++)
		big_multiply_add(&denominator, 5, 0);
	/* numerator / denominator * 2^binary; make the quotient 64 or 65 bits long. */
	shift = big_bit_length(&denominator) - big_bit_length(&numerator) + 64;
	if (shift > 0)
		big_shift_left(&numerator, shift);
	else
		big_shift_left(&denominator, -shift);
	binary -= shift;
	big_shift_left(&denominator, 65);
	for (int i = 0; i <= 65; i++) {
		quotient = quotient << 1 | (unsigned int)big_subtract(&numerator, &denominator);
		big_halve(&denominator);
	}
	return round_binary(quotient, numerator.count != 0, binary);
}

/* mantissa * 10^exponent, -19 <= exponent <= 19, mantissa not 0. */
static double small_decimal(uint64_t mantissa, int exponent)
{
	unsigned __int128 numerator, quotient;
	uint64_t power;
	int shift;

	if (exponent >= 0)
		return round_binary((unsigned __int128)mantissa * powers_of_ten[exponent], 0, 0);
	power = powers_of_ten[-exponent];
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 0
	/* Both are exact doubles, so that one division rounds once. */
	if (mantissa <= UINT64_C(1) << 53 && exponent >= -15)
		return (double)mantissa / (double)power;
#endif
	shift = __builtin_clzll(mantissa);
	numerator = (unsigned __int128)(mantissa << shift) << 64;
	quotient = numerator / power;
	return round_binary(quotient, numerator - quotient * power != 0, -64 - shift);
}

static int parse_special(const char *text, size_t len, double *out)
{
	static const char *const words[] = {"nan", "inf", "infinity"};

	for (size_t w = 0; w < 3; w++) {
		size_t i = 0;

		if (strlen(words[w]) != len)
			continue;
		while (i < len && lower(text[i]) == words[w][i])
			i++;
		if (i == len) {
			*out = w == 0 ? (double)NAN : (double)INFINITY;
			return 0;
		}
	}
	return -1;
}

/* Significant digits of a number, and where its point is. */
typedef struct decimal_text {
	uint8_t digits[DIGITS_MAX + 1];
	int n_digits;
	uint64_t mantissa; /* of the first 19 */
	int64_t exponent;  /* value = digits * 10^exponent */
} decimal_text;

/* Reads the exponent after 'e'; 0 or -1. */
static int parse_exponent(const char *text, size_t len, int64_t *exponent)
{
	int64_t value = 0;
	int negative = 0;
	size_t i = 0;

	if (len && (text[0] == '-' || text[0] == '+'))
		negative = text[i++] == '-';
	if (i == len)
		return -1;
	for (; i < len; i++) {
		unsigned int digit = (unsigned int)(uint8_t)text[i] - '0';

		if (digit > 9)
			return -1;
		if (value < INT64_C(1000000000000))
			value = value * 10 + digit;
	}
	*exponent += negative ? -value : value;
	return 0;
}

static int parse_decimal_text(const char *text, size_t len, decimal_text *out)
{
	int seen_point = 0, seen_digit = 0, more = 0;

	out->n_digits = 0;
	out->mantissa = 0;
	out->exponent = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned int digit = (unsigned int)(uint8_t)text[i] - '0';

		if (digit <= 9) {
			seen_digit = 1;
			if (digit == 0 && out->n_digits == 0) {
				out->exponent -= seen_point;
			} else if (out->n_digits < DIGITS_MAX) {
				if (out->n_digits < 19)
					out->mantissa = out->mantissa * 10 + digit;
				out->digits[out->n_digits++] = (uint8_t)digit;
				out->exponent -= seen_point;
			} else {
				more |= digit != 0;
				out->exponent += !seen_point;
			}
		} else if (text[i] == '.' && !seen_point) {
			seen_point = 1;
		} else if ((text[i] == 'e' || text[i] == 'E') && seen_digit) {
			if (parse_exponent(text + i + 1, len - i - 1, &out->exponent))
				return -1;
			break;
		} else {
			return -1;
		}
	}
	if (more) { /* one more digit stands for all that were dropped */
		out->digits[out->n_digits++] = 1;
		out->exponent--;
	}
	return seen_digit ? 0 : -1;
}

int cstn__parse_double(const char *text, size_t len, double *out)
{
	decimal_text decimal;
	double value;
	int negative = 0;

	if (len && (text[0] == '-' || text[0] == '+')) {
		negative = text[0] == '-';
		text++;
		len--;
	}
	if (!len)
		return -1;
	if (lower(text[0]) == 'n' || lower(text[0]) == 'i') {
		if (parse_special(text, len, &value))
			return -1;
	} else {
		if (parse_decimal_text(text, len, &decimal))
			return -1;
		if (!decimal.n_digits || decimal.n_digits + decimal.exponent < -330)
			value = 0.0;
		else if (decimal.n_digits + decimal.exponent > 310)
			return -1;
		else if (decimal.n_digits <= 19 && decimal.exponent >= -19 &&
				decimal.exponent <= 19)
			value = small_decimal(decimal.mantissa, (int)decimal.exponent);
		else
			value = exact_decimal(
					decimal.digits, decimal.n_digits, (int)decimal.exponent);
		if (isinf(value))
			return -1; /* a finite text that no double holds */
	}
	*out = negative ? -value : value;
	return 0;
}

/* --- double out --- */

/* The nearest decimal of `precision` digits in 128-bit integers; 0 if the value is too large or too
 * small for them (it has to be about 1e-5 to 1e15). value ~ d.ddd * 10^*exponent. */
static int middle_digits(double value, int precision, uint64_t *digits, int *exponent)
{
	int binary, shift, place;
	uint64_t mantissa = (uint64_t)ldexp(frexp(value, &binary), 53);

	shift = 53 - binary; /* value = mantissa / 2^shift */
	if (shift < 1 || shift > 75)
		return 0;
	/* log10 of the power of two at or below the value; it may be one too small. */
	place = (int)floor((binary - 1) * 0.30102999566398119521);
	for (;; place++) {
		int scale = precision - 1 - place;
		unsigned __int128 product, rest, half = (unsigned __int128)1 << (shift - 1);

		if (scale < 0 || scale > 22)
			return 0;
		product = (unsigned __int128)mantissa * powers_of_ten[scale < 19 ? scale : 19];
		product *= powers_of_ten[scale < 19 ? 0 : scale - 19];
		rest = product & (half * 2 - 1);
		*digits = (uint64_t)(product >> shift);
		if (rest > half || (rest == half && (*digits & 1)))
			*digits += 1;
		if (*digits < powers_of_ten[precision])
			break;
	}
	*exponent = place;
	return 1;
}

/* `precision` significant digits of a positive finite value, nearest; value ~ d.ddd * 10^*exponent.
 * Digits are picked out one by one, so that the locale's point does not matter. */
static uint64_t nearest_digits(double value, int precision, int *exponent)
{
	uint64_t digits = 0;
	char text[64];
	int i, n = 0;

	if (middle_digits(value, precision, &digits, exponent))
		return digits;
	snprintf(text, sizeof(text), "%.*e", precision - 1, value);
	for (i = 0; n < precision; i++)
		if (text[i] >= '0' && text[i] <= '9') {
			digits = digits * 10 + (uint64_t)(text[i] - '0');
			n++;
		}
	*exponent = 0; /* text[i] is the 'e' */
	for (int j = i + 2; text[j]; j++)
		*exponent = *exponent * 10 + (text[j] - '0');
	if (text[i + 1] == '-')
		*exponent = -*exponent;
	return digits;
}

static int reads_back(uint64_t digits, int precision, int exponent, double value)
{
	int scale = exponent - precision + 1;
	char text[48];
	double read;
	int len;

	if (scale >= -19 && scale <= 19)
		return small_decimal(digits, scale) == value;
	len = snprintf(text, sizeof(text), "%llue%d", (unsigned long long)digits, scale);
	return !cstn__parse_double(text, (size_t)len, &read) && read == value;
}

/* The fewest digits that read back to `value`. */
static uint64_t shortest_digits(double value, int *precision, int *exponent)
{
	/* 15 digits always name the double nearest to them, so fewer come as trailing zeros; below
	 * the normal range that does not hold. */
	int p = value < DBL_MIN ? 1 : 15, unused;
	int power_of_two = frexp(value, &unused) == 0.5;
	uint64_t digits;

	for (;; p++) {
		digits = nearest_digits(value, p, exponent);
		if (p == 17 || reads_back(digits, p, *exponent, value))
			break;
		/* Above a power of two doubles are twice as far apart as below it: the next text up
		 * may lie in the wider half. */
		if (power_of_two && digits + 1 < powers_of_ten[p] &&
				reads_back(digits + 1, p, *exponent, value)) {
			digits++;
			break;
		}
	}
	while (p > 1 && digits % 10 == 0) {
		digits /= 10;
		p--;
	}
	*precision = p;
	return digits;
}

/* Digits with a point after `whole` of them (zeros put in before or behind). */
static size_t put_fixed(char *out, const char *digits, int n, int whole)
{
	size_t at = 0;

	if (whole <= 0) {
		memcpy(out, "0.", 2);
		at = 2;
		for (; whole < 0; whole++)
			out[at++] = '0';
		memcpy(out + at, digits, (size_t)n);
		return at + (size_t)n;
	}
	for (int i = 0; i < n || i < whole; i++) {
		if (i == whole)
			out[at++] = '.';
		out[at++] = i < n ? digits[i] : '0';
	}
	return at;
}

size_t cstn__format_double(double value, char buffer[32])
{
	int precision, exponent;
	uint64_t digits;
	char text[24];
	size_t at = 0;

	if (isnan(value)) {
		memcpy(buffer, "nan", 4);
		return 3;
	}
	if (signbit(value))
		buffer[at++] = '-';
	value = fabs(value);
	if (isinf(value) || value == 0.0) {
		const char *word = value == 0.0 ? "0" : "inf";

		memcpy(buffer + at, word, strlen(word) + 1);
		return at + strlen(word);
	}
	if (value < 1e15 && value == (double)(int64_t)value)
		return at + (size_t)snprintf(buffer + at, 32 - at, "%lld", (long long)value);
	digits = shortest_digits(value, &precision, &exponent);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)digits);
	if (exponent >= -5 && exponent < 16) {
		at += put_fixed(buffer + at, text, precision, exponent + 1);
	} else {
		at += put_fixed(buffer + at, text, precision, 1);
		at += (size_t)snprintf(buffer + at, 32 - at, "e%c%02d", exponent < 0 ? '-' : '+',
				exponent < 0 ? -exponent : exponent);
	}
	buffer[at] = '\0';
	return at;
}
