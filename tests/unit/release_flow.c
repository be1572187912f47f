/* Releases among what else happens under agreements: receipts, walls, overrides, suspensions, and
 * processes that end in between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "network_fixture.h"
#include "posix_folder.h"
#include "release_world.h"
#include "suite.h"

static const char *const priced[] = {"order.price", NULL};
static const cstn_release_column price_column[] = {{"qty", "order.price", NULL, 0}};

static cstn_status open_raw(
		cstn_network *network, const cstn_request_options *asks, cstn_release **out)
{
	cstn_release_options options = release_options();
	cstn_request *request = release_request(asks);
	struct ArrowArrayStream rows;
	cstn_status status;

	if (strcmp(asks->paths[0], "order.price") == 0) {
		options.columns = price_column;
		options.n_columns = 1;
	}
	release_rows(&rows, 5, 5);
	status = cstn_release_open(network, request, &rows, &options, out, NULL);
	cstn_request_unref(request);
	return status;
}

/* One release, which is finished at once. */
static cstn_status once(cstn_network *network, const cstn_request_options *asks)
{
	cstn_release *release = NULL;
	cstn_status status = open_raw(network, asks, &release);

	cstn_release_free(release);
	return status;
}

/* --- receipts --------------------------------------------------------------------------------- */

static void put_receipt(cstn_network *network, const uint8_t *agreement, const uint8_t *release,
		int64_t at_us)
{
	sharing_key key = sharing_key_of("shop.example", CSTN_NOTE_KEY_SIGN, 2);
	cstn_receipt receipt = CSTN_RECEIPT_INIT;
	cstn_transaction *transaction;
	cstn_buffer *note;

	receipt.kind = CSTN_RECEIPT_DELETED;
	receipt.party = "shop";
	receipt.party_len = 4;
	receipt.at_us = at_us;
	memcpy(receipt.agreement, agreement, 32);
	memcpy(receipt.release, release, 32);
	SHARING_OK(cstn_receipt_sign(&receipt, key.signer, NULL, &note, &error));
	transaction = network_begin(network);
	SHARING_OK(cstn_transaction_put_receipt(transaction, (const char *)cstn_buffer_data(note),
			cstn_buffer_size(note), at_us, &error));
	network_commit(transaction);
	cstn_buffer_free(note);
}

/* Two releases; who has deleted one of them is still behind with the other. */
START_TEST(receipt_of_deletion_fulfils_the_duty_of_its_release_alone)
{
	cstn_network *network = release_world();
	cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, release_fields);
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term *term;
	uint8_t agreement[32], ids[2][32];

	retention.max_us = 30 * RELEASE_DAY;
	retention.then = CSTN_DELIVERED_DELETE;
	SHARING_OK(cstn_term_builder_set_retention(builder, &retention, &error));
	term = release_term_end(builder);
	release_agree(network, "shop", &term, 1, agreement);
	for (int i = 0; i < 2; i++) {
		cstn_release *release = NULL;

		asks.nonce[1] = (uint8_t)i;
		ck_assert_int_eq(open_raw(network, &asks, &release), CSTN_OK);
		memcpy(ids[i], cstn_release_id(release), 32);
		cstn_release_free(release);
	}
	ck_assert_mem_ne(ids[0], ids[1], 32);
	put_receipt(network, agreement, ids[0], RELEASE_NOW + 10 * RELEASE_DAY);
	asks.now_us = RELEASE_NOW + 30 * RELEASE_DAY;
	ck_assert_int_eq(once(network, &asks), CSTN_E_DENIED);
	put_receipt(network, agreement, ids[1], RELEASE_NOW + 29 * RELEASE_DAY);
	ck_assert_int_eq(once(network, &asks), CSTN_OK);
	cstn_network_unref(network);
}
END_TEST

