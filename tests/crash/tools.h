#ifndef TESTS_CRASH_TOOLS_H
#define TESTS_CRASH_TOOLS_H

#include "store/store.h"

/* The backup may not be in the library yet. */
extern __typeof__(cstn__store_backup) cstn__store_backup __attribute__((weak));

#endif
