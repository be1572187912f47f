/* The verdict of one order line under a service policy: which of on time (T), in full (F),
 * documents (D) and condition (C) failed, or why the line is not in the rate.
 *
 * After SCOR RL.1.1 (perfect order fulfilment), made explicit by the policy: promise P by basis,
 * bounds L and U of the agreed quantity, arrival A = the time at which the counted quantity reaches
 * L, distance d from P to A in working days or microseconds. The steps run in one order: bad input,
 * dropped (cancelled, fault, force majeure, no promise), pending, overdue, the four components,
 * returns, evidence that is missing. Facts later than the as-of time are not known.
 *
 * Invariants: integers only, quantities in 128 bits, times saturate instead of wrapping; the result
 * is a function of the line, the policy and the as-of time, and of no order among deliveries. No
 * allocation. Cost: a few comparisons a line; with n deliveries O(64 n). */

#include "fulfilment/verdict_facts.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/civil.h"
#include "base/error.h"

__extension__ typedef unsigned __int128 verdict_u128;

#define PPM 1000000
#define CONDITION_MARKS                                                            \
	(CSTN_MARK_DAMAGED | CSTN_MARK_DEFECTIVE | CSTN_MARK_WRONG_CONFIGURATION | \
			CSTN_MARK_REFUSED_FOR_QUALITY)

enum { T, F, D, C };

/* --- quantities ----------------------------------------------------------------------------- */

int64_t cstn__policy_lower(const cstn__policy_rules *rules, int64_t quantity)
{
	verdict_u128 wanted;
	uint64_t small;

	if (rules->under_ppm == CSTN__UNSET)
		return 1;
	if (!rules->under_ppm)
		return quantity;
	if (!__builtin_mul_overflow((uint64_t)quantity, (uint64_t)(PPM - rules->under_ppm), &small))
		return (int64_t)(small / PPM + (small % PPM != 0));
	wanted = (verdict_u128)(uint64_t)quantity * (uint64_t)(PPM - rules->under_ppm);
	return (int64_t)((wanted + (PPM - 1)) / PPM);
}

int64_t cstn__policy_upper(const cstn__policy_rules *rules, int64_t quantity)
{
	verdict_u128 allowed;
	uint64_t small;

	if (rules->over_ppm == CSTN__UNSET)
		return INT64_MAX;
	if (!rules->over_ppm)
		return quantity;
	if (!__builtin_mul_overflow((uint64_t)quantity, (uint64_t)rules->over_ppm + PPM, &small))
		return (int64_t)(small / PPM);
	allowed = (verdict_u128)(uint64_t)quantity * ((uint64_t)rules->over_ppm + PPM) / PPM;
	return allowed > INT64_MAX ? INT64_MAX : (int64_t)allowed;
}

/* whole * part / of, half to even; 0 <= part <= of. */
static int64_t share_of(int64_t whole, int64_t part, int64_t of)
{
	verdict_u128 product = (verdict_u128)(uint64_t)whole * (uint64_t)part;
	uint64_t quotient = (uint64_t)(product / (uint64_t)of);
	uint64_t rest = (uint64_t)(product % (uint64_t)of);

	if (rest > (uint64_t)of - rest || (rest == (uint64_t)of - rest && (quotient & 1)))
		quotient++;
	return (int64_t)quotient;
}

/* --- times ---------------------------------------------------------------------------------- */

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN + 1 : INT64_MAX;
	return sum;
}

/* A promise on a day off moves to the next working day; as an instant it keeps its wall clock. */
static int64_t calendar_move(struct cstn__line_facts *facts, int64_t promise)
{
	const cstn__judge *judge = facts->judge;
	int32_t minutes = facts->line->promised_offset_minutes;
	int32_t day = cstn__judge_day(judge, promise, minutes, facts->ship_to);
	int64_t before, after, moved;

	facts->due_day = day;
	if (!judge->calendar)
		return promise;
	facts->due_day = cstn_calendar_next_working(judge->calendar, day);
	if (facts->due_day == day)
		return promise;
	before = cstn__judge_offset(judge, promise, minutes, facts->ship_to);
	moved = add(promise, ((int64_t)facts->due_day - day) * CSTN_DAY_US);
	after = cstn__judge_offset(judge, moved, minutes, facts->ship_to);
	return add(moved, (before - after) * 1000000);
}

