/* The feedback tables: which reasons, where, in how many orders.
 *
 * Words and order ids are replaced by their places in the order of their bytes, and what is counted
 * together is sorted together: interactions of a cell, then its distinct orders and customers, then
 * the distinct orders of the value, whatever was said of them. So a table is in an order of its own
 * and costs O(n log n) a dimension. Across a company's border a cell of fewer than `floor`
 * customers or orders shows no count (k-anonymity, Sweeney 2002). */
#include "customer/feedback.h"

#include <constellation/loyalty.h>

#include <inttypes.h>

#include "base/error.h"
#include "base/sort.h"
#include "base/stats.h"

static const char *const dimensions[] = {
		"all", "item", "carrier", "lane", "node", "segment", "stage"};
#define DIMENSIONS (sizeof(dimensions) / sizeof(dimensions[0]))

/* What is sorted: a value, a reason, and an order or a customer; all as ranks, reason 0: none. */
typedef struct entry {
	uint32_t value, reason, id;
} entry;

typedef struct entries {
	entry *items;
	size_t count, capacity;
} entries;

/* The counts of one cell. */
typedef struct cell {
	uint32_t value, reason;
	int64_t interactions, customers, orders;
} cell;

void cstn__feedback_put_word(const cstn__feedback *at, int32_t column, uint32_t rank)
{
	const struct cstn__interned *word;

	if (rank == 0) {
		cstn__table_put_null(at->table, column);
		return;
	}
	word = &at->set->words.items[at->words[rank - 1]];
	cstn__table_put_text(at->table, column, word->text, word->len);
}

