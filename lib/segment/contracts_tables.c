/* How long contracts last, and how many end in a period.
 *
 * The curve is the product limit of Kaplan and Meier (1958): at each time the share of those at
 * risk that did not end, multiplied up in order of time, with Greenwood's variance S^2 sum d / (n
 * (n - d)). Who is censored at a time is still at risk at it. */
#include <math.h>
#include <string.h>

#include "segment/contracts.h"
#include "table/table_fields.h"

static int declare(cstn__table_builder *out, const char *const *names, int n, int first_double,
		int last_double)
{
	int i, failed = 0;

	for (i = 0; i < n; i++) {
		int is_double = i >= first_double && i <= last_double;

		failed |= cstn__table_add_column(out, names[i],
					  is_double ? CSTN_TYPE_DOUBLE : CSTN_TYPE_INT64, 0,
					  is_double) < 0;
	}
	return failed;
}

/* --- survival --------------------------------------------------------------------------------- */

/* Contracts as times: begin is the time, end 1 if they ended. Of days those that began by as_of.
 * 0 or -1. */
static int times_of(const cstn_contracts *state, int32_t as_of, cstn__span_list *out)
{
	size_t i;

	if (cstn__array_reserve(&state->allocator, out, state->spans.count))
		return -1;
	for (i = 0; i < state->spans.count; i++) {
		cstn__span span = state->spans.items[i];

		if (state->form == CSTN__FORM_DAYS) {
			int ended = span.end <= as_of;

			if (span.begin > as_of)
				continue;
			span.begin = (ended ? span.end : as_of) - span.begin;
			span.end = ended;
		}
		out->items[out->count++] = span;
	}
	return cstn__spans_settle(out, &state->allocator);
}

static void put_curve(const cstn__span_list *times, cstn__table_builder *out)
{
	double survival = 1.0, sum = 0.0;
	int64_t at_risk = 0;
	size_t i, next;

	for (i = 0; i < times->count; i++)
		at_risk += times->items[i].n;
	for (i = 0; i < times->count; i = next) {
		int64_t n[2] = {0, 0}; /* censored, ended */

		for (next = i; next < times->count &&
				times->items[next].begin == times->items[i].begin;
				next++)
			n[times->items[next].end] += times->items[next].n;
		survival *= (double)(at_risk - n[1]) / (double)at_risk;
		if (at_risk > n[1])
			sum += (double)n[1] / ((double)at_risk * (double)(at_risk - n[1]));
		cstn__table_put_i64(out, 0, times->items[i].begin);
		cstn__table_put_i64(out, 1, at_risk);
		cstn__table_put_i64(out, 2, n[1]);
		cstn__table_put_i64(out, 3, n[0]);
		cstn__table_put_f64(out, 4, survival);
		cstn__put_f64_or_null(out, 5, at_risk > n[1], survival * sqrt(sum));
		at_risk -= n[0] + n[1];
	}
}

static cstn_status survival(const cstn_contracts *state, int32_t as_of, cstn__table_builder *out,
		cstn_error **error)
{
	static const char *const names[] = {
			"time", "at_risk", "ended", "censored", "survival", "se"};
	cstn__span_list times = {NULL, 0, 0};
	int failed = declare(out, names, 6, 4, 5) || times_of(state, as_of, &times);

	if (!failed)
		put_curve(&times, out);
	cstn__array_free(&state->allocator, &times);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- churn ------------------------------------------------------------------------------------ */

static cstn_status churn(const cstn_contracts *state, int32_t from, int32_t to,
		cstn__table_builder *out, cstn_error **error)
{
	static const char *const names[] = {"ended", "contracts", "churn", "joined"};
	int64_t contracts = 0, ended = 0, joined = 0;
	size_t i;

	for (i = 0; i < state->spans.count; i++) {
		const cstn__span *span = &state->spans.items[i];

		if (span->begin >= from) {
			joined += span->begin < to ? span->n : 0;
		} else if (span->end >= from) {
			contracts += span->n;
			ended += span->end < to ? span->n : 0;
		}
	}
	if (declare(out, names, 4, 2, 2))
		return cstn__fail_nomem(error);
	cstn__table_put_i64(out, 0, ended);
	cstn__table_put_i64(out, 1, contracts);
	cstn__put_share(out, 2, ended, contracts);
	cstn__table_put_i64(out, 3, joined);
	return CSTN_OK;
}

static cstn_status check_period(const cstn_contracts *state, int32_t as_of, int32_t from,
		int32_t to, cstn_error **error)
{
	if (state->form == CSTN__FORM_TIMES)
		return cstn__fail(error, CSTN_E_STATE,
				"contracts told by times have no days; churn of a period needs "
				"start_day and end_day");
	if (from >= to)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the period [%d, %d) is empty",
				from, to);
	if (to - 1 > as_of)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the period ends before day %d and as_of_days is %d; it is not "
				"over",
				to, as_of);
	return CSTN_OK;
}

cstn_status cstn_contracts_export(const cstn_contracts *state, int32_t table, int32_t as_of_days,
		int32_t from_days, int32_t to_days, struct ArrowArrayStream *out,
		cstn_error **error)
{
	cstn__table_builder *builder = NULL;
	cstn_status status = CSTN_OK;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	if (table != CSTN_CONTRACTS_TABLE_SURVIVAL && table != CSTN_CONTRACTS_TABLE_CHURN)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; CSTN_CONTRACTS_TABLE_... expected", table);
	if (state->form == CSTN__FORM_DAYS && as_of_days == INT32_MIN)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"contracts told by days need as_of_days, the last day of which all "
				"is known");
	if (table == CSTN_CONTRACTS_TABLE_CHURN)
		status = check_period(state, as_of_days, from_days, to_days, error);
	if (status == CSTN_OK)
		status = cstn__table_builder_new(&state->allocator, &builder, error);
	if (status == CSTN_OK)
		status = table == CSTN_CONTRACTS_TABLE_CHURN
					 ? churn(state, from_days, to_days, builder, error)
					 : survival(state, as_of_days, builder, error);
	if (status != CSTN_OK) {
		cstn__table_builder_free(builder);
		return status;
	}
	return cstn__table_export(builder, out, error);
}
