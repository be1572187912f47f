/* Maximising a log-likelihood in the logarithms of its parameters: BFGS on the analytic gradient,
 * then Newton steps, with the Hessian out of second derivatives where the model has them, else of
 * central differences of the gradient.
 *
 * In logarithms parameters stay positive, steps have no unit (a change of the unit of time shifts
 * two coordinates and changes nothing else), and a box keeps a climb that runs off to a limiting
 * model from overflowing; there the slope that points outwards does not count.
 *
 * Sums over groups are taken by chunk, morsel and then in the order of morsels, so that they do not
 * depend on the number of threads. Cost: one pass over the groups an evaluation; a Hessian is one
 * pass, or 2p by differences.
 */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cholesky.h"
#include "base/elementary.h"
#include "base/error.h"
#include "base/parallel.h"
#include "segment/value_fit.h"

#define P CSTN__VALUE_PARAMETERS
#define PAIRS CSTN__VALUE_PAIRS
#define SUMS (1 + P + PAIRS)

typedef struct pass {
	const cstn__value_table *table;
	const cstn__value_model *model;
	int level;    /* 0 values, 1 with the gradient, 2 with second derivatives */
	double *sums; /* SUMS a morsel */
} pass;

/* Neumaier: the lost low part is kept. */
static void add(double *sum, double *low, double value)
{
	double t = *sum + value;

	*low += fabs(*sum) >= fabs(value) ? (*sum - t) + value : (value - t) + *sum;
	*sum = t;
}

