/* Releases after a crash at any call that writes: what was handed out is in the log and charged;
 * what is in the log is charged, what is not is not; and what was left open is closed as unknown,
 * with its whole reservation used. Releases that are no rows besides: cells that were told are
 * remembered, an answer with noise is given again and paid for once, and each release has its duty.
 * `crash_release long` tries more losses of each crash, and more releases. */
#include "../unit/suite.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "../unit/csv_rows.h"
#include "../unit/network_fixture.h"
#include "../unit/release_world.h"
#include "kept_disks.h"
#include "sharing/sharing_rows.h"

#define RESERVED 10u /* rows of each release */
#define BATCH 3
#define MOST 64
#define EPSILON UINT64_C(400000000)

static int32_t commit_level;
static uint64_t losses = SIM_LOSSES; /* of each crash */
static unsigned n_releases = 8, n_forms = 6;
static size_t each_form = 5; /* one disk of so many of the forms */

/* --- what happens ----------------------------------------------------------------------------- */

/* What the world outside has seen. */
typedef struct seen {
	unsigned opened, finished; /* calls that came back */
	uint64_t rows[MOST];       /* handed out, by release */
	char told[MOST][80];       /* of the forms: what was handed out, as text */
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
	for (size_t i = 0; i < MOST; i++) {
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

/* --- other forms than rows -------------------------------------------------------------------- */

static const char *const form_fields[] = {"order.price", "customer.city", NULL};
static const char *const by_city[] = {"city"}, *const cities[] = {"Bonn", "Ulm"};
static uint8_t forms_agreement[32], forms_term[32];

static const int32_t forms[] = {CSTN_LEVEL_AGGREGATED, CSTN_LEVEL_NOISED, CSTN_LEVEL_EXISTENCE,
		CSTN_LEVEL_NOISED, CSTN_LEVEL_PSEUDONYM, CSTN_LEVEL_RAW};
#define FORMS (sizeof(forms) / sizeof(*forms))
#define AGAIN 3 /* its question is that of two before */

static int32_t form_of(unsigned number)
{
	return forms[number % FORMS];
}

static int is_again(unsigned number)
{
	return number % FORMS == AGAIN;
}

/* The data set of a release: one of its own. */
static void set_of(unsigned number, char out[16])
{
	snprintf(out, 16, "set-%u", is_again(number) ? number - 2 : number);
}

/* 20 orders of two cities and five firms, but for one. */
static void form_rows(struct ArrowArrayStream *out, int without)
{
	char text[1000], *at = text;

	at += sprintf(at, "row,city,firm,price\n");
	for (int i = 0; i < 20; i++)
		if (i != without)
			at += sprintf(at, "%d,%s,firm%d,%d\n", i, cities[i % 2], i / 2 % 5,
					100 + i);
	csv_rows(out, "row int64\ncity text\nfirm text\nprice int64\n", text);
}

/* Opened, with the rows but for one. */
static cstn_release *form_open(cstn_network *network, unsigned number, int without)
{
	static const cstn_release_column columns[] = {
			{"price", "order.price", NULL, 0}, {"city", "customer.city", NULL, 0}};
	static const uint8_t key[32] = "the secret of maker's pseudonyms";
	cstn_request_options asks = release_asks(form_of(number), form_fields);
	cstn_aggregate_options aggregate = CSTN_AGGREGATE_OPTIONS_INIT;
	cstn_noise_options noise = CSTN_NOISE_OPTIONS_INIT;
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	char set[16];

	set_of(number, set);
	asks.rows = 2 * RESERVED;
	asks.nonce[1] = (uint8_t)number;
	asks.now_us += number;
	asks.nano_epsilon = form_of(number) == CSTN_LEVEL_NOISED ? EPSILON : 0;
	aggregate.by = by_city;
	aggregate.n_by = 1;
	aggregate.company = "firm";
	aggregate.row = "row";
	noise.kind = CSTN_NOISE_COUNT;
	noise.subject = "row";
	noise.partition = "city";
	noise.partitions = cities;
	noise.n_partitions = 2;
	options.columns = columns;
	options.n_columns = 2;
	options.data_set = set;
	options.pseudonym_key = key;
	options.aggregate = form_of(number) == CSTN_LEVEL_AGGREGATED ? &aggregate : NULL;
	options.noise = form_of(number) == CSTN_LEVEL_NOISED ? &noise : NULL;
	form_rows(&rows, without);
	return release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
}

/* All of it: how many rows, and cells as text, the first bytes. */
static uint64_t form_drain(cstn_release *release, unsigned number, char told[80])
{
	struct ArrowArrayStream rows;
	cstn_status status;
	cstn_buffer *text;
	const char *all;
	uint64_t n;

	if (form_of(number) < CSTN_LEVEL_AGGREGATED) {
		n = release_drain(release, &status);
		ck_assert_int_eq(status, CSTN_DONE);
		return n;
	}
	SHARING_OK(cstn_release_stream(release, &rows, &error));
	all = csv_text(&rows, &text);
	n = release_count(all, "\n") - 1; /* a header */
	snprintf(told, 80, "%.79s", all);
	cstn_buffer_free(text);
	return n;
}

static void form_one(cstn_network *network, seen *now, unsigned number)
{
	cstn_release *release = form_open(network, number, -1);

	now->opened++;
	now->rows[number] = form_drain(release, number, now->told[number]);
	if (number % 5 != 4) /* else finished by being freed */
		SHARING_OK(cstn_release_finish(release, NULL, &error));
	cstn_release_free(release);
	now->finished++;
}

static void forms_agree(cstn_network *network)
{
	cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, form_fields);
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	cstn_term *term;

	limits.rows = 100000;
	limits.calls = 1000;
	limits.window_us = RELEASE_DAY;
	limits.nano_epsilon = 1000 * (int64_t)EPSILON;
	limits.period_us = 365 * RELEASE_DAY;
	retention.max_us = 30 * RELEASE_DAY;
	retention.then = CSTN_DELIVERED_DELETE;
	SHARING_OK(cstn_term_builder_set_limits(builder, &limits, &error));
	SHARING_OK(cstn_term_builder_set_retention(builder, &retention, &error));
	term = release_term_end(builder);
	cstn_term_digest(term, forms_term);
	release_agree(network, "shop", &term, 1, forms_agreement);
}

/* What the first so many cost: a question that was answered before costs nothing. */
static uint64_t forms_epsilon(size_t opened)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < opened; i++)
		if (form_of(i) == CSTN_LEVEL_NOISED && !is_again(i))
			sum += EPSILON;
	return sum;
}

