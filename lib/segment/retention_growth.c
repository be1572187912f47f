/* Growth of existing customers: who buys for more and who for less, and what price, volume and
 * assortment have to do with it.
 *
 * Every customer is in one part, so that the parts add up to the whole; an item in both windows has
 * a volume, its base value at the quantities of the next window rounded half to even, and what is
 * left of its change is price; items in one window are assortment. Sums have 128 bits and are
 * narrowed last. */
#include <string.h>

#include "segment/retention.h"

enum { EXPANSION, CONTRACTION, LOST, REGAINED, UNCHANGED, EXISTING, NEW, OTHER, PARTS };

static const char *const part_names[PARTS] = {"expansion", "contraction", "lost", "regained",
		"unchanged", "existing", "new", "other"};

typedef struct growth_part {
	int64_t customers;
	cstn__i128 base, next;
} growth_part;

/* --- customers -------------------------------------------------------------------------------- */

static int part_of(const cstn__walk *walk, const cstn__shopper *shopper, int64_t base, int64_t next)
{
	if (!cstn__is_existing(walk, shopper))
		return shopper->first < walk->question.next_to_days ? NEW : OTHER;
	if (base == next)
		return UNCHANGED;
	if (base > 0 && next == 0)
		return LOST;
	if (base == 0 && next > 0)
		return REGAINED;
	return next > base ? EXPANSION : CONTRACTION;
}

static void add_to(growth_part *part, int64_t base, int64_t next)
{
	part->customers++;
	part->base += base;
	part->next += next;
}

static cstn_status sum_parts(cstn__walk *walk, growth_part *parts, cstn_error **error)
{
	cstn__shopper shopper;

	while (cstn__walk_next(walk, &shopper)) {
		int64_t base, next;
		int part;
		cstn_status status = cstn__window_values(walk, &shopper, &base, &next, error);

		if (status != CSTN_OK)
			return status;
		part = part_of(walk, &shopper, base, next);
		add_to(&parts[part], base, next);
		if (part < EXISTING)
			add_to(&parts[EXISTING], base, next);
	}
	return CSTN_OK;
}

static int put_money(cstn__table_builder *out, int32_t column, cstn__i128 value)
{
	int64_t narrow = 0;
	int failed = cstn__narrow_i64(value, &narrow);

	cstn__table_put_i64(out, column, narrow);
	return failed;
}

static cstn_status put_parts(const growth_part *parts, cstn__table_builder *out, cstn_error **error)
{
	int k, failed = 0;

	for (k = 0; k < PARTS; k++) {
		cstn__table_put_text(out, 0, part_names[k], strlen(part_names[k]));
		cstn__table_put_i64(out, 1, parts[k].customers);
		failed |= put_money(out, 2, parts[k].base);
		failed |= put_money(out, 3, parts[k].next);
		failed |= put_money(out, 4, parts[k].next - parts[k].base);
		if (failed)
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"%s: a sum of values leaves int64", part_names[k]);
	}
	return CSTN_OK;
}

/* --- items ------------------------------------------------------------------------------------ */

cstn_status cstn__item_sums_new(
		cstn__walk *walk, cstn__item_sums **out, size_t *size, cstn_error **error)
{
	const cstn_retention_question *q = &walk->question;
	const cstn_retention *state = walk->state;
	cstn__shopper shopper;
	cstn__item_sums *sums;
	size_t i;

	if (!(state->config.flags & CSTN_RETENTION_ITEMS))
		return cstn__fail(error, CSTN_E_STATE,
				"the state has no items; make it with CSTN_RETENTION_ITEMS");
	*size = cstn__array_size(state->items.count + 1, sizeof(*sums));
	sums = cstn__alloc_zero(&state->allocator, *size);
	if (!sums)
		return cstn__fail_nomem(error);
	walk->day = walk->good = 0;
	while (cstn__walk_next(walk, &shopper)) {
		if (!cstn__is_existing(walk, &shopper))
			continue;
		for (i = 0; i < shopper.n_goods; i++) {
			const cstn__fact *fact = &shopper.goods[i];
			cstn__item_sums *item = &sums[fact->sub >> 1];
			int next = cstn__is_between(fact->day, q->next_from_days, q->next_to_days);

			if (!next && !cstn__is_between(
						     fact->day, q->base_from_days, q->base_to_days))
				continue;
			item->seen = 1;
			if (fact->sub & 1)
				item->quantity[next] += fact->amount;
			else
				item->value[next] += fact->amount;
		}
	}
	*out = sums;
	return CSTN_OK;
}

