/* What parties record of their sharing in a network: agreements and what became of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network_fixture.h"
#include "sharing_network.h"
#include "suite.h"

#define NOW 200 /* agreements hold from 100 to 1000 */
#define PERMIT CSTN_DECISION_PERMIT

typedef struct scene {
	agreement_world world;
	cstn_network *network;
	cstn_agreement *agreement; /* maker for shop */
} scene;

static scene scene_open(void)
{
	scene at;

	agreement_world_open(&at.world);
	at.network = sharing_network(&at.world);
	at.agreement = sharing_agreement(&at.world, "maker", "shop", 1, NULL);
	return at;
}

static void scene_close(scene *at)
{
	cstn_agreement_unref(at->agreement);
	cstn_network_unref(at->network);
	agreement_world_close(&at->world);
}

static void act(scene *at, int32_t event, int32_t cause, int64_t at_us)
{
	at->agreement = agreement_do(&at->world, at->agreement,
			agreement_act(event, CSTN_ACTOR_PROVIDER, cause, at_us));
}

/* The status of putting an agreement, with words of the message; nothing is changed by it. */
static void is_refused(cstn_network *network, const cstn_agreement *agreement, cstn_status status,
		const char *words)
{
	cstn_transaction *transaction = network_begin(network);

	SHARING_FAILS(status, words,
			cstn_transaction_put_agreement(
					transaction, "maker", agreement, NULL, NOW, &error));
	ck_assert_uint_eq(cstn_transaction_rows(transaction), 0);
	network_commit(transaction);
}

START_TEST(agreement_that_is_put_lets_decide)
{
	scene at = scene_open();

	ck_assert_int_eq(sharing_reason_now(at.network, "maker", "shop", NULL, NOW),
			CSTN_DECISION_NO_AGREEMENT);
	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	ck_assert_int_eq(sharing_reason_now(at.network, "maker", "shop", NULL, NOW), PERMIT);
	ck_assert_int_eq(sharing_reason_now(at.network, "maker", "shop", NULL, 50),
			CSTN_DECISION_NO_AGREEMENT);
	ck_assert_int_eq(sharing_reason_now(at.network, "maker", "shop", NULL, 1000),
			CSTN_DECISION_NO_AGREEMENT);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "agreement"), 1);
	ck_assert_uint_eq(sharing_count_entries(at.network, "shop", "agreement"), 0);
	scene_close(&at);
}
END_TEST

START_TEST(transitions_are_logged_once)
{
	scene at = scene_open();
	cstn_agreement *before;

	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	act(&at, CSTN_TRANSITION_SUSPEND, CSTN_CAUSE_DISPUTE, 160);
	sharing_put_agreement(at.network, "maker", at.agreement, 161);
	ck_assert_int_eq(sharing_reason_now(at.network, "maker", "shop", NULL, NOW),
			CSTN_DECISION_SUSPENDED);
	before = cstn_agreement_ref(at.agreement);
	act(&at, CSTN_TRANSITION_RESUME, CSTN_CAUSE_DISPUTE, 170);
	act(&at, CSTN_TRANSITION_RENEW, 0, 171);
	sharing_put_agreement(at.network, "maker", at.agreement, 172);
	sharing_put_agreement(at.network, "maker", at.agreement, 173);
	ck_assert_int_eq(sharing_reason_now(at.network, "maker", "shop", NULL, NOW), PERMIT);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "agreement"), 1);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "transition"), 3);
	is_refused(at.network, before, CSTN_E_STALE, "3 transitions");
	cstn_agreement_unref(before);
	scene_close(&at);
}
END_TEST

