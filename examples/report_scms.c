/* SCMS: medicines and tests bought for 43 countries. What suppliers deliver, line by line. */
#include "report_chapters.h"

#include <math.h>
#include <string.h>

static const char schema[] = "ID int32\n"
			     "\"ASN/DN #\" text\n"
			     "Country text\n"
			     "\"Fulfill Via\" text\n"
			     "\"Shipment Mode\" text\n"
			     "Vendor text\n"
			     "\"Scheduled Delivery Date\" date form=DD-Mon-YY\n"
			     "\"Delivered to Client Date\" date form=DD-Mon-YY\n"
			     "\"Delivery Recorded Date\" date form=DD-Mon-YY\n"
			     "\"Product Group\" text\n"
			     "\"Line Item Quantity\" int64\n";

/* One vendor's name has 65 bytes; the id of a partner has at most 64. */
#define LONG_NAME "MERCK SHARP & DOHME IDEA GMBH (FORMALLY MERCK SHARP & DOHME B.V.)"
#define SHORT_NAME "MERCK SHARP & DOHME IDEA GMBH"

/* Lines of one delivery note travelled together: they are one cluster for the interval. */
static const struct source_map map[] = {
		{MAP_COLUMN, "order_id", "ASN/DN #", NULL},
		{MAP_COLUMN, "promised", "Scheduled Delivery Date", NULL},
		{MAP_COLUMN, "delivered", "Delivered to Client Date", NULL},
		{MAP_COLUMN, "recorded", "Delivery Recorded Date", NULL},
		{MAP_COLUMN, "mode", "Shipment Mode", NULL},
		{MAP_COLUMN, "vendor", "Vendor", NULL},
		{MAP_VALUE, "vendor", LONG_NAME, SHORT_NAME},
		{MAP_COLUMN, "country", "Country", NULL},
		{MAP_COLUMN, "via", "Fulfill Via", NULL},
		{0, NULL, NULL, NULL},
};

#define POLICY "direction=inbound level=line components=T"
#define AS_OF "2016-01-01T00:00:00Z"

/* --- into a network --------------------------------------------------------------------------- */

static const struct source_map vendors[] = {{MAP_COLUMN, "partner_id", "id", NULL},
		{MAP_VALUE, "partner_id", LONG_NAME, SHORT_NAME},
		{MAP_CONSTANT, "role", NULL, "supplier"}, {0, NULL, NULL, NULL}};
/* The programme of each country buys. */
static const struct source_map countries[] = {{MAP_COLUMN, "partner_id", "id", NULL},
		{MAP_CONSTANT, "role", NULL, "customer"}, {0, NULL, NULL, NULL}};
/* Descriptions of products are longer than an id: items are the five groups. */
static const struct source_map items[] = {
		{MAP_COLUMN, "item_id", "id", NULL}, {0, NULL, NULL, NULL}};
/* The day of the order was not captured for half of the lines: the first day of the file stands
 * in, and no figure reads it. */
static const struct source_map orders[] = {{MAP_COLUMN, "order_id", "ASN/DN #", NULL},
		{MAP_COLUMN, "line_number", "ID", NULL}, {MAP_COLUMN, "seller", "Vendor", NULL},
		{MAP_VALUE, "seller", LONG_NAME, SHORT_NAME},
		{MAP_COLUMN, "buyer", "Country", NULL},
		{MAP_CONSTANT, "ordered", NULL, "2006-05-02"},
		{MAP_COLUMN, "item_id", "Product Group", NULL},
		{MAP_COLUMN, "item_group", "Product Group", NULL},
		{MAP_COLUMN, "qty", "Line Item Quantity", NULL},
		{MAP_COLUMN, "promised", "Scheduled Delivery Date", NULL},
		{MAP_COLUMN, "delivered", "Delivered to Client Date", NULL},
		{MAP_COLUMN, "recorded", "Delivery Recorded Date", NULL},
		{MAP_COLUMN, "attributes.mode", "Shipment Mode", NULL},
		{MAP_COLUMN, "attributes.via", "Fulfill Via", NULL}, {0, NULL, NULL, NULL}};

static cstn_status load(struct network *network, const struct plan *plan, cstn_error **error)
{
	static const struct {
		const char *noun, *column, *name;
		const struct source_map *map;
	} names[] = {{"partner", "Vendor", "Vendor", vendors},
			{"partner", "Country", "Country", countries},
			{"item", "Product Group", NULL, items}};
	struct source source = {.path = plan->files[0], .schema = schema};
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && status == CSTN_OK; i++) {
		source.map = names[i].map;
		status = network_import_distinct(network, names[i].noun, &source, names[i].column,
				names[i].name, plan->as_of, error);
	}
	source.map = orders;
	if (status == CSTN_OK)
		status = network_import(network, "order", &source, plan->as_of, error);
	return status;
}

