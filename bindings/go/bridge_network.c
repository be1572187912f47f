/* Records, networks and events as JSON, with arguments laid out from flat ones.
 *
 * Each function makes one call of the library. Lists of texts come as one block and become lists of
 * pointers here, which live during the call. */

#include <stdlib.h>

#include "bridge.h"

/* The parts of a key; NULL, which `o` then says, if out of memory. */
static const char **list_key(const char *key, size_t n, cstn_go_outcome *o)
{
	const char **keys = cstn_go_list_texts(key, n);

	if (keys == NULL)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the key");
	return keys;
}

/* --- records -------------------------------------------------------------------------------- */

void cstn_go_record_builder_new(const char *noun, const cstn_allocator *allocator,
		cstn_record_builder **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_record_builder_new(noun, allocator, out, &error));
}

void cstn_go_record_builder_add_line(cstn_record_builder *builder, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_record_builder_add_line(builder, &error));
}

void cstn_go_record_builder_set_text(cstn_record_builder *builder, const char *field,
		const char *text, size_t size, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_record_builder_set_text(
					builder, field, text == NULL ? "" : text, size, &error));
}

void cstn_go_record_builder_set_int(
		cstn_record_builder *builder, const char *field, int64_t value, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_record_builder_set_int(builder, field, value, &error));
}

void cstn_go_record_builder_set_double(
		cstn_record_builder *builder, const char *field, double value, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_record_builder_set_double(builder, field, value, &error));
}

void cstn_go_record_builder_set_null(
		cstn_record_builder *builder, const char *field, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_record_builder_set_null(builder, field, &error));
}

void cstn_go_record_builder_build(
		const cstn_record_builder *builder, cstn_record **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_record_builder_build(builder, out, &error));
}

void cstn_go_record_format(const cstn_record *record, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_record_format(record, out, &error));
}

/* --- networks ------------------------------------------------------------------------------- */

void cstn_go_network_open(const char *path, const cstn_go_network_options *options,
		const cstn_allocator *allocator, cstn_network **out, cstn_go_outcome *o)
{
	cstn_network_options with = CSTN_NETWORK_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	with.flags = options->flags;
	with.commit_level = options->commit_level;
	with.keep_generations = options->keep_generations;
	with.group_us = options->group_us;
	with.cache_bytes = options->cache_bytes;
	with.checkpoint_bytes = options->checkpoint_bytes;
	with.checkpoint_rows = options->checkpoint_rows;
	status = cstn_network_open(path, &with, allocator, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_network_close(cstn_network *network, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_network_close(network, &error));
}

void cstn_go_network_sync(cstn_network *network, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_network_sync(network, &error));
}

void cstn_go_network_checkpoint(cstn_network *network, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_network_checkpoint(network, &error));
}

void cstn_go_network_maintain(cstn_network *network, const char *noun, int64_t history_from_us,
		uint64_t max_bytes, cstn_progress *progress, cstn_go_outcome *o)
{
	cstn_maintain_options with = CSTN_MAINTAIN_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	with.history_from_us = history_from_us;
	with.max_bytes = max_bytes;
	with.progress = progress;
	with.noun = *noun ? noun : NULL;
	status = cstn_network_maintain(network, &with, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_network_info(cstn_network *network, cstn_network_info *out, cstn_go_outcome *o)
{
	const cstn_network_info empty = CSTN_NETWORK_INFO_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	*out = empty;
	status = cstn_network_get_info(network, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_network_put(
		cstn_network *network, const cstn_record *record, uint64_t *seq, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_network_put(network, record, seq, &error));
}

void cstn_go_network_snapshot(cstn_network *network, cstn_snapshot **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_network_snapshot(network, out, &error));
}

void cstn_go_network_dual_pairs(cstn_network *network, int64_t now_us,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_go_call call;

	if (cstn_go_begin(&call, NULL, 1, o))
		cstn_go_end(&call,
				cstn_network_scan_dual_pairs(
						network, now_us, call.out, &call.error),
				out, o);
}

void cstn_go_network_changes(cstn_network *network, uint64_t since_seq,
		struct ArrowArrayStream **out, uint64_t *last_seq, cstn_go_outcome *o)
{
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, NULL, 1, o))
		return;
	status = cstn_network_changes(network, since_seq, call.out, last_seq, &call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_import(cstn_network *network, cstn_transaction *transaction, const char *noun,
		const cstn_go_input *rows, const cstn_go_import_options *options,
		cstn_go_outcome *o)
{
	cstn_import_options with = CSTN_IMPORT_OPTIONS_INIT;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 0, o))
		return;
	with.flags = options->flags;
	with.threads = options->threads;
	with.recorded_us = options->recorded_us;
	with.progress = options->progress;
	with.binding = call.binding;
	if (transaction != NULL)
		status = cstn_transaction_import(
				transaction, noun, call.in, &with, &call.bad, &call.error);
	else
		status = cstn_network_import(network, noun, call.in, &with, &call.bad, &call.error);
	cstn_go_end(&call, status, NULL, o);
}

