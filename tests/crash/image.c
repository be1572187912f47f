/* What is asked of every disk after a crash.
 *
 * It opens without repair; it holds whole transactions up to one n with acked <= n <= issued and
 * seen <= n; tables, history and look-ups answer as the oracle at n; nothing stray is left; a
 * read-only open says the same and writes nothing; a crash inside recovery, at any call, leaves n
 * again; and what is committed after recovery survives as well. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "store/log.h"
#include "store/manifest.h"
#include "workload.h"

typedef struct image_point {
	sim_disk *disk;
	sim_call call;
} image_point;

/* A reservoir of the calls of a recovery. */
typedef struct image_points {
	image_point items[4];
	uint32_t wanted, n;
	sim_dice dice;
} image_points;

static void image_before(void *context, sim_vfs *sim, const sim_call *call)
{
	image_points *points = context;
	uint64_t at = points->n < points->wanted ? points->n
						 : sim_dice_below(&points->dice, points->n + 1);

	points->n++;
	if (at >= points->wanted)
		return;
	sim_disk_unref(points->items[at].disk);
	points->items[at].disk = sim_disk_clone(sim->disk);
	points->items[at].call = *call;
}

static int image_open(const image_check *check, sim_vfs *sim, const char *path, uint32_t flags,
		cstn__store **out, uint64_t *n)
{
	cstn__store_options options = *check->options;
	cstn__store_info info;
	cstn_error *error = NULL;
	cstn_status status;

	check->count->opens++;
	options.flags |= flags;
	status = cstn__store_open(&sim->vfs, path, &rows_schema, &options, NULL, out, &error);
	if (status == CSTN_OK) {
		status = cstn__store_info_get(*out, &info, &error);
		if (status == CSTN_OK) {
			*n = info.last_seq;
			return 0;
		}
		cstn__store_unref(*out);
	}
	*out = NULL;
	oracle_fail(check->model, "open%s: %s: %s", flags & CSTN__STORE_READ_ONLY ? " to read" : "",
			cstn_status_name(status), cstn_error_message(error));
	cstn_error_free(error);
	return -1;
}

/* --- stray files --------------------------------------------------------------------------- */

typedef struct image_names {
	char names[256][SIM_NAME];
	size_t n;
} image_names;

static void image_name_add(void *context, const char *name)
{
	image_names *names = context;

	if (names->n < 256)
		snprintf(names->names[names->n++], SIM_NAME, "%s", name);
}

static int image_is_listed(const cstn__manifest *manifest, uint32_t kind, uint64_t number)
{
	for (size_t i = 0; i < manifest->n_entries; i++)
		if (manifest->entries[i].kind == kind && manifest->entries[i].file_no == number)
			return !(manifest->entries[i].flags & CSTN__ENTRY_SLOTS_OVER);
	return 0;
}

int image_check_files(oracle *model, sim_disk *disk, const char *path, uint32_t keep)
{
	image_names *names = test_alloc(sizeof(*names));
	uint8_t listed[256] = {0};
	uint32_t manifests = 0;
	int wrong = 0;

	sim_disk_list(disk, path, image_name_add, names);
	for (size_t m = 0; m < names->n && !wrong; m++) {
		char file[SIM_NAME * 2];
		cstn__manifest manifest;
		const uint8_t *data;
		uint64_t number, size;
		uint32_t kind;

		if (strcmp(names->names[m], "LOCK") == 0)
			listed[m] = 1;
		if (!cstn__file_name_read(names->names[m], &kind, &number) || kind != 0)
			continue;
		listed[m] = 1;
		manifests++;
		snprintf(file, sizeof(file), "%s/%s", path, names->names[m]);
		data = sim_disk_bytes(disk, file, &size);
		if (!data || cstn__manifest_read(data, size, number, NULL, &manifest, NULL) !=
						CSTN_OK) {
			wrong = oracle_fail(model, "%s cannot be read", names->names[m]);
			break;
		}
		for (size_t i = 0; i < names->n; i++)
			if (cstn__file_name_read(names->names[i], &kind, &number) && kind &&
					image_is_listed(&manifest, kind, number))
				listed[i] = 1;
		cstn__manifest_free(&manifest);
	}
	for (size_t i = 0; i < names->n && !wrong; i++)
		if (!listed[i])
			wrong = oracle_fail(model, "stray file %s", names->names[i]);
	if (!wrong && manifests > (keep ? keep : 1))
		wrong = oracle_fail(model, "%u manifests are kept", manifests);
	free(names);
	return wrong;
}

