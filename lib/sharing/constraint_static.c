/* Questions about constraints without facts: can it hold, does it follow, do two go together?
 *
 * A search over conjuncts: a box of one set of values an axis, which literals narrow and choices
 * branch. A branch ends where a set gets empty, or, when nothing is left to satisfy, with a box
 * whose every point is an answer. What must hold comes first, choices later, so that most branches
 * end early. An operand that never exceeds another is asked for at the end: the least of its set
 * against the greatest of the other's. It is exact: constraints are trees of AND, OR, XONE, NOT
 * over sets, and sets of ids are taken apart. Values between two numbers are always taken to exist,
 * but for int64.
 *
 * All that may grow stands in arrays that a choice remembers the heights of and cuts back to; there
 * is no recursion. After 4,096 conjuncts, or 2^22 steps, the answer is UNKNOWN.
 *
 * Cost: O(nodes) for trees without choices; for others it is bounded as said. */
#include <string.h>

#include "base/error.h"
#include "sharing/constraint_plan.h"

#define STEPS_MOST (INT64_C(1) << 22)
#define NOTHING UINT32_MAX

/* What is to be satisfied still: a list that branches share. */
typedef struct task {
	const cstn__plan_node *node;
	uint32_t turned; /* 1: it must not hold */
	uint32_t next;   /* NOTHING: the last */
} task;

/* A set of values, its cuts in the pool. */
typedef struct side {
	size_t from, n;
	int32_t starts;
	uint32_t axis; /* in the trail: whose it was */
} side;

/* A choice that has more to try, and the heights to go back to. */
typedef struct choice {
	const cstn__plan_node *node;
	uint32_t turned, next, musts, choices;
	size_t tasks, cuts, trail;
} choice;

typedef struct search {
	cstn__plan plan;
	side *box; /* by axis */
	CSTN__ARRAY(task) tasks;
	CSTN__ARRAY(cstn__cut) cuts;
	CSTN__ARRAY(side) trail;
	CSTN__ARRAY(choice) open;
	uint32_t musts, choices;  /* lists */
	int32_t reserved, failed; /* out of memory */
	int64_t steps, conjuncts;
} search;

/* --- the box ---------------------------------------------------------------------------------- */

static cstn__cuts set_of(const search *at, uint32_t axis)
{
	const side *is = at->box + axis;
	cstn__cuts set = {is->n ? at->cuts.items + is->from : NULL, is->n, is->starts, 0};

	return set;
}

/* Narrow an axis to a set, or to what is not in it. 0 if nothing is left. */
static int narrow(search *at, uint32_t axis, const cstn__cuts *by, int turned)
{
	const cstn_allocator *memory = &at->plan.arena.allocator;
	cstn__cuts other = *by, own;
	side was = at->box[axis], *is = at->box + axis;

	other.starts ^= turned;
	was.axis = axis;
	if (cstn__array_reserve(memory, &at->cuts, was.n + by->n) ||
			cstn__array_reserve(memory, &at->trail, 1)) {
		at->failed = 1;
		return 0;
	}
	own = set_of(at, axis);
	at->trail.items[at->trail.count++] = was;
	is->from = at->cuts.count;
	is->n = own.n + other.n ? cstn__cuts_meet(&own, &other, at->cuts.items + at->cuts.count)
				: 0;
	is->starts = own.starts && other.starts;
	at->cuts.count += is->n;
	at->steps += (int64_t)(own.n + other.n) / 8;
	return is->n || is->starts;
}

/* Is some value of `low` not above some value of `high`? Neither is empty. */
static int may_not_exceed(const cstn__cuts *low, const cstn__cuts *high)
{
	const cstn__cut *least, *most;

	if (low->starts || (high->starts ^ (int)(high->n & 1)))
		return 1;
	least = low->cut;
	most = high->cut + high->n - 1;
	return least->value < most->value ||
	       (least->value == most->value && !least->after && most->after);
}

