/* Noise against the statistical cases of a well-known library of differential privacy: it is close
 * to the Laplace distribution, and neighbours are as alike as epsilon says. Its folder says where
 * the cases come from, and how votes are taken. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/radix.h"
#include "base/stats.h"
#include "seeded_bytes.h"
#include "shared_data.h"
#include "sharing/noise.h"

#define FINER 6 /* the grid is 2^6 times as fine as what answers are rounded to */
#define DECIMALS 8
#define CLOSENESS 19

static json_t *cases(const char *file, const char *key, json_t **all)
{
	char *path = shared_path("vectors", file);
	json_t *out;

	*all = json_load_file(path, 0, NULL);
	ck_assert_msg(*all != NULL, "%s", path);
	free(path);
	out = json_object_get(*all, key);
	ck_assert_ptr_nonnull(out);
	return out;
}

static double number(const json_t *from, const char *key)
{
	ck_assert_msg(json_is_number(json_object_get(from, key)), "%s", key);
	return json_number_value(json_object_get(from, key));
}

static const char *name_of(const json_t *one)
{
	return json_string_value(json_object_get(one, "name"));
}

/* m answers of the mechanism for one sum (in units of 10^-DECIMALS), as steps; at most 4,096. */
static void draw_block(const cstn__noise_plan *plan, cstn__i128 sum, size_t m,
		cstn__random_bits *bits, int64_t *out)
{
	cstn__i128 sums[4096], left = 0;

	for (size_t i = 0; i < m; i++)
		sums[i] = sum;
	cstn__noise_add(plan, sums, m, bits, out);
	for (size_t i = 0; i < m; i++)
		left |= sums[i];
	ck_assert(left == 0);
}

static void draw(
		const cstn__noise_plan *plan, cstn__i128 sum, size_t n, uint64_t seed, int64_t *out)
{
	seeded_bytes from = {seed, 0, 0};
	cstn__random_bits bits;

	ck_assert_int_eq(cstn__random_bits_init(&bits, seeded_bytes_fill, &from), 0);
	for (size_t at = 0, m; at < n; at += m) {
		m = n - at < 4096 ? n - at : 4096;
		draw_block(plan, sum, m, &bits, out + at);
	}
	ck_assert_int_eq(bits.failed, 0);
	cstn__random_bits_end(&bits);
}

static cstn__noise_plan plan_of(double low, double high, int cells, double epsilon, int grid)
{
	cstn_noise_options options = CSTN_NOISE_OPTIONS_INIT;
	cstn__noise_plan plan;

	options.kind = CSTN_NOISE_SUM;
	options.low = llround(low * 1e8);
	options.high = llround(high * 1e8);
	options.scale = DECIMALS;
	options.max_partitions = cells;
	options.epsilon_nano = (int64_t)ceil(epsilon * 1e9);
	options.grid = grid;
	ck_assert_int_eq(cstn__noise_plan_init(&options, DECIMALS, &plan, NULL), CSTN_OK);
	return plan;
}

/* j of 2^-j. */
static int grid_of(double granularity)
{
	int j = (int)-lround(log2(granularity));

	ck_assert_double_eq(ldexp(1.0, -j), granularity);
	return j;
}

/* --- closeness -------------------------------------------------------------------------------- */

/* Runs of equal numbers in two sorted lists: sum c_a (c_a - 1) / 2 + sum c_b (c_b - 1) / 2 -
 * (n - 1) / n sum c_a c_b. */
static double vote(uint64_t *a, uint64_t *b, uint64_t *scratch, size_t n)
{
	double pairs = 0, both = 0;
	size_t i = 0, j = 0;

	cstn__radix_sort(a, scratch, n);
	cstn__radix_sort(b, scratch, n);
	while (i < n || j < n) {
		uint64_t at = i == n || (j < n && b[j] < a[i]) ? b[j] : a[i];
		double in_a = 0, in_b = 0;

		for (; i < n && a[i] == at; i++)
			in_a++;
		for (; j < n && b[j] == at; j++)
			in_b++;
		pairs += in_a * (in_a - 1) / 2 + in_b * (in_b - 1) / 2;
		both += in_a * in_b;
	}
	return pairs - ((double)n - 1) / (double)n * both;
}

