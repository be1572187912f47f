/* A log as a folder of files that any client of C2SP tlog-tiles audits.
 *
 * `tile/L/N` holds 256 hashes of level L, `tile/entries/N` the entries below a tile of level 0, the
 * last of each with `.p/W` for its W hashes; `checkpoint` says how far they go. Files that the
 * checkpoint in the folder covers are never touched. Others are made anew, each synced, then the
 * folders; only then the new checkpoint is written under another name, synced, and renamed, and the
 * folder synced. So the folder is, after a crash at any point, the log of its checkpoint, with at
 * most some files too many.
 *
 * Before anything is written the checkpoint is compared with the log, and the one in the folder
 * too: a folder that holds another history is left alone. Entries are compared with the hashes that
 * the log has of them.
 *
 * Cost: what was added since the last export, and a sync a file. */
#include "sharing/tile_export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "ledger/merkle_log.h"
#include "ledger/note.h"
#include "store/file_io.h"

#define TILE CSTN_LOG_TILE_HASHES
#define NAME_ROOM 96 /* "tile/entries/", seven groups of four and a slash, ".p/255" */
#define CHECKPOINT "checkpoint"
#define CHECKPOINT_NEW "checkpoint.new"

typedef struct exporter {
	cstn__vfs *vfs;
	const cstn_log *log;
	const char *path;
	const cstn__entry_source *source;
	uint64_t old, size; /* entries that the folder's checkpoint, and the new one, covers */
	int first;          /* 1: there is no checkpoint in the folder */
	cstn__log_reader reader;
	cstn__bytes name, data;
	cstn__arena arena;
	CSTN__ARRAY(const char *) folders; /* in which something was made */
} exporter;

/* --- the checkpoints -------------------------------------------------------------------------- */

static cstn_status read_checkpoint(const cstn_log *log, const char *text, size_t len,
		uint64_t *size, uint8_t *root, cstn_error **error)
{
	cstn_checkpoint read = CSTN_CHECKPOINT_INIT;
	cstn_note *note = NULL;
	cstn_status status;
	const char *body;
	size_t body_len;

	status = cstn__note_read(text, len, NULL, 0, 1, &log->allocator, &note, error);
	if (status != CSTN_OK)
		return status;
	body = cstn_note_text(note, &body_len);
	status = cstn_checkpoint_parse(body, body_len, &read, error);
	if (status == CSTN_OK && (read.origin_len != log->origin_len ||
						 memcmp(read.origin, log->origin, read.origin_len)))
		status = cstn__fail(error, CSTN_E_MISMATCH,
				"a checkpoint of '%.*s', the log is '%.*s'", (int)read.origin_len,
				read.origin, (int)log->origin_len, log->origin);
	*size = read.size;
	memcpy(root, read.root, sizeof(read.root));
	cstn_note_free(note);
	return status;
}

/* The log had this root when it was as large. */
static cstn_status compare_root(const cstn_log *log, uint64_t size, const uint8_t *root,
		cstn_status answer, cstn_error **error)
{
	uint8_t own[CSTN__HASH];
	cstn_status status = cstn_log_root(log, size, own, error);

	if (status == CSTN_OK && memcmp(own, root, sizeof(own)) != 0)
		return cstn__fail(error, answer,
				"the checkpoint of %" PRIu64 " entries has another root than the "
				"log",
				size);
	return status;
}

