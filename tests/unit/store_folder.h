#ifndef TESTS_STORE_FOLDER_H
#define TESTS_STORE_FOLDER_H

#include "store/store.h"

/* A store in a real folder that is removed at the end. */
typedef struct store_folder {
	cstn__vfs_posix disk;
	char top[256], path[300];
} store_folder;
void store_folder_begin(store_folder *folder);
void store_folder_end(store_folder *folder);
/* Opens with the fixture's schema; asserts success. */
cstn__store *store_folder_open(store_folder *folder, const cstn__store_options *options);
/* Close, unref, open again. */
cstn__store *store_folder_reopen(
		store_folder *folder, cstn__store *store, const cstn__store_options *options);
/* How many files have a name that starts with this. */
int store_folder_count(const store_folder *folder, const char *prefix);
void store_folder_remove_files(const store_folder *folder, const char *prefix);
/* The path of the file with the highest number among those. */
void store_folder_last(const store_folder *folder, const char *prefix, char out[600]);
void store_folder_flip(const char *file, long offset); /* one bit; negative: from the end */

#endif
