/* What parties record of what is done under an agreement: overrides, receipts, duties,
 * considerations, conflict sets. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network_fixture.h"
#include "sharing/sharing_rows.h"
#include "sharing_network.h"
#include "suite.h"

#define NOW 200
#define DEADLINE 300

typedef struct scene {
	agreement_world world;
	cstn_network *network;
	cstn_agreement *agreement;
	uint8_t term[32], release[32];
} scene;

/* maker lets shop have order.qty; a term with a duty to come before and a service in return. */
static cstn_term_set *demanding_terms(void)
{
	cstn_term_consideration service = CSTN_TERM_CONSIDERATION_INIT,
				gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_duty duty = CSTN_TERM_DUTY_INIT;
	cstn_term_builder *builder;
	cstn_term *terms[2];
	cstn_term_set *set;

	service.kind = CSTN_CONSIDERATION_SERVICE;
	service.service = "forecasts";
	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	duty.phase = CSTN_DUTY_BEFORE;
	duty.action = "attribute";
	for (int i = 0; i < 2; i++) {
		SHARING_OK(cstn_term_builder_new(NULL, &builder, &error));
		SHARING_OK(cstn_term_builder_set_provider(builder, "maker", &error));
		SHARING_OK(cstn_term_builder_set_recipient(builder, "shop", &error));
		SHARING_OK(cstn_term_builder_set_constellation(builder, "c1", &error));
		SHARING_OK(cstn_term_builder_add_field(
				builder, i ? "order.eta" : "order.qty", &error));
		SHARING_OK(cstn_term_builder_set_purpose(builder, "planning", &error));
		SHARING_OK(cstn_term_builder_set_actions(builder, CSTN_ACTION_READ, &error));
		SHARING_OK(cstn_term_builder_add_consideration(
				builder, i ? &gift : &service, &error));
		if (!i)
			SHARING_OK(cstn_term_builder_add_duty(builder, &duty, &error));
		SHARING_OK(cstn_term_builder_build(builder, &terms[i], &error));
		cstn_term_builder_free(builder);
	}
	SHARING_OK(cstn_term_set_new(terms, 2, NULL, &set, &error));
	cstn_term_unref(terms[0]);
	cstn_term_unref(terms[1]);
	return set;
}

/* The digest of the term of a field. */
static void find_term(const cstn_term_set *set, const char *path, uint8_t *out)
{
	for (size_t i = 0; i < cstn_term_set_count(set); i++) {
		const cstn_term *term = cstn_term_set_at(set, i);

		if (strcmp(cstn_term_components(term)->fields[0], path) == 0)
			cstn_term_digest(term, out);
	}
}

static scene scene_open(void)
{
	cstn_term_set *terms = demanding_terms();
	scene at;

	agreement_world_open(&at.world);
	at.network = sharing_network(&at.world);
	at.agreement = sharing_signed(&at.world, terms);
	find_term(terms, "order.qty", at.term);
	memset(at.release, 7, 32);
	cstn_term_set_unref(terms);
	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	return at;
}

static void scene_close(scene *at)
{
	cstn_agreement_unref(at->agreement);
	cstn_network_unref(at->network);
	agreement_world_close(&at->world);
}

/* The status of a call on a transaction, with words of its message; what the transaction has is
 * committed. */
