/* Perfect order results: from closed counts to rates, components, levers and losses.
 *
 * A group is a histogram h of 16 failure patterns. The rate is h[0] / N; the rate if a set S of
 * components never failed is the sum of h[p] with p inside S over N; a component's own rate is that
 * for S = all others. All are sums over one histogram, so they cannot disagree, and the product of
 * component rates, which is not the rate, is never formed. Intervals: Wilson 1927. Lines of one
 * order are not independent: the variance of the ratio over orders (Cochran 1977, section 6.3)
 * gives a design effect, and n / max(1, design effect) lines count for the second interval.
 *
 * Invariants: every integer fits int64, checked when the result is made; each unit is in one of 16
 * patterns, pending, or excluded for one reason; the causes of a component add up to its failures;
 * a rate over nothing is null. Rows are sorted by key, a subtotal after the groups it sums.
 *
 * Cost: O(groups * dimensions + causes log causes), once; reading it is
 * perfect_order_result_read.c. */

#include "fulfilment/perfect_order_result.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/decimal.h>

#include "base/civil.h"
#include "base/error.h"
#include "base/sort.h"
#include "base/stats.h"

#define UNKNOWN_CAUSE "unknown"

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t shared = a_len < b_len ? a_len : b_len;
	int order = shared ? memcmp(a, b, shared) : 0;

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

int cstn__key_compare(const cstn__key_value *a, const cstn__key_value *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind != CSTN__KEY_VALUE)
		return 0;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return compare_bytes(a->text, a->len, b->text, b->len);
}

/* --- counts of one row ------------------------------------------------------------------------ */

static int fits(cstn__i128 value, int64_t *out)
{
	if (value > INT64_MAX || value < INT64_MIN)
		return 0;
	*out = (int64_t)value;
	return 1;
}

/* Sum of (x - p m)^2 over clusters with p = sum_x / sum_m. In integers over sum_m^2 when 128 bits
 * hold them, since the three terms nearly cancel. */
static double cluster_residual(const cstn__group_counts *counts)
{
	cstn__i128 m = counts->sum_m, x = counts->sum_x;
	cstn__i128 mm, xx, xm, a, b, c, sum;
	double p;

	if (!__builtin_mul_overflow(m, m, &mm) && !__builtin_mul_overflow(x, x, &xx) &&
			!__builtin_mul_overflow(m, x, &xm) &&
			!__builtin_mul_overflow(mm, counts->sum_xx, &a) &&
			!__builtin_mul_overflow(xm, counts->sum_xm, &b) &&
			!__builtin_mul_overflow(b, (cstn__i128)2, &b) &&
			!__builtin_mul_overflow(xx, counts->sum_mm, &c) &&
			!__builtin_sub_overflow(a, b, &sum) &&
			!__builtin_add_overflow(sum, c, &sum))
		return (double)sum / (double)m / (double)m;
	p = (double)x / (double)m;
	return (double)counts->sum_xx - 2.0 * p * (double)counts->sum_xm +
	       p * p * (double)counts->sum_mm;
}

/* Design effect and n_eff, when the sums over clusters are those of the rate itself: in weights
 * when the rate is weighted. One cluster alone has no variance to show. */
static void group_clusters(const cstn__group_counts *counts, cstn__result_group *group)
{
	double k = (double)counts->clusters, m, p, variance;

	if (counts->clusters < 1 || group->denominator <= 0 ||
			counts->sum_m != group->denominator || counts->sum_x != group->numerator)
		return;
	m = (double)counts->sum_m;
	p = (double)counts->sum_x / m;
	if (group->numerator == 0 || group->numerator == group->denominator) {
		group->design_effect = 1.0;
	} else {
		if (counts->clusters < 2)
			return;
		variance = k / (k - 1.0) * fmax(0.0, cluster_residual(counts)) / m / m;
		group->design_effect = variance / (p * (1.0 - p) / m);
	}
	group->n_eff = m / fmax(1.0, group->design_effect);
}

static cstn_status group_overflow(const char *what, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_OVERFLOW, "the sum of %s of a group overflows int64", what);
}

/* Weights by pattern into int64. The sum of their magnitudes is what must fit, so that every sum
 * over a part of them does. */
