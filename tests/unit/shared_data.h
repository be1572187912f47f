#ifndef TESTS_SHARED_DATA_H
#define TESTS_SHARED_DATA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"

/* A path in a folder of what lies beside the checkout (CSTN_SHARED names another place);
 * malloc'ed. */
static inline char *shared_path(const char *folder, const char *file)
{
	const char *top = getenv("CSTN_SHARED");
	size_t size;
	char *path;

	if (top == NULL)
		top = CSTN_TEST_SHARED;
	size = strlen(top) + strlen(folder) + strlen(file) + 3;
	path = malloc(size);
	if (path == NULL)
		abort();
	snprintf(path, size, "%s/%s/%s", top, folder, file);
	return path;
}

/* The main() of tests that read such data. They fail without this file: tests/run leaves them out
 * by name where there are no such data. */
static inline int run_tests_on(const char *folder, const char *file, const char *name,
		const TTest *const *tests, size_t n)
{
	char *path = shared_path(folder, file);
	int absent = access(path, R_OK) != 0;

	if (absent)
		printf("'%s' is absent: set CSTN_SHARED to the folder of shared data. NOTHING WAS "
		       "CHECKED.\n",
				path);
	free(path);
	return absent ? EXIT_FAILURE : run_tests(name, tests, n);
}

#endif
