/* Opening a store at a path: lock, the highest manifest, its files, the replay of its log, and then
 * a checkpoint, always: what was read may only have been in the page cache, so that nothing is
 * built on it before it is written and synced once more. Only after that are files removed that no
 * manifest lists. A read-only open does none of this: it replays into memory of its own.
 *
 * A read error anywhere fails the open, and damage is never answered by an older manifest. */
#include "store/durable.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/key_files.h"
#include "store/replay.h"
#include "store/rule.h"

enum { RETRIES = 5 };

/* --- the manifest --- */

static int highest(const cstn__file_refs *names, uint64_t below, uint64_t *out)
{
	int found = 0;

	for (size_t i = 0; i < names->count; i++)
		if (names->items[i].kind == 0 && names->items[i].file_no < below &&
				(!found || names->items[i].file_no > *out)) {
			*out = names->items[i].file_no;
			found = 1;
		}
	return found;
}

static cstn_status read_manifest(
		cstn__store *store, uint64_t manifest_no, cstn__manifest *out, cstn_error **error)
{
	cstn__bytes bytes;
	cstn__path path;
	cstn_status status;

	cstn__bytes_init(&bytes, &store->allocator);
	cstn__durable_path(store->durable, 0, manifest_no, &path);
	status = cstn__durable_get(store, path.text, UINT64_MAX, CSTN__MANIFEST_MAX, &bytes, error);
	if (status == CSTN_OK)
		status = cstn__manifest_read(
				bytes.data, bytes.size, manifest_no, &store->allocator, out, error);
	if (status == CSTN_E_CORRUPT || status == CSTN_E_NEWER_FORMAT)
		cstn__error_prefix(error, "'%s': ", path.text);
	cstn__bytes_free(&bytes);
	return status;
}

static cstn_status find_manifest(cstn__store *store, const cstn__file_refs *names,
		uint64_t manifest_no, cstn__manifest *out, cstn_error **error)
{
	cstn_status status = read_manifest(store, manifest_no, out, error);

	while (status == CSTN_E_CORRUPT && !CSTN__RULE(CSTN__RULE_NEVER_OLDER_MANIFEST) &&
			highest(names, manifest_no, &manifest_no)) {
		if (error) {
			cstn_error_free(*error);
			*error = NULL;
		}
		status = read_manifest(store, manifest_no, out, error);
	}
	if (status == CSTN_OK && out->ro_compat & ~CSTN__FORMAT_RO_COMPAT &&
			!(store->options.flags & CSTN__STORE_READ_ONLY)) {
		uint32_t bits = out->ro_compat & ~CSTN__FORMAT_RO_COMPAT;

		cstn__manifest_free(out);
		return cstn__fail(error, CSTN_E_NEWER_FORMAT,
				"'%s': feature bits %#" PRIx32
				" (ro_compat) are not known to this library, which may read it "
				"and not write it: open it read-only",
				store->durable->path, bits);
	}
	return status;
}

/* --- its files --- */

static cstn_status open_segment(cstn__store *store, const cstn__manifest *manifest,
		const cstn__manifest_entry *entry, cstn_error **error)
{
	const cstn__table_info *info = NULL;
	cstn__version_table *table;
	cstn__part *part = NULL;
	cstn_status status = cstn__store_table_find(store, entry->table, &info, error);

	if (status != CSTN_OK)
		return status;
	table = &store->version->tables[info->index];
	if (table->n_parts == table->parts_capacity) {
		size_t capacity = table->parts_capacity ? table->parts_capacity * 2 : 8;
		cstn__part **grown = cstn__realloc(&store->allocator, table->parts,
				table->parts_capacity * sizeof(*grown), capacity * sizeof(*grown));

		if (!grown)
			return cstn__fail_nomem(error);
		table->parts = grown;
		table->parts_capacity = capacity;
	}
	status = cstn__part_open(store, info->index, entry, &part, error);
	if (status != CSTN_OK)
		return status;
	table->parts[table->n_parts++] = part;
	for (size_t i = 0; status == CSTN_OK && i < manifest->n_entries; i++)
		if (manifest->entries[i].kind == CSTN__ENTRY_DEAD_ROWS &&
				manifest->entries[i].target_file_no == entry->file_no)
			status = cstn__part_read_dead(store, part, &manifest->entries[i], error);
	return status;
}

