/* Verdicts as tables: customers, the cells of happy x loyal, and the walk over groups that the
 * tables of shares and of promoters share: all customers, each segment, each stage, and both. */
#include "customer/loyalty_tables.h"

#include <math.h>

#include "base/error.h"

void cstn__loyalty_put_label(cstn__table_builder *table, int32_t column,
		const cstn__interner *labels, uint32_t label)
{
	if (label)
		cstn__table_put_text(table, column, labels->items[label - 1].text,
				labels->items[label - 1].len);
	else
		cstn__table_put_null(table, column);
}

cstn_status cstn__loyalty_put_money(
		cstn__table_builder *table, int32_t column, cstn__i128 sum, cstn_error **error)
{
	if (sum < INT64_MIN || sum > INT64_MAX)
		return cstn__fail(error, CSTN_E_OVERFLOW, "the sum of margins overflows int64");
	cstn__table_put_i64(table, column, (int64_t)sum);
	return CSTN_OK;
}

/* --- customers -------------------------------------------------------------------------------- */

static const cstn__table_field customer_fields[] = {
		{"customer", 0, 0},
		{"segment", CSTN_TYPE_TEXT, 1},
		{"stage", CSTN_TYPE_TEXT, 1},
		{"ordered", CSTN_TYPE_FLAG, 0},
		{"happy", CSTN_TYPE_TEXT, 0},
		{"loyal", CSTN_TYPE_TEXT, 0},
		{"habitual", CSTN_TYPE_TEXT, 0},
		{"pays", CSTN_TYPE_TEXT, 0},
		{"tells", CSTN_TYPE_TEXT, 0},
		{"intends", CSTN_TYPE_TEXT, 0},
		{"pays_source", CSTN_TYPE_TEXT, 1},
		{"pays_at", CSTN_TYPE_TIME, 1},
		{"price_index", CSTN_TYPE_DOUBLE, 1},
		{"quantity_index", CSTN_TYPE_DOUBLE, 1},
		{"items", CSTN_TYPE_INT64, 0},
		{"tells_source", CSTN_TYPE_TEXT, 1},
		{"tells_at", CSTN_TYPE_TIME, 1},
		{"loyal_source", CSTN_TYPE_TEXT, 1},
		{"loyal_at", CSTN_TYPE_TIME, 1},
		{"occasions", CSTN_TYPE_INT64, 0},
		{"first", CSTN_TYPE_INT64, 0},
		{"share_mean", CSTN_TYPE_DOUBLE, 1},
		{"share_high", CSTN_TYPE_DOUBLE, 1},
		{"purchase_days", CSTN_TYPE_INT64, 0},
		{"regularity", CSTN_TYPE_DOUBLE, 1},
		{"cycle_days", CSTN_TYPE_DOUBLE, 1},
		{"margin", CSTN_TYPE_INT64, 0},
};

static void put_reason(
		cstn__table_builder *table, int32_t column, const cstn__loyalty_reason *reason)
{
	if (reason->source < 0) {
		cstn__table_put_null(table, column);
		cstn__table_put_null(table, column + 1);
		return;
	}
	cstn__put_word(table, column, cstn__loyalty_source_name(reason->source));
	cstn__table_put_i64(table, column + 1, reason->at_us);
}

static void put_customer(cstn__table_builder *table, const cstn_loyalty_verdicts *verdicts,
		const cstn__loyalty_verdict *item)
{
	int32_t c;

	if (verdicts->customer_is_text)
		cstn__table_put_text(table, 0, (const char *)(intptr_t)item->id, item->id_len);
	else
		cstn__table_put_i64(table, 0, item->id);
	cstn__loyalty_put_label(table, 1, &verdicts->labels, item->segment);
	cstn__loyalty_put_label(table, 2, &verdicts->labels, item->stage);
	cstn__table_put_i64(table, 3, item->ordered);
	for (c = 0; c < CSTN__LOYALTY_PARTS; c++)
		cstn__put_word(table, 4 + c, cstn__loyalty_verdict_name(item->verdicts[c]));
	put_reason(table, 10, &item->pays);
	cstn__put_number(table, 12, item->price_index);
	cstn__put_number(table, 13, item->quantity_index);
	cstn__table_put_i64(table, 14, item->items);
	put_reason(table, 15, &item->tells);
	put_reason(table, 17, &item->loyal);
	cstn__table_put_i64(table, 19, item->occasions);
	cstn__table_put_i64(table, 20, item->first);
	cstn__put_number(table, 21, item->share_mean);
	cstn__put_number(table, 22, item->share_high);
	cstn__table_put_i64(table, 23, item->purchase_days);
	cstn__put_number(table, 24, item->regularity);
	cstn__put_number(table, 25, item->cycle_days);
	cstn__table_put_i64(table, 26, item->margin);
}

