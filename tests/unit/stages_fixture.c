#include "stages_fixture.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "csv_fixture.h"
#include "customer/stage_history.h"
#include "table/export.h"

int64_t stages_day(int64_t day)
{
	return day * STAGES_DAY;
}

stages_event stages_make(const char *customer, const char *id, const char *kind, int64_t day,
		int64_t weight, const char *reference)
{
	stages_event event = {customer, id, kind, stages_day(day), STAGES_NULL,
			weight < 0 ? STAGES_NULL : weight, reference, STAGES_NULL};

	return event;
}

static void put_text(cstn__table_builder *table, int32_t column, const char *text)
{
	if (text)
		cstn__table_put_text(table, column, text, strlen(text));
	else
		cstn__table_put_null(table, column);
}

static void put_number(cstn__table_builder *table, int32_t column, int64_t value)
{
	if (value == STAGES_NULL)
		cstn__table_put_null(table, column);
	else
		cstn__table_put_i64(table, column, value);
}

void stages_stream(const stages_event *events, size_t n, size_t batch, struct ArrowArrayStream *out)
{
	static const struct {
		const char *name;
		int32_t type;
	} columns[] = {{"customer", CSTN_TYPE_TEXT}, {"event_id", CSTN_TYPE_TEXT},
			{"kind", CSTN_TYPE_TEXT}, {"valid", CSTN_TYPE_TIME},
			{"recorded", CSTN_TYPE_TIME}, {"weight_milli", CSTN_TYPE_INT64},
			{"reference", CSTN_TYPE_TEXT}, {"due", CSTN_TYPE_TIME}};
	cstn__table_builder *table = NULL;
	size_t i;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		ck_assert_int_eq(cstn__table_add_column(
						 table, columns[i].name, columns[i].type, 0, 1),
				(int32_t)i);
	if (batch)
		cstn__table_set_limits(table, (int64_t)batch, 1 << 20);
	for (i = 0; i < n; i++) {
		put_text(table, 0, events[i].customer);
		put_text(table, 1, events[i].id);
		put_text(table, 2, events[i].kind);
		put_number(table, 3, events[i].valid_us);
		put_number(table, 4, events[i].recorded_us);
		put_number(table, 5, events[i].weight);
		put_text(table, 6, events[i].reference);
		put_number(table, 7, events[i].due_us);
	}
	ck_assert_int_eq(cstn__table_export(table, out, NULL), CSTN_OK);
}

cstn_stage_options stages_options(int64_t as_of_day)
{
	cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;

	options.threads = 1;
	options.as_of_us = stages_day(as_of_day);
	return options;
}

cstn_stage_history *stages_history(cstn_stage_policy *policy, const stages_event *events, size_t n,
		const cstn_stage_options *options, cstn_row_errors **bad_rows)
{
	struct ArrowArrayStream stream;
	cstn_stage_history *history = NULL;
	cstn_stage_policy *own = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (!policy)
		ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &own, NULL), CSTN_OK);
	stages_stream(events, n, 0, &stream);
	status = cstn_stage_replay(
			policy ? policy : own, &stream, options, NULL, &history, bad_rows, &error);
	ck_assert_msg(status == CSTN_OK || (bad_rows && status == CSTN_E_ROWS), "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	cstn_stage_policy_unref(own);
	return history;
}

static size_t put_day(char *out, size_t size, int64_t us)
{
	int n = us % STAGES_DAY ? snprintf(out, size, "%" PRId64 "+%" PRId64, us / STAGES_DAY,
						  us % STAGES_DAY)
				: snprintf(out, size, "%" PRId64, us / STAGES_DAY);

	return (size_t)n;
}

static const char *text_of(const cstn__stage_id *id)
{
	return (const char *)(intptr_t)id->number;
}

char *stages_text(const cstn_stage_history *history)
{
	size_t size = history->n_moves * 256 + 1, used = 0, i;
	char *out = malloc(size);

	ck_assert_ptr_nonnull(out);
	out[0] = '\0';
	for (i = 0; i < history->n_moves; i++) {
		const cstn__stage_move *move = &history->moves[i];

		used += (size_t)snprintf(out + used, size - used, "%s %u ",
				text_of(&history->customers[move->customer].id), move->number);
		used += put_day(out + used, size - used, move->at_us);
		used += (size_t)snprintf(out + used, size - used, " %s %s %s %s %s %s %u\n",
				cstn_stage_name(move->from), cstn_stage_name(move->to),
				history->policy->rules[move->rule].id,
				cstn__stage_direction_name(
						cstn__stage_direction(move->from, move->to)),
				text_of(&move->first), text_of(&move->last), move->evidence);
	}
	return out;
}

char *stages_replay(cstn_stage_policy *policy, const stages_event *events, size_t n,
		const cstn_stage_options *options)
{
	cstn_stage_history *history = stages_history(policy, events, n, options, NULL);
	char *text = stages_text(history);

	cstn_stage_history_free(history);
	return text;
}

char *stages_table(struct ArrowArrayStream *stream)
{
	char *failure = NULL, *text;
	uint64_t rows, batches;

	text = csv_show_stream(stream, &rows, &batches, &failure);
	ck_assert_msg(failure == NULL, "%s", failure);
	return text;
}

static const char *const kinds[] = {"ORDER", "ORDER_PERFECT", "ORDER_FAILED", "COMPLAINT",
		"RETURN_FAULT", "EXIT_THREAT", "PLAN_PROMISED", "TICKET_OPENED", "TICKET_CLOSED",
		"PRICE_INCREASE_ACCEPTED", "NEW_CATEGORY", "REFERRAL", "FIRST_CHOICE", "ORDER",
		"NPS_ANSWER", "DUE_DAY", "CONTRACT_CANCELLED", "ORDER"};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

stages_log *stages_log_make(uint64_t seed)
{
	static const char *const tickets[] = {"t1", "t2", "t3"};
	stages_log *log = calloc(1, sizeof(*log));
	size_t c, e, i = 0;

	ck_assert_ptr_nonnull(log);
	for (c = 0; c < STAGES_LOG_CUSTOMERS; c++) {
		int64_t day = 0;

		snprintf(log->names[c], sizeof(log->names[c]), "c%02zu", c);
		for (e = 0; e < STAGES_LOG_EACH; e++, i++) {
			uint64_t r = cstn__random_u64(seed, i);

			day += 1 + (int64_t)(r % 4 ? r / 8 % 30 : r / 8 % 200);
			snprintf(log->ids[i], sizeof(log->ids[i]), "e%05zu", i);
			log->events[i] = stages_make(log->names[c], log->ids[i],
					kinds[r / 4096 % N_KINDS], day,
					(int64_t)(r / 65536 % 5) * 500, tickets[r / 524288 % 3]);
			if (strcmp(log->events[i].kind, "DUE_DAY") == 0)
				log->events[i].due_us =
						stages_day(day + (int64_t)(r / 2097152 % 60));
		}
	}
	return log;
}

void stages_shuffle(stages_event *events, size_t n, uint64_t seed)
{
	size_t i;

	for (i = n; i > 1; i--) {
		size_t k = cstn__random_u64(seed, i) % i;
		stages_event event = events[i - 1];

		events[i - 1] = events[k];
		events[k] = event;
	}
}
