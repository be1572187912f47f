/* Damaged networks through the public calls: which file, what part, what it holds, what is left. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network_fixture.h"
#include "posix_folder.h"
#include "suite.h"

#define HINT "'constellation salvage --dry-run'"

/* --- a network to damage ---------------------------------------------------------------------- */

static cstn_network *open_at(posix_folder *folder, uint32_t flags, char said[1024])
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_network *network = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	options.flags = flags | CSTN_NETWORK_DEFER_CHECKPOINT;
	status = cstn_network_open(folder->path, &options, NULL, &network, &error);
	ck_assert_msg(status == CSTN_OK || status == CSTN_E_CORRUPT || status == CSTN_E_IO,
			"%s: %s", cstn_status_name(status), cstn_error_message(error));
	snprintf(said, 1024, "%s", status == CSTN_OK ? "" : cstn_error_message(error));
	cstn_error_free(error);
	return network;
}

/* Partners acme, bolts and carrier in a segment, acme in two versions; two transactions in the log.
 */
static void make_network(posix_folder *folder)
{
	cstn_network *network;
	char said[1024];

	posix_folder_make(folder);
	network = open_at(folder, 0, said);
	ck_assert_int_eq(network_import_csv(network, "partner", "partner_id text\nname text\n",
					 "partner_id,name\nacme,Acme\nbolts,Bolts\ncarrier,Seven\n",
					 0, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	ck_assert_int_eq(network_import_csv(network, "partner", "partner_id text\nname text\n",
					 "partner_id,name\nacme,Acme Ltd\n", 0, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	network_put_ok(network, network_record("item", "item_id=nut", NULL));
	network_put_ok(network, network_record("item", "item_id=bolt", NULL));
	cstn_network_unref(network); /* without a close: the log keeps both */
}

/* The path of the first file with this beginning, by name. */
static void file_of(posix_folder *folder, const char *prefix, char out[512])
{
	DIR *directory = opendir(folder->path);
	struct dirent *entry;
	char first[64] = "";

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
				(!*first || strcmp(entry->d_name, first) < 0))
			snprintf(first, sizeof(first), "%.60s", entry->d_name);
	closedir(directory);
	ck_assert_msg(*first != 0, "no file '%s'", prefix);
	(void)posix_folder_at(folder, first, out);
}

/* The highest manifest alone: its predecessors are history. */
static void last_of(posix_folder *folder, const char *prefix, char out[512])
{
	DIR *directory = opendir(folder->path);
	struct dirent *entry;
	char last[64] = "";

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
				strcmp(entry->d_name, last) > 0)
			snprintf(last, sizeof(last), "%.60s", entry->d_name);
	closedir(directory);
	ck_assert_msg(*last != 0, "no file '%s'", prefix);
	(void)posix_folder_at(folder, last, out);
}

static void flip(const char *path, long offset)
{
	FILE *file = fopen(path, "r+b");
	int byte;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, offset, offset < 0 ? SEEK_END : SEEK_SET), 0);
	byte = fgetc(file);
	ck_assert_int_ne(byte, EOF);
	ck_assert_int_eq(fseek(file, -1, SEEK_CUR), 0);
	ck_assert_int_ne(fputc(byte ^ 4, file), EOF);
	ck_assert_int_eq(fclose(file), 0);
}

/* --- what is said ----------------------------------------------------------------------------- */

/* The last part of a path. */
static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static void says(const char *said, const char *part)
{
	ck_assert_msg(strstr(said, part) != NULL, "'%s' is not in '%s'", part, said);
}

/* Opening fails, for reading too, and says all of it. */
static void open_says(posix_folder *folder, const char *path, const char *part, const char *holds)
{
	char said[1024];

	for (uint32_t read_only = 0; read_only < 2; read_only++) {
		cstn_network *network =
				open_at(folder, read_only ? CSTN_NETWORK_READ_ONLY : 0, said);

		ck_assert_ptr_null(network);
		says(said, name_of(path));
		says(said, part);
		says(said, holds);
		says(said, HINT);
	}
}

static void verify_says(posix_folder *folder, const char *path, const char *part)
{
	cstn_buffer *report = NULL;
	char entry[600];

	ck_assert_int_eq(cstn_network_verify(
					 folder->path, CSTN_REPORT_JSON, NULL, NULL, &report, NULL),
			CSTN_E_CORRUPT);
	snprintf(entry, sizeof(entry), "{\"file\":\"%s\"", name_of(path));
	says((const char *)cstn_buffer_data(report), entry);
	says((const char *)cstn_buffer_data(report), part);
	cstn_buffer_free(report);
}

