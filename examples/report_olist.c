/* Olist: 99,441 orders of a Brazilian marketplace; one file, many rates. */
#include "report_chapters.h"

#include "report_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char order_schema[] = "order_id text\n"
				   "customer_id text\n"
				   "order_status text\n"
				   "order_purchase_timestamp timestamp zone=utc\n"
				   "order_delivered_carrier_date timestamp null zone=utc\n"
				   "order_delivered_customer_date timestamp null zone=utc\n"
				   "order_estimated_delivery_date timestamp null zone=utc\n";

/* One order is one line. Local times without a zone are read as they stand. */
static const struct source_map map[] = {
		{MAP_COLUMN, "ordered", "order_purchase_timestamp", NULL},
		{MAP_COLUMN, "shipped", "order_delivered_carrier_date", NULL},
		{MAP_COLUMN, "delivered", "order_delivered_customer_date", NULL},
		{MAP_COLUMN, "promised", "order_estimated_delivery_date", NULL},
		{MAP_COLUMN, "status", "order_status", NULL},
		{MAP_VALUE, "status", "delivered", "closed"},
		{MAP_VALUE, "status", "canceled", "cancelled_by_customer"},
		{MAP_VALUE, "status", "unavailable", "cancelled_by_supplier"},
		{MAP_VALUE, "status", NULL, "open"},
		{0, NULL, NULL, NULL},
};

#define AS_OF "2018-11-13T00:00:00Z"
#define DELIVERED "components=T supplier_cancel=exclude overdue_open=exclude"

/* --- the same deliveries, seven denominators ---------------------------------------------------
 */

static const struct denominator {
	const char *name, *policy, *as_of, *before;
} denominators[] = {
		{"delivered, with a time", DELIVERED, AS_OF, NULL},
		{"the same, compared to the microsecond", DELIVERED " time_unit=instant", AS_OF,
				NULL},
		{"delivered", DELIVERED " actual_missing=fail", AS_OF, NULL},
		{"all but canceled and unavailable",
				"components=T supplier_cancel=exclude actual_missing=fail", AS_OF,
				NULL},
		{"all but canceled", "components=T actual_missing=fail", AS_OF, NULL},
		{"all orders", "components=T actual_missing=fail customer_cancel=fail", AS_OF,
				NULL},
		{"due by 2018-08-31, as of 2018-09-01",
				"components=T supplier_cancel=exclude actual_missing=fail",
				"2018-09-01T00:00:00Z", "2018-09-01T00:00:00Z"},
};
#define N_DENOMINATORS (sizeof(denominators) / sizeof(denominators[0]))

static void denominator_row(struct page *page, const struct denominator *denominator,
		const cstn_perfect_order_result *result, const cstn_rate *rate)
{
	page_row_begin(page);
	page_cell(page, denominator->name);
	page_cell(page, denominator->policy);
	page_cell_count(page, rate->numerator);
	page_cell_count(page, rate->denominator);
	page_put(page, "<td class=\"n\">%.9f</td><td class=\"n\">%.9f to %.9f</td>", rate->value,
			rate->low, rate->high);
	page_put(page, "<td class=\"n\"><code>%.16s</code></td>",
			cstn_service_policy_digest_text(cstn_perfect_order_result_policy(result)));
	page_row_end(page);
}

static cstn_status write_denominators(
		struct page *page, const struct source *source, cstn_error **error)
{
	struct chart_rate rows[N_DENOMINATORS];

