/* Terms: built, written, read, and refused. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "failing_allocator.h"
#include "sharing/canonical_json.h"
#include "suite.h"
#include "term_fixture.h"

static const char full_json[] =
		"{\"actions\":[\"read\",\"write\",\"derive\",\"aggregate\",\"distribute\",\"give\"]"
		","
		"\"consideration\":[{\"amount_minor\":5000,\"currency\":\"EUR\",\"due\":\"every\","
		"\"due_us\":2592000000000,\"grace_us\":86400000000,\"kind\":"
		"\"money\"},{\"gate\":\"advise\",\"kind\":\"reciprocal\",\"max_staleness_us\":"
		"86400000000,\"min_completeness_permille\":950,\"term\":"
		"\"abababababababababababababababababababababababababababababababab\"}],"
		"\"constellation\":\"fmcg\",\"constraint\":{\"operand\":\"rows\",\"operator\":"
		"\"lteq\",\"type\":\"int64\",\"value\":1000},\"data_window\":{\"data_from_us\":0,"
		"\"data_until_us\":1728000000000000,\"max_age_us\":7776000000000,\"min_age_us\":"
		"86400000000},\"dual_pair_acknowledged\":true,\"duties\":[{\"action\":\"report\","
		"\"consequence\":{\"action\":\"pay\",\"due\":\"after_end\",\"due_us\":86400000000,"
		"\"phase\":\"after\"},\"phase\":\"before\"}],\"effect\":\"permit\",\"fields\":["
		"\"order.*\",\"shipment.eta\"],\"granularity\":{\"contributors\":3,\"k\":5,\"l\":1,"
		"\"level\":\"aggregated\",\"max_share_permille\":600,\"t_permille\":1000},"
		"\"legal_basis\":\"gdpr-6-1-b\",\"legal_text\":[{\"sha256\":"
		"\"1111111111111111111111111111111111111111111111111111111111111111\",\"title\":"
		"\"Framework contract\"}],\"limits\":{\"calls\":100,\"nano_epsilon\":1000000000,"
		"\"period_us\":31536000000000,\"rows\":10000,\"rows_in_all\":"
		"\"9223372036854775807\",\"window_us\":86400000000},\"onward\":{\"max_hops\":2,"
		"\"parties\":[\"delta\",\"gamma\"],\"to\":\"list\"},\"proof_of_content\":true,"
		"\"provider\":\"acme\",\"purpose\":\"planning\",\"recipient_roles\":[\"buyer\","
		"\"supplier\"],\"retention\":{\"max_us\":2592000000000,\"proof\":true,\"then\":"
		"\"destroy_key\"},\"revocation\":{\"by\":\"provider\",\"delivered\":\"delete\","
		"\"notice_us\":604800000000},\"valid_from_us\":1728000000000000,\"valid_until_us\":"
		"1814400000000000}";

static const char least_json[] =
		"{\"actions\":[\"read\"],\"consideration\":[{\"kind\":"
		"\"explicit_none\"}],\"constellation\":\"fmcg\",\"effect\":\"permit\",\"fields\":["
		"\"order.qty\"],\"granularity\":{\"level\":\"existence\"},\"provider\":\"acme\","
		"\"purpose\":\"planning\",\"recipient\":\"beta\"}";

static void is_json(const cstn_term *term, const char *expected)
{
	size_t len;
	const char *json = cstn_term_json(term, &len);

	ck_assert_str_eq(json, expected);
	ck_assert_uint_eq(len, strlen(expected));
}

START_TEST(a_term_has_the_canonical_text_of_its_components)
{
	cstn_term *full = term_end(term_full()), *least = term_end(term_begin());

	is_json(least, least_json);
	is_json(full, full_json);
	cstn_term_unref(full);
	cstn_term_unref(least);
}
END_TEST

START_TEST(its_digest_is_that_of_prefix_and_text)
{
	char text[4096];
	uint8_t expected[32], digest[32];
	cstn_term *term = term_end(term_full());
	int len = snprintf(text, sizeof(text), "cstn/terms/v1\n%s", full_json);

	cstn__sha256(text, (size_t)len, expected);
	cstn_term_digest(term, digest);
	ck_assert_mem_eq(digest, expected, 32);
	cstn_term_unref(term);
}
END_TEST

static cstn_term *read_text(const char *json, uint32_t flags)
{
	cstn_term *term = NULL;

	TERM_OK(cstn_term_read(json, strlen(json), flags, NULL, &term, &term_error));
	return term;
}

START_TEST(what_is_written_reads_back_to_the_same_bytes)
{
	cstn_term *full = read_text(full_json, 0), *least = read_text(least_json, 0);

	is_json(full, full_json);
	is_json(least, least_json);
	cstn_term_unref(full);
	cstn_term_unref(least);
}
END_TEST

START_TEST(loose_reading_takes_other_orders_spaces_and_defaults)
{
	static const char text[] =
			" { \"purpose\":\"planning\", \"recipient\":\"beta\",\n \"provider\":"
			"\"acme\", \"fields\":[\"order.qty\",\"order.qty\"], \"effect\":\"permit\","
			"\"actions\":[\"read\"], \"constellation\":\"fmcg\", \"valid_until_us\":"
			"\"9223372036854775807\", \"onward\":{\"to\":\"none\"}, \"limits\":{},"
			"\"revocation\":{\"by\":\"both\"}, \"consideration\":[{\"kind\":"
			"\"explicit_none\"}]}";
	cstn_term *term = read_text(text, CSTN_TERM_READ_LOOSE), *none = NULL;

	is_json(term, least_json);
	ck_assert_int_eq(cstn_term_read(text, strlen(text), 0, NULL, &none, NULL), CSTN_E_FORMAT);
	ck_assert_ptr_null(none);
	cstn_term_unref(term);
}
END_TEST

static void is_refused(const char *json, const char *words)
{
	cstn_error *error = NULL;
	cstn_term *term = NULL;
	cstn_status status = cstn_term_read(
			json, strlen(json), CSTN_TERM_READ_LOOSE, NULL, &term, &error);

	ck_assert_msg(status == CSTN_E_FORMAT, "%s: %s", json, cstn_status_name(status));
	ck_assert_ptr_null(term);
	ck_assert_msg(strstr(cstn_error_message(error), words) != NULL, "%s: not '%s'",
			cstn_error_message(error), words);
	cstn_error_free(error);
}

/* The least term with one text in place of another. */
static void is_refused_with(const char *before, const char *after, const char *words)
{
	char json[1024], expected[64];
	const char *at = strstr(least_json, before);

	ck_assert_ptr_nonnull(at);
	snprintf(json, sizeof(json), "%.*s%s%s", (int)(at - least_json), least_json, after,
			at + strlen(before));
	snprintf(expected, sizeof(expected), "%s", words);
	is_refused(json, expected);
}

