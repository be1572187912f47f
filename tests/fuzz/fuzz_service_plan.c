/* Service plans: rows of CSV with a form feed between the tables of segments, evidence, lead times
 * and menu. The plan is refused with a reason, or it can be asked, written in each form and
 * exported. The first byte holds options. */
#include "fuzz_rows.h"

/* The columns of each table, as CSV begins with them. */
static const char *const heads[] = {"",
		"segment,stage,customers,value_at_risk,lead_time_probability_ppm,unit_margin,"
		"holding,obsolescence,salvage,residual_clv,units_per_failed_order,demand_mean,"
		"demand_sd,gap_k\n",
		"segment,stratum,perfect,perfect_repeat,failed,failed_repeat\n",
		"segment,days,probability_ppm\n",
		"segment,option,services,uplift,cost,use_1,use_2,use_3,promise_days\n"};
static const char *const schemas[] = {"",
		"segment text\nstage text null\ncustomers int64\nvalue_at_risk int64\n"
		"lead_time_probability_ppm int64 null\nunit_margin double\nholding double\n"
		"obsolescence double null\nsalvage double null\nresidual_clv double null\n"
		"units_per_failed_order double null\ndemand_mean double null\n"
		"demand_sd double null\ngap_k double null\n",
		"segment text\nstratum int64 null\nperfect int64\nperfect_repeat int64\n"
		"failed int64\nfailed_repeat int64\n",
		"segment text null\ndays int64\nprobability_ppm int64\n",
		"segment text\noption text\nservices text null\nuplift int64\ncost int64\n"
		"use_1 int64 null\nuse_2 int64 null\nuse_3 int64 null\npromise_days int64 null\n"};

/* A table that is refused leaves the builder as it was. */
static void add_table(cstn_service_plan_builder *builder, int32_t table, fuzz_source page)
{
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	fuzz_rows(&rows, schemas[table], heads[table], page);
	status = cstn_service_plan_builder_add(builder, table, &rows, NULL, &error);
	fuzz_check_error(status, error);
	MUST(rows.release == NULL);
}

static void ask(cstn_service_plan *plan)
{
	size_t i;
	int32_t number;

	MUST(strlen(cstn_service_plan_digest_text(plan)) == 64);
	for (i = 0; i <= cstn_service_plan_count(plan); i++) {
		cstn_service_plan_row row = CSTN_SERVICE_PLAN_ROW_INIT;
		cstn_error *error = NULL;
		cstn_status status = cstn_service_plan_at(plan, i, &row, &error);

		fuzz_check_error(status, error);
		MUST((status == CSTN_OK) == (i < cstn_service_plan_count(plan)));
	}
	for (number = 0; number <= 5; number++) {
		struct ArrowArrayStream rows;
		cstn_buffer *text = NULL;
		cstn_error *error = NULL;
		cstn_status status = cstn_service_plan_format(plan, number, &text, &error);

		fuzz_check_error(status, error);
		MUST((text != NULL) == (status == CSTN_OK));
		cstn_buffer_free(text);
		memset(&rows, 0, sizeof(rows));
		error = NULL;
		status = cstn_service_plan_export(plan, number, &rows, &error);
		fuzz_check_error(status, error);
		if (status == CSTN_OK)
			MUST(fuzz_drain(&rows) >= 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn_service_plan_options options = CSTN_SERVICE_PLAN_OPTIONS_INIT;
	cstn_service_plan_builder *builder = NULL;
	cstn_service_plan *plan = NULL;
	fuzz_source source = {data, size};
	uint8_t how = fuzz_u8(&source);
	cstn_error *error = NULL;
	cstn_status status;
	int32_t table = CSTN_PLAN_INPUT_SEGMENTS;

	options.max_nodes = 200;
	options.n_capacities = how & 3;
	for (int i = 0; i < 3; i++)
		options.capacity[i] = how >> 2;
	MUST(cstn_service_plan_builder_new(&options, NULL, &builder, NULL) == CSTN_OK);
	while (source.size > 0 && table <= CSTN_PLAN_INPUT_MENU) {
		fuzz_source page = fuzz_page(&source);

		if (page.size > 0)
			add_table(builder, table, page);
		table++;
	}
	status = cstn_service_plan_builder_build(builder, &plan, &error);
	fuzz_check_error(status, error);
	MUST((plan != NULL) == (status == CSTN_OK));
	if (plan)
		ask(plan);
	cstn_service_plan_unref(plan);
	cstn_service_plan_builder_free(builder);
	return 0;
}
