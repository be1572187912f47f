/* From order log to service plan: the chapter, and the segments it stands on. */
#include "report_customers.h"

#include "report_chapters.h"
#include "report_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- customers -------------------------------------------------------------------------------- */

int segment_of(struct customers *customers, const char *name)
{
	size_t at = 0;

	while (at < customers->n_segments && strcmp(customers->segments[at].name, name) < 0)
		at++;
	if (at < customers->n_segments && strcmp(customers->segments[at].name, name) == 0)
		return (int)at;
	if (customers->n_segments == MOST_SEGMENTS)
		return -1;
	memmove(&customers->segments[at + 1], &customers->segments[at],
			(customers->n_segments - at) * sizeof(customers->segments[0]));
	memset(&customers->segments[at], 0, sizeof(customers->segments[at]));
	(void)snprintf(customers->segments[at].name, sizeof(customers->segments[at].name), "%s",
			name);
	customers->n_segments++;
	return (int)at;
}

static int by_id(const void *a, const void *b)
{
	const struct buyer *first = a, *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

const struct buyer *buyer_of(const struct customers *customers, int64_t id)
{
	struct buyer key = {.id = id};

	return bsearch(&key, customers->buyers, customers->n, sizeof(key), by_id);
}

static cstn_status export_customers(
		const struct customers *customers, struct ArrowArrayStream *out, cstn_error **error)
{
	return cstn_purchases_export(customers->state, CSTN_PURCHASES_TABLE_CUSTOMERS,
			customers->as_of_days, 0, out, error);
}

/* --- recency, frequency, money ---------------------------------------------------------------- */

static const struct shown cut_columns[] = {{"dimension", "dimension", SHOW_TEXT},
		{"score", "score", SHOW_COUNT}, {"low", "above", SHOW_NUMBER},
		{"high", "up to", SHOW_NUMBER}, {"customers", "customers", SHOW_COUNT},
		{NULL, NULL, 0}};
static const struct shown segment_columns[] = {{"segment", "segment", SHOW_TEXT},
		{"customers", "customers", SHOW_COUNT}, {"share", "share", SHOW_PERCENT},
		{"recency_mean", "days since the last purchase", SHOW_COUNT},
		{"frequency", "purchase days", SHOW_COUNT}, {"monetary", "revenue", SHOW_POUNDS},
		{NULL, NULL, 0}};
static const struct shown drift_columns[] = {{"dimension", "dimension", SHOW_TEXT},
		{"score", "score", SHOW_COUNT}, {"customers_then", "December to May", SHOW_COUNT},
		{"customers_now", "June to November", SHOW_COUNT},
		{"share_then", "share then", SHOW_PERCENT},
		{"share_now", "share now", SHOW_PERCENT}, {"index", "index", SHOW_FINE},
		{NULL, NULL, 0}};

/* Every score has a name here; the library brings other rules, such as "ten-segments". */
static const char rules[] = "Key accounts      | 4-5 | 4-5 | 5\n"
			    "Regulars          | 3-5 | 3-5 | *\n"
			    "Large but seldom  | 3-5 | 1-2 | 4-5\n"
			    "Small and recent  | 3-5 | 1-2 | 1-3\n"
			    "Slipping regulars | 1-2 | 3-5 | *\n"
			    "Quiet             | *   | *   | *\n";

static cstn_status heat_map(struct page *page, const cstn_rfm *model, cstn_error **error)
{
	static const char *const scores[] = {"1", "2", "3", "4", "5"};
	static const char *const often[] = {"1, seldom", "2", "3", "4", "5, often"};
	static const char *const recent[] = {"1, long ago", "2", "3", "4", "5, just now"};
	struct grid_cell cells[25];
	struct ArrowArrayStream rows;
	struct table table;
	int most = 0;
	size_t n = 0;
	cstn_status status = cstn_rfm_export(model, CSTN_RFM_TABLE_CELLS, &rows, error);

	if (status == CSTN_OK)
		status = table_read(&rows, &table);
	if (status != CSTN_OK)
		return status;
	for (int64_t row = 0; row < table.n_rows && n < 25; row++) {
		struct grid_cell *cell = &cells[n++];
		char money[NUMBER_SIZE], count[NUMBER_SIZE];
		double mean = number_at(&table, row, table_column(&table, "monetary_mean"));

		cell->x = (int)table_integer(&table, row, table_column(&table, "r")) - 1;
		cell->y = (int)table_integer(&table, row, table_column(&table, "f")) - 1;
		cell->value = mean;
		(void)format_count(table_integer(&table, row, table_column(&table, "customers")),
				count);
		(void)snprintf(cell->text, sizeof(cell->text), "%s", count);
		(void)snprintf(cell->says, sizeof(cell->says), "%s customers, %s each", count,
				format_pence((int64_t)llround(100.0 * mean), money));
		most = cell->y > most ? cell->y : most;
	}
	table_free(&table);
	chart_grid(page, "Customers by recency and frequency",
			"the number says how many customers; the darker, the more revenue each has "
			"brought",
			"recency score", "frequency score", recent, 5, most == 4 ? often : scores,
			most + 1, cells, n);
	return CSTN_OK;
}

/* Each buyer, with the segment of his scores. */
static cstn_status name_buyers(
		const cstn_rfm *model, struct customers *customers, cstn_error **error)
{
	struct ArrowArrayStream rows, scored;
	struct table table;
	char name[40];
	cstn_status status = export_customers(customers, &rows, error);

	if (status == CSTN_OK)
		status = cstn_rfm_predict(model, &rows, NULL, &scored, NULL, error);
	if (status == CSTN_OK)
		status = table_read(&scored, &table);
	if (status != CSTN_OK)
		return status;
	customers->n = (size_t)table.n_rows;
	customers->buyers = calloc(customers->n + 1, sizeof(*customers->buyers));
	/* Names first, in their order: numbers of segments do not move then. */
	for (int64_t row = 0; row < table.n_rows; row++)
		(void)segment_of(customers, text_at(&table, row, table_column(&table, "segment"),
							    name, sizeof(name)));
	for (int64_t row = 0; customers->buyers != NULL && row < table.n_rows; row++) {
		struct buyer *buyer = &customers->buyers[row];

		buyer->id = table_integer(&table, row, table_column(&table, "customer"));
		buyer->segment = segment_of(
				customers, text_at(&table, row, table_column(&table, "segment"),
							   name, sizeof(name)));
		if (buyer->segment < 0)
			buyer->segment = 0;
		customers->segments[buyer->segment].customers++;
	}
	table_free(&table);
	return customers->buyers != NULL ? CSTN_OK : CSTN_E_NOMEM;
}

/* The cuts of one half year, the customers of the next. */
static cstn_status drift(struct page *page, const struct customers *customers, cstn_error **error)
{
	const int32_t days[] = {day_of(2010, 12, 1), day_of(2011, 6, 1), day_of(2011, 12, 1)};
	cstn_purchases *halves[2] = {NULL, NULL};
	struct ArrowArrayStream rows[2], moved;
	cstn_rfm *model = NULL;
	struct table table;
	cstn_status status = CSTN_OK;

	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		status = log_purchases(
				&customers->log, days[i], days[i + 1] - 1, &halves[i], error);
		if (status == CSTN_OK)
			status = cstn_purchases_export(halves[i], CSTN_PURCHASES_TABLE_CUSTOMERS,
					days[i + 1], 0, &rows[i], error);
		if (status == CSTN_OK && i == 0)
			status = cstn_rfm_fit(&rows[0], NULL, NULL, &model, NULL, error);
	}
	if (status == CSTN_OK)
		status = cstn_rfm_drift(model, &rows[1], NULL, &moved, NULL, error);
	if (status == CSTN_OK)
		status = table_read(&moved, &table);
	cstn_rfm_unref(model);
	cstn_purchases_free(halves[0]);
	cstn_purchases_free(halves[1]);
	if (status != CSTN_OK)
		return status;
	page_put(page, "<p><b>Do last season's cuts still hold?</b> Cuts that stay let this "
		       "month be compared with last month. Made from the purchases of December to "
		       "May and applied to those of June to November, the index says how far "
		       "customers have moved, from 0; beyond 0.25 it is time for new "
		       "cuts.</p>\n<ul>");
	for (int64_t row = 0; row < table.n_rows; row++) {
		char name[40];

		if (table_integer(&table, row, table_column(&table, "score")) != 1)
			continue;
		page_put(page, "<li>%s: index %.3f</li>",
				text_at(&table, row, table_column(&table, "dimension"), name,
						sizeof(name)),
				number_at(&table, row, table_column(&table, "index")));
	}
	page_put(page, "</ul>\n");
	show_table(page, &table, "Scores then and now", drift_columns, 1);
	table_free(&table);
	return CSTN_OK;
}

