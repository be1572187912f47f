#ifndef TESTS_CRASH_FOLDER_H
#define TESTS_CRASH_FOLDER_H

#include <stddef.h>
#include <sys/types.h>

#include "store/store.h"

/* Real folders for the tests that need one: under CSTN_TEST_FOLDER, TMPDIR or /tmp. */
void folder_make(char *path, size_t size);
void folder_remove(const char *path); /* with all that is in it, one level of folders */
void folder_modes(const char *path, mode_t files, mode_t folder);
/* Creates a store, commits two transactions and drops the handle. 0, or -1 with `why`. */
int folder_two_commits(cstn__vfs *vfs, const char *path, const cstn__store_options *options,
		char *why, size_t size);

#endif
