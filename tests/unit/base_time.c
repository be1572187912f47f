/* Text forms of dates and times. */
#include <string.h>

#include "base/civil.h"
#include "base/error.h"
#include "suite.h"

static cstn_status parse(const char *text, const char *form, int32_t zone, int64_t *us)
{
	return cstn_time_parse(text, strlen(text), form, zone, us, NULL);
}

/* Python: datetime.fromisoformat(text), naive texts as UTC, in microseconds since 1970. */
static const struct {
	const char *text;
	int64_t us;
} iso[] = {
		{"1970-01-01", 0},
		{"2018-08-31", INT64_C(1535673600000000)},
		{"2018-08-31T12:34:56", INT64_C(1535718896000000)},
		{"2018-08-31 12:34:56", INT64_C(1535718896000000)},
		{"2018-08-31T12:34", INT64_C(1535718840000000)},
		{"2018-08-31T12:34Z", INT64_C(1535718840000000)},
		{"2018-08-31T12:34:56Z", INT64_C(1535718896000000)},
		{"2018-08-31T12:34:56.5", INT64_C(1535718896500000)},
		{"2018-08-31T12:34:56.000001Z", INT64_C(1535718896000001)},
		{"2018-08-31T12:34:56.123456+02:00", INT64_C(1535711696123456)},
		{"2018-08-31 12:34-03:30", INT64_C(1535731440000000)},
		{"2018-08-31T12:34:56+23:59", INT64_C(1535632556000000)},
		{"2018-08-31T12:34:56-00:00", INT64_C(1535718896000000)},
		{"1969-12-31T23:59:59.999999", -1},
		{"0001-01-01", INT64_C(-62135596800000000)},
		{"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999)},
		{"2024-02-29", INT64_C(1709164800000000)},
		{"2000-02-29 00:00:00", INT64_C(951782400000000)},
		{"0000-02-29", INT64_C(-62162121600000000)},
};

START_TEST(iso_8601_texts_are_read)
{
	for (size_t i = 0; i < sizeof(iso) / sizeof(iso[0]); i++) {
		int64_t us = 77;

		ck_assert_msg(parse(iso[i].text, NULL, 0, &us) == CSTN_OK, "'%s'", iso[i].text);
		ck_assert_msg(us == iso[i].us, "'%s': %lld", iso[i].text, (long long)us);
	}
}
END_TEST

START_TEST(what_is_no_iso_8601_text_is_refused)
{
	static const char *const bad[] = {"", "2018", "2018-08", "2018-8-31", "20180831",
			"2018-08-32", "2018-13-01", "2018-00-10", "2018-08-00", "2023-02-29",
			"1900-02-29", "2018/08/31", "2018-08/31", " 2018-08-31", "2018-08-31 ",
			"2018-08-31T", "2018-08-31T12", "2018-08-31T1234", "2018-08-31t12:34",
			"2018-08-31T24:00", "2018-08-31T24:00:00", "2018-08-31T12:60",
			"2018-08-31T12:60:00", "2018-08-31T12:34:60", "2018-08-31T12:34:5",
			"2018-08-31T12:34:56.", "2018-08-31T12:34:56.1234567",
			"2018-08-31T12:34:56,5", "2018-08-31T12:34:56z", "2018-08-31T12:34:56+2",
			"2018-08-31T12:34:56+0200", "2018-08-31T12:34:56+24:00",
			"2018-08-31T12:34:56+02:60", "2018-08-31T12:34:56 +02:00",
			"2018-08-31T12:34:56ZZ", "2018-08-31Z", "2018-08-31T12:3456",
			"2018-08-31T12-34-56", "2018-08-31_12:34:56", "2x18-08-31", "20x8-08-31",
			"2018-x8-31", "2018-08-3x", "2018-08-31T1x:34:56", "2018-08-31T12:x4:56",
			"2018-08-31T12:34:x6", "-018-08-31", "+2018-08-31",
			"2018-08-31T12:34:", "2018-08-31T12:34:56.x", "2018-08-31T12:34:56.5x",
			"2018-02-30 00:00", "2018-08-31T12:34:56+x2:00",
			"2018-08-31T12:34:56+02-00"};
	int64_t us = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i], NULL, 0, &us) == CSTN_E_FORMAT, "'%s'", bad[i]);
	ck_assert_int_eq(us, 77);
}
END_TEST

