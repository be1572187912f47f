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

CSTN_GO_FREE(perfect_order, cstn_perfect_order_free(object))
CSTN_GO_MERGE(perfect_order, cstn_perfect_order_merge(into, from, error))
CSTN_GO_BYTES(perfect_order, cstn_perfect_order_serialize(object, out, error))

static cstn_perfect_order_options lay_out_options(
		const cstn_go_update_options *from, const cstn_binding *binding)
{
	cstn_perfect_order_options out = CSTN_PERFECT_ORDER_OPTIONS_INIT;

	out.threads = from->threads;
	out.simd = from->simd;
	out.progress = from->progress;
	out.flags = from->flags;
	out.binding = binding;
	return out;
}

static cstn_status perfect_order_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_perfect_order_options with = lay_out_options(options, call->binding);

	return cstn_perfect_order_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_perfect_order = {
		.what = "perfect order",
		.turns = 1,
		.free = perfect_order_free,
		.merge = perfect_order_merge,
		.bytes = perfect_order_bytes,
		.update = perfect_order_update,
};

void cstn_go_perfect_order_finish(const cstn_perfect_order *state, cstn_perfect_order_result **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_perfect_order_finish(state, out, &error));
}

void cstn_go_perfect_order_rate(const cstn_go_input *lines, const cstn_service_policy *policy,
		const cstn_go_state_config *config, const cstn_go_policy_data *data,
		const cstn_go_update_options *options, const cstn_allocator *allocator,
		cstn_perfect_order_result **out, cstn_go_outcome *o)
{
	laid_out with;
	cstn_perfect_order_options update;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, lines, 0, o))
		return;
	if (!lay_out(&with, config, data, o)) {
		cstn_go_end(&call, CSTN_E_NOMEM, NULL, o);
		return;
	}
	update = lay_out_options(options, call.binding);
	status = cstn_perfect_order_rate(call.in, policy, config->as_of_us, with.by, config->n_by,
			&with.config, &update, allocator, out, &call.bad, &call.error);
	free(with.names);
	free(with.by);
	cstn_go_end(&call, status, NULL, o);
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
