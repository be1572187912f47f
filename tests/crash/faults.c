/* The n-th call of a kind fails, for every n until none is left to fail, once and for ever after.
 *
 * A script opens a store, commits, checkpoints, compacts, backs up, closes and reopens. Whatever a
 * call returns, the rules are: what was acknowledged stays; what failed is not seen by readers, and
 * may only come up after a reopen (it was in doubt); a failed sync poisons the handle, lack of
 * space does not; reads go on; when the fault is gone the store opens, has no stray file, verifies
 * and takes commits. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "image.h"
#include "workload.h"

#define FAULT_CANDIDATES 3u

typedef struct faults {
	layer *layer;
	uint64_t runs, fired, in_doubt, surfaced, poisoned, full;
	image_count count;
} faults;

/* One run: the store, and the transactions that failed since the last that is known. */
typedef struct faulty {
	workload work;
	oracle_transaction candidates[FAULT_CANDIDATES];
	uint32_t n_candidates;
	int reads_fail; /* the fault is on reading: answers may be errors */
	int may_fail;   /* 0: no step may fail at all */
	faults *all;
	char why[800];
} faulty;

static int faulty_wrong(faulty *self, const char *what, const char *why)
{
	snprintf(self->why, sizeof(self->why), "%s: %s", what, why);
	return -1;
}

static uint32_t faulty_state(faulty *self)
{
	cstn__store_info info;

	if (!self->work.store || cstn__store_info_get(self->work.store, &info, NULL) != CSTN_OK)
		return CSTN__STORE_STATE_CLOSED;
	return info.state;
}

static int faulty_is_allowed(cstn_status status)
{
	return status == CSTN_E_IO || status == CSTN_E_FULL || status == CSTN_E_POISONED ||
	       status == CSTN_E_LOCKED || status == CSTN_E_NOT_FOUND || status == CSTN_E_BUSY ||
	       status == CSTN_E_STATE;
}

/* A step came back with `status`: may it? */
static int faulty_status(faulty *self, const char *what, cstn_status status, cstn_error *error)
{
	int wrong = status != CSTN_OK && (!faulty_is_allowed(status) || !self->may_fail);

	if (wrong)
		snprintf(self->why, sizeof(self->why), "%s: %s: %s", what, cstn_status_name(status),
				cstn_error_message(error));
	cstn_error_free(error);
	return wrong ? -1 : 0;
}

/* The live handle shows what was acknowledged and nothing else. */
static int faulty_look(faulty *self)
{
	workload *work = &self->work;
	int poisoned = faulty_state(self) == CSTN__STORE_STATE_POISONED, wrong;

	if (!work->store)
		return 0;
	/* An erasure that is committed and not carried out: refused, although in doubt. */
	for (uint32_t i = 0; poisoned && i < FAULT_CANDIDATES; i++)
		oracle_unsure(&work->model, &self->candidates[i], 1);
	wrong = oracle_check(&work->model, work->store, NULL, work->acked, 5, 4);
	for (uint32_t i = 0; poisoned && i < FAULT_CANDIDATES; i++)
		oracle_unsure(&work->model, &self->candidates[i], 0);
	if (!wrong)
		return 0;
	if (self->reads_fail && work->model.status != CSTN_OK)
		return 0;
	return faulty_wrong(self, "live handle", work->model.why);
}

/* The store has been opened at `n`: which of the transactions in doubt is it? */
static int faulty_settle(faulty *self, uint64_t n)
{
	workload *work = &self->work;
	int wrong = 0;

	if (n < work->acked || n > work->acked + (self->n_candidates ? 1 : 0)) {
		snprintf(self->why, sizeof(self->why),
				"opened at transaction %" PRIu64 ", %" PRIu64
				" acknowledged, %u in doubt",
				n, work->acked, self->n_candidates);
		return -1;
	}
	if (n == work->acked)
		wrong = oracle_check(&work->model, work->store, NULL, n, 6, 4);
	for (uint32_t i = 0; n > work->acked && i < self->n_candidates; i++) {
		oracle_truncate(&work->model, work->acked);
		oracle_apply(&work->model, &self->candidates[i]);
		wrong = oracle_check(&work->model, work->store, NULL, n, 6, 4);
		if (!wrong)
			break;
	}
	if (wrong && self->reads_fail && work->model.status != CSTN_OK)
		wrong = 0;
	self->all->surfaced += n > work->acked;
	self->n_candidates = 0;
	work->acked = n;
	return wrong ? faulty_wrong(self, "after open", work->model.why) : 0;
}

