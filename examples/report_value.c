/* What customers will buy: CDNOW against published numbers, Online Retail with its value. */
#include "report_customers.h"

#include "report_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Customers up to a day, and what they bought after it. */
struct panel {
	char *csv;
	size_t size;
	int64_t customers, repeaters, repeats, holdout;
	double weeks; /* of the holdout */
};

static const char panel_schema[] = "customer int64\n"
				   "x int64\n"
				   "tx double\n"
				   "T double\n"
				   "spend double null\n"
				   "actual int64\n";

/* --- calibration and holdout ------------------------------------------------------------------ */

static cstn_status customers_of(const struct order_log *log, int32_t from, int32_t to,
		int32_t as_of, struct table *out, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_purchases *state = NULL;
	cstn_status status = log_purchases(log, from, to, &state, error);

	if (status == CSTN_OK)
		status = cstn_purchases_export(
				state, CSTN_PURCHASES_TABLE_CUSTOMERS, as_of, 0, &rows, error);
	if (status == CSTN_OK)
		status = table_read(&rows, out);
	cstn_purchases_free(state);
	return status;
}

/* Both tables are by id, and who is in the first is in the second. */
static void write_panel(
		FILE *out, const struct table *before, const struct table *all, struct panel *panel)
{
	int64_t other = 0;

	(void)fputs("customer,x,tx,T,spend,actual\n", out);
	for (int64_t row = 0; row < before->n_rows; row++) {
		int64_t id = table_integer(before, row, table_column(before, "customer"));
		int64_t x = table_integer(before, row, table_column(before, "x")), actual;
		double spend = table_double(before, row, table_column(before, "spend"));

		while (table_integer(all, other, table_column(all, "customer")) < id)
			other++;
		actual = table_integer(all, other, table_column(all, "x")) - x;
		(void)fprintf(out, "%lld,%lld,%.17g,%.17g,", (long long)id, (long long)x,
				table_double(before, row, table_column(before, "tx")),
				table_double(before, row, table_column(before, "T")));
		if (!isnan(spend))
			(void)fprintf(out, "%.17g", spend);
		(void)fprintf(out, ",%lld\n", (long long)actual);
		panel->customers++;
		panel->repeaters += x > 0;
		panel->repeats += x;
		panel->holdout += actual;
	}
}

/* @param cut the last day of the calibration, which is also when customers are looked at */
static cstn_status make_panel(const struct order_log *log, int32_t from, int32_t cut, int32_t to,
		struct panel *out, cstn_error **error)
{
	struct table before, all;
	FILE *file;
	cstn_status status = customers_of(log, from, cut, cut, &before, error);

	if (status != CSTN_OK)
		return status;
	status = customers_of(log, from, to, to, &all, error);
	if (status != CSTN_OK) {
		table_free(&before);
		return status;
	}
	memset(out, 0, sizeof(*out));
	out->weeks = (to - cut) / 7.0;
	file = open_memstream(&out->csv, &out->size);
	if (file != NULL)
		write_panel(file, &before, &all, out);
	table_free(&before);
	table_free(&all);
	return file != NULL && fclose(file) == 0 ? CSTN_OK : CSTN_E_NOMEM;
}

static cstn_status panel_rows(const struct panel *panel, struct ArrowArrayStream *out,
		cstn_csv_reader **reader, cstn_error **error)
{
	return rows_of_text(panel->csv, panel->size, panel_schema, out, reader, error);
}

/* --- fits ------------------------------------------------------------------------------------- */

static cstn_status fit(const char *name, struct ArrowArrayStream *rows, cstn_customer_value **out,
		cstn_error **error)
{
	cstn_value_state *state = NULL;
	cstn_status status = cstn_value_state_new(name, NULL, NULL, &state, error);

	if (status == CSTN_OK)
		status = cstn_value_state_update(state, rows, NULL, NULL, error);
	else
		rows->release(rows);
	if (status == CSTN_OK)
		status = cstn_customer_value_fit(state, NULL, out, error);
	cstn_value_state_free(state);
	return status;
}

static cstn_status fit_panel(const char *name, const struct panel *panel, cstn_customer_value **out,
		cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	cstn_status status = panel_rows(panel, &rows, &reader, error);

	if (status == CSTN_OK)
		status = fit(name, &rows, out, error);
	cstn_csv_reader_unref(reader);
	return status;
}

