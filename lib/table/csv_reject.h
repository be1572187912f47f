#ifndef CSTN_TABLE_CSV_REJECT_H
#define CSTN_TABLE_CSV_REJECT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/arrow.h>
#include <constellation/status.h>

#include "base/alloc.h"
#include "base/row_errors.h"

/* At most this many rejects are kept; at most so many bytes of one raw row and of all of them. */
#define CSTN__CSV_REJECTS_KEPT 65536
#define CSTN__CSV_RAW_ROW_MAX ((size_t)1 << 20)
#define CSTN__CSV_RAW_MAX ((size_t)64 << 20)

typedef struct cstn__csv_reject {
	uint64_t line; /* physical, 1-based, on which the row begins */
	int32_t field; /* column of the schema, -1 the row */
	int32_t code;
	const char *column; /* its name; NULL the row; outlives the store */
	const char *reason; /* NULL: the value and the rule of the code */
	size_t reason_len;
	const char *raw; /* NULL: not kept */
	size_t raw_len;
} cstn__csv_reject;

/* What a reader left out, in file order. */
typedef struct cstn__csv_rejects {
	cstn_allocator allocator;
	cstn__row_sink *sink;
	cstn__arena arena;
	CSTN__ARRAY(cstn__csv_reject) items;
	size_t raw_bytes;
	uint64_t last_line;
	const char *last_raw; /* of the row on last_line, shared by its values */
	size_t last_raw_len;
} cstn__csv_rejects;

cstn_status cstn__csv_rejects_init(
		cstn__csv_rejects *rejects, const cstn_allocator *allocator, cstn_error **error);
void cstn__csv_rejects_free(cstn__csv_rejects *rejects);
/* `reject` with its texts, which are copied; value: the offending text. CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__csv_rejects_add(cstn__csv_rejects *rejects, const cstn__csv_reject *reject,
		const uint8_t *value, size_t value_len);
/* line int64, column text, reason text, raw text. */
cstn_status cstn__csv_rejects_export(
		const cstn__csv_rejects *rejects, struct ArrowArrayStream *out, cstn_error **error);

#endif
