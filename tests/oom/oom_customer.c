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

	csv_rows(out, events_schema, bad ? wrong : good);
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

/* What a case of replay_events() has: a row that breaks a rule, or events that come grouped. */
#define BAD 1
#define GROUPED 2

static cstn_status replay_events(oom *o)
{
	cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;
	cstn_stage_policy *policy = built_in(NULL);
	cstn_stage_history *history = NULL;
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream events;
	cstn_status status;

	options.as_of_us = 19904 * CSTN_DAY_US;
	options.threads = 1;
	options.flags = o->which == GROUPED ? CSTN_STAGE_GROUPED : 0;
	events_stream(&events, o->which == BAD);
	oom_arm(o);
	OOM_CALL(status, cstn_stage_replay(policy, &events, &options, o->allocator, &history, &rows,
					 &error));
	ck_assert_ptr_null(events.release);
	status = oom_rows(status, rows, o->which == BAD);
	ck_assert_int_eq(history == NULL, status != CSTN_OK);
	cstn_stage_history_free(history);
	cstn_stage_policy_unref(policy);
	return status;
}

OOM_MAKE(parse_policy, stage_policy, unref,
		cstn_stage_policy_parse(NULL, 0, o->allocator, &made, &error))
OOM_TABLE(export_history, stage_history, free, history_of(o->allocator),
		cstn_stage_history_export(self, CSTN_TABLE_STAGE_MOVES, &out, &error))
OOM_MAKE_OF(summarise, stage_summary, free, stage_history, free, history_of(o->allocator),
		cstn_stage_history_summary(self, &made, &error))
OOM_MERGE(stage_summary, summary_of(o->allocator), summary_of(NULL), summary_of(NULL))

static cstn_status remove_summary(oom *o)
{
	cstn_stage_summary *summary = summary_of(o->allocator), *part = summary_of(NULL);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_stage_summary_remove(summary, part, &error));
	oom_unchanged(o, status, &sealed_stage_summary, summary, part);
	return status;
}

OOM_BYTES(stage_history, history_of(o->allocator), history_of(NULL))
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
	oom_unchanged(o, status, &sealed_stage_state, state, state_of(NULL));
	return oom_rows(status, rows, 1);
}

static cstn_status settle_state(oom *o)
{
	cstn_stage_state *state = state_of(o->allocator);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_stage_state_settle(state, 19736 * CSTN_DAY_US, &error));
	oom_unchanged(o, status, &sealed_stage_state, state, state_of(NULL));
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
	oom_disarm(o);
	ck_assert_int_eq(history == NULL, status != CSTN_OK);
	cstn_stage_history_free(history);
	oom_unchanged(o, status, &sealed_stage_state, state, state_of(NULL));
	return status;
}

OOM_MAKE_OF(new_state, stage_state, free, stage_policy, unref, built_in(NULL),
		cstn_stage_state_new(self, 0, o->allocator, &made, &error))
OOM_MERGE(stage_state, state_of(o->allocator), state_of(NULL), state_of(NULL))
OOM_BYTES(stage_state, state_of(o->allocator), state_of(NULL))

OOM_BYTES(stage_summary, summary_of(o->allocator), summary_of(NULL))
OOM_TABLE(export_summary, stage_summary, free, summary_of(o->allocator),
		cstn_stage_summary_export(self, CSTN_TABLE_STAGE_STAYS, &out, &error))

const oom_case oom_cases_customer[] = {
		{"cstn_stage_policy_parse", parse_policy, 0, 0},
		{"cstn_stage_replay", replay_events, 0, 0},
		{"cstn_stage_replay", replay_events, 0, BAD},
		{"cstn_stage_replay", replay_events, 0, GROUPED},
		{"cstn_stage_state_new", new_state, 0, 0},
		{"cstn_stage_state_update", update_state, 0, 0},
		{"cstn_stage_state_merge", stage_state_merge, 0, 0},
		{"cstn_stage_state_settle", settle_state, 0, 0},
		{"cstn_stage_state_finish", finish_state, 0, 0},
		{"cstn_stage_state_serialize", stage_state_to_bytes, 0, 0},
		{"cstn_stage_state_deserialize", stage_state_from_bytes, 0, 0},
		{"cstn_stage_history_export", export_history, 0, 0},
		{"cstn_stage_history_summary", summarise, 0, 0},
		{"cstn_stage_history_serialize", stage_history_to_bytes, 0, 0},
		{"cstn_stage_history_deserialize", stage_history_from_bytes, 0, 0},
		{"cstn_stage_summary_merge", stage_summary_merge, 0, 0},
		{"cstn_stage_summary_remove", remove_summary, 0, 0},
		{"cstn_stage_summary_serialize", stage_summary_to_bytes, 0, 0},
		{"cstn_stage_summary_deserialize", stage_summary_from_bytes, 0, 0},
		{"cstn_stage_summary_export", export_summary, 0, 0},
};
const size_t oom_count_customer = sizeof(oom_cases_customer) / sizeof(oom_cases_customer[0]);
