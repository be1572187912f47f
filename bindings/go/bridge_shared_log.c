/* Logs of a network, and exports of logs. */
#include <stdlib.h>

#include "bridge.h"

uint64_t *cstn_go_index_new(void)
{
	return calloc(1, sizeof(uint64_t));
}

void cstn_go_index_free(uint64_t *index)
{
	free(index);
}

void cstn_go_transaction_log(cstn_transaction *transaction, const char *party,
		const char *constellation, const char *type, int64_t at_us, const char *json,
		size_t json_len, uint64_t *index, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_transaction_log(transaction, party, constellation, type, at_us, json,
					json_len, index, &error));
}

void cstn_go_shared_log_open(cstn_network *network, const char *party, const char *constellation,
		const char *origin, cstn_shared_log **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_shared_log_open(network, party, constellation, origin, out, &error));
}

void cstn_go_shared_log_read(const cstn_shared_log *log, uint64_t first, size_t count,
		uint64_t *ends, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_shared_log_read(log, first, count, ends, out, &error));
}

void cstn_go_shared_log_export(const cstn_shared_log *log, const char *path, const char *checkpoint,
		size_t checkpoint_len, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_shared_log_export_tiles(
					log, path, checkpoint, checkpoint_len, &error));
}

typedef struct entries {
	const uint8_t *bytes;
	const uint64_t *ends;
	size_t n;
} entries;

static cstn_status read_entry(void *user, uint64_t index, const uint8_t **entry, size_t *size)
{
	const entries *of = user;
	uint64_t begin;

	if (index >= of->n)
		return CSTN_E_NOT_FOUND;
	begin = index ? of->ends[index - 1] : 0;
	*entry = of->bytes + begin;
	*size = (size_t)(of->ends[index] - begin);
	return CSTN_OK;
}

void cstn_go_log_export(const cstn_log *log, const char *path, const char *checkpoint,
		size_t checkpoint_len, const uint8_t *bytes, const uint64_t *ends, size_t n,
		cstn_go_outcome *o)
{
	cstn_tile_export_options options = CSTN_TILE_EXPORT_OPTIONS_INIT;
	entries of = {bytes, ends, n};

	options.user = &of;
	options.read_entry = read_entry;
	CSTN_GO_CALL(o, cstn_log_export_tiles(
					log, path, checkpoint, checkpoint_len, &options, &error));
}

cstn_status cstn_go_witness_book(const char **parties, const char **verifiers,
		const int64_t *from_us, const int64_t *until_us, size_t n, cstn_party_keys **out,
		cstn_error **error)
{
	cstn_status status = cstn_party_keys_new(NULL, out, error);

	for (size_t i = 0; i < n && status == CSTN_OK; i++) {
		cstn_party_key key = CSTN_PARTY_KEY_INIT;

		key.use = CSTN_PARTY_KEY_WITNESS;
		key.party = parties[i];
		key.verifier = verifiers[i];
		key.from_us = from_us[i];
		key.until_us = until_us[i];
		status = cstn_party_keys_add(*out, &key, error);
	}
	return status;
}

void cstn_go_checkpoint_settled(const char *text, size_t len, const char *parties,
		const char *verifiers, const int64_t *from_us, const int64_t *until_us, size_t n,
		const char *witnesses, size_t n_witnesses, size_t least, int64_t max_age_us,
		int64_t ahead_us, int64_t now_us, size_t *count, cstn_go_outcome *o)
{
	cstn_settle_policy policy = CSTN_SETTLE_POLICY_INIT;
	const char **of = cstn_go_list_texts(parties, n), **keys = cstn_go_list_texts(verifiers, n),
		   **who = cstn_go_list_texts(witnesses, n_witnesses);
	cstn_party_keys *book = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (!of || !keys || !who) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of keys");
	} else {
		status = cstn_go_witness_book(of, keys, from_us, until_us, n, &book, &error);
		policy.keys = book;
		policy.parties = who;
		policy.n_parties = n_witnesses;
		policy.least = least;
		policy.max_age_us = max_age_us;
		policy.ahead_us = ahead_us;
		if (status == CSTN_OK)
			status = cstn_checkpoint_settled(
					text, len, &policy, now_us, NULL, count, &error);
		cstn_go_finish(o, status, error, NULL);
	}
	cstn_party_keys_free(book);
	free(of);
	free(keys);
	free(who);
}
