/* Columns made coarser on their way out: every type by every kind of step, against what was worked
 * out by hand. */
#include <stdio.h>

#include "csv_rows.h"
#include "release_look.h"
#include "release_plans.h"
#include "sharing_fixture.h"
#include "suite.h"

#define DAY INT64_C(86400)
#define NONE INT64_MIN

static void put_number(release_cell *cell, const char *format, int64_t value)
{
	double wide = (double)value;
	float narrow = (float)value;

	memset(cell, 0, sizeof(*cell));
	cell->valid = 1;
	cell->len = (uint8_t)(release_width(format) ? release_width(format) : 1);
	if (format[0] == 'g')
		memcpy(cell->bytes, &wide, 8);
	else if (format[0] == 'f')
		memcpy(cell->bytes, &narrow, 4);
	else
		for (int i = 0; i < cell->len; i++) {
			int at = i;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			at = cell->len - 1 - i;
#endif
			cell->bytes[at] = (uint8_t)(i < 8 ? value >> 8 * i : value < 0 ? 0xff : 0);
		}
}

static void put_text(release_cell *cell, const char *text)
{
	memset(cell, 0, sizeof(*cell));
	cell->valid = text != NULL;
	cell->len = (uint8_t)(text ? strlen(text) : 0);
	if (text)
		memcpy(cell->bytes, text, cell->len);
}

/* One value of column a by the second step of its ladder, in some layouts. */
static void check(const char *format, const release_cell *from, const release_cell *expected,
		const cstn_generalise_step *step)
{
	const cstn_generalise_step steps[] = {
			{NULL, CSTN_GENERALISE_KEEP, 0, 0, 0, 0, 0, NULL}, *step};
	cstn_term_step second = CSTN_TERM_STEP_INIT;
	const cstn_term_step *const named[] = {&second};

	second.path = "row.a";
	second.step = 2;
	for (uint64_t round = 0; round < 8; round++) {
		uint64_t state = round, held;
		releasing *r = releasing_begin();
		struct ArrowArray in, out;

		for (int c = 0; c < 5; c++)
			r->columns[c].format = c ? "l" : format;
		r->columns[0].cells[1] = *from;
		r->layouts[0] = release_random_layout(format, &state);
		r->grants[0] = release_grant_of("row.a", CSTN_LEVEL_GENERALISED);
		r->grants[0].granularity.steps = named;
		r->grants[0].granularity.n_steps = 1;
		r->bound[0].steps = steps;
		r->bound[0].n_steps = 2;
		releasing_plan(r, NULL);
		release_batch(&in, r->columns, 5, 0, 3, 0, r->layouts, &state);
		SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
		ck_assert_ptr_null(r->schema.children[0]->dictionary);
		ck_assert_int_eq(release_look(r->schema.children[0], out.children[0], 0).valid, 0);
		release_same_cell(
				release_look(r->schema.children[0], out.children[0], 1), expected);
		for (int c = 0; c < 3; c++)
			ck_assert_int_eq(out.children[c]->offset, 0);
		out.release(&out);
		releasing_end(r);
	}
}

typedef struct number_case {
	const char *format;
	int32_t kind, step;
	int64_t width, origin, from, to; /* NONE: null */
} number_case;

