/* The log by itself: a frame of one event written and synced, against an append of as many bytes;
 * and XXH3-64 over a file, which a replay is held against. Sees the inside of the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "store/file_io.h"
#include "store/log.h"

#include "bench.h"

enum { ID = 16, OCCURRED = 17, PARTNER = 18 };

/* The payload of a commit of one row: an id of 13 bytes, two numbers and the sequence number. */
static cstn_status make_payload(int64_t n, cstn__bytes *out, cstn_error **error)
{
	static const uint32_t ids[] = {ID, OCCURRED, PARTNER};
	char text[32];
	uint32_t offsets[2] = {0, 0};
	int64_t occurred = 1735689600000000 + n * 1000000, partner = n % 1000;
	cstn__values values[] = {{1, NULL, NULL, offsets, (const uint8_t *)text, NULL},
			{1, NULL, &occurred, NULL, NULL, NULL},
			{1, NULL, &partner, NULL, NULL, NULL}};
	cstn__log_op op = {.op = CSTN__OP_UPSERT,
			.table = 1,
			.schema_version = 1,
			.batch = {1, 0, NULL, ids, values, 3}};

	offsets[1] = (uint32_t)snprintf(text, sizeof(text), "EVT-%09lld", (long long)n);
	out->size = 0;
	return cstn__log_op_write(&op, out, error);
}

/* Files of a folder, and bytes that lie in both. */
struct pair {
	cstn__vfs *vfs;
	cstn__vfs_file *log, *raw;
	char log_path[512], raw_path[512];
	cstn__log_header header;
	cstn__bytes payload, frame;
	uint64_t end, raw_end;
};

static cstn_status append(struct pair *pair, cstn__vfs_file *file, const char *path, uint64_t *end,
		cstn_error **error)
{
	cstn_status status = cstn__io_write(
			pair->vfs, file, path, pair->frame.data, pair->frame.size, *end, error);

	*end += pair->frame.size;
	if (status == CSTN_OK && pair->vfs->sync_data(pair->vfs, file) != 0)
		status = cstn__fail(error, CSTN_E_IO, "cannot sync %s", path);
	return status;
}

/* One frame from columns to the disk, and its bytes once more beside it. */
static cstn_status one_turn(
		struct pair *pair, int64_t n, double *ours, double *peer, cstn_error **error)
{
	double begin = bench_now(), middle;
	cstn_status status = make_payload(n, &pair->payload, error);

	pair->frame.size = 0;
	if (status == CSTN_OK)
		status = cstn__log_frame_write(&pair->header, CSTN__FRAME_TRANSACTION, 1,
				pair->header.base_seq + (uint64_t)n, pair->end, pair->payload.data,
				pair->payload.size, &pair->frame, error);
	if (status == CSTN_OK)
		status = append(pair, pair->log, pair->log_path, &pair->end, error);
	middle = bench_now();
	*ours = middle - begin;
	if (status == CSTN_OK)
		status = append(pair, pair->raw, pair->raw_path, &pair->raw_end, error);
	*peer = bench_now() - middle;
	return status;
}

static cstn_status open_pair(struct pair *pair, const char *folder, cstn_error **error)
{
	uint8_t head[CSTN__LOG_HEADER];

	snprintf(pair->log_path, sizeof(pair->log_path), "%s/frames", folder);
	snprintf(pair->raw_path, sizeof(pair->raw_path), "%s/frames-raw", folder);
	pair->header = (cstn__log_header){{1, 2, 3}, 1, 1, 7, 0, 0, 0};
	cstn__log_header_write(&pair->header, head);
	if (pair->vfs->open(pair->vfs, pair->log_path, CSTN__VFS_WRITE | CSTN__VFS_CREATE,
			    &pair->log) != 0 ||
			pair->vfs->open(pair->vfs, pair->raw_path,
					CSTN__VFS_WRITE | CSTN__VFS_CREATE, &pair->raw) != 0)
		return cstn__fail(error, CSTN_E_IO, "cannot make files in %s", folder);
	pair->end = sizeof(head);
	return cstn__io_write(pair->vfs, pair->log, pair->log_path, head, sizeof(head), 0, error);
}

/* Every frame must be there when the log is read. */
static cstn_status check_frames(struct pair *pair, int64_t n, cstn_error **error)
{
	cstn__log_replayed replayed;
	cstn_status status = cstn__log_replay(pair->vfs, pair->log, pair->header.uuid, 1, NULL,
			NULL, NULL, &replayed, error);

	if (status == CSTN_OK && (replayed.n_frames != (uint64_t)n || replayed.end != pair->end))
		status = cstn__fail(error, CSTN_E_MISMATCH, "%llu frames in %lld",
				(unsigned long long)replayed.n_frames, (long long)n);
	return status;
}

int32_t bench_frame(const char *folder, int64_t n, double *ours, double *peer, int64_t *frame,
		char *message, size_t size)
{
	cstn__vfs_posix vfs;
	struct pair pair = {0};
	cstn_error *error = NULL;
	cstn_status status;

	cstn__vfs_posix_init(&vfs, NULL);
	pair.vfs = &vfs.vfs;
	cstn__bytes_init(&pair.payload, NULL);
	cstn__bytes_init(&pair.frame, NULL);
	status = open_pair(&pair, folder, &error);
	for (int64_t i = 0; i < n && status == CSTN_OK; i++)
		status = one_turn(&pair, i, &ours[i], &peer[i], &error);
	*frame = (int64_t)pair.frame.size;
	if (status == CSTN_OK)
		status = check_frames(&pair, n, &error);
	cstn__bytes_free(&pair.payload);
	cstn__bytes_free(&pair.frame);
	if (pair.log)
		vfs.vfs.close(&vfs.vfs, pair.log);
	if (pair.raw)
		vfs.vfs.close(&vfs.vfs, pair.raw);
	cstn__vfs_posix_free(&vfs);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}

uint64_t bench_hash(const void *data, size_t size, double *seconds)
{
	double begin = bench_now();
	uint64_t hash = cstn__hash64(1, data, size);

	*seconds = bench_now() - begin;
	return hash;
}
