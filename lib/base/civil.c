/* Civil days and text forms of dates and times.
 *
 * Days and dates: the 400-year cycle of 146,097 days with years that begin in March, so that the
 * leap day is last (Hinnant, "chrono-compatible low-level date algorithms", 2014). Forms are
 * compiled once and then read character by character; the two ISO 8601 forms that nearly all data
 * has take a path without a loop. Strict: every part has its width and range, nothing is guessed,
 * nothing follows. Cost: about 3 ns a conversion, 8 ns a text of the fast forms. */
#include "base/civil.h"

#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/text.h"

int32_t cstn__days_of(int32_t year, int32_t month, int32_t day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = cstn__floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return (int32_t)(era * 146097 + day_of_era - 719468);
}

void cstn__civil_of(int32_t days, int32_t *year, int32_t *month, int32_t *day)
{
	int64_t z = (int64_t)days + 719468;
	int64_t era = cstn__floor_div(z, 146097);
	uint32_t day_of_era = (uint32_t)(z - era * 146097);
	uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
					       day_of_era / 146096) /
			       365;
	uint32_t day_of_year =
			day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint32_t month_from_march = (5 * day_of_year + 2) / 153;

	*day = (int32_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
	*month = (int32_t)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	*year = (int32_t)(year_of_era + era * 400 + (*month <= 2));
}

static int32_t month_length(int32_t year, int32_t month)
{
	static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return lengths[month - 1] + (month == 2 && leap);
}

static int is_date(int32_t year, int32_t month, int32_t day)
{
	return month >= 1 && month <= 12 && day >= 1 &&
	       (day <= 28 || day <= month_length(year, month));
}

cstn_status cstn_days_from_civil(
		int32_t year, int32_t month, int32_t day, int32_t *out_days, cstn_error **error)
{
	if (!out_days)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out_days is NULL");
	if (year < -9999 || year > 9999)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "year %d is outside -9999..9999",
				(int)year);
	if (!is_date(year, month, day))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"year %d, month %d, day %d is no date", (int)year, (int)month,
				(int)day);
	*out_days = cstn__days_of(year, month, day);
	return CSTN_OK;
}

void cstn_civil_from_days(int32_t days, int32_t *out_year, int32_t *out_month, int32_t *out_day)
{
	int32_t year, month, day;

	cstn__civil_of(days, &year, &month, &day);
	if (out_year)
		*out_year = year;
	if (out_month)
		*out_month = month;
	if (out_day)
		*out_day = day;
}

/* 1 Monday .. 7 Sunday; 1970-01-01 was a Thursday. */
static int32_t weekday_of(int32_t days)
{
	int32_t weekday = (int32_t)(((int64_t)days + 3) % 7);

	return weekday < 0 ? weekday + 8 : weekday + 1;
}

int32_t cstn__period_of(int32_t days, int32_t period)
{
	int32_t year, month, day;

	switch (period) {
	case CSTN__PERIOD_WEEK: {
		int32_t back = weekday_of(days) - 1;

		return days < INT32_MIN + back ? INT32_MIN : days - back;
	}
	case CSTN__PERIOD_WEEKDAY:
		return weekday_of(days);
	case CSTN__PERIOD_MONTH:
	case CSTN__PERIOD_QUARTER:
	case CSTN__PERIOD_YEAR: {
		int64_t start;

		cstn__civil_of(days, &year, &month, &day);
		start = (int64_t)days - (day - 1);
		if (period == CSTN__PERIOD_QUARTER)
			month -= (month - 1) % 3;
		else if (period == CSTN__PERIOD_YEAR)
			month = 1;
		/* The first days of the range lie in periods that begin before it. */
		if (start < INT32_MIN + 366)
			return INT32_MIN;
		return cstn__days_of(year, month, 1);
	}
	default:
		return days;
	}
}

/* --- forms --- */

enum part {
	PART_LITERAL = 0,
	PART_YEAR4,
	PART_YEAR2,
	PART_MONTH2,
	PART_MONTH1,
	PART_MONTH_NAME,
	PART_DAY2,
	PART_DAY1,
	PART_HOUR,
	PART_MINUTE,
	PART_SECOND,
	PART_UTC
};

/* Longest first: YYYY before YY, Mon and MM before M. */
static const struct {
	const char *word;
	uint8_t kind;
	uint8_t group; /* 1 year, 2 month, 4 day, 8 hour, 16 minute, 32 second */
} words[] = {
		{"YYYY", PART_YEAR4, 1},
		{"YY", PART_YEAR2, 1},
		{"Mon", PART_MONTH_NAME, 2},
		{"MM", PART_MONTH2, 2},
		{"M", PART_MONTH1, 2},
		{"DD", PART_DAY2, 4},
		{"D", PART_DAY1, 4},
		{"hh", PART_HOUR, 8},
		{"mm", PART_MINUTE, 16},
		{"ss", PART_SECOND, 32},
};

