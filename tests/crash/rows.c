/* Rows for the tests of the store: what a key number and a nonce make. Nulls, empty texts, texts
 * that repeat, rows without child rows and rows with several all come up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/schema.h>

#include "base/hash.h"
#include "rows.h"
#include "sim_vfs.h"

static const cstn__store_column order_columns[] = {
		{16, "id", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_ROW},
		{17, "recorded", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{18, "quantity", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{19, "status", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE | CSTN__COLUMN_DICTIONARY,
				CSTN__SPACE_ROW},
		{20, "sku", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_CHILD},
		{21, "units", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_CHILD},
};
static const cstn__store_column stock_columns[] = {
		{16, "site", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{17, "code", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_ROW},
		{18, "recorded", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{19, "on_hand", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
};
static const cstn__store_column event_columns[] = {
		{16, "id", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{17, "recorded", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{18, "text", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
};
static const uint32_t order_key[] = {16};
static const uint32_t stock_key[] = {16, 17};
static const uint32_t event_key[] = {16};
static const cstn__store_table tables[] = {
		{ROWS_ORDERS, CSTN__TABLE_KEYED, "orders", order_columns, 6, order_key, 1, 17, 1},
		{ROWS_STOCK, CSTN__TABLE_KEYED, "stock", stock_columns, 4, stock_key, 2, 18, 0},
		{ROWS_EVENTS, CSTN__TABLE_APPEND, "events", event_columns, 3, event_key, 1, 17, 0},
};
const cstn__store_schema rows_schema = {1, tables, 3};

static const uint32_t order_wanted[] = {16, 17, 18, 19, 20, 21, CSTN__COLUMN_SEQ};
static const uint32_t stock_wanted[] = {16, 17, 18, 19, CSTN__COLUMN_SEQ};
static const uint32_t event_wanted[] = {16, 17, 18, CSTN__COLUMN_SEQ};

const uint32_t *rows_columns(uint32_t table, size_t *n)
{
	*n = table == ROWS_ORDERS ? 7 : table == ROWS_STOCK ? 5 : 4;
	return table == ROWS_ORDERS  ? order_wanted
	       : table == ROWS_STOCK ? stock_wanted
				     : event_wanted;
}

/* One cell of a row that is being made. */
typedef struct row_cell {
	int valid;
	int64_t number;
	char text[24];
} row_cell;

static uint32_t row_children(const row_spec *spec)
{
	return (uint32_t)(sim_random(spec->nonce, spec->key + 40u) % 4);
}

static row_cell row_cell_make(uint32_t table, uint32_t column, const row_spec *spec, uint32_t child)
{
	uint64_t die = sim_random(
			spec->nonce * UINT64_C(1000003) + spec->key, column * 64u + child);
	row_cell cell = {1, 0, ""};

	if (table == ROWS_ORDERS && column == 0)
		snprintf(cell.text, sizeof(cell.text), "o-%u", (unsigned)(spec->key));
	else if (table == ROWS_STOCK && column == 0)
		cell.number = (int64_t)(spec->key % 5) - 2;
	else if (table == ROWS_STOCK && column == 1) {
		if (spec->key != 3)
			snprintf(cell.text, sizeof(cell.text), "c%u", spec->key / 5);
	} else if (table == ROWS_EVENTS && column == 0)
		cell.number = spec->key;
	else if (column == (table == ROWS_STOCK ? 2u : 1u))
		cell.number = spec->recorded_us;
	else if (table == ROWS_ORDERS && column == 2) {
		cell.valid = die % 5 != 0;
		cell.number = (int64_t)(die % 1000) - 500;
	} else if (table == ROWS_ORDERS && column == 3) {
		cell.valid = die % 6 != 0;
		snprintf(cell.text, sizeof(cell.text), "state%u", (unsigned)(die / 8 % 3));
	} else if (table == ROWS_ORDERS && column == 4) {
		cell.valid = die % 7 != 0;
		snprintf(cell.text, sizeof(cell.text), "sku-%u", (unsigned)(die / 8 % 100000));
	} else if (table == ROWS_ORDERS && column == 5)
		cell.number = (int64_t)(die % 9);
	else if (table == ROWS_STOCK) {
		cell.valid = die % 4 != 0;
		cell.number = (int64_t)(die / 4);
	} else {
		cell.valid = die % 3 != 0;
		if (die % 4)
			snprintf(cell.text, sizeof(cell.text), "event %u",
					(unsigned)(die % 1000000));
	}
	return cell;
}

