/* What can be read of a damaged store, as a new store beside it.
 *
 * The highest manifest that is sound says which files are current. If the highest one is not, its
 * schema is still read where its parts make sense, or an older one's, and the folder itself is the
 * list: every segment by its trailer but those whose transactions a younger one of the same table
 * covers (they had been folded or compacted into it), and of the logs what no segment has. Without
 * any manifest the schema is the one the caller knows, with what segments and logs say. The old
 * store is only read. Each step goes on after damage, and each loop ends with a file or a chunk, so
 * it always ends. The new store has the identity of the old one, its transactions and its history.
 * A dry run does the same on a disk that keeps nothing (vfs_nowhere.c): its report is what the run
 * would report. */
#include "store/tool_salvage.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "store/file_io.h"
#include "store/little_endian.h"
#include "store/store.h"

#define SEGMENT_HEADER 128u
#define MANIFEST_HEADER 128u
#define MANIFEST_TRAILER 16u
#define ENTRY 96u

/* --- what went wrong --- */

void cstn__salvage_problem(
		cstn__salvage *salvage, uint32_t kind, uint64_t file_no, const char *message)
{
	cstn__bytes *out = &salvage->problems;
	char name[CSTN__FILE_NAME];

	cstn__file_name(kind, file_no, name);
	cstn__bytes_put_format(out, "%s{\"file\":\"%s\",\"problem\":", out->size ? "," : "", name);
	cstn__report_put_text(out, message);
	cstn__bytes_put_u8(out, '}');
}

cstn_status cstn__salvage_lost(cstn__salvage *salvage, uint32_t kind, uint64_t file_no,
		cstn_status status, cstn_error **error)
{
	if (status == CSTN_E_NOMEM || status == CSTN_E_CANCELLED || status == CSTN_E_FULL ||
			status == CSTN_E_POISONED)
		return status;
	cstn__salvage_problem(salvage, kind, file_no,
			error && *error ? cstn_error_message(*error) : "damaged");
	if (error) {
		cstn_error_free(*error);
		*error = NULL;
	}
	return CSTN_OK;
}

cstn__salvaged_table *cstn__salvage_table(const cstn__salvage *salvage, uint32_t id)
{
	for (size_t i = 0; i < salvage->source.schema.n_tables; i++)
		if (salvage->source.schema.tables[i].id == id)
			return &salvage->tables[i];
	return NULL;
}

/* --- the manifest, or what is left of one --- */

/* The schema of a damaged manifest: it lies behind some number of entries and ends where the hash
 * begins, and bytes that are not a schema are hardly ever taken for one. The rest is not trusted.
 */
static cstn_status read_schema(cstn__salvage *salvage, const cstn__bytes *bytes, cstn_error **error)
{
	cstn__manifest *out = &salvage->source;

	for (size_t at = MANIFEST_HEADER; at + MANIFEST_TRAILER < bytes->size; at += ENTRY) {
		cstn_status status = cstn__schema_blob_read(bytes->data + at,
				bytes->size - MANIFEST_TRAILER - at, salvage->allocator,
				&out->schema, &out->memory, &out->memory_size, NULL);

		if (status == CSTN_E_NOMEM)
			return cstn__fail_nomem(error);
		if (status != CSTN_OK)
			continue;
		out->allocator = *salvage->allocator;
		memcpy(out->uuid, bytes->data + 16, sizeof(out->uuid));
		return CSTN_OK;
	}
	return cstn__fail(error, CSTN_E_CORRUPT, "manifest: it has no schema that can be read");
}

static cstn_status read_damaged(cstn__salvage *salvage, uint64_t number, cstn_error **error)
{
	const char *path = cstn__tool_path(&salvage->from, 0, number);
	cstn__bytes bytes;
	cstn_status status;

	if (!path)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&bytes, salvage->allocator);
	status = cstn__tool_read(salvage->from.vfs, path, CSTN__MANIFEST_MAX, &bytes, error);
	if (status == CSTN_OK)
		status = read_schema(salvage, &bytes, error);
	cstn__bytes_free(&bytes);
	if (status == CSTN_OK)
		salvage->source.manifest_no = number;
	return status;
}

void cstn__salvage_forget(cstn_error **error)
{
	if (!error)
		return;
	cstn_error_free(*error);
	*error = NULL;
}

/* The highest manifest if it is sound; else the schema of the highest that is sound or readable;
 * else the one that is known, and what segments and logs say. */
