/* Readers beside a writer, and what a writer owes to others: locks, the files of a reader, what is
 * seen before it is safe, rows that die while a compaction runs, and a handle carried over a fork.
 *
 * Each case is a small script on the model disk. Where a call is watched from inside another (a
 * reader looks while the writer syncs), the looking is done by a second thread that is waited for
 * only so long, so that a library that waits there is not taken for one that is wrong. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "image.h"
#include "layer.h"
#include "store/log.h"
#include "store/manifest.h"
#include "workload.h"

typedef struct reader {
	sim_vfs *sim;
	cstn__store *store;
	uint64_t n;
} reader;

static cstn_status reader_open(reader *self, const workload *work, uint32_t flags, char *why)
{
	cstn__store_options options = work->options;
	cstn__store_info info;
	cstn_error *error = NULL;
	cstn_status status;

	self->store = NULL;
	self->sim = sim_vfs_new(work->sim->disk, 11);
	self->sim->process = 2;
	options.flags |= flags;
	status = cstn__store_open(&self->sim->vfs, WORK_PATH, &rows_schema, &options, NULL,
			&self->store, &error);
	if (status == CSTN_OK)
		status = cstn__store_info_get(self->store, &info, &error);
	if (status == CSTN_OK)
		self->n = info.last_seq;
	snprintf(why, 200, "%s: %.150s", cstn_status_name(status), cstn_error_message(error));
	cstn_error_free(error);
	return status;
}

static void reader_close(reader *self)
{
	cstn__store_unref(self->store);
	sim_vfs_free(self->sim);
}

/* A store with rows, ready for a case; 0 when it is there. */
static int case_begin(layer *self, workload *work)
{
	if (work_base(work, self->seed) == 0)
		return 0;
	layer_case(self, 1, "%s", work->why);
	work_end(work);
	return -1;
}

/* --- locks --------------------------------------------------------------------------------- */

static void a_second_writer_is_refused(layer *self)
{
	char why[200];
	workload work;
	reader other;
	cstn_status status;

	if (case_begin(self, &work))
		return;
	status = reader_open(&other, &work, 0, why);
	layer_case(self, status != CSTN_E_LOCKED, "a second writer: %s", why);
	reader_close(&other);
	cstn__store_unref(work.store);
	work.store = NULL;
	status = reader_open(&other, &work, 0, why);
	layer_case(self, status != CSTN_OK || other.n != work.model.last_seq,
			"a writer after the first is gone: %s", why);
	reader_close(&other);
	work_end(&work);
}

static void a_reader_opens_beside_a_writer(layer *self)
{
	char why[200];
	workload work;
	reader other;
	int wrong = 0;

	if (case_begin(self, &work))
		return;
	for (int i = 0; i < 20 && !wrong; i++) {
		wrong = work_do(&work, (work_op)sim_dice_below(&work.dice, WORK_HOLD));
		if (wrong) {
			layer_case(self, 1, "%s", work.why);
			break;
		}
		if (reader_open(&other, &work, CSTN__STORE_READ_ONLY, why) != CSTN_OK ||
				other.n != work.model.last_seq)
			wrong = layer_case(self, 1,
						"a reader beside the writer: transaction %" PRIu64
						" of %" PRIu64 ", %s",
						other.n, work.model.last_seq, why) ||
				1;
		else if (oracle_check(&work.model, other.store, NULL, other.n, 4, 8))
			wrong = layer_case(self, 1, "a reader beside the writer: %s",
						work.model.why) ||
				1;
		reader_close(&other);
	}
	if (!wrong)
		layer_case(self, 0, "%s", "");
	work_end(&work);
}

/* The files that the manifest of a reader lists, as long as it holds its lock. */
typedef struct listed_files {
	char names[64][SIM_NAME * 2];
	size_t n;
} listed_files;

