/* Erasure: what dies, what is proved, what a hold and a crash do to it, and the purge. */
#include <stdio.h>

#include "ledger_fixture.h"
#include "sharing/vault.h"
#include "suite.h"
#include "vault_fixture.h"

/* The bytes of every slot of the vault: wrapped keys, salts, search rows. */
enum { MOST_SLOTS = 32 };
typedef struct slots {
	cstn_vault *vault;
	size_t n;
	uint8_t bytes[MOST_SLOTS][16]; /* the first of each */
} slots;

static cstn_status take_slot(void *context, const cstn__vault_row *row, cstn_error **error)
{
	slots *out = context;

	if (row->slot < 0)
		return CSTN_OK;
	ck_assert_uint_lt(out->n, MOST_SLOTS);
	return cstn__vault_slot(out->vault, row->slot, out->bytes[out->n++], 16, error);
}

static slots all_slots(const vault_fixture *at)
{
	slots out = {.vault = at->vault};
	cstn__snapshot *snapshot;

	ck_assert_int_eq(cstn__snapshot_new(at->vault->store, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__vault_rows(snapshot, INT64_MIN, INT64_MAX, take_slot, &out, NULL),
			CSTN_OK);
	cstn__snapshot_unref(snapshot);
	return out;
}

static int slots_in_files(const vault_fixture *at, const slots *of)
{
	int found = 0;

	for (size_t i = 0; i < of->n; i++)
		found += vault_files_with(at, of->bytes[i], sizeof(of->bytes[i]));
	return found;
}

static void put_person(vault_fixture *at, const char *who)
{
	cstn_vault_cell cells[3] = {vault_cell(who, "customer.email", "p@example.org"),
			vault_cell(who, "customer.name", "P Person"),
			vault_cell(who, "order.price", "1250")};
	uint8_t commitment[32];

	cells[1].category = CSTN_VAULT_IDENTITY;
	ck_assert_int_eq(cstn_vault_put(at->vault, cells, 2, 1, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_commit(at->vault, &cells[2], 1, commitment, NULL), CSTN_OK);
}

START_TEST(no_key_salt_or_search_row_of_an_erased_subject_is_in_any_file)
{
	vault_fixture at;
	slots before;

	vault_begin(&at, 1);
	put_person(&at, "jo");
	before = all_slots(&at);
	ck_assert_uint_eq(before.n, 4); /* two keys, a search row, a salt */
	ck_assert_int_eq(slots_in_files(&at, &before), 4);
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	ck_assert_int_eq(slots_in_files(&at, &before), 0);
	put_person(&at, "al");
	vault_reopen(&at);
	ck_assert_int_eq(slots_in_files(&at, &before), 0);
	ck_assert_str_eq(vault_get(&at, "al", "customer.name"), "P Person");
	vault_end(&at);
}
END_TEST

START_TEST(reads_and_writes_of_an_erased_subject_say_so)
{
	cstn_vault_cell cell = vault_cell("jo", "event.note", "x");
	cstn_buffer *sealed, *value;
	uint8_t salt[16];
	uint32_t state;
	vault_fixture at;

	vault_begin(&at, 1);
	put_person(&at, "jo");
	ck_assert_int_eq(cstn_vault_seal(at.vault, &cell, 1, &sealed, NULL), CSTN_OK);
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	for (int i = 0; i < 3; i++) { /* now, after a reopen, after a purge */
		ck_assert_str_eq(vault_get(&at, "jo", "customer.name"), "CSTN_E_ERASED");
		ck_assert_str_eq(vault_get(&at, "jo", "never.put"), "CSTN_E_ERASED");
		ck_assert_int_eq(cstn_vault_unseal(at.vault, cstn_buffer_data(sealed),
						 cstn_buffer_size(sealed), "jo", "event.note", 1,
						 &value, NULL),
				CSTN_E_ERASED);
		ck_assert_int_eq(cstn_vault_salt(at.vault, "jo", "jo", "order.price", salt, NULL),
				CSTN_E_ERASED);
		ck_assert_int_eq(vault_put(&at, "jo", "customer.name", "again"), CSTN_E_ERASED);
		ck_assert_int_eq(cstn_vault_seal(at.vault, &cell, 1, &value, NULL), CSTN_E_ERASED);
		ck_assert_int_eq(cstn_vault_hold(at.vault, "jo", "why", 1, NULL), CSTN_E_ERASED);
		ck_assert_int_eq(cstn_vault_subject(at.vault, "jo", &state, NULL), CSTN_OK);
		ck_assert_uint_eq(state, CSTN_VAULT_SUBJECT_ERASED | CSTN_VAULT_SUBJECT_LOGGED);
		if (i == 0)
			vault_reopen(&at);
		else
			ck_assert_int_eq(cstn_vault_purge(at.vault, NULL, NULL, NULL), CSTN_OK);
	}
	cstn_buffer_free(sealed);
	vault_end(&at);
}
END_TEST

/* The proof's entry; it verifies against the log's key. */
static void proof_holds(const cstn_buffer *proof, char entry[512])
{
	const char *verifier = ledger_verifier(), *text = (const char *)cstn_buffer_data(proof);
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	cstn_proof *parsed;
	size_t size;

	options.verifiers = &verifier;
	options.n_verifiers = 1;
	options.origin = "vault.example/log";
	ck_assert_int_eq(cstn_proof_parse(text, cstn_buffer_size(proof), NULL, &parsed, NULL),
			CSTN_OK);
	cstn_proof_extra(parsed, &size);
	ck_assert_uint_lt(size, 512);
	memcpy(entry, cstn_proof_extra(parsed, NULL), size);
	entry[size] = 0;
	ck_assert_int_eq(cstn_proof_verify(text, cstn_buffer_size(proof), entry, size, &options,
					 NULL, NULL, NULL),
			CSTN_OK);
	entry[0] ^= 1;
	ck_assert_int_eq(cstn_proof_verify(text, cstn_buffer_size(proof), entry, size, &options,
					 NULL, NULL, NULL),
			CSTN_E_PROOF);
	entry[0] ^= 1;
	cstn_proof_free(parsed);
}

START_TEST(erasure_is_proved_with_pseudonym_categories_actor_and_time)
{
	uint8_t pseudonym[16];
	char entry[512], again[512], expected[512], hex[33];
	cstn_buffer *proof;
	vault_fixture at;

	vault_begin(&at, 0);
	put_person(&at, "jo");
	ck_assert_int_eq(vault_erase(&at, "jo", &proof), CSTN_OK);
	proof_holds(proof, entry);
	cstn_buffer_free(proof);
	ck_assert_int_eq(cstn_vault_pseudonym(at.vault, "", "jo", pseudonym, NULL), CSTN_OK);
	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", pseudonym[i]);
	snprintf(expected, sizeof(expected),
			"{\"actor\":\"privacy desk\",\"at_us\":2000,\"categories\":[1,2],"
			"\"reason\":\"asked by the person\",\"subject\":\"%s\","
			"\"type\":\"erased\",\"version\":1}",
			hex);
	ck_assert_str_eq(entry, expected);
	ck_assert_int_eq(vault_erase(&at, "nobody", NULL), CSTN_OK); /* unknown, and so for ever */
	ck_assert_int_eq(vault_put(&at, "nobody", "a.b", "c"), CSTN_E_ERASED);
	ck_assert_int_eq(cstn_vault_erase_subject(at.vault, "jo", "other words", 9, &proof, NULL),
			CSTN_OK);
	proof_holds(proof, again); /* of the log as it is now, the same entry */
	cstn_buffer_free(proof);
	ck_assert_str_eq(again, entry);
	ck_assert_uint_eq(cstn_log_size(at.log), 2);
	vault_end(&at);
}
END_TEST

START_TEST(proof_over_a_commitment_holds_after_its_salt_died)
{
	cstn_vault_cell cell = vault_cell("jo", "order.price", "1250");
	const char *signer = ledger_signer(), *verifier = ledger_verifier();
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	cstn_buffer *checkpoint, *hashes, *proof;
	uint8_t commitment[32];
	uint64_t index;
	vault_fixture at;

	vault_begin(&at, 0);
	ck_assert_int_eq(cstn_vault_commit(at.vault, &cell, 1, commitment, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_append(at.log, commitment, 32, &index, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_checkpoint(at.log, &signer, 1, &checkpoint, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_prove_inclusion(at.log, index, 1, &hashes, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_proof_format(index, cstn_buffer_data(hashes),
					 cstn_buffer_size(hashes) / 32, NULL, 0,
					 (const char *)cstn_buffer_data(checkpoint),
					 cstn_buffer_size(checkpoint), NULL, &proof, NULL),
			CSTN_OK);
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	options.verifiers = &verifier;
	options.n_verifiers = 1;
	ck_assert_int_eq(cstn_proof_verify((const char *)cstn_buffer_data(proof),
					 cstn_buffer_size(proof), commitment, 32, &options, NULL,
					 NULL, NULL),
			CSTN_OK);
	cstn_buffer_free(checkpoint);
	cstn_buffer_free(hashes);
	cstn_buffer_free(proof);
	vault_end(&at);
}
END_TEST

START_TEST(hold_defers_the_erasure_and_all_of_it_is_logged)
{
	int32_t deferred = 7;
	uint32_t state;
	vault_fixture at;

	vault_begin(&at, 0);
	put_person(&at, "jo");
	ck_assert_int_eq(cstn_vault_lift(at.vault, "jo", "why", 1, &deferred, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_vault_hold(at.vault, "jo", "case 7", 1, NULL), CSTN_OK);
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_E_STATE);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.name"), "P Person");
	ck_assert_int_eq(cstn_vault_subject(at.vault, "jo", &state, NULL), CSTN_OK);
	ck_assert_uint_eq(state, CSTN_VAULT_SUBJECT_HELD | CSTN_VAULT_SUBJECT_DEFERRED);
	ck_assert_uint_eq(cstn_log_size(at.log), 2);
	ck_assert_int_eq(vault_put(&at, "jo", "a.b", "c"), CSTN_OK); /* held, not frozen */
	ck_assert_int_eq(cstn_vault_lift(at.vault, "jo", "case 7 ended", 1, &deferred, NULL),
			CSTN_OK);
	ck_assert_int_eq(deferred, 1);
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_log_size(at.log), 4);
	ck_assert_str_eq(vault_get(&at, "jo", "a.b"), "CSTN_E_ERASED");
	vault_end(&at);
}
END_TEST

/* A journal that refuses until it is told otherwise. */
typedef struct refusing {
	int refuse;
	uint64_t n;
} refusing;

static cstn_status refuse_append(void *user, const void *entry, size_t size, uint64_t *index)
{
	refusing *at = user;

	(void)entry;
	(void)size;
	if (at->refuse)
		return CSTN_E_FULL;
	*index = at->n++;
	return CSTN_OK;
}

static cstn_status no_proof(
		void *user, const void *entry, size_t size, uint64_t index, cstn_buffer **proof)
{
	(void)user;
	(void)entry;
	(void)size;
	(void)index;
	(void)proof;
	return CSTN_E_UNSUPPORTED;
}

START_TEST(erasure_that_the_log_did_not_take_is_entered_by_the_next_open)
{
	refusing user = {1, 0};
	const cstn_vault_journal journal = {&user, refuse_append, no_proof};
	cstn_buffer *proof = NULL;
	uint32_t state;
	vault_fixture at;

	vault_begin(&at, 1);
	at.options.log = NULL;
	at.options.journal = &journal;
	vault_reopen(&at);
	put_person(&at, "jo");
	ck_assert_int_eq(vault_erase(&at, "jo", &proof), CSTN_E_FULL);
	ck_assert_ptr_null(proof);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.name"), "CSTN_E_ERASED");
	ck_assert_int_eq(cstn_vault_subject(at.vault, "jo", &state, NULL), CSTN_OK);
	ck_assert_uint_eq(state, CSTN_VAULT_SUBJECT_ERASED);
	ck_assert_int_eq(vault_erase(&at, "al", NULL), CSTN_E_FULL); /* one at a time */
	ck_assert_int_eq(cstn_vault_subject(at.vault, "al", &state, NULL), CSTN_E_NOT_FOUND);
	user.refuse = 0;
	vault_reopen(&at);
	ck_assert_uint_eq(user.n, 1);
	ck_assert_int_eq(cstn_vault_subject(at.vault, "jo", &state, NULL), CSTN_OK);
	ck_assert_uint_eq(state, CSTN_VAULT_SUBJECT_ERASED | CSTN_VAULT_SUBJECT_LOGGED);
	ck_assert_int_eq(vault_erase(&at, "jo", &proof), CSTN_E_UNSUPPORTED);
	ck_assert_uint_eq(user.n, 1); /* not entered again */
	vault_end(&at);
}
END_TEST

START_TEST(erasure_is_entered_in_the_private_log_of_a_network)
{
	const char *verifier = ledger_verifier();
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	cstn_network *network;
	cstn_shared_log *log;
	cstn_buffer *proof;
	cstn_proof *parsed;
	size_t size;
	vault_fixture at;

	vault_begin(&at, 1);
	ck_assert_int_eq(cstn_network_open(NULL, NULL, NULL, &network, NULL), CSTN_OK);
	at.options.log = NULL;
	at.options.network = network;
	at.options.party = "acme";
	vault_reopen(&at);
	put_person(&at, "jo");
	ck_assert_int_eq(vault_erase(&at, "jo", &proof), CSTN_OK);
	options.verifiers = &verifier;
	options.n_verifiers = 1;
	ck_assert_int_eq(cstn_proof_parse((const char *)cstn_buffer_data(proof),
					 cstn_buffer_size(proof), NULL, &parsed, NULL),
			CSTN_OK);
	ck_assert_ptr_nonnull(strstr(
			(const char *)cstn_proof_extra(parsed, &size), "\"type\":\"erased\""));
	ck_assert_int_eq(cstn_proof_verify((const char *)cstn_buffer_data(proof),
					 cstn_buffer_size(proof), cstn_proof_extra(parsed, NULL),
					 size, &options, NULL, NULL, NULL),
			CSTN_OK);
	cstn_proof_free(parsed);
	cstn_buffer_free(proof);
	ck_assert_int_eq(cstn_vault_hold(at.vault, "al", "case 7", 1, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_shared_log_open(network, "acme", NULL, NULL, &log, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_log_size(cstn_shared_log_tree(log)), 2);
	cstn_shared_log_free(log);
	cstn_network_unref(network); /* the vault has its own */
	vault_end(&at);
}
END_TEST

/* Drops the vault as a crash does, and opens it again. */
static void crash(vault_fixture *at)
{
	cstn_vault_free(at->vault);
	ck_assert_int_eq(cstn_vault_open(at->path, &at->options, NULL, &at->vault, NULL), CSTN_OK);
}

static void is_erased_and_logged(vault_fixture *at, const char *who)
{
	uint32_t state;

	ck_assert_int_eq(cstn_vault_subject(at->vault, who, &state, NULL), CSTN_OK);
	ck_assert_uint_eq(state, CSTN_VAULT_SUBJECT_ERASED | CSTN_VAULT_SUBJECT_LOGGED);
}

START_TEST(entry_that_the_log_has_is_not_entered_again_after_a_crash)
{
	char first[512], again[512];
	cstn_buffer *proof;
	vault_fixture at;

	vault_begin(&at, 1);
	put_person(&at, "jo");
	ck_assert_int_eq(vault_erase(&at, "jo", &proof), CSTN_OK);
	proof_holds(proof, first);
	cstn_buffer_free(proof);
	for (uint64_t i = 1; i < 40; i++) /* what others logged since */
		ck_assert_int_eq(cstn_log_append(at.log, &i, sizeof(i), NULL, NULL), CSTN_OK);
	for (int i = 0; i < 3; i++) {
		crash(&at);
		is_erased_and_logged(&at, "jo");
	}
	ck_assert_uint_eq(cstn_log_size(at.log), 40);
	ck_assert_int_eq(vault_erase(&at, "jo", &proof), CSTN_OK);
	proof_holds(proof, again);
	cstn_buffer_free(proof);
	ck_assert_str_eq(first, again);
	put_person(&at, "al"); /* this commit says it, and so nothing is owed */
	crash(&at);
	is_erased_and_logged(&at, "jo");
	ck_assert_int_eq(vault_erase(&at, "al", NULL), CSTN_OK);
	ck_assert_int_eq(vault_erase(&at, "cy", NULL), CSTN_OK);
	crash(&at);
	is_erased_and_logged(&at, "al");
	is_erased_and_logged(&at, "cy");
	ck_assert_uint_eq(cstn_log_size(at.log), 42);
	vault_end(&at);
}
END_TEST

START_TEST(entry_that_the_log_has_lost_is_entered_again)
{
	vault_fixture at;

	vault_begin(&at, 1);
	put_person(&at, "jo");
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	cstn_log_free(at.log); /* it had kept nothing */
	at.options.log = at.log = ledger_log("vault.example/log");
	crash(&at);
	ck_assert_uint_eq(cstn_log_size(at.log), 1);
	is_erased_and_logged(&at, "jo");
	vault_end(&at);
}
END_TEST

/* Entries in the private log of acme. */
static uint64_t private_size(cstn_network *network)
{
	cstn_shared_log *log;
	uint64_t size;

	ck_assert_int_eq(cstn_shared_log_open(network, "acme", NULL, NULL, &log, NULL), CSTN_OK);
	size = cstn_log_size(cstn_shared_log_tree(log));
	cstn_shared_log_free(log);
	return size;
}

START_TEST(entry_of_a_network_is_found_also_where_its_time_went_back)
{
	cstn_transaction *transaction;
	cstn_network *network;
	vault_fixture at;

	vault_begin(&at, 1);
	ck_assert_int_eq(cstn_network_open(NULL, NULL, NULL, &network, NULL), CSTN_OK);
	at.options.log = NULL;
	at.options.network = network;
	at.options.party = "acme";
	vault_reopen(&at);
	put_person(&at, "jo");
	put_person(&at, "al");
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	crash(&at);
	ck_assert_uint_eq(private_size(network), 1);
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_log(transaction, "acme", NULL, "x-later", 1000000, NULL,
					 0, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	ck_assert_int_eq(vault_erase(&at, "al", NULL), CSTN_OK); /* is marked */
	crash(&at);
	ck_assert_uint_eq(private_size(network), 3);
	is_erased_and_logged(&at, "jo");
	is_erased_and_logged(&at, "al");
	cstn_network_unref(network);
	vault_end(&at);
}
END_TEST

START_TEST(purge_removes_the_ciphertext_of_the_erased_only)
{
	uint8_t gone[2][32];
	uint64_t n_cells = 0;
	cstn__snapshot *snapshot;
	cstn__vault_row row;
	cstn__vault_id id;
	cstn__bytes data;
	uint8_t subject[16];
	vault_fixture at;
	int found;

	vault_begin(&at, 1);
	put_person(&at, "jo");
	put_person(&at, "al");
	for (int i = 0; i < 2; i++) { /* the nonce of a cell and what follows, of each */
		cstn__bytes_init(&data, NULL);
		cstn__vault_subject_name(at.vault, i ? "al" : "jo", subject);
		cstn__vault_place_id(at.vault, CSTN__VAULT_CELL, subject, i ? "al" : "jo",
				"customer.name", &id);
		ck_assert_int_eq(cstn__snapshot_new(at.vault->store, &snapshot, NULL), CSTN_OK);
		ck_assert_int_eq(cstn__vault_row_find(snapshot, &id, &row, &data, &found, NULL),
				CSTN_OK);
		cstn__snapshot_unref(snapshot);
		ck_assert_int_eq(found, 1);
		memcpy(gone[i], data.data + 24, 32);
		cstn__bytes_free(&data);
	}
	vault_reopen(&at);
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	ck_assert_int_gt(vault_files_with(&at, gone[0], 32), 0);
	ck_assert_int_eq(cstn_vault_purge(at.vault, NULL, &n_cells, NULL), CSTN_OK);
	ck_assert_uint_eq(n_cells, 2);
	ck_assert_int_eq(vault_files_with(&at, gone[0], 32), 0);
	ck_assert_int_gt(vault_files_with(&at, gone[1], 32), 0);
	ck_assert_int_eq(cstn_vault_purge(at.vault, NULL, &n_cells, NULL), CSTN_OK);
	ck_assert_uint_eq(n_cells, 0);
	ck_assert_str_eq(vault_get(&at, "al", "customer.name"), "P Person");
	vault_reopen(&at);
	ck_assert_str_eq(vault_get(&at, "al", "customer.name"), "P Person");
	ck_assert_str_eq(vault_get(&at, "jo", "customer.name"), "CSTN_E_ERASED");
	vault_end(&at);
}
END_TEST

START_TEST(cells_of_one_record_may_concern_several_subjects)
{
	cstn_vault_cell cells[2] = {vault_cell("sender", "event.from", "A"),
			vault_cell("receiver", "event.to", "B")};
	cstn_buffer *value;
	vault_fixture at;

	vault_begin(&at, 0);
	cells[0].record = cells[1].record = "event-1";
	ck_assert_int_eq(cstn_vault_put(at.vault, cells, 2, 1, NULL), CSTN_OK);
	ck_assert_int_eq(vault_erase(&at, "sender", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_get(at.vault, "sender", "event-1", "event.from", &value, NULL),
			CSTN_E_ERASED);
	ck_assert_int_eq(cstn_vault_get(at.vault, "receiver", "event-1", "event.to", &value, NULL),
			CSTN_OK);
	cstn_buffer_free(value);
	vault_end(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {no_key_salt_or_search_row_of_an_erased_subject_is_in_any_file,
			reads_and_writes_of_an_erased_subject_say_so,
			erasure_is_proved_with_pseudonym_categories_actor_and_time,
			proof_over_a_commitment_holds_after_its_salt_died,
			hold_defers_the_erasure_and_all_of_it_is_logged,
			erasure_that_the_log_did_not_take_is_entered_by_the_next_open,
			erasure_is_entered_in_the_private_log_of_a_network,
			entry_that_the_log_has_is_not_entered_again_after_a_crash,
			entry_that_the_log_has_lost_is_entered_again,
			entry_of_a_network_is_found_also_where_its_time_went_back,
			purge_removes_the_ciphertext_of_the_erased_only,
			cells_of_one_record_may_concern_several_subjects};

	return run_tests("vault_erase", tests, sizeof(tests) / sizeof(tests[0]));
}