	memset(rows, 0, sizeof(rows));
	page_put(page, "<h3>One file, seven rates</h3><p>Each row differs from the others by "
		       "nothing "
		       "but another policy (the last one also looks at an earlier moment). Each "
		       "has "
		       "been published somewhere as \"our on-time rate\".</p>\n");
	page_table_begin(page, "The same deliveries under other denominators",
			"counted are|changes to the default policy|on time|counted|rate|Wilson "
			"interval|"
			"policy",
			2, 0);
	for (size_t i = 0; i < N_DENOMINATORS; i++) {
		struct question question = {denominators[i].policy, denominators[i].as_of,
				denominators[i].before, {NULL, NULL, NULL, NULL}, 0};
		struct answer answer;
		cstn_status status = source_ask(source, &question, &answer, error);

		if (status != CSTN_OK)
			return status;
		rows[i].rate = (cstn_rate)CSTN_RATE_INIT;
		rows[i].other = (double)NAN;
		(void)snprintf(rows[i].label, sizeof(rows[i].label), "%s", denominators[i].name);
		status = cstn_perfect_order_result_rate(
				answer.result, CSTN_GROUP_TOTAL, &rows[i].rate, error);
		if (status == CSTN_OK)
			denominator_row(page, &denominators[i], answer.result, &rows[i].rate);
		answer_free(&answer);
		if (status != CSTN_OK)
			return status;
	}
	page_table_end(page);
	chart_forest(page, "On time under seven definitions",
			"one file of 99,441 orders; policies and as-of times as in the table", rows,
			N_DENOMINATORS, (double)NAN);
	return CSTN_OK;
}

/* --- reviews ---------------------------------------------------------------------------------- */

static const char review_schema[] = "review_id text\n"
				    "order_id text\n"
				    "review_score int32\n"
				    "review_answer_timestamp timestamp zone=utc\n";

static const char joined_schema[] = "order_id text\n"
				    "status text\n"
				    "promised timestamp null\n"
				    "delivered timestamp null\n"
				    "damaged flag\n";

#define ID_SIZE 48

struct review {
	char order[ID_SIZE], id[ID_SIZE];
	int64_t answered_us;
	int64_t score;
};

/* Reviews, by order; of two of an order the one to keep comes first. */
struct reviews {
	struct review *rows; /* free() */
	size_t n;
};

/* The names of columns, in the file and in the network. */
struct names {
	const char *id, *order, *score, *answered; /* of reviews */
	const char *status, *promised, *delivered; /* of orders */
};
static const struct names in_file = {"review_id", "order_id", "review_score",
		"review_answer_timestamp", "order_status", "order_estimated_delivery_date",
		"order_delivered_customer_date"};
static const struct names in_network = {
		"event_id", "order_id", "number", "valid", "status", "promised", "delivered"};

static void copy_id(char out[ID_SIZE], const struct table *table, int64_t row, const char *column)
{
	size_t length;
	const char *text = table_text(table, row, table_column(table, column), &length);

	(void)snprintf(out, ID_SIZE, "%.*s", (int)length, text);
}

static int by_order(const void *a, const void *b)
{
	const struct review *first = a, *second = b;
	int order = strcmp(first->order, second->order);

	if (order != 0)
		return order;
	if (first->answered_us != second->answered_us)
		return first->answered_us < second->answered_us ? 1 : -1;
	return strcmp(second->id, first->id);
}

static cstn_status sort_reviews(
		const struct table *table, const struct names *names, struct reviews *out)
{
	struct reviews found = {calloc((size_t)table->n_rows + 1, sizeof(*found.rows)), 0};

	if (found.rows == NULL)
		return CSTN_E_NOMEM;
	for (int64_t row = 0; row < table->n_rows; row++) {
		struct review *review = &found.rows[found.n++];

		copy_id(review->id, table, row, names->id);
		copy_id(review->order, table, row, names->order);
		review->score = table_integer(table, row, table_column(table, names->score));
		review->answered_us =
				table_integer(table, row, table_column(table, names->answered));
	}
	qsort(found.rows, found.n, sizeof(*found.rows), by_order);
	*out = found;
	return CSTN_OK;
}

/* The first review of an order; the others follow it. NULL: none. */
static const struct review *reviews_of(const struct reviews *reviews, const char *order)
{
	size_t low = 0, high = reviews->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(reviews->rows[middle].order, order) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < reviews->n && strcmp(reviews->rows[low].order, order) == 0
			       ? &reviews->rows[low]
			       : NULL;
}

