/* Releases, closed: what was not used is given back, and the log says what has left.
 *
 * A release that its process left open is closed as unknown: nobody knows what has left, so all
 * that was reserved stays used. It is told from one that is under way by the session of the handle
 * that opened it. Cost: a durable commit; of a recovery a scan of the releases. */
#include "sharing/release.h"

#include <string.h>

#include "base/error.h"
#include "sharing/log_leaf.h"
#include "sharing/release_commit.h"
#include "sharing/release_log.h"

/* An entry in the shared log of the release's provider. */
static cstn_status put_entry(cstn_transaction *transaction, const cstn__release_row *row,
		const char *type, int64_t at_us, const cstn__release_closing *closing,
		uint64_t *index, cstn_error **error)
{
	cstn__log_leaf leaf = {.party = row->provider,
			.party_len = strlen(row->provider),
			.constellation = row->constellation,
			.constellation_len = strlen(row->constellation),
			.type = type,
			.at_us = at_us,
			.index = index};
	json_t *fields = NULL;
	cstn_status status = cstn__release_leaf_close(closing, &fields, error);

	leaf.fields = fields;
	if (status == CSTN_OK)
		status = cstn__transaction_log(transaction, &leaf, error);
	json_decref(fields);
	return status;
}

/* --- one that is under way -------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static cstn_status put_refunds(
		cstn_release *release, cstn_transaction *transaction, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < release->charges.count && status == CSTN_OK; i++) {
		const cstn__release_charge *one = &release->charges.items[i];
		const cstn__sharing_used used = {.calls = one->reservation.calls,
				.rows = release->rows,
				.nano_epsilon = least((uint64_t)release->nano_epsilon,
						one->reservation.nano_epsilon)};

		status = cstn__sharing_refund(transaction, &one->reservation, &used, one->limits,
				one->at_us, release->request->now_us, error);
	}
	return status;
}

static cstn_status close_change(void *user, cstn_transaction *transaction, cstn_snapshot *snapshot,
		cstn_error **error)
{
	cstn_release *release = user;
	cstn__release_closing closing = {.id = release->id,
			.opening = release->opened_index,
			.rows = release->rows,
			.batches = release->batches,
			.checksum = release->sum,
			.checksum_size = release->sum_size};
	int64_t now_us = release->request->now_us;
	cstn__release_row row;
	int found = 0;
	cstn_status status =
			cstn__sharing_release_find(transaction, release->id, &row, &found, error);

	(void)snapshot;
	if (status == CSTN_OK && found && row.state == CSTN__RELEASE_CLOSED)
		return CSTN_DONE;
	if (status == CSTN_OK && (!found || row.state != CSTN__RELEASE_OPEN))
		status = cstn__fail(error, CSTN_E_STATE, "the release is not open any more");
	if (status == CSTN_OK)
		status = put_refunds(release, transaction, error);
	if (status != CSTN_OK)
		return status;
	row.state = CSTN__RELEASE_CLOSED;
	row.rows = release->rows;
	row.batches = release->batches;
	status = cstn__sharing_release_put(transaction, &row, now_us, error);
	if (status == CSTN_OK)
		status = put_entry(transaction, &row, CSTN__LEAF_RELEASE_CLOSE, now_us, &closing,
				&release->closed_index, error);
	return status;
}

cstn_status cstn__release_close(cstn_release *release, cstn_error **error)
{
	cstn_status status;

	if (release->closed)
		return CSTN_OK;
	if (release->checksum)
		release->sum_size = cstn__release_checksum_end(release->checksum, release->sum);
	cstn__release_checksum_free(release->checksum);
	release->checksum = NULL;
	status = cstn__release_commit(release->network, close_change, release, error);
	if (status == CSTN_DONE) /* committed by a call that could not make it durable */
		status = cstn_network_sync(release->network, error);
	release->closed = status == CSTN_OK;
	return status;
}

/* --- those that a process left open ----------------------------------------------------------- */

typedef struct recovery {
	const cstn_allocator *memory;
	CSTN__ARRAY(cstn__release_row) rows;
	uint64_t session;
	int64_t now_us;
} recovery;

static cstn_status note_open(void *user, const cstn__release_row *row, cstn_error **error)
{
	recovery *at = user;

	if (row->session == at->session)
		return CSTN_OK;
	if (cstn__array_reserve(at->memory, &at->rows, 1))
		return cstn__fail_nomem(error);
	at->rows.items[at->rows.count++] = *row;
	return CSTN_OK;
}

static cstn_status recover_change(void *user, cstn_transaction *transaction,
		cstn_snapshot *snapshot, cstn_error **error)
{
	recovery *at = user;
	cstn_status status;
	size_t i;

	at->rows.count = 0;
	status = cstn__sharing_release_scan(snapshot, CSTN__RELEASE_OPEN, note_open, at, error);
	if (status == CSTN_OK && !at->rows.count)
		return CSTN_DONE;
	for (i = 0; i < at->rows.count && status == CSTN_OK; i++) {
		cstn__release_row *row = &at->rows.items[i];
		const cstn__release_closing closing = {
				.id = row->id, .opening = row->opening, .unknown = 1};

		row->state = CSTN__RELEASE_UNKNOWN;
		status = cstn__sharing_release_put(transaction, row, at->now_us, error);
		if (status == CSTN_OK)
			status = put_entry(transaction, row, CSTN__LEAF_CLOSE_UNKNOWN, at->now_us,
					&closing, NULL, error);
	}
	return status;
}

static cstn_status recover(
		cstn_network *network, int64_t now_us, uint64_t *count, cstn_error **error)
{
	recovery at = {.memory = &network->allocator,
			.session = cstn__sharing_session(network),
			.now_us = now_us};
	cstn_status status = cstn__release_commit(network, recover_change, &at, error);

	if (status == CSTN_OK)
		*count = at.rows.count;
	cstn__array_free(at.memory, &at.rows);
	return status == CSTN_DONE ? CSTN_OK : status;
}

cstn_status cstn_release_recover(
		cstn_network *network, int64_t now_us, uint64_t *count, cstn_error **error)
{
	uint64_t n = 0;
	cstn_status status = cstn__network_check(network, error);

	if (status == CSTN_OK)
		status = recover(network, now_us, &n, error);
	if (status != CSTN_OK)
		return status;
	atomic_store_explicit(&network->recovered, 1, memory_order_release);
	if (count)
		*count = n;
	return CSTN_OK;
}

cstn_status cstn__release_recover_once(cstn_network *network, int64_t now_us, cstn_error **error)
{
	if (atomic_load_explicit(&network->recovered, memory_order_acquire))
		return CSTN_OK;
	return cstn_release_recover(network, now_us, NULL, error);
}
