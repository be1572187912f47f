#ifndef CSTN_NETWORK_STAGE_H
#define CSTN_NETWORK_STAGE_H

#include "base/row_errors.h"
#include "network/attributes.h"
#include "network/checks.h"
#include "table/column.h"

/* Rows of an import on their way: the stream's columns converted to what the store takes, with a
 * mark on each row that breaks a rule. */
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
} cstn__stage_column;

typedef struct cstn__stage {
	cstn_allocator allocator;
	const cstn__noun *noun;
	cstn__stage_column *columns; /* by field */
	size_t rows, capacity;
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
/* Add rows [start, start + n) of a batch, n <= 1024. */
cstn_status cstn__stage_read(cstn__stage *stage, const cstn__bound *bound, const cstn__batch *batch,
		int64_t start, int32_t n, uint64_t first_row, cstn_error **error);
/* A value of a staged row. */
void cstn__stage_cell(const cstn__stage *stage, size_t row, uint32_t field, cstn__cell *out);
/* Tell of a broken rule and mark the row. */
cstn_status cstn__stage_broken(
		cstn__stage *stage, size_t row, uint32_t field, int32_t code, cstn_error **error);
/* Forget all rows but the last `keep`, which become the first. */
void cstn__stage_keep(cstn__stage *stage, size_t keep);

static inline int cstn__stage_is_bad(const cstn__stage *stage, size_t row)
{
	return (int)(stage->bad[row / 64] >> row % 64 & 1);
}

/* Rows `take[0..n)` of a column as the store takes them, in `arena`; `take` NULL: the first n. */
cstn_status cstn__stage_values(const cstn__stage *stage, uint32_t field, const uint32_t *take,
		size_t n, cstn__arena *arena, cstn__values *dictionary, cstn__values *out,
		cstn_error **error);

#endif
