/* A table's rows since the last checkpoint, as columns in append-only chunks.
 *
 * A chunk holds as many whole rows as keep its rows and its child rows at 65,536 and each text
 * column's block at 16 MiB, so that it can become a chunk of a segment. Its arrays grow by copying;
 * the old ones stay with the table, so that readers need no lock: a reader knows the number of rows
 * published to it, and an array it finds later holds at least those. Appending is two steps, as a
 * commit must not fail after its sync: _reserve() gets the memory, _append() fills it, and both cut
 * chunks by the same rule. Deaths are two arrays beside the rows. A column that no batch of a chunk
 * gave has no array at all and is all null; it gets one, null so far, with the first batch that has
 * it. Cost: one copy of the values, 8 bytes a number, and 16 a row of a keyed table. */
#include "store/memory.h"

#include "base/bitmap.h"
#include "base/error.h"
#include "base/parallel.h"

enum { CHUNK_ROWS = 65536, FIRST_VALUES = 16, FEW_VALUES = 65536 };
#define TEXT_BYTES (UINT64_C(16) << 20)

static size_t chunk_size(const cstn__memory *memory)
{
	return sizeof(cstn__memory_chunk) +
	       memory->table->declared->n_columns * sizeof(cstn__memory_column);
}

static int is_child(const cstn__memory *memory, uint32_t position)
{
	return memory->table->declared->columns[position].space == CSTN__SPACE_CHILD;
}

static int is_text(const cstn__memory *memory, uint32_t position)
{
	return cstn__column_is_text(&memory->table->declared->columns[position]);
}

cstn_status cstn__memory_new(const cstn__table_info *table, const cstn_allocator *allocator,
		cstn__memory **out, cstn_error **error)
{
	cstn__memory *memory = cstn__alloc_zero(allocator, sizeof(*memory));

	if (!memory)
		return cstn__fail_nomem(error);
	memory->allocator = *allocator;
	memory->table = table;
	atomic_init(&memory->refs, 1);
	*out = memory;
	return CSTN_OK;
}

cstn__memory *cstn__memory_ref(cstn__memory *memory)
{
	atomic_fetch_add_explicit(&memory->refs, 1, memory_order_relaxed);
	return memory;
}

static void stable_free(cstn__memory *memory, cstn__stable *stable)
{
	cstn__free(&memory->allocator, cstn__stable_get(stable), stable->size);
}

static void chunk_free(cstn__memory *memory, cstn__memory_chunk *chunk)
{
	stable_free(memory, &chunk->seqs);
	stable_free(memory, &chunk->starts);
	stable_free(memory, &chunk->until);
	stable_free(memory, &chunk->dead);
	for (uint32_t i = 0; i < memory->table->declared->n_columns; i++) {
		stable_free(memory, &chunk->columns[i].numbers);
		stable_free(memory, &chunk->columns[i].offsets);
		stable_free(memory, &chunk->columns[i].bytes);
		stable_free(memory, &chunk->columns[i].validity);
	}
	cstn__free(&memory->allocator, chunk, chunk_size(memory));
}

void cstn__memory_unref(cstn__memory *memory)
{
	cstn_allocator allocator;
	cstn__memory_chunk **chunks;

	if (!memory || atomic_fetch_sub_explicit(&memory->refs, 1, memory_order_acq_rel) != 1)
		return;
	allocator = memory->allocator;
	chunks = atomic_load(&memory->chunks);
	for (uint32_t i = 0; i < memory->made_chunks; i++)
		chunk_free(memory, chunks[i]);
	cstn__free(&allocator, chunks, memory->chunk_capacity * sizeof(cstn__memory_chunk *));
	cstn__key_index_free(&memory->index, &allocator);
	cstn__retired_free(&memory->retired, &allocator);
	cstn__free(&allocator, memory, sizeof(*memory));
}