/* What a dry run says, and that it wrote nothing: the run itself says the same. */
static void salvage_says(posix_folder *folder, const char *table, const char *file, const char *log)
{
	cstn_buffer *dry = NULL, *report = NULL;
	const char *own, *other;
	posix_folder to;

	ck_assert_int_eq(cstn_network_salvage(folder->path, NULL, CSTN_SALVAGE_DRY_RUN, NULL, NULL,
					 &dry, NULL),
			CSTN_OK);
	posix_folder_make(&to);
	ck_assert_int_eq(cstn_network_salvage(folder->path, to.path, 0, NULL, NULL, &report, NULL),
			CSTN_OK);
	own = (const char *)cstn_buffer_data(dry);
	other = (const char *)cstn_buffer_data(report);
	says(own, "\"to\":null,");
	ck_assert_str_eq(strstr(own, ",\"manifest\":"), strstr(other, ",\"manifest\":"));
	says(own, table);
	if (file)
		says(own, file);
	says(own, log);
	cstn_buffer_free(dry);
	cstn_buffer_free(report);
	posix_folder_remove(&to);
}

#define LOG_WHOLE "\"transactions_recovered\":2,\"transactions_lost\":0"
#define ALL_PARTNERS "\"name\":\"partner\",\"rows_recovered\":4,\"rows_lost\":0"
#define NO_PARTNER "\"name\":\"partner\",\"rows_recovered\":0,\"rows_lost\":4"

START_TEST(a_damaged_block_is_named_by_table_column_and_records)
{
	const char *const key[] = {"bolts"}, *const columns[] = {"partner_id", "seq"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;
	struct ArrowArrayStream rows;
	struct ArrowArray array;
	cstn_error *error = NULL;
	cstn_network *network;
	posix_folder folder;
	char path[512], said[1024];

	make_network(&folder);
	file_of(&folder, "seg-", path);
	flip(path, 128); /* the first block: the sequence numbers */
	network = open_at(&folder, CSTN_NETWORK_READ_ONLY, said);
	ck_assert_ptr_nonnull(network);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", key, 1, CSTN_AS_OF_NOW, &record,
					 &error),
			CSTN_E_CORRUPT);
	says(cstn_error_message(error), name_of(path));
	says(cstn_error_message(error), "column 'sequence' of table 'partner', records 1 to 4");
	cstn_error_free(error);
	options.columns = columns;
	options.n_columns = 2;
	ck_assert_int_eq(cstn_snapshot_scan(snapshot, "partner", &options, &rows, NULL), CSTN_OK);
	ck_assert_int_ne(rows.get_next(&rows, &array), 0);
	says(rows.get_last_error(&rows), "column 'sequence' of table 'partner', records 1 to 4");
	rows.release(&rows);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	verify_says(&folder, path, "column 'sequence' of table 'partner', records 1 to 4");
	salvage_says(&folder, NO_PARTNER, "\"table\":\"partner\",\"rows\":4,\"rows_recovered\":0",
			LOG_WHOLE);
	posix_folder_remove(&folder);
}
END_TEST

/* Where a segment is damaged, and the part that is named. */
static const struct {
	long offset;
	const char *part;
} frames[] = {{0, "the magic is not CSTNSEG1"}, {40, "the hash of the header does not fit"},
		{-70, "the hash of the footer does not fit"}, {-1, "it has no trailer"},
		{-10, "the trailer breaks its rules"}};

