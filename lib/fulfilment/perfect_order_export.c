/* Tables of a perfect order result as Arrow streams.
 *
 * Five views of the same histograms. Losses share each lost unit evenly over the components it
 * failed, in twelfths (1, 2, 3 and 4 all divide 12), so that the shares add up to 12 times the lost
 * units. Levers are the rates if a set of components never failed, the best first; only components
 * that the policy judges appear, since one that was never looked at has no rate.
 *
 * Invariant: every row carries the policy's digest, the as-of time and z; a value that does not
 * exist is null, never NaN, 0 or 1. Cost: O(rows), one pass. */

#include "fulfilment/perfect_order_result.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "base/stats.h"

/* --- the frame around every table ------------------------------------------------------------- */

static const cstn__result_column closing_columns[] = {
		{"policy", CSTN_TYPE_TEXT, 0},
		{"as_of", CSTN_TYPE_TIME, 0},
		{"z", CSTN_TYPE_DOUBLE, 0},
};
#define N_CLOSING ((int32_t)(sizeof closing_columns / sizeof closing_columns[0]))

static int names_column(const char *dimension, const cstn__result_column *columns, size_t n_columns)
{
	size_t i;

	for (i = 0; i < n_columns; i++)
		if (strcmp(dimension, columns[i].name) == 0)
			return 1;
	return strcmp(dimension, "mixed") == 0 || strcmp(dimension, "rolled_up") == 0;
}

static cstn_status check_names(const cstn__result_table *table, const cstn__result_column *columns,
		size_t n_columns, cstn_error **error)
{
	const cstn_perfect_order_result *result = table->result;
	size_t d;

	for (d = 0; d < result->n_dimensions; d++) {
		if (table->dimension >= 0 && (size_t)table->dimension != d)
			continue;
		if (names_column(result->dimensions[d].name, columns, n_columns) ||
				names_column(result->dimensions[d].name, closing_columns,
						(size_t)N_CLOSING))
			return cstn__fail(error, CSTN_E_SCHEMA,
					"dimension '%s' has the name of a column of the table; "
					"rename it in the binding",
					result->dimensions[d].name);
	}
	return CSTN_OK;
}

/* Columns in front of the table's own: dimensions, mixed, and rolled_up when all are shown. */
static int add_columns(
		cstn__result_table *table, const cstn__result_column *columns, size_t n_columns)
{
	const cstn_perfect_order_result *result = table->result;
	size_t d, i;
	int failed = 0;

	for (d = 0; d < result->n_dimensions; d++)
		if (table->dimension < 0 || (size_t)table->dimension == d)
			failed |= cstn__table_add_column(table->builder, result->dimensions[d].name,
						  result->dimensions[d].type, 0, 1) < 0;
	failed |= cstn__table_add_column(table->builder, "mixed", CSTN_TYPE_INT32, 0, 0) < 0;
	if (table->dimension < 0)
		failed |= cstn__table_add_column(
					  table->builder, "rolled_up", CSTN_TYPE_INT32, 0, 0) < 0;
	for (i = 0; i < n_columns; i++)
		failed |= cstn__table_add_column(table->builder, columns[i].name, columns[i].type,
					  0, columns[i].nullable) < 0;
	for (i = 0; i < (size_t)N_CLOSING; i++)
		failed |= cstn__table_add_column(table->builder, closing_columns[i].name,
					  closing_columns[i].type, 0, 0) < 0;
	return failed;
}

