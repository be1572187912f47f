/* Out of memory in what is said of forecasts of many series. */
#include <stdio.h>

#include "../unit/csv_rows.h"
#include "../unit/sealed_kinds.h"
#include "oom.h"

#define LEDGER                                                                                 \
	"unique_id text\nds int64\nauthor text null\ny double\nnaive double\nplanner double\n" \
	"planner_available_us int64\n"

static const char forecasts[] = "unique_id,ds,cutoff,state,y,A,B,A-lo-80,A-hi-80\n"
				"a,5,4,TX,3,2,1,1,4\na,6,4,TX,4,2,1,1,4\nb,5,4,CA,3,2,1,1,4\n"
				"b,6,4,CA,3,2,1,1,4\nb,6,4,CA,3,2,1,1,4\nc,5,3,CA,3,2,1,1,4\n";
static const char history[] = "unique_id,ds,y,price_minor\na,1,2,5\na,2,3,5\nb,1,2,5\nb,3,1,5\n";

static cstn_status run_score(oom *o)
{
	static const int32_t metrics[] = {
			CSTN_METRIC_RMSSE, CSTN_METRIC_OWA, CSTN_METRIC_MSIS, CSTN_METRIC_PINBALL};
	static const char *const levels[] = {"", "state,unique_id"};
	cstn_score_options options = CSTN_SCORE_OPTIONS_INIT;
	struct ArrowArrayStream rows, past, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	options.metrics = metrics;
	options.n_metrics = o->which == 0 ? 2 : 4;
	options.reference = "B";
	options.weighting = CSTN_WEIGHT_MONEY;
	options.flags = o->which == 2 ? CSTN_SCORE_BY_SERIES : CSTN_SCORE_BY_CUTOFF;
	options.threads = 1;
	if (o->which == 0) {
		options.levels = levels;
		options.n_levels = 2;
	} else {
		options.level_column = "state";
	}
	csv_rows(&rows,
			"unique_id text\nds int64\ncutoff int64\nstate text\ny double\nA double\n"
			"B double\nA-lo-80 double\nA-hi-80 double\n",
			forecasts);
	csv_rows(&past, "unique_id text\nds int64\ny double\nprice_minor int64\n", history);
	oom_arm(o);
	OOM_CALL(status, cstn_forecast_score(
					 &rows, &past, &options, o->allocator, &out, &bad, &error));
	return oom_table_of_rest(o, status, &out, bad);
}

static cstn_status run_backtest(oom *o)
{
	static const int64_t cutoffs[] = {12, 20};
	static const char *const signals[] = {"price"}, *const events[] = {"fair"};
	cstn_demand_config demand = CSTN_DEMAND_CONFIG_INIT;
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	char text[2048];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y,price,shop,fair\n");
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;
	int i;

	for (i = 0; i < 50; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "s%d,%d,%d,%d,x,%d\n",
				i % 2, i / 2 + (i % 2 && i > 40), o->which == 2 ? -1 : i % 11,
				i % 7, i % 5 == 0);
	memset(&out, 0, sizeof(out));
	family.models = CSTN_FAMILY_AUTO | CSTN_FAMILY_NAIVE;
	family.season = 7;
	family.threads = 1;
	options.signals = signals;
	options.n_signals = 1;
	options.cutoffs = cutoffs;
	options.n_cutoffs = 2;
	options.refit = -1;
	if (o->which) {
		demand.pool = "shop";
		demand.season = 7;
		demand.events = events;
		demand.n_events = 1;
		family.models = 0;
		options.demand = &demand;
		options.flags = CSTN_BACKTEST_ASSUME_KNOWN;
	}
	csv_rows(&rows, "unique_id text\nds int64\ny double\nprice double\nshop text\nfair int64\n",
			text);
	oom_arm(o);
	OOM_CALL(status, cstn_backtest(&rows, &family, &options, o->allocator, &out, &bad, &error));
	return oom_table_of_rest(o, status, &out, bad);
}

static const char *const steps[] = {"naive", "planner"};

/* 0: none, 1: two rows, 2: so many of so many authors that all there is has to grow. */
static cstn_value_added *ledger(const cstn_allocator *allocator, int filled)
{
	cstn_value_added_config config = CSTN_VALUE_ADDED_CONFIG_INIT;
	char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text),
			"unique_id,ds,author,y,naive,planner,planner_available_us\n");
	struct ArrowArrayStream rows;
	cstn_value_added *state;
	int i;

	config.steps = steps;
	config.n_steps = 2;
	ck_assert_int_eq(cstn_value_added_new(&config, allocator, &state, NULL), CSTN_OK);
	if (!filled)
		return state;
	for (i = 0; i < (filled == 1 ? 2 : 80); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "k%d,%d,a%d,5,4,%d,2\n",
				i, 1 + i % 2, filled * i, 3 + i % 7);
	csv_rows(&rows, LEDGER, text);
	ck_assert_int_eq(cstn_value_added_update(state, &rows, NULL, NULL, NULL), CSTN_OK);
	return state;
}

static cstn_status run_ledger_update(oom *o)
{
	cstn_value_added *state = ledger(o->allocator, 1);
	struct ArrowArrayStream rows;
	cstn_status status;

	csv_rows(&rows, LEDGER,
			"unique_id,ds,author,y,naive,planner,planner_available_us\n"
			"c,1,z,5,4,9,1\nd,2,x,5,4,6,3\n");
	oom_arm(o);
	OOM_CALL(status, cstn_value_added_update(state, &rows, NULL, NULL, &error));
	oom_unchanged(o, status, &sealed_value_added, state, ledger(NULL, 1));
	return status;
}

OOM_MAKE(run_ledger_new, value_added, free, cstn_value_added_new(NULL, o->allocator, &made, &error))
OOM_MERGE(value_added, ledger(o->allocator, 1), ledger(o->allocator, 2), ledger(NULL, 1))
OOM_BYTES(value_added, ledger(o->allocator, 1), ledger(NULL, 1))

static cstn_status run_ledger_result(oom *o)
{
	static const uint32_t by[] = {7, CSTN_VALUE_ADDED_LATE};
	cstn_value_added *state = ledger(o->allocator, 1);
	struct ArrowArrayStream out;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	oom_arm(o);
	OOM_CALL(status, cstn_value_added_result(state, by[o->which], &out, &error));
	status = oom_table(o, status, &out);
	cstn_value_added_free(state);
	return status;
}

const oom_case oom_cases_evaluate[] = {
		{"cstn_backtest", run_backtest, 0, 0},
		{"cstn_backtest", run_backtest, 0, 1},
		{"cstn_backtest", run_backtest, 1, 2},
		{"cstn_value_added_new", run_ledger_new, 0, 0},
		{"cstn_value_added_update", run_ledger_update, 0, 0},
		{"cstn_value_added_merge", value_added_merge, 0, 0},
		{"cstn_value_added_serialize", value_added_to_bytes, 0, 0},
		{"cstn_value_added_deserialize", value_added_from_bytes, 0, 0},
		{"cstn_value_added_result", run_ledger_result, 0, 0},
		{"cstn_value_added_result", run_ledger_result, 0, 1},
		{"cstn_forecast_score", run_score, 0, 0},
		{"cstn_forecast_score", run_score, 0, 1},
		{"cstn_forecast_score", run_score, 0, 2},
};
const size_t oom_count_evaluate = sizeof(oom_cases_evaluate) / sizeof(oom_cases_evaluate[0]);
