#ifndef CSTN_TABLE_COLUMN_BINDING_H
#define CSTN_TABLE_COLUMN_BINDING_H

#include "table/binding.h"
#include "table/column.h"
#include "table/schema.h"

/* What a bound column needs beside its buffers. A column without one (made by hand) is nullable and
 * lets NaN through. */
typedef struct cstn__column_binding {
	const cstn__binding_entry *map;      /* value map; NULL none */
	const cstn__schema_column *declared; /* its missing texts; NULL none */
	cstn__time_form form;                /* of dates and times in text */
	uint8_t nullable, nan_ok;
	uint8_t fixed_zone; /* wall clock is fixed_us ahead of UTC; else cstn__column.zone */
	uint8_t reserved;
	int32_t shift; /* decimals: declared scale minus the stream's */
	int32_t reserved2;
	int64_t fixed_us;
} cstn__column_binding;

/* Text into the column's type: 0 or a CSTN_ROW_ code. */
int32_t cstn__column_parse_i64(
		const cstn__column *column, const char *text, size_t len, int64_t *out);
int32_t cstn__column_parse_f64(
		const cstn__column *column, const char *text, size_t len, double *out);
/* 10^exponent, 0..18. */
int64_t cstn__power_of_ten(int32_t exponent);
/* Wall clock to instant: 0 or CSTN_ROW_ZONE, CSTN_ROW_RANGE. */
int32_t cstn__column_from_wall(const cstn__column *column, int64_t wall_us, int64_t *out);
/* Is a row not null, in its dictionary neither? */
int cstn__column_is_valid(const cstn__column *column, int64_t row);
/* The index of a dictionary column. */
int64_t cstn__column_index(const cstn__column *column, int64_t row);
/* Those of rows [start, start + n), whatever their validity. */
void cstn__column_indices(const cstn__column *column, int64_t start, int32_t n, int64_t *out);
/* Where the text of a row lies, whatever its validity, before mapping; not for dictionaries. */
void cstn__column_raw_text(const cstn__column *column, int64_t row, const char **text, size_t *len);
/* 1 if all valid text of rows [start, start + n) is UTF-8; not for dictionaries. */
int cstn__column_text_is_utf8(const cstn__column *column, int64_t start, int64_t n);
/* A value as text for a row error; `buffer` holds what is not text. NULL: none. */
#define CSTN__VALUE_TEXT_SIZE 96
const char *cstn__column_value_text(const cstn__column *column, int64_t row,
		char buffer[CSTN__VALUE_TEXT_SIZE], size_t *len);

static inline int cstn__column_is_nullable(const cstn__column *column)
{
	return !column->binding || column->binding->nullable;
}

static inline int cstn__column_is_text(const cstn__column *column)
{
	return column->physical == CSTN__TEXT32 || column->physical == CSTN__TEXT64 ||
	       column->physical == CSTN__TEXTVIEW;
}

/* Text that a map or a list of missing texts may change. */
static inline int cstn__column_is_mapped(const cstn__column *column)
{
	return column->binding &&
	       (column->binding->map ||
			       (column->binding->declared && column->binding->declared->n_missing));
}

/* Decimals of 32 to 256 bits to a scaled int64: 0, CSTN_ROW_RANGE or CSTN_ROW_SCALE. */
int32_t cstn__decimal_narrow(const void *value, int32_t physical, int32_t shift, int64_t *out);
/* Its digits at `scale` decimals, at most 80 bytes; returns the length. */
size_t cstn__decimal_text(const void *value, int32_t physical, int32_t scale, char *out);

/* As cstn__bind_stream(), with the declared columns' own text forms, zones and missing texts. */
cstn_status cstn__bind_stream_to(struct ArrowArrayStream *stream, const cstn__column_decl *decls,
		const cstn__schema_column *declared, size_t n, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn__bound **out, cstn_error **error);

#endif
