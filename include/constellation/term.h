#ifndef CONSTELLATION_TERM_H
#define CONSTELLATION_TERM_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/constraint.h>
#include <constellation/export.h>
#include <constellation/status.h>

/** @file term.h
 *  The terms on which one company lets another have data: what, for what, how fine, until when,
 * what becomes of it, and what is given in return.
 *
 *  A term is built once and never changes. It has a canonical text (JSON by RFC 8785), a digest,
 * the SHA-256 of `cstn/terms/v1`, a line end and that text, and words that people read. Both
 * parties who hold the same digest mean the same terms. A *set* of terms is what is negotiated.
 *
 *  A term that passes data on must be *within* the term that the data came under, component by
 *  component: cstn_term_is_within().
 *
 *  Ids are UTF-8 without control characters, NUL-terminated, compared byte by byte; parties and
 *  constellations have 1..64 bytes, other ids 1..255. Paths are `noun.field`, `noun[].field` or a
 *  noun's `noun.*`. Times are microseconds UTC, intervals half open; INT64_MIN and INT64_MAX are no
 *  begin and no end. Durations are microseconds.
 *
 *  Terms and sets are immutable and refcounted: any number of threads may read them. A builder
 *  belongs to one thread. Outputs are untouched on failure. */

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the digest of a term or a set: SHA-256. */
#define CSTN_TERM_DIGEST_SIZE 32
/** The most paths of a term. */
#define CSTN_TERM_FIELDS_MOST 4096
/** The most roles, parties, considerations, duties, documents or steps of a term; each. */
#define CSTN_TERM_ITEMS_MOST 1024
/** The most terms of a set. */
#define CSTN_TERM_SET_MOST 4096
/** The most bytes of the JSON of a term or a set. */
#define CSTN_TERM_JSON_MOST 16777216
/** How long a chain of consequences of a duty is at most. */
#define CSTN_TERM_CONSEQUENCES_MOST 8
/** The most parties that data may pass through. */
#define CSTN_TERM_HOPS_MOST 8

/* --- words of terms --------------------------------------------------------------------------- */

#define CSTN_EFFECT_PERMIT 1
#define CSTN_EFFECT_PROHIBIT 2

#define CSTN_LEVEL_RAW 1         /**< the value */
#define CSTN_LEVEL_PSEUDONYM 2   /**< a token in its place */
#define CSTN_LEVEL_GENERALISED 3 /**< its bucket or ancestor */
#define CSTN_LEVEL_AGGREGATED 4  /**< cells of many rows and companies */
#define CSTN_LEVEL_NOISED 5      /**< cells with noise */
#define CSTN_LEVEL_EXISTENCE 6   /**< whether there is any */

#define CSTN_ONWARD_NONE 0               /**< to nobody else */
#define CSTN_ONWARD_LIST 1               /**< to the parties named */
#define CSTN_ONWARD_SAME_CONSTELLATION 2 /**< to members of the constellation */

#define CSTN_DELIVERED_KEEP 0        /**< what was delivered stays */
#define CSTN_DELIVERED_DELETE 1      /**< it is deleted */
#define CSTN_DELIVERED_DESTROY_KEY 2 /**< its key is destroyed, backups included */
#define CSTN_DELIVERED_RETURN 3      /**< it is handed back, and deleted */

#define CSTN_REVOCATION_PROVIDER 1
#define CSTN_REVOCATION_RECIPIENT 2
#define CSTN_REVOCATION_BOTH 3

#define CSTN_CONSIDERATION_EXPLICIT_NONE 1 /**< a gift, and said to be one */
#define CSTN_CONSIDERATION_MONEY 2
#define CSTN_CONSIDERATION_RECIPROCAL 3 /**< data in return, under another term */
#define CSTN_CONSIDERATION_SERVICE 4
#define CSTN_CONSIDERATION_DISCOUNT 5

#define CSTN_GATE_HARD 0   /**< denies while overdue or unknown */
#define CSTN_GATE_ADVISE 1 /**< only marks the record */

/* How a consideration or a duty stands; not part of a term. */
#define CSTN_CONSIDERATION_CURRENT 1
#define CSTN_CONSIDERATION_DUE 2 /**< within its grace */
#define CSTN_CONSIDERATION_OVERDUE 3
#define CSTN_CONSIDERATION_UNKNOWN 4
#define CSTN_DUTY_PENDING 1
#define CSTN_DUTY_FULFILLED 2
#define CSTN_DUTY_VIOLATED 3
#define CSTN_DUTY_WAIVED 4

#define CSTN_DUTY_BEFORE 1  /**< before data are released */
#define CSTN_DUTY_ONGOING 2 /**< while the agreement lives */
#define CSTN_DUTY_AFTER 3   /**< after a release, or after the end */

