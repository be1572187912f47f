/* Out of memory in verdicts, in the mergeable state of the perfect order, and in what it gives. */
#include "oom.h"

#define AS_OF (60 * CSTN_DAY_US)

static const char *const dimensions[] = {"order_id", "month(due)"};

static cstn_service_policy *plain_policy(void)
{
	cstn_service_policy *policy = NULL;

	ck_assert_int_eq(cstn_service_policy_new(NULL, NULL, &policy, NULL), CSTN_OK);
	return policy;
}

/* A state with the object's allocator and, if `lines`, the twelve lines in it. */
static cstn_perfect_order *filled_state(const cstn_allocator *allocator, int lines)
{
	cstn_service_policy *policy = plain_policy();
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	cstn_perfect_order *state = NULL;
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_perfect_order_new(policy, AS_OF, dimensions, 2, NULL, allocator,
					 &state, NULL),
			CSTN_OK);
	options.threads = 1;
	if (lines) {
		oom_lines(&stream, 0, 0);
		ck_assert_int_eq(cstn_perfect_order_update(state, &stream, &options, NULL, NULL),
				CSTN_OK);
	}
	cstn_service_policy_unref(policy);
	return state;
}

static cstn_buffer *bytes_of(const cstn_perfect_order *state)
{
	cstn_buffer *bytes = NULL;

	ck_assert_int_eq(cstn_perfect_order_serialize(state, &bytes, NULL), CSTN_OK);
	return bytes;
}

/* The state has the bytes it had. */
static void same_bytes(const cstn_perfect_order *state, const cstn_buffer *before)
{
	cstn_buffer *now = bytes_of(state);

	ck_assert_uint_eq(cstn_buffer_size(now), cstn_buffer_size(before));
	ck_assert_mem_eq(cstn_buffer_data(now), cstn_buffer_data(before), cstn_buffer_size(before));
	cstn_buffer_free(now);
}

/* A verdict keeps to the allocator of its policy. */
static cstn_status judge(oom *o, int order)
{
	cstn_service_policy *policy = NULL;
	cstn_line_delivery arrivals[2] = {{5 * CSTN_DAY_US, 3, 1, 0}, {9 * CSTN_DAY_US, 2, 2, 0}};
	cstn_order_line line;
	const cstn_order_line *lines[2] = {&line, &line};
	cstn_verdict *verdict = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_service_policy_new(NULL, o->allocator, &policy, NULL), CSTN_OK);
	cstn_order_line_init(&line, sizeof(line));
	line.promised_us = 6 * CSTN_DAY_US;
	line.delivered_us = 9 * CSTN_DAY_US;
	line.quantity = 5;
	line.quantity_delivered = 5;
	line.deliveries = arrivals;
	line.n_deliveries = 2;
	line.cause[0] = "carrier broke down";
	oom_arm(o);
	if (order)
		OOM_CALL(status, cstn_perfect_order_judge_order(
						 policy, AS_OF, NULL, lines, 2, &verdict, &error));
	else
		OOM_CALL(status, cstn_perfect_order_judge_line(
						 policy, AS_OF, NULL, &line, &verdict, &error));
	ck_assert((verdict == NULL) == (status != CSTN_OK));
	cstn_verdict_free(verdict);
	cstn_service_policy_unref(policy);
	return status;
}

static cstn_status judge_line(oom *o)
{
	return judge(o, 0);
}

static cstn_status judge_order(oom *o)
{
	return judge(o, 1);
}

static cstn_status state_new(oom *o)
{
	cstn_service_policy *policy = plain_policy();
	cstn_perfect_order *state = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_perfect_order_new(policy, AS_OF, dimensions, 2, NULL, o->allocator,
					 &state, &error));
	ck_assert((state == NULL) == (status != CSTN_OK));
	cstn_perfect_order_free(state);
	cstn_service_policy_unref(policy);
	return status;
}

/* The bytes that twice twelve lines give when memory does not fail. */
static cstn_buffer *expected(int bad)
{
	cstn_perfect_order *state = filled_state(NULL, 1);
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream stream;
	cstn_buffer *bytes;

	oom_lines(&stream, bad, 0);
	ck_assert_int_eq(cstn_perfect_order_update(state, &stream, NULL, &rows, NULL),
			bad ? CSTN_E_ROWS : CSTN_OK);
	bytes = bytes_of(state);
	cstn_row_errors_free(rows);
	cstn_perfect_order_free(state);
	return bytes;
}

/* `threads` 2 lets workers meet the failure; `bad` makes the call list rows. A table that only
 * makes counting faster may be done without: the counts are the same. */
static cstn_status update(oom *o, int32_t threads, int bad)
{
	cstn_perfect_order *state = filled_state(o->allocator, 1);
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	cstn_buffer *before = bytes_of(state);
	cstn_buffer *after = expected(bad);
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	options.threads = threads;
	oom_lines(&stream, bad, 0);
	oom_arm(o);
	status = cstn_perfect_order_update(state, &stream, &options, &rows, &error);
	oom_disarm(o);
	oom_check_error(status, error);
	ck_assert_ptr_null(stream.release);
	ck_assert((rows != NULL) == (status == CSTN_E_ROWS));
	same_bytes(state, status == CSTN_E_NOMEM ? before : after);
	cstn_row_errors_free(rows);
	cstn_buffer_free(before);
	cstn_buffer_free(after);
	cstn_perfect_order_free(state);
	return status == CSTN_E_ROWS && bad ? CSTN_OK : status;
}

static cstn_status update_plain(oom *o)
{
	return update(o, 1, 0);
}

static cstn_status update_bad_rows(oom *o)
{
	return update(o, 1, 1);
}

