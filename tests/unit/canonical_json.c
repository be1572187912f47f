/* Canonical JSON: what is written, what is refused and where. */
#include <string.h>

#include "sharing/canonical_json.h"
#include "suite.h"

static json_t *read_whole(const char *text)
{
	json_t *value = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn__canonical_json_read(text, strlen(text), &value, &error);

	ck_assert_msg(status == CSTN_OK, "%s: %s", text, cstn_error_message(error));
	return value;
}

static void writes(const char *text, uint32_t flags, const char *expected)
{
	json_t *value = read_whole(text);
	cstn__bytes out;

	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__canonical_json_write(value, flags, &out, NULL), CSTN_OK);
	ck_assert_uint_eq(out.size, strlen(expected));
	ck_assert_mem_eq(out.data, expected, out.size);
	cstn__bytes_free(&out);
	json_decref(value);
}

static void is_not_read(const char *text, size_t len, const char *words)
{
	json_t *value = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn__canonical_json_read(text, len, &value, &error), CSTN_E_FORMAT);
	ck_assert_ptr_null(value);
	ck_assert_msg(strstr(cstn_error_message(error), words) != NULL, "%s: %s", text,
			cstn_error_message(error));
	cstn_error_free(error);
}

static void is_not_written(const char *text, uint32_t flags)
{
	json_t *value = read_whole(text);
	cstn__bytes out;

	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__canonical_json_write(value, flags, &out, NULL), CSTN_E_FORMAT);
	cstn__bytes_free(&out);
	json_decref(value);
}

START_TEST(names_are_sorted_by_their_utf16_code_units)
{
	writes(" { \"b\" : [ 1 , {} , [ ] ] , \"a\" : null, \"\": true, \"ab\": false } ", 0,
			"{\"\":true,\"a\":null,\"ab\":false,\"b\":[1,{},[]]}");
	/* U+10000 is D800 DC00 in UTF-16, and so before U+E000 and U+FFFD, behind U+D7FF. */
	writes("{\"\\uFFFD\":1,\"\\uE000\":2,\"\\uD800\\uDC00\":3,\"\\uD7FF\":4}", 0,
			"{\"\xed\x9f\xbf\":4,\"\xf0\x90\x80\x80\":3,\"\xee\x80\x80\":2,"
			"\"\xef\xbf\xbd\":1}");
}
END_TEST

START_TEST(text_has_the_fewest_escapes)
{
	writes("\"\\u0000\\u0001\\u001f\\b\\t\\n\\f\\r\\\"\\\\\\/\\u007f\\u20ac\"", 0,
			"\"\\u0000\\u0001\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\x7f\xe2\x82\xac\"");
}
END_TEST

START_TEST(numbers_are_those_of_ecmascript)
{
	writes("[0,-0,0.0,-0.0,1.0,-1.50,1e21,1e20,123456789012345680000.0,1e-6,1e-7,0.1e-6,1.25e-"
	       "7]",
			0,
			"[0,0,0,0,1,-1.5,1e+21,100000000000000000000,123456789012345680000,0."
			"000001,"
			"1e-7,1e-7,1.25e-7]");
	writes("[5e-324,1.7976931348623157e308,9007199254740993,-9007199254740993]", 0,
			"[5e-324,1.7976931348623157e+308,9007199254740992,-9007199254740992]");
}
END_TEST

START_TEST(integers_alone_may_be_asked_for)
{
	writes("[9007199254740991,-9007199254740991]", CSTN__CANONICAL_INTEGERS,
			"[9007199254740991,-9007199254740991]");
	is_not_written("9007199254740992", CSTN__CANONICAL_INTEGERS);
	is_not_written("-9007199254740992", CSTN__CANONICAL_INTEGERS);
	is_not_written("[1.0]", CSTN__CANONICAL_INTEGERS);
	is_not_written("{\"a\":1e3}", CSTN__CANONICAL_INTEGERS);
}
END_TEST

