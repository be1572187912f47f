/* Anonymity: measures against their definitions written out, steps, suppression, what is refused.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "suite.h"
#include "table/table_fields.h"

#define SCHEMA "town text null\nage int64 null\npay int64 null\nnote text null\n"
#define MOST 60

static const char *const town_age[] = {"town", "age"};

static cstn_privacy_options usual(void)
{
	cstn_privacy_options options = CSTN_PRIVACY_OPTIONS_INIT;

	options.quasi = town_age;
	options.n_quasi = 2;
	options.sensitive = "pay";
	return options;
}

static cstn_privacy_measures measured(const char *text, const cstn_privacy_options *options)
{
	cstn_privacy_measures out = CSTN_PRIVACY_MEASURES_INIT;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	csv_rows(&rows, SCHEMA, text);
	ck_assert_msg(cstn_privacy_measure(&rows, options, &out, NULL, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	return out;
}

/* --- against the definitions ------------------------------------------------------------------ */

/* Rows of small numbers; 0 is null. */
typedef struct sheet {
	int n, towns, ages, pays;
	int town[MOST], age[MOST], pay[MOST];
} sheet;

static int below(uint64_t seed, uint64_t *at, int most)
{
	return (int)(cstn__random_unit(seed, (*at)++) * most);
}

static sheet random_sheet(uint64_t seed)
{
	uint64_t at = 0;
	sheet s = {.n = 1 + below(seed, &at, MOST)};
	int i;

	s.towns = 1 + below(seed, &at, 4);
	s.ages = 1 + below(seed, &at, 4);
	s.pays = 1 + below(seed, &at, 9);
	for (i = 0; i < s.n; i++) {
		s.town[i] = below(seed, &at, s.towns);
		s.age[i] = below(seed, &at, s.ages);
		s.pay[i] = below(seed, &at, s.pays);
	}
	return s;
}

static void sheet_text(const sheet *s, char *out, size_t size)
{
	size_t at = (size_t)snprintf(out, size, "town,age,pay,note\n");
	int i;

	for (i = 0; i < s->n; i++) {
		if (s->town[i])
			at += (size_t)snprintf(out + at, size - at, "t%d", s->town[i]);
		at += (size_t)snprintf(out + at, size - at, ",");
		if (s->age[i])
			at += (size_t)snprintf(out + at, size - at, "%d", s->age[i] * 10);
		at += (size_t)snprintf(out + at, size - at, ",");
		if (s->pay[i])
			at += (size_t)snprintf(out + at, size - at, "%d", s->pay[i] * 7);
		at += (size_t)snprintf(out + at, size - at, ",n%d\n", i);
	}
	ck_assert_uint_lt(at, size);
}

/* The measures, each as its definition says it; distinct pays there are in order, null last. */
static void by_definition(const sheet *s, int categorical, cstn_privacy_measures *out)
{
	double p[10] = {0}, q[10], least = 1;
	int order[10], m = 0, i, j, v;

	for (v = 1; v <= 9; v++) {
		int value = v % 9; /* 1 .. 8, then 0 for null */

		for (i = 0; i < s->n && s->pay[i] != value; i++)
			;
		if (i < s->n)
			order[m++] = value;
	}
	for (j = 0; j < m; j++) {
		for (i = 0; i < s->n; i++)
			p[j] += s->pay[i] == order[j];
		p[j] /= s->n;
		if (p[j] < least)
			least = p[j];
	}
	*out = (cstn_privacy_measures){.k = INT64_MAX, .l = INT64_MAX};
	for (v = 0; v < s->towns * s->ages; v++) {
		double t = 0, prefix = 0;
		int rows = 0, distinct = 0;

		for (i = 0; i < s->n; i++)
			rows += s->town[i] == v / s->ages && s->age[i] == v % s->ages;
		if (!rows)
			continue;
		out->classes++;
		for (j = 0; j < m; j++) {
			q[j] = 0;
			for (i = 0; i < s->n; i++)
				q[j] += s->town[i] == v / s->ages && s->age[i] == v % s->ages &&
					s->pay[i] == order[j];
			q[j] /= rows;
			distinct += q[j] > 0;
			prefix += q[j] - p[j];
			t += categorical ? fabs(q[j] - p[j]) / 2
					 : fabs(prefix) / (m > 1 ? m - 1 : 1);
			if (q[j] > 0) {
				out->alpha = fmax(out->alpha, q[j]);
				out->beta = fmax(out->beta, q[j] / p[j] - 1);
				out->delta = fmax(out->delta, fabs(log(q[j] / p[j])));
			}
		}
		out->t = fmax(out->t, t);
		out->k = rows < out->k ? rows : out->k;
		out->l = distinct < out->l ? distinct : out->l;
	}
	out->enhanced_beta = fmin(out->beta, -log(least));
	out->sensitive_values = m;
}

