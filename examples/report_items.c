/* Items of a store: a model that learns day by day, four weeks ahead with quantiles, and how good
 * that was. */
#include "report_demand.h"

#include "report_fan.h"
#include "report_log.h"
#include "report_show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY 84
#define YEAR 365

static const double levels[LEVELS] = {.005, .025, .165, .25, .5, .75, .835, .975, .995};

/* --- arrays by item --------------------------------------------------------------------------- */

void items_free(struct item_forecasts *forecasts)
{
	free(forecasts->mean);
	free(forecasts->naive);
	free(forecasts->fit);
	for (size_t i = 0; i < LEVELS; i++)
		free(forecasts->quantile[i]);
	memset(forecasts, 0, sizeof(*forecasts));
}

static int by_id(const void *id, const void *item)
{
	return strcmp(id, ((const struct m5_item *)item)->id);
}

/* Items lie in order of their ids. */
static size_t item_of(const struct m5 *data, const char *id)
{
	const struct m5_item *found =
			bsearch(id, data->items, data->n_items, sizeof(*data->items), by_id);

	return found != NULL ? (size_t)(found - data->items) : 0;
}

/* A column of a table of forecasts, by item and day ahead. */
static double *take_column(const struct m5 *data, const struct table *table, const char *name)
{
	double *out = calloc(data->n_items * AHEAD + 1, sizeof(*out));
	int64_t id = table_column(table, "unique_id"), h = table_column(table, "h");
	int64_t column = table_column(table, name);
	char text[32];

	for (int64_t row = 0; out != NULL && column >= 0 && row < table->n_rows; row++) {
		size_t item = item_of(data, text_at(table, row, id, text, sizeof(text)));

		out[item * AHEAD + (size_t)table_integer(table, row, h) - 1] =
				table_double(table, row, column);
	}
	return out;
}

/* --- the model -------------------------------------------------------------------------------- */

/* A year of days at a time, as they would come. */
static cstn_status learn(
		const struct m5 *data, size_t origin, cstn_demand_model **out, cstn_error **error)
{
	static const char *const events[] = {"snap"};
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_update_options options = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_demand_model *model = NULL;
	cstn_status status;

	config.pool = "department";
	config.events = events;
	config.n_events = 1;
	options.flags = CSTN_DEMAND_WHOLE_PERIODS;
	status = cstn_demand_model_new(&config, NULL, &model, error);
	for (size_t from = 0; status == CSTN_OK && from < origin; from += YEAR) {
		struct ArrowArrayStream rows;
		cstn_csv_reader *reader = NULL;
		char *text = NULL;

		status = m5_rows(data, from, from + YEAR < origin ? from + YEAR : origin, &text,
				&rows, &reader, error);
		if (status == CSTN_OK)
			status = cstn_demand_model_update(model, &rows, &options, NULL, error);
		cstn_csv_reader_unref(reader);
		free(text);
	}
	if (status == CSTN_OK)
		*out = model;
	else
		cstn_demand_model_free(model);
	return status;
}

/* Days on which benefits are paid are known ahead. */
static cstn_status benefits_of(const struct m5 *data, size_t origin, char **text,
		struct ArrowArrayStream *future, cstn_csv_reader **reader, cstn_error **error)
{
	size_t size = 0;
	FILE *days = open_memstream(text, &size);

	if (days == NULL)
		return CSTN_E_NOMEM;
	(void)fputs("ds,snap\n", days);
	for (size_t day = origin; day < origin + AHEAD; day++) {
		char date[16];

		(void)fprintf(days, "%s,%d\n", m5_date(data, day, date), data->snap[day]);
	}
	if (fclose(days) != 0)
		return CSTN_E_NOMEM;
	return rows_of_text(*text, size, "ds date\nsnap int64\n", future, reader, error);
}

static cstn_status ahead_of(cstn_demand_model *model, const struct m5 *data, size_t origin,
		struct table *out, cstn_error **error)
{
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream future, ahead;
	cstn_csv_reader *reader = NULL;
	char *text = NULL;
	cstn_status status = benefits_of(data, origin, &text, &future, &reader, error);

	options.horizon = AHEAD;
	options.levels = levels;
	options.n_levels = LEVELS;
	if (status == CSTN_OK)
		status = cstn_demand_model_forecast(model, NULL, &future, &options, &ahead, error);
	cstn_csv_reader_unref(reader);
	free(text);
	return status == CSTN_OK ? table_read(&ahead, out) : status;
}

