/* The golden network: the bytes of its files and all it answers, the same on every machine and in
 * every release.
 *
 * usage: golden_network FOLDER            compare
 *        golden_network --write FOLDER    write what is expected
 *
 * FOLDER/records.txt says what is done; FOLDER/store holds the files that come of it, made on a
 * model disk with a fixed seed; FOLDER/answers holds what the public calls give, one CSV a
 * question. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <constellation/constellation.h>

#include "../crash/sim_vfs.h"
#include "base/hash.h"
#include "network/network.h"

#define STORE "/store"
#define LINE 2048

typedef struct golden {
	const char *folder;
	int write, bad;
} golden;

static void die(const char *what, cstn_error *error)
{
	fprintf(stderr, "%s: %s\n", what, cstn_error_message(error));
	exit(1);
}

static uint8_t *read_whole(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t capacity = 0, got;

	*size = 0;
	if (!file)
		return NULL;
	do {
		data = test_grow(data, &capacity, *size + 65536, 1);
		got = fread(data + *size, 1, 65535, file);
		*size += got;
	} while (got);
	data[*size] = 0;
	fclose(file);
	return data;
}

static void write_whole(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

/* --- making it -------------------------------------------------------------------------------- */

static char *next_part(char **at)
{
	char *part = *at, *bar = part ? strchr(part, '|') : NULL;

	if (bar)
		*bar++ = 0;
	*at = bar;
	return part;
}

static cstn_record *read_record(char *noun, char *rest)
{
	cstn_record_builder *builder = NULL;
	cstn_record *record = NULL;
	cstn_error *error = NULL;
	char *part;

	if (cstn_record_builder_new(noun, NULL, &builder, &error) != CSTN_OK)
		die(noun, error);
	while ((part = next_part(&rest)) != NULL) {
		char *value = strchr(part, '=');
		cstn_status status;

		if (strcmp(part, "+") == 0) {
			status = cstn_record_builder_add_line(builder, &error);
		} else {
			*value++ = 0;
			status = cstn_record_builder_set_text(
					builder, part, value, strlen(value), &error);
		}
		if (status != CSTN_OK)
			die(part, error);
	}
	if (cstn_record_builder_build(builder, &record, &error) != CSTN_OK)
		die(noun, error);
	cstn_record_builder_free(builder);
	return record;
}

static void do_delete(cstn_transaction *transaction, char *noun, char *rest)
{
	const char *key[8];
	cstn_error *error = NULL;
	int64_t recorded = 0;
	size_t n = 0;
	char *part;

	while ((part = next_part(&rest)) != NULL) {
		if (part[0] != '@')
			key[n++] = part;
		else if (cstn_time_parse(part + 1, strlen(part + 1), NULL, 0, &recorded, &error) !=
				CSTN_OK)
			die(part, error);
	}
	if (cstn_transaction_delete(transaction, noun, key, n, recorded, &error) != CSTN_OK)
		die(noun, error);
}

static void do_line(cstn_network *network, cstn_transaction *transaction, char *line)
{
	char *rest = strchr(line, ' '), *noun;
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	if (line[0] == '#' || !line[0])
		return;
	if (rest)
		*rest++ = 0;
	if (strcmp(line, "put") == 0) {
		cstn_record *record;

		noun = next_part(&rest);
		record = read_record(noun, rest);
		status = cstn_transaction_put(transaction, record, &error);
		cstn_record_unref(record);
	} else if (strcmp(line, "delete") == 0) {
		noun = next_part(&rest);
		do_delete(transaction, noun, rest);
	} else if (strcmp(line, "commit") == 0) {
		status = cstn_transaction_commit(transaction, NULL, &error);
	} else if (strcmp(line, "checkpoint") == 0) {
		status = cstn_network_checkpoint(network, &error);
	} else if (strcmp(line, "maintain") == 0) {
		status = cstn_network_maintain(network, NULL, &error);
	} else {
		fprintf(stderr, "what is '%s'?\n", line);
		exit(1);
	}
	if (status != CSTN_OK)
		die(line, error);
}

/* The last transactions stay in the log, as after a crash. */
static sim_disk *make_store(const char *folder)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_transaction *transaction = NULL;
	cstn_network *network = NULL;
	sim_disk *disk = sim_disk_new();
	sim_vfs *sim = sim_vfs_new(disk, 1);
	cstn_error *error = NULL;
	char path[4096], *text, *line, *next;
	size_t size;

	if (cstn__network_open_on(&sim->vfs, 4, STORE, &options, NULL, &network, &error) != CSTN_OK)
		die("open", error);
	if (cstn_transaction_begin(network, &transaction, &error) != CSTN_OK)
		die("begin", error);
	snprintf(path, sizeof(path), "%s/records.txt", folder);
	text = (char *)read_whole(path, &size);
	for (line = text; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		do_line(network, transaction, line);
	}
	free(text);
	cstn_transaction_free(transaction);
	cstn_network_unref(network);
	sim_vfs_free(sim);
	return disk;
}

