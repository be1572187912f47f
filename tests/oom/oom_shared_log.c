/* Out of memory in the logs of a network. */
#include <stdio.h>

#include "../unit/posix_folder.h"
#include "oom.h"

#define PARTY "acme"
#define CONSTELLATION "c1"

static cstn_network *network_of(const cstn_allocator *allocator)
{
	cstn_network *network;

	ck_assert_int_eq(cstn_network_open(NULL, NULL, allocator, &network, NULL), CSTN_OK);
	return network;
}

static cstn_transaction *with_entries(cstn_network *network, size_t n)
{
	cstn_transaction *transaction;
	size_t i;

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(cstn_transaction_log(transaction, PARTY, CONSTELLATION, "x-oom",
						 (int64_t)i, "{\"a\":1}", 7, NULL, NULL),
				CSTN_OK);
	return transaction;
}

static void log_entries(cstn_network *network, size_t n)
{
	cstn_transaction *transaction = with_entries(network, n);

	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
}

/* What fails leaves the transaction as it was: it commits what it had. */
static cstn_status transaction_log(oom *o)
{
	cstn_network *network = network_of(o->allocator);
	cstn_transaction *transaction = with_entries(network, 1);
	cstn_shared_log *log;
	cstn_status status = CSTN_OK;
	uint64_t wanted = 1;
	int i;

	oom_arm(o);
	for (i = 0; i < 20 && status == CSTN_OK; i++) {
		OOM_CALL(status, cstn_transaction_log(transaction, PARTY, CONSTELLATION, "x-oom", 1,
						 "{}", 2, NULL, &error));
		wanted += status == CSTN_OK;
	}
	oom_disarm(o);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	ck_assert_int_eq(cstn_shared_log_open(network, PARTY, CONSTELLATION, NULL, &log, NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_log_size(cstn_shared_log_tree(log)), wanted);
	cstn_shared_log_free(log);
	cstn_network_unref(network);
	return status;
}

/* The tree of a log is that of its entries. */
static uint64_t whole_log(cstn_network *network)
{
	uint8_t is[32], wanted[32];
	uint64_t ends[300], size;
	cstn_shared_log *log;
	cstn_buffer *entries;
	cstn_log *again;

	ck_assert_int_eq(cstn_shared_log_open(network, PARTY, CONSTELLATION, NULL, &log, NULL),
			CSTN_OK);
	size = cstn_log_size(cstn_shared_log_tree(log));
	ck_assert_uint_le(size, 300);
	ck_assert_int_eq(cstn_shared_log_read(log, 0, (size_t)size, ends, &entries, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_new("again", 5, NULL, &again, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_append_batch(again, cstn_buffer_data(entries), ends, (size_t)size,
					 NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_log_root(again, size, wanted, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_root(cstn_shared_log_tree(log), size, is, NULL), CSTN_OK);
	ck_assert_mem_eq(is, wanted, 32);
	cstn_buffer_free(entries);
	cstn_log_free(again);
	cstn_shared_log_free(log);
	return size;
}

/* 250 entries, then 20, which fill a tile: all of them are there, or none; and those of a commit
 * that failed come behind what others have logged since, when it is tried again. */
static cstn_status commit(oom *o)
{
	cstn_network *network = network_of(o->allocator);
	cstn_transaction *transaction;
	cstn_status status;

	log_entries(network, 250);
	transaction = with_entries(network, 20);
	oom_arm(o);
	OOM_CALL(status, cstn_transaction_commit(transaction, NULL, &error));
	oom_disarm(o);
	ck_assert_uint_eq(whole_log(network), status == CSTN_OK ? 270 : 250);
	if (status != CSTN_OK) {
		log_entries(network, 9);
		ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
		ck_assert_uint_eq(whole_log(network), 279);
	}
	cstn_transaction_free(transaction);
	cstn_network_unref(network);
	return status;
}

static cstn_status open_log(oom *o)
{
	cstn_network *network = network_of(o->allocator);
	cstn_shared_log *log = NULL;
	cstn_status status;

	log_entries(network, 3);
	oom_arm(o);
	OOM_CALL(status, cstn_shared_log_open(network, PARTY, CONSTELLATION, NULL, &log, &error));
	ck_assert((status == CSTN_OK) == (log != NULL));
	cstn_shared_log_free(log);
	oom_disarm(o);
	cstn_network_unref(network);
	return status;
}

static cstn_status read_log(oom *o)
{
	cstn_network *network = network_of(o->allocator);
	cstn_buffer *out = NULL;
	cstn_shared_log *log;
	cstn_status status;
	uint64_t ends[300];

	log_entries(network, 300);
	ck_assert_int_eq(cstn_shared_log_open(network, PARTY, CONSTELLATION, NULL, &log, NULL),
			CSTN_OK);
	oom_arm(o);
	if (o->which)
		OOM_CALL(status, cstn_log_prove_inclusion(
						 cstn_shared_log_tree(log), 7, 299, &out, &error));
	else
		OOM_CALL(status, cstn_shared_log_read(log, 0, 300, ends, &out, &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_buffer_free(out);
	oom_disarm(o);
	cstn_shared_log_free(log);
	cstn_network_unref(network);
	return status;
}

static cstn_status empty_entry(void *user, uint64_t index, const uint8_t **entry, size_t *size)
{
	(void)user;
	(void)index;
	*entry = NULL;
	*size = 0;
	return CSTN_OK;
}

/* Five entries, of a log of a network or of one in memory. */
static cstn_status export_tiles(oom *o)
{
	cstn_tile_export_options options = CSTN_TILE_EXPORT_OPTIONS_INIT;
	uint8_t seed[32] = {5};
	cstn_network *network = network_of(o->allocator);
	cstn_buffer *signer, *verifier, *checkpoint;
	const uint64_t ends[5] = {0};
	cstn_shared_log *shared;
	posix_folder folder;
	cstn_status status;
	const char *key;
	cstn_log *log;

	options.read_entry = empty_entry;
	posix_folder_make(&folder);
	ck_assert_int_eq(cstn_note_key_new("key.example", 11, CSTN_NOTE_KEY_SIGN, seed, NULL,
					 &signer, &verifier, NULL),
			CSTN_OK);
	key = (const char *)cstn_buffer_data(signer);
	log_entries(network, 5);
	ck_assert_int_eq(cstn_shared_log_open(network, PARTY, CONSTELLATION, NULL, &shared, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_log_new("log.example", 11, o->allocator, &log, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_append_batch(log, NULL, ends, 5, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_checkpoint(o->which ? log : cstn_shared_log_tree(shared), &key, 1,
					 &checkpoint, NULL),
			CSTN_OK);
	oom_arm(o);
	if (o->which)
		OOM_CALL(status, cstn_log_export_tiles(log, folder.path,
						 (const char *)cstn_buffer_data(checkpoint),
						 cstn_buffer_size(checkpoint), &options, &error));
	else
		OOM_CALL(status, cstn_shared_log_export_tiles(shared, folder.path,
						 (const char *)cstn_buffer_data(checkpoint),
						 cstn_buffer_size(checkpoint), &error));
	oom_disarm(o);
	cstn_buffer_free(checkpoint);
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
	cstn_log_free(log);
	cstn_shared_log_free(shared);
	cstn_network_unref(network);
	posix_folder_remove(&folder);
	return status;
}

/* A checkpoint that the one witness has signed. */
static cstn_status settled(oom *o)
{
	cstn_settle_policy policy = CSTN_SETTLE_POLICY_INIT;
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	cstn_buffer *signer[2], *verifier[2], *checkpoint, *line;
	const char *party = PARTY, *owner, *known;
	cstn_party_keys *keys;
	cstn_status status;
	size_t count = 9;
	cstn_log *log;
	char text[2000];

	for (int32_t i = 0; i < 2; i++) {
		uint8_t seed[32] = {(uint8_t)i};

		ck_assert_int_eq(cstn_note_key_new("key.example", 11,
						 i ? CSTN_NOTE_KEY_WITNESS : CSTN_NOTE_KEY_SIGN,
						 seed, NULL, &signer[i], &verifier[i], NULL),
				CSTN_OK);
	}
	owner = (const char *)cstn_buffer_data(signer[0]);
	known = (const char *)cstn_buffer_data(verifier[0]);
	ck_assert_int_eq(cstn_log_new("log.example", 11, NULL, &log, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_checkpoint(log, &owner, 1, &checkpoint, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_witness_cosign((const char *)cstn_buffer_data(checkpoint),
					 cstn_buffer_size(checkpoint), &known, 1,
					 (const char *)cstn_buffer_data(signer[1]), 7, NULL, NULL,
					 &line, NULL),
			CSTN_OK);
	snprintf(text, sizeof(text), "%s%s", (const char *)cstn_buffer_data(checkpoint),
			(const char *)cstn_buffer_data(line));
	ck_assert_int_eq(cstn_party_keys_new(NULL, &keys, NULL), CSTN_OK);
	key.use = CSTN_PARTY_KEY_WITNESS;
	key.party = PARTY;
	key.verifier = (const char *)cstn_buffer_data(verifier[1]);
	ck_assert_int_eq(cstn_party_keys_add(keys, &key, NULL), CSTN_OK);
	policy.keys = keys;
	policy.parties = &party;
	policy.n_parties = policy.least = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_checkpoint_settled(text, strlen(text), &policy, 8000000, o->allocator,
					 &count, &error));
	oom_disarm(o);
	ck_assert_uint_eq(count, status == CSTN_OK ? 1 : 9);
	cstn_party_keys_free(keys);
	cstn_log_free(log);
	cstn_buffer_free(checkpoint);
	cstn_buffer_free(line);
	for (int i = 0; i < 2; i++) {
		cstn_buffer_free(signer[i]);
		cstn_buffer_free(verifier[i]);
	}
	return status;
}

const oom_case oom_cases_shared_log[] = {
		{"cstn_transaction_log", transaction_log, 0, 0},
		{"cstn_transaction_commit", commit, 0, 0},
		{"cstn_shared_log_open", open_log, 0, 0},
		{"cstn_shared_log_read", read_log, 0, 0},
		{"cstn_log_prove_inclusion", read_log, 0, 1},
		{"cstn_shared_log_export_tiles", export_tiles, 0, 0},
		{"cstn_log_export_tiles", export_tiles, 0, 1},
		{"cstn_checkpoint_settled", settled, 0, 0},
};
const size_t oom_count_shared_log = sizeof(oom_cases_shared_log) / sizeof(oom_cases_shared_log[0]);
