/* The handle of a value model: made by a fit or from parameters, asked for its numbers.
 *
 * Invariant: the parameters of a handle are finite and positive, so that every later call is
 * defined. A number that was not computed is "not found" and never 0. Cost: O(1) beside the fit. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/elementary.h"
#include "base/error.h"
#include "segment/value_handle.h"

cstn_status cstn__value_model_new(
		const cstn_allocator *allocator, cstn_customer_value **out, cstn_error **error)
{
	cstn_customer_value *model = cstn__alloc_zero(allocator, sizeof(*model));

	if (!model)
		return cstn__fail_nomem(error);
	atomic_init(&model->references, 1);
	model->allocator = *allocator;
	*out = model;
	return CSTN_OK;
}

cstn_customer_value *cstn_customer_value_ref(cstn_customer_value *model)
{
	if (model)
		atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
	return model;
}

void cstn_customer_value_unref(cstn_customer_value *model)
{
	cstn_allocator memory;

	if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
		return;
	memory = model->allocator;
	cstn__free(&memory, model, sizeof(*model));
}

cstn_status cstn__value_check_model(
		const cstn__value_model *model, int64_t unit_us, cstn_error **error)
{
	int32_t i;

	if (unit_us <= 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the unit of time is %" PRId64 " us; it is positive", unit_us);
	if (model->k < 1 || model->k > CSTN__VALUE_K_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "k is %d; 1 to %d expected",
				model->k, CSTN__VALUE_K_MAX);
	for (i = 0; i < model->n; i++)
		if (!(model->theta[i] > 1e-300) || !(model->theta[i] < 1e300))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the parameter %s of %s is %g; a positive number expected",
					cstn__value_parameter_name(model->kind, i),
					cstn__value_kind_name(model->kind), model->theta[i]);
	return CSTN_OK;
}

static int has_phases(int32_t kind)
{
	return kind == CSTN__VALUE_BGCNBD || kind == CSTN__VALUE_MBGCNBD;
}

/* --- made by a fit --- */

cstn_status cstn_customer_value_fit(cstn_value_state *state, const cstn_value_fit_options *given,
		cstn_customer_value **out, cstn_error **error)
{
	cstn_value_fit_options options;
	cstn__value_fit_request request;
	cstn_customer_value *model = NULL;
	cstn_status status;
	int32_t i;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	status = cstn__options_read(given, sizeof(options), sizeof(options), 0,
			"cstn_value_fit_options", &options, error);
	if (status != CSTN_OK)
		return status;
	memset(&request, 0, sizeof(request));
	request.kind = state->kind;
	request.k_from = request.k_to = 1;
	if (has_phases(state->kind)) {
		request.k_from = options.k ? options.k : 1;
		request.k_to = options.k ? options.k : CSTN__VALUE_K_MAX;
	}
	if (options.k < 0 || options.k > CSTN__VALUE_K_MAX || options.threads < 0 ||
			options.max_iterations < 0 || !(options.penalty >= 0.0) ||
			!(options.penalty < 1e300))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"k is 0 to %d; threads, max_iterations and penalty are 0 or more",
				CSTN__VALUE_K_MAX);
	if ((options.start != NULL) != (options.n_start != 0) ||
			(options.start && options.n_start != cstn__value_n_parameters(state->kind)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a start of %d numbers for the %d parameters of %s",
				options.n_start, cstn__value_n_parameters(state->kind),
				cstn__value_kind_name(state->kind));
	for (i = 0; options.start && i < options.n_start; i++)
		if (!(options.start[i] >= 1e-6) || !(options.start[i] <= 1e12))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"number %d of the start is %g; 1e-6 to 1e12 expected",
					i + 1, options.start[i]);
	request.threads = options.threads;
	request.simd = cstn__cpu_simd();
	request.max_iterations = options.max_iterations ? options.max_iterations : 500;
	request.penalty = options.penalty;
	request.start = options.start;
	status = cstn__value_table_settle(&state->table, error);
	if (status == CSTN_OK)
		status = cstn__value_model_new(&state->allocator, &model, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__value_fit_of(&state->table, &request, &model->fit, error);
	if (status != CSTN_OK) {
		cstn_customer_value_unref(model);
		return status;
	}
	model->fitted = 1;
	model->unit_us = state->unit_us;
	model->left_out = state->left_out;
	model->money = state->money;
	model->fingerprint = cstn__value_fingerprint(&state->table);
	*out = model;
	return CSTN_OK;
}