#define CSTN_DUE_NONE 0          /**< without a deadline */
#define CSTN_DUE_AT 1            /**< at the instant `due_us` */
#define CSTN_DUE_AFTER_START 2   /**< `due_us` after the agreement becomes valid */
#define CSTN_DUE_AFTER_RELEASE 3 /**< `due_us` after each release */
#define CSTN_DUE_AFTER_END 4     /**< `due_us` after the agreement ends */
#define CSTN_DUE_EVERY 5         /**< each time `due_us` have passed since it became valid */

/** Flag: COMPETITIVE data at level RAW are meant, though the parties compete elsewhere. */
#define CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED 1u
/** Flag: the record of a release has a SHA-256 of what left. */
#define CSTN_TERM_PROOF_OF_CONTENT 2u
/** Flag: identifiers with so few plausible values that all can be tried are meant, see psi.h */
#define CSTN_TERM_SMALL_KIND_ACKNOWLEDGED 4u

/* Components, in the order in which they are compared; cstn_term_component_name() names them. */
#define CSTN_TERM_EFFECT 1
#define CSTN_TERM_PROVIDER 2
#define CSTN_TERM_RECIPIENT 3
#define CSTN_TERM_CONSTELLATION 4
#define CSTN_TERM_FIELDS 5
#define CSTN_TERM_PURPOSE 6
#define CSTN_TERM_ACTIONS 7
#define CSTN_TERM_ACCESS_WINDOW 8
#define CSTN_TERM_DATA_WINDOW 9
#define CSTN_TERM_GRANULARITY 10
#define CSTN_TERM_ONWARD 11
#define CSTN_TERM_RETENTION 12
#define CSTN_TERM_REVOCATION 13
#define CSTN_TERM_LIMITS 14
#define CSTN_TERM_CONSIDERATION 15
#define CSTN_TERM_DUTIES 16
#define CSTN_TERM_CONSTRAINT 17
#define CSTN_TERM_LEGAL_TEXT 18
#define CSTN_TERM_LEGAL_BASIS 19
#define CSTN_TERM_FLAGS 20

/** The word for a component, "access window"; "" for a number that is none. Static memory. Any
 *  thread. O(1). @since 0.1 */
CSTN_API const char *cstn_term_component_name(int32_t component);

/* --- components of several values ------------------------------------------------------------- */

/** What the data are about, and how old they are when they leave. */
typedef struct cstn_term_data_window {
	uint32_t struct_size;
	uint32_t flags;        /**< 0 */
	int64_t data_from_us;  /**< INT64_MIN: no begin */
	int64_t data_until_us; /**< INT64_MAX: no end */
	int64_t min_age_us;    /**< at least so old; 0: any */
	int64_t max_age_us;    /**< at most so old; INT64_MAX: any */
} cstn_term_data_window;
/* clang-format off */
#define CSTN_TERM_DATA_WINDOW_INIT { sizeof(cstn_term_data_window), 0, INT64_MIN, INT64_MAX, 0, INT64_MAX }
/* clang-format on */

/** How coarse the values of a field become. */
typedef struct cstn_term_step {
	uint32_t struct_size;
	uint32_t flags;   /**< 0 */
	const char *path; /**< a field of the term, or its star */
	int64_t step; /**< at least 1: levels up, or the width of a bucket in the field's unit */
} cstn_term_step;
/* clang-format off */
#define CSTN_TERM_STEP_INIT { sizeof(cstn_term_step), 0, NULL, 0 }
/* clang-format on */

/** How fine data may leave. Parameters of other levels are 0. */
typedef struct cstn_term_granularity {
	uint32_t struct_size;
	uint32_t flags;    /**< 0 */
	int32_t level;     /**< CSTN_LEVEL_... */
	int32_t grid_bits; /**< NOISED: noise on a grid of 2^-grid_bits, 0..62 */
	int64_t epoch;     /**< PSEUDONYM: another epoch, other tokens; at least 0 */
	/** GENERALISED: n_steps fields; those not named have a step of 1 */
	const cstn_term_step *const *steps;
	size_t n_steps;
	int64_t k;                  /**< AGGREGATED: rows in a cell; 0: 1 */
	int64_t l;                  /**< AGGREGATED: distinct sensitive values; 0: 1 */
	int64_t t_permille;         /**< AGGREGATED: t-closeness, 1..1000; 0: 1000, any */
	int64_t contributors;       /**< AGGREGATED: companies in a cell; 0: 1 */
	int64_t max_share_permille; /**< AGGREGATED: of the largest, 1..1000; 0: 1000, any */
	int64_t sensitivity;        /**< NOISED: what one subject changes, at least 1 */
	int64_t nano_epsilon;       /**< NOISED: of an answer, at least 1 */
	int64_t threshold;          /**< EXISTENCE: a count below it is "fewer"; at least 0 */
} cstn_term_granularity;
/* clang-format off */
#define CSTN_TERM_GRANULARITY_INIT { sizeof(cstn_term_granularity), 0, 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** To whom the recipient may pass data on. */
typedef struct cstn_term_onward {
	uint32_t struct_size;
	uint32_t flags;             /**< 0 */
	int32_t to;                 /**< CSTN_ONWARD_... */
	int32_t max_hops;           /**< 0 with NONE, else 1..8 */
	const char *const *parties; /**< LIST: n_parties of them */
	size_t n_parties;
} cstn_term_onward;
/* clang-format off */
#define CSTN_TERM_ONWARD_INIT { sizeof(cstn_term_onward), 0, 0, 0, NULL, 0 }
/* clang-format on */

