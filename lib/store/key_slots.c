/* Key slots of an open store: numbers, files, reading.
 *
 * A number is a file and a place in it, given in order by the file of its size that is filled at
 * the time. It is given when the slot is put, so that rows can name it, and written by the commit;
 * one whose transaction ends otherwise is never used. A file is made by a checkpoint, so that a
 * manifest lists it before a number of it is known to anybody. Reading is one read of the file into
 * the caller's memory: there is no cache that an erasure would have to reach. */
#include "store/key_files.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "store/durable.h"
#include "store/file_io.h"

#define SLOTS_A_FILE 65536u
#define SMALL 64u
#define LARGE 128u
#define LOOKS 5 /* at a slot beside a writer in another process */

cstn_status cstn__slots_init(cstn__store *store, cstn_error **error)
{
	if (pthread_mutex_init(&store->slots.lock, NULL))
		return cstn__fail_nomem(error);
	cstn__slot_log_init(&store->slots.log, &store->allocator);
	return CSTN_OK;
}

static void free_pages(const cstn__store *store, cstn__slot_file *file)
{
	for (size_t i = 0; i < file->pages_capacity; i++)
		if (file->pages[i]) {
			cstn__wipe(file->pages[i], CSTN__SLOT_PAGE);
			cstn__free(&store->allocator, file->pages[i], CSTN__SLOT_PAGE);
		}
	cstn__free(&store->allocator, file->pages, file->pages_capacity * sizeof(*file->pages));
	file->pages = NULL;
	file->pages_capacity = 0;
}

void cstn__slots_release(cstn__store *store)
{
	for (size_t i = 0; i < store->slots.files.count; i++) {
		cstn__slot_file *file = &store->slots.files.items[i];

		if (file->file)
			store->durable->vfs->close(store->durable->vfs, file->file);
		file->file = NULL;
	}
}

void cstn__slots_drop(cstn__store *store)
{
	cstn__slots_release(store);
	for (size_t i = 0; i < store->slots.files.count; i++)
		free_pages(store, &store->slots.files.items[i]);
	store->slots.files.count = 0;
	cstn__slot_log_free(&store->slots.log);
	cstn__slot_log_init(&store->slots.log, &store->allocator);
}

void cstn__slots_free(cstn__store *store)
{
	cstn__slots_drop(store);
	cstn__array_free(&store->allocator, &store->slots.files);
	cstn__array_free(&store->allocator, &store->slots.erasing);
	cstn__array_free(&store->allocator, &store->slots.numbers);
	pthread_mutex_destroy(&store->slots.lock);
}

/* --- files --- */

