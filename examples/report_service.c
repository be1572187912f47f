/* What it costs to serve each segment, and the service it gets. */
#include "report_customers.h"

#include "report_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CYCLE_DAYS 28
#define CYCLES 13
#define STRATA 10
#define BACK_DAYS 30  /* goods that come back by then tell of a failed order */
#define AGAIN_DAYS 90 /* a customer who buys by then has come again */

/* What an order was followed by: counts a segment and tenth of order value. */
struct evidence {
	int64_t perfect, perfect_repeat, failed, failed_repeat;
};

/* A segment, as the plan takes it. */
struct served {
	struct evidence evidence[STRATA];
	int64_t demand[CYCLES]; /* orders */
	int64_t orders, revenue, margin, cost;
};

struct service {
	const struct customers *customers;
	struct served segments[MOST_SEGMENTS];
	int64_t strata[STRATA - 1]; /* order values that part the tenths */
	int assumed;                /* evidence is not that of the log, but AWAY_PERCENT */
};

static int is_order(const struct log_entry *entry)
{
	return entry->quantity > 0 && entry->value >= 0;
}

static int segment_at(const struct service *service, const struct log_entry *entry)
{
	const struct buyer *buyer = buyer_of(service->customers, entry->customer);

	return buyer == NULL ? -1 : buyer->segment;
}

/* --- cost to serve ---------------------------------------------------------------------------- */

static const char cost_schema[] = "customer int64\nsegment text\norders int64\nlines int64\n"
				  "returns int64\ncredits int64\nrevenue int64\nmargin int64\n";
static const struct shown cost_columns[] = {{"segment", "segment", SHOW_TEXT},
		{"largest_driver", "largest driver", SHOW_TEXT}, {"orders", "orders", SHOW_COUNT},
		{"revenue", "revenue", SHOW_PENCE}, {"margin", "margin", SHOW_PENCE},
		{"cost", "cost to serve", SHOW_PENCE}, {"cost_per_order", "an order", SHOW_EXACT},
		{"share_of_margin", "share of margin", SHOW_PERCENT},
		{"break_even_order", "pays from", SHOW_EXACT}, {NULL, NULL, 0}};

/* A row an invoice. @param out_text free() */
static cstn_status write_costs(const struct service *service, char **out_text, size_t *out_size)
{
	const struct order_log *log = &service->customers->log;
	FILE *out = open_memstream(out_text, out_size);

	if (out == NULL)
		return CSTN_E_NOMEM;
	(void)fputs("customer,segment,orders,lines,returns,credits,revenue,margin\n", out);
	for (size_t i = 0; i < log->n; i++) {
		const struct log_entry *entry = &log->entries[i];
		int segment = segment_at(service, entry), order = entry->quantity > 0;
		long long pence = entry->value / 10;

		if (segment < 0)
			continue;
		(void)fprintf(out, "%lld,%s,%d,%d,%d,%d,%lld,%lld\n", (long long)entry->customer,
				service->customers->segments[segment].name, order,
				order ? entry->lines : 0, order ? 0 : entry->lines, !order, pence,
				pence * MARGIN_PERCENT / 100);
	}
	return fclose(out) == 0 ? CSTN_OK : CSTN_E_NOMEM;
}

static cstn_status count_costs(
		const struct service *service, cstn_cost_to_serve **out, cstn_error **error)
{
	cstn_cost_to_serve *state = NULL;
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	char *text = NULL;
	size_t size = 0;
	cstn_status status = write_costs(service, &text, &size);

	if (status == CSTN_OK)
		status = cstn_cost_to_serve_new("GBP", NULL, &state, error);
	if (status == CSTN_OK)
		status = rows_of_text(text, size, cost_schema, &rows, &reader, error);
	if (status == CSTN_OK)
		status = cstn_cost_to_serve_update(state, &rows, NULL, NULL, error);
	cstn_csv_reader_unref(reader);
	free(text);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_cost_to_serve_free(state);
	return status;
}