/* shop says without a receipt that what a release delivered is gone, by whichever duty. */
static cstn_status say_fulfilled(cstn_network *network, const uint8_t *agreement,
		const uint8_t *term, const uint8_t *release, uint32_t index, cstn_error **error)
{
	cstn_transaction *transaction = network_begin(network);
	cstn_sharing_duty duty = CSTN_SHARING_DUTY_INIT;
	cstn_status status;

	memcpy(duty.agreement, agreement, 32);
	memcpy(duty.term, term, 32);
	memcpy(duty.release, release, 32);
	duty.index = index;
	duty.state = CSTN_DUTY_FULFILLED;
	status = cstn_transaction_put_duty(transaction, "shop", &duty, RELEASE_NOW + 1, error);
	if (status != CSTN_OK)
		ck_assert_uint_eq(cstn_transaction_rows(transaction), 0);
	network_commit(transaction);
	return status;
}

START_TEST(only_a_receipt_fulfils_what_asks_for_a_proof)
{
	for (int32_t proof = 0; proof <= 1; proof++) {
		cstn_network *network = release_world();
		cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, release_fields);
		cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
		cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
		cstn_term_revocation revocation = CSTN_TERM_REVOCATION_INIT;
		uint8_t agreement[32], digest[32], id[32];
		cstn_release *release = NULL;
		cstn_term *term;

		retention.max_us = 30 * RELEASE_DAY;
		retention.then = revocation.delivered = CSTN_DELIVERED_DELETE;
		retention.proof = proof;
		SHARING_OK(cstn_term_builder_set_retention(builder, &retention, &error));
		SHARING_OK(cstn_term_builder_set_revocation(builder, &revocation, &error));
		term = release_term_end(builder);
		cstn_term_digest(term, digest);
		release_agree(network, "shop", &term, 1, agreement);
		ck_assert_int_eq(open_raw(network, &asks, &release), CSTN_OK);
		memcpy(id, cstn_release_id(release), 32);
		cstn_release_free(release);
		for (uint32_t index = CSTN_RULES_DUTY_REVOCATION; index; index++) {
			if (proof)
				SHARING_FAILS(CSTN_E_MISSING, "retention, proof",
						say_fulfilled(network, agreement, digest, id, index,
								&error));
			else
				SHARING_OK(say_fulfilled(
						network, agreement, digest, id, index, &error));
		}
		put_receipt(network, agreement, id, RELEASE_NOW + 10 * RELEASE_DAY);
		asks.now_us = RELEASE_NOW + 30 * RELEASE_DAY;
		ck_assert_int_eq(once(network, &asks), CSTN_OK);
		cstn_network_unref(network);
	}
}
END_TEST

/* --- retirement -------------------------------------------------------------------------------
 */

/* shop retires an agreement; `effective_us` is when. */
static void retire(
		cstn_network *network, const uint8_t *digest, int64_t at_us, int64_t effective_us)
{
	cstn_transition act = CSTN_TRANSITION_INIT;

	act.event = CSTN_TRANSITION_RETIRE;
	act.actor = CSTN_ACTOR_RECIPIENT;
	act.at_us = at_us;
	act.effective_us = effective_us;
	release_act(network, digest, act);
}

/* The table of duties at an instant; to be freed. */
static char *duties_at(cstn_network *network, int64_t now_us)
{
	struct ArrowArrayStream stream;
	cstn_snapshot *snapshot;

	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_sharing_table(snapshot, CSTN_SHARING_DUTIES, now_us, &stream, &error));
	cstn_snapshot_unref(snapshot);
	return sharing_text(network_to_csv(&stream));
}

/* How many rows of the table at an instant have these words. */
static size_t duties_with(cstn_network *network, int64_t now_us, const char *words)
{
	char *table = duties_at(network, now_us);
	size_t n = release_count(table, words);

	free(table);
	return n;
}

/* A network with an agreement of two terms, of which what was delivered is deleted, or stays, ten
 * days after a party says that it retires it. */
