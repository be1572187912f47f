/* The decisions of a plan that are taken segment by segment.
 *
 * Service level: the newsvendor's critical ratio with the loss of custom after a failed order (dV)
 * as part of what a unit short costs. The share that comes again is compared within strata, so that
 * customers with large orders, who may both fail more often and come again more often, do not stand
 * for the effect of failing; strata are weighted by failed orders. Its interval joins those of
 * Wilson by square and add (Newcombe 1998, method 10; over strata Zou and Donner 2008).
 *
 * Tiers: a cumulative share is compared in 128-bit integers, so a segment that ends exactly at a
 * cut is inside. */
#include <math.h>

#include "base/checked.h"
#include "base/elementary.h"
#include "base/error.h"
#include "base/sort.h"
#include "base/stats.h"
#include "segment/plan.h"

#define ROOT_TWO_PI 2.5066282746310002

/* --- custom lost after a failed order ----------------------------------------------------------
 */

typedef struct effect {
	double difference, below, above; /* sums of squares below and above */
	int64_t failed, covered;
	int strata, dropped;
} effect;

static cstn_status check_evidence(const cstn__plan_cell *row, const cstn__plan_cell *before,
		const cstn_service_plan *plan, cstn_error **error)
{
	if (cstn__plan_find(plan, row) == SIZE_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"evidence for segment '%s', which the plan does not have",
				row->text);
	if (before && cstn__plan_text_order(before, row) == 0 &&
			before[CSTN__EVIDENCE_STRATUM].number == row[CSTN__EVIDENCE_STRATUM].number)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"evidence for segment '%s', stratum %lld is there twice", row->text,
				(long long)row[CSTN__EVIDENCE_STRATUM].number);
	if (row[CSTN__EVIDENCE_PERFECT_REPEAT].number > row[CSTN__EVIDENCE_PERFECT].number ||
			row[CSTN__EVIDENCE_FAILED_REPEAT].number >
					row[CSTN__EVIDENCE_FAILED].number)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"segment '%s': more orders were followed by another than there are",
				row->text);
	return CSTN_OK;
}

static int is_compared(const cstn__plan_cell *row)
{
	return row[CSTN__EVIDENCE_PERFECT].number > 0 && row[CSTN__EVIDENCE_FAILED].number > 0;
}

/* Strata rows[0 .. n) of one segment. */
static cstn_status measure(const cstn__plan_cell *const *rows, size_t n, double z, effect *out,
		cstn_error **error)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < n; i++) {
		int64_t failed = rows[i][CSTN__EVIDENCE_FAILED].number;

		if (cstn__add_i64(out->failed, failed, &out->failed))
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"segment '%s': failed orders overflow int64",
					rows[i]->text);
		if (is_compared(rows[i]))
			out->covered += failed;
		else if (failed || rows[i][CSTN__EVIDENCE_PERFECT].number)
			out->dropped++;
	}
	for (i = 0; i < n; i++) {
		const cstn__plan_cell *row = rows[i];
		double n1, n0, p1, p0, w, low1, high1, low0, high0;

		if (!is_compared(row))
			continue;
		n1 = (double)row[CSTN__EVIDENCE_PERFECT].number;
		n0 = (double)row[CSTN__EVIDENCE_FAILED].number;
		p1 = (double)row[CSTN__EVIDENCE_PERFECT_REPEAT].number / n1;
		p0 = (double)row[CSTN__EVIDENCE_FAILED_REPEAT].number / n0;
		w = n0 / (double)out->covered;
		cstn__wilson(p1, n1, z, &low1, &high1);
		cstn__wilson(p0, n0, z, &low0, &high0);
		out->difference += w * (p1 - p0);
		out->below += w * w * ((p1 - low1) * (p1 - low1) + (high0 - p0) * (high0 - p0));
		out->above += w * w * ((high1 - p1) * (high1 - p1) + (p0 - low0) * (p0 - low0));
		out->strata++;
	}
	return CSTN_OK;
}

