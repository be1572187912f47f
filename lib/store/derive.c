/* Making derived files: each segment of a table that has none of the kind, or one that is out of
 * date, is read chunk by chunk, computed, and written; then one checkpoint lists all that were
 * made. Compaction is shut out meanwhile and commits go on; a segment that a checkpoint folds into
 * another in between loses its file before anybody saw it.
 *
 * Nothing that the store promises depends on any of it: the files are synced like all others, so
 * that what a manifest lists is there, but a reader that finds one damaged or gone does without.
 * Cost: one pass over the columns needed, and what the rule takes. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "store/durable.h"
#include "store/scan.h"

enum { MOST_DIGESTS = 4 };

struct work {
	cstn__store *store;
	const cstn__derivation *what;
	cstn__store_table table;
	cstn__snapshot *snapshot;
	cstn__scan *scan;
	cstn__values *values;   /* what compute() gives */
	uint32_t *ids, *counts; /* of the batch */
	cstn__derived **made;
	size_t n_made, capacity;
	cstn__derived_counts counted;
};

static cstn_status start(struct work *work, cstn_error **error)
{
	const cstn__derivation *what = work->what;
	const cstn__scan_options options = {
			.columns = what->needs, .n_columns = what->n_needs, .as_of_us = INT64_MAX};
	const cstn_allocator *allocator = &work->store->allocator;
	size_t n = what->kind->n_columns;
	const cstn__version_table *parts;
	cstn_status status = cstn__snapshot_new(work->store, &work->snapshot, error);

	if (status == CSTN_OK)
		status = cstn__scan_new(work->snapshot, what->table, &options, &work->scan, error);
	if (status != CSTN_OK)
		return status;
	work->table = cstn__derived_table(what->kind, what->table);
	parts = &work->snapshot->version->tables[work->scan->table->index];
	work->capacity = parts->n_parts + 1;
	work->values = cstn__alloc_zero(allocator, n * sizeof(*work->values));
	work->ids = cstn__alloc(allocator, n * sizeof(*work->ids));
	work->counts = cstn__alloc(allocator, CSTN__CHUNK_ROWS * sizeof(*work->counts));
	work->made = cstn__alloc_zero(allocator, work->capacity * sizeof(cstn__derived *));
	if (!work->values || !work->ids || !work->counts || !work->made)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < n; i++)
		work->ids[i] = what->kind->columns[i].id;
	return CSTN_OK;
}

static void finish(struct work *work)
{
	const cstn_allocator *allocator = &work->store->allocator;
	size_t n = work->what->kind->n_columns;

	for (size_t i = 0; i < work->n_made; i++)
		cstn__derived_unref(work->made[i]);
	cstn__free(allocator, work->made, work->capacity * sizeof(cstn__derived *));
	cstn__free(allocator, work->counts, CSTN__CHUNK_ROWS * sizeof(*work->counts));
	cstn__free(allocator, work->ids, n * sizeof(*work->ids));
	cstn__free(allocator, work->values, n * sizeof(*work->values));
	cstn__scan_free(work->scan);
	cstn__snapshot_unref(work->snapshot);
}

/* --- one file --- */

/* The least and the greatest value of each column in all of a file. */
static cstn_status is_current(
		const struct work *work, const cstn__derived *derived, int *out, cstn_error **error)
{
	const cstn__derivation *what = work->what;
	size_t n = what->kind->n_columns, size = 2 * n * sizeof(int64_t);
	int64_t *least = cstn__alloc(&work->store->allocator, size), *greatest;

	if (!least)
		return cstn__fail_nomem(error);
	greatest = least + n;
	for (size_t i = 0; i < n; i++) {
		least[i] = INT64_MAX;
		greatest[i] = INT64_MIN;
		for (uint32_t c = 0; c < cstn__segment_chunks(derived->segment); c++) {
			int64_t min, max;
			uint32_t nulls;

			cstn__segment_zone(derived->segment, c, work->ids[i], &min, &max, &nulls);
			least[i] = min < least[i] ? min : least[i];
			greatest[i] = max > greatest[i] ? max : greatest[i];
		}
	}
	*out = !what->is_current || what->is_current(what->context, least, greatest);
	cstn__free(&work->store->allocator, least, size);
	return CSTN_OK;
}

