/* Logs, notes, checkpoints, witnesses and proofs. */
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

/* A call with the list `all` of the keys of a block; freed behind it. */
#define WITH_KEYS(block, n, all, o, call)                                             \
	do {                                                                          \
		const char **all = cstn_go_list_texts(block, n);                      \
		if (!all)                                                             \
			cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of keys"); \
		else                                                                  \
			CSTN_GO_CALL(o, call);                                        \
		free(all);                                                            \
	} while (0)

void cstn_go_merkle_entry(const uint8_t *entry, size_t size, uint8_t *hash, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_merkle_hash_entry(entry, size, hash, &error));
}

void cstn_go_merkle_children(
		const uint8_t *left, const uint8_t *right, uint8_t *hash, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_merkle_hash_children(left, right, hash, &error));
}

void cstn_go_merkle_inclusion(uint64_t index, uint64_t size, const uint8_t *leaf,
		const uint8_t *proof, size_t n, const uint8_t *root, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_merkle_verify_inclusion(index, size, leaf, proof, n, root, &error));
}

void cstn_go_merkle_consistency(uint64_t size1, uint64_t size2, const uint8_t *root1,
		const uint8_t *root2, const uint8_t *proof, size_t n, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_merkle_verify_consistency(
					size1, size2, root1, root2, proof, n, &error));
}

void cstn_go_note_key_new(const char *name, size_t name_len, int32_t type, const uint8_t *seed,
		cstn_buffer **signer, cstn_buffer **verifier, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_note_key_new(name, name_len, type, seed, NULL, signer, verifier,
					&error));
}

void cstn_go_note_key_verifier(const char *signer, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_note_key_verifier(signer, NULL, out, &error));
}

void cstn_go_note_key_check(const char *verifier, int32_t *type, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_note_key_check(verifier, type, &error));
}

void cstn_go_note_sign(const char *text, size_t len, const char *lines, size_t lines_len,
		const char *signers, size_t n_signers, cstn_buffer **out, cstn_go_outcome *o)
{
	WITH_KEYS(signers, n_signers, keys, o,
			cstn_note_sign(text, len, lines, lines_len, keys, n_signers, NULL, out,
					&error));
}

void cstn_go_note_open(const char *text, size_t len, const char *verifiers, size_t n_verifiers,
		cstn_note **out, cstn_go_outcome *o)
{
	WITH_KEYS(verifiers, n_verifiers, keys, o,
			cstn_note_open(text, len, keys, n_verifiers, NULL, out, &error));
}

void cstn_go_checkpoint_format(const char *origin, size_t origin_len, uint64_t size,
		const uint8_t *root, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_checkpoint_format(origin, origin_len, size, root, NULL, out, &error));
}

void cstn_go_checkpoint_parse(
		const char *text, size_t len, cstn_go_checkpoint *out, cstn_go_outcome *o)
{
	cstn_checkpoint read = CSTN_CHECKPOINT_INIT;

	CSTN_GO_CALL(o, cstn_checkpoint_parse(text, len, &read, &error));
	if (o->status != CSTN_OK)
		return;
	out->size = read.size;
	out->origin_len = read.origin_len;
	out->extension_at = read.extension ? (size_t)(read.extension - text) : 0;
	out->extension_len = read.extension_len;
	memcpy(out->root, read.root, sizeof(out->root));
}

void cstn_go_witness_cosign(const char *text, size_t len, const char *verifiers, size_t n_verifiers,
		const char *signer, int64_t time_s, uint64_t last_size, const uint8_t *last_root,
		const uint8_t *proof, size_t n_proof, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_witness_options options = CSTN_WITNESS_OPTIONS_INIT;

	options.last_size = last_size;
	options.last_root = last_root;
	options.proof = proof;
	options.n_proof = n_proof;
	WITH_KEYS(verifiers, n_verifiers, keys, o,
			cstn_witness_cosign(text, len, keys, n_verifiers, signer, time_s, &options,
					NULL, out, &error));
}

void cstn_go_witness_count(const char *text, size_t len, const char *witnesses, size_t n_witnesses,
		int64_t from_s, int64_t until_s, size_t *count, cstn_go_outcome *o)
{
	WITH_KEYS(witnesses, n_witnesses, keys, o,
			cstn_witness_count(text, len, keys, n_witnesses, from_s, until_s, NULL,
					count, &error));
}

void cstn_go_put_split_view(cstn_transaction *transaction, const char *party,
		const char *constellation, const char *first, size_t first_len, const char *second,
		size_t second_len, const char *verifiers, size_t n_verifiers, int64_t now_us,
		cstn_go_outcome *o)
{
	WITH_KEYS(verifiers, n_verifiers, keys, o,
			cstn_transaction_put_split_view(transaction, party, constellation, first,
					first_len, second, second_len, keys, n_verifiers, now_us,
					&error));
}

void cstn_go_proof_format(uint64_t index, const uint8_t *hashes, size_t n, const uint8_t *extra,
		size_t extra_size, const char *checkpoint, size_t checkpoint_len, cstn_buffer **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_proof_format(index, hashes, n, extra, extra_size, checkpoint,
					checkpoint_len, NULL, out, &error));
}

void cstn_go_proof_parse(const char *text, size_t len, cstn_proof **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_proof_parse(text, len, NULL, out, &error));
}

void cstn_go_proof_verify(const char *text, size_t len, const uint8_t *entry, size_t entry_size,
		const char *origin, const char *verifiers, size_t n_verifiers,
		const char *witnesses, size_t n_witnesses, size_t witnesses_least, int64_t from_s,
		int64_t until_s, uint64_t *index, uint64_t *size, cstn_go_outcome *o)
{
	const char **of_witnesses = cstn_go_list_texts(witnesses, n_witnesses);
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;

	if (!of_witnesses) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of keys");
		return;
	}
	options.origin = origin;
	options.n_verifiers = n_verifiers;
	options.witnesses = of_witnesses;
	options.n_witnesses = n_witnesses;
	options.witnesses_least = witnesses_least;
	options.from_s = from_s;
	options.until_s = until_s;
	WITH_KEYS(verifiers, n_verifiers, keys, o,
			(options.verifiers = keys, cstn_proof_verify(text, len, entry, entry_size,
								   &options, index, size, &error)));
	free(of_witnesses);
}

void cstn_go_log_new(const char *origin, size_t len, const cstn_allocator *allocator,
		cstn_log **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_log_new(origin, len, allocator, out, &error));
}

void cstn_go_log_append(cstn_log *log, const uint8_t *entries, const uint64_t *ends, size_t n,
		uint64_t *first, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_log_append_batch(log, entries, ends, n, first, &error));
}

void cstn_go_log_root(const cstn_log *log, uint64_t size, uint8_t *root, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_log_root(log, size, root, &error));
}

void cstn_go_log_checkpoint(const cstn_log *log, const char *signers, size_t n_signers,
		cstn_buffer **out, cstn_go_outcome *o)
{
	WITH_KEYS(signers, n_signers, keys, o,
			cstn_log_checkpoint(log, keys, n_signers, out, &error));
}

void cstn_go_log_inclusion(const cstn_log *log, uint64_t index, uint64_t size, cstn_buffer **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_log_prove_inclusion(log, index, size, out, &error));
}

void cstn_go_log_consistency(const cstn_log *log, uint64_t size1, uint64_t size2, cstn_buffer **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_log_prove_consistency(log, size1, size2, out, &error));
}
