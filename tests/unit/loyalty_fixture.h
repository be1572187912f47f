#ifndef TESTS_LOYALTY_FIXTURE_H
#define TESTS_LOYALTY_FIXTURE_H

#include <constellation/constellation.h>

#define EVIDENCE_SCHEMA                                                                          \
	"customer text null\nvalid date\nsource text\nnumber int64 null\nscale_min int64 null\n" \
	"scale_max int64 null\npublic flag null\noccasions int64 null\nfirst int64 null\n"       \
	"expires date null\n"
#define EVIDENCE "customer,valid,source,number,scale_min,scale_max,public,occasions,first,expires\n"
#define PURCHASE_SCHEMA "customer text\nvalid date\nitem text\nquantity int64\namount int64\n"
#define PURCHASES "customer,valid,item,quantity,amount\n"
#define CUSTOMER_SCHEMA \
	"customer text\nvalid date null\nsegment text null\nstage text null\nmargin int64 null\n"
#define CUSTOMERS "customer,valid,segment,stage,margin\n"

/* Add CSV rows of a kind; the status, which may be CSTN_E_ROWS. */
cstn_status loyalty_add(cstn_loyalty *state, int32_t kind, const char *rows);
/* A state of rows without headers; NULL: none of that kind. */
cstn_loyalty *loyalty_state(const char *evidence, const char *purchases, const char *customers);
/* As of a day "2024-12-31". */
cstn_loyalty_options loyalty_options(const char *day);
/* Judged; frees the state. */
cstn_loyalty_verdicts *loyalty_verdicts(cstn_loyalty *state, const cstn_loyalty_options *options);
/* A table as CSV; free with cstn_buffer_free(). */
const char *loyalty_table(const cstn_loyalty_verdicts *verdicts, int32_t table, cstn_buffer **held);
/* One cell of the table of customers, from a state that is freed, as of 2024-12-31. Static. */
const char *loyalty_cell(cstn_loyalty *state, const char *customer, const char *column);
/* One cell of a table: the first row whose named columns have these values, "by=all;verdict=happy".
 */
const char *loyalty_where(const char *text, const char *where, const char *column);

#endif
