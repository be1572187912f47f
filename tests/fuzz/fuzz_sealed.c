/* Every type that travels as bytes in an envelope (see sealed_kinds.h): states and models of
 * customers and the state of the perfect order. The first byte says which, the second what is put
 * right so that what lies behind it is read: bit 0 magic, length and checksum; bit 1 also the
 * digest of the configuration, whose length is in the next two bytes. What is accepted is written
 * to bytes that read back to the same bytes, merges with itself, and gives its tables or an error.
 */
#include "fuzz_sealed.h"

#include "base/hash.h"

/* What a type is asked: its tables by their numbers, and the rest. */
typedef struct question {
	const sealed_kind *kind;
	fuzz_export *table;      /* or NULL */
	void (*ask)(void *self); /* or NULL */
} question;

/* The table of a type, with what its call takes before and after the number. */
#define TABLES(type, ...)                                                                        \
	static cstn_status type##_table(void *self, int32_t table, struct ArrowArrayStream *out, \
			cstn_error **error)                                                      \
	{                                                                                        \
		return cstn_##type##_export(self, __VA_ARGS__ out, error);                       \
	}

TABLES(purchases, table, 20000, 7 * CSTN_DAY_US, )
TABLES(rfm, table, )
TABLES(kmeans, table, )
TABLES(prototypes, table, )
TABLES(demand_global, table, )
TABLES(stage_summary, table, )
TABLES(stage_history, table, )
TABLES(cost_to_serve, NULL, table, )
TABLES(journeys, table, NULL, )
TABLES(contracts, table, 20600, 20000, 20400, )

static cstn_status retention_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_retention_question between = CSTN_RETENTION_QUESTION_INIT;

	between.as_of_days = 20600;
	between.base_from_days = 20400;
	between.base_to_days = 20500;
	between.next_from_days = 20500;
	between.next_to_days = 20600;
	between.horizon_days = 30;
	between.ages = 12;
	return cstn_retention_export(self, table, &between, out, error);
}

static cstn_status loyalty_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_loyalty_options options = CSTN_LOYALTY_OPTIONS_INIT;
	cstn_loyalty_verdicts *verdicts = NULL;
	cstn_status status;

	options.as_of_us = 20000 * CSTN_DAY_US;
	status = cstn_loyalty_finish(self, &options, &verdicts, error);
	if (status == CSTN_OK)
		status = cstn_loyalty_verdicts_export(verdicts, table, out, error);
	cstn_loyalty_verdicts_free(verdicts);
	return status;
}

/* The description of a model in words. */
#define DESCRIBED(type)                                                           \
	static void type##_described(void *self)                                  \
	{                                                                         \
		cstn_buffer *text = NULL;                                         \
		cstn_error *error = NULL;                                         \
		cstn_status status = cstn_##type##_describe(self, &text, &error); \
                                                                                  \
		fuzz_check_error(status, error);                                  \
		MUST((text != NULL) == (status == CSTN_OK));                      \
		cstn_buffer_free(text);                                           \
	}

DESCRIBED(kmeans)
DESCRIBED(prototypes)
DESCRIBED(customer_value)

static void customer_value_ask(void *self)
{
	static const double times[] = {0.0, 1.0, 52.0};
	double answers[8];
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_expected(self, times, 3, answers, &error);

	fuzz_check_error(status, error);
	error = NULL;
	status = cstn_customer_value_pmf(self, 10.0, 8, answers, &error);
	fuzz_check_error(status, error);
	MUST(cstn_customer_value_name(self) != NULL);
	customer_value_described(self);
}

static void stage_history_ask(void *self)
{
	cstn_stage_summary *summary = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_stage_history_summary(self, &summary, &error);
	int32_t table, stage = 0;

	fuzz_check_error(status, error);
	MUST((summary != NULL) == (status == CSTN_OK));
	for (table = 0; summary && table <= 6; table++)
		fuzz_table(stage_summary_table, summary, table);
	cstn_stage_summary_free(summary);
	error = NULL;
	status = cstn_customer_stage_at(self, "7", 1, 0, &stage, NULL, &error);
	fuzz_check_error(status, error);
}

