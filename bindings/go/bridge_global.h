#ifndef CSTN_GO_BRIDGE_GLOBAL_H
#define CSTN_GO_BRIDGE_GLOBAL_H

/* The global ridge, and regressions. It is a part of bridge.h, which includes it. */

extern const cstn_go_kind cstn_go_demand_global;
/* Names of the signals, then of the pool's column ("" none); `flags` of each signal. */
void cstn_go_demand_global_fit(const cstn_go_input *rows, const cstn_demand_global_options *from,
		const char *names, const uint32_t *flags, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_go_outcome *o);
/* The same of totals. */
extern const cstn_go_kind cstn_go_demand_global_state;
void cstn_go_demand_global_state_new(const cstn_go_input *totals,
		const cstn_demand_global_options *from, const char *names, const uint32_t *flags,
		const cstn_allocator *allocator, cstn_demand_global_state **out,
		cstn_go_outcome *o);
void cstn_go_demand_global_state_finish(const cstn_demand_global_state *state,
		cstn_demand_global **out, cstn_go_outcome *o);
void cstn_go_demand_global_forecast(int is_explained, cstn_demand_global *model,
		const cstn_go_input *rows, const cstn_go_input *weights,
		const cstn_demand_global_forecast_options *from, cstn_demand_model *local,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_demand_weights(const cstn_go_input *rows, const cstn_demand_weights_options *from,
		const char *components, const char *pool, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o);

/* Names and flags of the signals. */
void cstn_go_regress(int is_explained, const cstn_go_input *rows, const cstn_regress_options *from,
		const char *names, const uint32_t *flags, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o);

#endif
