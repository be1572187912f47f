#ifndef CSTN_NETWORK_NETWORK_TRANSACTION_H
#define CSTN_NETWORK_NETWORK_TRANSACTION_H

#include <constellation/decimal.h>

#include "base/map.h"
#include "network/checks.h"

/* What a module above adds at the commit. `put` is called under the network's lock, while no other
 * commit runs, so that what it reads out of a new snapshot is what it adds to; `done` follows the
 * commit of the store. After a commit that failed what it added is gone, and it is called again by
 * the next. */
typedef struct cstn__at_commit {
	void *user;
	cstn_status (*put)(cstn_transaction *transaction, void *user, cstn_error **error);
	void (*done)(void *user);
	void (*free)(void *user); /* with the transaction */
} cstn__at_commit;

/* Rows of internal nouns that the transaction has seen or put, see inner_rows.h. */
typedef struct cstn__inner_rows {
	cstn__interner keys;             /* number of the noun, then the key as bytes */
	CSTN__ARRAY(cstn_record *) rows; /* by the code of the key; NULL: there is none */
} cstn__inner_rows;

struct cstn_transaction {
	cstn_allocator allocator;
	cstn_network *network; /* referenced */
	cstn__transaction *inner;
	cstn__snapshot *base; /* what it is checked against; NULL: nothing was changed yet */
	cstn__checks checks;  /* with base */
	uint64_t rows;
	int64_t latest_us;         /* greatest recorded time */
	int imported;              /* commit only if the network is still at `base` */
	int broken;                /* a call failed half way: only _free */
	cstn__at_commit at_commit; /* put NULL: nothing */
	cstn__inner_rows own;
};

cstn_status cstn__transaction_begin_base(cstn_transaction *transaction, cstn_error **error);
/* CSTN_E_INVALID_ARGUMENT, CSTN_E_STATE unless it may take changes. */
cstn_status cstn__transaction_check(const cstn_transaction *transaction, cstn_error **error);
/* Put a record into the store's transaction as it is, unchecked. */
cstn_status cstn__transaction_store(
		cstn_transaction *transaction, const cstn_record *record, cstn_error **error);
/* Delete a record whatever its noun, as cstn_transaction_delete() does. */
cstn_status cstn__transaction_delete_key(cstn_transaction *transaction, const cstn__key *key,
		int64_t recorded_us, cstn_error **error);
void cstn__transaction_saw(cstn_transaction *transaction, int64_t recorded_us);
/* Commit while the network's lock is held. */
cstn_status cstn__transaction_commit_locked(
		cstn_transaction *transaction, uint64_t *seq, cstn_error **error);

#endif
