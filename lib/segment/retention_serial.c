/* A state of retention as bytes, and back.
 *
 * The body is the configuration; what the rows are (types of ids, decimals, currency); the ids of
 * orders and of items that occur, in order; then the customers in order of their ids: id, whether a
 * true first purchase was told and its day, the facts by day and order (days as distances, orders
 * by their place in the list, purchases, value), and with items those by day and item (value,
 * quantity), all as varints. Nothing depends on what was seen first. Bytes that come back are not
 * trusted: order, ranges, use of every id, and that items add up to the value of their day are
 * checked. */
#include <string.h>

#include "base/text.h"
#include "base/envelope.h"
#include "segment/retention.h"

static const cstn__envelope envelope = {CSTN__ENVELOPE_STATE, "retention", CSTN__KIND_RETENTION, 1};

/* Sums from untrusted bytes are below this, so that no later sum leaves 128 bits. */
#define AMOUNT_BITS 100

/* --- writing ---------------------------------------------------------------------------------- */

/* Seven bits a byte, as varints of 64 bits. */
static void put_varint(cstn__bytes *out, cstn__u128 value)
{
	uint8_t bytes[20];
	size_t n = 0;

	while (value >= 0x80) {
		bytes[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	bytes[n++] = (uint8_t)value;
	cstn__bytes_put(out, bytes, n);
}

static void put_amount(cstn__bytes *out, cstn__i128 amount)
{
	put_varint(out, (cstn__u128)amount << 1 ^ (amount < 0 ? ~(cstn__u128)0 : 0));
}

/* Ids that occur: customers, orders, items. */
typedef struct places {
	uint32_t *of[3];   /* the place of a number in the order of ids */
	uint32_t *list[3]; /* the numbers in that order */
	size_t n[3], size[3];
} places;

static void list_ids(const cstn_retention *state, const cstn__ids *out[3])
{
	out[0] = &state->customers;
	out[1] = &state->orders;
	out[2] = &state->items;
}

static int places_new(places *p, const cstn_retention *state)
{
	const cstn__ids *ids[3];
	const cstn__fact *days = state->days.items.items, *goods = state->goods.items.items;
	size_t i;
	int k;

	memset(p, 0, sizeof(*p));
	list_ids(state, ids);
	for (k = 0; k < 3; k++) {
		p->size[k] = cstn__array_size(ids[k]->count ? ids[k]->count : 1, sizeof(uint32_t));
		p->of[k] = cstn__alloc_zero(&state->allocator, p->size[k]);
		p->list[k] = cstn__ids_order(ids[k]);
		if (!p->of[k] || !p->list[k])
			return -1;
	}
	for (i = 0; i < state->days.items.count; i++) {
		p->of[0][days[i].customer] = 1;
		if (state->config.flags & CSTN_RETENTION_ORDERS)
			p->of[1][days[i].sub] = 1;
	}
	for (i = 0; i < state->goods.items.count; i++)
		p->of[2][goods[i].sub >> 1] = 1;
	for (k = 0; k < 3; k++)
		for (i = 0; i < ids[k]->count; i++) {
			uint32_t number = p->list[k][i];

			if (!p->of[k][number])
				continue;
			p->of[k][number] = (uint32_t)p->n[k];
			p->list[k][p->n[k]++] = number;
		}
	return 0;
}

static void places_free(places *p, const cstn_allocator *allocator)
{
	int k;

	for (k = 0; k < 3; k++) {
		cstn__free(allocator, p->of[k], p->size[k]);
		cstn__free(allocator, p->list[k], p->size[k]);
	}
}

static void put_ids(cstn__bytes *out, const places *p, int k, const cstn__ids *ids)
{
	size_t i;

	cstn__bytes_put_u64(out, p->n[k]);
	for (i = 0; i < p->n[k]; i++)
		cstn__id_put(out, ids, p->list[k][i]);
}

/* The facts with places for numbers, in order. 0 or -1. */
static int place_facts(cstn__facts *out, const cstn__facts *facts, const uint32_t *customer,
		const uint32_t *sub, int shift, const cstn_allocator *allocator)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	if (cstn__facts_reserve(out, allocator, facts->items.count))
		return -1;
	for (i = 0; i < facts->items.count; i++) {
		cstn__fact fact = facts->items.items[i];

		fact.customer = customer[fact.customer];
		if (sub)
			fact.sub = sub[fact.sub >> shift] << shift |
				   (fact.sub & ((1u << shift) - 1));
		cstn__facts_put(out, &fact);
	}
	return cstn__facts_settle(out, allocator);
}

static size_t put_days(cstn__bytes *out, const cstn__facts *facts, size_t at, int has_orders)
{
	const cstn__fact *items = facts->items.items;
	size_t end = at, i;

	while (end < facts->items.count && items[end].customer == items[at].customer)
		end++;
	put_varint(out, end - at);
	for (i = at; i < end; i++) {
		if (i == at)
			put_amount(out, items[i].day);
		else
			put_varint(out, (cstn__u128)((int64_t)items[i].day - items[i - 1].day));
		if (has_orders)
			put_varint(out, items[i].sub);
		put_varint(out, items[i].purchases);
		put_amount(out, items[i].amount);
	}
	return end;
}

static size_t put_goods(cstn__bytes *out, const cstn__facts *facts, size_t at, uint32_t customer)
{
	const cstn__fact *items = facts->items.items;
	size_t end = at, i;

	while (end < facts->items.count && items[end].customer == customer)
		end++;
	put_varint(out, (end - at) / 2);
	for (i = at; i < end; i += 2) {
		if (i == at)
			put_amount(out, items[i].day);
		else
			put_varint(out, (cstn__u128)((int64_t)items[i].day - items[i - 1].day));
		put_varint(out, items[i].sub >> 1);
		put_amount(out, items[i].amount);
		put_amount(out, items[i + 1].amount);
	}
	return end;
}

static void put_kind(cstn__bytes *out, const cstn_retention *state)
{
	int any = state->days.items.count != 0;
	const cstn__order_kind *kind = &state->kind;

	cstn__bytes_put_u8(out, any ? (uint8_t)state->customers.type : 0);
	cstn__bytes_put_u8(out, any ? (uint8_t)state->orders.type : 0);
	cstn__bytes_put_u8(out, any ? (uint8_t)state->items.type : 0);
	cstn__bytes_put_u8(out, any && kind->scale >= 0 ? (uint8_t)kind->scale : 255);
	cstn__bytes_put_u8(out,
			any && kind->quantity_scale >= 0 ? (uint8_t)kind->quantity_scale : 255);
	cstn__bytes_put_u8(out, any ? (uint8_t)strlen(kind->currency) : 0);
	cstn__bytes_put(out, kind->currency, any ? strlen(kind->currency) : 0);
}

static void put_customers(cstn__bytes *out, const cstn_retention *state, const places *p,
		const cstn__facts *days, const cstn__facts *goods)
{
	size_t at = 0, good = 0, i;

	cstn__bytes_put_u64(out, p->n[0]);
	for (i = 0; i < p->n[0]; i++) {
		int32_t told = cstn__retention_told(state, p->list[0][i]);

		cstn__id_put(out, &state->customers, p->list[0][i]);
		cstn__bytes_put_u8(out, told != CSTN__NO_DAY);
		if (told != CSTN__NO_DAY)
			cstn__bytes_put_u32(out, (uint32_t)told);
		at = put_days(out, days, at, (state->config.flags & CSTN_RETENTION_ORDERS) != 0);
		if (state->config.flags & CSTN_RETENTION_ITEMS)
			good = put_goods(out, goods, good, (uint32_t)i);
	}
}

/* 0 or -1. */
static int put_body(cstn__bytes *out, const cstn_retention *state)
{
	const cstn_allocator *allocator = &state->allocator;
	int has_orders = (state->config.flags & CSTN_RETENTION_ORDERS) != 0, failed;
	cstn__facts days, goods;
	places p;

	memset(&days, 0, sizeof(days));
	memset(&goods, 0, sizeof(goods));
	failed = places_new(&p, state) ||
		 place_facts(&days, &state->days, p.of[0], has_orders ? p.of[1] : NULL, 0,
				 allocator) ||
		 place_facts(&goods, &state->goods, p.of[0], p.of[2], 1, allocator);
	if (!failed) {
		put_kind(out, state);
		put_ids(out, &p, 1, &state->orders);
		put_ids(out, &p, 2, &state->items);
		put_customers(out, state, &p, &days, &goods);
	}
	cstn__facts_free(&days, allocator);
	cstn__facts_free(&goods, allocator);
	places_free(&p, allocator);
	return failed ? -1 : 0;
}

cstn_status cstn_retention_serialize(
		const cstn_retention *state, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;
	size_t config;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	cstn__bytes_init(&body, &state->allocator);
	cstn__bytes_put_u32(&body, state->config.flags);
	cstn__bytes_put_u32(&body, (uint32_t)state->config.utc_offset_minutes);
	config = body.size;
	if (cstn__retention_settle(state) || put_body(&body, state)) {
		cstn__bytes_free(&body);
		return cstn__fail_nomem(error);
	}
	return cstn__envelope_close(&envelope, &body, config, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status corrupt(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "retention: %s", what);
}

/* 0 or -1. */
static int read_amount(cstn__reader *in, cstn__i128 *out)
{
	cstn__u128 value = 0;
	int shift;

	for (shift = 0; shift <= AMOUNT_BITS; shift += 7) {
		uint8_t byte = cstn__read_u8(in);

		value |= (cstn__u128)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			if (in->failed || (shift && !byte) || value >> AMOUNT_BITS)
				return -1;
			*out = (cstn__i128)(value >> 1 ^ (value & 1 ? ~(cstn__u128)0 : 0));
			return 0;
		}
	}
	return -1;
}

/* A day: the first as it is, the others as distances. 0 or -1. */
static int read_day(cstn__reader *in, int is_first, int32_t *day)
{
	cstn__i128 first;
	uint64_t distance;

	if (is_first) {
		if (read_amount(in, &first) || first < INT32_MIN || first > INT32_MAX)
			return -1;
		*day = (int32_t)first;
		return 0;
	}
	if (cstn__read_varint(in, &distance) || distance > (uint64_t)((int64_t)INT32_MAX - *day))
		return -1;
	*day = (int32_t)(*day + (int64_t)distance);
	return 0;
}

typedef struct reading {
	cstn__reader *in;
	cstn_retention *state;
	uint8_t *used[2]; /* orders, items */
	size_t n[2];
} reading;

static cstn_status read_kind(cstn__reader *in, cstn_retention *state, cstn_error **error)
{
	cstn__ids *ids[3] = {&state->customers, &state->orders, &state->items};
	uint32_t flags[3] = {0, CSTN_RETENTION_ORDERS, CSTN_RETENTION_ITEMS};
	int k, scale[2], failed = 0;
	const uint8_t *currency;
	uint8_t len;

	for (k = 0; k < 3; k++) {
		uint8_t type = cstn__read_u8(in);

		failed |= type && type != CSTN_TYPE_INT64 && type != CSTN_TYPE_TEXT;
		failed |= k && type && !(state->config.flags & flags[k]);
		ids[k]->type = type;
	}
	for (k = 0; k < 2; k++) {
		scale[k] = cstn__read_u8(in);
		failed |= scale[k] > 18 && scale[k] != 255;
	}
	len = cstn__read_u8(in);
	currency = cstn__read_bytes(in, len);
	if (in->failed || failed || len > CSTN__CURRENCY_MOST ||
			!cstn__utf8_is_valid(currency, len) || (len && memchr(currency, 0, len)) ||
			(scale[1] != 255 && !(state->config.flags & CSTN_RETENTION_ITEMS)))
		return corrupt(error, "type of id, scale or currency that is none");
	state->kind.scale = scale[0] == 255 ? -1 : scale[0];
	state->kind.quantity_scale = scale[1] == 255 ? -1 : scale[1];
	memcpy(state->kind.currency, currency, len);
	return CSTN_OK;
}

static cstn_status read_ids(reading *run, int k, cstn__ids *ids, cstn_error **error)
{
	cstn__last_id last = {0, 0, NULL, 0};
	uint64_t n = cstn__read_u64(run->in), i;

	if (run->in->failed || n > run->in->size || (n && !ids->type))
		return corrupt(error, "ids that cannot be");
	for (i = 0; i < n; i++) {
		if (cstn__id_read(run->in, ids, 0, &last) != 1)
			return corrupt(error, "ids are not in order, or one is none");
		if (cstn__id_intern(ids, &last) == CSTN__IDS_NONE)
			return cstn__fail_nomem(error);
	}
	run->n[k] = (size_t)n;
	run->used[k] = cstn__alloc_zero(&run->state->allocator, (size_t)n + 1);
	return run->used[k] ? CSTN_OK : cstn__fail_nomem(error);
}

/* One number of a list, which is used thereby. 0 or -1. */
static int read_sub(reading *run, int k, uint32_t *out)
{
	uint64_t sub;

	if (cstn__read_varint(run->in, &sub) || sub >= run->n[k])
		return -1;
	run->used[k][sub] = 1;
	*out = (uint32_t)sub;
	return 0;
}

static cstn_status put_fact(cstn_retention *state, cstn__facts *facts, const cstn__fact *fact,
		cstn_error **error)
{
	const cstn__fact *last =
			facts->items.count ? &facts->items.items[facts->items.count - 1] : NULL;

	if (last && cstn__fact_order(last, fact) >= 0)
		return corrupt(error, "facts are not in order");
	if (cstn__facts_reserve(facts, &state->allocator, 1))
		return cstn__fail_nomem(error);
	cstn__facts_put(facts, fact);
	facts->settled = facts->items.count;
	return CSTN_OK;
}

static cstn_status read_days(reading *run, uint32_t customer, cstn_error **error)
{
	cstn_retention *state = run->state;
	cstn__fact fact = {customer, 0, 0, 0, 0};
	cstn_status status = CSTN_OK;
	uint64_t n, i, purchases;

	if (cstn__read_varint(run->in, &n) || !n)
		return corrupt(error, "a customer without days");
	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (read_day(run->in, i == 0, &fact.day) ||
				(state->config.flags & CSTN_RETENTION_ORDERS &&
						read_sub(run, 0, &fact.sub)) ||
				cstn__read_varint(run->in, &purchases) || purchases > UINT32_MAX ||
				read_amount(run->in, &fact.amount))
			return corrupt(error, "a day that cannot be");
		fact.purchases = (uint32_t)purchases;
		status = put_fact(state, &state->days, &fact, error);
	}
	return status;
}

