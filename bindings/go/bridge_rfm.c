/* Purchases and RFM models, with options built from flat arguments. */

#include "bridge.h"

/* --- purchases ----------------------------------------------------------------------------------
 */

CSTN_GO_FREE(purchases, cstn_purchases_free(object))
CSTN_GO_MERGE(purchases, cstn_purchases_merge(into, from, error))
CSTN_GO_BYTES(purchases, cstn_purchases_serialize(object, out, error))
CSTN_GO_DESERIALIZE(purchases, cstn_purchases_deserialize(data, size, allocator, &made, error))

static cstn_status purchases_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_purchases_options with = CSTN_PURCHASES_OPTIONS_INIT;

	(void)options;
	with.binding = call->binding;
	return cstn_purchases_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_purchases = {
		.what = "purchases",
		.turns = 1,
		.free = purchases_free,
		.merge = purchases_merge,
		.bytes = purchases_bytes,
		.deserialize = purchases_deserialize,
		.update = purchases_update,
};

void cstn_go_purchases_new(const cstn_purchases_config *config, const cstn_allocator *allocator,
		cstn_purchases **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_purchases_new(config, allocator, out, &error));
}

void cstn_go_purchases_remove(
		cstn_purchases *state, const cstn_go_input *customers, cstn_go_outcome *o)
{
	cstn_go_call call;

	if (cstn_go_begin(&call, customers, 0, o))
		cstn_go_end(&call, cstn_purchases_remove(state, call.in, &call.error), NULL, o);
}

void cstn_go_purchases_export(const cstn_purchases *state, int32_t table, int32_t as_of_days,
		int64_t unit_us, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, NULL, 1, o))
		return;
	status = cstn_purchases_export(state, table, as_of_days, unit_us, call.out, &call.error);
	cstn_go_end(&call, status, out, o);
}

/* --- models -------------------------------------------------------------------------------------
 */

CSTN_GO_FREE(rfm, cstn_rfm_unref(object))
CSTN_GO_BYTES(rfm, cstn_rfm_serialize(object, out, error))
CSTN_GO_DESERIALIZE(rfm, cstn_rfm_deserialize(data, size, allocator, &made, error))
CSTN_GO_PARAM(rfm, cstn_rfm_get_param(object, name, out, error))
CSTN_GO_EXPORT(rfm, cstn_rfm_export(object, table, out, error))

const cstn_go_kind cstn_go_rfm = {
		.what = "rfm",
		.free = rfm_free,
		.bytes = rfm_bytes,
		.deserialize = rfm_deserialize,
		.param = rfm_param,
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
