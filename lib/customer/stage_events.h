#ifndef CSTN_CUSTOMER_STAGE_EVENTS_H
#define CSTN_CUSTOMER_STAGE_EVENTS_H

#include <constellation/arrow.h>
#include <constellation/schema.h>

#include "base/map.h"
#include "base/row_errors.h"
#include "customer/stage_machine.h"

/* Instants that an age or a window can be added to. */
#define CSTN__STAGE_INSTANT_MAX (INT64_C(1) << 62)

/* Ids or references as dense codes. */
typedef struct cstn__codes {
	int32_t is_text;
	int32_t reserved;
	cstn__i64_map numbers;
	CSTN__ARRAY(int64_t) values; /* of numbers, by code */
	cstn__interner texts;
} cstn__codes;
void cstn__codes_init(cstn__codes *codes, int is_text, const cstn_allocator *allocator);
uint32_t cstn__codes_number(cstn__codes *codes, int64_t number); /* UINT32_MAX: out of memory */
size_t cstn__codes_count(const cstn__codes *codes);
/* Number of a code, or its text's address. */
cstn__stage_id cstn__codes_id(const cstn__codes *codes, uint32_t code);
void cstn__codes_free(cstn__codes *codes);

/* Events of a stream, as they came. */
typedef struct cstn__stage_events {
	cstn_allocator allocator;
	cstn__codes customers, references;
	int32_t id_is_text;
	int32_t in_order; /* customers' codes never fall: they came one after another */
	cstn__arena id_texts;
	CSTN__ARRAY(cstn__stage_event) items;
	cstn__row_sink *sink;
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
