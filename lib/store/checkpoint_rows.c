/* A new segment out of small segments and memory tables: all rows in order, dead ones too, as they
 * are history. The deaths come along: a row's place in the new segment is its place in its source
 * plus what lies before. A column that is null in all of them is left out, as a reader takes one
 * that is not there for null. One chunk of each source is in memory at a time. */
#include "store/durable.h"

#include <string.h>

#include "base/error.h"

enum { CHUNK_ROWS = 65536, WORDS = CHUNK_ROWS / 64 };

cstn_status cstn__chunk_reader_init(const cstn__store *store, uint32_t table,
		cstn__chunk_reader *out, cstn_error **error)
{
	const cstn_allocator *allocator = &store->allocator;
	const cstn__store_table *declared = store->tables[table].declared;
	size_t n = declared->n_columns + 1;

	memset(out, 0, sizeof(*out));
	out->store = store;
	out->table = &store->tables[table];
	out->n = out->capacity = n;
	out->ids = cstn__alloc(allocator, n * sizeof(*out->ids));
	out->held = cstn__alloc_zero(allocator, n);
	out->values = cstn__alloc_zero(allocator, n * sizeof(*out->values));
	out->blocks = cstn__alloc_zero(allocator, n * sizeof(*out->blocks));
	out->children = cstn__alloc(allocator, CHUNK_ROWS * sizeof(*out->children));
	out->bits = cstn__alloc(allocator, n * WORDS * sizeof(*out->bits));
	out->nothing = cstn__alloc_zero(allocator, (CHUNK_ROWS + 1) * sizeof(*out->nothing));
	if (!out->ids || !out->held || !out->values || !out->blocks || !out->children ||
			!out->bits || !out->nothing) {
		cstn__chunk_reader_free(out);
		return cstn__fail_nomem(error);
	}
	for (size_t c = 0; c + 1 < n; c++)
		out->ids[c] = declared->columns[c].id;
	out->ids[n - 1] = CSTN__COLUMN_SEQ;
	return CSTN_OK;
}

static void drop(cstn__chunk_reader *reader)
{
	for (size_t c = 0; reader->blocks && c < reader->n; c++)
		cstn__block_free(&reader->blocks[c], &reader->store->allocator);
	cstn__block_free(&reader->children_block, &reader->store->allocator);
}

void cstn__chunk_reader_free(cstn__chunk_reader *reader)
{
	const cstn_allocator *allocator = &reader->store->allocator;

	drop(reader);
	cstn__free(allocator, reader->ids, reader->capacity * sizeof(*reader->ids));
	cstn__free(allocator, reader->held, reader->capacity);
	cstn__free(allocator, reader->values, reader->capacity * sizeof(*reader->values));
	cstn__free(allocator, reader->blocks, reader->capacity * sizeof(*reader->blocks));
	cstn__free(allocator, reader->children, CHUNK_ROWS * sizeof(*reader->children));
	cstn__free(allocator, reader->bits, reader->capacity * WORDS * sizeof(*reader->bits));
	cstn__free(allocator, reader->nothing, (CHUNK_ROWS + 1) * sizeof(*reader->nothing));
}

void cstn__chunk_reader_note_part(cstn__chunk_reader *reader, const cstn__part *part)
{
	const cstn__store_table *declared = reader->table->declared;

	for (size_t c = 0; c < declared->n_columns; c++)
		reader->held[c] |= (uint8_t)cstn__segment_has_values(
				part->segment, declared->columns[c].id);
}

void cstn__chunk_reader_note_memory(cstn__chunk_reader *reader, const cstn__memory *memory)
{
	cstn__memory_note_held(memory, reader->held);
}

void cstn__chunk_reader_keep_held(cstn__chunk_reader *reader)
{
	const cstn__table_info *table = reader->table;

	for (size_t k = 0; k < table->n_key; k++)
		reader->held[table->key[k]] = 1;
	reader->n = 0;
	for (size_t c = 0; c < table->declared->n_columns; c++)
		if (reader->held[c])
			reader->ids[reader->n++] = table->declared->columns[c].id;
	reader->ids[reader->n++] = CSTN__COLUMN_SEQ;
}

static void batch_of(cstn__chunk_reader *reader, uint64_t rows, uint64_t child_rows,
		cstn__store_batch *out)
{
	memset(out, 0, sizeof(*out));
	out->rows = rows;
	out->child_rows = child_rows;
	out->children = reader->table->declared->has_child ? reader->children : NULL;
	out->ids = reader->ids;
	out->columns = reader->values;
	out->n_columns = reader->n;
}

static uint32_t position_of(const cstn__chunk_reader *reader, size_t c)
{
	return cstn__column_position(reader->table->declared, reader->ids[c]);
}

