/* Anonymity, cells that may be told, answers with noise, shares of what data are worth. */

#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "bridge_object.h"

void cstn_go_lists_free(cstn_go_lists *of)
{
	free(of->first);
	free(of->second);
	free(of->columns);
	free(of->steps);
	free(of->measures);
	memset(of, 0, sizeof(*of));
}

/* Two blocks of names, and steps with their columns; 0, all freed, without memory. */
static int make_lists(cstn_go_lists *out, const char *first, size_t n_first, const char *second,
		size_t n_second, CSTN_GO_STEPS)
{
	size_t i;

	out->first = cstn_go_list_texts(first, n_first);
	out->second = cstn_go_list_texts(second, n_second);
	out->columns = cstn_go_list_texts(step_names, n_steps);
	out->steps = calloc(n_steps + 1, sizeof(*out->steps));
	out->measures = calloc(n_second + 1, sizeof(*out->measures));
	if (out->first == NULL || out->second == NULL || out->columns == NULL ||
			out->steps == NULL || out->measures == NULL) {
		cstn_go_lists_free(out);
		return 0;
	}
	for (i = 0; i < n_steps; i++) {
		out->steps[i] = steps[i];
		out->steps[i].column = out->columns[i];
	}
	return 1;
}

static void no_lists(cstn_go_outcome *o)
{
	cstn_go_say(o, CSTN_E_NOMEM, "no memory for names of columns");
}

static size_t length_of(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

/* --- hierarchies, anonymity ------------------------------------------------------------------- */

void cstn_go_hierarchy_new(const cstn_go_input *rows, const cstn_allocator *allocator,
		cstn_hierarchy **out, cstn_go_outcome *o)
{
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 0, o))
		return;
	status = cstn_hierarchy_new(call.in, call.binding, allocator, out, &call.error);
	cstn_go_end(&call, status, NULL, o);
}

void cstn_go_privacy(const cstn_go_input *rows, const cstn_privacy_options *given,
		const char *quasi, const char *keep, const char *sensitive, CSTN_GO_STEPS,
		const cstn_allocator *allocator, cstn_privacy_measures *measures,
		cstn_privacy_suppressed *left_out, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	cstn_privacy_options options = *given;
	cstn_go_call call;
	cstn_go_lists of;
	cstn_status status;

	if (!make_lists(&of, quasi, given->n_quasi, keep, given->n_keep, steps, step_names,
			    n_steps)) {
		no_lists(o);
		return;
	}
	options.quasi = of.first;
	options.keep = of.second;
	options.sensitive = sensitive;
	options.steps = of.steps;
	options.n_steps = n_steps;
	options.allocator = allocator;
	if (cstn_go_begin(&call, rows, left_out != NULL, o)) {
		options.binding = call.binding;
		if (left_out == NULL)
			status = cstn_privacy_measure(
					call.in, &options, measures, &call.bad, &call.error);
		else
			status = cstn_privacy_anonymise(call.in, &options, call.out, left_out,
					&call.bad, &call.error);
		cstn_go_end(&call, status, out, o);
	}
	cstn_go_lists_free(&of);
}

/* --- cells ------------------------------------------------------------------------------------ */

CSTN_GO_FREE(difference_guard, cstn_difference_guard_free(object))
CSTN_GO_BYTES(difference_guard, cstn_difference_guard_serialize(object, out, error))
CSTN_GO_DESERIALIZE(difference_guard,
		cstn_difference_guard_deserialize(data, size, allocator, &made, error))
const cstn_go_kind cstn_go_difference_guard = {
		.what = "difference guard",
		.turns = 1,
		.free = difference_guard_free,
		.bytes = difference_guard_bytes,
		.deserialize = difference_guard_deserialize,
};

void cstn_go_difference_guard_new(const char *recipient, size_t recipient_len, const char *data_set,
		size_t data_set_len, const cstn_allocator *allocator, cstn_difference_guard **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_difference_guard_new(recipient, recipient_len, data_set, data_set_len,
					allocator, out, &error));
}

/* Cells and those that were refused, or what would pass. */
static cstn_status aggregate(cstn_go_call *call, const cstn_aggregate_options *options,
		cstn_difference_guard *guard, struct ArrowArrayStream **refused)
{
	struct ArrowArrayStream *other;
	cstn_status status;

	if (refused == NULL)
		return cstn_aggregate_suggest(
				call->in, options, call->out, &call->bad, &call->error);
	other = cstn_arrow_stream_new();
	if (other == NULL)
		return CSTN_E_NOMEM;
	status = cstn_aggregate(
			call->in, options, guard, call->out, other, &call->bad, &call->error);
	if (status == CSTN_OK)
		*refused = other;
	else
		cstn_arrow_stream_free(other);
	return status;
}

