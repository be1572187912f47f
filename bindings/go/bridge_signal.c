/* What signals are worth. */

#include <stdlib.h>

#include "bridge.h"
#include "bridge_object.h"

/* Declarations with their texts, and pointers to them. */
typedef struct declarations {
	cstn_signal *signals;
	const cstn_signal **list;
	const char **texts;
} declarations;

static void forget(declarations *all)
{
	free(all->signals);
	free(all->list);
	free(all->texts);
}

static const char *text_or_none(const char *text)
{
	return *text != '\0' ? text : NULL;
}

static int lay_out(declarations *all, const cstn_signal *declared, size_t n, const char *texts)
{
	size_t i;

	all->signals = malloc((n + 1) * sizeof(*all->signals));
	all->list = malloc((n + 1) * sizeof(*all->list));
	all->texts = cstn_go_list_texts(texts, 3 * n);
	if (all->signals == NULL || all->list == NULL || all->texts == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		all->signals[i] = declared[i];
		all->signals[i].name = all->texts[3 * i];
		all->signals[i].group = text_or_none(all->texts[3 * i + 1]);
		all->signals[i].partner = text_or_none(all->texts[3 * i + 2]);
		all->list[i] = &all->signals[i];
	}
	return 0;
}

static void value(const cstn_go_input *rows, const cstn_go_input *signals, const declarations *all,
		size_t n, cstn_signal_value_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_go_call call, other;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 1, o))
		return;
	if (signals != NULL && !cstn_go_begin(&other, signals, 0, o)) {
		cstn_go_outcome ignored = *o;

		cstn_go_end(&call, CSTN_OK, NULL, &ignored);
		return;
	}
	options->binding = call.binding;
	options->signal_binding = signals != NULL ? other.binding : NULL;
	status = cstn_signal_value(call.in, signals != NULL ? other.in : NULL, all->list, n,
			options, allocator, call.out, &call.bad, &call.error);
	if (signals != NULL)
		cstn_go_end(&other, CSTN_OK, NULL, o);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_signal_value(const cstn_go_input *rows, const cstn_go_input *signals,
		const cstn_signal *declared, size_t n, const char *texts,
		const cstn_signal_value_options *given, const int32_t *horizons,
		const int32_t *means, const int32_t *positions, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_signal_value_options options = *given;
	declarations all = {NULL, NULL, NULL};

	options.horizons = horizons;
	options.means = means;
	options.positions = positions;
	if (lay_out(&all, declared, n, texts) != 0)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the declarations of signals");
	else
		value(rows, signals, &all, n, &options, allocator, out, o);
	forget(&all);
}
