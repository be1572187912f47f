/* Forms of a release that are no rows: cells, cells with noise, and whether there is any row.
 *
 * The caller says which columns make the cells; what must hold of them is the strictest of what the
 * decision and the caller say. All of it is tried once on no rows when the plan is made, so that
 * what cannot be done is refused before anything is charged, and the schema of what goes out is
 * known. Rows that stay are taken out before anything is counted. Cost: that of cstn_aggregate()
 * and cstn_noise(), and a copy of columns that are no clean ones. */
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "sharing/noise.h"
#include "sharing/release_copy.h"
#include "sharing/release_plan.h"
#include "table/bound.h"

#define NAME_MOST 255
#define GRID_MOST 40
#define PPM 1000
#define ANY_SHARE 1000

/* --- rows as a stream ------------------------------------------------------------------------- */

typedef struct rows_stream {
	cstn__release_plan *plan;
	struct ArrowArrayStream input; /* release NULL: no rows */
	cstn_error *error;
} rows_stream;

static int rows_failed(rows_stream *rows, cstn_status status, cstn_error *error)
{
	cstn_error_free(rows->error);
	rows->error = error;
	return cstn__stream_errno(status);
}

static int rows_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	rows_stream *rows = stream->private_data;
	cstn_error *error = NULL;
	cstn_status status = cstn__release_rows_schema(rows->plan, out, &error);

	return status == CSTN_OK ? 0 : rows_failed(rows, status, error);
}

static int rows_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	rows_stream *rows = stream->private_data;
	struct ArrowArray in;
	cstn_error *error = NULL;
	uint64_t held_back = 0;
	cstn_status status;

	memset(out, 0, sizeof(*out));
	if (!rows->input.release)
		return 0;
	status = cstn__stream_next(&rows->input, &in, &error);
	if (status == CSTN_DONE)
		return 0;
	if (status == CSTN_OK)
		status = cstn__release_plan_batch(rows->plan, &in, out, &held_back, &error);
	rows->plan->held_back += held_back;
	return status == CSTN_OK ? 0 : rows_failed(rows, status, error);
}

static const char *rows_error(struct ArrowArrayStream *stream)
{
	const rows_stream *rows = stream->private_data;

	return rows->error ? cstn_error_message(rows->error) : NULL;
}

/* What it stands on is the caller's. */
static void rows_release(struct ArrowArrayStream *stream)
{
	stream->release = NULL;
}

static struct ArrowArrayStream stream_of(rows_stream *rows)
{
	return (struct ArrowArrayStream){rows_schema, rows_next, rows_error, rows_release, rows};
}

/* --- columns that are needed ------------------------------------------------------------------ */

/* A column of the rows, once. */
static cstn_status need(cstn__release_plan *plan, const struct ArrowSchema *input, const char *name,
		const char *what, cstn_error **error)
{
	cstn__release_field *field;
	int64_t child;

	if (!name)
		return CSTN_OK;
	for (size_t i = 0; i < plan->n; i++)
		if (strcmp(plan->fields[i].name, name) == 0)
			return CSTN_OK;
	child = cstn__release_find(input, name, what, error);
	return child < 0 ? CSTN_E_SCHEMA
			 : cstn__release_add_field(plan, input, child, &field, error);
}

/* What is built up of the caller's options. */
typedef struct wanting {
	cstn__release_plan *plan;
	const struct ArrowSchema *input;
	const cstn_release_options *options;
	size_t n_steps;
} wanting;

/* A column of which something is told: it is of a granted field, and as coarse as granted. */
static cstn_status tell(wanting *want, const char *name, cstn_error **error)
{
	cstn__release_plan *plan = want->plan;
	const cstn_release_column *column;
	const cstn_generalise_step *step;
	size_t before = plan->n;
	int32_t place, level;
	int64_t at;
	cstn_status status;

	if (!name)
		return CSTN_OK; /* whoever makes cells refuses it */
	at = cstn__release_bound(plan, want->options, name, &place);
	if (at < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"column '%s' is told of, and is bound to no field that is granted",
				name);
	column = &want->options->columns[at];
	level = plan->decision->fields[place].granularity.level;
	if (level == CSTN_LEVEL_PSEUDONYM)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"column '%s' is granted as pseudonyms, which make no cells", name);
	status = need(plan, want->input, name, "which is told of", error);
	if (status != CSTN_OK || plan->n == before)
		return status;
	plan->dropped--;
	if (level != CSTN_LEVEL_GENERALISED)
		return CSTN_OK;
	status = cstn__release_step(plan, place, column, &step, error);
	if (status != CSTN_OK)
		return status;
	plan->steps[want->n_steps] = *step;
	plan->steps[want->n_steps++].column = plan->fields[before].name;
	return CSTN_OK;
}

