/* What a prediction is asked for: options, the columns they mean, and the call around it. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "segment/value_predict.h"

#define HORIZONS_MAX 64

static cstn_status check_money(const cstn_value_predict_options *options, cstn_error **error)
{
	if (options->spend && options->spend->fit.model.kind != CSTN__VALUE_SPEND)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the spend model is %s, gammagamma "
				"expected",
				cstn_customer_value_name(options->spend));
	if (options->periods && !options->spend)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"lifetime value needs a model of spend");
	if (options->periods < -1 || options->periods > 1200 || !(options->discount >= 0.0) ||
			!(options->discount < 1e6) || !(options->period > 0.0) ||
			!(options->period < 1e12))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"periods are -1 to 1,200, the discount is 0 or more and a period "
				"is "
				"positive");
	if (options->timing < CSTN_DISCOUNT_END || options->timing > CSTN_DISCOUNT_BEGIN ||
			options->money_scale < 0 || options->money_scale > 9)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"timing is 0 to 2 and money_scale 0 to 9");
	if (!(options->margin_rate - options->margin_rate == 0.0) ||
			!(options->cost_per_order - options->cost_per_order == 0.0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"margin_rate and cost_per_order are finite");
	return CSTN_OK;
}

cstn_status cstn__value_read_options(const cstn_customer_value *model,
		const cstn_value_predict_options *given, cstn_value_predict_options *out,
		cstn_error **error)
{
	static const cstn_value_predict_options defaults = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	int32_t kind = model->fit.model.kind;
	cstn_status status;
	size_t i;

	status = cstn__options_read(given ? given : &defaults, sizeof(*out), sizeof(*out),
			CSTN_PREDICT_SD | CSTN_PREDICT_LOGLIK | CSTN_PREDICT_RESIDUAL |
					CSTN_PREDICT_DUE | CSTN_PREDICT_ACTIVE,
			"cstn_value_predict_options", out, error);
	if (status != CSTN_OK)
		return status;
	out->money_scale = out->money_scale == -1 ? 2 : out->money_scale;
	out->period = out->period == 0.0 ? 1.0 : out->period;
	out->margin_rate = out->margin_rate == 0.0 ? 1.0 : out->margin_rate;
	if (out->reserved0 || out->threads < 0 || out->time_in < CSTN_VALUE_TIME_UNITS ||
			out->time_in > CSTN_VALUE_TIME_US)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"reserved0 is 0, threads 0 or more, time_in 0 to 2");
	if (out->n_horizons > HORIZONS_MAX || (out->n_horizons && !out->horizons))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu horizons; 0 to %d expected, and where they stand",
				out->n_horizons, HORIZONS_MAX);
	for (i = 0; i < out->n_horizons; i++)
		if (!(out->horizons[i] >= 0.0) || !(out->horizons[i] < 1e12))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"horizon %zu is %g; 0 or more expected", i + 1,
					out->horizons[i]);
	if (!(out->residual_rate >= 0.0) || !(out->residual_rate < 1e6))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"residual_rate is %g; 0 or more "
				"expected",
				out->residual_rate);
	if ((out->flags & CSTN_PREDICT_DUE) &&
			(kind == CSTN__VALUE_BGBB || kind == CSTN__VALUE_SPEND ||
					kind == CSTN__VALUE_PNBD))
		return cstn__fail(error, CSTN_E_UNSUPPORTED, "%s has no due time",
				cstn_customer_value_name(model));
	return check_money(out, error);
}

/* Columns that are being declared. */
typedef struct declared {
	cstn__value_columns *columns;
	cstn__table_builder *table;
	int failed;
} declared;

static void add(declared *all, int32_t *to, const char *name, size_t n, int32_t type, int32_t scale)
{
	char numbered[48];
	size_t i;

	*to = all->columns->n;
	for (i = 0; i < n; i++) {
		snprintf(numbered, sizeof(numbered), n > 1 ? "%s_%zu" : "%s", name, i + 1);
		all->failed |= cstn__table_add_column(all->table, numbered, type, scale, 1) < 0;
		all->columns->n++;
	}
}