static void *row_batch_memory(row_batch *batch, size_t size)
{
	void *memory = test_alloc(size);

	batch->memory[batch->n_memory++] = memory;
	return memory;
}

static void row_column_make(row_batch *batch, uint32_t table, uint32_t column,
		const row_spec *specs, size_t n, uint64_t cells)
{
	const cstn__store_column *declared = &tables[table - 1].columns[column];
	cstn__values *values = &batch->columns[batch->batch.n_columns];
	uint64_t *validity = row_batch_memory(batch, (cells + 63) / 64 * 8 + 8);
	uint64_t at = 0, nulls = 0;
	int text = declared->type == CSTN_TYPE_TEXT;
	int64_t *numbers = text ? NULL : row_batch_memory(batch, cells * 8);
	uint32_t *offsets = text ? row_batch_memory(batch, (cells + 1) * 4) : NULL;
	uint8_t *bytes = text ? row_batch_memory(batch, cells * 24) : NULL;
	uint32_t used = 0;

	for (size_t row = 0; row < n; row++) {
		uint32_t here = declared->space == CSTN__SPACE_CHILD ? row_children(&specs[row])
								     : 1;

		for (uint32_t child = 0; child < here; child++, at++) {
			row_cell cell = row_cell_make(table, column, &specs[row], child);

			if (cell.valid)
				validity[at / 64] |= UINT64_C(1) << at % 64;
			nulls += !cell.valid;
			if (numbers)
				numbers[at] = cell.valid ? cell.number : 0;
			if (offsets) {
				size_t len = cell.valid ? strlen(cell.text) : 0;

				memcpy(bytes + used, cell.text, len);
				used += (uint32_t)len;
				offsets[at + 1] = used;
			}
		}
	}
	values->rows = cells;
	values->validity = nulls ? validity : NULL;
	values->numbers = numbers;
	values->offsets = offsets;
	values->bytes = bytes;
	batch->ids[batch->batch.n_columns++] = declared->id;
}

void row_batch_make(row_batch *out, uint32_t table, const row_spec *specs, size_t n, int keys_only)
{
	const cstn__store_table *declared = &tables[table - 1];
	uint32_t *children = NULL, *starts;

	memset(out, 0, sizeof(*out));
	out->batch.rows = n;
	out->hashes = row_batch_memory(out, n * 8);
	starts = row_batch_memory(out, (n + 1) * 4);
	if (declared->has_child && !keys_only) {
		children = row_batch_memory(out, n * 4);
		for (size_t row = 0; row < n; row++) {
			children[row] = row_children(&specs[row]);
			starts[row + 1] = starts[row] + children[row];
		}
		out->batch.child_rows = starts[n];
	}
	out->batch.children = children;
	for (uint32_t column = 0; column < declared->n_columns; column++) {
		uint32_t id = declared->columns[column].id;
		int child = declared->columns[column].space == CSTN__SPACE_CHILD;
		int key = id == declared->recorded;

		for (size_t i = 0; i < declared->n_key; i++)
			key |= declared->key[i] == id;
		if (key || !keys_only)
			row_column_make(out, table, column, specs, n,
					child ? out->batch.child_rows : n);
	}
	out->batch.ids = out->ids;
	out->batch.columns = out->columns;
	for (size_t row = 0; row < n && !keys_only; row++)
		out->hashes[row] = row_hash(table, out->columns, starts, row);
}

