/* Logs of a network, to be read: a snapshot of its store, and a log whose tiles are read from
 * there; and entries as the host makes them.
 *
 * Cost: that of cstn_log_open() with a compact range, and a point read an entry or tile. */
#include "sharing/shared_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "network/network_transaction.h"
#include "sharing/canonical_json.h"
#include "sharing/log_leaf.h"

/* --- entries of the host ---------------------------------------------------------------------- */

static int is_own_type(const char *type)
{
	size_t own = sizeof(CSTN__LEAF_OWN) - 1, len;

	if (!type || strncmp(type, CSTN__LEAF_OWN, own) != 0)
		return 0;
	len = strspn(type + own, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	return len >= 1 && own + len <= 64 && type[own + len] == '\0';
}

cstn_status cstn_transaction_log(cstn_transaction *transaction, const char *party,
		const char *constellation, const char *type, int64_t at_us, const char *json,
		size_t json_len, uint64_t *index, cstn_error **error)
{
	json_t *fields = NULL;
	cstn__log_leaf leaf = {.party = party,
			.party_len = party ? strlen(party) : 0,
			.constellation = constellation,
			.constellation_len = constellation ? strlen(constellation) : 0,
			.type = type,
			.at_us = at_us,
			.index = index};
	cstn_status status = CSTN_OK;

	if (!is_own_type(type))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the type '%.70s'; a host's types are x- and 1 to 62 of a-z, 0-9, "
				"_ and -",
				type ? type : "");
	if (!json && json_len)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "json is NULL");
	if (json)
		status = cstn__canonical_json_read(json, json_len, &fields, error);
	if (status != CSTN_OK)
		return status;
	leaf.fields = fields;
	status = cstn__transaction_log(transaction, &leaf, error);
	json_decref(fields);
	return status;
}

/* --- a log to read ---------------------------------------------------------------------------- */

static cstn_status read_tile(
		void *user, uint32_t level, uint64_t index, uint32_t width, uint8_t *out)
{
	const cstn_shared_log *log = user;

	return cstn__log_tile_read(&log->place, level, index, width, out, NULL);
}

/* What a closed or read-only network has is on the disk, or as durable as it will ever be. */
static cstn_status sync_network(void *user)
{
	const cstn_shared_log *log = user;

	if (atomic_load_explicit(&log->network->closed, memory_order_acquire) ||
			log->network->flags & CSTN_NETWORK_READ_ONLY)
		return CSTN_OK;
	return cstn_network_sync(log->network, NULL);
}

/* An id as text of letters that stand for themselves everywhere. */
static size_t put_id(char *out, size_t room, const char *id, size_t len)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-._~";
	size_t at = 0, i;

	for (i = 0; i < len && at + 4 <= room; i++)
		if (id[i] && strchr(plain, id[i]))
			out[at++] = id[i];
		else
			at += (size_t)snprintf(out + at, 4, "%%%02X", (unsigned char)id[i]);
	return at;
}

static cstn_status make_origin(const cstn__log_place *place, char *out, size_t room, size_t *len,
		cstn_error **error)
{
	size_t at = 0;

	if (place->constellation_len) {
		at = put_id(out, room, place->constellation, place->constellation_len);
		out[at++] = '/';
	}
	at += put_id(out + at, room - at, place->party, place->party_len);
	if (at > CSTN_NOTE_NAME_MOST)
		return cstn__fail(error, CSTN_E_LIMIT,
				"the log's name has %zu bytes; at most %d, so give an origin", at,
				CSTN_NOTE_NAME_MOST);
	*len = at;
	return CSTN_OK;
}

