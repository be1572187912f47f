#ifndef CSTN_NETWORK_EVENT_CORRECT_H
#define CSTN_NETWORK_EVENT_CORRECT_H

#include "network/event_reader.h"

/* Events of a document that stand in for one declared wrong, while it is written. */
typedef struct cstn__corrective {
	uint64_t row;
	size_t place;        /* in the document's list of events */
	uint32_t code;       /* of the event that is declared wrong */
	int32_t has_id;      /* it was written with an id of its own, `id` */
	cstn__event_text id; /* as written */
	cstn__event_text corrects;
} cstn__corrective;

typedef struct cstn__corrections {
	cstn_allocator allocator;
	cstn__arena texts;
	cstn__interner wrong; /* ids of events that are declared wrong */
	CSTN__ARRAY(cstn__corrective) correctives;
	/* Where the ids of correctives go into declarations, by place in the bytes, ascending. */
	CSTN__ARRAY(struct cstn__correction_slot {
		size_t at;
		uint32_t code;
	})
	slots;
} cstn__corrections;

void cstn__corrections_init(cstn__corrections *corrections, const cstn_allocator *allocator);
void cstn__corrections_free(cstn__corrections *corrections);
/* Note an event that was written as `json`, the `place`th of the document; `slot` is where a
 * declaration takes ids, SIZE_MAX if it is none. 0, or -1 out of memory. */
int cstn__corrections_add(cstn__corrections *corrections, const cstn__event *event,
		const json_t *json, uint64_t row, size_t place, size_t slot);
/* Put the ids into the declarations. 0, or -1 out of memory. */
int cstn__corrections_fill(cstn__corrections *corrections, cstn__bytes *events);
/* Read the document back: of each corrective 1 in `held` if its `corrects` came back. */
cstn_status cstn__corrections_check(cstn__corrections *corrections, cstn__event_reader *reader,
		const cstn__event_format *format, const cstn__bytes *document, uint8_t *held);

#endif