/* What the forecast of one item is made of, on the day of benefits that sells most. */
static void take_parts(struct item_forecasts *out, const struct table *parts)
{
	double most = 0.0;

	for (int64_t row = 0; row < parts->n_rows; row++) {
		double mean = table_double(parts, row, table_column(parts, "mean"));
		size_t day = out->origin +
			     (size_t)table_integer(parts, row, table_column(parts, "h")) - 1;

		if (!out->data->snap[day] || mean <= most)
			continue;
		most = mean;
		out->explained_day = day;
		out->level = table_double(parts, row, table_column(parts, "baseline"));
		out->week = table_double(parts, row, table_column(parts, "season"));
		out->benefits = table_double(parts, row, table_column(parts, "signal_snap"));
	}
}

static cstn_status explain(cstn_demand_model *model, struct item_forecasts *out, cstn_error **error)
{
	static const char keys_text[] = "unique_id\n" EXPLAINED "\n";
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream keys, future, parts;
	cstn_csv_reader *reader = NULL, *keys_reader = NULL;
	struct table table;
	char *text = NULL;
	cstn_status status = rows_of_text(keys_text, strlen(keys_text), "unique_id text\n", &keys,
			&keys_reader, error);

	if (status == CSTN_OK)
		status = benefits_of(out->data, out->origin, &text, &future, &reader, error);
	options.horizon = AHEAD;
	if (status == CSTN_OK)
		status = cstn_demand_model_explain(model, &keys, &future, &options, &parts, error);
	cstn_csv_reader_unref(reader);
	cstn_csv_reader_unref(keys_reader);
	free(text);
	if (status == CSTN_OK)
		status = table_read(&parts, &table);
	if (status != CSTN_OK)
		return status;
	take_parts(out, &table);
	table_free(&table);
	return CSTN_OK;
}

cstn_status items_forecast(const struct m5 *data, size_t origin, struct item_forecasts *out,
		cstn_error **error)
{
	cstn_demand_model *model = NULL;
	struct table table;
	cstn_status status = learn(data, origin, &model, error);

	memset(out, 0, sizeof(*out));
	out->data = data;
	out->origin = origin;
	if (status == CSTN_OK)
		status = explain(model, out, error);
	if (status == CSTN_OK)
		status = ahead_of(model, out->data, out->origin, &table, error);
	cstn_demand_model_free(model);
	if (status != CSTN_OK)
		return status;
	out->mean = take_column(out->data, &table, "mean");
	for (size_t i = 0; i < LEVELS; i++) {
		char name[NUMBER_SIZE];

		(void)snprintf(name, sizeof(name), "q_%.0f", 1e6 * levels[i]);
		out->quantile[i] = take_column(out->data, &table, name);
		if (out->quantile[i] == NULL)
			status = CSTN_E_NOMEM;
	}
	table_free(&table);
	return out->mean != NULL ? status : CSTN_E_NOMEM;
}

/* What users of a fitted family would have. */
static cstn_status compare(
		struct item_forecasts *out, const char *text, size_t size, cstn_error **error)
{
	cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;
	struct ArrowArrayStream rows, ahead;
	cstn_csv_reader *reader = NULL;
	struct table table;
	cstn_status status = rows_of_text(text, size, m5_schema, &rows, &reader, error);

	options.models = CSTN_FAMILY_AUTO | CSTN_FAMILY_SEASONAL_NAIVE;
	options.horizon = AHEAD;
	options.season = 7;
	if (status == CSTN_OK)
		status = cstn_family_fit(&rows, &options, NULL, &ahead, NULL, error);
	cstn_csv_reader_unref(reader);
	if (status == CSTN_OK)
		status = table_read(&ahead, &table);
	if (status != CSTN_OK)
		return status;
	out->naive = take_column(out->data, &table, "SeasonalNaive");
	out->fit = take_column(out->data, &table, "Auto");
	table_free(&table);
	return out->naive != NULL && out->fit != NULL ? CSTN_OK : CSTN_E_NOMEM;
}

/* --- how good --------------------------------------------------------------------------------- */

static const char score_schema[] = "unique_id text\nds date\ny int64\nlocal double\n"
				   "SeasonalNaive double\nAuto double\n"
				   "local-q_5000 double\nlocal-q_25000 double\n"
				   "local-q_165000 double\nlocal-q_250000 double\n"
				   "local-q_500000 double\nlocal-q_750000 double\n"
				   "local-q_835000 double\nlocal-q_975000 double\n"
				   "local-q_995000 double\n";

