#include "planted.h"

#include <dirent.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "suite.h"

typedef struct needle {
	char what[96];
	uint8_t bytes[140];
	size_t size;
} needle;

struct planted {
	needle *needles;
	size_t n, room;
	uint8_t seen[65536]; /* 1: a needle begins with these two bytes */
};

/* --- digests that libsodium does not have ----------------------------------------------------- */

static uint32_t turn(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

/* The message with its padding, and how many blocks of 64 bytes that is; to be freed. */
static uint8_t *padded(const void *data, size_t size, int big_endian, size_t *blocks)
{
	uint8_t *out;

	*blocks = (size + 8) / 64 + 1;
	out = calloc(*blocks, 64);
	ck_assert_ptr_nonnull(out);
	memcpy(out, data, size);
	out[size] = 0x80;
	for (int i = 0; i < 8; i++)
		out[*blocks * 64 - 8 + (size_t)i] =
				(uint8_t)((uint64_t)size * 8 >> (big_endian ? 56 - 8 * i : 8 * i));
	return out;
}

static void sha1_block(uint32_t h[5], const uint8_t *block)
{
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 80; i++)
		w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++) {
		uint32_t f = i < 20   ? (b & c) | (~b & d)
			     : i < 40 ? b ^ c ^ d
			     : i < 60 ? (b & c) | (b & d) | (c & d)
				      : b ^ c ^ d;
		uint32_t k = i < 20   ? 0x5a827999u
			     : i < 40 ? 0x6ed9eba1u
			     : i < 60 ? 0x8f1bbcdcu
				      : 0xca62c1d6u;
		uint32_t t = turn(a, 5) + f + e + k + w[i];

		e = d;
		d = c;
		c = turn(b, 30);
		b = a;
		a = t;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

/* FIPS 180-4. */
void planted_sha1(const void *data, size_t size, uint8_t out[20])
{
	uint32_t h[5] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};
	size_t blocks, i;
	uint8_t *text = padded(data, size, 1, &blocks);

	for (i = 0; i < blocks; i++)
		sha1_block(h, text + 64 * i);
	free(text);
	for (i = 0; i < 20; i++)
		out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

/* RFC 1321. */
static void md5_block(uint32_t h[4], const uint8_t *block)
{
	static const int shifts[4][4] = {
			{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
	uint32_t m[16], a = h[0], b = h[1], c = h[2], d = h[3];

	for (int i = 0; i < 16; i++)
		m[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
		       (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
	for (int i = 0; i < 64; i++) {
		uint32_t f = i < 16   ? (b & c) | (~b & d)
			     : i < 32 ? (d & b) | (~d & c)
			     : i < 48 ? b ^ c ^ d
				      : c ^ (b | ~d);
		int g = i < 16 ? i : i < 32 ? 5 * i + 1 : i < 48 ? 3 * i + 5 : 7 * i;
		uint32_t k = (uint32_t)floor(fabs(sin(i + 1)) * 4294967296.0), t = d;

		d = c;
		c = b;
		b += turn(a + f + k + m[g % 16], shifts[i / 16][i % 4]);
		a = t;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
}

void planted_md5(const void *data, size_t size, uint8_t out[16])
{
	uint32_t h[4] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u};
	size_t blocks, i;
	uint8_t *text = padded(data, size, 0, &blocks);

	for (i = 0; i < blocks; i++)
		md5_block(h, text + 64 * i);
	free(text);
	for (i = 0; i < 16; i++)
		out[i] = (uint8_t)(h[i / 4] >> 8 * (i % 4));
}

/* --- needles ---------------------------------------------------------------------------------- */

static void add(planted *all, const char *name, const char *how, const void *bytes, size_t size)
{
	needle *one;

	ck_assert_uint_ge(size, 6);
	ck_assert_uint_le(size, sizeof(one->bytes));
	if (all->n == all->room) {
		all->room = 2 * all->room + 64;
		all->needles = realloc(all->needles, all->room * sizeof(*all->needles));
		ck_assert_ptr_nonnull(all->needles);
	}
	one = &all->needles[all->n++];
	snprintf(one->what, sizeof(one->what), "%s: %s", name, how);
	memcpy(one->bytes, bytes, size);
	one->size = size;
	all->seen[one->bytes[0] << 8 | one->bytes[1]] = 1;
}

static void add_forms(
		planted *all, const char *name, const char *what, const uint8_t *bytes, size_t size)
{
	static const int variants[] = {sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
			sodium_base64_VARIANT_URLSAFE_NO_PADDING};
	char text[2 * 64 + 1], how[64];

	ck_assert_uint_le(size, 64);
	snprintf(how, sizeof(how), "%s as bytes", what);
	add(all, name, how, bytes, size);
	sodium_bin2hex(text, sizeof(text), bytes, size);
	snprintf(how, sizeof(how), "%s in hexadecimal", what);
	add(all, name, how, text, 2 * size);
	for (size_t i = 0; i < 2 * size; i++)
		if (text[i] >= 'a')
			text[i] = (char)(text[i] - 32);
	add(all, name, how, text, 2 * size);
	for (int i = 0; i < 2; i++) {
		sodium_bin2base64(text, sizeof(text), bytes, size, variants[i]);
		snprintf(how, sizeof(how), "%s in base64", what);
		/* the last letter depends on what follows */
		add(all, name, how, text, strlen(text) - 1);
	}
}

static void add_digests(planted *all, const char *name, const uint8_t *value, size_t size)
{
	cstn__hash128_value wide = cstn__hash128(value, size);
	uint64_t narrow = cstn__hash64(0, value, size), words[2] = {wide.low, wide.high};
	uint8_t out[64];

	crypto_hash_sha256(out, value, size);
	add_forms(all, name, "SHA-256", out, 32);
	crypto_hash_sha512(out, value, size);
	add_forms(all, name, "SHA-512", out, 64);
	planted_sha1(value, size, out);
	add_forms(all, name, "SHA-1", out, 20);
	planted_md5(value, size, out);
	add_forms(all, name, "MD5", out, 16);
	for (size_t bytes = 16; bytes <= 64; bytes *= 2) {
		crypto_generichash(out, bytes, value, size, NULL, 0);
		add_forms(all, name, "BLAKE2b", out, bytes);
	}
	for (size_t i = 0; i < 16; i++)
		out[i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
	add_forms(all, name, "XXH3 of 128 bits", out, 16);
	for (size_t i = 0; i < 16; i++)
		out[i] = (uint8_t)(words[1 - i / 8] >> (56 - 8 * (i % 8)));
	add_forms(all, name, "XXH3 of 128 bits", out, 16);
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(narrow >> 8 * i);
	add_forms(all, name, "XXH3", out, 8);
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(narrow >> (56 - 8 * i));
	add_forms(all, name, "XXH3", out, 8);
}

planted *planted_new(void)
{
	planted *all = calloc(1, sizeof(*all));

	ck_assert_ptr_nonnull(all);
	ck_assert_int_ge(sodium_init(), 0);
	return all;
}

void planted_free(planted *all)
{
	free(all->needles);
	free(all);
}

void planted_text(planted *all, const char *name, const void *value, size_t size)
{
	add_forms(all, name, "the value", value, size);
	add_digests(all, name, value, size);
}

void planted_number(planted *all, const char *name, int64_t value)
{
	uint8_t bytes[8];
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)value);

	ck_assert_int_ge(len, 8);
	planted_text(all, name, text, (size_t)len);
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)value >> 8 * i);
	planted_text(all, name, bytes, 8);
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
	planted_text(all, name, bytes, 8);
}

size_t planted_count(const planted *all)
{
	return all->n;
}

/* --- seeking ---------------------------------------------------------------------------------- */

const char *planted_seek(const planted *all, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t at = 0; at + 2 <= size; at++) {
		if (!all->seen[bytes[at] << 8 | bytes[at + 1]])
			continue;
		for (size_t i = 0; i < all->n; i++) {
			const needle *one = &all->needles[i];

			if (one->size <= size - at &&
					memcmp(bytes + at, one->bytes, one->size) == 0)
				return one->what;
		}
	}
	return NULL;
}

static const char *seek_file(const planted *all, const char *path, uint64_t *read)
{
	FILE *file = fopen(path, "rb");
	const char *found;
	uint8_t *data;
	long size;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	ck_assert_int_ge(size, 0);
	rewind(file);
	data = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(fread(data, 1, (size_t)size, file), (size_t)size);
	fclose(file);
	found = planted_seek(all, data, (size_t)size);
	*read += (uint64_t)size;
	free(data);
	return found;
}

const char *planted_seek_files(const planted *all, const char *folder, uint64_t *bytes)
{
	DIR *list = opendir(folder);
	const char *found = NULL;
	struct dirent *entry;

	ck_assert_ptr_nonnull(list);
	while (!found && (entry = readdir(list)) != NULL) {
		char path[1024];
		struct stat about;

		if (entry->d_name[0] == '.' && (!entry->d_name[1] || entry->d_name[1] == '.'))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		ck_assert_int_eq(stat(path, &about), 0);
		found = S_ISDIR(about.st_mode) ? planted_seek_files(all, path, bytes)
					       : seek_file(all, path, bytes);
	}
	closedir(list);
	return found;
}
