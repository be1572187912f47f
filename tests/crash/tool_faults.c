/* The n-th call fails while a tool works: verify, dump, backup and salvage.
 *
 * Whatever fails, once or for ever: the tool ends and says so; the store it works on is not written
 * to; a report without a complaint is the one of an undisturbed run; a backup that was reported
 * done is the whole store, also after the power went, and one that was not is refused, or is the
 * whole store as well. What cannot be read when salvage comes by counts as lost and is reported. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "image.h"
#include "workload.h"

#define TO "/to"
#define MAX_FILES 32u

typedef enum tool {
	TOOL_VERIFY,
	TOOL_DUMP,
	TOOL_BACKUP,
	TOOL_LINK, /* a backup by hard links */
	TOOL_SALVAGE,
	TOOLS
} tool;

static const char *const tool_names[TOOLS] = {
		"verify", "dump", "backup", "backup by links", "salvage"};

typedef struct names {
	char names[MAX_FILES][SIM_NAME];
	size_t n;
} names;

typedef struct tool_faults {
	layer *layer;
	sim_disk *disk; /* a store with segments, dead rows and a log */
	oracle model;
	cstn__store_options options;
	names files;
	char *reports[TOOLS][MAX_FILES]; /* of undisturbed runs */
	uint64_t runs[TOOLS], fired[TOOLS], failed[TOOLS], partial[TOOLS];
	image_count count;
	char why[800];
} tool_faults;

/* One run of a tool. */
typedef struct tool_run {
	tool tool;
	size_t file;
	sim_disk *disk;
	sim_vfs *sim;
	cstn__store *store; /* of a backup */
	cstn_buffer *report;
	cstn_error *error;
	cstn_status status;
	uint64_t source; /* hash of the store's files before */
	uint64_t files;  /* that were open before */
} tool_run;

static void add_name(void *context, const char *name)
{
	names *list = context;

	if (list->n < MAX_FILES)
		snprintf(list->names[list->n++], SIM_NAME, "%s", name);
}

/* Of names and bytes of a folder, whatever the order. */
static uint64_t folder_hash(sim_disk *disk, const char *folder)
{
	names *list = test_alloc(sizeof(*list));
	uint64_t hash = 0;

	sim_disk_list(disk, folder, add_name, list);
	for (size_t i = 0; i < list->n; i++) {
		char path[SIM_NAME + 16];
		uint64_t size, one = 1469598103934665603u;
		const uint8_t *data;

		snprintf(path, sizeof(path), "%s/%s", folder, list->names[i]);
		data = sim_disk_bytes(disk, path, &size);
		for (size_t c = 0; path[c]; c++)
			one = (one ^ (uint8_t)path[c]) * 1099511628211u;
		for (uint64_t b = 0; data && b < size; b++)
			one = (one ^ data[b]) * 1099511628211u;
		hash += one;
	}
	free(list);
	return hash;
}

static char *copy_text(const cstn_buffer *buffer)
{
	size_t size = buffer ? cstn_buffer_size(buffer) : 0;
	char *text = test_alloc(size + 1);

	if (size)
		memcpy(text, cstn_buffer_data(buffer), size);
	return text;
}

static int say(tool_faults *all, const char *what, const tool_run *run)
{
	snprintf(all->why, sizeof(all->why), "%s: %s: %.500s", what, cstn_status_name(run->status),
			cstn_error_message(run->error));
	return -1;
}

/* What a tool needs before the fault is set: a backup needs the store open. */
static int run_begin(tool_faults *all, tool_run *run)
{
	run->disk = sim_disk_clone(all->disk);
	run->sim = sim_vfs_new(run->disk, 3);
	if (run->tool == TOOL_BACKUP || run->tool == TOOL_LINK) {
		run->status = cstn__store_open(&run->sim->vfs, WORK_PATH, &rows_schema,
				&all->options, NULL, &run->store, &run->error);
		if (run->status != CSTN_OK)
			return say(all, "open before a backup", run);
	}
	run->source = folder_hash(run->disk, WORK_PATH);
	run->files = sim_vfs_open_files(run->sim);
	return 0;
}

static void run_tool(const tool_faults *all, tool_run *run)
{
	cstn__vfs *vfs = &run->sim->vfs;
	char path[SIM_NAME + 16];

	switch (run->tool) {
	case TOOL_VERIFY:
		run->status = cstn__store_verify(
				vfs, WORK_PATH, 0, NULL, NULL, &run->report, &run->error);
		break;
	case TOOL_DUMP:
		snprintf(path, sizeof(path), "%s/%s", WORK_PATH, all->files.names[run->file]);
		run->status = cstn__store_dump(vfs, path, NULL, &run->report, &run->error);
		break;
	case TOOL_SALVAGE:
		run->status = cstn__store_salvage(
				vfs, WORK_PATH, TO, NULL, NULL, NULL, &run->report, &run->error);
		break;
	default:
		run->status = cstn__store_backup(
				run->store, TO, run->tool == TOOL_LINK, NULL, &run->error);
	}
}