static cstn_status full_name(exporter *to, const char *name, cstn_error **error)
{
	to->name.size = 0;
	cstn__bytes_put_format(&to->name, "%s/%s", to->path, name);
	cstn__bytes_put_u8(&to->name, 0);
	return to->name.failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* The checkpoint in the folder into `data`; empty if there is none. */
static cstn_status load_checkpoint(exporter *to, cstn_error **error)
{
	cstn_status status = full_name(to, CHECKPOINT, error);
	const char *name = (const char *)to->name.data;
	cstn__vfs_file *file;
	uint64_t size = 0;
	uint8_t *room;
	int reason;

	to->data.size = 0;
	if (status != CSTN_OK)
		return status;
	reason = to->vfs->open(to->vfs, name, CSTN__VFS_READ, &file);
	if (reason == ENOENT)
		return CSTN_OK;
	if (reason)
		return cstn__io_fail(error, reason, "open", name);
	reason = to->vfs->size(to->vfs, file, &size);
	if (reason)
		status = cstn__io_fail(error, reason, "size", name);
	else if (size > CSTN_NOTE_MOST)
		status = cstn__fail(
				error, CSTN_E_CORRUPT, "'%s' has %" PRIu64 " bytes", name, size);
	if (status == CSTN_OK) {
		room = cstn__arena_alloc(&to->arena, (size_t)size + 1);
		status = room ? cstn__io_read(to->vfs, file, name, room, (size_t)size, 0, error)
			      : cstn__fail_nomem(error);
		if (status == CSTN_OK)
			cstn__bytes_put(&to->data, room, (size_t)size);
	}
	to->vfs->close(to->vfs, file);
	if (status == CSTN_OK && to->data.failed)
		status = cstn__fail_nomem(error);
	return status;
}

static cstn_status compare_old(exporter *to, cstn_error **error)
{
	uint8_t root[CSTN__HASH];
	cstn_status status = load_checkpoint(to, error);

	to->first = to->data.size == 0;
	if (status != CSTN_OK || to->first)
		return status;
	status = read_checkpoint(
			to->log, (const char *)to->data.data, to->data.size, &to->old, root, error);
	if (status != CSTN_OK) {
		cstn__error_prefix(error, "'%s/%s': ", to->path, CHECKPOINT);
		return status;
	}
	if (to->old > to->size)
		return cstn__fail(error, CSTN_E_STALE,
				"'%s' has a checkpoint of %" PRIu64
				" entries, this one has %" PRIu64,
				to->path, to->old, to->size);
	return compare_root(to->log, to->old, root, CSTN_E_SPLIT_VIEW, error);
}

/* --- files ------------------------------------------------------------------------------------ */

/* Is a folder among those in which something was made? Adds it. */
static int know_folder(exporter *to, const char *name, size_t len, int *known)
{
	size_t i = to->folders.count;
	char *own;

	for (*known = 0; i-- && !*known;)
		*known = strlen(to->folders.items[i]) == len &&
			 memcmp(to->folders.items[i], name, len) == 0;
	if (*known)
		return 0;
	own = cstn__arena_copy(&to->arena, name, len);
	if (!own || cstn__array_reserve(&to->arena.allocator, &to->folders, 1))
		return -1;
	to->folders.items[to->folders.count++] = own;
	return 0;
}

/* The folders that a file lies in, from the outermost. */
static cstn_status make_folders(exporter *to, const char *file, cstn_error **error)
{
	const char *slash = file;

	while ((slash = strchr(slash, '/')) != NULL) {
		size_t len = (size_t)(slash++ - file);
		cstn_status status;
		char name[NAME_ROOM];
		int known, reason;

		if (know_folder(to, file, len, &known))
			return cstn__fail_nomem(error);
		if (known)
			continue;
		memcpy(name, file, len);
		name[len] = '\0';
		status = full_name(to, name, error);
		if (status != CSTN_OK)
			return status;
		reason = to->vfs->make_folder(to->vfs, (const char *)to->name.data);
		if (reason && reason != EEXIST)
			return cstn__io_fail(
					error, reason, "make folder", (const char *)to->name.data);
	}
	return CSTN_OK;
}

/* A new file with what `data` holds, synced. What lies there is of an export that ended early. */
static cstn_status write_file(exporter *to, const char *file, cstn_error **error)
{
	cstn_status status = full_name(to, file, error);
	const char *name = (const char *)to->name.data;
	cstn__vfs_file *out;
	int reason;

	if (status != CSTN_OK || to->data.failed)
		return status != CSTN_OK ? status : cstn__fail_nomem(error);
	reason = to->vfs->unlink(to->vfs, name);
	if (reason && reason != ENOENT)
		return cstn__io_fail(error, reason, "unlink", name);
	status = cstn__io_open(to->vfs, name,
			CSTN__VFS_WRITE | CSTN__VFS_CREATE | CSTN__VFS_EXCLUSIVE, &out, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__io_write(to->vfs, out, name, to->data.data, to->data.size, 0, error);
	if (status == CSTN_OK)
		status = cstn__io_sync(to->vfs, out, name, error);
	to->vfs->close(to->vfs, out);
	return status;
}

static cstn_status sync_folder(exporter *to, const char *path, cstn_error **error)
{
	int reason = to->vfs->sync_folder(to->vfs, path);

	return reason ? cstn__io_fail(error, reason, "sync of the folder", path) : CSTN_OK;
}

static cstn_status sync_folders(exporter *to, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < to->folders.count && status == CSTN_OK; i++) {
		status = full_name(to, to->folders.items[i], error);
		if (status == CSTN_OK)
			status = sync_folder(to, (const char *)to->name.data, error);
	}
	return status == CSTN_OK ? sync_folder(to, to->path, error) : status;
}

/* --- tiles ------------------------------------------------------------------------------------ */

/* "tile/1/x001/234.p/56": the number in groups of three digits, x before all but the last. */
static void tile_name(const char *level, uint64_t index, uint32_t width, char out[NAME_ROOM])
{
	uint32_t groups[7];
	int n = 0, at = snprintf(out, NAME_ROOM, "tile/%s", level);

	do {
		groups[n++] = (uint32_t)(index % 1000);
		index /= 1000;
	} while (index);
	while (n--)
		at += snprintf(out + at, NAME_ROOM - (size_t)at, "/%s%03" PRIu32, n ? "x" : "",
				groups[n]);
	if (width < TILE)
		snprintf(out + at, NAME_ROOM - (size_t)at, ".p/%" PRIu32, width);
}

/* How many hashes a tile has when its level has so many. */
static uint32_t width_of(uint64_t at_level, uint64_t index)
{
	uint64_t begin = index * TILE;

	if (at_level <= begin)
		return 0;
	return at_level - begin < TILE ? (uint32_t)(at_level - begin) : TILE;
}

/* Two bytes of length and an entry, many times: are they those of the log? */
static cstn_status compare_entries(exporter *to, uint64_t first, uint32_t count, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn__reader in = {.data = to->data.data, .size = to->data.size};
	cstn__node is, wanted;
	uint32_t i;

	for (i = 0; i < count && status == CSTN_OK; i++) {
		size_t size = (size_t)cstn__read_u8(&in) << 8;
		const uint8_t *entry;

		size |= cstn__read_u8(&in);
		entry = cstn__read_bytes(&in, size);
		status = cstn__log_node(&to->reader, 0, first + i, &wanted, error);
		if (status != CSTN_OK)
			break;
		if (!in.failed)
			cstn__merkle_leaf(to->log->hardware, entry, size, is.byte);
		if (in.failed || memcmp(is.byte, wanted.byte, sizeof(is.byte)) != 0)
			status = cstn__fail(error, CSTN_E_CORRUPT,
					"entry %" PRIu64 " is not the one that the log has",
					first + i);
	}
	return status;
}

static cstn_status write_entries(exporter *to, uint64_t index, uint32_t width, cstn_error **error)
{
	cstn_status status =
			to->source->read(to->source->user, index * TILE, width, &to->data, error);

	if (status == CSTN_OK && to->data.failed)
		status = cstn__fail_nomem(error);
	return status == CSTN_OK ? compare_entries(to, index * TILE, width, error) : status;
}

static cstn_status write_hashes(
		exporter *to, uint32_t level, uint64_t index, uint32_t width, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn__node node;
	uint32_t i;

	for (i = 0; i < width && status == CSTN_OK; i++) {
		status = cstn__log_node(&to->reader, level * CSTN__LOG_TILE_STEP, index * TILE + i,
				&node, error);
		if (status == CSTN_OK)
			cstn__bytes_put(&to->data, node.byte, sizeof(node.byte));
	}
	return status;
}

/* What a level has more than under the old checkpoint. `level` -1: entries. */
static cstn_status write_level(exporter *to, int level, cstn_error **error)
{
	uint32_t height = level < 0 ? 0 : (uint32_t)level * CSTN__LOG_TILE_STEP;
	uint64_t old = to->old >> height, now = to->size >> height, index = old / TILE;
	cstn_status status = CSTN_OK;
	char of[8] = "entries", name[NAME_ROOM];

	if (level >= 0)
		snprintf(of, sizeof(of), "%d", level);
	for (; index * TILE < now && status == CSTN_OK; index++) {
		uint32_t width = width_of(now, index);

		if (width == width_of(old, index))
			continue;
		tile_name(of, index, width, name);
		to->data.size = 0;
		status = make_folders(to, name, error);
		if (status == CSTN_OK)
			status = level < 0 ? write_entries(to, index, width, error)
					   : write_hashes(to, (uint32_t)level, index, width, error);
		if (status == CSTN_OK)
			status = write_file(to, name, error);
	}
	return status;
}

static cstn_status write_tiles(exporter *to, cstn_error **error)
{
	cstn_status status = write_level(to, -1, error);
	int level;

	for (level = 0; level < 64 / (int)CSTN__LOG_TILE_STEP && status == CSTN_OK &&
			to->size >> (level * (int)CSTN__LOG_TILE_STEP);
			level++)
		status = write_level(to, level, error);
	return status;
}

static cstn_status write_checkpoint(
		exporter *to, const char *checkpoint, size_t len, cstn_error **error)
{
	cstn_status status;
	char *from;
	int reason;

	to->data.size = 0;
	cstn__bytes_put(&to->data, checkpoint, len);
	status = write_file(to, CHECKPOINT_NEW, error);
	if (status != CSTN_OK)
		return status;
	from = cstn__arena_copy(&to->arena, to->name.data, to->name.size);
	if (!from)
		return cstn__fail_nomem(error);
	status = full_name(to, CHECKPOINT, error);
	if (status != CSTN_OK)
		return status;
	reason = to->vfs->rename(to->vfs, from, (const char *)to->name.data);
	if (reason)
		return cstn__io_fail(error, reason, "rename", from);
	return sync_folder(to, to->path, error);
}

/* --- the export ------------------------------------------------------------------------------- */

/* The folder itself. Whether an export that ended early had it synced is not known, so as long as
 * there is no checkpoint the folder around it is synced. */
static cstn_status make_top(exporter *to, cstn_error **error)
{
	int reason = to->vfs->make_folder(to->vfs, to->path);
	size_t len = strlen(to->path);
	char *above;

	if (reason && reason != EEXIST)
		return cstn__io_fail(error, reason, "make folder", to->path);
	if (!to->first)
		return CSTN_OK;
	while (len > 1 && to->path[len - 1] == '/')
		len--;
	while (len && to->path[len - 1] != '/')
		len--;
	while (len > 1 && to->path[len - 1] == '/')
		len--;
	above = cstn__arena_copy(&to->arena, len ? to->path : ".", len ? len : 1);
	return above ? sync_folder(to, above, error) : cstn__fail_nomem(error);
}

static cstn_status run(exporter *to, const char *checkpoint, size_t len, cstn_error **error)
{
	uint8_t root[CSTN__HASH];
	cstn_status status = read_checkpoint(to->log, checkpoint, len, &to->size, root, error);

	if (status == CSTN_OK && to->size > cstn_log_size(to->log))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a checkpoint of %" PRIu64 " entries, the log has %" PRIu64,
				to->size, cstn_log_size(to->log));
	if (status == CSTN_OK)
		status = compare_root(to->log, to->size, root, CSTN_E_PROOF, error);
	if (status == CSTN_OK)
		status = compare_old(to, error);
	if (status == CSTN_OK)
		status = make_top(to, error);
	if (status == CSTN_OK)
		status = write_tiles(to, error);
	if (status == CSTN_OK)
		status = sync_folders(to, error);
	return status == CSTN_OK ? write_checkpoint(to, checkpoint, len, error) : status;
}

