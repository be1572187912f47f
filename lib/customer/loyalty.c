/* Verdicts of yes, no and unknown, the shares that follow from them, and the net promoter score.
 *
 * Kleene's logic is the minimum of no < unknown < yes. The posterior of a share of first choices
 * under a uniform prior is beta(F + 1, O - F + 1); its tail above 0.95 is taken from the other end,
 * where nothing cancels. Nothing is allocated; O(1) a customer. */
#include <constellation/loyalty.h>

#include <inttypes.h>
#include <math.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/special.h"
#include "base/stats.h"

#define OCCASIONS_MAX 999999
#define LEAST_OCCASIONS 3

int32_t cstn_loyalty_and(int32_t a, int32_t b)
{
	if (a < CSTN_LOYALTY_UNKNOWN || a > CSTN_LOYALTY_YES || b < CSTN_LOYALTY_UNKNOWN ||
			b > CSTN_LOYALTY_YES)
		return -1;
	if (a == CSTN_LOYALTY_NO || b == CSTN_LOYALTY_NO)
		return CSTN_LOYALTY_NO;
	return a == b ? a : CSTN_LOYALTY_UNKNOWN;
}

cstn_status cstn_loyalty_judge(const int64_t *occasions, const int64_t *first, size_t n,
		int64_t min_occasions, int32_t *verdicts, double *share_mean, double *share_high,
		cstn_error **error)
{
	int64_t least = min_occasions ? min_occasions : LEAST_OCCASIONS;
	size_t i;

	if (n && (!occasions || !first || !verdicts))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"occasions, first or verdicts is NULL");
	if (min_occasions < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"min_occasions is %" PRId64 "; 0 or more expected", min_occasions);
	for (i = 0; i < n; i++)
		if (occasions[i] < 0 || occasions[i] > OCCASIONS_MAX || first[i] < 0 ||
				first[i] > occasions[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"customer %zu: %" PRId64 " of %" PRId64
					" occasions came first; 0 <= first <= occasions <= %d "
					"expected",
					i, first[i], occasions[i], OCCASIONS_MAX);
	for (i = 0; i < n; i++) {
		double yes = (double)first[i] + 1.0, no = (double)(occasions[i] - first[i]) + 1.0;

		if (first[i] < occasions[i])
			verdicts[i] = CSTN_LOYALTY_NO;
		else
			verdicts[i] = occasions[i] >= least ? CSTN_LOYALTY_YES
							    : CSTN_LOYALTY_UNKNOWN;
		if (share_mean)
			share_mean[i] = yes / (yes + no);
		if (share_high)
			share_high[i] = cstn__beta_cdf(0.05, no, yes);
	}
	return CSTN_OK;
}

/* The sum of three counts, none negative. */
static cstn_status count_all(int64_t yes, int64_t no, int64_t unknown, const char *where,
		size_t index, int64_t *out, cstn_error **error)
{
	if (yes < 0 || no < 0 || unknown < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s %zu: %" PRId64 " yes, %" PRId64 " no, %" PRId64
				" unknown; 0 or more expected",
				where, index, yes, no, unknown);
	if (cstn__add_i64(yes, no, out) || cstn__add_i64(*out, unknown, out))
		return cstn__fail(error, CSTN_E_OVERFLOW, "%s %zu: the customers do not fit int64",
				where, index);
	return CSTN_OK;
}

cstn_status cstn_loyalty_share(int64_t yes, int64_t no, int64_t unknown, int32_t confidence_ppm,
		double *lower, double *upper, cstn_rate *known, cstn_error **error)
{
	int64_t n = 0;
	cstn_status status;

	if (!lower || !upper || !known)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an output is NULL");
	status = count_all(yes, no, unknown, "share", 0, &n, error);
	if (status == CSTN_OK)
		status = cstn_rate_interval(yes, yes + no, confidence_ppm, known, error);
	if (status != CSTN_OK)
		return status;
	*lower = n ? (double)yes / (double)n : (double)NAN;
	*upper = n ? (double)(yes + unknown) / (double)n : (double)NAN;
	return CSTN_OK;
}

cstn_status cstn_loyalty_post_stratified(const int64_t *yes, const int64_t *no,
		const int64_t *unknown, size_t n, double *out, int32_t *missing, cstn_error **error)
{
	int64_t total = 0, size = 0;
	double sum = 0.0;
	int holes = 0;
	size_t i;

	if (!out || (n && (!yes || !no || !unknown)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an argument is NULL");
	for (i = 0; i < n; i++) {
		cstn_status status =
				count_all(yes[i], no[i], unknown[i], "stratum", i, &size, error);

		if (status != CSTN_OK)
			return status;
		if (cstn__add_i64(total, size, &total))
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"stratum %zu: the customers do not fit int64", i);
	}
	for (i = 0; i < n; i++) {
		int64_t known = yes[i] + no[i];
		int hole = known == 0 && unknown[i] > 0;

		holes |= hole;
		if (missing)
			missing[i] = hole;
		if (known)
			sum += (double)(known + unknown[i]) / (double)total *
			       ((double)yes[i] / (double)known);
	}
	*out = holes || total == 0 ? (double)NAN : sum;
	return holes || total == 0 ? CSTN_DONE : CSTN_OK;
}

cstn_status cstn_net_promoter(const int64_t answers[CSTN_NET_PROMOTER_ANSWERS],
		int32_t confidence_ppm, cstn_rate *out, double *variance, double *standard_error,
		cstn_error **error)
{
	cstn_rate rate = CSTN_RATE_INIT;
	int64_t n = 0, promoters, detractors = 0;
	double spread = (double)NAN, se = (double)NAN;
	cstn_status status;
	int i;

	if (!answers || !out || !variance || !standard_error)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an argument is NULL");
	for (i = 0; i < CSTN_NET_PROMOTER_ANSWERS; i++) {
		if (answers[i] < 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"answer %d was given %" PRId64 " times; 0 or more expected",
					i, answers[i]);
		if (cstn__add_i64(n, answers[i], &n))
			return cstn__fail(error, CSTN_E_OVERFLOW, "the answers do not fit int64");
		detractors += i <= 6 ? answers[i] : 0;
	}
	/* checks the confidence, and lays out a null rate for no answers */
	status = cstn_rate_interval(0, 0, confidence_ppm, &rate, error);
	if (status != CSTN_OK)
		return status;
	promoters = answers[9] + answers[10];
	rate.numerator = promoters - detractors;
	rate.denominator = n;
	if (n) {
		rate.valid = CSTN_RATE_HAS_VALUE | CSTN_RATE_HAS_INTERVAL;
		rate.value = (double)rate.numerator / (double)n;
		spread = (double)(promoters + detractors) / (double)n - rate.value * rate.value;
		se = sqrt(spread / (double)n);
		rate.low = rate.value - rate.z * se;
		rate.high = rate.value + rate.z * se;
	}
	status = cstn__output_write(&rate, sizeof(rate), sizeof(rate), "cstn_rate", out, error);
	if (status != CSTN_OK)
		return status;
	*variance = spread;
	*standard_error = se;
	return CSTN_OK;
}
