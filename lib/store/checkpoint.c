/* A checkpoint: what is in memory becomes segments, and a new manifest and a new log take over.
 *
 * The order of the steps is the protocol: segments and maps of dead rows, each synced; the new
 * log's header, synced; the folder, synced; the manifest under another name, synced; its rename;
 * the folder, synced. Only then does memory change, and only then are old files removed. Until the
 * rename nothing that was there before has been touched, so that a failure costs the new files
 * alone; from the rename on the old log must not grow, as the new manifest may be the one found. */
#include "store/checkpoint.h"

#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/key_files.h"
#include "store/rule.h"

#define CHECKPOINT_BYTES (UINT64_C(64) << 20)
#define CHECKPOINT_ROWS (UINT64_C(1) << 20)

cstn_status cstn__checkpoint_new_file(
		cstn__checkpoint *work, uint32_t kind, uint64_t *file_no, cstn_error **error)
{
	if (cstn__array_reserve(&work->store->allocator, &work->made, 1))
		return cstn__fail_nomem(error);
	*file_no = work->store->durable->next_file++;
	work->made.items[work->made.count].kind = kind;
	work->made.items[work->made.count++].file_no = *file_no;
	return CSTN_OK;
}

cstn_status cstn__checkpoint_put_entry(
		cstn__checkpoint *work, const cstn__manifest_entry *entry, cstn_error **error)
{
	if (cstn__array_reserve(&work->store->allocator, &work->entries, 1))
		return cstn__fail_nomem(error);
	work->entries.items[work->entries.count++] = *entry;
	return CSTN_OK;
}

/* The key slots, of which files may be over; one more of them if it is asked for. */
static cstn_status enter_slots(cstn__checkpoint *work, cstn_error **error)
{
	cstn__slots *slots = &work->store->slots;
	cstn__manifest_entry entry;
	uint64_t file_no = 0;
	cstn_status status = CSTN_OK;

	if (slots->wanted) {
		status = cstn__checkpoint_new_file(work, CSTN__ENTRY_KEY_SLOTS, &file_no, error);
		if (status == CSTN_OK)
			status = cstn__slots_make_file(work->store, file_no, error);
	}
	cstn__slots_find_over(work->store);
	for (size_t i = 0; status == CSTN_OK && i < slots->files.count; i++) {
		cstn__slots_describe(work->store, &slots->files.items[i], &entry);
		status = cstn__checkpoint_put_entry(work, &entry, error);
	}
	if (status != CSTN_OK || !slots->made.file)
		return status;
	cstn__slots_describe(work->store, &slots->made, &entry);
	return cstn__checkpoint_put_entry(work, &entry, error);
}

/* Step 2: the new log with its header, synced. */
static cstn_status make_log(cstn__checkpoint *work, cstn_error **error)
{
	cstn__store *store = work->store;
	cstn__durable *durable = store->durable;
	cstn__log_header *header = &work->log_header;
	uint8_t bytes[CSTN__LOG_HEADER];
	cstn__manifest_entry entry = {.kind = CSTN__ENTRY_LOG, .size = CSTN__LOG_HEADER};
	cstn__path path;
	cstn_status status =
			cstn__checkpoint_new_file(work, CSTN__ENTRY_LOG, &header->file_no, error);
	int reason;

	if (status != CSTN_OK)
		return status;
	memcpy(header->uuid, store->uuid, sizeof(header->uuid));
	header->base_seq = work->manifest.last_seq + 1;
	header->prev_file_no = durable->log_header.file_no;
	header->prev_len = durable->log_end;
	header->prev_last_seq = store->last_seq;
	reason = cstn__log_salt(durable->vfs, header);
	if (reason)
		return cstn__io_fail(error, reason, "random", durable->path);
	cstn__log_header_write(header, bytes);
	cstn__durable_path(durable, CSTN__ENTRY_LOG, header->file_no, &path);
	status = cstn__io_open(durable->vfs, path.text,
			CSTN__VFS_WRITE | CSTN__VFS_CREATE | CSTN__VFS_EXCLUSIVE, &work->log,
			error);
	if (status == CSTN_OK)
		status = cstn__io_write(
				durable->vfs, work->log, path.text, bytes, sizeof(bytes), 0, error);
	if (status == CSTN_OK && CSTN__RULE(CSTN__RULE_SYNC_LOG_HEADER))
		status = cstn__durable_sync_file(store, work->log, path.text, error);
	entry.file_no = header->file_no;
	return status == CSTN_OK ? cstn__checkpoint_put_entry(work, &entry, error) : status;
}