/* The log that the manifest names, replayed; `end` where its frames end, also on failure. */
static cstn_status replay(cstn__store *store, const cstn__manifest *manifest,
		const cstn__manifest_entry *entry, cstn__log_replayed *replayed, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	struct cstn__replay context = {.store = store, .log = replayed};
	uint32_t flags =
			CSTN__RULE(CSTN__RULE_REWRITE_AT_OPEN) ||
							store->options.flags & CSTN__STORE_READ_ONLY
					? CSTN__VFS_READ
					: CSTN__VFS_WRITE;
	cstn__path path;
	cstn_status status;

	cstn__durable_path(durable, CSTN__ENTRY_LOG, entry->file_no, &path);
	status = cstn__io_open(durable->vfs, path.text, flags, &durable->log, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__log_replay(durable->vfs, durable->log, store->uuid, entry->file_no,
			&store->allocator, cstn__replay_frame, &context, replayed, error);
	if (status == CSTN_OK)
		status = cstn__replay_end(&context, error);
	if (status == CSTN_E_CORRUPT)
		cstn__error_prefix(error, "'%s': ", path.text);
	cstn__replay_free(&context);
	if (status == CSTN_OK && replayed->header.base_seq != manifest->last_seq + 1)
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"'%s' begins at transaction %llu, the manifest ends at %llu",
				path.text, (unsigned long long)replayed->header.base_seq,
				(unsigned long long)manifest->last_seq);
	if (status == CSTN_OK && manifest->flags & CSTN__MANIFEST_CLEAN && context.n_frames)
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"'%s' has frames although the store was closed cleanly", path.text);
	if (status != CSTN_OK)
		return status;
	durable->log_header = replayed->header;
	durable->log_end = durable->log_durable = replayed->end;
	durable->log_frames = context.n_frames;
	cstn__publish(store, replayed->last_seq > manifest->last_seq ? replayed->last_seq
								     : manifest->last_seq);
	return CSTN_OK;
}

