#ifndef CONSTELLATION_LOYALTY_H
#define CONSTELLATION_LOYALTY_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/export.h>
#include <constellation/rate.h>
#include <constellation/status.h>

/** @file loyalty.h
 *  Verdicts with bounds: what is known of a customer is yes, no or unknown, and a share over
 *  customers is a set of numbers, never one.
 *
 *  Loyal means: of at least three purchase occasions in our categories, every one came to us first.
 *  Repeat purchase alone is not loyalty, for there may be one supplier only. Silence is unknown.
 *
 *  Functions here keep nothing, allocate nothing and may be called from any thread. On failure
 *  outputs are untouched. */

#ifdef __cplusplus
extern "C" {
#endif

/** A verdict. Permanent. */
#define CSTN_LOYALTY_UNKNOWN 0
#define CSTN_LOYALTY_NO 1
#define CSTN_LOYALTY_YES 2

/** Both of two verdicts (Kleene 1938): no and anything is no, yes and unknown is unknown: happy is
 *  "pays the same or more" and "tells others". -1 unless both are CSTN_LOYALTY_. Any thread, O(1).
 *  @since 0.1 */
CSTN_API int32_t cstn_loyalty_and(int32_t a, int32_t b);

/** Judge n customers by their purchase occasions: yes if all came to us first and there are enough,
 *  no if one did not, else unknown.
 *  @param occasions     O of each customer, 0 .. 999,999
 *  @param first         F of each, 0 .. O: occasions that came to us first
 *  @param min_occasions 0 means 3
 *  @param verdicts      n CSTN_LOYALTY_
 *  @param share_mean    NULL, or n posterior means of the share of first choices, (F + 1) / (O + 2)
 *  @param share_high    NULL, or n probabilities that this share is 0.95 or more, which is the tail
 *  of a beta distribution of F + 1 and O - F + 1
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with the place and the numbers. Arrays are the
 * caller's. Any thread; O(n), about 1 microsecond a customer with `share_high`. Method: Bayes with
 * a uniform prior. @since 0.1 */
CSTN_API cstn_status cstn_loyalty_judge(const int64_t *occasions, const int64_t *first, size_t n,
		int64_t min_occasions, int32_t *verdicts, double *share_mean, double *share_high,
		cstn_error **error) CSTN_MUST_CHECK;

/** A share over customers as a set: bounds, and the share among those of whom it is known.
 *  @param yes,no,unknown customers with each verdict, 0 or more
 *  @param confidence_ppm of the interval, 1..999,999; 0 means 950,000
 *  @param lower          yes / N; NaN for N = 0
 *  @param upper          (yes + unknown) / N; NaN for N = 0
 *  @param known          yes / (yes + no) with its Wilson interval; start from CSTN_RATE_INIT
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_OVERFLOW if N does not fit. Outputs are the
 *  caller's. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_share(int64_t yes, int64_t no, int64_t unknown,
		int32_t confidence_ppm, double *lower, double *upper, cstn_rate *known,
		cstn_error **error) CSTN_MUST_CHECK;

/** The share of all customers when strata know unequally much: the sum over strata of N_s / N times
 *  yes_s / known_s.
 *  @param yes,no,unknown customers of n strata with each verdict
 *  @param out     receives it; NaN when there are no customers or a stratum with customers has none
 *  known
 *  @param missing NULL, or n flags: 1 for such a stratum
 *  @return CSTN_OK; CSTN_DONE when there is no number; CSTN_E_INVALID_ARGUMENT with the stratum;
 *  CSTN_E_OVERFLOW. Arrays are the caller's. Any thread, O(n). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_post_stratified(const int64_t *yes, const int64_t *no,
		const int64_t *unknown, size_t n, double *out, int32_t *missing,
		cstn_error **error) CSTN_MUST_CHECK;

/** Answers of a net promoter question: 0..10. */
#define CSTN_NET_PROMOTER_ANSWERS 11

/** The net promoter score, which has no form without its count and its error: (P - D) / n of
 *  promoters (9, 10) and detractors (0..6), with the interval of +- z standard errors.
 *  @param answers        how often each answer 0..10 was given, 0 or more
 *  @param confidence_ppm of the interval, 1..999,999; 0 means 950,000
 *  @param out            numerator P - D, which may be negative, denominator n; null for n = 0;
 *  start from CSTN_RATE_INIT
 *  @param variance       (P + D) / n - ((P - D) / n)^2; NaN for n = 0
 *  @param standard_error sqrt(variance / n); NaN for n = 0
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_OVERFLOW if n does not fit. Outputs are the
 *  caller's. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_net_promoter(const int64_t answers[CSTN_NET_PROMOTER_ANSWERS],
		int32_t confidence_ppm, cstn_rate *out, double *variance, double *standard_error,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