/* --- one disk ------------------------------------------------------------------------------ */

/* A read-only open of a clone: the same answer as what the recovery gave, and no call that writes.
 */
static int image_check_read_only(
		const image_check *check, sim_disk *image, uint64_t want, uint64_t seed)
{
	sim_disk *disk = sim_disk_clone(image);
	sim_vfs *sim = sim_vfs_new(disk, seed);
	cstn__store *store = NULL;
	uint64_t n = 0;
	int wrong;

	check->count->read_only++;
	wrong = image_open(check, sim, WORK_PATH, CSTN__STORE_READ_ONLY, &store, &n);
	if (wrong && want == 0)
		wrong = 0; /* there may be no store yet */
	else if (!wrong && n != want)
		wrong = oracle_fail(check->model,
				"read-only open says transaction %" PRIu64 ", recovery %" PRIu64, n,
				want);
	else if (!wrong)
		wrong = oracle_check(check->model, store, NULL, n, seed, 2);
	cstn__store_unref(store);
	for (int kind = 0; kind < SIM_KINDS && !wrong; kind++)
		if (sim_kind_writes((sim_kind)kind) && sim->calls[kind])
			wrong = oracle_fail(check->model, "a read-only open called %s",
					sim_kind_name((sim_kind)kind));
	sim_vfs_free(sim);
	sim_disk_unref(disk);
	return wrong;
}

static int image_check_verify(const image_check *check, sim_vfs *sim)
{
	cstn_buffer *report = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	check->count->verifies++;
	status = cstn__store_verify(&sim->vfs, WORK_PATH, 0, NULL, NULL, &report, &error);
	if (status != CSTN_OK)
		oracle_fail(check->model, "verify: %s: %s; %.200s", cstn_status_name(status),
				cstn_error_message(error),
				report ? (const char *)cstn_buffer_data(report) : "");
	cstn_buffer_free(report);
	cstn_error_free(error);
	return status == CSTN_OK ? 0 : -1;
}

/* Commits one transaction of the test's own and applies it to `model`. */
static int image_probe(const image_check *check, cstn__store *store, oracle *model, uint64_t seed)
{
	oracle_transaction *changes = test_alloc(sizeof(*changes));
	cstn__transaction *transaction = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	uint64_t seq = 0;

	changes->n = 1;
	changes->ops[0].kind = CSTN__OP_UPSERT;
	changes->ops[0].table = ROWS_ORDERS;
	changes->ops[0].n = 2;
	for (uint32_t i = 0; i < 2; i++) {
		changes->ops[0].rows[i].key = i ? 0 : model->n_keys[ROWS_ORDERS] + 5;
		changes->ops[0].rows[i].nonce = (uint32_t)seed + i;
		changes->ops[0].rows[i].recorded_us = model->now_us + 3 + i;
	}
	model->now_us += 5;
	if (seed & 1) {
		changes->n_puts = 1;
		changes->puts[0].nonce = (uint32_t)seed;
		changes->puts[0].size = 40;
	}
	status = cstn__transaction_new(store, &transaction, &error);
	if (status == CSTN_OK)
		status = oracle_fill(changes, transaction, &error);
	oracle_apply(model, changes);
	if (status == CSTN_OK)
		status = cstn__transaction_commit(transaction, &seq, &error);
	cstn__transaction_free(transaction);
	free(changes);
	check->count->probes++;
	if (status == CSTN_OK && seq == model->last_seq)
		return 0;
	oracle_fail(check->model,
			"commit after recovery: %s: %s, transaction %" PRIu64 " of %" PRIu64,
			cstn_status_name(status), cstn_error_message(error), seq, model->last_seq);
	cstn_error_free(error);
	return -1;
}