/* Civil days from one time to another, both at the arrival's offset. */
static int64_t days_between(const struct cstn__line_facts *facts, int64_t from, int64_t to)
{
	int32_t minutes = facts->line->actual_offset_minutes;

	return (int64_t)cstn__judge_day(facts->judge, to, minutes, facts->ship_to) -
	       cstn__judge_day(facts->judge, from, minutes, facts->ship_to);
}

/* --- promise -------------------------------------------------------------------------------- */

/* SCOR: the initial commitment, unless the policy lets a later one take its place. */
static int promise_take(
		const struct cstn__line_facts *facts, cstn__judgement *j, cstn__line_fault *fault)
{
	const cstn__policy_rules *rules = facts->rules;
	const cstn_order_line *line = facts->line;
	int customer = !rules->customer_change_ignore &&
		       line->promised_customer_us != CSTN_TIME_NULL;
	int supplier = rules->supplier_change_supersede &&
		       line->promised_supplier_us != CSTN_TIME_NULL;

	j->promise_of = CSTN__PROMISE_OF_BASIS;
	j->verdict.promise_us = rules->promise_basis == CSTN__PROMISE_REQUESTED ? line->requested_us
				: rules->promise_basis == CSTN__PROMISE_LAST_COMMIT
						? line->promised_last_us
						: line->promised_us;
	if (rules->promise_basis == CSTN__PROMISE_LAST_COMMIT)
		return 0;
	if (customer && supplier) {
		if (line->promised_last_us == CSTN_TIME_NULL)
			return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "promised_last",
					CSTN_QUANTITY_NULL,
					"customer and supplier both changed the promise, and only "
					"the last commitment tells which change came last");
		j->promise_of = CSTN__PROMISE_OF_LAST_CHANGE;
		j->verdict.promise_us = line->promised_last_us;
	} else if (customer) {
		j->promise_of = CSTN__PROMISE_OF_CUSTOMER;
		j->verdict.promise_us = line->promised_customer_us;
	} else if (supplier) {
		j->promise_of = CSTN__PROMISE_OF_SUPPLIER;
		j->verdict.promise_us = line->promised_supplier_us;
	}
	return 0;
}

/* --- the four components -------------------------------------------------------------------- */

static void fail(cstn__judgement *j, int component, uint8_t why, int64_t us)
{
	if (us == CSTN_TIME_NULL)
		us = j->due_us != CSTN_TIME_NULL ? j->due_us : INT64_MAX;
	j->verdict.pattern = (uint8_t)(j->verdict.pattern | 1u << component);
	j->verdict.fail_us[component] = us;
	j->why[component] = why;
}

static void leave_open(cstn__judgement *j, int component)
{
	j->verdict.unassessed = (uint8_t)(j->verdict.unassessed | 1u << component);
	j->why[component] = CSTN__WHY_UNASSESSED;
}

/* The first failed attempt counts as arrival when it was inside the window. */
static int attempt_take(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	int64_t attempted = cstn__facts_known(facts->judge, facts->line->attempted_us);
	int64_t distance;

	if (!facts->rules->attempt_counts || attempted == CSTN_TIME_NULL)
		return 0;
	distance = cstn__facts_distance(facts, j, attempted, facts->line->actual_offset_minutes);
	if (cstn__facts_is_late(facts->rules, distance) ||
			cstn__facts_is_early(facts->rules, distance))
		return 0;
	if (j->goods_us != CSTN_TIME_NULL && j->goods_us <= attempted)
		return 0;
	j->verdict.actual_us = attempted;
	j->distance = distance;
	j->has_distance = 1;
	j->why[T] = CSTN__WHY_ATTEMPT;
	return 1;
}

/* A closed line of which no arrival is known. With deliveries it is known that the quantity never
 * came, which is a failure and not a gap. 1 if the line is to be dropped. */
static int no_arrival_judge(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	if (facts->line->deliveries) {
		fail(j, T, CSTN__WHY_NEVER_REACHED, facts->last_us);
		return 0;
	}
	if (!(facts->judge->evidence & CSTN__EVIDENCE_ACTUAL)) {
		leave_open(j, T);
		return 0;
	}
	if (facts->rules->actual_missing == CSTN__EXCLUDE)
		return 1;
	fail(j, T, CSTN__WHY_NO_TIME, CSTN_TIME_NULL);
	return 0;
}

