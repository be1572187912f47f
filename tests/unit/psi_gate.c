/* Private set intersection under a signed agreement: which terms and decisions open the gate. */
#include <stdio.h>
#include <string.h>

#include <constellation/decision.h>

#include "psi_fixture.h"
#include "psi_world.h"
#include "suite.h"

#define NOW 500

static psi_values left, right;
static psi_world world;

static void setup(void)
{
	psi_world_open(&world);
	psi_values_make(&left, 0, 20, 1);
	psi_values_make(&right, 10, 20, 1); /* 10 in common */
}

static void teardown(void)
{
	psi_world_close(&world);
}

static cstn_status opens_under(const cstn_agreement *agreement, int64_t now_us, const char *words)
{
	cstn_psi_options receives = psi_under(&world, agreement, 0, now_us);
	cstn_psi_options sends = psi_under(&world, agreement, 1, now_us);

	return psi_opens(&receives, &sends, words);
}

/* --- gates that are shut ---------------------------------------------------------------------- */

START_TEST(agreement_must_decide_now)
{
	static const struct {
		int64_t now_us;
		cstn_status status;
		const char *words;
	} cases[] = {{99, CSTN_E_DENIED, "PENDING"}, {100, CSTN_OK, ""}, {999, CSTN_OK, ""},
			{1000, CSTN_E_DENIED, "EXPIRED"}};
	cstn_agreement *agreement = psi_signed(&world, "", NULL);

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(opens_under(agreement, cases[i].now_us, cases[i].words),
				cases[i].status);
	agreement = agreement_do(&world.parties, agreement,
			agreement_act(CSTN_TRANSITION_SUSPEND, CSTN_ACTOR_RECIPIENT,
					CSTN_CAUSE_DISPUTE, 200));
	ck_assert_int_eq(opens_under(agreement, NOW, "SUSPENDED"), CSTN_E_DENIED);
	agreement = agreement_do(&world.parties, agreement,
			agreement_act(CSTN_TRANSITION_RESUME, CSTN_ACTOR_RECIPIENT,
					CSTN_CAUSE_DISPUTE, 300));
	ck_assert_int_eq(opens_under(agreement, NOW, ""), CSTN_OK);
	cstn_agreement_unref(agreement);
}
END_TEST

/* Changes of the only term, the reason that the private logs get, and words of the error. */
static const struct {
	const char *changes, *reason, *words;
} shut[] = {
		{"\"fields\":[\"item.name\"]", "field", "none names it"},
		{"\"fields\":[\"order.*\"]", "field", "none names it"},
		{"\"provider\":\"third\"", "parties", "of these parties"},
		{"\"recipient\":\"third\"", "parties", "of these parties"},
		{"\"constellation\":\"c2\"", "parties", "of these parties"},
		{"\"granularity\":{\"level\":\"raw\"}", "level", "level existence"},
		{"\"granularity\":{\"level\":\"aggregated\",\"k\":5}", "level", "level existence"},
		{"\"actions\":[\"derive\",\"aggregate\"]", "action", "read"},
		{"\"valid_from_us\":501", "window", "hold now"},
		{"\"valid_until_us\":500", "window", "hold now"},
		{"\"constraint\":{\"operand\":\"rows\",\"operator\":\"lteq\",\"type\":\"int64\","
		 "\"value\":1}",
				"conditions", "a decision"},
		{"\"recipient_roles\":[\"buyer\"]", "conditions", "a decision"},
		{"\"duties\":[{\"action\":\"report\",\"phase\":\"ongoing\"}]", "conditions",
				"a decision"},
		{"\"consideration\":[{\"kind\":\"service\",\"service\":\"s\"}]", "conditions",
				"a decision"},
		{"\"data_window\":{\"min_age_us\":1}", "conditions", "a decision"},
		{"\"limits\":{\"rows\":5,\"window_us\":9}", "conditions", "a decision"},
		{"\"effect\":\"prohibit\"", "prohibited", "prohibits"},
};

START_TEST(term_that_does_not_let_is_a_denial_in_both_private_logs)
{
	cstn_agreement *agreement = psi_signed(&world, shut[_i].changes, NULL);

	ck_assert_int_eq(opens_under(agreement, NOW, shut[_i].words), CSTN_E_DENIED);
	for (int i = 0; i < 2; i++) {
		const char *party = i ? "maker" : "shop";
		json_t *private = psi_entries(&world, party, ""),
		       *shared = psi_entries(&world, party, "c1");
		const json_t *entry = json_array_get(private, 0);

		ck_assert_uint_eq(json_array_size(private), 1);
		ck_assert_uint_eq(json_array_size(shared), 0);
		ck_assert_str_eq(psi_said(entry, "outcome", NULL), "refused");
		ck_assert_str_eq(psi_said(entry, "reason", NULL), shut[_i].reason);
		ck_assert_str_eq(psi_said(entry, "constellation", NULL), "c1");
		ck_assert_str_eq(psi_said(entry, "step", NULL), "open");
		json_decref(private);
		json_decref(shared);
	}
	cstn_agreement_unref(agreement);
}
END_TEST