static size_t n_duties(cstn_network *network)
{
	struct ArrowArrayStream stream;
	cstn_snapshot *snapshot;
	cstn_buffer *csv;
	size_t n;

	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_sharing_table(snapshot, CSTN_SHARING_DUTIES, RELEASE_NOW, &stream, &error));
	cstn_snapshot_unref(snapshot);
	csv = network_to_csv(&stream);
	n = release_count((const char *)cstn_buffer_data(csv), "\n") - 1;
	cstn_buffer_free(csv);
	return n;
}

/* Charges and duties of the first so many releases, as the log has them. */
static void check_forms(cstn_network *network, found *f, size_t open)
{
	char *log = release_log(network, "maker", "c1");

	read_log(network, f);
	f->usage = release_usage_of(network, forms_agreement, forms_term);
	ck_assert_uint_eq(f->usage.calls, f->opened);
	ck_assert_uint_eq(f->usage.rows, open * 2 * RESERVED + f->closed_rows);
	ck_assert_uint_eq(f->usage.nano_epsilon, forms_epsilon(f->opened));
	ck_assert_uint_eq(release_count(log, "\"duty\":\"retention\""), f->opened);
	ck_assert_uint_eq(n_duties(network), f->opened);
	free(log);
}

/* What is remembered of what a release told. */
static int is_kept(cstn_network *network, unsigned number)
{
	cstn_transaction *transaction = network_begin(network);
	char name[40], set[16];
	cstn_buffer *bytes;
	int len, kept;

	set_of(number, set);
	len = snprintf(name, sizeof(name), "maker%cshop%c%s", 0, 0, set) + 1;
	SHARING_OK(cstn__transaction_begin_base(transaction, &error));
	SHARING_OK(cstn__sharing_state_find(transaction,
			form_of(number) == CSTN_LEVEL_NOISED ? CSTN__STATE_ANSWERS
							     : CSTN__STATE_DIFFERENCE_GUARD,
			"c1", name, (size_t)len, &bytes, &error));
	cstn_transaction_free(transaction);
	kept = bytes != NULL;
	cstn_buffer_free(bytes);
	return kept;
}

/* A question that was answered has the same answer, and costs nothing; cells that differ by a row
 * from those that were told are not told. */
static void ask_again(cstn_network *network, const seen *out, unsigned number)
{
	int noise = form_of(number) == CSTN_LEVEL_NOISED;
	cstn_rules_usage before = release_usage_of(network, forms_agreement, forms_term), after;
	cstn_release *release = form_open(network, number, noise ? -1 : 7);
	char told[80];
	uint64_t n = form_drain(release, number, told);

	SHARING_OK(cstn_release_finish(release, NULL, &error));
	cstn_release_free(release);
	after = release_usage_of(network, forms_agreement, forms_term);
	ck_assert_uint_eq(after.nano_epsilon, before.nano_epsilon);
	if (noise)
		ck_assert_str_eq(told, out->told[number]);
	else
		ck_assert_uint_eq(n, 0);
}

