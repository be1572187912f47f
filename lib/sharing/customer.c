/* Customers between a network, which has their records, and a vault, which has what is personal.
 *
 * A personal field is a cell whose subject and record are the customer's id. Nothing here decides
 * what the vault or the records of consent do not.
 *
 * Cost: that of the calls of vault.h, a look-up in the network. */
#include <string.h>

#include <constellation/customer.h>

#include "base/error.h"
#include "base/text.h"
#include "network/network.h"
#include "sharing/customer.h"
#include "sharing/vault.h"

#define SCHEMA_VERSION 1u
#define PREFIX "customer."

typedef struct personal {
	const char *path; /* the name follows PREFIX */
	int32_t category, form;
} personal;

static const personal fields[] = {
		{PREFIX "name", CSTN_VAULT_IDENTITY, CSTN_VAULT_FORM_BYTES},
		{PREFIX "given_name", CSTN_VAULT_IDENTITY, CSTN_VAULT_FORM_BYTES},
		{PREFIX "family_name", CSTN_VAULT_IDENTITY, CSTN_VAULT_FORM_BYTES},
		{PREFIX "tax_id", CSTN_VAULT_IDENTITY, CSTN_VAULT_FORM_CODE},
		{PREFIX "email", CSTN_VAULT_CONTACT, CSTN_VAULT_FORM_EMAIL},
		{PREFIX "phone", CSTN_VAULT_CONTACT, CSTN_VAULT_FORM_PHONE},
		{PREFIX "address_1", CSTN_VAULT_ADDRESS, CSTN_VAULT_FORM_NONE},
		{PREFIX "address_2", CSTN_VAULT_ADDRESS, CSTN_VAULT_FORM_NONE},
		{PREFIX "city", CSTN_VAULT_ADDRESS, CSTN_VAULT_FORM_NONE},
		{PREFIX "postcode", CSTN_VAULT_ADDRESS, CSTN_VAULT_FORM_CODE},
		{PREFIX "birth_date", CSTN_VAULT_BIRTH, CSTN_VAULT_FORM_NONE},
		{PREFIX "bank_reference", CSTN_VAULT_PAYMENT, CSTN_VAULT_FORM_NONE},
		{PREFIX "free_text", CSTN_VAULT_FREE_TEXT, CSTN_VAULT_FORM_NONE},
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static const char *name_of(const personal *field)
{
	return field->path + sizeof(PREFIX) - 1;
}

const char *cstn__customer_path(size_t field)
{
	return fields[field].path;
}

size_t cstn_customer_field_count(void)
{
	return N_FIELDS;
}

const char *cstn_customer_field_name(size_t field)
{
	return field < N_FIELDS ? name_of(&fields[field]) : "";
}

int32_t cstn_customer_field_category(size_t field)
{
	return field < N_FIELDS ? fields[field].category : 0;
}

int32_t cstn_customer_field_form(size_t field)
{
	return field < N_FIELDS ? fields[field].form : CSTN_VAULT_FORM_NONE;
}

static cstn_status find_field(const char *name, const personal **out, cstn_error **error)
{
	const char *names[N_FIELDS];
	int32_t similar;

	if (!name)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a field's name is NULL");
	for (size_t i = 0; i < N_FIELDS; i++) {
		names[i] = name_of(&fields[i]);
		if (strcmp(names[i], name) == 0) {
			*out = &fields[i];
			return CSTN_OK;
		}
	}
	similar = cstn__text_similar(name, names, N_FIELDS);
	return cstn__fail(error, CSTN_E_NOT_FOUND, "customers have no personal field '%.64s'%s%s",
			name, similar < 0 ? "" : "; similar: ", similar < 0 ? "" : names[similar]);
}

cstn_status cstn__customer_person(cstn_snapshot *snapshot, const char *customer, const char *owner,
		cstn_record **out, cstn_error **error)
{
	const char *key[2] = {customer, owner ? owner : ""};
	cstn_record *record = NULL;
	cstn_status status = cstn__vault_check_id("customer", customer, error);

	if (status == CSTN_OK)
		status = cstn_snapshot_get(
				snapshot, "customer", key, 2, CSTN_AS_OF_NOW, &record, error);
	if (status != CSTN_OK)
		return status;
	if (strcmp(cstn_record_text(record, CSTN_NO_LINE, "kind", NULL), "person") != 0) {
		cstn_record_unref(record);
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the customer is an organisation; the persons in it are subjects "
				"of their own");
	}
	*out = record;
	return CSTN_OK;
}

/* The record of a customer who is a person. */
static cstn_status find_person(cstn_network *network, const char *customer, const char *owner,
		cstn_record **out, cstn_error **error)
{
	cstn_snapshot *snapshot = NULL;
	cstn_status status = cstn_network_snapshot(network, &snapshot, error);

	if (status == CSTN_OK)
		status = cstn__customer_person(snapshot, customer, owner, out, error);
	cstn_snapshot_unref(snapshot);
	return status;
}

