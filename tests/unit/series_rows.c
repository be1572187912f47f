/* Numbers beside the rows of series lie by series, period and column, however the rows came. */
#include <math.h>

#include "base/stats.h"
#include "demand/series.h"
#include "suite.h"

#define SERIES 7
#define PERIODS 300
#define ROWS (SERIES * PERIODS)
#define NUMBERS 3

/* How rows come: in order, by period, in no order. */
enum { BY_SERIES, BY_PERIOD, SHUFFLED, ORDERS };

static double number_of(uint64_t key, uint64_t period, uint64_t column)
{
	return cstn__random_unit(column + 1, key * 1000 + period);
}

static void order_rows(int how, uint32_t *order)
{
	uint32_t i;

	for (i = 0; i < ROWS; i++)
		order[i] = how == BY_PERIOD ? i % SERIES * PERIODS + i / SERIES : i;
	for (i = ROWS - 1; i > 0 && how == SHUFFLED; i--) {
		uint32_t other = (uint32_t)(cstn__random_unit(9, i) * (i + 1)), was = order[i];

		order[i] = order[other];
		order[other] = was;
	}
}

/* Row i of `order` is period i % PERIODS of series i / PERIODS. `skip`: that row does not come;
 * `bad`: its y is beyond all ranges. ROWS: none is. Batches of so many rows. */
static struct ArrowArrayStream rows_of(
		const uint32_t *order, uint32_t skip, uint32_t bad, int64_t batch)
{
	static const char *const names[] = {"unique_id", "ds", "y", "n0", "n1", "n2"};
	static const int32_t types[] = {CSTN_TYPE_INT64, CSTN_TYPE_INT64, CSTN_TYPE_DOUBLE,
			CSTN_TYPE_DOUBLE, CSTN_TYPE_DOUBLE, CSTN_TYPE_DOUBLE};
	cstn__table_builder *table = NULL;
	struct ArrowArrayStream out;
	int32_t c;
	size_t i;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	for (c = 0; c < 3 + NUMBERS; c++)
		ck_assert_int_eq(cstn__table_add_column(table, names[c], types[c], 0, 0), c);
	cstn__table_set_limits(table, batch, INT32_MAX);
	for (i = 0; i < ROWS; i++) {
		uint32_t key = order[i] / PERIODS, period = order[i] % PERIODS;

		if (order[i] == skip)
			continue;
		cstn__table_put_i64(table, 0, (int64_t)key + 50);
		cstn__table_put_i64(table, 1, period);
		cstn__table_put_f64(table, 2, order[i] == bad ? 1e301 : (double)order[i]);
		for (c = 0; c < NUMBERS; c++)
			cstn__table_put_f64(table, 3 + c, number_of(key, period, (uint64_t)c));
	}
	ck_assert_int_eq(cstn__table_export(table, &out, NULL), CSTN_OK);
	return out;
}

static void expect_numbers(const cstn__series_set *set, uint32_t skip, int is_kept)
{
	size_t k, i, c;

	for (k = 0; k < set->series.count; k++) {
		const cstn__series *s = &set->series.items[k];
		uint64_t key = (uint64_t)(cstn__ids_number(&set->keys, s->key) - 50);

		for (i = 0; i < s->n; i++) {
			size_t at = s->start + i;
			uint64_t period = is_kept ? (uint64_t)set->period[at]
						  : (uint64_t)s->first + i;
			int is_gap = !is_kept && key * PERIODS + period == skip;

			ck_assert(set->y[at] == (is_gap ? 0 : (double)(key * PERIODS + period)));
			for (c = 0; c < NUMBERS; c++)
				ck_assert(set->numbers[c * set->n + at] ==
						(is_gap ? 0 : number_of(key, period, c)));
		}
	}
}

START_TEST(numbers_lie_by_series_period_and_column)
{
	static const cstn__column_decl numbers[NUMBERS] = {
			{"n0", CSTN__ACCEPT(CSTN_TYPE_DOUBLE), -1, 1, 0, 0, 0},
			{"n1", CSTN__ACCEPT(CSTN_TYPE_DOUBLE), -1, 1, 0, 0, 0},
			{"n2", CSTN__ACCEPT(CSTN_TYPE_DOUBLE), -1, 1, 0, 0, 0}};
	/* none; a whole series less; a period less; the last one less */
	static const uint32_t wrong[][2] = {{ROWS, ROWS}, {ROWS, 2 * PERIODS + 7},
			{3 * PERIODS + 5, ROWS}, {ROWS - 1, ROWS}};
	static const int64_t batches[] = {512, 1024, 1 << 20};
	static uint32_t order[ROWS];
	cstn_allocator memory;
	size_t how, w, b, values;
	int kept;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	for (how = 0; how < ORDERS; how++) {
		order_rows((int)how, order);
		for (w = 0; w < 4; w++)
			for (b = 0; b < 3; b++)
				for (kept = 0; kept < 2; kept++) {
					struct ArrowArrayStream rows = rows_of(order, wrong[w][0],
							wrong[w][1], batches[b]);
					cstn__series_reader reader = {.period = CSTN_PERIOD_NUMBER,
							.gap = kept ? CSTN__GAP_KEPT
								    : CSTN_GAP_ZERO,
							.numbers = numbers,
							.n_numbers = NUMBERS};
					cstn__series_set set;
					cstn__row_sink *sink = NULL;

					ck_assert_int_eq(cstn__series_read(&set, &reader, &rows,
									 &memory, &sink, NULL),
							CSTN_OK);
					values = w == 1                       ? ROWS - PERIODS
						 : w == 3 || (w == 2 && kept) ? ROWS - 1
									      : ROWS;
					ck_assert_uint_eq(set.series.count,
							w == 1 ? SERIES - 1 : SERIES);
					ck_assert_uint_eq(set.n, values);
					expect_numbers(&set, wrong[w][0], kept);
					cstn__row_sink_free(sink);
					cstn__series_free(&set);
					rows.release(&rows);
				}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {numbers_lie_by_series_period_and_column};

	return run_tests("series_rows", tests, 1);
}