static void compare(const sheet *s, uint32_t flags)
{
	cstn_privacy_options options = usual();
	cstn_privacy_measures want, got;
	char text[MOST * 24 + 64];

	sheet_text(s, text, sizeof(text));
	options.flags = flags;
	got = measured(text, &options);
	by_definition(s, flags != 0, &want);
	ck_assert_int_eq(got.rows, s->n);
	ck_assert_int_eq(got.classes, want.classes);
	ck_assert_int_eq(got.sensitive_values, want.sensitive_values);
	ck_assert_int_eq(got.k, want.k);
	ck_assert_int_eq(got.l, want.l);
	ck_assert_double_eq_tol(got.alpha, want.alpha, 1e-12);
	ck_assert_double_eq_tol(got.beta, want.beta, 1e-9);
	ck_assert_double_eq_tol(got.enhanced_beta, want.enhanced_beta, 1e-9);
	ck_assert_double_eq_tol(got.delta, want.delta, 1e-12);
	ck_assert_double_eq_tol(got.t, want.t, 1e-12);
	ck_assert_double_eq_tol((double)got.t_numerator / (double)got.t_denominator, want.t, 1e-12);
	ck_assert_double_eq_tol(
			(double)got.beta_numerator / (double)got.beta_denominator, want.beta, 1e-9);
}

START_TEST(measures_of_random_tables_are_those_of_the_definitions)
{
	uint64_t seed;

	for (seed = 1; seed <= 400; seed += test_every()) {
		sheet s = random_sheet(seed);

		compare(&s, 0);
		compare(&s, CSTN_PRIVACY_CATEGORICAL);
	}
}
END_TEST

/* --- edges ------------------------------------------------------------------------------------ */

START_TEST(a_table_without_rows_has_no_measures)
{
	cstn_privacy_options options = usual();
	cstn_privacy_measures got = measured("town,age,pay,note\n", &options);

	ck_assert_uint_eq(got.valid, 0);
	ck_assert_int_eq(got.rows, 0);
	ck_assert_int_eq(got.classes, 0);
}
END_TEST

START_TEST(a_null_quasi_identifier_is_a_value_and_is_counted)
{
	cstn_privacy_options options = usual();
	cstn_privacy_measures got =
			measured("town,age,pay,note\n,1,5,\n,1,6,\na,1,5,\na,,7,\n", &options);

	ck_assert_int_eq(got.classes, 3);
	ck_assert_int_eq(got.null_rows, 3);
	ck_assert_int_eq(got.k, 1);
	ck_assert_int_eq(got.sensitive_nulls, 0);
}
END_TEST

START_TEST(without_a_sensitive_column_k_alone_is_measured)
{
	cstn_privacy_options options = usual();
	cstn_privacy_measures got;

	options.sensitive = NULL;
	got = measured("town,age,pay,note\na,1,5,\na,1,6,\n", &options);
	ck_assert_uint_eq(got.valid, CSTN_PRIVACY_HAS_CLASSES);
	ck_assert_int_eq(got.k, 2);
	ck_assert_int_eq(got.alpha_denominator, 0);
}
END_TEST

START_TEST(one_sensitive_value_has_no_distance)
{
	cstn_privacy_options options = usual();
	cstn_privacy_measures got =
			measured("town,age,pay,note\na,1,5,\nb,1,5,\nb,1,5,\n", &options);

	ck_assert_int_eq(got.t_numerator, 0);
	ck_assert_int_eq(got.t_denominator, 1);
	ck_assert_double_eq(got.delta, 0);
	ck_assert_int_eq(got.l, 1);
}
END_TEST

