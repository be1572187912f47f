/* What data were worth: shares against the definition written out, balances, the ledger's bytes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "base/checked.h"
#include "base/stats.h"
#include "csv_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

/* --- shares ----------------------------------------------------------------------------------- */

static cstn__i128 numerator_of(const cstn_shapley_share *share)
{
	return (cstn__i128)share->numerator_high * ((cstn__i128)1 << 64) + share->numerator_low;
}

static int next_permutation(int *order, int n)
{
	int i = n - 1, k = n - 1, other;

	while (i > 0 && order[i - 1] > order[i])
		i--;
	if (i == 0)
		return 0;
	while (order[k] < order[i - 1])
		k--;
	other = order[k];
	order[k] = order[i - 1];
	order[i - 1] = other;
	for (k = n - 1; i < k; i++, k--) {
		other = order[k];
		order[k] = order[i];
		order[i] = other;
	}
	return 1;
}

/* All orders, one after another: sums of what each player adds. */
static void by_definition(const int64_t *values, int n, cstn__i128 *sum)
{
	int order[8], i;

	for (i = 0; i < n; i++) {
		order[i] = i;
		sum[i] = 0;
	}
	do {
		unsigned coalition = 0;

		for (i = 0; i < n; i++) {
			unsigned with = coalition | 1u << order[i];

			sum[order[i]] += (cstn__i128)values[with] - values[coalition];
			coalition = with;
		}
	} while (next_permutation(order, n));
}

static void random_values(uint64_t seed, int n, int64_t *values)
{
	int i;

	values[0] = 0;
	for (i = 1; i < 1 << n; i++) { /* great ones too: sums of them do not fit 64 bits */
		values[i] = (int64_t)cstn__random_u64(seed, (uint64_t)i);
		if (seed % 3)
			values[i] %= 1000;
	}
}

static void expect_adds_up(const cstn_shapley_share *shares, int n, int64_t value)
{
	cstn__i128 sum = 0, whole = 0;
	int i;

	for (i = 0; i < n; i++) {
		sum += numerator_of(&shares[i]);
		whole += shares[i].whole;
		ck_assert(fabs((double)shares[i].whole - shares[i].value) <=
				1 + 1e-9 * fabs(shares[i].value));
	}
	ck_assert(sum == (cstn__i128)value * shares[0].denominator);
	ck_assert(whole == value);
}

START_TEST(exact_shares_are_averages_over_all_orders)
{
	uint64_t seed;

	for (seed = 1; seed <= 60; seed += test_every()) {
		cstn_shapley_options o = CSTN_SHAPLEY_OPTIONS_INIT;
		int n = 1 + (int)(seed % 6), i;
		int64_t values[64];
		cstn_shapley_share got[8];
		cstn__i128 want[8];

		random_values(seed, n, values);
		o.players = n;
		o.values = values;
		ck_assert_int_eq(cstn_value_shapley(&o, got, NULL), CSTN_OK);
		by_definition(values, n, want);
		for (i = 0; i < n; i++) {
			ck_assert(numerator_of(&got[i]) == want[i]);
			ck_assert_double_eq(got[i].standard_error, 0);
		}
		expect_adds_up(got, n, values[(1 << n) - 1]);
	}
}
END_TEST

/* A glove game: worth 100 a pair; the last of the players adds nothing. */
static int32_t gloves(void *user, uint64_t coalition, int64_t *out)
{
	int n = *(const int *)user, half = (n - 1) / 2;
	uint64_t left = coalition & ((UINT64_C(1) << half) - 1);
	uint64_t right = coalition >> half & ((UINT64_C(1) << (n - 1 - half)) - 1);
	int pairs = __builtin_popcountll(left), other = __builtin_popcountll(right);

	*out = 100 * (pairs < other ? pairs : other);
	return n > 64;
}

START_TEST(a_table_and_a_function_give_the_same)
{
	cstn_shapley_options o = CSTN_SHAPLEY_OPTIONS_INIT;
	cstn_shapley_share one[12], other[12];
	int64_t values[1 << 12];
	int n = 12;
	uint64_t i;

	for (i = 0; i < 1 << 12; i++)
		gloves(&n, i, &values[i]);
	o.players = n;
	o.values = values;
	ck_assert_int_eq(cstn_value_shapley(&o, one, NULL), CSTN_OK);
	o.values = NULL;
	o.value = gloves;
	o.user = &n;
	ck_assert_int_eq(cstn_value_shapley(&o, other, NULL), CSTN_OK);
	ck_assert_mem_eq(one, other, sizeof(one));
	ck_assert_double_eq(one[11].value, 0);
	ck_assert_int_eq(one[11].whole, 0);
	expect_adds_up(one, 12, 500);
}
END_TEST

