/* Private set intersection under a signed agreement: which terms open the gate, what is entered in
 * the logs of a network, and that nothing leaves before. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <pthread.h>
#include <sodium/randombytes.h>
#include <sys/wait.h>
#include <unistd.h>

#include <constellation/decision.h>
#include <constellation/shared_log.h>

#include "network_folder.h"
#include "psi_fixture.h"
#include "psi_world.h"
#include "sharing/shared_log.h"
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

/* The status of making both sides, which is the same for both. */
static cstn_status opens(
		const cstn_psi_options *receives, const cstn_psi_options *sends, const char *words)
{
	cstn_psi_receiver *receiver = NULL;
	cstn_psi_sender *sender = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_psi_receiver_new(receives, NULL, &receiver, &error);

	ck_assert_msg(status == CSTN_OK || strstr(cstn_error_message(error), words), "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	ck_assert((receiver != NULL) == (status == CSTN_OK));
	ck_assert_int_eq(cstn_psi_sender_new(sends, NULL, &sender, NULL), status);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	return status;
}

static cstn_status opens_under(const cstn_agreement *agreement, int64_t now_us, const char *words)
{
	cstn_psi_options receives = psi_under(&world, agreement, 0, now_us);
	cstn_psi_options sends = psi_under(&world, agreement, 1, now_us);

	return opens(&receives, &sends, words);
}

/* --- a run that may be ------------------------------------------------------------------------ */

static void expect_step(const json_t *entry, const char *step, const cstn_agreement *agreement)
{
	char digest[65];

	for (size_t i = 0; i < 32; i++)
		snprintf(digest + 2 * i, 3, "%02x", cstn_agreement_digest(agreement)[i]);
	ck_assert_str_eq(psi_said(entry, "type", NULL), "psi_run");
	ck_assert_str_eq(psi_said(entry, "step", NULL), step);
	ck_assert_str_eq(psi_said(entry, "outcome", NULL), "passed");
	ck_assert_str_eq(psi_said(entry, "kind", NULL), "item.gtin");
	ck_assert_str_eq(psi_said(entry, "mode", NULL), "items");
	ck_assert_str_eq(psi_said(entry, "agreement", NULL), digest);
	ck_assert_uint_eq(strlen(psi_said(entry, "gates", "term")), 64);
	ck_assert_int_eq(json_integer_value(json_object_get(entry, "at_us")), NOW);
	ck_assert_int_eq(json_integer_value(json_object_get(
					 json_object_get(entry, "sizes"), "request_log2")),
			5);
}

/* Is a number anywhere in it? */
static int has_number(const json_t *tree, int64_t number)
{
	const char *name;
	json_t *value;
	size_t i;

	json_array_foreach(tree, i, value)
	{
		if (has_number(value, number))
			return 1;
	}
	json_object_foreach((json_t *)(uintptr_t)tree, name, value)
	{
		if (has_number(value, number))
			return 1;
	}
	return json_is_integer(tree) && json_integer_value(tree) == number;
}

START_TEST(run_under_a_term_is_entered_step_by_step_without_what_came_out)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL);
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);
	cstn_psi_receiver *receiver = psi_receiver(&receives, &left);
	cstn_psi_sender *sender = psi_sender(&sends, &right);
	json_t *shop, *maker, *none;
	cstn_psi_result result;
	char *text;

	cstn_agreement_unref(agreement); /* it is read when a side is made */
	agreement = psi_signed(&world, "", NULL);
	ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
	ck_assert_uint_eq(result.common, 10);
	shop = psi_entries(&world, "shop", "c1");
	maker = psi_entries(&world, "maker", "c1");
	ck_assert_uint_eq(json_array_size(shop), 2);
	ck_assert_uint_eq(json_array_size(maker), 1);
	expect_step(json_array_get(shop, 0), "request", agreement);
	expect_step(json_array_get(shop, 1), "finish", agreement);
	expect_step(json_array_get(maker, 0), "reply", agreement);
	ck_assert_str_eq(psi_said(json_array_get(shop, 0), "partner", NULL), "maker");
	ck_assert_str_eq(psi_said(json_array_get(maker, 0), "partner", NULL), "shop");
	ck_assert_str_eq(psi_said(json_array_get(maker, 0), "run", NULL),
			psi_said(json_array_get(shop, 1), "run", NULL));
	ck_assert(has_number(shop, 40));                           /* kind_log2 */
	ck_assert(!has_number(shop, 10) && !has_number(shop, 20)); /* common, own */
	text = json_dumps(shop, 0);
	ck_assert_ptr_null(strstr(text, "\"v1"));
	free(text);
	none = psi_entries(&world, "shop", "");
	ck_assert_uint_eq(json_array_size(none), 0);
	json_decref(none);
	json_decref(shop);
	json_decref(maker);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	cstn_agreement_unref(agreement);
}
END_TEST

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
		ck_assert_int_eq(opens(&receives, &sends, "above the least overlap"),
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
	ck_assert_int_eq(opens(&receives, &sends, "other parties"), CSTN_E_DENIED);
	receives = psi_under(&world, agreement, 1, NOW); /* the wrong way round */
	sends = psi_under(&world, agreement, 0, NOW);
	ck_assert_int_eq(opens(&receives, &sends, "direction"), CSTN_E_DENIED);
	/* Nothing lets the provider learn of the recipient. */
	receives.direction = sends.direction = CSTN_PSI_TO_PROVIDER;
	ck_assert_int_eq(opens(&receives, &sends, "of these parties"), CSTN_E_DENIED);
	cstn_agreement_unref(agreement);
	/* ... but a term of theirs would. */
	agreement = psi_signed(&world, "", "\"provider\":\"shop\",\"recipient\":\"maker\"");
	receives.signed_agreement = sends.signed_agreement = agreement;
	ck_assert_int_eq(opens(&receives, &sends, ""), CSTN_OK);
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
		ck_assert_int_eq(opens(&receives, &sends, "can all be tried"), CSTN_E_DENIED);
		receives.flags = sends.flags = CSTN_PSI_SMALL_KIND;
		ck_assert_int_eq(opens(&receives, &sends, "acknowledge"),
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
	cstn_request *request;
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
	SHARING_OK(cstn_request_new(&asked, NULL, &request, &error));
	SHARING_OK(cstn_decide(rules, request, &decision, &error));
	cstn_request_unref(request);
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
		ck_assert_int_eq(opens(&receives, &sends, cases[i].words), cases[i].status);
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
	ck_assert_int_eq(opens(&receives, &sends, "by this agreement"), CSTN_E_DENIED);
	cstn_decision_unref(decision);
	decision = decided(raw, NOW, 5); /* grants existence, of a term that is finer */
	receives.decision = sends.decision = decision;
	receives.signed_agreement = sends.signed_agreement = raw;
	ck_assert_int_eq(opens(&receives, &sends, "level existence"), CSTN_E_DENIED);
	cstn_decision_unref(decision);
	cstn_agreement_unref(one);
	cstn_agreement_unref(two);
	cstn_agreement_unref(raw);
}
END_TEST

/* --- runs ------------------------------------------------------------------------------------- */

/* The status of a reply in the network, to a request outside; `entropy` NULL, or the sender's. */
static cstn_status answer_with(const cstn_agreement *agreement, int64_t now_us,
		cstn_status (*entropy)(void *user, uint8_t *out, size_t size))
{
	cstn_psi_options receives = psi_under(&world, agreement, 0, now_us);
	cstn_psi_options sends = psi_under(&world, agreement, 1, now_us);
	cstn_buffer *request, *reply = NULL;
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_status status;

	sends.entropy = entropy;
	receives.network = NULL; /* its runs are counted elsewhere */
	SHARING_OK(cstn_psi_runs_new(100, 1, NULL, &receives.runs, &error));
	receiver = psi_receiver(&receives, &left);
	sender = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
	status = cstn_psi_sender_reply(
			sender, cstn_buffer_data(request), cstn_buffer_size(request), &reply, NULL);
	ck_assert((reply != NULL) == (status == CSTN_OK));
	cstn_buffer_free(reply);
	cstn_buffer_free(request);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	cstn_psi_runs_free(receives.runs);
	return status;
}

static cstn_status answer(const cstn_agreement *agreement, int64_t now_us)
{
	return answer_with(agreement, now_us, NULL);
}

static const char two_calls[] = "\"limits\":{\"calls\":2,\"window_us\":100}";

START_TEST(calls_of_the_term_are_counted_out_of_the_log)
{
	static const struct {
		int64_t now_us;
		cstn_status status;
	} cases[] = {{501, CSTN_OK}, {599, CSTN_OK}, {599, CSTN_E_BUDGET}, {500, CSTN_E_BUDGET},
			{600, CSTN_OK}, {550, CSTN_E_BUDGET}, /* a clock set back wins no run */
			{610, CSTN_OK}, {620, CSTN_E_BUDGET}, {700, CSTN_OK}};
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);
	cstn_agreement *other =
			psi_signed(&world, "\"limits\":{\"calls\":1,\"window_us\":100}", NULL);
	json_t *private, *shared;
	size_t passed = 0;

	psi_values_make(&left, 0, 1, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_assert_int_eq(answer(agreement, cases[i].now_us), cases[i].status);
		passed += cases[i].status == CSTN_OK;
		shared = psi_entries(&world, "maker", "c1");
		ck_assert_uint_eq(json_array_size(shared), passed);
		json_decref(shared);
	}
	ck_assert_int_eq(answer(other, 710), CSTN_OK); /* has calls of its own */
	ck_assert_int_eq(answer(other, 720), CSTN_E_BUDGET);
	ck_assert_int_eq(answer(agreement, 730), CSTN_OK);
	private = psi_entries(&world, "maker", "");
	ck_assert_uint_eq(json_array_size(private), 5);
	ck_assert_str_eq(psi_said(json_array_get(private, 0), "reason", NULL), "runs");
	ck_assert_str_eq(psi_said(json_array_get(private, 0), "step", NULL), "reply");
	json_decref(private);
	cstn_agreement_unref(agreement);
	cstn_agreement_unref(other);
}
END_TEST