static cstn_status write_chunk(struct work *work, cstn__segment_writer *writer, cstn__part *part,
		uint32_t chunk, cstn_error **error)
{
	cstn__store_batch batch = {.ids = work->ids,
			.columns = work->values,
			.n_columns = work->what->kind->n_columns};
	cstn__scan_chunk rows;
	cstn_status status = cstn__scan_whole_chunk(work->scan, part, chunk, &rows, error);

	if (status == CSTN_OK)
		status = work->what->compute(work->what->context, &rows, work->values, error);
	if (status != CSTN_OK)
		return status;
	batch.rows = rows.rows;
	if (work->table.has_child) {
		for (uint64_t i = 0; i < rows.rows; i++)
			work->counts[i] = rows.starts[i + 1] - rows.starts[i];
		batch.children = work->counts;
		batch.child_rows = rows.child_rows;
	}
	status = cstn__segment_writer_put(writer, &batch, error);
	if (status == CSTN_OK)
		status = cstn__segment_writer_cut(writer, error);
	cstn__progress_add(work->what->progress, rows.rows);
	return status;
}

static cstn_status write_file(struct work *work, cstn__part *part, uint64_t file_no,
		const char *path, cstn__segment_written *written, cstn_error **error)
{
	cstn__store *store = work->store;
	cstn__segment_writer *writer = NULL;
	cstn_status status = cstn__segment_writer_new(store->durable->vfs, path, store->uuid,
			file_no, &work->table, store->schema.version, 0, &store->allocator, &writer,
			error);

	if (status != CSTN_OK)
		return status;
	cstn__segment_writer_target(writer, part->file_no, work->what->kind->digest);
	for (uint32_t c = 0; status == CSTN_OK && c < cstn__segment_chunks(part->segment); c++) {
		if (cstn_progress_is_cancelled(work->what->progress))
			status = cstn__fail(error, CSTN_E_CANCELLED, "deriving was cancelled");
		else
			status = write_chunk(work, writer, part, c, error);
	}
	if (status == CSTN_OK)
		status = cstn__segment_writer_finish(writer, written, error);
	cstn__segment_writer_free(writer);
	return status;
}

/* A file that no manifest lists. After a rename that may have happened, or a failed sync, it stays:
 * the next open knows. */
static void remove_file(cstn__store *store, uint64_t file_no)
{
	cstn__path path;

	if (store->durable->must_rotate || atomic_load(&store->state) == CSTN__STORE_STATE_POISONED)
		return;
	cstn__durable_path(store->durable, CSTN__ENTRY_DERIVED, file_no, &path);
	store->durable->vfs->unlink(store->durable->vfs, path.text);
}

static cstn_status make(struct work *work, cstn__part *part, cstn_error **error)
{
	cstn__store *store = work->store;
	cstn__manifest_entry entry = {.kind = CSTN__ENTRY_DERIVED,
			.table = work->what->table,
			.target_file_no = part->file_no};
	cstn__segment_written written;
	cstn__path path;
	cstn_status status;

	cstn__turn_take(store);
	entry.file_no = store->durable->next_file++;
	cstn__turn_give(store);
	cstn__durable_path(store->durable, CSTN__ENTRY_DERIVED, entry.file_no, &path);
	status = write_file(work, part, entry.file_no, path.text, &written, error);
	if (status == CSTN_OK) {
		entry.size = written.size;
		entry.rows = written.rows;
		entry.child_rows = written.child_rows;
		memcpy(entry.seal, written.seal, sizeof(entry.seal));
		status = cstn__derived_new(
				&store->allocator, &entry, &work->made[work->n_made], error);
		work->n_made += status == CSTN_OK;
	}
	if (status != CSTN_OK) {
		status = cstn__durable_note(store, status);
		cstn__turn_take(store);
		remove_file(store, entry.file_no);
		cstn__turn_give(store);
	}
	return status;
}

