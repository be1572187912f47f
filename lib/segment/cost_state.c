/* The state of cost to serve: cells of (customer, segment) with int64 counts.
 *
 * Ids and labels have numbers in the order they came, which nothing that leaves the state shows:
 * cells are sorted by the ids themselves. Sums are integers, so any split and merge order gives the
 * same cells. An update makes a state of its own that is added at the end, after a pass that proves
 * that every sum fits: a failure leaves at most cells without rows, which count as none. */
#include "segment/cost_state.h"

#include <inttypes.h>

#include <constellation/decimal.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/sort.h"

#define SEED UINT64_C(0x636f7374)

static const char *const names[CSTN_COST_DRIVER_COUNT] = {"orders", "lines", "picks", "parcels",
		"kg_km", "returns", "credits", "calls", "documents", "expedites", "price_holds"};

const char *cstn_cost_driver_name(int32_t driver)
{
	return driver >= 0 && driver < CSTN_COST_DRIVER_COUNT ? names[driver] : "";
}

cstn_status cstn_cost_to_serve_new(const char *currency, const cstn_allocator *allocator,
		cstn_cost_to_serve **out, cstn_error **error)
{
	cstn_cost_to_serve *state;
	cstn_allocator own;
	cstn_status status;
	int32_t scale;

	if (!currency || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				currency ? "out" : "currency");
	status = cstn_currency_scale(currency, &scale, error);
	if (status == CSTN_OK)
		status = cstn__handle_new(allocator, sizeof(*state), &own, &state, error);
	if (status != CSTN_OK)
		return status;
	state->allocator = own;
	memcpy(state->currency, currency, 3);
	cstn__interner_init(&state->texts, &own, SEED);
	cstn__interner_init(&state->segments, &own, SEED);
	cstn__i64_map_init(&state->number_of, &own, SEED);
	cstn__i64_map_init(&state->cell_of, &own, SEED);
	*out = state;
	return CSTN_OK;
}

void cstn_cost_to_serve_free(cstn_cost_to_serve *state)
{
	cstn_allocator own;

	if (!state)
		return;
	own = state->allocator;
	cstn__interner_free(&state->texts);
	cstn__interner_free(&state->segments);
	cstn__i64_map_free(&state->number_of);
	cstn__i64_map_free(&state->cell_of);
	cstn__array_free(&own, &state->numbers);
	cstn__array_free(&own, &state->cells);
	cstn__free(&own, state, sizeof(*state));
}

cstn_status cstn__cost_empty_like(
		const cstn_cost_to_serve *like, cstn_cost_to_serve **out, cstn_error **error)
{
	return cstn_cost_to_serve_new(like->currency, &like->allocator, out, error);
}

uint32_t cstn__cost_number(cstn_cost_to_serve *state, int64_t id)
{
	uint32_t fresh = (uint32_t)state->numbers.count, code;

	if (cstn__array_reserve(&state->allocator, &state->numbers, 1) || fresh == UINT32_MAX)
		return UINT32_MAX;
	code = cstn__i64_map_intern(&state->number_of, id, fresh);
	if (code == fresh)
		state->numbers.items[state->numbers.count++] = id;
	return code;
}

uint32_t cstn__cost_text(cstn_cost_to_serve *state, const char *id, size_t len)
{
	return cstn__intern(&state->texts, id, len);
}

uint32_t cstn__cost_segment(cstn_cost_to_serve *state, const char *label, size_t len)
{
	uint32_t code;

	if (!label)
		return 0;
	code = cstn__intern(&state->segments, label, len);
	return code == UINT32_MAX ? code : code + 1;
}

uint32_t cstn__cost_cell_at(cstn_cost_to_serve *state, uint32_t customer, uint32_t segment)
{
	uint32_t fresh = (uint32_t)state->cells.count, code;
	int64_t key = (int64_t)((uint64_t)segment << 32 | customer);

	if (cstn__array_reserve(&state->allocator, &state->cells, 1) || fresh == UINT32_MAX)
		return UINT32_MAX;
	code = cstn__i64_map_intern(&state->cell_of, key, fresh);
	if (code == fresh) {
		cstn__cost_cell *cell = &state->cells.items[state->cells.count++];

		memset(cell, 0, sizeof(*cell));
		cell->customer = customer;
		cell->segment = segment;
	}
	return code;
}

/* --- merging -----------------------------------------------------------------------------------
 */

static uint32_t same_cell(cstn_cost_to_serve *into, const cstn_cost_to_serve *from,
		const cstn__cost_cell *cell)
{
	const struct cstn__interned *label;
	uint32_t customer, segment = 0;

	if (from->key_type == CSTN_TYPE_TEXT)
		customer = cstn__cost_text(into, from->texts.items[cell->customer].text,
				from->texts.items[cell->customer].len);
	else
		customer = cstn__cost_number(into, from->numbers.items[cell->customer]);
	if (cell->segment) {
		label = &from->segments.items[cell->segment - 1];
		segment = cstn__cost_segment(into, label->text, label->len);
	}
	if (customer == UINT32_MAX || segment == UINT32_MAX)
		return UINT32_MAX;
	return cstn__cost_cell_at(into, customer, segment);
}

static cstn_status overflow(const cstn_cost_to_serve *from, const cstn__cost_cell *cell, int i,
		cstn_error **error)
{
	const char *what = i < CSTN_COST_DRIVER_COUNT ? names[i]
			   : i == CSTN__COST_REVENUE  ? "revenue"
						      : "margin";

	if (from->key_type == CSTN_TYPE_TEXT)
		return cstn__fail(error, CSTN_E_OVERFLOW,
				"customer '%s': the sum of %s overflows int64",
				from->texts.items[cell->customer].text, what);
	return cstn__fail(error, CSTN_E_OVERFLOW,
			"customer %" PRId64 ": the sum of %s overflows int64",
			from->numbers.items[cell->customer], what);
}

