/* Commits: callers queue, one of them leads and commits for all who wait.
 *
 * The leader has the writer's turn. It takes the whole queue, checks requirements in order, gets
 * memory for all, writes one frame a transaction in one write and one sync, and only then changes
 * what readers see. No thread is made: whoever finds the turn free leads, and hands it on to the
 * first of those who came meanwhile. A commit alone pays no wait; under load one sync serves
 * many. */
#include "store/engine.h"

#include <errno.h>
#include <time.h>

#include "base/error.h"
#include "store/durable.h"
#include "store/key_files.h"
#include "store/rule.h"

/* Above this many comparisons a requirement starts a group of its own. */
enum { MANY_COMPARISONS = 4096 };

void cstn__turn_take(cstn__store *store)
{
	pthread_mutex_lock(&store->queue_lock);
	store->turn_waiters++;
	while (store->turn_taken)
		pthread_cond_wait(&store->turn_free, &store->queue_lock);
	store->turn_waiters--;
	store->turn_taken = 1;
	pthread_mutex_unlock(&store->queue_lock);
}

void cstn__turn_give(cstn__store *store)
{
	pthread_mutex_lock(&store->queue_lock);
	if (store->turn_waiters || !store->queue) {
		store->turn_taken = 0;
		if (store->turn_waiters)
			pthread_cond_signal(&store->turn_free);
	} else {
		store->queue->leads = 1;
		pthread_cond_signal(&store->queue->wake);
	}
	pthread_mutex_unlock(&store->queue_lock);
}

static cstn_status check_requirement(
		cstn__store *store, const cstn__requirement *require, cstn_error **error)
{
	const cstn__version_table *table = &store->version->tables[require->table->index];
	cstn__place place = {0};
	uint64_t seq = 0;
	int found = 0;
	cstn_status status = cstn__key_find(require->table, table, table->memory->rows, UINT64_MAX,
			INT64_MAX, require->hash, require->key, 0, &place, &found, error);

	if (status == CSTN_OK && found)
		status = cstn__place_seq(require->table, table->memory, &place, &seq, error);
	if (status != CSTN_OK || seq == require->seq)
		return status;
	return cstn__fail(error, CSTN_E_CONFLICT,
			"table '%s': a required row is of transaction %llu, %llu was required",
			require->table->declared->name, (unsigned long long)seq,
			(unsigned long long)require->seq);
}

static cstn_status check_requirements(
		cstn__store *store, const cstn__transaction *transaction, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; status == CSTN_OK && i < transaction->requirements.count; i++)
		status = check_requirement(store, &transaction->requirements.items[i], error);
	return status;
}

/* 1 when what `request` requires may be changed by one that goes before it in the same group. */
static int depends(const cstn__request *group, const cstn__request *request)
{
	uint64_t comparisons = 0;

	for (size_t r = 0; r < request->transaction->requirements.count; r++) {
		const cstn__requirement *require = &request->transaction->requirements.items[r];

		for (const cstn__request *at = group; at != request; at = at->next)
			for (size_t c = 0; c < at->transaction->changes.count; c++) {
				const cstn__change *change = &at->transaction->changes.items[c];

				if (change->table != require->table)
					continue;
				comparisons += change->batch.rows;
				if (comparisons > MANY_COMPARISONS)
					return 1;
				for (uint64_t i = 0; i < change->batch.rows; i++)
					if (change->hashes[i] == require->hash)
						return 1;
			}
	}
	return 0;
}

static cstn_status reserve(cstn__store *store, cstn__request *request)
{
	cstn__transaction *transaction = request->transaction;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; status == CSTN_OK && i < transaction->changes.count; i++)
		status = cstn__change_reserve(
				store, &transaction->changes.items[i], &request->error);
	return status;
}

/* Room for all of [from, end). One that finds none fails, and the others start again. */
static void reserve_all(cstn__store *store, cstn__request *from, const cstn__request *end)
{
	cstn__request *at = from;

	while (at != end) {
		if (at->status == CSTN_OK) {
			at->status = reserve(store, at);
			if (at->status != CSTN_OK) {
				cstn__reserve_cancel(store);
				at = from;
				continue;
			}
		}
		at = at->next;
	}
}

static void apply_all(cstn__store *store, cstn__request *from, const cstn__request *end,
		uint64_t last_seq)
{
	for (cstn__request *at = from; at != end; at = at->next) {
		if (at->status != CSTN_OK)
			continue;
		for (size_t i = 0; i < at->transaction->changes.count; i++)
			cstn__change_apply(store, &at->transaction->changes.items[i], at->seq);
	}
	cstn__reserve_cancel(store);
	cstn__publish(store, last_seq);
}

/* Numbers for all that are still well, from the one after the last; returns the last. */
static uint64_t number(const cstn__store *store, cstn__request *from, const cstn__request *end)
{
	uint64_t seq = store->last_seq;

	for (cstn__request *at = from; at != end; at = at->next)
		if (at->status == CSTN_OK)
			at->seq = cstn__transaction_has_work(at->transaction) ? ++seq : seq;
	return seq;
}

