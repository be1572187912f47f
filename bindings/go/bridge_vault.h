#ifndef CSTN_GO_BRIDGE_VAULT_H
#define CSTN_GO_BRIDGE_VAULT_H

/* Vaults, consent, private set intersection. It is a part of bridge.h, which includes it. */

/* `root_key`: 32 bytes or NULL; texts end at a NUL, or are NULL. */
void cstn_go_vault_open(const char *path, uint32_t flags, const char *tenant, const char *actor,
		const uint8_t *root_key, const uint8_t *passphrase, size_t passphrase_size,
		uint64_t passes, uint64_t bytes, cstn_log *log, cstn_network *network,
		const char *party, const char *signer, const cstn_allocator *allocator,
		cstn_vault **out, cstn_go_outcome *o);
void cstn_go_vault_close(cstn_vault *vault, cstn_go_outcome *o);
/* Cells: 3 texts each in a block, values one behind the other. */
#define CSTN_GO_CELLS                                                                              \
	const char *texts, const uint8_t *values, const uint64_t *ends, const int32_t *categories, \
			const int32_t *forms, const uint32_t *versions, size_t n
#define CSTN_GO_CELL_PUT 0
#define CSTN_GO_CELL_SEAL 1
#define CSTN_GO_CELL_COMMIT 2
/* `made`: the buffer of a sealed cell; `commitment`: 32 bytes. */
void cstn_go_vault_cells(cstn_vault *vault, int32_t what, CSTN_GO_CELLS, int64_t now_us,
		cstn_buffer **made, uint8_t *commitment, cstn_go_outcome *o);