static cstn_network *revocable(int32_t delivered, uint8_t digest[32])
{
	cstn_network *network = release_world();
	cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, release_fields);
	cstn_term_revocation revocation = CSTN_TERM_REVOCATION_INIT;
	cstn_term *term;

	revocation.delivered = delivered;
	revocation.notice_us = 10 * RELEASE_DAY;
	SHARING_OK(cstn_term_builder_set_revocation(builder, &revocation, &error));
	term = release_term_end(builder);
	release_agree(network, "shop", &term, 1, digest);
	return network;
}

/* Two releases, the second one while the notice runs. */
START_TEST(retired_agreement_makes_owed_that_what_was_delivered_goes)
{
	static const char *const pending = ",-1,delete,pending,1972-10-08T00:00:00Z,0\n",
				 *const done = ",-1,delete,fulfilled,1972-10-08T00:00:00Z,0\n",
				 *const late = ",-1,delete,violated,1972-10-08T00:00:00Z,0\n";
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	const int64_t said = RELEASE_NOW + RELEASE_DAY, ends = said + 10 * RELEASE_DAY;
	uint8_t agreement[32], ids[2][32];
	cstn_network *network = revocable(CSTN_DELIVERED_DELETE, agreement);

	for (int i = 0; i < 2; i++) {
		cstn_release *release = NULL;

		asks.nonce[1] = (uint8_t)i;
		asks.now_us = i ? said + RELEASE_DAY : RELEASE_NOW;
		ck_assert_int_eq(open_raw(network, &asks, &release), CSTN_OK);
		memcpy(ids[i], cstn_release_id(release), 32);
		cstn_release_free(release);
		ck_assert_uint_eq(duties_with(network, said, ",-1,"), 2 * (size_t)i);
		if (!i)
			retire(network, agreement, said, ends);
	}
	ck_assert_uint_eq(duties_with(network, ends - 1, pending), 2);
	put_receipt(network, agreement, ids[0], ends - 1);
	ck_assert_uint_eq(duties_with(network, ends - 1, done), 1);
	ck_assert_uint_eq(duties_with(network, ends - 1, pending), 1);
	ck_assert_uint_eq(duties_with(network, ends, late), 1);
	put_receipt(network, agreement, ids[1], ends);
	ck_assert_uint_eq(duties_with(network, ends, done), 1);
	ck_assert_uint_eq(duties_with(network, ends, late), 1);
	cstn_network_unref(network);
}
END_TEST

START_TEST(retired_agreement_leaves_what_may_be_kept)
{
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	uint8_t agreement[32];
	cstn_network *network = revocable(CSTN_DELIVERED_KEEP, agreement);

	ck_assert_int_eq(once(network, &asks), CSTN_OK);
	retire(network, agreement, RELEASE_NOW, RELEASE_NOW + 10 * RELEASE_DAY);
	ck_assert_uint_eq(duties_with(network, RELEASE_NOW + 20 * RELEASE_DAY, ",0\n"), 0);
	cstn_network_unref(network);
}
END_TEST

/* What was deleted before anyone retired it is owed no more; an agreement that ends by the clock
 * makes nothing owed. */
START_TEST(nothing_is_owed_of_what_went_before_or_by_the_end_of_an_agreement)
{
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	uint8_t agreement[32];
	cstn_network *network = revocable(CSTN_DELIVERED_DELETE, agreement);
	cstn_release *release = NULL;

	ck_assert_int_eq(open_raw(network, &asks, &release), CSTN_OK);
	ck_assert_uint_eq(duties_with(network, 2000 * RELEASE_DAY, ",-1,"), 0);
	put_receipt(network, agreement, cstn_release_id(release), RELEASE_NOW + 5);
	cstn_release_free(release);
	retire(network, agreement, RELEASE_NOW + 9, RELEASE_NOW + 9 + 10 * RELEASE_DAY);
	ck_assert_uint_eq(duties_with(network, RELEASE_NOW + 10, ",-1,delete,fulfilled,"), 1);
	ck_assert_uint_eq(duties_with(network, RELEASE_NOW + 10, ",0\n"), 1);
	cstn_network_unref(network);
}
END_TEST

