/* The POSIX disk and the names of files: what each call does, its reasons, locks, forks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing_allocator.h"
#include "posix_folder.h"
#include "store/manifest.h"
#include "store/vfs.h"
#include "suite.h"

#define WRITE_NEW (CSTN__VFS_WRITE | CSTN__VFS_CREATE | CSTN__VFS_EXCLUSIVE)

typedef struct disk_fixture {
	cstn__vfs_posix posix;
	cstn__vfs *vfs;
	posix_folder folder;
	char path[512], other[512];
} disk_fixture;

static void set_up(disk_fixture *disk)
{
	cstn__vfs_posix_init(&disk->posix, NULL);
	disk->vfs = &disk->posix.vfs;
	posix_folder_make(&disk->folder);
	posix_folder_at(&disk->folder, "LOCK", disk->path);
	posix_folder_at(&disk->folder, "other", disk->other);
}

static void tear_down(disk_fixture *disk)
{
	posix_folder_remove(&disk->folder);
	cstn__vfs_posix_free(&disk->posix);
}

static cstn__vfs_file *open_file(disk_fixture *disk, uint32_t flags)
{
	cstn__vfs_file *file = NULL;

	ck_assert_int_eq(disk->vfs->open(disk->vfs, disk->path, flags, &file), 0);
	return file;
}

START_TEST(names_of_files_are_those_of_the_format)
{
	static const struct {
		uint32_t kind;
		const char *name;
	} rows[] = {{0, "MANIFEST-00000000000000ff"}, {1, "seg-00000000000000ff.cstn"},
			{2, "log-00000000000000ff.cstn"}, {3, "del-00000000000000ff.cstn"},
			{4, "drv-00000000000000ff.cstn"}, {5, "key-00000000000000ff.cstn"},
			{CSTN__FILE_UNFINISHED, "tmp-00000000000000ff"}};
	char name[CSTN__FILE_NAME];
	uint64_t number;
	uint32_t kind;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cstn__file_name(rows[i].kind, 255, name);
		ck_assert_str_eq(name, rows[i].name);
		ck_assert_int_eq(cstn__file_name_read(name, &kind, &number), 1);
		ck_assert_uint_eq(kind, rows[i].kind);
		ck_assert_uint_eq(number, 255);
		cstn__file_name(rows[i].kind, UINT64_MAX, name);
		ck_assert_int_eq(cstn__file_name_read(name, &kind, &number), 1);
		ck_assert_uint_eq(number, UINT64_MAX);
	}
}
END_TEST

START_TEST(names_of_strangers_are_not_ours)
{
	static const char *const names[] = {"", "LOCK", "MANIFEST", "MANIFEST-", "MANIFEST-1",
			"MANIFEST-00000000000000f", "MANIFEST-00000000000000fff",
			"MANIFEST-00000000000000FF", "MANIFEST-0000000000000x01",
			"MANIFEST-00000000000000ff.cstn", "manifest-00000000000000ff",
			"seg-00000000000000ff", "seg-00000000000000ff.cst",
			"seg-00000000000000ff.cstn~", "tmp-00000000000000ff.cstn",
			"abc-00000000000000ff.cstn", " seg-0000000000000ff.cstn",
			"seg-+0000000000000ff.cstn"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t number = 7;
		uint32_t kind = 77;

		ck_assert_int_eq(cstn__file_name_read(names[i], &kind, &number), 0);
		ck_assert_uint_eq(kind, 77);
		ck_assert_uint_eq(number, 7);
	}
}
END_TEST

START_TEST(bytes_that_were_written_are_read_where_they_lie)
{
	uint8_t bytes[32];
	disk_fixture disk;
	cstn__vfs_file *file;
	uint64_t size = 0;
	size_t n = 0;

	set_up(&disk);
	file = open_file(&disk, WRITE_NEW);
	ck_assert_int_eq(disk.vfs->write(disk.vfs, file, "constellation", 13, 10, &n), 0);
	ck_assert_uint_eq(n, 13);
	ck_assert_int_eq(disk.vfs->size(disk.vfs, file, &size), 0);
	ck_assert_uint_eq(size, 23);
	ck_assert_int_eq(disk.vfs->read(disk.vfs, file, bytes, sizeof(bytes), 8, &n), 0);
	ck_assert_uint_eq(n, 15);
	ck_assert_mem_eq(bytes, "\0\0constellation", 15);
	ck_assert_int_eq(disk.vfs->read(disk.vfs, file, bytes, sizeof(bytes), 23, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(disk.vfs->sync_data(disk.vfs, file), 0);
	ck_assert_int_eq(disk.vfs->sync(disk.vfs, file), 0);
	ck_assert_int_eq(disk.vfs->sync_folder(disk.vfs, disk.folder.path), 0);
	disk.vfs->close(disk.vfs, file);
	tear_down(&disk);
}
END_TEST

START_TEST(offsets_beyond_the_system_are_refused)
{
	uint8_t byte = 0;
	disk_fixture disk;
	cstn__vfs_file *file;
	size_t n = 7;

	set_up(&disk);
	file = open_file(&disk, WRITE_NEW);
	ck_assert_int_eq(disk.vfs->write(disk.vfs, file, &byte, 1, INT64_MAX, &n), EFBIG);
	ck_assert_int_eq(disk.vfs->read(disk.vfs, file, &byte, 1, UINT64_MAX, &n), EFBIG);
	ck_assert_uint_eq(n, 7);
	ck_assert_int_eq(disk.vfs->read(disk.vfs, file, &byte, 1, INT64_MAX - 1, &n), 0);
	ck_assert_uint_eq(n, 0);
	disk.vfs->close(disk.vfs, file);
	tear_down(&disk);
}
END_TEST

START_TEST(reasons_are_those_of_the_system)
{
	disk_fixture disk;
	cstn__vfs_file *file = NULL;
	uint64_t size;
	int network;

	set_up(&disk);
	ck_assert_int_eq(disk.vfs->open(disk.vfs, disk.path, CSTN__VFS_READ, &file), ENOENT);
	ck_assert_int_eq(disk.vfs->open(disk.vfs, disk.path, CSTN__VFS_WRITE, &file), ENOENT);
	ck_assert_ptr_null(file);
	file = open_file(&disk, WRITE_NEW);
	disk.vfs->close(disk.vfs, file);
	file = NULL;
	ck_assert_int_eq(disk.vfs->open(disk.vfs, disk.path, WRITE_NEW, &file), EEXIST);
	ck_assert_int_eq(disk.vfs->make_folder(disk.vfs, disk.path), EEXIST);
	ck_assert_int_eq(disk.vfs->unlink(disk.vfs, disk.other), ENOENT);
	ck_assert_int_eq(disk.vfs->rename(disk.vfs, disk.other, disk.path), ENOENT);
	ck_assert_int_eq(disk.vfs->link(disk.vfs, disk.other, disk.path), ENOENT);
	ck_assert_int_eq(disk.vfs->sync_folder(disk.vfs, disk.other), ENOENT);
	ck_assert_int_eq(disk.vfs->sync_folder(disk.vfs, disk.path), ENOTDIR);
	ck_assert_int_eq(disk.vfs->is_network(disk.vfs, disk.other, &network), ENOENT);
	ck_assert_int_eq(disk.vfs->open(disk.vfs, disk.folder.path, CSTN__VFS_READ, &file), 0);
	ck_assert_int_eq(disk.vfs->size(disk.vfs, file, &size), EISDIR);
	disk.vfs->close(disk.vfs, file);
	tear_down(&disk);
}
END_TEST

START_TEST(a_file_opened_for_reading_is_not_written)
{
	disk_fixture disk;
	cstn__vfs_file *file;
	size_t n;

	set_up(&disk);
	file = open_file(&disk, WRITE_NEW);
	disk.vfs->close(disk.vfs, file);
	file = open_file(&disk, CSTN__VFS_READ);
	ck_assert_int_eq(disk.vfs->write(disk.vfs, file, "x", 1, 0, &n), EBADF);
	disk.vfs->close(disk.vfs, file);
	tear_down(&disk);
}
END_TEST

typedef struct seen_names {
	char names[8][CSTN__FILE_NAME];
	size_t n, stop_at;
} seen_names;

static int see_name(void *context, const char *name)
{
	seen_names *seen = context;

	ck_assert_uint_lt(seen->n, 8);
	snprintf(seen->names[seen->n++], CSTN__FILE_NAME, "%s", name);
	return seen->n == seen->stop_at;
}

START_TEST(a_folder_lists_every_name_but_its_own)
{
	disk_fixture disk;
	seen_names seen = {0};

	set_up(&disk);
	ck_assert_int_eq(disk.vfs->list(disk.vfs, disk.folder.path, see_name, &seen), 0);
	ck_assert_uint_eq(seen.n, 0);
	disk.vfs->close(disk.vfs, open_file(&disk, WRITE_NEW));
	ck_assert_int_eq(disk.vfs->make_folder(disk.vfs, disk.other), 0);
	ck_assert_int_eq(disk.vfs->list(disk.vfs, disk.folder.path, see_name, &seen), 0);
	ck_assert_uint_eq(seen.n, 2);
	ck_assert(strcmp(seen.names[0], "LOCK") == 0 || strcmp(seen.names[1], "LOCK") == 0);
	ck_assert(strcmp(seen.names[0], "other") == 0 || strcmp(seen.names[1], "other") == 0);
	seen.n = 0;
	seen.stop_at = 1;
	ck_assert_int_eq(disk.vfs->list(disk.vfs, disk.folder.path, see_name, &seen), 0);
	ck_assert_uint_eq(seen.n, 1);
	ck_assert_int_eq(disk.vfs->list(disk.vfs, disk.path, see_name, &seen), ENOTDIR);
	tear_down(&disk);
}
END_TEST

START_TEST(files_are_renamed_linked_and_unlinked)
{
	disk_fixture disk;
	cstn__vfs_file *file;
	uint64_t size = 0;
	size_t n;

	set_up(&disk);
	file = open_file(&disk, WRITE_NEW);
	ck_assert_int_eq(disk.vfs->write(disk.vfs, file, "abc", 3, 0, &n), 0);
	disk.vfs->close(disk.vfs, file);
	ck_assert_int_eq(disk.vfs->link(disk.vfs, disk.path, disk.other), 0);
	ck_assert_int_eq(disk.vfs->link(disk.vfs, disk.path, disk.other), EEXIST);
	ck_assert_int_eq(disk.vfs->unlink(disk.vfs, disk.path), 0);
	ck_assert_int_eq(disk.vfs->rename(disk.vfs, disk.other, disk.path), 0);
	file = open_file(&disk, CSTN__VFS_READ);
	ck_assert_int_eq(disk.vfs->size(disk.vfs, file, &size), 0);
	ck_assert_uint_eq(size, 3);
	disk.vfs->close(disk.vfs, file);
	tear_down(&disk);
}
END_TEST

START_TEST(random_bytes_differ_and_fill_the_whole_of_it)
{
	uint8_t first[700] = {0}, second[700] = {0};
	disk_fixture disk;
	size_t zeros = 0;

	set_up(&disk);
	ck_assert_int_eq(disk.vfs->random(disk.vfs, first, sizeof(first)), 0);
	ck_assert_int_eq(disk.vfs->random(disk.vfs, second, sizeof(second)), 0);
	ck_assert_int_ne(memcmp(first, second, 16), 0);
	for (size_t i = 0; i < sizeof(first); i++)
		zeros += first[i] == 0;
	ck_assert_uint_lt(zeros, 50);
	tear_down(&disk);
}
END_TEST

START_TEST(a_local_folder_is_no_network)
{
	disk_fixture disk;
	int network = 7;

	set_up(&disk);
	ck_assert_int_eq(disk.vfs->is_network(disk.vfs, disk.folder.path, &network), 0);
	ck_assert(network == 0 || network == 1); /* the folder for tests may be anywhere */
	ck_assert_int_eq(disk.vfs->is_network(disk.vfs, "/proc", &network), 0);
	ck_assert_int_eq(network, 0);
	tear_down(&disk);
}
END_TEST

