#ifndef CONSTELLATION_ODRL_H
#define CONSTELLATION_ODRL_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/constraint.h>
#include <constellation/export.h>
#include <constellation/status.h>

/** @file odrl.h
 *  Policies of the Open Digital Rights Language (W3C, 2018) as JSON, read into rules, with the
 *  operands of the Catena-X profile (release 2025-9).
 *
 *  What is read is evaluated, or it is refused by name: place, operand and value. Nothing is
 * dropped, nothing is taken as true, and one refusal refuses the policy. All of them are reported.
 *
 *  Names stand bare, with the prefix `odrl:`, or with the full address of ODRL; operands and values
 *  of the profile also with `cx-policy:`. `leftOperand` is an operand of the vocabulary, or one of
 *  these: dateTime (now), recipient and BusinessPartnerNumber (party), BusinessPartnerGroup (role),
 *  FrameworkAgreement (framework), UsagePurpose (purpose: eq and isAnyOf read as isPartOf, since a
 *  purpose covers its descendants), AffiliatesRegion and ManagedLegalEntityRegion (the operand
 *  `recipient.region`, where the host registers it). Others are no condition but a component of a
 *  term: #cstn_odrl_component. Times without a zone are UTC; durations are of weeks, days, hours,
 *  minutes and seconds, since a month has no fixed length.
 *
 *  Refused always: `andSequence`, `remedy`, `consequence`, `refinement`, `inheritFrom`, a
 * `conflict` other than `prohibit`, and every member that is not known. */

