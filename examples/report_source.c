#include "report_source.h"

#include <string.h>

const char retail_columns[] = "InvoiceNo text\n"
			      "StockCode text\n"
			      "Description text null\n"
			      "Quantity int64\n"
			      "InvoiceDate timestamp zone=utc\n"
			      "UnitPrice decimal scale=3\n"
			      "CustomerID text null\n"
			      "Country text\n";

cstn_status source_open(const struct source *source, cstn_csv_reader **out_reader,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;
	cstn_status status;

	options.max_rejects = -1;
	status = cstn_schema_parse(source->schema, strlen(source->schema), NULL, &schema, error);
	if (status != CSTN_OK)
		return status;
	if (source->path != NULL)
		status = cstn_csv_reader_open(source->path, schema, &options, NULL, &reader, error);
	else
		status = cstn_csv_reader_open_bytes(source->bytes, source->size, schema, &options,
				NULL, &reader, error);
	cstn_schema_unref(schema);
	if (status == CSTN_OK)
		status = cstn_csv_reader_export(reader, out, error);
	if (status != CSTN_OK) {
		cstn_csv_reader_unref(reader);
		return status;
	}
	*out_reader = reader;
	return CSTN_OK;
}

cstn_status source_table(const struct source *source, struct table *out, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_csv_reader *reader = NULL;
	cstn_status status = source_open(source, &reader, &stream, error);

	if (status != CSTN_OK)
		return status;
	status = table_read(&stream, out);
	cstn_csv_reader_unref(reader);
	return status;
}

cstn_status source_bind(const struct source_map *map, cstn_binding **out, cstn_error **error)
{
	cstn_binding *binding = NULL;
	cstn_status status = cstn_binding_new(NULL, &binding, error);

	for (; status == CSTN_OK && map != NULL && map->what != 0; map++) {
		if (map->what == MAP_COLUMN)
			status = cstn_binding_rename(binding, map->column, map->from, error);
		else if (map->what == MAP_VALUE)
			status = cstn_binding_value(
					binding, map->column, map->from, map->to, error);
		else
			status = cstn_binding_constant(binding, map->column, map->to, error);
	}
	if (status != CSTN_OK) {
		cstn_binding_free(binding);
		return status;
	}
	*out = binding;
	return CSTN_OK;
}

static cstn_status count(struct ArrowArrayStream *lines, const cstn_binding *binding,
		const struct question *question, struct answer *out, cstn_error **error)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	cstn_service_policy *policy = NULL;
	cstn_row_errors *bad_rows = NULL;
	int64_t as_of_us = 0;
	size_t n_by = 0;
	cstn_status status;

	while (n_by < 4 && question->by[n_by] != NULL)
		n_by++;
	options.binding = binding;
	if (question->each)
		config.flags |= CSTN_PERFECT_ORDER_EACH;
	status = cstn_time_parse(
			question->as_of, strlen(question->as_of), NULL, 0, &as_of_us, error);
	if (status == CSTN_OK && question->before != NULL) {
		config.flags |= CSTN_PERFECT_ORDER_PERIOD;
		status = cstn_time_parse(question->before, strlen(question->before), NULL, 0,
				&config.to_us, error);
	}
	if (status == CSTN_OK)
		status = cstn_service_policy_new(question->policy, NULL, &policy, error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_rate(lines, policy, as_of_us, question->by, n_by,
				&config, &options, NULL, &out->result, &bad_rows, error);
	else
		lines->release(lines);
	if (status == CSTN_E_ROWS) {
		/* Some rows were left out, and the result is there: they are told, not fatal. */
		out->bad = cstn_row_errors_total(bad_rows);
		status = CSTN_OK;
		if (error != NULL) {
			cstn_error_free(*error);
			*error = NULL;
		}
	}
	cstn_row_errors_free(bad_rows);
	cstn_service_policy_unref(policy);
	return status;
}

/* --- a network -------------------------------------------------------------------------------- */

/* The field of an order that a column is read from. */
static const char *field_of(const struct source_map *map, const char *column)
{
	for (; map != NULL && map->what != 0; map++)
		if (map->what == MAP_COLUMN && strcmp(map->column, column) == 0)
			return map->from;
	return column;
}

#define MOST_FIELDS 64

/* The order lines of a network with the fields that the files gave, and those of the dimensions. */
static cstn_status scan_orders(const struct source *source, const struct question *question,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	const char *columns[MOST_FIELDS + 4];
	size_t n = 0;

	while (n < MOST_FIELDS && source->fields[n] != NULL) {
		columns[n] = source->fields[n];
		n++;
	}
	for (size_t i = 0; i < 4 && question->by[i] != NULL; i++)
		if (strchr(question->by[i], '(') == NULL)
			columns[n++] = field_of(source->map, question->by[i]);
	options.flags = CSTN_SCAN_LINES | CSTN_SCAN_DICTIONARY;
	options.columns = columns;
	options.n_columns = n;
	return cstn_snapshot_scan(source->snapshot, "order", &options, out, error);
}

static cstn_status ask_network(const struct source *source, const struct question *question,
		struct answer *out, cstn_error **error)
{
	struct answer answer = {NULL, source->rows, source->rejected, 0};
	struct ArrowArrayStream lines;
	cstn_binding *binding = NULL;
	cstn_status status = source_bind(source->map, &binding, error);

	if (status == CSTN_OK)
		status = scan_orders(source, question, &lines, error);
	if (status == CSTN_OK)
		status = count(&lines, binding, question, &answer, error);
	cstn_binding_free(binding);
	if (status == CSTN_OK)
		*out = answer;
	return status;
}

/* --- files ------------------------------------------------------------------------------------ */

cstn_status source_ask(const struct source *source, const struct question *question,
		struct answer *out, cstn_error **error)
{
	struct answer answer = {NULL, 0, 0, 0};
	struct ArrowArrayStream lines;
	cstn_csv_reader *reader = NULL;
	cstn_binding *binding = NULL;
	cstn_row_errors *rejects = NULL;
	cstn_status status;

	if (source->snapshot != NULL)
		return ask_network(source, question, out, error);
	status = source_open(source, &reader, &lines, error);
	if (status != CSTN_OK)
		return status;
	status = source_bind(source->map, &binding, error);
	if (status == CSTN_OK)
		status = count(&lines, binding, question, &answer, error);
	else
		lines.release(&lines);
	if (status == CSTN_OK)
		status = cstn_csv_reader_rejects(reader, &rejects, error);
	if (status == CSTN_OK) {
		answer.rows = cstn_csv_reader_rows(reader);
		answer.rejected = cstn_row_errors_total(rejects);
		*out = answer;
	} else {
		answer_free(&answer);
	}
	cstn_row_errors_free(rejects);
	cstn_binding_free(binding);
	cstn_csv_reader_unref(reader);
	return status;
}

void answer_free(struct answer *answer)
{
	cstn_perfect_order_result_unref(answer->result);
	answer->result = NULL;
}
