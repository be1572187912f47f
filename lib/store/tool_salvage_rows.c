/* Salvage of a segment: a sound one is copied as it is. Of a damaged one the chunks are written
 * anew of which keys, sequence numbers and everything that may not be null can be read; a damaged
 * column that may be null becomes null there, and is counted. Dead rows follow their rows. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "store/segment.h"
#include "store/tool_salvage.h"

#define MAP_MAX (UINT64_C(1) << 32)

/* --- dead rows --- */

static cstn_status read_map(cstn__salvage *salvage, uint64_t file_no, uint64_t target,
		uint64_t rows, cstn__salvaged_segment *out, cstn_error **error)
{
	const char *path = cstn__tool_path(&salvage->from, CSTN__ENTRY_DEAD_ROWS, file_no);
	uint64_t max_seq;
	cstn__bytes bytes;
	cstn_status status;

	if (!path)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&bytes, salvage->allocator);
	status = cstn__tool_read(salvage->from.vfs, path, MAP_MAX, &bytes, error);
	if (status == CSTN_OK)
		status = cstn__dead_rows_read(bytes.data, bytes.size, salvage->uuid, file_no,
				target, rows, salvage->allocator, &out->dead, &out->n_dead,
				&max_seq, error);
	cstn__bytes_free(&bytes);
	return status;
}

/* By the list: the map that it names. */
static cstn_status read_listed_map(cstn__salvage *salvage, const cstn__manifest_entry *wanted,
		cstn__salvaged_table *table, cstn__salvaged_segment *out, cstn_error **error)
{
	const cstn__manifest *source = &salvage->source;

	for (size_t i = 0; i < source->n_entries; i++) {
		const cstn__manifest_entry *entry = &source->entries[i];
		cstn_status status;

		if (entry->kind != CSTN__ENTRY_DEAD_ROWS ||
				entry->target_file_no != wanted->file_no)
			continue;
		status = read_map(
				salvage, entry->file_no, wanted->file_no, wanted->rows, out, error);
		if (status == CSTN_OK)
			return CSTN_OK;
		table->find_deaths = 1;
		table->dead_lost += entry->rows;
		return cstn__salvage_lost(salvage, entry->kind, entry->file_no, status, error);
	}
	return CSTN_OK;
}

