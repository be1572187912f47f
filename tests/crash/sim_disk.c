/* The model disk: inodes with a durable and a cached side; sim_crash.c has what a loss of power
 * leaves of them.
 *
 * Every unsynced write and directory operation carries a number of one global order, so that a
 * crash can keep a prefix of all of them or choose file by file. A file that no failed sync has
 * touched has equal sides once it is synced and then shares one buffer for both. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "sim_disk.h"

void *test_alloc(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory) {
		fprintf(stderr, "out of memory\n");
		exit(99);
	}
	return memory;
}

void *test_grow(void *memory, size_t *capacity, size_t wanted, size_t item)
{
	if (wanted <= *capacity)
		return memory;
	*capacity = wanted < 8 ? 8 : wanted * 2;
	memory = realloc(memory, *capacity * item);
	if (!memory) {
		fprintf(stderr, "out of memory\n");
		exit(99);
	}
	return memory;
}

uint64_t sim_random(uint64_t seed, uint64_t counter)
{
	return cstn__mix64(seed * UINT64_C(0x9e3779b97f4a7c15) +
			   cstn__mix64(counter + UINT64_C(0xd1b54a32d192ed03)));
}

uint64_t sim_dice_next(sim_dice *dice)
{
	return sim_random(dice->seed, dice->counter++);
}

uint64_t sim_dice_below(sim_dice *dice, uint64_t n)
{
	return n ? sim_dice_next(dice) % n : 0;
}

/* --- buffers ------------------------------------------------------------------------------- */

sim_buffer *sim_buffer_new(const void *data, uint64_t size)
{
	sim_buffer *buffer = test_alloc(sizeof(*buffer));

	buffer->refs = 1;
	buffer->size = size;
	buffer->capacity = size;
	if (size) {
		buffer->data = test_alloc(size);
		if (data)
			memcpy(buffer->data, data, size);
	}
	return buffer;
}

sim_buffer *sim_buffer_ref(sim_buffer *buffer)
{
	if (buffer)
		__atomic_add_fetch(&buffer->refs, 1, __ATOMIC_RELAXED);
	return buffer;
}

void sim_buffer_unref(sim_buffer *buffer)
{
	if (buffer && __atomic_sub_fetch(&buffer->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		free(buffer->data);
		free(buffer);
	}
}

/* Make room for [0, size), zeros where nothing was, in a buffer that is nobody else's. */
static void sim_buffer_own(sim_buffer **buffer, uint64_t size)
{
	sim_buffer *old = *buffer;
	uint64_t wanted = old && old->size > size ? old->size : size;

	if (!old || __atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) > 1) {
		*buffer = sim_buffer_new(NULL, wanted);
		if (old && old->size)
			memcpy((*buffer)->data, old->data, old->size);
		sim_buffer_unref(old);
		return;
	}
	if (wanted > old->capacity) {
		size_t capacity = old->capacity;

		old->data = test_grow(old->data, &capacity, wanted, 1);
		old->capacity = capacity;
	}
	if (wanted > old->size)
		memset(old->data + old->size, 0, wanted - old->size);
	old->size = wanted;
}

void sim_buffer_write(sim_buffer **buffer, const void *data, uint64_t size, uint64_t offset)
{
	sim_buffer_own(buffer, offset + size);
	if (size)
		memcpy((*buffer)->data + offset, data, size);
}

/* --- disks --------------------------------------------------------------------------------- */

sim_inode *sim_inode_new(sim_disk *disk, int folder, uint32_t *number)
{
	sim_inode *inode;

	disk->inodes = test_grow(disk->inodes, &disk->inode_capacity, disk->n_inodes + 1,
			sizeof(*disk->inodes));
	inode = test_alloc(sizeof(*inode));
	inode->folder = folder;
	if (!folder) {
		inode->cache = sim_buffer_new(NULL, 0);
		inode->durable = sim_buffer_ref(inode->cache);
	}
	*number = (uint32_t)disk->n_inodes;
	disk->inodes[disk->n_inodes++] = inode;
	return inode;
}

void sim_inode_forget_pending(sim_inode *inode)
{
	for (size_t i = 0; i < inode->n_writes; i++)
		sim_buffer_unref(inode->writes[i].data);
	inode->n_writes = 0;
	inode->n_ops = 0;
}

static void sim_inode_free(sim_inode *inode)
{
	if (!inode)
		return;
	sim_inode_forget_pending(inode);
	sim_buffer_unref(inode->durable);
	sim_buffer_unref(inode->cache);
	free(inode->writes);
	free(inode->ops);
	free(inode->now.items);
	free(inode->kept.items);
	free(inode);
}

