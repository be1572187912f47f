/* Which SIMD kernels this machine runs. Asked at every call, with the instructions themselves: a
 * cached answer would be a mutable global, and the compiler's own helper brings one with a
 * constructor. A level counts only if the system saves its registers (XGETBV). Cost: about 100 ns,
 * so once a call and never once a row. */
#include "base/cpu.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <stdint.h>

#define OSXSAVE (1u << 27)
#define AVX2 (1u << 5)
#define AVX512_ALL (1u << 16 | 1u << 17 | 1u << 30 | 1u << 31) /* F, DQ, BW, VL */
#define STATE_AVX 0x06u
#define STATE_AVX512 0xe6u

static uint32_t enabled_state(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

int cstn__cpu_simd(void)
{
	unsigned int a, b, c, d;
	uint32_t state;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE))
		return 1;
	state = enabled_state();
	if ((state & STATE_AVX) != STATE_AVX || !__get_cpuid_count(7, 0, &a, &b, &c, &d) ||
			!(b & AVX2))
		return 1;
	if ((state & STATE_AVX512) == STATE_AVX512 && (b & AVX512_ALL) == AVX512_ALL)
		return 3;
	return 2;
}

#else

int cstn__cpu_simd(void)
{
	return 1;
}

#endif
