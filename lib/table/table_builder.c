/* Tables being built: values put row by row or column by column.
 *
 * Each column is one growing buffer: fixed width values, packed bits, or text bytes with 64-bit
 * ends; validity bits exist from the first null on. The builder is counted, because what export.c
 * hands out points into it.
 *
 * Cost: one copy of a value when it is put, amortised O(1). */
#include "table/table_builder.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define WINDOW 512 /* rows whose bits fill 64 bytes */
#define BATCH_ROWS (INT64_C(1) << 20)
#define MAX_SCALE 18

static int buffer_room(const cstn_allocator *allocator, cstn__aligned_buffer *buffer, size_t extra)
{
	size_t wanted, capacity = buffer->capacity ? buffer->capacity : CSTN__TABLE_ALIGNMENT;
	uint8_t *grown;

	if (extra <= buffer->capacity - buffer->size)
		return 0;
	if (extra > SIZE_MAX / 4 - buffer->size)
		return -1;
	wanted = buffer->size + extra;
	while (capacity < wanted)
		capacity *= 2;
	if (buffer->data)
		grown = allocator->realloc(allocator->user, buffer->data, buffer->capacity,
				capacity, CSTN__TABLE_ALIGNMENT);
	else
		grown = cstn__alloc_aligned(allocator, capacity, CSTN__TABLE_ALIGNMENT);
	if (!grown)
		return -1;
	buffer->data = grown;
	buffer->capacity = capacity;
	return 0;
}

static void buffer_free(const cstn_allocator *allocator, cstn__aligned_buffer *buffer)
{
	cstn__free_aligned(allocator, buffer->data, buffer->capacity, CSTN__TABLE_ALIGNMENT);
}

cstn_status cstn__table_builder_new(
		const cstn_allocator *allocator, cstn__table_builder **out, cstn_error **error)
{
	cstn_allocator own;
	cstn__table_builder *table;
	cstn_status status;

	status = cstn__handle_new(allocator, sizeof(*table), &own, &table, error);
	if (status != CSTN_OK)
		return status;
	table->allocator = own;
	atomic_init(&table->references, 1);
	cstn__arena_init(&table->names, &own);
	table->batch_rows = BATCH_ROWS;
	table->batch_text = INT32_MAX;
	*out = table;
	return CSTN_OK;
}

