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

CSTN_GO_STATE(journeys)
CSTN_GO_REMOVE(journeys)
CSTN_GO_UPDATE(journeys, CSTN_JOURNEYS_OPTIONS_INIT, with.threads = given->threads)

const cstn_go_kind cstn_go_journeys = {
		CSTN_GO_STATE_KIND(journeys, "journeys"),
		.update = journeys_update,
		.remove = journeys_remove,
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

	with.threads = threads;
	with.confidence_ppm = confidence_ppm;
	CSTN_GO_GIVE(o, out, cstn_journeys_export(state, table, &with, call.out, &call.error));
}
