/* Any file of a store as text for people: what kind it is shows in its first bytes, not in its
 * name. Manifest, log and dead rows are read by the engine's own readers. A damaged file is shown
 * as far as it goes, with a line that says why it ends. */
#include <inttypes.h>
#include <string.h>

#include <constellation/schema.h>

#include "base/error.h"
#include "base/text.h"
#include "store/file_io.h"
#include "store/little_endian.h"
#include "store/log.h"
#include "store/store.h"
#include "store/tool.h"
#include "store/tool_dump.h"

cstn_status cstn__dump_damage(cstn__dump *dump, cstn_status status, cstn_error **error)
{
	if (status != CSTN_E_CORRUPT && status != CSTN_E_NEWER_FORMAT)
		return status;
	cstn__bytes_put_format(&dump->out, "damage: %s\n",
			error && *error ? cstn_error_message(*error) : "the file is damaged");
	if (error) {
		cstn_error_free(*error);
		*error = NULL;
	}
	return CSTN_OK;
}

static void put_text(cstn__dump *dump, const uint8_t *text, size_t len)
{
	char clean[256];
	size_t n = cstn__text_clean((const char *)text, len, clean, sizeof(clean));

	cstn__bytes_put_u8(&dump->out, '\'');
	cstn__bytes_put(&dump->out, clean, n);
	cstn__bytes_put_u8(&dump->out, '\'');
	if (cstn__text_clean((const char *)text, len, NULL, SIZE_MAX) > n)
		cstn__bytes_put_format(&dump->out, "... (%zu bytes)", len);
}

void cstn__dump_value(cstn__dump *dump, const cstn__values *values, uint64_t row)
{
	size_t len = 0;
	const uint8_t *text;

	if (!cstn__values_is_valid(values, row)) {
		cstn__bytes_put_text(&dump->out, "null");
	} else if (values->numbers) {
		cstn__bytes_put_format(&dump->out, "%" PRId64, values->numbers[row]);
	} else {
		text = cstn__values_text(values, row, &len);
		put_text(dump, text, len);
	}
}

/* --- manifest --- */

static void put_schema(cstn__dump *dump, const cstn__store_schema *schema)
{
	cstn__bytes_put_format(&dump->out, "schema version %" PRIu32 "\n", schema->version);
	for (size_t t = 0; t < schema->n_tables; t++) {
		const cstn__store_table *table = &schema->tables[t];

		cstn__bytes_put_format(&dump->out, "table %" PRIu32 " '%s'%s%s, key", table->id,
				table->name,
				table->table_class == CSTN__TABLE_KEYED ? ", keyed"
									: ", append-only",
				table->has_child ? ", with child rows" : "");
		for (size_t i = 0; i < table->n_key; i++)
			cstn__bytes_put_format(&dump->out, " %" PRIu32, table->key[i]);
		cstn__bytes_put_format(&dump->out, "%s, recorded %" PRIu32 "\n",
				table->n_key ? "" : " none", table->recorded);
		for (size_t i = 0; i < table->n_columns; i++) {
			const cstn__store_column *column = &table->columns[i];

			cstn__bytes_put_format(&dump->out, "  column %" PRIu32 " '%s' %s",
					column->id, column->name, cstn_type_name(column->type));
			if (column->type == CSTN_TYPE_DECIMAL)
				cstn__bytes_put_format(&dump->out, " scale=%d", (int)column->scale);
			cstn__bytes_put_format(&dump->out, "%s%s%s\n",
					column->flags & CSTN__COLUMN_NULLABLE ? " null" : "",
					column->flags & CSTN__COLUMN_DICTIONARY ? " dictionary"
										: "",
					column->space ? " child" : "");
		}
	}
}

