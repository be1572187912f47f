#ifndef CONSTELLATION_DECISION_H
#define CONSTELLATION_DECISION_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/agreement.h>
#include <constellation/alloc.h>
#include <constellation/constraint.h>
#include <constellation/export.h>
#include <constellation/network.h>
#include <constellation/party_keys.h>
#include <constellation/status.h>
#include <constellation/term.h>

/** @file decision.h
 *  May this company have these fields, for this purpose, now, and how exactly? Rules are compiled
 *  once from what a network holds or from what a program says; a request is decided against them by
 *  a pure function, which reads neither clock nor disk; the decision's canonical bytes are the
 *  record of it.
 *
 *  Unknown means no. A prohibition applies if its condition is true or unknown, a permission only
 *  if it is true, and all conditions of a permission must hold of that one permission. Any
 *  prohibition that applies denies. Of the permissions that pass their gates the finest is granted,
 *  never finer than the floors of the field's classes and, between competitors, of the firewall.
 *
 *  Ids are NUL-terminated text of 1..64 bytes, compared byte by byte. Times are microseconds UTC,
 *  intervals half open, INT64_MAX has no end. Rules, requests and decisions are immutable,
 *  refcounted and may be used by any number of threads at once; a builder belongs to one thread.
 *  Outputs are untouched on failure. */

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the digests of requests, decisions, terms and agreements: SHA-256. */
#define CSTN_DECISION_DIGEST_SIZE 32
/** Bytes of the nonce of a request. */
#define CSTN_REQUEST_NONCE_SIZE 16
/** The most fields of a request. */
#define CSTN_REQUEST_PATHS_MOST 4096
/** The most parties that data came through. */
#define CSTN_REQUEST_HOPS_MOST 8
/** The most facts of a request. */
#define CSTN_REQUEST_FACTS_MOST 4096

/* --- why: permanent codes, by the step that decides ------------------------------------------- */

#define CSTN_DECISION_PERMIT 0 /**< permitted */
/** Step 1: an unknown operand, purpose or path, or none */
#define CSTN_DECISION_INDETERMINATE 100
/** Step 2: a party, or the role claimed, is not in the constellation now */
#define CSTN_DECISION_NO_MEMBERSHIP 200
/** Step 2: the way the data came is too long, repeats a party or is not that of the agreements */
#define CSTN_DECISION_HOPS 210
#define CSTN_DECISION_NO_AGREEMENT 300 /**< step 3: no agreement is live */
#define CSTN_DECISION_SUSPENDED 310    /**< step 3: there is one, suspended */
#define CSTN_DECISION_PROHIBITED 500   /**< step 5: a prohibition applies */
#define CSTN_DECISION_NO_PERMIT 600    /**< step 6: no permission applies */
#define CSTN_DECISION_DUTY_PENDING 700 /**< step 7: a duty that comes before is not done */
#define CSTN_DECISION_DUTY_VIOLATED 710
#define CSTN_DECISION_CONSIDERATION 720 /**< step 7: what was promised in return is overdue */
#define CSTN_DECISION_FIREWALL 800      /**< step 8: the parties compete */
#define CSTN_DECISION_WALL 810          /**< step 8: the like of a rival was seen already */
#define CSTN_DECISION_LEVEL 820         /**< step 8: finer than what is granted */
#define CSTN_DECISION_BUDGET 900        /**< step 9: calls, rows or epsilon are spent */
/** Another field was denied, and CSTN_REQUEST_ALL_OR_NOTHING was set */
#define CSTN_DECISION_ALL_OR_NOTHING 1000

/** The name of a reason, "NO_PERMIT"; "" for a code this library does not know. Static memory. Any
 *  thread. O(reasons). @since 0.1 */
CSTN_API const char *cstn_decision_reason_name(int32_t reason);

/* --- requests --------------------------------------------------------------------------------- */

/** What is coarser than asked for is taken too, where what is asked for is not granted */
#define CSTN_REQUEST_DOWNGRADE_OK 1u
/** A field that is denied denies all of them */
#define CSTN_REQUEST_ALL_OR_NOTHING 2u

