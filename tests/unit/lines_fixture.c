#include "lines_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/stats.h"
#include "table/export.h"

#define HOUR INT64_C(3600000000)
#define BASE INT64_C(1500000000000000)

static uint64_t draw(uint64_t seed, uint64_t *at, uint64_t below)
{
	return cstn__random_u64(seed, (*at)++) % below;
}

static void make_line(fixture_line *line, const fixture_shape *shape, uint64_t *at)
{
	uint64_t s = shape->seed;

	line->ordered_us = BASE + (int64_t)draw(s, at, 4000) * HOUR;
	line->promised_us = line->ordered_us + (int64_t)draw(s, at, 400) * HOUR;
	line->delivered_us = line->promised_us - 72 * HOUR + (int64_t)draw(s, at, 90) * HOUR +
			     (int64_t)draw(s, at, 2000000);
	if (shape->days) {
		line->promised_us -= line->promised_us % CSTN_DAY_US;
		line->delivered_us -= line->delivered_us % CSTN_DAY_US;
	}
	line->quantity = 1 + (int64_t)draw(s, at, 20);
	line->delivered = draw(s, at, 20) ? line->quantity : (int64_t)draw(s, at, 25);
	line->customer_us = CSTN_TIME_NULL;
	line->cancelled = CSTN_QUANTITY_NULL;
	line->status = CSTN_LINE_STATUS_UNKNOWN;
	line->cause = -1;
	line->value = (int64_t)draw(s, at, 100000);
	if (shape->plain)
		return;
	line->status = draw(s, at, 10) ? CSTN_LINE_CLOSED : (int32_t)draw(s, at, 5);
	if (draw(s, at, 12) == 0)
		line->delivered_us = CSTN_TIME_NULL;
	if (draw(s, at, 40) == 0)
		line->promised_us = CSTN_TIME_NULL;
	if (draw(s, at, 30) == 0)
		line->customer_us = line->ordered_us + (int64_t)draw(s, at, 500) * HOUR;
	if (draw(s, at, 30) == 0)
		line->cancelled = (int64_t)draw(s, at, (uint64_t)line->quantity + 1);
	if (draw(s, at, 30) == 0)
		line->delivered = CSTN_QUANTITY_NULL;
	line->damaged = draw(s, at, 30) == 0;
	line->wrong_item = draw(s, at, 50) == 0;
	line->customer_fault = draw(s, at, 60) == 0;
	line->documents_bad = draw(s, at, 30) == 0 ? (int32_t)draw(s, at, 64) : 0;
	line->cause = (int32_t)draw(s, at, 5) - 1;
}

fixture_lines lines_make(const fixture_shape *shape)
{
	fixture_lines lines = {NULL, 0};
	uint64_t at = 0;
	size_t order, capacity = 0;

	for (order = 0; order < shape->orders; order++) {
		int32_t n = shape->fixed_lines ? shape->fixed_lines
					       : 1 + (int32_t)draw(shape->seed, &at, 7);
		int32_t partner = (int32_t)draw(shape->seed, &at, 6) - (shape->plain ? 0 : 1);
		int32_t carrier = (int32_t)draw(shape->seed, &at, 4) - (shape->plain ? 0 : 1), k;

		for (k = 0; k < n; k++) {
			fixture_line *line;

			if (lines.count == capacity) {
				capacity = capacity ? capacity * 2 : 64;
				lines.items = realloc(lines.items, capacity * sizeof(*lines.items));
				ck_assert_ptr_nonnull(lines.items);
			}
			line = &lines.items[lines.count++];
			memset(line, 0, sizeof(*line));
			make_line(line, shape, &at);
			line->order = (int64_t)order * 3 - 1000;
			line->number = k + 1;
			line->lines_of_order = n;
			line->partner = partner;
			/* now and then an order has two carriers */
			line->carrier = draw(shape->seed, &at, 25)
							? carrier
							: (int32_t)draw(shape->seed, &at, 3);
		}
	}
	return lines;
}

void lines_free(fixture_lines *lines)
{
	free(lines->items);
	lines->items = NULL;
	lines->count = 0;
}

