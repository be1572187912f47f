/* Compaction: adjacent segments of about one size become one, without rows whose history is over.
 *
 * Size-tiered by 4: four neighbours of a tier are merged into one of the next, up to 16 Mi lines,
 * so that a row is rewritten O(log n) times. Rows keep their order. The merge runs beside commits;
 * only its ends hold the writer's turn: choosing, and publishing, which first applies again what
 * died meanwhile to the new places of the rows. Memory: one chunk, and the numbers of rows left
 * out. */
#include "store/durable.h"

#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "store/gather.h"
#include "store/rule.h"

enum { TIER = 4 };
#define TIER_ROWS 65536u
#define MAX_LINES (UINT64_C(16) << 20)

/* One source of a merge: which of its rows were left out, and where its first row lies now. */
struct source {
	cstn__part *part;
	cstn__dead_row *known; /* dead when the merge began, by row */
	size_t n_known, known_capacity;
	uint32_t *dropped; /* rows left out, rising; n_known fit */
	size_t n_dropped;
	uint64_t first_row;
};

struct merge {
	cstn__store *store;
	uint32_t only, table; /* id of the one to look at, 0: all; index of the one chosen */
	int64_t history_from_us;
	struct source *sources;
	cstn__part **parts; /* as in the version */
	size_t n;
	uint64_t file_no, bytes;
	cstn__segment_written written;
	cstn__part *made;
};

static uint64_t lines_of(const cstn__part *part)
{
	return part->child_rows > part->rows ? part->child_rows : part->rows;
}

static int tier_of(const cstn__part *part)
{
	int tier = 0;

	for (uint64_t lines = lines_of(part); lines >= (uint64_t)TIER_ROWS * TIER; lines /= TIER)
		tier++;
	return tier;
}

/* How many neighbours from `first` on are of one tier and fit together. */
static size_t run_of(const cstn__version_table *table, size_t first)
{
	uint64_t lines = lines_of(table->parts[first]), rows = table->parts[first]->rows;
	size_t n = 1;

	while (first + n < table->n_parts) {
		const cstn__part *next = table->parts[first + n];

		lines += lines_of(next);
		rows += next->rows;
		if (tier_of(next) != tier_of(table->parts[first]) || lines > MAX_LINES ||
				rows >= UINT32_MAX)
			break;
		n++;
	}
	return n;
}

/* 1 if half of the rows of a segment have no history left. */
static int is_mostly_over(const cstn__part *part, int64_t history_from_us)
{
	uint64_t over = 0;

	for (size_t p = 0; p < part->deaths.n_pages; p++) {
		const cstn__death_page *page = atomic_load(&part->deaths.pages[p]);

		for (uint32_t i = 0; page && i <= page->mask; i++)
			over += atomic_load(&page->slots[i].row) &&
				page->slots[i].until_us < history_from_us;
	}
	return over && over >= part->rows / 2;
}

/* `only` 0: of any table. */
static int choose(const cstn__store *store, uint32_t only, int64_t history_from_us, uint32_t *table,
		size_t *first, size_t *n)
{
	for (uint32_t t = 0; t < store->n_tables; t++) {
		const cstn__version_table *at = &store->version->tables[t];

		if (only && store->tables[t].declared->id != only)
			continue;
		for (size_t p = 0; p < at->n_parts; p++) {
			*table = t;
			*first = p;
			*n = run_of(at, p);
			if (*n >= TIER)
				return 1;
			*n = 1;
			if (is_mostly_over(at->parts[p], history_from_us))
				return 1;
		}
	}
	return 0;
}

static void merge_free(struct merge *merge)
{
	const cstn_allocator *allocator = &merge->store->allocator;

	for (size_t i = 0; merge->sources && i < merge->n; i++) {
		struct source *source = &merge->sources[i];

		cstn__free(allocator, source->dropped,
				(source->n_known + 1) * sizeof(*source->dropped));
		cstn__free(allocator, source->known,
				source->known_capacity * sizeof(*source->known));
	}
	if (merge->sources && merge->parts)
		for (size_t i = 0; i < merge->n; i++)
			cstn__part_unref(merge->parts[i]);
	cstn__free(allocator, merge->sources, merge->n * sizeof(*merge->sources));
	cstn__free(allocator, merge->parts, merge->n * sizeof(cstn__part *));
	cstn__part_unref(merge->made);
	memset(merge, 0, sizeof(*merge));
}

