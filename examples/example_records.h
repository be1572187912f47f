/* Records of a network out of pairs of words, for the examples. */
#ifndef CSTN_EXAMPLE_RECORDS_H
#define CSTN_EXAMPLE_RECORDS_H

#include <constellation/constellation.h>

/** Put a record in a transaction.
 *  @param fields pairs of field and text; "+" begins a line of an order or shipment; NULL ends
 *  @return as cstn_record_builder_set_text(), _build() and cstn_transaction_put() */
cstn_status records_put(cstn_transaction *transaction, const char *noun, const char *const *fields,
		cstn_error **error);

#endif
