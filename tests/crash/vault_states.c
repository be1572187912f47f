/* Crashes of a vault at every call that writes.
 *
 * Every sequence of one and two operations over a vault of a few people (three in the long run),
 * then random tapes until the wanted number of states is reached. At each call the disk is crashed:
 * everything unsynced lost, nothing lost, a prefix, one at random; a crash inside the recovery
 * follows. Half of the images go on with an erasure. Then calls fail, one after the other. What an
 * erasure costs is counted, and a key file whose sync does nothing must be noticed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"
#include "vault_desk.h"

#define STATES_WANTED 8000u
#define STATES_WANTED_LONG 1000000u

typedef struct vault_states {
	layer *layer;
	desk_count count;
	uint64_t calls, sequences, tapes, faults;
	void (*mutate)(sim_vfs *sim);
	char what[200];
} vault_states;

/* All images of one capture. Returns 1 when the layer should stop. */
static int check_capture(vault_states *self, desk *at, const desk_capture *one, uint64_t seed)
{
	int dirty = sim_disk_is_dirty(one->disk);

	self->calls++;
	for (uint32_t i = 0; i < (dirty ? SIM_LOSSES : 1u); i++) {
		uint64_t die = sim_random(seed, i);
		sim_disk *image = sim_crash(one->disk, (sim_loss)i, die);
		int wrong = desk_check(at, one, image, die, 1, &self->count);

		sim_disk_unref(image);
		if (wrong && layer_case(self->layer, 1, "%s: crash in %s before %s %s, %s: %s",
					     self->what, desk_op_name(one->op),
					     sim_kind_name(one->call.kind), one->call.name,
					     sim_loss_name((sim_loss)i), at->why))
			return 1;
	}
	if (!dirty || seed % 4)
		return 0;
	/* The process ends, the machine goes on. */
	self->count.soft++;
	if (desk_check(at, one, one->disk, seed / 4, 1, &self->count) == 0)
		return 0;
	return layer_case(self->layer, 1, "%s: soft restart in %s: %s", self->what,
			desk_op_name(one->op), at->why);
}

static void name_tape(
		vault_states *self, const char *what, const desk_op *ops, size_t n, uint64_t seed)
{
	size_t at = (size_t)snprintf(
			self->what, sizeof(self->what), "%s, seed %" PRIu64 ":", what, seed);

	for (size_t i = 0; i < n && at + 16 < sizeof(self->what); i++)
		at += (size_t)snprintf(self->what + at, sizeof(self->what) - at, " %s,",
				desk_op_name(ops[i]));
}

/* The operations, from the `from`th on with crashes at one in `every` calls. */
static int run_tape(vault_states *self, const desk_op *ops, size_t n, size_t from, uint64_t seed,
		uint64_t every)
{
	uint64_t failed = self->layer->failed;
	cstn__store_options store = {.checkpoint_rows = 8 + seed % 40,
			.segment_rows = 1 + seed / 64 % 30,
			.slots_a_file = 4 + (uint32_t)(seed / 4096 % 12)};
	int wrong, stop = 0;
	desk at;

	wrong = desk_begin(&at, &store, seed);
	if (self->mutate)
		self->mutate(at.sim);
	for (size_t i = 0; i < n && !wrong && !stop; i++) {
		at.capturing = i >= from;
		wrong = desk_do(&at, ops[i]);
		at.capturing = 0;
		if (i >= from)
			desk_capture_now(&at);
		for (size_t c = 0; c < at.n_captures && !wrong && !stop; c++)
			if (sim_random(seed, i * 1000 + c) % every == 0)
				stop = check_capture(self, &at, &at.captures[c],
						sim_random(seed ^ 0xc4, i * 1000 + c));
		desk_captures_free(&at);
	}
	if (wrong)
		stop = layer_case(self->layer, 1, "%s: %s", self->what, at.why);
	else if (failed == self->layer->failed)
		layer_case(self->layer, 0, "%s", "");
	desk_end(&at);
	layer_so_far(self->layer, self->count.states, 20000, "crash states of vaults");
	return stop;
}

