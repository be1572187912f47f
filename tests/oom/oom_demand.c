/* Out of memory in demand models: learning by frames and by rows, closing, forecasting, merging,
 * bytes. */
#include "../unit/demand_rows.h"
#include "oom.h"

#define DAYS 60

/* What a case has: rows that are kept for replay. */
#define KEPT 1
#define MONTHS 8 /* at the pace of months */

static cstn_demand_config config_of(int32_t which)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	static const char *const events[] = {"fair"};

	config.pool = "pool";
	config.events = events;
	config.n_events = 1;
	config.season = 7;
	config.gap = CSTN_GAP_MISSING;
	config.pace = which == MONTHS ? CSTN_DEMAND_PACE_MONTHS : CSTN_DEMAND_PACE_BY_PERIOD;
	config.flags = which == KEPT ? CSTN_DEMAND_REPLAY | CSTN_DEMAND_CALIBRATE : 0;
	return config;
}

static cstn_demand_model *empty(const cstn_allocator *allocator, int32_t which)
{
	cstn_demand_config config = config_of(which);
	cstn_demand_model *model = NULL;

	ck_assert_int_eq(cstn_demand_model_new(&config, allocator, &model, NULL), CSTN_OK);
	return model;
}

/* Two series from `first` on; then with their first days closed. */
static cstn_demand_model *open_one(const cstn_allocator *allocator, int32_t which, size_t first)
{
	cstn_demand_model *model = empty(allocator, which);
	demand_row *history = demand_history(4, DAYS, 7), rows[2 * DAYS];
	size_t n = demand_slice(history + first * DAYS, 2, DAYS, 0, 8, 0, rows);

	demand_feed(model, rows, n, 0, NULL);
	free(history);
	return model;
}

static cstn_demand_model *filled(const cstn_allocator *allocator, int32_t which, size_t first)
{
	cstn_demand_model *model = open_one(allocator, which, first);

	demand_close(model, 5);
	return model;
}

static cstn_status run_new(oom *o)
{
	cstn_demand_config config = config_of(o->which);
	cstn_demand_model *made = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_demand_model_new(&config, o->allocator, &made, &error));
	ck_assert((made != NULL) == (status == CSTN_OK));
	oom_disarm(o);
	cstn_demand_model_free(made);
	return status;
}

static const char schema[] = "unique_id text\nds date\ny double\npool text\nfair int64\n";
static const char more[] = "unique_id,ds,y,pool,fair\ns00,1970-01-09,4,drink,0\n"
			   "new,1970-01-09,3,food,0\nnew,1970-01-09,5,food,0\n"
			   "other,1970-01-10,1,tools,1\nbad,1970-01-10,-1,food,0\n"
			   "late,1970-01-04,2,tools,0\n";

static cstn_status run_update(oom *o)
{
	cstn_demand_update_options options = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_demand_model *model = o->which < 4 ? filled(o->allocator, o->which & 1, 0)
						: empty(o->allocator, o->which & 1);
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	options.flags = CSTN_DEMAND_SORT | (o->which & 2 ? CSTN_DEMAND_WHOLE_PERIODS : 0);
	csv_rows(&rows, schema, more);
	oom_arm(o);
	OOM_CALL(status, cstn_demand_model_update(model, &rows, &options, &bad, &error));
	status = oom_rows(status, bad, 1);
	oom_unchanged(o, status, &sealed_demand_model, model,
			o->which < 4 ? filled(NULL, o->which & 1, 0) : empty(NULL, o->which & 1));
	return status;
}

static cstn_status run_one(oom *o)
{
	cstn_demand_model *model = filled(o->allocator, o->which, 0);
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	cstn_status status;

	row.key = "new";
	row.pool = "tools";
	row.key_len = 3;
	row.pool_len = 5;
	row.ds = 9;
	row.y = 3;
	oom_arm(o);
	OOM_CALL(status, cstn_demand_model_update_one(model, &row, &error));
	oom_unchanged(o, status, &sealed_demand_model, model, filled(NULL, o->which, 0));
	return status;
}

static cstn_demand_model *long_one(const cstn_allocator *allocator)
{
	cstn_demand_model *model = empty(allocator, 0);
	demand_row *history = demand_history(1, DAYS, 7);

	demand_feed(model, history, DAYS, 0, NULL);
	free(history);
	return model;
}

static cstn_status run_close(oom *o)
{
	cstn_demand_model *model = long_one(o->allocator);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_demand_model_close_period(model, DAYS - 1, &error));
	oom_unchanged(o, status, &sealed_demand_model, model, long_one(NULL));
	return status;
}

