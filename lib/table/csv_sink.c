/* The file that CSV is written to.
 *
 * Bytes go to a new file beside the wanted one, "NAME.0.tmp" or the next number that is free, which
 * is synced, renamed over the wanted name, and its folder synced: a reader sees the old file or the
 * whole new one, also after a crash. gzip is made by zlib with an empty header, so that the same
 * rows give the same bytes. Invariant: what is not finished is removed. */
#include "table/csv_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "table/csv_source.h"

#define OUTPUT_BYTES ((size_t)256 * 1024)
#define NAMES_TRIED 1000

struct cstn__csv_sink {
	cstn_allocator allocator;
	char *path;
	char *temporary; /* the name while it is written; "" before and after */
	size_t path_size, temporary_size;
	int fd;
	int gzip;
	z_stream stream;
	uint8_t *output;
};

static cstn_status sink_fail(const cstn__csv_sink *sink, const char *what, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_IO, "%s '%s': %s", what, sink->path, strerror(errno));
}

static cstn_status open_temporary(cstn__csv_sink *sink, cstn_error **error)
{
	int i;

	for (i = 0; i < NAMES_TRIED; i++) {
		snprintf(sink->temporary, sink->temporary_size, "%s.%d.tmp", sink->path, i);
		do
			sink->fd = open(sink->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
					0666);
		while (sink->fd < 0 && errno == EINTR);
		if (sink->fd >= 0)
			return CSTN_OK;
		if (errno != EEXIST)
			break;
	}
	sink->temporary[0] = '\0';
	return sink_fail(sink, "cannot make a file beside", error);
}

static cstn_status begin_gzip(cstn__csv_sink *sink, cstn_error **error)
{
	sink->output = cstn__alloc(&sink->allocator, OUTPUT_BYTES);
	if (sink->output == NULL)
		return cstn__fail_nomem(error);
	sink->stream.zalloc = cstn__csv_zalloc;
	sink->stream.zfree = cstn__csv_zfree;
	sink->stream.opaque = &sink->allocator;
	if (deflateInit2(&sink->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
			    Z_DEFAULT_STRATEGY) != Z_OK)
		return cstn__fail_nomem(error);
	sink->gzip = 1;
	return CSTN_OK;
}

cstn_status cstn__csv_sink_file(const char *path, const cstn_allocator *allocator,
		cstn__csv_sink **out, cstn_error **error)
{
	size_t len = strlen(path);
	cstn__csv_sink *sink = cstn__alloc_zero(allocator, sizeof(*sink));
	cstn_status status = CSTN_OK;

	if (sink == NULL)
		return cstn__fail_nomem(error);
	sink->allocator = *allocator;
	sink->fd = -1;
	sink->path_size = len + 1;
	sink->temporary_size = len + 16;
	sink->path = cstn__alloc(allocator, sink->path_size);
	sink->temporary = cstn__alloc_zero(allocator, sink->temporary_size);
	if (sink->path == NULL || sink->temporary == NULL) {
		status = cstn__fail_nomem(error);
		goto fail;
	}
	memcpy(sink->path, path, len + 1);
	if (len > 3 && strcmp(path + len - 3, ".gz") == 0)
		status = begin_gzip(sink, error);
	if (status == CSTN_OK)
		status = open_temporary(sink, error);
	if (status != CSTN_OK)
		goto fail;
	*out = sink;
	return CSTN_OK;
fail:
	cstn__csv_sink_free(sink);
	return status;
}

static cstn_status put(cstn__csv_sink *sink, const uint8_t *data, size_t size, cstn_error **error)
{
	while (size > 0) {
		ssize_t n = write(sink->fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sink_fail(sink, "writing", error);
		data += n;
		size -= (size_t)n;
	}
	return CSTN_OK;
}

static cstn_status put_gzip(cstn__csv_sink *sink, const uint8_t *data, size_t size, int flush,
		cstn_error **error)
{
	z_stream *stream = &sink->stream;
	cstn_status status;
	int result;

	stream->next_in = data;
	stream->avail_in = (uInt)size;
	do {
		stream->next_out = sink->output;
		stream->avail_out = (uInt)OUTPUT_BYTES;
		result = deflate(stream, flush);
		status = put(sink, sink->output, OUTPUT_BYTES - stream->avail_out, error);
		if (status != CSTN_OK)
			return status;
	} while (stream->avail_out == 0 || (flush == Z_FINISH && result != Z_STREAM_END));
	return CSTN_OK;
}

cstn_status cstn__csv_sink_write(
		cstn__csv_sink *sink, const uint8_t *data, size_t size, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	if (!sink->gzip)
		return put(sink, data, size, error);
	while (size > 0 && status == CSTN_OK) {
		size_t part = size < ((size_t)1 << 30) ? size : (size_t)1 << 30;

		status = put_gzip(sink, data, part, Z_NO_FLUSH, error);
		data += part;
		size -= part;
	}
	return status;
}

/* The folder's entry is on disk too. Some file systems do not sync folders: that is no failure. */
static void sync_folder(cstn__csv_sink *sink)
{
	char *slash = strrchr(sink->path, '/');
	int fd;

	if (slash != NULL && slash != sink->path)
		*slash = '\0';
	fd = open(slash == NULL               ? "."
			: slash == sink->path ? "/"
					      : sink->path,
			O_RDONLY | O_CLOEXEC);
	if (slash != NULL)
		*slash = '/';
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

cstn_status cstn__csv_sink_finish(cstn__csv_sink *sink, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int fd = sink->fd, failed;

	if (sink->gzip)
		status = put_gzip(sink, NULL, 0, Z_FINISH, error);
	if (status != CSTN_OK)
		return status;
	if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
		return sink_fail(sink, "syncing", error);
	sink->fd = -1;
	failed = close(fd) != 0 && errno != EINTR;
	if (failed || rename(sink->temporary, sink->path) != 0)
		return sink_fail(sink, "cannot put in place", error);
	sink->temporary[0] = '\0';
	sync_folder(sink);
	return CSTN_OK;
}

void cstn__csv_sink_free(cstn__csv_sink *sink)
{
	cstn_allocator allocator;

	if (sink == NULL)
		return;
	allocator = sink->allocator;
	if (sink->gzip)
		deflateEnd(&sink->stream);
	if (sink->fd >= 0)
		close(sink->fd);
	if (sink->temporary != NULL && sink->temporary[0] != '\0')
		unlink(sink->temporary);
	cstn__free(&allocator, sink->output, OUTPUT_BYTES);
	cstn__free(&allocator, sink->path, sink->path_size);
	cstn__free(&allocator, sink->temporary, sink->temporary_size);
	cstn__free(&allocator, sink, sizeof(*sink));
}