static int faulty_open(faulty *self)
{
	workload *work = &self->work;
	cstn__store_info info;
	cstn_error *error = NULL;
	cstn_status status;

	status = cstn__store_open(&work->sim->vfs, WORK_PATH, &rows_schema, &work->options, NULL,
			&work->store, &error);
	if (status != CSTN_OK) {
		work->store = NULL;
		return faulty_status(self, "open", status, error);
	}
	if (cstn__store_info_get(work->store, &info, NULL) != CSTN_OK)
		return faulty_wrong(self, "open", "no info");
	return faulty_settle(self, info.last_seq);
}

static int faulty_reopen(faulty *self)
{
	cstn__store_unref(self->work.store);
	self->work.store = NULL;
	return faulty_open(self);
}

/* Commits; when it fails looks, tries once more or goes on with another, and at the last reopens.
 */
static int faulty_commit(faulty *self, work_op op)
{
	workload *work = &self->work;
	cstn__transaction *transaction = NULL;
	cstn_error *error = NULL;
	oracle_transaction *changes = &self->candidates[self->n_candidates];
	cstn_status status;
	uint64_t seq = 0;

	oracle_truncate(&work->model, work->acked);
	work_changes(work, op, changes);
	status = cstn__transaction_new(work->store, &transaction, &error);
	if (status == CSTN_OK)
		status = oracle_fill(changes, transaction, &error);
	for (int attempt = 0; attempt < 2 && status == CSTN_OK; attempt++) {
		status = cstn__transaction_commit(transaction, &seq, &error);
		if (status == CSTN_OK || attempt || op == WORK_BULK)
			break;
		/* The same transaction again, as a host does that has freed some space. */
		if (faulty_status(self, "commit", status, error) || faulty_look(self)) {
			cstn__transaction_free(transaction);
			return -1;
		}
		error = NULL;
		if (faulty_state(self) == CSTN__STORE_STATE_POISONED)
			break;
		self->all->full++;
		status = CSTN_OK;
	}
	cstn__transaction_free(transaction);
	if (status == CSTN_OK) {
		oracle_apply(&work->model, changes);
		self->n_candidates = 0;
		work->acked = work->model.last_seq;
		if (seq != work->acked)
			return faulty_wrong(self, "commit", "another number than the next");
		return faulty_look(self);
	}
	self->n_candidates++;
	self->all->in_doubt++;
	if (faulty_status(self, "commit", status, error) || faulty_look(self))
		return -1;
	if (faulty_state(self) == CSTN__STORE_STATE_POISONED) {
		self->all->poisoned++;
		return faulty_reopen(self);
	}
	return self->n_candidates == FAULT_CANDIDATES ? faulty_reopen(self) : 0;
}

static int faulty_step(faulty *self, work_op op)
{
	workload *work = &self->work;
	cstn_error *error = NULL;
	cstn_status status;
	char path[32];

	switch (op) {
	case WORK_CHECKPOINT:
		status = cstn__store_checkpoint(work->store, &error);
		break;
	case WORK_COMPACT:
		status = cstn__store_maintain(work->store, INT64_MIN, UINT64_MAX, NULL, &error);
		break;
	case WORK_DERIVE:
		status = rows_derive(
				work->store, ROWS_ORDERS, ROWS_ORDERS % ROWS_RULES, 1, 0, &error);
		break;
	case WORK_BACKUP:
		snprintf(path, sizeof(path), "/backup%u", work->n_backups++);
		status = cstn__store_backup(work->store, path, 0, NULL, &error);
		break;
	case WORK_REOPEN:
		status = cstn__store_close(work->store, &error);
		if (faulty_status(self, "close", status, error))
			return -1;
		return faulty_reopen(self);
	case WORK_HOLD: /* dropped, not closed: the log is replayed */
		return faulty_reopen(self);
	default:
		return faulty_commit(self, op);
	}
	if (faulty_status(self, work_op_name(op), status, error) || faulty_look(self))
		return -1;
	if (status == CSTN_OK && op == WORK_CHECKPOINT)
		self->n_candidates = 0;
	if (faulty_state(self) != CSTN__STORE_STATE_POISONED)
		return 0;
	self->all->poisoned++;
	return faulty_reopen(self);
}

