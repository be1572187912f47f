#ifndef CSTN_GO_BRIDGE_SHARED_LOG_H
#define CSTN_GO_BRIDGE_SHARED_LOG_H

/* Logs of a network, and exports of logs. It is a part of bridge.h, which includes it. */

/* Where an index goes at a commit: memory of C, to be freed with cstn_go_index_free(); NULL if
 * there is none. */
uint64_t *cstn_go_index_new(void);
void cstn_go_index_free(uint64_t *index);
void cstn_go_transaction_log(cstn_transaction *transaction, const char *party,
		const char *constellation, const char *type, int64_t at_us, const char *json,
		size_t json_len, uint64_t *index, cstn_go_outcome *o);

void cstn_go_shared_log_open(cstn_network *network, const char *party, const char *constellation,
		const char *origin, cstn_shared_log **out, cstn_go_outcome *o);
void cstn_go_shared_log_read(const cstn_shared_log *log, uint64_t first, size_t count,
		uint64_t *ends, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_shared_log_export(const cstn_shared_log *log, const char *path, const char *checkpoint,
		size_t checkpoint_len, cstn_go_outcome *o);
/* `entries` are those of the whole log, one behind the other; `ends` where each ends. */
void cstn_go_log_export(const cstn_log *log, const char *path, const char *checkpoint,
		size_t checkpoint_len, const uint8_t *entries, const uint64_t *ends, size_t n,
		cstn_go_outcome *o);

/* A book of n keys of witnesses. */
cstn_status cstn_go_witness_book(const char **parties, const char **verifiers,
		const int64_t *from_us, const int64_t *until_us, size_t n, cstn_party_keys **out,
		cstn_error **error);
/* `n` keys of witnesses, parties and verifiers in blocks of texts; who counts, in another. */
void cstn_go_checkpoint_settled(const char *text, size_t len, const char *parties,
		const char *verifiers, const int64_t *from_us, const int64_t *until_us, size_t n,
		const char *witnesses, size_t n_witnesses, size_t least, int64_t max_age_us,
		int64_t ahead_us, int64_t now_us, size_t *count, cstn_go_outcome *o);

#endif
