/* Memory runs out while a global ridge is fitted in parts. */
#include <stdio.h>

#include "oom.h"

#define HEAD "unique_id,ds,y,pool,fair\n"
#define SCHEMA "unique_id text\nds int64\ny double\npool text\nfair double\n"

/* Three series of 24 periods in two pools; with `bad` one more, whose rows break rules. */
static void rows_of(struct ArrowArrayStream *out, int first, int end, int bad)
{
	char text[8192];
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD);
	int i;

	for (i = first * 24; i < end * 24; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "s%d,%d,%d,p%d,%d\n",
				i / 24, i % 24, i * i % 7, i / 24 % 2, i % 5 == 0);
	if (bad)
		snprintf(text + used, sizeof(text) - used,
				"bad,1,2,p0,0\nbad,1,3,p0,0\nelse,2,1,zz,0\n");
	csv_rows(out, SCHEMA, text);
}

static cstn_demand_global_options options_of(void)
{
	static const cstn_global_signal fair = {"fair", CSTN_GLOBAL_BY_POOL, 0};
	cstn_demand_global_options options = CSTN_DEMAND_GLOBAL_OPTIONS_INIT;

	options.season = 1;
	options.horizon = 2;
	options.origins = 3;
	options.pool = "pool";
	options.signals = &fair;
	options.n_signals = 1;
	return options;
}

static cstn_demand_global_state *empty(const cstn_allocator *allocator)
{
	cstn_demand_global_options options = options_of();
	cstn_demand_global_state *state = NULL;
	struct ArrowArrayStream rows;

	rows_of(&rows, 0, 3, 0);
	ck_assert_int_eq(cstn_demand_global_state_new(
					 &rows, &options, allocator, &state, NULL, NULL),
			CSTN_OK);
	return state;
}

static cstn_status feed(cstn_demand_global_state *state, int first, int end, cstn_error **error)
{
	cstn_demand_global_update_options options = CSTN_DEMAND_GLOBAL_UPDATE_OPTIONS_INIT;
	struct ArrowArrayStream rows;

	options.threads = 1;
	rows_of(&rows, first, end, 0);
	return cstn_demand_global_state_update(state, &rows, &options, NULL, error);
}

static cstn_demand_global_state *filled(const cstn_allocator *allocator, int first, int end)
{
	cstn_demand_global_state *state = empty(allocator);

	ck_assert_int_eq(feed(state, first, end, NULL), CSTN_OK);
	return state;
}

/* More series than there is room for at first. */
static cstn_demand_global_state *crowded(const cstn_allocator *allocator)
{
	static char text[300 * 24 + 64];
	cstn_demand_global_state *state = empty(allocator);
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD);
	struct ArrowArrayStream rows;
	int i;

	for (i = 0; i < 300; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "many%d,1,2,p0,0\n", i);
	csv_rows(&rows, SCHEMA, text);
	ck_assert_int_eq(cstn_demand_global_state_update(state, &rows, NULL, NULL, NULL), CSTN_OK);
	return state;
}

static cstn_status run_new(oom *o)
{
	cstn_demand_global_options options = options_of();
	cstn_demand_global_state *made = NULL;
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream rows;
	cstn_status status;

	csv_rows(&rows, "ds int64\ny double\npool text\n",
			"ds,y,pool\n1,3,p\n2,4,p\n2,1e301,q\n3,1,q\n1,2,q\n");
	oom_arm(o);
	OOM_CALL(status, cstn_demand_global_state_new(
					 &rows, &options, o->allocator, &made, &bad, &error));
	status = oom_rows(status, bad, 1);
	oom_disarm(o);
	ck_assert((made != NULL) == (status == CSTN_OK));
	cstn_demand_global_state_free(made);
	return status;
}

static cstn_status run_update(oom *o)
{
	cstn_demand_global_update_options options = CSTN_DEMAND_GLOBAL_UPDATE_OPTIONS_INIT;
	cstn_demand_global_state *state =
			o->which ? filled(o->allocator, 0, 1) : empty(o->allocator);
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	options.threads = 1;
	rows_of(&rows, 1, 3, 1);
	oom_arm(o);
	OOM_CALL(status, cstn_demand_global_state_update(state, &rows, &options, &bad, &error));
	status = oom_rows(status, bad, 1);
	oom_unchanged(o, status, &sealed_demand_global_state, state,
			o->which ? filled(NULL, 0, 1) : empty(NULL));
	return status;
}

/* Text keys of an update that failed do not stand in the way of numbers. */
static cstn_status run_update_again(oom *o)
{
	cstn_demand_global_state *state = empty(o->allocator);
	struct ArrowArrayStream rows;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, feed(state, 0, 3, &error));
	oom_disarm(o);
	csv_rows(&rows, "unique_id int64\nds int64\ny double\npool text\nfair double\n",
			HEAD "7,1,2,p0,0\n");
	ck_assert_int_eq(cstn_demand_global_state_update(state, &rows, NULL, NULL, NULL),
			status == CSTN_OK ? CSTN_E_SCHEMA : CSTN_OK);
	cstn_demand_global_state_free(state);
	return status;
}

OOM_MAKE_OF(run_finish, demand_global, unref, demand_global_state, free, filled(o->allocator, 0, 3),
		cstn_demand_global_state_finish(self, &made, &error))
OOM_MERGE(demand_global_state, o->which ? filled(o->allocator, 0, 1) : empty(o->allocator),
		crowded(o->allocator), o->which ? filled(NULL, 0, 1) : empty(NULL))
OOM_BYTES(demand_global_state, filled(o->allocator, 0, 3), filled(NULL, 0, 3))

const oom_case oom_cases_global[] = {
		{"cstn_demand_global_state_new", run_new, 0, 0},
		{"cstn_demand_global_state_update", run_update, 0, 0},
		{"cstn_demand_global_state_update", run_update, 0, 1},
		{"cstn_demand_global_state_update", run_update_again, 0, 0},
		{"cstn_demand_global_state_finish", run_finish, 0, 0},
		{"cstn_demand_global_state_merge", demand_global_state_merge, 0, 0},
		{"cstn_demand_global_state_merge", demand_global_state_merge, 0, 1},
		{"cstn_demand_global_state_serialize", demand_global_state_to_bytes, 0, 0},
		{"cstn_demand_global_state_deserialize", demand_global_state_from_bytes, 0, 0},
};
const size_t oom_count_global = sizeof(oom_cases_global) / sizeof(oom_cases_global[0]);