/* Under the turn: choose what to merge. CSTN_DONE when there is nothing. */
static cstn_status begin(struct merge *merge, cstn_error **error)
{
	cstn__store *store = merge->store;
	const cstn_allocator *allocator = &store->allocator;
	size_t first = 0;

	if (!choose(store, merge->only, merge->history_from_us, &merge->table, &first, &merge->n))
		return CSTN_DONE;
	merge->sources = cstn__alloc_zero(allocator, merge->n * sizeof(*merge->sources));
	merge->parts = cstn__alloc(allocator, merge->n * sizeof(cstn__part *));
	if (!merge->sources || !merge->parts) {
		cstn__free(allocator, merge->sources, merge->n * sizeof(*merge->sources));
		cstn__free(allocator, merge->parts, merge->n * sizeof(cstn__part *));
		merge->sources = NULL;
		merge->parts = NULL;
		return cstn__fail_nomem(error);
	}
	for (size_t i = 0; i < merge->n; i++) {
		cstn__part *part = store->version->tables[merge->table].parts[first + i];

		merge->parts[i] = merge->sources[i].part = cstn__part_ref(part);
		part->compacting = 1;
		merge->bytes += part->size;
	}
	merge->file_no = store->durable->next_file++;
	return CSTN_OK;
}

static cstn_status list_dropped(struct merge *merge, uint64_t *left, cstn_error **error)
{
	uint64_t row = 0;

	for (size_t i = 0; i < merge->n; i++) {
		struct source *source = &merge->sources[i];
		cstn_status status = cstn__deaths_list(&source->part->deaths, UINT64_MAX,
				&source->known, &source->n_known, &source->known_capacity, error);

		if (status != CSTN_OK)
			return status;
		source->dropped = cstn__alloc(&merge->store->allocator,
				(source->n_known + 1) * sizeof(*source->dropped));
		if (!source->dropped)
			return cstn__fail_nomem(error);
		for (size_t d = 0; d < source->n_known; d++)
			if (source->known[d].until_us < merge->history_from_us)
				source->dropped[source->n_dropped++] = source->known[d].row;
		source->first_row = row;
		row += source->part->rows - source->n_dropped;
	}
	*left = row;
	return CSTN_OK;
}

static cstn_status write_source(struct merge *merge, cstn__segment_writer *writer,
		cstn__chunk_reader *reader, const struct source *source, cstn_progress *progress,
		cstn_error **error)
{
	size_t dropped = 0;

	for (uint32_t c = 0; c < cstn__segment_chunks(source->part->segment); c++) {
		uint32_t rows, child_rows;
		uint64_t first;
		size_t end = dropped;
		cstn__store_batch batch;
		cstn_status status;

		if (progress && cstn_progress_is_cancelled(progress))
			return cstn__fail(error, CSTN_E_CANCELLED, "compaction was cancelled");
		cstn__segment_chunk(source->part->segment, c, &first, &rows, &child_rows);
		while (end < source->n_dropped && source->dropped[end] < first + rows)
			end++;
		status = cstn__chunk_reader_part(reader, source->part, c, &batch, error);
		if (status == CSTN_OK)
			status = cstn__put_without(writer, &batch, reader->table->declared,
					source->dropped + dropped, end - dropped, first,
					&merge->store->allocator, error);
		if (status != CSTN_OK)
			return status;
		cstn__progress_add(progress, rows);
		dropped = end;
	}
	return CSTN_OK;
}

static cstn_status write_merged(struct merge *merge, cstn_progress *progress, cstn_error **error)
{
	cstn__store *store = merge->store;
	cstn__segment_writer *writer = NULL;
	cstn__chunk_reader reader;
	cstn__path path;
	cstn_status status = cstn__chunk_reader_init(store, merge->table, &reader, error);

	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < merge->n; i++)
		cstn__chunk_reader_note_part(&reader, merge->sources[i].part);
	cstn__chunk_reader_keep_held(&reader);
	cstn__durable_path(store->durable, CSTN__ENTRY_SEGMENT, merge->file_no, &path);
	status = cstn__segment_writer_new(store->durable->vfs, path.text, store->uuid,
			merge->file_no, store->tables[merge->table].declared, store->schema.version,
			0, &store->allocator, &writer, error);
	for (size_t i = 0; status == CSTN_OK && i < merge->n; i++)
		status = write_source(merge, writer, &reader, &merge->sources[i], progress, error);
	if (status == CSTN_OK)
		status = cstn__segment_writer_finish(writer, &merge->written, error);
	cstn__segment_writer_free(writer);
	cstn__chunk_reader_free(&reader);
	return status == CSTN_OK ? status : cstn__durable_note(store, status);
}

static cstn_status open_merged(struct merge *merge, cstn_error **error)
{
	cstn__manifest_entry entry = {.kind = CSTN__ENTRY_SEGMENT,
			.file_no = merge->file_no,
			.size = merge->written.size,
			.rows = merge->written.rows,
			.child_rows = merge->written.child_rows,
			.min_seq = merge->written.min_seq,
			.max_seq = merge->written.max_seq};

	memcpy(entry.seal, merge->written.seal, sizeof(entry.seal));
	return cstn__part_open(merge->store, merge->table, &entry, &merge->made, error);
}

