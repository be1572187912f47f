/* Scans: records of a noun as an Arrow stream, a batch a chunk of the store.
 *
 * The store gives chunks of at most 65,536 records with a bit for each that is visible, in the
 * range and of the text asked for. What is left to this layer is chosen by bits too: several ids, a
 * partner in any field. Then the row numbers to take are listed once a chunk and every column is
 * gathered by them. Flattened, a line's own columns are gathered by line, the record's by the
 * record's row repeated for each line. Decoded blocks of which every row is taken become buffers of
 * the batch as they are; the memory of batches that were released serves the next ones.
 *
 * Cost: a pass over the bits of a chunk, then a copy of each value that is given and does not go
 * along with its block. */
#include <string.h>

#include "base/error.h"
#include "network/attributes.h"
#include "network/scan_plan.h"
#include "store/block_pack.h"

#define KNOWN_FLAGS                                                                      \
	(CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED | CSTN_SCAN_DICTIONARY | CSTN_SCAN_SINCE | \
			CSTN_SCAN_RANGE | CSTN_SCAN_AS_OF | CSTN_SCAN_EMPTY_AS_NULL)

static void free_lists(cstn__row_scan *at)
{
	const cstn_allocator *allocator = &at->allocator;

	cstn__free(allocator, at->rows, at->capacity_rows * sizeof(uint32_t));
	cstn__free(allocator, at->lines, at->capacity_lines * sizeof(uint32_t));
	cstn__free(allocator, at->parents, at->capacity_lines * sizeof(uint32_t));
	at->rows = at->lines = at->parents = NULL;
}

/* What was made for a batch and did not go along with it. */
static void free_blocks(cstn__row_scan *at)
{
	const cstn_allocator *blocks = cstn__recycler_allocator(at->recycler);

	for (size_t i = 0; i < CSTN__SOURCE_KINDS; i++)
		cstn__block_free(&at->computed[i], blocks);
	for (size_t i = 0; i < at->n_columns; i++)
		cstn__block_free(&at->given[i], blocks);
}

static void scan_free(void *context)
{
	cstn__row_scan *at = context;
	cstn_allocator allocator;

	if (!at)
		return;
	allocator = at->allocator;
	cstn__scan_free(at->inner);
	if (at->recycler)
		free_blocks(at);
	cstn__recycler_close(at->recycler);
	cstn_snapshot_unref(at->snapshot);
	cstn__interner_free(&at->wanted);
	cstn__arena_free(&at->texts);
	cstn__arena_free(&at->chunk_texts);
	free_lists(at);
	if (at->extension.free_context)
		at->extension.free_context(at->extension.context);
	cstn__free(&allocator, at, sizeof(*at));
}

/* --- chunks ----------------------------------------------------------------------------------- */

/* 1 for each code whose text is wanted, and so one look-up a distinct text. */
static int row_matches(const cstn__row_scan *at, const cstn__scan_chunk *chunk, uint64_t row)
{
	size_t len;
	const uint8_t *text;

	if (at->wanted.count) {
		text = cstn__values_text(&chunk->columns[at->wanted_at], row, &len);
		if (cstn__interner_find(&at->wanted, (const char *)text, len) == UINT32_MAX)
			return 0;
	}
	if (!at->partner)
		return 1;
	for (size_t i = 0; i < at->n_partners; i++) {
		const cstn__values *values = &chunk->columns[at->partner_at[i]];

		if (!cstn__values_is_valid(values, row))
			continue;
		text = cstn__values_text(values, row, &len);
		if (len == at->partner_len && memcmp(text, at->partner, len) == 0)
			return 1;
	}
	return 0;
}

/* The rows of a chunk to take. */
static void list_rows(cstn__row_scan *at, const cstn__scan_chunk *chunk)
{
	int filtered = at->wanted.count || at->partner;

	at->n_rows = 0;
	at->all_rows = !filtered && !at->extension.fill && chunk->n_visible == chunk->rows;
	if (at->all_rows) {
		at->n_rows = (size_t)chunk->rows;
		return;
	}
	for (uint64_t w = 0; w < (chunk->rows + 63) / 64; w++) {
		uint64_t word = chunk->visible[w];

		while (word) {
			uint64_t row = w * 64 + (uint64_t)__builtin_ctzll(word);

			word &= word - 1;
			if (!filtered || row_matches(at, chunk, row))
				at->rows[at->n_rows++] = (uint32_t)row;
		}
	}
}

