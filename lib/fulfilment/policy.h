#ifndef CSTN_FULFILMENT_POLICY_H
#define CSTN_FULFILMENT_POLICY_H

#include <constellation/service_policy.h>

/* A policy compiled for the kernels. Enumerations follow the order of values in the spec table
 * (default = 0). CSTN__UNSET marks `unset`. */
#define CSTN__UNSET INT64_MIN
enum { CSTN__LEVEL_ORDER, CSTN__LEVEL_SCHEDULE, CSTN__LEVEL_SHIPMENT, CSTN__LEVEL_LINE };
enum { CSTN__WEIGHT_COUNT, CSTN__WEIGHT_QUANTITY, CSTN__WEIGHT_VALUE };
enum { CSTN__BASIS_DUE, CSTN__BASIS_ORDERED, CSTN__BASIS_SHIPPED, CSTN__BASIS_DELIVERED };
enum { CSTN__PROMISE_FIRST_COMMIT, CSTN__PROMISE_REQUESTED, CSTN__PROMISE_LAST_COMMIT };
enum {
	CSTN__ACTUAL_DELIVERED,
	CSTN__ACTUAL_SHIPPED,
	CSTN__ACTUAL_ARRIVED,
	CSTN__ACTUAL_ACCEPTED,
	CSTN__ACTUAL_RECORDED
};
enum { CSTN__UNIT_DAY, CSTN__UNIT_INSTANT };
enum { CSTN__ZONE_UTC, CSTN__ZONE_OFFSET, CSTN__ZONE_TZIF, CSTN__ZONE_EVENT, CSTN__ZONE_SHIP_TO };
enum {
	CSTN__EXCLUDE,
	CSTN__FAIL,
	CSTN__PASS,
	CSTN__COUNT
}; /* what to do with a case; see each key's mapping */

typedef struct cstn__policy_rules {
	uint8_t inbound, level, weight, credit_unit, components /* bits T1 F2 D4 C8 */,
			period_basis, promise_basis;
	uint8_t customer_change_ignore, supplier_change_supersede, actual_basis,
			actual_missing /* EXCLUDE FAIL */, attempt_counts, time_unit, zone;
	uint8_t calendar_all, substitution_accept_agreed, single_shipment, in_full_at_due;
	uint8_t customer_cancel, supplier_cancel /* EXCLUDE FAIL */,
			customer_fault /* EXCLUDE FAIL PASS */, force_majeure /* COUNT EXCLUDE */,
			overdue_open /* FAIL EXCLUDE */;
	uint8_t documents_positive, condition_positive,
			returns_restate /* 0 quality 1 none 2 all */,
			unassessed /* EXCLUDE FAIL PASS */;
	uint32_t documents; /* CSTN_DOCUMENT_ bits demanded */
	int32_t zone_offset_seconds, confidence_ppm;
	uint8_t zone_digest[32], calendar_digest[32];
	int64_t early_tolerance, late_tolerance, over_ppm, under_ppm, documents_within,
			claim_window_days; /* CSTN__UNSET possible */
} cstn__policy_rules;
const cstn__policy_rules *cstn__policy_rules_of(const cstn_service_policy *policy);
/* One more reference to a policy given as const. */
cstn_service_policy *cstn__policy_share(const cstn_service_policy *policy);
/* The allocator the policy was made with: verdicts inherit it. Borrowed. */
const cstn_allocator *cstn__policy_allocator(const cstn_service_policy *policy);

#endif