/* dV of a row, with the reasons of what it is. */
static double failure_value(cstn__plan_cell *row, const effect *is, uint32_t *reasons)
{
	double low, high;

	if (is->dropped)
		*reasons |= CSTN_PLAN_PARTIAL_EVIDENCE;
	if (is->strata == 0) {
		*reasons = (*reasons & ~CSTN_PLAN_PARTIAL_EVIDENCE) | CSTN_PLAN_NO_EVIDENCE;
		return 0.0;
	}
	low = is->difference - sqrt(is->below);
	high = is->difference + sqrt(is->above);
	cstn__plan_set_real(&row[CSTN__PLAN_REPEAT_DIFFERENCE], is->difference);
	cstn__plan_set_real(&row[CSTN__PLAN_REPEAT_LOW], low);
	cstn__plan_set_real(&row[CSTN__PLAN_REPEAT_HIGH], high);
	cstn__plan_set_real(
			&row[CSTN__PLAN_EVIDENCE_COVER], (double)is->covered / (double)is->failed);
	if (low <= 0.0 && high >= 0.0) {
		*reasons |= CSTN_PLAN_NO_EFFECT;
		return 0.0;
	}
	if (high < 0.0) {
		*reasons |= CSTN_PLAN_NEGATIVE_EFFECT;
		return 0.0;
	}
	if (!row[CSTN__PLAN_RESIDUAL_CLV].valid) {
		*reasons |= CSTN_PLAN_NO_EVIDENCE;
		return 0.0;
	}
	return row[CSTN__PLAN_RESIDUAL_CLV].real * is->difference;
}

/* --- ratio and fill rate -----------------------------------------------------------------------
 */

static void fill_rate(cstn__plan_cell *row, double ratio, uint32_t *reasons)
{
	double z, loss, rate;

	*reasons |= CSTN_PLAN_NO_FILL_RATE;
	if (!row[CSTN__PLAN_DEMAND_MEAN].valid || !row[CSTN__PLAN_DEMAND_SD].valid ||
			!(ratio > 0.0))
		return;
	z = cstn__normal_quantile(ratio);
	loss = cstn__exp(-0.5 * z * z) / ROOT_TWO_PI - z * cstn__normal_cdf(-z);
	rate = 1.0 - row[CSTN__PLAN_DEMAND_SD].real * loss / row[CSTN__PLAN_DEMAND_MEAN].real;
	if (rate < 0.0)
		return; /* demand that is normal would often be below zero */
	*reasons &= ~CSTN_PLAN_NO_FILL_RATE;
	cstn__plan_set_real(&row[CSTN__PLAN_FILL_RATE], rate);
}

static cstn_status service_level(
		cstn__plan_cell *row, double value, uint32_t *reasons, cstn_error **error)
{
	double units = row[CSTN__PLAN_UNITS_PER_FAILED_ORDER].valid
				       ? row[CSTN__PLAN_UNITS_PER_FAILED_ORDER].real
				       : 1.0;
	double cu = row[CSTN__PLAN_UNIT_MARGIN].real + value / units;
	double co = row[CSTN__PLAN_HOLDING].real + row[CSTN__PLAN_OBSOLESCENCE].real -
		    row[CSTN__PLAN_SALVAGE].real;
	double ratio = 0.0;

	if (!(co > 0.0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"segment '%s': a unit left over costs %.17g (holding + "
				"obsolescence - "
				"salvage); more than 0 expected",
				row->text, co);
	if (!isfinite(cu) || !isfinite(cu + co))
		return cstn__fail(error, CSTN_E_OVERFLOW,
				"segment '%s': the cost of a unit short overflows", row->text);
	if (cu > 0.0)
		ratio = cu / (cu + co);
	else
		*reasons |= CSTN_PLAN_NO_UNDERAGE;
	if (ratio >= 1.0) /* by rounding alone: co is above 0 */
		ratio = 1.0 - 0x1p-53;
	cstn__plan_set_real(&row[CSTN__PLAN_FAILURE_VALUE], value);
	cstn__plan_set_real(&row[CSTN__PLAN_UNDERAGE], cu);
	cstn__plan_set_real(&row[CSTN__PLAN_OVERAGE], co);
	cstn__plan_set_real(&row[CSTN__PLAN_SERVICE_LEVEL], ratio);
	fill_rate(row, ratio, reasons);
	return CSTN_OK;
}

static cstn_status perfect_rate(cstn__plan_cell *row, double z, cstn_error **error)
{
	int64_t perfect = row[CSTN__PLAN_PERFECT].number, of = row[CSTN__PLAN_PERFECT_OF].number;
	double low, high;

	if (!row[CSTN__PLAN_PERFECT].valid || !row[CSTN__PLAN_PERFECT_OF].valid || of == 0)
		return CSTN_OK;
	if (perfect > of)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"segment '%s': %lld perfect orders of %lld", row->text,
				(long long)perfect, (long long)of);
	cstn__wilson((double)perfect / (double)of, (double)of, z, &low, &high);
	cstn__plan_set_real(&row[CSTN__PLAN_PERFECT_RATE], (double)perfect / (double)of);
	cstn__plan_set_real(&row[CSTN__PLAN_PERFECT_LOW], low);
	cstn__plan_set_real(&row[CSTN__PLAN_PERFECT_HIGH], high);
	return CSTN_OK;
}