START_TEST(what_a_receiver_finishes_is_no_other_call)
{
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_psi_result result;

	for (int i = 0; i < 3; i++) {
		receiver = psi_receiver(&receives, &left);
		sender = psi_sender(&sends, &right);
		ck_assert_int_eq(psi_run(receiver, sender, &result),
				i < 2 ? CSTN_OK : CSTN_E_BUDGET);
		cstn_psi_receiver_free(receiver);
		cstn_psi_sender_free(sender);
	}
	cstn_agreement_unref(agreement);
}
END_TEST

START_TEST(calls_are_found_behind_many_other_entries)
{
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);

	psi_values_make(&left, 0, 1, 1);
	ck_assert_int_eq(answer(agreement, 500), CSTN_OK);
	for (int i = 0; i < 150; i++) { /* some of them from before the window */
		cstn_transaction *transaction;

		SHARING_OK(cstn_transaction_begin(world.network, &transaction, &error));
		SHARING_OK(cstn_transaction_log(transaction, "maker", "c1", "x-test",
				i % 3 ? 400 : 510, NULL, 0, NULL, &error));
		SHARING_OK(cstn_transaction_commit(transaction, NULL, &error));
		cstn_transaction_free(transaction);
	}
	ck_assert_int_eq(answer(agreement, 520), CSTN_OK);
	ck_assert_int_eq(answer(agreement, 530), CSTN_E_BUDGET);
	cstn_agreement_unref(agreement);
}
END_TEST

