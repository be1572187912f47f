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

/* When a checkpoint is settled: keys of witnesses, parties and verifiers in blocks of texts; who
 * counts, in another. */
typedef struct cstn_go_settle_asked {
	const char *parties, *verifiers, *witnesses;
	const int64_t *from_us, *until_us; /* of the keys */
	size_t n_keys, n_witnesses, least;
	int64_t max_age_us, ahead_us;
} cstn_go_settle_asked;

/* The same as the library takes it, with what it refers to. */
typedef struct cstn_go_settle {
	cstn_settle_policy policy;
	cstn_party_keys *book;
	const char **parties, **verifiers, **witnesses;
} cstn_go_settle;
/* End it also after a failure. */
cstn_status cstn_go_settle_begin(
		cstn_go_settle *out, const cstn_go_settle_asked *asked, cstn_error **error);
void cstn_go_settle_end(cstn_go_settle *settle);

void cstn_go_checkpoint_settled(const char *text, size_t len, const cstn_go_settle_asked *asked,
		int64_t now_us, size_t *count, cstn_go_outcome *o);

#endif
