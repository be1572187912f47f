/* Cells: rules against a second way to reckon them over random tables, margins, the guard against
 * pairs, tables, suggestions, what is refused. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "sealed_bytes.h"
#include "sharing/aggregate.h"
#include "suite.h"

#define SCHEMA "a text\nb text\nfirm text\npay int64 null\nill text null\nid int64\n"
#define MOST 120
#define TEXT (MOST * 32 + 64)

static const char *const a_b[] = {"a", "b"}, *const b_a[] = {"b", "a"};

/* Rows of small numbers; pay INT64_MIN is null. */
typedef struct sheet {
	int n, as, bs, firms;
	int a[MOST], b[MOST], firm[MOST], ill[MOST];
	int64_t pay[MOST];
	char text[TEXT];
} sheet;

static int below(uint64_t seed, uint64_t *at, int most)
{
	return (int)(cstn__random_unit(seed, (*at)++) * most);
}

static void random_sheet(uint64_t seed, sheet *s)
{
	uint64_t at = 0;
	size_t len;
	int i;

	s->n = below(seed, &at, MOST);
	s->as = 1 + below(seed, &at, 4);
	s->bs = 1 + below(seed, &at, 4);
	s->firms = 2 + below(seed, &at, 5);
	len = (size_t)snprintf(s->text, TEXT, "a,b,firm,pay,ill,id\n");
	for (i = 0; i < s->n; i++) {
		s->a[i] = below(seed, &at, s->as);
		s->b[i] = below(seed, &at, s->bs);
		s->firm[i] = below(seed, &at, s->firms);
		s->ill[i] = below(seed, &at, 4);
		s->pay[i] = below(seed, &at, 60) - 20;
		len += (size_t)snprintf(s->text + len, TEXT - len, "a%d,b%d,f%d,%lld,i%d,%d\n",
				s->a[i], s->b[i], s->firm[i], (long long)s->pay[i], s->ill[i],
				i + 3);
	}
	ck_assert_uint_lt(len, TEXT);
}

static cstn_aggregate_options usual(void)
{
	static const cstn_aggregate_measure measures[] = {
			{"pay", CSTN_AGGREGATE_SUM, 0}, {"pay", CSTN_AGGREGATE_COUNT, 0}};
	cstn_aggregate_options o = CSTN_AGGREGATE_OPTIONS_INIT;

	o.by = a_b;
	o.n_by = 2;
	o.measures = measures;
	o.n_measures = 2;
	o.company = "firm";
	return o;
}

/* --- by hand ---------------------------------------------------------------------------------- */

/* A cell: a and b, -1 where summed over. */
static int is_in(const sheet *s, int row, int a, int b)
{
	return (a < 0 || s->a[row] == a) && (b < 0 || s->b[row] == b);
}

/* The rule that a cell breaks by itself; -1 without rows. */
static int rule_by_hand(const sheet *s, int a, int b, const cstn_aggregate_options *o)
{
	int firm_rows[8] = {0}, ills[4] = {0}, all_ills[4] = {0}, rows = 0, firms = 0, distinct = 0;
	double firm_pay[8] = {0}, all_pay = 0, t = 0;
	int own = o->recipient ? o->recipient[1] - '0' : -1, rest = 0, i, large = 0;

	for (i = 0; i < s->n; i++) {
		all_ills[s->ill[i]]++;
		if (!is_in(s, i, a, b))
			continue;
		rows++;
		ills[s->ill[i]]++;
		if (s->firm[i] == own)
			continue;
		rest++;
		firm_rows[s->firm[i]]++;
		firm_pay[s->firm[i]] += fabs((double)s->pay[i]);
		all_pay += fabs((double)s->pay[i]);
	}
	if (!rows)
		return -1;
	for (i = 0; i < 4; i++) {
		distinct += ills[i] > 0;
		t += fabs((double)ills[i] / rows - (double)all_ills[i] / s->n) / 2;
	}
	for (i = 0; i < 8; i++) {
		firms += firm_rows[i] > 0;
		large |= firm_rows[i] * 1000 > o->share_permille * rest;
		large |= firm_pay[i] * 1000 > o->share_permille * all_pay;
	}
	if (rows < o->k)
		return CSTN_RULE_ROWS;
	if (distinct < o->l)
		return CSTN_RULE_DISTINCT;
	if (o->t_ppm && t > o->t_ppm / 1e6 + 1e-12)
		return CSTN_RULE_CLOSENESS;
	if (firms < o->companies)
		return CSTN_RULE_COMPANIES;
	return large ? CSTN_RULE_SHARE : 0;
}