START_TEST(calls_that_a_term_limits_must_be_counted_by_somebody)
{
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);
	static const struct {
		int64_t period_us;
		uint32_t most;
		cstn_status status;
	} cases[] = {{100, 2, CSTN_OK}, {100, 3, CSTN_E_DENIED}, {300, 2, CSTN_OK},
			{150, 2, CSTN_E_DENIED}, {50, 1, CSTN_E_DENIED}};
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);

	receives.network = sends.network = NULL;
	ck_assert_int_eq(opens(&receives, &sends, "nothing counts"), CSTN_E_DENIED);
	for (size_t i = 0; i < 5; i++) {
		cstn_psi_runs *runs;

		SHARING_OK(cstn_psi_runs_new(
				cases[i].period_us, cases[i].most, NULL, &runs, &error));
		receives.runs = sends.runs = runs;
		ck_assert_int_eq(opens(&receives, &sends, "nothing counts"), cases[i].status);
		cstn_psi_runs_free(runs);
	}
	cstn_agreement_unref(agreement);
}
END_TEST

#define AT_ONCE 6

static pthread_barrier_t meeting;

/* Random tokens are the last that a sender draws: behind them it is at the gate. */
static cstn_status meet(void *user, uint8_t *out, size_t size)
{
	(void)user;
	randombytes_buf(out, size);
	if (size > 64)
		pthread_barrier_wait(&meeting);
	return CSTN_OK;
}

