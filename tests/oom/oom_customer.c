/* Out of memory in relationship stages. */
#include "oom.h"

static const char events_schema[] = "customer text null\nevent_id text null\nkind text null\n"
				    "valid date null\nreference text null\n";

/* In memory of libc; with `bad`, one row breaks a rule and two are in conflict. */
static void events_stream(struct ArrowArrayStream *out, int bad)
{
	static const char good[] = "customer,event_id,kind,valid,reference\n"
				   "a,3,PLAN_PROMISED,2024-01-20,\n"
				   "a,1,ORDER,2024-01-01,\n"
				   "a,2,EXIT_THREAT,2024-01-10,\n"
				   "b,1,ORDER,2024-01-01,\n"
				   "b,2,TICKET_OPENED,2024-01-03,t\n";
	static const char wrong[] = "customer,event_id,kind,valid,reference\n"
				    "a,1,ORDER,2024-01-01,\n"
				    "a,2,ORDERS,2024-01-02,\n"
				    "a,3,ORDER,2024-01-03,\n"
				    "a,3,ORDER,2024-01-04,\n";
	const char *text = bad ? wrong : good;
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;

	ck_assert_int_eq(cstn_schema_parse(
					 events_schema, strlen(events_schema), NULL, &schema, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), schema,
					 NULL, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}

static cstn_stage_policy *built_in(const cstn_allocator *allocator)
{
	cstn_stage_policy *policy = NULL;

	ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, allocator, &policy, NULL), CSTN_OK);
	return policy;
}

static cstn_stage_history *history_of(const cstn_allocator *allocator)
{
	cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;
	cstn_stage_policy *policy = built_in(allocator);
	cstn_stage_history *history = NULL;
	struct ArrowArrayStream events;

	options.as_of_us = 19904 * CSTN_DAY_US;
	options.threads = 1;
	events_stream(&events, 0);
	ck_assert_int_eq(cstn_stage_replay(policy, &events, &options, allocator, &history, NULL,
					 NULL),
			CSTN_OK);
	cstn_stage_policy_unref(policy);
	return history;
}

static cstn_stage_summary *summary_of(const cstn_allocator *allocator)
{
	cstn_stage_history *history = history_of(allocator);
	cstn_stage_summary *summary = NULL;

	ck_assert_int_eq(cstn_stage_history_summary(history, &summary, NULL), CSTN_OK);
	cstn_stage_history_free(history);
	return summary;
}

static cstn_status parse_policy(oom *o)
{
	cstn_stage_policy *policy = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_stage_policy_parse(NULL, 0, o->allocator, &policy, &error));
	ck_assert_int_eq(policy == NULL, status != CSTN_OK);
	cstn_stage_policy_unref(policy);
	return status;
}

static cstn_status replay_events(oom *o, int bad, uint32_t flags)
{
	cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;
	cstn_stage_policy *policy = built_in(NULL);
	cstn_stage_history *history = NULL;
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream events;
	cstn_status status;

	options.as_of_us = 19904 * CSTN_DAY_US;
	options.threads = 1;
	options.flags = flags;
	events_stream(&events, bad);
	oom_arm(o);
	OOM_CALL(status, cstn_stage_replay(policy, &events, &options, o->allocator, &history, &rows,
					 &error));
	ck_assert_ptr_null(events.release);
	if (bad && status == CSTN_E_ROWS)
		status = CSTN_OK;
	ck_assert_int_eq(history == NULL, status != CSTN_OK);
	ck_assert_int_eq(rows != NULL, bad && status == CSTN_OK);
	cstn_row_errors_free(rows);
	cstn_stage_history_free(history);
	cstn_stage_policy_unref(policy);
	return status;
}

static cstn_status replay_good(oom *o)
{
	return replay_events(o, 0, 0);
}

static cstn_status replay_bad(oom *o)
{
	return replay_events(o, 1, 0);
}

static cstn_status replay_grouped(oom *o)
{
	return replay_events(o, 0, CSTN_STAGE_GROUPED);
}

static cstn_status export_history(oom *o)
{
	cstn_stage_history *history = history_of(o->allocator);
	struct ArrowArrayStream table;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status,
			cstn_stage_history_export(history, CSTN_TABLE_STAGE_MOVES, &table, &error));
	if (status == CSTN_OK)
		status = oom_drain(&table);
	cstn_stage_history_free(history);
	return status;
}

static cstn_status summarise(oom *o)
{
	cstn_stage_history *history = history_of(o->allocator);
	cstn_stage_summary *summary = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_stage_history_summary(history, &summary, &error));
	ck_assert_int_eq(summary == NULL, status != CSTN_OK);
	cstn_stage_summary_free(summary);
	cstn_stage_history_free(history);
	return status;
}

