#include "release_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bitmap.h"
#include "sharing_fixture.h"

const char *const release_formats[] = {"n", "b", "c", "C", "s", "S", "i", "I", "l", "L", "e", "f",
		"g", "u", "z", "tdD", "tdm", "tss:", "tsm:UTC", "tsu:Europe/Berlin",
		"tsn:", "d:9,2,32", "d:19,2", "d:40,3,256", "w:16", "w:40", "ttu", "tDn", "tin"};
const size_t release_n_formats = sizeof(release_formats) / sizeof(release_formats[0]);

release_layout release_random_layout(const char *format, uint64_t *state)
{
	static const char *const texts[] = {"u", "U", "vu"}, *const bytes[] = {"z", "Z", "vz"},
				 *const indices[] = {"c", "S", "i", "L", "C", "s", "I", "l"};
	release_layout out = {
			NULL, NULL, 0, 0, (int)sharing_roll(state, 3), (int)sharing_roll(state, 2)};

	if (sharing_roll(state, 2))
		out.offset = sharing_roll(state, 70);
	if (sharing_roll(state, 2))
		out.after = sharing_roll(state, 9);
	if (strcmp(format, "u") == 0)
		out.format = texts[sharing_roll(state, 3)];
	if (strcmp(format, "z") == 0)
		out.format = bytes[sharing_roll(state, 3)];
	if (sharing_roll(state, 3) == 0)
		out.index = indices[sharing_roll(state, 8)];
	return out;
}

static int live;
static struct {
	char name[32];
	int count;
} gone[64];

int release_live(void)
{
	return live;
}

int release_gone(const char *name)
{
	for (int i = 0; i < 64 && gone[i].count; i++)
		if (strcmp(gone[i].name, name) == 0)
			return gone[i].count;
	return 0;
}

static void note_gone(const char *name)
{
	int i = 0;

	while (i < 64 && gone[i].count && strcmp(gone[i].name, name) != 0)
		i++;
	if (i == 64)
		abort();
	snprintf(gone[i].name, sizeof(gone[i].name), "%s", name);
	gone[i].count++;
}

int release_width(const char *format)
{
	static const struct {
		const char *format;
		int width;
	} widths[] = {{"n", -1}, {"b", 0}, {"c", 1}, {"C", 1}, {"s", 2}, {"S", 2}, {"e", 2},
			{"i", 4}, {"I", 4}, {"f", 4}, {"l", 8}, {"L", 8}, {"g", 8}, {"u", -2},
			{"U", -2}, {"vu", -2}, {"z", -2}, {"Z", -2}, {"vz", -2}, {"tdD", 4},
			{"tdm", 8}, {"tts", 4}, {"ttm", 4}, {"ttu", 8}, {"ttn", 8}, {"tiM", 4},
			{"tiD", 8}, {"tin", 16}};
	int a, b, bits = 128;

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
		if (strcmp(format, widths[i].format) == 0)
			return widths[i].width;
	if (strncmp(format, "w:", 2) == 0)
		return atoi(format + 2);
	if (strncmp(format, "ts", 2) == 0 || strncmp(format, "tD", 2) == 0)
		return 8;
	if (sscanf(format, "d:%d,%d,%d", &a, &b, &bits) < 2)
		abort();
	return bits / 8;
}

void release_fill(release_table_column *column, int rows, int nulls, int distinct, uint64_t *state)
{
	int width = release_width(column->format);

	for (int i = 0; i < rows; i++) {
		release_cell *cell = &column->cells[i];
		uint64_t value = distinct ? sharing_roll(state, (uint32_t)distinct) : UINT64_MAX;

		memset(cell, 0, sizeof(*cell));
		cell->valid = width != -1 &&
			      (nulls == 0 || sharing_roll(state, 100) >= (uint32_t)nulls);
		if (value == UINT64_MAX)
			value = sharing_random(state);
		if (width == 0) {
			cell->bytes[0] = value & 1;
			cell->len = 1;
		} else if (width > 0) {
			cell->len = (uint8_t)width;
			for (int j = 0; j < width; j++)
				cell->bytes[j] = distinct ? (uint8_t)(value * 31 + (uint64_t)j)
							  : (uint8_t)sharing_random(state);
		} else if (width == -2) {
			cell->len = (uint8_t)(distinct ? value * 7 % 30
						       : sharing_roll(state, RELEASE_CELL));
			for (int j = 0; j < cell->len; j++)
				cell->bytes[j] = (uint8_t)('a' + (value + (uint64_t)j) % 26);
		}
	}
}

