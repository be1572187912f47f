/* Hierarchies made to add up, against dense least squares and the conditions of an optimum. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "demand/coherent.h"
#include "suite.h"

#define MOST 260

/* A hierarchy over leaves, with all that is needed to solve on it. */
typedef struct rig {
	cstn_allocator memory;
	cstn__hierarchy h;
	cstn__pass_weights weights;
	cstn__coherent_room room;
	cstn_reconcile_options how;
	uint8_t below[MOST][MOST]; /* [slot][leaf]: the leaf lies below the slot */
	double y[MOST], what;
} rig;

static double unit(uint64_t seed, uint64_t i)
{
	return cstn__random_unit(seed, i);
}

static void rig_open(rig *g, const cstn__edge *edges, size_t n, size_t nodes, size_t trees)
{
	cstn_error *error = NULL;
	size_t i, t, v;
	uint32_t c;

	memset(g, 0, sizeof(*g));
	ck_assert_int_eq(cstn__allocator_read(NULL, &g->memory, NULL), CSTN_OK);
	g->h.allocator = g->memory;
	cstn__ids_init(&g->h.ids, &g->memory, 0);
	g->h.ids.type = CSTN_TYPE_INT64;
	for (i = 0; i < nodes; i++)
		ck_assert_uint_eq(cstn__ids_of_i64(&g->h.ids, (int64_t)i), i);
	ck_assert_msg(cstn__hierarchy_build(&g->h, edges, n, trees, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	ck_assert_int_eq(cstn__pass_weights_new(&g->weights, &g->h, &g->memory), 0);
	for (t = 0; t < g->h.n_trees; t++) {
		const cstn__tree *tree = &g->h.trees[t];

		for (v = tree->n; v-- > 0;) {
			uint32_t slot = tree->slot[v];

			if (g->h.is_leaf[slot])
				g->below[slot][slot] = 1;
			for (c = tree->first[v]; c < tree->first[v + 1]; c++)
				for (i = 0; i < nodes; i++)
					g->below[slot][i] |= g->below[tree->slot[c]][i];
		}
	}
}

static void rig_close(rig *g)
{
	cstn__coherent_room_free(&g->room, &g->h, &g->memory);
	cstn__pass_weights_free(&g->weights, &g->h, &g->memory);
	cstn__hierarchy_free(&g->h);
}

/* y to room.x under g->how and the weights. */
static int rig_solve(rig *g)
{
	int failed;

	cstn__coherent_room_free(&g->room, &g->h, &g->memory);
	ck_assert_int_eq(cstn__coherent_room_new(&g->room, &g->h, &g->how, &g->memory), 0);
	cstn__pass_weights_set(
			&g->h, g->weights.w, NULL, g->weights.keep, g->weights.share, g->room.x);
	memcpy(g->room.y, g->y, g->h.n * sizeof(double));
	failed = cstn__coherent(&g->room, &g->h, &g->weights, &g->how, &g->what);
	return failed;
}

/* A random tree of n nodes, deep for odd seeds; each node but the first hangs on one before it. */
static size_t random_tree(uint64_t seed, size_t n, cstn__edge *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		size_t reach = seed % 2 && i > 4 ? 4 : i;
		uint32_t parent = i ? (uint32_t)(i - 1 - (size_t)(unit(seed, i) * (double)reach))
				    : CSTN__NO_NODE;

		out[i] = (cstn__edge){(uint32_t)i, parent, 0, 0, 0.0};
	}
	return n;
}

static void random_numbers(rig *g, uint64_t seed, double below_zero)
{
	size_t i;

	for (i = 0; i < g->h.n; i++) {
		g->y[i] = (unit(seed, i) - below_zero) * (g->h.is_leaf[i] ? 10 : 40);
		g->weights.w[i] = pow(10, 4 * unit(seed + 7, i) - 2);
	}
}

/* --- the reference ---------------------------------------------------------------------------- */

/* Solve a x = b of n unknowns by elimination with pivots; both are worked with. */
static void eliminate(size_t n, double (*a)[MOST], double *b, double *x)
{
	size_t i, j, k;

	for (k = 0; k < n; k++) {
		size_t best = k;

		for (i = k + 1; i < n; i++)
			if (fabs(a[i][k]) > fabs(a[best][k]))
				best = i;
		for (j = 0; j < n; j++) {
			double moved = a[k][j];

			a[k][j] = a[best][j];
			a[best][j] = moved;
		}
		x[0] = b[k];
		b[k] = b[best];
		b[best] = x[0];
		for (i = k + 1; i < n; i++) {
			double by = a[i][k] / a[k][k];

			for (j = k; j < n; j++)
				a[i][j] -= by * a[k][j];
			b[i] -= by * b[k];
		}
	}
	for (k = n; k-- > 0;) {
		x[k] = b[k];
		for (j = k + 1; j < n; j++)
			x[k] -= a[k][j] * x[j];
		x[k] /= a[k][k];
	}
}

/* Dense weighted least squares: (S' W^-1 S) leaf = S' W^-1 y. Leaves to `out` by slot. */
static void dense(const rig *g, double *out)
{
	static double a[MOST][MOST], b[MOST], x[MOST];
	static size_t leaf[MOST];
	size_t n = 0, i, j, v;

	for (v = 0; v < g->h.n; v++)
		if (g->h.is_leaf[v])
			leaf[n++] = v;
	for (i = 0; i < n; i++) {
		b[i] = 0;
		for (j = 0; j < n; j++)
			a[i][j] = 0;
		for (v = 0; v < g->h.n; v++) {
			if (!g->below[v][leaf[i]])
				continue;
			b[i] += g->y[v] / g->weights.w[v];
			for (j = 0; j < n; j++)
				if (g->below[v][leaf[j]])
					a[i][j] += 1 / g->weights.w[v];
		}
	}
	eliminate(n, a, b, x);
	for (i = 0; i < n; i++)
		out[leaf[i]] = x[i];
}

static double scale_of(const rig *g)
{
	double most = 0;
	size_t v;

	for (v = 0; v < g->h.n; v++)
		most = fmax(most, fabs(g->y[v]));
	return most;
}

static void check_coherent(const rig *g)
{
	size_t v, i;

	for (v = 0; v < g->h.n; v++) {
		double sum = 0;

		for (i = 0; i < g->h.n; i++)
			sum += g->below[v][i] ? g->room.x[i] : 0;
		ck_assert_double_eq_tol(g->room.x[v], sum, 1e-9 * (1 + scale_of(g)));
	}
}

static void check_dense(rig *g, double room)
{
	static double expected[MOST];
	size_t v;

	dense(g, expected);
	for (v = 0; v < g->h.n; v++)
		if (g->h.is_leaf[v])
			ck_assert_double_eq_tol(
					g->room.x[v], expected[v], room * (1 + scale_of(g)));
	check_coherent(g);
}

/* --- trees ------------------------------------------------------------------------------------ */

static size_t cases_of(size_t usual)
{
	const char *text = getenv("CSTN_TEST_RECONCILE");

	return text ? strtoul(text, NULL, 10) : usual;
}

START_TEST(two_passes_over_a_tree_are_dense_least_squares)
{
	static rig g;
	static cstn__edge edges[MOST];
	size_t i, cases = cases_of(12);

	for (i = 0; i < cases; i++) {
		size_t n = i ? 2 + (size_t)(unit(3, i) * 60) : 200;

		rig_open(&g, edges, random_tree(i + 10, n, edges), n, 1);
		random_numbers(&g, i + 100, 0.3);
		ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
		check_dense(&g, 1e-9);
		rig_close(&g);
	}
}
END_TEST

/* Leaves in a grid: rows and columns are crossed levels, with totals over both. */
static size_t grid(size_t rows, size_t columns, cstn__edge *out)
{
	size_t leaves = rows * columns, i, n = 0;
	uint32_t total = (uint32_t)(leaves + rows + columns);

	for (i = 0; i < leaves; i++) {
		out[n++] = (cstn__edge){(uint32_t)i, (uint32_t)(leaves + i / columns), 0, 0, 0.0};
		out[n++] = (cstn__edge){
				(uint32_t)i, (uint32_t)(leaves + rows + i % columns), 1, 0, 0.0};
	}
	for (i = 0; i < rows; i++)
		out[n++] = (cstn__edge){(uint32_t)(leaves + i), total, 0, 0, 0.0};
	for (i = 0; i < columns; i++)
		out[n++] = (cstn__edge){(uint32_t)(leaves + rows + i), total, 1, 0, 0.0};
	return n;
}

START_TEST(crossed_levels_are_dense_least_squares)
{
	static rig g;
	static cstn__edge edges[3 * MOST];
	size_t i, cases = cases_of(6);

	for (i = 0; i < cases; i++) {
		size_t rows = 2 + (size_t)(unit(5, i) * 10), columns = 2 + (size_t)(unit(6, i) * 6);

		rig_open(&g, edges, grid(rows, columns, edges), rows * columns + rows + columns + 1,
				2);
		random_numbers(&g, i + 300, 0.3);
		ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
		check_dense(&g, 1e-8);
		rig_close(&g);
	}
}
END_TEST

START_TEST(conjugate_gradients_that_run_out_of_steps_say_how_far_they_came)
{
	static rig g;
	static cstn__edge edges[3 * MOST];

	rig_open(&g, edges, grid(9, 8, edges), 90, 2);
	random_numbers(&g, 1, 0.3);
	g.how.max_steps = 1;
	ck_assert_int_eq(rig_solve(&g), CSTN__NOT_CONVERGED);
	ck_assert(g.what > 1e-10 && g.what < 1e3);
	g.how.max_steps = 0;
	ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
	rig_close(&g);
}
END_TEST

START_TEST(structural_weights_count_leaves)
{
	static rig g;
	static cstn__edge edges[3 * MOST];
	size_t v, i;

	rig_open(&g, edges, grid(3, 5, edges), 24, 2);
	cstn__structural_weights(&g.h, g.weights.w);
	for (v = 0; v < g.h.n; v++) {
		double leaves = 0;

		for (i = 0; i < g.h.n; i++)
			leaves += g.below[v][i];
		ck_assert_double_eq(g.weights.w[v], leaves);
	}
	rig_close(&g);
}
END_TEST

/* --- nothing below 0 -------------------------------------------------------------------------- */

/* Karush, Kuhn and Tucker: leaves at 0 or above; the gradient is 0 where above, not below 0 where
 * at 0. */
static void check_optimal(const rig *g, double room)
{
	size_t v, leaf;

	for (leaf = 0; leaf < g->h.n; leaf++) {
		double gradient = 0, diagonal = 0;

		if (!g->h.is_leaf[leaf])
			continue;
		for (v = 0; v < g->h.n; v++)
			if (g->below[v][leaf]) {
				gradient += (g->room.x[v] - g->y[v]) / g->weights.w[v];
				diagonal += 1 / g->weights.w[v];
			}
		gradient /= diagonal * (1 + scale_of(g));
		ck_assert_double_ge(g->room.x[leaf], 0);
		ck_assert_double_ge(gradient, -room);
		if (g->room.x[leaf] > 0)
			ck_assert_double_le(gradient, room);
	}
	check_coherent(g);
}

START_TEST(leaves_below_0_meet_the_conditions_of_an_optimum)
{
	static rig g;
	static cstn__edge edges[MOST];
	size_t i, v, at_zero = 0, cases = cases_of(30);

	for (i = 0; i < cases; i++) {
		size_t n = 2 + (size_t)(unit(13, i) * 120);

		rig_open(&g, edges, random_tree(i + 500, n, edges), n, 1);
		random_numbers(&g, i + 600, 0.2 + 0.5 * unit(14, i));
		g.how.flags = CSTN_RECONCILE_NOT_NEGATIVE;
		ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
		check_optimal(&g, 1e-9);
		for (v = 0; v < n; v++)
			at_zero += !(g.room.x[v] > 0);
		rig_close(&g);
	}
	ck_assert_uint_gt(at_zero, cases);
}
END_TEST

START_TEST(crossed_leaves_below_0_meet_them_too)
{
	static rig g;
	static cstn__edge edges[3 * MOST];
	size_t i, cases = cases_of(6);

	for (i = 0; i < cases; i++) {
		rig_open(&g, edges, grid(8, 6, edges), 63, 2);
		random_numbers(&g, i + 900, 0.2 + 0.5 * unit(15, i));
		g.how.flags = CSTN_RECONCILE_NOT_NEGATIVE;
		ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
		check_optimal(&g, 1e-7);
		rig_close(&g);
	}
}
END_TEST

START_TEST(from_the_top_roots_stay_and_nothing_falls_below_0)
{
	static rig g;
	static cstn__edge edges[MOST];
	size_t i, v, n = 80;

	for (i = 0; i < 8; i++) {
		rig_open(&g, edges, random_tree(i + 1500, n, edges), n, 1);
		random_numbers(&g, i + 1600, 0.4);
		g.how.method = CSTN_RECONCILE_TOP_DOWN;
		ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
		ck_assert_double_eq_tol(g.room.x[0], g.y[0], 1e-9 * scale_of(&g));
		check_coherent(&g);
		g.how.flags = CSTN_RECONCILE_NOT_NEGATIVE;
		ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
		ck_assert_double_eq_tol(g.room.x[0], fmax(0, g.y[0]), 1e-9 * scale_of(&g));
		for (v = 0; v < n; v++)
			ck_assert_double_ge(g.room.x[v], 0);
		rig_close(&g);
	}
}
END_TEST

START_TEST(from_the_top_is_where_least_squares_goes_as_parents_become_certain)
{
	static rig g;
	static cstn__edge edges[MOST];
	static double limit[MOST];
	static const uint32_t parents[] = {CSTN__NO_NODE, 0, 0, 1, 1, 1, 2, 2};
	size_t v;

	for (v = 0; v < 8; v++)
		edges[v] = (cstn__edge){(uint32_t)v, parents[v], 0, 0, 0.0};
	rig_open(&g, edges, 8, 8, 1);
	random_numbers(&g, 4, 0.3);
	g.how.method = CSTN_RECONCILE_TOP_DOWN;
	ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
	memcpy(limit, g.room.x, 8 * sizeof(*limit));
	g.how.method = CSTN_RECONCILE_LEAST_SQUARES;
	g.weights.w[0] *= 1e-16;
	g.weights.w[1] *= 1e-8;
	g.weights.w[2] *= 1e-8;
	ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
	for (v = 0; v < 8; v++)
		ck_assert_double_eq_tol(g.room.x[v], limit[v], 1e-4);
	g.how.method = CSTN_RECONCILE_BOTTOM_UP;
	ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
	for (v = 3; v < 8; v++)
		ck_assert_double_eq(g.room.x[v], g.y[v]);
	check_coherent(&g);
	rig_close(&g);
}
END_TEST

/* --- whole numbers ---------------------------------------------------------------------------- */

START_TEST(whole_numbers_add_up_and_lie_within_1_of_what_they_were)
{
	static rig g;
	static cstn__edge edges[3 * MOST];
	static double before[MOST];
	size_t i, v;

	for (i = 0; i < 12; i++) {
		size_t n = i % 2 ? 63 : 5 + (size_t)(unit(18, i) * 150);

		if (i % 2)
			rig_open(&g, edges, grid(8, 6, edges), n, 2);
		else
			rig_open(&g, edges, random_tree(i + 1800, n, edges), n, 1);
		random_numbers(&g, i + 1900, i % 3 ? 0.3 : 0);
		ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
		memcpy(before, g.room.x, n * sizeof(double));
		g.how.flags = CSTN_RECONCILE_INTEGERS;
		ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
		check_coherent(&g);
		for (v = 0; v < n; v++) {
			ck_assert_double_eq(g.room.x[v], floor(g.room.x[v]));
			if (v < g.h.trees[0].n)
				ck_assert_double_lt(fabs(g.room.x[v] - before[v]), 1);
		}
		ck_assert_double_le(fabs(g.room.x[0] - before[0]), 0.5);
		rig_close(&g);
	}
}
END_TEST

START_TEST(a_scale_of_two_to_the_k_changes_nothing_but_the_scale)
{
	static rig g;
	static cstn__edge edges[MOST];
	static double once[MOST];
	static const int powers[] = {-300, -60, 40, 300};
	size_t i, v, n = 100;

	rig_open(&g, edges, random_tree(77, n, edges), n, 1);
	random_numbers(&g, 78, 0.5);
	g.how.flags = CSTN_RECONCILE_NOT_NEGATIVE;
	ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
	memcpy(once, g.room.x, n * sizeof(*once));
	for (i = 0; i < 4; i++) {
		static double kept[MOST];

		memcpy(kept, g.y, sizeof(kept));
		for (v = 0; v < n; v++)
			g.y[v] = ldexp(g.y[v], powers[i]);
		ck_assert_int_eq(rig_solve(&g), CSTN__COHERENT);
		for (v = 0; v < n; v++)
			ck_assert(!(g.room.x[v] > ldexp(once[v], powers[i])) &&
					!(g.room.x[v] < ldexp(once[v], powers[i])));
		memcpy(g.y, kept, sizeof(kept));
	}
	rig_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {two_passes_over_a_tree_are_dense_least_squares,
			crossed_levels_are_dense_least_squares,
			conjugate_gradients_that_run_out_of_steps_say_how_far_they_came,
			structural_weights_count_leaves,
			leaves_below_0_meet_the_conditions_of_an_optimum,
			crossed_leaves_below_0_meet_them_too,
			from_the_top_roots_stay_and_nothing_falls_below_0,
			from_the_top_is_where_least_squares_goes_as_parents_become_certain,
			whole_numbers_add_up_and_lie_within_1_of_what_they_were,
			a_scale_of_two_to_the_k_changes_nothing_but_the_scale};

	return run_tests("reconcile_passes", tests, sizeof(tests) / sizeof(tests[0]));
}
