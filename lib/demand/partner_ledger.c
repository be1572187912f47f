/* Who was right: cells whose y has come, counted and summed by group, the total first.
 *
 * Groups of the answer are those of pool and horizon that the past is kept in, split by exception
 * and joined as was asked for, in the order of horizon, pool and exception. Sums are of single
 * cells in the order of the cells. O(cells x groups of the answer's kind), which is one look-up a
 * cell. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/sort.h"
#include "base/stats.h"
#include "demand/partner_cells.h"

#define MINOR_MOST 9.2e18

typedef struct score {
	int has_costs;
	int64_t horizon;   /* 0: all */
	int64_t exception; /* -1: all */
	uint32_t pool;
	int64_t cells, a_wins, b_wins, draws, agreed, beats_a, beats_b;
	double a_loss, b_loss, a_bias, b_bias, gain, gain_squares, loss;
	double a_cost, b_cost;
} score;

typedef struct ledger {
	cstn__cells *cells;
	CSTN__ARRAY(score) scores;
	cstn__i64_map known;
} ledger;

/* --- groups ----------------------------------------------------------------------------------- */

/* The score a cell counts in beside the total; NULL: out of memory. */
static score *score_of(ledger *l, size_t i)
{
	const cstn__cell_group *group = &l->cells->groups.items[l->cells->group[i]];
	uint32_t by = l->cells->options.by, count = (uint32_t)l->scores.count, found;
	double flag = cstn__cell(l->cells, i, CSTN__CELL_EXCEPTION);
	int64_t horizon = by & CSTN_PLAN_BY_HORIZON ? group->horizon : 0;
	int64_t exception = by & CSTN_PLAN_BY_EXCEPTION ? flag > 0 || flag < 0 : -1;
	uint32_t pool = by & CSTN_PLAN_BY_POOL ? group->pool : CSTN__IDS_NONE;
	/* horizons are below 2^21 */
	int64_t key = (int64_t)((uint64_t)pool << 32 | (uint64_t)horizon << 2 |
				(uint64_t)(exception + 1));

	found = cstn__i64_map_intern(&l->known, key, count);
	if (found == CSTN__IDS_NONE || cstn__array_reserve(&l->cells->allocator, &l->scores, 1))
		return NULL;
	if (found == count) {
		score *fresh = &l->scores.items[l->scores.count++];

		memset(fresh, 0, sizeof(*fresh));
		fresh->horizon = horizon;
		fresh->exception = exception;
		fresh->pool = pool;
	}
	return &l->scores.items[found];
}

/* --- a cell ----------------------------------------------------------------------------------- */

/* Is `mine` better, worse (-1), or as good? */
static int compare(const cstn_plan_options *o, double y, double mine, double other)
{
	double draw = fabs(y) * o->draw_ppm / 1e6;

	if (draw < o->draw_units)
		draw = o->draw_units;
	if (fabs(mine - other) <= draw)
		return 0;
	return mine < other ? 1 : -1;
}

static void add_costs(const cstn__cells *cells, size_t i, score *s)
{
	double under = cstn__cell(cells, i, CSTN__CELL_UNDER);
	double over = cstn__cell(cells, i, CSTN__CELL_OVER), y = cells->set.y[i];
	double a = cstn__cell(cells, i, CSTN__CELL_A) - y;
	double b = cstn__cell(cells, i, CSTN__CELL_B) - y;

	if (isnan(under) || isnan(over))
		return;
	s->has_costs = 1;
	s->a_cost += a < 0 ? -a * under : a * over;
	s->b_cost += b < 0 ? -b * under : b * over;
}

static void add_cell(const cstn__cells *cells, size_t i, score *s)
{
	double y = cells->set.y[i], said = cstn__cell(cells, i, CSTN__CELL_CONSENSUS);
	double a = cstn__cell(cells, i, CSTN__CELL_A) - y;
	double b = cstn__cell(cells, i, CSTN__CELL_B) - y;
	int won = compare(&cells->options, y, fabs(a), fabs(b));
	double gain = fabs(b) - fabs(a), before = s->cells ? s->gain / (double)s->cells : 0;

	s->cells++;
	s->a_wins += won > 0;
	s->b_wins += won < 0;
	s->draws += won == 0;
	s->a_loss += fabs(a);
	s->b_loss += fabs(b);
	s->a_bias += a;
	s->b_bias += b;
	s->gain += gain;
	s->gain_squares += (gain - before) * (gain - s->gain / (double)s->cells); /* Welford 1962 */
	add_costs(cells, i, s);
	if (isnan(said))
		return;
	s->agreed++;
	s->loss += fabs(said - y);
	s->beats_a += compare(&cells->options, y, fabs(said - y), fabs(a)) > 0;
	s->beats_b += compare(&cells->options, y, fabs(said - y), fabs(b)) > 0;
}