/* The deaths of a source at their new places: rows that were left out have none. */
static cstn_status move_deaths(struct merge *merge, const struct source *source,
		const cstn__dead_row *rows, size_t n, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t dropped = 0;

	for (size_t i = 0; status == CSTN_OK && i < n; i++) {
		while (dropped < source->n_dropped && source->dropped[dropped] < rows[i].row)
			dropped++;
		if (dropped < source->n_dropped && source->dropped[dropped] == rows[i].row)
			continue;
		status = cstn__deaths_put(&merge->made->deaths,
				(uint32_t)(source->first_row + rows[i].row - dropped), rows[i].seq,
				rows[i].until_us, error);
	}
	return status;
}

/* Under the turn: what died while the merge ran dies in the new segment too. */
static cstn_status apply_deaths(struct merge *merge, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; status == CSTN_OK && i < merge->n; i++) {
		const struct source *source = &merge->sources[i];
		cstn__dead_row *rows;
		size_t n, capacity;

		if (!CSTN__RULE(CSTN__RULE_LATE_DEATHS)) {
			status = move_deaths(merge, source, source->known, source->n_known, error);
			continue;
		}
		status = cstn__deaths_list(
				&source->part->deaths, UINT64_MAX, &rows, &n, &capacity, error);
		if (status != CSTN_OK)
			return status;
		status = move_deaths(merge, source, rows, n, error);
		cstn__free(&merge->store->allocator, rows, capacity * sizeof(*rows));
	}
	return status;
}

static cstn_status publish(struct merge *merge, cstn_error **error)
{
	cstn__store *store = merge->store;
	cstn__replacement replacement = {merge->table, merge->n, merge->parts, merge->made};
	cstn__checkpoint_job job = {.replacement = &replacement};
	cstn_status status = cstn__store_may_write(store, error);

	if (status == CSTN_OK && merge->made)
		status = apply_deaths(merge, error);
	if (status == CSTN_OK)
		status = cstn__checkpoint_run(store, &job, error);
	return status;
}

/* Merge what was chosen. Commits go on meanwhile. */
static cstn_status run(struct merge *merge, cstn_progress *progress, cstn_error **error)
{
	cstn__store *store = merge->store;
	cstn__path path;
	uint64_t left = 0;
	int wrote = 0;
	cstn_status status = list_dropped(merge, &left, error);

	if (status == CSTN_OK && left) {
		wrote = 1;
		status = write_merged(merge, progress, error);
		if (status == CSTN_OK)
			status = open_merged(merge, error);
	}
	cstn__turn_take(store);
	if (status == CSTN_OK)
		status = publish(merge, error);
	for (size_t i = 0; i < merge->n; i++)
		merge->parts[i]->compacting = 0;
	/* After a rename that may have happened the file stays: the next open knows. */
	if (status != CSTN_OK && wrote && !store->durable->must_rotate &&
			atomic_load(&store->state) != CSTN__STORE_STATE_POISONED) {
		cstn__durable_path(store->durable, CSTN__ENTRY_SEGMENT, merge->file_no, &path);
		store->durable->vfs->unlink(store->durable->vfs, path.text);
	}
	cstn__turn_give(store);
	return status;
}

static cstn_status compact(cstn__store *store, uint32_t table, int64_t history_from_us,
		uint64_t max_bytes, cstn_progress *progress, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	uint64_t bytes = 0;

	while (status == CSTN_OK && bytes < max_bytes) {
		struct merge merge = {
				.store = store, .only = table, .history_from_us = history_from_us};

		cstn__turn_take(store);
		status = cstn__store_may_write(store, error);
		if (status == CSTN_OK)
			status = begin(&merge, error);
		cstn__turn_give(store);
		if (status == CSTN_OK)
			status = run(&merge, progress, error);
		bytes += merge.bytes;
		merge_free(&merge);
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}

cstn_status cstn__store_maintain_table(cstn__store *store, uint32_t table, int64_t history_from_us,
		uint64_t max_bytes, cstn_progress *progress, cstn_error **error)
{
	cstn_status status = cstn__store_may_write(store, error);

	if (status != CSTN_OK)
		return status;
	if (!store->durable)
		return cstn__compact_memory(store, table, history_from_us, progress, error);
	status = cstn__store_checkpoint(store, error);
	if (status != CSTN_OK)
		return status;
	pthread_mutex_lock(&store->durable->maintain_lock);
	status = compact(store, table, history_from_us, max_bytes, progress, error);
	pthread_mutex_unlock(&store->durable->maintain_lock);
	return status;
}

cstn_status cstn__store_maintain(cstn__store *store, int64_t history_from_us, uint64_t max_bytes,
		cstn_progress *progress, cstn_error **error)
{
	return cstn__store_maintain_table(store, 0, history_from_us, max_bytes, progress, error);
}
