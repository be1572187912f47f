/* A service plan: the builder, which holds the tables that came in, and the plan made of them.
 *
 * Segments are copied in the order of their labels; each step of the decision then fills its own
 * columns of all rows. A plan is a pure function of the options and of the set of rows: the order
 * in which rows came does not show. */
#include "base/error.h"
#include "base/sort.h"
#include "segment/plan.h"
#include "table/column.h"

#define TEXT CSTN_TYPE_TEXT
#define COUNT CSTN_TYPE_INT64
#define REAL CSTN_TYPE_DOUBLE
#define ANY CSTN__PLAN_ANY
#define NOT_NEGATIVE CSTN__PLAN_NOT_NEGATIVE

/* clang-format off */
const cstn__plan_column cstn__plan_columns[CSTN__PLAN_FIELDS] = {
	{"segment", TEXT, 1, CSTN__PLAN_LABEL, {0, 0}},
	{"rule", TEXT, 0, ANY, {0, 0}},
	{"customers", COUNT, 1, NOT_NEGATIVE, {0, 0}},
	{"value_at_risk", COUNT, 1, NOT_NEGATIVE, {0, 0}},
	{"unit_margin", REAL, 1, ANY, {0, 0}},
	{"holding", REAL, 1, ANY, {0, 0}},
	{"obsolescence", REAL, 0, ANY, {0, 0}},
	{"salvage", REAL, 0, ANY, {0, 0}},
	{"residual_clv", REAL, 0, NOT_NEGATIVE, {0, 0}},
	{"units_per_failed_order", REAL, 0, CSTN__PLAN_POSITIVE, {0, 0}},
	{"demand_mean", REAL, 0, CSTN__PLAN_POSITIVE, {0, 0}},
	{"demand_sd", REAL, 0, NOT_NEGATIVE, {0, 0}},
	{"lead_time_probability_ppm", COUNT, 0, CSTN__PLAN_PPM, {0, 0}},
	{"stage", TEXT, 0, ANY, {0, 0}},
	{"perfect", COUNT, 0, NOT_NEGATIVE, {0, 0}},
	{"perfect_of", COUNT, 0, NOT_NEGATIVE, {0, 0}},
	{"policy", TEXT, 0, ANY, {0, 0}},
	{"stage_mix", TEXT, 0, ANY, {0, 0}},
	{"margin", COUNT, 0, ANY, {0, 0}},
	{"clv", COUNT, 0, ANY, {0, 0}},
	{"cost_to_serve", COUNT, 0, ANY, {0, 0}},
	{"order_size", REAL, 0, ANY, {0, 0}},
	{"order_size_cv", REAL, 0, ANY, {0, 0}},
	{"gap_days", REAL, 0, ANY, {0, 0}},
	{"gap_k", REAL, 0, ANY, {0, 0}},
	{"happy_low", REAL, 0, ANY, {0, 0}},
	{"happy_high", REAL, 0, ANY, {0, 0}},
	{"loyal_low", REAL, 0, ANY, {0, 0}},
	{"loyal_high", REAL, 0, ANY, {0, 0}},
	{"order_days", TEXT, 0, ANY, {0, 0}},
	{"minimum_order", COUNT, 0, ANY, {0, 0}},
	{"expedite", TEXT, 0, ANY, {0, 0}},
	{"recovery_action", TEXT, 0, ANY, {0, 0}},
	{"review_date", TEXT, 0, ANY, {0, 0}},
	{"perfect_rate", REAL, 0, ANY, {0, 0}},
	{"perfect_low", REAL, 0, ANY, {0, 0}},
	{"perfect_high", REAL, 0, ANY, {0, 0}},
	{"repeat_difference", REAL, 0, ANY, {0, 0}},
	{"repeat_low", REAL, 0, ANY, {0, 0}},
	{"repeat_high", REAL, 0, ANY, {0, 0}},
	{"evidence_cover", REAL, 0, ANY, {0, 0}},
	{"failure_value", REAL, 0, ANY, {0, 0}},
	{"underage", REAL, 0, ANY, {0, 0}},
	{"overage", REAL, 0, ANY, {0, 0}},
	{"service_level", REAL, 0, ANY, {0, 0}},
	{"fill_rate", REAL, 0, ANY, {0, 0}},
	{"tier", COUNT, 0, ANY, {0, 0}},
	{"protected_ppm", COUNT, 0, ANY, {0, 0}},
	{"lead_time_days", COUNT, 0, ANY, {0, 0}},
	{"lead_time_ppm", COUNT, 0, ANY, {0, 0}},
	{"menu_option", TEXT, 0, ANY, {0, 0}},
	{"menu_services", TEXT, 0, ANY, {0, 0}},
	{"menu_promise_days", COUNT, 0, ANY, {0, 0}},
	{"menu_service_level_ppm", COUNT, 0, ANY, {0, 0}},
	{"menu_order_days", TEXT, 0, ANY, {0, 0}},
	{"menu_minimum_order", COUNT, 0, ANY, {0, 0}},
	{"menu_uplift", COUNT, 0, ANY, {0, 0}},
	{"menu_cost", COUNT, 0, ANY, {0, 0}},
	{"reasons", TEXT, 0, ANY, {0, 0}},
};