/* --- out -------------------------------------------------------------------------------------- */

enum {
	HORIZON,
	POOL,
	EXCEPTION,
	CELLS,
	A_WINS,
	B_WINS,
	DRAWS,
	A_SHARE,
	SHARE_LOW,
	SHARE_HIGH,
	A_LOSS,
	B_LOSS,
	A_BIAS,
	B_BIAS,
	GAIN,
	GAIN_LOW,
	GAIN_HIGH,
	AGREED,
	LOSS,
	BEATS_A,
	BEATS_B,
	A_COST,
	B_COST,
	COLUMNS
};

static int declare(const cstn__cells *cells, cstn__table_builder *table)
{
	static const char *const names[COLUMNS] = {"horizon", "pool", "exception", "cells",
			"a_wins", "b_wins", "draws", "a_share", "a_share_low", "a_share_high",
			"a_loss", "b_loss", "a_bias", "b_bias", "gain", "gain_low", "gain_high",
			"consensus_cells", "consensus_loss", "beats_a", "beats_b", "a_cost_minor",
			"b_cost_minor"};
	int32_t pool = cells->set.n_labels ? cells->set.labels[0].type : 0;
	int failed = 0;
	int32_t c;

	for (c = 0; c < COLUMNS; c++) {
		int is_real = (c >= A_SHARE && c <= GAIN_HIGH) || c == LOSS;
		int32_t type = is_real ? CSTN_TYPE_DOUBLE : CSTN_TYPE_INT64;

		if (c == POOL)
			type = pool ? pool : CSTN_TYPE_TEXT;
		if (c == EXCEPTION)
			type = CSTN_TYPE_FLAG;
		failed |= cstn__table_add_column(table, names[c], type, 0, 1) < 0;
	}
	return failed ? -1 : 0;
}

static void put_key(const cstn__cells *cells, cstn__table_builder *table, const score *s)
{
	const cstn__ids *pools = cells->set.n_labels ? &cells->set.labels[0] : NULL;

	if (s->horizon)
		cstn__table_put_i64(table, HORIZON, s->horizon);
	else
		cstn__table_put_null(table, HORIZON);
	if (pools)
		cstn__series_put_id(table, POOL, pools, s->pool);
	else
		cstn__table_put_null(table, POOL);
	if (s->exception < 0)
		cstn__table_put_null(table, EXCEPTION);
	else
		cstn__table_put_i64(table, EXCEPTION, s->exception);
}

static cstn_status put_cost(cstn__table_builder *table, int32_t column, const score *s, double cost,
		cstn_error **error)
{
	if (!s->has_costs) {
		cstn__table_put_null(table, column);
		return CSTN_OK;
	}
	if (!(fabs(cost) < MINOR_MOST))
		return cstn__fail(error, CSTN_E_OVERFLOW, "a cost of %g is beyond an int64", cost);
	cstn__table_put_i64(table, column, (int64_t)nearbyint(cost));
	return CSTN_OK;
}

static void put_means(const cstn__cells *cells, cstn__table_builder *table, const score *s)
{
	double none = (double)NAN, n = s->cells ? (double)s->cells : none;
	double decided = (double)(s->a_wins + s->b_wins), low = none, high = none, half = none;
	double z = cstn__z_of_confidence(cells->options.confidence_ppm);

	if (decided > 0)
		cstn__wilson((double)s->a_wins / decided, decided, z, &low, &high);
	if (s->cells > 1)
		half = z * sqrt(s->gain_squares / (n - 1) / n);
	cstn__cells_put_number(table, A_SHARE, decided > 0 ? (double)s->a_wins / decided : none);
	cstn__cells_put_number(table, SHARE_LOW, low);
	cstn__cells_put_number(table, SHARE_HIGH, high);
	cstn__cells_put_number(table, A_LOSS, s->a_loss / n);
	cstn__cells_put_number(table, B_LOSS, s->b_loss / n);
	cstn__cells_put_number(table, A_BIAS, s->a_bias / n);
	cstn__cells_put_number(table, B_BIAS, s->b_bias / n);
	cstn__cells_put_number(table, GAIN, s->gain / n);
	cstn__cells_put_number(table, GAIN_LOW, s->gain / n - half);
	cstn__cells_put_number(table, GAIN_HIGH, s->gain / n + half);
	cstn__cells_put_number(table, LOSS, s->agreed ? s->loss / (double)s->agreed : none);
}

