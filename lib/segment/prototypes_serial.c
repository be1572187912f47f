/* A k-prototypes model as bytes, in the envelope of models. The configuration: how many clusters
 * and columns, flags, start, seed, gamma, the columns of categories with their categories, in the
 * order of their bytes, and what a null becomes. Then the k-means model of its numbers in bytes of
 * its own, how many rows have each category, the modes, counts and costs. Read back, everything is
 * checked before anything is used. The same model gives the same bytes on every machine. */
#include <math.h>
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/states.h"
#include "segment/prototypes_model.h"

#define KNOWN_FLAGS (CSTN_PROTOTYPES_SKIP_BAD | CSTN_PROTOTYPES_IMPUTE | CSTN_PROTOTYPES_BATCH)

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_MODEL, "k-prototypes model", CSTN__KIND_PROTOTYPES, 1};

static void put_text(cstn__bytes *out, const char *text, size_t len)
{
	cstn__bytes_put_u32(out, (uint32_t)len);
	cstn__bytes_put(out, text, len);
}

static void put_config(const cstn_prototypes *model, cstn__bytes *out)
{
	const cstn__categories *categories = &model->categories;
	size_t c, i;

	cstn__bytes_put_u32(out, (uint32_t)model->numbers->k);
	cstn__bytes_put_u32(out, (uint32_t)categories->m);
	cstn__bytes_put_u32(out, model->flags);
	cstn__bytes_put_u32(out, (uint32_t)model->start);
	cstn__bytes_put_u64(out, model->seed);
	cstn__bytes_put_f64(out, model->gamma);
	for (c = 0; c < categories->m; c++) {
		const cstn__interner *texts = &categories->texts[c];

		put_text(out, categories->names[c], strlen(categories->names[c]));
		cstn__bytes_put_u32(out, categories->fill[c]);
		cstn__bytes_put_u32(out, (uint32_t)texts->count);
		for (i = 0; i < texts->count; i++)
			put_text(out, texts->items[i].text, texts->items[i].len);
	}
}