static cstn_status scan_table(const struct network *network, const char *noun, uint32_t flags,
		const char *const *columns, size_t n, struct table *out, cstn_error **error)
{
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_status status;

	options.flags = flags;
	options.columns = columns;
	options.n_columns = n;
	status = cstn_snapshot_scan(network->snapshot, noun, &options, &stream, error);
	return status == CSTN_OK ? table_read(&stream, out) : status;
}

/* --- into a network --------------------------------------------------------------------------- */

static const char customer_schema[] = "customer_id text\n";
static const struct source_map customers[] = {
		{MAP_CONSTANT, "kind", NULL, "person"}, {0, NULL, NULL, NULL}};
/* The file names no goods and no seller: one of each stands for all, and one order is one line. */
static const struct source_map orders[] = {{MAP_COLUMN, "buyer", "customer_id", NULL},
		{MAP_CONSTANT, "seller", NULL, "olist"}, {MAP_CONSTANT, "line_number", NULL, "1"},
		{MAP_CONSTANT, "item_id", NULL, "goods"}, {MAP_CONSTANT, "qty", NULL, "1"},
		{MAP_COLUMN, "ordered", "order_purchase_timestamp", NULL},
		{MAP_COLUMN, "shipped", "order_delivered_carrier_date", NULL},
		{MAP_COLUMN, "delivered", "order_delivered_customer_date", NULL},
		{MAP_COLUMN, "promised", "order_estimated_delivery_date", NULL},
		{MAP_COLUMN, "status", "order_status", NULL},
		{MAP_VALUE, "status", "delivered", "closed"},
		{MAP_VALUE, "status", "canceled", "cancelled_by_customer"},
		{MAP_VALUE, "status", "unavailable", "cancelled_by_supplier"},
		{MAP_VALUE, "status", NULL, "open"}, {0, NULL, NULL, NULL}};
static const struct source_map reviews_map[] = {{MAP_CONSTANT, "kind", NULL, "review"},
		{MAP_CONSTANT, "scale_min", NULL, "1"}, {MAP_CONSTANT, "scale_max", NULL, "5"},
		{0, NULL, NULL, NULL}};
static const char interaction_schema[] = "event_id text\n"
					 "customer_id text\n"
					 "order_id text\n"
					 "number int64\n"
					 "valid timestamp\n";

/* A review is of an order; the file of orders says whose. Two reviews have the same id, so that a
 * number is added. */
static void write_interactions(FILE *out, const struct table *table, const struct reviews *reviews)
{
	int number = 0;

	(void)fputs("event_id,customer_id,order_id,number,valid\n", out);
	for (int64_t row = 0; row < table->n_rows; row++) {
		char order[ID_SIZE], customer[ID_SIZE];
		const struct review *review;

		copy_id(order, table, row, "order_id");
		copy_id(customer, table, row, "customer_id");
		review = reviews_of(reviews, order);
		for (; review != NULL && review < reviews->rows + reviews->n &&
				strcmp(review->order, order) == 0;
				review++) {
			char time[40];

			(void)cstn_time_format(review->answered_us, time, sizeof(time));
			(void)fprintf(out, "%s.%d,%s,%s,%lld,%s\n", review->id, ++number, customer,
					order, (long long)review->score, time);
		}
	}
}

static cstn_status load_reviews(
		struct network *network, const struct plan *plan, cstn_error **error)
{
	struct source source = {.schema = interaction_schema, .map = reviews_map};
	struct reviews reviews = {NULL, 0};
	struct table table;
	char *text = NULL;
	FILE *out;
	cstn_status status = source_table(
			&(const struct source){.path = plan->files[1], .schema = review_schema},
			&table, error);