START_TEST(two_opens_of_one_process_exclude_each_other)
{
	disk_fixture disk;
	cstn__vfs_file *first, *second;

	set_up(&disk);
	first = open_file(&disk, CSTN__VFS_WRITE | CSTN__VFS_CREATE);
	second = open_file(&disk, CSTN__VFS_WRITE);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, first, 0, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, first, 0, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, second, 0, CSTN__VFS_EXCLUDE), EAGAIN);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, second, 0, CSTN__VFS_SHARED), EAGAIN);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, first, 0, CSTN__VFS_UNLOCK), 0);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, second, 0, CSTN__VFS_EXCLUDE), 0);
	disk.vfs->close(disk.vfs, second);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, first, 0, CSTN__VFS_EXCLUDE), 0);
	disk.vfs->close(disk.vfs, first);
	tear_down(&disk);
}
END_TEST

START_TEST(closing_another_descriptor_of_the_file_keeps_the_lock)
{
	disk_fixture disk;
	cstn__vfs_file *first, *second;

	set_up(&disk);
	first = open_file(&disk, CSTN__VFS_WRITE | CSTN__VFS_CREATE);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, first, 0, CSTN__VFS_EXCLUDE), 0);
	disk.vfs->close(disk.vfs, open_file(&disk, CSTN__VFS_WRITE));
	second = open_file(&disk, CSTN__VFS_WRITE);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, second, 0, CSTN__VFS_EXCLUDE), EAGAIN);
	disk.vfs->close(disk.vfs, second);
	disk.vfs->close(disk.vfs, first);
	tear_down(&disk);
}
END_TEST

