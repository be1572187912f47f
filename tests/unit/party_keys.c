/* Key books: which keys hold when, and who has signed a note. */
#include <stdio.h>
#include <string.h>

#include "network_fixture.h"
#include "sharing_fixture.h"
#include "suite.h"

#define SIGN CSTN_PARTY_KEY_SIGN
#define OFFICER CSTN_PARTY_KEY_OFFICER
#define TEXT "a text\n"

static size_t valid(const cstn_party_keys *keys, const char *party, int32_t use, int64_t at_us,
		const char **first)
{
	size_t n = 99;

	SHARING_OK(cstn_party_keys_valid(
			keys, party, use, at_us, first, first != NULL, &n, &error));
	return n;
}

static char *signed_by(const char *const *signers, size_t n)
{
	cstn_buffer *out;

	SHARING_OK(cstn_note_sign(TEXT, strlen(TEXT), NULL, 0, signers, n, NULL, &out, &error));
	return sharing_text(out);
}

static cstn_status opened(const cstn_party_keys *keys, const char *note, const char *party,
		int32_t use, int64_t at_us, size_t least, cstn_error **error)
{
	cstn_note *out = NULL;
	cstn_status status = cstn_party_keys_open(
			keys, note, strlen(note), party, use, at_us, least, NULL, &out, error);

	ck_assert((status == CSTN_OK) == (out != NULL));
	if (out)
		ck_assert_str_eq(cstn_note_text(out, NULL), TEXT);
	cstn_note_free(out);
	return status;
}

START_TEST(a_key_holds_from_its_beginning_until_before_its_end)
{
	sharing_key a = sharing_key_of("a.example", CSTN_NOTE_KEY_SIGN, 1);
	cstn_party_keys *keys = sharing_book();
	const char *first = NULL;

	sharing_add(keys, "a", SIGN, a.verifier, 10, 20);
	ck_assert_uint_eq(valid(keys, "a", SIGN, 9, NULL), 0);
	ck_assert_uint_eq(valid(keys, "a", SIGN, 10, &first), 1);
	ck_assert_str_eq(first, a.verifier);
	ck_assert_uint_eq(valid(keys, "a", SIGN, 19, NULL), 1);
	ck_assert_uint_eq(valid(keys, "a", SIGN, 20, NULL), 0);
	ck_assert_uint_eq(valid(keys, "a", OFFICER, 15, NULL), 0);
	ck_assert_uint_eq(valid(keys, "A", SIGN, 15, NULL), 0);
	sharing_add(keys, "a", SIGN, a.verifier, 20, INT64_MAX);
	sharing_add(keys, "a", SIGN, a.verifier, 15, 25);
	ck_assert_uint_eq(valid(keys, "a", SIGN, 20, NULL), 1);
	ck_assert_uint_eq(valid(keys, "a", SIGN, INT64_MAX - 1, NULL), 1);
	ck_assert_uint_eq(cstn_party_keys_count(keys), 3);
	sharing_add(keys, "a", SIGN, a.verifier, 10, 20);
	ck_assert_uint_eq(cstn_party_keys_count(keys), 3);
	cstn_party_keys_free(keys);
}
END_TEST

START_TEST(keys_stand_sorted_whatever_their_order)
{
	static const char *const parties[] = {"c", "a", "b", "aa", "B"};
	static const char *const sorted[] = {"B", "a", "aa", "b", "c"};
	cstn_party_keys *keys = sharing_book();
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	size_t i;

	for (i = 0; i < 5; i++) {
		sharing_key k = sharing_key_of("k", CSTN_NOTE_KEY_SIGN, (uint8_t)(i + 1));

		sharing_add(keys, parties[i], SIGN, k.verifier, 0, 1);
		sharing_add(keys, parties[i], OFFICER, k.verifier, 0, 1);
	}
	for (i = 0; i < 10; i++) {
		SHARING_OK(cstn_party_keys_at(keys, i, &key, &error));
		ck_assert_str_eq(key.party, sorted[i / 2]);
		ck_assert_int_eq(key.use, i & 1 ? OFFICER : SIGN);
	}
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "key 10 of 10",
			cstn_party_keys_at(keys, 10, &key, &error));
	cstn_party_keys_free(keys);
}
END_TEST

