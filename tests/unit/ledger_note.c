/* Notes, witnesses and proofs as their users do: sign, witness, prove, verify, and what is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_fixture.h"
#include "suite.h"

#define TEXT "constellation.example/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static const char *data(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

/* A key pair of a name; the texts stay until the program ends. */
typedef struct pair {
	char signer[400], verifier[400];
} pair;

static pair keys_of(const char *name, int32_t type, uint8_t seed)
{
	uint8_t bytes[32] = {seed};
	cstn_buffer *signer, *verifier;
	pair out;

	ck_assert_int_eq(cstn_note_key_new(name, strlen(name), type, bytes, NULL, &signer,
					 &verifier, NULL),
			CSTN_OK);
	strcpy(out.signer, data(signer));
	strcpy(out.verifier, data(verifier));
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
	return out;
}

static cstn_log *filled(size_t n)
{
	cstn_log *log = ledger_log("constellation.example/log");
	char entry[32];
	size_t i;

	for (i = 0; i < n; i++) {
		sprintf(entry, "entry %zu", i);
		ck_assert_int_eq(cstn_log_append(log, entry, strlen(entry), NULL, NULL), CSTN_OK);
	}
	return log;
}

static cstn_buffer *checkpoint_of(const cstn_log *log)
{
	const char *signer = ledger_signer();
	cstn_buffer *out;

	ck_assert_int_eq(cstn_log_checkpoint(log, &signer, 1, &out, NULL), CSTN_OK);
	return out;
}

/* --- keys ------------------------------------------------------------------------------------- */

START_TEST(keys_without_a_seed_differ)
{
	cstn_buffer *signer[2], *verifier[2], *again;
	int i;

	for (i = 0; i < 2; i++)
		ck_assert_int_eq(cstn_note_key_new("a", 1, CSTN_NOTE_KEY_SIGN, NULL, NULL,
						 &signer[i], &verifier[i], NULL),
				CSTN_OK);
	ck_assert_str_ne(data(signer[0]), data(signer[1]));
	ck_assert_int_eq(cstn_note_key_verifier(data(signer[0]), NULL, &again, NULL), CSTN_OK);
	ck_assert_str_eq(data(again), data(verifier[0]));
	cstn_buffer_free(again);
	for (i = 0; i < 2; i++) {
		cstn_buffer_free(signer[i]);
		cstn_buffer_free(verifier[i]);
	}
}
END_TEST

static const struct {
	const char *name;
	int right;
} names[] = {{"a", 1}, {"sum.example/x-1", 1}, {"\xc3\xa4", 1}, {"", 0}, {"a b", 0}, {"a+b", 0},
		{"a\n", 0}, {"a\xc2\xa0.", 0}, {"\xe3\x80\x80", 0}, {"\xff", 0}};
#define NAMES ((int)(sizeof(names) / sizeof(names[0])))

START_TEST(names_of_keys_follow_the_rule)
{
	cstn_buffer *signer = NULL, *verifier = NULL;
	const char *name = names[_i].name;
	cstn_status status;

	status = cstn_note_key_new(name, strlen(name), CSTN_NOTE_KEY_SIGN, NULL, NULL, &signer,
			&verifier, NULL);
	ck_assert_int_eq(status, names[_i].right ? CSTN_OK : CSTN_E_INVALID_ARGUMENT);
	if (status == CSTN_OK)
		ck_assert_int_eq(cstn_note_key_check(data(verifier), NULL, NULL), CSTN_OK);
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
}
END_TEST