/* --- its files -------------------------------------------------------------------------------- */

static void compare(golden *at, const char *name, const void *data, size_t size)
{
	char path[4096];
	uint8_t *expected;
	size_t length;
	int bad;

	snprintf(path, sizeof(path), "%s/%s", at->folder, name);
	if (at->write) {
		write_whole(path, data, size);
		return;
	}
	expected = read_whole(path, &length);
	bad = !expected || length != size || memcmp(expected, data, size) != 0;
	free(expected);
	printf("%s %s\n", bad ? "FAIL" : "ok", path);
	at->bad += bad;
}

typedef struct names {
	golden *at;
	sim_disk *disk;
	char list[64][64];
	size_t n;
} names;

static void add_name(void *context, const char *name)
{
	names *all = context;

	snprintf(all->list[all->n++ % 64], 64, "%s", name);
}

static void check_files(golden *at, sim_disk *disk)
{
	names all = {.at = at, .disk = disk};

	sim_disk_list(disk, STORE, add_name, &all);
	for (size_t i = 0; i < all.n; i++) {
		const uint8_t *data;
		char path[100], name[100];
		uint64_t size;

		snprintf(path, sizeof(path), STORE "/%s", all.list[i]);
		snprintf(name, sizeof(name), "store/%s", all.list[i]);
		data = sim_disk_bytes(disk, path, &size);
		if (strcmp(all.list[i], "LOCK") != 0)
			compare(at, name, data ? data : (const uint8_t *)"", size);
	}
}

/* The manifest as a release with more features would write it, for the tests of the bindings. */
static void check_newer(golden *at, sim_disk *disk)
{
	static const struct {
		const char *name;
		size_t at, size; /* little-endian */
		uint32_t value;
	} features[] = {{"newer/major", 8, 2, 2}, {"newer/compat", 56, 4, 0x80000000},
			{"newer/ro_compat", 60, 4, 0x100}, {"newer/incompat", 64, 4, 0x40}};
	names all = {.at = at, .disk = disk};
	char path[100] = "";
	const uint8_t *data;
	uint64_t size = 0;

	sim_disk_list(disk, STORE, add_name, &all);
	for (size_t i = 0; i < all.n; i++)
		if (strncmp(all.list[i], "MANIFEST-", 9) == 0)
			snprintf(path, sizeof(path), STORE "/%s", all.list[i]);
	data = sim_disk_bytes(disk, path, &size);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		size_t capacity = 0;
		uint8_t *changed = test_grow(NULL, &capacity, (size_t)size, 1);
		cstn__hash128_value hash;

		memcpy(changed, data, (size_t)size);
		for (size_t k = 0; k < features[i].size; k++)
			changed[features[i].at + k] = (uint8_t)(features[i].value >> 8 * k);
		hash = cstn__hash128(changed, (size_t)size - 16);
		for (size_t k = 0; k < 8; k++) {
			changed[size - 16 + k] = (uint8_t)(hash.low >> 8 * k);
			changed[size - 8 + k] = (uint8_t)(hash.high >> 8 * k);
		}
		compare(at, features[i].name, changed, (size_t)size);
		free(changed);
	}
}

/* The committed files, and no others, in a folder of their own. */
static size_t copy_store(const char *folder, const char *to, int remove_only)
{
	char from[4096], path[4096];
	struct dirent *entry;
	DIR *directory;
	size_t n = 0, size;

	snprintf(from, sizeof(from), "%s/store", folder);
	directory = opendir(remove_only ? to : from);
	while (directory && (entry = readdir(directory)) != NULL) {
		uint8_t *data;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%.1000s/%.200s", to, entry->d_name);
		if (remove_only) {
			unlink(path);
			continue;
		}
		snprintf(from, sizeof(from), "%.1000s/store/%.200s", folder, entry->d_name);
		data = read_whole(from, &size);
		write_whole(path, data, size);
		free(data);
		n++;
	}
	if (directory)
		closedir(directory);
	if (remove_only)
		rmdir(to);
	return n;
}

/* --- what it answers -------------------------------------------------------------------------- */

static void compare_stream(golden *at, const char *name, struct ArrowArrayStream *rows)
{
	cstn_buffer *csv = NULL;
	cstn_error *error = NULL;
	char path[100];

	if (cstn_csv_write_bytes(rows, NULL, NULL, &csv, &error) != CSTN_OK)
		die(name, error);
	snprintf(path, sizeof(path), "answers/%s.csv", name);
	compare(at, path, cstn_buffer_data(csv), cstn_buffer_size(csv));
	cstn_buffer_free(csv);
}

