/* A stream bound to a schema and given back converted, as it is pulled.
 *
 * Each pull converts at most 65,536 rows of the producer's current batch, in blocks of 1,024: every
 * column is read, the rows that are bad in any of them are left out, the others are put into a new
 * table. So a batch of any size is never copied whole, and a row error names the row of the input
 * as it was counted there. The object with the row errors is the caller's; the stream fills it when
 * it ends, fails or is released. Cost: one copy of each value. */
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/row_errors.h"
#include "table/bound.h"
#include "table/export.h"

#define BLOCK 1024
#define WORDS (BLOCK / 64)
#define PULL_ROWS 65536

/* A block of one column. */
typedef struct block_column {
	union {
		int64_t numbers[BLOCK];
		double reals[BLOCK];
	} values;
	uint64_t valid[WORDS];
} block_column;

typedef struct conversion {
	cstn_allocator allocator;
	struct ArrowArrayStream in;
	cstn_schema *schema;
	cstn__bound *bound;
	size_t n;
	block_column *block;
	struct ArrowArray array; /* the batch in work, from row `at` on */
	cstn__batch batch;
	int64_t at;
	uint64_t first_row; /* of the batch, in the stream */
	cstn__row_sink *sink;
	cstn_row_errors *errors; /* the caller's; NULL when not wanted or filled */
} conversion;

static void drop_batch(conversion *own)
{
	if (own->batch.memory)
		cstn__batch_free(own->bound, &own->batch);
	if (own->array.release)
		own->array.release(&own->array);
	memset(&own->array, 0, sizeof(own->array));
}

static cstn_status tell_errors(conversion *own)
{
	cstn_row_errors *errors = own->errors;

	own->errors = NULL;
	return errors ? cstn__row_errors_fill(errors, own->sink) : CSTN_OK;
}

static void conversion_free(void *context)
{
	conversion *own = context;
	cstn_allocator allocator;

	if (!own)
		return;
	allocator = own->allocator;
	(void)tell_errors(own); /* without memory for them the rows stay untold */
	drop_batch(own);
	if (own->in.release)
		own->in.release(&own->in);
	cstn__bound_free(own->bound);
	cstn__free(&allocator, own->block, own->n * sizeof(*own->block));
	cstn__row_sink_free(own->sink);
	cstn_schema_unref(own->schema);
	cstn__free(&allocator, own, sizeof(*own));
}

static int is_text(const cstn__column *column)
{
	return column->type == CSTN_TYPE_TEXT || column->type == CSTN_TYPE_BYTES;
}

static cstn__table_builder *conversion_empty(void *context, cstn_error **error)
{
	conversion *own = context;
	cstn__table_builder *table = NULL;
	size_t i;

	if (cstn__table_builder_new(&own->allocator, &table, error) != CSTN_OK)
		return NULL;
	for (i = 0; i < own->n; i++)
		(void)cstn__table_add_column(table, cstn_schema_name(own->schema, i),
				own->bound->slots[i].column.type, own->bound->slots[i].column.scale,
				cstn_schema_is_nullable(own->schema, i));
	return table;
}