/* What is there before a sequence begins. */
static const desk_op ground[] = {DESK_PUT_TWO, DESK_PUT_TWO, DESK_COMMIT, DESK_PUT, DESK_COMMIT,
		DESK_HOLD, DESK_ERASE_LIVE, DESK_BACKUP, DESK_PUT_TWO};
#define GROUND (sizeof(ground) / sizeof(ground[0]))

static int run_sequences(vault_states *self, uint32_t length, uint64_t every)
{
	uint64_t n = 1;

	for (uint32_t i = 0; i < length; i++)
		n *= DESK_OPS;
	for (uint64_t number = 0; number < n; number++) {
		uint64_t seed = sim_random(self->layer->seed, number * 8 + length);
		desk_op ops[GROUND + 4];

		memcpy(ops, ground, sizeof(ground));
		for (uint64_t i = 0, rest = number; i < length; i++, rest /= DESK_OPS)
			ops[GROUND + i] = (desk_op)(rest % DESK_OPS);
		name_tape(self, "sequence", ops + GROUND, length, seed);
		self->sequences++;
		/* What goes before the last was crashed as a shorter one. */
		if (run_tape(self, ops, GROUND + length, GROUND + length - 1, seed, every))
			return 1;
	}
	return 0;
}

static int run_random(vault_states *self, uint64_t number)
{
	uint64_t seed = sim_random(self->layer->seed ^ 0x7a9e, number);
	sim_dice dice = {seed, 7};
	desk_op ops[40];
	size_t n = 8 + sim_dice_below(&dice, 32);

	for (size_t i = 0; i < n; i++)
		ops[i] = (desk_op)sim_dice_below(&dice, DESK_OPS);
	name_tape(self, "tape", ops, n, seed);
	self->tapes++;
	return run_tape(self, ops, n, 0, seed, 4);
}

/* --- calls that fail -------------------------------------------------------------------------- */

#define FAULT_KINDS                                                                              \
	(1u << SIM_OPEN | 1u << SIM_CREATE | 1u << SIM_READ | 1u << SIM_WRITE | 1u << SIM_SIZE | \
			1u << SIM_SYNC | 1u << SIM_SYNC_DATA | 1u << SIM_SYNC_FOLDER |           \
			1u << SIM_MAKE_FOLDER | 1u << SIM_RENAME | 1u << SIM_UNLINK |            \
			1u << SIM_LIST)

/* What is found after an operation in which a call failed: by the next process, and after the power
 * went. One that was reported done is done. */
static int check_fault(
		vault_states *self, desk *at, const desk_world *before, int failed, uint64_t seed)
{
	desk_capture found = {.before = failed ? *before : at->after,
			.after = at->after,
			.n_roots = at->n_roots,
			.op = at->op};
	int wrong = 0;

	at->copied = 0;
	cstn_vault_free(at->vault);
	cstn_network_unref(at->network);
	at->vault = NULL;
	at->network = NULL;
	for (int power = 0; power < 2 && !wrong; power++) {
		sim_disk *image = power ? sim_crash(at->sim->disk, SIM_LOSS_ALL, seed)
					: sim_disk_clone(at->sim->disk);

		wrong = desk_check(at, &found, image, seed, 0, &self->count);
		sim_disk_unref(image);
	}
	return wrong;
}

