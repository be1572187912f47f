#include <stdio.h>

#include "column_reader.h"
#include "failing_allocator.h"
#include "suite.h"

/* --- schemas that do not fit ------------------------------------------------------------------ */

/* Binds and gives the error's text, "" for none; `type` receives the first column's. */
static const char *bind_text(const maker_column *fields, size_t n_fields,
		const cstn__column_decl *decls, size_t n, const cstn_binding *binding,
		int32_t *type)
{
	static char text[4096];
	maker_stream from = {.fields = fields, .n = n_fields};
	struct ArrowArrayStream stream;
	cstn__bound *bound = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	maker_open(&stream, &from);
	status = cstn__bind_stream(&stream, decls, n, binding, NULL, &bound, &error);
	ck_assert_int_eq(status == CSTN_OK, bound != NULL);
	if (status != CSTN_OK)
		ck_assert_int_eq(status, CSTN_E_SCHEMA);
	snprintf(text, sizeof(text), "%s", cstn_error_message(error));
	if (type)
		*type = bound ? cstn__bound_type(bound, 0) : 0;
	cstn_error_free(error);
	cstn__bound_free(bound);
	stream.release(&stream);
	ck_assert_int_eq(maker_live(), 0);
	return text;
}

static const struct {
	const char *format;
	uint32_t accept, casts;
	const char *message; /* NULL: it fits, as `type` */
	int32_t type;
} fits[] = {
		{"l", ACCEPT(INT64) | ACCEPT(DECIMAL), 0, NULL, CSTN_TYPE_INT64},
		{"l", ACCEPT(DECIMAL), 0, NULL, CSTN_TYPE_DECIMAL},
		{"l", ACCEPT(DOUBLE), 0, NULL, CSTN_TYPE_DOUBLE},
		{"l", ACCEPT(TEXT), 0, "column 'x' is int64 (l), utf8 expected", 0},
		{"C", ACCEPT(TIME), 0, "column 'x' is uint8 (C), timestamp UTC expected", 0},
		{"l", ACCEPT(FLAG), 0, "column 'x' is int64 (l), flag expected", 0},
		{"b", ACCEPT(INT64), 0, "column 'x' is bool (b), int64 expected", 0},
		{"b", CSTN__ACCEPT_DIMENSION, 0, NULL, CSTN_TYPE_FLAG},
		{"g", ACCEPT(INT64), 0,
				"column 'x' is double (g), int64 expected; allow "
				"CSTN_CAST_INTEGRAL",
				0},
		{"f", ACCEPT(INT32), CSTN_CAST_INTEGRAL, NULL, CSTN_TYPE_INT32},
		{"g", ACCEPT(INT64), CSTN_CAST_TEXT,
				"column 'x' is double (g), int64 expected; allow "
				"CSTN_CAST_INTEGRAL",
				0},
		{"g", ACCEPT(DECIMAL), CSTN_CAST_INTEGRAL,
				"column 'x' is double (g), decimal expected; give decimal or text",
				0},
		{"g", CSTN__ACCEPT_KEY, 0,
				"column 'x' is double (g), int64 or utf8 expected; allow "
				"CSTN_CAST_INTEGRAL",
				0},
		{"u", CSTN__ACCEPT_KEY, 0, NULL, CSTN_TYPE_TEXT},
		{"u", ACCEPT(INT32), 0,
				"column 'x' is utf8 (u), int32 expected; allow CSTN_CAST_TEXT", 0},
		{"u", ACCEPT(INT32), CSTN_CAST_TEXT, NULL, CSTN_TYPE_INT32},
		{"vu", ACCEPT(DOUBLE), CSTN_CAST_TEXT, NULL, CSTN_TYPE_DOUBLE},
		{"U", CSTN__ACCEPT_TIME, CSTN_CAST_TEXT, NULL, CSTN_TYPE_TIME},
		{"u", ACCEPT(DAYS), CSTN_CAST_TEXT, NULL, CSTN_TYPE_DAYS},
		{"u", ACCEPT(FLAG), CSTN_CAST_TEXT, NULL, CSTN_TYPE_FLAG},
		{"u", ACCEPT(DECIMAL), CSTN_CAST_TEXT,
				"column 'x' is utf8 (u), decimal expected; set the binding's scale",
				0},
		{"z", ACCEPT(INT64), CSTN_CAST_TEXT, "column 'x' is binary (z), int64 expected", 0},
		{"z", ACCEPT(TEXT) | ACCEPT(BYTES), 0, NULL, CSTN_TYPE_BYTES},
		{"vz", ACCEPT(TEXT), 0, NULL, CSTN_TYPE_TEXT},
		{"tdD", CSTN__ACCEPT_TIME, 0, NULL, CSTN_TYPE_DAYS},
		{"tdm", ACCEPT(DAYS), 0, NULL, CSTN_TYPE_DAYS},
		{"tdD", ACCEPT(TIME), 0,
				"column 'x' is date32[day] (tdD), timestamp UTC expected; allow "
				"CSTN_CAST_DAYS_TIME",
				0},
		{"tdm", ACCEPT(TIME), CSTN_CAST_DAYS_TIME, NULL, CSTN_TYPE_TIME},
		{"tdD", ACCEPT(INT64), 0, "column 'x' is date32[day] (tdD), int64 expected", 0},
		{"tsu:UTC", CSTN__ACCEPT_TIME, 0, NULL, CSTN_TYPE_TIME},
		{"tsu:", ACCEPT(TIME), 0,
				"column 'x' is timestamp[us] without zone (tsu:), timestamp UTC "
				"expected; set the binding's zone, zone=\"UTC\" if that is meant",
				0},
		{"tsn:Asia/Tokyo", ACCEPT(DAYS), 0,
				"column 'x' is timestamp[ns, Asia/Tokyo] (tsn:Asia/Tokyo), date "
				"expected; cast it to date32, or allow CSTN_CAST_TRUNCATE_TIME",
				0},
		{"tss:", ACCEPT(DAYS), CSTN_CAST_TRUNCATE_TIME, NULL, CSTN_TYPE_DAYS},
		{"tsm:UTC", ACCEPT(INT64), 0,
				"column 'x' is timestamp[ms, UTC] (tsm:UTC), int64 expected", 0},
		{"d:38,2", CSTN__ACCEPT_QUANTITY, 0, NULL, CSTN_TYPE_DECIMAL},
		{"d:38,0", ACCEPT(INT64), 0, NULL, CSTN_TYPE_INT64},
		{"d:9,2,32", ACCEPT(INT64), 0,
				"column 'x' is decimal32(9, 2) (d:9,2,32), int64 expected; allow "
				"CSTN_CAST_INTEGRAL",
				0},
		{"d:9,2,32", ACCEPT(INT64), CSTN_CAST_INTEGRAL, NULL, CSTN_TYPE_INT64},
		{"d:38,19", ACCEPT(DECIMAL), 0,
				"column 'x' is decimal128(38, 19) (d:38,19), decimal expected; set "
				"the binding's scale, 0 to 18",
				0},
		{"d:38,2", ACCEPT(DOUBLE), 0,
				"column 'x' is decimal128(38, 2) (d:38,2), double expected", 0},
		{"d:39,2,48", ACCEPT(DECIMAL), 0,
				"column 'x' is of unknown format (d:39,2,48); cast it", 0},
		{"n", ACCEPT(INT64), 0,
				"column 'x' is null (n), int64 expected; its values may not be "
				"null",
				0},
		{"+l", ACCEPT(INT64), 0, "column 'x' is list (+l); unnest it, one row a line", 0},
		{"+L", ACCEPT(INT64), 0, "column 'x' is large_list (+L); unnest it", 0},
		{"+vl", ACCEPT(INT64), 0, "column 'x' is list_view (+vl); unnest it", 0},
		{"+vL", ACCEPT(INT64), 0, "column 'x' is large_list_view (+vL); unnest it", 0},
		{"+w:3", ACCEPT(INT64), 0, "column 'x' is fixed_size_list (+w:3); unnest it", 0},
		{"+m", ACCEPT(INT64), 0, "column 'x' is map (+m); unnest it", 0},
		{"+s", ACCEPT(INT64), 0, "column 'x' is struct (+s); flatten it", 0},
		{"+us:0,1", ACCEPT(INT64), 0, "column 'x' is sparse_union (+us:0,1); split it", 0},
		{"+ud:0,1", ACCEPT(INT64), 0, "column 'x' is dense_union (+ud:0,1); split it", 0},
		{"+r", ACCEPT(INT64), 0, "column 'x' is run_end_encoded (+r); decode it", 0},
		{"w:16", ACCEPT(BYTES), 0,
				"column 'x' is fixed_size_binary (w:16); cast it to binary", 0},
		{"e", ACCEPT(DOUBLE), 0, "column 'x' is float16 (e); cast it to float or double",
				0},
		{"ttu", ACCEPT(TIME), 0, "column 'x' is time of day (ttu); give a timestamp", 0},
		{"tDu", ACCEPT(INT64), 0, "column 'x' is duration (tDu); give an int64", 0},
		{"tiM", ACCEPT(INT64), 0, "column 'x' is interval (tiM); give an int64", 0},
		{"??", ACCEPT(INT64), 0, "column 'x' is of unknown format (?\?); cast it", 0},
		{NULL, ACCEPT(INT64), 0, "column 'x' is of unknown format (); cast it", 0},
};

