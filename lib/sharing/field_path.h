#ifndef CSTN_SHARING_FIELD_PATH_H
#define CSTN_SHARING_FIELD_PATH_H

#include <constellation/constraint.h>

/* Does a path end with the star? */
int cstn__path_is_star(const char *path, size_t len);
/* The star above a path that is one; its bytes. */
size_t cstn__path_star(const char *path, size_t len, char out[CSTN_PATH_MOST + 2]);

#endif
