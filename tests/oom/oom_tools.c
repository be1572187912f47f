/* Out of memory in the tools of a network's folder, and in verdicts that are kept there. */
#include "oom.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

/* A network with a record or two in a new folder; `file` receives the path of its log. */
typedef struct folder {
	char path[64], file[400];
} folder;

static void put_partner(cstn_network *network, const char *id)
{
	cstn_record_builder *builder = NULL;
	cstn_record *record = NULL;

	ck_assert_int_eq(cstn_record_builder_new("partner", NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "partner_id", id, strlen(id), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_int(builder, "recorded", 1, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_build(builder, &record, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_put(network, record, NULL, NULL), CSTN_OK);
	cstn_record_unref(record);
	cstn_record_builder_free(builder);
}

static void make(folder *out)
{
	cstn_network *network = NULL;
	struct dirent *entry;
	DIR *directory;

	/* Thousands of folders: in memory where there is such a place. */
	strcpy(out->path, access("/dev/shm", W_OK) == 0 ? "/dev/shm/oom-tools-XXXXXX"
							: "/tmp/oom-tools-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(out->path));
	ck_assert_int_eq(cstn_network_open(out->path, NULL, NULL, &network, NULL), CSTN_OK);
	put_partner(network, "acme");
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	put_partner(network, "bolts");
	cstn_network_unref(network);
	directory = opendir(out->path);
	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, "log-", 4) == 0)
			snprintf(out->file, sizeof(out->file), "%s/%s", out->path, entry->d_name);
	closedir(directory);
}

static void drop(const folder *made)
{
	DIR *directory = opendir(made->path);
	struct dirent *entry;
	char path[400];

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", made->path, entry->d_name);
		(void)unlink(path);
	}
	closedir(directory);
	ck_assert_int_eq(rmdir(made->path), 0);
}

static cstn_status verify(oom *o)
{
	cstn_buffer *report = NULL;
	cstn_status status;
	folder made;

	make(&made);
	oom_arm(o);
	OOM_CALL(status, cstn_network_verify(made.path, CSTN_REPORT_JSON, o->allocator, NULL,
					 &report, &error));
	ck_assert((report == NULL) == (status != CSTN_OK));
	cstn_buffer_free(report);
	drop(&made);
	return status;
}

static cstn_status dump(oom *o)
{
	cstn_buffer *text = NULL;
	cstn_status status;
	folder made;

	make(&made);
	oom_arm(o);
	OOM_CALL(status, cstn_network_dump(made.file, o->allocator, &text, &error));
	ck_assert((text == NULL) == (status != CSTN_OK));
	cstn_buffer_free(text);
	drop(&made);
	return status;
}

static cstn_status salvage(oom *o)
{
	cstn_buffer *report = NULL;
	cstn_status status;
	folder made, saved;

	make(&made);
	memset(&saved, 0, sizeof(saved));
	strcpy(saved.path, made.path);
	strcat(saved.path, "-saved");
	oom_arm(o);
	OOM_CALL(status, cstn_network_salvage(made.path, saved.path, 0, o->allocator, NULL, &report,
					 &error));
	ck_assert((report == NULL) == (status != CSTN_OK));
	cstn_buffer_free(report);
	if (access(saved.path, F_OK) == 0)
		drop(&saved);
	drop(&made);
	return status;
}

/* The network allocates by the case's allocator, and is there before and after. */
static cstn_status backup(oom *o)
{
	cstn_network *network = NULL;
	cstn_status status;
	folder made, saved;

	make(&made);
	memset(&saved, 0, sizeof(saved));
	strcpy(saved.path, made.path);
	strcat(saved.path, "-backup");
	ck_assert_int_eq(cstn_network_open(made.path, NULL, o->allocator, &network, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_network_backup(network, saved.path, 0, NULL, &error));
	oom_disarm(o);
	cstn_network_unref(network);
	if (access(saved.path, F_OK) == 0)
		drop(&saved);
	drop(&made);
	return status;
}

/* An order of one late line. */
static void put_order(cstn_network *network)
{
	static const char *const fields[][2] = {{"order_id", "O-1"},
			{"order_recorded", "2024-05-01"}, {"seller", "acme"}, {"buyer", "acme"},
			{"ordered", "2024-05-01"}, {"line_number", "1"},
			{"item_id", "4006381333931"}, {"qty", "5"}, {"promised", "2024-05-03"},
			{"delivered", "2024-05-09"}, {"late_cause", "fog"},
			{"late_owner", "carrier"}};
	cstn_record_builder *builder = NULL;
	cstn_record *record = NULL;

	ck_assert_int_eq(cstn_record_builder_new("order", NULL, &builder, NULL), CSTN_OK);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (i == 5)
			ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_record_builder_set_text(builder, fields[i][0], fields[i][1],
						 strlen(fields[i][1]), NULL),
				CSTN_OK);
	}
	ck_assert_int_eq(cstn_record_builder_build(builder, &record, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_put(network, record, NULL, NULL), CSTN_OK);
	cstn_record_unref(record);
	cstn_record_builder_free(builder);
}

static cstn_network *open_orders(oom *o, const folder *made)
{
	cstn_network *network = NULL;

	ck_assert_int_eq(
			cstn_network_open(made->path, NULL, o->allocator, &network, NULL), CSTN_OK);
	put_order(network);
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	return network;
}

static cstn_service_policy *late_policy(void)
{
	cstn_service_policy *policy = NULL;

	ck_assert_int_eq(cstn_service_policy_new("components=T", NULL, &policy, NULL), CSTN_OK);
	return policy;
}

#define AS_OF_US INT64_C(1717200000000000)

static cstn_status keep_verdicts(oom *o)
{
	cstn_keep_verdicts_counts counts = CSTN_KEEP_VERDICTS_COUNTS_INIT;
	cstn_service_policy *policy = late_policy();
	cstn_network *network;
	cstn_status status;
	folder made;

	make(&made);
	network = open_orders(o, &made);
	oom_arm(o);
	OOM_CALL(status, cstn_network_keep_order_verdicts(
					 network, policy, AS_OF_US, NULL, &counts, &error));
	oom_disarm(o);
	ck_assert_uint_eq(counts.written, status == CSTN_OK);
	if (status != CSTN_OK) /* usable after the failure */
		ck_assert_int_eq(cstn_network_keep_order_verdicts(
						 network, policy, AS_OF_US, NULL, &counts, NULL),
				CSTN_OK);
	cstn_network_unref(network);
	cstn_service_policy_unref(policy);
	drop(&made);
	return status;
}

static cstn_status scan_verdicts(oom *o, int kept)
{
	cstn_service_policy *policy = late_policy();
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	cstn_network *network;
	cstn_status status;
	folder made;

	make(&made);
	network = open_orders(o, &made);
	if (kept)
		ck_assert_int_eq(cstn_network_keep_order_verdicts(
						 network, policy, AS_OF_US, NULL, NULL, NULL),
				CSTN_OK);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_snapshot_scan_order_verdicts(
					 snapshot, policy, AS_OF_US, NULL, &rows, &error));
	if (status == CSTN_OK)
		status = oom_drain(&rows);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	cstn_service_policy_unref(policy);
	drop(&made);
	return status;
}

static cstn_status judged_verdicts(oom *o)
{
	return scan_verdicts(o, 0);
}

static cstn_status kept_verdicts(oom *o)
{
	return scan_verdicts(o, 1);
}

const oom_case oom_cases_tools[] = {
		{"cstn_network_keep_order_verdicts", keep_verdicts, 0, 0},
		{"cstn_snapshot_scan_order_verdicts", judged_verdicts, 0, 0},
		{"cstn_snapshot_scan_order_verdicts", kept_verdicts, 0, 0},
		{"cstn_network_verify", verify, 1,
				0}, /* without memory for it, it goes without a lock */
		{"cstn_network_dump", dump, 0, 0},
		{"cstn_network_salvage", salvage, 0, 0},
		{"cstn_network_backup", backup, 0, 0},
};
const size_t oom_count_tools = sizeof(oom_cases_tools) / sizeof(oom_cases_tools[0]);