static cstn_status kmeans_cells_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	(void)table; /* there is one */
	return cstn_kmeans_cells_export(self, out, error);
}

/* Clusters of the cells, and what they are worth. */
static void kmeans_cells_ask(void *self)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	double least = 0.0, most = 0.0;
	cstn_kmeans *model = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	options.threads = 1;
	options.n_init = 1;
	options.max_iter = 9;
	status = cstn_kmeans_cells_fit(self, 2, &options, &model, &error);
	fuzz_check_error(status, error);
	MUST((model != NULL) == (status == CSTN_OK));
	if (model) {
		error = NULL;
		status = cstn_kmeans_cells_bounds(self, model, &least, &most, &error);
		fuzz_check_error(status, error);
		MUST(!(least > most));
	}
	cstn_kmeans_unref(model);
}

static void value_state_ask(void *self)
{
	MUST(cstn_value_state_customers(self) >= 0);
}

static void kmeans_pass_ask(void *self)
{
	cstn_kmeans *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_kmeans_pass_finish(self, &model, &error);
	int32_t table;

	fuzz_check_error(status, error);
	MUST((model != NULL) == (status == CSTN_OK));
	if (!model)
		return;
	kmeans_described(model);
	for (table = 0; table <= 3; table++)
		fuzz_table(kmeans_table, model, table);
	cstn_kmeans_unref(model);
}

static cstn_status interactions_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;

	options.until_us = 20600 * CSTN_DAY_US;
	return cstn_feedback_table(self, table, &options, out, error);
}

static cstn_status perfect_order_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_perfect_order_result *result = NULL;
	cstn_status status = cstn_perfect_order_finish(self, &result, error);

	if (status == CSTN_OK)
		status = cstn_perfect_order_result_export(result, table, out, error);
	cstn_perfect_order_result_unref(result);
	return status;
}

/* Two histories, before and after what is held is settled. */
static void demand_global_state_ask(void *self)
{
	cstn_demand_global *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_demand_global_state_finish(self, &model, &error);
	int32_t table;

	fuzz_check_error(status, error);
	MUST((model != NULL) == (status == CSTN_OK));
	for (table = 0; model && table < 3; table++)
		fuzz_table(demand_global_table, model, table);
	cstn_demand_global_unref(model);
}

static void stage_state_ask(void *self)
{
	static const int64_t days[] = {20000, 19900};
	int i;

	for (i = 0; i < 2; i++) {
		cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;
		cstn_stage_history *history = NULL;
		cstn_error *error = NULL;
		cstn_status status;

		options.threads = 1;
		options.as_of_us = days[i] * CSTN_DAY_US;
		status = cstn_stage_state_finish(self, &options, &history, &error);
		fuzz_check_error(status, error);
		MUST((history != NULL) == (status == CSTN_OK));
		cstn_stage_history_free(history);
		error = NULL;
		status = cstn_stage_state_settle(self, 19850 * CSTN_DAY_US, &error);
		fuzz_check_error(status, error);
	}
}

/* A seed names its type by the place here. */
/* Forecasts: the means, those of returns, quantiles. */
static cstn_status demand_model_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	static const double levels[] = {.1, .9};
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;

	options.threads = 1;
	options.horizon = 1 + table;
	options.flags = table == 1 ? CSTN_DEMAND_RETURNS : 0;
	options.levels = levels;
	options.n_levels = table == 2 ? 2 : 0;
	return cstn_demand_model_forecast(self, NULL, NULL, &options, out, error);
}

static cstn_status value_added_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	return cstn_value_added_result(self, (uint32_t)table, out, error);
}