void cstn__table_unref(void *owner)
{
	cstn__table_builder *table = owner;
	cstn_allocator allocator;
	size_t i;

	if (!table || atomic_fetch_sub_explicit(&table->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = table->allocator;
	for (i = 0; i < table->columns.count; i++) {
		buffer_free(&allocator, &table->columns.items[i].values);
		buffer_free(&allocator, &table->columns.items[i].validity);
		buffer_free(&allocator, &table->columns.items[i].text);
	}
	cstn__array_free(&allocator, &table->columns);
	cstn__arena_free(&table->names);
	cstn__free(&allocator, table, sizeof(*table));
}

void cstn__table_builder_free(cstn__table_builder *table)
{
	cstn__table_unref(table);
}

const char *cstn__arrow_format(int32_t type, int32_t scale, char room[16])
{
	switch (type) {
	case CSTN_TYPE_FLAG:
		return "b";
	case CSTN_TYPE_INT32:
		return "i";
	case CSTN_TYPE_DOUBLE:
		return "g";
	case CSTN_TYPE_TEXT:
		return "u";
	case CSTN_TYPE_BYTES:
		return "z";
	case CSTN_TYPE_DAYS:
		return "tdD";
	case CSTN_TYPE_TIME:
		return "tsu:UTC";
	case CSTN_TYPE_DECIMAL:
		snprintf(room, 16, "d:19,%d", (int)scale);
		return room;
	default:
		return "l";
	}
}

/* Bytes a value takes in the builder; 0 for bits. */
static int32_t column_width(int32_t type)
{
	switch (type) {
	case CSTN_TYPE_FLAG:
		return 0;
	case CSTN_TYPE_INT32:
	case CSTN_TYPE_DAYS:
		return 4;
	case CSTN_TYPE_DECIMAL:
		return 16;
	default:
		return 8;
	}
}

int32_t cstn__table_add_column(cstn__table_builder *table, const char *name, int32_t type,
		int32_t scale, int nullable)
{
	cstn__table_column column = {0};
	char buffer[16];

	assert(type >= CSTN_TYPE_FLAG && type <= CSTN_TYPE_DECIMAL);
	assert(scale >= 0 && scale <= MAX_SCALE);
	assert(cstn__table_rows(table) == 0);
	column.name = cstn__arena_copy(&table->names, name, strlen(name));
	if (!column.name || cstn__array_reserve(&table->allocator, &table->columns, 1) != 0) {
		table->failed = CSTN_E_NOMEM;
		return -1;
	}
	strcpy(column.format, cstn__arrow_format(type, scale, buffer));
	column.width = column_width(type);
	column.type = type;
	column.nullable = nullable != 0;
	table->columns.items[table->columns.count] = column;
	return (int32_t)table->columns.count++;
}

static void put_failed(cstn__table_builder *table, int32_t column, cstn_status status)
{
	if (table->failed == CSTN_OK) {
		table->failed = status;
		table->failed_column = column;
	}
}

static void bit_set(uint8_t *bits, int64_t at, int on)
{
	uint8_t mask = (uint8_t)(1u << (at & 7));

	bits[at >> 3] = (uint8_t)(on ? bits[at >> 3] | mask : bits[at >> 3] & ~mask);
}

/* Room for the bits of `extra` more rows; new bytes are zero. */
static int bits_room(const cstn_allocator *allocator, cstn__aligned_buffer *bits, int64_t rows,
		size_t extra)
{
	size_t wanted = ((size_t)rows + extra + 7) / 8;

	if (wanted <= bits->size)
		return 0;
	if (buffer_room(allocator, bits, wanted - bits->size) != 0)
		return -1;
	memset(bits->data + bits->size, 0, wanted - bits->size);
	bits->size = wanted;
	return 0;
}

/* The column with room for `extra` more values, or NULL when the builder has failed. */
static cstn__table_column *put_begin(cstn__table_builder *table, int32_t column, size_t extra)
{
	cstn__table_column *to;
	int failed;

	if (table->failed != CSTN_OK)
		return NULL;
	assert(column >= 0 && column < (int32_t)table->columns.count);
	to = &table->columns.items[column];
	failed = to->width == 0 ? bits_room(&table->allocator, &to->values, to->rows, extra)
				: buffer_room(&table->allocator, &to->values,
						  cstn__array_size(extra, (size_t)to->width));
	if (!failed && to->validity.data)
		failed = bits_room(&table->allocator, &to->validity, to->rows, extra);
	if (failed) {
		put_failed(table, column, CSTN_E_NOMEM);
		return NULL;
	}
	return to;
}

/* One more row; its value is in place. */
static void put_end(cstn__table_column *to)
{
	if (to->validity.data)
		bit_set(to->validity.data, to->rows, 1);
	to->values.size += (size_t)to->width;
	to->rows++;
}

static int put_value(
		cstn__table_builder *table, int32_t column, cstn__table_column *to, int64_t value)
{
	uint8_t *at = to->values.data + to->values.size;
	__extension__ __int128 wide;
	int32_t narrow;

	switch (to->width) {
	case 0:
		bit_set(to->values.data, to->rows, value != 0);
		return 0;
	case 4:
		if (value < INT32_MIN || value > INT32_MAX) {
			put_failed(table, column, CSTN_E_OVERFLOW);
			return -1;
		}
		narrow = (int32_t)value;
		memcpy(at, &narrow, sizeof(narrow));
		return 0;
	case 16:
		wide = value;
		memcpy(at, &wide, sizeof(wide));
		return 0;
	default:
		memcpy(at, &value, sizeof(value));
		return 0;
	}
}

void cstn__table_put_i64(cstn__table_builder *table, int32_t column, int64_t value)
{
	cstn__table_column *to = put_begin(table, column, 1);

	if (to && put_value(table, column, to, value) == 0)
		put_end(to);
}

void cstn__table_put_f64(cstn__table_builder *table, int32_t column, double value)
{
	cstn__table_column *to = put_begin(table, column, 1);

	if (!to)
		return;
	assert(to->type == CSTN_TYPE_DOUBLE);
	memcpy(to->values.data + to->values.size, &value, sizeof(value));
	put_end(to);
}

void cstn__table_put_text_times(cstn__table_builder *table, int32_t column, const char *text,
		size_t len, size_t times)
{
	cstn__table_column *to = put_begin(table, column, times);
	uint64_t end;
	size_t i;

	if (!to)
		return;
	assert(to->type == CSTN_TYPE_TEXT || to->type == CSTN_TYPE_BYTES);
	if (buffer_room(&table->allocator, &to->text, cstn__array_size(times, len)) != 0) {
		put_failed(table, column, CSTN_E_NOMEM);
		return;
	}
	for (i = 0; i < times; i++) {
		if (len > 0)
			memcpy(to->text.data + to->text.size, text, len);
		to->text.size += len;
		end = to->text.size;
		memcpy(to->values.data + to->values.size, &end, sizeof(end));
		put_end(to);
	}
}

void cstn__table_put_text(cstn__table_builder *table, int32_t column, const char *text, size_t len)
{
	cstn__table_put_text_times(table, column, text, len, 1);
}

/* Validity bits of the rows so far and `extra` more; the rows so far are valid. */
static int validity_begin(
		cstn__table_builder *table, int32_t column, cstn__table_column *to, size_t extra)
{
	int64_t i;

	if (!to->nullable) {
		put_failed(table, column, CSTN_E_INVALID_ARGUMENT);
		return -1;
	}
	if (to->validity.data)
		return 0;
	if (bits_room(&table->allocator, &to->validity, to->rows, extra) != 0) {
		put_failed(table, column, CSTN_E_NOMEM);
		return -1;
	}
	memset(to->validity.data, 0xff, (size_t)to->rows / 8);
	for (i = to->rows & ~INT64_C(7); i < to->rows; i++)
		bit_set(to->validity.data, i, 1);
	return 0;
}

/* A null in room that is already there. */
static void put_null_end(cstn__table_column *to)
{
	uint64_t end = to->text.size;

	if (to->type == CSTN_TYPE_TEXT || to->type == CSTN_TYPE_BYTES)
		memcpy(to->values.data + to->values.size, &end, sizeof(end));
	else if (to->width > 0)
		memset(to->values.data + to->values.size, 0, (size_t)to->width);
	put_end(to);
	bit_set(to->validity.data, to->rows - 1, 0);
	to->nulls++;
}

void cstn__table_put_null(cstn__table_builder *table, int32_t column)
{
	cstn__table_column *to = put_begin(table, column, 1);

	if (to && validity_begin(table, column, to, 1) == 0)
		put_null_end(to);
}

static int all_set(const uint64_t *valid, size_t n)
{
	size_t i;

	for (i = 0; valid && i < n / 64; i++)
		if (valid[i] != UINT64_MAX)
			return 0;
	return !valid || n % 64 == 0 || (~valid[n / 64] << (64 - n % 64)) == 0;
}

/* n valid values, in room that is there, of a column without nulls so far; they count as put. */
static void *put_all(cstn__table_column *to, size_t n)
{
	uint8_t *at = to->values.data + to->values.size;

	to->values.size += n * (size_t)to->width;
	to->rows += (int64_t)n;
	return at;
}

static void put_wide(cstn__table_column *to, const void *values, size_t n)
{
	memcpy(put_all(to, n), values, n * 8);
}

/* The same of values that must fit 32 bits. */
static void put_narrow(cstn__table_builder *table, int32_t column, cstn__table_column *to,
		const int64_t *values, size_t n)
{
	int32_t *at = put_all(to, n);
	uint64_t wrong = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		at[i] = (int32_t)(uint32_t)(uint64_t)values[i];
		wrong |= (uint64_t)values[i] ^ (uint64_t)(int64_t)at[i];
	}
	if (wrong)
		put_failed(table, column, CSTN_E_OVERFLOW);
}

void *cstn__table_put_room(cstn__table_builder *table, int32_t column, size_t n)
{
	cstn__table_column *to = put_begin(table, column, n);

	if (!to)
		return NULL;
	assert(to->type != CSTN_TYPE_TEXT && to->type != CSTN_TYPE_BYTES && to->width);
	assert(!to->validity.data && to->values.data);
	return put_all(to, n);
}

void cstn__table_null_at(cstn__table_builder *table, int32_t column, int64_t row)
{
	cstn__table_column *to = put_begin(table, column, 0);

	if (!to || validity_begin(table, column, to, 0))
		return;
	to->nulls += to->validity.data[row / 8] >> (row % 8) & 1;
	bit_set(to->validity.data, row, 0);
	memset(to->values.data + row * to->width, 0, (size_t)to->width);
}

void cstn__table_put_many_i64(cstn__table_builder *table, int32_t column, const int64_t *values,
		const uint64_t *valid, size_t n)
{
	cstn__table_column *to = put_begin(table, column, n);
	size_t i;

	if (!to || n == 0)
		return;
	if (to->width % 16 && !to->validity.data && all_set(valid, n)) {
		if (to->width == 8)
			put_wide(to, values, n);
		else
			put_narrow(table, column, to, values, n);
		return;
	}
	if (!all_set(valid, n) && validity_begin(table, column, to, n) != 0)
		return;
	for (i = 0; i < n; i++) {
		if (valid && !(valid[i / 64] >> (i % 64) & 1))
			put_null_end(to);
		else if (put_value(table, column, to, values[i]) == 0)
			put_end(to);
		else
			return;
	}
}

void cstn__table_put_many_f64(cstn__table_builder *table, int32_t column, const double *values,
		const uint64_t *valid, size_t n)
{
	cstn__table_column *to = put_begin(table, column, n);
	size_t i;

	if (!to || n == 0)
		return;
	assert(to->type == CSTN_TYPE_DOUBLE);
	if (!to->validity.data && all_set(valid, n)) {
		put_wide(to, values, n);
		return;
	}
	if (!all_set(valid, n) && validity_begin(table, column, to, n) != 0)
		return;
	for (i = 0; i < n; i++) {
		if (valid && !(valid[i / 64] >> (i % 64) & 1)) {
			put_null_end(to);
			continue;
		}
		memcpy(to->values.data + to->values.size, &values[i], sizeof(values[i]));
		put_end(to);
	}
}

int32_t cstn__table_columns(const cstn__table_builder *table)
{
	return (int32_t)table->columns.count;
}

int64_t cstn__table_rows(const cstn__table_builder *table)
{
	return table->columns.count > 0 ? table->columns.items[0].rows : 0;
}

void cstn__table_set_limits(cstn__table_builder *table, int64_t rows, int64_t text_bytes)
{
	assert(rows > 0 && rows % WINDOW == 0 && text_bytes <= INT32_MAX);
	table->batch_rows = rows;
	table->batch_text = text_bytes;
}

cstn_status cstn__table_seal(cstn__table_builder *table, cstn_error **error)
{
	const char *name = table->columns.count > 0
					   ? table->columns.items[table->failed_column].name
					   : "";
	size_t i, k;

	if (table->failed == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (table->failed == CSTN_E_OVERFLOW)
		return cstn__fail(error, table->failed,
				"column '%s': a value does not fit its 32 bits", name);
	if (table->failed != CSTN_OK)
		return cstn__fail(error, table->failed,
				"column '%s' has a null and is not nullable", name);
	for (i = 0; i < table->columns.count; i++) {
		cstn__table_column *column = &table->columns.items[i];
		cstn__aligned_buffer *buffers[3] = {
				&column->values, &column->validity, &column->text};

		if (column->rows != cstn__table_rows(table))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"column '%s' has %" PRId64 " rows, column '%s' %" PRId64,
					column->name, column->rows, table->columns.items[0].name,
					cstn__table_rows(table));
		for (k = 0; k < 3; k++)
			if (buffers[k]->size % CSTN__TABLE_ALIGNMENT)
				memset(buffers[k]->data + buffers[k]->size, 0,
						CSTN__TABLE_ALIGNMENT -
								buffers[k]->size %
										CSTN__TABLE_ALIGNMENT);
	}
	return CSTN_OK;
}
