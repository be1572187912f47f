/* The log against the definition of RFC 6962 written down plainly, and SHA-256 against its twin. */
#include <stdlib.h>
#include <string.h>

#include <sodium/crypto_hash_sha256.h>

#include "base/sha256.h"
#include "ledger_fixture.h"
#include "suite.h"

#define ENTRIES 300u

/* --- SHA-256 ---------------------------------------------------------------------------------- */

static void expect_hash(int hardware, const uint8_t *data, size_t size, unsigned int *random)
{
	uint8_t wanted[32], is[32];
	cstn__sha256_state state;
	size_t at, part;

	crypto_hash_sha256(wanted, data, size);
	cstn__sha256_init(&state, hardware);
	for (at = 0; at < size; at += part) {
		*random = *random * 1103515245u + 12345u;
		part = 1 + (*random >> 16) % 150;
		part = part < size - at ? part : size - at;
		cstn__sha256_put(&state, data + at, part);
	}
	cstn__sha256_end(&state, is);
	ck_assert_mem_eq(is, wanted, 32);
}

START_TEST(rows_of_nodes_are_what_single_nodes_are)
{
	static uint8_t below[64 * 129], wanted[32 * 129], out[32 * 129];
	int hardware;

	for (size_t i = 0; i < sizeof(below); i++)
		below[i] = (uint8_t)(i * i * 31 + i / 7);
	for (size_t i = 0; i < 129; i++)
		ck_assert_int_eq(cstn_merkle_hash_children(below + 64 * i, below + 64 * i + 32,
						 wanted + 32 * i, NULL),
				CSTN_OK);
	for (hardware = 0; hardware <= cstn__sha256_hardware(); hardware++)
		for (size_t n = 0; n <= 129; n += n < 9 ? 1 : 40) {
			uint8_t row[64 * 129];

			memset(out, 0xee, sizeof(out));
			cstn__sha256_pairs(hardware, 1, below, n, out);
			ck_assert_mem_eq(out, wanted, 32 * n);
			for (size_t i = 32 * n; i < sizeof(out); i++)
				ck_assert_uint_eq(out[i], 0xee);
			memcpy(row, below, sizeof(row)); /* in place, too */
			cstn__sha256_pairs(hardware, 1, row, n, row);
			ck_assert_mem_eq(row, wanted, 32 * n);
		}
}
END_TEST

START_TEST(both_kinds_of_sha256_agree_on_all_lengths_and_splits)
{
	static uint8_t data[1024 + 64];
	unsigned int random = 1;
	size_t i, k;
	int hardware;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 167 + i / 256);
	for (hardware = 0; hardware <= cstn__sha256_hardware(); hardware++)
		for (i = 0; i <= 1024; i++)
			for (k = 0; k < 5; k++)
				expect_hash(hardware, data + k, i, &random);
}
END_TEST

/* --- the definition --------------------------------------------------------------------------- */

/* Root of the entries numbered `begin` up to `end`, each of which is its number as two bytes. */
static void root_of(size_t begin, size_t end, uint8_t *out)
{
	uint8_t bytes[65] = {0}, left[32], right[32];
	size_t half = 1;

	if (begin == end) {
		crypto_hash_sha256(out, bytes, 0);
		return;
	}
	if (end - begin == 1) {
		bytes[1] = (uint8_t)(begin >> 8);
		bytes[2] = (uint8_t)begin;
		crypto_hash_sha256(out, bytes, 3);
		return;
	}
	while (2 * half < end - begin)
		half *= 2;
	root_of(begin, begin + half, left);
	root_of(begin + half, end, right);
	bytes[0] = 1;
	memcpy(bytes + 1, left, 32);
	memcpy(bytes + 33, right, 32);
	crypto_hash_sha256(out, bytes, 65);
}

static void entry_of(size_t i, uint8_t *out)
{
	out[0] = (uint8_t)(i >> 8);
	out[1] = (uint8_t)i;
}

static cstn_log *filled(size_t n)
{
	cstn_log *log = ledger_log("filled");
	uint8_t entry[2];
	uint64_t index;
	size_t i;

	for (i = 0; i < n; i++) {
		entry_of(i, entry);
		ck_assert_int_eq(cstn_log_append(log, entry, 2, &index, NULL), CSTN_OK);
		ck_assert_uint_eq(index, i);
	}
	ck_assert_uint_eq(cstn_log_size(log), n);
	return log;
}

START_TEST(roots_of_all_sizes_are_those_of_the_definition)
{
	cstn_log *log = filled(ENTRIES);
	uint8_t is[32], wanted[32];
	size_t n;

	for (n = 0; n <= ENTRIES; n++) {
		root_of(0, n, wanted);
		ck_assert_int_eq(cstn_log_root(log, n, is, NULL), CSTN_OK);
		ck_assert_mem_eq(is, wanted, 32);
	}
	cstn_log_free(log);
}
END_TEST

