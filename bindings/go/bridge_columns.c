/* Columns of a caller as one Arrow record batch.
 *
 * One block owns everything: structs, names, bitmaps made from flags and from values that mean
 * null, and, when the batch must outlive the call, a copy of the columns. It counts who still holds
 * a part (root and each child, since children may be moved out one by one) and goes with the last.
 * Offsets and codes are checked here, because only here is the size of what they point into known.
 * Cost: one pass over offsets, flags and nullable columns; numbers are not touched unless copied.
 */

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

typedef struct piece {
	struct piece *next;
	max_align_t bytes[];
} piece;

/* What a batch or a schema is made of. */
typedef struct owner {
	_Atomic int64_t refs;
	piece *pieces;
} owner;

static owner *owner_new(void)
{
	owner *o = calloc(1, sizeof(*o));

	if (o != NULL)
		atomic_init(&o->refs, 1);
	return o;
}

static void owner_drop(owner *o)
{
	if (atomic_fetch_sub(&o->refs, 1) != 1)
		return;
	while (o->pieces != NULL) {
		piece *next = o->pieces->next;

		free(o->pieces);
		o->pieces = next;
	}
	free(o);
}

static void *owner_take(owner *o, size_t size)
{
	piece *p = calloc(1, sizeof(*p) + size);

	if (p == NULL)
		return NULL;
	p->next = o->pieces;
	o->pieces = p;
	return p->bytes;
}

static void *owner_copy(owner *o, const void *data, size_t size)
{
	piece *p = malloc(sizeof(*p) + size + 1);

	if (p == NULL)
		return NULL;
	p->next = o->pieces;
	o->pieces = p;
	if (size > 0)
		memcpy(p->bytes, data, size);
	((char *)p->bytes)[size] = 0;
	return p->bytes;
}

static void release_schema(struct ArrowSchema *schema)
{
	owner *o = schema->private_data;
	int64_t i;

	for (i = 0; i < schema->n_children; i++)
		if (schema->children[i]->release != NULL)
			schema->children[i]->release(schema->children[i]);
	if (schema->dictionary != NULL && schema->dictionary->release != NULL)
		schema->dictionary->release(schema->dictionary);
	schema->release = NULL;
	owner_drop(o);
}

static void release_array(struct ArrowArray *array)
{
	owner *o = array->private_data;
	int64_t i;

	for (i = 0; i < array->n_children; i++)
		if (array->children[i]->release != NULL)
			array->children[i]->release(array->children[i]);
	if (array->dictionary != NULL && array->dictionary->release != NULL)
		array->dictionary->release(array->dictionary);
	array->release = NULL;
	owner_drop(o);
}

static void adopt_schema(owner *o, struct ArrowSchema *schema)
{
	atomic_fetch_add(&o->refs, 1);
	schema->private_data = o;
	schema->release = release_schema;
}

static void adopt_array(owner *o, struct ArrowArray *array)
{
	atomic_fetch_add(&o->refs, 1);
	array->private_data = o;
	array->release = release_array;
}

static const char *format_of(owner *o, const cstn_go_column *c)
{
	char *decimal;

	switch (c->type) {
	case CSTN_TYPE_FLAG:
		return "b";
	case CSTN_TYPE_INT32:
		return "i";
	case CSTN_GO_CODED:
		return "i";
	case CSTN_TYPE_INT64:
		return "l";
	case CSTN_TYPE_DOUBLE:
		return "g";
	case CSTN_TYPE_TEXT:
		return c->wide ? "U" : "u";
	case CSTN_TYPE_BYTES:
		return c->wide ? "Z" : "z";
	case CSTN_TYPE_DAYS:
		return "tdD";
	case CSTN_TYPE_TIME:
		return "tsu:UTC";
	default:
		decimal = owner_take(o, 24);
		if (decimal != NULL)
			snprintf(decimal, 24, "d:19,%d,64", (int)c->scale);
		return decimal;
	}
}

static int build_schema(const cstn_go_column *columns, size_t n, struct ArrowSchema *out)
{
	owner *o = owner_new();
	struct ArrowSchema *children, **list;
	size_t i;

	if (o == NULL)
		return 0;
	children = owner_take(o, 2 * n * sizeof(*children));
	list = owner_take(o, n * sizeof(struct ArrowSchema *));
	memset(out, 0, sizeof(*out));
	if (children == NULL || list == NULL)
		goto fail;
	for (i = 0; i < n; i++) {
		struct ArrowSchema *child = &children[2 * i];

		list[i] = child;
		child->format = format_of(o, &columns[i]);
		child->name = owner_copy(o, columns[i].name, strlen(columns[i].name));
		child->flags = ARROW_FLAG_NULLABLE;
		if (child->format == NULL || child->name == NULL)
			goto fail;
		if (columns[i].type == CSTN_GO_CODED) {
			child->dictionary = child + 1;
			child->dictionary->format = "u";
			child->dictionary->name = "";
		}
	}
	for (i = 0; i < n; i++) {
		adopt_schema(o, list[i]);
		if (list[i]->dictionary != NULL)
			adopt_schema(o, list[i]->dictionary);
	}
	out->format = "+s";
	out->name = "";
	out->n_children = (int64_t)n;
	out->children = list;
	adopt_schema(o, out);
	owner_drop(o);
	return 1;
fail:
	owner_drop(o);
	return 0;
}

