/* What would pass: a greedy walk over coarser steps.
 *
 * In each round every column is tried one step coarser than it is, and the one stays that leaves
 * fewest rows in refused cells (then fewest cells refused, then most cells, then the first column).
 * A walk is not the best of all ways, which is hard to find (Meyerson and Williams, 2004), but each
 * of its rounds is one that can be asked for. */
#include <string.h>

#include "base/error.h"
#include "sharing/aggregate.h"
#include "table/table_fields.h"

#define ROUNDS_MOST 64
#define HIERARCHY_MOST 16

/* What refusing leaves of the finest cells. */
typedef struct outcome {
	int64_t cells, refused, refused_rows;
} outcome;

typedef struct suggesting {
	cstn__aggregate a;              /* its columns are those of the rows, not generalised */
	cstn__coded now[CSTN__BY_MOST]; /* copies that are */
	cstn_generalise_step steps[CSTN__BY_MOST];
	cstn__table_builder *table;
} suggesting;

static int copy_column(const cstn__coded *from, cstn__coded *to, const cstn_allocator *allocator)
{
	size_t n = cstn__coded_count(from), i;
	uint32_t code;

	cstn__coded_init(to, from->type, from->scale, allocator);
	if (cstn__array_reserve(allocator, &to->codes, from->codes.count))
		return -1;
	if (from->codes.count)
		memcpy(to->codes.items, from->codes.items,
				from->codes.count * sizeof(*to->codes.items));
	to->codes.count = from->codes.count;
	for (i = 0; i < n; i++) {
		code = from->type == CSTN_TYPE_TEXT
				       ? cstn__coded_text(to, from->texts.items[i].text,
							 from->texts.items[i].len)
				       : cstn__coded_number(to, from->numbers.items[i], allocator);
		if (code == CSTN__CODE_NULL)
			return -1;
	}
	return 0;
}

/* Cells with these steps in place of those asked for. The table's columns are swapped for copies
 * while it lasts. */
static cstn_status try_steps(suggesting *s, outcome *out, cstn_error **error)
{
	cstn__aggregate *a = &s->a;
	cstn__coded kept[CSTN__BY_MOST];
	size_t n = a->options.n_by, i;
	cstn_status status = CSTN_OK;
	cstn__generaliser how;

	memset(s->now, 0, sizeof(s->now));
	for (i = 0; i < n; i++) {
		kept[i] = a->table.columns[i];
		if (status == CSTN_OK && copy_column(&kept[i], &s->now[i], &a->allocator))
			status = cstn__fail_nomem(error);
		if (status == CSTN_OK)
			status = cstn__generaliser_init(
					&how, &s->steps[i], kept[i].type, kept[i].scale, error);
		if (status == CSTN_OK)
			status = cstn__generalise_coded(&how, &s->now[i], &a->allocator, error);
		if (status == CSTN_OK && cstn__coded_sort(&s->now[i], &a->allocator))
			status = cstn__fail_nomem(error);
	}
	for (i = 0; i < n && status == CSTN_OK; i++)
		a->table.columns[i] = s->now[i];
	if (status == CSTN_OK) {
		status = cstn__aggregate_cells(a, error);
		if (status == CSTN_OK)
			status = cstn__aggregate_margins(a, error);
		memset(out, 0, sizeof(*out));
		for (i = 0; status == CSTN_OK && i < a->levels[0].groups.n; i++) {
			out->cells++;
			if (a->levels[0].cells[i].rule) {
				out->refused++;
				out->refused_rows += a->levels[0].groups.counts[i];
			}
		}
		cstn__aggregate_drop_cells(a);
	}
	for (i = 0; i < n; i++) {
		a->table.columns[i] = kept[i];
		cstn__coded_free(&s->now[i], &a->allocator);
	}
	return status;
}

/* One step coarser; 0 if there is none. */
static int coarser(cstn_generalise_step *step)
{
	const char *column = step->column;

	switch (step->kind) {
	case CSTN_GENERALISE_BUCKET:
		if (step->width <= INT64_MAX / 2) {
			step->width *= 2;
			return 1;
		}
		break;
	case CSTN_GENERALISE_CALENDAR:
		if (step->step < 4) {
			step->step++;
			return 1;
		}
		break;
	case CSTN_GENERALISE_PREFIX:
		if (step->step > 1) {
			step->step--;
			return 1;
		}
		break;
	case CSTN_GENERALISE_HIERARCHY:
		if (step->step < HIERARCHY_MOST) {
			step->step++;
			return 1;
		}
		break;
	case CSTN_GENERALISE_ALL:
		return 0;
	default:
		break;
	}
	memset(step, 0, sizeof(*step));
	step->column = column;
	step->kind = CSTN_GENERALISE_ALL;
	return 1;
}

static int is_better(const outcome *a, const outcome *b)
{
	if (a->refused_rows != b->refused_rows)
		return a->refused_rows < b->refused_rows;
	if (a->refused != b->refused)
		return a->refused < b->refused;
	return a->cells > b->cells;
}