/* --- transactions --------------------------------------------------------------------------- */

void cstn_go_transaction_begin(cstn_network *network, cstn_transaction **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_transaction_begin(network, out, &error));
}

void cstn_go_transaction_put(
		cstn_transaction *transaction, const cstn_record *record, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_transaction_put(transaction, record, &error));
}

void cstn_go_transaction_delete(cstn_transaction *transaction, const char *noun, const char *key,
		size_t n_key, int64_t recorded_us, cstn_go_outcome *o)
{
	const char **keys = list_key(key, n_key, o);
	cstn_error *error = NULL;
	cstn_status status;

	if (keys == NULL)
		return;
	status = cstn_transaction_delete(transaction, noun, keys, n_key, recorded_us, &error);
	free(keys);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_transaction_require(cstn_transaction *transaction, const char *noun, const char *key,
		size_t n_key, uint64_t seq, cstn_go_outcome *o)
{
	const char **keys = list_key(key, n_key, o);
	cstn_error *error = NULL;
	cstn_status status;

	if (keys == NULL)
		return;
	status = cstn_transaction_require(transaction, noun, keys, n_key, seq, &error);
	free(keys);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_transaction_commit(cstn_transaction *transaction, uint64_t *seq, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_transaction_commit(transaction, seq, &error));
}

/* --- snapshots ------------------------------------------------------------------------------ */

void cstn_go_snapshot_get(cstn_snapshot *snapshot, const char *noun, const char *key, size_t n_key,
		int64_t as_of_us, cstn_record **out, cstn_go_outcome *o)
{
	const char **keys = list_key(key, n_key, o);
	cstn_error *error = NULL;
	cstn_status status;

	if (keys == NULL)
		return;
	status = cstn_snapshot_get(snapshot, noun, keys, n_key, as_of_us, out, &error);
	free(keys);
	cstn_go_finish(o, status, error, NULL);
}

/* What a scan of orders with verdicts has beyond a plain one. */
typedef struct verdict_scan {
	const cstn_service_policy *policy;
	int64_t as_of_us;
	cstn_order_verdict_options options;
} verdict_scan;

/* `verdicts` NULL: a plain scan. */
static void scan(cstn_snapshot *snapshot, const char *noun, const cstn_go_scan_options *options,
		verdict_scan *verdicts, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_scan_options with = CSTN_SCAN_OPTIONS_INIT;
	const char **columns =
			options->columns ? cstn_go_list_texts(options->columns, options->n_columns)
					 : NULL;
	const char **ids = options->ids ? cstn_go_list_texts(options->ids, options->n_ids) : NULL;
	cstn_go_call call;
	cstn_status status;

	if ((options->columns && !columns) || (options->ids && !ids))
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the options of a scan");
	else if (cstn_go_begin(&call, NULL, 1, o)) {
		with.flags = options->flags;
		with.columns = columns;
		with.n_columns = options->n_columns;
		with.ids = ids;
		with.n_ids = options->n_ids;
		with.range_field = options->range_field;
		with.from_us = options->from_us;
		with.until_us = options->until_us;
		with.partner = options->partner;
		with.where_field = options->where_field;
		with.where_text = options->where_text;
		with.as_of_us = options->as_of_us;
		with.since_seq = options->since_seq;
		if (verdicts) {
			verdicts->options.scan = &with;
			status = cstn_snapshot_scan_order_verdicts(snapshot, verdicts->policy,
					verdicts->as_of_us, &verdicts->options, call.out,
					&call.error);
		} else {
			status = cstn_snapshot_scan(snapshot, noun, &with, call.out, &call.error);
		}
		cstn_go_end(&call, status, out, o);
	}
	free(columns);
	free(ids);
}

void cstn_go_snapshot_scan(cstn_snapshot *snapshot, const char *noun,
		const cstn_go_scan_options *options, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	scan(snapshot, noun, options, NULL, out, o);
}

void cstn_go_snapshot_order_verdicts(cstn_snapshot *snapshot, const cstn_service_policy *policy,
		int64_t as_of_us, uint32_t verdicts, uint32_t components,
		const cstn_go_policy_data *data, const cstn_go_scan_options *options,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	verdict_scan with = {policy, as_of_us, CSTN_ORDER_VERDICT_OPTIONS_INIT};
	cstn_policy_data laid;
	const char **names = cstn_go_lay_out_data(data, &laid);

	if (!names) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of zones");
		return;
	}
	with.options.verdicts = verdicts;
	with.options.components = components;
	with.options.policy_data = &laid;
	scan(snapshot, "order", options, &with, out, o);
	free(names);
}

