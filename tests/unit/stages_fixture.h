#ifndef TESTS_STAGES_FIXTURE_H
#define TESTS_STAGES_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/relationship_stage.h>

#define STAGES_DAY INT64_C(86400000000)
#define STAGES_NULL INT64_MIN

/* An event of a test; STAGES_NULL and NULL are null. */
typedef struct stages_event {
	const char *customer, *id, *kind;
	int64_t valid_us, recorded_us, weight;
	const char *reference;
	int64_t due_us;
} stages_event;

/* Day `day` as an instant. */
int64_t stages_day(int64_t day);
/* An event without recorded time, due day and (weight -1) weight. */
stages_event stages_make(const char *customer, const char *id, const char *kind, int64_t day,
		int64_t weight, const char *reference);

/* Events as a stream, in batches of `batch` rows (0: one). */
void stages_stream(
		const stages_event *events, size_t n, size_t batch, struct ArrowArrayStream *out);

/* Replay and what comes out, a line a move: "S1 1 0 PROSPECT COMMIT R02 forward a01 a01 1", days as
 * numbers, fractions as day+us; to be freed. Any status but CSTN_OK or CSTN_E_ROWS aborts. */
char *stages_replay(cstn_stage_policy *policy, const stages_event *events, size_t n,
		const cstn_stage_options *options);
cstn_stage_history *stages_history(cstn_stage_policy *policy, const stages_event *events, size_t n,
		const cstn_stage_options *options, cstn_row_errors **bad_rows);
char *stages_text(const cstn_stage_history *history);
cstn_stage_options stages_options(int64_t as_of_day);
/* A table of a stream as text: values by '|', rows by ';'. To be freed. */
char *stages_table(struct ArrowArrayStream *stream);

/* A log of many kinds of events, at most one a customer and day, so that the order of a day is no
 * question; free() it. */
#define STAGES_LOG_CUSTOMERS 60
#define STAGES_LOG_EACH 24
typedef struct stages_log {
	stages_event events[STAGES_LOG_CUSTOMERS * STAGES_LOG_EACH];
	char names[STAGES_LOG_CUSTOMERS][8], ids[STAGES_LOG_CUSTOMERS * STAGES_LOG_EACH][8];
} stages_log;
stages_log *stages_log_make(uint64_t seed);
void stages_shuffle(stages_event *events, size_t n, uint64_t seed);

#endif
