/* Groups by their values: the order in which they leave a state.
 *
 * Values of a dimension are ranked once; the ranks of a group make one number, and numbers are
 * sorted by digits. Cost: O(values log values + groups). */
#include <string.h>

#include "base/sort.h"
#include "fulfilment/perfect_order_fold.h"

static void code_key(const cstn__registry *registry, size_t dimension, uint32_t code,
		cstn__key_value *out)
{
	const cstn__dim_values *values = &registry->values[dimension];

	memset(out, 0, sizeof(*out));
	if (code < CSTN__CODE_FIRST) {
		out->kind = code == CSTN__CODE_NULL ? CSTN__KEY_NULL : CSTN__KEY_MIXED;
		return;
	}
	code -= CSTN__CODE_FIRST;
	out->kind = CSTN__KEY_VALUE;
	if (registry->dimensions[dimension].type == CSTN_TYPE_TEXT) {
		out->text = values->texts.items[code].text;
		out->len = values->texts.items[code].len;
	} else {
		out->number = values->list.items[code];
	}
}

void cstn__cell_keys(const cstn__registry *registry, uint32_t cell, cstn__key_value *out)
{
	size_t i;

	for (i = 0; i < registry->n_dimensions; i++)
		code_key(registry, i, registry->cells.items[cell].code[i], &out[i]);
}

static int key_order(const cstn__key_value *a, const cstn__key_value *b)
{
	uint32_t n = a->len < b->len ? a->len : b->len;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind != CSTN__KEY_VALUE)
		return 0;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	order = n ? memcmp(a->text, b->text, n) : 0;
	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int group_order(const void *a, const void *b, void *context)
{
	const cstn__sorted_cell *x = a, *y = b;
	size_t i;

	(void)context;
	for (i = 0; i < x->n; i++) {
		int order = key_order(&x->keys[i], &y->keys[i]);

		if (order)
			return order;
	}
	return 0;
}

int cstn__cells_compare(const cstn__registry *registry, uint32_t a, uint32_t b)
{
	cstn__sorted_cell x = {.n = registry->n_dimensions}, y = x;

	cstn__cell_keys(registry, a, x.keys);
	cstn__cell_keys(registry, b, y.keys);
	return group_order(&x, &y, NULL);
}

typedef struct ranked_code {
	cstn__key_value key;
	uint32_t code;
} ranked_code;

static int code_order(const void *a, const void *b, void *context)
{
	const ranked_code *x = a, *y = b;

	(void)context;
	return key_order(&x->key, &y->key);
}

static size_t count_codes(const cstn__registry *registry, size_t dimension)
{
	const cstn__dim_values *values = &registry->values[dimension];

	return CSTN__CODE_FIRST + (registry->dimensions[dimension].type == CSTN_TYPE_TEXT
								  ? values->texts.count
								  : values->list.count);
}

/* ranks[code] of one dimension's values, in the order of groups. */
static cstn_status rank_codes(const cstn__registry *registry, size_t dimension, size_t n,
		const cstn_allocator *allocator, uint32_t *ranks)
{
	size_t size = cstn__array_size(n, sizeof(ranked_code)), i;
	ranked_code *codes = cstn__alloc(allocator, size);

	if (!codes)
		return CSTN_E_NOMEM;
	for (i = 0; i < n; i++) {
		codes[i].code = (uint32_t)i;
		code_key(registry, dimension, (uint32_t)i, &codes[i].key);
	}
	cstn__sort(codes, n, sizeof(*codes), code_order, NULL);
	for (i = 0; i < n; i++)
		ranks[codes[i].code] = (uint32_t)i;
	cstn__free(allocator, codes, size);
	return CSTN_OK;
}

typedef struct numbered_cell {
	uint64_t number;
	uint32_t cell;
} numbered_cell;

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

/* By number, digit by digit from the lowest (Seward 1954); `room` is as large as `cells`. Returns
 * which of both holds the result. */
