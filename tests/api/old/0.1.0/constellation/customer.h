#ifndef CONSTELLATION_CUSTOMER_H
#define CONSTELLATION_CUSTOMER_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/export.h>
#include <constellation/loyalty.h>
#include <constellation/network.h>
#include <constellation/relationship_stage.h>
#include <constellation/status.h>
#include <constellation/vault.h>

/** @file customer.h
 *  Personal data of customers: the network has their records, a vault what is personal.
 *
 *  A record `customer` of a network holds an id and what is open: kind, country, days, segment,
 *  stage. A network refuses personal fields. They are cells of a vault: subject and record are the
 *  customer's id, the path is `customer.` and the field's name, category and form are those of the
 *  field. So the network, its backups and what is computed from it know the id alone, and to erase
 *  a customer is to destroy keys. Ids are the host's to choose so that they name nobody: a number,
 *  or a pseudonym (cstn_vault_pseudonym()).
 *
 *      cstn_network_put(record `customer`) -> cstn_customer_put(fields)
 *      cstn_customer_get | _find, for a purpose that the customer allows
 *      cstn_customer_export, for the customer -> cstn_customer_erase
 *
 *  A customer is a person. Of an organisation the persons in it are subjects of their own. One
 *  vault keeps the customers of one owner. Ids are NUL-terminated, 1 to 64 bytes; `owner` NULL or
 *  "" is the network's own. */

