#ifndef CONSTELLATION_RECORD_H
#define CONSTELLATION_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file record.h
 *  What a network holds: records of nouns (partner, order, shipment, event ...), their fields and
 *  the rules of each field.
 *
 *  One table says what fields a noun has; the store, records, import, scan, documentation and the
 *  bindings follow it, and the calls here read it. A field is set and read by its name. A field
 *  has a type (CSTN_TYPE_...) and is a flag, an integer, a double, text, a day or an instant; money
 *  is in minor units beside a field `currency`, a quantity in whole units of the item (at the
 *  item's `quantity_exponent`).
 *
 *  Some nouns have *lines*: the lines of an order, the contents of a shipment. A field of a line
 *  has a value in each line.
 *
 *  Records are immutable, refcounted and shared by any number of threads; a builder belongs to one
 *  thread. Reading calls answer NULL with 0, "" or NULL. Costs are O(1), but for look-ups by name,
 *  O(fields). On failure outputs are untouched. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- nouns and their fields ------------------------------------------------------------------- */

/** How many nouns there are. Any thread. @since 0.1 */
CSTN_API size_t cstn_noun_count(void);

/** The name of noun number `noun`, as "order"; NULL past the end. Numbers may change between
 *  releases, names do not. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_noun_name(size_t noun);

/** The number of a noun; SIZE_MAX if there is no such noun. Here, as wherever a noun is named, the
 *  plural will do: "orders" is "order". Any thread. @since 0.1 */
CSTN_API size_t cstn_noun_find(const char *name);

/** One line that says what the noun is; "" past the end. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_noun_doc(size_t noun);

/** 1 if records of the noun are only ever added (events, interactions), 0 if a new version replaces
 *  the one before. Any thread. @since 0.1 */
CSTN_API int32_t cstn_noun_is_append_only(size_t noun);

/** 1 if records of the noun have lines. Any thread. @since 0.1 */
CSTN_API int32_t cstn_noun_has_lines(size_t noun);

/** How many fields the noun has, those of lines included; 0 past the end. Any thread. @since 0.1 */
CSTN_API size_t cstn_noun_field_count(size_t noun);

/** The number of a field by name; SIZE_MAX if the noun has none of that name. Any thread.
 *  @since 0.1 */
CSTN_API size_t cstn_noun_field_find(size_t noun, const char *name);

/** The name of a field, as "seller"; NULL past the end. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_noun_field_name(size_t noun, size_t field);

/** CSTN_TYPE_ of a field; 0 past the end. Any thread. @since 0.1 */
CSTN_API int32_t cstn_noun_field_type(size_t noun, size_t field);

/** 1 if a record without this field breaks no rule. Any thread. @since 0.1 */
CSTN_API int32_t cstn_noun_field_is_nullable(size_t noun, size_t field);

/** 1 if the field belongs to a line, not to the record. Any thread. @since 0.1 */
CSTN_API int32_t cstn_noun_field_is_line(size_t noun, size_t field);

/** The place of a field in the key of its noun, from 1; 0 if it is no part of it. Any thread.
 *  @since 0.1 */
CSTN_API int32_t cstn_noun_field_key(size_t noun, size_t field);

/** One line that says what the field means. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_noun_field_doc(size_t noun, size_t field);

/** The rule of the field in words, "GLN: 13 digits, the last a check digit"; "" if any value of the
 *  type will do. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_noun_field_rule(size_t noun, size_t field);

/** The code number `code` of a field that takes one of a closed list, as "placed"; NULL past the
 *  end and for other fields. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_noun_field_code(size_t noun, size_t field, size_t code);

/** The noun that a field names records of, as "partner"; "" for other fields. Static memory. Any
 *  thread. @since 0.1 */
CSTN_API const char *cstn_noun_field_refers(size_t noun, size_t field);

/* --- records ---------------------------------------------------------------------------------- */

/** In place of a line's number: the record's own fields. */
#define CSTN_NO_LINE SIZE_MAX

/** A record of some noun. Immutable, refcounted, any thread. */
typedef struct cstn_record cstn_record;

/** One more reference. Any thread. Each reference is given back with its `_unref`. @since 0.1 */
CSTN_API cstn_record *cstn_record_ref(cstn_record *record);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_record_unref(cstn_record *record);

/** The name of its noun; "" for NULL. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_record_noun(const cstn_record *record);

/** How many lines it has. Any thread. @since 0.1 */
CSTN_API size_t cstn_record_lines(const cstn_record *record);

/** The sequence number of the transaction that wrote it; 0 if it was not read from a network.
 *  Any thread. @since 0.1 */
CSTN_API uint64_t cstn_record_seq(const cstn_record *record);

/** 1 if the field is there and has a value. @param line CSTN_NO_LINE, or the number of a line, from
 *  0, for a field of lines. Any thread. @since 0.1 */
CSTN_API int32_t cstn_record_has(const cstn_record *record, size_t line, const char *field);

/** The value of a flag, integer, day, instant or decimal; 0 if there is none. Days and instants as
 *  in time.h. @param line as cstn_record_has(). Any thread. @since 0.1 */
CSTN_API int64_t cstn_record_int(const cstn_record *record, size_t line, const char *field);

/** The value of a double, or of a number as a double; 0 if there is none. @param line as
 *  cstn_record_has(). Any thread. @since 0.1 */
CSTN_API double cstn_record_double(const cstn_record *record, size_t line, const char *field);

/** The value of a text; NULL if there is none. Borrowed, NUL-terminated: valid while the record is
 *  referenced. @param line as cstn_record_has() @param len NULL, or receives the bytes. Any
 *  thread. @since 0.1 */
CSTN_API const char *cstn_record_text(
		const cstn_record *record, size_t line, const char *field, size_t *len);

/** The record as one JSON object, fields in the order of the noun, those without a value left out;
 *  instants as ISO 8601 text, days as YYYY-MM-DD, lines as an array `lines`. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. O(fields x
 *  lines). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_record_format(
		const cstn_record *record, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/* --- builders --------------------------------------------------------------------------------- */

/** A record under construction. One thread. */
typedef struct cstn_record_builder cstn_record_builder;

/** An empty builder. @param noun its name, as "order" @param allocator NULL is libc; the records
 *  inherit it @param out free with cstn_record_builder_free() @return CSTN_OK; CSTN_E_NOT_FOUND for
 *  an unknown noun; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_record_builder_new(const char *noun, const cstn_allocator *allocator,
		cstn_record_builder **out, cstn_error **error) CSTN_MUST_CHECK;

/** Begin a line: fields of lines that are set from here on are its own. @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT if the noun has no lines; CSTN_E_LIMIT above 65,536; CSTN_E_NOMEM.
 *  One caller at a time a builder; O(1). @since 0.1 */
CSTN_API cstn_status cstn_record_builder_add_line(
		cstn_record_builder *builder, cstn_error **error) CSTN_MUST_CHECK;

/** Set a field to a text; a field of another type reads it: whole numbers, "0" and "1", doubles,
 *  ISO 8601 days and times. The rules of the field are looked at by cstn_record_builder_build().
 *  @param text copied @param len its bytes
 *  @return CSTN_OK; CSTN_E_NOT_FOUND if the noun has no such field, with a similar name;
 *  CSTN_E_UNSUPPORTED for personal data, which records do not hold; CSTN_E_FORMAT for text that is
 *  no value of the type; CSTN_E_STATE for a field of lines before the first line; CSTN_E_NOMEM.
 *  One caller at a time a builder; O(size). @since 0.1 */
CSTN_API cstn_status cstn_record_builder_set_text(cstn_record_builder *builder, const char *field,
		const char *text, size_t len, cstn_error **error) CSTN_MUST_CHECK;

/** Set a flag, an integer, a day, an instant or a decimal; a double takes it as a number. @return
 *  as cstn_record_builder_set_text(); CSTN_E_INVALID_ARGUMENT for a field of text and for a value
 *  that does not fit 32 bits where the type has no more. One caller at a time a builder; O(1).
 *  @since 0.1 */
CSTN_API cstn_status cstn_record_builder_set_int(cstn_record_builder *builder, const char *field,
		int64_t value, cstn_error **error) CSTN_MUST_CHECK;

/** Set a double. @return as cstn_record_builder_set_int(), which is for fields of other types.
 *  One caller at a time a builder; O(1). @since 0.1 */
CSTN_API cstn_status cstn_record_builder_set_double(cstn_record_builder *builder, const char *field,
		double value, cstn_error **error) CSTN_MUST_CHECK;

/** Set a field to nothing, as it is in an empty builder. @return as
 *  cstn_record_builder_set_text(). One caller at a time a builder; O(1). @since 0.1 */
CSTN_API cstn_status cstn_record_builder_set_null(cstn_record_builder *builder, const char *field,
		cstn_error **error) CSTN_MUST_CHECK;

/** Check every rule that can be checked without a network, and make the record. The builder is
 *  unchanged and may go on: as the next version, or mended. Whether what it names is there, whether
 *  its state may follow the one before and whether quantities add up is checked when the record is
 *  put into a network.
 *  @param out release with cstn_record_unref()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with every rule that is broken; CSTN_E_NOMEM. O(fields
 *  x lines). One caller at a time a builder. @since 0.1 */
CSTN_API cstn_status cstn_record_builder_build(const cstn_record_builder *builder,
		cstn_record **out, cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_record_builder_free(cstn_record_builder *builder);

#ifdef __cplusplus
}
#endif

#endif
