/* All that is held of a customer, told to the customer. */
#include <stdio.h>

#include "customer_desk.h"
#include "suite.h"

#define MAIL "Planted.Person@Example.org"

static void is_in(const char *text, const char *part)
{
	if (!strstr(text, part))
		ck_abort_msg("'%s' is not in %s", part, text);
}

static void is_not_in(const char *text, const char *part)
{
	if (strstr(text, part))
		ck_abort_msg("'%s' is in %s", part, text);
}

static void consent(customer_desk *at, const char *id, const char *owner, const char *from)
{
	char one[64], of[64], since[64];

	snprintf(one, sizeof(one), "consent_id=%s", id);
	snprintf(of, sizeof(of), "owner=%s", owner);
	snprintf(since, sizeof(since), "valid_from=%sT00:00:00Z", from);
	network_put_ok(at->network,
			network_record("consent", one, "customer_id=jo", "purpose=4",
					"basis=consent", "state=granted", since,
					"recorded=2024-07-01T00:00:00Z", *owner ? of : NULL, NULL));
}

/* The digest of the built-in policy, as it stands in an export. */
static void put_policy(char out[80])
{
	cstn_stage_policy *policy;
	uint8_t digest[CSTN_STAGE_DIGEST_SIZE];
	size_t len;

	ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &policy, NULL), CSTN_OK);
	cstn_stage_policy_digest(policy, digest);
	len = (size_t)snprintf(out, 80, "\"policy\":\"");
	for (size_t i = 0; i < sizeof(digest); i++)
		len += (size_t)snprintf(out + len, 80 - len, "%02x", digest[i]);
	cstn_stage_policy_unref(policy);
}

START_TEST(one_of_whom_nothing_is_known_is_told_so)
{
	char policy[80];
	customer_desk at;
	char *text;

	desk_begin(&at, 0);
	put_policy(policy);
	text = desk_export(&at, "jo", NULL);
	is_in(text, "{\"as_of\":\"2024-08-01T00:00:00Z\",\"consents\":[],"
		    "\"customer_id\":\"jo\",\"erased\":[],\"interactions\":[],"
		    "\"owner\":\"\",\"personal\":{},"
		    "\"record\":{\"customer_id\":\"jo\",\"kind\":\"person\","
		    "\"recorded\":\"2024-01-01T00:00:00Z\"},"
		    "\"stages\":{\"left_out\":0,\"moves\":[],\"policy\":\"");
	is_in(text, policy);
	is_in(text, "\"type\":\"cstn/customer/v1\",\"verdicts\":{\"explained\":\"");
	is_in(text, "\"happy\":\"unknown\"");
	is_in(text, "\"left_out\":0,\"loyal\":\"unknown\"");
	ck_assert_str_eq(text + strlen(text) - 2, "}}");
	free(text);
	desk_end(&at);
}
END_TEST

