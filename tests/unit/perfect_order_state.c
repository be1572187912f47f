/* What goes wrong with lines: bad rows, failing streams, absent columns. A failure never changes a
 * state. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <constellation/constellation.h>

#include "lines_fixture.h"
#include "state_fixture.h"
#include "suite.h"

static const char lines_schema[] =
		"order_id text null\nline_number int32 null\npartner text null\n"
		"promised timestamp null zone=utc\ndelivered timestamp null zone=utc\n"
		"qty int64 null\nqty_delivered int64 null\nstatus text null\n"
		"price int64 null\npolicy_digest text null\n";

static const char head[] = "order_id,line_number,partner,promised,delivered,qty,qty_delivered,"
			   "status,price,policy_digest\n";

/* Lines written as CSV, so that a test shows its table. */
static void text_stream(const char *rows, struct ArrowArrayStream *out)
{
	static char texts[16][4096];
	static size_t next;
	char *text = texts[next++ % 16];
	cstn_csv_reader *reader = NULL;
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;

	strcpy(text, head);
	strcat(text, rows);
	if (cstn_schema_parse(lines_schema, strlen(lines_schema), NULL, &schema, &error) !=
					CSTN_OK ||
			cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), schema,
					NULL, NULL, &reader, &error) != CSTN_OK ||
			cstn_csv_reader_export(reader, out, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}

/* The same with columns of its own choice. */
static void table_stream(const char *schema_text, const char *text, struct ArrowArrayStream *out)
{
	cstn_csv_reader *reader = NULL;
	cstn_schema *schema = NULL;

	ck_assert_int_eq(cstn_schema_parse(schema_text, strlen(schema_text), NULL, &schema, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), schema,
					 NULL, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}

static cstn_status add(cstn_perfect_order *state, const char *rows, cstn_row_errors **bad)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	text_stream(rows, &stream);
	status = cstn_perfect_order_update(state, &stream, NULL, bad, &error);
	if (status != CSTN_OK && status != CSTN_E_ROWS)
		ck_abort_msg("%s", cstn_error_message(error));
	cstn_error_free(error);
	return status;
}

static cstn_perfect_order_result *finish(const cstn_perfect_order *state)
{
	cstn_perfect_order_result *result = NULL;
	cstn_error *error = NULL;

	if (cstn_perfect_order_finish(state, &result, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	return result;
}

/* --- bad rows
 * ------------------------------------------------------------------------------------------- */

static const struct {
	const char *row, *column;
	int32_t code;
	int64_t bad_units;
} bad_rows[] = {{",1,p,2018-01-01,2018-01-01,1,1,,,\n", "order_id", CSTN_ROW_NULL, 0},
		{"b,1,p,2018-01-01,2018-01-01,0,1,,,\n", "qty", CSTN_ROW_NOT_POSITIVE, 1},
		{"b,1,p,2018-01-01,2018-01-01,-3,1,,,\n", "qty", CSTN_ROW_NOT_POSITIVE, 1},
		{"b,1,p,2018-01-01,2018-01-01,3,-1,,,\n", "qty_delivered", CSTN_ROW_NEGATIVE, 1},
		{"b,1,p,2018-01-01,2018-01-01,1,1,lost,,\n", "status", CSTN_ROW_VALUE, 1},
		{"b,1,p,2018-01-01,2018-01-01,1,1,,,abc\n", "policy_digest", CSTN_ROW_POLICY, 1}};

START_TEST(a_bad_row_is_named_and_the_others_are_in)
{
	char rows[1024] = "a,1,p,2018-01-01,2018-01-01,1,1,,,\n";
	cstn_perfect_order *state = state_of("components=TF", by_partner, 1);
	cstn_perfect_order_result *result;
	cstn_row_errors *bad = NULL;
	cstn_row_error error;
	char message[256];

	strcat(rows, bad_rows[_i].row);
	strcat(rows, "c,1,p,2018-01-01,2018-01-02,1,1,,,\n");
	ck_assert_int_eq(add(state, rows, &bad), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	ck_assert_uint_eq(error.row, 1);
	ck_assert_int_eq(error.code, bad_rows[_i].code);
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), bad_rows[_i].column);
	ck_assert_uint_gt(cstn_row_errors_copy_message(bad, 0, message, sizeof(message)), 10);
	ck_assert_ptr_nonnull(strstr(message, bad_rows[_i].column));
	cstn_row_errors_free(bad);
	result = finish(state);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 0), 1);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 1), 1);
	ck_assert_int_eq(cstn_perfect_order_result_excluded(
					 result, CSTN_GROUP_TOTAL, CSTN_REASON_BAD_INPUT),
			bad_rows[_i].bad_units);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
}
END_TEST