/* What follows a call that gives a table of a model, which may have taken the keys. */
static cstn_status table_of(oom *o, cstn_status status, struct ArrowArrayStream *out,
		struct ArrowArrayStream *keys, cstn_demand_model *model)
{
	status = oom_table(o, status, out);
	if (keys->release)
		keys->release(keys);
	cstn_demand_model_free(model);
	return status;
}

/* With bit 4 of `which` explained, else forecast, with bit 2 by levels too. */
static cstn_status run_forecast(oom *o)
{
	cstn_status (*const call)(cstn_demand_model *, struct ArrowArrayStream *,
			struct ArrowArrayStream *, const cstn_demand_forecast_options *,
			struct ArrowArrayStream *, cstn_error **) =
			o->which & 4 ? cstn_demand_model_explain : cstn_demand_model_forecast;
	static const double levels[] = {.1, .9};
	cstn_demand_model *model = filled(o->allocator, o->which & 1, 0);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream keys, future, out;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	csv_rows(&keys, "unique_id text\npool text\n", "unique_id,pool\ns00,drink\nnew,food\n");
	csv_rows(&future, "ds date\nfair int64\n", "ds,fair\n1970-01-09,1\n");
	options.threads = 1;
	options.levels = levels;
	options.n_levels = o->which & 2 ? 2 : 0;
	options.flags = CSTN_DEMAND_WITHIN;
	oom_arm(o);
	OOM_CALL(status, call(model, o->which & 1 ? &keys : NULL, &future, &options, &out, &error));
	return table_of(o, status, &out, &keys, model);
}

static cstn_status run_lead_time(oom *o)
{
	static const double shares[] = {1, 2, 1};
	cstn_demand_model *model = filled(o->allocator, o->which, 0);
	cstn_demand_lead_options options = CSTN_DEMAND_LEAD_OPTIONS_INIT;
	struct ArrowArrayStream keys, out;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	csv_rows(&keys, "unique_id text\nstock double null\n", "unique_id,stock\ns00,\ns01,3\n");
	options.threads = 1;
	options.periods = 3;
	options.shares = shares;
	options.level = .9;
	oom_arm(o);
	OOM_CALL(status, cstn_demand_model_lead_time(model, &keys, NULL, &options, &out, &error));
	return table_of(o, status, &out, &keys, model);
}

OOM_MERGE(demand_model, open_one(o->allocator, o->which, 0), open_one(o->allocator, o->which, 2),
		open_one(NULL, o->which, 0))
OOM_BYTES(demand_model, filled(o->allocator, o->which, 0), filled(NULL, o->which, 0))

const oom_case oom_cases_demand[] = {
		{"cstn_demand_model_new", run_new, 0, 0},
		{"cstn_demand_model_update", run_update, 0, 0},
		{"cstn_demand_model_update", run_update, 0, 1},
		{"cstn_demand_model_update", run_update, 0, 2},
		{"cstn_demand_model_update", run_update, 0, 3},
		{"cstn_demand_model_update", run_update, 0, 6},
		{"cstn_demand_model_update", run_update, 0, 7},
		{"cstn_demand_model_update", run_update, 0, MONTHS},
		{"cstn_demand_model_update_one", run_one, 0, 0},
		{"cstn_demand_model_update_one", run_one, 0, 1},
		{"cstn_demand_model_close_period", run_close, 0, 0},
		{"cstn_demand_model_forecast", run_forecast, 0, 0},
		{"cstn_demand_model_forecast", run_forecast, 0, 1},
		{"cstn_demand_model_forecast", run_forecast, 0, 3},
		{"cstn_demand_model_explain", run_forecast, 0, 4},
		{"cstn_demand_model_explain", run_forecast, 0, 5},
		{"cstn_demand_model_lead_time", run_lead_time, 0, 0},
		{"cstn_demand_model_lead_time", run_lead_time, 0, 1},
		{"cstn_demand_model_merge", demand_model_merge, 0, 0},
		{"cstn_demand_model_merge", demand_model_merge, 0, 1},
		{"cstn_demand_model_merge", demand_model_merge, 0, MONTHS},
		{"cstn_demand_model_serialize", demand_model_to_bytes, 0, 1},
		{"cstn_demand_model_deserialize", demand_model_from_bytes, 0, 0},
		{"cstn_demand_model_deserialize", demand_model_from_bytes, 0, 1},
		{"cstn_demand_model_deserialize", demand_model_from_bytes, 0, MONTHS},
};
const size_t oom_count_demand = sizeof(oom_cases_demand) / sizeof(oom_cases_demand[0]);
