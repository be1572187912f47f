/* Cells: rules against a second way to reckon them over random tables, margins, tables,
 * suggestions, what is refused. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "aggregate_sheet.h"
#include "csv_rows.h"
#include "sharing/aggregate.h"
#include "suite.h"

/* --- by hand ---------------------------------------------------------------------------------- */

/* The rule that a cell breaks by itself; -1 without rows. */
static int rule_by_hand(const sheet *s, int a, int b, const cstn_aggregate_options *o)
{
	int firm_rows[8] = {0}, ills[4] = {0}, all_ills[4] = {0}, rows = 0, firms = 0, distinct = 0;
	double firm_pay[8] = {0}, all_pay = 0, t = 0;
	int own = o->recipient ? o->recipient[1] - '0' : -1, rest = 0, i, large = 0;

	for (i = 0; i < s->n; i++) {
		all_ills[s->ill[i]]++;
		if (!sheet_is_in(s, i, a, b))
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

	csv_rows(&rows, SHEET_SCHEMA, s->text);
	ck_assert_msg(cstn__aggregate_read(g, &rows, o, NULL, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	rows.release(&rows);
	ck_assert_int_eq(cstn__aggregate_cells(g, NULL), CSTN_OK);
}

START_TEST(cells_of_random_tables_break_the_rules_that_they_break_by_hand)
{
	static sheet s;
	uint64_t seed;
	size_t i, cells = 0, broken[8] = {0};
	uint32_t summed;

	for (seed = 1; seed <= 600; seed += test_every()) {
		cstn_aggregate_options o = sheet_rules(seed);
		cstn__aggregate g;

		sheet_random(seed, &s);
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
		cstn_aggregate_options o = sheet_rules(seed);
		cstn__aggregate g;
		int parts, refused;

		sheet_random(seed, &s);
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

START_TEST(cells_go_out_and_refusals_name_their_rule)
{
	static const cstn_aggregate_measure measures[] = {{"pay", CSTN_AGGREGATE_SUM, 0},
			{"pay", CSTN_AGGREGATE_COUNT, 0}, {"pay", CSTN_AGGREGATE_MEAN, 0}};
	static char cells[SHEET_TEXT], refused[SHEET_TEXT];
	cstn_aggregate_options o = sheet_usual();

	o.measures = measures;
	o.n_measures = 3;
	/* s,x has 3 rows, s,y two firms; of x and of y n is the only other part */
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,b,rows,pay_sum,pay_count,pay_mean\n"
				"n,z,12,12,12,1\ns,z,8,-40,8,-5\n");
	ck_assert_str_eq(refused, "a,b,summed,rule,found,needed\nn,x,0,margin,1,2\n"
				  "n,y,0,margin,1,2\ns,x,0,rows,3,5\n"
				  "s,y,0,companies,2,3\n");
	o.flags = CSTN_AGGREGATE_MARGINS;
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, NULL, cells, refused, NULL), CSTN_OK);
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
	static char cells[SHEET_TEXT], refused[SHEET_TEXT];
	static const char *const a[] = {"a"};
	cstn_aggregate_options o = sheet_usual();

	o.by = a;
	o.n_by = 1;
	o.n_measures = 0;
	o.recipient = "f0";
	o.recipient_len = 2;
	/* of s without f0: f1 has 6 of 11 rows */
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,rows\nn,27\ns,18\n");
	o.share_permille = 545;
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(refused, "s,0,share,0.5454545454545454,0.545"));
	o.share_permille = 546;
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "a,rows\nn,27\ns,18\n");
	o.companies = 4;
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(refused, "a,summed,rule,found,needed\nn,0,companies,3,4\n"
				  "s,0,companies,3,4\n");
}
END_TEST

START_TEST(without_companies_k_alone_counts)
{
	static char cells[SHEET_TEXT];
	static const char *const b[] = {"b"};
	cstn_aggregate_options o = sheet_usual();

	o.by = b;
	o.n_by = 1;
	o.company = NULL;
	o.flags = CSTN_AGGREGATE_NO_COMPANY;
	o.n_measures = 0;
	o.k = 10;
	ck_assert_int_eq(sheet_aggregated(sheet_small(), &o, NULL, cells, NULL, NULL), CSTN_OK);
	ck_assert_str_eq(cells, "b,rows\nz,20\n"); /* y goes, so that x is not the rest */
	ck_assert_str_eq(cstn_rule_name(CSTN_RULE_DIFFERENCE), "difference");
	ck_assert_str_eq(cstn_rule_name(0), "unknown rule");
	ck_assert_str_eq(cstn_rule_name(8), "unknown rule");
}
END_TEST

/* --- suggestions and refusals ----------------------------------------------------------------- */

START_TEST(a_suggestion_ends_with_what_passes)
{
	static char text[SHEET_TEXT], cells[SHEET_TEXT], refused[SHEET_TEXT];
	static const char *const by[] = {"a", "pay"};
	cstn_generalise_step steps[] = {{"pay", CSTN_GENERALISE_BUCKET, 0, 1, 0, 0, 0, NULL}};
	struct ArrowArrayStream rows, out;
	cstn_aggregate_options o = sheet_usual();
	cstn_buffer *buffer;
	const char *table;
	size_t at = (size_t)snprintf(text, SHEET_TEXT, "a,b,firm,pay,ill,id\n");
	int id = 0, i, last = 0;

	for (i = 0; i < 16; i++) /* three rows of each pay of 0 to 15 */
		at = sheet_put_rows(text, at, "n,x", 3, 3, i, &id);
	o.by = by;
	o.n_measures = 0;
	o.steps = steps;
	o.n_steps = 1;
	csv_rows(&rows, SHEET_SCHEMA, text);
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
	ck_assert_int_eq(sheet_aggregated(text, &o, NULL, cells, refused, NULL), CSTN_OK);
	ck_assert_str_eq(refused, "a,pay,summed,rule,found,needed\n");
}
END_TEST

static void refuse(const cstn_aggregate_options *o, cstn_status expected, const char *part)
{
	static char cells[SHEET_TEXT];
	cstn_error *error = NULL;
	cstn_status status = sheet_aggregated(sheet_small(), o, NULL, cells, NULL, &error);

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
		o = sheet_usual();            \
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
			a_suggestion_ends_with_what_passes,
			aggregations_that_cannot_be_are_refused};

	return run_tests("privacy_aggregate", tests, sizeof(tests) / sizeof(tests[0]));
}