/* 0, or 1 if the line is to be dropped for want of its time. */
static int on_time_judge(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	const cstn__policy_rules *rules = facts->rules;

	j->why[T] = CSTN__WHY_PASS;
	if ((facts->line->marks & CSTN_MARK_CUSTOMER_FAULT) &&
			rules->customer_fault == CSTN__PASS) {
		j->why[T] = CSTN__WHY_CUSTOMER_FAULT;
		return 0;
	}
	if (!facts->days_known) {
		leave_open(j, T);
		return 0;
	}
	if (attempt_take(facts, j))
		return 0;
	if (j->overdue) {
		fail(j, T, CSTN__WHY_OVERDUE, CSTN_TIME_NULL);
		return 0;
	}
	if (j->goods_us == CSTN_TIME_NULL)
		return no_arrival_judge(facts, j);
	j->distance = cstn__facts_distance(
			facts, j, j->goods_us, facts->line->actual_offset_minutes);
	j->has_distance = 1;
	if (cstn__facts_is_late(rules, j->distance))
		fail(j, T, CSTN__WHY_LATE, j->goods_us);
	else if (cstn__facts_is_early(rules, j->distance))
		fail(j, T, CSTN__WHY_EARLY, j->goods_us);
	return 0;
}

static void in_full_judge(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	const cstn__judge *judge = facts->judge;
	int has_column = facts->line->deliveries || (judge->evidence & CSTN__EVIDENCE_QUANTITY);

	j->evaluated = facts->rules->in_full_at_due ? facts->in_due : facts->total;
	/* Of an open line nothing is known to have come: that is a quantity, not a gap. */
	if (j->evaluated == CSTN_QUANTITY_NULL && j->overdue && has_column)
		j->evaluated = 0;
	j->shipments_many = facts->rules->single_shipment && facts->shipments_many;
	j->why[F] = CSTN__WHY_PASS;
	if (facts->other_item)
		fail(j, F, CSTN__WHY_WRONG_ITEM, facts->last_us);
	else if (facts->other_substitute)
		fail(j, F, CSTN__WHY_SUBSTITUTE, facts->last_us);
	else if (j->shipments_many)
		fail(j, F, CSTN__WHY_SHIPMENTS, facts->last_us);
	else if (j->evaluated == CSTN_QUANTITY_NULL || !has_column ||
			j->agreed == CSTN_QUANTITY_NULL)
		leave_open(j, F);
	else if (j->evaluated < j->lower)
		fail(j, F, CSTN__WHY_SHORT, facts->last_us);
	else if (j->evaluated > j->upper)
		fail(j, F, CSTN__WHY_OVER, facts->last_us);
}

static void documents_judge(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	const cstn__policy_rules *rules = facts->rules;
	const cstn_order_line *line = facts->line;
	int64_t complete = cstn__facts_known(facts->judge, line->documents_complete_us);
	uint32_t demanded = rules->documents;

	j->why[D] = CSTN__WHY_PASS;
	if (facts->goods_known && (line->documents_bad & demanded)) {
		fail(j, D, CSTN__WHY_EXCEPTION, j->goods_us);
	} else if (complete != CSTN_TIME_NULL) {
		if (rules->documents_within != CSTN__UNSET && j->goods_us != CSTN_TIME_NULL &&
				days_between(facts, j->goods_us, complete) >
						rules->documents_within)
			fail(j, D, CSTN__WHY_LATE, complete);
	} else if (rules->documents_positive) {
		if (j->overdue)
			j->why[D] = CSTN__WHY_NOT_JUDGED;
		else if ((line->documents_ok & demanded) == demanded && facts->goods_known)
			j->why[D] = CSTN__WHY_PASS;
		else if (!(facts->judge->evidence & CSTN__EVIDENCE_DOCUMENTS) ||
				(line->marks & CSTN_MARK_DOCUMENTS_UNKNOWN))
			leave_open(j, D);
		else
			fail(j, D, CSTN__WHY_UNCONFIRMED, j->goods_us);
	}
}