START_TEST(bad_text_is_refused_with_byte_and_member)
{
	is_refused("[]", "byte 0");
	is_refused("{}", "byte 0, effect");
	is_refused("{\"a\":1}", "byte 5, 'a': no such member");
	is_refused_with("\"permit\"", "\"allow\"", "'effect': no such word");
	is_refused_with("\"permit\"", "1", "'effect': a word is expected");
	is_refused_with("[\"read\"]", "[\"read\",\"steal\"]", "byte 19, 'actions': no such word");
	is_refused_with("[\"read\"]", "[\"read\",\"read\"]", "byte 19, 'actions': twice");
	is_refused_with("[\"read\"]", "[]", "byte 11, actions: no action is set");
	is_refused_with("\"fmcg\"", "17", "'constellation': text is expected");
	is_refused_with("\"fmcg\"", "\"a\\u0000b\"", "U+0000");
	is_refused_with("\"fmcg\"", "\"a\\nb\"", "constellation");
	is_refused_with("\"fmcg\"", "\"\"", "constellation");
	is_refused_with("\"order.qty\"", "\"qty\"", "fields");
	is_refused_with("\"level\":\"existence\"", "\"level\":\"raw\",\"k\":3", "granularity: k");
	is_refused_with("\"level\":\"existence\"", "\"threshold\":1", "granularity: level");
	is_refused_with("\"level\":\"existence\"", "\"level\":\"existence\",\"threshold\":1.5",
			"'threshold': a fraction");
	is_refused_with("\"level\":\"existence\"",
			"\"level\":\"existence\",\"threshold\":\"9223372036854775808\"",
			"'threshold': a whole number");
	is_refused_with("\"provider\"", "\"constraint\":{\"x\":1},\"provider\"", "constraint");
	is_refused_with("\"provider\"", "\"constraint\":1,\"provider\"", "an object is expected");
	is_refused_with("\"provider\"", "\"constraint\":{\"x\":1.5},\"provider\"", "fraction");
	is_refused_with("\"provider\"", "\"proof_of_content\":1,\"provider\"", "true or false");
	is_refused_with("\"provider\"",
			"\"legal_text\":[{\"title\":\"T\",\"sha256\":\"00\"}],"
			"\"provider\"",
			"64 lower-case");
	is_refused_with("{\"actions\"", "{\"effect\":\"permit\",\"actions\"", "duplicate");
}
END_TEST

