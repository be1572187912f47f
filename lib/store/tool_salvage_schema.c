/* The schema of a store of which no manifest is left that says it.
 *
 * What the caller knows comes first: a network's tables have fixed ids. What the footers of the
 * segments say is added to it: columns and tables that it does not have, with their ids, names and
 * types. A table that nobody knows gets a number for a name; its key is found by trying columns
 * that are never null until their hashes are those of the key index; it is keyed if the log has
 * upserts or deletions of it, else append-only; and its recorded column is the one time that is
 * never null, if there is just one. A schema that a transaction wrote to a log is better than all
 * of it. Cost: one read of the footers and logs, and of some columns' first chunk. */
#include "store/tool_salvage.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/file_io.h"
#include "store/segment_format.h"
#include "store/segment.h"
#include "store/table_info.h"

enum { MAX_NAME = 256, KEY_COLUMNS = 4, KEY_ROWS = 8, KEY_CANDIDATES = 16, MAX_FOUND = 256 };
#define FOOTER_MAX (UINT32_C(64) << 20)

/* A table in the making. */
typedef struct found_table {
	cstn__store_table table; /* columns and name in the arena of the salvage */
	size_t capacity;
	int known;        /* by the caller */
	uint64_t file_no; /* of a segment with rows; 0: none */
	uint64_t size;
	int changes; /* the log replaces or deletes rows of it */
} found_table;

typedef struct finding {
	cstn__salvage *salvage;
	CSTN__ARRAY(found_table) tables;
	cstn__log_ops *ops;
	int from_log; /* a transaction wrote the schema */
} finding;

static found_table *table_of(finding *all, uint32_t id)
{
	for (size_t i = 0; i < all->tables.count; i++)
		if (all->tables.items[i].table.id == id)
			return &all->tables.items[i];
	return NULL;
}

/* --- what the caller knows -------------------------------------------------------------------- */

static cstn_status add_table(
		finding *all, const cstn__store_table *table, int known, cstn_error **error)
{
	found_table *added;

	if (cstn__array_reserve(all->salvage->allocator, &all->tables, 1))
		return cstn__fail_nomem(error);
	added = &all->tables.items[all->tables.count];
	memset(added, 0, sizeof(*added));
	added->table = *table;
	added->capacity = table->n_columns;
	added->known = known;
	all->tables.count++;
	return CSTN_OK;
}

static cstn_status add_known(finding *all, const cstn__store_schema *known, cstn_error **error)
{
	cstn__store_schema copy;
	cstn_status status = CSTN_OK;

	if (!known)
		return CSTN_OK;
	status = cstn__schema_copy(known, &all->salvage->arena, &copy, error);
	for (size_t t = 0; status == CSTN_OK && t < copy.n_tables; t++)
		status = add_table(all, &copy.tables[t], 1, error);
	return status;
}

/* --- what a footer says ----------------------------------------------------------------------- */

