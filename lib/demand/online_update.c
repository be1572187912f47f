/* Learning of rows: by a frame, and by one row.
 *
 * What may fail is done first: rows are read as series and checked against what is known of each,
 * new keys are named and get their room. Then every series learns its rows in the order of their
 * periods, series side by side on threads, each as a whole on one; nothing of that can fail. O(1) a
 * row, for the square of the columns. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "demand/model_keys.h"
#include "demand/online.h"

#define MORSEL 16 /* series */

/* Series of a frame, by number in it. */
typedef struct work {
	cstn_signal_model *model;
	cstn__series_set set;
	cstn__row_sink *sink;
	uint32_t *number, *pool; /* of a series in the model; CSTN__IDS_NONE: left out */
	size_t size;             /* bytes of each */
} work;

/* --- checking --------------------------------------------------------------------------------- */

/* The rule that value t of a series breaks: 0, or a CSTN_ROW_ with *field. `last`: of the row
 * before it, if there is one. */
static int32_t check_value(const cstn_signal_model *model, const int64_t *last, int64_t period,
		double y, const double *signals, size_t stride, int32_t *field)
{
	*field = CSTN__SIGNAL_DS;
	if (period > CSTN__ONLINE_PERIOD_MOST || period < -CSTN__ONLINE_PERIOD_MOST)
		return CSTN_ROW_RANGE;
	if (last && period <= *last)
		return period == *last ? CSTN_ROW_DUPLICATE : CSTN_ROW_TOO_LATE;
	if (last && period > *last + 1 && model->config.gap == CSTN_GAP_ERROR)
		return CSTN_ROW_GAP;
	*field = CSTN__SIGNAL_Y;
	if (!(fabs(y) <= CSTN__ONLINE_LARGEST))
		return isnan(y) ? CSTN_ROW_NAN : CSTN_ROW_RANGE;
	if (y < 0 && !model->plan.is_linear)
		return CSTN_ROW_NEGATIVE;
	return cstn__signal_check(model, signals, stride, field);
}

/* The number of the pool's column among the fields. */
static int32_t pool_field(const cstn_signal_model *model)
{
	return CSTN__SIGNAL_FIRST + model->config.n_signals;
}

/* Whether a series may be learned from; what is wrong with it goes to the sink. */
static cstn_status check_series(const work *w, size_t i, int *is_good)
{
	const cstn__series *s = &w->set.series.items[i];
	const cstn__online_series *known = NULL;
	cstn_signal_model *model = w->model;
	cstn_status status = CSTN_OK;
	int64_t last = 0;
	int32_t field, code;
	uint32_t number;
	size_t t;

	*is_good = 1;
	number = cstn__ids_find_same(&model->keys, &w->set.keys, s->key);
	known = cstn__signal_series_there(model, number);
	if (known) {
		last = known->last;
		if (known->pool != cstn__signal_pool_of(model, &w->set, s->key)) {
			*is_good = 0;
			status = cstn__signal_refuse(w->sink, model, w->set.row[s->start],
					pool_field(model), CSTN_ROW_CONFLICT);
		}
	}
	for (t = 0; t < s->n && status == CSTN_OK; t++) {
		int64_t period = w->set.period[s->start + t];

		code = check_value(model, known || t ? &last : NULL, period, w->set.y[s->start + t],
				cstn__signal_values(&w->set, s, t), w->set.n, &field);
		last = period;
		if (!code)
			continue;
		*is_good = 0;
		status = cstn__signal_refuse(w->sink, model, w->set.row[s->start + t], field, code);
	}
	return status;
}

static cstn_status name_series(work *w, size_t i)
{
	const cstn__series *s = &w->set.series.items[i];
	cstn_signal_model *model = w->model;

	w->number[i] = cstn__ids_same(&model->keys, &w->set.keys, s->key);
	w->pool[i] = 0;
	if (model->config.pool)
		w->pool[i] = cstn__ids_same(&model->pool_ids, w->set.labels, w->set.label[s->key]);
	return w->number[i] == CSTN__IDS_NONE || w->pool[i] == CSTN__IDS_NONE ? CSTN_E_NOMEM
									      : CSTN_OK;
}

/* --- learning --------------------------------------------------------------------------------- */