static cstn_status put_forecasts(
		const struct item_forecasts *forecasts, char **out_text, size_t *out_size)
{
	const struct m5 *data = forecasts->data;
	FILE *text = open_memstream(out_text, out_size);

	if (text == NULL)
		return CSTN_E_NOMEM;
	(void)fputs("unique_id,ds,y,local,SeasonalNaive,Auto", text);
	for (size_t k = 0; k < LEVELS; k++)
		(void)fprintf(text, ",local-q_%.0f", 1e6 * levels[k]);
	(void)fputs("\n", text);
	for (size_t i = 0; i < data->n_items; i++)
		for (size_t h = 0; h < AHEAD; h++) {
			const size_t at = i * AHEAD + h, day = forecasts->origin + h;
			char date[16];

			(void)fprintf(text, "%s,%s,%.0f,%.17g,%.17g,%.17g", data->items[i].id,
					m5_date(data, day, date),
					data->sales[day * data->n_items + i], forecasts->mean[at],
					forecasts->naive[at], forecasts->fit[at]);
			for (size_t k = 0; k < LEVELS; k++)
				(void)fprintf(text, ",%.17g", forecasts->quantile[k][at]);
			(void)fputs("\n", text);
		}
	return fclose(text) == 0 ? CSTN_OK : CSTN_E_NOMEM;
}

/* The value of a measure; of quantiles the mean over all levels. */
static double scored(const struct table *scores, const char *metric, const char *model)
{
	char name[40], of[40];
	double value = (double)NAN;

	for (int64_t row = 0; row < scores->n_rows; row++)
		if (table_is_null(scores, row, table_column(scores, "q_ppm")) &&
				strcmp(text_at(scores, row, table_column(scores, "metric"), name,
						       sizeof(name)),
						metric) == 0 &&
				strcmp(text_at(scores, row, table_column(scores, "model"), of,
						       sizeof(of)),
						model) == 0)
			value = number_at(scores, row, table_column(scores, "value"));
	return value;
}

static void show_scores(struct page *page, const struct table *scores, const char *caption)
{
	static const char *const metrics[][2] = {{"rmsse", "RMSSE"}, {"wape", "WAPE"},
			{"bias", "bias"}, {"scaled_pinball", "scaled pinball, nine levels"}};
	static const char *const models[] = {"local", "Auto", "SeasonalNaive"};

	page_table_begin(page, caption, "measure|model of this page|Auto|last week", 1, 0);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		page_row_begin(page);
		page_cell(page, metrics[i][1]);
		for (size_t k = 0; k < sizeof(models) / sizeof(models[0]); k++) {
			double value = scored(scores, metrics[i][0], models[k]);

			if (isnan(value))
				page_put(page, "<td class=\"n\"></td>");
			else
				page_put(page, "<td class=\"n\">%.4f</td>", value);
		}
		page_row_end(page);
	}
	page_table_end(page);
}

static cstn_status score(struct page *page, const struct item_forecasts *forecasts,
		const char *history, size_t history_size, int32_t weighting, const char *caption,
		cstn_error **error)
{
	static const int32_t metrics[] = {CSTN_METRIC_RMSSE, CSTN_METRIC_WAPE, CSTN_METRIC_BIAS,
			CSTN_METRIC_SCALED_PINBALL};
	cstn_score_options options = CSTN_SCORE_OPTIONS_INIT;
	struct ArrowArrayStream rows, past, scores;
	cstn_csv_reader *reader = NULL, *past_reader = NULL;
	struct table table;
	char *text = NULL;
	size_t size = 0;
	cstn_status status = put_forecasts(forecasts, &text, &size);

	options.metrics = metrics;
	options.n_metrics = sizeof(metrics) / sizeof(metrics[0]);
	options.weighting = weighting;
	if (status == CSTN_OK)
		status = rows_of_text(text, size, score_schema, &rows, &reader, error);
	if (status == CSTN_OK)
		status = rows_of_text(history, history_size, m5_schema, &past, &past_reader, error);
	if (status == CSTN_OK)
		status = cstn_forecast_score(&rows, &past, &options, NULL, &scores, NULL, error);
	cstn_csv_reader_unref(reader);
	cstn_csv_reader_unref(past_reader);
	free(text);
	if (status == CSTN_OK)
		status = table_read(&scores, &table);
	if (status != CSTN_OK)
		return status;
	show_scores(page, &table, caption);
	table_free(&table);
	return CSTN_OK;
}

/* --- pictures --------------------------------------------------------------------------------- */