void cstn_go_network_keep_order_verdicts(cstn_network *network, const cstn_service_policy *policy,
		int64_t as_of_us, uint32_t most_policies, const cstn_go_policy_data *data,
		cstn_progress *progress, cstn_keep_verdicts_counts *counts, cstn_go_outcome *o)
{
	const cstn_keep_verdicts_counts empty = CSTN_KEEP_VERDICTS_COUNTS_INIT;
	cstn_keep_verdicts_options with = CSTN_KEEP_VERDICTS_OPTIONS_INIT;
	cstn_policy_data laid;
	const char **names = cstn_go_lay_out_data(data, &laid);
	cstn_error *error = NULL;
	cstn_status status;

	if (!names) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of zones");
		return;
	}
	*counts = empty;
	with.most_policies = most_policies;
	with.policy_data = &laid;
	with.progress = progress;
	status = cstn_network_keep_order_verdicts(network, policy, as_of_us, &with, counts, &error);
	free(names);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_snapshot_changes(cstn_snapshot *snapshot, uint64_t since_seq,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_go_call call;

	if (cstn_go_begin(&call, NULL, 1, o))
		cstn_go_end(&call,
				cstn_snapshot_changes(snapshot, since_seq, call.out, &call.error),
				out, o);
}

void cstn_go_snapshot_relation(cstn_snapshot *snapshot, const char *a, const char *b,
		const char *constellation, int64_t now_us, int32_t *out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_snapshot_relation(snapshot, a, b, constellation, now_us, out, &error));
}

void cstn_go_snapshot_events(cstn_snapshot *snapshot, int64_t as_of_us, int64_t conflict_us,
		const char *precedence, size_t n_precedence, const char *subject,
		struct ArrowArrayStream **out, struct ArrowArrayStream **conflicts,
		cstn_event_counts *counts, cstn_go_outcome *o)
{
	const cstn_event_counts none = CSTN_EVENT_COUNTS_INIT;
	cstn_event_options with = CSTN_EVENT_OPTIONS_INIT;
	const char **roles = precedence ? cstn_go_list_texts(precedence, n_precedence) : NULL;
	struct ArrowArrayStream *other = cstn_arrow_stream_new();
	cstn_go_call call;
	cstn_status status;

	if (other == NULL || (precedence && !roles))
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the roles and a stream");
	else if (cstn_go_begin(&call, NULL, 1, o)) {
		*counts = none;
		with.as_of_us = as_of_us;
		with.conflict_us = conflict_us;
		with.precedence = roles;
		with.n_precedence = n_precedence;
		with.subject = subject;
		status = cstn_snapshot_scan_effective_events(
				snapshot, &with, call.out, other, counts, &call.error);
		if (status == CSTN_OK) {
			*conflicts = other;
			other = NULL;
		}
		cstn_go_end(&call, status, out, o);
	}
	cstn_arrow_stream_free(other);
	free(roles);
}

/* --- tools ---------------------------------------------------------------------------------- */

void cstn_go_network_verify(const char *path, uint32_t flags, cstn_progress *progress,
		cstn_buffer **report, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_network_verify(path, flags, NULL, progress, report, &error));
}

void cstn_go_network_dump(const char *file, cstn_buffer **text, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_network_dump(file, NULL, text, &error));
}

void cstn_go_network_backup(cstn_network *network, const char *to, uint32_t flags,
		cstn_progress *progress, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_network_backup(network, to, flags, progress, &error));
}

void cstn_go_network_salvage(const char *from, const char *to, uint32_t flags,
		cstn_progress *progress, cstn_buffer **report, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_network_salvage(from, to, flags, NULL, progress, report, &error));
}

/* --- events as JSON ------------------------------------------------------------------------- */

static cstn_event_json_options lay_out_events(const cstn_go_event_options *from)
{
	cstn_event_json_options out = CSTN_EVENT_JSON_OPTIONS_INIT;

	out.flags = from->flags;
	out.max_depth = from->max_depth;
	out.source_partner = from->source_partner;
	out.id_prefix = from->id_prefix;
	out.recorded_us = from->recorded_us;
	out.max_bytes = from->max_bytes;
	return out;
}

void cstn_go_events_read(int32_t format, const uint8_t *json, size_t size,
		const cstn_go_event_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_event_json_options with = lay_out_events(options);
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, NULL, 1, o))
		return;
	status = format == CSTN_GO_EPCIS
				 ? cstn_epcis_read((const char *)json, size, &with, allocator,
						   call.out, &call.bad, &call.error)
				 : cstn_dcsa_read((const char *)json, size, &with, allocator,
						   call.out, &call.bad, &call.error);
	cstn_go_end(&call, status, out, o); /* the report goes home whatever the status */
}

void cstn_go_events_write(int32_t format, struct ArrowArrayStream *events,
		const cstn_go_event_options *options, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_event_json_options with = lay_out_events(options);
	cstn_row_errors *report = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	status = format == CSTN_GO_EPCIS
				 ? cstn_epcis_write(events, &with, allocator, out, &report, &error)
				 : cstn_dcsa_write(events, &with, allocator, out, &report, &error);
	cstn_go_finish(o, status, error, report);
}