/* Room for the decision's steps, and the caller's behind them. */
static cstn_status begin(wanting *want, cstn__release_plan *plan, const struct ArrowSchema *input,
		const cstn_release_options *options, size_t n_steps, cstn_error **error)
{
	size_t len = options->data_set ? strlen(options->data_set) : 0;

	*want = (wanting){plan, input, options, 0};
	if (len < 1 || len > NAME_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"data_set has %zu bytes; 1 to %d are asked for where cells are "
				"granted",
				len, NAME_MOST);
	plan->dropped = (uint64_t)plan->n_input;
	plan->steps = cstn__arena_alloc(
			&plan->arena, cstn__array_size(n_steps + (size_t)plan->n_input + 1,
						      sizeof(*plan->steps)));
	return plan->steps ? CSTN_OK : cstn__fail_nomem(error);
}

static size_t join_steps(const wanting *want, const cstn_generalise_step *steps, size_t n)
{
	if (n)
		memcpy(want->plan->steps + want->n_steps, steps, n * sizeof(*steps));
	return want->n_steps + n;
}

static cstn_status check_steps(
		const void *binding, const void *steps, size_t n_steps, cstn_error **error)
{
	if (binding)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a release takes no binding: columns are called as the rows' are");
	if (n_steps && !steps)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "n_steps is %zu, steps is NULL",
				n_steps);
	return CSTN_OK;
}

/* --- cells ------------------------------------------------------------------------------------ */

static int64_t at_least(int64_t given, int64_t usual, int64_t granted)
{
	int64_t value = given > 0 ? given : usual;

	return given < 0 ? given : value > granted ? value : granted;
}

/* 0 and `any` ask for nothing. */
static int64_t at_most(int64_t given, int64_t usual, int64_t granted, int64_t any)
{
	int64_t value = given > 0 ? given : usual;

	if (given < 0 || granted <= 0 || granted >= any)
		return given < 0 ? given : value;
	return value > 0 && value < granted ? value : granted;
}

/* The decision's rules or stricter ones. */
static void tighten(cstn_aggregate_options *o, const cstn_term_granularity *g)
{
	o->k = at_least(o->k, 5, g->k);
	o->l = at_least(o->l, 1, g->l);
	o->companies = at_least(o->companies, 3, g->contributors);
	o->share_permille =
			(int32_t)at_most(o->share_permille, 700, g->max_share_permille, ANY_SHARE);
	o->t_ppm = (int32_t)at_most(o->t_ppm, 0, g->t_permille * PPM, (int64_t)ANY_SHARE * PPM);
}

static cstn_status apply_rules(cstn__release_plan *plan, cstn_error **error)
{
	cstn_aggregate_options *o = &plan->aggregate;

	for (size_t i = 0; i < plan->decision->n; i++) {
		const cstn__verdict *field = &plan->decision->fields[i];
		const cstn_term_granularity *g = &field->granularity;

		if (field->reason != CSTN_DECISION_PERMIT || g->level != CSTN_LEVEL_AGGREGATED)
			continue;
		if (o->flags & CSTN_AGGREGATE_NO_COMPANY &&
				(g->contributors > 1 ||
						(g->max_share_permille > 0 &&
								g->max_share_permille < ANY_SHARE)))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"cells of %lld companies are granted: aggregate names the "
					"column of companies",
					(long long)g->contributors);
		tighten(o, g);
	}
	return CSTN_OK;
}