static int bounds_hold(const search *at)
{
	size_t i;

	for (i = 0; i < at->plan.axes.count; i++) {
		int64_t bound = at->plan.axes.items[i].at_most;
		cstn__cuts low, high;

		if (bound < 0)
			continue;
		low = set_of(at, (uint32_t)i);
		high = set_of(at, (uint32_t)bound);
		if (!may_not_exceed(&low, &high))
			return 0;
	}
	return 1;
}

/* --- what is to be satisfied ------------------------------------------------------------------ */

static int is_choice(const cstn__plan_node *node, uint32_t turned)
{
	if (node->kind == CSTN_CONSTRAINT_XONE)
		return 1;
	return node->kind == (turned ? CSTN_CONSTRAINT_AND : CSTN_CONSTRAINT_OR);
}

static void put_task(search *at, const cstn__plan_node *node, uint32_t turned)
{
	task made = {node, turned, NOTHING};
	uint32_t *list;

	while (made.node->kind == CSTN_CONSTRAINT_NOT) {
		made.node = made.node->children[0];
		made.turned ^= 1;
	}
	list = is_choice(made.node, made.turned) ? &at->choices : &at->musts;
	if (cstn__array_reserve(&at->plan.arena.allocator, &at->tasks, 1)) {
		at->failed = 1;
		return;
	}
	made.next = *list;
	*list = (uint32_t)at->tasks.count;
	at->tasks.items[at->tasks.count++] = made;
	at->steps++;
}

/* How many ways a choice has. Of XONE: each child alone; turned: none at all, or each pair. */
static uint64_t ways_of(const cstn__plan_node *node, uint32_t turned)
{
	uint64_t n = node->n;

	return node->kind == CSTN_CONSTRAINT_XONE && turned ? 1 + n * (n - 1) / 2 : n;
}

static void take_way(search *at, const cstn__plan_node *node, uint32_t turned, uint32_t way)
{
	uint32_t i, first = 0;

	if (node->kind != CSTN_CONSTRAINT_XONE) {
		put_task(at, node->children[way], turned);
		return;
	}
	if (!turned || !way) { /* all but `way` must not hold; turned: none holds */
		for (i = 0; i < node->n; i++)
			put_task(at, node->children[i], turned || i != way);
		return;
	}
	for (way--; way >= node->n - 1 - first; first++) /* the pair of that number */
		way -= node->n - 1 - first;
	put_task(at, node->children[first], 0);
	put_task(at, node->children[first + 1 + way], 0);
}

/* Do all that must be done. 0 if it cannot be. */
static int settle(search *at)
{
	while (at->musts != NOTHING && !at->failed && at->steps < STEPS_MOST) {
		task is = at->tasks.items[at->musts];
		uint32_t i;

		at->musts = is.next;
		if (is.node->kind != CSTN_CONSTRAINT_LEAF) {
			for (i = 0; i < is.node->n; i++)
				put_task(at, is.node->children[i], is.turned);
			continue;
		}
		if (!narrow(at, is.node->axis, &is.node->set, (int)is.turned))
			return 0;
	}
	return !at->failed;
}

/* Begin with the next choice; 0 if there is none, so that the box is an answer. */
static int choose(search *at)
{
	choice made = {.next = 0};
	const task *is;

	if (at->choices == NOTHING)
		return 0;
	is = at->tasks.items + at->choices;
	at->choices = is->next;
	made.node = is->node;
	made.turned = is->turned;
	made.musts = at->musts;
	made.choices = at->choices;
	made.tasks = at->tasks.count;
	made.cuts = at->cuts.count;
	made.trail = at->trail.count;
	if (cstn__array_reserve(&at->plan.arena.allocator, &at->open, 1))
		at->failed = 1;
	else
		at->open.items[at->open.count++] = made;
	return 1;
}

