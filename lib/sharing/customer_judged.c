/* Where a customer stands and what is known of it, from its interactions: stages and verdicts.
 *
 * The records become the columns that cstn_stage_replay() and cstn_loyalty_update() read; what
 * these give becomes JSON as it is. Interactions that they do not take are counted, not told: a
 * customer's own records are no error of the customer. Cost: that of the two. */
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "network/network.h"
#include "sharing/customer.h"
#include "table/table_fields.h"

/* What a column is made of; NUMBER -1: the customer. */
typedef struct source {
	const char *name;
	int32_t type;
	int32_t field;
} source;
#define THE_CUSTOMER (-1)

static const source stage_columns[] = {{"customer", CSTN_TYPE_TEXT, THE_CUSTOMER},
		{"event_id", CSTN_TYPE_TEXT, CSTN__INTERACTION_EVENT_ID},
		{"kind", CSTN_TYPE_TEXT, CSTN__INTERACTION_KIND},
		{"valid", CSTN_TYPE_TIME, CSTN__INTERACTION_VALID},
		{"recorded", CSTN_TYPE_TIME, CSTN__INTERACTION_RECORDED},
		{"weight_milli", CSTN_TYPE_INT64, CSTN__INTERACTION_WEIGHT},
		{"reference", CSTN_TYPE_TEXT, CSTN__INTERACTION_REFERENCE}};
static const source evidence_columns[] = {{"customer", CSTN_TYPE_TEXT, THE_CUSTOMER},
		{"source", CSTN_TYPE_TEXT, CSTN__INTERACTION_KIND},
		{"valid", CSTN_TYPE_TIME, CSTN__INTERACTION_VALID},
		{"number", CSTN_TYPE_INT64, CSTN__INTERACTION_NUMBER},
		{"scale_min", CSTN_TYPE_INT64, CSTN__INTERACTION_SCALE_MIN},
		{"scale_max", CSTN_TYPE_INT64, CSTN__INTERACTION_SCALE_MAX},
		{"public", CSTN_TYPE_FLAG, CSTN__INTERACTION_PUBLIC}};
static const source customer_columns[] = {{"customer", CSTN_TYPE_TEXT, THE_CUSTOMER}};
#define COLUMNS(list) (list), sizeof(list) / sizeof((list)[0])

static void put_value(cstn__table_builder *table, int32_t column, const source *from,
		const cstn_record *record, const char *customer)
{
	const cstn__cell *cell;

	if (from->field == THE_CUSTOMER) {
		cstn__put_word(table, column, customer);
		return;
	}
	cell = cstn__record_cell(record, CSTN_NO_LINE, (uint32_t)from->field);
	if (!cell->valid)
		cstn__table_put_null(table, column);
	else if (from->type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table, column, cell->text, cell->len);
	else
		cstn__table_put_i64(table, column, cell->number);
}

/* A row a record; `list` NULL: one row of the customer. */
static cstn_status make_rows(const cstn_snapshot *snapshot, const char *customer,
		const source *columns, size_t n, const cstn__customer_list *list,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(&snapshot->allocator, &table, error);

	for (size_t i = 0; i < n && status == CSTN_OK; i++)
		if (cstn__table_add_column(table, columns[i].name, columns[i].type, 0, 1) < 0)
			status = cstn__fail_nomem(error);
	if (status != CSTN_OK) {
		cstn__table_builder_free(table);
		return status;
	}
	for (size_t row = 0; row < (list ? list->count : 1); row++)
		for (size_t i = 0; i < n; i++)
			put_value(table, (int32_t)i, &columns[i], list ? list->items[row] : NULL,
					customer);
	return cstn__table_export(table, out, error);
}

/* CSTN_E_ROWS is no failure: how many were left out. */
static cstn_status count_bad(
		cstn_status status, cstn_row_errors *bad, int64_t *left_out, cstn_error **error)
{
	if (status == CSTN_E_ROWS) {
		*left_out = (int64_t)cstn_row_errors_total(bad);
		if (error)
			cstn_error_free(*error);
		if (error)
			*error = NULL;
	}
	cstn_row_errors_free(bad);
	return status == CSTN_E_ROWS ? CSTN_OK : status;
}

/* The first row of a table's list becomes `into`'s. */
static int merge_first(json_t *into, const json_t *rows)
{
	json_t *row = json_array_get(rows, 0);

	return row ? json_object_update(into, row) : 0;
}

/* --- stages ----------------------------------------------------------------------------------- */

static cstn_status tell_history(const cstn_stage_history *history, json_t *into, cstn_error **error)
{
	struct ArrowArrayStream table;
	json_t *moves = NULL, *stands = NULL;
	cstn_status status = cstn_stage_history_export(
			history, CSTN_TABLE_STAGE_CUSTOMERS, &table, error);

	if (status == CSTN_OK)
		status = cstn__table_to_json(&table, "customer", &stands, error);
	if (status == CSTN_OK && merge_first(into, stands))
		status = cstn__fail_nomem(error);
	json_decref(stands);
	if (status == CSTN_OK)
		status = cstn_stage_history_export(history, CSTN_TABLE_STAGE_MOVES, &table, error);
	if (status == CSTN_OK)
		status = cstn__table_to_json(&table, "customer", &moves, error);
	if (status == CSTN_OK && json_object_set_new(into, "moves", moves))
		status = cstn__fail_nomem(error);
	return status;
}

