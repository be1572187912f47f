/* Random logs of events for tests of journeys. */
#include "journey_log.h"

#include <check.h>
#include <string.h>

#include "base/stats.h"
#include "table/export.h"

const char *const journey_steps[JOURNEY_STEPS] = {"browse", "order", "gift", "ship", "deliver"};
const int journey_ranks[JOURNEY_STEPS] = {0, 1, -1, 2, 3};

void journey_log_make(journey_event *log, uint64_t seed)
{
	size_t i;

	for (i = 0; i < JOURNEY_EVENTS; i++) {
		uint64_t r = cstn__random_u64(seed, i);

		log[i].customer = (int)(r % JOURNEY_CUSTOMERS);
		log[i].step = (int)(r >> 8 & 7) % JOURNEY_STEPS;
		log[i].failed = (r >> 16 & 3) == 0;
		log[i].segment = (int)(r >> 20 & 3) - 1;                  /* -1: none */
		log[i].us = (int64_t)(r >> 24 & 1023) * JOURNEY_DAY / 10; /* often the same */
	}
}

void journey_log_shuffle(journey_event *log, size_t n, uint64_t seed)
{
	size_t i;

	for (i = n; i > 1; i--) {
		size_t k = cstn__random_u64(seed, i) % i;
		journey_event kept = log[i - 1];

		log[i - 1] = log[k];
		log[k] = kept;
	}
}

void journey_log_stream(const journey_event *log, size_t n, struct ArrowArrayStream *out)
{
	static const char *const segments[] = {"red", "green", "blue"};
	cstn__table_builder *table = NULL;
	size_t i;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	(void)cstn__table_add_column(table, "customer", CSTN_TYPE_INT64, 0, 0);
	(void)cstn__table_add_column(table, "valid", CSTN_TYPE_TIME, 0, 0);
	(void)cstn__table_add_column(table, "step", CSTN_TYPE_TEXT, 0, 0);
	(void)cstn__table_add_column(table, "failed", CSTN_TYPE_FLAG, 0, 0);
	(void)cstn__table_add_column(table, "segment", CSTN_TYPE_TEXT, 0, 1);
	for (i = 0; i < n; i++) {
		const char *segment = log[i].segment < 0 ? NULL : segments[log[i].segment];

		cstn__table_put_i64(table, 0, log[i].customer);
		cstn__table_put_i64(table, 1, log[i].us);
		cstn__table_put_text(table, 2, journey_steps[log[i].step],
				strlen(journey_steps[log[i].step]));
		cstn__table_put_i64(table, 3, log[i].failed);
		if (segment)
			cstn__table_put_text(table, 4, segment, strlen(segment));
		else
			cstn__table_put_null(table, 4);
	}
	ck_assert_int_eq(cstn__table_export(table, out, NULL), CSTN_OK);
}

void journey_log_add(cstn_journeys *state, const journey_event *log, size_t n)
{
	struct ArrowArrayStream stream;

	journey_log_stream(log, n, &stream);
	ck_assert_int_eq(cstn_journeys_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
}

cstn_journeys *journey_log_state(const journey_event *log, size_t n)
{
	cstn_journeys *state = journey_state(NULL, JOURNEY_AS_OF);

	journey_log_add(state, log, n);
	return state;
}