static cstn_status update_on_threads(oom *o)
{
	return update(o, 2, 0);
}

static cstn_status merge(oom *o)
{
	cstn_perfect_order *into = filled_state(o->allocator, 0);
	cstn_perfect_order *from = filled_state(NULL, 1);
	cstn_buffer *before = bytes_of(into);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_perfect_order_merge(into, from, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		same_bytes(into, before);
	cstn_buffer_free(before);
	cstn_perfect_order_free(into);
	cstn_perfect_order_free(from);
	return status;
}

static cstn_status serialise(oom *o)
{
	cstn_perfect_order *state = filled_state(o->allocator, 1);
	cstn_buffer *bytes = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_perfect_order_serialize(state, &bytes, &error));
	ck_assert((bytes == NULL) == (status != CSTN_OK));
	cstn_buffer_free(bytes);
	cstn_perfect_order_free(state);
	return status;
}

static cstn_status deserialise(oom *o)
{
	cstn_perfect_order *model = filled_state(NULL, 1);
	cstn_buffer *bytes = bytes_of(model);
	cstn_perfect_order *state = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_perfect_order_deserialize(cstn_buffer_data(bytes),
					 cstn_buffer_size(bytes), NULL, o->allocator, &state,
					 &error));
	ck_assert((state == NULL) == (status != CSTN_OK));
	oom_disarm(o);
	if (state != NULL)
		same_bytes(state, bytes);
	cstn_perfect_order_free(state);
	cstn_perfect_order_free(model);
	cstn_buffer_free(bytes);
	return status;
}

static cstn_status finish(oom *o)
{
	cstn_perfect_order *state = filled_state(o->allocator, 1);
	cstn_perfect_order_result *result = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_perfect_order_finish(state, &result, &error));
	ck_assert((result == NULL) == (status != CSTN_OK));
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
	return status;
}

static cstn_status rate(oom *o)
{
	cstn_service_policy *policy = plain_policy();
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	cstn_perfect_order_result *result = NULL;
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream stream;
	cstn_status status;

	options.threads = 1;
	oom_lines(&stream, 0, 0);
	oom_arm(o);
	OOM_CALL(status, cstn_perfect_order_rate(&stream, policy, AS_OF, dimensions, 2, NULL,
					 &options, o->allocator, &result, &rows, &error));
	ck_assert_ptr_null(stream.release);
	ck_assert_ptr_null(rows);
	ck_assert((result == NULL) == (status != CSTN_OK));
	if (result != NULL)
		ck_assert_uint_eq(cstn_perfect_order_result_count(result), 5);
	cstn_perfect_order_result_unref(result);
	cstn_service_policy_unref(policy);
	return status;
}

/* The tables of a result: 1..5 exports, 6 comparison, 7 standardised rates. */
static cstn_status table(oom *o, int32_t which)
{
	cstn_perfect_order *state = filled_state(o->allocator, 1);
	cstn_perfect_order_result *result = NULL;
	struct ArrowArrayStream out;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
	oom_arm(o);
	if (which <= CSTN_TABLE_EXCLUSIONS)
		OOM_CALL(status, cstn_perfect_order_result_export(result, which, &out, &error));
	else if (which == 6)
		OOM_CALL(status, cstn_perfect_order_compare(result, NULL, &out, &error));
	else
		OOM_CALL(status, cstn_perfect_order_standardise(result, 0, 1, NULL, &out, &error));
	ck_assert((out.release == NULL) == (status != CSTN_OK));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
	return status;
}

static cstn_status rates(oom *o)
{
	return table(o, CSTN_TABLE_RATES);
}

static cstn_status losses(oom *o)
{
	return table(o, CSTN_TABLE_LOSSES);
}

static cstn_status causes(oom *o)
{
	return table(o, CSTN_TABLE_CAUSES);
}

static cstn_status levers(oom *o)
{
	return table(o, CSTN_TABLE_LEVERS);
}

static cstn_status exclusions(oom *o)
{
	return table(o, CSTN_TABLE_EXCLUSIONS);
}

static cstn_status compare(oom *o)
{
	return table(o, 6);
}

static cstn_status standardise(oom *o)
{
	return table(o, 7);
}

const oom_case oom_cases_fulfilment[] = {
		{"cstn_perfect_order_judge_line", judge_line, 0, 0},
		{"cstn_perfect_order_judge_order", judge_order, 0, 0},
		{"cstn_perfect_order_new", state_new, 0, 0},
		{"cstn_perfect_order_update", update_plain, 1, 0},
		{"cstn_perfect_order_update", update_bad_rows, 1, 0},
		{"cstn_perfect_order_update", update_on_threads, 1, 0},
		{"cstn_perfect_order_merge", merge, 0, 0},
		{"cstn_perfect_order_serialize", serialise, 0, 0},
		{"cstn_perfect_order_deserialize", deserialise, 0, 0},
		{"cstn_perfect_order_finish", finish, 0, 0},
		{"cstn_perfect_order_rate", rate, 1, 0},
		{"cstn_perfect_order_result_export", rates, 0, 0},
		{"cstn_perfect_order_result_export", losses, 0, 0},
		{"cstn_perfect_order_result_export", causes, 0, 0},
		{"cstn_perfect_order_result_export", levers, 0, 0},
		{"cstn_perfect_order_result_export", exclusions, 0, 0},
		{"cstn_perfect_order_compare", compare, 0, 0},
		{"cstn_perfect_order_standardise", standardise, 0, 0},
};
const size_t oom_count_fulfilment = sizeof(oom_cases_fulfilment) / sizeof(oom_cases_fulfilment[0]);