START_TEST(what_is_no_strict_json_is_refused_with_its_byte)
{
	static const struct {
		const char *text, *words;
	} cases[] = {{"", "byte 0"}, {"{\"a\":1,\"a\":2}", "byte 10"}, {"[1,2", "byte 4"},
			{"[1] [2]", "byte 5"}, {"\"\\ud800\"", "byte"}, {"\"\\udc00x\"", "byte"},
			{"\"\\ud800\\u0041\"", "byte"}, {"\"\xff\"", "byte"},
			{"\"\xed\xa0\x80\"", "byte"}, {"9223372036854775808", "byte 19"},
			{"1e400", "byte"}, {"01", "byte"}, {"NaN", "byte"},
			{"\xef\xbb\xbf[]", "byte"}, {"{\"\\u0000\":1}", "byte"},
			{"{'a':1}", "byte"}, {"[1,]", "byte"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_not_read(cases[i].text, strlen(cases[i].text), cases[i].words);
	is_not_read("[1]\0", 4, "byte");
}
END_TEST

static void nested(char *text, int levels)
{
	memset(text, '[', (size_t)levels);
	memset(text + levels, ']', (size_t)levels);
	text[2 * levels] = '\0';
}

START_TEST(nesting_stops_at_64_levels)
{
	char text[2 * 65 + 1];
	json_t *inner, *outer;
	cstn__bytes out;

	nested(text, 64);
	writes(text, 0, text);
	nested(text, 65);
	is_not_read(text, strlen(text), "byte 64");
	/* Brackets in a text are no nesting. */
	text[0] = text[129] = '"';
	writes(text, 0, text);
	nested(text, 64);
	inner = read_whole(text);
	outer = json_pack("[o]", inner);
	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__canonical_json_write(outer, 0, &out, NULL), CSTN_E_LIMIT);
	cstn__bytes_free(&out);
	json_decref(outer);
}
END_TEST

START_TEST(a_value_is_found_in_its_text)
{
	const char *text = " {\"a\": [true, {\"x\\\"\": \"]:\", \"y\":{}}, true], \"b\" :true}";
	json_t *root = read_whole(text), *list = json_object_get(root, "a");
	json_t *inner = json_array_get(list, 1);
	size_t len = strlen(text);

	ck_assert_uint_eq(cstn__canonical_json_offset(text, len, root, NULL, NULL, 0), 1);
	ck_assert_uint_eq(cstn__canonical_json_offset(text, len, root, root, "a", 0),
			(size_t)(strchr(text, '[') - text));
	ck_assert_uint_eq(cstn__canonical_json_offset(text, len, root, list, NULL, 0),
			(size_t)(strstr(text, "true") - text));
	ck_assert_uint_eq(cstn__canonical_json_offset(text, len, root, list, NULL, 2),
			(size_t)(strstr(text, "true]") - text));
	ck_assert_uint_eq(cstn__canonical_json_offset(text, len, root, inner, "x\"", 0),
			(size_t)(strstr(text, "\"]:") - text));
	ck_assert_uint_eq(cstn__canonical_json_offset(text, len, root, inner, "y", 0),
			(size_t)(strstr(text, "{}") - text));
	ck_assert_uint_eq(cstn__canonical_json_offset(text, len, root, root, "b", 0),
			(size_t)(strstr(text, "true}") - text));
	ck_assert_uint_eq(cstn__canonical_json_offset(text, len, root, root, "c", 0), len);
	ck_assert_uint_eq(cstn__canonical_json_offset(text, len, root, list, NULL, 3), len);
	json_decref(root);
}
END_TEST

static size_t differs(const char *text)
{
	json_t *value = read_whole(text);
	size_t at = SIZE_MAX;

	ck_assert_int_eq(cstn__canonical_json_differs(text, strlen(text), value, 0, &at, NULL),
			CSTN_OK);
	json_decref(value);
	return at;
}

START_TEST(the_first_byte_that_is_not_canonical_is_told)
{
	ck_assert_uint_eq(differs("{\"a\":1,\"b\":[]}"), 14);
	ck_assert_uint_eq(differs("{\"a\":1, \"b\":[]}"), 7);
	ck_assert_uint_eq(differs("{\"b\":1,\"a\":[]}"), 2);
	ck_assert_uint_eq(differs("[1]\n"), 3);
	ck_assert_uint_eq(differs("[1.0]"), 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {names_are_sorted_by_their_utf16_code_units,
			text_has_the_fewest_escapes, numbers_are_those_of_ecmascript,
			integers_alone_may_be_asked_for,
			what_is_no_strict_json_is_refused_with_its_byte, nesting_stops_at_64_levels,
			a_value_is_found_in_its_text, the_first_byte_that_is_not_canonical_is_told};

	return run_tests("canonical JSON", tests, sizeof(tests) / sizeof(tests[0]));
}