static const number_case numbers[] = {
		{"l", CSTN_GENERALISE_BUCKET, 0, 10, 0, 57, 50},
		{"l", CSTN_GENERALISE_BUCKET, 0, 10, 0, -1, -10},
		{"l", CSTN_GENERALISE_BUCKET, 0, 10, 3, 57, 53},
		{"c", CSTN_GENERALISE_BUCKET, 0, 100, 0, -120, NONE},
		{"c", CSTN_GENERALISE_BUCKET, 0, 100, 0, 120, 100},
		{"C", CSTN_GENERALISE_BUCKET, 0, 100, 0, 250, 200},
		{"C", CSTN_GENERALISE_BUCKET, 0, 100, 50, 20, NONE},
		{"s", CSTN_GENERALISE_BUCKET, 0, 1000, 0, -5, -1000},
		{"S", CSTN_GENERALISE_BUCKET, 0, 1000, 0, 65535, 65000},
		{"i", CSTN_GENERALISE_BUCKET, 0, 1000, 0, 1999, 1000},
		{"I", CSTN_GENERALISE_BUCKET, 0, 1000, 0, 4294967295, 4294967000},
		{"L", CSTN_GENERALISE_BUCKET, 0, 1000, 0, 1999, 1000},
		{"L", CSTN_GENERALISE_BUCKET, 0, 1000, 0, -1, NONE},
		{"l", CSTN_GENERALISE_BUCKET, 0, 1000, 0, INT64_MIN + 1, NONE},
		{"g", CSTN_GENERALISE_BUCKET, 0, 10, 0, -57, -60},
		{"f", CSTN_GENERALISE_BUCKET, 0, 10, 0, 57, 50},
		{"d:9,2,32", CSTN_GENERALISE_BUCKET, 0, 5, 0, 1234, 1000},
		{"d:18,2,64", CSTN_GENERALISE_BUCKET, 0, 5, 0, -1234, -1500},
		{"d:19,2", CSTN_GENERALISE_BUCKET, 0, 5, 0, -1234, -1500},
		{"d:40,3,256", CSTN_GENERALISE_BUCKET, 0, 5, 0, -1234, -5000},
		{"tdD", CSTN_GENERALISE_BUCKET, 0, 7, 0, 20, 14},
		{"tdD", CSTN_GENERALISE_CALENDAR, 2, 0, 0, 45, 31},
		{"tdm", CSTN_GENERALISE_CALENDAR, 4, 0, 0, 45 * DAY * 1000, 0},
		{"tdm", CSTN_GENERALISE_CALENDAR, 2, 0, 0, 45 * DAY * 1000 + 7, 31 * DAY * 1000},
		{"tss:UTC", CSTN_GENERALISE_CALENDAR, 2, 0, 0, 45 * DAY + 7, 31 * DAY},
		{"tsm:", CSTN_GENERALISE_CALENDAR, 2, 0, 0, 45 * DAY * 1000 + 7, 31 * DAY * 1000},
		{"tsu:UTC", CSTN_GENERALISE_BUCKET, 0, 3600 * INT64_C(1000000), 0,
				INT64_C(7300) * 1000000, INT64_C(7200) * 1000000},
		{"tsn:UTC", CSTN_GENERALISE_CALENDAR, 2, 0, 0, 45 * DAY * 1000000000 + 7,
				31 * DAY * 1000000000},
		{"tss:UTC", CSTN_GENERALISE_BUCKET, 0, 1500000, 0, 2, 1},
		{"tss:UTC", CSTN_GENERALISE_CALENDAR, 2, 0, 0, INT64_MAX / 2, NONE},
		{"b", CSTN_GENERALISE_ALL, 0, 0, 0, 1, NONE},
		{"l", CSTN_GENERALISE_ALL, 0, 0, 0, 1, NONE},
		{"ttu", CSTN_GENERALISE_ALL, 0, 0, 0, 1, NONE},
		{"tDn", CSTN_GENERALISE_ALL, 0, 0, 0, 1, NONE},
		{"w:16", CSTN_GENERALISE_ALL, 0, 0, 0, 1, NONE},
		{"d:40,3,256", CSTN_GENERALISE_ALL, 0, 0, 0, 1, NONE},
};

START_TEST(numbers_dates_and_times_become_their_bucket)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const number_case *n = &numbers[i];
		const cstn_generalise_step step = {
				NULL, n->kind, n->step, n->width, n->origin, 0, 0, NULL};
		release_cell from, to = {0};

		put_number(&from, n->format, n->from);
		if (n->to != NONE)
			put_number(&to, n->format, n->to);
		check(n->format, &from, &to, &step);
	}
}
END_TEST

