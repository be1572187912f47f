/* Erasure of some categories of a subject: what dies and what lives, the entry, holds, backups. */
#include <stdio.h>

#include "ledger_fixture.h"
#include "sharing/vault.h"
#include "suite.h"
#include "vault_fixture.h"

#define OWN 1000

static cstn_status put_in(vault_fixture *at, const char *path, const char *value, int32_t category)
{
	cstn_vault_cell cell = vault_cell("jo", path, value);

	cell.category = category;
	return cstn_vault_put(at->vault, &cell, 1, 1000, NULL);
}

static void begin(vault_fixture *at, int on_disk)
{
	vault_begin(at, on_disk);
	ck_assert_int_eq(put_in(at, "customer.email", VAULT_MARK, CSTN_VAULT_CONTACT), CSTN_OK);
	ck_assert_int_eq(put_in(at, "customer.name", "Jo", CSTN_VAULT_IDENTITY), CSTN_OK);
	ck_assert_int_eq(put_in(at, "own.note", "tea", OWN), CSTN_OK);
	ck_assert_int_eq(vault_put(at, "al", "customer.email", VAULT_MARK), CSTN_OK);
}

/* The entry of the proof, once it is verified; or the name of the status. */
static const char *erase(vault_fixture *at, const int32_t *categories, size_t n)
{
	static char entry[600];
	const char *verifier = ledger_verifier();
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	cstn_buffer *proof = NULL;
	cstn_proof *parsed;
	size_t size;
	cstn_status status = cstn_vault_erase_categories(
			at->vault, "jo", categories, n, "asked for", 2000, &proof, NULL);

	if (status != CSTN_OK)
		return cstn_status_name(status);
	options.verifiers = &verifier;
	options.n_verifiers = 1;
	options.origin = "vault.example/log";
	ck_assert_int_eq(cstn_proof_parse((const char *)cstn_buffer_data(proof),
					 cstn_buffer_size(proof), NULL, &parsed, NULL),
			CSTN_OK);
	cstn_proof_extra(parsed, &size);
	ck_assert_uint_lt(size, sizeof(entry));
	memcpy(entry, cstn_proof_extra(parsed, NULL), size);
	entry[size] = 0;
	ck_assert_int_eq(cstn_proof_verify((const char *)cstn_buffer_data(proof),
					 cstn_buffer_size(proof), entry, size, &options, NULL, NULL,
					 NULL),
			CSTN_OK);
	cstn_proof_free(parsed);
	cstn_buffer_free(proof);
	return entry;
}
#define ERASE(at, ...)                            \
	erase(at, (const int32_t[]){__VA_ARGS__}, \
			sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

/* The list of an entry begins so. */
static void names(const char *entry, const char *categories)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "\"categories\":%s,\"reason\"", categories);
	if (!strstr(entry, wanted))
		ck_abort_msg("%s is not in %s", wanted, entry);
}

static size_t found(vault_fixture *at)
{
	cstn_vault_matches *matches;
	size_t n;

	ck_assert_int_eq(cstn_vault_find(at->vault, "customer.email", CSTN_VAULT_FORM_EMAIL,
					 (const uint8_t *)VAULT_MARK, strlen(VAULT_MARK), &matches,
					 NULL),
			CSTN_OK);
	n = cstn_vault_matches_count(matches);
	cstn_vault_matches_free(matches);
	return n;
}