/* --- values -------------------------------------------------------------------------------------
 */

static int is_null(const cstn_go_column *c, int64_t i)
{
	if (c->valid != NULL && !c->valid[i])
		return 1;
	if (c->null_rule == CSTN_GO_NULL_LOWEST && c->type == CSTN_TYPE_INT32)
		return ((const int32_t *)c->values)[i] == INT32_MIN;
	if (c->null_rule == CSTN_GO_NULL_LOWEST)
		return ((const int64_t *)c->values)[i] == INT64_MIN;
	if (c->null_rule == CSTN_GO_NULL_ZERO)
		return ((const int32_t *)c->values)[i] == 0;
	return 0;
}

static int64_t count_int64(const int64_t *values, int64_t rows, int64_t null)
{
	int64_t count = 0, i;

	for (i = 0; i < rows; i++)
		count += values[i] == null;
	return count;
}

static int64_t count_int32(const int32_t *values, int64_t rows, int32_t null)
{
	int64_t count = 0, i;

	for (i = 0; i < rows; i++)
		count += values[i] == null;
	return count;
}

/* One plain loop a case: most columns have no null, and then this pass is all they cost. */
static int64_t count_nulls(const cstn_go_column *c, int64_t rows)
{
	int64_t count = 0, i;

	if (c->valid != NULL) {
		for (i = 0; i < rows; i++)
			count += is_null(c, i);
		return count;
	}
	if (c->null_rule == CSTN_GO_NULL_ZERO)
		return count_int32(c->values, rows, 0);
	if (c->type == CSTN_TYPE_INT32)
		return count_int32(c->values, rows, INT32_MIN);
	return count_int64(c->values, rows, INT64_MIN);
}

/* The validity bitmap, or NULL in `*out` when nothing is null. */
static int build_validity(owner *o, const cstn_go_column *c, int64_t rows, const void **out,
		int64_t *null_count)
{
	uint8_t *bits;
	int64_t nulls, i;

	*out = NULL;
	*null_count = 0;
	if (c->valid == NULL && c->null_rule == CSTN_GO_NULL_NONE)
		return 1;
	nulls = count_nulls(c, rows);
	if (nulls == 0)
		return 1;
	bits = owner_take(o, (size_t)(rows + 7) / 8);
	if (bits == NULL)
		return 0;
	for (i = 0; i < rows; i++)
		bits[i / 8] |= (uint8_t)(!is_null(c, i) << (i % 8));
	*out = bits;
	*null_count = nulls;
	return 1;
}

static const void *build_flags(owner *o, const uint8_t *flags, int64_t rows)
{
	uint8_t *bits = owner_take(o, (size_t)(rows + 7) / 8 + 1);
	int64_t i;

	if (bits == NULL)
		return NULL;
	for (i = 0; i < rows; i++)
		bits[i / 8] |= (uint8_t)((flags[i] != 0) << (i % 8));
	return bits;
}

static int offsets_fit(const cstn_go_column *c, int64_t rows)
{
	int64_t last = 0, i;

	for (i = 0; i <= rows; i++) {
		int64_t here = c->wide ? ((const int64_t *)c->offsets)[i]
				       : ((const int32_t *)c->offsets)[i];

		if (here < last)
			return 0;
		last = here;
	}
	return last <= c->values_size;
}

static int codes_fit(const cstn_go_column *c, int64_t rows)
{
	const int32_t *codes = c->values;
	int64_t i;

	for (i = 0; i < rows; i++)
		if ((codes[i] < 0 || codes[i] >= c->n_words) && !is_null(c, i))
			return 0;
	return 1;
}

static size_t width_of(int32_t type)
{
	switch (type) {
	case CSTN_TYPE_INT32:
	case CSTN_TYPE_DAYS:
	case CSTN_GO_CODED:
		return 4;
	default:
		return 8;
	}
}

static int build_dictionary(owner *o, const cstn_go_column *c, struct ArrowArray *out)
{
	const void **buffers = owner_take(o, 3 * sizeof(*buffers));
	size_t ends = (size_t)(c->n_words + 1) * sizeof(int32_t);

	if (buffers == NULL)
		return 0;
	buffers[1] = owner_copy(o, c->word_ends, ends);
	buffers[2] = owner_copy(o, c->words, (size_t)c->word_ends[c->n_words]);
	out->length = c->n_words;
	out->n_buffers = 3;
	out->buffers = buffers;
	return buffers[1] != NULL && buffers[2] != NULL;
}