/* Room for `wanted` bytes, of which `used` are kept; the old block is retired. The first is made as
 * large as that of `before`, the same array of the chunk before (or NULL): this chunk is likely to
 * become as full, and an array that does not grow is not copied. 0 or -1. */
static int grow(cstn__memory *memory, cstn__stable *stable, const cstn__stable *before,
		uint64_t used, uint64_t wanted, int zeroed)
{
	const cstn_allocator *allocator = &memory->allocator;
	void *old = cstn__stable_get(stable), *grown;
	uint64_t size = stable->size ? stable->size : before && before->size ? before->size : 128;

	if (wanted <= stable->size)
		return 0;
	while (size < wanted)
		size *= 2;
	if (size > SIZE_MAX || (old && cstn__array_reserve(allocator, &memory->retired.blocks, 1)))
		return -1;
	grown = zeroed ? cstn__alloc_zero(allocator, (size_t)size)
		       : cstn__alloc(allocator, (size_t)size);
	if (!grown)
		return -1;
	if (old) {
		memcpy(grown, old, (size_t)used);
		memory->retired.blocks.items[memory->retired.blocks.count].memory = old;
		memory->retired.blocks.items[memory->retired.blocks.count++].size = stable->size;
	}
	atomic_store_explicit(&stable->items, grown, memory_order_release);
	stable->size = (size_t)size;
	return 0;
}

static cstn__memory_chunk *chunk_at(const cstn__memory *memory, uint32_t i)
{
	return atomic_load_explicit(&memory->chunks, memory_order_acquire)[i];
}

static int make_chunk(cstn__memory *memory)
{
	const cstn_allocator *allocator = &memory->allocator;
	cstn__memory_chunk *chunk, **old = atomic_load(&memory->chunks), **grown;
	uint32_t capacity = memory->chunk_capacity ? memory->chunk_capacity * 2 : 8;

	if (memory->made_chunks == memory->chunk_capacity) {
		if (old && cstn__array_reserve(allocator, &memory->retired.blocks, 1))
			return -1;
		grown = cstn__alloc(allocator, cstn__array_size(capacity, sizeof(*grown)));
		if (!grown)
			return -1;
		if (old) {
			size_t size = memory->chunk_capacity * sizeof(*old);

			memcpy(grown, old, size);
			memory->retired.blocks.items[memory->retired.blocks.count].memory = old;
			memory->retired.blocks.items[memory->retired.blocks.count++].size = size;
		}
		atomic_store_explicit(&memory->chunks, grown, memory_order_release);
		memory->chunk_capacity = capacity;
	}
	chunk = cstn__alloc_zero(allocator, chunk_size(memory));
	if (!chunk)
		return -1;
	atomic_load(&memory->chunks)[memory->made_chunks++] = chunk;
	return 0;
}

/* A walk over the rows of a batch, cut where chunks are: both steps go the same way. */
struct run {
	uint64_t from, child_from; /* of the batch */
	uint64_t rows, child_rows; /* of the run */
};

static uint64_t text_from(const struct run *run, int child)
{
	return child ? run->child_from : run->from;
}

static uint64_t text_bytes(const cstn__values *values, const struct run *run, int child)
{
	uint64_t from = text_from(run, child);

	return values->offsets[from + (child ? run->child_rows : run->rows)] -
	       values->offsets[from];
}

static void cut_rows(
		struct run *run, const cstn__store_batch *batch, uint64_t rows, uint64_t child_rows)
{
	run->rows = batch->rows - run->from;
	if (run->rows > CHUNK_ROWS - rows)
		run->rows = CHUNK_ROWS - rows;
	run->child_rows = 0;
	for (uint64_t i = 0; batch->children && i < run->rows; i++) {
		uint32_t n = batch->children[run->from + i];

		if (child_rows + run->child_rows + n > CHUNK_ROWS)
			run->rows = i;
		else
			run->child_rows += n;
	}
}

