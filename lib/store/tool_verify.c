/* Everything of a store that can be checked without changing it: the manifest, that every listed
 * file is there in its length, every hash and seal, every value of every block, the key indexes
 * against the rows, the maps of dead rows against the keys, every operation of the log. It uses the
 * readers that the engine uses, so that what is sound here opens there. It takes a reader's lock
 * and writes nothing. Time: one pass over all bytes; memory: the largest block and 16 bytes for
 * each row of the largest keyed table. */
#include "store/tool_verify.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "store/file_io.h"
#include "store/log.h"
#include "store/segment.h"
#include "store/store.h"

#define READER_BYTE 1

/* --- notes --- */

static void put_note(cstn__verify *verify, const cstn__manifest_entry *entry, uint64_t rows,
		const char *problem, const char *remark)
{
	cstn__bytes *out = &verify->files;
	char name[CSTN__FILE_NAME];

	cstn__file_name(entry->kind, entry->file_no, name);
	if (!verify->json) {
		cstn__bytes_put_format(out, "%s: %s%s, %" PRIu64 " rows, %" PRIu64 " bytes\n", name,
				remark ? "of no use and made again when it is wanted: " : "",
				problem  ? problem
				: remark ? remark
					 : "sound",
				rows, entry->size);
		return;
	}
	cstn__bytes_put_format(out,
			"%s{\"file\":\"%s\",\"kind\":\"%s\",\"rows\":%" PRIu64 ",\"bytes\":%" PRIu64
			",\"problem\":",
			out->size ? "," : "", name, cstn__file_kind_name(entry->kind), rows,
			entry->size);
	if (problem)
		cstn__report_put_text(out, problem);
	else
		cstn__bytes_put_text(out, "null");
	if (remark) {
		cstn__bytes_put_text(out, ",\"remark\":");
		cstn__report_put_text(out, remark);
	}
	cstn__bytes_put_u8(out, '}');
}

void cstn__verify_note(cstn__verify *verify, const cstn__manifest_entry *entry, uint64_t rows,
		const char *problem)
{
	verify->n_problems += problem != NULL;
	put_note(verify, entry, rows, problem, NULL);
}

cstn_status cstn__verify_status(cstn__verify *verify, const cstn__manifest_entry *entry,
		cstn_status status, cstn_error **error)
{
	if (status == CSTN_OK || status == CSTN_E_NOMEM || status == CSTN_E_CANCELLED)
		return status;
	cstn__verify_note(
			verify, entry, 0, error && *error ? cstn_error_message(*error) : "damaged");
	if (error) {
		cstn_error_free(*error);
		*error = NULL;
	}
	return CSTN_OK;
}

/* --- the log --- */

typedef struct log_check {
	cstn__verify *verify;
	cstn__log_ops *ops;
	cstn__store_schema schema; /* as of the frame */
	void *memory;              /* of a schema found in the log */
	size_t memory_size;
} log_check;

static cstn_status check_op(log_check *check, const cstn__log_op *op, cstn_error **error)
{
	const cstn__store_table *table = cstn__schema_table(&check->schema, op->table);

	if (op->op == CSTN__OP_SCHEMA) {
		cstn__free(&check->verify->tool.allocator, check->memory, check->memory_size);
		check->memory = NULL;
		return cstn__schema_blob_read(op->blob, op->blob_len,
				&check->verify->tool.allocator, &check->schema, &check->memory,
				&check->memory_size, error);
	}
	if (op->op == CSTN__OP_PUT_SLOTS || op->op == CSTN__OP_ERASE_SLOTS)
		return cstn__slot_log_take(&check->verify->slots, op, error);
	if (!table)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"log: an operation on table %" PRIu32
				", which is not in the schema",
				op->table);
	for (size_t i = 0; i < op->batch.n_columns; i++) {
		size_t k = 0;

		while (k < table->n_columns && table->columns[k].id != op->batch.ids[i])
			k++;
		if (k == table->n_columns || table->columns[k].space != op->spaces[i])
			return cstn__fail(error, CSTN_E_CORRUPT,
					"log: table %" PRIu32 " has no such column %" PRIu32,
					op->table, op->batch.ids[i]);
	}
	return CSTN_OK;
}

