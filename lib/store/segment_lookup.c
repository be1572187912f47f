/* Looking a key up: the page of the directory that holds its bucket's start, then the page of the
 * entries that the bucket is in. Each page carries its own hash, so nothing else is read; cold that
 * is two reads (three when a bucket crosses into the next page). A page that was read stays until
 * the segment is closed, up to 128 MiB of them, which are the index of 14 million rows; past that
 * pages are read each time. Pages are published by one atomic exchange and never change, so readers
 * take no lock. A bucket holds about eight rows and 32 bits of the hash are compared: one look-up
 * in half a milliard finds a row whose key is another. */
#include "base/error.h"
#include "store/file_io.h"
#include "store/segment_read.h"

#define PAGES_MAX ((size_t)32768)

void cstn__segment_drop_pages(cstn__segment *segment)
{
	for (size_t i = 0; segment->pages && i < segment->n_pages; i++)
		cstn__free_aligned(&segment->allocator,
				atomic_load_explicit(&segment->pages[i], memory_order_relaxed),
				CSTN__PAGE_BYTES, CSTN__SEGMENT_ALIGNMENT);
	cstn__free(&segment->allocator, segment->pages, segment->n_pages * sizeof(*segment->pages));
	segment->pages = NULL;
}

static cstn_status read_page(
		const cstn__segment *segment, uint64_t offset, uint8_t *page, cstn_error **error)
{
	cstn_status status = cstn__io_read(segment->vfs, segment->file, segment->path, page,
			CSTN__PAGE_BYTES, offset, error);

	if (status != CSTN_OK || !CSTN__RULE(CSTN__RULE_BLOCK_HASH))
		return status;
	if (cstn__load64(page) !=
			cstn__hash64(cstn__segment_seed(segment->uuid, segment->file_no, offset),
					page + 8, CSTN__PAGE_BYTES - 8))
		return cstn__fail(error, CSTN_E_CORRUPT,
				"'%s': the hash of the page at byte %llu does not fit",
				segment->path, (unsigned long long)offset);
	return CSTN_OK;
}

/* The words of a page, after its hash: held, or in `buffer`. */
static cstn_status get_page(cstn__segment *segment, const cstn__segment_block *block,
		uint64_t index, uint8_t buffer[CSTN__PAGE_BYTES], const uint8_t **out,
		cstn_error **error)
{
	size_t before = block == segment->directory
					? 0
					: segment->directory->info.enc_len / CSTN__PAGE_BYTES;
	uint8_t *_Atomic *slot = &segment->pages[before + index];
	uint8_t *page = atomic_load_explicit(slot, memory_order_acquire), *held = NULL;
	cstn_status status;

	if (page) {
		*out = page + 8;
		return CSTN_OK;
	}
	page = atomic_fetch_add(&segment->pages_held, 1) < PAGES_MAX
			       ? cstn__alloc_aligned(&segment->allocator, CSTN__PAGE_BYTES,
						 CSTN__SEGMENT_ALIGNMENT)
			       : NULL;
	status = read_page(segment, block->offset + index * CSTN__PAGE_BYTES, page ? page : buffer,
			error);
	if (!page || status != CSTN_OK || !atomic_compare_exchange_strong(slot, &held, page)) {
		atomic_fetch_sub(&segment->pages_held, 1);
		cstn__free_aligned(&segment->allocator, page, CSTN__PAGE_BYTES,
				CSTN__SEGMENT_ALIGNMENT);
		page = held ? held : buffer;
	}
	*out = page + 8;
	return status;
}