/* --- put -------------------------------------------------------------------------------------- */

static cstn_status check_value(
		const personal *field, const cstn_customer_field *given, cstn_error **error)
{
	int64_t us;

	if (!given->value && given->value_size)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the value of '%s' is NULL",
				name_of(field));
	if (given->value_size && !cstn__utf8_is_valid(given->value, given->value_size))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the value of '%s' is no UTF-8",
				name_of(field));
	if (field->category == CSTN_VAULT_BIRTH &&
			cstn_time_parse((const char *)given->value, given->value_size, "YYYY-MM-DD",
					0, &us, NULL) != CSTN_OK)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the value of '%s' is no day YYYY-MM-DD", name_of(field));
	return CSTN_OK;
}

static cstn_status make_cell(const char *customer, const cstn_customer_field *given,
		cstn_vault_cell *out, cstn_error **error)
{
	const personal *field = NULL;
	cstn_status status = find_field(given->name, &field, error);

	if (status == CSTN_OK)
		status = check_value(field, given, error);
	if (status == CSTN_OK)
		*out = (cstn_vault_cell){.subject = customer,
				.record = customer,
				.path = field->path,
				.value = given->value,
				.value_size = given->value_size,
				.category = field->category,
				.form = field->form,
				.schema_version = SCHEMA_VERSION};
	return status;
}

cstn_status cstn_customer_put(cstn_vault *vault, cstn_network *network, const char *customer,
		const char *owner, const cstn_customer_field *given, size_t n_fields,
		int64_t now_us, cstn_error **error)
{
	cstn_vault_cell cells[N_FIELDS];
	cstn_record *record = NULL;
	cstn_status status = CSTN_OK;

	if (!vault || (!given && n_fields))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				vault ? "fields" : "vault");
	if (n_fields > N_FIELDS)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu fields; a customer has %zu", n_fields,
				N_FIELDS);
	for (size_t i = 0; i < n_fields && status == CSTN_OK; i++)
		status = make_cell(customer, &given[i], &cells[i], error);
	if (status == CSTN_OK)
		status = find_person(network, customer, owner, &record, error);
	cstn_record_unref(record);
	return status == CSTN_OK ? cstn_vault_put(vault, cells, n_fields, now_us, error) : status;
}

/* --- read ------------------------------------------------------------------------------------- */

cstn_status cstn_customer_get(cstn_vault *vault, cstn_snapshot *snapshot,
		const cstn_consent_question *question, const char *name, cstn_buffer **value,
		cstn_error **error)
{
	const personal *field = NULL;
	cstn_status status = find_field(name, &field, error);

	if (status != CSTN_OK)
		return status;
	return cstn_vault_get_consented(vault, snapshot, question, field->path, value, error);
}

typedef struct asking {
	cstn_snapshot *snapshot;
	cstn_consent_question question;
	uint64_t n_no_consent;
} asking;

static cstn_status ask(void *context, const char *customer, int *keep, cstn_error **error)
{
	asking *at = context;
	cstn_consent consent = CSTN_CONSENT_INIT;
	cstn_status status;

	at->question.customer = customer;
	status = cstn_snapshot_consent(at->snapshot, &at->question, &consent, error);
	*keep = consent.granted;
	at->n_no_consent += status == CSTN_OK && !consent.granted;
	return status;
}

/* Before anybody is looked for. */
static cstn_status check_question(
		cstn_snapshot *snapshot, const cstn_consent_question *question, cstn_error **error)
{
	cstn_consent_question about;

	if (!snapshot || !question)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				snapshot ? "question" : "snapshot");
	if (question->customer)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the question of a search names no customer");
	about = *question;
	about.customer = "whoever is found";
	return cstn__consent_check(&about, error);
}

cstn_status cstn_customer_find(cstn_vault *vault, cstn_snapshot *snapshot,
		const cstn_consent_question *question, const char *name, const uint8_t *value,
		size_t value_size, cstn_vault_matches **out, uint64_t *n_no_consent,
		cstn_error **error)
{
	const personal *field = NULL;
	cstn_vault_matches *found = NULL;
	asking at = {.snapshot = snapshot};
	cstn_status status = find_field(name, &field, error);

	if (status == CSTN_OK && field->form == CSTN_VAULT_FORM_NONE)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "'%s' is not searched", name);
	if (status == CSTN_OK)
		status = check_question(snapshot, question, error);
	if (status == CSTN_OK && !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status == CSTN_OK)
		status = cstn_vault_find(
				vault, field->path, field->form, value, value_size, &found, error);
	if (status != CSTN_OK)
		return status;
	at.question = *question;
	status = cstn__vault_matches_keep(found, ask, &at, error);
	if (status != CSTN_OK) {
		cstn_vault_matches_free(found);
		return status;
	}
	*out = found;
	if (n_no_consent)
		*n_no_consent = at.n_no_consent;
	return CSTN_OK;
}
