#ifndef CONSTELLATION_CSV_H
#define CONSTELLATION_CSV_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file csv.h
 *  CSV in and out. RFC 4180 (CRLF or LF, quotes, doubled quotes, line breaks in quotes), UTF-8 with
 *  or without byte order mark, gzip by its magic bytes. The schema is given; inference is a call of
 *  its own and never part of a read. The locale is never read. CSV is not trusted: any bytes give
 *  rows, rejects or an error.
 *
 *  What is read as what:
 *  - An unquoted empty field is null, a quoted one is "". The `missing` texts of the schema mean
 *    null, quoted or not. Spaces belong to the field. A lone CR is an ordinary byte.
 *  - A quote inside an unquoted field, or text after a closing quote, makes its row a bad one and
 *    only that: the row ends at its line end. A quote that is never closed takes the rest of the
 *    file.
 *  - Empty lines are skipped, but in a file of one column they are rows with a null.
 *  - int32, int64: digits with a sign before them; "12.0" is bad (declare decimal).
 *  - decimal: no exponent; more digits than the scale are bad unless they are zeros; exact.
 *  - double: also with an exponent, correctly rounded; NaN and infinities are bad values.
 *  - Thousands marks, when declared, must stand between groups of three digits.
 *  - flag: 0 1 f t no yes false true, in any case.
 *  - date: ISO 8601 (a time of midnight may follow) or the declared form. timestamp: ISO 8601 or
 *    the declared form; without a zone in the text it needs `zone` in the schema. Never guessed.
 *  - text must be UTF-8; bytes are taken as they are.
 *
 *  Threads: a reader and its stream belong to one thread at a time; each pull works on
 *  options->threads, and gives the same rows for any number. Memory: about 5 MiB a thread and one
 *  batch, whatever the size of the file; batches keep what they need when the reader is gone. Cost:
 *  one pass. Method: bit masks of 64 bytes and the prefix xor of their quotes (Langdale and Lemire
 *  2019, for JSON), with the parity of quotes between chunks. */

