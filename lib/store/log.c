/* The write-ahead log's bytes: its header, and frames, of which each is one transaction.
 *
 * A frame's hash is seeded with the log's random salt and number, so that a frame of another log is
 * never taken for one of this; sequence numbers are contiguous, so that one of this log in another
 * place is not either. `durable_len` tells how much of the log was on disk when the frame was built
 * and so, later, what may be missing and what must not. Building is pure and costs one copy and one
 * hash of the payload. */
#include "store/log.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "store/little_endian.h"
#include "store/manifest.h"

static const char magic[8] = {'C', 'S', 'T', 'N', 'L', 'O', 'G', '1'};
static const char frame_magic[4] = {'C', 'S', 'F', 'M'};

static uint64_t header_hash(const uint8_t *header)
{
	return cstn__hash64(cstn__load64(header + 16) ^ cstn__load64(header + 32), header, 80);
}

int cstn__log_salt(cstn__vfs *vfs, cstn__log_header *header)
{
	uint8_t bytes[8];
	int reason = vfs->random(vfs, bytes, sizeof(bytes));

	if (!reason)
		header->salt = cstn__load64(bytes);
	return reason;
}

void cstn__log_header_write(const cstn__log_header *header, uint8_t out[CSTN__LOG_HEADER])
{
	memcpy(out, magic, sizeof(magic));
	cstn__store16(out + 8, CSTN__FORMAT_MAJOR);
	cstn__store16(out + 10, CSTN__FORMAT_MINOR);
	cstn__store32(out + 12, CSTN__LOG_HEADER);
	memcpy(out + 16, header->uuid, 16);
	cstn__store64(out + 32, header->file_no);
	cstn__store64(out + 40, header->base_seq);
	cstn__store64(out + 48, header->salt);
	cstn__store64(out + 56, header->prev_file_no);
	cstn__store64(out + 64, header->prev_len);
	cstn__store64(out + 72, header->prev_last_seq);
	cstn__store64(out + 80, header_hash(out));
}

cstn_status cstn__log_header_read(const uint8_t *data, size_t size, const uint8_t uuid[16],
		uint64_t file_no, cstn__log_header *out, cstn_error **error)
{
	if (size < CSTN__LOG_HEADER)
		return cstn__fail(error, CSTN_E_CORRUPT, "log: %zu bytes are no header", size);
	if (memcmp(data, magic, sizeof(magic)) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT, "log: it does not begin with CSTNLOG1");
	if (cstn__load64(data + 80) != header_hash(data))
		return cstn__fail(error, CSTN_E_CORRUPT,
				"log: the header does not have the hash it ends with");
	if (cstn__load16(data + 8) > CSTN__FORMAT_MAJOR)
		return cstn__fail(error, CSTN_E_NEWER_FORMAT,
				"log: format %u is newer than this library, which reads format 1",
				cstn__load16(data + 8));
	if (cstn__load16(data + 8) == 0 || cstn__load32(data + 12) != CSTN__LOG_HEADER)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"log: version or header length differs from the format");
	if (uuid && memcmp(data + 16, uuid, 16) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT, "log: it belongs to another store");
	if (uuid && cstn__load64(data + 32) != file_no)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"log: it bears number %016" PRIx64 " under the name of %016" PRIx64,
				cstn__load64(data + 32), file_no);
	if (cstn__load64(data + 40) == 0)
		return cstn__fail(error, CSTN_E_CORRUPT, "log: sequence numbers begin with 1");
	memcpy(out->uuid, data + 16, 16);
	out->file_no = cstn__load64(data + 32);
	out->base_seq = cstn__load64(data + 40);
	out->salt = cstn__load64(data + 48);
	out->prev_file_no = cstn__load64(data + 56);
	out->prev_len = cstn__load64(data + 64);
	out->prev_last_seq = cstn__load64(data + 72);
	return CSTN_OK;
}

cstn_status cstn__log_frame_write(const cstn__log_header *header, uint32_t kind, uint32_t n_ops,
		uint64_t seq, uint64_t durable_len, const uint8_t *payload, size_t payload_len,
		cstn__bytes *out, cstn_error **error)
{
	size_t start = out->size;
	uint8_t head[CSTN__FRAME_HEADER];

	assert(payload_len % 8 == 0 && (kind == CSTN__FRAME_TRANSACTION || payload_len == 0));
	if (payload_len > CSTN__FRAME_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"a transaction of %zu bytes, at most %" PRIu32 " are allowed",
				payload_len, (uint32_t)CSTN__FRAME_MAX);
	memset(head, 0, sizeof(head));
	memcpy(head, frame_magic, sizeof(frame_magic));
	cstn__store32(head + 4, (uint32_t)payload_len);
	head[16] = (uint8_t)kind;
	cstn__store32(head + 20, n_ops);
	cstn__store64(head + 24, seq);
	cstn__store64(head + 32, durable_len);
	cstn__bytes_put(out, head, sizeof(head));
	cstn__bytes_put(out, payload, payload_len);
	if (out->failed) {
		out->size = start;
		return cstn__fail_nomem(error);
	}
	cstn__store64(out->data + start + 8,
			cstn__hash64(header->salt ^ header->file_no, out->data + start + 16,
					CSTN__FRAME_HEADER - 16 + payload_len));
	return CSTN_OK;
}