static void condition_judge(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	uint32_t marks = facts->goods_known ? facts->line->marks : 0;

	j->why[C] = CSTN__WHY_PASS;
	if (marks & CONDITION_MARKS) {
		fail(j, C, CSTN__WHY_EXCEPTION, j->goods_us);
	} else if (facts->rules->condition_positive) {
		if (j->overdue)
			j->why[C] = CSTN__WHY_NOT_JUDGED;
		else if (marks & CSTN_MARK_CONDITION_OK)
			j->why[C] = CSTN__WHY_PASS;
		else if (!(facts->judge->evidence & CSTN__EVIDENCE_CONDITION) ||
				(facts->line->marks & CSTN_MARK_CONDITION_UNKNOWN))
			leave_open(j, C);
		else
			fail(j, C, CSTN__WHY_UNCONFIRMED, j->goods_us);
	}
}

/* A return inside the claim window changes the verdict of the line it came from. */
static void returns_judge(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	const cstn__policy_rules *rules = facts->rules;
	int64_t returned = cstn__facts_known(facts->judge, facts->line->returned_us);
	int component;

	if (rules->returns_restate == 1 || returned == CSTN_TIME_NULL)
		return;
	if (rules->claim_window_days != CSTN__UNSET && j->goods_us != CSTN_TIME_NULL &&
			days_between(facts, j->goods_us, returned) > rules->claim_window_days)
		return;
	switch (facts->line->return_reason) {
	case CSTN_RETURN_DAMAGED:
	case CSTN_RETURN_DEFECTIVE:
	case CSTN_RETURN_WRONG_CONFIGURATION:
		component = C;
		break;
	case CSTN_RETURN_WRONG_ITEM:
	case CSTN_RETURN_SHORT:
	case CSTN_RETURN_EXCESS:
		component = F;
		break;
	case CSTN_RETURN_PAPERWORK:
		component = D;
		break;
	default:
		return;
	}
	if (component != C && rules->returns_restate != 2)
		return;
	if (!(rules->components >> component & 1) || (j->verdict.pattern >> component & 1))
		return;
	j->verdict.unassessed = (uint8_t)(j->verdict.unassessed & ~(1u << component));
	fail(j, component, CSTN__WHY_RETURN, returned);
}

/* --- weight and credit ---------------------------------------------------------------------- */

static int weight_take(
		const struct cstn__line_facts *facts, cstn__judgement *j, cstn__line_fault *fault)
{
	const cstn__policy_rules *rules = facts->rules;
	const cstn_order_line *line = facts->line;

	if (rules->weight == CSTN__WEIGHT_COUNT && !rules->credit_unit) {
		j->verdict.weight = 1;
		return 0;
	}
	if (j->agreed == CSTN_QUANTITY_NULL &&
			(rules->credit_unit || rules->weight != CSTN__WEIGHT_VALUE ||
					line->value_minor == CSTN_QUANTITY_NULL))
		return cstn__line_fault_set(fault, CSTN_ROW_NULL, "qty", CSTN_QUANTITY_NULL,
				"the policy weighs by quantity, and there is none");
	if (rules->weight != CSTN__WEIGHT_VALUE) {
		j->verdict.weight = j->agreed;
	} else if (line->value_minor != CSTN_QUANTITY_NULL) {
		if (line->value_minor < 0)
			return cstn__line_fault_set(fault, CSTN_ROW_NEGATIVE, "value",
					line->value_minor, "a weight is zero or more");
		j->verdict.weight = line->value_minor;
	} else {
		if (line->price_minor == CSTN_QUANTITY_NULL)
			return cstn__line_fault_set(fault, CSTN_ROW_NULL, "value",
					CSTN_QUANTITY_NULL,
					"the policy weighs by value, and there is neither value "
					"nor "
					"price");
		if (line->price_minor < 0)
			return cstn__line_fault_set(fault, CSTN_ROW_NEGATIVE, "price",
					line->price_minor, "a weight is zero or more");
		if (__builtin_mul_overflow(line->price_minor, j->agreed, &j->verdict.weight))
			return cstn__line_fault_set(fault, CSTN_ROW_OVERFLOW, "price",
					line->price_minor, "price x quantity overflows int64");
	}
	return 0;
}

