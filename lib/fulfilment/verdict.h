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
	 * unassessed; cstn__judge_init() sets all, a batch clears what its columns lack */
	uint32_t evidence;
	cstn_allocator allocator;
	void *memory; /* names and handles of the zones */
	size_t memory_size;
} cstn__judge;
/* Bits of `evidence`: a column/field for the actual time of the basis exists ... */
#define CSTN__EVIDENCE_ACTUAL 1u
/* ... qty_delivered (in_full_at=close) or qty_due (in_full_at=due), or deliveries */
#define CSTN__EVIDENCE_QUANTITY 2u
/* ... documents_ok or documents_complete; matters with documents_evidence=positive only */
#define CSTN__EVIDENCE_DOCUMENTS 4u
/* ... condition_ok; matters with condition_evidence=positive only */
#define CSTN__EVIDENCE_CONDITION 8u
#define CSTN__EVIDENCE_ALL 15u

/* CSTN_E_INVALID_ARGUMENT when zone rules or calendar are missing or of another digest. `judge` is
 * untouched on failure. */
cstn_status cstn__judge_init(cstn__judge *judge, const cstn_service_policy *policy,
		int64_t as_of_us, const cstn_policy_data *data, const cstn_allocator *allocator,
		cstn_error **error);
void cstn__judge_free(cstn__judge *judge);

/* Rules of a ship_to zone by name; NULL if there are none of that name. */
const cstn_zone *cstn__judge_zone(const cstn__judge *judge, const char *name, size_t len);

/* Verdict of one line. */
typedef struct cstn__line_verdict {
	/* CSTN_OUTCOME_COUNTED, _PENDING, _EXCLUDED (dropped, `reason`), or
	 * CSTN__OUTCOME_UNASSESSED */
	uint8_t outcome;
	uint8_t pattern;
	uint8_t reason;
	uint8_t unassessed; /* component bits */
	uint8_t provisional;
	/* When each failed component failed, for the primary cause: the event that failed it
	 * (arrival, documents complete, return), without one the promise, without that INT64_MAX.
	 * CSTN_TIME_NULL for components that did not fail. */
	int64_t fail_us[4];
	/* By the policy: 1, agreed quantity, or value; with credit=unit and weight=count the agreed
	 * quantity. 0 unless counted. */
	int64_t weight;
	/* credit=unit: the part of `weight` that arrived inside the window; else 0 */
	int64_t credit;
	int64_t promise_us; /* P before the calendar moves it, or CSTN_TIME_NULL */
	int64_t actual_us;  /* A as T saw it, or CSTN_TIME_NULL */
	int64_t period_us;  /* time of the policy's period_basis, or CSTN_TIME_NULL */
} cstn__line_verdict;
#define CSTN__OUTCOME_UNASSESSED 4

/* What a bad line broke. */
typedef struct cstn__line_fault {
	int32_t code;       /* CSTN_ROW_... */
	const char *column; /* as in cstn_perfect_order_update(), or "deliveries"; static */
	int64_t value;      /* the offending one; CSTN_QUANTITY_NULL = none */
	const char *rule;   /* "a quantity must be positive"; static */
} cstn__line_fault;

/* 0, or -1 with `fault` filled: the rules that hold for a line under every policy. */
int cstn__line_check(const cstn_order_line *line, cstn__line_fault *fault);
/* Fill `fault`; returns -1. */
int cstn__line_fault_set(cstn__line_fault *fault, int32_t code, const char *column, int64_t value,
		const char *rule);

/* How each component came out, for the explanation. Only CSTN__WHY_NOT_JUDGED .. are shared, the
 * others are by component. */
enum {
	CSTN__WHY_NOT_JUDGED, /* outside `components`, or nothing to judge yet */
	CSTN__WHY_PASS,
	CSTN__WHY_UNASSESSED,
	CSTN__WHY_CANCELLED,
	CSTN__WHY_RETURN,
	CSTN__WHY_LATE, /* T, D */
	CSTN__WHY_EARLY,
	CSTN__WHY_OVERDUE,
	CSTN__WHY_NEVER_REACHED,
	CSTN__WHY_NO_TIME,
	CSTN__WHY_CUSTOMER_FAULT, /* T passes */
	CSTN__WHY_ATTEMPT,        /* T passes */
	CSTN__WHY_SHORT,          /* F */
	CSTN__WHY_OVER,
	CSTN__WHY_WRONG_ITEM,
	CSTN__WHY_SUBSTITUTE,
	CSTN__WHY_SHIPMENTS,
	CSTN__WHY_EXCEPTION, /* D, C */
	CSTN__WHY_UNCONFIRMED
};
enum {
	CSTN__PROMISE_OF_BASIS,
	CSTN__PROMISE_OF_CUSTOMER,
	CSTN__PROMISE_OF_SUPPLIER,
	CSTN__PROMISE_OF_LAST_CHANGE
};

