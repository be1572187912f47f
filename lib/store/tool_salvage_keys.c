/* Deaths found again: where a map of dead rows was lost, or where it is not known which segments
 * were current, each key's versions are put in the order of their transactions, and every one but
 * the last is dead from when the next one was recorded. What had been deleted without a successor
 * comes alive again; the report says that maps were lost. Memory: 48 bytes for each row of the
 * table. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "store/segment.h"
#include "store/tool_salvage.h"

/* A version of a key. */
typedef struct row_version {
	cstn__hash128_value key;
	int64_t seq, recorded;
	uint32_t segment, row;
} row_version;

typedef CSTN__ARRAY(row_version) row_versions;

static int compare_versions(const void *a, const void *b)
{
	const row_version *first = a, *second = b;

	if (first->key.high != second->key.high)
		return first->key.high < second->key.high ? -1 : 1;
	if (first->key.low != second->key.low)
		return first->key.low < second->key.low ? -1 : 1;
	if (first->seq != second->seq)
		return first->seq < second->seq ? -1 : 1;
	if (first->segment != second->segment)
		return first->segment < second->segment ? -1 : 1;
	return (first->row > second->row) - (first->row < second->row);
}

/* Columns of a chunk: the key's, then sequence number, then the time of recording if there is one.
 */
static cstn_status add_chunk(cstn__salvage *salvage, cstn__segment *segment,
		const cstn__store_table *table, uint32_t index, uint32_t chunk, row_versions *out,
		cstn_error **error)
{
	const cstn_allocator *allocator = salvage->allocator;
	size_t n = table->n_key + 1 + (table->recorded != 0);
	cstn__block *blocks = cstn__alloc_zero(allocator, n * sizeof(*blocks));
	cstn__values *values = cstn__alloc_zero(allocator, n * sizeof(*values));
	cstn_status status = blocks && values ? CSTN_OK : cstn__fail_nomem(error);
	uint32_t rows = 0, child_rows;
	uint64_t first = 0;
	cstn__bytes key;

	cstn__bytes_init(&key, allocator);
	cstn__segment_chunk(segment, chunk, &first, &rows, &child_rows);
	for (size_t i = 0; i < n && status == CSTN_OK; i++) {
		uint32_t id = i < table->n_key    ? table->key[i]
			      : i == table->n_key ? CSTN__COLUMN_SEQ
						  : table->recorded;

		status = cstn__segment_read(segment, chunk, id, &blocks[i], error);
		if (status == CSTN_OK)
			values[i] = blocks[i].values;
	}
	if (status == CSTN_OK && cstn__array_reserve(allocator, out, rows) != 0)
		status = cstn__fail_nomem(error);
	for (uint32_t row = 0; row < rows && status == CSTN_OK; row++) {
		row_version *version = &out->items[out->count];

		key.size = 0;
		cstn__key_put(values, table->n_key, row, &key);
		if (key.failed) {
			status = cstn__fail_nomem(error);
			break;
		}
		version->key = cstn__hash128(key.data, key.size);
		version->seq = values[table->n_key].numbers[row];
		version->recorded = table->recorded && values[n - 1].numbers
						    ? values[n - 1].numbers[row]
						    : 0;
		version->segment = index;
		version->row = (uint32_t)(first + row);
		out->count++;
	}
	for (size_t i = 0; blocks && i < n; i++)
		cstn__block_free(&blocks[i], allocator);
	cstn__free(allocator, blocks, n * sizeof(*blocks));
	cstn__free(allocator, values, n * sizeof(*values));
	cstn__bytes_free(&key);
	return status;
}

static cstn_status add_segment(cstn__salvage *salvage, const cstn__store_table *table,
		uint32_t index, row_versions *out, cstn_error **error)
{
	const cstn__manifest_entry *entry = &salvage->segments.items[index].entry;
	const char *path = cstn__tool_path(&salvage->to, entry->kind, entry->file_no);
	cstn__segment *segment = NULL;
	cstn_status status = path ? cstn__segment_open(salvage->to.vfs, path, salvage->uuid,
						    entry->file_no, entry->size, table,
						    salvage->allocator, &segment, error)
				  : cstn__fail_nomem(error);

	for (uint32_t chunk = 0; status == CSTN_OK && chunk < cstn__segment_chunks(segment);
			chunk++)
		status = add_chunk(salvage, segment, table, index, chunk, out, error);
	cstn__segment_free(segment);
	return status;
}

/* 1 if the row was dead already. */
static int is_dead(const cstn__salvaged_segment *segment, uint32_t row)
{
	size_t low = 0, high = segment->n_dead;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (segment->dead[middle].row < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low < segment->n_dead && segment->dead[low].row == row;
}

static int compare_dead(const void *a, const void *b)
{
	const cstn__dead_row *first = a, *second = b;

	return (first->row > second->row) - (first->row < second->row);
}

/* The deaths of one segment out of the sorted versions of its table. */
static cstn_status add_deaths(cstn__salvage *salvage, const row_versions *versions, uint32_t index,
		cstn_error **error)
{
	cstn__salvaged_segment *segment = &salvage->segments.items[index];
	size_t n = segment->n_dead, count = n;
	cstn__dead_row *dead;

	for (size_t i = 0; i + 1 < versions->count; i++) {
		const row_version *version = &versions->items[i];

		count += version->segment == index && !is_dead(segment, version->row) &&
			 memcmp(&version->key, &version[1].key, sizeof(version->key)) == 0;
	}
	if (count == n)
		return CSTN_OK;
	dead = cstn__alloc(salvage->allocator, count * sizeof(*dead));
	if (!dead)
		return cstn__fail_nomem(error);
	if (n)
		memcpy(dead, segment->dead, n * sizeof(*dead));
	for (size_t i = 0; i + 1 < versions->count; i++) {
		const row_version *version = &versions->items[i];

		if (version->segment == index && !is_dead(segment, version->row) &&
				memcmp(&version->key, &version[1].key, sizeof(version->key)) == 0)
			dead[n++] = (cstn__dead_row){version->row, 0, version[1].recorded};
	}
	qsort(dead, count, sizeof(*dead), compare_dead);
	cstn__free(salvage->allocator, segment->dead, segment->n_dead * sizeof(*dead));
	segment->dead = dead;
	segment->n_dead = count;
	return CSTN_OK;
}

cstn_status cstn__salvage_deaths(cstn__salvage *salvage, cstn_error **error)
{
	const cstn__store_schema *schema = &salvage->source.schema;
	cstn_status status = CSTN_OK;

	for (size_t t = 0; t < schema->n_tables && status == CSTN_OK; t++) {
		const cstn__store_table *table = &schema->tables[t];
		row_versions versions = {0};

		if (!salvage->tables[t].find_deaths || table->table_class != CSTN__TABLE_KEYED)
			continue;
		for (size_t i = 0; i < salvage->segments.count && status == CSTN_OK; i++)
			if (salvage->segments.items[i].entry.table == table->id)
				status = add_segment(salvage, table, (uint32_t)i, &versions, error);
		if (versions.count > 1)
			qsort(versions.items, versions.count, sizeof(*versions.items),
					compare_versions);
		for (size_t i = 0; i < salvage->segments.count && status == CSTN_OK; i++)
			if (salvage->segments.items[i].entry.table == table->id)
				status = add_deaths(salvage, &versions, (uint32_t)i, error);
		cstn__array_free(salvage->allocator, &versions);
	}
	return status;
}
