#ifndef CSTN_BASE_TEXT_H
#define CSTN_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/status.h>

int cstn__utf8_is_valid(
		const uint8_t *data, size_t size); /* RFC 3629: no surrogates, no overlong forms */
/* Copy with control characters and bytes that are no UTF-8 shown as \n, \t, \xNN: at most `limit`
 * bytes, whole characters and escapes only, no NUL. Returns the bytes written; with `out` NULL only
 * counts. */
size_t cstn__text_clean(const char *text, size_t len, char *out, size_t limit);
size_t cstn__utf8_cut(const char *text, size_t len,
		size_t limit); /* greatest length <= limit that ends on a character */
/* Index of the candidate nearest to `name` by edit distance when it is near enough to be worth a
 * hint, else -1. */
int32_t cstn__text_similar(const char *name, const char *const *candidates, size_t n);
int cstn__parse_i64(const char *text, size_t len,
		int64_t *out); /* strict [-+]?[0-9]+; 0 ok, -1 no number, -2 overflow */
int cstn__parse_double(const char *text, size_t len,
		double *out); /* locale-free, correctly rounded; 0 or -1 */
size_t cstn__format_double(double value,
		char buffer[32]); /* shortest text that reads back to the same bits, locale-free */

#endif