/* --- buffers ---------------------------------------------------------------------------------- */

typedef struct owned {
	const void *buffers[6];
	void *blocks[6]; /* the same */
	int64_t sizes[2];
	struct ArrowArray dictionary, *children_at[16], children[16];
	char name[32];
} owned;

static void owned_release(struct ArrowArray *array)
{
	owned *own = array->private_data;

	if (!array->release)
		abort();
	for (int64_t i = 0; i < array->n_children; i++)
		if (array->children[i]->release)
			array->children[i]->release(array->children[i]);
	if (array->dictionary && array->dictionary->release)
		array->dictionary->release(array->dictionary);
	for (int i = 0; i < 6; i++)
		free(own->blocks[i]);
	note_gone(own->name);
	free(own);
	array->release = NULL;
	live--;
}

static owned *own_new(struct ArrowArray *out, const char *name)
{
	owned *own = calloc(1, sizeof(*own));

	if (!own)
		abort();
	memset(out, 0, sizeof(*out));
	snprintf(own->name, sizeof(own->name), "%s", name);
	out->buffers = own->buffers;
	out->release = owned_release;
	out->private_data = own;
	live++;
	return own;
}

/* Just so many bytes, planted ones first. */
static uint8_t *block(int64_t size)
{
	uint8_t *data = malloc(size ? (size_t)size : 1);

	if (!data)
		abort();
	for (int64_t i = 0; i < size; i++)
		data[i] = (uint8_t)RELEASE_PLANTED[i % 4];
	return data;
}

/* What lies in the slots: a cell each, NULL where garbage is. */
typedef struct slots {
	const release_cell **at;
	int64_t n;
	int garbage, bitmap;
} slots;

static const release_cell *slot_value(const slots *of, int64_t i)
{
	const release_cell *cell = of->at[i];

	return cell && (cell->valid || !of->garbage) ? cell : NULL;
}

static void put_text(owned *own, struct ArrowArray *out, const slots *of, int wide)
{
	uint64_t size = of->garbage ? 4 : 0, at = size;
	uint8_t *ends, *text;

	for (int64_t i = 0; i < of->n; i++)
		size += slot_value(of, i) ? slot_value(of, i)->len : of->garbage ? 8u : 0u;
	ends = block((of->n + 1) * (wide ? 8 : 4));
	text = block((int64_t)size);
	for (int64_t i = 0; i <= of->n; i++) {
		int32_t narrow = (int32_t)at;

		memcpy(ends + i * (wide ? 8 : 4), wide ? (void *)&at : (void *)&narrow,
				wide ? 8 : 4);
		if (i == of->n)
			break;
		if (slot_value(of, i)) {
			memcpy(text + at, slot_value(of, i)->bytes, slot_value(of, i)->len);
			at += slot_value(of, i)->len;
		} else {
			at += of->garbage ? 8 : 0;
		}
	}
	own->buffers[1] = own->blocks[1] = ends;
	own->buffers[2] = own->blocks[2] = text;
	out->n_buffers = 3;
}

static void put_views(owned *own, struct ArrowArray *out, const slots *of)
{
	uint8_t *views = block(of->n * 16), *text = block(of->n * RELEASE_CELL + 4);
	int32_t at = 4;

	for (int64_t i = 0; i < of->n; i++) {
		const release_cell *cell = slot_value(of, i);
		int32_t len = cell ? cell->len : 0, place[2] = {0, at};

		if (!cell)
			continue;
		memset(views + i * 16, 0, 16);
		memcpy(views + i * 16, &len, 4);
		memcpy(views + i * 16 + 4, cell->bytes, len < 4 ? (size_t)len : 4);
		if (len <= 12) {
			memcpy(views + i * 16 + 4, cell->bytes, (size_t)len);
			continue;
		}
		memcpy(views + i * 16 + 8, place, 8);
		memcpy(text + at, cell->bytes, (size_t)len);
		at += len;
	}
	own->buffers[1] = own->blocks[1] = views;
	own->buffers[2] = own->blocks[2] = text;
	own->sizes[0] = of->n * RELEASE_CELL + 4;
	own->buffers[3] = own->blocks[3] = block(8);
	memcpy(own->blocks[3], own->sizes, 8);
	out->n_buffers = 4;
}