typedef struct attempt {
	pthread_t thread;
	const cstn_agreement *agreement;
	int64_t now_us;
	cstn_status status;
} attempt;

static void *answer_at_once(void *context)
{
	attempt *one = context;

	one->status = answer_with(one->agreement, one->now_us, meet);
	return NULL;
}

START_TEST(of_runs_at_once_no_more_than_the_limit_pass)
{
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);

	psi_values_make(&left, 0, 1, 1);
	psi_values_make(&right, 0, 1, 1);
	ck_assert_int_eq(pthread_barrier_init(&meeting, NULL, AT_ONCE), 0);
	for (int64_t round = 1; round < 10; round++) { /* a window each */
		attempt attempts[AT_ONCE];
		int passed = 0;

		for (int i = 0; i < AT_ONCE; i++) {
			attempts[i].agreement = agreement;
			attempts[i].now_us = 100 * round;
			ck_assert_int_eq(pthread_create(&attempts[i].thread, NULL, answer_at_once,
							 &attempts[i]),
					0);
		}
		for (int i = 0; i < AT_ONCE; i++) {
			ck_assert_int_eq(pthread_join(attempts[i].thread, NULL), 0);
			passed += attempts[i].status == CSTN_OK;
			ck_assert(attempts[i].status == CSTN_OK ||
					attempts[i].status == CSTN_E_BUDGET);
		}
		ck_assert_int_eq(passed, 2);
	}
	pthread_barrier_destroy(&meeting);
	cstn_agreement_unref(agreement);
}
END_TEST

/* Memory of a network: when a log is let go that was counted in, another run comes between. */
typedef struct between {
	int wanted;
	const cstn_agreement *agreement;
	cstn_status status; /* of the run that came between */
} between;

static void *between_alloc(void *user, size_t size, size_t alignment)
{
	void *out = NULL;

	(void)user;
	return posix_memalign(&out, alignment < sizeof(void *) ? sizeof(void *) : alignment, size)
			       ? NULL
			       : out;
}

static void *between_realloc(
		void *user, void *memory, size_t old_size, size_t new_size, size_t alignment)
{
	void *out = between_alloc(user, new_size, alignment);

	if (out) {
		memcpy(out, memory, old_size < new_size ? old_size : new_size);
		free(memory);
	}
	return out;
}

static void between_free(void *user, void *memory, size_t size, size_t alignment)
{
	between *at = user;

	(void)alignment;
	free(memory);
	if (at->wanted && size == sizeof(struct cstn_shared_log)) {
		at->wanted = 0;
		at->status = answer(at->agreement, NOW);
	}
}