typedef struct sampled {
	size_t n;
	double *mechanism, *exact;
	uint64_t *a, *b, *scratch;
} sampled;

/* Both sets, moved and stretched about the mean, rounded: is the vote for them? */
static int is_close(const sampled *s, const json_t *test, double shift, double stretch)
{
	double granularity = number(test, "granularity"), mean = number(test, "mean");
	double tolerance = number(test, "l2_tolerance"), n = (double)s->n;
	double sd = sqrt(number(test, "variance"));
	size_t i;

	for (i = 0; i < s->n; i++) {
		double moved = mean + (s->mechanism[i] - mean) * stretch + shift * sd;

		s->a[i] = cstn__radix_of_i64(llround(moved / granularity));
		s->b[i] = cstn__radix_of_i64(llround(s->exact[i] / granularity));
	}
	return vote(s->a, s->b, s->scratch, s->n) < tolerance * (n - 1) * (tolerance * n) / 4;
}

static void fill(const sampled *s, const json_t *test, const json_t *sampling, uint64_t seed)
{
	int grid = grid_of(number(test, "granularity")) + FINER;
	int cells = (int)number(sampling, "l0_sensitivity");
	double high = number(sampling, "linf_sensitivity"), raw = number(sampling, "raw_input");
	double scale = sqrt(number(test, "variance") / 2), mean = number(test, "mean");
	cstn__noise_plan plan;
	int64_t *steps = malloc(s->n * sizeof(*steps));
	size_t i;

	/* a sensitivity of many steps: what is lost by rounding it up is little */
	while (ldexp(high * cells, grid) < 1 << FINER)
		grid++;
	plan = plan_of(0, high, cells, number(sampling, "epsilon"), grid);
	ck_assert_ptr_nonnull(steps);
	draw(&plan, (cstn__i128)(raw * 1e8), s->n, seed, steps);
	for (i = 0; i < s->n; i++) {
		double u = cstn__random_unit(seed + 1000, i) - 0.5;

		s->mechanism[i] = ldexp((double)steps[i], -grid);
		s->exact[i] = mean - scale * (u < 0 ? -1.0 : 1.0) * log1p(-2 * fabs(u));
	}
	free(steps);
}

/* Whether a case gets `wanted`: at the first vote, or else by the majority of nine, as it is meant.
 * A single vote errs at some of hundred of the tighter tolerances. */
static int decided(const sampled *s, const json_t *one, double shift, double stretch, int wanted,
		uint64_t seed)
{
	const json_t *test = json_object_get(one, "closeness_test_parameters");
	const json_t *sampling = json_object_get(one, "noise_sampling_parameters");
	int votes = is_close(s, test, shift, stretch) == wanted, k;

	if (votes)
		return 1;
	for (k = 1; k < 9; k++) {
		fill(s, test, sampling, seed + 100 * (uint64_t)k);
		votes += is_close(s, test, shift, stretch) == wanted;
	}
	return votes >= 5;
}

START_TEST(noise_is_laplace_and_nothing_near_it)
{
	json_t *all, *list = cases("dp/laplace_closeness.json", "distribution_closeness_test_case",
				     &all);
	json_t *validity = json_object_get(all, "validity_parameters");
	json_t *one = json_array_get(list, (size_t)_i);
	json_t *sampling = json_object_get(one, "noise_sampling_parameters");
	double shift = number(validity, "shift_specificity");
	double stretch = sqrt(number(validity, "scale_specificity"));
	size_t most = 1000000;
	uint64_t seed = 1 + (uint64_t)_i;
	sampled s = {most, malloc(most * 8), malloc(most * 8), malloc(most * 8), malloc(most * 8),
			malloc(most * 8)};

	ck_assert_uint_eq(json_array_size(list), CLOSENESS);
	ck_assert(s.mechanism && s.exact && s.a && s.b && s.scratch);
	ck_assert_double_eq(number(sampling, "number_of_samples"), (double)s.n);
	fill(&s, json_object_get(one, "closeness_test_parameters"), sampling, seed);
	ck_assert_msg(decided(&s, one, 0, 1, 1, seed), "%s: refused", name_of(one));
	ck_assert_msg(decided(&s, one, shift, 1, 0, seed), "%s: shifted", name_of(one));
	ck_assert_msg(decided(&s, one, 0, stretch, 0, seed), "%s: stretched", name_of(one));
	free(s.mechanism);
	free(s.exact);
	free(s.a);
	free(s.b);
	free(s.scratch);
	json_decref(all);
}
END_TEST