START_TEST(a_damaged_frame_of_a_segment_is_named_with_the_records_it_holds)
{
	posix_folder folder;
	char path[512];

	make_network(&folder);
	file_of(&folder, "seg-", path);
	flip(path, frames[_i].offset);
	open_says(&folder, path, frames[_i].part, "it holds 4 records of table 'partner'");
	verify_says(&folder, path, frames[_i].part);
	salvage_says(&folder, NO_PARTNER, "\"table\":\"partner\",\"rows\":4,\"rows_recovered\":0",
			LOG_WHOLE);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(a_damaged_key_index_is_named_and_no_record_is_lost)
{
	const char *const key[] = {"bolts"};
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;
	cstn_error *error = NULL;
	cstn_network *network;
	posix_folder folder;
	char path[512], said[1024];
	uint8_t *data;
	FILE *file;
	long size, index;

	make_network(&folder);
	file_of(&folder, "seg-", path);
	file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	data = malloc((size_t)size);
	rewind(file);
	ck_assert_uint_eq(fread(data, 1, (size_t)size, file), (size_t)size);
	fclose(file);
	/* The footer begins where the trailer says; before it lie the two pages of the index. */
	index = (long)(data[size - 64] | data[size - 63] << 8 | data[size - 62] << 16) - 8192;
	free(data);
	flip(path, index + 8);
	network = open_at(&folder, CSTN_NETWORK_READ_ONLY, said);
	ck_assert_ptr_nonnull(network);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", key, 1, CSTN_AS_OF_NOW, &record,
					 &error),
			CSTN_E_CORRUPT);
	says(cstn_error_message(error), name_of(path));
	says(cstn_error_message(error), "the key index of table 'partner'");
	cstn_error_free(error);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	verify_says(&folder, path, "key index");
	salvage_says(&folder, ALL_PARTNERS, "\"table\":\"partner\",\"rows\":4,\"rows_recovered\":4",
			LOG_WHOLE);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(a_damaged_map_of_dead_rows_is_named_with_its_table)
{
	posix_folder folder;
	char path[512];

	make_network(&folder);
	file_of(&folder, "del-", path);
	flip(path, 80);
	open_says(&folder, path, "dead rows: the hash does not fit the bytes",
			"it holds 1 dead records of table 'partner'");
	verify_says(&folder, path, "the hash does not fit the bytes");
	salvage_says(&folder, ALL_PARTNERS, "\"dead_rows_lost\":1", LOG_WHOLE);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(a_damaged_manifest_is_named_and_nothing_else_is_lost)
{
	posix_folder folder;
	char path[512];

	make_network(&folder);
	last_of(&folder, "MANIFEST-", path);
	flip(path, 100);
	open_says(&folder, path, "manifest: its", "do not have the hash it ends with");
	verify_says(&folder, path, "do not have the hash it ends with");
	salvage_says(&folder, "\"name\":\"partner\",\"rows_recovered\":4", NULL, LOG_WHOLE);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(a_log_damaged_in_the_middle_is_named_and_the_rest_of_it_recovered)
{
	posix_folder folder;
	char path[512];

	make_network(&folder);
	last_of(&folder, "log-", path);
	flip(path, 88 + 48); /* the first transaction; the second says that it was on disk */
	open_says(&folder, path, "damage at byte 88", "bytes were on disk");
	verify_says(&folder, path, "log");
	salvage_says(&folder, ALL_PARTNERS, NULL,
			"\"transactions_recovered\":1,\"transactions_lost\":1");
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(a_file_that_is_gone_is_named)
{
	posix_folder folder;
	char path[512], said[1024];

	make_network(&folder);
	file_of(&folder, "seg-", path);
	ck_assert_int_eq(remove(path), 0);
	ck_assert_ptr_null(open_at(&folder, 0, said));
	says(said, name_of(path));
	says(said, "open failed");
	verify_says(&folder, path, "open failed");
	salvage_says(&folder, NO_PARTNER, "\"table\":\"partner\",\"rows\":4,\"rows_recovered\":0",
			LOG_WHOLE);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(a_dry_run_takes_any_folder_to_go_to_and_looks_at_none)
{
	cstn_buffer *report = NULL;
	posix_folder folder;

	make_network(&folder);
	ck_assert_int_eq(cstn_network_salvage(folder.path, folder.path, CSTN_SALVAGE_DRY_RUN, NULL,
					 NULL, &report, NULL),
			CSTN_OK);
	says((const char *)cstn_buffer_data(report), "\"to\":null");
	cstn_buffer_free(report);
	report = NULL;
	ck_assert_int_eq(cstn_network_salvage(folder.path, NULL, 0, NULL, NULL, &report, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_salvage(folder.path, NULL, 2, NULL, NULL, &report, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_salvage("/tmp/no-such-network", NULL, CSTN_SALVAGE_DRY_RUN,
					 NULL, NULL, &report, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_ptr_null(report);
	posix_folder_remove(&folder);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network damage");
	TCase *tests = tcase_create("network damage");

	tcase_add_test(tests, a_damaged_block_is_named_by_table_column_and_records);
	tcase_add_loop_test(tests, a_damaged_frame_of_a_segment_is_named_with_the_records_it_holds,
			0, (int)(sizeof(frames) / sizeof(frames[0])));
	tcase_add_test(tests, a_damaged_key_index_is_named_and_no_record_is_lost);
	tcase_add_test(tests, a_damaged_map_of_dead_rows_is_named_with_its_table);
	tcase_add_test(tests, a_damaged_manifest_is_named_and_nothing_else_is_lost);
	tcase_add_test(tests, a_log_damaged_in_the_middle_is_named_and_the_rest_of_it_recovered);
	tcase_add_test(tests, a_file_that_is_gone_is_named);
	tcase_add_test(tests, a_dry_run_takes_any_folder_to_go_to_and_looks_at_none);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