/* Without a list: the youngest map that belongs to the segment. */
static cstn_status read_youngest_map(cstn__salvage *salvage, const cstn__manifest_entry *wanted,
		cstn__salvaged_segment *out, cstn_error **error)
{
	cstn_error *own = NULL;

	for (size_t i = salvage->names.count; i-- > 0;) {
		const cstn__tool_name *name = &salvage->names.items[i];
		cstn_status status;

		if (name->kind != CSTN__ENTRY_DEAD_ROWS)
			continue;
		status = read_map(salvage, name->file_no, wanted->file_no, wanted->rows, out, &own);
		if (status == CSTN_OK)
			return CSTN_OK;
		cstn_error_free(own);
		own = NULL;
		if (status == CSTN_E_NOMEM)
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

/* --- a damaged segment --- */

typedef struct rebuild {
	cstn__salvage *salvage;
	const cstn__store_table *table;
	cstn__salvaged_table *counts;
	cstn__segment *segment;
	cstn__segment_writer *writer;
	size_t n_columns; /* of the table, and the sequence numbers */
	uint32_t *ids;
	cstn__block *blocks;
	cstn__values *values;
	uint32_t *children;
	cstn__salvaged_segment *old, *made;
} rebuild;

/* Read one column of a chunk; `lost` counts values that became null. */
static cstn_status read_column(rebuild *build, uint32_t chunk, size_t i, uint64_t rows,
		uint64_t *lost, cstn_error **error)
{
	const cstn__store_column *column =
			i < build->table->n_columns ? &build->table->columns[i] : NULL;
	cstn_status status = cstn__segment_read(
			build->segment, chunk, build->ids[i], &build->blocks[i], error);

	if (status == CSTN_OK) {
		build->values[i] = build->blocks[i].values;
		return CSTN_OK;
	}
	if (status == CSTN_E_NOMEM || !column || !(column->flags & CSTN__COLUMN_NULLABLE))
		return status;
	if (error) {
		cstn_error_free(*error);
		*error = NULL;
	}
	build->values[i] = (cstn__values){.rows = rows};
	*lost += rows;
	return CSTN_OK;
}

static cstn_status read_children(rebuild *build, uint32_t chunk, uint32_t rows, cstn_error **error)
{
	cstn__block block;
	cstn_status status = cstn__segment_read(
			build->segment, chunk, CSTN__COLUMN_CHILDREN, &block, error);

	if (status != CSTN_OK)
		return status;
	for (uint32_t i = 0; i < rows; i++)
		build->children[i] = (uint32_t)block.values.numbers[i];
	cstn__block_free(&block, build->salvage->allocator);
	return CSTN_OK;
}

/* The dead rows of a chunk that is kept, at their new places. */
static cstn_status move_dead(rebuild *build, uint64_t first, uint32_t rows, uint64_t new_first,
		cstn_error **error)
{
	cstn__salvaged_segment *old = build->old, *made = build->made;
	cstn__dead_row *grown;
	size_t n = 0, at = 0;

	while (at < old->n_dead && old->dead[at].row < first)
		at++;
	while (at + n < old->n_dead && old->dead[at + n].row < first + rows)
		n++;
	if (n == 0)
		return CSTN_OK;
	if (made->dead)
		grown = cstn__realloc(build->salvage->allocator, made->dead,
				made->n_dead * sizeof(*grown), (made->n_dead + n) * sizeof(*grown));
	else
		grown = cstn__alloc(build->salvage->allocator, n * sizeof(*grown));
	if (!grown)
		return cstn__fail_nomem(error);
	made->dead = grown;
	for (size_t i = 0; i < n; i++) {
		grown[made->n_dead] = old->dead[at + i];
		grown[made->n_dead++].row = (uint32_t)(old->dead[at + i].row - first + new_first);
	}
	return CSTN_OK;
}

static cstn_status rebuild_chunk(rebuild *build, uint32_t chunk, cstn_error **error)
{
	uint32_t rows = 0, child_rows = 0;
	uint64_t first = 0, lost = 0, new_first = build->made->entry.rows;
	cstn_status status = CSTN_OK;
	cstn__store_batch batch;

	cstn__segment_chunk(build->segment, chunk, &first, &rows, &child_rows);
	for (size_t i = 0; i < build->n_columns && status == CSTN_OK; i++) {
		int child = i < build->table->n_columns &&
			    build->table->columns[i].space == CSTN__SPACE_CHILD;

		status = read_column(build, chunk, i, child ? child_rows : rows, &lost, error);
	}
	if (status == CSTN_OK && build->table->has_child)
		status = read_children(build, chunk, rows, error);
	if (status != CSTN_OK) {
		build->counts->rows_lost += rows;
		status = cstn__salvage_lost(build->salvage, CSTN__ENTRY_SEGMENT,
				build->old->entry.file_no, status, error);
	} else {
		build->counts->values_lost += lost;
		batch = (cstn__store_batch){rows, child_rows,
				build->table->has_child ? build->children : NULL, build->ids,
				build->values, build->n_columns};
		status = cstn__segment_writer_put(build->writer, &batch, error);
		build->made->entry.rows += rows;
		if (status == CSTN_OK)
			status = move_dead(build, first, rows, new_first, error);
	}
	for (size_t i = 0; i < build->n_columns; i++)
		cstn__block_free(&build->blocks[i], build->salvage->allocator);
	return status;
}

static cstn_status rebuild_rows(rebuild *build, cstn_error **error)
{
	cstn__segment_written written;
	cstn_status status = CSTN_OK;

	for (uint32_t chunk = 0; status == CSTN_OK && chunk < cstn__segment_chunks(build->segment);
			chunk++)
		status = rebuild_chunk(build, chunk, error);
	if (status != CSTN_OK || build->made->entry.rows == 0)
		return status;
	status = cstn__segment_writer_finish(build->writer, &written, error);
	if (status != CSTN_OK)
		return status;
	build->made->entry.size = written.size;
	build->made->entry.rows = written.rows;
	build->made->entry.child_rows = written.child_rows;
	build->made->entry.min_seq = written.min_seq;
	build->made->entry.max_seq = written.max_seq;
	memcpy(build->made->entry.seal, written.seal, sizeof(written.seal));
	return CSTN_OK;
}

/* `made` gets rows 0 if nothing could be read. */
static cstn_status rebuild_segment(cstn__salvage *salvage, cstn__segment *segment,
		const cstn__store_table *table, cstn__salvaged_table *counts,
		cstn__salvaged_segment *old, cstn__salvaged_segment *made, cstn_error **error)
{
	const cstn_allocator *allocator = salvage->allocator;
	size_t n = table->n_columns + 1;
	rebuild build = {salvage, table, counts, segment, NULL, n, NULL, NULL, NULL, NULL, old,
			made};
	const char *path;
	cstn_status status = CSTN_OK;

	made->entry = (cstn__manifest_entry){.kind = CSTN__ENTRY_SEGMENT,
			.table = table->id,
			.file_no = salvage->next_file++};
	build.ids = cstn__alloc(allocator, n * sizeof(*build.ids));
	build.blocks = cstn__alloc_zero(allocator, n * sizeof(*build.blocks));
	build.values = cstn__alloc_zero(allocator, n * sizeof(*build.values));
	build.children = cstn__alloc(allocator, CSTN__CHUNK_ROWS * sizeof(*build.children));
	path = cstn__tool_path(&salvage->to, CSTN__ENTRY_SEGMENT, made->entry.file_no);
	if (!build.ids || !build.blocks || !build.values || !build.children || !path)
		status = cstn__fail_nomem(error);
	for (size_t i = 0; status == CSTN_OK && i < table->n_columns; i++)
		build.ids[i] = table->columns[i].id;
	if (status == CSTN_OK) {
		build.ids[n - 1] = CSTN__COLUMN_SEQ;
		status = cstn__segment_writer_new(salvage->to.vfs, path, salvage->uuid,
				made->entry.file_no, table, salvage->source.schema.version, 0,
				allocator, &build.writer, error);
	}
	if (status == CSTN_OK)
		status = rebuild_rows(&build, error);
	cstn__segment_writer_free(build.writer);
	if (status == CSTN_OK && made->entry.rows == 0 && path)
		(void)salvage->to.vfs->unlink(salvage->to.vfs, path);
	cstn__free(allocator, build.ids, n * sizeof(*build.ids));
	cstn__free(allocator, build.blocks, n * sizeof(*build.blocks));
	cstn__free(allocator, build.values, n * sizeof(*build.values));
	cstn__free(allocator, build.children, CSTN__CHUNK_ROWS * sizeof(*build.children));
	return status;
}

/* --- one segment --- */

static cstn_status open_wanted(cstn__salvage *salvage, const cstn__manifest_entry *wanted,
		const cstn__store_table *table, uint64_t *size, cstn__segment **out,
		cstn_error **error)
{
	const char *path = cstn__tool_path(&salvage->from, wanted->kind, wanted->file_no);
	cstn_status status = path ? cstn__tool_size(salvage->from.vfs, path, size, error)
				  : cstn__fail_nomem(error);

	if (status == CSTN_OK)
		status = cstn__segment_open(salvage->from.vfs, path, salvage->uuid, wanted->file_no,
				*size, table, salvage->allocator, out, error);
	return status;
}

int cstn__salvage_opens(cstn__salvage *salvage, const cstn__manifest_entry *wanted)
{
	const cstn__store_table *table = cstn__schema_table(&salvage->source.schema, wanted->table);
	cstn__segment *segment = NULL;
	uint64_t size = 0;
	int opens = table && open_wanted(salvage, wanted, table, &size, &segment, NULL) == CSTN_OK;

	cstn__segment_free(segment);
	return opens;
}

static cstn_status keep(
		cstn__salvage *salvage, const cstn__salvaged_segment *made, cstn_error **error)
{
	cstn__salvaged_table *counts = cstn__salvage_table(salvage, made->entry.table);

	if (cstn__array_reserve(salvage->allocator, &salvage->segments, 1) != 0)
		return cstn__fail_nomem(error);
	salvage->segments.items[salvage->segments.count++] = *made;
	counts->rows += made->entry.rows;
	if (made->entry.max_seq > counts->max_seq)
		counts->max_seq = made->entry.max_seq;
	return CSTN_OK;
}

/* The opened segment into the new store: as it is, or what can be read of it. */
static cstn_status take(cstn__salvage *salvage, cstn__segment *segment, uint64_t size,
		const cstn__store_table *table, cstn__salvaged_segment *old, cstn_error **error)
{
	cstn__salvaged_segment made = {0};
	cstn__segment_written found;
	cstn_status status = cstn__segment_verify(segment, error);

	if (status == CSTN_OK) {
		cstn__segment_describe(segment, &found);
		old->entry = (cstn__manifest_entry){.kind = CSTN__ENTRY_SEGMENT,
				.table = table->id,
				.file_no = old->entry.file_no,
				.size = size,
				.rows = found.rows,
				.min_seq = found.min_seq,
				.max_seq = found.max_seq,
				.child_rows = found.child_rows};
		memcpy(old->entry.seal, found.seal, sizeof(found.seal));
		status = cstn__tool_copy(&salvage->from, &salvage->to, CSTN__ENTRY_SEGMENT,
				old->entry.file_no, size, error);
		if (status == CSTN_OK)
			status = keep(salvage, old, error);
		if (status == CSTN_OK)
			old->dead = NULL;
		return status;
	}
	status = cstn__salvage_lost(
			salvage, CSTN__ENTRY_SEGMENT, old->entry.file_no, status, error);
	if (status == CSTN_OK)
		status = rebuild_segment(salvage, segment, table,
				cstn__salvage_table(salvage, table->id), old, &made, error);
	if (status == CSTN_OK && made.entry.rows != 0) {
		status = keep(salvage, &made, error);
		if (status == CSTN_OK)
			made.dead = NULL;
	}
	cstn__free(salvage->allocator, made.dead, made.n_dead * sizeof(*made.dead));
	return status;
}

/* How much of a file is recovered. */
static void put_file(cstn__salvage *salvage, const cstn__manifest_entry *wanted,
		const cstn__store_table *table, uint64_t recovered)
{
	cstn__bytes *out = &salvage->files;
	char name[CSTN__FILE_NAME];

	cstn__file_name(wanted->kind, wanted->file_no, name);
	cstn__bytes_put_format(out, "%s{\"file\":\"%s\",\"table\":", out->size ? "," : "", name);
	cstn__report_put_text(out, table->name);
	cstn__bytes_put_format(out, ",\"rows\":%" PRIu64 ",\"rows_recovered\":%" PRIu64 "}",
			wanted->rows, recovered);
}

cstn_status cstn__salvage_segment(
		cstn__salvage *salvage, const cstn__manifest_entry *wanted, cstn_error **error)
{
	const cstn__store_table *table = cstn__schema_table(&salvage->source.schema, wanted->table);
	cstn__salvaged_table *counts = cstn__salvage_table(salvage, wanted->table);
	cstn__salvaged_segment old = {.entry = *wanted};
	cstn__segment *segment = NULL;
	uint64_t size = 0, before = counts ? counts->rows : 0;
	cstn_status status;

	if (!table) {
		cstn__salvage_problem(salvage, wanted->kind, wanted->file_no,
				"its table is not in the schema");
		return CSTN_OK;
	}
	status = open_wanted(salvage, wanted, table, &size, &segment, error);
	if (status != CSTN_OK) {
		counts->rows_lost += wanted->rows;
		put_file(salvage, wanted, table, 0);
		return cstn__salvage_lost(salvage, wanted->kind, wanted->file_no, status, error);
	}
	if (salvage->listed)
		status = read_listed_map(salvage, wanted, counts, &old, error);
	else
		status = read_youngest_map(salvage, wanted, &old, error);
	if (!salvage->listed)
		counts->find_deaths = 1;
	if (status == CSTN_OK)
		status = take(salvage, segment, size, table, &old, error);
	if (status == CSTN_OK)
		put_file(salvage, wanted, table, counts->rows - before);
	cstn__free(salvage->allocator, old.dead, old.n_dead * sizeof(*old.dead));
	cstn__segment_free(segment);
	cstn__progress_add(salvage->progress, size);
	return status;
}
