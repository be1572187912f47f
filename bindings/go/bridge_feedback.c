/* Sets of interactions and the tables of the feedback loop. */

#include "bridge.h"

CSTN_GO_FREE(interactions, cstn_interactions_free(object))
CSTN_GO_MERGE(interactions, cstn_interactions_merge(into, from, error))
CSTN_GO_BYTES(interactions, cstn_interactions_serialize(object, out, error))
CSTN_GO_DESERIALIZE(
		interactions, cstn_interactions_deserialize(data, size, allocator, &made, error))

static cstn_status interactions_update(
		void *set, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_interactions_options with = CSTN_INTERACTIONS_OPTIONS_INIT;

	with.flags = options->flags;
	with.progress = options->progress;
	with.binding = call->binding;
	return cstn_interactions_update(set, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_interactions = {
		.what = "interactions",
		.turns = 1,
		.free = interactions_free,
		.merge = interactions_merge,
		.bytes = interactions_bytes,
		.deserialize = interactions_deserialize,
		.update = interactions_update,
};

void cstn_go_interactions_new(
		const cstn_allocator *allocator, cstn_interactions **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_interactions_new(allocator, out, &error));
}

void cstn_go_feedback_table(const cstn_interactions *set, int32_t table,
		const cstn_feedback_options *options, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	cstn_feedback_options with = *options;
	cstn_go_call call;

	if (!cstn_go_begin(&call, NULL, 1, o))
		return;
	with.struct_size = sizeof(with);
	cstn_go_end(&call, cstn_feedback_table(set, table, &with, call.out, &call.error), out, o);
}