static cstn_status export_customers(const cstn_loyalty_verdicts *verdicts,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_field fields[sizeof(customer_fields) / sizeof(customer_fields[0])];
	cstn__table_builder *table;
	cstn_status status;
	size_t i;

	memcpy(fields, customer_fields, sizeof(fields));
	fields[0].type = verdicts->customer_is_text ? CSTN_TYPE_TEXT : CSTN_TYPE_INT64;
	status = cstn__fields_table(&verdicts->allocator, CSTN__FIELDS(fields), &table, error);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < verdicts->n; i++)
		put_customer(table, verdicts, &verdicts->items[i]);
	return cstn__table_export(table, out, error);
}

/* --- groups ----------------------------------------------------------------------------------- */

void cstn__loyalty_put_group(cstn__table_builder *table, const cstn__loyalty_row *row)
{
	static const char *const names[] = {"all", "segment", "stage", "segment_stage"};

	cstn__put_word(table, 0, names[row->by]);
	cstn__loyalty_put_label(table, 1, &row->verdicts->labels,
			row->by & CSTN__BY_SEGMENT ? row->sum.segment : 0);
	cstn__loyalty_put_label(table, 2, &row->verdicts->labels,
			row->by & CSTN__BY_STAGE ? row->sum.stage : 0);
}

static const cstn__table_field cell_fields[] = {
		{"by", CSTN_TYPE_TEXT, 0},
		{"segment", CSTN_TYPE_TEXT, 1},
		{"stage", CSTN_TYPE_TEXT, 1},
		{"happy", CSTN_TYPE_TEXT, 0},
		{"loyal", CSTN_TYPE_TEXT, 0},
		{"customers", CSTN_TYPE_INT64, 0},
		{"margin", CSTN_TYPE_INT64, 0},
		{"negative_customers", CSTN_TYPE_INT64, 0},
		{"negative_margin", CSTN_TYPE_INT64, 0},
};

static cstn_status put_cells(
		cstn__table_builder *table, const cstn__loyalty_row *row, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int happy, loyal;

	/* yes first, unknown last */
	for (happy = 0; happy < 3 && status == CSTN_OK; happy++)
		for (loyal = 0; loyal < 3 && status == CSTN_OK; loyal++) {
			static const int order[3] = {
					CSTN_LOYALTY_YES, CSTN_LOYALTY_NO, CSTN_LOYALTY_UNKNOWN};
			int h = order[happy], l = order[loyal];

			cstn__loyalty_put_group(table, row);
			cstn__put_word(table, 3, cstn__loyalty_verdict_name(h));
			cstn__put_word(table, 4, cstn__loyalty_verdict_name(l));
			cstn__table_put_i64(table, 5, row->sum.cells[h][l]);
			status = cstn__loyalty_put_money(
					table, 6, row->sum.cell_margins[h][l], error);
			cstn__table_put_i64(table, 7, row->sum.cell_negative[h][l]);
			if (status == CSTN_OK)
				status = cstn__loyalty_put_money(table, 8,
						row->sum.cell_negative_margin[h][l], error);
		}
	return status;
}

static void add_counts(int64_t *sum, const int64_t *add, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		sum[i] += add[i];
}

static void add_money(cstn__i128 *sum, const cstn__i128 *add, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		sum[i] += add[i];
}

static void add_group(cstn__loyalty_group *sum, const cstn__loyalty_group *add)
{
	sum->customers += add->customers;
	add_counts(&sum->cells[0][0], &add->cells[0][0], 9);
	add_counts(&sum->cell_negative[0][0], &add->cell_negative[0][0], 9);
	add_counts(&sum->counts[0][0], &add->counts[0][0], (size_t)CSTN__LOYALTY_PARTS * 3);
	add_counts(sum->answers, add->answers, CSTN_NET_PROMOTER_ANSWERS);
	add_money(&sum->cell_margins[0][0], &add->cell_margins[0][0], 9);
	add_money(&sum->cell_negative_margin[0][0], &add->cell_negative_margin[0][0], 9);
	add_money(&sum->margins[0][0], &add->margins[0][0], (size_t)CSTN__LOYALTY_PARTS * 3);
}

typedef cstn_status put_row(
		cstn__table_builder *table, const cstn__loyalty_row *row, cstn_error **error);

