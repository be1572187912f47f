/* Who changes segment, with the patience that keeps segments stable.
 *
 * Rows are sorted by customer, period and segment; each customer is then a walk over periods. A
 * segment is a candidate in a period if it is nearer than the one held by the margin; a candidate
 * that was one in the period before too, against the same segment held, is moved to, the nearest of
 * several. Cost: a sort, and a look at the period before for each candidate. */
#include <stdio.h>

#include <constellation/service_plan.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/sort.h"
#include "segment/plan_rows.h"
#include "table/column.h"
#include "table/export.h"

enum { CUSTOMER, PERIOD, SEGMENT, DISTANCE, HELD, FIELDS };

/* clang-format off */
static const cstn__plan_column columns[FIELDS] = {
	{"customer", CSTN_TYPE_TEXT, 1, CSTN__PLAN_LABEL, {0, 0}},
	{"period", CSTN_TYPE_INT64, 1, CSTN__PLAN_ANY, {0, 0}},
	{"segment", CSTN_TYPE_TEXT, 1, CSTN__PLAN_LABEL, {0, 0}},
	{"distance", CSTN_TYPE_DOUBLE, 1, CSTN__PLAN_NOT_NEGATIVE, {0, 0}},
	{"held", CSTN_TYPE_TEXT, 0, CSTN__PLAN_LABEL, {0, 0}},
};
/* clang-format on */

typedef struct walk {
	const cstn__plan_cell **rows;
	size_t n;
	int32_t margin_ppm;
	char reason[80];
	cstn__table_builder *out;
} walk;

static int order_rows(const void *left, const void *right, void *context)
{
	const cstn__plan_cell *const *a = left, *const *b = right;
	int order = cstn__plan_text_order(&(*a)[CUSTOMER], &(*b)[CUSTOMER]);

	(void)context;
	if (order)
		return order;
	if ((*a)[PERIOD].number != (*b)[PERIOD].number)
		return (*a)[PERIOD].number < (*b)[PERIOD].number ? -1 : 1;
	return cstn__plan_text_order(&(*a)[SEGMENT], &(*b)[SEGMENT]);
}

static int same_customer(const cstn__plan_cell *a, const cstn__plan_cell *b)
{
	return cstn__plan_text_order(&a[CUSTOMER], &b[CUSTOMER]) == 0;
}

/* The row of a segment among rows [from, end) of one customer and period. */
static const cstn__plan_cell *row_of(
		const walk *w, size_t from, size_t end, const cstn__plan_cell *segment)
{
	size_t i;

	for (i = from; i < end; i++)
		if (cstn__plan_text_order(&w->rows[i][SEGMENT], segment) == 0)
			return w->rows[i];
	return NULL;
}

static int is_nearer(const walk *w, const cstn__plan_cell *other, const cstn__plan_cell *held)
{
	double far = held[DISTANCE].real, near = other[DISTANCE].real;

	return near < far && near * 1e6 <= far * (double)(1000000 - w->margin_ppm);
}

static void put_text(const walk *w, int32_t column, const cstn__plan_cell *cell)
{
	cstn__table_put_text(w->out, column, cell->text, cell->len);
}

static void put_move(const walk *w, const cstn__plan_cell *from, const cstn__plan_cell *to,
		const cstn__plan_cell *before_from, const cstn__plan_cell *before_to)
{
	put_text(w, 0, &to[CUSTOMER]);
	cstn__table_put_i64(w->out, 1, to[PERIOD].number);
	put_text(w, 2, &from[SEGMENT]);
	put_text(w, 3, &to[SEGMENT]);
	cstn__table_put_f64(w->out, 4, from[DISTANCE].real);
	cstn__table_put_f64(w->out, 5, to[DISTANCE].real);
	cstn__table_put_f64(w->out, 6, before_from[DISTANCE].real);
	cstn__table_put_f64(w->out, 7, before_to[DISTANCE].real);
	cstn__table_put_text(w->out, 8, w->reason, strlen(w->reason));
}

/* The segment held at first: as given, or the nearest. */
static cstn_status first_held(const walk *w, size_t from, size_t end, const cstn__plan_cell **held,
		cstn_error **error)
{
	size_t i;

	*held = &w->rows[from][SEGMENT];
	for (i = from + 1; i < end; i++)
		if (w->rows[i][DISTANCE].real < row_of(w, from, end, *held)[DISTANCE].real)
			*held = &w->rows[i][SEGMENT];
	for (i = from; i < end; i++) {
		const cstn__plan_cell *said = &w->rows[i][HELD];

		if (!said->valid)
			continue;
		if (i > from && w->rows[from][HELD].valid &&
				cstn__plan_text_order(&w->rows[from][HELD], said) != 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"customer '%s' holds both '%s' and '%s'",
					w->rows[i][CUSTOMER].text, w->rows[from][HELD].text,
					said->text);
		*held = said;
	}
	return CSTN_OK;
}

