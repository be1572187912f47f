/* Orders that a consensus asks for: packs that lift the position to a quantile of the demand until
 * the order after next one arrives, period by period.
 *
 * Stock is expected stock; its risk is that of all demand since the first period against all
 * supply, as counts with the sum of the means and of the variances. O(periods x window), a quantile
 * an order. */
#include <math.h>
#include <string.h>

#include <constellation/demand_plan.h>

#include "base/error.h"
#include "demand/count.h"
#include "demand/series.h"
#include "table/rows_call.h"

#define NUMBER                                                            \
	(CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) | \
			CSTN__ACCEPT(CSTN_TYPE_DECIMAL))
#define WHOLE (CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_FLAG))
#define LEAD_MOST 1024
#define LEVEL_PPM 950000 /* if nobody says */
#define LARGEST 1e15
#define NEARLY 1e-9
#define DISPERSION_MOST 1e6

enum { SD, RECEIPT, CAN_ORDER, ON_HAND, PACK, MINIMUM, MAXIMUM, LEAD, NUMBERS };

static const cstn__column_decl numbers[NUMBERS] = {
		[SD] = {"sd", NUMBER, -1, 0, 1, 0, 0},
		[RECEIPT] = {"receipt", NUMBER, -1, 0, 1, 0, 0},
		[CAN_ORDER] = {"can_order", WHOLE, -1, 0, 1, 0, 0},
		[ON_HAND] = {"on_hand", NUMBER, -1, 0, 1, 0, 0},
		[PACK] = {"pack", NUMBER, -1, 0, 1, 0, 0},
		[MINIMUM] = {"minimum", NUMBER, -1, 0, 1, 0, 0},
		[MAXIMUM] = {"maximum", NUMBER, -1, 0, 1, 0, 0},
		[LEAD] = {"lead", CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 0, 1, 0, 0},
};

typedef struct planning {
	cstn_allocator allocator;
	cstn_plan_order_options options;
	cstn__series_set set;
	cstn__row_sink *sink;
	cstn__table_builder *table;
	double *arriving; /* of the periods of an item */
	size_t capacity;
} planning;

/* One item. */
typedef struct item {
	const planning *plan;
	size_t start, n, lead;
	double on_hand, pack, minimum, maximum, ordered;
} item;

static double number(const planning *plan, size_t i, int column, double absent)
{
	double value = plan->set.numbers[(size_t)column * plan->set.n + i];

	return isnan(value) ? absent : value;
}

/* --- demand ----------------------------------------------------------------------------------- */

static double variance(const planning *plan, size_t i)
{
	double sd = number(plan, i, SD, -1);

	return sd < 0 ? plan->set.y[i] : sd * sd;
}

static double dispersion(double mean, double spread)
{
	double found = spread > mean && mean > 0 ? (spread - mean) / mean / mean : 0.0;

	return found < DISPERSION_MOST ? found : DISPERSION_MOST;
}

/* Q_u of the demand of periods [from, end). */
static double covered(const item *it, size_t from, size_t end)
{
	const planning *plan = it->plan;
	double mean = 0, spread = 0, level = plan->options.level_ppm / 1e6, q;
	size_t t;

	for (t = from; t < end; t++) {
		mean += plan->set.y[it->start + t];
		spread += variance(plan, it->start + t);
	}
	cstn__count_quantiles(mean, dispersion(mean, spread), &level, 1, &q);
	return q;
}

static double risk(double mean, double spread, double supply)
{
	double below, at;

	if (supply < 0)
		return 1.0;
	cstn__count_cdf(mean, dispersion(mean, spread), floor(supply), &below, &at);
	return 1 - at > 0 ? 1 - at : 0.0;
}

/* --- orders ----------------------------------------------------------------------------------- */

static int can_order(const item *it, size_t t)
{
	double said = number(it->plan, it->start + t, CAN_ORDER, (double)NAN);

	if (isnan(said))
		return t % (size_t)it->plan->options.review == 0;
	return said > 0 || said < 0;
}

/* The period of the next order; n: not in these rows. */
static size_t next_order(const item *it, size_t t)
{
	size_t next;

	for (next = t + 1; next < it->n && !can_order(it, next); next++)
		;
	if (next == it->n && isnan(number(it->plan, it->start + t, CAN_ORDER, (double)NAN))) {
		size_t review = (size_t)it->plan->options.review;

		next = t + review - t % review;
	}
	return next;
}

/* Packs that are nothing beside the amount are no packs. */
static double packs_up(double amount, double pack)
{
	double packs = amount / pack;

	return packs < LARGEST ? ceil(packs - NEARLY) * pack : amount;
}

