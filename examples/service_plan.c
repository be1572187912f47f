/* From orders to service: what customers cost is counted and priced, twice, without reading the
 * orders again; then two segments get a service level, a tier and one option of a menu. */
#include <constellation/constellation.h>

#include "example_rows.h"

#include <stdio.h>

/* [count] */
static cstn_status count(cstn_cost_to_serve *state, cstn_error **error)
{
	struct ArrowArrayStream orders;
	cstn_status status = rows_open("customer text\nsegment text\norders int64\nlines int64\n"
				       "kg_km int64\nrevenue int64\nmargin int64\n",
			"customer,segment,orders,lines,kg_km,revenue,margin\n"
			"ann,gold,1,12,900,84000,26000\nann,gold,1,9,850,61000,19500\n"
			"bob,small,1,1,40,1900,600\ncleo,small,1,2,75,2400,650\n",
			&orders, error);

	if (status == CSTN_OK)
		status = cstn_cost_to_serve_update(state, &orders, NULL, NULL, error);
	return status;
}
/* [count] */

/* A stream as CSV on the standard output, under a title. */
static cstn_status print(const char *title, struct ArrowArrayStream *rows, cstn_error **error)
{
	printf("%s\n", title);
	return rows_print(rows, error);
}

/* [rates] */
/* An order costs 4.50, a line 0.625, a kilogram and kilometre 0.0125 of a cent; rent of 30.00 goes
 * by lines. */
static cstn_status price(const cstn_cost_to_serve *state, int64_t order_rate, cstn_error **error)
{
	const cstn_cost_rate rates[] = {{CSTN_COST_DRIVER_ORDERS, 0, order_rate},
			{CSTN_COST_DRIVER_LINES, 1, 625}, {CSTN_COST_DRIVER_KG_KM, 4, 125}};
	const cstn_fixed_cost rent[] = {{CSTN_COST_DRIVER_LINES, 0, 3000}};
	cstn_cost_rates with = CSTN_COST_RATES_INIT;
	struct ArrowArrayStream table;
	cstn_status status;

	with.rates = rates;
	with.n_rates = 3;
	with.fixed = rent;
	with.n_fixed = 1;
	status = cstn_cost_to_serve_export(state, &with, CSTN_COST_TABLE_SEGMENTS, &table, error);
	if (status == CSTN_OK)
		status = print(order_rate == 450 ? "as it is" : "if an order cost 6.00", &table,
				error);
	return status;
}
/* [rates] */

static cstn_status costs(cstn_error **error)
{
	cstn_cost_to_serve *state = NULL;
	cstn_status status = cstn_cost_to_serve_new("EUR", NULL, &state, error);

	if (status == CSTN_OK)
		status = count(state, error);
	if (status == CSTN_OK)
		status = price(state, 450, error);
	if (status == CSTN_OK)
		status = price(state, 600, error);
	cstn_cost_to_serve_free(state);
	return status;
}

static cstn_status add(cstn_service_plan_builder *builder, int32_t table, const char *schema,
		const char *text, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_status status = rows_open(schema, text, &rows, error);

	if (status == CSTN_OK)
		status = cstn_service_plan_builder_add(builder, table, &rows, NULL, error);
	return status;
}

/* [plan] */
static cstn_status plan(cstn_service_plan **out, cstn_error **error)
{
	cstn_service_plan_options options = CSTN_SERVICE_PLAN_OPTIONS_INIT;
	cstn_service_plan_builder *builder = NULL;
	cstn_status status;

	options.n_capacities = 1;
	options.capacity[0] = 25; /* hours of the night shift */
	status = cstn_service_plan_builder_new(&options, NULL, &builder, error);
	if (status == CSTN_OK)
		status = add(builder, CSTN_PLAN_INPUT_SEGMENTS,
				"segment text\ncustomers int64\nvalue_at_risk int64\n"
				"unit_margin double\nholding double\nresidual_clv double\n"
				"units_per_failed_order double\ndemand_mean double\n"
				"demand_sd double\nlead_time_probability_ppm int64\n",
				"segment,customers,value_at_risk,unit_margin,holding,residual_clv,"
				"units_per_failed_order,demand_mean,demand_sd,"
				"lead_time_probability_ppm\n"
				"gold,40,450000,310,40,90000,12,100,30,950000\n"
				"small,900,550000,120,40,2500,2,400,160,900000\n",
				error);
	if (status == CSTN_OK)
		status = add(builder, CSTN_PLAN_INPUT_EVIDENCE,
				"segment text\nstratum int64\nperfect int64\nperfect_repeat "
				"int64\nfailed int64\nfailed_repeat int64\n",
				"segment,stratum,perfect,perfect_repeat,failed,failed_repeat\n"
				"gold,9,310,280,40,29\ngold,10,260,245,55,41\nsmall,2,90,40,21,9\n",
				error);
	if (status == CSTN_OK)
		status = add(builder, CSTN_PLAN_INPUT_LEAD_TIMES,
				"days int64\nprobability_ppm int64\n",
				"days,probability_ppm\n1,780000\n2,931000\n3,968000\n", error);
	if (status == CSTN_OK)
		status = add(builder, CSTN_PLAN_INPUT_MENU,
				"segment text\noption text\nuplift int64\ncost int64\nuse_1 "
				"int64\n",
				"segment,option,uplift,cost,use_1\ngold,standard,0,0,0\n"
				"gold,evening,9000,3000,10\ngold,night,15000,5000,20\n"
				"small,standard,0,0,0\nsmall,night,12000,0,30\n",
				error);
	if (status == CSTN_OK)
		status = cstn_service_plan_builder_build(builder, out, error);
	cstn_service_plan_builder_free(builder);
	return status;
}
/* [plan] */

static cstn_status show(const cstn_service_plan *decided, cstn_error **error)
{
	struct ArrowArrayStream capacities;
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < cstn_service_plan_count(decided) && status == CSTN_OK; i++) {
		cstn_service_plan_row row = CSTN_SERVICE_PLAN_ROW_INIT;

		status = cstn_service_plan_at(decided, i, &row, error);
		if (status == CSTN_OK)
			printf("%s: service level %.4f, fill rate %.4f, tier %d, %lld days, menu "
			       "%s\n  a failed order loses %.2f (difference %.4f, %.4f .. %.4f)\n",
					row.segment, row.service_level, row.fill_rate,
					(int)row.tier, (long long)row.lead_time_days, row.option,
					row.failure_value, row.repeat_difference, row.repeat_low,
					row.repeat_high);
	}
	if (status == CSTN_OK)
		status = cstn_service_plan_export(
				decided, CSTN_PLAN_TABLE_CAPACITIES, &capacities, error);
	if (status == CSTN_OK)
		status = print("capacities", &capacities, error);
	return status;
}

int main(void)
{
	cstn_service_plan *decided = NULL;
	cstn_error *error = NULL;
	cstn_status status = costs(&error);

	if (status == CSTN_OK)
		status = plan(&decided, &error);
	if (status == CSTN_OK)
		status = show(decided, &error);
	cstn_service_plan_unref(decided);
	return rows_end(status, error);
}