/* Halve the run until the text of each column fits the block of a chunk. A row that does not fit
 * an empty chunk was refused when the transaction took it. */
static void cut_text(struct run *run, const cstn__memory *memory, const cstn__memory_chunk *chunk,
		const cstn__store_batch *batch, int reserving)
{
	for (size_t c = 0; c < batch->n_columns; c++) {
		uint32_t at = cstn__column_position(memory->table->declared, batch->ids[c]);
		const cstn__memory_column *column = &chunk->columns[at];
		uint64_t used = reserving ? column->reserved_bytes : column->used_bytes;
		int child = is_child(memory, at);

		while (run->rows && batch->columns[c].offsets &&
				used + text_bytes(&batch->columns[c], run, child) > TEXT_BYTES) {
			if (run->rows == 1 && !(reserving ? chunk->reserved_rows : chunk->rows))
				break;
			run->rows /= 2;
			run->child_rows = 0;
			for (uint64_t i = 0; batch->children && i < run->rows; i++)
				run->child_rows += batch->children[run->from + i];
		}
	}
}

static const cstn__values *given_column(
		const cstn__memory *memory, const cstn__store_batch *batch, uint32_t position)
{
	uint32_t id = memory->table->declared->columns[position].id;

	for (size_t c = 0; c < batch->n_columns; c++)
		if (batch->ids[c] == id)
			return &batch->columns[c];
	return NULL;
}

/* Validity for `wanted` values; one that is made now has its first `ones` bits set, for the values
 * that were there before the first null. */
static int make_validity(cstn__memory *memory, cstn__memory_column *column, uint64_t used,
		uint64_t ones, uint64_t wanted)
{
	int fresh = !cstn__stable_get(&column->validity);
	cstn__stable made = {.size = 0};

	if (!fresh)
		return grow(memory, &column->validity, NULL, (used + 63) / 64 * 8,
				(wanted + 63) / 64 * 8, 1);
	if (grow(memory, &made, NULL, 0, (wanted + 63) / 64 * 8, 1))
		return -1;
	for (uint64_t i = 0; i < ones; i += 64)
		((uint64_t *)atomic_load(&made.items))[i / 64] =
				cstn__low_bits(ones - i < 64 ? (size_t)(ones - i) : 64);
	column->validity.size = made.size;
	atomic_store_explicit(
			&column->validity.items, atomic_load(&made.items), memory_order_release);
	return 0;
}

/* Rows that were there before the column's first value have zeros. */
static int reserve_values(cstn__memory *memory, cstn__memory_column *column,
		const cstn__memory_column *before, int text, uint64_t used, uint64_t wanted,
		uint64_t bytes)
{
	if (!text)
		return grow(memory, &column->numbers, before ? &before->numbers : NULL, used * 8,
				wanted * 8, used && !cstn__stable_get(&column->numbers));
	bytes += column->reserved_bytes;
	if (grow(memory, &column->bytes, before ? &before->bytes : NULL, column->used_bytes,
			    bytes ? bytes : 1, 0) ||
			grow(memory, &column->offsets, before ? &before->offsets : NULL,
					(used + 1) * 4, (wanted + 1) * 4, 1))
		return -1;
	column->reserved_bytes = bytes;
	return 0;
}

static int reserve_column(cstn__memory *memory, cstn__memory_chunk *chunk,
		const cstn__memory_chunk *last, uint32_t position, const cstn__values *given,
		const struct run *run)
{
	cstn__memory_column *column = &chunk->columns[position];
	int child = is_child(memory, position), text = is_text(memory, position);
	int absent = cstn__memory_is_absent(column);
	uint64_t used = child ? chunk->child_rows : chunk->rows;
	uint64_t there = child ? chunk->reserved_child_rows : chunk->reserved_rows;
	uint64_t wanted = there + (child ? run->child_rows : run->rows);
	int has_nulls = !given || given->validity || (absent && there);

	if (!given && absent)
		return 0;
	/* Before the values, since a reader who finds values must find which of them are null. */
	if (has_nulls || cstn__stable_get(&column->validity))
		if (make_validity(memory, column, used, absent ? 0 : used, wanted))
			return -1;
	return reserve_values(memory, column, last ? &last->columns[position] : NULL, text, used,
			wanted, given && text ? text_bytes(given, run, child) : 0);
}