START_TEST(agreement_and_transition_come_in_one_transaction)
{
	scene at = scene_open();
	cstn_transaction *transaction = network_begin(at.network);

	SHARING_OK(cstn_transaction_put_agreement(
			transaction, "shop", at.agreement, NULL, 150, &error));
	act(&at, CSTN_TRANSITION_SUSPEND, CSTN_CAUSE_DISPUTE, 160);
	SHARING_OK(cstn_transaction_put_agreement(
			transaction, "shop", at.agreement, NULL, 160, &error));
	ck_assert_uint_eq(sharing_count_entries(at.network, "shop", "agreement"), 0);
	network_commit(transaction);
	ck_assert_uint_eq(sharing_count_entries(at.network, "shop", "agreement"), 1);
	ck_assert_uint_eq(sharing_count_entries(at.network, "shop", "transition"), 1);
	ck_assert_int_eq(sharing_reason_now(at.network, "maker", "shop", NULL, NOW),
			CSTN_DECISION_SUSPENDED);
	scene_close(&at);
}
END_TEST

START_TEST(two_transactions_that_put_it_at_once_conflict)
{
	scene at = scene_open();
	cstn_transaction *first = network_begin(at.network), *second = network_begin(at.network);

	SHARING_OK(cstn_transaction_put_agreement(first, "maker", at.agreement, NULL, 150, &error));
	SHARING_OK(cstn_transaction_put_agreement(second, "shop", at.agreement, NULL, 150, &error));
	network_commit(first);
	ck_assert_int_eq(cstn_transaction_commit(second, NULL, NULL), CSTN_E_CONFLICT);
	cstn_transaction_free(second);
	ck_assert_uint_eq(sharing_count_entries(at.network, "shop", "agreement"), 0);
	scene_close(&at);
}
END_TEST

START_TEST(another_transition_in_its_place_is_a_split_view)
{
	scene at = scene_open();
	cstn_agreement *other = cstn_agreement_ref(at.agreement);

	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	act(&at, CSTN_TRANSITION_SUSPEND, CSTN_CAUSE_DISPUTE, 160);
	sharing_put_agreement(at.network, "maker", at.agreement, 161);
	other = agreement_do(&at.world, other,
			agreement_act(CSTN_TRANSITION_SUSPEND, CSTN_ACTOR_RECIPIENT,
					CSTN_CAUSE_DUTY_OVERDUE, 161));
	is_refused(at.network, other, CSTN_E_SPLIT_VIEW, "transition 1");
	cstn_agreement_unref(other);
	scene_close(&at);
}
END_TEST

START_TEST(hold_stays_in_the_network)
{
	scene at = scene_open();
	cstn_agreement *other = cstn_agreement_ref(at.agreement), *held = NULL;
	cstn_transition other_act = agreement_act(CSTN_TRANSITION_SUSPEND, CSTN_ACTOR_RECIPIENT,
			CSTN_CAUSE_DUTY_OVERDUE, 161);
	char *note;

	act(&at, CSTN_TRANSITION_RENEW, 0, 160);
	sharing_put_agreement(at.network, "maker", at.agreement, 161);
	SHARING_OK(cstn_agreement_draft(other, NULL, &other_act, &error));
	note = agreement_sign(&at.world, other, &other_act);
	ck_assert_int_eq(agreement_apply(&at.world, at.agreement, note, &held, NULL),
			CSTN_E_SPLIT_VIEW);
	free(note);
	sharing_put_agreement(at.network, "maker", held, 162);
	ck_assert_int_eq(sharing_reason_now(at.network, "maker", "shop", NULL, NOW),
			CSTN_DECISION_SUSPENDED);
	is_refused(at.network, at.agreement, CSTN_E_STALE, "holds");
	cstn_agreement_unref(held);
	cstn_agreement_unref(other);
	scene_close(&at);
}
END_TEST

/* --- derived agreements ------------------------------------------------------------------------
 */