cstn__slot_file *cstn__slots_find(const cstn__store *store, uint64_t file_no)
{
	size_t low = 0, high = store->slots.files.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		cstn__slot_file *file = &store->slots.files.items[middle];

		if (file->header.file_no == file_no)
			return file;
		if (file->header.file_no < file_no)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void cstn__slots_add(cstn__store *store, const cstn__slot_file *file)
{
	size_t at = store->slots.files.count++;

	for (; at && store->slots.files.items[at - 1].header.file_no > file->header.file_no; at--)
		store->slots.files.items[at] = store->slots.files.items[at - 1];
	store->slots.files.items[at] = *file;
}

static void path_of(const cstn__store *store, const cstn__slot_file *file, cstn__path *out)
{
	cstn__durable_path(store->durable, CSTN__ENTRY_KEY_SLOTS, file->header.file_no, out);
}

/* Of memory: [offset, offset + size) lies in one page. What no page holds is zeros. */
static void copy_page(const cstn__slot_file *file, uint64_t offset, uint8_t *out, size_t size)
{
	size_t page = (size_t)(offset / CSTN__SLOT_PAGE);

	if (page < file->pages_capacity && file->pages[page])
		memcpy(out, file->pages[page] + offset % CSTN__SLOT_PAGE, size);
	else
		memset(out, 0, size);
}

cstn_status cstn__slot_file_read(cstn__store *store, const cstn__slot_file *file, uint64_t offset,
		void *out, size_t size, cstn_error **error)
{
	cstn__path path;

	if (!file->file) {
		copy_page(file, offset, out, size);
		return CSTN_OK;
	}
	path_of(store, file, &path);
	return cstn__io_read(store->durable->vfs, file->file, path.text, out, size, offset, error);
}

static cstn_status write_pages(cstn__store *store, cstn__slot_file *file, uint64_t offset,
		const uint8_t *data, size_t size, cstn_error **error)
{
	while (size) {
		size_t page = (size_t)(offset / CSTN__SLOT_PAGE), at = offset % CSTN__SLOT_PAGE;
		size_t here = CSTN__SLOT_PAGE - at < size ? CSTN__SLOT_PAGE - at : size;
		size_t before = file->pages_capacity;

		if (page >= before) {
			if (cstn__array_grow(&store->allocator, &file->pages, &file->pages_capacity,
					    page + 1, sizeof(*file->pages)))
				return cstn__fail_nomem(error);
			memset(file->pages + before, 0,
					(file->pages_capacity - before) * sizeof(*file->pages));
		}
		if (!file->pages[page])
			file->pages[page] = cstn__alloc_zero(&store->allocator, CSTN__SLOT_PAGE);
		if (!file->pages[page])
			return cstn__fail_nomem(error);
		memcpy(file->pages[page] + at, data, here);
		offset += here;
		data += here;
		size -= here;
	}
	return CSTN_OK;
}

/* Zeros up to a whole page. */
static cstn_status fill_page(cstn__store *store, cstn__slot_file *file, const char *path,
		uint64_t end, cstn_error **error)
{
	static const uint8_t zeros[CSTN__SLOT_PAGE];
	size_t rest = (size_t)((CSTN__SLOT_PAGE - end % CSTN__SLOT_PAGE) % CSTN__SLOT_PAGE);
	cstn_status status = cstn__io_write(
			store->durable->vfs, file->file, path, zeros, rest, end, error);

	if (status == CSTN_OK)
		file->size = end + rest;
	return status;
}

cstn_status cstn__slot_file_write(cstn__store *store, cstn__slot_file *file, uint64_t offset,
		const void *data, size_t size, cstn_error **error)
{
	cstn__path path;
	cstn_status status;

	pthread_mutex_lock(&store->slots.lock);
	if (!file->file) {
		status = write_pages(store, file, offset, data, size, error);
	} else {
		path_of(store, file, &path);
		file->must_sync = 1;
		status = cstn__io_write(store->durable->vfs, file->file, path.text, data, size,
				offset, error);
		if (status == CSTN_OK && offset + size > file->size)
			status = fill_page(store, file, path.text, offset + size, error);
	}
	pthread_mutex_unlock(&store->slots.lock);
	return status;
}

cstn_status cstn__slot_file_erase(
		cstn__store *store, cstn__slot_file *file, uint32_t number, cstn_error **error)
{
	uint8_t erased[LARGE];

	file->may_be_over = 1;
	cstn__slot_write_erased(&file->header, number, erased);
	return cstn__slot_file_write(store, file, cstn__slot_offset(file->header.slot_size, number),
			erased, file->header.slot_size, error);
}

int cstn__slot_file_has_page(const cstn__slot_file *file, uint32_t number)
{
	size_t page = (size_t)(cstn__slot_offset(file->header.slot_size, number) / CSTN__SLOT_PAGE);

	return page < file->pages_capacity && file->pages[page];
}

cstn_status cstn__slot_file_sync(cstn__store *store, cstn__slot_file *file, cstn_error **error)
{
	cstn__path path;
	cstn_status status;

	if (!file->file || !file->must_sync)
		return CSTN_OK;
	path_of(store, file, &path);
	status = cstn__durable_sync_data(store, file->file, path.text, error);
	if (status == CSTN_OK)
		file->must_sync = 0;
	return status;
}

/* --- putting --- */

uint32_t cstn__slots_a_file(const cstn__store *store)
{
	return store->options.slots_a_file ? store->options.slots_a_file : SLOTS_A_FILE;
}

/* The file that is filled, with room in it, or NULL. Under slots.lock. */
static cstn__slot_file *file_to_fill(const cstn__store *store, uint32_t slot_size)
{
	uint32_t most = cstn__slots_a_file(store);

	for (size_t i = store->slots.files.count; i > 0; i--) {
		cstn__slot_file *file = &store->slots.files.items[i - 1];

		if (file->header.slot_size == slot_size)
			return file->next < most && !file->over ? file : NULL;
	}
	return NULL;
}

static cstn_status make_in_memory(cstn__store *store, uint32_t slot_size, cstn_error **error)
{
	cstn__slot_file made = {.header.slot_size = slot_size, .size = CSTN__SLOT_HEADER};
	cstn_status status = CSTN_OK;

	made.header.file_no = store->slots.files.count + 1;
	pthread_mutex_lock(&store->slots.lock);
	if (cstn__array_reserve(&store->allocator, &store->slots.files, 1))
		status = cstn__fail_nomem(error);
	else
		cstn__slots_add(store, &made);
	pthread_mutex_unlock(&store->slots.lock);
	return status;
}

static int has_room(cstn__store *store, uint32_t slot_size)
{
	int has;

	pthread_mutex_lock(&store->slots.lock);
	has = file_to_fill(store, slot_size) != NULL;
	pthread_mutex_unlock(&store->slots.lock);
	return has;
}

static cstn_status make_file(cstn__store *store, uint32_t slot_size, cstn_error **error)
{
	const cstn__checkpoint_job job = {.flags = CSTN__CHECKPOINT_FORCE};
	cstn_status status;

	cstn__turn_take(store);
	status = cstn__store_may_write(store, error);
	if (status == CSTN_OK && !has_room(store, slot_size)) {
		if (store->durable) {
			store->slots.wanted = slot_size;
			status = cstn__checkpoint_run(store, &job, error);
			store->slots.wanted = 0;
		} else {
			status = make_in_memory(store, slot_size, error);
		}
	}
	cstn__turn_give(store);
	return status;
}

/* Room for one more; what the bytes leave is wiped. */
static int reserve_put(cstn__transaction *transaction)
{
	cstn__transaction_slots *slots = &transaction->slots;
	const cstn_allocator *allocator = &transaction->store->allocator;
	size_t size = slots->puts_capacity * sizeof(*slots->puts);
	size_t capacity = slots->puts_capacity ? slots->puts_capacity * 2 : 4;
	cstn__slot_put *grown;

	if (slots->n_puts < slots->puts_capacity)
		return 0;
	grown = cstn__alloc(allocator, cstn__array_size(capacity, sizeof(*grown)));
	if (!grown)
		return -1;
	if (size) {
		memcpy(grown, slots->puts, size);
		cstn__wipe(slots->puts, size);
		cstn__free(allocator, slots->puts, size);
	}
	slots->puts = grown;
	slots->puts_capacity = capacity;
	return 0;
}

void cstn__slots_list(cstn__transaction *transaction)
{
	cstn__slots *slots = &transaction->store->slots;

	if (transaction->slots.open)
		return;
	transaction->slots.open = 1;
	transaction->slots.previous = NULL;
	transaction->slots.next = slots->open;
	if (slots->open)
		slots->open->slots.previous = transaction;
	slots->open = transaction;
}

void cstn__slots_unlist(cstn__transaction *transaction)
{
	cstn__transaction_slots *own = &transaction->slots;

	if (!own->open)
		return;
	if (own->previous)
		own->previous->slots.next = own->next;
	else
		transaction->store->slots.open = own->next;
	if (own->next)
		own->next->slots.previous = own->previous;
	own->open = 0;
}

cstn_status cstn__transaction_put_slot(cstn__transaction *transaction, const void *data,
		size_t size, uint64_t *slot, cstn_error **error)
{
	cstn__store *store = transaction->store;
	uint32_t slot_size = size > SMALL - CSTN__SLOT_HASH ? LARGE : SMALL;
	cstn_status status = cstn__store_may_write(store, error);
	int done = 0;

	if (status == CSTN_OK && (size == 0 || size > CSTN__SLOT_BYTES_MAX))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a key slot takes 1 to %u bytes, not %zu", CSTN__SLOT_BYTES_MAX,
				size);
	while (status == CSTN_OK && !done) {
		cstn__slot_file *file;

		pthread_mutex_lock(&store->slots.lock);
		file = file_to_fill(store, slot_size);
		if (file && reserve_put(transaction)) {
			status = cstn__fail_nomem(error);
		} else if (file) {
			cstn__slot_put *put = &transaction->slots.puts[transaction->slots.n_puts++];

			put->slot = cstn__slot_name(file->header.file_no, file->next++);
			put->size = (uint32_t)size;
			memcpy(put->data, data, size);
			*slot = put->slot;
			cstn__slots_list(transaction);
			done = 1;
		}
		pthread_mutex_unlock(&store->slots.lock);
		if (status == CSTN_OK && !done)
			status = make_file(store, slot_size, error);
	}
	return status;
}