static uint32_t row_at(const cstn__row_scan *at, size_t i)
{
	return at->all_rows ? (uint32_t)i : at->rows[i];
}

/* The parent of each line; all rows are taken. As in cstn__fill_run(), runs are short. */
static void list_parents(cstn__row_scan *at, const cstn__scan_chunk *chunk)
{
	for (uint32_t row = 0; row < at->n_rows; row++) {
		uint64_t k = chunk->starts[row], end = chunk->starts[row + 1];

		for (; k < end && chunk->child_rows - k >= 8; k += 8)
			for (uint64_t i = 0; i < 8; i++)
				at->parents[k + i] = row;
		for (; k < end; k++)
			at->parents[k] = row;
	}
}

/* Lines and parents by line, where a column needs them; returns how many lines there are. */
static size_t list_lines(cstn__row_scan *at, const cstn__scan_chunk *chunk)
{
	size_t n = 0;

	at->all_lines = at->all_rows;
	if (at->all_lines) {
		if (at->repeats)
			list_parents(at, chunk);
		return (size_t)chunk->child_rows;
	}
	for (size_t i = 0; i < at->n_rows; i++) {
		uint32_t row = at->rows[i];

		for (uint32_t k = chunk->starts[row]; k < chunk->starts[row + 1]; k++) {
			at->lines[n] = k;
			at->parents[n++] = row;
		}
	}
	at->all_lines = n == chunk->child_rows;
	return n;
}

/* A column of n numbers that are not stored. */
static cstn_status compute(cstn__row_scan *at, int kind, const cstn__scan_chunk *chunk, size_t n,
		cstn_error **error)
{
	cstn__block *block = &at->computed[kind];
	int64_t number = at->number, *out;
	size_t line = 0;

	block->size = (n * sizeof(int64_t) + CSTN__BLOCK_ALIGNMENT) / CSTN__BLOCK_ALIGNMENT *
		      CSTN__BLOCK_ALIGNMENT;
	block->memory = cstn__alloc_aligned(
			cstn__recycler_allocator(at->recycler), block->size, CSTN__BLOCK_ALIGNMENT);
	if (!block->memory)
		return cstn__fail_nomem(error);
	out = block->memory;
	if (!(at->flags & CSTN_SCAN_LINES)) {
		for (size_t i = 0; i < n; i++)
			out[i] = number++;
		return CSTN_OK;
	}
	for (size_t i = 0; i < at->n_rows; i++) {
		uint32_t row = row_at(at, i);
		size_t lines = chunk->starts[row + 1] - chunk->starts[row];

		if (kind == CSTN__SOURCE_INDEX)
			for (size_t k = 0; k < lines; k++)
				out[line + k] = (int64_t)k;
		else
			cstn__fill_run(out, line, line + lines, n,
					kind == CSTN__SOURCE_NUMBER ? number : (int64_t)lines);
		line += lines;
		number++;
	}
	return CSTN_OK;
}

static cstn_status make_room(cstn__row_scan *at, const cstn__scan_chunk *chunk, cstn_error **error)
{
	const cstn_allocator *allocator = &at->allocator;
	size_t rows = (size_t)chunk->rows + 1, lines = (size_t)chunk->child_rows + 1;

	if (!(at->flags & CSTN_SCAN_LINES))
		lines = 1;
	if (rows <= at->capacity_rows && lines <= at->capacity_lines)
		return CSTN_OK;
	rows = rows > at->capacity_rows ? rows : at->capacity_rows;
	lines = lines > at->capacity_lines ? lines : at->capacity_lines;
	free_lists(at);
	at->capacity_rows = rows;
	at->capacity_lines = lines;
	at->rows = cstn__alloc(allocator, rows * sizeof(uint32_t));
	at->lines = cstn__alloc(allocator, lines * sizeof(uint32_t));
	at->parents = cstn__alloc(allocator, lines * sizeof(uint32_t));
	if (at->rows && at->lines && at->parents)
		return CSTN_OK;
	return cstn__fail_nomem(error);
}

