#ifndef CSTN_SHARING_DECISION_H
#define CSTN_SHARING_DECISION_H

#include "sharing/rules.h"

/* What became of a term for a request, whatever the field; the lowest that holds. */
enum cstn__outcome {
	CSTN__OUTCOME_UNSEEN = 0,
	CSTN__OUTCOME_NOT_LIVE,
	CSTN__OUTCOME_ACTION,
	CSTN__OUTCOME_PURPOSE,
	CSTN__OUTCOME_ROLE,
	CSTN__OUTCOME_ACCESS_WINDOW,
	CSTN__OUTCOME_DATA_WINDOW,
	CSTN__OUTCOME_FALSE,   /* its condition */
	CSTN__OUTCOME_UNKNOWN, /* its condition */
	CSTN__OUTCOME_CHAIN,   /* the way the data came */
	/* those below apply */
	CSTN__OUTCOME_PROHIBITS,
	CSTN__OUTCOME_DUTY_PENDING,
	CSTN__OUTCOME_DUTY_VIOLATED,
	CSTN__OUTCOME_CONSIDERATION,
	CSTN__OUTCOME_PASSES,
	CSTN__OUTCOME_PASSES_ADVISED
};

/* A request against rules: what is the same for all its fields. */
typedef struct cstn__case {
	const cstn_rules *rules;
	const cstn_request *request;
	const cstn__constellation *in;
	uint32_t constellation, provider, recipient, role; /* names */
	uint32_t place;                                    /* of the constellation; UINT32_MAX */
	uint32_t purpose;                                  /* code in the vocabulary */
	int32_t reason;                                    /* of steps 1 to 3; 0 */
	cstn__run agreements;                              /* of the pair */
	uint32_t pair, first_rule; /* pair UINT32_MAX: they have no agreement */
	int32_t relation, dual;
	uint32_t walled;  /* classes */
	int32_t personal; /* a field that names a person is asked for */
	cstn_fact *facts; /* what decisions know themselves */
	size_t n_facts;
	cstn_fact *age, *agreement_age; /* of those; NULL: unknown */
	const cstn_fact **by_operand;   /* of the vocabulary; NULL: unknown */
	uint8_t *outcomes;              /* enum cstn__outcome, a rule of the pair each */
} cstn__case;

/* One field, decided. */
typedef struct cstn__verdict {
	int32_t reason;
	uint32_t flags, classes;
	uint32_t rule; /* that grants; UINT32_MAX */
	int64_t retention_us, min_age_us;
	cstn_term_granularity granularity;
} cstn__verdict;

struct cstn_decision {
	cstn_allocator allocator;
	atomic_size_t references;
	size_t size; /* of the block */
	cstn_rules *rules;
	cstn_request *request;
	size_t n;
	cstn__verdict *fields;
	cstn__case at; /* its facts and outcomes lie behind the fields */
};

/* Steps 1 to 3. Rules, request and room for facts and outcomes must be there. */
void cstn__case_open(cstn__case *at);
/* The rules that speak of a field of the request, or of its star: two runs of rules->matches. */
void cstn__case_matches(const cstn__case *at, size_t field, cstn__run out[2]);
/* Steps 4 to 7 of one rule. */
enum cstn__outcome cstn__case_outcome(cstn__case *at, uint32_t rule);
/* The state of an agreement at an instant, as the clock makes it, and whether it lets decide. */
int32_t cstn__agreement_state_at(const cstn__agreement *agreement, int64_t now_us);
int cstn__agreement_decides(const cstn_rules *rules, uint32_t agreement, int64_t now_us);

/* The epsilon of an answer with noise: what is asked for, or what a grant makes of it, and the
 * least over the fields of a decision. */
uint64_t cstn__epsilon_granted(const cstn_request *request, const cstn_term_granularity *granted);
uint64_t cstn__decision_epsilon(const cstn_decision *decision);

/* The term that an obligation, or a reservation, of a decision is of; the index is one of them. */
const cstn_term_view *cstn__decision_obliges(const cstn_decision *decision, size_t index);
const cstn_term_view *cstn__decision_reserves(const cstn_decision *decision, size_t index);

/* Gates, see decide_gate.c. */
enum cstn__outcome cstn__gate(const cstn__case *at, const cstn__rule *rule);
/* What of a term's limits is left at an instant; UINT64_MAX where there is no limit. */
typedef struct cstn__left {
	uint64_t calls, rows, nano_epsilon;
} cstn__left;
/* The multiple of a length at or before an instant: where its window or period began. */
int64_t cstn__limit_window(int64_t at_us, int64_t length_us);
cstn__left cstn__left_at(const cstn_rules *rules, uint32_t rule, int64_t now_us);
/* When a duty of a term that is decided now is to be done; INT64_MAX. */
int64_t cstn__duty_deadline(const cstn__case *at, const cstn__rule *rule, size_t index);
/* By when a duty that begins now is to be done, of an agreement valid in [from, until); INT64_MAX:
 * no deadline. */
int64_t cstn__duty_due(
		const cstn_term_duty *duty, int64_t from_us, int64_t until_us, int64_t now_us);
/* The same by the term alone; INT64_MAX where that depends on what has not happened. */
int64_t cstn__duty_due_by_term(const cstn_term_duty *duty, int64_t from_us, int64_t until_us);
/* The action of a duty that ends delivered data so: "delete", "destroy_key" or "return". */
const char *cstn__delivered_action(int32_t delivered);
/* When what was given now falls due again, of an agreement valid from then on; INT64_MAX: never. */
int64_t cstn__consideration_next(
		const cstn_term_consideration *given, int64_t from_us, int64_t now_us);
/* Does the duty remain to be done? */
int cstn__duty_is_open(const cstn_rules *rules, const cstn__rule *rule, uint32_t index);

/* Step 8 of a field that a rule grants; see decide_floor.c. */
void cstn__floor(const cstn__case *at, const cstn_id *path, const cstn__rule *rule,
		cstn__verdict *out);
/* Negative if a is finer than b. */
int cstn__granularity_compare(const cstn_term_granularity *a, const cstn_term_granularity *b);
/* Relation of two parties in a constellation now. */
int32_t cstn__relation_at(const cstn_rules *rules, uint32_t constellation, uint32_t a, uint32_t b,
		int64_t now_us);
/* Are they partners here and competitors elsewhere? */
int cstn__is_dual(const cstn_rules *rules, uint32_t constellation, uint32_t a, uint32_t b,
		int64_t now_us);
/* The level that overrides open for a field between competitors; AGGREGATED: none does. */
int32_t cstn__override_level(const cstn__case *at, const cstn_id *path);
/* Classes that a wall keeps from the recipient. */
uint32_t cstn__walled(const cstn__case *at);

/* Steps 8 and 9 of what one permission that passes its gates makes of a field, whose classes are
 * filled in. */
void cstn__grant(const cstn__case *at, const cstn_id *path, uint32_t rule, int advised,
		cstn__verdict *out);
/* All steps of one field of the request, whose classes are filled in. */
void cstn__decide_field(cstn__case *at, size_t field, cstn__verdict *out);

#endif