static void learn_series(const work *w, size_t i)
{
	const cstn__series *s = &w->set.series.items[i];
	cstn_signal_model *model = w->model;
	cstn__online_series *series;
	const cstn__online_prior *prior;
	size_t t;

	if (w->number[i] == CSTN__IDS_NONE)
		return;
	series = cstn__signal_series(model, w->number[i]);
	prior = cstn__signal_prior(model, w->pool[i]);
	for (t = 0; t < s->n; t++)
		cstn__online_learn(&model->plan, prior, series, w->set.period[s->start + t],
				w->set.y[s->start + t], cstn__signal_values(&w->set, s, t),
				w->set.n);
	series->pool = w->pool[i];
}

static cstn_status learn_morsel(void *context, size_t morsel, int32_t worker)
{
	const work *w = context;
	size_t i, end = (morsel + 1) * MORSEL;

	(void)worker;
	for (i = morsel * MORSEL; i < end && i < w->set.series.count; i++)
		learn_series(w, i);
	return CSTN_OK;
}

static void note_latest(cstn_signal_model *model, int64_t period)
{
	if (!model->has_rows || period > model->latest)
		model->latest = (int32_t)period;
	model->has_rows = 1;
	model->version++;
}

static void learn(work *w, int32_t threads)
{
	size_t n = w->set.series.count, morsels = (n + MORSEL - 1) / MORSEL, i;

	(void)cstn__parallel_for(morsels, cstn__threads_resolve(threads, morsels ? morsels : 1),
			NULL, learn_morsel, w);
	for (i = 0; i < n; i++) {
		const cstn__series *s = &w->set.series.items[i];

		if (w->number[i] != CSTN__IDS_NONE)
			note_latest(w->model, w->set.period[s->start + s->n - 1]);
	}
}

/* --- a frame ---------------------------------------------------------------------------------- */

static cstn_status stage(work *w, cstn_error **error)
{
	size_t n = w->set.series.count, i;
	cstn_status status = CSTN_OK;

	w->size = cstn__array_size(n, sizeof(uint32_t));
	w->number = cstn__alloc(&w->model->allocator, w->size);
	w->pool = cstn__alloc(&w->model->allocator, w->size);
	if (!w->number || !w->pool)
		status = CSTN_E_NOMEM;
	for (i = 0; i < n && status == CSTN_OK; i++) {
		int is_good;

		w->number[i] = CSTN__IDS_NONE;
		status = check_series(w, i, &is_good);
		if (status == CSTN_OK && is_good)
			status = name_series(w, i);
	}
	if (status == CSTN_OK && cstn__signal_model_reserve(w->model))
		status = CSTN_E_NOMEM;
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status take(work *w, int32_t threads, cstn_row_errors **bad, cstn_error **error)
{
	cstn_signal_model *model = w->model;
	cstn_status status = cstn__signal_model_settle(model, &w->set.periods, error);

	if (status == CSTN_OK)
		status = cstn__demand_take_type(&model->keys, w->set.keys.type, "unique_id", error);
	if (status == CSTN_OK && model->config.pool)
		status = cstn__demand_take_type(
				&model->pool_ids, w->set.labels->type, model->config.pool, error);
	if (status == CSTN_OK)
		status = stage(w, error);
	if (status == CSTN_OK)
		status = cstn__row_sink_finish(w->sink, bad, error);
	if (status == CSTN_OK)
		learn(w, threads);
	return status;
}

static cstn_status update(void *to, struct ArrowArrayStream *stream, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_signal_model_update_options *o = given;
	const cstn__signal_reading reading = {o->flags, o->binding, o->progress, 0};
	cstn_signal_model *model = to;
	const cstn_allocator *allocator = &model->allocator;
	work w;
	cstn_row_errors *bad = NULL;
	uint64_t left_out = 0;
	cstn_status status;

	if (o->threads < 0 || o->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %d, reserved0 is %d; 0 or more and 0 expected",
				o->threads, o->reserved0);
	memset(&w, 0, sizeof(w));
	w.model = model;
	status = cstn__signal_rows_read(&w.set, model, &reading, stream, &w.sink, error);
	if (status != CSTN_OK)
		return status;
	status = take(&w, o->threads, &bad, error);
	if (status == CSTN_OK)
		left_out = cstn__row_sink_total(w.sink);
	cstn__free(allocator, w.number, w.size);
	cstn__free(allocator, w.pool, w.size);
	cstn__row_sink_free(w.sink);
	cstn__series_free(&w.set);
	if (!w.model->has_rows)
		cstn__signal_model_clear(w.model);
	return cstn__rows_left_out(status, bad, left_out, bad_rows, error);
}

cstn_status cstn_signal_model_update(cstn_signal_model *model, struct ArrowArrayStream *rows,
		const cstn_signal_model_update_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"rows", "model", model, options,
			"cstn_signal_model_update_options", CSTN_IMPORT_TRUSTED, update};
	cstn_signal_model_update_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}

