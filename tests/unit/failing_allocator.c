/* Each block has a head of 64 bytes before it (its size, alignment and a mark) and a mark behind
 * it, so that a wrong size, a wrong alignment, a double free or a write past the end shows. */
#include "failing_allocator.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 64
#define MARK_LIVE UINT64_C(0x6c697665626c6f63)
#define MARK_FREE UINT64_C(0x66726565626c6f63)
#define TAIL 8

struct head {
	uint64_t mark, size, alignment;
};

static void count_block(failing_allocator *memory, uint64_t size)
{
	memory->live_blocks++;
	memory->live_bytes += size;
	if (memory->live_bytes > memory->peak_bytes)
		memory->peak_bytes = memory->live_bytes;
}

/* 1 if this allocation is to fail. */
static int count_call(failing_allocator *memory)
{
	int fail;

	pthread_mutex_lock(&memory->lock);
	memory->calls++;
	fail = memory->fail_at &&
	       (memory->calls == memory->fail_at ||
			       (memory->fail_on && memory->calls > memory->fail_at));
	memory->failures += (uint64_t)fail;
	pthread_mutex_unlock(&memory->lock);
	return fail;
}

static uint8_t *make_block(failing_allocator *memory, size_t size, size_t alignment)
{
	struct head head = {MARK_LIVE, size, alignment};
	uint64_t mark = MARK_LIVE;
	uint8_t *block;

	if (size == 0 || alignment == 0 || alignment > HEAD || (alignment & (alignment - 1)) ||
			size > SIZE_MAX / 2)
		return NULL;
	block = aligned_alloc(HEAD, (HEAD + size + TAIL + HEAD - 1) / HEAD * HEAD);
	if (!block)
		return NULL;
	memset(block, 0xa5, HEAD + size);
	memcpy(block, &head, sizeof(head));
	memcpy(block + HEAD + size, &mark, TAIL);
	pthread_mutex_lock(&memory->lock);
	count_block(memory, size);
	pthread_mutex_unlock(&memory->lock);
	return block + HEAD;
}

static void drop_block(failing_allocator *memory, uint8_t *data, size_t size, size_t alignment)
{
	uint8_t *block = data - HEAD;
	struct head head;
	uint64_t mark;
	int good;

	memcpy(&head, block, sizeof(head));
	good = head.mark == MARK_LIVE && head.size == size && head.alignment == alignment;
	if (good) {
		memcpy(&mark, data + size, TAIL);
		good = mark == MARK_LIVE;
	}
	pthread_mutex_lock(&memory->lock);
	if (good) {
		memory->live_blocks--;
		memory->live_bytes -= size;
	} else {
		memory->faults++;
	}
	pthread_mutex_unlock(&memory->lock);
	if (!good)
		return;
	head.mark = MARK_FREE; /* seen when it comes back again before it is used anew */
	memcpy(block, &head, sizeof(head));
	free(block);
}

static void *failing_alloc(void *user, size_t size, size_t alignment)
{
	failing_allocator *memory = user;

	return count_call(memory) ? NULL : make_block(memory, size, alignment);
}

static void failing_free(void *user, void *data, size_t size, size_t alignment)
{
	drop_block(user, data, size, alignment);
}

/* Always moves, so that a stale pointer shows. */
static void *failing_realloc(
		void *user, void *data, size_t old_size, size_t new_size, size_t alignment)
{
	failing_allocator *memory = user;
	uint8_t *moved = count_call(memory) ? NULL : make_block(memory, new_size, alignment);

	if (!moved)
		return NULL;
	memcpy(moved, data, old_size < new_size ? old_size : new_size);
	drop_block(memory, data, old_size, alignment);
	return moved;
}

void failing_allocator_init(failing_allocator *memory, uint64_t fail_at)
{
	memset(memory, 0, sizeof(*memory));
	memory->allocator.struct_size = sizeof(memory->allocator);
	memory->allocator.user = memory;
	memory->allocator.alloc = failing_alloc;
	memory->allocator.realloc = failing_realloc;
	memory->allocator.free = failing_free;
	pthread_mutex_init(&memory->lock, NULL);
	memory->fail_at = fail_at;
}

static uint64_t read_count(failing_allocator *memory, const uint64_t *count)
{
	uint64_t value;

	pthread_mutex_lock(&memory->lock);
	value = *count;
	pthread_mutex_unlock(&memory->lock);
	return value;
}

uint64_t failing_allocator_calls(failing_allocator *memory)
{
	return read_count(memory, &memory->calls);
}

uint64_t failing_allocator_live(failing_allocator *memory)
{
	return read_count(memory, &memory->live_blocks) + read_count(memory, &memory->faults);
}

uint64_t failing_allocator_live_bytes(failing_allocator *memory)
{
	return read_count(memory, &memory->live_bytes);
}

uint64_t failing_allocator_peak_bytes(failing_allocator *memory)
{
	return read_count(memory, &memory->peak_bytes);
}
