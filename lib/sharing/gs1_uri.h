#ifndef CSTN_SHARING_GS1_URI_H
#define CSTN_SHARING_GS1_URI_H

#include <stddef.h>

#include "base/alloc.h"

/* Append the canonical GS1 Digital Link of an EPC URI, class, pattern or Digital Link, at its
 * finest key: 1, or 0 and nothing where the text names no GS1 key. */
int cstn__gs1_uri_put(cstn__bytes *out, const char *uri, size_t len);

#endif