static void run_end(tool_run *run)
{
	cstn__store_unref(run->store);
	cstn_buffer_free(run->report);
	cstn_error_free(run->error);
	sim_vfs_free(run->sim);
	sim_disk_unref(run->disk);
}

static cstn_status verify(sim_disk *disk, const char *path)
{
	sim_vfs *sim = sim_vfs_new(disk, 5);
	cstn_buffer *report = NULL;
	cstn_status status = cstn__store_verify(&sim->vfs, path, 0, NULL, NULL, &report, NULL);

	cstn_buffer_free(report);
	sim_vfs_free(sim);
	return status;
}

/* The new store, as it is and after the power went: the whole of the old one if the tool said so
 * or `verify` does. */
static int check_copy(tool_faults *all, const tool_run *run, int exact)
{
	const uint64_t last = all->model.last_seq;
	image_check check = {&all->model, &all->options, &all->count, 0};
	image_bounds bounds = {last, last, last};
	int wrong = 0;

	for (int i = 0; i < 3 && !wrong; i++) {
		sim_disk *image = i == 0 ? sim_disk_clone(run->disk)
					 : sim_crash(run->disk,
							   i == 1 ? SIM_LOSS_ALL : SIM_LOSS_RANDOM,
							   run->source + (uint64_t)i);
		int sound = verify(image, TO) == CSTN_OK;

		if (run->status == CSTN_OK && !sound)
			wrong = oracle_fail(&all->model, "`verify` refuses what was reported done");
		else if (sound && exact)
			wrong = image_check_backup(&check, image, TO, 1, bounds);
		sim_disk_unref(image);
	}
	if (wrong)
		snprintf(all->why, sizeof(all->why), "%s: %s", tool_names[run->tool],
				all->model.why);
	return wrong;
}

static int is_allowed(cstn_status status)
{
	return status == CSTN_E_IO || status == CSTN_E_FULL || status == CSTN_E_POISONED ||
	       status == CSTN_E_LOCKED || status == CSTN_E_NOT_FOUND || status == CSTN_E_CORRUPT ||
	       status == CSTN_E_NO_MANIFEST;
}

static int check_run(tool_faults *all, tool_run *run, int may_fail)
{
	const char *wanted = all->reports[run->tool][run->file];
	char *report;
	int same;

	if (run->status != CSTN_OK && (!may_fail || !is_allowed(run->status)))
		return say(all, tool_names[run->tool], run);
	if (run->status != CSTN_OK && !run->error)
		return say(all, "no word of a failure", run);
	if (folder_hash(run->disk, WORK_PATH) != run->source)
		return say(all, "the store was written to", run);
	if (sim_vfs_open_files(run->sim) != run->files)
		return say(all, "files are left open", run);
	all->failed[run->tool] += run->status != CSTN_OK;
	if (run->tool == TOOL_BACKUP || run->tool == TOOL_LINK)
		return check_copy(all, run, 1);
	report = copy_text(run->report);
	same = strcmp(report, wanted) == 0;
	if (run->status == CSTN_OK && !same &&
			(run->tool != TOOL_SALVAGE || strstr(report, "\"problems\":[]"))) {
		snprintf(all->why, sizeof(all->why), "%s: no complaint, but another report: %.400s",
				tool_names[run->tool], report);
		free(report);
		return -1;
	}
	free(report);
	all->partial[run->tool] += run->status == CSTN_OK && !same;
	return run->tool == TOOL_SALVAGE ? check_copy(all, run, same) : 0;
}

/* 1: the fault fired; 0: there are not so many calls; -1: wrong. */
static int one_run(tool_faults *all, tool kind, size_t file, const sim_fault *fault, int may_fail)
{
	tool_run run = {.tool = kind, .file = file};
	int wrong = run_begin(all, &run), fired = 0;

	if (!wrong) {
		run.sim->faults[0] = *fault;
		run_tool(all, &run);
		fired = run.sim->fault_fired[0] != 0;
		memset(run.sim->faults, 0, sizeof(run.sim->faults));
		wrong = check_run(all, &run, may_fail);
	}
	run_end(&run);
	all->runs[kind]++;
	layer_so_far(all->layer, all->runs[kind], 500, tool_names[kind]);
	all->fired[kind] += (uint64_t)fired;
	return wrong ? -1 : fired;
}

