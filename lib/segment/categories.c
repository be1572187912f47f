/* Categories as codes. Each column's texts are interned in the order of first sight, a column a
 * thread; then those that stand in good rows are sorted by their bytes and rows get the place in
 * that order: so codes depend on the set of categories alone. Whole numbers are their decimal
 * digits, flags "true" and "false": a category is the same however a stream carries it.
 *
 * Invariant: a good row's code is one of its column, or CSTN__CODE_UNSEEN when it was looked up.
 * Cost: a hash and a look-up of each value; 4 bytes a value. */
#include "segment/categories.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "segment/kmeans_rows.h"

#define BLOCK CSTN__FEATURE_BLOCK
#define ROWS CSTN__PACK_ROWS
/* What a row may have before it is known. */
#define BAD (UINT32_MAX - 1)
#define NOTHING (UINT32_MAX - 2)

cstn_status cstn__categories_init(cstn__categories *categories, const char *const *names, size_t m,
		const cstn_allocator *allocator, cstn_error **error)
{
	size_t c;

	memset(categories, 0, sizeof(*categories));
	categories->allocator = *allocator;
	cstn__arena_init(&categories->arena, allocator);
	categories->m = m;
	categories->names = cstn__alloc_zero(allocator, m * sizeof(*categories->names));
	categories->texts = cstn__alloc_zero(allocator, m * sizeof(*categories->texts));
	categories->bases = cstn__alloc_zero(allocator, (m + 1) * sizeof(*categories->bases));
	categories->fill = cstn__alloc(allocator, m * sizeof(*categories->fill));
	if (!categories->names || !categories->texts || !categories->bases || !categories->fill)
		return cstn__fail_nomem(error);
	for (c = 0; c < m; c++) {
		cstn__interner_init(&categories->texts[c], allocator, 0);
		categories->fill[c] = CSTN__CODE_UNSEEN;
		categories->names[c] =
				cstn__arena_copy(&categories->arena, names[c], strlen(names[c]));
		if (!categories->names[c])
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

void cstn__categories_free(cstn__categories *categories)
{
	const cstn_allocator *allocator = &categories->allocator;
	size_t m = categories->m, c;

	for (c = 0; c < m && categories->texts; c++)
		cstn__interner_free(&categories->texts[c]);
	cstn__free(allocator, categories->names, m * sizeof(*categories->names));
	cstn__free(allocator, categories->texts, m * sizeof(*categories->texts));
	cstn__free(allocator, categories->bases, (m + 1) * sizeof(*categories->bases));
	cstn__free(allocator, categories->fill, m * sizeof(*categories->fill));
	cstn__free(allocator, categories->rows, categories->room * sizeof(*categories->rows));
	cstn__arena_free(&categories->arena);
	memset(categories, 0, sizeof(*categories));
}

cstn_status cstn__categories_close(cstn__categories *categories, cstn_error **error)
{
	uint64_t total = 0;
	size_t c;

	for (c = 0; c < categories->m; c++) {
		categories->bases[c] = (uint32_t)total;
		total += categories->texts[c].count;
		if (total >= NOTHING)
			return cstn__fail(error, CSTN_E_LIMIT,
					"more than 2^32 - 4 categories; leave out columns that "
					"name each row");
	}
	categories->bases[c] = (uint32_t)total;
	categories->rows = cstn__alloc_zero(
			&categories->allocator, (size_t)total * sizeof(*categories->rows));
	categories->room = (size_t)total;
	return categories->rows ? CSTN_OK : cstn__fail_nomem(error);
}

const char *cstn__category_text(const cstn__categories *categories, uint32_t code, size_t *len)
{
	size_t low = 0, high = categories->m;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (categories->bases[middle] <= code)
			low = middle;
		else
			high = middle;
	}
	*len = categories->texts[low].items[code - categories->bases[low]].len;
	return categories->texts[low].items[code - categories->bases[low]].text;
}

/* --- reading ---------------------------------------------------------------------------------- */

size_t cstn__category_codes_size(uint64_t n, size_t m)
{
	size_t blocks = (size_t)((n + ROWS - 1) / ROWS);

	return cstn__array_size(cstn__array_size(blocks, m), ROWS * sizeof(uint32_t));
}

void cstn__category_codes_free(
		const cstn_allocator *allocator, uint32_t *codes, uint64_t n, size_t m)
{
	cstn__free_aligned(allocator, codes, cstn__category_codes_size(n, m), 64);
}

/* One column: what texts mean, and where its codes go. */
typedef struct one_column {
	cstn__interner seen;          /* of a fit, in the order of first sight */
	const cstn__interner *sorted; /* to look up in, or NULL */
	uint32_t base;
	cstn__row_sink *sink;
} one_column;

typedef struct reading {
	const cstn__features *features;
	one_column *columns;
	uint32_t *codes;
} reading;

static uint32_t *code_at(const reading *in, uint64_t row, size_t c)
{
	return &in->codes[((size_t)(row / ROWS) * in->features->m + c) * ROWS + row % ROWS];
}

/* CSTN_OK, or CSTN_E_NOMEM. */
static cstn_status code_of(one_column *to, const char *text, size_t len, uint32_t *out)
{
	if (to->sorted) {
		*out = cstn__interner_find(to->sorted, text, len);
		if (*out != UINT32_MAX)
			*out += to->base;
		return CSTN_OK;
	}
	*out = cstn__intern(&to->seen, text, len);
	return *out < NOTHING ? CSTN_OK : CSTN_E_NOMEM;
}

static cstn_status read_texts(const reading *in, size_t c, const cstn__feature_batch *held,
		int64_t start, int32_t n)
{
	const cstn__column *column = &held->batch.columns[in->features->d +
							  (in->features->has_weight ? 1 : 0) + c];
	uint64_t row = held->first_row + (uint64_t)start, bad[BLOCK / 64] = {0};
	cstn_status status = cstn__column_check_text(
			column, start, n, held->first_row, bad, in->columns[c].sink);
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint32_t *out = code_at(in, row + (uint64_t)i, c);
		const char *text;
		size_t len;

		if (bad[i / 64] >> (i % 64) & 1)
			*out = BAD;
		else if (cstn__column_read_text(column, start + i, &text, &len))
			*out = NOTHING;
		else
			status = code_of(&in->columns[c], text, len, out);
	}
	return status;
}

