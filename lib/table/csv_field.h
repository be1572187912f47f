#ifndef CSTN_TABLE_CSV_FIELD_H
#define CSTN_TABLE_CSV_FIELD_H

#include "table/csv_value.h"

/* A field without quotes: 0 and its value, or CSTN_ROW_...; then what is in *value is of no
 * account. */
int cstn__csv_field_i64(const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end,
		int64_t *value);
int cstn__csv_field_i32(const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end,
		int32_t *value);
int cstn__csv_field_decimal(const cstn__csv_format *format, const uint8_t *begin,
		const uint8_t *end, int32_t scale, int64_t *value);
int cstn__csv_field_double(const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end,
		double *value);
int cstn__csv_field_time(const cstn__csv_column *column, const uint8_t *begin, const uint8_t *end,
		int64_t *us);
int cstn__csv_field_days(const cstn__csv_column *column, const uint8_t *begin, const uint8_t *end,
		int32_t *days);
int cstn__csv_field_flag(const uint8_t *begin, const uint8_t *end, int *value);

#endif
