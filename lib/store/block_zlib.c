/* zlib around a block. Memory comes from the allocator of the call, output never grows past what
 * the block said, and a stream that ends early or late is damage. zlib inflates at a twentieth of
 * the speed of memory, so only what is rarely read is wrapped. */
#include <zlib.h>

#include "base/error.h"
#include "store/block_pack.h"

#define HEAD 16 /* before each piece of zlib's: its size; keeps the alignment */

static void *zlib_alloc(void *opaque, unsigned int items, unsigned int size)
{
	const cstn_allocator *allocator = opaque;
	size_t total = cstn__array_size(items, size);
	uint8_t *memory;

	if (total > PTRDIFF_MAX - HEAD)
		return NULL;
	/* zlib looks at bytes of its window that it has not written; what it does does not depend
	 * on them, but memory checkers would tell. */
	memory = cstn__alloc_zero(allocator, total + HEAD);
	if (!memory)
		return NULL;
	memcpy(memory, &total, sizeof(total));
	return memory + HEAD;
}

static void zlib_free(void *opaque, void *address)
{
	const cstn_allocator *allocator = opaque;
	uint8_t *memory = (uint8_t *)address - HEAD;
	size_t total;

	memcpy(&total, memory, sizeof(total));
	cstn__free(allocator, memory, total + HEAD);
}

/* zlib's input is not const in every version. */
static Bytef *input_of(const uint8_t *data)
{
	return (Bytef *)(uintptr_t)data;
}

int cstn__block_deflate(const uint8_t *data, size_t size, cstn__bytes *out)
{
	z_stream stream;
	uint8_t buffer[4096];
	size_t begin = out->size;
	int result;

	memset(&stream, 0, sizeof(stream));
	stream.zalloc = zlib_alloc;
	stream.zfree = zlib_free;
	stream.opaque = &out->allocator;
	if (deflateInit(&stream, 1) != Z_OK)
		return -1;
	stream.next_in = input_of(data);
	stream.avail_in = (uInt)size;
	do {
		stream.next_out = buffer;
		stream.avail_out = sizeof(buffer);
		result = deflate(&stream, Z_FINISH);
		cstn__bytes_put(out, buffer, sizeof(buffer) - stream.avail_out);
	} while (result == Z_OK && out->size - begin < size);
	deflateEnd(&stream);
	if (out->failed)
		return -1;
	if (result == Z_STREAM_END && out->size - begin < size)
		return 1;
	out->size = begin;
	return 0;
}

cstn_status cstn__block_inflate(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		uint8_t *out, size_t out_size, cstn_error **error)
{
	cstn__bytes holder; /* a copy of the allocator that stays put, libc's for NULL */
	z_stream stream;
	uint8_t past;
	int result;

	cstn__bytes_init(&holder, allocator);
	memset(&stream, 0, sizeof(stream));
	stream.zalloc = zlib_alloc;
	stream.zfree = zlib_free;
	stream.opaque = &holder.allocator;
	result = inflateInit(&stream);
	if (result != Z_OK)
		return cstn__fail_nomem(error);
	stream.next_in = input_of(data);
	stream.avail_in = (uInt)size;
	stream.next_out = out_size ? out : &past;
	stream.avail_out = (uInt)out_size;
	result = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	if (result == Z_MEM_ERROR)
		return cstn__fail_nomem(error);
	if (result != Z_STREAM_END || stream.avail_out || stream.avail_in)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"zlib stream of %zu bytes does not inflate to exactly %zu", size,
				out_size);
	return CSTN_OK;
}
