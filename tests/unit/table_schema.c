#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/schema.h>

#include "failing_allocator.h"
#include "table/schema.h"
#include "suite.h"

static cstn_schema *parsed(const char *text)
{
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_schema_parse(text, strlen(text), NULL, &schema, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return schema;
}

static void refused(const char *text, cstn_status expected, const char *message)
{
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_schema_parse(text, strlen(text), NULL, &schema, &error);

	ck_assert_int_eq(status, expected);
	ck_assert_ptr_null(schema);
	ck_assert_msg(strstr(cstn_error_message(error), message), "'%s' lacks '%s'",
			cstn_error_message(error), message);
	cstn_error_free(error);
}

START_TEST(schema_reads_names_types_and_nulls)
{
	cstn_schema *schema = parsed("order_id int64\n"
				     "# a comment\n\n"
				     "\"qty \"\"net\"\"\"\tdecimal scale=3 null\r\n"
				     "due timestamp form=\"DD.MM.YYYY hh:mm\" zone=+01:30");
	size_t n;
	const cstn__schema_column *columns = cstn__schema_columns(schema, &n);

	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(cstn_schema_count(schema), 3);
	ck_assert_str_eq(cstn_schema_name(schema, 0), "order_id");
	ck_assert_str_eq(cstn_schema_name(schema, 1), "qty \"net\"");
	ck_assert_int_eq(cstn_schema_type(schema, 0), CSTN_TYPE_INT64);
	ck_assert_int_eq(cstn_schema_type(schema, 1), CSTN_TYPE_DECIMAL);
	ck_assert_int_eq(cstn_schema_is_nullable(schema, 0), 0);
	ck_assert_int_eq(cstn_schema_is_nullable(schema, 1), 1);
	ck_assert_int_eq(columns[1].scale, 3);
	ck_assert_str_eq(columns[2].form_text, "DD.MM.YYYY hh:mm");
	ck_assert_int_eq(columns[2].has_zone, 1);
	ck_assert_int_eq(columns[2].zone_seconds, 5400);
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(every_type_name_reads_back_to_its_type)
{
	char text[64];
	int32_t type;

	for (type = CSTN_TYPE_FLAG; type <= CSTN_TYPE_DECIMAL; type++) {
		cstn_schema *schema;

		strcpy(text, "x ");
		strcat(text, cstn_type_name(type));
		schema = parsed(text);
		ck_assert_int_eq(cstn_schema_type(schema, 0), type);
		cstn_schema_unref(schema);
	}
	ck_assert_str_eq(cstn_type_name(0), "unknown");
	ck_assert_str_eq(cstn_type_name(10), "unknown");
	ck_assert_str_eq(cstn_type_name(-1), "unknown");
}
END_TEST

START_TEST(past_the_end_and_null_schemas_have_no_columns)
{
	cstn_schema *schema = parsed("a int64");

	ck_assert_ptr_null(cstn_schema_name(schema, 1));
	ck_assert_int_eq(cstn_schema_type(schema, 1), 0);
	ck_assert_int_eq(cstn_schema_is_nullable(schema, 1), 0);
	ck_assert_uint_eq(cstn_schema_count(NULL), 0);
	ck_assert_ptr_null(cstn_schema_name(NULL, 0));
	cstn_schema_unref(schema);
	cstn_schema_unref(NULL);
}
END_TEST

static const char *const canonical[] = {
		"",
		"a int64\n",
		"a text null missing=\"\" missing=\"n/a\"\n",
		"\"a b\" bytes\n",
		"\"\" flag\n",
		"\"#a\" double\n",
		"a#b int32\n",
		"\"a\"\"b\" int32\n",
		"\"two\nlines\" text missing=\"a\nb\"\n",
		"m decimal scale=0\nn decimal null scale=18\n",
		"d date form=DD.MM.YYYY\n",
		"t timestamp null form=\"DD.MM.YYYY hh:mm\" zone=utc missing=\"-\"\n",
		"t timestamp zone=-09:30\nu timestamp zone=+14:00\n",
		"größe int64\n",
};

START_TEST(canonical_text_comes_back_byte_for_byte)
{
	cstn_schema *schema = parsed(canonical[_i]);
	cstn_buffer *buffer = NULL;

	ck_assert_int_eq(cstn_schema_format(schema, &buffer, NULL), CSTN_OK);
	ck_assert_str_eq((const char *)cstn_buffer_data(buffer), canonical[_i]);
	cstn_buffer_free(buffer);
	cstn_schema_unref(schema);
}
END_TEST

static const struct {
	const char *text, *message;
	cstn_status status;
} bad[] = {
		{"a", "line 1: column 'a' has no type", CSTN_E_FORMAT},
		{"a int64\nb", "line 2: column 'b' has no type", CSTN_E_FORMAT},
		{"a datetime", "unknown type 'datetime'", CSTN_E_FORMAT},
		{"a INT64", "unknown type 'INT64'", CSTN_E_FORMAT},
		{"a int64\na text", "'a' is there twice, as columns 1 and 2", CSTN_E_SCHEMA},
		{"a int64\n\"a\" text", "twice", CSTN_E_SCHEMA},
		{"a int64 nulls", "option 'nulls'", CSTN_E_FORMAT},
		{"a int64 null null", "option 'null'", CSTN_E_FORMAT},
		{"a int64 scale=2", "option 'scale=2'", CSTN_E_FORMAT},
		{"a decimal scale=19", "option 'scale=19'", CSTN_E_FORMAT},
		{"a decimal scale=-1", "option 'scale=-1'", CSTN_E_FORMAT},
		{"a decimal scale=", "option 'scale='", CSTN_E_FORMAT},
		{"a decimal scale=1 scale=1", "option 'scale=1'", CSTN_E_FORMAT},
		{"a int64 form=DD.MM.YYYY", "option 'form=", CSTN_E_FORMAT},
		{"a date zone=utc", "option 'zone=utc'", CSTN_E_FORMAT},
		{"a timestamp zone=+24:00", "option 'zone=+24:00'", CSTN_E_FORMAT},
		{"a timestamp zone=+1:00", "option 'zone=+1:00'", CSTN_E_FORMAT},
		{"a timestamp zone=+01:60", "option 'zone=+01:60'", CSTN_E_FORMAT},
		{"a timestamp zone=CET", "option 'zone=CET'", CSTN_E_FORMAT},
		{"\n\"a int64\nb text\n", "line 2: a quote is not closed", CSTN_E_FORMAT},
		{"a\"b int64", "a quote inside a word", CSTN_E_FORMAT},
		{"\"a\"b int64", "a space is missing behind a quote", CSTN_E_FORMAT},
		{"a int64\n\xff int64", "line 2: not UTF-8", CSTN_E_FORMAT},
};

START_TEST(schema_text_with_a_fault_names_line_and_rule)
{
	refused(bad[_i].text, bad[_i].status, bad[_i].message);
}
END_TEST

static char *many_columns(int n)
{
	char *text = malloc(32 * (size_t)n + 1), *at = text;
	int i;

	for (i = 0; i < n; i++)
		at += sprintf(at, "column_%d int64\n", i);
	return text;
}

START_TEST(a_schema_has_at_most_1024_columns)
{
	char *text = many_columns(1024);
	cstn_schema *schema = parsed(text);

	ck_assert_uint_eq(cstn_schema_count(schema), 1024);
	cstn_schema_unref(schema);
	free(text);
	text = many_columns(1025);
	refused(text, CSTN_E_FORMAT, "line 1025: more than 1024 columns");
	free(text);
}
END_TEST

START_TEST(a_nul_byte_in_a_schema_is_refused)
{
	cstn_schema *schema = NULL;

	ck_assert_int_eq(cstn_schema_parse("a\0b int64", 9, NULL, &schema, NULL), CSTN_E_FORMAT);
	ck_assert_ptr_null(schema);
}
END_TEST

START_TEST(null_arguments_of_schema_calls_are_refused)
{
	cstn_schema *schema = NULL;
	cstn_buffer *buffer = NULL;

	ck_assert_int_eq(cstn_schema_parse(NULL, 1, NULL, &schema, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_schema_parse("", 0, NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_schema_format(NULL, &buffer, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(buffer);
	ck_assert_int_eq(cstn_schema_parse(NULL, 0, NULL, &schema, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_schema_count(schema), 0);
	ck_assert_int_eq(cstn_schema_format(schema, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(out_of_memory_leaves_no_schema_and_no_block)
{
	static const char text[] = "a int64\n\"b c\" decimal scale=2 null missing=\"x\"\n"
				   "t timestamp form=\"DD.MM.YYYY\" zone=utc\n";
	failing_allocator memory;
	uint64_t n;

	for (n = 1;; n++) {
		cstn_schema *schema = NULL;
		cstn_buffer *buffer = NULL;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = cstn_schema_parse(
				text, sizeof(text) - 1, &memory.allocator, &schema, NULL);
		if (status == CSTN_OK)
			status = cstn_schema_format(schema, &buffer, NULL);
		cstn_schema_unref(schema);
		cstn_buffer_free(buffer);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status == CSTN_OK)
			break;
		ck_assert_int_eq(status, CSTN_E_NOMEM);
		ck_assert_ptr_null(buffer);
	}
	ck_assert_uint_gt(n, 3);
}
END_TEST

START_TEST(a_schema_lives_until_its_last_reference)
{
	cstn_schema *schema = parsed("a int64");

	ck_assert_ptr_eq(cstn_schema_ref(schema), schema);
	cstn_schema_unref(schema);
	ck_assert_str_eq(cstn_schema_name(schema, 0), "a");
	cstn_schema_unref(schema);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_schema");
	TCase *tests = tcase_create("schema");

	tcase_add_test(tests, schema_reads_names_types_and_nulls);
	tcase_add_test(tests, every_type_name_reads_back_to_its_type);
	tcase_add_test(tests, past_the_end_and_null_schemas_have_no_columns);
	tcase_add_loop_test(tests, canonical_text_comes_back_byte_for_byte, 0,
			sizeof(canonical) / sizeof(canonical[0]));
	tcase_add_loop_test(tests, schema_text_with_a_fault_names_line_and_rule, 0,
			sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, a_schema_has_at_most_1024_columns);
	tcase_add_test(tests, a_nul_byte_in_a_schema_is_refused);
	tcase_add_test(tests, null_arguments_of_schema_calls_are_refused);
	tcase_add_test(tests, out_of_memory_leaves_no_schema_and_no_block);
	tcase_add_test(tests, a_schema_lives_until_its_last_reference);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