static void listed_file(void *context, const char *name)
{
	listed_files *files = context;

	if (files->n < 64)
		snprintf(files->names[files->n++], SIM_NAME * 2, "%s/%s", WORK_PATH, name);
}

static void the_files_of_a_reader_stay(layer *self)
{
	static const work_op ops[] = {WORK_UPSERT, WORK_BULK, WORK_CHECKPOINT, WORK_UPSERT,
			WORK_ERASE, WORK_COMPACT, WORK_BULK, WORK_SLOTS, WORK_ERASE, WORK_COMPACT,
			WORK_CHECKPOINT};
	listed_files *files = test_alloc(sizeof(*files));
	char why[200];
	workload work;
	reader other;
	int wrong = 0;

	if (case_begin(self, &work)) {
		free(files);
		return;
	}
	if (reader_open(&other, &work, CSTN__STORE_READ_ONLY, why) != CSTN_OK) {
		layer_case(self, 1, "a reader: %s", why);
		wrong = 1;
	}
	sim_disk_list(work.sim->disk, WORK_PATH, listed_file, files);
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops) && !wrong; i++) {
		wrong = work_do(&work, ops[i]);
		if (wrong)
			layer_case(self, 1, "%s", work.why);
		for (size_t k = 0; k < files->n && !wrong; k++)
			if (!sim_disk_exists(work.sim->disk, files->names[k]))
				wrong = layer_case(self, 1,
							"%s is gone after a %s, a reader still has"
							" the store open",
							files->names[k], work_op_name(ops[i])) ||
					1;
		work.model.slots_are = ORACLE_SLOTS_BESIDE;
		if (!wrong && oracle_check(&work.model, other.store, NULL, other.n, i, 8))
			wrong = layer_case(self, 1, "a reader that stays: %s", work.model.why) || 1;
	}
	work.model.slots_are = 0;
	reader_close(&other);
	if (!wrong) {
		layer_case(self, 0, "%s", "");
		wrong = work_do(&work, WORK_REOPEN);
		if (!wrong)
			wrong = work_do(&work, WORK_CHECKPOINT);
		layer_case(self,
				wrong || image_check_files(
							 &work.model, work.sim->disk, WORK_PATH, 1),
				"after the reader is gone: %s", wrong ? work.why : work.model.why);
	}
	free(files);
	work_end(&work);
}

/* --- looking from inside a call ------------------------------------------------------------ */

typedef struct looker {
	workload *work;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t done_now;
	sim_kind kind; /* the call to look in */
	uint64_t looks, late;
	uint64_t seen; /* the highest transaction that a reader saw while it was not yet safe */
	int running, done;
	int (*act)(struct looker *self);
	char why[300];
} looker;

static void *looker_run(void *context)
{
	looker *self = context;

	self->act(self);
	pthread_mutex_lock(&self->mutex);
	self->done = 1;
	pthread_cond_signal(&self->done_now);
	pthread_mutex_unlock(&self->mutex);
	return NULL;
}

/* Starts the thread in the call that is watched and gives it 200 ms. */
static void looker_before(void *context, sim_vfs *sim, const sim_call *call)
{
	looker *self = context;
	struct timespec until;

	(void)sim;
	if (call->kind != self->kind || self->running)
		return;
	self->running = 1;
	self->done = 0;
	self->looks++;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 200000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_create(&self->thread, NULL, looker_run, self);
	pthread_mutex_lock(&self->mutex);
	while (!self->done)
		if (pthread_cond_timedwait(&self->done_now, &self->mutex, &until) != 0)
			break;
	self->late += !self->done;
	pthread_mutex_unlock(&self->mutex);
}

static void looker_join(looker *self)
{
	if (self->running)
		pthread_join(self->thread, NULL);
	self->running = 0;
}

static void looker_begin(looker *self, workload *work, sim_kind kind, int (*act)(looker *self))
{
	memset(self, 0, sizeof(*self));
	pthread_mutex_init(&self->mutex, NULL);
	pthread_cond_init(&self->done_now, NULL);
	self->work = work;
	self->kind = kind;
	self->act = act;
	work->sim->before = looker_before;
	work->sim->context = self;
}

