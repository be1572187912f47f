/* What is known of customers: evidence, purchases and attributes.
 *
 * Rows are kept as facts, so that they can be judged as of any day, and any split and merge order
 * gives the same. Ids have numbers in the order they came, which nothing that leaves the state
 * shows. An update makes a state of its own that is merged at the end; merging takes all memory and
 * checks all sums before it changes anything. 40 bytes a row of evidence, 32 a purchase. */
#include "customer/loyalty_state.h"

#include <constellation/decimal.h>

#include "base/bitmap.h"
#include "base/checked.h"
#include "base/error.h"
#include "customer/interaction.h"

#define SEED UINT64_C(0x6c6f79616c)

static const char *const sources[CSTN__LOYALTY_SOURCES] = {"PRICES", "PRICE_INCREASE_REFUSED",
		"PAYS_STATED", "REFERRAL", "REFERENCE", "RECOMMENDATION", "REVIEW", "OUTREACH",
		"NPS_ANSWER", "FIRST_CHOICE", "NOT_FIRST_CHOICE", "QUOTE_REQUEST",
		"UNCOMPARED_ORDER", "WALLET_SHARE", "PANEL", "ORDER"};

const char *cstn__loyalty_source_name(int source)
{
	return sources[source];
}

int cstn__loyalty_source_of(const char *text, size_t len)
{
	int i;

	for (i = 1; i < CSTN__LOYALTY_SOURCES; i++)
		if (strlen(sources[i]) == len && memcmp(sources[i], text, len) == 0)
			return i;
	return -1;
}

int cstn__loyalty_strength(int source)
{
	switch (source) {
	case CSTN__SAYS_FIRST_CHOICE:
	case CSTN__SAYS_NOT_FIRST_CHOICE:
	case CSTN__SAYS_QUOTE_REQUEST:
		return 1;
	case CSTN__SAYS_UNCOMPARED_ORDER:
		return 2;
	case CSTN__SAYS_WALLET_SHARE:
		return 3;
	case CSTN__SAYS_PANEL:
		return 4;
	default:
		return 0;
	}
}

cstn_status cstn_loyalty_new(const char *currency, const cstn_allocator *allocator,
		cstn_loyalty **out, cstn_error **error)
{
	cstn_loyalty *state;
	cstn_allocator own;
	cstn_status status = CSTN_OK;
	int32_t scale;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (currency)
		status = cstn_currency_scale(currency, &scale, error);
	if (status == CSTN_OK)
		status = cstn__handle_new(allocator, sizeof(*state), &own, &state, error);
	if (status != CSTN_OK)
		return status;
	state->allocator = own;
	if (currency)
		memcpy(state->currency, currency, 3);
	cstn__ids_init(&state->customers, &own, 0);
	cstn__ids_init(&state->items, &own, 0);
	cstn__interner_init(&state->labels, &own, SEED);
	*out = state;
	return CSTN_OK;
}

void cstn_loyalty_free(cstn_loyalty *state)
{
	cstn_allocator own;

	if (!state)
		return;
	own = state->allocator;
	cstn__ids_free(&state->customers);
	cstn__ids_free(&state->items);
	cstn__interner_free(&state->labels);
	cstn__array_free(&own, &state->evidence);
	cstn__array_free(&own, &state->purchases);
	cstn__array_free(&own, &state->attributes);
	cstn__free(&own, state, sizeof(*state));
}

int cstn__loyalty_make_room(cstn_loyalty *state, size_t count)
{
	size_t have = state->attributes.count;

	if (count <= have)
		return 0;
	if (cstn__array_reserve(&state->allocator, &state->attributes, count - have))
		return -1;
	memset(state->attributes.items + have, 0,
			(count - have) * sizeof(*state->attributes.items));
	state->attributes.count = count;
	return 0;
}

int cstn__loyalty_label_wins(
		const cstn__interner *labels, uint32_t a, int64_t a_us, uint32_t b, int64_t b_us)
{
	const struct cstn__interned *x, *y;
	int order;

	if (a == 0 || b == 0)
		return a != 0;
	if (a_us != b_us)
		return a_us > b_us;
	x = &labels->items[a - 1];
	y = &labels->items[b - 1];
	order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);
	return order ? order > 0 : x->len > y->len;
}

/* --- merging ---------------------------------------------------------------------------------- */

