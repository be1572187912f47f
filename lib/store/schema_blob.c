/* What tables and columns a store has, as bytes: part of a manifest, body of a SCHEMA op.
 *
 *   u32 version, u32 n_tables; then for each table
 *   u32 id, u8 class, u8 has_child, u16 name_len, u32 n_columns, u32 n_key, u32 recorded, u32 0
 *   key column ids as u32; pad8; name; pad8; then for each column
 *   u32 id, u8 type, u8 scale, u8 space, u8 0, u32 flags, u32 name_len; name; pad8
 *
 * Each schema has one form: what is reserved or padding is zero and nothing follows. Written and
 * read schemas pass the same check, so a column that is found is one that could be declared. Cost:
 * linear in bytes, and the square of the columns of one table for the search of duplicates. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "store/manifest.h"

#define TABLES_MAX 1024
#define COLUMNS_MAX 1024
#define NAME_MAX_BYTES 256
#define SCALE_MAX 18
#define KNOWN_FLAGS (CSTN__COLUMN_NULLABLE | CSTN__COLUMN_DICTIONARY)

/* --- the check --- */

static int is_name(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	return len > 0 && len <= NAME_MAX_BYTES && cstn__utf8_is_valid((const uint8_t *)name, len);
}

static const char *column_problem(const cstn__store_table *table, size_t index)
{
	const cstn__store_column *column = &table->columns[index];

	if (!is_name(column->name))
		return "its name is not UTF-8 of 1 to 256 bytes";
	if (column->id < CSTN__COLUMN_FIRST || column->id == UINT32_MAX)
		return "column ids are 16 to 4294967294";
	if (column->type < CSTN_TYPE_FLAG || column->type > CSTN_TYPE_DECIMAL)
		return "there is no such type";
	if (column->scale < 0 || column->scale > SCALE_MAX)
		return "a scale is 0 to 18";
	if (column->scale != 0 && column->type != CSTN_TYPE_DECIMAL)
		return "only a decimal has a scale";
	if (column->flags & ~KNOWN_FLAGS)
		return "it has an unknown flag";
	if ((column->flags & CSTN__COLUMN_DICTIONARY) && column->type != CSTN_TYPE_TEXT &&
			column->type != CSTN_TYPE_BYTES)
		return "only text has a dictionary";
	if (column->space > CSTN__SPACE_CHILD)
		return "it belongs neither to rows nor to child rows";
	if (column->space == CSTN__SPACE_CHILD && !table->has_child)
		return "it belongs to child rows, and the table has none";
	for (size_t i = 0; i < index; i++)
		if (table->columns[i].id == column->id)
			return "its id stands twice";
	for (size_t i = 0; i < index; i++)
		if (strcmp(table->columns[i].name, column->name) == 0)
			return "its name stands twice";
	return NULL;
}

static const cstn__store_column *find_column(const cstn__store_table *table, uint32_t id)
{
	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i].id == id)
			return &table->columns[i];
	return NULL;
}

static const char *key_problem(const cstn__store_table *table)
{
	const cstn__store_column *column;

	if (table->n_key > table->n_columns)
		return "it has more key columns than columns";
	if (table->table_class == CSTN__TABLE_KEYED && table->n_key == 0)
		return "a keyed table needs a key";
	for (size_t i = 0; i < table->n_key; i++) {
		column = find_column(table, table->key[i]);
		if (!column)
			return "a key column is not among its columns";
		if (column->space != CSTN__SPACE_ROW || column->flags & CSTN__COLUMN_NULLABLE)
			return "a key column belongs to rows and is never null";
		for (size_t k = 0; k < i; k++)
			if (table->key[k] == table->key[i])
				return "a key column stands twice";
	}
	if (table->recorded == 0)
		return NULL;
	column = find_column(table, table->recorded);
	if (!column || column->type != CSTN_TYPE_TIME || column->space != CSTN__SPACE_ROW)
		return "its recorded column is no timestamp of its rows";
	return NULL;
}

