/* Rows of a stream on their way into a signal model, or to be forecast: read as series, with the
 * model's signals and its pool beside them. O(rows). */
#include <math.h>

#include "base/error.h"
#include "demand/online.h"

#define NUMBERS                                                           \
	(CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) | \
			CSTN__ACCEPT(CSTN_TYPE_DECIMAL) | CSTN__ACCEPT(CSTN_TYPE_FLAG))

cstn_status cstn__signal_rows_read(cstn__series_set *set, const cstn_signal_model *model,
		const cstn__signal_reading *reading, struct ArrowArrayStream *rows,
		cstn__row_sink **sink, cstn_error **error)
{
	cstn__column_decl numbers[CSTN_SIGNAL_MODEL_SIGNALS_MOST];
	const uint8_t is_ahead = reading->is_ahead != 0;
	const cstn__column_decl pool = {
			model->config.pool, CSTN__ACCEPT_KEY, -1, !is_ahead, is_ahead, 0, 0};
	cstn__series_reader reader = {0};
	int32_t i;

	for (i = 0; i < model->config.n_signals; i++)
		numbers[i] = (cstn__column_decl){model->signals[i].name, NUMBERS, -1, 1, 1, 0, 0};
	reader.period = model->config.period;
	reader.gap = CSTN__GAP_KEPT;
	reader.flags = reading->flags & CSTN_IMPORT_TRUSTED;
	reader.binding = reading->binding;
	reader.progress = reading->progress;
	reader.numbers = numbers;
	reader.n_numbers = (size_t)model->config.n_signals;
	reader.labels = &pool;
	reader.n_labels = model->config.pool ? 1 : 0;
	reader.like = model->periods.type ? &model->periods : NULL;
	reader.without_y = is_ahead;
	reader.with_rows = 1;
	return cstn__series_read(set, &reader, rows, &model->allocator, sink, error);
}

int32_t cstn__signal_check(const cstn_signal_model *model, const double *signals, size_t stride,
		int32_t *field)
{
	int32_t i;

	for (i = 0; signals && i < model->config.n_signals; i++) {
		double x = signals[(size_t)i * stride];

		*field = CSTN__SIGNAL_FIRST + i;
		if (fabs(x) > CSTN__ONLINE_SIGNAL_MOST)
			return CSTN_ROW_RANGE;
	}
	return 0;
}

uint32_t cstn__signal_pool_of(
		const cstn_signal_model *model, const cstn__series_set *set, uint32_t key)
{
	if (!model->config.pool)
		return 0;
	if (set->label[key] == CSTN__IDS_NONE)
		return CSTN__IDS_NONE;
	return cstn__ids_find_same(&model->pool_ids, set->labels, set->label[key]);
}

const double *cstn__signal_values(const cstn__series_set *set, const cstn__series *series, size_t t)
{
	return set->numbers ? set->numbers + series->start + t : NULL;
}

const char *cstn__signal_field_name(const cstn_signal_model *model, int32_t field)
{
	static const char *const names[] = {"unique_id", "ds", "y"};

	if (field < CSTN__SIGNAL_FIRST)
		return names[field];
	field -= CSTN__SIGNAL_FIRST;
	return field < model->config.n_signals ? model->signals[field].name : model->config.pool;
}

cstn_status cstn__signal_refuse(cstn__row_sink *sink, const cstn_signal_model *model, uint64_t row,
		int32_t field, int32_t code)
{
	return cstn__row_sink_add(
			sink, row, field, cstn__signal_field_name(model, field), code, NULL, 0);
}