START_TEST(run_that_another_one_overtakes_at_the_gate_gives_nothing_out)
{
	for (int calls = 1; calls <= 2; calls++) {
		cstn_allocator memory = CSTN_ALLOCATOR_INIT;
		between at = {.wanted = 1, .status = CSTN_E_STATE};
		cstn_agreement *agreement;
		json_t *private;
		char term[64];

		snprintf(term, sizeof(term), "\"limits\":{\"calls\":%d,\"window_us\":100}", calls);
		agreement = psi_signed(&world, term, NULL);
		memory.user = &at;
		memory.alloc = between_alloc;
		memory.realloc = between_realloc;
		memory.free = between_free;
		cstn_network_unref(world.network);
		SHARING_OK(cstn_network_open(NULL, NULL, &memory, &world.network, &error));
		at.agreement = agreement;
		ck_assert_int_eq(answer(agreement, NOW), calls == 1 ? CSTN_E_BUDGET : CSTN_OK);
		ck_assert_int_eq(at.status, CSTN_OK);
		private = psi_entries(&world, "maker", "");
		ck_assert_uint_eq(json_array_size(private), calls == 1);
		json_decref(private);
		cstn_agreement_unref(agreement);
		cstn_network_unref(world.network);
		world.network = NULL;
	}
}
END_TEST

/* --- nothing without its entry ---------------------------------------------------------------- */

START_TEST(step_whose_entry_cannot_be_committed_gives_nothing_out)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL);
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_buffer *request = NULL, *reply = NULL;
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender, *other;
	size_t n;

	SHARING_OK(cstn_psi_runs_new(100, 5, NULL, &receives.runs, &error));
	receiver = psi_receiver(&receives, &left);
	sender = psi_sender(&sends, &right);
	other = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(request),
					 cstn_buffer_size(request), &reply, NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_psi_runs_left(receives.runs, "maker", NOW), 4);
	SHARING_OK(cstn_network_close(world.network, &error));
	ck_assert_int_lt(cstn_psi_receiver_finish(receiver, cstn_buffer_data(reply),
					 cstn_buffer_size(reply), &result, NULL),
			0);
	ck_assert_uint_eq(result.common, 0);
	ck_assert_uint_eq(result.own, 0);
	ck_assert_ptr_null(cstn_psi_receiver_common(receiver, &n));
	cstn_buffer_free(reply);
	reply = NULL;
	ck_assert_int_lt(cstn_psi_sender_reply(other, cstn_buffer_data(request),
					 cstn_buffer_size(request), &reply, NULL),
			0);
	ck_assert_ptr_null(reply);
	cstn_buffer_free(request);
	cstn_psi_receiver_free(receiver);
	receiver = psi_receiver(&receives, &left);
	request = NULL;
	ck_assert_int_lt(cstn_psi_receiver_request(receiver, &request, NULL), 0);
	ck_assert_ptr_null(request);
	ck_assert_uint_eq(cstn_psi_runs_left(receives.runs, "maker", NOW), 4); /* not charged */
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	cstn_psi_sender_free(other);
	cstn_psi_runs_free(receives.runs);
	cstn_agreement_unref(agreement);
}
END_TEST

/* In a process of its own: what came out goes into the pipe, then the process is killed. */
static void give_out_and_die(
		const network_folder *folder, const cstn_agreement *agreement, int replies, int to)
{
	psi_world own = {.network = network_folder_open(folder, 0)};
	cstn_psi_options receives = psi_under(&own, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&own, agreement, 1, NOW);
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_buffer *message;

	if (replies)
		receives.network = NULL;
	receiver = psi_receiver(&receives, &left);
	sender = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &message, NULL), CSTN_OK);
	if (replies)
		ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(message),
						 cstn_buffer_size(message), &message, NULL),
				CSTN_OK);
	ck_assert_int_eq(write(to, cstn_buffer_data(message) + 16, 16), 16); /* id of the run */
	raise(SIGKILL);
}

START_TEST(process_that_is_killed_once_a_message_is_out_leaves_its_entry)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL);
	network_folder folder;
	uint8_t run[16];
	char hex[33];
	json_t *entries;
	int ends[2];
	pid_t child;

	network_folder_make(&folder);
	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0)
		give_out_and_die(&folder, agreement, _i, ends[1]);
	ck_assert_int_gt(child, 0);
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], run, sizeof(run)), (ssize_t)sizeof(run));
	close(ends[0]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	for (size_t i = 0; i < sizeof(run); i++)
		snprintf(hex + 2 * i, 3, "%02x", run[i]);
	cstn_network_unref(world.network);
	world.network = network_folder_open(&folder, 0);
	entries = psi_entries(&world, _i ? "maker" : "shop", "c1");
	ck_assert_uint_eq(json_array_size(entries), 1);
	ck_assert_str_eq(psi_said(json_array_get(entries, 0), "run", NULL), hex);
	ck_assert_str_eq(psi_said(json_array_get(entries, 0), "step", NULL),
			_i ? "reply" : "request");
	json_decref(entries);
	SHARING_OK(cstn_network_close(world.network, &error));
	network_folder_remove(&folder);
	cstn_agreement_unref(agreement);
}
END_TEST

