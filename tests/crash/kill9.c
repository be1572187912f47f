/* A program on a real folder that is killed at any moment, hundreds of times over one store.
 *
 * The child opens (and so recovers), commits, checkpoints and compacts as fast as it can, and
 * writes the number of every transaction that was acknowledged to a pipe. The parent kills it after
 * 0 to 50 ms (some die in recovery, some beside a checkpoint), opens the store itself now and then,
 * and compares: transaction n is a function of n, so the whole state follows from the number. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "folder.h"
#include "layer.h"
#include "oracle.h"
#include "sim_vfs.h"
#include "store/log.h"

#define KILL_KEYS 211u
#define KILL_CYCLES 500u
#define KILL_CYCLES_LONG 100000u

static void kill_options(cstn__store_options *options)
{
	memset(options, 0, sizeof(*options));
	options->checkpoint_rows = 60;
	options->segment_rows = 40;
	options->cache_bytes = 1 << 20;
}

/* Transaction n: new versions of two orders, an event, and every seventh time a delete. */
static void kill_changes(uint64_t n, oracle_transaction *out)
{
	out->n = 2;
	out->ops[0].kind = CSTN__OP_UPSERT;
	out->ops[0].table = ROWS_ORDERS;
	out->ops[0].n = 2;
	for (uint32_t i = 0; i < 2; i++)
		out->ops[0].rows[i] = (row_spec){(uint32_t)((n * 2 + i) % KILL_KEYS), (uint32_t)n,
				(int64_t)n * 10 + i};
	out->ops[1].kind = n % 7 ? CSTN__OP_UPSERT : CSTN__OP_DELETE;
	out->ops[1].table = ROWS_STOCK;
	out->ops[1].n = 1;
	out->ops[1].rows[0] = (row_spec){(uint32_t)(n * 3 % 40), (uint32_t)n, (int64_t)n * 10 + 5};
}

/* History older than so many transactions is let go, or the store would only grow. */
static int64_t kill_horizon(uint64_t n)
{
	return n > 400 ? (int64_t)(n - 400) * 10 : 0;
}

static void kill_say(int pipe, char what, uint64_t n)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "%c%" PRIu64 "\n", what, n);

	if (write(pipe, line, (size_t)len) != len)
		_exit(0);
}

/* Runs until it is killed; an error ends it with a line "E". */
static void kill_child(const char *path, int pipe)
{
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	cstn__transaction *transaction = NULL;
	cstn__store_options options;
	cstn__store_info info;
	cstn__vfs_posix disk;
	cstn__store *store = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	kill_options(&options);
	cstn__vfs_posix_init(&disk, NULL);
	kill_say(pipe, 'S', 0);
	status = cstn__store_open(&disk.vfs, path, &rows_schema, &options, NULL, &store, &error);
	if (status == CSTN_OK)
		status = cstn__store_info_get(store, &info, &error);
	if (status == CSTN_OK)
		status = cstn__transaction_new(store, &transaction, &error);
	if (status == CSTN_OK)
		kill_say(pipe, 'O', info.last_seq);
	for (uint64_t n = status == CSTN_OK ? info.last_seq + 1 : 0; status == CSTN_OK; n++) {
		uint64_t seq = 0;

		kill_changes(n, changes);
		kill_say(pipe, 'I', n);
		status = oracle_fill(changes, transaction, &error);
		if (status == CSTN_OK)
			status = cstn__transaction_commit(transaction, &seq, &error);
		if (status == CSTN_OK && seq == n)
			kill_say(pipe, 'A', n);
		else if (status == CSTN_OK)
			kill_say(pipe, 'E', seq);
		if (status == CSTN_OK && n % 97 == 0)
			status = cstn__store_maintain(
					store, kill_horizon(n), UINT64_MAX, NULL, &error);
	}
	fprintf(stderr, "child: %s\n", cstn_error_message(error));
	kill_say(pipe, 'E', 0);
	_exit(1);
}

typedef struct kills {
	layer *layer;
	uint64_t cycles, in_open, acked, issued, compared, commits;
	oracle model;
} kills;

/* What the child said until it died, or had opened. Returns 1 when it said that something went
 * wrong. */
static int kills_listen(kills *self, FILE *from, int *opened, int until_opened)
{
	char line[64];
	int wrong = 0;

	while (fgets(line, sizeof(line), from)) {
		uint64_t n = strtoull(line + 1, NULL, 10);

		if (line[0] == 'E')
			wrong = 1;
		if (line[0] == 'O') {
			*opened = 1;
			if (n < self->acked || n > self->issued) {
				layer_case(self->layer, 1,
						"cycle %" PRIu64 ": opened at transaction %" PRIu64
						", %" PRIu64 " acknowledged, %" PRIu64 " issued",
						self->cycles, n, self->acked, self->issued);
				return 1;
			}
			self->acked = self->issued = n;
			if (until_opened)
				return wrong;
		}
		if (line[0] == 'I')
			self->issued = n;
		if (line[0] == 'A') {
			self->commits++;
			self->acked = n;
		}
	}
	return wrong;
}