/* The fault is gone: service is back, and power may go at any time. */
static int faulty_end(faulty *self, uint64_t seed)
{
	workload *work = &self->work;
	image_check check = {&work->model, &work->options, &self->all->count, 0};
	image_bounds bounds;
	sim_disk *image;
	int wrong;

	memset(work->sim->faults, 0, sizeof(work->sim->faults));
	self->reads_fail = 0;
	if (!work->store && faulty_open(self))
		return -1;
	if (!work->store)
		return faulty_wrong(self, "open without a fault", "refused");
	if (faulty_state(self) == CSTN__STORE_STATE_POISONED && faulty_reopen(self))
		return -1;
	self->may_fail = 0;
	if (faulty_commit(self, WORK_COMMIT))
		return -1;
	bounds.acked = bounds.issued = bounds.seen = work->acked;
	for (uint32_t i = 0; i < 2; i++) {
		image = sim_crash(work->sim->disk, i ? SIM_LOSS_RANDOM : SIM_LOSS_ALL, seed + i);
		wrong = image_check_power_loss(&check, image, bounds, seed + i);
		sim_disk_unref(image);
		if (wrong)
			return faulty_wrong(self, "after the power went", work->model.why);
	}
	return 0;
}

/* 1: the fault fired; 0: there are not so many calls; -1: wrong. */
static int faulty_run(faults *all, const sim_fault *first, const sim_fault *second, int may_fail,
		uint64_t seed, char *why, size_t size)
{
	static const work_op steps[] = {WORK_COMMIT, WORK_COMMIT, WORK_HOLD, WORK_BULK, WORK_UPSERT,
			WORK_HOLD, WORK_UPSERT, WORK_CHECKPOINT, WORK_DELETE, WORK_BULK,
			WORK_DERIVE, WORK_COMPACT, WORK_DERIVE, WORK_SLOTS, WORK_SLOTS, WORK_ERASE,
			WORK_BACKUP, WORK_REOPEN, WORK_ERASE, WORK_HOLD, WORK_UPSERT, WORK_COMMIT};
	cstn__store_options options;
	sim_disk *disk = sim_disk_new();
	faulty *self = test_alloc(sizeof(*self));
	int wrong, fired;

	work_options_small(&options);
	work_begin(&self->work, disk, NULL, &options, seed);
	sim_disk_unref(disk);
	self->all = all;
	self->may_fail = may_fail;
	self->reads_fail = first->kinds >> SIM_READ & 1 || first->kinds >> SIM_OPEN & 1 ||
			   first->kinds >> SIM_SIZE & 1;
	if (second)
		self->reads_fail = 1;
	self->work.sim->faults[0] = *first;
	if (second)
		self->work.sim->faults[1] = *second;
	wrong = faulty_open(self);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && !wrong; i++) {
		if (!self->work.store)
			wrong = faulty_open(self);
		if (!wrong && self->work.store)
			wrong = faulty_step(self, steps[i]);
	}
	fired = self->work.sim->fault_fired[0] != 0;
	if (!wrong)
		wrong = faulty_end(self, seed);
	if (wrong)
		snprintf(why, size, "%s", self->why);
	all->runs++;
	layer_so_far(all->layer, all->runs, 10000, "runs");
	all->fired += (uint64_t)fired;
	work_end(&self->work);
	free(self);
	return wrong ? -1 : fired;
}

static const fault_kind fault_kinds[FAULT_KINDS] = {
		{1u << SIM_OPEN | 1u << SIM_CREATE, "open"},
		{1u << SIM_READ, "read"},
		{1u << SIM_WRITE, "write"},
		{1u << SIM_SIZE, "size"},
		{1u << SIM_SYNC, "fsync"},
		{1u << SIM_SYNC_DATA, "fdatasync"},
		{1u << SIM_SYNC_FOLDER, "folder sync"},
		{1u << SIM_MAKE_FOLDER, "mkdir"},
		{1u << SIM_RENAME, "rename"},
		{1u << SIM_LINK, "link"},
		{1u << SIM_UNLINK, "unlink"},
		{1u << SIM_LIST, "readdir"},
		{1u << SIM_LOCK, "lock"},
		{1u << SIM_RANDOM, "random"},
};

static const fault_error fault_errors[FAULT_ERRORS] = {{EIO, "EIO"}, {ENOSPC, "ENOSPC"},
		{EDQUOT, "EDQUOT"}, {EINTR, "EINTR"}, {SIM_SHORT, "short"}};

const fault_kind *fault_kind_get(size_t number)
{
	return &fault_kinds[number];
}

const fault_error *fault_error_get(size_t number)
{
	return &fault_errors[number];
}

int fault_makes_sense(uint32_t kinds, int error)
{
	const uint32_t space = 1u << SIM_CREATE | 1u << SIM_WRITE | 1u << SIM_SYNC |
			       1u << SIM_SYNC_DATA | 1u << SIM_SYNC_FOLDER | 1u << SIM_MAKE_FOLDER |
			       1u << SIM_RENAME | 1u << SIM_LINK;
	const uint32_t interrupted = 1u << SIM_CREATE | 1u << SIM_READ | 1u << SIM_WRITE |
				     1u << SIM_SYNC | 1u << SIM_SYNC_DATA | 1u << SIM_SYNC_FOLDER;

	if (error == ENOSPC || error == EDQUOT)
		return (kinds & space) != 0;
	if (error == EINTR)
		return (kinds & interrupted) != 0;
	if (error == SIM_SHORT)
		return (kinds & (1u << SIM_READ | 1u << SIM_WRITE)) != 0;
	return 1;
}

