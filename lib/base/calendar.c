/* Working days: a week and the days that differ from it.
 *
 * The text is canonical: an exception that says what the week says already is refused, like any
 * other spelling, so that one calendar has one digest. Exceptions are sorted and carry the running
 * sum of their differences, so that counting between two days is two binary searches. A week has at
 * least one working day, so the next working day always exists. */
#include <constellation/time.h>

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

#define FIRST_LINE "cstn-calendar 1"

struct exception {
	int32_t days;
	int32_t on;  /* 1 works, 0 does not */
	int64_t sum; /* working days gained by this and all before */
};

struct cstn_calendar {
	cstn_allocator allocator;
	_Atomic uint32_t references;
	uint8_t week[7]; /* Monday to Sunday */
	uint8_t per_week;
	uint8_t digest[32];
	CSTN__ARRAY(struct exception) exceptions;
};

struct lines {
	const char *text;
	size_t len, position, number;
};

/* The next line without its LF; 0 at the end, -1 if the LF is missing. */
static int next_line(struct lines *lines, const char **line, size_t *len)
{
	const char *start = lines->text + lines->position, *end;

	if (lines->position == lines->len)
		return 0;
	lines->number++;
	end = memchr(start, '\n', lines->len - lines->position);
	if (!end)
		return -1;
	*line = start;
	*len = (size_t)(end - start);
	lines->position += *len + 1;
	return 1;
}

static cstn_status fail_line(const struct lines *lines, const char *line, size_t len,
		const char *rule, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_FORMAT, "calendar line %zu, '%.*s': %s", lines->number,
			(int)cstn__utf8_cut(line, len, 64), line, rule);
}

static int parse_week(cstn_calendar *calendar, const char *line, size_t len)
{
	if (len != 12 || memcmp(line, "week=", 5))
		return -1;
	for (size_t i = 0; i < 7; i++) {
		if (line[5 + i] != '0' && line[5 + i] != '1')
			return -1;
		calendar->week[i] = (uint8_t)(line[5 + i] - '0');
		calendar->per_week = (uint8_t)(calendar->per_week + calendar->week[i]);
	}
	return calendar->per_week ? 0 : -1;
}

static int week_works(const cstn_calendar *calendar, int32_t days)
{
	return calendar->week[cstn__period_of(days, CSTN__PERIOD_WEEKDAY) - 1];
}

static cstn_status parse_exception(cstn_calendar *calendar, const struct lines *lines,
		const char *line, size_t len, const cstn__time_form *form, cstn_error **error)
{
	size_t count = calendar->exceptions.count, name = 0;
	struct exception *before = count ? &calendar->exceptions.items[count - 1] : NULL;
	struct exception found;
	int64_t us;

	if (len == 14 && !memcmp(line, "off=", 4))
		name = 4;
	else if (len == 13 && !memcmp(line, "on=", 3))
		name = 3;
	if (!name || cstn__time_form_read(form, line + name, 10, &us) < 0)
		return fail_line(lines, line, len, "off=YYYY-MM-DD or on=YYYY-MM-DD expected",
				error);
	found.days = cstn__day_of_us(us);
	found.on = name == 3;
	found.sum = (before ? before->sum : 0) + (found.on ? 1 : -1);
	if (before && found.days <= before->days)
		return fail_line(lines, line, len, "days must ascend", error);
	if (week_works(calendar, found.days) == found.on)
		return fail_line(lines, line, len, "the week says so already", error);
	if (cstn__array_reserve(&calendar->allocator, &calendar->exceptions, 1))
		return cstn__fail_nomem(error);
	calendar->exceptions.items[calendar->exceptions.count++] = found;
	return CSTN_OK;
}

