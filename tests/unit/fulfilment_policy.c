/* Service policies: canonical text, digests given from outside, refusals, builder, properties. */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/service_policy.h>

#include "base/stats.h"
#include "fulfilment/policy.h"

#include "failing_allocator.h"
#include "suite.h"

#define DEFAULT_DIGEST "70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a"
#define HEX64 "00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0"

static cstn_service_policy *policy_of(const char *changes)
{
	cstn_service_policy *policy = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_service_policy_new(changes, NULL, &policy, &error);

	ck_assert_msg(status == CSTN_OK, "%s: %s", changes ? changes : "no changes",
			cstn_error_message(error));
	return policy;
}

static const char *value_of(const cstn_service_policy *policy, const char *key)
{
	const char *value = NULL;

	ck_assert_int_eq(cstn_service_policy_get(policy, key, &value, NULL), CSTN_OK);
	return value;
}

/* The status and that the message has `words`; the policy is not made. */
static void refused(const char *changes, const char *words)
{
	cstn_service_policy *policy = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_service_policy_new(changes, NULL, &policy, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(policy);
	ck_assert_msg(strstr(cstn_error_message(error), words), "'%s' lacks '%s'",
			cstn_error_message(error), words);
	cstn_error_free(error);
}

static void parse_refused(const char *text, size_t len, const char *words)
{
	cstn_service_policy *policy = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(
			cstn_service_policy_parse(text, len, NULL, &policy, &error), CSTN_E_FORMAT);
	ck_assert_ptr_null(policy);
	ck_assert_msg(strstr(cstn_error_message(error), words), "'%s' lacks '%s'",
			cstn_error_message(error), words);
	cstn_error_free(error);
}

/* The default text with one line replaced. */
static char *text_with(const char *old_line, const char *new_line)
{
	cstn_service_policy *policy = policy_of(NULL);
	const char *text = cstn_service_policy_format(policy, NULL);
	const char *at = strstr(text, old_line);
	char *changed = malloc(strlen(text) + strlen(new_line) + 1);

	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_nonnull(changed);
	sprintf(changed, "%.*s%s%s", (int)(at - text), text, new_line, at + strlen(old_line));
	cstn_service_policy_unref(policy);
	return changed;
}

/* --- digests ------------------------------------------------------------------------------ */

START_TEST(default_policy_has_the_digest_of_the_specification)
{
	cstn_service_policy *policy = policy_of(NULL);

	ck_assert_str_eq(cstn_service_policy_digest_text(policy), DEFAULT_DIGEST);
	cstn_service_policy_unref(policy);
}
END_TEST

static const struct {
	const char *changes, *digest;
} DIGESTS[] = {
		{"components=T supplier_cancel=exclude overdue_open=exclude", "a0af6fe8058b1bf7"},
		{"components=T supplier_cancel=exclude overdue_open=exclude time_unit=instant",
				"61d2ba8e269294f0"},
		{"components=T supplier_cancel=exclude overdue_open=exclude actual_missing=fail",
				"10ed27ed344ab606"},
		{"components=T supplier_cancel=exclude actual_missing=fail", "2c52088587ee11f3"},
		{"components=T actual_missing=fail", "defdb8bd46064763"},
		{"components=T actual_missing=fail customer_cancel=fail", "d5abefef0e1a09ce"},
		{"direction=inbound level=line components=T", "5471c133337a448e"},
};

START_TEST(changed_policy_has_the_digest_of_the_reference_answers)
{
	cstn_service_policy *policy = policy_of(DIGESTS[_i].changes);

	ck_assert_mem_eq(cstn_service_policy_digest_text(policy), DIGESTS[_i].digest, 16);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(digest_bytes_and_digest_text_agree)
{
	cstn_service_policy *policy = policy_of("level=line");
	uint8_t digest[CSTN_DIGEST_SIZE];
	char text[65];
	int i;

	cstn_service_policy_digest(policy, digest);
	for (i = 0; i < 32; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	ck_assert_str_eq(text, cstn_service_policy_digest_text(policy));
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(order_and_spacing_of_changes_do_not_matter)
{
	cstn_service_policy *one = policy_of("level=line\n  components=T\r\n\tdirection=inbound\n");
	cstn_service_policy *other = policy_of("direction=inbound level=line components=T");

	ck_assert_str_eq(cstn_service_policy_digest_text(one),
			cstn_service_policy_digest_text(other));
	cstn_service_policy_unref(one);
	cstn_service_policy_unref(other);
}
END_TEST

/* --- text --------------------------------------------------------------------------------- */

START_TEST(default_text_begins_and_ends_as_the_specification_says)
{
	cstn_service_policy *policy = policy_of("");
	size_t len = 0;
	const char *text = cstn_service_policy_format(policy, &len);
	size_t lines = 0, i;

	ck_assert_uint_eq(len, strlen(text));
	ck_assert_mem_eq(text, "cstn-service-policy 1\ndirection=outbound\nlevel=order\n", 53);
	ck_assert_str_eq(text + len - 23, "\nconfidence_ppm=950000\n");
	for (i = 0; i < len; i++)
		lines += text[i] == '\n';
	ck_assert_uint_eq(lines, 36);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(text_cut_anywhere_is_refused)
{
	cstn_service_policy *policy = policy_of(NULL), *out = NULL;
	size_t len = 0, cut;
	const char *text = cstn_service_policy_format(policy, &len);

	for (cut = 0; cut < len; cut++)
		ck_assert_int_eq(cstn_service_policy_parse(text, cut, NULL, &out, NULL),
				CSTN_E_FORMAT);
	ck_assert_ptr_null(out);
	ck_assert_int_eq(cstn_service_policy_parse(text, len, NULL, &out, NULL), CSTN_OK);
	cstn_service_policy_unref(out);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(text_with_any_byte_changed_is_refused_or_another_policy)
{
	cstn_service_policy *policy = policy_of(NULL), *out;
	size_t len = 0, i, other_len;
	const char *text = cstn_service_policy_format(policy, &len);
	char *copy = malloc(len);

	ck_assert_ptr_nonnull(copy);
	for (i = 0; i < len; i++) {
		memcpy(copy, text, len);
		copy[i] = (char)(copy[i] ^ 1);
		out = NULL;
		if (cstn_service_policy_parse(copy, len, NULL, &out, NULL) != CSTN_OK)
			continue;
		ck_assert_mem_eq(cstn_service_policy_format(out, &other_len), copy, len);
		ck_assert_uint_eq(other_len, len);
		cstn_service_policy_unref(out);
	}
	free(copy);
	cstn_service_policy_unref(policy);
}
END_TEST

static const struct {
	const char *from, *to, *words;
} MISSPELT[] = {
		{"cstn-service-policy 1\n", "cstn-service-policy 2\n",
				"line 1: 'cstn-service-policy 1'"},
		{"cstn-service-policy 1\n", "cstn-service-policy 1\r\n", "line 1"},
		{"cstn-service-policy 1\n",
				"\xef\xbb\xbf"
				"cstn-service-policy 1\n",
				"line 1"},
		{"level=order\nweight=count\n", "weight=count\nlevel=order\n",
				"line 3: 'level=...' expected, 'weight=count' found"},
		{"level=order\n", "", "line 3: 'level=...' expected"},
		{"level=order\n", "level=order\nlevel=order\n", "line 4: 'weight=...' expected"},
		{"level=order\n", "level = order\n", "line 3"},
		{"level=order\n", "level=order \n", "policy key 'level' cannot be 'order '"},
		{"level=order\n", "level=Order\n",
				"line 3: policy key 'level' cannot be 'Order'; allowed: order, "
				"schedule, "
				"shipment, line"},
		{"level=order\n", "level=order\r\n", "line 3"},
		{"late_tolerance=0\n", "late_tolerance=00\n", "late_tolerance"},
		{"late_tolerance=0\n", "late_tolerance=+1\n", "late_tolerance"},
		{"late_tolerance=0\n", "late_tolerance=-1\n", "late_tolerance"},
		{"late_tolerance=0\n", "late_tolerance=01\n", "late_tolerance"},
		{"late_tolerance=0\n", "late_tolerance=1.0\n", "late_tolerance"},
		{"late_tolerance=0\n", "late_tolerance=\n", "late_tolerance"},
		{"components=TFDC\n", "components=DT\n", "'components' cannot be 'DT'"},
		{"components=TFDC\n", "components=\n", "components"},
		{"components=TFDC\n", "components=TT\n", "components"},
		{"documents=all\n", "documents=invoice,packing_slip\n", "documents"},
		{"confidence_ppm=950000\n", "confidence_ppm=950000\n\n", "must end after 35 keys"},
		{"confidence_ppm=950000\n", "confidence_ppm=950000\nnew=1\n", "line 37"},
};

START_TEST(text_of_another_order_or_spelling_is_refused_with_its_line)
{
	char *text = text_with(MISSPELT[_i].from, MISSPELT[_i].to);

	parse_refused(text, strlen(text), MISSPELT[_i].words);
	free(text);
}
END_TEST

START_TEST(text_with_a_nul_inside_is_refused)
{
	char *text = text_with("level=order\n", "level=order#\n");
	size_t len = strlen(text);

	*strchr(text, '#') = '\0';
	parse_refused(text, len, "level");
	free(text);
}
END_TEST

/* --- values ------------------------------------------------------------------------------- */

static const struct {
	const char *change, *words;
} REFUSED[] = {
		{"levl=line", "policy has no key 'levl'; similar: 'level'"},
		{"level=line level=line", "policy key 'level' is set twice"},
		{"level=line level=order", "policy key 'level' is set twice"},
		{"level", "policy change 'level' is not of the form key=value"},
		{"=line", "policy has no key ''"},
		{"level=", "policy key 'level' cannot be ''"},
		{"level=rows", "policy key 'level' cannot be 'rows'; allowed: order, schedule, "
			       "shipment, line"},
		{"late_tolerance=9223372036854775808", "late_tolerance"},
		{"under_tolerance_ppm=1000001", "a whole number to 1000000"},
		{"confidence_ppm=0", "from 1 to 999999"},
		{"confidence_ppm=1000000", "from 1 to 999999"},
		{"confidence_ppm=unset", "confidence_ppm"},
		{"zone=offset:+24:00", "zone"},
		{"zone=offset:+01:60", "zone"},
		{"zone=offset:01:00", "zone"},
		{"zone=offset:+1:00", "zone"},
		{"zone=offset:+00:00", "no offset is written 'utc'"},
		{"zone=offset:-00:00", "no offset is written 'utc'"},
		{"zone=UTC", "zone"},
		{"zone=tzif:00", "zone"},
		{"zone=tzif:" HEX64 "0", "zone"},
		{"zone=tzif:"
		 "A0112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0",
				"zone"},
		{"calendar=" HEX64 "00", "calendar"},
		{"calendar=none", "calendar"},
		{"documents=", "documents"},
		{"documents=invoice,", "documents"},
		{"documents=,invoice", "documents"},
		{"documents=invoice,invoice", "documents"},
		{"documents=invoice,cheque", "documents"},
		{"documents=packing_slip,bill_of_lading,invoice,certificate,customs,dangerous_"
		 "goods",
				"all six are written 'all'"},
};

START_TEST(value_out_of_range_is_refused_and_the_message_says_what_is_allowed)
{
	refused(REFUSED[_i].change, REFUSED[_i].words);
}
END_TEST

START_TEST(numbers_up_to_the_end_of_their_range_are_taken)
{
	cstn_service_policy *policy = policy_of("late_tolerance=9223372036854775807 "
						"under_tolerance_ppm=1000000 confidence_ppm=1 "
						"over_tolerance_ppm=9223372036854775807");
	const cstn__policy_rules *rules = cstn__policy_rules_of(policy);

	ck_assert_int_eq(rules->late_tolerance, INT64_MAX);
	ck_assert_int_eq(rules->over_ppm, INT64_MAX);
	ck_assert_int_eq(rules->under_ppm, 1000000);
	ck_assert_int_eq(rules->confidence_ppm, 1);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(default_rules_are_those_of_the_table)
{
	cstn_service_policy *policy = policy_of(NULL);
	const cstn__policy_rules *r = cstn__policy_rules_of(policy);

	ck_assert(!r->inbound && r->level == CSTN__LEVEL_ORDER && r->weight == CSTN__WEIGHT_COUNT);
	ck_assert(!r->credit_unit && r->components == 15 && r->period_basis == CSTN__BASIS_DUE);
	ck_assert(r->promise_basis == CSTN__PROMISE_FIRST_COMMIT && !r->customer_change_ignore);
	ck_assert(!r->supplier_change_supersede && r->actual_basis == CSTN__ACTUAL_DELIVERED);
	ck_assert(r->actual_missing == CSTN__EXCLUDE && !r->attempt_counts);
	ck_assert(r->time_unit == CSTN__UNIT_DAY && r->zone == CSTN__ZONE_UTC && r->calendar_all);
	ck_assert(r->early_tolerance == CSTN__UNSET && r->late_tolerance == 0);
	ck_assert(r->over_ppm == 0 && r->under_ppm == 0 && !r->substitution_accept_agreed);
	ck_assert(!r->single_shipment && !r->in_full_at_due);
	ck_assert(r->customer_cancel == CSTN__EXCLUDE && r->supplier_cancel == CSTN__FAIL);
	ck_assert(r->customer_fault == CSTN__EXCLUDE && r->force_majeure == CSTN__COUNT);
	ck_assert(r->overdue_open == CSTN__FAIL && r->documents == 63 && r->documents_within == 0);
	ck_assert(!r->documents_positive && !r->condition_positive && r->claim_window_days == 30);
	ck_assert(r->returns_restate == 0 && r->unassessed == CSTN__EXCLUDE);
	ck_assert(r->confidence_ppm == 950000);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(changed_rules_are_compiled)
{
	cstn_service_policy *policy = policy_of(
			"zone=offset:-03:30 calendar=" HEX64
			" components=FC documents=invoice,customs "
			"supplier_cancel=exclude overdue_open=exclude force_majeure=exclude "
			"customer_fault=pass unassessed=fail returns_restate=all early_tolerance=0 "
			"late_tolerance=unset");
	const cstn__policy_rules *r = cstn__policy_rules_of(policy);

	ck_assert(r->zone == CSTN__ZONE_OFFSET && r->zone_offset_seconds == -12600);
	ck_assert(!r->calendar_all && r->calendar_digest[1] == 0x11);
	ck_assert(r->components == 10 && r->documents == 20);
	ck_assert(r->supplier_cancel == CSTN__EXCLUDE && r->overdue_open == CSTN__EXCLUDE);
	ck_assert(r->force_majeure == CSTN__EXCLUDE && r->customer_fault == CSTN__PASS);
	ck_assert(r->unassessed == CSTN__FAIL && r->returns_restate == 2);
	ck_assert(r->early_tolerance == 0 && r->late_tolerance == CSTN__UNSET);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(get_gives_the_value_and_an_unknown_key_names_a_similar_one)
{
	cstn_service_policy *policy = policy_of("level=line");
	cstn_error *error = NULL;
	const char *value = "untouched";

	ck_assert_str_eq(value_of(policy, "level"), "line");
	ck_assert_str_eq(value_of(policy, "early_tolerance"), "unset");
	ck_assert_int_eq(
			cstn_service_policy_get(policy, "lavel", &value, &error), CSTN_E_NOT_FOUND);
	ck_assert_str_eq(value, "untouched");
	ck_assert_str_eq(cstn_error_message(error), "policy has no key 'lavel'; similar: 'level'");
	cstn_error_free(error);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(every_key_has_values_and_meaning_and_there_are_35)
{
	size_t i;

	ck_assert_uint_eq(cstn_service_policy_key_count(), 35);
	for (i = 0; i < 35; i++) {
		cstn_service_policy *policy = policy_of(NULL);
		const char *value = value_of(policy, cstn_service_policy_key_at(i));

		/* Default first, as the header says. */
		ck_assert_int_eq(
				strncmp(cstn_service_policy_values_at(i), value, strlen(value)), 0);
		ck_assert_uint_gt(strlen(cstn_service_policy_meaning_at(i)), 10);
		cstn_service_policy_unref(policy);
	}
	ck_assert_ptr_null(cstn_service_policy_key_at(35));
	ck_assert_ptr_null(cstn_service_policy_values_at(35));
	ck_assert_ptr_null(cstn_service_policy_meaning_at(SIZE_MAX));
}
END_TEST

/* --- builder, references, arguments ----------------------------------------------------------- */

START_TEST(builder_makes_the_policy_that_the_changes_make_and_goes_on)
{
	cstn_service_policy_builder *builder = NULL;
	cstn_service_policy *first = NULL, *second = NULL,
			    *wanted = policy_of("level=line weight=value");

	ck_assert_int_eq(cstn_service_policy_builder_new(NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_service_policy_builder_set(builder, "level", "line", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_service_policy_builder_build(builder, &first, NULL), CSTN_OK);
	ck_assert_int_eq(
			cstn_service_policy_builder_set(builder, "weight", "value", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_service_policy_builder_build(builder, &second, NULL), CSTN_OK);
	ck_assert_str_eq(value_of(first, "weight"), "count");
	ck_assert_str_eq(cstn_service_policy_digest_text(second),
			cstn_service_policy_digest_text(wanted));
	cstn_service_policy_builder_free(builder);
	cstn_service_policy_unref(first);
	cstn_service_policy_unref(second);
	cstn_service_policy_unref(wanted);
}
END_TEST

START_TEST(builder_refuses_a_key_twice_and_keeps_the_first_value)
{
	cstn_service_policy_builder *builder = NULL;
	cstn_service_policy *policy = NULL;

	ck_assert_int_eq(cstn_service_policy_builder_new(NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_service_policy_builder_set(builder, "level", "line", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_service_policy_builder_set(builder, "level", "shipment", NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_service_policy_builder_build(builder, &policy, NULL), CSTN_OK);
	ck_assert_str_eq(value_of(policy, "level"), "line");
	cstn_service_policy_unref(policy);
	cstn_service_policy_builder_free(builder);
}
END_TEST

START_TEST(builder_takes_another_value_after_a_refused_one)
{
	cstn_service_policy_builder *builder = NULL;

	ck_assert_int_eq(cstn_service_policy_builder_new(NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_service_policy_builder_set(builder, "level", "row", NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_service_policy_builder_set(builder, "level", "line", NULL), CSTN_OK);
	cstn_service_policy_builder_free(builder);
}
END_TEST

START_TEST(absent_arguments_are_errors_and_absent_policies_are_harmless)
{
	cstn_service_policy *policy = policy_of(NULL), *other = NULL;
	cstn_service_policy_builder *builder = NULL;
	const char *value = NULL;
	size_t len = 7;
	uint8_t digest[32] = {1};

	ck_assert_int_eq(cstn_service_policy_new("", NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_service_policy_parse(NULL, 5, NULL, &policy, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_service_policy_get(NULL, "level", &value, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_service_policy_get(policy, NULL, &value, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_service_policy_builder_set(NULL, "level", "line", NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_service_policy_builder_new(NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_service_policy_builder_new(NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_service_policy_builder_build(builder, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_service_policy_builder_build(NULL, &other, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_service_policy_builder_free(builder);
	ck_assert_str_eq(cstn_service_policy_format(NULL, &len), "");
	ck_assert_uint_eq(len, 0);
	cstn_service_policy_digest(NULL, digest);
	ck_assert_uint_eq(digest[0], 0);
	cstn_service_policy_unref(NULL);
	cstn_service_policy_builder_free(NULL);
	ck_assert_ptr_null(cstn_service_policy_ref(NULL));
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(out_of_memory_leaves_the_output_untouched_and_nothing_leaks)
{
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_service_policy_builder *builder = NULL;
		cstn_service_policy *policy = NULL;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = cstn_service_policy_builder_new(&memory.allocator, &builder, NULL);
		if (status == CSTN_OK)
			status = cstn_service_policy_builder_build(builder, &policy, NULL);
		cstn_service_policy_builder_free(builder);
		if (status == CSTN_OK) {
			cstn_service_policy_unref(policy);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			break;
		}
		ck_assert_int_eq(status, CSTN_E_NOMEM);
		ck_assert_ptr_null(policy);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(policy_lives_until_its_last_reference_is_gone)
{
	cstn_service_policy *policy = policy_of("level=line");
	cstn_service_policy *other = cstn_service_policy_ref(policy);

	cstn_service_policy_unref(policy);
	ck_assert_str_eq(value_of(other, "level"), "line");
	cstn_service_policy_unref(other);
}
END_TEST

/* --- properties --------------------------------------------------------------------------- */

/* A random canonical value of key `index`, from the words that values_at() lists where they are
 * values themselves, else made up. */
static void random_value(size_t index, uint64_t key, uint64_t *counter, char *out, size_t size)
{
	static const char *const ZONES[] = {"utc", "event", "ship_to", "offset:+05:30",
			"offset:-11:00", ("tzif:" HEX64)};
	static const char *const DOCUMENTS[] = {"all", "invoice", "packing_slip,customs",
			"bill_of_lading,certificate,dangerous_goods"};
	const char *name = cstn_service_policy_key_at(index);
	uint64_t r = cstn__random_u64(key, (*counter)++);
	const char *values = cstn_service_policy_values_at(index);

	if (strcmp(name, "zone") == 0) {
		snprintf(out, size, "%s", ZONES[r % 6]);
	} else if (strcmp(name, "calendar") == 0) {
		snprintf(out, size, "%s", r % 2 ? HEX64 : "all");
	} else if (strcmp(name, "documents") == 0) {
		snprintf(out, size, "%s", DOCUMENTS[r % 4]);
	} else if (strcmp(name, "components") == 0) {
		static const char *const SETS[] = {"T", "F", "TF", "TFDC", "DC", "TC", "FD"};
		snprintf(out, size, "%s", SETS[r % 7]);
	} else if (strstr(values, "a whole number")) {
		if (strstr(values, "unset") && r % 4 == 0)
			snprintf(out, size, "unset");
		else
			snprintf(out, size, "%llu", (unsigned long long)(1 + (r >> 8) % 999999));
	} else {
		size_t n = 1, pick;
		const char *at;

		for (at = values; (at = strstr(at, ", ")); at += 2)
			n++;
		pick = r % n;
		for (at = values; pick; pick--)
			at = strstr(at, ", ") + 2;
		snprintf(out, size, "%.*s", (int)strcspn(at, ","), at);
	}
}

START_TEST(parse_of_format_is_the_same_policy_for_random_policies)
{
	uint64_t counter = 0;
	int round;

	for (round = 0; round < 2000; round++) {
		cstn_service_policy_builder *builder = NULL;
		cstn_service_policy *policy = NULL, *again = NULL;
		size_t i, len = 0, again_len = 0;
		const char *text;
		char value[128];

		ck_assert_int_eq(cstn_service_policy_builder_new(NULL, &builder, NULL), CSTN_OK);
		for (i = 0; i < 35; i++) {
			cstn_error *error = NULL;

			random_value(i, 20260101, &counter, value, sizeof value);
			ck_assert_msg(cstn_service_policy_builder_set(builder,
						      cstn_service_policy_key_at(i), value,
						      &error) == CSTN_OK,
					"%s", cstn_error_message(error));
		}
		ck_assert_int_eq(
				cstn_service_policy_builder_build(builder, &policy, NULL), CSTN_OK);
		text = cstn_service_policy_format(policy, &len);
		ck_assert_int_eq(cstn_service_policy_parse(text, len, NULL, &again, NULL), CSTN_OK);
		ck_assert_mem_eq(cstn_service_policy_format(again, &again_len), text, len);
		ck_assert_uint_eq(len, again_len);
		ck_assert_mem_eq(cstn__policy_rules_of(policy), cstn__policy_rules_of(again),
				sizeof(cstn__policy_rules));
		ck_assert_str_eq(cstn_service_policy_digest_text(policy),
				cstn_service_policy_digest_text(again));
		cstn_service_policy_unref(policy);
		cstn_service_policy_unref(again);
		cstn_service_policy_builder_free(builder);
	}
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tests = tcase_create("policy");

	tcase_set_timeout(tests, 0);
	tcase_add_test(tests, default_policy_has_the_digest_of_the_specification);
	tcase_add_loop_test(tests, changed_policy_has_the_digest_of_the_reference_answers, 0,
			COUNT(DIGESTS));
	tcase_add_test(tests, digest_bytes_and_digest_text_agree);
	tcase_add_test(tests, order_and_spacing_of_changes_do_not_matter);
	tcase_add_test(tests, default_text_begins_and_ends_as_the_specification_says);
	tcase_add_test(tests, text_cut_anywhere_is_refused);
	tcase_add_test(tests, text_with_any_byte_changed_is_refused_or_another_policy);
	tcase_add_loop_test(tests, text_of_another_order_or_spelling_is_refused_with_its_line, 0,
			COUNT(MISSPELT));
	tcase_add_test(tests, text_with_a_nul_inside_is_refused);
	tcase_add_loop_test(tests,
			value_out_of_range_is_refused_and_the_message_says_what_is_allowed, 0,
			COUNT(REFUSED));
	tcase_add_test(tests, numbers_up_to_the_end_of_their_range_are_taken);
	tcase_add_test(tests, default_rules_are_those_of_the_table);
	tcase_add_test(tests, changed_rules_are_compiled);
	tcase_add_test(tests, get_gives_the_value_and_an_unknown_key_names_a_similar_one);
	tcase_add_test(tests, every_key_has_values_and_meaning_and_there_are_35);
	tcase_add_test(tests, builder_makes_the_policy_that_the_changes_make_and_goes_on);
	tcase_add_test(tests, builder_refuses_a_key_twice_and_keeps_the_first_value);
	tcase_add_test(tests, builder_takes_another_value_after_a_refused_one);
	tcase_add_test(tests, absent_arguments_are_errors_and_absent_policies_are_harmless);
	tcase_add_test(tests, out_of_memory_leaves_the_output_untouched_and_nothing_leaks);
	tcase_add_test(tests, policy_lives_until_its_last_reference_is_gone);
	tcase_add_test(tests, parse_of_format_is_the_same_policy_for_random_policies);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