static numbered_cell *sort_numbers(
		numbered_cell *cells, numbered_cell *room, size_t n, uint64_t most)
{
	uint32_t starts[DIGITS];
	uint32_t shift, i;

	for (shift = 0; shift < 64 && most >> shift; shift += DIGIT_BITS) {
		numbered_cell *sorted = room;
		uint32_t at = 0, count;
		size_t k;

		memset(starts, 0, sizeof(starts));
		for (k = 0; k < n; k++)
			starts[cells[k].number >> shift & (DIGITS - 1)]++;
		for (i = 0; i < DIGITS; i++, at += count) {
			count = starts[i];
			starts[i] = at;
		}
		for (k = 0; k < n; k++)
			sorted[starts[cells[k].number >> shift & (DIGITS - 1)]++] = cells[k];
		room = cells;
		cells = sorted;
	}
	return cells;
}

/* A cell's number is that of its ranks, the first dimension's first; such numbers are compared at
 * once. *most = 0 where they do not fit. */
static cstn_status number_cells(const cstn__registry *registry, numbered_cell *cells, size_t n,
		const cstn_allocator *allocator, uint64_t *most)
{
	cstn_status status = CSTN_OK;
	size_t d, i;

	*most = 1;
	for (d = 0; d < registry->n_dimensions && status == CSTN_OK; d++) {
		size_t codes = count_codes(registry, d), size;
		uint32_t *ranks;

		if (__builtin_mul_overflow(*most, (uint64_t)codes, most)) {
			*most = 0;
			return CSTN_OK;
		}
		size = cstn__array_size(codes, sizeof(*ranks));
		ranks = cstn__alloc(allocator, size);
		status = ranks ? rank_codes(registry, d, codes, allocator, ranks) : CSTN_E_NOMEM;
		for (i = 0; i < n && status == CSTN_OK; i++)
			cells[i].number = cells[i].number * codes +
					  ranks[registry->cells.items[cells[i].cell].code[d]];
		cstn__free(allocator, ranks, size);
	}
	return status;
}

static void fill_sorted(const cstn_perfect_order *state, const numbered_cell *cells, size_t n,
		cstn__sorted_cell *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		memset(&out[i], 0, sizeof(out[i]));
		out[i].cell = cells[i].cell;
		out[i].n = state->registry.n_dimensions;
		cstn__cell_keys(&state->registry, cells[i].cell, out[i].keys);
	}
}

cstn_status cstn__cells_sorted(const cstn_perfect_order *state, const uint8_t *used, size_t n_cells,
		cstn__sorted_cell **out, size_t *out_count)
{
	const cstn_allocator *allocator = &state->allocator;
	size_t size = cstn__array_size(n_cells + 1, sizeof(**out)), i, n = 0;
	size_t numbers_size = cstn__array_size(n_cells + 1, 2 * sizeof(numbered_cell));
	cstn__sorted_cell *sorted = cstn__alloc(allocator, size);
	numbered_cell *cells = cstn__alloc(allocator, numbers_size), *in_order = cells;
	cstn_status status = sorted && cells ? CSTN_OK : CSTN_E_NOMEM;
	uint64_t most = 0;

	for (i = 0; i < n_cells && status == CSTN_OK; i++)
		if (used[i])
			cells[n++] = (numbered_cell){0, (uint32_t)i};
	if (status == CSTN_OK)
		status = number_cells(&state->registry, cells, n, allocator, &most);
	if (status == CSTN_OK) {
		if (most)
			in_order = sort_numbers(cells, cells + n_cells + 1, n, most);
		fill_sorted(state, in_order, n, sorted);
		if (!most)
			cstn__sort(sorted, n, sizeof(*sorted), group_order, NULL);
		*out = sorted;
		*out_count = n;
	} else {
		cstn__free(allocator, sorted, size);
	}
	cstn__free(allocator, cells, numbers_size);
	return status;
}