static void put_values(owned *own, struct ArrowArray *out, const char *format, const slots *of)
{
	int width = release_width(format);
	uint8_t *data;

	if (width == -2) {
		if (format[0] == 'v')
			put_views(own, out, of);
		else
			put_text(own, out, of, format[0] == 'U' || format[0] == 'Z');
		return;
	}
	out->n_buffers = width == -1 ? 0 : 2;
	if (width == -1)
		return;
	data = block(width ? of->n * width : (of->n + 7) / 8);
	for (int64_t i = 0; i < of->n; i++) {
		const release_cell *cell = slot_value(of, i);

		if (cell && width)
			memcpy(data + i * width, cell->bytes, (size_t)width);
		else if (cell && cell->bytes[0])
			cstn__bit_set(data, (size_t)i);
		else if (cell)
			cstn__bit_clear(data, (size_t)i);
	}
	own->buffers[1] = own->blocks[1] = data;
}

static void put_validity(owned *own, struct ArrowArray *out, const slots *of, int unknown)
{
	uint8_t *bits;

	out->null_count = 0;
	for (int64_t i = out->offset; i < out->offset + out->length; i++)
		out->null_count += of->at[i] && !of->at[i]->valid;
	if (out->n_buffers == 0) {
		out->null_count = out->length;
		return;
	}
	if (out->null_count || of->bitmap) {
		bits = block((of->n + 7) / 8);
		for (int64_t i = 0; i < of->n; i++)
			if (of->at[i] && of->at[i]->valid)
				cstn__bit_set(bits, (size_t)i);
			else if (of->at[i])
				cstn__bit_clear(bits, (size_t)i);
		own->buffers[0] = own->blocks[0] = bits;
	}
	if (unknown)
		out->null_count = -1;
}

/* --- dictionaries ----------------------------------------------------------------------------- */