/* Weighted sum in eight lanes of a fixed order: the adds do not wait for each other. */
static double weigh(int32_t n, const double *weight, const double *value)
{
	double lane[8] = {0.0};
	int32_t i, k;

	for (i = 0; i + 8 <= n; i += 8)
		for (k = 0; k < 8; k++)
			lane[k] += weight[i + k] * value[i + k];
	for (k = 0; i < n; i++, k++)
		lane[k] += weight[i] * value[i];
	return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
	       ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static void load(const cstn__value_table *table, size_t from, int32_t n, cstn__value_chunk *chunk,
		double *weight)
{
	int32_t i;

	chunk->n = n;
	for (i = 0; i < n; i++) {
		const cstn__value_group *group = cstn__value_group_at(table, from + (size_t)i);

		chunk->x[i] = group->x;
		chunk->tx[i] = group->tx;
		chunk->age[i] = group->age;
		chunk->extra[i] = cstn__value_extra_at(table, from + (size_t)i);
		weight[i] = group->weight;
	}
}

static cstn_status one_morsel(void *context, size_t index, int32_t worker)
{
	const pass *run = context;
	size_t from = index * CSTN__MORSEL_ROWS, to = from + CSTN__MORSEL_ROWS;
	double low[SUMS] = {0.0}, sum[SUMS] = {0.0}, weight[CSTN__VALUE_CHUNK];
	cstn__value_chunk chunk;
	cstn__value_terms terms;
	int32_t p;

	(void)worker;
	if (to > run->table->count)
		to = run->table->count;
	while (from < to) {
		int32_t n = to - from < CSTN__VALUE_CHUNK ? (int32_t)(to - from)
							  : CSTN__VALUE_CHUNK;

		load(run->table, from, n, &chunk, weight);
		cstn__value_terms_of(run->model, &chunk, run->level, &terms);
		add(&sum[0], &low[0], weigh(n, weight, terms.loglik));
		for (p = 0; run->level > 0 && p < run->model->n; p++)
			add(&sum[1 + p], &low[1 + p], weigh(n, weight, terms.gradient[p]));
		for (p = 0; run->level > 1 && p < PAIRS; p++)
			add(&sum[1 + P + p], &low[1 + P + p], weigh(n, weight, terms.second[p]));
		from += (size_t)n;
	}
	for (p = 0; p < SUMS; p++)
		run->sums[index * SUMS + (size_t)p] = sum[p] + low[p];
	return CSTN_OK;
}

/* All sums: the log-likelihood, the gradient, second derivatives, as far as `level` goes. */
static cstn_status sum_table(const cstn__value_table *table, const cstn__value_model *model,
		int32_t threads, int level, double out[SUMS], cstn_error **error)
{
	size_t morsels = table->count / CSTN__MORSEL_ROWS + 1, i, p;
	double low[SUMS] = {0.0}, sum[SUMS] = {0.0};
	pass run = {table, model, level, NULL};

	run.sums = cstn__alloc_zero(
			&table->allocator, cstn__array_size(morsels, SUMS * sizeof(double)));
	if (!run.sums)
		return cstn__fail_nomem(error);
	/* the body does not fail, and a thread that cannot be made is done without */
	(void)cstn__parallel_for(
			morsels, cstn__threads_resolve(threads, morsels), NULL, one_morsel, &run);
	for (i = 0; i < morsels; i++)
		for (p = 0; p < SUMS; p++)
			add(&sum[p], &low[p], run.sums[i * SUMS + p]);
	cstn__free(&table->allocator, run.sums, morsels * SUMS * sizeof(double));
	for (p = 0; p < SUMS; p++)
		out[p] = sum[p] + low[p];
	return CSTN_OK;
}

cstn_status cstn__value_table_loglik(const cstn__value_table *table, const cstn__value_model *model,
		int32_t threads, double *loglik, double *gradient, cstn_error **error)
{
	double sums[SUMS];
	cstn_status status = sum_table(table, model, threads, gradient != NULL, sums, error);

	if (status != CSTN_OK)
		return status;
	*loglik = sums[0];
	if (gradient)
		memcpy(gradient, sums + 1, (size_t)model->n * sizeof(*gradient));
	return CSTN_OK;
}

/* The Hessian by ln theta out of second derivatives by theta; a fixed parameter gets a row of the
 * identity. */
static void hessian_of(cstn__value_climb *climb, const double sums[SUMS])
{
	const double *gradient = sums + 1, *second = sums + 1 + P, *theta = climb->model.theta;
	int32_t i, k, at = 0;

	for (i = 0; i < P; i++)
		for (k = i; k < P; k++, at++) {
			double value = -theta[i] * theta[k] * second[at];
			int fixed = (climb->fixed >> i | climb->fixed >> k) & 1;

			if (i == k)
				value += 2.0 * climb->penalty - theta[i] * gradient[i];
			climb->hessian[i * P + k] = climb->hessian[k * P + i] =
					fixed ? i == k : value / climb->n;
		}
}

cstn_status cstn__value_climb_look(cstn__value_climb *climb, cstn_error **error)
{
	double sums[SUMS], *gradient = sums + 1, room = 0.0;
	int32_t i, n = climb->model.n;
	cstn_status status = sum_table(climb->table, &climb->model, climb->threads,
			climb->with_hessian ? 2 : 1, sums, error);

	if (status != CSTN_OK)
		return status;
	climb->loglik = sums[0];
	if (climb->with_hessian)
		hessian_of(climb, sums);
	climb->evaluations++;
	for (i = 0; i < n; i++) {
		double off = climb->penalty > 0.0
					     ? cstn__log(climb->model.theta[i]) - climb->anchor[i]
					     : 0.0;

		room += climb->penalty * off * off;
		climb->slope[i] = climb->fixed >> i & 1
						  ? 0.0
						  : (2.0 * climb->penalty * off -
								    climb->model.theta[i] *
										    gradient[i]) /
								    climb->n;
	}
	climb->value = (room - climb->loglik) / climb->n;
	return CSTN_OK;
}

/* 1 if the parameter lies at a bound and the slope points outwards. */
static int is_stuck(const cstn__value_climb *climb, int32_t i, const double *at)
{
	return (at[i] <= climb->low[i] && climb->slope[i] > 0.0) ||
	       (at[i] >= climb->high[i] && climb->slope[i] < 0.0);
}

static void stand(const cstn__value_climb *climb, double *at)
{
	int32_t i;

	for (i = 0; i < climb->model.n; i++)
		at[i] = cstn__log(climb->model.theta[i]);
}

double cstn__value_climb_slope(const cstn__value_climb *climb)
{
	double at[P], largest = 0.0;
	int32_t i;

	stand(climb, at);
	for (i = 0; i < climb->model.n; i++) {
		if (climb->slope[i] != climb->slope[i])
			return (double)INFINITY;
		if (!is_stuck(climb, i, at) && fabs(climb->slope[i]) > largest)
			largest = fabs(climb->slope[i]);
	}
	return largest;
}

/* Go to at + step * way, kept in the box, and look. */
static cstn_status go(cstn__value_climb *climb, const double *at, const double *way, double step,
		double *reached, cstn_error **error)
{
	int32_t i;

	for (i = 0; i < climb->model.n; i++) {
		double to = at[i] + step * way[i];

		if (climb->fixed >> i & 1)
			to = at[i];
		else if (to < climb->low[i])
			to = climb->low[i];
		else if (to > climb->high[i])
			to = climb->high[i];
		reached[i] = to;
		if (to != at[i])
			climb->model.theta[i] = cstn__exp(to);
	}
	return cstn__value_climb_look(climb, error);
}

static double dot(int32_t n, const double *a, const double *b)
{
	double sum = 0.0;
	int32_t i;

	for (i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Along `way` from `at`: falls enough (Armijo), and far enough while it still falls steeply. The
 * climb stands at the point taken; *moved is 0 when no step was good. */
static cstn_status search(cstn__value_climb *climb, const double *at, const double *way,
		double *reached, int *moved, cstn_error **error)
{
	cstn__value_climb best = *climb;
	double fall = dot(climb->model.n, climb->slope, way), step = 1.0, from = climb->value;
	cstn_status status;
	int tries;

	*moved = 0;
	for (tries = 0; tries < 20; tries++) {
		cstn__value_climb before = best;
		double to[P], room = 1e-15 * fabs(from);

		climb->model = before.model;
		status = go(climb, at, way, step, to, error);
		if (status != CSTN_OK)
			return status;
		if (climb->value <= from + 1e-4 * step * fall + room &&
				(!*moved || climb->value < best.value)) {
			best = *climb;
			memcpy(reached, to, sizeof(to));
			*moved = 1;
			if (dot(climb->model.n, climb->slope, way) >= 0.9 * fall || tries > 6)
				break;
			step *= 3.0;
		} else if (*moved) {
			break;
		} else {
			step *= climb->value == climb->value && tries < 2 ? 0.3 : 0.1;
			if (step < 1e-9)
				break;
		}
		best.evaluations = climb->evaluations;
	}
	best.evaluations = climb->evaluations;
	*climb = best;
	return CSTN_OK;
}

static void identity(int32_t n, double *matrix)
{
	int32_t i;

	memset(matrix, 0, P * P * sizeof(*matrix));
	for (i = 0; i < n; i++)
		matrix[i * P + i] = 1.0;
}

/* inverse += BFGS update for the step s and change of slope y. */
static void update(int32_t n, double *inverse, const double *s, const double *y, int first)
{
	double sy = dot(n, s, y), hy[P], yhy;
	int32_t i, k;

	if (!(sy > 1e-12 * sqrt(dot(n, s, s) * dot(n, y, y))) || !(sy > 0.0))
		return;
	if (first)
		for (i = 0; i < n; i++)
			inverse[i * P + i] = sy / dot(n, y, y);
	for (i = 0; i < n; i++)
		hy[i] = dot(n, inverse + i * P, y);
	yhy = dot(n, y, hy);
	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++)
			inverse[i * P + k] += (1.0 + yhy / sy) * s[i] * s[k] / sy -
					      (hy[i] * s[k] + s[i] * hy[k]) / sy;
}

/* No parameter moves by more than a factor e^2 in a step. */
static void bound_step(int32_t n, double *way)
{
	double largest = 0.0;
	int32_t i;

	for (i = 0; i < n; i++)
		if (fabs(way[i]) > largest)
			largest = fabs(way[i]);
	for (i = 0; largest > 2.0 && i < n; i++)
		way[i] *= 2.0 / largest;
}

cstn_status cstn__value_climb_bfgs(cstn__value_climb *climb, double enough, cstn_error **error)
{
	double inverse[P * P], at[P], way[P], s[P], y[P], reached[P];
	int32_t n = climb->model.n, i, quiet = 0, fresh = 1, first = !climb->has_metric;
	cstn_status status = cstn__value_climb_look(climb, error);

	if (status != CSTN_OK)
		return status;
	identity(n, inverse);
	if (climb->has_metric)
		memcpy(inverse, climb->metric, sizeof(inverse));
	while (climb->iterations < climb->max_iterations &&
			cstn__value_climb_slope(climb) > enough) {
		cstn__value_climb before = *climb;
		int moved;

		stand(climb, at);
		for (i = 0; i < n; i++)
			s[i] = is_stuck(climb, i, at) ? 0.0 : climb->slope[i];
		for (i = 0; i < n; i++)
			way[i] = s[i] == 0.0 ? 0.0 : -dot(n, inverse + i * P, s);
		if (!(dot(n, way, climb->slope) < 0.0)) {
			identity(n, inverse);
			for (i = 0; i < n; i++)
				way[i] = -s[i];
		}
		bound_step(n, way);
		status = search(climb, at, way, reached, &moved, error);
		if (status != CSTN_OK)
			return status;
		climb->iterations++;
		if (!moved) {
			if (fresh)
				break;
			identity(n, inverse);
			fresh = 1;
			continue;
		}
		for (i = 0; i < n; i++) {
			s[i] = reached[i] - at[i];
			y[i] = climb->slope[i] - before.slope[i];
		}
		update(n, inverse, s, y, first);
		first = fresh = 0;
		/* on a plateau the value no longer tells steps apart */
		quiet = before.value - climb->value <= 1e-14 * fabs(climb->value) ? quiet + 1 : 0;
		if (quiet > 3)
			break;
	}
	return CSTN_OK;
}

/* --- Newton --- */

int cstn__value_invert(int32_t n, const double *matrix, double *inverse)
{
	double l[P * P] = {0.0}, column[P];
	int32_t i, c;

	if (cstn__cholesky((size_t)n, P, matrix, l))
		return -1;
	for (c = 0; c < n; c++) {
		for (i = 0; i < n; i++)
			column[i] = i == c ? 1.0 : 0.0;
		cstn__cholesky_solve((size_t)n, P, l, column, column);
		for (i = 0; i < n; i++)
			inverse[i * P + c] = column[i];
	}
	return 0;
}

/* Where the model has second derivatives those, one pass; else central differences of the slope,
 * step 2^-13 in ln theta; the climb stays where it stands. A fixed parameter gets a row of the
 * identity. */
cstn_status cstn__value_climb_hessian(cstn__value_climb *climb, cstn_error **error)
{
	double at[P], way[P], reached[P], low[P];
	cstn__value_climb here = *climb;
	int32_t n = climb->model.n, i, k;
	cstn_status status;

	if (cstn__value_has_second(climb->model.kind)) {
		climb->with_hessian = 1;
		status = cstn__value_climb_look(climb, error);
		climb->with_hessian = 0;
		return status;
	}
	stand(climb, at);
	for (i = 0; i < n; i++) {
		memset(way, 0, sizeof(way));
		way[i] = 1.0;
		for (k = 0; k < P; k++)
			here.hessian[i * P + k] = i == k ? 1.0 : 0.0;
		if (climb->fixed >> i & 1)
			continue;
		status = go(climb, at, way, -0x1p-13, reached, error);
		if (status != CSTN_OK)
			return status;
		memcpy(low, climb->slope, sizeof(low));
		climb->model = here.model;
		status = go(climb, at, way, 0x1p-13, reached, error);
		if (status != CSTN_OK)
			return status;
		for (k = 0; k < n; k++)
			here.hessian[i * P + k] = (climb->slope[k] - low[k]) * 0x1p12;
		climb->model = here.model;
	}
	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			here.hessian[i * P + k] = here.hessian[k * P + i] =
					0.5 * (here.hessian[i * P + k] + here.hessian[k * P + i]);
	here.evaluations = climb->evaluations;
	*climb = here;
	return CSTN_OK;
}

cstn_status cstn__value_climb_newton(cstn__value_climb *climb, double enough, cstn_error **error)
{
	double inverse[P * P], at[P], way[P], reached[P];
	int32_t n = climb->model.n, i, round, second = cstn__value_has_second(climb->model.kind);
	cstn_status status = CSTN_OK;

	for (round = 0; round < 5; round++) {
		cstn__value_climb before;

		/* with second derivatives the step has brought the Hessian along */
		if (!second || round == 0)
			status = cstn__value_climb_hessian(climb, error);
		if (status != CSTN_OK || cstn__value_climb_slope(climb) <= enough ||
				cstn__value_invert(n, climb->hessian, inverse))
			return status;
		before = *climb;
		stand(climb, at);
		for (i = 0; i < n; i++)
			way[i] = -dot(n, inverse + i * P, climb->slope);
		bound_step(n, way);
		climb->with_hessian = second;
		status = go(climb, at, way, 1.0, reached, error);
		climb->with_hessian = 0;
		if (status != CSTN_OK)
			return status;
		climb->iterations++;
		if (!(climb->value <= before.value + 1e-13 * fabs(before.value)) ||
				!(cstn__value_climb_slope(climb) <
						cstn__value_climb_slope(&before))) {
			before.evaluations = climb->evaluations;
			before.iterations = climb->iterations;
			*climb = before;
			return CSTN_OK;
		}
		/* a short step leaves the Hessian as good as it was */
		if (cstn__value_climb_slope(climb) <= enough &&
				(second || dot(n, way, way) < 1e-10))
			return CSTN_OK;
	}
	return status;
}