static int name_is_taken(const cstn__store_table *table, const char *name)
{
	for (size_t i = 0; i < table->n_columns; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return 1;
	return 0;
}

static const char *column_name(cstn__salvage *salvage, const cstn__store_table *table, uint32_t id,
		const uint8_t *name, uint32_t len)
{
	char other[32];
	char *copy = NULL;

	if (len && len <= MAX_NAME && cstn__utf8_is_valid(name, len) && !memchr(name, 0, len))
		copy = cstn__arena_copy(&salvage->arena, name, len);
	if (copy && !name_is_taken(table, copy))
		return copy;
	snprintf(other, sizeof(other), "column_%u", id);
	return cstn__arena_copy(&salvage->arena, other, strlen(other));
}

/* One column of a footer, 48 bytes. 0 or -1: out of memory. */
static int add_column(cstn__salvage *salvage, found_table *found, const uint8_t *at,
		const uint8_t *names, uint32_t names_len)
{
	cstn__store_table *table = &found->table;
	cstn__store_column column = {.id = cstn__load32(at), .type = at[4], .space = at[5]};
	uint32_t name_off = cstn__load32(at + 8), name_len = cstn__load32(at + 12), place;
	cstn__store_column *columns;

	if (column.id == CSTN__COLUMN_CHILDREN && !found->known)
		table->has_child = 1;
	if (column.id < CSTN__COLUMN_FIRST || name_off > names_len ||
			name_len > names_len - name_off)
		return 0;
	column.scale = column.type == CSTN_TYPE_DECIMAL ? (int8_t)at[7] : 0;
	if (at[6] & CSTN__FILE_COLUMN_NULLABLE || found->known)
		column.flags |= CSTN__COLUMN_NULLABLE;
	if (at[6] & CSTN__FILE_COLUMN_DICTIONARY)
		column.flags |= CSTN__COLUMN_DICTIONARY;
	place = cstn__column_position(table, column.id);
	columns = cstn__arena_alloc(
			&salvage->arena, cstn__array_size(table->n_columns + 1, sizeof(*columns)));
	column.name = column_name(salvage, table, column.id, names + name_off, name_len);
	if (!columns || !column.name)
		return -1;
	if (table->n_columns)
		memcpy(columns, table->columns, table->n_columns * sizeof(*columns));
	table->columns = columns;
	if (place == CSTN__NO_COLUMN) {
		columns[table->n_columns++] = column;
	} else if (!found->known) {
		columns[place].flags |= column.flags;
		if (column.type == CSTN_TYPE_INT64 && columns[place].type == CSTN_TYPE_INT32)
			columns[place].type = CSTN_TYPE_INT64;
	}
	return 0;
}

/* The bytes of a footer, of which the hash holds. */
typedef struct footer_bytes {
	uint8_t *data;
	size_t size;
} footer_bytes;

static cstn_status read_footer(cstn__salvage *salvage, uint64_t file_no, uint64_t *size,
		footer_bytes *out, cstn_error **error)
{
	const char *path = cstn__tool_path(&salvage->from, CSTN__ENTRY_SEGMENT, file_no);
	cstn__vfs *vfs = salvage->from.vfs;
	uint8_t trailer[CSTN__SEGMENT_TRAILER];
	cstn__vfs_file *file = NULL;
	uint64_t footer_off = 0, footer_len = 0;
	cstn_status status =
			path ? cstn__tool_size(vfs, path, size, error) : cstn__fail_nomem(error);

	if (status == CSTN_OK && *size < sizeof(trailer))
		status = cstn__fail(error, CSTN_E_CORRUPT, "'%s' is no segment", path);
	if (status == CSTN_OK)
		status = cstn__io_open(vfs, path, CSTN__VFS_READ, &file, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__io_read(
			vfs, file, path, trailer, sizeof(trailer), *size - sizeof(trailer), error);
	if (status == CSTN_OK) {
		footer_off = cstn__load64(trailer);
		footer_len = cstn__load32(trailer + 8);
		if (memcmp(trailer + 56, CSTN__SEGMENT_END, 8) != 0 ||
				footer_len < CSTN__SEGMENT_HEAD || footer_len > FOOTER_MAX ||
				footer_off > *size || footer_len > *size - footer_off)
			status = cstn__fail(error, CSTN_E_CORRUPT, "'%s': no trailer", path);
	}
	if (status == CSTN_OK) {
		out->data = cstn__alloc(salvage->allocator, (size_t)footer_len);
		out->size = (size_t)footer_len;
		status = out->data ? cstn__io_read(vfs, file, path, out->data, out->size,
						     footer_off, error)
				   : cstn__fail_nomem(error);
	}
	if (status == CSTN_OK) {
		cstn__hash128_value hash = cstn__hash128(out->data, out->size);

		if (hash.low != cstn__load64(trailer + 16) ||
				hash.high != cstn__load64(trailer + 24))
			status = cstn__fail(error, CSTN_E_CORRUPT,
					"'%s': the hash of the footer does not fit", path);
	}
	vfs->close(vfs, file);
	return status;
}

static cstn_status add_footer(finding *all, const cstn__manifest_entry *segment, uint64_t size,
		const footer_bytes *footer, cstn_error **error)
{
	cstn__salvage *salvage = all->salvage;
	found_table *found = table_of(all, segment->table);
	uint64_t n_columns = cstn__load32(footer->data), n_chunks = cstn__load32(footer->data + 4);
	uint64_t n_extra = cstn__load32(footer->data + 8),
		 names_len = cstn__load32(footer->data + 12);
	uint64_t columns = CSTN__SEGMENT_HEAD + n_chunks * CSTN__SEGMENT_CHUNK;
	uint64_t names = columns + n_columns * CSTN__SEGMENT_COLUMN +
			 (n_columns * n_chunks + n_extra) * CSTN__SEGMENT_BLOCK;
	char name[32];

	if (n_columns > CSTN__SEGMENT_COLUMNS_MAX || names > footer->size ||
			names_len > footer->size - names)
		return CSTN_OK;
	if (!found) {
		cstn__store_table table = {.id = segment->table, .table_class = CSTN__TABLE_APPEND};
		cstn_status status;

		snprintf(name, sizeof(name), "table_%u", segment->table);
		table.name = cstn__arena_copy(&salvage->arena, name, strlen(name));
		status = table.name ? add_table(all, &table, 0, error) : cstn__fail_nomem(error);
		if (status != CSTN_OK)
			return status;
		found = table_of(all, segment->table);
	}
	if (segment->rows) {
		found->file_no = segment->file_no;
		found->size = size;
	}
	for (uint64_t i = 0; i < n_columns; i++)
		if (add_column(salvage, found, footer->data + columns + i * CSTN__SEGMENT_COLUMN,
				    footer->data + names, (uint32_t)names_len))
			return cstn__fail_nomem(error);
	return CSTN_OK;
}

static cstn_status add_segments(finding *all, cstn_error **error)
{
	cstn__salvage *salvage = all->salvage;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; status == CSTN_OK && i < salvage->names.count; i++) {
		cstn__manifest_entry entry;
		uint64_t file_no = salvage->names.items[i].file_no, size = 0;
		footer_bytes footer = {NULL, 0};
		uint8_t uuid[16];

		if (salvage->names.items[i].kind != CSTN__ENTRY_SEGMENT)
			continue;
		/* What is damaged is said when its rows are looked for. */
		status = cstn__salvage_header(salvage, file_no, &entry, uuid, error);
		if (status == CSTN_OK)
			status = read_footer(salvage, file_no, &size, &footer, error);
		if (status == CSTN_OK) {
			memcpy(salvage->uuid, uuid, sizeof(uuid));
			status = add_footer(all, &entry, size, &footer, error);
		} else if (status != CSTN_E_NOMEM && status != CSTN_E_FULL) {
			cstn__salvage_forget(error);
			status = CSTN_OK;
		}
		cstn__free(salvage->allocator, footer.data, footer.size);
	}
	return status;
}

/* --- what the logs say ------------------------------------------------------------------------ */

static cstn_status take_schema(finding *all, const cstn__log_op *op, cstn_error **error)
{
	cstn__salvage *salvage = all->salvage;
	cstn__store_schema read;
	void *memory;
	size_t size;
	cstn_status status = cstn__schema_blob_read(
			op->blob, op->blob_len, salvage->allocator, &read, &memory, &size, error);

	if (status == CSTN_OK) {
		all->tables.count = 0;
		all->from_log = 1;
		status = add_known(all, &read, error);
		cstn__free(salvage->allocator, memory, size);
	}
	return status;
}

static cstn_status take_frame(void *context, const cstn__log_frame *frame, cstn_error **error)
{
	finding *all = context;
	cstn__log_op op;
	cstn_status status = CSTN_OK;

	if (frame->kind != CSTN__FRAME_TRANSACTION)
		return CSTN_OK;
	if (all->ops)
		cstn__log_ops_reset(all->ops, frame);
	else
		status = cstn__log_ops_new(frame, all->salvage->allocator, &all->ops, error);
	while (status == CSTN_OK) {
		found_table *found;

		status = cstn__log_ops_next(all->ops, &op, error);
		if (status != CSTN_OK)
			break;
		found = table_of(all, op.table);
		if (op.op == CSTN__OP_SCHEMA)
			status = take_schema(all, &op, error);
		else if (found && (op.op == CSTN__OP_UPSERT || op.op == CSTN__OP_DELETE))
			found->changes = 1;
	}
	if (status == CSTN_E_NOMEM)
		return status;
	if (status != CSTN_DONE)
		cstn__salvage_forget(error);
	return CSTN_OK;
}

static cstn_status add_logs(finding *all, cstn_error **error)
{
	cstn__salvage *salvage = all->salvage;
	cstn__vfs *vfs = salvage->from.vfs;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; status == CSTN_OK && i < salvage->names.count; i++) {
		uint8_t data[CSTN__LOG_HEADER];
		cstn__log_header header;
		cstn__vfs_file *file = NULL;
		const char *path;

		if (salvage->names.items[i].kind != CSTN__ENTRY_LOG)
			continue;
		path = cstn__tool_path(
				&salvage->from, CSTN__ENTRY_LOG, salvage->names.items[i].file_no);
		status = path ? cstn__io_open(vfs, path, CSTN__VFS_READ, &file, error)
			      : cstn__fail_nomem(error);
		if (status == CSTN_OK)
			status = cstn__io_read(vfs, file, path, data, sizeof(data), 0, error);
		if (status == CSTN_OK)
			status = cstn__log_header_read(data, sizeof(data), NULL, 0, &header, error);
		if (status == CSTN_OK)
			status = cstn__log_scan(vfs, file, &header, salvage->allocator, take_frame,
					all, error);
		if (file)
			vfs->close(vfs, file);
		if (status != CSTN_OK && status != CSTN_E_NOMEM && status != CSTN_E_FULL) {
			cstn__salvage_forget(error);
			status = CSTN_OK;
		}
	}
	return status;
}