/* Every n of one kind, error and persistence, for one tool. Returns 1 to stop. */
static int every_call(tool_faults *all, tool kind, size_t file, uint32_t number, size_t error,
		int for_ever)
{
	const fault_kind *calls = fault_kind_get(number);
	int may_fail = !fault_is_harmless(calls->kinds, fault_error_get(error)->error, for_ever);

	for (uint64_t n = 1; n < 2000; n += layer_every(all->layer)) {
		const sim_fault fault = {
				calls->kinds, NULL, n, fault_error_get(error)->error, for_ever};
		int fired = one_run(all, kind, file, &fault, may_fail);

		if (layer_case(all->layer, fired < 0,
				    "%s %s, %s number %" PRIu64 " fails with %s%s: %s",
				    tool_names[kind],
				    kind == TOOL_DUMP ? all->files.names[file] : "", calls->name, n,
				    fault_error_get(error)->name, for_ever ? " for ever" : "",
				    all->why))
			return 1;
		if (fired <= 0)
			return 0;
	}
	return 0;
}

static int one_tool(tool_faults *all, tool kind, size_t file)
{
	int stop = 0;

	for (uint32_t k = 0; k < FAULT_KINDS && !stop; k++)
		for (size_t e = 0; e < FAULT_ERRORS && !stop; e++)
			for (int for_ever = 0; for_ever < 2 && !stop; for_ever++)
				if (fault_makes_sense(fault_kind_get(k)->kinds,
						    fault_error_get(e)->error))
					stop = every_call(all, kind, file, k, e, for_ever);
	return stop;
}

/* A store whose handle was dropped: segments with dead rows, and commits that only the log has. */
static int begin(tool_faults *all)
{
	static const work_op steps[] = {WORK_COMMIT, WORK_BULK, WORK_UPSERT, WORK_CHECKPOINT,
			WORK_DELETE, WORK_CHECKPOINT, WORK_COMMIT, WORK_UPSERT};
	workload *work = test_alloc(sizeof(*work));
	sim_disk *disk = sim_disk_new();
	int wrong;

	work_options_small(&all->options);
	work_begin(work, disk, NULL, &all->options, all->layer->seed);
	wrong = work_open(work);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && !wrong; i++)
		wrong = work_do(work, steps[i]);
	if (wrong)
		snprintf(all->why, sizeof(all->why), "%s", work->why);
	cstn__store_unref(work->store);
	work->store = NULL;
	all->disk = sim_disk_clone(disk);
	oracle_copy(&all->model, &work->model);
	sim_disk_unref(disk);
	work_end(work);
	free(work);
	sim_disk_list(all->disk, WORK_PATH, add_name, &all->files);
	return wrong;
}

/* What the tools say when nothing fails. */
static int undisturbed(tool_faults *all)
{
	for (tool kind = 0; kind < TOOLS; kind++)
		for (size_t file = 0; file < (kind == TOOL_DUMP ? all->files.n : 1); file++) {
			tool_run run = {.tool = kind, .file = file};
			int wrong = run_begin(all, &run);

			if (!wrong) {
				run_tool(all, &run);
				all->reports[kind][file] = copy_text(run.report);
				/* The lock is an empty file, which is nothing to dump. */
				if (run.status != CSTN_OK &&
						(kind != TOOL_DUMP || strcmp(all->files.names[file],
										      "LOCK") != 0))
					wrong = say(all, tool_names[kind], &run);
				else if (kind >= TOOL_BACKUP)
					wrong = check_copy(all, &run, 1);
			}
			run_end(&run);
			if (wrong)
				return -1;
		}
	return 0;
}

static void end(tool_faults *all)
{
	for (size_t i = 0; i < TOOLS; i++)
		for (size_t file = 0; file < MAX_FILES; file++)
			free(all->reports[i][file]);
	oracle_free(&all->model);
	sim_disk_unref(all->disk);
	free(all);
}

void layer_tools(layer *self)
{
	tool_faults *all = test_alloc(sizeof(*all));
	int stop;

	all->layer = self;
	stop = begin(all) || undisturbed(all);
	layer_case(self, stop, "without a fault: %s", all->why);
	for (tool kind = 0; kind < TOOLS && !stop; kind++)
		for (size_t file = 0; file < (kind == TOOL_DUMP ? all->files.n : 1) && !stop;
				file++)
			if (kind != TOOL_DUMP || strcmp(all->files.names[file], "LOCK") != 0)
				stop = one_tool(all, kind, file);
	for (tool kind = 0; kind < TOOLS; kind++)
		layer_say(self,
				"%s: %" PRIu64 " runs, a fault in %" PRIu64 " of them; %" PRIu64
				" refused, %" PRIu64 " reported a loss",
				tool_names[kind], all->runs[kind], all->fired[kind],
				all->failed[kind], all->partial[kind]);
	layer_say(self, "tools under faults: %" PRIu64 " wrong", self->failed);
	end(all);
}
