/* Rows on their way out: what leaves is what was granted, and nothing else can be reached from it.
 * Columns of every type in every layout; the input is let go piece by piece, so that whoever still
 * looks at it is seen by a sanitizer. */
#include <stdio.h>

#include <constellation/constellation.h>

#include "release_fixture.h"
#include "release_look.h"
#include "release_plans.h"
#include "sharing_fixture.h"
#include "suite.h"

/* --- raw -------------------------------------------------------------------------------------- */

START_TEST(raw_columns_leave_with_nothing_that_is_no_value_of_them)
{
	size_t every = test_every();

	for (size_t round = 0; round < 1500; round += every) {
		uint64_t state = round, held = 9;
		releasing *r = releasing_begin();
		struct ArrowArray in, out;
		int gone[5];

		releasing_fill(r, &state);
		releasing_plan(r, NULL);
		ck_assert_int_eq(cstn__release_plan_form(r->plan), CSTN_LEVEL_RAW);
		ck_assert_uint_eq(cstn__release_plan_dropped(r->plan), 2);
		release_batch(&in, r->columns, r->n, 0, r->rows,
				sharing_roll(&state, 2) ? 0 : sharing_roll(&state, 20), r->layouts,
				&state);
		for (int i = 0; i < 5; i++)
			gone[i] = release_gone(r->columns[i].name);
		SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
		ck_assert_ptr_null(in.release);
		ck_assert_uint_eq(held, 0);
		/* those that stay are gone already, with their dictionaries */
		for (int i = 1; i < 5; i += 2)
			ck_assert_int_eq(release_gone(r->columns[i].name) - gone[i],
					1 + (r->layouts[i].index != NULL));
		release_check_bare(&r->schema, &out);
		ck_assert_int_eq(out.length, r->rows);
		for (int i = 0; i < 3; i++)
			for (int row = 0; row < r->rows; row++)
				release_same_cell(release_look(r->schema.children[i],
								  out.children[i], row),
						&r->columns[2 * i].cells[row]);
		out.release(&out);
		releasing_end(r);
	}
}
END_TEST

START_TEST(clean_columns_go_by_reference)
{
	static const char *const whole[] = {"l", "u", "d:19,2", "C", "w:16", "g", "Z", "tsu:UTC"};
	uint64_t state = 1, held;

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		releasing *r = releasing_begin();
		struct ArrowArray in, out;
		const void *values[5];
		int gone;

		r->rows = 64;
		for (int c = 0; c < 5; c++) {
			r->columns[c].format = c == 4 ? "u" : whole[i];
			release_fill(&r->columns[c], 64, 0, 9, &state);
		}
		r->layouts[4].index = "i";
		releasing_plan(r, NULL);
		release_batch(&in, r->columns, 5, 0, 64, 0, r->layouts, &state);
		for (int c = 0; c < 5; c++)
			values[c] = in.children[c]->buffers[1];
		gone = release_gone("a");
		SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
		for (int c = 0; c < 3; c++)
			ck_assert_ptr_eq(out.children[c]->buffers[1], values[2 * c]);
		ck_assert_int_eq(release_gone("a"), gone);
		out.release(&out);
		ck_assert_int_eq(release_gone("a"), gone + 1);
		releasing_end(r);
	}
}
END_TEST

/* A child may be moved out and outlive the batch, the plan and the schema. */
START_TEST(a_column_lives_by_itself)
{
	uint64_t state = 3, held;
	releasing *r = releasing_begin();
	struct ArrowArray in, out, kept[3];
	struct ArrowSchema schema;

	releasing_fill(r, &state);
	r->rows = 50;
	for (int c = 0; c < 5; c++) {
		r->columns[c].format = c == 0 ? "l" : "u";
		release_fill(&r->columns[c], 50, c == 2 ? 20 : 0, 9, &state);
		r->layouts[c] = (release_layout){.index = c == 4 ? "s" : NULL};
	}
	releasing_plan(r, NULL);
	release_batch(&in, r->columns, 5, 0, 50, 0, r->layouts, &state);
	SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
	for (int c = 0; c < 3; c++) {
		kept[c] = *out.children[c];
		out.children[c]->release = NULL;
	}
	out.release(&out);
	cstn__release_plan_free(r->plan);
	r->plan = NULL;
	for (int c = 0; c < 3; c++) {
		schema = *r->schema.children[c];
		for (int row = 0; row < 50; row++)
			release_same_cell(release_look(&schema, &kept[c], row),
					&r->columns[2 * c].cells[row]);
		kept[c].release(&kept[c]);
	}
	releasing_end(r);
}
END_TEST

