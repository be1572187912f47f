#ifndef CSTN_STORE_MEMORY_H
#define CSTN_STORE_MEMORY_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/table_info.h"

/* Blocks that a reader may still look at; freed with their owner. */
typedef struct cstn__retired {
	CSTN__ARRAY(struct cstn__retired_block {
		void *memory;
		size_t size;
	})
	blocks;
} cstn__retired;
void cstn__retired_free(cstn__retired *retired, const cstn_allocator *allocator);

/* Key hash to the newest row that has it, and from each row to the one before. One writer, readers
 * without a lock. Rows are numbered from 0 in the order of insertion. */
typedef struct cstn__key_slot {
	uint64_t hash;
	_Atomic uint32_t head; /* row + 1; 0: empty */
	uint32_t reserved;
} cstn__key_slot;
typedef struct cstn__key_slots {
	uint64_t mask;
	cstn__key_slot items[];
} cstn__key_slots;
typedef struct cstn__key_index {
	cstn__key_slots *_Atomic slots;
	uint32_t *_Atomic chain; /* row + 1 of the row before; 0: none */
	uint64_t chain_capacity;
	uint64_t used, rows;
} cstn__key_index;
cstn_status cstn__key_index_reserve(cstn__key_index *index, uint64_t rows, cstn__retired *retired,
		const cstn_allocator *allocator, cstn_error **error);
/* The row of the next number; returns row + 1 of the newest with the same hash so far, or 0. */
uint32_t cstn__key_index_put(cstn__key_index *index, uint64_t hash);
static inline void cstn__key_index_prefetch(const cstn__key_index *index, uint64_t hash)
{
	cstn__key_slots *slots = atomic_load_explicit(&index->slots, memory_order_acquire);

	if (slots)
		__builtin_prefetch(&slots->items[hash & slots->mask]);
}
uint32_t cstn__key_index_head(const cstn__key_index *index, uint64_t hash);
uint32_t cstn__key_index_before(const cstn__key_index *index, uint32_t row);
void cstn__key_index_free(cstn__key_index *index, const cstn_allocator *allocator);

/* Rows of one table since the last checkpoint: append-only chunks whose arrays grow by copying and
 * leave the old array to its readers. A reader knows how many rows are published to it and never
 * looks past them; what it may see of a chunk changes in two places only, both atomic: words of
 * the validity bits, and deaths. */
typedef struct cstn__stable {
	void *_Atomic items;
	size_t size; /* in bytes; the writer's */
} cstn__stable;
static inline void *cstn__stable_get(const cstn__stable *stable)
{
	return atomic_load_explicit(&stable->items, memory_order_acquire);
}
typedef struct cstn__memory_column {
	cstn__stable numbers;                /* int64_t; not of text */
	cstn__stable offsets;                /* uint32_t, one more than values */
	cstn__stable bytes;                  /* uint8_t */
	cstn__stable validity;               /* _Atomic uint64_t; none: all valid */
	uint64_t used_bytes, reserved_bytes; /* the writer's */
} cstn__memory_column;
/* 1 if no batch of the chunk gave the column: all its values are null. A reader for whom it has
 * values asks for the validity only after them. */
static inline int cstn__memory_is_absent(const cstn__memory_column *column)
{
	return !cstn__stable_get(&column->numbers) && !cstn__stable_get(&column->offsets);
}
typedef struct cstn__memory_chunk {
	uint64_t first_row;
	uint32_t rows, child_rows;                   /* the writer's */
	uint32_t reserved_rows, reserved_child_rows; /* the writer's */
	cstn__stable seqs;                           /* int64_t */
	cstn__stable starts;                         /* uint32_t, one more than rows */
	cstn__stable until;                          /* int64_t; read after `dead` */
	cstn__stable dead;                           /* _Atomic uint64_t seq; 0: alive */
	_Atomic uint32_t n_dead;
	cstn__memory_column columns[];
} cstn__memory_chunk;
typedef struct cstn__memory {
	_Atomic uint32_t refs;
	cstn_allocator allocator;
	const cstn__table_info *table;
	cstn__memory_chunk **_Atomic chunks;
	_Atomic uint32_t n_chunks;
	uint32_t made_chunks, chunk_capacity, reserving;  /* the writer's */
	uint64_t rows, reserved_rows, child_rows, n_dead; /* the writer's */
	uint64_t bytes;                                   /* of the values, as a measure */
	cstn__key_index index;
	cstn__retired retired;
} cstn__memory;
cstn_status cstn__memory_new(const cstn__table_info *table, const cstn_allocator *allocator,
		cstn__memory **out, cstn_error **error);
cstn__memory *cstn__memory_ref(cstn__memory *memory);
void cstn__memory_unref(cstn__memory *memory);

/* Make room for one batch after those already reserved. On failure call _cancel(). */
cstn_status cstn__memory_reserve(
		cstn__memory *memory, const cstn__store_batch *batch, cstn_error **error);
void cstn__memory_cancel(cstn__memory *memory);
/* Append what was reserved, in the same order, on up to `threads` threads. The index is not
 * touched. `seqs` NULL: all rows are of transaction `seq`. */
void cstn__memory_append(cstn__memory *memory, const cstn__store_batch *batch, uint64_t seq,
		const uint64_t *seqs, int32_t threads);
void cstn__memory_kill(cstn__memory *memory, uint64_t row, uint64_t seq, int64_t until_us);

/* The chunk that holds a row, of a memory table of which `rows` are seen. */
cstn__memory_chunk *cstn__memory_chunk_of(const cstn__memory *memory, uint64_t row);
/* How many rows of chunk `i` are among the first `rows`; 0 past the end. */
uint32_t cstn__memory_chunk_rows(
		const cstn__memory *memory, uint32_t i, uint64_t rows, cstn__memory_chunk **out);
/* Values of a column as they lie, without the validity bits; none for one that is absent. `n` rows
 * or child rows. */
void cstn__memory_values(const cstn__memory *memory, const cstn__memory_chunk *chunk,
		uint32_t position, uint64_t n, cstn__values *out);
/* Copy the validity bits of the first n values; 0 when all are valid, and then nothing may have
 * been written. */
int cstn__memory_validity(
		const cstn__memory_chunk *chunk, uint32_t position, uint64_t n, uint64_t *out);
/* Mark the positions of columns that have a value in some row. */
void cstn__memory_note_held(const cstn__memory *memory, uint8_t *held);
/* 1 if the row is dead for a reader at `seq`, with the time. */
static inline int cstn__memory_dead(
		const cstn__memory_chunk *chunk, uint32_t row, uint64_t seq, int64_t *until_us)
{
	_Atomic uint64_t *dead = cstn__stable_get(&chunk->dead);
	uint64_t at = dead ? atomic_load_explicit(&dead[row], memory_order_acquire) : 0;

	if (!at || at > seq)
		return 0;
	*until_us = ((const int64_t *)cstn__stable_get(&chunk->until))[row];
	return 1;
}
/* The same of values [from, from + n), from bit 0. */
int cstn__memory_validity_of(const cstn__memory_chunk *chunk, uint32_t position, uint64_t from,
		uint64_t n, uint64_t *out);
/* 1 if any of the first `rows` rows, or their child rows, has a value in the column. */
int cstn__memory_has_values(const cstn__memory *memory, uint32_t position, uint64_t rows);
/* The key columns of a row's chunk, for cstn__keys_equal(). */
void cstn__memory_key_values(
		const cstn__memory *memory, const cstn__memory_chunk *chunk, cstn__values *out);

#endif
