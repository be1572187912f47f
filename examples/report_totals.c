/* Totals that add up: items, departments and the store, each forecast by itself, then reconciled.
 */
#include "report_demand.h"

#include "report_fan.h"
#include "report_log.h"
#include "report_show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPARTMENTS 3
#define NODES (DEPARTMENTS + 1) /* departments, then the store */
#define STORE "CA_1"
#define HISTORY 56

static const char *const node_names[NODES] = {"FOODS_1", "FOODS_2", "FOODS_3", STORE};

/* As of two origins: the one before tells how far each node was wrong. */
enum { NOW, BEFORE, ORIGINS };

struct totals {
	const struct item_forecasts *items[ORIGINS];
	double *sales; /* a day after the other, NODES a day */
	double own[ORIGINS][NODES][AHEAD], sums[NODES][AHEAD], agreed[NODES][AHEAD];
};

static void put_day(FILE *out, const struct m5 *data, size_t day)
{
	char date[16];

	(void)fputs(m5_date(data, day, date), out);
}

static size_t department_of(const struct m5 *data, size_t item)
{
	size_t k = 0;

	while (k < DEPARTMENTS - 1 && strcmp(data->items[item].department, node_names[k]) != 0)
		k++;
	return k;
}

/* Sales and sums of the items' forecasts. */
static cstn_status add_up(struct totals *totals)
{
	const struct m5 *data = totals->items[NOW]->data;

	totals->sales = calloc(data->n_days * NODES + 1, sizeof(*totals->sales));
	if (totals->sales == NULL)
		return CSTN_E_NOMEM;
	for (size_t i = 0; i < data->n_items; i++) {
		size_t k = department_of(data, i);

		for (size_t day = 0; day < data->n_days; day++) {
			double units = data->sales[day * data->n_items + i];

			totals->sales[day * NODES + k] += units;
			totals->sales[day * NODES + DEPARTMENTS] += units;
		}
		for (size_t h = 0; h < AHEAD; h++) {
			double mean = totals->items[NOW]->mean[i * AHEAD + h];

			totals->sums[k][h] += mean;
			totals->sums[DEPARTMENTS][h] += mean;
		}
	}
	return CSTN_OK;
}

/* Departments and the store by a fitted family. */
static cstn_status forecast_own(struct totals *totals, int origin, cstn_error **error)
{
	const struct m5 *data = totals->items[NOW]->data;
	cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;
	struct ArrowArrayStream rows, ahead;
	cstn_csv_reader *reader = NULL;
	char *text = NULL;
	size_t size = 0;
	struct table table;
	FILE *out = open_memstream(&text, &size);
	cstn_status status;

	if (out == NULL)
		return CSTN_E_NOMEM;
	(void)fputs("unique_id,ds,y\n", out);
	for (size_t day = 0; day < totals->items[origin]->origin; day++)
		for (size_t k = 0; k < NODES; k++) {
			(void)fprintf(out, "%s,", node_names[k]);
			put_day(out, data, day);
			(void)fprintf(out, ",%.0f\n", totals->sales[day * NODES + k]);
		}
	options.horizon = AHEAD;
	options.season = 7;
	status = fclose(out) != 0 ? CSTN_E_NOMEM
				  : rows_of_text(text, size, "unique_id text\nds date\ny int64\n",
						    &rows, &reader, error);
	if (status == CSTN_OK)
		status = cstn_family_fit(&rows, &options, NULL, &ahead, NULL, error);
	cstn_csv_reader_unref(reader);
	if (status == CSTN_OK)
		status = table_read(&ahead, &table);
	free(text);
	if (status != CSTN_OK)
		return status;
	/* Series leave in order of their first rows: that of the nodes. */
	for (int64_t row = 0; row < table.n_rows && row < NODES * AHEAD; row++)
		totals->own[origin][row / AHEAD][row % AHEAD] =
				table_double(&table, row, table_column(&table, "Auto"));
	table_free(&table);
	return CSTN_OK;
}

