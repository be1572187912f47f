/* Where CSV bytes come from.
 *
 * A regular file is read with pread(2) and never mapped: a mapped file that somebody shortens kills
 * the host with SIGBUS, a read one gives an error that says so. gzip (RFC 1952) is known by its
 * first two bytes and inflated by zlib; members follow each other (RFC 1952 2.2), zero bytes after
 * the last one are padding, anything else there is an error. What was inflated before a fault is
 * handed out before the fault is told. Invariant: `raw` is the number of
 * bytes taken, so that every message names the place. Cost: one copy out of the page cache, or
 * zlib's inflate. */
#include "table/csv_source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/parallel.h"

#define INPUT_BYTES ((size_t)256 * 1024)
#define ALLOC_HEADER 16

struct cstn__csv_source {
	cstn_allocator allocator;
	cstn_progress *progress;
	int fd;              /* -1: bytes in memory */
	const uint8_t *data; /* bytes in memory */
	uint64_t size;       /* raw bytes in all; UINT64_MAX when unknown (a pipe) */
	uint64_t raw;        /* raw bytes taken so far */
	uint8_t head[2];     /* of a pipe: bytes read to look at the magic */
	size_t head_size, head_taken;
	int gzip;
	int inflater; /* inflateInit2() succeeded */
	int member;   /* inside a member */
	int padding;  /* zero bytes were met after a member */
	z_stream stream;
	uint8_t *input; /* compressed bytes of a file */
};

void *cstn__csv_zalloc(void *opaque, unsigned int items, unsigned int size)
{
	const cstn_allocator *allocator = opaque;
	size_t total = cstn__array_size(items, size);
	uint8_t *memory;

	if (total > SIZE_MAX - ALLOC_HEADER)
		return NULL;
	memory = cstn__alloc_zero(allocator, total + ALLOC_HEADER);
	if (memory == NULL)
		return NULL;
	memcpy(memory, &total, sizeof(total));
	return memory + ALLOC_HEADER;
}

void cstn__csv_zfree(void *opaque, void *address)
{
	const cstn_allocator *allocator = opaque;
	uint8_t *memory = (uint8_t *)address - ALLOC_HEADER;
	size_t total;

	memcpy(&total, memory, sizeof(total));
	cstn__free(allocator, memory, total + ALLOC_HEADER);
}

/* One read(2), or pread(2) where the size is known; 0 bytes at the end. */
static cstn_status file_read(const cstn__csv_source *source, uint64_t offset, uint8_t *buffer,
		size_t want, size_t *got, cstn_error **error)
{
	ssize_t n;

	do {
		if (source->size != UINT64_MAX)
			n = pread(source->fd, buffer, want, (off_t)offset);
		else
			n = read(source->fd, buffer, want);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return cstn__fail(error, CSTN_E_IO, "reading at byte %" PRIu64 ": %s", offset,
				strerror(errno));
	*got = (size_t)n;
	return CSTN_OK;
}

static cstn_status file_shorter(const cstn__csv_source *source, uint64_t at, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_IO,
			"the file became shorter while it was read: it ends at byte %" PRIu64
			" of %" PRIu64,
			at, source->size);
}

/* Up to `want` raw bytes; 0 at the end. */
static cstn_status raw_read(cstn__csv_source *source, uint8_t *buffer, size_t want, size_t *got,
		cstn_error **error)
{
	cstn_status status;
	uint64_t left = source->size - source->raw;

	if (left < want)
		want = (size_t)left;
	*got = 0;
	if (want == 0)
		return CSTN_OK;
	if (source->head_taken < source->head_size) {
		size_t head = source->head_size - source->head_taken;

		*got = head < want ? head : want;
		memcpy(buffer, source->head + source->head_taken, *got);
		source->head_taken += *got;
	} else if (source->fd < 0) {
		*got = want;
		memcpy(buffer, source->data + source->raw, want);
	} else {
		status = file_read(source, source->raw, buffer, want, got, error);
		if (status != CSTN_OK)
			return status;
		if (*got == 0 && source->size != UINT64_MAX)
			return file_shorter(source, source->raw, error);
	}
	source->raw += *got;
	cstn__progress_add(source->progress, *got);
	return CSTN_OK;
}