	if (status != CSTN_OK)
		return status;
	status = sort_reviews(&table, &in_file, &reviews);
	table_free(&table);
	if (status == CSTN_OK)
		status = source_table(&(const struct source){.path = plan->files[0],
						      .schema = order_schema},
				&table, error);
	if (status == CSTN_OK) {
		out = open_memstream(&text, &source.size);
		if (out != NULL)
			write_interactions(out, &table, &reviews);
		if (out == NULL || fclose(out) != 0)
			status = CSTN_E_NOMEM;
		table_free(&table);
	}
	source.bytes = (const uint8_t *)text;
	if (status == CSTN_OK)
		status = network_import(network, "interaction", &source, plan->as_of, error);
	free(reviews.rows);
	free(text);
	return status;
}

static cstn_status load(struct network *network, const struct plan *plan, cstn_error **error)
{
	const char *const olist[] = {"partner_id", "olist", "name", "sellers of the marketplace",
			"role", "retailer", "country", "BR", "recorded", plan->as_of, NULL};
	const char *const goods[] = {"item_id", "goods", "recorded", plan->as_of, NULL};
	struct source source = {
			.path = plan->files[0], .schema = customer_schema, .map = customers};
	cstn_status status = network_put(network, "partner", olist, error);

	if (status == CSTN_OK)
		status = network_put(network, "item", goods, error);
	if (status == CSTN_OK)
		status = network_import(network, "customer", &source, plan->as_of, error);
	source.schema = order_schema;
	source.map = orders;
	if (status == CSTN_OK)
		status = network_import(network, "order", &source, plan->as_of, error);
	if (status == CSTN_OK && plan->files[1] != NULL)
		status = load_reviews(network, plan, error);
	return status;
}

static const char *const fields[] = {
		"order_id", "status", "ordered", "shipped", "delivered", "promised", NULL};

/* --- the product-of-rates trap ---------------------------------------------------------------- */

static const char *status_text(const char *text, size_t length)
{
	if (length == 9 && memcmp(text, "delivered", 9) == 0)
		return "closed";
	if (length == 8 && memcmp(text, "canceled", 8) == 0)
		return "cancelled_by_customer";
	if (length == 11 && memcmp(text, "unavailable", 11) == 0)
		return "cancelled_by_supplier";
	return "open";
}

static void format_time(const struct table *table, int64_t row, const char *name, char out[40])
{
	int64_t column = table_column(table, name);

	out[0] = '\0';
	if (!table_is_null(table, row, column))
		(void)cstn_time_format(table_integer(table, row, column), out, 40);
}

/* The orders that were reviewed, with what the review says, as CSV. */
static void write_joined(FILE *out, const struct table *table, const struct names *names,
		const struct reviews *reviews)
{
	(void)fputs("order_id,status,promised,delivered,damaged\n", out);
	for (int64_t row = 0; row < table->n_rows; row++) {
		char id[ID_SIZE], state[ID_SIZE], promised[40], delivered[40];
		const struct review *review;

		copy_id(id, table, row, "order_id");
		review = reviews_of(reviews, id);
		if (review == NULL)
			continue;
		copy_id(state, table, row, names->status);
		format_time(table, row, names->promised, promised);
		format_time(table, row, names->delivered, delivered);
		(void)fprintf(out, "%s,%s,%s,%s,%d\n", id,
				names == &in_file ? status_text(state, strlen(state)) : state,
				promised, delivered, review->score < 4);
	}
}

static cstn_status read_reviews(const char *folder, const struct network *network,
		struct reviews *out, cstn_error **error)
{
	static const char *const columns[] = {"event_id", "order_id", "number", "valid"};
	char path[4200];
	struct table table;
	cstn_status status;

	(void)snprintf(path, sizeof(path), "%s/olist_samples/order_reviews_first_6123.csv.gz",
			folder);
	if (network != NULL)
		status = scan_table(network, "interaction", 0, columns, 4, &table, error);
	else
		status = source_table(&(const struct source){.path = path, .schema = review_schema},
				&table, error);
	if (status != CSTN_OK)
		return status;
	status = sort_reviews(&table, network != NULL ? &in_network : &in_file, out);
	table_free(&table);
	return status;
}