cstn_status cstn__tiles_export(cstn__vfs *vfs, const cstn_log *log, const char *path,
		const char *checkpoint, size_t checkpoint_len, const cstn__entry_source *source,
		cstn_error **error)
{
	exporter to = {.vfs = vfs, .log = log, .path = path, .source = source};
	cstn_status status;

	cstn__log_reader_init(&to.reader, log);
	cstn__bytes_init(&to.name, &log->allocator);
	cstn__bytes_init(&to.data, &log->allocator);
	cstn__arena_init(&to.arena, &log->allocator);
	status = run(&to, checkpoint, checkpoint_len, error);
	cstn__array_free(&log->allocator, &to.folders);
	cstn__arena_free(&to.arena);
	cstn__bytes_free(&to.data);
	cstn__bytes_free(&to.name);
	cstn__log_reader_free(&to.reader);
	return status;
}

/* --- on the machine's own file system --------------------------------------------------------- */

static cstn_status export_posix(const cstn_log *log, const char *path, const char *checkpoint,
		size_t checkpoint_len, const cstn__entry_source *source, cstn_error **error)
{
	cstn__vfs_posix vfs;
	cstn_status status;

	if (!path || !*path || !checkpoint)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				checkpoint ? "path is NULL or empty" : "checkpoint is NULL");
	cstn__vfs_posix_init(&vfs, &log->allocator);
	status = cstn__tiles_export(&vfs.vfs, log, path, checkpoint, checkpoint_len, source, error);
	cstn__vfs_posix_free(&vfs);
	return status;
}

