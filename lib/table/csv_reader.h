#ifndef CSTN_TABLE_CSV_READER_H
#define CSTN_TABLE_CSV_READER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <constellation/csv.h>

#include "base/alloc.h"
#include "table/csv_batch.h"
#include "table/csv_index.h"
#include "table/csv_reject.h"
#include "table/csv_source.h"
#include "table/csv_value.h"

/* What is kept of a row that is too long to be held. */
#define CSTN__CSV_OVERLONG_RAW ((size_t)64 * 1024)

/* How a file is cut and which kernels run: changes no row. Zero means default. For tests. */
typedef struct cstn__csv_tuning {
	int simd;             /* as cstn__cpu_simd(), at most what the machine has */
	size_t window_bytes;  /* bytes read at a time */
	size_t chunk_bytes;   /* bytes indexed by one worker */
	size_t first_chunk;   /* bytes of a window's first chunk */
	uint32_t task_rows;   /* rows parsed by one worker at a time; a multiple of 64 */
	uint64_t batch_bytes; /* a batch ends before the row with which it would span more bytes of
				 the file, so that text offsets fit int32; 1 GiB */
} cstn__csv_tuning;

/* Bytes of the file in memory, with padding on both sides. */
typedef struct cstn__csv_window {
	uint8_t *memory;
	uint8_t *data; /* memory + CSTN__CSV_PADDING */
	size_t capacity;
	size_t size;
} cstn__csv_window;

/* Rows of one batch that one worker parses. */
typedef struct cstn__csv_task {
	uint32_t batch; /* of this step */
	uint32_t block; /* of its rows */
	uint32_t first_segment, n_segments;
} cstn__csv_task;

/* A row too long to be held: read past until it ends. */
typedef struct cstn__csv_overlong {
	int active;
	uint64_t line, quote_line;
	char *raw; /* its first 64 KiB */
} cstn__csv_overlong;

struct cstn_csv_reader {
	atomic_int references;
	cstn_allocator allocator;
	cstn_schema *schema;
	cstn_progress *progress;
	uint32_t flags;
	int32_t threads;
	cstn__csv_tuning tuning;
	int64_t max_rejects;
	uint32_t batch_rows;
	int exported;

	cstn__csv_format format;
	cstn__csv_column *columns;
	uint32_t n_columns, n_text;
	uint32_t file_columns;

	cstn__csv_source *source;
	cstn__csv_window windows[2]; /* [0] is the current one */
	int ahead;                   /* windows[1] holds the next one */
	int ahead_end;
	uint64_t base; /* place of the window's first byte in the (inflated) file */
	uint64_t line; /* and its physical line */
	uint64_t tail_line;
	uint32_t tail;   /* where the row begins that the window does not end */
	int tail_state;  /* the state at the window's end */
	int at_end;      /* the source has no more */
	int last_window; /* and the window was indexed */
	size_t want;     /* bytes to read for the next window */
	cstn__csv_overlong overlong;

	CSTN__ARRAY(cstn__csv_chunk) chunks; /* all ever used; n_chunks of this window */
	uint32_t n_chunks;
	uint32_t current_chunk; /* the first with rows to come */
	uint32_t fault_chunk;   /* the first with faults to come */
	uint32_t line_chunk, line_place;
	uint64_t line_number; /* of line_place: line numbers are counted on from here */

	CSTN__ARRAY(cstn__csv_batch *) ready; /* to be given out, from next_ready on */
	size_t next_ready;
	cstn__csv_batch *partial;
	uint64_t bad_rows;
	uint64_t rows; /* given out */
	cstn__csv_rejects rejects;
	int finished;        /* no more batches are made */
	cstn_status failure; /* to be told after the ready batches */
	cstn_error *failure_error;

	/* one step */
	CSTN__ARRAY(cstn__csv_segment) segments;
	CSTN__ARRAY(cstn__csv_task) tasks;
	CSTN__ARRAY(cstn__csv_batch *) step; /* batches of the step */
	CSTN__ARRAY(int32_t) text_begins;    /* where the text of a task's text columns begins */
	CSTN__ARRAY(int32_t) text_sizes;     /* its size, then where it ends */
	CSTN__ARRAY(cstn__csv_bad) bads;
	cstn__csv_parser *parsers; /* one a thread */
};

/* A reader from a source, which it takes, also on failure. `tuning` may be NULL. `schema` NULL:
 * every column of the file, as bytes that may be null; without a header they are column_1 and so
 * on. */
cstn_status cstn__csv_reader_new(cstn__csv_source *source, cstn_schema *schema,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		const cstn__csv_tuning *tuning, cstn_csv_reader **out, cstn_error **error);

/* Read the first row and bind the schema's columns, or all there are; what the window holds behind
 * it is the beginning of the rows. */
cstn_status cstn__csv_bind_columns(cstn_csv_reader *reader, cstn_error **error);

/* A column's name as cstn_schema_parse() reads it. */
void cstn__csv_put_schema_name(cstn__bytes *text, const char *name, size_t len);

/* Read options and fill in defaults. */
cstn_status cstn__csv_options_check(
		const cstn_csv_options *given, cstn_csv_options *out, cstn_error **error);

/* The next batch: CSTN_OK, CSTN_DONE, or why there is none. */
cstn_status cstn__csv_reader_next(
		cstn_csv_reader *reader, cstn__csv_batch **out, cstn_error **error);

/* The next window of the file, indexed: CSTN_OK, CSTN_DONE after the last one, or a failure. */
cstn_status cstn__csv_window_advance(cstn_csv_reader *reader, cstn_error **error);
/* gzip: make ready to inflate the next window into windows[1] while this one is parsed: CSTN_OK,
 * CSTN_DONE when that is not to be done, CSTN_E_NOMEM. Then do it, on any one thread. */
cstn_status cstn__csv_window_prepare_ahead(cstn_csv_reader *reader);
void cstn__csv_window_read_ahead(cstn_csv_reader *reader);
cstn_status cstn__csv_window_reserve(
		cstn_csv_reader *reader, cstn__csv_window *window, size_t capacity);
void cstn__csv_window_free(const cstn_allocator *allocator, cstn__csv_window *window);
/* Physical line of a place in a chunk; places must come in rising order to be cheap. */
uint64_t cstn__csv_line_at(cstn_csv_reader *reader, uint32_t chunk, uint32_t place);

/* The row that was read past is to be rejected; CSTN_E_LIMIT when it is one too many. */
cstn_status cstn__csv_reject_overlong(cstn_csv_reader *reader, int open_quote, cstn_error **error);

#endif
