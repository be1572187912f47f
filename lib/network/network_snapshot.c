/* Snapshots, and records read out of them.
 *
 * A snapshot of a network is one of its store that keeps the network alive. A record is read by
 * key: the store gives a chunk of one row with all columns, which is copied into cells. */
#include <string.h>

#include "base/error.h"
#include "network/network.h"

cstn_status cstn_network_snapshot(cstn_network *network, cstn_snapshot **out, cstn_error **error)
{
	cstn_status status = cstn__network_check(network, error);
	cstn_snapshot *snapshot;

	if (status != CSTN_OK)
		return status;
	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	snapshot = cstn__alloc_zero(&network->allocator, sizeof(*snapshot));
	if (!snapshot)
		return cstn__fail_nomem(error);
	status = cstn__snapshot_new(network->store, &snapshot->inner, error);
	if (status != CSTN_OK) {
		cstn__free(&network->allocator, snapshot, sizeof(*snapshot));
		return status;
	}
	snapshot->allocator = network->allocator;
	atomic_init(&snapshot->references, 1);
	snapshot->network = cstn_network_ref(network);
	*out = snapshot;
	return CSTN_OK;
}

cstn_snapshot *cstn_snapshot_ref(cstn_snapshot *snapshot)
{
	if (snapshot)
		atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
	return snapshot;
}

void cstn_snapshot_unref(cstn_snapshot *snapshot)
{
	cstn_allocator allocator;

	if (!snapshot || atomic_fetch_sub_explicit(
					 &snapshot->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = snapshot->allocator;
	cstn__snapshot_unref(snapshot->inner);
	cstn_network_unref(snapshot->network);
	cstn__free(&allocator, snapshot, sizeof(*snapshot));
}

uint64_t cstn_snapshot_seq(const cstn_snapshot *snapshot)
{
	return snapshot ? cstn__snapshot_seq(snapshot->inner) : 0;
}

/* --- records ---------------------------------------------------------------------------------- */

void cstn__noun_columns(const cstn__noun *noun, uint32_t *out)
{
	for (uint32_t i = 0; i < noun->n_fields; i++)
		out[i] = CSTN__COLUMN_FIRST + i;
	out[noun->n_fields] = CSTN__COLUMN_SEQ;
}

static cstn_status read_cell(cstn_record *record, size_t line, const cstn__field *field,
		const cstn__values *values, uint64_t row, cstn_error **error)
{
	const char *text;
	size_t len;

	if (!cstn__values_is_valid(values, row))
		return CSTN_OK;
	if (field->type != CSTN_TYPE_TEXT) {
		cstn__cell *cell = cstn__record_cell(record, line, field->number);

		cell->number = values->numbers ? values->numbers[row] : 0;
		cell->valid = 1;
		return CSTN_OK;
	}
	text = (const char *)cstn__values_text(values, row, &len);
	if (len == 0 && field->flags & CSTN__FIELD_EMPTY)
		return CSTN_OK;
	return cstn__record_set_text(record, line, field->number, text, len)
			       ? cstn__fail_nomem(error)
			       : CSTN_OK;
}

cstn_status cstn__record_read(const cstn__noun *noun, const cstn__scan_chunk *chunk, uint64_t row,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error)
{
	uint32_t first = noun->has_lines && chunk->starts ? chunk->starts[row] : 0;
	uint32_t end = noun->has_lines && chunk->starts ? chunk->starts[row + 1] : 0;
	cstn_record *record = NULL;
	cstn_status status;

	status = cstn__record_new(noun, end - first, allocator, &record, error);
	for (uint32_t i = 0; i < noun->n_fields && status == CSTN_OK; i++) {
		const cstn__field *field = &noun->fields[i];

		if (!(field->flags & CSTN__FIELD_LINE))
			status = read_cell(record, CSTN_NO_LINE, field, &chunk->columns[i], row,
					error);
		for (uint32_t k = first;
				field->flags & CSTN__FIELD_LINE && k < end && status == CSTN_OK;
				k++)
			status = read_cell(record, k - first, field, &chunk->columns[i], k, error);
	}
	if (status != CSTN_OK) {
		cstn_record_unref(record);
		return status;
	}
	record->seq = (uint64_t)chunk->columns[noun->n_fields].numbers[row];
	*out = record;
	return CSTN_OK;
}

cstn_status cstn__snapshot_record(cstn__snapshot *snapshot, const cstn__key *key, int64_t as_of_us,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error)
{
	uint32_t columns[CSTN__FIELDS_MAX + 1];
	cstn__scan_options options = {.columns = columns,
			.n_columns = key->noun->n_fields + 1,
			.as_of_us = as_of_us};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status;
	int found;

	cstn__noun_columns(key->noun, columns);
	status = cstn__find_row(snapshot, key, &options, &scan, &chunk, &found, error);
	if (status != CSTN_OK)
		return status;
	if (!found) {
		*out = NULL;
		return CSTN_OK;
	}
	status = cstn__record_read(key->noun, &chunk, 0, allocator, out, error);
	cstn__scan_free(scan);
	return status;
}

cstn_status cstn_snapshot_get(cstn_snapshot *snapshot, const char *noun, const char *const *key,
		size_t n_key, int64_t as_of_us, cstn_record **out, cstn_error **error)
{
	const cstn__noun *named;
	cstn_record *record = NULL;
	char buffer[CSTN__KEY_TEXT];
	cstn__key own;
	cstn_status status;

	if (!snapshot || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				snapshot ? "out" : "snapshot");
	status = cstn__noun_find(noun, &named, error);
	if (status == CSTN_OK)
		status = cstn__key_read(named, key, n_key, &own, error);
	if (status == CSTN_OK)
		status = cstn__snapshot_record(snapshot->inner, &own, as_of_us,
				&snapshot->allocator, &record, error);
	if (status == CSTN_OK && !record)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "there is no %s",
				cstn__key_text(&own, buffer));
	if (status == CSTN_OK)
		*out = record;
	return status;
}
