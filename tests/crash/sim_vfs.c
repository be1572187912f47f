/* The calls of a vfs over a model disk: one process, its open files, the calls it made, and the one
 * that is to fail. A failing write has put half of its bytes into the cache, a failing sync has
 * lost half: a program may assume nothing about a call that failed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_disk.h"

struct cstn__vfs_file {
	uint32_t inode, flags;
	char name[SIM_NAME];
	cstn__vfs_file *next;
};

const char *sim_kind_name(sim_kind kind)
{
	static const char *const names[SIM_KINDS] = {"open", "create", "close", "read", "write",
			"size", "sync", "sync_data", "sync_folder", "make_folder", "rename", "link",
			"unlink", "list", "lock", "random", "map"};

	return kind < SIM_KINDS ? names[kind] : "?";
}

int sim_kind_writes(sim_kind kind)
{
	return kind == SIM_CREATE || kind == SIM_WRITE || (kind >= SIM_SYNC && kind <= SIM_UNLINK);
}

static const char *sim_last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void sim_call_set(sim_call *call, sim_kind kind, const char *path)
{
	memset(call, 0, sizeof(*call));
	call->kind = kind;
	snprintf(call->name, SIM_NAME, "%.*s", (int)SIM_NAME - 1, sim_last(path));
}

static int sim_fault_fits(const sim_fault *fault, const sim_call *call)
{
	return (fault->kinds >> call->kind & 1) &&
	       (!fault->name || strstr(call->name, fault->name));
}

/* What sim_begin() says of a process that has ended; the disk's mutex is not held then. */
#define SIM_DEAD (-2)

/* Runs the hook, takes the disk's mutex, counts, and says how the call is to fail: 0, an errno, or
 * SIM_SHORT. */
static int sim_begin(sim_vfs *sim, const sim_call *call)
{
	int fault = 0;

	if (sim->before && !sim->dead && sim_kind_writes(call->kind))
		sim->before(sim->context, sim, call);
	pthread_mutex_lock(&sim->disk->mutex);
	if (sim->dead) {
		pthread_mutex_unlock(&sim->disk->mutex);
		return SIM_DEAD;
	}
	sim->calls[call->kind]++;
	for (int i = 0; i < 2 && !fault; i++) {
		const sim_fault *one = &sim->faults[i];

		if (!one->nth || !sim_fault_fits(one, call))
			continue;
		sim->fault_seen[i]++;
		if (sim->fault_seen[i] != one->nth &&
				!(one->for_ever && sim->fault_seen[i] > one->nth))
			continue;
		fault = one->error;
		if (fault == SIM_SHORT && call->kind == SIM_WRITE && sim->fault_seen[i] > one->nth)
			fault = ENOSPC;
		sim->fault_fired[i]++;
	}
	return fault;
}

/* The disk's mutex is given back; `result` is noted. */
static int sim_end(sim_vfs *sim, sim_call *call, int result)
{
	call->result = result;
	if (sim->tracing) {
		sim->trace = test_grow(sim->trace, &sim->trace_capacity, sim->n_trace + 1,
				sizeof(*sim->trace));
		sim->trace[sim->n_trace++] = *call;
	}
	pthread_mutex_unlock(&sim->disk->mutex);
	return result;
}

static sim_vfs *sim_of(cstn__vfs *vfs)
{
	return vfs->user;
}

static int sim_open(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out)
{
	sim_vfs *sim = sim_of(vfs);
	cstn__vfs_file *file;
	uint32_t inode = 0;
	sim_call call;
	int error;

	sim_call_set(&call, SIM_OPEN, path);
	call.flags = flags;
	if (flags & CSTN__VFS_CREATE) {
		pthread_mutex_lock(&sim->disk->mutex);
		if (sim_find(sim->disk, path, &inode) == ENOENT)
			call.kind = SIM_CREATE;
		pthread_mutex_unlock(&sim->disk->mutex);
	}
	error = sim_begin(sim, &call);
	if (error == SIM_DEAD)
		return EIO;
	if (error == SIM_SHORT)
		error = EIO;
	if (!error && call.kind == SIM_CREATE)
		error = sim_do_create(sim->disk, path, 0, &inode);
	else if (!error)
		error = sim_find(sim->disk, path, &inode);
	if (!error && call.kind == SIM_OPEN && flags & CSTN__VFS_EXCLUSIVE)
		error = EEXIST;
	if (!error && sim->disk->inodes[inode]->folder)
		error = EISDIR;
	if (error)
		return sim_end(sim, &call, error);
	file = test_alloc(sizeof(*file));
	file->inode = inode;
	file->flags = flags;
	snprintf(file->name, SIM_NAME, "%s", call.name);
	file->next = sim->files;
	sim->files = file;
	*out = file;
	return sim_end(sim, &call, 0);
}

