/* What data given and received were worth: the ledger. */

#include "bridge.h"

#include <string.h>

CSTN_GO_FREE(value_ledger, cstn_value_ledger_free(object))
CSTN_GO_BYTES(value_ledger, cstn_value_ledger_serialize(object, out, error))
CSTN_GO_DESERIALIZE(
		value_ledger, cstn_value_ledger_deserialize(data, size, allocator, &made, error))

static cstn_status value_ledger_export(
		const void *object, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	(void)table;
	return cstn_value_ledger_export(object, out, error);
}

const cstn_go_kind cstn_go_value_ledger = {
		.what = "value ledger",
		.turns = 1,
		.free = value_ledger_free,
		.bytes = value_ledger_bytes,
		.deserialize = value_ledger_deserialize,
		.export = value_ledger_export,
};

void cstn_go_value_ledger_new(
		const cstn_allocator *allocator, cstn_value_ledger **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_value_ledger_new(allocator, out, &error));
}

void cstn_go_value_ledger_add(cstn_value_ledger *ledger, const cstn_value_row *row,
		const char *constellation, const char *party, const char *counterparty,
		cstn_go_outcome *o)
{
	cstn_value_row own = *row;

	own.struct_size = sizeof(own);
	own.constellation = constellation;
	own.constellation_len = strlen(constellation);
	own.party = party;
	own.party_len = strlen(party);
	own.counterparty = counterparty;
	own.counterparty_len = strlen(counterparty);
	CSTN_GO_CALL(o, cstn_value_ledger_add(ledger, &own, &error));
}

void cstn_go_value_reciprocal_state(const cstn_value_balance *balance, int64_t completeness,
		int64_t staleness_us, int32_t *state, cstn_go_outcome *o)
{
	cstn_term_consideration asked = CSTN_TERM_CONSIDERATION_INIT;
	cstn_value_balance is = *balance;

	is.struct_size = sizeof(is);
	asked.kind = CSTN_CONSIDERATION_RECIPROCAL;
	asked.min_completeness_permille = completeness;
	asked.max_staleness_us = staleness_us;
	CSTN_GO_CALL(o, cstn_value_reciprocal_state(&is, &asked, state, &error));
}

void cstn_go_value_reciprocity(const cstn_value_ledger *ledger, const char *a, const char *b,
		const char *constellation, uint32_t field_class, int64_t from_us, int64_t until_us,
		cstn_value_balance *out, cstn_go_outcome *o)
{
	out->struct_size = sizeof(*out);
	CSTN_GO_CALL(o, cstn_value_reciprocity(ledger, a, strlen(a), b, strlen(b), constellation,
					strlen(constellation), field_class, from_us, until_us, out,
					&error));
}
