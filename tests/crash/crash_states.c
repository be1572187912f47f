/* Crashes at every call that writes.
 *
 * Every sequence of one and two operations (three in the long run) over a store that has rows in
 * segments and in the log, then random tapes until the wanted number of states is reached. At each
 * call the disk is crashed in six ways: everything unsynced lost, nothing lost, a prefix, three at
 * random; each image is recovered with a crash inside. One call in four is also a soft restart:
 * the process ends, the cache stays, the power goes after recovery. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "layer.h"
#include "workload.h"

#define STATES_WANTED 50000u
#define STATES_WANTED_LONG 5000000u
#define STATES_RANDOM 3u
#define STATES_TAPES 20u /* at least */

typedef struct states {
	layer *layer;
	image_count count;
	uint64_t sequences, tapes, calls, soft, backups, key_files;
	char what[160]; /* the operations, for messages */
} states;

static int states_failed(states *self, const work_capture *at, const char *how, const char *why)
{
	return layer_case(self->layer, 1, "%s: crash in %s before %s %s, %s: %s", self->what,
			work_op_name(at->op), sim_kind_name(at->call.kind), at->call.name, how,
			why);
}

/* The backups that a crash found under way, on a copy of the image. */
static int states_check_backup(states *self, const image_check *check, const workload *work,
		const work_capture *at, sim_disk *image)
{
	char path[32];

	for (uint32_t i = 0; i < work->n_backups; i++) {
		/* All but the last are done. */
		int whole = at->op != WORK_BACKUP || i + 1 < work->n_backups;
		image_bounds bounds = {0, at->issued, 0};
		sim_disk *copy;
		int wrong;

		snprintf(path, sizeof(path), "/backup%u", i);
		if (!whole && !sim_disk_exists(image, path))
			continue;
		self->backups++;
		copy = sim_disk_clone(image);
		wrong = image_check_backup(check, copy, path, whole, bounds);
		sim_disk_unref(copy);
		if (wrong)
			return -1;
	}
	return 0;
}

/* All images of one capture. Returns 1 when the layer should stop. */
static int states_check_capture(states *self, workload *work, const work_capture *at, uint64_t seed)
{
	const image_check check = {&work->model, &work->options, &self->count, 1};
	const image_bounds bounds = {at->acked, at->issued, at->seen};
	uint32_t images = sim_disk_is_dirty(at->disk) ? 3 + STATES_RANDOM : 1;

	self->calls++;
	for (uint32_t i = 0; i < images; i++) {
		sim_loss loss = i < 3 ? (sim_loss)i : SIM_LOSS_RANDOM;
		uint64_t die = sim_random(seed, i);
		sim_disk *image = sim_crash(at->disk, loss, die);
		int wrong = 0;

		if (work->n_backups)
			wrong = states_check_backup(self, &check, work, at, image);
		if (!wrong)
			wrong = image_check_power_loss(&check, image, bounds, die);
		sim_disk_unref(image);
		if (wrong && states_failed(self, at, sim_loss_name(loss), work->model.why))
			return 1;
	}
	if (images > 1 && seed % 4 == 0) {
		sim_disk *disk = sim_disk_clone(at->disk);
		int wrong = image_check_soft_restart(&check, disk, bounds, seed);

		self->soft++;
		sim_disk_unref(disk);
		if (wrong && states_failed(self, at, "soft restart", work->model.why))
			return 1;
	}
	return 0;
}

static int states_check_captures(states *self, workload *work, uint64_t seed)
{
	int stop = 0;

	for (size_t i = 0; i < work->n_captures && !stop; i++)
		stop = states_check_capture(self, work, &work->captures[i], sim_random(seed, i));
	work_captures_free(work);
	return stop;
}

/* What is there when an operation has ended: as if a call followed. */
static void states_capture_end(workload *work)
{
	const sim_call none = {.kind = SIM_CLOSE, .name = "(the next operation)"};

	work->capture_of = 0;
	work->issued = work->model.last_seq;
	work->sim->before(work, work->sim, &none);
}

/* Opens the store of `base` (or an empty disk) and does `ops`. */
static int states_run(states *self, workload *base, const work_op *ops, size_t n, uint64_t seed,
		uint32_t capture_of, const cstn__store_options *options)
{
	sim_disk *disk = base ? sim_disk_clone(base->sim->disk) : sim_disk_new();
	uint64_t failed = self->layer->failed;
	workload work;
	int stop = 0, wrong;

	work_begin(&work, disk, base ? &base->model : NULL, options, seed);
	sim_disk_unref(disk);
	work.capturing = 1;
	work.capture_of = capture_of;
	wrong = work_open(&work);
	for (size_t i = 0; !wrong && !stop; i++) {
		work.capturing = 1;
		states_capture_end(&work);
		work.capturing = 0;
		stop = states_check_captures(self, &work, sim_random(seed, 1000 + i));
		if (i == n || stop)
			break;
		work.capturing = 1;
		work.capture_of = capture_of;
		wrong = work_do(&work, ops[i]);
		work.capturing = 0;
	}
	if (wrong)
		stop = layer_case(self->layer, 1, "%s: %s", self->what, work.why);
	else if (failed == self->layer->failed)
		layer_case(self->layer, 0, "%s", "");
	self->key_files += work.key_files_gone;
	work_end(&work);
	layer_so_far(self->layer, self->count.states, 100000, "crash states");
	return stop;
}