static int by_all(const void *a, const void *b, void *context)
{
	const entry *x = a, *y = b;

	(void)context;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	if (x->reason != y->reason)
		return x->reason < y->reason ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* What of an item an entry holds. */
enum { IDS_CUSTOMER, IDS_ORDER, IDS_AT_RISK };

/* Says what goes wrong: a plan that was promised for a reason is an answer to it. */
static int is_told(const cstn__interaction *item)
{
	return item->words[CSTN__WORD_REASON] && item->kind != CSTN_INTERACTION_PLAN_PROMISED;
}

/* The entries of a dimension, sorted: of items with a reason their customers or orders, or the
 * orders of all items without regard to reason. 0, or -1 when out of memory. */
static int sort_entries(const cstn__feedback *at, size_t dimension, int which, entries *out)
{
	const cstn_interactions *set = at->set;
	size_t i;

	out->count = 0;
	for (i = 0; i < set->items.count; i++) {
		const cstn__interaction *item = &set->items.items[i];
		uint32_t value = dimension ? item->words[dimension] : 0;
		entry *to;

		if (!cstn__feedback_counts(at, item) || (dimension && !value) ||
				(which != IDS_AT_RISK && !is_told(item)) ||
				(which != IDS_CUSTOMER && item->order == CSTN__NO_ORDER))
			continue;
		if (cstn__array_reserve(&set->allocator, out, 1))
			return -1;
		to = &out->items[out->count++];
		to->value = at->ranks[value];
		to->reason = which == IDS_AT_RISK ? 0 : at->ranks[item->words[CSTN__WORD_REASON]];
		to->id = which == IDS_CUSTOMER ? item->customer : at->order_ranks[item->order];
	}
	cstn__sort(out->items, out->count, sizeof(*out->items), by_all, NULL);
	return 0;
}

static int is_same_cell(const entry *a, const entry *b)
{
	return a->value == b->value && a->reason == b->reason;
}

/* Distinct ids from `*from` on in its cell, which it then is past; `n`: all. */
static int64_t count_cell(const entries *all, size_t *from, int64_t *n)
{
	size_t i = *from;
	int64_t distinct = 1;

	for (i++; i < all->count && is_same_cell(&all->items[i - 1], &all->items[i]); i++)
		distinct += all->items[i - 1].id != all->items[i].id;
	*n = (int64_t)(i - *from);
	*from = i;
	return distinct;
}

static void put_counts(const cstn__feedback *at, const cell *counts, int64_t at_risk)
{
	int64_t floor = at->options.floor;
	int hidden = counts->customers < floor || counts->orders < floor, i;

	if (hidden) {
		for (i = 3; i < 10; i++)
			cstn__table_put_null(at->table, i);
		return;
	}
	cstn__table_put_i64(at->table, 3, counts->interactions);
	cstn__table_put_i64(at->table, 4, counts->customers);
	cstn__table_put_i64(at->table, 5, counts->orders);
	cstn__table_put_i64(at->table, 6, at_risk);
	cstn__put_rate(at->table, 7, counts->orders, at_risk, at->z);
}

/* The cells of one dimension. The three lists are sorted alike, so they are walked together. */
static void put_cells(const cstn__feedback *at, size_t dimension, const entries lists[3])
{
	const entries *customers = &lists[IDS_CUSTOMER], *orders = &lists[IDS_ORDER];
	const entries *risk = &lists[IDS_AT_RISK];
	size_t c = 0, o = 0, r = 0;
	int64_t at_risk = 0, n;
	uint32_t risk_of = UINT32_MAX;

	while (c < customers->count) {
		const entry *first = &customers->items[c];
		cell counts = {first->value, first->reason, 0, 0, 0};

		counts.customers = count_cell(customers, &c, &counts.interactions);
		if (o < orders->count && is_same_cell(&orders->items[o], first))
			counts.orders = count_cell(orders, &o, &n);
		if (risk_of != first->value) {
			at_risk = 0;
			while (r < risk->count && risk->items[r].value < first->value)
				r++;
			if (r < risk->count && risk->items[r].value == first->value)
				at_risk = count_cell(risk, &r, &n);
			risk_of = first->value;
		}
		cstn__put_word(at->table, 0, dimensions[dimension]);
		cstn__feedback_put_word(at, 1, first->value);
		cstn__feedback_put_word(at, 2, first->reason);
		put_counts(at, &counts, at_risk);
	}
}

cstn_status cstn__feedback_reasons(cstn__feedback *at)
{
	entries lists[3] = {{NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}};
	size_t dimension;
	int failed = 0, i;

	for (dimension = 0; dimension < DIMENSIONS && !failed; dimension++) {
		for (i = 0; i < 3 && !failed; i++)
			failed = sort_entries(at, dimension, i, &lists[i]);
		if (!failed)
			put_cells(at, dimension, lists);
	}
	for (i = 0; i < 3; i++)
		cstn__array_free(&at->set->allocator, &lists[i]);
	return failed ? CSTN_E_NOMEM : CSTN_OK;
}

static void put_order(const cstn__feedback *at, int32_t column, uint32_t rank)
{
	const cstn__codes *orders = &at->set->ids[CSTN__IDS_ORDER];
	cstn__stage_id id = cstn__codes_id(orders, at->orders[rank]);

	if (orders->is_text)
		cstn__table_put_text(at->table, column, (const char *)(intptr_t)id.number, id.len);
	else
		cstn__table_put_i64(at->table, column, id.number);
}

cstn_status cstn__feedback_orders(cstn__feedback *at)
{
	entries list = {NULL, 0, 0};
	size_t dimension, i;
	int failed = 0;

	for (dimension = 0; dimension < DIMENSIONS && !failed; dimension++) {
		failed = sort_entries(at, dimension, IDS_ORDER, &list);
		for (i = 0; i < list.count && !failed; i++) {
			const entry *item = &list.items[i];

			if (i && by_all(item - 1, item, NULL) == 0)
				continue;
			cstn__put_word(at->table, 0, dimensions[dimension]);
			cstn__feedback_put_word(at, 1, item->value);
			cstn__feedback_put_word(at, 2, item->reason);
			put_order(at, 3, item->id);
		}
	}
	cstn__array_free(&at->set->allocator, &list);
	return failed ? CSTN_E_NOMEM : CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

static const cstn__table_field promoter_fields[] = {{"all", CSTN_TYPE_FLAG, 0},
		{"segment", CSTN_TYPE_TEXT, 1}, {"n", CSTN_TYPE_INT64, 1},
		{"promoters", CSTN_TYPE_INT64, 1}, {"passives", CSTN_TYPE_INT64, 1},
		{"detractors", CSTN_TYPE_INT64, 1}, {"nps", CSTN_TYPE_DOUBLE, 1},
		{"variance", CSTN_TYPE_DOUBLE, 1}, {"se", CSTN_TYPE_DOUBLE, 1},
		{"low", CSTN_TYPE_DOUBLE, 1}, {"high", CSTN_TYPE_DOUBLE, 1}};
static const cstn__table_field reason_fields[] = {{"dimension", CSTN_TYPE_TEXT, 0},
		{"value", CSTN_TYPE_TEXT, 1}, {"reason", CSTN_TYPE_TEXT, 0},
		{"interactions", CSTN_TYPE_INT64, 1}, {"customers", CSTN_TYPE_INT64, 1},
		{"orders", CSTN_TYPE_INT64, 1}, {"orders_at_risk", CSTN_TYPE_INT64, 1},
		{"share", CSTN_TYPE_DOUBLE, 1}, {"share_low", CSTN_TYPE_DOUBLE, 1},
		{"share_high", CSTN_TYPE_DOUBLE, 1}};
static const cstn__table_field order_fields[] = {{"dimension", CSTN_TYPE_TEXT, 0},
		{"value", CSTN_TYPE_TEXT, 1}, {"reason", CSTN_TYPE_TEXT, 0},
		{"order_id", CSTN_TYPE_TEXT, 0}};
static const cstn__table_field effect_fields[] = {{"reason", CSTN_TYPE_TEXT, 1},
		{"plans", CSTN_TYPE_INT64, 1}, {"plans_young", CSTN_TYPE_INT64, 1},
		{"before_failed", CSTN_TYPE_INT64, 1}, {"before_orders", CSTN_TYPE_INT64, 1},
		{"before", CSTN_TYPE_DOUBLE, 1}, {"before_low", CSTN_TYPE_DOUBLE, 1},
		{"before_high", CSTN_TYPE_DOUBLE, 1}, {"after_failed", CSTN_TYPE_INT64, 1},
		{"after_orders", CSTN_TYPE_INT64, 1}, {"after", CSTN_TYPE_DOUBLE, 1},
		{"after_low", CSTN_TYPE_DOUBLE, 1}, {"after_high", CSTN_TYPE_DOUBLE, 1},
		{"change", CSTN_TYPE_DOUBLE, 1}, {"change_low", CSTN_TYPE_DOUBLE, 1},
		{"change_high", CSTN_TYPE_DOUBLE, 1}};

static const struct {
	const cstn__table_field *fields;
	size_t n;
} tables[] = {{CSTN__FIELDS(promoter_fields)}, {CSTN__FIELDS(reason_fields)},
		{CSTN__FIELDS(order_fields)}, {CSTN__FIELDS(effect_fields)}};

static cstn_status read_options(const cstn_feedback_options *given, int32_t table,
		cstn_feedback_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(
			given, sizeof(*out), sizeof(*out), 0, "cstn_feedback_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (out->answers < CSTN_LOYALTY_ANSWERS_LATEST || out->answers > CSTN_LOYALTY_ANSWERS_ALL)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"answers is %d; 0 (latest) .. 2 (all) expected", out->answers);
	if (out->confidence_ppm < 0 || out->confidence_ppm > 999999)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"confidence_ppm is %d; 0..999,999 expected", out->confidence_ppm);
	if (out->floor && out->floor < CSTN_FEEDBACK_FLOOR_LEAST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"floor is %d; 0, or %d or more expected", out->floor,
				CSTN_FEEDBACK_FLOOR_LEAST);
	if (out->window_days < 0 || out->window_days > 1000000)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"window_days is %d; 0..1,000,000 expected", out->window_days);
	if (out->until_us && out->until_us <= out->from_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"until_us is %" PRId64 ", which is not after from_us, %" PRId64,
				out->until_us, out->from_us);
	if (table == CSTN_TABLE_FEEDBACK_ORDERS && out->floor)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"floor is %d: a table that leaves the company names no orders",
				out->floor);
	if (table == CSTN_TABLE_FEEDBACK_EFFECT && out->until_us == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"until_us is 0: say when the time after a plan is over");
	if (out->confidence_ppm == 0)
		out->confidence_ppm = 950000;
	if (out->window_days == 0)
		out->window_days = 90;
	return CSTN_OK;
}