cstn_status cstn__plan_service(
		cstn_service_plan *plan, const cstn__plan_rows *evidence, cstn_error **error)
{
	double z = cstn__z_of_confidence(plan->options.confidence_ppm), value;
	size_t n = cstn__plan_rows_count(evidence), at = 0, i;
	const cstn__plan_cell **rows = NULL;
	effect is;
	cstn_status status = cstn__plan_sorted(
			evidence, CSTN__EVIDENCE_STRATUM, &plan->allocator, &rows, error);

	for (i = 0; i < n && status == CSTN_OK; i++)
		status = check_evidence(rows[i], i ? rows[i - 1] : NULL, plan, error);
	for (i = 0; i < plan->n && status == CSTN_OK; i++) {
		cstn__plan_cell *row = cstn__plan_at(plan, i);
		size_t first = at;

		while (at < n && cstn__plan_text_order(rows[at], row) == 0)
			at++;
		status = measure(rows + first, at - first, z, &is, error);
		if (status == CSTN_OK)
			status = perfect_rate(row, z, error);
		if (status != CSTN_OK)
			break;
		value = failure_value(row, &is, &plan->reasons[i]);
		status = service_level(row, value, &plan->reasons[i], error);
	}
	cstn__free(&plan->allocator, rows, cstn__array_size(n, sizeof(*rows)));
	return status;
}

/* --- tiers -------------------------------------------------------------------------------------
 */

static int order_by_underage(const void *left, const void *right, void *context)
{
	const cstn__plan_cell *const *a = left, *const *b = right;
	double x = (*a)[CSTN__PLAN_UNDERAGE].real, y = (*b)[CSTN__PLAN_UNDERAGE].real;

	(void)context;
	if (x != y)
		return x > y ? -1 : 1;
	return cstn__plan_text_order(*a, *b);
}

