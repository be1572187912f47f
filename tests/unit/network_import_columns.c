/* Columns of an import that are no field of the noun. */
#include <stdio.h>
#include <string.h>

#include "network_fixture.h"
#include "suite.h"

#define PARTNER "partner_id text\n"

/* Import partners p1 with more columns; the message must have the parts, up to a NULL. */
static void import_partners(cstn_status expected, const cstn_binding *binding, uint32_t flags,
		const char *more, const char *const *parts)
{
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	cstn_network *network = network_small();
	char schema[1024] = PARTNER, csv[1024] = "partner_id", values[256] = "\np1";
	struct ArrowArrayStream rows;
	cstn_record *partner;
	cstn_error *error = NULL;

	for (const char *name = more; *name;
			name += strcspn(name, ",") + (strchr(name, ',') != NULL)) {
		int len = (int)strcspn(name, ",");

		snprintf(schema + strlen(schema), sizeof(schema) - strlen(schema),
				"%.*s text null\n", len, name);
		snprintf(csv + strlen(csv), sizeof(csv) - strlen(csv), ",%.*s", len, name);
		strcat(values, ",DE");
	}
	strcat(strcat(csv, values), "\n");
	options.recorded_us = network_us("2024-06-01");
	options.flags = flags;
	options.binding = binding;
	network_csv(schema, csv, &rows);
	ck_assert_msg(cstn_network_import(network, "partner", &rows, &options, NULL, &error) ==
					expected,
			"%s", cstn_error_message(error));
	for (; parts && *parts; parts++)
		ck_assert_msg(strstr(cstn_error_message(error), *parts) != NULL,
				"'%s' is not in '%s'", *parts, cstn_error_message(error));
	cstn_error_free(error);
	partner = network_get(network, "partner", "p1");
	ck_assert_int_eq(partner != NULL, expected == CSTN_OK);
	cstn_record_unref(partner);
	cstn_network_unref(network);
}

START_TEST(a_misspelt_column_is_refused_with_the_field_it_is_similar_to)
{
	import_partners(CSTN_E_SCHEMA, NULL, 0, "contry",
			(const char *const[]){"column 'contry' is no field of 'partner'; similar: "
					      "'country'; rename it",
					"CSTN_IMPORT_SKIP_UNKNOWN", NULL});
}
END_TEST

START_TEST(a_column_of_its_own_is_refused_without_a_hint)
{
	import_partners(CSTN_E_SCHEMA, NULL, 0, "shoesize",
			(const char *const[]){
					"column 'shoesize' is no field of 'partner'; rename it",
					NULL});
}
END_TEST

START_TEST(columns_that_are_fields_come_in)
{
	import_partners(CSTN_OK, NULL, 0, "country", NULL);
}
END_TEST

START_TEST(columns_that_are_no_field_are_skipped_on_request)
{
	import_partners(CSTN_OK, NULL, CSTN_IMPORT_SKIP_UNKNOWN, "contry,shoesize", NULL);
}
END_TEST

START_TEST(all_columns_that_do_not_fit_are_told_at_once)
{
	cstn_network *network = network_small();
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	options.recorded_us = network_us("2024-06-01");
	network_csv("partnr_id text\ncountry int64\n", "partnr_id,country\np1,7\n", &rows);
	ck_assert_int_eq(cstn_network_import(network, "partner", &rows, &options, NULL, &error),
			CSTN_E_SCHEMA);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error),
			"required column 'partner_id' is absent; similar: 'partnr_id'"));
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "column 'country' is int64"));
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error),
			" | column 'partnr_id' is no field of 'partner'; similar: 'partner_id'"));
	cstn_error_free(error);
	cstn_network_unref(network);
}
END_TEST

START_TEST(eight_columns_are_told_and_the_others_counted)
{
	import_partners(CSTN_E_SCHEMA, NULL, 0, "q1,q2,q3,q4,q5,q6,q7,q8",
			(const char *const[]){"'q7' is no field of 'partner' | column 'q8' is no "
					      "field of 'partner'; rename them",
					NULL});
	import_partners(CSTN_E_SCHEMA, NULL, 0, "q1,q2,q3,q4,q5,q6,q7,q8,q9,q10",
			(const char *const[]){
					"'q8' is no field of 'partner' | and 2 more; rename them",
					NULL});
}
END_TEST