sim_disk *sim_disk_new(void)
{
	sim_disk *disk = test_alloc(sizeof(*disk));
	uint32_t root;

	disk->refs = 1;
	pthread_mutex_init(&disk->mutex, NULL);
	sim_inode_new(disk, 1, &root);
	return disk;
}

sim_disk *sim_disk_ref(sim_disk *disk)
{
	__atomic_add_fetch(&disk->refs, 1, __ATOMIC_RELAXED);
	return disk;
}

void sim_disk_unref(sim_disk *disk)
{
	if (!disk || __atomic_sub_fetch(&disk->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; i < disk->n_inodes; i++)
		sim_inode_free(disk->inodes[i]);
	free(disk->inodes);
	free(disk->locks);
	pthread_mutex_destroy(&disk->mutex);
	free(disk);
}

void sim_entries_copy(sim_entries *to, const sim_entries *from)
{
	to->n = from->n;
	to->capacity = from->n;
	to->items = NULL;
	if (from->n) {
		to->items = test_alloc(from->n * sizeof(*to->items));
		memcpy(to->items, from->items, from->n * sizeof(*to->items));
	}
}

static long sim_entry_index(const sim_entries *entries, const char *name)
{
	for (size_t i = 0; i < entries->n; i++)
		if (strcmp(entries->items[i].name, name) == 0)
			return (long)i;
	return -1;
}

static void sim_entry_set(sim_entries *entries, const char *name, uint32_t inode)
{
	long at = sim_entry_index(entries, name);

	if (at < 0) {
		entries->items = test_grow(entries->items, &entries->capacity, entries->n + 1,
				sizeof(*entries->items));
		at = (long)entries->n++;
		snprintf(entries->items[at].name, SIM_NAME, "%s", name);
	}
	entries->items[at].inode = inode;
}

static void sim_entry_remove(sim_entries *entries, const char *name)
{
	long at = sim_entry_index(entries, name);

	if (at >= 0)
		entries->items[at] = entries->items[--entries->n];
}

void sim_op_apply(sim_entries *entries, const sim_op *op)
{
	if (op->from[0])
		sim_entry_remove(entries, op->from);
	if (op->remove)
		sim_entry_remove(entries, op->name);
	else
		sim_entry_set(entries, op->name, op->inode);
}

/* Which inodes anything can still lead to; what is only held open by a program is lost. */
static void sim_mark(const sim_disk *disk, uint32_t number, uint8_t *marks)
{
	const sim_inode *inode = disk->inodes[number];

	if (!inode || marks[number])
		return;
	marks[number] = 1;
	for (size_t i = 0; i < inode->now.n; i++)
		sim_mark(disk, inode->now.items[i].inode, marks);
	for (size_t i = 0; i < inode->kept.n; i++)
		sim_mark(disk, inode->kept.items[i].inode, marks);
	for (size_t i = 0; i < inode->n_ops; i++)
		if (!inode->ops[i].remove)
			sim_mark(disk, inode->ops[i].inode, marks);
}

static sim_inode *sim_inode_clone(const sim_inode *from)
{
	sim_inode *to = test_alloc(sizeof(*to));

	to->folder = from->folder;
	to->diverged = from->diverged;
	to->durable = sim_buffer_ref(from->durable);
	to->cache = sim_buffer_ref(from->cache);
	sim_entries_copy(&to->now, &from->now);
	sim_entries_copy(&to->kept, &from->kept);
	to->n_writes = to->write_capacity = from->n_writes;
	if (from->n_writes) {
		to->writes = test_alloc(from->n_writes * sizeof(*to->writes));
		memcpy(to->writes, from->writes, from->n_writes * sizeof(*to->writes));
		for (size_t i = 0; i < from->n_writes; i++)
			sim_buffer_ref(to->writes[i].data);
	}
	to->n_ops = to->op_capacity = from->n_ops;
	if (from->n_ops) {
		to->ops = test_alloc(from->n_ops * sizeof(*to->ops));
		memcpy(to->ops, from->ops, from->n_ops * sizeof(*to->ops));
	}
	return to;
}

sim_disk *sim_disk_clone(sim_disk *disk)
{
	sim_disk *to = test_alloc(sizeof(*to));
	uint8_t *marks;

	pthread_mutex_lock(&disk->mutex);
	marks = test_alloc(disk->n_inodes);
	sim_mark(disk, 0, marks);
	to->refs = 1;
	to->order = disk->order;
	pthread_mutex_init(&to->mutex, NULL);
	to->n_inodes = to->inode_capacity = disk->n_inodes;
	to->inodes = test_alloc(disk->n_inodes * sizeof(*to->inodes));
	for (size_t i = 0; i < disk->n_inodes; i++)
		to->inodes[i] = marks[i] ? sim_inode_clone(disk->inodes[i]) : NULL;
	free(marks);
	pthread_mutex_unlock(&disk->mutex);
	return to;
}

/* --- paths --------------------------------------------------------------------------------- */

/* The folder a path lies in and its last part; 0, ENOENT or ENOTDIR. */
int sim_walk(sim_disk *disk, const char *path, uint32_t *folder, char last[SIM_NAME])
{
	uint32_t at = 0;

	last[0] = 0;
	while (*path) {
		size_t len;
		long entry;

		while (*path == '/')
			path++;
		len = strcspn(path, "/");
		if (!len)
			break;
		if (last[0]) {
			entry = sim_entry_index(&disk->inodes[at]->now, last);
			if (entry < 0)
				return ENOENT;
			at = disk->inodes[at]->now.items[entry].inode;
			if (!disk->inodes[at]->folder)
				return ENOTDIR;
		}
		if (len >= SIM_NAME)
			return ENAMETOOLONG;
		memcpy(last, path, len);
		last[len] = 0;
		path += len;
	}
	*folder = at;
	return 0;
}

int sim_find(sim_disk *disk, const char *path, uint32_t *out)
{
	char last[SIM_NAME];
	uint32_t folder;
	int error = sim_walk(disk, path, &folder, last);
	long entry;

	if (error)
		return error;
	if (!last[0]) {
		*out = 0;
		return 0;
	}
	entry = sim_entry_index(&disk->inodes[folder]->now, last);
	if (entry < 0)
		return ENOENT;
	*out = disk->inodes[folder]->now.items[entry].inode;
	return 0;
}

/* --- what the calls do to the disk --------------------------------------------------------- */

static void sim_op_add(sim_disk *disk, uint32_t folder, const char *name, const char *from,
		uint32_t number, int removes)
{
	sim_inode *inode = disk->inodes[folder];
	sim_op *op;

	inode->ops = test_grow(
			inode->ops, &inode->op_capacity, inode->n_ops + 1, sizeof(*inode->ops));
	op = &inode->ops[inode->n_ops++];
	memset(op, 0, sizeof(*op));
	op->order = disk->order++;
	op->inode = number;
	op->remove = removes;
	snprintf(op->name, SIM_NAME, "%s", name);
	if (from)
		snprintf(op->from, SIM_NAME, "%s", from);
	sim_op_apply(&inode->now, op);
}

int sim_do_create(sim_disk *disk, const char *path, int folder_wanted, uint32_t *out)
{
	char last[SIM_NAME];
	uint32_t folder;
	int error = sim_walk(disk, path, &folder, last);

	if (error)
		return error;
	if (!last[0] || sim_entry_index(&disk->inodes[folder]->now, last) >= 0)
		return EEXIST;
	sim_inode_new(disk, folder_wanted, out);
	sim_op_add(disk, folder, last, NULL, *out, 0);
	return 0;
}

int sim_do_rename(sim_disk *disk, const char *from, const char *to)
{
	char from_last[SIM_NAME], to_last[SIM_NAME];
	uint32_t from_folder, to_folder, number;
	int error = sim_walk(disk, from, &from_folder, from_last);

	if (!error)
		error = sim_walk(disk, to, &to_folder, to_last);
	if (!error)
		error = sim_find(disk, from, &number);
	if (error)
		return error;
	if (from_folder != to_folder)
		return EXDEV;
	sim_op_add(disk, to_folder, to_last, from_last, number, 0);
	return 0;
}

int sim_do_link(sim_disk *disk, const char *from, const char *to)
{
	char last[SIM_NAME];
	uint32_t folder, number, there;
	int error = sim_find(disk, from, &number);

	if (!error)
		error = sim_walk(disk, to, &folder, last);
	if (error)
		return error;
	if (sim_find(disk, to, &there) == 0)
		return EEXIST;
	sim_op_add(disk, folder, last, NULL, number, 0);
	return 0;
}

int sim_do_unlink(sim_disk *disk, const char *path)
{
	char last[SIM_NAME];
	uint32_t folder, number;
	int error = sim_walk(disk, path, &folder, last);

	if (!error)
		error = sim_find(disk, path, &number);
	if (error)
		return error;
	if (disk->inodes[number]->folder)
		return EISDIR;
	sim_op_add(disk, folder, last, NULL, number, 1);
	return 0;
}

void sim_do_write(sim_disk *disk, uint32_t number, const void *data, uint64_t size, uint64_t offset)
{
	sim_inode *inode = disk->inodes[number];
	sim_write *write;

	if (!size)
		return;
	inode->writes = test_grow(inode->writes, &inode->write_capacity, inode->n_writes + 1,
			sizeof(*inode->writes));
	write = &inode->writes[inode->n_writes++];
	write->order = disk->order++;
	write->offset = offset;
	write->data = sim_buffer_new(data, size);
	sim_buffer_write(&inode->cache, data, size, offset);
}

void sim_do_sync(sim_disk *disk, uint32_t number)
{
	sim_inode *inode = disk->inodes[number];

	if (inode->diverged) {
		for (size_t i = 0; i < inode->n_writes; i++)
			sim_buffer_write(&inode->durable, inode->writes[i].data->data,
					inode->writes[i].data->size, inode->writes[i].offset);
	} else if (inode->cache != inode->durable) {
		sim_buffer_unref(inode->durable);
		inode->durable = sim_buffer_ref(inode->cache);
	}
	sim_inode_forget_pending(inode);
}

void sim_do_sync_folder(sim_disk *disk, uint32_t number)
{
	sim_inode *inode = disk->inodes[number];

	for (size_t i = 0; i < inode->n_ops; i++)
		sim_op_apply(&inode->kept, &inode->ops[i]);
	inode->n_ops = 0;
}

/* --- from outside -------------------------------------------------------------------------- */

static uint64_t sim_hash_folder(const sim_disk *disk, const sim_inode *folder)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < folder->now.n; i++) {
		const sim_entry *entry = &folder->now.items[i];
		const sim_inode *inode = disk->inodes[entry->inode];
		uint64_t name = cstn__hash64(7, entry->name, strlen(entry->name));

		if (inode->folder)
			sum += cstn__mix64(name + sim_hash_folder(disk, inode));
		else
			sum += cstn__hash64(name, inode->cache->data, inode->cache->size);
	}
	return cstn__mix64(sum + folder->now.n);
}

