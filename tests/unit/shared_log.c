/* Logs of a network: what is committed with a change, in the order of the commits, and read from
 * the store as from memory. */
#define _GNU_SOURCE /* memmem() */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ledger_fixture.h"
#include "network_fixture.h"
#include "network_folder.h"
#include "sharing/log_leaf.h"
#include "suite.h"

#define ACME "acme"
#define C1 "c1"

static void log_one(cstn_transaction *transaction, const char *party, const char *constellation,
		int64_t at_us, const char *json, uint64_t *index)
{
	cstn_error *error = NULL;

	ck_assert_msg(cstn_transaction_log(transaction, party, constellation, "x-test", at_us, json,
				      json ? strlen(json) : 0, index, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
}

static cstn_shared_log *open_log(
		cstn_network *network, const char *party, const char *constellation)
{
	cstn_error *error = NULL;
	cstn_shared_log *out;

	ck_assert_msg(cstn_shared_log_open(network, party, constellation, NULL, &out, &error) ==
					CSTN_OK,
			"%s", cstn_error_message(error));
	return out;
}

/* The log has these entries, NULL after the last, and no others. */
static void expect_entries(cstn_network *network, const char *party, const char *constellation,
		const char *const *wanted)
{
	cstn_shared_log *log = open_log(network, party, constellation);
	uint64_t end, size = cstn_log_size(cstn_shared_log_tree(log)), i;
	cstn_buffer *entry;

	for (i = 0; wanted[i]; i++) {
		ck_assert_uint_lt(i, size);
		ck_assert_int_eq(cstn_shared_log_read(log, i, 1, &end, &entry, NULL), CSTN_OK);
		ck_assert_uint_eq(end, cstn_buffer_size(entry));
		ck_assert_uint_eq(end, strlen(wanted[i]));
		ck_assert_mem_eq(cstn_buffer_data(entry), wanted[i], (size_t)end);
		cstn_buffer_free(entry);
	}
	ck_assert_uint_eq(i, size);
	cstn_shared_log_free(log);
}

START_TEST(entries_come_with_the_commit_as_canonical_json)
{
	static const char *const shared[] = {
			"{\"a\":[1,2],\"at_us\":5,\"type\":\"x-test\",\"version\":1,\"z\":\"\"}",
			"{\"at_us\":6,\"type\":\"x-test\",\"version\":1}", NULL};
	static const char *const own[] = {"{\"at_us\":7,\"type\":\"x-test\",\"version\":1}", NULL};
	static const char *const none[] = {NULL};
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);
	uint64_t first = 99, second = 99, third = 99;

	log_one(transaction, ACME, C1, 5, " {\"z\": \"\", \"a\": [1, 2]}", &first);
	log_one(transaction, ACME, C1, 6, NULL, &second);
	log_one(transaction, ACME, NULL, 7, "{}", &third);
	expect_entries(network, ACME, C1, none);
	ck_assert_uint_eq(first, 99);
	network_commit(transaction);
	ck_assert_uint_eq(first, 0);
	ck_assert_uint_eq(second, 1);
	ck_assert_uint_eq(third, 0);
	expect_entries(network, ACME, C1, shared);
	expect_entries(network, ACME, NULL, own);
	expect_entries(network, ACME, "c2", none);
	expect_entries(network, "bolts", C1, none);
	cstn_network_unref(network);
}
END_TEST

START_TEST(transaction_that_is_freed_logs_nothing)
{
	static const char *const none[] = {NULL};
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);
	uint64_t index = 99;

	log_one(transaction, ACME, C1, 5, "{}", &index);
	cstn_transaction_free(transaction);
	ck_assert_uint_eq(index, 99);
	expect_entries(network, ACME, C1, none);
	cstn_network_unref(network);
}
END_TEST

