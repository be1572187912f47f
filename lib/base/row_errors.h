#ifndef CSTN_BASE_ROW_ERRORS_H
#define CSTN_BASE_ROW_ERRORS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/status.h>

/* Collects row errors. One per worker, merged at the end; or one fed directly. Keeps the 65,536
 * smallest by (row, field, code), counts all. */
typedef struct cstn__row_sink cstn__row_sink;
cstn_status cstn__row_sink_new(
		const cstn_allocator *allocator, cstn__row_sink **out, cstn_error **error);
/* `column` is copied once per field number; `text` (nullable) is cut at 128 bytes, on a UTF-8
 * boundary, and cleaned. Returns CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__row_sink_add(cstn__row_sink *sink, uint64_t row, int32_t field,
		const char *column, int32_t code, const char *text, size_t len);
/* The same of a row that is of `key` (nullable; cut and cleaned likewise), such as its series. */
cstn_status cstn__row_sink_add_of(cstn__row_sink *sink, uint64_t row, int32_t field,
		const char *column, int32_t code, const char *text, size_t len, const char *key,
		size_t key_len);
/* Who says what a row is of, for all that cstn__row_sink_add() adds from here on: text in `room` or
 * anywhere else, NULL for nothing. `name` NULL: nobody. */
#define CSTN__ROW_NAME_SIZE 512
typedef const char *(*cstn__row_name_fn)(
		const void *context, uint64_t row, char room[CSTN__ROW_NAME_SIZE], size_t *len);
void cstn__row_sink_name(cstn__row_sink *sink, cstn__row_name_fn name, const void *context);
uint64_t cstn__row_sink_total(const cstn__row_sink *sink);
cstn_status cstn__row_sink_merge(cstn__row_sink *into, const cstn__row_sink *from);
void cstn__row_sink_clear(cstn__row_sink *sink);
/* Sorted, immutable copy. With total 0: *out = NULL. */
cstn_status cstn__row_sink_finish(
		const cstn__row_sink *sink, cstn_row_errors **out, cstn_error **error);
/* The error of a call that takes nothing when a row is bad: "3 bad values, nothing was taken; the
 * first: ..." with CSTN_E_ROWS; the rows go to *bad_rows unless that is NULL. */
cstn_status cstn__row_sink_refuse(
		const cstn__row_sink *sink, cstn_row_errors **bad_rows, cstn_error **error);
void cstn__row_sink_free(cstn__row_sink *sink);

/* What a call ends with that leaves bad rows out, where `rows` came from cstn__row_sink_finish()
 * (or is NULL) and `left_out` is the sink's total: if all went well they go to *bad_rows, with
 * CSTN_E_ROWS if there are any; else they are freed and `status` is returned. */
cstn_status cstn__rows_left_out(cstn_status status, cstn_row_errors *rows, uint64_t left_out,
		cstn_row_errors **bad_rows, cstn_error **error);

/* The same for a call that has its error already: `rows` go to *bad_rows if all went well or with
 * CSTN_E_ROWS, else they are freed. */
void cstn__rows_hand_out(cstn_status status, cstn_row_errors *rows, cstn_row_errors **bad_rows);

/* An object handed out before its rows are known: made empty, then filled (again) from a sink. On
 * failure it keeps what it had. */
cstn_status cstn__row_errors_new(
		const cstn_allocator *allocator, cstn_row_errors **out, cstn_error **error);
cstn_status cstn__row_errors_fill(cstn_row_errors *errors, const cstn__row_sink *sink);
/* The allocator it was made with, for what is derived from it. */
const cstn_allocator *cstn__row_errors_allocator(const cstn_row_errors *errors);

/* What the rule of a row code is, in words: "NaN is not allowed". Static. */
const char *cstn__row_code_rule(int32_t code);

#endif
