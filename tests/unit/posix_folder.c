#define _GNU_SOURCE
#include "posix_folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <check.h>

void posix_folder_make(posix_folder *folder)
{
	const char *parent = getenv("TMPDIR");

	snprintf(folder->path, sizeof(folder->path), "%s/constellation-XXXXXX",
			parent && *parent ? parent : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder->path));
}

const char *posix_folder_at(posix_folder *folder, const char *name, char out[512])
{
	snprintf(out, 512, "%s/%s", folder->path, name);
	return out;
}

static int remove_one(const char *path, const struct stat *what, int type, struct FTW *place)
{
	(void)what;
	(void)type;
	(void)place;
	return remove(path);
}

void posix_folder_remove(posix_folder *folder)
{
	ck_assert_int_eq(nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}
