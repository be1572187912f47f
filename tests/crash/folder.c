/* Real folders for the tests of the store. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "oracle.h"
#include "sim_vfs.h"
#include "store/log.h"

void folder_make(char *path, size_t size)
{
	const char *top = getenv("CSTN_TEST_FOLDER");

	if (!top)
		top = getenv("TMPDIR");
	snprintf(path, size, "%s/cstn-crash-XXXXXX", top && top[0] ? top : "/tmp");
	if (!mkdtemp(path)) {
		perror(path);
		exit(99);
	}
}

static void folder_each(const char *path, void (*each)(const char *file, mode_t mode), mode_t mode)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	char file[600];

	while (folder && (entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		each(file, mode);
	}
	if (folder)
		closedir(folder);
}

static void folder_drop(const char *file, mode_t mode)
{
	struct stat found;

	if (lstat(file, &found) == 0 && S_ISDIR(found.st_mode)) {
		folder_each(file, folder_drop, mode);
		rmdir(file);
	} else {
		unlink(file);
	}
}

void folder_remove(const char *path)
{
	folder_drop(path, 0);
}

static void folder_mode(const char *file, mode_t mode)
{
	if (chmod(file, mode) != 0)
		perror(file);
}

void folder_modes(const char *path, mode_t files, mode_t folder)
{
	chmod(path, 0755);
	folder_each(path, folder_mode, files);
	chmod(path, folder);
}

int folder_two_commits(cstn__vfs *vfs, const char *path, const cstn__store_options *options,
		char *why, size_t size)
{
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	cstn__transaction *transaction = NULL;
	cstn__store *store = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	uint64_t seq;

	changes->n = 1;
	changes->ops[0].kind = CSTN__OP_UPSERT;
	changes->ops[0].table = ROWS_ORDERS;
	changes->ops[0].n = 3;
	status = cstn__store_open(vfs, path, &rows_schema, options, NULL, &store, &error);
	if (status == CSTN_OK)
		status = cstn__transaction_new(store, &transaction, &error);
	for (uint32_t i = 0; i < 2 && status == CSTN_OK; i++) {
		for (uint32_t row = 0; row < 3; row++)
			changes->ops[0].rows[row] = (row_spec){row, i, 10 + i};
		status = oracle_fill(changes, transaction, &error);
		if (status == CSTN_OK)
			status = cstn__transaction_commit(transaction, &seq, &error);
	}
	snprintf(why, size, "%s", cstn_error_message(error));
	cstn_error_free(error);
	cstn__transaction_free(transaction);
	cstn__store_unref(store);
	free(changes);
	return status == CSTN_OK ? 0 : -1;
}