START_TEST(record_fields_consents_and_interactions_are_told_with_their_values)
{
	customer_desk at;
	char *text;

	desk_begin(&at, 0);
	network_put_ok(at.network,
			network_record("customer", "customer_id=jo", "kind=person", "country=DE",
					"first_seen=2023-12-31", "legal_hold=0",
					"recorded=2024-06-02T00:00:00.5Z", NULL));
	ck_assert_int_eq(desk_put(&at, "jo", "email", MAIL), CSTN_OK);
	ck_assert_int_eq(desk_put(&at, "jo", "city", "K\303\266ln \"am\" Rhein"), CSTN_OK);
	consent(&at, "b", "", "2024-06-01");
	consent(&at, "a", "", "2024-06-01");
	consent(&at, "c", "", "2024-05-01");
	network_put_ok(at.network,
			network_record("interaction", "event_id=i1", "customer_id=jo",
					"kind=review", "valid=2024-07-01T00:00:00Z", "number=5",
					"scale_max=5", "public=1", "weight=9007199254740993",
					"recorded=2024-07-02T00:00:00Z", NULL));
	text = desk_export(&at, "jo", NULL);
	is_in(text, "\"record\":{\"country\":\"DE\",\"customer_id\":\"jo\","
		    "\"first_seen\":\"2023-12-31\",\"kind\":\"person\",\"legal_hold\":false,"
		    "\"recorded\":\"2024-06-02T00:00:00.500000Z\"}");
	is_in(text, "\"personal\":{\"city\":\"K\303\266ln \\\"am\\\" Rhein\",\"email\":\"" MAIL
		    "\"}");
	is_in(text, "\"consents\":[{\"basis\":\"consent\",\"consent_id\":\"c\","
		    "\"customer_id\":\"jo\",\"purpose\":4,\"recorded\":\"2024-07-01T00:00:00Z\","
		    "\"state\":\"granted\",\"valid_from\":\"2024-05-01T00:00:00Z\"},"
		    "{\"basis\":\"consent\",\"consent_id\":\"a\",");
	is_in(text, "\"interactions\":[{\"customer_id\":\"jo\",\"event_id\":\"i1\","
		    "\"kind\":\"review\",\"number\":5,\"public\":true,"
		    "\"recorded\":\"2024-07-02T00:00:00Z\",\"scale_max\":5,"
		    "\"valid\":\"2024-07-01T00:00:00Z\",\"weight\":\"9007199254740993\"}]");
	/* A public review of 5 of 5 is a word to others. */
	is_in(text, "\"tells\":\"yes\",\"tells_at\":\"2024-07-01T00:00:00Z\","
		    "\"tells_source\":\"REVIEW\"");
	free(text);
	desk_end(&at);
}
END_TEST

START_TEST(what_is_of_others_is_not_told)
{
	customer_desk at;
	char *text;

	desk_begin(&at, 0);
	network_put_ok(at.network,
			network_record("customer", "customer_id=jo", "owner=acme", "kind=person",
					"country=GB", "recorded=2024-06-01T00:00:00Z", NULL));
	network_put_ok(at.network, network_record("customer", "customer_id=joe", "kind=person",
						   "recorded=2024-06-01T00:00:00Z", NULL));
	consent(&at, "own", "", "2024-06-01");
	consent(&at, "acmes", "acme", "2024-06-01");
	network_put_ok(at.network, network_record("consent", "consent_id=joes", "customer_id=joe",
						   "purpose=4", "basis=consent", "state=granted",
						   "valid_from=2024-06-01T00:00:00Z",
						   "recorded=2024-06-01T00:00:00Z", NULL));
	ck_assert_int_eq(desk_put(&at, "joe", "email", MAIL), CSTN_OK);
	text = desk_export(&at, "jo", "");
	is_in(text, "\"own\"");
	is_not_in(text, "acme");
	is_not_in(text, "joe");
	is_not_in(text, MAIL);
	free(text);
	text = desk_export(&at, "jo", "acme");
	is_in(text, "\"owner\":\"acme\",\"personal\"");
	is_in(text, "\"acmes\"");
	is_in(text, "\"GB\"");
	is_not_in(text, "\"own\"");
	free(text);
	desk_end(&at);
}
END_TEST

