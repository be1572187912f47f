#ifndef TESTS_COLUMN_READER_H
#define TESTS_COLUMN_READER_H

#include <check.h>
#include <string.h>

#include "arrow_maker.h"
#include "table/column.h"

/* One column 'x' of one small batch, bound and read; and columns and bindings to try. */

#define ACCEPT(type) CSTN__ACCEPT(CSTN_TYPE_##type)

typedef struct reader {
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch batch;
	cstn__row_sink *sink;
	int64_t numbers[64];
	double reals[64];
	uint64_t valid[1], bad[1];
} reader;

void open_reader(reader *to, const maker_column *column, const cstn__column_decl *decl,
		const cstn_binding *binding);
/* The first row is row 1,000 of the stream. */
void read_all(reader *to);
/* The row errors as "row:code:value ", each. */
const char *told(const reader *from);
void close_reader(reader *from);

#define EXPECT(from, wanted_valid, wanted_bad, wanted_told)        \
	do {                                                       \
		ck_assert_uint_eq((from)->valid[0], wanted_valid); \
		ck_assert_uint_eq((from)->bad[0], wanted_bad);     \
		ck_assert_str_eq(told(from), wanted_told);         \
	} while (0)

cstn_binding *new_binding(void);
/* A column of fixed width values without nulls. */
maker_column fixed(const char *format, const void *values, int64_t n);
/* A utf8 column out of words with '/' between them. */
maker_column words(const char *text, int32_t ends[64], char bytes[512]);

#endif
