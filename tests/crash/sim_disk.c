/* The model disk: inodes with a durable and a cached side, and what a loss of power leaves.
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

const char *sim_loss_name(sim_loss loss)
{
	static const char *const names[SIM_LOSSES] = {"all lost", "none lost", "prefix", "random"};

	return names[loss];
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

static sim_buffer *sim_buffer_ref(sim_buffer *buffer)
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

static void sim_buffer_write(sim_buffer **buffer, const void *data, uint64_t size, uint64_t offset)
{
	sim_buffer_own(buffer, offset + size);
	if (size)
		memcpy((*buffer)->data + offset, data, size);
}

/* --- disks --------------------------------------------------------------------------------- */

static sim_inode *sim_inode_new(sim_disk *disk, int folder, uint32_t *number)
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

static void sim_inode_forget_pending(sim_inode *inode)
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

static void sim_entries_copy(sim_entries *to, const sim_entries *from)
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

static void sim_op_apply(sim_entries *entries, const sim_op *op)
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

/* --- crashes ------------------------------------------------------------------------------- */

/* Apply the part of a write that lies in [begin, end), as far as the file reaches. */
static void sim_piece_put(
		sim_buffer *to, const sim_write *write, uint64_t begin, uint64_t end, uint64_t size)
{
	uint64_t from = write->offset > begin ? write->offset : begin;
	uint64_t till = write->offset + write->data->size;

	till = till < end ? till : end;
	till = till < size ? till : size;
	if (from < till)
		memcpy(to->data + from, write->data->data + (from - write->offset), till - from);
}

/* Of each piece the first `versions` pending writes, chosen piece by piece. `keep` of 256 pieces
 * are wholly kept, the same of others wholly lost. */
static sim_buffer *sim_pieces(const sim_inode *inode, sim_dice *dice)
{
	uint64_t old = inode->durable->size, grown = old, size;
	sim_buffer *image;
	uint64_t choice = sim_dice_below(dice, 5);
	int garbage = (int)sim_dice_below(dice, 2);
	uint64_t keep = 1 + sim_dice_below(dice, 255);

	for (size_t i = 0; i < inode->n_writes; i++)
		if (inode->writes[i].offset + inode->writes[i].data->size > grown)
			grown = inode->writes[i].offset + inode->writes[i].data->size;
	size = grown;
	if (choice == 0)
		size = old;
	else if (choice == 1)
		size = old + sim_dice_below(dice, grown - old + 1);
	image = sim_buffer_new(NULL, size);
	if (old && size)
		memcpy(image->data, inode->durable->data, old < size ? old : size);
	if (garbage)
		for (uint64_t at = old; at < size; at++)
			image->data[at] = (uint8_t)sim_random(dice->seed ^ 0x6a09e667, at);
	for (size_t i = 0; i < inode->n_writes; i++) {
		const sim_write *write = &inode->writes[i];
		uint64_t end = write->offset + write->data->size;

		for (uint64_t at = write->offset / SIM_PIECE * SIM_PIECE; at < end;
				at += SIM_PIECE) {
			/* The same number for all writes of a piece, so that its versions are a
			 * prefix. */
			uint64_t die = sim_random(dice->seed, at ^ UINT64_C(0x5bd1e995));

			if (die % 256 < keep || die / 256 % (inode->n_writes + 1) > i)
				sim_piece_put(image, write, at, at + SIM_PIECE, size);
		}
	}
	return image;
}

/* A failed sync: about half of the pieces arrive, and nothing is pending any more. */
void sim_do_failed_sync(sim_disk *disk, uint32_t number, uint64_t seed)
{
	sim_inode *inode = disk->inodes[number];
	sim_dice dice = {seed, 0};
	sim_buffer *image;

	if (!inode->n_writes)
		return;
	image = sim_pieces(inode, &dice);
	sim_buffer_unref(inode->durable);
	inode->durable = image;
	inode->diverged = 1;
	sim_inode_forget_pending(inode);
}

void sim_do_failed_sync_folder(sim_disk *disk, uint32_t number, uint64_t seed)
{
	sim_inode *inode = disk->inodes[number];

	size_t left = 0;

	for (size_t i = 0; i < inode->n_ops; i++) {
		const sim_op *op = &inode->ops[i];

		/* No program can bring back the lost name of a folder that is in use. */
		if (!op->remove && disk->inodes[op->inode]->folder)
			inode->ops[left++] = *op;
		else if (sim_random(seed, i) & 1)
			sim_op_apply(&inode->kept, op);
	}
	inode->n_ops = left;
}