static cstn_status ended(cstn_transaction *transaction, cstn_status status, cstn_error *error,
		const char *words)
{
	ck_assert_msg(strstr(cstn_error_message(error), words) != NULL, "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	network_commit(transaction);
	return status;
}

/* --- duties and considerations -----------------------------------------------------------------
 */

static cstn_sharing_duty duty_of(const scene *at, int32_t state)
{
	cstn_sharing_duty duty = CSTN_SHARING_DUTY_INIT;

	memcpy(duty.agreement, cstn_agreement_digest(at->agreement), 32);
	memcpy(duty.term, at->term, 32);
	duty.state = state;
	return duty;
}

static void put_duty(scene *at, const char *party, int32_t state)
{
	cstn_sharing_duty duty = duty_of(at, state);
	cstn_transaction *transaction = network_begin(at->network);

	SHARING_OK(cstn_transaction_put_duty(transaction, party, &duty, NOW, &error));
	network_commit(transaction);
}

static void waive(scene *at)
{
	cstn_waiver waiver = CSTN_WAIVER_INIT;
	cstn_transaction *transaction = network_begin(at->network);
	char *note;

	memcpy(waiver.term, at->term, 32);
	waiver.at_us = NOW;
	note = sharing_waiver_note(&at->world, at->agreement, &waiver, "maker");
	SHARING_OK(cstn_transaction_put_waiver(transaction, note, strlen(note), NOW, &error));
	network_commit(transaction);
	free(note);
}

static cstn_rules_consideration consideration_of(const scene *at, int32_t state, int64_t due_us)
{
	cstn_rules_consideration given = CSTN_RULES_CONSIDERATION_INIT;

	memcpy(given.agreement, cstn_agreement_digest(at->agreement), 32);
	memcpy(given.term, at->term, 32);
	given.state = state;
	given.due_us = due_us;
	return given;
}

static void put_consideration(scene *at, int32_t state, int64_t due_us)
{
	cstn_rules_consideration given = consideration_of(at, state, due_us);
	cstn_transaction *transaction = network_begin(at->network);

	SHARING_OK(cstn_transaction_put_consideration(transaction, "maker", &given, NOW, &error));
	network_commit(transaction);
}

static int32_t reason(const scene *at, int64_t now_us)
{
	return sharing_reason_now(at->network, "maker", "shop", NULL, now_us);
}

START_TEST(duties_and_considerations_gate_decisions)
{
	scene at = scene_open();

	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_DUTY_PENDING);
	put_duty(&at, "shop", CSTN_DUTY_FULFILLED);
	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_CONSIDERATION);
	put_consideration(&at, CSTN_CONSIDERATION_CURRENT, 500);
	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(reason(&at, 500), CSTN_DECISION_CONSIDERATION);
	put_consideration(&at, CSTN_CONSIDERATION_OVERDUE, INT64_MAX);
	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_CONSIDERATION);
	put_consideration(&at, CSTN_CONSIDERATION_DUE, INT64_MAX);
	put_duty(&at, "maker", CSTN_DUTY_VIOLATED);
	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_DUTY_PENDING);
	waive(&at);
	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_PERMIT);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 2);
	ck_assert_uint_eq(sharing_count_entries(at.network, "shop", "duty"), 1);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "consideration"), 3);
	scene_close(&at);
}
END_TEST

static void duty_fails(scene *at, const char *party, const cstn_sharing_duty *duty,
		cstn_status status, const char *words)
{
	cstn_transaction *transaction = network_begin(at->network);

	SHARING_FAILS(status, words,
			cstn_transaction_put_duty(transaction, party, duty, NOW, &error));
	ck_assert_uint_eq(cstn_transaction_rows(transaction), 0);
	network_commit(transaction);
}