/** How long delivered data may be held, and what happens then. */
typedef struct cstn_term_retention {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	int64_t max_us; /**< from delivery, at least 1; INT64_MAX: no limit */
	int32_t then;   /**< CSTN_DELIVERED_DELETE, DESTROY_KEY or RETURN; KEEP without a limit */
	int32_t proof;  /**< 1: a signed receipt is owed */
} cstn_term_retention;
/* clang-format off */
#define CSTN_TERM_RETENTION_INIT { sizeof(cstn_term_retention), 0, INT64_MAX, 0, 0 }
/* clang-format on */

/** Who may end the agreement before its time, and what becomes of what was delivered. */
typedef struct cstn_term_revocation {
	uint32_t struct_size;
	uint32_t flags;    /**< 0 */
	int32_t by;        /**< CSTN_REVOCATION_...; 0: BOTH */
	int32_t delivered; /**< CSTN_DELIVERED_KEEP, DELETE or DESTROY_KEY */
	int64_t notice_us; /**< at least 0 */
} cstn_term_revocation;
/* clang-format off */
#define CSTN_TERM_REVOCATION_INIT { sizeof(cstn_term_revocation), 0, 0, 0, 0 }
/* clang-format on */

/** How much. 0 is no limit, in each. */
typedef struct cstn_term_limits {
	uint32_t struct_size;
	uint32_t flags;       /**< 0 */
	int64_t calls;        /**< in each window */
	int64_t rows;         /**< in each window */
	int64_t window_us;    /**< windows begin at its multiples since 1970; with calls or rows */
	int64_t rows_in_all;  /**< ever */
	int64_t nano_epsilon; /**< in each period */
	int64_t period_us;    /**< periods begin at its multiples since 1970; with nano_epsilon */
} cstn_term_limits;
/* clang-format off */
#define CSTN_TERM_LIMITS_INIT { sizeof(cstn_term_limits), 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** What is given in return. Members of other kinds are 0 or NULL. */
typedef struct cstn_term_consideration {
	uint32_t struct_size;
	uint32_t flags;                      /**< 0 */
	int32_t kind;                        /**< CSTN_CONSIDERATION_EXPLICIT_NONE ... DISCOUNT */
	int32_t due;                         /**< CSTN_DUE_...; NONE for EXPLICIT_NONE */
	int64_t due_us;                      /**< see CSTN_DUE_...; 0 with NONE */
	int64_t grace_us;                    /**< after it is due, at least 0 */
	int32_t gate;                        /**< CSTN_GATE_...; HARD (0) for EXPLICIT_NONE */
	int32_t basis_points;                /**< DISCOUNT: 1..10000 */
	int64_t amount_minor;                /**< MONEY: at least 1 */
	const char *currency;                /**< MONEY: three capital letters (ISO 4217) */
	const char *service;                 /**< SERVICE: its id */
	uint8_t term[CSTN_TERM_DIGEST_SIZE]; /**< RECIPROCAL: the digest of the other term */
	int64_t min_completeness_permille;   /**< RECIPROCAL: 0..1000 */
	int64_t max_staleness_us;            /**< RECIPROCAL: at least 0; 0: any */
} cstn_term_consideration;
/* clang-format off */
#define CSTN_TERM_CONSIDERATION_INIT { sizeof(cstn_term_consideration), 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, { 0 }, 0, 0 }
/* clang-format on */

/** What the recipient must do. */
typedef struct cstn_term_duty {
	uint32_t struct_size;
	uint32_t flags;     /**< 0 */
	int32_t phase;      /**< CSTN_DUTY_BEFORE, ONGOING or AFTER */
	int32_t due;        /**< CSTN_DUE_... */
	int64_t due_us;     /**< see CSTN_DUE_...; 0 with NONE */
	const char *action; /**< an id: "delete", "pay", "attribute" */
	/** The duty that begins when this one is violated; NULL: none */
	const struct cstn_term_duty *consequence;
} cstn_term_duty;
/* clang-format off */
#define CSTN_TERM_DUTY_INIT { sizeof(cstn_term_duty), 0, 0, 0, 0, NULL, NULL }
/* clang-format on */

