#ifndef CSTN_SEGMENT_RETENTION_H
#define CSTN_SEGMENT_RETENTION_H

#include <constellation/retention.h>

#include "base/error.h"
#include "segment/customers_named.h"
#include "segment/facts.h"
#include "segment/order_rows.h"
#include "table/export.h"

#define CSTN__NO_DAY INT32_MAX

/* Every customer, order and item of a state has a fact; ids without one are as good as not there.
 */
struct cstn_retention {
	cstn_allocator allocator;
	cstn_retention_config config;
	cstn__order_kind kind;
	cstn__ids customers, orders, items;
	/* true first purchases that were told, by customer; CSTN__NO_DAY, and past the end: none */
	CSTN__ARRAY(int32_t) first_days;
	cstn__facts days;  /* sub: order or 0; amount: value */
	cstn__facts goods; /* sub: item << 1, with the value; | 1 with the quantity */
};

void cstn__retention_clear(cstn_retention *state);
/* All facts in order; says the same after as before. 0 or -1. */
int cstn__retention_settle(const cstn_retention *state);
/* The earliest of what was told of a customer. 0 or -1. */
int cstn__retention_tell(cstn_retention *state, uint32_t customer, int32_t day);
static inline int32_t cstn__retention_told(const cstn_retention *state, uint32_t customer)
{
	return customer < state->first_days.count ? state->first_days.items[customer]
						  : CSTN__NO_DAY;
}

/* --- customers one after the other ------------------------------------------------------------ */

typedef struct cstn__shopper {
	uint32_t number;
	int32_t told;  /* true first purchase if it is before the log's, else CSTN__NO_DAY */
	int32_t first; /* of all purchases; CSTN__NO_DAY: none */
	const cstn__fact *days, *goods; /* up to as_of_days */
	size_t n_days, n_goods;
} cstn__shopper;

/* A question that was checked, and where the walk is. */
typedef struct cstn__walk {
	const cstn_retention *state;
	cstn_retention_question question;
	int has_windows;
	size_t day, good;
} cstn__walk;

cstn_status cstn__walk_begin(const cstn_retention *state, const cstn_retention_question *given,
		cstn__walk *walk, cstn_error **error);
/* 0 at the end. */
int cstn__walk_next(cstn__walk *walk, cstn__shopper *out);
static inline int cstn__is_between(int32_t day, int32_t from, int32_t to)
{
	return day >= from && day < to;
}
/* Orders of facts of one customer: distinct ones that are purchases, or rows. `seen` is scratch.
 * CSTN_E_OVERFLOW if rows are too many to be counted. */
typedef CSTN__ARRAY(uint32_t) cstn__order_list;
cstn_status cstn__orders_of(const cstn_retention *state, const cstn__fact *facts, size_t n,
		cstn__order_list *seen, int64_t *out, cstn_error **error);

/* --- tables ----------------------------------------------------------------------------------- */

cstn_status cstn__retention_rates(cstn__walk *walk, cstn__table_builder *out, cstn_error **error);
cstn_status cstn__retention_growth(cstn__walk *walk, cstn__table_builder *out, cstn_error **error);
cstn_status cstn__retention_items(cstn__walk *walk, cstn__table_builder *out, cstn_error **error);
cstn_status cstn__retention_cohorts(cstn__walk *walk, cstn__table_builder *out, cstn_error **error);

/* Value of a customer in both windows; CSTN_E_OVERFLOW names the customer. */
cstn_status cstn__window_values(const cstn__walk *walk, const cstn__shopper *shopper, int64_t *base,
		int64_t *next, cstn_error **error);
static inline int cstn__is_existing(const cstn__walk *walk, const cstn__shopper *shopper)
{
	return shopper->first < walk->question.next_from_days;
}
static inline int32_t cstn__retention_scale(const cstn_retention *state)
{
	return state->kind.scale < 0 ? 0 : state->kind.scale;
}

/* What the items of existing customers did: sums of value and quantity in both windows. */
typedef struct cstn__item_sums {
	cstn__i128 value[2], quantity[2];
	int seen;
} cstn__item_sums;
typedef struct cstn__item_parts {
	int64_t value[2], quantity[2], price, volume, assortment;
} cstn__item_parts;
/* items.count sums, to be freed; CSTN_E_STATE without items. */
cstn_status cstn__item_sums_new(
		cstn__walk *walk, cstn__item_sums **out, size_t *size, cstn_error **error);
cstn_status cstn__item_parts_of(const cstn_retention *state, uint32_t item,
		const cstn__item_sums *sums, cstn__item_parts *out, cstn_error **error);

#endif