static void fail_all(cstn__request *from, const cstn__request *end, cstn_status status,
		const cstn_error *error)
{
	for (cstn__request *at = from; at != end; at = at->next) {
		if (at->status != CSTN_OK)
			continue;
		at->status = status;
		(void)cstn__fail(&at->error, status, "%s", cstn_error_message(error));
	}
}

/* Commit [from, end): none requires what another changes, none is a bulk. */
static void commit_group(cstn__store *store, cstn__request *from, const cstn__request *end)
{
	cstn_error *error = NULL;
	cstn_status status = store->durable ? cstn__log_ready(store, &error) : CSTN_OK;
	uint64_t seq;

	if (status != CSTN_OK) {
		fail_all(from, end, status, error);
		cstn_error_free(error);
		return;
	}
	reserve_all(store, from, end);
	seq = number(store, from, end);
	if (seq == store->last_seq)
		return;
	if (!CSTN__RULE(CSTN__RULE_PUBLISH_AFTER_SYNC))
		apply_all(store, from, end, seq);
	status = cstn__slots_write(store, from, end, &error);
	if (status == CSTN_OK && store->durable)
		status = cstn__log_commit(store, from, end, &error);
	if (status == CSTN_OK)
		status = cstn__slots_zero(store, from, end, &error);
	if (CSTN__RULE(CSTN__RULE_PUBLISH_AFTER_SYNC)) {
		if (status == CSTN_OK || !CSTN__RULE(CSTN__RULE_ROLL_BACK))
			apply_all(store, from, end, seq);
		else
			cstn__reserve_cancel(store);
	}
	if (status == CSTN_OK)
		cstn__slots_settle(store, from, end);
	else
		fail_all(from, end, status, error);
	cstn_error_free(error);
}

/* Commit a list, cut into groups. */
static void commit_list(cstn__store *store, cstn__request *list)
{
	cstn__request *from = list, *at = list;

	while (at) {
		int bulk = store->durable && cstn__is_bulk(at->transaction);

		if (from != at && (bulk || depends(from, at))) {
			commit_group(store, from, at);
			from = at;
		}
		if (at->status == CSTN_OK)
			at->status = cstn__store_may_write(store, &at->error);
		if (at->status == CSTN_OK)
			at->status = check_requirements(store, at->transaction, &at->error);
		if (bulk) {
			if (at->status == CSTN_OK)
				at->status = cstn__bulk_commit(
						store, at->transaction, &at->seq, &at->error);
			from = at->next;
		}
		at = at->next;
	}
	if (from)
		commit_group(store, from, NULL);
}

/* Under GROUP the leader sleeps, so that others may come into the queue. Sleeping needs no clock.
 */
static void wait_for_company(cstn__store *store)
{
	struct timespec left;

	if (store->options.commit_level != CSTN__COMMIT_GROUP || store->options.group_us <= 0)
		return;
	left.tv_sec = (time_t)(store->options.group_us / 1000000);
	left.tv_nsec = (long)(store->options.group_us % 1000000) * 1000;
	pthread_mutex_unlock(&store->queue_lock);
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
	pthread_mutex_lock(&store->queue_lock);
}

static void lead(cstn__store *store, cstn__request *own)
{
	cstn__request *list, *next;

	/* queue_lock is held. */
	wait_for_company(store);
	list = store->queue;
	store->queue = NULL;
	store->queue_end = &store->queue;
	pthread_mutex_unlock(&store->queue_lock);
	commit_list(store, list);
	pthread_mutex_lock(&store->queue_lock);
	for (cstn__request *at = list; at; at = next) {
		next = at->next; /* a request is gone once it is done */
		at->done = 1;
		if (at != own)
			pthread_cond_signal(&at->wake);
	}
	pthread_mutex_unlock(&store->queue_lock);
	if (store->durable)
		cstn__checkpoint_if_due(store);
	cstn__turn_give(store);
}

static cstn_status commit(cstn__store *store, cstn__request *request)
{
	pthread_mutex_lock(&store->queue_lock);
	*store->queue_end = request;
	store->queue_end = &request->next;
	if (!store->turn_taken) {
		store->turn_taken = 1;
		request->leads = 1;
	}
	while (!request->done && !request->leads)
		pthread_cond_wait(&request->wake, &store->queue_lock);
	if (request->done)
		pthread_mutex_unlock(&store->queue_lock);
	else
		lead(store, request);
	return request->status;
}

cstn_status cstn__transaction_commit(
		cstn__transaction *transaction, uint64_t *seq, cstn_error **error)
{
	cstn__store *store = transaction->store;
	cstn__request request = {.transaction = transaction};
	cstn_status status = cstn__store_may_write(store, error);

	if (status != CSTN_OK)
		return status;
	if (pthread_cond_init(&request.wake, NULL))
		return cstn__fail_nomem(error);
	status = commit(store, &request);
	pthread_cond_destroy(&request.wake);
	if (status != CSTN_OK) {
		if (error)
			*error = request.error;
		else
			cstn_error_free(request.error);
		return status;
	}
	cstn__transaction_clear(transaction);
	if (seq)
		*seq = request.seq;
	return CSTN_OK;
}