START_TEST(readers_share_a_byte_and_keep_a_writer_out)
{
	disk_fixture disk;
	cstn__vfs_file *readers[2], *writer;

	set_up(&disk);
	writer = open_file(&disk, CSTN__VFS_WRITE | CSTN__VFS_CREATE);
	for (int i = 0; i < 2; i++) {
		readers[i] = open_file(&disk, CSTN__VFS_READ);
		ck_assert_int_eq(disk.vfs->lock(disk.vfs, readers[i], 1, CSTN__VFS_SHARED), 0);
	}
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, writer, 1, CSTN__VFS_EXCLUDE), EAGAIN);
	disk.vfs->close(disk.vfs, readers[0]);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, writer, 1, CSTN__VFS_EXCLUDE), EAGAIN);
	disk.vfs->close(disk.vfs, readers[1]);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, writer, 1, CSTN__VFS_EXCLUDE), 0);
	disk.vfs->close(disk.vfs, writer);
	tear_down(&disk);
}
END_TEST

#ifdef __linux__
START_TEST(bytes_are_locked_each_for_itself)
{
	disk_fixture disk;
	cstn__vfs_file *writer, *reader;

	set_up(&disk);
	writer = open_file(&disk, CSTN__VFS_WRITE | CSTN__VFS_CREATE);
	reader = open_file(&disk, CSTN__VFS_READ);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, writer, 0, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, reader, 1, CSTN__VFS_SHARED), 0);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, reader, 1, CSTN__VFS_UNLOCK), 0);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, writer, 1, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, writer, 1, CSTN__VFS_UNLOCK), 0);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, reader, 0, CSTN__VFS_SHARED), EAGAIN);
	disk.vfs->close(disk.vfs, reader);
	disk.vfs->close(disk.vfs, writer);
	tear_down(&disk);
}
END_TEST
#endif