/** A document that both bind themselves to. Not evaluated: words do not decide. */
typedef struct cstn_term_document {
	uint32_t struct_size;
	uint32_t flags;     /**< 0 */
	const char *title;  /**< 1..255 bytes */
	uint8_t sha256[32]; /**< of the document's bytes */
} cstn_term_document;
/* clang-format off */
#define CSTN_TERM_DOCUMENT_INIT { sizeof(cstn_term_document), 0, NULL, { 0 } }
/* clang-format on */

/** All of a term. Lists are sorted and hold nothing twice (considerations may repeat); the index of
 *  a duty or consideration here is its number everywhere. Parts that were not set hold their
 *  defaults and are never NULL. Grows at its end: read it only through the pointer. */
typedef struct cstn_term_view {
	uint32_t struct_size;
	uint32_t flags;   /**< CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED and the other flags of terms */
	int32_t effect;   /**< CSTN_EFFECT_... */
	uint32_t actions; /**< CSTN_ACTION_... */
	const char *provider;
	const char *recipient; /**< NULL: whoever has one of the roles */
	const char *const *recipient_roles;
	size_t n_recipient_roles;
	const char *constellation;
	const char *const *fields; /**< paths; what a star covers is not listed beside it */
	size_t n_fields;
	const char *purpose;
	int64_t valid_from_us;  /**< INT64_MIN: no begin */
	int64_t valid_until_us; /**< INT64_MAX: no end */
	const cstn_term_data_window *data_window;
	const cstn_term_granularity *granularity;
	const cstn_term_onward *onward;
	const cstn_term_retention *retention;
	const cstn_term_revocation *revocation;
	const cstn_term_limits *limits;
	const cstn_term_consideration *const *considerations;
	size_t n_considerations;
	const cstn_term_duty *const *duties;
	size_t n_duties;
	const cstn_term_document *const *documents;
	size_t n_documents;
	const char *legal_basis; /**< NULL, or the code of the legal basis for personal data */
	const cstn_constraint *constraint; /**< NULL: no condition */
	const char *constraint_json;       /**< NULL, or its canonical JSON */
} cstn_term_view;

/* --- building --------------------------------------------------------------------------------- */

/** A term. Immutable, refcounted, any thread. */
typedef struct cstn_term cstn_term;
/** Makes terms. One thread. All that is given to it is copied. What is set twice is replaced; what
 *  is added is added. After CSTN_E_NOMEM it may only be freed. */
typedef struct cstn_term_builder cstn_term_builder;

/** A builder that permits; everything else is unset.
 *  @param allocator NULL: libc; terms inherit it
 *  @param out       free with cstn_term_builder_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_new(const cstn_allocator *allocator, cstn_term_builder **out,
		cstn_error **error) CSTN_MUST_CHECK;
/** Free; NULL is allowed. The builder's thread. @since 0.1 */
CSTN_API void cstn_term_builder_free(cstn_term_builder *builder);