/* Quantity that arrived inside the window, of flat facts. */
static int64_t flat_in_window(const struct cstn__line_facts *facts, const cstn__judgement *j)
{
	int64_t distance;

	if (facts->other_substitute || facts->future)
		return 0;
	if (j->goods_us == CSTN_TIME_NULL)
		return facts->in_due == CSTN_QUANTITY_NULL ? 0 : facts->in_due;
	distance = cstn__facts_distance(facts, j, j->goods_us, facts->line->actual_offset_minutes);
	if (cstn__facts_is_early(facts->rules, distance))
		return 0;
	if (facts->in_due != CSTN_QUANTITY_NULL)
		return facts->in_due;
	if (cstn__facts_is_late(facts->rules, distance))
		return 0;
	return facts->total == CSTN_QUANTITY_NULL ? j->agreed : facts->total;
}

static void credit_take(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	int64_t arrived;

	if (!facts->rules->credit_unit || j->cancelled_by)
		return;
	if (j->due_us == CSTN_TIME_NULL || j->why[T] == CSTN__WHY_CUSTOMER_FAULT ||
			j->why[T] == CSTN__WHY_ATTEMPT) {
		arrived = facts->total;
		if (arrived == CSTN_QUANTITY_NULL)
			arrived = facts->arrived ? j->agreed : 0;
		if (facts->other_substitute && !facts->line->deliveries)
			arrived = 0;
	} else {
		arrived = facts->line->deliveries ? facts->in_window : flat_in_window(facts, j);
	}
	if (arrived > j->agreed)
		arrived = j->agreed;
	j->verdict.credit = share_of(j->verdict.weight, arrived, j->agreed);
}

/* --- the steps ------------------------------------------------------------------------------ */

/* Who cancelled the line wholly: a reason, or 0. Agreed 0 without a word is the customer's doing,
 * for a quantity is taken off by agreement. */
static uint8_t cancelled_by(const cstn_order_line *line, cstn__judgement *j)
{
	int64_t off = line->quantity_cancelled == CSTN_QUANTITY_NULL ? 0 : line->quantity_cancelled;
	int empty = line->quantity != CSTN_QUANTITY_NULL && off == line->quantity;

	j->agreed = line->quantity;
	if (line->quantity != CSTN_QUANTITY_NULL && !empty)
		j->agreed = line->quantity - off;
	if (line->status == CSTN_LINE_CANCELLED_BY_SUPPLIER)
		return CSTN_REASON_CANCELLED_BY_SUPPLIER;
	if (line->status == CSTN_LINE_CANCELLED_BY_CUSTOMER || empty)
		return CSTN_REASON_CANCELLED_BY_CUSTOMER;
	return 0;
}

/* The reason a line is left out before it is judged, in the order of the reasons; or 0. */
static uint8_t drop_reason(
		const struct cstn__line_facts *facts, const cstn__judgement *j, uint8_t cancelled)
{
	const cstn__policy_rules *rules = facts->rules;
	uint32_t marks = facts->line->marks;

	if (cancelled == CSTN_REASON_CANCELLED_BY_CUSTOMER &&
			rules->customer_cancel == CSTN__EXCLUDE)
		return cancelled;
	if (cancelled == CSTN_REASON_CANCELLED_BY_SUPPLIER &&
			rules->supplier_cancel == CSTN__EXCLUDE)
		return cancelled;
	if ((marks & CSTN_MARK_CUSTOMER_FAULT) && rules->customer_fault == CSTN__EXCLUDE)
		return CSTN_REASON_CUSTOMER_FAULT;
	if ((marks & CSTN_MARK_FORCE_MAJEURE) && rules->force_majeure == CSTN__EXCLUDE)
		return CSTN_REASON_FORCE_MAJEURE;
	if (cancelled || j->due_us != CSTN_TIME_NULL)
		return 0;
	if ((rules->components & CSTN_COMPONENT_ON_TIME) ||
			((rules->components & CSTN_COMPONENT_IN_FULL) && rules->in_full_at_due &&
					facts->line->deliveries))
		return CSTN_REASON_NO_PROMISE;
	return 0;
}