static cstn_status read_goods(reading *run, uint32_t customer, cstn_error **error)
{
	cstn_retention *state = run->state;
	cstn__fact value = {customer, 0, 0, 0, 0}, quantity = {customer, 0, 0, 0, 0};
	cstn_status status = CSTN_OK;
	uint64_t n, i;

	if (cstn__read_varint(run->in, &n))
		return corrupt(error, "items that cannot be");
	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint32_t item;

		if (read_day(run->in, i == 0, &value.day) || read_sub(run, 1, &item) ||
				read_amount(run->in, &value.amount) ||
				read_amount(run->in, &quantity.amount))
			return corrupt(error, "an item that cannot be");
		quantity.day = value.day;
		value.sub = item << 1;
		quantity.sub = value.sub | 1;
		status = put_fact(state, &state->goods, &value, error);
		if (status == CSTN_OK)
			status = put_fact(state, &state->goods, &quantity, error);
	}
	return status;
}

/* Each day's items are worth what the day is. */
static int is_balanced(const cstn_retention *state, size_t day, size_t good)
{
	const cstn__fact *days = state->days.items.items, *goods = state->goods.items.items;
	size_t n = state->days.items.count, m = state->goods.items.count;

	while (day < n) {
		int32_t at = days[day].day;
		cstn__i128 left = 0;
		size_t first = good;

		for (; day < n && days[day].day == at; day++)
			left += days[day].amount;
		for (; good < m && goods[good].day == at; good++)
			left -= goods[good].sub & 1 ? 0 : goods[good].amount;
		if (left || good == first)
			return 0;
	}
	return good == m;
}

