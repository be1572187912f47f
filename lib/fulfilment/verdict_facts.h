#ifndef CSTN_FULFILMENT_VERDICT_FACTS_H
#define CSTN_FULFILMENT_VERDICT_FACTS_H

#include "fulfilment/verdict.h"

/* The line, how its days are told, and what came of it by the as-of time. */
struct cstn__line_facts {
	const cstn__judge *judge;
	const cstn__policy_rules *rules;
	const cstn_order_line *line;
	const cstn_zone *ship_to;
	int32_t due_day;     /* day of P, moved by the calendar */
	uint8_t days_known;  /* the zone of promise and arrival can be told */
	uint8_t goods_known; /* the goods, hence their marks, were there by the as-of time */
	uint8_t future;      /* something of the arrival is later than the as-of time */
	uint8_t arrived;     /* the lower bound is reached */
	uint8_t other_item, other_substitute; /* among what is evaluated */
	uint8_t shipments_many;
	int64_t last_us;   /* the last known delivery */
	int64_t total;     /* counted quantity known to have come; QUANTITY_NULL = not known */
	int64_t in_due;    /* ... by promise + late tolerance */
	int64_t in_window; /* ... inside the window */
};

/* d: from P to a time, in the policy's unit. */
int64_t cstn__facts_distance(const struct cstn__line_facts *facts, const cstn__judgement *j,
		int64_t us, int32_t offset_minutes);
/* What of the arrival is known: of a line with one time and quantity, or out of its deliveries. The
 * latter needs the promise and the bounds. */
void cstn__facts_read_flat(struct cstn__line_facts *facts, cstn__judgement *j);
void cstn__facts_read_deliveries(struct cstn__line_facts *facts, cstn__judgement *j);

static inline int cstn__facts_is_known(const cstn__judge *judge, int64_t us)
{
	return us != CSTN_TIME_NULL && us <= judge->as_of_us;
}

static inline int64_t cstn__facts_known(const cstn__judge *judge, int64_t us)
{
	return cstn__facts_is_known(judge, us) ? us : CSTN_TIME_NULL;
}

static inline int cstn__facts_is_late(const cstn__policy_rules *rules, int64_t distance)
{
	return rules->late_tolerance != CSTN__UNSET && distance > rules->late_tolerance;
}

static inline int cstn__facts_is_early(const cstn__policy_rules *rules, int64_t distance)
{
	return rules->early_tolerance != CSTN__UNSET && distance < -rules->early_tolerance;
}

/* By promise + late tolerance; an unset tolerance leaves the promise itself. */
static inline int cstn__facts_is_past_due(const cstn__policy_rules *rules, int64_t distance)
{
	return distance > (rules->late_tolerance == CSTN__UNSET ? 0 : rules->late_tolerance);
}

#endif