static void put_row(FILE *base, const struct m5 *data, const char *node, size_t day, double mean,
		int known, double units)
{
	(void)fprintf(base, "%s,", node);
	put_day(base, data, day);
	(void)fprintf(base, known ? ",%.17g,%.0f\n" : ",%.17g,\n", mean, units);
}

/* The four weeks that are forecast, and behind them those that were and their sales. */
static void put_base(const struct totals *totals, FILE *nodes, FILE *base)
{
	const struct m5 *data = totals->items[NOW]->data;

	(void)fputs("unique_id,parent\n", nodes);
	(void)fputs("unique_id,ds,mean,y\n", base);
	for (size_t k = 0; k < NODES; k++)
		(void)fprintf(nodes, "%s,%s\n", node_names[k], k < DEPARTMENTS ? STORE : "");
	for (size_t i = 0; i < data->n_items; i++)
		(void)fprintf(nodes, "%s,%s\n", data->items[i].id,
				node_names[department_of(data, i)]);
	for (int origin = NOW; origin < ORIGINS; origin++) {
		const size_t from = totals->items[origin]->origin;

		for (size_t k = 0; k < NODES; k++)
			for (size_t h = 0; h < AHEAD; h++)
				put_row(base, data, node_names[k], from + h,
						totals->own[origin][k][h], origin == BEFORE,
						totals->sales[(from + h) * NODES + k]);
		for (size_t i = 0; i < data->n_items; i++)
			for (size_t h = 0; h < AHEAD; h++)
				put_row(base, data, data->items[i].id, from + h,
						totals->items[origin]->mean[i * AHEAD + h],
						origin == BEFORE,
						data->sales[(from + h) * data->n_items + i]);
	}
}

static cstn_status agree(struct totals *totals, cstn_error **error)
{
	cstn_reconcile_options options = CSTN_RECONCILE_OPTIONS_INIT;
	char *nodes_text = NULL, *base_text = NULL;
	size_t nodes_size = 0, base_size = 0;
	FILE *nodes = open_memstream(&nodes_text, &nodes_size);
	FILE *base = open_memstream(&base_text, &base_size);
	cstn_csv_reader *reader = NULL, *base_reader = NULL;
	struct ArrowArrayStream node_rows, base_rows, out;
	struct table table;
	cstn_status status = nodes != NULL && base != NULL ? CSTN_OK : CSTN_E_NOMEM;

	if (status == CSTN_OK)
		put_base(totals, nodes, base);
	if ((nodes != NULL && fclose(nodes) != 0) || (base != NULL && fclose(base) != 0))
		status = CSTN_E_NOMEM;
	options.flags = CSTN_RECONCILE_NOT_NEGATIVE;
	options.weights = CSTN_RECONCILE_VARIANCE;
	if (status == CSTN_OK)
		status = rows_of_text(nodes_text, nodes_size, "unique_id text\nparent text null\n",
				&node_rows, &reader, error);
	if (status == CSTN_OK)
		status = rows_of_text(base_text, base_size,
				"unique_id text\nds date\nmean double\ny int64 null\n", &base_rows,
				&base_reader, error);
	if (status == CSTN_OK)
		status = cstn_reconcile(&node_rows, &base_rows, &options, NULL, &out, NULL, error);
	cstn_csv_reader_unref(reader);
	cstn_csv_reader_unref(base_reader);
	if (status == CSTN_OK)
		status = table_read(&out, &table);
	free(nodes_text);
	free(base_text);
	if (status != CSTN_OK)
		return status;
	for (int64_t row = 0; row < table.n_rows && row < NODES * AHEAD; row++)
		totals->agreed[row / AHEAD][row % AHEAD] =
				table_double(&table, row, table_column(&table, "mean"));
	table_free(&table);
	return CSTN_OK;
}

