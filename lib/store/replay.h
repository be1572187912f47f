#ifndef CSTN_STORE_REPLAY_H
#define CSTN_STORE_REPLAY_H

#include "store/durable.h"

/* Rows of one table that were read and are not applied yet. */
struct cstn__replay_rows;
cstn_status cstn__replay_rows_new(const cstn__table_info *table, const cstn_allocator *allocator,
		struct cstn__replay_rows **out, cstn_error **error);
void cstn__replay_rows_free(struct cstn__replay_rows *rows, const cstn_allocator *allocator);
/* 1: the operation is like the one learned last, so that its columns need no further check; what
 * is not known may be right as well. _learn() takes one that was checked. */
int cstn__replay_rows_known(const struct cstn__replay_rows *rows, const cstn__log_op *op);
cstn_status cstn__replay_rows_learn(struct cstn__replay_rows *rows, const cstn__log_op *op,
		const cstn_allocator *allocator, cstn_error **error);
/* An operation like the one learned last. 0 in *taken: there is no room, or what is there is of
 * another kind. */
cstn_status cstn__replay_rows_put(struct cstn__replay_rows *rows, const cstn__log_op *op,
		uint64_t seq, const cstn_allocator *allocator, int *taken, cstn_error **error);
cstn_status cstn__replay_rows_apply(
		cstn__store *store, struct cstn__replay_rows *rows, cstn_error **error);

/* What a replay reuses from frame to frame. */
struct cstn__replay {
	cstn__store *store;
	const cstn__log_replayed *log; /* of which the length is known */
	cstn__log_ops *ops;
	uint64_t n_frames;
	struct cstn__replay_rows **rows; /* by table; NULL: none came yet */
	CSTN__ARRAY(uint32_t) ids;
	CSTN__ARRAY(cstn__values) columns;
	CSTN__ARRAY(uint64_t) hashes;
};
cstn_status cstn__replay_frame(void *context, const cstn__log_frame *frame, cstn_error **error);
/* After the last frame: what was read and not applied yet. */
cstn_status cstn__replay_end(struct cstn__replay *replay, cstn_error **error);
void cstn__replay_free(struct cstn__replay *replay);

#endif