/* Each of these terms lets a run be. */
static const char *const open_terms[] = {"\"fields\":[\"item.*\"]",
		"\"fields\":[\"a.b\",\"item.gtin\"]", "\"actions\":[\"read\",\"derive\"]",
		"\"valid_from_us\":500,\"valid_until_us\":501",
		"\"consideration\":[{\"kind\":\"service\",\"service\":\"s\",\"gate\":\"advise\"}]",
		"\"limits\":{\"calls\":1,\"window_us\":9}", "\"dual_pair_acknowledged\":true"};

START_TEST(term_that_lets_opens_the_gate)
{
	for (size_t i = 0; i < sizeof(open_terms) / sizeof(*open_terms); i++) {
		cstn_agreement *agreement = psi_signed(&world, open_terms[i], NULL);

		ck_assert_int_eq(opens_under(agreement, NOW, ""), CSTN_OK);
		cstn_agreement_unref(agreement);
	}
}
END_TEST

START_TEST(prohibition_beside_a_permission_denies_unless_it_is_of_something_else)
{
	cstn_agreement *agreement = psi_signed(&world, "",
			"\"effect\":\"prohibit\",\"fields\":[\"item.*\"],\"purpose\":\"sales\"");

	ck_assert_int_eq(opens_under(agreement, NOW, "prohibits"), CSTN_E_DENIED);
	cstn_agreement_unref(agreement);
	agreement = psi_signed(&world, "", "\"effect\":\"prohibit\",\"fields\":[\"item.name\"]");
	ck_assert_int_eq(opens_under(agreement, NOW, ""), CSTN_OK);
	cstn_agreement_unref(agreement);
}
END_TEST

START_TEST(parties_are_those_of_the_agreement_and_of_the_direction)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL);
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);

	receives.partner = sends.partner = "third";
	ck_assert_int_eq(psi_opens(&receives, &sends, "other parties"), CSTN_E_DENIED);
	receives = psi_under(&world, agreement, 1, NOW); /* the wrong way round */
	sends = psi_under(&world, agreement, 0, NOW);
	ck_assert_int_eq(psi_opens(&receives, &sends, "direction"), CSTN_E_DENIED);
	/* Nothing lets the provider learn of the recipient. */
	receives.direction = sends.direction = CSTN_PSI_TO_PROVIDER;
	ck_assert_int_eq(psi_opens(&receives, &sends, "of these parties"), CSTN_E_DENIED);
	cstn_agreement_unref(agreement);
	/* ... but a term of theirs would. */
	agreement = psi_signed(&world, "", "\"provider\":\"shop\",\"recipient\":\"maker\"");
	receives.signed_agreement = sends.signed_agreement = agreement;
	ck_assert_int_eq(psi_opens(&receives, &sends, ""), CSTN_OK);
	cstn_agreement_unref(agreement);
}
END_TEST

START_TEST(small_kind_takes_the_flag_of_both_and_the_word_of_the_term)
{
	static const char *const terms[] = {"", "\"small_kind_acknowledged\":true"};

	for (int i = 0; i < 2; i++) {
		cstn_agreement *agreement = psi_signed(&world, terms[i], NULL);
		cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
		cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);

		receives.kind_log2 = sends.kind_log2 = CSTN_PSI_KIND_LOG2 - 1;
		ck_assert_int_eq(psi_opens(&receives, &sends, "can all be tried"), CSTN_E_DENIED);
		receives.flags = sends.flags = CSTN_PSI_SMALL_KIND;
		ck_assert_int_eq(psi_opens(&receives, &sends, "acknowledge"),
				i ? CSTN_OK : CSTN_E_DENIED);
		cstn_agreement_unref(agreement);
	}
}
END_TEST

START_TEST(arguments_that_contradict_are_refused)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL), *bare;
	cstn_agreement_body body = agreement_body(7);
	cstn_psi_options good = psi_under(&world, agreement, 0, NOW), bad;
	const uint8_t other[32] = {1};
	cstn_psi_receiver *none;
	cstn_log *log;

