#ifndef CSTN_GO_BRIDGE_LEDGER_H
#define CSTN_GO_BRIDGE_LEDGER_H

/* Logs, notes, checkpoints, witnesses and proofs. It is a part of bridge.h, which includes it. */

/* Keys are a block of texts. */

void cstn_go_merkle_entry(const uint8_t *entry, size_t size, uint8_t *hash, cstn_go_outcome *o);
void cstn_go_merkle_children(
		const uint8_t *left, const uint8_t *right, uint8_t *hash, cstn_go_outcome *o);
void cstn_go_merkle_inclusion(uint64_t index, uint64_t size, const uint8_t *leaf,
		const uint8_t *proof, size_t n, const uint8_t *root, cstn_go_outcome *o);
void cstn_go_merkle_consistency(uint64_t size1, uint64_t size2, const uint8_t *root1,
		const uint8_t *root2, const uint8_t *proof, size_t n, cstn_go_outcome *o);

void cstn_go_note_key_new(const char *name, size_t name_len, int32_t type, const uint8_t *seed,
		cstn_buffer **signer, cstn_buffer **verifier, cstn_go_outcome *o);
void cstn_go_note_key_verifier(const char *signer, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_note_key_check(const char *verifier, int32_t *type, cstn_go_outcome *o);
void cstn_go_note_sign(const char *text, size_t len, const char *lines, size_t lines_len,
		const char *signers, size_t n_signers, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_note_open(const char *text, size_t len, const char *verifiers, size_t n_verifiers,
		cstn_note **out, cstn_go_outcome *o);
void cstn_go_checkpoint_format(const char *origin, size_t origin_len, uint64_t size,
		const uint8_t *root, cstn_buffer **out, cstn_go_outcome *o);
/* The offsets of its parts in the text. */
typedef struct cstn_go_checkpoint {
	uint64_t size;
	size_t origin_len, extension_at, extension_len;
	uint8_t root[CSTN_MERKLE_HASH_SIZE];
} cstn_go_checkpoint;
void cstn_go_checkpoint_parse(
		const char *text, size_t len, cstn_go_checkpoint *out, cstn_go_outcome *o);
void cstn_go_witness_cosign(const char *text, size_t len, const char *verifiers, size_t n_verifiers,
		const char *signer, int64_t time_s, uint64_t last_size, const uint8_t *last_root,
		const uint8_t *proof, size_t n_proof, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_witness_count(const char *text, size_t len, const char *witnesses, size_t n_witnesses,
		int64_t from_s, int64_t until_s, size_t *count, cstn_go_outcome *o);
void cstn_go_put_split_view(cstn_transaction *transaction, const char *party,
		const char *constellation, const char *first, size_t first_len, const char *second,
		size_t second_len, const char *verifiers, size_t n_verifiers, int64_t now_us,
		cstn_go_outcome *o);
void cstn_go_proof_format(uint64_t index, const uint8_t *hashes, size_t n, const uint8_t *extra,
		size_t extra_size, const char *checkpoint, size_t checkpoint_len, cstn_buffer **out,
		cstn_go_outcome *o);
void cstn_go_proof_parse(const char *text, size_t len, cstn_proof **out, cstn_go_outcome *o);
void cstn_go_proof_verify(const char *text, size_t len, const uint8_t *entry, size_t entry_size,
		const char *origin, const char *verifiers, size_t n_verifiers,
		const char *witnesses, size_t n_witnesses, size_t witnesses_least, int64_t from_s,
		int64_t until_s, uint64_t *index, uint64_t *size, cstn_go_outcome *o);

void cstn_go_log_new(const char *origin, size_t len, const cstn_allocator *allocator,
		cstn_log **out, cstn_go_outcome *o);
void cstn_go_log_append(cstn_log *log, const uint8_t *entries, const uint64_t *ends, size_t n,
		uint64_t *first, cstn_go_outcome *o);
void cstn_go_log_root(const cstn_log *log, uint64_t size, uint8_t *root, cstn_go_outcome *o);
void cstn_go_log_checkpoint(const cstn_log *log, const char *signers, size_t n_signers,
		cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_log_inclusion(const cstn_log *log, uint64_t index, uint64_t size, cstn_buffer **out,
		cstn_go_outcome *o);
void cstn_go_log_consistency(const cstn_log *log, uint64_t size1, uint64_t size2, cstn_buffer **out,
		cstn_go_outcome *o);

#endif
