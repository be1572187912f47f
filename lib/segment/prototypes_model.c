/* A fitted k-prototypes model: immutable, refcounted; its numbers, tables and JSON. Labels of the
 * fit go with it until it is stored. Cost: O(k columns + categories) memory and 2 bytes a row. */
#include "segment/prototypes_model.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "segment/model_text.h"

cstn_status cstn__prototypes_model_new(cstn_kmeans *numbers, cstn__categories *categories,
		const cstn_allocator *allocator, cstn_prototypes **out, cstn_error **error)
{
	cstn_prototypes *model = cstn__alloc_zero(allocator, sizeof(*model));

	if (!model) {
		cstn_kmeans_unref(numbers);
		return cstn__fail_nomem(error);
	}
	atomic_init(&model->references, 1);
	model->allocator = *allocator;
	model->numbers = numbers;
	model->categories = *categories;
	memset(categories, 0, sizeof(*categories));
	model->mismatches = cstn__alloc_zero(allocator, numbers->k * sizeof(*model->mismatches));
	model->shared = cstn__alloc_zero(
			allocator, numbers->k * model->categories.m * sizeof(*model->shared));
	if (model->mismatches && model->shared) {
		*out = model;
		return CSTN_OK;
	}
	cstn_prototypes_unref(model);
	return cstn__fail_nomem(error);
}

cstn_prototypes *cstn_prototypes_ref(cstn_prototypes *model)
{
	if (model)
		atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
	return model;
}

void cstn_prototypes_unref(cstn_prototypes *model)
{
	cstn_allocator allocator;
	size_t k;

	if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = model->allocator;
	k = model->numbers->k;
	cstn__free(&allocator, model->mismatches, k * sizeof(*model->mismatches));
	cstn__free(&allocator, model->shared, k * model->categories.m * sizeof(*model->shared));
	cstn__array_free(&allocator, &model->costs);
	cstn__categories_free(&model->categories);
	cstn_kmeans_unref(model->numbers);
	cstn__free(&allocator, model, sizeof(*model));
}

static double all_mismatches(const cstn_prototypes *model)
{
	int64_t total = 0;
	size_t j;

	for (j = 0; j < model->numbers->k; j++)
		total += model->mismatches[j];
	return (double)total;
}