static cstn_status parse_lines(
		cstn_calendar *calendar, const char *text, size_t len, cstn_error **error)
{
	struct lines lines = {text, len, 0, 0};
	cstn__time_form form;
	const char *line = "";
	size_t line_len = 0;
	int more;

	cstn__time_form_compile(NULL, &form);
	if (next_line(&lines, &line, &line_len) != 1 || line_len != strlen(FIRST_LINE) ||
			memcmp(line, FIRST_LINE, line_len))
		return fail_line(&lines, line, line_len,
				"the first line is '" FIRST_LINE "', ended by LF", error);
	line_len = 0;
	if (next_line(&lines, &line, &line_len) != 1 || parse_week(calendar, line, line_len))
		return fail_line(&lines, line, line_len,
				"week= and seven of 0 and 1, one 1 at least, expected", error);
	while ((more = next_line(&lines, &line, &line_len)) == 1) {
		cstn_status status =
				parse_exception(calendar, &lines, line, line_len, &form, error);

		if (status != CSTN_OK)
			return status;
	}
	if (more < 0)
		return cstn__fail(error, CSTN_E_FORMAT, "calendar line %zu is not ended by LF",
				lines.number);
	return CSTN_OK;
}

cstn_status cstn_calendar_parse(const char *text, size_t len, const cstn_allocator *allocator,
		cstn_calendar **out, cstn_error **error)
{
	cstn_allocator read;
	cstn_calendar *calendar;
	cstn_status status = cstn__allocator_read(allocator, &read, error);

	if (status != CSTN_OK)
		return status;
	if (!out || (!text && len))
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", out ? "text" : "out");
	calendar = cstn__alloc_zero(&read, sizeof(*calendar));
	if (!calendar)
		return cstn__fail_nomem(error);
	calendar->allocator = read;
	atomic_init(&calendar->references, 1);
	status = parse_lines(calendar, len ? text : "", len, error);
	if (status != CSTN_OK) {
		cstn_calendar_unref(calendar);
		return status;
	}
	cstn__sha256(text, len, calendar->digest);
	*out = calendar;
	return CSTN_OK;
}

void cstn_calendar_digest(const cstn_calendar *calendar, uint8_t out[32])
{
	if (calendar)
		memcpy(out, calendar->digest, 32);
	else
		memset(out, 0, 32);
}

/* How many exceptions lie on or before a day. */
static size_t exceptions_until(const cstn_calendar *calendar, int32_t days)
{
	size_t low = 0, high = calendar->exceptions.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (calendar->exceptions.items[middle].days <= days)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int32_t cstn_calendar_is_working(const cstn_calendar *calendar, int32_t days)
{
	size_t until;

	if (!calendar)
		return 1;
	until = exceptions_until(calendar, days);
	if (until && calendar->exceptions.items[until - 1].days == days)
		return calendar->exceptions.items[until - 1].on;
	return week_works(calendar, days);
}

int32_t cstn_calendar_next_working(const cstn_calendar *calendar, int32_t days)
{
	while (days < INT32_MAX && !cstn_calendar_is_working(calendar, days))
		days++;
	return days;
}

/* Working days from some fixed day long ago up to and with `days`. */
static int64_t count_until(const cstn_calendar *calendar, int32_t days)
{
	/* 1970-01-01 was a Thursday: weeks begin three days before it. */
	int64_t weeks = cstn__floor_div((int64_t)days + 3, 7);
	int32_t weekday = (int32_t)((int64_t)days + 3 - weeks * 7);
	size_t until = exceptions_until(calendar, days);
	int64_t count = weeks * calendar->per_week;

	for (int32_t i = 0; i <= weekday; i++)
		count += calendar->week[i];
	return until ? count + calendar->exceptions.items[until - 1].sum : count;
}

int32_t cstn_calendar_working_between(const cstn_calendar *calendar, int32_t from, int32_t to)
{
	int64_t count = (int64_t)to - from;

	if (calendar)
		count = count_until(calendar, to) - count_until(calendar, from);
	return count > INT32_MAX ? INT32_MAX : count < INT32_MIN ? INT32_MIN : (int32_t)count;
}

cstn_calendar *cstn_calendar_ref(cstn_calendar *calendar)
{
	if (calendar)
		atomic_fetch_add_explicit(&calendar->references, 1, memory_order_relaxed);
	return calendar;
}

void cstn_calendar_unref(cstn_calendar *calendar)
{
	cstn_allocator allocator;

	if (!calendar || atomic_fetch_sub_explicit(
					 &calendar->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = calendar->allocator;
	cstn__array_free(&allocator, &calendar->exceptions);
	cstn__free(&allocator, calendar, sizeof(*calendar));
}
