/* The perfect order: state, result and verdict, with arguments laid out from flat ones.
 *
 * Lists of pointers are built here because Go may not hand C a pointer to Go memory that holds
 * pointers to more of it, unless each is pinned. They live during the call. */

#include <stdlib.h>
#include <string.h>

#include "bridge.h"

/* Fills `out` and gives back what to free(), or NULL when there is no memory. */
const char **cstn_go_lay_out_data(const cstn_go_policy_data *from, cstn_policy_data *out)
{
	const cstn_policy_data empty = CSTN_POLICY_DATA_INIT;
	const char **names = cstn_go_list_texts(from->names, from->n_zones);

	*out = empty;
	out->zone = from->zone;
	out->calendar = from->calendar;
	out->n_zones = from->n_zones;
	if (from->n_zones > 0) {
		out->zone_names = names;
		out->zones = from->zones;
	}
	return names;
}

/* All that new and rate need in their C form. */
typedef struct laid_out {
	cstn_perfect_order_config config;
	cstn_policy_data data;
	const char **names;
	const char **by;
} laid_out;

static int lay_out(laid_out *out, const cstn_go_state_config *config,
		const cstn_go_policy_data *data, cstn_go_outcome *o)
{
	const cstn_perfect_order_config empty = CSTN_PERFECT_ORDER_CONFIG_INIT;

	out->config = empty;
	out->config.flags = config->flags;
	out->config.clustering = config->clustering;
	out->config.from_us = config->from_us;
	out->config.to_us = config->to_us;
	out->config.policy_data = &out->data;
	out->names = cstn_go_lay_out_data(data, &out->data);
	out->by = cstn_go_list_texts(config->by, config->n_by);
	if (out->names != NULL && out->by != NULL)
		return 1;
	free(out->names);
	free(out->by);
	cstn_go_say(o, CSTN_E_NOMEM, "no memory for the configuration");
	return 0;
}

