/* Olist: 99,441 orders of a Brazilian marketplace; one file, many rates. */
#include "report_chapters.h"

#include "report_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char order_schema[] = "order_id text\n"
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

/* --- the product-of-rates trap ---------------------------------------------------------------- */

static const char review_schema[] = "review_id text\n"
				    "order_id text\n"
				    "review_score int32\n"
				    "review_answer_timestamp timestamp zone=utc\n";

static const char joined_schema[] = "order_id text\n"
				    "status text\n"
				    "promised timestamp null\n"
				    "delivered timestamp null\n"
				    "damaged flag\n";

#define ID_SIZE 33

struct review {
	char order[ID_SIZE], id[ID_SIZE];
	int64_t answered_us;
	int64_t score;
};

static void copy_id(char out[ID_SIZE], const char *text, size_t length)
{
	(void)snprintf(out, ID_SIZE, "%.*s", (int)length, text);
}

/* By order; of two reviews of an order the one to keep comes first. */
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

static int by_key(const void *key, const void *element)
{
	return strcmp(key, ((const struct review *)element)->order);
}

static cstn_status read_table(const struct source *source, struct table *out, cstn_error **error)
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

/* One review an order, sorted by order. @param out free() */
static cstn_status read_reviews(
		const char *path, struct review **out, size_t *out_n, cstn_error **error)
{
	struct source source = {path, NULL, 0, review_schema, NULL};
	struct table table;
	struct review *reviews;
	size_t n = 0, kept = 0, length;
	cstn_status status = read_table(&source, &table, error);

	if (status != CSTN_OK)
		return status;
	reviews = calloc((size_t)table.n_rows + 1, sizeof(*reviews));
	for (int64_t row = 0; reviews != NULL && row < table.n_rows; row++) {
		const char *text = table_text(&table, row, 0, &length);

		copy_id(reviews[n].id, text, length);
		text = table_text(&table, row, 1, &length);
		copy_id(reviews[n].order, text, length);
		reviews[n].score = table_integer(&table, row, 2);
		reviews[n++].answered_us = table_integer(&table, row, 3);
	}
	table_free(&table);
	if (reviews == NULL)
		return CSTN_E_NOMEM;
	qsort(reviews, n, sizeof(*reviews), by_order);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(reviews[kept - 1].order, reviews[i].order) != 0)
			reviews[kept++] = reviews[i];
	*out = reviews;
	*out_n = kept;
	return CSTN_OK;
}

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

/* The orders that were reviewed, with what the review says, as CSV. */
static void write_joined(FILE *out, const struct table *orders, const struct review *reviews,
		size_t n_reviews)
{
	(void)fputs("order_id,status,promised,delivered,damaged\n", out);
	for (int64_t row = 0; row < orders->n_rows; row++) {
		size_t length, status_length;
		const char *text = table_text(orders, row, 0, &length);
		const char *status = table_text(orders, row, 1, &status_length);
		const struct review *review;
		char id[ID_SIZE], promised[40] = "", delivered[40] = "";

		copy_id(id, text, length);
		review = bsearch(id, reviews, n_reviews, sizeof(*reviews), by_key);
		if (review == NULL)
			continue;
		if (!table_is_null(orders, row, 5))
			(void)cstn_time_format(
					table_integer(orders, row, 5), promised, sizeof(promised));
		if (!table_is_null(orders, row, 4))
			(void)cstn_time_format(table_integer(orders, row, 4), delivered,
					sizeof(delivered));
		(void)fprintf(out, "%s,%s,%s,%s,%d\n", id, status_text(status, status_length),
				promised, delivered, review->score < 4);
	}
}

static cstn_status join(const char *folder, char **out_text, size_t *out_size, cstn_error **error)
{
	char path[4200];
	struct source orders = {path, NULL, 0, order_schema, NULL};
	struct table table;
	struct review *reviews = NULL;
	size_t n = 0;
	FILE *out;
	cstn_status status;

	(void)snprintf(path, sizeof(path), "%s/olist_samples/order_reviews_first_6123.csv.gz",
			folder);
	status = read_reviews(path, &reviews, &n, error);
	if (status != CSTN_OK)
		return status;
	(void)snprintf(path, sizeof(path), "%s/olist/olist_orders_dataset.csv.gz", folder);
	status = read_table(&orders, &table, error);
	if (status == CSTN_OK) {
		out = open_memstream(out_text, out_size);
		if (out != NULL) {
			write_joined(out, &table, reviews, n);
			status = fclose(out) == 0 ? CSTN_OK : CSTN_E_NOMEM;
		} else {
			status = CSTN_E_NOMEM;
		}
		table_free(&table);
	}
	free(reviews);
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

/* Does the review sample lie beside the orders? What is left out is said. */
static int has_reviews(struct page *page, const char *folder)
{
	char path[4200];

	(void)snprintf(path, sizeof(path), "%s/olist_samples/order_reviews_first_6123.csv.gz",
			folder);
	if (access(path, R_OK) == 0)
		return 1;
	printf("%s is not there: the trap of multiplied rates is left out\n", path);
	page_put(page, "<p>The review sample (olist_samples/) is not there: the chapter on "
		       "multiplying component rates is left out.</p>\n");
	return 0;
}

static cstn_status write_trap(
		struct page *page, const char *folder, struct summary *summary, cstn_error **error)
{
	struct question question = {"components=TC supplier_cancel=exclude overdue_open=exclude",
			AS_OF, NULL, {NULL, NULL, NULL, NULL}, 0};
	struct answer answer;
	char *text = NULL;
	size_t size = 0;
	cstn_status status = join(folder, &text, &size, error);

	if (status == CSTN_OK) {
		struct source source = {NULL, (const uint8_t *)text, size, joined_schema, NULL};

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

cstn_status report_olist(
		struct page *page, const char *folder, struct summary *summary, cstn_error **error)
{
	char path[4200];
	struct source source = {path, NULL, 0, order_schema, map};
	struct answer answer;
	cstn_status status;

	(void)snprintf(path, sizeof(path), "%s/olist/olist_orders_dataset.csv.gz", folder);
	status = ask(&source, DELIVERED, "month(due)", &answer, error);
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
		status = write_denominators(page, &source, error);
	if (status == CSTN_OK && has_reviews(page, folder))
		status = write_trap(page, folder, summary, error);
	chapter_end(page);
	return status;
}