/* After recovery at n and, for some, another commit: the power goes (or the store is closed), and
 * everything must be there. */
static int image_check_again(const image_check *check, sim_vfs *sim, cstn__store *store, uint64_t n,
		uint64_t seed)
{
	sim_dice dice = {seed, 100};
	sim_disk *after = NULL;
	cstn_error *error = NULL;
	sim_vfs *next = NULL;
	oracle model;
	int closes = sim_dice_below(&dice, 4) == 0, wrong = 0;
	uint64_t found = 0;

	oracle_copy(&model, check->model);
	oracle_truncate(&model, n);
	if (sim_dice_below(&dice, 2))
		wrong = image_probe(check, store, &model, seed);
	/* At level NONE it is the sync that acknowledges. */
	if (!wrong && check->options->commit_level == CSTN__COMMIT_NONE &&
			cstn__store_sync(store, &error) != CSTN_OK)
		wrong = oracle_fail(check->model, "sync: %s", cstn_error_message(error));
	if (!wrong && closes && cstn__store_close(store, &error) != CSTN_OK)
		wrong = oracle_fail(check->model, "close: %s", cstn_error_message(error));
	cstn_error_free(error);
	if (!wrong)
		after = sim_crash(sim->disk, closes ? SIM_LOSS_RANDOM : SIM_LOSS_ALL, seed);
	cstn__store_unref(store);
	if (wrong)
		goto out;
	next = sim_vfs_new(after, seed + 1);
	wrong = image_open(check, next, WORK_PATH, 0, &store, &found);
	if (!wrong && found != model.last_seq)
		wrong = oracle_fail(check->model,
				"transaction %" PRIu64 " was recovered or committed, %" PRIu64
				" is found after the power went",
				model.last_seq, found);
	if (!wrong && oracle_check(&model, store, NULL, found, seed, 2))
		wrong = oracle_fail(check->model, "again: %.400s", model.why);
	if (store && !wrong && sim_dice_below(&dice, 4) == 0) {
		if (cstn__store_close(store, &error) != CSTN_OK)
			wrong = oracle_fail(check->model, "close: %s", cstn_error_message(error));
		cstn_error_free(error);
		cstn__store_unref(store);
		store = NULL;
		if (!wrong)
			wrong = image_check_verify(check, next);
	}
	cstn__store_unref(store);
out:
	sim_vfs_free(next);
	sim_disk_unref(after);
	oracle_free(&model);
	return wrong;
}

static int image_in_bounds(const image_check *check, image_bounds bounds, uint64_t n)
{
	if (n < bounds.acked)
		return oracle_fail(check->model,
				"transaction %" PRIu64
				" was acknowledged, the store ends at %" PRIu64,
				bounds.acked, n);
	if (n < bounds.seen)
		return oracle_fail(check->model,
				"a reader saw transaction %" PRIu64 ", the store ends at %" PRIu64,
				bounds.seen, n);
	if (n > bounds.issued)
		return oracle_fail(check->model,
				"transaction %" PRIu64 " is there, only %" PRIu64 " were issued", n,
				bounds.issued);
	return 0;
}

static int image_check_disk(const image_check *check, sim_disk *image, image_bounds bounds,
		uint64_t seed, uint32_t nested, int soft);