static int reserve_run(cstn__memory *memory, cstn__memory_chunk *chunk,
		const cstn__store_batch *batch, const struct run *run)
{
	const cstn__memory_chunk *last =
			memory->reserving ? chunk_at(memory, memory->reserving - 1) : NULL;
	uint64_t used = chunk->rows, wanted = chunk->reserved_rows + run->rows;

	if (grow(memory, &chunk->seqs, last ? &last->seqs : NULL, used * 8, wanted * 8, 0))
		return -1;
	if (memory->table->declared->has_child &&
			grow(memory, &chunk->starts, last ? &last->starts : NULL, (used + 1) * 4,
					(wanted + 1) * 4, 1))
		return -1;
	if (memory->table->declared->table_class == CSTN__TABLE_KEYED &&
			(grow(memory, &chunk->until, last ? &last->until : NULL, used * 8,
					 wanted * 8, 0) ||
					grow(memory, &chunk->dead, last ? &last->dead : NULL,
							used * 8, wanted * 8, 1)))
		return -1;
	for (uint32_t i = 0; i < memory->table->declared->n_columns; i++)
		if (reserve_column(memory, chunk, last, i, given_column(memory, batch, i), run))
			return -1;
	chunk->reserved_rows += (uint32_t)run->rows;
	chunk->reserved_child_rows += (uint32_t)run->child_rows;
	return 0;
}

cstn_status cstn__memory_reserve(
		cstn__memory *memory, const cstn__store_batch *batch, cstn_error **error)
{
	struct run run = {0};

	if (memory->reserved_rows + batch->rows >= UINT32_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"table '%s': more than 4,294,967,294 rows in memory",
				memory->table->declared->name);
	if (memory->table->n_key) {
		cstn_status status = cstn__key_index_reserve(&memory->index,
				memory->reserved_rows - memory->rows + batch->rows,
				&memory->retired, &memory->allocator, error);

		if (status != CSTN_OK)
			return status;
	}
	while (run.from < batch->rows) {
		cstn__memory_chunk *chunk;

		if (memory->reserving == memory->made_chunks && make_chunk(memory))
			return cstn__fail_nomem(error);
		chunk = chunk_at(memory, memory->reserving);
		cut_rows(&run, batch, chunk->reserved_rows, chunk->reserved_child_rows);
		cut_text(&run, memory, chunk, batch, 1);
		if (!run.rows) {
			memory->reserving++;
			continue;
		}
		if (reserve_run(memory, chunk, batch, &run))
			return cstn__fail_nomem(error);
		run.from += run.rows;
		run.child_from += run.child_rows;
	}
	memory->reserved_rows += batch->rows;
	return CSTN_OK;
}

void cstn__memory_cancel(cstn__memory *memory)
{
	uint32_t used = atomic_load(&memory->n_chunks), first = used ? used - 1 : 0;

	for (uint32_t i = first; i < memory->made_chunks; i++) {
		cstn__memory_chunk *chunk = chunk_at(memory, i);

		chunk->reserved_rows = chunk->rows;
		chunk->reserved_child_rows = chunk->child_rows;
		for (uint32_t c = 0; c < memory->table->declared->n_columns; c++)
			chunk->columns[c].reserved_bytes = chunk->columns[c].used_bytes;
	}
	memory->reserving = first;
	memory->reserved_rows = memory->rows;
}

/* Or in the validity bits [from, from + n) of `given` (NULL: all 1) at bit `at`. A word may hold
 * bits that readers look at, so it is stored whole. */
