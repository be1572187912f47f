/* A network with company: readers beside a writer and its upkeep, another process, a forked child.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "network_fixture.h"
#include "network_folder.h"
#include "suite.h"

static network_folder folder;

static cstn_status open_as(uint32_t flags, cstn_network **out)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;

	options.flags = flags;
	options.commit_level = CSTN_COMMIT_NONE;
	options.checkpoint_rows = 40;
	return cstn_network_open(folder.path, &options, NULL, out, NULL);
}

static cstn_network *opened(uint32_t flags)
{
	cstn_network *network = NULL;

	ck_assert_int_eq(open_as(flags, &network), CSTN_OK);
	return network;
}

/* --- threads ---------------------------------------------------------------------------------- */

#define ROUNDS 60

typedef struct company {
	cstn_network *network;
	atomic_int done;
	atomic_int wrong;
} company;

/* Two partners get the same name in one transaction, again and again. */
static void *write_pairs(void *context)
{
	company *at = context;

	for (int i = 1; i <= ROUNDS; i++) {
		cstn_transaction *transaction = NULL;
		char name[24];

		snprintf(name, sizeof(name), "name=%d", i);
		if (cstn_transaction_begin(at->network, &transaction, NULL) != CSTN_OK)
			atomic_fetch_add(&at->wrong, 1);
		for (int k = 0; k < 2; k++) {
			cstn_record *record = network_record(
					"partner", k ? "partner_id=b" : "partner_id=a", name, NULL);

			if (cstn_transaction_put(transaction, record, NULL) != CSTN_OK)
				atomic_fetch_add(&at->wrong, 1);
			cstn_record_unref(record);
		}
		if (cstn_transaction_commit(transaction, NULL, NULL) != CSTN_OK)
			atomic_fetch_add(&at->wrong, 1);
		cstn_transaction_free(transaction);
	}
	atomic_store(&at->done, 1);
	return NULL;
}

static void *keep_up(void *context)
{
	company *at = context;

	while (!atomic_load(&at->done)) {
		if (cstn_network_checkpoint(at->network, NULL) != CSTN_OK)
			atomic_fetch_add(&at->wrong, 1);
		if (cstn_network_maintain(at->network, NULL, NULL) != CSTN_OK)
			atomic_fetch_add(&at->wrong, 1);
	}
	return NULL;
}

static int number_of(cstn_snapshot *snapshot, const char *id)
{
	const char *const key[] = {id};
	cstn_record *record = NULL;
	int number = 0;

	if (cstn_snapshot_get(snapshot, "partner", key, 1, CSTN_AS_OF_NOW, &record, NULL) ==
			CSTN_OK)
		number = atoi(cstn_record_text(record, CSTN_NO_LINE, "name", NULL));
	cstn_record_unref(record);
	return number;
}

/* The sum of the names of all rows of a scan, and how many there are. */
static int sum_of(cstn_snapshot *snapshot, int64_t *rows)
{
	static const char *const columns[] = {"name"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	int sum = 0;

	options.columns = columns;
	options.n_columns = 1;
	*rows = 0;
	if (cstn_snapshot_scan(snapshot, "partner", &options, &stream, NULL) != CSTN_OK)
		return -1;
	for (;;) {
		memset(&array, 0, sizeof(array));
		if (stream.get_next(&stream, &array) || !array.release)
			break;
		*rows += array.length;
		for (int64_t i = 0; i < array.length; i++) {
			const struct ArrowArray *name = array.children[0];
			const int32_t *offsets = (const int32_t *)name->buffers[1] + name->offset;
			char text[24];

			snprintf(text, sizeof(text), "%.*s", offsets[i + 1] - offsets[i],
					(const char *)name->buffers[2] + offsets[i]);
			sum += atoi(text);
		}
		array.release(&array);
	}
	stream.release(&stream);
	return sum;
}

/* Each snapshot shows whole transactions, never an earlier one than the last, and stays as it is.
 */
static void *read_pairs(void *context)
{
	company *at = context;
	int last = 0;

	while (!atomic_load(&at->done)) {
		cstn_snapshot *snapshot = NULL;
		int64_t rows;
		int a, b, again;

		if (cstn_network_snapshot(at->network, &snapshot, NULL) != CSTN_OK) {
			atomic_fetch_add(&at->wrong, 1);
			break;
		}
		a = number_of(snapshot, "a");
		again = sum_of(snapshot, &rows);
		b = number_of(snapshot, "b");
		if (a != b || a < last || again != a + b || rows != (a ? 2 : 0))
			atomic_fetch_add(&at->wrong, 1);
		last = a;
		cstn_snapshot_unref(snapshot);
	}
	return NULL;
}

static void run_company(cstn_network *network)
{
	void *(*const bodies[4])(void *) = {write_pairs, keep_up, read_pairs, read_pairs};
	company at = {.network = network};
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, bodies[i], &at), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(atomic_load(&at.wrong), 0);
	cstn_network_unref(network);
}

