/* Tools of a network's folder through the public calls: arguments, reports, statuses. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <constellation/constellation.h>

static void make_path(char path[64])
{
	strcpy(path, "/tmp/network-tools-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
}

static void drop(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[400];

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		(void)unlink(name);
	}
	closedir(directory);
	ck_assert_int_eq(rmdir(path), 0);
}

static cstn_network *open_at(const char *path)
{
	cstn_network *network = NULL;
	cstn_error *error = NULL;

	ck_assert_msg(cstn_network_open(path, NULL, NULL, &network, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	return network;
}

/* A folder with a network that was closed. */
static void make_network(char path[64])
{
	cstn_network *network;

	make_path(path);
	network = open_at(path);
	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
	cstn_network_unref(network);
}

START_TEST(arguments_that_break_a_rule_are_refused)
{
	cstn_buffer *out = NULL;

	ck_assert_int_eq(cstn_network_verify(NULL, 0, NULL, NULL, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_verify("x", 0, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_verify("x", 2, NULL, NULL, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_dump(NULL, NULL, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_dump("x", NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_salvage(NULL, "x", 0, NULL, NULL, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_salvage("x", NULL, 0, NULL, NULL, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_salvage("x", "y", 0, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_backup(NULL, "x", 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(out);
}
END_TEST

START_TEST(what_is_not_there_is_an_error_and_nothing_is_made)
{
	cstn_buffer *out = NULL;

	ck_assert_int_eq(cstn_network_verify("/tmp/no-such-network", 0, NULL, NULL, &out, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_network_dump("/tmp/no-such-network/x", NULL, &out, NULL), CSTN_E_IO);
	ck_assert_int_eq(cstn_network_salvage("/tmp/no-such-network", "/tmp/no-such-copy", 0, NULL,
					 NULL, &out, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_ptr_null(out);
	ck_assert_int_ne(access("/tmp/no-such-copy", F_OK), 0);
}
END_TEST

START_TEST(report_is_text_or_json_by_the_flag)
{
	cstn_buffer *text = NULL, *json = NULL;
	char path[64];

	make_network(path);
	ck_assert_int_eq(cstn_network_verify(path, 0, NULL, NULL, &text, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_verify(path, CSTN_REPORT_JSON, NULL, NULL, &json, NULL),
			CSTN_OK);
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(text), "0 problems"));
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(json), "\"problems\":0"));
	cstn_buffer_free(text);
	cstn_buffer_free(json);
	drop(path);
}
END_TEST

START_TEST(backup_needs_a_folder_without_a_store_and_an_open_network_on_disk)
{
	cstn_network *network, *in_memory = open_at(NULL);
	char path[64], copy[80];

	make_path(path);
	snprintf(copy, sizeof(copy), "%.60s-copy", path);
	network = open_at(path);
	ck_assert_int_eq(
			cstn_network_backup(network, NULL, 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_network_backup(network, copy, 2, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_backup(in_memory, copy, 0, NULL, NULL), CSTN_E_UNSUPPORTED);
	ck_assert_int_ne(access(copy, F_OK), 0);
	ck_assert_int_eq(cstn_network_backup(network, copy, 0, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_backup(network, copy, 0, NULL, NULL), CSTN_E_CONFLICT);
	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_backup(network, copy, 0, NULL, NULL), CSTN_E_STATE);
	cstn_network_unref(network);
	cstn_network_unref(in_memory);
	drop(copy);
	drop(path);
}
END_TEST

START_TEST(salvage_of_a_sound_network_never_overwrites)
{
	cstn_buffer *report = NULL, *second = NULL;
	cstn_network *network;
	char path[64], saved[80];

	make_network(path);
	snprintf(saved, sizeof(saved), "%.60s-saved", path);
	ck_assert_int_eq(cstn_network_salvage(path, saved, 0, NULL, NULL, &report, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_buffer_data(report)[0], '{');
	ck_assert_int_eq(cstn_network_salvage(path, saved, 0, NULL, NULL, &second, NULL),
			CSTN_E_CONFLICT);
	ck_assert_ptr_null(second);
	network = open_at(saved);
	cstn_network_unref(network);
	cstn_buffer_free(report);
	drop(saved);
	drop(path);
}
END_TEST

static cstn_record *partner(const char *id)
{
	cstn_record_builder *builder;
	cstn_record *record;

	ck_assert_int_eq(cstn_record_builder_new("partner", NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "partner_id", id, strlen(id), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_int(builder, "recorded", 1, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_build(builder, &record, NULL), CSTN_OK);
	cstn_record_builder_free(builder);
	return record;
}

static void remove_manifests(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[400];

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (strncmp(entry->d_name, "MANIFEST-", 9) == 0)
			ck_assert_int_eq(unlink(name), 0);
	}
	closedir(directory);
}

START_TEST(network_without_any_manifest_is_salvaged_by_its_nouns)
{
	const char *const saved_key[] = {"acme"}, *const logged_key[] = {"bolt"};
	cstn_record *saved = partner("acme"), *logged = partner("bolt"), *found = NULL;
	cstn_buffer *report = NULL;
	cstn_snapshot *snapshot;
	cstn_network *network;
	char path[64], to[80];

	make_path(path);
	snprintf(to, sizeof(to), "%.60s-to", path);
	network = open_at(path);
	ck_assert_int_eq(cstn_network_put(network, saved, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_put(network, logged, NULL, NULL), CSTN_OK);
	cstn_network_unref(network); /* one record is in a segment, one in the log */
	remove_manifests(path);
	ck_assert_int_eq(cstn_network_open(path, NULL, NULL, &network, NULL), CSTN_E_NO_MANIFEST);
	ck_assert_int_eq(cstn_network_salvage(path, to, 0, NULL, NULL, &report, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(
			strstr((const char *)cstn_buffer_data(report), "\"schema_by\":\"known\""));
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(report),
			"\"name\":\"partner\",\"rows_recovered\":2,\"rows_lost\":0"));
	network = open_at(to);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", saved_key, 1, INT64_MAX, &found,
					 NULL),
			CSTN_OK);
	cstn_record_unref(found);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", logged_key, 1, INT64_MAX, &found,
					 NULL),
			CSTN_OK);
	cstn_record_unref(found);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	cstn_record_unref(saved);
	cstn_record_unref(logged);
	cstn_buffer_free(report);
	drop(to);
	drop(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network tools");
	TCase *tests = tcase_create("network tools");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, arguments_that_break_a_rule_are_refused);
	tcase_add_test(tests, what_is_not_there_is_an_error_and_nothing_is_made);
	tcase_add_test(tests, report_is_text_or_json_by_the_flag);
	tcase_add_test(tests, backup_needs_a_folder_without_a_store_and_an_open_network_on_disk);
	tcase_add_test(tests, salvage_of_a_sound_network_never_overwrites);
	tcase_add_test(tests, network_without_any_manifest_is_salvaged_by_its_nouns);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
