/* A change to a network and the entry in a log that tells of it, committed together; a third party
 * is shown that it was logged. Usage: network_log [FOLDER]; with one the log is exported there, for
 * any tool that reads C2SP tlog-tiles. */
#include "example_records.h"

#include <stdio.h>
#include <string.h>

static const char *const acme[] = {
		"partner_id", "acme", "country", "DE", "recorded", "2024-05-01", NULL};

/* 1 May 2024, 9:00 UTC. */
#define NOW_US INT64_C(1714554000000000)

static const char *text(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

static cstn_status change(cstn_network *network, cstn_error **error)
{
	static const char json[] = "{\"partner\":\"acme\",\"why\":\"new supplier\"}";
	uint64_t index = 0;
	/* [change] */
	cstn_transaction *transaction = NULL;
	cstn_status status = cstn_transaction_begin(network, &transaction, error);

	if (status == CSTN_OK)
		status = records_put(transaction, "partner", acme, error);
	if (status == CSTN_OK)
		status = cstn_transaction_log(transaction, "bolts", "fasteners", "x-listed", NOW_US,
				json, strlen(json), &index, error);
	if (status == CSTN_OK)
		status = cstn_transaction_log(transaction, "bolts", "fasteners", "x-checked",
				NOW_US - 1, NULL, 0, NULL, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	/* [change] */
	if (status == CSTN_OK)
		printf("listed by entry %d\n", (int)index);
	return status;
}

static cstn_status show(const cstn_shared_log *log, cstn_error **error)
{
	uint64_t ends[2], begin = 0;
	cstn_buffer *entries;
	cstn_status status = cstn_shared_log_read(log, 0, 2, ends, &entries, error);
	int i;

	for (i = 0; i < 2 && status == CSTN_OK; begin = ends[i++])
		printf("%.*s\n", (int)(ends[i] - begin), text(entries) + begin);
	if (status == CSTN_OK)
		cstn_buffer_free(entries);
	return status;
}

static cstn_status prove(const cstn_shared_log *log, const char *signer, const char *folder,
		cstn_error **error)
{
	/* [prove] */
	const cstn_log *tree = cstn_shared_log_tree(log);
	cstn_buffer *checkpoint = NULL, *hashes = NULL;
	cstn_status status = cstn_log_checkpoint(tree, &signer, 1, &checkpoint, error);

	if (status == CSTN_OK)
		status = cstn_log_prove_inclusion(tree, 0, cstn_log_size(tree), &hashes, error);
	/* [prove] */
	if (status == CSTN_OK)
		printf("%sthe proof of entry 0 has %d hash\n", text(checkpoint),
				(int)(cstn_buffer_size(hashes) / CSTN_MERKLE_HASH_SIZE));
	/* [export] */
	if (status == CSTN_OK && folder)
		status = cstn_shared_log_export_tiles(
				log, folder, text(checkpoint), cstn_buffer_size(checkpoint), error);
	/* [export] */
	cstn_buffer_free(checkpoint);
	cstn_buffer_free(hashes);
	return status;
}

static cstn_status run(const char *folder, cstn_error **error)
{
	uint8_t seed[32] = {1}; /* for the example; leave it out for a key of your own */
	cstn_buffer *signer = NULL, *verifier = NULL;
	cstn_network *network = NULL;
	cstn_shared_log *log = NULL;
	cstn_status status = cstn_network_open(NULL, NULL, NULL, &network, error);

	if (status == CSTN_OK)
		status = change(network, error);
	if (status == CSTN_OK)
		status = cstn_note_key_new("bolts.example", 13, CSTN_NOTE_KEY_SIGN, seed, NULL,
				&signer, &verifier, error);
	/* [open] */
	if (status == CSTN_OK)
		status = cstn_shared_log_open(network, "bolts", "fasteners", NULL, &log, error);
	/* [open] */
	if (status == CSTN_OK)
		status = show(log, error);
	if (status == CSTN_OK)
		status = prove(log, text(signer), folder, error);
	cstn_shared_log_free(log);
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
	cstn_network_unref(network);
	return status;
}

int main(int argc, char **argv)
{
	cstn_error *error = NULL;
	cstn_status status = run(argc > 1 ? argv[1] : NULL, &error);

	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	return status != CSTN_OK;
}