/* -1: no stage of that name; 1: one that raises a tier. */
static int stage_raises(const cstn__plan_cell *stage)
{
	static const char *const stages[] = {"CRISIS", "RECOVERY", "PROSPECT", "LOST", "DORMANT",
			"STRUGGLE", "COMMIT", "DEVELOP"};
	size_t i;

	for (i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		if (strlen(stages[i]) == stage->len &&
				memcmp(stages[i], stage->text, stage->len) == 0)
			return i < 2;
	return -1;
}

static cstn_status set_tier(
		cstn_service_plan *plan, cstn__plan_cell *row, int32_t tier, cstn_error **error)
{
	size_t at = (size_t)(row - plan->cells) / CSTN__PLAN_FIELDS;
	int raises = row[CSTN__PLAN_STAGE].valid ? stage_raises(&row[CSTN__PLAN_STAGE]) : 0;

	if (raises < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"segment '%s': '%s' is no stage; PROSPECT, LOST, DORMANT, CRISIS, "
				"STRUGGLE, RECOVERY, COMMIT or DEVELOP expected",
				row->text, row[CSTN__PLAN_STAGE].text);
	if (raises && tier > 1 && !(plan->options.flags & CSTN_SERVICE_PLAN_NO_RAISE)) {
		tier--;
		plan->reasons[at] |= CSTN_PLAN_STAGE_RAISED;
	}
	cstn__plan_set_number(&row[CSTN__PLAN_TIER], tier);
	cstn__plan_set_number(&row[CSTN__PLAN_PROTECTED], plan->options.protected_ppm[tier - 1]);
	return CSTN_OK;
}

cstn_status cstn__plan_tiers(cstn_service_plan *plan, cstn_error **error)
{
	const int32_t *cut = plan->options.tier_cut_ppm;
	cstn__i128 total = 0, sum = 0;
	cstn_status status = CSTN_OK;
	cstn__plan_cell **rows;
	int32_t tier;
	size_t i;

	rows = cstn__alloc(&plan->allocator, cstn__array_size(plan->n, sizeof(*rows)));
	if (!rows)
		return cstn__fail_nomem(error);
	for (i = 0; i < plan->n; i++) {
		rows[i] = cstn__plan_at(plan, i);
		total += rows[i][CSTN__PLAN_VALUE_AT_RISK].number;
	}
	cstn__sort(rows, plan->n, sizeof(*rows), order_by_underage, NULL);
	for (i = 0; i < plan->n && status == CSTN_OK; i++) {
		sum += rows[i][CSTN__PLAN_VALUE_AT_RISK].number;
		for (tier = 1; tier < 4 && (total == 0 || sum * 1000000 > total * cut[tier - 1]);
				tier++)
			;
		if (total == 0)
			plan->reasons[i] |= CSTN_PLAN_NO_VALUE;
		status = set_tier(plan, rows[i], tier, error);
	}
	cstn__free(&plan->allocator, rows, cstn__array_size(plan->n, sizeof(*rows)));
	return status;
}

/* --- lead times --------------------------------------------------------------------------------
 */

static void take_lead_time(cstn__plan_cell *row, const cstn__plan_cell *option)
{
	cstn__plan_cell *days = &row[CSTN__PLAN_LEAD_TIME_DAYS],
			*ppm = &row[CSTN__PLAN_LEAD_TIME_PPM];

	if (option[CSTN__LEAD_PPM].number < row[CSTN__PLAN_LEAD_TIME_PROBABILITY].number)
		return;
	if (days->valid &&
			(days->number < option[CSTN__LEAD_DAYS].number ||
					(days->number == option[CSTN__LEAD_DAYS].number &&
							ppm->number >= option[CSTN__LEAD_PPM]
											.number)))
		return;
	cstn__plan_set_number(days, option[CSTN__LEAD_DAYS].number);
	cstn__plan_set_number(ppm, option[CSTN__LEAD_PPM].number);
}

cstn_status cstn__plan_lead_times(
		cstn_service_plan *plan, const cstn__plan_rows *lead_times, cstn_error **error)
{
	size_t n = cstn__plan_rows_count(lead_times), i, k;

	for (k = 0; k < n; k++) {
		const cstn__plan_cell *option = cstn__plan_row(lead_times, k);
		size_t only = SIZE_MAX;

		if (option->valid) {
			only = cstn__plan_find(plan, option);
			if (only == SIZE_MAX)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"a lead time for segment '%s', which the plan does "
						"not have",
						option->text);
		}
		for (i = 0; i < plan->n; i++)
			if ((only == SIZE_MAX || only == i) &&
					cstn__plan_at(plan, i)[CSTN__PLAN_LEAD_TIME_PROBABILITY]
							.valid)
				take_lead_time(cstn__plan_at(plan, i), option);
	}
	for (i = 0; i < plan->n; i++) {
		const cstn__plan_cell *row = cstn__plan_at(plan, i);

		if (row[CSTN__PLAN_LEAD_TIME_PROBABILITY].valid &&
				!row[CSTN__PLAN_LEAD_TIME_DAYS].valid)
			plan->reasons[i] |= CSTN_PLAN_NO_LEAD_TIME;
	}
	return CSTN_OK;
}
