/* Anonymity of a published table, as others measured it. Its folder says where it comes from. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/csv.h>
#include <constellation/privacy.h>

#include "csv_rows.h"
#include "shared_data.h"

#define SCHEMA                                                                          \
	"Student double\nTeacher text\nGender text\nEthnic text\nFreeredu text\nScore " \
	"double\nwesson text\n"

static const char *const quasi[] = {"Teacher", "Gender", "Ethnic", "Freeredu", "wesson"};

static json_t *expected(void)
{
	char *path = shared_path("vectors", "anonymity/expected.json");
	json_t *out = json_load_file(path, 0, NULL);

	ck_assert_msg(out != NULL, "%s", path);
	free(path);
	return out;
}

static void students(struct ArrowArrayStream *out)
{
	char *path = shared_path("vectors", "anonymity/StudentsMath_Score.csv");
	cstn_csv_reader *reader = NULL;
	cstn_schema *schema = NULL;

	ck_assert_int_eq(cstn_schema_parse(SCHEMA, strlen(SCHEMA), NULL, &schema, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_open(path, schema, NULL, NULL, &reader, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	free(path);
}

static cstn_privacy_options options_of(void)
{
	cstn_privacy_options options = CSTN_PRIVACY_OPTIONS_INIT;

	options.quasi = quasi;
	options.n_quasi = 5;
	options.sensitive = "Score";
	return options;
}

static cstn_privacy_measures measured(uint32_t flags)
{
	cstn_privacy_measures out = CSTN_PRIVACY_MEASURES_INIT;
	cstn_privacy_options options = options_of();
	struct ArrowArrayStream rows;

	options.flags = flags;
	students(&rows);
	ck_assert_int_eq(cstn_privacy_measure(&rows, &options, &out, NULL, NULL), CSTN_OK);
	return out;
}

static int64_t number(const json_t *from, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(from, key));
}

static void expect_fraction(
		const json_t *from, const char *key, int64_t numerator, int64_t denominator)
{
	const char *text = json_string_value(json_object_get(from, key));
	char mine[64];

	if (denominator == 1)
		snprintf(mine, sizeof(mine), "%lld", (long long)numerator);
	else
		snprintf(mine, sizeof(mine), "%lld/%lld", (long long)numerator,
				(long long)denominator);
	ck_assert_str_eq(mine, text);
}

START_TEST(measures_are_those_of_the_vectors)
{
	cstn_privacy_measures got = measured(0), words = measured(CSTN_PRIVACY_CATEGORICAL);
	json_t *all = expected(), *published = json_object_get(all, "published_by_source");

	ck_assert_uint_eq(got.valid, CSTN_PRIVACY_HAS_CLASSES | CSTN_PRIVACY_HAS_SENSITIVE |
						     CSTN_PRIVACY_HAS_T_FRACTION);
	ck_assert_int_eq(got.rows, number(all, "rows"));
	ck_assert_int_eq(got.classes, number(all, "classes"));
	ck_assert_int_eq(got.sensitive_values, number(all, "distinct_sensitive_values"));
	ck_assert_int_eq(got.k, number(all, "k"));
	ck_assert_int_eq(got.l, number(all, "l"));
	ck_assert_int_eq(got.null_rows, 0);
	expect_fraction(all, "alpha", got.alpha_numerator, got.alpha_denominator);
	expect_fraction(all, "basic_beta", got.beta_numerator, got.beta_denominator);
	expect_fraction(all, "t_numeric", got.t_numerator, got.t_denominator);
	expect_fraction(all, "t_categorical_if_score_were_text", words.t_numerator,
			words.t_denominator);
	ck_assert_double_eq_tol(got.enhanced_beta,
			json_real_value(json_object_get(all, "enhanced_beta")), 1e-12);
	ck_assert_double_eq_tol(got.delta, json_real_value(json_object_get(all, "delta")), 1e-12);
	ck_assert_double_eq_tol(got.t, json_real_value(json_object_get(published, "t")), 1e-12);
	json_decref(all);
}
END_TEST

START_TEST(classes_under_five_rows_are_suppressed)
{
	cstn_privacy_suppressed got = CSTN_PRIVACY_SUPPRESSED_INIT;
	cstn_privacy_measures after = CSTN_PRIVACY_MEASURES_INIT;
	cstn_privacy_options options = options_of();
	json_t *all = expected(), *stated = json_object_get(all, "suppression_at_k_5");
	struct ArrowArrayStream rows, out;

	options.k = 5;
	students(&rows);
	ck_assert_int_eq(cstn_privacy_anonymise(&rows, &options, &out, &got, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(got.classes, number(stated, "classes_removed"));
	ck_assert_int_eq(got.rows, number(stated, "rows_removed"));
	ck_assert_int_eq(got.rows_left, number(stated, "rows_left"));
	ck_assert_int_eq(cstn_privacy_measure(&out, &options, &after, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(after.rows, number(stated, "rows_left"));
	ck_assert_int_eq(after.k, 5);
	json_decref(all);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			measures_are_those_of_the_vectors, classes_under_five_rows_are_suppressed};

	return run_tests_on("vectors", "anonymity/expected.json", "privacy_answers", tests,
			sizeof(tests) / sizeof(tests[0]));
}