static cstn_status check_frame(void *context, const cstn__log_frame *frame, cstn_error **error)
{
	log_check *check = context;
	cstn__log_op op;
	cstn_status status = CSTN_OK;

	if (check->verify->manifest.flags & CSTN__MANIFEST_CLEAN)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"log: it has transactions, and the manifest says that none came "
				"after it");
	if (check->ops)
		cstn__log_ops_reset(check->ops, frame);
	else
		status = cstn__log_ops_new(
				frame, &check->verify->tool.allocator, &check->ops, error);
	while (status == CSTN_OK) {
		status = cstn__log_ops_next(check->ops, &op, error);
		if (status == CSTN_OK)
			status = check_op(check, &op, error);
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}

static cstn_status replay_once(cstn__verify *verify, const cstn__manifest_entry *entry,
		cstn__log_replayed *log, cstn_error **error)
{
	const char *path = cstn__tool_path(&verify->tool, entry->kind, entry->file_no);
	log_check check = {.verify = verify, .schema = verify->manifest.schema};
	cstn__vfs_file *file;
	cstn_status status =
			path ? cstn__io_open(verify->tool.vfs, path, CSTN__VFS_READ, &file, error)
			     : cstn__fail_nomem(error);

	if (status != CSTN_OK)
		return status;
	status = cstn__log_replay(verify->tool.vfs, file, verify->manifest.uuid, entry->file_no,
			&verify->tool.allocator, check_frame, &check, log, error);
	verify->tool.vfs->close(verify->tool.vfs, file);
	cstn__log_ops_free(check.ops);
	cstn__free(&verify->tool.allocator, check.memory, check.memory_size);
	return status;
}

static cstn_status verify_log(
		cstn__verify *verify, const cstn__manifest_entry *entry, cstn_error **error)
{
	cstn__manifest_entry noted = *entry;
	cstn__log_replayed log;
	cstn_status status = replay_once(verify, entry, &log, error);

	if (status == CSTN_E_CORRUPT) { /* or a writer was in the middle of it */
		if (error) {
			cstn_error_free(*error);
			*error = NULL;
		}
		status = replay_once(verify, entry, &log, error);
	}
	if (status != CSTN_OK)
		return cstn__verify_status(verify, entry, status, error);
	if (log.header.base_seq != verify->manifest.last_seq + 1) {
		cstn__verify_note(verify, entry, 0,
				"its first transaction does not follow the manifest's last one");
		return CSTN_OK;
	}
	noted.size = log.file_len;
	cstn__verify_note(verify, &noted, 0, NULL);
	return CSTN_OK;
}

/* --- derived columns --- */

static cstn_status read_derived(
		cstn__verify *verify, const cstn__manifest_entry *entry, cstn_error **error)
{
	const cstn__store_table table = {.id = entry->table, .table_class = CSTN__TABLE_DERIVED};
	const char *path = cstn__tool_path(&verify->tool, entry->kind, entry->file_no);
	cstn__segment *segment = NULL;
	cstn_status status = path ? cstn__segment_open_derived(verify->tool.vfs, path,
						    verify->manifest.uuid, entry->file_no,
						    entry->size, entry->target_file_no, &table,
						    &verify->tool.allocator, &segment, error)
				  : cstn__fail_nomem(error);

	if (status == CSTN_OK)
		status = cstn__segment_verify(segment, error);
	cstn__segment_free(segment);
	return status;
}

/* They may vanish at any time: one that is gone or damaged is worth a remark, and no problem. */
static cstn_status verify_derived(
		cstn__verify *verify, const cstn__manifest_entry *entry, cstn_error **error)
{
	cstn_error *why = NULL;
	cstn_status status = read_derived(verify, entry, &why);

	if (status == CSTN_E_NOMEM) {
		cstn_error_free(why);
		return cstn__fail_nomem(error);
	}
	put_note(verify, entry, status == CSTN_OK ? entry->rows : 0, NULL,
			status == CSTN_OK ? NULL : cstn_error_message(why));
	cstn_error_free(why);
	return CSTN_OK;
}

/* --- the whole --- */