START_TEST(strict_reading_names_the_first_byte_that_is_not_canonical)
{
	char json[1024];
	cstn_error *error = NULL;
	cstn_term *term = NULL;

	snprintf(json, sizeof(json), "{ %s", least_json + 1);
	ck_assert_int_eq(cstn_term_read(json, strlen(json), 0, NULL, &term, &error), CSTN_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "byte 1: "));
	cstn_error_free(error);
	ck_assert_ptr_null(term);
}
END_TEST

START_TEST(small_kind_is_a_word_of_the_json_and_of_the_text)
{
	cstn_term_builder *builder = term_begin();
	cstn_term *term, *again;
	cstn_buffer *text;
	const char *json;
	size_t len;

	TERM_OK(cstn_term_builder_set_flags(
			builder, CSTN_TERM_SMALL_KIND_ACKNOWLEDGED, &term_error));
	term = term_end(builder);
	json = cstn_term_json(term, &len);
	ck_assert_ptr_nonnull(
			strstr(json, "\"recipient\":\"beta\",\"small_kind_acknowledged\":true}"));
	TERM_OK(cstn_term_read(json, len, 0, NULL, &again, &term_error));
	ck_assert_uint_eq(cstn_term_components(again)->flags, CSTN_TERM_SMALL_KIND_ACKNOWLEDGED);
	TERM_OK(cstn_term_text(term, &text, &term_error));
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(text), "can be tried"));
	cstn_buffer_free(text);
	cstn_term_unref(term);
	cstn_term_unref(again);
}
END_TEST

START_TEST(fields_that_a_star_covers_are_left_out)
{
	static const char *const paths[] = {
			"order.*", "order.qty", "order[].sku", "orders.qty", "order.qty", "a.b"};
	cstn_term_builder *builder = term_begin();
	const cstn_term_view *view;
	cstn_term *term;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		TERM_OK(cstn_term_builder_add_field(builder, paths[i], &term_error));
	term = term_end(builder);
	view = cstn_term_components(term);
	ck_assert_uint_eq(view->n_fields, 3);
	ck_assert_str_eq(view->fields[0], "a.b");
	ck_assert_str_eq(view->fields[1], "order.*");
	ck_assert_str_eq(view->fields[2], "orders.qty");
	cstn_term_unref(term);
}
END_TEST

