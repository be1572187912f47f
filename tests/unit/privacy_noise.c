/* Noise and what it costs: the distribution itself, sums of clamped subjects against a second way
 * to reckon them, budgets, answers that are given again. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "sealed_bytes.h"
#include "seeded_bytes.h"
#include "sharing/noise.h"
#include "suite.h"

#define SCHEMA "who text\nregion text null\npay decimal scale=2 null\n"
#define ROWS                                                                                 \
	"who,region,pay\nann,north,10.00\nann,north,5.00\nbob,north,2.50\nbob,south,-7.00\n" \
	"cid,south,900.00\ndan,east,1.00\neve,,3.00\neve,south,\n"
#define DAY INT64_C(86400000000)

static const char *const regions[] = {"north", "south", "west"};

/* --- the distribution ------------------------------------------------------------------------- */

/* The counts of n draws of scale sensitivity / epsilon against n times their probabilities, cells
 * of at least 20 expected: chi-square, within 5 standard deviations of its mean. */
static void expect_laplace(uint64_t sensitivity, uint64_t epsilon_nano, uint64_t key)
{
	enum { MOST = 400, N = 100000 };
	double scale = (double)sensitivity * 1e9 / (double)epsilon_nano;
	double ratio = exp(-1 / scale), whole = (1 + ratio) / (1 - ratio), chi = 0, cells = 0;
	int64_t counts[2 * MOST + 1] = {0}, rest = 0;
	double expected_rest = N;
	seeded_bytes from = {key, 0, 0};
	cstn__random_bits bits;
	cstn__laplace noise;
	int i;

	ck_assert_int_eq(cstn__random_bits_init(&bits, seeded_bytes_fill, &from), 0);
	cstn__laplace_init(&noise, sensitivity, epsilon_nano);
	for (i = 0; i < N; i++) {
		cstn__i128 x = cstn__laplace_draw(&noise, &bits);

		if (x >= -MOST && x <= MOST)
			counts[x + MOST]++;
		else
			rest++;
	}
	ck_assert_int_eq(bits.failed, 0);
	cstn__random_bits_end(&bits);
	for (i = -MOST; i <= MOST; i++) {
		double expected = N * pow(ratio, abs(i)) / whole;
		double got = (double)counts[i + MOST];

		if (expected < 20) {
			rest += counts[i + MOST];
			continue;
		}
		expected_rest -= expected;
		chi += (got - expected) * (got - expected) / expected;
		cells++;
	}
	if (expected_rest >= 20) {
		chi += ((double)rest - expected_rest) * ((double)rest - expected_rest) /
		       expected_rest;
		cells++;
	}
	ck_assert_msg(fabs(chi - (cells - 1)) < 5 * sqrt(2 * (cells - 1)), "scale %g: %g of %g",
			scale, chi, cells);
}

START_TEST(draws_have_the_probabilities_of_the_discrete_laplace_distribution)
{
	expect_laplace(1, 1000000000, 1);
	expect_laplace(1, 1098612289, 2);
	expect_laplace(7, 500000000, 3);
	expect_laplace(100, 3333333333, 4);
	expect_laplace(1, 4000000000, 5);
	expect_laplace(1, 100000000, 6);
}
END_TEST

START_TEST(a_source_that_fails_or_repeats_ends)
{
	seeded_bytes from = {1, 0, 1};
	cstn__random_bits bits;
	cstn__laplace noise;

	ck_assert_int_eq(cstn__random_bits_init(&bits, seeded_bytes_fill, &from), 0);
	cstn__laplace_init(&noise, 1, 1000000000);
	ck_assert(cstn__laplace_draw(&noise, &bits) == 0);
	ck_assert_int_eq(bits.failed, 1);
	ck_assert_int_eq(cstn__random_bits_init(&bits, NULL, NULL), 0);
	(void)cstn__laplace_draw(&noise, &bits);
	ck_assert_int_eq(bits.failed, 0);
}
END_TEST

/* --- sums ------------------------------------------------------------------------------------- */

/* Rows of small numbers: who, cell (-1: none listed), pay in units (INT64_MIN: null). */
typedef struct sheet {
	int n, who[80], cell[80];
	int64_t pay[80];
} sheet;