static void looker_end(looker *self)
{
	self->work->sim->before = NULL;
	pthread_mutex_destroy(&self->mutex);
	pthread_cond_destroy(&self->done_now);
}

static int look_at_seq(looker *self)
{
	cstn__snapshot *snapshot = NULL;

	if (cstn__snapshot_new(self->work->store, &snapshot, NULL) != CSTN_OK)
		return -1;
	if (cstn__snapshot_seq(snapshot) > self->seen)
		self->seen = cstn__snapshot_seq(snapshot);
	cstn__snapshot_unref(snapshot);
	return 0;
}

static void nothing_is_seen_before_it_is_synced(layer *self)
{
	workload work;
	looker look;
	int wrong = 0;

	if (case_begin(self, &work))
		return;
	looker_begin(&look, &work, SIM_SYNC_DATA, look_at_seq);
	for (int i = 0; i < 10 && !wrong; i++) {
		uint64_t before = work.acked;

		look.seen = 0;
		wrong = work_do(&work, i % 2 ? WORK_UPSERT : WORK_COMMIT);
		looker_join(&look);
		if (wrong)
			layer_case(self, 1, "%s", work.why);
		else if (look.seen > before && !look.late)
			wrong = layer_case(self, 1,
						"a reader saw transaction %" PRIu64
						" while it was being synced",
						look.seen) ||
				1;
	}
	if (!wrong)
		layer_case(self, look.looks == 0,
				"no data was synced by %d commits, nothing could be looked at", 10);
	looker_end(&look);
	work_end(&work);
}

/* Another transaction beside the compaction: kills rows that it is copying. */
static int look_and_upsert(looker *self)
{
	workload *work = self->work;
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	cstn__transaction *transaction = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	uint64_t seq = 0;

	changes->n = 2;
	for (uint32_t k = 0; k < 2; k++) {
		oracle_op *op = &changes->ops[k];

		op->kind = k ? CSTN__OP_DELETE : CSTN__OP_UPSERT;
		op->table = ROWS_ORDERS;
		op->n = 4;
		for (uint32_t i = 0; i < 4; i++) {
			work->model.now_us += 3;
			op->rows[i] = (row_spec){k * 4 + i, (uint32_t)work->model.now_us,
					work->model.now_us};
		}
	}
	status = cstn__transaction_new(work->store, &transaction, &error);
	if (status == CSTN_OK)
		status = oracle_fill(changes, transaction, &error);
	if (status == CSTN_OK)
		status = cstn__transaction_commit(transaction, &seq, &error);
	cstn__transaction_free(transaction);
	if (status == CSTN_OK)
		oracle_apply(&work->model, changes);
	else
		snprintf(self->why, sizeof(self->why), "%s", cstn_error_message(error));
	cstn_error_free(error);
	free(changes);
	return 0;
}

static void rows_that_die_in_a_compaction_stay_dead(layer *self)
{
	static const work_op before[] = {WORK_BULK, WORK_CHECKPOINT, WORK_BULK, WORK_CHECKPOINT,
			WORK_UPSERT, WORK_CHECKPOINT, WORK_BULK, WORK_CHECKPOINT};
	workload work;
	looker look;
	int wrong = 0;

	if (case_begin(self, &work))
		return;
	for (size_t i = 0; i < sizeof(before) / sizeof(*before) && !wrong; i++)
		wrong = work_do(&work, before[i]);
	looker_begin(&look, &work, SIM_WRITE, look_and_upsert);
	if (!wrong)
		wrong = work_do(&work, WORK_COMPACT);
	looker_join(&look);
	looker_end(&look);
	if (wrong)
		layer_case(self, 1, "%s", work.why);
	else if (look.why[0] || !look.looks)
		wrong = layer_case(self, 1, "beside a compaction: %s, %" PRIu64 " writes seen",
					look.why, look.looks) ||
			1;
	else if (oracle_check(&work.model, work.store, NULL, work.model.last_seq, 2, 40))
		wrong = layer_case(self, 1, "after a compaction with a commit beside it: %s",
					work.model.why) ||
			1;
	if (!wrong && work_do(&work, WORK_REOPEN))
		wrong = layer_case(self, 1, "%s", work.why) || 1;
	if (!wrong)
		layer_case(self,
				oracle_check(&work.model, work.store, NULL, work.model.last_seq, 2,
						40),
				"reopened after a compaction with a commit beside it: %s",
				work.model.why);
	layer_say(self, "readers: a commit beside a compaction was %s",
			look.late ? "made to wait" : "done while it ran");
	work_end(&work);
}

