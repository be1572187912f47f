/* Segments as the engine uses them: with the deaths of their rows, looked up by key. */
#include "store/durable.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/dead_rows.h"

enum { FEW = 32 };

cstn__part *cstn__part_ref(cstn__part *part)
{
	atomic_fetch_add_explicit(&part->refs, 1, memory_order_relaxed);
	return part;
}

void cstn__part_unref(cstn__part *part)
{
	cstn_allocator allocator;

	if (!part || atomic_fetch_sub_explicit(&part->refs, 1, memory_order_acq_rel) != 1)
		return;
	allocator = part->allocator;
	if (part->cache)
		cstn__cached_slots_free(&part->slots, part->cache, &allocator);
	cstn__free(&allocator, part->valued, part->valued_capacity * sizeof(*part->valued));
	cstn__segment_free(part->segment);
	cstn__deaths_free(&part->deaths);
	cstn__free(&allocator, part, sizeof(*part));
}

/* Which file is damaged, if the message does not say so, and what it holds. */
static void say(cstn_error **error, const char *path, const char *what, uint64_t rows,
		const char *table)
{
	char text[200];

	if (path)
		cstn__error_prefix(error, "'%s': ", path);
	(void)snprintf(text, sizeof(text), "; it holds %llu %s of table '%.64s'",
			(unsigned long long)rows, what, table);
	cstn__error_append(error, text);
}

/* Only what is in the row space is read with every row. */
static int is_valued(const cstn__segment *segment, const cstn__store_table *table, uint32_t id)
{
	uint32_t position = cstn__column_position(table, id);

	if (!cstn__segment_has_values(segment, id))
		return 0;
	if (position == CSTN__NO_COLUMN)
		return id == CSTN__COLUMN_SEQ;
	return table->columns[position].space == CSTN__SPACE_ROW;
}

static cstn_status find_valued(cstn__part *part, const cstn__table_info *table, cstn_error **error)
{
	uint32_t n = cstn__segment_columns(part->segment);

	part->valued = cstn__alloc(&part->allocator, cstn__array_size(n, sizeof(*part->valued)));
	if (!part->valued)
		return cstn__fail_nomem(error);
	part->valued_capacity = n;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = cstn__segment_column_id(part->segment, i);

		if (!is_valued(part->segment, table->declared, id) || cstn__is_key(table, id))
			continue;
		part->valued[part->n_valued++] = (struct cstn__part_column){
				id, i, cstn__segment_is_text(part->segment, i)};
	}
	return CSTN_OK;
}

cstn_status cstn__part_open(cstn__store *store, uint32_t table, const cstn__manifest_entry *entry,
		cstn__part **out, cstn_error **error)
{
	cstn__part *part = cstn__alloc_zero(&store->allocator, sizeof(*part));
	cstn__path path;
	cstn_status status;

	if (!part)
		return cstn__fail_nomem(error);
	atomic_init(&part->refs, 1);
	part->allocator = store->allocator;
	part->cache = &store->durable->cache;
	part->file_no = entry->file_no;
	part->size = entry->size;
	part->rows = entry->rows;
	part->child_rows = entry->child_rows;
	part->min_seq = entry->min_seq;
	part->max_seq = entry->max_seq;
	memcpy(part->seal, entry->seal, sizeof(part->seal));
	cstn__durable_path(store->durable, CSTN__ENTRY_SEGMENT, entry->file_no, &path);
	status = cstn__segment_open(store->durable->vfs, path.text, store->uuid, entry->file_no,
			entry->size, store->tables[table].declared, &store->allocator,
			&part->segment, error);
	if (status == CSTN_E_CORRUPT)
		say(error, NULL, "records", entry->rows, store->tables[table].declared->name);
	if (status == CSTN_OK && (cstn__segment_rows(part->segment) != entry->rows ||
						 cstn__segment_child_rows(part->segment) !=
								 entry->child_rows))
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"'%s' has %llu rows, the manifest says %llu", path.text,
				(unsigned long long)cstn__segment_rows(part->segment),
				(unsigned long long)entry->rows);
	if (status == CSTN_OK)
		status = cstn__cached_slots_init(
				&part->slots, part->segment, &store->allocator, error);
	if (status == CSTN_OK)
		status = find_valued(part, &store->tables[table], error);
	if (status == CSTN_OK)
		status = cstn__deaths_init(&part->deaths, entry->rows, &store->allocator, error);
	if (status != CSTN_OK) {
		cstn__part_unref(part);
		return status;
	}
	*out = part;
	return CSTN_OK;
}

