#ifndef CSTN_TABLE_COLUMN_H
#define CSTN_TABLE_COLUMN_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/arrow.h>
#include <constellation/progress.h>
#include <constellation/schema.h>

#include "base/row_errors.h"

/* A declared column as an algorithm wants it. `accept` is an OR of CSTN__ACCEPT(type): "int64 or
 * text", "timestamp or date". */
#define CSTN__ACCEPT(type) (1u << (type))
#define CSTN__ACCEPT_TIME (CSTN__ACCEPT(CSTN_TYPE_TIME) | CSTN__ACCEPT(CSTN_TYPE_DAYS))
#define CSTN__ACCEPT_QUANTITY (CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_DECIMAL))
#define CSTN__ACCEPT_KEY (CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_TEXT))
#define CSTN__ACCEPT_DIMENSION                                          \
	(CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_TEXT) | \
			CSTN__ACCEPT(CSTN_TYPE_DAYS) | CSTN__ACCEPT(CSTN_TYPE_FLAG))

typedef struct cstn__column_decl {
	const char *name;
	uint32_t accept;
	int32_t scale;    /* decimal: required scale, or -1: the stream's own, reported in
			     cstn__column.scale */
	uint8_t required; /* the column must be there */
	uint8_t nullable; /* a null value is fine; else a row error CSTN_ROW_NULL */
	uint8_t nan_ok;   /* double: NaN is a value */
	uint8_t reserved;
} cstn__column_decl;

/* How the values lie in memory. */
enum cstn__physical {
	CSTN__ABSENT = 0, /* optional column that is not there: every value is null */
	CSTN__CONSTANT, /* every value is constant_i64 / constant_text (or null when constant_null)
			 */
	CSTN__NULLS,    /* Arrow `n` */
	CSTN__I8,
	CSTN__I16,
	CSTN__I32,
	CSTN__I64,
	CSTN__U8,
	CSTN__U16,
	CSTN__U32,
	CSTN__U64,
	CSTN__F32,
	CSTN__F64,
	CSTN__BIT,
	CSTN__DEC32,
	CSTN__DEC64,
	CSTN__DEC128,
	CSTN__DEC256,
	CSTN__TEXT32,
	CSTN__TEXT64,
	CSTN__TEXTVIEW /* also bytes */
};

/* One column of one batch, read-only, shareable between threads. `values` may be misaligned for its
 * type unless `aligned`. Logical row i lies at values[offset + i] and validity bit offset + i. */
typedef struct cstn__column {
	int32_t type;     /* the CSTN_TYPE_ it is read as; 0 when absent */
	int32_t physical; /* enum cstn__physical, of the index when `dictionary` is set */
	int64_t length, offset;
	const uint8_t *validity; /* NULL: all valid */
	const void *values;      /* fixed width values, or text offsets, or text views */
	const uint8_t *text;     /* TEXT32/64: bytes */
	const void *const *view_buffers;
	int64_t n_view_buffers;
	const struct cstn__column *dictionary; /* its values; index nulls and dictionary nulls both
						  mean null */
	uint8_t aligned, constant_null, cast_text, has_nulls; /* has_nulls 0: proven none */
	int32_t scale;                                        /* of decimals */
	int64_t multiply, divide; /* physical integer -> declared unit: value * multiply, or value /
				   divide when exact (else CSTN_ROW_PRECISION unless `truncate`) */
	uint8_t truncate, wall, nan_null;
	uint8_t text_checked;  /* 1: all its text is proven UTF-8, or needs not be */
	const cstn_zone *zone; /* wall clock is read in it */
	int64_t constant_i64;
	double constant_f64;
	const char *constant_text;
	size_t constant_len;
	const struct cstn__column_binding *binding; /* value map, text form; opaque here */
	int32_t field;
	const char *name; /* for row errors */
} cstn__column;

/* Moves a caller's stream at once, so that the caller never has two duties; `what` names it. NULL
 * or released: CSTN_E_INVALID_ARGUMENT. */
cstn_status cstn__stream_take(struct ArrowArrayStream *from, const char *what,
		struct ArrowArrayStream *to, cstn_error **error);

/* A call that adds a stream to a state: the stream is moved, a NULL state refused, the options read
 * into `read` of `size` bytes, `add` does the work, the stream is released. */
typedef struct cstn__update {
	const char *rows; /* what the stream has: "lines" */
	const char *name; /* of the state */
	void *state;
	const void *options;
	const char *options_name;
	uint32_t flags; /* the known ones */
	cstn_status (*add)(void *state, struct ArrowArrayStream *rows, const void *options,
			cstn_row_errors **bad_rows, cstn_error **error);
} cstn__update;
cstn_status cstn__update_run(const cstn__update *update, struct ArrowArrayStream *rows, void *read,
		size_t size, cstn_row_errors **bad_rows, cstn_error **error);

/* A stream's schema bound to declared columns. */
typedef struct cstn__bound cstn__bound;
/* Reads the schema of `stream` and binds; every misfit is in the one error. `similar` names come
 * from the stream's columns. */
cstn_status cstn__bind_stream(struct ArrowArrayStream *stream, const cstn__column_decl *decls,
		size_t n, const cstn_binding *binding, const cstn_allocator *allocator,
		cstn__bound **out, cstn_error **error);