/* The sums as one would do them by hand. */
static void by_hand(const sheet *s, int64_t low, int64_t high, int most, int64_t sums[4])
{
	int who, i, k;

	memset(sums, 0, 4 * sizeof(*sums));
	for (who = 0; who < 8; who++) {
		int64_t own[4] = {0};
		int seen[4] = {0}, n = 0;

		for (i = 0; i < s->n; i++) {
			if (s->who[i] != who || s->cell[i] < 0 || s->pay[i] == INT64_MIN)
				continue;
			if (!seen[s->cell[i]] && n < most) {
				seen[s->cell[i]] = 1;
				n++;
			}
			if (seen[s->cell[i]])
				own[s->cell[i]] += s->pay[i];
		}
		for (k = 0; k < 4; k++)
			if (seen[k])
				sums[k] += own[k] < low ? low : own[k] > high ? high : own[k];
	}
}

static void put(cstn__coded *column, int64_t value, int is_null, const cstn_allocator *memory)
{
	uint32_t code = is_null ? CSTN__CODE_NULL : cstn__coded_number(column, value, memory);

	ck_assert_int_eq(cstn__array_reserve(memory, &column->codes, 1), 0);
	column->codes.items[column->codes.count++] = code;
}

static void compare_sums(uint64_t seed)
{
	cstn_noise_options options = CSTN_NOISE_OPTIONS_INIT;
	cstn_allocator memory;
	cstn__coded who, cell, pay;
	cstn__noise_rows rows = {&who, &cell, &pay, NULL, 0, 4};
	uint32_t cell_of[6];
	cstn__noise_plan plan;
	cstn__i128 got[4];
	int64_t want[4];
	uint64_t at = 0;
	sheet s = {.n = (int)(cstn__random_u64(seed, at++) % 80)};
	int i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	cstn__coded_init(&who, CSTN_TYPE_INT64, 0, &memory);
	cstn__coded_init(&cell, CSTN_TYPE_INT64, 0, &memory);
	cstn__coded_init(&pay, CSTN_TYPE_INT64, 0, &memory);
	for (i = 0; i < 6; i++) { /* 4 and 5 are not listed */
		ck_assert_uint_eq(cstn__coded_number(&cell, i, &memory), (uint32_t)i);
		cell_of[i] = i < 4 ? (uint32_t)i : UINT32_MAX;
	}
	rows.cell_of = cell_of;
	for (i = 0; i < s.n; i++) {
		int place = (int)(cstn__random_u64(seed, at++) % 7);
		int64_t money = (int64_t)(cstn__random_u64(seed, at++) % 41) - 20;

		s.who[i] = (int)(cstn__random_u64(seed, at++) % 8);
		s.cell[i] = place < 4 ? place : -1;
		s.pay[i] = money == 20 ? INT64_MIN : money;
		put(&who, s.who[i], 0, &memory);
		put(&cell, place, place == 6, &memory);
		put(&pay, s.pay[i], s.pay[i] == INT64_MIN, &memory);
	}
	rows.rows = (size_t)s.n;
	options.kind = CSTN_NOISE_SUM;
	options.low = -(int64_t)(cstn__random_u64(seed, at++) % 30);
	options.high = 1 + (int64_t)(cstn__random_u64(seed, at++) % 30);
	options.max_partitions = 1 + (int32_t)(cstn__random_u64(seed, at++) % 4);
	options.epsilon_nano = 1;
	ck_assert_int_eq(cstn__noise_plan_init(&options, 0, &plan, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__noise_sums(&rows, &plan, &memory, got, NULL), CSTN_OK);
	by_hand(&s, options.low, options.high, options.max_partitions, want);
	for (i = 0; i < 4; i++)
		ck_assert_msg(got[i] == want[i], "seed %d, cell %d: %lld, %lld expected", (int)seed,
				i, (long long)got[i], (long long)want[i]);
	cstn__coded_free(&who, &memory);
	cstn__coded_free(&cell, &memory);
	cstn__coded_free(&pay, &memory);
}

START_TEST(sums_of_random_rows_are_those_by_hand)
{
	uint64_t seed;

	for (seed = 1; seed <= 1000; seed += test_every())
		compare_sums(seed);
}
END_TEST

START_TEST(sensitivity_is_the_most_a_subject_moves_rounded_up_to_a_step)
{
	cstn_noise_options options = CSTN_NOISE_OPTIONS_INIT;
	cstn__noise_plan plan;

	options.kind = CSTN_NOISE_SUM;
	options.epsilon_nano = 1;
	options.low = -3;
	options.high = 25;
	options.scale = 1;
	options.max_partitions = 3; /* 7.5 */
	ck_assert_int_eq(cstn__noise_plan_init(&options, 4, &plan, NULL), CSTN_OK);
	ck_assert_int_eq(plan.low, -3000);
	ck_assert_int_eq(plan.high, 25000);
	ck_assert_uint_eq(plan.sensitivity, 8);
	options.grid = 1;
	ck_assert_int_eq(cstn__noise_plan_init(&options, 4, &plan, NULL), CSTN_OK);
	ck_assert_uint_eq(plan.sensitivity, 15);
	options.grid = -2;
	ck_assert_int_eq(cstn__noise_plan_init(&options, 4, &plan, NULL), CSTN_OK);
	ck_assert_uint_eq(plan.sensitivity, 2);
	options.low = -26;
	ck_assert_int_eq(cstn__noise_plan_init(&options, 4, &plan, NULL), CSTN_OK);
	ck_assert_uint_eq(plan.sensitivity, 2);
	options.grid = 40;
	options.scale = 0;
	options.high = INT64_MAX;
	ck_assert_int_eq(cstn__noise_plan_init(&options, 0, &plan, NULL), CSTN_E_OVERFLOW);
	options.grid = 0;
	options.max_partitions = 1;
	ck_assert_int_eq(cstn__noise_plan_init(&options, 0, &plan, NULL), CSTN_OK);
	ck_assert_uint_eq(plan.sensitivity, INT64_MAX);
	options.low = INT64_MIN;
	ck_assert_int_eq(cstn__noise_plan_init(&options, 0, &plan, NULL), CSTN_E_OVERFLOW);
}
END_TEST

/* With an epsilon so great that the noise is 0, what is left is the rounded sum. */
static int64_t rounded(cstn__i128 sum, int32_t scale, int32_t grid)
{
	cstn__noise_plan plan = {.scale = scale,
			.grid = grid,
			.sensitivity = 1,
			.epsilon_nano = UINT64_C(200000000000)};
	seeded_bytes from = {3, 0, 0};
	cstn__random_bits bits;
	int64_t out;

	ck_assert_int_eq(cstn__random_bits_init(&bits, seeded_bytes_fill, &from), 0);
	cstn__noise_add(&plan, &sum, 1, &bits, &out);
	ck_assert(sum == 0);
	cstn__random_bits_end(&bits);
	return out;
}

START_TEST(sums_are_rounded_to_the_nearest_step)
{
	ck_assert_int_eq(rounded(149, 2, 0), 1);
	ck_assert_int_eq(rounded(150, 2, 0), 2);
	ck_assert_int_eq(rounded(-149, 2, 0), -1);
	ck_assert_int_eq(rounded(-150, 2, 0), -1); /* halves go up */
	ck_assert_int_eq(rounded(-151, 2, 0), -2);
	ck_assert_int_eq(rounded(130, 2, 3), 10); /* 10.4 eighths */
	ck_assert_int_eq(rounded(-130, 2, 3), -10);
	ck_assert_int_eq(rounded(21, 0, -2), 5);
	ck_assert_int_eq(rounded(22, 0, -2), 6);
	ck_assert_int_eq(rounded(-22, 0, -2), -5);
	ck_assert_int_eq(rounded((cstn__i128)INT64_MAX * 4, 0, 40), INT64_MAX);
	ck_assert_int_eq(rounded((cstn__i128)INT64_MIN * 4, 0, 40), INT64_MIN);
}
END_TEST

/* --- questions -------------------------------------------------------------------------------- */

static cstn_noise_options question(seeded_bytes *from)
{
	cstn_noise_options o = CSTN_NOISE_OPTIONS_INIT;

	o.kind = CSTN_NOISE_SUM;
	o.recipient = "acme";
	o.recipient_len = 4;
	o.data_set = "orders 7";
	o.data_set_len = 8;
	o.epsilon_nano = INT64_C(400000000000);
	o.subject = "who";
	o.measure = "pay";
	o.partition = "region";
	o.partitions = regions;
	o.n_partitions = 3;
	o.low = -5;
	o.high = 20;
	o.max_partitions = 2;
	o.grid = 2;
	o.entropy = seeded_bytes_fill;
	o.entropy_user = from;
	return o;
}

static cstn_privacy_budget *budget_of(int64_t limit_nano, int64_t period_us)
{
	cstn_privacy_budget_options options = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;
	cstn_privacy_budget *out = NULL;

	options.limit_nano = limit_nano;
	options.period_us = period_us;
	ck_assert_int_eq(cstn_privacy_budget_new(&options, NULL, &out, NULL), CSTN_OK);
	return out;
}

static int64_t spent(const cstn_privacy_budget *budget, int64_t now_us)
{
	int64_t out = -1;

	ck_assert_int_eq(cstn_privacy_budget_spent(budget, "acme", 4, "orders 7", 8, now_us, &out,
					 NULL, NULL),
			CSTN_OK);
	return out;
}

static cstn_status ask(const cstn_noise_options *options, cstn_privacy_budget *budget,
		int64_t *charged, char *out, cstn_error **error)
{
	struct ArrowArrayStream rows, table;
	cstn_buffer *text;
	cstn_status status;

	csv_rows(&rows, SCHEMA, ROWS);
	status = cstn_noise(&rows, options, budget, &table, charged, NULL, error);
	ck_assert_ptr_null(rows.release);
	if (status != CSTN_OK)
		return status;
	snprintf(out, 1000, "%s", csv_text(&table, &text));
	cstn_buffer_free(text);
	return status;
}

START_TEST(answers_are_clamped_sums_where_the_noise_is_nothing)
{
	seeded_bytes from = {9, 0, 0};
	cstn_noise_options o = question(&from);
	cstn_privacy_budget *budget = budget_of(INT64_MAX, 0);
	char text[1000];

	/* ann 15 and bob 2.50; bob -7 to -5 and cid 900 to 20; the east is not listed */
	ck_assert_int_eq(ask(&o, budget, NULL, text, NULL), CSTN_OK);
	ck_assert_str_eq(text, "region,value,units,error_95\nnorth,17.5,70,0.25\n"
			       "south,15,60,0.25\nwest,0,0,0.25\n");
	/* one cell a subject: bob's second one is not counted */
	o.max_partitions = 1;
	ck_assert_int_eq(ask(&o, budget, NULL, text, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(text, "south,20,"));
	o.kind = CSTN_NOISE_COUNT;
	o.measure = NULL;
	o.low = o.high = o.grid = 0;
	ck_assert_int_eq(ask(&o, budget, NULL, text, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(text, "north,2,2,0\nsouth,2,2,0\nwest,0,"));
	o.partition = NULL;
	o.partitions = NULL;
	o.n_partitions = 0;
	ck_assert_int_eq(ask(&o, budget, NULL, text, NULL), CSTN_OK);
	ck_assert_str_eq(text, "value,units,error_95\n5,5,0\n");
	o.subject = NULL;
	o.flags = CSTN_NOISE_ROW_IS_SUBJECT;
	ck_assert_int_eq(ask(&o, budget, NULL, text, NULL), CSTN_OK);
	ck_assert_str_eq(text, "value,units,error_95\n8,8,0\n");
	cstn_privacy_budget_free(budget);
}
END_TEST

START_TEST(the_same_question_is_answered_again_free)
{
	seeded_bytes from = {1, 0, 0}, fails = {1, 0, 1};
	cstn_noise_options o = question(&from);
	cstn_privacy_budget *budget = budget_of(1000000000, DAY);
	char first[1000], again[1000];
	int64_t charged = -1;

	o.epsilon_nano = 600000000;
	ck_assert_int_eq(ask(&o, budget, &charged, first, NULL), CSTN_OK);
	ck_assert_int_eq(charged, 600000000);
	ck_assert_int_eq(spent(budget, 0), 600000000);
	o.entropy_user = &fails; /* nothing is drawn */
	ck_assert_int_eq(ask(&o, budget, &charged, again, NULL), CSTN_OK);
	ck_assert_int_eq(charged, 0);
	ck_assert_str_eq(first, again);
	ck_assert_int_eq(spent(budget, DAY - 1), 600000000);
	/* another period is another question */
	o.entropy_user = &from;
	o.now_us = DAY;
	ck_assert_int_eq(spent(budget, DAY), 0);
	ck_assert_int_eq(ask(&o, budget, &charged, again, NULL), CSTN_OK);
	ck_assert_int_eq(charged, 600000000);
	ck_assert_str_ne(first, again);
	cstn_privacy_budget_free(budget);
}
END_TEST

START_TEST(a_spent_budget_refuses_and_charges_nothing)
{
	seeded_bytes from = {1, 0, 0};
	cstn_noise_options o = question(&from);
	cstn_privacy_budget *budget = budget_of(1000000000, 0);
	cstn_error *error = NULL;
	char text[1000];
	int64_t charged = -1;
	cstn_status status;

	o.epsilon_nano = 600000000;
	ck_assert_int_eq(ask(&o, budget, NULL, text, NULL), CSTN_OK);
	o.grid = 3;
	status = ask(&o, budget, &charged, text, &error);
	expect_error(status, CSTN_E_BUDGET, &error, "400000000 of 1000000000 left");
	ck_assert_int_eq(charged, -1);
	ck_assert_int_eq(spent(budget, 0), 600000000);
	o.epsilon_nano = 400000000;
	ck_assert_int_eq(ask(&o, budget, &charged, text, NULL), CSTN_OK);
	ck_assert_int_eq(spent(budget, 0), 1000000000);
	o.recipient = "zeta"; /* has a budget of its own */
	ck_assert_int_eq(ask(&o, budget, &charged, text, NULL), CSTN_OK);
	ck_assert_int_eq(charged, 400000000);
	cstn_privacy_budget_free(budget);
}
END_TEST

START_TEST(what_is_charged_before_the_source_fails_stays_charged)
{
	seeded_bytes fails = {1, 0, 1};
	cstn_noise_options o = question(&fails);
	cstn_privacy_budget *budget = budget_of(1000000000, 0);
	cstn_error *error = NULL;
	char text[1000];
	int64_t charged = -1;
	cstn_status status;

	o.epsilon_nano = 600000000;
	status = ask(&o, budget, &charged, text, &error);
	expect_error(status, CSTN_E_IO, &error, "randomness");
	ck_assert_int_eq(charged, 600000000);
	ck_assert_int_eq(spent(budget, 0), 600000000);
	cstn_privacy_budget_free(budget);
}
END_TEST

START_TEST(bad_rows_cost_nothing)
{
	seeded_bytes from = {1, 0, 0};
	cstn_noise_options o = question(&from);
	cstn_privacy_budget *budget = budget_of(1000000000000, 0);
	struct ArrowArrayStream rows, table;
	cstn_row_errors *bad = NULL;

	csv_rows(&rows, "who text null\nregion text null\npay decimal scale=2 null\n",
			"who,region,pay\n,north,1.00\n");
	ck_assert_int_eq(cstn_noise(&rows, &o, budget, &table, NULL, &bad, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	cstn_row_errors_free(bad);
	ck_assert_int_eq(spent(budget, 0), 0);
	cstn_privacy_budget_free(budget);
}
END_TEST

static void refuse(const cstn_noise_options *options, cstn_status expected, const char *part)
{
	cstn_privacy_budget *budget = budget_of(INT64_MAX, 0);
	cstn_error *error = NULL;
	char text[1000];
	cstn_status status = ask(options, budget, NULL, text, &error);

	expect_error(status, expected, &error, part);
	ck_assert_int_eq(spent(budget, 0), 0);
	cstn_privacy_budget_free(budget);
}

START_TEST(questions_that_cannot_be_are_refused)
{
	static const char *const twice[] = {"north", "north"};
	seeded_bytes from = {1, 0, 0};
	cstn_noise_options usual = question(&from), o;

#define REFUSE(status, part, ...)             \
	do {                                  \
		o = usual;                    \
		__VA_ARGS__;                  \
		refuse(&o, (status), (part)); \
	} while (0)
	REFUSE(CSTN_E_INVALID_ARGUMENT, "kind", o.kind = 3);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "recipient", o.recipient_len = 0);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "UTF-8", o.recipient = "\xff\xff\xff\xff");
	REFUSE(CSTN_E_INVALID_ARGUMENT, "epsilon_nano", o.epsilon_nano = 0);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "a sum names", o.measure = NULL);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "a subject", o.subject = NULL);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "partitions", o.n_partitions = 0);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "twice", o.partitions = twice, o.n_partitions = 2);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "above high", o.low = 21);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "grid", o.grid = 41);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "decimals", o.scale = 3);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "both 0", o.low = o.high = 0);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "max_partitions", o.max_partitions = -1);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "flags", o.flags = 1u << 30);
	REFUSE(CSTN_E_SCHEMA, "salary", o.measure = "salary");
	REFUSE(CSTN_E_SCHEMA, "region", o.measure = "region", o.partition = "pay");
