/* Long rows of the items of one store, an item a batch. */
#include "m5_frame.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "answer_table.h"
#include "base/alloc.h"
#include "table/export.h"

const char *const m5_types[M5_TYPES] = {"Sporting", "Cultural", "National", "Religious"};

void m5_frame_read(m5_frame *out)
{
	answer_table *days = answer_csv("m5/calendar.csv.gz", "event_type_1 text null\n", 0);
	size_t day, type;

	ck_assert_uint_eq(days->rows, M5_CALENDAR);
	for (type = 0; type < M5_TYPES; type++)
		for (day = 0; day < M5_CALENDAR; day++) {
			const char *is = days->texts[0][day];

			out->events[type][day] = is && strcmp(is, m5_types[type]) == 0;
		}
	answer_table_free(days);
	out->items = m5_read();
}

void m5_frame_free(m5_frame *frame)
{
	m5_free(frame->items);
}

typedef struct giving {
	const m5_frame *frame;
	size_t known, to, item;
	cstn_allocator allocator;
} giving;

static cstn__table_builder *empty(void *context, cstn_error **error)
{
	const giving *by = context;
	cstn__table_builder *table = NULL;
	int failed, i;

	ck_assert_int_eq(cstn__table_builder_new(&by->allocator, &table, error), CSTN_OK);
	failed = cstn__table_add_column(table, "unique_id", CSTN_TYPE_TEXT, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "ds", CSTN_TYPE_DAYS, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "y", CSTN_TYPE_DOUBLE, 0, 1) < 0;
	failed |= cstn__table_add_column(table, "dept_id", CSTN_TYPE_TEXT, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "snap_CA", CSTN_TYPE_DOUBLE, 0, 0) < 0;
	for (i = 0; i < M5_TYPES; i++)
		failed |= cstn__table_add_column(table, m5_types[i], CSTN_TYPE_DOUBLE, 0, 0) < 0;
	ck_assert(!failed);
	return table;
}

static cstn_status next(void *context, cstn__table_builder *table, cstn_error **error)
{
	giving *by = context;
	const m5_items *items = by->frame->items;
	const char *id;
	size_t day;
	int i;

	(void)error;
	if (by->item == items->n)
		return CSTN_DONE;
	id = items->id[by->item];
	for (day = 0; day < by->to; day++) {
		cstn__table_put_text(table, 0, id, strlen(id));
		cstn__table_put_i64(table, 1, M5_FIRST_DAY + (int64_t)day);
		if (day < by->known)
			cstn__table_put_f64(table, 2, items->y[by->item * M5_DAYS + day]);
		else
			cstn__table_put_null(table, 2);
		cstn__table_put_text(table, 3, id, strlen("FOODS_1"));
		cstn__table_put_f64(table, 4, items->snap[day]);
	}
	for (i = 0; i < M5_TYPES; i++)
		cstn__table_put_many_f64(table, 5 + i, by->frame->events[i], NULL, by->to);
	by->item++;
	return CSTN_OK;
}

void m5_frame_rows(struct ArrowArrayStream *out, const m5_frame *frame, size_t known, size_t to)
{
	giving *by = malloc(sizeof(*by));

	ck_assert_ptr_nonnull(by);
	*by = (giving){frame, known, to, 0, {0}};
	ck_assert_int_eq(cstn__allocator_read(NULL, &by->allocator, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__stream_export(&by->allocator, empty, next, free, by, out, NULL),
			CSTN_OK);
}