static sim_buffer *sim_content(
		const sim_inode *inode, sim_loss loss, uint64_t cut, uint64_t torn, sim_dice *dice)
{
	sim_buffer *image = sim_buffer_ref(inode->durable);

	if (!inode->n_writes || loss == SIM_LOSS_ALL)
		return image;
	if (loss == SIM_LOSS_NONE && !inode->diverged) {
		sim_buffer_unref(image);
		return sim_buffer_ref(inode->cache);
	}
	if (loss == SIM_LOSS_RANDOM) {
		uint64_t choice = sim_dice_below(dice, 6);

		if (choice == 0)
			return image;
		if (choice > 1) {
			sim_buffer_unref(image);
			return sim_pieces(inode, dice);
		}
		loss = SIM_LOSS_NONE;
	}
	for (size_t i = 0; i < inode->n_writes; i++) {
		const sim_write *write = &inode->writes[i];
		uint64_t size = write->data->size;

		if (loss == SIM_LOSS_PREFIX && write->order >= cut) {
			/* The write at the cut is torn at a piece. */
			if (write->order == cut && torn) {
				size = torn % (size + SIM_PIECE) / SIM_PIECE * SIM_PIECE;
				size = size < write->data->size ? size : write->data->size;
				if (size)
					sim_buffer_write(&image, write->data->data, size,
							write->offset);
			}
			break;
		}
		sim_buffer_write(&image, write->data->data, size, write->offset);
	}
	return image;
}

static void sim_names(const sim_inode *inode, sim_loss loss, uint64_t cut, sim_dice *dice,
		sim_entries *out)
{
	uint64_t choice = 0, keep = inode->n_ops;

	sim_entries_copy(out, &inode->kept);
	if (loss == SIM_LOSS_ALL)
		return;
	if (loss == SIM_LOSS_RANDOM) {
		choice = sim_dice_below(dice, 3);
		if (choice == 1)
			keep = sim_dice_below(dice, inode->n_ops + 1);
	}
	for (size_t i = 0; i < inode->n_ops; i++) {
		if (loss == SIM_LOSS_PREFIX && inode->ops[i].order >= cut)
			break;
		if (loss == SIM_LOSS_RANDOM && choice == 1 && i >= keep)
			break;
		if (loss == SIM_LOSS_RANDOM && choice == 2 && sim_dice_next(dice) & 1)
			continue;
		sim_op_apply(out, &inode->ops[i]);
	}
}

/* The smallest and the largest number of what is pending. */
static void sim_pending(const sim_disk *disk, uint64_t *first, uint64_t *last)
{
	*first = UINT64_MAX;
	*last = 0;
	for (size_t i = 0; i < disk->n_inodes; i++) {
		const sim_inode *inode = disk->inodes[i];

		for (size_t k = 0; inode && k < inode->n_writes; k++) {
			uint64_t order = inode->writes[k].order;

			*first = order < *first ? order : *first;
			*last = order > *last ? order : *last;
		}
		for (size_t k = 0; inode && k < inode->n_ops; k++) {
			uint64_t order = inode->ops[k].order;

			*first = order < *first ? order : *first;
			*last = order > *last ? order : *last;
		}
	}
}

static uint32_t sim_settle(const sim_disk *from, uint32_t number, sim_disk *to, uint32_t *numbers,
		sim_loss loss, uint64_t cut, uint64_t torn, sim_dice *dice)
{
	const sim_inode *inode = from->inodes[number];
	sim_inode *settled;
	sim_entries names = {0};
	uint32_t out;

	if (numbers[number] != UINT32_MAX)
		return numbers[number];
	settled = sim_inode_new(to, inode->folder, &out);
	numbers[number] = out;
	if (!inode->folder) {
		sim_buffer_unref(settled->cache);
		sim_buffer_unref(settled->durable);
		settled->durable = sim_content(inode, loss, cut, torn, dice);
		settled->cache = sim_buffer_ref(settled->durable);
		return out;
	}
	sim_names(inode, loss, cut, dice, &names);
	for (size_t i = 0; i < names.n; i++)
		names.items[i].inode = sim_settle(
				from, names.items[i].inode, to, numbers, loss, cut, torn, dice);
	settled->kept = names;
	sim_entries_copy(&settled->now, &names);
	return out;
}

sim_disk *sim_crash(sim_disk *disk, sim_loss loss, uint64_t seed)
{
	sim_disk *to = test_alloc(sizeof(*to));
	sim_dice dice = {seed, 0};
	uint64_t first, last, cut, torn;
	uint32_t *numbers;

	pthread_mutex_lock(&disk->mutex);
	sim_pending(disk, &first, &last);
	cut = first == UINT64_MAX ? 0 : first + sim_dice_below(&dice, last - first + 2);
	torn = sim_dice_next(&dice);
	to->refs = 1;
	pthread_mutex_init(&to->mutex, NULL);
	numbers = test_alloc(disk->n_inodes * sizeof(*numbers));
	memset(numbers, 0xff, disk->n_inodes * sizeof(*numbers));
	sim_settle(disk, 0, to, numbers, loss, cut, torn, &dice);
	free(numbers);
	pthread_mutex_unlock(&disk->mutex);
	return to;
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