static double in_packs(const item *it, double need)
{
	double order;

	if (!(need > 0))
		return 0;
	order = packs_up(need, it->pack);
	if (order < it->minimum)
		order = packs_up(it->minimum, it->pack);
	if (order > it->maximum)
		order = it->maximum / it->pack < LARGEST
					? floor(it->maximum / it->pack + NEARLY) * it->pack
					: it->maximum;
	return order;
}

/* Behind key, period and number. */
enum { MEAN = 3, POSITION, TARGET, ORDER, ARRIVING, STOCK, STOCK_OUT };

static void put_or_null(planning *plan, int32_t column, int is_known, double value)
{
	if (is_known)
		cstn__table_put_f64(plan->table, column, value + 0.0);
	else
		cstn__table_put_null(plan->table, column);
}

/* An order at the start of period t; demand before it was `past`. */
static void put_order(planning *plan, item *it, size_t t, double past)
{
	int is_open = can_order(it, t), is_known = 0;
	double position = it->on_hand + it->ordered - past, target = 0, order = 0;
	size_t end, s;

	if (is_open) {
		end = next_order(it, t) + it->lead;
		for (s = 0; s < it->n && s < end; s++)
			position += number(plan, it->start + s, RECEIPT, 0);
		is_known = next_order(it, t) < it->n ? end <= it->n : end == it->n;
		if (is_known) {
			target = covered(it, t, end);
			order = in_packs(it, target - position);
			it->ordered += order;
			plan->arriving[t + it->lead] += order;
		}
	}
	put_or_null(plan, POSITION, is_open, position);
	put_or_null(plan, TARGET, is_known, target);
	put_or_null(plan, ORDER, is_known, order);
}

static void put_item(planning *plan, item *it, const cstn__series *series)
{
	const cstn__series whole = {series->key, series->start, 0, series->first, 0, 0};
	double past = 0, spread = 0, supply = it->on_hand;
	size_t t;

	memset(plan->arriving, 0, it->n * sizeof(double));
	for (t = 0; t < it->n; t++) {
		size_t i = it->start + t;
		double arriving;

		put_order(plan, it, t, past);
		arriving = plan->arriving[t] + number(plan, i, RECEIPT, 0);
		supply += arriving;
		past += plan->set.y[i];
		spread += variance(plan, i);
		cstn__series_put_ahead(&plan->set, &whole, t, plan->table);
		cstn__table_put_f64(plan->table, MEAN, plan->set.y[i]);
		cstn__table_put_f64(plan->table, ARRIVING, arriving);
		cstn__table_put_f64(plan->table, STOCK, supply - past);
		cstn__table_put_f64(plan->table, STOCK_OUT, risk(past, spread, supply));
	}
}

/* --- items ------------------------------------------------------------------------------------ */

static cstn_status refuse(planning *plan, size_t i, int column, const char *name, int32_t code,
		cstn_error **error)
{
	return cstn__series_refuse_value(&plan->set, i, plan->sink, column, name, code) == CSTN_OK
			       ? CSTN_OK
			       : cstn__fail_nomem(error);
}

/* 1: all numbers of the item keep the rules. */
static int check_item(
		planning *plan, const cstn__series *series, cstn_status *status, cstn_error **error)
{
	size_t i, c;

	for (i = series->start; i < series->start + series->n; i++) {
		if (plan->set.y[i] < 0 || plan->set.y[i] > LARGEST) {
			*status = refuse(plan, i, 2, "mean", CSTN_ROW_RANGE, error);
			return 0;
		}
		for (c = 0; c < NUMBERS; c++) {
			double value = number(plan, i, (int)c, c == PACK ? 1.0 : 0.0);
			double most = c == LEAD ? LEAD_MOST : LARGEST;

			if ((value >= 0 || c == CAN_ORDER || c == ON_HAND) && fabs(value) <= most &&
					(c != PACK || value > 0))
				continue;
			*status = refuse(plan, i, 3 + (int)c, numbers[c].name, CSTN_ROW_RANGE,
					error);
			return 0;
		}
	}
	return 1;
}

