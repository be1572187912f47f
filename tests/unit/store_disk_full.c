/* A disk that is full, for real: networks on a tmpfs of 8 MiB that this program mounts for itself,
 * in namespaces of its own. Where that is not allowed it says so and checks nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "network_fixture.h"
#include "suite.h"

static char disk[256];  /* where it is mounted */
static char text[3000]; /* fills pages: about one an event */

static const char *on_disk(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", disk, name);
	return path;
}

/* A file that takes all space but so many pages. */
static void take_space(unsigned long but_pages)
{
	struct statvfs space;
	int file = open(on_disk("ballast"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(statvfs(disk, &space), 0);
	ck_assert_uint_gt(space.f_bfree, but_pages);
	ck_assert_int_eq(posix_fallocate(file, 0,
					 (off_t)((space.f_bfree - but_pages) * space.f_bsize)),
			0);
	close(file);
}

static void give_space(void)
{
	ck_assert_int_eq(unlink(on_disk("ballast")), 0);
}

static cstn_network *open_network(uint32_t flags)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_network *network = NULL;
	cstn_error *error = NULL;

	options.flags = flags;
	ck_assert_msg(cstn_network_open(on_disk("network"), &options, NULL, &network, &error) ==
					CSTN_OK,
			"%s", cstn_error_message(error));
	return network;
}

static cstn_status put_event(cstn_network *network, int number)
{
	char id[32], extra[sizeof(text) + 16] = "extra=";

	snprintf(id, sizeof(id), "event_id=E-%06d", number);
	strcat(extra, text);
	return network_put(network,
			network_record("event", id, "subject_kind=shipment", "subject_id=S-1",
					"type=departed", "class=actual", "occurred=2024-01-01",
					extra, NULL),
			NULL);
}

/* Puts events from `first` until there is no space; how many went in. */
static int put_until_full(cstn_network *network, int first)
{
	cstn_status status = CSTN_OK;
	int n = 0;

	while (n < 10000 && (status = put_event(network, first + n)) == CSTN_OK)
		n++;
	ck_assert_int_eq(status, CSTN_E_FULL);
	return n;
}

static uint32_t state_of(cstn_network *network)
{
	cstn_network_info info = CSTN_NETWORK_INFO_INIT;

	ck_assert_int_eq(cstn_network_get_info(network, &info, NULL), CSTN_OK);
	return info.state;
}

/* Events 0 to n - 1 are there, and number n is not. */
static void check_events(cstn_network *network, int n)
{
	cstn_snapshot *snapshot = NULL;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	for (int i = 0; i <= n; i++) {
		char id[32];
		const char *key[] = {id};
		cstn_record *record = NULL;

		snprintf(id, sizeof(id), "E-%06d", i);
		ck_assert_int_eq(cstn_snapshot_get(snapshot, "event", key, 1, CSTN_AS_OF_NOW,
						 &record, NULL),
				i < n ? CSTN_OK : CSTN_E_NOT_FOUND);
		if (i < n)
			ck_assert_str_eq(cstn_record_text(record, CSTN_NO_LINE, "extra", NULL),
					text);
		cstn_record_unref(record);
	}
	cstn_snapshot_unref(snapshot);
}

static void close_network(cstn_network *network)
{
	cstn_error *error = NULL;

	ck_assert_msg(cstn_network_close(network, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn_network_unref(network);
}

static void begin(void)
{
	memset(text, 'x', sizeof(text) - 1);
	text[0] = '"';
	text[sizeof(text) - 2] = '"';
	ck_assert_int_eq(mount("tmpfs", disk, "tmpfs", 0, "size=8m"), 0);
}

static void end(void)
{
	ck_assert_int_eq(umount2(disk, MNT_DETACH), 0);
}

START_TEST(a_commit_without_space_fails_and_what_was_acknowledged_stays)
{
	cstn_network *network = open_network(0);
	int n;

	take_space(64);
	n = put_until_full(network, 0);
	ck_assert_int_gt(n, 10);
	ck_assert_uint_eq(state_of(network), CSTN_NETWORK_STATE_FULL);
	check_events(network, n);
	give_space();
	close_network(network);
	network = open_network(CSTN_NETWORK_READ_ONLY);
	check_events(network, n);
	cstn_network_unref(network);
}
END_TEST

START_TEST(service_comes_back_with_the_space)
{
	cstn_network *network = open_network(0);
	int n;

	take_space(64);
	n = put_until_full(network, 0);
	ck_assert_int_eq(put_event(network, n), CSTN_E_FULL); /* as long as there is none */
	give_space();
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(put_event(network, n + i), CSTN_OK);
	ck_assert_uint_eq(state_of(network), CSTN_NETWORK_STATE_OPEN);
	check_events(network, n + 20);
	cstn_network_unref(network); /* as a crash */
	network = open_network(0);
	check_events(network, n + 20);
	close_network(network);
}
END_TEST

START_TEST(a_disk_may_be_full_many_times)
{
	cstn_network *network = open_network(0);
	int n = 0;

	for (unsigned long pages = 24; pages < 40; pages++) {
		take_space(pages);
		n += put_until_full(network, n);
		give_space();
		ck_assert_int_eq(put_event(network, n), CSTN_OK);
		n++;
	}
	check_events(network, n);
	close_network(network);
	network = open_network(0);
	check_events(network, n);
	close_network(network);
}
END_TEST

START_TEST(a_checkpoint_without_space_fails_and_keeps_the_log)
{
	cstn_network *network = open_network(CSTN_NETWORK_DEFER_CHECKPOINT);

	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(put_event(network, i), CSTN_OK);
	take_space(4);
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_E_FULL);
	check_events(network, 200);
	give_space();
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	ck_assert_uint_eq(state_of(network), CSTN_NETWORK_STATE_OPEN);
	close_network(network);
	network = open_network(0);
	check_events(network, 200);
	close_network(network);
}
END_TEST

/* Events 0 to n - 1 as rows of CSV, each with so many bytes more. */
static char *many_rows(int n, int more)
{
	char *rows = malloc((size_t)n * ((size_t)more + 80) + 128), *to = rows;

	ck_assert_ptr_nonnull(rows);
	to += sprintf(to, "event_id,subject_kind,subject_id,type,class,occurred,extra\n");
	for (int i = 0; i < n; i++)
		to += sprintf(to, "E-%06d,shipment,S-1,departed,actual,2024-01-01,%.*s\n", i, more,
				text + 1);
	return rows;
}

/* An import that finds no space leaves nothing, and the network goes on when there is some. */
static void import_without_space(int n, int more)
{
	static const char schema[] = "event_id text\nsubject_kind text\nsubject_id text\n"
				     "type text\nclass text\noccurred date\nextra text\n";
	cstn_network *network = open_network(0);
	char *rows = many_rows(n, more);

	ck_assert_int_eq(put_event(network, 0), CSTN_OK);
	take_space(64);
	ck_assert_int_eq(network_import_csv(network, "event", schema, rows, 0, NULL), CSTN_E_FULL);
	check_events(network, 1);
	give_space();
	for (int i = 1; i < 10; i++)
		ck_assert_int_eq(put_event(network, i), CSTN_OK);
	close_network(network);
	network = open_network(CSTN_NETWORK_READ_ONLY);
	check_events(network, 10);
	cstn_network_unref(network);
	free(rows);
}

START_TEST(an_import_into_the_log_without_space_leaves_nothing_behind)
{
	import_without_space(1000, 1500);
}
END_TEST

START_TEST(an_import_into_columns_without_space_leaves_nothing_behind)
{
	import_without_space(70000, 20);
}
END_TEST

START_TEST(without_space_a_network_opens_for_reading_and_later_for_writing)
{
	cstn_network *network = open_network(CSTN_NETWORK_DEFER_CHECKPOINT);
	cstn_network *other = NULL;

	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(put_event(network, i), CSTN_OK);
	cstn_network_unref(network); /* as a crash: recovery has to write */
	take_space(4);
	ck_assert_int_eq(cstn_network_open(on_disk("network"), NULL, NULL, &other, NULL),
			CSTN_E_FULL);
	ck_assert_ptr_null(other);
	network = open_network(CSTN_NETWORK_READ_ONLY);
	check_events(network, 200);
	cstn_network_unref(network);
	give_space();
	network = open_network(0);
	check_events(network, 200);
	ck_assert_int_eq(put_event(network, 200), CSTN_OK);
	close_network(network);
}
END_TEST

/* --- a place to mount ------------------------------------------------------------------------- */

static int write_text(const char *path, const char *what)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	int failed = file < 0 || write(file, what, strlen(what)) != (ssize_t)strlen(what);

	if (file >= 0)
		close(file);
	return failed;
}

/* Mounts of this process are its own from here on; 0, or -1. */
static int leave_the_namespace(void)
{
	unsigned user = (unsigned)getuid(), group = (unsigned)getgid();
	char users[64], groups[64];

	if (unshare(CLONE_NEWNS) != 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
			return -1;
		snprintf(users, sizeof(users), "0 %u 1", user);
		snprintf(groups, sizeof(groups), "0 %u 1", group);
		if (write_text("/proc/self/setgroups", "deny") ||
				write_text("/proc/self/uid_map", users) ||
				write_text("/proc/self/gid_map", groups))
			return -1;
	}
	return mount("none", "/", "none", MS_REC | MS_PRIVATE, "");
}

static int may_mount(void)
{
	const char *parent = getenv("TMPDIR");
	int may;

	snprintf(disk, sizeof(disk), "%s/constellation-XXXXXX",
			parent && *parent ? parent : "/tmp");
	may = mkdtemp(disk) && leave_the_namespace() == 0 &&
	      mount("tmpfs", disk, "tmpfs", 0, "size=8m") == 0;
	if (may)
		umount2(disk, MNT_DETACH);
	else
		printf("a full disk is not tested: no tmpfs can be mounted here (%s)\n",
				strerror(errno));
	return may;
}

int main(void)
{
	TCase *test_case = tcase_create("disk_full");
	Suite *suite = suite_create("store_disk_full");
	int result;

	suite_add_tcase(suite, test_case);
	tcase_add_checked_fixture(test_case, begin, end);
	tcase_set_timeout(test_case, 120);
	tcase_add_test(test_case, a_commit_without_space_fails_and_what_was_acknowledged_stays);
	tcase_add_test(test_case, service_comes_back_with_the_space);
	tcase_add_test(test_case, a_disk_may_be_full_many_times);
	tcase_add_test(test_case, a_checkpoint_without_space_fails_and_keeps_the_log);
	tcase_add_test(test_case, an_import_into_the_log_without_space_leaves_nothing_behind);
	tcase_add_test(test_case, an_import_into_columns_without_space_leaves_nothing_behind);
	tcase_add_test(test_case, without_space_a_network_opens_for_reading_and_later_for_writing);
	if (may_mount()) {
		result = run_suite(suite);
	} else {
		srunner_free(srunner_create(suite));
		result = EXIT_FAILURE;
	}
	rmdir(disk);
	return result;
}