START_TEST(a_format_fits_a_declared_type_or_the_error_says_the_way_out)
{
	maker_column field = {.name = "x", .format = fits[_i].format};
	cstn__column_decl decl = {"x", fits[_i].accept, -1, 1, 0, 0, 0};
	cstn_binding *binding = new_binding();
	int32_t type;
	const char *text;

	ck_assert_int_eq(cstn_binding_cast(binding, NULL, fits[_i].casts, NULL), CSTN_OK);
	text = bind_text(&field, 1, &decl, 1, binding, &type);
	if (fits[_i].message)
		ck_assert_msg(strncmp(text, fits[_i].message, strlen(fits[_i].message)) == 0,
				"'%s', expected '%s'", text, fits[_i].message);
	else
		ck_assert_str_eq(text, "");
	ck_assert_int_eq(type, fits[_i].type);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(every_misfit_is_in_the_one_error)
{
	static const maker_column fields[] = {{.name = "promised", .format = "tsu:"},
			{.name = "qty_deliverd", .format = "l"}, {.name = "lines", .format = "+l"},
			{.name = "twice", .format = "l"}, {.name = "b", .format = "l"},
			{.name = "twice", .format = "l"}};
	static const cstn__column_decl decls[] = {{"promised", ACCEPT(TIME), -1, 1, 0, 0, 0},
			{"qty_delivered", ACCEPT(INT64), -1, 1, 0, 0, 0},
			{"lines", ACCEPT(INT64), -1, 0, 0, 0, 0},
			{"twice", ACCEPT(INT64), -1, 1, 0, 0, 0},
			{"nowhere_near", ACCEPT(INT64), -1, 1, 0, 0, 0},
			{"optional", ACCEPT(INT64), -1, 0, 0, 0, 0}};

	ck_assert_str_eq(bind_text(fields, 6, decls, 6, NULL, NULL),
			"column 'promised' is timestamp[us] without zone (tsu:), timestamp UTC "
			"expected; set the binding's zone, zone=\"UTC\" if that is meant"
			" | required column 'qty_delivered' is absent; similar: 'qty_deliverd'"
			" | column 'lines' is list (+l); unnest it, one row a line"
			" | column 'twice' is there twice, as columns 4 and 6; rename one"
			" | required column 'nowhere_near' is absent");
}
END_TEST

START_TEST(columns_that_are_not_declared_matter_only_when_strict)
{
	static const maker_column fields[] = {
			{.name = "x", .format = "l"}, {.name = "lines", .format = "+l"}};
	static const cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 1, 0, 0, 0};
	cstn_binding *binding = new_binding();

	ck_assert_str_eq(bind_text(fields, 2, &decl, 1, binding, NULL), "");
	ck_assert_int_eq(cstn_binding_cast(binding, "y", CSTN_CAST_TEXT, NULL), CSTN_OK);
	ck_assert_str_eq(bind_text(fields, 2, &decl, 1, binding, NULL), "");
	cstn_binding_strict(binding, 1);
	ck_assert_str_eq(bind_text(fields, 2, &decl, 1, binding, NULL),
			"column 'lines' is not declared; drop it, or bind without strict"
			" | the binding speaks of column 'y', which is not declared");
	cstn_binding_strict(binding, 0);
	ck_assert_str_eq(bind_text(fields, 2, &decl, 1, binding, NULL), "");
	cstn_binding_free(binding);
}
END_TEST