static cstn_status change_summary(oom *o, int is_removed)
{
	cstn_stage_summary *into = summary_of(o->allocator), *from = summary_of(NULL);
	cstn_buffer *before = NULL, *after = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_stage_summary_serialize(from, &before, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, is_removed ? cstn_stage_summary_remove(into, from, &error)
				    : cstn_stage_summary_merge(into, from, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM) {
		ck_assert_int_eq(cstn_stage_summary_serialize(into, &after, NULL), CSTN_OK);
		ck_assert_uint_eq(cstn_buffer_size(after), cstn_buffer_size(before));
		ck_assert_mem_eq(cstn_buffer_data(after), cstn_buffer_data(before),
				cstn_buffer_size(before));
	}
	cstn_buffer_free(before);
	cstn_buffer_free(after);
	cstn_stage_summary_free(into);
	cstn_stage_summary_free(from);
	return status;
}

static cstn_status merge_summaries(oom *o)
{
	return change_summary(o, 0);
}

static cstn_status remove_summary(oom *o)
{
	return change_summary(o, 1);
}

OOM_BYTES(stage_history, free, history_of(o->allocator), history_of(NULL))
OOM_BYTES(stage_summary, free, summary_of(o->allocator), summary_of(NULL))

/* --- events that come over time --------------------------------------------------------------- */

static cstn_stage_state *state_of(const cstn_allocator *allocator)
{
	cstn_stage_policy *policy = built_in(allocator);
	cstn_stage_state *state = NULL;
	struct ArrowArrayStream events;

	events_stream(&events, 0);
	ck_assert_int_eq(cstn_stage_state_new(policy, 0, allocator, &state, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_stage_state_update(state, &events, NULL, NULL, NULL), CSTN_OK);
	cstn_stage_policy_unref(policy);
	return state;
}

static cstn_status new_state(oom *o)
{
	cstn_stage_policy *policy = built_in(NULL);
	cstn_stage_state *state = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_stage_state_new(policy, 0, o->allocator, &state, &error));
	ck_assert_int_eq(state == NULL, status != CSTN_OK);
	cstn_stage_state_free(state);
	cstn_stage_policy_unref(policy);
	return status;
}

static cstn_status update_state(oom *o)
{
	cstn_stage_state *state = state_of(o->allocator);
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream events;
	cstn_status status;

	events_stream(&events, 1);
	oom_arm(o);
	OOM_CALL(status, cstn_stage_state_update(state, &events, NULL, &rows, &error));
	ck_assert_ptr_null(events.release);
	ck_assert_int_eq(rows != NULL, status == CSTN_E_ROWS);
	if (status == CSTN_E_ROWS)
		status = CSTN_OK;
	cstn_row_errors_free(rows);
	cstn_stage_state_free(state);
	return status;
}

static cstn_status merge_states(oom *o)
{
	cstn_stage_state *into = state_of(o->allocator), *from = state_of(NULL);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_stage_state_merge(into, from, &error));
	cstn_stage_state_free(into);
	cstn_stage_state_free(from);
	return status;
}

static cstn_status settle_state(oom *o)
{
	cstn_stage_state *state = state_of(o->allocator);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_stage_state_settle(state, 19736 * CSTN_DAY_US, &error));
	cstn_stage_state_free(state);
	return status;
}

static cstn_status finish_state(oom *o)
{
	cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;
	cstn_stage_state *state = state_of(o->allocator);
	cstn_stage_history *history = NULL;
	cstn_status status;

	options.as_of_us = 19904 * CSTN_DAY_US;
	options.threads = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_stage_state_finish(state, &options, &history, &error));
	ck_assert_int_eq(history == NULL, status != CSTN_OK);
	cstn_stage_history_free(history);
	cstn_stage_state_free(state);
	return status;
}

OOM_BYTES(stage_state, free, state_of(o->allocator), state_of(NULL))

static cstn_status export_summary(oom *o)
{
	cstn_stage_summary *summary = summary_of(o->allocator);
	struct ArrowArrayStream table;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status,
			cstn_stage_summary_export(summary, CSTN_TABLE_STAGE_STAYS, &table, &error));
	if (status == CSTN_OK)
		status = oom_drain(&table);
	cstn_stage_summary_free(summary);
	return status;
}

const oom_case oom_cases_customer[] = {
		{"cstn_stage_policy_parse", parse_policy, 0},
		{"cstn_stage_replay", replay_good, 0},
		{"cstn_stage_replay", replay_bad, 0},
		{"cstn_stage_replay", replay_grouped, 0},
		{"cstn_stage_state_new", new_state, 0},
		{"cstn_stage_state_update", update_state, 0},
		{"cstn_stage_state_merge", merge_states, 0},
		{"cstn_stage_state_settle", settle_state, 0},
		{"cstn_stage_state_finish", finish_state, 0},
		{"cstn_stage_state_serialize", stage_state_to_bytes, 0},
		{"cstn_stage_state_deserialize", stage_state_from_bytes, 0},
		{"cstn_stage_history_export", export_history, 0},
		{"cstn_stage_history_summary", summarise, 0},
		{"cstn_stage_history_serialize", stage_history_to_bytes, 0},
		{"cstn_stage_history_deserialize", stage_history_from_bytes, 0},
		{"cstn_stage_summary_merge", merge_summaries, 0},
		{"cstn_stage_summary_remove", remove_summary, 0},
		{"cstn_stage_summary_serialize", stage_summary_to_bytes, 0},
		{"cstn_stage_summary_deserialize", stage_summary_from_bytes, 0},
		{"cstn_stage_summary_export", export_summary, 0},
};
const size_t oom_count_customer = sizeof(oom_cases_customer) / sizeof(oom_cases_customer[0]);
