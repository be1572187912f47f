#ifndef TESTS_JUDGED_LINES_H
#define TESTS_JUDGED_LINES_H

#include <stdint.h>

#include <constellation/perfect_order.h>

#include "fulfilment/verdict.h"

/* Order lines for tests of verdicts, and their verdicts as one word. */

#define USUAL_AS_OF "2018-12-31T00:00:00Z"

/* An instant from ISO 8601 text. */
int64_t at(const char *iso);

/* Ordered 2018-08-01, promised 2018-08-31T00:00Z, delivered that day at 14:00; 100 of 100; closed;
 * nothing else known. Perfect under the default policy, provisional until 2018-09-30. */
cstn_order_line usual_line(void);

cstn_service_policy *policy_with(const char *changes);

/* "perfect", "TF", ..., "pending", or the name of the reason, of one line. Judges it by the kernel
 * and by the public call and checks that they agree. */
const char *verdict_at(const char *changes, const char *as_of, const cstn_order_line *line);
const char *verdict_of(const char *changes, const cstn_order_line *line); /* at USUAL_AS_OF */
const char *verdict_with(const char *changes, const cstn_policy_data *data, const char *as_of,
		const cstn_order_line *line);

/* The steps of one line at an as-of time; fails the test for a bad line. */
cstn__judgement steps_at(const char *changes, const char *as_of, const cstn_order_line *line);

/* The fault of a bad line; fails the test for a good one. */
cstn__line_fault fault_of(const char *changes, const cstn_order_line *line);

#endif
