/* Two customers over a year: one is won back after a failed order, one falls silent. */
#include <constellation/constellation.h>

#include "example_rows.h"

#include <stdio.h>
#include <string.h>

static const char schema_text[] = "customer text\nevent_id int64\nkind text\nvalid date\n"
				  "weight_milli int64 null\n";

static const char first_day[] = "customer,event_id,kind,valid,weight_milli\n"
				"Acme,1,ORDER,2024-01-08,\n"
				"Acme,2,ORDER_FAILED,2024-02-01,4000\n";
static const char second_day[] = "customer,event_id,kind,valid,weight_milli\n"
				 "Acme,3,PLAN_PROMISED,2024-02-05,\n";

static const char events_text[] = "customer,event_id,kind,valid,weight_milli\n"
				  "Acme,1,ORDER,2024-01-08,\n"
				  "Acme,2,ORDER_FAILED,2024-02-01,4000\n"
				  "Acme,3,PLAN_PROMISED,2024-02-05,\n"
				  "Acme,4,ORDER,2024-04-10,\n"
				  "Acme,5,ORDER_PERFECT,2024-04-14,\n"
				  "Bolt,6,ORDER,2024-01-20,\n";

/* [replay] */
static cstn_status replay(
		struct ArrowArrayStream *events, cstn_stage_history **out, cstn_error **error)
{
	cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;
	cstn_stage_policy *policy = NULL;
	cstn_status status = cstn_stage_policy_parse(NULL, 0, NULL, &policy, error);

	options.as_of_us = 19904 * CSTN_DAY_US; /* 2024-06-30 */
	if (status == CSTN_OK)
		status = cstn_stage_replay(policy, events, &options, NULL, out, NULL, error);
	cstn_stage_policy_unref(policy);
	return status;
}
/* [replay] */

/* [day_by_day] */
/* Two days of events, and the history after each: only what is new is replayed. */
static cstn_status day_by_day(struct ArrowArrayStream days[2], cstn_error **error)
{
	cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;
	cstn_stage_policy *policy = NULL;
	cstn_stage_state *state = NULL;
	cstn_status status = cstn_stage_policy_parse(NULL, 0, NULL, &policy, error);
	int i;

	if (status == CSTN_OK)
		status = cstn_stage_state_new(policy, 0, NULL, &state, error);
	for (i = 0; i < 2 && status == CSTN_OK; i++) {
		cstn_stage_history *history = NULL;
		int32_t stage = 0;

		options.as_of_us = (19754 + 4 * i) * CSTN_DAY_US; /* 2024-02-01 and -05 */
		status = cstn_stage_state_update(state, &days[i], NULL, NULL, error);
		if (status == CSTN_OK)
			status = cstn_stage_state_finish(state, &options, &history, error);
		if (status == CSTN_OK)
			status = cstn_customer_stage_at(
					history, "Acme", 4, options.as_of_us, &stage, NULL, error);
		if (status == CSTN_OK)
			printf("Acme is in %s\n", cstn_stage_name(stage));
		cstn_stage_history_free(history);
	}
	cstn_stage_state_free(state);
	cstn_stage_policy_unref(policy);
	return status;
}
/* [day_by_day] */

/* The moves as CSV. */
static cstn_status print_moves(const cstn_stage_history *history, cstn_error **error)
{
	struct ArrowArrayStream moves;
	cstn_status status;

	status = cstn_stage_history_export(history, CSTN_TABLE_STAGE_MOVES, &moves, error);
	if (status == CSTN_OK)
		status = rows_print(&moves, error);
	return status;
}

/* [stage_at] */
static cstn_status print_stage(
		const cstn_stage_history *history, const char *customer, cstn_error **error)
{
	int64_t at_us = 0;
	int32_t stage = 0;
	cstn_status status = cstn_time_parse("2024-02-01", 10, NULL, 0, &at_us, error);

	if (status == CSTN_OK)
		status = cstn_customer_stage_at(
				history, customer, strlen(customer), at_us, &stage, NULL, error);
	if (status == CSTN_OK)
		printf("%s was in %s on 2024-02-01\n", customer, cstn_stage_name(stage));
	return status;
}
/* [stage_at] */

int main(void)
{
	cstn_stage_history *history = NULL;
	struct ArrowArrayStream events = {NULL, NULL, NULL, NULL, NULL};
	struct ArrowArrayStream days[2] = {
			{NULL, NULL, NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};
	cstn_error *error = NULL;
	cstn_status status;

	status = rows_open(schema_text, events_text, &events, &error);
	if (status == CSTN_OK)
		status = replay(&events, &history, &error);
	if (status == CSTN_OK)
		status = print_moves(history, &error);
	if (status == CSTN_OK)
		status = print_stage(history, "Acme", &error);
	if (status == CSTN_OK)
		status = rows_open(schema_text, first_day, &days[0], &error);
	if (status == CSTN_OK)
		status = rows_open(schema_text, second_day, &days[1], &error);
	if (status == CSTN_OK)
		status = day_by_day(days, &error);
	cstn_stage_history_free(history);
	return rows_end(status, error);
}