#ifdef __cplusplus
extern "C" {
#endif

#define CSTN_CSV_NO_HEADER 1u /**< the first line is data; columns are the schema's, in order */
#define CSTN_CSV_STRICT 2u    /**< columns that the schema does not name are an error */
/** A bad value becomes null, its row stays, and it is listed in the rejects; else the row is left
 *  out */
#define CSTN_CSV_BAD_NULL 4u
#define CSTN_CSV_CRLF 8u /**< writer: lines end with CR LF */

typedef struct cstn_csv_options {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_CSV_... */
	/** 0 all processors, 1 the caller's thread only; same rows for any number */
	int32_t threads;
	uint8_t delimiter;      /**< 0 means ',' */
	uint8_t quote;          /**< 0 means '"' */
	uint8_t decimal_mark;   /**< 0 means '.' */
	uint8_t thousands_mark; /**< 0 means none */
	/** When more rows are bad the stream fails, and the call that reads it returns
	 *  CSTN_E_LIMIT; 0 means 65,536; -1 no limit (65,536 kept) */
	int64_t max_rejects;
	int64_t batch_rows;      /**< rows a batch; 0 means 65,536; at most 1,048,576 */
	cstn_progress *progress; /**< NULL, or counts bytes and cancels; must outlive the stream */
} cstn_csv_options;
/* clang-format off */
#define CSTN_CSV_OPTIONS_INIT { sizeof(cstn_csv_options), 0, 0, 0, 0, 0, 0, 0, 0, NULL }
/* clang-format on */

/** A CSV file being read. Refcounted: the stream it exports keeps it. */
typedef struct cstn_csv_reader cstn_csv_reader;

/** Open a file, read its header and bind it to a schema: by name, in any order, other columns
 *  skipped.
 *  @param path    UTF-8 file name; `.gz` content is recognised by its first bytes
 *  @param schema  the columns to read; referenced
 *  @param options NULL, or start from CSTN_CSV_OPTIONS_INIT
 *  @param out     release with cstn_csv_reader_unref()
 *  @return CSTN_OK; CSTN_E_IO; CSTN_E_SCHEMA with every column that is absent (and similar names)
 *  or double; CSTN_E_FORMAT; CSTN_E_LIMIT; CSTN_E_NOMEM. Limits: field 1 MiB, row 16 MiB, 1,024
 *  columns. A name that is in the header twice is an error whether it is asked for or not (an empty
 *  one only if it is). Files are read, not mapped; a pipe will do. Any thread. Cost: reads the
 *  header. @since 0.1 */
CSTN_API cstn_status cstn_csv_reader_open(const char *path, cstn_schema *schema,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		cstn_csv_reader **out, cstn_error **error) CSTN_MUST_CHECK;

/** The same for bytes in memory, which must stay valid and unchanged until the reader and its
 *  stream are gone. @return as cstn_csv_reader_open(). Any thread. Cost: reads the header.
 *  @since 0.1 */
CSTN_API cstn_status cstn_csv_reader_open_bytes(const uint8_t *data, size_t size,
		cstn_schema *schema, const cstn_csv_options *options,
		const cstn_allocator *allocator, cstn_csv_reader **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The rows as a stream, in file order: read as it is pulled, so a file larger than memory is fine.
 *  Once a reader. Empty unquoted = null, empty quoted = "". A failure in mid file (truncated gzip,
 *  I/O) ends the stream with an error after the rows before it: calls that take the stream return
 *  CSTN_E_STREAM then, and CSTN_E_LIMIT for more than max_rejects bad rows (errno EDQUOT for
 *  whoever pulls it). @param out single use, one thread
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT if exported before; CSTN_E_NOMEM. O(1): the rows
 *  are read as the stream is. @since 0.1 @snippet csv_to_rate.c csv */
CSTN_API cstn_status cstn_csv_reader_export(cstn_csv_reader *reader, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** What was rejected so far; complete after the stream's end. One entry for each bad value, so a
 *  row may have several; max_rejects counts rows. A copy: free with cstn_row_errors_free(). `row`
 *  is the physical line (1-based, line breaks in quotes count) on which the row begins. @return
 *  CSTN_OK; CSTN_E_NOMEM. One caller at a time a reader; O(1). @since 0.1 */
CSTN_API cstn_status cstn_csv_reader_rejects(const cstn_csv_reader *reader, cstn_row_errors **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The rejects as columns line int64, column text (null for a whole row), reason text, raw text:
 *  the raw row without its line end. Write it with cstn_csv_write_file() to get a file that can be
 *  mended and read again. The first 65,536 entries; raw is cut at 1 MiB (64 KiB of rows over
 *  16 MiB), null once 64 MiB are kept, and bytes that are not UTF-8 are U+FFFD in it. @return
 *  CSTN_OK; CSTN_E_NOMEM. One caller at a time a reader; O(rejects kept). @since 0.1 */
CSTN_API cstn_status cstn_csv_reader_export_rejects(const cstn_csv_reader *reader,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** Rows given out so far; 0 for NULL. One thread with the stream. O(1). @since 0.1 */
CSTN_API uint64_t cstn_csv_reader_rows(const cstn_csv_reader *reader);

/** One less reference; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_csv_reader_unref(cstn_csv_reader *reader);

/** Guess a schema from the first rows. Never called by a read.
 *  @param sample_rows 0 means 10,000
 *  @param out_schema  release with cstn_schema_unref()
 *  @param evidence    NULL, or receives a stream: column text, type text, rows int64, nulls int64,
 *  reason text (nullable), example text (nullable): why each column is what it is; an ambiguous
 *  date (both DD/MM and MM/DD fit) stays text and says so, and so does a time without zone. `type`
 *  is written as in a schema. Every row of the sample reads without a reject under the schema.
 *  @return as cstn_csv_reader_open(). Any thread; one pass over the sample. @since 0.1 */
CSTN_API cstn_status cstn_csv_infer(const char *path, int64_t sample_rows,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		cstn_schema **out_schema, struct ArrowArrayStream *evidence,
		cstn_error **error) CSTN_MUST_CHECK;

/** Write a stream as CSV. Quotes only when needed, LF, a header line unless CSTN_CSV_NO_HEADER;
 *  null is empty, "" is quoted. Times are ISO 8601 in UTC with Z, dates ISO 8601, flags true and
 *  false, decimals with all digits of their scale, doubles the shortest text that reads back to the
 *  same bits; the decimal mark is that of the options, thousands marks are not written. What the
 *  reader reads with a schema of the same columns (without forms) is the same rows; what it writes
 *  again are the same bytes. NaN and infinities are written as words, which the reader refuses
 *  unless they are declared `missing`.
 *  @param rows   moved from, also on failure
 *  @param path   written to a temporary name beside it and renamed: complete or not there; `.gz` at
 *  the end compresses
 *  @param out_rows NULL, or receives the number of rows
 *  @return CSTN_OK; CSTN_E_IO; CSTN_E_STREAM; CSTN_E_LIMIT; CSTN_E_SCHEMA for a type CSV does not
 * hold; CSTN_E_ROWS for a value without a text (uint64 above INT64_MAX, a year outside 0000..9999,
 *  text that is not UTF-8); CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread; one pass over the rows.
 *  @since 0.1 */
CSTN_API cstn_status cstn_csv_write_file(struct ArrowArrayStream *rows, const char *path,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		uint64_t *out_rows, cstn_error **error) CSTN_MUST_CHECK;

/** The same into memory. @param out free with cstn_buffer_free(). @return as
 *  cstn_csv_write_file(), but CSTN_E_IO. Any thread; one pass over the rows. @since 0.1 */
CSTN_API cstn_status cstn_csv_write_bytes(struct ArrowArrayStream *rows,
		const cstn_csv_options *options, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
