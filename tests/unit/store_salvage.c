/* Salvage: what comes out of a sound store, of stores damaged in each of their files, and of ones
 * with files missing. The old store is never written; the new one is always sound. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "failing_allocator.h"
#include "store/little_endian.h"
#include "store/segment.h"
#include "store/store.h"
#include "store/tool.h"
#include "store_maker.h"
#include "suite.h"

static const struct {
	uint32_t kind;
	uint64_t file_no;
} files[] = {{0, MADE_MANIFEST}, {1, MADE_SEGMENT_1}, {1, MADE_SEGMENT_2}, {1, MADE_EVENTS},
		{3, MADE_DEAD}, {2, MADE_LOG}};
#define N_FILES (sizeof(files) / sizeof(files[0]))

typedef struct salvage_fixture {
	store_maker maker;
	char to[600];
	char *report;
	int n;
	const cstn__store_schema *known;
} salvage_fixture;

static void set_up(salvage_fixture *salvage)
{
	memset(salvage, 0, sizeof(*salvage));
	store_maker_make(&salvage->maker);
}

static void tear_down(salvage_fixture *salvage)
{
	free(salvage->report);
	store_maker_remove(&salvage->maker);
}

/* Hash of all files of the store. */
static uint64_t hash_store(store_maker *maker)
{
	uint64_t hash = 0;
	char path[768];

	for (size_t i = 0; i < N_FILES; i++) {
		size_t size;
		uint8_t *data;

		store_maker_file(maker, files[i].kind, files[i].file_no, path);
		if (access(path, F_OK) != 0)
			continue;
		data = read_file(path, &size);
		hash = cstn__hash64(hash + i, data, size);
		free(data);
	}
	return hash;
}

/* A dry run has the same status, writes nothing, and reports what the run reports but for the
 * folder that it went to. */
static void run_dry(salvage_fixture *salvage, cstn_status expected, const char *report)
{
	uint64_t before = hash_store(&salvage->maker);
	cstn_buffer *dry = NULL;
	const char *own, *to;
	size_t same;

	ck_assert_int_eq(cstn__store_salvage(salvage->maker.vfs, salvage->maker.path, NULL,
					 salvage->known, NULL, NULL, &dry, NULL),
			expected);
	ck_assert_uint_eq(hash_store(&salvage->maker), before);
	ck_assert_int_eq(expected == CSTN_OK, dry != NULL);
	if (!dry)
		return;
	own = (const char *)cstn_buffer_data(dry);
	to = strstr(report, ",\"to\":\"");
	ck_assert_ptr_nonnull(to);
	same = (size_t)(to - report);
	ck_assert_int_eq(memcmp(own, report, same), 0);
	ck_assert_int_eq(strncmp(own + same, ",\"to\":null,", 11), 0);
	ck_assert_str_eq(strstr(own, ",\"manifest\":"), strstr(report, ",\"manifest\":"));
	cstn_buffer_free(dry);
}

/* Into a new folder each time. */
static cstn_status run(salvage_fixture *salvage)
{
	cstn_buffer *report = NULL;
	cstn_error *error = NULL;
	uint64_t before = hash_store(&salvage->maker);
	cstn_status status;

	snprintf(salvage->to, sizeof(salvage->to), "%s-%d", salvage->maker.path, ++salvage->n);
	status = cstn__store_salvage(salvage->maker.vfs, salvage->maker.path, salvage->to,
			salvage->known, NULL, NULL, &report, &error);
	ck_assert_int_eq(status == CSTN_OK, report != NULL);
	ck_assert_int_eq(status != CSTN_OK, error != NULL);
	ck_assert_uint_eq(hash_store(&salvage->maker), before);
	cstn_error_free(error);
	free(salvage->report);
	salvage->report = report ? strdup((const char *)cstn_buffer_data(report)) : NULL;
	cstn_buffer_free(report);
	if (status != CSTN_E_CONFLICT)
		run_dry(salvage, status, salvage->report);
	return status;
}

static void assert_sound(salvage_fixture *salvage)
{
	cstn_buffer *report = NULL;
	cstn_status status = cstn__store_verify(
			salvage->maker.vfs, salvage->to, 0, NULL, NULL, &report, NULL);

	ck_assert_msg(status == CSTN_OK, "%s\n%s", salvage->report,
			(const char *)cstn_buffer_data(report));
	cstn_buffer_free(report);
}

static void assert_says(const salvage_fixture *salvage, const char *wanted)
{
	ck_assert_msg(strstr(salvage->report, wanted) != NULL, "'%s' is not in %s", wanted,
			salvage->report);
}

