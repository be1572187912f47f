/* Whole EPCIS documents from outside: the valid ones are read without a row error and written back
 * to the same rows, the invalid ones are refused at the listed places. */
#include <check.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_fixture.h"
#include "shared_data.h"

#define FOLDER "vectors/epcis_documents"

static char *join(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = malloc(size);

	ck_assert_ptr_nonnull(path);
	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

/* How often a member with this name and a text stands in a document: events, for eventTime. */
static size_t count_members(const json_t *value, const char *wanted)
{
	const char *name;
	json_t *member;
	size_t i, n = 0;

	for (i = 0; i < json_array_size(value); i++)
		n += count_members(json_array_get(value, i), wanted);
	json_object_foreach((json_t *)(uintptr_t)value, name, member) n +=
			strcmp(name, wanted) == 0 ? 1 : count_members(member, wanted);
	return n;
}

/* Read, write, read: the rows are the same, and nothing is left out or lost. */
static size_t check_valid(const char *path)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	size_t len = 0, n;
	char *json = event_file(path, &len), *told;
	json_t *tree = json_loadb(json, len, 0, NULL);
	event_rows rows, again;
	event_document document;

	ck_assert_ptr_nonnull(tree);
	options.recorded_us = INT64_C(1700000000000000); /* a bare event has no date of creation */
	rows = event_read(&epcis_calls, json, len, &options);
	told = event_messages(rows.bad);
	ck_assert_msg(rows.status == CSTN_OK, "%s: %s\n%s", path, rows.message, told);
	free(told);
	n = event_count(&rows);
	ck_assert_msg(n == count_members(tree, "eventTime"), "%s: %zu events", path, n);
	document = event_write(&epcis_calls, rows.csv, NULL);
	told = event_messages(document.report);
	ck_assert_msg(document.status == CSTN_OK && !document.report, "%s: %s\n%s", path,
			document.message, told);
	free(told);
	again = event_read(&epcis_calls, (const char *)cstn_buffer_data(document.json),
			cstn_buffer_size(document.json), &options);
	ck_assert_msg(again.status == CSTN_OK, "%s: %s", path, again.message);
	ck_assert_msg(n == 0 || strcmp(rows.csv, again.csv) == 0, "%s:\n%s\n%s", path, rows.csv,
			again.csv);
	event_rows_free(&again);
	event_document_free(&document);
	event_rows_free(&rows);
	json_decref(tree);
	free(json);
	return n;
}

START_TEST(valid_documents_are_read_without_a_row_error_and_come_back_the_same)
{
	char *folder = shared_path(FOLDER, "valid");
	DIR *directory = opendir(folder);
	struct dirent *entry;
	size_t files = 0, events = 0;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL) {
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		path = join(folder, entry->d_name);
		events += check_valid(path);
		files++;
		free(path);
	}
	closedir(directory);
	free(folder);
	printf("%zu valid documents, %zu events, 0 row errors, all back the same\n", files, events);
	ck_assert_uint_eq(files, 53);
	ck_assert_uint_eq(events, 101);
}
END_TEST

/* 1 if a place "/quantityList/0/weight" is the field "quantityList.weight". */
static int is_place(const char *pointer, const char *field, size_t len)
{
	while (len > 0) {
		size_t part = 0;

		if (*pointer++ != '/')
			return 0;
		if (*pointer >= '0' && *pointer <= '9') {
			pointer += strcspn(pointer, "/");
			continue;
		}
		while (part < len && field[part] != '.')
			part++;
		if (strncmp(pointer, field, part) != 0)
			return 0;
		pointer += part;
		field += part;
		len -= part;
		if (len > 0) {
			field++;
			len--;
		}
	}
	return *pointer == '\0';
}

/* One of the fields "a|b" of an event stands among the row errors. */
static int is_told(const event_rows *rows, json_int_t event, const char *fields)
{
	size_t i;

	for (i = 0; i < cstn_row_errors_count(rows->bad); i++) {
		const char *field = fields;
		cstn_row_error one;

		ck_assert_int_eq(cstn_row_errors_at(rows->bad, i, &one, NULL), CSTN_OK);
		if (one.row != (uint64_t)event)
			continue;
		for (;;) {
			size_t len = strcspn(field, "|");

			if (is_place(cstn_row_errors_column(rows->bad, i), field, len))
				return 1;
			if (field[len] == '\0')
				break;
			field += len + 1;
		}
	}
	return 0;
}

static size_t check_invalid(const char *folder, const json_t *listed)
{
	const char *name = json_string_value(json_object_get(listed, "file"));
	const json_t *defects = json_object_get(listed, "defects");
	char *path = join(folder, name);
	size_t len = 0, i, bad_events = 0;
	char *json = event_file(path, &len);
	json_t *tree = json_loadb(json, len, 0, NULL);
	event_rows rows = event_read(&epcis_calls, json, len, NULL);
	json_int_t last = -1;

	for (i = 0; i < json_array_size(defects); i++) {
		const json_t *defect = json_array_get(defects, i);
		const json_t *event = json_object_get(defect, "event");
		const char *field = json_string_value(json_object_get(defect, "field"));

		if (json_is_null(event)) { /* not of an event: the whole document */
			ck_assert_int_eq(rows.status, CSTN_E_FORMAT);
			ck_assert_msg(strstr(rows.message, field) != NULL, "%s", rows.message);
			continue;
		}
		ck_assert_int_eq(rows.status, CSTN_E_ROWS);
		ck_assert_msg(is_told(&rows, json_integer_value(event), field),
				"%s: %s of event %d is not told; %s", name, field,
				(int)json_integer_value(event), rows.message);
		bad_events += json_integer_value(event) != last;
		last = json_integer_value(event);
	}
	if (rows.status == CSTN_E_ROWS) {
		char *told = event_messages(rows.bad);

		ck_assert_msg(cstn_row_errors_count(rows.bad) == json_array_size(defects),
				"%s: more than is listed\n%s", name, told);
		ck_assert_uint_eq(event_count(&rows) + bad_events,
				json_array_size(json_object_get(
						json_object_get(tree, "epcisBody"), "eventList"))
						? json_array_size(json_object_get(
								  json_object_get(tree,
										  "epcisBody"),
								  "eventList"))
						: 1);
		free(told);
	}
	event_rows_free(&rows);
	json_decref(tree);
	free(json);
	free(path);
	return json_array_size(defects);
}

START_TEST(invalid_documents_are_refused_at_the_listed_places_and_lose_no_other_event)
{
	char *folder = shared_path(FOLDER, "invalid");
	char *list = shared_path(FOLDER, "defects.json");
	json_t *files = json_load_file(list, 0, NULL);
	size_t i, defects = 0;

	ck_assert_uint_eq(json_array_size(files), 10);
	for (i = 0; i < json_array_size(files); i++)
		defects += check_invalid(folder, json_array_get(files, i));
	printf("%zu invalid documents, %zu defects, all told at their place\n",
			json_array_size(files), defects);
	ck_assert_uint_eq(defects, 17);
	json_decref(files);
	free(list);
	free(folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			valid_documents_are_read_without_a_row_error_and_come_back_the_same,
			invalid_documents_are_refused_at_the_listed_places_and_lose_no_other_event,
	};

	return run_tests_on(FOLDER, "defects.json", "event documents", tests,
			sizeof(tests) / sizeof(tests[0]));
}