/* --- the key of a table that nobody knows ----------------------------------------------------- */

/* Some columns of the first chunk of a segment, for the search. */
typedef struct key_search {
	cstn__salvage *salvage;
	cstn__segment *segment;
	uint32_t ids[KEY_CANDIDATES], chosen[KEY_COLUMNS];
	cstn__block blocks[KEY_CANDIDATES];
	cstn__values key[KEY_COLUMNS];
	size_t n;
	uint32_t rows;
	cstn__bytes bytes;
} key_search;

static int is_key(key_search *search, size_t n)
{
	for (uint32_t row = 0; row < search->rows; row++) {
		uint32_t rows[MAX_FOUND];
		size_t found = 0, at = 0;

		search->bytes.size = 0;
		cstn__key_put(search->key, n, row, &search->bytes);
		if (search->bytes.failed ||
				cstn__segment_lookup(search->segment,
						cstn__key_hash(search->salvage->uuid,
								search->bytes.data,
								search->bytes.size),
						rows, MAX_FOUND, &found, NULL) != CSTN_OK)
			return 0;
		while (at < found && at < MAX_FOUND && rows[at] != row)
			at++;
		/* A key that repeats more often than there is room is one all the same. */
		if (at == found)
			return 0;
	}
	return 1;
}

/* Columns from `first` on as the key's columns from `at` to `n`. */
static int try_columns(key_search *search, size_t first, size_t at, size_t n)
{
	if (at == n)
		return is_key(search, n);
	for (size_t i = first; i < search->n; i++) {
		search->chosen[at] = search->ids[i];
		search->key[at] = search->blocks[i].values;
		if (try_columns(search, i + 1, at + 1, n))
			return 1;
	}
	return 0;
}