START_TEST(samples_are_near_have_the_same_bytes_for_any_threads_and_add_up)
{
	cstn_shapley_options o = CSTN_SHAPLEY_OPTIONS_INIT;
	cstn_shapley_share exact[12], got[12], again[12];
	int n = 12, i;

	o.players = n;
	o.value = gloves;
	o.user = &n;
	ck_assert_int_eq(cstn_value_shapley(&o, exact, NULL), CSTN_OK);
	o.flags = CSTN_SHAPLEY_SAMPLE;
	o.permutations = 5001;
	o.seed = 7;
	o.threads = 1;
	ck_assert_int_eq(cstn_value_shapley(&o, got, NULL), CSTN_OK);
	ck_assert_int_eq(got[0].denominator, 5002);
	for (i = 0; i < n; i++) {
		ck_assert_double_le(fabs(got[i].value - exact[i].value),
				4 * got[i].standard_error + 1e-12);
		ck_assert(i == n - 1 || got[i].standard_error > 0);
	}
	expect_adds_up(got, n, 500);
	for (o.threads = 2; o.threads <= 5; o.threads++) {
		memset(again, 0xaa, sizeof(again));
		ck_assert_int_eq(cstn_value_shapley(&o, again, NULL), CSTN_OK);
		ck_assert_mem_eq(again, got, sizeof(got));
	}
	o.seed = 8;
	ck_assert_int_eq(cstn_value_shapley(&o, again, NULL), CSTN_OK);
	ck_assert_mem_ne(again, got, sizeof(got));
}
END_TEST

START_TEST(many_players_are_sampled)
{
	cstn_shapley_options o = CSTN_SHAPLEY_OPTIONS_INIT;
	cstn_shapley_share got[64];
	int n = 64;

	o.players = n;
	o.value = gloves;
	o.user = &n;
	o.permutations = 600;
	ck_assert_int_eq(cstn_value_shapley(&o, got, NULL), CSTN_OK);
	expect_adds_up(got, n, 3100);
	ck_assert_double_eq(got[63].value, 0);
}
END_TEST

START_TEST(games_that_cannot_be_are_refused)
{
	static const int64_t values[] = {0, 1}, wrong[] = {1, 1};
	cstn_shapley_options usual = CSTN_SHAPLEY_OPTIONS_INIT, o;
	cstn_shapley_share out[64];
	cstn_error *error = NULL;
	int too_many = 65;

	usual.players = 1;
	usual.values = values;
#define REFUSE(expected, part, ...)                                                          \
	do {                                                                                 \
		o = usual;                                                                   \
		__VA_ARGS__;                                                                 \
		expect_error(cstn_value_shapley(&o, out, &error), (expected), &error, part); \
	} while (0)
	REFUSE(CSTN_E_INVALID_ARGUMENT, "players", o.players = 0);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "players", o.players = 21);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "either", o.values = NULL);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "either", o.value = gloves);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "nobody", o.values = wrong);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "permutations", o.permutations = 1);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "flags", o.flags = 2);
	REFUSE(CSTN_E_IO, "value function", o.values = NULL, o.value = gloves, o.user = &too_many);
	REFUSE(CSTN_E_IO, "value function", o.values = NULL, o.value = gloves, o.user = &too_many,
			o.players = 20);
