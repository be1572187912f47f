#ifndef TESTS_WIDE_LINES_H
#define TESTS_WIDE_LINES_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/perfect_order.h>

#include "arrow_maker.h"
#include "fulfilment/perfect_order_update.h"

/* Random order lines with every column the kernel reads, the same for the same seed; streams of
 * any stretch of them in random physical types; and the facts of a line for its judgement. */

#define WIDE_BASE INT64_C(1500000000000000)
#define WIDE_AS_OF (WIDE_BASE + 220 * CSTN_DAY_US)
/* the columns of the kernel, then two dimensions */
#define WIDE_PARTNER CSTN__COL_COUNT
#define WIDE_CARRIER (CSTN__COL_COUNT + 1)
#define WIDE_COLUMNS (CSTN__COL_COUNT + 2)

enum { WIDE_KEY, WIDE_INT, WIDE_TIME, WIDE_QUANTITY, WIDE_FLAG, WIDE_TEXT };

typedef struct wide_value {
	int64_t number;
	const char *text;
	int null;
} wide_value;

typedef struct wide_line {
	wide_value of[WIDE_COLUMNS];
} wide_line;

typedef struct wide_lines {
	wide_line *items;
	size_t count;
	int has[WIDE_COLUMNS]; /* the streams have the column */
	int kind[WIDE_COLUMNS];
	char *texts; /* of keys */
	int text_keys;
} wide_lines;

typedef struct wide_random {
	uint64_t seed, at;
} wide_random;

uint64_t wide_draw(wide_random *random, uint64_t below);
/* `calm`: few exceptions, so that whole words of lines are regular. */
void wide_make(wide_lines *lines, wide_random *random, int calm, const char *digest);
void wide_free(wide_lines *lines);
void wide_sort(wide_lines *lines, int column);
void wide_shuffle(wide_lines *lines, wide_random *random);

typedef struct wide_stream wide_stream;
/* Lines [from, to) in batches of `batch` rows. The stream may be used once; free it after use. */
wide_stream *wide_stream_make(const wide_lines *lines, size_t from, size_t to, size_t batch,
		wide_random *random, struct ArrowArrayStream *out);
void wide_stream_free(wide_stream *stream);

cstn_order_line wide_facts(const wide_lines *lines, const wide_line *line);

#endif
