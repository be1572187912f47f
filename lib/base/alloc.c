/* Memory: the caller's allocator or libc's, growable arrays, bump memory, byte strings in and out.
 *
 * Every size is checked here once: no block is larger than PTRDIFF_MAX, and a product that
 * overflows becomes SIZE_MAX, which is refused like any other block that does not fit. Blocks go
 * back with the size and alignment they were asked for. Arrays and byte strings double, so an
 * append costs O(1) amortised; an arena leaves the rest of a block when the next piece does not
 * fit. */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <sodium/utils.h>

#include "base/error.h"

#define DEFAULT_ALIGNMENT 16
#define ARENA_BLOCK_MIN 4096
#define ARENA_BLOCK_MAX 1048576

static void *libc_alloc(void *user, size_t size, size_t alignment)
{
	(void)user;
	if (alignment <= _Alignof(max_align_t))
		return malloc(size);
	if (size > SIZE_MAX - alignment)
		return NULL;
	return aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}

static void libc_free(void *user, void *memory, size_t size, size_t alignment)
{
	(void)user;
	(void)size;
	(void)alignment;
	free(memory);
}

static void *libc_realloc(
		void *user, void *memory, size_t old_size, size_t new_size, size_t alignment)
{
	void *moved;

	if (alignment <= _Alignof(max_align_t))
		return realloc(memory, new_size);
	moved = libc_alloc(user, new_size, alignment);
	if (!moved)
		return NULL;
	memcpy(moved, memory, old_size < new_size ? old_size : new_size);
	free(memory);
	return moved;
}

static const cstn_allocator libc_allocator = {
		sizeof(cstn_allocator), 0, NULL, libc_alloc, libc_realloc, libc_free};

cstn_status cstn__allocator_read(
		const cstn_allocator *given, cstn_allocator *out, cstn_error **error)
{
	cstn_allocator read;
	cstn_status status;

	if (!given) {
		*out = libc_allocator;
		return CSTN_OK;
	}
	status = cstn__options_read(
			given, sizeof(read), sizeof(read), 0, "cstn_allocator", &read, error);
	if (status != CSTN_OK)
		return status;
	if (!read.alloc || !read.realloc || !read.free)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"cstn_allocator: %s is NULL, all three functions are needed",
				!read.alloc     ? "alloc"
				: !read.realloc ? "realloc"
						: "free");
	*out = read;
	return CSTN_OK;
}

void *cstn__alloc_aligned(const cstn_allocator *allocator, size_t size, size_t alignment)
{
	if (!allocator)
		allocator = &libc_allocator;
	if (size > PTRDIFF_MAX)
		return NULL;
	return allocator->alloc(allocator->user, size ? size : 1, alignment);
}

void *cstn__alloc(const cstn_allocator *allocator, size_t size)
{
	return cstn__alloc_aligned(allocator, size, DEFAULT_ALIGNMENT);
}

void *cstn__alloc_zero(const cstn_allocator *allocator, size_t size)
{
	void *memory = cstn__alloc(allocator, size);

	if (memory)
		memset(memory, 0, size);
	return memory;
}

void *cstn__realloc(const cstn_allocator *allocator, void *memory, size_t old_size, size_t new_size)
{
	if (!memory)
		return cstn__alloc(allocator, new_size);
	if (!allocator)
		allocator = &libc_allocator;
	if (new_size > PTRDIFF_MAX)
		return NULL;
	return allocator->realloc(allocator->user, memory, old_size ? old_size : 1,
			new_size ? new_size : 1, DEFAULT_ALIGNMENT);
}

void cstn__free_aligned(
		const cstn_allocator *allocator, void *memory, size_t size, size_t alignment)
{
	if (!memory)
		return;
	if (!allocator)
		allocator = &libc_allocator;
	allocator->free(allocator->user, memory, size ? size : 1, alignment);
}

void cstn__free(const cstn_allocator *allocator, void *memory, size_t size)
{
	cstn__free_aligned(allocator, memory, size, DEFAULT_ALIGNMENT);
}