START_TEST(duties_that_are_none_are_refused)
{
	scene at = scene_open();
	cstn_sharing_duty duty = duty_of(&at, CSTN_DUTY_WAIVED);
	cstn_transaction *transaction;

	duty_fails(&at, "maker", &duty, CSTN_E_INVALID_ARGUMENT, "cstn_transaction_put_waiver()");
	duty_fails(&at, "third", &duty, CSTN_E_INVALID_ARGUMENT, "neither");
	duty.state = CSTN_DUTY_FULFILLED;
	duty.index = 1;
	duty_fails(&at, "maker", &duty, CSTN_E_INVALID_ARGUMENT, "1 duties");
	duty.index = CSTN_RULES_DUTY_RETENTION;
	duty_fails(&at, "maker", &duty, CSTN_E_INVALID_ARGUMENT, "1 duties");
	memcpy(duty.release, at.release, 32);
	duty_fails(&at, "maker", &duty, CSTN_E_NOT_FOUND, "made no such");
	duty = duty_of(&at, 5);
	duty_fails(&at, "maker", &duty, CSTN_E_INVALID_ARGUMENT, "CSTN_DUTY_");
	duty = duty_of(&at, CSTN_DUTY_FULFILLED);
	duty.term[0] ^= 1;
	duty_fails(&at, "maker", &duty, CSTN_E_NOT_FOUND, "no term");
	duty.agreement[0] ^= 1;
	duty_fails(&at, "maker", &duty, CSTN_E_NOT_FOUND, "agreement");
	duty.flags = 1;
	duty_fails(&at, "maker", &duty, CSTN_E_INVALID_ARGUMENT, "flags");
	duty.struct_size = 4;
	duty_fails(&at, "maker", &duty, CSTN_E_STRUCT_SIZE, "");
	duty_fails(&at, "maker", NULL, CSTN_E_INVALID_ARGUMENT, "NULL");
	duty_fails(&at, NULL, &duty, CSTN_E_INVALID_ARGUMENT, "party");
	transaction = network_begin(at.network);
	duty = duty_of(&at, CSTN_DUTY_FULFILLED);
	ck_assert_int_eq(cstn_transaction_put_duty(NULL, "maker", &duty, NOW, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_transaction_put_duty(transaction, "maker", &duty, INT64_MIN, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_transaction_free(transaction);
	scene_close(&at);
}
END_TEST

static void consideration_fails(scene *at, const cstn_rules_consideration *given,
		cstn_status status, const char *words)
{
	cstn_transaction *transaction = network_begin(at->network);

	SHARING_FAILS(status, words,
			cstn_transaction_put_consideration(
					transaction, "maker", given, NOW, &error));
	network_commit(transaction);
}

START_TEST(considerations_that_are_none_are_refused)
{
	scene at = scene_open();
	cstn_rules_consideration given = consideration_of(&at, 5, 0);

	consideration_fails(&at, &given, CSTN_E_INVALID_ARGUMENT, "CONSIDERATION");
	given.state = CSTN_CONSIDERATION_CURRENT;
	given.index = 1;
	consideration_fails(&at, &given, CSTN_E_INVALID_ARGUMENT, "1 considerations");
	given.index = 0;
	find_term(cstn_agreement_terms(at.agreement), "order.eta", given.term);
	consideration_fails(&at, &given, CSTN_E_INVALID_ARGUMENT, "always current");
	given.term[3] ^= 1;
	consideration_fails(&at, &given, CSTN_E_NOT_FOUND, "no term");
	given.agreement[3] ^= 1;
	consideration_fails(&at, &given, CSTN_E_NOT_FOUND, "agreement");
	consideration_fails(&at, NULL, CSTN_E_INVALID_ARGUMENT, "NULL");
	scene_close(&at);
}
END_TEST

/* --- receipts ----------------------------------------------------------------------------------
 */

static int32_t release_duty(const scene *at)
{
	cstn__duty_row row = {.index = CSTN_RULES_DUTY_RETENTION};
	cstn_transaction *transaction = network_begin(at->network);
	int found = 0;

	memcpy(row.agreement, cstn_agreement_digest(at->agreement), 32);
	cstn_term_digest(cstn_term_set_at(cstn_agreement_terms(at->agreement), 0), row.term);
	memcpy(row.release, at->release, 32);
	SHARING_OK(cstn__sharing_duty_find(transaction, &row, &found, &error));
	cstn_transaction_free(transaction);
	return found ? row.state : 0;
}

static char *receipt(const scene *at, int32_t kind, const char *party, int64_t at_us)
{
	return sharing_receipt_note(&at->world, at->agreement, at->release, kind, party, at_us);
}

static cstn_status put_receipt(scene *at, const char *note, int64_t now_us, const char *words)
{
	cstn_transaction *transaction = network_begin(at->network);
	cstn_error *error = NULL;
	cstn_status status = cstn_transaction_put_receipt(
			transaction, note, strlen(note), now_us, &error);

	return ended(transaction, status, error, words);
}

START_TEST(receipt_of_deletion_fulfils_the_duty_of_its_release)
{
	scene at = scene_open();
	char *note = receipt(&at, CSTN_RECEIPT_DELETED, "shop", 250);

	sharing_release_duty(at.network, at.agreement, at.release, "delete", DEADLINE);
	ck_assert_int_eq(put_receipt(&at, note, 260, ""), CSTN_OK);
	ck_assert_int_eq(release_duty(&at), CSTN_DUTY_FULFILLED);
	ck_assert_int_eq(put_receipt(&at, note, 270, ""), CSTN_OK);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "receipt"), 1);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 1);
	free(note);
	scene_close(&at);
}
END_TEST

START_TEST(receipt_of_what_was_done_too_late_says_so)
{
	scene at = scene_open();
	char *note = receipt(&at, CSTN_RECEIPT_DELETED, "shop", DEADLINE);

	sharing_release_duty(at.network, at.agreement, at.release, "delete", DEADLINE);
	ck_assert_int_eq(put_receipt(&at, note, 400, ""), CSTN_OK);
	ck_assert_int_eq(release_duty(&at), CSTN_DUTY_VIOLATED);
	free(note);
	scene_close(&at);
}
END_TEST

