#ifndef CSTN_SHARING_SHARED_LOG_H
#define CSTN_SHARING_SHARED_LOG_H

#include <constellation/shared_log.h>

#include "network/network.h"
#include "sharing/log_rows.h"

struct cstn_shared_log {
	cstn_allocator allocator;
	cstn_network *network; /* referenced */
	cstn__log_place place; /* its snapshot is referenced; ids are below */
	cstn_log *tree;
	int64_t newest_us;
	char ids[2 * CSTN__ID_MAX];
};

#endif
