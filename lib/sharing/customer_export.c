/* All that is held of a customer, for the customer: the access right.
 *
 * What is open comes from a snapshot of the network, what is personal from the vault. An erasure
 * that comes in between takes personal fields away, and is then told with them. Texts of the tree
 * that hold what is personal are wiped; the result is a buffer that wipes itself.
 *
 * Cost: a pass over the records of consent and of interactions, a look-up a personal field. */
#include <string.h>

#include "base/error.h"
#include "network/network.h"
#include "sharing/canonical_json.h"
#include "sharing/customer.h"
#include "sharing/vault.h"

#define TYPE "cstn/customer/v1"

/* Texts of an object lie in libc's memory; they are ours alone here. */
static void wipe_texts(json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		if (json_is_string(value))
			cstn__wipe((void *)(uintptr_t)json_string_value(value),
					json_string_length(value));
	}
}

/* A value that is not there any more, or never was, is none. */
static cstn_status put_personal(cstn_vault *vault, const char *customer, size_t field, json_t *into,
		cstn_error **error)
{
	cstn_buffer *value = NULL;
	cstn_error *inner = NULL;
	cstn_status status = cstn_vault_get(
			vault, customer, customer, cstn__customer_path(field), &value, &inner);

	if (status == CSTN_E_NOT_FOUND || status == CSTN_E_ERASED) {
		cstn_error_free(inner);
		return CSTN_OK;
	}
	if (status != CSTN_OK)
		return cstn__error_give(error, inner, status);
	if (json_object_set_new(into, cstn_customer_field_name(field),
			    json_stringn((const char *)cstn_buffer_data(value),
					    cstn_buffer_size(value))))
		status = cstn__fail_nomem(error);
	cstn_buffer_free(value);
	return status;
}

/* A list of the noun's records that name the customer; its own list is given where it is asked for.
 */
static cstn_status put_records(cstn_snapshot *snapshot, const cstn__customer_records *which,
		const char *customer, const char *owner, const char *name, json_t *into,
		cstn__customer_list *list, cstn_error **error)
{
	cstn_status status =
			cstn__customer_records_load(snapshot, which, customer, owner, list, error);

	if (status == CSTN_OK && json_object_set_new(into, name, cstn__records_to_json(list)))
		status = cstn__fail_nomem(error);
	return status;
}

static cstn_status put_open(cstn_snapshot *snapshot, const char *customer,
		const cstn_customer_export_options *options, json_t *into, cstn_error **error)
{
	cstn__customer_list consents = {NULL, 0, 0}, interactions = {NULL, 0, 0};
	const char *owner = options->owner;
	cstn_status status = put_records(snapshot, &cstn__customer_consents, customer, owner,
			"consents", into, &consents, error);

	if (status == CSTN_OK)
		status = put_records(snapshot, &cstn__customer_interactions, customer, owner,
				"interactions", into, &interactions, error);
	if (status == CSTN_OK)
		status = cstn__customer_judged(
				snapshot, customer, &interactions, options, into, error);
	cstn__customer_records_free(snapshot, &consents);
	cstn__customer_records_free(snapshot, &interactions);
	return status;
}

static cstn_status put_all(cstn_vault *vault, cstn_snapshot *snapshot, const cstn_record *record,
		const char *customer, const cstn_customer_export_options *options, json_t *into,
		json_t *personal, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	json_t *erased = json_array();

	if (json_object_set_new(into, "erased", erased) |
			json_object_set_new(into, "type", json_string(TYPE)) |
			json_object_set_new(into, "customer_id", json_string(customer)) |
			json_object_set_new(into, "owner", json_string(options->owner)) |
			json_object_set_new(into, "as_of", cstn__json_of_time(options->now_us)) |
			json_object_set_new(into, "record", cstn__record_to_json(record)))
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < cstn_customer_field_count() && status == CSTN_OK; i++)
		status = put_personal(vault, customer, i, personal, error);
	if (status == CSTN_OK)
		status = cstn__vault_erasures(vault, customer, erased, error);
	return status == CSTN_OK ? put_open(snapshot, customer, options, into, error) : status;
}

static cstn_status write_out(const json_t *tree, const cstn_allocator *memory, cstn_buffer **out,
		cstn_error **error)
{
	cstn__bytes text;
	cstn_status status;

	cstn__bytes_init(&text, memory);
	status = cstn__canonical_json_write(tree, 0, &text, error);
	if (status == CSTN_OK)
		status = cstn__buffer_copy_secret(memory, text.data, text.size, out, error);
	cstn__wipe(text.data, text.size);
	cstn__bytes_free(&text);
	return status;
}

static cstn_status check_options(const cstn_customer_export_options *given,
		cstn_customer_export_options *own, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*own), sizeof(*own), 0,
			"cstn_customer_export_options", own, error);

	if (status == CSTN_OK && (own->now_us == 0 || own->now_us == CSTN_TIME_NULL))
		status = cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "now_us of the options is needed");
	if (status == CSTN_OK && !own->owner)
		own->owner = "";
	return status;
}

cstn_status cstn_customer_export(cstn_vault *vault, cstn_snapshot *snapshot, const char *customer,
		const cstn_customer_export_options *options, cstn_buffer **out, cstn_error **error)
{
	cstn_customer_export_options own;
	cstn_record *record = NULL;
	json_t *tree, *personal;
	cstn_status status = CSTN_OK;

	if (!vault || !snapshot || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!vault     ? "vault"
				: snapshot ? "out"
					   : "snapshot");
	status = check_options(options, &own, error);
	if (status == CSTN_OK)
		status = cstn__customer_person(snapshot, customer, own.owner, &record, error);
	if (status != CSTN_OK)
		return status;
	tree = json_object();
	personal = json_object();
	if (!tree || !personal || json_object_set(tree, "personal", personal))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = put_all(vault, snapshot, record, customer, &own, tree, personal, error);
	if (status == CSTN_OK)
		status = write_out(tree, &snapshot->allocator, out, error);
	wipe_texts(personal);
	json_decref(personal);
	json_decref(tree);
	cstn_record_unref(record);
	return status;
}