START_TEST(readers_see_whole_transactions_beside_a_writer_in_memory)
{
	cstn_network *network = NULL;

	ck_assert_int_eq(cstn_network_open(NULL, NULL, NULL, &network, NULL), CSTN_OK);
	run_company(network);
}
END_TEST

START_TEST(readers_see_whole_transactions_beside_a_writer_on_disk)
{
	network_folder_make(&folder);
	run_company(opened(0));
	network_folder_remove(&folder);
}
END_TEST

/* --- processes -------------------------------------------------------------------------------- */

static int verdict_of(pid_t child)
{
	int state = 0;

	ck_assert_int_eq(waitpid(child, &state, 0), child);
	return WIFEXITED(state) ? WEXITSTATUS(state) : 100;
}

/* Reads twice from one snapshot; between, the other process goes on. */
static int read_beside(int ready, int go_on)
{
	cstn_network *network = NULL;
	cstn_snapshot *snapshot = NULL;
	int64_t rows;
	char byte = 0;
	int wrong = open_as(CSTN_NETWORK_READ_ONLY, &network) != CSTN_OK;

	wrong |= cstn_network_snapshot(network, &snapshot, NULL) != CSTN_OK;
	wrong |= sum_of(snapshot, &rows) != 2 || rows != 2;
	wrong |= write(ready, &byte, 1) != 1;
	wrong |= read(go_on, &byte, 1) != 1;
	wrong |= sum_of(snapshot, &rows) != 2 || rows != 2;
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return wrong;
}

static void put_pair(cstn_network *network, const char *name)
{
	network_put_ok(network, network_record("partner", "partner_id=a", name, NULL));
	network_put_ok(network, network_record("partner", "partner_id=b", name, NULL));
}

START_TEST(a_reader_in_another_process_keeps_what_it_saw)
{
	int ready[2], go_on[2];
	cstn_network *network;
	pid_t child;
	char byte = 0;

	network_folder_make(&folder);
	network = opened(0);
	put_pair(network, "name=1");
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(go_on), 0);
	child = fork();
	if (child == 0)
		_exit(read_beside(ready[1], go_on[0]));
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	put_pair(network, "name=2");
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_maintain(network, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
	ck_assert_int_eq(write(go_on[1], &byte, 1), 1);
	ck_assert_int_eq(verdict_of(child), 0);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go_on[i]);
	}
	cstn_network_unref(network);
	network_folder_remove(&folder);
}
END_TEST

/* 0 when both opens end as they should. */
static int open_beside(void)
{
	cstn_network *network = NULL;
	int wrong = open_as(0, &network) != CSTN_E_LOCKED || network != NULL;

	wrong |= open_as(CSTN_NETWORK_READ_ONLY, &network) != CSTN_OK;
	cstn_network_unref(network);
	return wrong;
}

START_TEST(one_process_writes_and_others_read)
{
	cstn_network *network;
	pid_t child;

	network_folder_make(&folder);
	network = opened(0);
	put_pair(network, "name=1");
	child = fork();
	if (child == 0)
		_exit(open_beside());
	ck_assert_int_eq(verdict_of(child), 0);
	put_pair(network, "name=2");
	cstn_network_unref(network);
	cstn_network_unref(opened(0));
	network_folder_remove(&folder);
}
END_TEST

/* --- a forked child --------------------------------------------------------------------------- */

typedef struct inherited {
	cstn_network *network;
	cstn_transaction *transaction;
	cstn_snapshot *snapshot;
	cstn_record *record;
} inherited;

/* The number of the first call that did not answer CSTN_E_FORKED; 0 none. */
static int write_in_child(const inherited *at)
{
	static const char *const key[] = {"a"};
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	cstn_transaction *transaction = NULL;
	struct ArrowArrayStream rows;

	options.recorded_us = 1;
	if (cstn_network_put(at->network, at->record, NULL, NULL) != CSTN_E_FORKED)
		return 1;
	if (cstn_transaction_begin(at->network, &transaction, NULL) != CSTN_E_FORKED)
		return 2;
	if (cstn_transaction_put(at->transaction, at->record, NULL) != CSTN_E_FORKED)
		return 3;
	if (cstn_transaction_delete(at->transaction, "partner", key, 1, 1, NULL) != CSTN_E_FORKED)
		return 4;
	if (cstn_transaction_require(at->transaction, "partner", key, 1, 1, NULL) != CSTN_E_FORKED)
		return 5;
	if (cstn_transaction_commit(at->transaction, NULL, NULL) != CSTN_E_FORKED)
		return 6;
	network_csv("partner_id text\n", "partner_id\nx\n", &rows);
	if (cstn_transaction_import(at->transaction, "partner", &rows, &options, NULL, NULL) !=
			CSTN_E_FORKED)
		return 7;
	network_csv("partner_id text\n", "partner_id\nx\n", &rows);
	if (cstn_network_import(at->network, "partner", &rows, &options, NULL, NULL) !=
			CSTN_E_FORKED)
		return 8;
	return 0;
}