/* Live rows of a table of the new store, which is opened for writing. */
static uint64_t count_rows(salvage_fixture *salvage, uint32_t table)
{
	static const uint32_t columns[] = {16};
	cstn__scan_options options = {.columns = columns, .n_columns = 1, .as_of_us = INT64_MAX};
	cstn__store_options store_options = {.flags = CSTN__STORE_MUST_EXIST};
	cstn__snapshot *snapshot = NULL;
	cstn__store *store = NULL;
	cstn_error *error = NULL;
	cstn__scan *scan = NULL;
	cstn__scan_chunk chunk;
	uint64_t rows = 0;
	cstn_status status = cstn__store_open(salvage->maker.vfs, salvage->to, &made_schema,
			&store_options, NULL, &store, &error);

	ck_assert_msg(status == CSTN_OK, "%s", error ? cstn_error_message(error) : "");
	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_new(snapshot, table, &options, &scan, NULL), CSTN_OK);
	while ((status = cstn__scan_next(scan, &chunk, NULL)) == CSTN_OK)
		rows += chunk.n_visible;
	ck_assert_int_eq(status, CSTN_DONE);
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	cstn__store_unref(store);
	return rows;
}

/* All rows of both tables come out; `says` is in the report. */
static void comes_out_whole(salvage_fixture *salvage, const char *says)
{
	ck_assert_int_eq(run(salvage), CSTN_OK);
	assert_says(salvage, says);
	assert_says(salvage, "\"rows_recovered\":3502,\"rows_lost\":0,");
	assert_says(salvage, "\"rows_recovered\":101,\"rows_lost\":0,");
	assert_sound(salvage);
	ck_assert_uint_eq(count_rows(salvage, 7), 3495);
	ck_assert_uint_eq(count_rows(salvage, 300), 101);
}

/* Something is lost: what the report says, and the live rows of a table. */
static void comes_out_less(
		salvage_fixture *salvage, const char *says, uint32_t table, uint64_t rows)
{
	ck_assert_int_eq(run(salvage), CSTN_OK);
	assert_says(salvage, says);
	assert_sound(salvage);
	ck_assert_uint_eq(count_rows(salvage, table), rows);
}

static void remove_manifest(salvage_fixture *salvage)
{
	char path[768];

	ck_assert_int_eq(unlink(store_maker_file(&salvage->maker, 0, MADE_MANIFEST, path)), 0);
}

START_TEST(a_sound_store_comes_out_whole)
{
	salvage_fixture salvage;

	set_up(&salvage);
	ck_assert_int_eq(run(&salvage), CSTN_OK);
	assert_says(&salvage, ",\"manifest\":9,\"files_by\":\"manifest\","
			      "\"schema_by\":\"manifest\",\"tables\":[{\"id\":7,"
			      "\"name\":\"orders\",\"rows_recovered\":3502,\"rows_lost\":0,"
			      "\"values_lost\":0,\"dead_rows_lost\":0},{\"id\":300,\"name\":"
			      "\"event\",\"rows_recovered\":101,\"rows_lost\":0,");
	assert_says(&salvage, "\"log\":{\"transactions_recovered\":2,\"transactions_lost\":0},"
			      "\"problems\":[]}\n");
	assert_sound(&salvage);
	/* 3,500 rows less 5 dead ones; the two of the log replace two. */
	ck_assert_uint_eq(count_rows(&salvage, 7), 3495);
	ck_assert_uint_eq(count_rows(&salvage, 300), 101);
	tear_down(&salvage);
}
END_TEST

/* Whatever bit is wrong in whatever file: it ends, the old store is as it was, the new one is
 * sound.
 */
START_TEST(any_flipped_bit_leaves_a_sound_new_store)
{
	salvage_fixture salvage;
	char path[768];

	set_up(&salvage);
	for (size_t i = 0; i < N_FILES; i++) {
		size_t size;

		free(read_file(store_maker_file(&salvage.maker, files[i].kind, files[i].file_no,
					       path),
				&size));
		for (size_t at = 0; at < size; at += test_every() * (1 + size / 23)) {
			cstn_status status;

			flip_bit(path, at, (int)(at % 8));
			status = run(&salvage);
			flip_bit(path, at, (int)(at % 8));
			/* A manifest may be damaged where its schema lies, and then there is
			 * nothing that says what the columns are. */
			ck_assert(status == CSTN_OK ||
					(files[i].kind == 0 && status == CSTN_E_NO_MANIFEST));
			if (status == CSTN_OK)
				assert_sound(&salvage);
		}
	}
	tear_down(&salvage);
}
END_TEST