START_TEST(parts_that_are_not_set_hold_their_defaults)
{
	cstn_term *term = term_end(term_begin());
	const cstn_term_view *view = cstn_term_components(term);

	ck_assert_int_eq(view->valid_from_us, INT64_MIN);
	ck_assert_int_eq(view->valid_until_us, INT64_MAX);
	ck_assert_int_eq(view->data_window->data_from_us, INT64_MIN);
	ck_assert_int_eq(view->data_window->max_age_us, INT64_MAX);
	ck_assert_int_eq(view->granularity->level, CSTN_LEVEL_EXISTENCE);
	ck_assert_int_eq(view->onward->to, CSTN_ONWARD_NONE);
	ck_assert_int_eq(view->retention->max_us, INT64_MAX);
	ck_assert_int_eq(view->revocation->by, CSTN_REVOCATION_BOTH);
	ck_assert_int_eq(view->limits->calls, 0);
	ck_assert_ptr_null(view->constraint);
	ck_assert_ptr_null(view->legal_basis);
	ck_assert_uint_eq(view->n_duties, 0);
	cstn_term_unref(term);
}
END_TEST

START_TEST(a_component_that_is_required_is_missed_by_name)
{
	static const char *const names[] = {
			"provider", "recipient", "constellation", "fields", "purpose", "actions"};
	cstn_term_builder *builder = NULL;

	TERM_OK(cstn_term_builder_new(NULL, &builder, &term_error));
	for (size_t i = 0; i <= 6; i++) {
		cstn_error *error = NULL;
		cstn_term *term = NULL;
		cstn_status status = cstn_term_builder_build(builder, &term, &error);

		if (i < 6)
			ck_assert_msg(status == CSTN_E_INVALID_ARGUMENT &&
							strstr(cstn_error_message(error), names[i]),
					"%s: %s", names[i], cstn_error_message(error));
		else
			ck_assert_int_eq(status, CSTN_OK);
		cstn_error_free(error);
		cstn_term_unref(term);
		if (i == 0)
			TERM_OK(cstn_term_builder_set_provider(builder, "a", &term_error));
		if (i == 1)
			TERM_OK(cstn_term_builder_set_recipient(builder, "b", &term_error));
		if (i == 2)
			TERM_OK(cstn_term_builder_set_constellation(builder, "c", &term_error));
		if (i == 3)
			TERM_OK(cstn_term_builder_add_field(builder, "d.e", &term_error));
		if (i == 4)
			TERM_OK(cstn_term_builder_set_purpose(builder, "f", &term_error));
		if (i == 5)
			TERM_OK(cstn_term_builder_set_actions(builder, 1, &term_error));
	}
	cstn_term_builder_free(builder);
}
END_TEST

/* One wrong value in a part, for each rule. */
START_TEST(a_value_that_breaks_its_rule_is_refused_when_it_is_set)
{
	cstn_term_builder *to = term_begin();
	cstn_term_data_window window = CSTN_TERM_DATA_WINDOW_INIT;
	cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term_revocation revocation = CSTN_TERM_REVOCATION_INIT;
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	char long_id[66];

#define REFUSED(call) ck_assert_int_eq((call), CSTN_E_INVALID_ARGUMENT)
	memset(long_id, 'x', 65);
	long_id[65] = '\0';
	REFUSED(cstn_term_builder_set_provider(to, long_id, NULL));
	TERM_OK(cstn_term_builder_set_provider(to, long_id + 1, &term_error));
	REFUSED(cstn_term_builder_set_recipient(to, "", NULL));
	REFUSED(cstn_term_builder_set_recipient(to, "\xff", NULL));
	REFUSED(cstn_term_builder_set_effect(to, 0, NULL));
	REFUSED(cstn_term_builder_set_effect(to, 3, NULL));
	REFUSED(cstn_term_builder_set_actions(to, 0, NULL));
	REFUSED(cstn_term_builder_set_actions(to, 128, NULL));
	REFUSED(cstn_term_builder_set_flags(to, 8, NULL));
	REFUSED(cstn_term_builder_add_field(to, "order", NULL));
	window.min_age_us = -1;
	REFUSED(cstn_term_builder_set_data_window(to, &window, NULL));
	onward.max_hops = 1;
	REFUSED(cstn_term_builder_set_onward(to, &onward, NULL));
	onward.to = CSTN_ONWARD_LIST;
	REFUSED(cstn_term_builder_set_onward(to, &onward, NULL));
	onward.to = CSTN_ONWARD_SAME_CONSTELLATION;
	onward.max_hops = 9;
	REFUSED(cstn_term_builder_set_onward(to, &onward, NULL));
	onward.max_hops = 0;
	REFUSED(cstn_term_builder_set_onward(to, &onward, NULL));
	retention.max_us = 0;
	REFUSED(cstn_term_builder_set_retention(to, &retention, NULL));
	retention.max_us = 1;
	REFUSED(cstn_term_builder_set_retention(to, &retention, NULL));
	retention.max_us = INT64_MAX;
	retention.proof = 1;
	REFUSED(cstn_term_builder_set_retention(to, &retention, NULL));
	revocation.delivered = CSTN_DELIVERED_RETURN;
	REFUSED(cstn_term_builder_set_revocation(to, &revocation, NULL));
	revocation.delivered = 0;
	revocation.by = 4;
	REFUSED(cstn_term_builder_set_revocation(to, &revocation, NULL));
	limits.calls = 1;
	REFUSED(cstn_term_builder_set_limits(to, &limits, NULL));
	limits.calls = 0;
	limits.window_us = 1;
	REFUSED(cstn_term_builder_set_limits(to, &limits, NULL));
	REFUSED(cstn_term_builder_set_limits(to, NULL, NULL));
	cstn_term_builder_free(to);
}
END_TEST