static double asked(const cstn_customer_value *model, const char *name)
{
	double value = 0.0;

	/* A standard error at a limit of the model is none. */
	if (cstn_customer_value_get_param(model, name, &value, NULL) != CSTN_OK)
		return (double)NAN;
	return value;
}

struct parameter {
	const char *name, *what, *published; /* published: "" for none */
};

static void number_cell(struct page *page, double value)
{
	if (isnan(value))
		page_put(page, "<td class=\"n\">none</td>");
	else
		page_put(page, "<td class=\"n\">%.4g</td>", value);
}

static void show_parameters(struct page *page, const char *caption,
		const cstn_customer_value *model, const struct parameter *parameters, size_t n)
{
	char name[32];

	page_table_begin(page, caption,
			parameters[0].published[0] != '\0'
					? "parameter|meaning|estimate|standard error|published"
					: "parameter|meaning|estimate|standard error",
			2, 0);
	for (size_t i = 0; i < n; i++) {
		page_row_begin(page);
		page_cell(page, parameters[i].name);
		page_cell(page, parameters[i].what);
		number_cell(page, asked(model, parameters[i].name));
		(void)snprintf(name, sizeof(name), "se_%s", parameters[i].name);
		number_cell(page, asked(model, name));
		if (parameters[0].published[0] != '\0')
			page_put(page, "<td class=\"n\">%s</td>", parameters[i].published);
		page_row_end(page);
	}
	page_table_end(page);
}

/* --- holdout ---------------------------------------------------------------------------------- */

static cstn_status holdout_table(const cstn_customer_value *model, const struct panel *panel,
		int32_t which, struct table *out, cstn_error **error)
{
	struct ArrowArrayStream rows, answer;
	cstn_csv_reader *reader = NULL;
	cstn_status status = panel_rows(panel, &rows, &reader, error);

	if (status == CSTN_OK)
		status = cstn_customer_value_holdout(
				model, &rows, panel->weeks, NULL, which, &answer, error);
	if (status == CSTN_OK)
		status = table_read(&answer, out);
	cstn_csv_reader_unref(reader);
	return status;
}

static cstn_status calibration(struct page *page, const char *title,
		const cstn_customer_value *model, const struct panel *panel, cstn_error **error)
{
	struct chart_pair pairs[8];
	struct table table;
	char note[200], a[NUMBER_SIZE], b[NUMBER_SIZE];
	size_t n = 0;
	cstn_status status = holdout_table(model, panel, CSTN_HOLDOUT_SUMMARY, &table, error);

	if (status != CSTN_OK)
		return status;
	(void)snprintf(note, sizeof(note),
			"%s repeat purchases came in %.0f weeks, %s were expected: a ratio of %.3f",
			format_count((int64_t)llround(number_at(
						     &table, 0, table_column(&table, "actual"))),
					a),
			panel->weeks,
			format_count((int64_t)llround(number_at(
						     &table, 0, table_column(&table, "expected"))),
					b),
			number_at(&table, 0, table_column(&table, "ratio")));
	table_free(&table);
	status = holdout_table(model, panel, CSTN_HOLDOUT_BINS, &table, error);
	if (status != CSTN_OK)
		return status;
	for (int64_t row = 0; row < table.n_rows && n < 8; row++) {
		int64_t x = table_integer(&table, row, table_column(&table, "x"));

		(void)snprintf(pairs[n].label, sizeof(pairs[n].label), "%lld%s (%s)", (long long)x,
				x == 7 ? " or more" : "",
				format_count(table_integer(&table, row,
							     table_column(&table, "customers")),
						a));
		pairs[n].actual = number_at(&table, row, table_column(&table, "actual_mean"));
		pairs[n].expected = number_at(&table, row, table_column(&table, "expected_mean"));
		n++;
	}
	table_free(&table);
	chart_pairs(page, title, note,
			"repeat purchases before, and how many customers; mean purchases after",
			pairs, n);
	return CSTN_OK;
}

/* --- CDNOW ------------------------------------------------------------------------------------ */

static const struct parameter published_value[] = {
		{"r", "purchase rates differ: less is more", "0.243"},
		{"alpha", "with it: weeks; r / alpha purchases a week", "4.414"},
		{"a", "dropout after a purchase: a / (a + b)", "0.793"}, {"b", "", "2.426"}};
