/* Two ways to segment the same customers, before and after: how much they agree, and who moved.
 *
 * Both tables are read whole and sorted by customer; a walk over both counts pairs of segments, out
 * of which comes the adjusted Rand index. It does not know what segments are called; who moved is
 * told by the names. Cost: two sorts, 80 bytes a customer. */
#include <math.h>
#include <string.h>

#include <constellation/kmeans.h>

#include "base/error.h"
#include "base/map.h"
#include "base/sort.h"
#include "segment/kmeans_resample.h"
#include "segment/plan_rows.h"
#include "table/export.h"

#define CELLS_MOST ((size_t)1 << 24)

enum { CUSTOMER, SEGMENT, FIELDS };

/* clang-format off */
static const cstn__plan_column columns[FIELDS] = {
	{"customer", CSTN_TYPE_TEXT, 1, CSTN__PLAN_LABEL, {0, 0}},
	{"segment", CSTN_TYPE_TEXT, 1, CSTN__PLAN_LABEL, {0, 0}},
};
/* clang-format on */

/* One side: its rows in the order of customers, and numbers of its segments. */
typedef struct side {
	cstn__plan_rows rows;
	const cstn__plan_cell **sorted;
	size_t n;
	cstn__interner segments;
} side;

static int by_customer(const void *left, const void *right, void *context)
{
	const cstn__plan_cell *const *a = left, *const *b = right;

	(void)context;
	return cstn__plan_text_order(&(*a)[CUSTOMER], &(*b)[CUSTOMER]);
}

static void side_init(side *s, const cstn_allocator *allocator)
{
	memset(s, 0, sizeof(*s));
	cstn__plan_rows_init(&s->rows, columns, FIELDS, allocator);
	cstn__interner_init(&s->segments, allocator, 0);
}

static void side_free(side *s, const cstn_allocator *allocator)
{
	cstn__free(allocator, s->sorted, cstn__array_size(s->n, sizeof(*s->sorted)));
	cstn__interner_free(&s->segments);
	cstn__plan_rows_free(&s->rows);
}

static cstn_status side_read(side *s, struct ArrowArrayStream *stream, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn_status status = cstn__plan_rows_read(&s->rows, stream, binding, error);
	size_t i;

	if (status != CSTN_OK)
		return status;
	s->n = cstn__plan_rows_count(&s->rows);
	s->sorted = cstn__alloc(allocator, cstn__array_size(s->n, sizeof(*s->sorted)));
	if (!s->sorted)
		return cstn__fail_nomem(error);
	for (i = 0; i < s->n; i++) {
		const cstn__plan_cell *segment;

		s->sorted[i] = cstn__plan_row(&s->rows, i);
		segment = &s->sorted[i][SEGMENT];
		if (cstn__intern(&s->segments, segment->text, segment->len) == UINT32_MAX)
			return cstn__fail_nomem(error);
	}
	cstn__sort(s->sorted, s->n, sizeof(*s->sorted), by_customer, NULL);
	for (i = 1; i < s->n; i++)
		if (by_customer(&s->sorted[i - 1], &s->sorted[i], NULL) == 0)
			return cstn__fail(error, CSTN_E_DUPLICATE, "customer '%s' is there twice",
					s->sorted[i][CUSTOMER].text);
	return CSTN_OK;
}

static uint32_t number_of(const side *s, const cstn__plan_cell *row)
{
	return cstn__interner_find(&s->segments, row[SEGMENT].text, row[SEGMENT].len);
}

static void put_move(
		cstn__table_builder *moved, const cstn__plan_cell *from, const cstn__plan_cell *to)
{
	cstn__table_put_text(moved, 0, to[CUSTOMER].text, to[CUSTOMER].len);
	cstn__table_put_text(moved, 1, from[SEGMENT].text, from[SEGMENT].len);
	cstn__table_put_text(moved, 2, to[SEGMENT].text, to[SEGMENT].len);
}