int fault_is_harmless(uint32_t kinds, int error, int for_ever)
{
	const uint32_t retried = 1u << SIM_OPEN | 1u << SIM_READ | 1u << SIM_WRITE;

	return (error == EINTR && !for_ever && kinds & retried) ||
	       (error == SIM_SHORT && kinds & 1u << SIM_READ);
}

/* Every n of one kind, error and persistence. Returns 1 to stop. */
static int faults_every(faults *all, const fault_kind *kind, size_t error, int for_ever)
{
	int may_fail = !fault_is_harmless(kind->kinds, fault_errors[error].error, for_ever);
	char why[800];

	for (uint64_t n = 1;; n += layer_every(all->layer)) {
		const sim_fault fault = {kind->kinds, NULL, n, fault_errors[error].error, for_ever};
		int fired = faulty_run(all, &fault, NULL, may_fail, sim_random(all->layer->seed, n),
				why, sizeof(why));

		if (fired >= 0) {
			layer_case(all->layer, 0, "%s", "");
		} else if (layer_case(all->layer, 1, "%s number %" PRIu64 " fails with %s%s: %s",
					   kind->name, n, fault_errors[error].name,
					   for_ever ? " for ever" : "", why)) {
			return 1;
		} else if (n > 2000) {
			return 0;
		}
		if (fired == 0)
			return 0;
	}
}

/* A read of a log that gives half, and then an error: the half is not all there is. */
static int faults_half_reads(faults *all)
{
	char why[800];

	for (uint64_t n = 1;; n += layer_every(all->layer)) {
		const sim_fault half = {1u << SIM_READ, "log-", n, SIM_SHORT, 0};
		const sim_fault error = {1u << SIM_READ, "log-", n + 1, EIO, 0};
		int fired = faulty_run(all, &half, &error, 1, n, why, sizeof(why));

		if (layer_case(all->layer, fired < 0, "log read %" PRIu64 " is short, then EIO: %s",
				    n, why))
			return 1;
		if (fired == 0 || n > 500)
			return 0;
	}
}

static void faults_pairs(faults *all, uint64_t n)
{
	sim_dice dice = {all->layer->seed, 31};
	char why[800];

	for (uint64_t i = 0; i < n; i++) {
		sim_fault pair[2];

		for (int k = 0; k < 2; k++) {
			const fault_kind *kind = &fault_kinds[sim_dice_below(&dice, FAULT_KINDS)];
			int error = fault_errors[sim_dice_below(&dice, FAULT_ERRORS - 1)].error;

			pair[k] = (sim_fault){kind->kinds, NULL, 1 + sim_dice_below(&dice, 60),
					fault_makes_sense(kind->kinds, error) ? error : EIO,
					(int)sim_dice_below(&dice, 2)};
		}
		if (faulty_run(all, &pair[0], &pair[1], 1, i, why, sizeof(why)) < 0)
			layer_case(all->layer, 1, "pair %" PRIu64 ": %s", i, why);
		else
			layer_case(all->layer, 0, "%s", "");
	}
}

void layer_faults(layer *self)
{
	faults all = {.layer = self};
	int stop = 0;

	for (size_t kind = 0; kind < FAULT_KINDS && !stop; kind++)
		for (size_t error = 0; error < FAULT_ERRORS && !stop; error++)
			for (int for_ever = 0; for_ever < 2 && !stop; for_ever++)
				if (fault_makes_sense(fault_kinds[kind].kinds,
						    fault_errors[error].error))
					stop = faults_every(
							&all, &fault_kinds[kind], error, for_ever);
	if (!stop)
		stop = faults_half_reads(&all);
	if (self->long_run)
		faults_pairs(&all, 100000);
	layer_say(self,
			"faults: %" PRIu64 " runs, a fault in %" PRIu64 " of them; %" PRIu64
			" transactions in doubt, %" PRIu64 " of which came up later; %" PRIu64
			" handles poisoned, %" PRIu64 " retries in a full store, %" PRIu64
			" crash states after; %" PRIu64 " wrong",
			all.runs, all.fired, all.in_doubt, all.surfaced, all.poisoned, all.full,
			all.count.states, self->failed);
}
