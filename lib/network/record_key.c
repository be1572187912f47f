/* Keys: what names a record.
 *
 * A key is the values of the noun's key fields in order. Hosts give it as texts, the store takes it
 * as columns of one row, maps take it as bytes (u32 length and text, or 8 bytes of number, a part
 * after the other), in which two keys are equal exactly if all their parts are. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/row_errors.h"
#include "base/text.h"
#include "network/network.h"

static int is_text(const cstn__noun *noun, uint32_t place)
{
	return cstn__noun_key_field(noun, place)->type == CSTN_TYPE_TEXT;
}

void cstn__key_to_values(const cstn__key *key, cstn__key_values *out)
{
	for (uint32_t i = 0; i < key->noun->n_key; i++) {
		cstn__values *values = &out->values[i];

		memset(values, 0, sizeof(*values));
		values->rows = 1;
		if (is_text(key->noun, i + 1)) {
			out->offsets[i][0] = 0;
			out->offsets[i][1] = (uint32_t)key->parts[i].len;
			values->offsets = out->offsets[i];
			values->bytes = (const uint8_t *)key->parts[i].text;
		} else {
			out->numbers[i] = key->parts[i].number;
			values->numbers = &out->numbers[i];
		}
	}
}

size_t cstn__key_to_bytes(const cstn__key *key, uint8_t *out)
{
	size_t size = 0;

	for (uint32_t i = 0; i < key->noun->n_key; i++)
		if (is_text(key->noun, i + 1)) {
			uint32_t len = (uint32_t)key->parts[i].len;

			memcpy(out + size, &len, sizeof(len));
			memcpy(out + size + sizeof(len), key->parts[i].text, len);
			size += sizeof(len) + len;
		} else {
			memcpy(out + size, &key->parts[i].number, sizeof(int64_t));
			size += sizeof(int64_t);
		}
	return size;
}

static cstn_status read_part(const cstn__field *field, const char *text, cstn__key *out, size_t i,
		cstn_error **error)
{
	int32_t code;

	out->parts[i].text = text;
	out->parts[i].len = strlen(text);
	if (field->type != CSTN_TYPE_TEXT) {
		code = *text && cstn__parse_i64(text, strlen(text), &out->parts[i].number) != 0
				       ? CSTN_ROW_NUMBER
				       : 0;
		if (!code && !*text && !(field->flags & CSTN__FIELD_EMPTY))
			code = CSTN_ROW_NULL;
		if (!code && *text)
			code = cstn__rule_check_int(field, out->parts[i].number);
	} else {
		code = cstn__rule_check_text(field, text, out->parts[i].len);
	}
	if (code)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "key of %s, '%s': '%.80s' %s",
				out->noun->name, field->name, text, cstn__row_code_rule(code));
	return CSTN_OK;
}

cstn_status cstn__key_read(const cstn__noun *noun, const char *const *texts, size_t n,
		cstn__key *out, cstn_error **error)
{
	if (n > 0 && !texts)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "key is NULL");
	if (n > noun->n_key)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a key of %s has %u parts, not %zu", noun->name, noun->n_key, n);
	memset(out, 0, sizeof(*out));
	out->noun = noun;
	for (uint32_t i = 0; i < noun->n_key; i++) {
		const char *text = i < n ? texts[i] : "";
		cstn_status status;

		if (!text)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "key part %u is NULL", i);
		status = read_part(cstn__noun_key_field(noun, i + 1), text, out, i, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

void cstn__key_of_id(const cstn__noun *noun, const char *id, size_t len, const char *owner,
		size_t owner_len, cstn__key *out)
{
	memset(out, 0, sizeof(*out));
	out->noun = noun;
	out->parts[0].text = id;
	out->parts[0].len = len;
	if (noun->n_key > 1) {
		out->parts[1].text = owner_len ? owner : "";
		out->parts[1].len = owner_len;
	}
}

void cstn__key_of_record(const cstn_record *record, cstn__key *out)
{
	memset(out, 0, sizeof(*out));
	out->noun = record->noun;
	for (uint32_t i = 0; i < record->noun->n_key; i++) {
		const cstn__field *field = cstn__noun_key_field(record->noun, i + 1);
		const cstn__cell *cell = cstn__record_cell(record, CSTN_NO_LINE, field->number);

		out->parts[i].text = cell->valid && cell->text ? cell->text : "";
		out->parts[i].len = cell->valid ? cell->len : 0;
		out->parts[i].number = cell->valid ? cell->number : 0;
	}
}

const char *cstn__key_text(const cstn__key *key, char buffer[CSTN__KEY_TEXT])
{
	int size = snprintf(buffer, CSTN__KEY_TEXT, "%s", key->noun->name);

	for (uint32_t i = 0; i < key->noun->n_key && size < CSTN__KEY_TEXT - 1; i++) {
		char *at = buffer + size;
		size_t room = CSTN__KEY_TEXT - (size_t)size;

		if (!is_text(key->noun, i + 1))
			size += snprintf(at, room, "%s%" PRId64, i ? ", " : " ",
					key->parts[i].number);
		else if (i == 0 || key->parts[i].len > 0)
			size += snprintf(at, room, "%s'%.*s'", i ? ", " : " ",
					(int)(key->parts[i].len > 80 ? 80 : key->parts[i].len),
					key->parts[i].text);
	}
	return buffer;
}

/* That there is no such row is no error here. */
static cstn_status tell(cstn_status status, cstn_error *told, int *found, cstn_error **error)
{
	*found = status == CSTN_OK;
	if (status == CSTN_E_NOT_FOUND)
		status = CSTN_OK;
	if (status != CSTN_OK && error)
		*error = told;
	else
		cstn_error_free(told);
	return status;
}

cstn_status cstn__find_row(cstn__snapshot *snapshot, const cstn__key *key,
		const cstn__scan_options *options, cstn__found_room *room, cstn__scan **scan,
		cstn__scan_chunk *chunk, int *found, cstn_error **error)
{
	cstn_error *told = NULL;
	cstn__key_values values;
	cstn_status status;

	cstn__key_to_values(key, &values);
	status = cstn__snapshot_find_in(
			snapshot, key->noun->id, values.values, options, room, scan, chunk, &told);
	return tell(status, told, found, error);
}

cstn_status cstn__find_whole_row(cstn__snapshot *snapshot, const cstn__key *key,
		const cstn__scan_options *options, cstn__whole_row *row, int *found,
		cstn_error **error)
{
	cstn_error *told = NULL;
	cstn__key_values values;
	cstn_status status;

	cstn__key_to_values(key, &values);
	status = cstn__snapshot_whole_row(
			snapshot, key->noun->id, values.values, options, row, &told);
	return tell(status, told, found, error);
}