/* Only the mutants come here: files go before the manifest that no longer lists them stands. */
static void remove_early(cstn__checkpoint *work, const cstn__file_refs *files)
{
	cstn__durable *durable = work->store->durable;

	for (size_t i = 0; i < files->count; i++) {
		cstn__file_ref ref = files->items[i];
		cstn__path path;

		if (cstn__file_refs_has(&work->generation.files, ref.kind, ref.file_no) ||
				cstn__file_refs_has(&work->made, ref.kind, ref.file_no) ||
				ref.kind == 0)
			continue;
		cstn__durable_path(durable, ref.kind, ref.file_no, &path);
		durable->vfs->unlink(durable->vfs, path.text);
	}
}

static void forget_early(cstn__checkpoint *work)
{
	cstn__durable *durable = work->store->durable;
	size_t n = durable->generations.count;

	if (!CSTN__RULE(CSTN__RULE_UNLINK_LATE) && n)
		remove_early(work, &durable->generations.items[n - 1].files);
	if (!CSTN__RULE(CSTN__RULE_CLEAN_AFTER_MANIFEST) && n &&
			work->job->flags & CSTN__CHECKPOINT_RECOVERY)
		remove_early(work, &durable->generations.items[n - 1].files);
}

/* Steps 4 to 6: the manifest under another name, synced; renamed; the folder synced. */
static cstn_status write_manifest(cstn__checkpoint *work, cstn_error **error)
{
	cstn__store *store = work->store;
	cstn__durable *durable = store->durable;
	cstn__path unfinished, path;
	cstn__bytes bytes;
	cstn_status status;
	uint64_t file_no = 0;
	int reason;

	status = cstn__checkpoint_new_file(work, CSTN__FILE_UNFINISHED, &file_no, error);
	if (status != CSTN_OK)
		return status;
	work->manifest.next_file = durable->next_file;
	cstn__bytes_init(&bytes, &store->allocator);
	status = cstn__manifest_write(&work->manifest, &bytes, error);
	cstn__durable_path(durable, CSTN__FILE_UNFINISHED, file_no, &unfinished);
	cstn__durable_path(durable, 0, work->manifest.manifest_no, &path);
	if (status == CSTN_OK)
		status = cstn__durable_put(store, unfinished.text, bytes.data, bytes.size,
				CSTN__RULE(CSTN__RULE_SYNC_MANIFEST), error);
	cstn__bytes_free(&bytes);
	if (status != CSTN_OK)
		return status;
	work->tried_rename = 1;
	reason = durable->vfs->rename(durable->vfs, unfinished.text, path.text);
	if (reason)
		return cstn__io_fail(error, reason, "rename", unfinished.text);
	if (!CSTN__RULE(CSTN__RULE_FOLDER_AFTER_RENAME))
		return CSTN_OK;
	return cstn__durable_sync_folder(store, durable->path, error);
}

static void describe(cstn__checkpoint *work)
{
	cstn__store *store = work->store;
	cstn__manifest *manifest = &work->manifest;

	memcpy(manifest->uuid, store->uuid, sizeof(manifest->uuid));
	manifest->manifest_no = store->durable->manifest_no + 1;
	manifest->last_seq = work->job->bulk ? work->job->bulk->seq : store->last_seq;
	manifest->compat = store->durable->compat;
	manifest->ro_compat = store->durable->ro_compat;
	manifest->incompat = store->durable->incompat;
	manifest->flags = work->job->flags & CSTN__CHECKPOINT_CLEAN ? CSTN__MANIFEST_CLEAN : 0;
	manifest->schema = store->schema;
	manifest->allocator = store->allocator;
}

