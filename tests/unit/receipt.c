/* Receipts and waivers: one text, signed by who says so while his key holds. */
#include <constellation/receipt.h>

#include <stdio.h>
#include <string.h>

#include "sharing_fixture.h"
#include "suite.h"

static cstn_receipt deletion(void)
{
	cstn_receipt r = CSTN_RECEIPT_INIT;

	r.kind = CSTN_RECEIPT_DELETED;
	r.party = "shop";
	r.party_len = 4;
	r.detail = "tapes too";
	r.detail_len = 9;
	r.at_us = 77;
	memset(r.agreement, 0xa1, 32);
	memset(r.release, 0xb2, 32);
	memset(r.evidence, 0xc3, 32);
	return r;
}

#define A8 "a1a1a1a1a1a1a1a1"
#define B8 "b2b2b2b2b2b2b2b2"
#define C8 "c3c3c3c3c3c3c3c3"
static const char deletion_text[] = "cstn/receipt/v1\nkind deleted\nparty shop\n"
				    "agreement " A8 A8 A8 A8 "\nrelease " B8 B8 B8 B8
				    "\nevidence " C8 C8 C8 C8 "\nat_us 77\ndetail tapes too\n";

START_TEST(a_receipt_is_one_text_and_back)
{
	cstn_receipt r = deletion(), back = CSTN_RECEIPT_INIT;
	cstn_buffer *text;
	size_t i;

	SHARING_OK(cstn_receipt_format(&r, NULL, &text, &error));
	ck_assert_str_eq((const char *)cstn_buffer_data(text), deletion_text);
	cstn_buffer_free(text);
	SHARING_OK(cstn_receipt_parse(deletion_text, strlen(deletion_text), &back, &error));
	ck_assert_int_eq(back.kind, CSTN_RECEIPT_DELETED);
	ck_assert_int_eq(back.at_us, 77);
	ck_assert_mem_eq(back.party, "shop\n", 5);
	ck_assert_uint_eq(back.party_len, 4);
	ck_assert_mem_eq(back.detail, "tapes too\n", 10);
	ck_assert_mem_eq(back.release, r.release, 32);
	for (i = 0; i < strlen(deletion_text); i++)
		ck_assert_int_eq(cstn_receipt_parse(deletion_text, i, &back, NULL), CSTN_E_FORMAT);
}
END_TEST

START_TEST(only_the_party_signs_and_only_while_its_key_holds)
{
	sharing_key shop = sharing_key_of("shop.example", CSTN_NOTE_KEY_SIGN, 2);
	sharing_key maker = sharing_key_of("maker.example", CSTN_NOTE_KEY_SIGN, 1);
	cstn_receipt r = deletion(), back = CSTN_RECEIPT_INIT;
	cstn_party_keys *keys = sharing_book();
	cstn_buffer *note, *forged;

	sharing_add(keys, "maker", CSTN_PARTY_KEY_SIGN, maker.verifier, 0, INT64_MAX);
	sharing_add(keys, "shop", CSTN_PARTY_KEY_SIGN, shop.verifier, 0, 77);
	SHARING_OK(cstn_receipt_sign(&r, shop.signer, NULL, &note, &error));
	SHARING_OK(cstn_receipt_sign(&r, maker.signer, NULL, &forged, &error));
	SHARING_FAILS(CSTN_E_SIGNATURE, "hold",
			cstn_receipt_open((const char *)cstn_buffer_data(note),
					cstn_buffer_size(note), keys, NULL, &back, &error));
	sharing_add(keys, "shop", CSTN_PARTY_KEY_SIGN, shop.verifier, 77, 78);
	SHARING_OK(cstn_receipt_open((const char *)cstn_buffer_data(note), cstn_buffer_size(note),
			keys, NULL, &back, &error));
	ck_assert_int_eq(back.kind, CSTN_RECEIPT_DELETED);
	SHARING_FAILS(CSTN_E_SIGNATURE, "'shop'",
			cstn_receipt_open((const char *)cstn_buffer_data(forged),
					cstn_buffer_size(forged), keys, NULL, &back, &error));
	cstn_buffer_free(note);
	cstn_buffer_free(forged);
	cstn_party_keys_free(keys);
}
END_TEST

START_TEST(bad_receipts_are_refused)
{
	const cstn_receipt good = deletion();
	cstn_receipt bad = good;
	cstn_buffer *out = NULL;

	bad.kind = 6;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "kind is 6",
			cstn_receipt_format(&bad, NULL, &out, &error));
	bad = good;
	bad.party_len = 0;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "party has 0 bytes",
			cstn_receipt_format(&bad, NULL, &out, &error));
	bad = good;
	memset(bad.agreement, 0, 32);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "names no agreement",
			cstn_receipt_format(&bad, NULL, &out, &error));
	bad = good;
	memset(bad.release, 0, 32);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "'deleted' names no release",
			cstn_receipt_format(&bad, NULL, &out, &error));
	bad.kind = CSTN_RECEIPT_PAID;
	bad.detail = "a\nb";
	bad.detail_len = 3;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "one line",
			cstn_receipt_format(&bad, NULL, &out, &error));
	ck_assert_ptr_null(out);
	bad.detail_len = 1;
	SHARING_OK(cstn_receipt_format(&bad, NULL, &out, &error));
	cstn_buffer_free(out);
}
END_TEST

/* --- waivers -----------------------------------------------------------------------------------
 */

static cstn_waiver waived(void)
{
	cstn_waiver w = CSTN_WAIVER_INIT;

	w.index = UINT32_MAX;
	w.consequence = 3;
	w.party = "maker";
	w.party_len = 5;
	w.detail = "let it be";
	w.detail_len = 9;
	w.at_us = 77;
	memset(w.agreement, 0xa1, 32);
	memset(w.term, 0xb2, 32);
	memset(w.release, 0xc3, 32);
	return w;
}

