/* Proofs of entries in logs: what is read is what is written, and a proof that holds for an entry
 * holds for no other. Hashes as they come are proofs of nothing. */
#include "fuzz_keys.h"

static void verify(const char *text, size_t size, const char *entry, const fuzz_keys *owner,
		cstn_status *out)
{
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	const char *verifier = owner->verifier;
	uint64_t index = 99, of = 99;
	cstn_error *error = NULL;

	options.verifiers = &verifier;
	options.n_verifiers = 1;
	*out = cstn_proof_verify(text, size, entry, strlen(entry), &options, &index, &of, &error);
	fuzz_check_error(*out, error);
	if (*out == CSTN_OK)
		MUST(index < of);
	else
		MUST(index == 99 && of == 99);
}

static void write_again(const cstn_proof *proof, const char *text, size_t size)
{
	size_t n = 0, extra_size = 0, checkpoint_len = 0;
	const uint8_t *hashes = cstn_proof_hashes(proof, &n);
	const uint8_t *extra = cstn_proof_extra(proof, &extra_size);
	const char *checkpoint = cstn_proof_checkpoint(proof, &checkpoint_len);
	cstn_buffer *again = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_proof_format(cstn_proof_index(proof), hashes, n, extra,
			extra_size, checkpoint, checkpoint_len, NULL, &again, &error);

	fuzz_check_error(status, error);
	if (status == CSTN_OK) {
		MUST(cstn_buffer_size(again) == size);
		MUST(memcmp(cstn_buffer_data(again), text, size) == 0);
	}
	cstn_buffer_free(again);
}

/* The bytes as index, size, leaf, root and proof. */
static void verify_bytes(const uint8_t *data, size_t size)
{
	fuzz_source source = {data, size};
	uint64_t index = fuzz_u16(&source), of = fuzz_u16(&source);
	uint8_t leaf[32] = {0}, root[32] = {1};
	size_t n = source.size / 32;
	cstn_error *error = NULL;
	cstn_status status = cstn_merkle_verify_inclusion(
			index, of, leaf, n ? source.data : NULL, n, root, &error);

	fuzz_check_error(status, error);
	MUST(status == CSTN_E_PROOF || status == CSTN_E_INVALID_ARGUMENT);
	error = NULL;
	status = cstn_merkle_verify_consistency(
			index, of, leaf, root, n ? source.data : NULL, n, &error);
	fuzz_check_error(status, error);
	MUST(status == CSTN_E_PROOF || status == CSTN_E_INVALID_ARGUMENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn_proof *proof = NULL;
	cstn_error *error = NULL;
	cstn_status status, first, second;
	fuzz_keys owner;
	char *text;

	fuzz_make_keys(CSTN_NOTE_KEY_SIGN, &owner);
	text = malloc(size ? size : 1);
	MUST(text != NULL);
	if (size)
		memcpy(text, data, size);
	status = cstn_proof_parse(text, size, NULL, &proof, &error);
	fuzz_check_error(status, error);
	MUST((proof != NULL) == (status == CSTN_OK));
	if (proof != NULL)
		write_again(proof, text, size);
	cstn_proof_free(proof);
	verify(text, size, "entry 2", &owner, &first);
	verify(text, size, "entry 3", &owner, &second);
	MUST(first != CSTN_OK || second != CSTN_OK);
	MUST(status == CSTN_OK || first != CSTN_OK);
	verify_bytes(data, size);
	free(text);
	return 0;
}
