/* Durable commits of one event, through the public calls: one after the other beside a loop that
 * appends as many bytes to a file and syncs it, and by many threads at once. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define THREADS_MAX 64

/* Event number `n`; all have as many bytes. */
static cstn_status make_event(int64_t n, cstn_record **out, cstn_error **error)
{
	char id[32], subject[32];
	const char *const texts[][2] = {{"event_id", id}, {"subject_kind", "shipment"},
			{"subject_id", subject}, {"type", "delivered"}, {"class", "actual"},
			{"source_id", "carrier"}, {"source_role", "carrier"}};
	cstn_record_builder *builder = NULL;
	cstn_status status = cstn_record_builder_new("event", NULL, &builder, error);

	snprintf(id, sizeof(id), "EVT-%09lld", (long long)n);
	snprintf(subject, sizeof(subject), "SHP-%09lld", (long long)(n / 4));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts) && status == CSTN_OK; i++)
		status = cstn_record_builder_set_text(
				builder, texts[i][0], texts[i][1], strlen(texts[i][1]), error);
	if (status == CSTN_OK)
		status = cstn_record_builder_set_int(
				builder, "occurred", 1735689600000000 + n * 1000000, error);
	if (status == CSTN_OK)
		status = cstn_record_builder_set_int(
				builder, "recorded", 1735689600000000 + n * 1000000, error);
	if (status == CSTN_OK)
		status = cstn_record_builder_build(builder, out, error);
	cstn_record_builder_free(builder);
	return status;
}

static void free_events(cstn_record **events, int64_t n)
{
	for (int64_t i = 0; events && i < n; i++)
		cstn_record_unref(events[i]);
	free(events);
}

/* Events first, first + 1, ...; NULL and an error if there is no memory. */
static cstn_record **make_events(int64_t first, int64_t n, cstn_error **error)
{
	cstn_record **events = calloc((size_t)n, sizeof(cstn_record *));
	cstn_status status = CSTN_OK;

	for (int64_t i = 0; events && i < n && status == CSTN_OK; i++)
		status = make_event(first + i, &events[i], error);
	if (status == CSTN_OK)
		return events;
	free_events(events, n);
	return NULL;
}

static cstn_status log_bytes(cstn_network *network, uint64_t *out, cstn_error **error)
{
	cstn_network_info info = CSTN_NETWORK_INFO_INIT;
	cstn_status status = cstn_network_get_info(network, &info, error);

	*out = info.log_bytes;
	return status;
}

static cstn_status open_new(const char *path, cstn_network **out, cstn_error **error)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;

	options.flags = CSTN_NETWORK_MUST_BE_NEW | CSTN_NETWORK_DEFER_CHECKPOINT;
	return cstn_network_open(path, &options, NULL, out, error);
}