/* Room for what must not fail once the manifest stands. */
static cstn_status get_ready(cstn__checkpoint *work, cstn_error **error)
{
	cstn__durable *durable = work->store->durable;
	const cstn_allocator *allocator = &work->store->allocator;
	size_t n = work->made.count + 2;
	cstn_status status;

	work->manifest.entries = work->entries.items;
	work->manifest.n_entries = work->entries.count;
	for (size_t g = 0; g < durable->generations.count; g++)
		n += durable->generations.items[g].files.count;
	status = cstn__generation_make(work->store, &work->manifest, &work->generation, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(allocator, &durable->generations, 1) ||
			cstn__array_reserve(allocator, &durable->obsolete, n))
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

static void retire_generations(cstn__store *store)
{
	cstn__durable *durable = store->durable;
	size_t keep = store->options.keep_generations ? store->options.keep_generations : 1;

	while (durable->generations.count > keep) {
		cstn__generation oldest = durable->generations.items[0];

		durable->generations.count--;
		memmove(durable->generations.items, durable->generations.items + 1,
				durable->generations.count * sizeof(oldest));
		for (size_t i = 0; i < oldest.files.count; i++) {
			int needed = 0;

			for (size_t g = 0; g < durable->generations.count; g++)
				needed |= cstn__file_refs_has(&durable->generations.items[g].files,
						oldest.files.items[i].kind,
						oldest.files.items[i].file_no);
			if (!needed)
				durable->obsolete.items[durable->obsolete.count++] =
						oldest.files.items[i];
		}
		cstn__generation_free(store, &oldest);
	}
}

/* Step 7: memory follows the disk. Nothing here can fail. */
static void take_over(cstn__checkpoint *work)
{
	cstn__store *store = work->store;
	cstn__durable *durable = store->durable;
	const cstn__bulk *bulk = work->job->bulk;
	cstn__version *old;

	for (size_t i = 0; i < work->dead_files.count; i++) {
		const cstn__checkpoint_dead_file *made = &work->dead_files.items[i];

		made->part->dead_file_no = made->file_no;
		made->part->dead_size = made->size;
		made->part->dead_written = made->written;
		made->part->dead_max_seq = made->max_seq;
	}
	for (size_t i = 0; bulk && i < bulk->kills.count; i++)
		if (bulk->kills.items[i].part)
			cstn__deaths_add(&bulk->kills.items[i].part->deaths,
					(uint32_t)bulk->kills.items[i].row, bulk->seq,
					bulk->kills.items[i].until_us);
	work->next->manifest_no = work->manifest.manifest_no;
	pthread_mutex_lock(&store->state_lock);
	old = store->version;
	for (size_t t = 0; t < store->n_tables; t++)
		if (work->next->tables[t].memory != old->tables[t].memory)
			store->published[t] = 0;
	store->version = work->next;
	store->last_seq = work->manifest.last_seq;
	pthread_mutex_unlock(&store->state_lock);
	work->next = NULL;
	cstn__version_unref(old);
	cstn__slots_let_go(store);
	cstn__slots_take_made(store);
	if (durable->log)
		durable->vfs->close(durable->vfs, durable->log);
	durable->log = work->log;
	work->log = NULL;
	durable->log_header = work->log_header;
	durable->log_end = durable->log_durable = CSTN__LOG_HEADER;
	durable->log_frames = durable->due_at = 0;
	durable->must_rotate = 0;
	durable->manifest_no = work->manifest.manifest_no;
	durable->generations.items[durable->generations.count++] = work->generation;
	memset(&work->generation, 0, sizeof(work->generation));
}

/* Take away what was made in vain. Where the new manifest may have come to stand, or a sync failed,
 * all stays: the next success or the next open removes it. */
static void give_up(cstn__checkpoint *work, cstn_status status)
{
	cstn__durable *durable = work->store->durable;

	if (work->log)
		durable->vfs->close(durable->vfs, work->log);
	work->log = NULL;
	cstn__slots_drop_made(work->store);
	if (status == CSTN_E_POISONED)
		return;
	if (work->tried_rename) {
		durable->must_rotate = 1;
		durable->manifest_no = work->manifest.manifest_no;
		for (size_t i = 0; i < work->made.count; i++)
			durable->obsolete.items[durable->obsolete.count++] = work->made.items[i];
		durable->obsolete.items[durable->obsolete.count].kind = 0;
		durable->obsolete.items[durable->obsolete.count++].file_no =
				work->manifest.manifest_no;
		return;
	}
	for (size_t i = 0; i < work->made.count; i++) {
		cstn__path path;

		cstn__durable_path(durable, work->made.items[i].kind, work->made.items[i].file_no,
				&path);
		durable->vfs->unlink(durable->vfs, path.text);
	}
}

static cstn_status run_steps(cstn__checkpoint *work, cstn_error **error)
{
	cstn__store *store = work->store;
	cstn_status status;

	describe(work);
	status = cstn__checkpoint_write_tables(work, error);
	if (status == CSTN_OK)
		status = enter_slots(work, error);
	if (status == CSTN_OK)
		status = make_log(work, error);
	if (status == CSTN_OK && CSTN__RULE(CSTN__RULE_FOLDER_BEFORE_RENAME))
		status = cstn__durable_sync_folder(store, store->durable->path, error);
	if (status == CSTN_OK)
		status = get_ready(work, error);
	if (status == CSTN_OK) {
		forget_early(work);
		status = write_manifest(work, error);
	}
	return status;
}

static int has_news(const cstn__store *store)
{
	const cstn__durable *durable = store->durable;

	if (durable->log_frames || durable->must_rotate)
		return 1;
	for (size_t t = 0; t < store->n_tables; t++) {
		const cstn__version_table *table = &store->version->tables[t];

		if (table->memory->rows)
			return 1;
		for (size_t p = 0; p < table->n_parts; p++)
			if (table->parts[p]->deaths.count != table->parts[p]->dead_written)
				return 1;
	}
	return 0;
}

cstn_status cstn__checkpoint_run(
		cstn__store *store, const cstn__checkpoint_job *job, cstn_error **error)
{
	const cstn_allocator *allocator = &store->allocator;
	cstn__checkpoint work = {.store = store, .job = job};
	cstn_status status;

	if (!job->flags && !job->bulk && !job->replacement && !job->derived && !has_news(store))
		return CSTN_OK;
	status = run_steps(&work, error);
	if (status == CSTN_OK) {
		take_over(&work);
		retire_generations(store);
		cstn__durable_tidy(store);
	} else {
		give_up(&work, status);
	}
	cstn__version_unref(work.next);
	cstn__generation_free(store, &work.generation);
	cstn__array_free(allocator, &work.entries);
	cstn__array_free(allocator, &work.dead_files);
	cstn__array_free(allocator, &work.made);
	return cstn__durable_note(store, status);
}

cstn_status cstn__store_checkpoint(cstn__store *store, cstn_error **error)
{
	const cstn__checkpoint_job job = {.flags = 0};
	cstn_status status = cstn__store_may_write(store, error);

	if (status != CSTN_OK || !store->durable)
		return status;
	cstn__turn_take(store);
	status = cstn__store_may_write(store, error);
	if (status == CSTN_OK)
		status = cstn__checkpoint_run(store, &job, error);
	cstn__turn_give(store);
	return status;
}

void cstn__checkpoint_if_due(cstn__store *store)
{
	const cstn__checkpoint_job job = {.flags = 0};
	cstn__durable *durable = store->durable;
	uint64_t limit = store->options.checkpoint_bytes ? store->options.checkpoint_bytes
							 : CHECKPOINT_BYTES;
	uint64_t most_rows = store->options.checkpoint_rows ? store->options.checkpoint_rows
							    : CHECKPOINT_ROWS;
	uint64_t rows = 0, bytes = 0;

	if (store->options.flags & CSTN__STORE_DEFER_CHECKPOINT ||
			cstn__store_may_write(store, NULL) != CSTN_OK)
		return;
	for (size_t t = 0; t < store->n_tables; t++) {
		rows += store->version->tables[t].memory->rows;
		bytes += store->version->tables[t].memory->bytes;
	}
	if ((rows < most_rows && bytes < limit && durable->log_end < limit) ||
			durable->log_end < durable->due_at)
		return;
	/* The commits before it stand whatever becomes of it; the state says what did. */
	if (cstn__checkpoint_run(store, &job, NULL) != CSTN_OK)
		durable->due_at = durable->log_end + limit / 4;
}
