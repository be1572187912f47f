#ifndef TESTS_NETWORK_FOLDER_H
#define TESTS_NETWORK_FOLDER_H

#include <constellation/constellation.h>

#include "posix_folder.h"

/* A network in a fresh folder, which is removed at the end. */
typedef struct network_folder {
	posix_folder top;
	char path[512];
} network_folder;
void network_folder_make(network_folder *folder);
void network_folder_remove(network_folder *folder);
/* Opens with CSTN_NETWORK_ flags; asserts success. */
cstn_network *network_folder_open(const network_folder *folder, uint32_t flags);

#endif