/* The nth call of an operation fails. 1 in *fired if there was one. */
static int run_fault(vault_states *self, desk_op op, uint64_t nth, uint64_t seed, int *fired)
{
	static const int reasons[] = {EIO, ENOSPC, SIM_SHORT};
	const cstn__store_options store = {.checkpoint_rows = 8 + seed % 40,
			.segment_rows = 1 + seed / 64 % 30,
			.slots_a_file = 4 + (uint32_t)(seed / 4096 % 12)};
	desk_world before;
	int wrong, failed;
	desk at;

	wrong = desk_begin(&at, &store, seed);
	for (size_t i = 0; i < GROUND && !wrong; i++)
		wrong = desk_do(&at, ground[i]);
	before = at.now;
	*fired = 0;
	if (!wrong) {
		at.sim->faults[0] = (sim_fault){
				FAULT_KINDS, NULL, nth, reasons[seed % 3], seed / 3 % 3 == 0};
		failed = desk_do(&at, op) != 0;
		*fired = at.sim->fault_fired[0] != 0;
		at.sim->faults[0].nth = 0;
		wrong = *fired ? check_fault(self, &at, &before, failed, seed) : failed;
	}
	snprintf(self->what, sizeof(self->what), "call %" PRIu64 " of %s fails, seed %" PRIu64, nth,
			desk_op_name(op), seed);
	wrong = layer_case(self->layer, wrong, "%s: %s", self->what, at.why);
	desk_end(&at);
	return wrong;
}

static int run_faults(vault_states *self, uint64_t every)
{
	int fired = 1;

	for (int op = 0; op < DESK_OPS; op++) {
		fired = 1;
		for (uint64_t nth = 1; fired; nth += every) {
			uint64_t seed = sim_random(
					self->layer->seed ^ 0xfa, nth * DESK_OPS + (uint64_t)op);

			if (run_fault(self, (desk_op)op, nth, seed, &fired))
				return 1;
			self->faults += fired != 0;
		}
	}
	return 0;
}

/* --- what an erasure costs -------------------------------------------------------------------- */

static uint64_t calls_of(const sim_vfs *sim, int kind, const char *begin)
{
	uint64_t n = 0;

	for (size_t i = 0; i < sim->n_trace; i++)
		n += (int)sim->trace[i].kind == kind &&
		     strncmp(sim->trace[i].name, begin, strlen(begin)) == 0;
	return n;
}

/* In a vault whose log is elsewhere: one write and sync of the log of its store, one sync of a file
 * of keys, and nothing else. */
static void count_cost(layer *self)
{
	const cstn__store_options store = {.flags = 0};
	uint64_t journal = 0;
	int wrong;
	desk at;

	wrong = desk_begin(&at, &store, self->seed);
	for (uint32_t i = 0; i < GROUND - 2 && !wrong; i++)
		wrong = desk_do(&at, i == 5 || i == 6 ? DESK_COMMIT : ground[i]);
	wrong = wrong || desk_journal(&at, &journal);
	for (int i = 0; i < 3 && !wrong; i++) {
		const sim_vfs *sim = at.sim;
		uint64_t logs, keys, all = 0;

		at.sim->tracing = 1;
		sim_vfs_trace_clear(at.sim);
		wrong = desk_do(&at, DESK_ERASE_LIVE);
		at.sim->tracing = 0;
		logs = calls_of(sim, SIM_SYNC_DATA, "log-") + calls_of(sim, SIM_SYNC, "log-");
		keys = calls_of(sim, SIM_SYNC_DATA, "key-") + calls_of(sim, SIM_SYNC, "key-");
		for (int kind = SIM_CREATE; kind < SIM_KINDS; kind++)
			if (sim_kind_writes((sim_kind)kind) && kind != SIM_WRITE)
				all += calls_of(sim, kind, "");
		if (!wrong && (logs != 1 || keys != 1 || all != 2 ||
					      calls_of(sim, SIM_WRITE, "log-") != 1))
			wrong = desk_wrong(&at,
					"an erasure wrote the log %" PRIu64
					" times, synced it %" PRIu64 " times, keys %" PRIu64
					" times, and made %" PRIu64 " such calls in all",
					calls_of(sim, SIM_WRITE, "log-"), logs, keys, all);
		wrong = wrong || journal != (uint64_t)i + 1;
	}
	layer_case(self, wrong, "cost of an erasure: %s", at.why);
	desk_end(&at);
}