#undef REFUSE
	ck_assert_int_eq(cstn_value_shapley(&usual, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
}
END_TEST

/* --- the ledger ------------------------------------------------------------------------------- */

static cstn_value_row row_of(int32_t kind, const char *party, const char *other, uint32_t class,
		int64_t at_us, int64_t worth)
{
	cstn_value_row row = CSTN_VALUE_ROW_INIT;

	row.kind = kind;
	row.level = CSTN_LEVEL_AGGREGATED;
	row.constellation = "ring";
	row.constellation_len = 4;
	row.party = party;
	row.party_len = strlen(party);
	row.counterparty = other;
	row.counterparty_len = strlen(other);
	row.field_class = class;
	row.fields = 2;
	row.at_us = at_us;
	row.rows = 10;
	row.completeness_permille = 1000 - (int32_t)at_us;
	row.staleness_us = at_us * 7;
	if (kind == CSTN_VALUE_RELEASE)
		row.cost_out_minor = worth;
	else
		row.utility_in_minor = worth;
	return row;
}

static void add(cstn_value_ledger *ledger, cstn_value_row row)
{
	ck_assert_int_eq(cstn_value_ledger_add(ledger, &row, NULL), CSTN_OK);
}

static cstn_value_ledger *some(void)
{
	cstn_value_ledger *ledger = NULL;

	ck_assert_int_eq(cstn_value_ledger_new(NULL, &ledger, NULL), CSTN_OK);
	add(ledger, row_of(CSTN_VALUE_RELEASE, "acme", "zeta", CSTN_CLASS_COMPETITIVE, 1, 500));
	add(ledger, row_of(CSTN_VALUE_RECEIPT, "acme", "zeta", CSTN_CLASS_OPERATIONAL, 2, 900));
	add(ledger, row_of(CSTN_VALUE_RECEIPT, "acme", "zeta", CSTN_CLASS_COMPETITIVE, 3, -50));
	add(ledger, row_of(CSTN_VALUE_RELEASE, "zeta", "acme", CSTN_CLASS_COMPETITIVE, 3, 70));
	add(ledger, row_of(CSTN_VALUE_RECEIPT, "acme", "iota", CSTN_CLASS_COMPETITIVE, 4, 8));
	return ledger;
}

static cstn_value_balance balance(const cstn_value_ledger *ledger, const char *a, const char *b,
		uint32_t class, int64_t until)
{
	cstn_value_balance out = CSTN_VALUE_BALANCE_INIT;

	ck_assert_int_eq(cstn_value_reciprocity(ledger, a, 4, b, 4, "ring", 4, class, 0, until,
					 &out, NULL),
			CSTN_OK);
	return out;
}

START_TEST(a_balance_is_of_the_partys_own_rows)
{
	cstn_value_ledger *ledger = some();
	cstn_value_balance all = balance(ledger, "acme", "zeta", 0, 100), part;

	ck_assert_uint_eq(cstn_value_ledger_count(ledger), 5);
	ck_assert_int_eq(all.releases, 1);
	ck_assert_int_eq(all.receipts, 2);
	ck_assert_int_eq(all.rows_given, 10);
	ck_assert_int_eq(all.rows_received, 20);
	ck_assert_int_eq(all.given_minor, 500);
	ck_assert_int_eq(all.received_minor, 850);
	ck_assert_int_eq(all.difference_minor, 350);
	ck_assert_int_eq(all.completeness_permille, 997);
	ck_assert_int_eq(all.staleness_us, 21);
	ck_assert_uint_eq(all.valid, CSTN_VALUE_HAS_RECEIPTS);
	part = balance(ledger, "acme", "zeta", CSTN_CLASS_COMPETITIVE, 3); /* before the receipt */
	ck_assert_int_eq(part.difference_minor, -500);
	ck_assert_uint_eq(part.valid, 0);
	part = balance(ledger, "zeta", "acme", 0, 100);
	ck_assert_int_eq(part.difference_minor, -70);
	part = balance(ledger, "nobo", "acme", 0, 100);
	ck_assert_int_eq(part.releases + part.receipts, 0);
	cstn_value_ledger_free(ledger);
	cstn_value_ledger_free(NULL);
	ck_assert_uint_eq(cstn_value_ledger_count(NULL), 0);
}
END_TEST

static int32_t reciprocal(const cstn_value_balance *is, int64_t complete, int64_t stale)
{
	cstn_term_consideration asked = CSTN_TERM_CONSIDERATION_INIT;
	int32_t state = 0;

	asked.kind = CSTN_CONSIDERATION_RECIPROCAL;
	asked.min_completeness_permille = complete;
	asked.max_staleness_us = stale;
	ck_assert_int_eq(cstn_value_reciprocal_state(is, &asked, &state, NULL), CSTN_OK);
	return state;
}

START_TEST(data_in_return_are_current_if_complete_and_fresh)
{
	cstn_value_ledger *ledger = some();
	cstn_value_balance is = balance(ledger, "acme", "zeta", 0, 100); /* 997 permille, 21 us */
	cstn_term_consideration money = CSTN_TERM_CONSIDERATION_INIT;
	int32_t state = 7;

	ck_assert_int_eq(reciprocal(&is, 997, 21), CSTN_CONSIDERATION_CURRENT);
	ck_assert_int_eq(reciprocal(&is, 0, 0), CSTN_CONSIDERATION_CURRENT); /* of any age */
	ck_assert_int_eq(reciprocal(&is, 998, 21), CSTN_CONSIDERATION_OVERDUE);
	ck_assert_int_eq(reciprocal(&is, 997, 20), CSTN_CONSIDERATION_OVERDUE);
	is = balance(ledger, "zeta", "acme", 0, 100);
	ck_assert_int_eq(reciprocal(&is, 0, 0), CSTN_CONSIDERATION_UNKNOWN);
	money.kind = CSTN_CONSIDERATION_MONEY;
	ck_assert_int_eq(cstn_value_reciprocal_state(&is, &money, &state, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_value_reciprocal_state(NULL, &money, &state, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_value_reciprocal_state(&is, NULL, &state, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(state, 7);
	cstn_value_ledger_free(ledger);
}
END_TEST

START_TEST(a_ledger_is_a_table)
{
	cstn_value_ledger *ledger = some();
	struct ArrowArrayStream table;
	cstn_buffer *text;
	const char *rows;

	ck_assert_int_eq(cstn_value_ledger_export(ledger, &table, NULL), CSTN_OK);
	rows = csv_text(&table, &text);
	ck_assert_str_eq(csv_cell(rows, 1, "kind"), "release");
	ck_assert_str_eq(csv_cell(rows, 1, "class"), "competitive");
	ck_assert_str_eq(csv_cell(rows, 2, "class"), "operational");
	ck_assert_str_eq(csv_cell(rows, 2, "utility_in_minor"), "900");
	ck_assert_str_eq(csv_cell(rows, 5, "counterparty"), "iota");
	ck_assert_str_eq(csv_cell(rows, 6, "kind"), "");
	cstn_buffer_free(text);
	cstn_value_ledger_free(ledger);
}
END_TEST

START_TEST(a_ledger_comes_back_from_its_bytes)
{
	static const uint8_t flips[] = {0x01, 0x80, 0xff};
	cstn_value_ledger *ledger = some(), *back = sealed_copy(&sealed_value_ledger, ledger);

	sealed_expect_equal(&sealed_value_ledger, ledger, back);
	ck_assert_int_eq(balance(back, "acme", "zeta", 0, 100).difference_minor, 350);
	sealed_refuses_damage(&sealed_value_ledger, ledger, 0x10);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_value_ledger, ledger, flips, 3, NULL), 50);
	cstn_value_ledger_free(ledger);
	cstn_value_ledger_free(back);
}
END_TEST

START_TEST(rows_that_cannot_be_are_refused)
{
	cstn_value_ledger *ledger = some();
	cstn_value_balance out = CSTN_VALUE_BALANCE_INIT;
	cstn_error *error = NULL;
	cstn_value_row row;

#define REFUSE(part, ...)                                                                          \
	do {                                                                                       \
		row = row_of(CSTN_VALUE_RECEIPT, "acme", "zeta", CSTN_CLASS_SPECIAL, 1, 5);        \
		__VA_ARGS__;                                                                       \
		expect_error(cstn_value_ledger_add(ledger, &row, &error), CSTN_E_INVALID_ARGUMENT, \
				&error, part);                                                     \
	} while (0)
	REFUSE("kind", row.kind = 3);
	REFUSE("level", row.level = 7);
	REFUSE("field_class", row.field_class = 3);
	REFUSE("field_class", row.field_class = 64);
	REFUSE("field_class", row.field_class = 0);
	REFUSE("rows", row.rows = -1);
	REFUSE("staleness_us", row.staleness_us = -1);
	REFUSE("completeness_permille", row.completeness_permille = 1001);
	REFUSE("utility", row.cost_out_minor = 1);
	REFUSE("party", row.party_len = 0);
	REFUSE("party", row.counterparty_len = 65);
	REFUSE("flags", row.flags = 1);
#undef REFUSE
	ck_assert_uint_eq(cstn_value_ledger_count(ledger), 5);
	row = row_of(CSTN_VALUE_RECEIPT, "acme", "zeta", CSTN_CLASS_SPECIAL, 1, INT64_MAX);
	add(ledger, row);
	ck_assert_int_eq(cstn_value_reciprocity(ledger, "acme", 4, "zeta", 4, "ring", 4, 0, 0, 100,
					 &out, NULL),
			CSTN_E_OVERFLOW);
	ck_assert_int_eq(cstn_value_reciprocity(ledger, "acme", 4, "zeta", 4, "ring", 4, 5, 0, 100,
					 &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_value_ledger_add(NULL, &row, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_value_ledger_free(ledger);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {exact_shares_are_averages_over_all_orders,
			a_table_and_a_function_give_the_same,
			samples_are_near_have_the_same_bytes_for_any_threads_and_add_up,
			many_players_are_sampled, games_that_cannot_be_are_refused,
			a_balance_is_of_the_partys_own_rows,
			data_in_return_are_current_if_complete_and_fresh, a_ledger_is_a_table,
			a_ledger_comes_back_from_its_bytes, rows_that_cannot_be_are_refused};

	return run_tests("data_value", tests, sizeof(tests) / sizeof(tests[0]));
}