int cstn__bound_has(const cstn__bound *bound, size_t column); /* 0 if absent */
/* 1 if the stream gives the column no type, only nulls: its type and scale are then of no account.
 */
int cstn__bound_is_null(const cstn__bound *bound, size_t column);
int32_t cstn__bound_type(const cstn__bound *bound, size_t column);  /* CSTN_TYPE_ it will have */
int32_t cstn__bound_scale(const cstn__bound *bound, size_t column); /* of a decimal; else 0 */
/* From here on its text is taken as UTF-8 and its dictionary indices as inside their dictionaries
 * (CSTN_IMPORT_TRUSTED). */
void cstn__bound_trust(cstn__bound *bound);
/* While cstn__bound_each() goes over rows, `sink` says by this column what a bad row is of. */
void cstn__bound_name_rows(cstn__bound *bound, size_t column, cstn__row_sink *sink);
void cstn__bound_free(cstn__bound *bound);
/* What reading the rows of a stream begins with: it is bound, trusted if `flags` say so
 * (CSTN_IMPORT_TRUSTED), and a sink is there for what is wrong. Both are NULL on failure. */
cstn_status cstn__bind_rows(struct ArrowArrayStream *stream, const cstn__column_decl *decls,
		size_t n, const cstn_binding *binding, uint32_t flags,
		const cstn_allocator *allocator, cstn__bound **bound, cstn__row_sink **sink,
		cstn_error **error);

/* Validate one batch (lengths, buffers, offsets, dictionary range, views) and give n column views
 * into it. The views live as long as `array` is not released and the batch not freed. An
 * array that breaks the C Data rules is CSTN_E_STREAM naming the column. */
typedef struct cstn__batch {
	uint64_t first_row; /* in cstn__bound_each(): rows of the batches before */
	int64_t length;
	cstn__column *columns;
	void *memory;
} cstn__batch;
cstn_status cstn__bound_batch(const cstn__bound *bound, const struct ArrowArray *array,
		cstn__batch *out, cstn_error **error);
void cstn__batch_free(const cstn__bound *bound, cstn__batch *batch);
/* Every block of at most CSTN__BLOCK_ROWS rows of the bound stream in turn: rows [start, start + n)
 * of a batch, up to the end or the first failure. `progress` may be NULL. */
#define CSTN__BLOCK_ROWS 1024
typedef cstn_status (*cstn__block_fn)(void *context, const cstn__batch *batch, int64_t start,
		int32_t n, cstn_error **error);
cstn_status cstn__bound_each(const cstn__bound *bound, struct ArrowArrayStream *stream,
		cstn__block_fn each, void *context, cstn_progress *progress, cstn_error **error);

/* Block readers: rows [start, start + n), n <= 1024. `valid` has (n + 63) / 64 words; bits past n
 * are 0. Invalid rows read as 0. A bad value is invalid, its bit in `bad` is set, and it is added
 * to `sink` (row = first_row + start + i) when sink is not NULL; a null in a column that is not
 * nullable is bad too. Bits of `bad` are only set, never cleared: begin with zeros, and the columns
 * of a row add up. `bad` may be NULL only if sink is NULL. Returns CSTN_OK or CSTN_E_NOMEM. _i64
 * works for FLAG (0/1), INT32, INT64, DAYS, TIME, DECIMAL, and text under CSTN_CAST_TEXT; _f64 for
 * those and DOUBLE. */
cstn_status cstn__column_read_i64(const cstn__column *column, int64_t start, int32_t n,
		uint64_t first_row, int64_t *out, uint64_t *valid, uint64_t *bad,
		cstn__row_sink *sink);
cstn_status cstn__column_read_f64(const cstn__column *column, int64_t start, int32_t n,
		uint64_t first_row, double *out, uint64_t *valid, uint64_t *bad,
		cstn__row_sink *sink);
/* Text of one row after value mapping; 0 ok, 1 null. UTF-8 is not checked here:
 * cstn__column_check_text() does it for a range of any length, once, and tells nulls where the
 * column is not nullable; it does nothing for columns that are no text. A dictionary column's
 * `dictionary` is a column too: reading its entries maps each text once. */
int cstn__column_read_text(const cstn__column *column, int64_t row, const char **text, size_t *len);
cstn_status cstn__column_check_text(const cstn__column *column, int64_t start, int64_t n,
		uint64_t first_row, uint64_t *bad, cstn__row_sink *sink);
/* The index of a dictionary column as int64 (for remapping code -> own code once a dictionary
 * entry); valid as above. */
cstn_status cstn__column_read_index(const cstn__column *column, int64_t start, int32_t n,
		int64_t *out, uint64_t *valid);

/* In place access for hot loops: the values when they need no conversion at all (aligned, no cast,
 * no scaling, no map), else NULL. */
const int32_t *cstn__column_in_place_i32(const cstn__column *column); /* already moved by offset */
const int64_t *cstn__column_in_place_i64(const cstn__column *column);
/* 64 validity bits from logical row `start` on (bits past the length are 0). */
uint64_t cstn__column_valid64(const cstn__column *column, int64_t start);

/* Pull the next batch: CSTN_OK with out->release set; CSTN_DONE at the end; CSTN_E_STREAM quoting
 * the producer. */
cstn_status cstn__stream_next(
		struct ArrowArrayStream *stream, struct ArrowArray *out, cstn_error **error);

#endif