START_TEST(suspended_parent_suspends_all_that_derive_from_it)
{
	scene at = scene_open();
	cstn_agreement *child = sharing_agreement(&at.world, "shop", "third", 0, at.agreement);
	cstn_transaction *transaction;

	is_refused(at.network, child, CSTN_E_INVALID_ARGUMENT, "neither provider nor recipient");
	transaction = network_begin(at.network);
	SHARING_FAILS(CSTN_E_NOT_FOUND, "derives from",
			cstn_transaction_put_agreement(
					transaction, "shop", child, NULL, 150, &error));
	SHARING_OK(cstn_transaction_put_agreement(
			transaction, "maker", at.agreement, NULL, 150, &error));
	SHARING_OK(cstn_transaction_put_agreement(transaction, "shop", child, NULL, 150, &error));
	network_commit(transaction);
	ck_assert_int_eq(sharing_reason_now(at.network, "shop", "third", "maker", NOW), PERMIT);
	ck_assert_int_eq(sharing_reason_now(at.network, "shop", "third", NULL, NOW),
			CSTN_DECISION_HOPS);
	act(&at, CSTN_TRANSITION_SUSPEND, CSTN_CAUSE_DISPUTE, 160);
	sharing_put_agreement(at.network, "maker", at.agreement, 161);
	ck_assert_int_eq(sharing_reason_now(at.network, "shop", "third", "maker", NOW),
			CSTN_DECISION_SUSPENDED);
	cstn_agreement_unref(child);
	scene_close(&at);
}
END_TEST

START_TEST(term_that_is_within_none_of_the_parents_is_refused)
{
	scene at = scene_open();
	cstn_agreement *child = sharing_agreement(&at.world, "shop", "third", 2, at.agreement);
	cstn_transaction *transaction;

	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	transaction = network_begin(at.network);
	SHARING_FAILS(CSTN_E_MISMATCH, "onward",
			cstn_transaction_put_agreement(
					transaction, "shop", child, NULL, 150, &error));
	cstn_transaction_free(transaction);
	cstn_agreement_unref(child);
	scene_close(&at);
}
END_TEST