static const char *table_problem(const cstn__store_schema *schema, size_t index)
{
	const cstn__store_table *table = &schema->tables[index];

	if (!is_name(table->name))
		return "its name is not UTF-8 of 1 to 256 bytes";
	if (table->id == 0 || table->id > UINT16_MAX)
		return "table ids are 1 to 65535";
	if (table->table_class != CSTN__TABLE_APPEND && table->table_class != CSTN__TABLE_KEYED)
		return "there is no such class of table";
	if (table->has_child > 1)
		return "has_child is 0 or 1";
	if (table->n_columns == 0 || table->n_columns > COLUMNS_MAX)
		return "a table has 1 to 1,024 columns";
	for (size_t i = 0; i < index; i++)
		if (schema->tables[i].id == table->id ||
				strcmp(schema->tables[i].name, table->name) == 0)
			return "its id or its name stands twice";
	return NULL;
}

cstn_status cstn__store_schema_check(
		const cstn__store_schema *schema, cstn_status status, cstn_error **error)
{
	const char *problem;

	if (schema->n_tables > TABLES_MAX)
		return cstn__fail(error, status, "schema: %zu tables, at most 1,024 are allowed",
				schema->n_tables);
	for (size_t i = 0; i < schema->n_tables; i++) {
		const cstn__store_table *table = &schema->tables[i];

		problem = table_problem(schema, i);
		for (size_t k = 0; !problem && k < table->n_columns; k++) {
			const char *wrong = column_problem(table, k);

			if (wrong)
				return cstn__fail(error, status,
						"schema: table %" PRIu32 ", column %" PRIu32 ": %s",
						table->id, table->columns[k].id, wrong);
		}
		if (!problem)
			problem = key_problem(table);
		if (problem)
			return cstn__fail(error, status, "schema: table %" PRIu32 ": %s", table->id,
					problem);
	}
	return CSTN_OK;
}

/* --- write --- */

static void put_padding(cstn__bytes *out, size_t len)
{
	static const uint8_t zeros[8];

	cstn__bytes_put(out, zeros, (8 - len % 8) % 8);
}

static void put_table(const cstn__store_table *table, cstn__bytes *out)
{
	size_t len = strlen(table->name);

	cstn__bytes_put_u32(out, table->id);
	cstn__bytes_put_u8(out, (uint8_t)table->table_class);
	cstn__bytes_put_u8(out, (uint8_t)table->has_child);
	cstn__bytes_put_u16(out, (uint16_t)len);
	cstn__bytes_put_u32(out, (uint32_t)table->n_columns);
	cstn__bytes_put_u32(out, (uint32_t)table->n_key);
	cstn__bytes_put_u32(out, table->recorded);
	cstn__bytes_put_u32(out, 0);
	for (size_t i = 0; i < table->n_key; i++)
		cstn__bytes_put_u32(out, table->key[i]);
	put_padding(out, table->n_key * 4);
	cstn__bytes_put(out, table->name, len);
	put_padding(out, len);
	for (size_t i = 0; i < table->n_columns; i++) {
		const cstn__store_column *column = &table->columns[i];

		len = strlen(column->name);
		cstn__bytes_put_u32(out, column->id);
		cstn__bytes_put_u8(out, (uint8_t)column->type);
		cstn__bytes_put_u8(out, (uint8_t)column->scale);
		cstn__bytes_put_u8(out, (uint8_t)column->space);
		cstn__bytes_put_u8(out, 0);
		cstn__bytes_put_u32(out, column->flags);
		cstn__bytes_put_u32(out, (uint32_t)len);
		cstn__bytes_put(out, column->name, len);
		put_padding(out, len);
	}
}

