#include <math.h>

#include "column_reader.h"
#include "suite.h"

START_TEST(uint64_reads_up_to_int64_max_and_not_above)
{
	static const uint64_t values[] = {INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX, 0};
	static const cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 1, 0, 0, 0};
	maker_column column = fixed("L", values, 4);
	reader in;

	open_reader(&in, &column, &decl, NULL);
	read_all(&in);
	EXPECT(&in, 0x9, 0x6, "1001:RANGE:9223372036854775808 1002:RANGE:18446744073709551615");
	ck_assert_int_eq(in.numbers[0], INT64_MAX);
	ck_assert_int_eq(in.numbers[1], 0);
	close_reader(&in);
}
END_TEST

START_TEST(int32_columns_take_int64_values_only_in_range)
{
	static const int64_t values[] = {
			INT32_MAX, INT64_C(1) + INT32_MAX, INT32_MIN, INT64_C(-1) + INT32_MIN};
	static const cstn__column_decl decl = {"x", ACCEPT(INT32), -1, 1, 0, 0, 0};
	maker_column column = fixed("l", values, 4);
	reader in;

	open_reader(&in, &column, &decl, NULL);
	read_all(&in);
	EXPECT(&in, 0x5, 0xa, "1001:RANGE:2147483648 1003:RANGE:-2147483649");
	close_reader(&in);
}
END_TEST

START_TEST(int64_in_a_double_column_is_exact_up_to_2_to_the_53)
{
	static const int64_t values[] = {
			INT64_C(1) << 53, (INT64_C(1) << 53) + 1, -(INT64_C(1) << 53)};
	static const cstn__column_decl decl = {"x", ACCEPT(DOUBLE), -1, 1, 0, 0, 0};
	maker_column column = fixed("l", values, 3);
	reader in;

	open_reader(&in, &column, &decl, NULL);
	read_all(&in);
	EXPECT(&in, 0x5, 0x2, "1001:RANGE:9007199254740993");
	ck_assert(in.reals[0] == 9007199254740992.0 && in.reals[2] == -9007199254740992.0);
	close_reader(&in);
}
END_TEST

START_TEST(nulls_are_bad_only_where_the_column_is_not_nullable)
{
	static const int64_t values[] = {5, 6, 7};
	static const uint8_t valid[] = {0x5};
	cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 1, (uint8_t)_i, 0, 0};
	maker_column column = {"x", "l", 3, 0, 1, 2, {valid, values}, NULL};
	reader in;

	open_reader(&in, &column, &decl, NULL);
	read_all(&in);
	if (_i)
		EXPECT(&in, 0x5, 0, "");
	else
		EXPECT(&in, 0x5, 0x2, "1001:NULL:-");
	ck_assert_int_eq(in.numbers[1], 0);
	close_reader(&in);
}
END_TEST

START_TEST(bad_bits_add_up_and_are_never_cleared)
{
	static const uint64_t values[] = {1, UINT64_MAX};
	static const cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 1, 0, 0, 0};
	maker_column column = fixed("L", values, 2);
	reader in;

	open_reader(&in, &column, &decl, NULL);
	in.bad[0] = 1;
	read_all(&in);
	ck_assert_uint_eq(in.bad[0], 3);
	ck_assert_uint_eq(in.valid[0], 1);
	close_reader(&in);
}
END_TEST