START_TEST(store_is_loaded_with_its_links)
{
	scene at = scene_open();
	cstn_agreement *child = sharing_agreement(&at.world, "shop", "third", 0, at.agreement),
		       *got;
	cstn_agreement_store *store;
	cstn_snapshot *snapshot;

	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	sharing_put_agreement(at.network, "shop", child, 150);
	act(&at, CSTN_TRANSITION_SUSPEND, CSTN_CAUSE_DISPUTE, 160);
	sharing_put_agreement(at.network, "maker", at.agreement, 161);
	SHARING_OK(cstn_network_snapshot(at.network, &snapshot, &error));
	SHARING_OK(cstn_agreement_store_new(NULL, &store, &error));
	SHARING_OK(cstn_agreement_store_load(store, snapshot, &error));
	ck_assert_uint_eq(cstn_agreement_store_count(store), 2);
	SHARING_OK(cstn_agreement_store_find(
			store, "shop", "third", "c1", NULL, NOW, &got, &error));
	ck_assert_int_eq(cstn_agreement_state_at(got, NOW), CSTN_AGREEMENT_SUSPENDED);
	ck_assert_uint_eq(agreement_info(got, NOW).holds, CSTN_HOLD_PARENT);
	cstn_agreement_unref(got);
	SHARING_FAILS(CSTN_E_STATE, "2 agreements",
			cstn_agreement_store_load(store, snapshot, &error));
	ck_assert_int_eq(cstn_agreement_store_load(NULL, snapshot, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_agreement_store_free(store);
	cstn_snapshot_unref(snapshot);
	cstn_agreement_unref(child);
	scene_close(&at);
}
END_TEST

/* --- what is refused ---------------------------------------------------------------------------
 */

START_TEST(signatures_are_checked_by_the_keys_of_the_network)
{
	scene at = scene_open();
	cstn_network *bare;
	agreement_world strange = at.world;
	cstn_agreement *forged;

	strange.shop = sharing_key_of("shop.example", CSTN_NOTE_KEY_SIGN, 77);
	strange.keys = sharing_book();
	sharing_add(strange.keys, "maker", CSTN_PARTY_KEY_SIGN, at.world.maker.verifier, INT64_MIN,
			INT64_MAX);
	sharing_add(strange.keys, "shop", CSTN_PARTY_KEY_SIGN, strange.shop.verifier, INT64_MIN,
			INT64_MAX);
	forged = sharing_agreement(&strange, "maker", "shop", 1, NULL);
	is_refused(at.network, forged, CSTN_E_SIGNATURE, "");
	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	/* what was put is not looked at again, a transition that is new is */
	strange.maker = sharing_key_of("maker.example", CSTN_NOTE_KEY_SIGN, 78);
	sharing_add(strange.keys, "maker", CSTN_PARTY_KEY_SIGN, strange.maker.verifier, INT64_MIN,
			INT64_MAX);
	cstn_agreement_unref(forged);
	forged = agreement_do(&strange, cstn_agreement_ref(at.agreement),
			agreement_act(CSTN_TRANSITION_RENEW, CSTN_ACTOR_PROVIDER, 0, 160));
	is_refused(at.network, forged, CSTN_E_SIGNATURE, "");
	cstn_agreement_unref(forged);
	cstn_party_keys_free(strange.keys);
	SHARING_OK(cstn_network_open(NULL, NULL, NULL, &bare, &error));
	is_refused(bare, at.agreement, CSTN_E_NOT_FOUND, "partner 'maker'");
	cstn_network_unref(bare);
	scene_close(&at);
}
END_TEST

START_TEST(terms_are_needed_and_evaluable)
{
	scene at = scene_open();
	cstn_agreement *bare;
	cstn_term_set *terms = agreement_terms("maker", "shop", 0);
	cstn_agreement_body body = agreement_body(0);

	cstn_term_set_digest(terms, body.terms);
	bare = agreement_of(&at.world, &body);
	is_refused(at.network, bare, CSTN_E_MISSING, "terms");
	cstn_agreement_unref(bare);
	cstn_term_set_unref(terms);
	{
		const char *const key[] = {"planning", "c1", ""};
		cstn_transaction *transaction = network_begin(at.network);

		SHARING_OK(cstn_transaction_delete(
				transaction, "purpose", key, 3, network_us("2024-02-01"), &error));
		network_commit(transaction);
	}
	is_refused(at.network, at.agreement, CSTN_E_UNEVALUABLE, "planning");
	scene_close(&at);
}
END_TEST

START_TEST(arguments_that_are_not_there_are_refused)
{
	scene at = scene_open();
	cstn_transaction *transaction = network_begin(at.network);
	cstn_rules_load_options options = CSTN_RULES_LOAD_OPTIONS_INIT;
	cstn_snapshot *snapshot;
	cstn_rules *rules = NULL;

	ck_assert_int_eq(cstn_transaction_put_agreement(
					 NULL, "maker", at.agreement, NULL, NOW, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_transaction_put_agreement(
					 transaction, NULL, at.agreement, NULL, NOW, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_transaction_put_agreement(transaction, "maker", NULL, NULL, NOW, NULL),
			CSTN_E_INVALID_ARGUMENT);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "2^53",
			cstn_transaction_put_agreement(transaction, "maker", at.agreement, NULL,
					INT64_MAX, &error));
	cstn_transaction_free(transaction);
	SHARING_OK(cstn_network_snapshot(at.network, &snapshot, &error));
	ck_assert_int_eq(cstn_rules_load(NULL, NULL, &rules, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_rules_load(snapshot, NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	options.constellation = "c1";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "all given",
			cstn_rules_load(snapshot, &options, &rules, &error));
	options.provider = "maker";
	options.recipient = "";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "recipient",
			cstn_rules_load(snapshot, &options, &rules, &error));
	options.flags = 1;
	ck_assert_int_eq(
			cstn_rules_load(snapshot, &options, &rules, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(rules);
	cstn_snapshot_unref(snapshot);
	scene_close(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {agreement_that_is_put_lets_decide,
			transitions_are_logged_once,
			agreement_and_transition_come_in_one_transaction,
			two_transactions_that_put_it_at_once_conflict,
			another_transition_in_its_place_is_a_split_view, hold_stays_in_the_network,
			suspended_parent_suspends_all_that_derive_from_it,
			term_that_is_within_none_of_the_parents_is_refused,
			store_is_loaded_with_its_links,
			signatures_are_checked_by_the_keys_of_the_network,
			terms_are_needed_and_evaluable, arguments_that_are_not_there_are_refused};

	return run_tests("what parties record of sharing", tests, sizeof(tests) / sizeof(tests[0]));
}