static cstn_status find_manifest(
		cstn__salvage *salvage, const cstn__store_schema *known, cstn_error **error)
{
	const cstn__tool_names *names = &salvage->names;
	int highest = 1;
	cstn_status status;

	for (int damaged = 0; damaged < 2; damaged++) {
		for (size_t i = names->count; i-- > 0;) {
			if (names->items[i].kind != 0)
				continue;
			status = damaged ? read_damaged(salvage, names->items[i].file_no, error)
					 : cstn__tool_read_manifest(&salvage->from,
							   names->items[i].file_no,
							   &salvage->source, error);
			if (status == CSTN_OK) {
				salvage->has_source = 1;
				salvage->listed = highest;
				salvage->schema_from = "manifest";
				return CSTN_OK;
			}
			if (status == CSTN_E_NOMEM || (status == CSTN_E_NEWER_FORMAT && !damaged))
				return status;
			if (damaged)
				cstn__salvage_forget(error);
			else
				status = cstn__salvage_lost(
						salvage, 0, names->items[i].file_no, status, error);
			if (!damaged && status != CSTN_OK)
				return status;
			highest = 0;
		}
	}
	return cstn__salvage_find_schema(salvage, known, error);
}

/* --- which segments --- */

/* A segment's header as an entry; its hash holds. */
cstn_status cstn__salvage_header(cstn__salvage *salvage, uint64_t file_no,
		cstn__manifest_entry *out, uint8_t uuid[16], cstn_error **error)
{
	const char *path = cstn__tool_path(&salvage->from, CSTN__ENTRY_SEGMENT, file_no);
	cstn__vfs *vfs = salvage->from.vfs;
	uint8_t header[SEGMENT_HEADER];
	cstn__vfs_file *file = NULL;
	cstn_status status = path ? cstn__io_open(vfs, path, CSTN__VFS_READ, &file, error)
				  : cstn__fail_nomem(error);

	if (status != CSTN_OK)
		return status;
	status = cstn__io_read(vfs, file, path, header, sizeof(header), 0, error);
	if (status == CSTN_OK && (memcmp(header, "CSTNSEG1", 8) != 0 ||
						 cstn__load64(header + 120) !=
								 cstn__hash64(0, header, 120) ||
						 cstn__load64(header + 32) != file_no))
		status = cstn__fail(error, CSTN_E_CORRUPT, "'%s': its header is damaged", path);
	vfs->close(vfs, file);
	if (status != CSTN_OK)
		return status;
	memcpy(uuid, header + 16, 16);
	*out = (cstn__manifest_entry){.kind = CSTN__ENTRY_SEGMENT,
			.table = cstn__load16(header + 40),
			.file_no = file_no,
			.rows = cstn__load64(header + 48),
			.child_rows = cstn__load64(header + 56),
			.min_seq = cstn__load64(header + 64),
			.max_seq = cstn__load64(header + 72)};
	return CSTN_OK;
}

static int covers(const cstn__manifest_entry *younger, const cstn__manifest_entry *entry)
{
	return younger->table == entry->table && younger->file_no > entry->file_no &&
	       younger->min_seq <= entry->min_seq && younger->max_seq >= entry->max_seq;
}

static int compare_entries(const void *a, const void *b)
{
	const cstn__manifest_entry *first = a, *second = b;

	if (first->min_seq != second->min_seq)
		return first->min_seq < second->min_seq ? -1 : 1;
	return (first->file_no > second->file_no) - (first->file_no < second->file_no);
}

static cstn_status want(
		cstn__salvage *salvage, const cstn__manifest_entry *entry, cstn_error **error)
{
	if (cstn__array_reserve(salvage->allocator, &salvage->wanted, 1) != 0)
		return cstn__fail_nomem(error);
	salvage->wanted.items[salvage->wanted.count++] = *entry;
	if (entry->max_seq > salvage->last_seq)
		salvage->last_seq = entry->max_seq;
	return CSTN_OK;
}

/* Of a store without segments: the identity is that of a log whose header holds. */
static cstn_status take_log_uuid(cstn__salvage *salvage, cstn_error **error)
{
	for (size_t i = 0; i < salvage->names.count; i++) {
		uint64_t file_no = salvage->names.items[i].file_no;
		const char *path;
		uint8_t data[CSTN__LOG_HEADER];
		cstn__vfs_file *file = NULL;
		cstn__log_header header;

		if (salvage->names.items[i].kind != CSTN__ENTRY_LOG)
			continue;
		path = cstn__tool_path(&salvage->from, CSTN__ENTRY_LOG, file_no);
		if (!path)
			return cstn__fail_nomem(error);
		if (cstn__io_open(salvage->from.vfs, path, CSTN__VFS_READ, &file, NULL) != CSTN_OK)
			continue;
		if (cstn__io_read(salvage->from.vfs, file, path, data, sizeof(data), 0, NULL) ==
						CSTN_OK &&
				cstn__log_header_read(data, sizeof(data), NULL, 0, &header, NULL) ==
						CSTN_OK)
			memcpy(salvage->uuid, header.uuid, sizeof(salvage->uuid));
		salvage->from.vfs->close(salvage->from.vfs, file);
	}
	return CSTN_OK;
}