static void put_entry(cstn__bytes *out, const void *entry, size_t size)
{
	cstn__bytes_put_u8(out, (uint8_t)(size >> 8));
	cstn__bytes_put_u8(out, (uint8_t)size);
	cstn__bytes_put(out, entry, size);
}

static cstn_status read_callback(
		void *user, uint64_t first, uint32_t count, cstn__bytes *out, cstn_error **error)
{
	const cstn_tile_export_options *from = user;
	uint32_t i;

	for (i = 0; i < count; i++) {
		const uint8_t *entry = NULL;
		size_t size = 0;
		cstn_status status = from->read_entry(from->user, first + i, &entry, &size);

		if (status != CSTN_OK)
			return cstn__fail(error, status, "entry %" PRIu64 " could not be read",
					first + i);
		if (size > CSTN_LOG_ENTRY_MOST || (!entry && size))
			return cstn__fail(error, CSTN_E_LIMIT,
					"entry %" PRIu64 " has %zu bytes; at most %d", first + i,
					size, CSTN_LOG_ENTRY_MOST);
		put_entry(out, entry, size);
	}
	return CSTN_OK;
}

cstn_status cstn_log_export_tiles(const cstn_log *log, const char *path, const char *checkpoint,
		size_t checkpoint_len, const cstn_tile_export_options *options, cstn_error **error)
{
	cstn_tile_export_options own;
	const cstn__entry_source source = {&own, read_callback};
	cstn_status status;

	if (!log)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log is NULL");
	status = cstn__options_read(options, sizeof(own), sizeof(own), 0,
			"cstn_tile_export_options", &own, error);
	if (status != CSTN_OK)
		return status;
	if (!own.read_entry)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "read_entry is NULL");
	return export_posix(log, path, checkpoint, checkpoint_len, &source, error);
}

static cstn_status read_shared(
		void *user, uint64_t first, uint32_t count, cstn__bytes *out, cstn_error **error)
{
	uint64_t ends[TILE], begin = 0;
	cstn_buffer *entries = NULL;
	cstn_status status = cstn_shared_log_read(user, first, count, ends, &entries, error);
	uint32_t i;

	for (i = 0; i < count && status == CSTN_OK; begin = ends[i++])
		put_entry(out, cstn_buffer_data(entries) + begin, (size_t)(ends[i] - begin));
	cstn_buffer_free(entries);
	return status;
}

cstn_status cstn_shared_log_export_tiles(const cstn_shared_log *log, const char *path,
		const char *checkpoint, size_t checkpoint_len, cstn_error **error)
{
	const cstn__entry_source source = {(void *)(uintptr_t)log, read_shared};

	if (!log)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log is NULL");
	return export_posix(cstn_shared_log_tree(log), path, checkpoint, checkpoint_len, &source,
			error);
}