/* Columns that say they have less below them than they have. */
START_TEST(what_hangs_on_a_column_without_a_name_does_not_leave)
{
	uint64_t state = 5, held;
	releasing *r = releasing_begin();
	struct ArrowArray in, out, hidden, other, *hidden_at = &hidden;
	release_layout plain = {0};

	r->rows = 8;
	for (int c = 0; c < 5; c++) {
		r->columns[c].format = "l";
		release_fill(&r->columns[c], 8, 0, 9, &state);
	}
	releasing_plan(r, NULL);
	release_batch(&in, r->columns, 5, 0, 8, 0, r->layouts, &state);
	release_array(&hidden, &r->columns[1], 0, 8, &plain, &state);
	in.children[0]->children = &hidden_at;
	in.children[0]->n_children = 1;
	release_array(&other, &r->columns[1], 0, 8, &plain, &state);
	in.children[2]->dictionary = &other;
	SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
	ck_assert_ptr_null(hidden.release);
	ck_assert_ptr_null(other.release);
	release_check_bare(&r->schema, &out);
	out.release(&out);
	releasing_end(r);
}
END_TEST

/* --- rows that stay --------------------------------------------------------------------------- */

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

static void put(release_cell *cell, const char *format, int64_t value)
{
	int32_t narrow = (int32_t)value;

	cell->valid = 1;
	cell->len = (uint8_t)release_width(format);
	memcpy(cell->bytes, cell->len == 4 ? (void *)&narrow : (void *)&value, cell->len);
}

/* What a time says, in microseconds from its begin to its end. */
static void span(const char *format, int64_t value, int64_t *first, int64_t *last)
{
	if (format[1] == 'd') {
		*first = (format[2] == 'D' ? value : value / 86400000) * DAY;
		*last = *first + DAY - 1;
		return;
	}
	*first = format[2] == 's'   ? value * SECOND
		 : format[2] == 'm' ? value * 1000
		 : format[2] == 'u' ? value
				    : value / 1000;
	*last = *first;
}