START_TEST(change_that_conflicts_logs_nothing)
{
	static const char *const one[] = {"{\"at_us\":1,\"type\":\"x-test\",\"version\":1}", NULL};
	cstn_network *network = network_small();
	cstn_transaction *left = network_begin(network), *right = network_begin(network);
	cstn_record *order = network_order("O-1", "5", "placed");

	ck_assert_int_eq(cstn_transaction_put(left, order, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(right, order, NULL), CSTN_OK);
	log_one(left, ACME, C1, 1, NULL, NULL);
	log_one(right, ACME, C1, 2, NULL, NULL);
	network_commit(left);
	ck_assert_int_eq(cstn_transaction_commit(right, NULL, NULL), CSTN_E_CONFLICT);
	ck_assert_int_eq(cstn_transaction_commit(right, NULL, NULL), CSTN_E_CONFLICT);
	cstn_transaction_free(right);
	expect_entries(network, ACME, C1, one);
	cstn_record_unref(order);
	cstn_network_unref(network);
}
END_TEST

START_TEST(transactions_side_by_side_log_in_the_order_of_their_commits)
{
	static const char *const wanted[] = {"{\"at_us\":1,\"type\":\"x-test\",\"version\":1}",
			"{\"at_us\":2,\"type\":\"x-test\",\"version\":1}",
			"{\"at_us\":3,\"type\":\"x-test\",\"version\":1}", NULL};
	cstn_network *network = network_small();
	cstn_transaction *left = network_begin(network), *right = network_begin(network);
	uint64_t index;

	log_one(right, ACME, C1, 2, NULL, &index);
	log_one(left, ACME, C1, 1, NULL, NULL);
	ck_assert_int_eq(cstn_transaction_commit(left, NULL, NULL), CSTN_OK);
	network_commit(right);
	ck_assert_uint_eq(index, 1);
	log_one(left, ACME, C1, 3, NULL, &index);
	network_commit(left);
	ck_assert_uint_eq(index, 2);
	expect_entries(network, ACME, C1, wanted);
	cstn_network_unref(network);
}
END_TEST

START_TEST(time_that_goes_back_is_accepted_and_marked)
{
	static const char *const wanted[] = {"{\"at_us\":50,\"type\":\"x-test\",\"version\":1}",
			"{\"at_us\":49,\"non_monotone\":true,\"type\":\"x-test\",\"version\":1}",
			"{\"at_us\":50,\"type\":\"x-test\",\"version\":1}",
			"{\"at_us\":-7,\"non_monotone\":true,\"type\":\"x-test\",\"version\":1}",
			NULL};
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);
	cstn_shared_log *log;

	log_one(transaction, ACME, C1, 50, NULL, NULL);
	log_one(transaction, ACME, C1, 49, NULL, NULL);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	log_one(transaction, ACME, C1, 50, NULL, NULL);
	log_one(transaction, ACME, C1, -7, NULL, NULL);
	network_commit(transaction);
	expect_entries(network, ACME, C1, wanted);
	log = open_log(network, ACME, C1);
	ck_assert_int_eq(cstn_shared_log_newest_us(log), 50);
	cstn_shared_log_free(log);
	log = open_log(network, "bolts", C1);
	ck_assert_int_eq(cstn_shared_log_newest_us(log), INT64_MIN);
	cstn_shared_log_free(log);
	cstn_network_unref(network);
}
END_TEST

/* --- against a log in memory ------------------------------------------------------------------ */