void cstn_go_perfect_order_new(const cstn_service_policy *policy,
		const cstn_go_state_config *config, const cstn_go_policy_data *data,
		const cstn_allocator *allocator, cstn_perfect_order **out, cstn_go_outcome *o)
{
	laid_out with;
	cstn_error *error = NULL;
	cstn_status status;

	if (!lay_out(&with, config, data, o))
		return;
	status = cstn_perfect_order_new(policy, config->as_of_us, with.by, config->n_by,
			&with.config, allocator, out, &error);
	free(with.names);
	free(with.by);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_perfect_order_deserialize(const uint8_t *data, size_t size,
		const cstn_go_policy_data *policy_data, const cstn_allocator *allocator,
		cstn_perfect_order **out, cstn_go_outcome *o)
{
	cstn_policy_data with;
	cstn_error *error = NULL;
	const char **names = cstn_go_lay_out_data(policy_data, &with);
	cstn_status status;

	if (names == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the policy's data");
		return;
	}
	status = cstn_perfect_order_deserialize(data, size, &with, allocator, out, &error);
	free(names);
	cstn_go_finish(o, status, error, NULL);
}

/* The options of an update with its binding built; `*binding` is to be freed. */
static cstn_status lay_out_options(const cstn_go_update_options *from,
		const cstn_go_binding *binding, cstn_perfect_order_options *out,
		cstn_binding **built, cstn_error **error)
{
	const cstn_perfect_order_options empty = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	cstn_status status = CSTN_OK;

	*out = empty;
	out->threads = from->threads;
	out->simd = from->simd;
	out->progress = from->progress;
	out->flags = from->flags;
	if (binding != NULL)
		status = cstn_go_binding_build(binding, NULL, built, error);
	out->binding = *built;
	return status;
}

static void release_stream(struct ArrowArrayStream *stream)
{
	if (stream->release != NULL)
		stream->release(stream);
}

void cstn_go_perfect_order_update(cstn_perfect_order *state, struct ArrowArrayStream *lines,
		const cstn_go_update_options *options, const cstn_go_binding *binding,
		cstn_go_outcome *o)
{
	cstn_perfect_order_options with;
	cstn_binding *built = NULL;
	cstn_row_errors *rows = NULL;
	cstn_error *error = NULL;
	cstn_status status = lay_out_options(options, binding, &with, &built, &error);

	if (status == CSTN_OK)
		status = cstn_perfect_order_update(state, lines, &with, &rows, &error);
	release_stream(lines);
	cstn_binding_free(built);
	cstn_go_finish(o, status, error, rows);
}

void cstn_go_perfect_order_update_columns(cstn_perfect_order *state, const cstn_go_column *columns,
		size_t n, int64_t rows, const cstn_go_update_options *options,
		const cstn_go_binding *binding, cstn_go_outcome *o)
{
	struct ArrowArrayStream lines = {NULL, NULL, NULL, NULL, NULL};

	if (cstn_go_columns_stream(columns, n, rows, 0, &lines, o) == CSTN_OK)
		cstn_go_perfect_order_update(state, &lines, options, binding, o);
}

void cstn_go_perfect_order_merge(
		cstn_perfect_order *into, const cstn_perfect_order *from, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_perfect_order_merge(into, from, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_perfect_order_serialize(
		const cstn_perfect_order *state, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_perfect_order_serialize(state, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_perfect_order_finish(const cstn_perfect_order *state, cstn_perfect_order_result **out,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_perfect_order_finish(state, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_perfect_order_rate(struct ArrowArrayStream *lines, const cstn_service_policy *policy,
		const cstn_go_state_config *config, const cstn_go_policy_data *data,
		const cstn_go_update_options *options, const cstn_go_binding *binding,
		const cstn_allocator *allocator, cstn_perfect_order_result **out,
		cstn_go_outcome *o)
{
	laid_out with;
	cstn_perfect_order_options update;
	cstn_binding *built = NULL;
	cstn_row_errors *rows = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (!lay_out(&with, config, data, o)) {
		release_stream(lines);
		return;
	}
	status = lay_out_options(options, binding, &update, &built, &error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_rate(lines, policy, config->as_of_us, with.by,
				config->n_by, &with.config, &update, allocator, out, &rows, &error);
	release_stream(lines);
	cstn_binding_free(built);
	free(with.names);
	free(with.by);
	cstn_go_finish(o, status, error, rows);
}

/* --- the result ---------------------------------------------------------------------------------
 */

void cstn_go_result_rate(const cstn_perfect_order_result *result, size_t group, cstn_rate *out,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status;

	out->struct_size = sizeof(*out);
	status = cstn_perfect_order_result_rate(result, group, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_result_component(const cstn_perfect_order_result *result, size_t group,
		uint32_t component, cstn_rate *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status;

	out->struct_size = sizeof(*out);
	status = cstn_perfect_order_result_component(result, group, component, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_result_lever(const cstn_perfect_order_result *result, size_t group,
		uint32_t components, cstn_rate *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status;

	out->struct_size = sizeof(*out);
	status = cstn_perfect_order_result_lever(result, group, components, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_result_group(const cstn_perfect_order_result *result, size_t group, size_t n_keys,
		cstn_go_group *out, cstn_go_outcome *o)
{
	uint32_t i;

	cstn_go_result_rate(result, group, &out->rate, o);
	for (i = 0; i < 4 && o->status == CSTN_OK; i++)
		cstn_go_result_component(result, group, 1u << i, &out->component[i], o);
	if (o->status != CSTN_OK)
		return;
	for (i = 0; i < 16; i++)
		out->patterns[i] = cstn_perfect_order_result_pattern(result, group, i);
	for (i = 0; i < CSTN_REASON_COUNT; i++)
		out->excluded[i] = cstn_perfect_order_result_excluded(result, group, (int32_t)i);
	out->pending = cstn_perfect_order_result_pending(result, group);
	out->provisional = cstn_perfect_order_result_provisional(result, group);
	for (i = 0; i < n_keys && i < 4 && group != CSTN_GROUP_TOTAL; i++)
		out->keys[i] = cstn_perfect_order_result_key(result, group, i);
}

/* --- one line, one order ------------------------------------------------------------------------
 */

static void copy_verdict(const cstn_verdict *verdict, cstn_go_verdict *out, cstn_go_outcome *o)
{
	const char *texts[5];
	size_t total = 0;
	char *to = out->buffer;
	uint32_t i;

	out->outcome = cstn_verdict_outcome(verdict);
	out->pattern = cstn_verdict_pattern(verdict);
	out->reason = cstn_verdict_reason(verdict);
	out->provisional = cstn_verdict_is_provisional(verdict);
	for (i = 0; i < 4; i++) {
		out->owner[i] = cstn_verdict_owner(verdict, 1u << i);
		texts[i] = cstn_verdict_cause(verdict, 1u << i);
	}
	texts[4] = cstn_verdict_text(verdict);
	for (i = 0; i < 5; i++) {
		out->size[i] = strlen(texts[i]);
		total += out->size[i];
	}
	if (total > sizeof(out->buffer)) {
		to = out->text = malloc(total);
		if (to == NULL) {
			cstn_go_say(o, CSTN_E_NOMEM, "no memory for the explanation");
			return;
		}
	}
	for (i = 0; i < 5; i++) {
		memcpy(to, texts[i], out->size[i]);
		to += out->size[i];
	}
}

void cstn_go_judge(const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_go_policy_data *data, const cstn_order_line *lines, size_t n,
		int32_t level, cstn_go_verdict *out, cstn_go_outcome *o)
{
	cstn_policy_data with;
	cstn_error *error = NULL;
	cstn_verdict *verdict = NULL;
	const char **names = cstn_go_lay_out_data(data, &with);
	const cstn_order_line **list = calloc(n + 1, sizeof(*list));
	cstn_status status;
	size_t i;

	if (names == NULL || list == NULL) {
		free(names);
		free(list);
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the lines");
		return;
	}
	for (i = 0; i < n; i++)
		list[i] = &lines[i];
	if (level == 0)
		status = cstn_perfect_order_judge_line(
				policy, as_of_us, &with, list[0], &verdict, &error);
	else
		status = cstn_perfect_order_judge_order(
				policy, as_of_us, &with, list, n, &verdict, &error);
	free(names);
	free(list);
	cstn_go_finish(o, status, error, NULL);
	if (status != CSTN_OK)
		return;
	copy_verdict(verdict, out, o);
	cstn_verdict_free(verdict);
}
