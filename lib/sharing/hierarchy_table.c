/* Hierarchies of values: each has at most one parent.
 *
 * Values are interned, parents are numbers. A table in which a value stands above itself is
 * refused: every walk upwards then ends. O(1) a value; the check walks each value's ancestors once.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/sha256.h"
#include "sharing/generalise.h"

#define NONE UINT32_MAX

struct cstn_hierarchy {
	atomic_size_t references;
	cstn_allocator allocator;
	cstn__interner values;
	CSTN__ARRAY(uint32_t) parent; /* of each value; NONE: a root */
};

static cstn_status nodes_of(cstn_hierarchy *h, const struct cstn__interned *text, uint32_t *out,
		cstn_error **error)
{
	uint32_t node = cstn__intern(&h->values, text->text, text->len);

	if (node == UINT32_MAX || cstn__array_reserve(&h->allocator, &h->parent, 1))
		return cstn__fail_nomem(error);
	if (node == h->parent.count)
		h->parent.items[h->parent.count++] = NONE;
	*out = node;
	return CSTN_OK;
}

static cstn_status add_rows(cstn_hierarchy *h, const cstn__coded_table *table, cstn_error **error)
{
	const cstn__coded *value = &table->columns[0], *parent = &table->columns[1];
	cstn_status status = CSTN_OK;
	uint32_t child, above;
	size_t i;

	for (i = 0; i < table->rows && status == CSTN_OK; i++) {
		const struct cstn__interned *text = &value->texts.items[value->codes.items[i]];

		status = nodes_of(h, text, &child, error);
		if (status != CSTN_OK || parent->codes.items[i] == CSTN__CODE_NULL)
			continue;
		status = nodes_of(h, &parent->texts.items[parent->codes.items[i]], &above, error);
		if (status == CSTN_OK && h->parent.items[child] != NONE &&
				h->parent.items[child] != above)
			status = cstn__fail(error, CSTN_E_DUPLICATE, "'%.80s' has two parents",
					text->text);
		if (status == CSTN_OK)
			h->parent.items[child] = above;
	}
	return status;
}

/* Marks what was walked with the walk's number: a mark of the same walk is a circle. */
static cstn_status check_circles(const cstn_hierarchy *h, cstn_error **error)
{
	size_t n = h->parent.count, size = cstn__array_size(n, sizeof(uint32_t)), i;
	uint32_t *mark = cstn__alloc_zero(&h->allocator, size), at = NONE;
	int circle = 0;

	if (!mark)
		return cstn__fail_nomem(error);
	for (i = 0; i < n && !circle; i++) {
		for (at = (uint32_t)i; at != NONE && !mark[at]; at = h->parent.items[at])
			mark[at] = (uint32_t)i + 1;
		circle = at != NONE && mark[at] == (uint32_t)i + 1;
	}
	cstn__free(&h->allocator, mark, size);
	return circle ? cstn__fail(error, CSTN_E_FORMAT, "'%.80s' is above itself",
					h->values.items[at].text)
		      : CSTN_OK;
}

cstn_status cstn_hierarchy_new(struct ArrowArrayStream *rows, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn_hierarchy **out, cstn_error **error)
{
	static const cstn__coded_ask asks[] = {{"value", CSTN__ACCEPT(CSTN_TYPE_TEXT), 0},
			{"parent", CSTN__ACCEPT(CSTN_TYPE_TEXT), 1}};
	struct ArrowArrayStream stream;
	cstn__coded_table table = {0};
	cstn_hierarchy *h = NULL;
	cstn_allocator memory;
	cstn_status status = cstn__stream_take(rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	if (!out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status == CSTN_OK)
		status = cstn__handle_new(allocator, sizeof(*h), &memory, &h, error);
	if (status == CSTN_OK) {
		atomic_init(&h->references, 1);
		h->allocator = memory;
		cstn__interner_init(&h->values, &memory, 0);
		status = cstn__coded_read(
				&stream, asks, 2, binding, 0, &memory, &table, NULL, error);
	}
	stream.release(&stream);
	if (status == CSTN_OK)
		status = add_rows(h, &table, error);
	if (status == CSTN_OK)
		status = check_circles(h, error);
	if (table.columns)
		cstn__coded_table_free(&table);
	if (status == CSTN_OK)
		*out = h;
	else
		cstn_hierarchy_unref(h);
	return status;
}

const char *cstn_hierarchy_ancestor(const cstn_hierarchy *h, const char *value, size_t len,
		int32_t step, size_t *out_len)
{
	uint32_t at = h && value && out_len ? cstn__interner_find(&h->values, value, len) : NONE;

	if (at == NONE)
		return NULL;
	for (; step > 0 && h->parent.items[at] != NONE; step--)
		at = h->parent.items[at];
	*out_len = h->values.items[at].len;
	return h->values.items[at].text;
}

/* The sum of the hashes of its pairs, as four numbers of 64 bits. */
void cstn__hierarchy_digest(const cstn_hierarchy *h, uint8_t out[32])
{
	uint8_t one[2][CSTN__SHA256_SIZE], pair[CSTN__SHA256_SIZE];
	uint64_t sum[4] = {0};
	size_t i, k;

	for (i = 0; i < h->parent.count; i++) {
		const struct cstn__interned *value = &h->values.items[i], *above = NULL;

		if (h->parent.items[i] != NONE)
			above = &h->values.items[h->parent.items[i]];
		cstn__sha256(value->text, value->len, one[0]);
		memset(one[1], 0, sizeof(one[1]));
		if (above)
			cstn__sha256(above->text, above->len, one[1]);
		cstn__sha256(one, sizeof(one), pair);
		for (k = 0; k < 4; k++)
			sum[k] += cstn__load_u64_le(pair + 8 * k);
	}
	for (i = 0; i < 32; i++)
		out[i] = (uint8_t)(sum[i / 8] >> (8 * (i % 8)));
}

cstn_hierarchy *cstn_hierarchy_ref(cstn_hierarchy *h)
{
	if (h)
		atomic_fetch_add_explicit(&h->references, 1, memory_order_relaxed);
	return h;
}

void cstn_hierarchy_unref(cstn_hierarchy *h)
{
	cstn_allocator allocator;

	if (!h || atomic_fetch_sub_explicit(&h->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = h->allocator;
	cstn__interner_free(&h->values);
	cstn__array_free(&allocator, &h->parent);
	cstn__free(&allocator, h, sizeof(*h));
}
