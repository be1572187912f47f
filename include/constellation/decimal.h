#ifndef CONSTELLATION_DECIMAL_H
#define CONSTELLATION_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/export.h>
#include <constellation/status.h>

/** @file decimal.h
 *  Exact decimals (an int64 and a scale) and money (an int64 of minor units and a currency).
 *  Nothing is rounded unless the call says so; rounding is half-even. Nothing wraps: what does not
 *  fit int64 is CSTN_E_OVERFLOW. Any thread, no memory, O(digits). */

#ifdef __cplusplus
extern "C" {
#endif

/** The most decimals a scaled int64 may have. */
#define CSTN_SCALE_MAX 18

/** Read a decimal such as "-1234.50" at a scale. @param scale 0..18
 *  @param decimal_mark,thousands_mark one byte each; thousands_mark 0 = none allowed; where there
 *  are thousands marks they part groups of three
 *  @return CSTN_OK; CSTN_E_FORMAT if it is no decimal or has more digits than the scale holds
 *  (trailing zeros do not count); CSTN_E_OVERFLOW if it does not fit int64. Any thread,
 *  O(size). @since 0.1 */
CSTN_API cstn_status cstn_decimal_parse(const char *text, size_t len, int32_t scale,
		uint8_t decimal_mark, uint8_t thousands_mark, int64_t *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Write value / 10^scale with exactly `scale` decimals (0..18, else nothing is written). Cut and
 *  terminated like snprintf().
 *  @return the length it wants. Any thread. @since 0.1 */
CSTN_API size_t cstn_decimal_format(int64_t value, int32_t scale, char *buffer, size_t size);

/** To another scale, half-even. @return CSTN_OK; CSTN_E_OVERFLOW; CSTN_E_INVALID_ARGUMENT. Any
 *  thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_decimal_rescale(int64_t value, int32_t from_scale, int32_t to_scale,
		int64_t *out, cstn_error **error) CSTN_MUST_CHECK;

/** a * b / 10^drop_scale in 128 bits, half-even: price times quantity.
 *  @param drop_scale 0..36 @return CSTN_OK; CSTN_E_OVERFLOW; CSTN_E_INVALID_ARGUMENT. Any
 *  thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_decimal_multiply(int64_t a, int64_t b, int32_t drop_scale, int64_t *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Decimals of a currency's minor unit (ISO 4217): 2 for "EUR", 0 for "JPY", 3 for "KWD".
 *  @param code three capital letters @return CSTN_OK; CSTN_E_NOT_FOUND. Any thread, O(1).
 *  @since 0.1 */
CSTN_API cstn_status cstn_currency_scale(
		const char *code, int32_t *out_scale, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