static cstn_status read_numbers(const reading *in, size_t c, const cstn__feature_batch *held,
		int64_t start, int32_t n)
{
	const cstn__column *column = &held->batch.columns[in->features->d +
							  (in->features->has_weight ? 1 : 0) + c];
	uint64_t row = held->first_row + (uint64_t)start;
	uint64_t valid[BLOCK / 64], bad[BLOCK / 64] = {0};
	int64_t values[BLOCK];
	cstn_status status = cstn__column_read_i64(
			column, start, n, held->first_row, values, valid, bad, in->columns[c].sink);
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint32_t *out = code_at(in, row + (uint64_t)i, c);
		char text[24];
		size_t len;

		if (bad[i / 64] >> (i % 64) & 1) {
			*out = BAD;
			continue;
		}
		if (!(valid[i / 64] >> (i % 64) & 1)) {
			*out = NOTHING;
			continue;
		}
		if (column->type == CSTN_TYPE_FLAG)
			strcpy(text, values[i] ? "true" : "false");
		else
			(void)snprintf(text, sizeof(text), "%" PRId64, values[i]);
		len = strlen(text);
		status = code_of(&in->columns[c], text, len, out);
	}
	return status;
}

static cstn_status read_column(void *context, size_t c, int32_t number)
{
	const reading *in = context;
	const cstn__features *features = in->features;
	size_t column = features->d + (features->has_weight ? 1 : 0) + c, b;
	uint64_t row;
	cstn_status status = CSTN_OK;

	(void)number;
	for (b = 0; b < features->batches.count && status == CSTN_OK; b++) {
		const cstn__feature_batch *held = &features->batches.items[b];
		int is_text = held->batch.columns[column].type == CSTN_TYPE_TEXT;
		int64_t start, length = held->batch.length;

		for (start = 0; start < length && status == CSTN_OK; start += BLOCK) {
			int32_t n = length - start < BLOCK ? (int32_t)(length - start) : BLOCK;

			status = is_text ? read_texts(in, c, held, start, n)
					 : read_numbers(in, c, held, start, n);
		}
	}
	for (row = features->n; row % ROWS; row++)
		*code_at(in, row, c) = CSTN__CODE_UNSEEN;
	return status;
}

