#ifndef TESTS_POSIX_FOLDER_H
#define TESTS_POSIX_FOLDER_H

/* A fresh folder for one test, under TMPDIR or /tmp; _remove() takes what lies in it along, folders
 * too. */
typedef struct posix_folder {
	char path[256];
} posix_folder;
void posix_folder_make(posix_folder *folder);
/* path/name, in `out`. */
const char *posix_folder_at(posix_folder *folder, const char *name, char out[512]);
void posix_folder_remove(posix_folder *folder);

#endif
