/* Out of memory in cost to serve, in service plans and in moves between segments. */
#include "oom.h"

#include <stdio.h>

#define COST_SCHEMA "customer text\nsegment text null\norders int64\n"
#define COST_ROWS "customer,segment,orders\nann,A,3\nbob,B,2\nann,,1\n"
#define PLAN_SCHEMA \
	"segment text\ncustomers int64\nvalue_at_risk int64\nunit_margin double\nholding double\n"
#define PLAN_ROWS                                               \
	"segment,customers,value_at_risk,unit_margin,holding\n" \
	"A,4,100,5,1\nB,9,50,3,1\n"
#define MENU_SCHEMA "segment text\noption text\nuplift int64\ncost int64\nuse_1 int64\n"
#define MENU_ROWS                                                                     \
	"segment,option,uplift,cost,use_1\nA,none,0,0,0\nA,all,9,1,5\nB,none,0,0,0\n" \
	"B,all,7,1,4\n"

static cstn_cost_to_serve *filled(const cstn_allocator *allocator, const char *rows)
{
	cstn_cost_to_serve *state = NULL;
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_cost_to_serve_new("EUR", allocator, &state, NULL), CSTN_OK);
	if (rows) {
		csv_rows(&stream, COST_SCHEMA, rows);
		ck_assert_int_eq(cstn_cost_to_serve_update(state, &stream, NULL, NULL, NULL),
				CSTN_OK);
	}
	return state;
}

static cstn_status cost_update(oom *o)
{
	cstn_cost_to_serve *state = filled(o->allocator, COST_ROWS);
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream stream;
	cstn_status status;

	csv_rows(&stream, COST_SCHEMA, COST_ROWS "eve,A,-1\n");
	oom_arm(o);
	OOM_CALL(status, cstn_cost_to_serve_update(state, &stream, NULL, &bad, &error));
	ck_assert_ptr_null(stream.release);
	oom_unchanged(o, status, &sealed_cost_to_serve, state, filled(NULL, COST_ROWS));
	return oom_rows(status, bad, 1);
}

/* Customers enough that the state has no room for them. */
static cstn_cost_to_serve *many(void)
{
	char rows[4000] = "customer,segment,orders\nann,A,1\n";
	int i;

	for (i = 0; i < 100; i++)
		snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "customer %d,C,1\n", i);
	return filled(NULL, rows);
}

static cstn_status cost_table(const cstn_cost_to_serve *state, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	static const cstn_cost_rate rate[] = {{CSTN_COST_DRIVER_ORDERS, 0, 5}};
	static const cstn_fixed_cost fixed[] = {{CSTN_COST_DRIVER_ORDERS, 0, 50}};
	cstn_cost_rates rates = CSTN_COST_RATES_INIT;

	rates.rates = rate;
	rates.n_rates = 1;
	rates.fixed = fixed;
	rates.n_fixed = 1;
	return cstn_cost_to_serve_export(state, &rates, table, out, error);
}

OOM_MAKE(cost_new, cost_to_serve, free, cstn_cost_to_serve_new("EUR", o->allocator, &made, &error))
OOM_MERGE(cost_to_serve, filled(o->allocator, COST_ROWS), many(), filled(NULL, COST_ROWS))
OOM_BYTES(cost_to_serve, filled(o->allocator, COST_ROWS), filled(NULL, COST_ROWS))
OOM_TABLE(cost_export, cost_to_serve, free, filled(o->allocator, COST_ROWS),
		cost_table(self, o->which, &out, &error))

/* --- plans -------------------------------------------------------------------------------------
 */

static cstn_service_plan_builder *builder_of(const cstn_allocator *allocator)
{
	cstn_service_plan_options options = CSTN_SERVICE_PLAN_OPTIONS_INIT;
	cstn_service_plan_builder *builder = NULL;
	struct ArrowArrayStream rows;

	options.n_capacities = 1;
	options.capacity[0] = 6;
	ck_assert_int_eq(cstn_service_plan_builder_new(&options, allocator, &builder, NULL),
			CSTN_OK);
	csv_rows(&rows, PLAN_SCHEMA, PLAN_ROWS);
	ck_assert_int_eq(cstn_service_plan_builder_add(
					 builder, CSTN_PLAN_INPUT_SEGMENTS, &rows, NULL, NULL),
			CSTN_OK);
	csv_rows(&rows, MENU_SCHEMA, MENU_ROWS);
	ck_assert_int_eq(cstn_service_plan_builder_add(
					 builder, CSTN_PLAN_INPUT_MENU, &rows, NULL, NULL),
			CSTN_OK);
	return builder;
}

