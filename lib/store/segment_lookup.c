/* Looking a key up: the page of the directory that holds its bucket's start, then the page of the
 * entries that the bucket is in. Each page carries its own hash, so nothing else is read; cold that
 * is two reads (three when a bucket crosses into the next page). A page that was read stays until
 * the segment is closed, among the first 128 MiB, which are the index of 14 million rows; past that
 * pages are read each time. Each has its place in one block of memory and is released by a mark, so
 * readers take no lock. Once most are held the system may map the block in large pages: the places
 * that a look-up reads are far apart, and finding a small page costs as much as reading it. A
 * bucket holds about eight rows and 32 bits of the hash are compared: one look-up in half a
 * milliard finds a row whose key is another.
 *
 * A word of the directory needs half its bits for where the bucket begins. In a page that is held
 * the other half says what the bucket has, once it has been read: bit b is set if one of its hashes
 * has b in its five highest stored bits. So three of four segments that do not have a key are known
 * not to have it by their directory alone. 0: not known yet.
 *
 * A look-up of pages that are held is nothing but waiting for memory, and segments do not wait for
 * each other: the directories of several are fetched at once, then their buckets, which are then
 * compared without a branch that depends on what they hold. What is rare there (a page that is not
 * held, a bucket across two pages, two rows of one hash) is left to the look-up of one segment. */
#include "base/error.h"
#include "store/file_io.h"
#include "store/segment_read.h"

#define PAGES_MAX ((size_t)32768)
enum { BUCKET_MAX = 32, BUCKET_STEP = 4 };

cstn_status cstn__segment_keep_pages(cstn__segment *segment, cstn_error **error)
{
	size_t n = ((size_t)segment->directory->info.enc_len + segment->entries->info.enc_len) /
		   CSTN__PAGE_BYTES;

	segment->n_pages = n < PAGES_MAX ? n : PAGES_MAX;
	segment->held = cstn__alloc(&segment->allocator, segment->n_pages);
	if (!segment->held)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < segment->n_pages; i++)
		atomic_init(&segment->held[i], 0);
	return CSTN_OK;
}

void cstn__segment_drop_pages(cstn__segment *segment)
{
	cstn__free_aligned(&segment->allocator, segment->pages_memory, segment->pages_size,
			CSTN__SEGMENT_ALIGNMENT);
	cstn__free(&segment->allocator, segment->held, segment->n_pages);
}

/* Memory for all pages, of which only those that are read are touched; NULL if there is none. Under
 * the lock. */
static uint8_t *make_pages(cstn__segment *segment)
{
	size_t size = segment->n_pages * CSTN__PAGE_BYTES, before = 0;
	uint8_t *pages;

	if (size >= CSTN__LARGE_PAGE)
		size += CSTN__LARGE_PAGE;
	pages = cstn__alloc_aligned(&segment->allocator, size, CSTN__SEGMENT_ALIGNMENT);
	if (!pages)
		return NULL;
	segment->pages_memory = pages;
	segment->pages_size = size;
	if (size >= CSTN__LARGE_PAGE)
		before = (0 - (size_t)(uintptr_t)pages) % CSTN__LARGE_PAGE;
	atomic_store_explicit(&segment->pages, pages + before, memory_order_relaxed);
	return pages + before;
}

/* A page that is held, or NULL. */
static inline uint8_t *held_page(const cstn__segment *segment, size_t page)
{
	if (page >= segment->n_pages ||
			!atomic_load_explicit(&segment->held[page], memory_order_acquire))
		return NULL;
	return atomic_load_explicit(&segment->pages, memory_order_relaxed) +
	       page * CSTN__PAGE_BYTES;
}

