/* Outside vectors of the oblivious function: RFC 9497 (ristretto255-SHA512) and expand_message_xmd
 * of RFC 9380. Those of mode 0 lie in their folder; those of mode 1, which has the proof, are the
 * three of RFC 9497, appendix A.1.2, and stand here. */
#include <jansson.h>
#include <sodium/crypto_core_ristretto255.h>
#include <stdlib.h>
#include <string.h>

#include "shared_data.h"
#include "sharing/oprf.h"

#define FOLDER "vectors/oprf"

static json_t *vectors(const char *file)
{
	char *path = shared_path(FOLDER, file);
	json_t *out = json_load_file(path, 0, NULL);

	ck_assert_msg(out != NULL, "%s", path);
	free(path);
	return out;
}

static size_t unhex(const char *text, uint8_t *out)
{
	size_t size = strlen(text) / 2;

	for (size_t i = 0; i < size; i++) {
		char digits[3] = {text[2 * i], text[2 * i + 1], 0};

		out[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return size;
}

static size_t member(const json_t *object, const char *name, uint8_t *out)
{
	const char *text = json_string_value(json_object_get(object, name));

	ck_assert_ptr_nonnull(text);
	return unhex(text, out);
}

START_TEST(expand_message_gives_the_ten_answers)
{
	json_t *file = vectors("expand_message_xmd_SHA512_38.json"), *test;
	const char *tag = json_string_value(json_object_get(file, "DST"));
	uint8_t expected[256], got[256];
	size_t i, n = 0;

	json_array_foreach(json_object_get(file, "tests"), i, test)
	{
		const char *message = json_string_value(json_object_get(test, "msg"));
		const cstn__oprf_part halves[2] = {{message, strlen(message) / 2},
				{message + strlen(message) / 2,
						strlen(message) - strlen(message) / 2}};
		size_t size = member(test, "uniform_bytes", expected);

		cstn__expand_message(halves, 2, tag, strlen(tag), got, size);
		ck_assert_mem_eq(got, expected, size);
		n++;
	}
	ck_assert_uint_eq(n, 10);
	json_decref(file);
}
END_TEST

/* Blind, evaluate, unblind, finish. */
static void try_one(uint32_t mode, const uint8_t *key, const json_t *test)
{
	uint8_t input[64], blind[32], inverse[32], expected[64], element[32], blinded[32],
			evaluated[32], plain[32], out[64];
	size_t size = member(test, "Input", input);

	member(test, "Blind", blind);
	cstn__oprf_hash_to_group(mode, input, size, element);
	ck_assert_int_eq(cstn__oprf_multiply(blind, element, blinded), 0);
	member(test, "BlindedElement", expected);
	ck_assert_mem_eq(blinded, expected, 32);
	ck_assert_int_eq(cstn__oprf_multiply(key, blinded, evaluated), 0);
	member(test, "EvaluationElement", expected);
	ck_assert_mem_eq(evaluated, expected, 32);
	crypto_core_ristretto255_scalar_invert(inverse, blind);
	ck_assert_int_eq(cstn__oprf_multiply(inverse, evaluated, plain), 0);
	cstn__oprf_finish(input, size, plain, out);
	member(test, "Output", expected);
	ck_assert_mem_eq(out, expected, 64);
	ck_assert_int_eq(cstn__oprf_multiply(key, element, plain), 0); /* without a blind */
	cstn__oprf_finish(input, size, plain, out);
	ck_assert_mem_eq(out, expected, 64);
}

START_TEST(mode_0_gives_key_and_values_byte_for_byte)
{
	json_t *file = vectors("rfc9497_ristretto255_mode0.json"), *test;
	uint8_t seed[32], info[32], key[32], public_key[32], expected[32];
	size_t i, n = 0, info_size;

	member(file, "seed", seed);
	info_size = member(file, "keyInfo", info);
	ck_assert_int_eq(cstn__oprf_derive(CSTN__OPRF_BASE, seed, info, info_size, key, public_key),
			0);
	member(file, "skSm", expected);
	ck_assert_mem_eq(key, expected, 32);
	json_array_foreach(json_object_get(file, "vectors"), i, test)
	{
		try_one(CSTN__OPRF_BASE, key, test);
		n++;
	}
	ck_assert_uint_eq(n, 2);
	json_decref(file);
}
END_TEST

/* RFC 9497, A.1.2: the seed is 32 bytes a3, the info "test key". */
#define SECRET_1 "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909"
#define PUBLIC_1 "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e"
#define BLIND_A "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"
#define RANDOM_A "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e"
#define BLINDED_A "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945"
#define EVALUATED_A "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"
#define OUTPUT_A                                                           \
	"b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d" \
	"a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
#define OUTPUT_B                                                           \
	"8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60" \
	"356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"
#define INPUT_B "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

static const struct {
	size_t n;
	const char *input[2], *blind[2], *blinded[2], *evaluated[2], *output[2];
	const char *proof, *random;
} verifiable[] = {
		{1, {"00"}, {BLIND_A}, {BLINDED_A}, {EVALUATED_A}, {OUTPUT_A},
				"ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
				"6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
				RANDOM_A},
		{1, {INPUT_B}, {BLIND_A},
				{"cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0"
				 "c"},
				{"60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad46"
				 "8"},
				{OUTPUT_B},
				"401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
				"67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
				RANDOM_A},
		{2, {"00", INPUT_B}, {BLIND_A, RANDOM_A},
				{BLINDED_A, "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bb"
					    "badac751e654"},
				{EVALUATED_A, "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db9"
					      "20b7eee36a2a"},
				{OUTPUT_A, OUTPUT_B},
				"cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a"
				"5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
				"419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0"
				"c"}};

START_TEST(mode_1_gives_key_values_and_proofs_byte_for_byte)
{
	uint8_t key[32], public_key[32], seed[32], random[32], blinded[64], evaluated[64],
			expected[64], proof[64];
	cstn__oprf_batch batch = {.public_key = public_key,
			.blinded = blinded,
			.evaluated = evaluated,
			.n = verifiable[_i].n,
			.threads = 1};
	json_t *test;

	memset(seed, 0xa3, sizeof(seed));
	ck_assert_int_eq(cstn__oprf_derive(CSTN__OPRF_VERIFIABLE, seed, "test key", 8, key,
					 public_key),
			0);
	unhex(SECRET_1, expected);
	ck_assert_mem_eq(key, expected, 32);
	unhex(PUBLIC_1, expected);
	ck_assert_mem_eq(public_key, expected, 32);
	for (size_t i = 0; i < batch.n; i++) {
		test = json_pack("{s:s, s:s, s:s, s:s, s:s}", "Input", verifiable[_i].input[i],
				"Blind", verifiable[_i].blind[i], "BlindedElement",
				verifiable[_i].blinded[i], "EvaluationElement",
				verifiable[_i].evaluated[i], "Output", verifiable[_i].output[i]);
		try_one(CSTN__OPRF_VERIFIABLE, key, test);
		json_decref(test);
		unhex(verifiable[_i].blinded[i], blinded + 32 * i);
		unhex(verifiable[_i].evaluated[i], evaluated + 32 * i);
	}
	unhex(verifiable[_i].random, random);
	ck_assert_int_eq(cstn__oprf_prove(&batch, key, random, proof), CSTN_OK);
	unhex(verifiable[_i].proof, expected);
	ck_assert_mem_eq(proof, expected, 64);
	ck_assert_int_eq(cstn__oprf_verify(&batch, proof), CSTN_OK);
	for (size_t i = 0; i < 64; i++) {
		proof[i] ^= 0x20;
		ck_assert_int_eq(cstn__oprf_verify(&batch, proof), CSTN_E_PROOF);
		proof[i] ^= 0x20;
	}
}
END_TEST

START_TEST(elements_that_are_none_are_told)
{
	static const char *const bad[] = {/* the identity */
			"0000000000000000000000000000000000000000000000000000000000000000",
			/* not canonical */
			"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
			/* negative */
			"0100000000000000000000000000000000000000000000000000000000000000"};
	uint8_t element[32];

	for (size_t i = 0; i < 3; i++) {
		unhex(bad[i], element);
		ck_assert_int_eq(cstn__oprf_is_element(element), 0);
	}
	unhex(PUBLIC_1, element);
	ck_assert_int_eq(cstn__oprf_is_element(element), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("oprf_answers");
	TCase *cases = tcase_create("oprf");
	char *path = shared_path(FOLDER, "rfc9497_ristretto255_mode0.json");
	int absent = access(path, R_OK) != 0;

	if (absent)
		printf("'%s' is absent. NOTHING WAS CHECKED.\n", path);
	free(path);
	tcase_add_test(cases, expand_message_gives_the_ten_answers);
	tcase_add_test(cases, mode_0_gives_key_and_values_byte_for_byte);
	tcase_add_loop_test(cases, mode_1_gives_key_values_and_proofs_byte_for_byte, 0, 3);
	tcase_add_test(cases, elements_that_are_none_are_told);
	suite_add_tcase(suite, cases);
	return absent ? EXIT_FAILURE : run_suite(suite);
}
