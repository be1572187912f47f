#ifndef CSTN_TABLE_CSV_VALUE_H
#define CSTN_TABLE_CSV_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/status.h>

#include "base/alloc.h"
#include "table/schema.h"

/* Months from 1900-01 on, for dates that come by the million. */
#define CSTN__CSV_YEAR_MIN 1900
#define CSTN__CSV_YEARS 256

/* Marks, and what is computed once a reader. */
typedef struct cstn__csv_format {
	uint8_t delimiter, quote, decimal_mark, thousands_mark;
	int32_t month_days[CSTN__CSV_YEARS * 12 + 1]; /* days of the first of each month */
} cstn__csv_format;
void cstn__csv_format_init(cstn__csv_format *format);

/* A column of the file that the schema names. */
typedef struct cstn__csv_column {
	const cstn__schema_column *decl;
	cstn__time_form form; /* of dates and times; ISO 8601 unless declared */
	int32_t field;        /* number in the schema */
	uint32_t index;       /* number in the file */
	uint8_t last;         /* the last of the file: its end may be a carriage return */
	uint8_t text;         /* TEXT or BYTES */
	uint8_t null_ok;      /* null is a value; else it is a bad one */
	uint8_t bitmap;       /* nulls can come out: null_ok, or bad values become null */
} cstn__csv_column;

/* Rows of one chunk that go to rows `row` and on of a batch. */
typedef struct cstn__csv_segment {
	const uint8_t *data;       /* the window */
	const uint32_t *positions; /* positions[-1] is valid */
	const uint32_t *rows;      /* numbers of the first fields */
	uint32_t n;
	uint32_t row;
	int ascii;
	uint32_t chunk; /* its number */
	uint32_t chunk_row;
} cstn__csv_segment;

/* A value that is not one. */
typedef struct cstn__csv_bad {
	uint32_t batch;
	uint32_t row; /* of the batch */
	int32_t field;
	int32_t code;
	uint32_t begin, end; /* the value in the window, without quotes */
} cstn__csv_bad;

/* What one worker parses with. */
typedef struct cstn__csv_parser {
	const cstn_allocator *allocator;
	const cstn__csv_format *format;
	uint32_t batch; /* noted with every bad value */
	CSTN__ARRAY(cstn__csv_bad) bads;
	int failed; /* out of memory for `bads` */
} cstn__csv_parser;

/* Parse one column of a segment that is not text into `values` (FLAG: bits, zero before), clearing
 * the bits of nulls and bad values in `validity` (bits set before; NULL: a bad row is left out
 * anyway, so nothing is kept). Both start at row 0 of the batch. */
void cstn__csv_parse_column(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, void *values, uint8_t *validity);

/* Text, first pass: its length to lengths[row]; returns the sum. Nulls and bad values have 0. */
uint64_t cstn__csv_measure_text(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, int32_t *lengths, uint8_t *validity);

/* Second pass: lengths[row] becomes where the row's text ends, from `offset` on, and the text is
 * copied to `text`. `limit`: bytes before it are this worker's alone. Returns the last end. */
int32_t cstn__csv_copy_text(const cstn__csv_format *format, const cstn__csv_column *column,
		const cstn__csv_segment *segment, int32_t *lengths, int32_t offset, uint8_t *text,
		int32_t limit);

/* What a text is as a number, marks included. */
enum cstn__csv_number {
	CSTN__CSV_NO_NUMBER,
	CSTN__CSV_INTEGER,
	CSTN__CSV_DECIMAL, /* digits on both sides of the mark */
	CSTN__CSV_DOUBLE   /* an exponent, or a mark without digits beside it */
};
typedef struct cstn__csv_number_form {
	int kind;
	int leading_zero, plus; /* "007", "+1": would be lost in a number */
	int32_t whole;          /* digits before the mark */
	int32_t decimals;       /* digits after it */
	int32_t significant;    /* those without zeros at the end */
} cstn__csv_number_form;
cstn__csv_number_form cstn__csv_number_of(
		const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end);
/* 1 if an integer text fits int64. */
int cstn__csv_is_int64(const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end);
/* A flag's word, not 0 or 1: 1 or 0 for what it says, -1 for no such word. */
int cstn__csv_flag_of(const uint8_t *begin, const uint8_t *end);

/* One value, for the tests and the header: *begin .. *end without quotes. 1 if it was quoted. */
int cstn__csv_unquote(uint8_t quote, const uint8_t **begin, const uint8_t **end);
/* The text of a quoted value with doubled quotes made single; returns the length (at most end -
 * begin). */
size_t cstn__csv_undouble(uint8_t quote, const uint8_t *begin, const uint8_t *end, uint8_t *out);

#endif