static cstn_status open_tree(cstn_shared_log *log, const char *origin, cstn_error **error)
{
	cstn_log_storage storage = CSTN_LOG_STORAGE_INIT;
	char made[2 * 3 * CSTN__ID_MAX + 8];
	cstn__log_state state;
	size_t len = origin ? strlen(origin) : 0;
	cstn_status status = cstn__log_state_read(&log->place, &state, error);

	if (status == CSTN_OK && !origin)
		status = make_origin(&log->place, made, sizeof(made), &len, error);
	if (status != CSTN_OK)
		return status;
	log->newest_us = state.newest_us;
	storage.user = log;
	storage.size = state.size;
	storage.range = state.n_range ? state.range : NULL;
	storage.n_range = state.n_range;
	storage.read_tile = read_tile;
	storage.sync = sync_network;
	return cstn_log_open(
			origin ? origin : made, len, &storage, &log->allocator, &log->tree, error);
}

static cstn_status check_id(const char *what, const char *id, size_t least, cstn_error **error)
{
	size_t len = id ? strlen(id) : 0;

	if (len < least || len > CSTN__ID_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the %s of a log has %zu bytes; %zu to %u", what, len, least,
				CSTN__ID_MAX);
	return CSTN_OK;
}

cstn_status cstn_shared_log_open(cstn_network *network, const char *party,
		const char *constellation, const char *origin, cstn_shared_log **out,
		cstn_error **error)
{
	cstn_status status = cstn__network_check(network, error);
	cstn_shared_log *log;

	if (status == CSTN_OK && !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status == CSTN_OK)
		status = check_id("party", party, 1, error);
	if (status == CSTN_OK)
		status = check_id("constellation", constellation, 0, error);
	if (status != CSTN_OK)
		return status;
	log = cstn__alloc_zero(&network->allocator, sizeof(*log));
	if (!log)
		return cstn__fail_nomem(error);
	log->allocator = network->allocator;
	log->network = cstn_network_ref(network);
	log->place = (cstn__log_place){.party = log->ids,
			.party_len = strlen(party),
			.constellation = log->ids + CSTN__ID_MAX,
			.constellation_len = constellation ? strlen(constellation) : 0,
			.allocator = &log->allocator};
	memcpy(log->ids, party, log->place.party_len);
	if (constellation)
		memcpy(log->ids + CSTN__ID_MAX, constellation, log->place.constellation_len);
	status = cstn__snapshot_new(network->store, &log->place.snapshot, error);
	if (status == CSTN_OK)
		status = open_tree(log, origin, error);
	if (status != CSTN_OK) {
		cstn_shared_log_free(log);
		return status;
	}
	*out = log;
	return CSTN_OK;
}

void cstn_shared_log_free(cstn_shared_log *log)
{
	cstn_allocator memory;

	if (!log)
		return;
	memory = log->allocator;
	cstn_log_free(log->tree);
	if (log->place.snapshot)
		cstn__snapshot_unref(log->place.snapshot);
	cstn_network_unref(log->network);
	cstn__free(&memory, log, sizeof(*log));
}

const cstn_log *cstn_shared_log_tree(const cstn_shared_log *log)
{
	return log ? log->tree : NULL;
}

int64_t cstn_shared_log_newest_us(const cstn_shared_log *log)
{
	return log ? log->newest_us : INT64_MIN;
}

cstn_status cstn_shared_log_read(const cstn_shared_log *log, uint64_t first, size_t count,
		uint64_t *ends, cstn_buffer **entries, cstn_error **error)
{
	uint64_t size = log ? cstn_log_size(log->tree) : 0;
	cstn_status status = CSTN_OK;
	cstn__bytes bytes;
	size_t i;

	if (!log || !entries || (!ends && count))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log, ends or entries is NULL");
	if (first > size || count > size - first)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu entries from %" PRIu64 " on, the log has %" PRIu64, count,
				first, size);
	cstn__bytes_init(&bytes, &log->allocator);
	for (i = 0; i < count && status == CSTN_OK; i++) {
		status = cstn__log_entry_read(&log->place, first + i, &bytes, error);
		ends[i] = bytes.size;
	}
	if (status == CSTN_OK)
		return cstn__bytes_to_buffer(&bytes, entries, error);
	cstn__bytes_free(&bytes);
	return status;
}
