/* The state of retention as one that merges, forgets and travels: the same bytes for any split of
 * rows, any order of merging, any threads; and what it refuses. */
#include "retention_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "purchase_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define ALL (SHOP_QUANTITY | SHOP_ORDER | SHOP_ITEM | SHOP_FIRST | SHOP_CANCELLED)
#define ROWS 600
#define PARTS 5

/* Kinds of states that properties are tried on. */
static const uint32_t kinds[] = {0, SHOP_QUANTITY | SHOP_FIRST, ALL, ALL | SHOP_TEXT_IDS,
		SHOP_ORDER | SHOP_CANCELLED};
#define KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

static cstn_retention *part_of(uint64_t seed, size_t from, size_t to, uint32_t flags)
{
	char *rows = shop_random(seed, from, to, flags);
	cstn_retention *state = shop_of(rows, flags);

	free(rows);
	return state;
}

static void merge_ok(cstn_retention *into, const cstn_retention *from)
{
	ck_assert_int_eq(cstn_retention_merge(into, from, NULL), CSTN_OK);
}

/* --- splits ----------------------------------------------------------------------------------- */

START_TEST(any_split_and_order_of_merging_gives_the_same_bytes)
{
	static const int orders[][PARTS] = {{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 4, 0, 1, 3}};
	uint32_t flags = kinds[_i % KINDS];
	uint64_t seed = (uint64_t)_i + 1;
	cstn_retention *whole = part_of(seed, 0, ROWS, flags), *parts[PARTS];
	size_t o, k;

	for (o = 0; o < 3; o++) {
		for (k = 0; k < PARTS; k++)
			parts[k] = part_of(seed, k * ROWS / PARTS, (k + 1) * ROWS / PARTS, flags);
		for (k = 1; k < PARTS; k++)
			merge_ok(parts[orders[o][0]], parts[orders[o][k]]);
		sealed_expect_equal(&sealed_retention, whole, parts[orders[o][0]]);
		for (k = 0; k < PARTS; k++)
			cstn_retention_free(parts[k]);
	}
	/* and as a tree, into an empty one */
	for (k = 0; k < 4; k++)
		parts[k] = part_of(seed, k * ROWS / 4, (k + 1) * ROWS / 4, flags);
	parts[4] = shop_new(flags);
	merge_ok(parts[3], parts[1]);
	merge_ok(parts[0], parts[2]);
	merge_ok(parts[4], parts[3]);
	merge_ok(parts[4], parts[0]);
	sealed_expect_equal(&sealed_retention, whole, parts[4]);
	for (k = 0; k < PARTS; k++)
		cstn_retention_free(parts[k]);
	cstn_retention_free(whole);
}
END_TEST

START_TEST(rows_in_several_updates_are_as_rows_in_one)
{
	uint32_t flags = kinds[_i];
	cstn_retention *whole = part_of(9, 0, ROWS, flags), *state = shop_new(flags);
	size_t k, step = ROWS / 50;

	for (k = 0; k < ROWS; k += step) {
		char *rows = shop_random(9, k, k + step, flags);

		shop_add(state, rows, flags);
		free(rows);
	}
	sealed_expect_equal(&sealed_retention, whole, state);
	cstn_retention_free(whole);
	cstn_retention_free(state);
}
END_TEST

typedef struct worker {
	pthread_t thread;
	size_t from, to;
	cstn_retention *state;
} worker;

static void *work(void *context)
{
	worker *one = context;

	one->state = part_of(3, one->from, one->to, ALL);
	return NULL;
}

START_TEST(states_of_several_threads_merge_to_the_bytes_of_one)
{
	cstn_retention *whole = part_of(3, 0, ROWS, ALL);
	worker workers[4];
	size_t k, n = (size_t)_i + 1;

	for (k = 0; k < n; k++) {
		workers[k] = (worker){0, k * ROWS / n, (k + 1) * ROWS / n, NULL};
		ck_assert_int_eq(pthread_create(&workers[k].thread, NULL, work, &workers[k]), 0);
	}
	for (k = 0; k < n; k++)
		ck_assert_int_eq(pthread_join(workers[k].thread, NULL), 0);
	for (k = 1; k < n; k++)
		merge_ok(workers[0].state, workers[k].state);
	sealed_expect_equal(&sealed_retention, whole, workers[0].state);
	for (k = 0; k < n; k++)
		cstn_retention_free(workers[k].state);
	cstn_retention_free(whole);
}
END_TEST

