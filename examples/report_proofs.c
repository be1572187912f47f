#include "report_proofs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- proofs ----------------------------------------------------------------------------------- */

/* The checkpoint of a log as the shipper signs it, with the line of its witness behind it. */
static cstn_status witnessed(
		const struct deal *deal, const cstn_log *log, char **out, cstn_error **error)
{
	const char *signer = deal_text(deal->signers[DEAL_SHIPPER]),
		   *shipper = deal_text(deal->public[DEAL_SHIPPER]);
	cstn_buffer *checkpoint = NULL, *line = NULL;
	size_t size;
	cstn_status status = cstn_log_checkpoint(log, &signer, 1, &checkpoint, error);

	/* The carrier keeps no state here; a real one names the size that it saw last. */
	if (status == CSTN_OK)
		status = cstn_witness_cosign(deal_text(checkpoint), cstn_buffer_size(checkpoint),
				&shipper, 1, deal_text(deal->witness), deal->now_us / 1000000, NULL,
				NULL, &line, error);
	if (status == CSTN_OK) {
		size = cstn_buffer_size(checkpoint) + cstn_buffer_size(line) + 1;
		*out = malloc(size);
		if (*out == NULL)
			status = CSTN_E_NOMEM;
		else
			(void)snprintf(*out, size, "%s%s", deal_text(checkpoint), deal_text(line));
	}
	cstn_buffer_free(checkpoint);
	cstn_buffer_free(line);
	return status;
}

cstn_status proof_make(
		const struct deal *deal, uint64_t index, struct proof *out, cstn_error **error)
{
	cstn_shared_log *log = NULL;
	cstn_buffer *hashes = NULL;
	uint64_t end;
	cstn_status status = cstn_shared_log_open(
			deal->network, deal_parties[DEAL_SHIPPER], DEAL_PLACE, NULL, &log, error);
	const cstn_log *tree = cstn_shared_log_tree(log);

	memset(out, 0, sizeof(*out));
	if (status == CSTN_OK)
		status = cstn_shared_log_read(log, index, 1, &end, &out->entry, error);
	if (status == CSTN_OK)
		status = witnessed(deal, tree, &out->paper, error);
	if (status == CSTN_OK)
		status = cstn_log_prove_inclusion(tree, index, cstn_log_size(tree), &hashes, error);
	if (status == CSTN_OK)
		status = cstn_proof_format(index, cstn_buffer_data(hashes),
				cstn_buffer_size(hashes) / CSTN_MERKLE_HASH_SIZE, NULL, 0,
				out->paper, strlen(out->paper), NULL, &out->text, error);
	cstn_buffer_free(hashes);
	cstn_shared_log_free(log);
	return status;
}

cstn_status proof_holds(const struct deal *deal, const struct proof *proof, cstn_error **error)
{
	const char *shipper = deal_text(deal->public[DEAL_SHIPPER]),
		   *carrier = deal_text(deal->witness_public);
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;

	options.verifiers = &shipper;
	options.n_verifiers = 1;
	options.witnesses = &carrier;
	options.n_witnesses = 1;
	options.witnesses_least = 1;
	return cstn_proof_verify(deal_text(proof->text), cstn_buffer_size(proof->text),
			cstn_buffer_data(proof->entry), cstn_buffer_size(proof->entry), &options,
			NULL, NULL, error);
}

void proof_free(struct proof *proof)
{
	cstn_buffer_free(proof->entry);
	cstn_buffer_free(proof->text);
	free(proof->paper);
	memset(proof, 0, sizeof(*proof));
}

/* --- erasure ---------------------------------------------------------------------------------- */

#define NAME_PATH "shipment.customer"
#define VALUE_PATH "order.value"

