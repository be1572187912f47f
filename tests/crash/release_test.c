/* Releases after a crash at any call that writes: what was handed out is in the log and charged;
 * what is in the log is charged, what is not is not; and what was left open is closed as unknown,
 * with its whole reservation used. `crash_release long` tries more losses of each crash. */
#include "../unit/suite.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "../unit/release_world.h"
#include "kept_disks.h"
#include "sharing/sharing_rows.h"

#define RESERVED 10u /* rows of each release */
#define BATCH 3

static int32_t commit_level;
static uint64_t losses = SIM_LOSSES; /* of each crash */
static unsigned n_releases = 8;

/* --- what happens ----------------------------------------------------------------------------- */

/* What the world outside has seen. */
typedef struct seen {
	unsigned opened, finished; /* calls that came back */
	uint64_t rows[64];         /* handed out, by release */
} seen;

/* Release number i hands out i % 5 batches: the last of four would pass its reservation. */
static void release_one(cstn_network *network, seen *now, unsigned number)
{
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	struct ArrowArray batch;
	cstn_release *release;

	asks.rows = RESERVED;
	asks.nonce[1] = (uint8_t)number;
	asks.now_us += number;
	release_rows(&rows, 5 * BATCH, BATCH);
	release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
	now->opened++;
	for (unsigned i = 0; i < number % 5; i++) {
		if (cstn_release_next(release, &batch, NULL) != CSTN_OK)
			break;
		now->rows[number] += (uint64_t)batch.length;
		batch.release(&batch);
	}
	if (number % 3 == 2) /* finished by being freed */
		cstn_release_free(release);
	else
		SHARING_OK(cstn_release_finish(release, NULL, &error));
	now->finished++;
	if (number % 3 != 2)
		cstn_release_free(release);
}

/* --- what is found ---------------------------------------------------------------------------- */

typedef struct found {
	size_t opened, closed, unknown;
	uint64_t closed_rows;
	cstn_rules_usage usage;
} found;

static uint64_t number_behind(const char *line, const char *words)
{
	const char *at = strstr(line, words);

	ck_assert_ptr_nonnull(at);
	return strtoull(at + strlen(words), NULL, 10);
}

static void read_log(cstn_network *network, found *out)
{
	char *log = release_log(network, "maker", "c1"), *line, *rest = log;

	memset(out, 0, sizeof(*out));
	while ((line = strtok_r(rest, "\n", &rest)) != NULL) {
		out->opened += strstr(line, "\"release_open\"") != NULL;
		out->unknown += strstr(line, "\"close_unknown\"") != NULL;
		if (!strstr(line, "\"release_close\""))
			continue;
		out->closed++;
		out->closed_rows += number_behind(line, "\"rows\":");
	}
	free(log);
	out->usage = release_usage(network);
}

/* Each opening is charged, with what it reserved or, once it is closed, with what has left. */
static void check_charges(const found *f)
{
	size_t open = f->opened - f->closed;

	ck_assert_uint_eq(f->usage.calls, f->opened);
	ck_assert_uint_eq(f->usage.rows, open * RESERVED + f->closed_rows);
	ck_assert_uint_eq(f->usage.rows_in_all, f->usage.rows);
}

static void check_image(sim_disk *image, const void *of)
{
	const seen *out = of;
	sim_vfs *sim = sim_vfs_new(image, 2);
	cstn_network *network = kept_network(sim, commit_level);
	seen later = {0};
	uint64_t count = 0, handed = 0;
	found before, after;

	read_log(network, &before);
	/* What was acknowledged is there, and at most one more of each. */
	ck_assert_uint_ge(before.opened, out->opened);
	ck_assert_uint_le(before.opened, out->opened + 1);
	ck_assert_uint_ge(before.closed, out->finished);
	ck_assert_uint_le(before.closed, out->finished + 1);
	ck_assert_uint_le(before.closed, before.opened);
	ck_assert_uint_eq(before.unknown, 0);
	check_charges(&before);
	for (size_t i = 0; i < sizeof(out->rows) / sizeof(*out->rows); i++) {
		handed += out->rows[i];
		ck_assert(!out->rows[i] || i < before.opened);
	}
	ck_assert_uint_ge(before.usage.rows, handed);
	/* What was open is closed as unknown, once, and stays charged. */
	SHARING_OK(cstn_release_recover(network, RELEASE_NOW, &count, &error));
	ck_assert_uint_eq(count, before.opened - before.closed);
	read_log(network, &after);
	ck_assert_uint_eq(after.unknown, count);
	check_charges(&after);
	ck_assert_uint_eq(after.usage.rows, before.usage.rows);
	SHARING_OK(cstn_release_recover(network, RELEASE_NOW, &count, &error));
	ck_assert_uint_eq(count, 0);
	/* It goes on from there. */
	release_one(network, &later, 1);
	read_log(network, &after);
	ck_assert_uint_eq(after.opened, before.opened + 1);
	ck_assert_uint_eq(after.closed, before.closed + 1);
	check_charges(&after);
	cstn_network_unref(network);
	sim_vfs_free(sim);
}

static void enumerate(const char *what)
{
	static kept_disks all;
	sim_disk *disk = sim_disk_new();
	sim_vfs *sim = sim_vfs_new(disk, 1);
	cstn_network *network = kept_network(sim, commit_level);
	seen now = {0};
	uint64_t images;

	release_world_fill(network);
	release_agree_raw(network, 1000, 1000);
	SHARING_OK(cstn_network_sync(network, &error));
	kept_begin(&all, sim, &now, sizeof(now));
	for (unsigned i = 0; i < n_releases; i++) {
		release_one(network, &now, i);
		if (i % 3 == 2)
			SHARING_OK(cstn_network_checkpoint(network, &error));
	}
	images = kept_check(&all, sim, losses, check_image);
	printf("states: releases, %s: %u of them, %zu crashes, %" PRIu64 " disks\n", what,
			n_releases, all.n, images);
	ck_assert_uint_gt(images * test_every(), 50);
	cstn_network_unref(network);
	sim_vfs_free(sim);
	sim_disk_unref(disk);
}

