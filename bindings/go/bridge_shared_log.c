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