/* The exit code of a child that runs `in_child`. */
static int fork_and(disk_fixture *disk, cstn__vfs_file *file,
		int (*in_child)(disk_fixture *disk, cstn__vfs_file *file))
{
	int state = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(in_child(disk, file));
	ck_assert_int_eq(waitpid(child, &state, 0), child);
	ck_assert(WIFEXITED(state));
	return WEXITSTATUS(state);
}

static int close_in_child(disk_fixture *disk, cstn__vfs_file *file)
{
	disk->vfs->close(disk->vfs, file);
	return 0;
}

START_TEST(a_forked_child_that_closes_does_not_drop_the_lock)
{
	disk_fixture disk;
	cstn__vfs_file *writer, *other;

	set_up(&disk);
	writer = open_file(&disk, CSTN__VFS_WRITE | CSTN__VFS_CREATE);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, writer, 0, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(fork_and(&disk, writer, close_in_child), 0);
	other = open_file(&disk, CSTN__VFS_WRITE);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, other, 0, CSTN__VFS_EXCLUDE), EAGAIN);
	disk.vfs->close(disk.vfs, other);
	disk.vfs->close(disk.vfs, writer);
	tear_down(&disk);
}
END_TEST

static int lock_in_child(disk_fixture *disk, cstn__vfs_file *file)
{
	cstn__vfs_file *own = NULL;
	int reason;

	(void)file;
	if (disk->vfs->open(disk->vfs, disk->path, CSTN__VFS_WRITE, &own) != 0)
		return 1;
	reason = disk->vfs->lock(disk->vfs, own, 0, CSTN__VFS_EXCLUDE);
	disk->vfs->close(disk->vfs, own);
	return reason == EAGAIN ? 0 : 2;
}

