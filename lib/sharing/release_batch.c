/* Batches of rows on their way out.
 *
 * Columns are read where they lie; what cannot go by reference is written anew; then the columns
 * that can are moved out of the batch, and the rest of it is released before anybody sees what goes
 * out. A failure releases both. Cost: that of the columns; nothing for those that stay. */
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "sharing/release_copy.h"
#include "sharing/release_plan.h"
#include "table/bound.h"
#include "table/schema_nodes.h"

/* --- the root of what goes out ---------------------------------------------------------------- */

typedef struct root {
	cstn_allocator allocator;
	size_t size;
	const void *no_validity[1];
	struct ArrowArray **pointers;
	struct ArrowArray children[];
} root;

static void root_release(struct ArrowArray *array)
{
	root *own = array->private_data;
	cstn_allocator allocator = own->allocator;

	for (int64_t i = 0; i < array->n_children; i++)
		if (own->children[i].release)
			own->children[i].release(&own->children[i]);
	array->release = NULL;
	cstn__free(&allocator, own, own->size);
}

static cstn_status root_new(const cstn__release_plan *plan, int64_t length, struct ArrowArray *out,
		cstn_error **error)
{
	size_t size = sizeof(root) +
		      plan->n * (sizeof(struct ArrowArray) + sizeof(struct ArrowArray *));
	root *own = cstn__alloc_zero(&plan->allocator, size);

	if (!own)
		return cstn__fail_nomem(error);
	own->allocator = plan->allocator;
	own->size = size;
	own->pointers = (struct ArrowArray **)(void *)(own->children + plan->n);
	for (size_t i = 0; i < plan->n; i++)
		own->pointers[i] = &own->children[i];
	memset(out, 0, sizeof(*out));
	out->length = length;
	out->n_buffers = 1;
	out->buffers = own->no_validity;
	out->n_children = (int64_t)plan->n;
	out->children = own->pointers;
	out->release = root_release;
	out->private_data = own;
	return CSTN_OK;
}

/* --- columns ---------------------------------------------------------------------------------- */

/* A raw column that is clean stays where it is for now: `out` is as it was. */
static cstn_status put_raw(const cstn__release_plan *plan, const cstn__view *view,
		const struct ArrowArray *child, const int64_t *rows, int64_t n,
		struct ArrowArray *out, cstn_error **error)
{
	int clean = rows ? 0 : cstn__release_is_clean(view, child, &plan->allocator);

	if (clean < 0)
		return cstn__fail_nomem(error);
	return clean ? CSTN_OK : cstn__release_copy(view, rows, n, &plan->allocator, out, error);
}

static cstn_status put_column(const cstn__release_plan *plan, const cstn__release_field *field,
		const struct ArrowArray *in, const int64_t *rows, int64_t n, struct ArrowArray *out,
		cstn_error **error)
{
	const struct ArrowArray *child = in->children[field->child];
	cstn__view view;
	cstn_status status = cstn__view_open(
			&view, &field->type, field->name, child, in->offset, in->length, error);

	if (status != CSTN_OK)
		return status;
	switch (field->level) {
	case CSTN_LEVEL_PSEUDONYM:
		return cstn__pseudonym_column(
				field->pseudonym, &view, rows, n, &plan->allocator, out, error);
	case CSTN_LEVEL_GENERALISED:
		return cstn__release_coarsen(field, &view, rows, n, &plan->allocator, out, error);
	default:
		return put_raw(plan, &view, child, rows, n, out, error);
	}
}

/* What was left where it was goes over, and says how many nulls it has: none. */
static void move_columns(
		const cstn__release_plan *plan, struct ArrowArray *in, struct ArrowArray *out)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct ArrowArray *to = out->children[i],
				  *from = in->children[plan->fields[i].child];

		if (to->release)
			continue;
		*to = *from;
		to->null_count = 0;
		from->release = NULL;
	}
}

static cstn_status put_columns(const cstn__release_plan *plan, struct ArrowArray *in,
		const int64_t *rows, int64_t n, struct ArrowArray *out, cstn_error **error)
{
	struct ArrowArray made;
	cstn_status status = root_new(plan, n, &made, error);

	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < plan->n && status == CSTN_OK; i++)
		status = put_column(plan, &plan->fields[i], in, rows, n, made.children[i], error);
	if (status != CSTN_OK) {
		made.release(&made);
		return status;
	}
	move_columns(plan, in, &made);
	*out = made;
	return CSTN_OK;
}