static const cstn__plan_column evidence_columns[CSTN__EVIDENCE_FIELDS] = {
	{"segment", TEXT, 1, CSTN__PLAN_LABEL, {0, 0}},
	{"stratum", COUNT, 0, ANY, {0, 0}},
	{"perfect", COUNT, 1, NOT_NEGATIVE, {0, 0}},
	{"perfect_repeat", COUNT, 1, NOT_NEGATIVE, {0, 0}},
	{"failed", COUNT, 1, NOT_NEGATIVE, {0, 0}},
	{"failed_repeat", COUNT, 1, NOT_NEGATIVE, {0, 0}},
};

static const cstn__plan_column lead_time_columns[CSTN__LEAD_FIELDS] = {
	{"segment", TEXT, 0, CSTN__PLAN_LABEL, {0, 0}},
	{"days", COUNT, 1, NOT_NEGATIVE, {0, 0}},
	{"probability_ppm", COUNT, 1, CSTN__PLAN_PPM, {0, 0}},
};

static const cstn__plan_column menu_columns[CSTN__MENU_FIELDS] = {
	{"segment", TEXT, 1, CSTN__PLAN_LABEL, {0, 0}},
	{"option", TEXT, 1, CSTN__PLAN_LABEL, {0, 0}},
	{"uplift", COUNT, 1, ANY, {0, 0}},
	{"cost", COUNT, 1, ANY, {0, 0}},
	{"use_1", COUNT, 0, NOT_NEGATIVE, {0, 0}},
	{"use_2", COUNT, 0, NOT_NEGATIVE, {0, 0}},
	{"use_3", COUNT, 0, NOT_NEGATIVE, {0, 0}},
	{"services", TEXT, 0, ANY, {0, 0}},
	{"promise_days", COUNT, 0, ANY, {0, 0}},
	{"service_level_ppm", COUNT, 0, ANY, {0, 0}},
	{"order_days", TEXT, 0, ANY, {0, 0}},
	{"minimum_order", COUNT, 0, ANY, {0, 0}},
};
/* clang-format on */

/* --- the builder -------------------------------------------------------------------------------
 */

static cstn_status check_options(cstn_service_plan_options *options, cstn_error **error)
{
	int32_t *cut = options->tier_cut_ppm, i;
	int sound = options->reserved0 == 0;

	if (options->confidence_ppm == 0)
		options->confidence_ppm = 950000;
	if (cut[0] == 0 && cut[1] == 0 && cut[2] == 0) {
		cut[0] = 500000;
		cut[1] = 800000;
		cut[2] = 950000;
	}
	if (options->min_cell == 0)
		options->min_cell = 5;
	if (options->max_nodes == 0)
		options->max_nodes = 20000;
	sound &= options->confidence_ppm >= 1 && options->confidence_ppm <= 999999;
	sound &= options->n_capacities >= 0 && options->n_capacities <= CSTN__MENU_CAPACITIES;
	sound &= options->min_cell >= 1 && options->max_nodes >= 1;
	for (i = 0; i < 4; i++)
		sound &= options->protected_ppm[i] >= 0 && options->protected_ppm[i] <= 1000000;
	if (!sound)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"cstn_service_plan_options: a number is outside its range");
	if (cut[0] < 0 || cut[0] > cut[1] || cut[1] > cut[2] || cut[2] > 1000000)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"tier cuts %d, %d, %d ppm; ascending numbers of 0..1,000,000 "
				"expected",
				cut[0], cut[1], cut[2]);
	for (i = 0; i < CSTN__MENU_CAPACITIES; i++) {
		if (i >= options->n_capacities)
			options->capacity[i] = 0;
		if (options->capacity[i] < 0 || options->capacity[i] > INT64_C(1) << 53)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"capacity %d is %lld; 0..2^53 expected", i + 1,
					(long long)options->capacity[i]);
	}
	return CSTN_OK;
}

