#ifndef CONSTELLATION_EVENT_JSON_H
#define CONSTELLATION_EVENT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/status.h>

/** @file event_json.h
 *  Events of a supply network as JSON: GS1 EPCIS 2.0 with the Core Business Vocabulary 2.0, and
 *  DCSA Track & Trace 2.2. A document becomes rows, one an event; rows become a document.
 *
 *  The rows, in and out, are those of noun `event` (network.h) with six columns more, so that they
 *  can be imported as they are; text where nothing else is said, null where a column is absent:
 *  - `event_id` 1..64 bytes, never null: the event's own id if it has one of at most 64 bytes; the
 *  SHA-256 of a longer one; without one the SHA-256 of what the event says, so that the same event
 *  has the same id in every document.
 *  - `subject_id`, never null: what the event is about. EPCIS: the parent, else the first EPC, else
 *  the first EPC class (outputs before inputs), else the document, the sensor's device, the place
 * or the event. DCSA: the equipment, the transport call, or the document. `subject_kind`, never
 * null: order shipment item location return equipment transport document other, by the scheme of an
 * EPC.
 *  - `type`, never null, see cstn_noun_field_code(); `class`, never null: planned estimated actual.
 *  - `occurred` timestamp, never null; `utc_offset_minutes` int32, as reported; `recorded`
 * timestamp.
 *  - `source_id`: who says so; `location_id`; `reason`; `document_type` and `document_id`.
 *  - `qty` int64: the quantity, where the event has one alone, and `qty_exponent` int32: its
 *  decimals, 25 and 1 for 2.5, null for a whole one, at most 6; `unit` of it (UN/ECE Rec 20).
 *  - `corrects`: the id of the event that this one declares wrong, or stands in for: EPCIS lists
 * the latter in the declaration, which must be in the same document.
 *  - `code`: where the row comes from and what it was called there, "epcis:ObjectEvent/OBSERVE",
 *  "dcsa:EQUIPMENT/RSEA"; `original_id`: the event's own id where `event_id` is its SHA-256.
 *  - `business_step`, `disposition`: of EPCIS, the bare word of a standard value, else its URI.
 *  - `objects`: JSON object with the identifier lists of EPCIS where subject and quantity do not
 *  say it all; `extra`: JSON object with all that no column holds, sensors and extensions included.
 *  - `line_number` int32 and `source_role` are null when read, and neither format holds them.
 *
 *  So no member of an event is lost: what is read and written again reads to the same rows.
 *
 *  JSON is not trusted: any bytes give rows, row errors or an error. UTF-8 only; a name twice in an
 *  object, a number beyond int64, a lone surrogate and a NUL are refused with line, column and
 * byte. Numbers with a fraction or an exponent are doubles in JSON: 15 digits are kept. Names of
 * one event are checked against the standard's; those with a namespace are extensions and are kept.
 *  Vocabulary words without a namespace must be the standard's. Contexts are never fetched.
 *
 *  Method: GS1 EPCIS 2.0 and CBV 2.0 (2022); DCSA Track & Trace 2.2. The tables of codes are in the
 *  guide "Events". Threads: each call works on the caller's. Memory: about ten times the document
 *  while it is read, of which the JSON tree is libc's; the rows are the allocator's. Cost: one pass
 *  over the document. */