static cstn_status read_candidates(
		key_search *search, const cstn__store_table *table, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < table->n_columns && search->n < KEY_CANDIDATES; i++) {
		const cstn__store_column *column = &table->columns[i];

		if (column->space != CSTN__SPACE_ROW || column->flags & CSTN__COLUMN_NULLABLE)
			continue;
		status = cstn__segment_read(
				search->segment, 0, column->id, &search->blocks[search->n], error);
		if (status == CSTN_OK)
			search->ids[search->n++] = column->id;
		else if (status == CSTN_E_NOMEM)
			return status;
		else
			cstn__salvage_forget(error);
	}
	return CSTN_OK;
}

static cstn_status take_key(
		const key_search *search, found_table *found, size_t n, cstn_error **error)
{
	uint32_t *key = cstn__arena_alloc(&search->salvage->arena, n * sizeof(*key));

	if (!key)
		return cstn__fail_nomem(error);
	memcpy(key, search->chosen, n * sizeof(*key));
	found->table.key = key;
	found->table.n_key = n;
	found->table.table_class = found->changes ? CSTN__TABLE_KEYED : CSTN__TABLE_APPEND;
	return CSTN_OK;
}

/* Opened as if its first column that is never null were the key: a look-up asks for a hash. */
static cstn_status find_key(finding *all, found_table *found, cstn_error **error)
{
	cstn__salvage *salvage = all->salvage;
	cstn__store_table table = found->table;
	key_search search = {.salvage = salvage};
	const char *path = cstn__tool_path(&salvage->from, CSTN__ENTRY_SEGMENT, found->file_no);
	uint32_t first = 0, child_rows;
	uint64_t first_row;
	cstn_status status = path ? CSTN_OK : cstn__fail_nomem(error);

	for (size_t i = 0; i < table.n_columns && !first; i++)
		if (table.columns[i].space == CSTN__SPACE_ROW &&
				!(table.columns[i].flags & CSTN__COLUMN_NULLABLE))
			first = table.columns[i].id;
	if (status != CSTN_OK || !first)
		return status;
	table.key = &first;
	table.n_key = 1;
	status = cstn__segment_open(salvage->from.vfs, path, salvage->uuid, found->file_no,
			found->size, &table, salvage->allocator, &search.segment, error);
	if (status != CSTN_OK) { /* it has no key index, or is damaged */
		if (status == CSTN_E_NOMEM)
			return status;
		cstn__salvage_forget(error);
		return CSTN_OK;
	}
	cstn__bytes_init(&search.bytes, salvage->allocator);
	cstn__segment_chunk(search.segment, 0, &first_row, &search.rows, &child_rows);
	if (search.rows > KEY_ROWS)
		search.rows = KEY_ROWS;
	status = read_candidates(&search, &table, error);
	for (size_t n = 1; status == CSTN_OK && n <= KEY_COLUMNS && !found->table.n_key; n++)
		if (try_columns(&search, 0, 0, n))
			status = take_key(&search, found, n, error);
	for (size_t i = 0; i < search.n; i++)
		cstn__block_free(&search.blocks[i], salvage->allocator);
	cstn__bytes_free(&search.bytes);
	cstn__segment_free(search.segment);
	return status;
}