#ifdef __cplusplus
extern "C" {
#endif

/** A policy that was read. Immutable, refcounted, any thread. */
typedef struct cstn_odrl_policy cstn_odrl_policy;
/** Why a policy was not. Immutable; one owner. */
typedef struct cstn_odrl_refusals cstn_odrl_refusals;

/** Legal texts are moved out of the rules and kept as such, where they stand in the conjunction of
 * a permission: they are then shown and not evaluated. */
#define CSTN_ODRL_LEGAL_TEXT UINT32_C(1)

/** How to read. */
typedef struct cstn_odrl_options {
	uint32_t struct_size;
	uint32_t flags;            /**< CSTN_ODRL_LEGAL_TEXT */
	const cstn_id *affiliates; /**< what `cx.sharing.affiliates:1` stands for; NULL: refused */
	size_t n_affiliates;
	/** what `cx.sharing.managedLegalEntity:1` stands for; NULL: refused */
	const cstn_id *managed;
	size_t n_managed;
} cstn_odrl_options;
/* clang-format off */
#define CSTN_ODRL_OPTIONS_INIT { sizeof(cstn_odrl_options), 0, NULL, 0, NULL, 0 }
/* clang-format on */

#define CSTN_ODRL_PERMISSION 1
#define CSTN_ODRL_PROHIBITION 2
#define CSTN_ODRL_OBLIGATION 3

/** The assignee is a collection of parties. */
#define CSTN_ODRL_ASSIGNEE_COLLECTION UINT32_C(1)
/** The target is a collection of assets. */
#define CSTN_ODRL_TARGET_COLLECTION UINT32_C(2)
/** The rule is what its components say and nothing else: not a rule on its actions. */
#define CSTN_ODRL_COMPONENTS_ONLY UINT32_C(4)
/** No action was named: `actions` are all of them. */
#define CSTN_ODRL_ANY_ACTION UINT32_C(8)

/** A rule. Texts are NUL-terminated and borrowed from the policy, NULL where there are none. */
typedef struct cstn_odrl_rule {
	uint32_t struct_size;
	int32_t kind;     /**< CSTN_ODRL_PERMISSION ... */
	uint32_t flags;   /**< CSTN_ODRL_..._COLLECTION, COMPONENTS_ONLY, ANY_ACTION */
	uint32_t actions; /**< CSTN_ACTION_... */
	const char *uid;
	const char *assigner;
	const char *assignee;        /**< NULL: anybody */
	const char *assignee_source; /**< of a collection */
	const char *target;          /**< NULL: anything */
	const char *target_source;   /**< of a collection */
	cstn_constraint *constraint; /**< borrowed; NULL: none */
	size_t n_components;
	size_t n_duties;
} cstn_odrl_rule;
/* clang-format off */
#define CSTN_ODRL_RULE_INIT { sizeof(cstn_odrl_rule), 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0 }
/* clang-format on */

#define CSTN_ODRL_MEMBERSHIP 1      /**< the recipient is a member: always asked for */
#define CSTN_ODRL_CALLS 2           /**< `number` calls at most; 0: as many as one likes */
#define CSTN_ODRL_RETENTION_UNTIL 3 /**< `number`: instant */
#define CSTN_ODRL_RETENTION_FOR 4   /**< `number`: duration after delivery */
#define CSTN_ODRL_RETENTION_WITHOUT_END 5
#define CSTN_ODRL_VALID_UNTIL 6       /**< `number`: instant at which the term ends */
#define CSTN_ODRL_VALID_FOR 7         /**< `number`: duration after which it ends */
#define CSTN_ODRL_ONWARD_LIST 8       /**< `ids`: parties it may be passed on to */
#define CSTN_ODRL_ONWARD_NONE 9       /**< it may not be passed on */
#define CSTN_ODRL_PROHIBIT_DERIVE 10  /**< DERIVE is prohibited */
#define CSTN_ODRL_DELIVERED_DELETE 11 /**< on revocation what was delivered is deleted */
#define CSTN_ODRL_DELIVERED_KEEP 12   /**< ... is kept */
#define CSTN_ODRL_LEGAL_CLAUSE 13     /**< `text`: canonical JSON of what is not evaluated */

/** What a rule says that is no condition: a component of a term. Borrowed from the policy. This
 *  struct never grows. */
typedef struct cstn_odrl_component {
	int32_t kind; /**< CSTN_ODRL_MEMBERSHIP ... */
	int32_t reserved0;
	int64_t number;   /**< calls, or microseconds; else 0 */
	const char *text; /**< the left operand as it stood; of LEGAL_CLAUSE the JSON */
	const cstn_id *ids;
	size_t n_ids;
} cstn_odrl_component;

/** Read a policy.
 *  @param vocabulary what its operands are looked up in @param options NULL, or start from
 *  CSTN_ODRL_OPTIONS_INIT @param allocator NULL: libc @param out cstn_odrl_policy_unref() it
 *  @param refused NULL, or receives all refusals with CSTN_E_UNEVALUABLE: cstn_odrl_refusals_free()
 *  @return CSTN_OK; CSTN_E_UNEVALUABLE with the first refusal and how many more there are;
 *  CSTN_E_FORMAT with the byte for what is no JSON; CSTN_E_LIMIT; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. Any thread, O(len log len). @since 0.1 */
CSTN_API cstn_status cstn_odrl_import(const char *json, size_t len,
		const cstn_vocabulary *vocabulary, const cstn_odrl_options *options,
		const cstn_allocator *allocator, cstn_odrl_policy **out,
		cstn_odrl_refusals **refused, cstn_error **error) CSTN_MUST_CHECK;

/** One more reference, given back with its `_unref`. Any thread. @since 0.1 */
CSTN_API cstn_odrl_policy *cstn_odrl_policy_ref(cstn_odrl_policy *policy);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_odrl_policy_unref(cstn_odrl_policy *policy);

/** The policy's own name, borrowed; "" if it has none, and for NULL. Any thread. @since 0.1 */
CSTN_API const char *cstn_odrl_policy_uid(const cstn_odrl_policy *policy);
/** How many rules there are: permissions first, then prohibitions, obligations. 0 for NULL. Any
 *  thread. @since 0.1 */
CSTN_API size_t cstn_odrl_rule_count(const cstn_odrl_policy *policy);
/** Describe a rule. @param index below cstn_odrl_rule_count() @param out struct_size set; borrowed
 *  from the policy
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_odrl_rule_at(const cstn_odrl_policy *policy, size_t index,
		cstn_odrl_rule *out, cstn_error **error) CSTN_MUST_CHECK;
/** Copy a component of a rule. @param rule below cstn_odrl_rule_count() @param index below its
 *  n_components @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_odrl_component_at(const cstn_odrl_policy *policy, size_t rule,
		size_t index, cstn_odrl_component *out, cstn_error **error) CSTN_MUST_CHECK;
/** Action of a duty of a rule, such as "compensate", borrowed. @param uid NULL, or receives its
 * name or NULL @return NULL past the end. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_odrl_duty_action(
		const cstn_odrl_policy *policy, size_t rule, size_t index, const char **uid);

/** How many refusals there are; 0 for NULL. Any thread. @since 0.1 */
CSTN_API size_t cstn_odrl_refusal_count(const cstn_odrl_refusals *refused);
/** Where it stands, as a JSON pointer, cut at 255 bytes; NULL past the end. Borrowed. Any thread.
 *  @since 0.1 */
CSTN_API const char *cstn_odrl_refusal_place(const cstn_odrl_refusals *refused, size_t index);
/** Its left operand, or the member that is refused; NULL past the end. Borrowed. Any thread.
 *  @since 0.1 */
CSTN_API const char *cstn_odrl_refusal_operand(const cstn_odrl_refusals *refused, size_t index);
/** The value that is refused, as text; "" if it is not of a value; NULL past the end. Borrowed. Any
 *  thread. @since 0.1 */
CSTN_API const char *cstn_odrl_refusal_value(const cstn_odrl_refusals *refused, size_t index);
/** Why, in words; NULL past the end. Not part of the ABI. Borrowed. Any thread. @since 0.1 */
CSTN_API const char *cstn_odrl_refusal_reason(const cstn_odrl_refusals *refused, size_t index);
/** Free; NULL is allowed. Any thread, once. @since 0.1 */
CSTN_API void cstn_odrl_refusals_free(cstn_odrl_refusals *refused);

#ifdef __cplusplus
}
#endif

#endif
