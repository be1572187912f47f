/* Erasure of customers: keys in the vault first, then what the network has.
 *
 * The keys are destroyed, which is one durable commit of the vault; then the record loses what is
 * about the person and interactions are deleted, which is one of the network. If it breaks off in
 * between, it is done again with the same answer. A hold defers both.
 *
 * Cost: that of the vault, a look-up and a commit of the network; with interactions a pass over
 * their records. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "network/network.h"
#include "network/network_transaction.h"
#include "sharing/customer.h"
#include "sharing/vault.h"

#define HOLD_REASON "the customer's record has a legal hold"

typedef struct erasing {
	cstn_vault *vault;
	cstn_network *network;
	const char *customer;
	cstn_customer_erasure how;
	cstn_snapshot *snapshot;
	cstn_record *record;
	int more;                   /* the record says more than an erased one does */
	cstn__customer_list events; /* to be deleted */
} erasing;

/* --- the record ------------------------------------------------------------------------------- */

/* What is left of a record that is erased. */
static const char *const left[] = {"customer_id", "owner", "recorded", "kind"};

static int is_left(const char *field)
{
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		if (strcmp(left[i], field) == 0)
			return 1;
	return 0;
}

/* 1 if the record says more than that. */
static int says_more(const cstn_record *record)
{
	size_t noun = cstn_noun_find("customer");

	for (size_t i = 0; i < cstn_noun_field_count(noun); i++) {
		const char *field = cstn_noun_field_name(noun, i);

		if (!is_left(field) && cstn_record_has(record, CSTN_NO_LINE, field))
			return 1;
	}
	return 0;
}

static cstn_status set_text(cstn_record_builder *builder, const cstn_record *record,
		const char *field, cstn_error **error)
{
	size_t len;
	const char *text = cstn_record_text(record, CSTN_NO_LINE, field, &len);

	return text && len ? cstn_record_builder_set_text(builder, field, text, len, error)
			   : CSTN_OK;
}

static cstn_status empty_record(
		const erasing *at, cstn_transaction *transaction, cstn_error **error)
{
	cstn_record_builder *builder = NULL;
	cstn_record *empty = NULL;
	cstn_status status = cstn_record_builder_new(
			"customer", &at->network->allocator, &builder, error);

	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]) && status == CSTN_OK; i++)
		status = strcmp(left[i], "recorded") == 0
					 ? cstn_record_builder_set_int(
							   builder, left[i], at->how.now_us, error)
					 : set_text(builder, at->record, left[i], error);
	if (status == CSTN_OK)
		status = cstn_record_builder_build(builder, &empty, error);
	if (status == CSTN_OK)
		status = cstn_transaction_put(transaction, empty, error);
	cstn_record_unref(empty);
	cstn_record_builder_free(builder);
	return status;
}

/* --- interactions ----------------------------------------------------------------------------- */

/* One that somebody else has deleted meanwhile is gone as well. */
static cstn_status delete_event(const erasing *at, cstn_transaction *transaction,
		const cstn_record *event, cstn_error **error)
{
	cstn_error *inner = NULL;
	cstn__key key;
	cstn_status status;

	cstn__key_of_record(event, &key);
	status = cstn__transaction_delete_key(transaction, &key, at->how.now_us, &inner);
	if (status != CSTN_E_NOT_FOUND)
		return status == CSTN_OK ? status : cstn__error_give(error, inner, status);
	cstn_error_free(inner);
	return CSTN_OK;
}