START_TEST(rows_outside_the_window_or_too_young_stay)
{
	static const char *const times[] = {
			"tss:UTC", "tsm:UTC", "tsu:UTC", "tsn:UTC", "tdD", "tdm"};
	static const int64_t units[] = {1, 1000, SECOND, 1000 * SECOND, 1, 86400000};
	size_t every = test_every();

	for (size_t round = 0; round < 750; round += every) {
		uint64_t state = round + 77, held = 0;
		const char *time = times[round % 6];
		releasing *r = releasing_begin();
		struct ArrowArray in, out;
		release_asking asking = {0};
		int64_t until = RELEASE_NOW, from = until - 40 * DAY, oldest = INT64_MAX, left = 0;
		int young = (int)sharing_roll(&state, 2);

		if (sharing_roll(&state, 3)) {
			asking.data_from_us = from + DAY / 2;
			asking.data_until_us = until - (int64_t)sharing_roll(&state, 20) * DAY;
		}
		r->n = 6;
		releasing_fill(r, &state);
		r->columns[5].format = time;
		r->layouts[5] = release_random_layout(time, &state);
		for (int i = 0; i < r->rows; i++) {
			int64_t whole = (int64_t)sharing_roll(&state, 60 * 86400),
				at = from / SECOND - 10 * 86400 + whole;

			put(&r->columns[5].cells[i], time,
					time[1] == 'd' ? at / 86400 * units[round % 6]
						       : at * units[round % 6]);
			r->columns[5].cells[i].valid = sharing_roll(&state, 9) > 0;
		}
		r->options.time_column = "at";
		r->decision = release_decide(r->grants, &asking);
		if (young) {
			oldest = RELEASE_NOW - 15 * DAY;
			r->decision->fields[1].min_age_us = 15 * DAY;
			r->decision->fields[2].min_age_us = 3 * DAY;
		}
		SHARING_OK(releasing_make(r, &error));
		SHARING_OK(cstn__release_plan_schema(r->plan, &r->schema, &error));
		release_batch(&in, r->columns, r->n, 0, r->rows, 0, r->layouts, &state);
		SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
		ck_assert_uint_eq((uint64_t)out.length + held, (uint64_t)r->rows);
		release_check_bare(&r->schema, &out);
		for (int i = 0; i < r->rows; i++) {
			const release_cell *cell = &r->columns[5].cells[i];
			int64_t value = 0, first, last;
			int32_t narrow;

			memcpy(&value, cell->bytes, 8);
			memcpy(&narrow, cell->bytes, 4);
			span(time, cell->len == 4 ? narrow : value, &first, &last);
			if ((asking.data_until_us || young) &&
					(!cell->valid || last > oldest ||
							(asking.data_until_us &&
									(first < asking.data_from_us ||
											last >= asking.data_until_us))))
				continue;
			ck_assert_int_lt(left, out.length);
			for (int c = 0; c < 3; c++)
				release_same_cell(release_look(r->schema.children[c],
								  out.children[c], left),
						&r->columns[2 * c].cells[i]);
			left++;
		}
		ck_assert_int_eq(left, out.length);
		out.release(&out);
		releasing_end(r);
	}
}
END_TEST

START_TEST(a_value_of_a_row_that_stays_is_nowhere_in_what_leaves)
{
	static const char secret[] = "only-of-a-row-that-stays";
	static const char *const texts[] = {"u", "U", "vu"};

	for (int way = 0; way < 6; way++) {
		uint64_t state = (uint64_t)way, held;
		releasing *r = releasing_begin();
		struct ArrowArray in, out;
		const release_asking asking = {
				.data_from_us = RELEASE_NOW - DAY, .data_until_us = RELEASE_NOW};

		r->n = 6;
		r->rows = 40;
		for (int c = 0; c < 6; c++) {
			r->columns[c].format = c == 5 ? "tsu:UTC" : "u";
			release_fill(&r->columns[c], 40, 0, 5, &state);
			r->layouts[c] = (release_layout){0};
			if (c < 5) {
				r->layouts[c].format = texts[way % 3];
				r->layouts[c].index = way < 3 ? NULL : "i";
			}
		}
		for (int i = 0; i < 40; i++) {
			put(&r->columns[5].cells[i], "tsu:UTC",
					i % 4 ? RELEASE_NOW - DAY / 2 : RELEASE_NOW);
			if (i % 4 == 0) {
				r->columns[0].cells[i].len = sizeof(secret) - 1;
				memcpy(r->columns[0].cells[i].bytes, secret, sizeof(secret) - 1);
			}
		}
		r->options.time_column = "at";
		releasing_plan(r, &asking);
		release_batch(&in, r->columns, 6, 0, 40, 0, r->layouts, &state);
		SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
		ck_assert_uint_eq(held, 10);
		release_check_bare(&r->schema, &out);
		release_check_without(&r->schema, &out, secret, 12);
		out.release(&out);
		releasing_end(r);
	}
}
END_TEST

/* --- broken batches --------------------------------------------------------------------------- */