START_TEST(one_bad_line_takes_its_whole_order_out)
{
	cstn_perfect_order *state = state_of("components=TF", NULL, 0);
	cstn_perfect_order_result *result;

	ck_assert_int_eq(add(state,
					 "a,1,p,2018-01-01,2018-01-01,1,1,,,\n"
					 "a,2,p,2018-01-01,2018-01-01,0,1,,,\n",
					 NULL),
			CSTN_E_ROWS);
	result = finish(state);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 0), 0);
	ck_assert_int_eq(cstn_perfect_order_result_excluded(
					 result, CSTN_GROUP_TOTAL, CSTN_REASON_BAD_INPUT),
			1);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
}
END_TEST

START_TEST(a_value_that_overflows_is_a_row_error)
{
	cstn_perfect_order *state = state_of("components=TF weight=value", NULL, 0);
	cstn_row_errors *bad = NULL;
	cstn_row_error error;

	ck_assert_int_eq(
			add(state, "a,1,p,2018-01-01,2018-01-01,2,2,,9223372036854775807,\n", &bad),
			CSTN_E_ROWS);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	ck_assert_int_eq(error.code, CSTN_ROW_OVERFLOW);
	cstn_row_errors_free(bad);
	cstn_perfect_order_free(state);
}
END_TEST

