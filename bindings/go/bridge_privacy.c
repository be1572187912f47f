/* Anonymity, cells that may be told, shares of what data are worth. */

#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "bridge_object.h"

/* Steps with their columns; NULL: no memory. */
static cstn_generalise_step *steps_of(
		const cstn_generalise_step *steps, const char **names, size_t n)
{
	cstn_generalise_step *out = calloc(n + 1, sizeof(*out));
	size_t i;

	for (i = 0; out != NULL && names != NULL && i < n; i++) {
		out[i] = steps[i];
		out[i].column = names[i];
	}
	return out;
}

void cstn_go_privacy(const cstn_go_input *rows, const cstn_privacy_options *given,
		const char *quasi, const char *keep, const char *sensitive,
		const cstn_generalise_step *steps, const char *step_names, size_t n_steps,
		const cstn_allocator *allocator, cstn_privacy_measures *measures,
		cstn_privacy_suppressed *left_out, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	const char **lists[] = {cstn_go_list_texts(quasi, given->n_quasi),
			cstn_go_list_texts(keep, given->n_keep),
			cstn_go_list_texts(step_names, n_steps)};
	cstn_generalise_step *made = steps_of(steps, lists[2], n_steps);
	cstn_privacy_options options = *given;
	cstn_go_call call;
	cstn_status status = CSTN_E_NOMEM;

	options.quasi = lists[0];
	options.keep = lists[1];
	options.sensitive = sensitive;
	options.steps = made;
	options.n_steps = n_steps;
	options.allocator = allocator;
	if (!cstn_go_begin(&call, rows, left_out != NULL, o))
		goto end;
	options.binding = call.binding;
	if (lists[0] == NULL || lists[1] == NULL || lists[2] == NULL || made == NULL)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for names of columns");
	else if (left_out == NULL)
		status = cstn_privacy_measure(call.in, &options, measures, &call.bad, &call.error);
	else
		status = cstn_privacy_anonymise(
				call.in, &options, call.out, left_out, &call.bad, &call.error);
	cstn_go_end(&call, status, out, o);
end:
	free(lists[0]);
	free(lists[1]);
	free(lists[2]);
	free(made);
}

/* One of both tables goes out, the other one is let go. */
static cstn_status aggregate(
		cstn_go_call *call, const cstn_aggregate_options *options, int32_t what)
{
	struct ArrowArrayStream other = {0};
	cstn_status status;

	if (what == 2)
		return cstn_aggregate_suggest(
				call->in, options, call->out, &call->bad, &call->error);
	status = cstn_aggregate(call->in, options, NULL, what ? &other : call->out,
			what ? call->out : NULL, &call->bad, &call->error);
	if (other.release != NULL)
		other.release(&other);
	return status;
}

void cstn_go_aggregate(const cstn_go_input *rows, const cstn_aggregate_options *given,
		const char *by, const char *measures, const int32_t *kinds, const char *company,
		const char *sensitive, const char *recipient, const cstn_generalise_step *steps,
		const char *step_names, size_t n_steps, int32_t what,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	const char **lists[] = {cstn_go_list_texts(by, given->n_by),
			cstn_go_list_texts(measures, given->n_measures),
			cstn_go_list_texts(step_names, n_steps)};
	cstn_generalise_step *made = steps_of(steps, lists[2], n_steps);
	cstn_aggregate_measure *asked = calloc(given->n_measures + 1, sizeof(*asked));
	cstn_aggregate_options options = *given;
	cstn_go_call call;
	cstn_status status = CSTN_E_NOMEM;
	size_t i;

	for (i = 0; asked != NULL && lists[1] != NULL && i < given->n_measures; i++) {
		asked[i].column = lists[1][i];
		asked[i].kind = kinds[i];
	}
	options.by = lists[0];
	options.measures = asked;
	options.company = company;
	options.sensitive = sensitive;
	options.recipient = recipient;
	options.recipient_len = recipient != NULL ? strlen(recipient) : 0;
	options.steps = made;
	options.n_steps = n_steps;
	options.allocator = allocator;
	if (!cstn_go_begin(&call, rows, 1, o))
		goto end;
	options.binding = call.binding;
	if (lists[0] == NULL || lists[1] == NULL || lists[2] == NULL || made == NULL ||
			asked == NULL)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for names of columns");
	else
		status = aggregate(&call, &options, what);
	cstn_go_end(&call, status, out, o);
end:
	free(lists[0]);
	free(lists[1]);
	free(lists[2]);
	free(made);
	free(asked);
}

void cstn_go_shapley(const cstn_shapley_options *given, const int64_t *values,
		const cstn_allocator *allocator, cstn_shapley_share *out, cstn_go_outcome *o)
{
	cstn_shapley_options options = *given;

	options.values = values;
	options.allocator = allocator;
	CSTN_GO_CALL(o, cstn_value_shapley(&options, out, &error));
}
