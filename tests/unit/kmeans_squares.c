/* What makes k-means fast changes no number: sums by vectors, seeding, bounds. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/parallel.h"
#include "base/stats.h"
#include "segment/kmeans_squares.h"
#include "suite.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define ROWS CSTN__PACK_ROWS

static uint64_t drawn;

static double unit(void)
{
	return cstn__random_unit(21, drawn++);
}

/* A packed value: a multiple of 2^-24 that float32 holds, often 0 or at the limit. */
static float packed(void)
{
	double u = unit(), v = 2.0 * unit() - 1.0, at;

	if (u < 0.1)
		return 0.0f;
	if (u < 0.15)
		return v < 0.0 ? -128.0f : 128.0f;
	at = (double)(float)(v * ldexp(1.0, (int)(u * 30.0) - 22));
	return (float)(rint(at * CSTN__PACK_ONE) / CSTN__PACK_ONE);
}

/* Rows of so many blocks; a fifth of them stand twice. */
static void rows_init(cstn__kmeans_rows *rows, uint64_t n, size_t d)
{
	size_t size, i, l;

	memset(rows, 0, sizeof(*rows));
	ck_assert_int_eq(cstn__allocator_read(NULL, &rows->allocator, NULL), CSTN_OK);
	rows->n = rows->weight = n;
	rows->d = d;
	rows->blocks = (size_t)(n + ROWS - 1) / ROWS;
	size = rows->blocks * ROWS * d * sizeof(float);
	rows->z = cstn__alloc_aligned(&rows->allocator, size, 64);
	ck_assert_ptr_nonnull(rows->z);
	memset(rows->z, 0, size);
	for (i = 0; i < n; i++) {
		size_t twin = unit() < 0.2 && i ? (size_t)(unit() * (double)i) : i;

		for (l = 0; l < d; l++)
			rows->z[(i / ROWS * d + l) * ROWS + i % ROWS] =
					twin < i ? rows->z[(twin / ROWS * d + l) * ROWS +
								   twin % ROWS]
						 : packed();
	}
}

static uint64_t whole(double square, double times)
{
	uint64_t out = (uint64_t)(square * times);

	return square > 0.0 && out == 0 ? 1 : out;
}

/* As vectors must do it, row by row. */
static void plain_totals(const cstn__totals_asked *asked, const cstn__kmeans_rows *rows,
		double *nearest, cstn__u128 *totals)
{
	size_t i, c;

	for (i = 0; i < rows->blocks * ROWS; i++) {
		const double *at = asked->centres;

		if (asked->has_last) {
			double square = cstn__kmeans_distance(rows, i, at);

			nearest[i] = square < nearest[i] ? square : nearest[i];
			at += asked->d;
		}
		for (c = 0; c < asked->n; c++, at += asked->d) {
			double square = cstn__kmeans_distance(rows, i, at);

			totals[c] += whole(square < nearest[i] ? square : nearest[i], asked->unit);
		}
	}
}

START_TEST(sums_of_squares_by_vectors_are_those_of_rows)
{
	enum { MOST = 7 * ROWS };
	int round;

	drawn = 100;
	for (round = 0; round < 48; round++) {
		size_t d = 1 + (size_t)(round % 19), n = 1 + (size_t)(round % CSTN__TRIES_MAX), i;
		double centres[(1 + CSTN__TRIES_MAX) * 19], before[MOST], plain[MOST], fast[MOST];
		cstn__totals_asked asked = {centres, d, n, round % 3 == 0, 0, 0.0};
		cstn__kmeans_rows rows;
		int exponent;

		rows_init(&rows, 1 + (uint64_t)(unit() * (MOST - 1)), d);
		(void)frexp((double)d * 65536.0, &exponent);
		asked.unit = ldexp(1.0, 62 - exponent);
		for (i = 0; i < N(centres); i++)
			centres[i] = (double)packed();
		if (round % 4 == 1) /* centres that are rows: squares of 0 */
			for (i = 0; i < d; i++)
				centres[i] = cstn__kmeans_value(&rows, 0, i);
		for (i = 0; i < MOST; i++) {
			double u = unit();

			before[i] = u < 0.2   ? 0.0
				    : u < 0.3 ? 0x1p-48
				    : u < 0.6 ? (double)INFINITY
					      : ldexp(unit(), (int)(u * 40.0) - 25);
		}
		for (asked.simd = 1; asked.simd <= cstn__cpu_simd(); asked.simd++) {
			cstn__u128 wanted[CSTN__TRIES_MAX] = {0}, found[CSTN__TRIES_MAX] = {0};

			memcpy(plain, before, sizeof(plain));
			memcpy(fast, before, sizeof(fast));
			plain_totals(&asked, &rows, plain, wanted);
			cstn__kmeans_totals(&asked, rows.z, rows.blocks, fast, found);
			ck_assert_mem_eq(plain, fast, sizeof(plain));
			ck_assert_mem_eq(wanted, found, sizeof(wanted));
		}
		cstn__kmeans_rows_free(&rows);
	}
}
END_TEST

