#ifndef CSTN_BASE_ERROR_H
#define CSTN_BASE_ERROR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <constellation/status.h>

/* Make an error and return its status, so that a failing function ends with `return
 * cstn__fail(...)`. The message is one line; control characters in arguments are shown escaped.
 * `error` may be NULL. When there is no memory for the message a static error of the same status
 * stands in. */
cstn_status cstn__fail(cstn_error **error, cstn_status status, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
cstn_status cstn__fail_nomem(cstn_error **error);

/* What a call inside has told becomes the caller's; returns its status. */
cstn_status cstn__error_give(cstn_error **error, cstn_error *inner, cstn_status status);

/* Put words before the message of an existing error: "column 'qty': ...". */
void cstn__error_prefix(cstn_error **error, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

/* ... and behind it. */
void cstn__error_append(cstn_error **error, const char *text);

/* Read an options struct the ABI way (doc/abi-policy.md): `given` NULL means all defaults. `out`
 * (size `known`) is zeroed, then filled. `first_size` is the struct's size in its first release.
 * Checks struct_size, trailing bytes, and flags against `known_flags`. */
cstn_status cstn__options_read(const void *given, size_t first_size, size_t known,
		uint32_t known_flags, const char *what, void *out, cstn_error **error);

/* Fill an output struct up to the caller's struct_size; checks it first. `full` has `known` bytes,
 * struct_size first. */
cstn_status cstn__output_write(const void *full, size_t first_size, size_t known, const char *what,
		void *out, cstn_error **error);

#endif
