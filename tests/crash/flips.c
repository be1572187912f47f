/* Damage to a store at rest: every bit of every file flipped, every file cut at every length and
 * grown, every 64-byte piece misplaced onto others, every log frame copied over every other of its
 * length.
 *
 * What may come out: an error, the same answer, or the loss of the end of a log that was neither
 * closed nor sealed, when nothing whole is left behind the damage (it cannot be told from a torn
 * tail). For one bit that is the last group; for a cut it is what was cut off. Anything else is a
 * silent wrong answer. A store is read twice: by a read-only open, and, for a part, by recovery. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "layer.h"
#include "store/key_slots.h"
#include "store/log.h"
#include "store/manifest.h"
#include "workload.h"

#define FLIPS_FILES 24u
#define PAGE 4096u
#define FLIPS_RECOVERED 64u /* one damage in so many is also recovered from */
#define FLIPS_VERIFIED 16u  /* one in so many is also shown to `verify` */

/* A store to damage, as its program left it. */
typedef struct golden {
	const char *name;
	workload work;
	sim_disk *disk;
	uint64_t last; /* transactions */
	int keeps;     /* an older generation: without the newest manifest it is the store */
	struct golden_frame {
		uint64_t begin, end, seq;
	} frames[64]; /* of the log that goes on */
	size_t n_frames;
	char log[SIM_NAME * 2];
	char files[FLIPS_FILES][SIM_NAME * 2];
	size_t n_files;
	uint64_t bytes;
} golden;

typedef struct flips {
	layer *layer;
	golden *store;
	image_count count;
	uint64_t bits, cuts, pieces, frames;
	uint64_t refused, same, tails, silent, verified, missed;
	uint64_t number; /* of the damage, for choosing */
	uint64_t least;  /* transactions that this damage may not cost without an error */
} flips;

static void golden_file(void *context, const char *name)
{
	golden *store = context;

	if (strcmp(name, "LOCK") != 0 && store->n_files < FLIPS_FILES)
		snprintf(store->files[store->n_files++], SIM_NAME * 2, "%s/%s", WORK_PATH, name);
}

static int golden_run(workload *work, oracle_transaction *changes)
{
	cstn__transaction *transaction = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	uint64_t seq = 0;

	status = cstn__transaction_new(work->store, &transaction, &error);
	if (status == CSTN_OK)
		status = oracle_fill(changes, transaction, &error);
	oracle_apply(&work->model, changes);
	if (status == CSTN_OK)
		status = cstn__transaction_commit(transaction, &seq, &error);
	if (status != CSTN_OK)
		snprintf(work->why, sizeof(work->why), "%s", cstn_error_message(error));
	cstn_error_free(error);
	cstn__transaction_free(transaction);
	return status == CSTN_OK ? 0 : -1;
}

/* Small rows only, so that the whole store has at most 16 KiB. */
static int golden_commit(golden *store, uint32_t kind, uint32_t table, uint32_t first, uint32_t n)
{
	workload *work = &store->work;
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	int wrong;

	changes->n = 1;
	changes->ops[0].kind = kind;
	changes->ops[0].table = table;
	changes->ops[0].n = n;
	for (uint32_t i = 0; i < n; i++) {
		work->model.now_us += 10;
		changes->ops[0].rows[i].key = first + i;
		/* The same content each time: frames of one length. */
		changes->ops[0].rows[i].nonce = first + i;
		changes->ops[0].rows[i].recorded_us = work->model.now_us;
	}
	wrong = golden_run(work, changes);
	free(changes);
	return wrong;
}

/* One slot more with `put`, and the slot number `erase` of the model erased if there is one. */
static int golden_slot(golden *store, int put, size_t erase)
{
	workload *work = &store->work;
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	int wrong;

	if (put) {
		changes->n_puts = 1;
		changes->puts[0].nonce = (uint32_t)work->model.n_slots + 1;
		changes->puts[0].size = 40;
	}
	if (erase < work->model.n_slots) {
		changes->n_erased = 1;
		changes->erased[0] = work->model.slots[erase].put.slot;
	}
	wrong = golden_run(work, changes);
	free(changes);
	return wrong;
}