#undef REFUSE
}
END_TEST

/* --- budgets as tables and bytes -------------------------------------------------------------- */

static cstn_privacy_budget *used(void)
{
	seeded_bytes from = {5, 0, 0};
	cstn_noise_options o = question(&from);
	cstn_privacy_budget *budget = budget_of(INT64_C(1000000000000), DAY);
	char text[1000];

	o.epsilon_nano = 250000000;
	o.recipient = "zeta";
	ck_assert_int_eq(ask(&o, budget, NULL, text, NULL), CSTN_OK);
	o.recipient = "acme";
	o.now_us = 3 * DAY + 5;
	ck_assert_int_eq(ask(&o, budget, NULL, text, NULL), CSTN_OK);
	o.grid = 0;
	ck_assert_int_eq(ask(&o, budget, NULL, text, NULL), CSTN_OK);
	return budget;
}

START_TEST(a_budget_says_what_was_spent)
{
	cstn_privacy_budget *budget = used();
	struct ArrowArrayStream table;
	cstn_buffer *text;

	ck_assert_int_eq(cstn_privacy_budget_export(budget, &table, NULL), CSTN_OK);
	ck_assert_str_eq(csv_text(&table, &text),
			"recipient,data_set,period_from,spent_nano,limit_nano,answers\n"
			"acme,orders 7,1970-01-04T00:00:00Z,500000000,1000000000000,2\n"
			"zeta,orders 7,1970-01-01T00:00:00Z,250000000,1000000000000,1\n");
	cstn_buffer_free(text);
	cstn_privacy_budget_free(budget);
}
END_TEST

