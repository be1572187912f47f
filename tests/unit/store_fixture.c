#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <constellation/schema.h>

static const cstn__store_column order_columns[] = {
		{ORDER_ID, "order_id", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_ROW},
		{RECORDED, "recorded_us", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{STATUS, "status", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{NOTE, "note", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{ITEM, "item", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE | CSTN__COLUMN_DICTIONARY,
				CSTN__SPACE_CHILD},
		{QUANTITY, "quantity", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE,
				CSTN__SPACE_CHILD},
		{EXTRA, "extra", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
};
static const cstn__store_column event_columns[] = {
		{EVENT_ID, "event_id", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{EVENT_RECORDED, "recorded_us", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{EVENT_VALUE, "value", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
};
static const uint32_t order_key[] = {ORDER_ID}, event_key[] = {EVENT_ID};
static const cstn__store_table tables[] = {
		{ORDERS, CSTN__TABLE_KEYED, "orders", order_columns, 6, order_key, 1, RECORDED, 1},
		{EVENTS, CSTN__TABLE_APPEND, "events", event_columns, 3, event_key, 1,
				EVENT_RECORDED, 0},
};
static const cstn__store_table wider_tables[] = {
		{ORDERS, CSTN__TABLE_KEYED, "orders", order_columns, 7, order_key, 1, RECORDED, 1},
		{EVENTS, CSTN__TABLE_APPEND, "events", event_columns, 3, event_key, 1,
				EVENT_RECORDED, 0},
};
const cstn__store_schema store_schema = {1, tables, 2};
const cstn__store_schema store_schema_wider = {2, wider_tables, 2};

void store_rows_clear(store_rows *rows)
{
	memset(rows, 0, sizeof(*rows));
}

static void put_text(uint8_t *bytes, uint32_t *offsets, uint64_t at, const char *text)
{
	size_t len = strlen(text);

	ck_assert_uint_le(offsets[at] + len, MAX_BYTES);
	memcpy(bytes + offsets[at], text, len);
	offsets[at + 1] = offsets[at] + (uint32_t)len;
}

void store_rows_add(store_rows *rows, const char *id, int64_t recorded, int64_t status,
		const char *note, uint32_t lines)
{
	uint64_t at = rows->rows++;

	ck_assert_uint_lt(at, MAX_ROWS);
	ck_assert_uint_le(rows->lines + lines, MAX_LINES);
	put_text(rows->ids, rows->id_offsets, at, id);
	put_text(rows->notes, rows->note_offsets, at, note ? note : "");
	rows->note_valid[0] |= (uint64_t)(note != NULL) << at;
	rows->recorded[at] = recorded;
	rows->status[at] = status;
	rows->children[at] = lines;
	for (uint32_t i = 0; i < lines; i++) {
		char item[16];

		snprintf(item, sizeof(item), "i%u", i);
		put_text(rows->items, rows->item_offsets, rows->lines, item);
		rows->quantity[rows->lines++] = status + i;
	}
}

static void text_values(
		cstn__values *values, uint64_t rows, const uint32_t *offsets, const uint8_t *bytes)
{
	values->rows = rows;
	values->offsets = offsets;
	values->bytes = bytes;
}

static void number_values(cstn__values *values, uint64_t rows, const int64_t *numbers)
{
	values->rows = rows;
	values->numbers = numbers;
}

cstn__store_batch store_rows_batch(store_rows *rows)
{
	static const uint32_t ids[6] = {ORDER_ID, RECORDED, STATUS, NOTE, ITEM, QUANTITY};
	cstn__store_batch batch = {
			rows->rows, rows->lines, rows->children, rows->column_ids, rows->values, 6};

	memcpy(rows->column_ids, ids, sizeof(ids));
	memset(rows->values, 0, sizeof(rows->values));
	text_values(&rows->values[0], rows->rows, rows->id_offsets, rows->ids);
	number_values(&rows->values[1], rows->rows, rows->recorded);
	number_values(&rows->values[2], rows->rows, rows->status);
	text_values(&rows->values[3], rows->rows, rows->note_offsets, rows->notes);
	rows->values[3].validity = rows->note_valid;
	text_values(&rows->values[4], rows->lines, rows->item_offsets, rows->items);
	number_values(&rows->values[5], rows->lines, rows->quantity);
	return batch;
}

cstn__store_batch store_rows_keys(store_rows *rows)
{
	cstn__store_batch batch = store_rows_batch(rows);

	batch.n_columns = 2;
	batch.child_rows = 0;
	batch.children = NULL;
	return batch;
}

cstn_status store_try_upsert(cstn__store *store, const char *id, int64_t recorded, int64_t status,
		uint32_t lines, cstn_error **error)
{
	cstn__transaction *transaction = NULL;
	cstn__store_batch batch;
	cstn_status result;
	store_rows rows;

	store_rows_clear(&rows);
	store_rows_add(&rows, id, recorded, status, status % 2 ? id : NULL, lines);
	batch = store_rows_batch(&rows);
	result = cstn__transaction_new(store, &transaction, error);
	if (result == CSTN_OK)
		result = cstn__transaction_upsert(transaction, ORDERS, &batch, error);
	if (result == CSTN_OK)
		result = cstn__transaction_commit(transaction, NULL, error);
	cstn__transaction_free(transaction);
	return result;
}

static uint64_t last_seq(cstn__store *store)
{
	cstn__store_info info;

	ck_assert_int_eq(cstn__store_info_get(store, &info, NULL), CSTN_OK);
	return info.last_seq;
}

uint64_t store_upsert(cstn__store *store, const char *id, int64_t recorded, int64_t status,
		uint32_t lines)
{
	cstn_error *error = NULL;
	cstn_status result = store_try_upsert(store, id, recorded, status, lines, &error);

	ck_assert_msg(result == CSTN_OK, "%s", cstn_error_message(error));
	return last_seq(store);
}

uint64_t store_delete(cstn__store *store, const char *id, int64_t recorded)
{
	cstn__transaction *transaction;
	cstn__store_batch batch;
	uint64_t seq;
	store_rows rows;

	store_rows_clear(&rows);
	store_rows_add(&rows, id, recorded, 0, NULL, 0);
	batch = store_rows_keys(&rows);
	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_delete(transaction, ORDERS, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_commit(transaction, &seq, NULL), CSTN_OK);
	cstn__transaction_free(transaction);
	return seq;
}

uint64_t store_event(cstn__store *store, int64_t id, int64_t recorded, int64_t value)
{
	const uint32_t ids[3] = {EVENT_ID, EVENT_RECORDED, EVENT_VALUE};
	cstn__values values[3] = {{0}};
	cstn__store_batch batch = {1, 0, NULL, ids, values, 3};
	cstn__transaction *transaction;
	uint64_t seq;

	number_values(&values[0], 1, &id);
	number_values(&values[1], 1, &recorded);
	number_values(&values[2], 1, &value);
	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_append(transaction, EVENTS, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_commit(transaction, &seq, NULL), CSTN_OK);
	cstn__transaction_free(transaction);
	return seq;
}

static void check_lines(const cstn__scan_chunk *chunk, uint64_t row)
{
	for (uint32_t i = chunk->starts[row]; i < chunk->starts[row + 1]; i++) {
		uint32_t line = i - chunk->starts[row];
		char item[16];
		size_t len;
		const uint8_t *text = cstn__values_text(&chunk->columns[2], i, &len);

		snprintf(item, sizeof(item), "i%u", line);
		ck_assert_uint_eq(len, strlen(item));
		ck_assert_int_eq(memcmp(text, item, len), 0);
		ck_assert_int_eq(chunk->columns[3].numbers[i],
				chunk->columns[1].numbers[row] + line);
	}
}

static void check_note(const cstn__scan_chunk *chunk, uint64_t row)
{
	const cstn__values *note = &chunk->columns[4];
	size_t id_len, len;
	const uint8_t *id = cstn__values_text(&chunk->columns[0], row, &id_len), *text;

	ck_assert_int_eq(cstn__values_is_valid(note, row), chunk->columns[1].numbers[row] % 2);
	if (!cstn__values_is_valid(note, row))
		return;
	text = cstn__values_text(note, row, &len);
	ck_assert_uint_eq(len, id_len);
	ck_assert_int_eq(memcmp(text, id, len), 0);
}

const char *store_orders(cstn__snapshot *snapshot, int64_t as_of_us, char *out, size_t size)
{
	static const uint32_t ids[] = {ORDER_ID, STATUS, ITEM, QUANTITY, NOTE};
	cstn__scan_options options = {.columns = ids, .n_columns = 5, .as_of_us = as_of_us};
	cstn__scan_chunk chunk;
	cstn__scan *scan;
	cstn_status status;
	size_t at = 0;

	out[0] = 0;
	ck_assert_int_eq(cstn__scan_new(snapshot, ORDERS, &options, &scan, NULL), CSTN_OK);
	while ((status = cstn__scan_next(scan, &chunk, NULL)) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows; row++) {
			uint32_t lines = chunk.starts[row + 1] - chunk.starts[row];
			const uint8_t *id;
			size_t len;

			if (!(chunk.visible[row / 64] >> row % 64 & 1))
				continue;
			check_lines(&chunk, row);
			check_note(&chunk, row);
			id = cstn__values_text(&chunk.columns[0], row, &len);
			at += (size_t)snprintf(out + at, size - at, "%s%.*s=%lld", at ? " " : "",
					(int)len, (const char *)id,
					(long long)chunk.columns[1].numbers[row]);
			if (lines)
				at += (size_t)snprintf(out + at, size - at, "+%u", lines);
			ck_assert_uint_lt(at, size);
		}
	ck_assert_int_eq(status, CSTN_DONE);
	cstn__scan_free(scan);
	return out;
}

const char *store_now(cstn__store *store, char *out, size_t size)
{
	cstn__snapshot *snapshot;

	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	store_orders(snapshot, INT64_MAX, out, size);
	cstn__snapshot_unref(snapshot);
	return out;
}

cstn__values store_text(const char *text, uint32_t offsets[2])
{
	cstn__values values = {0};

	offsets[0] = 0;
	offsets[1] = (uint32_t)strlen(text);
	text_values(&values, 1, offsets, (const uint8_t *)text);
	return values;
}

int64_t store_find(cstn__snapshot *snapshot, const char *id, int64_t as_of_us)
{
	static const uint32_t ids[] = {ORDER_ID, STATUS, ITEM, QUANTITY, NOTE};
	cstn__scan_options options = {.columns = ids, .n_columns = 5, .as_of_us = as_of_us};
	uint32_t offsets[2];
	cstn__values key = store_text(id, offsets);
	cstn__scan_chunk chunk;
	cstn__scan *scan;
	cstn_status status;
	int64_t answer;
	size_t len;

	status = cstn__snapshot_find(snapshot, ORDERS, &key, &options, &scan, &chunk, NULL);
	if (status == CSTN_E_NOT_FOUND)
		return INT64_MIN;
	ck_assert_int_eq(status, CSTN_OK);
	ck_assert_uint_eq(chunk.rows, 1);
	ck_assert_uint_eq(chunk.columns[0].rows, 1);
	ck_assert_uint_eq(chunk.starts[0], 0);
	ck_assert_uint_eq(chunk.starts[1], chunk.child_rows);
	ck_assert_int_eq(memcmp(cstn__values_text(&chunk.columns[0], 0, &len), id, strlen(id)), 0);
	ck_assert_uint_eq(len, strlen(id));
	check_lines(&chunk, 0);
	check_note(&chunk, 0);
	answer = chunk.columns[1].numbers[0];
	cstn__scan_free(scan);
	return answer;
}

uint64_t store_count(cstn__store *store, uint32_t table)
{
	cstn__snapshot *snapshot;
	cstn__scan_chunk chunk;
	cstn__scan *scan;
	cstn_status status;
	uint64_t n = 0;

	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_new(snapshot, table, NULL, &scan, NULL), CSTN_OK);
	while ((status = cstn__scan_next(scan, &chunk, NULL)) == CSTN_OK)
		n += chunk.n_visible;
	ck_assert_int_eq(status, CSTN_DONE);
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	return n;
}

cstn_status store_try_many(cstn__store *store, uint64_t first, uint64_t n, uint32_t lines,
		int64_t status, cstn_error **error)
{
	static const uint32_t ids[] = {ORDER_ID, RECORDED, STATUS, ITEM, QUANTITY};
	uint64_t n_lines = n * lines, longest = n > n_lines ? n : n_lines;
	uint32_t *children = calloc(n + 1, 4), *id_offsets = calloc(n + 1, 4);
	uint32_t *item_offsets = calloc(n_lines + 1, 4);
	int64_t *numbers = calloc(longest + 1, 8), *quantity = calloc(n_lines + 1, 8);
	int64_t *recorded = calloc(n + 1, 8);
	uint8_t *bytes = malloc(n * 16 + 1), *items = malloc(n_lines * 8 + 1);
	cstn__values values[5] = {{0}};
	cstn__store_batch batch = {n, n_lines, children, ids, values, 5};
	cstn__transaction *transaction = NULL;
	cstn_status result;

	for (uint64_t i = 0; i < n; i++) {
		int len = snprintf((char *)bytes + id_offsets[i], 16, "o%llu",
				(unsigned long long)(first + i));

		id_offsets[i + 1] = id_offsets[i] + (uint32_t)len;
		numbers[i] = status;
		recorded[i] = (int64_t)(first + i);
		children[i] = lines;
		for (uint32_t k = 0; k < lines; k++) {
			uint64_t at = i * lines + k;

			len = snprintf((char *)items + item_offsets[at], 8, "i%u", k);
			item_offsets[at + 1] = item_offsets[at] + (uint32_t)len;
			quantity[at] = status + k;
		}
	}
	text_values(&values[0], n, id_offsets, bytes);
	number_values(&values[1], n, recorded);
	number_values(&values[2], n, numbers);
	text_values(&values[3], n_lines, item_offsets, items);
	number_values(&values[4], n_lines, quantity);
	result = cstn__transaction_new(store, &transaction, error);
	if (result == CSTN_OK)
		result = cstn__transaction_upsert(transaction, ORDERS, &batch, error);
	if (result == CSTN_OK)
		result = cstn__transaction_commit(transaction, NULL, error);
	cstn__transaction_free(transaction);
	free(children);
	free(id_offsets);
	free(item_offsets);
	free(numbers);
	free(quantity);
	free(recorded);
	free(bytes);
	free(items);
	return result;
}
