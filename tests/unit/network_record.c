/* Records: builders, every rule between fields, reading, JSON. */
#include <math.h>
#include <string.h>

#include <constellation/constellation.h>

#include "suite.h"

static cstn_record_builder *builder_of(const char *noun)
{
	cstn_record_builder *builder = NULL;

	ck_assert_int_eq(cstn_record_builder_new(noun, NULL, &builder, NULL), CSTN_OK);
	return builder;
}

static void set(cstn_record_builder *builder, const char *field, const char *text)
{
	cstn_error *error = NULL;

	ck_assert_msg(cstn_record_builder_set_text(builder, field, text, strlen(text), &error) ==
					CSTN_OK,
			"%s", cstn_error_message(error));
}

/* A builder with fields, given as "name=text;name=text". */
static cstn_record_builder *filled(const char *noun, const char *fields)
{
	cstn_record_builder *builder = builder_of(noun);

	while (*fields != '\0') {
		size_t name = strcspn(fields, "="), text = strcspn(fields + name + 1, ";");
		char field[64];

		ck_assert_uint_lt(name, sizeof(field));
		memcpy(field, fields, name);
		field[name] = '\0';
		ck_assert_int_eq(cstn_record_builder_set_text(
						 builder, field, fields + name + 1, text, NULL),
				CSTN_OK);
		fields += name + 1 + text;
		fields += *fields == ';';
	}
	return builder;
}

static void add_line(cstn_record_builder *builder, const char *number, const char *qty)
{
	ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
	set(builder, "line_number", number);
	set(builder, "item_id", "bolt");
	set(builder, "qty", qty);
}

static cstn_record_builder *good_order(void)
{
	cstn_record_builder *builder =
			filled("order", "order_id=O-1;order_recorded=2024-05-01T10:00:00Z;seller="
					"acme;buyer=bolt_and_co;ordered=2024-05-01");

	add_line(builder, "1", "10");
	return builder;
}

