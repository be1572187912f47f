/* A shop's network has the record of a customer, its vault what is personal: read and found for
 * what she allows, told to her in full, erased in part, then as a whole. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "example_records.h"

#define DAY_1 INT64_C(1764547200000000) /* 2025-12-01 */
#define DAY_2 INT64_C(1764633600000000)

/* A shop asks its key store here; the example has a key for show. */
static cstn_status root_key(void *user, uint8_t *key)
{
	(void)user;
	memset(key, 7, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

static cstn_status open_vault(
		cstn_network *network, const char *signer, cstn_vault **vault, cstn_error **error)
{
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;

	options.tenant = "shop";
	options.root_key = root_key;
	options.network = network; /* erasures go into the private log of the shop */
	options.party = "shop";
	options.signer = signer;
	return cstn_vault_open(NULL, &options, NULL, vault, error);
}

/* What is open: the id, the country; and that she allows marketing. */
static cstn_status record(cstn_network *network, cstn_error **error)
{
	static const char *const customer[] = {"customer_id", "c-17", "kind", "person", "country",
			"GB", "recorded", "2025-12-01", NULL};
	static const char *const consent[] = {"consent_id", "1", "customer_id", "c-17", "purpose",
			"4", "basis", "consent", "state", "granted", "valid_from", "2025-12-01",
			"recorded", "2025-12-01", NULL};
	cstn_transaction *transaction = NULL;
	cstn_status status = cstn_transaction_begin(network, &transaction, error);

	if (status == CSTN_OK)
		status = records_put(transaction, "customer", customer, error);
	if (status == CSTN_OK)
		status = records_put(transaction, "consent", consent, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	return status;
}

static cstn_status put(cstn_vault *vault, cstn_network *network, cstn_error **error)
{
	/* [put] */
	static const char mail[] = "Ada@Example.org", name[] = "Ada Lovelace";
	const cstn_customer_field fields[] = {{"email", (const uint8_t *)mail, strlen(mail)},
			{"name", (const uint8_t *)name, strlen(name)}};

	return cstn_customer_put(vault, network, "c-17", NULL, fields, 2, DAY_1, error);
	/* [put] */
}

static cstn_status find(
		cstn_vault *vault, cstn_snapshot *snapshot, int32_t purpose, cstn_error **error)
{
	/* [find] */
	const cstn_consent_question question = {
			.purpose = purpose, .now_us = DAY_1, .known_us = INT64_MAX};
	cstn_vault_matches *found;
	uint64_t left_out;
	cstn_status status = cstn_customer_find(vault, snapshot, &question, "email",
			(const uint8_t *)"ada@example.ORG", 15, &found, &left_out, error);

	if (status != CSTN_OK)
		return status;
	printf("purpose %d: %d found, %d left out\n", (int)purpose,
			(int)cstn_vault_matches_count(found), (int)left_out);
	cstn_vault_matches_free(found);
	/* [find] */
	return CSTN_OK;
}

static void read_name(cstn_vault *vault, cstn_snapshot *snapshot, int32_t purpose)
{
	/* [get] */
	const cstn_consent_question question = {.customer = "c-17",
			.purpose = purpose,
			.now_us = DAY_1,
			.known_us = INT64_MAX};
	cstn_buffer *value = NULL;
	cstn_error *error = NULL;

	if (cstn_customer_get(vault, snapshot, &question, "name", &value, &error) == CSTN_OK)
		printf("%s\n", (const char *)cstn_buffer_data(value));
	else
		printf("%s\n", cstn_error_message(error));
	cstn_buffer_free(value);
	cstn_error_free(error);
	/* [get] */
}

/* A member of what she is told; what else there is: record, consents, interactions ... */
static void show_personal(const char *json)
{
	const char *from = strstr(json, "\"personal\"");

	printf("%.*s\n", (int)(strchr(from, '}') + 1 - from), from);
}

/* What she may ask for: all that is held of her. */
static cstn_status tell(cstn_vault *vault, cstn_snapshot *snapshot, cstn_error **error)
{
	/* [export] */
	cstn_customer_export_options options = CSTN_CUSTOMER_EXPORT_OPTIONS_INIT;
	cstn_buffer *json;
	cstn_status status;

	options.now_us = DAY_2;
	status = cstn_customer_export(vault, snapshot, "c-17", &options, &json, error);
	if (status != CSTN_OK)
		return status;
	show_personal((const char *)cstn_buffer_data(json));
	cstn_buffer_free(json); /* wiped */
	/* [export] */
	return CSTN_OK;
}

/* She wants no more letters: address, mail and telephone go, and what passed between them. */
static cstn_status erase_category(cstn_vault *vault, cstn_network *network, cstn_error **error)
{
	/* [category] */
	static const int32_t categories[] = {CSTN_VAULT_CONTACT, CSTN_VAULT_ADDRESS};
	cstn_customer_erasure how = CSTN_CUSTOMER_ERASURE_INIT;

	how.flags = CSTN_ERASE_EVENTS;
	how.categories = categories;
	how.n_categories = 2;
	how.reason = "no more letters";
	how.now_us = DAY_2;
	return cstn_customer_erase_categories(vault, network, "c-17", &how, NULL, error);
	/* [category] */
}

static cstn_status erase(cstn_vault *vault, cstn_network *network, cstn_error **error)
{
	/* [erase] */
	cstn_buffer *proof; /* the receipt: of an entry in the log */
	cstn_status status = cstn_customer_erase(vault, network, "c-17", NULL,
			"asked by the customer", DAY_2, &proof, error);
	/* [erase] */

	if (status == CSTN_OK)
		cstn_buffer_free(proof);
	return status;
}

/* What the network still says of her. */
static cstn_status show(cstn_network *network, cstn_error **error)
{
	const char *key[] = {"c-17"};
	cstn_snapshot *snapshot = NULL;
	cstn_record *customer = NULL;
	cstn_buffer *text = NULL;
	cstn_status status = cstn_network_snapshot(network, &snapshot, error);

	if (status == CSTN_OK)
		status = cstn_snapshot_get(
				snapshot, "customer", key, 1, CSTN_AS_OF_NOW, &customer, error);
	if (status == CSTN_OK)
		status = cstn_record_format(customer, &text, error);
	if (status == CSTN_OK)
		printf("%s\n", (const char *)cstn_buffer_data(text));
	cstn_buffer_free(text);
	cstn_record_unref(customer);
	cstn_snapshot_unref(snapshot);
	return status;
}

static cstn_status use(cstn_vault *vault, cstn_network *network, cstn_error **error)
{
	cstn_snapshot *snapshot = NULL;
	cstn_status status = record(network, error);

	if (status == CSTN_OK)
		status = put(vault, network, error);
	if (status == CSTN_OK)
		status = cstn_network_snapshot(network, &snapshot, error);
	if (status == CSTN_OK)
		status = find(vault, snapshot, CSTN_PURPOSE_MARKETING, error);
	if (status == CSTN_OK)
		status = find(vault, snapshot, CSTN_PURPOSE_ANALYTICS, error);
	if (status == CSTN_OK) {
		read_name(vault, snapshot, CSTN_PURPOSE_MARKETING);
		read_name(vault, snapshot, CSTN_PURPOSE_ANALYTICS);
		status = tell(vault, snapshot, error);
	}
	if (status == CSTN_OK)
		status = erase_category(vault, network, error);
	if (status == CSTN_OK)
		status = tell(vault, snapshot, error);
	if (status == CSTN_OK)
		status = erase(vault, network, error);
	if (status == CSTN_OK) {
		read_name(vault, snapshot, CSTN_PURPOSE_MARKETING);
		status = show(network, error);
	}
	cstn_snapshot_unref(snapshot);
	return status;
}

int main(void)
{
	const uint8_t seed[32] = {1};
	cstn_buffer *signer = NULL, *verifier = NULL;
	cstn_network *network = NULL;
	cstn_vault *vault = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_note_key_new("shop.example", 12, CSTN_NOTE_KEY_SIGN, seed, NULL,
			&signer, &verifier, &error);

	if (status == CSTN_OK)
		status = cstn_network_open(NULL, NULL, NULL, &network, &error);
	if (status == CSTN_OK)
		status = open_vault(
				network, (const char *)cstn_buffer_data(signer), &vault, &error);
	if (status == CSTN_OK)
		status = use(vault, network, &error);
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	cstn_vault_free(vault);
	cstn_network_unref(network);
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
	return status != CSTN_OK;
}
