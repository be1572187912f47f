/* Comparing groups: who cannot be told apart from the best, and rates over equal strata.
 *
 * Comparison: the best is the group with the greatest lower limit, so that 15 of 15 does not beat
 * 3,910 of 4,094. Each other group's difference from it has the hybrid score interval of Newcombe
 * 1998 (method 10); its p-value is the error probability at which that interval just reaches zero,
 * so that the interval and the test cannot contradict each other; Holm 1979 keeps the chance of any
 * false difference over all comparisons at the policy's error probability. Where orders are known
 * at line level, n_eff lines stand for n.
 *
 * Direct standardisation against Simpson's trap: rate = sum of W_s p_s, W_s = share of stratum s
 * in all groups compared; variance = sum of W_s^2 p_s (1 - p_s) / n_s; interval = Wilson with
 * n_eff = rate (1 - rate) / variance.
 *
 * Invariant: sums run in key order, so results do not depend on anything else. Cost: O(groups log
 * groups). */

#include "fulfilment/perfect_order_result.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "base/stats.h"

#define MIN_COVER_PPM 950000
#define MILLION 1000000

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status read_options(
		const cstn_compare_options *given, cstn_compare_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(cstn_compare_options), sizeof *out, 0,
			"cstn_compare_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (out->order != CSTN_ORDER_NAME && out->order != CSTN_ORDER_LOWER_LIMIT)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"order %" PRId32 " is neither 0 (name) nor 1 (lower limit)",
				out->order);
	if (out->min_cover_ppm < 0 || out->min_cover_ppm > MILLION)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"min_cover_ppm %" PRId32 " is outside 0..1000000",
				out->min_cover_ppm);
	if (out->min_units < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"min_units %" PRId64 " is negative", out->min_units);
	if (out->min_cover_ppm == 0)
		out->min_cover_ppm = MIN_COVER_PPM;
	if (out->min_units == 0)
		out->min_units = 1;
	return CSTN_OK;
}

/* --- comparison ------------------------------------------------------------------------------- */

typedef struct contender {
	double rate, n, low, high; /* NaN: does not exist */
	double difference, difference_low, difference_high, p_value, p_holm;
	size_t row;
	int32_t compared;
	int32_t like_best; /* 0, 1, -1 = not compared */
} contender;

