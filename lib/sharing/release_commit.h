#ifndef CSTN_SHARING_RELEASE_COMMIT_H
#define CSTN_SHARING_RELEASE_COMMIT_H

#include <constellation/network.h>

/* A change that depends on what the network holds as a whole. */

/* Put the change into `transaction`, for a network that is as `snapshot`. What is not CSTN_OK ends
 * the whole; CSTN_DONE: there is nothing to change. It may be called several times, each time with
 * a new transaction. */
typedef cstn_status cstn__release_change(void *user, cstn_transaction *transaction,
		cstn_snapshot *snapshot, cstn_error **error);

/* Commit the change while the network is as the snapshot that it was made for; if something was
 * committed in between it is made again, at last while nothing else is committed: it never starves.
 * The change is durable when this returns CSTN_OK, whatever the network's commit level.
 * CSTN_DONE: it changed nothing.
 * CSTN_E_READ_ONLY; CSTN_E_STATE; CSTN_E_IO; CSTN_E_FULL; CSTN_E_NOMEM; what the change gave. */
cstn_status cstn__release_commit(cstn_network *network, cstn__release_change *change, void *user,
		cstn_error **error);

#endif