static cstn_status group_weights(const cstn__group_counts *counts, cstn__result_group *group,
		int64_t *weights, cstn_error **error)
{
	cstn__i128 magnitude = 0, sum = 0;
	uint32_t p;

	for (p = 0; p < 16; p++) {
		if (!fits(counts->weight[p], &weights[p]) || weights[p] == INT64_MIN)
			return group_overflow("weights", error);
		sum += weights[p];
		magnitude += weights[p] < 0 ? -(cstn__i128)weights[p] : weights[p];
	}
	if (magnitude > INT64_MAX)
		return group_overflow("weights", error);
	group->numerator = weights[0];
	group->denominator = (int64_t)sum;
	return CSTN_OK;
}

static cstn_status group_fill(const cstn_perfect_order_result *result,
		const cstn__group_counts *counts, cstn__result_group *group, int64_t *weights,
		cstn_error **error)
{
	cstn__i128 counted = 0, excluded = 0;
	cstn_status status = CSTN_OK;
	uint32_t p;

	memset(group, 0, sizeof *group);
	group->design_effect = NAN;
	group->n_eff = NAN;
	for (p = 0; p < 16; p++)
		counted += group->pattern[p] = counts->pattern[p];
	for (p = 1; p < CSTN_REASON_COUNT; p++)
		excluded += group->reason[p] = counts->reason[p];
	group->pending = counts->pending;
	group->provisional = counts->provisional;
	/* Twelve times, so that the shared losses fit as well. */
	if (counted > INT64_MAX / 12 || !fits(counted + excluded + counts->pending, &group->units))
		return group_overflow("units", error);
	group->counted = (int64_t)counted;
	group->reason[0] = (int64_t)excluded;
	group->numerator = group->pattern[0];
	group->denominator = group->counted;
	if (weights)
		status = group_weights(counts, group, weights, error);
	if (status != CSTN_OK)
		return status;
	if (result->rules->credit_unit) {
		if (!fits(counts->credit, &group->numerator) ||
				!fits(counts->credit_of, &group->denominator))
			return group_overflow("credited quantities", error);
		return CSTN_OK;
	}
	group_clusters(counts, group);
	return CSTN_OK;
}

/* --- which rows there are --------------------------------------------------------------------- */

/* A row sums folded groups first .. last - 1, which agree in the first `prefix` dimensions. */
typedef struct row_plan {
	size_t first, last, prefix;
} row_plan;

static void plan_add(row_plan *plan, size_t *n, size_t first, size_t last, size_t prefix)
{
	if (plan) {
		plan[*n].first = first;
		plan[*n].last = last;
		plan[*n].prefix = prefix;
	}
	(*n)++;
}

static size_t common_prefix(const cstn__folded *folded, size_t a, size_t b)
{
	size_t d = 0, n = folded->n_dimensions;

	while (d < n && cstn__key_compare(&folded->keys[a * n + d], &folded->keys[b * n + d]) == 0)
		d++;
	return d;
}

/* Rows in key order: groups, each subtotal after its groups, the total of a roll-up last. With
 * EACH a unit stands in several groups and a subtotal would count it more than once, so there is
 * the total alone, which the kernel counted by itself. `plan` NULL only counts. */
static size_t plan_rows(const cstn__folded *folded, row_plan *plan)
{
	size_t dimensions = folded->n_dimensions, n = 0, i, length, common;
	size_t open[8] = {0};
	int rollup = (folded->flags & CSTN_PERFECT_ORDER_ROLLUP) != 0;
	int subtotals = rollup && !(folded->flags & CSTN_PERFECT_ORDER_EACH);

	assert(dimensions < sizeof open / sizeof open[0]);
	if (dimensions == 0) {
		plan_add(plan, &n, 0, folded->n_groups, 0);
		return n;
	}
	for (i = 0; i <= folded->n_groups; i++) {
		if (subtotals && i > 0) {
			common = i < folded->n_groups ? common_prefix(folded, i - 1, i) : 0;
			for (length = dimensions - 1; length > common; length--) {
				plan_add(plan, &n, open[length], i, length);
				open[length] = i;
			}
		}
		if (i < folded->n_groups)
			plan_add(plan, &n, i, i + 1, dimensions);
	}
	if (rollup)
		plan_add(plan, &n, 0, folded->n_groups, 0);
	return n;
}

/* --- keys as text ----------------------------------------------------------------------------- */