/* The table of segments under given rates. */
static cstn_status price(const cstn_cost_to_serve *state, int64_t an_order, struct table *out,
		cstn_error **error)
{
	const cstn_cost_rate rates[] = {{CSTN_COST_DRIVER_ORDERS, 0, an_order},
			{CSTN_COST_DRIVER_LINES, 0, COST_LINE},
			{CSTN_COST_DRIVER_RETURNS, 0, COST_RETURN},
			{CSTN_COST_DRIVER_CREDITS, 0, COST_CREDIT}};
	cstn_cost_rates with = CSTN_COST_RATES_INIT;
	struct ArrowArrayStream rows;
	cstn_status status;

	with.rates = rates;
	with.n_rates = 4;
	status = cstn_cost_to_serve_export(state, &with, CSTN_COST_TABLE_SEGMENTS, &rows, error);
	return status == CSTN_OK ? table_read(&rows, out) : status;
}

static int64_t total(const struct table *table, const char *column)
{
	int64_t sum = 0;

	for (int64_t row = 0; row < table->n_rows; row++)
		sum += table_integer(table, row, table_column(table, column));
	return sum;
}

static void keep_costs(struct service *service, const struct table *table)
{
	char name[40];

	for (int64_t row = 0; row < table->n_rows; row++) {
		(void)text_at(table, row, table_column(table, "segment"), name, sizeof(name));
		for (size_t i = 0; i < service->customers->n_segments; i++) {
			struct served *served = &service->segments[i];

			if (strcmp(service->customers->segments[i].name, name) != 0)
				continue;
			served->orders = table_integer(table, row, table_column(table, "orders"));
			served->revenue = table_integer(table, row, table_column(table, "revenue"));
			served->margin = table_integer(table, row, table_column(table, "margin"));
			served->cost = table_integer(table, row, table_column(table, "cost"));
		}
	}
}

static cstn_status costs(struct page *page, struct service *service, cstn_error **error)
{
	cstn_cost_to_serve *state = NULL;
	struct table table, dearer;
	char now[NUMBER_SIZE], then[NUMBER_SIZE];
	cstn_status status = count_costs(service, &state, error);

	if (status == CSTN_OK)
		status = price(state, COST_ORDER, &table, error);
	if (status != CSTN_OK) {
		cstn_cost_to_serve_free(state);
		return status;
	}
	page_put(page,
			"<h3>7. What it costs to serve them</h3><p>What drives cost is counted; "
			"the "
			"rates stand apart, and here they are this report's assumptions: an order "
			"%.2f pounds, a line %.2f, a line that comes back %.2f, a credit note "
			"%.2f; "
			"margin %d %% of revenue.</p>\n",
			COST_ORDER / 100.0, COST_LINE / 100.0, COST_RETURN / 100.0,
			COST_CREDIT / 100.0, MARGIN_PERCENT);
	show_table(page, &table, "Cost to serve by segment", cost_columns, 0);
	keep_costs(service, &table);
	status = price(state, 2 * COST_ORDER, &dearer, error);
	if (status == CSTN_OK) {
		page_put(page,
				"<p>If an order cost twice as much, serving all of them would cost "
				"%s instead of %s. The answer needs no second look at the "
				"log.</p>\n",
				format_pence(total(&dearer, "cost"), then),
				format_pence(total(&table, "cost"), now));
		table_free(&dearer);
	}
	table_free(&table);
	cstn_cost_to_serve_free(state);
	return status;
}

