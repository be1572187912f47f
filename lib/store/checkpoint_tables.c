/* The first step of a checkpoint: each table's next list of segments, and its lines of the
 * manifest.
 *
 * Rows in memory (and those of a bulk) become one segment, together with the trailing segments that
 * are small. A segment whose dead rows are not those of its map gets a new map; the old one stays
 * listed by the manifests that list it. Each file is synced when it is whole. Memory does not
 * change here: what was made is noted, and taken over when the manifest stands. */
#include "store/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/dead_rows.h"
#include "store/rule.h"

enum { MAX_SEGMENTS = 10000 };
#define SEGMENT_ROWS 65536u

/* How many of the parts stay as they are: trailing small ones go into the new segment. */
static size_t parts_to_keep(const cstn__store *store, const cstn__version_table *table)
{
	uint64_t least = store->options.segment_rows ? store->options.segment_rows : SEGMENT_ROWS;
	size_t keep = table->n_parts;

	while (keep > 0 && table->parts[keep - 1]->rows < least &&
			!table->parts[keep - 1]->compacting)
		keep--;
	return keep;
}

static cstn_status build_segment(cstn__checkpoint *work, uint32_t t, size_t keep, cstn__part **out,
		cstn_error **error)
{
	cstn__store *store = work->store;
	const cstn__version_table *old = &store->version->tables[t];
	cstn__memory *bulk = work->job->bulk ? work->job->bulk->memories[t] : NULL;
	size_t n = 0, capacity = old->n_parts - keep + 2;
	cstn__segment_source *sources =
			cstn__alloc_zero(&store->allocator, capacity * sizeof(*sources));
	uint64_t file_no;
	cstn_status status;

	if (!sources)
		return cstn__fail_nomem(error);
	for (size_t p = keep; p < old->n_parts; p++)
		sources[n++].part = old->parts[p];
	if (old->memory->rows)
		sources[n++].memory = old->memory;
	if (bulk && bulk->rows)
		sources[n++].memory = bulk;
	status = cstn__checkpoint_new_file(work, CSTN__ENTRY_SEGMENT, &file_no, error);
	if (status == CSTN_OK)
		status = cstn__segment_build(
				store, t, sources, n, file_no, work->job->bulk, out, error);
	cstn__free(&store->allocator, sources, capacity * sizeof(*sources));
	return status;
}

static void put_part(cstn__version_table *table, cstn__part *part)
{
	table->parts[table->n_parts++] = part;
}

/* The parts that stay, with a run of them replaced by what compaction made. */
static void keep_parts(
		const cstn__checkpoint *work, uint32_t t, size_t keep, cstn__version_table *to)
{
	const cstn__version_table *old = &work->store->version->tables[t];
	const cstn__replacement *replacement = work->job->replacement;

	for (size_t p = 0; p < keep; p++) {
		if (replacement && replacement->table == t &&
				old->parts[p] == replacement->parts[0]) {
			if (replacement->by)
				put_part(to, cstn__part_ref(replacement->by));
			p += replacement->n_parts - 1;
			continue;
		}
		put_part(to, cstn__part_ref(old->parts[p]));
	}
}

static cstn_status plan_table(cstn__checkpoint *work, uint32_t t, cstn_error **error)
{
	cstn__store *store = work->store;
	const cstn__version_table *old = &store->version->tables[t];
	cstn__version_table *to = &work->next->tables[t];
	cstn__memory *bulk = work->job->bulk ? work->job->bulk->memories[t] : NULL;
	int has_rows = old->memory->rows || (bulk && bulk->rows);
	size_t keep = has_rows ? parts_to_keep(store, old) : old->n_parts;
	cstn__part *made = NULL;
	cstn_status status = CSTN_OK;

	to->parts = cstn__alloc(&store->allocator, (old->n_parts + 1) * sizeof(*to->parts));
	if (!to->parts)
		return cstn__fail_nomem(error);
	to->parts_capacity = old->n_parts + 1;
	keep_parts(work, t, keep, to);
	if (!has_rows) {
		to->memory = cstn__memory_ref(old->memory);
		return CSTN_OK;
	}
	status = cstn__memory_new(&store->tables[t], &store->allocator, &to->memory, error);
	if (status == CSTN_OK)
		status = build_segment(work, t, keep, &made, error);
	if (status == CSTN_OK)
		put_part(to, made);
	return status;
}