static cstn_status make_all(struct work *work, cstn_error **error)
{
	const cstn__version *version = work->snapshot->version;
	const cstn__version_table *table = &version->tables[work->scan->table->index];
	cstn_status status = CSTN_OK;

	for (size_t p = 0; status == CSTN_OK && p < table->n_parts; p++) {
		cstn__derived *there = NULL;
		int current = 0;

		status = cstn__derived_find(work->store, version, table->parts[p], work->what->kind,
				&there, error);
		if (status == CSTN_OK && there)
			status = is_current(work, there, &current, error);
		if (status == CSTN_OK && !current)
			status = make(work, table->parts[p], error);
		work->counted.kept += status == CSTN_OK && current;
		cstn__derived_unref(there);
	}
	return status;
}

/* --- the list --- */

/* Of the files that a segment has, which go: one of the same kind, and the oldest beyond those that
 * may stay. */
static void choose_leaving(const struct work *work, const cstn__derived *made)
{
	const cstn__version *version = work->store->version;
	size_t n, first = cstn__derived_first(version, made->entry.target_file_no, &n);
	size_t most = work->what->most_digests ? work->what->most_digests : MOST_DIGESTS;
	size_t left = n + 1;

	for (size_t i = first; i < first + n; i++) {
		cstn__derived *old = version->derived[i];

		pthread_mutex_lock(&old->lock);
		old->leaving = old->segment &&
			       memcmp(cstn__segment_digest(old->segment), work->what->kind->digest,
					       CSTN__DERIVED_DIGEST) == 0;
		pthread_mutex_unlock(&old->lock);
		left -= (size_t)old->leaving;
	}
	for (size_t i = first; i < first + n && left > most; i++)
		if (!version->derived[i]->leaving) {
			version->derived[i]->leaving = 1;
			left--;
		}
}

static cstn_status publish(struct work *work, cstn_error **error)
{
	cstn__store *store = work->store;
	const cstn__derived_change change = {work->made, work->n_made};
	const cstn__checkpoint_job job = {.derived = &change};
	uint64_t before = store->version->n_derived;
	cstn_status status = cstn__store_may_write(store, error);

	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < work->n_made; i++)
		choose_leaving(work, work->made[i]);
	status = cstn__checkpoint_run(store, &job, error);
	if (status != CSTN_OK) {
		for (size_t i = 0; i < store->version->n_derived; i++)
			store->version->derived[i]->leaving = 0;
		return status;
	}
	for (size_t i = 0; i < work->n_made; i++) {
		size_t n, at = cstn__derived_first(
					  store->version, work->made[i]->entry.target_file_no, &n);

		while (n && store->version->derived[at] != work->made[i]) {
			at++;
			n--;
		}
		if (n)
			work->counted.written++;
		else /* its segment was folded into another */
			remove_file(store, work->made[i]->entry.file_no);
	}
	work->counted.dropped = before + work->counted.written - store->version->n_derived;
	return CSTN_OK;
}

cstn_status cstn__store_derive(cstn__store *store, const cstn__derivation *derivation,
		cstn__derived_counts *counts, cstn_error **error)
{
	struct work work = {.store = store, .what = derivation};
	cstn_status status = cstn__store_may_write(store, error);

	if (status == CSTN_OK && store->durable) {
		pthread_mutex_lock(&store->durable->maintain_lock);
		status = start(&work, error);
		if (status == CSTN_OK)
			status = make_all(&work, error);
		cstn__turn_take(store);
		if (status == CSTN_OK && work.n_made)
			status = publish(&work, error);
		for (size_t i = 0; status != CSTN_OK && i < work.n_made; i++)
			remove_file(store, work.made[i]->entry.file_no);
		cstn__turn_give(store);
		finish(&work);
		pthread_mutex_unlock(&store->durable->maintain_lock);
	}
	if (status == CSTN_OK && counts)
		*counts = work.counted;
	return status;
}