/* --- do customers come again? ----------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

static cstn_status part_tenths(struct service *service)
{
	const struct order_log *log = &service->customers->log;
	int64_t *values = malloc((log->n + 1) * sizeof(*values));
	size_t n = 0;

	if (values == NULL)
		return CSTN_E_NOMEM;
	for (size_t i = 0; i < log->n; i++)
		if (is_order(&log->entries[i]))
			values[n++] = log->entries[i].value;
	qsort(values, n, sizeof(*values), by_value);
	for (size_t i = 0; i < STRATA - 1; i++)
		service->strata[i] = n > 0 ? values[(i + 1) * n / STRATA] : 0;
	free(values);
	return CSTN_OK;
}

/* Entries of a customer stand together, by day. */
static void follow(struct service *service, size_t at)
{
	const struct order_log *log = &service->customers->log;
	const struct log_entry *order = &log->entries[at];
	int segment = segment_at(service, order), stratum = 0, failed = 0, again = 0;
	struct evidence *evidence;

	if (segment < 0 || order->day + AGAIN_DAYS >= service->customers->as_of_days)
		return;
	for (size_t i = at + 1; i < log->n && log->entries[i].customer == order->customer; i++) {
		const struct log_entry *next = &log->entries[i];

		failed |= next->quantity < 0 && next->day <= order->day + BACK_DAYS;
		again |= is_order(next) && next->day > order->day &&
			 next->day <= order->day + AGAIN_DAYS;
	}
	while (stratum < STRATA - 1 && order->value >= service->strata[stratum])
		stratum++;
	evidence = &service->segments[segment].evidence[stratum];
	if (failed) {
		evidence->failed++;
		evidence->failed_repeat += again;
	} else {
		evidence->perfect++;
		evidence->perfect_repeat += again;
	}
}

static void count_orders(struct service *service)
{
	const struct customers *customers = service->customers;

	for (size_t i = 0; i < customers->log.n; i++) {
		const struct log_entry *entry = &customers->log.entries[i];
		int cycle = (entry->day - (customers->as_of_days - CYCLES * CYCLE_DAYS)) /
			    CYCLE_DAYS;
		int segment = segment_at(service, entry);

		if (!is_order(entry) || segment < 0)
			continue;
		follow(service, i);
		if (entry->day >= customers->as_of_days - CYCLES * CYCLE_DAYS && cycle < CYCLES)
			service->segments[segment].demand[cycle]++;
	}
}

/* --- the plan --------------------------------------------------------------------------------- */

static void write_segments(const struct service *service, FILE *out)
{
	(void)fputs("segment,customers,value_at_risk,unit_margin,holding,obsolescence,residual_clv,"
		    "demand_mean,demand_sd,margin,clv,cost_to_serve,order_size\n",
			out);
	for (size_t i = 0; i < service->customers->n_segments; i++) {
		const struct segment *segment = &service->customers->segments[i];
		const struct served *served = &service->segments[i];
		double orders = (double)served->orders, sum = 0.0, squares = 0.0, goods;

		if (served->orders == 0)
			continue;
		for (int cycle = 0; cycle < CYCLES; cycle++) {
			sum += (double)served->demand[cycle];
			squares += (double)served->demand[cycle] * (double)served->demand[cycle];
		}
		goods = (double)(served->revenue - served->margin) / orders;
		(void)fprintf(out,
				"%s,%lld,%lld,%.4f,%.4f,%.4f,%.4f,%.6f,%.6f,%lld,%lld,%lld,%.2f\n",
				segment->name, (long long)segment->customers,
				(long long)(segment->clv > 0 ? segment->clv : 0),
				(double)(served->margin - served->cost) / orders,
				goods * CARRYING_PERCENT / 100.0 / CYCLES,
				goods * FADING_PERCENT / 100.0,
				(double)segment->clv / (double)segment->customers, sum / CYCLES,
				sqrt(fmax(0.0, (squares - sum * sum / CYCLES) / (CYCLES - 1))),
				(long long)served->margin, (long long)segment->clv,
				(long long)served->cost, (double)served->revenue / orders);
	}
}

static void write_evidence(const struct service *service, FILE *out)
{
	(void)fputs("segment,stratum,perfect,perfect_repeat,failed,failed_repeat\n", out);
	for (size_t i = 0; i < service->customers->n_segments; i++)
		for (int stratum = 0; stratum < STRATA; stratum++) {
			const struct evidence *at = &service->segments[i].evidence[stratum];

			if (service->segments[i].orders == 0)
				continue;
			if (service->assumed)
				(void)fprintf(out, "%s,%d,10000,6000,10000,%d\n",
						service->customers->segments[i].name, stratum + 1,
						6000 - 100 * AWAY_PERCENT);
			else
				(void)fprintf(out, "%s,%d,%lld,%lld,%lld,%lld\n",
						service->customers->segments[i].name, stratum + 1,
						(long long)at->perfect,
						(long long)at->perfect_repeat,
						(long long)at->failed,
						(long long)at->failed_repeat);
		}
}

