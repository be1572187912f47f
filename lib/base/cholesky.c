/* Cholesky factors and the systems they solve. O(n^3 / 6) and O(n^2). */
#include "base/cholesky.h"

#include <math.h>

int cstn__cholesky(size_t n, size_t stride, const double *matrix, double *l)
{
	size_t i, j, k;

	for (i = 0; i < n; i++)
		for (j = 0; j <= i; j++) {
			double sum = matrix[i * stride + j];

			for (k = 0; k < j; k++)
				sum -= l[i * stride + k] * l[j * stride + k];
			if (i == j && !(sum > 1e-14 * fabs(matrix[i * stride + i])))
				return -1;
			l[i * stride + j] = i == j ? sqrt(sum) : sum / l[j * stride + j];
		}
	return 0;
}

void cstn__cholesky_solve(size_t n, size_t stride, const double *l, const double *b, double *x)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		double sum = b[i];

		for (k = 0; k < i; k++)
			sum -= l[i * stride + k] * x[k];
		x[i] = sum / l[i * stride + i];
	}
	for (i = n; i-- > 0;) {
		double sum = x[i];

		for (k = i + 1; k < n; k++)
			sum -= l[k * stride + i] * x[k];
		x[i] = sum / l[i * stride + i];
	}
}