/* Root mean squared error against the steps from day to day. */
static double error_of(const struct totals *totals, size_t k, const double *ahead)
{
	const size_t n = totals->items[NOW]->origin;
	cstn_forecast_sample sample = CSTN_FORECAST_SAMPLE_INIT;
	double actual[AHEAD], value = (double)NAN, *history = calloc(n, sizeof(*history));

	if (history == NULL)
		return value;
	for (size_t day = 0; day < n; day++)
		history[day] = totals->sales[day * NODES + k];
	for (size_t h = 0; h < AHEAD; h++)
		actual[h] = totals->sales[(n + h) * NODES + k];
	sample.actual = actual;
	sample.forecast = ahead;
	sample.n = AHEAD;
	sample.history = history;
	sample.n_history = n;
	if (cstn_forecast_metric(CSTN_METRIC_RMSSE, &sample, &value, NULL) != CSTN_OK)
		value = (double)NAN;
	free(history);
	return value;
}

static void show(struct page *page, const struct totals *totals)
{
	page_table_begin(page, "Four weeks of each total: RMSSE",
			"total|units that came|sum of the items|by itself|reconciled", 1, 0);
	for (size_t k = 0; k < NODES; k++) {
		double units = 0.0;

		for (size_t h = 0; h < AHEAD; h++)
			units += totals->sales[(totals->items[NOW]->origin + h) * NODES + k];
		page_row_begin(page);
		page_cell(page, node_names[k]);
		page_cell_count(page, (int64_t)units);
		page_put(page,
				"<td class=\"n\">%.4f</td><td class=\"n\">%.4f</td><td "
				"class=\"n\">%.4f</td>",
				error_of(totals, k, totals->sums[k]),
				error_of(totals, k, totals->own[NOW][k]),
				error_of(totals, k, totals->agreed[k]));
		page_row_end(page);
	}
	page_table_end(page);
}

static void draw(struct page *page, const struct totals *totals)
{
	const struct m5 *data = totals->items[NOW]->data;
	char dates[3][16];
	const size_t origin = totals->items[NOW]->origin;
	double history[HISTORY], actual[AHEAD];
	struct chart_fan fan = {history, HISTORY, actual, totals->agreed[DEPARTMENTS], {NULL},
			{NULL}, AHEAD, m5_date(data, origin - HISTORY, dates[0]),
			m5_date(data, origin - 1, dates[1]),
			m5_date(data, origin + AHEAD - 1, dates[2])};

	for (size_t i = 0; i < HISTORY; i++)
		history[i] = totals->sales[(origin - HISTORY + i) * NODES + DEPARTMENTS];
	for (size_t h = 0; h < AHEAD; h++)
		actual[h] = totals->sales[(origin + h) * NODES + DEPARTMENTS];
	chart_fan(page, "The whole store, reconciled",
			"grey: sold; green: the sum of all items, "
			"departments and the store agreeing",
			&fan);
}

cstn_status report_totals(
		struct page *page, const struct item_forecasts *forecasts, cstn_error **error)
{
	struct item_forecasts before;
	struct totals totals;
	cstn_status status;

	memset(&totals, 0, sizeof(totals));
	status = items_forecast(forecasts->data, forecasts->origin - AHEAD, &before, error);
	totals.items[NOW] = forecasts;
	totals.items[BEFORE] = &before;
	if (status == CSTN_OK)
		status = add_up(&totals);
	if (status == CSTN_OK)
		status = forecast_own(&totals, NOW, error);
	if (status == CSTN_OK)
		status = forecast_own(&totals, BEFORE, error);
	if (status == CSTN_OK)
		status = agree(&totals, error);
	if (status == CSTN_OK) {
		page_put(page, "<h3>2. Totals that add up</h3><p>Buyers plan departments, the "
			       "store "
			       "its shifts, and each forecasts for itself: three figures for one "
			       "day. Weighted least squares over the tree moves each by as much as "
			       "it "
			       "was wrong in the four weeks before, until all add up.</p>\n");
		draw(page, &totals);
		show(page, &totals);
	}
	free(totals.sales);
	items_free(&before);
	return status;
}
