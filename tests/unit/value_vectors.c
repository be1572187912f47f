/* What makes value models fast changes no number: second derivatives, instruction sets, cells. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/stats.h"
#include "segment/value_cells.h"
#include "suite.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const int32_t dying[] = {CSTN__VALUE_BGNBD, CSTN__VALUE_MBGNBD};

static double between(uint64_t *counter, double low, double high)
{
	return low * exp(cstn__random_unit(11, (*counter)++) * log(high / low));
}

static cstn__value_model any_model(int32_t kind, uint64_t *counter)
{
	cstn__value_model model = {kind, 1, 0, 4, {0}};
	int i;

	model.simd = cstn__cpu_simd();
	for (i = 0; i < 4; i++)
		model.theta[i] = between(counter, 0.05, 50.0);
	return model;
}

/* Rows of all sorts, sorted by x or not, in any number. */
static void any_chunk(uint64_t *counter, int32_t n, int sorted, cstn__value_chunk *out)
{
	int32_t i;

	memset(out, 0, sizeof(*out));
	out->n = n;
	for (i = 0; i < n; i++) {
		double u = cstn__random_unit(12, (*counter)++);

		out->x[i] = sorted ? floor(i / 5.0) : floor(120.0 * u * u * u);
		out->age[i] = between(counter, 0.1, 1000.0);
		out->tx[i] = out->x[i] > 0.0 ? out->age[i] * cstn__random_unit(12, (*counter)++)
					     : 0.0;
		if (i % 17 == 0 && out->x[i] > 0.0)
			out->tx[i] = out->age[i];
	}
}

START_TEST(second_derivatives_are_the_differences_of_gradients)
{
	static const int pair[4][4] = {{0, 1, 2, 3}, {1, 4, 5, 6}, {2, 5, 7, 8}, {3, 6, 8, 9}};
	uint64_t counter = 0;
	int32_t i, p, q, round;

	for (round = 0; round < 40; round++) {
		cstn__value_model model = any_model(dying[round % 2], &counter);
		cstn__value_terms at, up, down;
		cstn__value_chunk chunk;

		any_chunk(&counter, 13, round % 3, &chunk);
		cstn__value_terms_of(&model, &chunk, 2, &at);
		for (p = 0; p < 4; p++) {
			cstn__value_model moved = model;
			double step = 1e-4 * model.theta[p];

			moved.theta[p] = model.theta[p] + step;
			cstn__value_terms_of(&moved, &chunk, 1, &up);
			moved.theta[p] = model.theta[p] - step;
			cstn__value_terms_of(&moved, &chunk, 1, &down);
			for (q = 0; q < 4; q++)
				for (i = 0; i < chunk.n; i++) {
					double slope = (up.gradient[q][i] - down.gradient[q][i]) /
						       (2.0 * step);
					double scale = model.theta[p] * model.theta[q];
					double got = at.second[pair[p][q]][i];

					ck_assert_msg(fabs(got - slope) * scale <
									1e-5 * (1.0 + chunk.x[i]),
							"%d %d x %g: %g, by differences %g", p, q,
							chunk.x[i], got, slope);
				}
		}
	}
}
END_TEST

START_TEST(every_instruction_set_gives_the_same_bytes)
{
	uint64_t counter = 5000;
	int32_t n, simd, p, level;

	for (n = 1; n <= 35; n += n < 18 ? 1 : 17)
		for (level = -1; level <= 2; level++) {
			cstn__value_model model = any_model(dying[n % 2], &counter);
			cstn__value_terms one, other;
			cstn__value_chunk chunk;
			size_t size = (size_t)n * sizeof(double);

			any_chunk(&counter, n, n % 3 == 0, &chunk);
			model.simd = 1;
			cstn__value_terms_of(&model, &chunk, level, &one);
			for (simd = 2; simd <= cstn__cpu_simd(); simd++) {
				model.simd = simd;
				cstn__value_terms_of(&model, &chunk, level, &other);
				ck_assert_mem_eq(one.log_alive, other.log_alive, size);
				if (level >= 0)
					ck_assert_mem_eq(one.loglik, other.loglik, size);
				for (p = 0; level > 0 && p < 4; p++)
					ck_assert_mem_eq(one.gradient[p], other.gradient[p], size);
				for (p = 0; level > 1 && p < CSTN__VALUE_PAIRS; p++)
					ck_assert_mem_eq(one.second[p], other.second[p], size);
			}
		}
}
END_TEST

