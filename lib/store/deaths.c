/* The dead rows of an open segment.
 *
 * One insert-only hash table for each 65,536 rows, at most half full. A slot's time and sequence
 * number are written before its row is released; a table grows into a copy whose address is then
 * released, and the old one stays for its readers. As with the memory table, getting memory and
 * adding are two steps. 48 to 96 bytes a death; O(1) to add and to find. */
#include "store/deaths.h"

#include <stdlib.h>

#include "base/error.h"

enum { PAGE_ROWS = CSTN__DEATH_PAGE_ROWS, FIRST_SLOTS = 8 };

static size_t page_size(uint32_t mask)
{
	return sizeof(cstn__death_page) + ((size_t)mask + 1) * sizeof(cstn__death_slot);
}

cstn_status cstn__deaths_init(cstn__deaths *deaths, uint64_t rows, const cstn_allocator *allocator,
		cstn_error **error)
{
	size_t n = (size_t)(rows / PAGE_ROWS + 1);

	memset(deaths, 0, sizeof(*deaths));
	deaths->allocator = *allocator;
	deaths->pages = cstn__alloc_zero(allocator, cstn__array_size(n, sizeof(*deaths->pages)));
	deaths->reserved =
			cstn__alloc_zero(allocator, cstn__array_size(n, sizeof(*deaths->reserved)));
	deaths->n_pages = n;
	if (deaths->pages && deaths->reserved)
		return CSTN_OK;
	cstn__deaths_free(deaths);
	return cstn__fail_nomem(error);
}

void cstn__deaths_free(cstn__deaths *deaths)
{
	const cstn_allocator *allocator = &deaths->allocator;

	for (size_t i = 0; deaths->pages && i < deaths->n_pages; i++) {
		cstn__death_page *page = atomic_load(&deaths->pages[i]);

		if (page)
			cstn__free(allocator, page, page_size(page->mask));
	}
	if (deaths->n_pages) {
		cstn__free(allocator, deaths->pages, deaths->n_pages * sizeof(*deaths->pages));
		cstn__free(allocator, deaths->reserved,
				deaths->n_pages * sizeof(*deaths->reserved));
		cstn__retired_free(&deaths->retired, allocator);
	}
	memset(deaths, 0, sizeof(*deaths));
}

static cstn__death_slot *slot_of(cstn__death_page *page, uint32_t row)
{
	uint32_t at = (row * UINT32_C(2654435761)) >> 8 & page->mask;

	for (;; at = (at + 1) & page->mask) {
		uint32_t held = atomic_load_explicit(&page->slots[at].row, memory_order_acquire);

		if (!held || held == row + 1)
			return &page->slots[at];
	}
}

cstn_status cstn__deaths_reserve(cstn__deaths *deaths, uint32_t row, cstn_error **error)
{
	_Atomic(cstn__death_page *) *where = &deaths->pages[row / PAGE_ROWS];
	cstn__death_page *old = atomic_load_explicit(where, memory_order_relaxed), *grown;
	uint32_t used = old ? atomic_load_explicit(&old->used, memory_order_relaxed) : 0;
	uint32_t wanted = used + ++deaths->reserved[row / PAGE_ROWS];
	uint32_t capacity = old ? old->mask + 1 : FIRST_SLOTS;

	while (capacity / 2 < wanted)
		capacity *= 2;
	if (old && capacity == old->mask + 1)
		return CSTN_OK;
	if (old && cstn__array_reserve(&deaths->allocator, &deaths->retired.blocks, 1))
		return cstn__fail_nomem(error);
	grown = cstn__alloc_zero(&deaths->allocator, page_size(capacity - 1));
	if (!grown)
		return cstn__fail_nomem(error);
	grown->mask = capacity - 1;
	atomic_store_explicit(&grown->used, used, memory_order_relaxed);
	for (uint32_t i = 0; old && i <= old->mask; i++) {
		uint32_t held = atomic_load_explicit(&old->slots[i].row, memory_order_relaxed);
		cstn__death_slot *slot;

		if (!held)
			continue;
		slot = slot_of(grown, held - 1);
		slot->seq = old->slots[i].seq;
		slot->until_us = old->slots[i].until_us;
		atomic_store_explicit(&slot->row, held, memory_order_relaxed);
	}
	atomic_store_explicit(where, grown, memory_order_release);
	if (old) {
		deaths->retired.blocks.items[deaths->retired.blocks.count].memory = old;
		deaths->retired.blocks.items[deaths->retired.blocks.count++].size =
				page_size(old->mask);
	}
	return CSTN_OK;
}