/* Where the bucket's entries are; *end is the start of the next bucket. */
static cstn_status find_bucket(cstn__segment *segment, uint64_t bucket, uint64_t *start,
		uint64_t *end, cstn_error **error)
{
	uint64_t page = bucket / CSTN__PAGE_WORDS, at = bucket % CSTN__PAGE_WORDS;
	uint8_t buffer[CSTN__PAGE_BYTES];
	const uint8_t *words;
	cstn_status status = get_page(segment, segment->directory, page, buffer, &words, error);

	if (status != CSTN_OK)
		return status;
	*start = cstn__load64(words + at * 8);
	*end = segment->rows;
	if (bucket + 1 < segment->directory->aux && at + 1 < CSTN__PAGE_WORDS) {
		*end = cstn__load64(words + at * 8 + 8);
	} else if (bucket + 1 < segment->directory->aux) {
		status = get_page(segment, segment->directory, page + 1, buffer, &words, error);
		if (status != CSTN_OK)
			return status;
		*end = cstn__load64(words);
	}
	if (*start > *end || *end > segment->rows)
		return cstn__segment_corrupt(segment, error, "the starts of key buckets rise");
	return CSTN_OK;
}

/* Takes the rows of entries [at, end) of one page whose hash fits. */
static cstn_status match_page(const cstn__segment *segment, const uint8_t *words, uint64_t at,
		uint64_t end, uint32_t hash, uint32_t *rows, size_t cap, size_t *found,
		cstn_error **error)
{
	for (; at < end; at++) {
		uint64_t word = cstn__load64(words + at * 8), row = word >> 32;

		if ((uint32_t)word != hash)
			continue;
		if (row >= segment->rows)
			return cstn__segment_corrupt(
					segment, error, "a key belongs to a row of the segment");
		if (*found < cap)
			rows[*found] = (uint32_t)row;
		++*found;
	}
	return CSTN_OK;
}

/* The word of a page that is held; NULL if it is not. */
static const uint8_t *held_word(
		const cstn__segment *segment, const cstn__segment_block *block, uint64_t at)
{
	size_t before = block == segment->directory
					? 0
					: segment->directory->info.enc_len / CSTN__PAGE_BYTES;
	const uint8_t *page = atomic_load_explicit(
			&segment->pages[before + at / CSTN__PAGE_WORDS], memory_order_acquire);

	return page ? page + 8 + at % CSTN__PAGE_WORDS * 8 : NULL;
}

void cstn__segment_prefetch(const cstn__segment *segment, uint64_t hash, int step)
{
	const uint8_t *word;
	uint64_t start;

	if (!segment->directory)
		return;
	word = held_word(segment, segment->directory, cstn__key_bucket(hash, segment->key_bits));
	if (!word)
		return;
	if (step == 0) {
		__builtin_prefetch(word);
		return;
	}
	start = cstn__load64(word);
	word = start < segment->rows ? held_word(segment, segment->entries, start) : NULL;
	if (word) {
		__builtin_prefetch(word);
		if (start % CSTN__PAGE_WORDS + 8 < CSTN__PAGE_WORDS)
			__builtin_prefetch(word + 64); /* a bucket is some 64 bytes */
	}
}

cstn_status cstn__segment_lookup(cstn__segment *segment, uint64_t hash, uint32_t *rows, size_t cap,
		size_t *n, cstn_error **error)
{
	uint64_t start, end;
	size_t found = 0;
	cstn_status status;

	if (!segment->directory) {
		*n = 0;
		return CSTN_OK;
	}
	status = find_bucket(
			segment, cstn__key_bucket(hash, segment->key_bits), &start, &end, error);
	while (status == CSTN_OK && start < end) {
		uint64_t page = start / CSTN__PAGE_WORDS, first = page * CSTN__PAGE_WORDS;
		uint64_t stop = end - first < CSTN__PAGE_WORDS ? end - first : CSTN__PAGE_WORDS;
		uint8_t buffer[CSTN__PAGE_BYTES];
		const uint8_t *words;

		status = get_page(segment, segment->entries, page, buffer, &words, error);
		if (status == CSTN_OK)
			status = match_page(segment, words, start - first, stop, (uint32_t)hash,
					rows, cap, &found, error);
		start = first + stop;
	}
	if (status == CSTN_OK)
		*n = found;
	return status;
}
