/* The arrival of an order line, as far as it is known by the as-of time: when the counted quantity
 * reached the lower bound, what came by the due time and inside the window, and of which goods.
 *
 * Invariant: a function of the line, the policy and the as-of time, and of no order among
 * deliveries. No allocation. Cost: O(1); with n deliveries O(64 n). */
#include "fulfilment/verdict_facts.h"

#include "base/civil.h"

static int64_t subtract(int64_t a, int64_t b)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return a < b ? INT64_MIN + 1 : INT64_MAX;
	return difference;
}

int64_t cstn__facts_distance(const struct cstn__line_facts *facts, const cstn__judgement *j,
		int64_t us, int32_t offset_minutes)
{
	int32_t day;

	if (facts->rules->time_unit == CSTN__UNIT_INSTANT)
		return subtract(us, j->due_us);
	day = cstn__judge_day(facts->judge, us, offset_minutes, facts->ship_to);
	if (facts->judge->calendar)
		return cstn_calendar_working_between(facts->judge->calendar, facts->due_day, day);
	return (int64_t)day - facts->due_day;
}

static int64_t actual_of_basis(const cstn__policy_rules *rules, const cstn_order_line *line)
{
	switch (rules->actual_basis) {
	case CSTN__ACTUAL_SHIPPED:
		return line->shipped_us;
	case CSTN__ACTUAL_ARRIVED:
		return line->arrived_us;
	case CSTN__ACTUAL_ACCEPTED:
		return line->accepted_us;
	case CSTN__ACTUAL_RECORDED:
		return line->recorded_us;
	default:
		return line->delivered_us;
	}
}

static int substitute_is_refused(const cstn__policy_rules *rules, uint32_t marks)
{
	return (marks & CSTN_MARK_SUBSTITUTE) &&
	       !(rules->substitution_accept_agreed && (marks & CSTN_MARK_SUBSTITUTE_AGREED));
}

void cstn__facts_read_flat(struct cstn__line_facts *facts, cstn__judgement *j)
{
	const cstn_order_line *line = facts->line;
	int64_t actual = actual_of_basis(facts->rules, line);

	facts->future = actual != CSTN_TIME_NULL && !cstn__facts_is_known(facts->judge, actual);
	facts->goods_known = !facts->future;
	j->goods_us = cstn__facts_known(facts->judge, actual);
	facts->last_us = j->goods_us;
	facts->total = facts->future ? CSTN_QUANTITY_NULL : line->quantity_delivered;
	facts->in_due = facts->future ? CSTN_QUANTITY_NULL : line->quantity_due;
	facts->arrived = j->goods_us != CSTN_TIME_NULL &&
			 (facts->total == CSTN_QUANTITY_NULL || facts->total >= j->lower);
	if (facts->goods_known) {
		facts->other_item = (line->marks & CSTN_MARK_WRONG_ITEM) != 0;
		facts->other_substitute = substitute_is_refused(facts->rules, line->marks) != 0;
		facts->shipments_many = line->shipments > 1;
	}
}

static int delivery_counts(const struct cstn__line_facts *facts, const cstn_line_delivery *delivery)
{
	return cstn__facts_is_known(facts->judge, delivery->time_us) &&
	       !(delivery->marks & CSTN_MARK_WRONG_ITEM) &&
	       !substitute_is_refused(facts->rules, delivery->marks);
}

static int64_t counted_by(const struct cstn__line_facts *facts, int64_t us)
{
	const cstn_order_line *line = facts->line;
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < line->n_deliveries; i++) {
		if (line->deliveries[i].time_us <= us &&
				delivery_counts(facts, &line->deliveries[i]))
			sum += line->deliveries[i].quantity;
	}
	return sum;
}

/* The least time by which `wanted` had come, by halving the range of times: no sorting, no memory.
 * The total reaches `wanted`, so the last known time is an answer to begin with. */
static int64_t arrival_find(const struct cstn__line_facts *facts, int64_t wanted)
{
	const cstn_order_line *line = facts->line;
	int64_t low = facts->last_us, high = facts->last_us;
	size_t i;

	for (i = 0; i < line->n_deliveries; i++) {
		if (line->deliveries[i].time_us < low)
			low = line->deliveries[i].time_us;
	}
	while (low < high) {
		int64_t middle = (int64_t)((uint64_t)low + ((uint64_t)high - (uint64_t)low) / 2);

		if (counted_by(facts, middle) >= wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* One known delivery into the sums; `first` is the first shipment seen. */
static void delivery_add(struct cstn__line_facts *facts, const cstn__judgement *j,
		const cstn_line_delivery *delivery, const cstn_line_delivery **first)
{
	const cstn__policy_rules *rules = facts->rules;
	int has_due = j->due_us != CSTN_TIME_NULL;
	int64_t distance = has_due ? cstn__facts_distance(facts, j, delivery->time_us,
						     facts->line->actual_offset_minutes)
				   : 0;
	int in_due = has_due && !cstn__facts_is_past_due(rules, distance);
	int evaluated = !rules->in_full_at_due || in_due;

	facts->goods_known = 1;
	if (delivery->time_us > facts->last_us)
		facts->last_us = delivery->time_us;
	if (evaluated) {
		facts->other_item |= (delivery->marks & CSTN_MARK_WRONG_ITEM) != 0;
		facts->other_substitute |= substitute_is_refused(rules, delivery->marks) != 0;
		if (!*first)
			*first = delivery;
		facts->shipments_many |= delivery->shipment != (*first)->shipment;
	}
	if (!delivery_counts(facts, delivery))
		return;
	facts->total += delivery->quantity;
	if (in_due)
		facts->in_due += delivery->quantity;
	if (!cstn__facts_is_late(rules, distance) && !cstn__facts_is_early(rules, distance))
		facts->in_window += delivery->quantity;
}

void cstn__facts_read_deliveries(struct cstn__line_facts *facts, cstn__judgement *j)
{
	const cstn_order_line *line = facts->line;
	const cstn_line_delivery *first = NULL;
	int64_t wanted = j->lower > 1 ? j->lower : 1;
	size_t i;

	facts->total = facts->in_due = facts->in_window = 0;
	facts->last_us = CSTN_TIME_NULL;
	for (i = 0; i < line->n_deliveries; i++) {
		if (cstn__facts_is_known(facts->judge, line->deliveries[i].time_us))
			delivery_add(facts, j, &line->deliveries[i], &first);
		else
			facts->future = 1;
	}
	facts->goods_known |= !facts->future;
	facts->other_item |= facts->goods_known && (line->marks & CSTN_MARK_WRONG_ITEM);
	facts->other_substitute |=
			facts->goods_known && substitute_is_refused(facts->rules, line->marks);
	facts->arrived = j->agreed != CSTN_QUANTITY_NULL && facts->total >= wanted;
	if (facts->arrived)
		j->goods_us = arrival_find(facts, wanted);
}