static const char *const fields[] = {"order_id", "promised", "delivered", "recorded", NULL};
static const struct source_map dimensions[] = {{MAP_COLUMN, "vendor", "seller", NULL},
		{MAP_COLUMN, "country", "buyer", NULL},
		{MAP_COLUMN, "mode", "attributes.mode", NULL},
		{MAP_COLUMN, "via", "attributes.via", NULL}, {0, NULL, NULL, NULL}};

/* --- the chapter ------------------------------------------------------------------------------ */

static cstn_status ask(const struct source *source, const char *policy, const char *by,
		struct answer *out, cstn_error **error)
{
	struct question question = {policy, AS_OF, NULL, {by, NULL, NULL, NULL}, 0};

	return source_ask(source, &question, out, error);
}

static cstn_status group(struct page *page, const struct source *source, const char *by,
		const char *title, int64_t min_units, cstn_error **error)
{
	struct answer answer;
	cstn_status status = ask(source, POLICY, by, &answer, error);

	if (status != CSTN_OK)
		return status;
	if (strcmp(by, "month(due)") == 0)
		status = chapter_months(page, answer.result, title);
	else
		status = chapter_groups(page, answer.result, title, by, min_units, error);
	answer_free(&answer);
	return status;
}

/* The same lines, with the day of delivery and with the day it was entered into the books. */
static cstn_status recorded(struct page *page, const struct source *source, cstn_error **error)
{
	static const char *const policies[2] = {POLICY, POLICY " actual_basis=recorded"};
	static const char *const names[2] = {"delivered to client", "recorded in the books"};
	struct chart_rate rows[2];
	struct answer answer;
	char note[NOTE_SIZE], first[NOTE_SIZE] = "";

	memset(rows, 0, sizeof(rows));
	for (int i = 0; i < 2; i++) {
		cstn_status status = ask(source, policies[i], NULL, &answer, error);

		if (status != CSTN_OK)
			return status;
		rows[i].rate = (cstn_rate)CSTN_RATE_INIT;
		rows[i].other = (double)NAN;
		(void)snprintf(rows[i].label, sizeof(rows[i].label), "%s", names[i]);
		status = cstn_perfect_order_result_rate(
				answer.result, CSTN_GROUP_TOTAL, &rows[i].rate, error);
		(void)chapter_note(answer.result, i == 0 ? first : note);
		answer_free(&answer);
		if (status != CSTN_OK)
			return status;
	}
	page_put(page,
			"<h3>Which date is read changes the rate</h3><p>The files hold the day of "
			"delivery and the day on which somebody recorded it. Reading the second "
			"moves "
			"the rate by %.1f points, and measures the diligence of the office.</p>\n",
			100.0 * (rows[0].rate.value - rows[1].rate.value));
	page_put(page, "<p class=\"soft\">delivered: %s<br>recorded: %s</p>\n", first, note);
	chart_forest(page, "On time by the date that is read", "two policies, the same lines", rows,
			2, (double)NAN);
	return CSTN_OK;
}

static cstn_status body(struct page *page, const struct source *source, struct summary *summary,
		cstn_error **error)
{
	struct answer answer;
	cstn_status status = ask(source, POLICY, NULL, &answer, error);

	if (status != CSTN_OK)
		return status;
	chapter_begin(page, "scms", "SCMS: what suppliers deliver, by line");
	page_put(page, "<p>HIV medicines and tests for 43 countries, 2006 to 2015 (USAID). "
		       "Inbound, "
		       "counted by line, on time alone: the file has no delivered quantity, no "
		       "documents and no condition, so that in full cannot be said.</p>\n");
	chapter_headline(page, &answer, "lines on time");
	chapter_units(page, answer.result, "lines");
	summary_add(summary, "scms", "SCMS deliveries, lines on time (inbound)", &answer);
	answer_free(&answer);
	status = group(page, source, "month(due)", "Lines on time by the month they were due", 0,
			error);
	if (status == CSTN_OK)
		status = group(page, source, "vendor", "Vendors (30 lines or more)", 30, error);
	if (status == CSTN_OK)
		status = group(page, source, "mode",
				"Shipment modes; \"N/A\" is a group of its own", 1, error);
	if (status == CSTN_OK)
		status = group(page, source, "country", "Country lanes (30 lines or more)", 30,
				error);
	if (status == CSTN_OK)
		status = group(page, source, "via", "From the regional warehouse or straight", 1,
				error);
	if (status == CSTN_OK)
		status = recorded(page, source, error);
	chapter_end(page);
	return status;
}

cstn_status report_scms(struct page *page, struct job *job, const char *folder,
		struct summary *summary, cstn_error **error)
{
	char path[4200];
	const char *const files[] = {path, NULL};
	const struct plan plan = {"scms_delivery_history", AS_OF, files, load};
	const struct network_chapter chapter = {&plan, fields, dimensions, body};
	const struct source source = {.path = path, .schema = schema, .map = map};

	(void)snprintf(path, sizeof(path),
			"%s/scms_delivery_history/SCMS_Delivery_History_Dataset.csv.gz", folder);
	return network_write_chapter(page, job, &chapter, &source, summary, error);
}
