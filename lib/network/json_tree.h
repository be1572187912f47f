#ifndef CSTN_NETWORK_JSON_TREE_H
#define CSTN_NETWORK_JSON_TREE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/alloc.h"

#define CSTN__JSON_DEPTH_MAX 512

/* Read one JSON document: an object or a list, UTF-8, names unique, integers inside int64. The tree
 * is libc's memory; json_decref() it. CSTN_E_FORMAT, CSTN_E_OVERFLOW and CSTN_E_LIMIT name line,
 * column and byte, or the place that is too deep. */
cstn_status cstn__json_load(const char *json, size_t len, int64_t max_bytes, int32_t max_depth,
		json_t **out, cstn_error **error);

/* What cstn__json_load() and canonical JSON share: the parser with the causes of its errors told
 * apart. `strict`: any kind of value, all but CSTN_E_NOMEM is CSTN_E_FORMAT, U+0000 may stand in a
 * text. Else an object or a list. */
cstn_status cstn__json_parse(
		const char *json, size_t len, int strict, json_t **out, cstn_error **error);

/* Write a value: names in their order, doubles as the shortest text that reads back and never as an
 * integer. `level` is -1 for one line, else the level of indentation it stands at. */
void cstn__json_put(cstn__bytes *bytes, const json_t *value, int level);
void cstn__json_put_text(cstn__bytes *bytes, const char *text, size_t len);
/* `"name":`, after a comma unless it is the first of its object. */
void cstn__json_put_name(cstn__bytes *bytes, const char *name);
/* `"name":"text"`, as above. */
void cstn__json_put_member(cstn__bytes *bytes, const char *name, const char *text, size_t len);

/* A JSON pointer (RFC 6901) that grows and shrinks; a long one ends in "...". */
typedef struct cstn__json_path {
	char text[256];
	size_t len;
} cstn__json_path;
/* Each returns the length before, for cstn__json_path_cut(). */
size_t cstn__json_path_name(cstn__json_path *path, const char *name);
size_t cstn__json_path_index(cstn__json_path *path, size_t index);
void cstn__json_path_cut(cstn__json_path *path, size_t len);

/* A member's text, or NULL if it is absent or no text. */
const char *cstn__json_text(const json_t *object, const char *name, size_t *len);

#endif
