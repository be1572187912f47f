#include "arrow_maker.h"

#include <stdlib.h>
#include <string.h>

static int64_t live;

int64_t maker_live(void)
{
	return live;
}

static void *allocated(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory)
		abort();
	return memory;
}

static void array_release(struct ArrowArray *array)
{
	int64_t i;

	if (!array->release)
		abort();
	for (i = 0; i < array->n_children; i++) {
		if (array->children[i]->release)
			array->children[i]->release(array->children[i]);
		free(array->children[i]);
	}
	if (array->dictionary) {
		if (array->dictionary->release)
			array->dictionary->release(array->dictionary);
		free(array->dictionary);
	}
	free(array->children);
	free(array->buffers);
	array->release = NULL;
	live--;
}

void maker_array(struct ArrowArray *out, const maker_column *from)
{
	memset(out, 0, sizeof(*out));
	out->length = from->length;
	out->offset = from->offset;
	out->null_count = from->null_count;
	out->n_buffers = from->n_buffers;
	out->buffers = allocated((size_t)from->n_buffers * sizeof(void *));
	memcpy(out->buffers, from->buffers, (size_t)from->n_buffers * sizeof(void *));
	if (from->dictionary) {
		out->dictionary = allocated(sizeof(*out->dictionary));
		maker_array(out->dictionary, from->dictionary);
	}
	out->release = array_release;
	live++;
}

void maker_root(struct ArrowArray *out, const maker_batch *from, size_t n)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	out->length = from->length;
	out->offset = from->offset;
	out->null_count = from->null_count;
	out->n_buffers = 1;
	out->buffers = allocated(sizeof(void *));
	out->buffers[0] = from->validity;
	out->n_children = (int64_t)n;
	out->children = allocated(n * sizeof(*out->children));
	for (i = 0; i < n; i++) {
		out->children[i] = allocated(sizeof(**out->children));
		maker_array(out->children[i], &from->columns[i]);
	}
	out->release = array_release;
	live++;
}

static void schema_release(struct ArrowSchema *schema)
{
	int64_t i;

	if (!schema->release)
		abort();
	for (i = 0; i < schema->n_children; i++) {
		if (schema->children[i]->release)
			schema->children[i]->release(schema->children[i]);
		free(schema->children[i]);
	}
	if (schema->dictionary) {
		if (schema->dictionary->release)
			schema->dictionary->release(schema->dictionary);
		free(schema->dictionary);
	}
	free(schema->children);
	schema->release = NULL;
	live--;
}

static void field_schema(struct ArrowSchema *out, const maker_column *from)
{
	memset(out, 0, sizeof(*out));
	out->format = from->format;
	out->name = from->name;
	out->flags = ARROW_FLAG_NULLABLE;
	if (from->dictionary) {
		out->dictionary = allocated(sizeof(*out->dictionary));
		field_schema(out->dictionary, from->dictionary);
	}
	out->release = schema_release;
	live++;
}

void maker_schema(struct ArrowSchema *out, const maker_stream *from)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	out->format = from->root_format ? from->root_format : "+s";
	out->n_children = (int64_t)from->n;
	out->children = allocated(from->n * sizeof(*out->children));
	for (i = 0; i < from->n; i++) {
		out->children[i] = allocated(sizeof(**out->children));
		field_schema(out->children[i], &from->fields[i]);
	}
	out->release = schema_release;
	live++;
}

typedef struct open_stream {
	const maker_stream *from;
	size_t next;
} open_stream;

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	open_stream *own = stream->private_data;

	if (own->from->fail_schema)
		return own->from->fail_code;
	maker_schema(out, own->from);
	return 0;
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	open_stream *own = stream->private_data;

	if (own->from->fail_at && own->next + 1 >= own->from->fail_at)
		return own->from->fail_code;
	memset(out, 0, sizeof(*out));
	if (own->next < own->from->n_batches)
		maker_root(out, &own->from->batches[own->next++], own->from->n);
	return 0;
}

static const char *stream_error(struct ArrowArrayStream *stream)
{
	return ((open_stream *)stream->private_data)->from->fail_message;
}

static void stream_release(struct ArrowArrayStream *stream)
{
	if (!stream->release)
		abort();
	free(stream->private_data);
	stream->release = NULL;
	live--;
}

void maker_open(struct ArrowArrayStream *out, const maker_stream *from)
{
	open_stream *own = allocated(sizeof(*own));

	own->from = from;
	out->get_schema = stream_schema;
	out->get_next = stream_next;
	out->get_last_error = stream_error;
	out->release = stream_release;
	out->private_data = own;
	live++;
}