typedef enum golden_kind {
	GOLDEN_LOG,    /* everything in the log, not closed */
	GOLDEN_CLOSED, /* a segment and dead rows, closed */
	GOLDEN_BOTH,   /* a segment, dead rows, and a log that goes on */
	GOLDEN_STALE,  /* older generations that could not be removed */
	GOLDEN_KEPT,   /* an older generation that is kept, a bulk since */
	GOLDEN_SLOTS,  /* key slots, held and erased, settled and in the log */
	GOLDEN_KINDS
} golden_kind;
static const char *const golden_names[GOLDEN_KINDS] = {"log only", "closed", "segment and log",
		"with older generations", "with a kept generation", "with key slots"};

static int golden_fill(golden *store, golden_kind kind)
{
	workload *work = &store->work;

	if (golden_commit(store, CSTN__OP_UPSERT, ROWS_ORDERS, 0, 3))
		return -1;
	if (kind == GOLDEN_LOG)
		return golden_commit(store, CSTN__OP_UPSERT, ROWS_STOCK, 0, 2) ||
		       golden_commit(store, CSTN__OP_APPEND, ROWS_EVENTS, 0, 2) ||
		       golden_commit(store, CSTN__OP_UPSERT, ROWS_ORDERS, 1, 1) ||
		       golden_commit(store, CSTN__OP_UPSERT, ROWS_ORDERS, 1, 1) ||
		       golden_commit(store, CSTN__OP_DELETE, ROWS_ORDERS, 0, 1);
	if (kind == GOLDEN_SLOTS)
		return golden_slot(store, 1, SIZE_MAX) || golden_slot(store, 1, SIZE_MAX) ||
		       golden_slot(store, 0, 1) ||
		       cstn__store_checkpoint(work->store, NULL) != CSTN_OK ||
		       golden_slot(store, 1, SIZE_MAX) || golden_slot(store, 1, 0);
	if (kind == GOLDEN_STALE) {
		const sim_fault fault = {1u << SIM_UNLINK, NULL, 1, 5, 1};

		work->sim->faults[0] = fault;
	}
	if (cstn__store_checkpoint(work->store, NULL) != CSTN_OK)
		return -1;
	if (golden_commit(store, CSTN__OP_UPSERT, ROWS_ORDERS, 1, 1) ||
			golden_commit(store, CSTN__OP_DELETE, ROWS_ORDERS, 0, 1))
		return -1;
	if ((kind == GOLDEN_CLOSED || kind == GOLDEN_BOTH) &&
			rows_derive(work->store, ROWS_ORDERS, ROWS_ORDERS % ROWS_RULES, 0, 0,
					NULL) != CSTN_OK)
		return -1;
	/* So that a dead-row map is a file, the rows must stay in the first segment. */
	if (cstn__store_checkpoint(work->store, NULL) != CSTN_OK)
		return -1;
	if (kind == GOLDEN_KEPT)
		return golden_commit(store, CSTN__OP_UPSERT, ROWS_ORDERS, 2, 8);
	if (kind == GOLDEN_BOTH || kind == GOLDEN_STALE)
		return golden_commit(store, CSTN__OP_UPSERT, ROWS_ORDERS, 2, 2) ||
		       golden_commit(store, CSTN__OP_UPSERT, ROWS_ORDERS, 2, 1) ||
		       golden_commit(store, CSTN__OP_UPSERT, ROWS_ORDERS, 2, 1);
	return cstn__store_close(work->store, NULL) == CSTN_OK ? 0 : -1;
}

/* --- frames -------------------------------------------------------------------------------- */

static cstn_status golden_frame(void *context, const cstn__log_frame *frame, cstn_error **error)
{
	golden *store = context;
	struct golden_frame *out = &store->frames[store->n_frames];

	(void)error;
	if (store->n_frames < 64) {
		out->begin = frame->offset;
		out->end = frame->offset + CSTN__FRAME_HEADER + frame->payload_len;
		out->seq = frame->seq;
		store->n_frames++;
	}
	return CSTN_OK;
}