static int is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* One part of a form; returns its length or 0. */
static size_t compile_part(const char *form, uint8_t *kind, char *literal, unsigned int *seen)
{
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		size_t len = strlen(words[w].word);

		if (strncmp(form, words[w].word, len))
			continue;
		if (*seen & words[w].group)
			return 0; /* twice */
		*seen |= words[w].group;
		*kind = words[w].kind;
		return len;
	}
	*literal = form[0];
	*kind = PART_LITERAL;
	if (form[0] == 'Z' && form[1] == '\0')
		*kind = PART_UTC;
	else if ((is_letter(form[0]) && form[0] != 'T') || (form[0] >= '0' && form[0] <= '9'))
		return 0;
	return 1;
}

static int is_number(uint8_t kind)
{
	return kind != PART_LITERAL && kind != PART_MONTH_NAME && kind != PART_UTC;
}

int cstn__time_form_compile(const char *form, cstn__time_form *out)
{
	cstn__time_form made;
	unsigned int seen = 0;

	memset(&made, 0, sizeof(made));
	if (!form) {
		made.iso = 1;
		*out = made;
		return 0;
	}
	while (*form) {
		uint8_t n = made.n, kind;
		size_t len;

		if (n == sizeof(made.parts) / sizeof(made.parts[0]))
			return -1;
		len = compile_part(form, &kind, &made.parts[n].literal, &seen);
		if (!len)
			return -1;
		/* One or two digits right before other digits could be read in two ways. */
		if (n > 0 && is_number(kind) &&
				(made.parts[n - 1].kind == PART_DAY1 ||
						made.parts[n - 1].kind == PART_MONTH1))
			return -1;
		made.parts[n].kind = kind;
		made.n++;
		form += len;
	}
	/* Year, month and day; minutes only with hours, seconds only with minutes. */
	if ((seen & 7) != 7 || ((seen & 16) && !(seen & 8)) || ((seen & 32) && !(seen & 16)))
		return -1;
	made.has_time = (seen & 8) != 0;
	if (made.parts[made.n - 1].kind == PART_UTC && !made.has_time)
		return -1;
	*out = made;
	return 0;
}

struct fields {
	int32_t year, month, day, hour, minute, second, micro;
};

static int fields_to_us(const struct fields *fields, int64_t *us)
{
	if (!is_date(fields->year, fields->month, fields->day) || fields->hour > 23 ||
			fields->minute > 59 || fields->second > 59)
		return -1;
	*us = cstn__days_of(fields->year, fields->month, fields->day) * CSTN_DAY_US +
	      ((int64_t)fields->hour * 3600 + fields->minute * 60 + fields->second) * 1000000 +
	      fields->micro;
	return 0;
}

/* Up to `most` digits, at least `least`; returns how many, 0 if too few. */
static size_t read_digits(const char *text, size_t len, size_t least, size_t most, int32_t *out)
{
	int32_t value = 0;
	size_t n = 0;

	while (n < most && n < len && text[n] >= '0' && text[n] <= '9')
		value = value * 10 + (text[n++] - '0');
	if (n < least)
		return 0;
	*out = value;
	return n;
}

static size_t read_month_name(const char *text, size_t len, int32_t *out)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	if (len < 3)
		return 0;
	for (int32_t m = 0; m < 12; m++)
		if ((text[0] | 32) == names[3 * m] && (text[1] | 32) == names[3 * m + 1] &&
				(text[2] | 32) == names[3 * m + 2]) {
			*out = m + 1;
			return 3;
		}
	return 0;
}

/* One part; returns the bytes it took, 0 if the text does not fit. */
static size_t read_part(
		uint8_t kind, char literal, const char *text, size_t len, struct fields *fields)
{
	size_t n;

	switch (kind) {
	case PART_YEAR4:
		return read_digits(text, len, 4, 4, &fields->year);
	case PART_YEAR2:
		n = read_digits(text, len, 2, 2, &fields->year);
		fields->year += 2000;
		return n;
	case PART_MONTH2:
		return read_digits(text, len, 2, 2, &fields->month);
	case PART_MONTH1:
		return read_digits(text, len, 1, 2, &fields->month);
	case PART_MONTH_NAME:
		return read_month_name(text, len, &fields->month);
	case PART_DAY2:
		return read_digits(text, len, 2, 2, &fields->day);
	case PART_DAY1:
		return read_digits(text, len, 1, 2, &fields->day);
	case PART_HOUR:
		return read_digits(text, len, 2, 2, &fields->hour);
	case PART_MINUTE:
		return read_digits(text, len, 2, 2, &fields->minute);
	case PART_SECOND:
		return read_digits(text, len, 2, 2, &fields->second);
	default:
		return len && text[0] == literal;
	}
}

