/* How customers moved between the nine cells of happy x loyal from one day to another: a walk over
 * the customers of both days, which are in the order of their ids. O(customers). */
#include "base/error.h"
#include "customer/loyalty_tables.h"

#define OUTSIDE 9 /* no order in the window */

static const cstn__table_field fields[] = {
		{"from_happy", CSTN_TYPE_TEXT, 1},
		{"from_loyal", CSTN_TYPE_TEXT, 1},
		{"to_happy", CSTN_TYPE_TEXT, 1},
		{"to_loyal", CSTN_TYPE_TEXT, 1},
		{"customers", CSTN_TYPE_INT64, 0},
		{"share", CSTN_TYPE_DOUBLE, 1},
};

int cstn__loyalty_id_order(
		int is_text, const cstn__loyalty_verdict *a, const cstn__loyalty_verdict *b)
{
	uint32_t shorter = a->id_len < b->id_len ? a->id_len : b->id_len;
	int order;

	if (!is_text)
		return (a->id > b->id) - (a->id < b->id);
	order = memcmp((const char *)(intptr_t)a->id, (const char *)(intptr_t)b->id, shorter);
	return order ? order : (a->id_len > b->id_len) - (a->id_len < b->id_len);
}

/* Cells in the order of the table: yes, no, unknown. */
static int cell_of(const cstn__loyalty_verdict *item)
{
	if (!item || !item->ordered)
		return OUTSIDE;
	return (CSTN_LOYALTY_YES - item->verdicts[CSTN__PART_HAPPY] + 3) % 3 * 3 +
	       (CSTN_LOYALTY_YES - item->verdicts[CSTN__PART_LOYAL] + 3) % 3;
}

static void count_flows(const cstn_loyalty_verdicts *before, const cstn_loyalty_verdicts *after,
		int64_t flows[OUTSIDE + 1][OUTSIDE + 1])
{
	size_t i = 0, k = 0;

	while (i < before->n || k < after->n) {
		const cstn__loyalty_verdict *from = i < before->n ? &before->items[i] : NULL;
		const cstn__loyalty_verdict *to = k < after->n ? &after->items[k] : NULL;
		int order = from && to ? cstn__loyalty_id_order(before->customer_is_text, from, to)
			    : from     ? -1
				       : 1;

		flows[cell_of(order <= 0 ? from : NULL)][cell_of(order >= 0 ? to : NULL)]++;
		i += order <= 0;
		k += order >= 0;
	}
}

static void put_cell(cstn__table_builder *table, int32_t column, int cell)
{
	static const char *const names[] = {"yes", "no", "unknown"};

	if (cell == OUTSIDE) {
		cstn__table_put_null(table, column);
		cstn__table_put_null(table, column + 1);
		return;
	}
	cstn__put_word(table, column, names[cell / 3]);
	cstn__put_word(table, column + 1, names[cell % 3]);
}

static void put_flow(cstn__table_builder *table, int64_t flows[OUTSIDE + 1][OUTSIDE + 1], int from,
		int to)
{
	int64_t all = 0;
	int i;

	for (i = 0; i <= OUTSIDE; i++)
		all += flows[from][i];
	put_cell(table, 0, from);
	put_cell(table, 2, to);
	cstn__table_put_i64(table, 4, flows[from][to]);
	cstn__put_share(table, 5, flows[from][to], from == OUTSIDE ? 0 : all);
}

cstn_status cstn_loyalty_verdicts_flows(const cstn_loyalty_verdicts *before,
		const cstn_loyalty_verdicts *after, struct ArrowArrayStream *out,
		cstn_error **error)
{
	int64_t flows[OUTSIDE + 1][OUTSIDE + 1];
	cstn__table_builder *table;
	cstn_status status;
	int from, to;

	if (!before || !after || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an argument is NULL");
	if (before->n && after->n && before->customer_is_text != after->customer_is_text)
		return cstn__fail(error, CSTN_E_MISMATCH, "customers are %s before and %s after",
				before->customer_is_text ? "text" : "numbers",
				after->customer_is_text ? "text" : "numbers");
	status = cstn__fields_table(&before->allocator, CSTN__FIELDS(fields), &table, error);
	if (status != CSTN_OK)
		return status;
	memset(flows, 0, sizeof(flows));
	count_flows(before, after, flows);
	for (from = 0; from < OUTSIDE; from++)
		for (to = 0; to < OUTSIDE; to++)
			put_flow(table, flows, from, to);
	for (to = 0; to < OUTSIDE; to++)
		put_flow(table, flows, OUTSIDE, to);
	for (from = 0; from < OUTSIDE; from++)
		put_flow(table, flows, from, OUTSIDE);
	return cstn__table_export(table, out, error);
}