/* --- or from parameters --- */

cstn_status cstn_customer_value_from_parameters(const char *name, const double *parameters,
		size_t n, int64_t unit_us, const cstn_allocator *allocator,
		cstn_customer_value **out, cstn_error **error)
{
	cstn_customer_value *model = NULL;
	cstn__value_model plain;
	cstn_allocator memory;
	cstn_status status;
	size_t wanted, i;

	if (!name || !parameters || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!name ? "model"
				: out ? "parameters"
				      : "out");
	memset(&plain, 0, sizeof(plain));
	plain.kind = cstn__value_kind_of(name);
	if (!plain.kind)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "'%s' is no model", name);
	plain.n = cstn__value_n_parameters(plain.kind);
	wanted = (size_t)(plain.n + has_phases(plain.kind));
	if (n != wanted)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu parameters for %s, %zu expected", n, name, wanted);
	for (i = 0; i < (size_t)plain.n; i++)
		plain.theta[i] = parameters[i];
	plain.k = 1;
	if (has_phases(plain.kind)) {
		if (!(parameters[n - 1] >= 1.0 && parameters[n - 1] <= CSTN__VALUE_K_MAX) ||
				parameters[n - 1] != floor(parameters[n - 1]))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"k is %g; a whole number from 1 to %d expected",
					parameters[n - 1], CSTN__VALUE_K_MAX);
		plain.k = (int32_t)parameters[n - 1];
	}
	plain.simd = cstn__cpu_simd();
	unit_us = unit_us ? unit_us : CSTN__VALUE_WEEK_US;
	status = cstn__value_check_model(&plain, unit_us, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn__value_model_new(&memory, &model, error);
	if (status != CSTN_OK)
		return status;
	model->fit.model = plain;
	model->fit.recommended = plain.kind;
	model->unit_us = unit_us;
	*out = model;
	return CSTN_OK;
}

/* --- asked --- */

const char *cstn_customer_value_name(const cstn_customer_value *model)
{
	return model ? cstn__value_kind_name(model->fit.model.kind) : "";
}

uint32_t cstn_customer_value_flags(const cstn_customer_value *model)
{
	return model ? model->fit.flags : 0;
}

/* A number of the fit by its name; NaN if there is none. */
static double fit_number(const cstn_customer_value *model, const char *name)
{
	const cstn__value_fit *fit = &model->fit;
	double parameters = fit->model.n + has_phases(fit->model.kind);
	const struct {
		const char *name;
		double value;
	} numbers[] = {{"loglik", fit->loglik}, {"customers", fit->customers},
			{"groups", (double)fit->groups}, {"gradient", fit->gradient},
			{"iterations", fit->iterations}, {"evaluations", fit->evaluations},
			{"starts", fit->starts}, {"condition", fit->condition},
			{"loglik_no_dropout", fit->loglik_no_dropout},
			{"loglik_one_dropout", fit->loglik_one_dropout},
			{"loglik_one_rate", fit->loglik_one_rate},
			{"correlation", fit->correlation},
			{"correlation_se", fit->correlation_error},
			{"left_out", (double)model->left_out},
			{"aic", 2.0 * parameters - 2.0 * fit->loglik},
			{"bic", parameters * cstn__log(fit->customers) - 2.0 * fit->loglik}};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i].name, name) == 0)
			return numbers[i].value;
	return (double)NAN;
}

