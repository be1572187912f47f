#ifndef CSTN_NETWORK_EPCIS_H
#define CSTN_NETWORK_EPCIS_H

#include "network/event_reader.h"

/* Check one event against EPCIS 2.0 and CBV 2.0; each fault is told. 1 if there is none. */
int cstn__epcis_check(cstn__event_reader *reader, const json_t *event);
/* Check a query definition: names of parameters. */
cstn_status cstn__epcis_check_query(const json_t *query, cstn_error **error);

int cstn__epcis_read(cstn__event_reader *reader, const json_t *json, cstn__event *event);
void cstn__epcis_write(cstn__bytes *bytes, const cstn__event *event, const json_t *objects,
		const json_t *extra, const cstn__event_text *id_prefix, size_t *slot);
int cstn__epcis_has_place(const cstn__event *event, enum cstn__event_member *why);

/* The members of an event that name objects, "epcList"; NULL past the end. */
const char *cstn__epcis_object_list(size_t index);
/* 1 for a member that is one of them, 2 for one that a column holds, else 0. */
int cstn__epcis_is_held(const char *name);

#endif