static cstn_status declare(const cstn_customer_value *model,
		const cstn_value_predict_options *options, cstn__value_columns *columns,
		cstn__table_builder *table, cstn_error **error)
{
	declared all = {columns, table, 0};
	int32_t unused;

	columns->alive = columns->purchases = columns->sd = columns->loglik = -1;
	columns->active = -1;
	columns->residual = columns->due = columns->spend = columns->margin = columns->clv = -1;
	columns->n = 0;
	if (model->fit.model.kind != CSTN__VALUE_SPEND) {
		add(&all, &columns->alive, "p_alive", 1, CSTN_TYPE_DOUBLE, 0);
		add(&all, &columns->purchases, "purchases", options->n_horizons, CSTN_TYPE_DOUBLE,
				0);
		if (options->flags & CSTN_PREDICT_SD)
			add(&all, &columns->sd, "sd", options->n_horizons, CSTN_TYPE_DOUBLE, 0);
		if (options->flags & CSTN_PREDICT_ACTIVE)
			add(&all, &columns->active, "p_active", options->n_horizons,
					CSTN_TYPE_DOUBLE, 0);
		if (options->flags & CSTN_PREDICT_LOGLIK) {
			add(&all, &columns->loglik, "loglik", 1, CSTN_TYPE_DOUBLE, 0);
			add(&all, &unused, "log_p_alive", 1, CSTN_TYPE_DOUBLE, 0);
		}
		if (options->flags & CSTN_PREDICT_RESIDUAL)
			add(&all, &columns->residual, "residual", 1, CSTN_TYPE_DOUBLE, 0);
		if (options->flags & CSTN_PREDICT_DUE) {
			add(&all, &columns->due, "due", 1, CSTN_TYPE_DOUBLE, 0);
			add(&all, &unused, "surprise", 1, CSTN_TYPE_DOUBLE, 0);
		}
	}
	if (options->spend || model->fit.model.kind == CSTN__VALUE_SPEND)
		add(&all, &columns->spend, "expected_spend", 1, CSTN_TYPE_DOUBLE, 0);
	if (options->periods && model->fit.model.kind != CSTN__VALUE_SPEND) {
		add(&all, &columns->margin, "margin", 1, CSTN_TYPE_DECIMAL, options->money_scale);
		add(&all, &columns->clv, "clv", 1, CSTN_TYPE_DECIMAL, options->money_scale);
	}
	return all.failed ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status predict(const cstn_customer_value *model,
		const cstn_value_predict_options *options, struct ArrowArrayStream *rows,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn__value_reader reader;
	cstn__value_columns columns;
	cstn__table_builder *table = NULL;
	cstn_row_errors *left = NULL;
	int32_t kind = model->fit.model.kind;
	cstn_status status;

	memset(&reader, 0, sizeof(reader));
	reader.kind = kind;
	reader.purpose = CSTN__VALUE_READ_PREDICT;
	reader.want_spend = kind == CSTN__VALUE_SPEND || options->spend != NULL;
	if (reader.want_spend)
		reader.money = kind == CSTN__VALUE_SPEND ? model->money : options->spend->money;
	reader.want_gaps = (options->flags & CSTN_PREDICT_LOGLIK) && kind != CSTN__VALUE_SPEND &&
			   cstn__value_has_extra(kind);
	status = cstn__value_reader_open(&reader, rows, options->binding, options->time_in,
			model->unit_us, &model->allocator, error);
	if (status != CSTN_OK)
		return status;
	columns.first = cstn__bound_has(reader.bound, CSTN__VALUE_CUSTOMER);
	status = cstn__table_builder_new(&model->allocator, &table, error);
	if (status == CSTN_OK) {
		if (columns.first && cstn__table_add_column(table, "customer",
						     cstn__bound_type(reader.bound,
								     CSTN__VALUE_CUSTOMER) ==
										     CSTN_TYPE_TEXT
								     ? CSTN_TYPE_TEXT
								     : CSTN_TYPE_INT64,
						     0, 1) < 0)
			status = cstn__fail_nomem(error);
		if (status == CSTN_OK)
			status = declare(model, options, &columns, table, error);
		if (status == CSTN_OK)
			status = cstn__value_predict_stream(
					model, options, &columns, &reader, rows, table, error);
	}
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(reader.sink, &left, error);
	if (status == CSTN_OK)
		status = cstn__table_export(table, out, error);
	else
		cstn__table_builder_free(table);
	if (status == CSTN_OK && bad_rows)
		*bad_rows = left;
	else
		cstn_row_errors_free(left);
	cstn__value_reader_close(&reader);
	return status;
}

cstn_status cstn_customer_value_predict(const cstn_customer_value *model,
		struct ArrowArrayStream *rows, const cstn_value_predict_options *given,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_value_predict_options options;
	struct ArrowArrayStream stream;
	cstn_status status = CSTN_OK;

	status = cstn__stream_take(rows, "rows", &stream, error);
	if (status != CSTN_OK)
		return status;
	if (!model || !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	else if (model->fit.model.kind == CSTN__VALUE_SBG)
		status = cstn__fail(error, CSTN_E_UNSUPPORTED,
				"sbg predicts cohorts, not customers; ask for expected");
	if (status == CSTN_OK)
		status = cstn__value_read_options(model, given, &options, error);
	if (status == CSTN_OK)
		status = predict(model, &options, &stream, out, bad_rows, error);
	stream.release(&stream);
	return status;
}