cstn_status report_rfm(struct page *page, struct customers *customers, cstn_error **error)
{
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	struct ArrowArrayStream rows, cuts, segments;
	cstn_rfm *model = NULL;
	cstn_status status = export_customers(customers, &rows, error);

	options.rules = rules;
	if (status == CSTN_OK)
		status = cstn_rfm_fit(&rows, &options, NULL, &model, NULL, error);
	if (status != CSTN_OK)
		return status;
	page_put(page,
			"<h3>2. Who buys: recency, frequency, money</h3><p>Each customer gets a "
			"score from 1 to 5 for how recently, how often and for how much they have "
			"bought: a fifth of all customers each, where there are not too many "
			"equals. "
			"Rules in plain text turn the scores into names; the first that fits "
			"counts "
			"(recency, frequency, money):</p><pre><code>%s</code></pre>\n",
			rules);
	status = heat_map(page, model, error);
	if (status == CSTN_OK)
		status = cstn_rfm_export(model, CSTN_RFM_TABLE_SEGMENTS, &segments, error);
	if (status == CSTN_OK)
		status = show_stream(page, &segments, "Segments", segment_columns, 0);
	if (status == CSTN_OK)
		status = cstn_rfm_export(model, CSTN_RFM_TABLE_CUTS, &cuts, error);
	if (status == CSTN_OK)
		status = show_stream(page, &cuts, "The cuts: days, purchase days, pounds",
				cut_columns, 1);
	if (status == CSTN_OK)
		status = name_buyers(model, customers, error);
	if (status == CSTN_OK)
		status = drift(page, customers, error);
	cstn_rfm_unref(model);
	return status;
}

