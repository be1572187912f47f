/* Policies of ODRL. */
#include <stdlib.h>

#include "bridge.h"

void cstn_go_odrl_import(const char *json, size_t len, const cstn_vocabulary *vocabulary,
		const cstn_go_odrl *given, const char *affiliates, const char *managed,
		const cstn_allocator *allocator, cstn_odrl_policy **out,
		cstn_odrl_refusals **refused, cstn_go_outcome *o)
{
	cstn_odrl_options options = CSTN_ODRL_OPTIONS_INIT;
	cstn_id *near = cstn_go_list_ids(&affiliates, given->n_affiliates);
	cstn_id *under = cstn_go_list_ids(&managed, given->n_managed);

	options.flags = given->flags;
	options.affiliates = given->n_affiliates ? near : NULL;
	options.n_affiliates = given->n_affiliates;
	options.managed = given->n_managed ? under : NULL;
	options.n_managed = given->n_managed;
	if (near && under)
		CSTN_GO_CALL(o, cstn_odrl_import(json, len, vocabulary, &options, allocator, out,
						refused, &error));
	else
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of ids");
	free(near);
	free(under);
}