void cstn__wipe(void *memory, size_t size)
{
	if (size)
		sodium_memzero(memory, size);
}

void cstn__is_read_all_over(void *memory, size_t size)
{
#ifdef __linux__
	enum { COLLAPSE = 25 }; /* MADV_COLLAPSE, which older headers do not have */

	(void)madvise(memory, size, COLLAPSE);
#else
	(void)memory, (void)size;
#endif
}

void cstn__will_be_filled(void *memory, size_t size)
{
#ifdef __linux__
	size_t before = (0 - (size_t)(uintptr_t)memory) % CSTN__LARGE_PAGE;

	if (memory && size >= 2 * CSTN__LARGE_PAGE)
		(void)madvise((uint8_t *)memory + before,
				(size - before) / CSTN__LARGE_PAGE * CSTN__LARGE_PAGE,
				MADV_HUGEPAGE);
#else
	(void)memory, (void)size;
#endif
}

size_t cstn__array_size(size_t n, size_t size)
{
	size_t product;

	return __builtin_mul_overflow(n, size, &product) ? SIZE_MAX : product;
}

int cstn__array_grow(const cstn_allocator *allocator, void *items, size_t *capacity, size_t wanted,
		size_t item_size)
{
	size_t grown = *capacity < 8 ? 8 : *capacity;
	void *old, *moved;

	if (wanted <= *capacity) /* count + extra wrapped around */
		return -1;
	while (grown < wanted) {
		if (grown > SIZE_MAX / 2)
			return -1;
		grown *= 2;
	}
	/* The address is that of a pointer of any type: copied as bytes, which may alias. */
	memcpy(&old, items, sizeof(old));
	moved = cstn__realloc(
			allocator, old, *capacity * item_size, cstn__array_size(grown, item_size));
	if (!moved)
		return -1;
	memcpy(items, &moved, sizeof(moved));
	*capacity = grown;
	return 0;
}

/* --- arena --- */

struct cstn__arena_block {
	struct cstn__arena_block *next;
	size_t size; /* of the whole block */
	size_t used; /* of data */
	size_t capacity;
	_Alignas(DEFAULT_ALIGNMENT) uint8_t data[];
};

void cstn__arena_init(cstn__arena *arena, const cstn_allocator *allocator)
{
	arena->allocator = allocator ? *allocator : libc_allocator;
	arena->blocks = NULL;
	arena->total = 0;
}

static struct cstn__arena_block *arena_add_block(cstn__arena *arena, size_t wanted)
{
	size_t capacity = arena->total < ARENA_BLOCK_MIN ? ARENA_BLOCK_MIN : arena->total;
	struct cstn__arena_block *block;
	size_t size;

	if (capacity > ARENA_BLOCK_MAX)
		capacity = ARENA_BLOCK_MAX;
	if (capacity < wanted)
		capacity = wanted;
	if (capacity > PTRDIFF_MAX - sizeof(*block))
		return NULL;
	size = sizeof(*block) + capacity;
	block = cstn__alloc(&arena->allocator, size);
	if (!block)
		return NULL;
	block->size = size;
	block->used = 0;
	block->capacity = capacity;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->total += size;
	return block;
}

static void *arena_take(cstn__arena *arena, size_t size, size_t alignment)
{
	struct cstn__arena_block *block = arena->blocks;
	size_t start = 0;

	if (block)
		start = (block->used + alignment - 1) & ~(alignment - 1);
	if (!block || start > block->capacity || size > block->capacity - start) {
		block = arena_add_block(arena, size);
		if (!block)
			return NULL;
		start = 0;
	}
	block->used = start + size;
	return block->data + start;
}

void *cstn__arena_alloc(cstn__arena *arena, size_t size)
{
	return arena_take(arena, size ? size : 1, DEFAULT_ALIGNMENT);
}

