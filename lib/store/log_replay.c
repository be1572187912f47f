/* Reading a log: one reader for recovery, checkpoint, verify, dump and salvage, so that none of
 * them passes over what another stumbles on.
 *
 * Frames are read while magic, bounds and hash hold. The first bad one is the torn end of the last
 * write, unless a valid frame behind it says that the place had been on disk before: then bytes
 * that were acknowledged have changed since. A frame with a right hash and a wrong place is never
 * an end. A read error is never an end either. Memory: the largest frame, at least 1 MiB. Time: one
 * pass, plus a search at 8 bytes a step behind the end. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "store/little_endian.h"
#include "store/log.h"
#include "store/rule.h"

#define WINDOW (1u << 20)
#define TRIES 100 /* interruptions in a row before they are an error */

/* The part of the file that is in memory. */
typedef struct log_window {
	cstn__vfs *vfs;
	cstn__vfs_file *file;
	cstn_allocator allocator;
	uint64_t file_len, start;
	uint8_t *data;
	size_t filled, capacity;
	int ended; /* only without the rule that a read error fails */
} log_window;

static cstn_status window_open(log_window *window, cstn__vfs *vfs, cstn__vfs_file *file,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn_status status;
	int reason;

	memset(window, 0, sizeof(*window));
	status = cstn__allocator_read(allocator, &window->allocator, error);
	if (status != CSTN_OK)
		return status;
	window->vfs = vfs;
	window->file = file;
	reason = vfs->size(vfs, file, &window->file_len);
	if (reason != 0)
		return cstn__fail(error, CSTN_E_IO, "log: its size: %s", strerror(reason));
	return CSTN_OK;
}

static void window_close(log_window *window)
{
	cstn__free(&window->allocator, window->data, window->capacity);
	window->data = NULL;
}

static cstn_status window_room(log_window *window, size_t size, cstn_error **error)
{
	uint8_t *data;

	if (size <= window->capacity)
		return CSTN_OK;
	if (window->data)
		data = cstn__realloc(&window->allocator, window->data, window->capacity, size);
	else
		data = cstn__alloc(&window->allocator, size);
	if (!data)
		return cstn__fail_nomem(error);
	window->data = data;
	window->capacity = size;
	return CSTN_OK;
}

/* Read on until `size` bytes from the window's start are there. */
static cstn_status window_fill(log_window *window, size_t size, cstn_error **error)
{
	int tries = 0;

	while (window->filled < size) {
		uint64_t left = window->file_len - window->start - window->filled;
		size_t room = window->capacity - window->filled, got = 0;
		int reason = window->vfs->read(window->vfs, window->file,
				window->data + window->filled, left < room ? (size_t)left : room,
				window->start + window->filled, &got);

		if (reason == EINTR && ++tries < TRIES)
			continue;
		if (reason != 0 && !CSTN__RULE(CSTN__RULE_READ_ERROR_FAILS_OPEN)) {
			window->ended = 1;
			return CSTN_OK;
		}
		if (reason == ENOMEM)
			return cstn__fail_nomem(error);
		if (reason != 0)
			return cstn__fail(error, CSTN_E_IO, "log: reading at byte %" PRIu64 ": %s",
					window->start + window->filled, strerror(reason));
		if (got == 0)
			return cstn__fail(error, CSTN_E_IO,
					"log: it became shorter than %" PRIu64
					" bytes while it was read",
					window->file_len);
		window->filled += got;
		tries = 0;
	}
	return CSTN_OK;
}