/* Codes of `codes` in order, and the place of each in it. 0, or -1 when out of memory. */
static int make_ranks(const cstn__feedback *at, const cstn__codes *codes, size_t n, int from,
		uint32_t **order, uint32_t **ranks)
{
	const cstn_allocator *allocator = &at->set->allocator;
	size_t i;

	*order = cstn__codes_order(codes, allocator);
	*ranks = cstn__alloc_zero(allocator, (n + 1) * sizeof(**ranks));
	if (!*order || !*ranks)
		return -1;
	for (i = 0; i < n; i++)
		(*ranks)[(*order)[i] + (size_t)from] = (uint32_t)i + (uint32_t)from;
	return 0;
}

static cstn_status put_table(cstn__feedback *at, int32_t table, cstn_error **error)
{
	if (table == CSTN_TABLE_FEEDBACK_NET_PROMOTER)
		return cstn__feedback_promoters(at, error);
	if (table == CSTN_TABLE_FEEDBACK_REASONS)
		return cstn__feedback_reasons(at);
	return table == CSTN_TABLE_FEEDBACK_ORDERS ? cstn__feedback_orders(at)
						   : cstn__feedback_effect(at);
}

static cstn_status make_table(cstn__feedback *at, int32_t table, cstn_error **error)
{
	const cstn_interactions *set = at->set;
	cstn__table_field fields[16];
	const cstn__codes *orders = &set->ids[CSTN__IDS_ORDER];
	size_t n_words = set->words.count, n_orders = cstn__codes_count(orders);
	cstn__codes words;
	cstn_status status;

	memset(&words, 0, sizeof(words));
	words.is_text = 1;
	words.texts = set->words; /* borrowed, to be ordered */
	memcpy(fields, tables[table - 1].fields, tables[table - 1].n * sizeof(*fields));
	if (table == CSTN_TABLE_FEEDBACK_ORDERS && !orders->is_text)
		fields[3].type = CSTN_TYPE_INT64;
	status = cstn__fields_table(
			&set->allocator, fields, tables[table - 1].n, &at->table, error);
	if (status != CSTN_OK)
		return status;
	if (make_ranks(at, &words, n_words, 1, &at->words, &at->ranks) ||
			make_ranks(at, orders, n_orders, 0, &at->orders, &at->order_ranks))
		status = CSTN_E_NOMEM;
	else
		status = put_table(at, table, error);
	cstn__free(&set->allocator, at->words, (n_words + 1) * sizeof(*at->words));
	cstn__free(&set->allocator, at->ranks, (n_words + 1) * sizeof(*at->ranks));
	cstn__free(&set->allocator, at->orders, (n_orders + 1) * sizeof(*at->orders));
	cstn__free(&set->allocator, at->order_ranks, (n_orders + 1) * sizeof(*at->order_ranks));
	if (status == CSTN_E_NOMEM)
		status = cstn__fail_nomem(error);
	if (status != CSTN_OK)
		cstn__table_builder_free(at->table);
	return status;
}

cstn_status cstn_feedback_table(const cstn_interactions *set, int32_t table,
		const cstn_feedback_options *options, struct ArrowArrayStream *out,
		cstn_error **error)
{
	cstn__feedback at;
	cstn_status status;

	if (!set || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				set ? "out is NULL" : "set is NULL");
	if (table < CSTN_TABLE_FEEDBACK_NET_PROMOTER || table > CSTN_TABLE_FEEDBACK_EFFECT)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; 1 (net promoter) .. 4 (effect) expected", table);
	memset(&at, 0, sizeof(at));
	status = read_options(options, table, &at.options, error);
	if (status != CSTN_OK)
		return status;
	at.set = set;
	at.z = cstn__z_of_confidence(at.options.confidence_ppm);
	status = make_table(&at, table, error);
	return status == CSTN_OK ? cstn__table_export(at.table, out, error) : status;
}
