/* Segments, maps of dead rows, and what the two say together: of a keyed table each key has at most
 * one row alive in all segments. Keys are compared by XXH3-128, of which two of 10^9 rows collide
 * with a probability below 10^-20. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "store/segment.h"
#include "store/tool_verify.h"

#define FILE_MAX (UINT64_C(1) << 32)

/* --- dead rows --- */

static cstn_status read_dead_rows(cstn__verify *verify, const cstn__manifest_entry *entry,
		const cstn__manifest_entry *target, cstn__dead_list *out, cstn_error **error)
{
	const char *path = cstn__tool_path(&verify->tool, entry->kind, entry->file_no);
	uint64_t max_seq = 0;
	cstn__bytes bytes;
	cstn_status status;

	if (!path)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&bytes, &verify->tool.allocator);
	status = cstn__tool_read(verify->tool.vfs, path, FILE_MAX, &bytes, error);
	if (status == CSTN_OK && bytes.size != entry->size)
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"'%s': %zu bytes, %" PRIu64 " in the manifest", path, bytes.size,
				entry->size);
	if (status == CSTN_OK)
		status = cstn__dead_rows_read(bytes.data, bytes.size, verify->manifest.uuid,
				entry->file_no, entry->target_file_no, target->rows,
				&verify->tool.allocator, &out->rows, &out->n, &max_seq, error);
	cstn__bytes_free(&bytes);
	if (status == CSTN_OK && out->n != entry->rows)
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"%zu dead rows, %" PRIu64 " in the manifest", out->n, entry->rows);
	return status;
}

cstn_status cstn__verify_dead_rows(
		cstn__verify *verify, const cstn__manifest_entry *entry, cstn_error **error)
{
	const cstn__manifest *manifest = &verify->manifest;
	cstn__dead_list *list;
	cstn_status status;
	size_t target = 0;

	while (manifest->entries[target].file_no != entry->target_file_no)
		target++; /* it is there: the manifest was checked */
	list = &verify->dead[target];
	if (list->rows) {
		cstn__verify_note(verify, entry, 0, "its segment has another map of dead rows");
		return CSTN_OK;
	}
	status = read_dead_rows(verify, entry, &manifest->entries[target], list, error);
	if (status != CSTN_OK)
		return cstn__verify_status(verify, entry, status, error);
	cstn__verify_note(verify, entry, list->n, NULL);
	return CSTN_OK;
}

/* --- segments --- */

static cstn_status open_segment(cstn__verify *verify, const cstn__manifest_entry *entry,
		cstn__segment **out, cstn_error **error)
{
	const char *path = cstn__tool_path(&verify->tool, entry->kind, entry->file_no);

	if (!path)
		return cstn__fail_nomem(error);
	return cstn__segment_open(verify->tool.vfs, path, verify->manifest.uuid, entry->file_no,
			entry->size, cstn__schema_table(&verify->manifest.schema, entry->table),
			&verify->tool.allocator, out, error);
}

static cstn_status check_entry(
		const cstn__segment *segment, const cstn__manifest_entry *entry, cstn_error **error)
{
	cstn__segment_written found;

	cstn__segment_describe(segment, &found);
	if (found.rows != entry->rows || found.child_rows != entry->child_rows ||
			found.min_seq != entry->min_seq || found.max_seq != entry->max_seq)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"its rows or transactions are not those of the manifest");
	if (memcmp(found.seal, entry->seal, sizeof(found.seal)) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT, "its seal is not that of the manifest");
	return CSTN_OK;
}

cstn_status cstn__verify_segment(
		cstn__verify *verify, const cstn__manifest_entry *entry, cstn_error **error)
{
	cstn__segment *segment = NULL;
	cstn_status status = open_segment(verify, entry, &segment, error);

	if (status == CSTN_OK)
		status = check_entry(segment, entry, error);
	if (status == CSTN_OK)
		status = cstn__segment_verify(segment, error);
	cstn__segment_free(segment);
	if (status != CSTN_OK)
		return cstn__verify_status(verify, entry, status, error);
	cstn__verify_note(verify, entry, entry->rows, NULL);
	return CSTN_OK;
}

/* --- keys --- */

typedef CSTN__ARRAY(cstn__hash128_value) key_hashes;