START_TEST(any_missing_or_shorter_file_leaves_a_sound_new_store)
{
	salvage_fixture salvage;
	char path[768];

	set_up(&salvage);
	for (size_t i = 0; i < N_FILES; i++) {
		size_t size;
		uint8_t *data = read_file(store_maker_file(&salvage.maker, files[i].kind,
							  files[i].file_no, path),
				&size);

		ck_assert_int_eq(unlink(path), 0);
		ck_assert_int_eq(run(&salvage), CSTN_OK);
		assert_sound(&salvage);
		for (size_t cut = 0; cut < size; cut += test_every() * (1 + size / 7)) {
			write_file(path, data, cut);
			ck_assert_int_eq(run(&salvage), CSTN_OK);
			assert_sound(&salvage);
		}
		write_file(path, data, size);
		free(data);
	}
	tear_down(&salvage);
}
END_TEST

START_TEST(without_a_sound_manifest_the_folder_is_the_list)
{
	salvage_fixture salvage;
	char path[768];

	set_up(&salvage);
	flip_bit(store_maker_file(&salvage.maker, 0, MADE_MANIFEST, path), 48, 3); /* last_seq */
	comes_out_whole(&salvage, "\"files_by\":\"folder\"");
	assert_says(&salvage, "\"problems\":[{\"file\":\"MANIFEST-0000000000000009\",\"problem\":"
			      "\"manifest: ");
	tear_down(&salvage);
}
END_TEST

START_TEST(a_lost_map_of_dead_rows_is_made_again_from_the_keys)
{
	salvage_fixture salvage;
	char path[768];

	set_up(&salvage);
	ck_assert_int_eq(unlink(store_maker_file(&salvage.maker, 3, MADE_DEAD, path)), 0);
	/* Row 10 was replaced; the four that were deleted are back. */
	comes_out_less(&salvage,
			"\"rows_recovered\":3502,\"rows_lost\":0,\"values_lost\":0,"
			"\"dead_rows_lost\":5}",
			7, 3499);
	tear_down(&salvage);
}
END_TEST

START_TEST(a_damaged_transaction_costs_itself_only)
{
	salvage_fixture salvage;
	char path[768];

	set_up(&salvage);
	flip_bit(store_maker_file(&salvage.maker, 2, MADE_LOG, path), 150, 0);
	comes_out_less(&salvage, "\"transactions_recovered\":1,\"transactions_lost\":1}", 300, 101);
	assert_says(&salvage, "\"rows_recovered\":101,");
	tear_down(&salvage);
}
END_TEST

START_TEST(a_missing_segment_is_counted)
{
	salvage_fixture salvage;
	char path[768];

	set_up(&salvage);
	ck_assert_int_eq(unlink(store_maker_file(&salvage.maker, 1, MADE_SEGMENT_1, path)), 0);
	comes_out_less(&salvage, "\"rows_recovered\":502,\"rows_lost\":3000,", 7, 502);
	tear_down(&salvage);
}
END_TEST

/* The offset of the block of a column in its segment. */
static uint64_t block_offset(const char *path, size_t index)
{
	size_t size;
	uint8_t *data = read_file(path, &size), *footer;
	uint64_t offset, n_columns, n_chunks;

	offset = cstn__load64(data + size - 64);
	footer = data + offset;
	n_columns = footer[0];
	n_chunks = footer[4];
	offset = cstn__load64(footer + 32 + n_chunks * 16 + n_columns * 48 + index * n_chunks * 56);
	free(data);
	return offset;
}

START_TEST(a_damaged_column_that_may_be_null_becomes_null_and_others_cost_their_chunk)
{
	salvage_fixture salvage;
	int nulls = 0, chunks = 0;
	char path[768];

	set_up(&salvage);
	store_maker_file(&salvage.maker, 1, MADE_SEGMENT_1, path);
	for (size_t column = 0; column < 6; column++) {
		uint64_t at = block_offset(path, column);

		flip_bit(path, at + 3, 2);
		ck_assert_int_eq(run(&salvage), CSTN_OK);
		flip_bit(path, at + 3, 2);
		if (strstr(salvage.report, "\"rows_recovered\":3502,\"rows_lost\":0,"
					   "\"values_lost\":3000,")) {
			nulls++;
			ck_assert_uint_eq(count_rows(&salvage, 7), 3495);
		} else {
			chunks++;
			assert_says(&salvage, "\"rows_recovered\":502,\"rows_lost\":3000,");
		}
		assert_sound(&salvage);
	}
	ck_assert_int_eq(nulls, 1); /* net */
	ck_assert_int_eq(chunks, 5);
	tear_down(&salvage);
}
END_TEST

