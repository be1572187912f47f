#include "report_shipments.h"

#include "report_show.h"
#include "sample_network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char columns[] = "shipment_id text\n"
			      "company text\n"
			      "customer text\n"
			      "promised timestamp\n"
			      "delivered timestamp\n"
			      "value decimal scale=2\n"
			      "row int64\n";

static const char item_schema[] = "order_id text\n"
				  "order_item_id int64\n"
				  "seller_id text\n"
				  "price decimal scale=2\n";
static const char order_schema[] = "order_id text\n"
				   "customer_id text\n"
				   "order_status text\n"
				   "order_delivered_customer_date timestamp null zone=utc\n"
				   "order_estimated_delivery_date timestamp null zone=utc\n";

/* Row by row into CSV; the first is remembered. */
struct writer {
	FILE *file;
	struct shipments *to;
};

static void write_row(struct writer *writer, const char *id, const char *company,
		const char *customer, int64_t promised_us, int64_t delivered_us, const char *amount)
{
	char promised[40], delivered[40];

	(void)cstn_time_format(promised_us, promised, sizeof(promised));
	(void)cstn_time_format(delivered_us, delivered, sizeof(delivered));
	(void)fprintf(writer->file, "%s,%s,%s,%s,%s,%s,%" PRId64 "\n", id, company, customer,
			promised, delivered, amount, writer->to->rows);
	if (writer->to->rows++ > 0)
		return;
	(void)snprintf(writer->to->first, SHIPMENT_TEXT, "%s", id);
	(void)snprintf(writer->to->customer, SHIPMENT_TEXT, "%s", customer);
	(void)snprintf(writer->to->amount, SHIPMENT_TEXT, "%s", amount);
}

static const char *text_of(
		const struct table *table, int64_t row, const char *column, char out[SHIPMENT_TEXT])
{
	return text_at(table, row, table_column(table, column), out, SHIPMENT_TEXT);
}

static int64_t number_of(const struct table *table, int64_t row, const char *column)
{
	return table_integer(table, row, table_column(table, column));
}

static int has(const struct table *table, int64_t row, const char *column)
{
	return !table_is_null(table, row, table_column(table, column));
}

/* --- real ones -------------------------------------------------------------------------------- */

/* Both files are in the order of their orders' ids: they are read side by side. */
static void join(struct writer *writer, const struct table *items, const struct table *orders)
{
	char item[SHIPMENT_TEXT], order[SHIPMENT_TEXT], seller[SHIPMENT_TEXT],
			customer[SHIPMENT_TEXT], status[SHIPMENT_TEXT], id[2 * SHIPMENT_TEXT],
			amount[SHIPMENT_TEXT];
	int64_t at = 0;

	for (int64_t row = 0; row < items->n_rows; row++) {
		int64_t price = number_of(items, row, "price");

		(void)text_of(items, row, "order_id", item);
		while (at < orders->n_rows &&
				strcmp(text_of(orders, at, "order_id", order), item) < 0)
			at++;
		if (at == orders->n_rows || strcmp(order, item) != 0 ||
				!has(orders, at, "order_delivered_customer_date") ||
				!has(orders, at, "order_estimated_delivery_date") ||
				strcmp(text_of(orders, at, "order_status", status), "delivered"))
			continue;
		(void)snprintf(id, sizeof(id), "%s.%" PRId64, item,
				number_of(items, row, "order_item_id"));
		(void)snprintf(amount, sizeof(amount), "%" PRId64 ".%02d", price / 100,
				(int)(price % 100));
		write_row(writer, id, text_of(items, row, "seller_id", seller),
				text_of(orders, at, "customer_id", customer),
				number_of(orders, at, "order_estimated_delivery_date"),
				number_of(orders, at, "order_delivered_customer_date"), amount);
	}
}

static cstn_status write_olist(
		struct writer *writer, const char *items, const char *orders, cstn_error **error)
{
	const struct source source = {.path = items, .schema = item_schema};
	const struct source others = {.path = orders, .schema = order_schema};
	struct table first, second;
	cstn_status status = source_table(&source, &first, error);

