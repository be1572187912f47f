#ifndef CSTN_BASE_ELEMENTARY_H
#define CSTN_BASE_ELEMENTARY_H

#include <stddef.h>

/* Logarithm and exponential that have the same bytes on every machine, compiler and width of
 * vectors, which a C library does not promise. Errors in units of the last place: log, exp and
 * log1p below 1, expm1 below 4. Special values as in C: log(0) = -inf, log(x < 0) = NaN. */
double cstn__log(double x);
double cstn__log1p(double x);
double cstn__exp(double x);
double cstn__expm1(double x);
double cstn__softplus(double x);              /* log(1 + e^x) without overflow */
double cstn__log_add_exp(double x, double y); /* log(e^x + e^y), -inf allowed */

/* The same of n values, bit for bit. `simd` from cstn__cpu_simd(); out may be x. About 1 ns a
 * value with AVX-512, 2 with AVX2, 4 without. */
void cstn__log_each(int simd, const double *x, size_t n, double *out);
void cstn__log1p_each(int simd, const double *x, size_t n, double *out);
void cstn__exp_each(int simd, const double *x, size_t n, double *out);

#endif
