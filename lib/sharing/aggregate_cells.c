/* The cells of a table at every level of summing, and the first rule that each breaks by itself.
 *
 * A level is a set of columns that are summed over; its cells are the groups of the others. Rows
 * are sorted by (cell, company) once a level: a run is what one company has in one cell. A share
 * is of rows, and of the absolute values of each measure that is summed or averaged; the
 * recipient's own are left out of it, for it knows them (the p % and dominance rules of official
 * statistics, Hundepool et al., 2012). O(levels x rows log rows). */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/radix.h"
#include "sharing/aggregate.h"

/* What companies have of a cell by one measure (or by rows): all, and the most of one. */
typedef struct stake {
	cstn__u128 all, most, run;
	double all_double, most_double, run_double;
} stake;

/* The measures whose shares count; one that is counted alone has the shares of rows. */
typedef struct stakes {
	size_t n;
	const cstn__coded *column[CSTN__MEASURES_MOST + 1]; /* [0] is NULL: rows */
	stake of[CSTN__MEASURES_MOST + 1];
} stakes;

static void find_stakes(const cstn__aggregate *a, stakes *s)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	s->n = 1;
	for (i = 0; i < a->options.n_measures; i++)
		if (a->options.measures[i].kind != CSTN_AGGREGATE_COUNT)
			s->column[s->n++] = &a->table.columns[a->at.measure[i]];
}

static void begin_cell(stakes *s)
{
	memset(s->of, 0, sizeof(s->of));
}

static void add_row(stakes *s, size_t row)
{
	size_t i;

	s->of[0].run++;
	for (i = 1; i < s->n; i++) {
		uint32_t code = s->column[i]->codes.items[row];
		int64_t number;
		uint64_t size;

		if (code == CSTN__CODE_NULL)
			continue;
		number = s->column[i]->numbers.items[code];
		size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
		if (s->column[i]->type == CSTN_TYPE_DOUBLE)
			s->of[i].run_double += fabs(cstn__radix_to_f64(cstn__radix_of_i64(number)));
		else
			s->of[i].run += size;
	}
}

static void end_company(stakes *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		stake *of = &s->of[i];

		of->all += of->run;
		of->all_double += of->run_double;
		if (of->run > of->most)
			of->most = of->run;
		if (of->run_double > of->most_double)
			of->most_double = of->run_double;
		of->run = 0;
		of->run_double = 0;
	}
}

/* The largest share, and whether one is too large: most / all > permille / 1,000. */
static void end_cell(const stakes *s, int32_t permille, cstn__cell *cell)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		const stake *of = &s->of[i];
		double share = 0;

		if (of->all) {
			share = (double)of->most / (double)of->all;
			cell->share_broken |= of->most * 1000u > of->all * (uint32_t)permille;
		}
		if (of->all_double > 0) {
			share = of->most_double / of->all_double;
			/* what is no number is no small share */
			cell->share_broken |=
					!(of->most_double * 1000 <= of->all_double * permille);
		}
		if (share > cell->share)
			cell->share = share;
	}
}

/* Companies and shares of the cells of a level. */
static cstn_status read_companies(const cstn__aggregate *a, cstn__level *level, cstn_error **error)
{
	const cstn__coded *company = &a->table.columns[a->at.company];
	size_t rows = a->table.rows, size = cstn__array_size(rows, 2 * sizeof(cstn__radix_pair));
	cstn__radix_pair *pairs = cstn__alloc(&a->allocator, size);
	stakes s;
	size_t i = 0, row;

	if (!pairs)
		return cstn__fail_nomem(error);
	find_stakes(a, &s);
	for (row = 0; row < rows; row++)
		pairs[row] = (cstn__radix_pair){
				(uint64_t)level->groups.of[row] << 32 | company->codes.items[row],
				row};
	cstn__radix_sort_pairs(pairs, pairs + rows, rows);
	while (i < rows) {
		uint64_t group = pairs[i].key >> 32;
		cstn__cell *cell = &level->cells[group];

		begin_cell(&s);
		while (i < rows && pairs[i].key >> 32 == group) {
			uint64_t key = pairs[i].key;
			int counts = (uint32_t)key != a->recipient;

			for (; i < rows && pairs[i].key == key; i++)
				if (counts)
					add_row(&s, pairs[i].value);
			cell->companies += counts;
			end_company(&s);
		}
		end_cell(&s, a->options.share_permille, cell);
	}
	cstn__free(&a->allocator, pairs, size);
	return CSTN_OK;
}

