/* The plan of a release: which columns leave, at which level, and which rows stay.
 *
 * A column leaves if the caller binds it to a field that the decision grants; it leaves at that
 * field's level. A field that is granted and bound to nothing is refused, since the log will say
 * that it left. All that can be refused is refused here. O(columns x fields). */
#include "sharing/release_plan.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/text.h"

#define SCALE_MOST 18

/* --- names ------------------------------------------------------------------------------------ */

static const char *child_name(const struct ArrowSchema *input, int64_t i)
{
	return input->children[i]->name ? input->children[i]->name : "";
}

int64_t cstn__release_find(const struct ArrowSchema *input, const char *name, const char *what,
		cstn_error **error)
{
	int64_t found = -1, i;

	for (i = 0; i < input->n_children; i++) {
		if (strcmp(child_name(input, i), name) != 0)
			continue;
		if (found >= 0) {
			(void)cstn__fail(error, CSTN_E_SCHEMA, "the rows have two columns '%s', %s",
					name, what);
			return -1;
		}
		found = i;
	}
	if (found < 0)
		(void)cstn__fail(error, CSTN_E_SCHEMA, "the rows have no column '%s', %s", name,
				what);
	return found;
}

/* The field of a decision; -1: it has none of that path. */
static int32_t find_field(const cstn__release_plan *plan, const char *path)
{
	const cstn_request *request = plan->decision->request;
	size_t len = strlen(path), i;

	for (i = 0; i < plan->decision->n; i++)
		if (request->paths[i].len == len && memcmp(request->paths[i].text, path, len) == 0)
			return (int32_t)i;
	return -1;
}

static int is_granted(const cstn__release_plan *plan, int32_t place)
{
	return place >= 0 && plan->decision->fields[place].reason == CSTN_DECISION_PERMIT;
}

int64_t cstn__release_bound(const cstn__release_plan *plan, const cstn_release_options *options,
		const char *name, int32_t *place)
{
	for (size_t i = 0; i < options->n_columns; i++) {
		if (strcmp(options->columns[i].column, name) != 0)
			continue;
		*place = find_field(plan, options->columns[i].path);
		return is_granted(plan, *place) ? (int64_t)i : -1;
	}
	return -1;
}

/* --- what the caller says ----------------------------------------------------------------------
 */

static cstn_status check_column(const cstn__release_plan *plan, const cstn_release_options *options,
		size_t i, const struct ArrowSchema *input, cstn_error **error)
{
	const cstn_release_column *column = &options->columns[i];

	if (!column->column || !column->path)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "columns[%zu] has no %s", i,
				column->column ? "path" : "column");
	if (column->n_steps && !column->steps)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"column '%s': n_steps is %zu, steps is NULL", column->column,
				column->n_steps);
	for (size_t j = 0; j < i; j++)
		if (strcmp(options->columns[j].column, column->column) == 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"column '%s' is bound twice", column->column);
	if (find_field(plan, column->path) < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"column '%s' is bound to '%s', which is no field of the request",
				column->column, column->path);
	return cstn__release_find(input, column->column, "which is bound", error) < 0
			       ? CSTN_E_SCHEMA
			       : CSTN_OK;
}

/* The form, and that the log will say nothing that is not so. */
static cstn_status check_fields(
		cstn__release_plan *plan, const cstn_release_options *options, cstn_error **error)
{
	const cstn_id *paths = plan->decision->request->paths;

	for (size_t i = 0; i < plan->decision->n; i++) {
		const cstn__verdict *field = &plan->decision->fields[i];
		size_t j = 0;

		if (!is_granted(plan, (int32_t)i))
			continue;
		if (field->granularity.level > plan->form)
			plan->form = field->granularity.level;
		if (field->min_age_us > plan->min_age_us)
			plan->min_age_us = field->min_age_us;
		while (j < options->n_columns &&
				find_field(plan, options->columns[j].path) != (int32_t)i)
			j++;
		if (j == options->n_columns)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"no column is bound to '%.*s', which is granted",
					(int)paths[i].len, paths[i].text);
	}
	return plan->form ? CSTN_OK
			  : cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "no field is granted");
}

static cstn_status check_options(cstn__release_plan *plan, const cstn_release_options *options,
		const struct ArrowSchema *input, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	if (options->n_columns && !options->columns)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"n_columns is %zu, columns is NULL", options->n_columns);
	if (!input->format || strcmp(input->format, "+s") != 0 || input->n_children < 0 ||
			(input->n_children && !input->children))
		return cstn__fail(error, CSTN_E_STREAM, "the stream's schema has no columns");
	for (size_t i = 0; i < options->n_columns && status == CSTN_OK; i++)
		status = check_column(plan, options, i, input, error);
	return status == CSTN_OK ? check_fields(plan, options, error) : status;
}

/* --- rows that stay --------------------------------------------------------------------------- */