static cstn_status plan_aggregate(cstn__release_plan *plan, const struct ArrowSchema *input,
		const cstn_release_options *options, cstn_error **error)
{
	cstn_aggregate_options *o = &plan->aggregate;
	wanting want;
	cstn_status status;

	if (!options->aggregate)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"cells are granted, and aggregate is NULL");
	status = cstn__options_read(options->aggregate, sizeof(*o), sizeof(*o), UINT32_MAX,
			"cstn_aggregate_options", o, error);
	if (status == CSTN_OK)
		status = check_steps(o->binding, o->steps, o->n_steps, error);
	if (status == CSTN_OK && (o->recipient || o->recipient_len))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the recipient of the cells is the request's: leave it NULL");
	if (status == CSTN_OK && plan->time_child >= 0 && !o->row)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"rows that stay change the count of those behind them: aggregate "
				"names the column of row numbers");
	if (status == CSTN_OK)
		status = begin(&want, plan, input, options, o->n_steps, error);
	for (size_t i = 0; o->by && i < o->n_by && status == CSTN_OK; i++)
		status = tell(&want, o->by[i], error);
	for (size_t i = 0; o->measures && i < o->n_measures && status == CSTN_OK; i++)
		status = tell(&want, o->measures[i].column, error);
	if (status == CSTN_OK)
		status = need(plan, input, o->company, "the column of companies", error);
	if (status == CSTN_OK)
		status = need(plan, input, o->sensitive, "the sensitive column", error);
	if (status == CSTN_OK)
		status = need(plan, input, o->row, "the column of row numbers", error);
	if (status != CSTN_OK)
		return status;
	o->n_steps = join_steps(&want, o->steps, o->n_steps);
	o->steps = plan->steps;
	o->allocator = &plan->allocator;
	o->flags |= options->flags & CSTN_IMPORT_TRUSTED;
	if (o->company) {
		o->recipient = plan->request->recipient.text;
		o->recipient_len = plan->request->recipient.len;
	}
	return apply_rules(plan, error);
}

/* --- cells with noise ------------------------------------------------------------------------- */

/* What a subject changes is at least what was agreed, so that there is at least that noise. */
static cstn_status check_sensitivity(
		const cstn_noise_options *o, int64_t sensitivity, cstn_error **error)
{
	cstn__i128 low = o->low < 0 ? -(cstn__i128)o->low : o->low,
		   high = o->high < 0 ? -(cstn__i128)o->high : o->high, most;

	if (o->kind == CSTN_NOISE_COUNT && high == 0)
		high = 1;
	most = (low > high ? low : high) * (o->max_partitions > 0 ? o->max_partitions : 1);
	if (o->scale >= 0 && o->scale <= 18 &&
			most < sensitivity * cstn__wide_power_of_ten(o->scale))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a sensitivity of %lld is agreed, and the bounds of noise make it "
				"less",
				(long long)sensitivity);
	return CSTN_OK;
}

static cstn_status price(cstn__release_plan *plan, cstn_error **error)
{
	cstn_noise_options *o = &plan->noise;
	uint64_t epsilon = 0;
	int32_t grid = GRID_MOST;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < plan->decision->n && status == CSTN_OK; i++) {
		const cstn__verdict *field = &plan->decision->fields[i];
		const cstn_term_granularity *g = &field->granularity;
		uint64_t own;

		if (field->reason != CSTN_DECISION_PERMIT || g->level != CSTN_LEVEL_NOISED)
			continue;
		own = cstn__epsilon_granted(plan->request, g);
		epsilon = epsilon && epsilon < own ? epsilon : own;
		if (g->grid_bits < grid)
			grid = g->grid_bits;
		status = check_sensitivity(o, g->sensitivity, error);
	}
	if (status == CSTN_OK && (epsilon == 0 || epsilon > INT64_MAX))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the request asks for no nano_epsilon that noise could be paid "
				"with");
	o->epsilon_nano = (int64_t)epsilon;
	o->grid = grid;
	return status;
}

static cstn_status read_noise(
		cstn__release_plan *plan, const cstn_release_options *options, cstn_error **error)
{
	cstn_noise_options *o = &plan->noise;
	cstn_status status;

	if (!options->noise)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"cells with noise are granted, and noise is NULL");
	status = cstn__options_read(options->noise, sizeof(*o), sizeof(*o), UINT32_MAX,
			"cstn_noise_options", o, error);
	if (status != CSTN_OK)
		return status;
	if (o->recipient || o->recipient_len || o->data_set || o->data_set_len || o->now_us ||
			o->grid || o->epsilon_nano)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"recipient, data set, time, grid and epsilon of noise are the "
				"decision's: leave them 0");
	return check_steps(o->binding, o->steps, o->n_steps, error);
}