/* By the folder: all segments of the store, oldest first, without those that are covered. The
 * identity is that of the first one whose header holds. */
static cstn_status want_folder(cstn__salvage *salvage, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int has_uuid = 0;
	size_t kept = 0;

	for (size_t i = 0; i < salvage->names.count && status == CSTN_OK; i++) {
		uint64_t file_no = salvage->names.items[i].file_no;
		cstn__manifest_entry entry;
		uint8_t uuid[16];

		if (salvage->names.items[i].kind != CSTN__ENTRY_SEGMENT)
			continue;
		status = cstn__salvage_header(salvage, file_no, &entry, uuid, error);
		if (status != CSTN_OK) {
			status = cstn__salvage_lost(
					salvage, CSTN__ENTRY_SEGMENT, file_no, status, error);
			continue;
		}
		if (!has_uuid)
			memcpy(salvage->uuid, uuid, sizeof(uuid));
		has_uuid = 1;
		status = want(salvage, &entry, error);
	}
	if (status == CSTN_OK && !has_uuid)
		status = take_log_uuid(salvage, error);
	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < salvage->wanted.count; i++) {
		int covered = 0;

		for (size_t k = 0; k < salvage->wanted.count && !covered; k++)
			covered = covers(&salvage->wanted.items[k], &salvage->wanted.items[i]) &&
				  cstn__salvage_opens(salvage, &salvage->wanted.items[k]);
		salvage->wanted.items[i].flags = (uint32_t)covered;
	}
	for (size_t i = 0; i < salvage->wanted.count; i++)
		if (!salvage->wanted.items[i].flags)
			salvage->wanted.items[kept++] = salvage->wanted.items[i];
	salvage->wanted.count = kept;
	if (kept > 1)
		qsort(salvage->wanted.items, kept, sizeof(*salvage->wanted.items), compare_entries);
	return CSTN_OK;
}

static cstn_status find_segments(cstn__salvage *salvage, cstn_error **error)
{
	const cstn__manifest *source = &salvage->source;
	cstn_status status = CSTN_OK;

	memcpy(salvage->uuid, source->uuid, sizeof(salvage->uuid));
	salvage->next_file = source->next_file < UINT64_MAX / 2 ? source->next_file : 1;
	for (size_t i = 0; i < salvage->names.count; i++)
		if (salvage->names.items[i].kind != 0 &&
				salvage->names.items[i].file_no >= salvage->next_file &&
				salvage->names.items[i].file_no < UINT64_MAX / 2)
			salvage->next_file = salvage->names.items[i].file_no + 1;
	if (!salvage->listed)
		return want_folder(salvage, error);
	salvage->last_seq = source->last_seq;
	for (size_t i = 0; i < source->n_entries && status == CSTN_OK; i++)
		if (source->entries[i].kind == CSTN__ENTRY_SEGMENT)
			status = want(salvage, &source->entries[i], error);
	return status;
}

/* --- the new store --- */

/* 1 if the old manifest says that a file of key slots is over. */
static int is_over(const cstn__salvage *salvage, uint64_t file_no)
{
	for (size_t i = 0; salvage->listed && i < salvage->source.n_entries; i++)
		if (salvage->source.entries[i].flags & CSTN__ENTRY_SLOTS_OVER &&
				salvage->source.entries[i].file_no == file_no)
			return 1;
	return 0;
}