static void key_format(int32_t period, int32_t type, int64_t number, char *buffer, size_t size)
{
	int32_t year, month, day, thursday;

	if (period == CSTN__PERIOD_WEEKDAY || (type != CSTN_TYPE_DAYS && type != CSTN_TYPE_FLAG)) {
		(void)cstn_decimal_format(number, 0, buffer, size);
		return;
	}
	if (type == CSTN_TYPE_FLAG) {
		snprintf(buffer, size, "%s", number ? "true" : "false");
		return;
	}
	cstn__civil_of((int32_t)number, &year, &month, &day);
	switch (period) {
	case CSTN__PERIOD_WEEK:
		/* ISO 8601: a week belongs to the year of its Thursday. */
		thursday = (int32_t)number + 3;
		cstn__civil_of(thursday, &year, &month, &day);
		snprintf(buffer, size, "%04d-W%02d", (int)year,
				(int)((thursday - cstn__days_of(year, 1, 1)) / 7 + 1));
		break;
	case CSTN__PERIOD_MONTH:
		snprintf(buffer, size, "%04d-%02d", (int)year, (int)month);
		break;
	case CSTN__PERIOD_QUARTER:
		snprintf(buffer, size, "%04d-Q%d", (int)year, (int)((month - 1) / 3 + 1));
		break;
	case CSTN__PERIOD_YEAR:
		snprintf(buffer, size, "%04d", (int)year);
		break;
	default:
		snprintf(buffer, size, "%04d-%02d-%02d", (int)year, (int)month, (int)day);
		break;
	}
}

static const char *text_keep(cstn_perfect_order_result *result, const char *text, size_t len)
{
	uint32_t code = cstn__intern(&result->texts, text, len);

	return code == UINT32_MAX ? NULL : result->texts.items[code].text;
}

/* A copy of a key with its printed form. */
static cstn_status key_keep(cstn_perfect_order_result *result, const cstn__result_dimension *by,
		const cstn__key_value *from, cstn__key_value *key, cstn_error **error)
{
	char buffer[48];

	*key = *from;
	switch (from->kind) {
	case CSTN__KEY_NULL:
		key->text = NULL;
		key->len = 0;
		return CSTN_OK;
	case CSTN__KEY_MIXED:
		key->text = "(mixed)";
		return CSTN_OK;
	case CSTN__KEY_ALL:
		key->text = "(all)";
		return CSTN_OK;
	default:
		break;
	}
	if (by->type == CSTN_TYPE_TEXT) {
		key->number = 0;
		key->text = text_keep(result, from->len ? from->text : "", from->len);
	} else {
		key_format(by->period, by->type, from->number, buffer, sizeof buffer);
		key->len = (uint32_t)strlen(buffer);
		key->text = text_keep(result, buffer, key->len);
	}
	return key->text ? CSTN_OK : cstn__fail_nomem(error);
}

/* --- causes ----------------------------------------------------------------------------------- */

static int cause_order(const cstn__result_cause *a, const cstn__result_cause *b)
{
	int order = compare_bytes(a->cause, a->len, b->cause, b->len);

	return order ? order : (a->owner > b->owner) - (a->owner < b->owner);
}

static int compare_cause_names(const void *left, const void *right, void *context)
{
	const cstn__result_cause *a = left, *b = right;

	(void)context;
	if (a->component != b->component)
		return a->component < b->component ? -1 : 1;
	return cause_order(a, b);
}

static int compare_cause_units(const void *left, const void *right, void *context)
{
	const cstn__result_cause *a = left, *b = right;

	(void)context;
	if (a->component != b->component)
		return a->component < b->component ? -1 : 1;
	if (a->units != b->units)
		return a->units > b->units ? -1 : 1;
	return cause_order(a, b);
}

/* Append a cause; no cause is "unknown". */
static cstn_status cause_add(cstn_perfect_order_result *result, int32_t component,
		const char *cause, size_t len, int32_t owner, int64_t units, cstn_error **error)
{
	cstn__result_cause *item;
	const char *kept;

	if (!cause || len == 0) {
		cause = UNKNOWN_CAUSE;
		len = sizeof UNKNOWN_CAUSE - 1;
	}
	kept = text_keep(result, cause, len);
	if (!kept || cstn__array_reserve(&result->allocator, &result->causes, 1) != 0)
		return cstn__fail_nomem(error);
	item = &result->causes.items[result->causes.count++];
	memset(item, 0, sizeof *item);
	item->cause = kept;
	item->len = (uint32_t)len;
	item->component = component;
	item->owner = owner;
	item->units = units;
	return CSTN_OK;
}

