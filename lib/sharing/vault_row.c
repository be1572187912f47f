/* Rows of a vault, as vault.h lists them: one table of the store, keyed by the bytes of an id.
 *
 * Every kind has the same columns, numbers that do not apply being 0. Versions that were replaced
 * stay in the store until a purge; none of them holds a key, only the number of a slot.
 *
 * Cost: a look-up of the store each; a pass over the table for all. */
#include <string.h>

#include "base/error.h"
#include "sharing/vault.h"

enum { ID, RECORDED, STATE, NUMBER, CATEGORY, VERSION, SLOT, FIELD, LINK, DATA, N_COLUMNS };
#define COLUMN(c) (CSTN__COLUMN_FIRST + (uint32_t)(c))
#define TABLE 1u

static const cstn__store_column columns[N_COLUMNS] = {
		{COLUMN(ID), "id", CSTN_TYPE_BYTES, 0, 0, CSTN__SPACE_ROW},
		{COLUMN(RECORDED), "recorded", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{COLUMN(STATE), "state", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{COLUMN(NUMBER), "number", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{COLUMN(CATEGORY), "category", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{COLUMN(VERSION), "version", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{COLUMN(SLOT), "slot", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{COLUMN(FIELD), "field", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{COLUMN(LINK), "link", CSTN_TYPE_BYTES, 0, 0, CSTN__SPACE_ROW},
		{COLUMN(DATA), "data", CSTN_TYPE_BYTES, 0, 0, CSTN__SPACE_ROW}};
static const uint32_t key[1] = {COLUMN(ID)};
static const cstn__store_table table = {.id = TABLE,
		.table_class = CSTN__TABLE_KEYED,
		.name = "vault",
		.columns = columns,
		.n_columns = N_COLUMNS,
		.key = key,
		.n_key = 1,
		.recorded = COLUMN(RECORDED)};
const cstn__store_schema cstn__vault_schema = {.version = 1, .tables = &table, .n_tables = 1};

/* All but `recorded`, in the order of the enumeration; data last, so that it can be left out. */
static const uint32_t read_columns[] = {COLUMN(ID), COLUMN(STATE), COLUMN(NUMBER), COLUMN(CATEGORY),
		COLUMN(VERSION), COLUMN(SLOT), COLUMN(FIELD), COLUMN(LINK), COLUMN(DATA)};
#define N_READ (sizeof(read_columns) / sizeof(read_columns[0]))

static cstn_status read_row(
		const cstn__values *values, uint64_t at, cstn__vault_row *out, cstn_error **error)
{
	size_t id_len, link_len;
	const uint8_t *id = cstn__values_text(&values[0], at, &id_len);
	const uint8_t *link = cstn__values_text(&values[7], at, &link_len);

	if (id_len > CSTN__VAULT_ID_MOST || id_len == 0 || link_len > CSTN__VAULT_LINK_MOST)
		return cstn__fail(error, CSTN_E_CORRUPT, "a row of the vault has an odd name");
	memset(out, 0, sizeof(*out));
	memcpy(out->id.bytes, id, id_len);
	out->id.len = id_len;
	out->state = values[1].numbers[at];
	out->number = values[2].numbers[at];
	out->category = values[3].numbers[at];
	out->version = values[4].numbers[at];
	out->slot = values[5].numbers[at];
	out->field = values[6].numbers[at];
	if (link_len)
		memcpy(out->link, link, link_len);
	out->link_len = link_len;
	return CSTN_OK;
}

static cstn__values text_values(const void *bytes, size_t len, uint32_t offsets[2])
{
	offsets[0] = 0;
	offsets[1] = (uint32_t)len;
	return (cstn__values){.rows = 1,
			.offsets = offsets,
			.bytes = bytes ? bytes : (const uint8_t *)""};
}

cstn_status cstn__vault_row_find(cstn__snapshot *snapshot, const cstn__vault_id *id,
		cstn__vault_row *out, cstn__bytes *data, int *found, cstn_error **error)
{
	cstn__scan_options options = {.columns = read_columns,
			.n_columns = data ? N_READ : N_READ - 1,
			.as_of_us = INT64_MAX};
	uint32_t offsets[2];
	cstn__values name = text_values(id->bytes, id->len, offsets);
	cstn__found_room room;
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_error *inner = NULL;
	cstn_status status = cstn__snapshot_find_in(
			snapshot, TABLE, &name, &options, &room, &scan, &chunk, &inner);

	*found = status == CSTN_OK;
	if (status == CSTN_E_NOT_FOUND) {
		cstn_error_free(inner);
		return CSTN_OK;
	}
	if (status != CSTN_OK)
		return cstn__error_give(error, inner, status);
	status = read_row(chunk.columns, 0, out, error);
	if (status == CSTN_OK && data) {
		size_t len;
		const uint8_t *text = cstn__values_text(&chunk.columns[N_READ - 1], 0, &len);

		cstn__bytes_put(data, text, len);
		if (data->failed)
			status = cstn__fail_nomem(error);
	}
	cstn__scan_free(scan);
	return status;
}

cstn_status cstn__vault_row_put(cstn__transaction *transaction, const cstn__vault_row *row,
		int64_t now_us, cstn_error **error)
{
	uint32_t ids[N_COLUMNS], offsets[3][2];
	cstn__values values[N_COLUMNS];
	cstn__store_batch batch = {
			.rows = 1, .ids = ids, .columns = values, .n_columns = N_COLUMNS};
	const int64_t *numbers[] = {&now_us, &row->state, &row->number, &row->category,
			&row->version, &row->slot, &row->field};

	for (uint32_t c = 0; c < N_COLUMNS; c++)
		ids[c] = COLUMN(c);
	values[ID] = text_values(row->id.bytes, row->id.len, offsets[0]);
	for (uint32_t c = RECORDED; c <= FIELD; c++)
		values[c] = (cstn__values){.rows = 1, .numbers = numbers[c - RECORDED]};
	values[LINK] = text_values(row->link, row->link_len, offsets[1]);
	values[DATA] = text_values(row->data, row->data_len, offsets[2]);
	return cstn__transaction_upsert(transaction, TABLE, &batch, error);
}

cstn_status cstn__vault_row_delete(cstn__transaction *transaction, const cstn__vault_id *id,
		int64_t now_us, cstn_error **error)
{
	static const uint32_t ids[2] = {COLUMN(ID), COLUMN(RECORDED)};
	uint32_t offsets[2];
	cstn__values values[2] = {
			text_values(id->bytes, id->len, offsets), {.rows = 1, .numbers = &now_us}};
	cstn__store_batch batch = {.rows = 1, .ids = ids, .columns = values, .n_columns = 2};

	return cstn__transaction_delete(transaction, TABLE, &batch, error);
}

cstn_status cstn__vault_rows(cstn__snapshot *snapshot, int64_t least, int64_t most,
		cstn__vault_each each, void *context, cstn_error **error)
{
	const cstn__scan_range range = {COLUMN(FIELD), least, most};
	cstn__scan_options options = {.columns = read_columns,
			.n_columns = N_READ - 1,
			.ranges = &range,
			.n_ranges = 1,
			.as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status = cstn__scan_new(snapshot, TABLE, &options, &scan, error);

	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK)
		for (uint64_t at = 0; at < chunk.rows && status == CSTN_OK; at++) {
			cstn__vault_row row;

			if (!(chunk.visible[at / 64] >> at % 64 & 1))
				continue;
			status = read_row(chunk.columns, at, &row, error);
			if (status == CSTN_OK)
				status = each(context, &row, error);
		}
	cstn__scan_free(scan);
	return status == CSTN_DONE ? CSTN_OK : status;
}

cstn_status cstn__vault_fail_erased(cstn_error **error)
{
	return cstn__fail(error, CSTN_E_ERASED, "the subject was erased");
}

cstn_status cstn__vault_slot(
		cstn_vault *vault, int64_t slot, void *out, size_t size, cstn_error **error)
{
	uint32_t state;
	cstn_status status = cstn__store_read_slot(
			vault->store, (uint64_t)slot, out, size, &state, error);

	if (status != CSTN_OK)
		return status;
	if (state == CSTN__SLOT_ERASED)
		return cstn__vault_fail_erased(error);
	if (state == CSTN__SLOT_ABSENT)
		return cstn__fail(error, CSTN_E_MISSING,
				"the vault was restored without its keys: restore them too");
	return CSTN_OK;
}

cstn_status cstn__vault_subject_row(cstn__snapshot *snapshot, const uint8_t *subject,
		cstn__vault_row *out, cstn__bytes *data, int *found, cstn_error **error)
{
	cstn__vault_id id;

	cstn__vault_subject_id(subject, &id);
	return cstn__vault_row_find(snapshot, &id, out, data, found, error);
}