#ifdef __cplusplus
extern "C" {
#endif

/** How many personal fields a customer has. Any thread. @since 0.1 */
CSTN_API size_t cstn_customer_field_count(void);
/** The name of one, "email"; "" past the end. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_customer_field_name(size_t field);
/** Its category, CSTN_VAULT_IDENTITY..; 0 past the end. Any thread. @since 0.1 */
CSTN_API int32_t cstn_customer_field_category(size_t field);
/** How it is searched, CSTN_VAULT_FORM_...: CSTN_VAULT_FORM_NONE if it is not. Any thread.
 *  @since 0.1 */
CSTN_API int32_t cstn_customer_field_form(size_t field);

/** A personal field to be put. This struct never grows. */
typedef struct cstn_customer_field {
	const char *name;     /**< of those above */
	const uint8_t *value; /**< value_size bytes of UTF-8; a birth date is YYYY-MM-DD */
	size_t value_size;    /**< at most CSTN_VAULT_VALUE_MOST */
} cstn_customer_field;

/** Keep personal fields of a customer, all or none; what is there already is replaced.
 *  @param network   has the customer's record, of a person
 *  @param fields    n_fields of them, no two of one name
 *  @param now_us    microseconds UTC
 *  @return CSTN_OK; CSTN_E_NOT_FOUND if the network has no such customer, or for an unknown field;
 *  CSTN_E_ERASED if the customer was erased; CSTN_E_INVALID_ARGUMENT for an organisation, and
 * naming the field whose value has not its form, without the value; CSTN_E_DUPLICATE; CSTN_E_LIMIT;
 *  CSTN_E_STATE; what the vault's entropy gave; CSTN_E_CORRUPT; CSTN_E_IO, CSTN_E_FULL,
 *  CSTN_E_NOMEM.
 *  Cost: a look-up in the network and one durable commit of the vault. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_customer_put(cstn_vault *vault, cstn_network *network,
		const char *customer, const char *owner, const cstn_customer_field *fields,
		size_t n_fields, int64_t now_us, cstn_error **error) CSTN_MUST_CHECK;

/** Read a personal field of a customer, for a purpose that the customer allows.
 *  @param snapshot  has the records `consent`
 *  @param question  whose, for what, when
 *  @param value     wiped and freed by cstn_buffer_free()
 *  @return as cstn_vault_get_consented(), in this order: CSTN_E_ERASED, CSTN_E_DENIED, what reading
 *  gives; CSTN_E_NOT_FOUND also for an unknown field.
 *  Cost: a pass over the records of consent, and some look-ups. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_customer_get(cstn_vault *vault, cstn_snapshot *snapshot,
		const cstn_consent_question *question, const char *field, cstn_buffer **value,
		cstn_error **error) CSTN_MUST_CHECK;

/** Customers by the value of a personal field, once both are made alike; of those only who allow
 *  the purpose.
 *  @param question      for what, when; its customer is NULL
 *  @param field         one that is searched
 *  @param value         value_size bytes
 *  @param out           ids in order; free it with cstn_vault_matches_free()
 *  @param n_no_consent  NULL, or receives how many were left out, as they allow it not
 *  @return CSTN_OK, also with none; CSTN_E_NOT_FOUND for an unknown field; CSTN_E_INVALID_ARGUMENT
 *  for one that is not searched, and a value without its form; CSTN_E_STATE; CSTN_E_CORRUPT;
 *  CSTN_E_IO; CSTN_E_NOMEM.
 *  Candidates are decrypted and compared. Cost: that of cstn_vault_find(), and a pass over the
 *  records of consent for each who is found. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_customer_find(cstn_vault *vault, cstn_snapshot *snapshot,
		const cstn_consent_question *question, const char *field, const uint8_t *value,
		size_t value_size, cstn_vault_matches **out, uint64_t *n_no_consent,
		cstn_error **error) CSTN_MUST_CHECK;

/** How a customer's data is told to the customer. */
typedef struct cstn_customer_export_options {
	uint32_t struct_size;
	uint32_t flags;                  /**< 0 */
	const char *owner;               /**< whose record it is; NULL or "": the network's own */
	int64_t now_us;                  /**< as of when stages and verdicts are judged; needed */
	cstn_stage_policy *stage_policy; /**< NULL: the built-in one */
	/** How verdicts are judged; NULL: by the defaults. Its as_of_us is not read: it is now_us
	 */
	const cstn_loyalty_options *verdicts;
} cstn_customer_export_options;
/* clang-format off */
#define CSTN_CUSTOMER_EXPORT_OPTIONS_INIT { sizeof(cstn_customer_export_options), 0, NULL, 0, NULL, NULL }
/* clang-format on */

/** All that network and vault hold of a customer, to be given to the customer: canonical JSON
 *  (RFC 8785) of an object with
 *
 *  - `type` "cstn/customer/v1", `customer_id`, `owner` ("": the network's own), `as_of`
 *  - `record`: the fields of the record
 *  - `personal`: the fields in the vault that have a value, by name
 *  - `erased`: what was erased, an entry each as it stands in the log: categories, reason, time,
 *  the pseudonym of the subject
 *  - `consents` and `interactions`: their records, by time
 *  - `stages`: the moves of cstn_stage_replay() over the interactions with the rule, the reason and
 *  the events that each rests on; where the customer stands; the digest of the policy
 *  - `verdicts`: the row of CSTN_TABLE_LOYALTY_CUSTOMERS over the interactions, and `explained`:
 *  the lines of cstn_verdict_explain()
 *
 *  Times are UTC text, days YYYY-MM-DD, integers beyond 2^53 - 1 decimal text, and what has no
 *  value is absent. `left_out` counts interactions that stages and verdicts do not take, such as a
 *  DUE_DAY, whose day a network has not, and a ticket without a reference. Verdicts rest on
 *  interactions alone: what prices and purchase days say (pays by PRICES, habitual) needs the
 *  purchases, which a network has as orders: judge with cstn_loyalty_finish() for these. Orders
 *  themselves, returns and deliveries are not in it: scan those that name the customer.
 *
 *  It is the customer's own right, so that no purpose is asked for and no consent. The vault does
 *  not log what is read, neither here nor elsewhere. After an erasure there is no personal field.
 *
 *  @param snapshot  has the records
 *  @param options   now_us is needed: start from CSTN_CUSTOMER_EXPORT_OPTIONS_INIT
 *  @param out       holds personal data: wiped and freed by cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_NOT_FOUND if the network has no such customer; CSTN_E_INVALID_ARGUMENT
 *  also for an organisation; CSTN_E_MISSING if the vault was restored without its keys;
 *  CSTN_E_POLICY as of cstn_stage_replay(); CSTN_E_STATE; CSTN_E_STRUCT_SIZE; CSTN_E_CORRUPT;
 *  CSTN_E_IO; CSTN_E_NOMEM. No value is in an error's text.
 *  Memory: the records of the customer. Cost: a pass over the records of consent and one over
 *  those of interactions, some look-ups in the vault. Any thread. @since 0.1
 *  @snippet network_customer.c export */
CSTN_API cstn_status cstn_customer_export(cstn_vault *vault, cstn_snapshot *snapshot,
		const char *customer, const cstn_customer_export_options *options,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Erase a customer: the keys in the vault are destroyed and the erasure is logged
 *  (cstn_vault_erase_subject()); then the network's record becomes one that has the id, the owner
 *  and the kind alone. Interactions, orders and consents stay under the id, and hold nothing
 *  personal. Versions of the record before stay until cstn_network_maintain() drops the history.
 *  Done again it gives the same entry, and does what was left undone.
 *
 *  A record with `legal_hold` puts the subject under the vault's hold, which defers the erasure,
 * and is logged; lift it with cstn_vault_lift() once the record has none.
 *  @param reason  a line of at most 255 bytes, not empty, without personal data: it is logged
 *  @param now_us  microseconds UTC, not before the record's own time
 *  @param proof   NULL, or receives the text of the entry's inclusion proof, as
 *  cstn_vault_erase_subject() gives it; free it with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_NOT_FOUND if the network has no such customer; CSTN_E_INVALID_ARGUMENT
 *  also for an organisation; CSTN_E_STATE under a hold, without a log, and for a now_us before the
 *  record's; as cstn_vault_erase_subject() and cstn_network_put(). If the network fails the keys
 *  are gone: call again.
 *  Cost: that of cstn_vault_erase_subject(), and one durable commit of the network. Any thread.
 *  @since 0.1 */
CSTN_API cstn_status cstn_customer_erase(cstn_vault *vault, cstn_network *network,
		const char *customer, const char *owner, const char *reason, int64_t now_us,
		cstn_buffer **proof, cstn_error **error) CSTN_MUST_CHECK;

/** The customer's interactions are deleted from the network. Without it they stay under the id;
 *  free text is in none of them. */
#define CSTN_ERASE_EVENTS 1u

/** What of a customer is erased. */
typedef struct cstn_customer_erasure {
	uint32_t struct_size;
	uint32_t flags;    /**< CSTN_ERASE_EVENTS */
	const char *owner; /**< whose record it is; NULL or "": the network's own */
	/** n_categories of CSTN_VAULT_IDENTITY..: their keys alone are destroyed, and the record
	 * stays as it is. None: the customer is erased, as cstn_customer_erase() does */
	const int32_t *categories;
	size_t n_categories; /**< see above */
	/** A line of at most 255 bytes, not empty, without personal data: it is logged */
	const char *reason;
	int64_t now_us; /**< microseconds UTC, not before what is erased was recorded */
} cstn_customer_erasure;
/* clang-format off */
#define CSTN_CUSTOMER_ERASURE_INIT { sizeof(cstn_customer_erasure), 0, NULL, NULL, 0, NULL, 0 }
/* clang-format on */

/** Erase categories of a customer's personal fields, or all of them; with CSTN_ERASE_EVENTS the
 *  interactions too. Keys first, by cstn_vault_erase_categories(), which is one durable commit of
 *  the vault; then the network forgets, in one commit of its own. Done again it gives the same
 *  entry, and does what was left undone, also for interactions that came since. A category that
 *  was erased stays so: cstn_customer_put() of its fields is CSTN_E_ERASED.
 *
 *  Interactions that were deleted are read as of a time in the past until cstn_network_maintain()
 *  drops the history, as versions of the record are. States that were made of them know nothing of
 *  it: take the customer out of these (cstn_interactions_remove() and its like), or make them anew.
 *  A legal hold, of the record or of the vault, defers keys and interactions.
 *  @param how    start from CSTN_CUSTOMER_ERASURE_INIT
 *  @param proof  NULL, or receives the text of the entry's inclusion proof; free it with
 *  cstn_buffer_free()
 *  @return as cstn_customer_erase(); CSTN_E_INVALID_ARGUMENT also for an unknown category;
 *  CSTN_E_LIMIT; CSTN_E_STRUCT_SIZE; CSTN_E_STATE also for a now_us before an interaction was
 *  recorded; CSTN_E_CONFLICT if the record was changed meanwhile: the keys are gone, call again.
 *  Cost: as of cstn_customer_erase(); with interactions a pass over their records. Any thread.
 *  @since 0.1 @snippet network_customer.c category */
CSTN_API cstn_status cstn_customer_erase_categories(cstn_vault *vault, cstn_network *network,
		const char *customer, const cstn_customer_erasure *how, cstn_buffer **proof,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