START_TEST(parameters_belong_to_their_level)
{
	static const struct {
		int32_t level;
		size_t at;
		int64_t least, most;
	} cases[] = {{CSTN_LEVEL_PSEUDONYM, offsetof(cstn_term_granularity, epoch), 0, INT64_MAX},
			{CSTN_LEVEL_AGGREGATED, offsetof(cstn_term_granularity, k), 0, INT64_MAX},
			{CSTN_LEVEL_AGGREGATED, offsetof(cstn_term_granularity, l), 0, INT64_MAX},
			{CSTN_LEVEL_AGGREGATED, offsetof(cstn_term_granularity, t_permille), 0,
					1000},
			{CSTN_LEVEL_AGGREGATED, offsetof(cstn_term_granularity, contributors), 0,
					INT64_MAX},
			{CSTN_LEVEL_AGGREGATED, offsetof(cstn_term_granularity, max_share_permille),
					0, 1000},
			{CSTN_LEVEL_EXISTENCE, offsetof(cstn_term_granularity, threshold), 0,
					INT64_MAX}};
	cstn_term_builder *to = term_begin();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int32_t level = CSTN_LEVEL_RAW; level <= CSTN_LEVEL_EXISTENCE; level++) {
			cstn_term_granularity is = CSTN_TERM_GRANULARITY_INIT;
			int64_t *value = (int64_t *)(void *)((uint8_t *)&is + cases[i].at);

			if (level == CSTN_LEVEL_NOISED)
				is.sensitivity = is.nano_epsilon = 1;
			is.level = level;
			*value = 1;
			ck_assert_int_eq(cstn_term_builder_set_granularity(to, &is, NULL),
					level == cases[i].level ? CSTN_OK
								: CSTN_E_INVALID_ARGUMENT);
			if (level != cases[i].level)
				continue;
			*value = cases[i].least - 1;
			REFUSED(cstn_term_builder_set_granularity(to, &is, NULL));
			*value = cases[i].most;
			TERM_OK(cstn_term_builder_set_granularity(to, &is, &term_error));
			if (cases[i].most == INT64_MAX)
				continue;
			*value = cases[i].most + 1;
			REFUSED(cstn_term_builder_set_granularity(to, &is, NULL));
		}
	}
	cstn_term_builder_free(to);
}
END_TEST