/* Numbers and labels of `from` in `into`. */
typedef struct numbers {
	const cstn_allocator *allocator;
	size_t customers_size, items_size, labels_size;
	uint32_t *customers, *items, *labels;
} numbers;

static void free_numbers(numbers *in)
{
	cstn__free(in->allocator, in->customers, in->customers_size);
	cstn__free(in->allocator, in->items, in->items_size);
	cstn__free(in->allocator, in->labels, in->labels_size);
}

/* Customers whose bit is set in `gone`, if that is not NULL, have no number there. */
static int translate(
		cstn_loyalty *into, const cstn_loyalty *from, const uint64_t *gone, numbers *out)
{
	size_t i;

	out->allocator = &into->allocator;
	out->customers_size = cstn__array_size(from->customers.count + 1, sizeof(uint32_t));
	out->items_size = cstn__array_size(from->items.count + 1, sizeof(uint32_t));
	out->labels_size = cstn__array_size(from->labels.count + 1, sizeof(uint32_t));
	out->customers = cstn__alloc(out->allocator, out->customers_size);
	out->items = cstn__alloc(out->allocator, out->items_size);
	out->labels = cstn__alloc(out->allocator, out->labels_size);
	if (!out->customers || !out->items || !out->labels)
		return -1;
	for (i = 0; i < from->customers.count; i++) {
		out->customers[i] = CSTN__IDS_NONE;
		if (gone && cstn__word_bit_get(gone, i))
			continue;
		out->customers[i] = cstn__ids_same(&into->customers, &from->customers, (uint32_t)i);
		if (out->customers[i] == CSTN__IDS_NONE)
			return -1;
	}
	for (i = 0; i < from->items.count; i++) {
		out->items[i] = cstn__ids_same(&into->items, &from->items, (uint32_t)i);
		if (out->items[i] == CSTN__IDS_NONE)
			return -1;
	}
	out->labels[0] = 0;
	for (i = 0; i < from->labels.count; i++) {
		uint32_t code = cstn__intern(&into->labels, from->labels.items[i].text,
				from->labels.items[i].len);

		if (code == UINT32_MAX)
			return -1;
		out->labels[i + 1] = code + 1;
	}
	if (cstn__array_reserve(&into->allocator, &into->evidence, from->evidence.count) ||
			cstn__array_reserve(&into->allocator, &into->purchases,
					from->purchases.count) ||
			cstn__loyalty_make_room(into, into->customers.count))
		return -1;
	return 0;
}

cstn_status cstn__loyalty_margin_overflow(
		const cstn__ids *ids, uint32_t customer, cstn_error **error)
{
	char room[24];
	size_t len;
	const char *id = cstn__ids_text(ids, customer, room, &len);

	return cstn__fail(error, CSTN_E_OVERFLOW,
			"customer '%.*s': the sum of margins overflows int64", (int)len, id);
}

static cstn_status check_margins(const cstn_loyalty *into, const cstn_loyalty *from,
		const numbers *number, cstn_error **error)
{
	size_t i;

	for (i = 0; i < from->attributes.count; i++) {
		int64_t sum;

		if (cstn__add_i64(into->attributes.items[number->customers[i]].margin,
				    from->attributes.items[i].margin, &sum))
			return cstn__loyalty_margin_overflow(&from->customers, (uint32_t)i, error);
	}
	return CSTN_OK;
}

static void add_attributes(cstn_loyalty *into, const cstn__loyalty_attributes *from,
		uint32_t customer, const uint32_t *labels)
{
	cstn__loyalty_attributes *at = &into->attributes.items[customer];
	uint32_t segment = labels[from->segment], stage = labels[from->stage];

	if (from->rows == 0)
		return;
	if (cstn__loyalty_label_wins(&into->labels, segment, from->segment_us, at->segment,
			    at->segment_us)) {
		at->segment = segment;
		at->segment_us = from->segment_us;
	}
	if (cstn__loyalty_label_wins(
			    &into->labels, stage, from->stage_us, at->stage, at->stage_us)) {
		at->stage = stage;
		at->stage_us = from->stage_us;
	}
	at->margin += from->margin;
	at->rows = 1;
}