/* Look at the magic bytes. Those of a pipe are kept, for they cannot be read again. */
static cstn_status source_begin(cstn__csv_source *source, cstn_error **error)
{
	uint8_t magic[2] = {0, 0};
	cstn_status status;
	size_t count = 0, got;

	if (source->size != UINT64_MAX)
		cstn__progress_set_total(source->progress, source->size);
	if (source->fd < 0 && source->size >= 2)
		memcpy(magic, source->data, 2);
	while (source->fd >= 0 && count < 2) {
		status = file_read(source, count, magic + count, 2 - count, &got, error);
		if (status != CSTN_OK)
			return status;
		if (got == 0)
			break;
		count += got;
	}
	if (source->size == UINT64_MAX) {
		memcpy(source->head, magic, 2);
		source->head_size = count;
	}
	source->gzip = magic[0] == 0x1f && magic[1] == 0x8b;
	if (!source->gzip)
		return CSTN_OK;
	source->stream.zalloc = cstn__csv_zalloc;
	source->stream.zfree = cstn__csv_zfree;
	source->stream.opaque = &source->allocator;
	if (source->fd >= 0) {
		source->input = cstn__alloc(&source->allocator, INPUT_BYTES);
		if (source->input == NULL)
			return cstn__fail_nomem(error);
	}
	if (inflateInit2(&source->stream, 15 + 16) != Z_OK)
		return cstn__fail_nomem(error);
	source->inflater = 1;
	source->member = 1;
	return CSTN_OK;
}

static cstn_status source_new(const cstn_allocator *allocator, cstn_progress *progress,
		cstn__csv_source **out, cstn_error **error)
{
	cstn__csv_source *source = cstn__alloc_zero(allocator, sizeof(*source));

	if (source == NULL)
		return cstn__fail_nomem(error);
	source->allocator = *allocator;
	source->progress = progress;
	source->fd = -1;
	*out = source;
	return CSTN_OK;
}

cstn_status cstn__csv_source_file(const char *path, const cstn_allocator *allocator,
		cstn_progress *progress, cstn__csv_source **out, cstn_error **error)
{
	cstn__csv_source *source = NULL;
	struct stat info;
	cstn_status status;

	status = source_new(allocator, progress, &source, error);
	if (status != CSTN_OK)
		return status;
	do
		source->fd = open(path, O_RDONLY | O_CLOEXEC);
	while (source->fd < 0 && errno == EINTR);
	if (source->fd < 0 || fstat(source->fd, &info) != 0) {
		status = cstn__fail(error, CSTN_E_IO, "'%s': %s", path, strerror(errno));
		goto fail;
	}
	if (S_ISDIR(info.st_mode)) {
		status = cstn__fail(error, CSTN_E_IO, "'%s' is a directory", path);
		goto fail;
	}
	/* Files of /proc say that they have no bytes: they are read like pipes. */
	source->size = S_ISREG(info.st_mode) && info.st_size > 0 ? (uint64_t)info.st_size
								 : UINT64_MAX;
	status = source_begin(source, error);
	if (status != CSTN_OK)
		goto fail;
	*out = source;
	return CSTN_OK;
fail:
	cstn__csv_source_free(source);
	return status;
}

cstn_status cstn__csv_source_bytes(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_progress *progress, cstn__csv_source **out,
		cstn_error **error)
{
	cstn__csv_source *source = NULL;
	cstn_status status;

	status = source_new(allocator, progress, &source, error);
	if (status != CSTN_OK)
		return status;
	source->data = data;
	source->size = size;
	status = source_begin(source, error);
	if (status != CSTN_OK) {
		cstn__csv_source_free(source);
		return status;
	}
	*out = source;
	return CSTN_OK;
}

void cstn__csv_source_free(cstn__csv_source *source)
{
	cstn_allocator allocator;

	if (source == NULL)
		return;
	allocator = source->allocator;
	if (source->inflater)
		inflateEnd(&source->stream);
	cstn__free(&allocator, source->input, INPUT_BYTES);
	if (source->fd >= 0)
		close(source->fd);
	cstn__free(&allocator, source, sizeof(*source));
}

/* More compressed bytes; *end is 1 when there are none. */
static cstn_status gzip_refill(cstn__csv_source *source, int *end, cstn_error **error)
{
	cstn_status status;
	size_t got;

	*end = 0;
	if (source->stream.avail_in > 0)
		return CSTN_OK;
	if (source->fd < 0) { /* in place, at most 1 GiB at a time */
		uint64_t left = source->size - source->raw;

		got = left > (UINT64_C(1) << 30) ? (size_t)1 << 30 : (size_t)left;
		source->stream.next_in = source->data + source->raw;
		source->raw += got;
		cstn__progress_add(source->progress, got);
	} else {
		status = raw_read(source, source->input, INPUT_BYTES, &got, error);
		if (status != CSTN_OK)
			return status;
		source->stream.next_in = source->input;
	}
	source->stream.avail_in = (uInt)got;
	*end = got == 0;
	return CSTN_OK;
}

