#ifndef TESTS_WIDE_REFERENCE_H
#define TESTS_WIDE_REFERENCE_H

#include "fulfilment/perfect_order_state.h"
#include "wide_lines.h"

/* What wide lines come to by the definition: every line judged by itself, units rolled up by the
 * words of the specification. Slow and plain. */

typedef struct wide_row {
	const wide_line *line;
	cstn_order_line facts;
	cstn__line_verdict verdict;
	cstn__key_value keys[CSTN__DIMENSIONS_MAX];
	int64_t key, sub;
	int has_key, bad, dropped;
} wide_row;

typedef struct wide_group {
	cstn__key_value keys[CSTN__DIMENSIONS_MAX];
	cstn__group_counts counts;
} wide_group;

typedef struct wide_cause {
	int64_t group; /* -1 = the total */
	int32_t component, owner;
	const char *text; /* NULL = not known */
	int64_t units;
} wide_cause;

typedef struct wide_reference {
	const wide_lines *lines;
	cstn__judge judge;
	const cstn__dimension *dimensions;
	size_t n_dimensions;
	uint32_t flags;
	int64_t from_us, to_us;
	int key_column, has_causes;
	wide_row *rows;
	size_t n_rows;
	wide_group *groups;
	size_t n_groups;
	wide_cause *causes;
	size_t n_causes;
	cstn__group_counts total;
} wide_reference;

/* The caller has set lines, judge, dimensions, flags, period and key column. */
void wide_reference_make(wide_reference *ref);
void wide_reference_free(wide_reference *ref);
/* The group of these keys, made if it is not there. */
wide_group *wide_group_of(wide_reference *ref, const cstn__key_value *keys);

#endif