static cstn_status verify_entry(
		cstn__verify *verify, const cstn__manifest_entry *entry, cstn_error **error)
{
	int grows = entry->kind == CSTN__ENTRY_LOG || entry->kind == CSTN__ENTRY_KEY_SLOTS;
	const char *path;
	uint64_t size = 0;
	cstn_status status;

	if (cstn_progress_is_cancelled(verify->progress))
		return cstn__fail(error, CSTN_E_CANCELLED, "verifying was cancelled");
	if (entry->kind == CSTN__ENTRY_DERIVED)
		return verify_derived(verify, entry, error);
	path = cstn__tool_path(&verify->tool, entry->kind, entry->file_no);
	status = path ? cstn__tool_size(verify->tool.vfs, path, &size, error)
		      : cstn__fail_nomem(error);
	if (status == CSTN_OK && (grows ? size < entry->size : size != entry->size))
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"'%s': %" PRIu64 " bytes, %" PRIu64 " in the manifest", path, size,
				entry->size);
	if (status != CSTN_OK)
		return cstn__verify_status(verify, entry, status, error);
	if (entry->kind == CSTN__ENTRY_SEGMENT)
		status = cstn__verify_segment(verify, entry, error);
	else if (entry->kind == CSTN__ENTRY_LOG)
		status = verify_log(verify, entry, error);
	else if (entry->kind == CSTN__ENTRY_KEY_SLOTS)
		status = cstn__verify_slots(verify, entry, size, error);
	cstn__progress_add(verify->progress, size);
	return status;
}

static cstn_status verify_manifest(cstn__verify *verify, cstn_error **error)
{
	cstn__manifest *manifest = &verify->manifest;
	cstn__manifest_entry itself = {.kind = 0, .file_no = manifest->manifest_no};
	const char *path = cstn__tool_path(&verify->tool, 0, manifest->manifest_no);
	cstn_status status = path ? cstn__tool_size(verify->tool.vfs, path, &itself.size, error)
				  : cstn__fail_nomem(error);
	uint64_t total = 0;

	if (status != CSTN_OK)
		return status;
	verify->dead = cstn__alloc_zero(
			&verify->tool.allocator, manifest->n_entries * sizeof(*verify->dead));
	if (!verify->dead)
		return cstn__fail_nomem(error);
	cstn__verify_note(verify, &itself, 0, NULL);
	for (size_t i = 0; i < manifest->n_entries; i++)
		total += manifest->entries[i].size;
	cstn__progress_set_total(verify->progress, total);
	/* The dead rows first: the tables need them. */
	for (size_t i = 0; i < manifest->n_entries && status == CSTN_OK; i++)
		if (manifest->entries[i].kind == CSTN__ENTRY_DEAD_ROWS)
			status = cstn__verify_dead_rows(verify, &manifest->entries[i], error);
	for (size_t i = 0; i < manifest->n_entries && status == CSTN_OK; i++)
		if (manifest->entries[i].kind != CSTN__ENTRY_DEAD_ROWS &&
				manifest->entries[i].kind != CSTN__ENTRY_KEY_SLOTS)
			status = verify_entry(verify, &manifest->entries[i], error);
	/* The key slots last: the log names some. */
	for (size_t i = 0; i < manifest->n_entries && status == CSTN_OK; i++)
		if (manifest->entries[i].kind == CSTN__ENTRY_KEY_SLOTS &&
				!(manifest->entries[i].flags & CSTN__ENTRY_SLOTS_OVER))
			status = verify_entry(verify, &manifest->entries[i], error);
	if (status == CSTN_OK)
		status = cstn__verify_tables(verify, error);
	return status;
}

/* The highest manifest, which is the store. */
static cstn_status find_manifest(cstn__verify *verify, cstn_error **error)
{
	cstn__manifest_entry entry = {0};
	cstn__tool_names names = {0};
	cstn_status status = cstn__tool_list(&verify->tool, &names, error);
	int found = 0;

	for (size_t i = 0; i < names.count; i++) {
		if (names.items[i].kind != 0)
			continue;
		found = 1;
		entry.file_no = names.items[i].file_no; /* they rise */
	}
	cstn__array_free(&verify->tool.allocator, &names);
	if (status != CSTN_OK)
		return status;
	if (!found)
		return cstn__fail(error, CSTN_E_NO_MANIFEST, "'%s' has no manifest",
				verify->tool.folder);
	status = cstn__tool_read_manifest(&verify->tool, entry.file_no, &verify->manifest, error);
	if (status == CSTN_E_NEWER_FORMAT)
		return status; /* that is no damage */
	if (status != CSTN_OK)
		return cstn__verify_status(verify, &entry, status, error);
	return verify_manifest(verify, error);
}

