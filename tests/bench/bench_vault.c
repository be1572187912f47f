/* Erasures in a vault of many subjects, with what each asks of the disk counted; and beside each
 * two appends and syncs, of as many bytes as it wrote. Sees the inside of the library. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sharing/vault.h"
#include "store/file_io.h"

#include "bench.h"

#define SUBJECTS_A_PUT 16384
#define ORIGIN "bench.example/erasures"
#define SIGNER "not used: no checkpoint is made"

/* The machine's file system, counting. */
typedef struct counted {
	cstn__vfs_posix posix; /* first: the functions of `of` take it for theirs */
	cstn__vfs of;
	int64_t syncs, folder_syncs, writes, bytes;
} counted;

static int count_sync(cstn__vfs *vfs, cstn__vfs_file *file)
{
	counted *at = (counted *)vfs;

	at->syncs++;
	return at->of.sync(vfs, file);
}

static int count_sync_data(cstn__vfs *vfs, cstn__vfs_file *file)
{
	counted *at = (counted *)vfs;

	at->syncs++;
	return at->of.sync_data(vfs, file);
}

static int count_sync_folder(cstn__vfs *vfs, const char *path)
{
	counted *at = (counted *)vfs;

	at->folder_syncs++;
	return at->of.sync_folder(vfs, path);
}

static int count_write(cstn__vfs *vfs, cstn__vfs_file *file, const void *data, size_t size,
		uint64_t offset, size_t *put)
{
	counted *at = (counted *)vfs;

	at->writes++;
	at->bytes += (int64_t)size;
	return at->of.write(vfs, file, data, size, offset, put);
}

static void counted_init(counted *out)
{
	memset(out, 0, sizeof(*out));
	cstn__vfs_posix_init(&out->posix, NULL);
	out->of = out->posix.vfs;
	out->posix.vfs.sync = count_sync;
	out->posix.vfs.sync_data = count_sync_data;
	out->posix.vfs.sync_folder = count_sync_folder;
	out->posix.vfs.write = count_write;
}