void row_batch_free(row_batch *batch)
{
	for (size_t i = 0; i < batch->n_memory; i++)
		free(batch->memory[i]);
	batch->n_memory = 0;
}

static uint64_t cell_hash(uint64_t hash, const cstn__values *values, uint64_t row)
{
	const uint8_t *text;
	size_t len;

	if (!cstn__values_is_valid(values, row))
		return cstn__mix64(hash + 11);
	if (values->numbers && !values->dictionary)
		return cstn__mix64(hash ^ cstn__mix64((uint64_t)values->numbers[row] + 77));
	text = cstn__values_text(values, row, &len);
	return cstn__hash64(hash, text, len);
}

uint64_t row_hash(uint32_t table, const cstn__values *columns, const uint32_t *starts, uint64_t row)
{
	const cstn__store_table *declared = &tables[table - 1];
	uint64_t hash = table;

	for (size_t i = 0; i < declared->n_columns; i++) {
		uint64_t begin = row, end = row + 1;

		if (declared->columns[i].space == CSTN__SPACE_CHILD) {
			begin = starts[row];
			end = starts[row + 1];
			hash = cstn__mix64(hash + (end - begin));
		}
		for (uint64_t at = begin; at < end; at++)
			hash = cell_hash(hash, &columns[i], at);
	}
	return hash;
}

void row_key_make(row_key *out, uint32_t table, uint32_t key)
{
	const row_spec spec = {key, 0, 0};
	cstn__values *text;

	memset(out, 0, sizeof(*out));
	if (table != ROWS_ORDERS) {
		out->number = row_cell_make(table, 0, &spec, 0).number;
		out->values[0].rows = 1;
		out->values[0].numbers = &out->number;
		out->n = 1;
	}
	if (table == ROWS_EVENTS)
		return;
	memcpy(out->text, row_cell_make(table, (uint32_t)out->n, &spec, 0).text, sizeof(out->text));
	out->offsets[1] = (uint32_t)strlen(out->text);
	text = &out->values[out->n++];
	text->rows = 1;
	text->offsets = out->offsets;
	text->bytes = (const uint8_t *)out->text;
}

/* --- derived columns ------------------------------------------------------------------------ */

static const cstn__store_column derived_columns[] = {
		{16, "hash", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW}};
const cstn__derived_kind rows_derived[ROWS_RULES] = {
		{{1}, derived_columns, 1}, {{2}, derived_columns, 1}};

typedef struct derive_context {
	uint32_t table, rule;
	int again;
	int64_t *numbers;
} derive_context;

static cstn_status derive_rows(
		void *of, const cstn__scan_chunk *chunk, cstn__values *out, cstn_error **error)
{
	derive_context *context = of;

	(void)error;
	free(context->numbers);
	context->numbers = test_alloc((size_t)chunk->rows * sizeof(int64_t));
	for (uint64_t row = 0; row < chunk->rows; row++)
		context->numbers[row] = rows_derive_one(context->rule,
				row_hash(context->table, chunk->columns, chunk->starts, row));
	out[0] = (cstn__values){.rows = chunk->rows, .numbers = context->numbers};
	return CSTN_OK;
}

static int derived_is_current(void *of, const int64_t *least, const int64_t *greatest)
{
	derive_context *context = of;

	return !context->again && least[0] <= greatest[0];
}

cstn_status rows_derive(cstn__store *store, uint32_t table, uint32_t rule, int again,
		uint32_t most_digests, cstn_error **error)
{
	derive_context context = {table, rule, again, NULL};
	cstn__derivation derivation = {.table = table,
			.kind = &rows_derived[rule],
			.is_current = derived_is_current,
			.compute = derive_rows,
			.context = &context,
			.most_digests = most_digests};
	cstn_status status;

	derivation.needs = rows_columns(table, &derivation.n_needs);
	status = cstn__store_derive(store, &derivation, NULL, error);
	free(context.numbers);
	return status;
}