static int compare_lower_limits(const void *left, const void *right, void *context)
{
	const contender *a = left, *b = right;

	(void)context;
	if (isnan(a->low) != isnan(b->low))
		return isnan(a->low) ? 1 : -1;
	if (!isnan(a->low) && a->low != b->low)
		return a->low > b->low ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

static int compare_rows(const void *left, const void *right, void *context)
{
	const contender *a = left, *b = right;

	(void)context;
	return (a->row > b->row) - (a->row < b->row);
}

static int compare_p_values(const void *left, const void *right, void *context)
{
	const contender *a = left, *b = right;

	(void)context;
	if (isnan(a->p_value) != isnan(b->p_value))
		return isnan(a->p_value) ? 1 : -1;
	if (!isnan(a->p_value) && a->p_value != b->p_value)
		return a->p_value < b->p_value ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

/* Whether Newcombe's interval at z lies wholly above zero. */
static int lies_above_zero(double p1, double n1, double p2, double n2, double z)
{
	double low, high;

	cstn__newcombe(p1, n1, p2, n2, z, &low, &high);
	return low > 0.0;
}

/* Two-sided p-value: 2 (1 - Phi(z)) at the z where the interval of the difference first holds zero.
 * The limit falls steadily with z, hence bisection. */
static double newcombe_p_value(double p1, double n1, double p2, double n2)
{
	double low = 0.0, high = 1.0, middle;
	int i;

	if (p1 == p2)
		return 1.0;
	if (p1 < p2)
		return newcombe_p_value(p2, n2, p1, n1);
	while (lies_above_zero(p1, n1, p2, n2, high)) {
		low = high;
		high *= 2.0;
		if (high > 64.0)
			return 0.0; /* below the smallest double */
	}
	for (i = 0; i < 64; i++) {
		middle = low + (high - low) / 2.0;
		if (middle <= low || middle >= high)
			break;
		if (lies_above_zero(p1, n1, p2, n2, middle))
			low = middle;
		else
			high = middle;
	}
	return fmin(1.0, 2.0 * cstn__normal_cdf(-high));
}

static void contender_fill(const cstn_perfect_order_result *result, size_t row, int64_t min_units,
		contender *item)
{
	const cstn__result_group *group = &result->groups[row];
	cstn_rate rate;

	memset(item, 0, sizeof *item);
	item->row = row;
	item->like_best = -1;
	item->difference = item->difference_low = item->difference_high = NAN;
	item->p_value = item->p_holm = item->n = NAN;
	cstn__result_rate_of(result, group->numerator, group->denominator, &rate);
	item->rate = rate.value;
	item->low = rate.low;
	item->high = rate.high;
	if (!isnan(group->n_eff)) {
		item->n = group->n_eff;
		cstn__wilson(rate.value, item->n, result->z, &item->low, &item->high);
	} else if (rate.valid & CSTN_RATE_HAS_INTERVAL) {
		item->n = (double)group->denominator;
	}
	item->compared = !isnan(item->n) && group->counted >= min_units;
}

/* Holm 1979, step-down: the k-th smallest of m p-values times m - k + 1, never falling. */
static void adjust_holm(contender *items, size_t n, double error_probability)
{
	size_t m = 0, k;
	double worst = 0.0;

	cstn__sort(items, n, sizeof *items, compare_p_values, NULL);
	while (m < n && !isnan(items[m].p_value))
		m++;
	for (k = 0; k < m; k++) {
		worst = fmax(worst, fmin(1.0, (double)(m - k) * items[k].p_value));
		items[k].p_holm = worst;
		items[k].like_best = worst > error_probability;
	}
}

static void compare_all(const cstn_perfect_order_result *result, contender *items, size_t n)
{
	contender best;
	size_t i = 0;

	cstn__sort(items, n, sizeof *items, compare_lower_limits, NULL);
	while (i < n && !items[i].compared)
		i++;
	if (i == n)
		return;
	items[i].like_best = 1;
	best = items[i];
	for (i = 0; i < n; i++) {
		contender *other = &items[i];

		if (!other->compared || other->row == best.row)
			continue;
		other->difference = other->rate - best.rate;
		cstn__newcombe(other->rate, other->n, best.rate, best.n, result->z,
				&other->difference_low, &other->difference_high);
		other->p_value = newcombe_p_value(other->rate, other->n, best.rate, best.n);
	}
	adjust_holm(items, n, (double)(MILLION - result->rules->confidence_ppm) / (double)MILLION);
}

static const cstn__result_column compare_columns[] = {
		{"numerator", CSTN_TYPE_INT64, 0},
		{"denominator", CSTN_TYPE_INT64, 0},
		{"rate", CSTN_TYPE_DOUBLE, 1},
		{"low", CSTN_TYPE_DOUBLE, 1},
		{"high", CSTN_TYPE_DOUBLE, 1},
		{"n_eff", CSTN_TYPE_DOUBLE, 1},
		{"difference", CSTN_TYPE_DOUBLE, 1},
		{"difference_low", CSTN_TYPE_DOUBLE, 1},
		{"difference_high", CSTN_TYPE_DOUBLE, 1},
		{"p_value", CSTN_TYPE_DOUBLE, 1},
		{"p_holm", CSTN_TYPE_DOUBLE, 1},
		{"like_best", CSTN_TYPE_FLAG, 1},
};
enum {
	COMPARE_NUMERATOR,
	COMPARE_DENOMINATOR,
	COMPARE_RATE,
	COMPARE_LOW,
	COMPARE_HIGH,
	COMPARE_N_EFF,
	COMPARE_DIFFERENCE,
	COMPARE_DIFFERENCE_LOW,
	COMPARE_DIFFERENCE_HIGH,
	COMPARE_P_VALUE,
	COMPARE_P_HOLM,
	COMPARE_LIKE_BEST
};

static void compare_row(cstn__result_table *table, const contender *item)
{
	const cstn__result_group *group = &table->result->groups[item->row];

	cstn__result_table_row(table, item->row);
	cstn__result_put_i64(table, COMPARE_NUMERATOR, group->numerator);
	cstn__result_put_i64(table, COMPARE_DENOMINATOR, group->denominator);
	cstn__result_put_f64(table, COMPARE_RATE, item->rate);
	cstn__result_put_f64(table, COMPARE_LOW, item->low);
	cstn__result_put_f64(table, COMPARE_HIGH, item->high);
	cstn__result_put_f64(table, COMPARE_N_EFF, item->n);
	cstn__result_put_f64(table, COMPARE_DIFFERENCE, item->difference);
	cstn__result_put_f64(table, COMPARE_DIFFERENCE_LOW, item->difference_low);
	cstn__result_put_f64(table, COMPARE_DIFFERENCE_HIGH, item->difference_high);
	cstn__result_put_f64(table, COMPARE_P_VALUE, item->p_value);
	cstn__result_put_f64(table, COMPARE_P_HOLM, item->p_holm);
	if (item->like_best < 0)
		cstn__result_put_null(table, COMPARE_LIKE_BEST);
	else
		cstn__result_put_i64(table, COMPARE_LIKE_BEST, item->like_best);
}

static int is_subtotal(const cstn_perfect_order_result *result, size_t row)
{
	size_t n = result->n_dimensions;

	/* Roll-up goes from the last dimension to the first. */
	return n > 0 && result->keys[row * n + n - 1].kind == CSTN__KEY_ALL;
}

cstn_status cstn_perfect_order_compare(const cstn_perfect_order_result *result,
		const cstn_compare_options *options, struct ArrowArrayStream *out,
		cstn_error **error)
{
	cstn_compare_options read;
	cstn__result_table table;
	contender *items;
	size_t size, n = 0, row;
	cstn_status status;

	if (!result || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				result ? "out" : "result");
	status = read_options(options, &read, error);
	if (status != CSTN_OK)
		return status;
	size = cstn__array_size(result->n_groups, sizeof *items);
	items = cstn__alloc(&result->allocator, size);
	if (!items)
		return cstn__fail_nomem(error);
	for (row = 0; row < result->n_groups; row++)
		if (!is_subtotal(result, row))
			contender_fill(result, row, read.min_units, &items[n++]);
	compare_all(result, items, n);
	cstn__sort(items, n, sizeof *items,
			read.order == CSTN_ORDER_NAME ? compare_rows : compare_lower_limits, NULL);
	status = cstn__result_table_begin(&table, result, -1, compare_columns,
			sizeof compare_columns / sizeof compare_columns[0], error);
	if (status == CSTN_OK) {
		for (row = 0; row < n; row++)
			compare_row(&table, &items[row]);
		status = cstn__table_export(table.builder, out, error);
	}
	cstn__free(&result->allocator, items, size);
	return status;
}

/* --- direct standardisation ------------------------------------------------------------------- */

/* One group and stratum, as numbers in key order. */
typedef struct stratum_cell {
	uint32_t group, stratum;
	size_t row; /* a result row of this group, for its key */
	int64_t numerator, denominator, counted;
} stratum_cell;

typedef struct standardised {
	double rate, low, high, variance, n_eff, cover, raw_rate;
	size_t row;
	uint32_t group, reserved;
} standardised;

typedef struct standardisation {
	const cstn_perfect_order_result *result;
	cstn_compare_options options;
	stratum_cell *cells;
	size_t n_cells;
	cstn__i128 *population; /* weight of each stratum over the groups compared */
	cstn__i128 all;
	size_t n_strata;
} standardisation;

typedef struct numbered_key {
	const cstn__key_value *key;
	size_t row;
} numbered_key;

static int compare_numbered(const void *left, const void *right, void *context)
{
	const numbered_key *a = left, *b = right;
	int order = cstn__key_compare(a->key, b->key);

	(void)context;
	return order ? order : (a->row > b->row) - (a->row < b->row);
}

static int compare_cells(const void *left, const void *right, void *context)
{
	const stratum_cell *a = left, *b = right;

	(void)context;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->stratum != b->stratum)
		return a->stratum < b->stratum ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

/* Number the values of a dimension in key order, into each row's cell. Returns how many. */
static size_t number_keys(standardisation *work, numbered_key *keys, size_t dimension, int strata)
{
	const cstn_perfect_order_result *result = work->result;
	size_t i, n = result->n_groups;
	uint32_t code = 0;

	for (i = 0; i < n; i++) {
		keys[i].key = &result->keys[i * result->n_dimensions + dimension];
		keys[i].row = i;
	}
	cstn__sort(keys, n, sizeof *keys, compare_numbered, NULL);
	for (i = 0; i < n; i++) {
		if (i > 0 && cstn__key_compare(keys[i - 1].key, keys[i].key) != 0)
			code++;
		if (strata)
			work->cells[keys[i].row].stratum = code;
		else
			work->cells[keys[i].row].group = code;
	}
	return n ? (size_t)code + 1 : 0;
}

/* Cells of the result's rows, added up over the dimensions that are neither, by group and stratum.
 * The sums are parts of the total, which fits. */
static void collect_cells(standardisation *work, numbered_key *keys, size_t group, size_t stratum)
{
	const cstn_perfect_order_result *result = work->result;
	stratum_cell *cells = work->cells;
	size_t i, kept = 0;

	for (i = 0; i < result->n_groups; i++) {
		cells[i].row = i;
		cells[i].numerator = result->groups[i].numerator;
		cells[i].denominator = result->groups[i].denominator;
		cells[i].counted = result->groups[i].counted;
	}
	number_keys(work, keys, group, 0);
	work->n_strata = number_keys(work, keys, stratum, 1);
	cstn__sort(cells, result->n_groups, sizeof *cells, compare_cells, NULL);
	for (i = 0; i < result->n_groups; i++) {
		if (kept > 0 && cells[kept - 1].group == cells[i].group &&
				cells[kept - 1].stratum == cells[i].stratum) {
			cells[kept - 1].numerator += cells[i].numerator;
			cells[kept - 1].denominator += cells[i].denominator;
			cells[kept - 1].counted += cells[i].counted;
		} else {
			cells[kept++] = cells[i];
		}
	}
	work->n_cells = kept;
}

static size_t group_end(const standardisation *work, size_t first)
{
	size_t end = first;

	while (end < work->n_cells && work->cells[end].group == work->cells[first].group)
		end++;
	return end;
}

static int group_is_compared(const standardisation *work, size_t first, size_t end)
{
	int64_t counted = 0;
	size_t i;

	for (i = first; i < end; i++)
		counted += work->cells[i].counted;
	return counted >= work->options.min_units;
}

static void add_population(standardisation *work)
{
	size_t first, end, i;

	for (first = 0; first < work->n_cells; first = end) {
		end = group_end(work, first);
		if (!group_is_compared(work, first, end))
			continue;
		for (i = first; i < end; i++) {
			work->population[work->cells[i].stratum] += work->cells[i].denominator;
			work->all += work->cells[i].denominator;
		}
	}
}

/* The rate of cells first .. end - 1 over the strata they have, when those cover enough. */
static void standardise_group(
		const standardisation *work, size_t first, size_t end, standardised *out)
{
	const stratum_cell *cell;
	cstn__i128 covered = 0;
	int64_t numerator = 0, denominator = 0;
	double weight, p, rate = 0.0, variance = 0.0;
	size_t i;

	out->row = work->cells[first].row;
	out->group = work->cells[first].group;
	out->reserved = 0;
	out->rate = out->low = out->high = out->variance = NAN;
	out->n_eff = out->cover = out->raw_rate = NAN;
	for (i = first; i < end; i++) {
		cell = &work->cells[i];
		numerator += cell->numerator;
		denominator += cell->denominator;
		if (cell->denominator > 0)
			covered += work->population[cell->stratum];
	}
	if (denominator > 0)
		out->raw_rate = (double)numerator / (double)denominator;
	if (!group_is_compared(work, first, end) || work->all <= 0)
		return;
	out->cover = (double)covered / (double)work->all;
	if (covered == 0 || out->cover * MILLION < (double)work->options.min_cover_ppm)
		return;
	for (i = first; i < end; i++) {
		cell = &work->cells[i];
		if (cell->denominator <= 0)
			continue;
		weight = (double)work->population[cell->stratum] / (double)covered;
		p = (double)cell->numerator / (double)cell->denominator;
		rate += weight * p;
		variance += weight * weight * p * (1.0 - p) / (double)cell->denominator;
	}
	out->rate = fmin(1.0, fmax(0.0, rate));
	if (work->result->weighted)
		return; /* weights are not independent draws */
	out->variance = variance;
	out->n_eff = variance > 0.0 ? out->rate * (1.0 - out->rate) / variance
				    : (double)denominator;
	cstn__wilson(out->rate, out->n_eff, work->result->z, &out->low, &out->high);
}

static int compare_standardised(const void *left, const void *right, void *context)
{
	const standardised *a = left, *b = right;

	(void)context;
	if (isnan(a->low) != isnan(b->low))
		return isnan(a->low) ? 1 : -1;
	if (!isnan(a->low) && a->low != b->low)
		return a->low > b->low ? -1 : 1;
	return (a->group > b->group) - (a->group < b->group);
}

static const cstn__result_column standardise_columns[] = {
		{"rate", CSTN_TYPE_DOUBLE, 1},
		{"low", CSTN_TYPE_DOUBLE, 1},
		{"high", CSTN_TYPE_DOUBLE, 1},
		{"variance", CSTN_TYPE_DOUBLE, 1},
		{"n_eff", CSTN_TYPE_DOUBLE, 1},
		{"cover", CSTN_TYPE_DOUBLE, 1},
		{"raw_rate", CSTN_TYPE_DOUBLE, 1},
};

static cstn_status standardise_export(standardisation *work, int32_t dimension, standardised *rows,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__result_table table;
	cstn_status status;
	size_t n = 0, i;
	size_t first, end;

	for (first = 0; first < work->n_cells; first = end) {
		end = group_end(work, first);
		standardise_group(work, first, end, &rows[n++]);
	}
	if (work->options.order == CSTN_ORDER_LOWER_LIMIT)
		cstn__sort(rows, n, sizeof *rows, compare_standardised, NULL);
	status = cstn__result_table_begin(&table, work->result, dimension, standardise_columns,
			sizeof standardise_columns / sizeof standardise_columns[0], error);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < n; i++) {
		const double values[] = {rows[i].rate, rows[i].low, rows[i].high, rows[i].variance,
				rows[i].n_eff, rows[i].cover, rows[i].raw_rate};
		int32_t column;

		cstn__result_table_row(&table, rows[i].row);
		for (column = 0; column < 7; column++)
			cstn__result_put_f64(&table, column, values[column]);
	}
	return cstn__table_export(table.builder, out, error);
}

static cstn_status check_standardise(const cstn_perfect_order_result *result, size_t group,
		size_t stratum, cstn_error **error)
{
	if (group >= result->n_dimensions || stratum >= result->n_dimensions || group == stratum)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"group %zu and stratum %zu are not two of the %zu dimensions",
				group, stratum, result->n_dimensions);
	if (result->flags & CSTN_PERFECT_ORDER_ROLLUP)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the result holds subtotals, which would count twice; make it "
				"without CSTN_PERFECT_ORDER_ROLLUP");
	if (result->overlapping)
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"units stand in several groups (CSTN_PERFECT_ORDER_EACH), and "
				"strata must not overlap");
	return CSTN_OK;
}