static cstn_status plan_noise(cstn__release_plan *plan, const struct ArrowSchema *input,
		const cstn_release_options *options, cstn_error **error)
{
	cstn_noise_options *o = &plan->noise;
	wanting want;
	cstn_status status = read_noise(plan, options, error);

	if (status == CSTN_OK)
		status = begin(&want, plan, input, options, o->n_steps, error);
	if (status == CSTN_OK)
		status = tell(&want, o->partition, error);
	if (status == CSTN_OK)
		status = tell(&want, o->measure, error);
	if (status == CSTN_OK)
		status = need(plan, input, o->subject, "the column of subjects", error);
	if (status == CSTN_OK)
		status = price(plan, error);
	if (status != CSTN_OK)
		return status;
	o->n_steps = join_steps(&want, o->steps, o->n_steps);
	o->steps = plan->steps;
	o->recipient = plan->request->recipient.text;
	o->recipient_len = plan->request->recipient.len;
	o->data_set = options->data_set;
	o->data_set_len = strlen(options->data_set);
	o->now_us = plan->request->now_us;
	o->allocator = &plan->allocator;
	o->flags |= options->flags & CSTN_IMPORT_TRUSTED;
	if (!o->entropy) {
		o->entropy = options->entropy;
		o->entropy_user = options->entropy_user;
	}
	return CSTN_OK;
}

/* --- is there any? ---------------------------------------------------------------------------- */

static cstn_status plan_existence(cstn__release_plan *plan, const struct ArrowSchema *input,
		const cstn_release_options *options, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int32_t place;

	plan->threshold = 1;
	for (size_t i = 0; i < plan->decision->n; i++) {
		const cstn__verdict *field = &plan->decision->fields[i];

		if (field->reason == CSTN_DECISION_PERMIT &&
				field->granularity.level == CSTN_LEVEL_EXISTENCE &&
				field->granularity.threshold > plan->threshold)
			plan->threshold = field->granularity.threshold;
	}
	for (size_t i = 0; i < options->n_columns && status == CSTN_OK; i++)
		if (cstn__release_bound(plan, options, options->columns[i].column, &place) >= 0)
			status = need(plan, input, options->columns[i].column, "which is bound",
					error);
	plan->dropped = (uint64_t)plan->n_input - plan->n;
	return status;
}

/* Rows of a batch, among those that leave, in which no column is null. */
static cstn_status count_batch(const cstn__release_plan *plan, const struct ArrowArray *batch,
		const int64_t *rows, int64_t n, int64_t *count, cstn_error **error)
{
	uint8_t *null = cstn__alloc_zero(&plan->allocator, (size_t)n);
	cstn_status status = null ? CSTN_OK : cstn__fail_nomem(error);
	cstn__view view;

	for (size_t i = 0; i < plan->n && status == CSTN_OK; i++) {
		const cstn__release_field *field = &plan->fields[i];

		status = cstn__view_open(&view, &field->type, field->name,
				batch->children[field->child], batch->offset, batch->length, error);
		for (int64_t j = 0; j < n && status == CSTN_OK; j++)
			null[j] |= !cstn__column_is_valid(&view.column, cstn__release_row(rows, j));
	}
	for (int64_t j = 0; j < n && status == CSTN_OK; j++)
		*count += !null[j];
	cstn__free(&plan->allocator, null, (size_t)n);
	return status;
}