/** Who wants what from whom, what for, when. */
typedef struct cstn_request_options {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_REQUEST_... */
	const char *constellation;
	const char *provider;
	const char *recipient;
	const char *role;    /**< of the recipient, one it holds there; NULL: none is claimed */
	const char *purpose; /**< a node of the constellation's graph of purposes */
	uint32_t action;     /**< one of CSTN_ACTION_... */
	int32_t level;       /**< wanted: CSTN_LEVEL_...; 0: CSTN_LEVEL_RAW */
	/** n_paths fields, each `noun.field` or `noun[].field`, once; what is none, a star too, is
	 *  denied by itself as INDETERMINATE */
	const char *const *paths;
	size_t n_paths;        /**< at most CSTN_REQUEST_PATHS_MOST */
	int64_t data_from_us;  /**< what the data are about: from here ... */
	int64_t data_until_us; /**< ... to before here; both 0: not said */
	/** The parties that the data came through before the provider, the origin first */
	const char *const *hops;
	size_t n_hops;          /**< 0: the data are the provider's own */
	const cstn_fact *facts; /**< n_facts of what the host says; NULL with 0 */
	size_t n_facts;         /**< at most CSTN_REQUEST_FACTS_MOST */
	int64_t now_us;
	uint64_t rows; /**< at most so many; 0: as many as are left, number unknown */
	/** Privacy to be spent by noised cells. More than a term grants is finer than it grants:
	 * denied, or with CSTN_REQUEST_DOWNGRADE_OK capped; no more is reserved than is spent */
	uint64_t nano_epsilon;
	uint8_t nonce[CSTN_REQUEST_NONCE_SIZE]; /**< makes equal requests differ */
} cstn_request_options;
/* clang-format off */
#define CSTN_REQUEST_OPTIONS_INIT { sizeof(cstn_request_options), 0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, 0, 0, 0, NULL, 0, NULL, 0, 0, 0, 0, { 0 } }
/* clang-format on */

/** A request. Immutable, refcounted, any thread. */
typedef struct cstn_request cstn_request;

/** Make a request. What is malformed is refused here; what the rules do not know (a purpose, a
 *  field, an operand), and a path that is no field (a star), is denied by cstn_decide() as
 * INDETERMINATE.
 *  @param options  copied with all it points to
 *  @param out      release with cstn_request_unref()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for an id, flag, action, level or window that breaks
 *  its rule or a field named twice; CSTN_E_LIMIT above 4,096 fields or 8 hops; CSTN_E_STRUCT_SIZE;
 *  CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM. Any thread. O(size), sorted fields. @since 0.1 */
CSTN_API cstn_status cstn_request_new(const cstn_request_options *options,
		const cstn_allocator *allocator, cstn_request **out,
		cstn_error **error) CSTN_MUST_CHECK;
/** One more reference; NULL gives NULL. Any thread; given back with cstn_request_unref(). @since
 * 0.1
 */
CSTN_API cstn_request *cstn_request_ref(cstn_request *request);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_request_unref(cstn_request *request);

/** SHA-256 of `cstn/request/v1`, a line end and the request's canonical JSON. @param out
 *  CSTN_DECISION_DIGEST_SIZE bytes @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any
 *  thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_request_digest(
		const cstn_request *request, uint8_t *out, cstn_error **error) CSTN_MUST_CHECK;

/** The request as canonical JSON (RFC 8785). @param out free with cstn_buffer_free() @return
 *  CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_request_json(
		const cstn_request *request, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/* --- rules ------------------------------------------------------------------------------------ */

/** Everything a decision depends on, compiled. Immutable, refcounted, any thread. */
typedef struct cstn_rules cstn_rules;
/** Collects what rules are made of. One thread. */
typedef struct cstn_rules_builder cstn_rules_builder;

/** What a constellation adds to the least that the firewall asks for: it may tighten, never loosen;
 *  a value that would loosen counts as the default. */