/* Effects of series, of pools, and a forecast. */
static cstn_status signal_model_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_signal_model_forecast_options options = CSTN_SIGNAL_MODEL_FORECAST_OPTIONS_INIT;

	if (table < 2)
		return cstn_signal_model_export(self, table, out, error);
	options.threads = 1;
	options.horizon = table;
	return cstn_signal_model_forecast(self, NULL, &options, out, NULL, error);
}

static cstn_status privacy_budget_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	(void)table;
	return cstn_privacy_budget_export(self, out, error);
}

static cstn_status value_ledger_table(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	(void)table;
	return cstn_value_ledger_export(self, out, error);
}

static void difference_guard_ask(void *self)
{
	MUST(cstn_difference_guard_count(self) <= CSTN_DIFFERENCE_CELLS_MOST);
}

static const question questions[] = {
		{&sealed_purchases, purchases_table, NULL},
		{&sealed_rfm, rfm_table, NULL},
		{&sealed_value_state, NULL, value_state_ask},
		{&sealed_customer_value, NULL, customer_value_ask},
		{&sealed_kmeans, kmeans_table, kmeans_described},
		{&sealed_prototypes, prototypes_table, prototypes_described},
		{&sealed_stage_summary, stage_summary_table, NULL},
		{&sealed_cost_to_serve, cost_to_serve_table, NULL},
		{&sealed_loyalty, loyalty_table, NULL},
		{&sealed_journeys, journeys_table, NULL},
		{&sealed_retention, retention_table, NULL},
		{&sealed_contracts, contracts_table, NULL},
		{&sealed_interactions, interactions_table, NULL},
		{&sealed_kmeans_pass, NULL, kmeans_pass_ask},
		{&sealed_perfect_order, perfect_order_table, NULL},
		{&sealed_stage_history, stage_history_table, stage_history_ask},
		{&sealed_stage_state, NULL, stage_state_ask},
		{&sealed_kmeans_cells, kmeans_cells_table, kmeans_cells_ask},
		{&sealed_demand_global, demand_global_table, NULL},
		{&sealed_demand_model, demand_model_table, NULL},
		{&sealed_value_added, value_added_table, NULL},
		{&sealed_demand_global_state, NULL, demand_global_state_ask},
		{&sealed_signal_model, signal_model_table, NULL},
		{&sealed_privacy_budget, privacy_budget_table, NULL},
		{&sealed_difference_guard, NULL, difference_guard_ask},
		{&sealed_value_ledger, value_ledger_table, NULL},
};

static void ask(const question *asked, void *self)
{
	int32_t table;

	if (asked->ask)
		asked->ask(self);
	for (table = 0; asked->table && table <= 9; table++)
		fuzz_table(asked->table, self, table);
}

static void use(const question *asked, void *self)
{
	void *again = fuzz_read_back(asked->kind, self);
	cstn_error *error = NULL;

	ask(asked, self);
	if (asked->kind->merge) {
		cstn_status status = asked->kind->merge(self, again, &error);

		fuzz_check_error(status, error);
		ask(asked, self);
	}
	asked->kind->drop(again);
}

/* The digest of the first `length` bytes of the body, which are the configuration. */
static void mend_digest(uint8_t *data, size_t size, size_t length)
{
	if (size >= SEALED_HEAD + SEALED_TAIL && length <= size - SEALED_HEAD - SEALED_TAIL)
		cstn__sha256(data + SEALED_HEAD, length, data + SEALED_HEAD - 8 - 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_source source = {data, size};
	const question *asked =
			&questions[fuzz_u8(&source) % (sizeof(questions) / sizeof(*questions))];
	uint8_t mended = fuzz_u8(&source);
	size_t config = mended & 2 ? fuzz_u16(&source) : 0;
	uint8_t *copy = fuzz_copy(&source);
	void *self;

	if (mended & 2)
		mend_digest(copy, source.size, config);
	if (mended & 3)
		sealed_mend(asked->kind->magic, copy, source.size);
	self = fuzz_read(asked->kind, copy, source.size);
	if (self)
		use(asked, self);
	asked->kind->drop(self);
	free(copy);
	return 0;
}