static void choose_source(cstn__row_scan *at, const cstn__scan_chunk *chunk, size_t column,
		const uint32_t *rows, const uint32_t *lines, cstn__out_source *out)
{
	const cstn__row_source *from = &at->sources[column];

	memset(out, 0, sizeof(*out));
	switch (from->kind) {
	case CSTN__SOURCE_EMPTY:
		return;
	case CSTN__SOURCE_LINES:
	case CSTN__SOURCE_INDEX:
	case CSTN__SOURCE_NUMBER:
		out->numbers = at->computed[from->kind].memory;
		out->give = &at->computed[from->kind];
		return;
	case CSTN__SOURCE_ATTRIBUTE:
		out->take = from->field->flags & CSTN__FIELD_LINE ? lines : rows;
		out->values = &from->derived;
		return;
	case CSTN__SOURCE_EXTENSION:
		out->take = rows;
		out->values = &at->extra[from->at];
		return;
	case CSTN__SOURCE_FIELD:
		out->take = from->field->flags & CSTN__FIELD_LINE ? lines : rows;
		break;
	default:
		out->take = rows;
	}
	out->values = &chunk->columns[from->at];
	if (!out->take && out->values->numbers && !out->values->dictionary &&
			cstn__scan_take(at->inner, from->at, &at->given[column]))
		out->give = &at->given[column];
}

/* The texts of one attribute, by the code of the object that holds it. `there` has a bit a code. */
static cstn_status derive_texts(cstn__row_scan *at, cstn__row_source *from,
		const cstn__values *objects, uint64_t *there, cstn_error **error)
{
	const cstn__values *texts = objects->dictionary ? objects->dictionary : objects;
	size_t n = (size_t)texts->rows;
	uint32_t *offsets = cstn__arena_alloc(&at->chunk_texts, (n + 1) * sizeof(*offsets));
	cstn__bytes bytes;
	char *copy;

	if (!offsets)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&bytes, &at->allocator);
	offsets[0] = 0;
	for (size_t i = 0; i < n; i++) {
		if (cstn__attributes_find((const char *)texts->bytes + texts->offsets[i],
				    texts->offsets[i + 1] - texts->offsets[i], from->attribute,
				    &bytes))
			there[i / 64] |= UINT64_C(1) << i % 64;
		offsets[i + 1] = (uint32_t)bytes.size;
	}
	copy = bytes.failed || bytes.size > INT32_MAX
			       ? NULL
			       : cstn__arena_copy(&at->chunk_texts,
						 bytes.size ? (const void *)bytes.data : "",
						 bytes.size);
	cstn__bytes_free(&bytes);
	if (!copy)
		return cstn__fail_nomem(error);
	from->texts = (cstn__values){.rows = n, .offsets = offsets, .bytes = (uint8_t *)copy};
	return CSTN_OK;
}

/* A column of one attribute: the codes of the objects, with the attribute's texts. */
static cstn_status derive(cstn__row_scan *at, cstn__row_source *from, const cstn__values *objects,
		cstn_error **error)
{
	size_t rows = (size_t)objects->rows, row_words = rows / 64 + 1;
	size_t codes = objects->dictionary ? (size_t)objects->dictionary->rows : rows;
	uint64_t *there = cstn__arena_alloc(&at->chunk_texts, (codes / 64 + 1) * 8);
	uint64_t *validity = cstn__arena_alloc(&at->chunk_texts, row_words * 8);
	cstn_status status;

	if (!there || !validity)
		return cstn__fail_nomem(error);
	memset(there, 0, (codes / 64 + 1) * 8);
	memset(validity, 0, row_words * 8);
	status = derive_texts(at, from, objects, there, error);
	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < rows; i++) {
		size_t code = objects->dictionary ? (size_t)objects->numbers[i] : i;

		if (cstn__values_is_valid(objects, i) && (there[code / 64] >> code % 64 & 1))
			validity[i / 64] |= UINT64_C(1) << i % 64;
	}
	from->derived = objects->dictionary ? *objects : from->texts;
	from->derived.validity = validity;
	from->derived.dictionary = objects->dictionary ? &from->texts : NULL;
	return CSTN_OK;
}

static cstn_status derive_all(cstn__row_scan *at, const cstn__scan_chunk *chunk, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	cstn__arena_free(&at->chunk_texts);
	cstn__arena_init(&at->chunk_texts, &at->allocator);
	for (size_t i = 0; i < at->n_columns && status == CSTN_OK; i++)
		if (at->sources[i].kind == CSTN__SOURCE_ATTRIBUTE)
			status = derive(at, &at->sources[i], &chunk->columns[at->sources[i].at],
					error);
	return status;
}

static cstn_status gather_chunk(cstn__row_scan *at, const cstn__scan_chunk *chunk,
		struct ArrowArray *out, cstn_error **error)
{
	static const int computed[] = {CSTN__SOURCE_LINES, CSTN__SOURCE_INDEX, CSTN__SOURCE_NUMBER};
	cstn__out_source sources[CSTN__SCAN_COLUMNS];
	const uint32_t *rows, *lines = NULL;
	cstn_status status = CSTN_OK;
	size_t n;