/* Whether one cell can be added; `sums` gets what comes of it. */
static cstn_status check_cell(const cstn_cost_to_serve *from, const cstn__cost_cell *add, int sign,
		cstn__cost_cell *sums, cstn_error **error)
{
	int negative = 0, i, bad;

	for (i = 0; i < CSTN__COST_SUMS; i++) {
		bad = sign > 0 ? cstn__add_i64(sums->sum[i], add->sum[i], &sums->sum[i])
			       : cstn__subtract_i64(sums->sum[i], add->sum[i], &sums->sum[i]);
		if (bad)
			return overflow(from, add, i, error);
		negative |= i < CSTN_COST_DRIVER_COUNT && sums->sum[i] < 0;
	}
	if (sign > 0)
		bad = cstn__add_i64(sums->rows, add->rows, &sums->rows);
	else
		bad = cstn__subtract_i64(sums->rows, add->rows, &sums->rows);
	if (bad)
		return cstn__fail(error, CSTN_E_OVERFLOW, "more than 2^63 - 1 rows");
	if (sums->rows == 0)
		for (i = 0; i < CSTN__COST_SUMS; i++)
			negative |= sums->sum[i] != 0;
	if (negative || sums->rows < 0)
		return cstn__fail(error, CSTN_E_STATE,
				"rows are removed that the state does not hold");
	return CSTN_OK;
}

cstn_status cstn__cost_add(cstn_cost_to_serve *into, const cstn_cost_to_serve *from, int sign,
		cstn_error **error)
{
	cstn_status status;
	size_t i;
	uint32_t at;

	if (memcmp(into->currency, from->currency, 3) != 0)
		return cstn__fail(error, CSTN_E_CURRENCY, "one state counts %s, the other %s",
				into->currency, from->currency);
	if (into->key_type && from->key_type && into->key_type != from->key_type)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"customers are %s in one state and %s in the other",
				into->key_type == CSTN_TYPE_TEXT ? "text" : "numbers",
				from->key_type == CSTN_TYPE_TEXT ? "text" : "numbers");
	for (i = 0; i < from->cells.count; i++) {
		cstn__cost_cell sums;

		if (from->cells.items[i].rows == 0)
			continue;
		at = same_cell(into, from, &from->cells.items[i]);
		if (at == UINT32_MAX)
			return cstn__fail_nomem(error);
		sums = into->cells.items[at];
		status = check_cell(from, &from->cells.items[i], sign, &sums, error);
		if (status != CSTN_OK)
			return status;
	}
	/* now nothing can fail: every name is known and every sum fits */
	for (i = 0; i < from->cells.count; i++) {
		const cstn__cost_cell *add = &from->cells.items[i];

		if (add->rows == 0)
			continue;
		at = same_cell(into, from, add);
		status = check_cell(from, add, sign, &into->cells.items[at], NULL);
		if (status != CSTN_OK)
			return status;
		into->key_type = from->key_type;
	}
	return CSTN_OK;
}

cstn_status cstn_cost_to_serve_merge(
		cstn_cost_to_serve *into, const cstn_cost_to_serve *from, cstn_error **error)
{
	if (!into || !from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				into ? "from" : "into");
	if (into == from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a state is merged into itself");
	return cstn__cost_add(into, from, 1, error);
}

/* --- order -------------------------------------------------------------------------------------
 */

static int order_text(const struct cstn__interned *a, const struct cstn__interned *b)
{
	int order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int order_customer(const cstn_cost_to_serve *state, uint32_t a, uint32_t b)
{
	if (state->key_type == CSTN_TYPE_TEXT)
		return order_text(&state->texts.items[a], &state->texts.items[b]);
	return (state->numbers.items[a] > state->numbers.items[b]) -
	       (state->numbers.items[a] < state->numbers.items[b]);
}

static int order_segment(const cstn_cost_to_serve *state, uint32_t a, uint32_t b)
{
	if (a == 0 || b == 0)
		return (a == 0) - (b == 0);
	return order_text(&state->segments.items[a - 1], &state->segments.items[b - 1]);
}

typedef struct cell_order {
	const cstn_cost_to_serve *state;
	int by_segment;
} cell_order;

static int order_cells(const void *left, const void *right, void *context)
{
	const cstn__cost_cell *const *a = left, *const *b = right;
	const cell_order *by = context;
	int customer = order_customer(by->state, (*a)->customer, (*b)->customer);
	int segment = order_segment(by->state, (*a)->segment, (*b)->segment);

	if (by->by_segment)
		return segment ? segment : customer;
	return customer ? customer : segment;
}

cstn_status cstn__cost_sorted(const cstn_cost_to_serve *state, int by_segment,
		const cstn__cost_cell ***out, size_t *count, cstn_error **error)
{
	cell_order by = {state, by_segment};
	const cstn__cost_cell **cells;
	size_t n = 0, i;

	for (i = 0; i < state->cells.count; i++)
		n += state->cells.items[i].rows != 0;
	cells = cstn__alloc(&state->allocator, cstn__array_size(n, sizeof(*cells)));
	if (!cells)
		return cstn__fail_nomem(error);
	*count = n;
	for (n = 0, i = 0; i < state->cells.count; i++)
		if (state->cells.items[i].rows != 0)
			cells[n++] = &state->cells.items[i];
	cstn__sort(cells, n, sizeof(*cells), order_cells, &by);
	*out = cells;
	return CSTN_OK;
}