/* --- steps ------------------------------------------------------------------------------------ */

static cstn_hierarchy *towns(void)
{
	cstn_hierarchy *out = NULL;
	struct ArrowArrayStream rows;

	csv_rows(&rows, "value text\nparent text null\n",
			"value,parent\nUlm,South\nBonn,West\nKoeln,West\nSouth,All\nWest,All\n");
	ck_assert_int_eq(cstn_hierarchy_new(&rows, NULL, NULL, &out, NULL), CSTN_OK);
	return out;
}

static const char *anonymised(const char *schema, const char *text,
		const cstn_privacy_options *options, cstn_buffer **out)
{
	struct ArrowArrayStream rows, table;
	cstn_error *error = NULL;

	csv_rows(&rows, schema, text);
	ck_assert_msg(cstn_privacy_anonymise(&rows, options, &table, NULL, NULL, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	return csv_text(&table, out);
}

START_TEST(values_become_buckets_prefixes_and_ancestors)
{
	static const char *const columns[] = {
			"town", "post", "age", "price", "day", "at", "weight"};
	cstn_hierarchy *all = towns();
	const cstn_generalise_step steps[] = {
			{"town", CSTN_GENERALISE_HIERARCHY, 1, 0, 0, 0, 0, all},
			{"post", CSTN_GENERALISE_PREFIX, 2, 0, 0, 0, 0, NULL},
			{"age", CSTN_GENERALISE_BUCKET, 0, 10, 5, 0, 0, NULL},
			{"price", CSTN_GENERALISE_BUCKET, 0, 5, 0, 1, 0, NULL},
			{"day", CSTN_GENERALISE_CALENDAR, 3, 0, 0, 0, 0, NULL},
			{"at", CSTN_GENERALISE_CALENDAR, 2, 0, 0, 0, 0, NULL},
			{"weight", CSTN_GENERALISE_BUCKET, 0, 25, 0, 2, 0, NULL}};
	cstn_privacy_options options = CSTN_PRIVACY_OPTIONS_INIT;
	cstn_buffer *out;

	options.quasi = columns;
	options.n_quasi = 7;
	options.steps = steps;
	options.n_steps = 7;
	options.k = 1;
	ck_assert_str_eq(anonymised("town text null\npost text\nage int64\nprice decimal "
				    "scale=2\nday date\nat timestamp zone=utc\nweight double\n",
					 "town,post,age,price,day,at,weight\n"
					 "Ulm,89073,-6,-0.01,2024-05-31,2024-02-29T23:59:59Z,1.3\n"
					 "Koeln,\xc3\xa4\xc3\xb6\xc3\xbc,14,1.99,1969-12-31,"
					 "1970-01-01T00:00:00Z,-0.1\n"
					 "Rome,5,15,2.00,2024-04-01,2024-03-01T00:00:00Z,0.75\n",
					 &options, &out),
			"town,post,age,price,day,at,weight\n"
			"South,89,-15,-0.50,2024-04-01,2024-02-01T00:00:00Z,1.25\n"
			"West,\xc3\xa4\xc3\xb6,5,1.50,1969-10-01,1970-01-01T00:00:00Z,-0.25\n"
			",5,15,2.00,2024-04-01,2024-03-01T00:00:00Z,0.75\n");
	cstn_buffer_free(out);
	cstn_hierarchy_unref(all);
}
END_TEST

START_TEST(ancestors_end_at_the_root)
{
	cstn_hierarchy *all = towns();
	size_t len = 0;

	ck_assert_str_eq(cstn_hierarchy_ancestor(all, "Bonn", 4, 0, &len), "Bonn");
	ck_assert_str_eq(cstn_hierarchy_ancestor(all, "Bonn", 4, 1, &len), "West");
	ck_assert_str_eq(cstn_hierarchy_ancestor(all, "Bonn", 4, 9, &len), "All");
	ck_assert_uint_eq(len, 3);
	ck_assert_ptr_null(cstn_hierarchy_ancestor(all, "Rome", 4, 1, &len));
	ck_assert_ptr_null(cstn_hierarchy_ancestor(NULL, "Rome", 4, 1, &len));
	ck_assert_ptr_eq(cstn_hierarchy_ref(all), all);
	cstn_hierarchy_unref(all);
	cstn_hierarchy_unref(all);
	cstn_hierarchy_unref(NULL);
	ck_assert_ptr_null(cstn_hierarchy_ref(NULL));
}
END_TEST

static void refuse_hierarchy(const char *text, cstn_status expected, const char *part)
{
	cstn_hierarchy *out = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&rows, "value text null\nparent text null\n", text);
	status = cstn_hierarchy_new(&rows, NULL, NULL, &out, &error);
	expect_error(status, expected, &error, part);
	ck_assert_ptr_null(out);
}

START_TEST(hierarchies_that_are_none_are_refused)
{
	refuse_hierarchy("value,parent\na,b\na,c\n", CSTN_E_DUPLICATE, "'a' has two parents");
	refuse_hierarchy("value,parent\na,b\nb,c\nc,a\n", CSTN_E_FORMAT, "above itself");
	refuse_hierarchy("value,parent\na,a\n", CSTN_E_FORMAT, "'a' is above itself");
	refuse_hierarchy("value,parent\n,a\n", CSTN_E_ROWS, "value");
}
END_TEST

START_TEST(classes_that_break_a_rule_are_left_out)
{
	static const char *const keep[] = {"note"};
	static const char rows[] = "town,age,pay,note\n"
				   "a,1,5,p\na,1,5,q\nb,1,5,r\nb,1,6,s\nc,1,6,t\n";
	cstn_privacy_options options = usual();
	cstn_buffer *out;

	options.keep = keep;
	options.n_keep = 1;
	options.k = 2;
	ck_assert_str_eq(anonymised(SCHEMA, rows, &options, &out),
			"town,age,pay,note\na,1,5,p\na,1,5,q\nb,1,5,r\nb,1,6,s\n");
	cstn_buffer_free(out);
	options.l = 2;
	ck_assert_str_eq(anonymised(SCHEMA, rows, &options, &out),
			"town,age,pay,note\nb,1,5,r\nb,1,6,s\n");
	cstn_buffer_free(out);
	/* t: a 2/5, b 1/10, c 3/5 */
	options.l = 1;
	options.k = 1;
	options.t_ppm = 400000;
	ck_assert_str_eq(anonymised(SCHEMA, rows, &options, &out),
			"town,age,pay,note\na,1,5,p\na,1,5,q\nb,1,5,r\nb,1,6,s\n");
	cstn_buffer_free(out);
	options.t_ppm = 399999;
	ck_assert_str_eq(anonymised(SCHEMA, rows, &options, &out),
			"town,age,pay,note\nb,1,5,r\nb,1,6,s\n");
	cstn_buffer_free(out);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

static void refuse(const cstn_privacy_options *options, cstn_status expected, const char *part)
{
	cstn_privacy_measures out = CSTN_PRIVACY_MEASURES_INIT;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&rows, SCHEMA, "town,age,pay,note\na,1,5,p\n");
	status = cstn_privacy_measure(&rows, options, &out, NULL, &error);
	expect_error(status, expected, &error, part);
	ck_assert_ptr_null(rows.release);
	ck_assert_int_eq(out.rows, 0);
}

static void refuse_step(cstn_generalise_step step, const char *part)
{
	cstn_privacy_options options = usual();

	options.steps = &step;
	options.n_steps = 1;
	refuse(&options, CSTN_E_INVALID_ARGUMENT, part);
}

START_TEST(steps_that_do_not_fit_are_refused)
{
	refuse_step((cstn_generalise_step){"age", 1, 0, 0, 0, 0, 0, NULL}, "above 0");
	refuse_step((cstn_generalise_step){"age", 1, 0, 5, 0, 1, 0, NULL}, "more decimals");
	refuse_step((cstn_generalise_step){"age", 1, 2, 5, 0, 0, 0, NULL}, "no step");
	refuse_step((cstn_generalise_step){"town", 1, 0, 5, 0, 0, 0, NULL}, "numbers, dates");
	refuse_step((cstn_generalise_step){"age", 3, 2, 0, 0, 0, 0, NULL}, "of text");
	refuse_step((cstn_generalise_step){"age", 2, 2, 0, 0, 0, 0, NULL}, "calendar");
	refuse_step((cstn_generalise_step){"town", 4, 2, 0, 0, 0, 0, NULL}, "hierarchy");
	refuse_step((cstn_generalise_step){"town", 9, 0, 0, 0, 0, 0, NULL}, "CSTN_GENERALISE_");
	refuse_step((cstn_generalise_step){"note", 0, 0, 0, 0, 0, 0, NULL}, "not asked for");
	refuse_step((cstn_generalise_step){NULL, 0, 0, 0, 0, 0, 0, NULL}, "no column");
	refuse_step((cstn_generalise_step){"town", 0, 0, 0, 0, 0, 1, NULL}, "reserved0");
	refuse_step((cstn_generalise_step){"town", 3, 1, 5, 0, 0, 0, NULL}, "only buckets");
}
END_TEST

START_TEST(options_that_cannot_be_are_refused)
{
	static const char *const twice[] = {"town", "town"};
	cstn_privacy_options options = usual();

	options.n_quasi = 0;
	refuse(&options, CSTN_E_INVALID_ARGUMENT, "quasi-identifiers");
	options = usual();
	options.quasi = twice;
	refuse(&options, CSTN_E_INVALID_ARGUMENT, "twice");
	options = usual();
	options.flags = 1u << 30;
	refuse(&options, CSTN_E_INVALID_ARGUMENT, "flags");
	options = usual();
	options.t_ppm = 1000001;
	refuse(&options, CSTN_E_INVALID_ARGUMENT, "t_ppm");
	options = usual();
	options.sensitive = NULL;
	options.l = 2;
	refuse(&options, CSTN_E_INVALID_ARGUMENT, "none is named");
	options = usual();
	options.sensitive = "salary";
	refuse(&options, CSTN_E_SCHEMA, "salary");
}
END_TEST

/* One row whose age is no number. */
static void rows_with_nan(struct ArrowArrayStream *out)
{
	static const cstn__table_field fields[] = {{"town", CSTN_TYPE_TEXT, 0},
			{"age", CSTN_TYPE_DOUBLE, 0}, {"pay", CSTN_TYPE_INT64, 0}};
	cstn__table_builder *table = NULL;
	int i;

	ck_assert_int_eq(cstn__fields_table(NULL, CSTN__FIELDS(fields), &table, NULL), CSTN_OK);
	for (i = 0; i < 2; i++) {
		cstn__put_word(table, 0, "a");
		cstn__table_put_f64(table, 1, i ? (double)NAN : 1.0);
		cstn__table_put_i64(table, 2, 5);
	}
	ck_assert_int_eq(cstn__table_export(table, out, NULL), CSTN_OK);
}

START_TEST(values_that_cannot_be_read_refuse_all)
{
	cstn_privacy_measures out = CSTN_PRIVACY_MEASURES_INIT;
	cstn_privacy_options options = usual();
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	rows_with_nan(&rows);
	status = cstn_privacy_measure(&rows, &options, &out, &bad, &error);
	expect_error(status, CSTN_E_ROWS, &error, "nothing was taken");
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	cstn_row_errors_free(bad);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {measures_of_random_tables_are_those_of_the_definitions,
			a_table_without_rows_has_no_measures,
			a_null_quasi_identifier_is_a_value_and_is_counted,
			without_a_sensitive_column_k_alone_is_measured,
			one_sensitive_value_has_no_distance,
			values_become_buckets_prefixes_and_ancestors, ancestors_end_at_the_root,
			hierarchies_that_are_none_are_refused,
			classes_that_break_a_rule_are_left_out, steps_that_do_not_fit_are_refused,
			options_that_cannot_be_are_refused, values_that_cannot_be_read_refuse_all};

	return run_tests("privacy_measure", tests, sizeof(tests) / sizeof(tests[0]));
}
