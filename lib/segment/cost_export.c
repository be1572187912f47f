/* Tables of cost to serve: counts meet rates.
 *
 * All rates are brought to one scale S, the greatest of them; the sum of count x rate is then an
 * exact 128-bit integer in units of 10^-S minor units and is rounded half-even once a row of the
 * table. A fixed cost is shared out once, over cells (customer, segment), so that customers,
 * segments and the total all add up to it. Cost: a sort of the cells. */
#include "base/checked.h"
#include "base/decimal.h"
#include "base/error.h"
#include "segment/cost_state.h"
#include "table/export.h"

typedef struct cost_book {
	const cstn_cost_to_serve *state;
	const cstn__cost_cell **cells; /* in the order of the table */
	size_t n;
	int64_t rate[CSTN_COST_DRIVER_COUNT]; /* 0 .. at scale[] */
	int32_t scale[CSTN_COST_DRIVER_COUNT], most;
	int64_t *fixed; /* n x drivers, as `cells`; NULL: none */
} cost_book;

/* What several cells come to. */
typedef struct cost_sum {
	int64_t sum[CSTN__COST_SUMS], fixed[CSTN_COST_DRIVER_COUNT];
	int64_t variable, fixed_all, cost;
	int64_t part[CSTN_COST_DRIVER_COUNT]; /* variable cost, adds up to `variable` */
	cstn__i128 exact;                     /* of variable, in 10^-most */
	int64_t customers;
} cost_sum;

static cstn_status overflow(cstn_error **error)
{
	return cstn__fail(error, CSTN_E_OVERFLOW, "a cost overflows int64 minor units");
}

/* --- rates -------------------------------------------------------------------------------------
 */

static cstn_status read_rates(cost_book *book, const cstn_cost_rates *rates, cstn_error **error)
{
	uint8_t seen[CSTN_COST_DRIVER_COUNT] = {0};
	size_t i;

	for (i = 0; i < rates->n_rates; i++) {
		const cstn_cost_rate *rate = &rates->rates[i];

		if (rate->driver < 0 || rate->driver >= CSTN_COST_DRIVER_COUNT)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"rate %zu: there is no driver %d", i, rate->driver);
		if (seen[rate->driver]++)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "driver %s has two rates",
					cstn_cost_driver_name(rate->driver));
		if (rate->scale < 0 || rate->scale > CSTN_SCALE_MAX || rate->rate < 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"driver %s: rate %lld at scale %d; a rate of 0 or more and "
					"a scale of 0..18 expected",
					cstn_cost_driver_name(rate->driver), (long long)rate->rate,
					rate->scale);
		book->rate[rate->driver] = rate->rate;
		book->scale[rate->driver] = rate->scale;
		if (rate->scale > book->most)
			book->most = rate->scale;
	}
	return CSTN_OK;
}

/* amount x count / whole, half to even, or towards zero. */
static int64_t share_of(int64_t amount, int64_t count, cstn__i128 whole, int down)
{
	cstn__i128 product = cstn__wide_multiply(amount, count);

	return (int64_t)(down ? product / whole : cstn__divide_half_even(product, whole));
}

/* Half-even parts; where so many are rounded up that the largest would fall below zero, parts are
 * rounded down. */
static cstn_status share_out(cost_book *book, const cstn_fixed_cost *cost, cstn_error **error)
{
	int32_t d = cost->driver;
	cstn__i128 whole = 0, rest;
	size_t i, largest = 0;
	int down;

	for (i = 0; i < book->n; i++) {
		whole += book->cells[i]->sum[d];
		if (book->cells[i]->sum[d] > book->cells[largest]->sum[d])
			largest = i;
	}
	if (whole == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a fixed cost is shared out by %s, and there are none",
				cstn_cost_driver_name(d));
	for (down = 0; down < 2; down++) {
		rest = cost->amount;
		for (i = 0; i < book->n; i++)
			rest -= share_of(cost->amount, book->cells[i]->sum[d], whole, down);
		if (rest + share_of(cost->amount, book->cells[largest]->sum[d], whole, down) >= 0)
			break;
	}
	for (i = 0; i < book->n; i++) {
		int64_t part = share_of(cost->amount, book->cells[i]->sum[d], whole, down);
		int64_t *at = &book->fixed[i * CSTN_COST_DRIVER_COUNT + (size_t)d];

		if (i == largest)
			part += (int64_t)rest;
		if (cstn__add_i64(*at, part, at))
			return overflow(error);
	}
	return CSTN_OK;
}

