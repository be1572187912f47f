#ifndef CSTN_TESTS_UNIT_NATIVE_H
#define CSTN_TESTS_UNIT_NATIVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef __int128 native_number;

/* Arrow's buffers hold integers as the machine itself does: store the low `width` (1, 2, 4, 8, 16
 * or 32) bytes of a number as an integer of that width. */
static inline void put_native(void *to, native_number number, size_t width)
{
	uint8_t *at = to;
	uint64_t sign = number < 0 ? UINT64_MAX : 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	if (width == 32) {
		memcpy(at, &sign, 8);
		memcpy(at + 8, &sign, 8);
		memcpy(at + 16, &number, 16);
	} else {
		memcpy(at, (const uint8_t *)&number + 16 - width, width);
	}
#else
	memcpy(at, &number, width < 16 ? width : 16);
	if (width == 32) {
		memcpy(at + 16, &sign, 8);
		memcpy(at + 24, &sign, 8);
	}
#endif
}

#endif
