/* A fitted k-means model: immutable, refcounted; its numbers, tables and JSON. Labels of the fit go
 * with it until it is stored. Cost: O(k d) memory and 2 bytes a row. */
#include "segment/kmeans_model.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "segment/model_text.h"
#include "table/table_fields.h"

static size_t labels_size(const cstn_kmeans *model)
{
	return (model->n + CSTN__PACK_ROWS - 1) / CSTN__PACK_ROWS * CSTN__PACK_ROWS *
	       sizeof(*model->labels);
}

cstn_status cstn__kmeans_model_new(const char *const *names, size_t d, size_t m, size_t k,
		const cstn_allocator *allocator, cstn_kmeans **out, cstn_error **error)
{
	cstn_kmeans *model = cstn__alloc_zero(allocator, sizeof(*model));
	cstn_status status;
	size_t l;

	if (!model)
		return cstn__fail_nomem(error);
	atomic_init(&model->references, 1);
	model->allocator = *allocator;
	cstn__arena_init(&model->text, allocator);
	model->d = d;
	model->k = k;
	model->names = cstn__alloc_zero(allocator, d * sizeof(*model->names));
	model->transforms = cstn__alloc_zero(allocator, d * sizeof(*model->transforms));
	model->means = cstn__alloc_zero(allocator, d * sizeof(*model->means));
	model->centres = cstn__alloc_zero(allocator, cstn__array_size(k * d, sizeof(double)));
	model->weights = cstn__alloc_zero(allocator, k * sizeof(*model->weights));
	model->inertias = cstn__alloc_zero(allocator, k * sizeof(*model->inertias));
	model->rows = cstn__alloc_zero(allocator, k * sizeof(*model->rows));
	status = cstn__kmeans_centres_init(&model->packed, k, d, m, allocator, error);
	if (status == CSTN_OK &&
			(!model->names || !model->transforms || !model->means || !model->centres ||
					!model->weights || !model->inertias || !model->rows))
		status = cstn__fail_nomem(error);
	for (l = 0; l < d && status == CSTN_OK; l++) {
		model->names[l] = cstn__arena_copy(&model->text, names[l], strlen(names[l]));
		if (!model->names[l])
			status = cstn__fail_nomem(error);
	}
	if (status == CSTN_OK)
		*out = model;
	else
		cstn_kmeans_unref(model);
	return status;
}

static int same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

int cstn__kmeans_same_features(const cstn_kmeans *a, const cstn_kmeans *b)
{
	size_t l;

	if (a->d != b->d)
		return 0;
	for (l = 0; l < a->d; l++) {
		const cstn__transform *p = &a->transforms[l], *q = &b->transforms[l];

		if (strcmp(a->names[l], b->names[l]) != 0 || p->steps != q->steps ||
				p->constant != q->constant || !same_number(p->low, q->low) ||
				!same_number(p->high, q->high) || p->shift != q->shift ||
				p->scale != q->scale || !same_number(p->fill, q->fill) ||
				a->means[l] != b->means[l])
			return 0;
	}
	return 1;
}

int cstn__kmeans_steps(const cstn_kmeans *model, uint32_t *steps)
{
	int impute = 0;
	size_t l;

	for (l = 0; l < model->d; l++) {
		steps[l] = model->transforms[l].steps;
		impute |= !isnan(model->transforms[l].fill);
	}
	return impute;
}

cstn_kmeans *cstn_kmeans_ref(cstn_kmeans *model)
{
	if (model)
		atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
	return model;
}

void cstn_kmeans_unref(cstn_kmeans *model)
{
	cstn_allocator allocator;
	size_t k, d;

	if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = model->allocator;
	k = model->k;
	d = model->d;
	cstn__free(&allocator, model->names, d * sizeof(*model->names));
	cstn__free(&allocator, model->transforms, d * sizeof(*model->transforms));
	cstn__free(&allocator, model->means, d * sizeof(*model->means));
	cstn__free(&allocator, model->centres, k * d * sizeof(double));
	cstn__free(&allocator, model->weights, k * sizeof(*model->weights));
	cstn__free(&allocator, model->inertias, k * sizeof(*model->inertias));
	cstn__free(&allocator, model->rows, k * sizeof(*model->rows));
	cstn__free(&allocator, model->labels, labels_size(model));
	if (model->packed.k)
		cstn__kmeans_centres_free(&model->packed);
	cstn__arena_free(&model->text);
	cstn__free(&allocator, model, sizeof(*model));
}