static void expect_same_proofs(const cstn_log *tree, const cstn_log *memory)
{
	uint64_t size = cstn_log_size(memory), i;
	uint8_t is[32], wanted[32];
	cstn_buffer *left, *right;

	ck_assert_uint_eq(cstn_log_size(tree), size);
	for (i = 0; i < size; i += 1 + size / 23) {
		ck_assert_int_eq(cstn_log_root(tree, i + 1, is, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_log_root(memory, i + 1, wanted, NULL), CSTN_OK);
		ck_assert_mem_eq(is, wanted, 32);
		ck_assert_int_eq(cstn_log_prove_inclusion(tree, i, size, &left, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_log_prove_inclusion(memory, i, size, &right, NULL), CSTN_OK);
		ck_assert_uint_eq(cstn_buffer_size(left), cstn_buffer_size(right));
		ck_assert_mem_eq(cstn_buffer_data(left), cstn_buffer_data(right),
				cstn_buffer_size(left));
		cstn_buffer_free(left);
		cstn_buffer_free(right);
	}
}

/* Entries of the log into one in memory that has the first of them. */
static void follow(const cstn_shared_log *log, cstn_log *memory)
{
	uint64_t first = cstn_log_size(memory), size = cstn_log_size(cstn_shared_log_tree(log));
	size_t n = (size_t)(size - first);
	uint64_t *ends = calloc(n + 1, sizeof(*ends));
	cstn_buffer *entries;

	ck_assert_ptr_nonnull(ends);
	ck_assert_int_eq(cstn_shared_log_read(log, first, n, ends, &entries, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_append_batch(
					 memory, cstn_buffer_data(entries), ends, n, NULL, NULL),
			CSTN_OK);
	cstn_buffer_free(entries);
	free(ends);
}

static void add_many(cstn_network *network, size_t n, int64_t *at_us)
{
	cstn_transaction *transaction = network_begin(network);
	char json[64];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(json, sizeof(json), "{\"number\":%" PRId64 "}", *at_us);
		log_one(transaction, ACME, C1, (*at_us)++, json, NULL);
	}
	network_commit(transaction);
}

START_TEST(log_of_a_network_gives_what_one_in_memory_gives)
{
	static const size_t steps[] = {1, 1, 200, 53, 1, 1, 300, 1, 4000};
	cstn_maintain_options keep = CSTN_MAINTAIN_OPTIONS_INIT;
	cstn_log *memory = ledger_log("x");
	network_folder folder;
	cstn_network *network;
	cstn_shared_log *log;
	int64_t at_us = 1;
	size_t k;

	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	for (k = 0; k < sizeof(steps) / sizeof(*steps); k++) {
		add_many(network, steps[k], &at_us);
		if (k % 3 == 2) {
			ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
			keep.history_from_us = INT64_MAX;
			ck_assert_int_eq(cstn_network_maintain(network, &keep, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
			cstn_network_unref(network);
			network = network_folder_open(&folder, 0);
		}
		log = open_log(network, ACME, C1);
		follow(log, memory);
		expect_same_proofs(cstn_shared_log_tree(log), memory);
		cstn_shared_log_free(log);
	}
	/* More than a tile of tiles. */
	add_many(network, 62000, &at_us);
	add_many(network, 700, &at_us);
	log = open_log(network, ACME, C1);
	follow(log, memory);
	expect_same_proofs(cstn_shared_log_tree(log), memory);
	/* A snapshot outlives the network and what came after. */
	add_many(network, 1, &at_us);
	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
	cstn_network_unref(network);
	expect_same_proofs(cstn_shared_log_tree(log), memory);
	cstn_shared_log_free(log);
	cstn_log_free(memory);
	network_folder_remove(&folder);
}
END_TEST

/* --- many threads ----------------------------------------------------------------------------- */

#define THREADS 6
#define TURNS 60

typedef struct worker {
	pthread_t thread;
	cstn_network *network;
	int number;
	uint64_t shared[TURNS], own[TURNS];
} worker;

/* A change of its own, an entry of the shared log and one of its private log, over and over. */
static void *work(void *argument)
{
	worker *at = argument;

	for (int i = 0; i < TURNS; i++) {
		cstn_transaction *transaction = network_begin(at->network);
		char id[32], json[64];
		cstn_record *order;

		snprintf(id, sizeof(id), "O-%d-%d", at->number, i);
		snprintf(json, sizeof(json), "{\"order\":\"%s\"}", id);
		order = network_order(id, "5", "placed");
		ck_assert_int_eq(cstn_transaction_put(transaction, order, NULL), CSTN_OK);
		log_one(transaction, ACME, C1, i, json, &at->shared[i]);
		snprintf(id, sizeof(id), "party %d", at->number);
		log_one(transaction, id, NULL, i, json, &at->own[i]);
		network_commit(transaction);
		cstn_record_unref(order);
	}
	return NULL;
}

START_TEST(threads_that_log_at_once_give_one_log_without_gaps)
{
	cstn_network *network = network_small();
	static worker workers[THREADS];
	uint8_t seen[THREADS * TURNS] = {0};
	cstn_log *memory = ledger_log("x");
	cstn_shared_log *log;

	for (int i = 0; i < THREADS; i++) {
		workers[i].network = network;
		workers[i].number = i;
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
	log = open_log(network, ACME, C1);
	ck_assert_uint_eq(cstn_log_size(cstn_shared_log_tree(log)), THREADS * TURNS);
	for (int i = 0; i < THREADS; i++)
		for (int k = 0; k < TURNS; k++) {
			uint64_t index = workers[i].shared[k], end;
			cstn_buffer *entry;
			char wanted[32];

			ck_assert_uint_lt(index, THREADS * TURNS);
			ck_assert(!seen[index]++);
			ck_assert_uint_eq(workers[i].own[k], (uint64_t)k);
			ck_assert_int_eq(cstn_shared_log_read(log, index, 1, &end, &entry, NULL),
					CSTN_OK);
			snprintf(wanted, sizeof(wanted), "\"O-%d-%d\"", i, k);
			ck_assert_ptr_nonnull(memmem(cstn_buffer_data(entry), (size_t)end, wanted,
					strlen(wanted)));
			cstn_buffer_free(entry);
		}
	follow(log, memory);
	expect_same_proofs(cstn_shared_log_tree(log), memory);
	cstn_shared_log_free(log);
	cstn_log_free(memory);
	cstn_network_unref(network);
}
END_TEST

START_TEST(checkpoint_of_a_log_names_constellation_and_party)
{
	const char *signer = ledger_signer();
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);
	cstn_shared_log *log;
	cstn_buffer *out;

	log_one(transaction, "a c\xc3\xa9", C1, 5, NULL, NULL);
	log_one(transaction, "a c\xc3\xa9", NULL, 5, NULL, NULL);
	network_commit(transaction);
	log = open_log(network, "a c\xc3\xa9", C1);
	ck_assert_int_eq(cstn_log_checkpoint(cstn_shared_log_tree(log), &signer, 1, &out, NULL),
			CSTN_OK);
	ck_assert_mem_eq(cstn_buffer_data(out), "c1/a%20c%C3%A9\n1\n", 17);
	cstn_buffer_free(out);
	cstn_shared_log_free(log);
	log = open_log(network, "a c\xc3\xa9", "");
	ck_assert_int_eq(cstn_log_checkpoint(cstn_shared_log_tree(log), &signer, 1, &out, NULL),
			CSTN_OK);
	ck_assert_mem_eq(cstn_buffer_data(out), "a%20c%C3%A9\n1\n", 14);
	cstn_buffer_free(out);
	cstn_shared_log_free(log);
	ck_assert_int_eq(cstn_shared_log_open(network, ACME, C1, "my.name", &log, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_checkpoint(cstn_shared_log_tree(log), &signer, 1, &out, NULL),
			CSTN_OK);
	ck_assert_mem_eq(cstn_buffer_data(out), "my.name\n0\n", 10);
	cstn_buffer_free(out);
	cstn_shared_log_free(log);
	cstn_network_unref(network);
}
END_TEST

/* --- export ----------------------------------------------------------------------------------- */

static size_t file_bytes(const network_folder *folder, const char *name, char *out, size_t room)
{
	char path[700];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/tiles/%s", folder->top.path, name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	n = fread(out, 1, room, file);
	fclose(file);
	return n;
}

static cstn_status entry_alike(void *user, uint64_t index, const uint8_t **entry, size_t *size)
{
	(void)index;
	*entry = user;
	*size = 5;
	return CSTN_OK;
}

START_TEST(log_is_exported_to_a_folder)
{
	const char *signer = ledger_signer();
	char path[700], bytes[40000];
	network_folder folder;
	cstn_network *network;
	cstn_buffer *checkpoint;
	cstn_shared_log *log;
	int64_t at_us = 1;
	size_t n;

	network_folder_make(&folder);
	snprintf(path, sizeof(path), "%s/tiles", folder.top.path);
	network = network_folder_open(&folder, 0);
	add_many(network, 300, &at_us);
	log = open_log(network, ACME, C1);
	ck_assert_int_eq(cstn_log_checkpoint(
					 cstn_shared_log_tree(log), &signer, 1, &checkpoint, NULL),
			CSTN_OK);
#define EXPORT(log_, path_)                                                                   \
	cstn_shared_log_export_tiles(log_, path_, (const char *)cstn_buffer_data(checkpoint), \
			cstn_buffer_size(checkpoint), NULL)
	ck_assert_int_eq(EXPORT(NULL, path), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(EXPORT(log, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(EXPORT(log, ""), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_shared_log_export_tiles(log, path, NULL, 0, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(EXPORT(log, path), CSTN_OK);
	ck_assert_int_eq(EXPORT(log, path), CSTN_OK);
#undef EXPORT
	n = file_bytes(&folder, "checkpoint", bytes, sizeof(bytes));
	ck_assert_uint_eq(n, cstn_buffer_size(checkpoint));
	ck_assert_mem_eq(bytes, cstn_buffer_data(checkpoint), n);
	ck_assert_uint_eq(file_bytes(&folder, "tile/0/000", bytes, sizeof(bytes)), 8192);
	ck_assert_uint_eq(file_bytes(&folder, "tile/0/001.p/44", bytes, sizeof(bytes)), 44 * 32);
	ck_assert_uint_eq(file_bytes(&folder, "tile/1/000.p/1", bytes, sizeof(bytes)), 32);
	n = file_bytes(&folder, "tile/entries/001.p/44", bytes, sizeof(bytes));
	/* {"at_us":257,"number":257,"type":"x-test","version":1} */
	ck_assert_uint_eq(n, 44 * (2 + 54));
	ck_assert_mem_eq(bytes, "\0\x36{\"at_us\":257,", 14);
	cstn_buffer_free(checkpoint);
	cstn_shared_log_free(log);
	cstn_network_unref(network);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(log_in_memory_is_exported_with_entries_of_the_caller)
{
	cstn_tile_export_options options = CSTN_TILE_EXPORT_OPTIONS_INIT;
	const char *signer = ledger_signer();
	cstn_log *log = ledger_log("memory.example");
	network_folder folder;
	cstn_buffer *made;
	char path[700], text[1000], bytes[100], entry[] = "entry";

	network_folder_make(&folder);
	snprintf(path, sizeof(path), "%s/tiles", folder.top.path);
	ck_assert_int_eq(cstn_log_append(log, "entry", 5, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_append(log, "entry", 5, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_checkpoint(log, &signer, 1, &made, NULL), CSTN_OK);
	strcpy(text, (const char *)cstn_buffer_data(made));
	cstn_buffer_free(made);
#define EXPORT(log_, options_) cstn_log_export_tiles(log_, path, text, strlen(text), options_, NULL)
	ck_assert_int_eq(EXPORT(log, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(EXPORT(log, &options), CSTN_E_INVALID_ARGUMENT);
	options.user = entry;
	options.read_entry = entry_alike;
	ck_assert_int_eq(EXPORT(NULL, &options), CSTN_E_INVALID_ARGUMENT);
	entry[0] = 'E';
	ck_assert_int_eq(EXPORT(log, &options), CSTN_E_CORRUPT);
	entry[0] = 'e';
	ck_assert_int_eq(EXPORT(log, &options), CSTN_OK);
#undef EXPORT
	ck_assert_uint_eq(file_bytes(&folder, "tile/entries/000.p/2", bytes, sizeof(bytes)), 14);
	ck_assert_mem_eq(bytes, "\0\5entry\0\5entry", 14);
	cstn_log_free(log);
	network_folder_remove(&folder);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

static cstn_status try_entry(cstn_network *network, const char *party, const char *type,
		int64_t at_us, const char *json, size_t len)
{
	cstn_transaction *transaction = network_begin(network);
	cstn_status status = cstn_transaction_log(
			transaction, party, C1, type, at_us, json, len, NULL, NULL);

	if (status != CSTN_OK)
		ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	return status;
}

START_TEST(entries_that_break_a_rule_are_refused)
{
	static const char *const types[] = {"", "x-", "release_open", "x-A", "x-a b", "y-a",
			"x-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	static const char *const none[] = {NULL};
	static const struct {
		const char *json;
		cstn_status wanted;
	} bad[] = {{"[]", CSTN_E_INVALID_ARGUMENT}, {"{\"at_us\":1}", CSTN_E_INVALID_ARGUMENT},
			{"{\"type\":1}", CSTN_E_INVALID_ARGUMENT},
			{"{\"version\":1}", CSTN_E_INVALID_ARGUMENT},
			{"{\"non_monotone\":true}", CSTN_E_INVALID_ARGUMENT},
			{"{\"a\":1.5}", CSTN_E_FORMAT}, {"{\"a\":9007199254740992}", CSTN_E_FORMAT},
			{"{\"a\":1,\"a\":2}", CSTN_E_FORMAT}, {"{", CSTN_E_FORMAT},
			{"{}x", CSTN_E_FORMAT}};
	cstn_network *network = network_small();
	char id[66];
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		ck_assert_int_eq(try_entry(network, ACME, types[i], 1, NULL, 0),
				CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(try_entry(network, ACME, NULL, 1, NULL, 0), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(try_entry(network, ACME, "x-a", 1, NULL, 1), CSTN_E_INVALID_ARGUMENT);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_int_eq(try_entry(network, ACME, "x-a", 1, bad[i].json,
						 strlen(bad[i].json)),
				bad[i].wanted);
	memset(id, 'a', sizeof(id));
	id[65] = '\0';
	ck_assert_int_eq(try_entry(network, id, "x-a", 1, NULL, 0), CSTN_E_INVALID_ARGUMENT);
	id[64] = '\0';
	ck_assert_int_eq(try_entry(network, id, "x-a", 1, NULL, 0), CSTN_OK);
	ck_assert_int_eq(try_entry(network, "", "x-a", 1, NULL, 0), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(try_entry(network, NULL, "x-a", 1, NULL, 0), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(try_entry(network, ACME, "x-a", INT64_C(1) << 53, NULL, 0),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(try_entry(network, ACME, "x-a", -(INT64_C(1) << 53), NULL, 0),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(try_entry(network, ACME, "x-a", (INT64_C(1) << 53) - 1, NULL, 0), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_log(NULL, ACME, C1, "x-a", 1, NULL, 0, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	expect_entries(network, ACME, C1, none);
	cstn_network_unref(network);
}
END_TEST

/* An entry of so many bytes, mark included. */
static cstn_status try_size(cstn_network *network, size_t size)
{
	static const char frame[] = "{\"a\":\"\",\"at_us\":1,\"non_monotone\":true,"
				    "\"type\":\"x-a\",\"version\":1}";
	size_t n = size - (sizeof(frame) - 1);
	char *json = malloc(n + 16);
	cstn_status status;
	int len;

	ck_assert_ptr_nonnull(json);
	len = sprintf(json, "{\"a\":\"");
	memset(json + len, 'b', n);
	strcpy(json + (size_t)len + n, "\"}");
	status = try_entry(network, ACME, "x-a", 1, json, strlen(json));
	free(json);
	return status;
}

START_TEST(entry_has_at_most_65535_bytes_with_its_mark)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(try_size(network, CSTN_LOG_ENTRY_MOST), CSTN_OK);
	ck_assert_int_eq(try_size(network, CSTN_LOG_ENTRY_MOST + 1), CSTN_E_LIMIT);
	cstn_network_unref(network);
}
END_TEST

START_TEST(log_of_a_network_is_read_and_not_appended_to)
{
	cstn_network *network = network_small();
	cstn_shared_log *log = NULL;
	cstn_transaction *transaction = network_begin(network);
	cstn_buffer *out = NULL;
	uint64_t end;

	log_one(transaction, ACME, C1, 1, NULL, NULL);
	network_commit(transaction);
	ck_assert_int_eq(cstn_shared_log_open(NULL, ACME, C1, NULL, &log, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_shared_log_open(network, NULL, C1, NULL, &log, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_shared_log_open(network, ACME, C1, "", &log, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_shared_log_open(network, ACME, C1, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(log);
	log = open_log(network, ACME, C1);
	ck_assert_int_eq(cstn_log_append((cstn_log *)(uintptr_t)cstn_shared_log_tree(log), "x", 1,
					 NULL, NULL),
			CSTN_E_READ_ONLY);
	ck_assert_int_eq(
			cstn_shared_log_read(log, 1, 1, &end, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_shared_log_read(log, 0, 2, &end, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_shared_log_read(log, 2, 0, &end, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(out);
	ck_assert_int_eq(cstn_shared_log_read(log, 1, 0, NULL, &out, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_buffer_size(out), 0);
	cstn_buffer_free(out);
	cstn_shared_log_free(log);
	cstn_shared_log_free(NULL);
	ck_assert_ptr_null(cstn_shared_log_tree(NULL));
	cstn_network_unref(network);
}
END_TEST

START_TEST(leaf_of_the_library_has_its_own_transaction)
{
	static const char *const wanted[] = {
			"{\"at_us\":3,\"digest\":\"ab\",\"type\":\"receipt\",\"version\":1}", NULL};
	cstn_network *network = network_small();
	json_t *fields = json_pack("{ss}", "digest", "ab");
	uint64_t index = 9;
	const cstn__log_leaf leaf = {
			ACME, 4, C1, 2, CSTN__LEAF_RECEIPT, 3, fields, &index, NULL, 0};

	ck_assert_int_eq(cstn__network_log_leaf(network, &leaf, NULL), CSTN_OK);
	ck_assert_uint_eq(index, 0);
	json_decref(fields);
	expect_entries(network, ACME, C1, wanted);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {entries_come_with_the_commit_as_canonical_json,
			transaction_that_is_freed_logs_nothing, change_that_conflicts_logs_nothing,
			transactions_side_by_side_log_in_the_order_of_their_commits,
			time_that_goes_back_is_accepted_and_marked,
			log_of_a_network_gives_what_one_in_memory_gives,
			threads_that_log_at_once_give_one_log_without_gaps,
			checkpoint_of_a_log_names_constellation_and_party,
			log_is_exported_to_a_folder,
			log_in_memory_is_exported_with_entries_of_the_caller,
			entries_that_break_a_rule_are_refused,
			entry_has_at_most_65535_bytes_with_its_mark,
			log_of_a_network_is_read_and_not_appended_to,
			leaf_of_the_library_has_its_own_transaction};

	return run_tests("logs of a network", tests, sizeof(tests) / sizeof(tests[0]));
}