/* Sort the causes from `first` on and add up equal ones; their sums by component into `sums`. */
static cstn_status causes_merge(cstn_perfect_order_result *result, size_t first, int64_t sums[4],
		cstn_error **error)
{
	cstn__result_cause *items = result->causes.items;
	size_t n = result->causes.count, kept = first, i;

	memset(sums, 0, 4 * sizeof *sums);
	if (n > first)
		cstn__sort(items + first, n - first, sizeof *items, compare_cause_names, NULL);
	for (i = first; i < n; i++) {
		if (__builtin_add_overflow(sums[items[i].component], items[i].units,
				    &sums[items[i].component]))
			return group_overflow("causes", error);
		if (kept > first && compare_cause_names(&items[kept - 1], &items[i], NULL) == 0)
			items[kept - 1].units += items[i].units;
		else
			items[kept++] = items[i];
	}
	result->causes.count = kept;
	return CSTN_OK;
}

/* Close the causes of a row: what no cause explains is "unknown", so that the rows of a component
 * add up to its failures. */
static cstn_status causes_close(
		cstn_perfect_order_result *result, size_t row, size_t first, cstn_error **error)
{
	int64_t sums[4], rest;
	cstn_status status = causes_merge(result, first, sums, error);
	int32_t c;

	for (c = 0; c < 4 && status == CSTN_OK; c++) {
		rest = result->groups[row].counted -
		       cstn__result_within(result, row, 15u & ~(1u << c), 0) - sums[c];
		if (rest < 0)
			return cstn__fail(error, CSTN_E_CORRUPT,
					"causes of component %s add up to %" PRId64
					", but it failed %" PRId64 " times",
					cstn_pattern_name(1u << c), sums[c], sums[c] + rest);
		if (rest > 0)
			status = cause_add(result, c, NULL, 0, CSTN_OWNER_UNKNOWN, rest, error);
	}
	if (status == CSTN_OK)
		status = causes_merge(result, first, sums, error);
	if (status == CSTN_OK && result->causes.count > first)
		cstn__sort(result->causes.items + first, result->causes.count - first,
				sizeof *result->causes.items, compare_cause_units, NULL);
	return status;
}

static cstn_status causes_of(cstn_perfect_order_result *result, size_t row,
		const cstn__cause_count *causes, size_t n, cstn_error **error)
{
	size_t first = result->causes.count, i;
	cstn_status status = CSTN_OK;

	result->first_cause[row] = first;
	for (i = 0; i < n && status == CSTN_OK; i++)
		if (causes[i].units > 0)
			status = cause_add(result, causes[i].component, causes[i].cause,
					causes[i].cause_len, causes[i].owner, causes[i].units,
					error);
	if (status == CSTN_OK)
		status = causes_close(result, row, first, error);
	result->first_cause[row + 1] = result->causes.count;
	return status;
}