/* Numbers or text of zeros for a column that the source does not have. */
static void fill_absent(cstn__chunk_reader *reader, size_t c)
{
	cstn__values *values = &reader->values[c];

	if (values->numbers || values->offsets)
		return;
	if (cstn__column_is_text(&reader->table->declared->columns[position_of(reader, c)])) {
		values->offsets = (const uint32_t *)(const void *)reader->nothing;
		values->bytes = (const uint8_t *)reader->nothing;
	} else {
		values->numbers = reader->nothing;
	}
}

cstn_status cstn__chunk_reader_part(cstn__chunk_reader *reader, cstn__part *part, uint32_t chunk,
		cstn__store_batch *out, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	uint32_t rows, child_rows;
	uint64_t first;

	drop(reader);
	cstn__segment_chunk(part->segment, chunk, &first, &rows, &child_rows);
	for (size_t c = 0; status == CSTN_OK && c < reader->n; c++) {
		status = cstn__segment_read(
				part->segment, chunk, reader->ids[c], &reader->blocks[c], error);
		if (status != CSTN_OK)
			break;
		reader->values[c] = reader->blocks[c].values;
		if (c + 1 < reader->n)
			fill_absent(reader, c);
	}
	if (status == CSTN_OK && reader->table->declared->has_child) {
		status = cstn__segment_read(part->segment, chunk, CSTN__COLUMN_CHILDREN,
				&reader->children_block, error);
		for (uint32_t i = 0; status == CSTN_OK && i < rows; i++)
			reader->children[i] = (uint32_t)reader->children_block.values.numbers[i];
	}
	if (status == CSTN_OK)
		batch_of(reader, rows, child_rows, out);
	return status;
}

cstn_status cstn__chunk_reader_memory(cstn__chunk_reader *reader, const cstn__memory *memory,
		uint32_t chunk, cstn__store_batch *out, cstn_error **error)
{
	cstn__memory_chunk *held = NULL;
	uint32_t rows = cstn__memory_chunk_rows(memory, chunk, memory->rows, &held);
	uint64_t child_rows = held ? held->child_rows : 0;

	(void)error;
	for (size_t c = 0; held && c + 1 < reader->n; c++) {
		uint32_t at = position_of(reader, c);
		int child = reader->table->declared->columns[at].space == CSTN__SPACE_CHILD;
		uint64_t n = child ? child_rows : rows;

		cstn__memory_values(memory, held, at, n, &reader->values[c]);
		if (cstn__memory_validity(held, at, n, reader->bits + c * WORDS))
			reader->values[c].validity = reader->bits + c * WORDS;
		fill_absent(reader, c);
	}
	if (held) {
		cstn__values *seqs = &reader->values[reader->n - 1];
		const uint32_t *starts = cstn__stable_get(&held->starts);

		memset(seqs, 0, sizeof(*seqs));
		seqs->rows = rows;
		seqs->numbers = cstn__stable_get(&held->seqs);
		for (uint32_t i = 0; starts && i < rows; i++)
			reader->children[i] = starts[i + 1] - starts[i];
	}
	batch_of(reader, rows, child_rows, out);
	return CSTN_OK;
}

static cstn_status write_source(cstn__segment_writer *writer, cstn__chunk_reader *reader,
		const cstn__segment_source *source, cstn_error **error)
{
	uint32_t n = source->part ? cstn__segment_chunks(source->part->segment)
				  : atomic_load(&source->memory->n_chunks);
	cstn_status status = CSTN_OK;

	for (uint32_t i = 0; status == CSTN_OK && i < n; i++) {
		cstn__store_batch batch;

		status = source->part ? cstn__chunk_reader_part(
							reader, source->part, i, &batch, error)
				      : cstn__chunk_reader_memory(
							reader, source->memory, i, &batch, error);
		if (status == CSTN_OK)
			status = cstn__segment_writer_put(writer, &batch, error);
	}
	return status;
}