START_TEST(only_a_key_that_holds_opens_a_note)
{
	sharing_key a = sharing_key_of("a.example", CSTN_NOTE_KEY_SIGN, 1);
	sharing_key b = sharing_key_of("b.example", CSTN_NOTE_KEY_SIGN, 2);
	const char *by_a[] = {a.signer}, *by_b[] = {b.signer};
	char *note = signed_by(by_a, 1), *other = signed_by(by_b, 1);
	cstn_party_keys *keys = sharing_book();

	SHARING_FAILS(CSTN_E_SIGNATURE, "no SIGN key of 'a' has signed",
			opened(keys, note, "a", SIGN, 10, 1, &error));
	sharing_add(keys, "a", SIGN, a.verifier, 10, 20);
	sharing_add(keys, "b", SIGN, b.verifier, 10, 20);
	SHARING_OK(opened(keys, note, "a", SIGN, 10, 1, &error));
	SHARING_FAILS(CSTN_E_SIGNATURE, "0 SIGN keys of 'a' that hold",
			opened(keys, note, "a", SIGN, 20, 1, &error));
	SHARING_FAILS(CSTN_E_SIGNATURE, "no SIGN key of 'a'",
			opened(keys, other, "a", SIGN, 10, 1, &error));
	SHARING_FAILS(CSTN_E_SIGNATURE, "no OFFICER key of 'a'",
			opened(keys, note, "a", OFFICER, 10, 1, &error));
	note[0] = 'A';
	SHARING_FAILS(CSTN_E_SIGNATURE, "does not fit the text",
			opened(keys, note, "a", SIGN, 10, 1, &error));
	free(note);
	free(other);
	cstn_party_keys_free(keys);
}
END_TEST

START_TEST(two_signatures_are_of_two_different_public_keys)
{
	sharing_key a = sharing_key_of("a.example", CSTN_NOTE_KEY_SIGN, 1);
	sharing_key same = sharing_key_of("other.example", CSTN_NOTE_KEY_SIGN, 1);
	sharing_key b = sharing_key_of("b.example", CSTN_NOTE_KEY_SIGN, 2);
	const char *one[] = {a.signer, same.signer}, *two[] = {a.signer, b.signer};
	char *alike = signed_by(one, 2), *both = signed_by(two, 2);
	cstn_party_keys *keys = sharing_book();

	sharing_add(keys, "p", OFFICER, a.verifier, 0, INT64_MAX);
	sharing_add(keys, "p", OFFICER, a.verifier, 0, 50);
	sharing_add(keys, "p", OFFICER, same.verifier, 0, INT64_MAX);
	sharing_add(keys, "p", OFFICER, b.verifier, 0, 10);
	SHARING_FAILS(CSTN_E_SIGNATURE, "1 OFFICER keys",
			opened(keys, alike, "p", OFFICER, 5, 2, &error));
	SHARING_OK(opened(keys, both, "p", OFFICER, 5, 2, &error));
	SHARING_FAILS(CSTN_E_SIGNATURE, "1 OFFICER keys",
			opened(keys, both, "p", OFFICER, 10, 2, &error));
	free(alike);
	free(both);
	cstn_party_keys_free(keys);
}
END_TEST