START_TEST(a_row_has_the_same_bytes_alone_and_among_others)
{
	uint64_t counter = 9000;
	int32_t round, i;

	for (round = 0; round < 20; round++) {
		cstn__value_model model = any_model(dying[round % 2], &counter);
		cstn__value_terms terms;
		cstn__value_chunk chunk;

		any_chunk(&counter, 100, round % 2, &chunk);
		cstn__value_terms_of(&model, &chunk, 1, &terms);
		for (i = 0; i < chunk.n; i++) {
			cstn__value_row row = {chunk.x[i], chunk.tx[i], chunk.age[i], 0.0};
			double alone = cstn__value_loglik(&model, &row);

			ck_assert_mem_eq(&alone, &terms.loglik[i], sizeof(alone));
			alone = cstn__value_log_alive(&model, &row);
			ck_assert_mem_eq(&alone, &terms.log_alive[i], sizeof(alone));
		}
	}
}
END_TEST

START_TEST(who_cannot_have_left_is_surely_alive)
{
	cstn__value_model model = {CSTN__VALUE_BGNBD, 1, 1, 4, {0.2, 4.4, 0.8, 2.4}};
	cstn__value_row row = {0.0, 0.0, 1e5, 0.0};

	ck_assert_double_eq(cstn__value_log_alive(&model, &row), 0.0);
	/* and who was busy long ago surely is not, however small the number */
	row = (cstn__value_row){1e5, 10.0, 1e5, 0.0};
	ck_assert_double_lt(cstn__value_log_alive(&model, &row), -1e5);
	ck_assert(isfinite(cstn__value_log_alive(&model, &row)));
}
END_TEST

START_TEST(cells_give_h)
{
	cstn_allocator memory;
	uint64_t counter = 20000;
	int32_t round, i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	for (round = 0; round < 60; round++) {
		cstn__value_model model = any_model(dying[round % 2], &counter);
		cstn__value_cells *cells =
				cstn__value_cells_new(&memory, &model, 2, round % 3 ? 2048 : 64);
		double e = round % 2, t[2] = {between(&counter, 0.1, 500.0), 0.0};

		ck_assert_ptr_nonnull(cells);
		for (i = 0; i < 40; i++) {
			cstn__value_row row = {floor(40.0 * cstn__random_unit(13, counter++)), 0.0,
					between(&counter, 0.01, 2000.0), 0.0};
			double h = cstn__value_h(model.theta[0] + row.x, model.theta[1] + row.age,
					model.theta[2], model.theta[3] + row.x + e, t[0]);
			double got = cstn__value_cells_h(cells, &row, t[0], 0);

			ck_assert_msg(fabs(got - h) < 2e-12 * h, "x %g T %g t %g: %.17g, %.17g",
					row.x, row.age, t[0], got, h);
			/* a number does not depend on what was asked before */
			ck_assert(cstn__value_cells_h(cells, &row, t[0], 0) == got);
			ck_assert_double_eq(cstn__value_cells_h(cells, &row, t[1], 1), 0.0);
		}
		cstn__value_cells_free(cells);
	}
}
END_TEST