/* An Arrow buffer of no rows may be NULL; of some rows it is the caller's, or a copy. */
static const void *hold(owner *o, const void *data, size_t size, int32_t copy)
{
	return copy || data == NULL ? owner_copy(o, data, size) : data;
}

static int build_child(owner *o, const cstn_go_column *c, int64_t rows, int32_t copy,
		struct ArrowArray *out)
{
	int text = c->type == CSTN_TYPE_TEXT || c->type == CSTN_TYPE_BYTES;
	const void **buffers = owner_take(o, 3 * sizeof(*buffers));
	size_t n = (size_t)rows;

	if (buffers == NULL || !build_validity(o, c, rows, &buffers[0], &out->null_count))
		return 0;
	out->length = rows;
	out->n_buffers = text ? 3 : 2;
	out->buffers = buffers;
	if (text) {
		buffers[1] = hold(o, c->offsets, (n + 1) * (c->wide ? 8 : 4), copy);
		buffers[2] = hold(o, c->values, (size_t)c->values_size, copy);
		return buffers[1] != NULL && buffers[2] != NULL;
	}
	if (c->type == CSTN_TYPE_FLAG)
		buffers[1] = build_flags(o, c->values, rows);
	else
		buffers[1] = hold(o, c->values, n * width_of(c->type), copy);
	if (buffers[1] == NULL)
		return 0;
	if (c->type != CSTN_GO_CODED)
		return 1;
	out->dictionary = owner_take(o, sizeof(*out->dictionary));
	return out->dictionary != NULL && build_dictionary(o, c, out->dictionary);
}

static int build_array(const cstn_go_column *columns, size_t n, int64_t rows, int32_t copy,
		struct ArrowArray *out)
{
	owner *o = owner_new();
	struct ArrowArray *children, **list;
	const void **buffers;
	size_t i;

	if (o == NULL)
		return 0;
	memset(out, 0, sizeof(*out));
	children = owner_take(o, n * sizeof(*children));
	list = owner_take(o, n * sizeof(struct ArrowArray *));
	buffers = owner_take(o, sizeof(*buffers));
	if (children == NULL || list == NULL || buffers == NULL)
		goto fail;
	for (i = 0; i < n; i++) {
		list[i] = &children[i];
		if (!build_child(o, &columns[i], rows, copy, list[i]))
			goto fail;
	}
	for (i = 0; i < n; i++) {
		adopt_array(o, list[i]);
		if (list[i]->dictionary != NULL)
			adopt_array(o, list[i]->dictionary);
	}
	out->length = rows;
	out->n_buffers = 1;
	out->buffers = buffers;
	out->n_children = (int64_t)n;
	out->children = list;
	adopt_array(o, out);
	owner_drop(o);
	return 1;
fail:
	owner_drop(o);
	return 0;
}

static int check_columns(const cstn_go_column *columns, size_t n, int64_t rows, cstn_go_outcome *o)
{
	char text[160];
	size_t i;

	for (i = 0; i < n; i++) {
		const cstn_go_column *c = &columns[i];

		if (c->offsets != NULL && !offsets_fit(c, rows)) {
			snprintf(text, sizeof(text),
					"column '%.80s': offsets descend or leave the text",
					c->name);
			cstn_go_say(o, CSTN_E_INVALID_ARGUMENT, text);
			return 0;
		}
		if (c->type == CSTN_GO_CODED && !codes_fit(c, rows)) {
			snprintf(text, sizeof(text), "column '%.80s': a code is outside 0..%lld",
					c->name, (long long)c->n_words - 1);
			cstn_go_say(o, CSTN_E_INVALID_ARGUMENT, text);
			return 0;
		}
	}
	return 1;
}

cstn_status cstn_go_columns_stream(const cstn_go_column *columns, size_t n, int64_t rows,
		int32_t copy, struct ArrowArrayStream *out, cstn_go_outcome *o)
{
	struct ArrowSchema schema;
	struct ArrowArray array;

	if (!check_columns(columns, n, rows, o))
		return o->status;
	if (!build_schema(columns, n, &schema))
		goto no_memory;
	if (!build_array(columns, n, rows, copy, &array)) {
		schema.release(&schema);
		goto no_memory;
	}
	if (cstn_arrow_stream_from_array(&schema, &array, out) != CSTN_OK)
		goto no_memory;
	return CSTN_OK;
no_memory:
	cstn_go_say(o, CSTN_E_NOMEM, "no memory for the columns");
	return CSTN_E_NOMEM;
}

void cstn_go_stream_of_columns(const cstn_go_column *columns, size_t n, int64_t rows,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	struct ArrowArrayStream *stream = cstn_arrow_stream_new();

	if (stream == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
		return;
	}
	if (cstn_go_columns_stream(columns, n, rows, 1, stream, o) != CSTN_OK)
		cstn_arrow_stream_free(stream);
	else
		*out = stream;
}
