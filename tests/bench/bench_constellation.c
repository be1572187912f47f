/* The call of the library that a binding is compared with.
 *
 * The driver loads this as a module, so that a call from C and the same call through the binding
 * take turns in one process, with one copy of the library, on the same memory. */
#include "bench.h"

/* 2026-01-01: every line is closed and every claim window past */
#define AS_OF_US (INT64_C(20454) * 86400 * 1000000)

static cstn_status make_state(int32_t clustering, cstn_perfect_order **state, cstn_error **error)
{
	static const char *const by[] = {"partner", "month"};
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_service_policy *policy = NULL;
	cstn_status status;

	config.clustering = clustering;
	status = cstn_service_policy_new("components=TF", NULL, &policy, error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_new(
				policy, AS_OF_US, by, 2, &config, NULL, state, error);
	cstn_service_policy_unref(policy);
	return status;
}

static cstn_status read_total(const cstn_perfect_order *state, int64_t *perfect, int64_t *orders,
		cstn_error **error)
{
	cstn_perfect_order_result *result = NULL;
	cstn_rate rate = CSTN_RATE_INIT;
	cstn_status status = cstn_perfect_order_finish(state, &result, error);

	if (status == CSTN_OK)
		status = cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &rate, error);
	cstn_perfect_order_result_unref(result);
	*perfect = rate.numerator;
	*orders = rate.denominator;
	return status;
}

int32_t bench_update(const struct bench_columns *columns, int64_t n, int32_t clustering,
		int32_t threads, double *seconds, int64_t *perfect, int64_t *orders, char *message,
		size_t size)
{
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	cstn_perfect_order *state = NULL;
	cstn_error *error = NULL;
	struct ArrowArrayStream stream;
	struct bench_batch batch;
	cstn_status status;
	double begin;

	options.threads = threads;
	status = make_state(clustering, &state, &error);
	if (status == CSTN_OK) {
		begin = bench_now();
		status = bench_batch_stream(&batch, columns, n, &stream);
		if (status == CSTN_OK)
			status = cstn_perfect_order_update(state, &stream, &options, NULL, &error);
		*seconds = bench_now() - begin;
	}
	if (status == CSTN_OK)
		status = read_total(state, perfect, orders, &error);
	cstn_perfect_order_free(state);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}
