/* Records of a network that name a customer, and records as JSON.
 *
 * Ids are compared byte by byte, and an owner is part of a customer's name. Cost: a pass over the
 * records of the noun, of which the store leaves out blocks without the customer; a sort. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "network/network.h"
#include "sharing/customer.h"
#include "sharing/json_fields.h"

const cstn__customer_records cstn__customer_consents = {CSTN__NOUN_CONSENT,
		CSTN__CONSENT_CUSTOMER_ID, CSTN__CONSENT_OWNER, CSTN__CONSENT_VALID_FROM};
const cstn__customer_records cstn__customer_interactions = {CSTN__NOUN_INTERACTION,
		CSTN__INTERACTION_CUSTOMER_ID, CSTN__INTERACTION_OWNER, CSTN__INTERACTION_VALID};

static int is_text(const cstn__values *values, uint64_t row, const char *wanted)
{
	size_t len, wanted_len = strlen(wanted);
	const uint8_t *text;

	if (!cstn__values_is_valid(values, row))
		return wanted_len == 0;
	text = cstn__values_text(values, row, &len);
	return len == wanted_len && (len == 0 || memcmp(text, wanted, len) == 0);
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* By time, when it was recorded, id; the id is unique of one owner. */
static int by_time(const void *left, const void *right, void *context)
{
	const cstn__customer_records *which = context;
	const cstn_record *a = *(cstn_record *const *)left, *b = *(cstn_record *const *)right;
	const uint32_t numbers[2] = {which->time, a->noun->recorded};
	const cstn__cell *ids[2];
	size_t len;
	int order = 0;

	for (size_t i = 0; i < 2 && order == 0; i++)
		order = compare_numbers(cstn__record_cell(a, CSTN_NO_LINE, numbers[i])->number,
				cstn__record_cell(b, CSTN_NO_LINE, numbers[i])->number);
	if (order)
		return order;
	ids[0] = cstn__record_cell(a, CSTN_NO_LINE, 0);
	ids[1] = cstn__record_cell(b, CSTN_NO_LINE, 0);
	len = ids[0]->len < ids[1]->len ? ids[0]->len : ids[1]->len;
	order = memcmp(ids[0]->text, ids[1]->text, len);
	return order ? order : compare_numbers(ids[0]->len, ids[1]->len);
}

static cstn_status take_rows(cstn_snapshot *snapshot, const cstn__customer_records *which,
		const char *customer, const char *owner, const cstn__scan_chunk *chunk,
		cstn__customer_list *out, cstn_error **error)
{
	const cstn__noun *noun = cstn__noun_get(which->noun);

	for (uint64_t row = 0; row < chunk->rows; row++) {
		cstn_status status;

		if (!(chunk->visible[row / 64] >> row % 64 & 1) ||
				!is_text(&chunk->columns[which->field], row, customer) ||
				!is_text(&chunk->columns[which->owner], row, owner))
			continue;
		if (cstn__array_reserve(&snapshot->allocator, out, 1))
			return cstn__fail_nomem(error);
		status = cstn__record_read(noun, chunk, row, &snapshot->allocator,
				&out->items[out->count], error);
		if (status != CSTN_OK)
			return status;
		out->count++;
	}
	return CSTN_OK;
}

cstn_status cstn__customer_records_load(cstn_snapshot *snapshot,
		const cstn__customer_records *which, const char *customer, const char *owner,
		cstn__customer_list *out, cstn_error **error)
{
	const cstn__noun *noun = cstn__noun_get(which->noun);
	cstn__customer_records order = *which;
	const cstn__scan_text text = {
			CSTN__COLUMN_FIRST + which->field, customer, strlen(customer)};
	uint32_t columns[CSTN__FIELDS_MAX + 1];
	cstn__scan_options options = {.columns = columns,
			.n_columns = noun->n_fields + 1,
			.texts = &text,
			.n_texts = 1,
			.as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status;

	cstn__noun_columns(noun, columns);
	status = cstn__scan_new(snapshot->inner, noun->id, &options, &scan, error);
	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK)
		status = take_rows(snapshot, which, customer, owner, &chunk, out, error);
	cstn__scan_free(scan);
	if (status == CSTN_DONE && out->count)
		cstn__sort(out->items, out->count, sizeof(*out->items), by_time, &order);
	return status == CSTN_DONE ? CSTN_OK : status;
}

void cstn__customer_records_free(cstn_snapshot *snapshot, cstn__customer_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		cstn_record_unref(list->items[i]);
	cstn__array_free(&snapshot->allocator, list);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *cell_to_json(const cstn__field *field, const cstn__cell *cell)
{
	char day[24];
	int32_t year, month, date;
	double value;

	switch (field->type) {
	case CSTN_TYPE_TEXT:
		return json_stringn(cell->text, cell->len);
	case CSTN_TYPE_DOUBLE:
		memcpy(&value, &cell->number, sizeof(value));
		return json_real(value);
	case CSTN_TYPE_TIME:
		return cstn__json_of_time(cell->number);
	case CSTN_TYPE_DAYS:
		cstn_civil_from_days((int32_t)cell->number, &year, &month, &date);
		snprintf(day, sizeof(day), "%04d-%02d-%02d", (int)year, (int)month, (int)date);
		return json_string(day);
	case CSTN_TYPE_FLAG:
		return json_boolean(cell->number);
	default:
		return cstn__json_of_i64(cell->number);
	}
}

json_t *cstn__record_to_json(const cstn_record *record)
{
	json_t *out = json_object();

	for (uint32_t i = 0; out && i < record->noun->n_fields; i++) {
		const cstn__field *field = &record->noun->fields[i];
		const cstn__cell *cell = cstn__record_cell(record, CSTN_NO_LINE, i);

		if (cell->valid &&
				json_object_set_new(out, field->name, cell_to_json(field, cell))) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

json_t *cstn__records_to_json(const cstn__customer_list *list)
{
	json_t *out = json_array();

	for (size_t i = 0; out && i < list->count; i++)
		if (json_array_append_new(out, cstn__record_to_json(list->items[i]))) {
			json_decref(out);
			return NULL;
		}
	return out;
}