static cstn_status count_rows(
		cstn__release_plan *plan, rows_stream *in, int64_t *count, cstn_error **error)
{
	struct ArrowArray batch;
	cstn_status status = in->input.release ? CSTN_OK : CSTN_DONE;

	while (status == CSTN_OK) {
		int64_t *rows = NULL, n = 0;

		status = cstn__stream_next(&in->input, &batch, error);
		if (status != CSTN_OK)
			break;
		status = cstn__batch_check(plan->n_input, &batch, error);
		if (status == CSTN_OK)
			status = cstn__release_select(plan, &batch, &rows, &n, error);
		if (status == CSTN_OK) {
			plan->held_back += (uint64_t)(batch.length - n);
			status = count_batch(plan, &batch, rows, n, count, error);
		}
		cstn__free(&plan->allocator, rows, (size_t)batch.length * sizeof(*rows));
		batch.release(&batch);
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}

static cstn_status make_existence(cstn__release_plan *plan, rows_stream *rows,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	int64_t count = 0;
	cstn_status status = count_rows(plan, rows, &count, error);

	if (status == CSTN_OK)
		status = cstn__table_builder_new(&plan->allocator, &table, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__table_add_column(table, "exists", CSTN_TYPE_FLAG, 0, 0) < 0 ||
			cstn__table_add_column(table, "at_least", CSTN_TYPE_INT64, 0, 0) < 0) {
		cstn__table_builder_free(table);
		return cstn__fail_nomem(error);
	}
	cstn__table_put_i64(table, 0, count >= plan->threshold);
	cstn__table_put_i64(table, 1, plan->threshold);
	return cstn__table_export(table, out, error);
}

/* --- all three -------------------------------------------------------------------------------- */

/* What else than its options a question with noise is about: so many bytes. */
static size_t choice(const cstn__release_plan *plan, uint8_t out[24])
{
	const int64_t of[3] = {plan->from_us, plan->until_us, plan->min_age_us};

	for (int i = 0; i < 24; i++)
		out[i] = (uint8_t)((uint64_t)of[i / 8] >> 8 * (i % 8));
	return plan->time_child < 0 ? 0 : 24;
}

static cstn_status make_noise(cstn__release_plan *plan, const cstn_noise_options *options,
		struct ArrowArrayStream *stream, cstn_privacy_budget *answers,
		struct ArrowArrayStream *out, int64_t *charged, cstn_error **error)
{
	uint8_t about[24];

	return cstn__noise_about(stream, options, about, choice(plan, about), answers, out, charged,
			NULL, error);
}

/* Of no rows nothing is told, and nothing is charged to anybody. */
static cstn_status try_noise(cstn__release_plan *plan, struct ArrowArrayStream *stream,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_privacy_budget_options endless = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;
	cstn_noise_options options = plan->noise;
	cstn_privacy_budget *budget = NULL;
	cstn_status status;

	endless.limit_nano = INT64_MAX;
	options.entropy = NULL;
	options.entropy_user = NULL;
	status = cstn_privacy_budget_new(&endless, &plan->allocator, &budget, error);
	if (status == CSTN_OK)
		status = make_noise(plan, &options, stream, budget, out, NULL, error);
	cstn_privacy_budget_free(budget);
	return status;
}

cstn_status cstn__release_plan_cells(cstn__release_plan *plan, const struct ArrowSchema *input,
		const cstn_release_options *options, cstn_error **error)
{
	rows_stream rows = {.plan = plan};
	struct ArrowArrayStream stream = stream_of(&rows), out;
	cstn_status status;

	if (plan->form == CSTN_LEVEL_EXISTENCE) {
		status = plan_existence(plan, input, options, error);
		if (status == CSTN_OK)
			status = make_existence(plan, &rows, &out, error);
	} else if (plan->form == CSTN_LEVEL_NOISED) {
		status = plan_noise(plan, input, options, error);
		if (status == CSTN_OK)
			status = try_noise(plan, &stream, &out, error);
	} else {
		status = plan_aggregate(plan, input, options, error);
		if (status == CSTN_OK)
			status = cstn_aggregate(
					&stream, &plan->aggregate, NULL, &out, NULL, NULL, error);
	}
	cstn_error_free(rows.error);
	if (status == CSTN_OK)
		plan->nothing = out;
	return status;
}

cstn_status cstn__release_plan_known(const cstn__release_plan *plan, cstn_privacy_budget *answers,
		struct ArrowArrayStream *out, int *found, cstn_error **error)
{
	uint8_t about[24];

	return cstn__noise_known(
			&plan->noise, about, choice(plan, about), answers, out, found, error);
}

cstn_status cstn__release_plan_whole(cstn__release_plan *plan, struct ArrowArrayStream *input,
		cstn_difference_guard *guard, cstn_privacy_budget *answers,
		struct ArrowArrayStream *out, int64_t *charged_nano, cstn_error **error)
{
	rows_stream rows = {.plan = plan, .input = *input};
	struct ArrowArrayStream stream = stream_of(&rows);
	cstn_status status;

	input->release = NULL;
	if (plan->form == CSTN_LEVEL_EXISTENCE)
		status = make_existence(plan, &rows, out, error);
	else if (plan->form == CSTN_LEVEL_NOISED)
		status = make_noise(plan, &plan->noise, &stream, answers, out, charged_nano, error);
	else
		status = cstn_aggregate(&stream, &plan->aggregate, guard, out, NULL, NULL, error);
	rows.input.release(&rows.input);
	cstn_error_free(rows.error);
	return status;
}
