#ifndef CSTN_BASE_SPECIAL_H
#define CSTN_BASE_SPECIAL_H

/* Functions of the gamma family for arguments above 0, and the error function, with the same bytes
 * on every machine. NaN for arguments outside. Errors are relative to the largest term that enters;
 * see each. */

/* ln Gamma(x): absolute error 4e-15 below 10, relative 4e-16 above. */
double cstn__log_gamma(double x);
/* ln Gamma(r + x) - ln Gamma(r), x >= 0, without losing the difference of two large logarithms:
 * relative error below 1e-14. */
double cstn__log_rising(double r, double x);
/* ln B(a, b) = ln Gamma(a) + ln Gamma(b) - ln Gamma(a + b). */
double cstn__log_beta(double a, double b);
/* psi(x) = d/dx ln Gamma(x), and its derivative. */
double cstn__digamma(double x);
double cstn__trigamma(double x);
/* psi(r + x) - psi(r), x >= 0, relative error below 2e-14. */
double cstn__digamma_rising(double r, double x);

/* 1 - erf(x), relative error below 1e-15 down to 1e-290, for every x. */
double cstn__erfc(double x);

/* I_x(a, b), the regularised incomplete beta function, 0 <= x <= 1, a and b to 1e6: relative error
 * below 1e-11 up to 1/2, absolute error 1e-12 above. The upper tail is that of (1 - x, b, a). */
double cstn__beta_cdf(double x, double a, double b);
/* The x with I_x(a, b) = p, 0 <= p <= 1, as near as a double comes to it. */
double cstn__beta_quantile(double p, double a, double b);

#endif
