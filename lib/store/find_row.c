/* One row, read where it lies.
 *
 * Of a segment, single values come out of encoded blocks in the cache (packed.c); a column without
 * a value in the chunk is known from the footer and costs no block. Of a memory table, values are
 * pointed to and their few validity bits copied. The row has the key that it was found by, whose
 * columns are copied from there. What is handed out lies behind the scan's own struct as far as
 * there is room, else in its arena, so that a look-up of a few columns is one block of memory, or
 * none. Cost: 10 to 100 ns a column that has values, some ns one that has not. */
#include <string.h>

#include "base/error.h"
#include "store/block_cache.h"
#include "store/scan.h"

enum { SMALL = 640, FEW_ZEROS = 64 };

struct found_row {
	cstn__scan scan; /* first: it is freed as a scan */
	uint64_t small[SMALL / 8];
};
_Static_assert(sizeof(struct found_row) <= sizeof(cstn__found_room), "room for a row");

typedef struct reading {
	cstn__scan *scan;
	uint64_t *small;
	size_t small_left; /* words */
	const cstn__place *place;
	const cstn__values *key;
	uint32_t row; /* in its chunk */
	uint64_t first_child, n_child;
	const void *zeros;
	uint32_t guess; /* where the next column may be in the table */
} reading;

static const uint64_t few_zeros[FEW_ZEROS + 2];

static void *take(reading *at, size_t size)
{
	size_t words = (size + 7) / 8;
	void *memory = at->small;

	if (words > at->small_left)
		return cstn__arena_alloc(&at->scan->arena, size);
	at->small += words;
	at->small_left -= words;
	return memory;
}

/* Values that are all null: bits, numbers and offsets are zeros. */
static cstn_status give_nulls(
		reading *at, uint64_t n, int text, cstn__values *out, cstn_error **error)
{
	if (!at->zeros && n <= FEW_ZEROS)
		at->zeros = few_zeros;
	if (!at->zeros || (at->zeros == few_zeros && n > FEW_ZEROS)) {
		size_t size = (size_t)(at->n_child + FEW_ZEROS) * 8;
		void *zeros = cstn__arena_alloc(&at->scan->arena, size);

		if (!zeros)
			return cstn__fail_nomem(error);
		memset(zeros, 0, size);
		at->zeros = zeros;
	}
	out->validity = at->zeros;
	if (text) {
		out->offsets = at->zeros;
		out->bytes = at->zeros;
	} else {
		out->numbers = at->zeros;
	}
	return CSTN_OK;
}

/* --- segments --- */

/* Texts are copied: the block may leave the cache before the row is read. */
static cstn_status copy_texts(reading *at, const cstn__packed_block *block, uint64_t from,
		uint64_t n, cstn__values *out, cstn_error **error)
{
	uint32_t *offsets = take(at, (size_t)(n + 1) * sizeof(*offsets));
	uint8_t *bytes;
	uint32_t size = 0;

	if (!offsets)
		return cstn__fail_nomem(error);
	for (uint64_t i = 0; i < n; i++) {
		offsets[i] = size;
		size += cstn__packed_text_len(&block->packed, from + i);
	}
	offsets[n] = size;
	bytes = take(at, (size_t)size + CSTN__SERIAL_SLACK);
	if (!bytes)
		return cstn__fail_nomem(error);
	for (uint64_t i = 0; i < n; i++)
		cstn__packed_put_text(&block->packed, from + i, offsets[i + 1] - offsets[i],
				bytes + offsets[i]);
	out->offsets = offsets;
	out->bytes = bytes;
	return CSTN_OK;
}

static cstn_status copy_packed(reading *at, const cstn__packed_block *block, uint64_t from,
		uint64_t n, cstn__values *out, cstn_error **error)
{
	int64_t *numbers;

	if (block->packed.validity) {
		uint64_t *bits = take(at, (size_t)(n / 64 + 1) * sizeof(*bits));

		if (!bits)
			return cstn__fail_nomem(error);
		memset(bits, 0, (size_t)(n / 64 + 1) * sizeof(*bits));
		for (uint64_t i = 0; i < n; i++)
			bits[i / 64] |= (uint64_t)cstn__packed_is_valid(&block->packed, from + i)
					<< i % 64;
		out->validity = bits;
	}
	if (block->text && !block->dictionary)
		return copy_texts(at, block, from, n, out, error);
	numbers = take(at, (size_t)(n + 1) * sizeof(*numbers));
	if (!numbers)
		return cstn__fail_nomem(error);
	cstn__packed_numbers(&block->packed, from, n, numbers);
	out->numbers = numbers;
	out->dictionary = block->dictionary;
	return CSTN_OK;
}

