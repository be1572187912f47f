/* Names and proofs of events. */
#include <stdlib.h>

#include "bridge.h"

void cstn_go_epcis_hash(const uint8_t *json, size_t size, uint32_t flags, int64_t max_bytes,
		int32_t max_depth, const cstn_allocator *allocator, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	cstn_epcis_hash_options with = CSTN_EPCIS_HASH_OPTIONS_INIT;
	cstn_go_call call;
	cstn_status status;

	with.flags = flags;
	with.max_bytes = max_bytes;
	with.max_depth = max_depth;
	if (!cstn_go_begin(&call, NULL, 1, o))
		return;
	status = cstn_epcis_hash((const char *)json, size, &with, allocator, call.out, &call.bad,
			&call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_gs1_uri(const char *uri, size_t len, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_gs1_uri_canonical(uri, len, allocator, out, &error));
}

void cstn_go_event_commit(const char *text, const uint64_t *ends, size_t n,
		const cstn_allocator *allocator, cstn_buffer **record, uint8_t *root,
		cstn_go_outcome *o)
{
	cstn_event_field *fields = calloc(n + 1, sizeof(*fields));
	uint64_t at = 0;
	size_t i;

	if (!fields) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of fields");
		return;
	}
	for (i = 0; i < n; i++) {
		fields[i].path = text + at;
		fields[i].path_len = (size_t)(ends[2 * i] - at);
		fields[i].value = text + ends[2 * i];
		fields[i].value_len = (size_t)(ends[2 * i + 1] - ends[2 * i]);
		at = ends[2 * i + 1];
	}
	CSTN_GO_CALL(o, cstn_event_commit(fields, n, NULL, allocator, record, root, &error));
	free(fields);
}

void cstn_go_epcis_commit(const uint8_t *json, size_t size, uint64_t index,
		const cstn_allocator *allocator, cstn_buffer **record, uint8_t *root,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_epcis_commit((const char *)json, size, index, NULL, allocator, record,
					root, &error));
}

void cstn_go_event_redact(const uint8_t *record, size_t size, const char *paths, size_t n,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_go_outcome *o)
{
	const char **all = cstn_go_list_texts(paths, n);

	if (!all)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of paths");
	else
		CSTN_GO_CALL(o, cstn_event_redact((const char *)record, size, all, n, allocator,
						out, &error));
	free(all);
}

void cstn_go_event_verify(const uint8_t *record, size_t size, const uint8_t *root,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_go_call call;

	if (cstn_go_begin(&call, NULL, 1, o))
		cstn_go_end(&call,
				cstn_event_verify((const char *)record, size, root, allocator,
						call.out, &call.error),
				out, o);
}
