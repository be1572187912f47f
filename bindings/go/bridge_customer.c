/* Relationship stages: policies, replays, histories and summaries. */

#include "bridge.h"

CSTN_GO_FREE(stage_policy, cstn_stage_policy_unref(object))

const cstn_go_kind cstn_go_stage_policy = {
		.what = "stage policy",
		.free = stage_policy_free,
};

CSTN_GO_FREE(stage_history, cstn_stage_history_free(object))
CSTN_GO_BYTES(stage_history, cstn_stage_history_serialize(object, out, error))
CSTN_GO_DESERIALIZE(
		stage_history, cstn_stage_history_deserialize(data, size, allocator, &made, error))
CSTN_GO_EXPORT(stage_history, cstn_stage_history_export(object, table, out, error))

const cstn_go_kind cstn_go_stage_history = {
		.what = "stage history",
		.free = stage_history_free,
		.bytes = stage_history_bytes,
		.deserialize = stage_history_deserialize,
		.export = stage_history_export,
};

CSTN_GO_STATE(stage_summary)
CSTN_GO_SUBTRACT(stage_summary)
CSTN_GO_EXPORT(stage_summary, cstn_stage_summary_export(object, table, out, error))

const cstn_go_kind cstn_go_stage_summary = {
		CSTN_GO_STATE_KIND(stage_summary, "stage summary"),
		.export = stage_summary_export,
		.subtract = stage_summary_subtract,
};

void cstn_go_stage_policy_parse(const char *text, size_t size, const cstn_allocator *allocator,
		cstn_go_stage_policy_info *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_stage_policy_parse(text, size, allocator, &out->policy, &error);

	if (status == CSTN_OK) {
		out->text = cstn_stage_policy_format(out->policy, &out->text_size);
		cstn_stage_policy_digest(out->policy, out->digest);
	}
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_stage_replay(cstn_stage_policy *policy, const cstn_go_input *events, int64_t as_of_us,
		int64_t known_us, int32_t period_days, const cstn_go_update_options *options,
		const cstn_allocator *allocator, cstn_stage_history **out, cstn_go_outcome *o)
{
	cstn_stage_options with = CSTN_STAGE_OPTIONS_INIT;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, events, 0, o))
		return;
	with.as_of_us = as_of_us;
	with.known_us = known_us;
	with.period_days = period_days;
	with.threads = options->threads;
	with.flags = options->flags;
	with.progress = options->progress;
	with.binding = call.binding;
	status = cstn_stage_replay(policy, call.in, &with, allocator, out, &call.bad, &call.error);
	cstn_go_end(&call, status, NULL, o);
}

CSTN_GO_FREE(stage_state, cstn_stage_state_free(object))
CSTN_GO_MERGE(stage_state, cstn_stage_state_merge(into, from, error))
CSTN_GO_BYTES(stage_state, cstn_stage_state_serialize(object, out, error))
CSTN_GO_DESERIALIZE(stage_state, cstn_stage_state_deserialize(data, size, allocator, &made, error))

static cstn_status stage_state_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_stage_options with = CSTN_STAGE_OPTIONS_INIT;

	with.flags = options->flags;
	with.threads = options->threads;
	with.progress = options->progress;
	with.binding = call->binding;
	return cstn_stage_state_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_stage_state = {
		.what = "stage state",
		.turns = 1,
		.free = stage_state_free,
		.merge = stage_state_merge,
		.bytes = stage_state_bytes,
		.deserialize = stage_state_deserialize,
		.update = stage_state_update,
};

void cstn_go_stage_state_new(cstn_stage_policy *policy, int64_t known_us,
		const cstn_allocator *allocator, cstn_stage_state **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_stage_state_new(policy, known_us, allocator, out, &error));
}

void cstn_go_stage_state_settle(cstn_stage_state *state, int64_t before_us, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_stage_state_settle(state, before_us, &error));
}

void cstn_go_stage_state_finish(cstn_stage_state *state, int64_t as_of_us, int32_t period_days,
		int32_t threads, cstn_progress *progress, cstn_stage_history **out,
		cstn_go_outcome *o)
{
	cstn_stage_options with = CSTN_STAGE_OPTIONS_INIT;

	with.as_of_us = as_of_us;
	with.period_days = period_days;
	with.threads = threads;
	with.progress = progress;
	CSTN_GO_CALL(o, cstn_stage_state_finish(state, &with, out, &error));
}

