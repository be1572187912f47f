#ifndef CSTN_GO_BRIDGE_ODRL_H
#define CSTN_GO_BRIDGE_ODRL_H

/* Policies of ODRL. It is a part of bridge.h, which includes it. */

/* How a policy is read; blocks of ids, none: that word is refused. */
typedef struct cstn_go_odrl {
	uint32_t flags;
	uint32_t reserved0;
	size_t n_affiliates, n_managed;
} cstn_go_odrl;
void cstn_go_odrl_import(const char *json, size_t len, const cstn_vocabulary *vocabulary,
		const cstn_go_odrl *given, const char *affiliates, const char *managed,
		const cstn_allocator *allocator, cstn_odrl_policy **out,
		cstn_odrl_refusals **refused, cstn_go_outcome *o);

#endif