/* The frames of the newest log, which is the live one. */
static int golden_find_frames(golden *store, const uint8_t uuid[16])
{
	sim_vfs *sim = sim_vfs_new(store->disk, 9);
	uint64_t newest = 0, number;
	cstn__log_replayed replayed;
	cstn__vfs_file *file;
	cstn_status status = CSTN_OK;
	uint32_t kind;

	for (size_t i = 0; i < store->n_files; i++)
		if (cstn__file_name_read(store->files[i] + strlen(WORK_PATH) + 1, &kind, &number) &&
				kind == CSTN__ENTRY_LOG && number >= newest) {
			newest = number;
			snprintf(store->log, sizeof(store->log), "%s", store->files[i]);
		}
	if (store->log[0] && sim->vfs.open(&sim->vfs, store->log, CSTN__VFS_READ, &file) == 0) {
		status = cstn__log_replay(&sim->vfs, file, uuid, newest, NULL, golden_frame, store,
				&replayed, NULL);
		sim->vfs.close(&sim->vfs, file);
	}
	sim_vfs_free(sim);
	return status == CSTN_OK ? 0 : -1;
}

/* What damage to [from, to) of a file may not cost: everything, unless it is the live log and no
 * whole frame comes after; then what lies before. */
static uint64_t golden_least(const golden *store, const char *file, uint64_t from, uint64_t to)
{
	uint64_t least = store->n_frames ? store->frames[0].seq - 1 : store->last;

	if (strcmp(file, store->log) != 0)
		return store->last;
	for (size_t i = 0; i < store->n_frames; i++) {
		if (store->frames[i].begin >= to)
			return store->last;
		if (store->frames[i].end <= from)
			least = store->frames[i].seq;
	}
	return least;
}

static int golden_make(golden *store, golden_kind kind, uint64_t seed)
{
	cstn__store_options options;
	cstn__store_info info;
	sim_disk *disk = sim_disk_new();

	memset(store, 0, sizeof(*store));
	store->name = golden_names[kind];
	work_options_small(&options);
	options.segment_rows = 1;
	options.slots_a_file = 0; /* all in one file, see flips_is_vouched_for() */
	if (kind == GOLDEN_KEPT) {
		options.keep_generations = 2;
		options.checkpoint_rows = 8;
	}
	store->keeps = kind == GOLDEN_KEPT;
	work_begin(&store->work, disk, NULL, &options, seed);
	sim_disk_unref(disk);
	if (work_open(&store->work) != 0 ||
			cstn__store_info_get(store->work.store, &info, NULL) != CSTN_OK ||
			golden_fill(store, kind) != 0)
		return -1;
	store->disk = sim_crash(store->work.sim->disk, SIM_LOSS_NONE, 1);
	store->last = store->work.model.last_seq;
	/* An erasure is seen in the slot as well, when the log's end is lost. */
	store->work.model.slots_are = ORACLE_SLOTS_BESIDE;
	sim_disk_list(store->disk, WORK_PATH, golden_file, store);
	for (size_t i = 0; i < store->n_files; i++) {
		uint64_t size = 0;

		sim_disk_bytes(store->disk, store->files[i], &size);
		store->bytes += size;
	}
	return golden_find_frames(store, info.uuid);
}

static void golden_free(golden *store)
{
	sim_disk_unref(store->disk);
	work_end(&store->work);
}

/* --- one damage ---------------------------------------------------------------------------- */

typedef enum answer { ANSWER_REFUSED, ANSWER_SAME, ANSWER_TAIL, ANSWER_WRONG } answer;

static answer flips_read(flips *self, sim_disk *disk, uint32_t flags)
{
	golden *store = self->store;
	cstn__store_options options = store->work.options;
	sim_vfs *sim = sim_vfs_new(disk, 3);
	cstn__store *opened = NULL;
	oracle *model = &store->work.model;
	cstn__store_info info;
	answer found = ANSWER_REFUSED;

	options.flags |= flags | CSTN__STORE_MUST_EXIST;
	if (cstn__store_open(&sim->vfs, WORK_PATH, &rows_schema, &options, NULL, &opened, NULL) ==
			CSTN_OK) {
		if (cstn__store_info_get(opened, &info, NULL) != CSTN_OK) {
			found = ANSWER_REFUSED;
		} else if (info.last_seq < self->least || info.last_seq > store->last) {
			oracle_fail(model, "the store ends at transaction %" PRIu64 " of %" PRIu64,
					info.last_seq, store->last);
			found = ANSWER_WRONG;
		} else if (oracle_check(model, opened, NULL, info.last_seq, self->number, 8)) {
			found = model->status == CSTN_OK ? ANSWER_WRONG : ANSWER_REFUSED;
		} else {
			found = info.last_seq == store->last ? ANSWER_SAME : ANSWER_TAIL;
		}
		cstn__store_unref(opened);
	}
	sim_vfs_free(sim);
	return found;
}

