#include "kmeans_fixture.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sealed_bytes.h"
#include "base/stats.h"
#include "table/column.h"

static const char *const names[NUMBERS_COLUMNS] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7",
		"c8", "c9", "c10", "c11", "c12", "c13", "c14", "c15"};

const char *const *numbers_names(void)
{
	return names;
}

void numbers_init(numbers *table, size_t n, size_t columns)
{
	size_t c;

	memset(table, 0, sizeof(*table));
	table->n = n;
	table->columns = columns;
	for (c = 0; c < columns; c++) {
		table->column[c] = calloc(n + 1, sizeof(double));
		ck_assert_ptr_nonnull(table->column[c]);
	}
}

void numbers_free(numbers *table)
{
	size_t c;

	for (c = 0; c < table->columns; c++)
		free(table->column[c]);
}

void numbers_heaps(numbers *table, size_t centres, double spread, uint64_t seed)
{
	size_t i, c;

	for (i = 0; i < table->n; i++) {
		size_t heap = (size_t)(cstn__random_unit(seed, i) * (double)centres);

		for (c = 0; c < table->columns; c++) {
			double at = 40.0 * cstn__random_unit(seed + 1, heap * 64 + c);
			double off = cstn__normal_quantile(
					0.5 * (cstn__random_unit(seed + 2, i * 64 + c) + 1e-9) +
					0.25);

			table->column[c][i] = (double)(float)(at + spread * off);
		}
	}
}

numbers numbers_part(const numbers *table, size_t from, size_t to)
{
	numbers part = *table;
	size_t c;

	part.n = to - from;
	for (c = 0; c < table->columns; c++)
		part.column[c] += from;
	return part;
}

/* --- a stream of its own, as buffers and structs live as long as it does --- */

typedef struct held {
	numbers table;
	size_t cut, done;
} held;

typedef struct held_array {
	struct ArrowArray children[NUMBERS_COLUMNS];
	struct ArrowArray *pointers[NUMBERS_COLUMNS];
	const void *buffers[NUMBERS_COLUMNS][2];
	const void *none;
} held_array;

typedef struct held_schema {
	struct ArrowSchema children[NUMBERS_COLUMNS];
	struct ArrowSchema *pointers[NUMBERS_COLUMNS];
} held_schema;

static void release_child_array(struct ArrowArray *array)
{
	array->release = NULL;
}

static void release_array(struct ArrowArray *array)
{
	free(array->private_data);
	array->release = NULL;
}

static void release_child_schema(struct ArrowSchema *schema)
{
	schema->release = NULL;
}

static void release_schema(struct ArrowSchema *schema)
{
	free(schema->private_data);
	schema->release = NULL;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	const held *from = stream->private_data;
	held_schema *all = calloc(1, sizeof(*all));
	size_t c;

	memset(out, 0, sizeof(*out));
	for (c = 0; c < from->table.columns; c++) {
		int is_weight = from->table.has_weight && c + 1 == from->table.columns;

		all->children[c].format = "g";
		all->children[c].name = is_weight ? "weight" : names[c];
		all->children[c].flags = ARROW_FLAG_NULLABLE;
		all->children[c].release = release_child_schema;
		all->pointers[c] = &all->children[c];
	}
	out->format = "+s";
	out->n_children = (int64_t)from->table.columns;
	out->children = all->pointers;
	out->private_data = all;
	out->release = release_schema;
	return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	held *from = stream->private_data;
	size_t left = from->table.n - from->done, take = left < from->cut ? left : from->cut, c;
	held_array *all;

	memset(out, 0, sizeof(*out));
	if (left == 0)
		return 0;
	all = calloc(1, sizeof(*all));
	for (c = 0; c < from->table.columns; c++) {
		struct ArrowArray *child = &all->children[c];

		all->buffers[c][0] = c == 0 ? from->table.valid : NULL;
		all->buffers[c][1] = from->table.column[c];
		child->length = (int64_t)take;
		child->offset = (int64_t)from->done;
		child->null_count = all->buffers[c][0] ? -1 : 0;
		child->n_buffers = 2;
		child->buffers = all->buffers[c];
		child->release = release_child_array;
		all->pointers[c] = child;
	}
	from->done += take;
	out->length = (int64_t)take;
	out->n_buffers = 1;
	out->buffers = &all->none;
	out->n_children = (int64_t)from->table.columns;
	out->children = all->pointers;
	out->private_data = all;
	out->release = release_array;
	return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
	(void)stream;
	return NULL;
}

