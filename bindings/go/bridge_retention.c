/* States of retention and of contracts, with options built from flat arguments. */

#include "bridge.h"

/* --- retention ----------------------------------------------------------------------------------
 */

CSTN_GO_STATE(retention)
CSTN_GO_REMOVE(retention)
CSTN_GO_UPDATE(retention, CSTN_RETENTION_OPTIONS_INIT, (void)0)

const cstn_go_kind cstn_go_retention = {
		CSTN_GO_STATE_KIND(retention, "retention"),
		.update = retention_update,
		.remove = retention_remove,
};

void cstn_go_retention_new(const cstn_retention_config *config, const cstn_allocator *allocator,
		cstn_retention **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_retention_new(config, allocator, out, &error));
}

void cstn_go_retention_export(const cstn_retention *state, int32_t table,
		const cstn_retention_question *question, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	CSTN_GO_GIVE(o, out, cstn_retention_export(state, table, question, call.out, &call.error));
}

/* --- contracts ----------------------------------------------------------------------------------
 */

CSTN_GO_STATE(contracts)
CSTN_GO_UPDATE(contracts, CSTN_CONTRACTS_OPTIONS_INIT, (void)0)

const cstn_go_kind cstn_go_contracts = {
		CSTN_GO_STATE_KIND(contracts, "contracts"),
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
	CSTN_GO_GIVE(o, out,
			cstn_contracts_export(state, table, as_of_days, from_days, to_days,
					call.out, &call.error));
}
