/* Out of memory in forecasts of rows. */
#include <stdio.h>

#include "../unit/csv_rows.h"
#include "oom.h"

/* Three series of 30 periods, one of them behind a gap, in an order of their own. */
static void rows_of(struct ArrowArrayStream *out)
{
	char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y\n");
	int i;

	for (i = 0; i < 90; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "s%d,%d,%d\n", i % 3,
				(i * 7) % 30 + (i % 3 == 1 && (i * 7) % 30 > 20), i % 11);
	csv_rows(out, "unique_id text\nds int64\ny double\n", text);
}

static cstn_status run_fit(oom *o)
{
	cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	options.models = 0x1ff80fff;
	options.ets_form = "ZNZ";
	options.levels[0] = 80;
	options.season = 7;
	options.threads = 1;
	if (o->which)
		options.models = CSTN_FAMILY_AUTO_ETS | CSTN_FAMILY_ETS;
	rows_of(&rows);
	oom_arm(o);
	OOM_CALL(status, (o->which ? cstn_ets_fit : cstn_family_fit)(
					 &rows, &options, o->allocator, &out, &bad, &error));
	return oom_table_of_rest(o, status, &out, bad);
}

/* --- the global ridge --- */

/* Two series of 24 periods in two pools, with two more to come. */
static void pooled(struct ArrowArrayStream *out)
{
	char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y,pool,fair\n");
	int i;

	for (i = 0; i < 48; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "s%d,%d,%d,p%d,%d\n",
				i / 24, i % 24, i * i % 7, i / 24, i % 5 == 0);
	csv_rows(out, "unique_id text\nds int64\ny double\npool text\nfair double\n", text);
}

static cstn_demand_global *global_of(const cstn_allocator *allocator, cstn_status *status)
{
	static const cstn_global_signal fair = {"fair", CSTN_GLOBAL_BY_POOL, 0};
	cstn_demand_global_options options = CSTN_DEMAND_GLOBAL_OPTIONS_INIT;
	cstn_demand_global *model = NULL;
	struct ArrowArrayStream rows;

	options.season = 1;
	options.horizon = 2;
	options.origins = 3;
	options.threads = 1;
	options.pool = "pool";
	options.signals = &fair;
	options.n_signals = 1;
	options.trees = 1;
	pooled(&rows);
	if (status)
		OOM_CALL(*status, cstn_demand_global_fit(&rows, &options, allocator, &model, NULL,
						  &error));
	else
		ck_assert_int_eq(cstn_demand_global_fit(
						 &rows, &options, allocator, &model, NULL, NULL),
				CSTN_OK);
	return model;
}

static cstn_status run_global_fit(oom *o)
{
	cstn_demand_global *model;
	cstn_status status;

	oom_arm(o);
	model = global_of(o->allocator, &status);
	oom_disarm(o);
	ck_assert((status == CSTN_OK) == (model != NULL));
	cstn_demand_global_unref(model);
	return status;
}

/* A local model of one of the series. */
static cstn_demand_model *local_of(void)
{
	static const char *const events[] = {"fair"};
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_update_options options = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_demand_model *model = NULL;
	struct ArrowArrayStream rows;

	config.season = 3;
	config.events = events;
	config.n_events = 1;
	options.flags = CSTN_DEMAND_WHOLE_PERIODS;
	csv_rows(&rows, "unique_id text\nds int64\ny double\nfair int64\n",
			"unique_id,ds,y,fair\ns0,22,1,0\ns0,23,3,1\n");
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_demand_model_update(model, &rows, &options, NULL, NULL), CSTN_OK);
	return model;
}

/* 0: forecast; 1: explained; 2: with a local model; 3: by weights. */
static cstn_status run_global_forecast(oom *o)
{
	cstn_demand_global *model = global_of(o->allocator, NULL);
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream rows, weights, out;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	options.threads = 1;
	options.local = o->which >= 2 ? local_of() : NULL;
	pooled(&rows);
	if (o->which == 3) {
		csv_rows(&weights, "pool text\nweek int64\nglobal double\nlocal double\n",
				"pool,week,global,local\np,1,1,3\nq,1,1,1\n");
		options.weights = &weights;
	}
	oom_arm(o);
	if (o->which)
		OOM_CALL(status, cstn_demand_global_explain(
						 model, &rows, &options, &out, NULL, &error));
	else
		OOM_CALL(status, cstn_demand_global_forecast(
						 model, &rows, NULL, &out, NULL, &error));
	status = oom_table(o, status, &out);
	cstn_demand_model_free(options.local);
	cstn_demand_global_unref(model);
	return status;
}

static cstn_status run_weights(oom *o)
{
	cstn_demand_weights_options options = CSTN_DEMAND_WEIGHTS_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	options.pool = "pool";
	csv_rows(&rows, "pool text\nh int64\ny double\nglobal double\nlocal double\n",
			"pool,h,y,global,local\np,1,2,3,4\nq,9,1,1,1\np,0,1,1,1\n");
	oom_arm(o);
	OOM_CALL(status, cstn_demand_weights(&rows, &options, o->allocator, &out, &bad, &error));
	ck_assert((status == CSTN_E_ROWS) == (bad != NULL));
	cstn_row_errors_free(bad);
	return oom_table(o, status == CSTN_E_ROWS ? CSTN_OK : status, &out);
}

