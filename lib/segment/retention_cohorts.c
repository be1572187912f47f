/* Cohorts: customers by the period of their first purchase, followed period by period.
 *
 * Periods are numbers, so that an age is a difference. One pass finds which cohorts there are, one
 * adds up their cells. A cell is shown if its period is over on as_of_days and does not lie before
 * the log. */
#include <string.h>

#include "base/civil.h"
#include "base/radix.h"
#include "segment/retention.h"

#define CELLS_MOST ((int64_t)1 << 24)
/* All their days are int32. */
#define YEAR_LEAST (-5877640)
#define YEAR_MOST 5881579

typedef struct cohort_cell {
	int64_t active, orders;
	cstn__i128 revenue;
} cohort_cell;

typedef struct cohort {
	int64_t period, size;
	int has_unknown; /* a customer whose true first purchase nobody told */
} cohort;

typedef struct cohorts {
	cstn__walk *walk;
	cstn__order_list seen;
	CSTN__ARRAY(uint64_t) periods; /* of all customers, then the distinct ones */
	cohort *list;
	size_t n, list_size, cells_size;
	int64_t ages, log_begin, last; /* periods; `last` that of as_of_days */
	cohort_cell *cells;
} cohorts;

/* --- periods ---------------------------------------------------------------------------------- */

static int64_t period_of(const cstn_retention_question *q, int32_t day)
{
	int32_t year, month, of_month;

	switch (q->period) {
	case CSTN_RETENTION_DAY:
		return day;
	case CSTN_RETENTION_WEEK:
		return cstn__floor_div((int64_t)day - q->period_origin_days, 7);
	default:
		cstn__civil_of(day, &year, &month, &of_month);
		return q->period == CSTN_RETENTION_QUARTER ? (int64_t)year * 4 + (month - 1) / 3
							   : (int64_t)year * 12 + month - 1;
	}
}

/* The day a period begins on; at the ends of int32 one beyond, or the first. */
static int64_t begin_of(const cstn_retention_question *q, int64_t period)
{
	int32_t months = q->period == CSTN_RETENTION_QUARTER ? 3 : 1;
	int64_t year = cstn__floor_div(period * months, 12), month = period * months - year * 12;

	if (q->period == CSTN_RETENTION_DAY)
		return period;
	if (q->period == CSTN_RETENTION_WEEK)
		return period * 7 + q->period_origin_days;
	if (year < YEAR_LEAST)
		return INT32_MIN;
	if (year > YEAR_MOST)
		return (int64_t)INT32_MAX + 1;
	return cstn__days_of((int32_t)year, (int32_t)month + 1, 1);
}

/* --- which cohorts ---------------------------------------------------------------------------- */

static int is_in(const cohorts *run, const cstn__shopper *shopper)
{
	return shopper->first <= run->walk->question.as_of_days;
}

static int collect(cohorts *run)
{
	const cstn_allocator *allocator = &run->walk->state->allocator;
	const cstn_retention_question *q = &run->walk->question;
	int32_t begin = CSTN__NO_DAY;
	cstn__shopper shopper;

	while (cstn__walk_next(run->walk, &shopper)) {
		if (shopper.n_days && shopper.days[0].day < begin)
			begin = shopper.days[0].day;
		if (!is_in(run, &shopper))
			continue;
		if (cstn__array_reserve(allocator, &run->periods, 1))
			return -1;
		run->periods.items[run->periods.count++] =
				cstn__radix_of_i64(period_of(q, shopper.first));
	}
	run->log_begin = period_of(q, begin);
	run->last = period_of(q, q->as_of_days);
	return 0;
}

static cstn_status make_list(cohorts *run, cstn_error **error)
{
	const cstn_allocator *allocator = &run->walk->state->allocator;
	size_t n = run->periods.count, i, scratch_size = cstn__array_size(n + 1, 8);
	uint64_t *scratch = cstn__alloc(allocator, scratch_size);

	if (scratch)
		cstn__radix_sort(run->periods.items, scratch, n);
	cstn__free(allocator, scratch, scratch_size);
	for (i = 0; i < n; i++)
		if (i == 0 || run->periods.items[i] != run->periods.items[i - 1])
			run->n++;
	run->list_size = cstn__array_size(run->n + 1, sizeof(*run->list));
	run->list = cstn__alloc_zero(allocator, run->list_size);
	if (!scratch || !run->list)
		return cstn__fail_nomem(error);
	for (i = 0, run->n = 0; i < n; i++) {
		if (i == 0 || run->periods.items[i] != run->periods.items[i - 1])
			run->list[run->n++].period = cstn__radix_to_i64(run->periods.items[i]);
		run->list[run->n - 1].size++;
	}
	if (!run->n)
		return CSTN_OK;
	run->ages = run->last - run->list[0].period + 1;
	if (run->walk->question.ages && run->walk->question.ages < run->ages)
		run->ages = (int64_t)run->walk->question.ages + 1;
	if (run->ages > CELLS_MOST / (int64_t)run->n)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%zu cohorts of %lld ages are more than 2^24 cells; ask for longer "
				"periods or fewer ages",
				run->n, (long long)run->ages);
	run->cells_size = run->n * (size_t)run->ages * sizeof(*run->cells);
	run->cells = cstn__alloc_zero(allocator, run->cells_size);
	return run->cells ? CSTN_OK : cstn__fail_nomem(error);
}