/* What the network has to forget, in one commit. */
static cstn_status forget(const erasing *at, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_status status;

	if (!at->more && !at->events.count)
		return CSTN_OK;
	status = cstn_transaction_begin(at->network, &transaction, error);
	if (status == CSTN_OK && at->more)
		status = empty_record(at, transaction, error);
	for (size_t i = 0; i < at->events.count && status == CSTN_OK; i++)
		status = delete_event(at, transaction, at->events.items[i], error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	return status;
}

/* --- holds ------------------------------------------------------------------------------------ */

static cstn_status subject_state(
		cstn_vault *vault, const char *customer, uint32_t *state, cstn_error **error)
{
	cstn_error *inner = NULL;
	cstn_status status = cstn_vault_subject(vault, customer, state, &inner);

	if (status != CSTN_OK && status != CSTN_E_NOT_FOUND)
		return cstn__error_give(error, inner, status);
	cstn_error_free(inner);
	return CSTN_OK;
}

static int has_hold(const erasing *at)
{
	return cstn_record_int(at->record, CSTN_NO_LINE, "legal_hold") != 0;
}

/* The hold that the record asks for, unless the subject is under one, or erased. */
static cstn_status hold(const erasing *at, cstn_error **error)
{
	uint32_t state = 0;
	cstn_status status = subject_state(at->vault, at->customer, &state, error);

	if (status != CSTN_OK || state & (CSTN_VAULT_SUBJECT_HELD | CSTN_VAULT_SUBJECT_ERASED))
		return status;
	return cstn_vault_hold(at->vault, at->customer, HOLD_REASON, at->how.now_us, error);
}

/* Keys that were destroyed before a hold stay so; what is left to delete waits. */
static cstn_status check_events_held(const erasing *at, cstn_error **error)
{
	uint32_t state = 0;
	cstn_status status;

	if (!at->events.count)
		return CSTN_OK;
	status = subject_state(at->vault, at->customer, &state, error);
	if (status == CSTN_OK && (has_hold(at) || state & CSTN_VAULT_SUBJECT_HELD))
		status = cstn__fail(error, CSTN_E_STATE,
				"a legal hold defers the deletion of interactions");
	return status;
}

/* --- all of it -------------------------------------------------------------------------------- */

static cstn_status check_time(
		const erasing *at, const cstn_record *record, const char *what, cstn_error **error)
{
	if (at->how.now_us >= cstn_record_int(record, CSTN_NO_LINE, "recorded"))
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_STATE, "now_us %" PRId64 " is before the time of %s",
			at->how.now_us, what);
}

/* What there is to be erased, before a key dies. */
static cstn_status look(erasing *at, cstn_error **error)
{
	const char *owner = at->how.owner ? at->how.owner : "";
	cstn_status status = cstn_network_snapshot(at->network, &at->snapshot, error);

	if (status == CSTN_OK)
		status = cstn__customer_person(
				at->snapshot, at->customer, owner, &at->record, error);
	if (status != CSTN_OK)
		return status;
	at->more = at->how.n_categories == 0 && says_more(at->record);
	if (at->more)
		status = check_time(at, at->record, "the customer's record", error);
	if (status == CSTN_OK && at->how.flags & CSTN_ERASE_EVENTS)
		status = cstn__customer_records_load(at->snapshot, &cstn__customer_interactions,
				at->customer, owner, &at->events, error);
	for (size_t i = 0; i < at->events.count && status == CSTN_OK; i++)
		status = check_time(at, at->events.items[i], "an interaction", error);
	return status;
}

static cstn_status erase(erasing *at, cstn_buffer **proof, cstn_error **error)
{
	const cstn_customer_erasure *how = &at->how;
	cstn_status status = look(at, error);

	if (status == CSTN_OK && has_hold(at))
		status = hold(at, error);
	if (status == CSTN_OK)
		status = how->n_categories
					 ? cstn_vault_erase_categories(at->vault, at->customer,
							   how->categories, how->n_categories,
							   how->reason, how->now_us, proof, error)
					 : cstn_vault_erase_subject(at->vault, at->customer,
							   how->reason, how->now_us, proof, error);
	if (status == CSTN_OK)
		status = check_events_held(at, error);
	return status == CSTN_OK ? forget(at, error) : status;
}

cstn_status cstn_customer_erase_categories(cstn_vault *vault, cstn_network *network,
		const char *customer, const cstn_customer_erasure *how, cstn_buffer **proof,
		cstn_error **error)
{
	erasing at = {.vault = vault, .network = network, .customer = customer};
	cstn_buffer *made = NULL;
	cstn_status status;

	if (!vault || !how)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				vault ? "how" : "vault");
	status = cstn__options_read(how, sizeof(at.how), sizeof(at.how), CSTN_ERASE_EVENTS,
			"cstn_customer_erasure", &at.how, error);
	if (status == CSTN_OK)
		status = erase(&at, proof ? &made : NULL, error);
	if (at.snapshot)
		cstn__customer_records_free(at.snapshot, &at.events);
	cstn_record_unref(at.record);
	cstn_snapshot_unref(at.snapshot);
	if (status == CSTN_OK && proof)
		*proof = made;
	else
		cstn_buffer_free(made);
	return status;
}

cstn_status cstn_customer_erase(cstn_vault *vault, cstn_network *network, const char *customer,
		const char *owner, const char *reason, int64_t now_us, cstn_buffer **proof,
		cstn_error **error)
{
	cstn_customer_erasure how = CSTN_CUSTOMER_ERASURE_INIT;

	how.owner = owner;
	how.reason = reason;
	how.now_us = now_us;
	return cstn_customer_erase_categories(vault, network, customer, &how, proof, error);
}