START_TEST(one_category_dies_and_the_others_live)
{
	cstn_vault_cell cell = vault_cell("jo", "event.note", "x");
	cstn_buffer *sealed, *value = NULL;
	uint32_t state;
	vault_fixture at;

	begin(&at, 1);
	ck_assert_int_eq(cstn_vault_seal(at.vault, &cell, 1, &sealed, NULL), CSTN_OK);
	ck_assert_uint_eq(found(&at), 2);
	names(ERASE(&at, CSTN_VAULT_CONTACT), "[2]");
	for (int i = 0; i < 3; i++) { /* now, after a reopen, after a purge */
		ck_assert_str_eq(vault_get(&at, "jo", "customer.email"), "CSTN_E_ERASED");
		ck_assert_str_eq(vault_get(&at, "jo", "customer.name"), "Jo");
		ck_assert_str_eq(vault_get(&at, "jo", "own.note"), "tea");
		ck_assert_str_eq(vault_get(&at, "al", "customer.email"), VAULT_MARK);
		ck_assert_str_eq(vault_get(&at, "jo", "never.put"), "CSTN_E_NOT_FOUND");
		ck_assert_uint_eq(found(&at), 1);
		ck_assert_int_eq(put_in(&at, "customer.email", "x@y", CSTN_VAULT_CONTACT),
				CSTN_E_ERASED);
		ck_assert_int_eq(put_in(&at, "customer.phone", "1", CSTN_VAULT_CONTACT),
				CSTN_E_ERASED);
		ck_assert_int_eq(cstn_vault_unseal(at.vault, cstn_buffer_data(sealed),
						 cstn_buffer_size(sealed), "jo", "event.note", 1,
						 &value, NULL),
				CSTN_E_ERASED);
		ck_assert_int_eq(cstn_vault_seal(at.vault, &cell, 1, &value, NULL), CSTN_E_ERASED);
		ck_assert_int_eq(cstn_vault_subject(at.vault, "jo", &state, NULL), CSTN_OK);
		ck_assert_uint_eq(state, 0); /* it lives */
		if (i == 0)
			vault_reopen(&at);
		else
			ck_assert_int_eq(cstn_vault_purge(at.vault, NULL, NULL, NULL), CSTN_OK);
	}
	/* A place whose category is gone can hold a value of another. */
	ck_assert_int_eq(put_in(&at, "customer.email", "x@y", OWN), CSTN_OK);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.email"), "x@y");
	cstn_buffer_free(sealed);
	vault_end(&at);
}
END_TEST

START_TEST(asked_again_it_gives_the_same_entry)
{
	char first[600], second[600];
	vault_fixture at;

	begin(&at, 0);
	snprintf(first, sizeof(first), "%s", ERASE(&at, OWN, CSTN_VAULT_CONTACT, OWN));
	names(first, "[2,1000]");
	ck_assert_str_eq(ERASE(&at, CSTN_VAULT_CONTACT, OWN), first);
	ck_assert_str_eq(ERASE(&at, OWN), first);
	ck_assert_uint_eq(cstn_log_size(at.log), 1);
	names(ERASE(&at, CSTN_VAULT_IDENTITY), "[1]");
	ck_assert_uint_eq(cstn_log_size(at.log), 2);
	/* Erased apart: together they are entered once more, and from then on it is that entry. */
	snprintf(second, sizeof(second), "%s", ERASE(&at, CSTN_VAULT_IDENTITY, OWN));
	names(second, "[1,1000]");
	ck_assert_str_eq(ERASE(&at, CSTN_VAULT_IDENTITY, OWN), second);
	ck_assert_str_eq(ERASE(&at, OWN), second);
	ck_assert_str_eq(ERASE(&at, CSTN_VAULT_CONTACT), first);
	ck_assert_uint_eq(cstn_log_size(at.log), 3);
	vault_end(&at);
}
END_TEST

START_TEST(what_was_never_kept_is_erased_too)
{
	vault_fixture at;

	begin(&at, 1);
	names(ERASE(&at, CSTN_VAULT_BIRTH), "[4]");
	ck_assert_int_eq(put_in(&at, "customer.birth_date", "x", CSTN_VAULT_BIRTH), CSTN_E_ERASED);
	ck_assert_int_eq(cstn_vault_erase_categories(at.vault, "nobody",
					 (const int32_t[]){CSTN_VAULT_CONTACT}, 1, "why", 1, NULL,
					 NULL),
			CSTN_OK);
	vault_reopen(&at);
	ck_assert_int_eq(vault_put(&at, "nobody", "a.email", "x@y"), CSTN_E_ERASED);
	vault_end(&at);
}
END_TEST

