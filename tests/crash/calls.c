/* Which calls to the disk are made, and in which order.
 *
 * The calls that write of creating, committing, checkpointing and closing are compared with a file,
 * so that a change of the protocol is seen and has to be meant. A read-only open makes none of
 * them: on the model disk, and on a real folder that the process may not write to. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "layer.h"
#include "workload.h"

/* "log-0000000000000003.cstn" is written "log": numbers are no part of the order. */
static void calls_name(char *out, size_t size, const char *name)
{
	size_t len = strcspn(name, "-");

	snprintf(out, size, "%.*s", (int)(name[len] ? len : strlen(name)), name);
}

static void calls_put(char *out, size_t size, const char *title, const sim_vfs *sim)
{
	size_t at = strlen(out);

	at += (size_t)snprintf(out + at, size - at, "[%s]\n", title);
	for (size_t i = 0; i < sim->n_trace && at + 100 < size; i++) {
		const sim_call *call = &sim->trace[i];
		char name[SIM_NAME], other[SIM_NAME];

		if (!sim_kind_writes(call->kind))
			continue;
		calls_name(name, sizeof(name), call->name);
		calls_name(other, sizeof(other), call->other);
		at += (size_t)snprintf(out + at, size - at, "%s %s%s%s%s\n",
				sim_kind_name(call->kind), name, other[0] ? " " : "", other,
				call->result ? " failed" : "");
	}
}

/* What is done and what is called, as text. */
static int calls_trace(layer *self, char *out, size_t size)
{
	static const work_op ops[] = {WORK_COMMIT, WORK_COMMIT, WORK_CHECKPOINT, WORK_UPSERT,
			WORK_CHECKPOINT, WORK_SLOTS, WORK_SLOTS, WORK_ERASE};
	static const char *const titles[] = {"commit", "commit again", "checkpoint", "upsert",
			"checkpoint after an upsert", "rows with key slots, the first of the store",
			"rows with key slots", "erase key slots"};
	cstn__store_options options;
	sim_disk *disk = sim_disk_new();
	cstn_error *error = NULL;
	workload work;
	int wrong;

	work_options_small(&options);
	options.slots_a_file = 0;
	work_begin(&work, disk, NULL, &options, self->seed);
	sim_disk_unref(disk);
	work.sim->tracing = 1;
	wrong = work_open(&work);
	calls_put(out, size, "create", work.sim);
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops) && !wrong; i++) {
		sim_vfs_trace_clear(work.sim);
		/* The same rows whatever was drawn before. */
		work.dice.counter = 100 * i;
		wrong = work_do(&work, ops[i]);
		calls_put(out, size, titles[i], work.sim);
	}
	if (!wrong) {
		sim_vfs_trace_clear(work.sim);
		if (cstn__store_close(work.store, &error) != CSTN_OK)
			wrong = -1;
		calls_put(out, size, "close", work.sim);
	}
	if (wrong)
		layer_case(self, 1, "%s %s", work.why, cstn_error_message(error));
	cstn_error_free(error);
	work_end(&work);
	return wrong;
}

static void calls_compare(layer *self, const char *got)
{
	const char *path = getenv("CSTN_GOLDEN_CALLS");
	char *want = test_alloc(1 << 16);
	size_t n = 0;
	FILE *file;

	if (!path)
		path = CSTN_TEST_CRASH "/golden_calls.txt";
	if (getenv("CSTN_GOLDEN_REWRITE")) {
		file = fopen(path, "w");
		if (file) {
			fputs(got, file);
			fclose(file);
		}
	}
	file = fopen(path, "r");
	if (file) {
		n = fread(want, 1, (1 << 16) - 1, file);
		fclose(file);
	}
	if (strcmp(got, want) == 0) {
		layer_case(self, 0, "%s", "");
	} else {
		size_t line = 1, at = 0, begin = 0;

		for (; at < n && got[at] == want[at]; at++)
			if (got[at] == '\n') {
				line++;
				begin = at + 1;
			}
		layer_case(self, 1, "%s line %zu: \"%.*s\", the program does \"%.*s\"", path, line,
				(int)strcspn(want + begin, "\n"), want + begin,
				(int)strcspn(got + begin, "\n"), got + begin);
	}
	free(want);
}