static void sim_unlock_all(sim_disk *disk, const cstn__vfs_file *file)
{
	size_t kept = 0;

	for (size_t i = 0; i < disk->n_locks; i++)
		if (disk->locks[i].holder != file)
			disk->locks[kept++] = disk->locks[i];
	disk->n_locks = kept;
}

static void sim_close(cstn__vfs *vfs, cstn__vfs_file *file)
{
	sim_vfs *sim = sim_of(vfs);
	sim_call call;

	sim_call_set(&call, SIM_CLOSE, file->name);
	pthread_mutex_lock(&sim->disk->mutex);
	sim_unlock_all(sim->disk, file);
	for (cstn__vfs_file **at = &sim->files; *at; at = &(*at)->next)
		if (*at == file) {
			*at = file->next;
			break;
		}
	free(file);
	if (sim->dead)
		pthread_mutex_unlock(&sim->disk->mutex);
	else
		sim_end(sim, &call, 0);
}

static int sim_read(cstn__vfs *vfs, cstn__vfs_file *file, void *data, size_t size, uint64_t offset,
		size_t *got)
{
	sim_vfs *sim = sim_of(vfs);
	const sim_buffer *cache;
	sim_call call;
	size_t n = 0;
	int error;

	sim_call_set(&call, SIM_READ, file->name);
	call.offset = offset;
	call.size = size;
	error = sim_begin(sim, &call);
	if (error == SIM_DEAD)
		return EIO;
	if (error && error != SIM_SHORT)
		return sim_end(sim, &call, error);
	cache = sim->disk->inodes[file->inode]->cache;
	if (offset < cache->size)
		n = cache->size - offset < size ? (size_t)(cache->size - offset) : size;
	if (error == SIM_SHORT && n > 1)
		n /= 2;
	if (n)
		memcpy(data, cache->data + offset, n);
	*got = n;
	return sim_end(sim, &call, 0);
}

static int sim_write_bytes(cstn__vfs *vfs, cstn__vfs_file *file, const void *data, size_t size,
		uint64_t offset, size_t *put)
{
	sim_vfs *sim = sim_of(vfs);
	sim_call call;
	int error;

	sim_call_set(&call, SIM_WRITE, file->name);
	call.offset = offset;
	call.size = size;
	error = sim_begin(sim, &call);
	if (error == SIM_DEAD)
		return EIO;
	if (!error && !(file->flags & CSTN__VFS_WRITE))
		return sim_end(sim, &call, EBADF);
	if (error)
		size = error == ENOSPC || error == EDQUOT || error == EINTR ? 0 : size / 2;
	sim_do_write(sim->disk, file->inode, data, size, offset);
	if (error && error != SIM_SHORT)
		return sim_end(sim, &call, error);
	*put = size;
	return sim_end(sim, &call, 0);
}

static int sim_size(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t *out)
{
	sim_vfs *sim = sim_of(vfs);
	sim_call call;
	int error;

	sim_call_set(&call, SIM_SIZE, file->name);
	error = sim_begin(sim, &call);
	if (error == SIM_DEAD)
		return EIO;
	if (error == SIM_SHORT)
		error = EIO;
	if (!error)
		*out = sim->disk->inodes[file->inode]->cache->size;
	return sim_end(sim, &call, error);
}

static int sim_sync_kind(sim_vfs *sim, cstn__vfs_file *file, sim_kind kind)
{
	sim_call call;
	int error;

	sim_call_set(&call, kind, file->name);
	error = sim_begin(sim, &call);
	if (error == SIM_DEAD)
		return EIO;
	if (error == SIM_SHORT)
		error = EIO;
	if (error)
		sim_do_failed_sync(sim->disk, file->inode,
				sim_random(sim->seed ^ 0xfa11, sim->randoms++));
	else
		sim_do_sync(sim->disk, file->inode);
	return sim_end(sim, &call, error);
}