/* One row of groups that agree with `like` in what they are by. */
static cstn_status put_members(cstn__table_builder *table, cstn__loyalty_row *row, size_t *members,
		const cstn__loyalty_group *like, put_row *put, cstn_error **error)
{
	const cstn_loyalty_verdicts *verdicts = row->verdicts;
	size_t i;

	memset(&row->sum, 0, sizeof(row->sum));
	row->n = 0;
	row->members = members;
	for (i = 0; i < verdicts->n_groups; i++) {
		const cstn__loyalty_group *group = &verdicts->groups[i];

		if ((row->by & CSTN__BY_SEGMENT && group->segment != like->segment) ||
				(row->by & CSTN__BY_STAGE && group->stage != like->stage))
			continue;
		members[row->n++] = i;
		add_group(&row->sum, group);
	}
	if (like) {
		row->sum.segment = like->segment;
		row->sum.stage = like->stage;
	}
	return put(table, row, error);
}

/* The stages in order: groups are by segment first. The next after `last`; NULL: none. */
static const cstn__loyalty_group *next_stage(
		const cstn_loyalty_verdicts *verdicts, const cstn__loyalty_group *last)
{
	const cstn__loyalty_group *best = NULL;
	size_t i;

	for (i = 0; i < verdicts->n_groups; i++) {
		const cstn__loyalty_group *group = &verdicts->groups[i];

		if (last && cstn__loyalty_label_order(
					    &verdicts->labels, group->stage, last->stage) <= 0)
			continue;
		if (!best || cstn__loyalty_label_order(
					     &verdicts->labels, group->stage, best->stage) < 0)
			best = group;
	}
	return best;
}

static cstn_status put_groups(cstn__table_builder *table, const cstn_loyalty_verdicts *verdicts,
		size_t *members, put_row *put, cstn_error **error)
{
	const cstn__loyalty_group *stage = NULL;
	cstn__loyalty_row row = {0};
	cstn_status status;
	size_t i;

	row.verdicts = verdicts;
	status = put_members(table, &row, members, NULL, put, error);
	row.by = CSTN__BY_SEGMENT;
	for (i = 0; i < verdicts->n_groups && status == CSTN_OK; i++)
		if (i == 0 || verdicts->groups[i].segment != verdicts->groups[i - 1].segment)
			status = put_members(
					table, &row, members, &verdicts->groups[i], put, error);
	row.by = CSTN__BY_STAGE;
	while (status == CSTN_OK && (stage = next_stage(verdicts, stage)) != NULL)
		status = put_members(table, &row, members, stage, put, error);
	row.by = CSTN__BY_BOTH;
	for (i = 0; i < verdicts->n_groups && status == CSTN_OK; i++)
		status = put_members(table, &row, members, &verdicts->groups[i], put, error);
	return status;
}

static cstn_status export_groups(const cstn_loyalty_verdicts *verdicts,
		const cstn__table_field *fields, size_t n, put_row *put,
		struct ArrowArrayStream *out, cstn_error **error)
{
	size_t size = cstn__array_size(verdicts->n_groups + 1, sizeof(size_t));
	size_t *members = cstn__alloc(&verdicts->allocator, size);
	cstn__table_builder *table = NULL;
	cstn_status status;

	if (!members)
		return cstn__fail_nomem(error);
	status = cstn__fields_table(&verdicts->allocator, fields, n, &table, error);
	if (status == CSTN_OK)
		status = put_groups(table, verdicts, members, put, error);
	cstn__free(&verdicts->allocator, members, size);
	if (status == CSTN_OK)
		return cstn__table_export(table, out, error);
	cstn__table_builder_free(table);
	return status;
}

cstn_status cstn_loyalty_verdicts_export(const cstn_loyalty_verdicts *verdicts, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	if (!verdicts || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				verdicts ? "out" : "verdicts");
	switch (table) {
	case CSTN_TABLE_LOYALTY_CUSTOMERS:
		return export_customers(verdicts, out, error);
	case CSTN_TABLE_LOYALTY_CELLS:
		return export_groups(verdicts, CSTN__FIELDS(cell_fields), put_cells, out, error);
	case CSTN_TABLE_LOYALTY_SHARES:
		return export_groups(verdicts, CSTN__FIELDS(cstn__loyalty_share_fields),
				cstn__loyalty_put_shares, out, error);
	case CSTN_TABLE_LOYALTY_PROMOTERS:
		return export_groups(verdicts, CSTN__FIELDS(cstn__loyalty_promoter_fields),
				cstn__loyalty_put_promoters, out, error);
	default:
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; 1 (customers) .. 4 (promoters) expected", table);
	}
}