/* a b / c, rounded half to even; c > 0. The product of two int64 fits. */
static cstn__i128 scaled(int64_t a, int64_t b, int64_t c)
{
	cstn__i128 product = cstn__wide_multiply(a, b), quotient = product / c;
	cstn__i128 rest = product % c;

	if (rest < 0) { /* towards minus infinity */
		rest += c;
		quotient -= 1;
	}
	if (2 * rest > c || (2 * rest == c && (quotient & 1)))
		quotient += 1;
	return quotient;
}

cstn_status cstn__item_parts_of(const cstn_retention *state, uint32_t item,
		const cstn__item_sums *sums, cstn__item_parts *out, cstn_error **error)
{
	char room[24];
	const char *text;
	size_t len;
	cstn__i128 at_base_price;
	int failed = 0, w;

	memset(out, 0, sizeof(*out));
	for (w = 0; w < 2; w++) {
		failed |= cstn__narrow_i64(sums->value[w], &out->value[w]);
		failed |= cstn__narrow_i64(sums->quantity[w], &out->quantity[w]);
	}
	if (!failed && out->quantity[0] > 0 && out->quantity[1] > 0) {
		at_base_price = scaled(out->value[0], out->quantity[1], out->quantity[0]);
		failed |= cstn__narrow_i64(at_base_price - out->value[0], &out->volume);
		failed |= cstn__narrow_i64(out->value[1] - at_base_price, &out->price);
	} else if (!failed) {
		failed |= cstn__subtract_i64(out->value[1], out->value[0], &out->assortment);
	}
	if (!failed)
		return CSTN_OK;
	text = cstn__ids_text(&state->items, item, room, &len);
	return cstn__fail(error, CSTN_E_OVERFLOW,
			"value or quantity of item '%.*s' in a window leaves int64", (int)len,
			text);
}

static cstn_status put_causes(cstn__walk *walk, cstn__table_builder *out, cstn_error **error)
{
	static const char *const names[] = {"price", "volume", "assortment"};
	cstn__i128 causes[3] = {0, 0, 0};
	cstn__item_sums *sums = NULL;
	size_t size = 0, i;
	cstn_status status = cstn__item_sums_new(walk, &sums, &size, error);

	for (i = 0; status == CSTN_OK && i < walk->state->items.count; i++) {
		cstn__item_parts parts;

		status = cstn__item_parts_of(walk->state, (uint32_t)i, &sums[i], &parts, error);
		causes[0] += parts.price;
		causes[1] += parts.volume;
		causes[2] += parts.assortment;
	}
	cstn__free(&walk->state->allocator, sums, size);
	for (i = 0; status == CSTN_OK && i < 3; i++) {
		cstn__table_put_text(out, 0, names[i], strlen(names[i]));
		cstn__table_put_null(out, 1);
		cstn__table_put_null(out, 2);
		cstn__table_put_null(out, 3);
		if (put_money(out, 4, causes[i]))
			status = cstn__fail(error, CSTN_E_OVERFLOW,
					"%s: a sum of values leaves int64", names[i]);
	}
	return status;
}

/* --- tables ----------------------------------------------------------------------------------- */