void cstn_go_stage_history_summary(
		const cstn_stage_history *history, cstn_stage_summary **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_stage_history_summary(history, out, &error));
}

void cstn_go_customer_stage_at(const cstn_stage_history *history, const char *customer, size_t len,
		int64_t at_us, int32_t *stage, int64_t *since_us, int32_t *found,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_stage_at(
			history, customer, len, at_us, stage, since_us, &error);

	*found = status == CSTN_OK;
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_stage_summary_value(const cstn_stage_summary *summary, const double *margins,
		double discount, double *values, int32_t *known, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_stage_summary_value(
					summary, margins, discount, values, known, &error));
}

/* --- loyalty ------------------------------------------------------------------------------------
 */

CSTN_GO_STATE(loyalty)
CSTN_GO_REMOVE(loyalty)

static cstn_status loyalty_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_loyalty_update_options with = CSTN_LOYALTY_UPDATE_OPTIONS_INIT;

	with.flags = options->flags & ((1u << CSTN_GO_LOYALTY_KIND) - 1);
	with.progress = options->progress;
	with.binding = call->binding;
	return cstn_loyalty_update(state, (int32_t)(options->flags >> CSTN_GO_LOYALTY_KIND),
			call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_loyalty = {
		CSTN_GO_STATE_KIND(loyalty, "loyalty"),
		.update = loyalty_update,
		.remove = loyalty_remove,
};

CSTN_GO_FREE(loyalty_verdicts, cstn_loyalty_verdicts_free(object))
CSTN_GO_EXPORT(loyalty_verdicts, cstn_loyalty_verdicts_export(object, table, out, error))

const cstn_go_kind cstn_go_loyalty_verdicts = {
		.what = "loyalty verdicts",
		.free = loyalty_verdicts_free,
		.export = loyalty_verdicts_export,
};

void cstn_go_loyalty_new(const char *currency, const cstn_allocator *allocator, cstn_loyalty **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_loyalty_new(currency, allocator, out, &error));
}

void cstn_go_loyalty_finish(cstn_loyalty *state, const cstn_loyalty_options *options,
		cstn_progress *progress, cstn_loyalty_verdicts **out, cstn_go_outcome *o)
{
	cstn_loyalty_options with = *options;

	with.struct_size = sizeof(with);
	with.progress = progress;
	CSTN_GO_CALL(o, cstn_loyalty_finish(state, &with, out, &error));
}

void cstn_go_loyalty_verdicts_flows(const cstn_loyalty_verdicts *before,
		const cstn_loyalty_verdicts *after, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	CSTN_GO_GIVE(o, out, cstn_loyalty_verdicts_flows(before, after, call.out, &call.error));
}

void cstn_go_verdict_explain(const cstn_loyalty_verdicts *verdicts, const char *customer,
		size_t len, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_verdict_explain(verdicts, customer, len, out, &error));
}

void cstn_go_loyalty_judge(const int64_t *occasions, const int64_t *first, size_t n,
		int64_t min_occasions, int32_t *verdicts, double *mean, double *high,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_loyalty_judge(occasions, first, n, min_occasions, verdicts, mean, high,
					&error));
}

void cstn_go_loyalty_share(int64_t yes, int64_t no, int64_t unknown, int32_t confidence_ppm,
		double *lower, double *upper, cstn_rate *known, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status;

	known->struct_size = sizeof(*known);
	status = cstn_loyalty_share(yes, no, unknown, confidence_ppm, lower, upper, known, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_loyalty_post_stratified(const int64_t *yes, const int64_t *no, const int64_t *unknown,
		size_t n, double *out, int32_t *known, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_loyalty_post_stratified(yes, no, unknown, n, out, NULL, &error);

	*known = status == CSTN_OK;
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_net_promoter(const int64_t *answers, int32_t confidence_ppm, cstn_rate *out,
		double *variance, double *standard_error, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status;

	out->struct_size = sizeof(*out);
	status = cstn_net_promoter(answers, confidence_ppm, out, variance, standard_error, &error);
	cstn_go_finish(o, status, error, NULL);
}