START_TEST(what_left_is_logged_and_charged_after_a_crash)
{
	commit_level = CSTN_COMMIT_FULL;
	enumerate("every commit flushed");
}
END_TEST

/* The network's own commits may be lost, those of releases may not. */
START_TEST(what_left_is_logged_though_the_network_flushes_nothing)
{
	commit_level = CSTN_COMMIT_NONE;
	enumerate("no commit flushed");
}
END_TEST

/* --- a disk that fails ------------------------------------------------------------------------ */

/* A network with its agreement, closed. */
static sim_disk *prepared(void)
{
	sim_disk *disk = sim_disk_new();
	sim_vfs *sim = sim_vfs_new(disk, 1);
	cstn_network *network = kept_network(sim, commit_level);

	release_world_fill(network);
	release_agree_raw(network, 1000, 1000);
	SHARING_OK(cstn_network_close(network, &error));
	cstn_network_unref(network);
	sim_vfs_free(sim);
	return disk;
}

/* One release while calls fail; what was handed out. */
static uint64_t release_under_fault(cstn_network *network, cstn_status *status)
{
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	cstn_request *request;
	struct ArrowArrayStream rows;
	cstn_release *release = NULL;
	cstn_status ended;
	uint64_t handed = 0;

	asks.rows = RESERVED;
	request = release_request(&asks);
	release_rows(&rows, 2 * BATCH, BATCH);
	*status = cstn_release_open(network, request, &rows, &options, &release, NULL);
	cstn_request_unref(request);
	if (*status == CSTN_OK) {
		handed = release_drain(release, &ended);
		*status = cstn_release_finish(release, NULL, NULL);
	}
	cstn_release_free(release);
	return handed;
}

static void check_after_fault(sim_disk *disk, uint64_t handed)
{
	sim_vfs *sim = sim_vfs_new(disk, 3);
	cstn_network *network = kept_network(sim, commit_level);
	uint64_t count;
	found f;

	read_log(network, &f);
	ck_assert(!handed || f.opened > 0);
	ck_assert_uint_ge(f.usage.rows, handed);
	check_charges(&f);
	SHARING_OK(cstn_release_recover(network, RELEASE_NOW, &count, &error));
	ck_assert_uint_eq(count, f.opened - f.closed);
	cstn_network_unref(network);
	sim_vfs_free(sim);
}

/* The nth call of a kind fails, once or from then on; returns whether it came to that. */
static int fault_at(sim_disk *made, sim_kind kind, uint64_t nth, int error_number, int for_ever)
{
	sim_disk *disk = sim_disk_clone(made), *lost;
	sim_vfs *sim = sim_vfs_new(disk, 2);
	cstn_network *network = kept_network(sim, commit_level);
	cstn_status status;
	uint64_t handed, fired;
	seen later = {0};
	found f;

	sim->faults[0] = (sim_fault){1u << kind, NULL, nth, error_number, for_ever};
	handed = release_under_fault(network, &status);
	fired = sim->fault_fired[0];
	ck_assert(fired || status == CSTN_OK);
	memset(&sim->faults[0], 0, sizeof(sim->faults[0]));
	if (kind == SIM_WRITE) { /* there is room again, and it goes on */
		read_log(network, &f);
		check_charges(&f);
		release_one(network, &later, 1);
		read_log(network, &f);
		check_charges(&f);
		ck_assert(!handed || f.opened > 1);
	}
	lost = sim_crash(disk, SIM_LOSS_ALL, nth);
	cstn_network_unref(network);
	sim_vfs_free(sim);
	check_after_fault(lost, handed);
	check_after_fault(disk, handed);
	sim_disk_unref(lost);
	sim_disk_unref(disk);
	return fired != 0;
}

START_TEST(disk_that_is_full_or_fails_releases_nothing_that_is_not_logged)
{
	sim_disk *made;
	uint64_t n, tried = 0;

	commit_level = CSTN_COMMIT_FULL;
	made = prepared();
	for (int for_ever = 0; for_ever < 2; for_ever++) {
		for (n = 1; fault_at(made, SIM_WRITE, n, ENOSPC, for_ever); n++)
			tried++;
		for (n = 1; fault_at(made, SIM_SYNC_DATA, n, EIO, for_ever); n++)
			tried++;
		for (n = 1; fault_at(made, SIM_SYNC, n, EIO, for_ever); n++)
			tried++;
	}
	printf("faults: releases: %" PRIu64 " calls that fail\n", tried);
	ck_assert_uint_ge(tried, 8);
	sim_disk_unref(made);
}
END_TEST

int main(int argc, char **argv)
{
	const TTest *const tests[] = {what_left_is_logged_and_charged_after_a_crash,
			what_left_is_logged_though_the_network_flushes_nothing,
			disk_that_is_full_or_fails_releases_nothing_that_is_not_logged};

	int failed;

	if (argc > 1 && strcmp(argv[1], "long") == 0) {
		losses = 4 * SIM_LOSSES;
		n_releases = 30;
	}
	failed = run_tests("releases after a crash", tests, sizeof(tests) / sizeof(tests[0]));
	printf("%d passed, %d failed\n", !failed, failed);
	return failed;
}