/* --- mutants ---------------------------------------------------------------------------------- */

static int (*real_sync)(cstn__vfs *vfs, cstn__vfs_file *file);
static int (*real_open)(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out);
static const char *unsynced; /* files whose names have this */
static cstn__vfs_file *lazy[64];
static size_t n_lazy;

static int open_lazy(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out)
{
	int reason = real_open(vfs, path, flags, out);

	for (size_t i = 0; reason == 0 && i < 64; i++)
		if (lazy[i] == *out)
			lazy[i] = NULL;
	if (reason == 0 && strstr(path, DESK_VAULT) && strstr(path, unsynced))
		lazy[n_lazy++ % 64] = *out;
	return reason;
}

static int sync_lazy(cstn__vfs *vfs, cstn__vfs_file *file)
{
	for (size_t i = 0; i < 64; i++)
		if (lazy[i] == file)
			return 0;
	return real_sync(vfs, file);
}

static void make_lazy(sim_vfs *sim)
{
	memset(lazy, 0, sizeof(lazy));
	n_lazy = 0;
	real_open = sim->vfs.open;
	real_sync = sim->vfs.sync_data;
	sim->vfs.open = open_lazy;
	sim->vfs.sync_data = sync_lazy;
}

static void check_mutant(layer *self, const char *name)
{
	layer quiet = {.name = name, .quiet = 1, .seed = self->seed};
	vault_states *all = test_alloc(sizeof(*all));

	unsynced = name;
	all->layer = &quiet;
	all->mutate = make_lazy;
	for (uint64_t tape = 0; tape < 40 && !quiet.failed; tape++)
		if (run_random(all, tape))
			break;
	layer_case(self, !quiet.failed, "nobody notices that %s files are not synced", name);
	layer_say(self, "vault: %s files that are not synced: %s", name,
			quiet.failed ? quiet.why : "not noticed");
	free(all);
}

void layer_vault(layer *self)
{
	uint64_t wanted = self->effort     ? self->effort
			  : self->long_run ? STATES_WANTED_LONG
					   : STATES_WANTED / layer_every(self);
	uint32_t longest = self->long_run && !self->effort ? 3 : 2;
	vault_states *all = test_alloc(sizeof(*all));
	int stop = 0;

	all->layer = self;
	count_cost(self);
	for (uint32_t length = 1; length <= longest && !stop; length++)
		stop = run_sequences(all, length,
				(length == 1                     ? 1
						: self->long_run ? 2
								 : 12) *
						layer_every(self));
	for (uint64_t tape = 0; !stop && all->count.states < wanted; tape++)
		stop = run_random(all, tape);
	if (!stop)
		run_faults(all, (self->long_run ? 1 : 3) * layer_every(self));
	if (!stop && !self->effort && layer_every(self) == 1)
		layer_case(self,
				!all->count.nested || !all->count.soft || !all->count.probes ||
						!all->count.copies || !all->count.bytes ||
						!all->faults,
				"some kind of crash was never tried");
	check_mutant(self, "key-");
	check_mutant(self, "log-");
	layer_say(self,
			"vault: %" PRIu64 " crash states (%" PRIu64
			" of them crashes inside recovery, %" PRIu64 " soft restarts) at %" PRIu64
			" calls of %" PRIu64 " sequences and %" PRIu64 " tapes, and after %" PRIu64
			" calls that failed, seed %" PRIu64 "; %" PRIu64
			" erasures after recovery, %" PRIu64
			" copies opened and given their keys, %" PRIu64
			" MB searched for keys of the erased; %" PRIu64 " wrong",
			all->count.states, all->count.nested, all->count.soft, all->calls,
			all->sequences, all->tapes, all->faults, self->seed, all->count.probes,
			all->count.copies, all->count.bytes / 1000000, self->failed);
	free(all);
}