void cstn_go_vault_get(cstn_vault *vault, const char *subject, const char *record, const char *path,
		cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_vault_unseal(cstn_vault *vault, const uint8_t *sealed, size_t size, const char *record,
		const char *path, uint32_t version, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_vault_find(cstn_vault *vault, const char *path, int32_t form, const uint8_t *value,
		size_t size, cstn_vault_matches **out, cstn_go_outcome *o);
void cstn_go_vault_salt(cstn_vault *vault, const char *subject, const char *record,
		const char *path, uint8_t *salt, cstn_go_outcome *o);
void cstn_go_vault_commitment(const uint8_t *salt, const char *path, const uint8_t *value,
		size_t size, uint8_t *out, cstn_go_outcome *o);
void cstn_go_vault_pseudonym(cstn_vault *vault, const char *scope, const char *id, uint8_t *out,
		cstn_go_outcome *o);
void cstn_go_vault_erase(cstn_vault *vault, const char *subject, const char *reason, int64_t now_us,
		cstn_buffer **proof, cstn_go_outcome *o);
void cstn_go_vault_erase_categories(cstn_vault *vault, const char *subject,
		const int32_t *categories, size_t n, const char *reason, int64_t now_us,
		cstn_buffer **proof, cstn_go_outcome *o);
void cstn_go_vault_hold(cstn_vault *vault, const char *subject, const char *reason, int64_t now_us,
		cstn_go_outcome *o);
void cstn_go_vault_lift(cstn_vault *vault, const char *subject, const char *reason, int64_t now_us,
		int32_t *deferred, cstn_go_outcome *o);
void cstn_go_vault_subject(
		cstn_vault *vault, const char *subject, uint32_t *state, cstn_go_outcome *o);
void cstn_go_vault_purge(cstn_vault *vault, uint64_t *n_cells, cstn_go_outcome *o);
void cstn_go_vault_backup(cstn_vault *vault, const char *to, cstn_go_outcome *o);
void cstn_go_vault_backup_keys(cstn_vault *vault, uint64_t epoch, const uint8_t *key,
		cstn_buffer **out, cstn_go_outcome *o);
/* `counts`: restored, present, erased, unknown. */
void cstn_go_vault_restore_keys(cstn_vault *vault, const uint8_t *data, size_t size, uint64_t epoch,
		const uint8_t *key, int64_t now_us, uint64_t *counts, cstn_go_outcome *o);

#define CSTN_GO_QUESTION                                                                     \
	const char *customer, const char *owner, const char *constellation, int32_t purpose, \
			int64_t now_us, int64_t known_us
/* `out`: struct_size is set by the call. */
void cstn_go_consent(
		cstn_snapshot *snapshot, CSTN_GO_QUESTION, cstn_consent *out, cstn_go_outcome *o);
void cstn_go_vault_consented(cstn_vault *vault, cstn_snapshot *snapshot, CSTN_GO_QUESTION,
		const char *path, cstn_buffer **out, cstn_go_outcome *o);

/* Names in a block, values one behind the other. */
void cstn_go_customer_put(cstn_vault *vault, cstn_network *network, const char *customer,
		const char *owner, const char *names, const uint8_t *values, const uint64_t *ends,
		size_t n, int64_t now_us, cstn_go_outcome *o);
void cstn_go_customer_get(cstn_vault *vault, cstn_snapshot *snapshot, CSTN_GO_QUESTION,
		const char *field, cstn_buffer **out, cstn_go_outcome *o);
/* `customer` is not asked for. */
void cstn_go_customer_find(cstn_vault *vault, cstn_snapshot *snapshot, CSTN_GO_QUESTION,
		const char *field, const uint8_t *value, size_t size, cstn_vault_matches **out,
		uint64_t *left_out, cstn_go_outcome *o);
/* `judge` NULL: the defaults; it has its struct_size. */
void cstn_go_customer_export(cstn_vault *vault, cstn_snapshot *snapshot, const char *customer,
		const char *owner, int64_t now_us, cstn_stage_policy *policy,
		const cstn_loyalty_options *judge, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_customer_erase_categories(cstn_vault *vault, cstn_network *network,
		const char *customer, const char *owner, uint32_t flags, const int32_t *categories,
		size_t n, const char *reason, int64_t now_us, cstn_buffer **proof,
		cstn_go_outcome *o);
void cstn_go_customer_erase(cstn_vault *vault, cstn_network *network, const char *customer,
		const char *owner, const char *reason, int64_t now_us, cstn_buffer **proof,
		cstn_go_outcome *o);

/* The options of a side. */
#define CSTN_GO_PSI                                                                   \
	uint32_t flags, const uint8_t *agreement, const char *kind, int32_t mode,     \
			int32_t direction, int32_t kind_log2, int32_t size_log2,      \
			uint32_t least_overlap, int32_t threads, cstn_psi_runs *runs, \
			const char *partner, int64_t now_us,                          \
			const cstn_agreement *signed_agreement, const char *party,    \
			cstn_network *network, const cstn_decision *decision
void cstn_go_psi_receiver_new(CSTN_GO_PSI, const cstn_allocator *allocator, cstn_psi_receiver **out,
		cstn_go_outcome *o);
void cstn_go_psi_sender_new(CSTN_GO_PSI, const cstn_allocator *allocator, cstn_psi_sender **out,
		cstn_go_outcome *o);
void cstn_go_psi_receiver_add(cstn_psi_receiver *side, const uint8_t *bytes, const uint64_t *ends,
		size_t n, cstn_go_outcome *o);
void cstn_go_psi_sender_add(cstn_psi_sender *side, const uint8_t *bytes, const uint64_t *ends,
		size_t n, cstn_go_outcome *o);
void cstn_go_psi_request(cstn_psi_receiver *side, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_psi_reply(cstn_psi_sender *side, const uint8_t *request, size_t size,
		cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_psi_finish(cstn_psi_receiver *side, const uint8_t *reply, size_t size,
		cstn_psi_result *out, cstn_go_outcome *o);
void cstn_go_psi_runs_new(int64_t period_us, uint32_t most, const cstn_allocator *allocator,
		cstn_psi_runs **out, cstn_go_outcome *o);
void cstn_go_psi_runs_read(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		cstn_psi_runs **out, cstn_go_outcome *o);
void cstn_go_psi_runs_bytes(const cstn_psi_runs *runs, cstn_buffer **out, cstn_go_outcome *o);

#endif
