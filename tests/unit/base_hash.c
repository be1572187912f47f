/* Hashes and hexadecimal text. */
#include <string.h>

#include "base/hash.h"
#include "suite.h"

START_TEST(sha256_of_abc_is_that_of_fips_180)
{
	uint8_t digest[32];
	char text[65];

	cstn__sha256("abc", 3, digest);
	cstn__hex(digest, 32, text);
	ck_assert_str_eq(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	cstn__sha256("", 0, digest);
	cstn__hex(digest, 32, text);
	ck_assert_str_eq(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

/* Of the reference implementation's command: `printf abc | xxhsum -H3`, and -H2 for 128 bits. */
START_TEST(xxh3_gives_its_published_values)
{
	ck_assert_uint_eq(cstn__hash64(0, "", 0), UINT64_C(0x2d06800538d394c2));
	ck_assert_uint_eq(cstn__hash64(0, "abc", 3), UINT64_C(0x78af5f94892f3950));
	ck_assert_uint_eq(cstn__hash128("", 0).high, UINT64_C(0x99aa06d3014798d8));
	ck_assert_uint_eq(cstn__hash128("", 0).low, UINT64_C(0x6001c324468d497f));
}
END_TEST

START_TEST(another_seed_gives_another_hash)
{
	ck_assert_uint_ne(cstn__hash64(0, "abc", 3), cstn__hash64(1, "abc", 3));
	ck_assert_uint_eq(cstn__hash64(5, "abc", 3), cstn__hash64(5, "abcd", 3));
}
END_TEST

START_TEST(hexadecimal_text_reads_back_and_takes_lower_case_only)
{
	static const uint8_t bytes[4] = {0x00, 0x9a, 0xbf, 0xff};
	uint8_t read[4] = {7, 7, 7, 7};
	char text[9];

	cstn__hex(bytes, 4, text);
	ck_assert_str_eq(text, "009abfff");
	ck_assert_int_eq(cstn__unhex(text, 8, read), 0);
	ck_assert_mem_eq(read, bytes, 4);
	memset(read, 7, 4);
	ck_assert_int_eq(cstn__unhex("009ABFFF", 8, read), -1);
	ck_assert_int_eq(cstn__unhex("009abff", 7, read), -1);
	ck_assert_int_eq(cstn__unhex("009abffg", 8, read), -1);
	ck_assert_int_eq(cstn__unhex("009abff/", 8, read), -1);
	ck_assert_int_eq(cstn__unhex("009abff:", 8, read), -1);
	ck_assert_uint_eq(read[0], 7);
	ck_assert_int_eq(cstn__unhex("", 0, read), 0);
}
END_TEST

START_TEST(mixing_is_one_to_one_on_what_is_tried_and_spreads_neighbours)
{
	ck_assert_uint_eq(cstn__mix64(0), 0);
	for (uint64_t i = 1; i < 1000; i++) {
		uint64_t changed = cstn__mix64(i) ^ cstn__mix64(i - 1);

		ck_assert_int_gt(__builtin_popcountll(changed), 8);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			sha256_of_abc_is_that_of_fips_180,
			xxh3_gives_its_published_values,
			another_seed_gives_another_hash,
			hexadecimal_text_reads_back_and_takes_lower_case_only,
			mixing_is_one_to_one_on_what_is_tried_and_spreads_neighbours,
	};

	return run_tests("base_hash", tests, sizeof(tests) / sizeof(tests[0]));
}