/* 1: `verify` says that something is wrong. */
static int flips_verify(flips *self, sim_disk *disk)
{
	sim_vfs *sim = sim_vfs_new(disk, 4);
	cstn_buffer *report = NULL;
	cstn_status status;

	self->verified++;
	status = cstn__store_verify(&sim->vfs, WORK_PATH, 0, NULL, NULL, &report, NULL);
	cstn_buffer_free(report);
	sim_vfs_free(sim);
	return status != CSTN_OK;
}

/* The disk is damaged; counts what it answers. Returns 1 to stop. `noticed` 1: `verify` has to see
 * it unless it is a torn tail. */
static int flips_judge(flips *self, sim_disk *damaged, int noticed, const char *what,
		const char *file, uint64_t at)
{
	answer found = flips_read(self, damaged, CSTN__STORE_READ_ONLY);
	int derived = strstr(file, "/drv-") != NULL;

	/* Damage to derived columns is no reason to refuse, nor for `verify` to complain. */
	if (derived && found == ANSWER_REFUSED)
		found = ANSWER_WRONG;
	noticed = noticed && !derived;
	self->number++;
	layer_so_far(self->layer, self->number, 200000, "damages");
	self->refused += found == ANSWER_REFUSED;
	self->same += found == ANSWER_SAME;
	self->tails += found == ANSWER_TAIL;
	if (found != ANSWER_WRONG && noticed && found != ANSWER_TAIL &&
			self->number % FLIPS_VERIFIED == 0 && !flips_verify(self, damaged)) {
		self->missed++;
		return layer_case(self->layer, 1,
				"%s: %s of %s at %" PRIu64 ": `verify` finds nothing wrong",
				self->store->name, what, file + strlen(WORK_PATH) + 1, at);
	}
	if (found != ANSWER_WRONG && self->number % FLIPS_RECOVERED == 0)
		found = flips_read(self, damaged, 0);
	if (found != ANSWER_WRONG)
		return 0;
	self->silent++;
	return layer_case(self->layer, 1, "%s: %s of %s at %" PRIu64 ": %s", self->store->name,
			what, file + strlen(WORK_PATH) + 1, at, self->store->work.model.why);
}

/* The bytes [at, to) of a file are not as they were. */
static int flips_put(flips *self, const char *file, const uint8_t *data, uint64_t size, int noticed,
		const char *what, uint64_t at, uint64_t to)
{
	sim_disk *damaged = sim_disk_clone(self->store->disk);
	int stop;

	sim_disk_put(damaged, file, data, size);
	self->least = golden_least(self->store, file, at, to);
	stop = flips_judge(self, damaged, noticed, what, file, at);
	sim_disk_unref(damaged);
	return stop;
}

/* A file of an older generation is read by nobody. */
static int flips_is_old(const golden *store, const char *file)
{
	uint64_t newest = 0, number;
	cstn__manifest manifest;
	uint32_t kind;
	uint64_t size;
	const uint8_t *data;
	char name[SIM_NAME * 2] = "";
	int listed = 0;

	for (size_t i = 0; i < store->n_files; i++)
		if (cstn__file_name_read(store->files[i] + strlen(WORK_PATH) + 1, &kind, &number) &&
				kind == 0 && number >= newest) {
			newest = number;
			snprintf(name, sizeof(name), "%s", store->files[i]);
		}
	if (strcmp(name, file) == 0)
		return 0;
	data = sim_disk_bytes(store->disk, name, &size);
	if (!data || cstn__manifest_read(data, size, newest, NULL, &manifest, NULL) != CSTN_OK)
		return 0;
	cstn__file_name_read(file + strlen(WORK_PATH) + 1, &kind, &number);
	for (size_t i = 0; i < manifest.n_entries; i++)
		listed |= manifest.entries[i].kind == kind && manifest.entries[i].file_no == number;
	cstn__manifest_free(&manifest);
	return !listed;
}