/* Three services for each segment: what they are thought to win, cost, and take of people's time.
 */
static void write_menu(const struct service *service, FILE *out)
{
	(void)fputs("segment,option,uplift,cost,use_1\n", out);
	for (size_t i = 0; i < service->customers->n_segments; i++) {
		const struct segment *segment = &service->customers->segments[i];
		const struct served *served = &service->segments[i];

		if (served->orders == 0)
			continue;
		(void)fprintf(out, "%s,standard,0,0,0\n", segment->name);
		(void)fprintf(out, "%s,late cut-off,%lld,%lld,%lld\n", segment->name,
				(long long)(served->margin > 0 ? served->margin / 50 : 0),
				(long long)(served->orders * 20), (long long)served->orders);
		(void)fprintf(out, "%s,named contact,%lld,%lld,%lld\n", segment->name,
				(long long)(served->margin > 0 ? served->margin / 20 : 0),
				(long long)(segment->customers * 1000),
				(long long)(segment->customers * 20));
	}
}

static cstn_status add(cstn_service_plan_builder *builder, int32_t table, const char *schema,
		void (*write)(const struct service *, FILE *), const struct service *service,
		cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	cstn_status status = CSTN_E_NOMEM;

	if (out == NULL)
		return status;
	write(service, out);
	if (fclose(out) == 0)
		status = rows_of_text(text, size, schema, &rows, &reader, error);
	if (status == CSTN_OK)
		status = cstn_service_plan_builder_add(builder, table, &rows, NULL, error);
	cstn_csv_reader_unref(reader);
	free(text);
	return status;
}

static cstn_status build(const struct service *service, cstn_service_plan **out, cstn_error **error)
{
	cstn_service_plan_options options = CSTN_SERVICE_PLAN_OPTIONS_INIT;
	cstn_service_plan_builder *builder = NULL;
	cstn_status status;

	options.n_capacities = 1;
	options.capacity[0] = MINUTES;
	status = cstn_service_plan_builder_new(&options, NULL, &builder, error);
	if (status == CSTN_OK)
		status = add(builder, CSTN_PLAN_INPUT_SEGMENTS,
				"segment text\ncustomers int64\nvalue_at_risk int64\n"
				"unit_margin double\nholding double\nobsolescence double\n"
				"residual_clv double\ndemand_mean double\ndemand_sd double\n"
				"margin int64\nclv int64\ncost_to_serve int64\norder_size double\n",
				write_segments, service, error);
	if (status == CSTN_OK)
		status = add(builder, CSTN_PLAN_INPUT_EVIDENCE,
				"segment text\nstratum int64\nperfect int64\nperfect_repeat int64\n"
				"failed int64\nfailed_repeat int64\n",
				write_evidence, service, error);
	if (status == CSTN_OK)
		status = add(builder, CSTN_PLAN_INPUT_MENU,
				"segment text\noption text\nuplift int64\ncost int64\nuse_1 "
				"int64\n",
				write_menu, service, error);
	if (status == CSTN_OK)
		status = cstn_service_plan_builder_build(builder, out, error);
	cstn_service_plan_builder_free(builder);
	return status;
}

static const struct shown evidence_columns[] = {{"segment", "segment", SHOW_TEXT},
		{"reasons", "what the plan makes of it", SHOW_WORDS},
		{"repeat_difference", "come again: perfect less failed", SHOW_PERCENT},
		{"repeat_low", "from", SHOW_PERCENT}, {"repeat_high", "to", SHOW_PERCENT},
		{NULL, NULL, 0}};
static const struct shown capacity_columns[] = {{"available", "minutes there are", SHOW_COUNT},
		{"used", "minutes used", SHOW_COUNT},
		{"shadow_price", "pence another minute is worth", SHOW_NUMBER},
		{"menu_value", "won by the choice", SHOW_PENCE},
		{"menu_bound", "no choice wins more than", SHOW_PENCE}, {NULL, NULL, 0}};