START_TEST(what_does_not_fit_64_bits_has_no_bucket)
{
	const cstn_generalise_step step = {NULL, CSTN_GENERALISE_BUCKET, 0, 10, 0, 0, 0, NULL};
	release_cell from, to = {0};
	const double nan = (double)__builtin_nanf("");

	put_number(&from, "d:38,0", 1);
	memset(from.bytes, 0x11, 16);
	check("d:38,0", &from, &to, &step);
	put_number(&from, "g", 1);
	memcpy(from.bytes, &nan, 8);
	check("g", &from, &to, &step);
}
END_TEST

START_TEST(texts_become_their_beginning_or_ancestor)
{
	static const struct {
		const char *format, *from, *to; /* NULL: null */
		int32_t kind, step;
	} texts[] = {
			{"u", "89073 Ulm", "890", CSTN_GENERALISE_PREFIX, 3},
			{"u", "\xc3\xa4\xc3\xb6x", "\xc3\xa4\xc3\xb6", CSTN_GENERALISE_PREFIX, 2},
			{"u", "ab", "ab", CSTN_GENERALISE_PREFIX, 9},
			{"u", "ab", "", CSTN_GENERALISE_PREFIX, 0},
			{"u", "a\x80\x80\x80", NULL, CSTN_GENERALISE_PREFIX, 1},
			{"u", "ab", NULL, CSTN_GENERALISE_ALL, 0},
			{"z", "ab", NULL, CSTN_GENERALISE_ALL, 0},
			{"u", "Ulm", "South", CSTN_GENERALISE_HIERARCHY, 1},
			{"u", "Rome", NULL, CSTN_GENERALISE_HIERARCHY, 1},
	};
	struct ArrowArrayStream rows;
	cstn_hierarchy *towns = NULL;

	csv_rows(&rows, "value text\nparent text\n", "value,parent\nUlm,South\nBonn,West\n");
	SHARING_OK(cstn_hierarchy_new(&rows, NULL, NULL, &towns, &error));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const cstn_generalise_step step = {NULL, texts[i].kind, texts[i].step, 0, 0, 0, 0,
				texts[i].kind == CSTN_GENERALISE_HIERARCHY ? towns : NULL};
		release_cell from, to;

		put_text(&from, texts[i].from);
		put_text(&to, texts[i].to);
		check(texts[i].format, &from, &to, &step);
	}
	cstn_hierarchy_unref(towns);
}
END_TEST

START_TEST(random_columns_leave_no_value_under_a_step_that_takes_all)
{
	static const cstn_generalise_step all[] = {
			{NULL, CSTN_GENERALISE_ALL, 0, 0, 0, 0, 0, NULL}};
	size_t every = test_every();

	for (size_t round = 0; round < 400; round += every) {
		uint64_t state = round, held;
		releasing *r = releasing_begin();
		struct ArrowArray in, out;

		releasing_fill(r, &state);
		for (int c = 0; c < 3; c++) {
			r->grants[c] = release_grant_of(releasing_paths[c], CSTN_LEVEL_GENERALISED);
			r->bound[c].steps = all;
			r->bound[c].n_steps = 1;
		}
		releasing_plan(r, NULL);
		release_batch(&in, r->columns, 5, 0, r->rows, 0, r->layouts, &state);
		SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
		release_check_bare(&r->schema, &out);
		for (int c = 0; c < 3; c++)
			ck_assert_int_eq(out.children[c]->null_count, r->rows);
		out.release(&out);
		releasing_end(r);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {numbers_dates_and_times_become_their_bucket,
			what_does_not_fit_64_bits_has_no_bucket,
			texts_become_their_beginning_or_ancestor,
			random_columns_leave_no_value_under_a_step_that_takes_all};

	return run_tests("release_coarser", tests, sizeof(tests) / sizeof(tests[0]));
}