/* A value of the key, which is row 0 of what the caller gave. */
static cstn_status copy_key(
		reading *at, const cstn__values *key, cstn__values *out, cstn_error **error)
{
	const uint8_t *text;
	int64_t *number;
	uint32_t *offsets;
	uint8_t *bytes;
	size_t len;

	if (key->numbers && !key->dictionary) {
		number = take(at, sizeof(*number));
		if (!number)
			return cstn__fail_nomem(error);
		*number = key->numbers[0];
		out->numbers = number;
		return CSTN_OK;
	}
	text = cstn__values_text(key, 0, &len);
	offsets = take(at, 2 * sizeof(*offsets));
	bytes = take(at, len + 1);
	if (!offsets || !bytes)
		return cstn__fail_nomem(error);
	offsets[0] = 0;
	offsets[1] = (uint32_t)len;
	if (len)
		memcpy(bytes, text, len);
	out->offsets = offsets;
	out->bytes = bytes;
	return CSTN_OK;
}

static const cstn__values *key_of(const reading *at, uint32_t id)
{
	const cstn__table_info *table = at->scan->table;

	for (size_t i = 0; i < table->n_key; i++)
		if (table->declared->key[i] == id)
			return &at->key[i];
	return NULL;
}

/* Column number `wanted` of those asked for. */
static cstn_status read_part(reading *at, size_t wanted, uint32_t id, uint32_t position, int text,
		uint64_t from, uint64_t n, cstn__values *out, cstn_error **error)
{
	const cstn__hold *hold = at->place->hold;
	const cstn__values *key = key_of(at, id);
	cstn__cached *cached = NULL;
	cstn_status status;

	if (key)
		return copy_key(at, key, out, error);
	if (hold && wanted < hold->n_held && hold->blocks[wanted])
		return copy_packed(at, &hold->blocks[wanted]->block, from, n, out, error);
	status = cstn__part_block(
			at->scan->part, at->scan->part_chunk, id, position, &cached, error);
	if (status != CSTN_OK)
		return status;
	if (!cached)
		return give_nulls(at, n, text, out, error);
	status = copy_packed(at, &cached->block, from, n, out, error);
	cstn__cached_put_back(cached);
	return status;
}

static cstn_status place_in_part(reading *at, int has_child, cstn_error **error)
{
	cstn__scan *scan = at->scan;
	cstn__cached *cached = NULL;
	cstn_status status;

	scan->part = at->place->part;
	scan->part_chunk = at->place->chunk;
	at->row = at->place->within;
	if (!has_child)
		return CSTN_OK;
	status = cstn__part_block(scan->part, scan->part_chunk, CSTN__COLUMN_CHILDREN,
			CSTN__NO_COLUMN, &cached, error);
	if (status != CSTN_OK || !cached)
		return status;
	at->first_child = cached->block.starts[at->row];
	at->n_child = cached->block.starts[at->row + 1] - at->first_child;
	cstn__cached_put_back(cached);
	return CSTN_OK;
}

/* --- memory --- */

static cstn_status read_memory(reading *at, uint32_t position, int is_text, uint64_t from,
		uint64_t n, cstn__values *out, cstn_error **error)
{
	const cstn__scan *scan = at->scan;
	const cstn__memory *memory = scan->snapshot->version->tables[scan->table->index].memory;
	uint32_t *offsets;
	uint64_t *bits;

	if (position == CSTN__NO_COLUMN) {
		out->numbers = (const int64_t *)cstn__stable_get(&scan->chunk->seqs) + from;
		return CSTN_OK;
	}
	cstn__memory_values(memory, scan->chunk, position, n, out);
	if (!out->numbers && !out->offsets) /* no batch gave it */
		return give_nulls(at, n, is_text, out, error);
	if (cstn__stable_get(&scan->chunk->columns[position].validity)) {
		bits = take(at, (size_t)(n / 64 + 1) * sizeof(*bits));
		if (!bits)
			return cstn__fail_nomem(error);
		if (cstn__memory_validity_of(scan->chunk, position, from, n, bits))
			out->validity = bits;
	}
	if (out->numbers) {
		out->numbers += from;
		return CSTN_OK;
	}
	offsets = take(at, (size_t)(n + 1) * sizeof(*offsets));
	if (!offsets)
		return cstn__fail_nomem(error);
	for (uint64_t i = 0; i <= n; i++)
		offsets[i] = out->offsets[from + i] - out->offsets[from];
	out->bytes += out->offsets[from];
	out->offsets = offsets;
	return CSTN_OK;
}