static void calls_read_only(layer *self)
{
	cstn__store_options options;
	cstn_error *error = NULL;
	cstn__store *store = NULL;
	uint64_t writes = 0;
	sim_disk *image;
	sim_vfs *sim;
	workload work;
	int wrong;

	if (work_base(&work, self->seed) != 0) {
		layer_case(self, 1, "%s", work.why);
		work_end(&work);
		return;
	}
	image = sim_crash(work.sim->disk, SIM_LOSS_NONE, 1);
	sim = sim_vfs_new(image, 2);
	sim->tracing = 1;
	options = work.options;
	options.flags |= CSTN__STORE_READ_ONLY;
	wrong = cstn__store_open(&sim->vfs, WORK_PATH, &rows_schema, &options, NULL, &store,
				&error) != CSTN_OK;
	if (!wrong)
		wrong = oracle_check(&work.model, store, NULL, work.model.last_seq, 3, 8);
	cstn__store_unref(store);
	for (size_t i = 0; i < sim->n_trace; i++)
		if (sim_kind_writes(sim->trace[i].kind) ||
				(sim->trace[i].kind == SIM_OPEN &&
						sim->trace[i].flags & CSTN__VFS_WRITE))
			writes++;
	layer_case(self, wrong || writes,
			"a read-only open made %" PRIu64 " calls that write of %zu; %s %s", writes,
			sim->n_trace, wrong ? work.model.why : "", cstn_error_message(error));
	layer_say(self, "calls: a read-only open and scan made %zu calls, %" PRIu64 " that write",
			sim->n_trace, writes);
	cstn_error_free(error);
	sim_vfs_free(sim);
	sim_disk_unref(image);
	work_end(&work);
}

/* In a child that is nobody: opens the store in a folder of mode 0555 and reads it. */
static int calls_child(const char *path)
{
	cstn__store_options options = {.flags = CSTN__STORE_READ_ONLY | CSTN__STORE_MUST_EXIST};
	cstn__snapshot *snapshot = NULL;
	cstn__vfs_posix disk;
	cstn__store *store = NULL;
	cstn_error *error = NULL;
	int fd;

	if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
		return 3;
	fd = open(path, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || openat(fd, "try", O_CREAT | O_WRONLY, 0600) >= 0)
		return 4;
	close(fd);
	cstn__vfs_posix_init(&disk, NULL);
	if (cstn__store_open(&disk.vfs, path, &rows_schema, &options, NULL, &store, &error) !=
			CSTN_OK) {
		printf("read-only open: %s\n", cstn_error_message(error));
		return 5;
	}
	if (cstn__snapshot_new(store, &snapshot, &error) != CSTN_OK)
		return 6;
	fd = cstn__snapshot_seq(snapshot) == 2 ? 0 : 7;
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
	return fd;
}

static void calls_real_folder(layer *self)
{
	cstn__store_options options = {0};
	cstn__vfs_posix disk;
	workload work;
	char path[256], file[300];
	int wrong, state = 0;
	pid_t child;

	folder_make(path, sizeof(path));
	snprintf(file, sizeof(file), "%s/store", path);
	cstn__vfs_posix_init(&disk, NULL);
	memset(&work, 0, sizeof(work));
	wrong = folder_two_commits(&disk.vfs, file, &options, self->why, sizeof(self->why));
	if (wrong) {
		layer_case(self, 1, "real folder: %s", self->why);
	} else {
		chmod(path, 0755);
		folder_modes(file, 0444, 0555);
		fflush(stdout);
		child = fork();
		if (child == 0)
			_exit(calls_child(file));
		waitpid(child, &state, 0);
		layer_case(self, !WIFEXITED(state) || WEXITSTATUS(state),
				"a read-only open in a folder of mode 0555: step %d",
				WIFEXITED(state) ? WEXITSTATUS(state) : -1);
		folder_modes(file, 0644, 0755);
	}
	folder_remove(path);
}

void layer_calls(layer *self)
{
	char *got = test_alloc(1 << 16);

	if (calls_trace(self, got, 1 << 16) == 0)
		calls_compare(self, got);
	free(got);
	calls_read_only(self);
	calls_real_folder(self);
	layer_say(self, "calls: %" PRIu64 " checks, %" PRIu64 " wrong", self->passed + self->failed,
			self->failed);
}