static cstn_service_plan *plan_of(const cstn_allocator *allocator)
{
	cstn_service_plan_builder *builder = builder_of(allocator);
	cstn_service_plan *plan = NULL;

	ck_assert_int_eq(cstn_service_plan_builder_build(builder, &plan, NULL), CSTN_OK);
	cstn_service_plan_builder_free(builder);
	return plan;
}

/* What failed is not in: the plan has the digest of the segments before. */
static cstn_status builder_add(oom *o)
{
	cstn_service_plan_builder *builder = builder_of(o->allocator);
	cstn_service_plan *before = plan_of(NULL), *plan = NULL;
	struct ArrowArrayStream rows;
	cstn_status status;

	csv_rows(&rows, PLAN_SCHEMA,
			"segment,customers,value_at_risk,unit_margin,holding\nC,4,100,5,1\nD,4,1,5,"
			"1\n");
	oom_arm(o);
	OOM_CALL(status, cstn_service_plan_builder_add(
					 builder, CSTN_PLAN_INPUT_SEGMENTS, &rows, NULL, &error));
	oom_disarm(o);
	ck_assert_ptr_null(rows.release);
	ck_assert_int_eq(cstn_service_plan_builder_build(builder, &plan, NULL), CSTN_OK);
	ck_assert_int_eq(strcmp(cstn_service_plan_digest_text(plan),
					 cstn_service_plan_digest_text(before)) == 0,
			status != CSTN_OK);
	cstn_service_plan_unref(plan);
	cstn_service_plan_unref(before);
	cstn_service_plan_builder_free(builder);
	return status;
}

OOM_MAKE(builder_new, service_plan_builder, free,
		cstn_service_plan_builder_new(NULL, o->allocator, &made, &error))
OOM_MAKE_OF(builder_build, service_plan, unref, service_plan_builder, free,
		builder_of(o->allocator), cstn_service_plan_builder_build(self, &made, &error))
OOM_MAKE_OF(plan_format, buffer, free, service_plan, unref, plan_of(o->allocator),
		cstn_service_plan_format(self, o->which, &made, &error))
OOM_TABLE(plan_table, service_plan, unref, plan_of(o->allocator),
		cstn_service_plan_export(self, o->which, &out, &error))

static cstn_status moves(oom *o)
{
	struct ArrowArrayStream rows, stream;
	cstn_status status;

	memset(&stream, 0, sizeof(stream));
	csv_rows(&rows, "customer text\nperiod int64\nsegment text\ndistance double\n",
			"customer,period,segment,distance\nc,1,A,1\nc,1,B,2\nc,2,A,9\nc,2,B,1\n"
			"c,3,A,9\nc,3,B,1\n");
	oom_arm(o);
	OOM_CALL(status, cstn_segment_moves(&rows, NULL, o->allocator, &stream, &error));
	ck_assert_ptr_null(rows.release);
	if (status == CSTN_OK)
		status = oom_drain(&stream);
	ck_assert_ptr_null(stream.release);
	return status;
}

const oom_case oom_cases_segment[] = {
		{"cstn_cost_to_serve_new", cost_new, 0, 0},
		{"cstn_cost_to_serve_update", cost_update, 0, 0},
		{"cstn_cost_to_serve_merge", cost_to_serve_merge, 0, 0},
		{"cstn_cost_to_serve_serialize", cost_to_serve_to_bytes, 0, 0},
		{"cstn_cost_to_serve_deserialize", cost_to_serve_from_bytes, 0, 0},
		{"cstn_cost_to_serve_export", cost_export, 0, CSTN_COST_TABLE_CUSTOMERS},
		{"cstn_cost_to_serve_export", cost_export, 0, CSTN_COST_TABLE_SEGMENTS},
		{"cstn_service_plan_builder_new", builder_new, 0, 0},
		{"cstn_service_plan_builder_add", builder_add, 0, 0},
		{"cstn_service_plan_builder_build", builder_build, 0, 0},
		{"cstn_service_plan_format", plan_format, 0, CSTN_PLAN_FORM_JSON},
		{"cstn_service_plan_format", plan_format, 0, CSTN_PLAN_FORM_CSV},
		{"cstn_service_plan_export", plan_table, 0, CSTN_PLAN_TABLE_SEGMENTS},
		{"cstn_service_plan_export", plan_table, 0, CSTN_PLAN_TABLE_CAPACITIES},
		{"cstn_service_plan_export", plan_table, 0, CSTN_PLAN_TABLE_SHARED},
		{"cstn_segment_moves", moves, 0, 0},
};

const size_t oom_count_segment = sizeof(oom_cases_segment) / sizeof(*oom_cases_segment);
