/* The table of nouns, its public reading calls, and the rules of single values. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "network/noun.h"
#include "suite.h"

static const cstn__field *field_of(const char *noun, const char *name)
{
	const cstn__noun *found = cstn__noun_named(noun);

	ck_assert_ptr_nonnull(found);
	ck_assert_ptr_nonnull(cstn__noun_field(found, name));
	return cstn__noun_field(found, name);
}

static int32_t rule_of(const char *noun, const char *field, const char *text)
{
	return cstn__rule_check_text(field_of(noun, field), text, strlen(text));
}

START_TEST(numbers_of_fields_are_their_places)
{
	const cstn__noun *const *nouns;
	size_t n = cstn__nouns(&nouns, NULL);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < nouns[i]->n_fields; k++)
			ck_assert_uint_eq(nouns[i]->fields[k].number, k);
}
END_TEST

START_TEST(keys_are_required_fields_of_the_record_numbered_from_one)
{
	const cstn__noun *const *nouns;
	size_t n = cstn__nouns(&nouns, NULL);

	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_le(nouns[i]->n_key, CSTN__KEY_MAX);
		for (uint32_t place = 1; place <= nouns[i]->n_key; place++) {
			const cstn__field *field = cstn__noun_key_field(nouns[i], place);

			ck_assert_ptr_nonnull(field);
			ck_assert_uint_eq(field->flags & CSTN__FIELD_LINE, 0);
			ck_assert(field->flags & (CSTN__FIELD_REQUIRED | CSTN__FIELD_EMPTY));
		}
	}
}
END_TEST

START_TEST(names_and_numbers_of_nouns_are_unique)
{
	const cstn__noun *const *nouns;
	size_t n = cstn__nouns(&nouns, NULL);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			ck_assert_uint_ne(nouns[i]->id, nouns[k]->id);
			ck_assert_str_ne(nouns[i]->name, nouns[k]->name);
		}
		for (size_t f = 0; f < nouns[i]->n_fields; f++)
			for (size_t g = 0; g < f; g++)
				ck_assert_str_ne(
						nouns[i]->fields[f].name, nouns[i]->fields[g].name);
	}
}
END_TEST

START_TEST(every_noun_is_found_by_its_plural_too)
{
	for (size_t i = 0; i < cstn_noun_count(); i++) {
		const char *name = cstn_noun_name(i);
		size_t len = strlen(name);
		char plural[64];

		if (name[len - 1] == 'y')
			snprintf(plural, sizeof(plural), "%.*sies", (int)len - 1, name);
		else
			snprintf(plural, sizeof(plural), "%ss", name);
		ck_assert_uint_eq(cstn_noun_find(plural), i);
		ck_assert_uint_eq(cstn_noun_find(name), i);
	}
}
END_TEST

START_TEST(what_is_no_plural_of_a_noun_is_no_noun)
{
	static const char *const names[] = {"", "s", "order_", "orderss", "orderies", "ordes",
			"inventorys", "inventorie", "inventor", "Orders", "deletions"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_msg(cstn_noun_find(names[i]) == SIZE_MAX, "%s", names[i]);
}
END_TEST

START_TEST(every_public_field_has_a_name_a_type_and_a_line_of_documentation)
{
	for (size_t noun = 0; noun < cstn_noun_count(); noun++) {
		ck_assert_str_ne(cstn_noun_doc(noun), "");
		ck_assert_uint_eq(cstn_noun_find(cstn_noun_name(noun)), noun);
		for (size_t f = 0; f < cstn_noun_field_count(noun); f++) {
			ck_assert_str_ne(cstn_noun_field_doc(noun, f), "");
			ck_assert_int_gt(cstn_noun_field_type(noun, f), 0);
			ck_assert_uint_eq(cstn_noun_field_find(noun, cstn_noun_field_name(noun, f)),
					f);
		}
	}
}
END_TEST

START_TEST(past_the_end_there_are_no_nouns_and_fields)
{
	size_t n = cstn_noun_count(), order = cstn_noun_find("order");

	ck_assert_ptr_null(cstn_noun_name(n));
	ck_assert_str_eq(cstn_noun_doc(n), "");
	ck_assert_uint_eq(cstn_noun_field_count(n), 0);
	ck_assert_ptr_null(cstn_noun_field_name(n, 0));
	ck_assert_ptr_null(cstn_noun_field_name(order, cstn_noun_field_count(order)));
	ck_assert_int_eq(cstn_noun_field_type(order, SIZE_MAX), 0);
	ck_assert_uint_eq(cstn_noun_find("no such noun"), SIZE_MAX);
	ck_assert_uint_eq(cstn_noun_find("line_total"), SIZE_MAX);
	ck_assert_uint_eq(cstn_noun_find(NULL), SIZE_MAX);
	ck_assert_uint_eq(cstn_noun_field_find(order, "no such field"), SIZE_MAX);
}
END_TEST

START_TEST(an_order_has_lines_and_says_which_fields_are_theirs)
{
	size_t order = cstn_noun_find("order");

	ck_assert_int_eq(cstn_noun_has_lines(order), 1);
	ck_assert_int_eq(cstn_noun_field_is_line(order, cstn_noun_field_find(order, "qty")), 1);
	ck_assert_int_eq(cstn_noun_field_is_line(order, cstn_noun_field_find(order, "seller")), 0);
	ck_assert_int_eq(cstn_noun_field_key(order, cstn_noun_field_find(order, "owner")), 2);
	ck_assert_int_eq(cstn_noun_field_is_nullable(order, cstn_noun_field_find(order, "owner")),
			1);
	ck_assert_str_eq(cstn_noun_field_refers(order, cstn_noun_field_find(order, "seller")),
			"partner");
	ck_assert_str_eq(cstn_noun_field_code(order, cstn_noun_field_find(order, "state"), 1),
			"placed");
	ck_assert_ptr_null(cstn_noun_field_code(order, cstn_noun_field_find(order, "state"), 8));
	ck_assert_int_eq(cstn_noun_is_append_only(cstn_noun_find("event")), 1);
	ck_assert_int_eq(cstn_noun_is_append_only(order), 0);
}
END_TEST

START_TEST(an_unknown_noun_or_field_names_a_similar_one)
{
	const cstn__noun *noun = NULL;
	const cstn__field *field = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn__noun_find("shipmnt", &noun, &error), CSTN_E_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "similar: shipment"));
	cstn_error_free(error);
	error = NULL;
	ck_assert_int_eq(cstn__field_find(cstn__noun_named("order"), "sellr", &field, &error),
			CSTN_E_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "similar: seller"));
	cstn_error_free(error);
}
END_TEST

START_TEST(personal_data_of_customers_is_refused_by_name)
{
	const cstn__field *field = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn__field_find(cstn__noun_named("customer"), "email", &field, &error),
			CSTN_E_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "personal data"));
	cstn_error_free(error);
	ck_assert_int_eq(cstn__field_find(cstn__noun_named("partner"), "name", &field, NULL),
			CSTN_OK);
}
END_TEST

static const struct {
	const char *noun, *field, *text;
	int32_t code;
} values[] = {
		{"partner", "gln", "4012345000009", 0},
		{"partner", "gln", "4012345000008", CSTN_ROW_CHECK_DIGIT},
		{"partner", "gln", "401234500000", CSTN_ROW_LENGTH},
		{"partner", "gln", "40123450000090", CSTN_ROW_LENGTH},
		{"partner", "gln", "40123450000O9", CSTN_ROW_VALUE},
		{"item", "gtin", "4006381333931", 0},
		{"item", "gtin", "4006381333932", CSTN_ROW_CHECK_DIGIT},
		{"item", "gtin", "96385074", 0},
		{"item", "gtin", "036000291452", 0},
		{"item", "gtin", "10012345678902", 0},
		{"item", "gtin", "10012345678901", CSTN_ROW_CHECK_DIGIT},
		{"item", "gtin", "963850740", CSTN_ROW_LENGTH},
		{"shipment", "sscc", "340123450000000017", 0},
		{"shipment", "sscc", "340123450000000016", CSTN_ROW_CHECK_DIGIT},
		{"shipment", "sscc", "34012345000000001", CSTN_ROW_LENGTH},
		{"partner", "lei", "5493001KJTIIGC8Y1R12", 0},
		{"partner", "lei", "5493001KJTIIGC8Y1R13", CSTN_ROW_CHECK_DIGIT},
		{"partner", "lei", "5493001KJTIIGC8Y1R1", CSTN_ROW_LENGTH},
		{"partner", "lei", "5493001kjtiigc8y1r12", CSTN_ROW_VALUE},
		{"partner", "duns", "150483782", 0},
		{"partner", "duns", "15048378", CSTN_ROW_LENGTH},
		{"partner", "duns", "15-048378", CSTN_ROW_VALUE},
		{"partner", "country", "DE", 0},
		{"partner", "country", "EL", CSTN_ROW_UNIT},
		{"partner", "country", "de", CSTN_ROW_UNIT},
		{"partner", "country", "EU", CSTN_ROW_UNIT},
		{"partner", "country", "", CSTN_ROW_UNIT},
		{"item", "currency", "EUR", 0},
		{"item", "currency", "EURO", CSTN_ROW_UNIT},
		{"item", "currency", "XYZ", CSTN_ROW_UNIT},
		{"item", "unit", "KGM", 0},
		{"item", "unit", "C62", 0},
		{"item", "unit", "XPX", 0},
		{"item", "unit", "KG", CSTN_ROW_UNIT},
		{"item", "unit", "pieces", CSTN_ROW_UNIT},
		{"order", "order_id", "O", 0},
		{"order", "order_id", "", CSTN_ROW_LENGTH},
		{"order", "owner", "", 0},
		{"order", "state", "placed", 0},
		{"order", "state", "Placed", CSTN_ROW_VALUE},
		{"order", "state", "place", CSTN_ROW_VALUE},
		{"order", "agreement", "\xc3\x28", CSTN_ROW_UTF8},
		{"order", "policy_digest",
				"70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a",
				0},
		{"order", "policy_digest",
				"70A6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a",
				CSTN_ROW_VALUE},
		{"order", "policy_digest", "70a6", CSTN_ROW_LENGTH},
};

START_TEST(a_text_keeps_the_rule_of_its_field)
{
	ck_assert_msg(rule_of(values[_i].noun, values[_i].field, values[_i].text) ==
					values[_i].code,
			"%s.%s '%s' gives %d, %d expected", values[_i].noun, values[_i].field,
			values[_i].text,
			(int)rule_of(values[_i].noun, values[_i].field, values[_i].text),
			(int)values[_i].code);
}
END_TEST

START_TEST(an_id_has_one_to_sixty_four_bytes)
{
	char text[66];

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(cstn__rule_check_text(field_of("order", "order_id"), text, 64), 0);
	ck_assert_int_eq(cstn__rule_check_text(field_of("order", "order_id"), text, 65),
			CSTN_ROW_LENGTH);
	text[3] = 0;
	ck_assert_int_eq(cstn__rule_check_text(field_of("order", "order_id"), text, 64),
			CSTN_ROW_VALUE);
}
END_TEST

START_TEST(a_number_keeps_the_range_of_its_field)
{
	const cstn__field *qty = field_of("order", "qty"),
			  *cut = field_of("location", "cut_off_minutes"),
			  *priority = field_of("order", "priority"),
			  *ordered = field_of("order", "ordered");

	ck_assert_int_eq(cstn__rule_check_int(qty, 1), 0);
	ck_assert_int_eq(cstn__rule_check_int(qty, 0), CSTN_ROW_NOT_POSITIVE);
	ck_assert_int_eq(cstn__rule_check_int(priority, 0), 0);
	ck_assert_int_eq(cstn__rule_check_int(priority, -1), CSTN_ROW_NEGATIVE);
	ck_assert_int_eq(cstn__rule_check_int(cut, 1439), 0);
	ck_assert_int_eq(cstn__rule_check_int(cut, 1440), CSTN_ROW_RANGE);
	ck_assert_int_eq(cstn__rule_check_int(ordered, INT64_MIN + 1), 0);
	ck_assert_int_eq(cstn__rule_check_int(ordered, INT64_MIN), CSTN_ROW_RANGE);
}
END_TEST

START_TEST(states_go_on_by_the_table)
{
	const cstn__noun *order = cstn__noun_named("order");
	const cstn__field *state = &order->fields[order->state];
	int32_t shipped = cstn__field_code(state, "shipped", 7),
		delivered = cstn__field_code(state, "delivered", 9),
		cancelled = cstn__field_code(state, "cancelled", 9),
		draft = cstn__field_code(state, "draft", 5);

	ck_assert(order->next[shipped] >> delivered & 1);
	ck_assert(order->next[shipped] >> cancelled & 1);
	ck_assert(!(order->next[delivered] >> cancelled & 1));
	ck_assert(!(order->next[delivered] >> shipped & 1));
	ck_assert(order->next[draft] >> delivered & 1);
	ck_assert_uint_eq(order->next[cancelled], 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network_noun");
	TCase *all = tcase_create("network_noun");
	SRunner *runner;
	int failed;

	tcase_add_test(all, numbers_of_fields_are_their_places);
	tcase_add_test(all, keys_are_required_fields_of_the_record_numbered_from_one);
	tcase_add_test(all, names_and_numbers_of_nouns_are_unique);
	tcase_add_test(all, every_noun_is_found_by_its_plural_too);
	tcase_add_test(all, what_is_no_plural_of_a_noun_is_no_noun);
	tcase_add_test(all, every_public_field_has_a_name_a_type_and_a_line_of_documentation);
	tcase_add_test(all, past_the_end_there_are_no_nouns_and_fields);
	tcase_add_test(all, an_order_has_lines_and_says_which_fields_are_theirs);
	tcase_add_test(all, an_unknown_noun_or_field_names_a_similar_one);
	tcase_add_test(all, personal_data_of_customers_is_refused_by_name);
	tcase_add_loop_test(all, a_text_keeps_the_rule_of_its_field, 0,
			(int)(sizeof(values) / sizeof(values[0])));
	tcase_add_test(all, an_id_has_one_to_sixty_four_bytes);
	tcase_add_test(all, a_number_keeps_the_range_of_its_field);
	tcase_add_test(all, states_go_on_by_the_table);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