static int by_row(const void *a, const void *b)
{
	const cstn__dead_row *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* The deaths of a part and those that a bulk brings, by row. */
static cstn_status list_dead(cstn__checkpoint *work, cstn__part *part, cstn__dead_row **out,
		size_t *n, size_t *capacity, cstn_error **error)
{
	const cstn__bulk *bulk = work->job->bulk;
	cstn_status status = cstn__deaths_list(&part->deaths, UINT64_MAX, out, n, capacity, error);
	size_t extra = 0, at = 0;
	cstn__dead_row *rows;

	for (size_t i = 0; bulk && i < bulk->kills.count; i++)
		extra += bulk->kills.items[i].part == part;
	if (status != CSTN_OK || !extra)
		return status;
	rows = cstn__realloc(&work->store->allocator, *out, *capacity * sizeof(*rows),
			(*capacity + extra) * sizeof(*rows));
	if (!rows) {
		cstn__free(&work->store->allocator, *out, *capacity * sizeof(*rows));
		return cstn__fail_nomem(error);
	}
	*capacity += extra;
	for (size_t i = 0; i < bulk->kills.count; i++)
		if (bulk->kills.items[i].part == part) {
			rows[*n].row = (uint32_t)bulk->kills.items[i].row;
			rows[*n].seq = bulk->seq;
			rows[(*n)++].until_us = bulk->kills.items[i].until_us;
		}
	qsort(rows, *n, sizeof(*rows), by_row);
	for (size_t i = 0; i < *n; i++)
		if (!at || rows[at - 1].row != rows[i].row)
			rows[at++] = rows[i];
	*n = at;
	*out = rows;
	return CSTN_OK;
}

static cstn_status write_dead(cstn__checkpoint *work, cstn__part *part, const cstn__dead_row *rows,
		size_t n, cstn_error **error)
{
	cstn__store *store = work->store;
	cstn__checkpoint_dead_file made = {
			.part = part, .written = n, .max_seq = part->dead_max_seq};
	cstn__bytes bytes;
	cstn__path path;
	cstn_status status;

	for (size_t i = 0; i < n; i++)
		if (rows[i].seq > made.max_seq)
			made.max_seq = rows[i].seq;
	status = cstn__checkpoint_new_file(work, CSTN__ENTRY_DEAD_ROWS, &made.file_no, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&bytes, &store->allocator);
	status = cstn__dead_rows_write(store->uuid, made.file_no, part->file_no, made.max_seq, rows,
			n, &bytes, error);
	made.size = bytes.size;
	cstn__durable_path(store->durable, CSTN__ENTRY_DEAD_ROWS, made.file_no, &path);
	if (status == CSTN_OK)
		status = cstn__durable_put(store, path.text, bytes.data, bytes.size,
				CSTN__RULE(CSTN__RULE_SYNC_SEGMENT), error);
	cstn__bytes_free(&bytes);
	if (status == CSTN_OK)
		work->dead_files.items[work->dead_files.count++] = made;
	return status;
}

/* The manifest's lines of a part; its map of dead rows is written when it has changed. */
static cstn_status enter_part(
		cstn__checkpoint *work, uint32_t t, cstn__part *part, cstn_error **error)
{
	const cstn__store_table *declared = work->store->tables[t].declared;
	cstn__manifest_entry segment = {.kind = CSTN__ENTRY_SEGMENT,
			.table = declared->id,
			.file_no = part->file_no,
			.size = part->size,
			.rows = part->rows,
			.min_seq = part->min_seq,
			.max_seq = part->max_seq,
			.child_rows = part->child_rows};
	cstn__manifest_entry dead = {.kind = CSTN__ENTRY_DEAD_ROWS,
			.table = declared->id,
			.file_no = part->dead_file_no,
			.size = part->dead_size,
			.rows = part->dead_written,
			.max_seq = part->dead_max_seq,
			.target_file_no = part->file_no};
	cstn__dead_row *rows = NULL;
	size_t n = 0, capacity = 0;
	cstn_status status;

	memcpy(segment.seal, part->seal, sizeof(segment.seal));
	status = cstn__checkpoint_put_entry(work, &segment, error);
	if (status == CSTN_OK && cstn__array_reserve(&work->store->allocator, &work->dead_files, 1))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = list_dead(work, part, &rows, &n, &capacity, error);
	if (status != CSTN_OK)
		return status;
	if (n != part->dead_written) {
		status = write_dead(work, part, rows, n, error);
		if (status == CSTN_OK) {
			const cstn__checkpoint_dead_file *made =
					&work->dead_files.items[work->dead_files.count - 1];

			dead.file_no = made->file_no;
			dead.size = made->size;
			dead.rows = made->written;
			dead.max_seq = made->max_seq;
		}
	}
	cstn__free(&work->store->allocator, rows, capacity * sizeof(*rows));
	if (status == CSTN_OK && n && CSTN__RULE(CSTN__RULE_DEAD_ROWS_WITH_SEGMENT))
		status = cstn__checkpoint_put_entry(work, &dead, error);
	return status;
}

cstn_status cstn__checkpoint_write_tables(cstn__checkpoint *work, cstn_error **error)
{
	cstn__store *store = work->store;
	cstn_status status = CSTN_OK;
	size_t n = 0;

	work->next = cstn__version_new(&store->allocator, store->n_tables);
	if (!work->next)
		return cstn__fail_nomem(error);
	for (uint32_t t = 0; status == CSTN_OK && t < store->n_tables; t++)
		status = plan_table(work, t, error);
	for (uint32_t t = 0; status == CSTN_OK && t < store->n_tables; t++) {
		cstn__version_table *table = &work->next->tables[t];

		n += table->n_parts;
		for (size_t p = 0; status == CSTN_OK && p < table->n_parts; p++)
			status = enter_part(work, t, table->parts[p], error);
	}
	if (status == CSTN_OK && n > MAX_SEGMENTS)
		status = cstn__fail(
				error, CSTN_E_LIMIT, "%zu segments, %d allowed", n, MAX_SEGMENTS);
	if (status == CSTN_OK)
		status = cstn__derived_carry(store->version, work->job->derived, work->next, error);
	for (size_t i = 0; status == CSTN_OK && i < work->next->n_derived; i++)
		status = cstn__checkpoint_put_entry(work, &work->next->derived[i]->entry, error);
	return status;
}