/* --- walls ------------------------------------------------------------------------------------ */

/* Who has seen the prices of one of two rivals does not see those of the other, while the wall
 * stands. */
START_TEST(delivery_of_one_rival_is_a_wall_before_the_other)
{
	static const char *const rivals[] = {"maker", "rival"};
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, priced);
	cstn_transaction *transaction;
	char *log;

	network_put_ok(network, network_record("sharing_policy", "constellation_id=c1",
						"wall_us=864000000000", NULL)); /* 10 days */
	network_put_ok(network, network_record("relation", "declarer_id=rival", "other_id=shop",
						"constellation_id=c1", "relation=partner", NULL));
	network_put_ok(network, network_record("relation", "declarer_id=shop", "other_id=rival",
						"constellation_id=c1", "relation=partner", NULL));
	for (int i = 0; i < 2; i++) {
		cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, priced);
		cstn_term *term;

		SHARING_OK(cstn_term_builder_set_provider(builder, rivals[i], &error));
		term = release_term_end(builder);
		release_agree_of(network, rivals[i], "shop", &term, 1, NULL);
	}
	transaction = network_begin(network);
	SHARING_OK(cstn_transaction_put_conflict_set(
			transaction, "c1", "makers", rivals, 2, RELEASE_NOW, &error));
	network_commit(transaction);
	ck_assert_int_eq(once(network, &asks), CSTN_OK);
	asks.provider = "rival";
	asks.now_us += 9 * RELEASE_DAY;
	ck_assert_int_eq(once(network, &asks), CSTN_E_DENIED);
	log = release_log(network, "rival", NULL);
	ck_assert_uint_eq(release_count(log, "\"reason\":\"WALL\""), 1);
	free(log);
	/* the same maker is no other */
	asks.provider = "maker";
	ck_assert_int_eq(once(network, &asks), CSTN_OK);
	asks.provider = "rival";
	asks.now_us += 10 * RELEASE_DAY;
	ck_assert_int_eq(once(network, &asks), CSTN_OK);
	cstn_network_unref(network);
}
END_TEST

/* --- recovery --------------------------------------------------------------------------------- */

static cstn_network *open_path(const char *path)
{
	cstn_network *out;

	SHARING_OK(cstn_network_open(path, NULL, NULL, &out, &error));
	return out;
}

/* A network in a folder of its own, where shop gets 100 rows a day. */
static cstn_network *on_disk(posix_folder *folder, char path[512])
{
	cstn_network *out;

	posix_folder_make(folder);
	posix_folder_at(folder, "network", path);
	out = open_path(path);
	release_world_fill(out);
	release_agree_raw(out, 100, 0);
	return out;
}

/* A process opens a release and ends. */
static void leave_open(const char *path)
{
	pid_t child = fork();
	int state;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
		cstn_release *release = NULL;

		asks.rows = 10;
		_exit(open_raw(open_path(path), &asks, &release) == CSTN_OK ? 0 : 3);
	}
	ck_assert_int_eq(waitpid(child, &state, 0), child);
	ck_assert(WIFEXITED(state) && WEXITSTATUS(state) == 0);
}