/* The one time that is never null. */
static void find_recorded(cstn__store_table *table)
{
	uint32_t id = 0;
	int n = 0;

	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i].type == CSTN_TYPE_TIME &&
				table->columns[i].space == CSTN__SPACE_ROW &&
				!(table->columns[i].flags & CSTN__COLUMN_NULLABLE)) {
			id = table->columns[i].id;
			n++;
		}
	table->recorded = n == 1 ? id : 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static cstn_status finish(finding *all, cstn_error **error)
{
	cstn__salvage *salvage = all->salvage;
	cstn__store_schema *schema = &salvage->source.schema;
	cstn__store_table *tables = cstn__arena_alloc(
			&salvage->arena, cstn__array_size(all->tables.count, sizeof(*tables)));
	cstn_status status = tables ? CSTN_OK : cstn__fail_nomem(error);

	for (size_t t = 0; status == CSTN_OK && t < all->tables.count; t++) {
		found_table *found = &all->tables.items[t];

		if (!found->known && found->file_no)
			status = find_key(all, found, error);
		if (!found->known)
			find_recorded(&found->table);
		tables[t] = found->table;
	}
	if (status != CSTN_OK)
		return status;
	schema->version = 1;
	schema->tables = tables;
	schema->n_tables = all->tables.count;
	return cstn__store_schema_check(schema, CSTN_E_NO_MANIFEST, error);
}

cstn_status cstn__salvage_find_schema(
		cstn__salvage *salvage, const cstn__store_schema *known, cstn_error **error)
{
	finding all = {.salvage = salvage};
	cstn_status status;
	size_t n = 0;

	for (size_t i = 0; i < salvage->names.count; i++)
		n += salvage->names.items[i].kind == CSTN__ENTRY_SEGMENT ||
		     salvage->names.items[i].kind == CSTN__ENTRY_LOG;
	if (!n)
		return cstn__fail(error, CSTN_E_NO_MANIFEST, "'%s' holds no files of a store",
				salvage->from.folder);
	status = add_known(&all, known, error);
	if (status == CSTN_OK)
		status = add_segments(&all, error);
	if (status == CSTN_OK)
		status = add_logs(&all, error);
	if (status == CSTN_OK && all.from_log) /* its segments may have more columns */
		status = add_segments(&all, error);
	if (status == CSTN_OK && !all.tables.count)
		status = cstn__fail(error, CSTN_E_NO_MANIFEST,
				"'%s': no manifest and no segment of which the schema can be read",
				salvage->from.folder);
	if (status == CSTN_OK)
		status = finish(&all, error);
	salvage->schema_from = all.from_log ? "log" : known ? "known" : "segments";
	cstn__log_ops_free(all.ops);
	cstn__array_free(salvage->allocator, &all.tables);
	return status;
}