START_TEST(a_segment_that_a_younger_one_covers_is_left_out)
{
	salvage_fixture salvage;
	char path[768], other[768];
	size_t size;
	uint8_t *data;

	set_up(&salvage);
	/* The events once more under a lower number: as if 5 had been made of 2. Headers say their
	 * number, so that the copy has to be put right. */
	data = read_file(store_maker_file(&salvage.maker, 1, MADE_EVENTS, path), &size);
	data[32] = 2;
	cstn__store64(data + 120, cstn__hash64(0, data, 120));
	write_file(store_maker_file(&salvage.maker, 1, 2, other), data, size);
	free(data);
	flip_bit(store_maker_file(&salvage.maker, 0, MADE_MANIFEST, path), 48, 3);
	ck_assert_int_eq(run(&salvage), CSTN_OK);
	assert_says(&salvage, "\"rows_recovered\":101,\"rows_lost\":0,");
	assert_sound(&salvage);
	tear_down(&salvage);
}
END_TEST

START_TEST(a_folder_that_holds_a_store_is_not_written)
{
	salvage_fixture salvage;
	cstn_buffer *report = NULL;

	set_up(&salvage);
	ck_assert_int_eq(cstn__store_salvage(salvage.maker.vfs, salvage.maker.path,
					 salvage.maker.path, NULL, NULL, NULL, &report, NULL),
			CSTN_E_CONFLICT);
	ck_assert_int_eq(run(&salvage), CSTN_OK);
	salvage.n--;
	ck_assert_int_eq(run(&salvage), CSTN_E_CONFLICT);
	ck_assert_ptr_null(report);
	tear_down(&salvage);
}
END_TEST

START_TEST(without_any_manifest_the_schema_that_is_known_is_taken)
{
	salvage_fixture salvage;

	set_up(&salvage);
	remove_manifest(&salvage);
	salvage.known = &made_schema;
	comes_out_whole(&salvage, "\"files_by\":\"folder\",\"schema_by\":\"known\"");
	assert_says(&salvage, "\"problems\":[]");
	tear_down(&salvage);
}
END_TEST

START_TEST(without_anything_known_segments_and_logs_say_columns_and_keys)
{
	salvage_fixture salvage;

	set_up(&salvage);
	remove_manifest(&salvage);
	/* It opens under the schema that was lost: class, key and columns are those. */
	comes_out_whole(&salvage, "\"schema_by\":\"segments\"");
	assert_says(&salvage, "{\"id\":7,\"name\":\"table_7\",\"rows_recovered\":3502,");
	assert_says(&salvage, "{\"id\":300,\"name\":\"table_300\",\"rows_recovered\":101,");
	assert_says(&salvage, "\"problems\":[]");
	tear_down(&salvage);
}
END_TEST

START_TEST(columns_that_only_segments_know_are_kept)
{
	cstn__store_table tables[2] = {made_schema.tables[0], made_schema.tables[1]};
	const cstn__store_schema narrower = {1, tables, 2};
	salvage_fixture salvage;

	ck_assert_uint_eq(tables[0].id, 7);
	tables[0].n_columns = 2; /* key and recorded time */
	tables[0].has_child = 1;
	set_up(&salvage);
	remove_manifest(&salvage);
	salvage.known = &narrower;
	comes_out_whole(&salvage, "\"problems\":[]");
	tear_down(&salvage);
}
END_TEST

START_TEST(a_folder_of_damaged_segments_without_a_schema_has_nothing_to_salvage)
{
	const uint64_t segments[] = {MADE_SEGMENT_1, MADE_SEGMENT_2, MADE_EVENTS};
	const size_t places[] = {8, 48, 64}; /* magic, hash and place of the footer */
	salvage_fixture salvage;
	char path[768];

	set_up(&salvage);
	remove_manifest(&salvage);
	for (size_t i = 0; i < 3; i++) {
		size_t size;

		store_maker_file(&salvage.maker, 1, segments[i], path);
		free(read_file(path, &size));
		flip_bit(path, size - places[i], 1);
	}
	ck_assert_int_eq(run(&salvage), CSTN_E_NO_MANIFEST);
	tear_down(&salvage);
}
END_TEST