cstn_status cstn_prototypes_get_param(
		const cstn_prototypes *model, const char *name, double *out, cstn_error **error)
{
	if (!model || !name || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!model  ? "model"
				: !name ? "name"
					: "out");
	{
		const cstn_kmeans *numbers = model->numbers;
		const cstn__model_param all[] = {
				{"k", (double)numbers->k},
				{"numeric", (double)numbers->d},
				{"categorical", (double)model->categories.m},
				{"rows", (double)(numbers->n - numbers->left_out)},
				{"left_out", (double)numbers->left_out},
				{"imputed", (double)numbers->imputed},
				{"cost", model->cost},
				{"inertia", numbers->inertia},
				{"mismatches", all_mismatches(model)},
				{"gamma", model->gamma},
				{"n_iter", numbers->n_iter},
				{"converged", numbers->converged},
				{"restart", numbers->restart},
				{"moved", (double)numbers->moved},
		};

		return cstn__model_get_param(all, sizeof(all) / sizeof(all[0]),
				"a k-prototypes model", name, out, error);
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

static int add_clusters(const cstn_prototypes *model, cstn__table_builder *table)
{
	const cstn_kmeans *numbers = model->numbers;
	int ok = cstn__table_add_column(table, "label", CSTN_TYPE_INT32, 0, 0) >= 0 &&
		 cstn__table_add_column(table, "rows", CSTN_TYPE_INT64, 0, 0) >= 0 &&
		 cstn__table_add_column(table, "cost", CSTN_TYPE_DOUBLE, 0, 0) >= 0 &&
		 cstn__table_add_column(table, "mismatches", CSTN_TYPE_INT64, 0, 0) >= 0;
	cstn__bytes text;
	size_t l;

	cstn__bytes_init(&text, &model->allocator);
	ok = ok && cstn__kmeans_add_centres(numbers, table, &text);
	for (l = 0; l < model->categories.m && ok; l++)
		ok = cstn__table_add_named(table, model->categories.names[l], "", CSTN_TYPE_TEXT, 0,
				     &text) &&
		     cstn__table_add_named(table, model->categories.names[l], "_share",
				     CSTN_TYPE_DOUBLE, 1, &text);
	cstn__bytes_free(&text);
	return ok;
}

static cstn_status put_clusters(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn_prototypes *model = of;
	const cstn_kmeans *numbers = model->numbers;
	size_t d = numbers->d, m = model->categories.m, j, l;

	if (!add_clusters(model, table))
		return cstn__fail_nomem(error);
	for (j = 0; j < numbers->k; j++) {
		cstn__table_put_i64(table, 0, (int64_t)j);
		cstn__table_put_i64(table, 1, numbers->rows[j]);
		cstn__table_put_f64(table, 2,
				numbers->inertias[j] + model->gamma * (double)model->mismatches[j]);
		cstn__table_put_i64(table, 3, model->mismatches[j]);
		cstn__kmeans_put_centre(numbers, j, table, 4);
		for (l = 0; l < m; l++) {
			int32_t column = (int32_t)(4 + 2 * d + 2 * l);
			size_t len;
			const char *text = cstn__category_text(
					&model->categories, numbers->packed.modes[j * m + l], &len);

			cstn__table_put_text(table, column, text, len);
			if (numbers->rows[j])
				cstn__table_put_f64(table, column + 1,
						(double)model->shared[j * m + l] /
								(double)numbers->rows[j]);
			else
				cstn__table_put_null(table, column + 1);
		}
	}
	return CSTN_OK;
}

static cstn_status put_categories(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn_prototypes *model = of;
	const cstn__categories *categories = &model->categories;
	size_t c;

	if (cstn__table_add_column(table, "column", CSTN_TYPE_TEXT, 0, 0) < 0 ||
			cstn__table_add_column(table, "category", CSTN_TYPE_TEXT, 0, 0) < 0 ||
			cstn__table_add_column(table, "rows", CSTN_TYPE_INT64, 0, 0) < 0)
		return cstn__fail_nomem(error);
	for (c = 0; c < categories->m; c++) {
		uint32_t code;

		for (code = categories->bases[c]; code < categories->bases[c + 1]; code++) {
			const struct cstn__interned *text =
					&categories->texts[c].items[code - categories->bases[c]];

			cstn__table_put_text(table, 0, categories->names[c],
					strlen(categories->names[c]));
			cstn__table_put_text(table, 1, text->text, text->len);
			cstn__table_put_i64(table, 2, categories->rows[code]);
		}
	}
	return CSTN_OK;
}

static cstn_status put_costs(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn_prototypes *model = of;
	size_t i;

	if (cstn__table_add_column(table, "pass", CSTN_TYPE_INT32, 0, 0) < 0 ||
			cstn__table_add_column(table, "cost", CSTN_TYPE_DOUBLE, 0, 0) < 0)
		return cstn__fail_nomem(error);
	for (i = 0; i < model->costs.count; i++) {
		cstn__table_put_i64(table, 0, (int64_t)i);
		cstn__table_put_f64(table, 1, model->costs.items[i]);
	}
	return CSTN_OK;
}

cstn_status cstn_prototypes_export(const cstn_prototypes *model, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	static cstn__table_put *const puts[] = {[CSTN_PROTOTYPES_TABLE_CLUSTERS] = put_clusters,
			[CSTN_PROTOTYPES_TABLE_CATEGORIES] = put_categories,
			[CSTN_PROTOTYPES_TABLE_COSTS] = put_costs};

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	if (table < CSTN_PROTOTYPES_TABLE_CLUSTERS || table > CSTN_PROTOTYPES_TABLE_COSTS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; CSTN_PROTOTYPES_TABLE_... expected", table);
	if (table == CSTN_PROTOTYPES_TABLE_LABELS)
		return cstn_kmeans_export(model->numbers, CSTN_KMEANS_TABLE_LABELS, out, error);
	return cstn__table_export_of(&model->allocator, puts[table], model, out, error);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void describe_cluster(const cstn_prototypes *model, size_t j, cstn__bytes *out)
{
	const cstn_kmeans *numbers = model->numbers;
	size_t m = model->categories.m, l;

	cstn__bytes_put_format(out,
			"%s{\"label\":%zu,\"rows\":%" PRId64 ",\"mismatches\":%" PRId64 ",",
			j ? "," : "", j, numbers->rows[j], model->mismatches[j]);
	cstn__model_number(out, "cost",
			numbers->inertias[j] + model->gamma * (double)model->mismatches[j]);
	cstn__kmeans_describe_centre(numbers, j, out);
	cstn__bytes_put_text(out, ",\"modes\":[");
	for (l = 0; l < m; l++) {
		size_t len;
		const char *text = cstn__category_text(
				&model->categories, numbers->packed.modes[j * m + l], &len);

		if (l)
			cstn__bytes_put_u8(out, ',');
		cstn__model_text(out, text, len);
	}
	cstn__bytes_put_text(out, "]}");
}

cstn_status cstn_prototypes_describe(
		const cstn_prototypes *model, cstn_buffer **out, cstn_error **error)
{
	const cstn_kmeans *numbers;
	cstn__bytes text;
	size_t j;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	numbers = model->numbers;
	cstn__bytes_init(&text, &model->allocator);
	cstn__bytes_put_format(&text,
			"{\"model\":\"prototypes\",\"k\":%zu,\"rows\":%" PRIu64
			",\"left_out\":%" PRIu64 ",\"imputed\":%" PRIu64 ",",
			numbers->k, numbers->n - numbers->left_out, numbers->left_out,
			numbers->imputed);
	cstn__model_number(&text, "cost", model->cost);
	cstn__bytes_put_u8(&text, ',');
	cstn__model_number(&text, "gamma", model->gamma);
	cstn__bytes_put_format(&text,
			",\"batch\":%s,\"n_iter\":%d,\"converged\":%s,\"restart\":%d,"
			"\"moved\":%" PRIu64 ",\"numeric\":",
			model->flags & CSTN_PROTOTYPES_BATCH ? "true" : "false", numbers->n_iter,
			numbers->converged ? "true" : "false", numbers->restart, numbers->moved);
	cstn__kmeans_describe_features(numbers, &text);
	cstn__bytes_put_text(&text, ",\"categorical\":[");
	for (j = 0; j < model->categories.m; j++) {
		if (j)
			cstn__bytes_put_u8(&text, ',');
		cstn__bytes_put_text(&text, "{\"name\":");
		cstn__model_text(&text, model->categories.names[j],
				strlen(model->categories.names[j]));
		cstn__bytes_put_format(
				&text, ",\"categories\":%zu}", model->categories.texts[j].count);
	}
	cstn__bytes_put_text(&text, "],\"clusters\":[");
	for (j = 0; j < numbers->k; j++)
		describe_cluster(model, j, &text);
	cstn__bytes_put_text(&text, "]}");
	return cstn__bytes_to_buffer(&text, out, error);
}