/* The first rule that a cell breaks. */
static void judge(const cstn__aggregate *a, cstn__cell *cell)
{
	const cstn_aggregate_options *o = &a->options;
	const cstn__class *class = &cell->class;

	if (class->rows < o->k)
		cstn__cell_refuse(cell, CSTN_RULE_ROWS, (double)class->rows, (double)o->k);
	else if (o->sensitive && class->distinct < o->l)
		cstn__cell_refuse(cell, CSTN_RULE_DISTINCT, (double)class->distinct, (double)o->l);
	else if (o->sensitive && !cstn__class_is_close(class, &a->sensitive, o->t_ppm))
		cstn__cell_refuse(cell, CSTN_RULE_CLOSENESS,
				cstn__class_distance(class, &a->sensitive), o->t_ppm / 1e6);
	else if (o->company && cell->companies < o->companies)
		cstn__cell_refuse(cell, CSTN_RULE_COMPANIES, (double)cell->companies,
				(double)o->companies);
	else if (o->company && cell->share_broken)
		cstn__cell_refuse(cell, CSTN_RULE_SHARE, cell->share, o->share_permille / 1e3);
}

static cstn_status make_level(cstn__aggregate *a, cstn__level *level, cstn_error **error)
{
	cstn__coded *columns[CSTN__BY_MOST];
	size_t n = 0, size, i;
	cstn__class *classes;
	cstn_status status;

	for (i = 0; i < a->options.n_by; i++)
		if (!(level->summed >> i & 1))
			columns[n++] = &a->table.columns[i];
	status = cstn__group_rows(columns, n, a->table.rows, &a->allocator, &level->groups, error);
	if (status != CSTN_OK)
		return status;
	size = cstn__array_size(level->groups.n, sizeof(*classes));
	classes = cstn__alloc(&a->allocator, size);
	level->cells = cstn__alloc_zero(
			&a->allocator, cstn__array_size(level->groups.n, sizeof(*level->cells)));
	if (!classes || !level->cells)
		status = cstn__fail_nomem(error);
	else
		status = cstn__classes_of(&level->groups,
				a->options.sensitive ? &a->sensitive : NULL, classes, error);
	for (i = 0; i < level->groups.n && status == CSTN_OK; i++)
		level->cells[i].class = classes[i];
	cstn__free(&a->allocator, classes, size);
	if (status == CSTN_OK && a->options.company)
		status = read_companies(a, level, error);
	for (i = 0; i < level->groups.n && status == CSTN_OK; i++)
		judge(a, &level->cells[i]);
	return status;
}

cstn_status cstn__aggregate_cells(cstn__aggregate *a, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	uint32_t i;

	for (i = 0; i < a->n_levels && status == CSTN_OK; i++) {
		a->levels[i].summed = i;
		status = make_level(a, &a->levels[i], error);
	}
	return status;
}

void cstn__aggregate_drop_cells(cstn__aggregate *a)
{
	uint32_t i;
	size_t c;

	for (i = 0; i < a->n_levels; i++) {
		cstn__level *level = &a->levels[i];

		for (c = 0; level->cells && c < level->groups.n; c++)
			if (level->cells[c].set.place)
				cstn__row_set_free(&level->cells[c].set, &a->set_allocator);
		cstn__free(&a->allocator, level->cells,
				cstn__array_size(level->groups.n, sizeof(*level->cells)));
		if (level->groups.of)
			cstn__groups_free(&level->groups);
		memset(level, 0, sizeof(*level));
	}
}