#ifdef __cplusplus
extern "C" {
#endif

/** A bad event refuses its whole document (reading), a bad row the whole call (writing). */
#define CSTN_EVENT_JSON_ALL_OR_NOTHING 1u
/** Writing: one member a line, two spaces a level */
#define CSTN_EVENT_JSON_INDENT 2u

typedef struct cstn_event_json_options {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_EVENT_JSON_... */
	/** Reading: the source partner of every event; NULL: the sender that the document names */
	const char *source_partner;
	/** A URI that ends where own ids begin, such as "https://id.example.com/". Writing
	 *  EPCIS, which asks for URIs, puts it before ids, places and documents that are none, and
	 *  before subjects with their kind, ".../shipment/S-17"; reading takes it away. NULL: none
	 */
	const char *id_prefix;
	/** Reading: when an event was known that does not say it; 0: the document's date of
	 *  creation, else null. Writing: the document's date of creation; 0: the latest `recorded`
	 *  of the rows, else the latest `occurred` */
	int64_t recorded_us;
	int64_t max_bytes; /**< longest document; 0 means 64 MiB; at most 1 GiB */
	int32_t max_depth; /**< deepest nesting; 0 means 64; at most 512 */
	int32_t reserved0; /**< 0 */
} cstn_event_json_options;
/* clang-format off */
#define CSTN_EVENT_JSON_OPTIONS_INIT { sizeof(cstn_event_json_options), 0, NULL, NULL, 0, 0, 0, 0 }
/* clang-format on */

/** Read an EPCIS 2.0 document in JSON: a capture document, a query document, or one bare event. A
 *  query definition is checked and has no rows.
 *  @param json,len   the document; not kept
 *  @param options    NULL, or start from CSTN_EVENT_JSON_OPTIONS_INIT
 *  @param out_events receives the good events in the order of the document; single use, one thread
 *  @param bad_rows   NULL, or receives the events left out, to be freed with
 * cstn_row_errors_free(): `row` is the event's index in the event list, the column a JSON pointer
 * inside the event. Every rule that an event breaks is an entry
 *  @return CSTN_OK; CSTN_E_ROWS if events were left out, the others being in `out_events`, the
 *  message naming the first by a JSON pointer; CSTN_E_FORMAT, with pointer or byte, for what is no
 *  EPCIS document; CSTN_E_OVERFLOW for a number beyond int64 or double; CSTN_E_LIMIT;
 *  CSTN_E_NOMEM. Under CSTN_EVENT_JSON_ALL_OR_NOTHING CSTN_E_ROWS leaves `out_events` untouched.
 *  Memory, threads, cost: see above. @since 0.1 @snippet read_epcis.c epcis */
CSTN_API cstn_status cstn_epcis_read(const char *json, size_t len,
		const cstn_event_json_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out_events, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Write events as an EPCIS 2.0 capture document. Planned and estimated events are left out, as
 *  EPCIS knows actual ones only.
 *  @param events   columns as above; moved from, also on failure
 *  @param options  NULL, or start from CSTN_EVENT_JSON_OPTIONS_INIT
 *  @param out_json free with cstn_buffer_free(). UTF-8, ASCII but for text that is not
 *  @param report   NULL, or receives what is not in the document, NULL if all is: rows left out
 *  (CSTN_ROW_LEFT_OUT), values that EPCIS has no place for (CSTN_ROW_NOT_HELD), and bad rows; free
 *  it with cstn_row_errors_free(). `row` is the row of the stream
 *  @return CSTN_OK, also where the report has rows left out and values not held; CSTN_E_ROWS if
 *  rows are bad, the others being in `out_json`; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_LIMIT;
 *  CSTN_E_NOMEM. Any thread; one pass, O(document) memory. @since 0.1
 *  @snippet read_epcis.c write */
CSTN_API cstn_status cstn_epcis_write(struct ArrowArrayStream *events,
		const cstn_event_json_options *options, const cstn_allocator *allocator,
		cstn_buffer **out_json, cstn_row_errors **report,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read DCSA Track & Trace 2.2 events: a list of events, one event, or an object whose `events` is
 *  the list. Codes that have no type of ours become `other`. Parameters and errors as
 *  cstn_epcis_read(). @return as cstn_epcis_read(). Any thread; one pass, O(document) memory.
 *  @since 0.1 */
CSTN_API cstn_status cstn_dcsa_read(const char *json, size_t len,
		const cstn_event_json_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out_events, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Write events as a list of DCSA Track & Trace 2.2 events, planned and estimated ones included.
 *  Types that DCSA has no code for are left out. Parameters and errors as cstn_epcis_write().
 *  @return as cstn_epcis_write(), and what is handed out is freed as there. Any thread; one
 *  pass, O(document) memory. @since 0.1 */
CSTN_API cstn_status cstn_dcsa_write(struct ArrowArrayStream *events,
		const cstn_event_json_options *options, const cstn_allocator *allocator,
		cstn_buffer **out_json, cstn_row_errors **report,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
