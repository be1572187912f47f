/* A value model as JSON, for logs and pages: one object, names in a fixed order, doubles as the
 * shortest text that reads back, numbers that do not exist as null. O(1). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "segment/model_text.h"
#include "segment/value_handle.h"

#define P CSTN__VALUE_PARAMETERS

static void put_number(cstn__bytes *out, double value)
{
	char text[32];

	if (value - value != 0.0) {
		cstn__bytes_put_text(out, "null");
		return;
	}
	(void)cstn__format_double(value, text);
	cstn__bytes_put_text(out, text);
}

static void put_member(cstn__bytes *out, const char *name, double value)
{
	cstn__bytes_put_format(out, ", \"%s\": ", name);
	put_number(out, value);
}

static void put_flags(cstn__bytes *out, uint32_t flags)
{
	static const char *const names[] = {"NOT_CONVERGED", "NO_DROPOUT", "HOMOGENEOUS_DROPOUT",
			"HOMOGENEOUS_RATE", "NO_MEAN", "CORRELATED"};
	const char *comma = "";
	size_t i;

	cstn__bytes_put_text(out, ", \"flags\": [");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags >> i & 1) {
			cstn__bytes_put_format(out, "%s\"%s\"", comma, names[i]);
			comma = ", ";
		}
	cstn__bytes_put_text(out, "]");
}

static void put_fit(cstn__bytes *out, const cstn_customer_value *model)
{
	static const char *const names[] = {"loglik", "aic", "bic", "customers", "groups",
			"left_out", "gradient", "iterations", "evaluations", "starts", "condition",
			"loglik_no_dropout", "loglik_one_dropout", "loglik_one_rate", "correlation",
			"correlation_se"};
	const cstn__value_fit *fit = &model->fit;
	int32_t i, k;
	size_t n;

	cstn__bytes_put_text(out, ", \"standard_errors\": {");
	for (i = 0; i < fit->model.n; i++) {
		cstn__bytes_put_format(out, "%s\"%s\": ", i ? ", " : "",
				cstn__value_parameter_name(fit->model.kind, i));
		put_number(out, fit->error[i]);
	}
	cstn__bytes_put_text(out, "}, \"covariance_of_logs\": [");
	for (i = 0; i < fit->model.n; i++) {
		cstn__bytes_put_text(out, i ? ", [" : "[");
		for (k = 0; k < fit->model.n; k++) {
			cstn__bytes_put_text(out, k ? ", " : "");
			put_number(out, fit->covariance[i * P + k]);
		}
		cstn__bytes_put_text(out, "]");
	}
	cstn__bytes_put_text(out, "]");
	for (n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		double value;

		if (cstn_customer_value_get_param(model, names[n], &value, NULL) == CSTN_OK)
			put_member(out, names[n], value);
	}
	put_flags(out, fit->flags);
	cstn__bytes_put_format(out, ", \"recommended_model\": \"%s\"",
			cstn__value_kind_name(fit->recommended));
	cstn__bytes_put_format(out, ", \"customers_digest\": \"%016" PRIx64 "%016" PRIx64 "\"",
			model->fingerprint.high, model->fingerprint.low);
}

cstn_status cstn_customer_value_describe(
		const cstn_customer_value *model, cstn_buffer **out, cstn_error **error)
{
	const cstn__value_model *plain;
	cstn__bytes text;
	int32_t i;
	double k;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	plain = &model->fit.model;
	cstn__bytes_init(&text, &model->allocator);
	cstn__bytes_put_format(&text,
			"{\"model\": \"%s\", \"unit_us\": %" PRId64 ", \"parameters\": {",
			cstn__value_kind_name(plain->kind), model->unit_us);
	for (i = 0; i < plain->n; i++) {
		cstn__bytes_put_format(&text, "%s\"%s\": ", i ? ", " : "",
				cstn__value_parameter_name(plain->kind, i));
		put_number(&text, plain->theta[i]);
	}
	if (cstn_customer_value_get_param(model, "k", &k, NULL) == CSTN_OK)
		cstn__bytes_put_format(&text, ", \"k\": %d", plain->k);
	cstn__bytes_put_text(&text, "}");
	if (model->money.currency[0]) {
		cstn__bytes_put_text(&text, ", \"currency\": ");
		cstn__model_text(&text, model->money.currency, strlen(model->money.currency));
	}
	if (model->fitted)
		put_fit(&text, model);
	cstn__bytes_put_text(&text, "}");
	return cstn__bytes_to_buffer(&text, out, error);
}