static int keep_in_child(const inherited *at)
{
	cstn_network_info info = CSTN_NETWORK_INFO_INIT;

	if (cstn_network_sync(at->network, NULL) != CSTN_E_FORKED)
		return 11;
	if (cstn_network_checkpoint(at->network, NULL) != CSTN_E_FORKED)
		return 12;
	if (cstn_network_maintain(at->network, NULL, NULL) != CSTN_E_FORKED)
		return 13;
	if (cstn_network_get_info(at->network, &info, NULL) != CSTN_E_FORKED)
		return 14;
	if (cstn_network_backup(at->network, "/tmp/nothing-is-made", 0, NULL, NULL) !=
			CSTN_E_FORKED)
		return 15;
	return 0;
}

static int read_in_child(const inherited *at)
{
	static const char *const key[] = {"a"};
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	cstn_record *record = NULL;
	int32_t relation;

	if (cstn_network_snapshot(at->network, &snapshot, NULL) != CSTN_E_FORKED)
		return 21;
	if (cstn_snapshot_get(at->snapshot, "partner", key, 1, CSTN_AS_OF_NOW, &record, NULL) !=
			CSTN_E_FORKED)
		return 22;
	if (cstn_snapshot_scan(at->snapshot, "partner", NULL, &rows, NULL) != CSTN_E_FORKED)
		return 23;
	if (cstn_snapshot_changes(at->snapshot, 0, &rows, NULL) != CSTN_E_FORKED)
		return 24;
	if (cstn_network_changes(at->network, 0, &rows, NULL, NULL) != CSTN_E_FORKED)
		return 25;
	if (cstn_snapshot_relation(at->snapshot, "a", "b", "c", 0, &relation, NULL) !=
			CSTN_E_FORKED)
		return 26;
	if (cstn_network_scan_dual_pairs(at->network, 0, &rows, NULL) != CSTN_E_FORKED)
		return 27;
	if (cstn_snapshot_scan_effective_events(at->snapshot, NULL, &rows, NULL, NULL, NULL) !=
			CSTN_E_FORKED)
		return 28;
	return 0;
}

static int use_in_child(const inherited *at)
{
	int wrong = write_in_child(at);

	if (!wrong)
		wrong = keep_in_child(at);
	if (!wrong)
		wrong = read_in_child(at);
	if (!wrong && cstn_network_close(at->network, NULL) != CSTN_E_FORKED)
		wrong = 31;
	cstn_transaction_free(at->transaction);
	cstn_snapshot_unref(at->snapshot);
	cstn_network_unref(at->network);
	return wrong;
}

START_TEST(a_forked_child_gets_forked_from_every_call_and_the_parent_goes_on)
{
	inherited at = {NULL, NULL, NULL, NULL};
	cstn_network *second = NULL;
	pid_t child;

	/* An emulator may take MADV_WIPEONFORK and do nothing. */
	if (getenv("CSTN_EMULATED"))
		return;
	network_folder_make(&folder);
	at.network = opened(0);
	at.record = network_record("partner", "partner_id=c", NULL);
	put_pair(at.network, "name=1");
	ck_assert_int_eq(cstn_transaction_begin(at.network, &at.transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(at.transaction, at.record, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_snapshot(at.network, &at.snapshot, NULL), CSTN_OK);
	child = fork();
	if (child == 0)
		_exit(use_in_child(&at));
	ck_assert_int_eq(verdict_of(child), 0);
	ck_assert_int_eq(open_as(0, &second), CSTN_E_LOCKED);
	ck_assert_int_eq(cstn_transaction_commit(at.transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(at.transaction);
	cstn_snapshot_unref(at.snapshot);
	cstn_record_unref(at.record);
	cstn_network_unref(at.network);
	network_folder_remove(&folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {readers_see_whole_transactions_beside_a_writer_in_memory,
			readers_see_whole_transactions_beside_a_writer_on_disk,
			a_reader_in_another_process_keeps_what_it_saw,
			one_process_writes_and_others_read,
			a_forked_child_gets_forked_from_every_call_and_the_parent_goes_on};

	return run_tests("network_company", tests, sizeof(tests) / sizeof(*tests));
}