/* --- neighbours ------------------------------------------------------------------------------- */

/* How often each outcome came: of those about the middle one by one, of all beyond together. */
#define OUTCOMES (1 << 20)
typedef struct counted {
	int64_t first; /* the outcome of the first count */
	uint32_t of[OUTCOMES];
} counted;

static void count(counted *at, int64_t outcome)
{
	int64_t place = outcome - at->first;

	at->of[place < 0 ? 0 : place >= OUTCOMES ? OUTCOMES - 1 : place]++;
}

/* sum over outcomes of max(0, (count_a - e^epsilon count_b) / n). */
static double excess(const counted *a, const counted *b, size_t n, double epsilon)
{
	double sum = 0, times = exp(epsilon);

	for (size_t i = 0; i < OUTCOMES; i++)
		if (a->of[i] > times * b->of[i])
			sum += (a->of[i] - times * b->of[i]) / (double)n;
	return sum;
}

/* The sum of the entries, each of a subject of its own, as the library clamps them. */
static cstn__i128 sum_of(const json_t *entries, const cstn__noise_plan *plan)
{
	cstn__coded measure;
	cstn_allocator memory;
	cstn__noise_rows rows = {NULL, NULL, &measure, NULL, json_array_size(entries), 1};
	cstn__i128 sum;
	uint32_t code;
	size_t i;
	json_t *one;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	cstn__coded_init(&measure, CSTN_TYPE_DECIMAL, DECIMALS, &memory);
	json_array_foreach(entries, i, one)
	{
		code = cstn__coded_number(&measure, llround(json_number_value(one) * 1e8), &memory);
		ck_assert_int_eq(cstn__array_reserve(&memory, &measure.codes, 1), 0);
		measure.codes.items[measure.codes.count++] = code;
	}
	ck_assert_int_eq(cstn__noise_sums(&rows, plan, &memory, &sum, NULL), CSTN_OK);
	cstn__coded_free(&measure, &memory);
	return sum;
}

/* Counts are not clamped in the cases: what is added is added. */
static cstn__i128 count_of(const json_t *entries)
{
	cstn__i128 sum = 0;
	size_t i;
	json_t *one;

	json_array_foreach(entries, i, one) sum += json_integer_value(one);
	return sum * cstn__wide_power_of_ten(DECIMALS);
}

/* n answers, each rounded to the nearest of what they are rounded to. */
static void samples(const cstn__noise_plan *plan, cstn__i128 sum, int finer, size_t n,
		uint64_t seed, counted *out)
{
	enum { BLOCK = 4096 };
	int64_t steps[BLOCK], half = finer ? 1 << (finer - 1) : 0;
	seeded_bytes from = {seed, 0, 0};
	cstn__random_bits bits;

	ck_assert_int_eq(cstn__random_bits_init(&bits, seeded_bytes_fill, &from), 0);
	for (size_t at = 0; at < n; at += BLOCK) {
		size_t m = n - at < BLOCK ? n - at : BLOCK;

		draw_block(plan, sum, m, &bits, steps);
		for (size_t i = 0; i < m; i++)
			count(out, (steps[i] + half) >> finer);
	}
	ck_assert_int_eq(bits.failed, 0);
	cstn__random_bits_end(&bits);
	/* what is counted together is hardly anything */
	ck_assert_uint_lt(out->of[0] + out->of[OUTCOMES - 1], n / 100000 + 1);
}