/* How many events there are, by a scan. */
static cstn_status count_events(cstn_network *network, int64_t *out, cstn_error **error)
{
	static const char *const wanted[] = {"seq"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn_status status = cstn_network_snapshot(network, &snapshot, error);

	options.columns = wanted;
	options.n_columns = 1;
	if (status == CSTN_OK)
		status = cstn_snapshot_scan(snapshot, "event", &options, &stream, error);
	for (*out = 0; status == CSTN_OK;) {
		memset(&array, 0, sizeof(array));
		if (stream.get_next(&stream, &array) != 0)
			status = CSTN_E_STREAM;
		if (status != CSTN_OK || !array.release)
			break;
		*out += array.length;
		array.release(&array);
	}
	if (snapshot && stream.release)
		stream.release(&stream);
	cstn_snapshot_unref(snapshot);
	return status;
}

/* --- one after the other ---------------------------------------------------------------------- */

/* Append and sync; 0 if it failed. */
static int append(int file, const char *bytes, size_t size)
{
	return write(file, bytes, size) == (ssize_t)size && fdatasync(file) == 0;
}

static cstn_status take_turns(cstn_network *network, cstn_record *const *events, int64_t n,
		int file, char *bytes, size_t size, double *ours, double *peer, cstn_error **error)
{
	for (int64_t i = 0; i < n; i++) {
		double begin = bench_now(), end;
		cstn_status status = cstn_network_put(network, events[i], NULL, error);

		end = bench_now();
		ours[i] = end - begin;
		if (status != CSTN_OK)
			return status;
		memcpy(bytes, &i, sizeof(i));
		begin = bench_now();
		if (!append(file, bytes, size))
			return CSTN_E_IO;
		peer[i] = bench_now() - begin;
	}
	return CSTN_OK;
}

int32_t bench_commit(const char *folder, int64_t n, double *ours, double *peer, int64_t *frame,
		char *message, size_t message_size)
{
	enum { WARM = 50 };
	char path[512], raw[512], *bytes = NULL;
	cstn_network *network = NULL;
	cstn_error *error = NULL;
	cstn_record **events = make_events(0, n + WARM, &error);
	uint64_t before = 0, after = 0;
	int64_t found = 0;
	double first[2 * WARM];
	cstn_status status = events ? CSTN_OK : CSTN_E_NOMEM;
	int file = -1;

	snprintf(path, sizeof(path), "%s/network", folder);
	snprintf(raw, sizeof(raw), "%s/raw", folder);
	if (status == CSTN_OK)
		status = open_new(path, &network, &error);
	if (status == CSTN_OK)
		status = cstn_network_put(network, events[0], NULL, &error);
	if (status == CSTN_OK)
		status = log_bytes(network, &before, &error);
	if (status == CSTN_OK)
		status = cstn_network_put(network, events[1], NULL, &error);
	if (status == CSTN_OK)
		status = log_bytes(network, &after, &error);
	*frame = (int64_t)(after - before);
	if (status == CSTN_OK) {
		bytes = calloc(1, (size_t)*frame + sizeof(int64_t));
		file = open(raw, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
		if (!bytes || file < 0)
			status = CSTN_E_IO;
	}
	if (status == CSTN_OK)
		status = take_turns(network, events + 2, WARM - 2, file, bytes, (size_t)*frame,
				first, first + WARM, &error);
	if (status == CSTN_OK)
		status = take_turns(network, events + WARM, n, file, bytes, (size_t)*frame, ours,
				peer, &error);
	if (status == CSTN_OK)
		status = count_events(network, &found, &error);
	if (status == CSTN_OK && found != n + WARM)
		status = CSTN_E_MISMATCH;
	cstn_network_unref(network);
	if (file >= 0)
		close(file);
	free(bytes);
	free_events(events, n + WARM);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, message_size);
}

/* --- by many threads -------------------------------------------------------------------------- */

struct committer {
	cstn_network *network;
	cstn_record **events;
	int64_t n;
	pthread_barrier_t *start;
	cstn_status status;
	pthread_t thread;
};

static void *commit_all(void *context)
{
	struct committer *at = context;

	pthread_barrier_wait(at->start);
	for (int64_t i = 0; i < at->n && at->status == CSTN_OK; i++)
		at->status = cstn_network_put(at->network, at->events[i], NULL, NULL);
	return NULL;
}

/* `threads` committers with n / threads events each; seconds from the start to the last. */
static cstn_status commit_beside(cstn_network *network, cstn_record **events, int64_t n,
		int32_t threads, double *seconds)
{
	struct committer committers[THREADS_MAX];
	pthread_barrier_t start;
	cstn_status status = CSTN_OK;
	int64_t each = n / threads;
	double begin;

	pthread_barrier_init(&start, NULL, (unsigned)threads + 1);
	for (int32_t i = 0; i < threads; i++) {
		committers[i] = (struct committer){
				network, events + i * each, each, &start, CSTN_OK, 0};
		if (pthread_create(&committers[i].thread, NULL, commit_all, &committers[i]))
			abort(); /* the others wait for it */
	}
	pthread_barrier_wait(&start);
	begin = bench_now();
	for (int32_t i = 0; i < threads; i++) {
		pthread_join(committers[i].thread, NULL);
		if (status == CSTN_OK)
			status = committers[i].status;
	}
	*seconds = bench_now() - begin;
	pthread_barrier_destroy(&start);
	return status;
}

int32_t bench_commit_threads(const char *folder, int64_t n, int32_t threads, double *ours,
		double *peer, char *message, size_t message_size)
{
	char path[512];
	cstn_network *network = NULL;
	cstn_error *error = NULL;
	int64_t each = n / threads * threads, one = n / 4, found = 0;
	cstn_record **events = make_events(0, each + one, &error);
	cstn_status status = events && threads <= THREADS_MAX ? CSTN_OK : CSTN_E_NOMEM;

	snprintf(path, sizeof(path), "%s/network", folder);
	if (status == CSTN_OK)
		status = open_new(path, &network, &error);
	if (status == CSTN_OK)
		status = commit_beside(network, events + each, one, 1, peer);
	if (status == CSTN_OK)
		status = commit_beside(network, events, each, threads, ours);
	if (status == CSTN_OK)
		status = count_events(network, &found, &error);
	if (status == CSTN_OK && found != each + one)
		status = CSTN_E_MISMATCH;
	*ours /= (double)each;
	*peer /= (double)one;
	cstn_network_unref(network);
	free_events(events, each + one);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, message_size);
}