/* What is asked for alone takes another way than with the likelihood. */
START_TEST(alive_is_the_same_with_and_without_the_likelihood)
{
	uint64_t counter = 30000;
	int32_t round, simd;

	for (round = 0; round < 60; round++) {
		cstn__value_model model = any_model(dying[round % 2], &counter);
		cstn__value_terms with, without;
		cstn__value_chunk chunk;

		any_chunk(&counter, 1 + round * 4, round % 3, &chunk);
		for (simd = 1; simd <= cstn__cpu_simd(); simd++) {
			model.simd = simd;
			cstn__value_terms_of(&model, &chunk, 0, &with);
			cstn__value_terms_of(&model, &chunk, -1, &without);
			ck_assert_mem_eq(with.log_alive, without.log_alive,
					(size_t)chunk.n * sizeof(double));
		}
	}
}
END_TEST

/* Rows whose cells drive each other out, that have no cell, or that lie where a cell ends. */
static void hard_rows(
		uint64_t *counter, const cstn__value_model *model, size_t n, double *x, double *age)
{
	size_t i;

	for (i = 0; i < n; i++) {
		double alpha = model->theta[1];

		x[i] = floor(3.0 * cstn__random_unit(14, (*counter)++));
		age[i] = between(counter, 100.0, 120.0);
		switch (i % 23) {
		case 3: /* two octaves on, the same slot among 64 */
			age[i] = i ? 4.0 * (alpha + age[i - 1]) - alpha : 0.0;
			x[i] = i ? x[i - 1] : 0.0;
			break;
		case 9:
			x[i] = 31.0 + (double)(i % 2);
			break;
		case 13:
			age[i] = alpha > 1e-3 ? 2e12 : 0.0;
			break;
		case 17:
			age[i] = ldexp(1.0 + (double)(i % 8) / 8.0, 9) - alpha;
			break;
		case 19:
			age[i] = nextafter(ldexp(1.0 + (double)(i % 8) / 8.0, 9) - alpha, 0.0);
			break;
		default:
			break;
		}
	}
}

START_TEST(cells_of_many_rows_are_those_of_each)
{
	enum { ROWS = 70 };
	double x[ROWS], age[ROWS], many[ROWS], one;
	cstn_allocator memory;
	uint64_t counter = 40000;
	int32_t round, simd;
	size_t i, n;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	for (round = 0; round < 8; round++) {
		cstn__value_model model = any_model(dying[round % 2], &counter);
		double t = round % 8 == 7 ? 0.0 : between(&counter, 0.1, 500.0);
		size_t times = round % 6 == 5 ? 300 : 3; /* 300: too many for cells */

		n = round % 5 ? ROWS : (size_t)round;
		if (round % 4 == 3)
			model.theta[1] = 1e-7; /* with T = 0 below all cells */
		hard_rows(&counter, &model, n, x, age);
		if (round % 4 == 3)
			age[0] = 0.0;
		for (simd = 1; simd <= cstn__cpu_simd(); simd++) {
			cstn__value_cells *cells, *alone;

			model.simd = simd;
			cells = cstn__value_cells_new(
					&memory, &model, times, round % 2 ? 64 : 2048);
			alone = cstn__value_cells_new(&memory, &model, times, 64);
			ck_assert(cells && alone);
			/* the second time every cell may be there */
			cstn__value_cells_each(cells, x, age, n, t, 2, many);
			cstn__value_cells_each(cells, x, age, n, t, 2, many);
			for (i = 0; i < n; i++) {
				cstn__value_row row = {x[i], 0.0, age[i], 0.0};

				one = cstn__value_cells_h(alone, &row, t, 2);
				ck_assert_msg(memcmp(&one, &many[i], sizeof(one)) == 0,
						"row %zu of %zu, x %g T %.17g t %g: %.17g, %.17g",
						i, n, x[i], age[i], t, many[i], one);
			}
			cstn__value_cells_free(cells);
			cstn__value_cells_free(alone);
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {second_derivatives_are_the_differences_of_gradients,
			every_instruction_set_gives_the_same_bytes,
			a_row_has_the_same_bytes_alone_and_among_others,
			who_cannot_have_left_is_surely_alive, cells_give_h,
			alive_is_the_same_with_and_without_the_likelihood,
			cells_of_many_rows_are_those_of_each};

	return run_tests("value vectors", tests, N(tests));
}
