/* Outside vectors of Merkle proofs, signed notes, checkpoints, cosignatures and proofs on paper.
 * Their folders say where they come from. */
#include <jansson.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/ledger.h>

#include "ledger_fixture.h"
#include "shared_data.h"

static json_t *vectors(const char *file)
{
	char *path = shared_path("vectors", file);
	json_t *out = json_load_file(path, JSON_DECODE_INT_AS_REAL, NULL);

	ck_assert_msg(out != NULL, "%s", path);
	free(path);
	return out;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The only number above 2^53 in these files is 2^64 - 1. */
static uint64_t number_of(const json_t *object, const char *key)
{
	double number = json_number_value(json_object_get(object, key));

	return number >= 0x1p64 ? UINT64_MAX : (uint64_t)number;
}

/* Bytes of base64 text; -1 where it is none. */
static long bytes_of(const char *text, uint8_t *out, size_t most)
{
	size_t size;

	if (sodium_base642bin(out, most, text, strlen(text), NULL, &size, NULL,
			    sodium_base64_VARIANT_ORIGINAL))
		return -1;
	return (long)size;
}

/* A hash; 0 if it does not have 32 bytes: by that, a caller of fixed-size hashes refuses it. */
static int hash_of(const char *text, uint8_t *out)
{
	uint8_t bytes[256];
	long size = bytes_of(text, bytes, sizeof(bytes));

	if (size != CSTN_MERKLE_HASH_SIZE)
		return 0;
	memcpy(out, bytes, CSTN_MERKLE_HASH_SIZE);
	return 1;
}

/* Hashes of a list, and whether all have 32 bytes. */
static int hashes_of(const json_t *list, uint8_t *out, size_t *n)
{
	size_t i;
	json_t *item;

	*n = json_array_size(list);
	ck_assert_uint_le(*n, 70);
	json_array_foreach(list, i,
			item) if (!hash_of(json_string_value(item),
						  out + CSTN_MERKLE_HASH_SIZE * i)) return 0;
	return 1;
}

START_TEST(inclusion_proofs_hold_where_they_should)
{
	json_t *cases = vectors("merkle/inclusion.json"), *one;
	uint8_t root[32], leaf[32], proof[70 * 32];
	size_t i, n, wrong = 0;

	json_array_foreach(cases, i, one)
	{
		int whole = hash_of(text_of(one, "root"), root) &
			    hash_of(text_of(one, "leafHash"), leaf) &
			    hashes_of(json_object_get(one, "proof"), proof, &n);
		cstn_status status = CSTN_E_INVALID_ARGUMENT;

		if (whole)
			status = cstn_merkle_verify_inclusion(number_of(one, "leafIdx"),
					number_of(one, "treeSize"), leaf, proof, n, root, NULL);
		ck_assert_msg((status != CSTN_OK) == json_is_true(json_object_get(one, "wantErr")),
				"%s: %s", text_of(one, "case"), cstn_status_name(status));
		wrong += status != CSTN_OK;
	}
	ck_assert_uint_eq(i, 98);
	ck_assert_uint_eq(wrong, 92);
	json_decref(cases);
}
END_TEST

START_TEST(consistency_proofs_hold_where_they_should)
{
	/* Its roots have 12 bytes, so it is not for hashes of a fixed size. */
	const char *const other = "consistency/additional/sizes-are-equal-one-and-proof-is-empty";
	json_t *cases = vectors("merkle/consistency.json"), *one;
	uint8_t root1[32], root2[32], proof[70 * 32];
	size_t i, n, applied = 0;

	json_array_foreach(cases, i, one)
	{
		int whole = hash_of(text_of(one, "root1"), root1) &
			    hash_of(text_of(one, "root2"), root2) &
			    hashes_of(json_object_get(one, "proof"), proof, &n);
		cstn_status status = CSTN_E_INVALID_ARGUMENT;

		if (strstr(text_of(one, "case"), other))
			continue;
		if (whole)
			status = cstn_merkle_verify_consistency(number_of(one, "size1"),
					number_of(one, "size2"), root1, root2, proof, n, NULL);
		ck_assert_msg((status != CSTN_OK) == json_is_true(json_object_get(one, "wantErr")),
				"%s: %s", text_of(one, "case"), cstn_status_name(status));
		applied++;
	}
	ck_assert_uint_eq(applied, 97);
	json_decref(cases);
}
END_TEST

static size_t unhex_to(const char *text, char *out, size_t most)
{
	size_t size;

	ck_assert_int_eq(sodium_hex2bin((unsigned char *)out, most, text, strlen(text), NULL, &size,
					 NULL),
			0);
	return size;
}

static const char *hex_of(const uint8_t *bytes, size_t size, char *out)
{
	return sodium_bin2hex(out, 2 * size + 1, bytes, size);
}

/* The proofs of the cases that hold are those that the log gives. */
static void same_proofs(const cstn_log *log, const char *file, int inclusion)
{
	json_t *cases = vectors(file), *one;
	uint8_t proof[70 * 32];
	cstn_buffer *made;
	size_t i, n, same = 0;

	json_array_foreach(cases, i, one)
	{
		uint64_t first = number_of(one, inclusion ? "leafIdx" : "size1");
		uint64_t size = number_of(one, inclusion ? "treeSize" : "size2");

		if (!strstr(text_of(one, "case"), "happy-path"))
			continue;
		ck_assert(hashes_of(json_object_get(one, "proof"), proof, &n));
		ck_assert_int_eq(inclusion ? cstn_log_prove_inclusion(log, first, size, &made, NULL)
					   : cstn_log_prove_consistency(
							     log, first, size, &made, NULL),
				CSTN_OK);
		ck_assert_uint_eq(cstn_buffer_size(made), 32 * n);
		ck_assert_mem_eq(cstn_buffer_data(made), proof, 32 * n);
		cstn_buffer_free(made);
		same++;
	}
	ck_assert_uint_ge(same, 3);
	json_decref(cases);
}

START_TEST(hashes_and_roots_are_those_of_the_vectors)
{
	json_t *all = vectors("merkle/hashes.json"), *tree = json_object_get(all, "tree"), *item;
	json_t *entries = json_object_get(tree, "entries_hex");
	json_t *roots = json_object_get(tree, "roots_by_size");
	cstn_log *log = ledger_log("log");
	uint8_t hash[32], entry[4096];
	char text[65];
	size_t i;

	ck_assert_int_eq(cstn_log_root(log, 0, hash, NULL), CSTN_OK);
	ck_assert_str_eq(hex_of(hash, 32, text), text_of(all, "empty_root"));
	json_array_foreach(json_object_get(all, "leaf_hashes"), i, item)
	{
		const char *in = text_of(item, "entry_hex");

		unhex_to(in, (char *)entry, sizeof(entry));
		ck_assert_int_eq(
				cstn_merkle_hash_entry(entry, strlen(in) / 2, hash, NULL), CSTN_OK);
		ck_assert_str_eq(hex_of(hash, 32, text), text_of(item, "hash"));
	}
	ck_assert_uint_eq(json_array_size(entries), 8);
	json_array_foreach(entries, i, item)
	{
		const char *in = json_string_value(item);

		unhex_to(in, (char *)entry, sizeof(entry));
		ck_assert_int_eq(cstn_log_append(log, entry, strlen(in) / 2, NULL, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_log_root(log, i + 1, hash, NULL), CSTN_OK);
		ck_assert_str_eq(hex_of(hash, 32, text),
				json_string_value(json_array_get(roots, i)));
	}
	same_proofs(log, "merkle/inclusion.json", 1);
	same_proofs(log, "merkle/consistency.json", 0);
	cstn_log_free(log);
	json_decref(all);
}
END_TEST

/* --- notes ------------------------------------------------------------------------------------ */

static size_t note_of(const json_t *object, const char *key, char *out, size_t most)
{
	const char *hex = text_of(object, key);

	ck_assert_uint_lt(strlen(hex) / 2, most);
	unhex_to(hex, out, most);
	return strlen(hex) / 2;
}

static cstn_status outcome(const char *name)
{
	static const struct {
		const char *name;
		cstn_status status;
	} outcomes[] = {{"ok", CSTN_OK}, {"unverified", CSTN_E_UNVERIFIED},
			{"malformed", CSTN_E_FORMAT}, {"invalid_signature", CSTN_E_SIGNATURE},
			{"ambiguous_key", CSTN_E_DUPLICATE}};
	size_t i;

	for (i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcmp(outcomes[i].name, name) == 0)
			return outcomes[i].status;
	ck_abort_msg("%s", name);
	return CSTN_OK;
}

static void expect_names(const cstn_note *note, size_t from, size_t until, const json_t *names)
{
	size_t i;

	ck_assert_uint_eq(until - from, json_array_size(names));
	for (i = from; i < until; i++)
		ck_assert_str_eq(cstn_note_name(note, i),
				json_string_value(json_array_get(names, i - from)));
}

START_TEST(notes_open_as_stated)
{
	json_t *all = vectors("signed_note/notes.json"), *one;
	static char bytes[16384];
	size_t i, k, len;

	json_array_foreach(json_object_get(all, "open"), i, one)
	{
		json_t *list = json_object_get(one, "vkeys"), *key;
		cstn_status wanted = outcome(text_of(one, "expect"));
		const char *keys[8] = {NULL};
		cstn_note *note = NULL;
		size_t size = note_of(one, "note_hex", bytes, sizeof(bytes));

		json_array_foreach(list, k, key) keys[k] = json_string_value(key);
		ck_assert_msg(cstn_note_open(bytes, size, keys, json_array_size(list), NULL, &note,
					      NULL) == wanted,
				"%s", text_of(one, "name"));
		if (wanted == CSTN_OK) {
			ck_assert_str_eq(cstn_note_text(note, &len), text_of(one, "text"));
			ck_assert_uint_eq(len, strlen(text_of(one, "text")));
			k = cstn_note_verified_count(note);
			expect_names(note, 0, k, json_object_get(one, "verified"));
			expect_names(note, k, cstn_note_count(note),
					json_object_get(one, "unverified"));
		}
		cstn_note_free(note);
	}
	ck_assert_uint_eq(i, 18);
	json_decref(all);
}
END_TEST

/* The lines of the signatures that a note has already. */
static void lines_of(const json_t *list, char *out)
{
	json_t *one;
	size_t i;

	*out = 0;
	json_array_foreach(list, i, one)
	{
		uint8_t bytes[64];
		char text[128];
		long size = bytes_of(text_of(one, "base64"), bytes, sizeof(bytes));

		/* The file has letters that are no base64 to the last bit, which is not what it is
		 * about: the key's id and a byte. */
		if (size < 0) {
			size = 1 +
			       (long)unhex_to(text_of(one, "key_id"), (char *)bytes, sizeof(bytes));
			bytes[size - 1] = 0;
		}
		sodium_bin2base64(text, sizeof(text), bytes, (size_t)size,
				sodium_base64_VARIANT_ORIGINAL);
		sprintf(out + strlen(out), "\xe2\x80\x94 %s %s\n", text_of(one, "name"), text);
	}
}

START_TEST(signing_gives_the_stated_bytes)
{
	json_t *all = vectors("signed_note/notes.json"), *one;
	static char lines[4096], bytes[4096];
	size_t i, tried = 0;

	json_array_foreach(json_object_get(all, "sign"), i, one)
	{
		const char *signer = text_of(one, "skey"), *text = text_of(one, "text");
		cstn_status wanted = outcome(text_of(one, "expect")), status;
		cstn_buffer *made = NULL;

		/* An id beside bytes that hold another: lines have the id in their bytes only. */
		if (strstr(text_of(one, "name"), "carry another key id"))
			continue;
		lines_of(json_object_get(one, "existing"), lines);
		status = cstn_note_sign(text, strlen(text), lines, strlen(lines), &signer,
				*signer ? 1 : 0, NULL, &made, NULL);
		ck_assert_msg(status == wanted, "%s: %s", text_of(one, "name"),
				cstn_status_name(status));
		if (wanted == CSTN_OK) {
			size_t size = note_of(one, "note_hex", bytes, sizeof(bytes));

			ck_assert_uint_eq(cstn_buffer_size(made), size);
			ck_assert_mem_eq(cstn_buffer_data(made), bytes, size);
		}
		cstn_buffer_free(made);
		tried++;
	}
	ck_assert_uint_eq(tried, 4);
	json_decref(all);
}
END_TEST

static cstn_status read_key(const char *key)
{
	cstn_buffer *verifier = NULL;
	cstn_status status;

	if (strncmp(key, "PRIVATE", 7) != 0)
		return cstn_note_key_check(key, NULL, NULL);
	status = cstn_note_key_verifier(key, NULL, &verifier, NULL);
	cstn_buffer_free(verifier);
	return status;
}

/* Every proper substring, and every string with one byte one higher, is refused. */
static void refuse_mangled(const char *key)
{
	size_t len = strlen(key), from, n;
	char text[512];

	ck_assert_int_eq(read_key(key), CSTN_OK);
	for (from = 0; from < len; from++)
		for (n = 1; n <= len - from; n++) {
			if (n == len)
				continue;
			memcpy(text, key + from, n);
			text[n] = 0;
			/* without its beginning a secret key would be read as a public one */
			ck_assert_msg(read_key(text) != CSTN_OK, "%s", text);
		}
	for (n = 0; n < len; n++) {
		memcpy(text, key, len + 1);
		text[n]++;
		ck_assert_msg(read_key(text) != CSTN_OK, "%s", text);
	}
}

START_TEST(keys_are_read_as_stated)
{
	json_t *all = vectors("signed_note/notes.json"), *keys = json_object_get(all, "keys"), *one;
	uint8_t seed[32], public_key[32];
	cstn_buffer *signer, *verifier;
	int32_t type;
	size_t i;

	json_array_foreach(json_object_get(keys, "vkey_valid"), i, one)
	{
		ck_assert_int_eq(cstn_note_key_check(text_of(one, "vkey"), &type, NULL), CSTN_OK);
		ck_assert_int_eq(type, (int32_t)number_of(one, "type"));
	}
	ck_assert_uint_eq(i, 5);
	json_array_foreach(json_object_get(keys, "vkey_invalid"), i, one) ck_assert_msg(
			read_key(text_of(one, "vkey")) != CSTN_OK, "%s", text_of(one, "why"));
	ck_assert_uint_eq(i, 7);
	json_array_foreach(json_object_get(keys, "vkey_unsupported"), i, one)
			ck_assert_int_eq(read_key(text_of(one, "vkey")), CSTN_E_UNSUPPORTED);
	json_array_foreach(json_object_get(json_object_get(keys, "mangling"), "of"), i, one)
			refuse_mangled(json_string_value(one));
	unhex_to(text_of(keys, "skey_seed_hex"), (char *)seed, sizeof(seed));
	unhex_to(text_of(keys, "skey_public_hex"), (char *)public_key, sizeof(public_key));
	ck_assert_int_eq(cstn_note_key_new("PeterNeumann", 12, CSTN_NOTE_KEY_SIGN, seed, NULL,
					 &signer, &verifier, NULL),
			CSTN_OK);
	ck_assert_str_eq((const char *)cstn_buffer_data(signer), text_of(keys, "skey"));
	ck_assert_str_eq((const char *)cstn_buffer_data(verifier),
			text_of(json_array_get(json_object_get(keys, "vkey_valid"), 0), "vkey"));
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
	json_decref(all);
}
END_TEST

/* --- checkpoints ------------------------------------------------------------------------------ */

START_TEST(checkpoints_are_read_by_the_strict_rule)
{
	json_t *all = vectors("signed_note/checkpoints.json"), *one;
	size_t i, taken = 0;
	char text[65];

	json_array_foreach(json_object_get(all, "bodies"), i, one)
	{
		const char *body = text_of(one, "body");
		cstn_checkpoint out = CSTN_CHECKPOINT_INIT;
		cstn_status status = cstn_checkpoint_parse(body, strlen(body), &out, NULL);
		int wanted = json_is_true(json_object_get(one, "strict_accepts"));

		ck_assert_msg(status == (wanted ? CSTN_OK : CSTN_E_FORMAT), "%s",
				text_of(one, "name"));
		if (!wanted)
			continue;
		ck_assert_uint_eq(out.size, number_of(one, "size"));
		ck_assert_uint_eq(out.origin_len, strlen(text_of(one, "origin")));
		ck_assert_mem_eq(out.origin, text_of(one, "origin"), out.origin_len);
		ck_assert_str_eq(hex_of(out.root, 32, text), text_of(one, "root_hex"));
		taken++;
	}
	ck_assert_uint_eq(i, 16);
	ck_assert_uint_eq(taken, 3);
	json_decref(all);
}
END_TEST

/* `name` of a key text: up to the first plus. */
static cstn_buffer *signer_from(const char *verifier, int32_t type, const uint8_t *seed)
{
	cstn_buffer *signer, *again;

	ck_assert_int_eq(cstn_note_key_new(verifier, strcspn(verifier, "+"), type, seed, NULL,
					 &signer, &again, NULL),
			CSTN_OK);
	ck_assert_str_eq((const char *)cstn_buffer_data(again), verifier);
	cstn_buffer_free(again);
	return signer;
}

/* A change of one byte of a note: refused, or signed by nobody who is known. */
static void refuse_changed(const char *note, size_t len, const char *key, size_t at, int by)
{
	static char changed[4096];
	cstn_note *out = NULL;

	memcpy(changed, note, len);
	changed[at] = (char)(changed[at] ^ by);
	ck_assert_int_ne(cstn_note_open(changed, len, &key, 1, NULL, &out, NULL), CSTN_OK);
	ck_assert_ptr_null(out);
}

START_TEST(a_checkpoint_is_signed_to_the_stated_bytes)
{
	json_t *all = vectors("signed_note/checkpoints.json"),
	       *one = json_object_get(all, "signed");
	const char *key = text_of(one, "vkey"), *secret;
	cstn_buffer *signer, *text, *made;
	static char wanted[4096];
	uint8_t seed[32], root[32];
	size_t size = note_of(one, "note_hex", wanted, sizeof(wanted)), i;

	unhex_to(text_of(one, "seed_hex"), (char *)seed, sizeof(seed));
	unhex_to(text_of(one, "root_hex"), (char *)root, sizeof(root));
	signer = signer_from(key, CSTN_NOTE_KEY_SIGN, seed);
	secret = (const char *)cstn_buffer_data(signer);
	ck_assert_int_eq(cstn_checkpoint_format(text_of(one, "origin"),
					 strlen(text_of(one, "origin")), number_of(one, "size"),
					 root, NULL, &text, NULL),
			CSTN_OK);
	ck_assert_int_eq(
			cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text),
					NULL, 0, &secret, 1, NULL, &made, NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_buffer_size(made), size);
	ck_assert_mem_eq(cstn_buffer_data(made), wanted, size);
	/* Origin, size, root, key id and signature are among them. */
	for (i = 0; i < size; i++)
		refuse_changed(wanted, size, key, i, 1);
	cstn_buffer_free(made);
	cstn_buffer_free(text);
	cstn_buffer_free(signer);
	json_decref(all);
}
END_TEST

START_TEST(further_signatures_of_a_checkpoint_are_read_as_stated)
{
	json_t *all = vectors("signed_note/checkpoints.json"), *one, *line;
	json_t *base = json_object_get(all, "signed");
	const char *key = text_of(base, "vkey");
	static char note[8192];
	size_t i, k;

	json_array_foreach(json_object_get(all, "extra_signatures"), i, one)
	{
		size_t size = note_of(base, "note_hex", note, sizeof(note));
		const char *expect = text_of(one, "expect");
		cstn_note *out = NULL;
		cstn_status status;

		note[size] = 0;
		*(strstr(note, "\n\n") + 2) = 0;
		json_array_foreach(json_object_get(one, "signature_lines"), k, line)
		{
			strcat(note, json_string_value(line));
			strcat(note, "\n");
		}
		status = cstn_note_open(note, strlen(note), &key, 1, NULL, &out, NULL);
		/* One has a signature that is shorter than a key id: malformed here, as it may be.
		 */
		ck_assert_int_eq(status, strcmp(expect, "verifies") == 0 ? CSTN_OK : CSTN_E_FORMAT);
		cstn_note_free(out);
	}
	ck_assert_uint_eq(i, 4);
	json_decref(all);
}
END_TEST

/* A note of the body that a log's key signed, with one more line; malloc'ed. */
static char *with_line(const char *body, const char *signer, const char *line)
{
	cstn_buffer *made;
	char *out;

	ck_assert_int_eq(cstn_note_sign(body, strlen(body), NULL, 0, &signer, 1, NULL, &made, NULL),
			CSTN_OK);
	out = malloc(cstn_buffer_size(made) + strlen(line) + 2);
	ck_assert_ptr_nonnull(out);
	sprintf(out, "%s%s%s", (const char *)cstn_buffer_data(made), line, *line ? "\n" : "");
	cstn_buffer_free(made);
	return out;
}

START_TEST(a_cosignature_is_the_stated_one)
{
	json_t *all = vectors("signed_note/checkpoints.json"), *line;
	json_t *one = json_object_get(all, "cosignature");
	const char *body = text_of(one, "checkpoint_body"), *witness = text_of(one, "vkey");
	const char *of_log = ledger_signer(), *log_key = ledger_verifier();
	char wanted[256], *note = with_line(body, of_log, "");
	cstn_buffer *signer, *made;
	uint8_t seed[32];
	size_t i, count;

	unhex_to(text_of(one, "seed_hex"), (char *)seed, sizeof(seed));
	signer = signer_from(witness, CSTN_NOTE_KEY_WITNESS, seed);
	ck_assert_int_eq(
			cstn_witness_cosign(note, strlen(note), &log_key, 1,
					(const char *)cstn_buffer_data(signer),
					(int64_t)number_of(one, "time_s"), NULL, NULL, &made, NULL),
			CSTN_OK);
	sprintf(wanted, "%s\n", text_of(one, "line"));
	ck_assert_str_eq((const char *)cstn_buffer_data(made), wanted);
	free(note);
	json_array_foreach(json_object_get(one, "lines"), i, line)
	{
		int counts = strstr(text_of(line, "expect"), "verifies") != NULL;

		note = with_line(body, of_log, text_of(line, "line"));
		ck_assert_int_eq(cstn_witness_count(note, strlen(note), &witness, 1, 0, 1235, NULL,
						 &count, NULL),
				CSTN_OK);
		ck_assert_uint_eq(count, (size_t)counts);
		if (counts) {
			cstn_note *out;

			ck_assert_int_eq(cstn_note_open(note, strlen(note), &witness, 1, NULL, &out,
							 NULL),
					CSTN_OK);
			ck_assert_int_eq(cstn_note_time_s(out, 0), 1234);
			ck_assert_int_eq(cstn_note_time_s(out, 1), -1);
			cstn_note_free(out);
			ck_assert_int_eq(cstn_witness_count(note, strlen(note), &witness, 1, 1235,
							 INT64_MAX, NULL, &count, NULL),
					CSTN_OK);
			ck_assert_uint_eq(count, 0);
		}
		free(note);
	}
	ck_assert_uint_eq(i, 4);
	cstn_buffer_free(made);
	cstn_buffer_free(signer);
	json_decref(all);
}
END_TEST

/* --- proofs on paper -------------------------------------------------------------------------- */

START_TEST(proofs_are_written_and_read_to_the_letter)
{
	json_t *all = vectors("signed_note/tlog_proofs.json"), *one;
	uint8_t hashes[70 * 32], extra[256];
	size_t i, n, len;

	json_array_foreach(json_object_get(all, "format"), i, one)
	{
		const char *checkpoint = text_of(one, "checkpoint"), *text = text_of(one, "text");
		const char *more = json_string_value(json_object_get(one, "extra"));
		long more_size = more ? bytes_of(more, extra, sizeof(extra)) : 0;
		cstn_buffer *made;
		cstn_proof *proof;

		ck_assert(hashes_of(json_object_get(one, "hashes"), hashes, &n));
		ck_assert_int_eq(cstn_proof_format(number_of(one, "index"), hashes, n,
						 more ? extra : NULL, (size_t)more_size, checkpoint,
						 strlen(checkpoint), NULL, &made, NULL),
				CSTN_OK);
		ck_assert_str_eq((const char *)cstn_buffer_data(made), text);
		cstn_buffer_free(made);
		ck_assert_int_eq(cstn_proof_parse(text, strlen(text), NULL, &proof, NULL), CSTN_OK);
		ck_assert_uint_eq(cstn_proof_index(proof), number_of(one, "index"));
		ck_assert_str_eq(cstn_proof_checkpoint(proof, &len), checkpoint);
		ck_assert_mem_eq(cstn_proof_hashes(proof, &len), hashes, 32 * n);
		ck_assert_uint_eq(len, n);
		ck_assert((cstn_proof_extra(proof, &len) != NULL) == (more != NULL));
		ck_assert_uint_eq(len, (size_t)more_size);
		cstn_proof_free(proof);
	}
	ck_assert_uint_eq(i, 3);
	json_decref(all);
}
END_TEST

START_TEST(proofs_that_break_a_rule_are_refused)
{
	json_t *all = vectors("signed_note/tlog_proofs.json"), *one;
	size_t i;

	json_array_foreach(json_object_get(all, "refuse"), i, one)
	{
		size_t times = number_of(one, "times");
		char *text = malloc(times + 4096);
		cstn_proof *proof = NULL;

		ck_assert_ptr_nonnull(text);
		strcpy(text, text_of(one, times ? "text_prefix" : "text"));
		if (times) {
			size_t begin = strlen(text);

			memset(text + begin, 'a', times);
			strcpy(text + begin + times, text_of(one, "text_suffix"));
		}
		ck_assert_msg(cstn_proof_parse(text, strlen(text), NULL, &proof, NULL) ==
						CSTN_E_FORMAT,
				"%s", text_of(one, "why"));
		ck_assert_ptr_null(proof);
		free(text);
	}
	ck_assert_uint_eq(i, 8);
	json_decref(all);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {inclusion_proofs_hold_where_they_should,
			consistency_proofs_hold_where_they_should,
			hashes_and_roots_are_those_of_the_vectors, notes_open_as_stated,
			signing_gives_the_stated_bytes, keys_are_read_as_stated,
			checkpoints_are_read_by_the_strict_rule,
			a_checkpoint_is_signed_to_the_stated_bytes,
			further_signatures_of_a_checkpoint_are_read_as_stated,
			a_cosignature_is_the_stated_one, proofs_are_written_and_read_to_the_letter,
			proofs_that_break_a_rule_are_refused};

	return run_tests_on("vectors", "merkle/inclusion.json", "ledger against outside vectors",
			tests, sizeof(tests) / sizeof(tests[0]));
}