static cstn_status time_type(
		cstn__release_plan *plan, const struct ArrowSchema *input, cstn_error **error)
{
	cstn__view_type *type = &plan->time_type;
	cstn_status status = cstn__view_type_read(input->children[plan->time_child], type, error);

	if (status != CSTN_OK || type->is.kind == CSTN__KIND_DATE32 ||
			type->is.kind == CSTN__KIND_DATE64 ||
			(type->is.kind == CSTN__KIND_TIME && !type->is.wall))
		return status;
	return cstn__fail(error, CSTN_E_SCHEMA,
			"column '%s' is %s; a timestamp with a zone, or a date, says when",
			plan->time_name, type->is.name);
}

static cstn_status plan_time(cstn__release_plan *plan, const struct ArrowSchema *input,
		const cstn_release_options *options, cstn_error **error)
{
	const cstn_request *request = plan->request;
	cstn_status status;

	plan->from_us = INT64_MIN;
	plan->until_us = plan->newest_us = INT64_MAX;
	if (request->has_window) {
		plan->from_us = request->data_from_us;
		plan->until_us = request->data_until_us;
	}
	if (plan->min_age_us > 0 &&
			cstn__subtract_i64(request->now_us, plan->min_age_us, &plan->newest_us))
		plan->newest_us = INT64_MIN;
	if (!options->time_column) {
		if (!request->has_window && plan->min_age_us <= 0)
			return CSTN_OK;
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"rows of a window of time, or of some age, are asked for: "
				"time_column says when a row was");
	}
	plan->time_name = cstn__arena_copy(
			&plan->arena, options->time_column, strlen(options->time_column));
	if (!plan->time_name)
		return cstn__fail_nomem(error);
	plan->time_child = cstn__release_find(input, plan->time_name, "the time column", error);
	if (plan->time_child < 0)
		return CSTN_E_SCHEMA;
	status = time_type(plan, input, error);
	if (!request->has_window && plan->min_age_us <= 0)
		plan->time_child = -1;
	return status;
}

/* --- columns that leave ----------------------------------------------------------------------- */

/* Text and bytes go out with ends of 64 bits where they are written anew from views. */
static const char *plain_format(const cstn__view_type *type, const char *format)
{
	if (type->is.physical != CSTN__TEXTVIEW)
		return format;
	return type->is.kind == CSTN__KIND_TEXT ? "U" : "Z";
}

cstn_status cstn__release_add_field(cstn__release_plan *plan, const struct ArrowSchema *input,
		int64_t child, cstn__release_field **out, cstn_error **error)
{
	const struct ArrowSchema *from = input->children[child];
	const struct ArrowSchema *values = from->dictionary ? from->dictionary : from;
	cstn__release_field *field = &plan->fields[plan->n];
	const char *format;
	cstn_status status;

	memset(field, 0, sizeof(*field));
	field->child = child;
	field->level = CSTN_LEVEL_RAW;
	field->place = -1;
	field->flags = from->flags & (ARROW_FLAG_NULLABLE | ARROW_FLAG_DICTIONARY_ORDERED);
	status = cstn__view_type_read(from, &field->type, error);
	if (status != CSTN_OK)
		return status;
	format = plain_format(&field->type, values->format);
	field->name = cstn__arena_copy(
			&plan->arena, child_name(input, child), strlen(child_name(input, child)));
	field->format = cstn__arena_copy(&plan->arena, format, strlen(format));
	if (from->dictionary) {
		field->values = field->format;
		field->format = cstn__arena_copy(&plan->arena, from->format, strlen(from->format));
		field->flags |= ARROW_FLAG_NULLABLE;
	}
	if (!field->name || !field->format || (from->dictionary && !field->values))
		return cstn__fail_nomem(error);
	plan->n++;
	*out = field;
	return CSTN_OK;
}

/* A field's own step goes before that of its star; what is not named has a step of 1. */
static int64_t granted_step(const cstn_term_granularity *g, const char *path)
{
	int64_t step = 0;

	for (size_t i = 0; i < g->n_steps; i++) {
		const cstn_term_step *of = g->steps[i];

		if (strcmp(of->path, path) == 0)
			return of->step;
		if (cstn_path_covers(of->path, strlen(of->path), path, strlen(path)))
			step = of->step;
	}
	return step ? step : 1;
}

cstn_status cstn__release_step(const cstn__release_plan *plan, int32_t place,
		const cstn_release_column *column, const cstn_generalise_step **out,
		cstn_error **error)
{
	int64_t step = granted_step(&plan->decision->fields[place].granularity, column->path);

	if (step < 1 || (uint64_t)step > column->n_steps)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"column '%s' has a ladder of %zu steps, and step %lld is granted",
				column->column, column->n_steps, (long long)step);
	*out = &column->steps[step - 1];
	if ((*out)->kind == CSTN_GENERALISE_KEEP)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"step %lld of column '%s' keeps the value, which makes it no "
				"coarser",
				(long long)step, column->column);
	return CSTN_OK;
}

static cstn_status begin_pseudonym(cstn__release_plan *plan, cstn__release_field *field,
		const cstn_release_options *options, const cstn_release_column *column,
		cstn_error **error)
{
	const cstn_request *request = plan->request;
	const cstn__pseudonym_scope scope = {request->constellation, request->recipient,
			request->purpose, plan->decision->fields[field->place].granularity.epoch};

	if (!options->pseudonym_key)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"'%s' is granted as pseudonyms, and pseudonym_key is NULL",
				column->path);
	field->format = "w:16";
	field->values = NULL;
	return cstn__pseudonym_new(options->pseudonym_key, &scope, column->path, field->name,
			&field->type, &plan->allocator, &field->pseudonym, error);
}