static cstn_status read_customer(reading *run, cstn__last_id *last, cstn_error **error)
{
	cstn_retention *state = run->state;
	size_t day = state->days.items.count, good = state->goods.items.count;
	uint32_t customer;
	uint8_t is_told;
	int32_t told;
	cstn_status status;

	if (cstn__id_read(run->in, &state->customers, 0, last) != 1)
		return corrupt(error, "customers are not in order, or an id is none");
	customer = cstn__id_intern(&state->customers, last);
	is_told = cstn__read_u8(run->in);
	told = is_told ? (int32_t)cstn__read_u32(run->in) : CSTN__NO_DAY;
	if (is_told > 1 || is_told != (told != CSTN__NO_DAY))
		return corrupt(error, "a first purchase that cannot be");
	if (customer == CSTN__IDS_NONE || (is_told && cstn__retention_tell(state, customer, told)))
		return cstn__fail_nomem(error);
	status = read_days(run, customer, error);
	if (status != CSTN_OK || !(state->config.flags & CSTN_RETENTION_ITEMS))
		return status;
	status = read_goods(run, customer, error);
	if (status == CSTN_OK && !is_balanced(state, day, good))
		status = corrupt(error, "items are not worth what their day is");
	return status;
}

static cstn_status read_body(reading *run, cstn_error **error)
{
	cstn_retention *state = run->state;
	cstn__last_id last = {0, 0, NULL, 0};
	cstn_status status = read_kind(run->in, state, error);
	uint64_t n, i;
	size_t u;
	int k;

	if (status == CSTN_OK)
		status = read_ids(run, 0, &state->orders, error);
	if (status == CSTN_OK)
		status = read_ids(run, 1, &state->items, error);
	if (status != CSTN_OK)
		return status;
	n = cstn__read_u64(run->in);
	if (!n != !state->customers.type ||
			(n && state->config.flags & CSTN_RETENTION_ORDERS && !state->orders.type) ||
			(n && state->config.flags & CSTN_RETENTION_ITEMS && !state->items.type) ||
			(!n && (state->orders.type || state->items.type || state->kind.scale >= 0 ||
					       state->kind.quantity_scale >= 0 ||
					       state->kind.currency[0])))
		return corrupt(error, "customers without a type of id, or a type without");
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_customer(run, &last, error);
	for (k = 0; k < 2 && status == CSTN_OK; k++)
		for (u = 0; u < run->n[k] && status == CSTN_OK; u++)
			if (!run->used[k][u])
				status = corrupt(error, "an order or item that nobody bought");
	if (status == CSTN_OK && (run->in->failed || run->in->position != run->in->size))
		status = corrupt(error, "they end early, or go on after their end");
	return status;
}

