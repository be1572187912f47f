#ifndef CSTN_SHARING_PREHASH_H
#define CSTN_SHARING_PREHASH_H

#include <stddef.h>

#include <jansson.h>

#include "base/alloc.h"
#include "network/event_reader.h"

/* Told of each value of an event, in the event's order: 0, or what stops the walk. */
typedef int cstn__prehash_leaf(void *context, const char *path, size_t path_len, const char *value,
		size_t value_len);

/* What turns EPCIS events into the pre-hash string of CBV 2.0. */
typedef struct cstn__prehash {
	cstn_allocator allocator;
	const cstn__event_reader *reader; /* for its form of times */
	cstn__bytes text;                 /* of the event at hand */
	cstn__bytes scratch, path;
	CSTN__ARRAY(size_t) starts; /* of the pieces that are to be sorted */
	const json_t *contexts[2];  /* of document and event, borrowed; NULL: none */
	const json_t *ignored[2];   /* names that the document says take no part */
	cstn__prehash_leaf *leaf;   /* NULL: nobody asks */
	void *leaf_context;
	int stopped;
} cstn__prehash;

void cstn__prehash_init(cstn__prehash *walk, const cstn__event_reader *reader);
void cstn__prehash_free(cstn__prehash *walk);
/* What a document says of all its events: prefixes, and members that take no part. */
void cstn__prehash_open(cstn__prehash *walk, const json_t *document);
/* `text` of one event that passed cstn__epcis_check(): 0, or -1 out of memory or stopped. */
int cstn__prehash_event(cstn__prehash *walk, const json_t *event);

#endif