/* A host asks its key store here. */
static cstn_status root_key(void *user, uint8_t *key)
{
	(void)user;
	memset(key, 7, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

static cstn_status log_commitment(
		const struct deal *deal, struct erasure *erasure, cstn_error **error)
{
	char hex[2 * CSTN_VAULT_COMMITMENT_SIZE + 1], json[160];
	cstn_transaction *transaction = NULL;
	cstn_status status = cstn_transaction_begin(deal->network, &transaction, error);

	deal_hex(erasure->commitment, sizeof(erasure->commitment), hex);
	(void)snprintf(json, sizeof(json), "{\"commitment\":\"%s\",\"path\":\"" VALUE_PATH "\"}",
			hex);
	if (status == CSTN_OK)
		status = cstn_transaction_log(transaction, deal_parties[DEAL_SHIPPER], DEAL_PLACE,
				"x-commitment", deal->now_us, json, strlen(json), &erasure->index,
				error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	return status;
}

cstn_status erasure_begin(const struct deal *deal, struct erasure *erasure, cstn_error **error)
{
	const cstn_vault_cell name = {.subject = erasure->person,
			.record = erasure->shipment,
			.path = NAME_PATH,
			.value = (const uint8_t *)erasure->person,
			.value_size = strlen(erasure->person),
			.category = CSTN_VAULT_IDENTITY,
			.schema_version = 1};
	const cstn_vault_cell value = {.subject = erasure->person,
			.record = erasure->shipment,
			.path = VALUE_PATH,
			.value = (const uint8_t *)erasure->amount,
			.value_size = strlen(erasure->amount)};
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;
	cstn_status status;

	options.tenant = deal_parties[DEAL_SHIPPER];
	options.actor = "privacy desk";
	options.root_key = root_key;
	options.network = deal->network;
	options.party = deal_parties[DEAL_SHIPPER];
	options.signer = deal_text(deal->signers[DEAL_SHIPPER]);
	status = cstn_vault_open(NULL, &options, NULL, &erasure->vault, error);
	if (status == CSTN_OK)
		status = cstn_vault_put(erasure->vault, &name, 1, deal->now_us, error);
	if (status == CSTN_OK)
		status = cstn_vault_commit(
				erasure->vault, &value, deal->now_us, erasure->commitment, error);
	if (status == CSTN_OK)
		status = log_commitment(deal, erasure, error);
	return status;
}

cstn_status erasure_read(const struct erasure *erasure, cstn_error **error)
{
	cstn_buffer *name = NULL;
	cstn_status status = cstn_vault_get(erasure->vault, erasure->person, erasure->shipment,
			NAME_PATH, &name, error);

	if (status == CSTN_OK && strcmp(deal_text(name), erasure->person) != 0)
		status = CSTN_E_MISMATCH;
	cstn_buffer_free(name);
	return status;
}

cstn_status erasure_open(const struct erasure *erasure, cstn_error **error)
{
	uint8_t salt[CSTN_VAULT_SALT_SIZE], again[CSTN_VAULT_COMMITMENT_SIZE];
	cstn_status status = cstn_vault_salt(erasure->vault, erasure->person, erasure->shipment,
			VALUE_PATH, salt, error);

	if (status == CSTN_OK)
		status = cstn_vault_commitment(salt, VALUE_PATH, erasure->amount,
				strlen(erasure->amount), again, error);
	if (status == CSTN_OK && memcmp(again, erasure->commitment, sizeof(again)) != 0)
		status = CSTN_E_MISMATCH;
	return status;
}

cstn_status erasure_do(const struct deal *deal, struct erasure *erasure, cstn_error **error)
{
	return cstn_vault_erase_subject(erasure->vault, erasure->person, "asked by the customer",
			deal->now_us + DEAL_DAY, &erasure->proof, error);
}

cstn_status erasure_proved(
		const struct deal *deal, const struct erasure *erasure, cstn_error **error)
{
	const char *shipper = deal_text(deal->public[DEAL_SHIPPER]),
		   *text = deal_text(erasure->proof);
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	size_t size = cstn_buffer_size(erasure->proof), entry_size = 0;
	cstn_proof *proof = NULL;
	const uint8_t *entry;
	cstn_status status = cstn_proof_parse(text, size, NULL, &proof, error);

	options.verifiers = &shipper;
	options.n_verifiers = 1;
	if (status == CSTN_OK) {
		entry = cstn_proof_extra(proof, &entry_size);
		status = cstn_proof_verify(
				text, size, entry, entry_size, &options, NULL, NULL, error);
	}
	cstn_proof_free(proof);
	return status;
}

void erasure_free(struct erasure *erasure)
{
	cstn_vault_free(erasure->vault);
	cstn_buffer_free(erasure->proof);
}