static cstn_status run_regress(oom *o)
{
	static const cstn_regress_signal fair = {"fair", CSTN_REGRESS_NEXT, 0};
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	options.signals = &fair;
	options.n_signals = 1;
	options.season = 3;
	options.threads = 1;
	pooled(&rows);
	oom_arm(o);
	if (o->which)
		OOM_CALL(status, cstn_regress_explain(&rows, &options, o->allocator, &out, NULL,
						 &error));
	else
		OOM_CALL(status, cstn_regress(&rows, &options, o->allocator, &out, NULL, &error));
	return oom_table(o, status, &out);
}

OOM_TABLE(run_global_table, demand_global, unref, global_of(o->allocator, NULL),
		cstn_demand_global_export(self, o->which, &out, &error))
OOM_BYTES(demand_global, global_of(o->allocator, NULL), global_of(NULL, NULL))

/* --- what signals are worth --- */

/* Two series of 14 periods, two signals, a bad row of either stream. */
static void signals_of(struct ArrowArrayStream *rows, struct ArrowArrayStream *signals)
{
	char text[2048], more[2048];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y,pool\n"), also;
	int i;

	also = (size_t)snprintf(more, sizeof(more), "signal,unique_id,ds,value,available_us\n");
	for (i = 0; i < 28; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "s%d,%d,%d,p\n", i % 2,
				i / 2, i * 5 % 11);
	for (i = 0; i < 15; i++)
		also += (size_t)snprintf(more + also, sizeof(more) - also,
				"price,p,%d,%d,%d\norders,s0,%d,3,%d\n", i, 2 + i % 3, i - 2, i,
				i - 3);
	snprintf(text + used, sizeof(text) - used, "s2,1,2e300,p\n");
	snprintf(more + also, sizeof(more) - also, "price,nobody,1,1,1\n");
	csv_rows(rows, "unique_id text\nds int64\ny double\npool text\n", text);
	csv_rows(signals,
			"signal text\nunique_id text null\nds int64\nvalue double\n"
			"available_us int64 null\n",
			more);
}

static cstn_status run_value(oom *o)
{
	static const int32_t short_mean = 2;
	cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;
	cstn_signal price = CSTN_SIGNAL_INIT, other, orders = CSTN_SIGNAL_INIT;
	const cstn_signal *declared[] = {&price, &other, &orders};
	struct ArrowArrayStream rows, signals, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	price.name = "price";
	price.partner = "shop";
	price.kind = CSTN_SIGNAL_KNOWN_FUTURE;
	other = price;
	price.feature = CSTN_SIGNAL_AS_PRICE;
	other.feature = CSTN_SIGNAL_AS_CROSS_PRICE;
	orders.name = "orders";
	orders.kind = CSTN_SIGNAL_FORWARD_ORDER;
	options.flags = CSTN_SIGNAL_BY_POOL;
	options.season = 2;
	options.means = &short_mean;
	options.n_means = 1;
	options.origins = 4;
	options.resamples = 9;
	options.service_ppm = 900000;
	options.threads = 1;
	signals_of(&rows, &signals);
	oom_arm(o);
	OOM_CALL(status, cstn_signal_value(&rows, &signals, declared, 3, &options, o->allocator,
					 &out, &bad, &error));
	return oom_table_of_rest(o, status, &out, bad);
}

static cstn_status run_filter(oom *o)
{
	const double y[] = {3, 5, 4, 6}, seasonal[] = {1, -1};
	cstn_ets_parameters given = CSTN_ETS_PARAMETERS_INIT;
	cstn_ets_paths paths = CSTN_ETS_PATHS_INIT;
	double fitted[4] = {-1, -1, -1, -1};
	cstn_status status;

	given.alpha = given.gamma = .2;
	given.level = 4;
	given.seasonal = seasonal;
	given.season = 2;
	paths.fitted = fitted;
	oom_arm(o);
	OOM_CALL(status, cstn_ets_filter("ANA", &given, y, 4, o->allocator, &paths, NULL, &error));
	oom_disarm(o);
	ck_assert((status == CSTN_OK) == (fitted[0] > 0));
	return status;
}

const oom_case oom_cases_forecast[] = {
		{"cstn_family_fit", run_fit, 0, 0},
		{"cstn_ets_fit", run_fit, 0, 1},
		{"cstn_demand_global_fit", run_global_fit, 0, 0},
		{"cstn_demand_global_forecast", run_global_forecast, 0, 0},
		{"cstn_demand_global_explain", run_global_forecast, 0, 3},
		{"cstn_demand_weights", run_weights, 0, 0},
		{"cstn_demand_global_explain", run_global_forecast, 0, 1},
		{"cstn_demand_global_explain", run_global_forecast, 0, 2},
		{"cstn_demand_global_export", run_global_table, 0, 0},
		{"cstn_demand_global_export", run_global_table, 0, 1},
		{"cstn_demand_global_export", run_global_table, 0, 2},
		{"cstn_regress", run_regress, 0, 0},
		{"cstn_regress_explain", run_regress, 0, 1},
		{"cstn_demand_global_serialize", demand_global_to_bytes, 0, 0},
		{"cstn_demand_global_deserialize", demand_global_from_bytes, 0, 0},
		{"cstn_signal_value", run_value, 0, 0},
		{"cstn_ets_filter", run_filter, 0, 0},
};
const size_t oom_count_forecast = sizeof(oom_cases_forecast) / sizeof(oom_cases_forecast[0]);
