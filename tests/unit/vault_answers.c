/* Outside vectors of XChaCha20-Poly1305 and Ed25519 (wycheproof), through the library's own calls.
 * Their folder says where they come from. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/note_key.h"
#include "shared_data.h"
#include "sharing/aead.h"

#define FOLDER "vectors/wycheproof"

static json_t *vectors(const char *file)
{
	char *path = shared_path(FOLDER, file);
	json_t *out = json_load_file(path, 0, NULL);

	ck_assert_msg(out != NULL, "%s", path);
	free(path);
	return out;
}

/* Bytes of a member in hexadecimal; free .data. Memory of the exact size shows any read past it. */
static cstn__slice hex_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	size_t size;
	uint8_t *data;

	ck_assert_ptr_nonnull(text);
	size = strlen(text) / 2;
	data = malloc(size ? size : 1);
	ck_assert_ptr_nonnull(data);
	for (size_t i = 0; i < size; i++) {
		char digits[3] = {text[2 * i], text[2 * i + 1], 0};

		data[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return (cstn__slice){data, size};
}

static void drop(cstn__slice slice)
{
	free((void *)(uintptr_t)slice.data);
}

static int is_valid(const json_t *test)
{
	return strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0;
}

/* Seal as stated, open exactly if valid. */
static void try_cell(const json_t *test)
{
	cstn__slice key = hex_of(test, "key"), nonce = hex_of(test, "iv"),
		    aad = hex_of(test, "aad"), text = hex_of(test, "msg"), ct = hex_of(test, "ct"),
		    tag = hex_of(test, "tag");
	size_t size = ct.size + tag.size;
	uint8_t *sealed = malloc(size + 1), *out = malloc(size + text.size + 17);
	int valid = is_valid(test);

	ck_assert(sealed && out);
	memcpy(sealed, ct.data, ct.size);
	memcpy(sealed + ct.size, tag.data, tag.size);
	if (valid) {
		ck_assert_int_eq(cstn__aead_seal(key, nonce, aad, text, out), 0);
		ck_assert_mem_eq(out, sealed, size);
	} else if (nonce.size != CSTN__AEAD_NONCE) {
		ck_assert_int_eq(cstn__aead_seal(key, nonce, aad, text, out), -1);
	}
	ck_assert_int_eq(cstn__aead_open(key, nonce, aad, (cstn__slice){sealed, size}, out),
			valid ? 0 : -1);
	if (valid && text.size)
		ck_assert_mem_eq(out, text.data, text.size);
	free(sealed);
	free(out);
	drop(key);
	drop(nonce);
	drop(aad);
	drop(text);
	drop(ct);
	drop(tag);
}

START_TEST(all_315_cells_seal_and_open_as_stated)
{
	json_t *file = vectors("xchacha20_poly1305_test.json"), *group, *test;
	size_t i, k, n = 0, valid = 0;

	json_array_foreach(json_object_get(file, "testGroups"), i, group)
	{
		json_array_foreach(json_object_get(group, "tests"), k, test)
		{
			try_cell(test);
			valid += (size_t)is_valid(test);
			n++;
		}
	}
	ck_assert_uint_eq(n, 315);
	ck_assert_uint_eq(valid, 246);
	json_decref(file);
}
END_TEST

START_TEST(all_151_signatures_verify_as_stated)
{
	json_t *file = vectors("ed25519_test.json"), *group, *test;
	size_t i, k, n = 0, valid = 0;

	json_array_foreach(json_object_get(file, "testGroups"), i, group)
	{
		cstn__slice key = hex_of(json_object_get(group, "publicKey"), "pk");

		json_array_foreach(json_object_get(group, "tests"), k, test)
		{
			cstn__slice message = hex_of(test, "msg"), signature = hex_of(test, "sig");

			ck_assert_int_eq(
					cstn__ed25519_verify(key.data, key.size, signature.data,
							signature.size, message.data, message.size),
					is_valid(test));
			valid += (size_t)is_valid(test);
			n++;
			drop(message);
			drop(signature);
		}
		drop(key);
	}
	ck_assert_uint_eq(n, 151);
	ck_assert_uint_eq(valid, 88);
	json_decref(file);
}
END_TEST

START_TEST(keys_of_other_lengths_are_refused_unread)
{
	const uint8_t *one = calloc(1, 31);
	uint8_t out[64];

	ck_assert_ptr_nonnull(one);
	ck_assert_int_eq(cstn__aead_seal((cstn__slice){one, 31}, (cstn__slice){one, 24},
					 (cstn__slice){NULL, 0}, (cstn__slice){NULL, 0}, out),
			-1);
	ck_assert_int_eq(cstn__aead_open((cstn__slice){one, 31}, (cstn__slice){one, 24},
					 (cstn__slice){NULL, 0}, (cstn__slice){one, 31}, out),
			-1);
	ck_assert_int_eq(cstn__ed25519_verify(one, 31, one, 31, "", 0), 0);
	free((void *)(uintptr_t)one);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {all_315_cells_seal_and_open_as_stated,
			all_151_signatures_verify_as_stated,
			keys_of_other_lengths_are_refused_unread};

	return run_tests_on(FOLDER, "ed25519_test.json", "vault_answers", tests,
			sizeof(tests) / sizeof(tests[0]));
}
