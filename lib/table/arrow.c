#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_DEFAULT */
#endif
/* Arrow structs for hosts: on the heap, one batch as a stream, and the destructor of Python
 * capsules.
 *
 * A stream made of one batch must give its schema as often as it is asked. It hands out trees of
 * nodes that point into the one schema it keeps; the strings live as long as the last such node, by
 * counting references. Cost: one small block a schema, nothing a row. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <constellation/arrow.h>

#include "base/alloc.h"
#include "table/schema_nodes.h"

_Static_assert(sizeof(void *) != 8 || sizeof(struct ArrowSchema) == 72, "as Arrow prints it");
_Static_assert(sizeof(void *) != 8 || sizeof(struct ArrowArray) == 80, "as Arrow prints it");
_Static_assert(sizeof(void *) != 8 || sizeof(struct ArrowArrayStream) == 40, "as Arrow prints it");

/* --- nodes of a schema ------------------------------------------------------------------------ */

static void schema_node_release(struct ArrowSchema *node)
{
	cstn__schema_nodes *block = node->private_data;
	int64_t i;

	for (i = 0; i < node->n_children; i++)
		if (node->children[i]->release)
			node->children[i]->release(node->children[i]);
	if (node->dictionary && node->dictionary->release)
		node->dictionary->release(node->dictionary);
	node->release = NULL;
	if (atomic_fetch_sub_explicit(&block->alive, 1, memory_order_acq_rel) == 1) {
		cstn_allocator allocator = block->allocator;

		block->drop(block->owner);
		cstn__free(&allocator, block, block->size);
	}
}

cstn__schema_nodes *cstn__schema_nodes_new(const cstn_allocator *allocator, size_t count,
		void (*drop)(void *owner), void *owner)
{
	size_t each = sizeof(struct ArrowSchema) + sizeof(struct ArrowSchema *), size, i;
	cstn__schema_nodes *block;

	size = cstn__array_size(count, each);
	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	size += sizeof(*block);
	block = cstn__alloc_zero(allocator, size);
	if (!block)
		return NULL;
	block->allocator = *allocator;
	block->size = size;
	atomic_init(&block->alive, count);
	block->drop = drop;
	block->owner = owner;
	block->nodes = (struct ArrowSchema *)(void *)(block + 1);
	block->pointers = (struct ArrowSchema **)(void *)(block->nodes + count);
	for (i = 0; i < count; i++) {
		block->nodes[i].release = schema_node_release;
		block->nodes[i].private_data = block;
	}
	return block;
}

static size_t schema_count_nodes(const struct ArrowSchema *schema)
{
	size_t count = 1;
	int64_t i;

	for (i = 0; i < schema->n_children; i++)
		count += schema_count_nodes(schema->children[i]);
	return schema->dictionary ? count + schema_count_nodes(schema->dictionary) : count;
}

/* Fill node `at` like `from`; its descendants take the nodes after *next. */
static void schema_mirror(
		cstn__schema_nodes *block, size_t at, size_t *next, const struct ArrowSchema *from)
{
	struct ArrowSchema *node = &block->nodes[at];
	size_t first = *next;
	int64_t i;

	node->format = from->format;
	node->name = from->name;
	node->metadata = from->metadata;
	node->flags = from->flags;
	node->n_children = from->n_children;
	node->children = from->n_children > 0 ? block->pointers + first : NULL;
	*next += (size_t)from->n_children;
	for (i = 0; i < from->n_children; i++) {
		node->children[i] = &block->nodes[first + (size_t)i];
		schema_mirror(block, first + (size_t)i, next, from->children[i]);
	}
	if (from->dictionary) {
		size_t mine = (*next)++;

		node->dictionary = &block->nodes[mine];
		schema_mirror(block, mine, next, from->dictionary);
	}
}

/* --- structs on the heap ---------------------------------------------------------------------- */

static void *heap_new(size_t size)
{
	cstn_allocator libc;

	if (cstn__allocator_read(NULL, &libc, NULL) != CSTN_OK)
		return NULL;
	return cstn__alloc_zero(&libc, size);
}

static void heap_free(void *memory, size_t size)
{
	cstn_allocator libc;

	if (cstn__allocator_read(NULL, &libc, NULL) == CSTN_OK)
		cstn__free(&libc, memory, size);
}

struct ArrowArrayStream *cstn_arrow_stream_new(void)
{
	return heap_new(sizeof(struct ArrowArrayStream));
}

void cstn_arrow_stream_free(struct ArrowArrayStream *stream)
{
	if (stream && stream->release)
		stream->release(stream);
	heap_free(stream, sizeof(*stream));
}

struct ArrowSchema *cstn_arrow_schema_new(void)
{
	return heap_new(sizeof(struct ArrowSchema));
}

