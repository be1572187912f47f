#ifndef CONSTELLATION_SCHEMA_H
#define CONSTELLATION_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/status.h>
#include <constellation/time.h>

/** @file schema.h
 *  What columns a table has, and how columns that are called or typed otherwise are bound to the
 *  ones an algorithm declares. A stream is bound before its first row is read; errors list
 *  everything that does not fit.
 *
 *  Schemas are read by any number of threads; a reading call answers a NULL schema as one
 *  without columns. A binding is built by one thread and may be shared when it is built. Words
 *  of a binding are copied, zones referenced. Calls that change a binding return CSTN_OK,
 *  CSTN_E_INVALID_ARGUMENT or CSTN_E_NOMEM and leave it as it was on failure. Cost: O(1) a
 *  column, but for name look-ups, O(declared x columns) once a stream. */

#ifdef __cplusplus
extern "C" {
#endif

/** Types of a declared column. Permanent. */
#define CSTN_TYPE_FLAG 1 /**< 0 or 1 */
#define CSTN_TYPE_INT32 2
#define CSTN_TYPE_INT64 3
#define CSTN_TYPE_DOUBLE 4
#define CSTN_TYPE_TEXT 5 /**< UTF-8 */
#define CSTN_TYPE_BYTES 6
#define CSTN_TYPE_DAYS 7    /**< int32 days since 1970-01-01 */
#define CSTN_TYPE_TIME 8    /**< int64 microseconds UTC */
#define CSTN_TYPE_DECIMAL 9 /**< int64 at a scale */

/** The name of a type as cstn_schema_parse() reads it, "timestamp"; "unknown" for others. Static
 *  memory. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_type_name(int32_t type);

/** Columns by name. Immutable, refcounted, any thread. */
typedef struct cstn_schema cstn_schema;

/** Read a schema: one column a line, `name type [option]...`.
 *  - `name` is a word, or stands in double quotes with "" for a quote; what is quoted may hold
 *  spaces and line ends. The text is UTF-8.
 *  - `type` is flag int32 int64 double text bytes date timestamp decimal.
 *  - options: `null` (may be missing); `scale=N` (decimal, default 0); `form=F` (date and timestamp
 *  in text, see cstn_time_parse(); quote it if it has spaces); `zone=utc`, `zone=+HH:MM` (timestamp
 *  text without a zone; without this option such text is a bad value); `missing="TEXT"` (this text
 *  means null; repeatable). Empty lines and lines that begin with # are skipped. At most 1,024
 *  columns.
 *  @return CSTN_OK; CSTN_E_FORMAT with the line number; CSTN_E_SCHEMA for a name twice;
 *  CSTN_E_NOMEM. Any thread, O(size). The schema is the caller's, to be released with
 *  cstn_schema_unref(). @since 0.1 */
CSTN_API cstn_status cstn_schema_parse(const char *text, size_t len,
		const cstn_allocator *allocator, cstn_schema **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The schema as text that cstn_schema_parse() reads back to the same. @param out free with
 *  cstn_buffer_free(). @return CSTN_OK; CSTN_E_NOMEM. Any thread, O(columns). @since 0.1 */
CSTN_API cstn_status cstn_schema_format(
		const cstn_schema *schema, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** How many columns. Any thread, O(1). @since 0.1 */
CSTN_API size_t cstn_schema_count(const cstn_schema *schema);
/** Name of a column; NULL past the end. Borrowed. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_schema_name(const cstn_schema *schema, size_t index);
/** CSTN_TYPE_ of a column; 0 past the end. Any thread, O(1). @since 0.1 */
CSTN_API int32_t cstn_schema_type(const cstn_schema *schema, size_t index);
/** 1 if the column may be null. Any thread, O(1). @since 0.1 */
CSTN_API int32_t cstn_schema_is_nullable(const cstn_schema *schema, size_t index);
/** One more reference. Any thread. Each reference is given back with its `_unref`. @since 0.1 */
CSTN_API cstn_schema *cstn_schema_ref(cstn_schema *schema);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_schema_unref(cstn_schema *schema);

/** Casts that a binding may allow. Widening of integers is always on. */
#define CSTN_CAST_TEXT 1u /**< number, date, time or decimal out of text */
/** Nanoseconds cut to microseconds, date64 to days; a timestamp to its day (UTC, or the wall
 *  clock's own where it has no zone) where only a date is declared */
#define CSTN_CAST_TRUNCATE_TIME 2u
#define CSTN_CAST_DICTIONARY 4u /**< a dictionary of numbers is unpacked */
/** Doubles and decimals that are whole numbers into an integer column; NaN stays a row error. A
 *  decimal without decimals needs no cast */
#define CSTN_CAST_INTEGRAL 8u
/** With INTEGRAL or a double column: NaN means null (what pandas writes) */
#define CSTN_CAST_NAN_NULL 16u
#define CSTN_CAST_DAYS_TIME 32u /**< a date where a timestamp is declared: its midnight UTC */

/** How a stream's columns map to declared ones. One thread while it is built; after that it is only
 *  read and may be shared between threads. */
typedef struct cstn_binding cstn_binding;

/** An empty binding: every column under its own name. @param out free with cstn_binding_free().
 *  @return CSTN_OK; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_binding_new(const cstn_allocator *allocator, cstn_binding **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The declared `column` is called `source` in the stream. The last word for a column counts.
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time a binding;
 *  O(its text). @since 0.1 */
CSTN_API cstn_status cstn_binding_rename(cstn_binding *binding, const char *column,
		const char *source, cstn_error **error) CSTN_MUST_CHECK;

/** The declared `column` is not in the stream: every row has this value, given as text ("EUR", "1",
 *  "2024-01-31"). NULL is a null. A column of that name in the stream is not looked at. @return
 *  as cstn_binding_rename(). One caller at a time a binding; O(its text). @since 0.1 */
CSTN_API cstn_status cstn_binding_constant(cstn_binding *binding, const char *column,
		const char *value, cstn_error **error) CSTN_MUST_CHECK;

/** In the text column `column`, read `from` as `to`; `from` NULL is every other text, `to` NULL is
 *  null. For status codes and the like. @return as cstn_binding_rename(). One caller at a time
 *  a binding; O(its text). @since 0.1 */
CSTN_API cstn_status cstn_binding_value(cstn_binding *binding, const char *column, const char *from,
		const char *to, cstn_error **error) CSTN_MUST_CHECK;

/** The zone in which a timestamp without one is read. @param column NULL is every column @param
 *  zone referenced. @return as cstn_binding_rename(). One caller at a time a binding; O(its
 *  text). @since 0.1 */
CSTN_API cstn_status cstn_binding_zone(cstn_binding *binding, const char *column, cstn_zone *zone,
		cstn_error **error) CSTN_MUST_CHECK;

/** The scale at which a decimal column is read, 0..18, in place of the declared one or the
 *  stream's: values must fit without rounding. Whole numbers are scaled up to it where decimals are
 *  accepted. @return as cstn_binding_rename(). One caller at a time a binding; O(its text).
 *  @since 0.1 */
CSTN_API cstn_status cstn_binding_scale(cstn_binding *binding, const char *column, int32_t scale,
		cstn_error **error) CSTN_MUST_CHECK;

/** The form of dates in text, see cstn_time_parse(). @param column NULL is every column.
 *  @return as cstn_binding_rename(). One caller at a time a binding; O(its text). @since 0.1 */
CSTN_API cstn_status cstn_binding_form(cstn_binding *binding, const char *column, const char *form,
		cstn_error **error) CSTN_MUST_CHECK;

/** Allow casts. @param column NULL is every column @param casts CSTN_CAST_ bits, added to those
 *  allowed before. @return as cstn_binding_rename(). One caller at a time a binding; O(its
 *  text). @since 0.1 */
CSTN_API cstn_status cstn_binding_cast(cstn_binding *binding, const char *column, uint32_t casts,
		cstn_error **error) CSTN_MUST_CHECK;

/** Refuse streams with columns that nobody declared, and words of this binding about such columns.
 *  @param strict 0 or 1. One caller at a time a binding. @since 0.1 */
CSTN_API void cstn_binding_strict(cstn_binding *binding, int32_t strict);

/** What is imported was checked before: its text is UTF-8 and its dictionary indices lie inside
 *  their dictionaries. Those two checks are left out, no other. A flag of the options of calls that
 *  say so, and what cstn_binding_trust() says of a binding.
 *
 *  **Danger.** A stream of columns comes from this process and is trusted with its buffers' sizes
 *  anyway; with this flag a wrong index is also read from wherever it points to, and text that is
 *  not UTF-8 goes into results, states and messages as it is (a state that holds such text cannot
 *  be read back). Give it only for what this library, or an engine that checks, has made. */
#define CSTN_IMPORT_TRUSTED 0x10000u

/** Streams that are bound with this binding are CSTN_IMPORT_TRUSTED, with its danger. @param
 *  trusted 0 or 1. One caller at a time a binding. @since 0.1 */
CSTN_API void cstn_binding_trust(cstn_binding *binding, int32_t trusted);

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_binding_free(cstn_binding *binding);

/** Bind a stream to a schema and give it back converted: columns in the schema's order and types,
 *  text as plain UTF-8, times as `tsu:UTC`. Every column of the schema must be there or be given by
 *  the binding; the schema's form, zone and missing texts hold where the binding says nothing. Rows
 *  with a bad value are left out and reported in `bad_rows`.
 *  @param in       moved from, also on failure
 *  @param binding  NULL, or a binding; must outlive the stream
 *  @param out      receives the converted stream; single use, one thread
 *  @param bad_rows NULL, or receives an object that fills while `out` is read; read it after the
 *  end; free it with cstn_row_errors_free() after `out` is released
 *  @return CSTN_OK; CSTN_E_SCHEMA with every misfit; CSTN_E_STREAM; CSTN_E_LIMIT; CSTN_E_NOMEM
 *  Memory: 65,536 rows at a time, never a whole batch. Cost: one copy of each value. Threads:
 *  one at a time reads `out`. @since 0.1 */
CSTN_API cstn_status cstn_stream_bind(struct ArrowArrayStream *in, cstn_schema *schema,
		const cstn_binding *binding, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
