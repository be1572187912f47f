#ifndef CSTN_NETWORK_NETWORK_TRANSACTION_H
#define CSTN_NETWORK_NETWORK_TRANSACTION_H

#include <constellation/decimal.h>

#include "network/checks.h"

struct cstn_transaction {
	cstn_allocator allocator;
	cstn_network *network; /* referenced */
	cstn__transaction *inner;
	cstn__snapshot *base; /* what it is checked against; NULL: nothing was changed yet */
	cstn__checks checks;  /* with base */
	uint64_t rows;
	int64_t latest_us; /* greatest recorded time */
	int imported;      /* commit only if the network is still at `base` */
	int broken;        /* a call failed half way: only _free */
};

cstn_status cstn__transaction_begin_base(cstn_transaction *transaction, cstn_error **error);
void cstn__transaction_saw(cstn_transaction *transaction, int64_t recorded_us);
/* Commit while the network's lock is held. */
cstn_status cstn__transaction_commit_locked(
		cstn_transaction *transaction, uint64_t *seq, cstn_error **error);

#endif