static void put_manifest(cstn__dump *dump, const cstn__manifest *manifest)
{
	cstn__bytes *out = &dump->out;

	cstn__bytes_put_format(out, "manifest %" PRIu64 " of store ", manifest->manifest_no);
	cstn__put_hex(out, manifest->uuid, 16);
	cstn__bytes_put_format(out,
			"\nnext file %016" PRIx64 ", last transaction %" PRIu64 ", %s\n"
			"features compat %#" PRIx32 ", ro_compat %#" PRIx32 ", incompat %#" PRIx32
			"\n",
			manifest->next_file, manifest->last_seq,
			manifest->flags & CSTN__MANIFEST_CLEAN ? "closed cleanly" : "in use",
			manifest->compat, manifest->ro_compat, manifest->incompat);
	for (size_t i = 0; i < manifest->n_entries; i++) {
		const cstn__manifest_entry *entry = &manifest->entries[i];

		cstn__bytes_put_format(out,
				"%s %016" PRIx64 ": table %" PRIu32 ", %" PRIu64 " bytes, %" PRIu64
				" rows, %" PRIu64 " child rows, transactions %" PRIu64
				" to %" PRIu64,
				cstn__file_kind_name(entry->kind), entry->file_no, entry->table,
				entry->size, entry->rows, entry->child_rows, entry->min_seq,
				entry->max_seq);
		if (entry->flags & CSTN__ENTRY_SLOTS_OVER)
			cstn__bytes_put_text(out, ", all erased, the file is gone");
		if (entry->target_file_no)
			cstn__bytes_put_format(
					out, ", of segment %016" PRIx64, entry->target_file_no);
		cstn__bytes_put_text(out, ", seal ");
		cstn__put_hex(out, entry->seal, 16);
		cstn__bytes_put_u8(out, '\n');
	}
	put_schema(dump, &manifest->schema);
}

cstn_status cstn__dump_manifest(cstn__dump *dump, cstn_error **error)
{
	cstn__manifest manifest;
	cstn__bytes bytes;
	cstn_status status;

	cstn__bytes_init(&bytes, &dump->allocator);
	status = cstn__tool_read(dump->vfs, dump->path, CSTN__MANIFEST_MAX, &bytes, error);
	if (status == CSTN_OK)
		status = cstn__manifest_read(bytes.data, bytes.size, CSTN__MANIFEST_ANY,
				&dump->allocator, &manifest, error);
	cstn__bytes_free(&bytes);
	if (status != CSTN_OK)
		return cstn__dump_damage(dump, status, error);
	put_manifest(dump, &manifest);
	cstn__manifest_free(&manifest);
	return CSTN_OK;
}

/* --- log --- */

static void put_row(cstn__dump *dump, const cstn__log_op *op, uint64_t row, uint64_t first_child)
{
	const cstn__store_batch *batch = &op->batch;
	uint64_t n = batch->children ? batch->children[row] : 0;

	cstn__bytes_put_format(&dump->out, "    row %" PRIu64 ":", row);
	for (size_t i = 0; i < batch->n_columns; i++) {
		if (op->spaces[i] != CSTN__SPACE_ROW)
			continue;
		cstn__bytes_put_format(&dump->out, " %" PRIu32 "=", batch->ids[i]);
		cstn__dump_value(dump, &batch->columns[i], row);
	}
	cstn__bytes_put_u8(&dump->out, '\n');
	for (uint64_t child = 0; child < n && child < CSTN__DUMP_ROWS; child++) {
		cstn__bytes_put_format(&dump->out, "      child %" PRIu64 ":", child);
		for (size_t i = 0; i < batch->n_columns; i++) {
			if (op->spaces[i] != CSTN__SPACE_CHILD)
				continue;
			cstn__bytes_put_format(&dump->out, " %" PRIu32 "=", batch->ids[i]);
			cstn__dump_value(dump, &batch->columns[i], first_child + child);
		}
		cstn__bytes_put_u8(&dump->out, '\n');
	}
}

static void put_op(cstn__dump *dump, const cstn__log_op *op)
{
	static const char *const names[] = {
			"append", "upsert", "delete", "schema", "put slots", "erase slots"};
	const cstn__store_batch *batch = &op->batch;
	uint64_t child = 0;

	cstn__bytes_put_format(&dump->out,
			"  %s table %" PRIu32 ", schema version %" PRIu32 ": %" PRIu64
			" rows, %" PRIu64 " child rows, %zu bytes of schema\n",
			names[op->op - 1], op->table, op->schema_version, batch->rows,
			batch->child_rows, op->blob_len);
	for (uint64_t row = 0; row < batch->rows && row < CSTN__DUMP_ROWS; row++) {
		put_row(dump, op, row, child);
		child += batch->children ? batch->children[row] : 0;
	}
	if (batch->rows > CSTN__DUMP_ROWS)
		cstn__bytes_put_format(&dump->out, "    and %" PRIu64 " rows more\n",
				batch->rows - CSTN__DUMP_ROWS);
}