/* --- snapshots, forks ---------------------------------------------------------------------- */

static void a_snapshot_keeps_its_answers(layer *self)
{
	static const work_op ops[] = {WORK_HOLD, WORK_UPSERT, WORK_DELETE, WORK_BULK,
			WORK_CHECKPOINT, WORK_DERIVE, WORK_UPSERT, WORK_COMPACT, WORK_CHECKPOINT,
			WORK_DERIVE, WORK_COMPACT};
	workload work;
	int wrong = 0;

	if (case_begin(self, &work))
		return;
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops) && !wrong; i++) {
		wrong = work_do(&work, ops[i]);
		if (wrong)
			layer_case(self, 1, "%s", work.why);
		else if (oracle_check(&work.model, work.store, work.held,
					 cstn__snapshot_seq(work.held), i, 20))
			wrong = layer_case(self, 1, "a held snapshot after a %s: %s",
						work_op_name(ops[i]), work.model.why) ||
				1;
	}
	if (!wrong)
		layer_case(self, 0, "%s", "");
	work_end(&work);
}

static void a_forked_child_is_told(layer *self)
{
	cstn__transaction *transaction = NULL;
	cstn__snapshot *snapshot = NULL;
	cstn_status status;
	uint64_t writes = 0;
	workload work;

	if (case_begin(self, &work))
		return;
	work.sim->process = 99;
	memset(work.sim->calls, 0, sizeof(work.sim->calls));
	status = cstn__store_checkpoint(work.store, NULL);
	layer_case(self, status != CSTN_E_FORKED, "a checkpoint in a child: %s",
			cstn_status_name(status));
	status = cstn__snapshot_new(work.store, &snapshot, NULL);
	layer_case(self, status != CSTN_E_FORKED, "a snapshot in a child: %s",
			cstn_status_name(status));
	status = cstn__transaction_new(work.store, &transaction, NULL);
	layer_case(self, status != CSTN_E_FORKED, "a transaction in a child: %s",
			cstn_status_name(status));
	cstn__transaction_free(transaction);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(work.store);
	work.store = NULL;
	for (int kind = 0; kind < SIM_KINDS; kind++)
		if (sim_kind_writes((sim_kind)kind))
			writes += work.sim->calls[kind];
	layer_case(self, writes || work.sim->calls[SIM_LOCK],
			"a child's handle made %" PRIu64 " calls that write and %" PRIu64
			" on locks",
			writes, work.sim->calls[SIM_LOCK]);
	work_end(&work);
}

void layer_readers(layer *self)
{
	static void (*const cases[])(layer * self) = {a_second_writer_is_refused,
			a_reader_opens_beside_a_writer, the_files_of_a_reader_stay,
			nothing_is_seen_before_it_is_synced,
			rows_that_die_in_a_compaction_stay_dead, a_snapshot_keeps_its_answers,
			a_forked_child_is_told};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cases[i](self);
		if (self->quiet && self->failed)
			break;
	}
	layer_say(self, "readers: %" PRIu64 " checks, %" PRIu64 " wrong",
			self->passed + self->failed, self->failed);
}