static const char waived_text[] =
		"cstn/waiver/v1\nparty maker\nagreement " A8 A8 A8 A8 "\nterm " B8 B8 B8 B8
		"\nrelease " C8 C8 C8 C8 "\nindex 4294967295\nconsequence 3\nat_us 77\n"
		"detail let it be\n";

START_TEST(a_waiver_is_one_text_and_back)
{
	static const char *const edits[][2] = {{"index 4294967295", "index 4294967296"},
			{"index 4294967295", "index -1"}, {"consequence 3", "consequence -1"},
			{"consequence 3", "consequence 4294967296"}, {"waiver/v1", "waiver/v2"},
			{"term b2", "term B2"}, {"party maker", "party "}};
	cstn_waiver w = waived(), back = CSTN_WAIVER_INIT;
	cstn_buffer *text;
	char bad[600];
	size_t i;

	SHARING_OK(cstn_waiver_format(&w, NULL, &text, &error));
	ck_assert_str_eq((const char *)cstn_buffer_data(text), waived_text);
	cstn_buffer_free(text);
	SHARING_OK(cstn_waiver_parse(waived_text, strlen(waived_text), &back, &error));
	ck_assert_uint_eq(back.index, UINT32_MAX);
	ck_assert_uint_eq(back.consequence, 3);
	ck_assert_int_eq(back.at_us, 77);
	ck_assert_mem_eq(back.party, "maker\n", 6);
	ck_assert_mem_eq(back.detail, "let it be\n", 10);
	ck_assert_mem_eq(back.agreement, w.agreement, 32);
	ck_assert_mem_eq(back.term, w.term, 32);
	ck_assert_mem_eq(back.release, w.release, 32);
	for (i = 0; i < strlen(waived_text); i++)
		ck_assert_int_eq(cstn_waiver_parse(waived_text, i, &back, NULL), CSTN_E_FORMAT);
	for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		const char *place = strstr(waived_text, edits[i][0]);

		snprintf(bad, sizeof(bad), "%.*s%s%s", (int)(place - waived_text), waived_text,
				edits[i][1], place + strlen(edits[i][0]));
		ck_assert_msg(cstn_waiver_parse(bad, strlen(bad), &back, NULL) == CSTN_E_FORMAT,
				"%s", edits[i][1]);
	}
}
END_TEST

START_TEST(only_the_party_signs_a_waiver_and_only_while_its_key_holds)
{
	sharing_key shop = sharing_key_of("shop.example", CSTN_NOTE_KEY_SIGN, 2);
	sharing_key maker = sharing_key_of("maker.example", CSTN_NOTE_KEY_SIGN, 1);
	cstn_waiver w = waived(), back = CSTN_WAIVER_INIT;
	cstn_party_keys *keys = sharing_book();
	cstn_buffer *note, *forged;

	sharing_add(keys, "shop", CSTN_PARTY_KEY_SIGN, shop.verifier, 0, INT64_MAX);
	sharing_add(keys, "maker", CSTN_PARTY_KEY_SIGN, maker.verifier, 0, 77);
	SHARING_OK(cstn_waiver_sign(&w, maker.signer, NULL, &note, &error));
	SHARING_OK(cstn_waiver_sign(&w, shop.signer, NULL, &forged, &error));
	SHARING_FAILS(CSTN_E_SIGNATURE, "hold",
			cstn_waiver_open((const char *)cstn_buffer_data(note),
					cstn_buffer_size(note), keys, NULL, &back, &error));
	sharing_add(keys, "maker", CSTN_PARTY_KEY_SIGN, maker.verifier, 77, 78);
	SHARING_OK(cstn_waiver_open((const char *)cstn_buffer_data(note), cstn_buffer_size(note),
			keys, NULL, &back, &error));
	ck_assert_uint_eq(back.consequence, 3);
	SHARING_FAILS(CSTN_E_SIGNATURE, "'maker'",
			cstn_waiver_open((const char *)cstn_buffer_data(forged),
					cstn_buffer_size(forged), keys, NULL, &back, &error));
	cstn_buffer_free(note);
	cstn_buffer_free(forged);
	cstn_party_keys_free(keys);
}
END_TEST

START_TEST(bad_waivers_are_refused)
{
	const cstn_waiver good = waived();
	cstn_waiver bad = good;
	cstn_buffer *out = NULL;

	memset(bad.agreement, 0, 32);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "names no agreement",
			cstn_waiver_format(&bad, NULL, &out, &error));
	bad = good;
	memset(bad.term, 0, 32);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "names no term",
			cstn_waiver_format(&bad, NULL, &out, &error));
	bad = good;
	bad.party_len = 0;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "party has 0 bytes",
			cstn_waiver_format(&bad, NULL, &out, &error));
	bad = good;
	bad.reserved0 = 1;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "reserved0",
			cstn_waiver_format(&bad, NULL, &out, &error));
	bad = good;
	bad.detail = "a\nb";
	bad.detail_len = 3;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "one line",
			cstn_waiver_format(&bad, NULL, &out, &error));
	ck_assert_ptr_null(out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_receipt_is_one_text_and_back,
			only_the_party_signs_and_only_while_its_key_holds, bad_receipts_are_refused,
			a_waiver_is_one_text_and_back,
			only_the_party_signs_a_waiver_and_only_while_its_key_holds,
			bad_waivers_are_refused};

	return run_tests("receipt", tests, sizeof(tests) / sizeof(tests[0]));
}