static void put_round(
		suggesting *s, int64_t round, const cstn_generalise_step *step, const outcome *got)
{
	const int64_t numbers[] = {step ? step->kind : 0, step ? step->step : 0,
			step ? step->width : 0, step ? step->origin : 0, step ? step->scale : 0,
			got->cells, got->refused, got->refused_rows};
	int32_t i;

	cstn__table_put_i64(s->table, 0, round);
	if (step)
		cstn__put_word(s->table, 1, step->column);
	else
		cstn__table_put_null(s->table, 1);
	for (i = 0; i < 8; i++)
		if (step || i >= 5)
			cstn__table_put_i64(s->table, i + 2, numbers[i]);
		else
			cstn__table_put_null(s->table, i + 2);
}

/* The best column to make coarser; SIZE_MAX: none can be. */
static cstn_status best_column(suggesting *s, size_t *column, outcome *best, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	*column = SIZE_MAX;
	for (i = 0; i < s->a.options.n_by && status == CSTN_OK; i++) {
		cstn_generalise_step before = s->steps[i];
		outcome got;

		if (!coarser(&s->steps[i]))
			continue;
		status = try_steps(s, &got, error);
		s->steps[i] = before;
		if (status == CSTN_OK && (*column == SIZE_MAX || is_better(&got, best))) {
			*column = i;
			*best = got;
		}
	}
	return status;
}

static cstn_status walk(suggesting *s, cstn_error **error)
{
	outcome got;
	cstn_status status = try_steps(s, &got, error);
	size_t column = 0;
	int64_t round;

	if (status == CSTN_OK)
		put_round(s, 0, NULL, &got);
	for (round = 1; round <= ROUNDS_MOST && status == CSTN_OK && got.refused; round++) {
		status = best_column(s, &column, &got, error);
		if (status != CSTN_OK || column == SIZE_MAX)
			break;
		coarser(&s->steps[column]);
		put_round(s, round, &s->steps[column], &got);
	}
	return status;
}

/* The steps asked for, by column; a column with two has none that is one step coarser. */
static cstn_status take_steps(suggesting *s, const cstn_aggregate_options *options,
		const cstn_generalise_step *steps, size_t n_steps, cstn_error **error)
{
	size_t i, k;

	for (i = 0; i < options->n_by; i++)
		s->steps[i] = (cstn_generalise_step){.column = options->by[i]};
	for (k = 0; k < n_steps; k++) {
		for (i = 0; i < options->n_by && steps[k].column &&
				strcmp(steps[k].column, options->by[i]) != 0;
				i++)
			;
		if (!steps[k].column || i == options->n_by ||
				s->steps[i].kind != CSTN_GENERALISE_KEEP)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"steps[%zu] is of no column of the cells, or its second "
					"one",
					k);
		s->steps[i] = steps[k];
	}
	return CSTN_OK;
}

/* What makes the cells must be free to become coarser. */
static cstn_status check_columns(const cstn__aggregate *a, cstn_error **error)
{
	int most = (int)a->options.n_by;
	size_t i;
	int is_free = (a->at.company < 0 || a->at.company >= most) &&
		      (a->at.sensitive < 0 || a->at.sensitive >= most) &&
		      (a->at.row < 0 || a->at.row >= most);

	for (i = 0; i < a->options.n_measures; i++)
		is_free &= a->at.measure[i] >= most;
	return is_free ? CSTN_OK
		       : cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					 "a column of the cells is a measure, the company, the "
					 "sensitive column or the row's number too: it cannot "
					 "become coarser");
}

cstn_status cstn_aggregate_suggest(struct ArrowArrayStream *rows,
		const cstn_aggregate_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	static const cstn__table_field fields[] = {{"round", CSTN_TYPE_INT64, 0},
			{"column", CSTN_TYPE_TEXT, 1}, {"kind", CSTN_TYPE_INT32, 1},
			{"step", CSTN_TYPE_INT32, 1}, {"width", CSTN_TYPE_INT64, 1},
			{"origin", CSTN_TYPE_INT64, 1}, {"scale", CSTN_TYPE_INT32, 1},
			{"cells", CSTN_TYPE_INT64, 0}, {"refused", CSTN_TYPE_INT64, 0},
			{"refused_rows", CSTN_TYPE_INT64, 0}};
	struct ArrowArrayStream stream;
	cstn_aggregate_options given, plain;
	suggesting s;
	cstn_status status = cstn__stream_take(rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	memset(&s, 0, sizeof(s));
	if (!out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	else
		status = cstn__options_read(options, sizeof(given), sizeof(given), UINT32_MAX,
				"cstn_aggregate_options", &given, error);
	if (status == CSTN_OK && given.n_steps && !given.steps)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "n_steps is %zu, steps is NULL",
				given.n_steps);
	if (status == CSTN_OK) {
		plain = given;
		plain.steps = NULL;
		plain.n_steps = 0;
		status = cstn__aggregate_read(&s.a, &stream, &plain, bad_rows, error);
	}
	stream.release(&stream);
	if (status == CSTN_OK)
		status = check_columns(&s.a, error);
	if (status == CSTN_OK)
		status = take_steps(&s, &s.a.options, given.steps, given.n_steps, error);
	if (status == CSTN_OK)
		status = cstn__fields_table(&s.a.allocator, CSTN__FIELDS(fields), &s.table, error);
	if (status == CSTN_OK)
		status = walk(&s, error);
	if (status == CSTN_OK)
		status = cstn__table_export(s.table, out, error);
	else
		cstn__table_builder_free(s.table);
	cstn__aggregate_free(&s.a);
	return status;
}
