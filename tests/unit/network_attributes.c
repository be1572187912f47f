/* Attributes of order lines: the rule of the field, columns of imports and scans, groups of rates.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "network/attributes.h"
#include "network_fixture.h"
#include "suite.h"

#define ORDER_SCHEMA                                                                             \
	"order_id text\nseller text\nbuyer text\nordered date\nline_number int32\n"              \
	"item_id text\nqty int64\npromised date null\ndelivered date null\nqty_delivered int64 " \
	"null\n"
#define ORDER_HEADER \
	"order_id,seller,buyer,ordered,line_number,item_id,qty,promised,delivered,qty_delivered,"

static const char near_and_far[] = ORDER_HEADER
		"attributes.distance,attributes.band\n"
		"A,acme,bolts,2024-01-01,1,nut,1,2024-01-09,2024-01-08,1,near,1\n"
		"A,acme,bolts,2024-01-01,2,nut,1,2024-01-09,2024-01-08,1,near,\n"
		"B,acme,bolts,2024-01-01,1,nut,1,2024-01-09,2024-01-10,1,far,2\n"
		"C,acme,bolts,2024-01-01,1,nut,1,2024-01-09,2024-01-09,1,,\n"
		"D,acme,bolts,2024-01-01,1,nut,1,2024-01-09,2024-01-09,1,\"so \"\"near\"\"\",-7\n";
#define NEAR_AND_FAR_SCHEMA \
	ORDER_SCHEMA "attributes.distance text null\nattributes.band int32 null\n"

static cstn_network *orders_near_and_far(void)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(network_import_csv(network, "order", NEAR_AND_FAR_SCHEMA, near_and_far, 0,
					 NULL),
			CSTN_OK);
	return network;
}

static void scan_lines_is(cstn_network *network, uint32_t flags, const char *const *columns,
		size_t n, const char *expected)
{
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;

	options.flags = flags | CSTN_SCAN_LINES;
	options.columns = columns;
	options.n_columns = n;
	network_scan_is(network, "order", &options, expected);
}

START_TEST(objects_of_texts_are_attributes_and_nothing_else_is)
{
	static const struct {
		const char *text;
		int32_t code;
	} cases[] = {{"{\"a\":\"b\"}", 0}, {" { \"a\" : \"b\" , \"c\":\"\" } ", 0},
			{"{\"a.b-c_9\":\"\\u00e9\\n\\ud83d\\ude00\"}", 0}, {"", CSTN_ROW_VALUE},
			{"{}", CSTN_ROW_VALUE}, {"[\"a\"]", CSTN_ROW_VALUE},
			{"{\"a\":1}", CSTN_ROW_VALUE}, {"{\"a\":null}", CSTN_ROW_VALUE},
			{"{\"a\":{}}", CSTN_ROW_VALUE}, {"{\"a\":\"b\"", CSTN_ROW_VALUE},
			{"{\"a\":\"b\"}x", CSTN_ROW_VALUE}, {"{\"a\":\"b\",}", CSTN_ROW_VALUE},
			{"{\"a\":\"b\",\"a\":\"c\"}", CSTN_ROW_VALUE},
			{"{\"\":\"b\"}", CSTN_ROW_VALUE}, {"{\"a b\":\"c\"}", CSTN_ROW_VALUE},
			{"{\"a\":\"\\u0000\"}", CSTN_ROW_VALUE},
			{"{\"a\":\"\\ud800\"}", CSTN_ROW_VALUE},
			{"{\"a\":\"\\ud800\\u0041\"}", CSTN_ROW_VALUE},
			{"{\"a\":\"\\udc00\"}", CSTN_ROW_VALUE},
			{"{\"a\":\"\\x\"}", CSTN_ROW_VALUE}, {"{\"a\":\"\\u12\"}", CSTN_ROW_VALUE},
			{"{\"a\":\"\\", CSTN_ROW_VALUE}, {"{\"a\":\"b\nc\"}", CSTN_ROW_VALUE},
			{"{\"a", CSTN_ROW_VALUE}, {"{\"a\"", CSTN_ROW_VALUE},
			{"{\"a\":", CSTN_ROW_VALUE}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(cstn__attributes_check(cases[i].text, strlen(cases[i].text)) ==
						cases[i].code,
				"%s", cases[i].text);
}
END_TEST

START_TEST(an_object_cut_anywhere_is_refused)
{
	static const char whole[] = "{\"a\":\"b\\u00e9\\n\",\"c\":\"\\ud83d\\ude00\"}";

	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		ck_assert_int_eq(cstn__attributes_check(whole, len), CSTN_ROW_VALUE);
	ck_assert_int_eq(cstn__attributes_check(whole, sizeof(whole) - 1), 0);
}
END_TEST

START_TEST(thirty_two_attributes_are_taken_and_one_more_is_refused)
{
	char text[1024] = "{";
	size_t len = 1;

	for (int i = 0; i < 32; i++)
		len += (size_t)snprintf(
				text + len, sizeof(text) - len, "%s\"a%d\":\"\"", i ? "," : "", i);
	text[len] = '}';
	ck_assert_int_eq(cstn__attributes_check(text, len + 1), 0);
	len += (size_t)snprintf(text + len, sizeof(text) - len, ",\"b\":\"\"}");
	ck_assert_int_eq(cstn__attributes_check(text, len), CSTN_ROW_VALUE);
}
END_TEST

START_TEST(a_name_has_at_most_64_bytes)
{
	char text[96], name[66];

	memset(name, 'n', 65);
	name[65] = 0;
	ck_assert(!cstn__attribute_is_name(name));
	snprintf(text, sizeof(text), "{\"%s\":\"\"}", name);
	ck_assert_int_eq(cstn__attributes_check(text, strlen(text)), CSTN_ROW_VALUE);
	name[64] = 0;
	ck_assert(cstn__attribute_is_name(name));
	snprintf(text, sizeof(text), "{\"%s\":\"\"}", name);
	ck_assert_int_eq(cstn__attributes_check(text, strlen(text)), 0);
}
END_TEST

START_TEST(an_object_has_at_most_4096_bytes)
{
	static char text[4098];

	memset(text, 'v', sizeof(text));
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + 4094, "\"}", 2);
	ck_assert_int_eq(cstn__attributes_check(text, 4096), 0);
	memcpy(text + 4094, "v\"}", 3);
	ck_assert_int_eq(cstn__attributes_check(text, 4097), CSTN_ROW_LENGTH);
}
END_TEST

START_TEST(a_text_is_found_by_its_whole_name_and_unescaped)
{
	static const char object[] = "{\"ab\":\"1\", \"a\":\"x\\\"\\u00e9\\ud83d\\ude00\\t\"}";
	cstn_allocator libc;
	cstn__bytes bytes;

	ck_assert_int_eq(cstn__allocator_read(NULL, &libc, NULL), CSTN_OK);
	cstn__bytes_init(&bytes, &libc);
	ck_assert(cstn__attributes_find(object, sizeof(object) - 1, "a", &bytes));
	ck_assert_int_eq((int)bytes.size, 9);
	ck_assert_mem_eq(bytes.data, "x\"\xc3\xa9\xf0\x9f\x98\x80\t", 9);
	ck_assert(!cstn__attributes_find(object, sizeof(object) - 1, "b", &bytes));
	ck_assert_int_eq((int)bytes.size, 9);
	cstn__bytes_free(&bytes);
}
END_TEST

START_TEST(columns_of_attributes_come_in_and_go_out)
{
	static const char *const columns[] = {
			"order_id", "attributes.distance", "attributes.band", "attributes.unknown"};
	static const char expected[] =
			"order_id,attributes.distance,attributes.band,attributes.unknown\n"
			"A,near,1,\nA,near,,\nB,far,2,\nC,,,\n"
			"D,\"so \"\"near\"\"\",-7,\n";
	cstn_network *network = orders_near_and_far();

	scan_lines_is(network, 0, columns, 4, expected);
	scan_lines_is(network, CSTN_SCAN_DICTIONARY, columns, 4, expected);
	cstn_network_unref(network);
}
END_TEST

START_TEST(what_was_imported_is_one_object_a_line)
{
	static const char *const columns[] = {"attributes"};
	cstn_network *network = orders_near_and_far();

	scan_lines_is(network, 0, columns, 1,
			"attributes\n"
			"\"{\"\"distance\"\":\"\"near\"\",\"\"band\"\":\"\"1\"\"}\"\n"
			"\"{\"\"distance\"\":\"\"near\"\"}\"\n"
			"\"{\"\"distance\"\":\"\"far\"\",\"\"band\"\":\"\"2\"\"}\"\n"
			"\n"
			"\"{\"\"distance\"\":\"\"so "
			"\\\"\"near\\\"\"\"\",\"\"band\"\":\"\"-7\"\"}\"\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(records_hold_attributes_as_one_text)
{
	static const char *const columns[] = {"order_id", "attributes.via"};
	cstn_network *network = network_small();
	cstn_record *order = network_record("order", "order_id=A", "seller=acme", "buyer=bolts",
			"ordered=2024-01-01", "+", "line_number=1", "item_id=nut", "qty=1",
			"attributes={\"via\":\"sea\"}", NULL);
	cstn_record_builder *builder = NULL;
	cstn_record *refused = NULL;

	ck_assert_str_eq(cstn_record_text(order, 0, "attributes", NULL), "{\"via\":\"sea\"}");
	network_put_ok(network, order);
	scan_lines_is(network, 0, columns, 2, "order_id,attributes.via\nA,sea\n");
	ck_assert_int_eq(cstn_record_builder_new("order", NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "attributes", "sea", 3, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_build(builder, &refused, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_record_builder_free(builder);
	cstn_network_unref(network);
}
END_TEST

START_TEST(rates_are_grouped_by_an_attribute)
{
	static const char *const columns[] = {"order_id", "line_number", "qty", "qty_delivered",
			"promised", "delivered", "attributes.distance"};
	static const char *const by[] = {"attributes.distance"};
	cstn_network *network = orders_near_and_far();
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_perfect_order_result *result = NULL;
	cstn_service_policy *policy = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_rate rate = CSTN_RATE_INIT;
	struct ArrowArrayStream lines;

	options.flags = CSTN_SCAN_LINES | CSTN_SCAN_DICTIONARY;
	options.columns = columns;
	options.n_columns = 7;
	ck_assert_int_eq(cstn_service_policy_new("components=TF", NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_scan(snapshot, "order", &options, &lines, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_rate(&lines, policy, network_us("2024-02-01"), by, 1,
					 NULL, NULL, NULL, &result, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq((int)cstn_perfect_order_result_count(result), 4);
	for (size_t i = 0; i < 4; i++) {
		const char *key = cstn_perfect_order_result_key(result, i, 0);

		ck_assert_int_eq(cstn_perfect_order_result_rate(result, i, &rate, NULL), CSTN_OK);
		ck_assert_int_eq(rate.denominator, 1);
		ck_assert_int_eq(rate.numerator, !key || strcmp(key, "far") != 0);
	}
	cstn_perfect_order_result_unref(result);
	cstn_snapshot_unref(snapshot);
	cstn_service_policy_unref(policy);
	cstn_network_unref(network);
}
END_TEST

static cstn_status import_bound(cstn_network *network, cstn_binding *binding, const char *schema,
		const char *csv, cstn_error **error)
{
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	struct ArrowArrayStream rows;

	options.binding = binding;
	options.recorded_us = network_us("2024-06-01");
	network_csv(schema, csv, &rows);
	return cstn_network_import(network, "order", &rows, &options, NULL, error);
}

START_TEST(a_binding_makes_attributes_of_other_columns)
{
	static const char *const columns[] = {"order_id", "attributes.mode", "attributes.file"};
	cstn_network *network = network_small();
	cstn_binding *binding = NULL;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_rename(binding, "attributes.mode", "Shipment Mode", NULL),
			CSTN_OK);
	ck_assert_int_eq(
			cstn_binding_value(binding, "attributes.mode", "N/A", NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_constant(binding, "attributes.file", "x.csv", NULL), CSTN_OK);
	ck_assert_int_eq(
			import_bound(network, binding, ORDER_SCHEMA "\"Shipment Mode\" text null\n",
					ORDER_HEADER "Shipment Mode\n"
						     "A,acme,bolts,2024-01-01,1,nut,1,,,,Air\n"
						     "B,acme,bolts,2024-01-01,1,nut,1,,,,N/A\n",
					NULL),
			CSTN_OK);
	scan_lines_is(network, 0, columns, 3,
			"order_id,attributes.mode,attributes.file\nA,Air,x.csv\nB,,x.csv\n");
	cstn_binding_free(binding);
	cstn_network_unref(network);
}
END_TEST

static void schema_is_refused(const char *extra_schema, const char *extra, const char *part)
{
	cstn_network *network = network_small();
	cstn_error *error = NULL;
	char schema[512], csv[512];

	snprintf(schema, sizeof(schema), "%s%s", ORDER_SCHEMA, extra_schema);
	snprintf(csv, sizeof(csv), "%s%s", ORDER_HEADER, extra);
	ck_assert_int_eq(import_bound(network, NULL, schema, csv, &error), CSTN_E_SCHEMA);
	ck_assert_msg(strstr(cstn_error_message(error), part) != NULL, "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	cstn_network_unref(network);
}

START_TEST(columns_that_are_no_attributes_are_refused)
{
	schema_is_refused("\"attributes.ship mode\" text\n",
			"attributes.ship mode\nA,acme,bolts,2024-01-01,1,nut,1,,,,x\n",
			"attributes.ship mode");
	schema_is_refused("attributes text\nattributes.via text\n",
			"attributes,attributes.via\n"
			"A,acme,bolts,2024-01-01,1,nut,1,,,,\"{\"\"a\"\":\"\"b\"\"}\",x\n",
			"whole or one by one");
	schema_is_refused("attributes.weight double\n",
			"attributes.weight\nA,acme,bolts,2024-01-01,1,nut,1,,,,1.5\n",
			"attributes.weight");
}
END_TEST

START_TEST(a_text_that_is_no_object_is_a_bad_row)
{
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;
	char message[128];

	ck_assert_int_eq(network_import_csv(network, "order", ORDER_SCHEMA "attributes text null\n",
					 ORDER_HEADER "attributes\n"
						      "A,acme,bolts,2024-01-01,1,nut,1,,,,near\n"
						      "B,acme,bolts,2024-01-01,1,nut,1,,,,\n",
					 0, &bad),
			CSTN_E_ROWS);
	ck_assert_int_eq((int)cstn_row_errors_total(bad), 1);
	(void)cstn_row_errors_copy_message(bad, 0, message, sizeof(message));
	ck_assert_msg(strstr(message, "row 0, column 'attributes': 'near'") == message, "%s",
			message);
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_value_too_long_is_a_bad_row)
{
	static char csv[8192];
	static char value[4200];
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;

	memset(value, 'v', sizeof(value) - 1);
	snprintf(csv, sizeof(csv), "%sattributes.note\nA,acme,bolts,2024-01-01,1,nut,1,,,,%s\n",
			ORDER_HEADER, value);
	ck_assert_int_eq(network_import_csv(network, "order", ORDER_SCHEMA "attributes.note text\n",
					 csv, 0, &bad),
			CSTN_E_ROWS);
	ck_assert_int_eq((int)cstn_row_errors_total(bad), 1);
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}
END_TEST

static void scan_is_refused(const char *noun, uint32_t flags, const char *column, int32_t expected)
{
	const char *columns[1] = {column};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_network *network = network_small();
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;

	options.flags = flags;
	options.columns = columns;
	options.n_columns = 1;
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_scan(snapshot, noun, &options, &rows, NULL), expected);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
}

START_TEST(attributes_that_cannot_be_scanned_are_told)
{
	scan_is_refused("order", 0, "attributes.via", CSTN_E_INVALID_ARGUMENT);
	scan_is_refused("order", CSTN_SCAN_LINES, "attributes.", CSTN_E_INVALID_ARGUMENT);
	scan_is_refused("order", CSTN_SCAN_LINES, "attributes.a b", CSTN_E_INVALID_ARGUMENT);
	scan_is_refused("shipment", CSTN_SCAN_LINES, "attributes.via", CSTN_E_NOT_FOUND);
}
END_TEST

START_TEST(the_schema_of_a_scan_outlives_its_stream)
{
	const char *columns[1] = {"attributes.distance"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_network *network = orders_near_and_far();
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	struct ArrowSchema schema;

	options.flags = CSTN_SCAN_LINES;
	options.columns = columns;
	options.n_columns = 1;
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_scan(snapshot, "order", &options, &rows, NULL), CSTN_OK);
	ck_assert_int_eq(rows.get_schema(&rows, &schema), 0);
	rows.release(&rows);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	ck_assert_str_eq(schema.children[0]->name, "attributes.distance");
	schema.release(&schema);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {objects_of_texts_are_attributes_and_nothing_else_is,
			an_object_cut_anywhere_is_refused,
			thirty_two_attributes_are_taken_and_one_more_is_refused,
			a_name_has_at_most_64_bytes, an_object_has_at_most_4096_bytes,
			a_text_is_found_by_its_whole_name_and_unescaped,
			columns_of_attributes_come_in_and_go_out,
			what_was_imported_is_one_object_a_line, records_hold_attributes_as_one_text,
			rates_are_grouped_by_an_attribute,
			a_binding_makes_attributes_of_other_columns,
			columns_that_are_no_attributes_are_refused,
			a_text_that_is_no_object_is_a_bad_row, a_value_too_long_is_a_bad_row,
			attributes_that_cannot_be_scanned_are_told,
			the_schema_of_a_scan_outlives_its_stream};

	return run_tests("network_attributes", tests, sizeof(tests) / sizeof(tests[0]));
}