START_TEST(a_folder_without_a_store_has_nothing_to_salvage)
{
	salvage_fixture salvage;
	char path[768];

	set_up(&salvage);
	for (size_t i = 0; i < N_FILES; i++)
		ck_assert_int_eq(unlink(store_maker_file(&salvage.maker, files[i].kind,
						 files[i].file_no, path)),
				0);
	ck_assert_int_eq(run(&salvage), CSTN_E_NO_MANIFEST);
	salvage.known = &made_schema;
	ck_assert_int_eq(run(&salvage), CSTN_E_NO_MANIFEST);
	strcat(salvage.maker.path, "x");
	ck_assert_int_eq(run(&salvage), CSTN_E_NOT_FOUND);
	salvage.maker.path[strlen(salvage.maker.path) - 1] = 0;
	tear_down(&salvage);
}
END_TEST

START_TEST(a_cancelled_salvage_says_so)
{
	salvage_fixture salvage;
	cstn_progress *progress = NULL;
	cstn_buffer *report = NULL;
	char to[700];

	set_up(&salvage);
	snprintf(to, sizeof(to), "%s-c", salvage.maker.path);
	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	cstn_progress_cancel(progress);
	ck_assert_int_eq(cstn__store_salvage(salvage.maker.vfs, salvage.maker.path, to, NULL, NULL,
					 progress, &report, NULL),
			CSTN_E_CANCELLED);
	ck_assert_ptr_null(report);
	cstn_progress_free(progress);
	tear_down(&salvage);
}
END_TEST

/* How many salvages fail for want of memory before one goes through. */
static uint64_t salvage_without_memory(const cstn__store_schema *known, int with_manifest)
{
	salvage_fixture salvage;
	char path[768], to[700];
	uint64_t n = 0, failures, refused = 0;

	set_up(&salvage);
	/* A map that is lost, and a column that becomes null: the longest way. */
	ck_assert_int_eq(unlink(store_maker_file(&salvage.maker, 3, MADE_DEAD, path)), 0);
	if (!with_manifest)
		remove_manifest(&salvage);
	store_maker_file(&salvage.maker, 1, MADE_SEGMENT_1, path);
	flip_bit(path, block_offset(path, 2) + 3, 2);
	do {
		failing_allocator memory;
		cstn_buffer *report = NULL;
		cstn_status status;

		failing_allocator_init(&memory, ++n);
		snprintf(to, sizeof(to), "%s-%d", salvage.maker.path, (int)n);
		status = cstn__store_salvage(salvage.maker.vfs, salvage.maker.path, to, known,
				&memory.allocator, NULL, &report, NULL);
		ck_assert_int_eq(status == CSTN_OK, report != NULL);
		ck_assert(status == CSTN_OK || status == CSTN_E_NOMEM);
		cstn_buffer_free(report);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		failures = memory.failures;
		refused += status == CSTN_E_NOMEM;
	} while (failures);
	tear_down(&salvage);
	return refused;
}

START_TEST(out_of_memory_while_salvaging_is_an_error_and_leaks_nothing)
{
	ck_assert_uint_gt(salvage_without_memory(NULL, 1), 100);
}
END_TEST

START_TEST(out_of_memory_while_a_schema_is_looked_for_is_an_error_and_leaks_nothing)
{
	ck_assert_uint_gt(salvage_without_memory(NULL, 0), 100);
	ck_assert_uint_gt(salvage_without_memory(&made_schema, 0), 100);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_sound_store_comes_out_whole,
			any_flipped_bit_leaves_a_sound_new_store,
			any_missing_or_shorter_file_leaves_a_sound_new_store,
			without_a_sound_manifest_the_folder_is_the_list,
			a_lost_map_of_dead_rows_is_made_again_from_the_keys,
			a_damaged_transaction_costs_itself_only,
			a_missing_segment_is_counted,
			a_damaged_column_that_may_be_null_becomes_null_and_others_cost_their_chunk,
			a_segment_that_a_younger_one_covers_is_left_out,
			a_folder_that_holds_a_store_is_not_written,
			a_folder_without_a_store_has_nothing_to_salvage,
			without_any_manifest_the_schema_that_is_known_is_taken,
			without_anything_known_segments_and_logs_say_columns_and_keys,
			columns_that_only_segments_know_are_kept,
			a_folder_of_damaged_segments_without_a_schema_has_nothing_to_salvage,
			out_of_memory_while_a_schema_is_looked_for_is_an_error_and_leaks_nothing,
			a_cancelled_salvage_says_so,
			out_of_memory_while_salvaging_is_an_error_and_leaks_nothing,
	};

	return run_tests("store_salvage", tests, sizeof(tests) / sizeof(tests[0]));
}