/* Customers of both sides side by side. */
static void walk(const side *before, const side *after, uint64_t *cells,
		cstn_segment_comparison *out, cstn__table_builder *moved)
{
	size_t i = 0, j = 0, width = after->segments.count;

	while (i < before->n && j < after->n) {
		const cstn__plan_cell *from = before->sorted[i], *to = after->sorted[j];
		int order = cstn__plan_text_order(&from[CUSTOMER], &to[CUSTOMER]);

		i += order <= 0;
		j += order >= 0;
		if (order)
			continue;
		out->customers++;
		cells[number_of(before, from) * width + number_of(after, to)]++;
		if (cstn__plan_text_order(&from[SEGMENT], &to[SEGMENT]) != 0) {
			out->moved++;
			put_move(moved, from, to);
		}
	}
	out->only_before = (int64_t)before->n - out->customers;
	out->only_after = (int64_t)after->n - out->customers;
	out->segments_before = (int64_t)before->segments.count;
	out->segments_after = (int64_t)after->segments.count;
	out->adjusted_rand = out->customers ? cstn__adjusted_rand(cells, before->segments.count,
							      after->segments.count)
					    : (double)NAN;
}

static int declare(cstn__table_builder *moved)
{
	return cstn__table_add_column(moved, "customer", CSTN_TYPE_TEXT, 0, 0) >= 0 &&
	       cstn__table_add_column(moved, "from", CSTN_TYPE_TEXT, 0, 0) >= 0 &&
	       cstn__table_add_column(moved, "to", CSTN_TYPE_TEXT, 0, 0) >= 0;
}

static cstn_status compare(const side *before, const side *after, const cstn_allocator *allocator,
		cstn_segment_comparison *out, struct ArrowArrayStream *moved, cstn_error **error)
{
	size_t wide = after->segments.count ? after->segments.count : 1;
	size_t size = cstn__array_size(before->segments.count * wide, sizeof(uint64_t));
	cstn_segment_comparison found = {sizeof(found), 0, 0, 0, 0, 0, 0, 0, 0.0};
	cstn__table_builder *table = NULL;
	uint64_t *cells;
	cstn_status status;

	if (before->segments.count > CELLS_MOST / wide)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%zu and %zu segments: more than 2^24 pairs of them",
				before->segments.count, after->segments.count);
	cells = cstn__alloc_zero(allocator, size);
	status = cells ? cstn__table_builder_new(allocator, &table, error)
		       : cstn__fail_nomem(error);
	if (status == CSTN_OK && !declare(table)) {
		cstn__table_builder_free(table);
		status = cstn__fail_nomem(error);
	}
	if (status == CSTN_OK) {
		walk(before, after, cells, &found, table);
		if (moved)
			status = cstn__table_export(table, moved, error);
		else
			cstn__table_builder_free(table);
	}
	if (status == CSTN_OK)
		*out = found;
	cstn__free(allocator, cells, size);
	return status;
}

cstn_status cstn_segment_compare(struct ArrowArrayStream *before, struct ArrowArrayStream *after,
		const cstn_binding *binding, const cstn_allocator *allocator,
		cstn_segment_comparison *out, struct ArrowArrayStream *moved, cstn_error **error)
{
	struct ArrowArrayStream streams[2] = {{0}, {0}};
	cstn_allocator own;
	side sides[2];
	cstn_status status = cstn__stream_take(before, "before", &streams[0], error), second;

	second = cstn__stream_take(after, "after", &streams[1], status == CSTN_OK ? error : NULL);
	status = status == CSTN_OK ? second : status;
	if (status == CSTN_OK && (!out || out->struct_size != sizeof(*out)))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				out ? "struct_size of cstn_segment_comparison is another"
				    : "out is NULL");
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &own, error);
	if (status == CSTN_OK) {
		side_init(&sides[0], &own);
		side_init(&sides[1], &own);
		status = side_read(&sides[0], &streams[0], binding, &own, error);
		if (status == CSTN_OK)
			status = side_read(&sides[1], &streams[1], binding, &own, error);
		if (status == CSTN_OK)
			status = compare(&sides[0], &sides[1], &own, out, moved, error);
		side_free(&sides[0], &own);
		side_free(&sides[1], &own);
	}
	if (streams[0].release)
		streams[0].release(&streams[0]);
	if (streams[1].release)
		streams[1].release(&streams[1]);
	return status;
}