/* --- what must add up ------------------------------------------------------------------------- */

static double number_at(const char *rows, const char *first, int field)
{
	const char *at = strstr(rows, first);

	ck_assert_ptr_nonnull(at);
	for (; field; field--)
		at = strchr(at, ',') + 1;
	return strtod(at, NULL);
}

START_TEST(parts_of_growth_add_up_and_so_do_price_volume_and_assortment)
{
	cstn_retention *state = part_of((uint64_t)_i + 50, 0, ROWS, ALL);
	cstn_retention_question question = question_of();
	char *text = ask(state, CSTN_RETENTION_TABLE_GROWTH, &question);
	static const char *const parts[] = {
			"expansion,", "contraction,", "lost,", "regained,", "unchanged,"};
	double sums[4] = {0, 0, 0, 0}, causes;
	int f;
	size_t k;

	for (f = 0; f < 4; f++) {
		for (k = 0; k < 5; k++)
			sums[f] += number_at(text, parts[k], f + 1);
		ck_assert_double_eq_tol(sums[f], number_at(text, "existing,", f + 1), 1e-9);
	}
	causes = number_at(text, "price,", 4) + number_at(text, "volume,", 4) +
		 number_at(text, "assortment,", 4);
	ck_assert_double_eq_tol(causes, number_at(text, "existing,", 4), 1e-9);
	free(text);
	cstn_retention_free(state);
}
END_TEST

START_TEST(sizes_of_cohorts_add_up_to_the_customers_and_all_of_a_cohort_is_active_at_age_0)
{
	static const int32_t periods[] = {CSTN_RETENTION_DAY, CSTN_RETENTION_WEEK,
			CSTN_RETENTION_MONTH, CSTN_RETENTION_QUARTER};
	cstn_retention *state = part_of((uint64_t)_i, 0, ROWS / 8, SHOP_QUANTITY);
	cstn_retention_question question = question_of();
	char *counts, *cohorts, *at;
	int64_t customers = 0;

	question.period = periods[_i % 4];
	question.as_of_days = DAY0 + 89; /* the end of a quarter */
	counts = ask(state, CSTN_RETENTION_TABLE_COUNTS, &question);
	cohorts = ask(state, CSTN_RETENTION_TABLE_COHORTS, &question);
	for (at = cohorts; *at; at = strchr(at, ';') + 1) {
		if (number_at(at, "", 1) != 0)
			continue;
		customers += (int64_t)number_at(at, "", 2);
		if (*(strchr(strchr(strchr(at, ',') + 1, ',') + 1, ',') + 1) != '~')
			ck_assert_double_eq(number_at(at, "", 2), number_at(at, "", 3));
	}
	ck_assert_double_eq((double)customers, number_at(counts, "customers,", 1));
	free(counts);
	free(cohorts);
	cstn_retention_free(state);
}
END_TEST

/* --- forgetting ------------------------------------------------------------------------------- */

static void forget_stream(const int64_t *ids, size_t n, int text_ids, struct ArrowArrayStream *out)
{
	purchase_row rows[4];
	size_t i;

	memset(rows, 0, sizeof(rows));
	for (i = 0; i < n; i++)
		rows[i].customer = ids[i];
	rows_stream(rows, n, text_ids ? ROWS_TEXT_ID : 0, out);
}