typedef struct cstn_constellation_rules {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	const char *constellation;
	const char *framework;       /**< the framework agreement it works under; NULL: unknown */
	cstn_vocabulary *vocabulary; /**< purposes, roles, operands, classes; kept alive */
	int64_t contributors;        /**< companies in a cell, the recipient not counted; 0: 3 */
	int64_t max_share_permille;  /**< of the largest of them; 0: 600 */
	int64_t min_age_us;          /**< of data that competitors get; 0: 90 days */
	int64_t rows;                /**< rows in a cell; 0: 1 */
	int64_t wall_us;    /**< how long a wall stands after a delivery; 0: there is none */
	int64_t values;     /**< different sensitive values in a cell (l); 0: 1 */
	int64_t t_permille; /**< how far a cell's values may be from all, 1..1000; 0: 1000 */
} cstn_constellation_rules;
/* clang-format off */
#define CSTN_CONSTELLATION_RULES_INIT { sizeof(cstn_constellation_rules), 0, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** An agreement as it stands. */
typedef struct cstn_rules_agreement {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_RULES_AGREEMENT_... */
	const char *constellation;
	const char *provider;
	const char *recipient;
	uint8_t digest[CSTN_DECISION_DIGEST_SIZE]; /**< of the agreement */
	/** Of the agreement that it passes on data of; zeros: it passes on nothing */
	uint8_t parent[CSTN_DECISION_DIGEST_SIZE];
	int32_t state; /**< CSTN_AGREEMENT_..., as stored: what the clock does is computed */
	int32_t reserved0;
	int64_t signed_us; /**< when it was finalized */
	int64_t valid_from_us;
	int64_t valid_until_us;
	int64_t effective_us;        /**< of a retirement under way; else INT64_MAX */
	cstn_term *const *terms;     /**< n_terms of them; each is kept alive */
	const uint8_t *term_parents; /**< NULL, or a digest a term: the term it derives from */
	size_t n_terms;
} cstn_rules_agreement;
/** RETIRING, entered from PENDING or SUSPENDED: it denies */
#define CSTN_RULES_AGREEMENT_RETIRING_SUSPENDED 1u
/* clang-format off */
#define CSTN_RULES_AGREEMENT_INIT { sizeof(cstn_rules_agreement), 0, NULL, NULL, NULL, { 0 }, { 0 }, 0, 0, 0, 0, INT64_MAX, INT64_MAX, NULL, NULL, 0 }
/* clang-format on */

/** What of a term's limits is used. */
typedef struct cstn_rules_usage {
	uint32_t struct_size;
	uint32_t flags;                               /**< 0 */
	uint8_t agreement[CSTN_DECISION_DIGEST_SIZE]; /**< digest */
	uint8_t term[CSTN_DECISION_DIGEST_SIZE];      /**< digest */
	int64_t at_us;         /**< when it was counted: windows that began later are unused */
	uint64_t calls;        /**< in the window of that time */
	uint64_t rows;         /**< in the window of that time */
	uint64_t rows_in_all;  /**< ever */
	uint64_t nano_epsilon; /**< in the period of that time */
} cstn_rules_usage;
/* clang-format off */
#define CSTN_RULES_USAGE_INIT { sizeof(cstn_rules_usage), 0, { 0 }, { 0 }, 0, 0, 0, 0, 0 }
/* clang-format on */

/** How a duty of a term stands. */
typedef struct cstn_rules_duty {
	uint32_t struct_size;
	uint32_t flags;                               /**< 0 */
	uint8_t agreement[CSTN_DECISION_DIGEST_SIZE]; /**< digest */
	uint8_t term[CSTN_DECISION_DIGEST_SIZE];      /**< digest */
	uint32_t index;      /**< of the duty in the term, or CSTN_RULES_DUTY_RETENTION */
	int32_t state;       /**< CSTN_DUTY_PENDING, _FULFILLED, _VIOLATED or _WAIVED */
	int64_t deadline_us; /**< a pending duty past it counts as violated; INT64_MAX: none */
} cstn_rules_duty;
/** The duty that a release makes: delete, destroy or return what was delivered */
#define CSTN_RULES_DUTY_RETENTION UINT32_MAX
/** Index of the duty that ends what was delivered, once its agreement is retired: what `revocation`
 *  of the term says. It changes no decision. */