/* The greatest numbers there are, in as many rows as are added up at once. */
START_TEST(a_morsel_of_the_farthest_rows_is_added_exactly)
{
	double centres[2] = {-128.0, -128.0}, *nearest;
	cstn__totals_asked asked = {centres, 2, 1, 0, 0, 0x1p44};
	cstn__i128 sum, squares;
	cstn__kmeans_rows rows;
	uint64_t i;

	rows_init(&rows, CSTN__MORSEL_ROWS, 2);
	nearest = cstn__alloc(&rows.allocator, CSTN__MORSEL_ROWS * sizeof(double));
	ck_assert_ptr_nonnull(nearest);
	for (i = 0; i < CSTN__MORSEL_ROWS; i++)
		nearest[i] = (double)INFINITY;
	for (i = 0; i < rows.blocks * ROWS * 2; i++)
		rows.z[i] = i % 2 ? 128.0f : 127.99999f;
	for (asked.simd = 1; asked.simd <= cstn__cpu_simd(); asked.simd++) {
		cstn__u128 total = 0, wanted = 0;
		cstn__i128 all = 0, all_squares = 0;

		plain_totals(&asked, &rows, nearest, &wanted);
		cstn__kmeans_totals(&asked, rows.z, rows.blocks, nearest, &total);
		ck_assert(total == wanted);
		sum = squares = 0;
		cstn__kmeans_moments(asked.simd, rows.z, rows.blocks, 2, 1, &sum, &squares);
		for (i = 0; i < rows.n; i++) {
			int64_t z = (int64_t)(cstn__kmeans_value(&rows, i, 1) * CSTN__PACK_ONE);

			all += z;
			all_squares += z * z;
		}
		ck_assert(sum == all && squares == all_squares);
	}
	cstn__free(&rows.allocator, nearest, CSTN__MORSEL_ROWS * sizeof(double));
	cstn__kmeans_rows_free(&rows);
}
END_TEST

static void variance_and_start(const cstn__kmeans_rows *rows, size_t k, int simd, double *variance,
		double *centres)
{
	cstn__kmeans_plan plan = {rows, k, 1, simd, 10, 0, 0.0, NULL};
	cstn__kmeans_run run;

	ck_assert_int_eq(cstn__kmeans_run_init(&run, &plan, NULL), CSTN_OK);
	*variance = cstn__kmeans_mean_variance(rows, simd);
	ck_assert_int_eq(cstn__kmeans_seed(&run, 42, 1, NULL), CSTN_OK);
	memcpy(centres, run.centres.at, k * rows->d * sizeof(double));
	cstn__kmeans_run_free(&run);
}

/* Rows that weigh 1 each go row by row; rows without weights by vectors. */
START_TEST(seeding_by_vectors_draws_the_rows_that_weights_of_one_draw)
{
	enum { K = 9, D = 3 };
	static const uint64_t sizes[] = {K + 1, 1024, 1040, 2999, CSTN__MORSEL_ROWS + 77};
	uint32_t *ones;
	size_t i, s;
	int simd;

	drawn = 70000;
	for (s = 0; s < N(sizes); s++) {
		double slow[K * D], fast[K * D], wanted, variance;
		cstn__kmeans_rows rows;

		rows_init(&rows, sizes[s], D);
		ones = cstn__alloc(&rows.allocator, sizes[s] * sizeof(*ones));
		ck_assert_ptr_nonnull(ones);
		for (i = 0; i < sizes[s]; i++)
			ones[i] = 1;
		rows.weights = ones;
		variance_and_start(&rows, K, 1, &wanted, slow);
		rows.weights = NULL;
		for (simd = 1; simd <= cstn__cpu_simd(); simd++) {
			variance_and_start(&rows, K, simd, &variance, fast);
			ck_assert_mem_eq(slow, fast, sizeof(slow));
			ck_assert(variance == wanted);
		}
		cstn__free(&rows.allocator, ones, sizes[s] * sizeof(*ones));
		cstn__kmeans_rows_free(&rows);
	}
}
END_TEST

