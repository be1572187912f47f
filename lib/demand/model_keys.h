#ifndef CSTN_DEMAND_MODEL_KEYS_H
#define CSTN_DEMAND_MODEL_KEYS_H

#include "table/ids.h"

/* Keys and pools of models as rows and queries bring them; CSTN_E_SCHEMA for those of another type
 * than before. */

cstn_status cstn__demand_check_type(
		const char *name, int32_t type, int32_t before, cstn_error **error);
/* Ids have a type, or take this one. */
cstn_status cstn__demand_take_type(
		cstn__ids *ids, int32_t type, const char *name, cstn_error **error);
/* The number of a key or pool, named if it is new; `text` NULL: it is `number`. */
cstn_status cstn__demand_name_one(cstn__ids *ids, const char *what, const char *text, size_t len,
		int64_t number, uint32_t *out, cstn_error **error);
/* The same of a key that is looked for; CSTN__IDS_NONE where it is not there. */
cstn_status cstn__demand_find_one(const cstn__ids *keys, const char *text, size_t len,
		int64_t number, uint32_t *out, cstn_error **error);

#endif