static int sim_sync(cstn__vfs *vfs, cstn__vfs_file *file)
{
	return sim_sync_kind(sim_of(vfs), file, SIM_SYNC);
}

static int sim_sync_data(cstn__vfs *vfs, cstn__vfs_file *file)
{
	return sim_sync_kind(sim_of(vfs), file, SIM_SYNC_DATA);
}

static int sim_path_call(
		sim_vfs *sim, sim_kind kind, const char *path, const char *to, sim_call *call)
{
	uint32_t inode;
	int error;

	sim_call_set(call, kind, path);
	if (to)
		snprintf(call->other, SIM_NAME, "%.*s", (int)SIM_NAME - 1, sim_last(to));
	error = sim_begin(sim, call);
	if (error == SIM_DEAD)
		return error;
	if (error == SIM_SHORT)
		error = EIO;
	if (error) {
		if (kind == SIM_SYNC_FOLDER && sim_find(sim->disk, path, &inode) == 0)
			sim_do_failed_sync_folder(sim->disk, inode,
					sim_random(sim->seed ^ 0xfa11, sim->randoms++));
		return error;
	}
	switch (kind) {
	case SIM_SYNC_FOLDER:
		error = sim_find(sim->disk, path, &inode);
		if (!error && !sim->disk->inodes[inode]->folder)
			error = ENOTDIR;
		if (!error)
			sim_do_sync_folder(sim->disk, inode);
		return error;
	case SIM_MAKE_FOLDER:
		return sim_do_create(sim->disk, path, 1, &inode);
	case SIM_RENAME:
		return sim_do_rename(sim->disk, path, to);
	case SIM_LINK:
		return sim_do_link(sim->disk, path, to);
	default:
		return sim_do_unlink(sim->disk, path);
	}
}

static int sim_path_do(sim_vfs *sim, sim_kind kind, const char *path, const char *to)
{
	sim_call call;
	int error = sim_path_call(sim, kind, path, to, &call);

	return error == SIM_DEAD ? EIO : sim_end(sim, &call, error);
}

static int sim_sync_folder(cstn__vfs *vfs, const char *path)
{
	return sim_path_do(sim_of(vfs), SIM_SYNC_FOLDER, path, NULL);
}

static int sim_make_folder(cstn__vfs *vfs, const char *path)
{
	return sim_path_do(sim_of(vfs), SIM_MAKE_FOLDER, path, NULL);
}

static int sim_rename(cstn__vfs *vfs, const char *from, const char *to)
{
	return sim_path_do(sim_of(vfs), SIM_RENAME, from, to);
}

static int sim_link(cstn__vfs *vfs, const char *from, const char *to)
{
	return sim_path_do(sim_of(vfs), SIM_LINK, from, to);
}

static int sim_unlink(cstn__vfs *vfs, const char *path)
{
	return sim_path_do(sim_of(vfs), SIM_UNLINK, path, NULL);
}

static int sim_list(cstn__vfs *vfs, const char *path, int (*each)(void *context, const char *name),
		void *context)
{
	sim_vfs *sim = sim_of(vfs);
	sim_entry *names = NULL;
	uint32_t inode;
	size_t n = 0;
	sim_call call;
	int error;

	sim_call_set(&call, SIM_LIST, path);
	error = sim_begin(sim, &call);
	if (error == SIM_DEAD)
		return EIO;
	if (error == SIM_SHORT)
		error = EIO;
	if (!error)
		error = sim_find(sim->disk, path, &inode);
	if (!error && !sim->disk->inodes[inode]->folder)
		error = ENOTDIR;
	if (!error) {
		n = sim->disk->inodes[inode]->now.n;
		names = test_alloc(n * sizeof(*names));
		if (n)
			memcpy(names, sim->disk->inodes[inode]->now.items, n * sizeof(*names));
	}
	error = sim_end(sim, &call, error);
	for (size_t i = 0; i < n; i++)
		if (each(context, names[i].name))
			break;
	free(names);
	return error;
}