static cstn_status share_fixed(cost_book *book, const cstn_cost_rates *rates, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	if (rates->n_fixed == 0)
		return CSTN_OK;
	book->fixed = cstn__alloc_zero(&book->state->allocator,
			cstn__array_size(book->n, CSTN_COST_DRIVER_COUNT * sizeof(int64_t)));
	if (!book->fixed)
		return cstn__fail_nomem(error);
	for (i = 0; i < rates->n_fixed && status == CSTN_OK; i++) {
		const cstn_fixed_cost *cost = &rates->fixed[i];

		if (cost->driver < 0 || cost->driver >= CSTN_COST_DRIVER_COUNT ||
				cost->amount < 0 || cost->reserved0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"fixed cost %zu: driver %d, amount %lld; a driver and an "
					"amount of 0 or more expected",
					i, cost->driver, (long long)cost->amount);
		status = share_out(book, cost, error);
	}
	return status;
}

/* --- sums --------------------------------------------------------------------------------------
 */

static int add_cell(cost_sum *sum, const cost_book *book, size_t at)
{
	int bad = 0, i;

	for (i = 0; i < CSTN__COST_SUMS; i++)
		bad |= cstn__add_i64(sum->sum[i], book->cells[at]->sum[i], &sum->sum[i]);
	for (i = 0; book->fixed && i < CSTN_COST_DRIVER_COUNT; i++)
		bad |= cstn__add_i64(sum->fixed[i],
				book->fixed[at * CSTN_COST_DRIVER_COUNT + (size_t)i],
				&sum->fixed[i]);
	return bad;
}

/* The rounded parts of a variable cost; the largest takes what rounding left. */
static int price(cost_sum *sum, const cost_book *book)
{
	cstn__i128 one = cstn__wide_power_of_ten(book->most), exact[CSTN_COST_DRIVER_COUNT], rest;
	int i, largest = 0, bad = 0;

	sum->exact = 0;
	sum->fixed_all = 0;
	for (i = 0; i < CSTN_COST_DRIVER_COUNT; i++) {
		exact[i] = 0;
		bad |= cstn__multiply_i128(cstn__wide_multiply(sum->sum[i], book->rate[i]),
				cstn__wide_power_of_ten(book->most - book->scale[i]), &exact[i]);
		bad |= cstn__add_i128(sum->exact, exact[i], &sum->exact);
		bad |= cstn__add_i64(sum->fixed_all, sum->fixed[i], &sum->fixed_all);
		if (exact[i] > exact[largest])
			largest = i;
	}
	if (bad || cstn__narrow_i64(cstn__divide_half_even(sum->exact, one), &sum->variable))
		return -1;
	rest = sum->variable;
	for (i = 0; i < CSTN_COST_DRIVER_COUNT; i++) {
		/* no part exceeds the sum, but for half a unit */
		if (cstn__narrow_i64(cstn__divide_half_even(exact[i], one), &sum->part[i]))
			return -1;
		rest -= sum->part[i];
	}
	sum->part[largest] += (int64_t)rest;
	return cstn__add_i64(sum->variable, sum->fixed_all, &sum->cost);
}

/* --- columns -----------------------------------------------------------------------------------
 */

