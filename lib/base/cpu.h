#ifndef CSTN_BASE_CPU_H
#define CSTN_BASE_CPU_H

/* Widest SIMD level of this machine, by cpuid at the time of the call (no cached global): 1
 * portable, 2 AVX2, 3 AVX-512 (F, BW, VL, DQ). */
int cstn__cpu_simd(void);

#endif
