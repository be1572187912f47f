#ifndef CSTN_SHARING_CONSTRAINT_PLAN_H
#define CSTN_SHARING_CONSTRAINT_PLAN_H

#include "sharing/constraint.h"
#include "sharing/cut_set.h"

/* One dimension of what a constraint speaks of: an operand; or, for a set of ids where sets are
 * taken apart, whether one id is in the set, or any other than those that are named. */
typedef struct cstn__axis {
	uint32_t operand; /* in the vocabulary */
	uint32_t member;  /* of `ids` of the operand's first axis; CSTN__AXIS_WHOLE, _OTHER */
	cstn_id *ids;     /* named by a leaf, sorted: the value of ids[i] is i */
	size_t n_ids;
	cstn__cuts domain;
	int64_t at_most;  /* axis that this one never exceeds; -1 */
	uint32_t members; /* taken apart: the axis of ids[0], those of the others behind it */
	uint32_t reserved;
} cstn__axis;
#define CSTN__AXIS_WHOLE UINT32_MAX
#define CSTN__AXIS_OTHER (UINT32_MAX - 1)

/* A node: a set of values on an axis, or a leaf as it was, or what combines children. */
typedef struct cstn__plan_node {
	int32_t kind;  /* CSTN_CONSTRAINT_...; LEAF: a set or a leaf */
	uint32_t axis; /* of a set */
	cstn__cuts set;
	const cstn_constraint *leaf; /* NULL: a set */
	uint32_t operand;            /* of set and leaf, in the vocabulary */
	uint32_t n;
	struct cstn__plan_node **children;
} cstn__plan_node;

typedef struct cstn__plan {
	cstn__arena arena;
	const cstn_vocabulary *vocabulary;
	int32_t apart; /* 1: sets of ids are taken apart */
	int32_t reserved;
	CSTN__ARRAY(cstn__axis) axes;
	uint32_t *first_axis; /* by operand; UINT32_MAX */
} cstn__plan;

/* Find the axes of constraints (NULL ones are skipped), and the ids they name. CSTN_E_UNEVALUABLE;
 * CSTN_E_NOMEM. Close it also after a failure. The vocabulary and the constraints must outlive the
 * plan. */
cstn_status cstn__plan_open(cstn__plan *plan, const cstn_constraint *const *roots, size_t n_roots,
		const cstn_vocabulary *vocabulary, int32_t apart, const cstn_allocator *allocator,
		cstn_error **error);
/* Compile one of them: constraints on one axis become one set. The node is the plan's. */
cstn_status cstn__plan_compile(cstn__plan *plan, const cstn_constraint *root, cstn__plan_node **out,
		cstn_error **error);
void cstn__plan_close(cstn__plan *plan);

/* Is purpose `code` covered by one of the values of a leaf, whose codes are in `values`? */
int cstn__plan_covers(const cstn__plan *plan, const uint32_t *values, size_t n, uint32_t code);
/* The codes of a leaf's purposes; NULL: out of memory. */
uint32_t *cstn__plan_codes(cstn__plan *plan, const cstn_constraint *leaf);
/* Where a fact that the operand takes stands on its axis. */
cstn__position cstn__axis_position(
		const cstn__axis *axis, const cstn__operand *operand, const cstn_fact *fact);

#endif