START_TEST(the_zone_is_that_of_texts_without_one)
{
	int64_t us = 0;

	ck_assert_int_eq(parse("1970-01-01T00:00:00", NULL, 3600, &us), CSTN_OK);
	ck_assert_int_eq(us, INT64_C(-3600000000));
	ck_assert_int_eq(parse("1970-01-01", NULL, -3600, &us), CSTN_OK);
	ck_assert_int_eq(us, INT64_C(3600000000));
	ck_assert_int_eq(parse("1970-01-01T00:00:00Z", NULL, 3600, &us), CSTN_OK);
	ck_assert_int_eq(us, 0);
	ck_assert_int_eq(parse("1970-01-01T01:00:00+01:00", NULL, 3600, &us), CSTN_OK);
	ck_assert_int_eq(us, 0);
	ck_assert_int_eq(parse("01.01.1970", "DD.MM.YYYY", 60, &us), CSTN_OK);
	ck_assert_int_eq(us, -60000000);
	ck_assert_int_eq(parse("1970-01-01", NULL, 86399, &us), CSTN_OK);
	ck_assert_int_eq(parse("1970-01-01", NULL, -86399, &us), CSTN_OK);
	ck_assert_int_eq(parse("1970-01-01", NULL, 86400, &us), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(parse("1970-01-01", NULL, -86400, &us), CSTN_E_INVALID_ARGUMENT);
}
END_TEST

static const struct {
	const char *form, *text, *iso;
} forms[] = {
		{"DD.MM.YYYY", "31.08.2018", "2018-08-31"},
		{"MM/DD/YYYY", "08/31/2018", "2018-08-31"},
		{"YYYYMMDD", "20180831", "2018-08-31"},
		{"D.M.YYYY", "1.2.2018", "2018-02-01"},
		{"D.M.YYYY", "31.12.2018", "2018-12-31"},
		{"M/D/YY", "6/2/06", "2006-06-02"},
		{"D-Mon-YY", "2-Jun-06", "2006-06-02"},
		{"D-Mon-YY", "12-DEC-99", "2099-12-12"},
		{"DD-Mon-YYYY", "01-mar-1998", "1998-03-01"},
		{"Mon D, YYYY", "Feb 29, 2024", "2024-02-29"},
		{"YYYY-MM-DD hh:mm:ss", "2018-08-31 12:34:56", "2018-08-31T12:34:56"},
		{"YYYY-MM-DDThh:mm:ssZ", "2018-08-31T12:34:56Z", "2018-08-31T12:34:56"},
		{"DD.MM.YYYY hh:mm", "31.08.2018 23:59", "2018-08-31T23:59"},
		{"YYYYMMDDThhmmss", "20180831T123456", "2018-08-31T12:34:56"},
		{"YYYYMMDDhh", "2018083123", "2018-08-31T23:00"},
		{"YYYY\xe5\xb9\xb4MM\xe6\x9c\x88"
		 "DD\xe6\x97\xa5",
				"2018\xe5\xb9\xb4"
				"08\xe6\x9c\x88"
				"31\xe6\x97\xa5",
				"2018-08-31"},
};

START_TEST(texts_are_read_by_their_form)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		int64_t us = 1, expected = 2;

		ck_assert_msg(parse(forms[i].text, forms[i].form, 0, &us) == CSTN_OK, "'%s'",
				forms[i].text);
		ck_assert_int_eq(parse(forms[i].iso, NULL, 0, &expected), CSTN_OK);
		ck_assert_msg(us == expected, "'%s'", forms[i].text);
	}
}
END_TEST

START_TEST(texts_that_miss_their_form_are_refused)
{
	static const char *const bad[][2] = {{"DD.MM.YYYY", "1.08.2018"},
			{"DD.MM.YYYY", "31.8.2018"}, {"DD.MM.YYYY", "31.08.18"},
			{"DD.MM.YYYY", "31.08.20188"}, {"DD.MM.YYYY", "31/08/2018"},
			{"DD.MM.YYYY", "31.13.2018"}, {"DD.MM.YYYY", "32.12.2018"},
			{"DD.MM.YYYY", "29.02.2023"}, {"D.M.YYYY", "001.1.2018"},
			{"D.M.YYYY", ".1.2018"}, {"D-Mon-YY", "2-Jux-06"}, {"D-Mon-YY", "2-Ju"},
			{"D-Mon-YY", "2-June-06"}, {"D-Mon-YY", "0-Jun-06"},
			{"DD.MM.YYYY hh:mm", "31.08.2018 24:00"},
			{"DD.MM.YYYY hh:mm", "31.08.2018 12:60"}, {"DD.MM.YYYY", ""},
			{"YYYY-MM-DDThh:mmZ", "2018-08-31T12:34"},
			{"YYYY-MM-DD hh:mm:ss", "2018-08-31 12:34:60"},
			{"YYYY-MM-DD", "2018-08-31 12:34:56"}};
	int64_t us = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i][1], bad[i][0], 0, &us) == CSTN_E_FORMAT, "'%s'",
				bad[i][1]);
	ck_assert_int_eq(us, 77);
}
END_TEST