START_TEST(a_stream_of_something_else_than_batches_is_refused)
{
	static const maker_column field = {.name = "x", .format = "l"};
	maker_stream from = {.fields = &field, .n = 1, .root_format = "l"};
	static const cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 1, 0, 0, 0};
	struct ArrowArrayStream stream;
	cstn__bound *bound = NULL;
	cstn_error *error = NULL;

	maker_open(&stream, &from);
	ck_assert_int_eq(cstn__bind_stream(&stream, &decl, 1, NULL, NULL, &bound, &error),
			CSTN_E_SCHEMA);
	ck_assert_str_eq(cstn_error_message(error),
			"the stream gives int64 (l), record batches (+s) expected");
	ck_assert_ptr_null(bound);
	cstn_error_free(error);
	stream.release(&stream);
}
END_TEST

START_TEST(a_dictionary_is_bound_as_its_values)
{
	static const maker_column texts = {.format = "u"}, numbers = {.format = "l"},
				  lists = {.format = "+l"},
				  deep = {.format = "i", .dictionary = &texts};
	static const struct {
		const char *index;
		const maker_column *values;
		uint32_t accept, casts;
		const char *message;
		int32_t type;
	} dictionaries[] = {
			{"c", &texts, CSTN__ACCEPT_KEY, 0, "", CSTN_TYPE_TEXT},
			{"I", &numbers, CSTN__ACCEPT_KEY, 0,
					"column 'x' is dictionary of int64 (l), int64 or utf8 "
					"expected; allow CSTN_CAST_DICTIONARY",
					0},
			{"i", &numbers, CSTN__ACCEPT_KEY, CSTN_CAST_DICTIONARY, "",
					CSTN_TYPE_INT64},
			{"i", &texts, ACCEPT(INT64), CSTN_CAST_TEXT, "", CSTN_TYPE_INT64},
			{"i", &texts, ACCEPT(INT64), 0,
					"column 'x' is dictionary of utf8 (u), int64 expected; "
					"allow CSTN_CAST_TEXT",
					0},
			{"i", &lists, ACCEPT(INT64), 0,
					"column 'x' is list (+l); unnest it, one row a line", 0},
			{"i", &deep, ACCEPT(TEXT), 0,
					"column 'x' is a dictionary with a dictionary (i) as "
					"index; decode it",
					0},
			{"g", &texts, ACCEPT(TEXT), 0,
					"column 'x' is a dictionary with double (g) as index; "
					"decode it",
					0},
	};
	size_t i;

	for (i = 0; i < sizeof(dictionaries) / sizeof(dictionaries[0]); i++) {
		maker_column field = {.name = "x",
				.format = dictionaries[i].index,
				.dictionary = dictionaries[i].values};
		cstn__column_decl decl = {"x", dictionaries[i].accept, -1, 1, 0, 0, 0};
		cstn_binding *binding = new_binding();
		int32_t type;

		ck_assert_int_eq(cstn_binding_cast(binding, "x", dictionaries[i].casts, NULL),
				CSTN_OK);
		ck_assert_str_eq(bind_text(&field, 1, &decl, 1, binding, &type),
				dictionaries[i].message);
		ck_assert_int_eq(type, dictionaries[i].type);
		cstn_binding_free(binding);
	}
}
END_TEST