static void check_scans(golden *at, cstn_snapshot *snapshot)
{
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	for (size_t i = 0; i < cstn_noun_count(); i++) {
		cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;

		options.flags = cstn_noun_has_lines(i) ? CSTN_SCAN_LINES : 0;
		if (cstn_snapshot_scan(snapshot, cstn_noun_name(i), &options, &rows, &error) !=
				CSTN_OK)
			die(cstn_noun_name(i), error);
		compare_stream(at, cstn_noun_name(i), &rows);
	}
}

static int64_t instant(const char *text)
{
	int64_t us = 0;

	if (cstn_time_parse(text, strlen(text), NULL, 0, &us, NULL) != CSTN_OK)
		exit(1);
	return us;
}

/* The orders as they were known on 5 February: not delivered, one not yet deleted. */
static void check_past(golden *at, cstn_snapshot *snapshot)
{
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	options.flags = CSTN_SCAN_LINES | CSTN_SCAN_AS_OF;
	options.as_of_us = instant("2024-02-05");
	if (cstn_snapshot_scan(snapshot, "order", &options, &rows, &error) != CSTN_OK)
		die("order_past", error);
	compare_stream(at, "order_past", &rows);
}

static void check_rate(golden *at, cstn_snapshot *snapshot)
{
	static const char *const by[] = {"channel"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_perfect_order_result *result = NULL;
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	options.flags = CSTN_SCAN_LINES;
	if (cstn_service_policy_new("components=TF", NULL, &policy, &error) != CSTN_OK ||
			cstn_perfect_order_new(policy, instant("2024-03-01"), by, 1, NULL, NULL,
					&state, &error) != CSTN_OK ||
			cstn_snapshot_scan(snapshot, "order", &options, &rows, &error) != CSTN_OK ||
			cstn_perfect_order_update(state, &rows, NULL, NULL, &error) != CSTN_OK ||
			cstn_perfect_order_finish(state, &result, &error) != CSTN_OK ||
			cstn_perfect_order_result_export(result, CSTN_TABLE_RATES, &rows, &error) !=
					CSTN_OK)
		die("rates", error);
	compare_stream(at, "rates", &rows);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
	cstn_service_policy_unref(policy);
}

static void check_answers(golden *at, const char *path, uint32_t flags)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	struct ArrowArrayStream rows, conflicts;
	cstn_network *network = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_error *error = NULL;

	options.flags = CSTN_NETWORK_MUST_EXIST | flags;
	if (cstn_network_open(path, &options, NULL, &network, &error) != CSTN_OK ||
			cstn_network_snapshot(network, &snapshot, &error) != CSTN_OK)
		die(path, error);
	check_scans(at, snapshot);
	check_past(at, snapshot);
	check_rate(at, snapshot);
	if (cstn_snapshot_changes(snapshot, 0, &rows, &error) != CSTN_OK)
		die("changes", error);
	compare_stream(at, "changes", &rows);
	if (cstn_network_scan_dual_pairs(network, instant("2024-06-01"), &rows, &error) != CSTN_OK)
		die("dual_pairs", error);
	compare_stream(at, "dual_pairs", &rows);
	if (cstn_snapshot_scan_effective_events(snapshot, NULL, &rows, &conflicts, NULL, &error) !=
			CSTN_OK)
		die("effective_events", error);
	compare_stream(at, "effective_events", &rows);
	compare_stream(at, "conflicts", &conflicts);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
}

int main(int argc, char **argv)
{
	golden at = {.write = argc > 2 && strcmp(argv[1], "--write") == 0};
	char path[] = "/tmp/golden-network-XXXXXX", store[4096];
	sim_disk *disk;

	if (argc != 2 + at.write) {
		fprintf(stderr, "usage: golden_network [--write] FOLDER\n");
		return 2;
	}
	at.folder = argv[argc - 1];
	disk = make_store(at.folder);
	if (at.write) {
		snprintf(store, sizeof(store), "%.4000s/store", at.folder);
		copy_store(at.folder, store, 1);
		mkdir(store, 0777);
		snprintf(store, sizeof(store), "%.4000s/answers", at.folder);
		mkdir(store, 0777);
		snprintf(store, sizeof(store), "%.4000s/newer", at.folder);
		mkdir(store, 0777);
	}
	check_files(&at, disk);
	check_newer(&at, disk);
	sim_disk_unref(disk);
	if (!mkdtemp(path) || copy_store(at.folder, path, 0) == 0) {
		fprintf(stderr, "%s: there is no store\n", at.folder);
		return 1;
	}
	check_answers(&at, path, CSTN_NETWORK_READ_ONLY);
	check_answers(&at, path, 0);
	copy_store(at.folder, path, 1);
	return at.bad ? 1 : 0;
}