/* The moves are those of the guide to stages, whose events these are. */
START_TEST(stages_are_told_with_rule_reason_and_events)
{
	customer_desk at;
	char *text;

	desk_begin(&at, 0);
	desk_interaction(&at, "e1", "order", "2024-01-08");
	network_put_ok(at.network,
			network_record("interaction", "event_id=e2", "customer_id=jo",
					"kind=order_failed", "valid=2024-02-01T00:00:00Z",
					"weight=4000", "recorded=2024-02-01T00:00:00Z", NULL));
	desk_interaction(&at, "e3", "plan_promised", "2024-02-05");
	desk_interaction(&at, "e4", "order", "2024-04-10");
	desk_interaction(&at, "e5", "order_perfect", "2024-04-14");
	/* These two no rule can read: a day that is not named, a ticket without a reference. */
	desk_interaction(&at, "e6", "due_day", "2024-04-15");
	desk_interaction(&at, "e7", "ticket_opened", "2024-04-15");
	text = desk_export(&at, "jo", NULL);
	is_in(text, "\"stages\":{\"events\":5,\"left_out\":2,\"moves\":["
		    "{\"at\":\"2024-01-08T00:00:00Z\",\"direction\":\"forward\","
		    "\"evidence_count\":1,\"first_event\":\"e1\",\"from\":\"PROSPECT\","
		    "\"last_event\":\"e1\",\"number\":1,\"reason\":\"first_order\","
		    "\"rule\":\"R02\",\"to\":\"COMMIT\"},"
		    "{\"at\":\"2024-02-01T00:00:00Z\",\"direction\":\"backward\","
		    "\"evidence_count\":1,\"first_event\":\"e2\",\"from\":\"COMMIT\","
		    "\"last_event\":\"e2\",\"number\":2,"
		    "\"reason\":\"failures_or_open_ticket_or_exit_threat\",\"rule\":\"R04\","
		    "\"to\":\"CRISIS\"},"
		    "{\"at\":\"2024-02-05T00:00:00Z\"");
	is_in(text, "\"reason\":\"recovered\",\"rule\":\"R07\",\"to\":\"COMMIT\"}],\"policy\":");
	is_in(text, "\"since\":\"2024-05-01T00:00:00Z\",\"stage\":\"COMMIT\"},");
	is_in(text, "\"ordered\":true");
	free(text);
	desk_end(&at);
}
END_TEST

START_TEST(verdicts_are_told_with_their_evidence)
{
	customer_desk at;
	char *text;

	desk_begin(&at, 0);
	desk_interaction(&at, "e1", "referral", "2024-06-01");
	desk_interaction(&at, "e2", "first_choice", "2024-05-01");
	desk_interaction(&at, "e3", "first_choice", "2024-05-02");
	desk_interaction(&at, "e4", "first_choice", "2024-05-03");
	desk_interaction(&at, "e5", "price_increase_refused", "2024-05-04");
	text = desk_export(&at, "jo", NULL);
	is_in(text, "\"first\":3,\"habitual\":\"unknown\",\"happy\":\"no\"");
	is_in(text, "\"loyal\":\"yes\",\"loyal_at\":\"2024-05-03T00:00:00Z\"");
	is_in(text, "\"pays\":\"no\",\"pays_at\":\"2024-05-04T00:00:00Z\","
		    "\"pays_source\":\"PRICE_INCREASE_REFUSED\"");
	is_in(text, "\"share_mean\":0.8,"); /* (3 + 1) / (3 + 2) */
	is_in(text, "happy: no");
	free(text);
	desk_end(&at);
}
END_TEST

START_TEST(erased_customer_is_told_without_a_personal_field)
{
	customer_desk at;
	char *text;

	desk_begin(&at, 0);
	ck_assert_int_eq(desk_put(&at, "jo", "email", MAIL), CSTN_OK);
	ck_assert_int_eq(desk_put(&at, "jo", "phone", "+4930123456"), CSTN_OK);
	desk_interaction(&at, "e1", "order", "2024-06-01");
	ck_assert_int_eq(cstn_customer_erase(at.safe.vault, at.network, "jo", NULL,
					 "asked by the person", DESK_NOW, NULL, NULL),
			CSTN_OK);
	text = desk_export(&at, "jo", NULL);
	is_in(text, "\"erased\":[{\"actor\":\"privacy "
		    "desk\",\"at_us\":1722470400000000,\"categories\":[2],"
		    "\"reason\":\"asked by the person\",\"subject\":\"");
	is_in(text, "\",\"type\":\"erased\",\"version\":1}],\"interactions\":[{");
	is_in(text, "\"personal\":{}");
	is_not_in(text, "lanted");
	is_not_in(text, "+4930");
	free(text);
	desk_end(&at);
}
END_TEST