/* The maps of dead rows, the key slots, and all entries. */
static cstn_status list_files(cstn__salvage *salvage, cstn__manifest *out, cstn_error **error)
{
	size_t n = 0;

	for (size_t i = 0; i < salvage->segments.count; i++) {
		cstn__salvaged_segment *segment = &salvage->segments.items[i];
		uint64_t file_no = salvage->next_file;
		cstn__bytes bytes;
		cstn_status status;

		out->entries[n++] = segment->entry;
		if (segment->n_dead == 0)
			continue;
		salvage->next_file++;
		cstn__bytes_init(&bytes, salvage->allocator);
		status = cstn__dead_rows_write(salvage->uuid, file_no, segment->entry.file_no,
				salvage->last_seq, segment->dead, segment->n_dead, &bytes, error);
		if (status == CSTN_OK)
			status = cstn__tool_put(&salvage->to, CSTN__ENTRY_DEAD_ROWS, file_no,
					bytes.data, bytes.size, error);
		out->entries[n++] = (cstn__manifest_entry){.kind = CSTN__ENTRY_DEAD_ROWS,
				.table = segment->entry.table,
				.file_no = file_no,
				.size = bytes.size,
				.rows = segment->n_dead,
				.min_seq = segment->entry.min_seq,
				.max_seq = salvage->last_seq,
				.target_file_no = segment->entry.file_no};
		cstn__bytes_free(&bytes);
		if (status != CSTN_OK)
			return status;
	}
	for (size_t i = 0; i < salvage->names.count; i++) {
		uint64_t file_no = salvage->names.items[i].file_no;
		cstn__manifest_entry entry;
		cstn_status status;
		int taken = 0;

		if (salvage->names.items[i].kind != CSTN__ENTRY_KEY_SLOTS ||
				file_no >= salvage->next_file || is_over(salvage, file_no))
			continue;
		status = cstn__salvage_slots(salvage, file_no, &entry, &taken, error);
		if (status != CSTN_OK)
			return status;
		if (taken)
			out->entries[n++] = entry;
	}
	for (size_t i = 0; salvage->listed && i < salvage->source.n_entries; i++)
		if (salvage->source.entries[i].flags & CSTN__ENTRY_SLOTS_OVER)
			out->entries[n++] = salvage->source.entries[i];
	out->entries[n++] = (cstn__manifest_entry){.kind = CSTN__ENTRY_LOG,
			.file_no = salvage->log_file_no,
			.size = CSTN__LOG_HEADER};
	out->n_entries = n;
	return CSTN_OK;
}

static cstn_status write_manifest(cstn__salvage *salvage, cstn_error **error)
{
	cstn__manifest manifest = {.manifest_no = 1,
			.last_seq = salvage->last_seq,
			.compat = salvage->source.compat,
			.ro_compat = salvage->source.ro_compat,
			.schema = salvage->source.schema};
	size_t most = salvage->segments.count * 2 + salvage->names.count + 1 +
		      (salvage->listed ? salvage->source.n_entries : 0);
	cstn_status status;

	memcpy(manifest.uuid, salvage->uuid, sizeof(manifest.uuid));
	manifest.entries = cstn__alloc_zero(
			salvage->allocator, cstn__array_size(most, sizeof(*manifest.entries)));
	if (!manifest.entries)
		return cstn__fail_nomem(error);
	status = list_files(salvage, &manifest, error);
	manifest.next_file = salvage->next_file;
	if (status == CSTN_OK)
		status = cstn__tool_publish(&salvage->to, &manifest, error);
	cstn__free(salvage->allocator, manifest.entries, most * sizeof(*manifest.entries));
	return status;
}

/* --- the whole --- */

static cstn_status make_report(cstn__salvage *salvage, cstn_buffer **out, cstn_error **error)
{
	const cstn__store_schema *schema = &salvage->source.schema;
	cstn__bytes report;

	cstn__bytes_init(&report, salvage->allocator);
	cstn__bytes_put_text(&report, "{\"from\":");
	cstn__report_put_text(&report, salvage->from.folder);
	cstn__bytes_put_text(&report, ",\"to\":");
	if (salvage->dry)
		cstn__bytes_put_text(&report, "null");
	else
		cstn__report_put_text(&report, salvage->to.folder);
	cstn__bytes_put_format(&report,
			",\"manifest\":%" PRIu64
			",\"files_by\":\"%s\",\"schema_by\":\"%s\",\"tables\":[",
			salvage->source.manifest_no, salvage->listed ? "manifest" : "folder",
			salvage->schema_from);
	for (size_t i = 0; i < schema->n_tables; i++) {
		const cstn__salvaged_table *table = &salvage->tables[i];

		cstn__bytes_put_format(&report, "%s{\"id\":%" PRIu32 ",\"name\":", i ? "," : "",
				schema->tables[i].id);
		cstn__report_put_text(&report, schema->tables[i].name);
		cstn__bytes_put_format(&report,
				",\"rows_recovered\":%" PRIu64 ",\"rows_lost\":%" PRIu64
				",\"values_lost\":%" PRIu64 ",\"dead_rows_lost\":%" PRIu64 "}",
				table->rows, table->rows_lost, table->values_lost,
				table->dead_lost);
	}
	cstn__bytes_put_text(&report, "],\"files\":[");
	cstn__bytes_put(&report, salvage->files.data, salvage->files.size);
	cstn__bytes_put_format(&report,
			"],\"log\":{\"transactions_recovered\":%" PRIu64
			",\"transactions_lost\":%" PRIu64 "},\"problems\":[",
			salvage->transactions, salvage->transactions_lost);
	cstn__bytes_put(&report, salvage->problems.data, salvage->problems.size);
	cstn__bytes_put_text(&report, "]}\n");
	if (salvage->problems.failed || salvage->files.failed)
		report.failed = 1;
	return cstn__bytes_to_buffer(&report, out, error);
}