static void declare_common(cstn__table_builder *table)
{
	static const char *const money[] = {
			"orders", "revenue", "margin", "variable_cost", "fixed_cost", "cost"};
	size_t i;

	for (i = 0; i < sizeof(money) / sizeof(*money); i++)
		cstn__table_add_column(table, money[i], CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(table, "cost_per_order", CSTN_TYPE_INT64, 0, 1);
	cstn__table_add_column(table, "share_of_margin", CSTN_TYPE_DOUBLE, 0, 1);
	cstn__table_add_column(table, "break_even_order", CSTN_TYPE_INT64, 0, 1);
	cstn__table_add_column(table, "largest_driver", CSTN_TYPE_TEXT, 0, 1);
	cstn__table_add_column(table, "largest_cost", CSTN_TYPE_INT64, 0, 1);
	cstn__table_add_column(table, "currency", CSTN_TYPE_TEXT, 0, 0);
}

static void put_number(cstn__table_builder *table, int32_t column, int known, int64_t value)
{
	if (known)
		cstn__table_put_i64(table, column, value);
	else
		cstn__table_put_null(table, column);
}

/* Cost and break-even of an order; 0 if what cannot be said is null and the rest fits. */
static int put_per_order(
		cstn__table_builder *table, int32_t at, const cost_book *book, const cost_sum *sum)
{
	int64_t orders = sum->sum[CSTN_COST_DRIVER_ORDERS], revenue = sum->sum[CSTN__COST_REVENUE];
	int64_t margin = sum->sum[CSTN__COST_MARGIN], each = 0, even = 0;
	cstn__i128 exact = 0, per = 0, one = cstn__wide_power_of_ten(book->most);
	int known = orders > 0 && revenue > 0 && margin > 0 && sum->cost > 0;

	if (orders > 0) {
		if (cstn__multiply_i128(sum->fixed_all, one, &exact) ||
				cstn__add_i128(exact, sum->exact, &exact) ||
				cstn__multiply_i128(one, orders, &per))
			return -1;
		if (cstn__narrow_i64(cstn__divide_half_even(exact, per), &each))
			return -1;
	}
	if (known && cstn__narrow_i64(
				     cstn__divide_half_even(cstn__wide_multiply(sum->cost, revenue),
						     cstn__wide_multiply(orders, margin)),
				     &even))
		return -1;
	put_number(table, at, orders > 0, each);
	if (margin > 0)
		cstn__table_put_f64(table, at + 1, (double)sum->cost / (double)margin);
	else
		cstn__table_put_null(table, at + 1);
	put_number(table, at + 2, known, even);
	return 0;
}

static int put_common(cstn__table_builder *table, int32_t at, const cost_book *book, cost_sum *sum)
{
	int64_t most = 0, of;
	int largest = -1, i;

	if (price(sum, book))
		return -1;
	cstn__table_put_i64(table, at++, sum->sum[CSTN_COST_DRIVER_ORDERS]);
	cstn__table_put_i64(table, at++, sum->sum[CSTN__COST_REVENUE]);
	cstn__table_put_i64(table, at++, sum->sum[CSTN__COST_MARGIN]);
	cstn__table_put_i64(table, at++, sum->variable);
	cstn__table_put_i64(table, at++, sum->fixed_all);
	cstn__table_put_i64(table, at++, sum->cost);
	if (put_per_order(table, at, book, sum))
		return -1;
	at += 3;
	for (i = 0; i < CSTN_COST_DRIVER_COUNT; i++) {
		if (cstn__add_i64(sum->part[i], sum->fixed[i], &of))
			return -1;
		if (of > most) {
			most = of;
			largest = i;
		}
	}
	if (largest < 0)
		cstn__table_put_null(table, at);
	else
		cstn__table_put_text(table, at, cstn_cost_driver_name(largest),
				strlen(cstn_cost_driver_name(largest)));
	put_number(table, at + 1, largest >= 0, most);
	cstn__table_put_text(table, at + 2, book->state->currency, 3);
	return 0;
}

static void put_segment(cstn__table_builder *table, const cost_book *book, uint32_t segment)
{
	const struct cstn__interned *label;

	if (segment == 0) {
		cstn__table_put_null(table, 0);
		return;
	}
	label = &book->state->segments.items[segment - 1];
	cstn__table_put_text(table, 0, label->text, label->len);
}

static void put_customer(cstn__table_builder *table, const cost_book *book, uint32_t customer)
{
	const cstn_cost_to_serve *state = book->state;

	if (state->key_type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table, 0, state->texts.items[customer].text,
				state->texts.items[customer].len);
	else
		cstn__table_put_i64(table, 0, state->numbers.items[customer]);
}

/* A row a driver of one segment. */
static int put_drivers(
		cstn__table_builder *table, const cost_book *book, uint32_t segment, cost_sum *sum)
{
	int64_t of;
	int i;

	if (price(sum, book))
		return -1;
	for (i = 0; i < CSTN_COST_DRIVER_COUNT; i++) {
		put_segment(table, book, segment);
		cstn__table_put_text(table, 1, cstn_cost_driver_name(i),
				strlen(cstn_cost_driver_name(i)));
		cstn__table_put_i64(table, 2, sum->sum[i]);
		cstn__table_put_i64(table, 3, book->rate[i]);
		cstn__table_put_i64(table, 4, book->scale[i]);
		cstn__table_put_i64(table, 5, sum->part[i]);
		cstn__table_put_i64(table, 6, sum->fixed[i]);
		if (cstn__add_i64(sum->part[i], sum->fixed[i], &of))
			return -1;
		if (sum->cost > 0)
			cstn__table_put_f64(table, 7, (double)of / (double)sum->cost);
		else
			cstn__table_put_null(table, 7);
	}
	return 0;
}

static void declare(cstn__table_builder *out, const cost_book *book, int32_t table)
{
	if (table == CSTN_COST_TABLE_CUSTOMERS)
		cstn__table_add_column(out, "customer",
				book->state->key_type == CSTN_TYPE_TEXT ? CSTN_TYPE_TEXT
									: CSTN_TYPE_INT64,
				0, 0);
	if (table == CSTN_COST_TABLE_SEGMENTS || table == CSTN_COST_TABLE_DRIVERS)
		cstn__table_add_column(out, "segment", CSTN_TYPE_TEXT, 0, 1);
	if (table == CSTN_COST_TABLE_DRIVERS) {
		cstn__table_add_column(out, "driver", CSTN_TYPE_TEXT, 0, 0);
		cstn__table_add_column(out, "count", CSTN_TYPE_INT64, 0, 0);
		cstn__table_add_column(out, "rate", CSTN_TYPE_INT64, 0, 0);
		cstn__table_add_column(out, "rate_scale", CSTN_TYPE_INT32, 0, 0);
		cstn__table_add_column(out, "variable_cost", CSTN_TYPE_INT64, 0, 0);
		cstn__table_add_column(out, "fixed_cost", CSTN_TYPE_INT64, 0, 0);
		cstn__table_add_column(out, "share_of_cost", CSTN_TYPE_DOUBLE, 0, 1);
		return;
	}
	if (table != CSTN_COST_TABLE_CUSTOMERS)
		cstn__table_add_column(out, "customers", CSTN_TYPE_INT64, 0, 0);
	declare_common(out);
}

/* Whether the table parts the cells between `at - 1` and `at`. */
static int begins_group(const cost_book *book, int32_t table, size_t at)
{
	const cstn__cost_cell *before = book->cells[at - 1], *cell = book->cells[at];

	if (table == CSTN_COST_TABLE_TOTAL)
		return 0;
	return table == CSTN_COST_TABLE_CUSTOMERS ? before->customer != cell->customer
						  : before->segment != cell->segment;
}

static cstn_status fill(
		cstn__table_builder *out, const cost_book *book, int32_t table, cstn_error **error)
{
	size_t i = 0;
	cost_sum sum;

	while (i < book->n || (table == CSTN_COST_TABLE_TOTAL && i == 0)) {
		const cstn__cost_cell *first = i < book->n ? book->cells[i] : NULL;
		uint32_t customer = UINT32_MAX;
		int bad = 0;

		memset(&sum, 0, sizeof(sum));
		do {
			if (i < book->n) {
				bad |= add_cell(&sum, book, i);
				sum.customers += book->cells[i]->customer != customer;
				customer = book->cells[i]->customer;
			}
			i++;
		} while (i < book->n && !begins_group(book, table, i));
		if (table == CSTN_COST_TABLE_DRIVERS) {
			bad |= put_drivers(out, book, first->segment, &sum);
		} else if (table == CSTN_COST_TABLE_CUSTOMERS) {
			put_customer(out, book, first->customer);
			bad |= put_common(out, 1, book, &sum);
		} else if (table == CSTN_COST_TABLE_SEGMENTS) {
			put_segment(out, book, first->segment);
			cstn__table_put_i64(out, 1, sum.customers);
			bad |= put_common(out, 2, book, &sum);
		} else {
			cstn__table_put_i64(out, 0, sum.customers);
			bad |= put_common(out, 1, book, &sum);
		}
		if (bad)
			return overflow(error);
	}
	return CSTN_OK;
}

/* Fixed costs are shared out in the order of customers, whatever the table's, since a tie for the
 * largest part goes to the first; then the cells are brought to the table's order. */
static cstn_status reorder(cost_book *book, cstn_error **error)
{
	const cstn_allocator *allocator = &book->state->allocator;
	const cstn__cost_cell **cells = NULL;
	int64_t *fixed = NULL;
	size_t *where = NULL, i, n;
	cstn_status status = cstn__cost_sorted(book->state, 1, &cells, &n, error);

	if (status != CSTN_OK)
		return status;
	if (book->fixed) {
		fixed = cstn__alloc(allocator,
				cstn__array_size(book->n, CSTN_COST_DRIVER_COUNT * sizeof(*fixed)));
		where = cstn__alloc(allocator,
				cstn__array_size(book->state->cells.count, sizeof(*where)));
		if (!fixed || !where)
			status = cstn__fail_nomem(error);
		for (i = 0; status == CSTN_OK && i < n; i++)
			where[book->cells[i] - book->state->cells.items] = i;
		for (i = 0; status == CSTN_OK && i < n; i++)
			memcpy(fixed + i * CSTN_COST_DRIVER_COUNT,
					book->fixed + where[cells[i] - book->state->cells.items] *
									CSTN_COST_DRIVER_COUNT,
					CSTN_COST_DRIVER_COUNT * sizeof(*fixed));
		cstn__free(allocator, where,
				cstn__array_size(book->state->cells.count, sizeof(*where)));
	}
	if (status == CSTN_OK) {
		const cstn__cost_cell **cells_before = book->cells;
		int64_t *fixed_before = book->fixed;

		book->cells = cells;
		book->fixed = fixed;
		cells = cells_before;
		fixed = fixed_before;
	}
	cstn__free(allocator, fixed, cstn__array_size(n, CSTN_COST_DRIVER_COUNT * sizeof(*fixed)));
	cstn__free(allocator, cells, cstn__array_size(n, sizeof(*cells)));
	return status;
}

cstn_status cstn_cost_to_serve_export(const cstn_cost_to_serve *state, const cstn_cost_rates *rates,
		int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *builder = NULL;
	cost_book book;
	cstn_cost_rates read;
	cstn_status status;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	if (table < CSTN_COST_TABLE_CUSTOMERS || table > CSTN_COST_TABLE_DRIVERS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "there is no table %d", table);
	status = cstn__options_read(
			rates, sizeof(read), sizeof(read), 0, "cstn_cost_rates", &read, error);
	if (status != CSTN_OK)
		return status;
	if ((read.n_rates && !read.rates) || (read.n_fixed && !read.fixed))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "rates or fixed is NULL");
	memset(&book, 0, sizeof(book));
	book.state = state;
	status = read_rates(&book, &read, error);
	if (status == CSTN_OK)
		status = cstn__cost_sorted(state, 0, &book.cells, &book.n, error);
	if (status == CSTN_OK)
		status = share_fixed(&book, &read, error);
	if (status == CSTN_OK && table >= CSTN_COST_TABLE_SEGMENTS &&
			table != CSTN_COST_TABLE_TOTAL)
		status = reorder(&book, error);
	if (status == CSTN_OK)
		status = cstn__table_builder_new(&state->allocator, &builder, error);
	if (status == CSTN_OK) {
		declare(builder, &book, table);
		status = fill(builder, &book, table, error);
	}
	if (status == CSTN_OK)
		status = cstn__table_export(builder, out, error);
	else
		cstn__table_builder_free(builder);
	cstn__free(&state->allocator, book.fixed,
			cstn__array_size(book.n, CSTN_COST_DRIVER_COUNT * sizeof(int64_t)));
	cstn__free(&state->allocator, book.cells, cstn__array_size(book.n, sizeof(*book.cells)));
	return status;
}