static void pair(const json_t *one, const char *sampling_key, int counts, size_t case_number)
{
	const json_t *test = json_object_get(one, "dp_test_parameters");
	const json_t *sampling = json_object_get(one, sampling_key);
	const json_t *mine = json_object_get(sampling, counts ? "raw_increment_by" : "raw_entry");
	const json_t *other = json_object_get(
			sampling, counts ? "neighbour_raw_increment_by" : "neighbour_raw_entry");
	double tolerance = number(test, "delta_tolerance") + number(test, "delta");
	double epsilon = number(test, "epsilon");
	size_t n = (size_t)number(sampling, "number_of_samples");
	int finer = counts ? 0 : FINER;
	cstn__noise_plan plan = plan_of(counts ? 0 : number(sampling, "lower_bound"),
			counts ? 1 : number(sampling, "upper_bound"),
			(int)number(sampling, "max_partitions_contributed"),
			number(sampling, "epsilon"),
			counts ? 0 : grid_of(number(test, "granularity")) + finer);
	cstn__i128 sums[2] = {counts ? count_of(mine) : sum_of(mine, &plan),
			counts ? count_of(other) : sum_of(other, &plan)};
	counted *both = calloc(2, sizeof(*both));
	int64_t middle;

	if (counts && tolerance <= 0.0035)
		n *= 4; /* a discrete distribution is tight at every outcome: less is sampling error
			 */
	ck_assert_ptr_nonnull(both);
	middle = (int64_t)floor(ldexp((double)sums[0] / 1e8, plan.grid - finer));
	both[0].first = both[1].first = middle - OUTCOMES / 2;
	for (uint64_t i = 0; i < 2; i++)
		samples(&plan, sums[i], finer, n, 2 * case_number + i, &both[i]);
	ck_assert_msg(excess(both, both + 1, n, epsilon) < tolerance, "%s: %g", name_of(one),
			excess(both, both + 1, n, epsilon));
	ck_assert_msg(excess(both + 1, both, n, epsilon) < tolerance, "%s: back %g", name_of(one),
			excess(both + 1, both, n, epsilon));
	/* the test would see a quarter less noise where the noise is not wide */
	if (tolerance <= 0.0035)
		ck_assert_msg(excess(both, both + 1, n, epsilon / 1.25) > tolerance, "%s: blind",
				name_of(one));
	free(both);
}

static void pairs(const char *file, const char *key, const char *sampling, int counts, size_t n)
{
	json_t *all, *list = cases(file, key, &all), *one;
	size_t i;

	json_array_foreach(list, i, one) pair(one, sampling, counts, 100 * n + i);
	ck_assert_uint_eq(i, n);
	json_decref(all);
}

START_TEST(neighbouring_counts_are_within_epsilon)
{
	pairs("dp/count_dp.json", "count_dp_test_case", "count_sampling_parameters", 1, 15);
}
END_TEST

START_TEST(neighbouring_sums_are_within_epsilon)
{
	pairs("dp/bounded_sum_dp.json", "bounded_sum_dp_test_case",
			"bounded_sum_sampling_parameters", 0, 17);
}
END_TEST

START_TEST(neighbouring_sums_of_whole_numbers_are_within_epsilon)
{
	pairs("dp/long_bounded_sum_dp.json", "long_bounded_sum_dp_test_case",
			"long_bounded_sum_sampling_parameters", 0, 17);
}
END_TEST

int main(void)
{
	char *path = shared_path("vectors", "dp/laplace_closeness.json");
	Suite *suite = suite_create("noise_answers");
	TCase *cases_of = tcase_create("noise_answers");

	if (access(path, R_OK) != 0) {
		printf("'%s' is absent: NOTHING WAS CHECKED.\n", path);
		return EXIT_FAILURE;
	}
	free(path);
	tcase_set_timeout(cases_of, 240);
	tcase_add_loop_test(cases_of, noise_is_laplace_and_nothing_near_it, 0, CLOSENESS);
	tcase_add_test(cases_of, neighbouring_counts_are_within_epsilon);
	tcase_add_test(cases_of, neighbouring_sums_are_within_epsilon);
	tcase_add_test(cases_of, neighbouring_sums_of_whole_numbers_are_within_epsilon);
	suite_add_tcase(suite, cases_of);
	return run_suite(suite);
}
