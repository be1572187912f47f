/* Predicates over a chunk: every instruction set gives the words and the answer of a plain loop. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/stats.h"
#include "fulfilment/perfect_order_spans.h"

#define MOST 1024
#define WORDS (MOST / 64)

static const int lengths[] = {1, 2, 15, 16, 63, 64, 65, 127, 128, 1000, 1023, 1024};
#define N_LENGTHS ((int)(sizeof(lengths) / sizeof(*lengths)))

typedef struct values {
	int32_t room32[2][MOST + 1], *a32, *b32; /* [0] is the value before */
	int64_t room64[2][MOST + 1], *a64, *b64;
} values;

/* Values around 100, near each other; `odd` >= 0 puts `odd_value` in one place of one column. */
static void fill(values *out, uint64_t seed, int odd, int column, int32_t odd_value)
{
	int i;

	for (i = 0; i <= MOST; i++) {
		out->room32[0][i] = (int32_t)(100 + cstn__random_u64(seed, (uint64_t)i) % 4);
		out->room32[1][i] = (int32_t)(100 + cstn__random_u64(seed + 1, (uint64_t)i) % 4);
	}
	if (odd >= 0)
		out->room32[column][odd + 1] = odd_value;
	for (i = 0; i <= MOST; i++) {
		out->room64[0][i] = out->room32[0][i];
		out->room64[1][i] = out->room32[1][i];
	}
	out->a32 = out->room32[0] + 1;
	out->b32 = out->room32[1] + 1;
	out->a64 = out->room64[0] + 1;
	out->b64 = out->room64[1] + 1;
}

static void check_words(const uint64_t *got, const uint8_t *bits, int n)
{
	int i;

	for (i = 0; i < (n + 63) / 64 * 64; i++)
		ck_assert_int_eq((int)(got[i / 64] >> (i % 64) & 1), i < n ? bits[i] : 0);
}

static void check_edges(const cstn__spans *spans, const values *in, int before, int n)
{
	uint64_t got[WORDS] = {0}, got64[WORDS] = {0};
	uint8_t bits[MOST] = {0};
	int rising = 1, i;

	for (i = 1; i < n; i++) {
		bits[i] = in->a32[i] != in->a32[i - 1];
		rising &= in->a32[i] >= in->a32[i - 1];
	}
	ck_assert_int_eq(spans->edges32(in->a32, before, n, got), rising);
	ck_assert_int_eq(spans->edges64(in->a64, before, n, got64), rising);
	check_words(got, bits, n);
	check_words(got64, bits, n);
}

START_TEST(edges_are_where_values_differ)
{
	const cstn__spans *spans = cstn__spans_for(_i + 1);
	values in;
	int k, before, i;

	for (k = 0; k < N_LENGTHS; k++)
		for (before = 0; before < 2; before++) {
			fill(&in, (uint64_t)k, -1, 0, 0);
			check_edges(spans, &in, before, lengths[k]);
			/* one fall at the very end, none at all, one before the first */
			for (i = -1; i < MOST; i++) {
				in.a32[i] = i / 3;
				in.a64[i] = i / 3;
			}
			check_edges(spans, &in, before, lengths[k]);
			in.a32[-1] = 1000;
			in.a64[-1] = 1000;
			check_edges(spans, &in, before, lengths[k]);
			in.a32[lengths[k] - 1] = -5;
			in.a64[lengths[k] - 1] = -5;
			check_edges(spans, &in, before, lengths[k]);
		}
}
END_TEST

static void check_late(const cstn__spans *spans, const values *in, int has_early, int n)
{
	cstn__time_limits limits = {-1000, 1000, 500, 1, 2, has_early, 0};
	uint64_t got[WORDS], got64[WORDS];
	uint8_t bits[MOST];
	int fit = 1, i;

	for (i = 0; i < n; i++) {
		int64_t p = in->a32[i], a = in->b32[i];

		fit &= p >= -1000 && p <= 1000 && a >= -1000 && a <= 500;
		bits[i] = a - p > 1 || (has_early && p - a > 2);
	}
	ck_assert_int_eq(spans->late32(in->a32, in->b32, &limits, n, got), fit);
	ck_assert_int_eq(spans->late64(in->a64, in->b64, &limits, n, got64), fit);
	if (!fit)
		return;
	check_words(got, bits, n);
	check_words(got64, bits, n);
}