/* Codes of all columns, as they are read; bad rows are left out. */
static cstn_status read_all(reading *in, cstn__features *features, int32_t threads,
		cstn__row_sink *sink, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	uint64_t row;
	size_t c;

	for (c = 0; c < features->m && status == CSTN_OK; c++)
		status = cstn__row_sink_new(&features->allocator, &in->columns[c].sink, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__parallel_for(features->m, cstn__threads_resolve(threads, features->m), NULL,
			read_column, in);
	for (c = 0; c < features->m && status == CSTN_OK; c++) {
		status = cstn__row_sink_merge(sink, in->columns[c].sink);
		for (row = 0; row < features->n && cstn__row_sink_total(in->columns[c].sink) &&
				status == CSTN_OK;
				row++)
			if (*code_at(in, row, c) == BAD && cstn__features_leave_out(features, row))
				status = CSTN_E_NOMEM;
	}
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

/* --- a fit ------------------------------------------------------------------------------------ */

static int by_bytes(const void *left, const void *right, void *context)
{
	const cstn__interner *texts = context;
	const struct cstn__interned *a = &texts->items[*(const uint32_t *)left];
	const struct cstn__interned *b = &texts->items[*(const uint32_t *)right];
	int order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return order ? order : a->len < b->len ? -1 : a->len > b->len;
}

/* The categories that good rows have, in order: `place` of each seen one. */
static cstn_status sort_column(cstn__categories *categories, const reading *in, size_t c,
		uint32_t *place, uint32_t *order)
{
	one_column *column = &in->columns[c];
	size_t used = 0, i;
	uint64_t row;

	for (i = 0; i < column->seen.count; i++)
		place[i] = 0;
	for (row = 0; row < in->features->n; row++)
		if (!cstn__features_is_bad(in->features, row) && *code_at(in, row, c) < NOTHING)
			place[*code_at(in, row, c)] = 1;
	for (i = 0; i < column->seen.count; i++)
		if (place[i])
			order[used++] = (uint32_t)i;
	cstn__sort(order, used, sizeof(*order), by_bytes, &column->seen);
	for (i = 0; i < used; i++) {
		const struct cstn__interned *text = &column->seen.items[order[i]];

		place[order[i]] = (uint32_t)i;
		if (cstn__intern(&categories->texts[c], text->text, text->len) == UINT32_MAX)
			return CSTN_E_NOMEM;
	}
	for (row = 0; row < in->features->n; row++) {
		uint32_t *code = code_at(in, row, c);

		if (cstn__features_is_bad(in->features, row))
			*code = CSTN__CODE_UNSEEN;
		else if (*code < NOTHING)
			*code = place[*code];
	}
	return CSTN_OK;
}

/* Counts; and what a null becomes. */
static cstn_status count_column(cstn__categories *categories, const reading *in,
		cstn__features *features, size_t c, cstn_error **error)
{
	uint32_t base = categories->bases[c], end = categories->bases[c + 1], most = base, i;
	uint64_t row;

	for (row = 0; row < features->n; row++) {
		uint32_t *code = code_at(in, row, c);

		if (*code < NOTHING) {
			*code += base;
			categories->rows[*code]++;
		}
	}
	if (!features->impute)
		return CSTN_OK;
	if (base == end)
		return cstn__fail(error, CSTN_E_EMPTY,
				"categories '%s' have no value to take a mode of",
				categories->names[c]);
	for (i = base + 1; i < end; i++)
		if (categories->rows[i] > categories->rows[most])
			most = i;
	categories->fill[c] = most;
	for (row = 0; row < features->n; row++)
		if (*code_at(in, row, c) == NOTHING) {
			*code_at(in, row, c) = most;
			categories->rows[most]++;
			features->n_null++;
		}
	return CSTN_OK;
}

static cstn_status fit_columns(cstn__categories *categories, const reading *in,
		cstn__features *features, cstn_error **error)
{
	const cstn_allocator *allocator = &features->allocator;
	size_t most = 0, size, c;
	uint32_t *room;
	cstn_status status = CSTN_OK;

	for (c = 0; c < features->m; c++)
		most = in->columns[c].seen.count > most ? in->columns[c].seen.count : most;
	size = cstn__array_size(most, 2 * sizeof(*room));
	room = cstn__alloc(allocator, size);
	if (!room)
		return cstn__fail_nomem(error);
	for (c = 0; c < features->m && status == CSTN_OK; c++)
		status = sort_column(categories, in, c, room, room + most);
	cstn__free(allocator, room, size);
	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	status = cstn__categories_close(categories, error);
	for (c = 0; c < features->m && status == CSTN_OK; c++)
		status = count_column(categories, in, features, c, error);
	return status;
}

static one_column *new_columns(const cstn__features *features)
{
	one_column *columns =
			cstn__alloc_zero(&features->allocator, features->m * sizeof(*columns));
	size_t c;

	for (c = 0; c < features->m && columns; c++)
		cstn__interner_init(&columns[c].seen, &features->allocator, 0);
	return columns;
}

static void free_columns(const cstn__features *features, one_column *columns)
{
	size_t c;

	for (c = 0; c < features->m && columns; c++) {
		cstn__interner_free(&columns[c].seen);
		cstn__row_sink_free(columns[c].sink);
	}
	cstn__free(&features->allocator, columns, features->m * sizeof(*columns));
}

cstn_status cstn__categories_fit(cstn__categories *categories, const cstn__feature_names *columns,
		cstn__features *features, int32_t threads, cstn__row_sink *sink, uint32_t **codes,
		cstn_error **error)
{
	const cstn_allocator *allocator = &features->allocator;
	size_t size = cstn__category_codes_size(features->n, features->m);
	reading in = {features, new_columns(features), cstn__alloc_aligned(allocator, size, 64)};
	cstn_status status = cstn__categories_init(
			categories, columns->categories, columns->m, allocator, error);

	if (status == CSTN_OK && (!in.columns || !in.codes))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = read_all(&in, features, threads, sink, error);
	if (status == CSTN_OK && features->n_bad < features->n)
		status = fit_columns(categories, &in, features, error);
	else if (status == CSTN_OK)
		status = cstn__categories_close(categories, error);
	free_columns(features, in.columns);
	if (status == CSTN_OK)
		*codes = in.codes;
	else
		cstn__category_codes_free(allocator, in.codes, features->n, features->m);
	return status;
}

cstn_status cstn__categories_find(const cstn__categories *categories, cstn__features *features,
		int32_t threads, cstn__row_sink *sink, uint32_t **codes, cstn_error **error)
{
	const cstn_allocator *allocator = &features->allocator;
	size_t size = cstn__category_codes_size(features->n, features->m), c;
	reading in = {features, new_columns(features), cstn__alloc_aligned(allocator, size, 64)};
	cstn_status status = in.columns && in.codes ? CSTN_OK : cstn__fail_nomem(error);
	uint64_t row;

	for (c = 0; c < features->m && in.columns; c++) {
		in.columns[c].sorted = &categories->texts[c];
		in.columns[c].base = categories->bases[c];
	}
	if (status == CSTN_OK)
		status = read_all(&in, features, threads, sink, error);
	for (c = 0; c < features->m && status == CSTN_OK; c++)
		for (row = 0; row < features->n; row++) {
			uint32_t *code = code_at(&in, row, c);

			if (*code == NOTHING)
				*code = categories->fill[c];
			else if (*code == BAD)
				*code = CSTN__CODE_UNSEEN;
		}
	free_columns(features, in.columns);
	if (status == CSTN_OK)
		*codes = in.codes;
	else
		cstn__category_codes_free(allocator, in.codes, features->n, features->m);
	return status;
}
