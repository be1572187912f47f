/* States of retention and of contracts, with options built from flat arguments. */

#include "bridge.h"

/* --- retention ----------------------------------------------------------------------------------
 */

CSTN_GO_FREE(retention, cstn_retention_free(object))
CSTN_GO_MERGE(retention, cstn_retention_merge(into, from, error))
CSTN_GO_BYTES(retention, cstn_retention_serialize(object, out, error))
CSTN_GO_DESERIALIZE(retention, cstn_retention_deserialize(data, size, allocator, &made, error))

static cstn_status retention_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_retention_options with = CSTN_RETENTION_OPTIONS_INIT;

	with.flags = options->flags;
	with.binding = call->binding;
	with.progress = options->progress;
	return cstn_retention_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_retention = {
		.what = "retention",
		.turns = 1,
		.free = retention_free,
		.merge = retention_merge,
		.bytes = retention_bytes,
		.deserialize = retention_deserialize,
		.update = retention_update,
};

void cstn_go_retention_new(const cstn_retention_config *config, const cstn_allocator *allocator,
		cstn_retention **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_retention_new(config, allocator, out, &error));
}

void cstn_go_retention_remove(
		cstn_retention *state, const cstn_go_input *customers, cstn_go_outcome *o)
{
	cstn_go_call call;

	if (cstn_go_begin(&call, customers, 0, o))
		cstn_go_end(&call, cstn_retention_remove(state, call.in, &call.error), NULL, o);
}

void cstn_go_retention_export(const cstn_retention *state, int32_t table,
		const cstn_retention_question *question, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	cstn_go_call call;

	if (cstn_go_begin(&call, NULL, 1, o))
		cstn_go_end(&call,
				cstn_retention_export(
						state, table, question, call.out, &call.error),
				out, o);
}

/* --- contracts ----------------------------------------------------------------------------------
 */

CSTN_GO_FREE(contracts, cstn_contracts_free(object))
CSTN_GO_MERGE(contracts, cstn_contracts_merge(into, from, error))
CSTN_GO_BYTES(contracts, cstn_contracts_serialize(object, out, error))
CSTN_GO_DESERIALIZE(contracts, cstn_contracts_deserialize(data, size, allocator, &made, error))

static cstn_status contracts_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_contracts_options with = CSTN_CONTRACTS_OPTIONS_INIT;

	with.flags = options->flags;
	with.binding = call->binding;
	with.progress = options->progress;
	return cstn_contracts_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_contracts = {
		.what = "contracts",
		.turns = 1,
		.free = contracts_free,
		.merge = contracts_merge,
		.bytes = contracts_bytes,
		.deserialize = contracts_deserialize,
		.update = contracts_update,
};

void cstn_go_contracts_new(
		const cstn_allocator *allocator, cstn_contracts **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_contracts_new(allocator, out, &error));
}

void cstn_go_contracts_export(const cstn_contracts *state, int32_t table, int32_t as_of_days,
		int32_t from_days, int32_t to_days, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	cstn_go_call call;

	if (cstn_go_begin(&call, NULL, 1, o))
		cstn_go_end(&call,
				cstn_contracts_export(state, table, as_of_days, from_days, to_days,
						call.out, &call.error),
				out, o);
}
