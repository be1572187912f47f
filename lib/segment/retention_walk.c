/* Walking over the customers of a state of retention, and the question that is asked of them.
 *
 * Facts lie by customer and day, so that one pass over both lists sees each customer whole. Rows
 * after as_of_days are not looked at: of a log that goes on they would say who came back later, and
 * hide who is lost by then. */
#include <string.h>

#include "base/sort.h"
#include "segment/retention.h"

#define MONDAY 4

/* --- the question ----------------------------------------------------------------------------- */

static cstn_status check_windows(const cstn_retention_question *q, cstn_error **error)
{
	if (q->base_from_days >= q->base_to_days || q->next_from_days >= q->next_to_days)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"windows [%d, %d) and [%d, %d): one is empty", q->base_from_days,
				q->base_to_days, q->next_from_days, q->next_to_days);
	if (q->base_to_days > q->next_from_days)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the next window begins on day %d, before the base window ends on "
				"%d",
				q->next_from_days, q->base_to_days);
	if (q->next_to_days - 1 > q->as_of_days)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the next window ends before day %d and as_of_days is %d; who has "
				"not come yet is not lost",
				q->next_to_days, q->as_of_days);
	return CSTN_OK;
}

cstn_status cstn__walk_begin(const cstn_retention *state, const cstn_retention_question *given,
		cstn__walk *walk, cstn_error **error)
{
	cstn_retention_question *q = &walk->question;
	cstn_status status = cstn__options_read(
			given, sizeof(*q), sizeof(*q), 0, "cstn_retention_question", q, error);

	if (status != CSTN_OK)
		return status;
	if (q->horizon_days < 0 || q->ages < 0 || q->period < 0 ||
			q->period > CSTN_RETENTION_QUARTER || q->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"horizon_days is %d, ages %d, period %d, reserved0 %d; 0 or more, "
				"0 or more, 0..3 and 0 expected",
				q->horizon_days, q->ages, q->period, q->reserved0);
	if (!q->period_origin_days)
		q->period_origin_days = MONDAY;
	walk->has_windows = q->base_from_days || q->base_to_days || q->next_from_days ||
			    q->next_to_days;
	if (walk->has_windows)
		status = check_windows(q, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__retention_settle(state))
		return cstn__fail_nomem(error);
	walk->state = state;
	walk->day = walk->good = 0;
	return CSTN_OK;
}

/* --- customers -------------------------------------------------------------------------------- */

/* The facts of a customer from *at on, *n of them up to as_of; *at moves past all. */
static const cstn__fact *take(
		const cstn__facts *facts, uint32_t customer, int32_t as_of, size_t *at, size_t *n)
{
	const cstn__fact *items = facts->items.items, *begin = items ? items + *at : NULL;
	size_t end = *at, count = facts->items.count;

	*n = 0;
	for (; end < count && items[end].customer == customer; end++)
		*n += items[end].day <= as_of;
	*at = end;
	return begin;
}

int cstn__walk_next(cstn__walk *walk, cstn__shopper *out)
{
	const cstn_retention *state = walk->state;
	size_t i = walk->day;

	if (i >= state->days.items.count)
		return 0;
	out->number = state->days.items.items[i].customer;
	out->days = take(&state->days, out->number, walk->question.as_of_days, &walk->day,
			&out->n_days);
	out->goods = take(&state->goods, out->number, walk->question.as_of_days, &walk->good,
			&out->n_goods);
	out->told = cstn__retention_told(state, out->number);
	out->first = CSTN__NO_DAY;
	for (; i < walk->day && out->first == CSTN__NO_DAY; i++)
		if (state->days.items.items[i].purchases)
			out->first = state->days.items.items[i].day;
	if (out->told < out->first)
		out->first = out->told;
	else
		out->told = CSTN__NO_DAY;
	return 1;
}

/* --- orders ----------------------------------------------------------------------------------- */

static int number_order(const void *a, const void *b, void *context)
{
	const uint32_t *x = a, *y = b;

	(void)context;
	return (*x > *y) - (*x < *y);
}

cstn_status cstn__orders_of(const cstn_retention *state, const cstn__fact *facts, size_t n,
		cstn__order_list *seen, int64_t *out, cstn_error **error)
{
	int has_ids = (state->config.flags & CSTN_RETENTION_ORDERS) != 0;
	int64_t count = 0;
	size_t i;

	seen->count = 0;
	if (has_ids && cstn__array_reserve(&state->allocator, seen, n))
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		if (!has_ids && facts[i].purchases == UINT32_MAX)
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"a customer has 2^32 purchases or more on one day");
		if (!has_ids)
			count += facts[i].purchases;
		else if (facts[i].purchases)
			seen->items[seen->count++] = facts[i].sub;
	}
	/* of one day they are distinct already */
	if (seen->count > 1 && facts[0].day != facts[n - 1].day)
		cstn__sort(seen->items, seen->count, sizeof(*seen->items), number_order, NULL);
	for (i = 0; i < seen->count; i++)
		count += i == 0 || seen->items[i] != seen->items[i - 1];
	*out = count;
	return CSTN_OK;
}
