#ifndef CONSTELLATION_TIME_H
#define CONSTELLATION_TIME_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/status.h>

/** @file time.h
 *  Civil days, instants, zones and working calendars. Instants are int64 microseconds since
 *  1970-01-01T00:00Z (`_us`), days int32 since 1970-01-01 (`_days`), proleptic Gregorian. The
 *  library never reads the clock, the locale or the machine's zone database: rules of a zone are
 *  handed over as data. Zones and calendars are immutable and shared by threads; every function may
 *  be called from any thread. Only what makes a zone or calendar takes memory. O(1), or O(length)
 *  for text, where nothing else is said. */

#ifdef __cplusplus
extern "C" {
#endif

/** "No time": a missing instant in structs; in columns it is a null. */
#define CSTN_TIME_NULL INT64_MIN

#define CSTN_DAY_US INT64_C(86400000000)

/** Days of a civil date (Hinnant, days_from_civil). @param year -9999..9999 @param month 1..12
 *  @param day 1..last
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a date that does not exist. Any thread. O(1).
 *  @since 0.1 */
CSTN_API cstn_status cstn_days_from_civil(int32_t year, int32_t month, int32_t day,
		int32_t *out_days, cstn_error **error) CSTN_MUST_CHECK;

/** The civil date of a day number; every int32 has one. NULL outputs are allowed. Any thread.
 *  @since 0.1 */
CSTN_API void cstn_civil_from_days(
		int32_t days, int32_t *out_year, int32_t *out_month, int32_t *out_day);

/** Read a date or time in a strict form.
 *  @param text,len  the text, not necessarily NUL-terminated
 *  @param form      NULL for ISO 8601 (date, date and time with T or a space, fraction to 6 digits,
 *  Z or +HH:MM), or a form made of YYYY YY MM DD D M Mon hh mm ss and literal characters, such as
 *  "DD.MM.YYYY" or "DD-Mon-YY"; YY is 20YY; D and M take one or two digits; Mon is Jan to Dec in
 *  any case. A form has a year, a month and a day, each part once; of letters only T may be a
 *  literal, and a final Z, which means UTC
 *  @param zone_seconds  seconds east of UTC to read a text without a zone in
 *  @param out_us    receives the instant; a date alone is its midnight
 *  @return CSTN_OK; CSTN_E_FORMAT naming the text and the form. Any thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_time_parse(const char *text, size_t len, const char *form,
		int32_t zone_seconds, int64_t *out_us, cstn_error **error) CSTN_MUST_CHECK;

/** Write "2018-08-31T12:00:00Z", with a fraction (of 6 digits) only when there is one; years
 *  outside 0..9999 get a sign; CSTN_TIME_NULL is "". Cut and terminated like snprintf().
 *  @return the length it wants, without the NUL. Any thread. @since 0.1 */
CSTN_API size_t cstn_time_format(int64_t us, char *buffer, size_t size);

/** Rules of a time zone. Immutable, refcounted, any thread. */
typedef struct cstn_zone cstn_zone;

/** A zone with one offset. @param offset_seconds east of UTC, -86,399..86,399 @param out
 *  release with cstn_zone_unref() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any
 *  thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_zone_fixed(int32_t offset_seconds, const cstn_allocator *allocator,
		cstn_zone **out, cstn_error **error) CSTN_MUST_CHECK;

/** A zone from the bytes of a TZif file (RFC 9636, versions 1 to 4), footer rule included. The
 *  bytes are copied and are not trusted. @param out release with cstn_zone_unref() @return
 *  CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_UNSUPPORTED for a file whose times count
 *  leap seconds; CSTN_E_NOMEM. Any thread, O(size). @since 0.1 */
CSTN_API cstn_status cstn_zone_parse_tzif(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_zone **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** SHA-256 of the TZif bytes; of the text "offset:+HH:MM" (":SS" when not 0) for a fixed
 *  zone; zeros for NULL. @param out 32 bytes.
 *  Any thread. @since 0.1 */
CSTN_API void cstn_zone_digest(const cstn_zone *zone, uint8_t out[32]);

/** Seconds east of UTC in force at an instant; 0 for NULL. Any thread. O(log transitions).
 *  @since 0.1 */
CSTN_API int32_t cstn_zone_offset_at(const cstn_zone *zone, int64_t us);

/** From wall clock to instant. A time that exists twice or not at all is an error that says so.
 *  @return CSTN_OK; CSTN_E_FORMAT; CSTN_E_OVERFLOW at the ends of int64. Any thread. O(log
 *  changes). @since 0.1 */
CSTN_API cstn_status cstn_zone_from_wall(const cstn_zone *zone, int64_t wall_us, int64_t *out_us,
		cstn_error **error) CSTN_MUST_CHECK;

/** One more reference. Any thread. Each reference is given back with its `_unref`. @since 0.1 */
CSTN_API cstn_zone *cstn_zone_ref(cstn_zone *zone);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_zone_unref(cstn_zone *zone);

/** Working days. Immutable, refcounted, any thread. Where a calendar is read, NULL is one on which
 *  every day works; its digest is 32 zero bytes. */
typedef struct cstn_calendar cstn_calendar;

/** A working calendar from its canonical text: first line `cstn-calendar 1`, then `week=1111100`
 *  (Monday to Sunday, 1 = works), then `off=YYYY-MM-DD` and `on=YYYY-MM-DD` lines, days ascending,
 *  last line ended by LF. Text in another order or spelling, an exception that the week states
 *  already, and a week without a working day are refused, so that one meaning has one digest.
 *  @param out release with cstn_calendar_unref()
 *  @return CSTN_OK; CSTN_E_FORMAT with the line; CSTN_E_NOMEM. Any thread, O(size). @since 0.1 */
CSTN_API cstn_status cstn_calendar_parse(const char *text, size_t len,
		const cstn_allocator *allocator, cstn_calendar **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** SHA-256 of the canonical text. @param out 32 bytes. Any thread. @since 0.1 */
CSTN_API void cstn_calendar_digest(const cstn_calendar *calendar, uint8_t out[32]);

/** 1 if the day is a working day. Any thread. @since 0.1 */
CSTN_API int32_t cstn_calendar_is_working(const cstn_calendar *calendar, int32_t days);

/** The day itself if it works, else the next one that does. Any thread. @since 0.1 */
CSTN_API int32_t cstn_calendar_next_working(const cstn_calendar *calendar, int32_t days);

/** Working days after `from` up to and with `to`; negative when `to` is earlier. O(log
 *  exceptions). Any thread. @since 0.1 */
CSTN_API int32_t cstn_calendar_working_between(
		const cstn_calendar *calendar, int32_t from, int32_t to);

/** One more reference. Any thread. Each reference is given back with its `_unref`. @since 0.1 */
CSTN_API cstn_calendar *cstn_calendar_ref(cstn_calendar *calendar);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_calendar_unref(cstn_calendar *calendar);

#ifdef __cplusplus
}
#endif

#endif
