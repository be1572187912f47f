/* Least squares within bounds.
 *
 * A step solves the normal equations with a damped diagonal. Parameters at a bound that want to
 * leave it stay out of the step, those that would cross one stop there and the others are solved
 * again. The damping falls after a step that gains and rises after one that does not. No random
 * start, no clock: the same steps everywhere. O(dimensions^3) a step beside what the values cost.
 */
#include "demand/ets_search.h"

#include <math.h>
#include <string.h>

#define D CSTN__ETS_DIMENSIONS
#define STEPS 60

void cstn__ets_factor(double *a, int n, int stride)
{
	int i, j, k;

	for (j = 0; j < n; j++) {
		double *row = a + j * stride, most = row[j], pivot = row[j];

		for (k = 0; k < j; k++)
			pivot -= row[k] * row[k];
		/* the diagonal holds 1 / pivot; 0: left out */
		row[j] = pivot > 1e-13 * most && pivot > 0 ? 1 / sqrt(pivot) : 0;
		for (i = j + 1; i < n; i++) {
			double *under = a + i * stride, sum = under[j];

			for (k = 0; k < j; k++)
				sum -= under[k] * row[k];
			under[j] = sum * row[j];
		}
	}
}

void cstn__ets_solve(const double *factor, int n, int stride, double *b)
{
	int i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			b[i] -= factor[i * stride + k] * b[k];
		b[i] *= factor[i * stride + i];
	}
	for (i = n - 1; i >= 0; i--) {
		for (k = i + 1; k < n; k++)
			b[i] -= factor[k * stride + i] * b[k];
		b[i] *= factor[i * stride + i];
	}
}

/* Which parameters a step moves, and how far those that it does not. */
typedef struct moves {
	int free[D], n_free;
	double fixed[D]; /* of those not free */
	int is_free[D];
} moves;

static void choose(const cstn__ets_search *s, moves *m)
{
	int i;

	m->n_free = 0;
	for (i = 0; i < s->dimensions; i++) {
		m->fixed[i] = 0;
		m->is_free[i] = !((s->x[i] <= s->lowest[i] && s->normal.g[i] > 0) ||
				  (s->x[i] >= s->highest[i] && s->normal.g[i] < 0));
		if (m->is_free[i])
			m->free[m->n_free++] = i;
	}
}

/* Solve for the free ones; 1 where one crosses a bound, which is then fixed there. */
static int solve_free(const cstn__ets_search *s, double damping, moves *m, double *step)
{
	double a[D * D], b[D];
	int i, k, crossed = 0, n = m->n_free;

	for (i = 0; i < n; i++) {
		int row = m->free[i];

		b[i] = -s->normal.g[row];
		for (k = 0; k < s->dimensions; k++)
			if (!m->is_free[k])
				b[i] -= s->normal.a[row][k] * m->fixed[k];
		for (k = 0; k <= i; k++)
			a[i * D + k] = s->normal.a[row][m->free[k]];
		a[i * D + i] *= 1 + damping;
	}
	cstn__ets_factor(a, n, D);
	cstn__ets_solve(a, n, D, b);
	for (k = 0; k < s->dimensions; k++)
		step[k] = m->fixed[k];
	m->n_free = 0;
	for (i = 0; i < n; i++) {
		int at = m->free[i];
		double to = s->x[at] + b[i], kept = fmin(fmax(to, s->lowest[at]), s->highest[at]);

		step[at] = kept - s->x[at];
		if (kept != to) {
			crossed = 1;
			m->is_free[at] = 0;
			m->fixed[at] = step[at];
		} else {
			m->free[m->n_free++] = at;
		}
	}
	return crossed;
}

/* The step, and the point behind it. */
static void try_step(const cstn__ets_search *s, double damping, double *to)
{
	double step[D] = {0};
	moves m;
	int i, round;

	choose(s, &m);
	for (round = 0; round < 6 && m.n_free; round++)
		if (!solve_free(s, damping, &m, step))
			break;
	for (i = 0; i < s->dimensions; i++)
		to[i] = fmin(fmax(s->x[i] + step[i], s->lowest[i]), s->highest[i]);
}

void cstn__ets_descend(
		cstn__ets_search *s, const cstn__ets_problem *problem, void *context, double done)
{
	double damping = 1e-2, to[D];
	int steps = 0, is_new = 1;

	s->value = problem->evaluate(context, s->x);
	problem->accept(context);
	while (steps++ < STEPS && isfinite(s->value)) {
		double value, gain;

		if (is_new)
			problem->derive(context, s->x, &s->normal);
		try_step(s, damping, to);
		value = problem->evaluate(context, to);
		gain = s->value - value;
		is_new = gain > 0;
		if (!is_new) {
			damping *= 8;
			if (damping > 1e6)
				return;
			continue;
		}
		problem->accept(context);
		memcpy(s->x, to, (size_t)s->dimensions * sizeof(*to));
		s->value = value;
		damping = fmax(damping / 8, 1e-9);
		if (gain < done)
			return;
	}
}
