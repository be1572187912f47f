#ifndef TESTS_STAGES_STATE_FIXTURE_H
#define TESTS_STAGES_STATE_FIXTURE_H

#include "stages_fixture.h"

/* 96 events of two customers, 72 and 24: the first has a snapshot on the way. */
#define STAGES_TWO_CUSTOMERS ((size_t)4 * STAGES_LOG_EACH)
stages_log *stages_two_customers(uint64_t seed);

/* A state; NULL: of the built-in policy. */
cstn_stage_state *stages_state_new(cstn_stage_policy *policy);
/* Add events; rows that are left out abort, unless `bad_rows` is there for them. */
void stages_state_add(cstn_stage_state *state, const stages_event *events, size_t n);
void stages_state_add_bad(cstn_stage_state *state, const stages_event *events, size_t n,
		cstn_row_errors **bad_rows);
/* A stream of one order of customer 7, whose ids are numbers. */
void stages_numbers_stream(struct ArrowArrayStream *out);

/* All of a history as text: moves, customers and a hash of the bytes of the summary; to be freed.
 */
char *stages_whole_text(const cstn_stage_history *history);
char *stages_state_finish(cstn_stage_state *state, int64_t as_of_day);
/* The text that a history must be. */
void stages_expect_history(cstn_stage_state *state, int64_t as_of_day, const char *expected);
char *stages_state_table(cstn_stage_state *state, int64_t as_of_day, int32_t table);
/* The same of a replay of all at once, by the built-in policy; bad rows do not abort. */
char *stages_all_at_once(const stages_event *events, size_t n, int64_t as_of_day);
cstn_buffer *stages_state_bytes(const cstn_stage_state *state);

#endif
