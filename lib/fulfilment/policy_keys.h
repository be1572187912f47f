#ifndef CSTN_FULFILMENT_POLICY_KEYS_H
#define CSTN_FULFILMENT_POLICY_KEYS_H

#include <stddef.h>

#include "fulfilment/policy.h"

/* The table of keys, for policy.c. Names, values and meanings are read by the public
 * cstn_service_policy_key_at() and what goes with it. */

#define CSTN__POLICY_KEYS 35
#define CSTN__POLICY_VALUE_SIZE 72 /* the longest value: "tzif:" and 64 digits */

typedef struct cstn__policy_values {
	cstn__policy_rules rules;
	char values[CSTN__POLICY_KEYS][CSTN__POLICY_VALUE_SIZE];
} cstn__policy_values;

void cstn__policy_values_default(cstn__policy_values *is);
/* Set key `index`; -1 and nothing changed when the value is not allowed in this spelling. */
int cstn__policy_values_set(cstn__policy_values *is, size_t index, const char *text, size_t len);
/* The number of a key; CSTN__POLICY_KEYS if there is none of that name. */
size_t cstn__policy_key_find(const char *name, size_t len);

/* What a message shows of a refused text: at most so many bytes. */
int cstn__policy_shown(size_t len);
cstn_status cstn__policy_fail_key(
		cstn_error **error, cstn_status status, const char *name, size_t len);
cstn_status cstn__policy_fail_value(
		cstn_error **error, cstn_status status, size_t index, const char *text, size_t len);

#endif
