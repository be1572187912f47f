/* Out of memory in cost to serve, in service plans and in moves between segments. */
#include "oom.h"

#include <stdio.h>

#include "../unit/csv_rows.h"

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

static cstn_buffer *bytes_of(const cstn_cost_to_serve *state)
{
	cstn_buffer *bytes = NULL;

	ck_assert_int_eq(cstn_cost_to_serve_serialize(state, &bytes, NULL), CSTN_OK);
	return bytes;
}

static void same_bytes(const cstn_cost_to_serve *state, const cstn_buffer *before)
{
	cstn_buffer *now = bytes_of(state);

	ck_assert_uint_eq(cstn_buffer_size(now), cstn_buffer_size(before));
	ck_assert_mem_eq(cstn_buffer_data(now), cstn_buffer_data(before), cstn_buffer_size(before));
	cstn_buffer_free(now);
}

static cstn_status cost_new(oom *o)
{
	cstn_cost_to_serve *state = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_cost_to_serve_new("EUR", o->allocator, &state, &error));
	ck_assert((state == NULL) == (status != CSTN_OK));
	cstn_cost_to_serve_free(state);
	return status;
}

static cstn_status cost_update(oom *o)
{
	cstn_cost_to_serve *state = filled(o->allocator, COST_ROWS);
	cstn_buffer *before = bytes_of(state);
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&stream, COST_SCHEMA, COST_ROWS "eve,A,-1\n");
	oom_arm(o);
	status = cstn_cost_to_serve_update(state, &stream, NULL, &bad, &error);
	oom_disarm(o);
	oom_check_error(status, error);
	ck_assert_ptr_null(stream.release);
	ck_assert((bad != NULL) == (status == CSTN_E_ROWS));
	if (status == CSTN_E_NOMEM)
		same_bytes(state, before);
	cstn_row_errors_free(bad);
	cstn_buffer_free(before);
	cstn_cost_to_serve_free(state);
	return status == CSTN_E_ROWS ? CSTN_OK : status;
}

static cstn_status cost_merge(oom *o)
{
	cstn_cost_to_serve *state = filled(o->allocator, COST_ROWS);
	char rows[4000] = "customer,segment,orders\nann,A,1\n";
	cstn_buffer *before = bytes_of(state);
	cstn_cost_to_serve *from;
	cstn_status status;
	int i;

	/* more than what the state has room for */
	for (i = 0; i < 100; i++)
		snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "customer %d,C,1\n", i);
	from = filled(NULL, rows);

	oom_arm(o);
	OOM_CALL(status, cstn_cost_to_serve_merge(state, from, &error));
	oom_disarm(o);
	if (status != CSTN_OK)
		same_bytes(state, before);
	cstn_buffer_free(before);
	cstn_cost_to_serve_free(from);
	cstn_cost_to_serve_free(state);
	return status;
}

OOM_BYTES(cost_to_serve, free, filled(o->allocator, COST_ROWS), filled(NULL, COST_ROWS))

static cstn_status cost_table(oom *o, int32_t table)
{
	static const cstn_cost_rate rate[] = {{CSTN_COST_DRIVER_ORDERS, 0, 5}};
	static const cstn_fixed_cost fixed[] = {{CSTN_COST_DRIVER_ORDERS, 0, 50}};
	cstn_cost_rates rates = CSTN_COST_RATES_INIT;
	cstn_cost_to_serve *state = filled(o->allocator, COST_ROWS);
	struct ArrowArrayStream stream;
	cstn_status status;

	memset(&stream, 0, sizeof(stream));
	rates.rates = rate;
	rates.n_rates = 1;
	rates.fixed = fixed;
	rates.n_fixed = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_cost_to_serve_export(state, &rates, table, &stream, &error));
	if (status == CSTN_OK)
		status = oom_drain(&stream);
	ck_assert_ptr_null(stream.release);
	cstn_cost_to_serve_free(state);
	return status;
}

static cstn_status cost_customers(oom *o)
{
	return cost_table(o, CSTN_COST_TABLE_CUSTOMERS);
}

static cstn_status cost_segments(oom *o)
{
	return cost_table(o, CSTN_COST_TABLE_SEGMENTS);
}

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

static cstn_status builder_new(oom *o)
{
	cstn_service_plan_builder *builder = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_service_plan_builder_new(NULL, o->allocator, &builder, &error));
	ck_assert((builder == NULL) == (status != CSTN_OK));
	cstn_service_plan_builder_free(builder);
	return status;
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

static cstn_status builder_build(oom *o)
{
	cstn_service_plan_builder *builder = builder_of(o->allocator);
	cstn_service_plan *plan = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_service_plan_builder_build(builder, &plan, &error));
	ck_assert((plan == NULL) == (status != CSTN_OK));
	cstn_service_plan_unref(plan);
	cstn_service_plan_builder_free(builder);
	return status;
}

static cstn_status plan_format(oom *o, int32_t form)
{
	cstn_service_plan *plan = plan_of(o->allocator);
	cstn_buffer *text = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_service_plan_format(plan, form, &text, &error));
	ck_assert((text == NULL) == (status != CSTN_OK));
	cstn_buffer_free(text);
	cstn_service_plan_unref(plan);
	return status;
}

static cstn_status plan_json(oom *o)
{
	return plan_format(o, CSTN_PLAN_FORM_JSON);
}

static cstn_status plan_csv(oom *o)
{
	return plan_format(o, CSTN_PLAN_FORM_CSV);
}

static cstn_status plan_table(oom *o, int32_t table)
{
	cstn_service_plan *plan = plan_of(o->allocator);
	struct ArrowArrayStream stream;
	cstn_status status;

	memset(&stream, 0, sizeof(stream));
	oom_arm(o);
	OOM_CALL(status, cstn_service_plan_export(plan, table, &stream, &error));
	if (status == CSTN_OK)
		status = oom_drain(&stream);
	ck_assert_ptr_null(stream.release);
	cstn_service_plan_unref(plan);
	return status;
}

static cstn_status plan_segments(oom *o)
{
	return plan_table(o, CSTN_PLAN_TABLE_SEGMENTS);
}

static cstn_status plan_capacities(oom *o)
{
	return plan_table(o, CSTN_PLAN_TABLE_CAPACITIES);
}

static cstn_status plan_shared(oom *o)
{
	return plan_table(o, CSTN_PLAN_TABLE_SHARED);
}

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
		{"cstn_cost_to_serve_new", cost_new, 0},
		{"cstn_cost_to_serve_update", cost_update, 0},
		{"cstn_cost_to_serve_merge", cost_merge, 0},
		{"cstn_cost_to_serve_serialize", cost_to_serve_to_bytes, 0},
		{"cstn_cost_to_serve_deserialize", cost_to_serve_from_bytes, 0},
		{"cstn_cost_to_serve_export", cost_customers, 0},
		{"cstn_cost_to_serve_export", cost_segments, 0},
		{"cstn_service_plan_builder_new", builder_new, 0},
		{"cstn_service_plan_builder_add", builder_add, 0},
		{"cstn_service_plan_builder_build", builder_build, 0},
		{"cstn_service_plan_format", plan_json, 0},
		{"cstn_service_plan_format", plan_csv, 0},
		{"cstn_service_plan_export", plan_segments, 0},
		{"cstn_service_plan_export", plan_capacities, 0},
		{"cstn_service_plan_export", plan_shared, 0},
		{"cstn_segment_moves", moves, 0},
};

const size_t oom_count_segment = sizeof(oom_cases_segment) / sizeof(*oom_cases_segment);