START_TEST(late_is_past_the_tolerance_and_no_time_is_outside_the_limits)
{
	static const int32_t odd[] = {-1001, -1000, 500, 501, 1000, 1001, INT32_MAX, INT32_MIN};
	const cstn__spans *spans = cstn__spans_for(_i + 1);
	values in;
	int k, column, early;
	size_t o;

	for (k = 0; k < N_LENGTHS; k++)
		for (early = 0; early < 2; early++) {
			fill(&in, (uint64_t)k, -1, 0, 0);
			check_late(spans, &in, early, lengths[k]);
			for (o = 0; o < sizeof(odd) / sizeof(*odd); o++)
				for (column = 0; column < 2; column++) {
					fill(&in, (uint64_t)k, lengths[k] - 1, column, odd[o]);
					check_late(spans, &in, early, lengths[k]);
					fill(&in, (uint64_t)k, 0, column, odd[o]);
					check_late(spans, &in, early, lengths[k]);
				}
		}
}
END_TEST

static void check_differ(const cstn__spans *spans, const values *in, int n)
{
	uint64_t got[WORDS], got64[WORDS];
	uint8_t bits[MOST];
	int fit = 1, i;

	for (i = 0; i < n; i++) {
		fit &= in->a32[i] >= 1 && in->b32[i] >= 0;
		bits[i] = in->a32[i] != in->b32[i];
	}
	ck_assert_int_eq(spans->differ32(in->a32, in->b32, n, got), fit);
	ck_assert_int_eq(spans->differ64(in->a64, in->b64, n, got64), fit);
	if (!fit)
		return;
	check_words(got, bits, n);
	check_words(got64, bits, n);
}

START_TEST(quantities_differ_and_none_breaks_a_rule)
{
	static const int32_t odd[] = {-1, 0, 1, INT32_MAX, INT32_MIN};
	const cstn__spans *spans = cstn__spans_for(_i + 1);
	values in;
	int k, column;
	size_t o;

	for (k = 0; k < N_LENGTHS; k++) {
		fill(&in, (uint64_t)k, -1, 0, 0);
		check_differ(spans, &in, lengths[k]);
		for (o = 0; o < sizeof(odd) / sizeof(*odd); o++)
			for (column = 0; column < 2; column++) {
				fill(&in, (uint64_t)k, lengths[k] - 1, column, odd[o]);
				check_differ(spans, &in, lengths[k]);
				fill(&in, (uint64_t)k, lengths[k] / 2, column, odd[o]);
				check_differ(spans, &in, lengths[k]);
			}
	}
}
END_TEST

START_TEST(bits_are_counted)
{
	const uint64_t words[] = {0, 1, ~UINT64_C(0), UINT64_C(0x8000000000000001),
			UINT64_C(0x5555555555555555)};

	ck_assert_uint_eq(cstn__spans_for(_i + 1)->count(words, 5), 0 + 1 + 64 + 2 + 32);
	ck_assert_uint_eq(cstn__spans_for(_i + 1)->count(words, 0), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("perfect_order_spans");
	TCase *tests = tcase_create("spans");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, edges_are_where_values_differ, 0, cstn__cpu_simd());
	tcase_add_loop_test(tests, late_is_past_the_tolerance_and_no_time_is_outside_the_limits, 0,
			cstn__cpu_simd());
	tcase_add_loop_test(tests, quantities_differ_and_none_breaks_a_rule, 0, cstn__cpu_simd());
	tcase_add_loop_test(tests, bits_are_counted, 0, cstn__cpu_simd());
	suite_add_tcase(s, tests);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
