/* Out of memory at every allocation of a plan and of what it makes: nothing goes out, the input is
 * let go, nothing is left, and what was charged or learned is as before. */
#include "csv_rows.h"
#include "failing_allocator.h"
#include "release_plans.h"
#include "sharing_fixture.h"
#include "suite.h"

#define ROWS 60

/* Columns of each kind of copy, at each level: texts, views, dictionaries, flags, numbers. */
static releasing *varied(int window, uint64_t *state)
{
	static const uint8_t key[32] = {7};
	static const cstn_generalise_step step[] = {
			{NULL, CSTN_GENERALISE_PREFIX, 3, 0, 0, 0, 0, NULL}};
	static const cstn_generalise_step bucket[] = {
			{NULL, CSTN_GENERALISE_BUCKET, 0, 10, 0, 0, 0, NULL}};
	static const char *const formats[] = {"u", "l", "b", "d:19,2", "z"};
	static const int32_t levels[] = {
			CSTN_LEVEL_RAW, CSTN_LEVEL_PSEUDONYM, CSTN_LEVEL_GENERALISED};
	releasing *r = releasing_begin();

	r->n = 6;
	r->rows = ROWS;
	for (int c = 0; c < 6; c++) {
		r->columns[c].format = c == 5 ? "tsu:UTC" : formats[sharing_roll(state, 5)];
		release_fill(&r->columns[c], ROWS, 20, 30, state);
		r->layouts[c] = release_random_layout(r->columns[c].format, state);
	}
	for (int i = 0; i < 3; i++) {
		const char *format = r->columns[2 * i].format;
		int32_t level = levels[sharing_roll(state, 3)];

		r->grants[i] = release_grant_of(releasing_paths[i], level);
		r->bound[i].n_steps = 1;
		r->bound[i].steps = format[0] == 'u' ? step : bucket;
		if (format[0] == 'b' || (format[0] == 'z' && level == CSTN_LEVEL_GENERALISED))
			r->grants[i] = release_grant_of(releasing_paths[i], CSTN_LEVEL_RAW);
	}
	r->options.pseudonym_key = key;
	r->options.time_column = window ? "at" : NULL;
	for (int i = 0; i < ROWS; i++) {
		int64_t at = RELEASE_NOW - i;

		memcpy(r->columns[5].cells[i].bytes, &at, 8);
		r->columns[5].cells[i].valid = 1;
	}
	return r;
}

/* A plan, its schema, and two batches of it. */
static cstn_status make_rows(releasing *r, const cstn_allocator *allocator, uint64_t *state)
{
	struct ArrowSchema input, schema = {0};
	cstn__release_plan *plan = NULL;
	cstn_error *error = NULL;
	uint64_t held = 77;
	cstn_status status;

	release_schema(&input, r->columns, r->n, r->layouts);
	status = cstn__release_plan_new(r->decision, r->decision->request, &input, &r->options,
			allocator, &plan, &error);
	input.release(&input);
	ck_assert((status == CSTN_OK) == (plan != NULL));
	if (status == CSTN_OK) {
		status = cstn__release_plan_schema(plan, &schema, &error);
		ck_assert((status == CSTN_OK) == (schema.release != NULL));
	}
	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		struct ArrowArray in, out = {0};

		release_batch(&in, r->columns, r->n, 0, ROWS, 0, r->layouts, state);
		held = 77;
		status = cstn__release_plan_batch(plan, &in, &out, &held, &error);
		ck_assert_ptr_null(in.release);
		ck_assert((status == CSTN_OK) == (out.release != NULL));
		ck_assert((status == CSTN_OK) == (held != 77));
		if (out.release)
			out.release(&out);
	}
	if (schema.release)
		schema.release(&schema);
	cstn__release_plan_free(plan);
	ck_assert((status == CSTN_OK) == (error == NULL));
	cstn_error_free(error);
	return status;
}

START_TEST(rows_at_every_allocation)
{
	size_t every = test_every();

	for (uint64_t round = 0; round < 60; round += every) {
		const release_asking asking = {
				.data_from_us = RELEASE_NOW - 40, .data_until_us = RELEASE_NOW - 9};
		uint64_t state = round, n = 1;
		releasing *r = varied(round % 2, &state);
		cstn_status status = CSTN_E_NOMEM;

		r->decision = release_decide(r->grants, round % 2 ? &asking : NULL);
		for (; status == CSTN_E_NOMEM; n++) {
			failing_allocator memory;

			failing_allocator_init(&memory, n);
			status = make_rows(r, &memory.allocator, &state);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			ck_assert_int_eq(release_live(), 0);
			ck_assert((status == CSTN_OK) == (memory.failures == 0));
		}
		ck_assert_int_eq(status, CSTN_OK);
		ck_assert_uint_gt(n, 5);
		releasing_end(r);
	}
}
END_TEST

/* --- other forms ------------------------------------------------------------------------------ */

