#ifndef CONSTELLATION_CUSTOMER_VALUE_H
#define CONSTELLATION_CUSTOMER_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file customer_value.h
 *  What customers will buy: who is still there, how often they come, what they are worth.
 *
 *  Models by name, with their parameters:
 *  - "bgnbd" (Fader, Hardie, Lee 2005) and "mbgnbd" (Batislam et al. 2007): r alpha a b
 *  - "pnbd", Pareto/NBD (Schmittlein et al. 1987): r alpha s beta
 *  - "bgcnbd", "mbgcnbd" for regular buyers (Platzer, Reutterer 2016): r alpha a b, and k
 *  - "nbd", nobody ever leaves: r alpha
 *  - "bgbb" for occasions (Fader, Hardie, Shang 2010): alpha beta gamma delta
 *  - "sbg" for contracts (Fader, Hardie 2007): alpha beta
 *  - "gammagamma", spend a purchase (Fader, Hardie 2005): p q v
 *
 *  Rows have the columns x (repeat purchase days), tx (time of the last since the first), T (age);
 *  bgcnbd and mbgcnbd also log_gaps (sum of ln of the gaps, in units), gammagamma x and spend (mean
 *  a purchase) and optionally currency (text, the same in all rows), bgbb counts occasions in tx
 * and T, sbg has survivors (one row a period, of one cohort an update). x = 0 comes with tx = 0 and
 * only then; 0 <= tx <= T.
 *
 *      cstn_value_state_new -> _update* -> _merge -> cstn_customer_value_fit -> _predict
 *
 *  A state groups equal rows with their weights: the fit has the same bytes for any split, merge
 *  order and thread count. Times carry a unit; parameters, horizons and rates are in it.
 *
 *  Threads: a state has one caller at a time; models are immutable, any thread may use one. What is
 *  made from a state or a model inherits its allocator. On failure outputs are untouched. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- rows in ---------------------------------------------------------------------------------- */

/** What tx and T count in the columns. */
#define CSTN_VALUE_TIME_UNITS 0 /**< the model's unit */
#define CSTN_VALUE_TIME_DAYS 1
#define CSTN_VALUE_TIME_US 2

/** Rows that break a rule are left out and counted, the others are in; else a bad row refuses the
 *  whole stream */
#define CSTN_VALUE_SKIP_BAD 1u

typedef struct cstn_value_config {
	uint32_t struct_size;
	uint32_t flags;  /**< CSTN_VALUE_SKIP_BAD */
	int32_t time_in; /**< CSTN_VALUE_TIME_... */
	int32_t reserved0;
	int64_t unit_us; /**< the model's unit of time in microseconds; 0 means 7 days */
} cstn_value_config;
/* clang-format off */
#define CSTN_VALUE_CONFIG_INIT { sizeof(cstn_value_config), 0, 0, 0, 0 }
/* clang-format on */

/** Grouped customers of one model. Mergeable. */
typedef struct cstn_value_state cstn_value_state;

/** An empty state. @param model "bgnbd", ... @param config NULL, or start from
 *  CSTN_VALUE_CONFIG_INIT @param allocator NULL is libc @param out free with
 *  cstn_value_state_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT, also for an unknown model;
 *  CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_value_state_new(const char *model, const cstn_value_config *config,
		const cstn_allocator *allocator, cstn_value_state **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add customers, a row each; an optional column `weight` (int64) says how many a row stands for.
 *  A weight below 0 takes customers away who were added before (an erasure): the state is then as
 *  if it had never seen them. Gamma-gamma leaves out rows with x = 0, whose spend may be null, and
 *  rows with spend <= 0.
 *  @param rows     moved from, also on failure
 *  @param binding  NULL, or names and casts
 *  @param bad_rows NULL, or receives the rows that break a rule; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows are bad, nothing being added (with CSTN_VALUE_SKIP_BAD the
 *  good ones are, and it is CSTN_OK); CSTN_E_INVALID_ARGUMENT for survivors that rise;
 *  CSTN_E_CURRENCY for spend in a second currency; CSTN_E_NOT_FOUND for customers taken away who
 *  are not there; CSTN_E_DUPLICATE if the optional
 *  column `customer` names one twice in this stream;
 *  CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_OVERFLOW; CSTN_E_NOMEM. One caller at a time. O(n log n),
 *  memory 24 or 32 bytes a distinct row. @since 0.1 */
