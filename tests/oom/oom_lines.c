/* Order lines for the out-of-memory cases, in static memory. */
#include "oom.h"

#define ROWS 12
#define COLUMNS 5
#define DAY CSTN_DAY_US

static const int64_t order_ids[ROWS] = {1, 1, 1, 2, 2, 3, 4, 4, 5, 5, 5, 5};
static const int64_t promised[ROWS] = {10 * DAY, 10 * DAY, 11 * DAY, 10 * DAY, 12 * DAY, 9 * DAY,
		9 * DAY, 9 * DAY, 10 * DAY, 10 * DAY, 10 * DAY, 40 * DAY};
static const int64_t delivered[ROWS] = {9 * DAY, 10 * DAY, 12 * DAY, 10 * DAY, 12 * DAY, 8 * DAY,
		9 * DAY, 10 * DAY, 10 * DAY, 10 * DAY, 9 * DAY, 41 * DAY};
static const int64_t quantity[ROWS] = {5, 1, 2, 7, 7, 1, 4, 4, 9, 9, 9, 9};
static const int64_t quantity_delivered[ROWS] = {5, 1, 2, 7, 6, 1, 4, 4, 9, 9, 9, 8};
static const int64_t bad_quantity[ROWS] = {5, 1, 2, 7, 7, -1, 4, 4, 9, 9, 0, 9};
static const int32_t text_offsets[ROWS + 1] = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24};
static const char text_ids[] = "o1o1o1o2o2o3o4o4o5o5o5o5";
static const int32_t number_offsets[ROWS + 1] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const char text_numbers[] = "512771449999";
static const char text_bad[] = "51277x4499y9";

/* Schema and array may be released in any order, so each is a block of its own. */
struct names {
	struct ArrowSchema columns[COLUMNS], *pointers[COLUMNS];
};

struct lines {
	struct ArrowArray values[COLUMNS], *pointers[COLUMNS];
	const void *buffers[COLUMNS][3], *none[1];
};

static void set(struct names *names, struct lines *lines, int i, const char *name,
		const char *format, const void *values, const void *text)
{
	lines->buffers[i][1] = values;
	lines->buffers[i][2] = text;
	names->columns[i] = (struct ArrowSchema){.format = format,
			.name = name,
			.release = cstn_arrow_schema_release_borrowed};
	lines->values[i] = (struct ArrowArray){.length = ROWS,
			.n_buffers = text ? 3 : 2,
			.buffers = lines->buffers[i],
			.release = cstn_arrow_array_release_borrowed};
	names->pointers[i] = &names->columns[i];
	lines->pointers[i] = &lines->values[i];
}

static void release_names(struct ArrowSchema *schema)
{
	free(schema->private_data);
	schema->release = NULL;
}

static void release_lines(struct ArrowArray *array)
{
	free(array->private_data);
	array->release = NULL;
}

void oom_lines(struct ArrowArrayStream *out, int bad, int text)
{
	struct names *names = calloc(1, sizeof(*names));
	struct lines *lines = calloc(1, sizeof(*lines));
	struct ArrowSchema schema;
	struct ArrowArray array;

	ck_assert(names != NULL && lines != NULL);
	if (text)
		set(names, lines, 0, "order_id", "u", text_offsets, text_ids);
	else
		set(names, lines, 0, "order_id", "l", order_ids, NULL);
	set(names, lines, 1, "promised", "tsu:UTC", promised, NULL);
	set(names, lines, 2, "delivered", "tsu:UTC", delivered, NULL);
	if (text)
		set(names, lines, 3, "qty", "u", number_offsets, bad ? text_bad : text_numbers);
	else
		set(names, lines, 3, "qty", "l", bad ? bad_quantity : quantity, NULL);
	set(names, lines, 4, "qty_delivered", "l", quantity_delivered, NULL);
	schema = (struct ArrowSchema){.format = "+s",
			.n_children = COLUMNS,
			.children = names->pointers,
			.release = release_names,
			.private_data = names};
	array = (struct ArrowArray){.length = ROWS,
			.n_buffers = 1,
			.buffers = lines->none,
			.n_children = COLUMNS,
			.children = lines->pointers,
			.release = release_lines,
			.private_data = lines};
	memset(out, 0, sizeof(*out));
	ck_assert_int_eq(cstn_arrow_stream_from_array(&schema, &array, out), 0);
}