START_TEST(a_sum_of_values_past_int64_is_an_error_at_the_finish)
{
	cstn_perfect_order *state = state_of("components=TF weight=value", NULL, 0);
	cstn_perfect_order_result *result = NULL;

	ck_assert_int_eq(add(state,
					 "a,1,p,2018-01-01,2018-01-01,1,1,,9223372036854775807,\n"
					 "b,1,p,2018-01-01,2018-01-01,1,1,,9223372036854775807,\n",
					 NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_E_OVERFLOW);
	ck_assert_ptr_null(result);
	cstn_perfect_order_free(state);
}
END_TEST

/* --- evidence that is not there */

static const struct {
	const char *changes, *schema, *text;
	int32_t reason; /* or 0: counted, with this pattern */
	uint32_t pattern;
} absent[] = {{"components=T", "order_id text\npromised date\n",
			      "order_id,promised\na,2018-01-01\n", CSTN_REASON_UNASSESSED_ON_TIME,
			      0},
		{"components=T unassessed=fail", "order_id text\npromised date\n",
				"order_id,promised\na,2018-01-01\n", 0, 1},
		{"components=TF", "order_id text\npromised date\ndelivered date\n",
				"order_id,promised,delivered\na,2018-01-01,2018-01-01\n",
				CSTN_REASON_UNASSESSED_IN_FULL, 0},
		{"components=TF", "order_id text\npromised date\ndelivered date\nqty int64\n",
				"order_id,promised,delivered,qty\na,2018-01-01,2018-01-01,1\n",
				CSTN_REASON_UNASSESSED_IN_FULL, 0},
		{"components=TF unassessed=pass",
				"order_id text\npromised date\ndelivered date\nqty int64\n",
				"order_id,promised,delivered,qty\na,2018-01-01,2018-01-02,1\n", 0,
				1},
		{"components=T", "order_id text\npromised date null\ndelivered date\n",
				"order_id,promised,delivered\na,,2018-01-02\n",
				CSTN_REASON_NO_PROMISE, 0}};

START_TEST(evidence_that_is_not_there_is_unassessed)
{
	cstn_perfect_order *state = state_of(absent[_i].changes, NULL, 0);
	cstn_perfect_order_result *result;
	struct ArrowArrayStream stream;

	table_stream(absent[_i].schema, absent[_i].text, &stream);
	ck_assert_int_eq(cstn_perfect_order_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	result = finish(state);
	if (absent[_i].reason)
		ck_assert_int_eq(cstn_perfect_order_result_excluded(
						 result, CSTN_GROUP_TOTAL, absent[_i].reason),
				1);
	else
		ck_assert_int_eq(cstn_perfect_order_result_pattern(
						 result, CSTN_GROUP_TOTAL, absent[_i].pattern),
				1);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
}
END_TEST

/* --- streams
 * -----------------------------------------------------------------------------------------------
 */

typedef struct breaking {
	struct ArrowArrayStream inner;
	int left;
} breaking;

static int breaking_schema(struct ArrowArrayStream *self, struct ArrowSchema *out)
{
	breaking *from = self->private_data;

	return from->inner.get_schema(&from->inner, out);
}

static int breaking_next(struct ArrowArrayStream *self, struct ArrowArray *out)
{
	breaking *from = self->private_data;

	if (from->left-- == 0)
		return EIO;
	return from->inner.get_next(&from->inner, out);
}

static const char *breaking_error(struct ArrowArrayStream *self)
{
	(void)self;
	return "the disk is gone";
}

static void breaking_release(struct ArrowArrayStream *self)
{
	breaking *from = self->private_data;

	from->inner.release(&from->inner);
	free(from);
	self->release = NULL;
}

START_TEST(a_stream_that_fails_half_way_changes_nothing)
{
	fixture_shape shape = {1, 1000, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	cstn_perfect_order *state = state_of("components=TF", by_partner, 1);
	struct ArrowArrayStream stream;
	breaking *context;
	cstn_buffer *before, *after;
	cstn_error *error = NULL;

	lines_stream(&lines, 0, 500, 0, 0, &stream);
	(void)!cstn_perfect_order_update(state, &stream, NULL, NULL, NULL);
	before = bytes_of(state);
	context = malloc(sizeof(*context));
	lines_stream(&lines, 500, lines.count, 100, 0, &context->inner);
	context->left = _i;
	stream = (struct ArrowArrayStream){
			breaking_schema, breaking_next, breaking_error, breaking_release, context};
	ck_assert_int_eq(cstn_perfect_order_update(state, &stream, NULL, NULL, &error),
			CSTN_E_STREAM);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "the disk is gone"));
	ck_assert_ptr_null((void *)(uintptr_t)stream.release);
	after = bytes_of(state);
	same_bytes(before, after);
	cstn_error_free(error);
	cstn_buffer_free(before);
	cstn_buffer_free(after);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

START_TEST(a_cancelled_update_changes_nothing)
{
	fixture_shape shape = {2, 1000, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	cstn_perfect_order *state = state_of("components=TF", NULL, 0);
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_buffer *before = bytes_of(state), *after;

	ck_assert_int_eq(cstn_progress_new(NULL, &options.progress, NULL), CSTN_OK);
	cstn_progress_cancel(options.progress);
	lines_stream(&lines, 0, lines.count, 0, 0, &stream);
	ck_assert_int_eq(cstn_perfect_order_update(state, &stream, &options, NULL, NULL),
			CSTN_E_CANCELLED);
	after = bytes_of(state);
	same_bytes(before, after);
	cstn_progress_reset(options.progress);
	lines_stream(&lines, 0, lines.count, 0, 0, &stream);
	(void)!cstn_perfect_order_update(state, &stream, &options, NULL, NULL);
	ck_assert_uint_eq(cstn_progress_done(options.progress), lines.count);
	cstn_progress_free(options.progress);
	cstn_buffer_free(before);
	cstn_buffer_free(after);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

START_TEST(a_released_stream_is_refused)
{
	cstn_perfect_order *state = state_of("", NULL, 0);
	struct ArrowArrayStream stream;

	memset(&stream, 0, sizeof(stream));
	ck_assert_int_eq(cstn_perfect_order_update(state, &stream, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_update(state, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_perfect_order_free(state);
}
END_TEST

static const char *const by_absent[] = {"carrier"};

START_TEST(an_absent_column_is_named)
{
	cstn_perfect_order *state = state_of("components=T", by_absent, 1);
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	text_stream("a,1,p,2018-01-01,2018-01-01,1,1,,,\n", &stream);
	ck_assert_int_eq(cstn_perfect_order_update(state, &stream, NULL, NULL, &error),
			CSTN_E_SCHEMA);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "'carrier'"));
	cstn_error_free(error);
	cstn_perfect_order_free(state);
}
END_TEST

/* --- configuration
 * ---------------------------------------------------------------------------------------------- */

static const char *const wrong_dimensions[][2] = {{"month()", NULL}, {"fortnight(due)", NULL},
		{"month(paid)", NULL}, {"", NULL}, {"partner", "partner"}};

START_TEST(a_dimension_that_cannot_be_read_is_refused)
{
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;

	ck_assert_int_eq(cstn_service_policy_new(NULL, NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_new(policy, AS_OF, wrong_dimensions[_i],
					 wrong_dimensions[_i][1] ? 2 : 1, NULL, NULL, &state, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(state);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(a_period_takes_the_lines_from_its_begin_to_before_its_end)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_perfect_order_result *result;
	cstn_perfect_order *state;

	config.flags = CSTN_PERFECT_ORDER_PERIOD;
	ck_assert_int_eq(
			cstn_time_parse("2018-01-02", 10, NULL, 0, &config.from_us, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_time_parse("2018-01-04", 10, NULL, 0, &config.to_us, NULL), CSTN_OK);
	state = state_on(NULL, "components=T", NULL, 0, &config);
	ck_assert_int_eq(add(state,
					 "a,1,p,2018-01-01T23:59:59,2018-01-01,1,1,,,\n"
					 "b,1,p,2018-01-02,2018-01-02,1,1,,,\n"
					 "c,1,p,2018-01-03T23:59:59,2018-01-03,1,1,,,\n"
					 "d,1,p,2018-01-04,2018-01-04,1,1,,,\n",
					 NULL),
			CSTN_OK);
	result = finish(state);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 0), 2);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
}
END_TEST

START_TEST(an_order_of_two_partners_is_mixed_or_counts_in_each)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_perfect_order_result *result;
	cstn_perfect_order *state;
	static const char rows[] = "a,1,p,2018-01-01,2018-01-01,1,1,,,\n"
				   "a,2,q,2018-01-01,2018-01-01,1,1,,,\n"
				   "b,1,q,2018-01-01,2018-01-05,1,1,,,\n";

	state = state_on(NULL, "components=T", by_partner, 1, &config);
	ck_assert_int_eq(add(state, rows, NULL), CSTN_OK);
	result = finish(state);
	ck_assert_uint_eq(cstn_perfect_order_result_count(result), 2);
	ck_assert_str_eq(cstn_perfect_order_result_key(result, 0, 0), "q");
	ck_assert_str_eq(cstn_perfect_order_result_key(result, 1, 0), "(mixed)");
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
	config.flags = CSTN_PERFECT_ORDER_EACH;
	state = state_on(NULL, "components=T", by_partner, 1, &config);
	ck_assert_int_eq(add(state, rows, NULL), CSTN_OK);
	result = finish(state);
	ck_assert_uint_eq(cstn_perfect_order_result_count(result), 2);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, 0, 0), 1); /* p */
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, 1, 0), 1); /* q */
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, 1, 1), 1);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 0), 1);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 1), 1);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_state");
	TCase *tests = tcase_create("perfect_order_state");

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(tests, a_bad_row_is_named_and_the_others_are_in, 0,
			(int)(sizeof(bad_rows) / sizeof(*bad_rows)));
	tcase_add_loop_test(tests, evidence_that_is_not_there_is_unassessed, 0,
			(int)(sizeof(absent) / sizeof(*absent)));
	tcase_add_test(tests, one_bad_line_takes_its_whole_order_out);
	tcase_add_test(tests, a_value_that_overflows_is_a_row_error);
	tcase_add_test(tests, a_sum_of_values_past_int64_is_an_error_at_the_finish);
	tcase_add_loop_test(tests, a_stream_that_fails_half_way_changes_nothing, 0, 4);
	tcase_add_test(tests, a_cancelled_update_changes_nothing);
	tcase_add_test(tests, a_released_stream_is_refused);
	tcase_add_test(tests, an_absent_column_is_named);
	tcase_add_loop_test(tests, a_dimension_that_cannot_be_read_is_refused, 0, 5);
	tcase_add_test(tests, a_period_takes_the_lines_from_its_begin_to_before_its_end);
	tcase_add_test(tests, an_order_of_two_partners_is_mixed_or_counts_in_each);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