static int kills_cycle(kills *self, const char *path, uint64_t wait_us)
{
	struct timespec wait = {0, (long)wait_us * 1000};
	int pipes[2], opened = 0, wrong = 0, state;
	char line[64];
	uint64_t failed = self->layer->failed;
	FILE *from;
	pid_t child;

	fflush(stdout);
	if (pipe(pipes) != 0)
		return layer_case(self->layer, 1, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0) {
		close(pipes[0]);
		kill_child(path, pipes[1]);
	}
	close(pipes[1]);
	from = fdopen(pipes[0], "r");
	/* From the moment it runs, or, half of the time, from the moment it has opened. */
	if (fgets(line, sizeof(line), from) && self->cycles % 2 == 0)
		wrong = kills_listen(self, from, &opened, 1);
	nanosleep(&wait, NULL);
	kill(child, SIGKILL);
	waitpid(child, &state, 0);
	wrong |= kills_listen(self, from, &opened, 0);
	fclose(from);
	self->in_open += !opened;
	if (wrong && failed == self->layer->failed)
		layer_case(self->layer, 1, "cycle %" PRIu64 ": the child met an error",
				self->cycles);
	return failed != self->layer->failed;
}

/* Opens the store here and compares all of it. */
static int kills_compare(kills *self, const char *path)
{
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	cstn__store_options options;
	cstn__store_info info = {0};
	cstn__vfs_posix disk;
	cstn__store *store = NULL;
	cstn_error *error = NULL;
	int wrong = 0;

	kill_options(&options);
	options.flags = self->compared % 2 ? CSTN__STORE_READ_ONLY : 0;
	cstn__vfs_posix_init(&disk, NULL);
	self->compared++;
	if (cstn__store_open(&disk.vfs, path, &rows_schema, &options, NULL, &store, &error) !=
					CSTN_OK ||
			cstn__store_info_get(store, &info, &error) != CSTN_OK)
		wrong = layer_case(self->layer, 1, "cycle %" PRIu64 ": open: %s", self->cycles,
					cstn_error_message(error)) ||
			1;
	if (!wrong && (info.last_seq < self->acked || info.last_seq > self->issued))
		wrong = layer_case(self->layer, 1,
					"cycle %" PRIu64 ": transaction %" PRIu64 ", %" PRIu64
					" acknowledged, %" PRIu64 " issued",
					self->cycles, info.last_seq, self->acked, self->issued) ||
			1;
	while (!wrong && self->model.last_seq < info.last_seq) {
		kill_changes(self->model.last_seq + 1, changes);
		oracle_apply(&self->model, changes);
		self->model.now_us = (int64_t)self->model.last_seq * 10 + 6;
	}
	self->model.horizon_us = kill_horizon(info.last_seq);
	if (!wrong && oracle_check(&self->model, store, NULL, info.last_seq, self->cycles, 20))
		wrong = layer_case(self->layer, 1, "cycle %" PRIu64 ": %s", self->cycles,
					self->model.why) ||
			1;
	if (!wrong)
		self->acked = self->issued = info.last_seq;
	cstn_error_free(error);
	cstn__store_unref(store);
	free(changes);
	return wrong;
}

void layer_kill(layer *self)
{
	uint64_t n = self->effort ? self->effort : self->long_run ? KILL_CYCLES_LONG : KILL_CYCLES;
	kills all = {.layer = self};
	sim_dice dice = {self->seed, 0};
	char path[256], store[300];
	int wrong = 0;

	oracle_init(&all.model);
	folder_make(path, sizeof(path));
	snprintf(store, sizeof(store), "%s/store", path);
	for (all.cycles = 0; all.cycles < n && !wrong; all.cycles++) {
		layer_so_far(self, all.cycles, 2000, "children killed");
		wrong = kills_cycle(&all, store, sim_dice_below(&dice, 50000));
		if (!wrong && all.cycles % 10 == 9)
			wrong = kills_compare(&all, store);
		if (!wrong)
			layer_case(self, 0, "%s", "");
	}
	if (!wrong)
		wrong = kills_compare(&all, store);
	folder_remove(path);
	layer_say(self,
			"kill: %" PRIu64 " children killed, %" PRIu64
			" of them before they had opened; %" PRIu64
			" transactions acknowledged, compared %" PRIu64 " times; %" PRIu64
			" lost or invented",
			all.cycles, all.in_open, all.commits, all.compared, self->failed);
	oracle_free(&all.model);
}