/* --- the binding's words ---------------------------------------------------------------------- */

START_TEST(values_are_mapped_and_the_rest_has_its_word_too)
{
	static const cstn__column_decl decl = {"x", ACCEPT(TEXT), -1, 1, 0, 0, 0};
	static const char *const wanted[] = {"closed", "open", NULL, "unknown", "closed"};
	int32_t ends[64];
	char bytes[512];
	maker_column column = words("Z/A/gone/?/Z", ends, bytes);
	cstn_binding *binding = new_binding();
	reader in;
	int i;

	ck_assert_int_eq(cstn_binding_value(binding, "x", "Z", "wrong", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_value(binding, "x", "Z", "closed", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_value(binding, "x", "A", "open", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_value(binding, "x", "gone", NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_value(binding, "x", NULL, "unknown", NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	for (i = 0; i < 5; i++) {
		const char *text = NULL;
		size_t len = 0;

		ck_assert_int_eq(cstn__column_read_text(in.batch.columns, i, &text, &len),
				!wanted[i]);
		if (wanted[i])
			ck_assert_msg(len == strlen(wanted[i]) && !memcmp(text, wanted[i], len),
					"row %d is %.*s", i, (int)len, text);
	}
	ck_assert_int_eq(cstn__column_check_text(in.batch.columns, 0, 5, 1000, in.bad, in.sink),
			CSTN_OK);
	ck_assert_uint_eq(in.bad[0], 0x4);
	ck_assert_str_eq(told(&in), "1002:NULL:-");
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(mapped_text_is_what_a_cast_reads)
{
	static const cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 1, 1, 0, 0};
	int32_t ends[64];
	char bytes[512];
	maker_column column = words("many/-/3", ends, bytes);
	cstn_binding *binding = new_binding();
	reader in;

	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_TEXT, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_value(binding, "x", "many", "1000", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_value(binding, "x", "-", NULL, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x5, 0, "");
	ck_assert_int_eq(in.numbers[0], 1000);
	ck_assert_int_eq(in.numbers[2], 3);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(a_dictionary_is_mapped_entry_by_entry)
{
	static const int32_t ends[] = {0, 1, 2};
	static const maker_column entries = {NULL, "u", 2, 0, 0, 3, {NULL, ends, "ZA"}, NULL};
	static const int8_t index[] = {1, 0, 1};
	maker_column column = {"x", "c", 3, 0, 0, 2, {NULL, index}, &entries};
	static const cstn__column_decl decl = {"x", ACCEPT(TEXT), -1, 1, 0, 0, 0};
	cstn_binding *binding = new_binding();
	const char *text;
	size_t len;
	reader in;

	ck_assert_int_eq(cstn_binding_value(binding, "x", "A", "open", NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	ck_assert_int_eq(cstn__column_read_text(in.batch.columns->dictionary, 1, &text, &len), 0);
	ck_assert_msg(len == 4 && memcmp(text, "open", 4) == 0, "entry");
	ck_assert_int_eq(cstn__column_read_text(in.batch.columns, 2, &text, &len), 0);
	ck_assert_msg(len == 4 && memcmp(text, "open", 4) == 0, "row");
	ck_assert_int_eq(cstn__column_read_text(in.batch.columns, 1, &text, &len), 0);
	ck_assert_msg(len == 1 && *text == 'Z', "row");
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(a_column_is_found_under_the_name_the_binding_gives)
{
	static const maker_column fields[] = {
			{.name = "menge", .format = "l"}, {.name = "qty", .format = "+l"}};
	static const cstn__column_decl decl = {"qty", ACCEPT(INT64), -1, 1, 0, 0, 0};
	static const cstn__column_decl optional = {"qty", ACCEPT(INT64), -1, 0, 0, 0, 0};
	cstn_binding *binding = new_binding();
	int32_t type;

	ck_assert_int_eq(cstn_binding_rename(binding, "qty", "menge", NULL), CSTN_OK);
	ck_assert_str_eq(bind_text(fields, 2, &decl, 1, binding, &type), "");
	ck_assert_int_eq(type, CSTN_TYPE_INT64);
	ck_assert_int_eq(cstn_binding_rename(binding, "qty", "mengen", NULL), CSTN_OK);
	ck_assert_str_eq(bind_text(fields, 2, &optional, 1, binding, NULL),
			"required column 'mengen' is absent; similar: 'menge'");
	cstn_binding_free(binding);
}
END_TEST

static const struct {
	uint32_t accept;
	int32_t scale;
	const char *value, *message;
	int32_t type;
	int64_t number;
} constants[] = {
		{ACCEPT(INT64), -1, "42", "", CSTN_TYPE_INT64, 42},
		{ACCEPT(INT32), -1, "2147483648", "constant '2147483648' of column 'x' is no int32",
				0, 0},
		{CSTN__ACCEPT_QUANTITY, -1, "7", "", CSTN_TYPE_INT64, 7},
		{CSTN__ACCEPT_QUANTITY, -1, "7.25", "", CSTN_TYPE_DECIMAL, 725},
		{ACCEPT(DECIMAL), 3, "7.25", "", CSTN_TYPE_DECIMAL, 7250},
		{CSTN__ACCEPT_QUANTITY, 3, "7", "", CSTN_TYPE_DECIMAL, 7000},
		{CSTN__ACCEPT_TIME, -1, "2024-01-31", "", CSTN_TYPE_DAYS, 19753},
		{CSTN__ACCEPT_TIME, -1, "1970-01-01T00:00:02Z", "", CSTN_TYPE_TIME, 2000000},
		{ACCEPT(TIME), -1, "1970-01-01T00:00:02",
				"constant '1970-01-01T00:00:02' of column 'x' is no timestamp UTC",
				0, 0},
		{ACCEPT(FLAG), -1, "1", "", CSTN_TYPE_FLAG, 1},
		{CSTN__ACCEPT_DIMENSION, -1, "EUR", "", CSTN_TYPE_TEXT, 0},
		{CSTN__ACCEPT_QUANTITY, -1, "many",
				"constant 'many' of column 'x' is no int64 or decimal", 0, 0},
};

START_TEST(a_constant_is_every_row_s_value)
{
	static const int64_t other[3] = {1, 2, 3};
	maker_column column = {"other", "l", 3, 0, 0, 2, {NULL, other}, NULL};
	cstn__column_decl decl = {"x", constants[_i].accept, constants[_i].scale, 1, 0, 0, 0};
	cstn_binding *binding = new_binding();
	const char *text;
	size_t len;
	reader in;
	int i;

	ck_assert_int_eq(cstn_binding_constant(binding, "x", constants[_i].value, NULL), CSTN_OK);
	ck_assert_str_eq(bind_text(&column, 1, &decl, 1, binding, &i), constants[_i].message);
	ck_assert_int_eq(i, constants[_i].type);
	if (!*constants[_i].message) {
		open_reader(&in, &column, &decl, binding);
		ck_assert_uint_eq(cstn__column_valid64(in.batch.columns, 0), 7);
		if (constants[_i].type == CSTN_TYPE_TEXT) {
			ck_assert_int_eq(cstn__column_read_text(in.batch.columns, 2, &text, &len),
					0);
			ck_assert_str_eq(text, "EUR");
		} else {
			read_all(&in);
			EXPECT(&in, 7, 0, "");
			for (i = 0; i < 3; i++)
				ck_assert_int_eq(in.numbers[i], constants[_i].number);
		}
		close_reader(&in);
	}
	cstn_binding_free(binding);
}
END_TEST

START_TEST(a_constant_may_be_null_where_the_column_may)
{
	static const maker_column field = {.name = "other", .format = "l"};
	cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 1, 1, 0, 0};
	cstn_binding *binding = new_binding();

	ck_assert_int_eq(cstn_binding_constant(binding, "x", NULL, NULL), CSTN_OK);
	ck_assert_str_eq(bind_text(&field, 1, &decl, 1, binding, NULL), "");
	decl.nullable = 0;
	ck_assert_str_eq(bind_text(&field, 1, &decl, 1, binding, NULL),
			"column 'x' may not be null, the binding makes it so");
	cstn_binding_free(binding);
}
END_TEST

START_TEST(the_last_word_for_a_column_counts)
{
	static const maker_column field = {.name = "y", .format = "l"};
	static const cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 1, 0, 0, 0};
	cstn_binding *binding = new_binding();

	ck_assert_int_eq(cstn_binding_constant(binding, "x", "no number", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_rename(binding, "x", "y", NULL), CSTN_OK);
	ck_assert_str_eq(bind_text(&field, 1, &decl, 1, binding, NULL), "");
	ck_assert_int_eq(cstn_binding_rename(binding, "x", "z", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_constant(binding, "x", "1", NULL), CSTN_OK);
	ck_assert_str_eq(bind_text(&field, 1, &decl, 1, binding, NULL), "");
	cstn_binding_free(binding);
}
END_TEST

START_TEST(absent_optional_columns_and_columns_of_nulls_are_null_everywhere)
{
	static const int64_t other[3] = {1, 2, 3};
	maker_column column = {"other", "l", 3, 0, 0, 2, {NULL, other}, NULL};
	cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 0, 0, 0, 0};
	reader in;

	open_reader(&in, &column, &decl, NULL);
	ck_assert_int_eq(cstn__bound_has(in.bound, 0), 0);
	read_all(&in);
	EXPECT(&in, 0, 0, "");
	close_reader(&in);
	column = (maker_column){"x", "n", 3, 0, 3, 0, {NULL}, NULL};
	open_reader(&in, &column, &decl, NULL);
	ck_assert_int_eq(cstn__bound_has(in.bound, 0), 1);
	ck_assert_int_eq(cstn__bound_is_null(in.bound, 0), 1);
	read_all(&in);
	EXPECT(&in, 0, 0, "");
	close_reader(&in);
	decl.required = decl.nullable = 1;
	open_reader(&in, &column, &decl, NULL);
	ck_assert_int_eq(cstn__bound_has(in.bound, 0), 1);
	read_all(&in);
	EXPECT(&in, 0, 0, "");
	close_reader(&in);
}
END_TEST

START_TEST(arguments_of_a_binding_are_checked)
{
	cstn_binding *binding = new_binding();
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_binding_new(NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_rename(NULL, "a", "b", NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_rename(binding, NULL, "b", NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_rename(binding, "a", NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_constant(binding, NULL, "b", NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_binding_constant(binding, "a", "\xff", NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_binding_value(binding, NULL, "a", "b", NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_value(binding, "a", "a", "\xff", NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_zone(binding, "a", NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_scale(binding, "a", -1, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_scale(binding, "a", 18, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_scale(binding, "a", 19, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_form(binding, "a", NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_form(binding, "a", "QQ", &error), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "'QQ' is no form"));
	cstn_error_free(error);
	ck_assert_int_eq(cstn_binding_cast(binding, "a", 64, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_binding_cast(binding, "a", 63, NULL), CSTN_OK);
	cstn_binding_strict(NULL, 1);
	cstn_binding_free(NULL);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(out_of_memory_in_a_binding_or_a_bind_leaks_nothing)
{
	static const maker_column field = {.name = "y", .format = "u"};
	static const cstn__column_decl decls[2] = {{"x", ACCEPT(TEXT), -1, 1, 0, 0, 0},
			{"absent", ACCEPT(TEXT), -1, 1, 0, 0, 0}};
	maker_stream from = {.fields = &field, .n = 1};
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_binding *binding = NULL;
		cstn__bound *bound = NULL;
		struct ArrowArrayStream stream;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = cstn_binding_new(&memory.allocator, &binding, NULL);
		if (status == CSTN_OK)
			status = cstn_binding_rename(binding, "x", "y", NULL);
		if (status == CSTN_OK)
			status = cstn_binding_value(binding, "x", "a", "b", NULL);
		if (status == CSTN_OK)
			status = cstn_binding_form(binding, "z", "DD.MM.YYYY", NULL);
		if (status == CSTN_OK)
			status = cstn_binding_constant(binding, "z", "1", NULL);
		if (status == CSTN_OK) {
			maker_open(&stream, &from);
			status = cstn__bind_stream(&stream, decls, 2, binding, &memory.allocator,
					&bound, NULL);
			ck_assert_ptr_null(bound);
			stream.release(&stream);
		}
		cstn_binding_free(binding);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		ck_assert_int_eq(maker_live(), 0);
		if (status == CSTN_E_SCHEMA)
			break; /* all memory was there, and the misfit was found */
		ck_assert_int_eq(status, CSTN_E_NOMEM);
	}
	ck_assert_uint_gt(n, 5);
}
END_TEST

START_TEST(dates_in_text_of_a_form_without_time_are_days_where_both_are_accepted)
{
	static const maker_column field = {.name = "x", .format = "u"};
	static const cstn__column_decl decl = {"x", CSTN__ACCEPT_TIME, -1, 1, 0, 0, 0};
	cstn_binding *binding = new_binding();
	int32_t type;

	ck_assert_int_eq(cstn_binding_cast(binding, NULL, CSTN_CAST_TEXT, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_form(binding, NULL, "DD.MM.YYYY", NULL), CSTN_OK);
	ck_assert_str_eq(bind_text(&field, 1, &decl, 1, binding, &type), "");
	ck_assert_int_eq(type, CSTN_TYPE_DAYS);
	ck_assert_int_eq(cstn_binding_form(binding, NULL, "DD.MM.YYYY hh:mm", NULL), CSTN_OK);
	ck_assert_str_eq(bind_text(&field, 1, &decl, 1, binding, &type),
			"column 'x' is utf8 (u), date or timestamp UTC expected; set the binding's "
			"zone, zone=\"UTC\" if that is meant");
	cstn_binding_free(binding);
}
END_TEST

#define LOOP(test, table) \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("table_bind");
	TCase *tests = tcase_create("bind");

	LOOP(a_format_fits_a_declared_type_or_the_error_says_the_way_out, fits);
	tcase_add_test(tests, every_misfit_is_in_the_one_error);
	tcase_add_test(tests, columns_that_are_not_declared_matter_only_when_strict);
	tcase_add_test(tests, a_stream_of_something_else_than_batches_is_refused);
	tcase_add_test(tests, a_dictionary_is_bound_as_its_values);
	tcase_add_test(tests,
			dates_in_text_of_a_form_without_time_are_days_where_both_are_accepted);
	tcase_add_test(tests, values_are_mapped_and_the_rest_has_its_word_too);
	tcase_add_test(tests, mapped_text_is_what_a_cast_reads);
	tcase_add_test(tests, a_dictionary_is_mapped_entry_by_entry);
	tcase_add_test(tests, a_column_is_found_under_the_name_the_binding_gives);
	LOOP(a_constant_is_every_row_s_value, constants);
	tcase_add_test(tests, a_constant_may_be_null_where_the_column_may);
	tcase_add_test(tests, the_last_word_for_a_column_counts);
	tcase_add_test(tests, absent_optional_columns_and_columns_of_nulls_are_null_everywhere);
	tcase_add_test(tests, arguments_of_a_binding_are_checked);
	tcase_add_test(tests, out_of_memory_in_a_binding_or_a_bind_leaks_nothing);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