START_TEST(a_budget_comes_back_from_its_bytes_and_knows_its_answers)
{
	seeded_bytes from = {77, 0, 0};
	cstn_noise_options o = question(&from);
	cstn_privacy_budget *budget = used(), *back = sealed_copy(&sealed_privacy_budget, budget);
	char mine[1000], theirs[1000];
	int64_t charged = -1;

	sealed_expect_equal(&sealed_privacy_budget, budget, back);
	o.epsilon_nano = 250000000;
	o.now_us = 3 * DAY;
	ck_assert_int_eq(ask(&o, budget, NULL, mine, NULL), CSTN_OK);
	ck_assert_int_eq(ask(&o, back, &charged, theirs, NULL), CSTN_OK);
	ck_assert_int_eq(charged, 0);
	ck_assert_str_eq(mine, theirs);
	cstn_privacy_budget_free(budget);
	cstn_privacy_budget_free(back);
}
END_TEST

START_TEST(damaged_bytes_are_refused)
{
	static const uint8_t flips[] = {0x01, 0x80, 0xff};
	cstn_privacy_budget *budget = used();

	sealed_refuses_damage(&sealed_privacy_budget, budget, 0x10);
	ck_assert_uint_gt(
			sealed_changes_refused(&sealed_privacy_budget, budget, flips, 3, NULL), 50);
	cstn_privacy_budget_free(budget);
}
END_TEST