static cstn_status replay(const cstn_snapshot *snapshot, const char *customer,
		const cstn__customer_list *interactions, int64_t now_us, cstn_stage_policy *policy,
		json_t *into, cstn_error **error)
{
	cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;
	uint8_t digest[CSTN_STAGE_DIGEST_SIZE];
	char text[2 * CSTN_STAGE_DIGEST_SIZE + 1];
	struct ArrowArrayStream rows;
	cstn_stage_history *history = NULL;
	cstn_row_errors *bad = NULL;
	int64_t left_out = 0;
	cstn_status status = make_rows(
			snapshot, customer, COLUMNS(stage_columns), interactions, &rows, error);

	if (status != CSTN_OK)
		return status;
	options.as_of_us = now_us;
	options.threads = 1;
	status = cstn_stage_replay(
			policy, &rows, &options, &snapshot->allocator, &history, &bad, error);
	status = count_bad(status, bad, &left_out, error);
	if (status != CSTN_OK)
		return status;
	cstn_stage_policy_digest(policy, digest);
	cstn__hex(digest, sizeof(digest), text);
	status = tell_history(history, into, error);
	if (status == CSTN_OK && (json_object_set_new(into, "policy", json_string(text)) ||
						 json_object_set_new(into, "left_out",
								 json_integer(left_out))))
		status = cstn__fail_nomem(error);
	cstn_stage_history_free(history);
	return status;
}

static cstn_status tell_stages(const cstn_snapshot *snapshot, const char *customer,
		const cstn__customer_list *interactions,
		const cstn_customer_export_options *options, json_t *into, cstn_error **error)
{
	cstn_stage_policy *policy = cstn_stage_policy_ref(options->stage_policy);
	cstn_status status = CSTN_OK;

	if (!policy)
		status = cstn_stage_policy_parse(NULL, 0, &snapshot->allocator, &policy, error);
	if (status == CSTN_OK)
		status = replay(snapshot, customer, interactions, options->now_us, policy, into,
				error);
	cstn_stage_policy_unref(policy);
	return status;
}

/* --- verdicts --------------------------------------------------------------------------------- */

static cstn_status collect(const cstn_snapshot *snapshot, const char *customer,
		const cstn__customer_list *interactions, cstn_loyalty *state, int64_t *left_out,
		cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_status status = make_rows(
			snapshot, customer, COLUMNS(evidence_columns), interactions, &rows, error);

	if (status == CSTN_OK)
		status = cstn_loyalty_update(
				state, CSTN_LOYALTY_ROWS_EVIDENCE, &rows, NULL, &bad, error);
	status = count_bad(status, bad, left_out, error);
	/* One of whom nothing is known is judged too. */
	if (status == CSTN_OK)
		status = make_rows(
				snapshot, customer, COLUMNS(customer_columns), NULL, &rows, error);
	if (status == CSTN_OK)
		status = cstn_loyalty_update(
				state, CSTN_LOYALTY_ROWS_CUSTOMERS, &rows, NULL, NULL, error);
	return status;
}

static cstn_status tell_judged(const cstn_loyalty_verdicts *verdicts, const char *customer,
		json_t *into, cstn_error **error)
{
	struct ArrowArrayStream table;
	cstn_buffer *words = NULL;
	json_t *rows = NULL;
	cstn_status status = cstn_loyalty_verdicts_export(
			verdicts, CSTN_TABLE_LOYALTY_CUSTOMERS, &table, error);

	if (status == CSTN_OK)
		status = cstn__table_to_json(&table, "customer", &rows, error);
	if (status == CSTN_OK && merge_first(into, rows))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = cstn_verdict_explain(verdicts, customer, strlen(customer), &words, error);
	if (status == CSTN_OK &&
			json_object_set_new(into, "explained",
					json_string((const char *)cstn_buffer_data(words))))
		status = cstn__fail_nomem(error);
	cstn_buffer_free(words);
	json_decref(rows);
	return status;
}

static cstn_status tell_verdicts(const cstn_snapshot *snapshot, const char *customer,
		const cstn__customer_list *interactions,
		const cstn_customer_export_options *options, json_t *into, cstn_error **error)
{
	cstn_loyalty_options judge;
	cstn_loyalty_verdicts *verdicts = NULL;
	cstn_loyalty *state = NULL;
	int64_t left_out = 0;
	cstn_status status = cstn__options_read(options->verdicts, sizeof(judge), sizeof(judge), 0,
			"cstn_loyalty_options", &judge, error);

	judge.struct_size = sizeof(judge);
	judge.as_of_us = options->now_us;
	judge.threads = 1;
	if (status == CSTN_OK)
		status = cstn_loyalty_new(NULL, &snapshot->allocator, &state, error);
	if (status == CSTN_OK)
		status = collect(snapshot, customer, interactions, state, &left_out, error);
	if (status == CSTN_OK)
		status = cstn_loyalty_finish(state, &judge, &verdicts, error);
	if (status == CSTN_OK)
		status = tell_judged(verdicts, customer, into, error);
	if (status == CSTN_OK && json_object_set_new(into, "left_out", json_integer(left_out)))
		status = cstn__fail_nomem(error);
	cstn_loyalty_verdicts_free(verdicts);
	cstn_loyalty_free(state);
	return status;
}

cstn_status cstn__customer_judged(const cstn_snapshot *snapshot, const char *customer,
		const cstn__customer_list *interactions,
		const cstn_customer_export_options *options, json_t *into, cstn_error **error)
{
	json_t *stages = json_object(), *verdicts = json_object();
	cstn_status status = CSTN_OK;

	if (json_object_set_new(into, "stages", stages) |
			json_object_set_new(into, "verdicts", verdicts))
		return cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = tell_stages(snapshot, customer, interactions, options, stages, error);
	if (status == CSTN_OK)
		status = tell_verdicts(snapshot, customer, interactions, options, verdicts, error);
	return status;
}
