#include "report_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the library exports, and all that is read here: `l` int64, `i` int32, `b` flag, `g` double,
 * `u` text with int32 offsets, `tdD` date as int32, `tsu:` timestamp as int64,
 * `d:19,s` decimal of 128 bits, `w:16` tokens. */

cstn_status table_read(struct ArrowArrayStream *stream, struct table *out)
{
	struct table table;
	cstn_status status = CSTN_E_STREAM;

	memset(&table, 0, sizeof(table));
	if (stream->get_schema(stream, &table.schema) != 0)
		goto fail;
	for (;;) {
		struct ArrowArray batch, *grown;

		memset(&batch, 0, sizeof(batch));
		if (stream->get_next(stream, &batch) != 0)
			goto fail;
		if (batch.release == NULL)
			break;
		grown = realloc(table.batches, (table.n_batches + 1) * sizeof(*grown));
		if (grown == NULL) {
			batch.release(&batch);
			status = CSTN_E_NOMEM;
			goto fail;
		}
		table.batches = grown;
		table.batches[table.n_batches++] = batch;
		table.n_rows += batch.length;
	}
	stream->release(stream);
	*out = table;
	return CSTN_OK;
fail:
	stream->release(stream);
	table_free(&table);
	return status;
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->n_batches; i++)
		if (table->batches[i].release != NULL)
			table->batches[i].release(&table->batches[i]);
	free(table->batches);
	if (table->schema.release != NULL)
		table->schema.release(&table->schema);
	memset(table, 0, sizeof(*table));
}

/* --- as a stream ------------------------------------------------------------------------------ */

struct flow {
	struct table table;
	size_t next;
};

static int flow_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	struct flow *flow = stream->private_data;

	if (flow->table.schema.release == NULL)
		return EINVAL; /* it is asked for once */
	*out = flow->table.schema;
	flow->table.schema.release = NULL;
	return 0;
}

static int flow_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	struct flow *flow = stream->private_data;

	memset(out, 0, sizeof(*out));
	if (flow->next < flow->table.n_batches) {
		*out = flow->table.batches[flow->next];
		flow->table.batches[flow->next++].release = NULL;
	}
	return 0;
}

static const char *flow_error(struct ArrowArrayStream *stream)
{
	(void)stream;
	return "the schema was taken already";
}

static void flow_release(struct ArrowArrayStream *stream)
{
	struct flow *flow = stream->private_data;

	table_free(&flow->table);
	free(flow);
	stream->release = NULL;
}

cstn_status table_stream(struct table *table, struct ArrowArrayStream *out)
{
	struct flow *flow = calloc(1, sizeof(*flow));

	if (flow == NULL)
		return CSTN_E_NOMEM;
	flow->table = *table;
	memset(table, 0, sizeof(*table));
	*out = (struct ArrowArrayStream){flow_schema, flow_next, flow_error, flow_release, flow};
	return CSTN_OK;
}

/* --- cells ------------------------------------------------------------------------------------ */

int64_t table_column(const struct table *table, const char *name)
{
	for (int64_t i = 0; i < table->schema.n_children; i++)
		if (strcmp(table->schema.children[i]->name, name) == 0)
			return i;
	return -1;
}

/* The batch and the index in it (offsets added) of a row of the table. */
static const struct ArrowArray *find(
		const struct table *table, int64_t row, int64_t column, int64_t *out_index)
{
	size_t batch = 0;
	const struct ArrowArray *child;

	while (row >= table->batches[batch].length)
		row -= table->batches[batch++].length;
	child = table->batches[batch].children[column];
	*out_index = row + table->batches[batch].offset + child->offset;
	return child;
}

static int bit(const void *bits, int64_t index)
{
	return (((const uint8_t *)bits)[index / 8] >> (index % 8)) & 1;
}

int table_is_null(const struct table *table, int64_t row, int64_t column)
{
	int64_t index;
	const struct ArrowArray *cells = find(table, row, column, &index);

	return cells->n_buffers > 0 && cells->buffers[0] != NULL && !bit(cells->buffers[0], index);
}

int64_t table_integer(const struct table *table, int64_t row, int64_t column)
{
	const char *format = table->schema.children[column]->format;
	int64_t index;
	const struct ArrowArray *cells = find(table, row, column, &index);

	if (table_is_null(table, row, column))
		return 0;
	if (strcmp(format, "b") == 0)
		return bit(cells->buffers[1], index);
	if (strcmp(format, "i") == 0 || strcmp(format, "tdD") == 0)
		return ((const int32_t *)cells->buffers[1])[index];
	/* A decimal has 128 bits; these hold an int64, whose bits come first. */
	if (strncmp(format, "d:", 2) == 0)
		return ((const int64_t *)cells->buffers[1])[2 * index];
	return ((const int64_t *)cells->buffers[1])[index];
}

double table_double(const struct table *table, int64_t row, int64_t column)
{
	int64_t index;
	const struct ArrowArray *cells = find(table, row, column, &index);

	if (table_is_null(table, row, column))
		return (double)NAN;
	return ((const double *)cells->buffers[1])[index];
}

const char *table_text(const struct table *table, int64_t row, int64_t column, size_t *out_len)
{
	int64_t index;
	const struct ArrowArray *cells = find(table, row, column, &index);
	const int32_t *offsets = cells->buffers[1];

	*out_len = 0;
	if (table_is_null(table, row, column))
		return "";
	*out_len = (size_t)(offsets[index + 1] - offsets[index]);
	return (const char *)cells->buffers[2] + offsets[index];
}

const uint8_t *table_token(const struct table *table, int64_t row, int64_t column)
{
	int64_t index;
	const struct ArrowArray *cells = find(table, row, column, &index);

	if (table_is_null(table, row, column))
		return NULL;
	return (const uint8_t *)cells->buffers[1] + 16 * index;
}