static cstn_status put_score(const cstn__cells *cells, cstn__table_builder *table, const score *s,
		cstn_error **error)
{
	const int64_t counts[] = {s->cells, s->a_wins, s->b_wins, s->draws};
	int32_t c;
	cstn_status status;

	put_key(cells, table, s);
	for (c = 0; c < 4; c++)
		cstn__table_put_i64(table, CELLS + c, counts[c]);
	put_means(cells, table, s);
	cstn__table_put_i64(table, AGREED, s->agreed);
	cstn__table_put_i64(table, BEATS_A, s->beats_a);
	cstn__table_put_i64(table, BEATS_B, s->beats_b);
	status = put_cost(table, A_COST, s, s->a_cost, error);
	return status == CSTN_OK ? put_cost(table, B_COST, s, s->b_cost, error) : status;
}

/* By horizon, pool and exception; no pool comes last. */
static int by_group(const void *left, const void *right, void *context)
{
	const uint32_t *rank = context;
	const score *a = left, *b = right;
	uint32_t p = a->pool == CSTN__IDS_NONE ? CSTN__IDS_NONE : rank[a->pool];
	uint32_t q = b->pool == CSTN__IDS_NONE ? CSTN__IDS_NONE : rank[b->pool];

	if (a->horizon != b->horizon)
		return a->horizon < b->horizon ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	return (a->exception > b->exception) - (a->exception < b->exception);
}

static cstn_status sort_scores(ledger *l, cstn_error **error)
{
	const cstn__series_set *set = &l->cells->set;
	uint32_t *rank = NULL;

	if (set->n_labels) {
		rank = cstn__ids_ranks(&set->labels[0]);
		if (!rank)
			return cstn__fail_nomem(error);
	}
	cstn__sort(l->scores.items, l->scores.count, sizeof(score), by_group, rank);
	if (rank)
		cstn__ids_list_free(&set->labels[0], rank);
	return CSTN_OK;
}

static cstn_status score_all(ledger *l, score *total, cstn_error **error)
{
	cstn__cells *cells = l->cells;
	size_t i;

	for (i = 0; i < cells->set.n; i++) {
		score *s;

		if (isnan(cells->set.y[i]) || cells->group[i] == CSTN__IDS_NONE)
			continue;
		add_cell(cells, i, total);
		if (!cells->options.by)
			continue;
		s = score_of(l, i);
		if (!s)
			return cstn__fail_nomem(error);
		add_cell(cells, i, s);
	}
	return sort_scores(l, error);
}

static cstn_status put(cstn__cells *cells, cstn__table_builder *table, cstn_error **error)
{
	ledger l;
	score total;
	cstn_status status;
	size_t i;

	memset(&l, 0, sizeof(l));
	memset(&total, 0, sizeof(total));
	total.pool = CSTN__IDS_NONE;
	total.exception = -1;
	l.cells = cells;
	cstn__i64_map_init(&l.known, &cells->allocator, 0);
	status = declare(cells, table) ? cstn__fail_nomem(error) : score_all(&l, &total, error);
	if (status == CSTN_OK)
		status = put_score(cells, table, &total, error);
	for (i = 0; i < l.scores.count && status == CSTN_OK; i++)
		status = put_score(cells, table, &l.scores.items[i], error);
	cstn__i64_map_free(&l.known);
	cstn__array_free(&cells->allocator, &l.scores);
	return status;
}

cstn_status cstn_plan_ledger(struct ArrowArrayStream *rows, const cstn_plan_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn__cells_call call = {put, allocator, out};

	return cstn__cells_run(&call, rows, options, bad_rows, error);
}