static int image_check_nested(const image_check *check, image_points *points, image_bounds bounds,
		uint64_t seed, int soft)
{
	int wrong = 0;

	for (uint32_t i = 0; i < points->wanted && i < points->n; i++) {
		uint64_t die = sim_random(seed, i + 50);
		sim_loss loss = (sim_loss)(die % SIM_LOSSES);
		sim_disk *image = sim_crash(points->items[i].disk, loss, die);

		if (!wrong) {
			check->count->nested++;
			wrong = image_check_disk(check, image, bounds, die, 0, 0);
			if (wrong) {
				char why[400];

				snprintf(why, sizeof(why), "%.390s", check->model->why);
				oracle_fail(check->model,
						"after %sa crash in recovery before %s %s (%s): %s",
						soft ? "a soft restart and " : "",
						sim_kind_name(points->items[i].call.kind),
						points->items[i].call.name, sim_loss_name(loss),
						why);
			}
		}
		sim_disk_unref(image);
		sim_disk_unref(points->items[i].disk);
	}
	return wrong;
}

static int image_check_disk(const image_check *check, sim_disk *image, image_bounds bounds,
		uint64_t seed, uint32_t nested, int soft)
{
	image_points points;
	sim_disk *before = NULL;
	cstn__store *store = NULL;
	sim_vfs *sim;
	uint64_t n = 0;
	int wrong;

	memset(&points, 0, sizeof(points));
	points.wanted = nested;
	points.dice.seed = seed;
	check->count->states++;
	if (!soft && seed % 4 == 0)
		before = sim_disk_clone(image);
	sim = sim_vfs_new(image, seed);
	if (nested) {
		sim->before = image_before;
		sim->context = &points;
	}
	wrong = image_open(check, sim, WORK_PATH, 0, &store, &n);
	sim->before = NULL;
	if (!wrong)
		wrong = image_in_bounds(check, bounds, n);
	if (!wrong)
		wrong = oracle_check(check->model, store, NULL, n, seed, 6);
	if (!wrong)
		wrong = oracle_check_dead(check->model, image, WORK_PATH, n);
	if (!wrong)
		wrong = image_check_files(
				check->model, image, WORK_PATH, check->options->keep_generations);
	if (!wrong && before)
		wrong = image_check_read_only(check, before, n, seed);
	if (!wrong)
		wrong = image_check_again(check, sim, store, n, seed);
	else
		cstn__store_unref(store);
	/* What a power loss left is on the disk: recovery may not change its mind about it. What a
	 * soft restart read from the cache was not acknowledged by recovery yet. */
	if (!soft)
		bounds.acked = bounds.issued = n;
	if (!wrong)
		wrong = image_check_nested(check, &points, bounds, seed, soft);
	else
		for (uint32_t i = 0; i < nested; i++)
			sim_disk_unref(points.items[i].disk);
	sim_vfs_free(sim);
	sim_disk_unref(before);
	return wrong;
}

int image_check_power_loss(
		const image_check *check, sim_disk *image, image_bounds bounds, uint64_t seed)
{
	return image_check_disk(check, image, bounds, seed, check->nested, 0);
}

int image_check_soft_restart(
		const image_check *check, sim_disk *disk, image_bounds bounds, uint64_t seed)
{
	return image_check_disk(check, disk, bounds, seed, check->nested, 1);
}

int image_check_backup(const image_check *check, sim_disk *image, const char *path, int whole,
		image_bounds bounds)
{
	sim_vfs *sim = sim_vfs_new(image, 77);
	cstn__store *store = NULL;
	uint64_t n = 0;
	int wrong = image_open(check, sim, path, CSTN__STORE_MUST_EXIST, &store, &n);

	if (wrong && !whole) {
		wrong = 0;
	} else if (!wrong) {
		wrong = image_in_bounds(check, bounds, n);
		check->model->slots_are = ORACLE_SLOTS_ABSENT;
		if (!wrong)
			wrong = oracle_check(check->model, store, NULL, n, n, 4);
		check->model->slots_are = 0;
		cstn__store_unref(store);
	}
	sim_vfs_free(sim);
	return wrong;
}
