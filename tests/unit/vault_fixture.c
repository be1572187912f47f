#define _GNU_SOURCE /* memmem */

#include "vault_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_fixture.h"
#include "suite.h"

cstn_status vault_root_key(void *user, uint8_t *key)
{
	memset(key, *(const uint8_t *)user, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

static cstn_status open_it(vault_fixture *at)
{
	return cstn_vault_open(at->path[0] ? at->path : NULL, &at->options, NULL, &at->vault, NULL);
}

void vault_begin(vault_fixture *at, int on_disk)
{
	static uint8_t number = 7;
	const cstn_vault_options fresh = CSTN_VAULT_OPTIONS_INIT;

	memset(at, 0, sizeof(*at));
	if (on_disk) {
		posix_folder_make(&at->folder);
		posix_folder_at(&at->folder, "vault", at->path);
	}
	at->log = ledger_log("vault.example/log");
	at->options = fresh;
	at->options.root_key = vault_root_key;
	at->options.root_key_user = &number;
	at->options.tenant = "acme";
	at->options.actor = "privacy desk";
	at->options.log = at->log;
	at->options.signer = ledger_signer();
	ck_assert_int_eq(open_it(at), CSTN_OK);
}

void vault_reopen(vault_fixture *at)
{
	ck_assert_int_eq(cstn_vault_close(at->vault, NULL), CSTN_OK);
	cstn_vault_free(at->vault);
	at->vault = NULL;
	ck_assert_int_eq(open_it(at), CSTN_OK);
}

void vault_end(vault_fixture *at)
{
	cstn_vault_free(at->vault);
	cstn_log_free(at->log);
	if (at->path[0])
		posix_folder_remove(&at->folder);
}

cstn_vault_cell vault_cell(const char *who, const char *path, const char *value)
{
	return (cstn_vault_cell){.subject = who,
			.record = who,
			.path = path,
			.value = (const uint8_t *)value,
			.value_size = strlen(value),
			.category = CSTN_VAULT_CONTACT,
			.form = strstr(path, "email") ? CSTN_VAULT_FORM_EMAIL
						      : CSTN_VAULT_FORM_NONE,
			.schema_version = 1};
}

cstn_status vault_put(vault_fixture *at, const char *who, const char *path, const char *value)
{
	cstn_vault_cell cell = vault_cell(who, path, value);

	return cstn_vault_put(at->vault, &cell, 1, 1000, NULL);
}

const char *vault_get(vault_fixture *at, const char *who, const char *path)
{
	static _Thread_local char text[256];
	cstn_buffer *value = NULL;
	cstn_status status = cstn_vault_get(at->vault, who, who, path, &value, NULL);

	snprintf(text, sizeof(text), "%s",
			status == CSTN_OK ? (const char *)cstn_buffer_data(value)
					  : cstn_status_name(status));
	cstn_buffer_free(value);
	return text;
}

cstn_status vault_erase(vault_fixture *at, const char *who, cstn_buffer **proof)
{
	return cstn_vault_erase_subject(at->vault, who, "asked by the person", 2000, proof, NULL);
}

static int file_has(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t n, most = 64u << 20;
	char *data = malloc(most);
	int found;

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(data);
	n = fread(data, 1, most, file);
	ck_assert_int_ne(feof(file), 0);
	found = memmem(data, n, bytes, size) != NULL;
	free(data);
	fclose(file);
	return found;
}

int vault_files_with(const vault_fixture *at, const void *bytes, size_t size)
{
	DIR *folder = opendir(at->path);
	struct dirent *entry;
	char path[800];
	int found = 0;

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", at->path, entry->d_name);
		found += file_has(path, bytes, size);
	}
	closedir(folder);
	return found;
}