/* Go back to the last choice and take its next way; 0 if none is left. */
static int next_way(search *at)
{
	while (at->open.count) {
		choice *is = at->open.items + at->open.count - 1;

		while (at->trail.count > is->trail) {
			const side *was = at->trail.items + --at->trail.count;

			at->box[was->axis] = *was;
		}
		at->tasks.count = is->tasks;
		at->cuts.count = is->cuts;
		at->musts = is->musts;
		at->choices = is->choices;
		if (is->next < ways_of(is->node, is->turned)) {
			take_way(at, is->node, is->turned, is->next++);
			return 1;
		}
		at->open.count--;
	}
	return 0;
}

/* Can all tasks hold together? */
static int32_t run(search *at)
{
	while (at->steps < STEPS_MOST && !at->failed) {
		int holds = settle(at);

		if (at->steps >= STEPS_MOST || at->failed)
			break;
		if (!(holds && choose(at))) { /* a conjunct is at its end */
			if (holds && bounds_hold(at))
				return CSTN_TRUTH_TRUE;
			if (++at->conjuncts > CSTN_CONSTRAINT_CONJUNCTS_MOST)
				break;
		}
		if (!next_way(at))
			return at->failed ? CSTN_TRUTH_UNKNOWN : CSTN_TRUTH_FALSE;
	}
	return CSTN_TRUTH_UNKNOWN;
}

/* --- a question ------------------------------------------------------------------------------- */

static cstn_status prepare(search *at, const cstn_constraint *const *roots, const uint32_t *turned,
		cstn_error **error)
{
	const cstn_allocator *memory = &at->plan.arena.allocator;
	cstn__plan_node *node;
	cstn_status status = CSTN_OK;
	size_t i, j, n = at->plan.axes.count;

	at->musts = at->choices = NOTHING;
	at->box = cstn__arena_alloc(&at->plan.arena, cstn__array_size(n, sizeof(side)));
	if (!at->box)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		const cstn__cuts *domain = &at->plan.axes.items[i].domain;
		side is = {at->cuts.count, domain->n, domain->starts, (uint32_t)i};

		if (cstn__array_reserve(memory, &at->cuts, domain->n))
			return cstn__fail_nomem(error);
		for (j = 0; j < domain->n; j++)
			at->cuts.items[at->cuts.count++] = domain->cut[j];
		at->box[i] = is;
	}
	for (i = 0; status == CSTN_OK && i < 2; i++) {
		if (!roots[i])
			continue;
		status = cstn__plan_compile(&at->plan, roots[i], &node, error);
		if (status == CSTN_OK)
			put_task(at, node, turned[i]);
	}
	return status;
}

static void search_close(search *at)
{
	cstn_allocator memory = at->plan.arena.allocator;

	cstn__array_free(&memory, &at->tasks);
	cstn__array_free(&memory, &at->cuts);
	cstn__array_free(&memory, &at->trail);
	cstn__array_free(&memory, &at->open);
	cstn__plan_close(&at->plan);
}

/* Can `a` and `b` (or, turned, its contrary) hold together? NULL always holds; what cannot be
 * evaluated is UNKNOWN. */
static cstn_status can_hold(const cstn_constraint *a, const cstn_constraint *b, uint32_t b_turned,
		const cstn_vocabulary *vocabulary, int32_t *truth, cstn_error **error)
{
	const cstn_constraint *const roots[2] = {a, b};
	const uint32_t turned[2] = {0, b_turned};
	cstn_error *why = NULL;
	search at;
	cstn_status status;

	memset(&at, 0, sizeof(at));
	status = cstn__plan_open(&at.plan, roots, 2, vocabulary, 1,
			cstn__vocabulary_allocator(vocabulary), &why);
	if (status == CSTN_OK)
		status = prepare(&at, roots, turned, &why);
	if (status == CSTN_OK) {
		int32_t found = run(&at);

		if (at.failed)
			status = cstn__fail_nomem(&why);
		else
			*truth = found;
	} else if (status == CSTN_E_UNEVALUABLE) {
		*truth = CSTN_TRUTH_UNKNOWN;
		status = CSTN_OK;
		cstn_error_free(why);
		why = NULL;
	}
	search_close(&at);
	if (error)
		*error = why ? why : *error;
	else
		cstn_error_free(why);
	return status;
}

