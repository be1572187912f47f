/* A batch without some of its rows: the kept ones are copied together, one column at a time. A
 * batch that loses none is written as it is. Memory: a copy of the batch. */
#include "store/gather.h"

#include "base/error.h"
#include "store/table_info.h"

struct kept {
	uint32_t *rows, *child_rows; /* numbers in the batch */
	uint64_t n, n_child;
	cstn__arena *arena;
};

static int gather_bits(struct kept *kept, const uint64_t *from, const uint32_t *rows, uint64_t n,
		const uint64_t **out)
{
	uint64_t words = (n + 63) / 64;
	uint64_t *bits;

	if (!from)
		return 0;
	bits = cstn__arena_alloc(kept->arena, (size_t)(words + 1) * sizeof(*bits));
	if (!bits)
		return -1;
	memset(bits, 0, (size_t)words * sizeof(*bits));
	for (uint64_t i = 0; i < n; i++)
		bits[i / 64] |= (from[rows[i] / 64] >> rows[i] % 64 & 1) << i % 64;
	*out = bits;
	return 0;
}

static int gather_text(struct kept *kept, const cstn__values *from, const uint32_t *rows,
		uint64_t n, cstn__values *out)
{
	uint32_t *offsets = cstn__arena_alloc(kept->arena, (size_t)(n + 1) * sizeof(*offsets));
	uint8_t *bytes;

	if (!offsets)
		return -1;
	offsets[0] = 0;
	for (uint64_t i = 0; i < n; i++)
		offsets[i + 1] = offsets[i] + from->offsets[rows[i] + 1] - from->offsets[rows[i]];
	bytes = cstn__arena_alloc(kept->arena, (size_t)offsets[n] + 1);
	if (!bytes)
		return -1;
	for (uint64_t i = 0; i < n; i++)
		if (offsets[i + 1] > offsets[i])
			memcpy(bytes + offsets[i], from->bytes + from->offsets[rows[i]],
					offsets[i + 1] - offsets[i]);
	out->offsets = offsets;
	out->bytes = bytes;
	return 0;
}

static int gather(struct kept *kept, const cstn__values *from, int child, cstn__values *out)
{
	const uint32_t *rows = child ? kept->child_rows : kept->rows;
	uint64_t n = child ? kept->n_child : kept->n;
	int64_t *numbers;

	memset(out, 0, sizeof(*out));
	out->rows = n;
	out->dictionary = from->dictionary;
	if (gather_bits(kept, from->validity, rows, n, &out->validity))
		return -1;
	if (!from->numbers)
		return gather_text(kept, from, rows, n, out);
	numbers = cstn__arena_alloc(kept->arena, (size_t)(n + 1) * sizeof(*numbers));
	if (!numbers)
		return -1;
	for (uint64_t i = 0; i < n; i++)
		numbers[i] = from->numbers[rows[i]];
	out->numbers = numbers;
	return 0;
}

static int list_kept(struct kept *kept, const cstn__store_batch *batch, const uint32_t *dropped,
		size_t n_dropped, uint64_t first)
{
	uint32_t child = 0;
	size_t at = 0;

	kept->rows = cstn__arena_alloc(kept->arena, (size_t)(batch->rows + 1) * sizeof(uint32_t));
	kept->child_rows = cstn__arena_alloc(
			kept->arena, (size_t)(batch->child_rows + 1) * sizeof(uint32_t));
	if (!kept->rows || !kept->child_rows)
		return -1;
	for (uint32_t row = 0; row < batch->rows; row++) {
		uint32_t children = batch->children ? batch->children[row] : 0;
		int keep = at == n_dropped || dropped[at] != first + row;

		if (keep) {
			kept->rows[kept->n++] = row;
			for (uint32_t i = 0; i < children; i++)
				kept->child_rows[kept->n_child++] = child + i;
		} else {
			at++;
		}
		child += children;
	}
	return 0;
}

static int gather_batch(struct kept *kept, const cstn__store_batch *batch,
		const cstn__store_table *table, cstn__store_batch *out)
{
	cstn__values *columns =
			cstn__arena_alloc(kept->arena, (batch->n_columns + 1) * sizeof(*columns));
	uint32_t *children =
			cstn__arena_alloc(kept->arena, (size_t)(kept->n + 1) * sizeof(*children));

	if (!columns || !children)
		return -1;
	for (uint64_t i = 0; batch->children && i < kept->n; i++)
		children[i] = batch->children[kept->rows[i]];
	for (size_t c = 0; c < batch->n_columns; c++) {
		uint32_t at = cstn__column_position(table, batch->ids[c]);
		int child = at != CSTN__NO_COLUMN && table->columns[at].space == CSTN__SPACE_CHILD;

		if (gather(kept, &batch->columns[c], child, &columns[c]))
			return -1;
	}
	*out = *batch;
	out->rows = kept->n;
	out->child_rows = kept->n_child;
	out->children = batch->children ? children : NULL;
	out->columns = columns;
	return 0;
}

cstn_status cstn__batch_without(const cstn__store_batch *batch, const cstn__store_table *table,
		const uint32_t *dropped, size_t n_dropped, uint64_t first, cstn__arena *arena,
		cstn__store_batch *out, cstn_error **error)
{
	struct kept kept = {.arena = arena};

	if (list_kept(&kept, batch, dropped, n_dropped, first) ||
			gather_batch(&kept, batch, table, out))
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

cstn_status cstn__put_without(cstn__segment_writer *writer, const cstn__store_batch *batch,
		const cstn__store_table *table, const uint32_t *dropped, size_t n_dropped,
		uint64_t first, const cstn_allocator *allocator, cstn_error **error)
{
	cstn__store_batch left;
	cstn__arena arena;
	cstn_status status;

	if (!n_dropped)
		return cstn__segment_writer_put(writer, batch, error);
	cstn__arena_init(&arena, allocator);
	status = cstn__batch_without(batch, table, dropped, n_dropped, first, &arena, &left, error);
	if (status == CSTN_OK && left.rows)
		status = cstn__segment_writer_put(writer, &left, error);
	cstn__arena_free(&arena);
	return status;
}
