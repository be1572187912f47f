#ifndef CSTN_BASE_CHOLESKY_H
#define CSTN_BASE_CHOLESKY_H

#include <stddef.h>

/* Symmetric positive definite systems, row by row with rows `stride` apart; of matrix and factor
 * the lower triangle alone is read and written. Sums run in order: same bytes everywhere. */

/* L with L L' = matrix; l may be matrix. -1 where a pivot is not above 1e-14 of its diagonal. */
int cstn__cholesky(size_t n, size_t stride, const double *matrix, double *l);
/* x with L L' x = b; x may be b. */
void cstn__cholesky_solve(size_t n, size_t stride, const double *l, const double *b, double *x);

#endif