static void sentence(struct page *page, const cstn_service_plan_row *row,
		const cstn_service_plan_row *what_if)
{
	char money[NUMBER_SIZE];

	page_put(page, "<li><b>");
	page_text(page, row->segment);
	page_put(page, "</b>: tier %d. Hold stock so that %.0f cycles in 100 do not run out",
			row->tier, 100.0 * row->service_level);
	if (!isnan(row->fill_rate))
		page_put(page, ", which fills %.1f orders in 100 at once", 100.0 * row->fill_rate);
	page_put(page,
			"; %.0f, if a failed order kept one customer in ten away, who would take "
			"%s "
			"of custom along. Service: ",
			100.0 * what_if->service_level,
			format_pence((int64_t)llround(what_if->failure_value * 10.0), money));
	page_text(page, row->option[0] != '\0' ? row->option : "standard");
	page_put(page, ".</li>\n");
}

/* Calls `show` for each segment, tier by tier. */
static cstn_status each_row(struct page *page, const cstn_service_plan *plan,
		const cstn_service_plan *what_if,
		void (*show)(struct page *, const cstn_service_plan_row *,
				const cstn_service_plan_row *),
		cstn_error **error)
{
	for (int tier = 1; tier <= 4; tier++)
		for (size_t i = 0; i < cstn_service_plan_count(plan); i++) {
			cstn_service_plan_row row = CSTN_SERVICE_PLAN_ROW_INIT;
			cstn_service_plan_row other = CSTN_SERVICE_PLAN_ROW_INIT;
			cstn_status status = cstn_service_plan_at(plan, i, &row, error);

			if (status == CSTN_OK)
				status = cstn_service_plan_at(what_if, i, &other, error);
			if (status != CSTN_OK)
				return status;
			if (row.tier == tier)
				show(page, &row, &other);
		}
	return CSTN_OK;
}

static void plan_row(struct page *page, const cstn_service_plan_row *row,
		const cstn_service_plan_row *what_if)
{
	char lost[NUMBER_SIZE], held[NUMBER_SIZE];

	page_row_begin(page);
	page_cell(page, row->segment);
	page_cell(page, row->option);
	page_cell_count(page, row->tier);
	page_put(page, "<td class=\"n\">%s</td><td class=\"n\">%s</td>",
			format_pence((int64_t)llround(row->underage), lost),
			format_pence((int64_t)llround(row->overage), held));
	page_cell_percent(page, row->service_level);
	page_cell_percent(page, row->fill_rate);
	page_cell_percent(page, what_if->service_level);
	page_row_end(page);
}

static cstn_status say_plan(struct page *page, const cstn_service_plan *plan,
		const cstn_service_plan *what_if, cstn_error **error)
{
	cstn_status status;

	page_table_begin(page, "The plan, the first tier first",
			"segment|service|tier|an order lost costs|one held for nothing|service "
			"level|"
			"fill rate|level if one in ten stays away",
			2, 0);
	status = each_row(page, plan, what_if, plan_row, error);
	page_table_end(page);
	page_put(page, "<p><b>In words:</b></p><ul>\n");
	if (status == CSTN_OK)
		status = each_row(page, plan, what_if, sentence, error);
	page_put(page, "</ul>\n");
	return status;
}

static void chart_plan(struct page *page, const struct table *table)
{
	struct chart_rank ranks[MOST_SEGMENTS];
	char name[40], option[40], money[NUMBER_SIZE], level[NUMBER_SIZE];
	size_t n = 0;

	for (int64_t tier = 1; tier <= 4; tier++)
		for (int64_t row = 0; row < table->n_rows && n < MOST_SEGMENTS; row++) {
			struct chart_rank *rank = &ranks[n];

			if (table_integer(table, row, table_column(table, "tier")) != tier)
				continue;
			rank->value = number_at(table, row, table_column(table, "value_at_risk"));
			(void)snprintf(rank->label, sizeof(rank->label), "%s",
					text_at(table, row, table_column(table, "segment"), name,
							sizeof(name)));
			(void)snprintf(rank->text, sizeof(rank->text),
					"%s, tier %d, service level %s, %s",
					format_pence((int64_t)llround(rank->value), money),
					(int)tier,
					format_percent(number_at(table, row,
								       table_column(table,
										       "service_"
										       "level")),
							level),
					text_at(table, row, table_column(table, "menu_option"),
							option, sizeof(option)));
			n++;
		}
	chart_ranks(page, "The service plan", "bars: value of the year at risk in each segment",
			ranks, n);
}

