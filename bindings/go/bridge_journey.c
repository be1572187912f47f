/* Journeys: definitions and states. */

#include "bridge.h"

CSTN_GO_FREE(journey_definition, cstn_journey_definition_unref(object))

const cstn_go_kind cstn_go_journey_definition = {
		.what = "journey definition",
		.free = journey_definition_free,
};

void cstn_go_journey_definition_parse(const char *text, size_t size,
		const cstn_allocator *allocator, cstn_journey_definition **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_journey_definition_parse(text, size, allocator, out, &error));
}

CSTN_GO_FREE(journeys, cstn_journeys_free(object))
CSTN_GO_MERGE(journeys, cstn_journeys_merge(into, from, error))
CSTN_GO_BYTES(journeys, cstn_journeys_serialize(object, out, error))
CSTN_GO_DESERIALIZE(journeys, cstn_journeys_deserialize(data, size, allocator, &made, error))

static cstn_status journeys_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_journeys_options with = CSTN_JOURNEYS_OPTIONS_INIT;

	with.flags = options->flags;
	with.threads = options->threads;
	with.progress = options->progress;
	with.binding = call->binding;
	return cstn_journeys_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_journeys = {
		.what = "journeys",
		.turns = 1,
		.free = journeys_free,
		.merge = journeys_merge,
		.bytes = journeys_bytes,
		.deserialize = journeys_deserialize,
		.update = journeys_update,
};

void cstn_go_journeys_new(cstn_journey_definition *definition, int64_t as_of_us,
		const cstn_allocator *allocator, cstn_journeys **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_journeys_new(definition, as_of_us, allocator, out, &error));
}

void cstn_go_journeys_settle(
		cstn_journeys *state, int32_t threads, cstn_progress *progress, cstn_go_outcome *o)
{
	cstn_journeys_options with = CSTN_JOURNEYS_OPTIONS_INIT;

	with.threads = threads;
	with.progress = progress;
	CSTN_GO_CALL(o, cstn_journeys_settle(state, &with, &error));
}

void cstn_go_journeys_export(cstn_journeys *state, int32_t table, int32_t threads,
		int32_t confidence_ppm, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_journeys_options with = CSTN_JOURNEYS_OPTIONS_INIT;
	cstn_go_call call;

	if (!cstn_go_begin(&call, NULL, 1, o))
		return;
	with.threads = threads;
	with.confidence_ppm = confidence_ppm;
	cstn_go_end(&call, cstn_journeys_export(state, table, &with, call.out, &call.error), out,
			o);
}