START_TEST(a_broken_batch_gives_nothing_and_is_let_go)
{
	for (int what = 0; what < 5; what++) {
		static const char *const words[] = {"3 columns", "outside its dictionary",
				"rows, its batch", "backwards", "moved out"};
		uint64_t state = 11, held = 5;
		releasing *r = releasing_begin();
		struct ArrowArray in, out = {0};
		int32_t *values;

		r->rows = 20;
		for (int c = 0; c < 5; c++) {
			r->columns[c].format = c == 2 ? "u" : "l";
			release_fill(&r->columns[c], 20, 0, 9, &state);
		}
		r->layouts[4].index = "i";
		releasing_plan(r, NULL);
		release_batch(&in, r->columns, 5, 0, 20, 0, r->layouts, &state);
		if (what == 0) {
			for (int c = 3; c < 5; c++)
				in.children[c]->release(in.children[c]);
			in.n_children = 3;
		} else if (what == 1) {
			memcpy(&values, &in.children[4]->buffers[1], sizeof(values));
			values[7] = 1000;
		} else if (what == 2) {
			in.children[0]->length = 19;
		} else if (what == 3) {
			memcpy(&values, &in.children[2]->buffers[1], sizeof(values));
			values[7] = 0;
			values[6] = 5;
		} else {
			in.children[2]->release(in.children[2]);
		}
		SHARING_FAILS(CSTN_E_STREAM, words[what],
				cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
		ck_assert_ptr_null(in.release);
		ck_assert_ptr_null(out.release);
		ck_assert_uint_eq(held, 5);
		releasing_end(r);
	}
}
END_TEST

/* --- plans that are refused ------------------------------------------------------------------- */

typedef struct refusal {
	int32_t status;
	const char *words;
	int32_t levels[3];
	void (*change)(releasing *r);
	release_asking asking;
} refusal;

static void unbind(releasing *r)
{
	r->options.n_columns = 2;
}
static void bind_twice(releasing *r)
{
	r->bound[1].column = "a";
}
static void bind_to_nothing(releasing *r)
{
	r->bound[1].path = "row.z";
}
static void bind_nothing(releasing *r)
{
	r->bound[1].column = "zz";
}
static void name_no_path(releasing *r)
{
	r->bound[2].path = NULL;
}
static void two_of_a_name(releasing *r)
{
	r->columns[1].name = "c";
}
static void nested(releasing *r)
{
	r->layouts[2].format = "+l";
}
static void wall_clock(releasing *r)
{
	r->options.time_column = "d";
	r->columns[3].format = "tsu:";
}
static void no_such_time(releasing *r)
{
	r->options.time_column = "zz";
}
static void of_doubles(releasing *r)
{
	r->columns[2].format = "g";
}
static const uint8_t a_key[32] = {1};
static void of_doubles_with_a_key(releasing *r)
{
	of_doubles(r);
	r->options.pseudonym_key = a_key;
}
static const cstn_generalise_step keep[] = {{NULL, CSTN_GENERALISE_KEEP, 0, 0, 0, 0, 0, NULL}},
				  bucket[] = {{NULL, CSTN_GENERALISE_BUCKET, 0, 10, 0, 0, 0, NULL}};
static void keep_it(releasing *r)
{
	r->bound[1].steps = keep;
	r->bound[1].n_steps = 1;
}
static void bucket_of_text(releasing *r)
{
	r->bound[1].steps = bucket;
	r->bound[1].n_steps = 1;
	r->columns[2].format = "u";
}
static void no_steps(releasing *r)
{
	r->bound[1].n_steps = 1;
}

#define RAW3                                                   \
	{                                                      \
		CSTN_LEVEL_RAW, CSTN_LEVEL_RAW, CSTN_LEVEL_RAW \
	}
#define ONE(level)                                                 \
	{                                                          \
		CSTN_LEVEL_RAW, CSTN_LEVEL_##level, CSTN_LEVEL_RAW \
	}

START_TEST(what_cannot_be_done_is_refused_before_anything_moves)
{
	static const refusal all[] = {
			{CSTN_E_INVALID_ARGUMENT, "no column is bound to 'row.c'", RAW3, unbind,
					{0}},
			{CSTN_E_INVALID_ARGUMENT, "'a' is bound twice", RAW3, bind_twice, {0}},
			{CSTN_E_INVALID_ARGUMENT, "'row.z', which is no field", RAW3,
					bind_to_nothing, {0}},
			{CSTN_E_SCHEMA, "no column 'zz'", RAW3, bind_nothing, {0}},
			{CSTN_E_SCHEMA, "two columns 'c'", RAW3, two_of_a_name, {0}},
			{CSTN_E_INVALID_ARGUMENT, "columns[2] has no path", RAW3, name_no_path,
					{0}},
			{CSTN_E_INVALID_ARGUMENT, "steps is NULL", RAW3, no_steps, {0}},
			{CSTN_E_SCHEMA, "column 'c' is list", RAW3, nested, {0}},
			{CSTN_E_INVALID_ARGUMENT, "time_column says when", RAW3, NULL,
					{.data_until_us = 1}},
			{CSTN_E_SCHEMA, "column 'd' is timestamp[us] without zone", RAW3,
					wall_clock, {.data_until_us = 1}},
			{CSTN_E_SCHEMA, "column 'd' is timestamp[us] without zone", RAW3,
					wall_clock, {0}},
			{CSTN_E_SCHEMA, "the time column", RAW3, no_such_time, {0}},
			{CSTN_E_INVALID_ARGUMENT, "pseudonym_key is NULL", ONE(PSEUDONYM), NULL,
					{0}},
			{CSTN_E_SCHEMA, "column 'c' is double, whose values", ONE(PSEUDONYM),
					of_doubles_with_a_key, {0}},
			{CSTN_E_INVALID_ARGUMENT, "ladder of 0 steps, and step 1", ONE(GENERALISED),
					NULL, {0}},
			{CSTN_E_INVALID_ARGUMENT, "keeps the value", ONE(GENERALISED), keep_it,
					{0}},
			{CSTN_E_INVALID_ARGUMENT, "step of column 'c', which is text",
					ONE(GENERALISED), bucket_of_text, {0}},
			{CSTN_E_INVALID_ARGUMENT, "aggregate is NULL", ONE(AGGREGATED), NULL, {0}},
			{CSTN_E_INVALID_ARGUMENT, "noise is NULL", ONE(NOISED), NULL, {0}},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		releasing *r = releasing_begin();

		for (int c = 0; c < 5; c++)
			r->columns[c].format = "l";
		for (int c = 0; c < 3; c++)
			r->grants[c] = release_grant_of(releasing_paths[c], all[i].levels[c]);
		r->decision = release_decide(r->grants, &all[i].asking);
		if (all[i].change)
			all[i].change(r);
		SHARING_FAILS(all[i].status, all[i].words, releasing_make(r, &error));
		ck_assert_ptr_null(r->plan);
		releasing_end(r);
	}
}
END_TEST

START_TEST(a_column_of_a_field_that_is_denied_stays)
{
	const release_asking asking = {.denied = "row.x"};
	uint64_t state = 1, held;
	releasing *r = releasing_begin();
	struct ArrowArray in, out;

	for (int c = 0; c < 5; c++) {
		r->columns[c].format = "l";
		release_fill(&r->columns[c], 9, 0, 9, &state);
	}
	r->grants[2].path = NULL;
	r->bound[2].path = "row.x";
	releasing_plan(r, &asking);
	ck_assert_uint_eq(cstn__release_plan_dropped(r->plan), 3);
	release_batch(&in, r->columns, 5, 0, 9, 0, r->layouts, &state);
	SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
	ck_assert_int_eq(out.n_children, 2);
	ck_assert_str_eq(r->schema.children[1]->name, "c");
	out.release(&out);
	releasing_end(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {raw_columns_leave_with_nothing_that_is_no_value_of_them,
			clean_columns_go_by_reference, a_column_lives_by_itself,
			what_hangs_on_a_column_without_a_name_does_not_leave,
			rows_outside_the_window_or_too_young_stay,
			a_value_of_a_row_that_stays_is_nowhere_in_what_leaves,
			a_broken_batch_gives_nothing_and_is_let_go,
			what_cannot_be_done_is_refused_before_anything_moves,
			a_column_of_a_field_that_is_denied_stays};

	return run_tests("release_rows", tests, sizeof(tests) / sizeof(tests[0]));
}