START_TEST(receipt_of_something_else_fulfils_nothing)
{
	scene at = scene_open();
	static const struct {
		int32_t kind;
		const char *party;
	} others[] = {{CSTN_RECEIPT_RECEIVED, "shop"}, {CSTN_RECEIPT_DELETED, "shop"},
			{CSTN_RECEIPT_RETURNED, "shop"}, {CSTN_RECEIPT_PAID, "shop"},
			{CSTN_RECEIPT_KEY_DESTROYED, "maker"}};

	sharing_release_duty(at.network, at.agreement, at.release, "destroy_key", DEADLINE);
	for (size_t i = 0; i < 5; i++) {
		char *note = receipt(&at, others[i].kind, others[i].party, 250);

		ck_assert_int_eq(put_receipt(&at, note, 260, ""), CSTN_OK);
		ck_assert_int_eq(release_duty(&at), CSTN_DUTY_PENDING);
		free(note);
	}
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "receipt"), 5);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 0);
	scene_close(&at);
}
END_TEST

START_TEST(receipts_that_break_a_rule_are_refused)
{
	scene at = scene_open(), other = scene_open(), forger = at;
	cstn_transaction *transaction;
	char *note;

	forger.world.shop = at.world.third;
	note = receipt(&forger, CSTN_RECEIPT_DELETED, "shop", 250);
	ck_assert_int_eq(put_receipt(&at, note, 260, ""), CSTN_E_SIGNATURE);
	free(note);
	note = receipt(&at, CSTN_RECEIPT_DELETED, "third", 250);
	ck_assert_int_eq(put_receipt(&at, note, 260, "neither"), CSTN_E_INVALID_ARGUMENT);
	free(note);
	note = receipt(&at, CSTN_RECEIPT_DELETED, "shop", 250);
	ck_assert_int_eq(put_receipt(&at, note, 249, "after now_us"), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(put_receipt(&at, "cstn/receipt/v1\n", 260, ""), CSTN_E_FORMAT);
	cstn_network_unref(other.network);
	other.network = sharing_network(&other.world);
	ck_assert_int_eq(put_receipt(&other, note, 260, "agreement"), CSTN_E_NOT_FOUND);
	transaction = network_begin(at.network);
	ck_assert_int_eq(cstn_transaction_put_receipt(NULL, note, strlen(note), 260, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_transaction_put_receipt(transaction, NULL, 0, 260, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_transaction_free(transaction);
	free(note);
	scene_close(&other);
	scene_close(&at);
}
END_TEST

/* --- overrides ---------------------------------------------------------------------------------
 */

static cstn_status put_override(cstn_network *network, char *note, const char *words)
{
	cstn_transaction *transaction = network_begin(network);
	cstn_error *error = NULL;
	cstn_status status =
			cstn_transaction_put_override(transaction, note, strlen(note), NOW, &error);

	free(note);
	return ended(transaction, status, error, words);
}

/* The decision of what shop asks of the quantity, by what the network holds now. */
static cstn_decision *decided(scene *at, int32_t level)
{
	const cstn_request_options asks = sharing_asks(level, NOW);
	cstn_rules *rules = sharing_rules(at->network);
	cstn_decision *out = sharing_decide(rules, &asks);

	cstn_rules_unref(rules);
	return out;
}

/* maker lets shop have the quantity as it is, which competes with it. */
static int32_t raw_reason(scene *at)
{
	cstn_decision *decision = decided(at, CSTN_LEVEL_RAW);
	int32_t out = cstn_decision_reason(decision);

	cstn_decision_unref(decision);
	return out;
}

/* The granularity at which shop gets the quantity of the agreement, cells being wanted. */
static cstn_term_granularity cells_of(scene *at)
{
	cstn_decision *decision = decided(at, CSTN_LEVEL_AGGREGATED);
	cstn_decision_field field = {.struct_size = sizeof(field)};
	cstn_term_granularity out;

	SHARING_OK(cstn_decision_field_at(decision, 0, &field, &error));
	ck_assert_int_eq(field.reason, CSTN_DECISION_PERMIT);
	out = *field.granularity;
	cstn_decision_unref(decision);
	return out;
}

START_TEST(policy_of_a_constellation_tightens_cells)
{
	scene at = scene_open();
	cstn_agreement *raw = sharing_one_term(&at.world, CSTN_LEVEL_RAW, NULL);
	cstn_term_granularity cells;

	sharing_put_agreement(at.network, "maker", raw, 160);
	cells = cells_of(&at);
	ck_assert_int_le(cells.l, 1);
	ck_assert_int_eq(cells.contributors, 3);
	network_put_ok(at.network,
			network_record("sharing_policy", "constellation_id=c1", "rows_least=7",
					"values_least=4", "closeness_permille=0",
					"contributors_least=5", "share_most_permille=500", NULL));
	cells = cells_of(&at);
	ck_assert_int_eq(cells.k, 7);
	ck_assert_int_eq(cells.l, 4);
	ck_assert_int_eq(cells.t_permille, 1);
	ck_assert_int_eq(cells.contributors, 5);
	ck_assert_int_eq(cells.max_share_permille, 500);
	network_put_ok(at.network, network_record("constellation", "constellation_id=c1",
						   "owner_id=maker", "minimum_group=9", NULL));
	ck_assert_int_eq(cells_of(&at).k, 9);
	cstn_agreement_unref(raw);
	scene_close(&at);
}
END_TEST

START_TEST(override_of_two_officers_opens_the_firewall)
{
	scene at = scene_open();
	cstn_agreement *raw = sharing_one_term(&at.world, CSTN_LEVEL_RAW, NULL);

	network_put_ok(at.network, network_record("field_class", "constellation_id=c1",
						   "path=order.qty", "classes=4", NULL));
	network_put_ok(at.network,
			network_record("relation", "declarer_id=shop", "other_id=maker",
					"constellation_id=c1", "relation=competitor", NULL));
	sharing_put_agreement(at.network, "maker", raw, 160);
	ck_assert_int_eq(raw_reason(&at), CSTN_DECISION_FIREWALL);
	ck_assert_int_eq(put_override(at.network, sharing_override_note("shop", 11, 12), ""),
			CSTN_OK);
	ck_assert_int_eq(raw_reason(&at), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(put_override(at.network, sharing_override_note("shop", 11, 12), ""),
			CSTN_OK);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "override"), 1);
	{
		/* without the officers' keys it opens nothing, and hinders nothing */
		sharing_key officer = sharing_officer(12);
		const char *const key[] = {"maker", "officer", officer.verifier};
		cstn_transaction *transaction = network_begin(at.network);

		SHARING_OK(cstn_transaction_delete(
				transaction, "verifier", key, 3, network_us("2024-02-01"), &error));
		network_commit(transaction);
	}
	ck_assert_int_eq(raw_reason(&at), CSTN_DECISION_FIREWALL);
	cstn_agreement_unref(raw);
	scene_close(&at);
}
END_TEST

START_TEST(overrides_that_break_a_rule_are_refused)
{
	scene at = scene_open();
	cstn_network *bare;
	char *note;

	ck_assert_int_eq(put_override(at.network, sharing_override_note("shop", 11, 0), ""),
			CSTN_E_SIGNATURE);
	ck_assert_int_eq(put_override(at.network, sharing_override_note("shop", 11, 13), ""),
			CSTN_E_SIGNATURE);
	ck_assert_int_eq(
			put_override(at.network, sharing_override_note("nobody", 11, 12), "nobody"),
			CSTN_E_NOT_FOUND);
	note = strdup("cstn/override/v1\n");
	ck_assert_int_eq(put_override(at.network, note, ""), CSTN_E_FORMAT);
	SHARING_OK(cstn_network_open(NULL, NULL, NULL, &bare, &error));
	ck_assert_int_eq(put_override(bare, sharing_override_note("shop", 11, 12), "constellation"),
			CSTN_E_NOT_FOUND);
	cstn_network_unref(bare);
	ck_assert_int_eq(cstn_transaction_put_override(NULL, "", 0, NOW, NULL),
			CSTN_E_INVALID_ARGUMENT);
	scene_close(&at);
}
END_TEST

START_TEST(override_needs_keys_that_hold_when_it_is_put)
{
	scene at = scene_open();
	sharing_key officer = sharing_officer(14);
	char is[400];

	snprintf(is, sizeof(is), "verifier=%s", officer.verifier);
	network_put_ok(at.network, network_record("verifier", "partner_id=maker", "use=officer", is,
						   "until=1970-01-01T00:00:00.000150Z", NULL));
	ck_assert_int_eq(put_override(at.network, sharing_override_note("shop", 11, 14),
					 "do not hold"),
			CSTN_E_SIGNATURE);
	scene_close(&at);
}
END_TEST

/* --- conflict sets -----------------------------------------------------------------------------
 */

static cstn_status put_set(cstn_network *network, const char *id, const char *const *parties,
		size_t n, const char *words)
{
	cstn_transaction *transaction = network_begin(network);
	cstn_error *error = NULL;
	cstn_status status = cstn_transaction_put_conflict_set(
			transaction, "c1", id, parties, n, NOW, &error);

	return ended(transaction, status, error, words);
}

START_TEST(wall_stands_between_the_parties_of_a_set)
{
	static const char *const rivals[] = {"maker", "third"}, *const others[] = {"shop", "third"};
	scene at = scene_open();
	cstn_agreement *raw = sharing_one_term(&at.world, CSTN_LEVEL_RAW, NULL);
	cstn_transaction *transaction;

	sharing_put_agreement(at.network, "maker", raw, 160);
	network_put_ok(at.network, network_record("sharing_policy", "constellation_id=c1",
						   "wall_us=1000", NULL));
	ck_assert_int_eq(raw_reason(&at), CSTN_DECISION_PERMIT);
	transaction = network_begin(at.network);
	SHARING_OK(cstn__sharing_delivery_put(
			transaction, "c1", "third", "shop", CSTN_CLASS_OPERATIONAL, 190, &error));
	network_commit(transaction);
	ck_assert_int_eq(raw_reason(&at), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(put_set(at.network, "s1", rivals, 2, ""), CSTN_OK);
	ck_assert_int_eq(raw_reason(&at), CSTN_DECISION_WALL);
	ck_assert_int_eq(put_set(at.network, "s1", others, 2, ""), CSTN_OK);
	ck_assert_int_eq(raw_reason(&at), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(put_set(at.network, "s2", rivals, 2, ""), CSTN_OK);
	ck_assert_int_eq(raw_reason(&at), CSTN_DECISION_WALL);
	ck_assert_int_eq(put_set(at.network, "s2", NULL, 0, ""), CSTN_OK);
	ck_assert_int_eq(raw_reason(&at), CSTN_DECISION_PERMIT);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "conflict_set"), 4);
	cstn_agreement_unref(raw);
	scene_close(&at);
}
END_TEST

START_TEST(conflict_sets_that_break_a_rule_are_refused)
{
	static const char *const twice[] = {"maker", "maker"}, *const strange[] = {"maker", "who"},
				 *const none[] = {"maker", NULL};
	scene at = scene_open();
	cstn_transaction *transaction = network_begin(at.network);

	ck_assert_int_eq(put_set(at.network, "s", twice, 2, "twice"), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(put_set(at.network, "s", strange, 2, "who"), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(put_set(at.network, "s", none, 2, "NULL"), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(put_set(at.network, "s", twice, 1, "1 parties"), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(put_set(at.network, "", twice, 2, "set"), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(put_set(at.network, "s", NULL, 2, "parties"), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_transaction_put_conflict_set(
					 transaction, "c2", "s", NULL, 0, NOW, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_transaction_put_conflict_set(NULL, "c1", "s", NULL, 0, NOW, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_transaction_free(transaction);
	scene_close(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {duties_and_considerations_gate_decisions,
			duties_that_are_none_are_refused, considerations_that_are_none_are_refused,
			receipt_of_deletion_fulfils_the_duty_of_its_release,
			receipt_of_what_was_done_too_late_says_so,
			receipt_of_something_else_fulfils_nothing,
			receipts_that_break_a_rule_are_refused,
			policy_of_a_constellation_tightens_cells,
			override_of_two_officers_opens_the_firewall,
			overrides_that_break_a_rule_are_refused,
			override_needs_keys_that_hold_when_it_is_put,
			wall_stands_between_the_parties_of_a_set,
			conflict_sets_that_break_a_rule_are_refused};

	return run_tests("what is done under agreements", tests, sizeof(tests) / sizeof(tests[0]));
}