	list_rows(at, chunk);
	if (at->n_rows && at->extension.fill) {
		status = at->extension.fill(at->extension.context, at->inner, chunk, at->needs_at,
				at->rows, &at->n_rows, at->extra, error);
		at->all_rows = at->n_rows == chunk->rows;
	}
	if (status != CSTN_OK)
		return status;
	n = at->n_rows;
	rows = at->all_rows ? NULL : at->rows;
	if (at->flags & CSTN_SCAN_LINES) {
		n = list_lines(at, chunk);
		rows = at->parents;
		lines = at->all_lines ? NULL : at->lines;
	}
	if (n == 0)
		return CSTN_OK;
	for (size_t i = 0; i < 3 && status == CSTN_OK; i++)
		if (at->asked[computed[i]])
			status = compute(at, computed[i], chunk, n, error);
	at->number += (int64_t)at->n_rows;
	if (status == CSTN_OK)
		status = derive_all(at, chunk, error);
	for (size_t i = 0; i < at->n_columns && status == CSTN_OK; i++)
		choose_source(at, chunk, i, rows, lines, &sources[i]);
	if (status == CSTN_OK)
		status = cstn__out_gather(at->columns, sources, at->n_columns, n,
				cstn__recycler_allocator(at->recycler), out, error);
	free_blocks(at);
	return status;
}

static cstn_status scan_next(void *context, struct ArrowArray *out, cstn_error **error)
{
	cstn__row_scan *at = context;
	cstn_status status = CSTN_OK;

	while (status == CSTN_OK && !out->release) {
		cstn__scan_chunk chunk;

		status = cstn__scan_next(at->inner, &chunk, error);
		if (status == CSTN_OK)
			status = make_room(at, &chunk, error);
		if (status == CSTN_OK && chunk.n_visible)
			status = gather_chunk(at, &chunk, out, error);
	}
	return status;
}

/* --- open ------------------------------------------------------------------------------------- */

static cstn_status scan_new(cstn_snapshot *snapshot, const cstn__noun *noun,
		const cstn_scan_options *options, const cstn__scan_extension *extension,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_status status;
	cstn__row_scan *at = cstn__alloc_zero(&snapshot->allocator, sizeof(*at));

	if (!at) {
		if (extension->free_context)
			extension->free_context(extension->context);
		return cstn__fail_nomem(error);
	}
	at->allocator = snapshot->allocator;
	at->snapshot = cstn_snapshot_ref(snapshot);
	at->noun = noun;
	at->flags = options->flags;
	at->extension = *extension;
	cstn__arena_init(&at->texts, &at->allocator);
	cstn__arena_init(&at->chunk_texts, &at->allocator);
	cstn__interner_init(&at->wanted, &at->allocator, 53);
	status = cstn__recycler_new(&at->allocator, &at->recycler, error);
	if (status == CSTN_OK)
		status = cstn__row_scan_plan(at, options, error);
	if (status != CSTN_OK) {
		scan_free(at);
		return status;
	}
	return cstn__out_stream(&at->allocator, at->columns, at->n_columns, scan_next, scan_free,
			at, out, error);
}

cstn_status cstn__snapshot_scan_with(cstn_snapshot *snapshot, uint32_t noun,
		const cstn_scan_options *options, const cstn__scan_extension *extension,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_scan_options own;
	cstn_status status = cstn__options_read(options, sizeof(own), sizeof(own), KNOWN_FLAGS,
			"cstn_scan_options", &own, error);

	if (status != CSTN_OK) {
		extension->free_context(extension->context);
		return status;
	}
	return scan_new(snapshot, cstn__noun_get(noun), &own, extension, out, error);
}

cstn_status cstn_snapshot_scan(cstn_snapshot *snapshot, const char *noun,
		const cstn_scan_options *options, struct ArrowArrayStream *out, cstn_error **error)
{
	const cstn__scan_extension none = {.fill = NULL};
	cstn_scan_options own;
	const cstn__noun *found;
	cstn_status status;

	if (!snapshot || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				snapshot ? "out" : "snapshot");
	status = cstn__options_read(options, sizeof(own), sizeof(own), KNOWN_FLAGS,
			"cstn_scan_options", &own, error);
	if (status == CSTN_OK)
		status = cstn__noun_find(noun, &found, error);
	if (status != CSTN_OK)
		return status;
	return scan_new(snapshot, found, &own, &none, out, error);
}