void lines_shuffle(fixture_lines *lines, uint64_t seed)
{
	size_t i;
	uint64_t at = 0;

	for (i = lines->count; i > 1; i--) {
		size_t k = (size_t)draw(seed, &at, i);
		fixture_line swap = lines->items[i - 1];

		lines->items[i - 1] = lines->items[k];
		lines->items[k] = swap;
	}
}

/* --- streams ---------------------------------------------------------------------------------- */

typedef struct feed {
	const fixture_lines *lines;
	size_t at, to, batch;
	uint32_t flags;
} feed;

static const char *const carriers[] = {"sea", "air", "road and rail", ""};
static const char *const causes[] = {"weather", "strike", "no truck", "customs"};
static const char *const statuses[] = {
		NULL, "open", "closed", "cancelled_by_customer", "cancelled_by_supplier"};
static const char *const owners[] = {"carrier", "supplier", "warehouse", "own_office"};

static void put_number(cstn__table_builder *table, int32_t column, int64_t value, int64_t null)
{
	if (value == null)
		cstn__table_put_null(table, column);
	else
		cstn__table_put_i64(table, column, value);
}

static void put_name(cstn__table_builder *table, int32_t column, const char *text)
{
	if (text)
		cstn__table_put_text(table, column, text, strlen(text));
	else
		cstn__table_put_null(table, column);
}

static void put_time(cstn__table_builder *table, int32_t column, int64_t us, uint32_t flags)
{
	if (us == CSTN_TIME_NULL)
		cstn__table_put_null(table, column);
	else
		cstn__table_put_i64(table, column, flags & LINES_DAYS ? us / CSTN_DAY_US : us);
}

static void put_line(cstn__table_builder *table, const fixture_line *line, uint32_t flags)
{
	char id[32];
	int32_t c = 0;

	if (flags & LINES_TEXT_ID) {
		snprintf(id, sizeof(id), "order-%08lld", (long long)(line->order + 1000));
		cstn__table_put_text(table, c++, id, strlen(id));
	} else {
		cstn__table_put_i64(table, c++, line->order);
	}
	put_number(table, c++, line->partner, -1);
	put_name(table, c++, line->carrier < 0 ? NULL : carriers[line->carrier]);
	put_time(table, c++, line->promised_us, flags);
	put_time(table, c++, line->delivered_us, flags);
	put_number(table, c++, line->quantity, CSTN_QUANTITY_NULL);
	put_number(table, c++, line->delivered, CSTN_QUANTITY_NULL);
	if (flags & LINES_COUNTED)
		cstn__table_put_i64(table, c++, line->lines_of_order);
	if (flags & LINES_VALUE)
		cstn__table_put_i64(table, c++, line->value);
	if (flags & LINES_CAUSES) {
		put_name(table, c++, line->cause < 0 ? NULL : causes[line->cause]);
		put_name(table, c++, line->cause < 0 ? NULL : owners[line->cause]);
	}
	if (flags & LINES_PLAIN)
		return;
	cstn__table_put_i64(table, c++, line->number);
	put_time(table, c++, line->ordered_us, flags);
	put_time(table, c++, line->customer_us, flags);
	put_number(table, c++, line->cancelled, CSTN_QUANTITY_NULL);
	put_name(table, c++, statuses[line->status]);
	cstn__table_put_i64(table, c++, line->damaged);
	cstn__table_put_i64(table, c++, line->wrong_item);
	cstn__table_put_i64(table, c++, line->customer_fault);
	cstn__table_put_i64(table, c++, line->documents_bad);
}

