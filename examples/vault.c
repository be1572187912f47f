/* A shop keeps what it knows of a customer in a vault, commits to a price in a log, and erases the
 * customer when she asks for it: reads end, and both proofs hold. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

/* A shop asks its key store here; the example has a key for show. */
static cstn_status root_key(void *user, uint8_t *key)
{
	(void)user;
	memset(key, 7, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

static cstn_status open_vault(
		cstn_log *log, const char *signer, cstn_vault **vault, cstn_error **error)
{
	/* [open] */
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;

	options.tenant = "shop";
	options.actor = "privacy desk";
	options.root_key = root_key;
	options.log = log; /* or a network: then its private log of a party */
	options.signer = signer;
	return cstn_vault_open(NULL, &options, NULL, vault, error); /* NULL: in memory */
								    /* [open] */
}

static cstn_status put(cstn_vault *vault, cstn_error **error)
{
	/* [put] */
	static const char mail[] = "Ada@Example.org", name[] = "Ada Lovelace";
	const cstn_vault_cell cells[] = {
			{"c-17", "c-17", "customer.email", (const uint8_t *)mail, strlen(mail),
					CSTN_VAULT_CONTACT, CSTN_VAULT_FORM_EMAIL, 1, 0},
			{"c-17", "c-17", "customer.name", (const uint8_t *)name, strlen(name),
					CSTN_VAULT_IDENTITY, CSTN_VAULT_FORM_NONE, 1, 0}};

	return cstn_vault_put(vault, cells, 2, 1764547200000000, error);
	/* [put] */
}

static cstn_status find(cstn_vault *vault, cstn_error **error)
{
	/* [find] */
	cstn_vault_matches *found;
	cstn_status status = cstn_vault_find(vault, "customer.email", CSTN_VAULT_FORM_EMAIL,
			(const uint8_t *)"ada@example.ORG", 15, &found, error);

	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < cstn_vault_matches_count(found); i++)
		printf("found %s\n", cstn_vault_matches_record(found, i));
	cstn_vault_matches_free(found);
	/* [find] */
	return CSTN_OK;
}

static void read_name(cstn_vault *vault)
{
	cstn_buffer *value = NULL;
	cstn_error *error = NULL;

	if (cstn_vault_get(vault, "c-17", "c-17", "customer.name", &value, &error) == CSTN_OK)
		printf("%s\n", (const char *)cstn_buffer_data(value));
	else
		printf("%s\n", cstn_error_message(error));
	cstn_buffer_free(value);
	cstn_error_free(error);
}

/* The price of her order goes into the log as a commitment. */
static cstn_status commit(cstn_vault *vault, cstn_log *log, uint8_t *commitment, cstn_error **error)
{
	/* [commit] */
	cstn_vault_cell price = {.subject = "c-17",
			.record = "order-1",
			.path = "order.price",
			.value = (const uint8_t *)"1250",
			.value_size = 4};
	cstn_status status = cstn_vault_commit(vault, &price, 1764547200000000, commitment, error);

	if (status == CSTN_OK)
		status = cstn_log_append(log, commitment, CSTN_VAULT_COMMITMENT_SIZE, NULL, error);
	/* [commit] */
	return status;
}

static cstn_status erase(cstn_vault *vault, const char *verifier, cstn_error **error)
{
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	cstn_buffer *proof;
	cstn_proof *parsed = NULL;
	const uint8_t *entry;
	uint64_t index;
	size_t size;
	/* [erase] */
	cstn_status status = cstn_vault_erase_subject(
			vault, "c-17", "asked by the customer", 1764633600000000, &proof, error);
	/* [erase] */

	if (status != CSTN_OK)
		return status;
	options.verifiers = &verifier;
	options.n_verifiers = 1;
	status = cstn_proof_parse((const char *)cstn_buffer_data(proof), cstn_buffer_size(proof),
			NULL, &parsed, error);
	entry = cstn_proof_extra(parsed, &size);
	if (status == CSTN_OK)
		status = cstn_proof_verify((const char *)cstn_buffer_data(proof),
				cstn_buffer_size(proof), entry, size, &options, &index, NULL,
				error);
	if (status == CSTN_OK)
		printf("entry %d: %.*s\n", (int)index, (int)size, (const char *)entry);
	cstn_proof_free(parsed);
	cstn_buffer_free(proof);
	return status;
}

/* What was proved before goes on to hold. */
static cstn_status still_proved(const cstn_log *log, const uint8_t *commitment, cstn_error **error)
{
	uint8_t leaf[CSTN_MERKLE_HASH_SIZE], root[CSTN_MERKLE_HASH_SIZE];
	uint64_t size = cstn_log_size(log);
	cstn_buffer *proof = NULL;
	cstn_status status =
			cstn_merkle_hash_entry(commitment, CSTN_VAULT_COMMITMENT_SIZE, leaf, error);

	if (status == CSTN_OK)
		status = cstn_log_root(log, size, root, error);
	if (status == CSTN_OK)
		status = cstn_log_prove_inclusion(log, 0, size, &proof, error);
	if (status == CSTN_OK)
		status = cstn_merkle_verify_inclusion(0, size, leaf, cstn_buffer_data(proof),
				cstn_buffer_size(proof) / CSTN_MERKLE_HASH_SIZE, root, error);
	cstn_buffer_free(proof);
	if (status == CSTN_OK)
		printf("the price is proved still\n");
	return status;
}

static cstn_status run(cstn_error **error)
{
	uint8_t seed[32] = {1}, commitment[CSTN_VAULT_COMMITMENT_SIZE];
	cstn_buffer *signer = NULL, *verifier = NULL;
	cstn_vault *vault = NULL;
	cstn_log *log = NULL;
	cstn_status status = cstn_note_key_new("shop.example", 12, CSTN_NOTE_KEY_SIGN, seed, NULL,
			&signer, &verifier, error);

	if (status == CSTN_OK)
		status = cstn_log_new("shop.example/privacy", 20, NULL, &log, error);
	if (status == CSTN_OK)
		status = open_vault(log, (const char *)cstn_buffer_data(signer), &vault, error);
	if (status == CSTN_OK)
		status = put(vault, error);
	if (status == CSTN_OK)
		status = find(vault, error);
	if (status == CSTN_OK)
		status = commit(vault, log, commitment, error);
	if (status == CSTN_OK) {
		read_name(vault);
		status = erase(vault, (const char *)cstn_buffer_data(verifier), error);
	}
	if (status == CSTN_OK) {
		read_name(vault);
		status = still_proved(log, commitment, error);
	}
	cstn_vault_free(vault);
	cstn_log_free(log);
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
	return status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_status status = run(&error);

	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	return status != CSTN_OK;
}