static int value_of(const cstn__aggregate *g, const cstn__level *level, size_t cell, size_t by)
{
	const cstn__coded *column = &g->table.columns[by];

	if (level->summed >> by & 1)
		return -1;
	return column->texts.items[column->codes.items[level->groups.first[cell]]].text[1] - '0';
}

static void read_all(cstn__aggregate *g, const sheet *s, const cstn_aggregate_options *o)
{
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	csv_rows(&rows, SCHEMA, s->text);
	ck_assert_msg(cstn__aggregate_read(g, &rows, o, NULL, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	rows.release(&rows);
	ck_assert_int_eq(cstn__aggregate_cells(g, NULL), CSTN_OK);
}

static cstn_aggregate_options random_rules(uint64_t seed)
{
	cstn_aggregate_options o = usual();
	uint64_t at = 1000;

	o.sensitive = "ill";
	o.k = 1 + below(seed, &at, 6);
	o.l = 1 + below(seed, &at, 3);
	o.t_ppm = below(seed, &at, 2) ? 200000 + below(seed, &at, 300000) : 0;
	o.companies = 1 + below(seed, &at, 4);
	o.share_permille = 300 + below(seed, &at, 700);
	if (below(seed, &at, 2)) {
		o.recipient = "f1";
		o.recipient_len = 2;
	}
	return o;
}

START_TEST(cells_of_random_tables_break_the_rules_that_they_break_by_hand)
{
	static sheet s;
	uint64_t seed;
	size_t i, cells = 0, broken[8] = {0};
	uint32_t summed;

	for (seed = 1; seed <= 600; seed += test_every()) {
		cstn_aggregate_options o = random_rules(seed);
		cstn__aggregate g;

		random_sheet(seed, &s);
		read_all(&g, &s, &o);
		for (summed = 0; summed < 4; summed++)
			for (i = 0; i < g.levels[summed].groups.n; i++) {
				const cstn__level *level = &g.levels[summed];
				int a = value_of(&g, level, i, 0), b = value_of(&g, level, i, 1);
				int want = rule_by_hand(&s, a, b, &o);

				ck_assert_msg(level->cells[i].rule == want,
						"seed %d, cell %d %d: %d, %d expected", (int)seed,
						a, b, level->cells[i].rule, want);
				broken[want]++;
				cells++;
			}
		cstn__aggregate_free(&g);
	}
	for (i = 0; i <= CSTN_RULE_SHARE; i++) /* each rule was broken, and none */
		ck_assert_msg(broken[i] > cells / 1000, "rule %zu: %zu of %zu", i, broken[i],
				cells);
}
END_TEST

/* Of the parts of a sum, given by what is summed: how many there are and are refused; whether the
 * sum is. */
static void look_at_parts(const cstn__aggregate *g, uint32_t summed, size_t by, size_t sum,
		int *parts, int *refused)
{
	const cstn__level *fine = &g->levels[summed], *coarse = &g->levels[summed | 1u << by];
	size_t other = 1 - by, i;

	*parts = *refused = 0;
	for (i = 0; i < fine->groups.n; i++) {
		if (value_of(g, fine, i, other) != value_of(g, coarse, sum, other))
			continue;
		++*parts;
		*refused += fine->cells[i].rule != 0;
	}
}

START_TEST(no_sum_that_is_told_has_just_one_refused_part)
{
	static sheet s;
	uint64_t seed;
	size_t by, i, hidden = 0, single = 0;
	uint32_t summed;

	for (seed = 1; seed <= 600; seed += test_every()) {
		cstn_aggregate_options o = random_rules(seed);
		cstn__aggregate g;
		int parts, refused;

		random_sheet(seed, &s);
		read_all(&g, &s, &o);
		for (summed = 0; summed < 4; summed++)
			for (by = 0; by < 2; by++)
				for (i = 0; !(summed >> by & 1) &&
						i < g.levels[summed | 1u << by].groups.n;
						i++) {
					look_at_parts(&g, summed, by, i, &parts, &refused);
					single += refused == 1 &&
						  !g.levels[summed | 1u << by].cells[i].rule;
				}
		ck_assert_int_eq(cstn__aggregate_margins(&g, NULL), CSTN_OK);
		for (summed = 0; summed < 4; summed++) {
			for (i = 0; i < g.levels[summed].groups.n; i++) {
				const cstn__cell *cell = &g.levels[summed].cells[i];
				int want = rule_by_hand(&s, value_of(&g, &g.levels[summed], i, 0),
						value_of(&g, &g.levels[summed], i, 1), &o);

				/* what broke a rule breaks it still; what goes now broke none */
				ck_assert(cell->rule == want ||
						(want == 0 && cell->rule == CSTN_RULE_MARGIN));
				hidden += cell->rule == CSTN_RULE_MARGIN;
			}
			for (by = 0; by < 2; by++)
				for (i = 0; !(summed >> by & 1) &&
						i < g.levels[summed | 1u << by].groups.n;
						i++) {
					look_at_parts(&g, summed, by, i, &parts, &refused);
					ck_assert(refused != 1 ||
							g.levels[summed | 1u << by].cells[i].rule);
				}
		}
		cstn__aggregate_free(&g);
	}
	ck_assert_uint_gt(single * test_every(), 20);
	ck_assert_uint_gt(hidden * test_every(), 20);
}
END_TEST

/* --- tables ----------------------------------------------------------------------------------- */

/* n rows of a cell, of `firms` firms in turn, each with that pay. */
static size_t put_rows(char *text, size_t at, const char *cell, int n, int firms, int pay, int *id)
{
	int i;

	for (i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, TEXT - at, "%s,f%d,%d,i0,%d\n", cell, i % firms,
				pay, (*id)++);
	ck_assert_uint_lt(at, TEXT);
	return at;
}

static const char *small_table(void)
{
	static char text[TEXT];
	size_t at = (size_t)snprintf(text, TEXT, "a,b,firm,pay,ill,id\n");
	int id = 0;

	at = put_rows(text, at, "n,x", 6, 3, 2, &id);
	at = put_rows(text, at, "n,y", 9, 3, 1, &id);
	at = put_rows(text, at, "n,z", 12, 4, 1, &id);
	at = put_rows(text, at, "s,x", 3, 3, 5, &id);
	at = put_rows(text, at, "s,y", 7, 2, 5, &id);
	put_rows(text, at, "s,z", 8, 4, -5, &id);
	return text;
}

static cstn_status aggregated(const char *rows_text, const cstn_aggregate_options *o,
		cstn_difference_guard *guard, char *cells_text, char *refused_text,
		cstn_error **error)
{
	struct ArrowArrayStream rows, cells, refused;
	cstn_buffer *text;
	cstn_status status;

	csv_rows(&rows, SCHEMA, rows_text);
	status = cstn_aggregate(
			&rows, o, guard, &cells, refused_text ? &refused : NULL, NULL, error);
	ck_assert_ptr_null(rows.release);
	if (status != CSTN_OK)
		return status;
	snprintf(cells_text, TEXT, "%s", csv_text(&cells, &text));
	cstn_buffer_free(text);
	if (refused_text) {
		snprintf(refused_text, TEXT, "%s", csv_text(&refused, &text));
		cstn_buffer_free(text);
	}
	return status;
}

START_TEST(cells_go_out_and_refusals_name_their_rule)
{
	static const cstn_aggregate_measure measures[] = {{"pay", CSTN_AGGREGATE_SUM, 0},
			{"pay", CSTN_AGGREGATE_COUNT, 0}, {"pay", CSTN_AGGREGATE_MEAN, 0}};
	static char cells[TEXT], refused[TEXT];
	cstn_aggregate_options o = usual();

	o.measures = measures;
	o.n_measures = 3;
	/* s,x has 3 rows, s,y two firms; of x and of y n is the only other part */
	ck_assert_int_eq(aggregated(small_table(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,b,rows,pay_sum,pay_count,pay_mean\n"
				"n,z,12,12,12,1\ns,z,8,-40,8,-5\n");
	ck_assert_str_eq(refused, "a,b,summed,rule,found,needed\nn,x,0,margin,1,2\n"
				  "n,y,0,margin,1,2\ns,x,0,rows,3,5\n"
				  "s,y,0,companies,2,3\n");
	o.flags = CSTN_AGGREGATE_MARGINS;
	ck_assert_int_eq(aggregated(small_table(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,b,summed,rows,pay_sum,pay_count,pay_mean\n"
				"n,z,0,12,12,12,1\ns,z,0,8,-40,8,-5\n"
				",x,1,9,27,9,3\n,y,1,16,44,16,2.75\n,z,1,20,-28,20,-1.4\n"
				"n,,2,27,33,27,1.2222222222222223\n"
				"s,,2,18,10,18,0.5555555555555556\n"
				",,3,45,43,45,0.9555555555555556\n");
}
END_TEST

START_TEST(the_recipients_own_rows_count_for_k_alone)
{
	static char cells[TEXT], refused[TEXT];
	static const char *const a[] = {"a"};
	cstn_aggregate_options o = usual();

	o.by = a;
	o.n_by = 1;
	o.n_measures = 0;
	o.recipient = "f0";
	o.recipient_len = 2;
	/* of s without f0: f1 has 6 of 11 rows */
	ck_assert_int_eq(aggregated(small_table(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,rows\nn,27\ns,18\n");
	o.share_permille = 545;
	ck_assert_int_eq(aggregated(small_table(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(refused, "s,0,share,0.5454545454545454,0.545"));
	o.share_permille = 546;
	ck_assert_int_eq(aggregated(small_table(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,rows\nn,27\ns,18\n");
	o.companies = 4;
	ck_assert_int_eq(aggregated(small_table(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(refused, "a,summed,rule,found,needed\nn,0,companies,3,4\n"
				  "s,0,companies,3,4\n");
}
END_TEST

START_TEST(without_companies_k_alone_counts)
{
	static char cells[TEXT];
	static const char *const b[] = {"b"};
	cstn_aggregate_options o = usual();

	o.by = b;
	o.n_by = 1;
	o.company = NULL;
	o.flags = CSTN_AGGREGATE_NO_COMPANY;
	o.n_measures = 0;
	o.k = 10;
	ck_assert_int_eq(aggregated(small_table(), &o, NULL, cells, NULL, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "b,rows\nz,20\n"); /* y goes, so that x is not the rest */
	ck_assert_str_eq(cstn_rule_name(CSTN_RULE_DIFFERENCE), "difference");
	ck_assert_str_eq(cstn_rule_name(0), "unknown rule");
	ck_assert_str_eq(cstn_rule_name(8), "unknown rule");
}
END_TEST

/* --- the guard -------------------------------------------------------------------------------- */

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

	put_rows(text, (size_t)snprintf(text, TEXT, "a,b,firm,pay,ill,id\n"), "n,x", n, firms, 1,
			&id);
}

START_TEST(two_releases_that_differ_by_few_rows_are_one_too_many)
{
	static char text[TEXT], cells[TEXT], refused[TEXT];
	cstn_difference_guard *guard = guard_of("acme");
	cstn_aggregate_options o = usual();

	o.row = "id";
	one_cell(text, 20, 5);
	ck_assert_int_eq(aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,b,rows,pay_sum,pay_count\nn,x,20,20,20\n");
	ck_assert_uint_eq(cstn_difference_guard_count(guard), 1);
	one_cell(text, 24, 5); /* 4 rows more */
	ck_assert_int_eq(aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,b,rows,pay_sum,pay_count\n");
	ck_assert_str_eq(refused, "a,b,summed,rule,found,needed\nn,x,0,difference,4,5\n");
	one_cell(text, 16, 5); /* 4 rows less */
	ck_assert_int_eq(aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(refused, "difference,4,5"));
	one_cell(text, 20, 5); /* the same again */
	ck_assert_int_eq(aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(cells, "n,x,20"));
	ck_assert_uint_eq(cstn_difference_guard_count(guard), 1);
	one_cell(text, 25, 5); /* 5 rows more, of five firms */
	ck_assert_int_eq(aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(cells, "n,x,25"));
	ck_assert_uint_eq(cstn_difference_guard_count(guard), 2);
	cstn_difference_guard_free(guard);
}
END_TEST

START_TEST(a_difference_of_few_companies_is_refused)
{
	static char text[TEXT], cells[TEXT], refused[TEXT];
	cstn_difference_guard *guard = guard_of("f0");
	cstn_aggregate_options o = usual();
	size_t at;
	int id = 0;

	o.row = "id";
	o.recipient = "f0";
	o.recipient_len = 2;
	at = (size_t)snprintf(text, TEXT, "a,b,firm,pay,ill,id\n");
	at = put_rows(text, at, "n,x", 20, 5, 1, &id);
	ck_assert_int_eq(aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
	put_rows(text, at, "n,x", 9, 3, 1, &id); /* of f0, who asks, f1 and f2 */
	ck_assert_int_eq(aggregated(text, &o, guard, cells, refused, NULL), CSTN_OK);
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
			if (is_in(s, i, a, b))
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
	static char cells[TEXT], refused[TEXT], part[TEXT];
	static told all;
	uint64_t seed;
	int round, i, k, differences = 0;

	for (seed = 1; seed <= 200; seed += test_every()) {
		cstn_difference_guard *guard = guard_of("f1");
		cstn_aggregate_options o = random_rules(seed);

		o.row = "id";
		o.flags = CSTN_AGGREGATE_MARGINS;
		o.n_measures = 0;
		o.share_permille = 1000;
		o.l = 1;
		o.t_ppm = 0;
		random_sheet(seed, &s);
		all.n = 0;
		for (round = 0; round < 4; round++) {
			/* all rows, or those of an `a`, by a and b or by b and a */
			o.by = round & 1 ? b_a : a_b;
			snprintf(part, TEXT, "%s", s.text);
			if (round >= 2) {
				char *end = part, *from;

				for (i = 0, from = s.text; i < s.n / (round - 1) + 1 && *from; i++)
					from = strchr(from, '\n') + 1;
				end[from - s.text] = '\0';
				s.n = i - 1;
			}
			ck_assert_int_eq(
					aggregated(part, &o, guard, cells, refused, NULL), CSTN_OK);
			note_cells(&s, cells, round & 1, &all);
			differences += strstr(refused, "difference") != NULL;
		}
		random_sheet(seed, &s);
		for (i = 0; i < all.n; i++)
			for (k = 0; k < all.n; k++)
				check_pair(&s, all.rows[i], all.rows[k], &o);
		cstn_difference_guard_free(guard);
	}
	ck_assert_int_gt(differences, 5);
}
END_TEST

START_TEST(guards_refuse_what_does_not_fit_them)
{
	static char text[TEXT], cells[TEXT];
	cstn_difference_guard *guard = guard_of("acme");
	cstn_aggregate_options o = usual();
	cstn_error *error = NULL;
	cstn_status status;

	one_cell(text, 20, 5);
	o.row = "id";
	ck_assert_int_eq(aggregated(text, &o, guard, cells, NULL, NULL), CSTN_OK);
	one_cell(text, 20, 4);
	status = aggregated(text, &o, guard, cells, NULL, &error);
	expect_error(status, CSTN_E_CONFLICT, &error, "another company");
	o.row = "pay";
	status = aggregated(text, &o, guard, cells, NULL, &error);
	expect_error(status, CSTN_E_DUPLICATE, &error, "one number");
	o.row = "id";
	o.recipient = "f1";
	o.recipient_len = 2;
	status = aggregated(text, &o, guard, cells, NULL, &error);
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
	static char cells[TEXT];
	cstn_difference_guard *guard = guard_of("f0");
	cstn_aggregate_options o = usual();

	o.row = "id";
	o.flags = CSTN_AGGREGATE_MARGINS;
	ck_assert_int_eq(aggregated(small_table(), &o, guard, cells, NULL, NULL), CSTN_OK);
	ck_assert_uint_gt(cstn_difference_guard_count(guard), 5);
	return guard;
}

START_TEST(a_guard_comes_back_from_its_bytes)
{
	static char mine[TEXT], theirs[TEXT], cells[TEXT];
	static const uint8_t flips[] = {0x01, 0x80, 0xff};
	cstn_difference_guard *guard = used();
	cstn_difference_guard *back = sealed_copy(&sealed_difference_guard, guard);
	cstn_aggregate_options o = usual();

	o.row = "id";
	o.k = 2;
	o.companies = 1;
	o.share_permille = 1000;
	ck_assert_int_eq(aggregated(small_table(), &o, guard, cells, mine, NULL), CSTN_OK);
	ck_assert_int_eq(aggregated(small_table(), &o, back, cells, theirs, NULL), CSTN_OK);
	ck_assert_str_eq(mine, theirs);
	sealed_expect_equal(&sealed_difference_guard, guard, back);
	sealed_refuses_damage(&sealed_difference_guard, guard, 0x10);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_difference_guard, guard, flips, 3, NULL),
			50);
	cstn_difference_guard_free(guard);
	cstn_difference_guard_free(back);
}
END_TEST

/* --- suggestions and refusals ----------------------------------------------------------------- */

START_TEST(a_suggestion_ends_with_what_passes)
{
	static char text[TEXT], cells[TEXT], refused[TEXT];
	static const char *const by[] = {"a", "pay"};
	cstn_generalise_step steps[] = {{"pay", CSTN_GENERALISE_BUCKET, 0, 1, 0, 0, 0, NULL}};
	struct ArrowArrayStream rows, out;
	cstn_aggregate_options o = usual();
	cstn_buffer *buffer;
	const char *table;
	size_t at = (size_t)snprintf(text, TEXT, "a,b,firm,pay,ill,id\n");
	int id = 0, i, last = 0;

	for (i = 0; i < 16; i++) /* three rows of each pay of 0 to 15 */
		at = put_rows(text, at, "n,x", 3, 3, i, &id);
	o.by = by;
	o.n_measures = 0;
	o.steps = steps;
	o.n_steps = 1;
	csv_rows(&rows, SCHEMA, text);
	ck_assert_int_eq(cstn_aggregate_suggest(&rows, &o, &out, NULL, NULL), CSTN_OK);
	table = csv_text(&out, &buffer);
	while (*csv_cell(table, last + 1, "round"))
		last++;
	ck_assert_int_eq(last, 2);
	ck_assert_str_eq(csv_cell(table, 1, "refused_rows"), "48");
	ck_assert_str_eq(csv_cell(table, 1, "column"), "");
	ck_assert_str_eq(csv_cell(table, last, "column"), "pay");
	ck_assert_str_eq(csv_cell(table, last, "width"), "2");
	ck_assert_str_eq(csv_cell(table, last, "refused"), "0");
	ck_assert_str_eq(csv_cell(table, last, "cells"), "8");
	cstn_buffer_free(buffer);
	steps[0].width = 2;
	ck_assert_int_eq(aggregated(text, &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(refused, "a,pay,summed,rule,found,needed\n");
}
END_TEST

static void refuse(const cstn_aggregate_options *o, cstn_status expected, const char *part)
{
	static char cells[TEXT];
	cstn_error *error = NULL;
	cstn_status status = aggregated(small_table(), o, NULL, cells, NULL, &error);

	expect_error(status, expected, &error, part);
}

START_TEST(aggregations_that_cannot_be_are_refused)
{
	static const char *const twice[] = {"a", "a"};
	static const cstn_aggregate_measure none[] = {{"pay", 9, 0}}, text[] = {{"ill", 1, 0}};
	static const cstn_generalise_step firm[] = {{"firm", 3, 1, 0, 0, 0, 0, NULL}};
	cstn_aggregate_options o;

#define REFUSE(status, part, ...)             \
	do {                                  \
		o = usual();                  \
		__VA_ARGS__;                  \
		refuse(&o, (status), (part)); \
	} while (0)
	REFUSE(CSTN_E_INVALID_ARGUMENT, "columns make", o.n_by = 0);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "columns make", o.n_by = 7);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "twice", o.by = twice);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "NO_COMPANY", o.company = NULL);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "NO_COMPANY", o.flags = CSTN_AGGREGATE_NO_COMPANY);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "measures[0]", o.measures = none, o.n_measures = 1);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "none is named", o.l = 2);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "share_permille", o.share_permille = 1001);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "recipient", o.recipient_len = 1);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "not generalised", o.steps = firm, o.n_steps = 1);
	REFUSE(CSTN_E_INVALID_ARGUMENT, "flags", o.flags = 1u << 30);
	REFUSE(CSTN_E_SCHEMA, "ill", o.measures = text, o.n_measures = 1);
	REFUSE(CSTN_E_SCHEMA, "owner", o.company = "owner");
#undef REFUSE
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			cells_of_random_tables_break_the_rules_that_they_break_by_hand,
			no_sum_that_is_told_has_just_one_refused_part,
			cells_go_out_and_refusals_name_their_rule,
			the_recipients_own_rows_count_for_k_alone, without_companies_k_alone_counts,
			two_releases_that_differ_by_few_rows_are_one_too_many,
			a_difference_of_few_companies_is_refused,
			no_two_cells_that_were_told_leave_little_between_them,
			guards_refuse_what_does_not_fit_them, a_guard_comes_back_from_its_bytes,
			a_suggestion_ends_with_what_passes,
			aggregations_that_cannot_be_are_refused};

	return run_tests("privacy_aggregate", tests, sizeof(tests) / sizeof(tests[0]));
}
