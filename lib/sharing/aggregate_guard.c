/* Cells of a release against those that the guard keeps and against each other, and what it keeps
 * in the end.
 *
 * Rows are numbered by the caller, or as they come; each row's company is known by the guard's own
 * number of it. Cells are tried in the order in which they go out, finest first, so that of two
 * that do not go together the coarser one stays back. O(cells x (kept + cells)) pairs, most of
 * which are told apart at once. */
#include <string.h>

#include "base/error.h"
#include "base/radix.h"
#include "sharing/aggregate.h"

#define ROW_MOST ((int64_t)UINT32_MAX - 1)

/* --- numbers of rows and companies ------------------------------------------------------------ */

static uint64_t number_of(const cstn__aggregate *a, size_t row)
{
	const cstn__coded *column;

	if (a->at.row < 0)
		return row;
	column = &a->table.columns[a->at.row];
	return (uint64_t)column->numbers.items[column->codes.items[row]];
}

static const char *company_text(
		const cstn__coded *company, uint32_t code, cstn__bytes *room, size_t *len)
{
	if (company->type == CSTN_TYPE_TEXT) {
		*len = company->texts.items[code].len;
		return company->texts.items[code].text;
	}
	room->size = 0;
	cstn__bytes_put_format(room, "%lld", (long long)company->numbers.items[code]);
	*len = room->size;
	return (const char *)room->data;
}

/* The guard's companies and those that are here, as it will have them if all goes well; the numbers
 * of those that are here. */
static int map_companies(cstn__guarding *g)
{
	const cstn__aggregate *a = g->aggregate;
	const cstn__interner *known = &g->guard->companies;
	const cstn__coded *company = a->at.company < 0 ? NULL : &a->table.columns[a->at.company];
	cstn__bytes room;
	size_t i, len;
	int failed = 0;

	for (i = 0; i < known->count && !failed; i++)
		failed = cstn__intern(&g->companies, known->items[i].text, known->items[i].len) ==
			 UINT32_MAX;
	if (!company || failed)
		return failed;
	g->n_codes = cstn__coded_count(company);
	g->codes = cstn__alloc(&a->allocator, cstn__array_size(g->n_codes, sizeof(*g->codes)));
	cstn__bytes_init(&room, &a->allocator);
	for (i = 0; i < g->n_codes && g->codes && !failed; i++) {
		const char *text = company_text(company, (uint32_t)i, &room, &len);

		failed = room.failed ||
			 (g->codes[i] = cstn__intern(&g->companies, text, len)) == UINT32_MAX;
		if ((uint32_t)i == a->recipient)
			g->recipient = g->codes[i];
	}
	cstn__bytes_free(&room);
	return failed || !g->codes;
}

static cstn_status number_rows(cstn__guarding *g, cstn_error **error)
{
	const cstn__aggregate *a = g->aggregate;
	size_t rows = a->table.rows, i;

	g->n_rows = g->guard->company_of.count;
	for (i = 0; i < rows; i++) {
		uint64_t number = number_of(a, i);

		/* Which row, not which number: it may be a value of another column. */
		if (number > (uint64_t)ROW_MOST)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"row %zu, from 0 as they came: its number is not from 0 to "
					"%lld",
					i, (long long)ROW_MOST);
		if (number >= g->n_rows)
			g->n_rows = number + 1;
	}
	/* each number once: as many distinct ones as rows */
	if (a->at.row >= 0 && cstn__coded_count(&a->table.columns[a->at.row]) != rows)
		return cstn__fail(error, CSTN_E_DUPLICATE, "two rows have one number");
	g->company_of = cstn__alloc(
			&a->allocator, cstn__array_size(g->n_rows, sizeof(*g->company_of)));
	if (!g->company_of)
		return cstn__fail_nomem(error);
	memset(g->company_of, 0xff, g->n_rows * sizeof(*g->company_of));
	if (g->guard->company_of.count)
		memcpy(g->company_of, g->guard->company_of.items,
				g->guard->company_of.count * sizeof(*g->company_of));
	for (i = 0; i < rows && g->codes; i++) {
		uint32_t code = a->table.columns[a->at.company].codes.items[i];
		uint32_t *of = &g->company_of[number_of(a, i)];

		if (*of != CSTN__NO_COMPANY && *of != g->codes[code])
			return cstn__fail(error, CSTN_E_CONFLICT,
					"row %llu was of another company when it was released",
					(unsigned long long)number_of(a, i));
		*of = g->codes[code];
	}
	return CSTN_OK;
}

