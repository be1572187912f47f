#include "stages_state_fixture.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "table/export.h"

cstn_stage_state *stages_state_new(cstn_stage_policy *policy)
{
	cstn_stage_policy *own = NULL;
	cstn_stage_state *state = NULL;

	if (!policy)
		ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &own, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_stage_state_new(policy ? policy : own, 0, NULL, &state, NULL),
			CSTN_OK);
	cstn_stage_policy_unref(own);
	return state;
}

void stages_state_add_bad(cstn_stage_state *state, const stages_event *events, size_t n,
		cstn_row_errors **bad_rows)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	stages_stream(events, n, 0, &stream);
	status = cstn_stage_state_update(state, &stream, NULL, bad_rows, &error);
	ck_assert_msg(status == CSTN_OK || (bad_rows && status == CSTN_E_ROWS), "%s",
			cstn_error_message(error));
	ck_assert_ptr_null(stream.release);
	cstn_error_free(error);
}

void stages_state_add(cstn_stage_state *state, const stages_event *events, size_t n)
{
	stages_state_add_bad(state, events, n, NULL);
}

void stages_numbers_stream(struct ArrowArrayStream *out)
{
	cstn__table_builder *table = NULL;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__table_add_column(table, "customer", CSTN_TYPE_INT64, 0, 0), 0);
	ck_assert_int_eq(cstn__table_add_column(table, "event_id", CSTN_TYPE_INT64, 0, 0), 1);
	ck_assert_int_eq(cstn__table_add_column(table, "kind", CSTN_TYPE_TEXT, 0, 0), 2);
	ck_assert_int_eq(cstn__table_add_column(table, "valid", CSTN_TYPE_TIME, 0, 0), 3);
	cstn__table_put_i64(table, 0, 7);
	cstn__table_put_i64(table, 1, 1);
	cstn__table_put_text(table, 2, "ORDER", 5);
	cstn__table_put_i64(table, 3, stages_day(1));
	ck_assert_int_eq(cstn__table_export(table, out, NULL), CSTN_OK);
}

static char *table_of(const cstn_stage_history *history, int32_t table)
{
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_stage_history_export(history, table, &stream, NULL), CSTN_OK);
	return stages_table(&stream);
}

char *stages_whole_text(const cstn_stage_history *history)
{
	char *moves = stages_text(history), *customers, *out;
	cstn_stage_summary *summary = NULL;
	cstn_buffer *bytes = NULL;
	size_t size;

	customers = table_of(history, CSTN_TABLE_STAGE_CUSTOMERS);
	ck_assert_int_eq(cstn_stage_history_summary(history, &summary, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_stage_summary_serialize(summary, &bytes, NULL), CSTN_OK);
	size = strlen(moves) + strlen(customers) + 64;
	out = malloc(size);
	ck_assert_ptr_nonnull(out);
	snprintf(out, size, "%s\n%s\n%zu bytes %" PRIx64, moves, customers, cstn_buffer_size(bytes),
			cstn__hash64(0, cstn_buffer_data(bytes), cstn_buffer_size(bytes)));
	cstn_buffer_free(bytes);
	cstn_stage_summary_free(summary);
	free(customers);
	free(moves);
	return out;
}

static cstn_stage_history *finish(cstn_stage_state *state, int64_t as_of_day)
{
	cstn_stage_options options = stages_options(as_of_day);
	cstn_stage_history *history = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_stage_state_finish(state, &options, &history, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return history;
}

char *stages_state_finish(cstn_stage_state *state, int64_t as_of_day)
{
	cstn_stage_history *history = finish(state, as_of_day);
	char *text = stages_whole_text(history);

	cstn_stage_history_free(history);
	return text;
}

char *stages_state_table(cstn_stage_state *state, int64_t as_of_day, int32_t table)
{
	cstn_stage_history *history = finish(state, as_of_day);
	char *text = table_of(history, table);

	cstn_stage_history_free(history);
	return text;
}

char *stages_all_at_once(const stages_event *events, size_t n, int64_t as_of_day)
{
	cstn_stage_options options = stages_options(as_of_day);
	cstn_row_errors *bad = NULL;
	cstn_stage_history *history = stages_history(NULL, events, n, &options, &bad);
	char *text = stages_whole_text(history);

	cstn_row_errors_free(bad);
	cstn_stage_history_free(history);
	return text;
}

cstn_buffer *stages_state_bytes(const cstn_stage_state *state)
{
	cstn_buffer *bytes = NULL;

	ck_assert_int_eq(cstn_stage_state_serialize(state, &bytes, NULL), CSTN_OK);
	return bytes;
}

stages_log *stages_two_customers(uint64_t seed)
{
	stages_log *log = stages_log_make(seed);
	size_t i;

	for (i = 0; i < STAGES_TWO_CUSTOMERS; i++)
		log->events[i].customer = i % 4 ? "a" : "b";
	return log;
}

void stages_expect_history(cstn_stage_state *state, int64_t as_of_day, const char *expected)
{
	char *text = stages_state_finish(state, as_of_day);

	ck_assert_str_eq(text, expected);
	free(text);
}
