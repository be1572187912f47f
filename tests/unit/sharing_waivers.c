/* Waivers put into a network: what a provider signs to be owed no longer. */
#include <stdlib.h>
#include <string.h>

#include "network_fixture.h"
#include "sharing_network.h"
#include "suite.h"

#define SAID 250
#define NOW 260
#define DEADLINE 300

typedef struct scene {
	agreement_world world;
	cstn_network *network;
	cstn_agreement *agreement;
	uint8_t release[32];
} scene;

/* maker lets shop have order.qty, and what was released has to be deleted by DEADLINE. */
static scene scene_open(void)
{
	scene at;

	agreement_world_open(&at.world);
	at.network = sharing_network(&at.world);
	at.agreement = sharing_one_term(&at.world, CSTN_LEVEL_RAW, NULL);
	memset(at.release, 7, 32);
	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	sharing_release_duty(at.network, at.agreement, at.release, "delete", DEADLINE);
	return at;
}

static void scene_close(scene *at)
{
	cstn_agreement_unref(at->agreement);
	cstn_network_unref(at->network);
	agreement_world_close(&at->world);
}

static cstn_waiver waiver_of(const scene *at)
{
	cstn_waiver waiver = CSTN_WAIVER_INIT;

	waiver.index = CSTN_RULES_DUTY_RETENTION;
	waiver.at_us = SAID;
	memcpy(waiver.release, at->release, 32);
	return waiver;
}

static int32_t reason(const scene *at, int64_t now_us)
{
	return sharing_reason_now(at->network, "maker", "shop", NULL, now_us);
}

static void put_ok(scene *at, const cstn_waiver *waiver, int64_t now_us)
{
	char *note = sharing_waiver_note(&at->world, at->agreement, waiver, "maker");
	cstn_transaction *transaction = network_begin(at->network);

	SHARING_OK(cstn_transaction_put_waiver(transaction, note, strlen(note), now_us, &error));
	network_commit(transaction);
	free(note);
}

/* Has a table, at NOW, a row with these words, and how many rows? */
static size_t rows_with(const scene *at, int32_t what, const char *words)
{
	struct ArrowArrayStream stream;
	cstn_snapshot *snapshot;
	size_t rows = 0;
	char *csv;

	SHARING_OK(cstn_network_snapshot(at->network, &snapshot, &error));
	SHARING_OK(cstn_sharing_table(snapshot, what, NOW, &stream, &error));
	cstn_snapshot_unref(snapshot);
	csv = sharing_text(network_to_csv(&stream));
	ck_assert_msg(strstr(csv, words) != NULL, "%s", csv);
	for (const char *p = csv; *p; p++)
		rows += *p == '\n';
	free(csv);
	return rows - 1;
}

START_TEST(waiver_of_the_provider_ends_a_duty)
{
	scene at = scene_open();
	cstn_waiver waiver = waiver_of(&at);

	ck_assert_int_eq(reason(&at, DEADLINE), CSTN_DECISION_DUTY_VIOLATED);
	put_ok(&at, &waiver, NOW);
	ck_assert_int_eq(reason(&at, DEADLINE), CSTN_DECISION_PERMIT);
	ck_assert_uint_eq(rows_with(&at, CSTN_SHARING_DUTIES, ",delete,waived,"), 1);
	ck_assert_uint_eq(rows_with(&at, CSTN_SHARING_RECEIPTS, ",maker,waived,1970-01-01T00:"), 1);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 1);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "receipt"), 1);
	put_ok(&at, &waiver, NOW + 10); /* the same note */
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 1);
	waiver.detail = "said again";
	waiver.detail_len = strlen(waiver.detail);
	put_ok(&at, &waiver, NOW + 10);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 2);
	scene_close(&at);
}
END_TEST

static void refused(scene *at, const cstn_waiver *waiver, const char *signer, int64_t now_us,
		cstn_status expected, const char *words)
{
	char *note = sharing_waiver_note(&at->world, at->agreement, waiver, signer);
	cstn_transaction *transaction = network_begin(at->network);

	SHARING_FAILS(expected, words,
			cstn_transaction_put_waiver(
					transaction, note, strlen(note), now_us, &error));
	ck_assert_uint_eq(cstn_transaction_rows(transaction), 0);
	network_commit(transaction);
	free(note);
}

START_TEST(waivers_that_break_a_rule_are_refused)
{
	scene at = scene_open();
	cstn_waiver waiver = waiver_of(&at);

	refused(&at, &waiver, "shop", NOW, CSTN_E_INVALID_ARGUMENT, "the provider");
	refused(&at, &waiver, "third", NOW, CSTN_E_INVALID_ARGUMENT, "the provider");
	refused(&at, &waiver, "maker", SAID - 1, CSTN_E_INVALID_ARGUMENT, "after now_us");
	refused(&at, &waiver, "maker", INT64_MAX, CSTN_E_INVALID_ARGUMENT, "now_us");
	waiver.party = "maker";
	waiver.party_len = 5;
	refused(&at, &waiver, "shop", NOW, CSTN_E_SIGNATURE, "maker");
	waiver.release[0] ^= 1;
	refused(&at, &waiver, "maker", NOW, CSTN_E_NOT_FOUND, "made no such duty");
	waiver.release[0] ^= 1;
	waiver.index = 0;
	refused(&at, &waiver, "maker", NOW, CSTN_E_NOT_FOUND, "made no such duty");
	memset(waiver.release, 0, 32);
	refused(&at, &waiver, "maker", NOW, CSTN_E_INVALID_ARGUMENT, "0 duties");
	waiver.consequence = 1;
	refused(&at, &waiver, "maker", NOW, CSTN_E_NOT_FOUND, "no such consequence");
	waiver = waiver_of(&at);
	memset(waiver.term, 5, 32);
	refused(&at, &waiver, "maker", NOW, CSTN_E_NOT_FOUND, "no term");
	memset(waiver.agreement, 5, 32);
	refused(&at, &waiver, "maker", NOW, CSTN_E_NOT_FOUND, "agreement");
	ck_assert_int_eq(reason(&at, DEADLINE), CSTN_DECISION_DUTY_VIOLATED);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "receipt"), 0);
	scene_close(&at);
}
END_TEST

START_TEST(what_is_no_waiver_is_refused)
{
	scene at = scene_open();
	char *receipt = sharing_receipt_note(
			&at.world, at.agreement, at.release, CSTN_RECEIPT_DELETED, "shop", SAID);
	cstn_transaction *transaction = network_begin(at.network);

	SHARING_FAILS(CSTN_E_FORMAT, "",
			cstn_transaction_put_waiver(
					transaction, receipt, strlen(receipt), NOW, &error));
	SHARING_FAILS(CSTN_E_FORMAT, "",
			cstn_transaction_put_waiver(transaction, "", 0, NOW, &error));
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "note is NULL",
			cstn_transaction_put_waiver(transaction, NULL, 0, NOW, &error));
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "transaction is NULL",
			cstn_transaction_put_waiver(NULL, receipt, 1, NOW, &error));
	cstn_transaction_free(transaction);
	free(receipt);
	scene_close(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {waiver_of_the_provider_ends_a_duty,
			waivers_that_break_a_rule_are_refused, what_is_no_waiver_is_refused};

	return run_tests("waivers", tests, sizeof(tests) / sizeof(tests[0]));
}