START_TEST(wrong_calls_are_told_and_no_value_with_them)
{
	cstn_customer_export_options options = CSTN_CUSTOMER_EXPORT_OPTIONS_INIT;
	cstn_snapshot *snapshot = NULL;
	cstn_buffer *out = NULL;
	cstn_error *error = NULL;
	customer_desk at;
	char *text;

	desk_begin(&at, 0);
	network_put_ok(at.network,
			network_record("customer", "customer_id=corp", "kind=organisation",
					"recorded=2024-06-01T00:00:00Z", NULL));
	text = desk_export(&at, "corp", NULL);
	ck_assert_str_eq(text, "CSTN_E_INVALID_ARGUMENT");
	free(text);
	text = desk_export(&at, "nobody", NULL);
	ck_assert_str_eq(text, "CSTN_E_NOT_FOUND");
	free(text);
	text = desk_export(&at, "jo", "acme");
	ck_assert_str_eq(text, "CSTN_E_NOT_FOUND");
	free(text);
	ck_assert_int_eq(cstn_network_snapshot(at.network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(
			cstn_customer_export(at.safe.vault, snapshot, "jo", &options, &out, &error),
			CSTN_E_INVALID_ARGUMENT); /* now_us */
	is_in(cstn_error_message(error), "now_us");
	cstn_error_free(error);
	ck_assert_int_eq(cstn_customer_export(at.safe.vault, snapshot, "jo", NULL, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	options.now_us = DESK_NOW;
	options.flags = 1;
	ck_assert_int_eq(cstn_customer_export(at.safe.vault, snapshot, "jo", &options, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	options.flags = 0;
	ck_assert_int_eq(cstn_customer_export(NULL, snapshot, "jo", &options, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_customer_export(at.safe.vault, NULL, "jo", &options, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_customer_export(at.safe.vault, snapshot, "jo", &options, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	options.struct_size = 4;
	ck_assert_int_eq(cstn_customer_export(at.safe.vault, snapshot, "jo", &options, &out, NULL),
			CSTN_E_STRUCT_SIZE);
	ck_assert_ptr_null(out);
	cstn_snapshot_unref(snapshot);
	desk_end(&at);
}
END_TEST

/* A policy and options of one's own are used. */
START_TEST(judged_as_the_caller_says)
{
	static const char rules[] = "cstn-stage-policy 1\n"
				    "failures COMPLAINT in 90\n"
				    "growth REFERRAL in 180\n"
				    "Q1 PROSPECT -> LOST dwell 0 reason odd when event ORDER\n";
	cstn_customer_export_options options = CSTN_CUSTOMER_EXPORT_OPTIONS_INIT;
	cstn_loyalty_options judge = CSTN_LOYALTY_OPTIONS_INIT;
	cstn_snapshot *snapshot = NULL;
	cstn_buffer *out = NULL;
	customer_desk at;

	desk_begin(&at, 0);
	desk_interaction(&at, "e1", "order", "2024-06-01");
	desk_interaction(&at, "e2", "first_choice", "2024-06-01");
	judge.min_occasions = 1;
	options.now_us = DESK_NOW;
	options.verdicts = &judge;
	ck_assert_int_eq(cstn_stage_policy_parse(
					 rules, strlen(rules), NULL, &options.stage_policy, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_network_snapshot(at.network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_customer_export(at.safe.vault, snapshot, "jo", &options, &out, NULL),
			CSTN_OK);
	is_in((const char *)cstn_buffer_data(out), "\"rule\":\"Q1\",\"to\":\"LOST\"");
	is_in((const char *)cstn_buffer_data(out), "\"loyal\":\"yes\"");
	cstn_buffer_free(out);
	judge.min_occasions = -1; /* is refused, as by the call that judges */
	ck_assert_int_eq(cstn_customer_export(at.safe.vault, snapshot, "jo", &options, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_stage_policy_unref(options.stage_policy);
	cstn_snapshot_unref(snapshot);
	desk_end(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {one_of_whom_nothing_is_known_is_told_so,
			record_fields_consents_and_interactions_are_told_with_their_values,
			what_is_of_others_is_not_told, stages_are_told_with_rule_reason_and_events,
			verdicts_are_told_with_their_evidence,
			erased_customer_is_told_without_a_personal_field,
			wrong_calls_are_told_and_no_value_with_them, judged_as_the_caller_says};

	return run_tests("customer_export", tests, sizeof(tests) / sizeof(tests[0]));
}