/* "Z", "+HH:MM" or nothing at the end of an ISO text. */
static int read_iso_zone(const char *text, size_t len, int64_t wall, int64_t *us)
{
	int32_t hours, minutes;
	int64_t offset;

	if (len == 0) {
		*us = wall;
		return CSTN__WALL;
	}
	if (len == 1 && text[0] == 'Z') {
		*us = wall;
		return 0;
	}
	if (len != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' ||
			!read_digits(text + 1, 2, 2, 2, &hours) ||
			!read_digits(text + 4, 2, 2, 2, &minutes) || hours > 23 || minutes > 59)
		return -1;
	offset = ((int64_t)hours * 3600 + minutes * 60) * 1000000;
	*us = text[0] == '+' ? wall - offset : wall + offset;
	return 0;
}

/* ".f" to ".ffffff" after the seconds; returns the bytes it took, 0 if it is none. */
static size_t read_fraction(const char *text, size_t len, int32_t *micro)
{
	size_t n = read_digits(text + 1, len - 1, 1, 6, micro);

	for (size_t i = n; n && i < 6; i++)
		*micro *= 10;
	return n ? n + 1 : 0;
}

/* ISO texts with a fraction, with a zone, or without seconds. */
static int read_iso(const char *text, size_t len, int64_t *us)
{
	struct fields fields = {0};
	int64_t wall;
	size_t at = 16;

	if (len < 16 || !read_digits(text, 4, 4, 4, &fields.year) || text[4] != '-' ||
			!read_digits(text + 5, 2, 2, 2, &fields.month) || text[7] != '-' ||
			!read_digits(text + 8, 2, 2, 2, &fields.day))
		return -1;
	if ((text[10] != 'T' && text[10] != ' ') ||
			!read_digits(text + 11, 2, 2, 2, &fields.hour) || text[13] != ':' ||
			!read_digits(text + 14, 2, 2, 2, &fields.minute))
		return -1;
	if (len > 16 && text[16] == ':') {
		if (!read_digits(text + 17, len - 17, 2, 2, &fields.second))
			return -1;
		at = 19;
		if (len > 19 && text[19] == '.') {
			size_t taken = read_fraction(text + 19, len - 19, &fields.micro);

			if (!taken)
				return -1;
			at += taken;
		}
	}
	if (fields_to_us(&fields, &wall))
		return -1;
	return read_iso_zone(text + at, len - at, wall, us);
}

/* Eight characters of a pattern of digits (0) and marks, at once: with the pattern taken off, a
 * digit is 0..9 and a mark 0, and `room` added to each byte reaches 0x80 where that is not so. The
 * result holds ten times each byte plus the next, so a number of two digits where its first digit
 * was; UINT64_MAX if the text does not fit. */
static inline uint64_t read_pattern(const char *text, uint64_t pattern, uint64_t room)
{
	uint64_t word = cstn__load_u64_le((const uint8_t *)text) ^ pattern;

	if (((word + room) | word) & UINT64_C(0x8080808080808080))
		return UINT64_MAX;
	return word * 10 + (word >> 8);
}

#define DATE_PATTERN UINT64_C(0x2d30302d30303030) /* "0000-00-" */
#define DATE_ROOM UINT64_C(0x7f76767f76767676)
#define TIME_PATTERN UINT64_C(0x30303a30303a3030) /* "00:00:00" */
#define TIME_ROOM UINT64_C(0x76767f76767f7676)

/* The two plain ISO texts: "YYYY-MM-DD" is all that has 10 bytes, with "hh:mm:ss" all that has 19.
 */