cstn_status cstn_retention_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_retention **out, cstn_error **error)
{
	cstn_retention_config config = CSTN_RETENTION_CONFIG_INIT;
	cstn_retention *state = NULL;
	cstn__opened from;
	reading run;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status != CSTN_OK)
		return status;
	config.flags = cstn__read_u32(&from.body);
	config.utc_offset_minutes = (int32_t)cstn__read_u32(&from.body);
	if (from.body.failed ||
			config.flags & ~(uint32_t)(CSTN_RETENTION_ORDERS | CSTN_RETENTION_ITEMS) ||
			config.utc_offset_minutes < -1440 || config.utc_offset_minutes > 1440)
		return corrupt(error, "a configuration that cannot be");
	status = cstn__envelope_check(
			&envelope, &from.body, from.digest, from.body.position, error);
	if (status == CSTN_OK)
		status = cstn_retention_new(&config, &from.allocator, &state, error);
	if (status != CSTN_OK)
		return status;
	memset(&run, 0, sizeof(run));
	run.in = &from.body;
	run.state = state;
	status = read_body(&run, error);
	cstn__free(&state->allocator, run.used[0], run.n[0] + 1);
	cstn__free(&state->allocator, run.used[1], run.n[1] + 1);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_retention_free(state);
	return status;
}