static int drop(cstn__judgement *j, uint8_t reason)
{
	j->verdict.outcome = CSTN_OUTCOME_EXCLUDED;
	j->verdict.reason = reason;
	j->verdict.pattern = j->verdict.unassessed = 0;
	for (int i = 0; i < 4; i++)
		j->verdict.fail_us[i] = CSTN_TIME_NULL;
	return 0;
}

static void period_take(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	const cstn_order_line *line = facts->line;
	int64_t us;

	switch (facts->rules->period_basis) {
	case CSTN__BASIS_ORDERED:
		us = cstn__facts_known(facts->judge, line->ordered_us);
		break;
	case CSTN__BASIS_SHIPPED:
		us = cstn__facts_known(facts->judge, line->shipped_us);
		break;
	case CSTN__BASIS_DELIVERED:
		us = line->deliveries ? j->goods_us
				      : cstn__facts_known(facts->judge, line->delivered_us);
		break;
	default:
		us = j->verdict.promise_us;
		break;
	}
	j->verdict.period_us = us;
}

/* Closed; and whether promise + tolerance is past. An open line whose goods have all come is never
 * overdue, it is only not closed yet. */
static int is_pending(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	const cstn_order_line *line = facts->line;
	int64_t distance;

	if (line->status == CSTN_LINE_CLOSED)
		j->closed = !facts->future;
	else if (line->status == CSTN_LINE_STATUS_UNKNOWN)
		j->closed = j->goods_us != CSTN_TIME_NULL;
	if (j->closed)
		return 0;
	if (j->due_us == CSTN_TIME_NULL)
		return 1;
	distance = cstn__facts_distance(
			facts, j, facts->judge->as_of_us, line->promised_offset_minutes);
	if (!cstn__facts_is_past_due(facts->rules, distance))
		return 1;
	/* Where nobody records arrivals, nothing says that the line is still open. */
	if (line->status == CSTN_LINE_STATUS_UNKNOWN && !line->deliveries &&
			!(facts->judge->evidence & CSTN__EVIDENCE_ACTUAL))
		j->closed = 1;
	else
		j->overdue = !facts->arrived;
	return 0;
}

/* Missing evidence, by the policy. 1 if the line is left unassessed. */
static int unassessed_settle(const struct cstn__line_facts *facts, cstn__judgement *j)
{
	uint8_t open = j->verdict.unassessed;

	if (!open)
		return 0;
	if (facts->rules->unassessed == CSTN__EXCLUDE)
		return 1;
	if (facts->rules->unassessed == CSTN__FAIL) {
		for (int i = 0; i < 4; i++) {
			if (open >> i & 1)
				fail(j, i, CSTN__WHY_UNASSESSED, j->goods_us);
		}
	}
	j->verdict.unassessed = 0;
	return 0;
}

static int count(const struct cstn__line_facts *facts, cstn__judgement *j, cstn__line_fault *fault)
{
	const cstn__policy_rules *rules = facts->rules;

	j->verdict.outcome = CSTN_OUTCOME_COUNTED;
	if (weight_take(facts, j, fault))
		return -1;
	credit_take(facts, j);
	j->verdict.provisional = !j->cancelled_by && j->closed && j->goods_us != CSTN_TIME_NULL &&
				 rules->claim_window_days != CSTN__UNSET &&
				 days_between(facts, j->goods_us, facts->judge->as_of_us) <=
						 rules->claim_window_days;
	return 0;
}

static int cancelled_judge(const struct cstn__line_facts *facts, cstn__judgement *j,
		uint8_t cancelled, cstn__line_fault *fault)
{
	j->cancelled_by = cancelled;
	for (int i = T; i <= F; i++) {
		if (facts->rules->components >> i & 1)
			fail(j, i, CSTN__WHY_CANCELLED, CSTN_TIME_NULL);
	}
	return count(facts, j, fault);
}

static int components_judge(
		const struct cstn__line_facts *facts, cstn__judgement *j, cstn__line_fault *fault)
{
	uint8_t components = facts->rules->components;

	if ((components & CSTN_COMPONENT_ON_TIME) && on_time_judge(facts, j))
		return drop(j, CSTN_REASON_NO_ACTUAL_TIME);
	if (components & CSTN_COMPONENT_IN_FULL)
		in_full_judge(facts, j);
	if (components & CSTN_COMPONENT_DOCUMENTS)
		documents_judge(facts, j);
	if (components & CSTN_COMPONENT_CONDITION)
		condition_judge(facts, j);
	returns_judge(facts, j);
	if (unassessed_settle(facts, j)) {
		j->verdict.outcome = CSTN__OUTCOME_UNASSESSED;
		return 0;
	}
	return count(facts, j, fault);
}

