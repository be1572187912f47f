#ifndef CONSTELLATION_EVENT_PROOF_H
#define CONSTELLATION_EVENT_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/event_json.h>
#include <constellation/export.h>
#include <constellation/status.h>

/** @file event_proof.h
 *  Names and proofs of events.
 *
 *  **Event hash.** `ni:///sha-256;HEX?ver=CBV2.0` names an EPCIS event by what it says, alike in
 *  every system that has the event: SHA-256 of its pre-hash string. The string holds what the event
 *  says in one order and one form: instants in UTC with milliseconds, rounded half up; numbers
 *  without zeros at their ends; GS1 keys as canonical links; vocabulary words as URIs; lists sorted
 *  by bytes; extensions as `{namespace}name=value`. `recordTime`, `eventID`, `errorDeclaration`,
 *  comments and what a document lists under a name that ends in `:ignoreFields` take no part.
 *  Prefixes are those that the document or the event declares, and the standard's; no context is
 *  fetched. JSON only. A hash of an event says nothing of what is in it to who does not have the
 *  event, unless it can be guessed: for proofs of single fields there are event commitments.
 *
 *  **Event commitment.** An event as an ordered list of fields, each a path and a value. Each field
 *  with a salt of its own is a leaf of a Merkle tree (RFC 6962), random leaves fill it to a power
 * of two, and its root of 32 bytes, which is logged, stands for the event without telling anything
 * of it. The *record* is the fields with their salts and is kept secret. A redacted record has some
 * of the fields and hashes in place of the others: it proves each field that it has against the
 * root, and shows nothing of the rest but how many leaves there are. A record without a salt proves
 *  nothing any more: who erases the salts ends the proofs of what they stood for.
 *
 *  A record is canonical JSON (RFC 8785), redacted or not: `type` "cstn/event/v1"; `leaves`, a
 * power of two; `fields`, each with `index`, `path`, `salt` (base64 of 16 bytes) and `value`;
 * `hashes`, base64 of 32 bytes each, of the largest subtrees without a field, from left to right. A
 * leaf's entry is salt, length of the path in two bytes, the higher first, path, value.
 *
 *  Method: GS1 CBV 2.0 (2022), section 8.9, in the order of members that the reference
 *  implementation of its authors has. Threads: each call works on the caller's. */