cstn_status cstn_service_plan_builder_new(const cstn_service_plan_options *options,
		const cstn_allocator *allocator, cstn_service_plan_builder **out,
		cstn_error **error)
{
	cstn_service_plan_builder *builder;
	cstn_service_plan_options read;
	cstn_allocator own;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__options_read(options, sizeof(read), sizeof(read), CSTN_SERVICE_PLAN_NO_RAISE,
			"cstn_service_plan_options", &read, error);
	if (status == CSTN_OK)
		status = check_options(&read, error);
	if (status == CSTN_OK)
		status = cstn__handle_new(allocator, sizeof(*builder), &own, &builder, error);
	if (status != CSTN_OK)
		return status;
	builder->allocator = own;
	builder->options = read;
	cstn__plan_rows_init(&builder->table[0], cstn__plan_columns, CSTN__PLAN_INPUTS, &own);
	cstn__plan_rows_init(&builder->table[1], evidence_columns, CSTN__EVIDENCE_FIELDS, &own);
	cstn__plan_rows_init(&builder->table[2], lead_time_columns, CSTN__LEAD_FIELDS, &own);
	cstn__plan_rows_init(&builder->table[3], menu_columns, CSTN__MENU_FIELDS, &own);
	*out = builder;
	return CSTN_OK;
}

cstn_status cstn_service_plan_builder_add(cstn_service_plan_builder *builder, int32_t table,
		struct ArrowArrayStream *rows, const cstn_binding *binding, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_status status;

	status = cstn__stream_take(rows, "rows", &stream, error);
	if (status != CSTN_OK)
		return status;
	if (!builder)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "builder is NULL");
	else if (table < CSTN_PLAN_INPUT_SEGMENTS || table > CSTN_PLAN_INPUT_MENU)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "there is no table %d", table);
	else
		status = cstn__plan_rows_read(&builder->table[table - 1], &stream, binding, error);
	stream.release(&stream);
	return status;
}

void cstn_service_plan_builder_free(cstn_service_plan_builder *builder)
{
	cstn_allocator own;
	int i;

	if (!builder)
		return;
	own = builder->allocator;
	for (i = 0; i < CSTN__PLAN_TABLES; i++)
		cstn__plan_rows_free(&builder->table[i]);
	cstn__free(&own, builder, sizeof(*builder));
}

/* --- order of rows -----------------------------------------------------------------------------
 */

static int order_rows(const void *left, const void *right, void *context)
{
	const cstn__plan_cell *const *a = left, *const *b = right;
	const int32_t then = *(const int32_t *)context;
	const cstn__plan_cell *x, *y;
	int order;

	if (!(*a)->valid || !(*b)->valid)
		order = !(*a)->valid - !(*b)->valid;
	else
		order = cstn__plan_text_order(*a, *b);
	if (order || then == 0)
		return order;
	x = *a + then;
	y = *b + then;
	if (x->text && y->text)
		return cstn__plan_text_order(x, y);
	return (x->number > y->number) - (x->number < y->number);
}

cstn_status cstn__plan_sorted(const cstn__plan_rows *rows, int32_t then,
		const cstn_allocator *allocator, const cstn__plan_cell ***out, cstn_error **error)
{
	size_t n = cstn__plan_rows_count(rows), i;
	const cstn__plan_cell **sorted =
			cstn__alloc(allocator, cstn__array_size(n, sizeof(*sorted)));

	if (!sorted)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		sorted[i] = cstn__plan_row(rows, i);
	cstn__sort(sorted, n, sizeof(*sorted), order_rows, &then);
	*out = sorted;
	return CSTN_OK;
}

size_t cstn__plan_find(const cstn_service_plan *plan, const cstn__plan_cell *label)
{
	size_t low = 0, high = plan->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = cstn__plan_text_order(cstn__plan_at(plan, middle), label);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return SIZE_MAX;
}

/* --- the plan ----------------------------------------------------------------------------------
 */