START_TEST(another_process_does_not_get_the_lock)
{
	disk_fixture disk;
	cstn__vfs_file *writer;

	set_up(&disk);
	writer = open_file(&disk, CSTN__VFS_WRITE | CSTN__VFS_CREATE);
	ck_assert_int_eq(disk.vfs->lock(disk.vfs, writer, 0, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(fork_and(&disk, writer, lock_in_child), 0);
	disk.vfs->close(disk.vfs, writer);
	tear_down(&disk);
}
END_TEST

static uint64_t parent_process(disk_fixture *disk)
{
	return disk->vfs->process(disk->vfs);
}

static int compare_in_child(disk_fixture *disk, cstn__vfs_file *file)
{
	uint64_t parent;
	size_t n;
	int differs;

	if (disk->vfs->read(disk->vfs, file, &parent, sizeof(parent), 0, &n) != 0 ||
			n != sizeof(parent))
		return 1;
	differs = disk->vfs->process(disk->vfs) != parent;
	cstn__vfs_posix_free(&disk->posix);
	return differs ? 0 : 2;
}

START_TEST(process_differs_in_a_forked_child_and_nowhere_else)
{
	/* An emulator may take MADV_WIPEONFORK and do nothing: only getpid() tells there. */
	for (int with_page = 0; with_page < (getenv("CSTN_EMULATED") ? 1 : 2); with_page++) {
		disk_fixture disk;
		cstn__vfs_file *file;
		uint64_t process;
		size_t n;

		set_up(&disk);
		if (!with_page)
			cstn__vfs_posix_free(&disk.posix); /* then it asks getpid() */
		process = parent_process(&disk);
		file = open_file(&disk, WRITE_NEW);
		ck_assert_int_eq(disk.vfs->write(disk.vfs, file, &process, sizeof(process), 0, &n),
				0);
		ck_assert_int_eq(fork_and(&disk, file, compare_in_child), 0);
		ck_assert_uint_eq(disk.vfs->process(disk.vfs), process);
		disk.vfs->close(disk.vfs, file);
		tear_down(&disk);
	}
}
END_TEST

START_TEST(descriptors_do_not_outlive_an_exec)
{
	char command[640], *argv[] = {"sh", "-c", command, NULL};
	struct stat ours;
	disk_fixture disk;
	cstn__vfs_file *file;
	int state;
	pid_t child;

	set_up(&disk);
	file = open_file(&disk, WRITE_NEW);
	ck_assert_int_eq(stat(disk.path, &ours), 0);
	snprintf(command, sizeof(command),
			"for f in /proc/self/fd/*; do [ \"$f\" -ef '%s' ] && exit 1; done; exit 0",
			disk.path);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		execv("/bin/sh", argv);
		_exit(3);
	}
	ck_assert_int_eq(waitpid(child, &state, 0), child);
	ck_assert_int_eq(state, 0);
	disk.vfs->close(disk.vfs, file);
	tear_down(&disk);
}
END_TEST

START_TEST(out_of_memory_at_open_leaves_no_descriptor)
{
	failing_allocator memory;
	cstn__vfs_posix posix;
	disk_fixture disk;
	cstn__vfs_file *file = NULL;

	set_up(&disk);
	failing_allocator_init(&memory, 1);
	cstn__vfs_posix_init(&posix, &memory.allocator);
	ck_assert_int_eq(posix.vfs.open(&posix.vfs, disk.path, WRITE_NEW, &file), ENOMEM);
	ck_assert_ptr_null(file);
	ck_assert_int_ne(access(disk.path, F_OK), 0);
	ck_assert_int_eq(posix.vfs.open(&posix.vfs, disk.other, CSTN__VFS_READ, &file), ENOENT);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	ck_assert_int_eq(posix.vfs.open(&posix.vfs, disk.path, WRITE_NEW, &file), 0);
	posix.vfs.close(&posix.vfs, file);
	posix.vfs.close(&posix.vfs, NULL);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	cstn__vfs_posix_free(&posix);
	tear_down(&disk);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			names_of_files_are_those_of_the_format,
			names_of_strangers_are_not_ours,
			bytes_that_were_written_are_read_where_they_lie,
			offsets_beyond_the_system_are_refused,
			reasons_are_those_of_the_system,
			a_file_opened_for_reading_is_not_written,
			a_folder_lists_every_name_but_its_own,
			files_are_renamed_linked_and_unlinked,
			random_bytes_differ_and_fill_the_whole_of_it,
			a_local_folder_is_no_network,
			two_opens_of_one_process_exclude_each_other,
			closing_another_descriptor_of_the_file_keeps_the_lock,
			readers_share_a_byte_and_keep_a_writer_out,
#ifdef __linux__
			bytes_are_locked_each_for_itself,
#endif
			a_forked_child_that_closes_does_not_drop_the_lock,
			another_process_does_not_get_the_lock,
			process_differs_in_a_forked_child_and_nowhere_else,
			descriptors_do_not_outlive_an_exec,
			out_of_memory_at_open_leaves_no_descriptor,
	};

	return run_tests("store_vfs", tests, sizeof(tests) / sizeof(tests[0]));
}