/* --- clusters --------------------------------------------------------------------------------- */

static const char *const features[] = {"recency", "frequency", "mean_value"};
static const uint32_t transforms[] = {CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_Z,
		CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_Z, CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_Z};
static const struct shown choice_columns[] = {{"k", "groups", SHOW_COUNT},
		{"silhouette", "silhouette", SHOW_FINE},
		{"davies_bouldin", "Davies-Bouldin", SHOW_FINE},
		{"smallest_share", "smallest group", SHOW_PERCENT},
		{"inertia", "inertia", SHOW_COUNT}, {NULL, NULL, 0}};
static const struct shown cluster_columns[] = {{"label", "group", SHOW_COUNT},
		{"rows", "customers", SHOW_COUNT},
		{"recency", "days since the last purchase", SHOW_NUMBER},
		{"frequency", "purchase days", SHOW_NUMBER},
		{"mean_value", "pounds a purchase day", SHOW_NUMBER}, {NULL, NULL, 0}};

cstn_status report_clusters(
		struct page *page, const struct customers *customers, cstn_error **error)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream rows, answer;
	cstn_kmeans *model = NULL;
	double left_out = 0.0;
	cstn_status status = export_customers(customers, &rows, error);

	options.flags = CSTN_KMEANS_SKIP_BAD;
	options.transforms = transforms;
	page_put(page, "<h3>3. Groups without rules: k-means</h3><p>The same customers, grouped by "
		       "nothing but their distance in recency, frequency and mean value "
		       "(logarithms, scaled). The same rows give the same groups on every machine, "
		       "to the last bit.</p>\n");
	if (status == CSTN_OK)
		status = cstn_kmeans_choose(
				&rows, features, 3, 2, 8, &options, NULL, &answer, NULL, error);
	if (status == CSTN_OK)
		status = show_stream(page, &answer, "How many groups?", choice_columns, 0);
	page_put(page, "<p>Two groups stand apart best, but are too few to plan by; four are about "
		       "as "
		       "well separated as five to eight. The plan below keeps to the named "
		       "segments, which "
		       "a planner can explain.</p>\n");
	if (status == CSTN_OK)
		status = export_customers(customers, &rows, error);
	if (status == CSTN_OK)
		status = cstn_kmeans_fit(
				&rows, features, 3, 4, &options, NULL, &model, NULL, error);
	if (status == CSTN_OK)
		status = cstn_kmeans_export(model, CSTN_KMEANS_TABLE_CLUSTERS, &answer, error);
	if (status == CSTN_OK)
		status = show_stream(
				page, &answer, "Four groups and their centres", cluster_columns, 0);
	if (status == CSTN_OK)
		status = cstn_kmeans_get_param(model, "left_out", &left_out, error);
	if (status == CSTN_OK)
		page_put(page,
				"<p class=\"soft\">%.0f customers whose returns outweigh what they "
				"bought are in no group.</p>\n",
				left_out);
	cstn_kmeans_unref(model);
	return status;
}

