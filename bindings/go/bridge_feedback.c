/* Sets of interactions and the tables of the feedback loop. */

#include "bridge.h"

CSTN_GO_STATE(interactions)
CSTN_GO_REMOVE(interactions)
CSTN_GO_UPDATE(interactions, CSTN_INTERACTIONS_OPTIONS_INIT, (void)0)

const cstn_go_kind cstn_go_interactions = {
		CSTN_GO_STATE_KIND(interactions, "interactions"),
		.update = interactions_update,
		.remove = interactions_remove,
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

	with.struct_size = sizeof(with);
	CSTN_GO_GIVE(o, out, cstn_feedback_table(set, table, &with, call.out, &call.error));
}
