/* Locks where the system has none for single bytes: flock() of the whole file. The disk is compiled
 * in here once more, in that form. */
#define CSTN_VFS_WHOLE_FILE_LOCKS
#include "store/vfs_posix.c"

#include "posix_folder.h"
#include "suite.h"

typedef struct lock_fixture {
	cstn__vfs_posix posix;
	cstn__vfs *vfs;
	posix_folder folder;
	cstn__vfs_file *first, *second;
} lock_fixture;

static void set_up(lock_fixture *locks)
{
	char path[512];

	cstn__vfs_posix_init(&locks->posix, NULL);
	locks->vfs = &locks->posix.vfs;
	posix_folder_make(&locks->folder);
	posix_folder_at(&locks->folder, "LOCK", path);
	ck_assert_int_eq(locks->vfs->open(locks->vfs, path, CSTN__VFS_WRITE | CSTN__VFS_CREATE,
					 &locks->first),
			0);
	ck_assert_int_eq(locks->vfs->open(locks->vfs, path, CSTN__VFS_READ, &locks->second), 0);
}

static void tear_down(lock_fixture *locks)
{
	locks->vfs->close(locks->vfs, locks->first);
	locks->vfs->close(locks->vfs, locks->second);
	posix_folder_remove(&locks->folder);
	cstn__vfs_posix_free(&locks->posix);
}

START_TEST(letting_go_of_one_byte_keeps_what_another_holds)
{
	lock_fixture locks;

	set_up(&locks);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.first, 0, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.first, 1, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.first, 1, CSTN__VFS_UNLOCK), 0);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.second, 0, CSTN__VFS_EXCLUDE), EAGAIN);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.first, 0, CSTN__VFS_UNLOCK), 0);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.second, 0, CSTN__VFS_EXCLUDE), 0);
	tear_down(&locks);
}
END_TEST

START_TEST(a_writer_and_a_reader_shut_each_other_out_and_readers_do_not)
{
	lock_fixture locks;

	set_up(&locks);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.first, 0, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.second, 1, CSTN__VFS_SHARED), EAGAIN);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.first, 0, CSTN__VFS_SHARED), 0);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.second, 1, CSTN__VFS_SHARED), 0);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.first, 0, CSTN__VFS_EXCLUDE), EAGAIN);
	tear_down(&locks);
}
END_TEST

START_TEST(bytes_past_the_sixteenth_have_no_lock)
{
	lock_fixture locks;

	set_up(&locks);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.first, 15, CSTN__VFS_SHARED), 0);
	ck_assert_int_eq(locks.vfs->lock(locks.vfs, locks.first, 16, CSTN__VFS_SHARED), EINVAL);
	tear_down(&locks);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			letting_go_of_one_byte_keeps_what_another_holds,
			a_writer_and_a_reader_shut_each_other_out_and_readers_do_not,
			bytes_past_the_sixteenth_have_no_lock,
	};

	return run_tests("store_vfs_whole", tests, sizeof(tests) / sizeof(tests[0]));
}