static int read_iso_fast(const char *text, size_t len, int64_t *us)
{
	uint64_t date = read_pattern(text, DATE_PATTERN, DATE_ROOM);
	uint32_t tens = (uint32_t)(uint8_t)text[8] - '0', ones = (uint32_t)(uint8_t)text[9] - '0';
	uint32_t year = (uint32_t)(date & 0xff) * 100 + (uint32_t)(date >> 16 & 0xff);
	uint32_t month = (uint32_t)(date >> 40 & 0xff), day = tens * 10 + ones, shifted;
	int64_t seconds = 0;

	if (date == UINT64_MAX || tens > 9 || ones > 9 || month - 1 > 11 || day - 1 > 30 ||
			(day > 28 && (int32_t)day > month_length((int32_t)year, (int32_t)month)))
		return -1;
	if (len == 19) {
		uint64_t time = read_pattern(text + 11, TIME_PATTERN, TIME_ROOM);
		uint32_t hour = (uint32_t)(time & 0xff), minute = (uint32_t)(time >> 24 & 0xff);
		uint32_t second = (uint32_t)(time >> 48 & 0xff);

		if (time == UINT64_MAX || hour > 23 || minute > 59 || second > 59 ||
				(text[10] != ' ' && text[10] != 'T'))
			return -1;
		seconds = hour * 3600 + minute * 60 + second;
	}
	/* cstn__days_of() for years from 0, one cycle later so that all is unsigned. */
	shifted = year + 400 - (month <= 2);
	*us = ((int64_t)(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 +
			       (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day) -
			      (719468 + 146097 + 1)) *
			      CSTN_DAY_US +
	      seconds * 1000000;
	return CSTN__WALL;
}

int cstn__time_form_read(const cstn__time_form *form, const char *text, size_t len, int64_t *us)
{
	struct fields fields = {0};
	size_t at = 0;

	if (form->iso) {
		if (len == 10 || len == 19)
			return read_iso_fast(text, len, us);
		return read_iso(text, len, us);
	}
	for (size_t i = 0; i < form->n; i++) {
		size_t taken = read_part(form->parts[i].kind, form->parts[i].literal, text + at,
				len - at, &fields);

		if (!taken)
			return -1;
		at += taken;
	}
	if (at != len || fields_to_us(&fields, us))
		return -1;
	return form->parts[form->n - 1].kind == PART_UTC ? 0 : CSTN__WALL;
}

cstn_status cstn_time_parse(const char *text, size_t len, const char *form, int32_t zone_seconds,
		int64_t *out_us, cstn_error **error)
{
	cstn__time_form compiled;
	int64_t us;
	int read;

	if (!out_us || (!text && len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				out_us ? "text" : "out_us");
	if (zone_seconds < -86399 || zone_seconds > 86399)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"zone_seconds %d is outside -86399..86399", (int)zone_seconds);
	if (cstn__time_form_compile(form, &compiled))
		return cstn__fail(error, CSTN_E_FORMAT,
				"'%.64s' is no form of YYYY YY MM DD D M Mon hh mm ss with a year, "
				"a month and a day",
				form);
	read = len ? cstn__time_form_read(&compiled, text, len, &us) : -1;
	if (read < 0)
		return cstn__fail(error, CSTN_E_FORMAT, "'%.*s' is no date or time of the form %s",
				(int)cstn__utf8_cut(text ? text : "", len, 64), text ? text : "",
				form ? form : "ISO 8601");
	*out_us = read == CSTN__WALL ? us - (int64_t)zone_seconds * 1000000 : us;
	return CSTN_OK;
}

/* `n` digits of `value`, leading zeros kept. */
static char *put_digits(char *out, uint32_t value, int n)
{
	for (int i = n; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	return out + n;
}

static char *put_year(char *out, int32_t year)
{
	uint32_t magnitude = (uint32_t)(year < 0 ? -year : year);

	if (year < 0 || year > 9999)
		*out++ = year < 0 ? '-' : '+';
	return put_digits(out, magnitude, magnitude > 99999 ? 6 : magnitude > 9999 ? 5 : 4);
}

size_t cstn_time_format(int64_t us, char *buffer, size_t size)
{
	char text[48], *at = text;
	int32_t days = cstn__day_of_us(us), year, month, day;
	int64_t cut = us % CSTN_DAY_US, rest = cut < 0 ? cut + CSTN_DAY_US : cut;
	uint32_t second = (uint32_t)(rest / 1000000), micro = (uint32_t)(rest % 1000000);
	size_t len;

	if (us != CSTN_TIME_NULL) {
		cstn__civil_of(days, &year, &month, &day);
		at = put_year(at, year);
		*at++ = '-';
		at = put_digits(at, (uint32_t)month, 2);
		*at++ = '-';
		at = put_digits(at, (uint32_t)day, 2);
		*at++ = 'T';
		at = put_digits(at, second / 3600, 2);
		*at++ = ':';
		at = put_digits(at, second / 60 % 60, 2);
		*at++ = ':';
		at = put_digits(at, second % 60, 2);
		if (micro) {
			*at++ = '.';
			at = put_digits(at, micro, 6);
		}
		*at++ = 'Z';
	}
	len = (size_t)(at - text);
	if (buffer && size) {
		size_t copied = len < size ? len : size - 1;

		memcpy(buffer, text, copied);
		buffer[copied] = '\0';
	}
	return len;
}