/* A log without a manifest is a leftover of an unfinished creation if it holds no transaction. */
static cstn_status log_is_empty(cstn__store *store, uint64_t file_no, int *out, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	cstn__log_replayed replayed = {.n_frames = 0};
	cstn__vfs_file *file = NULL;
	cstn__path path;
	cstn_status status;

	cstn__durable_path(durable, CSTN__ENTRY_LOG, file_no, &path);
	status = cstn__io_open(durable->vfs, path.text, CSTN__VFS_READ, &file, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__log_replay(durable->vfs, file, NULL, file_no, &store->allocator, NULL, NULL,
			&replayed, error);
	durable->vfs->close(durable->vfs, file);
	*out = replayed.n_frames == 0;
	if (status == CSTN_E_CORRUPT) {
		/* A header that was never synced is no reason to refuse. */
		if (error) {
			cstn_error_free(*error);
			*error = NULL;
		}
		return CSTN_OK;
	}
	return status;
}

/* A log gets its first frame when the manifest that names it stands. A newer one with frames says
 * that the newest manifest is gone. */
static cstn_status check_newer_logs(cstn__store *store, const cstn__file_refs *names,
		const cstn__manifest *manifest, cstn_error **error)
{
	uint64_t newest = UINT64_MAX;

	for (size_t i = 0; i < manifest->n_entries; i++)
		if (manifest->entries[i].kind == CSTN__ENTRY_LOG)
			newest = manifest->entries[i].file_no;
	for (size_t i = 0; i < names->count; i++) {
		uint64_t file_no = names->items[i].file_no;
		cstn_status status;
		int empty = 1;

		if (names->items[i].kind != CSTN__ENTRY_LOG || file_no <= newest)
			continue;
		status = log_is_empty(store, file_no, &empty, error);
		if (status != CSTN_OK)
			return status;
		if (!empty)
			return cstn__fail(error, CSTN_E_CORRUPT,
					"'%s': log %016llx holds transactions, but the manifest "
					"that "
					"names it is gone",
					store->durable->path, (unsigned long long)file_no);
	}
	return CSTN_OK;
}

static cstn_status take_schema(cstn__store *store, const cstn__manifest *manifest,
		const cstn__store_schema *given, cstn_error **error)
{
	cstn_status status;
	int changed = 0;

	if (manifest)
		status = cstn__schema_merge(&manifest->schema, given, &store->arena, &store->schema,
				&changed, error);
	else
		status = cstn__schema_copy(given, &store->arena, &store->schema, error);
	if (status == CSTN_OK)
		status = cstn__store_schema_check(&store->schema, CSTN_E_SCHEMA, error);
	return status == CSTN_OK ? cstn__store_start_tables(store, error) : status;
}

/* Everything that the manifest lists, read. */
static cstn_status load(cstn__store *store, const cstn__manifest *manifest,
		const cstn__store_schema *given, cstn__log_replayed *replayed, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	const cstn__manifest_entry *log = NULL;
	cstn_status status;

	memcpy(store->uuid, manifest->uuid, sizeof(store->uuid));
	durable->manifest_no = manifest->manifest_no;
	durable->compat = manifest->compat;
	durable->ro_compat = manifest->ro_compat;
	durable->incompat = manifest->incompat;
	if (manifest->next_file > durable->next_file)
		durable->next_file = manifest->next_file;
	status = take_schema(store, manifest, given, error);
	if (status == CSTN_OK)
		store->version->manifest_no = manifest->manifest_no;
	for (size_t i = 0; status == CSTN_OK && i < manifest->n_entries; i++) {
		if (manifest->entries[i].kind == CSTN__ENTRY_SEGMENT)
			status = open_segment(store, manifest, &manifest->entries[i], error);
		else if (manifest->entries[i].kind == CSTN__ENTRY_LOG)
			log = &manifest->entries[i];
		else if (manifest->entries[i].kind == CSTN__ENTRY_KEY_SLOTS)
			status = cstn__slots_open_file(store, &manifest->entries[i], error);
	}
	if (status == CSTN_OK)
		status = cstn__derived_list(manifest, store->version, error);
	if (status == CSTN_OK && !log)
		status = cstn__fail(error, CSTN_E_CORRUPT, "manifest %llu names no log",
				(unsigned long long)manifest->manifest_no);
	if (status == CSTN_OK)
		status = replay(store, manifest, log, replayed, error);
	return status == CSTN_OK ? cstn__slots_recover(store,
						   (manifest->flags & CSTN__MANIFEST_CLEAN) != 0,
						   error)
				 : status;
}

static void note_numbers(cstn__store *store, const cstn__file_refs *names)
{
	cstn__durable *durable = store->durable;

	if (!durable->next_file)
		durable->next_file = 1;
	for (size_t i = 0; i < names->count; i++)
		if (names->items[i].kind != 0 && names->items[i].file_no >= durable->next_file &&
				names->items[i].file_no < UINT64_MAX)
			durable->next_file = names->items[i].file_no + 1;
}

/* The generations that are kept, and what there is beyond their files. */
static cstn_status note_generations(cstn__store *store, const cstn__file_refs *names,
		const cstn__manifest *manifest, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	size_t keep = store->options.keep_generations ? store->options.keep_generations : 1;
	uint64_t at = manifest->manifest_no;
	cstn_status status;

	if (cstn__array_reserve(&store->allocator, &durable->generations, 1))
		return cstn__fail_nomem(error);
	status = cstn__generation_make(store, manifest, &durable->generations.items[0], error);
	if (status != CSTN_OK)
		return status;
	durable->generations.count = 1;
	while (durable->generations.count < keep && highest(names, at, &at)) {
		cstn__manifest older;
		cstn__generation made;

		/* One that cannot be read is of no use to anybody. */
		if (read_manifest(store, at, &older, NULL) != CSTN_OK)
			continue;
		status = cstn__generation_make(store, &older, &made, error);
		cstn__manifest_free(&older);
		if (status == CSTN_OK &&
				cstn__array_reserve(&store->allocator, &durable->generations, 1)) {
			cstn__generation_free(store, &made);
			status = cstn__fail_nomem(error);
		}
		if (status != CSTN_OK)
			return status;
		memmove(durable->generations.items + 1, durable->generations.items,
				durable->generations.count * sizeof(made));
		durable->generations.items[0] = made;
		durable->generations.count++;
	}
	return CSTN_OK;
}

/* Files that no kept manifest lists become obsolete, now that the new one stands. */
static cstn_status note_strays(cstn__store *store, const cstn__file_refs *names, cstn_error **error)
{
	cstn__durable *durable = store->durable;

	if (cstn__array_reserve(&store->allocator, &durable->obsolete, names->count))
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < names->count; i++) {
		cstn__file_ref ref = names->items[i];
		int needed = 0;

		for (size_t g = 0; g < durable->generations.count; g++)
			needed |= cstn__file_refs_has(&durable->generations.items[g].files,
					ref.kind, ref.file_no);
		if (!needed && !cstn__file_refs_has(&durable->obsolete, ref.kind, ref.file_no))
			durable->obsolete.items[durable->obsolete.count++] = ref;
	}
	cstn__durable_tidy(store);
	return CSTN_OK;
}

