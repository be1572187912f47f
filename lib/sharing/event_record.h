#ifndef CSTN_SHARING_EVENT_RECORD_H
#define CSTN_SHARING_EVENT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <constellation/event_proof.h>

#include "base/alloc.h"

#define CSTN__EVENT_SALT 16

typedef struct cstn__event_leaf {
	uint32_t index;
	uint8_t salt[CSTN__EVENT_SALT];
	const char *path, *value; /* not owned */
	size_t path_len, value_len;
} cstn__event_leaf;

/* A record, redacted or not: fields by their index, and hashes of what is between them. */
typedef struct cstn__event_record {
	cstn_allocator allocator;
	uint32_t leaves; /* a power of two */
	CSTN__ARRAY(cstn__event_leaf) fields;
	CSTN__ARRAY(uint8_t) hashes; /* 32 bytes each */
	json_t *tree;                /* that the texts lie in; NULL: elsewhere */
	int hardware;
} cstn__event_record;

void cstn__event_record_init(cstn__event_record *record, const cstn_allocator *allocator);
void cstn__event_record_free(cstn__event_record *record); /* wipes the salts */

/* From text that is not trusted. */
cstn_status cstn__event_record_read(
		cstn__event_record *record, const char *text, size_t len, cstn_error **error);
/* Canonical JSON; the buffer wipes itself. */
cstn_status cstn__event_record_write(
		const cstn__event_record *record, cstn_buffer **out, cstn_error **error);

/* The root that it leads to. */
void cstn__event_record_root(const cstn__event_record *record, uint8_t *root);
/* `out`, empty, becomes the record without the fields whose `keep` is 0. */
cstn_status cstn__event_record_redact(const cstn__event_record *record, const uint8_t *keep,
		cstn__event_record *out, cstn_error **error);

#endif