START_TEST(erasure_of_the_whole_comes_after_and_is_its_entry)
{
	char whole[600];
	cstn_buffer *proof;
	cstn_proof *parsed;
	size_t size;
	vault_fixture at;

	begin(&at, 1);
	names(ERASE(&at, CSTN_VAULT_CONTACT), "[2]");
	ck_assert_int_eq(vault_erase(&at, "jo", &proof), CSTN_OK);
	ck_assert_int_eq(cstn_proof_parse((const char *)cstn_buffer_data(proof),
					 cstn_buffer_size(proof), NULL, &parsed, NULL),
			CSTN_OK);
	cstn_proof_extra(parsed, &size);
	snprintf(whole, sizeof(whole), "%.*s", (int)size,
			(const char *)cstn_proof_extra(parsed, NULL));
	names(whole, "[1,2,1000]");
	ck_assert_str_eq(ERASE(&at, CSTN_VAULT_PAYMENT), whole);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.name"), "CSTN_E_ERASED");
	ck_assert_int_eq(cstn_vault_purge(at.vault, NULL, NULL, NULL), CSTN_OK);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.email"), "CSTN_E_ERASED");
	ck_assert_str_eq(vault_get(&at, "al", "customer.email"), VAULT_MARK);
	cstn_proof_free(parsed);
	cstn_buffer_free(proof);
	vault_end(&at);
}
END_TEST

