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
#include "base/map.h"
#include "base/recycle.h"
#include "network/arrow_out.h"
#include "network/attributes.h"
#include "network/network.h"
#include "network/scan_extend.h"
#include "store/block_pack.h"

#define KNOWN_FLAGS                                                                      \
	(CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED | CSTN_SCAN_DICTIONARY | CSTN_SCAN_SINCE | \
			CSTN_SCAN_RANGE | CSTN_SCAN_AS_OF | CSTN_SCAN_EMPTY_AS_NULL)
#define OUT_MAX (CSTN__FIELDS_MAX + 3 + CSTN__EXTENSION_COLUMNS)
#define PARTNER_MAX 16

enum source_kind {
	SOURCE_FIELD,
	SOURCE_SEQ,
	SOURCE_LINES,
	SOURCE_INDEX,
	SOURCE_NUMBER,
	SOURCE_ATTRIBUTE,
	SOURCE_EXTENSION,
	SOURCE_EMPTY,
	SOURCE_KINDS
};

typedef struct source {
	int kind;
	const cstn__field *field; /* of SOURCE_FIELD, SOURCE_ATTRIBUTE */
	uint32_t at;              /* column of the store's chunk */
	const char *attribute;    /* its name */
	cstn__values derived;     /* of SOURCE_ATTRIBUTE, in `chunk_texts` */
	cstn__values texts;       /* ... its dictionary */
} source;

typedef struct scan {
	cstn_allocator allocator;
	cstn__recycler *recycler; /* memory of batches */
	cstn_snapshot *snapshot;  /* referenced */
	cstn__scan *inner;
	const cstn__noun *noun;
	uint32_t flags;
	source sources[OUT_MAX];
	cstn__out_column columns[OUT_MAX];
	size_t n_columns;
	uint32_t ids[OUT_MAX + PARTNER_MAX + 1]; /* columns of the store's chunk */
	size_t n_ids;
	cstn__interner wanted; /* ids asked for; none: all */
	uint32_t wanted_at;
	const char *partner;
	size_t partner_len;
	uint32_t partner_at[PARTNER_MAX];
	size_t n_partners;
	int64_t number; /* records given so far */
	cstn__arena texts, chunk_texts;
	uint32_t *rows, *lines, *parents;
	size_t capacity_rows, capacity_lines;
	cstn__scan_extension extension; /* fill NULL: none */
	uint32_t needs_at[CSTN__FIELDS_MAX];
	cstn__values extra[CSTN__EXTENSION_COLUMNS];
	int asked[SOURCE_KINDS]; /* is any column of this kind? */
	int repeats;             /* is any column of the record repeated for its lines? */
	/* What is taken of the chunk at hand. */
	size_t n_rows;
	int all_rows, all_lines;
	cstn__block computed[SOURCE_KINDS]; /* numbers of SOURCE_LINES, _INDEX, _NUMBER */
	cstn__block given[OUT_MAX];
} scan;

static void free_lists(scan *at)
{
	const cstn_allocator *allocator = &at->allocator;

	cstn__free(allocator, at->rows, at->capacity_rows * sizeof(uint32_t));
	cstn__free(allocator, at->lines, at->capacity_lines * sizeof(uint32_t));
	cstn__free(allocator, at->parents, at->capacity_lines * sizeof(uint32_t));
	at->rows = at->lines = at->parents = NULL;
}

/* What was made for a batch and did not go along with it. */
static void free_blocks(scan *at)
{
	const cstn_allocator *blocks = cstn__recycler_allocator(at->recycler);

	for (size_t i = 0; i < SOURCE_KINDS; i++)
		cstn__block_free(&at->computed[i], blocks);
	for (size_t i = 0; i < at->n_columns; i++)
		cstn__block_free(&at->given[i], blocks);
}