cstn_status cstn__release_plan_batch(cstn__release_plan *plan, struct ArrowArray *in,
		struct ArrowArray *out, uint64_t *held_back, cstn_error **error)
{
	struct ArrowArray batch = *in;
	int64_t *rows = NULL, n = 0;
	cstn_status status;

	in->release = NULL;
	status = cstn__batch_check(plan->n_input, &batch, error);
	if (status == CSTN_OK && plan->n_input && !batch.children)
		status = cstn__fail(error, CSTN_E_STREAM, "a batch of the stream has no columns");
	if (status == CSTN_OK)
		status = cstn__release_select(plan, &batch, &rows, &n, error);
	if (status == CSTN_OK)
		status = put_columns(plan, &batch, rows, n, out, error);
	if (status == CSTN_OK)
		*held_back = (uint64_t)(batch.length - n);
	cstn__free(&plan->allocator, rows, (size_t)batch.length * sizeof(*rows));
	batch.release(&batch);
	return status;
}

/* --- schemas ---------------------------------------------------------------------------------- */

/* The strings of a schema that may outlive the plan. */
typedef struct strings {
	cstn_allocator allocator;
	cstn__arena arena;
} strings;

static void strings_free(void *owner)
{
	strings *own = owner;
	cstn_allocator allocator = own->allocator;

	cstn__arena_free(&own->arena);
	cstn__free(&allocator, own, sizeof(*own));
}

static int put_name(strings *own, struct ArrowSchema *node, const char *name, const char *format)
{
	node->name = cstn__arena_copy(&own->arena, name, strlen(name));
	node->format = cstn__arena_copy(&own->arena, format, strlen(format));
	return !node->name || !node->format;
}

static int fill_schema(const cstn__release_plan *plan, cstn__schema_nodes *block, strings *own)
{
	size_t next = plan->n + 1;
	int failed = put_name(own, &block->nodes[0], "", "+s");

	block->nodes[0].n_children = (int64_t)plan->n;
	block->nodes[0].children = plan->n ? block->pointers : NULL;
	for (size_t i = 0; i < plan->n; i++) {
		const cstn__release_field *field = &plan->fields[i];
		struct ArrowSchema *node = &block->nodes[i + 1];

		block->pointers[i] = node;
		node->flags = field->level == CSTN_LEVEL_RAW ? field->flags : ARROW_FLAG_NULLABLE;
		failed |= put_name(own, node, field->name, field->format);
		if (!field->values)
			continue;
		node->dictionary = &block->nodes[next++];
		node->dictionary->flags = ARROW_FLAG_NULLABLE;
		failed |= put_name(own, node->dictionary, "", field->values);
	}
	return failed;
}

cstn_status cstn__release_rows_schema(
		const cstn__release_plan *plan, struct ArrowSchema *out, cstn_error **error)
{
	strings *own = cstn__alloc_zero(&plan->allocator, sizeof(*own));
	cstn__schema_nodes *block = NULL;
	size_t count = plan->n + 1;
	struct ArrowSchema made;

	for (size_t i = 0; i < plan->n; i++)
		count += plan->fields[i].values != NULL;
	if (own) {
		own->allocator = plan->allocator;
		cstn__arena_init(&own->arena, &plan->allocator);
		block = cstn__schema_nodes_new(&plan->allocator, count, strings_free, own);
		if (!block)
			strings_free(own);
	}
	if (!block)
		return cstn__fail_nomem(error);
	if (fill_schema(plan, block, own)) {
		made = block->nodes[0];
		made.release(&made);
		return cstn__fail_nomem(error);
	}
	*out = block->nodes[0];
	return CSTN_OK;
}

cstn_status cstn__release_plan_schema(
		const cstn__release_plan *plan, struct ArrowSchema *out, cstn_error **error)
{
	struct ArrowArrayStream nothing = plan->nothing;
	int code;

	if (plan->form < CSTN_LEVEL_AGGREGATED)
		return cstn__release_rows_schema(plan, out, error);
	code = nothing.get_schema(&nothing, out);
	return code ? cstn__stream_fail(&nothing, code, "schema", error) : CSTN_OK;
}
