/* Offers: every refusal, all of them at once, and none of a good offer. */
#include <stdio.h>
#include <string.h>

#include "constraint_fixture.h"
#include "failing_allocator.h"
#include "term_fixture.h"
#include "term_parts.h"

/* The vocabulary of constraints, with the paths of the sample terms. */
static cstn_vocabulary *speech(void)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_vocabulary *vocabulary = NULL;

	TERM_OK(cstn_vocabulary_builder_new(NULL, &builder, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_purpose(builder, "planning", 8, NULL, 0, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_purpose(
			builder, "replenishment", 13, "planning", 8, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_role(builder, "carrier", 7, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_path(
			builder, "order.*", 7, CSTN_CLASS_OPERATIONAL, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_path(
			builder, "order.price", 11, CSTN_CLASS_COMPETITIVE, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_path(
			builder, "shipment.eta", 12, CSTN_CLASS_OPERATIONAL, &term_error));
	TERM_OK(cstn_vocabulary_builder_build(builder, &vocabulary, &term_error));
	cstn_vocabulary_builder_free(builder);
	return vocabulary;
}

/* Terms that nothing is wrong with. */
static void good(term_parts *parts)
{
	term_parts_parent(parts);
	parts->duty.action = "attribute";
}

static cstn_term_set *set_of(const term_parts *parts)
{
	cstn_term *term = term_parts_build(parts);
	cstn_term_set *set = NULL;

	TERM_OK(cstn_term_set_new(&term, 1, NULL, &set, &term_error));
	cstn_term_unref(term);
	return set;
}

/* The defects of one term; NULL: none. */
static cstn_offer_defects *checked(const term_parts *parts, uint32_t flags)
{
	static const char *const actions[] = {"report"};
	cstn_offer_options options = CSTN_OFFER_OPTIONS_INIT;
	cstn_vocabulary *vocabulary = speech();
	cstn_term_set *set = set_of(parts);
	cstn_offer_defects *defects = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	options.flags = flags;
	options.vocabulary = vocabulary;
	options.duty_actions = actions;
	options.n_duty_actions = 1;
	status = cstn_offer_check(set, &options, NULL, &defects, &error);
	ck_assert_msg(status == (defects ? CSTN_E_UNEVALUABLE : CSTN_OK), "%s",
			error ? cstn_error_message(error) : cstn_status_name(status));
	cstn_error_free(error);
	cstn_term_set_unref(set);
	cstn_vocabulary_unref(vocabulary);
	return defects;
}

static void is_offered(const term_parts *parts, uint32_t flags)
{
	ck_assert_ptr_null(checked(parts, flags));
}

/* One defect, and that one. */
static void is_refused(const term_parts *parts, uint32_t flags, int32_t component,
		const char *operand, const char *value)
{
	cstn_offer_defects *defects = checked(parts, flags);
	const cstn_offer_defect *defect = cstn_offer_defects_at(defects, 0);

	ck_assert_msg(defect != NULL, "%s '%s' is not refused", operand, value);
	ck_assert_uint_eq(cstn_offer_defects_count(defects), 1);
	ck_assert_int_eq(defect->component, component);
	ck_assert_uint_eq(defect->term, 0);
	ck_assert_str_eq(defect->operand, operand);
	ck_assert_str_eq(defect->value, value);
	ck_assert_uint_gt(strlen(defect->rule), 0);
	cstn_offer_defects_free(defects);
}

START_TEST(a_good_offer_passes)
{
	term_parts parts;

	good(&parts);
	is_offered(&parts, 0);
	is_offered(&parts, CSTN_OFFER_DUAL_PAIR);
	parts.duty.action = "report"; /* of the host */
	is_offered(&parts, 0);
}
END_TEST

START_TEST(unknown_purpose_role_and_path_are_refused)
{
	term_parts parts;

	good(&parts);
	parts.view.purpose = "marketing";
	is_refused(&parts, 0, CSTN_TERM_PURPOSE, "purpose", "marketing");
	good(&parts);
	parts.view.recipient = NULL;
	parts.roles[0] = "carrier";
	parts.roles[1] = "pirate";
	parts.view.recipient_roles = parts.roles;
	parts.view.n_recipient_roles = 2;
	is_refused(&parts, 0, CSTN_TERM_RECIPIENT, "role", "pirate");
	good(&parts);
	parts.fields[1] = "shipment.cost";
	is_refused(&parts, 0, CSTN_TERM_FIELDS, "path", "shipment.cost");
	parts.fields[1] = "invoice.*";
	is_refused(&parts, 0, CSTN_TERM_FIELDS, "path", "invoice.*");
}
END_TEST

START_TEST(empty_windows_are_refused)
{
	term_parts parts;

	good(&parts);
	parts.view.valid_until_us = parts.view.valid_from_us + 1;
	is_offered(&parts, 0);
	parts.view.valid_until_us--;
	is_refused(&parts, 0, CSTN_TERM_ACCESS_WINDOW, "valid_from_us", "1972-09-27T00:00:00Z");
	good(&parts);
	parts.window.data_until_us = parts.window.data_from_us + 1;
	is_offered(&parts, 0);
	parts.window.data_until_us--;
	is_refused(&parts, 0, CSTN_TERM_DATA_WINDOW, "data_from_us", "1972-09-27T00:00:00Z");
	good(&parts);
	parts.window.max_age_us = parts.window.min_age_us;
	is_offered(&parts, 0);
	parts.window.max_age_us--;
	is_refused(&parts, 0, CSTN_TERM_DATA_WINDOW, "min_age_us", "1 day");
}
END_TEST

START_TEST(a_permission_without_consideration_is_refused)
{
	term_parts parts;

	good(&parts);
	parts.view.n_considerations = 0;
	is_refused(&parts, 0, CSTN_TERM_CONSIDERATION, "consideration", "");
	parts.view.effect = CSTN_EFFECT_PROHIBIT;
	is_offered(&parts, 0);
}
END_TEST

START_TEST(to_sell_or_give_to_nobody_is_refused)
{
	static const struct {
		uint32_t actions;
		const char *words;
	} cases[] = {{CSTN_ACTION_SELL, "sell"}, {CSTN_ACTION_GIVE, "give"},
			{CSTN_ACTION_TRANSFER | CSTN_ACTION_READ, "sell, give"},
			{CSTN_ACTION_USE, NULL}};
	term_parts parts;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good(&parts);
		parts.onward.to = CSTN_ONWARD_NONE;
		parts.onward.max_hops = 0;
		parts.onward.n_parties = 0;
		parts.view.actions = cases[i].actions;
		if (cases[i].words)
			is_refused(&parts, 0, CSTN_TERM_ONWARD, "actions", cases[i].words);
		else
			is_offered(&parts, 0);
	}
}
END_TEST

START_TEST(a_duty_that_no_event_fulfils_is_refused)
{
	term_parts parts;

	good(&parts);
	parts.duty.action = "be nice";
	is_refused(&parts, 0, CSTN_TERM_DUTIES, "action", "be nice");
	good(&parts);
	parts.consequence.action = "apologise";
	is_refused(&parts, 0, CSTN_TERM_DUTIES, "action", "apologise");
}
END_TEST

START_TEST(competitive_raw_data_of_a_dual_pair_must_be_acknowledged)
{
	static const cstn_term_granularity raw = {
			sizeof(raw), 0, CSTN_LEVEL_RAW, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	term_parts parts;

	good(&parts);
	parts.granularity = raw;
	parts.fields[0] = "order.price";
	is_offered(&parts, 0);
	is_refused(&parts, CSTN_OFFER_DUAL_PAIR, CSTN_TERM_GRANULARITY, "level", "order.price");
	parts.fields[0] = "order.*"; /* covers it */
	is_refused(&parts, CSTN_OFFER_DUAL_PAIR, CSTN_TERM_GRANULARITY, "level", "order.*");
	parts.view.flags |= CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED;
	is_offered(&parts, CSTN_OFFER_DUAL_PAIR);
	parts.view.flags = 0;
	parts.granularity.level = CSTN_LEVEL_PSEUDONYM;
	is_offered(&parts, CSTN_OFFER_DUAL_PAIR);
	parts.granularity.level = CSTN_LEVEL_RAW;
	parts.fields[0] = "order.qty";
	is_offered(&parts, CSTN_OFFER_DUAL_PAIR);
}
END_TEST

/* A term with a condition. */
static void condition_is_refused(const char *json, const char *operand, const char *value)
{
	cstn_constraint *constraint = read_constraint(json);
	term_parts parts;

	good(&parts);
	parts.view.constraint = constraint;
	if (operand)
		is_refused(&parts, 0, CSTN_TERM_CONSTRAINT, operand, value);
	else
		is_offered(&parts, 0);
	cstn_constraint_unref(constraint);
}

START_TEST(a_condition_that_cannot_be_evaluated_is_refused)
{
	condition_is_refused("{\"operand\":\"rows\",\"operator\":\"lteq\",\"type\":\"int64\","
			     "\"value\":10}",
			NULL, NULL);
	condition_is_refused("{\"operand\":\"weather\",\"operator\":\"eq\",\"type\":\"id\","
			     "\"value\":\"sunny\"}",
			"weather", "");
	condition_is_refused("{\"operand\":\"party\",\"operator\":\"lt\",\"type\":\"id\","
			     "\"value\":\"a\"}",
			"party", "");
	condition_is_refused("{\"operand\":\"rows\",\"operator\":\"lteq\",\"type\":\"int64\","
			     "\"value\":-1}",
			"rows", "-1");
	condition_is_refused("{\"operand\":\"purpose\",\"operator\":\"eq\",\"type\":\"id\","
			     "\"value\":\"fun\"}",
			"purpose", "fun");
	condition_is_refused("{\"operand\":\"rows\",\"operator\":\"eq\",\"type\":\"id\","
			     "\"value\":\"a\"}",
			"rows", "");
}
END_TEST

START_TEST(every_value_of_a_leaf_that_is_at_fault_is_told)
{
	cstn_constraint *constraint = read_constraint(
			"{\"operand\":\"purpose\",\"operator\":\"isAnyOf\",\"type\":\"id\","
			"\"value\":[\"fun\",\"joy\",\"planning\",\"sport\"]}");
	static const char *const values[] = {"fun", "joy", "sport"};
	cstn_offer_defects *defects;
	term_parts parts;

	good(&parts);
	parts.view.constraint = constraint;
	defects = checked(&parts, 0);
	ck_assert_uint_eq(cstn_offer_defects_count(defects), 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_str_eq(cstn_offer_defects_at(defects, i)->value, values[i]);
	cstn_offer_defects_free(defects);
	cstn_constraint_unref(constraint);
}
END_TEST

START_TEST(a_condition_that_no_request_satisfies_is_refused)
{
	static const char json[] =
			"{\"and\":[{\"operand\":\"rows\",\"operator\":\"gt\",\"type\":\"int64\","
			"\"value\":10},{\"operand\":\"rows\",\"operator\":\"lt\",\"type\":"
			"\"int64\",\"value\":5}]}";

	condition_is_refused(json, "constraint", json);
}
END_TEST

START_TEST(a_condition_outside_the_windows_of_its_term_is_refused)
{
	/* The window is days 1000 to 2000. */
	for (int64_t day = 999; day <= 1001; day++) {
		char json[128];

		snprintf(json, sizeof(json),
				"{\"operand\":\"now\",\"operator\":\"lt\",\"type\":\"instant\","
				"\"value\":%lld}",
				(long long)(day * TERM_DAY));
		condition_is_refused(json, day > 1000 ? NULL : "constraint", json);
	}
	condition_is_refused("{\"operand\":\"party\",\"operator\":\"eq\",\"type\":\"id\","
			     "\"value\":\"beta\"}",
			NULL, NULL);
	condition_is_refused("{\"operand\":\"party\",\"operator\":\"eq\",\"type\":\"id\","
			     "\"value\":\"gamma\"}",
			"constraint",
			"{\"operand\":\"party\",\"operator\":\"eq\",\"type\":\"id\","
			"\"value\":\"gamma\"}");
	condition_is_refused("{\"operand\":\"data_age\",\"operator\":\"gt\",\"type\":"
			     "\"duration\",\"value\":7776000000000}",
			"constraint",
			"{\"operand\":\"data_age\",\"operator\":\"gt\",\"type\":"
			"\"duration\",\"value\":7776000000000}");
	condition_is_refused("{\"operand\":\"data_age\",\"operator\":\"gteq\",\"type\":"
			     "\"duration\",\"value\":7776000000000}",
			NULL, NULL);
}
END_TEST

START_TEST(a_term_says_whether_any_request_is_let_pass)
{
	cstn_vocabulary *vocabulary = speech();
	int32_t realizable = -1, unknown = -1;

	for (int i = 0; i < 3; i++) {
		term_parts parts;
		cstn_term *term;

		good(&parts);
		if (i == 1)
			parts.view.valid_until_us = parts.view.valid_from_us;
		if (i == 2)
			parts.view.purpose = "fun"; /* cannot be evaluated */
		term = term_parts_build(&parts);
		TERM_OK(cstn_term_is_realizable(
				term, vocabulary, &realizable, &unknown, &term_error));
		ck_assert_int_eq(realizable, i == 0);
		ck_assert_int_eq(unknown, i == 2);
		cstn_term_unref(term);
	}
	ck_assert_int_eq(cstn_term_is_realizable(NULL, vocabulary, &realizable, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_vocabulary_unref(vocabulary);
}
END_TEST

START_TEST(all_defects_are_told_not_the_first)
{
	static const int32_t expected[] = {CSTN_TERM_FIELDS, CSTN_TERM_PURPOSE,
			CSTN_TERM_ACCESS_WINDOW, CSTN_TERM_ONWARD, CSTN_TERM_CONSIDERATION,
			CSTN_TERM_DUTIES, CSTN_TERM_CONSTRAINT, CSTN_TERM_CONSTRAINT};
	cstn_constraint *constraint = read_constraint(
			"{\"or\":[{\"operand\":\"weather\",\"operator\":\"eq\",\"type\":\"id\","
			"\"value\":\"sunny\"},{\"operand\":\"mood\",\"operator\":\"eq\",\"type\":"
			"\"id\",\"value\":\"good\"}]}");
	cstn_offer_defects *defects;
	term_parts parts;

	good(&parts);
	parts.fields[1] = "a.b";
	parts.view.purpose = "fun";
	parts.view.valid_until_us = parts.view.valid_from_us;
	parts.onward.to = CSTN_ONWARD_NONE;
	parts.onward.max_hops = 0;
	parts.onward.n_parties = 0;
	parts.view.n_considerations = 0;
	parts.duty.action = "dance";
	parts.view.constraint = constraint;
	defects = checked(&parts, 0);
	ck_assert_uint_eq(cstn_offer_defects_count(defects), 8);
	for (size_t i = 0; i < 8; i++)
		ck_assert_int_eq(cstn_offer_defects_at(defects, i)->component, expected[i]);
	ck_assert_ptr_null(cstn_offer_defects_at(defects, 8));
	cstn_offer_defects_free(defects);
	cstn_constraint_unref(constraint);
}
END_TEST

START_TEST(the_error_names_the_first_and_counts_the_rest)
{
	cstn_offer_options options = CSTN_OFFER_OPTIONS_INIT;
	cstn_vocabulary *vocabulary = speech();
	cstn_error *error = NULL;
	cstn_term_set *set;
	term_parts parts;

	good(&parts);
	parts.view.purpose = "fun";
	parts.view.n_considerations = 0;
	set = set_of(&parts);
	options.vocabulary = vocabulary;
	ck_assert_int_eq(cstn_offer_check(set, &options, NULL, NULL, &error), CSTN_E_UNEVALUABLE);
	ck_assert_str_eq(cstn_error_message(error),
			"term 0, purpose: purpose 'fun' is no purpose of the vocabulary; and 1 "
			"more");
	cstn_error_free(error);
	options.flags = 2;
	ck_assert_int_eq(
			cstn_offer_check(set, &options, NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	options.flags = 0;
	options.vocabulary = NULL;
	ck_assert_int_eq(
			cstn_offer_check(set, &options, NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_term_set_unref(set);
	cstn_vocabulary_unref(vocabulary);
}
END_TEST

START_TEST(out_of_memory_is_not_taken_for_a_good_offer)
{
	cstn_offer_options options = CSTN_OFFER_OPTIONS_INIT;
	cstn_vocabulary *vocabulary = speech();
	cstn_constraint *constraint = read_constraint(
			"{\"operand\":\"rows\",\"operator\":\"lteq\",\"type\":\"int64\",\"value\":-"
			"1}");
	term_parts parts;
	cstn_term_set *set;

	good(&parts);
	parts.view.purpose = "fun";
	parts.view.constraint = constraint;
	parts.window.max_age_us = 0;
	set = set_of(&parts);
	options.vocabulary = vocabulary;
	for (uint64_t n = 1;; n++) {
		cstn_offer_defects *defects = NULL;
		failing_allocator memory;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = cstn_offer_check(set, &options, &memory.allocator, &defects, NULL);
		if (status == CSTN_E_NOMEM) {
			ck_assert_ptr_null(defects);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			continue;
		}
		ck_assert_int_eq(status, CSTN_E_UNEVALUABLE);
		ck_assert_uint_eq(cstn_offer_defects_count(defects), 3);
		cstn_offer_defects_free(defects);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		ck_assert_uint_gt(n, 3);
		break;
	}
	cstn_term_set_unref(set);
	cstn_constraint_unref(constraint);
	cstn_vocabulary_unref(vocabulary);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_good_offer_passes,
			unknown_purpose_role_and_path_are_refused, empty_windows_are_refused,
			a_permission_without_consideration_is_refused,
			to_sell_or_give_to_nobody_is_refused,
			a_duty_that_no_event_fulfils_is_refused,
			competitive_raw_data_of_a_dual_pair_must_be_acknowledged,
			a_condition_that_cannot_be_evaluated_is_refused,
			every_value_of_a_leaf_that_is_at_fault_is_told,
			a_condition_that_no_request_satisfies_is_refused,
			a_condition_outside_the_windows_of_its_term_is_refused,
			a_term_says_whether_any_request_is_let_pass,
			all_defects_are_told_not_the_first,
			the_error_names_the_first_and_counts_the_rest,
			out_of_memory_is_not_taken_for_a_good_offer};

	return run_tests("offers", tests, sizeof(tests) / sizeof(tests[0]));
}