/* --- cells ------------------------------------------------------------------------------------ */

static size_t cohort_of(const cohorts *run, int64_t period)
{
	size_t low = 0, high = run->n - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (run->list[middle].period < period)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The facts of one customer in one period. */
static cstn_status add_period(cohorts *run, cohort_cell *cell, const cstn__fact *facts, size_t n,
		int was_told, cstn_error **error)
{
	int64_t orders = 0;
	int active = was_told;
	size_t i;
	cstn_status status =
			cstn__orders_of(run->walk->state, facts, n, &run->seen, &orders, error);

	for (i = 0; i < n; i++) {
		active |= facts[i].purchases != 0;
		cell->revenue += facts[i].amount;
	}
	cell->active += active;
	cell->orders += orders;
	return status;
}

static cstn_status add_shopper(cohorts *run, const cstn__shopper *shopper, cstn_error **error)
{
	const cstn_retention_question *q = &run->walk->question;
	int64_t first = period_of(q, shopper->first);
	size_t at = cohort_of(run, first), i = 0, end;
	cohort_cell *cells = run->cells + at * (size_t)run->ages;
	/* a first purchase that was told is a purchase day of its period */
	int told = shopper->told != CSTN__NO_DAY;
	cstn_status status = CSTN_OK;

	run->list[at].has_unknown |=
			cstn__retention_told(run->walk->state, shopper->number) == CSTN__NO_DAY;
	for (; i < shopper->n_days && status == CSTN_OK; i = end) {
		int64_t period = period_of(q, shopper->days[i].day),
			begin = begin_of(q, period + 1);

		for (end = i + 1; end < shopper->n_days && shopper->days[end].day < begin; end++)
			;
		if (period >= first && period - first < run->ages)
			status = add_period(run, &cells[period - first], shopper->days + i, end - i,
					told && period == first, error);
		told &= period != first;
	}
	cells[0].active += told;
	return status;
}

/* --- table ------------------------------------------------------------------------------------ */

static int is_observed(const cohorts *run, int64_t period)
{
	const cstn_retention_question *q = &run->walk->question;

	return period >= run->log_begin && period <= run->last &&
	       (period < run->last || begin_of(q, period + 1) - 1 <= q->as_of_days);
}

static cstn_status put_cells(
		const cohorts *run, size_t at, cstn__table_builder *out, cstn_error **error)
{
	const cohort *one = &run->list[at];
	const cohort_cell *cells = run->cells + at * (size_t)run->ages;
	int64_t age, revenue = 0;
	int32_t column;

	for (age = 0; age < run->ages; age++) {
		cstn__table_put_i64(out, 0, begin_of(&run->walk->question, one->period));
		cstn__table_put_i64(out, 1, age);
		cstn__table_put_i64(out, 2, one->size);
		cstn__table_put_i64(out, 6, one->period == run->log_begin && one->has_unknown);
		if (!is_observed(run, one->period + age)) {
			for (column = 3; column < 6; column++)
				cstn__table_put_null(out, column);
			continue;
		}
		if (cstn__narrow_i64(cells[age].revenue, &revenue))
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"the revenue of a cohort leaves int64");
		cstn__table_put_i64(out, 3, cells[age].active);
		cstn__table_put_i64(out, 4, cells[age].orders);
		cstn__table_put_i64(out, 5, revenue);
	}
	return CSTN_OK;
}

static cstn_status fill(cohorts *run, cstn__table_builder *out, cstn_error **error)
{
	cstn__shopper shopper;
	cstn_status status;
	size_t i;

	if (collect(run))
		return cstn__fail_nomem(error);
	status = make_list(run, error);
	run->walk->day = run->walk->good = 0;
	while (status == CSTN_OK && cstn__walk_next(run->walk, &shopper))
		if (is_in(run, &shopper))
			status = add_shopper(run, &shopper, error);
	for (i = 0; i < run->n && status == CSTN_OK; i++)
		status = put_cells(run, i, out, error);
	return status;
}

cstn_status cstn__retention_cohorts(cstn__walk *walk, cstn__table_builder *out, cstn_error **error)
{
	const cstn_allocator *allocator = &walk->state->allocator;
	cstn_status status;
	cohorts run;

	memset(&run, 0, sizeof(run));
	run.walk = walk;
	if (cstn__table_add_column(out, "cohort", CSTN_TYPE_DAYS, 0, 0) < 0 ||
			cstn__table_add_column(out, "age", CSTN_TYPE_INT64, 0, 0) < 0 ||
			cstn__table_add_column(out, "size", CSTN_TYPE_INT64, 0, 0) < 0 ||
			cstn__table_add_column(out, "active", CSTN_TYPE_INT64, 0, 1) < 0 ||
			cstn__table_add_column(out, "orders", CSTN_TYPE_INT64, 0, 1) < 0 ||
			cstn__table_add_column(out, "revenue", CSTN_TYPE_DECIMAL,
					cstn__retention_scale(walk->state), 1) < 0 ||
			cstn__table_add_column(out, "first_in_log", CSTN_TYPE_FLAG, 0, 0) < 0)
		return cstn__fail_nomem(error);
	status = fill(&run, out, error);
	cstn__array_free(allocator, &run.seen);
	cstn__array_free(allocator, &run.periods);
	cstn__free(allocator, run.list, run.list_size);
	cstn__free(allocator, run.cells, run.cells_size);
	return status;
}