static cstn_status join(const char *folder, const struct network *network, char **out_text,
		size_t *out_size, cstn_error **error)
{
	static const char *const columns[] = {"order_id", "status", "promised", "delivered"};
	char path[4200];
	struct reviews reviews = {NULL, 0};
	struct table table;
	FILE *out;
	cstn_status status = read_reviews(folder, network, &reviews, error);

	if (status != CSTN_OK)
		return status;
	(void)snprintf(path, sizeof(path), "%s/olist/olist_orders_dataset.csv.gz", folder);
	if (network != NULL)
		status = scan_table(network, "order", CSTN_SCAN_LINES, columns, 4, &table, error);
	else
		status = source_table(&(const struct source){.path = path, .schema = order_schema},
				&table, error);
	if (status == CSTN_OK) {
		out = open_memstream(out_text, out_size);
		if (out != NULL)
			write_joined(out, &table, network != NULL ? &in_network : &in_file,
					&reviews);
		if (out == NULL || fclose(out) != 0)
			status = CSTN_E_NOMEM;
		table_free(&table);
	}
	free(reviews.rows);
	return status;
}

static cstn_status trap_rates(
		struct page *page, const cstn_perfect_order_result *result, cstn_error **error)
{
	cstn_rate joint = CSTN_RATE_INIT, on_time = CSTN_RATE_INIT, condition = CSTN_RATE_INIT;
	struct chart_rate rows[4];
	static const char *const names[] = {"on time", "review of 4 or 5", "both: the true rate",
			"product of the two: wrong"};
	char note[NOTE_SIZE];
	cstn_status status =
			cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &joint, error);

	if (status == CSTN_OK)
		status = cstn_perfect_order_result_component(
				result, CSTN_GROUP_TOTAL, CSTN_COMPONENT_ON_TIME, &on_time, error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_result_component(result, CSTN_GROUP_TOTAL,
				CSTN_COMPONENT_CONDITION, &condition, error);
	if (status != CSTN_OK)
		return status;
	memset(rows, 0, sizeof(rows));
	rows[0].rate = on_time;
	rows[1].rate = condition;
	rows[2].rate = joint;
	rows[3].rate = (cstn_rate)CSTN_RATE_INIT;
	rows[3].rate.valid = CSTN_RATE_HAS_VALUE;
	rows[3].rate.value = on_time.value * condition.value;
	rows[3].hollow = 1;
	for (int i = 0; i < 4; i++) {
		rows[i].other = (double)NAN;
		(void)snprintf(rows[i].label, sizeof(rows[i].label), "%s", names[i]);
	}
	page_put(page,
			"<p>True rate <b>%.9f</b>; product of the component rates <b>%.9f</b>, "
			"%.1f "
			"points too low. The product is right only if failures strike "
			"independently; "
			"here the same orders fail both, because who waits too long complains. No "
			"call "
			"of the library returns the product: it is multiplied here to show what it "
			"does.</p>\n",
			joint.value, rows[3].rate.value,
			100.0 * (joint.value - rows[3].rate.value));
	chart_forest(page, "Component rates, their joint rate and their product",
			chapter_note(result, note), rows, 4, (double)NAN);
	return CSTN_OK;
}

/* What is left out is said. */
static void lacks_reviews(struct page *page, const char *path)
{
	printf("%s is not there: the trap of multiplied rates is left out\n", path);
	page_put(page, "<p>The review sample (olist_samples/) is not there: the chapter on "
		       "multiplying component rates is left out.</p>\n");
}

static cstn_status write_trap(struct page *page, const char *folder, const struct network *network,
		struct summary *summary, cstn_error **error)
{
	struct question question = {"components=TC supplier_cancel=exclude overdue_open=exclude",
			AS_OF, NULL, {NULL, NULL, NULL, NULL}, 0};
	struct answer answer;
	char *text = NULL;
	size_t size = 0;
	cstn_status status = join(folder, network, &text, &size, error);

