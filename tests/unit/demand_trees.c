/* Boosted trees: bins, cuts that an exhaustive search finds too, sums that do not depend on
 * threads. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/stats.h"
#include "demand/trees.h"

#include "failing_allocator.h"
#include "suite.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define COLUMNS 5

static uint64_t drawn;

static double unit(void)
{
	return cstn__random_unit(8, drawn++);
}

typedef struct sample {
	size_t n;
	double *x, *y;
	uint8_t *rows;
	cstn__bins bins;
	cstn_allocator memory;
} sample;

/* Five columns: a wave, few values, a constant, noise, and one that bends; targets not negative. */
static void sample_of(sample *of, size_t n, size_t most)
{
	size_t i, c;

	of->n = n;
	of->x = malloc((n + 1) * COLUMNS * sizeof(double));
	of->y = malloc((n + 1) * sizeof(double));
	ck_assert(of->x != NULL && of->y != NULL);
	for (i = 0; i < n; i++) {
		double *x = of->x + i * COLUMNS;

		for (c = 0; c < COLUMNS; c++)
			x[c] = 4.0 * unit() - 2.0;
		x[1] = floor(2.0 * x[1]);
		x[2] = 7.0;
		of->y[i] = floor(3.0 * unit() + x[4] * x[4] + (x[0] > 0.5 ? 4.0 : 0.0) +
				 (x[1] > 0.0));
	}
	ck_assert_int_eq(cstn__allocator_read(NULL, &of->memory, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__bins_make(&of->bins, &of->memory, of->x, n, COLUMNS, most), 0);
	of->rows = malloc((n + 1) * of->bins.stride);
	ck_assert_ptr_nonnull(of->rows);
	for (i = 0; i < n; i++)
		cstn__bins_row(&of->bins, of->x + i * COLUMNS, of->rows + i * of->bins.stride);
}

/* The bin of a column in row i. */
static size_t bin_of(const sample *of, size_t i, size_t c)
{
	const cstn__bins *bins = &of->bins;

	return bins->bin[c * CSTN__BINS_MOST + of->rows[i * bins->stride + bins->byte[c]]];
}

static void sample_free(sample *of)
{
	cstn__bins_free(&of->bins);
	free(of->rows);
	free(of->x);
	free(of->y);
}

static void fit(sample *of, const cstn__boost *boost, cstn__trees *trees)
{
	ck_assert_int_eq(cstn__trees_fit(trees, boost, &of->bins, of->rows, of->y, of->n,
					 &of->memory, NULL, NULL),
			CSTN_OK);
}

static double squared_error(const sample *of, const cstn__trees *trees)
{
	double sum = 0.0;
	size_t i;

	for (i = 0; i < of->n; i++) {
		double e = of->y[i] - cstn__trees_at(trees, of->x + i * COLUMNS);

		sum += e * e;
	}
	return sum / (double)of->n;
}

START_TEST(a_bin_is_the_number_of_cuts_below)
{
	static const size_t most[] = {2, 3, 16, 255, 256};
	sample of;
	size_t k, i, c, b;

	for (k = 0; k < N(most); k++) {
		sample_of(&of, 3000, most[k]);
		for (c = 0; c < COLUMNS; c++) {
			const double *cuts = of.bins.cuts + c * CSTN__BINS_MOST;

			ck_assert_uint_lt(of.bins.count[c], most[k]);
			for (i = 0; i < of.n; i++) {
				size_t below = 0;

				for (b = 0; b < of.bins.count[c]; b++)
					below += cuts[b] < of.x[i * COLUMNS + c];
				ck_assert_uint_eq(bin_of(&of, i, c), below);
			}
		}
		sample_free(&of);
	}
}
END_TEST

START_TEST(values_that_differ_have_bins_of_their_own_while_there_are_enough)
{
	sample of;
	size_t i;

	sample_of(&of, 500, 8);
	ck_assert_uint_eq(of.bins.count[1], 7); /* -4 to 3 */
	ck_assert_uint_eq(of.bins.count[2], 0);
	for (i = 0; i < of.n; i++)
		ck_assert_double_eq((double)bin_of(&of, i, 1), of.x[i * COLUMNS + 1] + 4.0);
	sample_free(&of);
}
END_TEST

START_TEST(columns_of_few_bins_share_a_byte)
{
	sample of;

	sample_of(&of, 3000, 256);
	/* 256 bins, 8, 1; 256, 256 */
	ck_assert_uint_eq(of.bins.bytes, 4);
	ck_assert_uint_eq(of.bins.byte[0], of.bins.byte[2]);
	ck_assert_uint_eq(of.bins.byte[1], 1);
	sample_free(&of);
	sample_of(&of, 3000, 16);
	/* 16 by 8 by 1; 16 by 16 */
	ck_assert_uint_eq(of.bins.bytes, 2);
	ck_assert_uint_eq(of.bins.cells[0], 128);
	ck_assert_uint_eq(of.bins.cells[1], 256);
	sample_free(&of);
}
END_TEST

START_TEST(bins_of_many_values_hold_alike_many_rows)
{
	size_t held[CSTN__BINS_MOST] = {0}, i;
	sample of;

	sample_of(&of, 6400, 64);
	for (i = 0; i < of.n; i++)
		held[bin_of(&of, i, 0)]++;
	for (i = 0; i < 64; i++)
		ck_assert_uint_eq(held[i], 100);
	sample_free(&of);
}
END_TEST

/* The first cut, by trying each value of each column with sums of doubles. */
static void exhaustive(const sample *of, size_t least, double l2, size_t *column, double *gain)
{
	size_t c, k, i;
	double mean = 0.0, whole;

	for (i = 0; i < of->n; i++)
		mean += of->y[i] / (double)of->n;
	whole = 0.0;
	*gain = 0.0;
	for (c = 0; c < COLUMNS; c++)
		for (k = 0; k < of->bins.count[c]; k++) {
			double left = 0.0, right = 0.0, n = 0.0, m = 0.0, found;

			for (i = 0; i < of->n; i++)
				if (of->x[i * COLUMNS + c] <=
						of->bins.cuts[c * CSTN__BINS_MOST + k]) {
					left += of->y[i] - mean;
					n += 1.0;
				} else {
					right += of->y[i] - mean;
					m += 1.0;
				}
			found = left * left / (n + l2) + right * right / (m + l2) - whole;
			if (n >= (double)least && m >= (double)least && found > *gain + 1e-9) {
				*gain = found;
				*column = c;
			}
		}
}

START_TEST(a_cut_is_the_best_of_all)
{
	cstn__boost boost = CSTN__BOOST_INIT;
	sample of;
	size_t column = 99, i, left = 0;
	double gain, a = 0.0, b = 0.0, mean = 0.0, n, m;
	cstn__trees trees;

	sample_of(&of, 900, 64);
	boost.rounds = 1;
	boost.leaves = 2;
	boost.min_rows = 100;
	boost.rate = 1.0;
	exhaustive(&of, 100, 1.0, &column, &gain);
	fit(&of, &boost, &trees);
	ck_assert_uint_eq(trees.nodes.count, 3);
	ck_assert_uint_eq(trees.nodes.items[0].column, column);
	for (i = 0; i < of.n; i++)
		mean += of.y[i] / (double)of.n;
	for (i = 0; i < of.n; i++) {
		int is_left = of.x[i * COLUMNS + column] <= trees.nodes.items[0].value;

		left += is_left ? 1u : 0u;
		*(is_left ? &a : &b) += of.y[i] - mean;
	}
	n = (double)left;
	m = (double)(of.n - left);
	ck_assert_double_eq_tol(a * a / (n + 1.0) + b * b / (m + 1.0), gain, 1e-6 * gain);
	ck_assert_double_eq_tol(trees.nodes.items[1].value, a / (n + 1.0), 1e-6);
	ck_assert_double_eq_tol(trees.nodes.items[2].value, b / (m + 1.0), 1e-6);
	cstn__trees_free(&trees);
	sample_free(&of);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bytes)
{
	static const int32_t threads[] = {2, 3, 8};
	static const int32_t losses[] = {
			CSTN__LOSS_SQUARED, CSTN__LOSS_POISSON, CSTN__LOSS_TWEEDIE};
	cstn__boost boost = CSTN__BOOST_INIT;
	sample of;
	size_t i, k;

	sample_of(&of, 50000, 256);
	boost.rounds = 3;
	for (k = 0; k < N(losses); k++) {
		cstn__trees one, many;

		boost.loss = losses[k];
		boost.threads = 1;
		fit(&of, &boost, &one);
		for (i = 0; i < N(threads); i++) {
			boost.threads = threads[i];
			fit(&of, &boost, &many);
			ck_assert_uint_eq(many.nodes.count, one.nodes.count);
			ck_assert_mem_eq(&many.base, &one.base, sizeof(double));
			for (size_t j = 0; j < one.nodes.count; j++) {
				const cstn__tree_node *a = &one.nodes.items[j];
				const cstn__tree_node *b = &many.nodes.items[j];

				ck_assert(a->column == b->column && a->left == b->left &&
						memcmp(&a->value, &b->value, sizeof(double)) == 0);
			}
			cstn__trees_free(&many);
		}
		cstn__trees_free(&one);
	}
	sample_free(&of);
}
END_TEST

START_TEST(no_leaf_has_fewer_rows_than_asked_for)
{
	cstn__boost boost = CSTN__BOOST_INIT;
	cstn__trees trees;
	sample of;
	size_t *held, i, leaves = 0;

	sample_of(&of, 2000, 256);
	boost.rounds = 1;
	boost.leaves = 255;
	boost.min_rows = 37;
	fit(&of, &boost, &trees);
	held = calloc(trees.nodes.count, sizeof(*held));
	ck_assert_ptr_nonnull(held);
	for (i = 0; i < of.n; i++) {
		size_t at = 0;

		while (trees.nodes.items[at].column != CSTN__TREE_LEAF) {
			const cstn__tree_node *node = &trees.nodes.items[at];

			at = node->left +
			     (of.x[i * COLUMNS + node->column] > node->value ? 1u : 0u);
		}
		held[at]++;
	}
	for (i = 0; i < trees.nodes.count; i++)
		if (trees.nodes.items[i].column == CSTN__TREE_LEAF) {
			ck_assert_uint_ge(held[i], 37);
			leaves++;
		}
	ck_assert_uint_gt(leaves, 20);
	ck_assert_uint_eq(trees.nodes.count, 2 * leaves - 1);
	free(held);
	cstn__trees_free(&trees);
	sample_free(&of);
}
END_TEST

START_TEST(each_loss_learns_the_mean_and_more_rounds_fit_closer)
{
	static const int32_t rounds[] = {0, 5, 40};
	cstn__boost boost = CSTN__BOOST_INIT;
	sample of;
	int32_t loss;
	size_t i, k;

	sample_of(&of, 4000, 256);
	boost.min_rows = 20;
	for (loss = CSTN__LOSS_SQUARED; loss <= CSTN__LOSS_TWEEDIE; loss++) {
		double before = INFINITY;

		for (k = 0; k < N(rounds); k++) {
			double now, sum = 0.0, mean = 0.0;
			cstn__trees trees;

			boost.loss = loss;
			boost.rounds = rounds[k];
			fit(&of, &boost, &trees);
			now = squared_error(&of, &trees);
			ck_assert_double_lt(now, before);
			before = now;
			for (i = 0; i < of.n; i++) {
				sum += cstn__trees_at(&trees, of.x + i * COLUMNS);
				mean += of.y[i];
			}
			/* a Tweedie loss weighs large means less */
			ck_assert_double_eq_tol(
					sum / mean, 1.0, loss == CSTN__LOSS_TWEEDIE ? 0.05 : 0.005);
			cstn__trees_free(&trees);
		}
		/* noise of three whole numbers: variance 2/3 */
		ck_assert_double_lt(before, 1.1);
	}
	sample_free(&of);
}
END_TEST

START_TEST(targets_times_a_power_of_two_give_that_multiple)
{
	cstn__boost boost = CSTN__BOOST_INIT;
	cstn__trees plain, scaled;
	sample of;
	size_t i;

	sample_of(&of, 1500, 256);
	boost.rounds = 10;
	boost.min_rows = 20;
	fit(&of, &boost, &plain);
	for (i = 0; i < of.n; i++)
		of.y[i] = ldexp(of.y[i], 700);
	fit(&of, &boost, &scaled);
	for (i = 0; i < of.n; i++)
		ck_assert_double_eq(cstn__trees_at(&scaled, of.x + i * COLUMNS),
				ldexp(cstn__trees_at(&plain, of.x + i * COLUMNS), 700));
	cstn__trees_free(&plain);
	cstn__trees_free(&scaled);
	sample_free(&of);
}
END_TEST

START_TEST(nothing_to_learn_gives_the_mean)
{
	cstn__boost boost = CSTN__BOOST_INIT;
	cstn__trees trees;
	sample of;
	size_t i;

	sample_of(&of, 600, 256);
	for (i = 0; i < of.n; i++)
		of.y[i] = 3.0;
	fit(&of, &boost, &trees);
	ck_assert_double_eq(cstn__trees_at(&trees, of.x), 3.0);
	cstn__trees_free(&trees);
	of.n = 0;
	fit(&of, &boost, &trees);
	ck_assert_double_eq(cstn__trees_at(&trees, of.x), 0.0);
	cstn__trees_free(&trees);
	boost.loss = CSTN__LOSS_POISSON; /* of zeros */
	of.n = 600;
	memset(of.y, 0, of.n * sizeof(double));
	fit(&of, &boost, &trees);
	ck_assert_double_le(cstn__trees_at(&trees, of.x), 1.001e-6);
	cstn__trees_free(&trees);
	sample_free(&of);
}
END_TEST

START_TEST(memory_may_end_at_any_allocation)
{
	cstn__boost boost = CSTN__BOOST_INIT;
	cstn_status status = CSTN_E_NOMEM;
	failing_allocator memory;
	sample of;
	uint64_t n;

	sample_of(&of, 300, 256);
	boost.rounds = 9;
	boost.min_rows = 20;
	boost.loss = CSTN__LOSS_POISSON;
	for (n = 1; status != CSTN_OK; n++) {
		cstn__trees trees;
		cstn__bins bins;

		failing_allocator_init(&memory, n);
		if (cstn__bins_make(&bins, &memory.allocator, of.x, of.n, COLUMNS, 256) == 0) {
			status = cstn__trees_fit(&trees, &boost, &bins, of.rows, of.y, of.n,
					&memory.allocator, NULL, NULL);
			cstn__bins_free(&bins);
			if (status == CSTN_OK)
				cstn__trees_free(&trees);
			else
				ck_assert_int_eq(status, CSTN_E_NOMEM);
		}
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 9);
	sample_free(&of);
}
END_TEST

START_TEST(a_cancelled_fit_leaves_nothing)
{
	cstn__boost boost = CSTN__BOOST_INIT;
	cstn_progress *progress = NULL;
	failing_allocator memory;
	cstn__trees trees;
	sample of;

	sample_of(&of, 300, 256);
	failing_allocator_init(&memory, 0);
	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	cstn_progress_cancel(progress);
	ck_assert_int_eq(cstn__trees_fit(&trees, &boost, &of.bins, of.rows, of.y, of.n,
					 &memory.allocator, progress, NULL),
			CSTN_E_CANCELLED);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	cstn_progress_free(progress);
	sample_free(&of);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_bin_is_the_number_of_cuts_below,
			values_that_differ_have_bins_of_their_own_while_there_are_enough,
			columns_of_few_bins_share_a_byte, bins_of_many_values_hold_alike_many_rows,
			a_cut_is_the_best_of_all, any_number_of_threads_gives_the_same_bytes,
			no_leaf_has_fewer_rows_than_asked_for,
			each_loss_learns_the_mean_and_more_rounds_fit_closer,
			targets_times_a_power_of_two_give_that_multiple,
			nothing_to_learn_gives_the_mean, memory_may_end_at_any_allocation,
			a_cancelled_fit_leaves_nothing};

	return run_tests("demand trees", tests, N(tests));
}