static cstn_status copy_segments(
		cstn_service_plan *plan, const cstn__plan_rows *segments, cstn_error **error)
{
	const cstn__plan_cell **sorted = NULL;
	cstn_status status = cstn__plan_sorted(segments, 0, &plan->allocator, &sorted, error);
	size_t i, c;

	for (i = 0; i < plan->n && status == CSTN_OK; i++) {
		cstn__plan_cell *to = cstn__plan_at(plan, i);

		if (i && cstn__plan_text_order(sorted[i - 1], sorted[i]) == 0)
			status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"segment '%s' is there twice", sorted[i]->text);
		memcpy(to, sorted[i], CSTN__PLAN_INPUTS * sizeof(*to));
		for (c = 0; c < CSTN__PLAN_INPUTS && status == CSTN_OK; c++) {
			if (!to[c].text)
				continue;
			to[c].text = cstn__arena_copy(&plan->texts, to[c].text, to[c].len);
			if (!to[c].text)
				status = cstn__fail_nomem(error);
		}
	}
	cstn__free(&plan->allocator, sorted, cstn__array_size(plan->n, sizeof(*sorted)));
	return status;
}

static cstn_status new_plan(const cstn_service_plan_builder *builder, cstn_service_plan **out,
		cstn_error **error)
{
	cstn_service_plan *plan = cstn__alloc_zero(&builder->allocator, sizeof(*plan));

	if (!plan)
		return cstn__fail_nomem(error);
	plan->allocator = builder->allocator;
	atomic_init(&plan->references, 1);
	plan->options = builder->options;
	plan->n = cstn__plan_rows_count(&builder->table[0]);
	cstn__arena_init(&plan->texts, &plan->allocator);
	cstn__bytes_init(&plan->json, &plan->allocator);
	plan->cells = cstn__alloc_zero(&plan->allocator,
			cstn__array_size(plan->n, CSTN__PLAN_FIELDS * sizeof(*plan->cells)));
	plan->reasons = cstn__alloc_zero(
			&plan->allocator, cstn__array_size(plan->n, sizeof(*plan->reasons)));
	*out = plan;
	return plan->cells && plan->reasons ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status put_reasons(cstn_service_plan *plan, cstn_error **error)
{
	char text[256];
	size_t i, len;

	for (i = 0; i < plan->n; i++) {
		cstn__plan_cell *cell = cstn__plan_at(plan, i) + CSTN__PLAN_REASONS;

		len = cstn__plan_reason_text(plan->reasons[i], text);
		cell->text = cstn__arena_copy(&plan->texts, text, len);
		if (!cell->text)
			return cstn__fail_nomem(error);
		cell->len = (uint32_t)len;
		cell->valid = 1;
	}
	return CSTN_OK;
}

cstn_status cstn_service_plan_builder_build(const cstn_service_plan_builder *builder,
		cstn_service_plan **out, cstn_error **error)
{
	cstn_service_plan *plan = NULL;
	cstn_status status;

	if (!builder || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				builder ? "out" : "builder");
	if (cstn__plan_rows_count(&builder->table[0]) == 0)
		return cstn__fail(error, CSTN_E_EMPTY, "a plan of no segments");
	status = new_plan(builder, &plan, error);
	if (status == CSTN_OK)
		status = copy_segments(plan, &builder->table[0], error);
	if (status == CSTN_OK)
		status = cstn__plan_service(plan, &builder->table[1], error);
	if (status == CSTN_OK)
		status = cstn__plan_tiers(plan, error);
	if (status == CSTN_OK)
		status = cstn__plan_lead_times(plan, &builder->table[2], error);
	if (status == CSTN_OK)
		status = cstn__plan_choose(plan, &builder->table[3], error);
	if (status == CSTN_OK)
		status = put_reasons(plan, error);
	if (status == CSTN_OK)
		status = cstn__plan_write_json(plan, error);
	if (status == CSTN_OK)
		*out = plan;
	else
		cstn_service_plan_unref(plan);
	return status;
}

cstn_service_plan *cstn_service_plan_ref(cstn_service_plan *plan)
{
	if (plan)
		atomic_fetch_add_explicit(&plan->references, 1, memory_order_relaxed);
	return plan;
}

void cstn_service_plan_unref(cstn_service_plan *plan)
{
	cstn_allocator own;

	if (!plan || atomic_fetch_sub_explicit(&plan->references, 1, memory_order_acq_rel) != 1)
		return;
	own = plan->allocator;
	cstn__free(&own, plan->cells,
			cstn__array_size(plan->n, CSTN__PLAN_FIELDS * sizeof(*plan->cells)));
	cstn__free(&own, plan->reasons, cstn__array_size(plan->n, sizeof(*plan->reasons)));
	cstn__arena_free(&plan->texts);
	cstn__bytes_free(&plan->json);
	cstn__free(&own, plan, sizeof(*plan));
}