/* The builder, which is freed, gives a record. */
static cstn_record *built(cstn_record_builder *builder)
{
	cstn_record *record = NULL;
	cstn_error *error = NULL;

	ck_assert_msg(cstn_record_builder_build(builder, &record, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn_record_builder_free(builder);
	return record;
}

/* The builder, which is freed, is refused with a message that holds `part`. */
static void refused(cstn_record_builder *builder, const char *part)
{
	cstn_record *record = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_record_builder_build(builder, &record, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(record);
	ck_assert_msg(strstr(cstn_error_message(error), part) != NULL, "'%s' is not in '%s'", part,
			cstn_error_message(error));
	cstn_error_free(error);
	cstn_record_builder_free(builder);
}

START_TEST(what_was_set_is_read)
{
	cstn_record *record = built(good_order());
	size_t len = 0;

	ck_assert_str_eq(cstn_record_noun(record), "order");
	ck_assert_uint_eq(cstn_record_lines(record), 1);
	ck_assert_uint_eq(cstn_record_seq(record), 0);
	ck_assert_str_eq(cstn_record_text(record, CSTN_NO_LINE, "seller", &len), "acme");
	ck_assert_uint_eq(len, 4);
	ck_assert_int_eq(cstn_record_int(record, 0, "qty"), 10);
	ck_assert_int_eq(cstn_record_int(record, CSTN_NO_LINE, "ordered"),
			INT64_C(1714521600000000));
	ck_assert_double_eq(cstn_record_double(record, 0, "qty"), 10);
	ck_assert_int_eq(cstn_record_has(record, 0, "promised"), 0);
	cstn_record_unref(record);
}
END_TEST

START_TEST(a_field_is_not_read_where_it_is_not)
{
	cstn_record *record = built(good_order());

	ck_assert_int_eq(cstn_record_has(record, CSTN_NO_LINE, "qty"), 0);
	ck_assert_int_eq(cstn_record_has(record, 0, "seller"), 0);
	ck_assert_int_eq(cstn_record_has(record, 1, "qty"), 0);
	ck_assert_int_eq(cstn_record_has(record, 0, "no such field"), 0);
	ck_assert_ptr_null(cstn_record_text(record, 0, "qty", NULL));
	ck_assert_int_eq(cstn_record_int(record, CSTN_NO_LINE, "seller"), 0);
	ck_assert_int_eq(cstn_record_has(NULL, 0, "qty"), 0);
	ck_assert_str_eq(cstn_record_noun(NULL), "");
	cstn_record_unref(record);
	cstn_record_unref(NULL);
}
END_TEST

START_TEST(a_builder_goes_on_to_the_next_version)
{
	cstn_record_builder *builder = good_order();
	cstn_record *first = NULL, *second = NULL;

	ck_assert_int_eq(cstn_record_builder_build(builder, &first, NULL), CSTN_OK);
	set(builder, "state", "placed");
	ck_assert_int_eq(cstn_record_builder_build(builder, &second, NULL), CSTN_OK);
	cstn_record_builder_free(builder);
	ck_assert_int_eq(cstn_record_has(first, CSTN_NO_LINE, "state"), 0);
	ck_assert_str_eq(cstn_record_text(second, CSTN_NO_LINE, "state", NULL), "placed");
	cstn_record_unref(first);
	cstn_record_unref(second);
}
END_TEST

START_TEST(a_record_outlives_its_first_holder)
{
	cstn_record *record = built(good_order()), *again = cstn_record_ref(record);

	cstn_record_unref(record);
	ck_assert_str_eq(cstn_record_text(again, CSTN_NO_LINE, "order_id", NULL), "O-1");
	cstn_record_unref(again);
}
END_TEST

START_TEST(every_broken_rule_is_told_at_once)
{
	cstn_record_builder *builder = builder_of("order");
	cstn_error *error = NULL;
	cstn_record *record = NULL;
	const char *message;

	set(builder, "state", "lost");
	add_line(builder, "1", "0");
	ck_assert_int_eq(cstn_record_builder_build(builder, &record, &error),
			CSTN_E_INVALID_ARGUMENT);
	message = cstn_error_message(error);
	ck_assert_ptr_nonnull(strstr(message, "field 'order_id': a value is required"));
	ck_assert_ptr_nonnull(strstr(message, "field 'seller'"));
	ck_assert_ptr_nonnull(strstr(message, "'lost' is none of its codes"));
	ck_assert_ptr_nonnull(strstr(message, "line 0, field 'qty': 0 is not positive"));
	ck_assert_ptr_null(strchr(message, '\n'));
	cstn_error_free(error);
	cstn_record_builder_free(builder);
}
END_TEST

START_TEST(an_order_without_lines_is_refused)
{
	cstn_record_builder *builder = filled("order", "order_id=O-1;order_recorded=2024-05-01;"
						       "seller=acme;buyer=b;ordered=2024-05-01");

	refused(builder, "at least one line");
}
END_TEST

START_TEST(two_lines_with_one_number_are_refused)
{
	cstn_record_builder *builder = good_order();

	add_line(builder, "1", "5");
	refused(builder, "line 1, field 'line_number': 1 came before");
}
END_TEST

START_TEST(more_cancelled_than_ordered_is_refused)
{
	cstn_record_builder *builder = good_order();

	set(builder, "qty_cancelled", "11");
	set(builder, "qty_cancelled_by", "customer");
	refused(builder, "field 'qty_cancelled': 11 (qty: 10) is more than that");
}
END_TEST

START_TEST(all_of_a_line_may_be_cancelled)
{
	cstn_record_builder *builder = good_order();

	set(builder, "qty_cancelled", "10");
	set(builder, "qty_cancelled_by", "customer");
	cstn_record_unref(built(builder));
}
END_TEST

START_TEST(a_cancelled_quantity_names_its_initiator)
{
	cstn_record_builder *builder = good_order();

	set(builder, "qty_cancelled", "1");
	refused(builder, "field 'qty_cancelled_by': a value is required");
}
END_TEST

START_TEST(a_cancelled_order_names_its_initiator)
{
	cstn_record_builder *builder = good_order();

	set(builder, "state", "cancelled");
	refused(builder, "field 'cancelled_by': a value is required");
	builder = good_order();
	set(builder, "state", "cancelled");
	set(builder, "cancelled_by", "supplier");
	cstn_record_unref(built(builder));
}
END_TEST

static cstn_record_builder *membership(const char *from, const char *until)
{
	cstn_record_builder *builder = filled(
			"membership", "partner_id=acme;constellation_id=c;recorded=2024-01-01");

	set(builder, "from", from);
	if (until)
		set(builder, "until", until);
	return builder;
}

START_TEST(from_is_before_until)
{
	cstn_record_unref(built(membership("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000001Z")));
	cstn_record_unref(built(membership("2024-01-01", NULL)));
	refused(membership("2024-01-01", "2024-01-01"), "field 'until'");
	refused(membership("2024-01-02", "2024-01-01"),
			"(from: 2024-01-02T00:00:00Z) is not after that");
}
END_TEST

START_TEST(nobody_declares_a_relation_to_itself)
{
	cstn_record_builder *builder =
			filled("relation", "declarer_id=acme;other_id=acme;constellation_id=c;"
					   "relation=partner;recorded=2024-01-01");

	refused(builder, "field 'other_id'");
}
END_TEST

START_TEST(a_price_names_its_currency)
{
	cstn_record_builder *builder =
			filled("item", "item_id=bolt;recorded=2024-01-01;price_minor=199");

	refused(builder, "field 'currency': a value is required");
}
END_TEST

static cstn_record_builder *answer(const char *number)
{
	cstn_record_builder *builder =
			filled("interaction", "event_id=n1;customer_id=c1;kind=nps_answer;valid="
					      "2024-01-01;recorded=2024-01-01");

	if (number)
		set(builder, "number", number);
	return builder;
}

START_TEST(an_nps_answer_is_zero_to_ten)
{
	cstn_record_unref(built(answer("0")));
	cstn_record_unref(built(answer("10")));
	refused(answer("11"), "field 'number'");
	refused(answer("-1"), "field 'number'");
	refused(answer(NULL), "field 'number'");
}
END_TEST

START_TEST(an_identifier_keeps_the_rule_of_its_scheme)
{
	cstn_record_builder *builder = filled("partner_identifier",
			"partner_id=acme;scheme=gln;identifier=4012345000009;recorded=2024-01-01");

	cstn_record_unref(built(builder));
	builder = filled("partner_identifier",
			"partner_id=acme;scheme=gln;identifier=4012345000008;recorded=2024-01-01");
	refused(builder, "check digit");
}
END_TEST

START_TEST(a_person_is_no_partner)
{
	cstn_record_builder *builder = filled("customer",
			"customer_id=c1;kind=person;partner_id=acme;recorded=2024-01-01");

	refused(builder, "field 'partner_id'");
}
END_TEST

START_TEST(consent_to_share_names_the_constellation)
{
	cstn_record_builder *builder = filled("consent",
			"consent_id=1;customer_id=c1;purpose=5;basis=consent;state="
			"granted;valid_from=2024-01-01;recorded=2024-01-01");

	refused(builder, "field 'constellation_id': a value is required");
}
END_TEST

START_TEST(an_attribute_has_a_value_or_a_text)
{
	cstn_record_builder *builder = filled("partner_attribute",
			"partner_id=acme;name=esg_score;source=rating house;recorded=2024-01-01");

	refused(builder, "field 'text': a value is required");
	builder = filled("partner_attribute",
			"partner_id=acme;name=esg_score;source=rating house;recorded=2024-01-01");
	ck_assert_int_eq(cstn_record_builder_set_double(builder, "value", 71.5, NULL), CSTN_OK);
	cstn_record *record = built(builder);

	ck_assert_double_eq(cstn_record_double(record, CSTN_NO_LINE, "value"), 71.5);
	cstn_record_unref(record);
}
END_TEST

START_TEST(values_of_another_type_are_refused)
{
	cstn_record_builder *builder = good_order();

	ck_assert_int_eq(cstn_record_builder_set_int(builder, "seller", 1, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_record_builder_set_double(builder, "qty", 1.5, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "qty", "1.5", 3, NULL),
			CSTN_E_FORMAT);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "promised", "N/A", 3, NULL),
			CSTN_E_FORMAT);
	ck_assert_int_eq(cstn_record_builder_set_int(builder, "damaged", 2, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_record_builder_set_int(builder, "shipments", INT64_C(1) << 31, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_record_builder_set_int(builder, "shipments", INT32_MAX, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "sellr", "x", 1, NULL),
			CSTN_E_NOT_FOUND);
	cstn_record_unref(built(builder));
}
END_TEST

START_TEST(a_missing_number_is_null_not_nan)
{
	cstn_record_builder *builder = builder_of("partner_attribute");

	ck_assert_int_eq(cstn_record_builder_set_double(builder, "value", NAN, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_record_builder_free(builder);
}
END_TEST

START_TEST(fields_of_lines_wait_for_a_line)
{
	cstn_record_builder *builder = builder_of("order");

	ck_assert_int_eq(cstn_record_builder_set_int(builder, "qty", 1, NULL), CSTN_E_STATE);
	ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_int(builder, "qty", 1, NULL), CSTN_OK);
	cstn_record_builder_free(builder);
}
END_TEST

START_TEST(a_noun_without_lines_takes_none)
{
	cstn_record_builder *builder = builder_of("partner");

	ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_record_builder_free(builder);
}
END_TEST

START_TEST(personal_data_is_refused)
{
	cstn_record_builder *builder = builder_of("customer");
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_record_builder_set_text(builder, "name", "Jo", 2, &error),
			CSTN_E_UNSUPPORTED);
	ck_assert_ptr_null(strstr(cstn_error_message(error), "Jo"));
	cstn_error_free(error);
	cstn_record_builder_free(builder);
}
END_TEST

START_TEST(null_takes_a_value_back)
{
	cstn_record_builder *builder = good_order();

	set(builder, "state", "placed");
	ck_assert_int_eq(cstn_record_builder_set_null(builder, "state", NULL), CSTN_OK);
	cstn_record *record = built(builder);

	ck_assert_int_eq(cstn_record_has(record, CSTN_NO_LINE, "state"), 0);
	cstn_record_unref(record);
}
END_TEST

START_TEST(an_unknown_noun_is_refused)
{
	cstn_record_builder *builder = NULL;

	ck_assert_int_eq(cstn_record_builder_new("ordr", NULL, &builder, NULL), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_record_builder_new(NULL, NULL, &builder, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(builder);
}
END_TEST

START_TEST(json_has_what_is_there_in_the_order_of_the_noun)
{
	cstn_record_builder *builder = good_order();
	cstn_buffer *json = NULL;

	set(builder, "agreement", "say \"yes\"\n");
	cstn_record *record = built(builder);

	ck_assert_int_eq(cstn_record_format(record, &json, NULL), CSTN_OK);
	ck_assert_str_eq((const char *)cstn_buffer_data(json),
			"{\"order_id\":\"O-1\",\"order_recorded\":\"2024-05-01T10:00:00Z\","
			"\"seller\":\"acme\",\"buyer\":\"bolt_and_co\","
			"\"ordered\":\"2024-05-01T00:00:00Z\","
			"\"agreement\":\"say \\\"yes\\\"\\u000a\",\"lines\":[{\"line_number\":1,"
			"\"item_id\":\"bolt\",\"qty\":10}]}");
	cstn_buffer_free(json);
	cstn_record_unref(record);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_was_set_is_read, a_field_is_not_read_where_it_is_not,
			a_builder_goes_on_to_the_next_version, a_record_outlives_its_first_holder,
			every_broken_rule_is_told_at_once, an_order_without_lines_is_refused,
			two_lines_with_one_number_are_refused,
			more_cancelled_than_ordered_is_refused, all_of_a_line_may_be_cancelled,
			a_cancelled_quantity_names_its_initiator,
			a_cancelled_order_names_its_initiator, from_is_before_until,
			nobody_declares_a_relation_to_itself, a_price_names_its_currency,
			an_nps_answer_is_zero_to_ten, an_identifier_keeps_the_rule_of_its_scheme,
			a_person_is_no_partner, consent_to_share_names_the_constellation,
			an_attribute_has_a_value_or_a_text, values_of_another_type_are_refused,
			a_missing_number_is_null_not_nan, fields_of_lines_wait_for_a_line,
			a_noun_without_lines_takes_none, personal_data_is_refused,
			null_takes_a_value_back, an_unknown_noun_is_refused,
			json_has_what_is_there_in_the_order_of_the_noun};

	return run_tests("network_record", tests, sizeof(tests) / sizeof(tests[0]));
}