static void put_bits(_Atomic uint64_t *words, uint64_t at, const uint64_t *given, uint64_t from,
		uint64_t n)
{
	while (n) {
		size_t shift = (size_t)(at & 63), step = 64 - shift;
		uint64_t bits = UINT64_MAX, word;

		if (step > n)
			step = (size_t)n;
		if (given) {
			size_t low = (size_t)(from & 63);

			bits = given[from / 64] >> low;
			if (low && low + step > 64)
				bits |= given[from / 64 + 1] << (64 - low);
		}
		bits &= cstn__low_bits(step);
		word = atomic_load_explicit(&words[at / 64], memory_order_relaxed);
		atomic_store_explicit(&words[at / 64], word | bits << shift, memory_order_relaxed);
		at += step;
		from += step;
		n -= step;
	}
}

static void append_text(cstn__memory_column *column, uint64_t used, const cstn__values *given,
		uint64_t from, uint64_t n)
{
	uint32_t *offsets = (uint32_t *)cstn__stable_get(&column->offsets) + used;
	uint32_t base = (uint32_t)column->used_bytes;
	uint32_t first = given ? given->offsets[from] : 0;
	uint64_t bytes = given ? given->offsets[from + n] - first : 0;

	for (uint64_t i = 1; i <= n; i++)
		offsets[i] = base + (given ? given->offsets[from + i] - first : 0);
	if (bytes)
		memcpy((uint8_t *)cstn__stable_get(&column->bytes) + base, given->bytes + first,
				(size_t)bytes);
	column->used_bytes += bytes;
}

static void append_column(cstn__memory *memory, cstn__memory_chunk *chunk, uint32_t position,
		const cstn__values *given, const struct run *run)
{
	cstn__memory_column *column = &chunk->columns[position];
	int child = is_child(memory, position);
	uint64_t used = child ? chunk->child_rows : chunk->rows, from = text_from(run, child);
	uint64_t n = child ? run->child_rows : run->rows;
	_Atomic uint64_t *validity = cstn__stable_get(&column->validity);

	if (!n || cstn__memory_is_absent(column))
		return;
	if (is_text(memory, position)) {
		append_text(column, used, given, from, n);
	} else {
		int64_t *numbers = (int64_t *)cstn__stable_get(&column->numbers) + used;

		if (given)
			memcpy(numbers, given->numbers + from, (size_t)n * 8);
		else
			memset(numbers, 0, (size_t)n * 8);
	}
	if (validity && given)
		put_bits(validity, used, given->validity, from, n);
}

/* A run of rows on its way into the columns of a chunk. */
struct filling {
	cstn__memory *memory;
	cstn__memory_chunk *chunk;
	const cstn__store_batch *batch;
	const struct run *run;
};

static cstn_status fill_column(void *context, size_t position, int32_t worker)
{
	const struct filling *at = context;
	uint32_t i = (uint32_t)position;

	(void)worker;
	append_column(at->memory, at->chunk, i, given_column(at->memory, at->batch, i), at->run);
	return CSTN_OK;
}

/* Columns have nothing in common. Threads that cannot be had are done without. */
static void fill_columns(struct filling *at, int32_t threads)
{
	size_t n = at->memory->table->declared->n_columns;

	if (threads > 1 && (at->run->rows + at->run->child_rows) * n >= FEW_VALUES &&
			cstn__parallel_for(n, threads, NULL, fill_column, at) == CSTN_OK)
		return;
	for (size_t i = 0; i < n; i++)
		(void)fill_column(at, i, 0);
}