/* Of key slots: the header, what is settled and what the log put; not what the log erased and the
 * next open overwrites (slot 0 of GOLDEN_SLOTS), nor what no commit vouches for. */
static int flips_is_vouched_for(const golden *store, const char *file, uint64_t at)
{
	uint64_t first = CSTN__SLOT_HEADER + 64,
		 end = CSTN__SLOT_HEADER + 64 * store->work.model.n_slots;

	return !strstr(file, "key-") || at < CSTN__SLOT_HEADER || (at >= first && at < end);
}

static int flips_bits(flips *self, const char *file, uint64_t stride)
{
	uint64_t size = 0, failed = self->layer->failed;
	const uint8_t *bytes = sim_disk_bytes(self->store->disk, file, &size);
	uint8_t *copy = test_alloc(size);
	int stop = 0, noticed = !flips_is_old(self->store, file);

	memcpy(copy, bytes, size);
	for (uint64_t bit = 0; bit < size * 8 && !stop; bit += stride) {
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		stop = flips_put(self, file, copy, size,
				noticed && flips_is_vouched_for(self->store, file, bit / 8),
				"bit flip", bit / 8, bit / 8 + 1);
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		self->bits++;
	}
	free(copy);
	if (failed == self->layer->failed)
		layer_case(self->layer, 0, "%s", "");
	return stop;
}

static int flips_cuts(flips *self, const char *file)
{
	uint64_t size = 0, failed = self->layer->failed;
	const uint8_t *bytes = sim_disk_bytes(self->store->disk, file, &size);
	uint8_t *copy = test_alloc(size + 64);
	sim_disk *without;
	int stop = 0;

	memcpy(copy, bytes, size);
	for (uint64_t i = 0; i < 64; i++)
		copy[size + i] = (uint8_t)sim_random(5, i);
	for (uint64_t length = 0; length <= size + 64 && !stop;
			length += layer_every(self->layer)) {
		/* A log may be followed by anything, as after a torn write. */
		if (length == size)
			continue;
		stop = flips_put(self, file, copy, length, 0, "cut", length < size ? length : size,
				length < size ? size : length);
		self->cuts++;
	}
	free(copy);
	if (!stop && !(self->store->keeps && strstr(file, "MANIFEST"))) {
		without = sim_disk_clone(self->store->disk);
		sim_disk_remove(without, file);
		self->least = self->store->last;
		stop = flips_judge(self, without, 0, "loss", file, 0);
		sim_disk_unref(without);
	}
	if (failed == self->layer->failed)
		layer_case(self->layer, 0, "%s", "");
	return stop;
}

/* Copies `piece` bytes at `from` of another file over those at `to`, if both are there and differ.
 */
static int flips_misplace(flips *self, const char *file, uint64_t to, const char *other,
		uint64_t from, uint64_t piece)
{
	uint64_t size = 0, left = 0;
	const uint8_t *bytes = sim_disk_bytes(self->store->disk, file, &size);
	const uint8_t *source = sim_disk_bytes(self->store->disk, other, &left);
	uint8_t *copy;
	int stop;

	if (to >= size || from >= left)
		return 0;
	piece = piece < size - to ? piece : size - to;
	piece = piece < left - from ? piece : left - from;
	if (memcmp(bytes + to, source + from, piece) == 0)
		return 0;
	copy = test_alloc(size);
	memcpy(copy, bytes, size);
	memcpy(copy + to, source + from, piece);
	stop = flips_put(self, file, copy, size, 0, "misplaced piece", to, to + piece);
	free(copy);
	self->pieces++;
	return stop;
}

/* Pieces written to the wrong place: pages from the same place of each other file and from the page
 * before and behind, then pieces of 64 and 512 bytes at random. */