static cstn_status salvage_all(
		cstn__salvage *salvage, const cstn__store_schema *known, cstn_error **error)
{
	cstn_status status = cstn__tool_list(&salvage->from, &salvage->names, error);

	if (status == CSTN_OK)
		status = find_manifest(salvage, known, error);
	if (status == CSTN_OK)
		status = find_segments(salvage, error);
	if (status != CSTN_OK)
		return status;
	salvage->tables = cstn__alloc_zero(salvage->allocator,
			salvage->source.schema.n_tables * sizeof(*salvage->tables));
	if (!salvage->tables)
		return cstn__fail_nomem(error);
	status = cstn__tool_make_folder(&salvage->to, error);
	for (size_t i = 0; i < salvage->wanted.count && status == CSTN_OK; i++) {
		if (cstn_progress_is_cancelled(salvage->progress))
			return cstn__fail(error, CSTN_E_CANCELLED, "salvage was cancelled");
		status = cstn__salvage_segment(salvage, &salvage->wanted.items[i], error);
	}
	if (status == CSTN_OK && !salvage->dry) /* they are looked for in what was written */
		status = cstn__salvage_deaths(salvage, error);
	if (status == CSTN_OK)
		status = cstn__salvage_log(salvage, error);
	return status == CSTN_OK ? write_manifest(salvage, error) : status;
}

static void free_salvage(cstn__salvage *salvage)
{
	const cstn_allocator *allocator = salvage->allocator;

	for (size_t i = 0; i < salvage->segments.count; i++)
		cstn__free(allocator, salvage->segments.items[i].dead,
				salvage->segments.items[i].n_dead * sizeof(cstn__dead_row));
	cstn__free(allocator, salvage->tables,
			salvage->source.schema.n_tables * sizeof(*salvage->tables));
	cstn__array_free(allocator, &salvage->segments);
	cstn__array_free(allocator, &salvage->wanted);
	cstn__array_free(allocator, &salvage->names);
	cstn__bytes_free(&salvage->problems);
	cstn__bytes_free(&salvage->files);
	cstn__slot_log_free(&salvage->slots);
	if (salvage->has_source)
		cstn__manifest_free(&salvage->source);
	cstn__arena_free(&salvage->arena);
	cstn__tool_free(&salvage->from);
	cstn__tool_free(&salvage->to);
}

cstn_status cstn__store_salvage(cstn__vfs *vfs, const char *from, const char *to,
		const cstn__store_schema *known, const cstn_allocator *allocator,
		cstn_progress *progress, cstn_buffer **report, cstn_error **error)
{
	cstn_error *own = NULL;
	cstn__salvage salvage;
	cstn_allocator read;
	cstn_status status = cstn__allocator_read(allocator, &read, error);

	if (status != CSTN_OK)
		return status;
	memset(&salvage, 0, sizeof(salvage));
	salvage.allocator = &read;
	salvage.progress = progress;
	cstn__tool_init(&salvage.from, vfs, from, &read);
	salvage.dry = to == NULL;
	cstn__vfs_nowhere_init(&salvage.nowhere);
	cstn__tool_init(&salvage.to, salvage.dry ? &salvage.nowhere : vfs, salvage.dry ? "" : to,
			&read);
	cstn__bytes_init(&salvage.problems, &read);
	cstn__bytes_init(&salvage.files, &read);
	cstn__arena_init(&salvage.arena, &read);
	cstn__slot_log_init(&salvage.slots, &read);
	status = salvage_all(&salvage, known, &own);
	if (status == CSTN_OK)
		status = make_report(&salvage, report, &own);
	free_salvage(&salvage);
	if (error)
		*error = own;
	else
		cstn_error_free(own);
	return status;
}