cstn_status cstn_kmeans_get_param(
		const cstn_kmeans *model, const char *name, double *out, cstn_error **error)
{
	if (!model || !name || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!model  ? "model"
				: !name ? "name"
					: "out");
	{
		const cstn__model_param all[] = {
				{"k", (double)model->k},
				{"features", (double)model->d},
				{"rows", (double)(model->n - model->left_out)},
				{"weight", model->weight},
				{"left_out", (double)model->left_out},
				{"imputed", (double)model->imputed},
				{"inertia", model->inertia},
				{"n_iter", model->n_iter},
				{"converged", model->converged},
				{"restart", model->restart},
				{"moved", (double)model->moved},
		};

		return cstn__model_get_param(all, sizeof(all) / sizeof(all[0]), "a k-means model",
				name, out, error);
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

int cstn__kmeans_add_centres(
		const cstn_kmeans *model, cstn__table_builder *table, cstn__bytes *room)
{
	size_t l;
	int ok = 1;

	for (l = 0; l < model->d && ok; l++)
		ok = cstn__table_add_named(table, model->names[l], "", CSTN_TYPE_DOUBLE, 0, room);
	for (l = 0; l < model->d && ok; l++)
		ok = cstn__table_add_named(
				table, model->names[l], "_scaled", CSTN_TYPE_DOUBLE, 0, room);
	return ok;
}

void cstn__kmeans_put_centre(
		const cstn_kmeans *model, size_t j, cstn__table_builder *table, int32_t column)
{
	size_t l;

	for (l = 0; l < model->d; l++) {
		double at = model->centres[j * model->d + l];

		cstn__table_put_f64(table, column + (int32_t)l,
				cstn__transform_back(&model->transforms[l], at));
		cstn__table_put_f64(table, column + (int32_t)(model->d + l), at);
	}
}

static cstn_status put_clusters(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn_kmeans *model = of;
	int ok = cstn__table_add_column(table, "label", CSTN_TYPE_INT32, 0, 0) >= 0 &&
		 cstn__table_add_column(table, "rows", CSTN_TYPE_INT64, 0, 0) >= 0 &&
		 cstn__table_add_column(table, "weight", CSTN_TYPE_DOUBLE, 0, 0) >= 0 &&
		 cstn__table_add_column(table, "inertia", CSTN_TYPE_DOUBLE, 0, 0) >= 0;
	cstn__bytes text;
	size_t j;

	cstn__bytes_init(&text, &model->allocator);
	ok = ok && cstn__kmeans_add_centres(model, table, &text);
	cstn__bytes_free(&text);
	if (!ok)
		return cstn__fail_nomem(error);
	for (j = 0; j < model->k; j++) {
		cstn__table_put_i64(table, 0, (int64_t)j);
		cstn__table_put_i64(table, 1, model->rows[j]);
		cstn__table_put_f64(table, 2, model->weights[j]);
		cstn__table_put_f64(table, 3, model->inertias[j]);
		cstn__kmeans_put_centre(model, j, table, 4);
	}
	return CSTN_OK;
}

static cstn_status put_labels(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn_kmeans *model = of;
	uint64_t row;

	if (cstn__table_add_column(table, "label", CSTN_TYPE_INT32, 0, 1) < 0)
		return cstn__fail_nomem(error);
	for (row = 0; row < model->n && model->labels; row++)
		if (model->labels[row] == CSTN__LABEL_NONE)
			cstn__table_put_null(table, 0);
		else
			cstn__table_put_i64(table, 0, model->labels[row]);
	return CSTN_OK;
}

/* "log1p robust_z" */
static void steps_text(uint32_t steps, char out[64])
{
	out[0] = '\0';
	if (steps & CSTN_TRANSFORM_LOG1P)
		strcat(out, " log1p");
	if (steps & CSTN_TRANSFORM_WINSORISE)
		strcat(out, " winsorise");
	if (steps & CSTN_TRANSFORM_Z)
		strcat(out, " z");
	if (steps & CSTN_TRANSFORM_ROBUST_Z)
		strcat(out, " robust_z");
	if (out[0])
		memmove(out, out + 1, strlen(out));
}

static cstn_status put_features(const void *of, cstn__table_builder *table, cstn_error **error)
{
	static const cstn__table_field columns[] = {{"name", CSTN_TYPE_TEXT, 0},
			{"transforms", CSTN_TYPE_TEXT, 0}, {"low", CSTN_TYPE_DOUBLE, 1},
			{"high", CSTN_TYPE_DOUBLE, 1}, {"shift", CSTN_TYPE_DOUBLE, 0},
			{"scale", CSTN_TYPE_DOUBLE, 0}, {"median", CSTN_TYPE_DOUBLE, 1},
			{"constant", CSTN_TYPE_FLAG, 0}};
	const cstn_kmeans *model = of;
	char text[64];
	size_t l;

	if (cstn__table_add_fields(table, CSTN__FIELDS(columns)))
		return cstn__fail_nomem(error);
	for (l = 0; l < model->d; l++) {
		const cstn__transform *transform = &model->transforms[l];

		steps_text(transform->steps, text);
		cstn__table_put_text(table, 0, model->names[l], strlen(model->names[l]));
		cstn__table_put_text(table, 1, text, strlen(text));
		cstn__put_number(table, 2, transform->low);
		cstn__put_number(table, 3, transform->high);
		cstn__table_put_f64(table, 4, transform->shift);
		cstn__table_put_f64(table, 5, transform->scale);
		cstn__put_number(table, 6, transform->fill);
		cstn__table_put_i64(table, 7, transform->constant);
	}
	return CSTN_OK;
}

cstn_status cstn_kmeans_export(const cstn_kmeans *model, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	static cstn__table_put *const puts[] = {[CSTN_KMEANS_TABLE_CLUSTERS] = put_clusters,
			[CSTN_KMEANS_TABLE_LABELS] = put_labels,
			[CSTN_KMEANS_TABLE_FEATURES] = put_features};

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	if (table < CSTN_KMEANS_TABLE_CLUSTERS || table > CSTN_KMEANS_TABLE_FEATURES)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; CSTN_KMEANS_TABLE_... expected", table);
	return cstn__table_export_of(&model->allocator, puts[table], model, out, error);
}

/* --- JSON ------------------------------------------------------------------------------------- */

void cstn__kmeans_describe_centre(const cstn_kmeans *model, size_t j, cstn__bytes *out)
{
	size_t l;

	cstn__bytes_put_text(out, ",\"centre\":[");
	for (l = 0; l < model->d; l++) {
		if (l)
			cstn__bytes_put_u8(out, ',');
		cstn__model_value(out, cstn__transform_back(&model->transforms[l],
						       model->centres[j * model->d + l]));
	}
	cstn__bytes_put_u8(out, ']');
}

static void describe_cluster(const cstn_kmeans *model, size_t j, cstn__bytes *out)
{
	cstn__bytes_put_format(out, "%s{\"label\":%zu,\"rows\":%" PRId64 ",", j ? "," : "", j,
			model->rows[j]);
	cstn__model_number(out, "weight", model->weights[j]);
	cstn__bytes_put_u8(out, ',');
	cstn__model_number(out, "inertia", model->inertias[j]);
	cstn__kmeans_describe_centre(model, j, out);
	cstn__bytes_put_u8(out, '}');
}

void cstn__kmeans_describe_features(const cstn_kmeans *model, cstn__bytes *out)
{
	char steps[64];
	size_t l;

	cstn__bytes_put_u8(out, '[');
	for (l = 0; l < model->d; l++) {
		steps_text(model->transforms[l].steps, steps);
		cstn__bytes_put_text(out, l ? ",{\"name\":" : "{\"name\":");
		cstn__model_text(out, model->names[l], strlen(model->names[l]));
		cstn__bytes_put_format(out, ",\"transforms\":\"%s\",", steps);
		cstn__model_number(out, "shift", model->transforms[l].shift);
		cstn__bytes_put_u8(out, ',');
		cstn__model_number(out, "scale", model->transforms[l].scale);
		cstn__bytes_put_u8(out, '}');
	}
	cstn__bytes_put_u8(out, ']');
}

cstn_status cstn_kmeans_describe(const cstn_kmeans *model, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes text;
	size_t j;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	cstn__bytes_init(&text, &model->allocator);
	cstn__bytes_put_format(&text,
			"{\"model\":\"kmeans\",\"k\":%zu,\"rows\":%" PRIu64 ",\"left_out\":%" PRIu64
			",\"imputed\":%" PRIu64 ",",
			model->k, model->n - model->left_out, model->left_out, model->imputed);
	cstn__model_number(&text, "weight", model->weight);
	cstn__bytes_put_u8(&text, ',');
	cstn__model_number(&text, "inertia", model->inertia);
	cstn__bytes_put_format(&text,
			",\"n_iter\":%d,\"converged\":%s,\"restart\":%d,\"moved\":%" PRIu64
			",\"features\":",
			model->n_iter, model->converged ? "true" : "false", model->restart,
			model->moved);
	cstn__kmeans_describe_features(model, &text);
	cstn__bytes_put_text(&text, ",\"clusters\":[");
	for (j = 0; j < model->k; j++)
		describe_cluster(model, j, &text);
	cstn__bytes_put_text(&text, "]}");
	return cstn__bytes_to_buffer(&text, out, error);
}