/* First cause of a folded group at or after `group`; causes are sorted by group. */
static size_t cause_from(const cstn__folded *folded, size_t group)
{
	size_t low = 0, high = folded->n_causes, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (folded->causes[middle].group < group)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* --- making a result -------------------------------------------------------------------------- */

static cstn__i128 units_of(const cstn__group_counts *counts)
{
	cstn__i128 units = counts->pending;
	uint32_t i;

	for (i = 0; i < 16; i++)
		units += counts->pattern[i];
	for (i = 1; i < CSTN_REASON_COUNT; i++)
		units += counts->reason[i];
	return units;
}

/* Whether a unit stands in several groups (then counts must not be added), and whether an order's
 * lines do (then cluster sums must not). */
static void find_overlaps(
		const cstn__folded *folded, cstn_perfect_order_result *result, int *whole_clusters)
{
	cstn__i128 clusters = 0, units = 0;
	size_t i;

	for (i = 0; i < folded->n_groups; i++) {
		cstn__folded_ahead(folded, i);
		units += units_of(cstn__folded_counts(folded, i));
		clusters += cstn__folded_counts(folded, i)->clusters;
	}
	result->overlapping = folded->n_dimensions > 0 && units != units_of(&folded->total);
	*whole_clusters = clusters == folded->total.clusters;
}

static cstn_status result_dimensions(
		cstn_perfect_order_result *result, const cstn__folded *folded, cstn_error **error)
{
	cstn__result_dimension *by;
	size_t d;

	for (d = 0; d < folded->n_dimensions; d++) {
		by = &result->dimensions[d];
		by->name = text_keep(result, folded->dimensions[d].text,
				strlen(folded->dimensions[d].text));
		by->period = folded->dimensions[d].period;
		by->type = folded->dimensions[d].type;
		if (by->type == 0)
			by->type = by->period == 0                      ? CSTN_TYPE_TEXT
				   : by->period == CSTN__PERIOD_WEEKDAY ? CSTN_TYPE_INT64
									: CSTN_TYPE_DAYS;
		if (!by->name)
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

static cstn_status result_keys(cstn_perfect_order_result *result, const cstn__folded *folded,
		const row_plan *plan, size_t row, cstn_error **error)
{
	const cstn__key_value all = {CSTN__KEY_ALL, 0, 0, NULL};
	size_t n = folded->n_dimensions, d;
	cstn_status status = CSTN_OK;

	for (d = 0; d < n && status == CSTN_OK; d++)
		status = key_keep(result, &result->dimensions[d],
				d < plan->prefix ? &folded->keys[plan->first * n + d] : &all,
				&result->keys[row * n + d], error);
	return status;
}

/* The counts of a row: of its group, of the total, or a sum, which is made in `room`. */
static cstn_status row_counts(const cstn__folded *folded, const row_plan *plan, int whole,
		cstn__group_counts *room, const cstn__group_counts **out, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	if (plan->prefix == 0) {
		*out = &folded->total;
		return CSTN_OK;
	}
	*out = cstn__folded_counts(folded, plan->first);
	if (plan->last - plan->first == 1)
		return CSTN_OK;
	*room = **out;
	*out = room;
	for (i = plan->first + 1; i < plan->last && status == CSTN_OK; i++)
		status = cstn__counts_add(room, cstn__folded_counts(folded, i), error);
	/* An order with lines in two groups is two clusters in the sum: say nothing rather. */
	if (!whole && plan->last - plan->first > 1)
		room->clusters = 0;
	return status;
}

static cstn_status result_row(cstn_perfect_order_result *result, const cstn__folded *folded,
		const row_plan *plan, size_t row, int whole, cstn_error **error)
{
	const cstn__group_counts *counts;
	cstn__group_counts room;
	cstn_status status = row_counts(folded, plan, whole, &room, &counts, error);
	size_t first, last;

	if (status == CSTN_OK)
		status = group_fill(result, counts, &result->groups[row],
				result->weights ? result->weights + 16 * row : NULL, error);
	if (status != CSTN_OK || !result->first_cause)
		return status;
	if (plan->prefix == 0)
		return causes_of(result, row, folded->total_causes, folded->n_total_causes, error);
	first = cause_from(folded, plan->first);
	last = cause_from(folded, plan->last);
	return causes_of(result, row, last > first ? folded->causes + first : NULL, last - first,
			error);
}

static cstn_status result_rows(cstn_perfect_order_result *result, const cstn__folded *folded,
		const row_plan *plan, cstn_error **error)
{
	const row_plan total = {0, folded->n_groups, 0};
	cstn_status status = result_dimensions(result, folded, error);
	size_t row;
	int whole;

	find_overlaps(folded, result, &whole);
	for (row = 0; row < result->n_groups && status == CSTN_OK; row++) {
		cstn__folded_ahead(folded, plan[row].first);
		status = result_keys(result, folded, &plan[row], row, error);
		if (status == CSTN_OK)
			status = result_row(result, folded, &plan[row], row, whole, error);
	}
	if (status == CSTN_OK)
		status = result_row(result, folded, &total, result->n_groups, whole, error);
	return status;
}

static cstn_status result_alloc(const cstn__folded *folded, size_t n_groups,
		cstn_perfect_order_result **out, cstn_error **error)
{
	const cstn_allocator *allocator = &folded->allocator;
	size_t cells = cstn__array_size(n_groups, folded->n_dimensions ? folded->n_dimensions : 1);
	cstn_perfect_order_result *result = cstn__alloc_zero(allocator, sizeof *result);

	if (!result)
		return cstn__fail_nomem(error);
	result->references = 1;
	result->allocator = *allocator;
	result->policy = cstn_service_policy_ref(folded->policy);
	result->rules = cstn__policy_rules_of(folded->policy);
	result->as_of_us = folded->as_of_us;
	result->flags = folded->flags;
	result->z = cstn__z_of_confidence(result->rules->confidence_ppm);
	result->weighted =
			result->rules->weight != CSTN__WEIGHT_COUNT || result->rules->credit_unit;
	result->n_dimensions = folded->n_dimensions;
	result->n_groups = n_groups;
	cstn__interner_init(&result->texts, allocator, 0);
	result->dimensions = cstn__alloc_zero(allocator,
			cstn__array_size(folded->n_dimensions, sizeof *result->dimensions));
	result->keys = cstn__alloc_zero(allocator, cstn__array_size(cells, sizeof *result->keys));
	result->groups = cstn__alloc_zero(
			allocator, cstn__array_size(n_groups + 1, sizeof *result->groups));
	if (result->rules->weight != CSTN__WEIGHT_COUNT && !result->rules->credit_unit)
		result->weights = cstn__alloc_zero(allocator,
				cstn__array_size(n_groups + 1, 16 * sizeof *result->weights));
	if (!result->rules->credit_unit)
		result->first_cause = cstn__alloc_zero(allocator,
				cstn__array_size(n_groups + 2, sizeof *result->first_cause));
	if (!result->dimensions || !result->keys || !result->groups ||
			(!result->first_cause && !result->rules->credit_unit) ||
			(!result->weights && result->rules->weight != CSTN__WEIGHT_COUNT &&
					!result->rules->credit_unit)) {
		cstn_perfect_order_result_unref(result);
		return cstn__fail_nomem(error);
	}
	*out = result;
	return CSTN_OK;
}

cstn_status cstn__perfect_order_result_from_folded(
		const cstn__folded *folded, cstn_perfect_order_result **out, cstn_error **error)
{
	cstn_perfect_order_result *result = NULL;
	size_t n = plan_rows(folded, NULL), plan_size = cstn__array_size(n, sizeof(row_plan));
	row_plan *plan = cstn__alloc(&folded->allocator, plan_size);
	cstn_status status;

	if (!plan)
		return cstn__fail_nomem(error);
	plan_rows(folded, plan);
	status = result_alloc(folded, n, &result, error);
	if (status == CSTN_OK)
		status = result_rows(result, folded, plan, error);
	cstn__free(&folded->allocator, plan, plan_size);
	if (status != CSTN_OK) {
		cstn_perfect_order_result_unref(result);
		return status;
	}
	*out = result;
	return CSTN_OK;
}

cstn_status cstn_perfect_order_finish(const cstn_perfect_order *state,
		cstn_perfect_order_result **out, cstn_error **error)
{
	cstn__folded *folded = NULL;
	cstn_status status;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	status = cstn__perfect_order_fold(state, &folded, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__perfect_order_result_from_folded(folded, out, error);
	cstn__folded_free(folded);
	return status;
}

cstn_perfect_order_result *cstn_perfect_order_result_ref(cstn_perfect_order_result *result)
{
	if (result)
		__atomic_add_fetch(&result->references, 1, __ATOMIC_RELAXED);
	return result;
}

void cstn_perfect_order_result_unref(cstn_perfect_order_result *result)
{
	cstn_allocator allocator;
	size_t cells;

	if (!result || __atomic_sub_fetch(&result->references, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	allocator = result->allocator;
	cells = result->n_groups * (result->n_dimensions ? result->n_dimensions : 1);
	cstn__free(&allocator, result->dimensions,
			result->n_dimensions * sizeof *result->dimensions);
	cstn__free(&allocator, result->keys, cells * sizeof *result->keys);
	cstn__free(&allocator, result->groups, (result->n_groups + 1) * sizeof *result->groups);
	cstn__free(&allocator, result->weights,
			(result->n_groups + 1) * 16 * sizeof *result->weights);
	cstn__free(&allocator, result->first_cause,
			(result->n_groups + 2) * sizeof *result->first_cause);
	cstn__array_free(&allocator, &result->causes);
	cstn__interner_free(&result->texts);
	cstn_service_policy_unref(result->policy);
	cstn__free(&allocator, result, sizeof *result);
}