/* Keep a page that was read, if there is a place for it; where it is then. */
static const uint8_t *keep_page(cstn__segment *segment, size_t page, const uint8_t *data)
{
	uint8_t *pages, *kept;

	if (page >= segment->n_pages)
		return data;
	pthread_mutex_lock(&segment->lock);
	pages = atomic_load_explicit(&segment->pages, memory_order_relaxed);
	if (!pages)
		pages = make_pages(segment);
	kept = held_page(segment, page);
	if (pages && !kept) {
		kept = pages + page * CSTN__PAGE_BYTES;
		memcpy(kept, data, CSTN__PAGE_BYTES);
		atomic_store_explicit(&segment->held[page], 1, memory_order_release);
		if (++segment->pages_held == segment->n_pages - segment->n_pages / 4)
			cstn__is_read_all_over(pages, segment->n_pages * CSTN__PAGE_BYTES /
								      CSTN__LARGE_PAGE *
								      CSTN__LARGE_PAGE);
	}
	pthread_mutex_unlock(&segment->lock);
	return kept ? kept : data;
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
				"'%s': the hash of the page at byte %llu does not fit; it belongs "
				"to the key index of table '%s'",
				segment->path, (unsigned long long)offset, segment->table_name);
	return CSTN_OK;
}

/* Where buckets begin rises, and is a row's place. */
static int directory_is_good(const cstn__segment *segment, const uint8_t *words, uint64_t index)
{
	uint64_t left = segment->directory->aux - index * CSTN__PAGE_WORDS, before = 0;

	for (uint64_t i = 0; i < left && i < CSTN__PAGE_WORDS; i++) {
		uint64_t start = cstn__load64(words + i * 8);

		if (start < before || start > segment->rows)
			return 0;
		before = start;
	}
	return 1;
}

/* The words of a page, after its hash: held, or in `buffer`. */
static cstn_status get_page(cstn__segment *segment, const cstn__segment_block *block,
		uint64_t index, uint8_t buffer[CSTN__PAGE_BYTES], const uint8_t **out,
		cstn_error **error)
{
	size_t before = block == segment->directory
					? 0
					: segment->directory->info.enc_len / CSTN__PAGE_BYTES;
	const uint8_t *page = held_page(segment, before + index);
	cstn_status status = CSTN_OK;

	if (!page) {
		status = read_page(
				segment, block->offset + index * CSTN__PAGE_BYTES, buffer, error);
		if (status == CSTN_OK && block == segment->directory &&
				!directory_is_good(segment, buffer + 8, index))
			status = cstn__segment_corrupt(
					segment, error, "the starts of key buckets rise");
		if (status != CSTN_OK)
			return status;
		page = keep_page(segment, before + index, buffer);
	}
	*out = page + 8;
	return CSTN_OK;
}

/* A word of a held page of the directory: the start, and what is known of the bucket. */
static uint64_t load_word(const uint8_t *word)
{
	return cstn__le64(atomic_load_explicit(
			(const _Atomic uint64_t *)(const void *)word, memory_order_relaxed));
}