static cstn_status root_key(void *user, uint8_t *key)
{
	(void)user;
	memset(key, 3, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

/* Subjects [first, first + n): an e-mail that is found, and a name. */
static cstn_status put_subjects(cstn_vault *vault, int64_t first, size_t n, cstn_error **error)
{
	typedef struct texts {
		char id[24], email[40], name[40];
	} texts;
	texts *all = calloc(n, sizeof(*all));
	cstn_vault_cell *cells = calloc(2 * n, sizeof(*cells));
	cstn_status status = all && cells ? CSTN_OK : cstn__fail_nomem(error);

	for (size_t i = 0; i < n && status == CSTN_OK; i++) {
		int64_t number = first + (int64_t)i;

		snprintf(all[i].id, sizeof(all[i].id), "c%" PRId64, number);
		snprintf(all[i].email, sizeof(all[i].email), "c%" PRId64 "@example.org", number);
		snprintf(all[i].name, sizeof(all[i].name), "Customer %" PRId64, number);
		cells[2 * i] = (cstn_vault_cell){.subject = all[i].id,
				.record = all[i].id,
				.path = "customer.email",
				.value = (const uint8_t *)all[i].email,
				.value_size = strlen(all[i].email),
				.category = CSTN_VAULT_CONTACT,
				.form = CSTN_VAULT_FORM_EMAIL,
				.schema_version = 1};
		cells[2 * i + 1] = (cstn_vault_cell){.subject = all[i].id,
				.record = all[i].id,
				.path = "customer.name",
				.value = (const uint8_t *)all[i].name,
				.value_size = strlen(all[i].name),
				.category = CSTN_VAULT_IDENTITY,
				.schema_version = 1};
	}
	if (status == CSTN_OK)
		status = cstn_vault_put(vault, cells, 2 * n, 1, error);
	free(cells);
	free(all);
	return status;
}

static cstn_status fill(cstn_vault *vault, int64_t subjects, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (int64_t at = 0; at < subjects && status == CSTN_OK; at += SUBJECTS_A_PUT)
		status = put_subjects(vault, at,
				(size_t)(subjects - at < SUBJECTS_A_PUT ? subjects - at
									: SUBJECTS_A_PUT),
				error);
	return status == CSTN_OK ? cstn__store_checkpoint(vault->store, error) : status;
}

/* Two files, as the log of the store and a file of keys are. */
typedef struct files {
	cstn__vfs *vfs;
	cstn__vfs_file *file[2];
	char path[2][512];
	uint64_t end;
} files;

static cstn_status append_twice(files *at, size_t bytes, double *seconds, cstn_error **error)
{
	static const uint8_t zeros[8192];
	size_t half = bytes / 2 < sizeof(zeros) ? bytes / 2 : sizeof(zeros);
	double begin = bench_now();
	cstn_status status = CSTN_OK;

	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		status = cstn__io_write(
				at->vfs, at->file[i], at->path[i], zeros, half, at->end, error);
		if (status == CSTN_OK && at->vfs->sync_data(at->vfs, at->file[i]) != 0)
			status = cstn__fail(error, CSTN_E_IO, "cannot sync %s", at->path[i]);
	}
	at->end += half;
	*seconds = bench_now() - begin;
	return status;
}

/* Somebody of the subjects, another one for each `turn` of `n`. */
static int64_t victim(int64_t turn, int64_t n, int64_t subjects)
{
	return subjects / n * turn + (turn * 7919) % (subjects / n);
}

static cstn_status erase_one(cstn_vault *vault, int64_t who, double *seconds, cstn_error **error)
{
	cstn_buffer *value = NULL;
	cstn_status status;
	char id[24];
	double begin;

	snprintf(id, sizeof(id), "c%" PRId64, who);
	status = cstn_vault_get(vault, id, id, "customer.name", &value, error);
	cstn_buffer_free(value);
	if (status != CSTN_OK)
		return status;
	begin = bench_now();
	status = cstn_vault_erase_subject(vault, id, "asked for", 2, NULL, error);
	*seconds = bench_now() - begin;
	if (status == CSTN_OK && cstn_vault_get(vault, id, id, "customer.name", &value, NULL) !=
						 CSTN_E_ERASED)
		status = cstn__fail(error, CSTN_E_MISMATCH, "%s was erased, and is read", id);
	return status;
}

/* The n erasures. `most`: of all of them, what one asked for at most: syncs, folders synced,
 * writes, bytes. */
static cstn_status measure(cstn_vault *vault, counted *vfs, const char *folder, int64_t subjects,
		int64_t n, double *ours, double *peer, int64_t most[4], cstn_error **error)
{
	files at = {.vfs = &vfs->posix.vfs};
	cstn_status status = CSTN_OK;

	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		snprintf(at.path[i], sizeof(at.path[i]), "%s/append%d", folder, i);
		if (at.vfs->open(at.vfs, at.path[i], CSTN__VFS_WRITE | CSTN__VFS_CREATE,
				    &at.file[i]) != 0)
			status = cstn__fail(error, CSTN_E_IO, "cannot make %s", at.path[i]);
	}
	for (int64_t i = 0; i < n && status == CSTN_OK; i++) {
		int64_t spent[4] = {vfs->syncs, vfs->folder_syncs, vfs->writes, vfs->bytes};

		status = erase_one(vault, victim(i, n, subjects), &ours[i], error);
		spent[0] = vfs->syncs - spent[0];
		spent[1] = vfs->folder_syncs - spent[1];
		spent[2] = vfs->writes - spent[2];
		spent[3] = vfs->bytes - spent[3];
		for (int k = 0; k < 4; k++)
			if (spent[k] > most[k])
				most[k] = spent[k];
		if (status == CSTN_OK)
			status = append_twice(&at, (size_t)spent[3], &peer[i], error);
	}
	for (int i = 0; i < 2; i++)
		if (at.file[i])
			at.vfs->close(at.vfs, at.file[i]);
	return status;
}

int32_t bench_erase(const char *folder, int64_t subjects, int64_t n, double *ours, double *peer,
		int64_t most[4], double *filled, char *message, size_t size)
{
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;
	cstn_vault *vault = NULL;
	cstn_log *log = NULL;
	cstn_error *error = NULL;
	double begin = bench_now();
	char path[512];
	counted vfs;
	cstn_status status;

	counted_init(&vfs);
	memset(most, 0, 4 * sizeof(*most));
	snprintf(path, sizeof(path), "%s/vault", folder);
	status = cstn_log_new(ORIGIN, sizeof(ORIGIN) - 1, NULL, &log, &error);
	options.root_key = root_key;
	options.log = log;
	options.signer = SIGNER;
	if (status == CSTN_OK)
		status = cstn__vault_open_on(
				&vfs.posix.vfs, NULL, path, &options, NULL, &vault, &error);
	if (status == CSTN_OK)
		status = fill(vault, subjects, &error);
	*filled = bench_now() - begin;
	if (status == CSTN_OK)
		status = measure(vault, &vfs, folder, subjects, n, ours, peer, most, &error);
	if (status == CSTN_OK && cstn_log_size(log) != (uint64_t)n)
		status = cstn__fail(&error, CSTN_E_MISMATCH, "the log has %llu entries",
				(unsigned long long)cstn_log_size(log));
	cstn_vault_free(vault);
	cstn_log_free(log);
	cstn__vfs_posix_free(&vfs.posix);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}