static const struct parameter published_spend[] = {{"p", "spend varies within a customer", "6.25"},
		{"q", "and between customers", "3.74"}, {"v", "scale, dollars", "15.44"}};

static cstn_status cdnow_body(struct page *page, const struct order_log *log, cstn_error **error)
{
	cstn_customer_value *value = NULL, *spend = NULL;
	struct panel panel;
	char a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE], d[NUMBER_SIZE];
	cstn_status status = make_panel(log, day_of(1997, 1, 1), day_of(1997, 9, 30),
			day_of(1998, 6, 30), &panel, error);

	if (status == CSTN_OK)
		status = fit_panel("bgnbd", &panel, &value, error);
	if (status == CSTN_OK)
		status = fit_panel("gammagamma", &panel, &spend, error);
	if (status == CSTN_OK) {
		page_put(page,
				"<p>%s customers bought first in the first quarter of 1997; %s "
				"came "
				"again by the end of September, %s times in all, and %s times in "
				"the "
				"39 weeks after (published: 2,357, 946, 2,457 and 1,882).</p>\n",
				format_count(panel.customers, a), format_count(panel.repeaters, b),
				format_count(panel.repeats, c), format_count(panel.holdout, d));
		show_parameters(page, "Purchases: BG/NBD (Fader, Hardie and Lee 2005)", value,
				published_value, 4);
		page_put(page, "<p>Log-likelihood %.1f, published -9582.4.</p>\n",
				asked(value, "loglik"));
		show_parameters(page, "Spend: gamma-gamma (Fader and Hardie, note 025)", spend,
				published_spend, 3);
		status = calibration(page, "CDNOW: expected by September 1997, found by June 1998",
				value, &panel, error);
	}
	cstn_customer_value_unref(value);
	cstn_customer_value_unref(spend);
	free(panel.csv);
	return status;
}

cstn_status report_cdnow(struct page *page, const char *path, cstn_error **error)
{
	struct order_log log;
	cstn_status status;

	page_put(page, "<h3>4. Can the model be trusted? CDNOW</h3>\n");
	if (access(path, R_OK) != 0) {
		page_put(page, "<p class=\"note\">The CDNOW log is not there: this part is left "
			       "out.</p>\n");
		return CSTN_OK;
	}
	status = log_read_cdnow(path, &log, error);
	if (status != CSTN_OK)
		return status;
	status = cdnow_body(page, &log, error);
	log_free(&log);
	return status;
}

/* --- Online Retail ---------------------------------------------------------------------------- */

static const struct parameter retail_value[] = {{"r", "purchase rates differ: less is more", ""},
		{"alpha", "with it: weeks; r / alpha purchases a week", ""},
		{"a", "dropout after a purchase: a / (a + b)", ""}, {"b", "", ""}};

static cstn_status retail_holdout(
		struct page *page, const struct customers *customers, cstn_error **error)
{
	cstn_customer_value *model = NULL;
	struct panel panel;
	cstn_status status = make_panel(&customers->log, day_of(2010, 12, 1), day_of(2011, 8, 31),
			customers->as_of_days - 1, &panel, error);

	if (status == CSTN_OK)
		status = fit_panel("bgnbd", &panel, &model, error);
	if (status == CSTN_OK)
		status = calibration(page,
				"Online Retail: expected by August 2011, found by 9 December",
				model, &panel, error);
	if (status == CSTN_OK)
		page_put(page, "<p>The model knows no season. Autumn is the gift trade's high "
			       "season, so more came than it expected, in every column alike: the "
			       "order of customers holds, the level needs a seasonal "
			       "factor.</p>\n");
	cstn_customer_value_unref(model);
	free(panel.csv);
	return status;
}

static cstn_status fit_all(const struct customers *customers, const char *name,
		cstn_customer_value **out, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_status status = cstn_purchases_export(customers->state, CSTN_PURCHASES_TABLE_CUSTOMERS,
			customers->as_of_days, 0, &rows, error);

	return status == CSTN_OK ? fit(name, &rows, out, error) : status;
}