cstn_status cstn__part_read_dead(cstn__store *store, cstn__part *part,
		const cstn__manifest_entry *entry, cstn_error **error)
{
	cstn__dead_row *rows = NULL;
	cstn__bytes bytes;
	cstn__path path;
	cstn_status status;
	uint64_t max_seq = 0;
	size_t n = 0;

	cstn__bytes_init(&bytes, &store->allocator);
	cstn__durable_path(store->durable, CSTN__ENTRY_DEAD_ROWS, entry->file_no, &path);
	status = cstn__durable_get(store, path.text, entry->size, UINT64_MAX / 2, &bytes, error);
	if (status == CSTN_OK)
		status = cstn__dead_rows_read(bytes.data, bytes.size, store->uuid, entry->file_no,
				part->file_no, part->rows, &store->allocator, &rows, &n, &max_seq,
				error);
	cstn__bytes_free(&bytes);
	if (status == CSTN_E_CORRUPT)
		say(error, path.text, "dead records", entry->rows,
				cstn__segment_table_name(part->segment));
	for (size_t i = 0; status == CSTN_OK && i < n; i++)
		status = cstn__deaths_put(&part->deaths, rows[i].row, 0, rows[i].until_us, error);
	cstn__free(&store->allocator, rows, n * sizeof(*rows));
	part->dead_file_no = entry->file_no;
	part->dead_size = entry->size;
	part->dead_max_seq = max_seq;
	part->dead_written = n;
	return status;
}

uint32_t cstn__part_chunk_of(const cstn__part *part, uint32_t row, uint32_t *within)
{
	const cstn__segment *segment = part->segment;
	uint32_t low = 0, high = cstn__segment_chunks(segment), rows, child_rows;
	uint64_t first;

	if (row / CSTN__CHUNK_ROWS < high) /* chunks of a table without lines are full */
		low = row / CSTN__CHUNK_ROWS;
	cstn__segment_chunk(segment, low, &first, &rows, &child_rows);
	if (row - first < rows)
		high = low + 1;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		cstn__segment_chunk(segment, middle, &first, &rows, &child_rows);
		if (first <= row)
			low = middle;
		else
			high = middle;
	}
	cstn__segment_chunk(segment, low, &first, &rows, &child_rows);
	*within = row - (uint32_t)first;
	return low;
}

cstn_status cstn__part_block(cstn__part *part, uint32_t chunk, uint32_t column, uint32_t position,
		cstn__cached **out, cstn_error **error)
{
	int64_t number = cstn__segment_declared_number(part->segment, column, position);

	*out = NULL;
	if (number < 0)
		return CSTN_OK;
	*out = cstn__cached_peek(&part->slots, chunk, (uint32_t)number);
	if (*out || !cstn__segment_chunk_has_values(part->segment, chunk, (uint32_t)number))
		return CSTN_OK;
	return cstn__cached_get(part->cache, &part->slots, part->segment, chunk, (uint32_t)number,
			out, error);
}

/* Is the value of a row this one? Keys have no nulls. */
static int is_value(const cstn__packed_block *block, uint32_t row, const cstn__values *key,
		uint64_t key_row)
{
	const uint8_t *text, *key_text;
	size_t len, key_len;
	int64_t number = 0;

	if (!block->text || block->dictionary)
		cstn__packed_numbers(&block->packed, row, 1, &number);
	if (!block->text)
		return number == key->numbers[key_row];
	key_text = cstn__values_text(key, key_row, &key_len);
	if (!block->dictionary)
		return cstn__packed_text_is(&block->packed, row, key_text, key_len);
	text = cstn__values_text(block->dictionary, (uint64_t)number, &len);
	return len == key_len && (len == 0 || memcmp(text, key_text, len) == 0);
}

static void put_back(cstn__cached **blocks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (blocks[i])
			cstn__cached_put_back(blocks[i]);
}

/* A row of a part, and its chunk. */
typedef struct candidate {
	cstn__part *part;
	const cstn__table_info *table;
	uint32_t row, chunk, within;
} candidate;

static candidate candidate_of(cstn__part *part, const cstn__table_info *table, uint32_t row)
{
	candidate at = {part, table, row, 0, 0};

	at.chunk = cstn__part_chunk_of(part, row, &at.within);
	return at;
}

/* Is a value that all rows of the chunk have the one of the key? */
static int is_constant(int64_t constant, const cstn__values *key, uint64_t key_row)
{
	size_t len;

	if (key->numbers && !key->dictionary)
		return key->numbers[key_row] == constant;
	(void)cstn__values_text(key, key_row, &len);
	return len == 0;
}

