/* Files and folders: how large, which content, gone. */
#ifndef CSTN_EXAMPLE_REPORT_FOLDER_H
#define CSTN_EXAMPLE_REPORT_FOLDER_H

#include <stdint.h>

#define FINGERPRINT_SIZE 80

/** "581173 bytes, FNV-1a 0123456789abcdef": says whether a file has changed, not who changed it.
 *  @return 0, or -1 with errno */
int file_fingerprint(const char *path, char out[FINGERPRINT_SIZE]);

/** The bytes of the files in a folder; 0 if it cannot be read. */
int64_t folder_bytes(const char *path);

/** Remove the files in a folder, then the folder. @return 0, or -1 with errno */
int folder_remove(const char *path);

#endif