static cstn__table_builder *feed_empty(void *context, cstn_error **error)
{
	uint32_t flags = ((feed *)context)->flags;
	int32_t time = flags & LINES_DAYS ? CSTN_TYPE_DAYS : CSTN_TYPE_TIME;
	int32_t number = flags & LINES_INT32 ? CSTN_TYPE_INT32 : CSTN_TYPE_INT64;
	cstn__table_builder *table = NULL;

	if (cstn__table_builder_new(NULL, &table, error) != CSTN_OK)
		return NULL;
	cstn__table_add_column(
			table, "order_id", flags & LINES_TEXT_ID ? CSTN_TYPE_TEXT : number, 0, 0);
	cstn__table_add_column(table, "partner", CSTN_TYPE_INT32, 0, 1);
	cstn__table_add_column(table, "carrier", CSTN_TYPE_TEXT, 0, 1);
	cstn__table_add_column(table, "promised", time, 0, 1);
	cstn__table_add_column(table, "delivered", time, 0, 1);
	cstn__table_add_column(table, "qty", number, 0, 1);
	cstn__table_add_column(table, "qty_delivered", number, 0, 1);
	if (flags & LINES_COUNTED)
		cstn__table_add_column(table, "order_lines", CSTN_TYPE_INT32, 0, 0);
	if (flags & LINES_VALUE)
		cstn__table_add_column(table, "value", CSTN_TYPE_INT64, 0, 0);
	if (flags & LINES_CAUSES) {
		cstn__table_add_column(table, "late_cause", CSTN_TYPE_TEXT, 0, 1);
		cstn__table_add_column(table, "late_owner", CSTN_TYPE_TEXT, 0, 1);
	}
	if (flags & LINES_PLAIN)
		return table;
	cstn__table_add_column(table, "line_number", CSTN_TYPE_INT32, 0, 0);
	cstn__table_add_column(table, "ordered", time, 0, 1);
	cstn__table_add_column(table, "promised_customer", time, 0, 1);
	cstn__table_add_column(table, "qty_cancelled", number, 0, 1);
	cstn__table_add_column(table, "status", CSTN_TYPE_TEXT, 0, 1);
	cstn__table_add_column(table, "damaged", CSTN_TYPE_FLAG, 0, 0);
	cstn__table_add_column(table, "wrong_item", CSTN_TYPE_FLAG, 0, 0);
	cstn__table_add_column(table, "customer_fault", CSTN_TYPE_FLAG, 0, 0);
	cstn__table_add_column(table, "documents_bad", CSTN_TYPE_INT32, 0, 0);
	return table;
}

static cstn_status feed_next(void *context, cstn__table_builder *table, cstn_error **error)
{
	feed *from = context;
	size_t n = 0;

	(void)error;
	if (from->at >= from->to)
		return CSTN_DONE;
	for (; from->at < from->to && (from->batch == 0 || n < from->batch); from->at++, n++)
		put_line(table, &from->lines->items[from->at], from->flags);
	return CSTN_OK;
}

void lines_stream(const fixture_lines *lines, size_t from, size_t to, size_t batch, uint32_t flags,
		struct ArrowArrayStream *out)
{
	feed *context = malloc(sizeof(*context));

	ck_assert_ptr_nonnull(context);
	*context = (feed){lines, from, to, batch, flags};
	ck_assert_int_eq(cstn__stream_export(NULL, feed_empty, feed_next, free, context, out, NULL),
			CSTN_OK);
}

cstn_order_line lines_facts(const fixture_line *line)
{
	cstn_order_line facts;

	cstn_order_line_init(&facts, sizeof(facts));
	facts.line_number = line->number;
	facts.status = line->status;
	facts.ordered_us = line->ordered_us;
	facts.promised_us = line->promised_us;
	facts.promised_customer_us = line->customer_us;
	facts.delivered_us = line->delivered_us;
	facts.quantity = line->quantity;
	facts.quantity_delivered = line->delivered;
	if (line->cancelled != CSTN_QUANTITY_NULL)
		facts.quantity_cancelled = line->cancelled;
	facts.marks = (line->damaged ? CSTN_MARK_DAMAGED : 0) |
		      (line->wrong_item ? CSTN_MARK_WRONG_ITEM : 0) |
		      (line->customer_fault ? CSTN_MARK_CUSTOMER_FAULT : 0);
	facts.documents_bad = (uint32_t)line->documents_bad;
	facts.value_minor = line->value;
	return facts;
}

/* --- results as text -------------------------------------------------------------------------- */