CSTN_API cstn_status cstn_value_state_update(cstn_value_state *state, struct ArrowArrayStream *rows,
		const cstn_binding *binding, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add what another state has, which stays as it is. @return CSTN_OK; CSTN_E_MISMATCH for another
 *  model or unit; CSTN_E_CURRENCY for spend in another currency; CSTN_E_OVERFLOW; CSTN_E_NOMEM,
 *  `into` being unchanged. One caller at a time a state. O(groups).
 *  @since 0.1 */
CSTN_API cstn_status cstn_value_state_merge(cstn_value_state *into, const cstn_value_state *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** Customers in a state, by their weights; 0 for NULL. One caller at a time. O(groups).
 *  @since 0.1 */
CSTN_API int64_t cstn_value_state_customers(const cstn_value_state *state);

/** A state as bytes: the same customers give the same bytes. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_OVERFLOW; CSTN_E_NOMEM. One caller at a time.
 *  O(n log n) for what came last. @since 0.1 */
CSTN_API cstn_status cstn_value_state_serialize(
		cstn_value_state *state, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A state out of bytes, which are not trusted. @param out free with cstn_value_state_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread. O(size).
 *  @since 0.1 */
CSTN_API cstn_status cstn_value_state_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_value_state **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_value_state_free(cstn_value_state *state);

/* --- the model -------------------------------------------------------------------------------- */

/** A model with its parameters. Immutable, refcounted, any thread. */
typedef struct cstn_customer_value cstn_customer_value;

typedef struct cstn_value_fit_options {
	uint32_t struct_size;
	uint32_t flags;         /**< 0 */
	int32_t threads;        /**< 0 all processors; the result does not depend on it */
	int32_t max_iterations; /**< 0 means 500 */
	int32_t k; /**< phases of a gap for bgcnbd and mbgcnbd; 0 means the best of 1 to 12 */
	int32_t n_start;
	const double *start; /**< NULL, or one more start: the n_start parameters in their order */
	/** lambda of a penalty lambda sum ln(theta / theta0)^2, theta0 the start; 0 means none */
	double penalty;
} cstn_value_fit_options;
/* clang-format off */
#define CSTN_VALUE_FIT_OPTIONS_INIT { sizeof(cstn_value_fit_options), 0, 0, 0, 0, 0, NULL, 0.0 }
/* clang-format on */

/** What a fit found, as bits of cstn_customer_value_flags(). */
/** No start came to rest; the best is returned */
#define CSTN_FIT_NOT_CONVERGED 1u
#define CSTN_FIT_NO_DROPOUT 2u /**< the same model without dropout is as good (0.5) */
/** One probability of dropout for all is as good (0.01) */
#define CSTN_FIT_HOMOGENEOUS_DROPOUT 4u
#define CSTN_FIT_HOMOGENEOUS_RATE 8u /**< one rate for all is as good (0.01), or r > 1000 */
/** Gamma-gamma: q <= 1, a customer without purchases has no expected spend */
#define CSTN_FIT_NO_MEAN 16u
#define CSTN_FIT_CORRELATED 32u /**< gamma-gamma: x and spend correlate beyond 0.1 */

/** Fit by maximum likelihood: BFGS and Newton on ln of the parameters from several starts, with the
 *  limiting models beside it. @param state not changed in what it holds @param options NULL, or
 *  start from CSTN_VALUE_FIT_OPTIONS_INIT @param out release with cstn_customer_value_unref()
 *  @return CSTN_OK, also when flags are set; CSTN_E_EMPTY; CSTN_E_NOT_IDENTIFIED (nobody bought
 *  again, fewer customers than parameters, all equal); CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One
 *  caller at a time a state. Some 5 to 30 passes over the groups. @since 0.1
 *  @snippet customer_value.c fit */
CSTN_API cstn_status cstn_customer_value_fit(cstn_value_state *state,
		const cstn_value_fit_options *options, cstn_customer_value **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A model with given parameters, all positive. @param parameters n of them, in the order of the
 *  model; for bgcnbd and mbgcnbd k comes last @param unit_us 0 means 7 days @param out release with
 *  cstn_customer_value_unref() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread,
 *  O(1). @since 0.1 */
CSTN_API cstn_status cstn_customer_value_from_parameters(const char *model,
		const double *parameters, size_t n, int64_t unit_us,
		const cstn_allocator *allocator, cstn_customer_value **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A number of a model: a parameter by its name, its standard error ("se_r"), "k", "loglik", "aic",
 *  "bic", "customers", "groups", "gradient", "iterations", "evaluations", "condition",
 *  "loglik_no_dropout", "loglik_one_dropout", "loglik_one_rate", "correlation", "correlation_se",
 *  "unit_us". @return CSTN_OK; CSTN_E_NOT_FOUND if the model has none of that name, or none
 *  was computed. Any thread, O(1), no memory. @since 0.1 */
CSTN_API cstn_status cstn_customer_value_get_param(const cstn_customer_value *model,
		const char *name, double *out, cstn_error **error) CSTN_MUST_CHECK;

/** CSTN_FIT_... bits; 0 for given parameters and NULL. Any thread, O(1). @since 0.1 */
CSTN_API uint32_t cstn_customer_value_flags(const cstn_customer_value *model);

/** All of it as a JSON object: model, parameters, standard errors, covariance of their logarithms,
 *  log-likelihoods, flags by name, recommended_model. @param out free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_customer_value_describe(const cstn_customer_value *model,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Mean log-likelihood of the customers of a state. @param threads 0 all processors @return
 *  CSTN_OK; CSTN_E_MISMATCH for another model or unit; CSTN_E_EMPTY; CSTN_E_NOMEM. One caller at a
 *  time a state. One pass. @since 0.1 */
CSTN_API cstn_status cstn_customer_value_score(const cstn_customer_value *model,
		cstn_value_state *state, int32_t threads, double *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Columns of a prediction beside p_alive and purchases. */
#define CSTN_PREDICT_SD 1u     /**< sd: of the number of purchases in each horizon */
#define CSTN_PREDICT_LOGLIK 2u /**< loglik, log_p_alive */
/** residual: discounted expected residual purchases at residual_rate */
#define CSTN_PREDICT_RESIDUAL 4u
/** due: silence that 95 % of living customers break, surprise: -ln P of one as long as now; for
 *  models with gamma rates and dropout after purchases */
#define CSTN_PREDICT_DUE 8u
/** p_active: the probability of at least one purchase within each horizon; with several horizons
 *  p_active_1, ... */
#define CSTN_PREDICT_ACTIVE 16u

#define CSTN_DISCOUNT_END 0 /**< payments at the end of their period */
#define CSTN_DISCOUNT_MIDDLE 1
#define CSTN_DISCOUNT_BEGIN 2

typedef struct cstn_value_predict_options {
	uint32_t struct_size;
	uint32_t flags;              /**< CSTN_PREDICT_... */
	int32_t threads;             /**< 0 all processors; same bytes for any number */
	int32_t time_in;             /**< CSTN_VALUE_TIME_... of tx and T */
	const double *horizons;      /**< in units, 0 or more; NULL: none */
	size_t n_horizons;           /**< at most 64 */
	const cstn_binding *binding; /**< NULL, or names and casts */
	double residual_rate;        /**< a unit of time, continuous; for bgbb a rate an occasion */
	/** NULL, or a gamma-gamma model: reads column spend, and currency where there is one, gives
	 *  expected_spend */
	const cstn_customer_value *spend;
	/** Lifetime value: how many periods; 0 none, -1 for ever. Needs `spend`; gives margin, the
	 *  money a purchase leaves, and clv */
	int32_t periods;
	int32_t timing;        /**< CSTN_DISCOUNT_... */
	double period;         /**< length in units; 0 means 1 */
	double discount;       /**< a period, e.g. 0.01 */
	double margin_rate;    /**< share of spend that is kept; 0 means 1 */
	double cost_per_order; /**< cost to serve one, taken off */
	int32_t money_scale;   /**< decimals of clv and margin, 0..9; -1 means 2 */
	int32_t reserved0;
	/** Of cstn_customer_value_holdout() with CSTN_HOLDOUT_TRACKING: purchases of all customers
	 * in each period of the holdout; NULL: not known */
	const int64_t *actual;
	size_t n_actual; /**< how many periods are known, from the first on */
} cstn_value_predict_options;
/* clang-format off */
#define CSTN_VALUE_PREDICT_OPTIONS_INIT { sizeof(cstn_value_predict_options), 0, 0, 0, NULL, 0, NULL, 0.0, NULL, 0, 0, 0.0, 0.0, 0.0, 0.0, -1, 0, NULL, 0 }
/* clang-format on */

/** Predict, a row a customer in their order. Columns out: `customer` as it came (int64 or text) if
 *  the stream has it, p_alive (bgbb: alive at the next occasion), purchases (with several horizons
 *  purchases_1, ...), sd likewise, then what options ask for. For gammagamma: expected_spend alone.
 *  A row that breaks a rule is all null; a number that does not exist is null.
 *  @param rows moved from, also on failure @param options NULL, or start from
 *  CSTN_VALUE_PREDICT_OPTIONS_INIT @param out release it @param bad_rows NULL, or receives the
 *  rows that break a rule; free with cstn_row_errors_free()
 *  @return CSTN_OK, also with bad rows; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_CURRENCY for spend in another currency than the model's, or in two; CSTN_E_OVERFLOW for
 *  money beyond int64; CSTN_E_UNSUPPORTED for sbg; CSTN_E_NOMEM. Any thread.
 *  O(rows x horizons), memory that of the result. @since 0.1 */
CSTN_API cstn_status cstn_customer_value_predict(const cstn_customer_value *model,
		struct ArrowArrayStream *rows, const cstn_value_predict_options *options,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Expected purchases of a new customer in (0, t], for each of n times in units; sbg: share of a
 *  cohort still there after t periods. @param out n numbers @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_UNSUPPORTED for gammagamma. Any thread, O(n), no memory.
 *  @since 0.1 */
CSTN_API cstn_status cstn_customer_value_expected(const cstn_customer_value *model, const double *t,
		size_t n, double *out, cstn_error **error) CSTN_MUST_CHECK;

/** P(X(t) = 0), ..., P(X(t) = n - 1) of a new customer. @param t units; for bgbb occasions, a whole
 *  number up to a million @param out n numbers, the caller's @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_UNSUPPORTED for sbg and gammagamma. Any thread. O(n), for bgbb
 *  O(n t); each count of pnbd is a numerical integral. No memory. @since 0.1 */
CSTN_API cstn_status cstn_customer_value_pmf(const cstn_customer_value *model, double t, size_t n,
		double *out, cstn_error **error) CSTN_MUST_CHECK;

/** One row: customers, actual, expected (sums), ratio, mae (mean absolute error a customer), and
 *  alive_expected, alive_actual (sum of P(alive), customers who bought) */
#define CSTN_HOLDOUT_SUMMARY 1
/** A row a number of repeat purchases 0..6 and 7 or more: x, customers, actual_mean, expected_mean
 */
#define CSTN_HOLDOUT_BINS 2
/** A row a tenth of customers by P(alive): decile 1..10, customers, p_alive (mean), bought (share
 *  that bought in the holdout, a lower bound of those alive) */
#define CSTN_HOLDOUT_DECILES 3
/** A row a period of the holdout, as long as options->period (0 means 1 unit): period (from 1),
 *  expected (purchases of all customers in it, given what they did before), expected_total (up to
 *  its end), actual, actual_total (out of options->actual; null where not known). A last period
 * that is not whole is left out */
#define CSTN_HOLDOUT_TRACKING 4

/** Compare with a holdout of length t units: rows as for a fit, and the column actual (int64),
 *  purchases in the holdout; CSTN_HOLDOUT_TRACKING does without it. @param rows moved from, also on
 *  failure @param t 0 or more @param options NULL, or time_in, binding and threads of it, and for
 *  tracking period, actual and n_actual, borrowed for the call @param table CSTN_HOLDOUT_...
 *  @param out holds what it needs; release it
 *  @return CSTN_OK; CSTN_E_ROWS if a row breaks a rule; CSTN_E_EMPTY; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_UNSUPPORTED for sbg and gammagamma; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_NOMEM. Any
 *  thread, works on options->threads. O(rows log rows), tracking O(rows x periods); 40 bytes a row
 *  while it runs. @since 0.1 */
CSTN_API cstn_status cstn_customer_value_holdout(const cstn_customer_value *model,
		struct ArrowArrayStream *rows, double t, const cstn_value_predict_options *options,
		int32_t table, struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** A model as bytes: the same on every machine. @param out free with cstn_buffer_free() @return
 *  CSTN_OK; CSTN_E_NOMEM. Any thread, O(1): below 1 KiB. @since 0.1 */
CSTN_API cstn_status cstn_customer_value_serialize(const cstn_customer_value *model,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A model out of bytes, which are not trusted. @param out release with
 *  cstn_customer_value_unref() @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM.
 *  Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_customer_value_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_customer_value **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The name of a model, "bgnbd"; "" for NULL. Static memory. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_customer_value_name(const cstn_customer_value *model);

/** One more reference. Any thread. Each reference is given back with its `_unref`. @since 0.1 */
CSTN_API cstn_customer_value *cstn_customer_value_ref(cstn_customer_value *model);
/** One less, with the last one the model is freed; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_customer_value_unref(cstn_customer_value *model);

#ifdef __cplusplus
}
#endif

#endif
