/* The chapter of the sample network: all four components, causes, levers, and Simpson's trap. */
#include "report_chapters.h"

#include "report_table.h"
#include "sample_network.h"

#include <math.h>
#include <string.h>

/* --- into a network --------------------------------------------------------------------------- */

static const struct source_map customers[] = {{MAP_COLUMN, "partner_id", "id", NULL},
		{MAP_CONSTANT, "role", NULL, "customer"}, {0, NULL, NULL, NULL}};
static const struct source_map carriers[] = {{MAP_COLUMN, "partner_id", "id", NULL},
		{MAP_CONSTANT, "role", NULL, "carrier"}, {0, NULL, NULL, NULL}};
/* The file names no product and no seller: one of each stands for all. */
static const struct source_map orders[] = {{MAP_COLUMN, "buyer", "customer", NULL},
		{MAP_CONSTANT, "seller", NULL, "hub"}, {MAP_CONSTANT, "item_id", NULL, "goods"},
		{MAP_COLUMN, "attributes.distance", "distance", NULL}, {0, NULL, NULL, NULL}};

static cstn_status load(struct network *network, const struct plan *plan, cstn_error **error)
{
	const char *const hub[] = {
			"partner_id", "hub", "role", "supplier", "recorded", plan->as_of, NULL};
	const char *const goods[] = {
			"item_id", "goods", "unit", "C62", "recorded", plan->as_of, NULL};
	struct source source = {.path = plan->files[0], .schema = sample_network_schema};
	cstn_status status = network_put(network, "partner", hub, error);

	if (status == CSTN_OK)
		status = network_put(network, "item", goods, error);
	source.map = customers;
	if (status == CSTN_OK)
		status = network_import_distinct(network, "partner", &source, "customer",
				"customer", plan->as_of, error);
	source.map = carriers;
	if (status == CSTN_OK)
		status = network_import_distinct(network, "partner", &source, "carrier", "carrier",
				plan->as_of, error);
	source.map = orders;
	if (status == CSTN_OK)
		status = network_import(network, "order", &source, plan->as_of, error);
	return status;
}

/* What the file gives of the fields of an order. */
static const char *const fields[] = {"order_id", "line_number", "ordered", "promised", "delivered",
		"qty", "qty_delivered", "status", "damaged", "documents_bad", "customer_fault",
		"late_cause", "late_owner", "short_cause", "short_owner", "documents_cause",
		"documents_owner", "condition_cause", "condition_owner", NULL};
static const struct source_map dimensions[] = {{MAP_COLUMN, "customer", "buyer", NULL},
		{MAP_COLUMN, "distance", "attributes.distance", NULL}, {0, NULL, NULL, NULL}};

/* --- the chapter ------------------------------------------------------------------------------ */

static cstn_status ask(const struct source *source, const char *first, const char *second,
		struct answer *out, cstn_error **error)
{
	struct question question = {
			NULL, SAMPLE_NETWORK_AS_OF, NULL, {first, second, NULL, NULL}, 0};

	return source_ask(source, &question, out, error);
}

static cstn_status by_group(struct page *page, const struct source *source, const char *dimension,
		const char *title, cstn_error **error)
{
	struct answer answer;
	cstn_status status = ask(source, dimension, NULL, &answer, error);

	if (status != CSTN_OK)
		return status;
	if (strcmp(dimension, "month(due)") == 0)
		status = chapter_months(page, answer.result, title);
	else
		status = chapter_groups(page, answer.result, title, dimension, 30, error);
	answer_free(&answer);
	return status;
}

/* Rates of one carrier near and far, by the keys of the groups. */
static void strata_cells(struct page *page, const cstn_perfect_order_result *result,
		const char *carrier, size_t length)
{
	static const char *const strata[] = {"near", "far"};

	for (int s = 0; s < 2; s++) {
		cstn_rate rate = CSTN_RATE_INIT;
		char text[120], value[NUMBER_SIZE], k[NUMBER_SIZE], n[NUMBER_SIZE];

		for (size_t i = 0; i < cstn_perfect_order_result_count(result); i++) {
			const char *name = cstn_perfect_order_result_key(result, i, 0);
			const char *stratum = cstn_perfect_order_result_key(result, i, 1);

			if (name != NULL && stratum != NULL && strlen(name) == length &&
					memcmp(name, carrier, length) == 0 &&
					strcmp(stratum, strata[s]) == 0 &&
					cstn_perfect_order_result_rate(result, i, &rate, NULL) !=
							CSTN_OK)
				rate.valid = 0;
		}
		(void)snprintf(text, sizeof(text), "%s (%s of %s)",
				format_percent((rate.valid & CSTN_RATE_HAS_VALUE) ? rate.value
										  : (double)NAN,
						value),
				format_count(rate.numerator, k), format_count(rate.denominator, n));
		page_put(page, "<td class=\"n\">%s</td>", text);
	}
}