/* The deaths that a source already has, at their new places. */
static cstn_status move_deaths(
		const cstn__segment_source *source, cstn__part *to, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	if (source->part) {
		cstn__dead_row *rows;
		size_t n, capacity;

		status = cstn__deaths_list(
				&source->part->deaths, UINT64_MAX, &rows, &n, &capacity, error);
		if (status != CSTN_OK)
			return status;
		for (size_t i = 0; status == CSTN_OK && i < n; i++)
			status = cstn__deaths_put(&to->deaths,
					(uint32_t)source->first_row + rows[i].row, rows[i].seq,
					rows[i].until_us, error);
		cstn__free(&source->part->deaths.allocator, rows, capacity * sizeof(*rows));
		return status;
	}
	for (uint32_t c = 0; c < atomic_load(&source->memory->n_chunks); c++) {
		cstn__memory_chunk *chunk;
		uint32_t rows = cstn__memory_chunk_rows(
				source->memory, c, source->memory->rows, &chunk);
		_Atomic uint64_t *dead = cstn__stable_get(&chunk->dead);
		int64_t until;

		if (!atomic_load(&chunk->n_dead))
			continue;
		for (uint32_t i = 0; status == CSTN_OK && i < rows; i++)
			if (cstn__memory_dead(chunk, i, UINT64_MAX, &until))
				status = cstn__deaths_put(&to->deaths,
						(uint32_t)(source->first_row + chunk->first_row) +
								i,
						atomic_load(&dead[i]), until, error);
	}
	return status;
}

static cstn_status move_kills(const cstn__segment_source *source, const cstn__bulk *bulk,
		uint32_t table, cstn__part *to, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; bulk && status == CSTN_OK && i < bulk->kills.count; i++) {
		const cstn__pending_kill *kill = &bulk->kills.items[i];

		/* The memory table is the first source of memory; the bulk's own comes after. */
		if (kill->table != table || kill->part != source->part ||
				(!source->part && source->memory == bulk->memories[table]))
			continue;
		status = cstn__deaths_put(&to->deaths, (uint32_t)(source->first_row + kill->row),
				bulk->seq, kill->until_us, error);
	}
	return status;
}

static cstn_status write_segment(cstn__store *store, uint32_t table,
		const cstn__segment_source *sources, size_t n_sources, uint64_t file_no,
		int32_t threads, cstn__segment_written *out, cstn_error **error)
{
	cstn__segment_writer *writer = NULL;
	cstn__chunk_reader reader;
	cstn__path path;
	cstn_status status = cstn__chunk_reader_init(store, table, &reader, error);

	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < n_sources; i++)
		if (sources[i].part)
			cstn__chunk_reader_note_part(&reader, sources[i].part);
		else
			cstn__chunk_reader_note_memory(&reader, sources[i].memory);
	cstn__chunk_reader_keep_held(&reader);
	cstn__durable_path(store->durable, CSTN__ENTRY_SEGMENT, file_no, &path);
	status = cstn__segment_writer_new(store->durable->vfs, path.text, store->uuid, file_no,
			store->tables[table].declared, store->schema.version, 0, &store->allocator,
			&writer, error);
	if (status == CSTN_OK)
		cstn__segment_writer_threads(writer, threads);
	for (size_t i = 0; status == CSTN_OK && i < n_sources; i++)
		status = write_source(writer, &reader, &sources[i], error);
	if (status == CSTN_OK)
		status = cstn__segment_writer_finish(writer, out, error);
	cstn__segment_writer_free(writer);
	cstn__chunk_reader_free(&reader);
	return status == CSTN_OK ? status : cstn__durable_note(store, status);
}

cstn_status cstn__segment_build(cstn__store *store, uint32_t table, cstn__segment_source *sources,
		size_t n_sources, uint64_t file_no, const cstn__bulk *bulk, cstn__part **out,
		cstn_error **error)
{
	cstn__segment_written written = {0};
	cstn__manifest_entry entry = {.kind = CSTN__ENTRY_SEGMENT, .file_no = file_no};
	cstn__part *part = NULL;
	cstn_status status;
	uint64_t rows = 0;

	for (size_t i = 0; i < n_sources; i++) {
		sources[i].first_row = rows;
		rows += sources[i].part ? sources[i].part->rows : sources[i].memory->rows;
	}
	if (rows >= UINT32_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"table '%s': a segment of %llu rows, 4,294,967,294 allowed",
				store->tables[table].declared->name, (unsigned long long)rows);
	status = write_segment(store, table, sources, n_sources, file_no, bulk ? bulk->threads : 1,
			&written, error);
	if (status != CSTN_OK)
		return status;
	entry.size = written.size;
	entry.rows = written.rows;
	entry.child_rows = written.child_rows;
	entry.min_seq = written.min_seq;
	entry.max_seq = written.max_seq;
	memcpy(entry.seal, written.seal, sizeof(entry.seal));
	status = cstn__part_open(store, table, &entry, &part, error);
	for (size_t i = 0; status == CSTN_OK && i < n_sources; i++) {
		status = move_deaths(&sources[i], part, error);
		if (status == CSTN_OK)
			status = move_kills(&sources[i], bulk, table, part, error);
	}
	if (status != CSTN_OK) {
		cstn__part_unref(part);
		return status;
	}
	*out = part;
	return CSTN_OK;
}