START_TEST(salts_die_with_the_category_they_were_made_with)
{
	cstn_vault_cell with = vault_cell("jo", "order.mail", "v"), without = with;
	uint8_t commitment[32], again[32], salt[16];
	vault_fixture at;

	begin(&at, 0);
	without.path = "order.price";
	without.category = 0;
	ck_assert_int_eq(cstn_vault_commit(at.vault, &with, 1, again, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_commit(at.vault, &without, 1, commitment, NULL), CSTN_OK);
	names(ERASE(&at, CSTN_VAULT_CONTACT), "[2]");
	ck_assert_int_eq(cstn_vault_salt(at.vault, "jo", "jo", "order.mail", salt, NULL),
			CSTN_E_ERASED);
	ck_assert_int_eq(cstn_vault_commit(at.vault, &with, 1, again, NULL), CSTN_E_ERASED);
	with.path = "order.other";
	ck_assert_int_eq(cstn_vault_commit(at.vault, &with, 1, again, NULL), CSTN_E_ERASED);
	ck_assert_int_eq(cstn_vault_commit(at.vault, &without, 1, again, NULL), CSTN_OK);
	ck_assert_mem_eq(again, commitment, 32);
	vault_end(&at);
}
END_TEST

typedef struct slot_bytes {
	cstn_vault *vault;
	size_t n;
	uint8_t bytes[16][16];
} slot_bytes;

static cstn_status take_slot(void *context, const cstn__vault_row *row, cstn_error **error)
{
	slot_bytes *out = context;

	if (row->slot < 0 || row->category != CSTN_VAULT_CONTACT)
		return CSTN_OK;
	ck_assert_uint_lt(out->n, 16);
	return cstn__vault_slot(out->vault, row->slot, out->bytes[out->n++], 16, error);
}

START_TEST(no_key_or_search_row_of_the_category_is_in_any_file)
{
	cstn__snapshot *snapshot;
	slot_bytes of = {.n = 0};
	vault_fixture at;
	int left = 0;

	begin(&at, 1);
	of.vault = at.vault;
	ck_assert_int_eq(cstn__snapshot_new(at.vault->store, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__vault_rows(snapshot, INT64_MIN, INT64_MAX, take_slot, &of, NULL),
			CSTN_OK);
	cstn__snapshot_unref(snapshot);
	ck_assert_uint_eq(of.n, 4); /* of jo and al: a key, a search row */
	names(ERASE(&at, CSTN_VAULT_CONTACT), "[2]");
	for (int i = 0; i < 2; i++) {
		left = 0;
		for (size_t k = 0; k < of.n; k++)
			left += vault_files_with(&at, of.bytes[k], 16);
		ck_assert_int_eq(left, 2); /* al's */
		vault_reopen(&at);
	}
	vault_end(&at);
}
END_TEST

START_TEST(legal_hold_defers_it)
{
	int32_t deferred = 0;
	vault_fixture at;

	begin(&at, 0);
	ck_assert_int_eq(cstn_vault_hold(at.vault, "jo", "a case", 1, NULL), CSTN_OK);
	ck_assert_str_eq(ERASE(&at, CSTN_VAULT_CONTACT), "CSTN_E_STATE");
	ck_assert_str_eq(vault_get(&at, "jo", "customer.email"), VAULT_MARK);
	ck_assert_int_eq(cstn_vault_lift(at.vault, "jo", "its end", 2, &deferred, NULL), CSTN_OK);
	ck_assert_int_eq(deferred, 1);
	names(ERASE(&at, CSTN_VAULT_CONTACT), "[2]");
	/* What is done is done: a hold that comes later changes no answer. */
	ck_assert_int_eq(cstn_vault_hold(at.vault, "jo", "a case", 3, NULL), CSTN_OK);
	names(ERASE(&at, CSTN_VAULT_CONTACT), "[2]");
	ck_assert_str_eq(ERASE(&at, OWN), "CSTN_E_STATE");
	vault_end(&at);
}
END_TEST

START_TEST(older_backup_of_keys_does_not_bring_it_back)
{
	static const uint8_t key[32] = {9};
	cstn_vault_restored counts = CSTN_VAULT_RESTORED_INIT;
	cstn_buffer *keys;
	vault_fixture at;

	begin(&at, 1);
	ck_assert_int_eq(cstn_vault_backup_keys(at.vault, 1, key, &keys, NULL), CSTN_OK);
	names(ERASE(&at, CSTN_VAULT_CONTACT), "[2]");
	ck_assert_int_eq(cstn_vault_restore_keys(at.vault, cstn_buffer_data(keys),
					 cstn_buffer_size(keys), 1, key, 1, &counts, NULL),
			CSTN_OK);
	ck_assert_uint_eq(counts.n_erased, 2);
	ck_assert_uint_eq(counts.n_present, 4); /* two keys of jo; key and search row of al */
	ck_assert_str_eq(vault_get(&at, "jo", "customer.email"), "CSTN_E_ERASED");
	cstn_buffer_free(keys);
	vault_end(&at);
}
END_TEST

START_TEST(wrong_calls_are_refused)
{
	static const int32_t many[CSTN_VAULT_CATEGORIES_MOST + 1];
	const int32_t one[] = {CSTN_VAULT_CONTACT};
	vault_fixture at;

	begin(&at, 0);
	ck_assert_str_eq(erase(&at, NULL, 1), "CSTN_E_INVALID_ARGUMENT");
	ck_assert_str_eq(erase(&at, one, 0), "CSTN_E_INVALID_ARGUMENT");
	ck_assert_str_eq(ERASE(&at, 7), "CSTN_E_INVALID_ARGUMENT");
	ck_assert_str_eq(ERASE(&at, 0), "CSTN_E_INVALID_ARGUMENT");
	ck_assert_str_eq(ERASE(&at, 65536), "CSTN_E_INVALID_ARGUMENT");
	ck_assert_str_eq(erase(&at, many, CSTN_VAULT_CATEGORIES_MOST + 1), "CSTN_E_LIMIT");
	ck_assert_int_eq(cstn_vault_erase_categories(at.vault, "", one, 1, "why", 1, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_vault_erase_categories(at.vault, "jo", one, 1, "", 1, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_vault_erase_categories(NULL, "jo", one, 1, "why", 1, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.email"), VAULT_MARK);
	vault_end(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {one_category_dies_and_the_others_live,
			asked_again_it_gives_the_same_entry, what_was_never_kept_is_erased_too,
			erasure_of_the_whole_comes_after_and_is_its_entry,
			salts_die_with_the_category_they_were_made_with,
			no_key_or_search_row_of_the_category_is_in_any_file, legal_hold_defers_it,
			older_backup_of_keys_does_not_bring_it_back, wrong_calls_are_refused};

	return run_tests("vault_category", tests, sizeof(tests) / sizeof(tests[0]));
}