static void standardised(struct page *page, const cstn_perfect_order_result *result,
		const struct table *table)
{
	struct chart_rate rows[8];
	char note[NOTE_SIZE];
	size_t n = 0;

	memset(rows, 0, sizeof(rows));
	page_table_begin(page, "Carriers near, far and together",
			"carrier|near|far|raw, together|standardised|interval", 1, 0);
	for (int64_t i = 0; i < table->n_rows && n < 8; i++) {
		size_t length;
		const char *carrier = table_text(table, i, 0, &length);
		struct chart_rate *row = &rows[n++];

		(void)snprintf(row->label, sizeof(row->label), "%.*s", (int)length, carrier);
		row->rate = (cstn_rate)CSTN_RATE_INIT;
		row->rate.valid = CSTN_RATE_HAS_VALUE | CSTN_RATE_HAS_INTERVAL;
		row->rate.value = table_double(table, i, table_column(table, "rate"));
		row->rate.low = table_double(table, i, table_column(table, "low"));
		row->rate.high = table_double(table, i, table_column(table, "high"));
		row->other = table_double(table, i, table_column(table, "raw_rate"));
		page_row_begin(page);
		page_cell(page, row->label);
		strata_cells(page, result, carrier, length);
		page_cell_percent(page, row->other);
		page_cell_rate(page, &row->rate);
		page_cell_interval(page, &row->rate);
		page_row_end(page);
	}
	page_table_end(page);
	chart_forest(page, "Carriers with the same mix of near and far", chapter_note(result, note),
			rows, n, (double)NAN);
	page_put(page, "<p class=\"soft\">Green: standardised rate with its interval. Blue ring: "
		       "raw "
		       "rate. Where the ring stands left of the dot, the carrier was given more of "
		       "the hard work.</p>\n");
}

static cstn_status simpson(struct page *page, const struct source *source, cstn_error **error)
{
	struct answer answer;
	struct ArrowArrayStream stream;
	struct table table;
	cstn_status status = ask(source, "carrier", "distance", &answer, error);

	if (status != CSTN_OK)
		return status;
	page_put(page, "<h3>Trap: who drives far looks bad</h3><p>Alba Freight beats Borea Lines "
		       "on "
		       "near lanes and on far lanes, and loses when both are added up, because it "
		       "drives mostly far (Simpson's trap). Standardised rates give every carrier "
		       "the same mix of lanes.</p>\n");
	status = cstn_perfect_order_standardise(answer.result, 0, 1, NULL, &stream, error);
	if (status == CSTN_OK)
		status = table_read(&stream, &table);
	if (status == CSTN_OK) {
		standardised(page, answer.result, &table);
		table_free(&table);
	}
	answer_free(&answer);
	return status;
}

static cstn_status body(struct page *page, const struct source *source, struct summary *summary,
		cstn_error **error)
{
	struct answer answer;
	cstn_status status = ask(source, NULL, NULL, &answer, error);

	if (status != CSTN_OK)
		return status;
	chapter_begin(page, "sample", "The sample network: four components, causes, levers");
	page_put(page, "<p>Twelve customers, four carriers, six lanes, 24 months: generated, the "
		       "same on every machine, and the only data here with all four components and "
		       "with causes. Default policy: a perfect order is on time, in full, with its "
		       "documents and undamaged, in all its lines.</p>\n");
	chapter_headline(page, &answer, "perfect orders");
	chapter_units(page, answer.result, "orders");
	status = chapter_losses(page, answer.result, "orders", error);
	chapter_levers(page, answer.result);
	summary_add(summary, "sample", "Sample network, perfect orders (T, F, D, C)", &answer);
	answer_free(&answer);
	if (status == CSTN_OK)
		status = by_group(page, source, "month(due)",
				"Perfect orders by the month they were due", error);
	if (status == CSTN_OK)
		status = by_group(page, source, "customer", "Perfect orders by customer", error);
	if (status == CSTN_OK)
		status = by_group(page, source, "lane", "Perfect orders by lane", error);
	if (status == CSTN_OK)
		status = simpson(page, source, error);
	chapter_end(page);
	return status;
}

cstn_status report_sample(struct page *page, struct job *job, const char *path,
		struct summary *summary, cstn_error **error)
{
	const char *const files[] = {path, NULL};
	const struct plan plan = {"sample", SAMPLE_NETWORK_AS_OF, files, load};
	const struct network_chapter chapter = {&plan, fields, dimensions, body};
	const struct source source = {.path = path, .schema = sample_network_schema};

	return network_write_chapter(page, job, &chapter, &source, summary, error);
}
