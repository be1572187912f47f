#ifndef TESTS_DECISION_WORLD_H
#define TESTS_DECISION_WORLD_H

#include <constellation/constellation.h>

#include "suite.h"

/* A small world in plain numbers: two constellations, four parties, a handful of fields, some
 * agreements. Rules are built of it through the library, and what they should decide is worked out
 * of it by decision_reference.c, which knows nothing of the library but the digests of terms. */

#define DAY INT64_C(86400000000)
#define WORLD_PARTIES 4
#define WORLD_PLACES 2
#define WORLD_FIELDS 7 /* of requests; the stars of two nouns follow */
#define WORLD_PATHS 9
#define WORLD_PURPOSES 5
#define WORLD_ROLES 3
#define WORLD_TERMS 4
#define WORLD_AGREEMENTS 6
#define WORLD_ROWS 8

/* Conditions: a tree over `score` (int64), `role` and `data_age`. */
enum { C_NONE, C_SCORE, C_NOT_SCORE, C_ROLE, C_AGE, C_OR, C_AND, C_XONE, N_CONDITIONS };

typedef struct world_term {
	int prohibits;
	int by_role; /* 0: the recipient; else bits of roles */
	unsigned fields, actions;
	int purpose;
	int64_t from, until, data_from, data_until, min_age, max_age;
	int32_t level;
	int64_t k, contributors, share, epsilon, threshold;
	int onward, max_hops;
	unsigned onward_list;
	int64_t retention;
	int64_t calls, rows, window, rows_in_all, epsilon_limit, period;
	int advise, gift;
	int64_t grace;
	int n_duties;
	struct {
		int32_t phase, due;
		int64_t due_us;
	} duties[2];
	int legal_basis;
	int condition;
	int64_t than; /* of the condition */
	int parent;   /* of the parent agreement's terms; -1 */
	cstn_term *built;
	uint8_t digest[32];
	/* what is said of it */
	int used, n_duty_rows, n_debts;
	int64_t used_at;
	uint64_t used_calls, used_rows, used_in_all, used_epsilon;
	struct {
		int duty;
		int32_t state;
		int64_t deadline;
	} duty_rows[2];
	int32_t debt_state;
	int64_t debt_due;
	int32_t rule; /* CSTN_DUE_... of what is given in return */
	int64_t rule_us;
} world_term;

typedef struct world_agreement {
	int place, provider, recipient;
	int32_t state, retiring_suspended;
	int64_t signed_us, from, until, effective;
	int parent; /* -1 */
	int n_terms;
	world_term terms[WORLD_TERMS];
	uint8_t digest[32];
} world_agreement;

typedef struct world {
	struct {
		unsigned roles; /* bits */
		int64_t from, until;
		int there;
	} members[WORLD_PLACES][WORLD_PARTIES];
	int32_t relations[WORLD_PLACES][WORLD_PARTIES][WORLD_PARTIES]; /* 0: none */
	int64_t wall[WORLD_PLACES];
	cstn_constellation_rules floors[WORLD_PLACES]; /* numbers alone; 0: the usual ones */
	uint32_t classes[WORLD_FIELDS];                /* besides the usual ones */
	unsigned rivals[WORLD_PLACES]; /* bits of parties in the conflict set; 0: none */
	int n_deliveries;
	struct {
		int place, provider, recipient;
		uint32_t classes;
		int64_t at;
	} deliveries[WORLD_ROWS];
	int n_agreements;
	world_agreement agreements[WORLD_AGREEMENTS];
	uint64_t version;
	uint64_t order;     /* seed of the order in which things are added */
	const char *prefix; /* of the names of parties */
} world;

typedef struct world_request {
	uint32_t flags, action;
	int place, provider, recipient, role, purpose; /* role -1: none */
	int32_t level;
	unsigned fields; /* bits */
	int has_window;
	int64_t data_from, data_until;
	int n_hops, hops[2];
	int has_score, is_id; /* is_id: it is said as an id, which a score is not */
	int64_t score;
	int64_t now;
	uint64_t rows, epsilon;
} world_request;

/* One field as it should be. */
typedef struct world_answer {
	int32_t reason, level;
	int64_t contributors, k, share, retention, min_age;
	uint32_t flags;
	int agreement, term; /* -1 */
} world_answer;

extern const char *const world_paths[WORLD_PATHS];
extern const uint32_t world_classes[WORLD_FIELDS];
extern const char *const world_purposes[WORLD_PURPOSES];
extern const int world_purpose_parents[WORLD_PURPOSES];

uint64_t world_next(uint64_t *seed);
/* 0 .. n - 1 */
int world_pick(uint64_t *seed, int n);
void world_make(world *w, uint64_t *seed);
void world_free(world *w);
void world_ask(const world *w, world_request *r, uint64_t *seed);
/* The terms of an agreement, or of all of them, are built again after they were changed. */
void world_build_terms(world *w);
void world_build_term(const world *w, const world_agreement *a, world_term *t);
cstn_rules *world_rules(const world *w);
cstn_request *world_to_request(const world *w, const world_request *r);
cstn_decision *world_decide(const world *w, const world_request *r);

/* The answer of the specification, read plainly. */
void reference_decide(const world *w, const world_request *r, world_answer out[WORLD_FIELDS]);
/* Negative if a is finer. */
int reference_compare(const world_answer *a, const world_answer *b);

#endif