static int same(const release_cell *a, const release_cell *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static void put_index(uint8_t *to, const char *format, int64_t value)
{
	int width = release_width(format);

	for (int i = 0; i < width; i++)
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		to[width - 1 - i] = (uint8_t)((uint64_t)value >> 8 * i);
#else
		to[i] = (uint8_t)((uint64_t)value >> 8 * i);
#endif
}

/* The distinct values in use, with unused and null entries between if there is garbage. */
static void put_dictionary(owned *own, struct ArrowArray *out, const release_table_column *column,
		const slots *of, const release_layout *layout, const char *format)
{
	static const release_cell unused = {1, 4,
						  RELEASE_PLANTED RELEASE_PLANTED RELEASE_PLANTED
								  RELEASE_PLANTED RELEASE_PLANTED},
				  null = {0, 0, {0}};
	const release_cell *entries[3 * RELEASE_ROWS + 8];
	int width = release_width(layout->index);
	uint8_t *indices = block(of->n * width);
	slots values = {entries, 0, layout->garbage, layout->garbage};
	owned *inner = own_new(&own->dictionary, column->name);

	for (int64_t i = 0; i < of->n; i++) {
		int64_t at = 0;

		if (!of->at[i] || (!of->at[i]->valid && layout->garbage && i % 3))
			continue;
		while (at < values.n && !(entries[at]->valid == of->at[i]->valid &&
							entries[at] != &unused &&
							same(entries[at], of->at[i])))
			at++;
		if (at == values.n) {
			if (layout->garbage && values.n < 24) {
				entries[values.n] = layout->garbage > 1 || i % 2 ? &unused : &null;
				values.n++;
			}
			at = values.n;
			entries[values.n++] = of->at[i];
		}
		put_index(indices + i * width, layout->index, at);
	}
	/* some are null because what they point to is */
	for (int64_t i = 0; i < of->n && layout->garbage; i += 3)
		if (of->at[i] && !of->at[i]->valid)
			of->at[i] = &unused;
	own->buffers[1] = own->blocks[1] = indices;
	out->n_buffers = 2;
	out->dictionary = &own->dictionary;
	own->dictionary.length = values.n;
	put_values(inner, &own->dictionary, format, &values);
	put_validity(inner, &own->dictionary, &values, 0);
}

/* --- arrays ----------------------------------------------------------------------------------- */

void release_array(struct ArrowArray *out, const release_table_column *column, int from, int n,
		const release_layout *layout, uint64_t *state)
{
	const release_cell *at[2 * RELEASE_ROWS] = {NULL};
	slots of = {at, layout->offset + n + layout->after, layout->garbage,
			(int)sharing_roll(state, 2)};
	owned *own = own_new(out, column->name);
	const char *format = layout->format ? layout->format : column->format;

	if (of.n > 2 * RELEASE_ROWS)
		abort();
	for (int i = 0; i < n; i++)
		at[layout->offset + i] = &column->cells[from + i];
	out->length = n;
	out->offset = layout->offset;
	if (layout->index)
		put_dictionary(own, out, column, &of, layout, format);
	else
		put_values(own, out, format, &of);
	put_validity(own, out, &of, layout->count_unknown);
}

void release_batch(struct ArrowArray *out, const release_table_column *columns, int n_columns,
		int from, int n, int64_t offset, const release_layout *layouts, uint64_t *state)
{
	owned *own = own_new(out, "");

	out->n_buffers = 1;
	out->length = n;
	out->offset = offset;
	out->n_children = n_columns;
	out->children = own->children_at;
	for (int i = 0; i < n_columns; i++) {
		release_layout layout = layouts[i];

		layout.offset += offset;
		own->children_at[i] = &own->children[i];
		release_array(&own->children[i], &columns[i], from, n, &layout, state);
		own->children[i].offset -= offset;
		own->children[i].length += offset;
		if (offset && own->children[i].null_count > 0)
			own->children[i].null_count = -1;
		/* a column may be longer than its batch, if it does not say what is null */
		if (layout.after % 2 && !own->children[i].buffers[0])
			own->children[i].length += layout.after;
	}
}

/* --- schemas and streams ---------------------------------------------------------------------- */

typedef struct schema_block {
	struct ArrowSchema children[16], dictionaries[16], *at[16];
} schema_block;

static void nothing_released(struct ArrowSchema *schema)
{
	schema->release = NULL;
}

static void schema_released(struct ArrowSchema *schema)
{
	free(schema->private_data);
	schema->release = NULL;
	live--;
}

void release_schema(struct ArrowSchema *out, const release_table_column *columns, int n_columns,
		const release_layout *layouts)
{
	schema_block *own = calloc(1, sizeof(*own));

	if (!own)
		abort();
	memset(out, 0, sizeof(*out));
	out->format = "+s";
	out->n_children = n_columns;
	out->children = own->at;
	out->release = schema_released;
	out->private_data = own;
	live++;
	for (int i = 0; i < n_columns; i++) {
		struct ArrowSchema *child = own->at[i] = &own->children[i];

		child->name = columns[i].name;
		child->format = layouts[i].format ? layouts[i].format : columns[i].format;
		child->flags = ARROW_FLAG_NULLABLE;
		child->release = nothing_released;
		if (!layouts[i].index)
			continue;
		own->dictionaries[i].format = child->format;
		own->dictionaries[i].release = nothing_released;
		child->format = layouts[i].index;
		child->dictionary = &own->dictionaries[i];
	}
}

typedef struct open_stream {
	const release_table_column *columns;
	int n_columns, n, at;
	const release_layout *layouts;
	struct ArrowArray *batches;
} open_stream;

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	open_stream *own = stream->private_data;

	release_schema(out, own->columns, own->n_columns, own->layouts);
	return 0;
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	open_stream *own = stream->private_data;

	memset(out, 0, sizeof(*out));
	if (own->at < own->n) {
		*out = own->batches[own->at];
		own->batches[own->at++].release = NULL;
	}
	return 0;
}

static const char *stream_error(struct ArrowArrayStream *stream)
{
	(void)stream;
	return NULL;
}

static void stream_release(struct ArrowArrayStream *stream)
{
	open_stream *own = stream->private_data;

	for (int i = 0; i < own->n; i++)
		if (own->batches[i].release)
			own->batches[i].release(&own->batches[i]);
	free(own);
	stream->release = NULL;
	live--;
}

void release_stream(struct ArrowArrayStream *out, const release_table_column *columns,
		int n_columns, const release_layout *layouts, struct ArrowArray *batches, int n)
{
	open_stream *own = calloc(1, sizeof(*own));

	if (!own)
		abort();
	*own = (open_stream){columns, n_columns, n, 0, layouts, batches};
	memset(out, 0, sizeof(*out));
	out->get_schema = stream_schema;
	out->get_next = stream_next;
	out->get_last_error = stream_error;
	out->release = stream_release;
	out->private_data = own;
	live++;
}
