/* Commits of changes that were decided by what the network holds.
 *
 * Decisions read much: agreements, usage, duties, relations. To require each row of it would miss
 * those that are new, so the transaction requires that nothing at all was committed since its
 * snapshot, as an import does. Where others commit all the time, some attempts later, the change is
 * made under the lock of the network's commits. Cost: as many attempts as it takes, at most
 * ATTEMPTS + 1. */
#include "sharing/release_commit.h"

#include "base/error.h"
#include "network/network_transaction.h"

#define ATTEMPTS 8

typedef struct attempt {
	cstn_network *network;
	cstn__release_change *change;
	void *user;
	int locked;
} attempt;

/* A snapshot of the network, and the transaction's own of the same state. CSTN_E_CONFLICT if
 * something was committed between the two. */
static cstn_status same_base(cstn_transaction *transaction, cstn_snapshot **out, cstn_error **error)
{
	cstn_snapshot *snapshot = NULL;
	cstn_status status = cstn__transaction_begin_base(transaction, error);

	if (status == CSTN_OK)
		status = cstn_network_snapshot(transaction->network, &snapshot, error);
	if (status == CSTN_OK &&
			cstn_snapshot_seq(snapshot) != cstn__snapshot_seq(transaction->base))
		status = cstn__fail(error, CSTN_E_CONFLICT, "the network changed meanwhile");
	if (status != CSTN_OK) {
		cstn_snapshot_unref(snapshot);
		return status;
	}
	*out = snapshot;
	return CSTN_OK;
}

static cstn_status try_once(const attempt *at, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_status status = cstn_transaction_begin(at->network, &transaction, error);

	if (status == CSTN_OK)
		status = same_base(transaction, &snapshot, error);
	if (status == CSTN_OK)
		status = at->change(at->user, transaction, snapshot, error);
	if (status == CSTN_OK) {
		transaction->imported = 1;
		status = at->locked ? cstn__transaction_commit_locked(transaction, NULL, error)
				    : cstn_transaction_commit(transaction, NULL, error);
	}
	cstn_snapshot_unref(snapshot);
	cstn_transaction_free(transaction);
	return status;
}

cstn_status cstn__release_commit(
		cstn_network *network, cstn__release_change *change, void *user, cstn_error **error)
{
	attempt at = {.network = network, .change = change, .user = user};
	cstn_status status = CSTN_E_CONFLICT;
	int i;

	for (i = 0; i < ATTEMPTS && status == CSTN_E_CONFLICT; i++) {
		cstn_error *told = NULL;

		status = try_once(&at, &told);
		if (status == CSTN_E_CONFLICT)
			cstn_error_free(told);
		else if (status != CSTN_OK)
			return cstn__error_give(error, told, status);
	}
	if (status == CSTN_E_CONFLICT) {
		at.locked = 1;
		pthread_rwlock_wrlock(&network->commits);
		status = try_once(&at, error);
		pthread_rwlock_unlock(&network->commits);
	}
	if (status == CSTN_OK && network->commit_level == CSTN_COMMIT_NONE)
		status = cstn_network_sync(network, error);
	return status;
}