START_TEST(steps_name_fields_of_the_term)
{
	cstn_term_step step = CSTN_TERM_STEP_INIT, star = CSTN_TERM_STEP_INIT;
	const cstn_term_step *steps[] = {&step, &star};
	cstn_term_granularity is = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_builder *to = term_begin();
	cstn_term *term = NULL;

	is.level = CSTN_LEVEL_GENERALISED;
	is.steps = steps;
	is.n_steps = 2;
	step.path = "order.qty";
	star.path = "order.*";
	star.step = 2;
	REFUSED(cstn_term_builder_set_granularity(to, &is, NULL)); /* a step of 0 */
	step.step = 10;
	TERM_OK(cstn_term_builder_set_granularity(to, &is, &term_error));
	TERM_OK(cstn_term_builder_build(to, &term, &term_error));
	ck_assert_ptr_nonnull(strstr(cstn_term_json(term, NULL),
			"\"steps\":[{\"path\":\"order.*\",\"step\":2},{"
			"\"path\":\"order.qty\",\"step\":10}]"));
	cstn_term_unref(term);
	term = NULL;
	star.path = "shipment.*";
	TERM_OK(cstn_term_builder_set_granularity(to, &is, &term_error));
	REFUSED(cstn_term_builder_build(to, &term, NULL));
	star.path = "order.qty";
	REFUSED(cstn_term_builder_set_granularity(to, &is, NULL)); /* twice */
	ck_assert_ptr_null(term);
	cstn_term_builder_free(to);
}
END_TEST

START_TEST(members_of_a_consideration_go_with_its_kind)
{
	cstn_term_consideration is = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_builder *to = term_begin();
	cstn_term *term = NULL;

	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL)); /* no kind */
	is.kind = CSTN_CONSIDERATION_MONEY;
	is.amount_minor = 1;
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL)); /* no currency */
	is.currency = "eur";
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL));
	is.currency = "EURO";
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL));
	is.currency = "EUR";
	is.amount_minor = 0;
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL));
	is.amount_minor = 1;
	is.due_us = 1;
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL)); /* due NONE */
	is.due = CSTN_DUE_EVERY;
	is.due_us = 0;
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL));
	is.due_us = 1;
	is.service = "transport";
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL));
	is.service = NULL;
	is.basis_points = 1;
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL));
	is.basis_points = 0;
	is.min_completeness_permille = 1;
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL));
	is.min_completeness_permille = 0;
	TERM_OK(cstn_term_builder_add_consideration(to, &is, &term_error));
	REFUSED(cstn_term_builder_build(to, &term, NULL)); /* a gift, and money */
	is.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	is.amount_minor = 0;
	is.currency = NULL;
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL)); /* due */
	is.kind = CSTN_CONSIDERATION_DISCOUNT;
	is.basis_points = 10001;
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL));
	is.basis_points = 10000;
	TERM_OK(cstn_term_builder_add_consideration(to, &is, &term_error));
	is.kind = CSTN_CONSIDERATION_RECIPROCAL;
	is.basis_points = 0;
	REFUSED(cstn_term_builder_add_consideration(to, &is, NULL)); /* no digest */
	cstn_term_builder_free(to);
}
END_TEST

START_TEST(consequences_of_a_duty_have_a_limit)
{
	cstn_term_duty duties[CSTN_TERM_CONSEQUENCES_MOST + 2];
	cstn_term_builder *to = term_begin();
	size_t n = sizeof(duties) / sizeof(duties[0]);

	for (size_t i = 0; i < n; i++) {
		cstn_term_duty duty = CSTN_TERM_DUTY_INIT;

		duty.phase = CSTN_DUTY_AFTER;
		duty.action = "pay";
		duty.consequence = i + 1 < n ? &duties[i + 1] : NULL;
		duties[i] = duty;
	}
	ck_assert_int_eq(cstn_term_builder_add_duty(to, &duties[0], NULL), CSTN_E_LIMIT);
	TERM_OK(cstn_term_builder_add_duty(to, &duties[1], &term_error));
	duties[n - 1].consequence = &duties[0]; /* a ring ends at the limit */
	ck_assert_int_eq(cstn_term_builder_add_duty(to, &duties[3], NULL), CSTN_E_LIMIT);
	duties[n - 1].consequence = NULL;
	duties[n - 1].phase = 0;
	REFUSED(cstn_term_builder_add_duty(to, &duties[n - 1], NULL));
	duties[n - 1].phase = CSTN_DUTY_AFTER;
	duties[n - 1].action = "";
	REFUSED(cstn_term_builder_add_duty(to, &duties[n - 1], NULL));
	cstn_term_builder_free(to);
}
END_TEST