static void fan_of(struct page *page, const struct item_forecasts *forecasts, const char *id)
{
	const struct m5 *data = forecasts->data;
	const size_t item = item_of(data, id), n = data->n_items, origin = forecasts->origin;
	double history[HISTORY], actual[AHEAD], units = 0.0;
	char title[120], dates[3][16];
	struct chart_fan fan = {history, HISTORY, actual, forecasts->mean + item * AHEAD, {NULL},
			{NULL}, AHEAD, m5_date(data, origin - HISTORY, dates[0]),
			m5_date(data, origin - 1, dates[1]),
			m5_date(data, origin + AHEAD - 1, dates[2])};
	for (size_t i = 0; i < HISTORY; i++) {
		history[i] = data->sales[(origin - HISTORY + i) * n + item];
		units += history[i];
	}
	for (size_t i = 0; i < AHEAD; i++)
		actual[i] = data->sales[(origin + i) * n + item];
	for (size_t i = 0; i < FAN_BANDS; i++) {
		fan.low[i] = forecasts->quantile[i < 2 ? i + 1 : 3] + item * AHEAD;
		fan.high[i] = forecasts->quantile[i < 2 ? LEVELS - 2 - i : 5] + item * AHEAD;
	}
	(void)snprintf(title, sizeof(title), "%s: %.1f units a day", id, units / HISTORY);
	chart_fan(page, title,
			"grey: sold; green: the mean expected on 2016-03-27; bands: 2.5 to 97.5 %, "
			"16.5 to 83.5 % and the middle half",
			&fan);
}

/* Why so much: one day of one item, from its level to its forecast. */
static void parts_of(struct page *page, const struct item_forecasts *forecasts)
{
	static const char *const weekdays[] = {"Mondays", "Tuesdays", "Wednesdays", "Thursdays",
			"Fridays", "Saturdays", "Sundays"};
	const size_t day = forecasts->explained_day;
	/* the first day, 2011-01-29, was a Saturday */
	const struct chart_part parts[] = {{weekdays[(day + 5) % 7], forecasts->week},
			{"benefits are paid", forecasts->benefits}};
	char title[120], date[16];

	if (!day)
		return;
	(void)snprintf(title, sizeof(title), "Why %.0f units of %s on %s?",
			forecasts->level + forecasts->week + forecasts->benefits, EXPLAINED,
			m5_date(forecasts->data, day, date));
	chart_parts(page, title,
			"parts of the mean, in units; a level, times the weekday, times the "
			"benefits, "
			"shared by their logarithms so that they add up in any order",
			forecasts->level, parts, 2);
}

static void about(struct page *page, const struct m5 *data)
{
	char items[NUMBER_SIZE];

	page_put(page,
			"<h3>1. Items of a store</h3><p>Units of %s food items of one store, a "
			"row a day from 2011-01-29 (M5, Makridakis et al. 2022). A model learns "
			"from each row as it comes; departments share the shape of the week and "
			"what a day with benefits adds. Nothing is fitted again. It stands on "
			"2016-03-27 and looks four weeks ahead; the four weeks that came were not "
			"seen.</p>\n",
			format_count((int64_t)data->n_items, items));
}

cstn_status report_items(struct page *page, const struct m5 *data, struct item_forecasts *out,
		cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	char *text = NULL;
	size_t size;
	cstn_status status;

	status = items_forecast(data, data->n_days - AHEAD, out, error);
	if (status != CSTN_OK)
		return status;
	about(page, data);
	fan_of(page, out, EXPLAINED);
	parts_of(page, out);
	fan_of(page, out, "FOODS_1_018");
	status = m5_rows(data, 0, out->origin, &text, &rows, &reader, error);
	if (status != CSTN_OK)
		return status;
	rows.release(&rows);
	cstn_csv_reader_unref(reader);
	size = strlen(text);
	status = compare(out, text, size, error);
	if (status == CSTN_OK)
		status = score(page, out, text, size, CSTN_WEIGHT_NONE,
				"Four weeks of all items, each item alike", error);
	if (status == CSTN_OK)
		status = score(page, out, text, size, CSTN_WEIGHT_UNITS,
				"The same, items by the units of their last four weeks", error);
	free(text);
	page_put(page, "<p class=\"soft\">RMSSE and the scaled pinball loss as in M5: against the "
		       "steps from day to day. An automatic model fitted to each item (Auto) and "
		       "last week's sales stand beside; one origin is not much: "
		       "means move by .025 from origin to origin.</p>\n");
	return status;
}