static cstn_status begin_coarser(const cstn__release_plan *plan, cstn__release_field *field,
		const cstn_release_column *column, cstn_error **error)
{
	const cstn_generalise_step *given;
	cstn_generalise_step step;
	int32_t scale = field->type.is.kind == CSTN__KIND_DECIMAL ? field->type.is.scale : 0;
	cstn_status status = cstn__release_step(plan, field->place, column, &given, error);

	if (status != CSTN_OK)
		return status;
	if (scale < 0 || scale > SCALE_MOST)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column '%s' is %s; decimals with a scale of 0 to 18 are "
				"generalised",
				field->name, field->type.is.name);
	step = *given;
	step.column = field->name;
	field->hierarchy = cstn_hierarchy_ref((cstn_hierarchy *)(uintptr_t)step.hierarchy);
	if (field->values)
		field->format = field->values;
	field->values = NULL;
	if (cstn__view_type_is_text(&field->type))
		field->format = field->type.is.kind == CSTN__KIND_TEXT ? "U" : "Z";
	if (field->type.is.kind == CSTN__KIND_NULL)
		return CSTN_OK;
	return cstn__generaliser_init(
			&field->how, &step, cstn__release_coarse_type(&field->type), scale, error);
}

static cstn_status plan_rows(cstn__release_plan *plan, const struct ArrowSchema *input,
		const cstn_release_options *options, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int64_t child, at;
	int32_t place;

	for (child = 0; child < input->n_children && status == CSTN_OK; child++) {
		const cstn_release_column *column;
		cstn__release_field *field;

		at = cstn__release_bound(plan, options, child_name(input, child), &place);
		if (at < 0)
			continue;
		column = &options->columns[at];
		status = cstn__release_add_field(plan, input, child, &field, error);
		if (status != CSTN_OK)
			return status;
		field->place = place;
		field->level = plan->decision->fields[place].granularity.level;
		if (field->level == CSTN_LEVEL_PSEUDONYM)
			status = begin_pseudonym(plan, field, options, column, error);
		else if (field->level == CSTN_LEVEL_GENERALISED)
			status = begin_coarser(plan, field, column, error);
	}
	plan->dropped = (uint64_t)input->n_children - plan->n;
	return status;
}

/* --- the plan --------------------------------------------------------------------------------- */

static cstn_status make(cstn__release_plan *plan, const struct ArrowSchema *input,
		const cstn_release_options *options, cstn_error **error)
{
	cstn_status status = check_options(plan, options, input, error);

	if (status == CSTN_OK)
		status = plan_time(plan, input, options, error);
	if (status != CSTN_OK)
		return status;
	plan->n_input = input->n_children;
	plan->fields = cstn__arena_alloc(&plan->arena,
			cstn__array_size((size_t)plan->n_input + 1, sizeof(*plan->fields)));
	if (!plan->fields)
		return cstn__fail_nomem(error);
	return plan->form < CSTN_LEVEL_AGGREGATED
			       ? plan_rows(plan, input, options, error)
			       : cstn__release_plan_cells(plan, input, options, error);
}

cstn_status cstn__release_plan_new(cstn_decision *decision, const cstn_request *request,
		const struct ArrowSchema *input, const cstn_release_options *options,
		const cstn_allocator *allocator, cstn__release_plan **out, cstn_error **error)
{
	cstn__release_plan *plan = cstn__alloc_zero(allocator, sizeof(*plan));
	cstn_status status;

	if (!plan)
		return cstn__fail_nomem(error);
	plan->allocator = *allocator;
	cstn__arena_init(&plan->arena, allocator);
	plan->decision = cstn_decision_ref(decision);
	plan->request = request;
	plan->time_child = -1;
	status = make(plan, input, options, error);
	if (status != CSTN_OK)
		cstn__release_plan_free(plan);
	else
		*out = plan;
	return status;
}

void cstn__release_plan_free(cstn__release_plan *plan)
{
	cstn_allocator allocator;

	if (!plan)
		return;
	allocator = plan->allocator;
	for (size_t i = 0; i < plan->n; i++) {
		cstn__pseudonym_free(plan->fields[i].pseudonym);
		cstn_hierarchy_unref(plan->fields[i].hierarchy);
	}
	if (plan->nothing.release)
		plan->nothing.release(&plan->nothing);
	cstn_decision_unref(plan->decision);
	cstn__arena_free(&plan->arena);
	cstn__free(&allocator, plan, sizeof(*plan));
}

int32_t cstn__release_plan_form(const cstn__release_plan *plan)
{
	return plan->form;
}

uint64_t cstn__release_plan_dropped(const cstn__release_plan *plan)
{
	return plan->dropped;
}

uint64_t cstn__release_plan_held_back(const cstn__release_plan *plan)
{
	return plan->held_back;
}