START_TEST(sides_that_do_not_agree_and_wrong_proofs_are_entered_as_refused)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL);
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_psi_receiver *receiver = psi_receiver(&receives, &left);
	cstn_psi_sender *sender;
	cstn_buffer *request, *reply;
	json_t *private, *shared;
	uint8_t *bytes;
	size_t size;

	sends.mode = CSTN_PSI_SIZE;
	sender = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(request),
					 cstn_buffer_size(request), &reply, NULL),
			CSTN_E_MISMATCH);
	cstn_psi_sender_free(sender);
	private = psi_entries(&world, "maker", "");
	ck_assert_uint_eq(json_array_size(private), 1);
	ck_assert_str_eq(psi_said(json_array_get(private, 0), "reason", NULL), "mismatch");
	ck_assert_uint_eq(strlen(psi_said(json_array_get(private, 0), "run", NULL)), 32);
	json_decref(private);
	sends.mode = CSTN_PSI_ITEMS;
	sender = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(request),
					 cstn_buffer_size(request), &reply, NULL),
			CSTN_OK);
	size = cstn_buffer_size(reply);
	bytes = malloc(size);
	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, cstn_buffer_data(reply), size);
	memcpy(bytes + 136 + 32, bytes + 136 + 64, 32); /* one evaluation in place of another */
	ck_assert_int_eq(cstn_psi_receiver_finish(receiver, bytes, size, &result, NULL),
			CSTN_E_PROOF);
	private = psi_entries(&world, "shop", "");
	shared = psi_entries(&world, "shop", "c1");
	ck_assert_uint_eq(json_array_size(private), 1);
	ck_assert_str_eq(psi_said(json_array_get(private, 0), "reason", NULL), "proof");
	ck_assert_uint_eq(json_array_size(shared), 1); /* the request */
	json_decref(private);
	json_decref(shared);
	free(bytes);
	cstn_buffer_free(request);
	cstn_buffer_free(reply);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	cstn_agreement_unref(agreement);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("psi_gate");
	TCase *cases = tcase_create("psi_gate");
	const TTest *const tests[] = {
			run_under_a_term_is_entered_step_by_step_without_what_came_out,
			least_overlap_is_that_of_the_term_unless_more_is_asked_for,
			agreement_must_decide_now, term_that_lets_opens_the_gate,
			prohibition_beside_a_permission_denies_unless_it_is_of_something_else,
			parties_are_those_of_the_agreement_and_of_the_direction,
			small_kind_takes_the_flag_of_both_and_the_word_of_the_term,
			arguments_that_contradict_are_refused,
			term_with_conditions_takes_a_decision_of_this_run,
			decision_by_another_agreement_or_of_another_level_does_not_open,
			calls_of_the_term_are_counted_out_of_the_log,
			what_a_receiver_finishes_is_no_other_call,
			calls_are_found_behind_many_other_entries,
			calls_that_a_term_limits_must_be_counted_by_somebody,
			of_runs_at_once_no_more_than_the_limit_pass,
			run_that_another_one_overtakes_at_the_gate_gives_nothing_out,
			step_whose_entry_cannot_be_committed_gives_nothing_out,
			sides_that_do_not_agree_and_wrong_proofs_are_entered_as_refused};

	tcase_set_timeout(cases, 240);
	tcase_add_checked_fixture(cases, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	tcase_add_loop_test(
			cases, process_that_is_killed_once_a_message_is_out_leaves_its_entry, 0, 2);
	tcase_add_loop_test(cases, term_that_does_not_let_is_a_denial_in_both_private_logs, 0,
			(int)(sizeof(shut) / sizeof(shut[0])));
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