START_TEST(what_a_process_left_open_is_closed_as_unknown_by_the_next_release)
{
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	posix_folder folder;
	cstn_network *network;
	uint64_t count = 99;
	char path[512], *log;

	network = on_disk(&folder, path);
	SHARING_OK(cstn_network_close(network, &error));
	cstn_network_unref(network);
	leave_open(path);
	network = open_path(path);
	ck_assert_uint_eq(release_usage(network).rows, 10);
	asks.nonce[1] = 1;
	asks.rows = 10;
	ck_assert_int_eq(once(network, &asks), CSTN_OK);
	log = release_log(network, "maker", "c1");
	ck_assert_uint_eq(release_count(log, "\"type\":\"close_unknown\""), 1);
	ck_assert_uint_eq(release_count(log, "\"type\":\"release_open\""), 2);
	ck_assert_uint_eq(release_count(log, "\"type\":\"release_close\""), 1);
	ck_assert_ptr_nonnull(strstr(log, "\"close_unknown\""));
	/* the entry names the opening: entry 1, behind that of the agreement */
	ck_assert_uint_eq(release_count(log, "\"opening\":1,"), 1);
	ck_assert_uint_eq(release_count(log, "\"opening\":3,"), 1);
	free(log);
	ck_assert_uint_eq(release_usage(network).rows, 10);
	SHARING_OK(cstn_release_recover(network, RELEASE_NOW, &count, &error));
	ck_assert_uint_eq(count, 0);
	cstn_network_unref(network);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(release_under_way_is_not_what_a_process_left)
{
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release *release = NULL;
	uint64_t count = 99;

	release_agree_raw(network, 100, 0);
	ck_assert_int_eq(open_raw(network, &asks, &release), CSTN_OK);
	SHARING_OK(cstn_release_recover(network, RELEASE_NOW, &count, &error));
	ck_assert_uint_eq(count, 0);
	SHARING_OK(cstn_release_finish(release, NULL, &error));
	SHARING_OK(cstn_release_finish(release, NULL, &error));
	cstn_release_free(release);
	cstn_network_unref(network);
}
END_TEST

/* A network that is closed under a release: the release ends, and is recovered by the next. */
START_TEST(closed_network_ends_its_releases)
{
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	posix_folder folder;
	cstn_network *network;
	cstn_release *release = NULL;
	uint64_t count = 0;
	char path[512];

	network = on_disk(&folder, path);
	ck_assert_int_eq(open_raw(network, &asks, &release), CSTN_OK);
	SHARING_OK(cstn_network_close(network, &error));
	SHARING_FAILS(CSTN_E_STATE, "closed", cstn_release_finish(release, NULL, &error));
	cstn_release_free(release);
	cstn_network_unref(network);
	network = open_path(path);
	SHARING_OK(cstn_release_recover(network, RELEASE_NOW, &count, &error));
	ck_assert_uint_eq(count, 1);
	cstn_network_unref(network);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(network_that_is_read_only_releases_nothing)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	posix_folder folder;
	cstn_network *network;
	cstn_release *release = NULL;
	char path[512];

	network = on_disk(&folder, path);
	SHARING_OK(cstn_network_close(network, &error));
	cstn_network_unref(network);
	options.flags = CSTN_NETWORK_READ_ONLY;
	SHARING_OK(cstn_network_open(path, &options, NULL, &network, &error));
	ck_assert_int_eq(open_raw(network, &asks, &release), CSTN_E_READ_ONLY);
	asks.recipient = "rival";
	ck_assert_int_eq(open_raw(network, &asks, &release), CSTN_E_READ_ONLY);
	ck_assert_ptr_null(release);
	cstn_network_unref(network);
	posix_folder_remove(&folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {receipt_of_deletion_fulfils_the_duty_of_its_release_alone,
			only_a_receipt_fulfils_what_asks_for_a_proof,
			retired_agreement_makes_owed_that_what_was_delivered_goes,
			retired_agreement_leaves_what_may_be_kept,
			nothing_is_owed_of_what_went_before_or_by_the_end_of_an_agreement,
			delivery_of_one_rival_is_a_wall_before_the_other,
			what_a_process_left_open_is_closed_as_unknown_by_the_next_release,
			release_under_way_is_not_what_a_process_left,
			closed_network_ends_its_releases,
			network_that_is_read_only_releases_nothing};

	return run_tests("releases among agreements", tests, sizeof(tests) / sizeof(tests[0]));
}
