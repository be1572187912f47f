#ifndef TESTS_JOURNEY_FIXTURE_H
#define TESTS_JOURNEY_FIXTURE_H

#include <constellation/constellation.h>

#include "csv_rows.h"

#define JOURNEY_DAY INT64_C(86400000000)
/* browse (start) 0, order 1, gift without rank, ship 2, deliver (goal) 3; a gap of 10 days. */
#define JOURNEY_TEXT                                                                              \
	"cstn-journey 1\ngap 10 d\nstep start 0 browse\nstep - 1 order\nstep - - gift\nstep - 2 " \
	"ship\nstep goal 3 deliver\n"

cstn_journey_definition *journey_definition(const char *text);
/* An empty state of JOURNEY_TEXT (or another text) as of a day. */
cstn_journeys *journey_state(const char *text, int64_t as_of_day);
/* Add CSV rows "customer,day,step,failed,segment", days as numbers, with fractions as day+us;
 * without a header. */
void journey_add(cstn_journeys *state, const char *rows);
/* A table as CSV text, to be freed with cstn_buffer_free(). */
const char *journey_table(cstn_journeys *state, int32_t table, cstn_buffer **out);
/* Whether a table's row has this text in a column; rows count from 1. */
void journey_expect(cstn_journeys *state, int32_t table, int row, const char *column,
		const char *expected);

#endif
