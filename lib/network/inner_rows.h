#ifndef CSTN_NETWORK_INNER_ROWS_H
#define CSTN_NETWORK_INNER_ROWS_H

#include "network/network.h"
#include "network/network_transaction.h"

/* Rows of internal nouns in a transaction: read as it sees them, put without the rules of records.
 * What was read is required at the commit to be still as it was. */

/* The row of a key: what the transaction put itself, else that of its snapshot; NULL if there is
 * none. Release it with cstn_record_unref(). */
cstn_status cstn__transaction_row(cstn_transaction *transaction, const cstn__key *key,
		cstn_record **out, cstn_error **error);

/* Put a row, whose `recorded` becomes that of the row before it if that is later. After a failure
 * the transaction may only be freed. */
cstn_status cstn__transaction_put_row(
		cstn_transaction *transaction, cstn_record *row, cstn_error **error);

/* For the transaction itself. */
void cstn__inner_rows_init(cstn_transaction *transaction);
void cstn__inner_rows_clear(cstn_transaction *transaction);

#endif