cstn_status cstn__retention_growth(cstn__walk *walk, cstn__table_builder *out, cstn_error **error)
{
	int32_t scale = cstn__retention_scale(walk->state);
	int has_items = (walk->state->config.flags & CSTN_RETENTION_ITEMS) != 0;
	growth_part parts[PARTS];
	cstn_status status;

	memset(parts, 0, sizeof(parts));
	if (cstn__table_add_column(out, "part", CSTN_TYPE_TEXT, 0, 0) < 0 ||
			cstn__table_add_column(out, "customers", CSTN_TYPE_INT64, 0, has_items) <
					0 ||
			cstn__table_add_column(out, "base", CSTN_TYPE_DECIMAL, scale, has_items) <
					0 ||
			cstn__table_add_column(out, "next", CSTN_TYPE_DECIMAL, scale, has_items) <
					0 ||
			cstn__table_add_column(out, "change", CSTN_TYPE_DECIMAL, scale, 0) < 0)
		return cstn__fail_nomem(error);
	status = sum_parts(walk, parts, error);
	if (status == CSTN_OK)
		status = put_parts(parts, out, error);
	return status == CSTN_OK && has_items ? put_causes(walk, out, error) : status;
}

static int declare_items(const cstn_retention *state, cstn__table_builder *out)
{
	static const char *const money[] = {"base", "next", "price", "volume", "assortment"};
	static const char *const quantity[] = {"base_quantity", "next_quantity"};
	int32_t scale = state->kind.quantity_scale;
	int failed = 0, k;

	failed |= cstn__table_add_column(out, "item",
				  state->items.type ? state->items.type : CSTN_TYPE_INT64, 0,
				  0) < 0;
	for (k = 0; k < 2; k++)
		failed |= cstn__table_add_column(out, quantity[k],
					  scale > 0 ? CSTN_TYPE_DECIMAL : CSTN_TYPE_INT64,
					  scale > 0 ? scale : 0, 0) < 0;
	for (k = 0; k < 5; k++)
		failed |= cstn__table_add_column(out, money[k], CSTN_TYPE_DECIMAL,
					  cstn__retention_scale(state), 0) < 0;
	return failed;
}

static void put_item(const cstn_retention *state, uint32_t item, const cstn__item_parts *parts,
		cstn__table_builder *out)
{
	char room[24];
	size_t len;
	const char *text = cstn__ids_text(&state->items, item, room, &len);

	if (state->items.type == CSTN_TYPE_TEXT)
		cstn__table_put_text(out, 0, text, len);
	else
		cstn__table_put_i64(out, 0, cstn__ids_number(&state->items, item));
	cstn__table_put_i64(out, 1, parts->quantity[0]);
	cstn__table_put_i64(out, 2, parts->quantity[1]);
	cstn__table_put_i64(out, 3, parts->value[0]);
	cstn__table_put_i64(out, 4, parts->value[1]);
	cstn__table_put_i64(out, 5, parts->price);
	cstn__table_put_i64(out, 6, parts->volume);
	cstn__table_put_i64(out, 7, parts->assortment);
}

cstn_status cstn__retention_items(cstn__walk *walk, cstn__table_builder *out, cstn_error **error)
{
	const cstn_retention *state = walk->state;
	size_t n = state->items.count, size = 0, i;
	cstn__item_sums *sums = NULL;
	uint32_t *order = NULL;
	cstn_status status = cstn__item_sums_new(walk, &sums, &size, error);

	if (status != CSTN_OK)
		return status;
	order = cstn__ids_order(&state->items);
	if (!order || declare_items(state, out))
		status = cstn__fail_nomem(error);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn__item_parts parts;

		if (!sums[order[i]].seen)
			continue;
		status = cstn__item_parts_of(state, order[i], &sums[order[i]], &parts, error);
		if (status == CSTN_OK)
			put_item(state, order[i], &parts, out);
	}
	cstn__ids_list_free(&state->items, order);
	cstn__free(&state->allocator, sums, size);
	return status;
}