/* The keys of one chunk's live rows. `dead` moves on over the rows that are not. */
static cstn_status add_chunk(cstn__segment *segment, uint32_t chunk, const cstn__store_table *table,
		const cstn__dead_list *dead, size_t *next_dead, cstn__bytes *key,
		key_hashes *hashes, const cstn_allocator *allocator, cstn_error **error)
{
	cstn__block *blocks = cstn__alloc_zero(allocator, table->n_key * sizeof(*blocks));
	cstn__values *columns = cstn__alloc_zero(allocator, table->n_key * sizeof(*columns));
	cstn_status status = blocks && columns ? CSTN_OK : cstn__fail_nomem(error);
	uint32_t rows = 0, child_rows;
	uint64_t first = 0;

	cstn__segment_chunk(segment, chunk, &first, &rows, &child_rows);
	for (size_t i = 0; i < table->n_key && status == CSTN_OK; i++) {
		status = cstn__segment_read(segment, chunk, table->key[i], &blocks[i], error);
		if (status == CSTN_OK)
			columns[i] = blocks[i].values;
	}
	if (status == CSTN_OK && cstn__array_reserve(allocator, hashes, rows) != 0)
		status = cstn__fail_nomem(error);
	for (uint32_t row = 0; row < rows && status == CSTN_OK; row++) {
		if (*next_dead < dead->n && dead->rows[*next_dead].row == first + row) {
			++*next_dead;
			continue;
		}
		key->size = 0;
		cstn__key_put(columns, table->n_key, row, key);
		if (key->failed)
			status = cstn__fail_nomem(error);
		else
			hashes->items[hashes->count++] = cstn__hash128(key->data, key->size);
	}
	for (size_t i = 0; blocks && i < table->n_key; i++)
		cstn__block_free(&blocks[i], allocator);
	cstn__free(allocator, blocks, table->n_key * sizeof(*blocks));
	cstn__free(allocator, columns, table->n_key * sizeof(*columns));
	return status;
}

static cstn_status add_segment(cstn__verify *verify, size_t index, const cstn__store_table *table,
		key_hashes *hashes, cstn_error **error)
{
	cstn__segment *segment = NULL;
	size_t next_dead = 0;
	cstn__bytes key;
	cstn_status status =
			open_segment(verify, &verify->manifest.entries[index], &segment, error);

	cstn__bytes_init(&key, &verify->tool.allocator);
	for (uint32_t chunk = 0; status == CSTN_OK && chunk < cstn__segment_chunks(segment);
			chunk++)
		status = add_chunk(segment, chunk, table, &verify->dead[index], &next_dead, &key,
				hashes, &verify->tool.allocator, error);
	cstn__bytes_free(&key);
	cstn__segment_free(segment);
	return status;
}

static int compare_hashes(const void *a, const void *b)
{
	const cstn__hash128_value *first = a, *second = b;

	if (first->high != second->high)
		return first->high < second->high ? -1 : 1;
	return (first->low > second->low) - (first->low < second->low);
}

static uint64_t count_repeats(key_hashes *hashes)
{
	uint64_t repeats = 0;

	if (hashes->count > 1)
		qsort(hashes->items, hashes->count, sizeof(*hashes->items), compare_hashes);
	for (size_t i = 1; i < hashes->count; i++)
		repeats += compare_hashes(&hashes->items[i - 1], &hashes->items[i]) == 0;
	return repeats;
}

/* --- tables --- */

static void note_table(cstn__verify *verify, const cstn__store_table *table, uint64_t rows,
		uint64_t dead, uint64_t repeats)
{
	cstn__bytes *out = &verify->tables;

	verify->n_problems += repeats != 0;
	if (!verify->json) {
		cstn__bytes_put_format(out,
				"table %" PRIu32 " '%s': %" PRIu64 " rows in segments, %" PRIu64
				" of them dead, %" PRIu64 " with a key that another live row has\n",
				table->id, table->name, rows, dead, repeats);
		return;
	}
	cstn__bytes_put_format(
			out, "%s{\"id\":%" PRIu32 ",\"name\":", out->size ? "," : "", table->id);
	cstn__report_put_text(out, table->name);
	cstn__bytes_put_format(out,
			",\"rows\":%" PRIu64 ",\"dead_rows\":%" PRIu64 ",\"repeated_keys\":%" PRIu64
			"}",
			rows, dead, repeats);
}

cstn_status cstn__verify_tables(cstn__verify *verify, cstn_error **error)
{
	const cstn__manifest *manifest = &verify->manifest;
	int sound = verify->n_problems == 0;
	cstn_status status = CSTN_OK;

	for (size_t t = 0; t < manifest->schema.n_tables && status == CSTN_OK; t++) {
		const cstn__store_table *table = &manifest->schema.tables[t];
		uint64_t rows = 0, dead = 0;
		key_hashes hashes = {0};

		for (size_t i = 0; i < manifest->n_entries && status == CSTN_OK; i++) {
			const cstn__manifest_entry *entry = &manifest->entries[i];

			if (entry->kind != CSTN__ENTRY_SEGMENT || entry->table != table->id)
				continue;
			rows += entry->rows;
			dead += verify->dead[i].n;
			/* Keys say something only where all of them could be read. */
			if (sound && table->table_class == CSTN__TABLE_KEYED)
				status = add_segment(verify, i, table, &hashes, error);
		}
		if (status == CSTN_OK)
			note_table(verify, table, rows, dead, count_repeats(&hashes));
		cstn__array_free(&verify->tool.allocator, &hashes);
	}
	return status;
}