/* A proof holds; with a bit of a hash, of the leaf or the root changed, or one hash more or fewer,
 * it does not. */
static void expect_proof(const cstn_log *log, uint64_t index, uint64_t size, const uint8_t *root)
{
	uint8_t entry[2], leaf[32], other[32], proof[65 * 32];
	cstn_buffer *made;
	size_t n, i;

	entry_of((size_t)index, entry);
	ck_assert_int_eq(cstn_merkle_hash_entry(entry, 2, leaf, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_prove_inclusion(log, index, size, &made, NULL), CSTN_OK);
	n = cstn_buffer_size(made) / 32;
	memset(proof, 9, sizeof(proof));
	memcpy(proof, cstn_buffer_data(made), 32 * n);
	cstn_buffer_free(made);
#define HOLDS(leaf_, n_, root_) \
	cstn_merkle_verify_inclusion(index, size, leaf_, proof, n_, root_, NULL)
	ck_assert_int_eq(HOLDS(leaf, n, root), CSTN_OK);
	ck_assert_int_eq(HOLDS(leaf, n + 1, root), CSTN_E_PROOF);
	if (n)
		ck_assert_int_eq(HOLDS(leaf, n - 1, root), CSTN_E_PROOF);
	memcpy(other, leaf, 32);
	other[index % 32] ^= 1;
	ck_assert_int_eq(HOLDS(other, n, root), CSTN_E_PROOF);
	memcpy(other, root, 32);
	other[size % 32] ^= 0x80;
	ck_assert_int_eq(HOLDS(leaf, n, other), CSTN_E_PROOF);
	for (i = 0; i < n; i++) {
		proof[32 * i + (index + i) % 32] ^= 4;
		ck_assert_int_eq(HOLDS(leaf, n, root), CSTN_E_PROOF);
		proof[32 * i + (index + i) % 32] ^= 4;
	}
#undef HOLDS
}

START_TEST(every_entry_is_proved_in_every_tree)
{
	cstn_log *log = filled(ENTRIES);
	uint8_t root[32];
	size_t size, index;

	for (size = 1; size <= ENTRIES; size += size < 70 ? 1 : 23) {
		ck_assert_int_eq(cstn_log_root(log, size, root, NULL), CSTN_OK);
		for (index = 0; index < size; index++)
			expect_proof(log, index, size, root);
	}
	cstn_log_free(log);
}
END_TEST

START_TEST(every_tree_is_the_beginning_of_every_later_one)
{
	cstn_log *log = filled(ENTRIES);
	uint8_t before[32], now[32], proof[65 * 32];
	cstn_buffer *made;
	size_t size1, size2, n, i;

	for (size2 = 1; size2 <= ENTRIES; size2 += size2 < 70 ? 1 : 23)
		for (size1 = 1; size1 <= size2; size1++) {
			ck_assert_int_eq(cstn_log_root(log, size1, before, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_log_root(log, size2, now, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_log_prove_consistency(log, size1, size2, &made, NULL),
					CSTN_OK);
			n = cstn_buffer_size(made) / 32;
			memset(proof, 9, sizeof(proof));
			memcpy(proof, cstn_buffer_data(made), 32 * n);
			cstn_buffer_free(made);
#define HOLDS(n_) cstn_merkle_verify_consistency(size1, size2, before, now, proof, n_, NULL)
			ck_assert_int_eq(HOLDS(n), CSTN_OK);
			ck_assert_int_eq(HOLDS(n + 1), CSTN_E_PROOF);
			for (i = 0; i < n; i++) {
				proof[32 * i + size1 % 32] ^= 2;
				ck_assert_int_eq(HOLDS(n), CSTN_E_PROOF);
				proof[32 * i + size1 % 32] ^= 2;
			}
			if (n)
				ck_assert_int_eq(HOLDS(n - 1), CSTN_E_PROOF);
			now[3] ^= 1;
			ck_assert_int_eq(HOLDS(n), CSTN_E_PROOF);
			now[3] ^= 1;
			before[3] ^= 1;
			ck_assert_int_eq(HOLDS(n), CSTN_E_PROOF);
#undef HOLDS
		}
	cstn_log_free(log);
}
END_TEST

START_TEST(batches_give_the_tree_of_single_entries)
{
	uint8_t entries[2 * ENTRIES], is[32], wanted[32];
	uint64_t ends[ENTRIES], first;
	size_t i, step, at, part;

	for (i = 0; i < ENTRIES; i++)
		entry_of(i, entries + 2 * i);
	root_of(0, ENTRIES, wanted);
	for (step = 1; step <= ENTRIES; step += 1 + step / 3) {
		cstn_log *log = ledger_log("batches");

		for (at = 0; at < ENTRIES; at += part) {
			part = step < ENTRIES - at ? step : ENTRIES - at;
			for (i = 0; i < part; i++)
				ends[i] = 2 * (i + 1);
			ck_assert_int_eq(cstn_log_append_batch(log, entries + 2 * at, ends, part,
							 &first, NULL),
					CSTN_OK);
			ck_assert_uint_eq(first, at);
		}
		ck_assert_int_eq(cstn_log_root(log, ENTRIES, is, NULL), CSTN_OK);
		ck_assert_mem_eq(is, wanted, 32);
		cstn_log_free(log);
	}
}
END_TEST

/* --- bad input -------------------------------------------------------------------------------- */

START_TEST(a_batch_with_a_bad_entry_appends_nothing)
{
	cstn_log *log = filled(3);
	static uint8_t data[70000];
	uint64_t backwards[] = {2, 1}, large[] = {2, 2 + CSTN_LOG_ENTRY_MOST + 1};
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_log_append_batch(log, data, backwards, 2, NULL, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_error_message(error), "entry 1 ends at 1, before 2 where it begins");
	cstn_error_free(error);
	ck_assert_int_eq(cstn_log_append_batch(log, data, large, 2, NULL, &error), CSTN_E_LIMIT);
	ck_assert_str_eq(cstn_error_message(error), "entry 1 has 65536 bytes; at most 65535");
	cstn_error_free(error);
	ck_assert_int_eq(cstn_log_append(log, NULL, 1, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_log_append(NULL, data, 1, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_uint_eq(cstn_log_size(log), 3);
	ck_assert_int_eq(cstn_log_append(log, data, CSTN_LOG_ENTRY_MOST, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_append(log, NULL, 0, NULL, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_log_size(log), 5);
	cstn_log_free(log);
}
END_TEST

START_TEST(sizes_and_indexes_outside_the_log_are_refused)
{
	cstn_log *log = filled(5);
	cstn_buffer *made = NULL;
	uint8_t hash[32];

	ck_assert_int_eq(cstn_log_root(log, 6, hash, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_log_prove_inclusion(log, 5, 5, &made, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_log_prove_inclusion(log, 0, 6, &made, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_log_prove_inclusion(log, 0, 0, &made, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_log_prove_consistency(log, 0, 5, &made, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_log_prove_consistency(log, 5, 4, &made, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_log_prove_consistency(log, 4, 6, &made, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(made);
	ck_assert_int_eq(cstn_merkle_verify_inclusion(0, 0, hash, NULL, 0, hash, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_merkle_verify_consistency(0, 0, hash, hash, NULL, 0, NULL),
			CSTN_E_INVALID_ARGUMENT);
	/* The largest sizes there are: no loop without end. */
	ck_assert_int_eq(cstn_merkle_verify_inclusion(
					 UINT64_MAX - 1, UINT64_MAX, hash, NULL, 0, hash, NULL),
			CSTN_E_PROOF);
	ck_assert_int_eq(cstn_merkle_verify_consistency(
					 UINT64_MAX - 1, UINT64_MAX, hash, hash, hash, 1, NULL),
			CSTN_E_PROOF);
	cstn_log_free(log);
	cstn_log_free(NULL);
	ck_assert_uint_eq(cstn_log_size(NULL), 0);
}
END_TEST

START_TEST(an_origin_is_one_line_of_utf8)
{
	static const char *const bad[] = {"", "a\nb", "a\tb", "\xff"};
	char long_one[CSTN_NOTE_NAME_MOST + 2];
	cstn_log *log = NULL;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(cstn_log_new(bad[i], strlen(bad[i]), NULL, &log, NULL),
				CSTN_E_INVALID_ARGUMENT);
	memset(long_one, 'a', sizeof(long_one));
	ck_assert_int_eq(cstn_log_new(long_one, CSTN_NOTE_NAME_MOST + 1, NULL, &log, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(log);
	ck_assert_int_eq(cstn_log_new(long_one, CSTN_NOTE_NAME_MOST, NULL, &log, NULL), CSTN_OK);
	cstn_log_free(log);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {both_kinds_of_sha256_agree_on_all_lengths_and_splits,
			rows_of_nodes_are_what_single_nodes_are,
			roots_of_all_sizes_are_those_of_the_definition,
			every_entry_is_proved_in_every_tree,
			every_tree_is_the_beginning_of_every_later_one,
			batches_give_the_tree_of_single_entries,
			a_batch_with_a_bad_entry_appends_nothing,
			sizes_and_indexes_outside_the_log_are_refused,
			an_origin_is_one_line_of_utf8};

	return run_tests("log of a Merkle tree", tests, sizeof(tests) / sizeof(tests[0]));
}