int cstn_go_cells_options(const cstn_aggregate_options *given, const cstn_go_cells_asked *asked,
		CSTN_GO_STEPS, cstn_go_lists *of, cstn_aggregate_options *out)
{
	size_t i;

	if (!make_lists(of, asked->by, given->n_by, asked->measures, given->n_measures, steps,
			    step_names, n_steps))
		return 0;
	for (i = 0; i < given->n_measures; i++) {
		of->measures[i].column = of->second[i];
		of->measures[i].kind = asked->kinds[i];
	}
	*out = *given;
	out->by = of->first;
	out->measures = of->measures;
	out->company = asked->company;
	out->sensitive = asked->sensitive;
	out->row = asked->row;
	out->recipient = asked->recipient;
	out->recipient_len = length_of(asked->recipient);
	out->steps = of->steps;
	out->n_steps = n_steps;
	return 1;
}

void cstn_go_aggregate(const cstn_go_input *rows, const cstn_aggregate_options *given,
		const cstn_go_cells_asked *asked, CSTN_GO_STEPS, cstn_difference_guard *guard,
		const cstn_allocator *allocator, struct ArrowArrayStream **out,
		struct ArrowArrayStream **refused, cstn_go_outcome *o)
{
	cstn_aggregate_options options;
	cstn_go_call call;
	cstn_go_lists of;

	if (!cstn_go_cells_options(given, asked, steps, step_names, n_steps, &of, &options)) {
		no_lists(o);
		return;
	}
	options.allocator = allocator;
	if (cstn_go_begin(&call, rows, 1, o)) {
		options.binding = call.binding;
		cstn_go_end(&call, aggregate(&call, &options, guard, refused), out, o);
	}
	cstn_go_lists_free(&of);
}

/* --- noise ------------------------------------------------------------------------------------ */

CSTN_GO_FREE(privacy_budget, cstn_privacy_budget_free(object))
CSTN_GO_BYTES(privacy_budget, cstn_privacy_budget_serialize(object, out, error))
CSTN_GO_DESERIALIZE(privacy_budget,
		cstn_privacy_budget_deserialize(data, size, allocator, &made, error))
CSTN_GO_EXPORT(privacy_budget, ((void)table, cstn_privacy_budget_export(object, out, error)))
const cstn_go_kind cstn_go_privacy_budget = {
		.what = "privacy budget",
		.turns = 1,
		.free = privacy_budget_free,
		.bytes = privacy_budget_bytes,
		.deserialize = privacy_budget_deserialize,
		.export = privacy_budget_export,
};

void cstn_go_privacy_budget_new(int64_t limit_nano, int64_t period_us,
		const cstn_allocator *allocator, cstn_privacy_budget **out, cstn_go_outcome *o)
{
	cstn_privacy_budget_options options = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;

	options.limit_nano = limit_nano;
	options.period_us = period_us;
	CSTN_GO_CALL(o, cstn_privacy_budget_new(&options, allocator, out, &error));
}

void cstn_go_privacy_budget_spent(const cstn_privacy_budget *budget, const char *recipient,
		size_t recipient_len, const char *data_set, size_t data_set_len, int64_t now_us,
		int64_t *numbers, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_privacy_budget_spent(budget, recipient, recipient_len, data_set,
					data_set_len, now_us, &numbers[0], &numbers[1], &error));
}

int cstn_go_noise_options(const cstn_noise_options *given, const cstn_go_noise_asked *asked,
		CSTN_GO_STEPS, cstn_go_lists *of, cstn_noise_options *out)
{
	if (!make_lists(of, asked->partitions, given->n_partitions, NULL, 0, steps, step_names,
			    n_steps))
		return 0;
	*out = *given;
	out->recipient = asked->recipient;
	out->recipient_len = length_of(asked->recipient);
	out->data_set = asked->data_set;
	out->data_set_len = length_of(asked->data_set);
	out->subject = asked->subject;
	out->measure = asked->measure;
	out->partition = asked->partition;
	out->partitions = given->n_partitions ? of->first : NULL;
	out->steps = of->steps;
	out->n_steps = n_steps;
	return 1;
}

void cstn_go_noise(cstn_privacy_budget *budget, const cstn_go_input *rows,
		const cstn_noise_options *given, const cstn_go_noise_asked *asked, CSTN_GO_STEPS,
		const cstn_allocator *allocator, int64_t *charged_nano,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_noise_options options;
	cstn_go_call call;
	cstn_go_lists of;
	cstn_status status;

	if (!cstn_go_noise_options(given, asked, steps, step_names, n_steps, &of, &options)) {
		no_lists(o);
		return;
	}
	options.allocator = allocator;
	if (cstn_go_begin(&call, rows, 1, o)) {
		options.binding = call.binding;
		status = cstn_noise(call.in, &options, budget, call.out, charged_nano, &call.bad,
				&call.error);
		cstn_go_end(&call, status, out, o);
	}
	cstn_go_lists_free(&of);
}

/* --- shares ----------------------------------------------------------------------------------- */

void cstn_go_shapley(const cstn_shapley_options *given, const int64_t *values,
		const cstn_allocator *allocator, cstn_shapley_share *out, cstn_go_outcome *o)
{
	cstn_shapley_options options = *given;

	options.values = values;
	options.allocator = allocator;
	CSTN_GO_CALL(o, cstn_value_shapley(&options, out, &error));
}
