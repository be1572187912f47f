#include "report_m5.h"

#include "report_log.h"
#include "report_source.h"
#include "report_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS 1913
#define FIELDS 6 /* before the first day */

const char m5_schema[] = "unique_id text\n"
			 "ds date\n"
			 "y int64\n"
			 "department text\n"
			 "snap int64\n";

void m5_free(struct m5 *data)
{
	free(data->items);
	free(data->sales);
	free(data->dates);
	free(data->snap);
	free(data->event);
	memset(data, 0, sizeof(*data));
}

static void take_text(
		char *out, size_t size, const struct table *table, int64_t row, int64_t column)
{
	size_t length;
	const char *text = table_text(table, row, column, &length);

	(void)snprintf(out, size, "%.*s", (int)length, text);
}

/* Text of a length: nothing ends it, and what follows may be a digit. */
static double take_number(const char *text, int length)
{
	char copy[32];

	(void)snprintf(copy, sizeof(copy), "%.*s", length, text);
	return atof(copy);
}

/* One line: id, item, department, category, store, state, a number a day. */
static int take_line(const char *text, size_t size, size_t item, struct m5 *out)
{
	const char *end = text + size;
	size_t field = 0;

	while (text < end) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		int length = (int)((comma != NULL ? comma : end) - text);

		if (field == 1)
			(void)snprintf(out->items[item].id, sizeof(out->items[item].id), "%.*s",
					length, text);
		else if (field == 2)
			(void)snprintf(out->items[item].department,
					sizeof(out->items[item].department), "%.*s", length, text);
		else if (field >= FIELDS && field < FIELDS + DAYS)
			out->sales[(field - FIELDS) * out->n_items + item] =
					take_number(text, length);
		field++;
		text += length + 1;
	}
	return field == FIELDS + DAYS;
}

static cstn_status take_sales(const struct table *table, struct m5 *out)
{
	out->n_items = (size_t)table->n_rows - 1; /* the first line is the header */
	out->n_days = DAYS;
	out->items = calloc(out->n_items + 1, sizeof(*out->items));
	out->sales = calloc(out->n_items * DAYS + 1, sizeof(*out->sales));
	if (out->items == NULL || out->sales == NULL)
		return CSTN_E_NOMEM;
	for (size_t i = 0; i < out->n_items; i++) {
		size_t size;
		const char *text = table_text(table, (int64_t)i + 1, 0, &size);

		if (!take_line(text, size, i, out))
			return CSTN_E_FORMAT;
	}
	return CSTN_OK;
}

/* A column a day is more columns than a table has: lines are read whole, as one text each. */
static cstn_status read_sales(const char *folder, struct m5 *out, cstn_error **error)
{
	static const char schema_text[] = "line text\n";
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	cstn_csv_reader *reader = NULL;
	cstn_schema *schema = NULL;
	struct ArrowArrayStream rows;
	struct table table;
	char path[4200];
	cstn_status status = cstn_schema_parse(
			schema_text, sizeof(schema_text) - 1, NULL, &schema, error);

	(void)snprintf(path, sizeof(path), "%s/m5/sales_CA_1_FOODS_d1_d1913.csv.gz", folder);
	options.flags = CSTN_CSV_NO_HEADER;
	options.delimiter = '\t';
	if (status == CSTN_OK)
		status = cstn_csv_reader_open(path, schema, &options, NULL, &reader, error);
	cstn_schema_unref(schema);
	if (status == CSTN_OK)
		status = cstn_csv_reader_export(reader, &rows, error);
	cstn_csv_reader_unref(reader);
	if (status == CSTN_OK)
		status = table_read(&rows, &table);
	if (status != CSTN_OK)
		return status;
	status = take_sales(&table, out);
	table_free(&table);
	return status;
}

static cstn_status read_calendar(const char *folder, struct m5 *out, cstn_error **error)
{
	char path[4200];
	const struct source source = {.path = path,
			.schema = "date date\nsnap_CA int64\nevent_name_1 text null\n"};
	struct table table;
	cstn_status status;

	(void)snprintf(path, sizeof(path), "%s/m5/calendar.csv.gz", folder);
	status = source_table(&source, &table, error);
	if (status != CSTN_OK)
		return status;
	out->n_dates = (size_t)table.n_rows;
	out->dates = calloc(out->n_dates + 1, sizeof(*out->dates));
	out->snap = calloc(out->n_dates + 1, sizeof(*out->snap));
	out->event = calloc(out->n_dates + 1, sizeof(*out->event));
	if (out->dates == NULL || out->snap == NULL || out->event == NULL)
		status = CSTN_E_NOMEM;
	for (size_t i = 0; status == CSTN_OK && i < out->n_dates; i++) {
		out->dates[i] = (int32_t)table_integer(&table, (int64_t)i, 0);
		out->snap[i] = (uint8_t)table_integer(&table, (int64_t)i, 1);
		take_text(out->event[i], sizeof(out->event[i]), &table, (int64_t)i, 2);
	}
	table_free(&table);
	return status;
}

cstn_status m5_read(const char *folder, struct m5 *out, cstn_error **error)
{
	struct m5 data;
	cstn_status status;

	memset(&data, 0, sizeof(data));
	status = read_sales(folder, &data, error);
	if (status == CSTN_OK)
		status = read_calendar(folder, &data, error);
	if (status == CSTN_OK)
		*out = data;
	else
		m5_free(&data);
	return status;
}

const char *m5_date(const struct m5 *data, size_t day, char out[16])
{
	int32_t year, month, number;

	cstn_civil_from_days(data->dates[day], &year, &month, &number);
	(void)snprintf(out, 16, "%04d-%02d-%02d", year % 10000, month, number);
	return out;
}

cstn_status m5_rows(const struct m5 *data, size_t from, size_t to, char **out_text,
		struct ArrowArrayStream *out, cstn_csv_reader **out_reader, cstn_error **error)
{
	size_t size = 0;
	FILE *text = open_memstream(out_text, &size);
	cstn_status status;

	if (text == NULL)
		return CSTN_E_NOMEM;
	(void)fputs("unique_id,ds,y,department,snap\n", text);
	for (size_t day = from; day < to; day++) {
		char date[16];

		(void)m5_date(data, day, date);
		for (size_t i = 0; i < data->n_items; i++)
			(void)fprintf(text, "%s,%s,%.0f,%s,%d\n", data->items[i].id, date,
					data->sales[day * data->n_items + i],
					data->items[i].department, data->snap[day]);
	}
	status = fclose(text) != 0
				 ? CSTN_E_NOMEM
				 : rows_of_text(*out_text, size, m5_schema, out, out_reader, error);
	if (status != CSTN_OK) {
		free(*out_text);
		*out_text = NULL;
	}
	return status;
}
