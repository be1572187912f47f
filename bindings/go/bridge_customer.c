/* Relationship stages: policies, replays, histories and summaries. */

#include <stdlib.h>

#include "bridge.h"

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

void cstn_go_stage_replay(cstn_stage_policy *policy, struct ArrowArrayStream *events,
		int64_t as_of_us, int64_t known_us, int32_t period_days,
		const cstn_go_update_options *options, const cstn_go_binding *binding,
		const cstn_allocator *allocator, cstn_stage_history **out, cstn_go_outcome *o)
{
	cstn_stage_options with = CSTN_STAGE_OPTIONS_INIT;
	cstn_binding *built = NULL;
	cstn_row_errors *rows = NULL;
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	with.as_of_us = as_of_us;
	with.known_us = known_us;
	with.period_days = period_days;
	with.threads = options->threads;
	with.flags = options->flags;
	with.progress = options->progress;
	if (binding != NULL)
		status = cstn_go_binding_build(binding, NULL, &built, &error);
	with.binding = built;
	if (status == CSTN_OK)
		status = cstn_stage_replay(policy, events, &with, allocator, out, &rows, &error);
	if (events->release != NULL)
		events->release(events);
	cstn_binding_free(built);
	cstn_go_finish(o, status, error, rows);
}

/* A stream that a call filled goes to Go; one that it did not is given back. */
static void give(struct ArrowArrayStream *stream, cstn_status status, cstn_error *error,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	if (status == CSTN_OK)
		*out = stream;
	else
		cstn_arrow_stream_free(stream);
	cstn_go_finish(o, status, error, NULL);
}

static struct ArrowArrayStream *new_stream(cstn_go_outcome *o)
{
	struct ArrowArrayStream *stream = cstn_arrow_stream_new();

	if (stream == NULL)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
	return stream;
}

void cstn_go_stage_history_export(const cstn_stage_history *history, int32_t table,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	struct ArrowArrayStream *stream = new_stream(o);
	cstn_error *error = NULL;
	cstn_status status;

	if (stream == NULL)
		return;
	status = cstn_stage_history_export(history, table, stream, &error);
	give(stream, status, error, out, o);
}

void cstn_go_stage_history_summary(
		const cstn_stage_history *history, cstn_stage_summary **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_stage_history_summary(history, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_stage_summary_merge(
		cstn_stage_summary *into, const cstn_stage_summary *from, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_stage_summary_merge(into, from, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_stage_summary_serialize(
		const cstn_stage_summary *summary, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_stage_summary_serialize(summary, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_stage_summary_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_stage_summary **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_stage_summary_deserialize(data, size, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_stage_summary_export(const cstn_stage_summary *summary, int32_t table,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	struct ArrowArrayStream *stream = new_stream(o);
	cstn_error *error = NULL;
	cstn_status status;

	if (stream == NULL)
		return;
	status = cstn_stage_summary_export(summary, table, stream, &error);
	give(stream, status, error, out, o);
}

void cstn_go_stage_summary_value(const cstn_stage_summary *summary, const double *margins,
		double discount, double *values, int32_t *known, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status =
			cstn_stage_summary_value(summary, margins, discount, values, known, &error);

	cstn_go_finish(o, status, error, NULL);
}

/* --- loyalty ------------------------------------------------------------------------------------
 */

void cstn_go_loyalty_judge(const int64_t *occasions, const int64_t *first, size_t n,
		int64_t min_occasions, int32_t *verdicts, double *mean, double *high,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_loyalty_judge(
			occasions, first, n, min_occasions, verdicts, mean, high, &error);

	cstn_go_finish(o, status, error, NULL);
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
