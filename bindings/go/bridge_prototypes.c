/* k-prototypes: options built from flat arguments. */

#include <stdlib.h>

#include "bridge.h"

CSTN_GO_MODEL(prototypes)
CSTN_GO_DESCRIBED_BYTES(prototypes)
CSTN_GO_EXPORT(prototypes, cstn_prototypes_export(object, table, out, error))

const cstn_go_kind cstn_go_prototypes = {
		CSTN_GO_MODEL_KIND(prototypes, "k-prototypes model"),
		.export = prototypes_export,
};

void cstn_go_prototypes_fit(const cstn_go_input *rows, const cstn_prototypes_options *from,
		const char *names, size_t n_numeric, size_t n_categorical, int32_t k,
		const uint32_t *transforms, const int64_t *start_rows,
		const cstn_allocator *allocator, cstn_prototypes **out, cstn_go_outcome *o)
{
	cstn_prototypes_options options = *from;
	const char **all;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 0, o))
		return;
	all = cstn_go_list_texts(names, n_numeric + n_categorical);
	if (all == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of columns");
		cstn_go_end(&call, CSTN_E_NOMEM, NULL, o);
		return;
	}
	options.transforms = transforms;
	options.start_rows = start_rows;
	options.binding = call.binding;
	status = cstn_prototypes_fit(call.in, all, n_numeric, all + n_numeric, n_categorical, k,
			&options, allocator, out, &call.bad, &call.error);
	free(all);
	cstn_go_end(&call, status, NULL, o);
}

void cstn_go_prototypes_predict(const cstn_prototypes *model, const cstn_go_input *rows,
		const cstn_prototypes_options *from, struct ArrowArrayStream **table, double *score,
		cstn_go_outcome *o)
{
	cstn_prototypes_options options = *from;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, score == NULL, o))
		return;
	options.binding = call.binding;
	status = score != NULL ? cstn_prototypes_score(model, call.in, &options, score, &call.error)
			       : cstn_prototypes_predict(model, call.in, &options, call.out,
						 &call.bad, &call.error);
	cstn_go_end(&call, status, table, o);
}
