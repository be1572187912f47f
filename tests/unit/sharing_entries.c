/* What a party saw goes into its log: messages of negotiations, and checkpoints that contradict
 * each other. */
#include <stdlib.h>
#include <string.h>

#include "ledger_fixture.h"
#include "network_fixture.h"
#include "sharing_network.h"
#include "suite.h"

#define NOW 200

typedef struct scene {
	agreement_world world;
	cstn_network *network;
	cstn_negotiation *negotiation; /* of maker and shop in c1, no message yet */
} scene;

static scene scene_open(void)
{
	scene at;

	agreement_world_open(&at.world);
	at.network = sharing_network(&at.world);
	at.negotiation = sharing_negotiation(0);
	return at;
}

static void scene_close(scene *at)
{
	cstn_negotiation_unref(at->negotiation);
	cstn_network_unref(at->network);
	agreement_world_close(&at->world);
}

/* The first entry of a log, to be freed. */
static char *first_entry(cstn_network *network, const char *party, const char *constellation)
{
	cstn_shared_log *log;
	cstn_buffer *entry;
	uint64_t end;

	SHARING_OK(cstn_shared_log_open(network, party, constellation, NULL, &log, &error));
	SHARING_OK(cstn_shared_log_read(log, 0, 1, &end, &entry, &error));
	cstn_shared_log_free(log);
	return sharing_text(entry);
}

/* --- negotiations ------------------------------------------------------------------------------
 */

static cstn_status put_message(scene *at, const char *party,
		const cstn_negotiation_message *message, cstn_status outcome)
{
	cstn_transaction *transaction = network_begin(at->network);
	cstn_status status = cstn_transaction_put_negotiation(
			transaction, party, at->negotiation, message, outcome, NOW, NULL);

	network_commit(transaction);
	return status;
}

START_TEST(message_is_logged_whether_it_was_taken_or_not)
{
	scene at = scene_open();
	cstn_negotiation_message m =
			sharing_message(CSTN_MESSAGE_OFFER, CSTN_ACTOR_PROVIDER, 2, 5, 100);
	cstn_negotiation *next;
	char *entry;

	SHARING_OK(cstn_negotiation_apply(at.negotiation, &m, &next, &error));
	ck_assert_int_eq(put_message(&at, "shop", &m, CSTN_OK), CSTN_OK);
	entry = first_entry(at.network, "shop", "c1");
	ck_assert_ptr_nonnull(strstr(entry, "\"type\":\"negotiation\""));
	ck_assert_ptr_nonnull(strstr(entry, "\"outcome\":\"CSTN_OK\""));
	ck_assert_ptr_nonnull(strstr(entry, "\"at_us\":200"));
	ck_assert_ptr_nonnull(strstr(entry, "\"message_us\":100"));
	ck_assert_ptr_nonnull(strstr(entry, "\"message\":\"offer\",\"message_us\""));
	free(entry);
	cstn_negotiation_unref(at.negotiation);
	at.negotiation = next;
	m = sharing_message(CSTN_MESSAGE_FINALIZE, CSTN_ACTOR_RECIPIENT, 3, 5, 110);
	ck_assert_int_eq(cstn_negotiation_apply(at.negotiation, &m, &next, NULL), CSTN_E_STATE);
	ck_assert_int_eq(put_message(&at, "maker", &m, CSTN_E_STATE), CSTN_OK);
	entry = first_entry(at.network, "maker", "c1");
	ck_assert_ptr_nonnull(strstr(entry, "\"outcome\":\"CSTN_E_STATE\""));
	free(entry);
	ck_assert_uint_eq(sharing_count_entries(at.network, "shop", "negotiation"), 1);
	scene_close(&at);
}
END_TEST

