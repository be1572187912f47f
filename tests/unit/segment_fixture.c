#include "segment_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t segment_uuid[16] = {0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xaf};

static const cstn__store_column columns[] = {
		{ORDER_ID, "order_id", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_ROW},
		{ORDER_STATUS, "status", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_DICTIONARY,
				CSTN__SPACE_ROW},
		{ORDER_DUE, "due", CSTN_TYPE_DAYS, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{ORDER_NOTE, "note", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{ORDER_RECORDED, "recorded", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{LINE_QTY, "qty", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_CHILD},
		{LINE_SKU, "sku", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_DICTIONARY, CSTN__SPACE_CHILD},
		{LINE_PRICE, "price", CSTN_TYPE_DECIMAL, 2, CSTN__COLUMN_NULLABLE,
				CSTN__SPACE_CHILD},
		{LINE_TEXT, "line_text", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_CHILD},
		{ORDER_LATER, "later", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{LINE_LATER, "line_later", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE,
				CSTN__SPACE_CHILD},
};
static const uint32_t key[] = {ORDER_ID};
const cstn__store_table segment_orders = {
		3, CSTN__TABLE_KEYED, "orders", columns, 9, key, 1, ORDER_RECORDED, 1};
const cstn__store_table segment_orders_later = {
		3, CSTN__TABLE_KEYED, "orders", columns, 11, key, 1, ORDER_RECORDED, 1};
const cstn__store_table segment_events = {
		3, CSTN__TABLE_APPEND, "orders", columns, 9, NULL, 0, ORDER_RECORDED, 1};

/* --- orders --- */

static uint32_t children_of(uint64_t row)
{
	return (uint32_t)(row % 4);
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x9e3779b97f4a7c15u;
	return x ^ x >> 29;
}

/* One block for everything; the fixture is small enough to waste some. */
struct memory {
	order_rows rows;
	uint32_t ids[ORDER_COLUMNS];
	cstn__values values[ORDER_COLUMNS];
	uint8_t data[];
};

struct taker {
	uint8_t *at;
};

static void *take(struct taker *taker, uint64_t size)
{
	uint8_t *at = taker->at;

	taker->at += (size + 15) / 16 * 16;
	return at;
}

static void number_column(struct taker *taker, cstn__values *values, uint64_t n)
{
	values->rows = n;
	values->numbers = take(taker, (n + 1) * 8);
	values->validity = take(taker, (n / 64 + 1) * 8);
}

static void text_column(struct taker *taker, cstn__values *values, uint64_t n)
{
	values->rows = n;
	values->offsets = take(taker, (n + 1) * 4);
	values->bytes = take(taker, n * 16 + 1);
	values->validity = take(taker, (n / 64 + 1) * 8);
}

static void set_number(cstn__values *values, uint64_t row, int valid, int64_t number)
{
	((int64_t *)(uintptr_t)values->numbers)[row] = valid ? number : 0;
	if (valid)
		((uint64_t *)(uintptr_t)values->validity)[row / 64] |= UINT64_C(1) << row % 64;
}

static void set_text(cstn__values *values, uint64_t row, int valid, const char *text)
{
	uint32_t *offsets = (uint32_t *)(uintptr_t)values->offsets;
	size_t len = valid ? strlen(text) : 0;

	memcpy((uint8_t *)(uintptr_t)values->bytes + offsets[row], text, len);
	offsets[row + 1] = offsets[row] + (uint32_t)len;
	if (valid)
		((uint64_t *)(uintptr_t)values->validity)[row / 64] |= UINT64_C(1) << row % 64;
}

static void set_order(cstn__values *values, uint64_t at, uint64_t row)
{
	static const char *const statuses[] = {"open", "shipped", "delivered", "", "returned"};
	char text[32];

	set_number(&values[0], at, 1, (int64_t)(row / 10 + 1));
	snprintf(text, sizeof(text), "o%llu", (unsigned long long)row);
	set_text(&values[1], at, 1, text);
	set_text(&values[2], at, 1, statuses[mix(row) % 5]);
	set_number(&values[3], at, row % 7 != 0, (int64_t)(19000 + mix(row) % 300));
	snprintf(text, sizeof(text), "note %llu", (unsigned long long)(mix(row) % 1000000));
	set_text(&values[4], at, row % 50 == 3, text);
	set_number(&values[5], at, 1, (int64_t)(1700000000000000 + row * 1000003));
}

static void set_line(cstn__values *values, uint64_t at, uint64_t row, uint32_t line)
{
	char text[32];
	uint64_t random = mix(row * 8 + line);

	set_number(&values[6], at, 1, (int64_t)(random % 12));
	snprintf(text, sizeof(text), "sku%llu", (unsigned long long)(random % 40));
	set_text(&values[7], at, 1, text);
	set_number(&values[8], at, random % 3 != 0, (int64_t)(random % 10000) - 100);
	set_text(&values[9], at, 1, "");
}

order_rows *order_rows_make(uint64_t first, uint64_t n)
{
	static const uint32_t ids[ORDER_COLUMNS] = {CSTN__COLUMN_SEQ, ORDER_ID, ORDER_STATUS,
			ORDER_DUE, ORDER_NOTE, ORDER_RECORDED, LINE_QTY, LINE_SKU, LINE_PRICE,
			LINE_TEXT};
	uint64_t lines = 0;
	struct memory *memory;
	struct taker taker;
	uint32_t *children;

	for (uint64_t i = 0; i < n; i++)
		lines += children_of(first + i);
	memory = calloc(1, sizeof(*memory) + n * 140 + lines * 80 + 4096);
	if (!memory)
		abort();
	taker.at = memory->data;
	memcpy(memory->ids, ids, sizeof(ids));
	for (int i = 0; i < ORDER_COLUMNS; i++) {
		int text = i == 1 || i == 2 || i == 4 || i == 7 || i == 9;

		(text ? text_column : number_column)(&taker, &memory->values[i], i < 6 ? n : lines);
	}
	children = take(&taker, (n + 1) * 4);
	lines = 0;
	for (uint64_t i = 0; i < n; i++) {
		children[i] = children_of(first + i);
		set_order(memory->values, i, first + i);
		for (uint32_t line = 0; line < children[i]; line++)
			set_line(memory->values, lines++, first + i, line);
	}
	memory->rows.memory = memory;
	memory->rows.batch = (cstn__store_batch){
			n, lines, children, memory->ids, memory->values, ORDER_COLUMNS};
	return &memory->rows;
}

void order_rows_free(order_rows *rows)
{
	free(rows->memory);
}

/* --- files --- */

cstn_status segment_write(memory_disk *disk, const char *name, const cstn__store_table *table,
		uint64_t n, uint64_t step, int zlib, const cstn_allocator *allocator,
		cstn__segment_written *out, cstn_error **error)
{
	cstn__segment_writer *writer = NULL;
	cstn_status status = cstn__segment_writer_new(&disk->vfs, name, segment_uuid,
			SEGMENT_FILE_NO, table, 2, zlib, allocator, &writer, error);

	for (uint64_t at = 0; at < n && status == CSTN_OK; at += step) {
		order_rows *rows = order_rows_make(at, n - at < step ? n - at : step);

		status = cstn__segment_writer_put(writer, &rows->batch, error);
		order_rows_free(rows);
	}
	if (status == CSTN_OK)
		status = cstn__segment_writer_finish(writer, out, error);
	cstn__segment_writer_free(writer);
	return status;
}

cstn_status segment_open(memory_disk *disk, const char *name, const cstn__store_table *table,
		const cstn_allocator *allocator, cstn__segment **out, cstn_error **error)
{
	struct memory_disk_file *file = memory_disk_find(disk, name);

	return cstn__segment_open(&disk->vfs, name, segment_uuid, SEGMENT_FILE_NO,
			file ? file->size : 0, table, allocator, out, error);
}

static int same_value(const cstn__values *a, uint64_t a_row, const cstn__values *b, uint64_t b_row)
{
	int valid = cstn__values_is_valid(a, a_row);

	if (cstn__values_is_valid(b, b_row) != valid)
		return 0;
	if (a->offsets || a->dictionary) {
		size_t a_len = 0, b_len = 0;
		const uint8_t *a_text = NULL, *b_text = NULL;

		if (!b->offsets && !b->dictionary)
			return 0;
		if (valid) {
			a_text = cstn__values_text(a, a_row, &a_len);
			b_text = cstn__values_text(b, b_row, &b_len);
		}
		return a_len == b_len && (!a_len || memcmp(a_text, b_text, a_len) == 0);
	}
	return b->numbers && !b->dictionary && a->numbers[a_row] == b->numbers[b_row];
}

static int block_differs(
		const cstn__values *expected, uint64_t first, uint64_t n, const cstn__values *got)
{
	if (got->rows != n)
		return 1;
	for (uint64_t i = 0; i < n; i++)
		if (!same_value(expected, first + i, got, i))
			return 1;
	return 0;
}

static int chunk_differs(cstn__segment *segment, uint32_t chunk, const cstn__store_batch *orders,
		uint64_t *child, const cstn_allocator *allocator, cstn_status *status)
{
	uint64_t first;
	uint32_t rows, child_rows;
	cstn__block block;
	int differs = 0;

	cstn__segment_chunk(segment, chunk, &first, &rows, &child_rows);
	if (first + rows > orders->rows || *child + child_rows > orders->child_rows)
		return 1;
	*status = cstn__segment_read(segment, chunk, CSTN__COLUMN_CHILDREN, &block, NULL);
	if (*status != CSTN_OK)
		return 1;
	for (uint32_t i = 0; i < rows; i++)
		differs |= block.values.numbers[i] != orders->children[first + i];
	cstn__block_free(&block, allocator);
	for (size_t i = 0; i < orders->n_columns && !differs; i++) {
		int is_child = orders->ids[i] >= LINE_QTY;

		*status = cstn__segment_read(segment, chunk, orders->ids[i], &block, NULL);
		if (*status != CSTN_OK)
			return 1;
		differs = block_differs(&orders->columns[i], is_child ? *child : first,
				is_child ? child_rows : rows, &block.values);
		cstn__block_free(&block, allocator);
	}
	*child += child_rows;
	return differs;
}

int segment_differs(cstn__segment *segment, const cstn__store_batch *orders,
		const cstn_allocator *allocator, cstn_status *status)
{
	uint64_t child = 0;

	*status = CSTN_OK;
	if (cstn__segment_rows(segment) != orders->rows ||
			cstn__segment_child_rows(segment) != orders->child_rows)
		return 1;
	for (uint32_t chunk = 0; chunk < cstn__segment_chunks(segment); chunk++)
		if (chunk_differs(segment, chunk, orders, &child, allocator, status))
			return 1;
	return 0;
}

uint64_t order_key_hash(const cstn__store_batch *orders, uint64_t row)
{
	cstn__bytes bytes;
	uint64_t hash;

	cstn__bytes_init(&bytes, NULL);
	cstn__key_put(&orders->columns[1], 1, row, &bytes);
	hash = cstn__key_hash(segment_uuid, bytes.data, bytes.size);
	cstn__bytes_free(&bytes);
	return hash;
}