static void place_in_memory(reading *at, int has_child)
{
	cstn__scan *scan = at->scan;
	const cstn__memory *memory = scan->snapshot->version->tables[scan->table->index].memory;
	const uint32_t *starts;

	scan->chunk = cstn__memory_chunk_of(memory, at->place->row);
	at->row = (uint32_t)(at->place->row - scan->chunk->first_row);
	if (!has_child)
		return;
	starts = cstn__stable_get(&scan->chunk->starts);
	at->first_child = starts[at->row];
	at->n_child = starts[at->row + 1] - starts[at->row];
}

/* --- both --- */

static cstn_status read_column(
		reading *at, size_t wanted, uint32_t id, cstn__values *out, cstn_error **error)
{
	const cstn__store_table *table = at->scan->table->declared;
	uint32_t position = at->guess;
	uint64_t from = at->row, n = 1;
	int text = 0;

	if (position >= table->n_columns || table->columns[position].id != id)
		position = cstn__column_position(table, id);
	if (position != CSTN__NO_COLUMN) {
		text = cstn__column_is_text(&table->columns[position]);
		if (table->columns[position].space == CSTN__SPACE_CHILD) {
			from = at->first_child;
			n = at->n_child;
		}
		at->guess = position + 1;
	} else if (id != CSTN__COLUMN_SEQ) {
		return cstn__fail(error, CSTN_E_NOT_FOUND, "table '%s' has no column %u",
				table->name, id);
	}
	memset(out, 0, sizeof(*out));
	out->rows = n;
	if (n == 0)
		return give_nulls(at, n, text, out, error);
	return at->scan->part ? read_part(at, wanted, id, position, text, from, n, out, error)
			      : read_memory(at, position, text, from, n, out, error);
}

static cstn_status read_row(reading *at, const cstn__scan_options *options, cstn__scan_chunk *out,
		cstn_error **error)
{
	static const uint64_t visible[1] = {1};
	int has_child = at->scan->table->declared->has_child != 0;
	size_t n = options ? options->n_columns : 0;
	cstn__values *values = take(at, (n + 1) * sizeof(*values));
	uint32_t *starts = take(at, 2 * sizeof(*starts));
	cstn_status status = CSTN_OK;

	if (!values || !starts)
		return cstn__fail_nomem(error);
	if (at->place->part)
		status = place_in_part(at, has_child, error);
	else
		place_in_memory(at, has_child);
	for (size_t i = 0; status == CSTN_OK && i < n; i++)
		status = read_column(at, i, options->columns[i], &values[i], error);
	if (status != CSTN_OK)
		return status;
	starts[0] = 0;
	starts[1] = (uint32_t)at->n_child;
	memset(out, 0, sizeof(*out));
	out->rows = out->n_visible = 1;
	out->child_rows = at->n_child;
	out->visible = visible;
	out->starts = has_child ? starts : NULL;
	out->columns = values;
	return CSTN_OK;
}

cstn_status cstn__row_read(cstn__snapshot *snapshot, const cstn__table_info *table,
		const cstn__place *place, const cstn__values *key,
		const cstn__scan_options *options, cstn__found_room *room, cstn__scan **scan,
		cstn__scan_chunk *chunk, cstn_error **error)
{
	const cstn_allocator *allocator = &snapshot->store->allocator;
	struct found_row *found = room ? (void *)room : cstn__alloc(allocator, sizeof(*found));
	reading at = {.place = place, .key = key};
	cstn_status status;

	if (!found)
		return cstn__fail_nomem(error);
	memset(&found->scan, 0, sizeof(found->scan));
	found->scan.allocator = found->scan.blocks = *allocator;
	found->scan.snapshot = room ? snapshot : cstn__snapshot_ref(snapshot);
	found->scan.size = room ? 0 : sizeof(*found);
	found->scan.table = table;
	cstn__arena_init(&found->scan.arena, allocator);
	at.scan = &found->scan;
	at.small = found->small;
	at.small_left = (room ? sizeof(*room) - offsetof(struct found_row, small) : SMALL) / 8;
	status = read_row(&at, options, chunk, error);
	if (status != CSTN_OK) {
		cstn__scan_free(&found->scan);
		return status;
	}
	*scan = &found->scan;
	return CSTN_OK;
}