START_TEST(message_of_others_is_not_logged)
{
	scene at = scene_open();
	cstn_negotiation_message m =
			sharing_message(CSTN_MESSAGE_OFFER, CSTN_ACTOR_PROVIDER, 2, 5, 100);
	cstn_network *bare;
	cstn_transaction *transaction;

	SHARING_OK(cstn_network_open(NULL, NULL, NULL, &bare, &error));
	transaction = network_begin(bare);
	ck_assert_int_eq(put_message(&at, "third", &m, CSTN_OK), CSTN_E_INVALID_ARGUMENT);
	m.type = 99;
	ck_assert_int_eq(put_message(&at, "shop", &m, CSTN_OK), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(put_message(&at, NULL, &m, CSTN_OK), CSTN_E_INVALID_ARGUMENT);
	ck_assert_uint_eq(sharing_count_entries(at.network, "shop", "negotiation"), 0);
	m.type = CSTN_MESSAGE_OFFER;
	SHARING_FAILS(CSTN_E_NOT_FOUND, "'c1'",
			cstn_transaction_put_negotiation(transaction, "shop", at.negotiation, &m,
					CSTN_OK, NOW, &error));
	network_commit(transaction);
	cstn_network_unref(bare);
	scene_close(&at);
}
END_TEST

/* --- split views -------------------------------------------------------------------------------
 */

/* A signed checkpoint of a log with one entry; to be freed. */
static char *checkpoint(const char *origin, const char *entry, const char *signer)
{
	cstn_log *log = ledger_log(origin);
	cstn_buffer *out;

	SHARING_OK(cstn_log_append(log, (const uint8_t *)entry, strlen(entry), NULL, &error));
	SHARING_OK(cstn_log_checkpoint(log, &signer, 1, &out, &error));
	cstn_log_free(log);
	return sharing_text(out);
}

static cstn_status put_views(
		scene *at, const char *constellation, const char *first, const char *second)
{
	const char *verifier = ledger_verifier();
	cstn_transaction *transaction = network_begin(at->network);
	cstn_status status = cstn_transaction_put_split_view(transaction, "shop", constellation,
			first, strlen(first), second, strlen(second), &verifier, 1, NOW, NULL);

	network_commit(transaction);
	return status;
}

START_TEST(two_views_of_one_log_are_logged)
{
	scene at = scene_open();
	char *a = checkpoint("log.example", "one", ledger_signer());
	char *b = checkpoint("log.example", "another", ledger_signer());
	char *entry;

	ck_assert_int_eq(put_views(&at, "c1", a, b), CSTN_OK);
	ck_assert_int_eq(put_views(&at, NULL, b, a), CSTN_OK);
	entry = first_entry(at.network, "shop", "c1");
	ck_assert_ptr_nonnull(strstr(entry, "\"first\":\"log.example\\n1\\n"));
	ck_assert_ptr_nonnull(strstr(entry, "\"second\":\"log.example\\n1\\n"));
	ck_assert_ptr_nonnull(strstr(entry, "\"type\":\"split_view\""));
	free(entry);
	entry = first_entry(at.network, "shop", "");
	ck_assert_ptr_nonnull(strstr(entry, "\"type\":\"split_view\""));
	free(entry);
	free(a);
	free(b);
	scene_close(&at);
}
END_TEST

START_TEST(views_that_show_nothing_are_refused)
{
	scene at = scene_open();
	sharing_key stranger = sharing_key_of("other.example", CSTN_NOTE_KEY_SIGN, 77);
	char *a = checkpoint("log.example", "one", ledger_signer());
	char *other = checkpoint("elsewhere.example", "two", ledger_signer());
	char *forged = checkpoint("log.example", "two", stranger.signer);

	ck_assert_int_eq(put_views(&at, "c1", a, a), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(put_views(&at, "c1", a, other), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(put_views(&at, "c1", a, forged), CSTN_E_UNVERIFIED);
	ck_assert_int_eq(put_views(&at, "c1", a, "no note"), CSTN_E_FORMAT);
	ck_assert_int_eq(put_views(&at, "nowhere", a, a), CSTN_E_NOT_FOUND);
	ck_assert_uint_eq(sharing_count_entries(at.network, "shop", "split_view"), 0);
	free(a);
	free(other);
	free(forged);
	scene_close(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {message_is_logged_whether_it_was_taken_or_not,
			message_of_others_is_not_logged, two_views_of_one_log_are_logged,
			views_that_show_nothing_are_refused};

	return run_tests("entries", tests, sizeof(tests) / sizeof(tests[0]));
}