static uint64_t load_start(const uint8_t *word)
{
	return (uint32_t)load_word(word);
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
	*start = load_start(words + at * 8);
	*end = segment->rows;
	if (bucket + 1 < segment->directory->aux && at + 1 < CSTN__PAGE_WORDS) {
		*end = load_start(words + at * 8 + 8);
	} else if (bucket + 1 < segment->directory->aux) {
		status = get_page(segment, segment->directory, page + 1, buffer, &words, error);
		if (status != CSTN_OK)
			return status;
		*end = load_start(words);
	}
	if (*start > *end)
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

/* --- several segments at once --- */

/* The bit of a bucket's word that says whether it has such a hash. */
static uint64_t known_bit(uint32_t hash)
{
	return UINT64_C(1) << (32 + (hash >> 27));
}

/* The word that says where the bucket begins; the next one, if there is one, is beside it. */
static void find_word(cstn__probe *probe, uint64_t hash)
{
	const cstn__segment *segment = probe->segment;
	uint64_t bucket, at;
	uint8_t *page;

	probe->word = NULL;
	probe->n = 0;
	probe->asks = segment->directory != NULL;
	if (!segment->directory)
		return;
	bucket = cstn__key_bucket(hash, segment->key_bits);
	at = bucket % CSTN__PAGE_WORDS;
	probe->last = bucket + 1 == segment->directory->aux;
	if (at + 1 == CSTN__PAGE_WORDS && !probe->last)
		return;
	page = held_page(segment, bucket / CSTN__PAGE_WORDS);
	if (!page)
		return;
	probe->word = page + 8 + at * 8;
	__builtin_prefetch(probe->word);
}

/* The bucket's entries, up to BUCKET_MAX of one page, of which whole steps may be read. */
static void find_entries(cstn__probe *probe, uint32_t hash)
{
	const cstn__segment *segment = probe->segment;
	uint64_t word, start, end, n, at;
	const uint8_t *page;

	if (!probe->word)
		return;
	word = load_word(probe->word);
	start = (uint32_t)word;
	end = probe->last ? segment->rows : load_start(probe->word + 8);
	n = end - start;
	if (word >> 32 && !(word & known_bit(hash)))
		n = 0;
	at = start % CSTN__PAGE_WORDS;
	probe->asks = n > BUCKET_MAX ||
		      at + (n + BUCKET_STEP - 1) / BUCKET_STEP * BUCKET_STEP > CSTN__PAGE_WORDS;
	if (probe->asks || !n)
		return;
	page = held_page(segment, segment->directory->info.enc_len / CSTN__PAGE_BYTES +
						  start / CSTN__PAGE_WORDS);
	probe->asks = !page;
	if (!page)
		return;
	probe->entries = page + 8 + at * 8;
	probe->n = (uint32_t)n;
	__builtin_prefetch(probe->entries);
	__builtin_prefetch(probe->entries + (n < 8 ? 0 : 64));
	__builtin_prefetch(probe->entries + (n - 1) * 8);
}

/* What is known of a bucket from now on: any thread finds the same. */
static void note_bucket(const cstn__probe *probe)
{
	uint64_t word = load_word(probe->word);

	if (word >> 32)
		return;
	for (uint32_t i = 0; i < probe->n; i++)
		word |= known_bit(cstn__load32(probe->entries + i * 8));
	atomic_store_explicit((_Atomic uint64_t *)(void *)probe->word, cstn__le64(word),
			memory_order_relaxed);
}

/* 1 if the bucket may have the hash. */
static uint32_t match_bucket(cstn__probe *probe, uint32_t hash)
{
	const uint8_t *entries = probe->entries;
	uint32_t hits = 0, found;

	if (!probe->n)
		return probe->asks;
	for (uint32_t i = 0; i < probe->n; i += BUCKET_STEP)
		for (uint32_t k = 0; k < BUCKET_STEP; k++)
			hits |= (uint32_t)(cstn__load32(entries + (i + k) * 8) == hash) << (i + k);
	hits &= (uint32_t)((UINT64_C(1) << probe->n) - 1);
	note_bucket(probe);
	found = hits != 0;
	entries += ((uint32_t)__builtin_ctz(hits | 1u << (BUCKET_MAX - 1)) & (0 - found)) * 8;
	probe->row = cstn__load32(entries + 4);
	probe->asks |= ((hits & (hits - 1)) != 0) | (found & (probe->row >= probe->segment->rows));
	return found | probe->asks;
}

uint32_t cstn__segments_probe(cstn__probe *probes, size_t n, uint64_t hash)
{
	uint32_t may = 0;

	for (size_t i = 0; i < n; i++)
		find_word(&probes[i], hash);
	for (size_t i = 0; i < n; i++)
		find_entries(&probes[i], (uint32_t)hash);
	for (size_t i = 0; i < n; i++)
		may |= match_bucket(&probes[i], (uint32_t)hash) << i;
	return may;
}
