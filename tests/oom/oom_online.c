/* Out of memory in signal models: learning by frames and by rows, pooling, forecasting, tables,
 * merging, bytes. */
#include "../unit/online_rows.h"
#include "oom.h"

#define DAYS 30

static cstn_signal_model *empty(const cstn_allocator *allocator)
{
	cstn_signal_model_config config = online_config();
	cstn_signal_model *model = NULL;

	ck_assert_int_eq(cstn_signal_model_new(&config, allocator, &model, NULL), CSTN_OK);
	return model;
}

/* Two series from `first` on; odd `which`: pools know something. */
static cstn_signal_model *filled(const cstn_allocator *allocator, int32_t which, size_t first)
{
	cstn_signal_model *model = empty(allocator);
	online_row *history = online_history(6, DAYS, 7);

	if (which & 1) {
		online_feed(model, history, 6 * DAYS, 1, NULL);
		ck_assert_int_eq(cstn_signal_model_pool(model, CSTN_SIGNAL_MODEL_RESTART, NULL),
				CSTN_OK);
	}
	online_feed(model, history + first * DAYS, 2 * DAYS, 1, NULL);
	free(history);
	return model;
}

static cstn_status run_new(oom *o)
{
	cstn_signal_model_config config = online_config();
	cstn_signal_model *made = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_signal_model_new(&config, o->allocator, &made, &error));
	ck_assert((made != NULL) == (status == CSTN_OK));
	oom_disarm(o);
	cstn_signal_model_free(made);
	return status;
}

static const char more[] = "unique_id,ds,y,fair,price,shut,pool\n"
			   "s00,1970-01-31,4,1,,0,drink\nnew,1970-01-31,5,0,1,0,tools\n"
			   "new,1970-02-01,4,0,.5,0,tools\nbad,1970-01-31,-1,0,1,0,food\n";

static cstn_status run_update(oom *o)
{
	cstn_signal_model_update_options options = CSTN_SIGNAL_MODEL_UPDATE_OPTIONS_INIT;
	cstn_signal_model *model =
			o->which < 2 ? filled(o->allocator, o->which, 0) : empty(o->allocator);
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	options.threads = 1;
	csv_rows(&rows, online_schema, more);
	oom_arm(o);
	OOM_CALL(status, cstn_signal_model_update(model, &rows, &options, &bad, &error));
	status = oom_rows(status, bad, 1);
	oom_unchanged(o, status, &sealed_signal_model, model,
			o->which < 2 ? filled(NULL, o->which, 0) : empty(NULL));
	return status;
}

static cstn_status run_one(oom *o)
{
	cstn_signal_model *model = empty(o->allocator);
	cstn_signal_model_row row = CSTN_SIGNAL_MODEL_ROW_INIT;
	cstn_status status;

	row.key = "new";
	row.pool = "tools";
	row.key_len = 3;
	row.pool_len = 5;
	row.ds = DAYS;
	row.y = 3;
	oom_arm(o);
	OOM_CALL(status, cstn_signal_model_update_one(model, &row, &error));
	oom_unchanged(o, status, &sealed_signal_model, model, empty(NULL));
	return status;
}

static cstn_status run_pool(oom *o)
{
	cstn_signal_model *model = filled(o->allocator, o->which, 0);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_signal_model_pool(model, (uint32_t)o->which >> 1, &error));
	oom_unchanged(o, status, &sealed_signal_model, model, filled(NULL, o->which, 0));
	return status;
}

static cstn_status run_forecast(oom *o)
{
	static const char ahead[] = "unique_id,ds,fair,price,shut,pool\ns00,1970-01-31,1,,0,\n"
				    "new,1970-01-31,0,1,0,food\ns01,1970-01-02,0,1,0,food\n";
	cstn_signal_model *model = filled(o->allocator, o->which, 0);
	cstn_signal_model_forecast_options options = CSTN_SIGNAL_MODEL_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	csv_rows(&rows,
			"unique_id text\nds date\nfair double\nprice double null\nshut int64\n"
			"pool text null\n",
			ahead);
	options.threads = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_signal_model_forecast(model, o->which & 2 ? NULL : &rows, &options,
					 &out, &bad, &error));
	status = oom_rows(status, bad, !(o->which & 2));
	ck_assert((out.release != NULL) == (status == CSTN_OK));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	oom_disarm(o);
	if (rows.release)
		rows.release(&rows);
	cstn_signal_model_free(model);
	return status;
}

static cstn_status run_export(oom *o)
{
	cstn_signal_model *model = filled(o->allocator, 1, 0);
	struct ArrowArrayStream out;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	oom_arm(o);
	OOM_CALL(status, cstn_signal_model_export(model, o->which, &out, &error));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	oom_disarm(o);
	cstn_signal_model_free(model);
	return status;
}

OOM_MERGE(signal_model, o->which & 2 ? empty(o->allocator) : filled(o->allocator, o->which, 0),
		filled(o->allocator, o->which, 2),
		o->which & 2 ? empty(NULL) : filled(NULL, o->which, 0))
OOM_BYTES(signal_model, filled(o->allocator, o->which, 0), filled(NULL, o->which, 0))

const oom_case oom_cases_online[] = {
		{"cstn_signal_model_new", run_new, 0, 0},
		{"cstn_signal_model_update", run_update, 0, 0},
		{"cstn_signal_model_update", run_update, 0, 1},
		{"cstn_signal_model_update", run_update, 0, 2},
		{"cstn_signal_model_update_one", run_one, 0, 0},
		{"cstn_signal_model_pool", run_pool, 0, 0},
		{"cstn_signal_model_pool", run_pool, 0, 1},
		{"cstn_signal_model_pool", run_pool, 0, 2},
		{"cstn_signal_model_forecast", run_forecast, 0, 0},
		{"cstn_signal_model_forecast", run_forecast, 0, 1},
		{"cstn_signal_model_forecast", run_forecast, 0, 2},
		{"cstn_signal_model_export", run_export, 0, 0},
		{"cstn_signal_model_export", run_export, 0, 1},
		{"cstn_signal_model_merge", signal_model_merge, 0, 0},
		{"cstn_signal_model_merge", signal_model_merge, 0, 1},
		{"cstn_signal_model_merge", signal_model_merge, 0, 2},
		{"cstn_signal_model_merge", signal_model_merge, 0, 3},
		{"cstn_signal_model_serialize", signal_model_to_bytes, 0, 0},
		{"cstn_signal_model_serialize", signal_model_to_bytes, 0, 1},
		{"cstn_signal_model_deserialize", signal_model_from_bytes, 0, 0},
		{"cstn_signal_model_deserialize", signal_model_from_bytes, 0, 1},
};
const size_t oom_count_online = sizeof(oom_cases_online) / sizeof(oom_cases_online[0]);
