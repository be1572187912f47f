/* Roll-up of lines into a unit (order, schedule, shipment): SCOR RL.1.1, a line is perfect if all
 * its components are, an order if all its lines are.
 *
 * A unit is a small record made of OR, minimum and sums, so adding lines and merging parts of a
 * unit are associative and commutative: shards may see the lines of an order in any order. Which
 * verdict comes first when lines differ is decided once, in cstn__unit_close(). O(1) each. */

#include <string.h>

#include "fulfilment/verdict.h"

void cstn__unit_init(cstn__unit *unit)
{
	memset(unit, 0, sizeof *unit);
}

/* The dropped line with the lowest number gives the reason; among equal numbers (lines that are not
 * numbered) the lowest reason. */
static void reason_take(cstn__unit *unit, uint8_t reason, int32_t line_number)
{
	if (!(unit->flags & CSTN__UNIT_DROPPED) || line_number < unit->reason_line ||
			(line_number == unit->reason_line && reason < unit->reason)) {
		unit->reason = reason;
		unit->reason_line = line_number;
	}
	unit->flags |= CSTN__UNIT_DROPPED;
}

void cstn__unit_add(cstn__unit *unit, const cstn__line_verdict *line, int32_t line_number)
{
	if (unit->lines < UINT32_MAX)
		unit->lines++;
	switch (line->outcome) {
	case CSTN_OUTCOME_COUNTED:
		unit->pattern |= line->pattern;
		unit->flags |= CSTN__UNIT_KEPT;
		if (line->provisional)
			unit->flags |= CSTN__UNIT_PROVISIONAL;
		break;
	case CSTN_OUTCOME_PENDING:
		unit->flags |= CSTN__UNIT_PENDING;
		break;
	case CSTN__OUTCOME_UNASSESSED:
		unit->unassessed |= line->unassessed;
		break;
	default:
		reason_take(unit, line->reason, line_number);
		break;
	}
}

void cstn__unit_merge(cstn__unit *into, const cstn__unit *from)
{
	if (from->flags & CSTN__UNIT_DROPPED)
		reason_take(into, from->reason, from->reason_line);
	into->flags |= from->flags;
	into->pattern |= from->pattern;
	into->unassessed |= from->unassessed;
	if (__builtin_add_overflow(into->lines, from->lines, &into->lines))
		into->lines = UINT32_MAX;
	if (from->expected > into->expected)
		into->expected = from->expected;
}

int32_t cstn__unit_close(const cstn__unit *unit, uint32_t *pattern, int32_t *reason)
{
	*pattern = 0;
	*reason = CSTN_REASON_NONE;
	/* More lines than the order says it has: which of them are its own cannot be known. */
	if ((unit->flags & CSTN__UNIT_BAD) || (unit->expected && unit->lines > unit->expected)) {
		*reason = CSTN_REASON_BAD_INPUT;
		return CSTN_OUTCOME_EXCLUDED;
	}
	if (unit->unassessed) {
		*reason = CSTN_REASON_UNASSESSED_ON_TIME + __builtin_ctz(unit->unassessed);
		return CSTN_OUTCOME_EXCLUDED;
	}
	if (unit->flags & CSTN__UNIT_PENDING)
		return CSTN_OUTCOME_PENDING;
	if (!(unit->flags & CSTN__UNIT_KEPT)) {
		*reason = unit->reason;
		return CSTN_OUTCOME_EXCLUDED;
	}
	*pattern = unit->pattern;
	return CSTN_OUTCOME_COUNTED;
}
