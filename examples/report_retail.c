/* Online Retail: half a million invoice lines and not one promise. */
#include "report_chapters.h"

#include "report_table.h"

#include <stdlib.h>
#include <string.h>

/* What the file says, as order lines. */
static const char line_schema[] = "order_id text\n"
				  "line_number int32\n"
				  "status text\n"
				  "ordered timestamp\n"
				  "item_id text\n"
				  "qty int64\n"
				  "buyer text\n"
				  "attributes.country text\n"
				  "attributes.kind text\n"
				  "attributes.price text null\n";

/* The file has neither promise nor arrival. */
static const struct source_map map[] = {
		{MAP_CONSTANT, "promised", NULL, NULL},
		{MAP_CONSTANT, "delivered", NULL, NULL},
		{0, NULL, NULL, NULL},
};

#define AS_OF "2011-12-10T00:00:00Z"
#define SALE "sale"
#define TAKEN_BACK "taken back"
#define CORRECTION "correction of stock"
#define NO_PRICE "zero"
#define NO_CUSTOMER "not named"

/* --- the file as order lines ------------------------------------------------------------------ */

struct tally {
	int64_t lines, credit_lines, negative, zero_price, no_customer;
};

/* An invoice whose number begins with C takes goods back; of other invoices a negative quantity
 * corrects the stock. The network counts quantities as they are, and `kind` says which way the
 * goods went. */
static const char *kind_of(const char *invoice, size_t length, int64_t quantity)
{
	if (length > 0 && invoice[0] == 'C')
		return TAKEN_BACK;
	return quantity < 0 ? CORRECTION : SALE;
}

/* A line and its place in its invoice. */
struct place {
	const char *invoice;
	size_t length;
	int64_t row, first; /* first: the row of the invoice's first line */
	int number;         /* from 1 */
};

static int by_invoice(const void *a, const void *b)
{
	const struct place *first = a, *second = b;
	size_t n = first->length < second->length ? first->length : second->length;
	int order = memcmp(first->invoice, second->invoice, n);

	if (order != 0)
		return order;
	if (first->length != second->length)
		return first->length < second->length ? -1 : 1;
	return (first->row > second->row) - (first->row < second->row);
}

static int by_row(const void *a, const void *b)
{
	const struct place *first = a, *second = b;

	return (first->row > second->row) - (first->row < second->row);
}

/* The place of each row. The lines of an invoice need not stand together. @return free() */
static struct place *find_places(const struct table *table)
{
	int64_t invoice = table_column(table, "InvoiceNo");
	struct place *places = calloc((size_t)table->n_rows + 1, sizeof(*places));

	if (places == NULL)
		return NULL;
	for (int64_t row = 0; row < table->n_rows; row++) {
		places[row].invoice = table_text(table, row, invoice, &places[row].length);
		places[row].row = row;
	}
	qsort(places, (size_t)table->n_rows, sizeof(*places), by_invoice);
	for (int64_t i = 0; i < table->n_rows; i++) {
		struct place *at = &places[i];
		int same = i > 0 && at->length == at[-1].length &&
			   memcmp(at->invoice, at[-1].invoice, at->length) == 0;

		at->first = same ? at[-1].first : at->row;
		at->number = same ? at[-1].number + 1 : 1;
	}
	qsort(places, (size_t)table->n_rows, sizeof(*places), by_row);
	return places;
}

/* Lines of 43 invoices are minutes apart; an order has one time, that of its first line. */
static void write_lines(FILE *out, const struct table *table, const struct place *places)
{
	int64_t stock = table_column(table, "StockCode");
	int64_t quantity = table_column(table, "Quantity");
	int64_t price = table_column(table, "UnitPrice");
	int64_t date = table_column(table, "InvoiceDate");
	int64_t customer = table_column(table, "CustomerID");
	int64_t country = table_column(table, "Country");

	(void)fputs("order_id,line_number,status,ordered,item_id,qty,buyer,attributes.country,"
		    "attributes.kind,attributes.price\n",
			out);
	for (int64_t row = 0; row < table->n_rows; row++) {
		const struct place *place = &places[row];
		size_t item_length, buyer_length, country_length;
		const char *item = table_text(table, row, stock, &item_length);
		const char *buyer = table_text(table, row, customer, &buyer_length);
		const char *where = table_text(table, row, country, &country_length);
		int64_t amount = table_integer(table, row, quantity);
		const char *kind = kind_of(place->invoice, place->length, amount);
		char time[40];

		(void)cstn_time_format(
				table_integer(table, place->first, date), time, sizeof(time));
		(void)fprintf(out, "%.*s,%d,%s,%s,%.*s,%lld,%.*s,%.*s,%s,%s\n", (int)place->length,
				place->invoice, place->number,
				strcmp(kind, TAKEN_BACK) == 0 ? "cancelled_by_customer" : "closed",
				time, (int)item_length, item,
				(long long)(amount < 0 ? -amount : amount),
				(int)(buyer_length ? buyer_length : strlen(NO_CUSTOMER)),
				buyer_length ? buyer : NO_CUSTOMER, (int)country_length, where,
				kind, table_integer(table, row, price) == 0 ? NO_PRICE : "");
	}
}

/* The whole file as order lines in memory. @param out_text free() */
static cstn_status read_lines(
		const char *path, char **out_text, size_t *out_size, cstn_error **error)
{
	struct place *places;
	struct table table;
	FILE *out;
	const struct source source = {.path = path, .schema = retail_columns};
	cstn_status status = source_table(&source, &table, error);

	if (status != CSTN_OK)
		return status;
	places = find_places(&table);
	out = places != NULL ? open_memstream(out_text, out_size) : NULL;
	if (out != NULL)
		write_lines(out, &table, places);
	free(places);
	table_free(&table);
	return out != NULL && fclose(out) == 0 ? CSTN_OK : CSTN_E_NOMEM;
}

