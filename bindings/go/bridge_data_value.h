#ifndef CSTN_GO_BRIDGE_DATA_VALUE_H
#define CSTN_GO_BRIDGE_DATA_VALUE_H

/* What data given and received were worth. It is a part of bridge.h, which includes it. */

extern const cstn_go_kind cstn_go_value_ledger;
void cstn_go_value_ledger_new(
		const cstn_allocator *allocator, cstn_value_ledger **out, cstn_go_outcome *o);
/* `row`: struct_size and names are set by the call; these are texts that end at a NUL. */
void cstn_go_value_ledger_add(cstn_value_ledger *ledger, const cstn_value_row *row,
		const char *constellation, const char *party, const char *counterparty,
		cstn_go_outcome *o);
/* `out`: struct_size is set by the call. */
void cstn_go_value_reciprocal_state(const cstn_value_balance *balance, int64_t completeness,
		int64_t staleness_us, int32_t *state, cstn_go_outcome *o);
void cstn_go_value_reciprocity(const cstn_value_ledger *ledger, const char *a, const char *b,
		const char *constellation, uint32_t field_class, int64_t from_us, int64_t until_us,
		cstn_value_balance *out, cstn_go_outcome *o);

#endif