static void scan_free(void *context)
{
	scan *at = context;
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

/* --- columns ---------------------------------------------------------------------------------- */

/* The place of a store's column in the chunk; wanted from here on. */
static uint32_t want(scan *at, uint32_t id)
{
	for (size_t i = 0; i < at->n_ids; i++)
		if (at->ids[i] == id)
			return (uint32_t)i;
	at->ids[at->n_ids] = id;
	return (uint32_t)at->n_ids++;
}

static void add_computed(scan *at, int kind, const char *name)
{
	at->columns[at->n_columns] = (cstn__out_column){.name = name, .type = CSTN_TYPE_INT64};
	if (kind == SOURCE_LINES || kind == SOURCE_INDEX)
		at->columns[at->n_columns].type = CSTN_TYPE_INT32;
	at->sources[at->n_columns] = (source){.kind = kind};
	at->asked[kind] = 1;
	if (kind == SOURCE_SEQ)
		at->sources[at->n_columns].at = want(at, CSTN__COLUMN_SEQ);
	at->n_columns++;
}

static void add_field(scan *at, const cstn__field *field)
{
	cstn__out_column *column = &at->columns[at->n_columns];

	if (at->flags & CSTN_SCAN_NUMBERED && field->key == 1) {
		add_computed(at, SOURCE_NUMBER, field->name);
		return;
	}
	column->name = field->name;
	column->type = field->type;
	column->nullable = !(field->flags & (CSTN__FIELD_REQUIRED | CSTN__FIELD_EMPTY));
	if (at->flags & CSTN_SCAN_EMPTY_AS_NULL && column->nullable &&
			cstn__snapshot_is_empty(at->snapshot->inner, at->noun->id,
					CSTN__COLUMN_FIRST + field->number)) {
		column->empty = 1;
		at->sources[at->n_columns++] = (source){.kind = SOURCE_EMPTY};
		return;
	}
	column->dictionary =
			at->flags & CSTN_SCAN_DICTIONARY && field->flags & CSTN__FIELD_DICTIONARY;
	at->sources[at->n_columns] = (source){.kind = SOURCE_FIELD,
			.field = field,
			.at = want(at, CSTN__COLUMN_FIRST + field->number)};
	at->n_columns++;
}

static cstn_status add_attribute(
		scan *at, const cstn__field *field, const char *name, cstn_error **error)
{
	char *copy;

	if (!cstn__attribute_is_name(cstn__attribute_of_column(name)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"'%.64s' names no attribute: 1 to 64 letters, digits, '_', '-' and "
				"'.' follow the dot",
				name);
	copy = cstn__arena_copy(&at->texts, name, strlen(name));
	if (!copy)
		return cstn__fail_nomem(error);
	at->columns[at->n_columns] = (cstn__out_column){.name = copy,
			.type = CSTN_TYPE_TEXT,
			.nullable = 1,
			.dictionary = (at->flags & CSTN_SCAN_DICTIONARY) != 0};
	at->sources[at->n_columns++] = (source){.kind = SOURCE_ATTRIBUTE,
			.field = field,
			.at = want(at, CSTN__COLUMN_FIRST + field->number),
			.attribute = cstn__attribute_of_column(copy)};
	return CSTN_OK;
}

static cstn_status add_named(scan *at, const char *name, cstn_error **error)
{
	int lines = (at->flags & CSTN_SCAN_LINES) != 0;
	int attribute = cstn__attribute_of_column(name) && cstn__attributes_field(at->noun);
	const cstn__field *field;
	cstn_status status;

	if (name && strcmp(name, "seq") == 0) {
		add_computed(at, SOURCE_SEQ, "seq");
		return CSTN_OK;
	}
	if (name && lines && strcmp(name, "order_lines") == 0) {
		add_computed(at, SOURCE_LINES, "order_lines");
		return CSTN_OK;
	}
	if (name && lines && strcmp(name, "line_index") == 0) {
		add_computed(at, SOURCE_INDEX, "line_index");
		return CSTN_OK;
	}
	status = cstn__field_find(at->noun, attribute ? "attributes" : name, &field, error);
	if (status != CSTN_OK)
		return status;
	if (field->flags & CSTN__FIELD_LINE && !lines)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field '%s' belongs to lines; scan with CSTN_SCAN_LINES", name);
	if (attribute)
		return add_attribute(at, field, name, error);
	add_field(at, field);
	return CSTN_OK;
}

static cstn_status choose_columns(scan *at, const cstn_scan_options *options, cstn_error **error)
{
	int lines = (at->flags & CSTN_SCAN_LINES) != 0;

	if (!options->columns) {
		for (uint32_t i = 0; i < at->noun->n_fields; i++)
			if (lines || !(at->noun->fields[i].flags & CSTN__FIELD_LINE))
				add_field(at, &at->noun->fields[i]);
		if (lines)
			add_computed(at, SOURCE_LINES, "order_lines");
		if (lines)
			add_computed(at, SOURCE_INDEX, "line_index");
		return CSTN_OK;
	}
	if (options->n_columns == 0 || options->n_columns > OUT_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu columns are asked for, 1 to %d are given", options->n_columns,
				(int)OUT_MAX);
	for (size_t i = 0; i < options->n_columns; i++) {
		cstn_status status;

		for (size_t k = 0; k < i; k++)
			if (options->columns[i] &&
					strcmp(options->columns[i], options->columns[k]) == 0)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"column '%.64s' is asked for twice",
						options->columns[i]);
		status = add_named(at, options->columns[i], error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static void add_extension(scan *at)
{
	const cstn__scan_extension *extension = &at->extension;

	for (size_t i = 0; i < extension->n_columns; i++) {
		at->columns[at->n_columns] = extension->columns[i];
		at->sources[at->n_columns++] =
				(source){.kind = SOURCE_EXTENSION, .at = (uint32_t)i};
	}
	for (size_t i = 0; i < extension->n_needs; i++)
		at->needs_at[i] = want(at, extension->needs[i]);
}

/* --- predicates ------------------------------------------------------------------------------- */

typedef struct predicates {
	cstn__scan_range ranges[2];
	cstn__scan_text texts[2];
	size_t n_ranges, n_texts;
} predicates;

static cstn_status record_field(const cstn__noun *noun, const char *name, int text,
		const cstn__field **out, cstn_error **error)
{
	cstn_status status = cstn__field_find(noun, name, out, error);

	if (status != CSTN_OK)
		return status;
	if ((*out)->flags & CSTN__FIELD_LINE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field '%s' belongs to lines; rows are chosen by fields of the "
				"record",
				name);
	if (((*out)->type == CSTN_TYPE_TEXT) != text || (*out)->type == CSTN_TYPE_DOUBLE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "field '%s' is %s, %s expected",
				name, cstn_type_name((*out)->type),
				text ? "text" : "a day, an instant or an integer");
	return CSTN_OK;
}

static cstn_status add_range(const cstn__noun *noun, const cstn_scan_options *options,
		predicates *out, cstn_error **error)
{
	const cstn__field *field;
	cstn_status status;

	if (options->flags & CSTN_SCAN_SINCE) {
		out->ranges[out->n_ranges++] = (cstn__scan_range){CSTN__COLUMN_SEQ,
				options->since_seq >= INT64_MAX ? INT64_MAX
								: (int64_t)options->since_seq + 1,
				INT64_MAX};
	}
	if (!(options->flags & CSTN_SCAN_RANGE))
		return CSTN_OK;
	status = record_field(noun, options->range_field, 0, &field, error);
	if (status != CSTN_OK)
		return status;
	if (options->from_us >= options->until_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the range of '%s' is empty: from_us is not before until_us",
				field->name);
	out->ranges[out->n_ranges++] = (cstn__scan_range){CSTN__COLUMN_FIRST + field->number,
			options->from_us, options->until_us - 1};
	return CSTN_OK;
}

static int copy_text(scan *at, const char *text, cstn__scan_text *out)
{
	out->len = strlen(text);
	out->text = cstn__arena_copy(&at->texts, text, out->len);
	return out->text ? 0 : -1;
}

static cstn_status add_ids(
		scan *at, const cstn_scan_options *options, predicates *out, cstn_error **error)
{
	const cstn__field *key = cstn__noun_key_field(at->noun, 1);

	if (!options->ids)
		return CSTN_OK;
	for (size_t i = 0; i < options->n_ids; i++)
		if (!options->ids[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "ids[%zu] is NULL", i);
	if (options->n_ids == 1) {
		out->texts[out->n_texts].column = CSTN__COLUMN_FIRST + key->number;
		return copy_text(at, options->ids[0], &out->texts[out->n_texts++])
				       ? cstn__fail_nomem(error)
				       : CSTN_OK;
	}
	at->wanted_at = want(at, CSTN__COLUMN_FIRST + key->number);
	if (options->n_ids == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "ids are given, but none");
	for (size_t i = 0; i < options->n_ids; i++)
		if (cstn__intern(&at->wanted, options->ids[i], strlen(options->ids[i])) ==
				UINT32_MAX)
			return cstn__fail_nomem(error);
	return CSTN_OK;
}

static cstn_status add_partner(scan *at, const cstn_scan_options *options, cstn_error **error)
{
	cstn__scan_text text;

	if (!options->partner)
		return CSTN_OK;
	if (copy_text(at, options->partner, &text))
		return cstn__fail_nomem(error);
	at->partner = text.text;
	at->partner_len = text.len;
	for (uint32_t i = 0; i < at->noun->n_fields; i++) {
		const cstn__field *field = &at->noun->fields[i];
		int names = field->refers == CSTN__NOUN_PARTNER ||
			    (at->noun->id == CSTN__NOUN_PARTNER && field->key == 1);

		if (names && !(field->flags & CSTN__FIELD_LINE) && at->n_partners < PARTNER_MAX)
			at->partner_at[at->n_partners++] =
					want(at, CSTN__COLUMN_FIRST + field->number);
	}
	if (at->n_partners == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "noun '%s' names no partner",
				at->noun->name);
	return CSTN_OK;
}

static cstn_status add_where(
		scan *at, const cstn_scan_options *options, predicates *out, cstn_error **error)
{
	const cstn__field *field;
	cstn_status status;

	if (!options->where_field)
		return CSTN_OK;
	if (!options->where_text)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "where_text is NULL");
	status = record_field(at->noun, options->where_field, 1, &field, error);
	if (status != CSTN_OK)
		return status;
	out->texts[out->n_texts].column = CSTN__COLUMN_FIRST + field->number;
	return copy_text(at, options->where_text, &out->texts[out->n_texts++])
			       ? cstn__fail_nomem(error)
			       : CSTN_OK;
}

/* --- chunks ----------------------------------------------------------------------------------- */

/* 1 for each code whose text is wanted, and so one look-up a distinct text. */
static int row_matches(const scan *at, const cstn__scan_chunk *chunk, uint64_t row)
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
static void list_rows(scan *at, const cstn__scan_chunk *chunk)
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

static uint32_t row_at(const scan *at, size_t i)
{
	return at->all_rows ? (uint32_t)i : at->rows[i];
}

/* The parent of each line; all rows are taken. As in cstn__fill_run(), runs are short. */
static void list_parents(scan *at, const cstn__scan_chunk *chunk)
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
static size_t list_lines(scan *at, const cstn__scan_chunk *chunk)
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
static cstn_status compute(
		scan *at, int kind, const cstn__scan_chunk *chunk, size_t n, cstn_error **error)
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

		if (kind == SOURCE_INDEX)
			for (size_t k = 0; k < lines; k++)
				out[line + k] = (int64_t)k;
		else
			cstn__fill_run(out, line, line + lines, n,
					kind == SOURCE_NUMBER ? number : (int64_t)lines);
		line += lines;
		number++;
	}
	return CSTN_OK;
}

static cstn_status make_room(scan *at, const cstn__scan_chunk *chunk, cstn_error **error)
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

static void choose_source(scan *at, const cstn__scan_chunk *chunk, size_t column,
		const uint32_t *rows, const uint32_t *lines, cstn__out_source *out)
{
	const source *from = &at->sources[column];

	memset(out, 0, sizeof(*out));
	switch (from->kind) {
	case SOURCE_EMPTY:
		return;
	case SOURCE_LINES:
	case SOURCE_INDEX:
	case SOURCE_NUMBER:
		out->numbers = at->computed[from->kind].memory;
		out->give = &at->computed[from->kind];
		return;
	case SOURCE_ATTRIBUTE:
		out->take = from->field->flags & CSTN__FIELD_LINE ? lines : rows;
		out->values = &from->derived;
		return;
	case SOURCE_EXTENSION:
		out->take = rows;
		out->values = &at->extra[from->at];
		return;
	case SOURCE_FIELD:
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
static cstn_status derive_texts(scan *at, source *from, const cstn__values *objects,
		uint64_t *there, cstn_error **error)
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
static cstn_status derive(scan *at, source *from, const cstn__values *objects, cstn_error **error)
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

static cstn_status derive_all(scan *at, const cstn__scan_chunk *chunk, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	cstn__arena_free(&at->chunk_texts);
	cstn__arena_init(&at->chunk_texts, &at->allocator);
	for (size_t i = 0; i < at->n_columns && status == CSTN_OK; i++)
		if (at->sources[i].kind == SOURCE_ATTRIBUTE)
			status = derive(at, &at->sources[i], &chunk->columns[at->sources[i].at],
					error);
	return status;
}

static cstn_status gather_chunk(
		scan *at, const cstn__scan_chunk *chunk, struct ArrowArray *out, cstn_error **error)
{
	static const int computed[] = {SOURCE_LINES, SOURCE_INDEX, SOURCE_NUMBER};
	cstn__out_source sources[OUT_MAX];
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
	scan *at = context;
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

static cstn_status open_scan(scan *at, const cstn_scan_options *options, cstn_error **error)
{
	predicates chosen = {.n_ranges = 0};
	cstn__scan_options inner;
	size_t n_early;
	cstn_status status;

	if (options->flags & (CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED) && !at->noun->has_lines)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "noun '%s' has no lines",
				at->noun->name);
	status = choose_columns(at, options, error);
	if (status == CSTN_OK)
		status = add_range(at->noun, options, &chosen, error);
	if (status == CSTN_OK)
		status = add_ids(at, options, &chosen, error);
	if (status == CSTN_OK)
		status = add_where(at, options, &chosen, error);
	if (status == CSTN_OK)
		status = add_partner(at, options, error);
	if (status != CSTN_OK)
		return status;
	if (at->n_ids == 0)
		want(at, CSTN__COLUMN_SEQ);
	n_early = at->n_ids;
	add_extension(at);
	for (size_t i = 0; i < at->n_columns; i++)
		at->repeats |= at->sources[i].kind == SOURCE_SEQ ||
			       at->sources[i].kind == SOURCE_EXTENSION ||
			       (at->sources[i].field &&
					       !(at->sources[i].field->flags & CSTN__FIELD_LINE));
	inner = (cstn__scan_options){.columns = at->ids,
			.n_columns = at->n_ids,
			.ranges = chosen.ranges,
			.n_ranges = chosen.n_ranges,
			.texts = chosen.texts,
			.n_texts = chosen.n_texts,
			.as_of_us = options->flags & CSTN_SCAN_AS_OF ? options->as_of_us
								     : INT64_MAX,
			.derived = at->extension.derived,
			.n_late = at->n_ids - n_early};
	status = cstn__scan_new(at->snapshot->inner, at->noun->id, &inner, &at->inner, error);
	if (status == CSTN_OK)
		cstn__scan_use(at->inner, cstn__recycler_allocator(at->recycler));
	return status;
}

static cstn_status scan_new(cstn_snapshot *snapshot, const cstn__noun *noun,
		const cstn_scan_options *options, const cstn__scan_extension *extension,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_status status;
	scan *at = cstn__alloc_zero(&snapshot->allocator, sizeof(*at));

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
		status = open_scan(at, options, error);
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
