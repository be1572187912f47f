/* The order lines that every engine gets, and the answers that a plain loop finds in them.
 *
 * A line is a function of its number and nothing else (a counter-based generator: the finaliser of
 * Steele, Lea and Flood 2014 over number and purpose), so that the lines are the same on every
 * machine, and any of them can be had in any order without the others. */
#include <string.h>

#include "bench.h"

/* Lines come in bundles of four orders: so the order of a line is known without counting. */
#define BUNDLE_LINES 20
#define BUNDLE_ORDERS 4
#define LAYOUTS 8
#define FIRST_ORDER 10000000
/* 2024-01-01 as days since 1970-01-01 */
#define FIRST_DAY 19723
#define LATE_PPM 50000
#define SHORT_PPM 31600

/* What a number is drawn for. */
enum purpose {
	FOR_LAYOUT = 1,
	FOR_PARTNER,
	FOR_MONTH,
	FOR_DAY,
	FOR_QUANTITY,
	FOR_LATE,
	FOR_SHORT,
	FOR_DAYS,
	FOR_MISSING,
	FOR_ROUND
};

struct line {
	int64_t order_id;
	int32_t line_number;
	int32_t partner;
	int32_t month;
	int32_t promised;
	int32_t delivered;
	int32_t qty;
	int32_t qty_delivered;
};

static const uint8_t layouts[LAYOUTS][BUNDLE_ORDERS] = {{5, 5, 5, 5}, {1, 9, 4, 6}, {3, 7, 2, 8},
		{6, 4, 5, 5}, {1, 1, 8, 10}, {12, 3, 1, 4}, {2, 5, 6, 7}, {4, 4, 9, 3}};
static const int32_t month_days[BENCH_MONTHS] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static uint64_t draw(enum purpose purpose, uint64_t number)
{
	uint64_t x = number * UINT64_C(0x9e3779b97f4a7c15) +
		     (uint64_t)purpose * UINT64_C(0xd1342543de82ef95);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static int32_t below(enum purpose purpose, uint64_t number, uint32_t limit)
{
	return (int32_t)(((draw(purpose, number) >> 32) * limit) >> 32);
}

static struct line make_line(int64_t number)
{
	struct line line;
	uint64_t bundle = (uint64_t)number / BUNDLE_LINES, order = bundle * BUNDLE_ORDERS;
	uint64_t at = (uint64_t)number;
	int32_t rest = (int32_t)((uint64_t)number % BUNDLE_LINES), month;
	const uint8_t *layout = layouts[draw(FOR_LAYOUT, bundle) % LAYOUTS];
	int32_t first_day = FIRST_DAY;

	while (rest >= *layout) {
		rest -= *layout++;
		order++;
	}
	month = below(FOR_MONTH, order, BENCH_MONTHS);
	for (int32_t m = 0; m < month; m++)
		first_day += month_days[m];
	line.order_id = FIRST_ORDER + (int64_t)order;
	line.line_number = rest + 1;
	line.partner = below(FOR_PARTNER, order, BENCH_PARTNERS);
	line.month = month + 1;
	line.promised = first_day + below(FOR_DAY, order, (uint32_t)month_days[month]);
	line.qty = 1 + below(FOR_QUANTITY, at, 499);
	if (below(FOR_LATE, at, 1000000) < LATE_PPM)
		line.delivered = line.promised + 1 + below(FOR_DAYS, at, 9);
	else
		line.delivered = line.promised - below(FOR_DAYS, at, 5);
	line.qty_delivered = line.qty;
	if (below(FOR_SHORT, at, 1000000) < SHORT_PPM)
		line.qty_delivered -= 1 + below(FOR_MISSING, at, (uint32_t)line.qty);
	return line;
}

/* A permutation of 0 .. n - 1 (a Feistel network of four rounds over the next power of four, walked
 * until it falls inside): shuffled lines without a table. */
static int64_t shuffled(int64_t number, int64_t n)
{
	uint32_t half = 1;
	uint64_t mask, x = (uint64_t)number;

	while ((UINT64_C(1) << (2 * half)) < (uint64_t)n)
		half++;
	mask = (UINT64_C(1) << half) - 1;
	do {
		uint64_t left = x >> half, right = x & mask;

		for (uint64_t round = 0; round < 4; round++) {
			uint64_t mixed = draw(FOR_ROUND, (round << 32) | right) & mask;
			uint64_t next = left ^ mixed;

			left = right;
			right = next;
		}
		x = left << half | right;
	} while (x >= (uint64_t)n);
	return (int64_t)x;
}

void bench_lines_fill(const struct bench_columns *out, int64_t n, int32_t shuffle)
{
	for (int64_t i = 0; i < n; i++) {
		struct line line = make_line(shuffle ? shuffled(i, n) : i);

		out->order_id[i] = line.order_id;
		out->line_number[i] = line.line_number;
		out->partner[i] = line.partner;
		out->month[i] = line.month;
		out->promised[i] = line.promised;
		out->delivered[i] = line.delivered;
		out->qty[i] = line.qty;
		out->qty_delivered[i] = line.qty_delivered;
	}
}

void bench_lines_answer(int64_t n, struct bench_cell cells[BENCH_CELLS])
{
	int failed = 0;

	memset(cells, 0, BENCH_CELLS * sizeof(*cells));
	for (int64_t i = 0; i < n; i++) {
		struct line line = make_line(i);
		struct bench_cell *cell = &cells[line.partner * BENCH_MONTHS + line.month - 1];
		int late = line.delivered > line.promised;
		int incomplete = line.qty_delivered != line.qty;

		failed |= late || incomplete;
		cell->lines++;
		cell->perfect_lines += !late && !incomplete;
		cell->late += late;
		cell->incomplete += incomplete;
		cell->late_and_incomplete += late && incomplete;
		if (i + 1 == n || make_line(i + 1).order_id != line.order_id) {
			cell->orders++;
			cell->perfect_orders += !failed;
			failed = 0;
		}
	}
}