/* Verdict and the steps to it. */
typedef struct cstn__judgement {
	cstn__line_verdict verdict;
	int64_t due_us;       /* P after the calendar, or CSTN_TIME_NULL */
	int64_t goods_us;     /* arrival of the goods, or CSTN_TIME_NULL */
	int64_t agreed;       /* quantity, or CSTN_QUANTITY_NULL */
	int64_t lower, upper; /* bounds; upper INT64_MAX = none */
	int64_t evaluated;    /* quantity judged, or CSTN_QUANTITY_NULL */
	int64_t distance;     /* d of T, if `has_distance` */
	uint8_t has_distance;
	uint8_t closed;
	uint8_t overdue;
	uint8_t promise_of;
	uint8_t cancelled_by; /* CSTN_REASON_ of a cancelled line that counts */
	uint8_t shipments_many;
	uint8_t why[4];
} cstn__judgement;

/* Judge one line: no allocation, no text. 0; or -1 with `fault` (never NULL) filled and `out`
 * undefined. `ship_to` is the zone for zone=ship_to, or NULL: then the line's offsets are used.
 *
 * For a batch's fast path: a line is regular if nothing but status, the promise of the basis, the
 * actual of the basis and the quantities is given. Then T fails iff day(actual) - day(promise) is
 * outside [-early, late] (rules->calendar_all; else see cstn__judge_day() and the calendar), F iff
 * qty_delivered is outside [cstn__policy_lower(), cstn__policy_upper()], D and C pass (exception)
 * and provisional = day(as_of) - day(actual) <= claim_window_days. What is not regular comes here.
 */
int cstn__judge_steps(const cstn__judge *judge, const cstn_order_line *line,
		const cstn_zone *ship_to, cstn__judgement *out, cstn__line_fault *fault);

/* The same with errors: CSTN_OK; CSTN_E_OVERFLOW (value, quantity); CSTN_E_INVALID_ARGUMENT with
 * *row_code set to the CSTN_ROW_ rule broken (quantity not positive, ...). `row_code` may be NULL.
 * `text` (nullable) collects the explanation; CSTN_E_NOMEM if it cannot. */
cstn_status cstn__judge_line(const cstn__judge *judge, const cstn_order_line *line,
		const cstn_zone *ship_to, cstn__line_verdict *out, int32_t *row_code,
		cstn__bytes *text, cstn_error **error);

/* The explanation of a line, one line a step. */
void cstn__judge_explain(const cstn__judge *judge, const cstn_order_line *line,
		const cstn__judgement *judgement, cstn__bytes *text);

/* Names of codes as columns have them, NULL behind the last; "" for 0. */
extern const char *const cstn__line_status_names[];   /* CSTN_LINE_ */
extern const char *const cstn__return_reason_names[]; /* CSTN_RETURN_ */
extern const char *const cstn__owner_names[];         /* CSTN_OWNER_ */
/* The code of a name, -1 if it is none of them; 0 has no name. */
int32_t cstn__name_code(const char *const *names, const char *text, size_t len);

/* "not perfect: not on time (T)", "left out: force majeure", with a full stop and a line feed. */
void cstn__outcome_explain(int32_t outcome, uint32_t pattern, int32_t reason, int provisional,
		cstn__bytes *text);
/* Policy digest, direction and as-of time, the last line of an explanation. */
void cstn__judge_sign(const cstn__judge *judge, cstn__bytes *text);

/* Civil day of a time in the policy's zone. `offset_minutes` is used by zone=event, and by
 * zone=ship_to when `ship_to` is NULL; CSTN_OFFSET_NULL is read as UTC. */
int32_t cstn__judge_day(const cstn__judge *judge, int64_t us, int32_t offset_minutes,
		const cstn_zone *ship_to);

/* Seconds east of UTC that cstn__judge_day() applies. */
int32_t cstn__judge_offset(const cstn__judge *judge, int64_t us, int32_t offset_minutes,
		const cstn_zone *ship_to);

/* Bounds of "in full" for an agreed quantity >= 1, in 128 bits: the smallest x with x * 10^6 >=
 * quantity * (10^6 - under); the largest with x * 10^6 <= quantity * (10^6 + over), at most
 * INT64_MAX. Unset: 1, INT64_MAX. */
int64_t cstn__policy_lower(const cstn__policy_rules *rules, int64_t quantity);
int64_t cstn__policy_upper(const cstn__policy_rules *rules, int64_t quantity);

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