static int sim_lock_do(sim_vfs *sim, cstn__vfs_file *file, uint64_t byte, int mode)
{
	sim_disk *disk = sim->disk;
	sim_lock *mine = NULL;

	for (size_t i = 0; i < disk->n_locks; i++) {
		sim_lock *lock = &disk->locks[i];

		if (lock->inode != file->inode || lock->byte != byte)
			continue;
		if (lock->holder == file)
			mine = lock;
		else if (mode == CSTN__VFS_EXCLUDE ||
				(mode == CSTN__VFS_SHARED && lock->mode == CSTN__VFS_EXCLUDE))
			return EAGAIN;
	}
	if (mode == CSTN__VFS_UNLOCK) {
		if (mine)
			*mine = disk->locks[--disk->n_locks];
		return 0;
	}
	if (mode == CSTN__VFS_EXCLUDE && !(file->flags & CSTN__VFS_WRITE))
		return EBADF;
	if (!mine) {
		disk->locks = test_grow(disk->locks, &disk->lock_capacity, disk->n_locks + 1,
				sizeof(*disk->locks));
		mine = &disk->locks[disk->n_locks++];
		mine->inode = file->inode;
		mine->byte = byte;
		mine->holder = file;
	}
	mine->mode = mode;
	return 0;
}

static int sim_lock_call(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t byte, int mode)
{
	sim_vfs *sim = sim_of(vfs);
	sim_call call;
	int error;

	sim_call_set(&call, SIM_LOCK, file->name);
	call.flags = (uint32_t)mode;
	call.offset = byte;
	error = sim_begin(sim, &call);
	if (error == SIM_DEAD)
		return EIO;
	if (error == SIM_SHORT)
		error = EIO;
	return sim_end(sim, &call, error ? error : sim_lock_do(sim, file, byte, mode));
}

static int sim_is_network(cstn__vfs *vfs, const char *path, int *out)
{
	(void)vfs;
	(void)path;
	*out = 0;
	return 0;
}

static int sim_random_bytes(cstn__vfs *vfs, void *data, size_t size)
{
	sim_vfs *sim = sim_of(vfs);
	uint8_t *bytes = data;
	sim_call call;
	int error;

	sim_call_set(&call, SIM_RANDOM, "");
	error = sim_begin(sim, &call);
	if (error == SIM_DEAD)
		return EIO;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)sim_random(sim->seed, sim->randoms++);
	return sim_end(sim, &call, error == SIM_SHORT ? EIO : error);
}

static uint64_t sim_process(cstn__vfs *vfs)
{
	return sim_of(vfs)->process;
}

sim_vfs *sim_vfs_new(sim_disk *disk, uint64_t seed)
{
	sim_vfs *sim = test_alloc(sizeof(*sim));

	sim->disk = sim_disk_ref(disk);
	sim->seed = seed;
	sim->process = 1;
	sim->vfs.user = sim;
	sim->vfs.open = sim_open;
	sim->vfs.close = sim_close;
	sim->vfs.read = sim_read;
	sim->vfs.write = sim_write_bytes;
	sim->vfs.size = sim_size;
	sim->vfs.sync = sim_sync;
	sim->vfs.sync_data = sim_sync_data;
	sim->vfs.sync_folder = sim_sync_folder;
	sim->vfs.make_folder = sim_make_folder;
	sim->vfs.rename = sim_rename;
	sim->vfs.link = sim_link;
	sim->vfs.unlink = sim_unlink;
	sim->vfs.list = sim_list;
	sim->vfs.lock = sim_lock_call;
	sim->vfs.is_network = sim_is_network;
	sim->vfs.random = sim_random_bytes;
	sim->vfs.process = sim_process;
	return sim;
}

void sim_vfs_kill(sim_vfs *sim)
{
	pthread_mutex_lock(&sim->disk->mutex);
	sim->dead = 1;
	for (cstn__vfs_file *file = sim->files; file; file = file->next)
		sim_unlock_all(sim->disk, file);
	pthread_mutex_unlock(&sim->disk->mutex);
}

void sim_vfs_free(sim_vfs *sim)
{
	if (!sim)
		return;
	sim_vfs_kill(sim);
	while (sim->files) {
		cstn__vfs_file *file = sim->files;

		sim->files = file->next;
		free(file);
	}
	free(sim->trace);
	sim_disk_unref(sim->disk);
	free(sim);
}

void sim_vfs_trace_clear(sim_vfs *sim)
{
	sim->n_trace = 0;
}

uint64_t sim_vfs_open_files(const sim_vfs *sim)
{
	uint64_t n = 0;

	for (const cstn__vfs_file *file = sim->files; file; file = file->next)
		n++;
	return n;
}