/* --- a new store --- */

static cstn_status check_no_store(
		cstn__store *store, const cstn__file_refs *names, cstn_error **error)
{
	for (size_t i = 0; i < names->count; i++) {
		uint32_t kind = names->items[i].kind;
		cstn_status status = CSTN_OK;
		int empty = kind != CSTN__ENTRY_SEGMENT && kind != CSTN__ENTRY_KEY_SLOTS;

		if (kind == CSTN__ENTRY_LOG)
			status = log_is_empty(store, names->items[i].file_no, &empty, error);
		if (status != CSTN_OK)
			return status;
		if (!empty)
			return cstn__fail(error, CSTN_E_NO_MANIFEST,
					"'%s' has store files but no manifest; salvage may recover "
					"them",
					store->durable->path);
	}
	return CSTN_OK;
}

static cstn_status create(cstn__store *store, const cstn__store_schema *given,
		const cstn__file_refs *names, cstn_error **error)
{
	const cstn__checkpoint_job job = {.flags = CSTN__CHECKPOINT_FORCE};
	cstn__durable *durable = store->durable;
	cstn__path parent;
	cstn_status status;
	int reason;

	if (store->options.flags & CSTN__STORE_MUST_EXIST)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "'%s' holds no store", durable->path);
	status = check_no_store(store, names, error);
	if (status != CSTN_OK)
		return status;
	reason = durable->vfs->random(durable->vfs, store->uuid, sizeof(store->uuid));
	if (reason)
		return cstn__io_fail(error, reason, "random", durable->path);
	status = take_schema(store, NULL, given, error);
	cstn__durable_parent(durable, &parent);
	if (status == CSTN_OK && CSTN__RULE(CSTN__RULE_SYNC_PARENT))
		status = cstn__durable_sync_folder(store, parent.text, error);
	if (status == CSTN_E_POISONED)
		cstn__durable_disown_folder(durable);
	if (status == CSTN_OK)
		status = cstn__checkpoint_run(store, &job, error);
	return status == CSTN_OK ? note_strays(store, names, error) : status;
}

/* --- the two ways to open --- */

static cstn_status recover(cstn__store *store, const cstn__store_schema *given,
		const cstn__file_refs *names, uint64_t manifest_no, cstn_error **error)
{
	const cstn__checkpoint_job job = {
			.flags = CSTN__CHECKPOINT_FORCE | CSTN__CHECKPOINT_RECOVERY};
	cstn__log_replayed replayed;
	cstn__manifest manifest;
	cstn_status status = find_manifest(store, names, manifest_no, &manifest, error);

	if (status != CSTN_OK)
		return status;
	status = check_newer_logs(store, names, &manifest, error);
	if (status == CSTN_OK)
		status = load(store, &manifest, given, &replayed, error);
	if (status == CSTN_OK)
		status = note_generations(store, names, &manifest, error);
	cstn__manifest_free(&manifest);
	if (status == CSTN_OK && CSTN__RULE(CSTN__RULE_REWRITE_AT_OPEN))
		status = cstn__checkpoint_run(store, &job, error);
	return status == CSTN_OK ? note_strays(store, names, error) : status;
}