START_TEST(bad_keys_are_refused)
{
	sharing_key a = sharing_key_of("a.example", CSTN_NOTE_KEY_SIGN, 1);
	sharing_key w = sharing_key_of("w.example", CSTN_NOTE_KEY_WITNESS, 1);
	cstn_party_key good = CSTN_PARTY_KEY_INIT, bad;
	cstn_party_keys *keys = sharing_book();
	size_t n;

	good.party = "a";
	good.verifier = a.verifier;
	good.use = SIGN;
	bad = good;
	bad.use = 4;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "use is 4", cstn_party_keys_add(keys, &bad, &error));
	bad = good;
	bad.until_us = bad.from_us;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "not later than from_us",
			cstn_party_keys_add(keys, &bad, &error));
	bad = good;
	bad.verifier = w.verifier;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "not for use 1",
			cstn_party_keys_add(keys, &bad, &error));
	bad.use = CSTN_PARTY_KEY_WITNESS;
	SHARING_OK(cstn_party_keys_add(keys, &bad, &error));
	bad.verifier = a.verifier;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "not for use 3",
			cstn_party_keys_add(keys, &bad, &error));
	bad = good;
	bad.verifier = "a+b";
	ck_assert_int_eq(cstn_party_keys_add(keys, &bad, NULL), CSTN_E_FORMAT);
	bad = good;
	bad.party = "";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "party has 0 bytes",
			cstn_party_keys_add(keys, &bad, &error));
	ck_assert_uint_eq(cstn_party_keys_count(keys), 1);
	ck_assert_int_eq(cstn_party_keys_valid(keys, "a", 0, 0, NULL, 0, &n, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(opened(keys, "x", "a", CSTN_PARTY_KEY_WITNESS, 0, 1, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(opened(keys, "x", "a", SIGN, 0, 0, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_party_keys_free(keys);
}
END_TEST

START_TEST(keys_come_out_of_a_network)
{
	sharing_key a = sharing_key_of("a.example", CSTN_NOTE_KEY_SIGN, 1);
	sharing_key w = sharing_key_of("w.example", CSTN_NOTE_KEY_WITNESS, 2);
	cstn_network *network = network_small();
	cstn_party_keys *keys = sharing_book();
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	cstn_snapshot *snapshot;
	char first[400], second[400];

	snprintf(first, sizeof(first), "verifier=%s", a.verifier);
	snprintf(second, sizeof(second), "verifier=%s", w.verifier);
	network_put_ok(network, network_record("verifier", "partner_id=acme", "use=sign", first,
						"from=1970-01-02", "until=1970-01-03", NULL));
	network_put_ok(network,
			network_record("verifier", "partner_id=acme", "use=witness", second, NULL));
	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_party_keys_load(keys, snapshot, &error));
	ck_assert_uint_eq(cstn_party_keys_count(keys), 2);
	SHARING_OK(cstn_party_keys_at(keys, 0, &key, &error));
	ck_assert_str_eq(key.party, "acme");
	ck_assert_str_eq(key.verifier, a.verifier);
	ck_assert_int_eq(key.use, SIGN);
	ck_assert_int_eq(key.from_us, INT64_C(86400000000));
	ck_assert_int_eq(key.until_us, INT64_C(172800000000));
	SHARING_OK(cstn_party_keys_at(keys, 1, &key, &error));
	ck_assert_int_eq(key.use, CSTN_PARTY_KEY_WITNESS);
	ck_assert_int_eq(key.from_us, INT64_MIN);
	ck_assert_int_eq(key.until_us, INT64_MAX);
	cstn_snapshot_unref(snapshot);
	network_put_ok(network, network_record("verifier", "partner_id=acme", "use=officer",
						"verifier=no key", NULL));
	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	ck_assert_int_eq(cstn_party_keys_load(keys, snapshot, NULL), CSTN_E_FORMAT);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	cstn_party_keys_free(keys);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_key_holds_from_its_beginning_until_before_its_end,
			keys_stand_sorted_whatever_their_order, only_a_key_that_holds_opens_a_note,
			two_signatures_are_of_two_different_public_keys, bad_keys_are_refused,
			keys_come_out_of_a_network};

	return run_tests("party_keys", tests, sizeof(tests) / sizeof(tests[0]));
}
