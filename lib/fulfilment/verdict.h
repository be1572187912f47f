#ifndef CSTN_FULFILMENT_VERDICT_H
#define CSTN_FULFILMENT_VERDICT_H

#include <constellation/perfect_order.h>

#include "base/alloc.h"
#include "fulfilment/policy.h"

/* What a judgement needs beside the line; checked once a run. Holds references. */
typedef struct cstn__judge {
	cstn_service_policy *policy;
	const cstn__policy_rules *rules;
	int64_t as_of_us;
	cstn_zone *zone;         /* tzif */
	cstn_calendar *calendar; /* NULL = all days */
	size_t n_zones;
	const char **zone_names;
	cstn_zone **zones; /* ship_to */
	/* columns (bits) that are there at all: a component whose evidence column is absent is
	 * unassessed */
	uint32_t evidence;
	cstn_allocator allocator;
} cstn__judge;
#define CSTN__EVIDENCE_ACTUAL 1u /* a column/field for the actual time of the basis exists */
#define CSTN__EVIDENCE_QUANTITY \
	2u /* qty_delivered (in_full_at=close) or qty_due (in_full_at=due), or deliveries */
cstn_status cstn__judge_init(cstn__judge *judge, const cstn_service_policy *policy,
		int64_t as_of_us, const cstn_policy_data *data, const cstn_allocator *allocator,
		cstn_error **error);
void cstn__judge_free(cstn__judge *judge);

/* Verdict of one line. */
typedef struct cstn__line_verdict {
	uint8_t outcome; /* CSTN_OUTCOME_COUNTED, _PENDING, _EXCLUDED (dropped, `reason`), or
			    CSTN__OUTCOME_UNASSESSED */
	uint8_t pattern, reason, unassessed /* component bits */, provisional;
	int64_t fail_us[4]; /* when each failed component failed, for the primary cause */
	int64_t weight;     /* by the policy; 1 for count; 0 when dropped */
	int64_t credit; /* credit=unit: agreed quantity that arrived inside the window, in the same
			   weight unit */
	int64_t promise_us; /* P, or CSTN_TIME_NULL */
	int64_t actual_us;  /* A, or CSTN_TIME_NULL */
	int64_t period_us;  /* time of the policy's period_basis, or CSTN_TIME_NULL */
} cstn__line_verdict;
#define CSTN__OUTCOME_UNASSESSED 4

/* Returns CSTN_OK; CSTN_E_OVERFLOW (value, quantity); CSTN_E_INVALID_ARGUMENT with *row_code set to
 * the CSTN_ROW_ rule broken (quantity not positive, ...). `row_code` may be NULL. `zone` is the
 * ship_to zone or NULL. `text` (nullable) collects the explanation. */
cstn_status cstn__judge_line(const cstn__judge *judge, const cstn_order_line *line,
		const cstn_zone *ship_to, cstn__line_verdict *out, int32_t *row_code,
		cstn__bytes *text, cstn_error **error);
/* Civil day of a time in the policy's zone. `offset_minutes` is used by zone=event. */
int32_t cstn__judge_day(const cstn__judge *judge, int64_t us, int32_t offset_minutes,
		const cstn_zone *ship_to);

/* Roll-up of lines into a unit: OR and min only, hence commutative. */
typedef struct cstn__unit {
	uint8_t pattern, unassessed, flags, reason; /* reason of the lowest dropped line */
	int32_t reason_line;
	uint32_t lines, expected; /* seen; stated by order_lines, 0 = not stated */
} cstn__unit;
#define CSTN__UNIT_PENDING 1u
#define CSTN__UNIT_KEPT 2u /* at least one line is counted */
#define CSTN__UNIT_PROVISIONAL 4u
#define CSTN__UNIT_BAD 8u /* a row of it was bad input */
#define CSTN__UNIT_DROPPED 16u
void cstn__unit_init(cstn__unit *unit);
void cstn__unit_add(cstn__unit *unit, const cstn__line_verdict *line, int32_t line_number);
void cstn__unit_merge(cstn__unit *into, const cstn__unit *from);
/* CSTN_OUTCOME_; sets pattern or reason. Precedence: bad input, unassessed (lowest component),
 * pending, nothing kept, pattern. */
int32_t cstn__unit_close(const cstn__unit *unit, uint32_t *pattern, int32_t *reason);

#endif