cstn_status cstn_customer_value_get_param(
		const cstn_customer_value *model, const char *name, double *out, cstn_error **error)
{
	double value = (double)NAN;
	int32_t i;

	if (!model || !name || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "model, name or out is NULL");
	for (i = 0; i < model->fit.model.n; i++) {
		const char *own = cstn__value_parameter_name(model->fit.model.kind, i);

		if (strcmp(own, name) == 0)
			value = model->fit.model.theta[i];
		else if (model->fitted && strncmp(name, "se_", 3) == 0 &&
				strcmp(own, name + 3) == 0)
			value = model->fit.error[i];
	}
	if (strcmp(name, "k") == 0 && has_phases(model->fit.model.kind))
		value = model->fit.model.k;
	else if (strcmp(name, "unit_us") == 0)
		value = (double)model->unit_us;
	else if (value != value && model->fitted)
		value = fit_number(model, name);
	if (value != value)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "this %s has no '%s'",
				cstn__value_kind_name(model->fit.model.kind), name);
	*out = value;
	return CSTN_OK;
}

cstn_status cstn_customer_value_score(const cstn_customer_value *model, cstn_value_state *state,
		int32_t threads, double *out, cstn_error **error)
{
	cstn__value_totals totals;
	double loglik;
	cstn_status status;

	if (!model || !state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "model, state or out is NULL");
	if (model->fit.model.kind != state->kind || model->unit_us != state->unit_us)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"a model %s in units of %" PRId64
				" us, a state of %s in units of %" PRId64 " us",
				cstn__value_kind_name(model->fit.model.kind), model->unit_us,
				cstn__value_kind_name(state->kind), state->unit_us);
	status = cstn__value_table_settle(&state->table, error);
	if (status != CSTN_OK)
		return status;
	cstn__value_totals_of(&state->table, &totals);
	if (!(totals.customers > 0.0))
		return cstn__fail(error, CSTN_E_EMPTY, "there are no customers to score");
	status = cstn__value_table_loglik(
			&state->table, &model->fit.model, threads, &loglik, NULL, error);
	if (status == CSTN_OK)
		*out = loglik / totals.customers;
	return status;
}

cstn_status cstn_customer_value_expected(const cstn_customer_value *model, const double *t,
		size_t n, double *out, cstn_error **error)
{
	size_t i;

	if (!model || (n && (!t || !out)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "model, t or out is NULL");
	if (model->fit.model.kind == CSTN__VALUE_SPEND)
		return cstn__fail(error, CSTN_E_UNSUPPORTED, "gammagamma knows no time");
	for (i = 0; i < n; i++)
		if (!(t[i] >= 0.0) || !(t[i] < 1e300))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"time %zu is %g; 0 or more expected", i, t[i]);
	for (i = 0; i < n; i++)
		out[i] = model->fit.model.kind == CSTN__VALUE_SBG
					 ? cstn__value_sbg_survival(model->fit.model.theta[0],
							   model->fit.model.theta[1], t[i])
					 : cstn__value_expected(&model->fit.model, t[i]);
	return CSTN_OK;
}

cstn_status cstn_customer_value_pmf(const cstn_customer_value *model, double t, size_t n,
		double *out, cstn_error **error)
{
	double probe;
	size_t i;

	if (!model || (n && !out) || !(t >= 0.0) || !(t < 1e300))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a model, room for n numbers, and a time of 0 or more expected");
	if (model->fit.model.kind == CSTN__VALUE_BGBB && !(t <= 1e6 && t == (double)(int64_t)t))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%g occasions; a whole number up to a million expected", t);
	probe = cstn__value_pmf(&model->fit.model, t, 0.0);
	if (probe != probe)
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"%s has no closed distribution of counts",
				cstn__value_kind_name(model->fit.model.kind));
	for (i = 0; i < n; i++)
		out[i] = cstn__value_pmf(&model->fit.model, t, (double)i);
	return CSTN_OK;
}