/* --- the log ---------------------------------------------------------------------------------- */

static void fact(struct page *page, const char *what, int64_t counted, int64_t known)
{
	page_row_begin(page);
	page_cell(page, what);
	page_cell_count(page, counted);
	if (known != 0)
		page_cell_count(page, known);
	else
		page_put(page, "<td class=\"n\"></td>");
	page_row_end(page);
}

static cstn_status about_log(
		struct page *page, const struct customers *customers, cstn_error **error)
{
	const struct order_log *log = &customers->log;
	int64_t back = 0, named = 0, last = INT64_MIN, counts[5] = {0, 0, 0, 0, 0};
	struct ArrowArrayStream rows;
	struct table table;
	cstn_status status = cstn_purchases_export(customers->state, CSTN_PURCHASES_TABLE_COUNTS,
			customers->as_of_days, 0, &rows, error);

	if (status == CSTN_OK)
		status = table_read(&rows, &table);
	if (status != CSTN_OK)
		return status;
	for (int64_t row = 0; row < table.n_rows && row < 5; row++)
		counts[row] = table_integer(&table, row, table_column(&table, "n"));
	table_free(&table);
	for (size_t i = 0; i < log->n; i++) {
		back += log->entries[i].quantity < 0;
		named += log->entries[i].customer != last;
		last = log->entries[i].customer;
	}
	page_table_begin(page, "What the log holds", "what|counted here|published", 1, 0);
	fact(page, "lines", log->rows, 541909);
	fact(page, "lines that name a customer", log->rows_with_customer, 406829);
	fact(page, "customers named", named, 4372);
	fact(page, "customers who bought anything", counts[0], 0);
	fact(page, "customers with nothing but returns", counts[3], 0);
	fact(page, "purchase days (a customer, a day)", counts[4], 0);
	fact(page, "invoices that name a customer", (int64_t)log->n - back, 0);
	fact(page, "credit notes that name a customer", back, 0);
	page_table_end(page);
	return CSTN_OK;
}

static cstn_status body(struct page *page, struct customers *customers, const char *cdnow,
		struct summary *summary, cstn_error **error)
{
	cstn_status status;

	chapter_begin(page, "customers", "From order log to service plan");
	page_put(page, "<p>A year of invoices says who buys, how often and for how much. This "
		       "chapter turns it into what planners set: service level, allocation tier, "
		       "services. Online Retail (UCI) is a British gift shop that sells to "
		       "wholesalers, December 2010 to December 2011; CDNOW, the classic log of "
		       "repeat purchases, checks the models against published numbers.</p>\n"
		       "<h3>1. The order log</h3>\n");
	status = about_log(page, customers, error);
	if (status == CSTN_OK)
		status = report_rfm(page, customers, error);
	if (status == CSTN_OK)
		status = report_clusters(page, customers, error);
	if (status == CSTN_OK)
		status = report_cdnow(page, cdnow, error);
	if (status == CSTN_OK)
		status = report_value(page, customers, error);
	if (status == CSTN_OK)
		status = report_stay(page, customers, error);
	if (status == CSTN_OK)
		status = report_service(page, customers, summary->plan, error);
	summary->customers = (int64_t)customers->n;
	for (size_t i = 0; i < customers->n_segments; i++)
		summary->segments += customers->segments[i].customers > 0;
	chapter_end(page);
	return status;
}

cstn_status report_customers(struct page *page, struct job *job, const char *folder,
		struct summary *summary, cstn_error **error)
{
	char path[4200], cdnow[4200];
	struct customers customers;
	cstn_status status;

	(void)job;
	memset(&customers, 0, sizeof(customers));
	(void)snprintf(path, sizeof(path), "%s/online_retail/online_retail_541909.csv.gz", folder);
	(void)snprintf(cdnow, sizeof(cdnow), "%s/cdnow/btyd_cdnowElog.csv.gz", folder);
	customers.as_of_days = day_of(2011, 12, 10);
	status = log_read_retail(path, &customers.log, error);
	if (status == CSTN_OK)
		status = log_purchases(&customers.log, day_of(2010, 12, 1),
				customers.as_of_days - 1, &customers.state, error);
	if (status == CSTN_OK)
		status = body(page, &customers, cdnow, summary, error);
	free(customers.buyers);
	cstn_purchases_free(customers.state);
	log_free(&customers.log);
	return status;
}