static void check_forms_image(sim_disk *image, const void *of)
{
	const seen *out = of;
	sim_vfs *sim = sim_vfs_new(image, 2);
	cstn_network *network = kept_network(sim, commit_level);
	uint64_t count = 0;
	size_t open;
	seen later = {0};
	found f;

	read_log(network, &f);
	open = f.opened - f.closed;
	ck_assert_uint_ge(f.opened, out->opened);
	ck_assert_uint_le(f.opened, out->opened + 1);
	ck_assert_uint_ge(f.closed, out->finished);
	ck_assert_uint_le(open, 1);
	check_forms(network, &f, open);
	for (unsigned i = 0; i < n_forms; i++) {
		int keeps = form_of(i) == CSTN_LEVEL_AGGREGATED || form_of(i) == CSTN_LEVEL_NOISED;

		ck_assert(!out->rows[i] || i < f.opened);
		if (keeps && out->rows[i])
			ck_assert(is_kept(network, i));
		if (keeps && !is_again(i) && i >= f.opened)
			ck_assert(!is_kept(network, i));
	}
	SHARING_OK(cstn_release_recover(network, RELEASE_NOW, &count, &error));
	ck_assert_uint_eq(count, open);
	check_forms(network, &f, open);
	ck_assert_uint_eq(f.unknown, open);
	for (unsigned i = 0; i < n_forms; i++)
		if (out->rows[i] && (form_of(i) == CSTN_LEVEL_AGGREGATED ||
						    form_of(i) == CSTN_LEVEL_NOISED))
			ask_again(network, out, i);
	/* It goes on from there. */
	for (unsigned i = MOST - 4; i < MOST - 2; i++)
		form_one(network, &later, i);
	cstn_network_unref(network);
	sim_vfs_free(sim);
}

/* --- crashes ---------------------------------------------------------------------------------- */

/* Releases of rows, or of the forms in turn. */
static void enumerate(const char *what, int of_forms)
{
	static kept_disks all;
	sim_disk *disk = sim_disk_new();
	sim_vfs *sim = sim_vfs_new(disk, 1);
	cstn_network *network = kept_network(sim, commit_level);
	seen now = {0};
	unsigned n = of_forms ? n_forms : n_releases;
	uint64_t images;

	release_world_fill(network);
	if (of_forms)
		forms_agree(network);
	else
		release_agree_raw(network, 1000, 1000);
	SHARING_OK(cstn_network_sync(network, &error));
	all.each = of_forms ? each_form : 1;
	kept_begin(&all, sim, &now, sizeof(now));
	for (unsigned i = 0; i < n; i++) {
		if (of_forms)
			form_one(network, &now, i);
		else
			release_one(network, &now, i);
		if (i % 3 == 2)
			SHARING_OK(cstn_network_checkpoint(network, &error));
	}
	images = of_forms ? kept_check(&all, sim, losses, check_forms_image)
			  : kept_check(&all, sim, losses, check_image);
	printf("states: releases, %s: %u of them, %zu crashes, %" PRIu64 " disks\n", what, n, all.n,
			images);
	ck_assert_uint_gt(images * test_every(), 50);
	cstn_network_unref(network);
	sim_vfs_free(sim);
	sim_disk_unref(disk);
}

START_TEST(what_left_is_logged_and_charged_after_a_crash)
{
	commit_level = CSTN_COMMIT_FULL;
	enumerate("every commit flushed", 0);
}
END_TEST

/* The network's own commits may be lost, those of releases may not. */
START_TEST(what_left_is_logged_though_the_network_flushes_nothing)
{
	commit_level = CSTN_COMMIT_NONE;
	enumerate("no commit flushed", 0);
}
END_TEST

/* Cells, noise, existence and pseudonyms, each with the duty of its release. */
START_TEST(forms_are_remembered_charged_and_owed_after_a_crash)
{
	commit_level = CSTN_COMMIT_FULL;
	enumerate("forms, every commit flushed", 1);
	commit_level = CSTN_COMMIT_NONE;
	enumerate("forms, no commit flushed", 1);
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
			forms_are_remembered_charged_and_owed_after_a_crash,
			disk_that_is_full_or_fails_releases_nothing_that_is_not_logged};

	int failed;

	if (argc > 1 && strcmp(argv[1], "long") == 0) {
		losses = 4 * SIM_LOSSES;
		n_releases = 30;
		n_forms = 12;
		each_form = 3;
	}
	failed = run_tests("releases after a crash", tests, sizeof(tests) / sizeof(tests[0]));
	printf("%d passed, %d failed\n", !failed, failed);
	return failed;
}