cstn_status cstn_prototypes_serialize(
		const cstn_prototypes *model, cstn_buffer **out, cstn_error **error)
{
	const cstn__categories *categories;
	cstn_buffer *numbers = NULL;
	cstn__bytes bytes;
	size_t config, cells, i;
	cstn_status status;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	status = cstn_kmeans_serialize(model->numbers, &numbers, error);
	if (status != CSTN_OK)
		return status;
	categories = &model->categories;
	cells = model->numbers->k * categories->m;
	cstn__bytes_init(&bytes, &model->allocator);
	put_config(model, &bytes);
	config = bytes.size;
	cstn__bytes_put_block(&bytes, cstn_buffer_data(numbers), cstn_buffer_size(numbers));
	for (i = 0; i < categories->bases[categories->m]; i++)
		cstn__bytes_put_u64(&bytes, (uint64_t)categories->rows[i]);
	for (i = 0; i < cells; i++)
		cstn__bytes_put_u32(&bytes, model->numbers->packed.modes[i]);
	for (i = 0; i < cells; i++)
		cstn__bytes_put_u64(&bytes, (uint64_t)model->shared[i]);
	for (i = 0; i < model->numbers->k; i++)
		cstn__bytes_put_u64(&bytes, (uint64_t)model->mismatches[i]);
	cstn__bytes_put_f64(&bytes, model->cost);
	cstn__bytes_put_u64(&bytes, model->costs.count);
	for (i = 0; i < model->costs.count; i++)
		cstn__bytes_put_f64(&bytes, model->costs.items[i]);
	cstn_buffer_free(numbers);
	return cstn__envelope_close(&envelope, &bytes, config, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status damaged(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "a k-prototypes model: %s", what);
}

/* What stands before the columns. */
typedef struct header {
	uint32_t k, m, flags;
	int32_t start;
	uint64_t seed;
	double gamma;
} header;

static int read_header(cstn__reader *in, header *out)
{
	out->k = cstn__read_u32(in);
	out->m = cstn__read_u32(in);
	out->flags = cstn__read_u32(in);
	out->start = (int32_t)cstn__read_u32(in);
	out->seed = cstn__read_u64(in);
	out->gamma = cstn__read_f64(in);
	return !in->failed && out->k >= 1 && out->k <= UINT16_MAX && out->m <= CSTN__FEATURES_MAX &&
					       !(out->flags & ~KNOWN_FLAGS) &&
					       (out->start == CSTN_PROTOTYPES_START_DRAWN ||
							       out->start == CSTN_PROTOTYPES_START_CAO) &&
					       out->gamma > 0.0 && isfinite(out->gamma)
			       ? 0
			       : -1;
}

/* 0; -1 damaged; -2 out of memory. */
static int read_category(cstn__reader *in, cstn__interner *texts)
{
	uint32_t len = cstn__read_u32(in);
	const uint8_t *text = len ? cstn__read_bytes(in, len) : (const uint8_t *)"";

	if (!text || in->failed)
		return -1;
	if (texts->count) {
		const struct cstn__interned *last = &texts->items[texts->count - 1];
		int order = memcmp(last->text, text, last->len < len ? last->len : len);

		if (order > 0 || (order == 0 && last->len >= len))
			return -1;
	}
	return cstn__intern(texts, (const char *)text, len) == UINT32_MAX ? -2 : 0;
}

static cstn_status read_columns(cstn__reader *in, cstn__categories *categories, cstn_error **error)
{
	size_t c;
	uint32_t i, count, len;

	for (c = 0; c < categories->m; c++) {
		const uint8_t *name;

		len = cstn__read_u32(in);
		name = len ? cstn__read_bytes(in, len) : (const uint8_t *)"";
		if (!name || memchr(name, 0, len))
			return damaged(error, "the name of a column breaks the rules");
		categories->names[c] = cstn__arena_copy(&categories->arena, name, len);
		if (!categories->names[c])
			return cstn__fail_nomem(error);
		categories->fill[c] = cstn__read_u32(in);
		count = cstn__read_u32(in);
		for (i = 0; i < count; i++) {
			int wrong = read_category(in, &categories->texts[c]);

			if (wrong == -2)
				return cstn__fail_nomem(error);
			if (wrong)
				return damaged(error, "a category breaks the rules");
		}
		if (count == 0)
			return damaged(error, "a column has no category");
	}
	if (cstn__categories_close(categories, error) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (c = 0; c < categories->m; c++)
		if (categories->fill[c] != CSTN__CODE_UNSEEN &&
				(categories->fill[c] < categories->bases[c] ||
						categories->fill[c] >= categories->bases[c + 1]))
			return damaged(error, "what a null becomes breaks the rules");
	return CSTN_OK;
}

static cstn_status read_config(cstn__reader *in, const header *head, cstn__categories *categories,
		const cstn_allocator *allocator, cstn_error **error)
{
	static const char *const none[CSTN__FEATURES_MAX];
	const char *names[CSTN__FEATURES_MAX];
	cstn_status status;
	size_t c;

	memcpy(names, none, sizeof(names));
	for (c = 0; c < head->m; c++)
		names[c] = "";
	status = cstn__categories_init(categories, names, head->m, allocator, error);
	return status == CSTN_OK ? read_columns(in, categories, error) : status;
}

/* A count, at most `most`. */
static int read_count(cstn__reader *in, uint64_t most, int64_t *out)
{
	uint64_t value = cstn__read_u64(in);

	*out = (int64_t)value;
	return in->failed || value > most ? -1 : 0;
}

static cstn_status read_counts(cstn__reader *in, cstn_prototypes *model, cstn_error **error)
{
	cstn_kmeans *numbers = model->numbers;
	const cstn__categories *categories = &model->categories;
	size_t m = categories->m, i;
	uint64_t n = numbers->n - numbers->left_out;
	int wrong = 0;

	for (i = 0; i < categories->bases[m] && !wrong; i++)
		wrong = read_count(in, n, &categories->rows[i]);
	for (i = 0; i < numbers->k * m && !wrong; i++) {
		uint32_t mode = cstn__read_u32(in);

		numbers->packed.modes[i] = mode;
		wrong = in->failed || mode < categories->bases[i % m] ||
			mode >= categories->bases[i % m + 1];
	}
	for (i = 0; i < numbers->k * m && !wrong; i++)
		wrong = read_count(in, (uint64_t)numbers->rows[i / m], &model->shared[i]);
	for (i = 0; i < numbers->k && !wrong; i++)
		wrong = numbers->rows[i] > (int64_t)(INT64_MAX / CSTN__FEATURES_MAX) ||
			read_count(in, (uint64_t)numbers->rows[i] * m, &model->mismatches[i]);
	return wrong ? damaged(error, "a count breaks the rules") : CSTN_OK;
}

static cstn_status read_costs(cstn__reader *in, cstn_prototypes *model, cstn_error **error)
{
	uint64_t count, i;

	model->cost = cstn__read_f64(in);
	count = cstn__read_u64(in);
	if (!cstn__reader_can_hold(in, count, 8) || !(model->cost >= 0.0) ||
			in->position + 8 * count != in->size)
		return damaged(error, "its length is not what it says");
	if (cstn__array_reserve(&model->allocator, &model->costs, count))
		return cstn__fail_nomem(error);
	for (i = 0; i < count; i++) {
		model->costs.items[i] = cstn__read_f64(in);
		if (!(model->costs.items[i] >= 0.0))
			return damaged(error, "a cost breaks the rules");
	}
	model->costs.count = (size_t)count;
	return CSTN_OK;
}

static cstn_status read_numbers(cstn__reader *in, const header *head,
		const cstn_allocator *allocator, cstn_kmeans **out, cstn_error **error)
{
	size_t size;
	const uint8_t *data = cstn__read_block(in, &size);
	cstn_kmeans *numbers = NULL;
	cstn_status status;

	if (!data)
		return damaged(error, "its length is not what it says");
	status = cstn__kmeans_read(data, size, 0, head->m, allocator, &numbers, error);
	if (status != CSTN_OK)
		return status;
	if (numbers->k == head->k && numbers->d + head->m > 0) {
		*out = numbers;
		return CSTN_OK;
	}
	cstn_kmeans_unref(numbers);
	return damaged(error, "its parts do not fit");
}

static cstn_status read_model(cstn__opened *from, cstn_prototypes **out, cstn_error **error)
{
	const cstn_allocator *allocator = &from->allocator;
	cstn__reader *in = &from->body;
	cstn__categories categories;
	cstn_prototypes *model = NULL;
	cstn_kmeans *numbers = NULL;
	header head;
	cstn_status status;

	memset(&categories, 0, sizeof(categories));
	if (read_header(in, &head))
		return damaged(error, "its header breaks the rules");
	status = read_config(in, &head, &categories, allocator, error);
	if (status == CSTN_OK)
		status = cstn__envelope_check(&envelope, in, from->digest, in->position, error);
	if (status == CSTN_OK)
		status = read_numbers(in, &head, allocator, &numbers, error);
	if (status == CSTN_OK)
		status = cstn__prototypes_model_new(numbers, &categories, allocator, &model, error);
	cstn__categories_free(&categories);
	if (status != CSTN_OK)
		return status;
	model->flags = head.flags;
	model->start = head.start;
	model->seed = head.seed;
	model->gamma = head.gamma;
	status = read_counts(in, model, error);
	if (status == CSTN_OK)
		status = read_costs(in, model, error);
	if (status == CSTN_OK)
		*out = model;
	else
		cstn_prototypes_unref(model);
	return status;
}

cstn_status cstn_prototypes_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_prototypes **out, cstn_error **error)
{
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	return status == CSTN_OK ? read_model(&from, out, error) : status;
}