static void append_run(cstn__memory *memory, cstn__memory_chunk *chunk,
		const cstn__store_batch *batch, const struct run *run, uint64_t seq,
		const uint64_t *given_seqs, int32_t threads)
{
	int64_t *seqs = (int64_t *)cstn__stable_get(&chunk->seqs) + chunk->rows;
	struct filling filling = {memory, chunk, batch, run};

	fill_columns(&filling, threads);
	for (uint64_t i = 0; i < run->rows; i++)
		seqs[i] = (int64_t)(given_seqs ? given_seqs[run->from + i] : seq);
	if (memory->table->declared->has_child) {
		uint32_t *starts = (uint32_t *)cstn__stable_get(&chunk->starts) + chunk->rows;

		for (uint64_t i = 0; i < run->rows; i++)
			starts[i + 1] = starts[i] +
					(batch->children ? batch->children[run->from + i] : 0);
	}
	memory->child_rows += run->child_rows;
	memory->rows += run->rows;
	chunk->rows += (uint32_t)run->rows;
	chunk->child_rows += (uint32_t)run->child_rows;
}

static uint64_t batch_bytes(const cstn__store_batch *batch)
{
	uint64_t bytes = batch->rows * 32;

	for (size_t c = 0; c < batch->n_columns; c++) {
		const cstn__values *values = &batch->columns[c];

		bytes += values->rows * 8;
		if (values->offsets)
			bytes += values->offsets[values->rows];
	}
	return bytes;
}

void cstn__memory_append(cstn__memory *memory, const cstn__store_batch *batch, uint64_t seq,
		const uint64_t *seqs, int32_t threads)
{
	struct run run = {0};
	uint32_t at = atomic_load(&memory->n_chunks);

	at = at ? at - 1 : 0;
	while (run.from < batch->rows) {
		cstn__memory_chunk *chunk = chunk_at(memory, at);

		cut_rows(&run, batch, chunk->rows, chunk->child_rows);
		cut_text(&run, memory, chunk, batch, 0);
		if (!run.rows) {
			at++;
			continue;
		}
		if (at == atomic_load(&memory->n_chunks)) {
			chunk->first_row = memory->rows;
			atomic_store_explicit(&memory->n_chunks, at + 1, memory_order_release);
		}
		append_run(memory, chunk, batch, &run, seq, seqs, threads);
		run.from += run.rows;
		run.child_from += run.child_rows;
	}
	memory->bytes += batch_bytes(batch);
}

void cstn__memory_kill(cstn__memory *memory, uint64_t row, uint64_t seq, int64_t until_us)
{
	cstn__memory_chunk *chunk = cstn__memory_chunk_of(memory, row);
	_Atomic uint64_t *dead = cstn__stable_get(&chunk->dead);
	uint64_t at = row - chunk->first_row;

	((int64_t *)cstn__stable_get(&chunk->until))[at] = until_us;
	atomic_store_explicit(&dead[at], seq, memory_order_release);
	atomic_fetch_add_explicit(&chunk->n_dead, 1, memory_order_release);
	memory->n_dead++;
}

cstn__memory_chunk *cstn__memory_chunk_of(const cstn__memory *memory, uint64_t row)
{
	uint32_t low = 0, high = atomic_load_explicit(&memory->n_chunks, memory_order_acquire);
	cstn__memory_chunk **chunks = atomic_load_explicit(&memory->chunks, memory_order_acquire);

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (chunks[middle]->first_row <= row)
			low = middle;
		else
			high = middle;
	}
	return chunks[low];
}

uint32_t cstn__memory_chunk_rows(
		const cstn__memory *memory, uint32_t i, uint64_t rows, cstn__memory_chunk **out)
{
	uint32_t n = atomic_load_explicit(&memory->n_chunks, memory_order_acquire);
	uint64_t end = rows;

	if (i >= n)
		return 0;
	*out = chunk_at(memory, i);
	if (i + 1 < n && chunk_at(memory, i + 1)->first_row < end)
		end = chunk_at(memory, i + 1)->first_row;
	return end > (*out)->first_row ? (uint32_t)(end - (*out)->first_row) : 0;
}

