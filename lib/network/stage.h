#ifndef CSTN_NETWORK_STAGE_H
#define CSTN_NETWORK_STAGE_H

#include "base/row_errors.h"
#include "network/attributes.h"
#include "network/checks.h"
#include "table/column.h"

/* Rows of an import on their way: the stream's columns converted to what the store takes, with a
 * mark on each row that breaks a rule. stage.c keeps the columns, stage_read.c reads the stream
 * into them, stage_values.c gives them to the store. */
typedef struct cstn__stage_column {
	const cstn__field *field;
	int present;      /* the stream has it; else all null (or empty, for parts of the key) */
	int64_t *numbers; /* values, bits of doubles, or codes of `texts` */
	uint64_t *valid;
	uint32_t *ends; /* of plain text: end of each row's bytes */
	uint8_t *bytes;
	size_t bytes_size, bytes_capacity;
	cstn__interner texts;            /* of dictionary fields */
	CSTN__ARRAY(int32_t) code_rules; /* by code: 0 or the CSTN_ROW_ code that it breaks */
	uint32_t last_code;              /* most rows repeat the one before */
	CSTN__ARRAY(uint32_t) indices;   /* of this batch's dictionary: code + 1; 0 not seen yet */
} cstn__stage_column;

typedef struct cstn__stage {
	cstn_allocator allocator;
	const cstn__noun *noun;
	cstn__stage_column *columns; /* by field */
	size_t rows, capacity;
	size_t expected;     /* rows that will wait at least, if it is known */
	uint64_t *bad;       /* a bit a row */
	uint64_t *row_of;    /* number of each row in the stream */
	int64_t recorded_us; /* for rows without one; CSTN_TIME_NULL none */
	cstn__row_sink *sink;
	const char *attributes[CSTN__ATTRIBUTES_MAX]; /* columns `attributes.NAME`, in `names` */
	size_t n_attributes;
	cstn__arena names;
	cstn__bytes object; /* of one row */
} cstn__stage;

cstn_status cstn__stage_init(cstn__stage *stage, const cstn__noun *noun, int64_t recorded_us,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__stage_free(cstn__stage *stage);
/* Find the columns `attributes.NAME` of a stream, and of a binding that makes them. */
cstn_status cstn__stage_find_attributes(cstn__stage *stage, struct ArrowArrayStream *rows,
		const cstn_binding *binding, cstn_error **error);
#define CSTN__STAGE_DECLS (CSTN__FIELDS_MAX + CSTN__ATTRIBUTES_MAX)
/* The columns that a stream is bound to: by field, then the attributes; room for
 * CSTN__STAGE_DECLS. Returns how many. */
size_t cstn__stage_declare(const cstn__stage *stage, cstn__column_decl *out);
/* Before the first rows of a batch; at most `waiting` rows will ever wait. */
cstn_status cstn__stage_begin(cstn__stage *stage, const cstn__bound *bound,
		const cstn__batch *batch, size_t waiting, cstn_error **error);
/* Add rows [start, start + n) of a batch, on up to `threads` threads. */
cstn_status cstn__stage_read(cstn__stage *stage, const cstn__bound *bound, const cstn__batch *batch,
		int64_t start, int32_t n, uint64_t first_row, int32_t threads, cstn_error **error);
/* A value of a staged row. */
void cstn__stage_cell(const cstn__stage *stage, size_t row, uint32_t field, cstn__cell *out);
/* Tell of a broken rule and mark the row. */
cstn_status cstn__stage_broken(
		cstn__stage *stage, size_t row, uint32_t field, int32_t code, cstn_error **error);
/* The same; `as` not NULL: what is told is its text. */
cstn_status cstn__stage_broken_as(cstn__stage *stage, size_t row, uint32_t field, int32_t code,
		const cstn__cell *as, cstn_error **error);
/* Forget all rows but the last `keep`, which become the first. */
void cstn__stage_keep(cstn__stage *stage, size_t keep);

/* Make bits [from, from + n) zero. */
void cstn__stage_clear(uint64_t *bits, size_t from, size_t n);
/* Room for `extra` rows more (stage.c). */
cstn_status cstn__stage_room(cstn__stage *stage, size_t extra, cstn_error **error);

/* Text that repeats is kept as codes. */
static inline int cstn__stage_is_code(const cstn__field *field)
{
	return field->type == CSTN_TYPE_TEXT && field->flags & CSTN__FIELD_DICTIONARY;
}

/* Bytes of the words that hold a bit a row. */
static inline size_t cstn__stage_words(size_t rows)
{
	return (rows + 63) / 64 * sizeof(uint64_t);
}

static inline int cstn__stage_is_bad(const cstn__stage *stage, size_t row)
{
	return (int)(stage->bad[row / 64] >> row % 64 & 1);
}

/* Rows `take[0..n)` of a column as the store takes them, in `arena`; `take` NULL: the first n. */
cstn_status cstn__stage_values(const cstn__stage *stage, uint32_t field, const uint32_t *take,
		size_t n, cstn__arena *arena, cstn__values *dictionary, cstn__values *out,
		cstn_error **error);

#endif
