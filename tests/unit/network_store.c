/* Networks in a folder: what was committed is there after a close, after a crash, in the past. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "network_fixture.h"
#include "network_folder.h"
#include "suite.h"

static network_folder folder;

static void close_it(cstn_network *network)
{
	cstn_error *error = NULL;

	ck_assert_msg(cstn_network_close(network, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn_network_unref(network);
}

static void put_basics(cstn_network *network)
{
	network_put_ok(network, network_record("partner", "partner_id=acme", "name=Acme", NULL));
	network_put_ok(network, network_record("partner", "partner_id=bolts", NULL));
	network_put_ok(network, network_record("item", "item_id=nut", NULL));
	network_put_ok(network, network_order("A", "10", "placed"));
}

static void basics_are_there(cstn_network *network)
{
	cstn_record *order = network_get(network, "order", "A");
	cstn_record *partner = network_get(network, "partner", "acme");

	ck_assert_ptr_nonnull(order);
	ck_assert_ptr_nonnull(partner);
	ck_assert_str_eq(cstn_record_text(partner, CSTN_NO_LINE, "name", NULL), "Acme");
	ck_assert_int_eq(cstn_record_int(order, 0, "qty"), 10);
	cstn_record_unref(order);
	cstn_record_unref(partner);
	network_scan_is(network, "order",
			&(cstn_scan_options){.struct_size = sizeof(cstn_scan_options),
					.flags = CSTN_SCAN_LINES,
					.columns = (const char *const[]){"order_id", "seller",
							"line_number", "qty", "state"},
					.n_columns = 5},
			"order_id,seller,line_number,qty,state\nA,acme,1,10,placed\n");
}

START_TEST(what_was_put_is_there_after_a_close)
{
	cstn_network *network;

	network_folder_make(&folder);
	network = network_folder_open(&folder, CSTN_NETWORK_MUST_BE_NEW);
	put_basics(network);
	close_it(network);
	network = network_folder_open(&folder, CSTN_NETWORK_MUST_EXIST);
	basics_are_there(network);
	close_it(network);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(what_was_put_is_there_without_a_close)
{
	cstn_network *network;

	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	put_basics(network);
	cstn_network_unref(network);
	network = network_folder_open(&folder, CSTN_NETWORK_MUST_EXIST);
	basics_are_there(network);
	close_it(network);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(the_past_survives_a_checkpoint)
{
	const char *const key[] = {"acme"};
	cstn_network *network;
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;

	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	put_basics(network);
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	network_put_ok(network, network_record("partner", "partner_id=acme", "name=Acme & Sons",
						"recorded=2024-05-01", NULL));
	close_it(network);
	network = network_folder_open(&folder, 0);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", key, 1,
					 network_us("2024-05-01") - 1, &record, NULL),
			CSTN_OK);
	ck_assert_str_eq(cstn_record_text(record, CSTN_NO_LINE, "name", NULL), "Acme");
	cstn_record_unref(record);
	cstn_snapshot_unref(snapshot);
	record = network_get(network, "partner", "acme");
	ck_assert_str_eq(cstn_record_text(record, CSTN_NO_LINE, "name", NULL), "Acme & Sons");
	cstn_record_unref(record);
	close_it(network);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(rules_hold_across_a_reopen)
{
	cstn_network *network;

	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	put_basics(network);
	network_put_ok(network, network_order("A", "10", "delivered"));
	close_it(network);
	network = network_folder_open(&folder, 0);
	ck_assert_int_eq(network_put(network, network_order("A", "10", "placed"), NULL),
			CSTN_E_STATE);
	network_put_ok(network, network_order("A", "10", "closed"));
	close_it(network);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(one_handle_writes_and_others_read)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_network *network, *second = NULL;
	cstn_transaction *transaction = NULL;

	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	put_basics(network);
	ck_assert_int_eq(cstn_network_open(folder.path, NULL, NULL, &second, NULL), CSTN_E_LOCKED);
	options.flags = CSTN_NETWORK_READ_ONLY;
	ck_assert_int_eq(cstn_network_open(folder.path, &options, NULL, &second, NULL), CSTN_OK);
	basics_are_there(second);
	ck_assert_int_eq(cstn_transaction_begin(second, &transaction, NULL), CSTN_E_READ_ONLY);
	ck_assert_int_eq(cstn_network_checkpoint(second, NULL), CSTN_E_READ_ONLY);
	cstn_network_unref(second);
	close_it(network);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(a_network_that_is_not_there_is_not_found)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_network *network = NULL;

	network_folder_make(&folder);
	options.flags = CSTN_NETWORK_MUST_EXIST;
	ck_assert_int_eq(cstn_network_open(folder.path, &options, NULL, &network, NULL),
			CSTN_E_NOT_FOUND);
	options.flags = CSTN_NETWORK_READ_ONLY;
	ck_assert_int_eq(cstn_network_open(folder.path, &options, NULL, &network, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_ptr_null(network);
	network = network_folder_open(&folder, 0);
	close_it(network);
	options.flags = CSTN_NETWORK_MUST_BE_NEW;
	network = NULL;
	ck_assert_int_eq(cstn_network_open(folder.path, &options, NULL, &network, NULL),
			CSTN_E_CONFLICT);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(an_import_is_there_after_a_reopen_in_the_order_it_came)
{
	static const char schema[] = "partner_id text\nname text null\n";
	size_t capacity = 200000 * 32, size = 0;
	char *csv = malloc(capacity);
	cstn_network *network;

	ck_assert_ptr_nonnull(csv);
	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	size += (size_t)snprintf(csv, capacity, "partner_id,name\n");
	for (int i = 0; i < 100000; i++)
		size += (size_t)snprintf(
				csv + size, capacity - size, "P-%06d,name %d\n", i, i % 100);
	ck_assert_int_eq(network_import_csv(network, "partner", schema, csv, 0, NULL), CSTN_OK);
	close_it(network);
	network = network_folder_open(&folder, 0);
	network_scan_is(network, "partner",
			&(cstn_scan_options){.struct_size = sizeof(cstn_scan_options),
					.columns = (const char *const[]){"partner_id", "name"},
					.n_columns = 2},
			csv);
	cstn_record *partner = network_get(network, "partner", "P-099999");

	ck_assert_str_eq(cstn_record_text(partner, CSTN_NO_LINE, "name", NULL), "name 99");
	cstn_record_unref(partner);
	close_it(network);
	free(csv);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(a_sound_folder_verifies_and_its_files_are_shown)
{
	cstn_network *network;
	cstn_buffer *report = NULL, *text = NULL;
	cstn_error *error = NULL;
	char file[600];

	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	put_basics(network);
	close_it(network);
	ck_assert_msg(cstn_network_verify(folder.path, 0, NULL, NULL, &report, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	ck_assert_uint_gt(cstn_buffer_size(report), 0);
	cstn_buffer_free(report);
	report = NULL;
	ck_assert_int_eq(cstn_network_verify(
					 folder.path, CSTN_REPORT_JSON, NULL, NULL, &report, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_buffer_data(report)[0], '{');
	cstn_buffer_free(report);
	ck_assert_int_eq(cstn_network_verify(folder.path, 64, NULL, NULL, &report, NULL),
			CSTN_E_INVALID_ARGUMENT);
	snprintf(file, sizeof(file), "%s/MANIFEST-%016x", folder.path, 99);
	ck_assert_int_ne(cstn_network_dump(file, NULL, &text, NULL), CSTN_OK);
	ck_assert_ptr_null(text);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(maintenance_changes_nothing_that_is_seen)
{
	cstn_network *network;
	char name[40];

	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	put_basics(network);
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "partner_id=p%d", i);
		network_put_ok(network, network_record("partner", name, NULL));
		ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	}
	ck_assert_int_eq(cstn_network_sync(network, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_maintain(network, NULL, NULL), CSTN_OK);
	basics_are_there(network);
	network_scan_is(network, "partner",
			&(cstn_scan_options){.struct_size = sizeof(cstn_scan_options),
					.columns = (const char *const[]){"partner_id"},
					.n_columns = 1},
			"partner_id\nacme\nbolts\np0\np1\np2\np3\np4\np5\n");
	close_it(network);
	network_folder_remove(&folder);
}
END_TEST

START_TEST(history_of_one_noun_is_dropped_and_that_of_others_kept)
{
	cstn_maintain_options options = CSTN_MAINTAIN_OPTIONS_INIT;
	const char *const partner[] = {"p"}, *const item[] = {"i"};
	cstn_snapshot *snapshot;
	cstn_record *record = NULL;
	cstn_network *network;
	cstn_error *error = NULL;
	char when[40];

	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	for (int i = 1; i <= 6; i++) {
		snprintf(when, sizeof(when), "recorded=2025-01-0%dT00:00:00Z", i);
		network_put_ok(network, network_record("partner", "partner_id=p", when, NULL));
		network_put_ok(network, network_record("item", "item_id=i", when, NULL));
		ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	}
	options.history_from_us = INT64_C(1736121600000000); /* 2025-01-06 */
	options.noun = "item";
	ck_assert_int_eq(cstn_network_maintain(network, &options, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", partner, 1,
					 options.history_from_us - 1, &record, NULL),
			CSTN_OK);
	cstn_record_unref(record);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "item", item, 1, options.history_from_us - 1,
					 &record, NULL),
			CSTN_OK); /* it died with the sixth, at the horizon */
	cstn_record_unref(record);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "item", item, 1,
					 options.history_from_us - INT64_C(86400000001), &record,
					 NULL),
			CSTN_E_NOT_FOUND);
	cstn_snapshot_unref(snapshot);
	options.noun = "itme";
	ck_assert_int_eq(cstn_network_maintain(network, &options, &error), CSTN_E_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "itme"));
	cstn_error_free(error);
	close_it(network);
	network_folder_remove(&folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_was_put_is_there_after_a_close,
			what_was_put_is_there_without_a_close, the_past_survives_a_checkpoint,
			rules_hold_across_a_reopen, one_handle_writes_and_others_read,
			a_network_that_is_not_there_is_not_found,
			an_import_is_there_after_a_reopen_in_the_order_it_came,
			a_sound_folder_verifies_and_its_files_are_shown,
			maintenance_changes_nothing_that_is_seen,
			history_of_one_noun_is_dropped_and_that_of_others_kept};

	return run_tests("network_store", tests, sizeof(tests) / sizeof(tests[0]));
}