/** Permit or prohibit. @param effect CSTN_EFFECT_...; PERMIT unless set @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT. The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_effect(
		cstn_term_builder *builder, int32_t effect, cstn_error **error) CSTN_MUST_CHECK;
/** Whose data. Required. @param party 1..64 bytes, NUL-terminated @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. The builder's thread. O(len). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_provider(
		cstn_term_builder *builder, const char *party, cstn_error **error) CSTN_MUST_CHECK;
/** Who gets them. Required, unless roles are added. @param party 1..64 bytes, NUL-terminated
 *  @return as cstn_term_builder_set_provider(). The builder's thread. O(len). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_recipient(
		cstn_term_builder *builder, const char *party, cstn_error **error) CSTN_MUST_CHECK;
/** Whoever has a role of the constellation gets them; one of several. In place of a recipient.
 *  @param role 1..255 bytes, NUL-terminated @return as cstn_term_builder_set_provider();
 *  CSTN_E_LIMIT. The builder's thread. O(len). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_add_recipient_role(
		cstn_term_builder *builder, const char *role, cstn_error **error) CSTN_MUST_CHECK;
/** Where it holds. Required. @param constellation 1..64 bytes, NUL-terminated @return as
 *  cstn_term_builder_set_provider(). The builder's thread. O(len). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_constellation(cstn_term_builder *builder,
		const char *constellation, cstn_error **error) CSTN_MUST_CHECK;
/** A field, or all of a noun. At least one is required. @param path `noun.field`, `noun[].field` or
 *  `noun.*`, at most 255 bytes, NUL-terminated @return as cstn_term_builder_set_provider();
 *  CSTN_E_LIMIT. The builder's thread. O(len). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_add_field(
		cstn_term_builder *builder, const char *path, cstn_error **error) CSTN_MUST_CHECK;
/** What for; covers what is below it in the constellation's graph. Required. @param purpose 1..255
 *  bytes, NUL-terminated @return as cstn_term_builder_set_provider(). The builder's thread. O(len).
 *  @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_purpose(cstn_term_builder *builder, const char *purpose,
		cstn_error **error) CSTN_MUST_CHECK;
/** What may be done. Required. @param actions bits of CSTN_ACTION_..., at least one @return
 *  CSTN_OK; CSTN_E_INVALID_ARGUMENT. The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_actions(
		cstn_term_builder *builder, uint32_t actions, cstn_error **error) CSTN_MUST_CHECK;
/** When it may be done. Always, unless set. An interval that is empty is kept; an offer with it is
 *  refused. @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_access_window(cstn_term_builder *builder,
		int64_t valid_from_us, int64_t valid_until_us, cstn_error **error) CSTN_MUST_CHECK;
/** What the data are about. @param window start from CSTN_TERM_DATA_WINDOW_INIT @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT for a negative age; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW;
 *  CSTN_E_NOMEM. The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_data_window(cstn_term_builder *builder,
		const cstn_term_data_window *window, cstn_error **error) CSTN_MUST_CHECK;
/** How fine. EXISTENCE, unless set. @param granularity start from CSTN_TERM_GRANULARITY_INIT
 *  @return as cstn_term_builder_set_data_window(), CSTN_E_INVALID_ARGUMENT naming a parameter that
 *  is out of range or not of the level; CSTN_E_LIMIT. The builder's thread. O(steps). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_granularity(cstn_term_builder *builder,
		const cstn_term_granularity *granularity, cstn_error **error) CSTN_MUST_CHECK;
/** To whom further. NONE, unless set. @param onward start from CSTN_TERM_ONWARD_INIT @return as
 *  cstn_term_builder_set_granularity(). The builder's thread. O(parties). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_onward(cstn_term_builder *builder,
		const cstn_term_onward *onward, cstn_error **error) CSTN_MUST_CHECK;
/** How long it may be held. Without limit, unless set. @param retention start from
 *  CSTN_TERM_RETENTION_INIT @return as cstn_term_builder_set_data_window(). The builder's thread.
 *  O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_retention(cstn_term_builder *builder,
		const cstn_term_retention *retention, cstn_error **error) CSTN_MUST_CHECK;
/** Who may end it. Both, at once, delivered data being kept, unless set. @param revocation start
 *  from CSTN_TERM_REVOCATION_INIT @return as cstn_term_builder_set_data_window(). The builder's
 *  thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_revocation(cstn_term_builder *builder,
		const cstn_term_revocation *revocation, cstn_error **error) CSTN_MUST_CHECK;
/** How much. Without limit, unless set. @param limits start from CSTN_TERM_LIMITS_INIT @return as
 *  cstn_term_builder_set_data_window(). The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_limits(cstn_term_builder *builder,
		const cstn_term_limits *limits, cstn_error **error) CSTN_MUST_CHECK;
/** Something in return. An offer without any is refused; EXPLICIT_NONE says that it is a gift, and
 *  stands alone. @param consideration start from CSTN_TERM_CONSIDERATION_INIT @return as
 *  cstn_term_builder_set_granularity(). The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_add_consideration(cstn_term_builder *builder,
		const cstn_term_consideration *consideration, cstn_error **error) CSTN_MUST_CHECK;
/** A duty of the recipient. @param duty start from CSTN_TERM_DUTY_INIT; with its consequences,
 *  which are at most CSTN_TERM_CONSEQUENCES_MOST @return as cstn_term_builder_set_granularity().
 *  The builder's thread. O(consequences). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_add_duty(cstn_term_builder *builder,
		const cstn_term_duty *duty, cstn_error **error) CSTN_MUST_CHECK;
/** The condition. None, unless set.
 *  @param constraint kept alive; NULL takes the condition away
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_constraint(cstn_term_builder *builder,
		cstn_constraint *constraint, cstn_error **error) CSTN_MUST_CHECK;
/** The code of the legal basis on which personal data leave by name. None, unless set. @param code
 *  1..255 bytes, NUL-terminated @return as cstn_term_builder_set_provider(). The builder's thread.
 *  O(len). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_legal_basis(
		cstn_term_builder *builder, const char *code, cstn_error **error) CSTN_MUST_CHECK;
/** Bind a document. @param document start from CSTN_TERM_DOCUMENT_INIT @return as
 *  cstn_term_builder_set_granularity(). The builder's thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_add_document(cstn_term_builder *builder,
		const cstn_term_document *document, cstn_error **error) CSTN_MUST_CHECK;
/** Set flags. @param flags CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED | CSTN_TERM_PROOF_OF_CONTENT |
 *  CSTN_TERM_SMALL_KIND_ACKNOWLEDGED @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. The builder's
 * thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_term_builder_set_flags(
		cstn_term_builder *builder, uint32_t flags, cstn_error **error) CSTN_MUST_CHECK;

/** Make the term; the builder may go on. Lists are sorted, what is twice in them goes, and so do
 *  fields that a star covers.
 *  @param out release with cstn_term_unref()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT naming a component that is required and unset, or that
 *  contradicts another; CSTN_E_LIMIT, also for a condition whose JSON nests deeper than 62 levels;
 *  CSTN_E_NOMEM. The builder's thread. O(n log n) of its size.
 *  @since 0.1 */