static cstn_status open_to_write(
		cstn__store *store, const cstn__store_schema *given, cstn_error **error)
{
	cstn__file_refs names = {0};
	uint64_t manifest_no = 0;
	cstn_status status = cstn__durable_lock(store, error);

	if (status == CSTN_OK)
		status = cstn__durable_list(store, &names, error);
	if (status == CSTN_OK) {
		note_numbers(store, &names);
		if (!highest(&names, UINT64_MAX, &manifest_no))
			status = create(store, given, &names, error);
		else if (store->options.flags & CSTN__STORE_MUST_BE_NEW)
			status = cstn__fail(error, CSTN_E_CONFLICT, "'%s' holds a store already",
					store->durable->path);
		else
			status = recover(store, given, &names, manifest_no, error);
	}
	cstn__array_free(&store->allocator, &names);
	return status;
}

/* One try to read all: which manifest it was, and where its log was found to end. */
struct attempt {
	cstn_status status;
	uint64_t manifest_no, end;
};

static cstn_status try_to_read(cstn__store *store, const cstn__store_schema *given,
		struct attempt *attempt, cstn_error **error)
{
	cstn__file_refs names = {0};
	cstn__log_replayed replayed = {.end = 0};
	cstn__manifest manifest;
	cstn_status status = cstn__durable_list(store, &names, error);

	if (status == CSTN_OK && !highest(&names, UINT64_MAX, &attempt->manifest_no))
		status = names.count ? cstn__fail(error, CSTN_E_NO_MANIFEST,
						       "'%s' has store files but no manifest; "
						       "salvage may recover them",
						       store->durable->path)
				     : cstn__fail(error, CSTN_E_NOT_FOUND, "'%s' holds no store",
						       store->durable->path);
	if (status == CSTN_OK)
		status = find_manifest(store, &names, attempt->manifest_no, &manifest, error);
	if (status == CSTN_OK) {
		status = check_newer_logs(store, &names, &manifest, error);
		if (status == CSTN_OK)
			status = load(store, &manifest, given, &replayed, error);
		cstn__manifest_free(&manifest);
	}
	attempt->end = replayed.end;
	cstn__array_free(&store->allocator, &names);
	return attempt->status = status;
}

/* Beside a writer a log may be read half-written, and files may go: a failure counts when a second
 * look at the same manifest finds the same. */
static cstn_status open_to_read(
		cstn__store *store, const cstn__store_schema *given, cstn_error **error)
{
	struct attempt last = {.manifest_no = 0}, now;
	cstn_status status = CSTN_OK;

	cstn__durable_lock_as_reader(store);
	for (int i = 0; i < RETRIES; i++) {
		memset(&now, 0, sizeof(now));
		if (i > 0) {
			if (error) {
				cstn_error_free(*error);
				*error = NULL;
			}
			cstn__store_drop_tables(store);
			cstn__slots_drop(store);
			if (store->durable->log)
				store->durable->vfs->close(
						store->durable->vfs, store->durable->log);
			store->durable->log = NULL;
		}
		status = try_to_read(store, given, &now, error);
		if (status == CSTN_OK || status == CSTN_E_NOMEM || status == CSTN_E_SCHEMA ||
				(i > 0 && memcmp(&now, &last, sizeof(now)) == 0))
			break;
		last = now;
	}
	if (status == CSTN_OK)
		atomic_store(&store->state, CSTN__STORE_STATE_READ_ONLY);
	return status;
}

cstn_status cstn__durable_open(cstn__store *store, cstn__vfs *vfs, const char *path,
		const cstn__store_schema *schema, cstn_error **error)
{
	cstn_status status = cstn__durable_new(store, vfs, path, error);

	if (status == CSTN_OK)
		status = cstn__durable_refuse_network(store, error);
	if (status != CSTN_OK)
		return status;
	return store->options.flags & CSTN__STORE_READ_ONLY ? open_to_read(store, schema, error)
							    : open_to_write(store, schema, error);
}
