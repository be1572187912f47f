/* What the store's tools share: the names in a folder, whole files, JSON text. The tools read from
 * outside and hold no lock but a reader's, so every file they find may vanish before it is opened;
 * then that is a reason like any other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/file_io.h"
#include "store/tool.h"

void cstn__tool_init(cstn__tool *tool, cstn__vfs *vfs, const char *folder,
		const cstn_allocator *allocator)
{
	tool->vfs = vfs;
	tool->folder = folder;
	tool->allocator = *allocator;
	cstn__bytes_init(&tool->path, allocator);
}

void cstn__tool_free(cstn__tool *tool)
{
	cstn__bytes_free(&tool->path);
}

const char *cstn__tool_path_of(cstn__tool *tool, const char *name)
{
	tool->path.size = 0;
	cstn__bytes_put_text(&tool->path, tool->folder);
	cstn__bytes_put_u8(&tool->path, '/');
	cstn__bytes_put_text(&tool->path, name);
	cstn__bytes_put_u8(&tool->path, 0);
	if (tool->path.failed) {
		tool->path.failed = 0;
		return NULL;
	}
	return (const char *)tool->path.data;
}

const char *cstn__tool_path(cstn__tool *tool, uint32_t kind, uint64_t file_no)
{
	char name[CSTN__FILE_NAME];

	cstn__file_name(kind, file_no, name);
	return cstn__tool_path_of(tool, name);
}

/* --- names --- */

typedef struct name_list {
	const cstn_allocator *allocator;
	cstn__tool_names *names;
	int failed;
} name_list;

static int add_name(void *context, const char *name)
{
	name_list *list = context;
	cstn__tool_name read;

	if (!cstn__file_name_read(name, &read.kind, &read.file_no))
		return 0;
	if (cstn__array_reserve(list->allocator, list->names, 1) != 0) {
		list->failed = 1;
		return 1;
	}
	list->names->items[list->names->count++] = read;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const cstn__tool_name *first = a, *second = b;

	if (first->kind != second->kind)
		return first->kind < second->kind ? -1 : 1;
	return (first->file_no > second->file_no) - (first->file_no < second->file_no);
}

cstn_status cstn__tool_list(cstn__tool *tool, cstn__tool_names *out, cstn_error **error)
{
	name_list list = {&tool->allocator, out, 0};
	int reason = tool->vfs->list(tool->vfs, tool->folder, add_name, &list);

	if (list.failed)
		return cstn__fail_nomem(error);
	if (reason == ENOENT || reason == ENOTDIR)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "'%s': %s", tool->folder,
				strerror(reason));
	if (reason != 0)
		return cstn__io_fail(error, reason, "list", tool->folder);
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), compare_names);
	return CSTN_OK;
}

/* --- whole files --- */

static cstn_status open_with_size(cstn__vfs *vfs, const char *path, cstn__vfs_file **file,
		uint64_t *size, cstn_error **error)
{
	cstn_status status = cstn__io_open(vfs, path, CSTN__VFS_READ, file, error);
	int reason;

	if (status != CSTN_OK)
		return status;
	reason = vfs->size(vfs, *file, size);
	if (reason == 0)
		return CSTN_OK;
	vfs->close(vfs, *file);
	return cstn__io_fail(error, reason, "size", path);
}

cstn_status cstn__tool_size(cstn__vfs *vfs, const char *path, uint64_t *out, cstn_error **error)
{
	cstn__vfs_file *file;
	cstn_status status = open_with_size(vfs, path, &file, out, error);

	if (status == CSTN_OK)
		vfs->close(vfs, file);
	return status;
}

cstn_status cstn__tool_read(cstn__vfs *vfs, const char *path, uint64_t limit, cstn__bytes *out,
		cstn_error **error)
{
	cstn__vfs_file *file;
	uint64_t size = 0;
	cstn_status status = open_with_size(vfs, path, &file, &size, error);

	if (status != CSTN_OK)
		return status;
	if (size > limit)
		status = cstn__fail(error, CSTN_E_LIMIT,
				"'%s': %llu bytes, at most %llu are allowed", path,
				(unsigned long long)size, (unsigned long long)limit);
	else if (cstn__array_grow(&out->allocator, &out->data, &out->capacity,
				 out->size + (size_t)size + 1, 1) != 0)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = cstn__io_read(
				vfs, file, path, out->data + out->size, (size_t)size, 0, error);
	if (status == CSTN_OK)
		out->size += (size_t)size;
	vfs->close(vfs, file);
	return status;
}

cstn_status cstn__tool_read_manifest(
		cstn__tool *tool, uint64_t number, cstn__manifest *out, cstn_error **error)
{
	const char *path = cstn__tool_path(tool, 0, number);
	cstn__bytes bytes;
	cstn_status status;

	if (!path)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&bytes, &tool->allocator);
	status = cstn__tool_read(tool->vfs, path, CSTN__MANIFEST_MAX, &bytes, error);
	if (status == CSTN_OK)
		status = cstn__manifest_read(
				bytes.data, bytes.size, number, &tool->allocator, out, error);
	cstn__bytes_free(&bytes);
	return status;
}

/* --- text --- */

void cstn__report_put_text(cstn__bytes *out, const char *text)
{
	size_t len = strlen(text);
	int valid = cstn__utf8_is_valid((const uint8_t *)text, len);

	cstn__bytes_put_u8(out, '"');
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c == '"' || c == '\\')
			cstn__bytes_put_format(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			cstn__bytes_put_format(out, "\\u%04x", c);
		else if (c >= 0x80 && !valid)
			cstn__bytes_put_text(out, "\\ufffd");
		else
			cstn__bytes_put_u8(out, c);
	}
	cstn__bytes_put_u8(out, '"');
}

void cstn__put_hex(cstn__bytes *out, const uint8_t *data, size_t size)
{
	char pair[3];

	for (size_t i = 0; i < size; i++) {
		cstn__hex(data + i, 1, pair);
		cstn__bytes_put(out, pair, 2);
	}
}

const char *cstn__file_kind_name(uint32_t kind)
{
	static const char *const names[] = {
			"manifest", "segment", "log", "dead rows", "derived", "key slots"};

	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unfinished";
}

const cstn__store_table *cstn__schema_table(const cstn__store_schema *schema, uint32_t id)
{
	for (size_t i = 0; i < schema->n_tables; i++)
		if (schema->tables[i].id == id)
			return &schema->tables[i];
	return NULL;
}