#define CSTN_RULES_DUTY_REVOCATION (UINT32_MAX - 1)
/* clang-format off */
#define CSTN_RULES_DUTY_INIT { sizeof(cstn_rules_duty), 0, { 0 }, { 0 }, 0, 0, INT64_MAX }
/* clang-format on */

/** How a consideration of a term stands. */
typedef struct cstn_rules_consideration {
	uint32_t struct_size;
	uint32_t flags;                               /**< 0 */
	uint8_t agreement[CSTN_DECISION_DIGEST_SIZE]; /**< digest */
	uint8_t term[CSTN_DECISION_DIGEST_SIZE];      /**< digest */
	uint32_t index;                               /**< of the consideration in the term */
	int32_t state; /**< CSTN_CONSIDERATION_CURRENT, _DUE, _OVERDUE or _UNKNOWN */
	/** When what is current falls due; it is overdue after the term's grace. INT64_MAX: the
	 *  state stands as it is given. One of which nothing is said stands by its due rule */
	int64_t due_us;
} cstn_rules_consideration;
/* clang-format off */
#define CSTN_RULES_CONSIDERATION_INIT { sizeof(cstn_rules_consideration), 0, { 0 }, { 0 }, 0, 0, INT64_MAX }
/* clang-format on */

/** A new builder. @param out free with cstn_rules_builder_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_new(const cstn_allocator *allocator,
		cstn_rules_builder **out, cstn_error **error) CSTN_MUST_CHECK;
/** Free; NULL is allowed. The builder's thread. @since 0.1 */
CSTN_API void cstn_rules_builder_free(cstn_rules_builder *builder);

/** The number that decisions name these rules by, such as cstn_snapshot_seq(); 0 until it is set.
 *  The builder's thread. O(1). @since 0.1 */
CSTN_API void cstn_rules_builder_set_version(cstn_rules_builder *builder, uint64_t version);