START_TEST(forgotten_customers_leave_the_state_that_never_saw_them)
{
	const int64_t gone[] = {10, 55, 999999};
	uint32_t flags = kinds[_i];
	char *rows = shop_random(4, 0, ROWS, flags), *others = calloc(strlen(rows) + 1, 1), *at;
	cstn_retention *state = shop_of(rows, flags), *never = NULL;
	struct ArrowArrayStream stream;

	for (at = rows; at && *at;) {
		char *end = strchr(at, ';');
		size_t len = end ? (size_t)(end - at) : strlen(at);
		long long id = strtoll(at, NULL, 10);

		if (id != 10 && id != 55) {
			if (*others)
				strcat(others, ";");
			strncat(others, at, len);
		}
		at = end ? end + 1 : NULL;
	}
	never = shop_of(others, flags);
	forget_stream(gone, 3, (flags & SHOP_TEXT_IDS) != 0, &stream);
	ck_assert_int_eq(cstn_retention_remove(state, &stream, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_retention, never, state);
	free(rows);
	free(others);
	cstn_retention_free(never);
	cstn_retention_free(state);
}
END_TEST

START_TEST(a_state_whose_customers_are_all_forgotten_is_empty)
{
	const int64_t gone[] = {1, 2};
	cstn_retention *state = shop_of("1 0 5 7 ~;2 3 1 7 1", SHOP_ORDER | SHOP_FIRST);
	cstn_retention *empty = shop_new(SHOP_ORDER);
	struct ArrowArrayStream stream;

	forget_stream(gone, 2, 0, &stream);
	ck_assert_int_eq(cstn_retention_remove(state, &stream, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_retention, empty, state);
	/* and takes customers that are text now */
	shop_add(state, "1 0 5 7 ~", SHOP_ORDER | SHOP_FIRST | SHOP_TEXT_IDS);
	cstn_retention_free(empty);
	cstn_retention_free(state);
}
END_TEST

START_TEST(a_null_among_the_forgotten_changes_nothing)
{
	const int64_t gone[] = {1, -1};
	cstn_retention *state = shop_of("1 0 5;2 3 1", 0), *same = shop_of("1 0 5;2 3 1", 0);
	struct ArrowArrayStream stream;

	forget_stream(gone, 2, 0, &stream);
	ck_assert_int_eq(cstn_retention_remove(state, &stream, NULL), CSTN_E_ROWS);
	sealed_expect_equal(&sealed_retention, same, state);
	cstn_retention_free(same);
	cstn_retention_free(state);
}
END_TEST

/* --- bytes ------------------------------------------------------------------------------------ */

START_TEST(bytes_read_back_to_a_state_that_goes_on_the_same)
{
	uint32_t flags = kinds[_i];
	cstn_retention *state = part_of(6, 0, ROWS, flags);
	cstn_retention *back = sealed_copy(&sealed_retention, state);
	char *more = shop_random(7, 0, 40, flags);

	shop_add(state, more, flags);
	shop_add(back, more, flags);
	sealed_expect_equal(&sealed_retention, state, back);
	free(more);
	cstn_retention_free(back);
	cstn_retention_free(state);
}
END_TEST

START_TEST(bytes_cut_or_changed_anywhere_are_refused)
{
	cstn_retention *state = part_of(6, 0, 12, kinds[_i]);

	sealed_refuses_damage(&sealed_retention, state, 0x41);
	cstn_retention_free(state);
}
END_TEST

/* What has the right checksum is refused, or is a state whose bytes it is. */
START_TEST(bytes_sealed_anew_are_refused_or_are_those_of_a_state)
{
	static const uint8_t flips[] = {0x01, 0x02, 0x40, 0x80, 0xff};
	cstn_retention *state = part_of(6, 0, 12, kinds[_i]);

	ck_assert_uint_gt(sealed_changes_refused(&sealed_retention, state, flips, 5, NULL),
			SEALED_HEAD * 5 - 1);
	cstn_retention_free(state);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

static void expect_update(cstn_retention *state, const char *schema, const char *csv,
		cstn_status expected, const char *part)
{
	cstn_retention *before = sealed_copy(&sealed_retention, state);
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	csv_rows(&stream, schema, csv);
	expect_error(cstn_retention_update(state, &stream, NULL, NULL, &error), expected, &error,
			part);
	sealed_expect_equal(&sealed_retention, before, state);
	cstn_retention_free(before);
}

START_TEST(one_currency_a_state)
{
	const char *schema = "customer int64\nday date\nvalue int64\ncurrency text\n";
	cstn_retention *state = shop_new(0), *other = shop_new(0);
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	expect_update(state, schema,
			"customer,day,value,currency\n1,2026-01-01,5,EUR\n1,2026-01-02,5,USD\n",
			CSTN_E_CURRENCY, "row 1 is in USD");
	csv_rows(&stream, schema, "customer,day,value,currency\n1,2026-01-01,5,EUR\n");
	ck_assert_int_eq(cstn_retention_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	expect_update(state, schema, "customer,day,value,currency\n1,2026-01-01,5,USD\n",
			CSTN_E_CURRENCY, "in EUR in one state and in USD");
	csv_rows(&stream, schema, "customer,day,value,currency\n1,2026-01-01,5,USD\n");
	ck_assert_int_eq(cstn_retention_update(other, &stream, NULL, NULL, NULL), CSTN_OK);
	expect_error(cstn_retention_merge(state, other, &error), CSTN_E_CURRENCY, &error, "USD");
	cstn_retention_free(state);
	cstn_retention_free(other);
}
END_TEST

START_TEST(ids_of_another_type_and_values_of_another_scale_are_refused)
{
	cstn_retention *state = shop_of("1 0 5 1 7 9", SHOP_QUANTITY | SHOP_ORDER | SHOP_ITEM);
	const char *head = "customer,day,value,quantity,order,item\n";
	char csv[128];

	strcat(strcpy(csv, head), "1,2026-01-01,5.00,1,7,9\n");
	expect_update(state,
			"customer text\nday date\nvalue decimal scale=2\nquantity int64\norder "
			"int64\nitem int64\n",
			csv, CSTN_E_SCHEMA, "column 'customer' is text");
	expect_update(state,
			"customer int64\nday date\nvalue decimal scale=2\nquantity int64\norder "
			"text\nitem int64\n",
			csv, CSTN_E_SCHEMA, "column 'order' is text");
	expect_update(state,
			"customer int64\nday date\nvalue decimal scale=2\nquantity int64\norder "
			"int64\nitem text\n",
			csv, CSTN_E_SCHEMA, "column 'item' is text");
	expect_update(state,
			"customer int64\nday date\nvalue decimal scale=3\nquantity int64\norder "
			"int64\nitem int64\n",
			csv, CSTN_E_SCHEMA, "column 'value' has 3 decimals here, 2");
	expect_update(state,
			"customer int64\nday date\nvalue decimal scale=2\nquantity decimal "
			"scale=1\norder int64\nitem int64\n",
			csv, CSTN_E_SCHEMA, "column 'quantity' has 1 decimals here, 0");
	cstn_retention_free(state);
}
END_TEST

START_TEST(columns_that_the_configuration_needs_must_be_there)
{
	cstn_retention *orders = shop_new(SHOP_ORDER), *items = shop_new(SHOP_ITEM);
	const char *schema = "customer int64\nday date\nvalue int64\nitem int64\n";
	const char *csv = "customer,day,value,item\n1,2026-01-01,5,1\n";

	expect_update(orders, schema, csv, CSTN_E_SCHEMA, "'order'");
	expect_update(items, schema, csv, CSTN_E_SCHEMA, "'quantity'");
	cstn_retention_free(orders);
	cstn_retention_free(items);
}
END_TEST

START_TEST(rows_without_customer_order_or_item_are_left_out_and_told)
{
	uint32_t flags = SHOP_QUANTITY | SHOP_ORDER | SHOP_ITEM;
	cstn_retention *state = shop_new(flags), *good = shop_of("4 0 5 1 7 9", flags);
	struct ArrowArrayStream stream;
	cstn_row_errors *bad = NULL;

	flags |= _i ? SHOP_TEXT_IDS : 0;
	shop_stream("~ 0 5 1 7 9;2 0 5 1 ~ 9;3 0 5 1 7 ~;4 0 5 1 7 9", flags, &stream);
	ck_assert_int_eq(cstn_retention_update(state, &stream, NULL, &bad, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 3);
	if (!_i)
		sealed_expect_equal(&sealed_retention, good, state);
	cstn_row_errors_free(bad);
	cstn_retention_free(good);
	cstn_retention_free(state);
}
END_TEST

START_TEST(the_day_of_a_time_is_that_of_the_offset)
{
	cstn_retention_config config = CSTN_RETENTION_CONFIG_INIT;
	cstn_retention_question question = CSTN_RETENTION_QUESTION_INIT;
	cstn_retention *state = NULL;
	struct ArrowArrayStream stream;

	config.utc_offset_minutes = _i ? 60 : 59;
	ck_assert_int_eq(cstn_retention_new(&config, NULL, &state, NULL), CSTN_OK);
	csv_rows(&stream, "customer int64\nday timestamp\nfirst_purchase_day timestamp null\n",
			"customer,day,first_purchase_day\n1,2026-01-05T23:00:00Z,2026-01-02T23:00:"
			"00Z\n");
	ck_assert_int_eq(cstn_retention_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	question.period = CSTN_RETENTION_DAY;
	question.as_of_days = DAY0 + 5;
	question.ages = 1;
	expect_table(state, CSTN_RETENTION_TABLE_COHORTS, &question,
			_i ? "20456,0,1,~,~,~,0;20456,1,1,~,~,~,0;"
			   : "20455,0,1,~,~,~,0;20455,1,1,~,~,~,0;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(states_of_other_configurations_do_not_merge)
{
	cstn_retention_config config = CSTN_RETENTION_CONFIG_INIT;
	cstn_retention *plain = shop_new(0), *other = NULL;

	if (_i == 0)
		config.flags = CSTN_RETENTION_ORDERS;
	else if (_i == 1)
		config.flags = CSTN_RETENTION_ITEMS;
	else
		config.utc_offset_minutes = 1;
	ck_assert_int_eq(cstn_retention_new(&config, NULL, &other, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_retention_merge(plain, other, NULL), CSTN_E_MISMATCH);
	ck_assert_int_eq(cstn_retention_merge(plain, plain, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_retention_free(plain);
	cstn_retention_free(other);
}
END_TEST

START_TEST(a_configuration_out_of_range_is_refused)
{
	cstn_retention_config config = CSTN_RETENTION_CONFIG_INIT;
	cstn_retention *state = NULL;

	config.utc_offset_minutes = _i == 0 ? 1441 : _i == 1 ? -1441 : 0;
	config.flags = _i == 2 ? 4 : 0;
	config.reserved0 = _i == 3;
	ck_assert_int_eq(cstn_retention_new(&config, NULL, &state, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(state);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("retention_bytes");
	TCase *tests = tcase_create("retention_bytes");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, any_split_and_order_of_merging_gives_the_same_bytes, 0, KINDS);
	tcase_add_loop_test(tests, rows_in_several_updates_are_as_rows_in_one, 0, KINDS);
	tcase_add_loop_test(tests, states_of_several_threads_merge_to_the_bytes_of_one, 0, 4);
	tcase_add_loop_test(
			tests, parts_of_growth_add_up_and_so_do_price_volume_and_assortment, 0, 6);
	tcase_add_loop_test(tests,
			sizes_of_cohorts_add_up_to_the_customers_and_all_of_a_cohort_is_active_at_age_0,
			0, 8);
	tcase_add_loop_test(
			tests, forgotten_customers_leave_the_state_that_never_saw_them, 0, KINDS);
	tcase_add_test(tests, a_state_whose_customers_are_all_forgotten_is_empty);
	tcase_add_test(tests, a_null_among_the_forgotten_changes_nothing);
	tcase_add_loop_test(tests, bytes_read_back_to_a_state_that_goes_on_the_same, 0, KINDS);
	tcase_add_loop_test(tests, bytes_cut_or_changed_anywhere_are_refused, 0, KINDS);
	tcase_add_loop_test(tests, bytes_sealed_anew_are_refused_or_are_those_of_a_state, 0, KINDS);
	tcase_add_test(tests, one_currency_a_state);
	tcase_add_test(tests, ids_of_another_type_and_values_of_another_scale_are_refused);
	tcase_add_test(tests, columns_that_the_configuration_needs_must_be_there);
	tcase_add_loop_test(tests, rows_without_customer_order_or_item_are_left_out_and_told, 0, 2);
	tcase_add_loop_test(tests, the_day_of_a_time_is_that_of_the_offset, 0, 2);
	tcase_add_loop_test(tests, states_of_other_configurations_do_not_merge, 0, 3);
	tcase_add_loop_test(tests, a_configuration_out_of_range_is_refused, 0, 4);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