void cstn__transaction_slots_clear(cstn__transaction *transaction)
{
	cstn__store *store = transaction->store;
	cstn__transaction_slots *own = &transaction->slots;

	if (own->open) {
		pthread_mutex_lock(&store->slots.lock);
		/* Slots of a commit that failed may be half written. */
		for (size_t i = 0; own->written && i < own->n_puts; i++) {
			cstn__slot_file *file = cstn__slots_find(
					store, cstn__slot_file_no(own->puts[i].slot));
			uint32_t number = cstn__slot_number(own->puts[i].slot);

			if (file && number < file->doubtful)
				file->doubtful = number;
		}
		cstn__slots_unlist(transaction);
		pthread_mutex_unlock(&store->slots.lock);
	}
	if (own->puts_capacity) {
		cstn__wipe(own->puts, own->puts_capacity * sizeof(*own->puts));
		cstn__free(&store->allocator, own->puts, own->puts_capacity * sizeof(*own->puts));
	}
	cstn__array_free(&store->allocator, &own->erased);
	memset(own, 0, sizeof(*own));
}

/* --- erasing --- */

static int is_open(const cstn__store *store, uint64_t slot)
{
	for (const cstn__transaction *at = store->slots.open; at; at = at->slots.next)
		for (size_t i = 0; i < at->slots.n_puts; i++)
			if (at->slots.puts[i].slot == slot)
				return 1;
	return 0;
}