START_TEST(nanoseconds_must_be_whole_microseconds_unless_truncated)
{
	static const int64_t values[] = {1000, 1001, -1, -1000, INT64_MIN, INT64_MAX};
	static const cstn__column_decl decl = {"x", ACCEPT(TIME), -1, 1, 0, 0, 0};
	maker_column column = fixed("tsn:UTC", values, 6);
	cstn_binding *binding = new_binding();
	reader in;

	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x9, 0x36,
			"1001:PRECISION:1001 1002:PRECISION:-1 "
			"1004:PRECISION:-9223372036854775808 1005:PRECISION:9223372036854775807");
	ck_assert_int_eq(in.numbers[0], 1);
	ck_assert_int_eq(in.numbers[3], -1);
	close_reader(&in);
	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_TRUNCATE_TIME, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x3f, 0, "");
	ck_assert_int_eq(in.numbers[1], 1);
	ck_assert_int_eq(in.numbers[2], -1);
	ck_assert_int_eq(in.numbers[4], -INT64_C(9223372036854776));
	ck_assert_int_eq(in.numbers[5], INT64_C(9223372036854775));
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(seconds_that_overflow_microseconds_are_out_of_range)
{
	static const int64_t most = INT64_MAX / 1000000;
	const int64_t values[] = {most, most + 1, -most, -most - 1};
	static const cstn__column_decl decl = {"x", ACCEPT(TIME), -1, 1, 0, 0, 0};
	maker_column column = fixed("tss:UTC", values, 4);
	reader in;

	open_reader(&in, &column, &decl, NULL);
	read_all(&in);
	EXPECT(&in, 0x5, 0xa, "1001:RANGE:9223372036855 1003:RANGE:-9223372036855");
	close_reader(&in);
}
END_TEST

