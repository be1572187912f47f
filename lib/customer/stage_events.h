#ifndef CSTN_CUSTOMER_STAGE_EVENTS_H
#define CSTN_CUSTOMER_STAGE_EVENTS_H

#include <constellation/arrow.h>
#include <constellation/schema.h>

#include "customer/event_rows.h"
#include "customer/stage_machine.h"

#define CSTN__STAGE_HELD ((size_t)1 << 15)

/* Events of a stream, as they came. */
typedef struct cstn__stage_events {
	cstn_allocator allocator;
	cstn__codes customers, references;
	int32_t id_is_text;
	int32_t reserved;
	cstn__arena id_texts;
	CSTN__ARRAY(cstn__stage_event) items;
	CSTN__ARRAY(uint32_t) customer_of; /* by event: its customer's code */
	cstn__row_sink *sink;
	/* NULL, or called after a block that leaves CSTN__STAGE_HELD events or more: customers come
	 * one after another */
	cstn_status (*flush)(void *context, cstn_error **error);
	void *flush_context;
	const char *id_column; /* for row errors of conflicts */
} cstn__stage_events;
/* Column numbers, as row errors have them. */
#define CSTN__STAGE_ID_FIELD 1

/* Read a stream to its end; options are checked already. */
cstn_status cstn__stage_events_read(cstn__stage_events *events, const cstn_stage_policy *policy,
		struct ArrowArrayStream *stream, const cstn_stage_options *options,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__stage_events_free(cstn__stage_events *events);

#endif
