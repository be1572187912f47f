/* Memory that is used again.
 *
 * Blocks of 4 KiB and more are rounded up and, when they come back, kept in a short list; the next
 * request of the same rounded size takes the one that came last. Smaller ones pass through. A block
 * that is out counts as a reference, so that the last one to come back after the recycler was
 * closed frees it: nobody else needs to know that memory is shared.
 *
 * Cost: a mutex and at most 64 comparisons a block; memory: at most 64 blocks and 64 MiB. */
#include "base/recycle.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"

enum { KEPT_MAX = 64, PAGE = 4096, ALIGNMENT = 64 };
#define KEPT_BYTES ((size_t)64 << 20)

struct cstn__recycler {
	cstn_allocator under, own;
	_Atomic size_t references; /* the owner's, and one a block that is out */
	pthread_mutex_t lock;
	int closed;
	size_t n_kept, kept_bytes;
	struct {
		void *memory;
		size_t size;
	} kept[KEPT_MAX];
};

/* Up to an eighth more, so that batches that differ by a few rows use the same blocks. */
static size_t rounded(size_t size)
{
	size_t step = PAGE;

	while (step * 16 <= size)
		step *= 2;
	return (size + step - 1) / step * step;
}

/* Is a block of this size and alignment one that may be kept? All of those have one alignment. */
static int is_kept(size_t size, size_t alignment)
{
	return size >= PAGE && size <= KEPT_BYTES && alignment <= ALIGNMENT;
}

static void drop(cstn__recycler *recycler)
{
	cstn_allocator under = recycler->under;

	if (atomic_fetch_sub_explicit(&recycler->references, 1, memory_order_acq_rel) != 1)
		return;
	pthread_mutex_destroy(&recycler->lock);
	cstn__free(&under, recycler, sizeof(*recycler));
}

static void *take_kept(cstn__recycler *recycler, size_t size)
{
	void *memory = NULL;

	pthread_mutex_lock(&recycler->lock);
	for (size_t i = recycler->n_kept; !memory && i-- > 0;) {
		size_t have = recycler->kept[i].size;

		if (have != size)
			continue;
		memory = recycler->kept[i].memory;
		recycler->kept_bytes -= have;
		recycler->kept[i] = recycler->kept[--recycler->n_kept];
	}
	pthread_mutex_unlock(&recycler->lock);
	return memory;
}

static void *take(void *user, size_t size, size_t alignment)
{
	cstn__recycler *recycler = user;
	void *memory;

	if (is_kept(size, alignment)) {
		size = rounded(size);
		alignment = ALIGNMENT;
		memory = take_kept(recycler, size);
	} else {
		memory = NULL;
	}
	if (!memory)
		memory = recycler->under.alloc(recycler->under.user, size, alignment);
	if (memory)
		atomic_fetch_add_explicit(&recycler->references, 1, memory_order_relaxed);
	return memory;
}

static void give_back(void *user, void *memory, size_t size, size_t alignment)
{
	cstn__recycler *recycler = user;

	if (!memory)
		return;
	if (is_kept(size, alignment)) {
		size = rounded(size);
		alignment = ALIGNMENT;
		pthread_mutex_lock(&recycler->lock);
		if (!recycler->closed && recycler->n_kept < KEPT_MAX &&
				size <= KEPT_BYTES - recycler->kept_bytes) {
			recycler->kept[recycler->n_kept].memory = memory;
			recycler->kept[recycler->n_kept++].size = size;
			recycler->kept_bytes += size;
			memory = NULL;
		}
		pthread_mutex_unlock(&recycler->lock);
	}
	if (memory)
		recycler->under.free(recycler->under.user, memory, size, alignment);
	drop(recycler);
}

static void *take_more(void *user, void *memory, size_t old_size, size_t new_size, size_t alignment)
{
	void *moved = take(user, new_size, alignment);

	if (!moved)
		return NULL;
	memcpy(moved, memory, old_size < new_size ? old_size : new_size);
	give_back(user, memory, old_size, alignment);
	return moved;
}

cstn_status cstn__recycler_new(
		const cstn_allocator *allocator, cstn__recycler **out, cstn_error **error)
{
	cstn__recycler *recycler = cstn__alloc_zero(allocator, sizeof(*recycler));
	cstn__bytes holder;

	if (!recycler)
		return cstn__fail_nomem(error);
	if (pthread_mutex_init(&recycler->lock, NULL)) {
		cstn__free(allocator, recycler, sizeof(*recycler));
		return cstn__fail_nomem(error);
	}
	cstn__bytes_init(&holder, allocator); /* libc's where none is given */
	recycler->under = holder.allocator;
	recycler->own = (cstn_allocator){
			sizeof(cstn_allocator), 0, recycler, take, take_more, give_back};
	atomic_init(&recycler->references, 1);
	*out = recycler;
	return CSTN_OK;
}

const cstn_allocator *cstn__recycler_allocator(const cstn__recycler *recycler)
{
	return &recycler->own;
}

void cstn__recycler_close(cstn__recycler *recycler)
{
	if (!recycler)
		return;
	pthread_mutex_lock(&recycler->lock);
	recycler->closed = 1;
	pthread_mutex_unlock(&recycler->lock);
	while (recycler->n_kept) {
		size_t i = --recycler->n_kept;

		recycler->under.free(recycler->under.user, recycler->kept[i].memory,
				recycler->kept[i].size, ALIGNMENT);
	}
	drop(recycler);
}
