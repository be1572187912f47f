#ifndef CSTN_STORE_REPLAY_H
#define CSTN_STORE_REPLAY_H

#include "store/durable.h"

/* What a replay reuses from frame to frame. */
struct cstn__replay {
	cstn__store *store;
	cstn__log_ops *ops;
	uint64_t n_frames;
	CSTN__ARRAY(uint32_t) ids;
	CSTN__ARRAY(cstn__values) columns;
	CSTN__ARRAY(uint64_t) hashes;
};
cstn_status cstn__replay_frame(void *context, const cstn__log_frame *frame, cstn_error **error);
void cstn__replay_free(struct cstn__replay *replay);

#endif