static int is_text(const struct table *table, int64_t row, int64_t column, const char *wanted)
{
	size_t length;
	const char *text = table_text(table, row, column, &length);

	return strlen(wanted) == length && memcmp(text, wanted, length) == 0;
}

/* Count what the lines hold. @param lines released */
static cstn_status count_lines(struct ArrowArrayStream *lines, struct tally *out)
{
	struct table table;
	struct tally tally = {0, 0, 0, 0, 0};
	cstn_status status = table_read(lines, &table);

	if (status != CSTN_OK)
		return status;
	for (int64_t row = 0; row < table.n_rows; row++) {
		int64_t kind = table_column(&table, "attributes.kind");

		tally.lines++;
		tally.credit_lines += is_text(&table, row, kind, TAKEN_BACK);
		tally.negative += is_text(&table, row, kind, CORRECTION);
		tally.zero_price += is_text(
				&table, row, table_column(&table, "attributes.price"), NO_PRICE);
		tally.no_customer +=
				is_text(&table, row, table_column(&table, "buyer"), NO_CUSTOMER);
	}
	table_free(&table);
	*out = tally;
	return CSTN_OK;
}

/* --- into a network --------------------------------------------------------------------------- */

static const struct source_map items[] = {
		{MAP_COLUMN, "item_id", "id", NULL}, {0, NULL, NULL, NULL}};
static const struct source_map customers[] = {{MAP_COLUMN, "customer_id", "id", NULL},
		{MAP_CONSTANT, "kind", NULL, "organisation"}, {0, NULL, NULL, NULL}};
static const struct source_map orders[] = {
		{MAP_CONSTANT, "seller", NULL, "shop"}, {0, NULL, NULL, NULL}};

static cstn_status load(struct network *network, const struct plan *plan, cstn_error **error)
{
	const char *const shop[] = {"partner_id", "shop", "role", "retailer", "country", "GB",
			"recorded", plan->as_of, NULL};
	struct source source = {.path = plan->files[0], .schema = retail_columns, .map = items};
	char *text = NULL;
	size_t size = 0;
	cstn_status status = network_put(network, "partner", shop, error);

	if (status == CSTN_OK)
		status = network_import_distinct(network, "item", &source, "StockCode",
				"Description", plan->as_of, error);
	if (status == CSTN_OK)
		status = read_lines(plan->files[0], &text, &size, error);
	if (status != CSTN_OK) {
		free(text);
		return status;
	}
	source = (struct source){.bytes = (const uint8_t *)text,
			.size = size,
			.schema = line_schema,
			.map = customers};
	status = network_import_distinct(
			network, "customer", &source, "buyer", NULL, plan->as_of, error);
	source.map = orders;
	if (status == CSTN_OK)
		status = network_import(network, "order", &source, plan->as_of, error);
	free(text);
	return status;
}

static const char *const fields[] = {"order_id", "status", "ordered", NULL};

static cstn_status tally_network(
		const struct network *network, struct tally *out, cstn_error **error)
{
	static const char *const columns[] = {"buyer", "attributes.kind", "attributes.price"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	struct ArrowArrayStream lines;
	cstn_status status;

	options.flags = CSTN_SCAN_LINES;
	options.columns = columns;
	options.n_columns = 3;
	status = cstn_snapshot_scan(network->snapshot, "order", &options, &lines, error);
	return status == CSTN_OK ? count_lines(&lines, out) : status;
}

/* --- the chapter ------------------------------------------------------------------------------ */

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

static cstn_status body(struct page *page, const struct source *source, const struct tally *tally,
		struct summary *summary, cstn_error **error)
{
	struct question question = {"components=T", AS_OF, NULL, {NULL, NULL, NULL, NULL}, 0};
	struct answer answer;
	cstn_status status = source_ask(source, &question, &answer, error);

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
	about_lines(page, tally);
	summary_add(summary, "retail", "Online Retail, invoices on time", &answer);
	answer_free(&answer);
	chapter_end(page);
	return CSTN_OK;
}

static cstn_status from_file(
		struct page *page, const char *path, struct summary *summary, cstn_error **error)
{
	struct source source = {.schema = line_schema, .map = map};
	struct ArrowArrayStream lines;
	cstn_csv_reader *reader = NULL;
	struct tally tally;
	char *text = NULL;
	cstn_status status = read_lines(path, &text, &source.size, error);

	if (status != CSTN_OK) {
		free(text);
		return status;
	}
	source.bytes = (const uint8_t *)text;
	status = source_open(&source, &reader, &lines, error);
	if (status == CSTN_OK)
		status = count_lines(&lines, &tally);
	cstn_csv_reader_unref(reader);
	if (status == CSTN_OK)
		status = body(page, &source, &tally, summary, error);
	free(text);
	return status;
}

cstn_status report_retail(struct page *page, struct job *job, const char *folder,
		struct summary *summary, cstn_error **error)
{
	char path[4200];
	const char *const files[] = {path, NULL};
	const struct plan plan = {"online_retail", AS_OF, files, load};
	struct network *network = NULL;
	struct source source;
	struct tally tally;
	cstn_status status;

	(void)snprintf(path, sizeof(path), "%s/online_retail/online_retail_541909.csv.gz", folder);
	if (job->direct)
		return from_file(page, path, summary, error);
	status = network_open(job, &plan, &network, error);
	if (status != CSTN_OK)
		return status;
	source = network_source(network, fields, map);
	status = tally_network(network, &tally, error);
	if (status == CSTN_OK)
		status = body(page, &source, &tally, summary, error);
	return network_end(network, status, error);
}