/* --- one row ---------------------------------------------------------------------------------- */

static cstn_status settle_one(
		cstn_signal_model *model, const cstn_signal_model_row *row, cstn_error **error)
{
	int32_t period = model->config.period;
	cstn__periods periods;
	cstn_status status;

	if (model->periods.type)
		return CSTN_OK;
	status = cstn__periods_of(&periods, period,
			period == CSTN_PERIOD_NUMBER ? CSTN_TYPE_INT64
			: period == CSTN_PERIOD_HOUR ? CSTN_TYPE_TIME
						     : CSTN_TYPE_DAYS,
			error);
	if (status == CSTN_OK && period == CSTN_PERIOD_WEEK)
		periods.phase = (int32_t)(((row->ds % 7) + 7) % 7);
	return status == CSTN_OK ? cstn__signal_model_settle(model, &periods, error) : status;
}

/* A row that keeps all rules: its series learns it. */
static cstn_status learn_one(cstn_signal_model *model, const cstn_signal_model_row *row,
		int64_t period, int32_t *field, int32_t *code, cstn_error **error)
{
	cstn__online_series *series;
	uint32_t number, pool = 0;
	int64_t last = 0;
	cstn_status status = cstn__demand_name_one(&model->keys, "key", row->key, row->key_len,
			row->key_number, &number, error);

	if (status == CSTN_OK && model->config.pool)
		status = cstn__demand_name_one(&model->pool_ids, "pool", row->pool, row->pool_len,
				row->pool_number, &pool, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__signal_model_reserve(model))
		return cstn__fail_nomem(error);
	series = cstn__signal_series(model, number);
	if (series->seen & CSTN__ONLINE_IS_THERE && series->pool != pool) {
		*field = pool_field(model);
		*code = CSTN_ROW_CONFLICT;
		return CSTN_OK;
	}
	last = series->last;
	*code = check_value(model, series->seen & CSTN__ONLINE_IS_THERE ? &last : NULL, period,
			row->y, row->signals, 1, field);
	if (*code)
		return CSTN_OK;
	cstn__online_learn(&model->plan, cstn__signal_prior(model, pool), series, period, row->y,
			row->signals, 1);
	series->pool = pool;
	note_latest(model, period);
	return CSTN_OK;
}

static cstn_status update_one(
		cstn_signal_model *model, const cstn_signal_model_row *row, cstn_error **error)
{
	size_t wanted = row->signals ? (size_t)model->config.n_signals : 0;
	int32_t field = CSTN__SIGNAL_DS, code = CSTN_ROW_PERIOD;
	int64_t period;
	cstn_status status;

	if (row->n_signals != wanted)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "n_signals is %zu, %zu expected",
				row->n_signals, wanted);
	status = settle_one(model, row, error);
	if (status != CSTN_OK)
		return status;
	if (!cstn__period_number(&model->periods, row->ds, &period))
		status = learn_one(model, row, period, &field, &code, error);
	if (status == CSTN_OK && code)
		return cstn__fail(error, CSTN_E_ROWS, "%s: %s",
				cstn__signal_field_name(model, field), cstn__row_code_rule(code));
	return status;
}

cstn_status cstn_signal_model_update_one(
		cstn_signal_model *model, const cstn_signal_model_row *row, cstn_error **error)
{
	cstn_signal_model_row read;
	cstn_status status;

	if (!model || !row)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "row" : "model");
	status = cstn__options_read(
			row, sizeof(read), sizeof(read), 0, "cstn_signal_model_row", &read, error);
	if (status != CSTN_OK)
		return status;
	status = update_one(model, &read, error);
	if (!model->has_rows)
		cstn__signal_model_clear(model);
	return status;
}
