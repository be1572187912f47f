#ifndef TESTS_VAULT_FIXTURE_H
#define TESTS_VAULT_FIXTURE_H

#include <constellation/constellation.h>

#include "posix_folder.h"

/* What is planted, to be looked for in files. */
#define VAULT_MARK "planted.person@example.org"

/* A vault with a log of its own, in a folder or in memory. */
typedef struct vault_fixture {
	posix_folder folder;
	char path[512]; /* "" in memory */
	cstn_log *log;
	cstn_vault *vault;
	cstn_vault_options options;
} vault_fixture;
void vault_begin(vault_fixture *at, int on_disk);
void vault_reopen(vault_fixture *at); /* after a close */
void vault_end(vault_fixture *at);

/* A cell of subject and record `who`. */
cstn_vault_cell vault_cell(const char *who, const char *path, const char *value);
cstn_status vault_put(vault_fixture *at, const char *who, const char *path, const char *value);
/* The value, or the name of the status: of the thread's last call. */
const char *vault_get(vault_fixture *at, const char *who, const char *path);
cstn_status vault_erase(vault_fixture *at, const char *who, cstn_buffer **proof);
/* How many of the vault's files hold these bytes. */
int vault_files_with(const vault_fixture *at, const void *bytes, size_t size);
/* A root key of 32 bytes, all of them the number that `user` points to. */
cstn_status vault_root_key(void *user, uint8_t *key);

#endif