static const int32_t tables[] = {CSTN_TABLE_RATES, CSTN_TABLE_CAUSES, CSTN_TABLE_EXCLUSIONS};

static void add_group(cstn__bytes *out, const cstn_perfect_order_result *result, size_t group)
{
	uint32_t p;
	int32_t r;

	for (p = 0; p < 16; p++)
		cstn__bytes_put_format(out, "%lld ",
				(long long)cstn_perfect_order_result_pattern(result, group, p));
	for (r = 1; r < CSTN_REASON_COUNT; r++)
		cstn__bytes_put_format(out, "%lld ",
				(long long)cstn_perfect_order_result_excluded(result, group, r));
	cstn__bytes_put_format(out, "pending %lld provisional %lld\n",
			(long long)cstn_perfect_order_result_pending(result, group),
			(long long)cstn_perfect_order_result_provisional(result, group));
}

static void add_array(
		cstn__bytes *out, const struct ArrowSchema *schema, const struct ArrowArray *array)
{
	int64_t c, i, n = array->length;

	for (c = 0; c < array->n_children; c++) {
		const struct ArrowArray *child = array->children[c];
		const char *format = schema->children[c]->format;
		const void *values = child->buffers[1];

		cstn__bytes_put_format(out, "%s:", schema->children[c]->name);
		for (i = 0; i < n; i++) {
			const uint8_t *valid = child->buffers[0];

			if (valid && !(valid[i / 8] >> (i % 8) & 1))
				cstn__bytes_put_text(out, " null");
			else if (format[0] == 'u')
				cstn__bytes_put_format(out, " %.*s",
						(int)(((const int32_t *)values)[i + 1] -
								((const int32_t *)values)[i]),
						(const char *)child->buffers[2] +
								((const int32_t *)values)[i]);
			else if (format[0] == 'g')
				cstn__bytes_put_format(out, " %.17g", ((const double *)values)[i]);
			else if (format[0] == 'i' || strcmp(format, "tdD") == 0)
				cstn__bytes_put_format(out, " %d", ((const int32_t *)values)[i]);
			else if (format[0] == 'b')
				cstn__bytes_put_format(out, " %d",
						((const uint8_t *)values)[i / 8] >> (i % 8) & 1);
			else
				cstn__bytes_put_format(out, " %lld",
						(long long)((const int64_t *)values)[i]);
		}
		cstn__bytes_put_text(out, "\n");
	}
}

static void add_table(cstn__bytes *out, const cstn_perfect_order_result *result, int32_t table)
{
	struct ArrowArrayStream stream;
	struct ArrowSchema schema;
	struct ArrowArray array;

	/* under credit=unit there are no patterns and so no causes */
	if (cstn_perfect_order_result_export(result, table, &stream, NULL) == CSTN_E_UNSUPPORTED)
		return;
	ck_assert_int_eq(stream.get_schema(&stream, &schema), 0);
	for (;;) {
		ck_assert_int_eq(stream.get_next(&stream, &array), 0);
		if (!array.release)
			break;
		add_array(out, &schema, &array);
		array.release(&array);
	}
	schema.release(&schema);
	stream.release(&stream);
}

char *result_text(const cstn_perfect_order_result *result)
{
	cstn__bytes out;
	cstn_allocator libc;
	char *text;
	size_t i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &libc, NULL), CSTN_OK);
	cstn__bytes_init(&out, &libc);
	for (i = 0; i < cstn_perfect_order_result_count(result); i++)
		add_group(&out, result, i);
	add_group(&out, result, CSTN_GROUP_TOTAL);
	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		add_table(&out, result, tables[i]);
	cstn__bytes_put_u8(&out, 0);
	ck_assert(!out.failed);
	text = strdup((const char *)out.data);
	cstn__bytes_free(&out);
	return text;
}

char *state_text(const cstn_perfect_order *state)
{
	cstn_perfect_order_result *result = NULL;
	cstn_error *error = NULL;
	char *text;

	if (cstn_perfect_order_finish(state, &result, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	text = result_text(result);
	cstn_perfect_order_result_unref(result);
	return text;
}
