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

/* The text of a cell; NULL if it has none. */
static const char *text_of(
		const cstn__field *field, const cstn__values *values, uint64_t row, size_t *len)
{
	const char *text;

	if (!cstn__values_is_valid(values, row))
		return NULL;
	text = (const char *)cstn__values_text(values, row, len);
	return *len == 0 && field->flags & CSTN__FIELD_EMPTY ? NULL : text;
}

static void read_cell(cstn_record *record, size_t line, const cstn__field *field,
		const cstn__values *values, uint64_t row)
{
	cstn__cell *cell = cstn__record_cell(record, line, field->number);
	const char *text;
	size_t len;

	if (field->type == CSTN_TYPE_TEXT) {
		text = text_of(field, values, row, &len);
		if (text)
			cstn__record_set_text(record, cell, text, len);
	} else if (cstn__values_is_valid(values, row)) {
		cell->number = values->numbers ? values->numbers[row] : 0;
		cell->valid = 1;
	}
}

/* Which rows of its column a field has: the record's own, or those of its lines. */
typedef struct span {
	uint64_t first, end;
} span;

static span span_of(const cstn__field *field, uint64_t row, span lines)
{
	return field->flags & CSTN__FIELD_LINE ? lines : (span){row, row + 1};
}

static size_t text_bytes(
		const cstn__noun *noun, const cstn__values *columns, uint64_t row, span lines)
{
	size_t size = 0, len;

	for (uint32_t i = 0; i < noun->n_fields; i++) {
		const cstn__field *field = &noun->fields[i];
		span rows = span_of(field, row, lines);

		if (field->type != CSTN_TYPE_TEXT)
			continue;
		for (uint64_t k = rows.first; k < rows.end; k++)
			if (text_of(field, &columns[i], k, &len))
				size += len + 1;
	}
	return size;
}

cstn_status cstn__record_read(const cstn__noun *noun, const cstn__scan_chunk *chunk, uint64_t row,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error)
{
	const cstn__values *columns = chunk->columns;
	span lines = {0, 0};
	cstn_record *record = NULL;
	cstn_status status;

	if (noun->has_lines && chunk->starts)
		lines = (span){chunk->starts[row], chunk->starts[row + 1]};
	status = cstn__record_new(noun, (size_t)(lines.end - lines.first),
			text_bytes(noun, columns, row, lines), allocator, &record, error);
	if (status != CSTN_OK)
		return status;
	for (uint32_t i = 0; i < noun->n_fields; i++) {
		const cstn__field *field = &noun->fields[i];
		int of_line = (field->flags & CSTN__FIELD_LINE) != 0;
		span rows = span_of(field, row, lines);

		for (uint64_t k = rows.first; k < rows.end; k++)
			read_cell(record, of_line ? (size_t)(k - rows.first) : CSTN_NO_LINE, field,
					&columns[i], k);
	}
	record->seq = (uint64_t)columns[noun->n_fields].numbers[row];
	*out = record;
	return CSTN_OK;
}

/* --- a row as the values that it has --- */

static size_t row_text_bytes(const cstn__key *key, const cstn__whole_row *row)
{
	size_t size = CSTN__WHOLE_ROW_SLACK;

	for (uint32_t i = 0; i < key->noun->n_key; i++)
		size += key->parts[i].len + 1;
	for (size_t i = 0; i < row->n; i++)
		if (row->values[i].is_text)
			size += row->values[i].len + (size_t)1;
	return size;
}

static void set_key(cstn_record *record, const cstn__key *key)
{
	for (uint32_t i = 0; i < key->noun->n_key; i++) {
		const cstn__field *field = cstn__noun_key_field(key->noun, i + 1);
		cstn__cell *cell = &record->cells[field->number];

		if (field->type != CSTN_TYPE_TEXT) {
			cell->number = key->parts[i].number;
			cell->valid = 1;
		} else if (key->parts[i].len || !(field->flags & CSTN__FIELD_EMPTY)) {
			cstn__record_set_text(record, cell, key->parts[i].text, key->parts[i].len);
		}
	}
}

static cstn_status record_of_row(const cstn__key *key, const cstn__whole_row *row,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error)
{
	cstn_record *record = NULL;
	cstn_status status = cstn__record_new(
			key->noun, 0, row_text_bytes(key, row), allocator, &record, error);

	if (status != CSTN_OK)
		return status;
	set_key(record, key);
	for (size_t i = 0; i < row->n; i++) {
		const cstn__whole_row_value *value = &row->values[i];
		size_t field = (size_t)value->column - CSTN__COLUMN_FIRST;
		cstn__cell *cell;

		if (value->column == CSTN__COLUMN_SEQ)
			record->seq = (uint64_t)value->number;
		if (field >= key->noun->n_fields)
			continue; /* a later version's */
		cell = &record->cells[field];
		cell->valid = 1;
		if (!value->is_text) {
			cell->number = value->number;
			continue;
		}
		cstn__whole_row_text(row, i, (uint8_t *)record->texts);
		cell->text = record->texts;
		cell->len = value->len;
		record->texts[value->len] = '\0';
		record->texts += value->len + 1;
	}
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
	cstn__whole_row row;
	cstn_status status;
	int found;

	cstn__noun_columns(key->noun, columns);
	status = cstn__find_whole_row(snapshot, key, &options, &row, &found, error);
	if (status != CSTN_OK)
		return status;
	if (!found) {
		*out = NULL;
		return CSTN_OK;
	}
	if (row.scan)
		status = cstn__record_read(key->noun, &row.chunk, 0, allocator, out, error);
	else
		status = record_of_row(key, &row, allocator, out, error);
	cstn__whole_row_drop(&row);
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