/* `size` bytes at `offset`, both within the file. Valid until the next call. */
static cstn_status window_get(log_window *window, uint64_t offset, size_t size, const uint8_t **out,
		cstn_error **error)
{
	uint64_t left = window->file_len - offset;
	size_t wanted = size, skipped;
	cstn_status status;

	if (offset < window->start || offset - window->start > window->filled ||
			window->filled - (size_t)(offset - window->start) < size) {
		if (wanted < WINDOW)
			wanted = left < WINDOW ? (size_t)left : WINDOW;
		if (offset >= window->start && offset - window->start < window->filled) {
			skipped = (size_t)(offset - window->start);
			window->filled -= skipped;
			memmove(window->data, window->data + skipped, window->filled);
		} else {
			window->filled = 0;
		}
		window->start = offset;
		status = window_room(window, wanted, error);
		if (status == CSTN_OK)
			status = window_fill(window, size, error);
		if (status != CSTN_OK)
			return status;
	}
	*out = window->data + (size_t)(offset - window->start);
	return CSTN_OK;
}

/* The frame at `offset`, if magic, bounds and hash hold: then *good is 1. */
static cstn_status frame_at(log_window *window, const cstn__log_header *header, uint64_t offset,
		cstn__log_frame *out, int *good, cstn_error **error)
{
	const uint8_t *data;
	cstn_status status;
	uint32_t payload_len;

	*good = 0;
	if (window->file_len - offset < CSTN__FRAME_HEADER)
		return CSTN_OK;
	status = window_get(window, offset, CSTN__FRAME_HEADER, &data, error);
	if (status != CSTN_OK || window->ended || memcmp(data, "CSFM", 4) != 0)
		return status;
	payload_len = cstn__load32(data + 4);
	if (payload_len % 8 != 0 || payload_len > CSTN__FRAME_MAX ||
			payload_len > window->file_len - offset - CSTN__FRAME_HEADER)
		return CSTN_OK;
	status = window_get(window, offset, CSTN__FRAME_HEADER + payload_len, &data, error);
	if (status != CSTN_OK || window->ended)
		return status;
	if (cstn__load64(data + 8) != cstn__hash64(header->salt ^ header->file_no, data + 16,
						      CSTN__FRAME_HEADER - 16 + payload_len) &&
			CSTN__RULE(CSTN__RULE_FRAME_HASH))
		return CSTN_OK;
	out->kind = data[16] | (uint32_t)data[17] << 8 | (uint32_t)cstn__load16(data + 18) << 16;
	out->n_ops = cstn__load32(data + 20);
	out->payload_len = payload_len;
	out->seq = cstn__load64(data + 24);
	out->durable_len = cstn__load64(data + 32);
	out->offset = offset;
	out->payload = data + CSTN__FRAME_HEADER;
	*good = 1;
	return CSTN_OK;
}

/* What a frame with a right hash must be, whatever comes before it. */
static const char *frame_problem(const cstn__log_frame *frame)
{
	if (frame->kind != CSTN__FRAME_TRANSACTION && frame->kind != CSTN__FRAME_SEAL)
		return "there is no such kind of frame";
	if (frame->kind == CSTN__FRAME_SEAL && (frame->n_ops != 0 || frame->payload_len != 0))
		return "a seal holds nothing";
	if (frame->durable_len > frame->offset)
		return "more was on disk than there was";
	return NULL;
}

static cstn_status check_frame(
		const cstn__log_frame *frame, const cstn__log_replayed *out, cstn_error **error)
{
	uint64_t wanted = frame->kind == CSTN__FRAME_SEAL ? out->last_seq : out->last_seq + 1;
	const char *problem = frame_problem(frame);

	if (problem)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"log %016" PRIx64 ": frame at byte %" PRIu64 ": %s",
				out->header.file_no, frame->offset, problem);
	if (frame->seq != wanted && CSTN__RULE(CSTN__RULE_CONTIGUOUS_SEQ))
		return cstn__fail(error, CSTN_E_CORRUPT,
				"log %016" PRIx64 ": frame at byte %" PRIu64
				" has sequence number %" PRIu64 ", %" PRIu64 " expected",
				out->header.file_no, frame->offset, frame->seq, wanted);
	return CSTN_OK;
}