/* Every square is 0: there is nothing to draw by. */
START_TEST(rows_that_are_all_equal_are_seeded_too)
{
	double centres[3 * 2], variance;
	cstn__kmeans_rows rows;
	size_t i;

	drawn = 90000;
	rows_init(&rows, 2100, 2);
	for (i = 0; i < rows.blocks * ROWS * 2; i++)
		rows.z[i] = 1.5f;
	variance_and_start(&rows, 3, cstn__cpu_simd(), &variance, centres);
	for (i = 0; i < N(centres); i++)
		ck_assert_double_eq(centres[i], 1.5);
	cstn__kmeans_rows_free(&rows);
}
END_TEST

/* Values of which many distances are equal, of heaps of all sizes, or of any kind. */
static void hard_values(cstn__kmeans_rows *rows, int kind)
{
	size_t i, l;

	for (i = 0; i < rows->n && kind < 2; i++) {
		double size = ldexp(1.0, (int)(i % 7) - 5), middle = (double)(i * 37 % 41) - 20.0;

		for (l = 0; l < rows->d; l++)
			rows->z[(i / ROWS * rows->d + l) * ROWS + i % ROWS] =
					kind == 0 ? (float)floor(6.0 * unit())
						  : (float)(rint((middle * (double)(l % 3) +
										 size * unit()) *
									    0x1p16) *
								    0x1p-16);
	}
}

/* What bounds say is so: of the centres that the last pass went by. */
static void check_bounds(const cstn__kmeans_run *run)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	uint64_t row;
	size_t j;

	for (row = 0; row < rows->n; row++)
		for (j = 0; j < run->plan->k; j++) {
			double way = sqrt(cstn__kmeans_distance(
					rows, row, run->centres.at + j * rows->d));

			if (j == run->labels[row])
				ck_assert_double_ge((double)run->upper[row], way);
			else
				ck_assert_double_le((double)run->lower[row], way);
		}
}

START_TEST(bounds_hold_and_change_no_label_and_no_iteration)
{
	static const size_t ks[] = {2, 17, 49, 100};
	uint64_t converged = 0;
	int round, simd;

	drawn = 120000;
	for (round = 0; round < 12; round++) {
		size_t k = ks[round % 4], d = 1 + (size_t)(round % 5) * 2, n;
		int32_t most = round % 2 ? 100 : 1 + round / 2;
		cstn__kmeans_rows rows;

		n = k + (size_t)(unit() * 400.0);
		rows_init(&rows, n, d);
		hard_values(&rows, round % 3);
		/* no cluster can stay empty */
		ck_assert_int_eq(cstn__kmeans_distinct(&rows, k, &k, NULL), CSTN_OK);
		for (simd = 1; simd <= cstn__cpu_simd(); simd++) {
			cstn__kmeans_plan plain = {&rows, k, 1, simd, most, 0, 0.0, NULL};
			cstn__kmeans_plan bounded = {&rows, k, 1, simd, most, 1, 0.0, NULL};
			cstn__kmeans_run a, b;
			size_t i;

			ck_assert_int_eq(cstn__kmeans_run_init(&a, &plain, NULL), CSTN_OK);
			ck_assert_int_eq(cstn__kmeans_run_init(&b, &bounded, NULL), CSTN_OK);
			for (i = 0; i < k * d; i++) /* the first rows, some of them equal */
				a.centres.at[i] = b.centres.at[i] =
						cstn__kmeans_value(&rows, i / d, i % d);
			ck_assert_int_eq(cstn__kmeans_iterate(&a, NULL), CSTN_OK);
			ck_assert_int_eq(cstn__kmeans_iterate(&b, NULL), CSTN_OK);
			ck_assert_int_eq(a.iterations, b.iterations);
			ck_assert_int_eq(a.converged, b.converged);
			ck_assert_mem_eq(a.labels, b.labels, n * sizeof(*a.labels));
			ck_assert_mem_eq(a.centres.at, b.centres.at, k * d * sizeof(double));
			if (b.converged) {
				check_bounds(&b);
				converged++;
			}
			cstn__kmeans_run_free(&a);
			cstn__kmeans_run_free(&b);
		}
		cstn__kmeans_rows_free(&rows);
	}
	ck_assert_uint_ge(converged, 4);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {sums_of_squares_by_vectors_are_those_of_rows,
			a_morsel_of_the_farthest_rows_is_added_exactly,
			seeding_by_vectors_draws_the_rows_that_weights_of_one_draw,
			rows_that_are_all_equal_are_seeded_too,
			bounds_hold_and_change_no_label_and_no_iteration};

	return run_tests("k-means squares", tests, N(tests));
}
