#include "report_log.h"

#include "report_source.h"
#include "report_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char cdnow_schema[] = "masterid int64\n"
				   "sampleid int64\n"
				   "date int64\n"
				   "cds int64\n"
				   "sales decimal scale=2\n";

static const char csv_schema[] = "customer int64\n"
				 "day date\n"
				 "value decimal scale=3\n"
				 "quantity int64\n";

int32_t day_of(int32_t year, int32_t month, int32_t day)
{
	int32_t days = 0;

	/* It fails for a date that does not exist alone. */
	if (cstn_days_from_civil(year, month, day, &days, NULL) != CSTN_OK)
		days = 0;
	return days;
}

void log_free(struct order_log *log)
{
	free(log->entries);
	free(log->csv);
	memset(log, 0, sizeof(*log));
}

/* --- the files -------------------------------------------------------------------------------- */

static int by_invoice(const void *a, const void *b)
{
	const struct log_entry *first = a, *second = b;
	int order = strcmp(first->invoice, second->invoice);

	if (order != 0)
		return order;
	return (first->quantity < 0) - (second->quantity < 0);
}

static int by_customer(const void *a, const void *b)
{
	const struct log_entry *first = a, *second = b;

	if (first->customer != second->customer)
		return first->customer < second->customer ? -1 : 1;
	if (first->day != second->day)
		return first->day < second->day ? -1 : 1;
	return by_invoice(a, b);
}

/* Lines of one invoice become one entry, what came back apart; the first line says the day. */
static void merge_lines(struct order_log *log)
{
	size_t kept = 0;

	qsort(log->entries, log->n, sizeof(*log->entries), by_invoice);
	for (size_t i = 0; i < log->n; i++) {
		const struct log_entry *line = &log->entries[i];
		struct log_entry *last = kept > 0 ? &log->entries[kept - 1] : NULL;

		if (last != NULL && by_invoice(last, line) == 0 &&
				last->customer == line->customer) {
			last->lines += line->lines;
			last->quantity += line->quantity;
			last->value += line->value;
			if (line->day < last->day)
				last->day = line->day;
		} else {
			log->entries[kept++] = *line;
		}
	}
	log->n = kept;
}

/* The entries in order, and as CSV. */
static cstn_status finish(struct order_log *log)
{
	FILE *out = open_memstream(&log->csv, &log->csv_size);

	if (out == NULL)
		return CSTN_E_NOMEM;
	qsort(log->entries, log->n, sizeof(*log->entries), by_customer);
	(void)fputs("customer,day,value,quantity\n", out);
	for (size_t i = 0; i < log->n; i++) {
		const struct log_entry *entry = &log->entries[i];
		int32_t year, month, day;
		long long value = entry->value < 0 ? -entry->value : entry->value;

		cstn_civil_from_days(entry->day, &year, &month, &day);
		(void)fprintf(out, "%lld,%04d-%02d-%02d,%s%lld.%03lld,%lld\n",
				(long long)entry->customer, year, month, day,
				entry->value < 0 ? "-" : "", value / 1000, value % 1000,
				(long long)entry->quantity);
	}
	return fclose(out) == 0 ? CSTN_OK : CSTN_E_NOMEM;
}

static void take_retail(const struct table *table, struct order_log *log)
{
	int64_t invoice = table_column(table, "InvoiceNo");
	int64_t quantity = table_column(table, "Quantity");
	int64_t date = table_column(table, "InvoiceDate");
	int64_t price = table_column(table, "UnitPrice");
	int64_t customer = table_column(table, "CustomerID");

	for (int64_t row = 0; row < table->n_rows; row++) {
		struct log_entry *entry = &log->entries[log->n];
		size_t length;
		const char *text;

		if (table_is_null(table, row, customer))
			continue;
		memset(entry, 0, sizeof(*entry));
		/* Written as "17850.0": the digits before the point. */
		entry->customer = atoll(table_text(table, row, customer, &length));
		text = table_text(table, row, invoice, &length);
		(void)snprintf(entry->invoice, sizeof(entry->invoice), "%.*s", (int)length, text);
		entry->day = (int32_t)(table_integer(table, row, date) / CSTN_DAY_US);
		entry->lines = 1;
		entry->quantity = table_integer(table, row, quantity);
		entry->value = entry->quantity * table_integer(table, row, price);
		log->n++;
	}
	log->rows = table->n_rows;
	log->rows_with_customer = (int64_t)log->n;
}

static void take_cdnow(const struct table *table, struct order_log *log)
{
	int64_t customer = table_column(table, "sampleid"), date = table_column(table, "date");
	int64_t cds = table_column(table, "cds"), sales = table_column(table, "sales");

	for (int64_t row = 0; row < table->n_rows; row++) {
		struct log_entry *entry = &log->entries[log->n++];
		int64_t day = table_integer(table, row, date);

		memset(entry, 0, sizeof(*entry));
		entry->customer = table_integer(table, row, customer);
		(void)snprintf(entry->invoice, sizeof(entry->invoice), "%lld", (long long)row);
		entry->day = day_of((int32_t)(day / 10000), (int32_t)(day / 100 % 100),
				(int32_t)(day % 100));
		entry->lines = 1;
		entry->quantity = table_integer(table, row, cds);
		entry->value = 10 * table_integer(table, row, sales);
	}
	log->rows = log->rows_with_customer = table->n_rows;
}

static cstn_status read_log(const char *path, const char *schema,
		void (*take)(const struct table *, struct order_log *), struct order_log *out,
		cstn_error **error)
{
	struct order_log log;
	struct table table;
	const struct source source = {.path = path, .schema = schema};
	cstn_status status = source_table(&source, &table, error);

	if (status != CSTN_OK)
		return status;
	memset(&log, 0, sizeof(log));
	log.entries = calloc((size_t)table.n_rows + 1, sizeof(*log.entries));
	if (log.entries == NULL) {
		table_free(&table);
		return CSTN_E_NOMEM;
	}
	take(&table, &log);
	table_free(&table);
	merge_lines(&log);
	if (finish(&log) != CSTN_OK) {
		log_free(&log);
		return CSTN_E_NOMEM;
	}
	*out = log;
	return CSTN_OK;
}

cstn_status log_read_retail(const char *path, struct order_log *out, cstn_error **error)
{
	return read_log(path, retail_columns, take_retail, out, error);
}

cstn_status log_read_cdnow(const char *path, struct order_log *out, cstn_error **error)
{
	return read_log(path, cdnow_schema, take_cdnow, out, error);
}

/* --- as streams ------------------------------------------------------------------------------- */

cstn_status rows_of_text(const char *text, size_t size, const char *schema,
		struct ArrowArrayStream *out, cstn_csv_reader **out_reader, cstn_error **error)
{
	struct source source = {.bytes = (const uint8_t *)text, .size = size, .schema = schema};

	return source_open(&source, out_reader, out, error);
}

cstn_status log_purchases(const struct order_log *log, int32_t from_days, int32_t to_days,
		cstn_purchases **out, cstn_error **error)
{
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	cstn_purchases *state = NULL;
	cstn_status status;

	config.flags = CSTN_PURCHASES_WINDOW;
	config.from_days = from_days;
	config.to_days = to_days;
	status = cstn_purchases_new(&config, NULL, &state, error);
	if (status == CSTN_OK)
		status = rows_of_text(log->csv, log->csv_size, csv_schema, &rows, &reader, error);
	if (status == CSTN_OK)
		status = cstn_purchases_update(state, &rows, NULL, NULL, error);
	cstn_csv_reader_unref(reader);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_purchases_free(state);
	return status;
}