CSTN_API cstn_status cstn_term_builder_build(const cstn_term_builder *builder, cstn_term **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** One more reference; NULL gives NULL. Any thread; given back with cstn_term_unref(). @since 0.1
 */
CSTN_API cstn_term *cstn_term_ref(cstn_term *term);
/** One less, with the last one it is freed; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_term_unref(cstn_term *term);

/* --- reading ---------------------------------------------------------------------------------- */

/** All of a term, for code that decides. Borrowed; NULL for NULL. Any thread. O(1). @since 0.1 */
CSTN_API const cstn_term_view *cstn_term_components(const cstn_term *term);

/** The canonical JSON (RFC 8785), NUL-terminated. @param len NULL, or receives its length @return
 *  borrowed; "" for NULL. Any thread. O(1). @since 0.1 */
CSTN_API const char *cstn_term_json(const cstn_term *term, size_t *len);

/** SHA-256 of `cstn/terms/v1`, a line end and the canonical JSON. @param out CSTN_TERM_DIGEST_SIZE
 *  bytes; zeros for NULL. Any thread. O(1). @since 0.1 */
CSTN_API void cstn_term_digest(const cstn_term *term, uint8_t out[CSTN_TERM_DIGEST_SIZE]);

/** Flag: take any order of members, any white space and members at their default; without it the
 *  text must be the canonical one, byte for byte. */
#define CSTN_TERM_READ_LOOSE 1u

/** Read a term from JSON.
 *  @param json      UTF-8; need not be NUL-terminated
 *  @param flags     0 or CSTN_TERM_READ_LOOSE
 *  @param allocator NULL: libc
 *  @param out       release with cstn_term_unref()
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte offset for what is no strict JSON, not canonical,
 *  holds an unknown member, a fraction, or a value that breaks its rule; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. Any thread. O(len log len). @since 0.1 */
CSTN_API cstn_status cstn_term_read(const char *json, size_t len, uint32_t flags,
		const cstn_allocator *allocator, cstn_term **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The term in English words, for a planner and a lawyer: a line a component, those at their
 *  default too. Documents are shown as not machine-evaluated. Not part of the ABI.
 *  @param out free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_term_text(
		const cstn_term *term, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/* --- sets ------------------------------------------------------------------------------------- */

/** Terms that are agreed on together. Immutable, refcounted, any thread. */
typedef struct cstn_term_set cstn_term_set;

/** A set. Terms are sorted by their digests; the same one twice counts once.
 *  @param terms     n_terms of them, at least 1; each is kept alive
 *  @param allocator NULL: libc
 *  @param out       release with cstn_term_set_unref()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT above CSTN_TERM_SET_MOST terms or
 *  CSTN_TERM_JSON_MOST bytes; CSTN_E_NOMEM. Any thread. O(n log n). @since 0.1 */
CSTN_API cstn_status cstn_term_set_new(cstn_term *const *terms, size_t n_terms,
		const cstn_allocator *allocator, cstn_term_set **out,
		cstn_error **error) CSTN_MUST_CHECK;
/** Read the canonical JSON of a set, or with CSTN_TERM_READ_LOOSE a list of terms.
 *  @param out release with cstn_term_set_unref()
 *  @return as cstn_term_read(), and cstn_term_set_new(). Any thread. O(len log len). @since 0.1 */
CSTN_API cstn_status cstn_term_set_read(const char *json, size_t len, uint32_t flags,
		const cstn_allocator *allocator, cstn_term_set **out,
		cstn_error **error) CSTN_MUST_CHECK;
/** One more reference; NULL gives NULL. Any thread; given back with cstn_term_set_unref().
 *  @since 0.1 */
CSTN_API cstn_term_set *cstn_term_set_ref(cstn_term_set *set);
/** One less, with the last one it is freed; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_term_set_unref(cstn_term_set *set);
/** How many terms; 0 for NULL. Any thread. O(1). @since 0.1 */
CSTN_API size_t cstn_term_set_count(const cstn_term_set *set);
/** A term, borrowed, by the order of digests; NULL past the end. Any thread. O(1). @since 0.1 */
CSTN_API cstn_term *cstn_term_set_at(const cstn_term_set *set, size_t index);
/** Canonical JSON: the list of the terms. @return borrowed; "" for NULL. Any thread. O(1).
 *  @since 0.1 */
CSTN_API const char *cstn_term_set_json(const cstn_term_set *set, size_t *len);
/** SHA-256 of `cstn/terms/v1`, a line end and the canonical JSON of the set: what negotiations
 * quote and agreements are made of. @param out CSTN_TERM_DIGEST_SIZE bytes; zeros for NULL. Any
 * thread. O(1). @since 0.1 */
CSTN_API void cstn_term_set_digest(const cstn_term_set *set, uint8_t out[CSTN_TERM_DIGEST_SIZE]);

/* --- flow-down -------------------------------------------------------------------------------- */

/** Is a term that passes data on within the term that the data came under? Component by component,
 *  in the order of the CSTN_TERM_... numbers:
 *
 *   effect          both permit
 *   provider        the parent's recipient, or one to whom the parent lets pass on
 *   recipient       one to whom the parent lets pass on
 *   constellation   equal
 *   fields          a subset, stars expanded
 *   purpose         equal, or a descendant in the vocabulary
 *   actions         a subset
 *   access window   inside
 *   data window     inside; least age no smaller, greatest no greater
 *   granularity     coarser; or the level with larger k, l, contributors, steps and threshold,
 *                   smaller t, greatest share and epsilon, equal epoch, sensitivity and grid
 *   onward          NONE < LIST < SAME_CONSTELLATION, a list a subset; max_hops at least one less
 *   retention       no longer; the same end or a stricter one; a proof wherever the parent asks
 *   revocation      the provider may if the parent's may; no longer notice; same or stricter end
 *   limits          each no greater, windows equal or multiples
 *   consideration   free
 *   duties          each of the parent's repeated, no later, its consequences too
 *   constraint      implies the parent's; if that is not known, it does not
 *   legal text      a superset
 *   legal basis     none, or the parent's
 *   flags           no acknowledgement that the parent lacks; a proof of content if the parent asks
 *
 *  Equal terms are within each other. It is a partial order. That the provider is the very
 * recipient of the parent's agreement, and a member, is looked at when an agreement becomes active.
 * To return data and to destroy their key are both stricter than to delete them; neither is
 * stricter than the other. For prohibitions see cstn_term_set_is_within().
 *  @param vocabulary NULL: a purpose is within itself only, and a constraint within none and equals
 *  @param within     1 or 0
 *  @param component  NULL, or receives the first component that fails; 0 if none does
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(fields x steps +
 *  duties^2), and for the constraint what cstn_constraint_is_implied() costs. @since 0.1 */
CSTN_API cstn_status cstn_term_is_within(const cstn_term *derived, const cstn_term *parent,
		const cstn_vocabulary *vocabulary, int32_t *within, int32_t *component,
		cstn_error **error) CSTN_MUST_CHECK;

/** Is every permission of a set within ONE permission of another set, and every prohibition of that
 *  set repeated for the same recipient? A prohibition is repeated by one of at least its fields,
 *  purpose, actions and windows, with a condition that its own implies.
 *  @param index      NULL, or receives the first term of `derived` that fails; its number of terms
 *                    if none does
 *  @param component  NULL, or receives what fails of it, against the permission of `parent` that
 *                    holds longest; CSTN_TERM_EFFECT for a prohibition that is not repeated; 0
 *  @return as cstn_term_is_within(). Any thread. O(terms^2) of those. @since 0.1 */
CSTN_API cstn_status cstn_term_set_is_within(const cstn_term_set *derived,
		const cstn_term_set *parent, const cstn_vocabulary *vocabulary, int32_t *within,
		size_t *index, int32_t *component, cstn_error **error) CSTN_MUST_CHECK;

/** Is there any request that the term's condition, windows of access and of ages, purpose and
 *  recipient let pass together? A window that is empty alone makes it 0.
 *  @param realizable 1 if there is one; 0 if not, or if it is UNKNOWN
 *  @param unknown    NULL, or receives 1 if it is UNKNOWN, else 0: as of
 *                    cstn_constraint_is_realizable()
 *  @return CSTN_OK; CSTN_E_LIMIT if the condition is as deep or large as conditions may be;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. Costs what cstn_constraint_is_realizable()
 *  does.
 *  @since 0.1 */
CSTN_API cstn_status cstn_term_is_realizable(const cstn_term *term,
		const cstn_vocabulary *vocabulary, int32_t *realizable, int32_t *unknown,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- offers ----------------------------------------------------------------------------------- */

/** Flag: provider and recipient are partners here and competitors in another constellation. */
#define CSTN_OFFER_DUAL_PAIR 1u

/** What an offer is checked against. */
typedef struct cstn_offer_options {
	uint32_t struct_size;
	uint32_t flags;                    /**< 0 or CSTN_OFFER_DUAL_PAIR */
	const cstn_vocabulary *vocabulary; /**< required: what the constellation speaks */
	/** NULL, or n_duty_actions ids: duties that events of the host fulfil, beside attribute,
	 *  confidential, delete, destroy_key, pay and return, which the library records */
	const char *const *duty_actions;
	size_t n_duty_actions;
} cstn_offer_options;
/* clang-format off */
#define CSTN_OFFER_OPTIONS_INIT { sizeof(cstn_offer_options), 0, NULL, NULL, 0 }
/* clang-format on */

/** Why an offer is refused. Grows at its end. */
typedef struct cstn_offer_defect {
	uint32_t struct_size;
	int32_t component;   /**< CSTN_TERM_... */
	uint64_t term;       /**< index in the set */
	const char *operand; /**< what is spoken of: an operand, "purpose", "path", "action" */
	const char *value;   /**< the value at fault; "" if there is none */
	const char *rule;    /**< the rule it breaks, in English; not part of the ABI */
} cstn_offer_defect;

/** All that is wrong with an offer. Immutable; any thread. */
typedef struct cstn_offer_defects cstn_offer_defects;

/** May these terms be offered? Refused is what could not be evaluated later, or has no effect:
 *  an operand that is not registered, an operator that its type lacks, a value of another type or
 *  outside its domain; an unknown purpose, role or path; a duty, or consequence of one, that no
 *  recorded event fulfils; an empty window; a condition that no request satisfies; a permission
 *  without consideration, or with SELL or GIVE and onward NONE; COMPETITIVE fields at level RAW in
 *  a dual pair without CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED. Unknown actions and classes cannot be
 *  built.
 *  @param options   start from CSTN_OFFER_OPTIONS_INIT
 *  @param allocator NULL: libc; for the defects
 *  @param defects   NULL, or receives all defects with CSTN_E_UNEVALUABLE, by term and component;
 *                   free with cstn_offer_defects_free(); else untouched
 *  @return CSTN_OK; CSTN_E_UNEVALUABLE naming the first defect and how many more there are;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM. Any thread.
 *  O(size), and cstn_constraint_is_realizable() a term. @since 0.1 */
CSTN_API cstn_status cstn_offer_check(const cstn_term_set *set, const cstn_offer_options *options,
		const cstn_allocator *allocator, cstn_offer_defects **defects,
		cstn_error **error) CSTN_MUST_CHECK;

/** How many defects; 0 for NULL. Any thread. O(1). @since 0.1 */
CSTN_API size_t cstn_offer_defects_count(const cstn_offer_defects *defects);
/** A defect, borrowed; NULL past the end. Any thread. O(1). @since 0.1 */
CSTN_API const cstn_offer_defect *cstn_offer_defects_at(
		const cstn_offer_defects *defects, size_t index);
/** Free; NULL is allowed. Any thread, once. @since 0.1 */
CSTN_API void cstn_offer_defects_free(cstn_offer_defects *defects);

/* --- terms side by side ----------------------------------------------------------------------- */

/** Does any request fall under an offer and a counter-offer? Parties, paths, purposes, actions and
 *  times of data must meet; windows count as conditions on `now` and `data_age`, beside the
 *  constraints. Terms of which one permits and the other prohibits are in CONFLICT.
 *  @param vocabulary what purposes and operands are looked up in
 *  @param verdict    CSTN_COMPARE_CONFLICT: none does; COMPATIBLE: one does, and both ask of the
 * same operands; UNDERSPECIFIED: one does, but an operand is asked of by one only; UNKNOWN: it is
 * not decided, as by cstn_constraint_compare(), or whether a party has a role
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(fields^2 + purposes), and
 *  cstn_constraint_compare(). @since 0.1 */
CSTN_API cstn_status cstn_terms_compare(const cstn_term *offer, const cstn_term *counter,
		const cstn_vocabulary *vocabulary, int32_t *verdict,
		cstn_error **error) CSTN_MUST_CHECK;

/** It is not decided. */
#define CSTN_AGREEMENTS_UNKNOWN 0
/** Something that one permits is wholly prohibited by the other. */
#define CSTN_AGREEMENTS_CONFLICT 1
/** ... in part. */
#define CSTN_AGREEMENTS_AMBIGUOUS 2
/** Neither prohibits what the other permits. */
#define CSTN_AGREEMENTS_NONE 3

/** Does one agreement prohibit what another permits? The worst of all pairs of a permission and a
 *  prohibition of the other: CONFLICT where the prohibition covers it wholly, else UNKNOWN, else
 *  AMBIGUOUS where it covers a part, else NONE.
 *  @param a,b the terms of the agreements @param vocabulary as cstn_terms_compare()
 *  @param verdict CSTN_AGREEMENTS_...
 *  @return as cstn_terms_compare(). Any thread. O(terms of a x terms of b), each as
 *  cstn_terms_compare(). @since 0.1 */
CSTN_API cstn_status cstn_agreements_compare(const cstn_term_set *a, const cstn_term_set *b,
		const cstn_vocabulary *vocabulary, int32_t *verdict,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