START_TEST(budgets_that_cannot_be_are_refused)
{
	cstn_privacy_budget_options options = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;
	cstn_privacy_budget *out = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_privacy_budget_new(&options, NULL, &out, &error);

	expect_error(status, CSTN_E_INVALID_ARGUMENT, &error, "limit_nano");
	ck_assert_int_eq(cstn_privacy_budget_new(&options, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(out);
	ck_assert_int_eq(cstn_privacy_budget_spent(NULL, "a", 1, "b", 1, 0, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_privacy_budget_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			draws_have_the_probabilities_of_the_discrete_laplace_distribution,
			a_source_that_fails_or_repeats_ends, sums_of_random_rows_are_those_by_hand,
			sensitivity_is_the_most_a_subject_moves_rounded_up_to_a_step,
			sums_are_rounded_to_the_nearest_step,
			answers_are_clamped_sums_where_the_noise_is_nothing,
			the_same_question_is_answered_again_free,
			a_spent_budget_refuses_and_charges_nothing,
			what_is_charged_before_the_source_fails_stays_charged,
			bad_rows_cost_nothing, questions_that_cannot_be_are_refused,
			a_budget_says_what_was_spent,
			a_budget_comes_back_from_its_bytes_and_knows_its_answers,
			damaged_bytes_are_refused, budgets_that_cannot_be_are_refused};

	return run_tests("privacy_noise", tests, sizeof(tests) / sizeof(tests[0]));
}