void cstn__memory_values(const cstn__memory *memory, const cstn__memory_chunk *chunk,
		uint32_t position, uint64_t n, cstn__values *out)
{
	const cstn__memory_column *column = &chunk->columns[position];

	memset(out, 0, sizeof(*out));
	out->rows = n;
	if (is_text(memory, position)) {
		out->offsets = cstn__stable_get(&column->offsets);
		out->bytes = cstn__stable_get(&column->bytes);
	} else {
		out->numbers = cstn__stable_get(&column->numbers);
	}
}

int cstn__memory_validity(
		const cstn__memory_chunk *chunk, uint32_t position, uint64_t n, uint64_t *out)
{
	const cstn__memory_column *column = &chunk->columns[position];
	_Atomic uint64_t *words;
	int all = 1;

	if (cstn__memory_is_absent(column)) {
		memset(out, 0, (size_t)(n + 63) / 64 * sizeof(*out));
		return 1;
	}
	words = cstn__stable_get(&column->validity);
	if (!words)
		return 0;
	for (uint64_t i = 0; i < n; i += 64) {
		uint64_t mask = cstn__low_bits(n - i < 64 ? (size_t)(n - i) : 64);

		out[i / 64] = atomic_load_explicit(&words[i / 64], memory_order_relaxed) & mask;
		all &= out[i / 64] == mask;
	}
	return !all;
}

int cstn__memory_validity_of(const cstn__memory_chunk *chunk, uint32_t position, uint64_t from,
		uint64_t n, uint64_t *out)
{
	_Atomic uint64_t *words = cstn__stable_get(&chunk->columns[position].validity);
	uint64_t valid = 0;

	memset(out, 0, (size_t)(n / 64 + 1) * sizeof(*out));
	for (uint64_t i = 0; words && i < n; i++) {
		uint64_t bit = from + i;
		uint64_t word = atomic_load_explicit(&words[bit / 64], memory_order_relaxed);

		out[i / 64] |= (word >> bit % 64 & 1) << i % 64;
		valid += word >> bit % 64 & 1;
	}
	return words && valid < n;
}

void cstn__memory_key_values(
		const cstn__memory *memory, const cstn__memory_chunk *chunk, cstn__values *out)
{
	for (size_t i = 0; i < memory->table->n_key; i++)
		cstn__memory_values(memory, chunk, memory->table->key[i], UINT64_MAX, &out[i]);
}

static int has_values(const cstn__memory_chunk *chunk, uint32_t position, uint64_t n)
{
	const cstn__memory_column *column = &chunk->columns[position];
	_Atomic uint64_t *words = cstn__stable_get(&column->validity);

	if (cstn__memory_is_absent(column) || !n)
		return 0;
	for (uint64_t i = 0; words && i < n; i += 64)
		if (atomic_load_explicit(&words[i / 64], memory_order_relaxed))
			return 1;
	return !words;
}

int cstn__memory_has_values(const cstn__memory *memory, uint32_t position, uint64_t rows)
{
	cstn__memory_chunk *chunk;
	uint64_t n;

	for (uint32_t c = 0; (n = cstn__memory_chunk_rows(memory, c, rows, &chunk)) != 0; c++) {
		if (is_child(memory, position))
			n = ((const uint32_t *)cstn__stable_get(&chunk->starts))[n];
		if (has_values(chunk, position, n))
			return 1;
	}
	return 0;
}

void cstn__memory_note_held(const cstn__memory *memory, uint8_t *held)
{
	uint32_t n_chunks = atomic_load(&memory->n_chunks);

	for (uint32_t i = 0; i < n_chunks; i++) {
		const cstn__memory_chunk *chunk = chunk_at(memory, i);

		for (uint32_t c = 0; c < memory->table->declared->n_columns; c++)
			if (!held[c])
				held[c] = (uint8_t)has_values(chunk, c,
						is_child(memory, c) ? chunk->child_rows
								    : chunk->rows);
	}
}