static cstn_status answer(
		cstn_status status, int32_t truth, int32_t yes, int32_t *out, int32_t *unknown)
{
	if (status != CSTN_OK)
		return status;
	*out = truth == yes;
	if (unknown)
		*unknown = truth == CSTN_TRUTH_UNKNOWN;
	return CSTN_OK;
}

cstn_status cstn_constraint_is_realizable(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, int32_t *realizable, int32_t *unknown,
		cstn_error **error)
{
	int32_t truth = CSTN_TRUTH_UNKNOWN;
	cstn_status status;

	if (!vocabulary || !realizable)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "vocabulary or realizable is NULL");
	status = can_hold(constraint, NULL, 0, vocabulary, &truth, error);
	return answer(status, truth, CSTN_TRUTH_TRUE, realizable, unknown);
}

cstn_status cstn_constraint_is_implied(const cstn_constraint *constraint, const cstn_constraint *by,
		const cstn_vocabulary *vocabulary, int32_t *implied, int32_t *unknown,
		cstn_error **error)
{
	int32_t truth = CSTN_TRUTH_FALSE; /* nothing implies less than NULL */
	cstn_status status = CSTN_OK;

	if (!vocabulary || !implied)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "vocabulary or implied is NULL");
	if (constraint)
		status = can_hold(by, constraint, 1, vocabulary, &truth, error);
	return answer(status, truth, CSTN_TRUTH_FALSE, implied, unknown);
}

/* Set a bit for each operand that a constraint speaks of. */
static void mark_operands(const cstn_constraint *constraint, const cstn_vocabulary *vocabulary,
		uint8_t bit, uint8_t marks[CSTN_VOCABULARY_MOST])
{
	size_t i;

	for (i = 0; constraint && constraint->children && i < constraint->n; i++)
		mark_operands(constraint->children[i], vocabulary, bit, marks);
	if (constraint && !constraint->children)
		marks[cstn_vocabulary_find_operand(vocabulary, constraint->operand.text,
				constraint->operand.len)] |= bit;
}

/* Does each speak of all operands that the other speaks of? All are registered. */
static int speak_of_the_same(const cstn_constraint *a, const cstn_constraint *b,
		const cstn_vocabulary *vocabulary)
{
	uint8_t marks[CSTN_VOCABULARY_MOST] = {0};
	size_t i;

	mark_operands(a, vocabulary, 1, marks);
	mark_operands(b, vocabulary, 2, marks);
	for (i = 0; i < CSTN_VOCABULARY_MOST; i++)
		if (marks[i] == 1 || marks[i] == 2)
			return 0;
	return 1;
}

cstn_status cstn_constraint_compare(const cstn_constraint *a, const cstn_constraint *b,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_error **error)
{
	int32_t truth = CSTN_TRUTH_UNKNOWN;
	cstn_status status;

	if (!vocabulary || !verdict)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "vocabulary or verdict is NULL");
	status = can_hold(a, b, 0, vocabulary, &truth, error);
	if (status != CSTN_OK)
		return status;
	if (truth == CSTN_TRUTH_UNKNOWN)
		*verdict = CSTN_COMPARE_UNKNOWN;
	else if (truth == CSTN_TRUTH_FALSE)
		*verdict = CSTN_COMPARE_CONFLICT;
	else
		*verdict = speak_of_the_same(a, b, vocabulary) ? CSTN_COMPARE_COMPATIBLE
							       : CSTN_COMPARE_UNDERSPECIFIED;
	return CSTN_OK;
}