void cstn__deaths_cancel(cstn__deaths *deaths)
{
	memset(deaths->reserved, 0, deaths->n_pages * sizeof(*deaths->reserved));
}

int cstn__deaths_add(cstn__deaths *deaths, uint32_t row, uint64_t seq, int64_t until_us)
{
	cstn__death_page *page =
			atomic_load_explicit(&deaths->pages[row / PAGE_ROWS], memory_order_relaxed);
	cstn__death_slot *slot = slot_of(page, row % PAGE_ROWS);

	if (atomic_load_explicit(&slot->row, memory_order_relaxed))
		return 0;
	slot->seq = seq;
	slot->until_us = until_us;
	atomic_store_explicit(&slot->row, row % PAGE_ROWS + 1, memory_order_release);
	atomic_fetch_add_explicit(&page->used, 1, memory_order_release);
	deaths->count++;
	return 1;
}

cstn_status cstn__deaths_put(cstn__deaths *deaths, uint32_t row, uint64_t seq, int64_t until_us,
		cstn_error **error)
{
	cstn_status status = cstn__deaths_reserve(deaths, row, error);

	if (status == CSTN_OK)
		cstn__deaths_add(deaths, row, seq, until_us);
	deaths->reserved[row / PAGE_ROWS] = 0;
	return status;
}

const cstn__death_slot *cstn__deaths_find(const cstn__deaths *deaths, uint32_t row)
{
	cstn__death_page *page =
			atomic_load_explicit(&deaths->pages[row / PAGE_ROWS], memory_order_acquire);
	cstn__death_slot *slot;

	if (!page)
		return NULL;
	slot = slot_of(page, row % PAGE_ROWS);
	return atomic_load_explicit(&slot->row, memory_order_acquire) ? slot : NULL;
}

static int by_row(const void *a, const void *b)
{
	uint32_t x = ((const cstn__dead_row *)a)->row, y = ((const cstn__dead_row *)b)->row;

	return (x > y) - (x < y);
}

cstn_status cstn__deaths_list(const cstn__deaths *deaths, uint64_t seq, cstn__dead_row **out,
		size_t *n, size_t *capacity, cstn_error **error)
{
	size_t total = 0, at = 0;
	cstn__dead_row *rows;

	for (size_t p = 0; p < deaths->n_pages; p++) {
		cstn__death_page *page = atomic_load(&deaths->pages[p]);

		total += page ? atomic_load(&page->used) : 0;
	}
	rows = cstn__alloc(&deaths->allocator, cstn__array_size(total + 1, sizeof(*rows)));
	if (!rows)
		return cstn__fail_nomem(error);
	for (size_t p = 0; p < deaths->n_pages; p++) {
		cstn__death_page *page = atomic_load(&deaths->pages[p]);

		for (uint32_t i = 0; page && i <= page->mask; i++) {
			uint32_t held = atomic_load_explicit(
					&page->slots[i].row, memory_order_acquire);

			if (!held || page->slots[i].seq > seq || at == total)
				continue;
			rows[at].row = (uint32_t)(p * PAGE_ROWS) + held - 1;
			rows[at].seq = page->slots[i].seq;
			rows[at++].until_us = page->slots[i].until_us;
		}
	}
	qsort(rows, at, sizeof(*rows), by_row);
	*out = rows;
	*n = at;
	*capacity = total + 1;
	return CSTN_OK;
}