static int flips_pieces(flips *self, const char *file, uint64_t n)
{
	sim_dice dice = {self->layer->seed, 1};
	uint64_t size = 0, failed = self->layer->failed;
	int stop = 0;

	sim_disk_bytes(self->store->disk, file, &size);
	for (uint64_t to = 0; to < size && !stop; to += SIM_PIECE * layer_every(self->layer)) {
		stop = flips_misplace(self, file, to, file, to + PAGE, PAGE) ||
		       (to >= PAGE && flips_misplace(self, file, to, file, to - PAGE, PAGE));
		for (size_t i = 0; i < self->store->n_files && !stop; i++)
			stop = flips_misplace(self, file, to, self->store->files[i], to, PAGE);
	}
	for (uint64_t i = 0; i < n && !stop; i++) {
		const char *other = self->store->files[sim_dice_below(&dice, self->store->n_files)];
		uint64_t piece = sim_dice_below(&dice, 4) ? SIM_PIECE : SIM_PIECE * 8;
		uint64_t to = sim_dice_below(&dice, size / SIM_PIECE + 1) * SIM_PIECE, left = 0;

		if (sim_dice_below(&dice, 4))
			other = file;
		sim_disk_bytes(self->store->disk, other, &left);
		stop = flips_misplace(self, file, to, other,
				sim_dice_below(&dice, left / SIM_PIECE + 1) * SIM_PIECE, piece);
	}
	if (failed == self->layer->failed)
		layer_case(self->layer, 0, "%s", "");
	return stop;
}

static int flips_logs(flips *self)
{
	golden *store = self->store;
	uint64_t size = 0, failed = self->layer->failed, before = self->frames;
	const uint8_t *bytes = sim_disk_bytes(store->disk, store->log, &size);
	uint8_t *copy = test_alloc(size);
	int stop = 0;

	if (bytes)
		memcpy(copy, bytes, size);
	for (size_t i = 0; i < store->n_frames && !stop; i += layer_every(self->layer))
		for (size_t k = 0; k < store->n_frames && !stop; k++) {
			const struct golden_frame *to = &store->frames[i];
			const struct golden_frame *from = &store->frames[k];

			if (i == k || to->end - to->begin != from->end - from->begin)
				continue;
			memcpy(copy + to->begin, bytes + from->begin, to->end - to->begin);
			stop = flips_put(self, store->log, copy, size, 0, "frame over another",
					to->begin, to->end);
			memcpy(copy + to->begin, bytes + to->begin, to->end - to->begin);
			self->frames++;
		}
	free(copy);
	if (failed == self->layer->failed && self->frames > before)
		layer_case(self->layer, 0, "%s", "");
	return stop;
}

static int flips_store(flips *self, uint64_t stride)
{
	golden *store = self->store;
	int stop = 0;

	layer_say(self->layer, "flips: store \"%s\": %zu files, %" PRIu64 " bytes", store->name,
			store->n_files, store->bytes);
	self->least = store->last;
	if (flips_read(self, store->disk, CSTN__STORE_READ_ONLY) != ANSWER_SAME)
		return layer_case(self->layer, 1, "%s: the undamaged store is not read: %s",
				store->name, store->work.model.why);
	stop = flips_logs(self);
	for (size_t i = 0; i < store->n_files && !stop; i++)
		stop = flips_pieces(self, store->files[i],
				       (self->layer->long_run ? 20000 : 1000) /
						       layer_every(self->layer)) ||
		       flips_bits(self, store->files[i], stride) ||
		       flips_cuts(self, store->files[i]);
	return stop;
}

void layer_flips(layer *self)
{
	flips all = {.layer = self};
	uint64_t stride = self->effort ? self->effort : layer_every(self);
	int stop = 0;

	for (golden_kind kind = 0; kind < GOLDEN_KINDS && !stop; kind++) {
		golden *store = test_alloc(sizeof(*store));

		all.store = store;
		if (golden_make(store, kind, self->seed) != 0)
			stop = layer_case(self, 1, "%s: cannot be made: %s", golden_names[kind],
					store->work.why);
		else
			stop = flips_store(&all, stride);
		golden_free(store);
		free(store);
	}
	layer_say(self,
			"flips: %" PRIu64 " bits, %" PRIu64 " cuts, %" PRIu64
			" misplaced pieces, %" PRIu64 " frames over others: %" PRIu64
			" refused, %" PRIu64 " the same answer, %" PRIu64
			" loss of the unsealed last group; %" PRIu64
			" silent wrong answers; `verify` shown %" PRIu64 ", missed %" PRIu64,
			all.bits, all.cuts, all.pieces, all.frames, all.refused, all.same,
			all.tails, all.silent, all.verified, all.missed);
}
