#ifndef CSTN_BASE_DECIMAL_H
#define CSTN_BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/decimal.h>

#include "base/checked.h"

/* cstn_decimal_parse() without an error object, for readers that run once a row. Marks and scale
 * are not checked. */
#define CSTN__DECIMAL_NO_NUMBER (-1)
#define CSTN__DECIMAL_SCALE (-2)
#define CSTN__DECIMAL_OVERFLOW (-3)
int cstn__decimal_read(const char *text, size_t len, int32_t scale, char decimal_mark,
		char thousands_mark, int64_t *out); /* 0 or one of the above */

/* 10^exponent, 0 <= exponent <= 38. */
cstn__i128 cstn__wide_power_of_ten(int32_t exponent);

/* value / divisor, half to even; divisor > 0. */
cstn__i128 cstn__divide_half_even(cstn__i128 value, cstn__i128 divisor);

#endif