uint64_t sim_disk_hash(sim_disk *disk)
{
	return sim_hash_folder(disk, disk->inodes[0]);
}

const uint8_t *sim_disk_bytes(sim_disk *disk, const char *path, uint64_t *size)
{
	static const uint8_t nothing[1];
	uint32_t number;

	if (sim_find(disk, path, &number) != 0 || disk->inodes[number]->folder)
		return NULL;
	*size = disk->inodes[number]->cache->size;
	return *size ? disk->inodes[number]->cache->data : nothing;
}

void sim_disk_put(sim_disk *disk, const char *path, const void *data, uint64_t size)
{
	uint32_t number;
	sim_inode *inode;

	if (sim_find(disk, path, &number) != 0) {
		char last[SIM_NAME];
		uint32_t folder;

		if (sim_do_create(disk, path, 0, &number) != 0)
			return;
		sim_walk(disk, path, &folder, last);
		sim_do_sync_folder(disk, folder);
	}
	inode = disk->inodes[number];
	sim_inode_forget_pending(inode);
	sim_buffer_unref(inode->cache);
	sim_buffer_unref(inode->durable);
	inode->cache = sim_buffer_new(data, size);
	inode->durable = sim_buffer_ref(inode->cache);
	inode->diverged = 0;
}

void sim_disk_remove(sim_disk *disk, const char *path)
{
	char last[SIM_NAME];
	uint32_t folder;

	if (sim_do_unlink(disk, path) == 0 && sim_walk(disk, path, &folder, last) == 0)
		sim_do_sync_folder(disk, folder);
}

int sim_disk_list(sim_disk *disk, const char *folder, void (*each)(void *context, const char *name),
		void *context)
{
	uint32_t number;
	int error = sim_find(disk, folder, &number);

	if (error)
		return error;
	for (size_t i = 0; i < disk->inodes[number]->now.n; i++)
		each(context, disk->inodes[number]->now.items[i].name);
	return 0;
}

int sim_disk_exists(sim_disk *disk, const char *path)
{
	uint32_t number;

	return sim_find(disk, path, &number) == 0;
}

int sim_disk_is_dirty(sim_disk *disk)
{
	for (size_t i = 0; i < disk->n_inodes; i++) {
		const sim_inode *inode = disk->inodes[i];

		if (inode && (inode->n_writes || inode->n_ops || inode->diverged))
			return 1;
	}
	return 0;
}