/* Twelve periods of 52 / 12 weeks, 1 % a period. */
static cstn_status lifetime_values(struct customers *customers, const cstn_customer_value *value,
		const cstn_customer_value *spend, cstn_error **error)
{
	static const double horizon[] = {52.0};
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	struct ArrowArrayStream rows, answer;
	struct table table;
	cstn_status status = cstn_purchases_export(customers->state, CSTN_PURCHASES_TABLE_CUSTOMERS,
			customers->as_of_days, 0, &rows, error);

	options.horizons = horizon;
	options.n_horizons = 1;
	options.spend = spend;
	options.periods = 12;
	options.period = 52.0 / 12.0;
	options.discount = 0.01;
	options.margin_rate = MARGIN_PERCENT / 100.0;
	options.cost_per_order = COST_ORDER / 100.0;
	options.money_scale = 2;
	if (status == CSTN_OK)
		status = cstn_customer_value_predict(value, &rows, &options, &answer, NULL, error);
	if (status == CSTN_OK)
		status = table_read(&answer, &table);
	if (status != CSTN_OK)
		return status;
	for (int64_t row = 0; row < table.n_rows; row++) {
		struct buyer *buyer = &customers->buyers[row];
		struct segment *segment = &customers->segments[buyer->segment];

		buyer->clv = table_integer(&table, row, table_column(&table, "clv"));
		segment->clv += buyer->clv;
		segment->alive += table_double(&table, row, table_column(&table, "p_alive"));
		segment->purchases += table_double(&table, row, table_column(&table, "purchases"));
	}
	table_free(&table);
	return CSTN_OK;
}

static void show_values(struct page *page, const struct customers *customers)
{
	char money[NUMBER_SIZE];

	page_table_begin(page, "A year ahead, by segment",
			"segment|customers|still there|purchases expected|value of the year|value "
			"a "
			"customer",
			1, 0);
	for (size_t i = 0; i < customers->n_segments; i++) {
		const struct segment *segment = &customers->segments[i];

		if (segment->customers == 0)
			continue;
		page_row_begin(page);
		page_cell(page, segment->name);
		page_cell_count(page, segment->customers);
		page_cell_percent(page, segment->alive / (double)segment->customers);
		page_cell_count(page, (int64_t)llround(segment->purchases));
		page_put(page, "<td class=\"n\">%s</td>", format_pence(segment->clv, money));
		page_put(page, "<td class=\"n\">%s</td>",
				format_pence(segment->clv / segment->customers, money));
		page_row_end(page);
	}
	page_table_end(page);
}

cstn_status report_value(struct page *page, struct customers *customers, cstn_error **error)
{
	cstn_customer_value *value = NULL, *spend = NULL;
	uint32_t flags;
	cstn_status status = fit_all(customers, "bgnbd", &value, error);

	page_put(page, "<h3>5. What the shop's customers will buy</h3>\n");
	if (status == CSTN_OK)
		status = fit_all(customers, "gammagamma", &spend, error);
	if (status == CSTN_OK) {
		show_parameters(page, "BG/NBD over the whole year", value, retail_value, 4);
		flags = cstn_customer_value_flags(value);
		if (flags & (CSTN_FIT_NO_DROPOUT | CSTN_FIT_HOMOGENEOUS_DROPOUT))
			page_put(page, "<p class=\"note\">The fit says of itself: a model without "
				       "dropout is as good. In one year nobody can be seen to have "
				       "left for good; P(alive) near 100 %% means \"not known to "
				       "be "
				       "gone\". Parameters that ran off to that limit have no "
				       "standard "
				       "error, and predictions stay valid.</p>\n");
		page_put(page,
				"<p>Spend and frequency correlate by %.2f (standard error "
				"%.2f)%s</p>\n",
				asked(spend, "correlation"), asked(spend, "correlation_se"),
				cstn_customer_value_flags(spend) & CSTN_FIT_CORRELATED
						? ": who comes often spends somewhat more each "
						  "time, which "
						  "the spend model leaves out; the fit warns of it."
						: ".");
		status = retail_holdout(page, customers, error);
	}
	if (status == CSTN_OK)
		status = lifetime_values(customers, value, spend, error);
	if (status == CSTN_OK) {
		show_values(page, customers);
		page_put(page,
				"<p class=\"soft\">Value: margin of the purchases expected in "
				"twelve "
				"months at %d %% of revenue less %.2f pounds an order, discounted "
				"by "
				"1 %% a month.</p>\n",
				MARGIN_PERCENT, COST_ORDER / 100.0);
	}
	cstn_customer_value_unref(value);
	cstn_customer_value_unref(spend);
	return status;
}