/** Add a constellation; others may be added before or after. @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT for an id or a negative number; CSTN_E_DUPLICATE; CSTN_E_STRUCT_SIZE;
 *  CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM. The builder's thread. O(constellations). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_constellation(cstn_rules_builder *builder,
		const cstn_constellation_rules *rules, cstn_error **error) CSTN_MUST_CHECK;

/** Add a membership; a party may have several, of which those that hold now count together.
 *  @param roles  n_roles roles; none: it is a member without a role @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT for an id or until_us that is not after from_us; CSTN_E_NOMEM. The
 *  builder's thread. O(roles). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_membership(cstn_rules_builder *builder,
		const char *constellation, const char *party, const char *const *roles,
		size_t n_roles, int64_t from_us, int64_t until_us,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add what one party declares another to be. Effective is COMPETITOR if either side says so now,
 *  PARTNER if both do, NEUTRAL if both have declared something, else UNDECLARED, which counts as
 *  COMPETITOR. Of several declarations of one side that hold now the worst counts.
 *  @param relation  CSTN_RELATION_PARTNER, _NEUTRAL or _COMPETITOR @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_relation(cstn_rules_builder *builder,
		const char *constellation, const char *declarer, const char *other,
		int32_t relation, int64_t from_us, int64_t until_us,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add an agreement with its terms. @return CSTN_OK; CSTN_E_INVALID_ARGUMENT, also for a term of
 *  other parties or of another constellation; CSTN_E_DUPLICATE for
 *  a digest that came before; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM. The
 *  builder's thread. O(terms). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_agreement(cstn_rules_builder *builder,
		const cstn_rules_agreement *agreement, cstn_error **error) CSTN_MUST_CHECK;

/** Add an agreement that was signed, as it stands: its parties, chain of transitions and holds are
 *  taken from it.
 *  @param agreement    what is added is its state; a later transition needs new rules
 *  @param terms        the set that it was made of; its terms are kept alive
 *  @param term_parents NULL, or a digest a term in the order of the set: what it derives from;
 * zeros: nothing
 *  @return as cstn_rules_builder_add_agreement(); CSTN_E_MISMATCH for another set of terms. The
 *  builder's thread. O(terms). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_signed(cstn_rules_builder *builder,
		const cstn_agreement *agreement, const cstn_term_set *terms,
		const uint8_t *term_parents, cstn_error **error) CSTN_MUST_CHECK;

/** Add what of a term's limits is used; the last one of a term counts. Unless added, nothing is
 *  used. @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW;
 *  CSTN_E_NOMEM. The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_usage(cstn_rules_builder *builder,
		const cstn_rules_usage *usage, cstn_error **error) CSTN_MUST_CHECK;

/** Add how a duty stands; one duty may have several, one a release. A duty that is not added is
 *  pending without a deadline. @return as cstn_rules_builder_add_usage(). The builder's thread.
 *  O(1). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_duty(cstn_rules_builder *builder,
		const cstn_rules_duty *duty, cstn_error **error) CSTN_MUST_CHECK;

/** Add how a consideration stands; the last one counts. What is not added is UNKNOWN, but for
 *  EXPLICIT_NONE, which is always current. @return as cstn_rules_builder_add_usage(). The
 *  builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_consideration(cstn_rules_builder *builder,
		const cstn_rules_consideration *consideration, cstn_error **error) CSTN_MUST_CHECK;

/** Add a conflict set: parties between which a wall stands in a constellation. @param parties
 *  n_parties of them, at least 2 @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. The
 *  builder's thread. O(parties). Method: Brewer and Nash (1989). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_conflict_set(cstn_rules_builder *builder,
		const char *constellation, const char *const *parties, size_t n_parties,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add that a recipient has received fields of some classes from a provider. @param classes bits of
 *  CSTN_CLASS_... @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. The builder's thread.
 *  O(1). @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_delivery(cstn_rules_builder *builder,
		const char *constellation, const char *provider, const char *recipient,
		uint32_t classes, int64_t at_us, cstn_error **error) CSTN_MUST_CHECK;

/** What an override lets through the firewall. Set struct_size. */
typedef struct cstn_override {
	uint32_t struct_size;
	int32_t level; /**< CSTN_LEVEL_RAW .. CSTN_LEVEL_GENERALISED: as fine as that */
	const char *constellation;
	const char *provider;
	const char *recipient;
	const char *const *paths; /**< n_paths fields, stars among them; 1..64 */
	size_t n_paths;
	int64_t from_us;
	int64_t until_us; /**< later than from_us, and not INT64_MAX: an override ends */
} cstn_override;
/* clang-format off */
#define CSTN_OVERRIDE_INIT { sizeof(cstn_override), 0, NULL, NULL, NULL, NULL, 0, 0, 0 }
/* clang-format on */
/** The most fields of an override. */
#define CSTN_OVERRIDE_PATHS_MOST 64

/** The text of an override, which two officers of the provider sign with cstn_note_sign().
 *  @param out free with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with value and
 *  rule; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM. Any thread. O(fields).
 *  @since 0.1 */
