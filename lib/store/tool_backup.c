/* A backup: the store as of one moment, in another folder, while writers go on.
 *
 * The moment is taken within the writer's turn and is three numbers: manifest, log, end of the log.
 * Segments, maps of dead rows and the manifest never change, and the log only grows, so that what
 * is copied afterwards is what was there. A reader's lock on the store keeps the files from being
 * removed meanwhile. Files of derived columns are left out, and so are key slots, which die in
 * place. Cost: one read and one write of every byte, or none of the segments' if they are linked.
 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "store/durable.h"
#include "store/engine.h"
#include "store/file_io.h"
#include "store/store.h"
#include "store/tool.h"

#define READER_BYTE 1
#define LOCK_TRIES 1000

typedef struct backup {
	cstn__tool from, to;
	cstn__manifest manifest;
	uint64_t manifest_no, log_file_no, log_end;
	int hard_link;
	cstn_progress *progress;
} backup;

/* A shared lock of its own: the writer tries for it before it removes a file. */
static cstn_status lock_as_reader(backup *job, cstn__vfs_file **out, cstn_error **error)
{
	const char *path = cstn__tool_path_of(&job->from, "LOCK");
	cstn__vfs *vfs = job->from.vfs;
	cstn_status status = path ? cstn__io_open(vfs, path, CSTN__VFS_READ, out, error)
				  : cstn__fail_nomem(error);
	int reason = EAGAIN;

	if (status != CSTN_OK)
		return status;
	/* Another process's writer holds it for as long as it removes files. */
	for (int i = 0; reason == EAGAIN && i < LOCK_TRIES; i++)
		reason = vfs->lock(vfs, *out, READER_BYTE, CSTN__VFS_SHARED);
	if (reason == 0)
		return CSTN_OK;
	vfs->close(vfs, *out);
	if (reason == EAGAIN)
		return cstn__fail(error, CSTN_E_LOCKED,
				"'%s' does not let a reader in beside its writer",
				job->from.folder);
	return cstn__io_fail(error, reason, "lock", job->from.folder);
}

/* Within the turn this store's own writer removes no file, so that the lock is to be had. */
static cstn_status take_moment(
		cstn__store *store, backup *job, cstn__vfs_file **lock, cstn_error **error)
{
	cstn_status status;

	cstn__turn_take(store);
	status = lock_as_reader(job, lock, error);
	job->manifest_no = store->durable->manifest_no;
	job->log_file_no = store->durable->log_header.file_no;
	job->log_end = store->durable->log_end;
	cstn__turn_give(store);
	return status;
}

/* 1 if a second name was made for it. */
static int link_file(backup *job, const cstn__manifest_entry *entry)
{
	const char *from, *to;

	if (!job->hard_link)
		return 0;
	from = cstn__tool_path(&job->from, entry->kind, entry->file_no);
	to = cstn__tool_path(&job->to, entry->kind, entry->file_no);
	return from && to && job->to.vfs->link(job->to.vfs, from, to) == 0;
}

static cstn_status copy_entry(backup *job, const cstn__manifest_entry *entry, cstn_error **error)
{
	uint64_t size = entry->kind == CSTN__ENTRY_LOG ? job->log_end : entry->size;
	cstn_status status = CSTN_OK;

	if (cstn_progress_is_cancelled(job->progress))
		return cstn__fail(error, CSTN_E_CANCELLED, "the backup was cancelled");
	if (entry->kind == CSTN__ENTRY_LOG && entry->file_no != job->log_file_no)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"'%s': the manifest names another log than the one in use",
				job->from.folder);
	/* The log is written to later on, so that it must not have two names. */
	if (entry->kind == CSTN__ENTRY_LOG || !link_file(job, entry))
		status = cstn__tool_copy(
				&job->from, &job->to, entry->kind, entry->file_no, size, error);
	cstn__progress_add(job->progress, size);
	return status;
}

/* The files of the manifest, without those that a backup does not have; it is changed to say so. */
static cstn_status copy_files(backup *job, cstn_error **error)
{
	cstn__manifest *manifest = &job->manifest;
	uint64_t total = 0;
	size_t kept = 0;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < manifest->n_entries; i++)
		total += manifest->entries[i].size;
	cstn__progress_set_total(job->progress, total + job->log_end);
	for (size_t i = 0; i < manifest->n_entries && status == CSTN_OK; i++) {
		cstn__manifest_entry entry = manifest->entries[i];

		if (entry.kind == CSTN__ENTRY_DERIVED || entry.kind == CSTN__ENTRY_KEY_SLOTS)
			continue;
		status = copy_entry(job, &entry, error);
		manifest->entries[kept++] = entry;
	}
	if (status != CSTN_OK)
		return status;
	total = manifest->n_entries;
	manifest->n_entries = kept;
	status = cstn__tool_publish(&job->to, manifest, error);
	manifest->n_entries = (size_t)total; /* the block's, to be freed */
	return status;
}

static cstn_status run(cstn__store *store, backup *job, cstn_error **error)
{
	cstn__vfs_file *lock = NULL;
	cstn_status status = take_moment(store, job, &lock, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__tool_read_manifest(&job->from, job->manifest_no, &job->manifest, error);
	if (status == CSTN_OK) {
		status = cstn__tool_make_folder(&job->to, error);
		if (status == CSTN_OK)
			status = copy_files(job, error);
		cstn__manifest_free(&job->manifest);
	}
	job->from.vfs->close(job->from.vfs, lock);
	return status;
}

cstn_status cstn__store_backup(cstn__store *store, const char *to, int hard_link,
		cstn_progress *progress, cstn_error **error)
{
	cstn_status status = cstn__store_may_read(store, error);
	backup job;

	if (status != CSTN_OK)
		return status;
	if (!store->durable)
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"a store in memory has no files to back up");
	memset(&job, 0, sizeof(job));
	job.hard_link = hard_link;
	job.progress = progress;
	cstn__tool_init(&job.from, store->durable->vfs, store->durable->path, &store->allocator);
	cstn__tool_init(&job.to, store->durable->vfs, to, &store->allocator);
	status = run(store, &job, error);
	cstn__tool_free(&job.from);
	cstn__tool_free(&job.to);
	return status;
}