START_TEST(what_the_binding_maps_to_a_field_or_makes_a_constant_is_known)
{
	cstn_binding *binding = NULL;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_rename(binding, "country", "land", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_constant(binding, "shoesize", NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_constant(binding, "name", "Otto", NULL), CSTN_OK);
	import_partners(CSTN_OK, binding, 0, "land,shoesize,name", NULL);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(what_the_binding_maps_to_no_field_is_refused)
{
	cstn_binding *binding = NULL;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_rename(binding, "contry", "land", NULL), CSTN_OK);
	import_partners(CSTN_E_SCHEMA, binding, 0, "land",
			(const char *const[]){"column 'land' is no field", NULL});
	cstn_binding_free(binding);
}
END_TEST

START_TEST(attributes_belong_to_the_nouns_that_have_them)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(network_import_csv(network, "order",
					 "order_id text\nseller text\nbuyer text\nordered "
					 "timestamp\n"
					 "line_number int64\nitem_id text\nqty int64\n"
					 "attributes.via text\n",
					 "order_id,seller,buyer,ordered,line_number,item_id,qty,"
					 "attributes.via\n"
					 "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,1,sea\n",
					 0, NULL),
			CSTN_OK);
	cstn_network_unref(network);
	import_partners(CSTN_E_SCHEMA, NULL, 0, "attributes.via",
			(const char *const[]){
					"column 'attributes.via' is no field of 'partner'", NULL});
}
END_TEST

START_TEST(what_a_scan_adds_to_the_fields_goes_in_again)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(
			network_import_csv(network, "order",
					"order_id text\nseller text\nbuyer text\nordered "
					"timestamp\n"
					"line_number int64\nitem_id text\nqty int64\nseq int64\n"
					"order_lines int32\nline_index int32\n",
					"order_id,seller,buyer,ordered,line_number,item_id,qty,seq,"
					"order_lines,line_index\n"
					"A,acme,bolts,2024-01-01T00:00:00Z,1,nut,1,7,1,0\n",
					0, NULL),
			CSTN_OK);
	cstn_network_unref(network);
	import_partners(CSTN_OK, NULL, 0, "seq", NULL);
	import_partners(CSTN_E_SCHEMA, NULL, 0, "line_index",
			(const char *const[]){
					"column 'line_index' is no field of 'partner'", NULL});
}
END_TEST

START_TEST(a_refused_column_breaks_a_transaction_before_a_row_is_put)
{
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	cstn_network *network = network_small();
	cstn_transaction *transaction = NULL;
	struct ArrowArrayStream rows;

	options.recorded_us = network_us("2024-06-01");
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	network_csv(PARTNER "delivred text\n", "partner_id,delivred\np1,x\n", &rows);
	ck_assert_int_eq(cstn_transaction_import(
					 transaction, "partner", &rows, &options, NULL, NULL),
			CSTN_E_SCHEMA);
	ck_assert_uint_eq(cstn_transaction_rows(transaction), 0);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_E_STATE);
	cstn_transaction_free(transaction);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_misspelt_column_is_refused_with_the_field_it_is_similar_to,
			a_column_of_its_own_is_refused_without_a_hint,
			columns_that_are_fields_come_in,
			columns_that_are_no_field_are_skipped_on_request,
			all_columns_that_do_not_fit_are_told_at_once,
			eight_columns_are_told_and_the_others_counted,
			what_the_binding_maps_to_a_field_or_makes_a_constant_is_known,
			what_the_binding_maps_to_no_field_is_refused,
			attributes_belong_to_the_nouns_that_have_them,
			what_a_scan_adds_to_the_fields_goes_in_again,
			a_refused_column_breaks_a_transaction_before_a_row_is_put};

	return run_tests("network_import_columns", tests, sizeof(tests) / sizeof(tests[0]));
}
