/* A shipper logs what it released, a carrier witnesses the log, and an auditor who has neither
 * verifies that an entry was logged. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

/* Keys for the example are made from known seeds; leave the seed out for keys of your own. */
static cstn_status make_key(const char *name, int32_t type, cstn_buffer **signer,
		cstn_buffer **verifier, cstn_error **error)
{
	uint8_t seed[32] = {(uint8_t)type};

	return cstn_note_key_new(name, strlen(name), type, seed, NULL, signer, verifier, error);
}

static const char *text(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

/* The carrier: it saw the log with no entry and sees it grow. */
static cstn_status witness(const char *checkpoint, const char *shipper, const char *carrier,
		char *out, size_t size, cstn_error **error)
{
	cstn_buffer *line;
	/* [witness] */
	cstn_witness_options options = CSTN_WITNESS_OPTIONS_INIT;
	cstn_status status;

	options.last_size = 0; /* never seen before; later: size, root and a proof of growth */
	status = cstn_witness_cosign(checkpoint, strlen(checkpoint), &shipper, 1, carrier,
			1764547200, &options, NULL, &line, error);
	/* [witness] */
	if (status != CSTN_OK)
		return status;
	snprintf(out, size, "%s%s", checkpoint, text(line));
	cstn_buffer_free(line);
	return CSTN_OK;
}

/* The auditor has a proof on paper, the entry, and two public keys. */
static cstn_status audit(
		const char *proof, const char *entry, const char *shipper, const char *carrier)
{
	cstn_error *error = NULL;
	uint64_t index, size;
	cstn_status status;
	/* [verify] */
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;

	options.origin = "shipper.example/carrier";
	options.verifiers = &shipper;
	options.n_verifiers = 1;
	options.witnesses = &carrier;
	options.n_witnesses = 1;
	options.witnesses_least = 1;
	status = cstn_proof_verify(proof, strlen(proof), entry, strlen(entry), &options, &index,
			&size, &error);
	/* [verify] */
	if (status == CSTN_OK)
		printf("'%s' is entry %d of %d\n", entry, (int)index, (int)size);
	else
		printf("'%s': %s\n", entry, cstn_error_message(error));
	cstn_error_free(error);
	return status;
}

static cstn_status run(cstn_error **error)
{
	static const char *const entries[] = {"{\"release\":1,\"commitment\":\"5f2a\"}",
			"{\"release\":2,\"commitment\":\"90c1\"}", "{\"denied\":3}"};
	cstn_buffer *keys[4] = {NULL}, *checkpoint = NULL, *hashes = NULL, *proof = NULL;
	const char *signer;
	char witnessed[1024];
	cstn_log *log = NULL;
	cstn_status status;
	size_t i;

	status = make_key("shipper.example", CSTN_NOTE_KEY_SIGN, &keys[0], &keys[1], error);
	if (status == CSTN_OK)
		status = make_key("carrier.example", CSTN_NOTE_KEY_WITNESS, &keys[2], &keys[3],
				error);
	if (status != CSTN_OK)
		goto end;
	signer = text(keys[0]);
	/* [log] */
	status = cstn_log_new("shipper.example/carrier", 23, NULL, &log, error);
	for (i = 0; i < 3 && status == CSTN_OK; i++)
		status = cstn_log_append(log, entries[i], strlen(entries[i]), NULL, error);
	if (status == CSTN_OK)
		status = cstn_log_checkpoint(log, &signer, 1, &checkpoint, error);
	/* [log] */
	if (status == CSTN_OK)
		status = witness(text(checkpoint), text(keys[1]), text(keys[2]), witnessed,
				sizeof(witnessed), error);
	if (status != CSTN_OK)
		goto end;
	printf("%s", witnessed);
	/* [prove] */
	status = cstn_log_prove_inclusion(log, 1, 3, &hashes, error);
	if (status == CSTN_OK)
		status = cstn_proof_format(1, cstn_buffer_data(hashes),
				cstn_buffer_size(hashes) / CSTN_MERKLE_HASH_SIZE, NULL, 0,
				witnessed, strlen(witnessed), NULL, &proof, error);
	/* [prove] */
	if (status == CSTN_OK)
		status = audit(text(proof), entries[1], text(keys[1]), text(keys[3]));
	if (status == CSTN_OK && audit(text(proof), "{\"release\":2}", text(keys[1]),
						 text(keys[3])) == CSTN_OK)
		status = CSTN_E_PROOF;
end:
	cstn_buffer_free(proof);
	cstn_buffer_free(hashes);
	cstn_buffer_free(checkpoint);
	cstn_log_free(log);
	for (i = 0; i < 4; i++)
		cstn_buffer_free(keys[i]);
	return status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_status status = run(&error);

	if (status != CSTN_OK)
		fprintf(stderr, "ledger: %s\n", cstn_error_message(error));
	cstn_error_free(error);
	return status == CSTN_OK ? 0 : 1;
}