char *cstn__arena_copy(cstn__arena *arena, const void *data, size_t size)
{
	char *copy;

	if (size >= PTRDIFF_MAX)
		return NULL;
	copy = arena_take(arena, size + 1, 1);
	if (!copy)
		return NULL;
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

void cstn__arena_free(cstn__arena *arena)
{
	struct cstn__arena_block *block = arena->blocks;

	while (block) {
		struct cstn__arena_block *next = block->next;

		cstn__free(&arena->allocator, block, block->size);
		block = next;
	}
	arena->blocks = NULL;
	arena->total = 0;
}

/* --- buffers and byte strings --- */

struct cstn_buffer {
	cstn_allocator allocator;
	uint8_t *data;
	size_t size, capacity;
	int secret;
};

const uint8_t *cstn_buffer_data(const cstn_buffer *buffer)
{
	return buffer ? buffer->data : (const uint8_t *)"";
}

size_t cstn_buffer_size(const cstn_buffer *buffer)
{
	return buffer ? buffer->size : 0;
}

void cstn_buffer_free(cstn_buffer *buffer)
{
	cstn_allocator allocator;

	if (!buffer)
		return;
	allocator = buffer->allocator;
	if (buffer->secret)
		cstn__wipe(buffer->data, buffer->size);
	cstn__free(&allocator, buffer->data, buffer->capacity);
	cstn__free(&allocator, buffer, sizeof(*buffer));
}

cstn_status cstn__handle_new(const cstn_allocator *given, size_t size, cstn_allocator *memory,
		void *out, cstn_error **error)
{
	cstn_status status = cstn__allocator_read(given, memory, error);
	void *handle;

	if (status != CSTN_OK)
		return status;
	handle = cstn__alloc_zero(memory, size);
	if (!handle)
		return cstn__fail_nomem(error);
	memcpy(out, &handle, sizeof(handle));
	return CSTN_OK;
}

cstn_status cstn__buffer_copy(const cstn_allocator *allocator, const void *data, size_t size,
		cstn_buffer **out, cstn_error **error)
{
	cstn__bytes bytes;

	cstn__bytes_init(&bytes, allocator);
	cstn__bytes_put(&bytes, data, size);
	return cstn__bytes_to_buffer(&bytes, out, error);
}

cstn_status cstn__buffer_copy_secret(const cstn_allocator *allocator, const void *data, size_t size,
		cstn_buffer **out, cstn_error **error)
{
	cstn_status status = cstn__buffer_copy(allocator, data, size, out, error);

	if (status == CSTN_OK)
		(*out)->secret = 1;
	return status;
}

void cstn__bytes_init(cstn__bytes *bytes, const cstn_allocator *allocator)
{
	memset(bytes, 0, sizeof(*bytes));
	bytes->allocator = allocator ? *allocator : libc_allocator;
}

/* Room for `extra` bytes and a NUL; NULL (and failed) without it. */
static uint8_t *bytes_reserve(cstn__bytes *bytes, size_t extra)
{
	if (bytes->failed)
		return NULL;
	if (extra >= PTRDIFF_MAX - bytes->size) {
		bytes->failed = 1;
		return NULL;
	}
	if (bytes->size + extra + 1 > bytes->capacity &&
			cstn__array_grow(&bytes->allocator, &bytes->data, &bytes->capacity,
					bytes->size + extra + 1, 1)) {
		bytes->failed = 1;
		return NULL;
	}
	return bytes->data + bytes->size;
}

void cstn__bytes_put(cstn__bytes *bytes, const void *data, size_t size)
{
	uint8_t *at = bytes_reserve(bytes, size);

	if (!at)
		return;
	if (size)
		memcpy(at, data, size);
	bytes->size += size;
}

void cstn__bytes_put_text(cstn__bytes *bytes, const char *text)
{
	cstn__bytes_put(bytes, text, strlen(text));
}

void cstn__bytes_put_format(cstn__bytes *bytes, const char *format, ...)
{
	va_list args, again;
	uint8_t *at;
	int wanted;

	va_start(args, format);
	va_copy(again, args);
	wanted = vsnprintf(NULL, 0, format, args);
	at = wanted < 0 ? NULL : bytes_reserve(bytes, (size_t)wanted);
	if (wanted < 0)
		bytes->failed = 1;
	if (at) {
		vsnprintf((char *)at, (size_t)wanted + 1, format, again);
		bytes->size += (size_t)wanted;
	}
	va_end(again);
	va_end(args);
}

void cstn__bytes_put_u8(cstn__bytes *bytes, uint8_t value)
{
	cstn__bytes_put(bytes, &value, 1);
}

static void put_little_endian(cstn__bytes *bytes, uint64_t value, size_t size)
{
	uint8_t *at = bytes_reserve(bytes, size);

	if (!at)
		return;
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * i));
	bytes->size += size;
}

