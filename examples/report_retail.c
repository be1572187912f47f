/* Online Retail: half a million invoice lines and not one promise. */
#include "report_chapters.h"

#include "report_table.h"

#include <stdlib.h>
#include <string.h>

static const char file_schema[] = "InvoiceNo text\n"
				  "Quantity int64\n"
				  "InvoiceDate timestamp zone=utc\n"
				  "UnitPrice decimal scale=3\n"
				  "CustomerID text null\n"
				  "Country text\n";

static const char line_schema[] = "order_id text\n"
				  "status text\n"
				  "ordered timestamp\n"
				  "country text\n";

/* The file has neither promise nor arrival. */
static const struct source_map map[] = {
		{MAP_CONSTANT, "promised", NULL, NULL},
		{MAP_CONSTANT, "delivered", NULL, NULL},
		{0, NULL, NULL, NULL},
};

struct tally {
	int64_t lines, credit_lines, negative, zero_price, no_customer;
};

/* A batch of the file as order lines: an invoice whose number begins with C takes goods back. */
static void write_lines(FILE *out, const struct table *table, struct tally *tally)
{
	int64_t invoice = table_column(table, "InvoiceNo");
	int64_t quantity = table_column(table, "Quantity");
	int64_t price = table_column(table, "UnitPrice");
	int64_t date = table_column(table, "InvoiceDate");
	int64_t customer = table_column(table, "CustomerID");
	int64_t country = table_column(table, "Country");

	for (int64_t row = 0; row < table->n_rows; row++) {
		size_t length, country_length;
		const char *number = table_text(table, row, invoice, &length);
		const char *where = table_text(table, row, country, &country_length);
		int credit = length > 0 && number[0] == 'C';
		char time[40];

		tally->lines++;
		tally->credit_lines += credit;
		tally->negative += !credit && table_integer(table, row, quantity) < 0;
		tally->zero_price += table_integer(table, row, price) == 0;
		tally->no_customer += table_is_null(table, row, customer);
		(void)cstn_time_format(table_integer(table, row, date), time, sizeof(time));
		(void)fprintf(out, "%.*s,%s,%s,%.*s\n", (int)length, number,
				credit ? "cancelled_by_customer" : "closed", time,
				(int)country_length, where);
	}
}

/* The whole file as order lines in memory. @param out_text free() */
static cstn_status read_file(const char *path, char **out_text, size_t *out_size,
		struct tally *tally, cstn_error **error)
{
	struct source source = {path, NULL, 0, file_schema, NULL};
	struct ArrowArrayStream stream;
	cstn_csv_reader *reader = NULL;
	struct table table;
	FILE *out;
	cstn_status status = source_open(&source, &reader, &stream, error);

	if (status != CSTN_OK)
		return status;
	status = table_read(&stream, &table);
	cstn_csv_reader_unref(reader);
	if (status != CSTN_OK)
		return status;
	out = open_memstream(out_text, out_size);
	if (out == NULL) {
		table_free(&table);
		return CSTN_E_NOMEM;
	}
	(void)fputs("order_id,status,ordered,country\n", out);
	write_lines(out, &table, tally);
	table_free(&table);
	if (fclose(out) != 0) {
		free(*out_text);
		return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

static void about_lines(struct page *page, const struct tally *tally)
{
	page_table_begin(page, "What the lines hold", "lines|count", 1, 0);
	page_row_begin(page);
	page_cell(page, "all lines");
	page_cell_count(page, tally->lines);
	page_row_end(page);
	page_row_begin(page);
	page_cell(page, "on invoices that begin with C: goods taken back");
	page_cell_count(page, tally->credit_lines);
	page_row_end(page);
	page_row_begin(page);
	page_cell(page, "negative quantity on other invoices: corrections of stock");
	page_cell_count(page, tally->negative);
	page_row_end(page);
	page_row_begin(page);
	page_cell(page, "price zero");
	page_cell_count(page, tally->zero_price);
	page_row_end(page);
	page_row_begin(page);
	page_cell(page, "no customer");
	page_cell_count(page, tally->no_customer);
	page_row_end(page);
	page_table_end(page);
}

cstn_status report_retail(
		struct page *page, const char *folder, struct summary *summary, cstn_error **error)
{
	char path[4200], *text = NULL;
	size_t size = 0;
	struct tally tally = {0, 0, 0, 0, 0};
	struct question question = {
			"components=T", "2011-12-10T00:00:00Z", NULL, {NULL, NULL, NULL, NULL}, 0};
	struct answer answer;
	cstn_status status;

	(void)snprintf(path, sizeof(path), "%s/online_retail/online_retail_541909.csv.gz", folder);
	status = read_file(path, &text, &size, &tally, error);
	if (status == CSTN_OK) {
		struct source lines = {NULL, (const uint8_t *)text, size, line_schema, map};

		status = source_ask(&lines, &question, &answer, error);
		free(text);
	}
	if (status != CSTN_OK)
		return status;
	chapter_begin(page, "retail", "Online Retail: no promise, no rate");
	page_put(page, "<p class=\"note\">An online shop's invoices, December 2010 to December "
		       "2011 "
		       "(UCI). Nobody wrote down what was promised or when the goods came. There "
		       "is "
		       "nothing to be on time against, so the rate is <b>no rate</b>: not 100 %%, "
		       "not "
		       "0 %%. Each invoice is left out for a reason. Reading invoices that begin "
		       "with "
		       "C as cancelled by the customer is this report's own mapping.</p>\n");
	chapter_headline(page, &answer, "invoices on time");
	chapter_units(page, answer.result, "invoices");
	about_lines(page, &tally);
	summary_add(summary, "retail", "Online Retail, invoices on time", &answer);
	answer_free(&answer);
	chapter_end(page);
	return CSTN_OK;
}
