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

/* The book of the witnesses. */
static cstn_status fill_book(
		cstn_go_settle *settle, const cstn_go_settle_asked *asked, cstn_error **error)
{
	cstn_status status = cstn_party_keys_new(NULL, &settle->book, error);

	for (size_t i = 0; i < asked->n_keys && status == CSTN_OK; i++) {
		cstn_party_key key = CSTN_PARTY_KEY_INIT;

		key.use = CSTN_PARTY_KEY_WITNESS;
		key.party = settle->parties[i];
		key.verifier = settle->verifiers[i];
		key.from_us = asked->from_us[i];
		key.until_us = asked->until_us[i];
		status = cstn_party_keys_add(settle->book, &key, error);
	}
	return status;
}

cstn_status cstn_go_settle_begin(
		cstn_go_settle *out, const cstn_go_settle_asked *asked, cstn_error **error)
{
	static const cstn_settle_policy none = CSTN_SETTLE_POLICY_INIT;
	cstn_status status;

	*out = (cstn_go_settle){.policy = none,
			.parties = cstn_go_list_texts(asked->parties, asked->n_keys),
			.verifiers = cstn_go_list_texts(asked->verifiers, asked->n_keys),
			.witnesses = cstn_go_list_texts(asked->witnesses, asked->n_witnesses)};
	if (out->parties == NULL || out->verifiers == NULL || out->witnesses == NULL)
		return CSTN_E_NOMEM;
	status = fill_book(out, asked, error);
	out->policy.keys = out->book;
	out->policy.parties = out->witnesses;
	out->policy.n_parties = asked->n_witnesses;
	out->policy.least = asked->least;
	out->policy.max_age_us = asked->max_age_us;
	out->policy.ahead_us = asked->ahead_us;
	return status;
}

void cstn_go_settle_end(cstn_go_settle *settle)
{
	cstn_party_keys_free(settle->book);
	free(settle->parties);
	free(settle->verifiers);
	free(settle->witnesses);
}

static cstn_status settled(const char *text, size_t len, const cstn_go_settle_asked *asked,
		int64_t now_us, size_t *count, cstn_error **error)
{
	cstn_go_settle settle;
	cstn_status status = cstn_go_settle_begin(&settle, asked, error);

	if (status == CSTN_OK)
		status = cstn_checkpoint_settled(
				text, len, &settle.policy, now_us, NULL, count, error);
	cstn_go_settle_end(&settle);
	return status;
}

void cstn_go_checkpoint_settled(const char *text, size_t len, const cstn_go_settle_asked *asked,
		int64_t now_us, size_t *count, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, settled(text, len, asked, now_us, count, &error));
}
