/* Files of key slots that hold nothing any more.
 *
 * Slots are never given again, so that a file whose slots were all given out and are all erased (or
 * never came to be filled) says one thing for ever: erased. A checkpoint then lists it as over: the
 * line of the manifest stays, without a file, and answers for its slots; the file is removed like
 * any other that no kept manifest needs, after the new manifest is durable and not before. The
 * zeros were synced before that: a commit that erases does it before it returns, recovery before
 * its checkpoint. The log that may name the slots is retired by the same checkpoint.
 *
 * Cost: a checkpoint after an erasure reads on from the first slot that was found alive the last
 * time, so that a file is read about once in its life. */
#include "store/key_files.h"

#include "store/durable.h"
#include "store/rule.h"

/* 1 if a transaction that is not committed has a slot of the file. */
static int is_open(const cstn__slots *slots, uint64_t file_no)
{
	for (const cstn__transaction *at = slots->open; at; at = at->slots.next)
		for (size_t i = 0; i < at->slots.n_puts; i++)
			if (cstn__slot_file_no(at->slots.puts[i].slot) == file_no)
				return 1;
	return 0;
}

/* Whether numbers of it are still to be given. */
static int is_filled(const cstn__store *store, const cstn__slot_file *file)
{
	const cstn__slots *slots = &store->slots;

	for (size_t i = slots->files.count; i > 0; i--)
		if (slots->files.items[i - 1].header.slot_size == file->header.slot_size)
			return &slots->files.items[i - 1] == file &&
			       file->next < cstn__slots_a_file(store);
	return 0;
}

/* Moves file->dead_below up to the first slot that is neither erased nor empty. What cannot be read
 * counts as alive. */
static void look(cstn__store *store, cstn__slot_file *file)
{
	uint32_t slot_size = file->header.slot_size;
	uint8_t page[CSTN__SLOT_PAGE];
	int alive = 0;

	while (!alive && file->dead_below < file->next) {
		uint64_t offset = cstn__slot_offset(slot_size, file->dead_below);
		size_t at = 0, size = sizeof(page);

		if (offset >= file->size) { /* given out, and never written */
			file->dead_below = file->next;
			break;
		}
		if (file->size - offset < size)
			size = (size_t)(file->size - offset);
		if (cstn__slot_file_read(store, file, offset, page, size, NULL) != CSTN_OK)
			break;
		for (; !alive && at + slot_size <= size && file->dead_below < file->next;
				at += slot_size) {
			int found = cstn__slot_check(&file->header, file->dead_below, page + at);

			alive = found != CSTN__SLOT_IS_EMPTY && found != CSTN__SLOT_IS_ERASED;
			file->dead_below += !alive;
		}
		alive |= at == 0;
	}
	cstn__wipe(page, sizeof(page));
}

void cstn__slots_find_over(cstn__store *store)
{
	cstn__slots *slots = &store->slots;

	for (size_t i = 0; i < slots->files.count; i++) {
		cstn__slot_file *file = &slots->files.items[i];
		int busy;

		file->leaving = 0;
		if (file->over || !file->may_be_over)
			continue;
		/* Numbers are given by any thread; what is not filled any more stays so. */
		pthread_mutex_lock(&slots->lock);
		busy = is_filled(store, file) || is_open(slots, file->header.file_no);
		pthread_mutex_unlock(&slots->lock);
		if (busy)
			continue;
		if (CSTN__RULE(CSTN__RULE_KEY_FILE_WHEN_DEAD))
			look(store, file);
		else
			file->dead_below = file->next;
		file->leaving = file->dead_below >= file->next;
		file->may_be_over = file->leaving;
	}
}

void cstn__slots_let_go(cstn__store *store)
{
	cstn__slots *slots = &store->slots;

	pthread_mutex_lock(&slots->lock);
	for (size_t i = 0; i < slots->files.count; i++) {
		cstn__slot_file *file = &slots->files.items[i];

		if (!file->leaving)
			continue;
		store->durable->vfs->close(store->durable->vfs, file->file);
		file->file = NULL;
		file->over = 1;
		file->size = 0;
		file->must_sync = file->leaving = 0;
	}
	pthread_mutex_unlock(&slots->lock);
}