/* A bad frame lies at out->end. Nothing behind it may say that this place had been on disk. */
static cstn_status check_tail(log_window *window, const cstn__log_replayed *out, cstn_error **error)
{
	cstn__log_frame frame;
	cstn_status status = CSTN_OK;
	int good;

	for (uint64_t offset = out->end + 8; offset < window->file_len; offset += 8) {
		status = frame_at(window, &out->header, offset, &frame, &good, error);
		if (status != CSTN_OK || window->ended)
			return status;
		if (good && frame.durable_len > out->end && CSTN__RULE(CSTN__RULE_DURABLE_LEN))
			return cstn__fail(error, CSTN_E_CORRUPT,
					"log %016" PRIx64 ": damage at byte %" PRIu64
					", where the frame at byte %" PRIu64 " says that %" PRIu64
					" bytes were on disk",
					out->header.file_no, out->end, offset, frame.durable_len);
	}
	return CSTN_OK;
}

static cstn_status replay(log_window *window, const uint8_t uuid[16], uint64_t file_no,
		cstn_status (*each)(
				void *context, const cstn__log_frame *frame, cstn_error **error),
		void *context, cstn__log_replayed *out, cstn_error **error)
{
	size_t size = CSTN__LOG_HEADER;
	const uint8_t *data = NULL;
	cstn__log_frame frame;
	cstn_status status = CSTN_OK;
	int good;

	out->file_len = window->file_len;
	if (window->file_len < size)
		size = (size_t)window->file_len;
	else
		status = window_get(window, 0, size, &data, error);
	if (status == CSTN_OK)
		status = cstn__log_header_read(
				data, window->ended ? 0 : size, uuid, file_no, &out->header, error);
	if (status != CSTN_OK)
		return status;
	out->end = CSTN__LOG_HEADER;
	out->last_seq = out->header.base_seq - 1;
	while (out->end < window->file_len) {
		status = frame_at(window, &out->header, out->end, &frame, &good, error);
		if (status != CSTN_OK)
			return status;
		if (!good)
			return check_tail(window, out, error);
		status = check_frame(&frame, out, error);
		if (status == CSTN_OK && each)
			status = each(context, &frame, error);
		if (status != CSTN_OK)
			return status;
		out->end += CSTN__FRAME_HEADER + frame.payload_len;
		out->last_seq = frame.seq;
		out->n_frames++;
	}
	return CSTN_OK;
}

cstn_status cstn__log_replay(cstn__vfs *vfs, cstn__vfs_file *file, const uint8_t uuid[16],
		uint64_t file_no, const cstn_allocator *allocator,
		cstn_status (*each)(
				void *context, const cstn__log_frame *frame, cstn_error **error),
		void *context, cstn__log_replayed *out, cstn_error **error)
{
	log_window window;
	cstn_status status;

	memset(out, 0, sizeof(*out));
	status = window_open(&window, vfs, file, allocator, error);
	if (status == CSTN_OK)
		status = replay(&window, uuid, file_no, each, context, out, error);
	window_close(&window);
	return status;
}

cstn_status cstn__log_scan(cstn__vfs *vfs, cstn__vfs_file *file, const cstn__log_header *header,
		const cstn_allocator *allocator,
		cstn_status (*each)(
				void *context, const cstn__log_frame *frame, cstn_error **error),
		void *context, cstn_error **error)
{
	uint64_t offset = CSTN__LOG_HEADER;
	log_window window;
	cstn__log_frame frame;
	cstn_status status = window_open(&window, vfs, file, allocator, error);
	int good;

	while (status == CSTN_OK && offset < window.file_len) {
		status = frame_at(&window, header, offset, &frame, &good, error);
		if (status != CSTN_OK || window.ended)
			break;
		if (good && !frame_problem(&frame)) {
			status = each(context, &frame, error);
			offset += CSTN__FRAME_HEADER + frame.payload_len;
		} else {
			offset += 8;
		}
	}
	window_close(&window);
	return status;
}