	if (status != CSTN_OK)
		return status;
	status = source_table(&others, &second, error);
	if (status == CSTN_OK) {
		join(writer, &first, &second);
		table_free(&second);
	}
	table_free(&first);
	return status;
}

/* --- generated ones --------------------------------------------------------------------------- */

static cstn_status write_sample(struct writer *writer, const char *path, cstn_error **error)
{
	const struct source source = {.path = path, .schema = sample_network_schema};
	char id[SHIPMENT_TEXT], customer[SHIPMENT_TEXT], amount[SHIPMENT_TEXT];
	struct table table;
	cstn_status status = source_table(&source, &table, error);

	if (status != CSTN_OK)
		return status;
	for (int64_t row = 0; row < table.n_rows; row++) {
		if (!has(&table, row, "promised") || !has(&table, row, "delivered") ||
				!has(&table, row, "qty_delivered"))
			continue;
		(void)snprintf(id, sizeof(id), "%" PRId64 ".%" PRId64,
				number_of(&table, row, "order_id"),
				number_of(&table, row, "line_number"));
		(void)snprintf(amount, sizeof(amount), "%" PRId64 ".00",
				number_of(&table, row, "qty_delivered"));
		(void)text_of(&table, row, "customer", customer);
		write_row(writer, id, customer, customer,
				number_of(&table, row, "promised") * INT64_C(86400000000),
				number_of(&table, row, "delivered"), amount);
	}
	table_free(&table);
	return CSTN_OK;
}

/* --- both ------------------------------------------------------------------------------------- */

static int64_t instant(const char *text)
{
	int64_t us = 0;

	/* These instants exist. */
	return cstn_time_parse(text, strlen(text), NULL, 0, &us, NULL) == CSTN_OK ? us : 0;
}

static void describe(struct shipments *out, int real)
{
	out->from = real ? "Items of the first 8,796 Olist orders that were delivered, with their "
			   "sellers, customers and prices."
			 : "Delivered lines of the sample network, with their customers and "
			   "units; generated.";
	out->value = real ? "price in reais" : "units";
	out->company = real ? "seller" : "customer";
	out->now_us = instant(real ? "2018-11-13T00:00:00Z" : SAMPLE_NETWORK_AS_OF);
	out->old_from_us = instant(real ? "2017-01-01T00:00:00Z" : "2024-01-01T00:00:00Z");
	out->old_until_us = instant(real ? "2018-08-01T00:00:00Z" : "2025-10-01T00:00:00Z");
	out->source = (struct source){.schema = columns};
}

cstn_status shipments_read(
		const char *folder, const char *sample, struct shipments *out, cstn_error **error)
{
	char items[4200] = "", orders[4200] = "";
	struct writer writer = {NULL, out};
	cstn_status status;
	int real;

	memset(out, 0, sizeof(*out));
	if (folder != NULL) {
		(void)snprintf(items, sizeof(items),
				"%s/olist_samples/order_items_first_9998.csv.gz", folder);
		(void)snprintf(orders, sizeof(orders), "%s/olist/olist_orders_dataset.csv.gz",
				folder);
	}
	real = folder != NULL && access(items, R_OK) == 0 && access(orders, R_OK) == 0;
	describe(out, real);
	writer.file = open_memstream(&out->text, &out->source.size);
	if (writer.file == NULL)
		return CSTN_E_NOMEM;
	(void)fputs("shipment_id,company,customer,promised,delivered,value,row\n", writer.file);
	status = real ? write_olist(&writer, items, orders, error)
		      : write_sample(&writer, sample, error);
	if (fclose(writer.file) != 0 && status == CSTN_OK)
		status = CSTN_E_NOMEM;
	out->source.bytes = (const uint8_t *)out->text;
	return status;
}

void shipments_free(struct shipments *shipments)
{
	free(shipments->text);
	shipments->text = NULL;
}

cstn_status shipments_open(const struct shipments *shipments, cstn_csv_reader **reader,
		struct ArrowArrayStream *out, cstn_error **error)
{
	return source_open(&shipments->source, reader, out, error);
}