static uint64_t gzip_offset(const cstn__csv_source *source)
{
	return source->raw - source->stream.avail_in;
}

/* Between members: another one begins, or zero bytes fill up the rest, or the file ends. */
static cstn_status gzip_next_member(cstn__csv_source *source, cstn_error **error)
{
	z_stream *stream = &source->stream;

	while (stream->avail_in > 0 && *stream->next_in == 0) {
		source->padding = 1;
		stream->next_in++;
		stream->avail_in--;
	}
	if (stream->avail_in == 0)
		return CSTN_OK;
	if (source->padding || *stream->next_in != 0x1f)
		return cstn__fail(error, CSTN_E_FORMAT,
				"gzip: bytes that are no gzip member begin at byte %" PRIu64,
				gzip_offset(source));
	if (inflateReset(stream) != Z_OK)
		return cstn__fail(error, CSTN_E_FORMAT, "gzip: cannot begin another member");
	source->member = 1;
	return CSTN_OK;
}

static cstn_status gzip_read(cstn__csv_source *source, uint8_t *buffer, size_t want, size_t *got,
		cstn_error **error)
{
	z_stream *stream = &source->stream;
	cstn_status status;
	size_t part;
	int end, result;

	*got = 0;
	while (*got < want) {
		status = gzip_refill(source, &end, error);
		if (status != CSTN_OK)
			return status;
		if (!source->member) {
			if (end)
				return CSTN_OK;
			status = gzip_next_member(source, error);
			if (status != CSTN_OK)
				return status;
			continue;
		}
		part = want - *got < ((size_t)1 << 30) ? want - *got : (size_t)1 << 30;
		stream->next_out = buffer + *got;
		stream->avail_out = (uInt)part;
		result = inflate(stream, Z_NO_FLUSH);
		part -= stream->avail_out;
		*got += part;
		if (result == Z_STREAM_END)
			source->member = 0;
		else if (result == Z_MEM_ERROR)
			return cstn__fail_nomem(error);
		else if (result == Z_DATA_ERROR || result == Z_NEED_DICT ||
				result == Z_STREAM_ERROR)
			return cstn__fail(error, CSTN_E_FORMAT,
					"gzip is damaged at byte %" PRIu64 ": %s",
					gzip_offset(source),
					stream->msg != NULL ? stream->msg : "not deflate data");
		else if (end && part == 0)
			return cstn__fail(error, CSTN_E_FORMAT,
					"gzip is cut short: it ends at byte %" PRIu64
					", inside a member",
					gzip_offset(source));
	}
	return CSTN_OK;
}

cstn_status cstn__csv_source_read(cstn__csv_source *source, uint8_t *buffer, size_t want,
		size_t *got, cstn_error **error)
{
	cstn_status status;
	size_t part;

	if (source->gzip)
		return gzip_read(source, buffer, want, got, error);
	*got = 0;
	while (*got < want) {
		status = raw_read(source, buffer + *got, want - *got, &part, error);
		if (status != CSTN_OK)
			return status;
		if (part == 0)
			break;
		*got += part;
	}
	return CSTN_OK;
}

int cstn__csv_source_is_gzip(const cstn__csv_source *source)
{
	return source->gzip;
}

int cstn__csv_source_is_random(const cstn__csv_source *source)
{
	return !source->gzip && source->size != UINT64_MAX;
}

uint64_t cstn__csv_source_left(const cstn__csv_source *source)
{
	return source->size - source->raw;
}

cstn_status cstn__csv_source_read_at(const cstn__csv_source *source, uint64_t offset,
		uint8_t *buffer, size_t size, size_t *got, cstn_error **error)
{
	uint64_t at = source->raw + offset;
	cstn_status status;
	size_t part;

	*got = 0;
	if (source->fd < 0) {
		memcpy(buffer, source->data + at, size);
		*got = size;
		return CSTN_OK;
	}
	while (*got < size) {
		status = file_read(source, at + *got, buffer + *got, size - *got, &part, error);
		if (status != CSTN_OK)
			return status;
		if (part == 0)
			return file_shorter(source, at + *got, error);
		*got += part;
	}
	return CSTN_OK;
}

void cstn__csv_source_skip(cstn__csv_source *source, uint64_t size)
{
	source->raw += size;
	cstn__progress_add(source->progress, size);
}