static void release_stream(struct ArrowArrayStream *stream)
{
	free(stream->private_data);
	stream->release = NULL;
}

void numbers_open(const numbers *table, size_t cut, struct ArrowArrayStream *out)
{
	held *from = calloc(1, sizeof(*from));

	ck_assert_ptr_nonnull(from);
	from->table = *table;
	from->cut = cut ? cut : table->n;
	out->get_schema = get_schema;
	out->get_next = get_next;
	out->get_last_error = get_last_error;
	out->release = release_stream;
	out->private_data = from;
}

/* --- models --- */

cstn_kmeans *fit_numbers(
		const numbers *table, size_t cut, int32_t k, const cstn_kmeans_options *options)
{
	struct ArrowArrayStream stream;
	cstn_kmeans *model = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	numbers_open(table, cut, &stream);
	status = cstn_kmeans_fit(&stream, names, table->columns - (size_t)(table->has_weight != 0),
			k, options, NULL, &model, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_ptr_null(stream.release);
	return model;
}

double kmeans_number(const cstn_kmeans *model, const char *name)
{
	double value = (double)NAN;

	ck_assert_int_eq(cstn_kmeans_get_param(model, name, &value, NULL), CSTN_OK);
	return value;
}

double *stream_numbers(struct ArrowArrayStream *stream, const char *name, size_t *n)
{
	cstn__column_decl decl = {name,
			CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_INT32) |
					CSTN__ACCEPT(CSTN_TYPE_DOUBLE) |
					CSTN__ACCEPT(CSTN_TYPE_FLAG),
			-1, 1, 1, 0, 0};
	cstn__bound *bound = NULL;
	struct ArrowArray array;
	double *out = NULL;
	cstn_status status;

	*n = 0;
	ck_assert_int_eq(cstn__bind_stream(stream, &decl, 1, NULL, NULL, &bound, NULL), CSTN_OK);
	while ((status = cstn__stream_next(stream, &array, NULL)) == CSTN_OK) {
		cstn__batch batch;
		int64_t start, i;

		ck_assert_int_eq(cstn__bound_batch(bound, &array, &batch, NULL), CSTN_OK);
		out = realloc(out, (*n + (size_t)batch.length + 1) * sizeof(*out));
		ck_assert_ptr_nonnull(out);
		for (start = 0; start < batch.length; start += 1024) {
			int64_t count = batch.length - start < 1024 ? batch.length - start : 1024;
			uint64_t valid[16], bad[16] = {0};

			ck_assert_int_eq(cstn__column_read_f64(&batch.columns[0], start,
							 (int32_t)count, 0, out + *n, valid, bad,
							 NULL),
					CSTN_OK);
			for (i = 0; i < count; i++)
				if (!(valid[i / 64] >> (i % 64) & 1))
					out[*n + (size_t)i] = (double)NAN;
			*n += (size_t)count;
		}
		cstn__batch_free(bound, &batch);
		array.release(&array);
	}
	ck_assert_int_eq(status, CSTN_DONE);
	cstn__bound_free(bound);
	stream->release(stream);
	return out;
}

int32_t *kmeans_labels(const cstn_kmeans *model, size_t *n)
{
	struct ArrowArrayStream stream;
	double *values;
	int32_t *out;
	size_t i;

	ck_assert_int_eq(cstn_kmeans_export(model, CSTN_KMEANS_TABLE_LABELS, &stream, NULL),
			CSTN_OK);
	values = stream_numbers(&stream, "label", n);
	out = calloc(*n + 1, sizeof(*out));
	for (i = 0; i < *n; i++)
		out[i] = isnan(values[i]) ? -1 : (int32_t)values[i];
	free(values);
	return out;
}

uint64_t kmeans_digest(const cstn_kmeans *model)
{
	size_t n;
	int32_t *labels = kmeans_labels(model, &n);
	uint64_t digest = sealed_digest(&sealed_kmeans, model, labels, n * sizeof(*labels));

	free(labels);
	return digest;
}