START_TEST(date64_must_be_whole_days_unless_truncated)
{
	static const int64_t values[] = {
			86400000, 86400001, -86400000, -1, INT64_C(2147483648) * 86400000};
	static const cstn__column_decl decl = {"x", ACCEPT(DAYS), -1, 1, 0, 0, 0};
	maker_column column = fixed("tdm", values, 5);
	cstn_binding *binding = new_binding();
	reader in;

	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x5, 0x1a,
			"1001:PRECISION:86400001 1003:PRECISION:-1 1004:RANGE:185542587187200000");
	ck_assert_int_eq(in.numbers[2], -1);
	close_reader(&in);
	ck_assert_int_eq(cstn_binding_cast(binding, NULL, CSTN_CAST_TRUNCATE_TIME, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0xf, 0x10, "1004:RANGE:185542587187200000");
	ck_assert_int_eq(in.numbers[1], 1);
	ck_assert_int_eq(in.numbers[3], -1);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(a_date_becomes_its_midnight_when_that_cast_is_allowed)
{
	static const int32_t days[] = {0, 1, -1, INT32_MAX};
	static const int64_t millis[] = {86400000, 86400001};
	static const cstn__column_decl decl = {"x", ACCEPT(TIME), -1, 1, 0, 0, 0};
	maker_column column = fixed("tdD", days, 4);
	cstn_binding *binding = new_binding();
	reader in;

	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_DAYS_TIME, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x7, 0x8, "1003:RANGE:2147483647");
	ck_assert_int_eq(in.numbers[1], CSTN_DAY_US);
	ck_assert_int_eq(in.numbers[2], -CSTN_DAY_US);
	close_reader(&in);
	column = fixed("tdm", millis, 2);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x1, 0x2, "1001:PRECISION:86400001");
	ck_assert_int_eq(in.numbers[0], CSTN_DAY_US);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(a_timestamp_becomes_its_day_when_time_may_be_truncated)
{
	static const int64_t values[] = {CSTN_DAY_US - 1, CSTN_DAY_US, -1};
	static const cstn__column_decl decl = {"x", ACCEPT(DAYS), -1, 1, 0, 0, 0};
	maker_column column = fixed("tsu:", values, 3);
	cstn_binding *binding = new_binding();
	reader in;

	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_TRUNCATE_TIME, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x7, 0, "");
	ck_assert_int_eq(in.numbers[0], 0);
	ck_assert_int_eq(in.numbers[1], 1);
	ck_assert_int_eq(in.numbers[2], -1);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(wall_clock_is_read_in_a_fixed_zone)
{
	static const int64_t values[] = {0, INT64_MIN, 3600};
	static const uint8_t valid[] = {0x7};
	static const cstn__column_decl decl = {"x", ACCEPT(TIME), -1, 1, 0, 0, 0};
	maker_column column = {"x", "tsu:", 3, 0, -1, 2, {valid, values}, NULL};
	cstn_binding *binding = new_binding();
	cstn_zone *zone = NULL;
	reader in;

	ck_assert_int_eq(cstn_zone_fixed(0, NULL, &zone, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_zone(binding, NULL, zone, NULL), CSTN_OK);
	cstn_zone_unref(zone);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x7, 0, "");
	ck_assert_int_eq(in.numbers[2], 3600);
	ck_assert_ptr_eq(cstn__column_in_place_i64(in.batch.columns), values);
	close_reader(&in);
	ck_assert_int_eq(cstn_zone_fixed(5400, NULL, &zone, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_zone(binding, "x", zone, NULL), CSTN_OK);
	cstn_zone_unref(zone);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x5, 0x2, "1001:RANGE:-9223372036854775808");
	ck_assert_int_eq(in.numbers[0], -INT64_C(5400000000));
	ck_assert_ptr_null(cstn__column_in_place_i64(in.batch.columns));
	close_reader(&in);
	ck_assert_int_eq(cstn_zone_fixed(-1, NULL, &zone, NULL), CSTN_OK); /* no whole minute */
	ck_assert_int_eq(cstn_binding_zone(binding, "x", zone, NULL), CSTN_OK);
	cstn_zone_unref(zone);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	ck_assert_int_eq(in.numbers[0], 1000000);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

/* Central Europe as a TZif file: one type, and the rule in the footer. */
static const char europe[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
			     "\0\0\16\20\0\0CET\0"
			     "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
			     "\0\0\16\20\0\0CET\0"
			     "\nCET-1CEST,M3.5.0,M10.5.0/3\n";

START_TEST(wall_clock_that_its_zone_lacks_or_has_twice_is_a_row_error)
{
	/* 2024-07-01 12:00, 2024-03-31 02:30, 2024-10-27 02:30, 2024-01-01 00:00 */
	static const int64_t seconds[] = {1719835200, 1711852200, 1729996200, 1704067200};
	static const cstn__column_decl decl = {"x", ACCEPT(TIME), -1, 1, 0, 0, 0};
	maker_column column = fixed("tss:", seconds, 4);
	cstn_binding *binding = new_binding();
	cstn_zone *zone = NULL;
	reader in;

	ck_assert_int_eq(cstn_zone_parse_tzif((const uint8_t *)europe, sizeof(europe) - 1, NULL,
					 &zone, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_binding_zone(binding, NULL, zone, NULL), CSTN_OK);
	cstn_zone_unref(zone);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x9, 0x6, "1001:ZONE:1711852200 1002:ZONE:1729996200");
	ck_assert_int_eq(in.numbers[0], (seconds[0] - 7200) * 1000000);
	ck_assert_int_eq(in.numbers[3], (seconds[3] - 3600) * 1000000);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(doubles_that_are_whole_read_as_integers_and_others_say_why_not)
{
	const double values[] = {3.0, 3.5, NAN, INFINITY, 9223372036854775808.0,
			-9223372036854775808.0, -0.0};
	cstn__column_decl decl = {"x", ACCEPT(INT64), -1, 1, 1, 0, 0};
	maker_column column = fixed("g", values, 7);
	cstn_binding *binding = new_binding();
	reader in;

	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_INTEGRAL, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x61, 0x1e,
			"1001:FRACTION:3.5 1002:NAN:nan 1003:RANGE:inf "
			"1004:RANGE:9.223372036854776e+18");
	ck_assert_int_eq(in.numbers[0], 3);
	ck_assert_int_eq(in.numbers[5], INT64_MIN);
	ck_assert_int_eq(in.numbers[6], 0);
	close_reader(&in);
	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_NAN_NULL, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	ck_assert_uint_eq(in.valid[0], 0x61);
	ck_assert_uint_eq(in.bad[0], 0x1a);
	close_reader(&in);
	decl.nullable = 0;
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	ck_assert_uint_eq(in.bad[0], 0x1e);
	ck_assert_ptr_nonnull(strstr(told(&in), "1002:NULL:-"));
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(nan_in_a_double_column_is_a_value_a_null_or_an_error)
{
	const float values[] = {1.5f, NAN, INFINITY};
	cstn__column_decl decl = {"x", ACCEPT(DOUBLE), -1, 1, 1, 1, 0};
	maker_column column = fixed("f", values, 3);
	cstn_binding *binding = new_binding();
	reader in;

	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x7, 0, "");
	ck_assert(isnan(in.reals[1]) && isinf(in.reals[2]));
	close_reader(&in);
	decl.nan_ok = 0;
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x5, 0x2, "1001:NAN:nan");
	ck_assert(in.reals[1] == 0);
	close_reader(&in);
	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_NAN_NULL, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x5, 0, "");
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

/* --- decimals --------------------------------------------------------------------------------- */

START_TEST(a_decimal_must_fit_its_scale_without_rounding)
{
	const __int128 values[] = {12300, 12345, -12300, ((__int128)1 << 100),
			(__int128)INT64_MAX * 100, ((__int128)INT64_MAX + 1) * 100,
			(__int128)INT64_MIN * 100};
	static const cstn__column_decl decl = {"x", ACCEPT(DECIMAL), 1, 1, 0, 0, 0};
	maker_column column = fixed("d:38,3", values, 7);
	reader in;

	open_reader(&in, &column, &decl, NULL);
	read_all(&in);
	EXPECT(&in, 0x55, 0x2a,
			"1001:SCALE:12.345 1003:SCALE:1267650600228229401496703205.376 "
			"1005:RANGE:922337203685477580.800");
	ck_assert_int_eq(in.numbers[0], 123);
	ck_assert_int_eq(in.numbers[2], -123);
	ck_assert_int_eq(in.numbers[4], INT64_MAX);
	ck_assert_int_eq(in.numbers[6], INT64_MIN);
	close_reader(&in);
}
END_TEST

START_TEST(a_binding_gives_a_decimal_another_scale)
{
	static const int64_t values[] = {5, -7, INT64_MAX / 100 + 1};
	static const cstn__column_decl decl = {"x", CSTN__ACCEPT_QUANTITY, -1, 1, 0, 0, 0};
	maker_column column = fixed("d:18,1,64", values, 3);
	cstn_binding *binding = new_binding();
	reader in;

	ck_assert_int_eq(cstn_binding_scale(binding, "x", 3, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	ck_assert_int_eq(cstn__bound_scale(in.bound, 0), 3);
	read_all(&in);
	EXPECT(&in, 0x3, 0x4, "1002:RANGE:9223372036854775.9");
	ck_assert_int_eq(in.numbers[0], 500);
	close_reader(&in);
	column = fixed("l", values, 2);
	open_reader(&in, &column, &decl, binding);
	ck_assert_int_eq(cstn__bound_type(in.bound, 0), CSTN_TYPE_DECIMAL);
	ck_assert_int_eq(cstn__bound_scale(in.bound, 0), 3);
	read_all(&in);
	ck_assert_int_eq(in.numbers[0], 5000);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(decimals_of_256_bits_divide_and_sign_extend)
{
	/* 10^40, -10^40, 10^40 + 1 at scale 40; 2^255 - 1 */
	uint64_t values[4][4] = {{0}};
	static const cstn__column_decl decl = {"x", ACCEPT(DECIMAL), 2, 1, 0, 0, 0};
	maker_column column;
	unsigned __int128 low = 1, power20;
	uint64_t carry = 1;
	reader in;
	int i;

	for (i = 0; i < 20; i++)
		low *= 10;
	power20 = low; /* 10^40 = (10^20)^2, by 64-bit halves */
	{
		uint64_t a0 = (uint64_t)power20, a1 = (uint64_t)(power20 >> 64);
		unsigned __int128 cross = (unsigned __int128)a0 * a1 * 2;
		unsigned __int128 square = (unsigned __int128)a0 * a0;
		unsigned __int128 high = (unsigned __int128)a1 * a1 + (cross >> 64);
		unsigned __int128 middle = (square >> 64) + (uint64_t)cross;

		values[0][0] = (uint64_t)square;
		values[0][1] = (uint64_t)middle;
		high += middle >> 64;
		values[0][2] = (uint64_t)high;
		values[0][3] = (uint64_t)(high >> 64);
	}
	for (i = 0; i < 4; i++) {
		values[1][i] = ~values[0][i] + carry;
		carry = carry && values[1][i] == 0;
		values[2][i] = values[0][i] + (i == 0);
		values[3][i] = i == 3 ? INT64_MAX : UINT64_MAX;
	}
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (i = 0; i < 8; i++) { /* the machine's own order: the highest word first */
		uint64_t word = values[i / 2][i % 2];

		values[i / 2][i % 2] = values[i / 2][3 - i % 2];
		values[i / 2][3 - i % 2] = word;
	}
#endif
	column = fixed("d:76,40,256", values, 4);
	open_reader(&in, &column, &decl, NULL);
	read_all(&in);
	EXPECT(&in, 0x3, 0xc,
			"1002:SCALE:1.0000000000000000000000000000000000000001 "
			"1003:SCALE:5789604461865809771178549250434395392."
			"6634992332820282019728792003"
			"956564819967");
	ck_assert_int_eq(in.numbers[0], 100);
	ck_assert_int_eq(in.numbers[1], -100);
	close_reader(&in);
}
END_TEST

START_TEST(a_decimal_with_decimals_reads_as_an_integer_when_it_is_one)
{
	const __int128 values[] = {1200, 1250};
	static const cstn__column_decl decl = {"x", ACCEPT(INT32), -1, 1, 0, 0, 0};
	maker_column column = fixed("d:38,2", values, 2);
	cstn_binding *binding = new_binding();
	reader in;

	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_INTEGRAL, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0x1, 0x2, "1001:FRACTION:12.50");
	ck_assert_int_eq(in.numbers[0], 12);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

/* --- text ------------------------------------------------------------------------------------- */

static const struct {
	int32_t type, scale;
	const char *form, *text;
	uint64_t valid;
	const char *told;
	int64_t values[6];
} text_cases[] = {
		{CSTN_TYPE_INT64, 0, NULL, "12/-7/+3/1.0/x/9223372036854775808", 0xf,
				"1004:NUMBER:x 1005:RANGE:9223372036854775808", {12, -7, 3, 1}},
		{CSTN_TYPE_INT64, 0, NULL, "1.5//1e3/ 1", 0,
				"1000:FRACTION:1.5 1001:NUMBER: 1002:NUMBER:1e3 1003:NUMBER: 1",
				{0}},
		{CSTN_TYPE_INT32, 0, NULL, "2147483647/2147483648", 1, "1001:RANGE:2147483648",
				{2147483647}},
		{CSTN_TYPE_DECIMAL, 2, NULL, "1.5/-0.01/2.500/2.505/99999999999999999.99/n", 0x7,
				"1003:SCALE:2.505 1004:RANGE:99999999999999999.99 1005:NUMBER:n",
				{150, -1, 250}},
		{CSTN_TYPE_FLAG, 0, NULL, "0/1/true/f/TRUE/yes", 0xf,
				"1004:VALUE:TRUE 1005:VALUE:yes", {0, 1, 1, 0}},
		{CSTN_TYPE_DAYS, 0, NULL, "1970-01-02/2024-02-30/x", 1,
				"1001:TIME:2024-02-30 1002:TIME:x", {1}},
		{CSTN_TYPE_DAYS, 0, "DD.MM.YYYY", "02.01.1970/1970-01-02", 1,
				"1001:TIME:1970-01-02", {1}},
		{CSTN_TYPE_TIME, 0, NULL,
				"1970-01-01T00:00:01Z/1970-01-01T01:00:00+01:00/1970-01-01 "
				"00:00:00",
				3, "1002:ZONE:1970-01-01 00:00:00", {1000000, 0}},
};

START_TEST(text_reads_as_each_type_and_says_what_is_wrong_with_it)
{
	int32_t ends[64];
	char bytes[512];
	maker_column column = words(text_cases[_i].text, ends, bytes);
	cstn__column_decl decl = {
			"x", CSTN__ACCEPT(text_cases[_i].type), text_cases[_i].scale, 1, 0, 0, 0};
	cstn_binding *binding = new_binding();
	reader in;
	int64_t i;

	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_TEXT, NULL), CSTN_OK);
	if (text_cases[_i].form)
		ck_assert_int_eq(cstn_binding_form(binding, "x", text_cases[_i].form, NULL),
				CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	ck_assert_str_eq(told(&in), text_cases[_i].told);
	ck_assert_uint_eq(in.valid[0], text_cases[_i].valid);
	for (i = 0; i < column.length; i++)
		ck_assert_int_eq(in.numbers[i], text_cases[_i].values[i]);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(text_reads_as_doubles)
{
	int32_t ends[64];
	char bytes[512];
	maker_column column = words("0.1/-1e300/nope/7", ends, bytes);
	static const cstn__column_decl decl = {"x", ACCEPT(DOUBLE), -1, 1, 0, 0, 0};
	cstn_binding *binding = new_binding();
	reader in;

	ck_assert_int_eq(cstn_binding_cast(binding, NULL, CSTN_CAST_TEXT, NULL), CSTN_OK);
	open_reader(&in, &column, &decl, binding);
	read_all(&in);
	EXPECT(&in, 0xb, 0x4, "1002:NUMBER:nope");
	ck_assert(in.reals[0] == 0.1 && in.reals[1] == -1e300 && in.reals[3] == 7);
	close_reader(&in);
	cstn_binding_free(binding);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_cast");
	TCase *tests = tcase_create("cast");

	tcase_add_test(tests, uint64_reads_up_to_int64_max_and_not_above);
	tcase_add_test(tests, int32_columns_take_int64_values_only_in_range);
	tcase_add_test(tests, int64_in_a_double_column_is_exact_up_to_2_to_the_53);
	tcase_add_loop_test(tests, nulls_are_bad_only_where_the_column_is_not_nullable, 0, 2);
	tcase_add_test(tests, bad_bits_add_up_and_are_never_cleared);
	tcase_add_test(tests, nanoseconds_must_be_whole_microseconds_unless_truncated);
	tcase_add_test(tests, seconds_that_overflow_microseconds_are_out_of_range);
	tcase_add_test(tests, date64_must_be_whole_days_unless_truncated);
	tcase_add_test(tests, a_date_becomes_its_midnight_when_that_cast_is_allowed);
	tcase_add_test(tests, a_timestamp_becomes_its_day_when_time_may_be_truncated);
	tcase_add_test(tests, wall_clock_is_read_in_a_fixed_zone);
	tcase_add_test(tests, wall_clock_that_its_zone_lacks_or_has_twice_is_a_row_error);
	tcase_add_test(tests, doubles_that_are_whole_read_as_integers_and_others_say_why_not);
	tcase_add_test(tests, nan_in_a_double_column_is_a_value_a_null_or_an_error);
	tcase_add_test(tests, a_decimal_must_fit_its_scale_without_rounding);
	tcase_add_test(tests, a_binding_gives_a_decimal_another_scale);
	tcase_add_test(tests, decimals_of_256_bits_divide_and_sign_extend);
	tcase_add_test(tests, a_decimal_with_decimals_reads_as_an_integer_when_it_is_one);
	tcase_add_loop_test(tests, text_reads_as_each_type_and_says_what_is_wrong_with_it, 0,
			(int)(sizeof(text_cases) / sizeof(text_cases[0])));
	tcase_add_test(tests, text_reads_as_doubles);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