static cstn_status make_report(cstn__verify *verify, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes report;

	cstn__bytes_init(&report, &verify->tool.allocator);
	cstn__bytes_put_text(&report, verify->json ? "{\"store\":" : "store ");
	cstn__report_put_text(&report, verify->tool.folder);
	cstn__bytes_put_text(&report, verify->json ? ",\"uuid\":\"" : ", uuid ");
	cstn__put_hex(&report, verify->manifest.uuid, 16);
	cstn__bytes_put_format(&report,
			verify->json ? "\",\"manifest\":%" PRIu64 ",\"files\":["
				     : ", manifest %" PRIu64 "\n",
			verify->manifest.manifest_no);
	cstn__bytes_put(&report, verify->files.data, verify->files.size);
	cstn__bytes_put_text(&report, verify->json ? "],\"tables\":[" : "");
	cstn__bytes_put(&report, verify->tables.data, verify->tables.size);
	cstn__bytes_put_format(&report,
			verify->json ? "],\"problems\":%" PRIu64 "}\n" : "%" PRIu64 " problems\n",
			verify->n_problems);
	if (verify->files.failed || verify->tables.failed)
		report.failed = 1;
	return cstn__bytes_to_buffer(&report, out, error);
}

static void free_verify(cstn__verify *verify)
{
	const cstn_allocator *allocator = &verify->tool.allocator;

	for (size_t i = 0; verify->dead && i < verify->manifest.n_entries; i++)
		cstn__free(allocator, verify->dead[i].rows,
				verify->dead[i].n * sizeof(*verify->dead[i].rows));
	cstn__free(allocator, verify->dead, verify->manifest.n_entries * sizeof(*verify->dead));
	cstn__bytes_free(&verify->files);
	cstn__bytes_free(&verify->tables);
	cstn__slot_log_free(&verify->slots);
	if (verify->manifest.entries)
		cstn__manifest_free(&verify->manifest);
	cstn__tool_free(&verify->tool);
}

/* A reader's lock, so that no writer removes a file meanwhile; NULL where there is none. */
static cstn__vfs_file *lock_as_reader(cstn__verify *verify)
{
	const char *path = cstn__tool_path_of(&verify->tool, "LOCK");
	cstn__vfs *vfs = verify->tool.vfs;
	cstn__vfs_file *file = NULL;

	if (!path || vfs->open(vfs, path, CSTN__VFS_READ, &file) != 0)
		return NULL;
	(void)vfs->lock(vfs, file, READER_BYTE, CSTN__VFS_SHARED);
	return file;
}

cstn_status cstn__store_verify(cstn__vfs *vfs, const char *path, int json,
		const cstn_allocator *allocator, cstn_progress *progress, cstn_buffer **report,
		cstn_error **error)
{
	cstn_error *own = NULL;
	cstn__verify verify;
	cstn_allocator read;
	cstn__vfs_file *lock;
	cstn_status status = cstn__allocator_read(allocator, &read, error);

	if (status != CSTN_OK)
		return status;
	memset(&verify, 0, sizeof(verify));
	cstn__tool_init(&verify.tool, vfs, path, &read);
	cstn__bytes_init(&verify.files, &read);
	cstn__bytes_init(&verify.tables, &read);
	cstn__slot_log_init(&verify.slots, &read);
	verify.json = json;
	verify.progress = progress;
	lock = lock_as_reader(&verify);
	status = find_manifest(&verify, &own);
	if (status == CSTN_OK)
		status = make_report(&verify, report, &own);
	if (status == CSTN_OK && verify.n_problems)
		status = cstn__fail(&own, CSTN_E_CORRUPT,
				"'%s': %" PRIu64 " problems, see the report", path,
				verify.n_problems);
	if (lock)
		vfs->close(vfs, lock);
	free_verify(&verify);
	if (error)
		*error = own;
	else
		cstn_error_free(own);
	return status;
}