static void steps_begin(struct cstn__line_facts *facts, cstn__judgement *j)
{
	const cstn__policy_rules *rules = facts->rules;
	const cstn_order_line *line = facts->line;

	memset(j, 0, sizeof *j);
	for (int i = 0; i < 4; i++)
		j->verdict.fail_us[i] = CSTN_TIME_NULL;
	j->verdict.actual_us = j->goods_us = j->due_us = CSTN_TIME_NULL;
	j->evaluated = CSTN_QUANTITY_NULL;
	facts->days_known = 1;
	if (rules->time_unit == CSTN__UNIT_DAY || !rules->calendar_all) {
		if (rules->zone == CSTN__ZONE_EVENT ||
				(rules->zone == CSTN__ZONE_SHIP_TO && !facts->ship_to))
			facts->days_known = line->promised_offset_minutes != CSTN_OFFSET_NULL &&
					    line->actual_offset_minutes != CSTN_OFFSET_NULL;
	}
}

int cstn__judge_steps(const cstn__judge *judge, const cstn_order_line *line,
		const cstn_zone *ship_to, cstn__judgement *out, cstn__line_fault *fault)
{
	struct cstn__line_facts facts = {
			.judge = judge, .rules = judge->rules, .line = line, .ship_to = ship_to};
	uint8_t cancelled, reason;

	if (cstn__line_check(line, fault))
		return -1;
	steps_begin(&facts, out);
	if (promise_take(&facts, out, fault))
		return -1;
	if (out->verdict.promise_us != CSTN_TIME_NULL)
		out->due_us = calendar_move(&facts, out->verdict.promise_us);
	cancelled = cancelled_by(line, out);
	out->lower = 1;
	out->upper = INT64_MAX;
	if (out->agreed != CSTN_QUANTITY_NULL) {
		out->lower = cstn__policy_lower(judge->rules, out->agreed);
		out->upper = cstn__policy_upper(judge->rules, out->agreed);
	}
	if (line->deliveries)
		cstn__facts_read_deliveries(&facts, out);
	else
		cstn__facts_read_flat(&facts, out);
	out->verdict.actual_us = out->goods_us;
	period_take(&facts, out);
	reason = drop_reason(&facts, out, cancelled);
	if (reason)
		return drop(out, reason);
	if (cancelled)
		return cancelled_judge(&facts, out, cancelled, fault);
	if (is_pending(&facts, out)) {
		out->verdict.outcome = CSTN_OUTCOME_PENDING;
		return 0;
	}
	if (out->overdue && judge->rules->overdue_open == CSTN__EXCLUDE)
		return drop(out, CSTN_REASON_OVERDUE_OPEN);
	return components_judge(&facts, out, fault);
}

cstn_status cstn__judge_line(const cstn__judge *judge, const cstn_order_line *line,
		const cstn_zone *ship_to, cstn__line_verdict *out, int32_t *row_code,
		cstn__bytes *text, cstn_error **error)
{
	cstn__judgement judgement;
	cstn__line_fault fault;

	if (cstn__judge_steps(judge, line, ship_to, &judgement, &fault)) {
		cstn_status status = fault.code == CSTN_ROW_OVERFLOW ? CSTN_E_OVERFLOW
								     : CSTN_E_INVALID_ARGUMENT;
		if (row_code)
			*row_code = fault.code;
		if (!error)
			return status;
		if (fault.value == CSTN_QUANTITY_NULL)
			return cstn__fail(error, status, "%s is missing: %s", fault.column,
					fault.rule);
		return cstn__fail(error, status, "%s is %" PRId64 ": %s", fault.column, fault.value,
				fault.rule);
	}
	if (text) {
		cstn__judge_explain(judge, line, &judgement, text);
		if (text->failed)
			return cstn__fail_nomem(error);
	}
	*out = judgement.verdict;
	return CSTN_OK;
}