/* Does the row have this key? Then `hold` keeps what it holds. */
static cstn_status has_key(const candidate *at, const cstn__values *key, uint64_t key_row,
		cstn__hold *hold, int *out, cstn_error **error)
{
	cstn__cached *blocks[CSTN__MAX_KEY_COLUMNS];
	const cstn__table_info *table = at->table;
	cstn_status status = CSTN_OK;
	int64_t constant;
	size_t n = 0;

	*out = 1;
	for (; status == CSTN_OK && *out && n < table->n_key; n++) {
		int64_t number = cstn__segment_declared_number(
				at->part->segment, table->declared->key[n], table->key[n]);

		blocks[n] = NULL;
		if (number >= 0 && cstn__segment_constant(at->part->segment, at->chunk,
						   (uint32_t)number, &constant)) {
			*out = is_constant(constant, &key[n], key_row);
			continue;
		}
		status = cstn__part_block(at->part, at->chunk, table->declared->key[n],
				table->key[n], &blocks[n], error);
		*out = blocks[n] != NULL;
		if (blocks[n])
			cstn__packed_prefetch(&blocks[n]->block, at->within);
	}
	if (*out && hold)
		cstn__hold_row(hold, at->part, at->chunk, at->within);
	for (size_t k = 0; *out && k < n; k++)
		if (blocks[k])
			*out = is_value(&blocks[k]->block, at->within, &key[k], key_row);
	put_back(blocks, n);
	if (!*out && hold)
		cstn__hold_drop(hold);
	return status;
}

static cstn_status number_at(const candidate *at, uint32_t column, uint32_t position, int64_t *out,
		cstn_error **error)
{
	cstn__cached *cached;
	cstn_status status =
			cstn__part_block(at->part, at->chunk, column, position, &cached, error);

	if (status != CSTN_OK)
		return status;
	*out = 0;
	if (!cached)
		return CSTN_OK;
	cstn__packed_numbers(&cached->block.packed, at->within, 1, out);
	cstn__cached_put_back(cached);
	return CSTN_OK;
}

static cstn_status recorded_at(const candidate *at, int64_t *out, cstn_error **error)
{
	return number_at(at, at->table->declared->recorded, at->table->recorded, out, error);
}

cstn_status cstn__place_seq(const cstn__table_info *table, const cstn__memory *memory,
		const cstn__place *place, uint64_t *seq, cstn_error **error)
{
	const cstn__memory_chunk *chunk;
	candidate at;
	int64_t written = 0;
	cstn_status status;

	if (!place->part) {
		chunk = cstn__memory_chunk_of(memory, place->row);
		*seq = (uint64_t)((const int64_t *)cstn__stable_get(
				&chunk->seqs))[place->row - chunk->first_row];
		return CSTN_OK;
	}
	at = candidate_of(place->part, table, (uint32_t)place->row);
	status = number_at(&at, CSTN__COLUMN_SEQ, CSTN__NO_COLUMN, &written, error);
	if (status == CSTN_OK)
		*seq = (uint64_t)written;
	return status;
}

/* Candidate rows of a hash; `few` when they fit, else a block that the caller frees. */
static cstn_status look_up(cstn__part *part, uint64_t hash, uint32_t few[FEW], uint32_t **rows,
		size_t *n, cstn_error **error)
{
	cstn_status status = cstn__segment_lookup(part->segment, hash, few, FEW, n, error);
	size_t capacity = *n;

	*rows = few;
	if (status != CSTN_OK || *n <= FEW)
		return status;
	*rows = cstn__alloc(&part->allocator, capacity * sizeof(**rows));
	if (!*rows) {
		*rows = few;
		return cstn__fail_nomem(error);
	}
	return cstn__segment_lookup(part->segment, hash, *rows, capacity, n, error);
}

static void look_up_done(cstn__part *part, uint32_t few[FEW], uint32_t *rows, size_t n)
{
	if (rows != few)
		cstn__free(&part->allocator, rows, n * sizeof(*rows));
}

static cstn_status is_visible(
		const candidate *at, uint64_t seq, int64_t as_of_us, int *out, cstn_error **error)
{
	const cstn__death_slot *death = cstn__deaths_find(&at->part->deaths, at->row);
	cstn_status status = CSTN_OK;
	int64_t recorded = INT64_MIN;

	*out = 0;
	if (death && death->seq <= seq && death->until_us <= as_of_us)
		return CSTN_OK;
	if (as_of_us != INT64_MAX && at->table->declared->recorded)
		status = recorded_at(at, &recorded, error);
	*out = recorded <= as_of_us;
	return status;
}