/* Rows [start, end) of one customer. */
static cstn_status walk_customer(const walk *w, size_t start, size_t end, cstn_error **error)
{
	const cstn__plan_cell *held = NULL, *at, *before_at, *to, *before_to;
	size_t from, next, last = SIZE_MAX, last_end = 0, i;
	cstn_status status;
	int64_t successor;

	for (from = start; from < end; from = next) {
		for (next = from + 1; next < end &&
				      w->rows[next][PERIOD].number == w->rows[from][PERIOD].number;
				next++)
			;
		if (!held) {
			status = first_held(w, from, next, &held, error);
			if (status != CSTN_OK)
				return status;
		}
		at = row_of(w, from, next, held);
		if (!at)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"customer '%s', period %lld: no distance to segment '%s', "
					"which is held",
					w->rows[from][CUSTOMER].text,
					(long long)w->rows[from][PERIOD].number, held->text);
		before_at = to = before_to = NULL;
		if (last != SIZE_MAX &&
				!cstn__add_i64(w->rows[last][PERIOD].number, 1, &successor) &&
				successor == w->rows[from][PERIOD].number)
			before_at = row_of(w, last, last_end, held);
		for (i = from; before_at && i < next; i++) {
			const cstn__plan_cell *earlier =
					row_of(w, last, last_end, &w->rows[i][SEGMENT]);

			if (earlier && is_nearer(w, w->rows[i], at) &&
					is_nearer(w, earlier, before_at) &&
					(!to || w->rows[i][DISTANCE].real < to[DISTANCE].real)) {
				to = w->rows[i];
				before_to = earlier;
			}
		}
		if (to) {
			put_move(w, at, to, before_at, before_to);
			held = &to[SEGMENT];
		}
		last = from;
		last_end = next;
	}
	return CSTN_OK;
}

static cstn_status walk_all(walk *w, cstn_error **error)
{
	size_t start, end, i;
	cstn_status status = CSTN_OK;

	cstn__sort(w->rows, w->n, sizeof(*w->rows), order_rows, NULL);
	for (i = 1; i < w->n; i++)
		if (order_rows(&w->rows[i - 1], &w->rows[i], NULL) == 0)
			return cstn__fail(error, CSTN_E_DUPLICATE,
					"customer '%s', period %lld, segment '%s' is there twice",
					w->rows[i][CUSTOMER].text,
					(long long)w->rows[i][PERIOD].number,
					w->rows[i][SEGMENT].text);
	for (start = 0; start < w->n && status == CSTN_OK; start = end) {
		for (end = start + 1; end < w->n && same_customer(w->rows[start], w->rows[end]);
				end++)
			;
		status = walk_customer(w, start, end, error);
	}
	return status;
}

static void declare(cstn__table_builder *out)
{
	cstn__table_add_column(out, "customer", CSTN_TYPE_TEXT, 0, 0);
	cstn__table_add_column(out, "period", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(out, "from", CSTN_TYPE_TEXT, 0, 0);
	cstn__table_add_column(out, "to", CSTN_TYPE_TEXT, 0, 0);
	cstn__table_add_column(out, "distance_from", CSTN_TYPE_DOUBLE, 0, 0);
	cstn__table_add_column(out, "distance_to", CSTN_TYPE_DOUBLE, 0, 0);
	cstn__table_add_column(out, "before_from", CSTN_TYPE_DOUBLE, 0, 0);
	cstn__table_add_column(out, "before_to", CSTN_TYPE_DOUBLE, 0, 0);
	cstn__table_add_column(out, "reason", CSTN_TYPE_TEXT, 0, 0);
}

static cstn_status moves(struct ArrowArrayStream *stream, const cstn_segment_moves_options *options,
		const cstn_allocator *own, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__plan_rows rows;
	walk w;
	size_t i;
	cstn_status status;

	memset(&w, 0, sizeof(w));
	w.margin_ppm = options->margin_ppm;
	snprintf(w.reason, sizeof(w.reason), "nearer by %d ppm in two successive periods",
			w.margin_ppm);
	cstn__plan_rows_init(&rows, columns, FIELDS, own);
	status = cstn__plan_rows_read(&rows, stream, options->binding, error);
	if (status == CSTN_OK) {
		w.n = cstn__plan_rows_count(&rows);
		w.rows = cstn__alloc(own, cstn__array_size(w.n, sizeof(*w.rows)));
		status = w.rows ? cstn__table_builder_new(own, &w.out, error)
				: cstn__fail_nomem(error);
	}
	if (status == CSTN_OK) {
		for (i = 0; i < w.n; i++)
			w.rows[i] = cstn__plan_row(&rows, i);
		declare(w.out);
		status = walk_all(&w, error);
	}
	if (status == CSTN_OK)
		status = cstn__table_export(w.out, out, error);
	else if (w.out)
		cstn__table_builder_free(w.out);
	cstn__free(own, w.rows, cstn__array_size(w.n, sizeof(*w.rows)));
	cstn__plan_rows_free(&rows);
	return status;
}

cstn_status cstn_segment_moves(struct ArrowArrayStream *distances,
		const cstn_segment_moves_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_segment_moves_options read;
	struct ArrowArrayStream stream;
	cstn_allocator own;
	cstn_status status;

	status = cstn__stream_take(distances, "distances", &stream, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__allocator_read(allocator, &own, error);
	if (status == CSTN_OK && !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status == CSTN_OK)
		status = cstn__options_read(options, sizeof(read), sizeof(read), 0,
				"cstn_segment_moves_options", &read, error);
	if (status == CSTN_OK &&
			(read.margin_ppm < 0 || read.margin_ppm > 999999 || read.reserved0))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a margin of %d ppm; 1..999,999 expected", read.margin_ppm);
	if (status == CSTN_OK) {
		read.margin_ppm = read.margin_ppm ? read.margin_ppm : 100000;
		status = moves(&stream, &read, &own, out, error);
	}
	stream.release(&stream);
	return status;
}