void cstn_arrow_schema_free(struct ArrowSchema *schema)
{
	if (schema && schema->release)
		schema->release(schema);
	heap_free(schema, sizeof(*schema));
}

struct ArrowArray *cstn_arrow_array_new(void)
{
	return heap_new(sizeof(struct ArrowArray));
}

void cstn_arrow_array_free(struct ArrowArray *array)
{
	if (array && array->release)
		array->release(array);
	heap_free(array, sizeof(*array));
}

/* --- one batch as a stream -------------------------------------------------------------------- */

typedef struct one_batch {
	cstn_allocator allocator;
	atomic_size_t references; /* the stream, and each schema handed out */
	struct ArrowSchema schema;
	struct ArrowArray array;
	const char *message;
} one_batch;

static void one_batch_unref(void *owner)
{
	one_batch *batch = owner;

	if (atomic_fetch_sub_explicit(&batch->references, 1, memory_order_acq_rel) != 1)
		return;
	if (batch->schema.release)
		batch->schema.release(&batch->schema);
	cstn_allocator allocator = batch->allocator;

	cstn__free(&allocator, batch, sizeof(*batch));
}

static int one_batch_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	one_batch *batch = stream->private_data;
	cstn__schema_nodes *block;
	size_t next = 1;

	block = cstn__schema_nodes_new(&batch->allocator, schema_count_nodes(&batch->schema),
			one_batch_unref, batch);
	if (!block) {
		batch->message = "out of memory";
		return ENOMEM;
	}
	atomic_fetch_add_explicit(&batch->references, 1, memory_order_relaxed);
	schema_mirror(block, 0, &next, &batch->schema);
	*out = block->nodes[0];
	return 0;
}

static int one_batch_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	one_batch *batch = stream->private_data;

	*out = batch->array;
	memset(&batch->array, 0, sizeof(batch->array));
	return 0;
}

static const char *one_batch_last_error(struct ArrowArrayStream *stream)
{
	return ((one_batch *)stream->private_data)->message;
}

static void one_batch_release(struct ArrowArrayStream *stream)
{
	one_batch *batch = stream->private_data;

	if (batch->array.release)
		batch->array.release(&batch->array);
	stream->release = NULL;
	one_batch_unref(batch);
}

int32_t cstn_arrow_stream_from_array(
		struct ArrowSchema *schema, struct ArrowArray *array, struct ArrowArrayStream *out)
{
	struct ArrowSchema own_schema = {0};
	struct ArrowArray own_array = {0};
	one_batch *batch = NULL;
	int32_t status;

	if (schema) {
		own_schema = *schema;
		schema->release = NULL;
	}
	if (array) {
		own_array = *array;
		array->release = NULL;
	}
	status = !out || !own_schema.release || !own_array.release ? CSTN_E_INVALID_ARGUMENT
								   : CSTN_OK;
	if (status == CSTN_OK) {
		batch = heap_new(sizeof(*batch));
		status = batch ? CSTN_OK : CSTN_E_NOMEM;
	}
	if (status == CSTN_OK)
		status = cstn__allocator_read(NULL, &batch->allocator, NULL);
	if (status != CSTN_OK) {
		if (own_schema.release)
			own_schema.release(&own_schema);
		if (own_array.release)
			own_array.release(&own_array);
		heap_free(batch, sizeof(*batch));
		return status;
	}
	atomic_init(&batch->references, 1);
	batch->schema = own_schema;
	batch->array = own_array;
	out->get_schema = one_batch_schema;
	out->get_next = one_batch_next;
	out->get_last_error = one_batch_last_error;
	out->release = one_batch_release;
	out->private_data = batch;
	return CSTN_OK;
}

/* --- Python capsules -------------------------------------------------------------------------- */

void cstn_arrow_capsule_destroy(void *capsule)
{
	const char *(*name_of)(void *) = NULL;
	void *(*pointer_of)(void *, const char *) = NULL;
	void *symbol;
	const char *name;

	symbol = dlsym(RTLD_DEFAULT, "PyCapsule_GetName");
	memcpy(&name_of, &symbol, sizeof(symbol));
	symbol = dlsym(RTLD_DEFAULT, "PyCapsule_GetPointer");
	memcpy(&pointer_of, &symbol, sizeof(symbol));
	if (!capsule || !name_of || !pointer_of)
		return;
	name = name_of(capsule);
	if (!name)
		return;
	if (strcmp(name, "arrow_array_stream") == 0)
		cstn_arrow_stream_free(pointer_of(capsule, name));
	else if (strcmp(name, "arrow_schema") == 0)
		cstn_arrow_schema_free(pointer_of(capsule, name));
	else if (strcmp(name, "arrow_array") == 0)
		cstn_arrow_array_free(pointer_of(capsule, name));
}
