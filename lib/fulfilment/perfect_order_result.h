#ifndef CSTN_FULFILMENT_PERFECT_ORDER_RESULT_H
#define CSTN_FULFILMENT_PERFECT_ORDER_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/perfect_order.h>

#include "base/alloc.h"
#include "base/map.h"
#include "fulfilment/counts.h"
#include "fulfilment/policy.h"
#include "table/export.h"

/* What a result keeps of one group: integers that fit int64, checked once, and the design effect.
 */
typedef struct cstn__result_group {
	int64_t pattern[16];
	int64_t reason[CSTN_REASON_COUNT]; /* [0] = all of them */
	int64_t pending, provisional;
	int64_t counted;                /* sum of pattern */
	int64_t units;                  /* counted + pending + excluded */
	int64_t numerator, denominator; /* of the rate: units, weights or credit */
	double design_effect, n_eff;    /* NaN: not known */
} cstn__result_group;

typedef struct cstn__result_cause {
	const char *cause;
	uint32_t len;
	int32_t component; /* 0..3 */
	int32_t owner;
	int32_t reserved;
	int64_t units;
} cstn__result_cause;

typedef struct cstn__result_dimension {
	const char *name;
	int32_t type; /* CSTN_TYPE_; TEXT when there was no data */
	int32_t period;
} cstn__result_dimension;

/* Rows 0 .. n_groups - 1 are the groups, row n_groups is the total. */
struct cstn_perfect_order_result {
	uint64_t references; /* atomic */
	cstn_allocator allocator;
	cstn_service_policy *policy;
	const cstn__policy_rules *rules;
	int64_t as_of_us;
	double z;
	uint32_t flags;
	int32_t weighted;     /* numerators are not units: no plain interval */
	int32_t overlapping;  /* a unit stands in more than one group */
	cstn__interner texts; /* owns every text below */
	size_t n_dimensions, n_groups;
	cstn__result_dimension *dimensions;
	cstn__key_value *keys; /* n_groups * n_dimensions; `text` is the printed form, NULL for null
				*/
	cstn__result_group *groups; /* n_groups + 1 */
	int64_t *weights;           /* 16 a row, or NULL when a unit weighs 1 */
	size_t *first_cause;        /* n_groups + 2; NULL under credit=unit */
	CSTN__ARRAY(cstn__result_cause) causes;
};

/* A result from closed counts, which stay the caller's. CSTN_E_OVERFLOW if a sum leaves int64;
 * CSTN_E_CORRUPT if causes add up to more than the failures they explain. */
cstn_status cstn__perfect_order_result_from_folded(
		const cstn__folded *folded, cstn_perfect_order_result **out, cstn_error **error);

/* Row of a group number or CSTN_GROUP_TOTAL; SIZE_MAX if there is none. */
size_t cstn__result_row(const cstn_perfect_order_result *result, size_t group);
/* Units (or weight, when `weights`) whose failures all lie inside `set`. */
int64_t cstn__result_within(
		const cstn_perfect_order_result *result, size_t row, uint32_t set, int weights);
/* numerator / denominator with its plain interval, NaN where there is none. */
void cstn__result_rate_of(const cstn_perfect_order_result *result, int64_t numerator,
		int64_t denominator, cstn_rate *out);
int cstn__result_has_patterns(const cstn_perfect_order_result *result);
/* Order of keys: kind, then number or bytes. */
int cstn__key_compare(const cstn__key_value *a, const cstn__key_value *b);

/* --- tables: dimensions, `mixed` and `rolled_up`, the table's own columns, `policy`, `as_of`, `z`
 */
typedef struct cstn__result_column {
	const char *name;
	int32_t type;
	int32_t nullable;
} cstn__result_column;

typedef struct cstn__result_table {
	const cstn_perfect_order_result *result;
	cstn__table_builder *builder;
	size_t n_columns;
	int32_t dimension; /* the only dimension shown, or -1 for all */
	int32_t own;       /* number of the table's first own column */
} cstn__result_table;
cstn_status cstn__result_table_begin(cstn__result_table *table,
		const cstn_perfect_order_result *result, int32_t dimension,
		const cstn__result_column *columns, size_t n_columns, cstn_error **error);
/* Everything in a row that is not the table's own. */
void cstn__result_table_row(cstn__result_table *table, size_t row);
/* One of the table's own values; NaN and NULL become null. */
void cstn__result_put_i64(cstn__result_table *table, int32_t own, int64_t value);
void cstn__result_put_f64(cstn__result_table *table, int32_t own, double value);
void cstn__result_put_text(cstn__result_table *table, int32_t own, const char *text);
void cstn__result_put_null(cstn__result_table *table, int32_t own);

#endif
