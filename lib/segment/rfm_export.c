/* What a fit found, as tables and as single numbers. */
#include <string.h>

#include "base/text.h"
#include "segment/rfm_model.h"
#include "table/table_fields.h"

/* The bin of a score has `cut` number bin - 1 below it and bin above it. */
static void put_cut(cstn__table_builder *table, int32_t column, const cstn_rfm *model, int d,
		int32_t cut)
{
	if (cut < 0 || cut >= model->n_cuts[d])
		cstn__table_put_null(table, column);
	else
		cstn__table_put_f64(table, column, model->cuts[d][cut]);
}

static cstn_status put_cuts(const void *of, cstn__table_builder *table, cstn_error **error)
{
	static const cstn__table_field columns[] = {{"dimension", CSTN_TYPE_TEXT, 0},
			{"score", CSTN_TYPE_INT32, 0}, {"low", CSTN_TYPE_DOUBLE, 1},
			{"high", CSTN_TYPE_DOUBLE, 1}, {"low_included", CSTN_TYPE_FLAG, 0},
			{"high_included", CSTN_TYPE_FLAG, 0}, {"customers", CSTN_TYPE_INT64, 0},
			{"bins", CSTN_TYPE_INT32, 0}, {"effective_bins", CSTN_TYPE_INT32, 0}};
	const cstn_rfm *model = of;
	int left = (model->flags & CSTN_RFM_LEFT_CLOSED) != 0, d;
	int32_t s;

	if (cstn__table_add_fields(table, CSTN__FIELDS(columns)))
		return cstn__fail_nomem(error);
	for (d = 0; d < 3; d++)
		for (s = 1; s <= model->n_cuts[d] + 1; s++) {
			int32_t bin = d == CSTN_RFM_RECENCY ? model->n_cuts[d] + 1 - s : s - 1;

			cstn__put_word(table, 0, cstn__rfm_dimensions[d]);
			cstn__table_put_i64(table, 1, s);
			put_cut(table, 2, model, d, bin - 1);
			put_cut(table, 3, model, d, bin);
			cstn__table_put_i64(table, 4, left && bin > 0);
			cstn__table_put_i64(table, 5, !left && bin < model->n_cuts[d]);
			cstn__table_put_i64(table, 6, model->counts[d][s - 1]);
			cstn__table_put_i64(table, 7, model->bins[d]);
			cstn__table_put_i64(table, 8, model->n_cuts[d] + 1);
		}
	return CSTN_OK;
}

static cstn_status put_segments(const void *of, cstn__table_builder *table, cstn_error **error)
{
	static const cstn__table_field columns[] = {{"segment", CSTN_TYPE_TEXT, 0},
			{"customers", CSTN_TYPE_INT64, 0}, {"share", CSTN_TYPE_DOUBLE, 0},
			{"recency_mean", CSTN_TYPE_DOUBLE, 1}, {"frequency", CSTN_TYPE_DOUBLE, 0},
			{"monetary", CSTN_TYPE_DOUBLE, 0}};
	const cstn_rfm *model = of;
	size_t i;

	if (cstn__table_add_fields(table, CSTN__FIELDS(columns)))
		return cstn__fail_nomem(error);
	for (i = 0; i < model->segments.count; i++) {
		const cstn__rfm_segment *segment = &model->segments.items[i];

		cstn__table_put_text(table, 0, segment->name, segment->len);
		cstn__table_put_i64(table, 1, segment->customers);
		cstn__table_put_f64(
				table, 2, (double)segment->customers / (double)model->customers);
		cstn__put_f64_or_null(table, 3, segment->customers != 0,
				segment->customers ? segment->recency / (double)segment->customers
						   : 0.0);
		cstn__table_put_f64(table, 4, segment->frequency);
		cstn__table_put_f64(table, 5, segment->monetary);
	}
	return CSTN_OK;
}

static cstn_status put_cells(const void *of, cstn__table_builder *table, cstn_error **error)
{
	static const cstn__table_field columns[] = {{"r", CSTN_TYPE_INT32, 0},
			{"f", CSTN_TYPE_INT32, 0}, {"customers", CSTN_TYPE_INT64, 0},
			{"monetary", CSTN_TYPE_DOUBLE, 0}, {"monetary_mean", CSTN_TYPE_DOUBLE, 0}};
	const cstn_rfm *model = of;
	size_t i;

	if (cstn__table_add_fields(table, CSTN__FIELDS(columns)))
		return cstn__fail_nomem(error);
	for (i = 0; i < model->cells.count; i++) {
		const cstn__rfm_cell *cell = &model->cells.items[i];

		cstn__table_put_i64(table, 0, cell->r);
		cstn__table_put_i64(table, 1, cell->f);
		cstn__table_put_i64(table, 2, cell->customers);
		cstn__table_put_f64(table, 3, cell->monetary);
		cstn__table_put_f64(table, 4, cell->monetary / (double)cell->customers);
	}
	return CSTN_OK;
}

cstn_status cstn_rfm_export(const cstn_rfm *model, int32_t table, struct ArrowArrayStream *out,
		cstn_error **error)
{
	static cstn__table_put *const puts[] = {[CSTN_RFM_TABLE_CUTS] = put_cuts,
			[CSTN_RFM_TABLE_SEGMENTS] = put_segments,
			[CSTN_RFM_TABLE_CELLS] = put_cells};

	if (!model || !out || table < CSTN_RFM_TABLE_CUTS || table > CSTN_RFM_TABLE_CELLS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"model or out is NULL, or table is %d (1 to 3)", table);
	if (table == CSTN_RFM_TABLE_SEGMENTS && !model->segments.count)
		return cstn__fail(error, CSTN_E_STATE, "the model was fitted without rules");
	return cstn__table_export_of(&model->allocator, puts[table], model, out, error);
}

/* --- single numbers --------------------------------------------------------------------------- */

/* "recency_cut_1" without "recency_". */
static int of_dimension(const cstn_rfm *model, int d, const char *name, double *out)
{
	int64_t number;

	if (strcmp(name, "bins") == 0)
		*out = model->bins[d];
	else if (strcmp(name, "effective_bins") == 0)
		*out = model->n_cuts[d] + 1;
	else if (strncmp(name, "cut_", 4) == 0 &&
			cstn__parse_i64(name + 4, strlen(name + 4), &number) == 0 && number >= 1 &&
			number <= model->n_cuts[d])
		*out = model->cuts[d][number - 1];
	else
		return -1;
	return 0;
}

cstn_status cstn_rfm_get_param(
		const cstn_rfm *model, const char *name, double *out, cstn_error **error)
{
	int d;

	if (!model || !name || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "model, name or out is NULL");
	if (strcmp(name, "customers") == 0) {
		*out = (double)model->customers;
		return CSTN_OK;
	}
	if (strcmp(name, "bad_rows") == 0) {
		*out = (double)model->bad_rows;
		return CSTN_OK;
	}
	if (strcmp(name, "left_closed") == 0 || strcmp(name, "plus_one") == 0) {
		*out = model->flags & (name[0] == 'l' ? CSTN_RFM_LEFT_CLOSED : CSTN_RFM_PLUS_ONE)
				       ? 1.0
				       : 0.0;
		return CSTN_OK;
	}
	for (d = 0; d < 3; d++) {
		size_t len = strlen(cstn__rfm_dimensions[d]);

		if (strncmp(name, cstn__rfm_dimensions[d], len) == 0 && name[len] == '_' &&
				of_dimension(model, d, name + len + 1, out) == 0)
			return CSTN_OK;
	}
	return cstn__fail(error, CSTN_E_NOT_FOUND, "the model has no '%s'", name);
}
