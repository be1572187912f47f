/* Order lines as the Arrow stream that both modules hand to the library, and what they measure
 * with. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench.h"

static const char *const names[BENCH_COLUMNS] = {"order_id", "line_number", "partner", "month",
		"promised", "delivered", "qty", "qty_delivered"};
static const char *const formats[BENCH_COLUMNS] = {"l", "i", "i", "i", "tdD", "tdD", "i", "i"};

int32_t bench_batch_stream(struct bench_batch *batch, const struct bench_columns *columns,
		int64_t n, struct ArrowArrayStream *out)
{
	const void *data[BENCH_COLUMNS] = {columns->order_id, columns->line_number,
			columns->partner, columns->month, columns->promised, columns->delivered,
			columns->qty, columns->qty_delivered};

	memset(batch, 0, sizeof(*batch));
	for (int i = 0; i < BENCH_COLUMNS; i++) {
		batch->fields[i].format = formats[i];
		batch->fields[i].name = names[i];
		batch->fields[i].release = cstn_arrow_schema_release_borrowed;
		batch->field_pointers[i] = &batch->fields[i];
		batch->buffers[i][1] = data[i];
		batch->children[i].length = n;
		batch->children[i].n_buffers = 2;
		batch->children[i].buffers = batch->buffers[i];
		batch->children[i].release = cstn_arrow_array_release_borrowed;
		batch->child_pointers[i] = &batch->children[i];
	}
	batch->schema.format = "+s";
	batch->schema.name = "";
	batch->schema.n_children = BENCH_COLUMNS;
	batch->schema.children = batch->field_pointers;
	batch->schema.release = cstn_arrow_schema_release_borrowed;
	batch->array.length = n;
	batch->array.n_buffers = 1;
	batch->array.buffers = batch->root_buffers;
	batch->array.n_children = BENCH_COLUMNS;
	batch->array.children = batch->child_pointers;
	batch->array.release = cstn_arrow_array_release_borrowed;
	return cstn_arrow_stream_from_array(&batch->schema, &batch->array, out);
}

double bench_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int32_t bench_report(cstn_status status, cstn_error *error, char *message, size_t size)
{
	snprintf(message, size, "%s: %s", cstn_status_name(status), cstn_error_message(error));
	cstn_error_free(error);
	return status;
}

uint64_t bench_words_sum(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t sum[4] = {0, 0, 0, 0}, word[4];

	for (size_t i = 0; i + sizeof(word) <= size; i += sizeof(word)) {
		memcpy(word, bytes + i, sizeof(word));
		for (int k = 0; k < 4; k++)
			sum[k] += word[k];
	}
	return sum[0] + sum[1] + sum[2] + sum[3];
}
