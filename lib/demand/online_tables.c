/* What a signal model has learned, as tables: effects of each series, and of each pool. O(rows), by
 * columns squared a series. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "demand/online.h"
#include "table/export.h"

static void put_text(cstn__table_builder *table, int32_t column, const char *text)
{
	cstn__table_put_text(table, column, text, strlen(text));
}

static void put_one(cstn__table_builder *table, const cstn_signal_model *model, uint32_t number)
{
	const cstn__online_series *s = cstn__signal_series_there(model, number);
	double variance[CSTN__ONLINE_COLUMNS_MOST], means[CSTN__ONLINE_COLUMNS_MOST];
	size_t n = model->plan.of.columns, j;
	char room[32];

	if (!s)
		return;
	cstn__online_variances(s, n, variance);
	cstn__online_means(s, n, means);
	for (j = 0; j < n; j++) {
		cstn__series_put_id(table, 0, &model->keys, number);
		put_text(table, 1, cstn__signal_column_name(model, j, room));
		cstn__table_put_f64(table, 2, (double)s->values[j]);
		cstn__table_put_f64(table, 3, sqrt((double)s->s2 * variance[j]));
		cstn__table_put_f64(table, 4, means[j]);
	}
}

static int add_columns(cstn__table_builder *table, int32_t id_type, int id_null,
		const char *const names[5], int32_t last_type)
{
	const int32_t types[5] = {
			id_type, CSTN_TYPE_TEXT, CSTN_TYPE_DOUBLE, CSTN_TYPE_DOUBLE, last_type};
	int failed = 0, i;

	for (i = 0; i < 5; i++)
		failed |= cstn__table_add_column(table, names[i], types[i], 0, !i && id_null) < 0;
	return failed;
}

static int32_t type_of(int32_t known)
{
	return known ? known : CSTN_TYPE_TEXT;
}

static cstn_status put_series(const void *of, cstn__table_builder *table, cstn_error **error)
{
	static const char *const names[5] = {"unique_id", "name", "effect", "error", "mean"};
	const cstn_signal_model *model = of;
	size_t n = model->keys.count, i;
	uint32_t *order;

	if (add_columns(table, type_of(model->keys.type), 0, names, CSTN_TYPE_DOUBLE))
		return cstn__fail_nomem(error);
	order = cstn__ids_order(&model->keys);
	if (!order)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		put_one(table, model, order[i]);
	cstn__ids_list_free(&model->keys, order);
	return CSTN_OK;
}

static void put_pool(cstn__table_builder *table, const cstn_signal_model *model, uint32_t number)
{
	const cstn__online_prior *prior = cstn__signal_prior(model, number);
	char room[32];
	size_t j;

	for (j = 0; prior && j < model->plan.of.columns; j++) {
		const float *known = prior->values + j * CSTN__PRIOR_WIDTH;

		cstn__series_put_id(table, 0, &model->pool_ids,
				model->config.pool ? number : CSTN__IDS_NONE);
		put_text(table, 1, cstn__signal_column_name(model, j, room));
		cstn__table_put_f64(table, 2, (double)known[CSTN__PRIOR_EFFECT]);
		cstn__table_put_f64(table, 3, (double)known[CSTN__PRIOR_DEVIATION]);
		cstn__table_put_i64(table, 4, (int64_t)known[CSTN__PRIOR_SERIES]);
	}
}

static cstn_status put_pools(const void *of, cstn__table_builder *table, cstn_error **error)
{
	static const char *const names[5] = {"pool", "name", "effect", "deviation", "series"};
	const cstn_signal_model *model = of;
	size_t n = model->pool_ids.count, i;
	uint32_t *order;

	if (add_columns(table, type_of(model->pool_ids.type), 1, names, CSTN_TYPE_INT64))
		return cstn__fail_nomem(error);
	order = cstn__ids_order(&model->pool_ids);
	if (!order)
		return cstn__fail_nomem(error);
	for (i = 0; i < (model->config.pool ? n : 1); i++)
		put_pool(table, model, model->config.pool ? order[i] : 0);
	cstn__ids_list_free(&model->pool_ids, order);
	return CSTN_OK;
}

cstn_status cstn_signal_model_export(const cstn_signal_model *model, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	static cstn_status (*const puts[])(const void *, cstn__table_builder *, cstn_error **) = {
			put_series, put_pools};

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	if (table < 0 || (size_t)table >= sizeof(puts) / sizeof(puts[0]))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; CSTN_SIGNAL_MODEL_TABLE_... expected", table);
	return cstn__table_export_of(&model->allocator, puts[table], model, out, error);
}
