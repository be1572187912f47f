#ifndef TESTS_LINES_FIXTURE_H
#define TESTS_LINES_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/perfect_order.h>

/* Random order lines, the same for the same seed, and streams of any stretch of them. */
typedef struct fixture_line {
	int64_t order;
	int32_t number, lines_of_order, status; /* CSTN_LINE_... */
	int32_t partner;                        /* -1 = null */
	int32_t carrier;                        /* number of a text; -1 = null */
	int64_t ordered_us, promised_us, customer_us, delivered_us; /* CSTN_TIME_NULL = null */
	int64_t quantity, cancelled, delivered;                     /* CSTN_QUANTITY_NULL = null */
	int32_t damaged, wrong_item, customer_fault, documents_bad;
	int32_t cause; /* number of a text; -1 = null */
	int64_t value;
} fixture_line;

typedef struct fixture_shape {
	uint64_t seed;
	size_t orders;
	int32_t plain;       /* promises, arrivals and quantities only */
	int32_t fixed_lines; /* lines an order; 0 = 1..7 */
	int32_t days;        /* times are whole days */
} fixture_shape;

typedef struct fixture_lines {
	fixture_line *items;
	size_t count;
} fixture_lines;

fixture_lines lines_make(const fixture_shape *shape);
void lines_free(fixture_lines *lines);
void lines_shuffle(fixture_lines *lines, uint64_t seed);

#define LINES_TEXT_ID 1u /* order_id is text */
#define LINES_DAYS 2u    /* promised and delivered are dates */
#define LINES_PLAIN \
	4u /* only order_id, partner, promised, delivered, qty, qty_delivered, carrier */
#define LINES_COUNTED 8u /* with order_lines */
#define LINES_CAUSES 16u /* with late_cause and late_owner */
#define LINES_INT32 32u  /* integers as int32 */
#define LINES_VALUE 64u

/* Lines [from, to) as a stream of batches of at most batch rows (0 = all in one). */
void lines_stream(const fixture_lines *lines, size_t from, size_t to, size_t batch, uint32_t flags,
		struct ArrowArrayStream *out);

cstn_order_line lines_facts(const fixture_line *line);

/* What a result says, as one text: rates, causes and exclusions of all groups and the total. */
char *result_text(const cstn_perfect_order_result *result);
char *state_text(const cstn_perfect_order *state);

#endif