cstn_status cstn_perfect_order_standardise(const cstn_perfect_order_result *result, size_t group,
		size_t stratum, const cstn_compare_options *options, struct ArrowArrayStream *out,
		cstn_error **error)
{
	standardisation work = {0};
	standardised *rows;
	numbered_key *keys;
	cstn_status status;
	size_t n;

	if (!result || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				result ? "out" : "result");
	status = read_options(options, &work.options, error);
	if (status == CSTN_OK)
		status = check_standardise(result, group, stratum, error);
	if (status != CSTN_OK)
		return status;
	n = result->n_groups;
	work.result = result;
	work.cells = cstn__alloc_zero(&result->allocator, cstn__array_size(n, sizeof *work.cells));
	work.population = cstn__alloc_zero(
			&result->allocator, cstn__array_size(n, sizeof *work.population));
	keys = cstn__alloc(&result->allocator, cstn__array_size(n, sizeof *keys));
	rows = cstn__alloc(&result->allocator, cstn__array_size(n, sizeof *rows));
	if (work.cells && work.population && keys && rows) {
		collect_cells(&work, keys, group, stratum);
		add_population(&work);
		status = standardise_export(&work, (int32_t)group, rows, out, error);
	} else {
		status = cstn__fail_nomem(error);
	}
	cstn__free(&result->allocator, rows, n * sizeof *rows);
	cstn__free(&result->allocator, keys, n * sizeof *keys);
	cstn__free(&result->allocator, work.population, n * sizeof *work.population);
	cstn__free(&result->allocator, work.cells, n * sizeof *work.cells);
	return status;
}