cstn_status cstn__part_find(cstn__part *part, const cstn__probe *probe,
		const cstn__table_info *table, uint64_t seq, int64_t as_of_us, uint64_t hash,
		const cstn__values *key, uint64_t key_row, cstn__place *out, int *found,
		cstn_error **error)
{
	uint32_t few[FEW] = {probe->row}, *rows = few;
	size_t n = 1;
	cstn_status status = CSTN_OK;

	if (probe->asks)
		status = look_up(part, hash, few, &rows, &n, error);
	for (size_t i = n; status == CSTN_OK && !*found && i-- > 0;) {
		candidate at = candidate_of(part, table, rows[i]);

		status = is_visible(&at, seq, as_of_us, found, error);
		if (status == CSTN_OK && *found)
			status = has_key(&at, key, key_row, out->hold, found, error);
		if (status == CSTN_OK && *found) {
			out->part = part;
			out->row = at.row;
			out->chunk = at.chunk;
			out->within = at.within;
		}
	}
	look_up_done(part, few, rows, n);
	return status;
}

cstn_status cstn__part_last_time(cstn__part *part, const cstn__table_info *table, uint64_t seq,
		uint64_t hash, const cstn__values *key, int64_t *last_us, cstn_error **error)
{
	uint32_t few[FEW], *rows;
	size_t n = 0;
	cstn_status status = look_up(part, hash, few, &rows, &n, error);

	for (size_t i = 0; status == CSTN_OK && i < n; i++) {
		const cstn__death_slot *death = cstn__deaths_find(&part->deaths, rows[i]);
		candidate at = candidate_of(part, table, rows[i]);
		int64_t us = INT64_MIN;
		int same = 0;

		status = has_key(&at, key, 0, NULL, &same, error);
		if (status != CSTN_OK || !same)
			continue;
		if (death && death->seq <= seq)
			us = death->until_us;
		else
			status = recorded_at(&at, &us, error);
		*last_us = us > *last_us ? us : *last_us;
	}
	look_up_done(part, few, rows, n);
	return status;
}

cstn_status cstn__part_find_alive(cstn__part *part, const cstn__table_info *table, uint64_t hash,
		const cstn__values *key, uint64_t key_row, struct cstn__hit *hit,
		cstn_error **error)
{
	uint32_t few[FEW], *rows;
	size_t n = 0;
	cstn_status status = look_up(part, hash, few, &rows, &n, error);

	for (size_t i = n; status == CSTN_OK && !hit->part && i-- > 0;) {
		candidate at;
		int same = 0;

		if (cstn__deaths_find(&part->deaths, rows[i]))
			continue;
		at = candidate_of(part, table, rows[i]);
		status = has_key(&at, key, key_row, NULL, &same, error);
		if (status == CSTN_OK && same) {
			hit->part = part;
			hit->row = rows[i];
			status = cstn__deaths_reserve(&part->deaths, rows[i], error);
		}
	}
	look_up_done(part, few, rows, n);
	return status;
}

cstn_status cstn__hits_find(cstn__store *store, cstn__change *change, cstn_error **error)
{
	const cstn__version_table *table = &store->version->tables[change->table->index];
	cstn__values key[CSTN__MAX_KEY_COLUMNS];
	cstn_status status = CSTN_OK;

	if (!change->hits)
		change->hits = cstn__alloc_zero(
				&store->allocator, cstn__array_size((size_t)change->batch.rows,
								   sizeof(*change->hits)));
	if (!change->hits)
		return cstn__fail_nomem(error);
	memset(key, 0, sizeof(key));
	cstn__key_columns(change->table, &change->batch, key);
	for (uint64_t i = 0; status == CSTN_OK && i < change->batch.rows; i++) {
		uint32_t head = cstn__key_index_head(&table->memory->index, change->hashes[i]);

		/* With a row in memory, whatever a segment has of the key is dead. */
		if (head && cstn__same_key(table->memory, head, key, i) >= 0)
			continue;
		for (size_t p = table->n_parts;
				status == CSTN_OK && !change->hits[i].part && p-- > 0;)
			status = cstn__part_find_alive(table->parts[p], change->table,
					change->hashes[i], key, i, &change->hits[i], error);
	}
	return status;
}
