/* Purchases and RFM models, with options built from flat arguments. */

#include "bridge.h"

/* --- purchases ----------------------------------------------------------------------------------
 */

CSTN_GO_STATE(purchases)
CSTN_GO_REMOVE(purchases)
CSTN_GO_UPDATE(purchases, CSTN_PURCHASES_OPTIONS_INIT, (void)0)

const cstn_go_kind cstn_go_purchases = {
		CSTN_GO_STATE_KIND(purchases, "purchases"),
		.update = purchases_update,
		.remove = purchases_remove,
};

void cstn_go_purchases_new(const cstn_purchases_config *config, const cstn_allocator *allocator,
		cstn_purchases **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_purchases_new(config, allocator, out, &error));
}

void cstn_go_purchases_export(const cstn_purchases *state, int32_t table, int32_t as_of_days,
		int64_t unit_us, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	CSTN_GO_GIVE(o, out,
			cstn_purchases_export(
					state, table, as_of_days, unit_us, call.out, &call.error));
}

/* --- models -------------------------------------------------------------------------------------
 */

CSTN_GO_MODEL(rfm)
CSTN_GO_BYTES(rfm, cstn_rfm_serialize(object, out, error))
CSTN_GO_EXPORT(rfm, cstn_rfm_export(object, table, out, error))

const cstn_go_kind cstn_go_rfm = {
		CSTN_GO_MODEL_KIND(rfm, "rfm"),
		.export = rfm_export,
};

void cstn_go_rfm_fit(const cstn_go_input *customers, const cstn_rfm_options *given,
		const char *rules, const cstn_allocator *allocator, cstn_rfm **out,
		cstn_go_outcome *o)
{
	cstn_rfm_options options = *given;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, customers, 0, o))
		return;
	options.binding = call.binding;
	options.rules = rules;
	status = cstn_rfm_fit(call.in, &options, allocator, out, &call.bad, &call.error);
	cstn_go_end(&call, status, NULL, o);
}

void cstn_go_rfm_score(const cstn_rfm *model, int32_t drift, const cstn_go_input *customers,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, customers, 1, o))
		return;
	status = drift ? cstn_rfm_drift(model, call.in, call.binding, call.out, &call.bad,
					 &call.error)
		       : cstn_rfm_predict(model, call.in, call.binding, call.out, &call.bad,
					 &call.error);
	cstn_go_end(&call, status, out, o);
}