static void add_rows(cstn_loyalty *into, const cstn_loyalty *from, const numbers *number)
{
	size_t i;

	for (i = 0; i < from->evidence.count; i++) {
		cstn__loyalty_evidence row = from->evidence.items[i];

		row.customer = number->customers[row.customer];
		if (row.customer != CSTN__IDS_NONE)
			into->evidence.items[into->evidence.count++] = row;
	}
	for (i = 0; i < from->purchases.count; i++) {
		cstn__loyalty_purchase row = from->purchases.items[i];

		row.customer = number->customers[row.customer];
		row.item = number->items[row.item];
		if (row.customer != CSTN__IDS_NONE)
			into->purchases.items[into->purchases.count++] = row;
	}
	for (i = 0; i < from->attributes.count; i++)
		if (number->customers[i] != CSTN__IDS_NONE)
			add_attributes(into, &from->attributes.items[i], number->customers[i],
					number->labels);
	into->settled = 0;
}

static cstn_status check_types(
		const cstn__ids *into, const cstn__ids *from, const char *what, cstn_error **error)
{
	if (!into->count || !from->count || into->type == from->type)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_MISMATCH, "%s are %s here and %s there", what,
			into->type == CSTN_TYPE_TEXT ? "text" : "numbers",
			from->type == CSTN_TYPE_TEXT ? "text" : "numbers");
}

/* Ids without any row may be left of a merge that failed: they mean nothing, not even a type. */
static void forget_ids(cstn_loyalty *state)
{
	size_t i;

	if (state->purchases.count)
		return;
	cstn__ids_free(&state->items);
	cstn__ids_init(&state->items, &state->allocator, 0);
	if (state->evidence.count)
		return;
	for (i = 0; i < state->attributes.count; i++)
		if (state->attributes.items[i].rows)
			return;
	cstn__ids_free(&state->customers);
	cstn__ids_init(&state->customers, &state->allocator, 0);
	state->attributes.count = 0;
}

cstn_status cstn_loyalty_merge(cstn_loyalty *into, const cstn_loyalty *from, cstn_error **error)
{
	numbers number;
	cstn_status status;

	if (!into || !from || into == from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s",
				!into   ? "into is NULL"
				: !from ? "from is NULL"
					: "a state is merged into itself");
	if (memcmp(into->currency, from->currency, 4) != 0)
		return cstn__fail(error, CSTN_E_CURRENCY, "one state is in '%s', the other in '%s'",
				into->currency, from->currency);
	forget_ids(into);
	status = check_types(&into->customers, &from->customers, "customers", error);
	if (status == CSTN_OK)
		status = check_types(&into->items, &from->items, "items", error);
	if (status != CSTN_OK)
		return status;
	if (from->customers.count)
		into->customers.type = from->customers.type;
	if (from->items.count)
		into->items.type = from->items.type;
	memset(&number, 0, sizeof(number));
	if (translate(into, from, NULL, &number))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = check_margins(into, from, &number, error);
	if (status == CSTN_OK)
		add_rows(into, from, &number);
	free_numbers(&number);
	return status;
}

/* --- forgetting ------------------------------------------------------------------------------- */

static cstn_status forget(cstn_loyalty *state, const uint64_t *gone, cstn_error **error)
{
	cstn_loyalty *fresh = NULL, old;
	numbers number;
	cstn_status status = cstn_loyalty_new(state->currency[0] ? state->currency : NULL,
			&state->allocator, &fresh, error);

	if (status != CSTN_OK)
		return status;
	fresh->customers.type = state->customers.type;
	fresh->items.type = state->items.type;
	memset(&number, 0, sizeof(number));
	if (translate(fresh, state, gone, &number)) {
		status = cstn__fail_nomem(error);
	} else {
		add_rows(fresh, state, &number);
		forget_ids(fresh);
		old = *state;
		*state = *fresh;
		*fresh = old;
	}
	free_numbers(&number);
	cstn_loyalty_free(fresh);
	return status;
}

cstn_status cstn_loyalty_remove(
		cstn_loyalty *state, struct ArrowArrayStream *customers, cstn_error **error)
{
	uint64_t *gone = NULL;
	size_t count;
	cstn_status status;

	if (state)
		forget_ids(state);
	count = state ? state->customers.count : 0;
	status = cstn__customers_gone(state ? &state->customers : NULL, customers, &gone, error);
	if (status != CSTN_OK)
		return status;
	status = forget(state, gone, error);
	cstn__free(&state->allocator, gone, cstn__gone_size(count));
	return status;
}