/* Read a block of every column; `bad` tells the rows that are bad in any. */
static cstn_status read_block(conversion *own, int32_t n, uint64_t bad[WORDS])
{
	cstn_status status;
	size_t i;

	memset(bad, 0, WORDS * sizeof(*bad));
	for (i = 0; i < own->n; i++) {
		const cstn__column *column = &own->batch.columns[i];
		block_column *block = &own->block[i];

		if (is_text(column))
			status = cstn__column_check_text(
					column, own->at, n, own->first_row, bad, own->sink);
		else if (column->type == CSTN_TYPE_DOUBLE)
			status = cstn__column_read_f64(column, own->at, n, own->first_row,
					block->values.reals, block->valid, bad, own->sink);
		else
			status = cstn__column_read_i64(column, own->at, n, own->first_row,
					block->values.numbers, block->valid, bad, own->sink);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static void put_text(const conversion *own, size_t i, const int32_t *rows, size_t n,
		cstn__table_builder *to)
{
	const cstn__column *column = &own->batch.columns[i];
	const char *text;
	size_t len, k;

	for (k = 0; k < n; k++)
		if (cstn__column_read_text(column, own->at + rows[k], &text, &len) == 0)
			cstn__table_put_text(to, (int32_t)i, text, len);
		else
			cstn__table_put_null(to, (int32_t)i);
}

/* Put rows[0..n) of the block; the block is moved together in place. */
static void put_block(conversion *own, const int32_t *rows, size_t n, cstn__table_builder *to)
{
	size_t i, k;

	for (i = 0; i < own->n; i++) {
		block_column *block = &own->block[i];
		uint64_t valid[WORDS] = {0};

		if (is_text(&own->batch.columns[i])) {
			put_text(own, i, rows, n, to);
			continue;
		}
		for (k = 0; k < n; k++) {
			block->values.numbers[k] = block->values.numbers[rows[k]];
			if (cstn__word_bit_get(block->valid, (size_t)rows[k]))
				cstn__word_bit_set(valid, k);
		}
		if (own->batch.columns[i].type == CSTN_TYPE_DOUBLE)
			cstn__table_put_many_f64(to, (int32_t)i, block->values.reals, valid, n);
		else
			cstn__table_put_many_i64(to, (int32_t)i, block->values.numbers, valid, n);
	}
}

/* Make own->array a batch with rows left: CSTN_OK, CSTN_DONE or an error. */
static cstn_status pull_batch(conversion *own, cstn_error **error)
{
	cstn_status status;

	while (!own->array.release || own->at >= own->batch.length) {
		if (own->array.release)
			own->first_row += (uint64_t)own->batch.length;
		drop_batch(own);
		own->at = 0;
		status = cstn__stream_next(&own->in, &own->array, error);
		if (status == CSTN_OK)
			status = cstn__bound_batch(own->bound, &own->array, &own->batch, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static cstn_status convert_rows(conversion *own, cstn__table_builder *to, cstn_error **error)
{
	int64_t end = own->batch.length - own->at < PULL_ROWS ? own->batch.length
							      : own->at + PULL_ROWS;
	int32_t rows[BLOCK], i, n;
	uint64_t bad[WORDS];
	size_t kept;

	for (; own->at < end; own->at += n) {
		n = end - own->at < BLOCK ? (int32_t)(end - own->at) : BLOCK;
		if (read_block(own, n, bad) != CSTN_OK)
			return cstn__fail_nomem(error);
		for (i = 0, kept = 0; i < n; i++)
			if (!cstn__word_bit_get(bad, (size_t)i))
				rows[kept++] = i;
		put_block(own, rows, kept, to);
	}
	return CSTN_OK;
}

static cstn_status conversion_next(void *context, cstn__table_builder *batch, cstn_error **error)
{
	conversion *own = context;
	cstn_status status;

	status = pull_batch(own, error);
	if (status == CSTN_OK)
		status = convert_rows(own, batch, error);
	if (status != CSTN_OK && tell_errors(own) != CSTN_OK && status == CSTN_DONE)
		return cstn__fail_nomem(error);
	return status;
}

static void declare(const cstn_schema *schema, cstn__column_decl *decls)
{
	size_t n, i;
	const cstn__schema_column *columns = cstn__schema_columns(schema, &n);

	for (i = 0; i < n; i++) {
		decls[i].name = columns[i].name;
		decls[i].accept = CSTN__ACCEPT(columns[i].type);
		decls[i].scale = columns[i].scale;
		decls[i].required = 1;
		decls[i].nullable = columns[i].nullable;
	}
}

static cstn_status conversion_bind(conversion *own, const cstn_binding *binding, cstn_error **error)
{
	const cstn__schema_column *columns = cstn__schema_columns(own->schema, &own->n);
	cstn__column_decl *decls;
	cstn_status status;

	own->block = cstn__alloc_zero(
			&own->allocator, cstn__array_size(own->n, sizeof(*own->block)));
	decls = cstn__alloc_zero(&own->allocator, cstn__array_size(own->n, sizeof(*decls)));
	if (own->block && decls) {
		declare(own->schema, decls);
		status = cstn__bind_stream_to(&own->in, decls, columns, own->n, binding,
				&own->allocator, &own->bound, error);
	} else {
		status = cstn__fail_nomem(error);
	}
	cstn__free(&own->allocator, decls, own->n * sizeof(*decls));
	return status;
}

/* Takes `in`, also on failure. */
static cstn_status conversion_new(struct ArrowArrayStream *in, cstn_schema *schema,
		const cstn_allocator *allocator, conversion **out, cstn_error **error)
{
	struct ArrowArrayStream moved = *in;
	cstn_allocator own_allocator;
	conversion *own = NULL;
	cstn_status status;

	in->release = NULL;
	status = cstn__allocator_read(allocator, &own_allocator, error);
	if (status == CSTN_OK) {
		own = cstn__alloc_zero(&own_allocator, sizeof(*own));
		if (!own)
			status = cstn__fail_nomem(error);
	}
	if (!own) {
		moved.release(&moved);
		return status;
	}
	own->allocator = own_allocator;
	own->in = moved;
	own->schema = cstn_schema_ref(schema);
	*out = own;
	return CSTN_OK;
}

cstn_status cstn_stream_bind(struct ArrowArrayStream *in, cstn_schema *schema,
		const cstn_binding *binding, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream converted = {0};
	cstn_row_errors *errors = NULL;
	conversion *own = NULL;
	cstn_status status;

	if (!in || !in->release)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "in is %s",
				in ? "a released stream" : "NULL");
	if (!schema || !out) {
		in->release(in);
		in->release = NULL;
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				schema ? "out" : "schema");
	}
	status = conversion_new(in, schema, allocator, &own, error);
	if (status != CSTN_OK)
		return status;
	status = conversion_bind(own, binding, error);
	if (status == CSTN_OK && bad_rows) {
		status = cstn__row_sink_new(&own->allocator, &own->sink, error);
		if (status == CSTN_OK)
			status = cstn__row_errors_new(&own->allocator, &errors, error);
	}
	if (status != CSTN_OK) {
		conversion_free(own);
		return status;
	}
	status = cstn__stream_export(&own->allocator, conversion_empty, conversion_next,
			conversion_free, own, &converted, error);
	if (status != CSTN_OK) {
		cstn_row_errors_free(errors);
		return status;
	}
	own->errors = errors;
	if (bad_rows)
		*bad_rows = errors;
	*out = converted;
	return CSTN_OK;
}