CSTN_API cstn_status cstn_override_format(const cstn_override *override,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add an override: a signed note. It opens the firewall for its fields while it lasts and while at
 *  least two different officer keys of the provider that have signed it hold; data may still not be
 *  passed on.
 *  @param keys  the book in which the provider's CSTN_PARTY_KEY_OFFICER keys stand; read only
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte; CSTN_E_SIGNATURE unless two different officer keys
 *  have signed; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. The builder's thread. Cost: an Ed25519
 *  verification a signature. @since 0.1 */
CSTN_API cstn_status cstn_rules_builder_add_override(cstn_rules_builder *builder, const char *note,
		size_t note_len, const cstn_party_keys *keys, cstn_error **error) CSTN_MUST_CHECK;

/** Compile what was added; the builder is empty after, and as it was on failure. @param out release
 *  with cstn_rules_unref() @return CSTN_OK; CSTN_E_NOT_FOUND for an agreement of a constellation,
 * or a usage, duty or consideration of an agreement or term, that was not added; CSTN_E_UNEVALUABLE
 * for a term whose purpose, role or operands the vocabulary lacks; CSTN_E_LIMIT; CSTN_E_NOMEM. The
 * builder's thread. O(n log n) of all that was added.
 *  @since 0.1 */
CSTN_API cstn_status cstn_rules_build(
		cstn_rules_builder *builder, cstn_rules **out, cstn_error **error) CSTN_MUST_CHECK;
/** One more reference; NULL gives NULL. Any thread; given back with cstn_rules_unref(). @since 0.1
 */
CSTN_API cstn_rules *cstn_rules_ref(cstn_rules *rules);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_rules_unref(cstn_rules *rules);
/** What cstn_rules_builder_set_version() set; 0 for NULL. Any thread. O(1). @since 0.1 */
CSTN_API uint64_t cstn_rules_version(const cstn_rules *rules);

/* --- decisions -------------------------------------------------------------------------------- */

/** What was decided. Immutable, refcounted, any thread. Keeps rules and request alive. */
typedef struct cstn_decision cstn_decision;

/** Decide. Pure: the same rules and the same request give the same bytes, on any thread.
 *  @param out  release with cstn_decision_unref(); a denial is a decision too
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for NULL; CSTN_E_NOMEM. Any thread. One allocation,
 *  which is *out. O(fields x terms that speak of them); a condition over one operand
 *  costs a binary search.
 *  Method: the steps of the reasons above, in their order; Kleene's logic of three values; deny
 *  overrides; one permission must grant all by itself. @since 0.1 */
CSTN_API cstn_status cstn_decide(cstn_rules *rules, cstn_request *request, cstn_decision **out,
		cstn_error **error) CSTN_MUST_CHECK;
/** One more reference; NULL gives NULL. Any thread; given back with cstn_decision_unref(). @since
 * 0.1
 */
CSTN_API cstn_decision *cstn_decision_ref(cstn_decision *decision);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_decision_unref(cstn_decision *decision);

/** 1 if every field is permitted, else 0, also for NULL. Any thread. O(1). @since 0.1 */
CSTN_API int32_t cstn_decision_is_permitted(const cstn_decision *decision);
/** The reason of the first field that is denied, by path; CSTN_DECISION_PERMIT if none is. Without
 * a field CSTN_DECISION_INDETERMINATE, also for NULL. Any thread. O(1). @since 0.1 */
CSTN_API int32_t cstn_decision_reason(const cstn_decision *decision);
/** How many fields: those of the request, in the order of their bytes. Any thread. @since 0.1 */
CSTN_API size_t cstn_decision_count(const cstn_decision *decision);

/** What was decided of a field. Set struct_size before it is filled. */
typedef struct cstn_decision_field {
	uint32_t struct_size;
	int32_t reason;   /**< CSTN_DECISION_...; CSTN_DECISION_PERMIT: it may leave */
	const char *path; /**< borrowed from the decision, as all texts */
	const cstn_term_granularity *granularity;     /**< that it may leave at; borrowed */
	uint32_t classes;                             /**< CSTN_CLASS_... of the field */
	uint32_t flags;                               /**< CSTN_DECISION_FIELD_... */
	uint8_t agreement[CSTN_DECISION_DIGEST_SIZE]; /**< that grants; zeros if denied */
	uint8_t term[CSTN_DECISION_DIGEST_SIZE];      /**< that grants; zeros if denied */
	int64_t retention_us; /**< from delivery; INT64_MAX: none is asked for */
	int64_t min_age_us;   /**< younger rows stay */
} cstn_decision_field;
/** It was wanted finer than it is granted, and CSTN_REQUEST_DOWNGRADE_OK was set */
#define CSTN_DECISION_FIELD_DOWNGRADED 1u
/** The parties compete, or have not declared: what the firewall asks for is in the parameters */
#define CSTN_DECISION_FIELD_FIREWALL 2u
/** An override note opened the firewall */
#define CSTN_DECISION_FIELD_OVERRIDE 4u
/** It may not be passed on, whatever the term says */
#define CSTN_DECISION_FIELD_NO_ONWARD 8u
/** A consideration of the term is overdue or unknown, which its gate only notes */
#define CSTN_DECISION_FIELD_ADVISED 16u

/** Fill `out` with field `index`. @param out struct_size set @return CSTN_OK; CSTN_E_NOT_FOUND past
 *  the end; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE. Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_decision_field_at(const cstn_decision *decision, size_t index,
		cstn_decision_field *out, cstn_error **error) CSTN_MUST_CHECK;

/** What is to be done because of the release. Set struct_size before it is filled. */
typedef struct cstn_decision_obligation {
	uint32_t struct_size;
	uint32_t index;      /**< of the duty in the term, or CSTN_RULES_DUTY_RETENTION */
	const char *action;  /**< what is to be done, borrowed from the decision */
	int64_t deadline_us; /**< by when; INT64_MAX: no deadline */
	uint8_t agreement[CSTN_DECISION_DIGEST_SIZE];
	uint8_t term[CSTN_DECISION_DIGEST_SIZE];
} cstn_decision_obligation;

/** How many obligations: of each term that grants its ONGOING and AFTER duties that are not done,
 *  and its retention. Any thread. O(fields). @since 0.1 */
CSTN_API size_t cstn_decision_obligation_count(const cstn_decision *decision);
/** Fill `out` with obligation `index`; order is that of terms by digest, then of duties. @return as
 *  cstn_decision_field_at(). Any thread. O(fields). @since 0.1 */
CSTN_API cstn_status cstn_decision_obligation_at(const cstn_decision *decision, size_t index,
		cstn_decision_obligation *out, cstn_error **error) CSTN_MUST_CHECK;

/** What is to be charged to a term before anything leaves. Set struct_size before it is filled. */
typedef struct cstn_decision_reservation {
	uint32_t struct_size;
	uint32_t reserved0;
	uint8_t agreement[CSTN_DECISION_DIGEST_SIZE];
	uint8_t term[CSTN_DECISION_DIGEST_SIZE];
	uint64_t calls;
	uint64_t rows; /**< UINT64_MAX: no limit and no number asked for */
	uint64_t nano_epsilon;
} cstn_decision_reservation;

/** How many reservations: one a term that grants, and one a term that it derives from. Any thread.
 *  O(fields). @since 0.1 */
CSTN_API size_t cstn_decision_reservation_count(const cstn_decision *decision);
/** Fill `out` with reservation `index`, by digest of the term. @return as cstn_decision_field_at().
 *  Any thread. O(fields). @since 0.1 */
CSTN_API cstn_status cstn_decision_reservation_at(const cstn_decision *decision, size_t index,
		cstn_decision_reservation *out, cstn_error **error) CSTN_MUST_CHECK;

/** The decision record: canonical JSON (RFC 8785) with verdict, reason, level and term of each
 *  field, obligations, reservations, version of the rules and digest of the request. For the
 *  provider's log: it names fields and reasons, no value. @param out free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(fields). @since 0.1 */
CSTN_API cstn_status cstn_decision_record(const cstn_decision *decision, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;
/** SHA-256 of `cstn/decision/v1`, a line end and the decision record. @param out
 *  CSTN_DECISION_DIGEST_SIZE bytes @return as cstn_decision_record(). Any thread. O(fields).
 *  @since 0.1 */
CSTN_API cstn_status cstn_decision_digest(
		const cstn_decision *decision, uint8_t *out, cstn_error **error) CSTN_MUST_CHECK;

/** The path through the steps as text, for the provider only: a line a field and a line a term that
 *  speaks of it, with what made it apply or fail. The wording is not part of the ABI. @param out
 *  free with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread.
 *  O(fields x terms). @since 0.1 */
CSTN_API cstn_status cstn_decision_explain(const cstn_decision *decision, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The finest request that would pass now in place of the one decided, for the provider only: the
 *  fields that can be had, at the finest level at which all of them can, with the rows that are
 *  left and data as old as the firewall asks. @param out release with cstn_request_unref() @return
 *  CSTN_OK; CSTN_E_NOT_FOUND if nothing would pass; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any
 *  thread. Some decisions. @since 0.1 */
CSTN_API cstn_status cstn_decision_suggest(const cstn_decision *decision, cstn_request **out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