START_TEST(no_error_quotes_a_secret_key)
{
	pair keys = keys_of("secret.example", CSTN_NOTE_KEY_SIGN, 3);
	const char *secret = strrchr(keys.signer, '+') + 1, *changed = keys.signer;
	cstn_buffer *out = NULL;
	cstn_error *error = NULL;
	size_t at;

	for (at = 0; at < strlen(keys.signer); at++) {
		keys.signer[at] ^= 1;
		ck_assert_int_ne(cstn_note_sign(TEXT, strlen(TEXT), NULL, 0, &changed, 1, NULL,
						 &out, &error),
				CSTN_OK);
		ck_assert_ptr_null(strstr(cstn_error_message(error), secret));
		ck_assert_ptr_null(strstr(cstn_error_message(error), keys.signer + 20));
		cstn_error_free(error);
		keys.signer[at] ^= 1;
	}
	ck_assert_ptr_null(out);
}
END_TEST

/* --- notes ------------------------------------------------------------------------------------ */

START_TEST(two_signers_sign_one_text)
{
	pair a = keys_of("a.example", CSTN_NOTE_KEY_SIGN, 1);
	pair b = keys_of("b.example", CSTN_NOTE_KEY_SIGN, 2);
	const char *signers[] = {a.signer, b.signer}, *verifiers[] = {b.verifier, a.verifier};
	const char *lines;
	cstn_buffer *one, *two, *both;
	cstn_note *note;

	ck_assert_int_eq(cstn_note_sign(TEXT, strlen(TEXT), NULL, 0, signers, 2, NULL, &both, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_note_sign(TEXT, strlen(TEXT), NULL, 0, signers, 1, NULL, &one, NULL),
			CSTN_OK);
	lines = strstr(data(one), "\n\n") + 2;
	ck_assert_int_eq(cstn_note_sign(TEXT, strlen(TEXT), lines, strlen(lines), signers + 1, 1,
					 NULL, &two, NULL),
			CSTN_OK);
	ck_assert_str_eq(data(two), data(both));
	ck_assert_int_eq(cstn_note_open(data(two), cstn_buffer_size(two), verifiers, 2, NULL, &note,
					 NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_note_verified_count(note), 2);
	ck_assert_str_eq(cstn_note_name(note, 0), "a.example");
	ck_assert_str_eq(cstn_note_name(note, 1), "b.example");
	ck_assert_str_eq(cstn_note_name(note, 2), "");
	ck_assert_uint_ne(cstn_note_key_id(note, 0), cstn_note_key_id(note, 1));
	ck_assert_uint_eq(cstn_note_key_id(note, 2), 0);
	ck_assert_int_eq(cstn_note_time_s(note, 0), -1);
	cstn_note_free(note);
	cstn_buffer_free(one);
	cstn_buffer_free(two);
	cstn_buffer_free(both);
	ck_assert_str_eq(cstn_note_text(NULL, NULL), "");
	ck_assert_uint_eq(cstn_note_count(NULL), 0);
}
END_TEST

START_TEST(a_blank_line_in_the_text_is_part_of_it)
{
	static const char text[] = "a\n\nb\n";
	const char *signer = ledger_signer(), *verifier;
	cstn_buffer *made;
	cstn_note *note;

	ck_assert_int_eq(cstn_note_sign(text, 5, NULL, 0, &signer, 1, NULL, &made, NULL), CSTN_OK);
	verifier = ledger_verifier();
	ck_assert_int_eq(cstn_note_open(data(made), cstn_buffer_size(made), &verifier, 1, NULL,
					 &note, NULL),
			CSTN_OK);
	ck_assert_str_eq(cstn_note_text(note, NULL), text);
	cstn_note_free(note);
	cstn_buffer_free(made);
}
END_TEST

static const struct {
	const char *text;
	cstn_status status;
} texts[] = {{"", CSTN_E_FORMAT}, {"a", CSTN_E_FORMAT}, {"a\tb\n", CSTN_E_FORMAT},
		{"\xff\n", CSTN_E_FORMAT}, {"a\n", CSTN_E_INVALID_ARGUMENT}};
#define TEXTS ((int)(sizeof(texts) / sizeof(texts[0])))

START_TEST(what_cannot_be_signed_is_refused)
{
	pair witness = keys_of("w.example", CSTN_NOTE_KEY_WITNESS, 1);
	const char *signers[] = {witness.signer};
	const char *text = texts[_i].text;
	cstn_buffer *made = NULL;

	/* of the last, which is right, the key is of the wrong kind */
	ck_assert_int_eq(cstn_note_sign(text, strlen(text), NULL, 0, signers, 1, NULL, &made, NULL),
			texts[_i].status);
	ck_assert_int_eq(cstn_note_sign("a\n", 2, NULL, 0, NULL, 0, NULL, &made, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(made);
}
END_TEST

START_TEST(sizes_of_notes_have_limits)
{
	char *text = malloc(CSTN_NOTE_MOST + 2);
	const char *signer = ledger_signer(), *many[CSTN_NOTE_SIGNATURES_MOST + 1];
	cstn_buffer *made = NULL;
	cstn_note *note = NULL;
	size_t i;

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', CSTN_NOTE_MOST + 1);
	text[CSTN_NOTE_MOST] = '\n';
	ck_assert_int_eq(cstn_note_sign(text, CSTN_NOTE_MOST + 1, NULL, 0, &signer, 1, NULL, &made,
					 NULL),
			CSTN_E_LIMIT);
	ck_assert_int_eq(cstn_note_sign(text + 1, CSTN_NOTE_MOST, NULL, 0, &signer, 1, NULL, &made,
					 NULL),
			CSTN_E_LIMIT);
	ck_assert_int_eq(cstn_note_open(text, CSTN_NOTE_MOST + 1, NULL, 0, NULL, &note, NULL),
			CSTN_E_LIMIT);
	for (i = 0; i <= CSTN_NOTE_SIGNATURES_MOST; i++)
		many[i] = signer;
	ck_assert_int_eq(cstn_note_sign("a\n", 2, NULL, 0, many, CSTN_NOTE_SIGNATURES_MOST + 1,
					 NULL, &made, NULL),
			CSTN_E_LIMIT);
	ck_assert_ptr_null(made);
	free(text);
}
END_TEST

/* --- witnesses -------------------------------------------------------------------------------- */

typedef struct kept {
	int calls;
	uint64_t size;
	uint8_t root[32];
	char origin[64];
	cstn_status answer;
} kept;

static cstn_status keep(void *user, const char *origin, size_t origin_len, uint64_t size,
		const uint8_t *root)
{
	kept *k = user;

	k->calls++;
	if (k->answer != CSTN_OK)
		return k->answer;
	memcpy(k->origin, origin, origin_len);
	k->origin[origin_len] = 0;
	k->size = size;
	memcpy(k->root, root, 32);
	return CSTN_OK;
}

static cstn_status witness(const cstn_buffer *checkpoint, kept *k, const cstn_buffer *proof,
		cstn_buffer **out, cstn_error **error)
{
	pair keys = keys_of("w.example", CSTN_NOTE_KEY_WITNESS, 9);
	const char *verifier = ledger_verifier();
	cstn_witness_options options = CSTN_WITNESS_OPTIONS_INIT;
	uint8_t last[32];

	memcpy(last, k->root, 32);
	options.last_size = k->size;
	options.last_root = k->size ? last : NULL;
	options.proof = proof ? cstn_buffer_data(proof) : NULL;
	options.n_proof = cstn_buffer_size(proof) / 32;
	options.user = k;
	options.store = keep;
	return cstn_witness_cosign(data(checkpoint), cstn_buffer_size(checkpoint), &verifier, 1,
			keys.signer, 1000 + (int64_t)k->calls, &options, NULL, out, error);
}

START_TEST(a_witness_signs_what_only_grew_and_keeps_it_first)
{
	cstn_log *log = filled(5);
	cstn_buffer *checkpoint = checkpoint_of(log), *line, *proof;
	kept k = {0};

	ck_assert_int_eq(witness(checkpoint, &k, NULL, &line, NULL), CSTN_OK);
	ck_assert_uint_eq(k.size, 5);
	ck_assert_str_eq(k.origin, "constellation.example/log");
	cstn_buffer_free(line);
	cstn_buffer_free(checkpoint);
	ck_assert_int_eq(cstn_log_append(log, "x", 1, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_prove_consistency(log, 5, 6, &proof, NULL), CSTN_OK);
	checkpoint = checkpoint_of(log);
	ck_assert_int_eq(witness(checkpoint, &k, NULL, &line, NULL), CSTN_E_PROOF);
	ck_assert_int_eq(k.calls, 1);
	ck_assert_int_eq(witness(checkpoint, &k, proof, &line, NULL), CSTN_OK);
	ck_assert_uint_eq(k.size, 6);
	ck_assert_int_eq(k.calls, 2);
	cstn_buffer_free(line);
	/* the same again: nothing to prove */
	ck_assert_int_eq(witness(checkpoint, &k, NULL, &line, NULL), CSTN_OK);
	cstn_buffer_free(line);
	cstn_buffer_free(proof);
	cstn_buffer_free(checkpoint);
	cstn_log_free(log);
}
END_TEST

START_TEST(two_views_of_a_log_are_not_signed)
{
	cstn_log *one = filled(5), *other = filled(4);
	cstn_buffer *checkpoint = checkpoint_of(one), *line = NULL, *shorter = checkpoint_of(other);
	cstn_error *error = NULL;
	kept k = {0};

	ck_assert_int_eq(witness(checkpoint, &k, NULL, &line, NULL), CSTN_OK);
	cstn_buffer_free(line);
	line = NULL;
	ck_assert_int_eq(witness(shorter, &k, NULL, &line, &error), CSTN_E_SPLIT_VIEW);
	ck_assert_str_eq(cstn_error_message(error), "the log has 4 entries, it had 5");
	cstn_error_free(error);
	cstn_buffer_free(shorter);
	ck_assert_int_eq(cstn_log_append(other, "y", 1, NULL, NULL), CSTN_OK);
	shorter = checkpoint_of(other);
	ck_assert_int_eq(witness(shorter, &k, NULL, &line, &error), CSTN_E_SPLIT_VIEW);
	ck_assert_str_eq(cstn_error_message(error), "two roots of the log's 5 entries");
	cstn_error_free(error);
	ck_assert_int_eq(k.calls, 1);
	k.answer = CSTN_E_IO;
	ck_assert_int_eq(witness(checkpoint, &k, NULL, &line, NULL), CSTN_E_IO);
	ck_assert_ptr_null(line);
	cstn_buffer_free(shorter);
	cstn_buffer_free(checkpoint);
	cstn_log_free(one);
	cstn_log_free(other);
}
END_TEST

START_TEST(what_a_witness_is_given_is_checked)
{
	cstn_log *log = filled(2);
	cstn_buffer *checkpoint = checkpoint_of(log), *line = NULL;
	pair keys = keys_of("w.example", CSTN_NOTE_KEY_WITNESS, 9);
	pair other = keys_of("o.example", CSTN_NOTE_KEY_SIGN, 9);
	const char *verifier = ledger_verifier(), *strange = other.verifier;
	cstn_witness_options options = CSTN_WITNESS_OPTIONS_INIT;
	uint8_t root[32] = {0};
	size_t size = cstn_buffer_size(checkpoint), count;

#define COSIGN(verifier_, signer_, time_, options_)                                               \
	cstn_witness_cosign(data(checkpoint), size, verifier_, 1, signer_, time_, options_, NULL, \
			&line, NULL)
	ck_assert_int_eq(COSIGN(&strange, keys.signer, 1, NULL), CSTN_E_UNVERIFIED);
	ck_assert_int_eq(COSIGN(&verifier, other.signer, 1, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(COSIGN(&verifier, "no key", 1, NULL), CSTN_E_FORMAT);
	ck_assert_int_eq(COSIGN(&verifier, keys.signer, -1, NULL), CSTN_E_INVALID_ARGUMENT);
	options.last_size = 1;
	ck_assert_int_eq(COSIGN(&verifier, keys.signer, 1, &options), CSTN_E_INVALID_ARGUMENT);
	options.last_size = 0;
	options.last_root = root;
	ck_assert_int_eq(COSIGN(&verifier, keys.signer, 1, &options), CSTN_E_INVALID_ARGUMENT);
	options.flags = 1;
	ck_assert_int_eq(COSIGN(&verifier, keys.signer, 1, &options), CSTN_E_INVALID_ARGUMENT);
#undef COSIGN
	ck_assert_ptr_null(line);
	ck_assert_int_eq(cstn_witness_count(data(checkpoint), size, &strange, 1, 0, 10, NULL,
					 &count, NULL),
			CSTN_E_INVALID_ARGUMENT);
	strange = keys.verifier;
	ck_assert_int_eq(cstn_witness_count(data(checkpoint), size, &strange, 1, 0, 10, NULL,
					 &count, NULL),
			CSTN_OK);
	ck_assert_uint_eq(count, 0);
	cstn_buffer_free(checkpoint);
	cstn_log_free(log);
}
END_TEST

/* --- proofs ----------------------------------------------------------------------------------- */

/* A proof of entry 3 of 8, below a checkpoint that log and witness signed. */
static cstn_buffer *proof_of(uint64_t index, int witnessed)
{
	cstn_log *log = filled(8);
	cstn_buffer *checkpoint = checkpoint_of(log), *line = NULL, *hashes, *out;
	kept k = {0};
	char *whole;

	ck_assert_int_eq(witness(checkpoint, &k, NULL, &line, NULL), CSTN_OK);
	whole = malloc(cstn_buffer_size(checkpoint) + cstn_buffer_size(line) + 1);
	ck_assert_ptr_nonnull(whole);
	sprintf(whole, "%s%s", data(checkpoint), witnessed ? data(line) : "");
	ck_assert_int_eq(cstn_log_prove_inclusion(log, index, 8, &hashes, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_proof_format(index, cstn_buffer_data(hashes),
					 cstn_buffer_size(hashes) / 32, NULL, 0, whole,
					 strlen(whole), NULL, &out, NULL),
			CSTN_OK);
	free(whole);
	cstn_buffer_free(hashes);
	cstn_buffer_free(line);
	cstn_buffer_free(checkpoint);
	cstn_log_free(log);
	return out;
}

START_TEST(a_proof_is_believed_with_the_right_keys_and_entry)
{
	pair keys = keys_of("w.example", CSTN_NOTE_KEY_WITNESS, 9);
	cstn_buffer *proof = proof_of(3, 1);
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	const char *verifier = ledger_verifier(), *witnesses[] = {keys.verifier};
	uint64_t index = 0, size = 0;
	cstn_error *error = NULL;

	options.verifiers = &verifier;
	options.n_verifiers = 1;
	options.witnesses = witnesses;
	options.n_witnesses = 1;
	options.witnesses_least = 1;
	options.origin = "constellation.example/log";
#define VERIFY(entry, n)                                                                           \
	cstn_proof_verify(data(proof), cstn_buffer_size(proof), entry, n, &options, &index, &size, \
			&error)
	ck_assert_int_eq(VERIFY("entry 3", 7), CSTN_OK);
	ck_assert_uint_eq(index, 3);
	ck_assert_uint_eq(size, 8);
	ck_assert_int_eq(VERIFY("entry 4", 7), CSTN_E_PROOF);
	cstn_error_free(error);
	options.origin = "other.example/log";
	ck_assert_int_eq(VERIFY("entry 3", 7), CSTN_E_UNVERIFIED);
	ck_assert_str_eq(cstn_error_message(error),
			"the log is 'constellation.example/log', not 'other.example/log'");
	cstn_error_free(error);
	options.origin = NULL;
	options.from_s = 2000;
	ck_assert_int_eq(VERIFY("entry 3", 7), CSTN_E_UNVERIFIED);
	ck_assert_str_eq(
			cstn_error_message(error), "0 of 1 witnesses signed in time, 1 are needed");
	cstn_error_free(error);
	error = NULL;
	options.from_s = 0;
	cstn_buffer_free(proof);
	proof = proof_of(3, 0);
	ck_assert_int_eq(VERIFY("entry 3", 7), CSTN_E_UNVERIFIED);
	cstn_error_free(error);
	error = NULL;
	options.witnesses_least = 0;
	ck_assert_int_eq(VERIFY("entry 3", 7), CSTN_OK);
	options.witnesses_least = 2;
	ck_assert_int_eq(VERIFY("entry 3", 7), CSTN_E_INVALID_ARGUMENT);
	cstn_error_free(error);
	error = NULL;
	options.n_verifiers = 0;
	ck_assert_int_eq(VERIFY("entry 3", 7), CSTN_E_INVALID_ARGUMENT);
	cstn_error_free(error);
#undef VERIFY
	cstn_buffer_free(proof);
}
END_TEST

START_TEST(a_proof_with_any_byte_changed_is_not_believed)
{
	cstn_buffer *proof = proof_of(6, 0);
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	const char *verifier = ledger_verifier();
	size_t size = cstn_buffer_size(proof), at;
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	options.verifiers = &verifier;
	options.n_verifiers = 1;
	memcpy(text, data(proof), size);
	for (at = 0; at < size; at++) {
		text[at] ^= 1;
		ck_assert_int_ne(cstn_proof_verify(text, size, "entry 6", 7, &options, NULL, NULL,
						 NULL),
				CSTN_OK);
		text[at] ^= 1;
		ck_assert_int_ne(cstn_proof_verify(text, at, "entry 6", 7, &options, NULL, NULL,
						 NULL),
				CSTN_OK);
	}
	ck_assert_int_eq(cstn_proof_verify(text, size, "entry 6", 7, &options, NULL, NULL, NULL),
			CSTN_OK);
	free(text);
	cstn_buffer_free(proof);
}
END_TEST

START_TEST(limits_of_a_written_proof)
{
	static uint8_t hashes[64 * 32];
	cstn_buffer *made = NULL;

	ck_assert_int_eq(cstn_proof_format(1, hashes, 64, NULL, 0, "a\n", 2, NULL, &made, NULL),
			CSTN_E_LIMIT);
	ck_assert_int_eq(cstn_proof_format(1, hashes, 1, NULL, 0, "a", 1, NULL, &made, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_proof_format(1, NULL, 1, NULL, 0, "a\n", 2, NULL, &made, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(made);
	ck_assert_int_eq(cstn_proof_format(1, hashes, 63, hashes, 100, "a\n", 2, NULL, &made, NULL),
			CSTN_OK);
	cstn_buffer_free(made);
	cstn_proof_free(NULL);
	ck_assert_uint_eq(cstn_proof_index(NULL), 0);
	ck_assert_ptr_null(cstn_proof_extra(NULL, NULL));
	ck_assert_ptr_null(cstn_proof_hashes(NULL, NULL));
	ck_assert_str_eq(cstn_proof_checkpoint(NULL, NULL), "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {keys_without_a_seed_differ, no_error_quotes_a_secret_key,
			two_signers_sign_one_text, a_blank_line_in_the_text_is_part_of_it,
			sizes_of_notes_have_limits,
			a_witness_signs_what_only_grew_and_keeps_it_first,
			two_views_of_a_log_are_not_signed, what_a_witness_is_given_is_checked,
			a_proof_is_believed_with_the_right_keys_and_entry,
			a_proof_with_any_byte_changed_is_not_believed, limits_of_a_written_proof};
	Suite *suite = suite_create("signed notes");
	TCase *cases = tcase_create("signed notes");
	size_t i;

	tcase_set_timeout(cases, 240);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	tcase_add_loop_test(cases, names_of_keys_follow_the_rule, 0, NAMES);
	tcase_add_loop_test(cases, what_cannot_be_signed_is_refused, 0, TEXTS);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
