#ifndef CSTN_SHARING_RULES_H
#define CSTN_SHARING_RULES_H

#include <stdatomic.h>

#include <constellation/decision.h>

#include "base/alloc.h"
#include "base/map.h"
#include "sharing/request.h"

#define CSTN__DAY_US INT64_C(86400000000)
#define CSTN__DIGEST_SIZE CSTN_DECISION_DIGEST_SIZE

/* Rows of a table that share an integer key stand together: [first, end). */
typedef struct cstn__run {
	uint32_t first, end;
} cstn__run;

/* --- rows, as they are added and as they are kept --------------------------------------------- */

/* Names of constellations, parties and roles are codes of one interner; three make a key. */
#define CSTN__NAMES_MAX ((uint32_t)1 << 21)
#define CSTN__NO_NAME UINT32_MAX
#define CSTN__CLASS_ALL UINT32_C(63)

typedef struct cstn__constellation {
	uint32_t name;
	cstn_vocabulary *vocabulary;
	cstn_id framework; /* no bytes: unknown */
	int64_t contributors, max_share_permille, min_age_us, rows, wall_us, values, t_permille;
} cstn__constellation;

typedef struct cstn__member {
	int64_t key; /* constellation, party */
	uint32_t first_role, n_roles;
	int64_t from_us, until_us;
} cstn__member;

typedef struct cstn__declaration {
	int64_t key; /* constellation, declarer, other */
	int32_t relation, reserved;
	int64_t from_us, until_us;
} cstn__declaration;

/* That two parties have declared something to each other in a constellation. */
typedef struct cstn__place {
	int64_t key; /* 0, the two by their codes */
	uint32_t constellation;
} cstn__place;

typedef struct cstn__delivery {
	int64_t key; /* constellation, recipient */
	uint32_t provider, classes;
	int64_t at_us;
} cstn__delivery;

/* A party in a conflict set. */
typedef struct cstn__rival {
	int64_t key; /* constellation, party */
	uint32_t set;
} cstn__rival;

typedef struct cstn__agreement {
	int64_t key; /* constellation, provider, recipient */
	uint8_t digest[CSTN__DIGEST_SIZE], parent_digest[CSTN__DIGEST_SIZE];
	uint32_t constellation, provider, recipient; /* names */
	uint32_t parent;                             /* index; UINT32_MAX: none */
	uint32_t place;                              /* where it stood before it was sorted */
	int32_t has_parent, retiring_suspended, state;
	int64_t signed_us, valid_from_us, valid_until_us, effective_us;
	uint32_t first_rule, n_rules;
} cstn__agreement;

/* What is said of a term: of which, and then what. */
typedef struct cstn__about {
	uint8_t agreement[CSTN__DIGEST_SIZE], term[CSTN__DIGEST_SIZE];
	uint32_t rule;  /* from the build on */
	uint32_t index; /* of duty or consideration in the term */
} cstn__about;

typedef struct cstn__duty {
	cstn__about about;
	int32_t state;
	int64_t deadline_us;
} cstn__duty;

typedef struct cstn__consideration {
	cstn__about about;
	int32_t state;
	int64_t due_us;
} cstn__consideration;

typedef struct cstn__usage {
	cstn__about about;
	int64_t at_us;
	uint64_t calls, rows, rows_in_all, nano_epsilon;
} cstn__usage;

typedef struct cstn__rule {
	cstn_term *term;
	const cstn_term_view *view; /* of the term */
	cstn_condition *condition;  /* NULL: none */
	uint8_t digest[CSTN__DIGEST_SIZE], parent_digest[CSTN__DIGEST_SIZE];
	uint32_t agreement;
	uint32_t parent; /* the rule it derives from; UINT32_MAX: none */
	int32_t prohibits, has_parent;
	uint32_t actions, purpose;    /* code in the vocabulary */
	uint32_t first_role, n_roles; /* of the recipient; 0: any */
	cstn__run duties, considerations;
	uint32_t usage;   /* index; UINT32_MAX: nothing is used */
	int32_t asks_age; /* the condition speaks of the age of data */
} cstn__rule;

/* An opening of the firewall, and who signed it: a window in which each key holds. */
typedef struct cstn__override {
	int64_t key; /* constellation, provider, recipient */
	int64_t from_us, until_us;
	int32_t level;
	cstn__run paths, signers;
} cstn__override;

typedef struct cstn__signer {
	uint32_t number; /* of the key; one key may have several windows */
	int64_t from_us, until_us;
} cstn__signer;

/* --- rules ------------------------------------------------------------------------------------ */

struct cstn_rules {
	cstn_allocator allocator;
	atomic_size_t references;
	uint64_t version;
	cstn__interner names, paths;
	cstn__interner digests; /* of agreements, in the order in which they were added */
	CSTN__ARRAY(cstn__constellation) constellations;
	CSTN__ARRAY(cstn__member) members;
	CSTN__ARRAY(uint32_t) roles; /* names */
	CSTN__ARRAY(cstn__declaration) declarations;
	CSTN__ARRAY(cstn__place) places;
	CSTN__ARRAY(cstn__delivery) deliveries;
	CSTN__ARRAY(cstn__rival) rivals;
	CSTN__ARRAY(cstn__override) overrides;
	CSTN__ARRAY(cstn_id) override_paths; /* of the interner of paths */
	CSTN__ARRAY(cstn__signer) signers;
	CSTN__ARRAY(cstn__agreement) agreements;
	CSTN__ARRAY(cstn__rule) rules; /* of an agreement together, by digest */
	CSTN__ARRAY(cstn__duty) duties;
	CSTN__ARRAY(cstn__consideration) considerations;
	CSTN__ARRAY(cstn__usage) usages;
	/* Rules that speak of a path between two parties: (pair, path) -> run of `matches`. */
	CSTN__ARRAY(uint32_t) matches;
	CSTN__ARRAY(cstn__run) match_runs, pairs;
	/* key -> the first row of it, or the index of its run */
	cstn__i64_map constellation_of, members_of, declarations_of, places_of, deliveries_of,
			rivals_of, overrides_of, pair_of, match_of;
};

struct cstn_rules_builder {
	cstn_allocator allocator;
	cstn_rules *rules; /* what was added, in the order of its adding; no map is filled */
	uint32_t sets;     /* conflict sets */
};

static inline int64_t cstn__key3(uint32_t a, uint32_t b, uint32_t c)
{
	return (int64_t)((uint64_t)a << 42 | (uint64_t)b << 21 | c);
}

/* CSTN_E_INVALID_ARGUMENT unless it is an id of 1..64 bytes; then its code. */
cstn_status cstn__rules_add_name(cstn_rules *rules, const char *id, const char *what, uint32_t *out,
		cstn_error **error);
cstn_status cstn__window_check(int64_t from_us, int64_t until_us, cstn_error **error);
/* New rules that hold nothing. */
cstn_status cstn__rules_new(const cstn_allocator *allocator, cstn_rules **out, cstn_error **error);
/* Sort, resolve and index what was added; may be called again after a failure. */
cstn_status cstn__rules_compile(cstn_rules *rules, cstn_error **error);

#endif