cstn_status cstn__result_table_begin(cstn__result_table *table,
		const cstn_perfect_order_result *result, int32_t dimension,
		const cstn__result_column *columns, size_t n_columns, cstn_error **error)
{
	cstn_status status;

	table->result = result;
	table->builder = NULL;
	table->n_columns = n_columns;
	table->dimension = dimension;
	table->own = dimension < 0 ? (int32_t)result->n_dimensions + 2 : 2;
	status = check_names(table, columns, n_columns, error);
	if (status == CSTN_OK)
		status = cstn__table_builder_new(&result->allocator, &table->builder, error);
	if (status != CSTN_OK)
		return status;
	if (add_columns(table, columns, n_columns)) {
		cstn__table_builder_free(table->builder);
		return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

static void put_key(
		cstn__result_table *table, int32_t column, int32_t type, const cstn__key_value *key)
{
	if (key->kind != CSTN__KEY_VALUE)
		cstn__table_put_null(table->builder, column);
	else if (type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table->builder, column, key->text, key->len);
	else
		cstn__table_put_i64(table->builder, column, key->number);
}

void cstn__result_table_row(cstn__result_table *table, size_t row)
{
	const cstn_perfect_order_result *result = table->result;
	const cstn__key_value *keys = result->keys + row * result->n_dimensions;
	int32_t column = 0, mixed = 0, rolled_up = 0, kind;
	size_t d;

	for (d = 0; d < result->n_dimensions; d++) {
		if (table->dimension >= 0 && (size_t)table->dimension != d)
			continue;
		kind = keys[d].kind;
		put_key(table, column++, result->dimensions[d].type, &keys[d]);
		mixed |= (kind == CSTN__KEY_MIXED) << (table->dimension < 0 ? d : 0);
		rolled_up |= (kind == CSTN__KEY_ALL) << d;
	}
	cstn__table_put_i64(table->builder, column++, mixed);
	if (table->dimension < 0)
		cstn__table_put_i64(table->builder, column, rolled_up);
	column = table->own + (int32_t)table->n_columns;
	cstn__table_put_text(table->builder, column,
			cstn_service_policy_digest_text(result->policy),
			2 * (size_t)CSTN_DIGEST_SIZE);
	cstn__table_put_i64(table->builder, column + 1, result->as_of_us);
	cstn__table_put_f64(table->builder, column + 2, result->z);
}

void cstn__result_put_i64(cstn__result_table *table, int32_t own, int64_t value)
{
	cstn__table_put_i64(table->builder, table->own + own, value);
}

void cstn__result_put_f64(cstn__result_table *table, int32_t own, double value)
{
	if (isfinite(value))
		cstn__table_put_f64(table->builder, table->own + own, value);
	else
		cstn__table_put_null(table->builder, table->own + own);
}

void cstn__result_put_text(cstn__result_table *table, int32_t own, const char *text)
{
	cstn__table_put_text(table->builder, table->own + own, text, strlen(text));
}

void cstn__result_put_null(cstn__result_table *table, int32_t own)
{
	cstn__table_put_null(table->builder, table->own + own);
}

/* --- rates ------------------------------------------------------------------------------------ */

static const cstn__result_column rates_columns[] = {
		{"numerator", CSTN_TYPE_INT64, 0},
		{"denominator", CSTN_TYPE_INT64, 0},
		{"rate", CSTN_TYPE_DOUBLE, 1},
		{"low", CSTN_TYPE_DOUBLE, 1},
		{"high", CSTN_TYPE_DOUBLE, 1},
		{"design_effect", CSTN_TYPE_DOUBLE, 1},
		{"n_eff", CSTN_TYPE_DOUBLE, 1},
		{"cluster_low", CSTN_TYPE_DOUBLE, 1},
		{"cluster_high", CSTN_TYPE_DOUBLE, 1},
		{"pending", CSTN_TYPE_INT64, 0},
		{"provisional", CSTN_TYPE_INT64, 0},
		{"excluded", CSTN_TYPE_INT64, 0},
		{"units", CSTN_TYPE_INT64, 0},
		{"h0", CSTN_TYPE_INT64, 1},
		{"h1", CSTN_TYPE_INT64, 1},
		{"h2", CSTN_TYPE_INT64, 1},
		{"h3", CSTN_TYPE_INT64, 1},
		{"h4", CSTN_TYPE_INT64, 1},
		{"h5", CSTN_TYPE_INT64, 1},
		{"h6", CSTN_TYPE_INT64, 1},
		{"h7", CSTN_TYPE_INT64, 1},
		{"h8", CSTN_TYPE_INT64, 1},
		{"h9", CSTN_TYPE_INT64, 1},
		{"h10", CSTN_TYPE_INT64, 1},
		{"h11", CSTN_TYPE_INT64, 1},
		{"h12", CSTN_TYPE_INT64, 1},
		{"h13", CSTN_TYPE_INT64, 1},
		{"h14", CSTN_TYPE_INT64, 1},
		{"h15", CSTN_TYPE_INT64, 1},
};
enum {
	RATES_NUMERATOR,
	RATES_DENOMINATOR,
	RATES_RATE,
	RATES_LOW,
	RATES_HIGH,
	RATES_DESIGN_EFFECT,
	RATES_N_EFF,
	RATES_CLUSTER_LOW,
	RATES_CLUSTER_HIGH,
	RATES_PENDING,
	RATES_PROVISIONAL,
	RATES_EXCLUDED,
	RATES_UNITS,
	RATES_H0
};

static void rates_row(cstn__result_table *table, size_t row)
{
	const cstn__result_group *group = &table->result->groups[row];
	double low = NAN, high = NAN;
	cstn_rate rate;
	int32_t p;

	cstn__result_table_row(table, row);
	cstn__result_rate_of(table->result, group->numerator, group->denominator, &rate);
	if (!isnan(group->n_eff))
		cstn__wilson(rate.value, group->n_eff, table->result->z, &low, &high);
	cstn__result_put_i64(table, RATES_NUMERATOR, group->numerator);
	cstn__result_put_i64(table, RATES_DENOMINATOR, group->denominator);
	cstn__result_put_f64(table, RATES_RATE, rate.value);
	cstn__result_put_f64(table, RATES_LOW, rate.low);
	cstn__result_put_f64(table, RATES_HIGH, rate.high);
	cstn__result_put_f64(table, RATES_DESIGN_EFFECT, group->design_effect);
	cstn__result_put_f64(table, RATES_N_EFF, group->n_eff);
	cstn__result_put_f64(table, RATES_CLUSTER_LOW, low);
	cstn__result_put_f64(table, RATES_CLUSTER_HIGH, high);
	cstn__result_put_i64(table, RATES_PENDING, group->pending);
	cstn__result_put_i64(table, RATES_PROVISIONAL, group->provisional);
	cstn__result_put_i64(table, RATES_EXCLUDED, group->reason[0]);
	cstn__result_put_i64(table, RATES_UNITS, group->units);
	for (p = 0; p < 16; p++) {
		if (cstn__result_has_patterns(table->result))
			cstn__result_put_i64(table, RATES_H0 + p, group->pattern[p]);
		else
			cstn__result_put_null(table, RATES_H0 + p);
	}
}

/* --- losses ----------------------------------------------------------------------------------- */

static const cstn__result_column losses_columns[] = {
		{"component", CSTN_TYPE_TEXT, 0},
		{"failures", CSTN_TYPE_INT64, 0},
		{"only_failures", CSTN_TYPE_INT64, 0},
		{"component_rate", CSTN_TYPE_DOUBLE, 1},
		{"low", CSTN_TYPE_DOUBLE, 1},
		{"high", CSTN_TYPE_DOUBLE, 1},
		{"shared_twelfths", CSTN_TYPE_INT64, 0},
};
enum {
	LOSSES_COMPONENT,
	LOSSES_FAILURES,
	LOSSES_ONLY_FAILURES,
	LOSSES_COMPONENT_RATE,
	LOSSES_LOW,
	LOSSES_HIGH,
	LOSSES_SHARED_TWELFTHS
};

static int64_t shared_twelfths(const cstn__result_group *group, uint32_t component)
{
	int64_t sum = 0;
	uint32_t p;

	for (p = 1; p < 16; p++)
		if (p & component)
			sum += group->pattern[p] * (12 / __builtin_popcount(p));
	return sum;
}

static void losses_row(cstn__result_table *table, size_t row)
{
	const cstn_perfect_order_result *result = table->result;
	const cstn__result_group *group = &result->groups[row];
	cstn_rate rate;
	uint32_t component;

	for (component = 1; component < 16; component <<= 1) {
		if (!(result->rules->components & component))
			continue;
		cstn__result_table_row(table, row);
		cstn__result_rate_of(result, cstn__result_within(result, row, 15u & ~component, 1),
				group->denominator, &rate);
		cstn__result_put_text(table, LOSSES_COMPONENT, cstn_pattern_name(component));
		cstn__result_put_i64(table, LOSSES_FAILURES,
				group->counted - cstn__result_within(
								 result, row, 15u & ~component, 0));
		cstn__result_put_i64(table, LOSSES_ONLY_FAILURES, group->pattern[component]);
		cstn__result_put_f64(table, LOSSES_COMPONENT_RATE, rate.value);
		cstn__result_put_f64(table, LOSSES_LOW, rate.low);
		cstn__result_put_f64(table, LOSSES_HIGH, rate.high);
		cstn__result_put_i64(
				table, LOSSES_SHARED_TWELFTHS, shared_twelfths(group, component));
	}
}

/* --- causes ----------------------------------------------------------------------------------- */

static const cstn__result_column causes_columns[] = {
		{"component", CSTN_TYPE_TEXT, 0},
		{"cause", CSTN_TYPE_TEXT, 0},
		{"owner", CSTN_TYPE_TEXT, 0},
		{"failures", CSTN_TYPE_INT64, 0},
};
enum { CAUSES_COMPONENT, CAUSES_CAUSE, CAUSES_OWNER, CAUSES_FAILURES };

static const char *owner_name(int32_t owner)
{
	static const char *const names[] = {
			"unknown", "supplier", "warehouse", "carrier", "customer", "own_office"};

	return owner >= 0 && owner <= CSTN_OWNER_OWN_OFFICE ? names[owner] : names[0];
}

static void causes_row(cstn__result_table *table, size_t row)
{
	const cstn_perfect_order_result *result = table->result;
	const cstn__result_cause *cause;
	size_t i;

	for (i = result->first_cause[row]; i < result->first_cause[row + 1]; i++) {
		cause = &result->causes.items[i];
		cstn__result_table_row(table, row);
		cstn__result_put_text(
				table, CAUSES_COMPONENT, cstn_pattern_name(1u << cause->component));
		cstn__table_put_text(table->builder, table->own + CAUSES_CAUSE, cause->cause,
				cause->len);
		cstn__result_put_text(table, CAUSES_OWNER, owner_name(cause->owner));
		cstn__result_put_i64(table, CAUSES_FAILURES, cause->units);
	}
}

/* --- levers ----------------------------------------------------------------------------------- */

static const cstn__result_column levers_columns[] = {
		{"components", CSTN_TYPE_TEXT, 0},
		{"numerator", CSTN_TYPE_INT64, 0},
		{"denominator", CSTN_TYPE_INT64, 0},
		{"rate", CSTN_TYPE_DOUBLE, 1},
		{"gain", CSTN_TYPE_DOUBLE, 1},
};
enum { LEVERS_COMPONENTS, LEVERS_NUMERATOR, LEVERS_DENOMINATOR, LEVERS_RATE, LEVERS_GAIN };

typedef struct lever {
	int64_t numerator;
	uint32_t set;
	uint32_t reserved;
} lever;

/* The greater gain first; of equal ones the smaller set, which costs less to fix. */
static int compare_levers(const void *left, const void *right, void *context)
{
	const lever *a = left, *b = right;
	int sizes = __builtin_popcount(a->set) - __builtin_popcount(b->set);

	(void)context;
	if (a->numerator != b->numerator)
		return a->numerator > b->numerator ? -1 : 1;
	if (sizes != 0)
		return sizes;
	return (a->set > b->set) - (a->set < b->set);
}

static void levers_row(cstn__result_table *table, size_t row)
{
	const cstn_perfect_order_result *result = table->result;
	const cstn__result_group *group = &result->groups[row];
	lever levers[15];
	size_t n = 0, i;
	cstn_rate rate;
	uint32_t set;

	for (set = 1; set < 16; set++) {
		if (set & ~(uint32_t)result->rules->components)
			continue;
		levers[n].numerator = cstn__result_within(result, row, set, 1);
		levers[n].reserved = 0;
		levers[n++].set = set;
	}
	cstn__sort(levers, n, sizeof levers[0], compare_levers, NULL);
	for (i = 0; i < n; i++) {
		cstn__result_table_row(table, row);
		cstn__result_rate_of(result, levers[i].numerator, group->denominator, &rate);
		cstn__result_put_text(table, LEVERS_COMPONENTS, cstn_pattern_name(levers[i].set));
		cstn__result_put_i64(table, LEVERS_NUMERATOR, levers[i].numerator);
		cstn__result_put_i64(table, LEVERS_DENOMINATOR, group->denominator);
		cstn__result_put_f64(table, LEVERS_RATE, rate.value);
		cstn__result_put_f64(table, LEVERS_GAIN,
				group->denominator > 0
						? (double)(levers[i].numerator - group->numerator) /
								  (double)group->denominator
						: NAN);
	}
}

/* --- exclusions ------------------------------------------------------------------------------- */

static const cstn__result_column exclusions_columns[] = {
		{"reason", CSTN_TYPE_TEXT, 0},
		{"units", CSTN_TYPE_INT64, 0},
};
enum { EXCLUSIONS_REASON, EXCLUSIONS_UNITS };

static void exclusions_row(cstn__result_table *table, size_t row)
{
	const cstn__result_group *group = &table->result->groups[row];
	int32_t reason;

	for (reason = 1; reason < CSTN_REASON_COUNT; reason++) {
		if (group->reason[reason] == 0)
			continue;
		cstn__result_table_row(table, row);
		cstn__result_put_text(table, EXCLUSIONS_REASON, cstn_reason_name(reason));
		cstn__result_put_i64(table, EXCLUSIONS_UNITS, group->reason[reason]);
	}
}

/* --- the call --------------------------------------------------------------------------------- */

#define TABLE(name, patterns)                                                               \
	{                                                                                   \
		name##_columns, sizeof name##_columns / sizeof name##_columns[0], patterns, \
				name##_row                                                  \
	}

static const struct table_kind {
	const cstn__result_column *columns;
	size_t n_columns;
	int needs_patterns;
	void (*row)(cstn__result_table *table, size_t row);
} table_kinds[] = {
		TABLE(rates, 0),
		TABLE(losses, 1),
		TABLE(causes, 1),
		TABLE(levers, 1),
		TABLE(exclusions, 0),
};

cstn_status cstn_perfect_order_result_export(const cstn_perfect_order_result *result, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	const struct table_kind *kind;
	cstn__result_table rows;
	cstn_status status;
	size_t row;

	if (!result || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				result ? "out" : "result");
	if (table < CSTN_TABLE_RATES || table > CSTN_TABLE_EXCLUSIONS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table %" PRId32 " is outside 1..%d", table, CSTN_TABLE_EXCLUSIONS);
	kind = &table_kinds[table - CSTN_TABLE_RATES];
	if (kind->needs_patterns && !cstn__result_has_patterns(result))
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"under credit=unit a unit has no failure pattern: there are rates "
				"and exclusions, but no losses, causes or levers");
	status = cstn__result_table_begin(&rows, result, -1, kind->columns, kind->n_columns, error);
	if (status != CSTN_OK)
		return status;
	for (row = 0; row < result->n_groups; row++)
		kind->row(&rows, row);
	return cstn__table_export(rows.builder, out, error);
}