START_TEST(forms_that_could_be_read_in_two_ways_or_say_too_little_are_refused)
{
	static const char *const bad[] = {"", "DD.MM", "MM.YYYY", "YYYY-DD", "YYYY-MM-DD-YY",
			"YYYY-MM-DD D", "YYYY-MM-DD M", "DMYYYY", "DMMYYYY", "MDDYYYY",
			"YYYY-MM-DD mm", "YYYY-MM-DD hh:ss", "YYYY-MM-DD HH:mm", "YYYY-MM-DD at",
			"YYYY-MM-DDZ", "YYYY-MM-DDZhh", "DD.MM.YYY", "1YYYY-MM-DD",
			"YYYY-MM-DD hh:mm:ss:mm", "YYYY-MM-DD                               "};
	int64_t us = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse("2018-08-31", bad[i], 0, &us) == CSTN_E_FORMAT, "'%s'", bad[i]);
	ck_assert_int_eq(us, 77);
}
END_TEST

START_TEST(a_form_has_at_most_40_parts)
{
	char form[64] = "YYYY-MM-DD", text[64] = "2018-08-31";
	int64_t us;

	memset(form + 10, '.', 35);
	memset(text + 10, '.', 35);
	form[45] = text[45] = '\0'; /* 5 + 35 parts */
	ck_assert_int_eq(parse(text, form, 0, &us), CSTN_OK);
	form[45] = text[45] = '.';
	form[46] = text[46] = '\0';
	ck_assert_int_eq(parse(text, form, 0, &us), CSTN_E_FORMAT);
}
END_TEST

START_TEST(an_error_names_the_text_and_the_form)
{
	cstn_error *error = NULL;
	int64_t us;

	ck_assert_int_eq(cstn_time_parse("31.8.2018", 9, "DD.MM.YYYY", 0, &us, &error),
			CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error),
			"'31.8.2018' is no date or time of the form DD.MM.YYYY");
	cstn_error_free(error);
	ck_assert_int_eq(cstn_time_parse("yesterday", 9, NULL, 0, &us, &error), CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error),
			"'yesterday' is no date or time of the form ISO 8601");
	cstn_error_free(error);
}
END_TEST