#define REFUSED(expected, words) \
	SHARING_FAILS(expected, words, cstn_psi_receiver_new(&bad, NULL, &none, &error))
	bad = good;
	bad.party = NULL;
	REFUSED(CSTN_E_INVALID_ARGUMENT, "party and partner");
	bad = good;
	bad.partner = "";
	REFUSED(CSTN_E_INVALID_ARGUMENT, "party and partner");
	bad = good;
	bad.agreement = other;
	REFUSED(CSTN_E_MISMATCH, "digest");
	bad.agreement = cstn_agreement_digest(agreement);
	ck_assert_int_eq(cstn_psi_receiver_new(&bad, NULL, &none, NULL), CSTN_OK);
	cstn_psi_receiver_free(none);
	bad = good;
	bad.signed_agreement = NULL;
	REFUSED(CSTN_E_INVALID_ARGUMENT, "agreement");
	bad.agreement = other;
	REFUSED(CSTN_E_INVALID_ARGUMENT, "need signed_agreement");
	SHARING_OK(cstn_log_new("psi", 3, NULL, &log, &error));
	bad = good;
	bad.log = log;
	REFUSED(CSTN_E_INVALID_ARGUMENT, "in place of log");
	cstn_log_free(log);
	bad = good;
	bad.now_us = INT64_MAX;
	REFUSED(CSTN_E_INVALID_ARGUMENT, "2^53");
	bad = good;
	bad.kind = "item.\xff";
	REFUSED(CSTN_E_INVALID_ARGUMENT, "UTF-8");
	bare = agreement_of(&world.parties, &body);
	bad = good;
	bad.signed_agreement = bare;
	REFUSED(CSTN_E_MISSING, "no terms");
	cstn_agreement_unref(bare);
	cstn_agreement_unref(agreement);
}
END_TEST

/* --- conditions, which take a decision -------------------------------------------------------- */

static const char limited[] = "\"limits\":{\"rows\":5,\"window_us\":9}";

/* The decision about maker's item.gtin for shop. */
static cstn_decision *decided(const cstn_agreement *agreement, int64_t now_us, uint64_t rows)
{
	static const char *const paths[] = {"item.gtin"}, *const parties[] = {"maker", "shop"};
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	cstn_request_options asked = CSTN_REQUEST_OPTIONS_INIT;
	cstn_vocabulary_builder *words;
	cstn_rules_builder *builder;
	cstn_decision *decision;
	cstn_rules *rules;

	SHARING_OK(cstn_vocabulary_builder_new(NULL, &words, &error));
	SHARING_OK(cstn_vocabulary_builder_add_purpose(words, "planning", 8, NULL, 0, &error));
	SHARING_OK(cstn_vocabulary_builder_add_path(
			words, "item.gtin", 9, CSTN_CLASS_PUBLIC, &error));
	SHARING_OK(cstn_vocabulary_builder_build(words, &place.vocabulary, &error));
	cstn_vocabulary_builder_free(words);
	place.constellation = "c1";
	SHARING_OK(cstn_rules_builder_new(NULL, &builder, &error));
	SHARING_OK(cstn_rules_builder_add_constellation(builder, &place, &error));
	cstn_vocabulary_unref(place.vocabulary);
	for (int i = 0; i < 2; i++)
		SHARING_OK(cstn_rules_builder_add_membership(
				builder, "c1", parties[i], NULL, 0, 0, INT64_MAX, &error));
	SHARING_OK(cstn_rules_builder_add_signed(
			builder, agreement, cstn_agreement_terms(agreement), NULL, &error));
	SHARING_OK(cstn_rules_build(builder, &rules, &error));
	cstn_rules_builder_free(builder);
	asked.constellation = "c1";
	asked.provider = "maker";
	asked.recipient = "shop";
	asked.purpose = "planning";
	asked.action = CSTN_ACTION_READ;
	asked.level = CSTN_LEVEL_EXISTENCE;
	asked.paths = paths;
	asked.n_paths = 1;
	asked.now_us = now_us;
	asked.rows = rows;
	decision = sharing_decide(rules, &asked);
	cstn_rules_unref(rules);
	return decision;
}