cstn_status cstn__schema_blob_write(
		const cstn__store_schema *schema, cstn__bytes *out, cstn_error **error)
{
	cstn_status status = cstn__store_schema_check(schema, CSTN_E_SCHEMA, error);

	if (status != CSTN_OK)
		return status;
	cstn__bytes_put_u32(out, schema->version);
	cstn__bytes_put_u32(out, (uint32_t)schema->n_tables);
	for (size_t i = 0; i < schema->n_tables; i++)
		put_table(&schema->tables[i], out);
	return out->failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- read: once to count, once to fill --- */

typedef struct blob_room {
	cstn__store_table *tables; /* NULL: count only */
	cstn__store_column *columns;
	uint32_t *keys;
	char *names;
	size_t n_columns, n_keys, names_len;
} blob_room;

static void skip_padding(cstn__reader *reader, size_t len)
{
	for (size_t i = 0; i < (8 - len % 8) % 8; i++)
		if (cstn__read_u8(reader) != 0)
			reader->failed = 1;
}

/* A name with its padding; NULL while counting. */
static const char *take_name(cstn__reader *reader, size_t len, blob_room *room)
{
	const uint8_t *bytes = cstn__read_bytes(reader, len);
	char *name = NULL;

	skip_padding(reader, len);
	if (reader->failed || memchr(bytes, 0, len)) {
		reader->failed = 1;
		return NULL;
	}
	if (room->tables) {
		name = room->names + room->names_len;
		memcpy(name, bytes, len);
		name[len] = '\0';
	}
	room->names_len += len + 1;
	return name;
}

static void take_column(cstn__reader *reader, blob_room *room)
{
	cstn__store_column column;
	size_t name_len;

	column.id = cstn__read_u32(reader);
	column.type = cstn__read_u8(reader);
	column.scale = cstn__read_u8(reader);
	column.space = cstn__read_u8(reader);
	if (cstn__read_u8(reader) != 0)
		reader->failed = 1;
	column.flags = cstn__read_u32(reader);
	name_len = cstn__read_u32(reader);
	column.name = take_name(reader, name_len, room);
	if (room->tables && !reader->failed)
		room->columns[room->n_columns] = column;
	room->n_columns++;
}

static void take_table(cstn__reader *reader, size_t index, blob_room *room)
{
	cstn__store_table table;
	size_t name_len;

	table.id = cstn__read_u32(reader);
	table.table_class = cstn__read_u8(reader);
	table.has_child = cstn__read_u8(reader);
	name_len = cstn__read_u16(reader);
	table.n_columns = cstn__read_u32(reader);
	table.n_key = cstn__read_u32(reader);
	table.recorded = cstn__read_u32(reader);
	if (cstn__read_u32(reader) != 0 || table.n_columns > COLUMNS_MAX ||
			table.n_key > table.n_columns)
		reader->failed = 1;
	table.key = room->tables ? room->keys + room->n_keys : NULL;
	table.columns = room->tables ? room->columns + room->n_columns : NULL;
	for (size_t i = 0; i < table.n_key && !reader->failed; i++) {
		uint32_t id = cstn__read_u32(reader);

		if (room->tables)
			room->keys[room->n_keys] = id;
		room->n_keys++;
	}
	skip_padding(reader, table.n_key * 4);
	table.name = take_name(reader, name_len, room);
	for (size_t i = 0; i < table.n_columns && !reader->failed; i++)
		take_column(reader, room);
	if (room->tables && !reader->failed)
		room->tables[index] = table;
}

static size_t take_schema(
		const uint8_t *data, size_t size, blob_room *room, cstn__store_schema *out)
{
	cstn__reader reader = {data, size, 0, 0};

	out->version = cstn__read_u32(&reader);
	out->n_tables = cstn__read_u32(&reader);
	out->tables = room->tables;
	if (out->n_tables > TABLES_MAX)
		reader.failed = 1;
	for (size_t i = 0; i < out->n_tables && !reader.failed; i++)
		take_table(&reader, i, room);
	return reader.failed ? SIZE_MAX : reader.position;
}

cstn_status cstn__schema_blob_read(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn__store_schema *out, void **memory,
		size_t *memory_size, cstn_error **error)
{
	blob_room room = {0};
	cstn__store_schema schema;
	cstn_status status;
	size_t total;
	uint8_t *block;

	if (size > CSTN__MANIFEST_MAX || take_schema(data, size, &room, &schema) != size)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"schema: its %zu bytes are not tables and columns", size);
	/* Every count is below the bytes read, so that no sum here overflows. */
	total = schema.n_tables * sizeof(*room.tables) + room.n_columns * sizeof(*room.columns) +
		room.n_keys * sizeof(*room.keys) + room.names_len;
	block = cstn__alloc(allocator, total);
	if (!block)
		return cstn__fail_nomem(error);
	room.tables = (cstn__store_table *)(void *)block;
	room.columns = (cstn__store_column *)(void *)(room.tables + schema.n_tables);
	room.keys = (uint32_t *)(void *)(room.columns + room.n_columns);
	room.names = (char *)(room.keys + room.n_keys);
	room.n_columns = room.n_keys = room.names_len = 0;
	(void)take_schema(data, size, &room, &schema);
	status = cstn__store_schema_check(&schema, CSTN_E_CORRUPT, error);
	if (status != CSTN_OK) {
		cstn__free(allocator, block, total);
		return status;
	}
	*out = schema;
	*memory = block;
	*memory_size = total;
	return CSTN_OK;
}