START_TEST(missing_arguments_are_refused)
{
	int64_t us = 77;

	ck_assert_int_eq(cstn_time_parse(NULL, 3, NULL, 0, &us, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_time_parse("x", 1, NULL, 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_time_parse(NULL, 0, NULL, 0, &us, NULL), CSTN_E_FORMAT);
	ck_assert_int_eq(us, 77);
}
END_TEST

START_TEST(a_reader_tells_wall_clock_from_instant)
{
	cstn__time_form form;
	int64_t us;

	ck_assert_int_eq(cstn__time_form_compile(NULL, &form), 0);
	ck_assert_int_eq(cstn__time_form_read(&form, "2018-08-31", 10, &us), CSTN__WALL);
	ck_assert_int_eq(cstn__time_form_read(&form, "2018-08-31 00:00:00", 19, &us), CSTN__WALL);
	ck_assert_int_eq(cstn__time_form_read(&form, "2018-08-31 00:00", 16, &us), CSTN__WALL);
	ck_assert_int_eq(cstn__time_form_read(&form, "2018-08-31 00:00:00Z", 20, &us), 0);
	ck_assert_int_eq(cstn__time_form_compile("YYYYMMDD", &form), 0);
	ck_assert_int_eq(form.has_time, 0);
	ck_assert_int_eq(cstn__time_form_read(&form, "20180831", 8, &us), CSTN__WALL);
	ck_assert_int_eq(cstn__time_form_compile("YYYYMMDDhhmmZ", &form), 0);
	ck_assert_int_eq(form.has_time, 1);
	ck_assert_int_eq(cstn__time_form_read(&form, "201808310000Z", 13, &us), 0);
}
END_TEST

START_TEST(every_second_of_a_day_is_read_by_the_fast_path)
{
	cstn__time_form form;
	char text[20] = "2018-08-31 ";

	ck_assert_int_eq(cstn__time_form_compile(NULL, &form), 0);
	for (int s = 0; s < 86400; s++) {
		int64_t us = 0;

		text[11] = (char)('0' + s / 36000);
		text[12] = (char)('0' + s / 3600 % 10);
		text[13] = text[16] = ':';
		text[14] = (char)('0' + s / 600 % 6);
		text[15] = (char)('0' + s / 60 % 10);
		text[17] = (char)('0' + s % 60 / 10);
		text[18] = (char)('0' + s % 10);
		if (cstn__time_form_read(&form, text, 19, &us) != CSTN__WALL ||
				us != INT64_C(1535673600000000) + s * INT64_C(1000000))
			ck_abort_msg("%s", text);
	}
}
END_TEST

static const struct {
	int64_t us;
	const char *text;
} formatted[] = {
		{0, "1970-01-01T00:00:00Z"},
		{INT64_C(1535716800000000), "2018-08-31T12:00:00Z"},
		{-1, "1969-12-31T23:59:59.999999Z"},
		{500000, "1970-01-01T00:00:00.500000Z"},
		{INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z"},
		{INT64_C(253402300800000000), "+10000-01-01T00:00:00Z"},
		{INT64_C(-62167219200000000), "0000-01-01T00:00:00Z"},
		{INT64_C(-62167219200000001), "-0001-12-31T23:59:59.999999Z"},
		{INT64_MAX, "+294247-01-10T04:00:54.775807Z"},
		{INT64_MIN + 1, "-290308-12-21T19:59:05.224193Z"},
		{CSTN_TIME_NULL, ""},
};

START_TEST(instants_are_written_in_iso_8601)
{
	for (size_t i = 0; i < sizeof(formatted) / sizeof(formatted[0]); i++) {
		char text[40] = "zzz";

		ck_assert_uint_eq(cstn_time_format(formatted[i].us, text, sizeof(text)),
				strlen(formatted[i].text));
		ck_assert_str_eq(text, formatted[i].text);
	}
}
END_TEST

START_TEST(a_written_instant_is_cut_like_snprintf)
{
	char text[40] = "zzzzz";

	ck_assert_uint_eq(cstn_time_format(0, NULL, 0), 20);
	ck_assert_uint_eq(cstn_time_format(0, text, 0), 20);
	ck_assert_str_eq(text, "zzzzz");
	ck_assert_uint_eq(cstn_time_format(0, text, 5), 20);
	ck_assert_str_eq(text, "1970");
	ck_assert_uint_eq(cstn_time_format(0, text, 20), 20);
	ck_assert_str_eq(text, "1970-01-01T00:00:00");
	ck_assert_uint_eq(cstn_time_format(0, text, 21), 20);
	ck_assert_str_eq(text, "1970-01-01T00:00:00Z");
}
END_TEST

START_TEST(what_is_written_reads_back)
{
	for (int64_t us = -62135596800000000; us < 253402300800000000; us += 98765432109876) {
		char text[40];
		int64_t read;
		size_t len = cstn_time_format(us, text, sizeof(text));

		if (cstn_time_parse(text, len, NULL, 3600, &read, NULL) != CSTN_OK || read != us)
			ck_abort_msg("%s", text);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			iso_8601_texts_are_read,
			what_is_no_iso_8601_text_is_refused,
			the_zone_is_that_of_texts_without_one,
			texts_are_read_by_their_form,
			texts_that_miss_their_form_are_refused,
			forms_that_could_be_read_in_two_ways_or_say_too_little_are_refused,
			a_form_has_at_most_40_parts,
			an_error_names_the_text_and_the_form,
			missing_arguments_are_refused,
			a_reader_tells_wall_clock_from_instant,
			every_second_of_a_day_is_read_by_the_fast_path,
			instants_are_written_in_iso_8601,
			a_written_instant_is_cut_like_snprintf,
			what_is_written_reads_back,
	};

	return run_tests("base_time", tests, sizeof(tests) / sizeof(tests[0]));
}