	if (status == CSTN_OK) {
		struct source source = {.bytes = (const uint8_t *)text,
				.size = size,
				.schema = joined_schema};

		status = source_ask(&source, &question, &answer, error);
	}
	free(text);
	if (status != CSTN_OK)
		return status;
	page_put(page, "<h3 id=\"trap\">Trap: multiplying component rates</h3><p>The review "
		       "sample: "
		       "orders with a review, the later one where there are two. <b>A mapping of "
		       "this report, not of the data:</b> a score below 4 stands for an exception "
		       "of "
		       "condition (C). It may be about anything; what matters here is that it is a "
		       "second component, measured on the same orders as on time (T).</p>\n");
	chapter_headline(page, &answer, "on time and well reviewed");
	status = trap_rates(page, answer.result, error);
	if (status == CSTN_OK)
		status = chapter_losses(page, answer.result, "reviewed orders", error);
	chapter_levers(page, answer.result);
	summary_add(summary, "trap", "Olist review sample, on time and score 4 or 5", &answer);
	answer_free(&answer);
	return status;
}

/* --- the chapter ------------------------------------------------------------------------------ */

static cstn_status ask(const struct source *source, const char *policy, const char *by,
		struct answer *out, cstn_error **error)
{
	struct question question = {policy, AS_OF, NULL, {by, NULL, NULL, NULL}, 0};

	return source_ask(source, &question, out, error);
}

/* @param network NULL: from the files */
static cstn_status body(struct page *page, const struct source *source,
		const struct network *network, const char *folder, struct summary *summary,
		cstn_error **error)
{
	char reviews[4200];
	struct answer answer;
	int has_reviews;
	cstn_status status = ask(source, DELIVERED, "month(due)", &answer, error);

	(void)snprintf(reviews, sizeof(reviews), "%s/olist_samples/order_reviews_first_6123.csv.gz",
			folder);
	has_reviews = access(reviews, R_OK) == 0;
	if (status != CSTN_OK)
		return status;
	chapter_begin(page, "olist", "Olist: a marketplace and its promises");
	page_put(page, "<p>99,441 orders, Brazil, 2016 to 2018. One order is one line; only the "
		       "promised "
		       "day and the delivery are known, so only on time can be judged. Delivered "
		       "orders are closed, canceled ones cancelled by the customer, unavailable "
		       "ones "
		       "by the supplier, all others open. Local times are read as they "
		       "stand.</p>\n");
	chapter_headline(page, &answer, "orders on time");
	chapter_units(page, answer.result, "orders");
	summary_add(summary, "olist", "Olist, delivered orders on time by day", &answer);
	status = chapter_months(page, answer.result, "Orders on time by the month they were due");
	answer_free(&answer);
	if (status == CSTN_OK)
		status = write_denominators(page, source, error);
	if (status == CSTN_OK && has_reviews)
		status = write_trap(page, folder, network, summary, error);
	else if (status == CSTN_OK)
		lacks_reviews(page, reviews);
	chapter_end(page);
	return status;
}

cstn_status report_olist(struct page *page, struct job *job, const char *folder,
		struct summary *summary, cstn_error **error)
{
	char path[4200], reviews[4200];
	const char *files[] = {path, reviews, NULL};
	const struct plan plan = {"olist", AS_OF, files, load};
	struct source source = {.path = path, .schema = order_schema, .map = map};
	struct network *network = NULL;
	cstn_status status;

	(void)snprintf(path, sizeof(path), "%s/olist/olist_orders_dataset.csv.gz", folder);
	(void)snprintf(reviews, sizeof(reviews), "%s/olist_samples/order_reviews_first_6123.csv.gz",
			folder);
	if (access(reviews, R_OK) != 0)
		files[1] = NULL;
	if (job->direct)
		return body(page, &source, NULL, folder, summary, error);
	status = network_open(job, &plan, &network, error);
	if (status != CSTN_OK)
		return status;
	source = network_source(network, fields, NULL);
	status = body(page, &source, network, folder, summary, error);
	return network_end(network, status, error);
}