static cstn_status check_slot(cstn__store *store, uint64_t slot, cstn_error **error)
{
	const cstn__slot_file *file = cstn__slots_find(store, cstn__slot_file_no(slot));

	if (slot == 0 || slot > INT64_MAX || (file && cstn__slot_number(slot) >= file->next))
		return cstn__fail(error, CSTN_E_NOT_FOUND,
				"key slot %" PRIu64 " was never given out", slot);
	return CSTN_OK;
}

cstn_status cstn__transaction_erase_slot(
		cstn__transaction *transaction, uint64_t slot, cstn_error **error)
{
	cstn__store *store = transaction->store;
	cstn_status status = cstn__store_may_write(store, error);

	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(&store->allocator, &transaction->slots.erased, 1))
		return cstn__fail_nomem(error);
	pthread_mutex_lock(&store->slots.lock);
	status = check_slot(store, slot, error);
	if (status == CSTN_OK && is_open(store, slot))
		status = cstn__fail(error, CSTN_E_BUSY,
				"key slot %" PRIu64
				" is in an open transaction, which may still write it",
				slot);
	pthread_mutex_unlock(&store->slots.lock);
	if (status == CSTN_OK)
		transaction->slots.erased.items[transaction->slots.erased.count++] = slot;
	return status;
}

/* --- reading --- */

static int is_erased(const cstn__store *store, uint64_t slot)
{
	for (size_t i = 0; i < store->slots.erasing.count; i++)
		if (store->slots.erasing.items[i] == slot)
			return 1;
	return cstn__slot_log_find(&store->slots.log, slot) == CSTN__SLOT_LOG_ERASED;
}

static cstn_status read_locked(cstn__store *store, uint64_t slot, uint8_t bytes[LARGE],
		uint32_t *state, cstn_error **error)
{
	const cstn__slot_file *file = cstn__slots_find(store, cstn__slot_file_no(slot));
	uint32_t number = cstn__slot_number(slot);
	cstn_status status = check_slot(store, slot, error);
	uint64_t offset;
	int found;

	*state = file ? CSTN__SLOT_ERASED : CSTN__SLOT_ABSENT;
	if (status != CSTN_OK || !file || file->over || is_erased(store, slot))
		return status;
	offset = cstn__slot_offset(file->header.slot_size, number);
	if (offset < file->size || !file->file)
		status = cstn__slot_file_read(
				store, file, offset, bytes, file->header.slot_size, error);
	if (status != CSTN_OK)
		return status;
	found = cstn__slot_check(&file->header, number, bytes);
	if (found == CSTN__SLOT_IS_BAD)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"key slot %" PRIu64 " (%" PRIu32 " of file %016" PRIx64
				") is damaged",
				slot, number, file->header.file_no);
	if (found == CSTN__SLOT_IS_EMPTY)
		return cstn__fail(error, CSTN_E_NOT_FOUND,
				"key slot %" PRIu64 " (%" PRIu32 " of file %016" PRIx64
				") was never filled",
				slot, number, file->header.file_no);
	if (found == CSTN__SLOT_IS_WHOLE)
		*state = CSTN__SLOT_HELD;
	return CSTN_OK;
}

cstn_status cstn__store_read_slot(cstn__store *store, uint64_t slot, void *out, size_t size,
		uint32_t *state, cstn_error **error)
{
	int looks = atomic_load(&store->state) == CSTN__STORE_STATE_READ_ONLY ? LOOKS : 1;
	uint8_t bytes[LARGE] = {0};
	uint32_t found = CSTN__SLOT_ERASED;
	cstn_status status = cstn__store_may_read(store, error);

	if (status == CSTN_OK && size > CSTN__SLOT_BYTES_MAX)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a key slot has at most %u bytes, not %zu", CSTN__SLOT_BYTES_MAX,
				size);
	if (status != CSTN_OK)
		return status;
	pthread_mutex_lock(&store->slots.lock);
	status = cstn__store_may_read(store, error); /* a close may have come between */
	if (status == CSTN_OK) {
		status = read_locked(store, slot, bytes, &found, error);
		/* The writer may be in the middle of it. */
		while (status == CSTN_E_CORRUPT && --looks > 0) {
			if (error) {
				cstn_error_free(*error);
				*error = NULL;
			}
			status = read_locked(store, slot, bytes, &found, error);
		}
	}
	pthread_mutex_unlock(&store->slots.lock);
	if (status == CSTN_OK && found == CSTN__SLOT_HELD && size)
		memcpy(out, bytes + CSTN__SLOT_HASH, size);
	cstn__wipe(bytes, sizeof(bytes));
	if (status == CSTN_OK)
		*state = found;
	return status;
}
