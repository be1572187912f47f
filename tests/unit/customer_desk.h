#ifndef TESTS_CUSTOMER_DESK_H
#define TESTS_CUSTOMER_DESK_H

#include "network_fixture.h"
#include "vault_fixture.h"

/* Where customers are looked after: network_small() with its customer jo, and a vault with a log.
 */
#define DESK_NOW INT64_C(1722470400000000) /* 2024-08-01 */

typedef struct customer_desk {
	vault_fixture safe;
	cstn_network *network;
} customer_desk;
void desk_begin(customer_desk *at, int on_disk);
void desk_end(customer_desk *at);

/* A personal field of a customer of the network's own. */
cstn_status desk_put(customer_desk *at, const char *who, const char *name, const char *value);
/* An interaction of jo, whose kind needs nothing more; the day, "2024-07-01", is when it was and
 * when it was recorded. */
void desk_interaction(customer_desk *at, const char *id, const char *kind, const char *day);
/* The text of cstn_customer_export() as of DESK_NOW, or the name of the status; freed by the
 * caller. */
char *desk_export(customer_desk *at, const char *who, const char *owner);

#endif