/* What the menu takes of people's time, and what more of it would bring. */
static cstn_status show_capacity(
		struct page *page, const cstn_service_plan *plan, cstn_error **error)
{
	struct ArrowArrayStream rows;
	struct table table;
	char money[NUMBER_SIZE];
	cstn_status status =
			cstn_service_plan_export(plan, CSTN_PLAN_TABLE_CAPACITIES, &rows, error);

	if (status == CSTN_OK)
		status = table_read(&rows, &table);
	if (status != CSTN_OK)
		return status;
	show_table(page, &table, "What the services take of people's time, and what they bring",
			capacity_columns, 0);
	page_put(page,
			"<p>A service goes to a whole segment, so some minutes stay over. Shared "
			"out "
			"by the minute, one more hour would bring %s.</p>\n",
			format_pence((int64_t)llround(60.0 *
						      number_at(&table, 0,
								      table_column(&table,
										      "shadow_"
										      "price"))),
					money));
	table_free(&table);
	return CSTN_OK;
}

static cstn_status show_plan(struct page *page, const cstn_service_plan *plan,
		const cstn_service_plan *what_if, cstn_error **error)
{
	struct ArrowArrayStream rows;
	struct table table;
	cstn_status status = cstn_service_plan_export(plan, CSTN_PLAN_TABLE_SEGMENTS, &rows, error);

	if (status == CSTN_OK)
		status = table_read(&rows, &table);
	if (status != CSTN_OK)
		return status;
	chart_plan(page, &table);
	status = say_plan(page, plan, what_if, error);
	show_table(page, &table, "Do customers come again after a failed order? (95 % intervals)",
			evidence_columns, 0);
	table_free(&table);
	page_put(page, "<p>Below 0 means: who sends goods back comes again more often, not less, "
		       "because busy customers do both. Returns are a poor sign of failure; where "
		       "the plan finds no loss it adds none, and says so. Promises and arrivals in "
		       "the log would answer the question.</p>\n");
	if (status == CSTN_OK)
		status = show_capacity(page, plan, error);
	page_put(page, "<p class=\"soft\">plan <code>%s</code></p>\n",
			cstn_service_plan_digest_text(plan));
	return status;
}

cstn_status report_service(struct page *page, const struct customers *customers,
		char out_digest[65], cstn_error **error)
{
	cstn_service_plan *plan = NULL, *what_if = NULL;
	struct service service;
	cstn_status status;

	memset(&service, 0, sizeof(service));
	service.customers = customers;
	status = costs(page, &service, error);
	if (status == CSTN_OK)
		status = part_tenths(&service);
	if (status != CSTN_OK)
		return status;
	count_orders(&service);
	page_put(page,
			"<h3>8. The service plan</h3><p>The unit is an order. Not filling it loses "
			"its margin and, where customers are seen to come again less often after a "
			"failed order, a part of what they would have bought; holding goods for an "
			"order that does not come costs %d %% of their value a year and %d %% a "
			"cycle "
			"of four weeks. The balance of the two is the service level. Tiers follow "
			"what is lost with each unit and how much value is at risk.</p>\n"
			"<p class=\"note\">The log holds no promises, so an order counts as failed "
			"when "
			"goods of the customer came back within %d days, and as followed by "
			"another when they bought within %d. Margin, holding cost, services and "
			"their "
			"effect are assumptions; put your own in their place.</p>\n",
			CARRYING_PERCENT, FADING_PERCENT, BACK_DAYS, AGAIN_DAYS);
	status = build(&service, &plan, error);
	service.assumed = 1;
	if (status == CSTN_OK)
		status = build(&service, &what_if, error);
	if (status == CSTN_OK) {
		status = show_plan(page, plan, what_if, error);
		(void)snprintf(out_digest, 65, "%s", cstn_service_plan_digest_text(plan));
	}
	cstn_service_plan_unref(plan);
	cstn_service_plan_unref(what_if);
	return status;
}