#define SCHEMA "firm text\nregion text\nqty int64 null\n"
#define TABLE \
	"firm,region,qty\na,x,1\nb,x,2\nc,x,3\nd,x,4\ne,x,5\na,y,\nb,y,2\nc,y,3\nd,y,4\ne,y,5\n"

typedef struct forming {
	cstn_release_options options;
	cstn_aggregate_options cells;
	cstn_noise_options noise;
	cstn_decision *decision;
	struct ArrowSchema schema;
} forming;

static void form(forming *f, int32_t level)
{
	static const char *const by[] = {"region"};
	static const cstn_aggregate_measure sum[] = {{"qty", CSTN_AGGREGATE_SUM, 0}};
	static const cstn_release_column bound[] = {
			{"region", "row.a", NULL, 0}, {"qty", "row.b", NULL, 0}};
	const release_asking asking = {.nano_epsilon = 1000};
	release_grant grants[] = {release_grant_of("row.a", CSTN_LEVEL_RAW),
			release_grant_of("row.b", level), {.path = NULL}};
	struct ArrowArrayStream rows;

	*f = (forming){CSTN_RELEASE_OPTIONS_INIT, CSTN_AGGREGATE_OPTIONS_INIT,
			CSTN_NOISE_OPTIONS_INIT, NULL, {0}};
	f->options.columns = bound;
	f->options.n_columns = 2;
	f->options.data_set = "rows";
	f->options.aggregate = &f->cells;
	f->options.noise = &f->noise;
	f->cells.by = by;
	f->cells.n_by = 1;
	f->cells.measures = sum;
	f->cells.n_measures = 1;
	f->cells.company = "firm";
	f->noise.kind = CSTN_NOISE_SUM;
	f->noise.subject = "firm";
	f->noise.measure = "qty";
	f->noise.high = 9;
	f->decision = release_decide(grants, &asking);
	csv_rows(&rows, SCHEMA, TABLE);
	ck_assert_int_eq(rows.get_schema(&rows, &f->schema), 0);
	rows.release(&rows);
}

static cstn_status make_whole(forming *f, const cstn_allocator *allocator,
		cstn_difference_guard *guard, cstn_privacy_budget *answers, int64_t *charged)
{
	struct ArrowArrayStream rows, out = {0};
	cstn__release_plan *plan = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn__release_plan_new(f->decision, f->decision->request, &f->schema,
			&f->options, allocator, &plan, &error);

	ck_assert((status == CSTN_OK) == (plan != NULL));
	if (status == CSTN_OK) {
		csv_rows(&rows, SCHEMA, TABLE);
		status = cstn__release_plan_whole(
				plan, &rows, guard, answers, &out, charged, &error);
		ck_assert_ptr_null(rows.release);
		ck_assert((status == CSTN_OK) == (out.release != NULL));
	}
	if (out.release)
		out.release(&out);
	cstn__release_plan_free(plan);
	ck_assert((status == CSTN_OK) == (error == NULL));
	cstn_error_free(error);
	return status;
}

START_TEST(other_forms_at_every_allocation)
{
	static const int32_t levels[] = {
			CSTN_LEVEL_AGGREGATED, CSTN_LEVEL_NOISED, CSTN_LEVEL_EXISTENCE};
	cstn_privacy_budget_options endless = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;

	endless.limit_nano = INT64_MAX;
	for (int i = 0; i < 3; i++) {
		cstn_status status = CSTN_E_NOMEM;
		uint64_t n = 1;
		forming f;

		form(&f, levels[i]);
		for (; status == CSTN_E_NOMEM; n++) {
			cstn_difference_guard *guard = NULL;
			cstn_privacy_budget *answers = NULL;
			failing_allocator memory;
			int64_t charged = 0, spent = 0;

			SHARING_OK(cstn_difference_guard_new(
					"shop", 4, "rows", 4, NULL, &guard, &error));
			SHARING_OK(cstn_privacy_budget_new(&endless, NULL, &answers, &error));
			failing_allocator_init(&memory, n);
			status = make_whole(&f, &memory.allocator, guard, answers, &charged);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			ck_assert((status == CSTN_OK) == (memory.failures == 0));
			if (status != CSTN_OK)
				ck_assert_uint_eq(cstn_difference_guard_count(guard), 0);
			SHARING_OK(cstn_privacy_budget_spent(answers, "shop", 4, "rows", 4,
					RELEASE_NOW, &spent, NULL, &error));
			ck_assert_int_eq(spent, charged);
			cstn_difference_guard_free(guard);
			cstn_privacy_budget_free(answers);
		}
		ck_assert_int_eq(status, CSTN_OK);
		ck_assert_uint_gt(n, 5);
		f.schema.release(&f.schema);
		cstn_decision_unref(f.decision);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rows_at_every_allocation, other_forms_at_every_allocation};

	return run_tests("release_memory", tests, sizeof(tests) / sizeof(tests[0]));
}
