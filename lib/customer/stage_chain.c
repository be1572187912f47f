/* What follows from the matrix of periods: expected periods until DEVELOP, t = (I - Q)^-1 1, and
 * the value of a stage, v = (I - P / (1 + d))^-1 m.
 *
 * A stage in which no period began has no row of the matrix, so that nothing follows for it, nor
 * for a stage that leads to it: such stages are left out before the system is solved, and answer
 * "not known" instead of 0. The same holds for stages that may never reach DEVELOP. What is left is
 * never singular in exact arithmetic. LU decomposition with partial pivoting of at most 8 x 8. */
#include "customer/stage_summary.h"

#include <math.h>

#include "base/error.h"

int cstn__stage_solve(double a[CSTN_STAGE_COUNT][CSTN_STAGE_COUNT], double *b, int n)
{
	int i, k, j;

	for (i = 0; i < n; i++) {
		int pivot = i;
		double value;

		for (k = i + 1; k < n; k++)
			if (fabs(a[k][i]) > fabs(a[pivot][i]))
				pivot = k;
		if (!(fabs(a[pivot][i]) > 0.0))
			return -1;
		for (j = 0; j < n && pivot != i; j++) {
			value = a[i][j];
			a[i][j] = a[pivot][j];
			a[pivot][j] = value;
		}
		value = b[i];
		b[i] = b[pivot];
		b[pivot] = value;
		for (k = i + 1; k < n; k++) {
			double factor = a[k][i] / a[i][i];

			for (j = i; j < n; j++)
				a[k][j] -= factor * a[i][j];
			b[k] -= factor * b[i];
		}
	}
	for (i = n - 1; i >= 0; i--) {
		for (k = i + 1; k < n; k++)
			b[i] -= a[i][k] * b[k];
		b[i] /= a[i][i];
	}
	return 0;
}

static int64_t begun(const cstn_stage_summary *summary, int stage)
{
	int64_t n = 0;
	int k;

	for (k = 0; k < CSTN_STAGE_COUNT; k++)
		n += summary->periods[stage][k];
	return n;
}

/* Leave out what leads to a stage left out; `goal` (-1: none) is no such stage. */
static void close_known(
		const cstn_stage_summary *summary, int goal, int32_t known[CSTN_STAGE_COUNT])
{
	int i, k, changed = 1;

	while (changed) {
		changed = 0;
		for (i = 0; i < CSTN_STAGE_COUNT; i++)
			for (k = 0; known[i] && k < CSTN_STAGE_COUNT; k++)
				if (k != goal && !known[k] && summary->periods[i][k]) {
					known[i] = 0;
					changed = 1;
				}
	}
}

/* Leave out what has no way to the goal. */
static void keep_reaching(
		const cstn_stage_summary *summary, int goal, int32_t known[CSTN_STAGE_COUNT])
{
	int32_t reaches[CSTN_STAGE_COUNT] = {0};
	int i, k, changed = 1;

	while (changed) {
		changed = 0;
		for (i = 0; i < CSTN_STAGE_COUNT; i++)
			for (k = 0; known[i] && !reaches[i] && k < CSTN_STAGE_COUNT; k++)
				if (summary->periods[i][k] && (k == goal || reaches[k]))
					changed = reaches[i] = 1;
	}
	for (i = 0; i < CSTN_STAGE_COUNT; i++)
		known[i] = known[i] && reaches[i];
}

/* x = (I - factor P)^-1 right side over the known stages. */
static void solve_known(const cstn_stage_summary *summary, double factor, const double *right,
		double out[CSTN_STAGE_COUNT], int32_t known[CSTN_STAGE_COUNT])
{
	double a[CSTN_STAGE_COUNT][CSTN_STAGE_COUNT], b[CSTN_STAGE_COUNT];
	int at[CSTN_STAGE_COUNT], n = 0, i, k, failed;

	for (i = 0; i < CSTN_STAGE_COUNT; i++)
		if (known[i])
			at[n++] = i;
	for (i = 0; i < n; i++) {
		double row = (double)begun(summary, at[i]);

		for (k = 0; k < n; k++)
			a[i][k] = (i == k ? 1.0 : 0.0) -
				  factor * ((double)summary->periods[at[i]][at[k]] / row);
		b[i] = right[at[i]];
	}
	failed = cstn__stage_solve(a, b, n);
	for (i = 0; i < CSTN_STAGE_COUNT; i++)
		out[i] = 0.0;
	for (i = 0; i < n; i++) {
		known[at[i]] = !failed && isfinite(b[i]);
		out[at[i]] = known[at[i]] ? b[i] : 0.0;
	}
}

void cstn__stage_expected(const cstn_stage_summary *summary, double periods[CSTN_STAGE_COUNT],
		int32_t known[CSTN_STAGE_COUNT])
{
	static const double ones[CSTN_STAGE_COUNT] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
	int i;

	for (i = 0; i < CSTN_STAGE_COUNT; i++)
		known[i] = i != CSTN_STAGE_DEVELOP && begun(summary, i) > 0;
	close_known(summary, CSTN_STAGE_DEVELOP, known);
	keep_reaching(summary, CSTN_STAGE_DEVELOP, known);
	close_known(summary, CSTN_STAGE_DEVELOP, known);
	solve_known(summary, 1.0, ones, periods, known);
	periods[CSTN_STAGE_DEVELOP] = 0.0;
	known[CSTN_STAGE_DEVELOP] = summary->at[CSTN_STAGE_DEVELOP] > 0 ||
				    begun(summary, CSTN_STAGE_DEVELOP) > 0;
}

cstn_status cstn_stage_summary_value(const cstn_stage_summary *summary,
		const double margins[CSTN_STAGE_COUNT], double discount,
		double values[CSTN_STAGE_COUNT], int32_t known[CSTN_STAGE_COUNT],
		cstn_error **error)
{
	int i;

	if (!summary || !margins || !values || !known)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an argument is NULL");
	if (!(discount >= 0.0) || !isfinite(discount))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"discount is %g; 0 or more expected", discount);
	for (i = 0; i < CSTN_STAGE_COUNT; i++)
		if (!isfinite(margins[i]))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the margin of %s is %g; a finite number expected",
					cstn_stage_name(i), margins[i]);
	/* without a discount the sum over all periods has no limit: the stages left are closed */
	for (i = 0; i < CSTN_STAGE_COUNT; i++)
		known[i] = discount > 0.0 && begun(summary, i) > 0;
	close_known(summary, -1, known);
	solve_known(summary, 1.0 / (1.0 + discount), margins, values, known);
	return CSTN_OK;
}
