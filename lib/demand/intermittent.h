#ifndef CSTN_DEMAND_INTERMITTENT_H
#define CSTN_DEMAND_INTERMITTENT_H

#include <stddef.h>

/* Demand a period of a series that is mostly 0: one number for all periods ahead. n >= 1; 0 where
 * all are 0. */

/* Smoothing of sizes, and of what stands between them: gaps, or the chance of a sale. */
typedef struct cstn__intermittent {
	double size_alpha, interval_alpha;
} cstn__intermittent;

/* Size over gap (Croston 1972). */
double cstn__croston(const double *y, size_t n, const cstn__intermittent *by);
/* Of its bias 1 - a / 2 (Syntetos and Boylan 2005), or 1 - a / (2 - a) (Shale, Boylan, Johnston
 * 2006); a is that of gaps. */
double cstn__croston_sba(const double *y, size_t n, const cstn__intermittent *by);
double cstn__croston_sbj(const double *y, size_t n, const cstn__intermittent *by);
/* Size times chance of a sale, which falls while nothing is sold (Teunter, Syntetos, Babai 2011).
 */
double cstn__tsb(const double *y, size_t n, const cstn__intermittent *by);
/* Smoothing of sums over the mean gap (Nikolopoulos et al. 2011). */
double cstn__adida(const double *y, size_t n, const cstn__intermittent *by);

#endif