static cstn_status put_frame(void *context, const cstn__log_frame *frame, cstn_error **error)
{
	cstn__dump *dump = context;
	cstn__log_ops *ops = NULL;
	cstn__log_op op;
	cstn_status status;

	cstn__bytes_put_format(&dump->out,
			"%s %" PRIu64 " at byte %" PRIu64 ": %" PRIu32 " operations in %" PRIu32
			" bytes, %" PRIu64 " were on disk\n",
			frame->kind == CSTN__FRAME_SEAL ? "seal" : "transaction", frame->seq,
			frame->offset, frame->n_ops, frame->payload_len, frame->durable_len);
	status = cstn__log_ops_new(frame, &dump->allocator, &ops, error);
	if (status != CSTN_OK)
		return status;
	while ((status = cstn__log_ops_next(ops, &op, error)) == CSTN_OK)
		put_op(dump, &op);
	cstn__log_ops_free(ops);
	if (dump->out.failed)
		return cstn__fail_nomem(error);
	return status == CSTN_DONE ? CSTN_OK : status;
}

static cstn_status put_log(cstn__dump *dump, cstn__vfs_file *file, cstn_error **error)
{
	uint8_t data[CSTN__LOG_HEADER];
	cstn__log_header header;
	cstn__log_replayed log;
	cstn_status status =
			cstn__io_read(dump->vfs, file, dump->path, data, sizeof(data), 0, error);

	if (status == CSTN_OK)
		status = cstn__log_header_read(data, sizeof(data), NULL, 0, &header, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_put_format(&dump->out, "log %016" PRIx64 " of store ", header.file_no);
	cstn__put_hex(&dump->out, header.uuid, 16);
	cstn__bytes_put_format(&dump->out,
			"\nfirst transaction %" PRIu64 ", salt %016" PRIx64
			"\nafter log %016" PRIx64 " of %" PRIu64
			" bytes, which ended with transaction %" PRIu64 "\n",
			header.base_seq, header.salt, header.prev_file_no, header.prev_len,
			header.prev_last_seq);
	status = cstn__log_replay(
			dump->vfs, file, NULL, 0, &dump->allocator, put_frame, dump, &log, error);
	if (status == CSTN_OK)
		cstn__bytes_put_format(&dump->out,
				"%" PRIu64 " frames, the last transaction is %" PRIu64 "; %" PRIu64
				" bytes of a torn write\n",
				log.n_frames, log.last_seq, log.file_len - log.end);
	return status;
}

cstn_status cstn__dump_log(cstn__dump *dump, cstn_error **error)
{
	cstn__vfs_file *file;
	cstn_status status = cstn__io_open(dump->vfs, dump->path, CSTN__VFS_READ, &file, error);

	if (status != CSTN_OK)
		return status;
	status = put_log(dump, file, error);
	dump->vfs->close(dump->vfs, file);
	return cstn__dump_damage(dump, status, error);
}

/* --- any file --- */

static cstn_status read_magic(cstn__dump *dump, uint8_t magic[8], cstn_error **error)
{
	cstn__vfs_file *file;
	cstn_status status = cstn__io_open(dump->vfs, dump->path, CSTN__VFS_READ, &file, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__io_read(dump->vfs, file, dump->path, magic, 8, 0, error);
	dump->vfs->close(dump->vfs, file);
	return status;
}

static cstn_status dump_by_magic(cstn__dump *dump, cstn_error **error)
{
	static const struct {
		const char *magic;
		cstn_status (*put)(cstn__dump *dump, cstn_error **error);
	} kinds[] = {{"CSTNMAN1", cstn__dump_manifest}, {"CSTNLOG1", cstn__dump_log},
			{"CSTNSEG1", cstn__dump_segment}, {"CSTNDEL1", cstn__dump_dead_rows},
			{"CSTNKEY1", cstn__dump_slots}};
	uint8_t magic[8];
	cstn_status status = read_magic(dump, magic, error);

	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (memcmp(magic, kinds[i].magic, 8) == 0)
			return kinds[i].put(dump, error);
	return cstn__fail(error, CSTN_E_CORRUPT,
			"'%s': it begins like no manifest, log, segment, map of dead rows or file "
			"of key slots",
			dump->path);
}

cstn_status cstn__store_dump(cstn__vfs *vfs, const char *file, const cstn_allocator *allocator,
		cstn_buffer **text, cstn_error **error)
{
	cstn_error *own = NULL;
	cstn__dump dump = {.vfs = vfs, .path = file};
	cstn_status status = cstn__allocator_read(allocator, &dump.allocator, error);

	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&dump.out, &dump.allocator);
	status = dump_by_magic(&dump, &own);
	if (status == CSTN_OK && dump.out.failed)
		status = cstn__fail_nomem(&own);
	if (status == CSTN_OK)
		return cstn__bytes_to_buffer(&dump.out, text, error);
	cstn__bytes_free(&dump.out);
	if (error)
		*error = own;
	else
		cstn_error_free(own);
	return status;
}
