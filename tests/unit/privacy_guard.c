/* The guard against pairs of cells whose difference tells too much. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/constellation.h>

#include "aggregate_sheet.h"
#include "csv_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

static const char *const b_a[] = {"b", "a"};

static cstn_difference_guard *guard_of(const char *recipient)
{
	cstn_difference_guard *out = NULL;

	ck_assert_int_eq(cstn_difference_guard_new(
					 recipient, strlen(recipient), "pay", 3, NULL, &out, NULL),
			CSTN_OK);
	return out;
}

/* The rows of ids [0, n) of a table of ten firms, all in one cell. */
static void one_cell(char *text, int n, int firms)
{
	int id = 0;

	sheet_put_rows(text, (size_t)snprintf(text, SHEET_TEXT, "a,b,firm,pay,ill,id\n"), "n,x", n,
			firms, 1, &id);
}

START_TEST(two_releases_that_differ_by_few_rows_are_one_too_many)
{
	static char text[SHEET_TEXT], cells[SHEET_TEXT], refused[SHEET_TEXT];
	cstn_difference_guard *guard = guard_of("acme");
	cstn_aggregate_options o = sheet_usual();

	o.row = "id";
	one_cell(text, 20, 5);
	ck_assert_int_eq(sheet_aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,b,rows,pay_sum,pay_count\nn,x,20,20,20\n");
	ck_assert_uint_eq(cstn_difference_guard_count(guard), 1);
	one_cell(text, 24, 5); /* 4 rows more */
	ck_assert_int_eq(sheet_aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,b,rows,pay_sum,pay_count\n");
	ck_assert_str_eq(refused, "a,b,summed,rule,found,needed\nn,x,0,difference,4,5\n");
	one_cell(text, 16, 5); /* 4 rows less */
	ck_assert_int_eq(sheet_aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(refused, "difference,4,5"));
	one_cell(text, 20, 5); /* the same again */
	ck_assert_int_eq(sheet_aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(cells, "n,x,20"));
	ck_assert_uint_eq(cstn_difference_guard_count(guard), 1);
	one_cell(text, 25, 5); /* 5 rows more, of five firms */
	ck_assert_int_eq(sheet_aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(cells, "n,x,25"));
	ck_assert_uint_eq(cstn_difference_guard_count(guard), 2);
	cstn_difference_guard_free(guard);
}
END_TEST

START_TEST(a_difference_of_few_companies_is_refused)
{
	static char text[SHEET_TEXT], cells[SHEET_TEXT], refused[SHEET_TEXT];
	cstn_difference_guard *guard = guard_of("f0");
	cstn_aggregate_options o = sheet_usual();
	size_t at;
	int id = 0;

	o.row = "id";
	o.recipient = "f0";
	o.recipient_len = 2;
	at = (size_t)snprintf(text, SHEET_TEXT, "a,b,firm,pay,ill,id\n");
	at = sheet_put_rows(text, at, "n,x", 20, 5, 1, &id);
	ck_assert_int_eq(sheet_aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	sheet_put_rows(text, at, "n,x", 9, 3, 1, &id); /* of f0, who asks, f1 and f2 */
	ck_assert_int_eq(sheet_aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(refused, "a,b,summed,rule,found,needed\nn,x,0,difference,2,3\n");
	cstn_difference_guard_free(guard);
}
END_TEST

/* Sets of rows that were told, as bits of their numbers (ids from 3 on). */
typedef struct told {
	int n;
	uint64_t rows[400][2];
} told;

static void note_cells(const sheet *s, char *cells, int swapped, told *all)
{
	char *line = strchr(cells, '\n') + 1;
	int i;

	for (; *line; line = strchr(line, '\n') + 1) {
		int a = -1, b = -1, summed;
		uint64_t set[2] = {0, 0};
		char *comma = strchr(line, ',');

		if (*line != ',')
			a = line[1] - '0';
		if (comma[1] != ',')
			b = comma[2] - '0';
		summed = strchr(comma + 1, ',')[1] - '0';
		ck_assert_int_eq(summed, (a < 0) + 2 * (b < 0));
		if (swapped) {
			int other = a;

			a = b;
			b = other;
		}
		for (i = 0; i < s->n; i++)
			if (sheet_is_in(s, i, a, b))
				set[i / 64] |= UINT64_C(1) << (i % 64);
		ck_assert_int_lt(all->n, 400);
		memcpy(all->rows[all->n++], set, sizeof(set));
	}
}

static void check_pair(const sheet *s, const uint64_t *x, const uint64_t *y,
		const cstn_aggregate_options *o)
{
	uint64_t rest[2] = {y[0] & ~x[0], y[1] & ~x[1]};
	int rows = __builtin_popcountll(rest[0]) + __builtin_popcountll(rest[1]), firms = 0, f, i;

	if ((x[0] & ~y[0]) || (x[1] & ~y[1]) || !rows)
		return;
	for (f = 0; f < s->firms; f++) {
		for (i = 0; i < s->n; i++)
			if (rest[i / 64] >> (i % 64) & 1 && s->firm[i] == f &&
					!(o->recipient && f == 1))
				break;
		firms += i < s->n;
	}
	ck_assert_msg(rows >= o->k && firms >= o->companies, "%d rows of %d firms between", rows,
			firms);
}

START_TEST(no_two_cells_that_were_told_leave_little_between_them)
{
	static sheet s;
	static char cells[SHEET_TEXT], refused[SHEET_TEXT], part[SHEET_TEXT];
	static told all;
	uint64_t seed;
	int round, i, k, differences = 0;

	for (seed = 1; seed <= 200; seed += test_every()) {
		cstn_difference_guard *guard = guard_of("f1");
		cstn_aggregate_options o = sheet_rules(seed);

		o.row = "id";
		o.flags = CSTN_AGGREGATE_MARGINS;
		o.n_measures = 0;
		o.share_permille = 1000;
		o.l = 1;
		o.t_ppm = 0;
		sheet_random(seed, &s);
		all.n = 0;
		for (round = 0; round < 4; round++) {
			/* all rows, or those of an `a`, by a and b or by b and a */
			o.by = round & 1 ? b_a : sheet_by_a_b;
			snprintf(part, SHEET_TEXT, "%s", s.text);
			if (round >= 2) {
				char *end = part, *from;

				for (i = 0, from = s.text; i < s.n / (round - 1) + 1 && *from; i++)
					from = strchr(from, '\n') + 1;
				end[from - s.text] = '\0';
				s.n = i - 1;
			}
			ck_assert_int_eq(sheet_aggregated(part, &o, guard, cells, refused, NULL),
					CSTN_OK);
			note_cells(&s, cells, round & 1, &all);
			differences += strstr(refused, "difference") != NULL;
		}
		sheet_random(seed, &s);
		for (i = 0; i < all.n; i++)
			for (k = 0; k < all.n; k++)
				check_pair(&s, all.rows[i], all.rows[k], &o);
		cstn_difference_guard_free(guard);
	}
	ck_assert(differences > 5 || test_every() > 1);
}
END_TEST

/* Cells [from, to) of five rows of five firms each, as CSV text; to be freed. */
static char *many_cells(int from, int to)
{
	char *text = malloc((size_t)(to - from) * 5 * 40 + 64), *at = text;

	ck_assert_ptr_nonnull(text);
	at += sprintf(at, "a,firm,id\n");
	for (int i = 5 * from; i < 5 * to; i++)
		at += sprintf(at, "c%d,f%d,%d\n", i / 5, i % 5, i);
	return text;
}

/* Cells of those rows by their first column, to nobody but the guard. */
static cstn_status tell(cstn_difference_guard *guard, int from, int to, cstn_error **error)
{
	static const char *const by[] = {"a"};
	cstn_aggregate_options o = CSTN_AGGREGATE_OPTIONS_INIT;
	struct ArrowArrayStream rows, cells;
	char *text = many_cells(from, to);
	cstn_status status;

	o.by = by;
	o.n_by = 1;
	o.company = "firm";
	o.row = "id";
	csv_rows(&rows, "a text\nfirm text\nid int64\n", text);
	status = cstn_aggregate(&rows, &o, guard, &cells, NULL, NULL, error);
	if (status == CSTN_OK)
		cells.release(&cells);
	free(text);
	return status;
}

START_TEST(guard_is_full_at_its_most_cells)
{
	cstn_difference_guard *guard = guard_of("acme");
	cstn_error *error = NULL;

	expect_error(tell(guard, 0, CSTN_DIFFERENCE_CELLS_MOST + 1, &error), CSTN_E_LIMIT, &error,
			"more than 4096 cells");
	ck_assert_uint_eq(cstn_difference_guard_count(guard), 0);
	ck_assert_int_eq(tell(guard, 0, CSTN_DIFFERENCE_CELLS_MOST, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_difference_guard_count(guard), CSTN_DIFFERENCE_CELLS_MOST);
	/* one more is too many, those that it has are not */
	expect_error(tell(guard, CSTN_DIFFERENCE_CELLS_MOST, CSTN_DIFFERENCE_CELLS_MOST + 1,
				     &error),
			CSTN_E_LIMIT, &error, "keeps 4096 cells, 1 are new");
	ck_assert_int_eq(tell(guard, 0, 9, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_difference_guard_count(guard), CSTN_DIFFERENCE_CELLS_MOST);
	cstn_difference_guard_free(guard);
}
END_TEST

START_TEST(guards_refuse_what_does_not_fit_them)
{
	static char text[SHEET_TEXT], cells[SHEET_TEXT];
	cstn_difference_guard *guard = guard_of("acme");
	cstn_aggregate_options o = sheet_usual();
	cstn_error *error = NULL;
	cstn_status status;

	one_cell(text, 20, 5);
	o.row = "id";
	ck_assert_int_eq(sheet_aggregated(text, &o, guard, cells, NULL, NULL), CSTN_OK);
	one_cell(text, 20, 4);
	status = sheet_aggregated(text, &o, guard, cells, NULL, &error);
	expect_error(status, CSTN_E_CONFLICT, &error, "another company");
	o.row = "pay";
	status = sheet_aggregated(text, &o, guard, cells, NULL, &error);
	expect_error(status, CSTN_E_DUPLICATE, &error, "one number");
	o.row = "id";
	o.recipient = "f1";
	o.recipient_len = 2;
	status = sheet_aggregated(text, &o, guard, cells, NULL, &error);
	expect_error(status, CSTN_E_INVALID_ARGUMENT, &error, "another recipient");
	ck_assert_uint_eq(cstn_difference_guard_count(guard), 1);
	cstn_difference_guard_free(guard);
	ck_assert_int_eq(cstn_difference_guard_new("", 0, "x", 1, NULL, &guard, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_uint_eq(cstn_difference_guard_count(NULL), 0);
	cstn_difference_guard_free(NULL);
}
END_TEST

static cstn_difference_guard *used(void)
{
	static char cells[SHEET_TEXT];
	cstn_difference_guard *guard = guard_of("f0");
	cstn_aggregate_options o = sheet_usual();

	o.row = "id";
	o.flags = CSTN_AGGREGATE_MARGINS;
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, guard, cells, NULL, NULL), CSTN_OK);
	ck_assert_uint_gt(cstn_difference_guard_count(guard), 5);
	return guard;
}

START_TEST(a_guard_comes_back_from_its_bytes)
{
	static char mine[SHEET_TEXT], theirs[SHEET_TEXT], cells[SHEET_TEXT];
	static const uint8_t flips[] = {0x01, 0x80, 0xff};
	cstn_difference_guard *guard = used();
	cstn_difference_guard *back = sealed_copy(&sealed_difference_guard, guard);
	cstn_aggregate_options o = sheet_usual();

	o.row = "id";
	o.k = 2;
	o.companies = 1;
	o.share_permille = 1000;
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, guard, cells, mine, NULL), CSTN_OK);
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, back, cells, theirs, NULL), CSTN_OK);
	ck_assert_str_eq(mine, theirs);
	sealed_expect_equal(&sealed_difference_guard, guard, back);
	sealed_refuses_damage(&sealed_difference_guard, guard, 0x10);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_difference_guard, guard, flips, 3, NULL),
			50);
	cstn_difference_guard_free(guard);
	cstn_difference_guard_free(back);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {two_releases_that_differ_by_few_rows_are_one_too_many,
			a_difference_of_few_companies_is_refused,
			no_two_cells_that_were_told_leave_little_between_them,
			guard_is_full_at_its_most_cells, guards_refuse_what_does_not_fit_them,
			a_guard_comes_back_from_its_bytes};

	return run_tests("privacy_guard", tests, sizeof(tests) / sizeof(tests[0]));
}