START_TEST(a_condition_too_deep_for_json_is_refused)
{
	cstn_constraint *all = term_rows_at_most(1), *next = NULL;
	cstn_term_builder *to = term_begin();
	cstn_term *term = NULL;
	int levels = 0;

	for (;; levels++) {
		cstn_status status;

		TERM_OK(cstn_term_builder_set_constraint(to, all, &term_error));
		status = cstn_term_builder_build(to, &term, NULL);
		if (status != CSTN_OK) {
			ck_assert_int_eq(status, CSTN_E_LIMIT);
			break;
		}
		{
			cstn_term *again = NULL;
			cstn_term_set *set = NULL, *set_again = NULL;
			size_t len;
			const char *json = cstn_term_json(term, &len);

			TERM_OK(cstn_term_read(json, len, 0, NULL, &again, &term_error));
			TERM_OK(cstn_term_set_new(&term, 1, NULL, &set, &term_error));
			json = cstn_term_set_json(set, &len);
			TERM_OK(cstn_term_set_read(json, len, 0, NULL, &set_again, &term_error));
			cstn_term_set_unref(set);
			cstn_term_set_unref(set_again);
			cstn_term_unref(again);
		}
		cstn_term_unref(term);
		term = NULL;
		TERM_OK(cstn_constraint_combine(
				CSTN_CONSTRAINT_NOT, &all, 1, NULL, &next, &term_error));
		cstn_constraint_unref(all);
		all = next;
	}
	ck_assert_int_eq(levels, 62);
	cstn_constraint_unref(all);
	cstn_term_builder_free(to);
}
END_TEST

static void same_lines(const char *text, const char *expected)
{
	while (*text && *expected) {
		size_t a = strcspn(text, "\n"), b = strcspn(expected, "\n");

		ck_assert_msg(a == b && memcmp(text, expected, a) == 0, "%.*s\nis not\n%.*s",
				(int)a, text, (int)b, expected);
		text += a + 1;
		expected += b + 1;
	}
	ck_assert_str_eq(text, expected);
}

START_TEST(words_say_every_component)
{
	cstn_term *term = term_end(term_full());
	cstn_buffer *text = NULL;

	TERM_OK(cstn_term_text(term, &text, &term_error));
	same_lines((const char *)cstn_buffer_data(text),
			"In constellation fmcg, acme permits every member with the role buyer or "
			"supplier to read, write, derive, aggregate, distribute, give:\n"
			"- fields: order.*, shipment.eta\n"
			"- purpose: planning, and what it covers\n"
			"- access: from 2024-10-04T00:00:00Z to before 2027-07-01T00:00:00Z\n"
			"- data: about from 1970-01-01T00:00:00Z to before 2024-10-04T00:00:00Z, "
			"at "
			"least 1 day old, at most 90 days old\n"
			"- granularity: aggregated, cells of at least 5 rows, 1 distinct sensitive "
			"values and 3 companies, none with more than 600 permille, t-closeness "
			"1000 "
			"permille\n"
			"- passing on: to delta, gamma, over at most 2 hops\n"
			"- retention: at most 30 days from delivery, then made unreadable by "
			"destroying its key, with a signed receipt\n"
			"- revocation: by the provider, with a notice of 7 days; what was "
			"delivered "
			"is deleted\n"
			"- limits: 100 calls and 10000 rows in each 1 day; 9223372036854775807 "
			"rows "
			"in all; 1000000000 nano-epsilon in each 365 days\n"
			"- in return: 5000 minor units of EUR, due every 30 days from the start "
			"on, "
			"with a grace of 1 day; while it is overdue or unknown, nothing is "
			"released\n"
			"- in return: data under the term "
			"abababababababababababababababababababababababababababababababab, at "
			"least "
			"950 permille complete, at most 1 day stale; overdue, it is only noted\n"
			"- duty: report, before a release; if that is violated: pay, afterwards, "
			"due "
			"1 day after the end\n"
			"- condition: rows is at most 1000\n"
			"- legal basis: gdpr-6-1-b\n"
			"- acknowledged: the two compete elsewhere\n"
			"- record: a SHA-256 of what leaves\n"
			"- document, not machine-evaluated: Framework contract (SHA-256 "
			"1111111111111111111111111111111111111111111111111111111111111111)\n");
	cstn_buffer_free(text);
	cstn_term_unref(term);
}
END_TEST

