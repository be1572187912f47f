#include "store_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "store_fixture.h"

void store_folder_begin(store_folder *folder)
{
	const char *top = getenv("TMPDIR");

	memset(folder, 0, sizeof(*folder));
	snprintf(folder->top, sizeof(folder->top), "%s/cstn-store-XXXXXX", top ? top : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder->top));
	snprintf(folder->path, sizeof(folder->path), "%s/store", folder->top);
	cstn__vfs_posix_init(&folder->disk, NULL);
}

static int each_file(const store_folder *folder, const char *prefix,
		void (*each)(const char *file, void *context), void *context)
{
	DIR *dir = opendir(folder->path);
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)) != NULL) {
		char file[600];

		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s", folder->path, entry->d_name);
		if (each)
			each(file, context);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

static void remove_one(const char *file, void *context)
{
	(void)context;
	unlink(file);
}

static void keep_last(const char *file, void *context)
{
	char *out = context;

	if (strcmp(file, out) > 0)
		snprintf(out, 600, "%s", file);
}

void store_folder_end(store_folder *folder)
{
	each_file(folder, "", remove_one, NULL);
	rmdir(folder->path);
	rmdir(folder->top);
	cstn__vfs_posix_free(&folder->disk);
}

int store_folder_count(const store_folder *folder, const char *prefix)
{
	return each_file(folder, prefix, NULL, NULL);
}

void store_folder_remove_files(const store_folder *folder, const char *prefix)
{
	each_file(folder, prefix, remove_one, NULL);
}

void store_folder_last(const store_folder *folder, const char *prefix, char out[600])
{
	out[0] = 0;
	ck_assert_int_gt(each_file(folder, prefix, keep_last, out), 0);
}

void store_folder_flip(const char *file, long offset)
{
	FILE *stream = fopen(file, "r+b");
	int byte;

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fseek(stream, offset, offset < 0 ? SEEK_END : SEEK_SET), 0);
	byte = fgetc(stream);
	ck_assert_int_ne(byte, EOF);
	ck_assert_int_eq(fseek(stream, -1, SEEK_CUR), 0);
	fputc(byte ^ 1, stream);
	fclose(stream);
}

cstn__store *store_folder_open(store_folder *folder, const cstn__store_options *options)
{
	cstn__store *store = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn__store_open(&folder->disk.vfs, folder->path, &store_schema,
			options, NULL, &store, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return store;
}

cstn__store *store_folder_reopen(
		store_folder *folder, cstn__store *store, const cstn__store_options *options)
{
	cstn_error *error = NULL;
	cstn_status status = cstn__store_close(store, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn__store_unref(store);
	return store_folder_open(folder, options);
}
