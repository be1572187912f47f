#ifndef CSTN_SHARING_OVERRIDE_H
#define CSTN_SHARING_OVERRIDE_H

#include "sharing/rules.h"

/* What the note of an override says; texts of parties are copied. */
typedef struct cstn__override_said {
	char constellation[CSTN_ID_MOST + 1], provider[CSTN_ID_MOST + 1],
			recipient[CSTN_ID_MOST + 1];
	int32_t level;
	int64_t from_us, until_us;
	size_t n_paths;
	cstn_id paths[CSTN_OVERRIDE_PATHS_MOST]; /* borrowed from the note */
} cstn__override_said;

/* Read its text; CSTN_E_FORMAT with the byte. No signature is looked at. */
cstn_status cstn__override_read(
		const char *text, size_t len, cstn__override_said *out, cstn_error **error);

/* Do two different officer keys that signed an override of these rules hold at an instant? */
int cstn__override_is_signed_at(const cstn_rules *rules, const cstn__override *one, int64_t now_us);

#endif