#ifdef __cplusplus
extern "C" {
#endif

/** The rows have the pre-hash strings too */
#define CSTN_EPCIS_HASH_STRING 1u

typedef struct cstn_epcis_hash_options {
	uint32_t struct_size;
	uint32_t flags;    /**< CSTN_EPCIS_HASH_... */
	int64_t max_bytes; /**< longest document; 0 means 64 MiB; at most 1 GiB */
	int32_t max_depth; /**< deepest nesting; 0 means 64; at most 512 */
	int32_t reserved0; /**< 0 */
} cstn_epcis_hash_options;
/* clang-format off */
#define CSTN_EPCIS_HASH_OPTIONS_INIT { sizeof(cstn_epcis_hash_options), 0, 0, 0, 0 }
/* clang-format on */

/** The event hashes of an EPCIS 2.0 document in JSON: a capture document, a query document, or one
 *  bare event. What cstn_epcis_read() checks is checked here.
 *  @param json,len  the document; not kept
 *  @param options   NULL, or start from CSTN_EPCIS_HASH_OPTIONS_INIT
 *  @param out       receives a stream, a row for each good event in the document's order: `event`
 *  int64, its index in the document; `hash` text, 84 bytes; with CSTN_EPCIS_HASH_STRING
 *  `prehash` text
 *  @param bad_rows  NULL, or receives the events left out as in cstn_epcis_read(); free it with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if events were left out, the others being in `out`; CSTN_E_FORMAT
 *  for what is no EPCIS document; CSTN_E_OVERFLOW; CSTN_E_LIMIT; CSTN_E_NOMEM. Any thread. Memory:
 *  the JSON tree of the document, which is libc's, and the rows. Cost: one pass over the document
 *  and the sorting of its lists. @since 0.1 @snippet event_proof.c hash */
CSTN_API cstn_status cstn_epcis_hash(const char *json, size_t len,
		const cstn_epcis_hash_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** One canonical GS1 Digital Link for every way to write a GS1 key: an EPC URI, class or pattern
 *  (`urn:epc:...`) or a Digital Link of any host, with its keys as numbers or by name. Of the
 *  qualifiers the finest stays, a query goes: `https://id.gs1.org/01/04012345111118/21/9876`.
 *  @param uri,len  text; not kept
 *  @param out      receives the link as text; free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_NOT_FOUND if the text names no GS1 key; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. Any thread, O(len) memory and time. Method: GS1 EPC Tag Data Standard 2.0, GS1
 *  Digital Link 1.2, CBV 2.0 section 8.9. @since 0.1 */
CSTN_API cstn_status cstn_gs1_uri_canonical(const char *uri, size_t len,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Most fields of an event, bytes of a path, bytes of a value */
#define CSTN_EVENT_FIELDS_MAX 4096
#define CSTN_EVENT_PATH_MAX 255
#define CSTN_EVENT_VALUE_MAX 65535
/** Bytes of a root */
#define CSTN_EVENT_ROOT_SIZE 32

/** A field of an event: UTF-8 without control characters in the path, UTF-8 without NUL in the
 *  value, which may be empty. */
typedef struct cstn_event_field {
	const char *path;
	size_t path_len; /**< 1..CSTN_EVENT_PATH_MAX */
	const char *value;
	size_t value_len; /**< at most CSTN_EVENT_VALUE_MAX */
} cstn_event_field;

typedef struct cstn_event_commit_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	/** Fills `out` with random bytes for salts and random leaves; what it returns besides
	 *  CSTN_OK ends the call. NULL: libsodium's. */
	cstn_status (*entropy)(void *user, uint8_t *out, size_t size);
	void *entropy_user; /**< handed to `entropy` */
} cstn_event_commit_options;
/* clang-format off */
#define CSTN_EVENT_COMMIT_OPTIONS_INIT { sizeof(cstn_event_commit_options), 0, NULL, NULL }
/* clang-format on */

/** Commit to an event.
 *  @param fields     in the event's order, paths unique; not kept
 *  @param n_fields   1..CSTN_EVENT_FIELDS_MAX
 *  @param options    NULL, or start from CSTN_EVENT_COMMIT_OPTIONS_INIT
 *  @param out_record receives the record, a secret; free with cstn_buffer_free(), which wipes it
 *  @param out_root   CSTN_EVENT_ROOT_SIZE bytes, receives the commitment
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with the field; CSTN_E_DUPLICATE; CSTN_E_LIMIT; what
 *  `entropy` gave; CSTN_E_NOMEM. The outputs are untouched on failure. Any thread. Memory and cost:
 *  O(fields). @since 0.1 @snippet event_proof.c commit */
CSTN_API cstn_status cstn_event_commit(const cstn_event_field *fields, size_t n_fields,
		const cstn_event_commit_options *options, const cstn_allocator *allocator,
		cstn_buffer **out_record, uint8_t *out_root, cstn_error **error) CSTN_MUST_CHECK;

/** Commit to one event of an EPCIS 2.0 document: its fields are the members that take part in its
 *  event hash, each value in the form it has there. Paths are names joined by dots, elements of
 *  lists with their index: `epcList[0]`, `readPoint.id`, `{https://ns.example.com/}lot`.
 *  @param json,len as cstn_epcis_hash()
 *  @param index    of the event in the document, from 0
 *  @param out_record free with cstn_buffer_free(), which wipes it
 *  @return as cstn_event_commit(), and CSTN_E_ROWS with the pointer if the event breaks a rule of
 *  EPCIS; CSTN_E_NOT_FOUND if there is no such event; CSTN_E_FORMAT, CSTN_E_OVERFLOW. Parameters
 *  else as there. Any thread. Memory: the JSON tree of the document. Cost: the reading of the
 *  document. @since 0.1 */
CSTN_API cstn_status cstn_epcis_commit(const char *json, size_t len, uint64_t index,
		const cstn_event_commit_options *options, const cstn_allocator *allocator,
		cstn_buffer **out_record, uint8_t *out_root, cstn_error **error) CSTN_MUST_CHECK;

/** Keep some fields of a record, redacted before or not.
 *  @param record,len what cstn_event_commit() gave, or this call; not kept
 *  @param paths      of fields to keep, NUL-terminated; `epcList` keeps `epcList[0]` and all others
 *  of the list, `readPoint` keeps `readPoint.id`
 *  @param n_paths    0 keeps none: a record that proves how many leaves there are
 *  @param out        receives the redacted record; free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_FORMAT, with the byte offset, for what is no record; CSTN_E_NOT_FOUND
 *  with the path that no field has; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. Memory
 *  and cost: O(record), times the paths. @since 0.1 */
CSTN_API cstn_status cstn_event_redact(const char *record, size_t len, const char *const *paths,
		size_t n_paths, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Verify a record, redacted or not, and read what it shows.
 *  @param record,len untrusted
 *  @param root       CSTN_EVENT_ROOT_SIZE bytes: the commitment, from a log that is trusted
 *  @param out        NULL, or receives a stream, a row for each field that the record shows:
 * `index` int64, its place in the event; `path` text; `value` text
 *  @return CSTN_OK; CSTN_E_PROOF if it does not lead to the root; CSTN_E_FORMAT, with the byte
 *  offset; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. Memory and cost: O(record). @since
 * 0.1
 */
CSTN_API cstn_status cstn_event_verify(const char *record, size_t len, const uint8_t *root,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
