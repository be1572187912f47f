#ifndef CONSTELLATION_RATE_H
#define CONSTELLATION_RATE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/export.h>
#include <constellation/status.h>

/** @file rate.h
 *  Rates with their uncertainty, and quantiles by name. A rate is two integers first; a rate over
 *  nothing is null, never 0 or 1. Any thread; no memory and O(1) where nothing else is said.
 *  Scratch memory is libc's and gone when the call returns. */

#ifdef __cplusplus
extern "C" {
#endif

/** Set in cstn_rate.valid */
#define CSTN_RATE_HAS_VALUE 1u    /**< `value` is a number: the denominator is not 0 */
#define CSTN_RATE_HAS_INTERVAL 2u /**< `low` and `high` are numbers */

/** A share and what can be said of it. Filled up to the caller's struct_size. */
typedef struct cstn_rate {
	uint32_t struct_size; /**< sizeof(cstn_rate) as the caller compiled it */
	uint32_t valid;       /**< CSTN_RATE_HAS_... */
	int64_t numerator;
	int64_t denominator;
	double value; /**< numerator / denominator; NaN without CSTN_RATE_HAS_VALUE */
	double low;   /**< NaN without CSTN_RATE_HAS_INTERVAL */
	double high;
	double z; /**< the normal quantile used, to 15 decimals: 1.959963984540054 for 95 % */
} cstn_rate;
/* clang-format off */
#define CSTN_RATE_INIT { sizeof(cstn_rate), 0, 0, 0, 0.0, 0.0, 0.0, 0.0 }
/* clang-format on */

/** Wilson score interval (Wilson 1927), clamped so that 0/n begins at exactly 0 and n/n ends at
 *  exactly 1.
 *  @param numerator,denominator 0 <= numerator <= denominator; 0/0 gives a null rate and CSTN_OK
 *  @param confidence_ppm two-sided, 1..999,999; 0 means 950,000
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_rate_interval(int64_t numerator, int64_t denominator,
		int32_t confidence_ppm, cstn_rate *out, cstn_error **error) CSTN_MUST_CHECK;

/** Difference of two independent rates, first minus second, with Newcombe's hybrid score interval
 *  (Newcombe 1998, method 10). Either denominator 0 gives nulls and CSTN_OK. @param out numerator
 *  and denominator are 0 in the result. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_rate_difference(int64_t numerator_a, int64_t denominator_a,
		int64_t numerator_b, int64_t denominator_b, int32_t confidence_ppm, cstn_rate *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Quantile types of Hyndman and Fan 1996 (1..9; 7 is the default of R and numpy), and nearest
 *  rank. */
#define CSTN_QUANTILE_NEAREST_RANK 0 /**< sorted[ceil(p n) - 1], in integers */

/** Quantile of values, by name.
 *  @param values n doubles in any order, none NaN; not changed
 *  @param probability_ppm 0..1,000,000
 *  @param type CSTN_QUANTILE_NEAREST_RANK or 1..9 @param out receives it; n = 0 gives NaN and
 *  CSTN_DONE
 *  @return CSTN_OK; CSTN_DONE for n = 0; CSTN_E_INVALID_ARGUMENT for NaN, range or type;
 *  CSTN_E_NOMEM. Cost: a copy and O(n) selection on average. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_quantile(const double *values, size_t n, int32_t probability_ppm,
		int32_t type, double *out, cstn_error **error) CSTN_MUST_CHECK;

/** Decile (or any n-tile) of values: rank by value, then by position in `ids` order; floor(tiles *
 *  rank0 / n) + 1.
 *  @param values n int64 (minor units, quantities) @param ids n int64 that break ties, or NULL for
 *  the position
 *  @param tiles 2..1,000 @param out n int32, 1..tiles @return CSTN_OK; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. Cost: a copy and a sort, O(n log n). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_value_tiles(const int64_t *values, const int64_t *ids, size_t n,
		int32_t tiles, int32_t *out, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