static void states_name(states *self, const char *what, const work_op *ops, size_t n, uint64_t seed)
{
	size_t at = (size_t)snprintf(
			self->what, sizeof(self->what), "%s, seed %" PRIu64 ":", what, seed);

	for (size_t i = 0; i < n && at + 12 < sizeof(self->what); i++)
		at += (size_t)snprintf(self->what + at, sizeof(self->what) - at, " %s",
				work_op_name(ops[i]));
}

/* Sequences of `length` operations: the number in base WORK_OPS says which. */
static int states_sequences(states *self, workload *base, uint32_t length, uint32_t capture_of)
{
	uint64_t n = 1;

	for (uint32_t i = 0; i < length; i++)
		n *= WORK_OPS;
	for (uint64_t number = 0; number < n; number++) {
		uint64_t seed = sim_random(self->layer->seed, number * 8 + length);
		work_op ops[4];

		for (uint64_t i = 0, rest = number; i < length; i++, rest /= WORK_OPS)
			ops[i] = (work_op)(rest % WORK_OPS);
		states_name(self, "sequence", ops, length, seed);
		if (states_run(self, base, ops, length, seed, capture_of, &base->options))
			return 1;
		self->sequences++;
	}
	return 0;
}

static int states_tape(states *self, workload *base, uint64_t number, uint32_t capture_of)
{
	uint64_t seed = sim_random(self->layer->seed ^ 0x7a9e, number);
	sim_dice dice = {seed, 7};
	cstn__store_options options = base->options;
	work_op ops[24];
	size_t n = 4 + sim_dice_below(&dice, 20);

	options.commit_level = (int32_t)sim_dice_below(&dice, 3);
	options.checkpoint_rows = 10 + sim_dice_below(&dice, 60);
	options.segment_rows = 1 + sim_dice_below(&dice, 60);
	options.keep_generations = 1 + (uint32_t)sim_dice_below(&dice, 2);
	options.group_us = 100;
	for (size_t i = 0; i < n; i++)
		ops[i] = (work_op)sim_dice_below(&dice, WORK_OPS);
	states_name(self, "tape", ops, n, seed);
	self->tapes++;
	return states_run(self, base, ops, n, seed, capture_of, &options);
}

void layer_states(layer *self)
{
	uint64_t wanted = self->effort     ? self->effort
			  : self->long_run ? STATES_WANTED_LONG
					   : STATES_WANTED;
	const uint32_t longest = self->every ? 1 : self->long_run && !self->effort ? 3 : 2;
	states *all = test_alloc(sizeof(*all));
	workload base;
	int stop = 0;

	all->layer = self;
	if (work_base(&base, self->seed) != 0) {
		layer_case(self, 1, "the first store: %s", base.why);
		stop = 1;
	}
	if (!stop) {
		static const work_op first[] = {WORK_COMMIT, WORK_BULK, WORK_REOPEN};

		states_name(all, "a new store", first, 3, self->seed);
		stop = states_run(all, NULL, first, 3, self->seed, (uint32_t)layer_every(self),
				&base.options);
	}
	/* When few states are wanted, a part of the calls has to do. */
	for (uint32_t length = 1; length <= longest && !stop; length++)
		stop = states_sequences(all, &base, length,
				(self->effort && length > 1 ? 4 : 1) * (uint32_t)layer_every(self));
	for (uint64_t tape = 0; !stop && (all->count.states < wanted ||
							 (!self->effort && tape < STATES_TAPES));
			tape++)
		stop = states_tape(all, &base, tape, 4);
	if (!stop && !self->effort)
		layer_case(self, !all->key_files, "no key file was removed");
	layer_say(self,
			"states: %" PRIu64 " crash states (%" PRIu64
			" of them crashes inside recovery, %" PRIu64 " soft restarts) at %" PRIu64
			" calls of %" PRIu64 " sequences and %" PRIu64 " tapes, seed %" PRIu64
			"; %" PRIu64 " opens, %" PRIu64 " of them read-only, %" PRIu64
			" commits after recovery, %" PRIu64 " backups, %" PRIu64
			" verified, %" PRIu64 " key files removed; %" PRIu64 " lost or invented",
			all->count.states, all->count.nested, all->soft, all->calls, all->sequences,
			all->tapes, self->seed, all->count.opens, all->count.read_only,
			all->count.probes, all->backups, all->count.verifies, all->key_files,
			self->failed);
	work_end(&base);
	free(all);
}