START_TEST(sets_are_sorted_and_hold_each_term_once)
{
	cstn_term *terms[3] = {term_end(term_full()), term_end(term_begin()), NULL};
	cstn_term_set *one = NULL, *other = NULL, *read = NULL;
	uint8_t a[32], b[32];
	const char *json;
	size_t len;

	terms[2] = read_text(full_json, 0);
	TERM_OK(cstn_term_set_new(terms, 3, NULL, &one, &term_error));
	TERM_OK(cstn_term_set_new(terms + 1, 2, NULL, &other, &term_error));
	ck_assert_uint_eq(cstn_term_set_count(one), 2);
	cstn_term_set_digest(one, a);
	cstn_term_set_digest(other, b);
	ck_assert_mem_eq(a, b, 32);
	json = cstn_term_set_json(one, &len);
	TERM_OK(cstn_term_set_read(json, len, 0, NULL, &read, &term_error));
	cstn_term_set_digest(read, b);
	ck_assert_mem_eq(a, b, 32);
	cstn_term_digest(cstn_term_set_at(one, 0), a);
	cstn_term_digest(cstn_term_set_at(one, 1), b);
	ck_assert_int_lt(memcmp(a, b, 32), 0);
	ck_assert_ptr_null(cstn_term_set_at(one, 2));
	cstn_term_set_unref(read);
	read = NULL;
	ck_assert_int_eq(cstn_term_set_read("[]", 2, 0, NULL, &read, NULL), CSTN_E_FORMAT);
	ck_assert_int_eq(cstn_term_set_read("[{}]", 4, 0, NULL, &read, NULL), CSTN_E_FORMAT);
	REFUSED(cstn_term_set_new(terms, 0, NULL, &read, NULL));
	ck_assert_ptr_null(read);
	cstn_term_set_unref(one);
	cstn_term_set_unref(other);
	for (size_t i = 0; i < 3; i++)
		cstn_term_unref(terms[i]);
}
END_TEST

START_TEST(out_of_memory_leaves_outputs_untouched)
{
	for (uint64_t n = 1;; n++) {
		failing_allocator memory;
		cstn_term *term = NULL;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = cstn_term_read(
				full_json, strlen(full_json), 0, &memory.allocator, &term, NULL);
		if (status == CSTN_OK) {
			is_json(term, full_json);
			cstn_term_unref(term);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			ck_assert_uint_gt(n, 3);
			break;
		}
		ck_assert_int_eq(status, CSTN_E_NOMEM);
		ck_assert_ptr_null(term);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_term_has_the_canonical_text_of_its_components,
			small_kind_is_a_word_of_the_json_and_of_the_text,
			its_digest_is_that_of_prefix_and_text,
			what_is_written_reads_back_to_the_same_bytes,
			loose_reading_takes_other_orders_spaces_and_defaults,
			bad_text_is_refused_with_byte_and_member,
			strict_reading_names_the_first_byte_that_is_not_canonical,
			fields_that_a_star_covers_are_left_out,
			parts_that_are_not_set_hold_their_defaults,
			a_component_that_is_required_is_missed_by_name,
			a_value_that_breaks_its_rule_is_refused_when_it_is_set,
			parameters_belong_to_their_level, steps_name_fields_of_the_term,
			members_of_a_consideration_go_with_its_kind,
			consequences_of_a_duty_have_a_limit,
			a_condition_too_deep_for_json_is_refused, words_say_every_component,
			sets_are_sorted_and_hold_each_term_once,
			out_of_memory_leaves_outputs_untouched};

	return run_tests("terms", tests, sizeof(tests) / sizeof(tests[0]));
}