START_TEST(term_with_conditions_takes_a_decision_of_this_run)
{
	static const struct {
		int64_t now_us;
		uint64_t rows;
		cstn_status status;
		const char *words;
	} cases[] = {{NOW, 5, CSTN_OK, ""}, {NOW, 6, CSTN_E_DENIED, "does not permit"},
			{NOW + 1, 5, CSTN_E_DENIED, "another instant"}};
	cstn_agreement *agreement = psi_signed(&world, limited, NULL);

	for (size_t i = 0; i < 3; i++) {
		cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
		cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);
		cstn_decision *decision = decided(agreement, cases[i].now_us, cases[i].rows);

		receives.decision = sends.decision = decision;
		ck_assert_int_eq(psi_opens(&receives, &sends, cases[i].words), cases[i].status);
		if (cases[i].status == CSTN_OK) {
			cstn_psi_sender *sender = psi_sender(&sends, &right);
			cstn_psi_receiver *receiver = psi_receiver(&receives, &left);
			cstn_psi_result result;
			json_t *entries;

			ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
			entries = psi_entries(&world, "maker", "c1");
			ck_assert_uint_eq(strlen(psi_said(json_array_get(entries, 0), "gates",
							  "decision")),
					64);
			json_decref(entries);
			cstn_psi_receiver_free(receiver);
			cstn_psi_sender_free(sender);
		}
		cstn_decision_unref(decision);
	}
	cstn_agreement_unref(agreement);
}
END_TEST

START_TEST(decision_by_another_agreement_or_of_another_level_does_not_open)
{
	cstn_agreement *one = psi_signed(&world, limited, NULL);
	cstn_agreement *two = psi_signed(&world, "\"legal_basis\":\"contract\"", NULL);
	cstn_agreement *raw = psi_signed(&world, "\"granularity\":{\"level\":\"raw\"}", NULL);
	cstn_decision *decision = decided(two, NOW, 5);
	cstn_psi_options receives = psi_under(&world, one, 0, NOW);
	cstn_psi_options sends = psi_under(&world, one, 1, NOW);

	receives.decision = sends.decision = decision;
	ck_assert_int_eq(psi_opens(&receives, &sends, "by this agreement"), CSTN_E_DENIED);
	cstn_decision_unref(decision);
	decision = decided(raw, NOW, 5); /* grants existence, of a term that is finer */
	receives.decision = sends.decision = decision;
	receives.signed_agreement = sends.signed_agreement = raw;
	ck_assert_int_eq(psi_opens(&receives, &sends, "level existence"), CSTN_E_DENIED);
	cstn_decision_unref(decision);
	cstn_agreement_unref(one);
	cstn_agreement_unref(two);
	cstn_agreement_unref(raw);
}
END_TEST

/* --- the least overlap ------------------------------------------------------------------------ */

START_TEST(least_overlap_is_that_of_the_term_unless_more_is_asked_for)
{
	static const struct {
		int threshold;
		uint32_t asked;
		int32_t is_fewer;
		uint64_t common;
		cstn_status status;
	} cases[] = {{10, 0, 0, 10, CSTN_OK}, {10, 10, 0, 10, CSTN_OK}, {10, 11, 1, 11, CSTN_OK},
			{10, 9, 0, 0, CSTN_E_DENIED}, {11, 0, 1, 11, CSTN_OK}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cstn_psi_options receives, sends;
		cstn_psi_receiver *receiver;
		cstn_agreement *agreement;
		cstn_psi_sender *sender;
		cstn_psi_result result;
		char term[128];

		snprintf(term, sizeof(term),
				"\"granularity\":{\"level\":\"existence\",\"threshold\":%d}",
				cases[i].threshold);
		agreement = psi_signed(&world, term, NULL);
		receives = psi_under(&world, agreement, 0, NOW);
		sends = psi_under(&world, agreement, 1, NOW);
		receives.least_overlap = sends.least_overlap = cases[i].asked;
		ck_assert_int_eq(psi_opens(&receives, &sends, "above the least overlap"),
				cases[i].status);
		if (cases[i].status == CSTN_OK) {
			receiver = psi_receiver(&receives, &left);
			sender = psi_sender(&sends, &right);
			ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
			ck_assert_int_eq(result.is_fewer, cases[i].is_fewer);
			ck_assert_uint_eq(result.common, cases[i].common);
			cstn_psi_receiver_free(receiver);
			cstn_psi_sender_free(sender);
		}
		cstn_agreement_unref(agreement);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("psi_gate");
	TCase *cases = tcase_create("psi_gate");
	const TTest *const tests[] = {agreement_must_decide_now, term_that_lets_opens_the_gate,
			prohibition_beside_a_permission_denies_unless_it_is_of_something_else,
			parties_are_those_of_the_agreement_and_of_the_direction,
			small_kind_takes_the_flag_of_both_and_the_word_of_the_term,
			arguments_that_contradict_are_refused,
			term_with_conditions_takes_a_decision_of_this_run,
			decision_by_another_agreement_or_of_another_level_does_not_open,
			least_overlap_is_that_of_the_term_unless_more_is_asked_for};

	tcase_set_timeout(cases, 240);
	tcase_add_checked_fixture(cases, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	tcase_add_loop_test(cases, term_that_does_not_let_is_a_denial_in_both_private_logs, 0,
			(int)(sizeof(shut) / sizeof(shut[0])));
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