void cstn__bytes_put_u16(cstn__bytes *bytes, uint16_t value)
{
	put_little_endian(bytes, value, 2);
}

void cstn__bytes_put_u32(cstn__bytes *bytes, uint32_t value)
{
	put_little_endian(bytes, value, 4);
}

void cstn__bytes_put_u64(cstn__bytes *bytes, uint64_t value)
{
	put_little_endian(bytes, value, 8);
}

void cstn__bytes_put_f64(cstn__bytes *bytes, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	/* one NaN, whatever the machine made */
	cstn__bytes_put_u64(bytes, value != value ? UINT64_C(0x7ff8000000000000) : bits);
}

void cstn__bytes_put_block(cstn__bytes *bytes, const void *data, size_t size)
{
	cstn__bytes_put_u64(bytes, size);
	cstn__bytes_put(bytes, data, size);
}

void cstn__bytes_free(cstn__bytes *bytes)
{
	cstn__free(&bytes->allocator, bytes->data, bytes->capacity);
	bytes->data = NULL;
	bytes->size = bytes->capacity = 0;
	bytes->failed = 0;
}

cstn_status cstn__bytes_to_buffer(cstn__bytes *bytes, cstn_buffer **out, cstn_error **error)
{
	uint8_t *end = bytes_reserve(bytes, 0);
	cstn_buffer *buffer = end ? cstn__alloc(&bytes->allocator, sizeof(*buffer)) : NULL;

	if (!buffer) {
		cstn__bytes_free(bytes);
		return cstn__fail_nomem(error);
	}
	*end = 0;
	buffer->allocator = bytes->allocator;
	buffer->data = bytes->data;
	buffer->size = bytes->size;
	buffer->capacity = bytes->capacity;
	buffer->secret = 0;
	bytes->data = NULL;
	bytes->size = bytes->capacity = 0;
	*out = buffer;
	return CSTN_OK;
}

/* --- reader --- */

const uint8_t *cstn__read_bytes(cstn__reader *reader, size_t size)
{
	const uint8_t *at;

	if (reader->failed || size > reader->size - reader->position) {
		reader->failed = 1;
		return NULL;
	}
	at = reader->data + reader->position;
	reader->position += size;
	return at;
}

static uint64_t read_little_endian(cstn__reader *reader, size_t size)
{
	const uint8_t *at = cstn__read_bytes(reader, size);
	uint64_t value = 0;

	for (size_t i = 0; at && i < size; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

uint8_t cstn__read_u8(cstn__reader *reader)
{
	return (uint8_t)read_little_endian(reader, 1);
}

uint16_t cstn__read_u16(cstn__reader *reader)
{
	return (uint16_t)read_little_endian(reader, 2);
}

uint32_t cstn__read_u32(cstn__reader *reader)
{
	return (uint32_t)read_little_endian(reader, 4);
}

uint64_t cstn__read_u64(cstn__reader *reader)
{
	return read_little_endian(reader, 8);
}

double cstn__read_f64(cstn__reader *reader)
{
	uint64_t bits = cstn__read_u64(reader);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

const uint8_t *cstn__read_block(cstn__reader *reader, size_t *size)
{
	uint64_t length = cstn__read_u64(reader);

	*size = length <= reader->size ? (size_t)length : SIZE_MAX;
	return cstn__read_bytes(reader, *size);
}