static cstn_status plan_item(planning *plan, const cstn__series *series, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i = series->start;
	item it = {plan, i, series->n, 0, 0, 0, 0, 0, 0};

	if (!check_item(plan, series, &status, error))
		return status;
	if (plan->capacity < series->n &&
			cstn__array_grow(&plan->allocator, &plan->arriving, &plan->capacity,
					series->n, sizeof(double)))
		return cstn__fail_nomem(error);
	it.lead = (size_t)number(plan, i, LEAD, plan->options.lead);
	it.on_hand = number(plan, i, ON_HAND, 0);
	it.pack = number(plan, i, PACK, 1);
	it.minimum = number(plan, i, MINIMUM, 0);
	it.maximum = number(plan, i, MAXIMUM, (double)INFINITY);
	put_item(plan, &it, series);
	return CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status check(const void *options, void *beside, cstn_error **error)
{
	const cstn_plan_order_options *o = options;

	(void)beside;
	if (o->period < CSTN_PERIOD_BY_TYPE || o->period > CSTN_PERIOD_NUMBER)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "period is %d (0 to 7)", o->period);
	if (o->lead < 0 || o->lead > LEAD_MOST || o->review < 0 || o->review > LEAD_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"lead is %d, review is %d: 0..%d expected", o->lead, o->review,
				LEAD_MOST);
	if (o->level_ppm < 0 || o->level_ppm > 999999)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"level_ppm is %d, 1..999,999 expected", o->level_ppm);
	return CSTN_OK;
}

static int declare(const planning *plan)
{
	static const char *const names[] = {
			"mean", "position", "target", "order", "arriving", "stock", "stock_out"};
	int failed = 0;
	int32_t c;

	failed |= cstn__table_add_column(plan->table, "unique_id", plan->set.keys.type, 0, 0) < 0;
	failed |= cstn__table_add_column(plan->table, "ds", plan->set.periods.type, 0, 1) < 0;
	failed |= cstn__table_add_column(plan->table, "h", CSTN_TYPE_INT64, 0, 0) < 0;
	for (c = MEAN; c <= STOCK_OUT; c++)
		failed |= cstn__table_add_column(plan->table, names[c - MEAN], CSTN_TYPE_DOUBLE, 0,
					  c >= POSITION && c <= ORDER) < 0;
	return failed ? -1 : 0;
}

static cstn_status plan_all(planning *plan, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_status status = cstn__table_builder_new(&plan->allocator, &plan->table, error);
	size_t i;

	if (status != CSTN_OK)
		return status;
	if (declare(plan))
		status = cstn__fail_nomem(error);
	for (i = 0; i < plan->set.series.count && status == CSTN_OK; i++)
		status = plan_item(plan, &plan->set.series.items[i], error);
	if (status == CSTN_OK)
		return cstn__table_export(plan->table, out, error);
	cstn__table_builder_free(plan->table);
	return status;
}

static cstn_status order(planning *plan, cstn__rows_task *task, cstn_error **error)
{
	const cstn_plan_order_options *o = task->options;
	const cstn__series_reader reader = {.period = o->period,
			.gap = CSTN_GAP_ERROR,
			.flags = o->flags,
			.binding = o->binding,
			.progress = o->progress,
			.numbers = numbers,
			.n_numbers = NUMBERS,
			.with_rows = 1,
			.value = "mean"};
	cstn_status status = cstn__series_read(
			&plan->set, &reader, task->rows, &plan->allocator, &plan->sink, error);

	if (status != CSTN_OK)
		return status;
	status = plan_all(plan, &task->made, error);
	if (status == CSTN_OK)
		status = cstn__rows_end_made(task, plan->sink, error);
	else
		cstn__row_sink_free(plan->sink);
	cstn__free(&plan->allocator, plan->arriving, plan->capacity * sizeof(double));
	cstn__series_free(&plan->set);
	return status;
}

static cstn_status order_rows(void *object, cstn__rows_task *task, cstn_error **error)
{
	planning *plan = object;
	cstn_status status;

	plan->allocator = task->memory;
	plan->options = *(const cstn_plan_order_options *)task->options;
	plan->options.review = plan->options.review ? plan->options.review : 1;
	plan->options.level_ppm = plan->options.level_ppm ? plan->options.level_ppm : LEVEL_PPM;
	status = order(plan, task, error);
	cstn__free(&task->memory, plan, sizeof(*plan));
	return status;
}

cstn_status cstn_plan_order(struct ArrowArrayStream *rows, const cstn_plan_order_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	static const cstn__rows_call call = {"rows", "cstn_plan_order_options", CSTN_IMPORT_TRUSTED,
			sizeof(planning), check, order_rows};
	const cstn__rows_given given = {rows, options, NULL, allocator, out, bad_rows};
	cstn_plan_order_options read;

	return cstn__rows_run(&call, &given, &read, sizeof(read), error);
}