/* The row sets of the cells of a level: rows by (cell, number). */
static cstn_status make_sets(cstn__aggregate *a, cstn__level *level, cstn_error **error)
{
	size_t rows = a->table.rows, size = cstn__array_size(rows, 2 * sizeof(uint64_t)), i, at, c;
	uint64_t *keys = cstn__alloc(&a->allocator, size);
	cstn_status status = CSTN_OK;

	if (!keys)
		return cstn__fail_nomem(error);
	for (i = 0; i < rows; i++)
		keys[i] = (uint64_t)level->groups.of[i] << 32 | number_of(a, i);
	cstn__radix_sort(keys, keys + rows, rows);
	for (i = 0; i < rows; i++)
		keys[i] = (uint32_t)keys[i];
	for (c = 0, at = 0; c < level->groups.n && status == CSTN_OK; c++) {
		size_t n = (size_t)level->groups.counts[c];

		if (cstn__row_set_make(&level->cells[c].set, keys + at, n, &a->set_allocator))
			status = cstn__fail_nomem(error);
		at += n;
	}
	cstn__free(&a->allocator, keys, size);
	return status;
}

cstn_status cstn__guarding_begin(cstn__guarding *g, cstn__aggregate *a,
		cstn_difference_guard *guard, cstn_error **error)
{
	const cstn_aggregate_options *o = &a->options;
	cstn_status status;
	uint32_t i;

	memset(g, 0, sizeof(*g));
	g->aggregate = a;
	g->guard = guard;
	g->recipient = CSTN__NO_COMPANY;
	a->set_allocator = guard->allocator;
	cstn__interner_init(&g->companies, &guard->allocator, 0);
	if (o->recipient && (o->recipient_len != guard->recipient_len ||
					    memcmp(o->recipient, guard->recipient,
							    o->recipient_len) != 0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the guard is of another recipient");
	status = map_companies(g) ? cstn__fail_nomem(error) : number_rows(g, error);
	if (status == CSTN_OK) {
		g->n_seen = g->companies.count;
		g->seen = cstn__alloc_zero(&a->allocator, g->n_seen);
		status = g->seen ? CSTN_OK : cstn__fail_nomem(error);
	}
	for (i = 0; i < a->n_levels && status == CSTN_OK; i++)
		if (cstn__level_goes_out(a, &a->levels[i]))
			status = make_sets(a, &a->levels[i], error);
	return status;
}

void cstn__guarding_end(cstn__guarding *g)
{
	const cstn_allocator *allocator = &g->aggregate->allocator;

	cstn__free(allocator, g->company_of, cstn__array_size(g->n_rows, sizeof(*g->company_of)));
	cstn__free(allocator, g->codes, cstn__array_size(g->n_codes, sizeof(*g->codes)));
	cstn__free(allocator, g->seen, g->n_seen);
	cstn__interner_free(&g->companies);
}

/* --- pairs ------------------------------------------------------------------------------------ */

/* Goes over the cells that would go out, in their order; NULL at the end. */
typedef struct walk {
	uint32_t level;
	size_t cell;
} walk;

static cstn__cell *next_cell(cstn__aggregate *a, walk *at)
{
	for (; at->level < a->n_levels; at->level++, at->cell = 0) {
		cstn__level *level = &a->levels[at->level];

		if (!cstn__level_goes_out(a, level))
			continue;
		while (at->cell < level->groups.n)
			if (!level->cells[at->cell++].rule)
				return &level->cells[at->cell - 1];
	}
	return NULL;
}

static int shows(cstn__guarding *g, const cstn__row_set *earlier, cstn__cell *cell)
{
	const cstn_aggregate_options *o = &g->aggregate->options;
	cstn__difference_rule rule = {
			o->k, o->company ? o->companies : 0, g->recipient, 0, g->company_of};
	int64_t found, needed;

	if (!cstn__difference_shows(earlier, &cell->set, &rule, g->seen, &found, &needed))
		return 0;
	cstn__cell_refuse(cell, CSTN_RULE_DIFFERENCE, (double)found, (double)needed);
	return 1;
}

/* 1 if the guard keeps this very set. */
static int is_kept(const cstn_difference_guard *guard, const cstn__row_set *set)
{
	size_t i;

	for (i = 0; i < guard->cells.count; i++)
		if (guard->cells.items[i].rows == set->rows &&
				cstn__row_set_is_within(set, &guard->cells.items[i]))
			return 1;
	return 0;
}

cstn_status cstn__guarding_check(cstn__guarding *g, int *changed, cstn_error **error)
{
	cstn__aggregate *a = g->aggregate;
	walk at = {0, 0}, before;
	cstn__cell *cell, *other;
	size_t i, fresh = 0;

	*changed = 0;
	while ((cell = next_cell(a, &at)) != NULL) {
		for (i = 0; i < g->guard->cells.count && !cell->rule; i++)
			*changed |= shows(g, &g->guard->cells.items[i], cell);
		before = (walk){0, 0};
		while (!cell->rule && (other = next_cell(a, &before)) != cell)
			*changed |= shows(g, &other->set, cell);
		fresh += !cell->rule;
		if (fresh > CSTN_DIFFERENCE_CELLS_MOST)
			break;
	}
	if (fresh > CSTN_DIFFERENCE_CELLS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT,
				"more than %d cells: the guard of this recipient keeps no more",
				CSTN_DIFFERENCE_CELLS_MOST);
	return CSTN_OK;
}

/* --- what is kept ----------------------------------------------------------------------------- */

cstn_status cstn__guarding_reserve(cstn__guarding *g, cstn_error **error)
{
	cstn_difference_guard *guard = g->guard;
	cstn__aggregate *a = g->aggregate;
	walk at = {0, 0};
	cstn__cell *cell;
	size_t fresh = 0;

	while ((cell = next_cell(a, &at)) != NULL)
		fresh += !is_kept(guard, &cell->set);
	if (guard->cells.count + fresh > CSTN_DIFFERENCE_CELLS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT,
				"the guard of this recipient keeps %zu cells, %zu are new, and %d "
				"is the most",
				guard->cells.count, fresh, CSTN_DIFFERENCE_CELLS_MOST);
	if (cstn__array_reserve(&guard->allocator, &guard->cells, fresh) ||
			(g->n_rows > guard->company_of.count &&
					cstn__array_reserve(&guard->allocator, &guard->company_of,
							g->n_rows - guard->company_of.count)))
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

void cstn__guarding_keep(cstn__guarding *g)
{
	cstn_difference_guard *guard = g->guard;
	cstn__interner companies = guard->companies;
	walk at = {0, 0};
	cstn__cell *cell;
	size_t i, k;

	guard->companies = g->companies;
	g->companies = companies;
	for (i = guard->company_of.count; i < g->n_rows; i++)
		guard->company_of.items[i] = CSTN__NO_COMPANY;
	guard->company_of.count = g->n_rows;
	while ((cell = next_cell(g->aggregate, &at)) != NULL) {
		if (is_kept(guard, &cell->set))
			continue;
		for (i = 0; i < cell->set.n; i++)
			for (k = 0; k < 64; k++)
				if (cell->set.word[i] >> k & 1) {
					size_t row = (size_t)cell->set.place[i] * 64 + k;

					guard->company_of.items[row] = g->company_of[row];
				}
		guard->cells.items[guard->cells.count++] = cell->set;
		memset(&cell->set, 0, sizeof(cell->set));
	}
}
