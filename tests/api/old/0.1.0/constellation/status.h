#ifndef CONSTELLATION_STATUS_H
#define CONSTELLATION_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/arrow.h>
#include <constellation/export.h>

/** @file status.h
 *  Status codes, the error object, and the rows that a batch call left out.
 *
 *  Every call that can fail returns a #cstn_status and takes `cstn_error **error` last. On failure
 *  the outputs are untouched and, when `error` is not NULL, `*error` receives an object to be freed
 *  with cstn_error_free(). There is no "last error": the object belongs to whoever made the call,
 *  on whatever thread. Errors are libc's memory; that of row errors is the allocator's of the call
 *  that made them. Objects here are immutable and answer NULL as an empty one. Functions cost O(1),
 *  but for cstn_row_errors_export(), which copies what is stored. */

#ifdef __cplusplus
extern "C" {
#endif

/** 0 is success, negative is failure, positive is CSTN_DONE. Codes are permanent. */
typedef int32_t cstn_status;

#define CSTN_OK 0
#define CSTN_DONE 1                  /**< an iterator has no more; not a failure */
#define CSTN_E_INVALID_ARGUMENT (-1) /**< an argument breaks its documented rule */
#define CSTN_E_NOMEM (-2)            /**< the allocator returned NULL */
/** struct_size is smaller than the first release's or over 4,096 */
#define CSTN_E_STRUCT_SIZE (-3)
#define CSTN_E_STRUCT_TOO_NEW (-4) /**< the caller set a field that this library does not know */
#define CSTN_E_OVERFLOW (-5)       /**< an exact result does not fit its type */
#define CSTN_E_SCHEMA (-6)         /**< columns do not fit: absent, duplicate, of another type */
#define CSTN_E_ROWS (-7)     /**< some rows were left out, the others are in; see cstn_row_errors */
#define CSTN_E_MISMATCH (-8) /**< two states or parts have different configurations */
/** The promised order of lines does not hold; no number is given */
#define CSTN_E_NOT_CLUSTERED (-9)
#define CSTN_E_CANCELLED (-10)   /**< cancelled through cstn_progress */
#define CSTN_E_CORRUPT (-11)     /**< serialised bytes or a file are damaged */
#define CSTN_E_FORMAT (-12)      /**< text, CSV or gzip that breaks its format */
#define CSTN_E_IO (-13)          /**< the operating system refused; the message has its reason */
#define CSTN_E_STREAM (-14)      /**< an Arrow producer failed; the message quotes its own */
#define CSTN_E_NOT_FOUND (-15)   /**< no such key, column or file */
#define CSTN_E_UNSUPPORTED (-16) /**< valid, but not something this library does */
#define CSTN_E_LIMIT (-17)       /**< a documented limit was reached */
/** Another handle or process holds the writer's lock */
#define CSTN_E_LOCKED (-18)
/** A precondition of the commit does not hold, or an id was used for other content */
#define CSTN_E_CONFLICT (-19)
/** A sync failed: no more writes through this handle; reopen recovers */
#define CSTN_E_POISONED (-20)
/** No space: this write failed, later ones may succeed */
#define CSTN_E_FULL (-21)
/** The handle belongs to the parent of this process */
#define CSTN_E_FORKED (-22)
/** The file uses a feature that this library does not know */
#define CSTN_E_NEWER_FORMAT (-23)
/** There are store files but no manifest; see salvage */
#define CSTN_E_NO_MANIFEST (-24)
/** Something still holds what the call needs for itself */
#define CSTN_E_BUSY (-25)
/** The call or the transition is not allowed in this state */
#define CSTN_E_STATE (-26)
/** The handle was opened for reading only */
#define CSTN_E_READ_ONLY (-27)
/** The data do not determine the parameters of a model; the message says why */
#define CSTN_E_NOT_IDENTIFIED (-28)
/** There is no row to compute from */
#define CSTN_E_EMPTY (-29)
/** Amounts of several currencies where one is needed */
#define CSTN_E_CURRENCY (-30)
/** What must be unique came again; the message names both */
#define CSTN_E_DUPLICATE (-31)
/** A policy contradicts itself, or moves without end; the message names the rules */
#define CSTN_E_POLICY (-32)
/** What is to be forgotten cannot be taken out of what is kept: make it again from the log */
#define CSTN_E_REBUILD (-33)
/** A forecast would use what was not known when it was made; the message names value and cut */
#define CSTN_E_LEAKAGE (-34)
/** The signature of a key that is known is wrong */
#define CSTN_E_SIGNATURE (-35)
/** Nobody whose key is known has signed, or too few */
#define CSTN_E_UNVERIFIED (-36)
/** A proof does not lead to the root it should */
#define CSTN_E_PROOF (-37)
/** A log shows two histories of itself */
#define CSTN_E_SPLIT_VIEW (-38)
/** What is answered is not what stands any more: another digest, or past its end */
#define CSTN_E_STALE (-39)
/** A term holds what nobody can evaluate; the message names term, operand and value */
#define CSTN_E_UNEVALUABLE (-40)
/** A link of a chain is not there */
#define CSTN_E_MISSING (-41)
/** Not available; the same words for every reason */
#define CSTN_E_DENIED (-42)
/** A limit on calls, rows or privacy is spent */
#define CSTN_E_BUDGET (-43)
/** The keys of what is asked for were destroyed */
#define CSTN_E_ERASED (-44)

/** The name of a status, "CSTN_E_SCHEMA"; "unknown status" for a code this library does not know.
 *  Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_status_name(cstn_status status);

/** How many statuses there are, for cstn_status_at(). Any thread. @since 0.1 */
CSTN_API size_t cstn_status_count(void);

/** The status number `index` in the order of this header; CSTN_E_INVALID_ARGUMENT past the end. Any
 *  thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_status_at(size_t index);

/** Why a call failed. Immutable; may be handed to another thread; freed once. */
typedef struct cstn_error cstn_error;

/** The code of an error; CSTN_OK for NULL. Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_error_code(const cstn_error *error);

/** One line that says the value and the rule, UTF-8, without a line end; "" for NULL. Borrowed:
 *  valid until cstn_error_free(). The wording is not part of the ABI. Any thread. @since 0.1 */
CSTN_API const char *cstn_error_message(const cstn_error *error);

/** Free an error; NULL is allowed. Any thread, once. @since 0.1 */
CSTN_API void cstn_error_free(cstn_error *error);

/** What a row broke. Permanent, like statuses. */
#define CSTN_ROW_NULL 1          /**< null where a value is required */
#define CSTN_ROW_NAN 2           /**< NaN where the column does not allow it */
#define CSTN_ROW_RANGE 3         /**< outside what the column takes, e.g. uint64 above INT64_MAX */
#define CSTN_ROW_OVERFLOW 4      /**< arithmetic on the row overflows int64 */
#define CSTN_ROW_UTF8 5          /**< text that is not UTF-8 */
#define CSTN_ROW_PRECISION 6     /**< a time finer than the microsecond, or a date64 within a day */
#define CSTN_ROW_NUMBER 7        /**< text that is no number */
#define CSTN_ROW_TIME 8          /**< text that is no date or time of the declared form */
#define CSTN_ROW_SCALE 9         /**< more digits than the declared scale holds without rounding */
#define CSTN_ROW_DUPLICATE 10    /**< a value that must be unique came again */
#define CSTN_ROW_VALUE 11        /**< not one of the allowed values */
#define CSTN_ROW_NEGATIVE 12     /**< negative where the rule says zero or more */
#define CSTN_ROW_NOT_POSITIVE 13 /**< zero or negative where the rule says positive */
#define CSTN_ROW_LENGTH 14       /**< longer than the documented limit */
#define CSTN_ROW_FIELDS 15       /**< CSV: too few or too many fields */
#define CSTN_ROW_QUOTE 16        /**< CSV: a quote not closed, or inside an unquoted field */
#define CSTN_ROW_POLICY 17 /**< the row names another service policy than the state computes */
#define CSTN_ROW_ZONE 18   /**< a wall-clock time that its zone lacks or has twice; unknown zone */
#define CSTN_ROW_FRACTION 19    /**< a fraction where a whole number is needed */
#define CSTN_ROW_REFERENCE 20   /**< names a record that is not there */
#define CSTN_ROW_CHECK_DIGIT 21 /**< the check digit of an identifier is wrong */
#define CSTN_ROW_STATE 22       /**< a state that cannot follow the one before */
#define CSTN_ROW_ORDER 23       /**< two times, dates or bounds in the wrong order */
#define CSTN_ROW_CONFLICT 24    /**< the same id with other content */
#define CSTN_ROW_UNIT 25        /**< a unit, currency or country code that is none */
#define CSTN_ROW_UNKNOWN 26     /**< JSON: a name that the format does not have there */
#define CSTN_ROW_KIND 27        /**< JSON: text, number, list or object where another is needed */
#define CSTN_ROW_NOT_HELD 28    /**< a value that the format written cannot hold */
#define CSTN_ROW_LEFT_OUT 29    /**< a row that the format written has no place for */
#define CSTN_ROW_PERIOD 30      /**< a date or time at which no period begins */
#define CSTN_ROW_GAP 31         /**< a period before it is missing */
#define CSTN_ROW_TOO_LATE 32    /**< of a period before what is kept */

/** The name of a row code, "NOT_POSITIVE"; "unknown" for others. Static memory. Any thread.
 *  @since 0.1 */
CSTN_API const char *cstn_row_code_name(int32_t code);

/** One row that was left out, or one value that was made null. This struct never grows. */
typedef struct cstn_row_error {
	uint64_t row; /**< 0-based row of the input stream; for CSV the 1-based physical line */
	/** Number of the column in the declared columns, see cstn_row_errors_column(); -1 = the
	 *  row */
	int32_t field;
	int32_t code; /**< CSTN_ROW_... */
} cstn_row_error;

/** The rows a batch call left out, sorted by row, then field. Immutable. */
typedef struct cstn_row_errors cstn_row_errors;

/** How many are stored (at most 65,536 a call, the first by row). 0 for NULL. Any thread.
 *  @since 0.1 */
CSTN_API size_t cstn_row_errors_count(const cstn_row_errors *errors);

/** How many there were, stored or not. 0 for NULL. Any thread. @since 0.1 */
CSTN_API uint64_t cstn_row_errors_total(const cstn_row_errors *errors);

/** Copy one. @param index below cstn_row_errors_count() @return CSTN_OK or CSTN_E_INVALID_ARGUMENT.
 *  Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_row_errors_at(const cstn_row_errors *errors, size_t index,
		cstn_row_error *out, cstn_error **error) CSTN_MUST_CHECK;

/** The column's name; "" past the end or for a whole row. Borrowed from `errors`. Any thread.
 *  @since 0.1 */
CSTN_API const char *cstn_row_errors_column(const cstn_row_errors *errors, size_t index);

/** The offending value as text, cut at 128 bytes; NULL when there is none. Borrowed from `errors`.
 *  Any thread. @since 0.1 */
CSTN_API const char *cstn_row_errors_value(const cstn_row_errors *errors, size_t index);

/** What the row is of, its series or item, where the call knows: the id as text, cut at 128 bytes;
 *  NULL where it does not. Borrowed from `errors`. Any thread. @since 0.1 */
CSTN_API const char *cstn_row_errors_key(const cstn_row_errors *errors, size_t index);

/** Write "row 17 of 'bolt', column 'qty': NaN is not allowed" into the caller's buffer, cut and
 *  NUL-terminated like snprintf(); without "of" where the call does not know of what.
 *  @return the length it wants, without the NUL; 0 past the end. Any thread. @since 0.1 */
CSTN_API size_t cstn_row_errors_copy_message(
		const cstn_row_errors *errors, size_t index, char *buffer, size_t size);

/** All stored errors as columns: row int64, column text, code int32, rule text, value text
 *  (nullable), message text, key text (nullable).
 *  @param out receives a stream that keeps what it needs alive; release it. @return CSTN_OK;
 *  CSTN_E_NOMEM. Any thread, O(rows kept). @since 0.1 */
CSTN_API cstn_status cstn_row_errors_export(const cstn_row_errors *errors,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Any thread, once. @since 0.1 */
CSTN_API void cstn_row_errors_free(cstn_row_errors *errors);

#ifdef __cplusplus
}
#endif

#endif
